"""What was written and decided since the files of packs that wait were made."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from fourfold.access.terms import Compartment
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.governance.models import DangerDecided, Pack, PackMadeAgain


@dataclass(frozen=True)
class SinceMade:
    """Of a pack: whom somebody named to decide on its words ("" for nobody), when its last files were made, how much was
    written of its case, of another case of its subject or of their victims since, and how much was decided. A look at the
    pack finds the same until any of these is another.
    """

    asked: str
    files_of: datetime
    written: int
    decided: int


def since_made(packs: Collection[UUID], *, actor: Actor, at: datetime) -> dict[UUID, SinceMade]:
    """Return this of packs in cases open to the actor. One statement and the log's, none for none."""
    if not packs:
        return {}
    again = PackMadeAgain.objects.unscoped(_OF).filter(pack=OuterRef("pk")).order_by("-recorded_at", "-pk")
    decided = DangerDecided.objects.unscoped(_OF).filter(pack=OuterRef("pk"))
    beside = Case.objects.unscoped("only whether anything was written")
    beside = beside.filter(subject=OuterRef(OuterRef("case__subject")))
    of_them = Q(file__in=beside.values("pk")) | Q(file__in=beside.values("victim"))
    writes = Entry.objects.filter(of_them).exclude(operation__in=(Operation.CONSULTATION, Operation.REFUSAL))
    since = writes.filter(at__gt=OuterRef("files_of")).exclude(action__startswith="pack.")
    rows = (
        Pack.objects.visible_to(actor, at=at)
        .filter(pk__in=packs)
        .annotate(
            files_of=Coalesce(Subquery(again.values("recorded_at")[:1]), F("recorded_at")),
            written=_many(since),
            decided=_many(decided),
            asked=Subquery(decided.filter(waits_for__gt="").order_by("-recorded_at", "-pk").values("waits_for")[:1]),
        )
    )
    audit.consulted(actor, "packs.waiting", at=at, compartments={Compartment.CORE.value}, count=len(packs))
    of = ("pk", "asked", "files_of", "written", "decided")
    return {pack: SinceMade(asked or "", *more) for pack, asked, *more in rows.values_list(*of)}


_OF = "of a pack that is scoped"


def _many(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(one=Value(1)).annotate(many=Count("pk")).values("many")), 0)
