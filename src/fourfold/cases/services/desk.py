"""The desk: what was asked about one allegation, and how it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.statements import composed, for_nobody
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, Screening, Triage, new_case_reference
from fourfold.cases.queries import rows
from fourfold.cases.queries.second_case import case_of_pair, cases_of_the_pair
from fourfold.cases.services.course import _join, _join_and_look_again, leave_desk
from fourfold.cases.services.rows import INSIDE, _clock, _enter, _refuse, _review
from fourfold.cases.terms import Answer, CannotStep, ClassCheck, Outcome, ScreeningAnswers, State, Trigger
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation
from fourfold.intake.terms import RecordingClass
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.people.models import Subject, Victim
from fourfold.people.queries.same_person import records_of
from fourfold.people.terms import Part
from fourfold.programme import queries as programme
from fourfold.words import sentence

HANDED_OVER = (
    "Another unit has taken over the case of these two people. Leave this report at the desk, and ask your coordinator "
    "to hand it over."
)


def screen(*, actor: Actor, allegation: Allegation, answers: ScreeningAnswers, at: datetime) -> Screening:
    """Keep what the desk answered about an allegation; a later answer is a later row.

    Somebody known to staff is told to the governance lead, who asks who it is and sets the wall.
    """
    linkage_queries.open_allegation(actor, allegation, at=at)
    access.require(actor, Permission.ALLEGATION_SCREEN, at=at, site=allegation.site)
    if answers.class_expected and answers.class_expected not in set(RecordingClass):
        raise CannotStep("class_expected", "Choose one of the recording classes.")
    with audit.recorded(actor, "allegation.screened", at=at, file=allegation.pk) as entry:
        if answers.known_to_staff is Answer.YES:
            entry.more["wall_to_consider"] = True
        return entry.about(_screening(actor, allegation, answers, at))


def _screening(actor: Actor, allegation: Allegation, answers: ScreeningAnswers, at: datetime) -> Screening:
    return Screening.objects.create(
        allegation=allegation,
        **_columns_of(answers),
        acts_known=_acts_known(allegation),
        **access_queries.held_by(actor, "desk", at=at),
    )


def _columns_of(answers: ScreeningAnswers) -> dict[str, object]:
    asked = answers.reclassification_asked
    expected = answers.class_expected or (RecordingClass.STALKING if asked else "")
    return {
        "fixated": answers.fixated,
        "obsessive": answers.obsessive,
        "unwanted": answers.unwanted,
        "repeated": answers.repeated,
        "immediate_danger": answers.immediate_danger,
        "known_to_staff": answers.known_to_staff,
        "reclassification_asked": asked,
        "class_expected": expected,
        "class_kept_because": answers.class_kept_because.strip(),
    }


def _acts_known(allegation: Allegation) -> int:
    """Return on how many occasions this subject is known to have acted against this victim, this one included."""
    victim, subject = linkage_queries.people_of(allegation.pk)
    if victim is None or subject is None:
        return 1
    found = linkage_queries.told_of_pair(victim.pk, subject.pk)
    return max(1, rules.occasions(rows.act_of(row, row.behaviours).at for row in found))


def triage(
    *,
    actor: Actor,
    allegation: Allegation,
    outcome: Outcome,
    reason: str,
    at: datetime,
    redirected_to: str = "",
    attached_to: Case | None = None,
) -> Triage:
    """Record how an allegation left the desk, and why; open the case of its victim and subject, or join it.

    An allegation about a pair that has a case joins it whatever the outcome: no act of a known course of conduct is
    lost for looking small. A subject of whom nothing was told goes on record as not known. `attached_to`: the case that
    it joins though it does not name that case's people; nobody is confirmed by that. Raises CannotStep naming the field.
    """
    linkage_queries.open_allegation(actor, allegation, at=at)
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at, site=allegation.site)
    victim, subject = linkage_queries.people_of(allegation.pk)
    if attached_to is not None:
        _refuse_to_attach(actor, attached_to, allegation, victim, subject, at)
    asked, attached = _latest_screening(allegation), attached_to is not None
    _refuse(_why_not(asked, allegation, outcome, reason, redirected_to, (victim, subject), at, attached))
    _refuse(_why_not_class(asked, actor, allegation, victim, subject, attached_to, at))
    with audit.recorded(actor, "allegation.triaged", at=at, file=allegation.pk) as entry:
        case = attached_to or _case_for(entry, actor, allegation, Outcome(outcome), victim, subject, at)
        if attached_to is not None:
            _join_and_look_again(entry, actor, attached_to, allegation, at)
        leave_desk([allegation.pk])
        return entry.about(
            Triage.objects.create(
                allegation=allegation,
                case=case,
                outcome=outcome,
                reason=reason.strip(),
                redirected_to=redirected_to.strip(),
                decided_at=at,
                **access_queries.held_by(actor, "desk", at=at),
            )
        )


def _why_not(
    asked: Screening | None,
    allegation: Allegation,
    outcome: Outcome,
    reason: str,
    redirected_to: str,
    people: tuple[Victim | None, Subject | None],
    at: datetime,
    attached: bool,
) -> tuple[str, str] | None:
    if victim_is_third(allegation, people[0]) and not attached and outcome.opens_case:
        return "case", "This report tells of a third party. Enter the case that it belongs to."
    [told] = intake.as_told_last([allegation])
    nothing_told = linkage_queries.details_of(told, Part.SUBJECT, on=at.date()).is_empty
    working = programme.working(allegation.site, at.date())
    return rules.why_not_triage(
        outcome,
        reason,
        allowed=working.triage_outcomes,
        owes_advice=working.screens_every_crime and allegation.recorded_class == RecordingClass.STALKING,
        victim_known=people[0] is not None or attached,
        subject_settled=people[1] is not None or nothing_told or attached,
        immediate_danger=Answer(asked.immediate_danger) if asked else None,
        redirected_to=redirected_to,
    )


def victim_is_third(allegation: Allegation, victim: Victim | None) -> bool:
    """Return whether somebody said that who is told of as the victim is a third party."""
    return victim is None and linkage_queries.third_of(allegation.pk) is not None


def _why_not_class(
    asked: Screening | None,
    actor: Actor,
    allegation: Allegation,
    victim: Victim | None,
    subject: Subject | None,
    attached_to: Case | None,
    at: datetime,
) -> tuple[str, str] | None:
    """Return why an allegation about a known pair, or attached to one's case, cannot leave the desk in its class.

    None where nobody screened it, and for what was done to a third party.
    """
    pair = victim is not None and subject is not None
    if asked is None or (attached_to is None and not pair) or victim_is_third(allegation, victim):
        return None
    expected = class_expected_of(allegation, acts_against(actor, victim, subject, attached_to, [allegation], at))
    return rules.why_not_keep_class(expected, asked=asked.reclassification_asked, kept_because=asked.class_kept_because)


def acts_against(
    actor: Actor,
    victim: Victim | None,
    subject: Subject | None,
    case: Case | None,
    reports: Iterable[Allegation],
    at: datetime,
) -> list[Allegation]:
    """Return some reports, the acts of a confirmed pair and those of a case, without what was done to third parties.

    Only what the actor may see, or a refusal would tell of one behind a wall. The oldest first.
    """
    known = {each.pk for each in reports}
    if victim is not None and subject is not None:
        known |= {row.pk for row in linkage_queries.told_of_pair(victim.pk, subject.pk)}
    if case is not None:
        joined = CaseAct.objects.unscoped(INSIDE).filter(case=case, left_at__isnull=True)
        known |= set(joined.values_list("allegation", flat=True))
    return _seen(actor, at, among=tuple(known - linkage_queries.of_third_parties(known)))


@composed
def _seen(actor: Actor, at: datetime, among: Any) -> QuerySet[Allegation]:
    return Allegation.objects.visible_to(actor, at=at).filter(pk__in=among).order_by("told_at", "id")


def class_expected_of(allegation: Allegation, acts: Iterable[Allegation]) -> ClassCheck | None:
    """Return what the counting rules expect of one report among the acts of one subject against one victim."""
    acts = list(acts)
    partners = {each.former_partner for each in acts}
    return rules.class_check(
        [rows.act_of(row, row.behaviours) for row in acts],
        recorded_as=RecordingClass(allegation.recorded_class) if allegation.recorded_class else None,
        former_partner=True if True in partners else (None if None in partners else False),
        on=allegation.told_at.date(),
        included=allegation.included_classes,
    )


def _latest_screening(allegation: Allegation) -> Screening | None:
    return next(iter(_screened(report=allegation.pk)), None)


@for_nobody
def _screened(report: Any) -> QuerySet[Screening]:
    found = Screening.objects.unscoped("the allegation was opened").filter(allegation=report)
    return found.order_by("-recorded_at")[:1]


def _case_for(
    entry: Draft,
    actor: Actor,
    allegation: Allegation,
    outcome: Outcome,
    victim: Victim | None,
    subject: Subject | None,
    at: datetime,
) -> Case | None:
    """Return the case that the allegation joined or opened; None where there is none and none is opened."""
    if victim is None:
        return None
    case = case_of_pair(victim, subject) if subject is not None else None
    if case is not None and case.site != allegation.site:
        raise CannotStep("case", HANDED_OVER)
    if case is not None:
        _join_and_look_again(entry, actor, case, allegation, at)
        return case
    if not outcome.opens_case:
        return None
    subject = subject or _not_known(actor, allegation, at)
    return _opened(entry, actor, allegation, victim, subject, at)


def _refuse_to_attach(
    actor: Actor, case: Case, allegation: Allegation, victim: Victim | None, subject: Subject | None, at: datetime
) -> None:
    """Refuse to attach an act to another site's case, or to a case of whom it is confirmed not to be about."""
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if case.site != allegation.site:
        raise CannotStep("case", "This allegation belongs to another site. Ask that unit to hand it over.")
    other = subject is not None and subject.known and case.subject_id not in records_of(subject.pk)
    if other and (victim is None or case.victim_id not in records_of(victim.pk)):
        raise CannotStep("case", "Both people of this report are confirmed to be others. Undo one of the two first.")
    if other and case.subject.known:
        raise CannotStep("case", "This report is confirmed to be about another subject. Undo that first.")


def refuse_second_case(
    *, actor: Actor, allegation: Allegation, outcome: Outcome, because: str, at: datetime
) -> tuple[Case, ...]:
    """Refuse to open another case for a pair that may have one, and name it; with a reason, return which those are.

    Raises CannotStep. Nothing is written: whoever triages does that next.
    """
    linkage_queries.open_allegation(actor, allegation, at=at)
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at, site=allegation.site)
    victim, subject = linkage_queries.people_of(allegation.pk)
    if victim is None or not outcome.opens_case or (subject is not None and case_of_pair(victim, subject)):
        return ()
    found = cases_of_the_pair(actor=actor, allegation=allegation, victim=victim, subject=subject, at=at)
    if found and not because.strip():
        raise CannotStep(
            "case",
            sentence(
                "{1} may be of the same victim and subject. Choose it here, or say why you open another case.",
                ", ".join(case.reference for case in found),
            ),
        )
    return found


def _not_known(actor: Actor, allegation: Allegation, at: datetime) -> Subject:
    match = linkage.confirm_match(
        actor=actor, allegation=allegation, part=Part.SUBJECT, reason="nobody can say yet who it is", at=at
    )
    assert match.subject is not None  # noqa: S101 -- a match of this part always names a subject
    return match.subject


def _free_reference() -> str:
    """Return a reference that no case has: of five letters, one in three hundred is taken at 100,000 cases."""
    while _taken(reference=(free := new_case_reference())):
        pass
    return free


@for_nobody
def _taken(reference: Any) -> QuerySet[Case, Any]:
    return Case.objects.unscoped("only whether it is taken").filter(reference=reference).values_list("pk")


def _opened(entry: Draft, actor: Actor, allegation: Allegation, victim: Victim, subject: Subject, at: datetime) -> Case:
    """Open the case with its grants, its first state and review, every act known so far, and the walls of its people."""
    acts = linkage_queries.told_of_pair(victim.pk, subject.pk)
    case = Case(
        reference=_free_reference(),
        site=allegation.site,
        victim=victim,
        subject=subject,
        relationship=allegation.relationship[:40],
        opened_at=at,
        acts=len(acts),
        last_act_at=max((rows.happened_at(each) for each in acts), default=None),
        **access_queries.held_by(actor, "desk", at=at),
    )
    case.review_due_at = _clock(case, None, at)
    case.save(force_insert=True)
    entry.about(case)
    for grant in access.grant_file(actor=actor, file=case.pk, site=case.site, at=at):
        entry.about(grant)
    access.copy_walls_of_any(actor=actor, sources=(victim.pk, subject.pk), to=case.pk, at=at)
    _enter(entry, actor, case, State.OPEN, at, reason="opened at triage")
    _review(entry, actor, case, case.review_due_at, Trigger.OPENED, at, {}, before=None)
    for each in acts:
        _join(entry, actor, case, each, at)
    return case
