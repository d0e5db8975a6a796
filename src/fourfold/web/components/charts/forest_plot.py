"""The forest plot: each site, all together, and what a new area may see; intervals, never a league table."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.scales import Axis, round_ticks
from fourfold.web.components.charts.terms import ChartError, Forest, Interval, SiteEffect, Svg
from fourfold.web.translation import composed
from fourfold.words import Word

WIDE, NARROW = 760.0, 320.0
HEAD, ROW = 44.0, 36.0
NARROW_ROW = 52.0
# In the order in which they are kept where the axis has no room for all.
RATIO_TICKS = (1.0, 0.5, 2.0, 0.25, 4.0, 0.1, 10.0, 0.75, 1.5, 0.05, 20.0)
TICK_ROOM = 34.0
# A site with few cases may have an interval that would squeeze all others: it is cut, and an arrow says so.
REACH = 3.0
FEW = Word("too few to show")
TOGETHER = Word("Together")
NEW_AREA = Word("A new area (predicted)")


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a forest plot's rows and axis lie."""

    forest: Forest
    width: float
    x: Axis
    narrow: bool

    def place(self, value: float) -> float:
        return self.x.place(scaled(self.forest, value))

    def row(self, number: int) -> float:
        return HEAD + 10 + number * ROW if not self.narrow else HEAD + 26 + number * NARROW_ROW

    @property
    def null(self) -> float:
        """Return the place of "no difference"."""
        return self.place(1.0 if self.forest.ratio else 0.0)

    @property
    def bottom(self) -> float:
        summaries = sum(v is not None for v in (self.forest.pooled, self.forest.predicted))
        return self.row(len(self.forest.sites) + summaries) - (8 if not self.narrow else 22)


def forest_plot(forest: Forest, *, narrow: bool = False) -> Svg:
    """Draw the sites' effects with their intervals, the pooled diamond and the prediction interval as a dashed box.

    A square's area grows with the site's weight. Raises ChartError where an interval does not hold its estimate,
    or a ratio is not above 0.
    """
    check(forest)
    grid = grid_of(forest, narrow)
    description = described(forest)
    markup = pen.drawing(
        width=grid.width,
        height=grid.bottom + 28,
        title=forest.title,
        description=description,
        parts=[*draw_axis(grid), *draw_sites(grid), *draw_summaries(grid)],
        classes="ff-drawing--narrow" if narrow else "ff-drawing--forest",
    )
    return Svg(markup, pen.said(forest.title), description, head(forest), tuple(rows(forest)), frozenset({1, 2, 3, 4}))


def check(forest: Forest) -> None:
    """Raise ChartError where an interval cannot be drawn."""
    for name, effect in all_effects(forest):
        if not effect.low <= effect.estimate <= effect.high:
            raise ChartError(
                f"The interval of {name!r} ({effect.low} to {effect.high}) does not hold {effect.estimate}"
            )
        if forest.ratio and effect.low <= 0:
            raise ChartError(f"The interval of {name!r} begins at {effect.low}; a ratio is above 0")


def all_effects(forest: Forest) -> list[tuple[str, Interval]]:
    named = [(site.name, site.effect) for site in forest.sites]
    named += [("Together", forest.pooled), ("A new area", forest.predicted)]
    return [(name, effect) for name, effect in named if effect is not None]


def scaled(forest: Forest, value: float) -> float:
    """Return a value on the axis' own scale: its logarithm when effects are ratios."""
    return math.log(value) if forest.ratio else value


def grid_of(forest: Forest, narrow: bool) -> Grid:
    """Return where everything lies; the axis always holds "no difference"."""
    low, high = limits(forest)
    width = NARROW if narrow else WIDE
    x = Axis(low, high, 14.0, width - 14) if narrow else Axis(low, high, 250.0, width - 166)
    return Grid(forest, width, x, narrow)


def limits(forest: Forest) -> tuple[float, float]:
    """Return the axis' ends: all intervals, but none further than three times the summaries' (or estimates') reach."""
    effects = [effect for _, effect in all_effects(forest)]
    if not effects:
        return -1.0, 1.0
    firm = [e for e in (forest.pooled, forest.predicted) if e] or effects
    ends = [v for e in firm for v in (e.low, e.high)] + [e.estimate for e in effects]
    reach = max(abs(scaled(forest, v)) for v in ends if math.isfinite(v)) or 1.0
    low = min(scaled(forest, e.low) for e in effects)
    high = max(scaled(forest, e.high) for e in effects)
    air = reach * 0.1
    return max(min(low - air, -air), -reach * REACH), min(max(high + air, air), reach * REACH)


def draw_axis(grid: Grid) -> Iterator[str]:
    """Draw the grid, the line of no difference, and which side means what."""
    forest, top = grid.forest, HEAD - 12
    for tick in ticks(grid):
        x = grid.place(tick)
        yield pen.line(x, top, x, grid.bottom, stroke=ink.GRID)
        yield pen.text(x, grid.bottom + 18, number(forest, tick, tick=True), text_anchor="middle", fill=ink.INK_2)
    yield pen.line(grid.null, top, grid.null, grid.bottom, stroke=ink.INK, stroke_width=1.5)
    yield from draw_sides(grid)
    if not grid.narrow:
        yield pen.text(0, 16, composed("cases"), fill=ink.INK_2) if any(s.cases for s in forest.sites) else ""
        unit = f"{pen.said(forest.unit)} ({forest.confidence}%)"
        yield pen.text(grid.width, 16, unit, text_anchor="end", fill=ink.INK_2)


def draw_sides(grid: Grid) -> Iterator[str]:
    """Say which side of "no difference" means what, inside the picture whatever the axis."""
    fewer, more = f"{pen.said(grid.forest.fewer)} ←", f"→ {pen.said(grid.forest.more)}"
    room = 26 + pen.width_of(more, bold=True)
    x = min(max(grid.null, pen.width_of(fewer, bold=True) + 8), grid.width - room)
    yield pen.text(x - 8, 16, fewer, text_anchor="end", font_weight="bold")
    yield pen.text(x + 10, 16, more, font_weight="bold")


def ticks(grid: Grid) -> tuple[float, ...]:
    if grid.forest.ratio:
        return ratio_ticks(grid)
    return round_ticks(grid.x.low, grid.x.high, 5 if grid.narrow else 6)


def ratio_ticks(grid: Grid) -> tuple[float, ...]:
    """Return the ratios that the axis holds and has room to name."""
    kept: list[float] = []
    for tick in RATIO_TICKS:
        inside = grid.x.low <= math.log(tick) <= grid.x.high
        if inside and all(abs(grid.place(tick) - grid.place(other)) >= TICK_ROOM for other in kept):
            kept.append(tick)
    return tuple(sorted(kept))


def draw_sites(grid: Grid) -> Iterator[str]:
    for position, site in enumerate(grid.forest.sites):
        y = grid.row(position)
        yield from row_words(grid, y, site.name, site.cases, site.effect, bold=False)
        if site.effect:
            yield from draw_interval(grid, site.effect, y)
            side = 6 + 12 * math.sqrt(min(max(site.weight, 0.0), 1.0))
            x = grid.place(site.effect.estimate)
            yield pen.rect(x - side / 2, y - side / 2, side, side, fill=ink.NIGHT)


def row_words(grid: Grid, y: float, name: str, cases: str, effect: Interval | None, *, bold: bool) -> Iterator[str]:
    """Write a row's name and numbers: beside its marks on a wide picture, above them on a phone."""
    weight = "bold" if bold else None
    numbers = said(grid.forest, effect) if effect else pen.said(FEW)
    baseline = y - 14 if grid.narrow else (y - 2 if cases else y + 4.5)
    room = grid.width - pen.width_of(numbers, bold=bold) - 10 if grid.narrow else grid.x.start - 14
    named = f"{pen.said(name)}, {pen.said(cases)}" if grid.narrow and cases else name
    yield pen.halo(0, baseline, pen.fit(named, room, bold=bold), font_weight=weight)
    if cases and not grid.narrow:
        yield pen.text(0, y + 13, cases, fill=ink.INK_2)
    yield pen.halo(grid.width, baseline if grid.narrow else y + 4.5, numbers, text_anchor="end", font_weight=weight)


def draw_interval(grid: Grid, effect: Interval, y: float) -> Iterator[str]:
    """Draw an interval as a line; an end that lies outside the axis is an arrow."""
    x1, x2 = grid.place(effect.low), grid.place(effect.high)
    yield pen.line(x1, y, x2, y, stroke=ink.NIGHT, stroke_width=2)
    if scaled(grid.forest, effect.low) < grid.x.low:
        yield pen.path([(x1 + 7, y - 5), (x1, y), (x1 + 7, y + 5)], fill="none", stroke=ink.NIGHT, stroke_width=2)
    if scaled(grid.forest, effect.high) > grid.x.high:
        yield pen.path([(x2 - 7, y - 5), (x2, y), (x2 - 7, y + 5)], fill="none", stroke=ink.NIGHT, stroke_width=2)


def draw_summaries(grid: Grid) -> Iterator[str]:
    """Draw the pooled effect as a diamond, and what a new area may see as a dashed box: two different things."""
    forest, position = grid.forest, len(grid.forest.sites)
    top = grid.row(position) - (NARROW_ROW - 20 if grid.narrow else ROW / 2)
    if forest.pooled or forest.predicted:
        yield pen.line(0, top, grid.width, top, stroke=ink.INK)
    if forest.pooled:
        y = grid.row(position)
        yield from row_words(grid, y, TOGETHER, "", forest.pooled, bold=True)
        yield diamond(grid, forest.pooled, y)
        position += 1
    if forest.predicted:
        y = grid.row(position)
        yield from row_words(grid, y, NEW_AREA, "", forest.predicted, bold=True)
        yield from dashed_box(grid, forest.predicted, y)


def diamond(grid: Grid, effect: Interval, y: float) -> str:
    low, middle, high = (grid.place(v) for v in (effect.low, effect.estimate, effect.high))
    return pen.path([(low, y), (middle, y - 9), (high, y), (middle, y + 9)], closed=True, fill=ink.ORDER)


def dashed_box(grid: Grid, effect: Interval, y: float) -> Iterator[str]:
    """Draw a dashed box as wide as the prediction interval with its middle marked."""
    low, middle, high = (grid.place(v) for v in (effect.low, effect.estimate, effect.high))
    edge: dict[str, object] = {"stroke": ink.ORDER, "stroke_width": 2}
    yield pen.rect(low, y - 7, high - low, 14, fill=ink.PAPER, stroke_dasharray="6 4", **edge)
    yield pen.line(middle, y - 7, middle, y + 7, **edge)


def number(forest: Forest, value: float, *, tick: bool = False) -> str:
    """Return an effect in words: a sign before a difference, none before a ratio; an open end is ∞."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    if tick:
        shown = f"{abs(value):g}"
    else:
        shown = f"{abs(value):.{max(forest.decimals, 2) if forest.ratio else forest.decimals}f}"
    if forest.ratio or float(shown) == 0:
        return shown
    return ("+" if value > 0 else "−") + shown


def said(forest: Forest, effect: Interval) -> str:
    """Return "−8 (−16 to 0)"."""
    values = (effect.estimate, effect.low, effect.high)
    return composed("{1} ({2} to {3})", *(number(forest, value) for value in values))


def described(forest: Forest) -> str:
    """Say what all sites say together and what a new area may see, then each site."""
    parts = []
    if forest.pooled:
        pooled = said(forest, forest.pooled)
        parts.append(composed("Together {1} {2}, {3}% interval.", pooled, forest.unit, forest.confidence))
    if forest.predicted:
        low, high = number(forest, forest.predicted.low), number(forest, forest.predicted.high)
        parts.append(composed("A new area may see anything from {1} to {2}.", low, high))
    for site in forest.sites:
        parts.append(f"{pen.said(site.name)}: {said(forest, site.effect) if site.effect else pen.said(FEW)}.")
    return " ".join(parts) or composed("There is nothing to draw yet: no site has an effect.")


def head(forest: Forest) -> tuple[str, ...]:
    return (
        composed("Site"),
        composed("Cases"),
        composed("Effect, {1}", forest.unit),
        composed("{1}% interval", forest.confidence),
        composed("Weight"),
    )


def rows(forest: Forest) -> Iterator[tuple[str, ...]]:
    yield from (site_row(forest, site) for site in forest.sites)
    for name, effect in ((TOGETHER, forest.pooled), (NEW_AREA, forest.predicted)):
        if effect:
            yield (pen.said(name), "", number(forest, effect.estimate), interval(forest, effect), "")


def site_row(forest: Forest, site: SiteEffect) -> tuple[str, ...]:
    if site.effect is None:
        return (pen.said(site.name), pen.said(site.cases), pen.said(FEW), "", "")
    return (
        pen.said(site.name),
        pen.said(site.cases),
        number(forest, site.effect.estimate),
        interval(forest, site.effect),
        f"{site.weight * 100:.0f}%",
    )


def interval(forest: Forest, effect: Interval) -> str:
    """Return "−16 to 0"."""
    return composed("{1} to {2}", number(forest, effect.low), number(forest, effect.high))
