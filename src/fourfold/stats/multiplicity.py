"""Many outcomes, few truths: p-values adjusted for how many were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import OutOfRange

METHODS = ("Bonferroni", "Holm", "Hochberg", "Benjamini-Hochberg", "Benjamini-Yekutieli")
ALSO_CALLED = {"BH": "Benjamini-Hochberg", "BY": "Benjamini-Yekutieli"}


@dataclass(frozen=True, eq=False)
class Adjusted:
    """P-values (tests,) in the order given, adjusted; an adjusted value at or under alpha is a rejection."""

    p_values: FloatArray
    rejected: tuple[bool, ...]
    alpha: float
    method: str

    @property
    def rejections(self) -> int:
        return sum(self.rejected)


def adjust_p_values(p_values: npt.ArrayLike, *, method: str = "Holm", alpha: float = 0.05) -> Adjusted:
    """Adjust `p_values` (tests,) for each other; give the number planned, not only those that look well.

    Holm (1979) holds the chance of any false claim whatever the dependence and is for confirmatory outcomes; Hochberg
    (1988) for independent or positively dependent ones; Benjamini & Hochberg (1995) holds the share of false claims and
    is for exploratory ones ("BH" for short), Benjamini & Yekutieli (2001) under any dependence. `method` is one of
    these names, `alpha` the level at which an outcome is called rejected. Raises OutOfRange for a value outside 0 to 1.
    """
    inputs.choice("method", method, (*METHODS, *ALSO_CALLED))
    method = ALSO_CALLED.get(method, method)
    read = _read(p_values)
    order = np.argsort(read, kind="stable")
    ordered, tests = read[order], read.size
    adjusted = np.empty(tests)
    adjusted[order] = np.minimum(_ordered(ordered, np.arange(1, tests + 1), tests, method), 1.0)
    rejected = tuple(bool(p <= inputs.share("alpha", alpha)) for p in adjusted)
    return Adjusted(inputs.frozen(adjusted), rejected, alpha, method)


def gatekeeping(families: Sequence[npt.ArrayLike], *, alpha: float = 0.05) -> tuple[Adjusted, ...]:
    """Test families of outcomes in their planned order, Holm within each, each only if all before it were rejected.

    Serial gatekeeping (Westfall & Krishen 2001): no family costs those before it anything. An adjusted value is never
    below the largest of the families before. Each family holds p-values (tests,). Raises OutOfRange.
    """
    reached, found = 0.0, []
    for family in inputs.several("families", families):
        own = adjust_p_values(family, method="Holm", alpha=alpha)
        adjusted = np.maximum(own.p_values, reached)
        reached = float(np.max(adjusted))
        rejected = tuple(bool(p <= alpha) for p in adjusted)
        found.append(Adjusted(inputs.frozen(adjusted), rejected, alpha, "Holm, serial gatekeeping"))
    return tuple(found)


def _read(p_values: npt.ArrayLike) -> FloatArray:
    read = inputs.column("p_values", p_values)
    if ((read < 0) | (read > 1)).any():
        raise OutOfRange("p_values", "holds a value outside 0 to 1", "Give probabilities")
    return read


def _ordered(ordered: FloatArray, rank: npt.NDArray[np.intp], tests: int, method: str) -> FloatArray:
    """Adjust values in rising order; step-down takes the largest so far, step-up the smallest from here on."""
    if method == "Bonferroni":
        return ordered * tests
    if method == "Holm":
        return np.maximum.accumulate(ordered * (tests - rank + 1))
    if method == "Hochberg":
        return _from_above(ordered * (tests - rank + 1))
    harmonic = float((1 / rank).sum()) if method == "Benjamini-Yekutieli" else 1.0
    return _from_above(ordered * tests * harmonic / rank)


def _from_above(values: FloatArray) -> FloatArray:
    return np.minimum.accumulate(values[::-1])[::-1]
