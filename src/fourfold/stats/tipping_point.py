"""How bad the unseen outcomes would have to be before a conclusion tips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import scipy

from fourfold.stats import inputs
from fourfold.stats.proportions import newcombe_difference
from fourfold.stats.terms import Estimate, OutOfRange

LARGEST_GRID = 40_000


@dataclass(frozen=True)
class MissingShares:
    """Every way the missing outcomes could have turned out that changes what is concluded.

    `observed` leaves the missing out. `tipping` are pairs (events among the missing of the first group, of the other)
    at the edge of the region in which the conclusion differs; `robust` says that there are none.
    """

    observed: Estimate
    best: Estimate
    worst: Estimate
    tipping: tuple[tuple[int, int], ...]
    robust: bool


@dataclass(frozen=True)
class TippingShift:
    """The smallest shift of imputed values at which the interval reaches zero, and what is estimated there."""

    shift: float | None
    at_shift: Estimate | None
    unshifted: Estimate


def tipping_point_shares(
    events: int,
    people: int,
    missing: int,
    other_events: int,
    other_people: int,
    other_missing: int,
    *,
    level: float = 0.95,
) -> MissingShares:
    """Try every number of events among those not followed, in both groups, and see where the conclusion changes.

    `people` counts those followed, `missing` those not. The conclusion is whether Newcombe's interval of the difference
    lies below, over or above zero (Yan, Lee & Li 2009). `other_events`, `other_people` and `other_missing` are the
    same of the other group. Raises OutOfRange for counts that are none, or over 40,000 pairs.
    """
    asked = {"events": events, "people": people, "missing": missing}
    asked |= {"other_events": other_events, "other_people": other_people, "other_missing": other_missing}
    events, people, missing, other_events, other_people, other_missing = (
        inputs.whole_number(name, count) for name, count in asked.items()
    )
    if (missing + 1) * (other_missing + 1) > LARGEST_GRID:
        raise OutOfRange("missing", "makes over 40,000 pairs", "Too much is missing to try it all: use imputation")
    observed = newcombe_difference(events, people, other_events, other_people, level=level)

    def filled(one: int, other: int) -> Estimate:
        return newcombe_difference(
            events + one, people + missing, other_events + other, other_people + other_missing, level=level
        )

    verdict = _verdict(observed)
    same = [[_verdict(filled(a, b)) == verdict for b in range(other_missing + 1)] for a in range(missing + 1)]
    edge = tuple(
        (a, b) for a, row in enumerate(same) for b, kept in enumerate(row) if not kept and _touches(same, a, b)
    )
    robust = all(kept for row in same for kept in row)
    return MissingShares(observed, filled(0, other_missing), filled(missing, 0), edge, robust)


def tipping_shift(analysis: Callable[[float], Estimate], *, towards: float, tolerance: float = 1e-3) -> TippingShift:
    """Find the shift, between zero and `towards`, at which the interval of an analysis first reaches zero.

    `analysis` gives the estimate when imputed values are shifted by an amount, as `impute(..., shifts=...)` with one
    seed throughout. None where the conclusion stands all the way, zero where the interval holds it already. Source:
    Ratitch, O'Kelly & Tosiello 2013. `tolerance` is how close the shift is found, as a share of `towards`. Raises
    OutOfRange for a shift of zero.
    """
    towards, tolerance = inputs.finite("towards", towards), inputs.positive("tolerance", tolerance)
    if towards == 0:
        raise OutOfRange("towards", "is 0", "Give the furthest shift that is believable, with its sign")
    inputs.function("analysis", analysis, "from a shift to an estimate")

    def shifted(by: float) -> Estimate:
        return inputs.kind("analysis", analysis(by), Estimate, "a method here")

    start = shifted(0.0)
    if _verdict(start) == 0:
        return TippingShift(0.0, start, start)

    def gap(shift: float) -> float:
        found = shifted(shift)
        return found.low if start.estimate > 0 else -found.high

    if gap(towards) > 0:
        return TippingShift(None, None, start)
    shift = float(scipy.optimize.brentq(gap, 0.0, towards, xtol=tolerance * abs(towards)))
    return TippingShift(shift, shifted(shift), start)


def _verdict(estimate: Estimate) -> int:
    return 1 if estimate.low > 0 else -1 if estimate.high < 0 else 0


def _touches(same: list[list[bool]], a: int, b: int) -> bool:
    around = ((a - 1, b), (a + 1, b), (a, b - 1), (a, b + 1))
    return any(0 <= i < len(same) and 0 <= j < len(same[0]) and same[i][j] for i, j in around)
