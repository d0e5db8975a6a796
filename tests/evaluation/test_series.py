"""A recorded series is never read across a change of the recording rules in silence."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from fourfold import stats
from fourfold.evaluation.series import recorded_series
from fourfold.evaluation.terms import SeriesBreak


def months(first: date, number: int) -> list[date]:
    """Return the first days of consecutive months."""
    return [date(first.year + (first.month - 1 + k) // 12, (first.month - 1 + k) % 12 + 1, 1) for k in range(number)]


WHEN = months(date(2018, 6, 1), 60)  # crosses April 2020 and May 2023
STARTED = date(2021, 9, 1)


def counts(*, rule: float, unit: float) -> np.ndarray:
    """Invent recorded crimes: the rule of April 2020 multiplies them, and so does the unit, from its month on."""
    dice = np.random.default_rng(4)
    level = np.array([200 * (rule if day >= date(2020, 4, 1) else 1) * (unit if day >= STARTED else 1) for day in WHEN])
    return dice.poisson(level).astype(float)


def test_a_change_that_nobody_answers_for_is_refused_by_name() -> None:
    with pytest.raises(SeriesBreak, match="April 2020"):
        recorded_series(WHEN, counts(rule=1.8, unit=1.0), started=STARTED)


def test_with_a_step_for_the_change_no_effect_is_found_where_there_is_none_and_without_one_it_is() -> None:
    series = counts(rule=1.8, unit=1.0)
    honest = recorded_series(WHEN[:58], series[:58], started=STARTED, steps=True, slope=False)
    assert [one.on.year for one in honest.crossed] == [2020]
    assert honest.fit.level.low < 0 < honest.fit.level.high
    pooled = recorded_series(WHEN[:58], series[:58], started=STARTED, decision="the level did not change", slope=False)
    assert not pooled.fit.level.low < 0 < pooled.fit.level.high
    assert pooled.answered == "the level did not change"


def test_a_planted_effect_is_found_beside_the_change() -> None:
    found = recorded_series(WHEN[:58], counts(rule=1.8, unit=0.8)[:58], started=STARTED, steps=True, slope=False).fit
    assert found.level.low < np.log(0.8) < found.level.high < 0


@pytest.mark.parametrize(
    ("when", "refusal"),
    [
        ([], stats.EmptyInput),
        (WHEN[:1] + WHEN[2:], stats.WrongShape),
        ([date(2024, 1, 2), date(2024, 2, 2)], stats.WrongShape),
    ],
)
def test_months_that_do_not_follow_one_another_are_refused(when: list[date], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        recorded_series(when, [1.0] * len(when), started=STARTED)
    with pytest.raises(stats.WrongShape):
        recorded_series(WHEN, [1.0], started=STARTED)


def test_a_start_in_the_month_of_the_change_cannot_be_told_from_it() -> None:
    with pytest.raises(stats.NotIdentified):
        recorded_series(WHEN[:58], counts(rule=1.8, unit=1.0)[:58], started=date(2020, 4, 1), steps=True)
