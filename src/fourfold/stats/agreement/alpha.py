"""Krippendorff's alpha: one minus the disagreement found, in units of the disagreement that chance would bring."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.agreement import ratings as reading
from fourfold.stats.agreement.ratings import Patterns, Ratings, Table
from fourfold.stats.agreement.sums import DRAWS, SEED, How, Statistic, Sums, limits
from fourfold.stats.agreement.terms import SAME_RATING, Coefficient, Undefined, Weights
from fourfold.stats.agreement.weighting import NAMES, Weighting, weights_of
from fourfold.stats.terms import NotANumber, OutOfRange, UnknownChoice, WrongShape

Differences = Callable[[Any], Any]  # how often each category was given, (..., q), to squared differences (..., q, q)

DIFFERENCES = {
    "nominal": "0 for the same category, else 1",
    "ordinal": "squared number of ratings between two categories, half of each end (Krippendorff's ordinal difference)",
    "interval": "squared difference of the values",
    "ratio": "squared difference of the values over their sum",
}
_SOURCE = "delta method over cases, Student's t"


def krippendorff_alpha(
    ratings: Table,
    *,
    categories: Iterable[Hashable] | None = None,
    difference: str | None = None,
    weights: Weighting | None = None,
    interval: str = "percentile",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Coefficient | Undefined:
    """Give Krippendorff's alpha (2011) for any number of raters with missing ratings (None).

    `ratings` has shape (cases, raters). `difference` is nominal (so where neither is given), ordinal, interval or
    ratio, the last two for numbers; or give `weights` as elsewhere in this package, of which 1 - w is then the
    difference. The interval is a bootstrap over cases ("percentile", "bca") or the delta method ("analytic"); no
    closed one is published for every difference. Only cases rated twice count. Raises as `coefficients`.
    """
    found = reading.rated_twice(reading.read(ratings, categories))
    if difference is not None and weights is not None:
        raise UnknownChoice("difference", "is given beside weights", "Give one of the two")
    made, differences = _differences(found, difference or "nominal", weights)
    if not found.vary:
        why = SAME_RATING
        return Undefined("Krippendorff's alpha", why, found.cases, found.raters, found.left_out, made)
    patterns, how = reading.folded(found, anybody=True), How(interval, level, draws, seed)
    features = _coincidences(patterns, len(found.categories))
    statistic = Statistic(features, patterns.counts, lambda sums: _alpha(_parts(sums, differences)))
    observed, expected = (float(part) for part in _parts(statistic.sums, differences))
    limit = limits(statistic, how, source=_SOURCE)
    scale = float(differences(_given(statistic.sums)).max())
    return Coefficient(
        estimate=statistic.at_data(), low=limit.low, high=limit.high, level=level, method=limit.method,
        standard_error=limit.standard_error, name="Krippendorff's alpha", weights=made,
        observed=1 - observed / scale, expected=1 - expected / scale, cases=found.cases, raters=found.raters,
        ratings=found.given, left_out=found.left_out, draws=limit.draws, seed=limit.seed,
        undefined_draws=limit.undefined_draws,
    )  # fmt: skip


def _coincidences(patterns: Patterns, q: int) -> inputs.FloatArray:
    """Give what a case adds to the table of coincidences, shape (patterns, q * q): each pair over raters - 1."""
    chosen = reading.choices(patterns, q)
    pairs = chosen[:, :, None] * chosen[:, None, :] - chosen[:, :, None] * np.eye(q)
    return (pairs / (chosen.sum(axis=1) - 1)[:, None, None]).reshape(len(chosen), q * q)


def _given(sums: Sums) -> Any:
    """Return how often each category was given, shape (..., q)."""
    q = round(sums.shape[-1] ** 0.5)
    return sums.reshape(*sums.shape[:-1], q, q).sum(axis=-1)


def _parts(sums: Sums, differences: Differences) -> tuple[Any, Any]:
    """Give the disagreement found and the one expected, each shape (...)."""
    given = _given(sums)
    apart = differences(given)
    together = sums.reshape(*sums.shape[:-1], *apart.shape[-2:])
    total = given.sum(axis=-1)
    found = (together * apart).sum(axis=(-1, -2)) / total
    by_chance = (given[..., :, None] * given[..., None, :] * apart).sum(axis=(-1, -2)) / (total * (total - 1))
    return found, by_chance


def _alpha(parts: tuple[Any, Any]) -> Any:
    found, expected = parts
    return np.where(np.abs(expected) > 1e-12, 1 - found / np.where(expected == 0, 1, expected), np.nan)


def _differences(found: Ratings, difference: str, weights: Weighting | None) -> tuple[Weights, Differences]:
    if weights is not None:
        made = _weighted(found, weights)
        apart = 1 - np.array(made.matrix)
        return made, lambda given: apart
    inputs.choice("difference", difference, tuple(DIFFERENCES))
    if difference == "ordinal":
        _require_order(found)
        return _named(found, difference, np.eye(len(found.categories))), _ordinal
    apart = _fixed(found, difference)
    return _named(found, difference, 1 - apart / max(float(apart.max()), 1e-300)), lambda given: apart


def _weighted(found: Ratings, weights: Weighting) -> Weights:
    if len(found.categories) < 2:
        return _named(found, "unweighted", np.ones((1, 1)))
    if not (isinstance(weights, str) and weights == NAMES[0]):
        _require_order(found)
    return weights_of(weights, found.categories)


def _named(found: Ratings, name: str, matrix: inputs.FloatArray) -> Weights:
    definition = DIFFERENCES.get(name, "1 for the same category, else 0")
    return Weights(name, definition, found.categories, tuple(tuple(row) for row in matrix.tolist()))


def _require_order(found: Ratings) -> None:
    if not found.ordered:
        raise WrongShape("categories", "are words whose order is not said", "Name them from least to most")


def _fixed(found: Ratings, difference: str) -> inputs.FloatArray:
    if difference == "nominal":
        return 1 - np.eye(len(found.categories))
    try:
        values = np.array([float(name) for name in found.categories])  # type: ignore[arg-type]
    except (TypeError, ValueError) as words:
        raise NotANumber("categories", "are words, which have no distance", "Use ordinal, or give numbers") from words
    if difference == "interval":
        return (values[:, None] - values[None, :]) ** 2
    if (values < 0).any():
        raise OutOfRange("categories", "hold a negative value", "Use interval where there is no true zero")
    total = values[:, None] + values[None, :]
    return ((values[:, None] - values[None, :]) / np.where(total == 0, 1, total)) ** 2


def _ordinal(given: Any) -> Any:
    """Squared number of ratings between two ranks: all that lie between, and half of each end."""
    below = given.cumsum(axis=-1) - given / 2
    return (below[..., :, None] - below[..., None, :]) ** 2
