"""What the report estimates from the rows, by the plan; every method is one of `fourfold.stats`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from fourfold import stats
from fourfold.evaluation import overlap, rules, standardising
from fourfold.evaluation.plans import AnalysisPlan
from fourfold.evaluation.report import nulls
from fourfold.evaluation.terms import ExtractRow

SEED = 20_261_125
RESAMPLES = 199
Floats = np.ndarray
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Landmark:
    """The cases still without another act on the landmark day, by whether management had begun; arrays (people,)."""

    treated: Floats
    time: Floats
    event: Floats
    covariates: Floats
    names: tuple[str, ...]
    site: Floats
    rows: tuple[ExtractRow, ...]

    @property
    def fewest(self) -> int:
        """Give how many people the smaller group holds."""
        return int(min(self.treated.sum(), len(self.treated) - self.treated.sum()))


@dataclass(frozen=True)
class Standardised:
    """What the cases as they are would have seen if all or none had been managed from the first day."""

    per_hundred: stats.Estimate
    days: stats.Estimate
    without: float  # of 100 cases, had none been managed


def standardised(rows: Sequence[ExtractRow], fit: stats.CoxFit, horizon: int) -> Standardised:
    """Return the difference in cases with another act per 100, and in mean days without one, by the horizon.

    Managed less not managed, as `standardising` has it; the interval carries the uncertainty of the treatment's
    coefficient alone, and says so.
    """
    effect = fit.log_hazard_ratio("managed")
    none, found = _at(rows, fit, (effect.estimate, effect.low, effect.high), horizon)
    method = "standardised over the cases after Cox, custody competing; interval from the treatment's coefficient alone"

    def ordered(values: list[float]) -> stats.Estimate:
        return stats.Estimate(values[0], min(values[1:]), max(values[1:]), 0.95, method)

    return Standardised(
        ordered([100 * (risk - none[0]) for risk, _ in found]),
        ordered([days - none[1] for _, days in found]),
        100 * none[0],
    )


def absolute(
    rows: Sequence[ExtractRow], fit: stats.CoxFit, ratio: nulls.Detectable, horizon: int
) -> tuple[nulls.Detectable, nulls.Detectable]:
    """Return what detectable ratios are in cases with another act per 100, and in mean days without one."""
    none, found = _at(rows, fit, (math.log(ratio.low), math.log(ratio.high)), horizon)
    few, many = (100 * (risk - none[0]) for risk, _ in found)
    more, less = (days - none[1] for _, days in found)
    return (nulls.Detectable(few, many, 0.0, ratio.function), nulls.Detectable(less, more, 0.0, ratio.function))


def _at(
    rows: Sequence[ExtractRow], fit: stats.CoxFit, log_ratios: Sequence[float], horizon: int
) -> tuple[tuple[float, float], list[tuple[float, float]]]:
    """Return share and days had none been managed, and had all been with each log ratio."""
    table = rules.spells(rows)
    none, *found = (standardising.risk_and_days(table, fit, value, horizon) for value in (0.0, *log_ratios))
    return none, found


def followed_share(rows: Sequence[ExtractRow], horizon: int) -> float:
    """Return the share of cases whose answer by the horizon is known."""
    return sum(row.followed_days >= horizon or rules.days_at_risk(row)[1] for row in rows) / len(rows)


def site_effects(rows: Sequence[ExtractRow], plan: AnalysisPlan) -> dict[str, stats.Estimate | None]:
    """Return each site's log hazard ratio, or None where too few people or acts are under it."""
    return {
        name: effect_within([row for row in rows if row.site == name], plan, by_site=False)
        for name in sorted({row.site for row in rows})
    }


def effect_within(rows: Sequence[ExtractRow], plan: AnalysisPlan, *, by_site: bool = True) -> stats.Estimate | None:
    """Return the log hazard ratio among these cases, or None where it may not leave or cannot be computed."""
    if smallest(rows) < rules.FEWEST:
        return None
    try:
        overlap.require_overlap(rules.spells(rows))
        return rules.treatment_fit(rows, adjusted_for=plan.adjusted_for, by_site=by_site).log_hazard_ratio("managed")
    except stats.StatisticsError:
        return None


def smallest(rows: Sequence[ExtractRow]) -> int:
    """Return the smallest of: people observed under management, outside it, acts seen under management, outside it."""
    return min(rules.sides(rows))


def landmark(rows: Sequence[ExtractRow], plan: AnalysisPlan) -> Landmark:
    """Return the cases at risk after the landmark day: nobody's waiting counts as benefit."""
    day = plan.landmark_days
    left = tuple(row for row in rows if rules.days_at_risk(row)[0] > day)
    if not left:
        raise stats.EmptyInput("landmark", f"leaves no case after day {day}", "Choose an earlier day in the plan")
    table: dict[str, list[float]] = {}
    for row in left:
        for name, value in _baseline_values(row, plan.adjusted_for).items():
            table.setdefault(name, []).append(value)
    kept = {name: values for name, values in table.items() if np.ptp(values) > 0}
    times = [rules.days_at_risk(row) for row in left]
    return Landmark(
        np.array([row.managed_day is not None and row.managed_day <= day for row in left], dtype=float),
        np.array([last - day for last, _ in times], dtype=float),
        np.array([seen for _, seen in times], dtype=float),
        np.column_stack(list(kept.values())) if kept else np.empty((len(left), 0)),
        tuple(kept),
        np.array([row.site for row in left]),
        left,
    )


def _baseline_values(row: ExtractRow, names: Sequence[str]) -> dict[str, float]:
    every = {
        "level": {"level": rules.LEVELS[row.level]},
        "prior_acts": {"prior acts (log)": float(np.log1p(row.prior_acts))},
        "former_partner": {
            "former partner": float(row.former_partner is True),
            "not known whether former partner": float(row.former_partner is None),
        },
    }
    return {name: value for chosen in names for name, value in every[chosen].items()}


def weighting(mark: Landmark) -> stats.Weighting:
    """Return the overlap weights at the landmark; raises the refusals of `propensity_weights`."""
    return stats.propensity_weights(mark.treated, mark.covariates, names=mark.names)


def landmark_risk(mark: Landmark, plan: AnalysisPlan) -> stats.Estimate:
    """Return the weighted difference in risk per 100 from the landmark to the horizon, by refitting resamples."""
    risk = stats.weighted_risk_statistic(mark.time, mark.event, mark.treated, plan.horizon_days - plan.landmark_days)
    found = stats.bootstrap_weighted(
        risk, mark.treated, mark.covariates, names=mark.names, strata=mark.site, resamples=RESAMPLES, seed=SEED
    ).estimate
    return replace(
        found,
        estimate=100 * found.estimate,
        low=100 * found.low,
        high=100 * found.high,
        standard_error=None if found.standard_error is None else 100 * found.standard_error,
    )


def followed_and_not(mark: Landmark, plan: AnalysisPlan) -> tuple[int, int, int, int, int, int]:
    """Return events, people followed and people not followed to the horizon after the landmark: managed, then not.

    Custody counts as followed without another act: that is their outcome.
    """
    counts: list[int] = []
    for arm in (1.0, 0.0):
        rows = [row for row, treated in zip(mark.rows, mark.treated, strict=True) if treated == arm]
        events = [rules.first_event(row) for row in rows]
        inside = [(day, cause) for day, cause in events if cause and day <= plan.horizon_days]
        known = sum(row.followed_days >= plan.horizon_days or rules.first_event(row)[1] > 0 for row in rows)
        counts += [sum(cause == 1 for _, cause in inside), known, len(rows) - known]
    return counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]


def cost_draws(mark: Landmark, plan: AnalysisPlan) -> tuple[stats.CostEffectiveness, int]:
    """Return incremental cost and cases without another act among those followed to the horizon, and the smaller group."""
    minute = plan.prices.staff_minute if plan.prices else 0.0
    known = np.array([row.followed_days >= plan.horizon_days for row in mark.rows])
    if not known.any():
        raise stats.BeyondFollowUp("horizon", "was reached by no case", "Wait, or set an earlier horizon in the plan")
    kept = [row for row, inside in zip(mark.rows, known, strict=True) if inside]
    costs = np.array([row.staff_minutes * minute for row in kept])
    free = np.array(
        [not (rules.days_at_risk(row)[1] and rules.days_at_risk(row)[0] <= plan.horizon_days) for row in kept]
    )
    treated = mark.treated[known]
    covariates = mark.covariates[known]
    varied = np.ptp(covariates, axis=0) > 0
    weights = stats.propensity_weights(treated, covariates[:, varied]).weights
    found = stats.cost_effectiveness(
        costs, free.astype(float), treated, site=mark.site[known], weights=weights, resamples=500, seed=SEED
    )
    return found, int(min(treated.sum(), len(treated) - treated.sum()))


def tried(made: Callable[[], Result]) -> Result | str:
    """Return what was made, or in words why it cannot be."""
    try:
        return made()
    except stats.StatisticsError as why:
        return str(why)
