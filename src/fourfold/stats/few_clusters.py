"""When there are few clusters, or few on one side, it is said in words.

A cluster-robust t-test leans on many clusters on either side. With one treated unit of 27 it calls two of three nulls an
effect (MacKinnon & Webb 2017), so every estimator that uses it counts them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fourfold.stats.inputs import FloatArray, IntArray

FEWEST_CLUSTERS, FEWEST_ON_A_SIDE = 40, 10
#: Past this share in one cluster of fifty, noise is called an effect one time in ten; at four fifths, four times in ten.
LARGEST_SHARE = 0.15
#: Of what tells a term, in one row or cluster of forty and more; a normal covariate of forty rows has an eighth there.
LARGEST_PART = 0.3
CLAIMED = 0.05  # p below which an effect is read
INSTEAD = "use `randomisation_test`, or `wild_cluster_test`"
TOO_SMALL = "robust errors from so few on one side are far too small"
NOT_NORMAL = "the normal curve does not hold for so few on one side"
#: What holds for however few people have an event, in time or not.
EXACT_RATE = "give the exact `rate_ratio` of events to time beside it"


def few(names: Sequence[str], columns: FloatArray, cluster: IntArray, noun: str = "clusters") -> tuple[str, ...]:
    """Warn where clusters are few, or where few of them are on one side of a term of 0 and 1; `columns` (rows, terms)."""
    groups = int(cluster.max()) + 1
    said = [] if groups >= FEWEST_CLUSTERS else [_few_in_all(groups, noun)]
    said += giant(cluster, np.ones(len(cluster)), noun) if not said else []
    for name, column in zip(names, columns.T, strict=True):
        if not np.isin(column, (0, 1)).all() or np.ptp(column) == 0:
            continue
        said += few_on_a_side(name, int(np.unique(cluster[column == 1]).size), groups, noun)
    return tuple(said)


def giant(cluster: IntArray, counts: FloatArray, noun: str, instead: str = INSTEAD) -> list[str]:
    """Warn where one of many clusters holds so many of the rows that the others hardly count."""
    sizes = np.bincount(cluster, counts)
    if (share := sizes.max() / sizes.sum()) <= LARGEST_SHARE:
        return []
    return [f"one of {sizes.size} {noun} holds {share:.0%} of the rows: robust errors come out too small, {instead}"]


def ruled(names: Sequence[str], reach: FloatArray, place: IntArray, noun: str) -> list[str]:
    """Warn where one of many rows or clusters tells most of a term (partial leverage; MacKinnon, Nielsen & Webb 2023).

    `reach` (rows, terms) is by how much each row's outcome moves each coefficient.
    """
    if (groups := int(place.max()) + 1) < FEWEST_CLUSTERS:
        return []
    parts = {name: np.bincount(place, column**2) for name, column in zip(names, reach.T, strict=True)}
    shares = {name: part.max() / part.sum() for name, part in parts.items() if name != "intercept" and part.any()}
    because = f"robust errors come out too small, {INSTEAD}"
    return [
        f"one of {groups} {noun} tells {share:.0%} of {name}: {because}"
        for name, share in shares.items()
        if share > LARGEST_PART
    ]


def unequal(weights: FloatArray) -> list[str]:
    """Warn where weights (rows,) leave few rows that count (Kish 1965)."""
    rows, worth = int((weights > 0).sum()), weights.sum() ** 2 / (weights @ weights)
    if worth >= rows / 2:
        return []
    most = weights.max() / weights.sum()
    return [
        f"the weights make {rows} rows worth {worth:.0f}, the heaviest holds {most:.0%}: errors come out too small, fit it "
        "without weights beside it"
    ]


def heavy(squares: FloatArray) -> list[str]:
    """Warn where one of many rows makes most of the (weighted) squares (rows,) that are left unexplained."""
    part = squares.max() / squares.sum() if squares.any() else 0.0
    if (rows := int((squares > 0).sum())) < FEWEST_CLUSTERS or part <= LARGEST_PART:
        return []
    return [
        f"one of {rows} rows makes {part:.0%} of the squares that are left: an interval of means leans on many rows alike, "
        "compare logarithms or shares beside it"
    ]


def alike(residuals: FloatArray) -> list[str]:
    """Warn where rows that stand side by side are alike, as the rows of one unit are that nobody named."""
    along, rows = residuals - residuals.mean(), residuals.size
    lag = float(along[1:] @ along[:-1]) / max(float(along @ along), 1e-300)
    if rows < FEWEST_CLUSTERS or lag < max(LARGEST_PART, 4 / math.sqrt(rows)):
        return []
    return [
        f"rows side by side are alike (correlation {lag:.2f}): if they are of one unit, or in order of time, errors come out "
        "too small, name the unit in `cluster`"
    ]


def few_rows(
    names: Sequence[str], columns: FloatArray, counts: FloatArray, noun: str = "rows", instead: str = EXACT_RATE
) -> tuple[str, ...]:
    """Warn where a term of 0 and 1 has few people on a side; `columns` (rows, terms), `counts` (rows,) are people."""
    total, said = round(float(counts.sum())), []
    for name, column in zip(names, columns.T, strict=True):
        if np.isin(column, (0, 1)).all():
            said += few_on_a_side(name, round(float(counts @ column)), total, noun, instead, NOT_NORMAL)
    return tuple(said)


def few_on_a_side(
    name: str, ever: int, groups: int, noun: str, instead: str = INSTEAD, because: str = TOO_SMALL
) -> list[str]:
    """Warn where a term is 1 at some time in few clusters, or never in few."""
    never = groups - ever
    if ever < FEWEST_ON_A_SIDE:
        said = f"{name} rests on {ever} of {groups} {noun}"
    elif 0 < never < FEWEST_ON_A_SIDE:
        said = f"{name} is compared with {never} of {groups} {noun}"
    else:
        return []
    return [f"{said}: {because}, {instead}"]


def _few_in_all(groups: int, noun: str) -> str:
    return (
        f"{groups} {noun}: with fewer than {FEWEST_CLUSTERS} robust errors come out too small, use `wild_cluster_test`"
    )
