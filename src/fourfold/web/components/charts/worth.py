"""Chances that rise along an amount (an S-curve, an acceptability curve), and what moves a result (a tornado)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.scales import Axis, round_ticks
from fourfold.web.components.charts.terms import ChartError, Svg
from fourfold.web.translation import composed

WIDE, NARROW = 480.0, 320.0
TOP, BOTTOM, LEFT = 16.0, 220.0, 44.0
BAR, BAR_NARROW, FIRST = 30.0, 48.0, 34.0
LEGEND = 20.0


def money(value: float) -> str:
    """Return "£1.5m", "£250k" or "£900", with a true minus sign."""
    size = abs(value)
    if size >= 1e6:
        shown = composed("£{1}m", f"{size / 1e6:.4g}")
    else:
        shown = composed("£{1}k", f"{size / 1e3:.4g}") if size >= 1e3 else f"£{size:.3g}"
    return f"−{shown}" if value < 0 else shown


@dataclass(frozen=True, slots=True)
class Rising:
    """Named lines of (amount, chance from 0 to 1) over one axis, of pounds unless `said` says an amount otherwise.

    `across` says what the amount is.
    """

    title: str
    across: str
    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    said: Callable[[float], str] = money


@dataclass(frozen=True, slots=True)
class Moves:
    """What each thing does to a result in pounds at its low and at its high, in the order given, around the middle."""

    title: str
    across: str
    middle: float
    bars: tuple[tuple[str, float, float], ...]


def rising_curve(rising: Rising, *, narrow: bool = False) -> Svg:
    """Draw chances in 100 along an amount. Raises ChartError for a chance outside 0 to 1, or a line without two points."""
    for name, points in rising.lines:
        if len(points) < 2 or not all(0 <= chance <= 1 for _, chance in points):
            raise ChartError(f"Rising.lines: {name!r} needs two points, with chances from 0 to 1")
    width = NARROW if narrow else WIDE
    amounts = [amount for _, points in rising.lines for amount, _ in points]
    x = Axis(min(amounts, default=0.0), max(amounts, default=1.0), LEFT, width - 22)
    y = Axis(0.0, 1.0, BOTTOM, TOP)
    described = _described(rising)
    markup = pen.drawing(
        width=width,
        height=BOTTOM + 48 + LEGEND * len(rising.lines),
        title=rising.title,
        description=described,
        parts=[*_grid(rising, x, y, narrow), *_lines(rising, x, y)],
        classes="ff-drawing--narrow" if narrow else "ff-drawing--half",
    )
    head = (pen.said(rising.across), *(composed("{1}, chance in 100", name) for name, _ in rising.lines))
    return Svg(markup, pen.said(rising.title), described, head, tuple(_rows(rising)), frozenset(range(len(head))))


def _grid(rising: Rising, x: Axis, y: Axis, narrow: bool) -> Iterator[str]:
    for chance in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = y.place(chance)
        yield pen.line(x.start, at, x.end, at, stroke=ink.GRID)
        yield pen.text(x.start - 8, at + 4.5, f"{100 * chance:g}", text_anchor="end", fill=ink.INK_2)
    for tick in round_ticks(x.low, x.high, 3 if narrow else 5):
        at = x.place(tick)
        yield pen.line(at, BOTTOM, at, BOTTOM + 5, stroke=ink.INK_2)
        yield pen.text(at, BOTTOM + 19, rising.said(tick), text_anchor="middle", fill=ink.INK_2)
    yield pen.text((x.start + x.end) / 2, BOTTOM + 36, rising.across, text_anchor="middle", fill=ink.INK_2)


def _lines(rising: Rising, x: Axis, y: Axis) -> Iterator[str]:
    for number, (name, points) in enumerate(rising.lines):
        colour, dash = ink.CURVE_STYLES[number % len(ink.CURVE_STYLES)]
        trace = [(x.place(amount), y.place(chance)) for amount, chance in points]
        yield pen.path(trace, fill="none", stroke=colour, stroke_width=2.5, stroke_dasharray=dash)
        at = BOTTOM + 52 + LEGEND * number
        yield pen.line(LEFT, at, LEFT + 30, at, stroke=colour, stroke_width=2.5, stroke_dasharray=dash)
        yield pen.text(LEFT + 38, at + 4.5, pen.fit(name, x.end - LEFT - 38))


def _described(rising: Rising) -> str:
    said = []
    for name, points in rising.lines:
        first, last = points[0], points[-1]
        said.append(
            composed(
                "{1}: {2} in 100 at {3}, {4} in 100 at {5}.",
                name, f"{100 * first[1]:.0f}", rising.said(first[0]), f"{100 * last[1]:.0f}", rising.said(last[0]),
            )
        )  # fmt: skip
    return " ".join(said) or composed("There is nothing to draw yet.")


def _rows(rising: Rising) -> Iterator[tuple[str, ...]]:
    amounts = sorted({amount for _, points in rising.lines for amount, _ in points})
    at = [dict(points) for _, points in rising.lines]
    for amount in amounts:
        yield (rising.said(amount), *(f"{100 * line[amount]:.0f}" if amount in line else "" for line in at))


def tornado_chart(moves: Moves, *, narrow: bool = False) -> Svg:
    """Draw a bar for each thing, from the result at its low to that at its high; the line is the middle of everything."""
    width = NARROW if narrow else 760.0
    values = [moves.middle, *(value for _, *ends in moves.bars for value in ends)]
    x = Axis(min(values), max(values), 14.0 if narrow else 330.0, width - 20)
    height = BAR_NARROW if narrow else BAR
    bottom = FIRST + height * len(moves.bars)
    at = x.place(moves.middle)
    middle = pen.line(at, FIRST - 8, at, bottom, stroke=ink.INK, stroke_width=1.5)
    parts = [
        *_ticks(moves, x, bottom, narrow),
        middle,
        *_bars(moves, x, height, narrow),
        *_legend(x.start, bottom + 58),
    ]
    described = " ".join(
        composed("{1}: {2} at its low, {3} at its high.", name, money(low), money(high))
        for name, low, high in moves.bars
    )
    markup = pen.drawing(
        width=width, height=bottom + 44 + LEGEND, title=moves.title,
        description=described or composed("There is nothing to draw yet."), parts=parts,
        classes="ff-drawing--narrow" if narrow else "ff-drawing--forest",
    )  # fmt: skip
    head = tuple(map(pen.said, (composed("What"), composed("At its low"), composed("At its high"))))
    rows = tuple((pen.said(name), money(low), money(high)) for name, low, high in moves.bars)
    return Svg(markup, pen.said(moves.title), described, head, rows, frozenset({1, 2}))


def _ticks(moves: Moves, x: Axis, bottom: float, narrow: bool) -> Iterator[str]:
    for tick in round_ticks(x.low, x.high, 3 if narrow else 5):
        at = x.place(tick)
        yield pen.line(at, FIRST - 8, at, bottom, stroke=ink.GRID)
        yield pen.text(at, bottom + 18, money(tick), text_anchor="middle", fill=ink.INK_2)
    yield pen.text((x.start + x.end) / 2, bottom + 36, moves.across, text_anchor="middle", fill=ink.INK_2)


def _bars(moves: Moves, x: Axis, height: float, narrow: bool) -> Iterator[str]:
    for number, (name, low, high) in enumerate(moves.bars):
        top = FIRST + height * number
        left, right = sorted((x.place(low), x.place(high)))
        if narrow:
            yield pen.halo(4, top + 12, pen.fit(name, NARROW - 8))
        else:
            yield pen.text(x.start - 12, top + 15, pen.fit(name, x.start - 16), text_anchor="end")
        y = top + (18 if narrow else 2)
        middle = x.place(moves.middle)
        yield pen.rect(left, y, max(middle - left, 0), 18, fill=ink.USUAL if low < high else ink.ORDER)
        yield pen.rect(
            max(middle, left), y, max(right - max(middle, left), 0), 18, fill=ink.ORDER if low < high else ink.USUAL
        )


def _legend(x: float, y: float) -> Iterator[str]:
    for colour, said, away in ((ink.USUAL, composed("at its low"), 0), (ink.ORDER, composed("at its high"), 130)):
        yield pen.rect(x + away, y - 11, 14, 14, fill=colour)
        yield pen.text(x + away + 20, y, said)


def wide_and_narrow(rising: Sequence[Rising]) -> tuple[tuple[Svg, Svg], ...]:
    """Return each curve drawn for a wide page and for a phone."""
    return tuple((rising_curve(one), rising_curve(one, narrow=True)) for one in rising)
