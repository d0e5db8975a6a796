"""Repeated measurements of the same people: a mean course, and how much people differ around it.

The criterion is lme4's own (Bates, Maechler, Bolker & Walker 2015, equations 34 to 42): the likelihood profiled over
everything but the relative covariance of the random effects. An own routine of a few lines of matrices, because
statsmodels' MixedLM finds the same likelihood but stops, by the search it uses, in the third digit, and fails where a
variance is zero, as with few sites it often is; the tests hold the two beside each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.few_clusters import NOT_NORMAL, few_on_a_side
from fourfold.stats.fixed_effects import deviations
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.intervals import Terms, normal_estimate
from fourfold.stats.least_squares import INTERCEPT, require_rank
from fourfold.stats.terms import Estimate, NotConverged, NotIdentified, OneGroupOnly

METHODS = ("REML", "ML")
FEWEST_GROUPS = 10
VARIES = 2.5  # times as much variance by group as rows that are alike would have
WORST_CONDITION = 1e7  # beyond it the products of terms lose more digits than there are


@dataclass(frozen=True, eq=False)
class MixedModel(Terms):
    """Fixed effects in the outcome's unit, and variances between people and within.

    `covariance` (random, random) is of the random intercept and slopes, in the order of `random`; `residual` is the
    variance within; `cautions` says where a variance ended at zero.
    """

    names: tuple[str, ...]
    effects: tuple[Estimate, ...]
    random: tuple[str, ...]
    covariance: FloatArray
    residual: float
    log_likelihood: float
    groups: int
    fixed_covariance: FloatArray
    method: str
    cautions: tuple[str, ...] = ()

    def term(self, name: str) -> Estimate:
        return self.effect(name)

    def effect(self, name: str) -> Estimate:
        """Give one fixed effect. Raises UnknownChoice."""
        inputs.choice("name", name, self.names)
        return self.effects[self.names.index(name)]

    def contrast(self, weights: dict[str, float], level: float = 0.95) -> Estimate:
        """Give a weighted sum of fixed effects, such as the difference of arms at six months. Raises UnknownChoice."""
        for name in weights:
            inputs.choice("weights", name, self.names)
        w = np.array([inputs.finite("weights", weights.get(name, 0.0)) for name in self.names])
        value = float(w @ np.array([effect.estimate for effect in self.effects]))
        return normal_estimate(value, float(np.sqrt(w @ self.fixed_covariance @ w)), level, f"{self.method}, contrast")


def linear_mixed_model(
    outcome: npt.ArrayLike,
    covariates: Any,
    group: Any,
    *,
    random: Sequence[str] = (),
    names: Sequence[str] | None = None,
    method: str = "REML",
    level: float = 0.95,
) -> MixedModel:
    """Fit an outcome (rows,) with an intercept for each group (person, site) and random slopes for the named covariates.

    Laird & Ware 1982. Covariates are a mapping ({} for the intercept alone) or (rows, covariates); their fixed effects have normal intervals. Rows
    with a missing outcome are left out by the caller, which is right where missingness depends on what was measured
    (MAR). `method` is "REML" or "ML". Raises OneGroupOnly for one group, NotIdentified where no group has two rows or
    terms are collinear, NotConverged.
    """
    inputs.choice("method", method, METHODS)
    y = inputs.column("outcome", outcome)
    labels, x = inputs.covariates(covariates, names, y.size, none=True)
    random = inputs.words("random", random)
    for name in random:
        inputs.choice("random", name, labels)
    people, place = inputs.labels("group", group, y.size)
    _require_groups(people, place)
    design = np.column_stack([np.ones(y.size), x])
    terms = (INTERCEPT, *labels)
    require_rank(design, terms)
    if np.linalg.cond(design / np.sqrt((design**2).mean(axis=0))) > WORST_CONDITION:
        raise NotIdentified("covariates", "lie too far from zero for how little they vary", "Take their mean off first")
    if np.ptp(y) == 0:
        raise NotIdentified("outcome", "is the same in every row", "There is nothing to model")
    columns = [0, *(labels.index(name) + 1 for name in random)]
    profile = _Profile.of(y, design, place, columns, reml=method == "REML")
    fit = _summarise(profile, _search(profile), terms, tuple(terms[k] for k in columns), level)
    cautions = (*fit.cautions, *_few_groups(labels, x, place), *_own_slopes(labels, x, y, place, random))
    return replace(fit, cautions=cautions, effects=tuple(replace(one, cautions=cautions) for one in fit.effects))


def _few_groups(labels: Sequence[str], x: FloatArray, place: npt.NDArray[np.intp]) -> tuple[str, ...]:
    """Warn where a term of 0 and 1 is 1 at some time in few groups: its interval is a normal one."""
    groups, said = int(place.max()) + 1, []
    for name, column in zip(labels, x.T, strict=True):
        if np.isin(column, (0, 1)).all():
            ever = int(np.unique(place[column == 1]).size)
            said += few_on_a_side(name, ever, groups, "groups", because=NOT_NORMAL)
    return tuple(said)


def _own_slopes(
    labels: Sequence[str], x: FloatArray, y: FloatArray, place: IntArray, random: Sequence[str]
) -> list[str]:
    """Warn where groups have slopes of their own that were not asked for: by group the variance is then far larger."""
    within, groups, said = deviations(np.column_stack([y, x]), place), int(place.max()) + 1, []
    for name, own, values in zip(labels, within.T[1:], x.T, strict=True):
        size = float(own @ own)
        if name in random or groups < FEWEST_GROUPS or size <= 1e-9 * float(values @ values):
            continue
        left = within[:, 0] - own * (own @ within[:, 0]) / size
        by_group = float((np.bincount(place, own * left) ** 2).sum())
        if by_group > VARIES * size * float(left @ left) / max(y.size - groups - 1, 1):
            said.append(f"the slope of {name} differs between groups: its interval is too narrow, name it in `random`")
    return said


def _require_groups(people: list[Any], place: npt.NDArray[np.intp]) -> None:
    if len(people) < 2:
        raise OneGroupOnly("group", "holds one group", "Give at least two, better twenty")
    if len(people) == place.size:
        raise NotIdentified("group", "has one row each", "Use linear_regression: nothing is repeated")


@dataclass(frozen=True, eq=False)
class _Profile:
    """The sums of products of each group, with terms brought to one size and the outcome to a mean of zero.

    `within` (groups, random, random), `across` (groups, random, terms) and `toward` (groups, random) hold Z'Z, Z'X, Z'y.
    """

    within: FloatArray
    across: FloatArray
    toward: FloatArray
    square: FloatArray
    right: FloatArray
    total: float
    rows: int
    scale: FloatArray
    sizes: FloatArray
    centre: float
    reml: bool

    @classmethod
    def of(
        cls, y: FloatArray, design: FloatArray, place: npt.NDArray[np.intp], columns: list[int], *, reml: bool
    ) -> _Profile:
        scale = np.sqrt((design**2).mean(axis=0))
        x, centre = design / scale, float(y.mean())
        z, left, groups = x[:, columns], y - centre, int(place.max()) + 1
        within, across = np.zeros((groups, z.shape[1], z.shape[1])), np.zeros((groups, z.shape[1], x.shape[1]))
        toward = np.zeros((groups, z.shape[1]))
        np.add.at(within, place, z[:, :, None] * z[:, None, :])
        np.add.at(across, place, z[:, :, None] * x[:, None, :])
        np.add.at(toward, place, z * left[:, None])
        sums = (within, across, toward, x.T @ x, x.T @ left, float(left @ left))
        return cls(*sums, y.size, scale, scale[columns], centre, reml)

    @property
    def spare(self) -> int:
        return self.rows - self.square.shape[0] if self.reml else self.rows

    def factor(self, theta: FloatArray) -> FloatArray:
        """Give the relative Cholesky factor (random, random) of these entries."""
        size = self.within.shape[1]
        factor = np.zeros((size, size))
        factor[np.tril_indices(size)] = theta
        return factor

    def solved(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray, float]:
        """Give log|Z part|, the fixed effects' information, the fixed effects and the penalised sum of squares."""
        factor = self.factor(theta)
        root = np.linalg.cholesky(factor.T @ self.within @ factor + np.eye(factor.shape[0]))
        known = np.linalg.solve(root, factor.T @ self.across)
        seen = np.linalg.solve(root, (self.toward @ factor)[:, :, None])[:, :, 0]
        information = self.square - np.einsum("gqp,gqr->pr", known, known)
        beta = np.linalg.solve(information, right := self.right - np.einsum("gqp,gq->p", known, seen))
        squares = self.total - float((seen**2).sum()) - float(right @ beta)
        logs = 2 * float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
        return logs, information, beta, squares

    def deviance(self, theta: FloatArray) -> float:
        """Give minus twice the (restricted) log-likelihood, in the terms' own units."""
        logs, information, _, squares = self.solved(theta)
        if squares <= 0:
            return math.inf
        fixed = float(np.linalg.slogdet(information)[1]) + 2 * float(np.log(self.scale).sum()) if self.reml else 0.0
        return logs + fixed + self.spare * (1 + math.log(2 * math.pi * squares / self.spare))


def _search(profile: _Profile) -> FloatArray:
    """Find the relative covariance at the lowest deviance; from a second start too where a variance ends at zero."""
    size = profile.within.shape[1]
    unit = np.eye(size)[np.tril_indices(size)]
    best = _descend(profile, unit)
    if best is None or abs(np.linalg.det(profile.factor(best.x))) < 1e-4:
        other = _descend(profile, 0.1 * unit)
        best = other if best is None or (other is not None and other.fun < best.fun) else best
    if best is None:
        raise NotConverged("outcome", "gave no mixed model", "Use fewer random slopes")
    return np.asarray(best.x)


def _descend(profile: _Profile, theta: FloatArray) -> Any:
    """Search roughly, then begin again where that ended: the simplex cannot have collapsed on the way."""
    for tolerance in (1e-3, 1e-8):
        options = {
            "xatol": tolerance,
            "fatol": tolerance / 100,
            "maxiter": 4000 * theta.size,
            "maxfev": 4000 * theta.size,
        }
        found = scipy.optimize.minimize(profile.deviance, theta, method="Nelder-Mead", options=options)
        theta = found.x
    return found if found.success and np.isfinite(found.fun) else None


def _summarise(
    profile: _Profile, theta: FloatArray, terms: tuple[str, ...], random: tuple[str, ...], level: float
) -> MixedModel:
    said = f"linear mixed model, {'REML' if profile.reml else 'ML'}"
    _, information, beta, squares = profile.solved(theta)
    factor, residual = profile.factor(theta) / profile.sizes[:, None], squares / profile.spare
    fixed = residual * np.linalg.inv(information) / np.outer(profile.scale, profile.scale)
    values = beta / profile.scale + profile.centre * (np.arange(beta.size) == 0)
    effects = tuple(
        normal_estimate(float(value), float(error), level, said)
        for value, error in zip(values, np.sqrt(np.diag(fixed)), strict=True)
    )
    covariance, groups = residual * factor @ factor.T, len(profile.within)
    return MixedModel(
        names=terms, effects=effects, random=random, covariance=inputs.frozen(covariance), residual=residual,
        log_likelihood=-profile.deviance(theta) / 2, groups=groups, fixed_covariance=inputs.frozen(fixed),
        method=said, cautions=_cautions(covariance, profile.sizes, residual, groups),
    )  # fmt: skip


def _cautions(covariance: FloatArray, sizes: FloatArray, residual: float, groups: int) -> tuple[str, ...]:
    said = []
    smallest = np.linalg.eigvalsh(covariance * np.outer(sizes, sizes))[0]
    if smallest < 1e-6 * residual:
        said.append("a variance between groups ended at zero: the data show none, or are too few to show it")
    if groups < 10:
        said.append(f"{groups} groups say little about how groups differ; intervals are too narrow")
    return tuple(said)
