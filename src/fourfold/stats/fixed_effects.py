"""Each unit against itself: a regression with an effect for each unit, of which what never changes is no part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.clusters import few_of, ways
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.least_squares import LinearFit, chosen_errors, fit_design
from fourfold.stats.terms import NotIdentified


def fixed_effects(
    outcome: npt.ArrayLike,
    covariates: Any,
    unit: Any,
    *,
    names: Sequence[str] | None = None,
    errors: str = "cluster",
    cluster: Any = None,
) -> LinearFit:
    """Fit an outcome (rows,) on covariates with an effect for each unit (rows,), by deviations from the unit's means.

    `errors` and `cluster` as in `linear_regression`, but by unit where nothing is named; where each unit lies within one
    cluster of one way, the effects count as one term (fixest), otherwise each counts. `r_squared` of the result is within units. `covariates` is a mapping
    or an array (rows, terms). Source: Wooldridge 2010, 10.5. Raises NotIdentified for a covariate that never changes
    within a unit, and the refusals of `linear_regression`.
    """
    y = inputs.column("outcome", outcome)
    labels, x = inputs.covariates(covariates, names, y.size)
    units, place = inputs.labels("unit", unit, y.size)
    errors = chosen_errors(errors, cluster)
    by = place if errors == "cluster" and cluster is None else cluster
    within = deviations(np.column_stack([y, x]), place)
    _require_change(labels, within[:, 1:], x)
    nested = errors == "cluster" and any(_within(place, way) for way in ways(by, y.size).values())
    fit = fit_design(
        within[:, 0], within[:, 1:], labels, errors=errors, cluster=by, absorbed=1 if nested else len(units)
    )
    said = f"fixed effects of {len(units)} units, {errors}"
    return replace(fit, method=said, cautions=(*fit.cautions, *few_of(errors, labels, x, by)))


def deviations(columns: FloatArray, place: IntArray) -> FloatArray:
    """Take the mean of each group off columns (rows, columns)."""
    sums = np.zeros((int(place.max()) + 1, columns.shape[1]))
    np.add.at(sums, place, columns)
    return np.asarray(columns - (sums / np.bincount(place)[:, None])[place])


def _within(place: IntArray, cluster: IntArray) -> bool:
    """Return whether all rows (rows,) of each unit are of one cluster."""
    seen = np.empty(int(place.max()) + 1, dtype=cluster.dtype)
    seen[place] = cluster
    return bool((seen[place] == cluster).all())


def _require_change(labels: tuple[str, ...], within: FloatArray, x: FloatArray) -> None:
    still = np.abs(within).max(axis=0) <= 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)
    if still.any():
        name = labels[int(np.argmax(still))]
        raise NotIdentified(f"covariates[{name!r}]", "never changes within a unit", "Leave it out")
