"""Agreement beyond chance between people who sort the same cases into categories.

All have the form (observed - expected) / (1 - expected) and differ in what they expect from chance. Ratings are a
table of shape (cases, raters) with None where somebody did not rate a case; `categories` are named from least to
most. Every function raises the refusals of `ratings.read` and `weighting.weights_of`, TooFewRaters where nobody rated
the same case, and TooFewCases where one case is left. Where everybody gave the same answer to every case the answer
is `Undefined`, never 0 or 1.

Sources: Cohen 1960, 1968; Fleiss, Cohen & Everitt 1969 (variance); Fleiss 1971; Conger 1980; Brennan & Prediger 1981;
Gwet 2008, 2014 (several raters, missing ratings, weights, variances); Krippendorff 2004, 2011; Cicchetti & Feinstein
1990 (agreement on one category).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.agreement import ratings as reading
from fourfold.stats.agreement.ratings import MISSING, Patterns, Ratings, Table
from fourfold.stats.agreement.sums import DRAWS, SEED, How, Statistic, Sums, limits
from fourfold.stats.agreement.terms import SAME_RATING, CategoryAgreement, Coefficient, TooFewRaters, Undefined, Weights
from fourfold.stats.agreement.weighting import Weighting, is_weighted, weights_of
from fourfold.stats.proportions import wilson
from fourfold.stats.terms import Estimate, WrongShape

Parts = Callable[[Sums], tuple[Any, Any]]  # sums of shape (..., features) to observed and expected, shape (...)

_GWET = "delta method over cases, Student's t (Gwet 2014)"
_DELTA = "delta method over cases, Student's t"
_LARGE_SAMPLE = ("Cohen's kappa", "weighted kappa")
_FLEISS_COHEN_EVERITT = "large sample (Fleiss, Cohen & Everitt 1969)"
ALWAYS_THE_SAME = "One rater gave every case the same rating, so the coefficient is 0 whatever the other says."
NO_DISAGREEMENT = "No two ratings differ, so the interval cannot show what one disagreement would change."


def cohen_kappa(
    first: Sequence[Any],
    second: Sequence[Any],
    *,
    categories: Iterable[Hashable] | None = None,
    weights: Weighting = "unweighted",
    interval: str = "analytic",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Coefficient | Undefined:
    """Compare two raters with Cohen's kappa (1960), or weighted kappa (1968), over the cases that both rated.

    `first` and `second` hold one rating for each case. `interval` is "analytic" (Fleiss, Cohen & Everitt 1969),
    "percentile" or "bca" (bootstrap over cases, `draws` resamples from `seed`).
    """
    found = reading.pair(first, second, categories)
    patterns = reading.folded(found, anybody=False)
    weighted = _weights(found, weights)
    name = _LARGE_SAMPLE[is_weighted(weighted)]
    sums, how = _rater_by_rater(found, patterns, weighted), How(interval, level, draws, seed)
    notes = (ALWAYS_THE_SAME,) if _somebody_never_varies(found) else ()
    return _answer(_question(name, found, weighted, patterns, sums, how), notes=notes)


def gwet_ac(
    ratings: Table,
    *,
    categories: Iterable[Hashable] | None = None,
    weights: Weighting = "unweighted",
    interval: str = "analytic",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Coefficient | Undefined:
    """Give Gwet's AC1, or AC2 where weights are given: chance as how hard the case is, steady when one answer is rare.

    Any number of raters, with missing ratings. Name all `categories`: an answer that nobody gave counts too. The
    analytic interval is Gwet's (2008, 2014) linearised variance with Student's t on cases - 1 degrees of freedom.
    """

    def expected(shares: Any, matrix: inputs.FloatArray) -> Any:
        q = len(matrix)
        return matrix.sum() / (q * (q - 1)) * (shares * (1 - shares)).sum(axis=-1)

    return _from_shares("Gwet's AC", expected, ratings, categories, weights, How(interval, level, draws, seed))


def fleiss_kappa(
    ratings: Table,
    *,
    categories: Iterable[Hashable] | None = None,
    weights: Weighting = "unweighted",
    interval: str = "analytic",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Coefficient | Undefined:
    """Give Fleiss' kappa (1971; for two raters Scott's pi), with Gwet's (2014) handling of missing ratings.

    Arguments and interval as `gwet_ac`.
    """

    def expected(shares: Any, matrix: inputs.FloatArray) -> Any:
        return ((shares @ matrix) * shares).sum(axis=-1)

    return _from_shares("Fleiss' kappa", expected, ratings, categories, weights, How(interval, level, draws, seed))


def brennan_prediger(
    ratings: Table,
    *,
    categories: Iterable[Hashable] | None = None,
    weights: Weighting = "unweighted",
    interval: str = "analytic",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Coefficient | Undefined:
    """Give the coefficient of Brennan and Prediger (1981): chance as a guess among all `categories`.

    Arguments and interval as `gwet_ac`.
    """

    def expected(shares: Any, matrix: inputs.FloatArray) -> Any:
        return matrix.mean() + 0 * shares.sum(axis=-1)

    return _from_shares("Brennan-Prediger", expected, ratings, categories, weights, How(interval, level, draws, seed))


def conger_kappa(
    ratings: Table,
    *,
    categories: Iterable[Hashable] | None = None,
    weights: Weighting = "unweighted",
    interval: str = "analytic",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Coefficient | Undefined:
    """Give Conger's kappa (1980): Cohen's for several raters, each with habits of their own.

    Arguments and interval as `gwet_ac`. Raises TooFewRaters naming a rater who rated nothing.
    """
    found = reading.rated(reading.read(ratings, categories))
    idle = (found.codes == MISSING).all(axis=0)
    if idle.any():
        rater = int(np.argmax(idle))
        raise TooFewRaters("ratings", f"rater {rater} rated no case", "Leave out raters without ratings")
    patterns, weighted = reading.folded(found, anybody=False), _weights(found, weights)
    sums, how = _rater_by_rater(found, patterns, weighted), How(interval, level, draws, seed)
    return _answer(_question("Conger's kappa", found, weighted, patterns, sums, how))


def raw_agreement(
    ratings: Table,
    *,
    categories: Iterable[Hashable] | None = None,
    weights: Weighting = "unweighted",
    interval: str = "analytic",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Coefficient:
    """Give how often two raters of a case agree, averaged over cases: no allowance for chance.

    Unweighted, between two raters, the analytic interval is Wilson's; else the delta method's. Arguments as `gwet_ac`.
    """
    found = reading.rated_twice(reading.read(ratings, categories))
    patterns, weighted = reading.folded(found, anybody=True), _weights(found, weights)
    agreed, both, _ = _within_cases(found, patterns, weighted)
    how = How(interval, level, draws, seed)

    def parts(sums: Sums) -> tuple[Any, Any]:
        return sums[..., 0] / sums[..., 1], 0 * sums[..., 0]

    sums = (np.stack([agreed, both], axis=1), parts)
    answer = _made(_question("raw agreement", found, weighted, patterns, sums, how), lowest=0.0)
    if interval != "analytic" or found.raters > 2 or is_weighted(weighted):
        return answer
    share = wilson(round(answer.observed * found.cases), found.cases, level=level)
    return replace(answer, low=share.low, high=share.high, method=share.method, notes=())


def category_agreement(
    ratings: Table,
    *,
    categories: Iterable[Hashable] | None = None,
    interval: str = "percentile",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> tuple[CategoryAgreement, ...]:
    """Give the specific agreement on each category (Cicchetti & Feinstein 1990, for any number of raters).

    When one rater of a case chose it, how often another did. A category that nobody chose is `Undefined`.
    """
    found = reading.rated_twice(reading.read(ratings, categories))
    patterns, how = reading.folded(found, anybody=True), How(interval, level, draws, seed)
    chosen = reading.choices(patterns, len(found.categories))
    others = chosen.sum(axis=1, keepdims=True) - 1
    alike, possible = chosen * (chosen - 1), chosen * others
    return tuple(
        _on_category(
            name, found, int(patterns.counts @ chosen[:, k]), alike[:, k], possible[:, k], patterns.counts, how
        )
        for k, name in enumerate(found.categories)
    )


def _on_category(
    name: Hashable,
    found: Ratings,
    times: int,
    alike: inputs.FloatArray,
    possible: inputs.FloatArray,
    counts: inputs.FloatArray,
    how: How,
) -> CategoryAgreement:
    if not times:
        why = "Nobody chose this answer."
        return CategoryAgreement(name, 0, Undefined(f"agreement on {name}", why, found.cases, found.raters))
    statistic = Statistic(np.stack([alike, possible], axis=1), counts, lambda sums: sums[..., 0] / sums[..., 1])
    made = limits(statistic, how, lowest=0.0)
    estimate = Estimate(statistic.at_data(), made.low, made.high, how.level, made.method, made.standard_error)
    return CategoryAgreement(name, times, estimate)


# --- the two kinds of sums ---------------------------------------------------------------------------------


def _from_shares(
    name: str,
    expected: Callable[[Any, inputs.FloatArray], Any],
    ratings: Table,
    categories: Iterable[Hashable] | None,
    weights: Weighting,
    how: How,
) -> Coefficient | Undefined:
    """Answer for a coefficient whose chance depends on how often each category was given by anybody."""
    found = reading.rated(reading.read(ratings, categories))
    patterns, weighted = reading.folded(found, anybody=True), _weights(found, weights)
    label = name + ("2" if is_weighted(weighted) else "1") if name.endswith("AC") else name
    if not found.vary:
        return _undefined(label, found, weighted)
    agreed, both, chosen = _within_cases(found, patterns, weighted)
    shares = chosen / chosen.sum(axis=1, keepdims=True)
    matrix = np.array(weighted.matrix)

    def parts(sums: Sums) -> tuple[Any, Any]:
        everybody = sums[..., 2:]
        return sums[..., 0] / sums[..., 1], expected(everybody / everybody.sum(axis=-1, keepdims=True), matrix)

    sums = (np.column_stack([agreed, both, shares]), parts)
    return _answer(_question(label, found, weighted, patterns, sums, how))


def _within_cases(
    found: Ratings, patterns: Patterns, weights: Weights
) -> tuple[inputs.FloatArray, inputs.FloatArray, inputs.FloatArray]:
    """Give for each pattern how far its raters agree, whether there are two, and how often each category was given."""
    chosen = reading.choices(patterns, len(found.categories))
    raters = chosen.sum(axis=1)
    both = (raters >= 2).astype(float)
    pairs = np.where(raters >= 2, raters * (raters - 1), 1)
    agreeing = (chosen * (chosen @ np.array(weights.matrix) - 1)).sum(axis=1)
    return both * agreeing / pairs, both, chosen


def _rater_by_rater(found: Ratings, patterns: Patterns, weights: Weights) -> tuple[inputs.FloatArray, Parts]:
    """Give the sums for chance as two different raters' own habits: features agreed, both, then each rater's ranks."""
    agreed, both, _ = _within_cases(found, patterns, weights)
    raters, q, matrix = found.raters, len(found.categories), np.array(weights.matrix)
    habits = (patterns.codes[:, :, None] == np.arange(q)).astype(float)

    def parts(sums: Sums) -> tuple[Any, Any]:
        each = sums[..., 2:].reshape(*sums.shape[:-1], raters, q)
        each = each / each.sum(axis=-1, keepdims=True)
        together = each.sum(axis=-2)
        crossed = ((together @ matrix) * together).sum(axis=-1) - ((each @ matrix) * each).sum(axis=(-1, -2))
        return sums[..., 0] / sums[..., 1], crossed / (raters * (raters - 1))

    return np.column_stack([agreed, both, habits.reshape(len(habits), -1)]), parts


# --- the answer --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Question:
    """A coefficient that is asked for: its name, the ratings, the weights, and the sums that answer it."""

    name: str
    found: Ratings
    weights: Weights
    statistic: Statistic
    parts: Parts
    how: How


def _question(
    name: str, found: Ratings, weights: Weights, patterns: Patterns, sums: tuple[inputs.FloatArray, Parts], how: How
) -> _Question:
    features, parts = sums

    def value(sums: Sums) -> Any:
        observed, expected = parts(sums)
        room = 1 - expected
        return np.where(np.abs(room) > 1e-12, (observed - expected) / np.where(room == 0, 1, room), np.nan)

    return _Question(name, found, weights, Statistic(features, patterns.counts, value), parts, how)


def _answer(question: _Question, *, notes: tuple[str, ...] = ()) -> Coefficient | Undefined:
    """Answer with the large-sample interval for two raters, Gwet's for more; Undefined where there is no value."""
    if not question.found.vary or not np.isfinite(question.statistic.at_data()):
        return _undefined(question.name, question.found, question.weights)
    if question.name in _LARGE_SAMPLE:
        statistic, source = replace(question.statistic, large_sample=True), _FLEISS_COHEN_EVERITT
    else:
        statistic, source = replace(question.statistic, slope=_gwets_slope(question)), _GWET
    return _made(replace(question, statistic=statistic), source=source, notes=notes)


def _gwets_slope(question: _Question) -> tuple[int, float]:
    """Give the slope that Gwet's (2014) variance takes along the number of cases rated twice (feature 1).

    Gwet measures each case's agreement from chance; the exact derivative measures it from the mean. The two are equal
    where every case was rated twice; else Gwet's interval is the wider one.
    """
    sums = question.statistic.sums
    _, expected = question.parts(sums)
    return 1, float(-expected / (sums[1] * (1 - expected)))


def _made(
    question: _Question, *, lowest: float = -1.0, source: str = _DELTA, notes: tuple[str, ...] = ()
) -> Coefficient:
    found, statistic, how = question.found, question.statistic, question.how
    made = limits(statistic, how, lowest=lowest, source=source)
    observed, expected = (float(part) for part in question.parts(statistic.sums))
    agreed = (NO_DISAGREEMENT,) if observed >= 1 - 1e-12 else ()
    return Coefficient(
        estimate=statistic.at_data(), low=made.low, high=made.high, level=how.level, method=made.method,
        standard_error=made.standard_error, name=question.name, weights=question.weights, observed=observed,
        expected=expected, cases=found.cases, raters=found.raters, ratings=found.given, left_out=found.left_out,
        draws=made.draws, seed=made.seed, undefined_draws=made.undefined_draws, notes=(*notes, *agreed),
    )  # fmt: skip


def _undefined(name: str, found: Ratings, weights: Weights) -> Undefined:
    why = SAME_RATING
    return Undefined(name, why, found.cases, found.raters, found.left_out, weights)


def _somebody_never_varies(found: Ratings) -> bool:
    return any(len(set(column[column != MISSING].tolist())) == 1 for column in found.codes.T)


def _weights(found: Ratings, weights: Weighting) -> Weights:
    """Read the weights for the categories of these data, and refuse ranks that nobody has named."""
    if len(found.categories) < 2:  # nobody used a second one, and none was named
        return Weights("unweighted", "1 for the same category, else 0", found.categories, ((1.0,),))
    read = weights_of(weights, found.categories)
    if is_weighted(read) and not found.ordered:
        raise WrongShape("categories", "are words whose order is not said", "Name them from least to most")
    return read
