"""A map of places, each shaded by a band, with the sign of its band in it, and leading to its page.

Colour never says anything alone: the sign of the band stands in the place, and the legend and the table say it in words. A
place that is too small for its sign is drawn as a dot in the colour of its band.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fourfold.web.components.charts import ink, pen
from fourfold.web.components.charts.terms import ChartError, Svg
from fourfold.web.translation import composed

WIDTH = 340.0
MARGIN = 6.0
SIGN = 10.0
#: The least half-width of a place, in the drawing's units, that holds a sign of one or two letters.
HOLDS = 4.5
SHADES = ("#e4edf6", "#c6daed", "#9dc0e0", "#689bcb", "#3f78ad")
UNSHADED = "#ffffff"


@dataclass(frozen=True, slots=True)
class Band:
    """One shade: the sign that stands in its places, and what it means."""

    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One place: its outline, a point inside it with the room about it, its box, its band, and where it leads.

    Outline, point, room and box (left, top, right, bottom) are in one unit. `band` None: it has no value, and no shade.
    `sign` stands in it in place of its band's.
    """

    name: str
    path: str
    label: tuple[int, int]
    room: int
    box: tuple[int, int, int, int]
    band: int | None
    said: str
    href: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class AreaMap:
    """Places and their bands, from the lightest to the darkest; at most as many as there are shades."""

    shapes: tuple[Shape, ...]
    bands: tuple[Band, ...]
    title: str

    def __post_init__(self) -> None:
        if not self.shapes:
            raise ChartError("AreaMap.shapes is empty; give at least one place")
        if len(self.bands) > len(SHADES):
            raise ChartError(f"AreaMap.bands has {len(self.bands)} bands; there are {len(SHADES)} shades")


def area_map(drawn: AreaMap) -> Svg:
    """Draw the places, each a link where it leads anywhere. The table stands beside the map, by whoever shows it."""
    left, top = (min(shape.box[side] for shape in drawn.shapes) for side in (0, 1))
    right, bottom = (max(shape.box[side] for shape in drawn.shapes) for side in (2, 3))
    scale = (WIDTH - 2 * MARGIN) / max(right - left, bottom - top, 1)
    across = f"translate({pen.num(MARGIN)} {pen.num(MARGIN)}) scale({scale:.5f}) translate({-left} {-top})"
    room = _Room(scale, left, top)
    said = described(drawn)
    markup = pen.drawing(
        width=(right - left) * scale + 2 * MARGIN,
        height=(bottom - top) * scale + 2 * MARGIN,
        title=drawn.title,
        description=said,
        parts=[
            pen.element("g", "".join(_outlines(drawn, room)), transform=across),
            pen.element("g", "".join(_signs(drawn, room)), pointer_events="none"),
        ],
        classes="ff-drawing--map",
        role="group",
    )
    return Svg(markup, pen.said(drawn.title), said)


def described(drawn: AreaMap) -> str:
    """Return how many places each band has."""
    counts = [sum(shape.band == number for shape in drawn.shapes) for number in range(len(drawn.bands))]
    parts = [f"{pen.said(band.words)}: {count}." for band, count in zip(drawn.bands, counts, strict=True) if count]
    without = sum(shape.band is None for shape in drawn.shapes)
    return " ".join(
        [
            composed("{1} places.", len(drawn.shapes)),
            *parts,
            *([composed("Without a value: {1}.", without)] if without else []),
        ]
    )


def shade(band: int | None, bands: int) -> str:
    """Return the colour of a band; few bands take shades that lie far apart."""
    if band is None:
        return UNSHADED
    return SHADES[round(band * (len(SHADES) - 1) / max(bands - 1, 1))]


@dataclass(frozen=True, slots=True)
class _Room:
    scale: float
    left: int
    top: int

    def place(self, point: tuple[int, int]) -> tuple[float, float]:
        return (point[0] - self.left) * self.scale + MARGIN, (point[1] - self.top) * self.scale + MARGIN


def _outlines(drawn: AreaMap, room: _Room) -> Iterator[str]:
    for shape in sorted(drawn.shapes, key=lambda one: _dot(one, room)):  # dots lie on top
        fill = shade(shape.band, len(drawn.bands))
        line: dict[str, object] = {
            "fill": fill,
            "stroke": ink.INK_2,
            "stroke_width": 0.7,
            "vector_effect": "non-scaling-stroke",
        }
        tip = pen.title(_told(shape))
        if _dot(shape, room):
            x, y = shape.label
            drawing = pen.circle(x, y, HOLDS / room.scale, tip, **line)
        else:
            drawing = pen.element("path", tip, d=shape.path, fill_rule="evenodd", stroke_linejoin="round", **line)
        yield pen.element("a", drawing, href=shape.href, aria_label=_told(shape)) if shape.href else drawing


def _signs(drawn: AreaMap, room: _Room) -> Iterator[str]:
    for shape in drawn.shapes:
        if shape.band is not None and not _dot(shape, room):
            x, y = room.place(shape.label)
            yield pen.halo(
                x, y + SIGN * 0.36, shape.sign or drawn.bands[shape.band].sign, text_anchor="middle", font_size=SIGN
            )


def _dot(shape: Shape, room: _Room) -> bool:
    """Return whether a place has no room for its sign."""
    return shape.room * room.scale < HOLDS * 0.9


def _told(shape: Shape) -> str:
    return f"{pen.said(shape.name)}: {pen.said(shape.said)}"
