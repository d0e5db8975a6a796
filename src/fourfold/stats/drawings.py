"""Drawings as SVG, as the report prints them and `plot` returns them: each with a title and a description, readable without colour; pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT, ROW = 720, 210, 30, 30
LETTER = 8
INKS = ("#1d70b8", "#912b88", "#00703c", "#505a5f")
DASHES = ("none", "8 4", "2 4", "10 3 2 3")
#: A name may stand on a line: round its letters the line is left out.
HALO = 'paint-order="stroke" stroke="#fff" stroke-width="4" '


@dataclass(frozen=True)
class Row:
    """One line of an interval plot; `hollow` for what is predicted or shrunken."""

    name: str
    value: float
    low: float
    high: float
    hollow: bool = False


def intervals(title: str, rows: Sequence[Row], *, at: float, ratio: bool = False) -> str:
    """Draw estimates with their intervals around a line at `at`; ratios stand on a log scale."""
    values = [value for row in rows for value in (row.low, row.high)] + [at]
    left = min(max(LEFT, *(LETTER * len(row.name) + 20 for row in rows)), WIDTH // 2) if rows else LEFT
    place = _scale(values, left, WIDTH - RIGHT, log=ratio)
    bottom = 20 + ROW * len(rows)
    parts = [_line(place(at), 8, place(at), bottom, dash="4 3")]
    for number, row in enumerate(rows):
        y = 24 + ROW * number
        parts.append(_text(left - 12, y + 5, row.name, anchor="end"))
        parts.append(_line(place(row.low), y, place(row.high), y, width=2))
        fill = "#ffffff" if row.hollow else INKS[0]
        parts.append(f'<circle cx="{place(row.value):.1f}" cy="{y}" r="5" fill="{fill}" stroke="{INKS[0]}"/>')
    parts += [_text(place(tick), bottom + 20, _tick(tick), anchor="middle") for tick in _ticks(values, ratio)]
    said = "; ".join(f"{row.name} {_two(row.value)}, {_two(row.low)} to {_two(row.high)}" for row in rows)
    return _svg(title, f"Intervals around {at:g}. {said}.", bottom + 32, parts)


@dataclass(frozen=True)
class Line:
    """A named line of points from left to right."""

    name: str
    points: tuple[tuple[float, float], ...]


def lines(title: str, drawn: Sequence[Line], *, across: str, up: tuple[float, float], stairs: bool = False) -> str:
    """Draw lines, or stairs as survival curves have them, each with its own dash and its name at its end."""
    xs = [x for line in drawn for x, _ in line.points]
    right = WIDTH - min(max(130, *(LETTER * len(line.name) + 38 for line in drawn)), WIDTH // 2)
    along, height = _scale(xs, 60, right), _scale(up, 250, 20)
    parts = [_line(60, 250, right, 250), _line(60, 20, 60, 250)]
    parts += [_text(52, height(value) + 5, _tick(value), anchor="end") for value in _ticks(up, False)]
    parts += [_text(along(value), 270, _tick(value), anchor="middle") for value in _ticks(xs, False)]
    parts.append(_text((right + 60) / 2, 290, across, anchor="middle"))
    for number, line in enumerate(drawn):
        corners = list(_corners(line.points)) if stairs else line.points
        path = " ".join(f"{along(x):.1f},{height(y):.1f}" for x, y in corners)
        ink, dash = INKS[number % 4], DASHES[number % 4]
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
        )
        last = height(line.points[-1][1])
        parts.append(_line(right + 2, 30 + 20 * number, right + 26, 30 + 20 * number, dash=dash, ink=ink, width=3))
        parts.append(_text(right + 32, 35 + 20 * number, line.name))
        parts.append(f'<circle cx="{along(line.points[-1][0]):.1f}" cy="{last:.1f}" r="3" fill="{ink}"/>')
    said = "; ".join(f"{line.name} ends at {line.points[-1][1]:.2f}" for line in drawn)
    return _svg(title, f"{across} from left to right. {said}.", 300, parts)


def funnel(
    title: str,
    points: Sequence[tuple[float, float, str]],
    limits: Sequence[tuple[float, tuple[float, ...]]],
    *,
    target: float,
    across: str,
) -> str:
    """Draw sites by size and share inside limits: at each size the 95% limits, low and high, then the 99.8% ones."""
    shares = [value for _, bounds in limits for value in bounds] + [value for _, value, _ in points]
    along = _scale([x for x, _ in limits], 60, WIDTH - RIGHT)
    height = _scale([*shares, target], 250, 20)
    parts = [_line(60, height(target), WIDTH - RIGHT, height(target), dash="4 3"), _line(60, 250, WIDTH - RIGHT, 250)]
    for place, dash in ((0, "8 4"), (1, "8 4"), (2, "2 4"), (3, "2 4")):
        path = " ".join(f"{along(x):.1f},{height(bounds[place]):.1f}" for x, bounds in limits)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{INKS[3]}" stroke-dasharray="{dash}"/>')
    placed = [(along(x), height(value), name) for x, value, name in points]
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{INKS[0]}"/>' for x, y, _ in placed]
    parts += _names(placed)
    parts += [_text(52, height(tick) + 5, _tick(tick), anchor="end") for tick in _ticks(shares, False)]
    parts += [_text(along(tick), 268, _tick(tick), anchor="middle") for tick in _ticks([x for x, _ in limits], False)]
    parts.append(_text((WIDTH + 30) / 2, 290, across, anchor="middle"))
    said = "; ".join(f"{name} {value:.2f}" for _, value, name in points)
    return _svg(title, f"Share with another act against size, between 95% and 99.8% limits. {said}.", 300, parts)


def cloud(title: str, points: Sequence[tuple[float, float]], *, across: str, upward: str, said: str) -> str:
    """Draw a cloud of points with the lines at zero, as the cost-effectiveness plane has them."""
    along = _scale([*(x for x, _ in points), 0.0], 60, WIDTH - RIGHT)
    height = _scale([*(y for _, y in points), 0.0], 250, 20)
    parts = [_line(along(0), 20, along(0), 250, dash="4 3"), _line(60, height(0), WIDTH - RIGHT, height(0), dash="4 3")]
    parts += [f'<circle cx="{along(x):.1f}" cy="{height(y):.1f}" r="2.5" fill="{INKS[0]}"/>' for x, y in points]
    sides = [*(x for x, _ in points), 0.0], [*(y for _, y in points), 0.0]
    parts += [_text(along(tick), 268, _tick(tick), anchor="middle") for tick in _ticks(sides[0], False)]
    parts += [_text(52, height(tick) + 5, _tick(tick), anchor="end") for tick in _ticks(sides[1], False)]
    parts += [_text(WIDTH / 2, 290, across, anchor="middle"), _text(60, 14, upward)]
    return _svg(title, said, 300, parts)


def _names(points: Sequence[tuple[float, float, str]]) -> Iterable[str]:
    """Write a name beside each point, where no point and no other name is: right, left, or ever further above or below.

    The outermost come first. A name that does not stand beside its point has a line to it.
    """
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y, _ in points]
    middle = sum(x for x, *_ in points) / max(len(points), 1)
    for x, y, name in sorted(points, key=lambda point: -abs(point[0] - middle)):
        wide = LETTER * len(name)
        beside = [(x + 9, y + 5), (x - 9 - wide, y + 5)]
        above = (x - wide / 2, x + 9, x - 9 - wide)
        away = [(left, y + 5 + up) for far in range(18, 120, 6) for up in (-far, far) for left in above]
        free = [
            (left, base)
            for left, base in (*beside, *away)
            if left >= 60 and left + wide <= WIDTH and 16 <= base <= 246
            if not any(a < left + wide and left < c and b < base + 4 and base - 12 < d for a, b, c, d in taken)
        ]
        left, base = free[0] if free else beside[0]
        taken.append((left, base - 12, left + wide, base + 4))
        if (left, base) not in beside:
            yield _line(x, y, min(max(x, left), left + wide), base + 2 if base < y else base - 12, ink=INKS[3])
        yield _text(left, base, name, over=HALO)


def _tick(value: float) -> str:
    """Say a number of an axis as the tables beside it do: thousands apart, a true minus sign."""
    return f"{value:,.10g}".replace("-", "−")


def _two(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # zero has no sign


def _scale(values: Iterable[float], start: float, end: float, *, log: bool = False):  # type: ignore[no-untyped-def]
    known = [math.log(value) if log else value for value in values]
    low, high = min(known), max(known)
    span = high - low or 1.0
    return lambda value: start + ((math.log(value) if log else value) - low) / span * (end - start)


def _ticks(values: Iterable[float], ratio: bool) -> tuple[float, ...]:
    known = list(values)
    low, high = min(known), max(known)
    if ratio:
        chosen = tuple(tick for tick in (0.1, 0.25, 0.5, 1, 2, 4, 10) if low <= tick <= high)
        return chosen or (1,)
    step = 10 ** math.floor(math.log10((high - low or 1) / 2))
    step *= 5 if (high - low) / step > 12 else 2 if (high - low) / step > 6 else 1
    first = math.ceil(low / step - 1e-9)
    return tuple(round(number * step, 10) + 0.0 for number in range(first, math.floor(high / step + 1e-9) + 1))


def _corners(points: Sequence[tuple[float, float]]) -> Iterable[tuple[float, float]]:
    before = None
    for x, y in points:
        if before is not None:
            yield x, before
        yield x, y
        before = y


def _line(
    x: float, y: float, x2: float, y2: float, *, dash: str = "none", ink: str = "#0b0c0c", width: float = 1
) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{ink}" stroke-width="{width:g}" stroke-dasharray="{dash}"/>'


def _text(x: float, y: float, said: str, *, anchor: str = "start", over: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {over}{place} font-size="14" fill="#0b0c0c">{escape(said)}</text>'


def _svg(title: str, description: str, height: float, parts: Sequence[str]) -> str:
    key = "f" + "".join(letter for letter in title.lower() if letter.isalnum() and letter.isascii())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height:g}" width="100%" '
        f'aria-labelledby="{key}t {key}d" font-family="Arial, sans-serif">'
        f'<title id="{key}t">{escape(title)}</title><desc id="{key}d">{escape(description)}</desc>{"".join(parts)}</svg>'
    )
