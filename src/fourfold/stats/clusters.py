"""Errors by cluster, one way or two: how far the sums of influence within clusters vary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.few_clusters import INSTEAD, few, few_rows, ruled
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.terms import OneGroupOnly, WrongShape

WAYS = 2


def ways(cluster: Any, rows: int) -> dict[str, IntArray]:
    """Read the cluster of each row (rows,), or two ways to cluster by name; give each row's place in each."""
    if cluster is None:
        raise WrongShape("cluster", "is missing", "Name the cluster of each row")
    if not (isinstance(cluster, Mapping) or (getattr(cluster, "ndim", 1) == 2 and hasattr(cluster, "keys"))):
        return {"": _read("cluster", cluster, rows)}
    if not 0 < len(cluster.keys()) <= WAYS:
        raise WrongShape("cluster", f"names {len(cluster.keys())} ways", "Name one column, or two by name")
    return {str(name): _read(f"cluster[{name!r}]", cluster[name], rows) for name in cluster.keys()}  # noqa: SIM118 - a data frame is gone through by its keys


def _read(argument: str, cluster: Any, rows: int) -> IntArray:
    names, place = inputs.labels(argument, cluster, rows)
    if len(names) < 2:
        raise OneGroupOnly(argument, "holds one cluster", "Give at least two, better forty")
    return place


def clustered(influence: FloatArray, cluster: Any) -> tuple[FloatArray, int]:
    """Give the covariance (terms, terms) of sums of influence (rows, terms) by cluster, and the fewest clusters.

    Each sum is scaled by G/(G-1) of its own clusters. Two ways: the one plus the other less both at once (Cameron, Gelbach
    & Miller 2011; R's sandwich); a variance below zero, which three parts can leave, is lifted to zero as they propose.
    """
    found = list(ways(cluster, len(influence)).values())
    total = sum(_squared(influence, place) for place in found)
    if len(found) == WAYS:
        both = np.unique(found[0] * (int(found[1].max()) + 1) + found[1], return_inverse=True)[1]
        total = total - _squared(influence, both)
        values, vectors = np.linalg.eigh(total)
        total = vectors * np.maximum(values, 0) @ vectors.T if values[0] < 0 else total
    return np.asarray(total), min(int(place.max()) + 1 for place in found)


def _squared(influence: FloatArray, place: IntArray) -> FloatArray:
    groups = int(place.max()) + 1
    summed = np.zeros((groups, influence.shape[1]))
    np.add.at(summed, place, influence)
    return np.asarray(groups / (groups - 1) * summed.T @ summed)


def ruled_by(errors: str, names: tuple[str, ...], reach: FloatArray, cluster: Any) -> tuple[str, ...]:
    """Warn where robust errors of a term lean on one row or cluster; `reach` (rows, terms) as in `ruled`."""
    if errors == "classical":
        return ()
    places = ways(cluster, len(reach)) if errors == "cluster" else {"": np.arange(len(reach))}
    noun = "clusters" if errors == "cluster" else "rows"
    return tuple(said for way, place in places.items() for said in ruled(names, reach, place, f"{way} {noun}".strip()))


def few_of(errors: str, labels: tuple[str, ...], x: FloatArray, cluster: Any) -> tuple[str, ...]:
    """Warn where robust errors rest on few rows or clusters; the others do not lean on their number."""
    if errors == "cluster":
        found = ways(cluster, len(x))
        return tuple(
            said for name, place in found.items() for said in few(labels, x, place, f"{name} clusters".strip())
        )
    if errors in {"HC0", "HC1"}:
        return few(labels, x, np.arange(len(x)), "rows")
    if errors == "HC3":
        return few_rows(labels, x, np.ones(len(x)), instead=INSTEAD)
    return ()
