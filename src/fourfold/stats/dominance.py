"""Sums of costs or harm-days that one or two people make up nearly alone do not leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.disclosure import SUPPRESSED, THRESHOLD, Suppressed
from fourfold.stats.terms import OutOfRange

TOP, SHARE, PERCENT = 2, 0.75, 0.15


@dataclass(frozen=True)
class DominanceRecord:
    """Why a sum may or may not leave. For the audit file: the shares themselves never leave."""

    people: int
    top_share: float
    closest_guess: float
    allowed: bool
    reason: str


@dataclass(frozen=True)
class ReleasedSum:
    """A sum that may leave, rounded."""

    total: float
    people: int
    base: float

    def __str__(self) -> str:
        return f"{self.total:,.0f}"


def dominance(
    amounts: npt.ArrayLike,
    *,
    threshold: int = THRESHOLD,
    top: int = TOP,
    share: float = SHARE,
    percent: float = PERCENT,
) -> DominanceRecord:
    """Judge a sum of amounts (people,) in one currency, each one person's, none negative, by three rules.

    At least `threshold` people with an amount above zero; the `top` largest hold no more than `share` of the sum (the
    (n, k) rule); and the second largest, subtracting its own, cannot guess the largest to within `percent` (the p% rule;
    Hundepool et al. 2012, 4.2). Raises OutOfRange for negative amounts.
    """
    read = np.sort(inputs.times("amounts", amounts))[::-1]
    people, total = int((read > 0).sum()), float(read.sum())
    threshold = inputs.whole_number("threshold", threshold, least=1)
    largest = inputs.whole_number("top", top, least=1)
    held = float(read[:largest].sum()) / total if total else 1.0
    guess = float(read[2:].sum()) / float(read[0]) if total else 0.0
    reason = "may leave"
    if people < threshold:
        reason = f"fewer than {threshold} people hold it"
    elif held > inputs.share("share", share):
        reason = f"the largest {largest} hold over {share:.0%} of it"
    elif guess < inputs.share("percent", percent):
        reason = f"the second largest could guess the largest to within {percent:.0%}"
    return DominanceRecord(people, held, guess, reason == "may leave", reason)


def disclose_sum(
    amounts: npt.ArrayLike, *, threshold: int = THRESHOLD, base: float = 100.0, share: float = SHARE
) -> ReleasedSum | Suppressed:
    """Let a sum of costs leave, rounded to the nearest `base`, where nobody dominates it.

    `amounts` (people,) are in one currency; `share` and `threshold` as in `dominance`. Source: Hundepool et al. 2012.
    Raises OutOfRange.
    """
    inputs.positive("base", base)
    if not dominance(amounts, threshold=threshold, share=share).allowed:
        return SUPPRESSED
    read = inputs.times("amounts", amounts)
    people = int((read > 0).sum())
    if not np.isfinite(read.sum()):
        raise OutOfRange("amounts", "add up to more than can be written", "Use larger units")
    return ReleasedSum(float((read.sum() + base / 2) // base * base), int((people + 2.5) // 5) * 5, base)
