"""Which reports may tell of one event, told by two agencies, and which somebody has said do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access.terms import LONDON
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct
from fourfold.cases.queries.alike import Alike
from fourfold.cases.queries.counted import INSIDE, counted_with
from fourfold.intake.models import Allegation
from fourfold.intake.terms import AsTold
from fourfold.programme.queries import name_of


@dataclass(frozen=True)
class SameEvent:
    """A report that may tell of the same event, or that does as somebody said (`said`), and who told it when.

    `in_one_case`: both are acts of one case that the reader may open, so that it can be said.
    `of_the_same`: people decided of both reports who their victim and subject are. `apart`: a later version of one tells
    of another day, or of other people, since somebody said that they are one event.
    """

    id: UUID
    reference: str
    teller: str
    told_at: datetime
    said: bool
    in_one_case: bool
    of_the_same: bool
    apart: bool


def same_events(
    *, actor: Actor, told: AsTold, alike: Iterable[Alike], triaged: bool, at: datetime
) -> tuple[SameEvent, ...]:
    """Return the reports of the same people and the same day that another source told, and those said to be the same.

    No statement where nobody triaged it and nothing that is held tells of the same people on the same day; three at most.
    """
    day = told.occurred_from and _day(told.occurred_from)
    acts = [one for one in alike if one.is_of_the_pair and one.act.time_known is not None]
    near = {one.act.allegation: one.is_confirmed for one in acts if _day(one.act.happened_at) == day}
    if not near and not triaged:
        return ()
    said = _of_one_event(told.id)
    if not near and not said:
        return ()
    seen = Allegation.objects.visible_to(actor, at=at).filter(pk__in={*near, *said, told.id})
    rows = {row.pk: row for row in seen.only(*_READ).order_by("-told_at", "id")}
    mine = rows.pop(told.id, None)
    if mine is None:
        return ()
    in_cases: dict[UUID, set[UUID]] = defaultdict(set)
    standing = CaseAct.objects.visible_to(actor, at=at).filter(left_at__isnull=True, allegation__in=[*rows, told.id])
    for report, case in standing.values_list("allegation", "case"):
        in_cases[report].add(case)
    return tuple(
        SameEvent(
            id=pk,
            reference=row.reference,
            teller=name_of(row.told_by),
            told_at=row.told_at,
            said=pk in said,
            in_one_case=bool(in_cases[pk] & in_cases[told.id]),
            of_the_same=near.get(pk, False),
            apart=pk not in near,
        )
        for pk, row in rows.items()
        if pk in said or row.system != mine.system
    )


def _of_one_event(report: UUID) -> set[UUID]:
    """Return the reports that tell of the event of one, as somebody said: the one that counts, and all that count with it."""
    every = counted_with(CaseAct.objects.unscoped(INSIDE))
    counts = every.filter(allegation=report).values("same_as")
    pairs = every.filter(Q(same_as=report) | Q(same_as__in=counts)).values_list("allegation", "same_as")
    return {pk for pair in pairs for pk in pair if pk}


_READ = ("reference", "told_at", "channel", "system", "controller")


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def pair_in_one_case(one: UUID, other: UUID) -> list[CaseAct]:
    """Return the acts of two reports that stand in one case, for a service that has opened both."""
    acts = CaseAct.objects.unscoped(INSIDE).filter(left_at__isnull=True)
    mine = acts.filter(allegation=one).select_related("case", "allegation").first()
    theirs = (
        acts.filter(allegation=other, case=mine.case_id).select_related("case", "allegation").first() if mine else None
    )
    return [mine, theirs] if mine and theirs else []


def told_as_same(report: UUID) -> CaseAct | None:
    """Return the act of a report that counts with another's now, for a service that has opened it."""
    return _same(report).select_related("case").order_by("-left_at").first()


def _same(report: UUID) -> QuerySet[CaseAct]:
    return counted_with(CaseAct.objects.unscoped(INSIDE).filter(allegation=report))


def told_in(acts: QuerySet[CaseAct]) -> QuerySet[CaseAct]:
    """Keep of some acts those that stand, and those that count with one: what their reports tell is told all the same."""
    counted = counted_with(CaseAct.objects.unscoped(INSIDE))
    return acts.filter(Q(left_at__isnull=True) | Q(pk__in=counted.values("pk")))
