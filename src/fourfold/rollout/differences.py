"""What two versions of a plan say otherwise, and which figure a change moves most. No framework, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fourfold.rollout.rules import ASSUMPTIONS
from fourfold.rollout.terms import Figure
from fourfold.words import Word, financial_year

YEAR = Word("Year to plan for")


def changed(
    before: Mapping[str, int], after: Mapping[str, int], years: tuple[int | None, int]
) -> tuple[tuple[Word, str, str], ...]:
    """Return the year and what is assumed otherwise than before, each as it was and is; empty where nothing was said."""
    then, now = years
    moved = () if then in (None, now) else ((YEAR, financial_year(then or now), financial_year(now)),)
    return moved + tuple(
        (ASSUMPTIONS[key].words, _said(before, key), _said(after, key))
        for key in ASSUMPTIONS
        if before.get(key) != after.get(key)
    )


def _said(assumed: Mapping[str, int], key: str) -> str:
    return f"{assumed[key]:,}" if key in assumed else ""


def how_far(before: int, after: int) -> float:
    """Return how far a number moved, as a share of what it was."""
    return abs(after - before) / max(before, 1)


def moved_most(before: Sequence[Figure], after: Sequence[Figure]) -> list[tuple[str, int, int]]:
    """Return the figure whose middle moved furthest, with both middles; nothing where none moved."""
    pairs = [(one.what, one.range.middle, two.range.middle) for one, two in zip(before, after, strict=True)]
    return sorted((one for one in pairs if one[1] != one[2]), key=lambda one: -how_far(one[1], one[2]))[:1]
