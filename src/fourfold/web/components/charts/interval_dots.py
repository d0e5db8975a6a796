"""Dots with their intervals on one scale from zero to one: how far people agree, here next to there, then next to now."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.scales import Axis
from fourfold.web.components.charts.terms import ChartError, Interval, Svg
from fourfold.web.translation import composed
from fourfold.words import Word, opening

WIDE, NARROW = 760.0, 320.0
HEAD, ROW, NARROW_ROW = 44.0, 36.0, 52.0
STEP = 0.2
LOWEST = -1.0
FEW = Word("too few to show")
GUESSING = Word("as by guessing")
ALL_AGREE = Word("all agree")
WHO = Word("Who")
CASES = Word("Cases")


@dataclass(frozen=True, slots=True)
class Dot:
    """One row: its name, the value with its interval (None: `why` says why there is none), and on what it rests."""

    name: str
    value: Interval | None
    rests_on: str = ""
    why: str = FEW


@dataclass(frozen=True, slots=True)
class Dots:
    """Rows in the order given. The scale holds 0 ("as by chance") and 1 ("all agree"), and reaches further down where a value does."""

    rows: tuple[Dot, ...]
    title: str
    unit: str
    none: str = GUESSING
    full: str = ALL_AGREE
    named: str = WHO
    rests: str = CASES
    confidence: int = 95


@dataclass(frozen=True, slots=True)
class _Room:
    """Where the rows and the axis lie."""

    dots: Dots
    width: float
    x: Axis
    narrow: bool

    def row(self, number: int) -> float:
        return HEAD + 26 + number * NARROW_ROW if self.narrow else HEAD + 10 + number * ROW

    @property
    def bottom(self) -> float:
        return self.row(len(self.dots.rows)) - (22 if self.narrow else 8)


def interval_dots(dots: Dots, *, narrow: bool = False) -> Svg:
    """Draw each value as a dot on its interval. Raises ChartError where an interval does not hold its value, or goes
    beyond 1 or below -1."""
    _check(dots)
    room = _room(dots, narrow)
    said = described(dots)
    markup = pen.drawing(
        width=room.width,
        height=room.bottom + 28,
        title=dots.title,
        description=said,
        parts=[*_axis(room), *_rows(room)],
        classes="ff-drawing--narrow" if narrow else "ff-drawing--forest",
    )
    named = (pen.said(each) for each in (dots.named, dots.rests, opening(dots.unit)))
    head = (*named, composed("{1}% interval", dots.confidence))
    return Svg(markup, pen.said(dots.title), said, head, tuple(_cells(dots)), frozenset({2, 3}))


def described(dots: Dots) -> str:
    parts = [f"{pen.said(row.name)}: {said(row)}." for row in dots.rows]
    return " ".join(parts) or composed("There is nothing to draw yet.")


def said(row: Dot) -> str:
    """Return "0.62 (0.48 to 0.75)", or why there is no number."""
    if row.value is None:
        return pen.said(row.why)
    values = (row.value.estimate, row.value.low, row.value.high)
    return composed("{1} ({2} to {3})", *map(number, values))


def number(value: float) -> str:
    """Return a number with two decimals and a true minus sign."""
    shown = f"{abs(value):.2f}"
    return f"−{shown}" if value < 0 and float(shown) else shown


def _check(dots: Dots) -> None:
    for row in dots.rows:
        if row.value is not None and not LOWEST <= row.value.low <= row.value.estimate <= row.value.high <= 1:
            raise ChartError(f"Dot.value of {row.name!r} must lie in its interval, and that between -1 and 1")


def _room(dots: Dots, narrow: bool) -> _Room:
    lowest = min([0.0, *(row.value.low for row in dots.rows if row.value)])
    low = STEP * math.floor(lowest / STEP + 1e-9)
    width = NARROW if narrow else WIDE
    x = Axis(max(low, LOWEST), 1.0, 14.0, width - 14) if narrow else Axis(max(low, LOWEST), 1.0, 250.0, width - 176)
    return _Room(dots, width, x, narrow)


def _axis(room: _Room) -> Iterator[str]:
    top = HEAD - 12
    for tick in _ticks(room):
        x = room.x.place(tick)
        firm = abs(tick) < 1e-9
        yield pen.line(x, top, x, room.bottom, stroke=ink.INK if firm else ink.GRID, stroke_width=1.5 if firm else 1)
        yield pen.text(x, room.bottom + 18, f"{tick:.1f}".replace("-", "−"), text_anchor="middle", fill=ink.INK_2)
    nought, one = room.x.place(0.0), room.x.place(1.0)
    if not room.narrow or room.x.low == 0:
        yield pen.text(nought, 20, room.dots.none, text_anchor="start" if room.narrow else "middle", fill=ink.INK_2)
    yield pen.text(one, 20, room.dots.full, text_anchor="end" if room.narrow else "middle", fill=ink.INK_2)


def _ticks(room: _Room) -> Iterator[float]:
    step = STEP if room.x.low > -0.5 or not room.narrow else 2 * STEP
    for count in range(-5, 6):
        if room.x.low - 1e-9 <= count * step <= 1 + 1e-9:
            yield count * step


def _rows(room: _Room) -> Iterator[str]:
    for place, row in enumerate(room.dots.rows):
        y = room.row(place)
        yield from _words(room, y, row)
        if row.value is None:
            continue
        low, high, middle = (room.x.place(v) for v in (row.value.low, row.value.high, row.value.estimate))
        yield pen.line(low, y, high, y, stroke=ink.ORDER, stroke_width=4)
        yield pen.circle(middle, y, 6.5, fill=ink.NIGHT, stroke=ink.PAPER, stroke_width=1.5)


def _words(room: _Room, y: float, row: Dot) -> Iterator[str]:
    """Write a row's name, what it rests on and its numbers: beside its marks, or above them on a phone."""
    numbers = said(row)
    baseline = y - 14 if room.narrow else (y - 2 if row.rests_on else y + 4.5)
    space = room.width - pen.width_of(numbers) - 10 if room.narrow else room.x.start - 24
    named = f"{pen.said(row.name)}, {pen.said(row.rests_on)}" if room.narrow and row.rests_on else row.name
    if pen.width_of(named) > space:
        named = row.name  # the table says what it rests on
    yield pen.halo(0, baseline, pen.fit(named, space))
    if row.rests_on and not room.narrow:
        yield pen.text(0, y + 13, row.rests_on, fill=ink.INK_2)
    yield pen.halo(room.width, baseline if room.narrow else y + 4.5, numbers, text_anchor="end")


def _cells(dots: Dots) -> Iterator[tuple[str, ...]]:
    for row in dots.rows:
        name, rests_on = pen.said(row.name), pen.said(row.rests_on)
        if row.value is None:
            yield (name, rests_on, pen.said(row.why), "")
        else:
            reach = composed("{1} to {2}", number(row.value.low), number(row.value.high))
            yield (name, rests_on, number(row.value.estimate), reach)
