"""Is it worth its cost? The plane, the acceptability curve and the value of knowing more.

Uncertainty is carried by draws: people resampled within their sites, or draws of a model's parameters. A ratio of costs
to effects has no honest interval where draws lie in several quadrants of the plane; the curve has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.few_clusters import few_on_a_side
from fourfold.stats.inputs import FloatArray
from fourfold.stats.markov import Incremental, incremental
from fourfold.stats.terms import Estimate, OneGroupOnly, OutOfRange, WrongShape
from fourfold.stats.weights import read_arms

QUADRANTS = ("dearer and better", "cheaper and better", "cheaper and worse", "dearer and worse")


@dataclass(frozen=True, eq=False)
class CostEffectiveness:
    """Incremental costs and effects: the estimate and its draws (draws,), costs in one currency, effects in one unit."""

    estimate: Incremental
    costs: FloatArray
    effects: FloatArray
    method: str
    cautions: tuple[str, ...] = ()

    def quadrants(self) -> dict[str, float]:
        """Give the share of draws in each quadrant of the plane; a difference of zero counts as cheaper, or worse."""
        dear, good = self.costs > 0, self.effects > 0
        masks = (dear & good, ~dear & good, ~dear & ~good, dear & ~good)
        return {name: float(mask.mean()) for name, mask in zip(QUADRANTS, masks, strict=True)}

    def acceptability(self, willingness: npt.ArrayLike) -> FloatArray:
        """Give, at each price for a unit of effect (prices,), the probability that net benefit is above zero.

        At a price of zero that is the probability of saving money (van Hout et al. 1994; Fenwick et al. 2001).
        """
        prices = inputs.times("willingness", willingness)
        return np.array([float((price * self.effects - self.costs > 0).mean()) for price in prices])

    def net_benefit(self, willingness: float, *, level: float = 0.95) -> Estimate:
        """Give the net monetary benefit at one price, with the percentile interval of its draws."""
        price = inputs.times("willingness", [willingness])[0]
        draws = price * self.effects - self.costs
        tail = (1 - inputs.share("level", level)) / 2
        low, high = np.quantile(draws, [tail, 1 - tail]).tolist()
        method = f"net benefit at {price:g}, {self.method}"
        return Estimate(self.estimate.net_benefit(price), low, high, level, method, float(draws.std(ddof=1)))

    def value_of_information(self, willingness: float) -> float:
        """Give, for each person, what knowing everything would be worth (EVPI): never below zero."""
        price = inputs.times("willingness", [willingness])[0]
        draws = price * self.effects - self.costs
        return max(0.0, float(np.maximum(draws, 0).mean() - max(draws.mean(), 0.0)))


@dataclass(frozen=True, eq=False)
class Frontier:
    """For each price: each option's probability of being best (prices, options), and the one that is best on average.

    `frontier` (prices,) is that option's probability; `value_of_information` (prices,) what knowing more could be worth.
    """

    willingness: FloatArray
    probabilities: FloatArray
    best: tuple[int, ...]
    frontier: FloatArray
    value_of_information: FloatArray


def cost_effectiveness(
    costs: npt.ArrayLike,
    effects: npt.ArrayLike,
    treated: npt.ArrayLike,
    *,
    site: Any = None,
    cluster: Any = None,
    weights: npt.ArrayLike | None = None,
    resamples: int = 2000,
    seed: int | np.random.Generator = 1,
) -> CostEffectiveness:
    """Compare mean costs (people,) in one currency and effects (people,) by resampling people, treated and others, within their sites.

    `cluster` resamples whole clusters instead, as where a team treats many. `weights` are those of `propensity_weights`,
    taken as given. Costs and effects of a person stay together, so their correlation is kept (Briggs, Wonderling &
    Mooney 1997). Raises OneGroupOnly, and the refusals of reading columns.
    """
    arm = read_arms(treated)
    cost, effect = inputs.column("costs", costs, arm.size), inputs.column("effects", effects, arm.size)
    weight = inputs.weights(weights, arm.size)
    draws = _resampled(np.column_stack([cost, effect]), arm, weight, site, cluster, resamples, seed)
    point = _differences(np.column_stack([cost, effect]), arm, weight[None, :])[0]
    found = incremental(float(point[0]), float(point[1]), 0.0, 0.0)
    method = f"bootstrap of {resamples} samples of {'clusters' if cluster is not None else 'people within sites'}"
    result = _summarise(found, draws[:, 0], draws[:, 1], method)
    return replace(result, cautions=(*result.cautions, *_few(arm, cluster)))


def _few(arm: FloatArray, cluster: Any) -> list[str]:
    """Warn where few people, or few clusters, are on a side: a resample holds no other than they."""
    place = np.arange(arm.size) if cluster is None else inputs.labels("cluster", cluster, arm.size)[1]
    ever, groups = int(np.unique(place[arm == 1]).size), int(place.max()) + 1
    narrow, instead = "resamples of so few are too much alike", "use `cost_effectiveness_draws` of a model beside it"
    return few_on_a_side("treated", ever, groups, "people" if cluster is None else "clusters", instead, narrow)


def cost_effectiveness_draws(incremental_costs: npt.ArrayLike, incremental_effects: npt.ArrayLike) -> CostEffectiveness:
    """Read draws (draws,) of incremental costs and effects, such as those of a model's uncertain parameters (PSA).

    Costs in one currency, `incremental_effects` in one unit of effect. Source: Briggs, Sculpher & Claxton 2006. Raises
    WrongShape for draws that do not pair, OutOfRange for fewer than two.
    """
    costs = inputs.column("incremental_costs", incremental_costs)
    effects = inputs.column("incremental_effects", incremental_effects, costs.size)
    inputs.whole_number("incremental_costs", costs.size, least=2)
    found = incremental(float(costs.mean()), float(effects.mean()), 0.0, 0.0)
    return _summarise(found, costs, effects, f"{costs.size} draws")


def acceptability_frontier(costs: npt.ArrayLike, effects: npt.ArrayLike, willingness: npt.ArrayLike) -> Frontier:
    """Compare several options from draws (draws, options) of their costs and effects, at each price (prices,).

    The best option is the one with the highest mean net benefit, which need not be the likeliest to be best (Fenwick,
    Claxton & Sculpher 2001). `willingness` are the prices, in the costs' currency for a unit of effect. Raises
    WrongShape.
    """
    cost, effect = inputs.numbers("costs", costs), inputs.numbers("effects", effects)
    if cost.ndim != 2 or cost.shape != effect.shape or cost.shape[1] < 2 or not len(cost):
        raise WrongShape(
            "costs, effects", f"have shapes {cost.shape} and {effect.shape}", "Give (draws, options) twice"
        )
    for argument, values in (("costs", cost), ("effects", effect)):
        inputs.column(argument, values.ravel())
    prices = inputs.times("willingness", willingness)
    benefit = prices[:, None, None] * effect[None] - cost[None]
    mean = benefit.mean(axis=1)
    best = mean.argmax(axis=1)
    winners = benefit.argmax(axis=2)
    chances = np.array([(winners == option).mean(axis=1) for option in range(cost.shape[1])]).T
    information = np.maximum(benefit.max(axis=2).mean(axis=1) - mean.max(axis=1), 0.0)
    return Frontier(
        prices, inputs.frozen(chances), tuple(best.tolist()), chances[np.arange(prices.size), best], information
    )


def _summarise(found: Incremental, costs: FloatArray, effects: FloatArray, method: str) -> CostEffectiveness:
    result = CostEffectiveness(found, inputs.frozen(costs), inputs.frozen(effects), method)
    largest = max(result.quadrants().values())
    if largest >= 0.975:
        return result
    said = "draws lie in several quadrants: quote the acceptability curve, not an interval of the ratio"
    return CostEffectiveness(found, result.costs, result.effects, method, (said,))


def _resampled(
    values: FloatArray,
    arm: FloatArray,
    weight: FloatArray,
    site: Any,
    cluster: Any,
    resamples: int,
    seed: int | np.random.Generator,
) -> FloatArray:
    """Draw people (or clusters) within site and arm; give differences of means (resamples, 2)."""
    resamples = inputs.whole_number("resamples", resamples, least=99)
    rng = inputs.generator(seed)
    stratum = arm.astype(int)
    if site is not None:
        stratum = stratum + 2 * inputs.labels("site", site, arm.size)[1]
    unit = np.arange(arm.size) if cluster is None else inputs.labels("cluster", cluster, arm.size)[1]
    counts = np.zeros((resamples, arm.size))
    for label in np.unique(stratum):
        rows = np.flatnonzero(stratum == label)
        _, place = np.unique(unit[rows], return_inverse=True)
        size = int(place.max()) + 1
        if size < 2 and rows.size < arm.size:
            raise OneGroupOnly("site", "has a single unit in an arm", "Merge sites, or resample without them")
        counts[:, rows] = rng.multinomial(size, np.full(size, 1 / size), size=resamples)[:, place]
    return _differences(values, arm, counts * weight)


def _differences(values: FloatArray, arm: FloatArray, weights: FloatArray) -> FloatArray:
    means = []
    for side in (arm, 1 - arm):
        total = (weights * side).sum(axis=1, keepdims=True)
        if (total <= 0).any():
            raise OutOfRange("weights", "leave a resampled group without weight", "Trim the weights")
        means.append((weights * side) @ values / total)
    return np.asarray(means[0] - means[1])
