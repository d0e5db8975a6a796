"""Restricted mean survival time: the event-free time people have, on average, up to a day fixed beforehand.

Reported before the hazard ratio, because it needs no proportional hazards and is in days. The variance is
Greenwood's, of the estimator itself; lifelines' `return_variance` is that of min(T, tau), another quantity.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.few_clusters import EXACT_RATE
from fourfold.stats.inputs import FloatArray
from fourfold.stats.survival import FEW_EVENTS, SurvivalCurve, require_followed
from fourfold.stats.terms import Estimate, OutOfRange


def restricted_mean(curve: SurvivalCurve, tau: float) -> Estimate:
    """Estimate the area under a survival curve up to tau, in the curve's unit of time.

    Source: Uno et al. 2014; the same figures as R's survRM2. Raises BeyondFollowUp where tau is later than
    the last observation of a curve that has not reached zero, OutOfRange where tau is not above zero. A curve without
    Greenwood's errors, as its weights count no people, gives none here: take the interval from a bootstrap.
    """
    tau = inputs.positive("tau", tau)
    inputs.kind("curve", curve, SurvivalCurve, "`kaplan_meier`")
    require_followed(curve, "tau", tau)
    inside = curve.time < tau
    height = np.concatenate([[1.0], curve.survival[inside]])
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    area = height * np.diff(edges)
    error = math.sqrt(_variance(curve, inside, area)) if _counts_people(curve) else math.nan
    mean, z = float(area.sum()), inputs.critical_value(curve.level)
    method = f"restricted mean survival time to {tau:g}, Greenwood variance"
    cautions = _cautions(float(curve.events[inside].sum()), tau) + curve.cautions
    return Estimate(mean, mean - z * error, mean + z * error, curve.level, method, error, cautions=cautions)


def restricted_mean_difference(treated: SurvivalCurve, control: SurvivalCurve, tau: float) -> Estimate:
    """Estimate how much more event-free time the treated have up to tau than the controls; above 0 is better.

    The two curves must come from different people. `tau` and the answer are in the curves' unit of time. Source: Uno et
    al. 2014. Raises OutOfRange for curves of two levels, and the refusals of `restricted_mean`.
    """
    for argument, curve in (("treated", treated), ("control", control)):
        inputs.kind(argument, curve, SurvivalCurve, "`kaplan_meier`")
    one, other = restricted_mean(treated, tau), restricted_mean(control, tau)
    difference = one.estimate - other.estimate
    if treated.level != control.level:
        raise OutOfRange(
            "control", f"is a curve at level {control.level}, not {treated.level}", "Use one level for both"
        )
    error = math.hypot(one.standard_error or 0.0, other.standard_error or 0.0)
    z = inputs.critical_value(treated.level)
    p_value = 2 * float(scipy.special.ndtr(-abs(difference) / error)) if error > 0 else None
    method = f"difference in restricted mean survival time to {tau:g}, Greenwood variance"
    low, high, cautions = difference - z * error, difference + z * error, one.cautions + other.cautions
    return Estimate(difference, low, high, treated.level, method, error, p_value, tuple(dict.fromkeys(cautions)))


def _counts_people(curve: SurvivalCurve) -> bool:
    """Return whether the curve has Greenwood's errors wherever there can be one."""
    return not np.isnan(curve.standard_error[curve.survival > 0]).any()


def _cautions(events: float, tau: float) -> tuple[str, ...]:
    if events >= FEW_EVENTS:
        return ()
    return (
        f"{events:g} events before {tau:g}: too few for the interval, which is too narrow or has no width at all: {EXACT_RATE}.",
    )


def _variance(curve: SurvivalCurve, inside: npt.NDArray[np.bool_], area: FloatArray) -> float:
    """Sum (area still to come)^2 d / (n (n - d)); nothing is to come once everyone at risk had the event."""
    to_come = np.cumsum(area[::-1])[::-1][1:]
    people, died = curve.at_risk[inside], curve.events[inside]
    counts = (died > 0) & (curve.survival[inside] > 0)
    terms = to_come[counts] ** 2 * died[counts] / (people[counts] * (people[counts] - died[counts]))
    return float(terms.sum())
