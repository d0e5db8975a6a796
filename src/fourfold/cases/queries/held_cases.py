"""The cases whose people a report may name, and the case in whose diary it was written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet

from fourfold.access.conditions import IsThere
from fourfold.access.scoping import opens
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.listing import related_to
from fourfold.cases.queries.rows import last_only_told
from fourfold.cases.terms import Level, State
from fourfold.linkage import queries as linkage
from fourfold.linkage.queries.meant import Meant
from fourfold.linkage.terms import Sure
from fourfold.people.queries.same_person import people_told
from fourfold.people.terms import Part


@dataclass(frozen=True)
class HeldCase:
    """A case whose people a report may name: as which part, and how sure that is.

    `level` of None: not set, or closed to the reader. `subject_id` and `subject_name`: closed, or nobody can say yet who.
    `mine`: the reader has a part in it. `of_diary`: the victim wrote it in the diary of this case. That names no subject, and tells of the subject of the case
    unless somebody said that it tells of another.
    """

    id: UUID
    reference: str
    state: State
    level: Level | None
    opened_at: datetime
    last_act_at: datetime | None
    last_act_told: bool
    acts: int
    victim: Sure | None
    subject: Sure | None
    subject_id: UUID | None
    subject_name: str
    mine: bool = False
    of_diary: bool = False

    @property
    def tells_of_subject(self) -> bool:
        """Whether what it tells counts as done by the subject: who is likely named, or of whose acts the diary is kept."""
        return self.of_diary or (self.subject is not None and self.subject.counts)

    @property
    def sure(self) -> Sure:
        return min((each for each in (self.victim, self.subject) if each), key=lambda each: each.rank)

    @property
    def counts(self) -> bool:
        """Whether how soon somebody must act follows from it."""
        return self.sure.counts

    @property
    def is_of_the_pair(self) -> bool:
        return all(each is not None and each.counts for each in (self.victim, self.subject))


def cases_of(
    actor: Actor, meant: Mapping[UUID, tuple[Meant, ...]], diaries: Mapping[UUID, UUID], at: datetime
) -> dict[UUID, tuple[HeldCase, ...]]:
    """Return the cases of whom each report may mean; records that are one person count as one."""
    named = {each.person: each.merged for some in meant.values() for each in some}
    written_in = {pk: diaries[pk] for pk in meant if pk in diaries}
    if not (named or written_in):
        return {}
    records = people_told(named)
    every = {person for some in records.values() for person in some}
    found = _cases_named(actor, at, people=tuple(every), files=tuple(written_in.values()))
    others = linkage.not_them_among(written_in, Part.SUBJECT)
    return {
        pk: _of_report(found, some, records, written_in.get(pk), {them for report, them in others if report == pk})
        for pk, some in meant.items()
    }


@composed
def _cases_named(actor: Actor, at: datetime, people: Any, files: Any) -> QuerySet[Case]:
    named = Q(victim__in=people) | Q(subject__in=people) | Q(pk__in=files)
    visible = (
        Case.objects.visible_to(actor, at=at)
        .filter(named)
        .annotate(
            sees_risk=opens(actor, Compartment.RISK, at=at),
            sees_subject=opens(actor, Compartment.SUBJECT_IDENTITY, at=at),
            only_told=last_only_told(),
            is_mine=IsThere(related_to(actor, at).filter(file=OuterRef("pk"))),
        )
    )
    return visible.select_related("subject").order_by("-opened_at", "id")


def _of_report(
    cases: Iterable[Any],
    meant: Collection[Meant],
    records: Mapping[UUID, frozenset[UUID]],
    diary: UUID | None,
    not_them: Collection[UUID],
) -> tuple[HeldCase, ...]:
    """Return the cases of whom one report may mean, and that in whose diary it was written."""
    said_who = any(one.part is Part.SUBJECT and one.sure is Sure.CONFIRMED and not one.unnamed for one in meant)
    sure: dict[Part, dict[UUID, Sure]] = {part: {} for part in Part}
    for one in meant:
        for record in records[one.person]:
            sure[one.part].setdefault(record, one.sure)
    held = []
    for case in cases:
        victim = sure[Part.VICTIM].get(case.victim_id)
        subject = sure[Part.SUBJECT].get(case.subject_id) if case.sees_subject else None
        of_diary = case.pk == diary
        if of_diary and (victim is None or not victim.counts):
            victim = Sure.LIKELY
        of_subject = of_diary and not said_who and case.subject_id not in not_them
        known = [each for each in (victim, subject) if each]
        if len(known) == len(Part) or any(each.counts for each in known):
            held.append(_held(case, victim, subject, of_diary=of_subject))
    return tuple(sorted(held, key=_place))


def _held(case: Any, victim: Sure | None, subject: Sure | None, *, of_diary: bool) -> HeldCase:
    shown = case.sees_subject and case.subject.known
    return HeldCase(
        id=case.pk,
        reference=case.reference,
        state=State(case.state),
        level=Level(case.level) if case.level and case.sees_risk else None,
        opened_at=case.opened_at,
        last_act_at=case.last_act_at,
        last_act_told=case.only_told,
        acts=case.acts,
        victim=victim,
        subject=subject,
        subject_id=case.subject_id if shown else None,
        subject_name=case.subject.name if shown else "",
        mine=case.is_mine,
        of_diary=of_diary,
    )


def _place(case: HeldCase) -> tuple[Any, ...]:
    level = case.level.rank if case.level else 0
    return not case.is_of_the_pair, not case.counts, case.state is State.CLOSED, -level, case.sure.rank, case.reference
