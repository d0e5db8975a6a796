"""One person's measure over time on its named bands, with the days on which it was due and not taken."""

from collections.abc import Iterator, Sequence
from datetime import date

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.scales import Axis
from fourfold.web.components.charts.small import READINGS_HEAD, SHADES, band_of, check_readings, readings_said, spoken
from fourfold.web.components.charts.terms import Reading, Scale, Severity, Svg
from fourfold.web.translation import composed

HEIGHT = 260.0
TOP, BOTTOM = 14.0, 210.0
GAP_AT = 228.0


def measure_chart(
    readings: Sequence[Reading],
    missed: Sequence[date],
    scale: Scale,
    *,
    name: str,
    bands: Sequence[Severity] = (),
    cut_off: float | None = None,
    worse: str = "higher",
    narrow: bool = False,
) -> Svg:
    """Draw a measure over time; a cross below the axis is a day on which it was due and was not taken.

    A line joins neighbours only where nothing was missed between them. `cut_off` is a dashed line. Raises ChartError
    for a reading outside the scale.
    """
    ordered, gaps = sorted(readings, key=lambda reading: reading.on), sorted(missed)
    check_readings(ordered, scale)
    width = 320.0 if narrow else 720.0
    up = Axis(scale.low, scale.high, BOTTOM, TOP)
    days = [*(reading.on for reading in ordered), *gaps]
    along = Axis(min(days).toordinal(), max(days).toordinal(), 44, width - 20) if days else Axis(0, 1, 44, width - 20)
    parts = [
        *_grounds(bands, up, width),
        *_scale(scale, up),
        *_cut_off(cut_off, up, width),
        *_crosses(gaps, along),
        *_line(ordered, gaps, along, up),
        *_days(days, along),
    ]
    description = _said(ordered, gaps, bands, worse)
    markup = pen.drawing(
        width=width, height=HEIGHT, title=name, description=description, parts=parts,
        classes=f"ff-drawing--measure{'-narrow' if narrow else ''}",
    )  # fmt: skip
    head = tuple(map(pen.said, READINGS_HEAD))
    return Svg(markup, pen.said(name), description, head, _rows(ordered, gaps, bands), frozenset({1}))


def _said(ordered: Sequence[Reading], gaps: Sequence[date], bands: Sequence[Severity], worse: str) -> str:
    said = readings_said(ordered, bands, worse)
    if not gaps:
        return said
    return f"{said} {composed('Due and not taken: {1}, the last on {2}.', len(gaps), spoken(gaps[-1]))}"


def _rows(ordered: Sequence[Reading], gaps: Sequence[date], bands: Sequence[Severity]) -> tuple[tuple[str, ...], ...]:
    rows = [(one.on, (spoken(one.on), f"{one.value:g}", band_of(one.value, bands))) for one in ordered]
    rows += [(day, (spoken(day), composed("not taken"), "")) for day in gaps]
    return tuple(row for _, row in sorted(rows, key=lambda each: each[0], reverse=True))


def _grounds(bands: Sequence[Severity], up: Axis, width: float) -> Iterator[str]:
    for number, band in enumerate(sorted(bands, key=lambda band: band.low)):
        top, bottom = up.place(band.high), up.place(band.low)
        yield pen.rect(38, top, width - 38, bottom - top, fill=SHADES[number % len(SHADES)])
        if bottom - top >= 13:
            said = pen.fit(band.name, width / 2 - 30, size=11)
            yield pen.text(width - 6, top + 12, said, text_anchor="end", font_size=11, fill=ink.INK_2)


def _scale(scale: Scale, up: Axis) -> Iterator[str]:
    for value in dict.fromkeys((scale.low, (scale.low + scale.high) / 2, scale.high)):
        y = up.place(value)
        yield pen.line(38, y, 44, y, stroke=ink.INK_2)
        yield pen.text(34, y + 4.5, f"{value:g}", text_anchor="end", fill=ink.INK_2)
    yield pen.line(38, TOP, 38, BOTTOM, stroke=ink.INK_2)


def _cut_off(cut_off: float | None, up: Axis, width: float) -> Iterator[str]:
    if cut_off is not None:
        y = up.place(cut_off)
        yield pen.line(38, y, width, y, stroke=ink.USUAL, stroke_width=1.8, stroke_dasharray="6 4")
        yield pen.halo(44, y - 5, composed("cut-off {1}", f"{cut_off:g}"), font_size=11, fill=ink.USUAL)


def _crosses(gaps: Sequence[date], along: Axis) -> Iterator[str]:
    for day in gaps:
        x = along.place(day.toordinal())
        mark = pen.path([(x - 4, GAP_AT - 4), (x + 4, GAP_AT + 4)], stroke=ink.DANGER, stroke_width=2)
        mark += pen.path([(x - 4, GAP_AT + 4), (x + 4, GAP_AT - 4)], stroke=ink.DANGER, stroke_width=2)
        yield pen.element("g", pen.title(composed("{1}: not taken", spoken(day))) + mark)


def _line(ordered: Sequence[Reading], gaps: Sequence[date], along: Axis, up: Axis) -> Iterator[str]:
    points = [(along.place(one.on.toordinal()), up.place(one.value)) for one in ordered]
    for (before, start), (after, end) in zip(
        zip(ordered, points, strict=True), list(zip(ordered, points, strict=True))[1:], strict=False
    ):
        if not any(before.on < day < after.on for day in gaps):
            yield pen.path([start, end], fill="none", stroke=ink.INK_2, stroke_width=2)
    for one, (x, y) in zip(ordered, points, strict=True):
        dot = pen.circle(x, y, 5, fill=ink.NIGHT, stroke=ink.PAPER, stroke_width=1.5)
        yield pen.element("g", pen.title(f"{spoken(one.on)}: {one.value:g}") + dot)
    if points:
        x, y = points[-1]
        yield pen.halo(x - 9, max(y - 9, TOP + 4), f"{ordered[-1].value:g}", font_weight="bold", text_anchor="end")


def _days(days: Sequence[date], along: Axis) -> Iterator[str]:
    if days:
        yield pen.text(38, HEIGHT - 8, spoken(min(days)), fill=ink.INK_2, font_size=11)
    if len(set(days)) > 1:
        yield pen.text(along.end, HEIGHT - 8, spoken(max(days)), text_anchor="end", fill=ink.INK_2, font_size=11)
