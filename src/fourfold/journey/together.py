"""A course of conduct is triaged once: who its people are in every report, then one outcome with one reason for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Conflict
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.terms import CannotStep, CourseSaid, ReportSaid, Said
from fourfold.journey.desk import what_follows
from fourfold.journey.rows import Allegation, Case, Triage
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.linkage.terms import CannotMatch, Verdict
from fourfold.people import queries as people
from fourfold.people.queries.same_person import records_of
from fourfold.people.terms import Part

REASON = 300
NOBODY = "Confirm both people in at least one report, or enter the case that these reports belong to."


@dataclass(frozen=True)
class _Pair:
    """The victim and the subject of the course, as far as somebody is known."""

    victim: Any = None
    subject: Any = None

    def of(self, part: Part) -> Any:
        return self.victim if part is Part.VICTIM else self.subject

    def having(self, part: Part, person: Any) -> _Pair:
        return replace(self, **{str(part): person})


@dataclass(frozen=True)
class _One:
    """One report, with what is said of it."""

    row: Allegation
    said: ReportSaid
    #: Somebody said on its own page that it tells of a third party.
    of_third: bool = False

    def of(self, part: Part) -> Said | None:
        return self.said.victim if part is Part.VICTIM else self.said.subject

    @property
    def is_of_both(self) -> bool:
        """Whether it is said of both parts, or stood before, who they are."""
        return not self.of_third and self.said.role is None and all(self.of(part) in (Said.SAME, None) for part in Part)


def course_triaged(
    *, actor: Actor, about: UUID, said: CourseSaid, attached_to: Case | None, at: datetime
) -> tuple[Triage, ...]:
    """Link the people of every report of a course, and let those that belong leave the desk with one outcome: all or none.

    A report found to be of somebody else keeps that and stays at the desk; one that is only thought to belong, or tells
    of a third party, is attached to the case. Raises Conflict where a report came, left or was decided on meanwhile,
    CannotStep or Unfit naming the field.
    """
    with audit.recorded(actor, "course.triaged", at=at, file=about) as entry:
        rows = [linkage_queries.allegation(actor, each.report, at=at) for each in said.reports]
        linkage_queries.hold([each.pk for each in rows])
        _refuse_overtaken(actor, about, said, at)
        third = linkage_queries.of_third_parties([row.pk for row in rows])
        every = [_One(row, each, of_third=row.pk in third) for row, each in zip(rows, said.reports, strict=True)]
        reports = sorted(every, key=lambda one: not one.is_of_both)
        pair = _linked(actor, reports, said, attached_to, at)
        belong = [one for one in reports if not one.said.is_of_another]
        if not belong:
            raise CannotStep("report", "Choose at least one report that belongs to this course.")
        triages = _left(actor, belong, pair, said, attached_to, at)
        for triage in triages:
            entry.about(triage)
        return triages


def _refuse_overtaken(actor: Actor, about: UUID, said: CourseSaid, at: datetime) -> None:
    """Raise Conflict where the course is not what stood before the writer's eyes: it grew, or a colleague was first."""
    now = {one.id: one for one in case_queries.course_at_desk(actor=actor, allegation=about, at=at).reports}
    new = [pk for pk in now if pk not in said.shown]
    left = [each.report for each in said.reports if each.report not in now]
    changed = [each.report for each in said.reports if each.report in now and now[each.report].seen != each.seen]
    if new or left or changed:
        raise Conflict("This course", theirs={"new": new, "left": left, "changed": changed})


# ---- who the people are --------------------------------------------------------------------------------------------


def _linked(actor: Actor, reports: Sequence[_One], said: CourseSaid, attached_to: Case | None, at: datetime) -> _Pair:
    """Keep what is said of the people of every report, and return the pair; the reports of both people come first."""
    pair = _Pair(
        people.victim_row(said.victim, actor=actor, at=at) if said.victim else None,
        people.subject_row(said.subject, actor=actor, at=at) if said.subject else None,
    )
    for one in reports:
        for part in Part:
            try:
                pair = _of_part(actor, one, part, pair, said.reason[:REASON], at)
            except CannotMatch as fault:
                raise CannotStep(f"{part}-{one.row.pk}", str(fault)) from fault
    _third_parties(actor, reports, pair, said, attached_to, at)
    return pair


def _of_part(actor: Actor, one: _One, part: Part, pair: _Pair, reason: str, at: datetime) -> _Pair:
    answer, who = one.of(part), pair.of(part)
    if (part is Part.VICTIM and one.said.role is not None) or answer is Said.OPEN:
        return pair
    if answer is None:
        return _as_stood(one, part, pair)
    named = {str(part): who}
    if answer is Said.SAME:
        match = cases.confirm_match(actor=actor, allegation=one.row, part=part, reason=reason, at=at, **named)
        return pair.having(part, match.victim or match.subject)
    if who is None:
        raise CannotMatch(str(part), "Nobody is on record yet. Confirm this person in one of the reports first.")
    if answer is Said.THINK:
        thought = Verdict.PROBABLY
        linkage.think_match(actor=actor, allegation=one.row, part=part, verdict=thought, reason=reason, at=at, **named)
        return pair
    linkage.reject_match(actor=actor, allegation=one.row, part=part, reason=reason, at=at, **named)
    return pair


def _as_stood(one: _One, part: Part, pair: _Pair) -> _Pair:
    """Take the person who is confirmed already, who must be the one that the course is about."""
    stood = linkage_queries.people_of(one.row.pk)[0 if part is Part.VICTIM else 1]
    if stood is None or (who := pair.of(part)) is None:
        return pair.having(part, stood) if stood is not None else pair
    if stood.pk not in records_of(who.pk):
        raise CannotMatch(str(part), "Somebody else is confirmed in this report. Leave it out, or undo that first.")
    return pair


def _third_parties(
    actor: Actor, reports: Sequence[_One], pair: _Pair, said: CourseSaid, attached_to: Case | None, at: datetime
) -> None:
    """Keep which reports tell of a third party: the one of the same name in these or in the case, or a new one."""
    near = {each.row.pk for each in reports} | case_queries.reports_of_case(attached_to, pair.victim, pair.subject)
    for one in reports:
        if one.said.role is not None:
            name = one.row.victim_name.strip() or str(one.said.role.words)
            linkage.name_third_party(
                actor=actor,
                allegation=one.row,
                role=one.said.role,
                name=name,
                third=linkage_queries.third_party_of(name, actor=actor, among=near, at=at),
                reason=said.reason[:REASON],
                at=at,
            )


# ---- how they leave ------------------------------------------------------------------------------------------------


def _left(
    actor: Actor, belong: Sequence[_One], pair: _Pair, said: CourseSaid, attached_to: Case | None, at: datetime
) -> tuple[Triage, ...]:
    lead = next((one for one in belong if one.is_of_both), None)
    if lead is None and attached_to is None and said.outcome.opens_case:
        raise CannotStep("outcome", NOBODY)
    reason = said.reason if lead is None or attached_to is not None else _reason(actor, lead, said, at)
    cases.refuse_unanswered_classes(
        actor=actor,
        reports=[one.row for one in belong],
        said={one.row.pk: one.said for one in belong},
        pair=(pair.victim, pair.subject),
        case=attached_to,
        at=at,
    )
    case, triages = attached_to, []
    for one in belong:
        answers = replace(
            said.answers,
            reclassification_asked=one.said.class_asked,
            class_kept_because="" if one.said.class_asked else one.said.class_kept_because,
        )
        cases.screen(actor=actor, allegation=one.row, answers=answers, at=at)
        triage = cases.triage(
            actor=actor,
            allegation=one.row,
            outcome=said.outcome,
            reason=reason,
            redirected_to=said.redirected_to,
            attached_to=None if one.is_of_both and attached_to is None else case,
            at=at,
        )
        case = case or triage.case
        triages.append(triage)
    what_follows(actor=actor, triage=triages[0], allegation=belong[0].row, reason=reason, at=at)
    return tuple(triages)


def _reason(actor: Actor, lead: _One, said: CourseSaid, at: datetime) -> str:
    """Return the reason, with why another case is opened for a pair that may have one. Raises CannotStep without that."""
    because = said.another_because
    another = cases.refuse_second_case(actor=actor, allegation=lead.row, outcome=said.outcome, because=because, at=at)
    return f"{said.reason.strip()}\n{because.strip()}" if another else said.reason
