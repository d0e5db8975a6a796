"""Reads who rated which case how into checked whole numbers, and folds cases that were rated alike together.

Every coefficient is a function of sums over cases, and cases with the same ratings add the same to every sum. So ten
thousand cases of three raters are at most a few dozen patterns, and a resample of cases is a draw over patterns.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.agreement.terms import TooFewCases, TooFewCategories, TooFewRaters
from fourfold.stats.terms import EmptyInput, NotANumber, OutOfRange, WrongShape

CodeArray = npt.NDArray[np.int64]
Table = Sequence[Sequence[Any]] | npt.NDArray[Any]
MISSING = -1


@dataclass(frozen=True)
class Ratings:
    """Ratings as ranks of categories: `codes` has shape (cases, raters), -1 where a rater did not rate the case."""

    codes: CodeArray
    categories: tuple[Hashable, ...]
    ordered: bool
    left_out: int = 0

    @property
    def cases(self) -> int:
        return int(self.codes.shape[0])

    @property
    def raters(self) -> int:
        return int(self.codes.shape[1])

    @property
    def given(self) -> int:
        return int((self.codes != MISSING).sum())

    @property
    def vary(self) -> bool:
        """Return whether anybody ever gave another rating than somebody else, here or on another case."""
        found = self.codes[self.codes != MISSING]
        return bool(found.size) and bool((found != found[0]).any())

    def kept(self, which: npt.NDArray[np.bool_]) -> Ratings:
        """Keep some of the cases; the others count as left out."""
        return Ratings(self.codes[which], self.categories, self.ordered, self.left_out + int((~which).sum()))


@dataclass(frozen=True)
class Patterns:
    """The distinct ways in which a case was rated, shape (patterns, raters), and how many cases show each."""

    codes: CodeArray
    counts: inputs.FloatArray

    @property
    def cases(self) -> int:
        return int(self.counts.sum())


def read(ratings: Table, categories: Iterable[Hashable] | None = None) -> Ratings:
    """Read a table of shape (cases, raters); a rating that was not given is None, and NaN is refused.

    `categories` names every possible answer from least to most; left out, they are the answers found, in their order
    as numbers or words. Raises EmptyInput, WrongShape, NotANumber, OutOfRange, TooFewRaters, TooFewCategories.
    """
    table = _table(ratings)
    found = {value for row in table for value in row if value is not None}
    names = _categories(found, categories)
    rank = {name: place for place, name in enumerate(names)}
    codes = np.array([[MISSING if v is None else rank.get(v, -2) for v in row] for row in table], dtype=np.int64)
    if (codes == -2).any():
        case = int(np.argmax((codes == -2).any(axis=1)))
        raise OutOfRange("ratings", f"case {case} has a rating that is no category", "Name every possible category")
    return Ratings(codes, names, ordered=categories is not None or not any(isinstance(name, str) for name in names))


def pair(first: Sequence[Any], second: Sequence[Any], categories: Iterable[Hashable] | None = None) -> Ratings:
    """Read what two raters said of the same cases and keep the cases that both rated. Raises as `read`."""
    one, other = list(first), list(second)
    if len(one) != len(other):
        raise WrongShape("second", f"rates {len(other)} cases where first rates {len(one)}", "Give both for each case")
    found = read(list(zip(one, other, strict=True)), categories)
    return enough(found.kept((found.codes != MISSING).all(axis=1)))


def rated_twice(ratings: Ratings) -> Ratings:
    """Keep the cases that at least two people rated. Raises TooFewRaters where there is none, TooFewCases at one."""
    return enough(ratings.kept((ratings.codes != MISSING).sum(axis=1) >= 2))


def rated(ratings: Ratings) -> Ratings:
    """Keep the cases that anybody rated; a case of one rater still says how common an answer is. Raises as above."""
    rated_twice(ratings)
    return ratings.kept((ratings.codes != MISSING).any(axis=1))


def enough(ratings: Ratings) -> Ratings:
    """Give ratings back if there are two cases or more, else raise TooFewRaters or TooFewCases."""
    if not ratings.cases:
        raise TooFewRaters("ratings", "no case was rated by two people", "Compare people who rated the same cases")
    if ratings.cases == 1:
        raise TooFewCases("ratings", "one case only was rated by two people", "Give at least two cases")
    return ratings


def folded(ratings: Ratings, *, anybody: bool) -> Patterns:
    """Fold cases with the same ratings together; with `anybody`, it does not matter who gave which."""
    codes = np.sort(ratings.codes, axis=1) if anybody else ratings.codes
    patterns, counts = np.unique(codes, axis=0, return_counts=True)
    return Patterns(patterns, counts.astype(float))


def choices(patterns: Patterns, categories: int) -> inputs.FloatArray:
    """Count for each pattern how many raters chose each category, shape (patterns, categories)."""
    return np.stack([(patterns.codes == rank).sum(axis=1) for rank in range(categories)], axis=1).astype(float)


def _table(ratings: Table) -> list[list[Any]]:
    try:
        table = [list(row.tolist() if isinstance(row, np.ndarray) else row) for row in ratings]
    except TypeError as flat:
        raise WrongShape("ratings", "is not a table", "Give a row for each case and a column for each rater") from flat
    if not table:
        raise EmptyInput("ratings", "has no cases", "Give at least two cases")
    widths = {len(row) for row in table}
    if len(widths) > 1:
        raise WrongShape("ratings", "has rows of different lengths", "Use None where a rater did not rate a case")
    if widths.pop() < 2:
        raise TooFewRaters("ratings", "has fewer than two raters", "Give a column for each rater, at least two")
    for case, row in enumerate(table):
        if any(_no_number(value) for value in row):
            raise NotANumber("ratings", f"case {case} holds NaN or infinity", "Use None for a rating that is missing")
    return table


def _no_number(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _categories(found: set[Any], named: Iterable[Hashable] | None) -> tuple[Hashable, ...]:
    if named is None:
        return _in_order(found)
    names = tuple(named)
    if len(set(names)) != len(names):
        raise WrongShape("categories", "names a category twice", "Name each category once")
    if len(names) < 2:
        raise TooFewCategories("categories", f"names {len(names)} category", "Name every possible answer, at least two")
    return names


def _in_order(found: set[Any]) -> tuple[Hashable, ...]:
    if not found:
        raise TooFewRaters("ratings", "holds no rating at all", "Compare people who rated the same cases")
    kinds = {str if isinstance(value, str) else float for value in found}
    try:
        return tuple(sorted(found, key=_word)) if kinds == {str} else tuple(sorted(found))
    except TypeError as mixed:
        raise WrongShape("ratings", "mixes kinds of ratings", "Use either numbers or words") from mixed


def _word(value: Any) -> str:
    """Return the text of a word, so that the order does not depend on what an enumeration thinks of `<`."""
    return str(value.value) if isinstance(value, Enum) else str(value)
