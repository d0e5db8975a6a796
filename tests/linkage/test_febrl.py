"""FEBRL 1, whose truth is published: nobody who is two is joined, and whom the rules keep apart a person still sees."""

from __future__ import annotations

import pytest

from bench import febrl
from bench.linking import quality


@pytest.mark.parametrize(
    ("telling", "joins", "shows"),
    [(True, 0.97, 0.99), (False, 0.89, 0.975)],
    ids=["with the telling number", "without it"],
)
def test_the_floors_on_febrl_1(telling: bool, joins: float, shows: float) -> None:
    rows, truth = febrl.loaded("febrl1")
    joined, shown = (quality(found, truth) for found in febrl.ours(rows, telling))
    bare = quality(febrl.bare_splink(rows, telling), truth)
    assert joined[0] == 1.0, "no two people are joined"
    assert joined[2] >= joins
    assert shown[2] >= shows
    assert shown[2] >= bare[2], "a person sees what bare Splink would have joined"
