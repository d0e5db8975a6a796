"""The drawings of the report: what is written on them can be read. No database, no browser."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from fourfold.stats import drawings

LIMITS = [(20.0, (0.1, 0.9, 0.0, 1.0)), (400.0, (0.35, 0.55, 0.3, 0.6))]


@pytest.mark.parametrize(
    "points",
    [
        [(100.0, 0.44, "Cheshire"), (105.0, 0.44, "Hampshire"), (110.0, 0.45, "London")],
        [(395.0, 0.44, "a site with a very long name"), (390.0, 0.46, "another such site")],
        [(20.0, 0.0, "first"), (20.0, 0.0, "second"), (25.0, 0.01, "third"), (400.0, 1.0, "last")],
        [(200.0 + 2 * n, 0.44 + 0.003 * n, f"Site {n}") for n in range(10)],
    ],
)
def test_no_name_in_a_funnel_is_written_over_another_or_over_a_site(points: list[tuple[float, float, str]]) -> None:
    svg = ElementTree.fromstring(drawings.funnel("Sites", points, LIMITS, target=0.45, across="cases"))
    names = {name for *_, name in points}
    boxes = []
    for one in svg.iter("{http://www.w3.org/2000/svg}text"):
        if one.text in names:
            x, y = float(one.attrib["x"]), float(one.attrib["y"])
            boxes.append((x, y - 11, x + 7 * len(one.text), y + 3))
    assert len(boxes) == len(points)
    assert all(x >= 0 and to <= drawings.WIDTH and y >= 0 for x, y, to, _ in boxes)
    dots = [
        (
            float(one.attrib["cx"]) - 5,
            float(one.attrib["cy"]) - 5,
            float(one.attrib["cx"]) + 5,
            float(one.attrib["cy"]) + 5,
        )
        for one in svg.iter("{http://www.w3.org/2000/svg}circle")
    ]
    for one in svg.iter("{http://www.w3.org/2000/svg}text"):
        assert (one.attrib.get("paint-order") == "stroke") is (one.text in names), "no limit is drawn through a name"
    crossed = [(a, b) for a, b in combinations([*boxes, *dots], 2) if (a in boxes or b in boxes) and _cross(a, b)]
    assert not crossed


def _cross(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_an_axis_says_numbers_as_the_tables_beside_it_do() -> None:
    drawn = drawings.cloud("A plane", [(-30.0, -2_500.0), (30.0, 1_500_000.0)], across="more", upward="up", said="So.")
    assert ">−20<" in drawn
    assert ">500,000<" in drawn
    assert not re.search(r">-|>[^<]*e\+", drawn), "a hyphen is no minus, and nobody reads 1e+06"
