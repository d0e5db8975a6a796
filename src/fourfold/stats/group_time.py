"""Areas that start at different times: an effect for each starting group in each period, and averages of them.

Callaway & Sant'Anna 2021. Each group is compared with areas that have not started, never with areas that have, so
that effects which grow or fade do not bias one another. Assumes parallel trends from the period before the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import conditional_trends, inputs
from fourfold.stats.few_clusters import CLAIMED, few_on_a_side
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import Terms, chi_squared, normal_estimate
from fourfold.stats.panels import Panel, read_panel
from fourfold.stats.terms import Estimate, NotIdentified, OneGroupOnly, TestResult, UnknownChoice

CONTROLS = ("never treated", "not yet treated")
BASES = ("varying", "universal")
AGGREGATIONS = ("simple", "dynamic", "group", "calendar")
# Quartiles of the normal distribution: the bootstrap's spread is read from them, as the authors do.
QUARTILE_SPAN = 1.3489795003921634
NO_ERROR = 1e-12
PERHAPS = 0.2  # of trends before the start: such tests seldom see a drift that makes half of an effect (Roth 2022)


@dataclass(frozen=True, eq=False)
class Aggregation(Terms):
    """The overall average with what it averages: by event time, group or calendar period (`keys`)."""

    overall: Estimate
    keys: tuple[float, ...]
    estimates: tuple[Estimate, ...]
    kind: str
    influence: FloatArray

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("overall", *(f"{key:g}" for key in self.keys))

    @property
    def cautions(self) -> tuple[str, ...]:
        return self.overall.cautions

    def term(self, name: str) -> Estimate:
        """Give the "overall" average, or one part by its key in words ("-1", "2004")."""
        return (self.overall, *self.estimates)[self.names.index(inputs.choice("name", name, self.names))]

    def at(self, key: float) -> Estimate:
        """Give one part: an event time (0 is the first treated period), a group or a calendar period."""
        if key not in self.keys:
            raise UnknownChoice("key", f"{key} is not there", f"Choose among {', '.join(f'{k:g}' for k in self.keys)}")
        return self.estimates[self.keys.index(key)]

    def uniform_band(self, *, resamples: int = 999, seed: int | np.random.Generator = 1) -> tuple[Estimate, ...]:
        """Give every part a band that holds all parts at once, by multiplier bootstrap of the influence functions.

        Callaway & Sant'Anna 2021, algorithm 1, with Mammen's two-point multipliers.
        """
        resamples = inputs.whole_number("resamples", resamples, least=99)
        level = self.overall.level
        draws = _multipliers(self.influence, resamples, inputs.generator(seed))
        high, low = np.quantile(draws, [0.75, 0.25], axis=0)
        error = (high - low) / QUARTILE_SPAN
        there = error > 1e-12
        if not there.any():
            raise NotIdentified("outcome", "shows nothing of how units vary", "Compare several units on each side")
        critical = float(np.quantile(np.abs(draws[:, there] / error[there]).max(axis=1), level))
        return tuple(
            Estimate(
                found.estimate, found.estimate - critical * e, found.estimate + critical * e, level, "uniform band", e
            )
            for found, e in zip(self.estimates, error.tolist(), strict=True)
        )


@dataclass(frozen=True, eq=False)
class GroupTimeEffects(Terms):
    """One effect for each starting group and period (pairs,), with each unit's influence on it (units, pairs).

    `cautions` says in words what was left out and what is fragile.
    """

    groups: FloatArray
    periods: FloatArray
    effects: FloatArray
    influence: FloatArray
    first: FloatArray
    level: float
    method: str
    cautions: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(f"{group:g} in {period:g}" for group, period in zip(self.groups, self.periods, strict=True))

    def term(self, name: str) -> Estimate:
        """Give the effect on one group in one period by name ("2004 in 2006")."""
        place = self.names.index(inputs.choice("name", name, self.names))
        return self.effect(float(self.groups[place]), float(self.periods[place]))

    @property
    def standard_errors(self) -> FloatArray:
        """Give the analytic standard errors (pairs,), units being independent."""
        return np.sqrt((self.influence**2).sum(axis=0)) / len(self.influence)

    def effect(self, group: float, period: float) -> Estimate:
        """Give the effect on the group that started in `group`, in one period."""
        group, period = inputs.number("group", group), inputs.number("period", period)
        found = np.flatnonzero((self.groups == group) & (self.periods == period))
        if not found.size:
            raise UnknownChoice(
                "group, period", f"{group:g}, {period:g} is not there", "Choose a pair that was estimated"
            )
        error = float(self.standard_errors[found[0]])
        return _with_error(float(self.effects[found[0]]), error, self.level, self.method, self.cautions)

    def aggregate(self, kind: str = "simple") -> Aggregation:
        """Average the effects: "simple" over all treated pairs, by "dynamic" event time, by "group", by "calendar".

        Weights are the groups' sizes, whose own sampling error is counted (Callaway & Sant'Anna 2021, section 3).
        """
        inputs.choice("kind", kind, AGGREGATIONS)
        treated = self.periods >= self.groups
        if kind == "simple":
            return self._together(kind, (), [treated], whole=True)
        label = {"dynamic": self._event_times(), "group": self.groups, "calendar": self.periods}[kind]
        chosen = np.ones(treated.size, dtype=bool) if kind == "dynamic" else treated
        keys = tuple(np.unique(label[chosen]).tolist())
        return self._together(kind, keys, [chosen & (label == key) for key in keys], whole=False)

    def pre_trends(self) -> TestResult:
        """Test that all effects before the start are zero: a low p-value speaks against parallel trends.

        A high one proves nothing. Raises OneGroupOnly where no period lies before the base, NotIdentified where
        there are too few units to estimate their covariance.
        """
        before = self.periods < self.groups
        before &= self.standard_errors > 0
        if not before.any():
            raise OneGroupOnly("period", "holds nothing before the base period", "Give earlier periods")
        psi = self.influence[:, before]
        covariance = psi.T @ psi / len(psi) ** 2
        if np.linalg.matrix_rank(covariance) < len(covariance):
            raise NotIdentified("unit", "are too few to test so many periods", "Look at the event study instead")
        statistic = float(self.effects[before] @ np.linalg.solve(covariance, self.effects[before]))
        freedom = int(before.sum())
        return chi_squared(statistic, freedom, "Wald test of the pre-trends")

    def _event_times(self) -> FloatArray:
        """Count periods since the start; in years, months or whatever the periods are in."""
        return self.periods - self.groups

    def _sizes(self) -> FloatArray:
        return np.array([(self.first == group).mean() for group in self.groups])

    def _together(
        self, kind: str, keys: tuple[float, ...], masks: Sequence[npt.NDArray[np.bool_]], *, whole: bool
    ) -> Aggregation:
        parts = [self._mean(mask) for mask in masks]
        values = np.array([value for value, _ in parts])
        influence = np.column_stack([psi for _, psi in parts])
        method = f"{self.method}, {kind} average"
        found = tuple(self._estimate(v, psi, method) for v, psi in zip(values.tolist(), influence.T, strict=True))
        if whole:
            return Aggregation(found[0], (), (), kind, influence)
        counted = np.array([kind != "dynamic" or key >= 0 for key in keys])
        shares, share_influence = self._shares(kind, keys, counted)
        overall = float(shares @ values)
        psi = influence @ shares + share_influence @ values
        return Aggregation(self._estimate(overall, psi, method), keys, found, kind, influence)

    def _mean(self, mask: npt.NDArray[np.bool_]) -> tuple[float, FloatArray]:
        """Average the pairs of a mask by group size, with the influence of units through effects and sizes."""
        weights, moved = _size_weights(self._sizes()[mask], self._membership(self.groups[mask]))
        effects = self.effects[mask]
        return float(weights @ effects), self.influence[:, mask] @ weights + moved @ effects

    def _shares(
        self, kind: str, keys: tuple[float, ...], counted: npt.NDArray[np.bool_]
    ) -> tuple[FloatArray, FloatArray]:
        """Give each part's share of the overall average and its influence: groups by size, others alike."""
        if kind == "group":
            sizes = np.array([(self.first == key).mean() for key in keys])
            return _size_weights(sizes, self._membership(np.array(keys)))
        return counted / counted.sum(), np.zeros((len(self.influence), counted.size))

    def _membership(self, groups: FloatArray) -> FloatArray:
        return (self.first[:, None] == groups[None, :]).astype(float)

    def _estimate(self, value: float, psi: FloatArray, method: str) -> Estimate:
        return _with_error(value, float(np.sqrt(psi @ psi)) / psi.size, self.level, method, self.cautions)


def group_time_effects(
    outcome: npt.ArrayLike,
    unit: Any,
    period: npt.ArrayLike,
    first_treated: npt.ArrayLike,
    *,
    controls: str = "never treated",
    covariates: Any = None,
    names: Sequence[str] | None = None,
    base: str = "varying",
    anticipation: float = 0,
    est_method: str = "dr",
    level: float = 0.95,
) -> GroupTimeEffects:
    """Estimate each starting group's effect in each period against units that have not started.

    Rows are one for each unit and period of a balanced panel; `first_treated` repeats on a unit's rows (0, infinity or
    missing for never). `controls`: "never treated" or "not yet treated". Before the start, "varying" compares
    neighbouring periods, "universal" all with the last one before the start less `anticipation` periods. With
    `covariates` (their value in a unit's first row counts) trends need be parallel only given them, by
    `est_method`: "dr" doubly robust, "reg" outcome regression, "ipw" weighting (Sant'Anna & Zhao 2020). `outcome` and the other columns have shape (rows,), effects the outcome's unit. Source:
    Callaway & Sant'Anna 2021. Raises OneGroupOnly without controls, WrongShape for an unbalanced panel, NotIdentified.
    """
    inputs.choice("controls", controls, CONTROLS)
    inputs.choice("base", base, BASES)
    inputs.choice("est_method", est_method, tuple(conditional_trends.EST_METHODS))
    anticipation = inputs.not_negative("anticipation", anticipation)
    panel = read_panel(outcome, unit, period, first_treated)
    x = None if covariates is None else _unit_covariates(covariates, names, unit, period)
    pairs, dropped = plan_pairs(panel, base=base, anticipation=anticipation)
    kept, effects, influences = [], [], []
    for group, when, since in pairs:
        members, others = compared_units(panel, group, when, since, controls, anticipation)
        if not others.any():
            continue
        change = panel.values[:, when] - panel.values[:, since]
        effect, psi = _two_group(change, members, others, x, est_method)
        kept.append((group, panel.periods[when]))
        effects.append(effect)
        influences.append(psi)
    if not kept:
        raise OneGroupOnly(
            "first_treated", f"leaves no {controls} units to compare with", "Give units that start later or never"
        )
    table = np.array(kept)
    said = f"Callaway-Sant'Anna, {controls}{f', {conditional_trends.EST_METHODS[est_method]}' if x is not None else ''}"
    cautions = _cautions(panel, dropped, len(pairs) - len(kept), controls)
    made = GroupTimeEffects(
        groups=inputs.frozen(table[:, 0].copy()), periods=inputs.frozen(table[:, 1].copy()),
        effects=inputs.frozen(np.array(effects)), influence=inputs.frozen(np.column_stack(influences)),
        first=panel.first, level=inputs.share("level", level), method=said, cautions=cautions,
    )  # fmt: skip
    return replace(made, cautions=(*cautions, *_before(made, panel)))


def _before(made: GroupTimeEffects, panel: Panel) -> list[str]:
    """Warn where an effect is claimed and the groups differed before their start, by an F-test of few units' freedom."""
    claimed, never = made.aggregate().overall.p_value, int((panel.first == np.inf).sum())
    with suppress(OneGroupOnly, NotIdentified):
        test, fewest = made.pre_trends(), min(panel.first.size - never, never or panel.first.size)
        freedom = test.degrees_of_freedom
        p_value = scipy.special.fdtrc(freedom, max(fewest - freedom, 1), test.statistic / freedom)
        if claimed is not None and claimed < CLAIMED and p_value < PERHAPS:
            return [
                f"the groups may have differed before their start (`pre_trends`, p = {p_value:.1g}): show those periods"
            ]
    return []


def _with_error(value: float, error: float, level: float, method: str, cautions: tuple[str, ...]) -> Estimate:
    """Give an estimate with its cautions; without limits where units show nothing of how they vary."""
    if error > NO_ERROR * abs(value):
        return replace(normal_estimate(value, error, level, method), cautions=cautions)
    said = "one unit on each side, or units all alike, show nothing of how units vary: there is no interval"
    return Estimate(value, np.nan, np.nan, level, method, np.nan, cautions=(said, *cautions))


def plan_pairs(panel: Panel, *, base: str, anticipation: float) -> tuple[list[tuple[float, int, int]], list[float]]:
    """List (group, place of the period, place of its base period), and the groups with no period before the start."""
    pairs, dropped = [], []
    for group in panel.groups:
        last = int(np.searchsorted(panel.periods, group - anticipation)) - 1
        if last < 0:
            dropped.append(group)
            continue
        for when in range(panel.periods.size):
            before = panel.periods[when] < group - anticipation
            since = when - 1 if before and base == "varying" else last
            if since >= 0 and since != when:
                pairs.append((group, when, since))
    return pairs, dropped


def compared_units(
    panel: Panel, group: float, when: int, since: int, controls: str, anticipation: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Mark the group's units and those that serve as its controls between two periods."""
    others = np.isinf(panel.first)
    if controls == "not yet treated":
        others = others | (panel.first > panel.periods[max(when, since)] + anticipation)
    return panel.first == group, others & (panel.first != group)


def _two_group(
    change: FloatArray,
    members: npt.NDArray[np.bool_],
    others: npt.NDArray[np.bool_],
    x: FloatArray | None,
    est_method: str,
) -> tuple[float, FloatArray]:
    """Compare two groups' changes; give the effect and every unit's influence on it (units,)."""
    psi = np.zeros(change.size)
    if x is not None:
        both = members | others
        effect, inner = conditional_trends.compare(change[both], members[both].astype(float), x[both], est_method)
        psi[both] = inner * change.size / both.sum()
        return effect, psi
    one, other = change[members].mean(), change[others].mean()
    psi[members] = (change[members] - one) * change.size / members.sum()
    psi[others] = -(change[others] - other) * change.size / others.sum()
    return float(one - other), psi


def _size_weights(sizes: FloatArray, membership: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give weights in proportion to the groups' sizes, and each unit's influence on them (units, parts)."""
    total = sizes.sum()
    excess = membership - sizes[None, :]
    return sizes / total, excess / total - excess.sum(axis=1, keepdims=True) * sizes[None, :] / total**2


def _multipliers(influence: FloatArray, resamples: int, rng: np.random.Generator) -> FloatArray:
    """Draw Mammen's two-point multipliers for units; give the resampled means (resamples, parts)."""
    root = np.sqrt(5)
    high = rng.random((resamples, len(influence))) < (root - 1) / (2 * root)
    draws = np.where(high, (1 + root) / 2, (1 - root) / 2)
    return np.asarray(draws @ influence / len(influence))


def _unit_covariates(covariates: Any, names: Sequence[str] | None, unit: Any, period: npt.ArrayLike) -> FloatArray:
    rows = np.asarray(unit).size
    _, x = inputs.covariates(covariates, names, rows)
    _, place = inputs.labels("unit", unit, rows)
    order = np.lexsort((np.asarray(period, dtype=float), place))
    firsts = order[np.unique(place[order], return_index=True)[1]]
    own = x[firsts]
    spread = own.std(axis=0)
    return (own - own.mean(axis=0)) / np.where(spread > 0, spread, 1)  # the unit of a covariate changes no effect


def _cautions(panel: Panel, dropped: list[float], uncompared: int, controls: str) -> tuple[str, ...]:
    said = [f"units that started in {group:g} have no earlier period and are left out" for group in dropped]
    if uncompared:
        said.append(f"{uncompared} pairs of group and period have no {controls} units and are left out")
    small = [f"{group:g}" for group in panel.groups if (panel.first == group).sum() < 5]
    if small:
        said.append(f"groups of under five units ({', '.join(small)}): use `randomisation_test` for p-values")
    ever, units = int(np.isfinite(panel.first).sum()), panel.first.size
    said += few_on_a_side("the effect", ever, units, "units", "use `randomisation_test`")
    return tuple(said)
