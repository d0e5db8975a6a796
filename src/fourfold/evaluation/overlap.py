"""Could each kind of case have gone either way? Asked of every site and stratum before anything is estimated.

Where a level, a site or both together decide who is managed, a regression still gives a number: it is what the model adds
from elsewhere, and no comparison (positivity; Hernan & Robins, What If, 3.3). Waiting is compared with management too, so
what counts is who was at risk in either state at the same time, as in the risk sets of the regression.
"""

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np

from fourfold import stats

FEWEST = 10
PARTNER = "whether the subject is a former partner"
#: Of the days on which cases of a site are compared, the least share to be compared within a stratum of the site too.
LEAST_SHARE = 0.25
Spells = Mapping[str, np.ndarray]


def require_overlap(spells: Spells) -> None:
    """Pass only cases among which management is not decided by what is known of them; spells as in `rules.spells`. What the
    plan adjusts for changes nothing: left out, it would only hide that different cases are compared.

    Raises stats.NotIdentified where no value of the site, the level or another stratum holds managed and unmanaged cases at
    the same time, or fewer than ten on the smaller side, or where under a quarter of the days are so compared.
    """
    everybody = np.zeros(len(spells["site"]), dtype=int)
    _, most = _either_way(spells, everybody)
    if not most:
        return  # nothing is compared, and the regression refuses it
    sites = _places(spells["site"])
    if _too_few(_either_way(spells, sites)[1], most):
        raise _decided("the site")
    # A site that managed nobody, or everybody at once, adds nothing to a regression within sites.
    adds = np.bincount(sites, compared_days(spells, sites))[sites] > 0
    inside = {name: column[adds] for name, column in spells.items()}
    for said, stratum, whole in _strata(inside):
        (days, cases), (all_days, all_cases) = _either_way(inside, stratum), _either_way(inside, whole)
        if _too_few(cases, all_cases) or days < LEAST_SHARE * all_days:
            raise _decided(said)


def compared_days(spells: Spells, stratum: np.ndarray) -> np.ndarray:
    """Return the days of each spell (spells,) while somebody of its stratum (0, 1, …) was at risk in the other state."""
    managed = spells["managed"] == 1
    strata = int(stratum.max()) + 1
    starts, ends = np.full(strata, np.inf), np.zeros((2, strata))
    np.minimum.at(starts, stratum[managed], spells["entry"][managed])
    np.maximum.at(ends, (managed.astype(int), stratum), spells["exit"])
    begins = np.where(managed, spells["entry"], np.maximum(spells["entry"], starts[stratum]))
    return np.clip(np.minimum(spells["exit"], ends[1 - managed.astype(int), stratum]) - begins, 0, None)


def one_sided(spells: Spells) -> bool:
    """Return whether ten cases or more never met one of their site, and level, who was in the other state."""
    stratum = _places(spells["site"], spells["level"])
    met = np.bincount(spells["person"], compared_days(spells, stratum))
    return int((met[np.unique(spells["person"])] == 0).sum()) >= FEWEST


def _either_way(spells: Spells, stratum: np.ndarray) -> tuple[float, float]:
    """Return the days and the cases of the smaller side in each stratum that have somebody to be compared with."""
    days, managed = compared_days(spells, stratum), spells["managed"] == 1
    strata = int(stratum.max()) + 1

    def smaller(values: np.ndarray) -> float:
        return float(
            np.minimum(*(np.bincount(stratum[side], values[side], strata) for side in (managed, ~managed))).sum()
        )

    return smaller(days), smaller((days > 0).astype(float))


def _too_few(either: float, most: float) -> bool:
    return either == 0 or either < FEWEST <= most


def _strata(spells: Spells) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Give what may decide who is managed, as it is said, its strata, and those that it divides."""
    everybody, sites = np.zeros(len(spells["site"]), dtype=int), _places(spells["site"])
    levels = [("the level", _places(spells["level"]))]
    yield *levels[0], everybody
    yield "the site and the level together", _places(spells["site"], spells["level"]), sites
    partners = [(PARTNER, _places(spells["former"], spells["former_unknown"]))]
    cuts = np.unique(spells["prior"])[1:]
    acts = [("the number of earlier acts", (spells["prior"] >= cut).astype(int)) for cut in cuts]
    for said, stratum in (*partners, *acts):
        yield said, stratum, everybody
    # Two may decide together what neither decides alone: such as managing the high levels of former partners only.
    for one, other in (*product(levels, partners), *product(levels, acts), *product(partners, acts)):
        yield f"{one[0]} and {other[0]} together", _places(one[1], other[1]), everybody


def _places(*columns: np.ndarray) -> np.ndarray:
    """Return for each row which of the combinations that occur it holds (rows,)."""
    each = [np.unique(column, return_inverse=True)[1].ravel() for column in columns]
    return np.unique(np.column_stack(each), axis=0, return_inverse=True)[1].ravel()


def _decided(said: str) -> stats.NotIdentified:
    return stats.NotIdentified(
        "managed",
        f"is decided by {said}: those managed and those not managed are different cases, with nobody to compare them "
        "with, so no effect may be given",
        "Leave the question open, or freeze data in which like cases were managed and not managed",
    )
