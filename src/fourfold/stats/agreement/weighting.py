"""How much two different categories agree: named weights by rank, or a matrix of one's own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.agreement.terms import Weights
from fourfold.stats.terms import NotANumber, OutOfRange, WrongShape

Weighting = str | Weights | npt.ArrayLike

_Steps = inputs.FloatArray  # |i − j| for each pair of ranks
_NAMED: dict[str, tuple[str, Callable[[_Steps, int], inputs.FloatArray]]] = {
    "unweighted": ("1 for the same category, else 0", lambda steps, q: (steps == 0).astype(float)),
    "linear": ("1 − |i − j| / (q − 1), by rank among q categories", lambda steps, q: 1 - steps / (q - 1)),
    "quadratic": ("1 − (i − j)² / (q − 1)², by rank among q categories", lambda steps, q: 1 - (steps / (q - 1)) ** 2),
    "radical": ("1 − √|i − j| / √(q − 1), by rank among q categories", lambda steps, q: 1 - np.sqrt(steps / (q - 1))),
    "irrcac_ordinal": (
        "1 − C(|i − j| + 1, 2) / C(q, 2), by rank among q categories: what irrCAC calls ordinal, which is not "
        "Krippendorff's ordinal difference",
        lambda steps, q: 1 - steps * (steps + 1) / (q * (q - 1)),
    ),
}
NAMES = tuple(_NAMED)
GIVEN = "given"


def weights_of(weights: Weighting, categories: Sequence[Hashable]) -> Weights:
    """Read weights: a name from NAMES, `Weights` made before, or a matrix of shape (categories, categories).

    A matrix must be symmetric, 1 on its diagonal, between 0 and 1, and hold one pair that does not wholly agree.
    Raises UnknownChoice, WrongShape, NotANumber and OutOfRange.
    """
    if isinstance(weights, Weights):
        if weights.categories != tuple(categories):
            raise WrongShape("weights", "were made for other categories", "Make them for the categories of these data")
        return weights
    if isinstance(weights, str):
        definition, of = _NAMED[inputs.choice("weights", weights, NAMES)]
        ranks = np.arange(len(categories), dtype=float)
        matrix = of(np.abs(ranks[:, None] - ranks[None, :]), len(categories))
        return _made(weights, definition, categories, matrix)
    return _made(GIVEN, "a matrix given by the caller", categories, _checked(weights, len(categories)))


def is_weighted(weights: Weights) -> bool:
    """Return whether different categories may count as partly agreeing."""
    return bool((np.array(weights.matrix) != np.eye(len(weights.categories))).any())


def _made(name: str, definition: str, categories: Sequence[Hashable], matrix: inputs.FloatArray) -> Weights:
    return Weights(name, definition, tuple(categories), tuple(tuple(row) for row in matrix.tolist()))


def _checked(given: npt.ArrayLike, size: int) -> inputs.FloatArray:
    try:
        matrix = np.array(given, dtype=float)
    except (TypeError, ValueError) as wrong:
        raise NotANumber("weights", "hold something that is not a number", "Give numbers from 0 to 1") from wrong
    if matrix.shape != (size, size):
        raise WrongShape("weights", f"have shape {matrix.shape}", f"Give {size} rows and columns, one per category")
    if not np.isfinite(matrix).all():
        raise NotANumber("weights", "hold a missing or infinite number", "Give numbers from 0 to 1")
    if (matrix < 0).any() or (matrix > 1).any():
        raise OutOfRange("weights", "go below 0 or above 1", "Give 1 for full agreement and 0 for none")
    if not np.array_equal(matrix, matrix.T):
        raise OutOfRange("weights", "are not symmetric", "Let each pair count the same in both directions")
    if (np.diag(matrix) != 1).any():
        raise OutOfRange("weights", "are not 1 on the diagonal", "Let the same category agree with itself")
    if (matrix == 1).all():
        raise OutOfRange("weights", "count every pair as full agreement", "Give some pair less than 1")
    return matrix
