"""Holds, retention reviews, and what people say about their own record. Rows are added; the first record stays."""

from datetime import date, datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.governance.models import (
    Challenge,
    ChallengeAnswered,
    Hold,
    HoldLifted,
    MoreAsked,
    MoreCame,
    RetentionReview,
)
from fourfold.governance.queries.case import retention_facts
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules import retention
from fourfold.governance.schedule import retention as schedule
from fourfold.governance.terms import (
    CannotGovern,
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    HoldKind,
    RetentionOutcome,
)


def place_hold(*, actor: Actor, case: Case, kind: HoldKind, reason: str, at: datetime) -> Hold:
    """Record that nothing of a case may be disposed of, and why; it stands until somebody lifts it."""
    access.require(actor, Permission.RETENTION_REVIEW, at=at, site=case.site, file=case.pk)
    _require_text("reason", reason, "Say what it is for: the proceedings, the complaint, the review.")
    with audit.recorded(actor, "hold.placed", at=at, file=case.pk) as entry:
        entry.reason = reason
        return entry.about(
            Hold.objects.create(
                case=case, kind=kind, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


def lift_hold(*, actor: Actor, hold: Hold, reason: str, at: datetime) -> HoldLifted:
    """Record that a hold is over, and why. Other holds of the case stand as they were."""
    access.require(actor, Permission.RETENTION_REVIEW, at=at, site=hold.case.site, file=hold.case_id)
    _require_text("reason", reason, "Say why the hold is no longer needed.")
    if HoldLifted.objects.unscoped("the case was opened above").filter(hold=hold).exists():
        raise CannotGovern("reason", "This hold has been lifted already.")
    with audit.recorded(actor, "hold.lifted", at=at, file=hold.case_id) as entry:
        entry.reason = reason
        return entry.about(
            HoldLifted.objects.create(
                hold=hold, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


def review_retention(
    *, actor: Actor, case: Case, outcome: RetentionOutcome, reason: str, at: datetime
) -> RetentionReview:
    """Record a retention review: keep, or propose for disposal. Nothing is erased by it.

    Raises CannotGovern while the case is open, before its day for a disposal, under a hold, and without a reason.
    """
    opened = access.require(actor, Permission.RETENTION_REVIEW, at=at, site=case.site, file=case.pk)
    assert opened is not None  # noqa: S101 -- a file was named
    on = local_day(at)
    facts = retention_facts(opened, at=at)
    due = retention.review_due(facts, schedule(), on=on)
    if due.due_on is None:
        raise CannotGovern("outcome", due.why)
    _require_text(
        "reason", reason, "Say what the risk is now, and why you keep the case or not. Do not repeat the record."
    )
    propose = outcome is RetentionOutcome.PROPOSE_DISPOSAL
    if propose and (why := retention.why_not_propose(facts, schedule(), on=on)):
        raise CannotGovern(*why)
    with audit.recorded(actor, "retention.reviewed", at=at, file=case.pk) as entry:
        entry.reason, entry.rules = reason, (due.rule,)
        return entry.about(
            RetentionReview.objects.create(
                case=case,
                rule=due.rule,
                due_on=due.due_on,
                outcome=outcome,
                reason=reason.strip(),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def record_challenge(
    *,
    actor: Actor,
    case: Case,
    by_whom: Challenger,
    kind: ChallengeKind,
    about: str,
    words: str,
    received_on: date,
    at: datetime,
) -> Challenge:
    """Keep what a person says about their own record, in their words; they are answered within a month."""
    access.require(actor, Permission.CHALLENGE_RECORD, at=at, site=case.site, file=case.pk)
    _require_text("about", about, "Say which record it is about: the kind and the day.")
    _require_text("words", words, "Write what they say, in their words.")
    if received_on > local_day(at):
        raise CannotGovern("received_on", "Enter the day on which you received it. It cannot be in the future.")
    with audit.recorded(actor, "challenge.recorded", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        return entry.about(
            Challenge.objects.create(
                case=case,
                by_whom=by_whom,
                kind=kind,
                about=about.strip(),
                words=words.strip(),
                received_on=received_on,
                due_on=retention.answer_due(received_on),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def ask_for_more(*, actor: Actor, challenge: Challenge, asked_on: date, asked_for: str, at: datetime) -> MoreAsked:
    """Record what a person was asked for before their record can be found; the deadline is paused until it comes.

    Raises CannotGovern without words, while it waits already, and where the law of the day knows no such wait.
    """
    case = challenge.case
    opened = access.require(actor, Permission.CHALLENGE_RECORD, at=at, site=case.site, file=case.pk)
    assert opened is not None  # noqa: S101 -- a file was named
    _require_text("asked_for", asked_for, "Say what you asked for: only what you need to find the record.")
    waits = MoreAsked.objects.of(opened).filter(challenge=challenge, came=None).exists()
    why = retention.why_not_ask_more(challenge.received_on, asked_on, waits_now=waits, today=local_day(at))
    if why is not None:
        raise CannotGovern(*why)
    with audit.recorded(actor, "challenge.more_asked", at=at, file=case.pk) as entry:
        held = access_queries.held_by(actor, "entered", at=at)
        said = asked_for.strip()[:300]
        return entry.about(MoreAsked.objects.create(challenge=challenge, asked_on=asked_on, asked_for=said, **held))


def note_more_came(*, actor: Actor, asked: MoreAsked, came_on: date, at: datetime) -> MoreCame:
    """Record that what was asked for came: the deadline runs again. Raises CannotGovern for another day."""
    case = asked.challenge.case
    access.require(actor, Permission.CHALLENGE_RECORD, at=at, site=case.site, file=case.pk)
    if why := retention.why_not_came(asked.asked_on, came_on, today=local_day(at)):
        raise CannotGovern(*why)
    if MoreCame.objects.unscoped("the case was opened above").filter(asked=asked).exists():
        raise CannotGovern("came_on", "You have already recorded that you received this.")
    with audit.recorded(actor, "challenge.more_came", at=at, file=case.pk) as entry:
        held = access_queries.held_by(actor, "entered", at=at)
        return entry.about(MoreCame.objects.create(asked=asked, came_on=came_on, **held))


def answer_challenge(
    *, actor: Actor, challenge: Challenge, outcome: ChallengeOutcome, reason: str, at: datetime, correction: str = ""
) -> ChallengeAnswered:
    """Answer a challenge: what is right stands beside the first record from now on, which is never edited.

    Raises CannotGovern without a reason, and for a correction that does not say what is right.
    """
    access.require(actor, Permission.CHALLENGE_RECORD, at=at, site=challenge.case.site, file=challenge.case_id)
    _require_text("reason", reason, "Say why, in words that you can send to them.")
    if outcome is not ChallengeOutcome.REFUSED:
        _require_text("correction", correction, "Write what to add to the record.")
    if ChallengeAnswered.objects.unscoped("the case was opened above").filter(challenge=challenge).exists():
        raise CannotGovern("outcome", "This challenge has been answered already.")
    with audit.recorded(actor, "challenge.answered", at=at, file=challenge.case_id) as entry:
        entry.reason = reason
        return entry.about(
            ChallengeAnswered.objects.create(
                challenge=challenge,
                outcome=outcome,
                reason=reason.strip(),
                correction=correction.strip(),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _require_text(field: str, said: str, message: str) -> None:
    if not said.strip():
        raise CannotGovern(field, message)
