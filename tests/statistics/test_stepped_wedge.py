"""Stepped wedges: the published formula, and the answers of the program that its authors keep."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from fourfold import stats

#: The designs of swCRTdesign's help page of `swPwr` (version 4.0): examples 1, 2, 8, and 7 without a random effect of
#: treatment. Its answers, from its own statements run in R 4.5.0: (standard error, power with both tails).
STANDARD = np.repeat(np.triu(np.ones((4, 5)), 1), 6, axis=0)
EXTENDED = np.hstack([STANDARD, np.ones((24, 3))])
TWELVE = np.repeat(np.triu(np.ones((4, 5)), 1), 3, axis=0)
COUNTS = np.array([
    [26, 493, 64, 45, 48, 231, 117, 17, 49, 36, 19, 77], [67, 590, 261, 212, 67, 318, 132, 58, 44, 57, 59, 78],
    [115, 532, 176, 199, 73, 293, 129, 79, 51, 62, 109, 94], [174, 785, 133, 79, 120, 305, 224, 99, 83, 79, 122, 122],
    [94, 961, 90, 131, 166, 352, 316, 59, 54, 131, 101, 133],
]).T  # fmt: skip
CHLAMYDIA = 0.0425 * 0.9575
#: design, people, within-area variance, tau, gamma, effect, exposure, standard error, power
SWPWR = [
    (STANDARD, 120, CHLAMYDIA, 0.01, 0, 0.015, None, 0.00544814772158, 0.78618959250273),
    (EXTENDED, 120, CHLAMYDIA, 0.01, 0, 0.015, None, 0.00523663154312, 0.81712832568770),
    (STANDARD, 120, 0.01, math.sqrt(2.0408163265e-4 * 0.125), math.sqrt(2.0408163265e-4 * 0.875), 0.015, None, 0.00448246875312, 0.91718861095804),
    (TWELVE, COUNTS, 0.07 * 0.93, 0.017, 0, 0.02, None, 0.00908526634097, 0.59539419705268),
    (STANDARD, 120, CHLAMYDIA, 0.01, 0, 0.015, [1, 1, 1, 1], 0.00713217478591, 0.55695072539059),
    (STANDARD, 120, CHLAMYDIA, 0.01, 0, 0.015, [1], 0.00572168750916, 0.74590139332800),
    (STANDARD, 120, CHLAMYDIA, 0.01, 0, 0.015, [0, 1], 0.00716534023878, 0.55310519508114),
    (STANDARD, 120, CHLAMYDIA, 0.01, 0, 0.015, [0, 0, 0, 1], 0.0123262454472, 0.2294705288013),
    (TWELVE, COUNTS, 0.07 * 0.93, 0.017, 0.01, 0.02, [1, 1, 1, 1], 0.0145645282302, 0.2791102023963),
    (TWELVE, COUNTS, 0.07 * 0.93, 0.017, 0.01, 0.02, [1, 1], 0.0114136952689, 0.4178409202318),
]  # fmt: skip


@pytest.mark.parametrize("case", SWPWR)
def test_immediate_averaged_and_point_effects_against_swcrtdesign(case: tuple[Any, ...]) -> None:
    design, people, within, tau, gamma, effect, exposure, error, power = case
    shared = tau**2 + gamma**2
    given = {
        "people": people, "total_deviation": math.sqrt(within + shared), "correlation": shared / (within + shared),
        "lasting": tau**2 / shared, "exposure": exposure,
    }  # fmt: skip
    assert stats.stepped_wedge_error(design, **given) == pytest.approx(error, rel=1e-9)
    inside = {name: value for name, value in given.items() if name != "total_deviation"} | {
        "within_deviation": math.sqrt(within)
    }
    assert stats.stepped_wedge_error(design, **inside) == pytest.approx(error, rel=1e-9)
    other_tail = ndtr(-effect / error - 1.959963985)
    assert stats.stepped_wedge_power(design, -effect, **given) + other_tail == pytest.approx(power, abs=1e-6)


@pytest.mark.parametrize("design", [STANDARD, EXTENDED, [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]]])
@pytest.mark.parametrize("correlation", [0, 0.05, 0.4])
def test_an_immediate_effect_against_the_closed_form_of_hussey_and_hughes_2007(design: Any, correlation: float) -> None:
    x = np.asarray(design, dtype=float)
    areas, periods = x.shape
    between, within = correlation * 0.25, (1 - correlation) * 0.25 / 30
    u, w, v = x.sum(), (x.sum(axis=0) ** 2).sum(), (x.sum(axis=1) ** 2).sum()
    below = (areas * u - w) * within + (u**2 + areas * periods * u - periods * w - areas * v) * between
    variance = areas * within * (within + periods * between) / below
    z = 0.12 / math.sqrt(variance) - 1.959963985
    found = stats.stepped_wedge_power(x, -0.12, people=30, total_deviation=0.5, correlation=correlation)
    assert found == pytest.approx(ndtr(z), abs=1e-9)


def test_an_effect_that_may_change_is_never_seen_better_than_one_that_may_not() -> None:
    given: dict[str, Any] = {"people": 40, "total_deviation": 0.5, "correlation": 0.05}
    immediate = stats.stepped_wedge_error(STANDARD, **given)
    points = [stats.stepped_wedge_error(STANDARD, exposure=np.eye(4)[k], **given) for k in range(4)]
    assert immediate < min(points)
    assert points == sorted(points)


@pytest.mark.parametrize(
    ("design", "more", "error", "said"),
    [
        ([[0, 1], [0, 1]], {}, stats.NotIdentified, "start at different times"),
        ([[0, 1, 1], [0, 0, 0]], {"exposure": [1, 1, 1]}, stats.OutOfRange, "the longest start is 2 periods back"),
        ([[0, 1, 1], [0, 1, 1]], {"exposure": [1, 1]}, stats.NotIdentified, "start at different times"),
        ([[0, 1, 1, 1, 1]], {"exposure": [1, 1, 1, 1], "people": 55}, stats.NotIdentified, "start at different times"),
        ([[0, 2]], {}, stats.WrongShape, "areas by periods"),
        ([[0, 1], [0, 0]], {"people": [5, 5]}, stats.WrongShape, "one for each cell"),
        ([[0, 1], [0, 0]], {"people": [[5, 5], [0, 5]]}, stats.OutOfRange, "people in each area"),
        ([[0, 1], [0, 0]], {"lasting": 2}, stats.OutOfRange, "lasting"),
    ],
)
def test_a_wedge_without_an_answer_is_refused(
    design: Any, more: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        stats.stepped_wedge_power(design, 1, **{"people": 5, "total_deviation": 1, "correlation": 0.1} | more)


@pytest.mark.parametrize("said", [{"deviation": 1.0}, {}, {"total_deviation": 1.0, "within_deviation": 1.0}])
def test_a_deviation_that_could_be_of_all_people_or_inside_an_area_is_refused(said: dict[str, float]) -> None:
    with pytest.raises(stats.UnknownChoice, match="`total_deviation`"):
        stats.stepped_wedge_error(STANDARD, people=120, correlation=0.1, **said)
