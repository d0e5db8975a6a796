"""Consent, the steps of the safety plan, entitlements, feedback, and others at risk."""

from collections.abc import Sequence
from datetime import date, datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import filled
from fourfold.cases.models import Case
from fourfold.support import rules
from fourfold.support.models import AtRisk, AtRiskStep, Consent, EntitlementSaid, PlanStep, PlanStepReview, Satisfaction
from fourfold.support.terms import (
    STANDS,
    AtRiskStepKind,
    AtRiskTold,
    CannotSupport,
    ConsentMatter,
    ConsentState,
    EntitlementAnswer,
    StepOutcome,
)

CONFIDENTIAL = Compartment.ADVOCATE_CONFIDENTIAL
CONTACT = Compartment.VICTIM_CONTACT
INSIDE = "the case was opened by the service"


def record_consent(
    *,
    actor: Actor,
    case: Case,
    matter: ConsentMatter,
    state: ConsentState,
    at: datetime,
    to_whom: str = "",
    why: str = "",
) -> Consent:
    """Record what the victim was asked and answered; or that somebody acted without consent, which needs its reason."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=CONFIDENTIAL)
    CannotSupport.refuse(rules.why_not_consent(state, why))
    if len(to_whom) > 120:
        raise CannotSupport("to_whom", "Shorten this to 120 characters or fewer.")
    with audit.recorded(actor, f"consent.{state}", at=at, file=case.pk) as entry:
        entry.reason = why
        return entry.about(
            Consent.objects.create(
                case=case,
                matter=matter,
                to_whom=to_whom.strip(),
                state=state,
                why=why.strip(),
                said_at=at,
                **access_queries.held_by(actor, "victim", at=at),
            )
        )


def plan_step(*, actor: Actor, case: Case, words: str, review_on: date | None, at: datetime, who: str = "") -> PlanStep:
    """Keep a step of the safety plan, agreed with the victim, with the day on which it is reviewed."""
    access.require(actor, Permission.NOTE_CONFIDENTIAL, at=at, file=case.pk, writes=CONFIDENTIAL)
    CannotSupport.refuse(rules.why_not_plan(words, review_on, rules.day_of(at)))
    with audit.recorded(actor, "safety_plan.step", at=at, file=case.pk) as entry:
        held = access_queries.held_by(actor, "victim", at=at)
        return entry.about(
            PlanStep.objects.create(case=case, words=words.strip(), who=who.strip()[:120], review_on=review_on, **held)
        )


def review_step(
    *,
    actor: Actor,
    step: PlanStep,
    outcome: StepOutcome,
    at: datetime,
    words: str = "",
    next_on: date | None = None,
    seen: str | None = None,
) -> PlanStepReview:
    """Record what a review of a step found, and when it is reviewed next; one that ended has no next day.

    `seen` names the review that stood before the writer's eyes, "" for none. Raises CannotSupport naming the field,
    Conflict where a colleague has reviewed the step meanwhile.
    """
    access.require(actor, Permission.NOTE_CONFIDENTIAL, at=at, file=step.case_id, writes=CONFIDENTIAL)
    CannotSupport.refuse(rules.why_not_review(outcome, words, next_on, rules.day_of(at)))
    with audit.recorded(actor, "safety_plan.reviewed", at=at, file=step.case_id) as entry:
        PlanStep.objects.unscoped(INSIDE).select_for_update().get(pk=step.pk)
        now = PlanStepReview.objects.unscoped(INSIDE).filter(step=step).order_by("-recorded_at", "-id")[:1]
        access_queries.refuse_unseen("This step", now, seen, _found)
        return entry.about(
            PlanStepReview.objects.create(
                step=step,
                outcome=outcome,
                words=words.strip(),
                next_on=next_on if outcome in STANDS else None,
                **access_queries.held_by(actor, "victim", at=at),
            )
        )


def _found(rows: Sequence[PlanStepReview]) -> dict[str, object]:
    row = rows[-1]
    return {"outcome": StepOutcome(row.outcome), "words": row.words, "next_on": row.next_on}


def answer_entitlement(
    *,
    actor: Actor,
    case: Case,
    code: str,
    answer: EntitlementAnswer,
    at: datetime,
    words: str = "",
    seen: str | None = None,
) -> EntitlementSaid:
    """Record the outcome of an entitlement: offered, taken up, declined, or not yet and why.

    `seen` names the answer that stood before the writer's eyes, "" for none. Raises CannotSupport naming the field,
    Conflict where a colleague has answered meanwhile.
    """
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=CONTACT)
    due = rules.entitled_to(rules.day_of(case.opened_at), rules.day_of(at))
    if code not in {entitlement.code for entitlement in due}:
        raise CannotSupport("code", "Choose one of the entitlements shown.")
    if answer is EntitlementAnswer.NOT_YET and not words.strip():
        raise CannotSupport("words", "Say why not yet.")
    if len(words) > 300:
        raise CannotSupport("words", "Shorten this to 300 characters or fewer.")
    with audit.recorded(actor, "entitlement.answered", at=at, file=case.pk) as entry:
        Case.objects.unscoped(INSIDE).select_for_update().get(pk=case.pk)
        now = EntitlementSaid.objects.unscoped(INSIDE).filter(case=case, code=code).order_by("-recorded_at", "-id")[:1]
        access_queries.refuse_unseen("This entitlement", now, seen, _said)
        held = access_queries.held_by(actor, "entered", at=at)
        return entry.about(
            EntitlementSaid.objects.create(case=case, code=code, answer=answer, words=words.strip(), **held)
        )


def _said(rows: Sequence[EntitlementSaid]) -> dict[str, object]:
    return {"answer": EntitlementAnswer(rows[-1].answer), "words": rows[-1].words}


def record_satisfaction(
    *, actor: Actor, case: Case, answers: dict[str, int | None], at: datetime, words: str = "", declined: bool = False
) -> Satisfaction:
    """Keep what the victim thought of the help: heard, informed, safer, again, each 1 to 5; or that they declined."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=CONFIDENTIAL)
    given = {name: answers.get(name) for name in ("heard", "informed", "safer", "again")}
    CannotSupport.refuse(rules.why_not_satisfied(given.values(), declined, words))
    with audit.recorded(actor, "satisfaction.recorded", at=at, file=case.pk) as entry:
        return entry.about(
            Satisfaction.objects.create(
                case=case,
                **given,
                declined=declined,
                words=words.strip(),
                asked_at=at,
                **access_queries.held_by(actor, "victim", at=at),
            )
        )


def add_at_risk(*, actor: Actor, case: Case, told: AtRiskTold, at: datetime) -> AtRisk:
    """Put a child or somebody else on record as at risk in their own right, with their own review."""
    access.require(actor, Permission.SUPPORT_VIEW, at=at, file=case.pk, writes=CONTACT)
    CannotSupport.refuse(rules.why_not_at_risk(told, rules.day_of(at)))
    with audit.recorded(actor, "at_risk.added", at=at, file=case.pk) as entry:
        texts = {"name": told.name.strip()[:120], "risk": told.risk.strip()}
        person = filled(AtRisk, told, case=case, **texts, **access_queries.held_by(actor, "told", at=at))
        person.save(force_insert=True)
        return entry.about(person)


def step_for_at_risk(
    *,
    actor: Actor,
    person: AtRisk,
    what: AtRiskStepKind,
    words: str,
    at: datetime,
    to_whom: str = "",
    next_on: date | None = None,
    seen: str | None = None,
) -> AtRiskStep:
    """Record what was done for somebody at risk; a referral names to whom, an end its reason, all else a next look.

    `seen` names the step that stood last before the writer's eyes, "" for none. Raises CannotSupport naming the field,
    Conflict where a colleague has done something for this person meanwhile.
    """
    access.require(actor, Permission.SUPPORT_VIEW, at=at, file=person.case_id, writes=CONTACT)
    CannotSupport.refuse(_why_not_step(what, words, to_whom, next_on, rules.day_of(at)))
    with audit.recorded(actor, f"at_risk.{what}", at=at, file=person.case_id) as entry:
        AtRisk.objects.unscoped(INSIDE).select_for_update().get(pk=person.pk)
        now = AtRiskStep.objects.unscoped(INSIDE).filter(person=person).order_by("-recorded_at", "-id")[:1]
        access_queries.refuse_unseen("What was done", now, seen, _done)
        return entry.about(
            AtRiskStep.objects.create(
                person=person,
                what=what,
                words=words.strip(),
                to_whom=to_whom.strip()[:120],
                next_on=None if what is AtRiskStepKind.ENDED else next_on,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _done(rows: Sequence[AtRiskStep]) -> dict[str, object]:
    row = rows[-1]
    return {"what": AtRiskStepKind(row.what), "words": row.words, "to_whom": row.to_whom, "next_on": row.next_on}


def _why_not_step(
    what: AtRiskStepKind, words: str, to_whom: str, next_on: date | None, on: date
) -> tuple[str, str] | None:
    if not words.strip():
        return "words", "Write what was done, and what was found."
    if what is AtRiskStepKind.REFERRED and not to_whom.strip():
        return "to_whom", "Say to whom, such as children's social care."
    if what is not AtRiskStepKind.ENDED and (next_on is None or next_on <= on):
        return "next_on", "Give the later day on which somebody looks again."
    return None
