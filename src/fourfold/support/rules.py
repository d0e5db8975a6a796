"""When she must be told, when her silence is an alarm, and what makes a contact safe: pure answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fourfold.cases.terms import Level
from fourfold.support.terms import ContactOutcome
from fourfold.support.working_days import working_days_after

LONDON = ZoneInfo("Europe/London")

#: Victims' Code, right 6: within five working days, or one under enhanced rights.
CODE_DAYS = 5
CODE_DAYS_ENHANCED = 1

SILENT_AFTER = timedelta(days=14)
SILENCE_MATTERS = frozenset({Level.HIGH, Level.VERY_HIGH})


def day_of(at: datetime) -> date:
    """This function will return the day in London on which an instant falls."""
    return at.astimezone(LONDON).date()


def working_days_allowed(enhanced: bool | None) -> int:
    """This function will return how many working days there are to tell her.

    A person who is persistently targeted has enhanced rights; where nobody has said otherwise, she has them.
    """
    return CODE_DAYS if enhanced is False else CODE_DAYS_ENHANCED


def due_on(happened_at: datetime, enhanced: bool | None) -> date:
    """This function will return the last day on which she may be told of what happened, bank holidays counted."""
    return working_days_after(day_of(happened_at), working_days_allowed(enhanced))


def is_met(due: date, told_at: datetime | None, at: datetime) -> bool | None:
    """This function will say whether she was told in time; None while there is still time."""
    if told_at is not None:
        return day_of(told_at) <= due
    return None if day_of(at) <= due else False


def is_safe(outcome: ContactOutcome) -> bool | None:
    """This function will say whether a contact was safe; None where nobody was reached, so that nobody knows."""
    return {ContactOutcome.REACHED: True, ContactOutcome.NOT_REACHED: None}.get(outcome, False)


def days_silent(last_safe_at: datetime | None, since: datetime, at: datetime) -> int:
    """This function will return for how many whole days nobody has reached her safely; `since` the case was opened."""
    return max((at - (last_safe_at or since)).days, 0)


def is_silent(level: Level | None, last_safe_at: datetime | None, since: datetime, at: datetime) -> bool:
    """This function will say whether her silence is an alarm: fourteen days at high or very high.

    A case whose level nobody has set yet counts too: not known is not low.
    """
    return (level is None or level in SILENCE_MATTERS) and at - (last_safe_at or since) >= SILENT_AFTER


def why_not_record(outcome: ContactOutcome, minutes: int | None) -> tuple[str, str] | None:
    """This function will return the field and reason for which a contact cannot be recorded as told, or None."""
    if outcome is ContactOutcome.STOPPED:
        return "outcome", "Say what became of it. Whether it is stopped, the safe-contact rule decides."
    if minutes is not None and not 0 <= minutes <= 24 * 60:
        return "minutes", "Give the minutes as a number from 0 to 1,440, or leave it empty."
    return None
