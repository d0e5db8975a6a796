"""The words of agreement: a coefficient with everything it needs to be quoted, and the two ways of not having one."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from fourfold.stats.terms import Estimate, StatisticsError

NO_VARIATION = "undefined – no variation"
SAME_RATING = f"{NO_VARIATION}: everybody gave every case the same rating."
SAME_NUMBER = f"{NO_VARIATION}: every number is the same."


class TooFewCases(StatisticsError):
    """Agreement is about several cases; from one nothing can be said."""


class TooFewRaters(StatisticsError):
    """Nobody rated the same case as somebody else."""


class TooFewCategories(StatisticsError):
    """With one possible answer everybody agrees, and it means nothing."""


@dataclass(frozen=True)
class Weights:
    """How much each pair of categories counts as agreeing, 0 to 1; rows and columns in the order of `categories`.

    `definition` says it in words, because packages give one name to different weights.
    """

    name: str
    definition: str
    categories: tuple[Hashable, ...]
    matrix: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Coefficient(Estimate):
    """An agreement coefficient with its interval, clipped to [-1, 1].

    `observed` and `expected` are the (weighted) agreement found and the agreement that the coefficient expects from
    chance. `cases` counts those that entered, `left_out` those without enough ratings, `ratings` every single rating.
    `undefined_draws` counts resamples in which the coefficient had no value. `notes` must be shown beside the number.
    """

    name: str
    weights: Weights
    observed: float
    expected: float
    cases: int
    raters: int
    ratings: int
    left_out: int = 0
    draws: int = 0
    seed: int | None = None
    undefined_draws: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Intraclass(Estimate):
    """An intraclass correlation with its interval and the mean squares it comes from.

    `form` is McGraw and Wong's (1996) name. `f` tests that cases do not differ at all (None where the residual is
    zero); the degrees of freedom are its own. `left_out` counts cases that not every rater measured.
    """

    name: str
    form: str
    cases: int
    raters: int
    between_cases: float
    between_raters: float
    within_cases: float
    residual: float
    f: float | None
    degrees_of_freedom: tuple[int, int]
    left_out: int = 0
    draws: int = 0
    seed: int | None = None
    undefined_draws: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Undefined:
    """A coefficient that has no value, said in words: it is neither 0 nor 1, and cannot be used as a number."""

    name: str
    why: str
    cases: int
    raters: int
    left_out: int = 0
    weights: Weights | None = None

    def __str__(self) -> str:
        return NO_VARIATION


@dataclass(frozen=True)
class CategoryAgreement:
    """When somebody chose this category, how often a colleague did too: a share with its interval, or undefined.

    `ratings` counts how often the category was chosen for a case that somebody else rated as well.
    """

    category: Hashable
    ratings: int
    agreement: Estimate | Undefined


@dataclass(frozen=True)
class TwoByTwo:
    """What lies behind a kappa of two answers (Byrt, Bishop & Carlin 1993). `first_only` and `second_only` are the
    disagreements; both indices run from -1 to 1 and are 0 where they do no harm.

    `prevalence` is how much oftener the last category was given than the first; `bias` how much oftener the first
    rater gave the last category than the second; `adjusted` kappa without either (PABAK).
    """

    both_last: int
    first_only: int
    second_only: int
    both_first: int
    prevalence: float
    bias: float
    adjusted: float


@dataclass(frozen=True)
class Steps:
    """How far apart the ratings of a case lie, in steps between categories. `apart[d]` counts the cases that lie d
    steps apart; `two_step` are the places (from 0) of those that lie two or more apart: each deserves a conversation.
    """

    apart: tuple[int, ...]
    two_step: tuple[int, ...]
    share: Estimate


@dataclass(frozen=True)
class BlandAltman:
    """How much a second measurement of the same case differs: its mean, its spread, and the limits between which the
    given share of differences is expected to lie (Bland & Altman 1986, 1999). Differences are first minus second.
    """

    mean: Estimate
    deviation: float
    lower: Estimate
    upper: Estimate
    coverage: float
    cases: int
    left_out: int = 0


@dataclass(frozen=True)
class MeasurementError:
    """The standard error of one rater's measurement, in the unit of the scale.

    `agreement` holds raters' own leanings (one always scores higher) against the scale, `consistency` forgives them.
    `smallest_change` is what a single person must change to be beyond it at `level`: z times root two times agreement.
    """

    agreement: float
    consistency: float
    smallest_change: float
    level: float
    cases: int
    raters: int
    left_out: int = 0


LANDIS_KOCH = (
    (0.0, "poor"),
    (0.20, "slight"),
    (0.40, "fair"),
    (0.60, "moderate"),
    (0.80, "substantial"),
    (1.0, "almost perfect"),
)
LANDIS_KOCH_NOTE = (
    "The words are Landis and Koch's (1977), who called them arbitrary; they depend on how common each answer is. "
    "Read the number and its interval."
)


def landis_koch(value: float) -> str:
    """Name a coefficient in Landis and Koch's words; show LANDIS_KOCH_NOTE with it. Below 0 is poor, 0.2 is slight."""
    if value < 0:
        return "poor"
    return next((word for limit, word in LANDIS_KOCH[1:] if value <= limit + 1e-12), "almost perfect")
