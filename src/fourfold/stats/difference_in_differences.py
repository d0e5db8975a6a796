"""Before and after, with and without: the change among the treated less the change among the others.

With areas that start at different times use `group_time_effects`: two-way fixed effects then compares areas with
others that are treated already (Goodman-Bacon 2021), and is here to show by how much that matters.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.few_clusters import CLAIMED, FEWEST_CLUSTERS, few
from fourfold.stats.fixed_effects import deviations
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.least_squares import chosen_errors, fit_design, linear_regression, require_rank
from fourfold.stats.terms import Estimate, NotConverged, NotIdentified, OneGroupOnly, Printed

SWEEPS = 2000


@dataclass(frozen=True)
class TwoByTwo(Printed):
    """The four means, and the difference of their differences with its interval."""

    effect: Estimate
    treated_before: float
    treated_after: float
    control_before: float
    control_after: float


def two_by_two(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    after: npt.ArrayLike,
    *,
    errors: str | None = None,
    cluster: Any = None,
    level: float = 0.95,
) -> TwoByTwo:
    """Estimate an effect from two groups at two times; rows are people or places, in the outcome's unit.

    Assumes that without treatment both groups would have changed alike. `errors` as in `linear_regression`, but
    "classical" where nothing is named (Wooldridge, Introductory Econometrics, 13.2). All columns have shape (rows,);
    `treated` and `after` are 0 or 1, `cluster` names what was measured twice. Source: Angrist & Pischke 2009, 5.2.
    Raises OneGroupOnly where one of the four cells is empty.
    """
    y = inputs.column("outcome", outcome)
    arm, late = inputs.indicator("treated", treated, y.size), inputs.indicator("after", after, y.size)
    cells = [[y[(arm == a) & (late == t)] for t in (0, 1)] for a in (0, 1)]
    if any(not cell.size for group in cells for cell in group):
        raise OneGroupOnly("treated, after", "leave one of the four cells empty", "Give both groups at both times")
    errors = chosen_errors(errors, cluster) if errors or cluster is not None else "classical"
    terms = {"treated": arm, "after": late, "treated x after": arm * late}
    fit = linear_regression(y, terms, errors=errors, cluster=cluster)
    found = fit.estimate("treated x after", level)
    cautions = (*found.cautions, *(_of_how_many(arm) if cluster is None else ()))
    effect = replace(found, method=f"2x2, {errors} errors", cautions=cautions)
    (control_before, control_after), (treated_before, treated_after) = (
        tuple(float(cell.mean()) for cell in group) for group in cells
    )
    return TwoByTwo(effect, treated_before, treated_after, control_before, control_after)


def _of_how_many(arm: FloatArray) -> tuple[str, ...]:
    """Warn where rows are few on a side and may be of fewer places still, which only `cluster` would tell."""
    few_side, side = min((int(arm.sum()), "treated"), (int((1 - arm).sum()), "not treated"))
    if few_side >= FEWEST_CLUSTERS:
        return ()
    return (
        f"{few_side} rows are {side}, each taken as another unit: name what was measured twice in `cluster`, and use "
        "`randomisation_test` where few units were treated",
    )


def two_way_fixed_effects(
    outcome: npt.ArrayLike, unit: Any, period: npt.ArrayLike, treated: npt.ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Regress an outcome on treatment with an effect for each unit and each period; CRV1 errors by unit.

    Rows (rows,) may be unbalanced. Unit effects are nested in the clusters and do not count as terms, periods do (fixest's
    K.fixef = "nested"; plm's "sss" counts neither). Few units, or few treated, are counted in `cautions`.
    `treated` is 0 or 1. Source: Angrist & Pischke 2009, 5.1. Raises NotIdentified where treatment does not vary within
    units beyond the periods, OneGroupOnly for one unit.
    """
    y = inputs.column("outcome", outcome)
    d = inputs.column("treated", treated, y.size)
    _, place = inputs.labels("unit", unit, y.size)
    _, when = inputs.labels("period", period, y.size)
    within = _demeaned(np.column_stack([y, d]), place, when)
    if within[:, 1] @ within[:, 1] < 1e-12 * max(float(d @ d), 1e-300):
        raise NotIdentified(
            "treated", "follows from unit and period alone", "Give units that start and others that do not"
        )
    fit = fit_design(
        within[:, 0], within[:, 1:], ("treated",), errors="cluster", cluster=place, absorbed=int(when.max()) + 1
    )
    found = fit.estimate("treated", level)
    cautions = (
        *found.cautions,
        *few(("treated",), d[:, None], place, "units"),
        *_of_the_starts(found, y, d, place, when),
    )
    return replace(found, method="two-way fixed effects, CRV1", cautions=cautions)


def _of_the_starts(found: Estimate, y: FloatArray, d: FloatArray, place: IntArray, when: IntArray) -> list[str]:
    """Warn of starts at several times, and of an effect of which half may be a drift before the start.

    That is the drift by period and an error more, over the mean time since (after Rambachan & Roth 2023).
    """
    start, said = np.full(int(place.max()) + 1, np.inf), []
    np.minimum.at(start, place, np.where(d > 0, when, np.inf))
    ever, before = np.isfinite(start[place]), when < start[place]
    if (starts := np.unique(start[np.isfinite(start)]).size) > 1:
        said.append(
            f"units start at {starts} times: where effects grow or fade, or differ, this compares with units that are treated "
            "already, use `group_time_effects`"
        )
    lead = np.where(ever, when, 0.0)[before]
    if found.p_value is None or found.p_value >= CLAIMED or not lead.any():
        return said
    within = _demeaned(np.column_stack([y[before], lead]), place[before], when[before])
    with suppress(NotIdentified, OneGroupOnly):
        require_rank(within[:, 1:], ("lead",))
        fit = fit_design(within[:, 0], within[:, 1:], ("lead",), errors="cluster", cluster=place[before])
        drift, error = fit.with_error("lead")
        distance = when[d > 0].mean() - when[before & ever].mean()
        if (drift * math.copysign(1, found.estimate) + error) * distance >= abs(found.estimate) / 2:
            said.append(
                f"before their start treated units drew apart from the others by {drift:.2g} a period (error {error:.2g}): "
                "within its error that alone may be half of this effect, so show the periods before (`group_time_effects`)"
            )
    return said


def _demeaned(columns: FloatArray, place: npt.NDArray[np.intp], when: npt.NDArray[np.intp]) -> FloatArray:
    """Take out unit and period means in turn until nothing is left of either; one sweep in a balanced panel."""
    for _ in range(SWEEPS):
        before = columns
        for label in (place, when):
            columns = deviations(columns, label)
        if np.abs(columns - before).max() <= 1e-12 * (1 + np.abs(columns).max()):
            return columns
    raise NotConverged("unit", f"and period means did not settle in {SWEEPS} sweeps", "Link the units by more periods")
