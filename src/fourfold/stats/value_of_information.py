"""What would knowing some things be worth, while the others stay unknown?

From the draws of one probabilistic analysis, without nested simulation: the net benefit of each option is regressed on
what would be known, by cubic splines whose roughness is penalised (a generalised additive model), and the fitted values
stand for the expected net benefit once it is known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import WrongShape

KNOTS = 12
DEGREE = 3
_PENALTIES = np.geomspace(1e-6, 1e8, 71)
#: As much of a ridge as keeps a spline without data beneath it from being undetermined.
_RIDGE = 1e-9


def value_of_partial_information(net_benefits: npt.ArrayLike, known: npt.ArrayLike) -> float:
    """Give what knowing some parameters before choosing would be worth (EVPPI), in the unit of the net benefits.

    `net_benefits` (draws, options) of a probabilistic analysis; `known` (draws,) are the draws of one parameter, or
    (draws, parameters) of several. With draws of what a study would see (of its estimate, say) in place of a parameter
    it is the worth of that study (EVSI; Strong, Oakley, Brennan & Breeze 2015). Source: Strong, Oakley & Brennan 2014.
    Raises WrongShape for draws that do not pair or fewer than two options, NotANumber, OutOfRange for fewer than 50 draws.
    """
    return max(0.0, float(gains_of_partial_information(net_benefits, known).mean()))


def gains_of_partial_information(net_benefits: npt.ArrayLike, known: npt.ArrayLike) -> FloatArray:
    """Give what choosing anew gains in each draw (draws,) where some parameters are known: its mean is what they are worth
    (EVPPI), and its deviation over the root of the draws the standard error of that, beside what the smoothing adds.

    `net_benefits` (draws, options) are what each option is worth in each draw, in any currency or unit, and `known`
    (draws,) or (draws, parameters) what would be known. Where that takes at most 12 values the means of each are taken,
    exact for these draws. Else each parameter enters by its rank, so that only its order counts; several enter additively,
    with the products of their pairs, and the penalty is chosen by generalised cross-validation (Eilers & Marx 1996).
    Raises as `value_of_partial_information` does.
    """
    benefit, parameters = inputs.numbers("net_benefits", net_benefits), inputs.numbers("known", known)
    if benefit.ndim != 2 or benefit.shape[1] < 2:
        raise WrongShape("net_benefits", f"have shape {benefit.shape}", "Give (draws, options), of two options or more")
    if parameters.ndim == 1:
        parameters = parameters[:, None]
    if parameters.ndim != 2 or len(parameters) != len(benefit) or not parameters.size:
        raise WrongShape("known", f"has shape {parameters.shape}", "Give (draws,), or (draws, parameters)")
    inputs.whole_number("net_benefits", len(benefit), least=50)
    inputs.column("net_benefits", benefit.ravel())
    inputs.column("known", parameters.ravel())
    differs = np.ptp(parameters, axis=0) > 0
    if not differs.any():
        return np.zeros(len(benefit))
    fitted = _fitted(benefit - benefit[:, :1], parameters[:, differs])
    return np.asarray(fitted.max(axis=1) - fitted[:, fitted.mean(axis=0).argmax()])


def _fitted(benefit: FloatArray, parameters: FloatArray) -> FloatArray:
    """Return what is expected of each option's net benefit (draws, options) given the parameters."""
    values, which, times = np.unique(parameters, axis=0, return_inverse=True, return_counts=True)
    if len(values) <= KNOTS:
        sums = np.zeros((len(values), benefit.shape[1]))
        np.add.at(sums, which.ravel(), benefit)
        return np.asarray((sums / times[:, None])[which.ravel()])
    scores = scipy.special.ndtri(np.apply_along_axis(_ranks, 0, parameters) / (len(parameters) + 1))
    free = [np.ones((len(scores), 1))]
    count = scores.shape[1]
    pairs = [scores[:, [one]] * scores[:, [other]] for one in range(count) for other in range(one + 1, count)]
    splines = [_splines(scores[:, place]) for place in range(count)]
    design = np.hstack([*free, *pairs, *splines])
    rough = np.diff(np.eye(splines[0].shape[1]), n=2, axis=0)
    penalty = np.zeros((design.shape[1],) * 2)
    start = 1 + len(pairs)
    for one in splines:
        penalty[start : start + one.shape[1], start : start + one.shape[1]] = rough.T @ rough
        start += one.shape[1]
    return _smoothed(benefit, design, penalty)


def _ranks(values: FloatArray) -> FloatArray:
    """Return the rank of each, from 1; equal ones share the mean of theirs. `scipy.stats` would take longer to load than all of this."""
    _, which, times = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(times) - (times - 1) / 2)[which])


def _splines(scores: FloatArray) -> FloatArray:
    """Return cubic B-splines (draws, splines) on knots equally far apart, a little beyond the scores."""
    low, high = float(scores.min()), float(scores.max())
    step = (high - low) / KNOTS
    knots = low + step * np.arange(-DEGREE, KNOTS + DEGREE + 1)
    inside = np.clip(scores, knots[DEGREE], np.nextafter(knots[-DEGREE - 1], -np.inf))
    return np.asarray(scipy.interpolate.BSpline.design_matrix(inside, knots, DEGREE).toarray())


def _smoothed(benefit: FloatArray, design: FloatArray, penalty: FloatArray) -> FloatArray:
    """Return penalised least squares (draws, options), each option with the penalty that cross-validates best."""
    draws = len(design)
    gram = design.T @ design
    gram += _RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    rough, turned = scipy.linalg.eigh(penalty * np.trace(gram) / max(np.trace(penalty), 1e-12), gram)
    basis = design @ turned
    coordinates = basis.T @ benefit
    shrink = 1 / (1 + _PENALTIES[:, None] * np.maximum(rough, 0))
    freedom = shrink.sum(axis=1)
    whole = (benefit**2).sum(axis=0)
    left = whole - ((2 * shrink - shrink**2) @ coordinates**2)
    best = (left / (draws - freedom[:, None]) ** 2).argmin(axis=0)
    return np.asarray(basis @ (shrink[best].T * coordinates))
