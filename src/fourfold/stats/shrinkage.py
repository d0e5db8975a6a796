"""Each site drawn towards the mean of all, the further the less it knows itself; and how little its rank means.

Empirical Bayes: what sites have in common is estimated from them and then taken as known, so with few sites quote
`predict_new_site` first, which counts that it is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import generalised, inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.pooling import FEW_SITES, HETEROGENEITY, random_effects
from fourfold.stats.terms import Estimate, NotIdentified, OneGroupOnly, OutOfRange

UNTOLD = "no site can be told to be first or last: do not print a league table"


@dataclass(frozen=True, eq=False)
class ShrunkenSites:
    """One shrunken estimate for each site, in the order given, and what it was drawn towards.

    `own_share` (sites,) is how much of each estimate is the site's own: 1 not shrunken, 0 the mean. `cautions` must be
    read before a site is quoted.
    """

    sites: tuple[Estimate, ...]
    mean: float
    own_share: FloatArray
    method: str
    draw: Callable[[int, np.random.Generator], FloatArray]
    cautions: tuple[str, ...] = ()


def shrunken_estimates(
    estimates: npt.ArrayLike, standard_errors: npt.ArrayLike, *, heterogeneity: str = "REML", level: float = 0.95
) -> ShrunkenSites:
    """Estimate each site's effect by drawing its own towards their mean, as metafor's blup.

    `estimates` and `standard_errors` (sites,) in one unit, ratios as logarithms. `heterogeneity` as in `random_effects`;
    the error of the mean counts, that of the variance between sites does not. Source: Morris 1983; Raudenbush & Bryk
    1985. Raises the refusals of `random_effects`.
    """
    inputs.choice("heterogeneity", heterogeneity, HETEROGENEITY)
    fit = random_effects(estimates, standard_errors, heterogeneity=heterogeneity, interval="Wald", level=level)
    own = fit.tau_squared / (fit.tau_squared + fit.variances)
    centre = own * fit.effects + (1 - own) * fit.pooled.estimate
    error = np.sqrt(own * fit.variances + ((1 - own) * fit.wald_standard_error) ** 2)
    method, z = f"empirical Bayes, {heterogeneity}", inputs.critical_value(level)
    said = _few(fit.sites)
    sites = tuple(
        Estimate(c, c - z * e, c + z * e, level, method, e, cautions=said)
        for c, e in zip(centre.tolist(), error.tolist(), strict=True)
    )

    def draw(count: int, rng: np.random.Generator) -> FloatArray:
        # the sites share the error of their mean, which moves them together and so says nothing of their order
        mean = rng.normal(fit.pooled.estimate, fit.wald_standard_error, (count, 1))
        return rng.normal(own * fit.effects + (1 - own) * mean, np.sqrt(own * fit.variances))

    return ShrunkenSites(sites, fit.pooled.estimate, inputs.frozen(own), method, draw, said)


def shrunken_rates(events: npt.ArrayLike, exposure: npt.ArrayLike, *, level: float = 0.95) -> ShrunkenSites:
    """Estimate each site's rate of events by drawing its own towards the rate of all (Gamma-Poisson).

    `events` (sites,) are counts over `exposure` (sites,), such as person-days, or the events expected, and then rates are
    ratios to what was expected. The gamma distribution of rates is fitted by maximum likelihood. Source: Clayton & Kaldor
    1987. Raises NotIdentified where sites differ no more than chance lets them, OneGroupOnly for one site.
    """
    inputs.share("level", level)
    y = inputs.times("events", events)
    if not inputs.whole(y) or not y.any():
        raise OutOfRange("events", "are fractions, or nowhere any", "Give whole counts, one above zero")
    e = inputs.column("exposure", exposure, y.size)
    if (e <= 0).any():
        raise OutOfRange("exposure", "holds one that is not above zero", "Leave out sites that observed nobody")
    if y.size < 2:
        raise OneGroupOnly("events", "are of one site", "Shrinking needs at least two")
    shape, mean = _gamma(y, e)
    rate = shape / mean
    tail = (1 - level) / 2
    low, high = (scipy.special.gammaincinv(shape + y, share) / (rate + e) for share in (tail, 1 - tail))
    centre, error = (shape + y) / (rate + e), np.sqrt(shape + y) / (rate + e)
    said = _few(y.size)
    sites = tuple(
        Estimate(*row[:3], level, "empirical Bayes, Gamma-Poisson", row[3], cautions=said)
        for row in zip(centre.tolist(), low.tolist(), high.tolist(), error.tolist(), strict=True)
    )
    return ShrunkenSites(
        sites, mean, inputs.frozen(e / (rate + e)), "empirical Bayes, Gamma-Poisson",
        lambda count, rng: rng.gamma(shape + y, 1 / (rate + e), (count, y.size)), said,
    )  # fmt: skip


def rank_intervals(
    shrunken: ShrunkenSites, *, draws: int = 10_000, seed: int | np.random.Generator = 1, level: float = 0.95
) -> tuple[Estimate, ...]:
    """Give each site's expected rank, 1 the lowest, with the interval in which its rank lies.

    For whoever asks for a league: `draws` of all sites at once from what `shrunken` says of them. Source: Goldstein &
    Spiegelhalter 1996; Laird & Louis 1989. Raises WrongKind for what is no result of `shrunken_estimates` or
    `shrunken_rates`, OutOfRange.
    """
    inputs.kind("shrunken", shrunken, ShrunkenSites, "`shrunken_estimates`")
    tail = (1 - inputs.share("level", level)) / 2
    rng = inputs.generator(seed)
    drawn = shrunken.draw(inputs.whole_number("draws", draws, least=99), rng)
    # sites that do not differ at all are drawn alike: chance, not their place in the list, says which is before which
    ranks = np.lexsort((rng.random(drawn.shape), drawn), axis=1).argsort(axis=1) + 1
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
    sites = ranks.shape[1]
    told = ((low == high) & ((low == 1) | (low == sites))).any()
    said = (*shrunken.cautions, *(() if told else (UNTOLD,)))
    return tuple(
        Estimate(float(middle), float(one), float(other), level, "expected rank", float(error), cautions=said)
        for middle, one, other, error in zip(ranks.mean(axis=0), low, high, ranks.std(axis=0), strict=True)
    )


def _gamma(y: FloatArray, exposure: FloatArray) -> tuple[float, float]:
    """Give the shape and the mean of the rates' gamma distribution."""
    try:
        found = generalised.top_of(y, np.ones((y.size, 1)), np.log(exposure), "negative binomial", ("mean",))
    except NotIdentified as why:
        raise NotIdentified(
            "events", "differ between sites no more than chance lets them", "Quote one rate for all: `event_rate`"
        ) from why
    return float(found.theta or math.inf), math.exp(float(found.beta[0]))


def _few(sites: int) -> tuple[str, ...]:
    if sites >= FEW_SITES:
        return ()
    return (f"{sites} sites say little about how sites differ, so these intervals are too narrow",)
