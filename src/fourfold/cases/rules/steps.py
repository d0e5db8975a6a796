"""May this case take this step now? Each answer is a field and how to mend it, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from fourfold.access.signing import is_another
from fourfold.cases.terms import Answer, ClassCheck, Outcome, State
from fourfold.words import sentence

QUIET_MONTHS = 3
"""How long it must have been quiet before a case steps down, and how long it stays there before it may close.

After the Spanish VioGén protocol of 2025, whose supervised state lasts at least three months before a case becomes
inactive.
"""

#: What may follow what; None is a case that is not there yet. A new act opens a case again, whatever it was.
NEXT: dict[State | None, frozenset[State]] = {
    None: frozenset({State.OPEN}),
    State.OPEN: frozenset({State.STEP_DOWN}),
    State.STEP_DOWN: frozenset({State.CLOSED, State.OPEN}),
    State.CLOSED: frozenset({State.OPEN}),
}

Why = tuple[str, str] | None
ANOTHER = "The second signature must be another person's."


def why_not_triage(
    outcome: Outcome | None,
    reason: str,
    *,
    allowed: Collection[str],
    victim_known: bool,
    subject_settled: bool,
    immediate_danger: Answer | None,
    redirected_to: str = "",
    owes_advice: bool = False,
) -> Why:
    """Return the field and reason for which an allegation cannot leave the desk this way, or None.

    `allowed` are the outcomes that the site's model of working names; `subject_settled` says that the subject is
    confirmed, or that nobody can name one yet. `owes_advice` says that the site screens every crime recorded as
    stalking, and that this is one.
    """
    if outcome is None:
        return "outcome", "Choose how this allegation leaves the desk."
    if outcome not in allowed:
        return "outcome", sentence("This unit does not use “{1}”. Choose another outcome.", outcome.replace("_", " "))
    if not reason.strip():
        return "reason", "Say why, in a sentence that a colleague understands in a year."
    if outcome is Outcome.REDIRECT:
        return _why_not_redirect(redirected_to, owes_advice=owes_advice)
    if outcome is Outcome.ADVICE_ONLY and immediate_danger is Answer.YES:
        return "outcome", "Immediate danger was answered yes. Advice alone is not enough: choose another outcome."
    return _why_not_open(victim_known, subject_settled) if outcome.opens_case else None


def why_not_keep_class(expected: ClassCheck | None, *, asked: bool, kept_because: str) -> Why:
    """Return the field and reason for which the recorded class cannot stand without a word on it, or None.

    `asked` says that the force was asked to reclassify, `kept_because` why the class stands all the same.
    """
    if expected is None or asked or kept_because.strip():
        return None
    return "class_kept_because", sentence(
        "{1} Ask the force to reclassify, or say why the class is right.", expected.says
    )


def _why_not_redirect(redirected_to: str, *, owes_advice: bool) -> Why:
    if owes_advice:
        return "outcome", (
            "This unit reviews every crime recorded as stalking and advises the officer in the case at the start. "
            "Choose advice only, or more, and name the other service in the reason."
        )
    return None if redirected_to.strip() else ("redirected_to", "Enter the service that you redirect it to.")


def _why_not_open(victim_known: bool, subject_settled: bool) -> Why:
    if not victim_known:
        return "victim", "First say who the victim is: confirm a person on record, or add a new one."
    if not subject_settled:
        return "subject", "Say who the subject is first: confirm a person, or record that nobody knows yet."
    return None


def why_not_step_down(
    *,
    state: State,
    last_act_at: datetime | None,
    last_act_told: bool = False,
    victim_told_at: datetime | None,
    reason: str,
    decided_by: UUID,
    countersigned_by: UUID | None,
    at: datetime,
) -> Why:
    """Return the field and reason for which a case cannot step down, or None.

    It takes three quiet months since the last act, a reason, the victim told beforehand, and two signatures by two
    people.
    """
    if State.STEP_DOWN not in NEXT[state]:
        return "state", sentence("Only an open case can step down. This case is {1}.", in_words(state))
    if last_act_at is not None and (quiet := months_after(last_act_at, QUIET_MONTHS)) > at:
        return (
            "last_act_at",
            sentence(
                "The last act was told on {1}, its day is not known. The case can step down from {2}, if there is no new act."
                if last_act_told
                else "The last act was on {1}. The case can step down from {2}, if there is no new act.",
                _day(last_act_at),
                _day(quiet),
            ),
        )
    if not reason.strip():
        return "reason", "Say why the case may step down."
    if victim_told_at is None or victim_told_at > at:
        return "victim_told_at", "Tell the victim first, and record when you did."
    return why_not_signed(decided_by, countersigned_by)


def opens_again(state: State) -> bool:
    """Return whether a new act changes the state of a case: it opens again unless it is open."""
    return State.OPEN in NEXT[state]


def why_not_taken_over(states: Sequence[State]) -> str | None:
    for before, after in zip((None, *states), states, strict=False):
        if after not in NEXT[before]:
            return f"A case cannot be {in_words(after)} " + (
                f"after it was {in_words(before)}." if before else "first."
            )
    return None


def why_not_signed(decided_by: UUID, countersigned_by: UUID | None) -> Why:
    """Return why a second signature does not stand, or None: it must be there, and another natural person's."""
    if countersigned_by is None:
        return "countersigned_by", "A second person must sign. Ask a colleague who may sign for the unit."
    if not is_another(decided_by, countersigned_by):
        return "countersigned_by", ANOTHER
    return None


def why_not_close(
    *,
    state: State,
    entered_at: datetime,
    last_act_at: datetime | None,
    last_act_told: bool = False,
    reason: str,
    victim_told_at: datetime | None,
    at: datetime,
) -> Why:
    """Return the field and reason for which a case cannot close, or None.

    It closes only from step-down, after at least three months there with no act in that time, and the victim is told
    of it beforehand: that the victim was told of the step-down is not enough.
    """
    if State.CLOSED not in NEXT[state]:
        return "state", sentence(
            "Only a case in step-down can close. This case is {1}. Step it down first.", in_words(state)
        )
    if (ends := months_after(entered_at, QUIET_MONTHS)) > at:
        return "entered_at", sentence(
            "It stepped down on {1}. The earliest day to close is {2}.", _day(entered_at), _day(ends)
        )
    if last_act_at is not None and last_act_at > entered_at:
        return "last_act_at", sentence(
            "An act was told on {1}, after it stepped down. It stays open."
            if last_act_told
            else "There was an act on {1}, after it stepped down. It stays open.",
            _day(last_act_at),
        )
    if not reason.strip():
        return "reason", "Say why the case closes."
    if victim_told_at is None or not entered_at <= victim_told_at <= at:
        return "victim_told_at", "Tell the victim first that the case will close, and record when you did."
    return None


def in_words(state: State) -> str:
    return {State.OPEN: "open", State.STEP_DOWN: "in step-down", State.CLOSED: "closed"}[state]


def months_after(start: datetime, months: int) -> datetime:
    """Return the same day and hour `months` later; where that month is shorter, its last day."""
    years, month = divmod(start.month - 1 + months, 12)
    for day in (start.day, 30, 29, 28):
        try:
            return start.replace(year=start.year + years, month=month + 1, day=min(day, start.day))
        except ValueError:
            continue
    raise ValueError(sentence("no month has {1} days", start.day))  # not reached: every month has 28


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
