"""What lies behind a coefficient: who said what, how far apart, and how prevalence and bias move kappa."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from fourfold.stats.agreement import ratings as reading
from fourfold.stats.agreement.ratings import MISSING, Ratings, Table
from fourfold.stats.agreement.terms import Steps, TwoByTwo
from fourfold.stats.proportions import wilson
from fourfold.stats.terms import WrongShape


def confusion(
    first: Sequence[Any], second: Sequence[Any], *, categories: Iterable[Hashable]
) -> tuple[tuple[int, ...], ...]:
    """Count cases by what the first rater said (rows) and the second (columns), in the order of `categories`."""
    found = reading.pair(first, second, categories)
    return tuple(tuple(row) for row in _table(found).tolist())


def kappa_indices(first: Sequence[Any], second: Sequence[Any], *, categories: Iterable[Hashable]) -> TwoByTwo:
    """Give the prevalence and bias indices of two answers (Byrt, Bishop & Carlin 1993), named (no, yes).

    They say why kappa can be low where nearly all agree. Raises WrongShape where there are not two categories.
    """
    found = reading.pair(first, second, categories)
    if len(found.categories) != 2:
        raise WrongShape("categories", f"names {len(found.categories)}", "Prevalence and bias are of two answers")
    (neither, second_only), (first_only, both) = _table(found).tolist()
    n = found.cases
    return TwoByTwo(
        both_last=both, first_only=first_only, second_only=second_only, both_first=neither,
        prevalence=(both - neither) / n, bias=(first_only - second_only) / n,
        adjusted=2 * (both + neither) / n - 1,
    )  # fmt: skip


def steps_apart(ratings: Table, *, categories: Iterable[Hashable], level: float = 0.95) -> Steps:
    """Count how many steps the ratings of each case span, `categories` named from least to most.

    Places in `two_step` are those of the rows given; cases that fewer than two people rated are passed over. The
    share is that of cases two or more steps apart, with Wilson's interval.
    """
    found = reading.read(ratings, categories)
    twice = (found.codes != MISSING).sum(axis=1) >= 2
    reading.enough(found.kept(twice))
    highest = found.codes.max(axis=1)
    lowest = np.where(found.codes == MISSING, len(found.categories), found.codes).min(axis=1)
    span = np.where(twice, highest - lowest, 0)
    wide = tuple(int(place) for place in np.flatnonzero(span >= 2))
    apart = np.bincount(span[twice], minlength=len(found.categories))
    return Steps(tuple(apart.tolist()), wide, wilson(len(wide), int(twice.sum()), level=level))


def _table(found: Ratings) -> Any:
    q = len(found.categories)
    return np.bincount(found.codes[:, 0] * q + found.codes[:, 1], minlength=q * q).reshape(q, q)
