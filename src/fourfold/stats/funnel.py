"""Funnel plots: is a site further from the average than its size explains? Never a league table.

Spiegelhalter 2005. Limits are exact binomial or Poisson ones, interpolated between counts; where sites differ by more
than chance for reasons that nobody is to blame for, the limits are widened.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotIdentified, OneGroupOnly, OutOfRange

KINDS = ("share", "rate")
OVERDISPERSION = ("none", "additive", "multiplicative")
LEVELS = (0.95, 0.998)
FEWEST = 10
MOST = 1e12


@dataclass(frozen=True, eq=False)
class FunnelLimits:
    """Limits around the target at each size; `low` and `high` have shape (levels, sizes)."""

    target: float
    sizes: FloatArray
    levels: tuple[float, ...]
    low: FloatArray
    high: FloatArray
    method: str


@dataclass(frozen=True, eq=False)
class Funnel:
    """Each site's share or rate, how many standard errors it lies from the target, and where it stands.

    `places` says, for each site, "inside", "outside 95%" or "outside 99.8%". `dispersion` is phi, the mean square of the
    winsorised distances; `tau_squared` the variance between sites that widened additive limits.
    """

    values: FloatArray
    distances: FloatArray
    limits: FunnelLimits
    places: tuple[str, ...]
    dispersion: float
    tau_squared: float
    cautions: tuple[str, ...]


def funnel_limits(
    target: float, sizes: npt.ArrayLike, *, kind: str = "share", levels: tuple[float, ...] = LEVELS
) -> FunnelLimits:
    """Give exact limits for a share of people (sizes count people) or a rate (sizes are exposure, in any unit).

    Spiegelhalter 2005, appendix A.1: the tail quantile r less (F(r) - p) / (F(r) - F(r - 1)), over the size. `sizes`
    (sites,); `kind` is "share" or "rate"; `levels` are the shares of sites that chance leaves inside. Raises OutOfRange
    for a target that no share or rate can be, or a size that is not above zero.
    """
    inputs.choice("kind", kind, KINDS)
    size = _sizes(sizes, kind)
    centre = inputs.share("target", target) if kind == "share" else inputs.positive("target", target)
    levels = inputs.several("levels", levels)
    tails = [(1 - inputs.share("levels", level)) / 2 for level in levels]
    low = np.array([_limit(centre, size, tail, kind) for tail in tails])
    high = np.array([_limit(centre, size, 1 - tail, kind) for tail in tails])
    low, high = np.clip(low, 0, None), np.clip(high, 0, 1.0 if kind == "share" else None)
    method = f"exact {'binomial' if kind == 'share' else 'Poisson'} limits"
    return FunnelLimits(centre, inputs.frozen(size), levels, inputs.frozen(low), inputs.frozen(high), method)


def funnel(
    events: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    kind: str = "share",
    target: float | None = None,
    overdispersion: str = "additive",
    winsorise: float = 0.1,
    fewest: int = FEWEST,
) -> Funnel:
    """Place each site's events (sites,) beside the limits of its size; the target is the pooled value unless given.

    `overdispersion`: "additive" adds a variance between sites (a random effect), "multiplicative" scales by phi, both
    from distances winsorised at the share named, and only where phi exceeds what chance gives (Spiegelhalter 2005,
    section 4). With under `fewest` sites nothing is called outside 95%, and nothing is widened. `sizes` are people for
    the kind "share", exposure for "rate"; `winsorise` is the share cut at either end. Raises OneGroupOnly for one site,
    OutOfRange for counts that are none, NotIdentified where nothing or everything happened.
    """
    inputs.choice("kind", kind, KINDS)
    inputs.choice("overdispersion", overdispersion, OVERDISPERSION)
    size = _sizes(sizes, kind)
    count = inputs.times("events", events, size.size)
    if size.size < 2:
        raise OneGroupOnly("events", "holds one site", "Compare several, or use an interval")
    if (count % 1).any() or (kind == "share" and (count > size).any()):
        raise OutOfRange("events", "holds a fraction, or more than people", "Count events")
    centre = float(count.sum() / size.sum()) if target is None else target
    if not 0 < inputs.number("target", centre) < (1 if kind == "share" else math.inf):
        raise NotIdentified("events", "are zero, or everybody", "There is no spread to judge by: show the counts")
    spread = np.sqrt(centre * (1 - centre) / size) if kind == "share" else np.sqrt(centre / size)
    distances = (count / size - centre) / spread
    phi, tau_squared = _dispersion(distances, spread, winsorise)
    few = size.size < inputs.number("fewest", fewest)
    limits = funnel_limits(centre, size, kind=kind)
    if not few and tau_squared > 0 and overdispersion != "none":
        limits = _widened(limits, spread, phi, tau_squared, overdispersion, kind)
    return Funnel(
        values=inputs.frozen(count / size), distances=inputs.frozen(distances), limits=limits,
        places=_places(count / size, limits, few=few), dispersion=phi, tau_squared=tau_squared,
        cautions=(f"{size.size} sites: none is called outside 95%, and none is ranked",) if few else (),
    )  # fmt: skip


def _sizes(sizes: npt.ArrayLike, kind: str) -> FloatArray:
    size = inputs.times("sizes", sizes)
    if (size == 0).any() or (kind == "share" and (size % 1).any()):
        raise OutOfRange("sizes", "holds a zero or a fraction of a person", "Leave out sites without people")
    if (size > MOST).any():
        raise OutOfRange("sizes", "holds one larger than any country", "Check the unit")
    return size


def _limit(centre: float, size: FloatArray, tail: float, kind: str) -> FloatArray:
    from scipy.stats import binom, poisson

    law = binom(size.astype(int), centre) if kind == "share" else poisson(size * centre)
    r = np.maximum(law.ppf(tail), 0)
    reached = law.cdf(r)
    return np.asarray((r - (reached - tail) / law.pmf(r)) / size)


def _dispersion(distances: FloatArray, spread: FloatArray, winsorise: float) -> tuple[float, float]:
    """Give phi and the additive variance, from distances whose tails are drawn in."""
    if not 0 <= inputs.number("winsorise", winsorise) < 0.5:
        raise OutOfRange("winsorise", f"is {winsorise}", "Give a share under one half, such as 0.1")
    drawn = np.clip(distances, *np.quantile(distances, [winsorise, 1 - winsorise]))
    sites, w = distances.size, 1 / spread**2
    phi = float((drawn**2).mean())
    return phi, max(0.0, (sites * phi - (sites - 1)) / float(w.sum() - (w**2).sum() / w.sum()))


def _widened(
    limits: FunnelLimits, spread: FloatArray, phi: float, tau_squared: float, how: str, kind: str
) -> FunnelLimits:
    error = np.sqrt(spread**2 + tau_squared) if how == "additive" else spread * math.sqrt(max(1.0, phi))
    z = np.array([float(scipy.special.ndtri(0.5 + level / 2)) for level in limits.levels])[:, None]
    low = np.clip(limits.target - z * error, 0, None)
    high = np.clip(limits.target + z * error, 0, 1.0 if kind == "share" else None)
    method = f"normal limits, {how} overdispersion"
    return FunnelLimits(limits.target, limits.sizes, limits.levels, inputs.frozen(low), inputs.frozen(high), method)


def _places(values: FloatArray, limits: FunnelLimits, *, few: bool) -> tuple[str, ...]:
    outside = (values < limits.low) | (values > limits.high)
    names = np.where(outside[1], "outside 99.8%", np.where(outside[0] & (not few), "outside 95%", "inside"))
    return tuple(names.tolist())
