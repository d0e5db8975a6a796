"""Negative controls: outcomes that the programme cannot change show how far a design errs by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.intervals import normal_estimate
from fourfold.stats.pooling import random_effects
from fourfold.stats.terms import Estimate, OutOfRange


@dataclass(frozen=True)
class NegativeControl:
    """What the controls show where nothing can be (`error`, its p-value low where the design errs), and the effect less it.

    `spread` is the standard deviation of the error between controls; `calibrated` carries its uncertainty.
    """

    error: Estimate
    spread: float
    calibrated: Estimate
    controls: int


def negative_control(
    estimate: float,
    standard_error: float,
    control_estimates: npt.ArrayLike,
    control_standard_errors: npt.ArrayLike,
    *,
    level: float = 0.95,
) -> NegativeControl:
    """Calibrate an effect, on the log scale for ratios, by effects estimated alike on outcomes that cannot have one.

    The systematic error is taken as normal over controls (Schuemie et al. 2014, 2018): its mean is taken off, its
    spread and the mean's own error are added. One control gives no spread. `estimate` and `standard_error` are those of
    the effect, `control_estimates` and `control_standard_errors` (controls,) those of the outcomes that cannot have
    one, in one unit. Raises OutOfRange for errors not above zero.
    """
    estimate = inputs.finite("estimate", estimate)
    own = inputs.positive("standard_error", standard_error)
    controls = inputs.column("control_estimates", control_estimates)
    errors = inputs.column("control_standard_errors", control_standard_errors, controls.size)
    if (errors <= 0).any():
        raise OutOfRange("control_standard_errors", "holds one that is not above zero", "Leave that control out")
    if controls.size == 1:
        error = normal_estimate(float(controls[0]), float(errors[0]), level, "one negative control")
        spread = 0.0
    else:
        fit = random_effects(controls, errors, level=level)
        error, spread = fit.pooled, math.sqrt(fit.tau_squared)
    total = math.sqrt(own**2 + spread**2 + float(error.standard_error or 0.0) ** 2)
    method = f"calibrated by {controls.size} negative control{'s' if controls.size > 1 else ''}"
    return NegativeControl(
        error, spread, normal_estimate(estimate - error.estimate, total, level, method), controls.size
    )
