"""Random-effects pooling of site estimates: REML, modified Knapp-Hartung, prediction intervals by name.

With three sites the usual Wald interval covers 86% and not 95%, so the default interval is Hartung-Knapp's
with max(1, q) (Roever, Knapp & Friede 2015). What a new area should expect is in `prediction.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import drawings, inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import HEAD, chi_squared, row
from fourfold.stats.terms import Estimate, OneGroupOnly, OutOfRange, Printed, TestResult, told

HETEROGENEITY = ("REML", "DL", "PM")
INTERVALS = ("modified Knapp-Hartung", "Knapp-Hartung", "Wald")
PREDICTIONS = ("t(k-2)", "t(k-1)", "z")
FEW_SITES = 10
MANY_ENOUGH, GIANT = 5, 0.6  # sites from which on two may not carry more of the weight
ALL_BUT_ALL = 0.95
FARTHEST = 1e9  # standard errors from zero


@dataclass(frozen=True, eq=False)
class RandomEffects(Printed):
    """The pooled estimate with what it was pooled from; arrays have shape (sites,).

    `tau_squared` is the variance between sites, `i_squared` its share of the total in percent,
    `heterogeneity` Cochran's Q. `fixed` is the estimate that would hold if all sites had one and the same
    effect.
    """

    pooled: Estimate
    fixed: Estimate
    tau_squared: float
    i_squared: float
    heterogeneity: TestResult
    wald_standard_error: float
    effects: FloatArray
    variances: FloatArray
    method: str

    @property
    def sites(self) -> int:
        return self.effects.size

    def to_frame(self) -> Any:
        """Give a data frame (sites,): each effect and its standard error; needs pandas."""
        import pandas as pd  # a notebook's, not the site's

        return pd.DataFrame({"estimate": self.effects, "standard_error": np.sqrt(self.variances)})

    def plot(self, title: str = "Effect by site") -> str:
        """Draw a forest plot as SVG: the sites in the order given, then all together."""
        return _forest(self, title)

    def summary(self) -> str:
        """Give the pooled effects and the spread between sites as text, then what must be read before quoting."""
        lines = [
            f"{name:<15} {row(found)}" for name, found in (("sites differ", self.pooled), ("sites alike", self.fixed))
        ]
        q = self.heterogeneity
        spread = (
            f"tau^2 {self.tau_squared:.4g}; I^2 {self.i_squared:.1f}%; "
            f"Q {q.statistic:.4g} on {q.degrees_of_freedom}, p {q.p_value:.3g}"
        )
        head, foot = f"{'':<15} {HEAD}", f"{self.method}; {self.sites} sites"
        return told([head, *lines, spread, foot], self.pooled.cautions)


def random_effects(
    estimates: npt.ArrayLike,
    standard_errors: npt.ArrayLike,
    *,
    heterogeneity: str = "REML",
    interval: str = "modified Knapp-Hartung",
    level: float = 0.95,
) -> RandomEffects:
    """Pool one estimate for each site, such as log hazard ratios, allowing true effects to differ.

    `heterogeneity` names the estimator of the variance between sites: REML (Viechtbauer 2005), DL (DerSimonian &
    Laird 1986) or PM (Paule & Mandel 1982). `interval`: Knapp-Hartung uses t(k - 1) and can be narrower than a fixed effect, which the pooled
    estimate's cautions then say; modified does not let it. `estimates` and `standard_errors` have shape (sites,),
    ratios as logarithms. Raises OneGroupOnly for a single site, OutOfRange for an error of zero or out of all
    proportion.
    """
    y, v = read_sites(estimates, standard_errors)
    inputs.choice("heterogeneity", heterogeneity, HETEROGENEITY)
    inputs.choice("interval", interval, INTERVALS)
    tau_squared = {"REML": _reml, "DL": _dersimonian_laird, "PM": _paule_mandel}[heterogeneity](y, v)
    wald = _wald(y, v + tau_squared, level, "random effects, Wald")
    q = cochran_q(y, v, 0.0)
    freedom = y.size - 1
    typical = _typical_variance(v)
    method = f"random effects, {heterogeneity}, {interval}"
    pooled = _pooled(wald, y, v + tau_squared, interval, level, method)
    fixed = _wald(y, v, level, "fixed effect, inverse variance")
    apart = _apart(pooled, fixed)
    return RandomEffects(
        pooled=replace(pooled, cautions=(*pooled.cautions, *apart, *_ruled(v + tau_squared))),
        fixed=replace(fixed, cautions=(*apart, *_ruled(v))), tau_squared=tau_squared,
        i_squared=100 * tau_squared / (tau_squared + typical),
        heterogeneity=chi_squared(q, freedom, "Cochran's Q"),
        wald_standard_error=float(wald.standard_error or 0.0), effects=inputs.frozen(y),
        variances=inputs.frozen(v), method=method,
    )  # fmt: skip


def prediction_interval(fit: RandomEffects, formula: str = "t(k-2)") -> Estimate:
    """Give the interval for the true effect in one new site, by the named formula.

    "t(k-2)" is Higgins, Thompson & Spiegelhalter 2009 (Partlett & Riley 2017); "t(k-1)" is metafor's under
    test="knha"; "z" is metafor's plain one. With few sites all are either useless or too narrow: quote
    `predict_new_site` first. Raises OneGroupOnly for "t(k-2)" with two sites.
    """
    inputs.choice("formula", formula, PREDICTIONS)
    inputs.kind("fit", fit, RandomEffects, "`random_effects`")
    level, centre = fit.pooled.level, fit.pooled.estimate
    if formula == "z":
        quantile, error = inputs.critical_value(level), fit.wald_standard_error
    else:
        freedom = fit.sites - (2 if formula == "t(k-2)" else 1)
        if freedom < 1:
            raise OneGroupOnly("formula", f"{formula} needs three sites, there are {fit.sites}", "Use predict_new_site")
        quantile, error = _t_quantile(level, freedom), float(fit.pooled.standard_error or 0.0)
    half = quantile * math.sqrt(fit.tau_squared + error**2)
    return Estimate(centre, centre - half, centre + half, level, f"prediction interval, {formula}")


def tau_squared_interval(fit: RandomEffects) -> Estimate:
    """Give the Q-profile interval of the variance between sites (Viechtbauer 2007).

    Raises WrongKind for what is no `fit` of `random_effects`.
    """
    inputs.kind("fit", fit, RandomEffects, "`random_effects`")
    level, freedom = fit.pooled.level, fit.sites - 1
    high_quantile, low_quantile = (
        scipy.special.chdtri(freedom, (1 - level) / 2),
        scipy.special.chdtri(freedom, (1 + level) / 2),
    )
    low, high = (_where_q_is(fit.effects, fit.variances, float(quantile)) for quantile in (high_quantile, low_quantile))
    return Estimate(fit.tau_squared, low, high, level, "Q-profile")


def cochran_q(y: FloatArray, v: FloatArray, tau_squared: float) -> float:
    """Sum the squared distances from the pooled estimate, each over its total variance."""
    w = 1 / (v + tau_squared)
    return float(w @ (y - (w @ y) / w.sum()) ** 2)


def read_sites(estimates: npt.ArrayLike, standard_errors: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Check one estimate and error for each of at least two sites; give estimates and variances, (sites,)."""
    y = inputs.column("estimates", estimates)
    errors = inputs.column("standard_errors", standard_errors, y.size)
    if (errors <= 0).any():
        raise OutOfRange("standard_errors", "holds one that is not above zero", "Leave out sites without events")
    if (errors < 1 / inputs.LARGEST).any() or (np.abs(y) > FARTHEST * errors).any():
        problem = "holds one too small to be squared, or a thousand-millionth of its estimate"
        raise OutOfRange("standard_errors", problem, "Check the unit of both")
    if y.size < 2:
        raise OneGroupOnly("estimates", "holds one site", "Pooling needs at least two")
    return y, errors**2


def _wald(y: FloatArray, total: FloatArray, level: float, method: str) -> Estimate:
    w = 1 / total
    centre, error = float(w @ y / w.sum()), float(1 / math.sqrt(w.sum()))
    z = inputs.critical_value(level)
    return Estimate(centre, centre - z * error, centre + z * error, level, method, error)


def _pooled(wald: Estimate, y: FloatArray, total: FloatArray, interval: str, level: float, method: str) -> Estimate:
    if interval == "Wald":
        few = (
            (f"{y.size} sites: a Wald interval holds the truth less often than it says.",) if y.size < FEW_SITES else ()
        )
        return Estimate(wald.estimate, wald.low, wald.high, level, method, wald.standard_error, cautions=few)
    freedom = y.size - 1
    q = float((y - wald.estimate) ** 2 @ (1 / total)) / freedom
    cautions: tuple[str, ...] = ()
    if interval.startswith("modified"):
        q = max(1.0, q)
    elif q < 1:
        cautions = (
            "The sites differ less than chance lets them, so this interval is too narrow: use the modified one.",
        )
    error = math.sqrt(q) * float(wald.standard_error or 0.0)
    half = _t_quantile(level, freedom) * error
    p_value = 2 * float(scipy.special.stdtr(freedom, -abs(wald.estimate) / error)) if error else None
    return Estimate(wald.estimate, wald.estimate - half, wald.estimate + half, level, method, error, p_value, cautions)


def _apart(pooled: Estimate, fixed: Estimate) -> tuple[str, ...]:
    """Warn where the answer depends on whether the sites are taken to be alike."""
    sides = [(found.low > 0) - (found.high < 0) for found in (pooled, fixed)]
    opposed = pooled.estimate * fixed.estimate < 0
    far = abs(pooled.estimate - fixed.estimate) > float(fixed.standard_error or 0.0)
    if sides[0] == sides[1] and not (opposed and far):
        return ()
    return (
        "fixed and random effects disagree: whether there is a difference depends on taking the sites to be alike, so "
        "quote neither without the other and the prediction for a new site",
    )


def _ruled(variances: FloatArray) -> tuple[str, ...]:
    """Warn where one of few sites, or two of five and more, carry over three fifths of the weight, or two of few all but all."""
    shares = np.sort(1 / variances)[::-1] / (1 / variances).sum()
    few = shares.size < MANY_ENOUGH
    giants = 1 if few and shares[0] > GIANT else 2
    carried = float(shares[:giants].sum())
    if shares.size < 3 or carried <= (ALL_BUT_ALL if few and giants == 2 else GIANT):
        return ()
    who = "one site carries" if giants == 1 else "two sites carry"
    return (f"{who} {100 * carried:.0f}% of the weight: the mean says little of the others",)


def _t_quantile(level: float, freedom: int) -> float:
    return float(scipy.special.stdtrit(freedom, 0.5 + level / 2))


def _dersimonian_laird(y: FloatArray, v: FloatArray) -> float:
    w = 1 / v
    excess = cochran_q(y, v, 0.0) - (y.size - 1)
    return max(0.0, excess * float(w.sum()) / _products(w))


def _paule_mandel(y: FloatArray, v: FloatArray) -> float:
    """Find the variance at which Q is what chance lets it be: as many as the sites, less one."""
    return _where_q_is(y, v, y.size - 1)


def _typical_variance(v: FloatArray) -> float:
    """Give Higgins & Thompson's typical variance within sites, under I squared."""
    w = 1 / v
    return float((v.size - 1) * w.sum() / _products(w))


def _products(w: FloatArray) -> float:
    """Give (sum w)^2 - sum w^2 as the sum of what is left, which does not vanish beside one large weight."""
    return 2 * float(w[1:] @ np.cumsum(w)[:-1])


def _reml(y: FloatArray, v: FloatArray) -> float:
    """Maximise the restricted likelihood: the best point of a grid, then the root of its slope beside it."""
    top = 10 * (float(np.ptp(y)) ** 2 + float(np.max(v)))
    grid = np.concatenate([[0.0], np.geomspace(1e-8 * float(np.min(v)), top, 400)])
    best = int(np.argmax([_restricted(y, v, tau_squared) for tau_squared in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    if _slope(float(low), y, v) <= 0:
        return float(low)
    return float(scipy.optimize.brentq(_slope, low, high, args=(y, v), xtol=1e-14, rtol=1e-12))


def _restricted(y: FloatArray, v: FloatArray, tau_squared: float) -> float:
    w = 1 / (v + tau_squared)
    return float(np.log(w).sum() - np.log(w.sum()) - cochran_q(y, v, tau_squared)) / 2


def _slope(tau_squared: float, y: FloatArray, v: FloatArray) -> float:
    w = 1 / (v + tau_squared)
    centre = (w @ y) / w.sum()
    return float(w**2 @ (y - centre) ** 2 - w.sum() + (w @ w) / w.sum()) / 2


def _where_q_is(y: FloatArray, v: FloatArray, target: float) -> float:
    """Find the variance at which Q meets a target; 0 where Q is below it already without any."""

    def excess(tau_squared: float) -> float:
        return cochran_q(y, v, tau_squared) - target

    if excess(0.0) <= 0:
        return 0.0
    top = float(np.max(v))
    while excess(top) > 0:
        top *= 2
    return float(scipy.optimize.brentq(excess, 0.0, top, xtol=1e-14, rtol=1e-12))


def _forest(fit: RandomEffects, title: str) -> str:
    errors = np.sqrt(fit.variances)
    z = inputs.critical_value(fit.pooled.level)
    rows = [
        drawings.Row(f"Site {k}", y, y - z * e, y + z * e)
        for k, (y, e) in enumerate(zip(fit.effects.tolist(), errors.tolist(), strict=True), 1)
    ]
    pooled = drawings.Row("Sites together", fit.pooled.estimate, fit.pooled.low, fit.pooled.high, hollow=True)
    return drawings.intervals(title, [*rows, pooled], at=0)
