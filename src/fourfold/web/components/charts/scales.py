"""From values to places: straight scales, and axes whose ticks fall on whole months or round numbers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fourfold.web.components.charts import pen
from fourfold.web.translation import composed
from fourfold.words import words

LONDON = ZoneInfo("Europe/London")
MONTHS = words(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
DAY_STEPS = (1, 2, 7, 14)
SHORT_SPAN = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Axis:
    """Puts values between `low` and `high` at places between `start` and `end`; outside values stay at the edge."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return the place of a value; with no span, the start."""
        if self.high == self.low:
            return self.start
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Puts instants at places; time is linear, never broken or stretched."""

    since: datetime
    until: datetime
    start: float
    end: float

    def place(self, at: datetime) -> float:
        """Return the place of an instant; one outside stays at the edge."""
        axis = Axis(self.since.timestamp(), self.until.timestamp(), self.start, self.end)
        return axis.place(at.timestamp())

    @property
    def per_day(self) -> float:
        """Return how much room a day has."""
        days = (self.until - self.since) / timedelta(days=1)
        return abs(self.end - self.start) / days if days else 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A named place on a time axis."""

    at: datetime
    name: str


def month(at: date) -> str:
    """Return "May", in the language of the page, for a day or for an instant that is by London's clock."""
    return pen.said(MONTHS[at.month - 1])


def month_start(at: datetime, after: int = 0) -> datetime:
    """Return the first instant, in London, of the month that lies `after` months after that of `at`."""
    local = at.astimezone(LONDON)
    years, month = divmod(local.year * 12 + local.month - 1 + after, 12)
    return datetime(years, month + 1, 1, tzinfo=LONDON)


def months_between(since: datetime, until: datetime, step: int) -> Iterator[datetime]:
    """Give every step-th month's start after `since` and up to `until`, counted from January."""
    month = month_start(since)
    month = month_start(month, -((month.month - 1) % step) if step <= 12 else -(month.month - 1))
    while month <= until:
        if month >= since and (step <= 12 or month.year % (step // 12) == 0):
            yield month
        month = month_start(month, min(step, 12))


def time_ticks(axis: TimeAxis, room: float) -> tuple[Tick, ...]:
    """Return ticks at least `room` apart: days in a short span, else months; the year is said when it changes."""
    span = axis.until - axis.since
    if span <= SHORT_SPAN:
        return day_ticks(axis, room)
    step = next((s for s in MONTH_STEPS if s * 30.4 * axis.per_day >= room), MONTH_STEPS[-1])
    ticks: list[Tick] = []
    for at in months_between(axis.since, axis.until, step):
        first_of_year = not ticks or ticks[-1].at.year != at.year
        name = str(at.year) if step >= 12 else month(at)
        ticks.append(Tick(at, f"{name} {at.year}" if first_of_year and step < 12 else name))
    return tuple(ticks)


def day_ticks(axis: TimeAxis, room: float) -> tuple[Tick, ...]:
    """Return ticks on midnights in London, a day, two days, a week or a fortnight apart."""
    step = next((s for s in DAY_STEPS if s * axis.per_day >= room), DAY_STEPS[-1])
    day = axis.since.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = []
    while day <= axis.until:
        if day >= axis.since:
            ticks.append(Tick(day, f"{day.day} {month(day)}"))
        day += timedelta(days=step)
    return tuple(ticks)


def round_step(span: float, wanted: int = 5) -> float:
    """Return 1, 2, 2.5 or 5 times a power of ten, so that a span holds about `wanted` steps."""
    if span <= 0 or not math.isfinite(span):
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(span / wanted))
    return next((m * power for m in (1, 2, 2.5, 5) if m * power * wanted >= span), 10 * power)


def round_ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Return round numbers between low and high, both included where they are round."""
    step = round_step(high - low, wanted)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(n * step, 10) for n in range(first, last + 1))


def day_and_month(at: datetime, *, year: bool = False) -> str:
    """Return "3 May", or "3 May 2026", by London's calendar."""
    local = at.astimezone(LONDON)
    return f"{local.day} {month(local)}" + (f" {local.year}" if year else "")


def day_and_time(at: datetime, *, time_known: bool | None = True) -> str:
    """Return "3 May 2026, 14:00", by London's clock; only the day where nobody told the hour, or that of telling."""
    if time_known is None:
        return composed("day not known, told on {1}", day_and_month(at, year=True))
    clock = f", {at.astimezone(LONDON):%H:%M}" if time_known else ""
    return f"{day_and_month(at, year=True)}{clock}"
