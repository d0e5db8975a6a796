"""What a breach means, what has to be decided after one, and by when: pure answers; the registers of law say it for the day."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from fourfold.law import rules as law
from fourfold.law.rules import limit
from fourfold.law.terms import NotOnRecord
from fourfold.orders.rules import LONDON, binds, day_of
from fourfold.orders.terms import BreachDecision, OrderKind
from fourfold.words import Word, sentence


def decide_by(recorded_at: datetime) -> datetime:
    """Return until when arrest and charge must be decided, and the victim told, after a breach."""
    return recorded_at + timedelta(hours=limit("breach.decisions", day_of(recorded_at)).count)


def information_by(last_act_at: datetime) -> date:
    """Return the last day on which an information for stalking (section 2A) can be laid.

    Section 4A is either way and knows no such limit; the day of the act does not count.
    """
    on = day_of(last_act_at)
    return limit("stalking.information", on).last_day(on)


def breach_means(kind: OrderKind, on: date) -> str:
    """Return what breaking an order of this kind on a day means, for whoever decides tonight."""
    try:
        return law.breach_means(kind, on)
    except NotOnRecord as missing:
        return str(missing)


def decisions_needed(kind: OrderKind, on: date) -> tuple[BreachDecision, ...]:
    """Return what must be decided after a breach on a day; what is no offence cannot be charged.

    Where the register says nothing of that day, a charge is asked about too.
    """
    try:
        offence = law.breach_rule(kind, on).offence
    except NotOnRecord:
        offence = True
    return tuple(BreachDecision) if offence else (BreachDecision.ARREST, BreachDecision.VICTIM_TOLD)


def never_charged() -> tuple[tuple[OrderKind, datetime, datetime | None], ...]:
    """Return the kinds whose breach is no offence, from when until when, as the register has it."""

    def begins(day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=LONDON)

    return tuple(
        (OrderKind(rule.of), begins(rule.from_on), begins(rule.until_on) if rule.until_on else None)
        for rule in law.breach_rules()
        if not rule.offence
    )


def why_not_breach(
    *, made_on: date | None, expires_on: date | None, ended_on: date | None, happened_on: date
) -> tuple[str, str] | None:
    """Return why an act cannot be a breach of an order: it was not in force on that day."""
    if binds(made_on, expires_on, ended_on, happened_on):
        return None
    return "occurred_from", "The order was not in force on that day. Record the act on the case, not as a breach."


def stood_until(ends: Iterable[datetime | None], happened_at: datetime) -> datetime | None:
    """Return when the conditions that stood at an instant ended; None: they stand still.

    `ends` are the ends of all conditions of an order. A variation ends all of them at once, so that those that stood
    then are those that ended next.
    """
    return min((end for end in ends if end is not None and end > happened_at), default=None)


def why_not_rule_out(*, bound: bool, is_breach: bool, reason: str) -> tuple[str, str] | None:
    """Return why it cannot be said that an act was no breach; it needs a reason that stands."""
    if is_breach:
        return "condition", "This act is already recorded as a breach."
    if not bound:
        return "condition", "No order was in force at that time, so there is no breach to rule out."
    return None if reason.strip() else ("reason", "Say why this is not a breach.")


def may_withdraw(*, officer: bool, coordinates: bool) -> bool:
    """Return whether somebody may withdraw a breach, whoever recorded it: the officer in the case, or its coordinator."""
    return officer or coordinates


def why_not_withdraw(*, may: bool, stands: bool, shall: bool, another: bool, reason: str) -> tuple[str, str] | None:
    """Return why a breach cannot be withdrawn, or (`shall` it stand) stand again; `another` is one of the same act."""
    if not may:
        return "reason", "Only the officer in the case or a coordinator may do this. Ask one of them."
    if stands == shall:
        return "reason", "This breach stands already." if stands else "This breach is withdrawn already."
    if shall and another:
        return "reason", "This act is recorded as another breach now. Withdraw that one first."
    return None if reason.strip() else ("reason", "Give a reason.")


def why_not_decide(
    kind: OrderKind, what: BreachDecision, done: bool, reason: str, *, on: date
) -> tuple[str, str] | None:
    """Return why a decision after a breach on a day cannot be recorded: a *no* needs its reason."""
    if what not in decisions_needed(kind, on):
        return "what", breach_means(kind, on)
    if not done and not reason.strip():
        return "reason", sentence("Give a reason for choosing no ({1}).", what.words)
    return None


def undecided(kind: OrderKind, decided: Iterable[BreachDecision], *, on: date) -> tuple[BreachDecision, ...]:
    """Return what is still to be decided after a breach on a day; yes and no both count as decided."""
    settled = set(decided)
    return tuple(what for what in decisions_needed(kind, on) if what not in settled)


def treated_alone(*, joined: bool, reassessed: bool) -> str | None:
    """Return the alarm for a breach that stands by itself, or None where it does not."""
    if not joined:
        return "Breach treated alone: the act is not part of the course of conduct."
    return None if reassessed else Word("Breach treated alone: nobody has assessed the case again since.")
