"""Small pictures for a table's row: an interval on its scale, a measure over time, what speaks for and against."""

from collections.abc import Iterator, Sequence
from datetime import date

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.scales import Axis, month
from fourfold.web.components.charts.terms import (
    LEVEL_NAMES,
    ChartError,
    Interval,
    PanelView,
    Reading,
    Scale,
    Severity,
    Svg,
)
from fourfold.web.translation import composed
from fourfold.words import Word, words

ROW_WIDTH, ROW_HEIGHT = 200.0, 28.0
SPARK_WIDTH, SPARK_HEIGHT = 320.0, 120.0
TREND_WIDTH, TREND_HEIGHT = 120.0, 32.0
BAR_WIDTH, BAR_HEIGHT, STRONG, STRONGEST = 112.0, 16.0, 2, 3
READINGS_HEAD = words(("Day", "Value", "Band"))
VIEWS_HEAD = words(("Who", "Level", "Dissent"))
COULD_NOT_SAY = Word("Could not say")
SHADES = ("#ffffff", "#f1f3f4", "#e3e8eb", "#d5dde1", "#c7d1d7")


# --- An interval in a row ---------------------------------------------------------------------------------------


def interval_row(
    interval: Interval | None, scale: Scale, *, name: str, standard: float | None = None, as_percent: bool = True
) -> Svg:
    """Draw an estimate with its interval on a scale; a dashed line marks the standard it is held against.

    `name` says what is estimated. An interval of None is drawn as an empty scale and said to be unknown.
    """
    axis = Axis(scale.low, scale.high, 6, ROW_WIDTH - 6)
    said = interval_said(interval, standard, as_percent)
    title = f"{pen.said(name)}: {said}"
    parts = [pen.line(6, 14, ROW_WIDTH - 6, 14, stroke=ink.GRID, stroke_width=2)]
    if interval:
        x1, x2 = axis.place(interval.low), axis.place(interval.high)
        parts.append(pen.rect(x1, 11, max(x2 - x1, 2), 6, fill=ink.ORDER))
    if standard is not None:
        x = axis.place(standard)
        parts.append(pen.line(x, 2, x, 26, stroke=ink.INK, stroke_width=1.8, stroke_dasharray="4 2"))
    if interval:
        x = axis.place(interval.estimate)
        parts.append(pen.circle(x, 14, 6.5, fill=ink.NIGHT, stroke=ink.PAPER, stroke_width=1.5))
    return small(ROW_WIDTH, ROW_HEIGHT, title, said, parts, "row")


def interval_said(interval: Interval | None, standard: float | None, as_percent: bool) -> str:
    """Say an interval in words, with its standard."""
    if interval is None:
        return composed("not known")
    values = (interval.estimate, interval.low, interval.high)
    said = composed("{1} ({2} to {3})", *(shown(value, as_percent) for value in values))
    return said if standard is None else composed("{1}, standard {2}", said, shown(standard, as_percent))


def shown(value: float, as_percent: bool) -> str:
    """Return a share as per cent, another number as it is."""
    return f"{value * 100:.0f}%" if as_percent else f"{value:,.6g}"


# --- How somebody is, over time ---------------------------------------------------------------------------------


def sparkline(
    readings: Sequence[Reading], scale: Scale, *, name: str, bands: Sequence[Severity] = (), worse: str = "higher"
) -> Svg:
    """Draw a measure over time on its named bands; `worse` says which way is worse ("higher" or "lower").

    A single reading is a dot; none is said in words. Raises ChartError for a reading outside the scale.
    """
    ordered = sorted(readings, key=lambda reading: reading.on)
    check_readings(ordered, scale)
    description = readings_said(ordered, bands, worse)
    axis = Axis(scale.low, scale.high, SPARK_HEIGHT - 24, 8)
    parts = [*draw_severities(bands, axis), *draw_readings(ordered, axis)]
    drawing = small(SPARK_WIDTH, SPARK_HEIGHT, name, description, parts, "spark")
    rows = tuple((spoken(r.on), f"{r.value:g}", band_of(r.value, bands)) for r in reversed(ordered))
    return Svg(drawing.markup, drawing.title, description, tuple(map(pen.said, READINGS_HEAD)), rows, frozenset({1}))


def movement(readings: Sequence[Reading], scale: Scale, *, name: str, worse: str = "higher") -> Svg:
    """Draw only how a measure moved, for the cell of a table that says the numbers beside it.

    Raises ChartError for a reading outside the scale.
    """
    ordered = sorted(readings, key=lambda reading: reading.on)
    check_readings(ordered, scale)
    parts: list[str] = [pen.line(4, TREND_HEIGHT - 4, TREND_WIDTH - 4, TREND_HEIGHT - 4, stroke=ink.RULE)]
    if ordered:
        days = Axis(ordered[0].on.toordinal(), ordered[-1].on.toordinal(), 6, TREND_WIDTH - 8)
        axis = Axis(scale.low, scale.high, TREND_HEIGHT - 5, 5)
        points = [(days.place(r.on.toordinal()), axis.place(r.value)) for r in ordered]
        parts.append(pen.path(points, fill="none", stroke=ink.INK_2, stroke_width=2))
        parts.append(pen.circle(*points[-1], 4, fill=ink.NIGHT, stroke=ink.PAPER))
    return small(TREND_WIDTH, TREND_HEIGHT, name, readings_said(ordered, (), worse), parts, "trend")


def check_readings(readings: Sequence[Reading], scale: Scale) -> None:
    """Raise ChartError for a reading outside the scale."""
    for reading in readings:
        if not scale.low <= reading.value <= scale.high:
            raise ChartError(
                f"Reading.value of {reading.on} is {reading.value}; the scale is {scale.low:g} to {scale.high:g}"
            )


def band_of(value: float, bands: Sequence[Severity]) -> str:
    """Return the name of the band that holds a value: the highest whose lower bound it reaches."""
    reached = [band for band in bands if band.low <= value]
    return pen.said(max(reached, key=lambda band: band.low).name) if reached else ""


def readings_said(readings: Sequence[Reading], bands: Sequence[Severity], worse: str) -> str:
    """Say the newest value and how it moved since the first."""
    if not readings:
        return composed("Nothing has been measured yet.")
    first, last = readings[0], readings[-1]
    band = band_of(last.value, bands)
    newest = (f"{last.value:g} ({band})" if band else f"{last.value:g}", spoken(last.on))
    said = moved(first, last, newest, len(readings)) if len(readings) > 1 else composed("{1} on {2}.", *newest)
    return f"{said} {composed('Higher is worse.') if worse == 'higher' else composed('Lower is worse.')}"


def moved(first: Reading, last: Reading, newest: tuple[str, str], readings: int) -> str:
    """Say how a value moved, over how many readings; `newest` says the last of them and its day."""
    values = (*newest, f"{first.value:g}", spoken(first.on), readings)
    if last.value == first.value:
        return composed("{1} on {2}, unchanged from {3} on {4}, {5} readings.", *values)
    if last.value > first.value:
        return composed("{1} on {2}, up from {3} on {4}, {5} readings.", *values)
    return composed("{1} on {2}, down from {3} on {4}, {5} readings.", *values)


def draw_severities(bands: Sequence[Severity], axis: Axis) -> Iterator[str]:
    """Draw the bands as grounds, each with its name at the right."""
    for number, band in enumerate(sorted(bands, key=lambda band: band.low)):
        top, bottom = axis.place(band.high), axis.place(band.low)
        yield pen.rect(0, top, SPARK_WIDTH, bottom - top, fill=SHADES[number % len(SHADES)])
        yield pen.line(0, bottom, SPARK_WIDTH, bottom, stroke=ink.RULE, stroke_width=0.5)
        if bottom - top >= 13:
            said = pen.fit(band.name, 108, size=11)
            yield pen.text(
                SPARK_WIDTH - 4, (top + bottom) / 2 + 4, said, text_anchor="end", font_size=11, fill=ink.INK_2
            )


def draw_readings(readings: Sequence[Reading], axis: Axis) -> Iterator[str]:
    """Draw the line, a dot for each reading, and the value of the newest."""
    if not readings:
        yield pen.text(8, 54, composed("Nothing has been measured yet"), fill=ink.INK_2)
        return
    days = Axis(readings[0].on.toordinal(), readings[-1].on.toordinal(), 10, SPARK_WIDTH - 124)
    points = [(days.place(r.on.toordinal()), axis.place(r.value)) for r in readings]
    if len(points) > 1:
        yield pen.path(points, fill="none", stroke=ink.INK_2, stroke_width=2)
    for reading, (x, y) in zip(readings, points, strict=True):
        dot = pen.circle(x, y, 3.5, fill=ink.NIGHT, stroke=ink.PAPER)
        yield pen.element("g", pen.title(f"{spoken(reading.on)}: {reading.value:g}") + dot)
    x, y = points[-1]
    yield pen.circle(x, y, 5.5, fill=ink.NIGHT, stroke=ink.PAPER, stroke_width=1.5)
    yield pen.halo(x + 9, y + 4.5, f"{readings[-1].value:g}", font_weight="bold")
    yield from draw_days(readings, x)


def draw_days(readings: Sequence[Reading], newest: float) -> Iterator[str]:
    """Name the first and the newest day below the picture."""
    y = SPARK_HEIGHT - 8
    if len(readings) > 1:
        yield pen.text(4, y, spoken(readings[0].on, year=False), font_size=11, fill=ink.INK_2)
    anchor = "middle" if len(readings) > 1 else None
    yield pen.text(newest if anchor else 4, y, spoken(readings[-1].on, year=False), font_size=11, text_anchor=anchor)


def spoken(day: date, *, year: bool = True) -> str:
    """Return "3 May 2026" or "3 May"."""
    return f"{day.day} {month(day)}" + (f" {day.year}" if year else "")


# --- What speaks for and against --------------------------------------------------------------------------------


def evidence_bar(weight: float | None, *, said: str = "") -> Svg:
    """Draw how strongly a field speaks: right of the middle for, left against, a ring for neither or not known.

    `weight` runs from -3 to 3 (beyond is cut); `said` are the words beside it, used as the title.
    """
    middle = BAR_WIDTH / 2
    title = said or evidence_said(weight)
    parts = [pen.line(middle, 0, middle, BAR_HEIGHT, stroke=ink.INK_2)]
    if not weight:
        parts.append(pen.circle(middle, BAR_HEIGHT / 2, 4, fill=ink.PAPER, stroke=ink.INK_2, stroke_width=1.5))
    else:
        length = min(abs(weight), STRONGEST) / STRONGEST * (middle - 2)
        x = middle if weight > 0 else middle - length
        colour = ink.NIGHT if weight > 0 else ink.DANGER
        parts.append(pen.rect(x, 3, length, BAR_HEIGHT - 6, fill=colour))
    return small(BAR_WIDTH, BAR_HEIGHT, title, title, parts, "bar")


def evidence_said(weight: float | None) -> str:
    if weight is None:
        return composed("not known")
    if weight == 0:
        return composed("neither")
    if abs(weight) >= STRONG:
        return composed("strong for") if weight > 0 else composed("strong against")
    return composed("for") if weight > 0 else composed("against")


# --- What each of us thought ------------------------------------------------------------------------------------


def panel_views(
    views: Sequence[PanelView], *, decided: int | None = None, advised: int | None = None, narrow: bool = False
) -> Svg:
    """Draw each profession's level as it was before the panel spoke, what the rules advised and what was decided."""
    width = 320.0 if narrow else 720.0
    axis = Axis(1, 4, 152, width - 34) if narrow else Axis(1, 4, 330, width - 64)
    height = 34 + 26 * len(views) + (50 if narrow else 34)
    marks = [
        part for n, view in enumerate(views) for part in draw_view(view, 46 + 26 * n, axis, 11.0 if narrow else 13.0)
    ]
    foot = 34 + 26 * len(views) + 16
    ends = [*draw_advised(advised, axis, foot), *draw_decided(decided, axis, foot, below=narrow)]
    parts = [*draw_level_names(axis, foot - 16, narrow), *marks, *ends]
    rows = tuple((pen.said(v.who), pen.said(level_of(v)), composed("Dissents") if v.dissents else "") for v in views)
    said = "; ".join(f"{who} {level}" for who, level, _ in rows) or composed("No view is in yet")
    said = composed("{1}. Decided: {2}.", said, LEVEL_NAMES[decided]) if decided else f"{said}."
    title = composed("What each of us thought, before we spoke")
    drawing = small(width, height, title, said, parts, "narrow" if narrow else "views")
    return Svg(drawing.markup, title, said, tuple(map(pen.said, VIEWS_HEAD)), rows)


def level_of(view: PanelView) -> str:
    """Return the name of the level that somebody gave, or that they could not say."""
    return LEVEL_NAMES.get(view.level or 0, COULD_NOT_SAY)


def draw_level_names(axis: Axis, bottom: float, narrow: bool) -> Iterator[str]:
    for level, name in LEVEL_NAMES.items():
        x = axis.place(level)
        yield pen.line(x, 28, x, bottom, stroke=ink.GRID, stroke_width=1.5)
        yield pen.text(x, 14, name, text_anchor="middle", fill=ink.INK_2, font_size=11 if narrow else None)


def draw_view(view: PanelView, y: float, axis: Axis, size: float) -> Iterator[str]:
    """Draw one profession's row; one that could not say has words instead of a mark."""
    yield pen.line(axis.start - 20, y, axis.end + 30, y, stroke=ink.GRID)
    yield pen.text(0, y + 4.5, pen.fit(view.who, axis.start - 24, size=size), font_size=size)
    if view.level is None:
        yield pen.halo(axis.start, y + 4.5, composed("could not say"), fill=ink.INK_2)
        return
    x = axis.place(view.level)
    yield pen.circle(x, y, 8, fill=ink.NIGHT, stroke=ink.PAPER, stroke_width=1.5)
    if view.dissents:
        side: dict[str, object] = {"text_anchor": "end"} if view.level > 1 else {}
        yield pen.halo(x - 14 if side else x + 14, y + 4.5, composed("dissents"), font_weight="bold", **side)


def draw_advised(level: int | None, axis: Axis, y: float) -> Iterator[str]:
    """Draw what the rules advised as a hollow diamond."""
    if level:
        x = axis.place(level)
        corners = [(x - 8, y), (x, y - 8), (x + 8, y), (x, y + 8)]
        yield pen.path(corners, closed=True, fill=ink.PAPER, stroke=ink.NIGHT, stroke_width=2)
        yield pen.halo(x - 14, y + 4.5, composed("rules advised"), text_anchor="end")


def draw_decided(level: int | None, axis: Axis, y: float, *, below: bool) -> Iterator[str]:
    """Draw what the panel decided as a square, with its word beside it or, on a phone, below."""
    if level:
        x = axis.place(level)
        yield pen.rect(x - 9, y - 9, 18, 18, fill=ink.LEVEL_LINE[level])
        at = (x, y + 24) if below else (x + 13, y + 4.5)
        yield pen.halo(*at, composed("decided"), font_weight="bold", text_anchor="middle" if below else None)


def small(width: float, height: float, title: str, description: str, parts: Sequence[str], kind: str) -> Svg:
    markup = pen.drawing(
        width=width, height=height, title=title, description=description, parts=parts, classes=f"ff-drawing--{kind}"
    )
    return Svg(markup, pen.said(title), pen.said(description))
