"""Scenarios about questionnaires and small counts: gaps, people at their worst, many outcomes, few people."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import scipy

from fourfold import stats
from fourfold.stats.inputs import FloatArray
from fourfold.stats.simulation.methods import BIAS, COVERAGE, FALSE_ALARMS, Marks, Method, Scenario
from fourfold.stats.terms import Estimate

RELIABILITY, SPREAD, MEAN = 0.84, 6.0, 12.0
LOWEST, HIGHEST, CASE = 0, 27, 15
OUTCOMES = 10


@dataclass(frozen=True, eq=False)
class Wellbeing:
    """A depression score (0 to 27, higher is worse) at referral and after six months (people,), NaN where it was not given."""

    treated: FloatArray
    before: FloatArray
    after: FloatArray


def scenarios() -> tuple[Scenario, ...]:
    """List the scenarios about questionnaires and small counts."""
    return (_gaps(), _worst(), _many_outcomes(), _small_share())


def wellbeing(rng: np.random.Generator, people: int, effect: float) -> Wellbeing:
    """Invent scores made of a lasting trait and the day's state, with natural recovery of two points."""
    trait = rng.normal(MEAN, SPREAD * math.sqrt(RELIABILITY), people)
    treated = (rng.random(people) < 0.5).astype(float)
    state = rng.normal(0, SPREAD * math.sqrt(1 - RELIABILITY), (2, people))
    before, after = trait + state[0], trait + state[1] - 2 + effect * treated
    return Wellbeing(treated, before, after)


def _gaps() -> Scenario:
    return Scenario(
        "gaps",
        "Those who were worse at referral answer less often later, the more so when treated; effect -1.5 points",
        _with_gaps,
        (
            Method("mean difference, complete answers", _complete, -1.5, Marks(bias=0.1), (BIAS,)),
            Method("mean difference, multiple imputation", _imputed, -1.5, Marks(bias=0.1)),
        ),
    )


def _with_gaps(rng: np.random.Generator) -> Wellbeing:
    drawn = wellbeing(rng, 400, -1.5)
    away = scipy.special.expit(-1.2 + 0.15 * (drawn.before - MEAN) * (0.4 + 1.2 * drawn.treated))
    return replace(drawn, after=np.where(rng.random(away.size) < away, np.nan, drawn.after))


def _worst() -> Scenario:
    return Scenario(
        "worst-day",
        "People come when they score 15 or more; the programme does nothing",
        _at_their_worst,
        (
            Method("change from before to after", _change, 0.0, Marks(bias=0.1), (BIAS, FALSE_ALARMS)),
            Method("regression on the score before, with controls", _compared, 0.0, Marks(bias=0.1)),
        ),
    )


def _at_their_worst(rng: np.random.Generator) -> Wellbeing:
    drawn = wellbeing(rng, 800, 0.0)
    rounded = [np.clip(np.round(score), LOWEST, HIGHEST) for score in (drawn.before, drawn.after)]
    chosen = rounded[0] >= CASE
    return Wellbeing(drawn.treated[chosen], rounded[0][chosen], rounded[1][chosen])


def _many_outcomes() -> Scenario:
    marks = Marks(bias=None, coverage=None, error=None)
    return Scenario(
        "ten-outcomes",
        "Ten outcomes, none of which moves: is any of them found?",
        lambda rng: rng.random(OUTCOMES),
        (
            Method("each outcome at 5 %", _smallest, 0.0, marks, (FALSE_ALARMS,)),
            Method("Holm", lambda p: _smallest(stats.adjust_p_values(p).p_values), 0.0, marks),
        ),
    )


def _small_share() -> Scenario:
    share, people = 0.05, 30
    marks = Marks(bias=None, error=None, false_alarms=None)
    return Scenario(
        "small-share",
        "A share of 5 % among thirty people",
        lambda rng: (int(rng.binomial(people, share)), people),
        (
            Method("share with the Wald interval", _wald_share, share, marks, (COVERAGE,)),
            Method("share, Wilson", lambda drawn: stats.wilson(*drawn), share, replace(marks, coverage=(0.93, 1.0))),
            Method(
                "share, exact", lambda drawn: stats.exact_share(*drawn), share, replace(marks, coverage=(0.93, 1.0))
            ),
        ),
    )


def _complete(drawn: Wellbeing) -> Estimate:
    kept = np.isfinite(drawn.after)
    return stats.mean_difference(drawn.after[kept], drawn.treated[kept])


def _imputed(drawn: Wellbeing) -> Estimate:
    columns = {"treated": drawn.treated, "before": drawn.before, "after": drawn.after}
    columns["both"] = drawn.treated * drawn.before
    filled = stats.impute(columns, imputations=20, cycles=1, models={"after": "normal"})
    freedom = float(drawn.treated.size - 2)
    return filled.analyse(_filled_difference, complete_freedom=freedom).estimate


def _filled_difference(columns: dict[str, FloatArray]) -> Estimate:
    return stats.mean_difference(columns["after"], columns["treated"])


def _change(drawn: Wellbeing) -> Estimate:
    inside = drawn.treated == 1
    change = drawn.after[inside] - drawn.before[inside]
    error = float(change.std(ddof=1)) / math.sqrt(change.size)
    mean = float(change.mean())
    return Estimate(mean, mean - 1.96 * error, mean + 1.96 * error, standard_error=error)


def _compared(drawn: Wellbeing) -> Estimate:
    columns = {"treated": drawn.treated, "before": drawn.before}
    return stats.linear_regression(drawn.after, columns, errors="HC1").estimate("treated")


def _smallest(p_values: FloatArray) -> Estimate:
    return Estimate(0.0, 0.0, 0.0, p_value=float(np.min(p_values)))


def _wald_share(drawn: tuple[int, int]) -> Estimate:
    found, people = drawn
    share = found / people
    half = 1.959964 * math.sqrt(share * (1 - share) / people)
    return Estimate(share, share - half, share + half)
