"""Who belongs together when pairs contradict each other: a chain of likenesses never joins two who are apart.

A joins B and B joins C; where A and C are known to be two (twins, a father and a son of one name), B cannot be both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Edge = tuple[int, int, float]
"""Two records, the smaller first, and the weight in bits with which they are one."""

NEARLY = 3.0
"""Bits: a record that fits two people who are apart, and fits neither better by this, says nothing about either."""


def untied(edges: Sequence[Edge], apart: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return for each record the smallest record of its group; no group holds two that are apart.

    The strongest likeness joins first. A record that fits two who are apart about equally well joins neither by that.
    """
    enemies: dict[int, set[int]] = {}
    for one, other in apart:
        enemies.setdefault(one, set()).add(other)
        enemies.setdefault(other, set()).add(one)
    groups: dict[int, set[int]] = {record: {record} for one, other, _ in edges for record in (one, other)}
    for one, other, _ in sorted(_telling(edges, enemies), key=lambda edge: (-round(edge[2], 6), edge[0], edge[1])):
        mine, theirs = groups[one], groups[other]
        if mine is not theirs and not any(enemies.get(record, set()) & theirs for record in mine):
            mine |= theirs
            groups |= dict.fromkeys(theirs, mine)
    return {record: min(group) for record, group in groups.items()}


def _telling(edges: Sequence[Edge], enemies: Mapping[int, set[int]]) -> list[Edge]:
    """Return the edges without those of a record that fits two who are apart and neither better."""
    weight: dict[int, dict[int, float]] = {}
    for one, other, bits in edges:
        weight.setdefault(one, {})[other] = bits
        weight.setdefault(other, {})[one] = bits
    torn = {
        (record, one)
        for record, known in weight.items()
        for one, bits in known.items()
        for other in enemies.get(one, set()) & known.keys()
        if abs(bits - known[other]) < NEARLY
    }
    return [edge for edge in edges if (edge[0], edge[1]) not in torn and (edge[1], edge[0]) not in torn]
