"""When an assessment no longer speaks for the present. The clocks of a case stand in `cases.rules.clocks`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fourfold.assessment.terms import Instrument
from fourfold.cases.terms import Trigger


def needs_reassessment(
    instrument: Instrument,
    *,
    assessed_at: datetime,
    at: datetime,
    events: Iterable[tuple[Trigger, datetime]] = (),
) -> tuple[str, ...]:
    """This function will return the reasons why the form must be filled in again, oldest first; none when the
    assessment still speaks for the present. Events before the assessment, or after `at`, do not count."""
    reasons = [
        f"{event.value.replace('_', ' ').capitalize()} on {when.day} {when:%B %Y}, after the assessment."
        for event, when in sorted(events, key=lambda each: each[1])
        if event in instrument.review.triggers and assessed_at < when <= at
    ]
    days = instrument.review.valid_for_days
    if at - assessed_at >= timedelta(days=days):
        reasons.append(f"The assessment is {(at - assessed_at).days} days old; it speaks for {days}.")
    return tuple(reasons)
