"""Maps for the roll-out pages: the bands that values fall into, the shapes that a map draws, and the words beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from fourfold.rollout.terms import OnMap
from fourfold.web.components.charts.area_map import AreaMap, Band, Shape, area_map, shade
from fourfold.web.components.charts.terms import Svg
from fourfold.words import sentence

BANDS = 5


@dataclass(frozen=True)
class Mapped:
    """A map, its legend (colour, sign, words), and for the table beside it the sign and the words of each place."""

    svg: Svg
    legend: tuple[tuple[str, str, str], ...]
    signs: Mapping[str, str]
    said: Mapping[str, str]


def by_value(
    places: Sequence[OnMap], *, title: str, number: Callable[[float], str], links: Callable[[OnMap], str]
) -> Mapped:
    """Draw places in up to five bands of as many places each, by what is recorded there."""
    values = {place.code: float(number(place.recorded).replace(",", "")) for place in places}  # as they are read
    edges = _edges(list(values.values()))
    bands = tuple(
        Band(str(count), sentence("{1} to {2}", low, high) if low != high else low)
        for count, (low, high) in enumerate((map(number, ends) for ends in _reach(list(values.values()), edges)), 1)
    )
    held = {code: sum(value >= edge for edge in edges) for code, value in values.items()}
    return drawn(places, held, bands, title=title, said=lambda one: number(one.recorded), links=links)


def drawn(
    places: Sequence[OnMap],
    held: Mapping[str, int | None],
    bands: tuple[Band, ...],
    *,
    title: str,
    said: Callable[[OnMap], str],
    links: Callable[[OnMap], str],
    signs: Mapping[str, str] = MappingProxyType({}),
) -> Mapped:
    """Draw places in the bands that they are held to be in; None is in no band. `signs` stand in place of the bands'."""
    shapes = tuple(
        Shape(
            one.name, one.outline.path, one.outline.label, one.outline.room, one.outline.box,
            held[one.code], said(one), links(one), signs.get(one.code, ""),
        )
        for one in places
    )  # fmt: skip
    legend = tuple((shade(number, len(bands)), band.sign, band.words) for number, band in enumerate(bands))
    shown = {code: "" if band is None else signs.get(code, bands[band].sign) for code, band in held.items()}
    return Mapped(area_map(AreaMap(shapes, bands, title)), legend, shown, {one.code: said(one) for one in places})


def _edges(values: Sequence[float]) -> list[float]:
    """Return the values at which a new band begins; equal values are never parted."""
    ranked = sorted(values)
    count = min(BANDS, len(set(ranked)))
    found = {ranked[len(ranked) * step // count] for step in range(1, count)}
    return sorted(found - {ranked[0]})


def _reach(values: Sequence[float], edges: Sequence[float]) -> list[tuple[float, float]]:
    """Return the least and the greatest value in each band."""
    limits = [float("-inf"), *edges, float("inf")]
    within = [[value for value in values if low <= value < high] for low, high in pairwise(limits)]
    return [(min(values), max(values)) for values in within]
