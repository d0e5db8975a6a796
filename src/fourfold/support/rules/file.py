"""When a victim must be told, when silence is an alarm, and what makes a contact safe: pure answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fourfold.assessment.terms import Norm, NormKind
from fourfold.cases.terms import Level
from fourfold.law.rules import limit
from fourfold.law.working_days import CalendarTooShort, holidays_between, working_days_after
from fourfold.support.terms import ContactOutcome
from fourfold.words import sentence

if TYPE_CHECKING:
    from fourfold.stats.reliable_change import ChangeNorm

LONDON = ZoneInfo("Europe/London")

SILENT_AFTER = timedelta(days=14)
#: How long an answer to act on stands on the work list where there was no safe contact since.
ALARM_LASTS = timedelta(days=14)
SILENCE_MATTERS = frozenset({Level.HIGH, Level.VERY_HIGH})


def day_of(at: datetime) -> date:
    """Return the day in London on which an instant falls."""
    return at.astimezone(LONDON).date()


def working_days_allowed(enhanced: bool | None, on: date) -> int:
    """Return how many working days the Victims' Code of that day gives to tell the victim.

    A person who is persistently targeted has enhanced rights; where nobody has said otherwise, they have them.
    """
    return limit("code.update" if enhanced is False else "code.update.enhanced", on).count


def due_on(happened_at: datetime, enhanced: bool | None) -> date:
    """Return the last day on which the victim may be told of what happened, bank holidays counted."""
    on = day_of(happened_at)
    return working_days_after(on, working_days_allowed(enhanced, on))


def not_counted(happened_at: datetime, due: date, working_days: int) -> tuple[date, ...]:
    """Return the bank holidays that were passed over up to a day that was kept; none where the register as it is now
    does not lead to that day, so that none explains it."""
    on = day_of(happened_at)
    try:
        return holidays_between(on, due) if working_days_after(on, working_days) == due else ()
    except CalendarTooShort:
        return ()


def is_met(due: date, told_at: datetime | None, at: datetime) -> bool | None:
    """Return whether the victim was told in time; None while there is still time."""
    if told_at is not None:
        return day_of(told_at) <= due
    return None if day_of(at) <= due else False


def tells_of_order(
    happened_at: datetime, recorded_at: datetime, told_at: datetime, steps: Iterable[tuple[datetime, bool]]
) -> bool:
    """Return whether a contact that warned of an order gave the update of an order that was made or served then.

    `steps`: when each order of the case was made or served, and whether the contact spoke of an order, made, by that
    step. Before the step stood on record nobody could say what it forbids; of several steps in one moment the update
    does not say which it is about, so that each must have been spoken of.
    """
    spoken = [told for taken_at, told in steps if taken_at == happened_at]
    on_record = max(happened_at, recorded_at).replace(second=0, microsecond=0)  # a contact is typed to the minute
    return bool(spoken) and all(spoken) and told_at >= on_record


def is_safe(outcome: ContactOutcome, rule_broken: str = "") -> bool | None:
    """Return whether a contact was safe; None where nobody was reached, so that nobody knows.

    One that broke what was agreed never was, whoever answered: nobody knows who stood beside the victim.
    """
    if rule_broken:
        return False
    return {ContactOutcome.REACHED: True, ContactOutcome.NOT_REACHED: None}.get(outcome, False)


def days_silent(last_safe_at: datetime | None, since: datetime, at: datetime) -> int:
    """Return for how many whole days there was no safe contact; `since` the case was opened."""
    return max((at - (last_safe_at or since)).days, 0)


def is_silent(level: Level | None, last_safe_at: datetime | None, since: datetime, at: datetime) -> bool:
    """Return whether silence is an alarm: fourteen days at high or very high.

    A case whose level nobody has set yet counts too: not known is not low.
    """
    return (level is None or level in SILENCE_MATTERS) and at - (last_safe_at or since) >= SILENT_AFTER


def is_overdue_in_touch(every_days: int | None, last_safe_at: datetime | None, since: datetime, at: datetime) -> bool:
    """Return whether a victim has not been reached safely for as long as was agreed at most, at whatever level.

    Fourteen days where nobody has agreed how often, or in how long.
    """
    longest = SILENT_AFTER if every_days is None else timedelta(days=every_days)
    return at - (last_safe_at or since) >= longest


def why_not_record(outcome: ContactOutcome, minutes: int | None) -> tuple[str, str] | None:
    if outcome is ContactOutcome.STOPPED:
        return "outcome", "Say what happened. Only the safe-contact check can stop a contact."
    if minutes is not None and not 0 <= minutes <= 24 * 60:
        return "minutes", "Give the minutes as a number from 0 to 1,440, or leave it empty."
    return None


def why_not_when(happened_at: datetime, opened_at: datetime, at: datetime) -> tuple[str, str] | None:
    if happened_at > at:
        return "happened_at", "This is in the future. Record it when it has happened."
    if happened_at < opened_at.replace(second=0, microsecond=0):
        opened = opened_at.astimezone(LONDON)
        return "happened_at", sentence(
            "The case was opened on {1}. Give a time from then on.", f"{opened:%-d %B %Y, %H:%M}"
        )
    return None


def measures_missed(begun: date, taken: Iterable[date], until: date, every_days: int) -> tuple[date, ...]:
    """Return the days on which a measure was due and none was taken near it, the oldest first.

    A measure is due on `begun` and every `every_days` days after it. It was taken where a measure lies nearer than
    half that time; a day whose half has not passed by `until` is not missed yet.
    """
    half, days = every_days / 2, sorted({(day - begun).days for day in taken})
    due = range(0, (until - begun).days + 1, every_days)
    return tuple(
        begun + timedelta(days=day)
        for day in due
        if day + half <= (until - begun).days and not any(-half <= each - day < half for each in days)
    )


#: What the published interval was, by the normal quantile that it rests on.
LEVEL_OF_Z = {"1.96": 0.95, "1.645": 0.90}


def change_norm(chosen: Norm, chosen_on: date, *, scale: str, caseness: Norm | None = None) -> ChangeNorm | None:
    """Return the yardstick that a chosen figure makes, with a cut-off where one was chosen too.

    None where the figure says nothing of change, as a cut-off alone.
    """
    from fourfold.stats.reliable_change import ChangeNorm  # a second to load, for which no command should wait

    if chosen.kind not in (NormKind.RCI, NormKind.MID):
        return None
    own = {"points": float(chosen.value)} if chosen.value is not None else _from_noise(chosen)
    return ChangeNorm(
        scale=scale,
        population=chosen.population,
        citation=chosen.citation,
        chosen_on=chosen_on,
        caseness=float(caseness.value) if caseness is not None and caseness.value is not None else None,
        **own,
    )


def _from_noise(chosen: Norm) -> dict[str, Any]:
    z = f"{chosen.z.normalize()}" if chosen.z is not None else "1.96"
    return {
        "deviation": float(chosen.sd or 0),
        "reliability": float(chosen.r or 0),
        "reliability_kind": chosen.r_type,
        "level": LEVEL_OF_Z.get(z, 0.95),
    }
