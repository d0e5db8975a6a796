"""How strong an unmeasured difference between the groups would have to be to explain a result away."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fourfold.stats import inputs
from fourfold.stats.terms import OutOfRange, Printed

MOST = inputs.LARGEST
SCALES = ("risk ratio", "rare outcome", "common outcome hazard ratio", "common outcome odds ratio")


@dataclass(frozen=True)
class EValue(Printed):
    """The E-value of an estimate and of the interval's limit nearest to 1 (1 where the interval holds 1)."""

    estimate: float
    limit: float | None
    risk_ratio: float
    method: str


def e_value(ratio: float, low: float | None = None, high: float | None = None, *, scale: str = "risk ratio") -> EValue:
    """Give the strength, as a risk ratio with both treatment and outcome, an unmeasured confounder needs.

    `scale` says what the ratio is: rare outcomes (under 15%) may be used as they are; hazard and odds ratios of common
    outcomes are first turned into risk ratios. Source: VanderWeele & Ding 2017. `low` and `high` are the interval of
    the ratio. Raises OutOfRange for a ratio that is not above zero or limits that do not enclose it, UnknownChoice for
    another scale.
    """
    inputs.choice("scale", scale, SCALES)
    ratio = inputs.positive("ratio", ratio)
    low, high = (
        None if value is None else inputs.positive(name, value) for name, value in (("low", low), ("high", high))
    )
    if not (low or ratio) <= ratio <= (high or ratio):
        raise OutOfRange("low, high", f"are {low} and {high} around {ratio}", "Give the limits of the same ratio")
    risk_ratio = _as_risk_ratio(ratio, scale)
    return EValue(_strength(risk_ratio), _limit(ratio, low, high, scale), risk_ratio, f"E-value, {scale}")


def bounding_factor(exposure_ratio: float, outcome_ratio: float) -> float:
    """Give the most by which a confounder of known strength can have moved a risk ratio away from 1.

    `exposure_ratio` is how many times as common it is in one group, `outcome_ratio` by how much it raises the risk; both
    at least 1. Divide an estimate above 1 by it, or multiply one below 1 (Ding & VanderWeele 2016). Raises OutOfRange.
    """
    exposure, outcome = _above_one("exposure_ratio", exposure_ratio), _above_one("outcome_ratio", outcome_ratio)
    return exposure * outcome / (exposure + outcome - 1)


def _above_one(argument: str, value: float) -> float:
    read = inputs.number(argument, value)
    if not 1 <= read <= MOST:
        raise OutOfRange(argument, f"is {value}", "Give a ratio of 1 or more; invert one below 1")
    return read


def _limit(ratio: float, low: float | None, high: float | None, scale: str) -> float | None:
    near, far = (low, high) if ratio >= 1 else (high, low)
    if near is None:
        return None
    if (near - 1) * (ratio - 1) <= 0 or (far is not None and (far - 1) * (ratio - 1) <= 0):
        return 1.0
    return _strength(_as_risk_ratio(near, scale))


def _as_risk_ratio(ratio: float, scale: str) -> float:
    if scale == "common outcome odds ratio":
        return math.sqrt(ratio)
    if scale == "common outcome hazard ratio":
        return float((1 - 0.5 ** math.sqrt(ratio)) / (1 - 0.5 ** math.sqrt(1 / ratio)))
    return ratio


def _strength(risk_ratio: float) -> float:
    away = max(risk_ratio, 1 / risk_ratio)
    return away + math.sqrt(away * (away - 1))
