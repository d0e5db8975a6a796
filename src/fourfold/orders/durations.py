"""How long an order stood at each step, and which times in custody can be: pure answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fourfold.orders.rules import day_of
from fourfold.orders.terms import Step


@dataclass(frozen=True)
class Aged:
    """A step and how many whole days the order stood, or has stood, at it."""

    step: Step
    taken_at: datetime
    days: int


def in_sequence(step: Step, taken_at: datetime) -> tuple[datetime, int]:
    """Return by what steps are sorted: when they were taken, and of two at once the earlier kind."""
    return taken_at, list(Step).index(step)


def ages(steps: Iterable[tuple[Step, datetime]], at: datetime) -> tuple[Aged, ...]:
    """Return how long an order stood at each of its steps; the last one is counted up to `at`."""
    taken = sorted(steps, key=lambda step: in_sequence(*step))
    until = [when for _, when in taken[1:]] + [at]
    return tuple(
        Aged(step, when, (day_of(end) - day_of(when)).days) for (step, when), end in zip(taken, until, strict=True)
    )


def why_not_held(held_from: datetime, spells: Iterable[tuple[datetime, datetime | None]], at: datetime) -> str | None:
    """Return why a subject cannot be recorded as held from a moment, or return None.

    `spells` are earlier times in custody: from when until when (None: still held).
    """
    if held_from > at:
        return "This time is in the future. Record it when it has happened."
    for begun, ended in spells:
        if ended is None:
            return "The subject is already recorded as held. Record the release first."
        if begun <= held_from < ended or held_from <= begun:
            return "This overlaps another time in custody. Correct the date."
    return None


def why_not_released(released_at: datetime, held_from: datetime, at: datetime) -> str | None:
    if released_at > at:
        return "This time is in the future. Use “Something happened” for a planned release, and record the release when it happens."
    return None if released_at > held_from else "The release cannot be before the start of custody. Check both dates."
