"""What happens besides the work on a case: talk among colleagues, what leaves the unit, care for the victim, the diary."""

from datetime import timedelta

from fourfold.access.terms import Compartment, RelationKind, Side
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.queries.comments import PLACES, Place
from fourfold.demo.scenario.casework import Work
from fourfold.governance import services as governance
from fourfold.governance.terms import (
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    Consent,
    DisclosureDetails,
    Ground,
    HoldKind,
    RequestDetails,
    VictimAnswer,
)
from fourfold.panel import services as panel
from fourfold.support import queries as diary_queries
from fourfold.support import services as support
from fourfold.support.rules import entitlements
from fourfold.support.terms import (
    AtRiskKind,
    AtRiskStepKind,
    AtRiskTold,
    ConsentMatter,
    ConsentState,
    EntitlementAnswer,
    StepOutcome,
    Written,
)

CONFIDENTIAL, CONTACT = Compartment.ADVOCATE_CONFIDENTIAL, Compartment.VICTIM_CONTACT
MONTH = timedelta(days=30)
WORD = "plum tree"


def go_on(work: Work) -> None:
    """Let colleagues talk and ask, the ledger fill, the advocate care for the victim, and the victim write."""
    _talk(work)
    _advise(work)
    _disclose(work)
    _ask_for_a_confidence(work)
    _hold_and_challenge(work)
    _care(work)
    _write_her_diary(work)


def _talk(work: Work) -> None:
    """Add a comment in every place where a comment may stand, police intelligence among them."""
    for place in PLACES:
        if place.side not in (Side.NONE, work.plan.side):
            continue
        said = work.say(place.compartment, f"comment.words {place.key}", "Just now:", side=place.side)
        comment = cases.add_comment(
            actor=_who_talks(work, place),
            case=work.case,
            words=said,
            compartment=place.compartment,
            side=place.side,
            at=work.now,
        )
        work.keep("comment", comment)


def _who_talks(work: Work, place: Place) -> Actor:
    """Return who writes in a place: the advocate in the advocate's, a clinician in the clinicians', the officer in the others."""
    if place.compartment is Compartment.ADVOCATE_CONFIDENTIAL:
        return work.named(RelationKind.ADVOCATE)
    return (
        work.actor(work.plan.clinician) if place.compartment is Compartment.CLINICAL else work.named(RelationKind.OIC)
    )


def _advise(work: Work) -> None:
    say = work.say
    asked = panel.ask_consultation(
        actor=work.actor("analyst"),
        case=work.case,
        owner=say.core("consultation.owner", "Sergeant"),
        question=say.core("consultation.question", "May the subject be spoken to?"),
        at=work.now,
    )
    work.keep("consultation", asked)
    advice = say.risk("advised.advice", "Not alone:")
    panel.advise(actor=work.named(RelationKind.OIC), consultation=asked, advice=advice, at=work.now)


def _disclose(work: Work) -> None:
    say, coordinator = work.say, work.actor("coordinator")
    details = DisclosureDetails(
        what=say.core("disclosure.what", "A chronology"),
        to_whom=say.core("disclosure.to_whom", "Housing"),
        ground=Ground.SAFEGUARDING,
        necessity=say.core("disclosure.necessity", "For the move:"),
        consent=Consent.NOT_ASKED,
        consent_reason=say.core("disclosure.consent_reason", "Not reached:"),
        expires_on=None,
    )
    kept = governance.record_disclosure(
        actor=coordinator, case=work.case, details=details, compartment=Compartment.CORE, at=work.now
    )
    work.keep("disclosure", kept)


def _ask_for_a_confidence(work: Work) -> None:
    """Ask the advocate for a confidence; a copy of what the victim agreed to goes to the police, and no way in."""
    say = work.say
    details = RequestDetails(
        enquiry=say.core("confidence.enquiry", "Where the subject was:"),
        sought=say.core("confidence.sought", "What the victim saw"),
        necessity=say.core("confidence.necessity", "Nobody else saw it:"),
        tried=say.core("confidence.tried", "Cameras:"),
        authorised_by=say.core("confidence.authorised_by", "Inspector"),
        counselling=True,
        rebuttal=say.core("confidence.rebuttal", "The victim spoke of it there:"),
        not_told_because=say.core("confidence.not_told_because", "The advocate will tell the victim:"),
        expires_on=work.now.date() + MONTH,
    )
    asked = governance.ask_for_confidence(
        actor=work.named(RelationKind.OIC), case=work.case, details=details, at=work.now
    )
    work.keep("confidence", asked)
    words = say(CONFIDENTIAL, "confidence_answer.words", "The victim said:")
    governance.record_victim_answer(
        actor=work.named(RelationKind.ADVOCATE), asked=asked, answer=VictimAnswer.GIVEN, words=words, at=work.now
    )
    governance.decide_on_confidence(
        actor=work.named(RelationKind.ADVOCATE),
        asked=asked,
        releases=True,
        reason=say.core("confidence_decision.reason", "The victim agreed:"),
        released=say(Compartment.POLICE_INTEL, "confidence_decision.released", "The subject drove a grey car:"),
        at=work.now,
    )


def _hold_and_challenge(work: Work) -> None:
    say = work.say
    reason = say.core("hold.reason", "A complaint:")
    hold = governance.place_hold(
        actor=work.actor("coordinator"), case=work.case, kind=HoldKind.COMPLAINT, reason=reason, at=work.now
    )
    over = say.core("hold_lifted.reason", "It was settled:")
    governance.lift_hold(actor=work.actor("coordinator"), hold=hold, reason=over, at=work.now)
    challenge = governance.record_challenge(
        actor=work.actor("coordinator"),
        case=work.case,
        by_whom=Challenger.VICTIM,
        kind=ChallengeKind.INACCURATE,
        about=say.core("challenge.about", "The first act"),
        words=say.core("challenge.words", "It was a Monday:"),
        received_on=work.now.date(),
        at=work.now,
    )
    work.keep("challenge", challenge)
    governance.answer_challenge(
        actor=work.actor("coordinator"),
        challenge=challenge,
        outcome=ChallengeOutcome.CORRECTED,
        reason=say.core("challenge_answered.reason", "They are right:"),
        correction=say.core("challenge_answered.correction", "Monday:"),
        at=work.now,
    )


def _care(work: Work) -> None:
    say, case = work.say, work.case
    soon = work.now.date() + timedelta(days=14)

    def as_advocate() -> dict[str, object]:
        return {"actor": work.named(RelationKind.ADVOCATE), "at": work.now}

    support.record_consent(
        **as_advocate(),  # type: ignore[arg-type]
        case=case,
        matter=ConsentMatter.REFERRAL,
        state=ConsentState.GIVEN,
        to_whom=say(CONFIDENTIAL, "consent.to_whom", "Housing"),
        why=say(CONFIDENTIAL, "consent.why", "Wants to move:"),
    )
    step = support.plan_step(
        **as_advocate(),  # type: ignore[arg-type]
        case=case,
        words=say(CONFIDENTIAL, "plan_step.words", "Leaves by the back:"),
        who=say(CONFIDENTIAL, "plan_step.who", "A neighbour"),
        review_on=soon,
    )
    work.keep("step", step)
    support.review_step(
        **as_advocate(),  # type: ignore[arg-type]
        step=step,
        outcome=StepOutcome.CHANGED,
        words=say(CONFIDENTIAL, "plan_step_review.words", "By the side now:"),
        next_on=soon,
    )
    support.answer_entitlement(
        **as_advocate(),  # type: ignore[arg-type]
        case=case,
        code=entitlements()[0].code,
        answer=EntitlementAnswer.NOT_YET,
        words=say.core("entitlement.words", "The victim is away:"),
    )
    support.record_satisfaction(
        **as_advocate(),  # type: ignore[arg-type]
        case=case,
        answers={"heard": 5},
        words=say(CONFIDENTIAL, "satisfaction.words", "They listened:"),
    )
    told = AtRiskTold(
        name=say(CONTACT, "at_risk.name", "A son"),
        kind=AtRiskKind.CHILD,
        risk=say(CONTACT, "at_risk.risk", "The subject knows the school:"),
        review_on=soon,
    )
    child = work.keep("person", support.add_at_risk(**as_advocate(), case=case, told=told))  # type: ignore[arg-type]
    support.step_for_at_risk(
        **as_advocate(),  # type: ignore[arg-type]
        person=child,
        what=AtRiskStepKind.REFERRED,
        words=say(CONTACT, "at_risk_step.words", "Told the school:"),
        to_whom=say(CONTACT, "at_risk_step.to_whom", "Head teacher"),
        next_on=soon,
    )


def _write_her_diary(work: Work) -> None:
    """Let the victim bind a device and write one entry for the advocate alone."""
    link, code = support.give_diary_link(actor=work.named(RelationKind.ADVOCATE), case=work.case, at=work.now)
    work.keep("link", link)
    as_advocate, bound = diary_queries.link_of_code(code, at=work.now)
    secret = support.bind_device(actor=as_advocate, link=bound, word=WORD, hers_alone=True, at=work.now)
    device = diary_queries.device_of_secret(secret)[1]
    diary = diary_queries.diary_of(device, opened_at=work.now, seen_at=work.now, at=work.now)
    words = work.say(CONFIDENTIAL, "diary_entry.words", "He was at the gate:")
    written = Written(words=words, told_at=work.now)
    work.keep("entry", support.write_entry(actor=as_advocate, diary=diary, written=written, at=work.now))
    asks = work.say(CONTACT, "contact_asked.words", "Please ring after four:")
    support.ask_contact(actor=as_advocate, diary=diary, words=asks, at=work.now)
