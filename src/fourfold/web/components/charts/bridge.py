"""A bridge: from where a number begins, over what moves it, to what it is; each term from where the last one ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.scales import Axis, round_ticks
from fourfold.web.components.charts.terms import ChartError, Svg
from fourfold.web.translation import composed

WIDE, NARROW, LABELS = 760.0, 320.0, 330.0
ROW, ROW_NARROW, FIRST, BAR = 30.0, 48.0, 34.0, 18.0


@dataclass(frozen=True, slots=True)
class Steps:
    """Each step as what, by how much and what stands after it; the first is the start. `said` says an amount, `short` one on the axis."""

    title: str
    across: str
    steps: tuple[tuple[str, float, float], ...]
    end: str
    said: Callable[[float], str]
    short: Callable[[float], str]


def bridge_chart(steps: Steps, *, narrow: bool = False) -> Svg:
    """Draw a bar for the start, for each term and for the end. Raises ChartError without a start or where terms do not add up."""
    if not steps.steps or any(
        before[2] + change != after for before, (_, change, after) in zip(steps.steps, steps.steps[1:], strict=False)
    ):
        raise ChartError("Steps.steps: begin with a start, and let each term lead from one total to the next")
    bars = list(_bars(steps))
    width = NARROW if narrow else WIDE
    ends = [end for _, *both, _, _ in bars for end in both]
    room = max(pen.width_of(amount) for *_, amount in bars) + 10
    x = Axis(min(ends), max(ends), 14.0 if narrow else LABELS, width - room)
    row = ROW_NARROW if narrow else ROW
    bottom = FIRST + row * len(bars)
    described = " ".join(composed("{1}: {2}.", what, amount) for what, _, _, _, amount in bars)
    markup = pen.drawing(
        width=width, height=bottom + 44, title=steps.title, description=described,
        parts=[*_ticks(steps, x, bottom, narrow), *_drawn(bars, x, row, narrow)],
        classes="ff-drawing--narrow" if narrow else "ff-drawing--forest",
    )  # fmt: skip
    head = tuple(map(pen.said, (composed("Step"), composed("Change"), composed("Then"))))
    rows = tuple(
        (pen.said(what), _signed(change, steps.said) if number else "", steps.said(total))
        for number, (what, change, total) in enumerate(steps.steps)
    )
    return Svg(markup, pen.said(steps.title), described, head, rows, frozenset({1, 2}))


def _bars(steps: Steps) -> Iterator[tuple[str, float, float, str, str]]:
    """Yield each bar as what, from, to, its colour and its amount in words."""
    what, _, start = steps.steps[0]
    yield what, 0.0, start, ink.NIGHT, steps.said(start)
    for what, change, total in steps.steps[1:]:
        yield what, total - change, total, ink.USUAL if change > 0 else ink.ORDER, _signed(change, steps.said)
    last = steps.steps[-1][2]
    yield steps.end, 0.0, last, ink.NIGHT, steps.said(last)


def _signed(change: float, said: Callable[[float], str]) -> str:
    return f"{'+' if change > 0 else '−' if change < 0 else ''}{said(abs(change))}"


def _ticks(steps: Steps, x: Axis, bottom: float, narrow: bool) -> Iterator[str]:
    for tick in round_ticks(x.low, x.high, 3 if narrow else 5):
        at = x.place(tick)
        yield pen.line(at, FIRST - 8, at, bottom, stroke=ink.GRID)
        yield pen.text(at, bottom + 18, steps.short(tick), text_anchor="middle", fill=ink.INK_2)
    yield pen.text((x.start + x.end) / 2, bottom + 36, steps.across, text_anchor="middle", fill=ink.INK_2)


def _drawn(bars: list[tuple[str, float, float, str, str]], x: Axis, row: float, narrow: bool) -> Iterator[str]:
    for number, (what, start, end, colour, amount) in enumerate(bars):
        top = FIRST + row * number
        left, right = sorted((x.place(start), x.place(end)))
        if narrow:
            yield pen.halo(4, top + 12, pen.fit(what, NARROW - 8))
        else:
            yield pen.text(x.start - 12, top + 15, pen.fit(what, x.start - 16), text_anchor="end")
        y = top + (18 if narrow else 2)
        yield pen.rect(left, y, max(right - left, 1.5), BAR, fill=colour)
        yield pen.halo(right + 5, y + 14, amount)
