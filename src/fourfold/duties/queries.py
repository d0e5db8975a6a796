"""What waits, as one person may see it at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case as Either
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.models import Membership, Relation
from fourfold.access.paging import WHOLE
from fourfold.access.scoping import opens, running
from fourfold.access.statements import composed
from fourfold.access.terms import KEPT_OUT, Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown
from fourfold.cases.queries.listing import related_to
from fourfold.cases.terms import Level, ShownLevel, State
from fourfold.duties.kinds import KINDS
from fourfold.duties.models import Duty
from fourfold.people.terms import name_as_said

GONE = "somebody who left"
CONTACT = Compartment.VICTIM_CONTACT
_INSIDE = "inside a scoped list"
_READ = (
    *("kind", "about", "case_id", "case__reference", "case__site", "case__level"),
    *("case__victim__given_name", "case__victim__family_name"),
    *("due_at", "owner", "partner", "asked_by", "said", "text", "sees_risk", "of_nobody", "by_reader"),
    "reveals",
)


@dataclass(frozen=True)
class Waiting:
    """Something that waits in a case that the reader may open. `owner` and `by` are names, "" for nobody; `parts` are the
    reader's own in that case, `is_own` where it is theirs by name, and `by_reader` where they asked for it themselves, on
    whichever record. `beside`: what the words need of other tables, for this reader.
    """

    kind: str
    about: UUID
    reference: str
    site: str
    level: ShownLevel
    victim: str
    due_at: datetime | None
    owner: str
    partner: str
    by: str
    said: dict[str, Any]
    text: str
    of_nobody: bool
    is_own: bool
    by_reader: bool
    asked_by: UUID | None
    parts: frozenset[str]
    case: UUID
    beside: Any = None


def waiting(*, actor: Actor, kinds: Collection[str], at: datetime) -> tuple[tuple[Waiting, ...], bool]:
    """Return what waits of these kinds in cases that are open to the actor, and whether more waits than that: where it is
    more than is shown of any list, the first due of each kind, of the actor's own, and of the two gravest levels. Four
    statements, and the log's.
    """
    of_part = tuple(kind.name for kind in KINDS if kind.of_part and kind.name in kinds)
    wanted = tuple(kind.name for kind in KINDS if kind.name in kinds and kind.name not in of_part)
    if not (wanted or of_part):
        return (), False
    (rows, some), (more, others) = _whole(actor, at, wanted, "any"), _whole(actor, at, of_part, "any of a part")
    rows += more
    rows = sorted(rows, key=lambda row: (row[8] is None, row[8] or at, str(row[1])))
    parts = _parts(actor, at) if rows else {}
    names = access_queries.names_of(who for row in rows for who in (row[9], row[11]) if who)
    audit.consulted(
        actor,
        "duties.waiting",
        at=at,
        compartments={
            "core",
            *(["risk"] if any(row[14] for row in rows) else []),
            *(row[-1] for row in rows if row[-1]),
        },
        fields=frozenset({"what", "due_on", "planned_at", "level", "question", "draft"}),
        count=len(rows),
    )
    shown = tuple(_shown(row, actor, names, parts.get(row[2], frozenset())) for row in rows)
    return shown, some or others


def _whole(actor: Actor, at: datetime, kinds: tuple[str, ...], whose: str) -> tuple[list[Any], bool]:
    """Return what waits, and whether that is not all."""
    rows = list(_waiting(actor, at, kinds, whose, "", WHOLE)) if kinds else []
    if len(rows) < WHOLE:
        return rows, False
    rest = "each" if whose == "any" else "each of a part"
    own = [(kinds, each, "") for each in ("owner", "agency", "part") if whose == "any"]
    grave = [(kinds, rest, level.value) for level in (Level.VERY_HIGH, Level.HIGH)]
    of_kinds = [list(_waiting(actor, at, (kind,), rest, "", WHOLE)) for kind in kinds]
    lists = [*of_kinds, *(_waiting(actor, at, some, each, level, WHOLE) for some, each, level in own + grave)]
    return list({row[:2]: row for each in lists for row in each}.values()), any(len(each) >= WHOLE for each in of_kinds)


def _shown(row: Any, actor: Actor, names: dict[UUID, str], parts: frozenset[str]) -> Waiting:
    kind, about, case, reference, site, level, given, family, due_at, *more = row
    owner, partner, by, said, text, risk, nobody, own, _ = more
    return Waiting(
        kind=kind,
        about=about,
        reference=reference,
        site=site,
        level=level_shown(level, sees_risk=bool(risk)),
        victim=name_as_said(given, family),
        due_at=due_at,
        owner=names.get(owner, GONE) if owner else "",
        partner=partner,
        by=names.get(by, GONE) if by else "",
        said=said,
        text=text or "",
        of_nobody=bool(nobody),
        is_own=owner == actor.staff or (owner is None and partner == actor.partner),
        by_reader=bool(own),
        asked_by=by,
        parts=parts,
        case=case,
    )


@composed
def _waiting(
    actor: Actor, at: datetime, kinds: tuple[str, ...], whose: str, level: str, most: int
) -> QuerySet[Duty, Any]:
    """Return what may be seen now, whatever the table says: of the cases that are open, and of what their walls leave; where
    a level is named, of the cases of which the actor may read that they are at it.
    """
    rows = Duty.objects.visible_to(actor, at=at).annotate(sees_risk=opens(actor, Compartment.RISK, "case", at=at))
    rows = rows.filter(Q(until__isnull=True) | Q(until__gt=at), shows_from__lte=at, kind__in=kinds)
    reveals = Q(reveals="") | Q(reveals=Compartment.RISK.value, sees_risk=True)
    rows = rows.filter(reveals | Q(opens(actor, CONTACT, "case", at=at), reveals=CONTACT.value))
    own = [kind.name for kind in KINDS if kind.own and kind.name in kinds]
    rows = rows.filter(~Q(kind__in=own) | Q(owner=actor.staff)) if own else rows
    is_closed = Q(case__state=State.CLOSED)
    rows = rows.filter(Q(closed__isnull=True) | Q(is_closed, closed=True) | Q(~is_closed, closed=False))
    if whose == "owner":
        rows = rows.filter(owner=actor.staff)
    elif whose == "agency":
        rows = rows.filter(owner__isnull=True, partner=actor.partner)
    elif whose.endswith("part"):
        rows = rows.filter(case__in=related_to(actor, at))
    if level:
        at_it = Case.objects.unscoped(_INSIDE).filter(
            level=level, state__in=[each for each in State if each != State.CLOSED]
        )
        rows = rows.filter(case__in=at_it.values("pk"), sees_risk=True)
    anybody = Relation.objects.filter(running(at), file=OuterRef("case_id"), staff__active=True)
    unit = Membership.objects.filter(running(at), staff=OuterRef("staff"), site=OuterRef(OuterRef("case__site")))
    anybody = anybody.filter(Exists(unit))  # whoever handed a case over works on it no more
    texts = [
        When(kind=kind.name, then=Subquery(_text(*kind.text))) for kind in KINDS if kind.text and kind.name in kinds
    ]
    rows = rows.annotate(
        text=Either(*texts, default=Value(""), output_field=CharField()),
        of_nobody=~Exists(anybody.exclude(kind__in=KEPT_OUT)),
        by_reader=Exists(signatories.records_of(actor).filter(pk=OuterRef("asked_by"))),
    )
    # Whatever waits is all there or too much: only then the first due are asked for.
    return rows.order_by(*(() if whose in ("any", "any of a part") else ("due_at", "id"))).values_list(*_READ)[:most]


def _text(table: Any, column: Any) -> QuerySet[Any, Any]:
    words = F(column) if isinstance(column, str) else column
    return table.objects.unscoped(_INSIDE).filter(pk=OuterRef("about")).annotate(said_as=words).values("said_as")[:1]


def _parts(actor: Actor, at: datetime) -> dict[UUID, frozenset[str]]:
    """Return which parts the actor has now in which cases. One statement."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for file, kind in _related(actor, at):
        found[file].add(kind)
    return {file: frozenset(kinds) for file, kinds in found.items()}


@composed
def _related(actor: Actor, at: datetime) -> QuerySet[Relation, Any]:
    return Relation.objects.filter(running(at), staff_id=actor.staff).values_list("file", "kind")
