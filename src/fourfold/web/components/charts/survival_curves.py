"""Survival curves: of 100 cases, how many have had no further act yet; bands, and who is still followed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.scales import Axis, round_ticks
from fourfold.web.components.charts.terms import ChartError, Curve, CurvePoint, Survival, Svg
from fourfold.web.translation import composed

WIDE, NARROW = 480.0, 320.0
TOP, BOTTOM = 20.0, 230.0
RISK_TOP, RISK_ROW = 300.0, 20.0
#: Stands for a number that does not leave: under ten are followed, or too few acts happened since the last one.
SUPPRESSED = "–"


@dataclass(frozen=True, slots=True)
class Plot:
    """Where a survival picture's axes lie."""

    survival: Survival
    width: float
    x: Axis
    y: Axis


def survival_curves(survival: Survival, *, narrow: bool = False) -> Svg:
    """Draw curves with their intervals and the numbers at risk below the ticks; a dash stands for one that is suppressed.

    Raises ChartError when a curve has numbers at risk for another number of ticks than the picture has.
    """
    check(survival)
    plot = plot_of(survival, NARROW if narrow else WIDE)
    description = described(survival)
    markup = pen.drawing(
        width=plot.width,
        height=RISK_TOP + risk_row(plot) * len(survival.curves) + 8,
        title=survival.title,
        description=description,
        parts=[*draw_axes(plot), *draw_curves(plot), *draw_at_risk(plot)],
        classes="ff-drawing--narrow" if narrow else "ff-drawing--half",
    )
    numeric = frozenset({1, 2, 3, 4})
    return Svg(markup, pen.said(survival.title), description, head(survival), tuple(rows(survival)), numeric)


def check(survival: Survival) -> None:
    """Raise ChartError when a curve's numbers at risk do not fit the ticks, or the axis has no room."""
    if not survival.ticks:
        raise ChartError("Survival.ticks is empty; give the times at which numbers at risk are shown")
    if not 0 <= survival.floor < 1:
        raise ChartError(f"Survival.floor is {survival.floor}; give a share from 0 up to, but not, 1")
    for curve in survival.curves:
        if curve.at_risk and len(curve.at_risk) != len(survival.ticks):
            raise ChartError(
                f"Curve.at_risk of {curve.name!r} has {len(curve.at_risk)} numbers for {len(survival.ticks)} ticks"
            )


def plot_of(survival: Survival, width: float) -> Plot:
    """Return where the axes lie: room on the left for shares, on the right for the curves' names."""
    names = max((pen.width_of(f"{pen.said(c.name)} 100", bold=True) for c in survival.curves), default=40)
    x = Axis(0, max(survival.ticks), 64.0, width - min(names + 10, max(110.0, width / 3)))
    return Plot(survival, width, x, Axis(survival.floor, 1, BOTTOM, TOP))


def draw_axes(plot: Plot) -> Iterator[str]:
    """Draw the grid, the shares of 100, the times, and what the time is."""
    for share in round_ticks(plot.survival.floor, 1):
        y = plot.y.place(share)
        yield pen.line(plot.x.start, y, plot.x.end, y, stroke=ink.GRID)
        yield pen.text(plot.x.start - 8, y + 4.5, f"{share * 100:g}", text_anchor="end", fill=ink.INK_2)
    for tick in plot.survival.ticks:
        x = plot.x.place(tick)
        yield pen.line(x, BOTTOM, x, BOTTOM + 5, stroke=ink.INK_2)
        yield pen.text(x, BOTTOM + 19, f"{tick:g}", text_anchor="middle", fill=ink.INK_2)
    centre = (plot.x.start + plot.x.end) / 2
    yield pen.text(centre, BOTTOM + 35, plot.survival.time_name, text_anchor="middle", fill=ink.INK_2)


def draw_curves(plot: Plot) -> Iterator[str]:
    """Draw the bands, then the curves over them, then each name at its curve's end."""
    for number, curve in enumerate(plot.survival.curves):
        yield band(plot, curve, style(number)[0])
    for number, curve in enumerate(plot.survival.curves):
        colour, dash = style(number)
        trace = stairs(plot, curve, [p.share for p in curve.points])
        yield pen.path(trace, fill="none", stroke=colour, stroke_width=2.5, stroke_dasharray=dash)
    yield from draw_names(plot)


def style(number: int) -> tuple[str, str]:
    """Return a curve's colour and dash; curves differ in both."""
    return ink.CURVE_STYLES[number % len(ink.CURVE_STYLES)]


def shown(plot: Plot, curve: Curve) -> list[CurvePoint]:
    """Return the curve's points in view, with one at the start where everybody is still without an event."""
    points = sorted((p for p in curve.points if p.time <= plot.x.high), key=lambda p: p.time)
    return points if points and points[0].time == 0 else [CurvePoint(0, 1, 1, 1), *points]


def stairs(plot: Plot, curve: Curve, shares: Sequence[float]) -> list[tuple[float, float]]:
    points = shown(plot, curve)
    values = list(shares)[: len(points)]
    values = [1.0] * (len(points) - len(values)) + values
    return step_corners(plot, [p.time for p in points], values)


def step_corners(plot: Plot, times: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
    """Return the corners of steps that hold each value until the next time."""
    corners: list[tuple[float, float]] = []
    for time, value in zip(times, values, strict=True):
        x, y = plot.x.place(time), plot.y.place(value)
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return [*corners, (plot.x.end, corners[-1][1])]


def band(plot: Plot, curve: Curve, colour: str) -> str:
    points = shown(plot, curve)
    times = [p.time for p in points]
    upper = step_corners(plot, times, [p.high for p in points])
    lower = step_corners(plot, times, [p.low for p in points])
    return pen.path([*upper, *reversed(lower)], closed=True, fill=colour, opacity=0.14)


def draw_names(plot: Plot) -> Iterator[str]:
    """Name each curve whole at its end with its share of 100, in lines where it is long; names are pushed apart."""
    ends = sorted(
        ((plot.y.place(last_share(plot, curve)), number, curve) for number, curve in enumerate(plot.survival.curves)),
        key=lambda end: (end[0], end[1]),
    )
    floor = TOP - 12.0
    for y, number, curve in ends:
        floor = max(y + 4.5, floor + 16)
        lines = broken(f"{pen.said(curve.name)} {last_share(plot, curve) * 100:.0f}", plot.width - plot.x.end - 6)
        for down, line in enumerate(lines):
            floor += 14 if down else 0
            yield pen.text(plot.x.end + 6, floor, line, fill=style(number)[0], font_weight="bold")


def broken(said: str, room: float) -> list[str]:
    """Break words into lines that the room holds; only a single word may be too long, and is shortened."""
    lines: list[str] = []
    for word in said.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and pen.width_of(longer, bold=True) <= room:
            lines[-1] = longer
        else:
            lines.append(pen.fit(word, room, bold=True))
    return lines


def last_share(plot: Plot, curve: Curve) -> float:
    return shown(plot, curve)[-1].share


def draw_at_risk(plot: Plot) -> Iterator[str]:
    """Write how many are still followed under each tick."""
    yield pen.text(0, RISK_TOP - 4, composed("Still followed"), font_weight="bold")
    height = risk_row(plot)
    for number, curve in enumerate(plot.survival.curves):
        y = RISK_TOP + height * (number + 1) - 6
        yield pen.text(0, RISK_TOP + height * number + 14, pen.fit(curve.name, plot.width))
        for tick, followed in zip(plot.survival.ticks, curve.at_risk, strict=False):
            yield pen.text(plot.x.place(tick), y, count(followed), text_anchor="middle")


def risk_row(plot: Plot) -> float:
    """Return the height of a group's row of numbers: its name stands above them where there is no room beside."""
    beside = plot.x.start - pen.width_of("1,393") / 2 - 6
    fits = all(pen.width_of(curve.name) <= beside for curve in plot.survival.curves)
    return RISK_ROW if fits else 2 * RISK_ROW - 2


def count(followed: int | None) -> str:
    """Return a number at risk, or a dash for a suppressed one."""
    return SUPPRESSED if followed is None else f"{followed:,}"


def described(survival: Survival) -> str:
    """Say where each curve ends, with its interval, and where the axis begins."""
    if not survival.curves:
        return composed("There is nothing to draw yet: no group has cases that were followed.")
    plot = plot_of(survival, WIDE)
    said = [composed("After {1} {2}:", f"{max(survival.ticks):g}", survival.time_name)]
    for curve in survival.curves:
        last = shown(plot, curve)[-1]
        share, low, high = (f"{value * 100:.0f}" for value in (last.share, last.low, last.high))
        said.append(
            composed("{1} {2} of 100 ({3}% interval {4} to {5}).", curve.name, share, survival.confidence, low, high)
        )
    if survival.floor:
        said.append(composed("The axis begins at {1}.", f"{survival.floor * 100:g}"))
    return " ".join(said)


def head(survival: Survival) -> tuple[str, ...]:
    return (
        composed("Group"),
        pen.said(survival.time_name.capitalize()),
        composed("Of 100"),
        composed("{1}% interval", survival.confidence),
        composed("Still followed"),
    )


def rows(survival: Survival) -> Iterator[tuple[str, ...]]:
    plot = plot_of(survival, WIDE)
    for curve in survival.curves:
        points = shown(plot, curve)
        for number, tick in enumerate(survival.ticks):
            at = next(p for p in reversed(points) if p.time <= tick)
            followed = count(curve.at_risk[number]) if curve.at_risk else ""
            yield (
                pen.said(curve.name),
                f"{tick:g}",
                f"{at.share * 100:.0f}",
                composed("{1} to {2}", f"{at.low * 100:.0f}", f"{at.high * 100:.0f}"),
                followed,
            )
