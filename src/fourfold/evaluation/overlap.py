"""Could each kind of case have gone either way? Asked of every site and stratum before anything is estimated.

Where a level, a site or both together decide who is managed, a regression still gives a number: it is what the model adds
from elsewhere, and no comparison (positivity; Hernan & Robins, What If, 3.3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from fourfold import stats
from fourfold.evaluation.terms import ExtractRow

FEWEST = 10
#: What a case is compared within: the site always, and of what the plan adjusts for all that has few values.
STRATA: dict[str, tuple[str, Callable[[ExtractRow], object]]] = {
    "level": ("the level", lambda row: row.level),
    "former_partner": ("whether the subject is a former partner", lambda row: row.former_partner),
}


def require_overlap(rows: Sequence[ExtractRow], adjusted_for: Sequence[str]) -> None:
    """Pass only cases among which management is not decided by what they are compared within.

    Raises stats.NotIdentified where no value of the site, the level or another stratum holds both managed cases and cases
    that never were, or fewer than ten on the smaller side.
    """
    managed = sum(row.managed_day is not None for row in rows)
    smaller = min(managed, len(rows) - managed)
    if not smaller:
        return  # one comparison is left, of waiting with management, and the regression refuses where there is none
    kinds: dict[str, Callable[[ExtractRow], object]] = {"the site": lambda row: row.site}
    kinds |= dict(STRATA[name] for name in adjusted_for if name in STRATA)
    if "level" in adjusted_for:
        kinds["the site and the level together"] = lambda row: (row.site, row.level)
    for said, stratum in kinds.items():
        either = either_way(rows, stratum)
        if either == 0 or (either < FEWEST <= smaller):
            raise _decided(said)
    if "prior_acts" in adjusted_for:
        _require_mixed_acts(rows)


def either_way(rows: Sequence[ExtractRow], stratum: Callable[[ExtractRow], object]) -> int:
    """Count the cases of the smaller side in each stratum: those that have somebody to be compared with."""
    return sum(min(managed, never) for managed, never in _sides(rows, stratum))


def one_sided(rows: Sequence[ExtractRow], adjusted_for: Sequence[str]) -> bool:
    """Return whether ten cases or more are at a site, and of a level, where every case was managed or none was."""
    by_level = "level" in adjusted_for
    sides = _sides(rows, lambda row: (row.site, row.level if by_level else ""))
    return sum(managed + never for managed, never in sides if not managed or not never) >= FEWEST


def _sides(rows: Sequence[ExtractRow], stratum: Callable[[ExtractRow], object]) -> list[tuple[int, int]]:
    counted: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        counted[stratum(row)][row.managed_day is None] += 1
    return [(managed, never) for managed, never in counted.values()]


def _require_mixed_acts(rows: Sequence[ExtractRow]) -> None:
    managed = [row.prior_acts for row in rows if row.managed_day is not None]
    never = [row.prior_acts for row in rows if row.managed_day is None]
    if min(managed) > max(never) or max(managed) < min(never):
        raise _decided("the number of earlier acts")


def _decided(said: str) -> stats.NotIdentified:
    return stats.NotIdentified(
        "managed",
        f"is decided by {said}: those managed and those not managed are different cases, with nobody to compare them "
        "with, so no effect may be given",
        "Leave the question open, or freeze data in which like cases were managed and not managed",
    )
