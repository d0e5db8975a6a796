"""What one new site should expect, given few sites: a Bayesian predictive distribution on a grid.

With three sites the textbook prediction interval runs from a hazard ratio of 0.03 to 30 and says nothing. A
half-normal prior on the spread between sites says that effects of one programme do not differ wildly; its
scale is an assumption, so three are always shown. Source: Friede, Roever, Wandel & Neuenschwander 2017.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.pooling import read_sites
from fourfold.stats.terms import Estimate, NotANumber, OneGroupOnly, OutOfRange, Printed

SCALES = (0.25, 0.5, 1.0)
GRID = 4000


@dataclass(frozen=True, eq=False)
class NormalMixture:
    """A distribution made of normal ones, with weights that sum to one; arrays have shape (parts,)."""

    weights: FloatArray
    means: FloatArray
    deviations: FloatArray

    def mean(self) -> float:
        return float(self.weights @ self.means)

    def standard_deviation(self) -> float:
        return math.sqrt(float(self.weights @ (self.deviations**2 + self.means**2)) - self.mean() ** 2)

    def probability_below(self, value: float) -> float:
        """Give the probability of a value below the one named. Raises NotANumber where it is none."""
        value = inputs.number("value", value)
        if math.isnan(value):
            raise NotANumber("value", "is missing", "Name the value, such as 0 for a ratio of 1")
        return float(self.weights @ scipy.special.ndtr((value - self.means) / self.deviations))

    def quantile(self, share: float) -> float:
        """Give the value below which the named share lies."""
        inputs.share("share", share)
        reach = 12 * float(np.max(self.deviations))
        low, high = float(np.min(self.means)) - reach, float(np.max(self.means)) + reach
        return float(scipy.optimize.brentq(lambda value: self.probability_below(value) - share, low, high, xtol=1e-10))

    def interval(self, level: float, method: str) -> Estimate:
        """Give the median with the equal-tailed interval."""
        tail = (1 - inputs.share("level", level)) / 2
        median, low, high = (self.quantile(share) for share in (0.5, tail, 1 - tail))
        return Estimate(median, low, high, level, method, self.standard_deviation())

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Draw values (count,), for planners that carry the uncertainty onwards."""
        part = rng.choice(self.weights.size, size=count, p=self.weights)
        return rng.normal(self.means[part], self.deviations[part])


@dataclass(frozen=True, eq=False)
class NewSitePrediction(Printed):
    """What the sites say about their mean, about themselves after shrinkage, and about one new site.

    `tau_scale` is the scale of the half-normal prior on the spread between sites: state it with every number.
    """

    prediction: Estimate
    mean: Estimate
    tau: Estimate
    sites: tuple[Estimate, ...]
    tau_scale: float
    new_site: NormalMixture
    average: NormalMixture

    def probability_below(self, value: float = 0.0) -> float:
        """Give the probability that a new site's effect lies below a value (0: a hazard ratio below 1)."""
        return self.new_site.probability_below(value)


def predict_new_site(
    estimates: npt.ArrayLike,
    standard_errors: npt.ArrayLike,
    *,
    tau_scale: float = 0.5,
    mean_scale: float = math.inf,
    level: float = 0.95,
) -> NewSitePrediction:
    """Predict the true effect in one new site from a log ratio and its standard error for each site.

    Model: y ~ N(theta, se^2), theta ~ N(mu, tau^2), tau ~ half-normal(tau_scale), mu ~ N(0, mean_scale^2); an infinite
    scale is a flat prior, and a flat one on tau needs at least four sites. `estimates` and `standard_errors` have shape
    (sites,). The sites' own effects with the spread taken as known: `shrunken_estimates`. Source: Higgins, Thompson &
    Spiegelhalter 2009. Raises the refusals of `random_effects`.
    """
    y, v = read_sites(estimates, standard_errors)
    tau_scale, mean_scale = _scale("tau_scale", tau_scale), _scale("mean_scale", mean_scale)
    if tau_scale == math.inf and y.size < 4:
        raise OneGroupOnly("tau_scale", f"is infinite with {y.size} sites", "Give a scale such as 0.5")
    tau, width = _grid(y, v, tau_scale)
    weights, centre, precision = _posterior(y, v, tau, width, tau_scale, mean_scale)
    average = NormalMixture(weights, centre, np.sqrt(1 / precision))
    new_site = NormalMixture(weights, centre, np.sqrt(1 / precision + tau**2))
    prior = "flat" if tau_scale == math.inf else f"half-normal({tau_scale:g})"
    sites = [_site(y[j], v[j], tau, weights, centre, precision) for j in range(y.size)]
    return NewSitePrediction(
        prediction=new_site.interval(level, f"Bayesian predictive, tau {prior}"),
        mean=average.interval(level, f"Bayesian mean, tau {prior}"),
        tau=_tau(tau, width, weights, level, f"posterior of tau, {prior}"),
        sites=tuple(site.interval(level, f"shrunken site effect, tau {prior}") for site in sites),
        tau_scale=tau_scale,
        new_site=new_site,
        average=average,
    )


def prior_sensitivity(
    estimates: npt.ArrayLike, standard_errors: npt.ArrayLike, *, scales: tuple[float, ...] = SCALES, level: float = 0.95
) -> tuple[NewSitePrediction, ...]:
    """Predict a new site under each prior scale, to be shown side by side, since the scale is a choice.

    `estimates` and `standard_errors` (sites,); `scales` are the priors', in log units. Source: Röver et al. 2021.
    Raises the refusals of `predict_new_site`.
    """
    return tuple(
        predict_new_site(estimates, standard_errors, tau_scale=scale, level=level)
        for scale in inputs.several("scales", scales)
    )


def _scale(argument: str, value: float) -> float:
    """Read the scale of a prior: infinite, or no smaller than can be squared."""
    read = inputs.number(argument, value)
    if read != math.inf and inputs.positive(argument, read) < 1 / inputs.LARGEST:
        raise OutOfRange(argument, f"is {value}", "Give a scale in the unit of the estimates, such as 0.5")
    return read


def _grid(y: FloatArray, v: FloatArray, tau_scale: float) -> tuple[FloatArray, FloatArray]:
    """Give midpoints and widths of cells that are fine near zero and reach where nothing is left."""
    spread = max(float(np.ptp(y)), math.sqrt(float(np.max(v))))
    # sites that differ by more than the prior expects pull tau towards the root of scale times their distance
    pull = math.sqrt(tau_scale * float(np.linalg.norm(y - y.mean()))) if tau_scale != math.inf else 0.0
    top = 200 * spread if tau_scale == math.inf else 8 * tau_scale + pull
    edges = top * np.linspace(0, 1, GRID + 1) ** 2
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)


def _posterior(
    y: FloatArray, v: FloatArray, tau: FloatArray, width: FloatArray, tau_scale: float, mean_scale: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give each cell's posterior weight, and mu's mean and precision given tau; all (cells,)."""
    total = v + tau[:, None] ** 2
    w = 1 / total
    precision = w.sum(axis=1) + 1 / mean_scale**2
    centre = (w @ y) / precision
    distance = (w * (y - centre[:, None]) ** 2).sum(axis=1) + (centre / mean_scale) ** 2
    log = -(np.log(total).sum(axis=1) + distance + np.log(precision)) / 2
    log = log - tau**2 / (2 * tau_scale**2) + np.log(width)
    weights = np.exp(log - np.max(log))
    return weights / weights.sum(), centre, precision


def _site(
    y: float, v: float, tau: FloatArray, weights: FloatArray, centre: FloatArray, precision: FloatArray
) -> NormalMixture:
    """Shrink one site: between its own estimate and the mean, by how much sites differ."""
    own = tau**2 / (tau**2 + v)
    mean = own * y + (1 - own) * centre
    return NormalMixture(weights, mean, np.sqrt(own * v + (1 - own) ** 2 / precision))


def _tau(tau: FloatArray, width: FloatArray, weights: FloatArray, level: float, method: str) -> Estimate:
    tail = (1 - level) / 2
    reached = np.concatenate([[0.0], np.cumsum(weights)])
    edges = np.concatenate([[0.0], tau + width / 2])
    median, low, high = np.interp([0.5, tail, 1 - tail], reached, edges).tolist()
    return Estimate(median, low, high, level, method)
