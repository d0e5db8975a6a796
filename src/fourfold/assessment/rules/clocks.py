"""When a case must be looked at again: by its level, and by what happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from fourfold.assessment.terms import Instrument
from fourfold.cases.terms import Level, Trigger

REVIEW_INTERVALS: Mapping[Level, timedelta] = MappingProxyType(
    {
        Level.VERY_HIGH: timedelta(hours=72),
        Level.HIGH: timedelta(days=7),
        Level.MEDIUM: timedelta(days=30),
        Level.LOW: timedelta(days=60),
    }
)
"""The longest time between two reviews, after the Spanish VioGén protocol; a site may set its own."""

EARLY_DAYS = 90
"""More than half of the repeats in a Spanish cohort (56.5 % of them, n = 7,147) fell in the first three months."""

EARLY_SHARE = 2
"""In the early days the interval is divided by this: our own choice, to be tested by the evaluation."""

EVENT_WITHIN: Mapping[Trigger, timedelta] = MappingProxyType(
    {
        Trigger.NEW_ACT: timedelta(days=1),
        Trigger.BREACH: timedelta(days=1),
        Trigger.RELEASE: timedelta(days=1),
        Trigger.WEAPON: timedelta(days=1),
        Trigger.SUICIDAL_STATEMENT: timedelta(days=1),
        Trigger.BAIL_CHANGE: timedelta(days=3),
        Trigger.ORDER_END: timedelta(days=3),
        Trigger.COURT_DATE: timedelta(days=3),
        Trigger.LOST_CONTACT: timedelta(days=3),
        Trigger.NEW_PARTNER: timedelta(days=7),
        Trigger.CHILD_CONTACT: timedelta(days=7),
    }
)
"""How soon after an event the case is looked at again: our own choice, shown to the user with each date."""


def is_early(at: datetime, first_set_at: datetime | None) -> bool:
    """This function will say whether `at` lies in the first 90 days of the case's first level (None: now)."""
    return first_set_at is None or at - first_set_at < timedelta(days=EARLY_DAYS)


def review_interval(
    level: Level, *, site_intervals: Mapping[Level, timedelta] | None = None, early: bool
) -> timedelta:
    """This function will return the longest wait until the next review, halved in the early days.

    `site_intervals` replaces the default for the levels that it names. Raises ValueError for one of no length,
    naming the level.
    """
    interval = (site_intervals or {}).get(level, REVIEW_INTERVALS[level])
    if interval <= timedelta(0):
        raise ValueError(
            f"The review interval for {level.label} must be longer than nothing, not {interval}."
        )
    return interval / EARLY_SHARE if early else interval


def review_due(
    level: Level,
    at: datetime,
    site_intervals: Mapping[Level, timedelta] | None = None,
    first_set_at: datetime | None = None,
) -> datetime:
    """This function will return when a case with this level, set or reviewed at `at`, is due again."""
    early = is_early(at, first_set_at)
    return at + review_interval(level, site_intervals=site_intervals, early=early)


def brought_forward(due: datetime, event: Trigger, at: datetime) -> datetime:
    """This function will return the review date after an event at `at`; it never moves a date back, and leaves
    it where it is for a trigger that is no event (the clock itself)."""
    within = EVENT_WITHIN.get(event)
    return due if within is None else min(due, at + within)


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
