"""The pen: SVG elements as strings. Every word goes through `escape`; every number through `num`.

A word of ours is said in the language of the page where it is drawn, and before it is measured.

Styling is by presentation attributes, never by a `style` attribute, so the strictest content policy holds; no
element has an identifier, so any number of drawings may stand on one page.
"""

import re
from collections.abc import Iterable

from markupsafe import escape

from fourfold.web import translation
from fourfold.web.components.charts import ink

# What XML 1.0 cannot carry, escaped or not (https://www.w3.org/TR/xml/#charsets).
UNSPEAKABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Widths of Arial's letters in ems, by group; every other letter is as wide as a figure (0.556).
LETTER_EMS = {
    letter: ems
    for letters, ems in (
        ("ijl'|", 0.222),
        (" tfI.,:;/![]", 0.278),
        ("r-()“”‘’", 0.333),
        ("cksvxyzJ", 0.5),
        ("ABEKPSVXY&", 0.667),
        ("wCDHNRU", 0.722),
        ("GOQ", 0.778),
        ("mM", 0.833),
        ("W%…—@", 0.97),
    )
    for letter in letters
}
FIGURE_EMS = 0.556
CAUTION = 1.02


def num(value: float) -> str:
    """Return a coordinate with at most one decimal and no trailing zero."""
    text = f"{value:.1f}"
    if text.endswith(".0"):
        text = text[:-2]
    return "0" if text == "-0" else text


def said(value: object) -> str:
    """Return a word of ours in the language of the page, and every other value as it is."""
    return str(translation.word(value, translation.say))


def words(value: object) -> str:
    """Return text that is safe inside an element or a quoted attribute, without characters that XML forbids."""
    return str(escape(UNSPEAKABLE.sub("\ufffd", said(value))))


def attributes(given: dict[str, object]) -> str:
    """Return ` name="value"` for each value that is not None or empty; `_` in a name becomes `-`."""
    parts = []
    for name, value in given.items():
        if value is None or value == "":
            continue
        shown = num(value) if isinstance(value, int | float) else words(value)
        parts.append(f' {name.rstrip("_").replace("_", "-")}="{shown}"')
    return "".join(parts)


def element(name: str, content: str = "", /, **given: object) -> str:
    """Return one element; `content` is markup that was made by this module."""
    return f"<{name}{attributes(given)}>{content}</{name}>" if content else f"<{name}{attributes(given)}/>"


def text(x: float, y: float, shown: object, /, **given: object) -> str:
    """Return words with their baseline at y."""
    return element("text", words(shown), x=x, y=y, **given)


def halo(x: float, y: float, shown: object, /, **given: object) -> str:
    """Return words with a white edge, readable over lines."""
    edge: dict[str, object] = {"stroke": ink.PAPER, "stroke_width": 4, "paint_order": "stroke"}
    return text(x, y, shown, **edge, stroke_linejoin="round", **given)


def line(x1: float, y1: float, x2: float, y2: float, **given: object) -> str:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **given)


def rect(x: float, y: float, width: float, height: float, **given: object) -> str:
    """Return a rectangle; a negative size is drawn as nothing."""
    return element("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), **given)


def circle(x: float, y: float, radius: float, content: str = "", /, **given: object) -> str:
    """Return a circle; `content` may be a title."""
    return element("circle", content, cx=x, cy=y, r=radius, **given)


def path(points: Iterable[tuple[float, float]], *, closed: bool = False, **given: object) -> str:
    trace = "L".join(f"{num(x)} {num(y)}" for x, y in points)
    return element("path", d=f"M{trace}{'Z' if closed else ''}", **given)


def title(shown: object) -> str:
    """Return the title of an element, which browsers show on hover."""
    return element("title", words(shown))


def hatch(x: float, y: float, width: float, height: float, *, gap: float = 7.0) -> str:
    """Return a hatched rectangle: diagonal lines cut at its edges, without a pattern and its identifier."""
    parts = []
    offset = gap
    while offset < width + height:
        x1, y1 = (x + offset, y) if offset <= width else (x + width, y + offset - width)
        x2, y2 = (x, y + offset) if offset <= height else (x + offset - height, y + height)
        parts.append(f"M{num(x1)} {num(y1)}L{num(x2)} {num(y2)}")
        offset += gap
    frame = rect(x, y, width, height, fill=ink.PAPER, stroke=ink.INK_2, stroke_width=1)
    return frame + element("path", d="".join(parts), stroke="#8a8f93", stroke_width=2, fill="none")


def width_of(shown: str, size: float = ink.SIZE, *, bold: bool = False) -> float:
    """Estimate how wide words are in Arial, in the drawing's units; a little too wide rather than too narrow."""
    ems = sum(LETTER_EMS.get(letter, FIGURE_EMS) for letter in said(shown))
    return ems * size * CAUTION * (1.07 if bold else 1.0)


def fit(shown: str, room: float, *, size: float = ink.SIZE, bold: bool = False) -> str:
    """Return the words as they are said, shortened with an ellipsis where the room does not hold them."""
    shown = said(shown)
    if width_of(shown, size, bold=bold) <= room:
        return shown
    while shown and width_of(shown + "…", size, bold=bold) > room:
        shown = shown[:-1]
    return shown.rstrip(" ,;:") + "…"


def drawing(
    *,
    width: float,
    height: float,
    title: str,
    description: str,
    parts: Iterable[str],
    classes: str = "",
    role: str = "img",
) -> str:
    """Return the whole drawing: role, title, description, and a ground that grows with its place on the page.

    A drawing with links in it is a "group": what stands in an "img" is not read out.
    """
    told = element("title", words(title)) + element("desc", words(description))
    return element(
        "svg",
        told + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        role=role,
        class_=f"ff-drawing {classes}".strip(),
        viewBox=f"0 0 {num(width)} {num(height)}",
        width=width,
        height=height,
        font_family=ink.FONT,
        font_size=ink.SIZE,
        fill=ink.INK,
    )
