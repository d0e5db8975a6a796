"""FEBRL 1 and 2, whose truth is published: nobody who is two is joined, and whom the rules keep apart a person still sees."""

from __future__ import annotations

import pytest

from bench import febrl
from bench.linking import quality


@pytest.mark.parametrize(
    ("name", "telling", "joins", "shows"),
    [("febrl1", True, 0.975, 0.998), ("febrl1", False, 0.9, 0.99), ("febrl2", True, 0.955, 0.998)],
    ids=["with the telling number", "without it", "with five records of one person"],
)
def test_the_floors_on_febrl(name: str, telling: bool, joins: float, shows: float) -> None:
    rows, truth = febrl.loaded(name)
    joined, shown = (quality(found, truth) for found in febrl.ours(rows, telling))
    others = [quality(found(rows, telling), truth) for found in (febrl.bare_splink, febrl.by_recordlinkage)]
    assert joined[0] == 1.0, "no two people are joined"
    assert joined[2] >= joins
    assert shown[2] >= shows
    assert shown[0] == 1.0, "nor are two people shown as one"
    assert all(shown[1] >= each[1] and shown[2] >= each[2] for each in others), "a person sees what others would join"
