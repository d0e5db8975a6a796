"""When a case must be looked at again: by its level and its site's way of working, and by what happens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from fourfold.cases.terms import Level, Trigger
from fourfold.programme.terms import ModelOfWorking
from fourfold.words import sentence, words

REVIEW_INTERVALS: Mapping[Level, timedelta] = MappingProxyType(
    {
        Level.VERY_HIGH: timedelta(hours=72),
        Level.HIGH: timedelta(days=7),
        Level.MEDIUM: timedelta(days=30),
        Level.LOW: timedelta(days=60),
    }
)
"""The longest time between two reviews, after the Spanish VioGén protocol; a site may set its own.

The early days, in which the intervals are shorter, stand in the site's model of working: more than half of the
repeats in a Spanish cohort (56.5 % of them, n = 7,147) fell in the first three months.
"""

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
        Trigger.TRANSFER: timedelta(days=3),
        Trigger.NEW_PARTNER: timedelta(days=7),
        Trigger.CHILD_CONTACT: timedelta(days=7),
    }
)
"""How soon after an event the case is looked at again: our own choice, shown to the user with each date."""

EVENT_WORDS: Mapping[Trigger, str] = words(
    MappingProxyType(
        {
            Trigger.WEAPON: "A weapon was seen, sought or spoken of",
            Trigger.SUICIDAL_STATEMENT: "The subject spoke of suicide",
            Trigger.RELEASE: "The subject is or will be released",
            Trigger.BAIL_CHANGE: "Bail was changed, lifted or ran out",
            Trigger.ORDER_END: "An order has ended or will end",
            Trigger.COURT_DATE: "A court date was set or is near",
            Trigger.LOST_CONTACT: "Contact with the victim or the subject is lost",
            Trigger.NEW_PARTNER: "The victim or the subject has a new partner",
            Trigger.CHILD_CONTACT: "Contact with children begins, changes or ends",
        }
    )
)
"""What somebody may say has happened, the soonest looked at first. A new act is told at the desk, a breach under
orders: both are more than a date, and bring the review forward from there."""


def is_early(at: datetime, opened_at: datetime, working: ModelOfWorking) -> bool:
    """Return whether `at` lies in the first days of a case, when risk is densest."""
    return at - opened_at < timedelta(days=working.early_days)


def review_interval(level: Level | None, *, working: ModelOfWorking, early: bool) -> timedelta:
    """Return the longest wait until the next review; in the early days only the site's share of it.

    A level that nobody has set yet waits no longer than the highest: not known is never low. Raises ValueError for
    an interval of no length, naming the level.
    """
    if level is None:
        return min(review_interval(each, working=working, early=early) for each in Level)
    hours = working.review_hours.get(level)
    interval = REVIEW_INTERVALS[level] if hours is None else timedelta(hours=hours)
    if interval <= timedelta(0):
        raise ValueError(
            sentence("The review interval for {1} must be longer than nothing, not {2}.", level.words, interval)
        )
    return interval * working.early_review_factor if early else interval


def review_due(level: Level | None, at: datetime, *, working: ModelOfWorking, opened_at: datetime) -> datetime:
    """Return when a case opened at `opened_at`, with this level set or reviewed at `at`, is due again."""
    return at + review_interval(level, working=working, early=is_early(at, opened_at, working))


def counts_from(happens_at: datetime | None, at: datetime) -> datetime:
    """Return the moment from which an event told at `at` counts: a release next week from next week, one of last
    week from now, for nobody could look at the case before knowing. None: it happened when it was told."""
    return at if happens_at is None else max(happens_at, at)


def brought_forward(
    due: datetime | None, event: Trigger, at: datetime, *, happens_at: datetime | None = None
) -> datetime | None:
    """Return the review date after an event that is told at `at`; it never moves a date back.

    It leaves the date where it is for a trigger that is no event (the clock itself). Where no review was due (None),
    the event makes one due.
    """
    within = EVENT_WITHIN.get(event)
    if within is None:
        return due
    by = counts_from(happens_at, at) + within
    return by if due is None else min(due, by)


def due_after_level(
    clock: datetime, open_due: datetime | None, open_trigger: Trigger | None, *, is_full_review: bool
) -> datetime:
    """Return when the next review is due after a level was set, where the clock alone would say `clock`.

    A full review (the panel's, or the review itself) restarts the clock. Any other setting of a level leaves a
    review standing that an event has brought forward: it may bring it nearer, never move it back.
    """
    stands = open_due is not None and open_trigger in EVENT_WITHIN and not is_full_review
    return min(clock, open_due) if stands and open_due is not None else clock
