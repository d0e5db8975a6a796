"""When an assessment no longer speaks for the present. The clocks of a case stand in `cases.rules.clocks`."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from fourfold.assessment.terms import Instrument
from fourfold.cases.terms import Level, Trigger
from fourfold.words import Word, counted, day_said, named, sentence


def needs_reassessment(
    instrument: Instrument,
    *,
    assessed_at: datetime,
    at: datetime,
    events: Iterable[tuple[Trigger, datetime]] = (),
    level: Level | None = None,
) -> tuple[str, ...]:
    """Return the reasons why the form must be filled in again, oldest first and each once; none when the assessment
    still speaks for the present. Events before the assessment, or after `at`, do not count.

    `level` is the one in force: where the form has an interval for it, that holds when it is the shorter one.
    """
    reasons = [
        sentence("{1} on {2}, after the assessment.", named(event.value).begins(), day_said(when))
        for event, when in sorted(events, key=lambda each: each[1])
        if event in instrument.review.triggers and assessed_at < when <= at
    ]
    days = instrument.review.valid_for_days
    if at - assessed_at >= timedelta(days=days):
        reasons.append(sentence("The assessment is {1} days old. It is valid for {2}.", (at - assessed_at).days, days))
    hours = longest_hours(instrument, level)
    if hours is not None and hours < days * 24 and at - assessed_at >= timedelta(hours=hours):
        name = level.words if level else ""
        reasons.append(sentence("At level {1}, fill in this form again within {2}.", name, _span(hours)))
    return tuple(dict.fromkeys(reasons))


def longest_hours(instrument: Instrument, level: Level | None) -> int | None:
    """Return the longest time, in hours, between two fillings-in at a level, or None where the form names none. A local
    agreement may be shorter and never longer."""
    return next((each.hours for each in instrument.review.by_level if each.level is level), None)


def _span(hours: int) -> Word:
    return counted(hours // 24, "day") if hours % 24 == 0 and hours > 72 else counted(hours, "hour")
