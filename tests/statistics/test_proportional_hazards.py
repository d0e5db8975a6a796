"""The test that a hazard ratio is constant, against R's survival and planted changes."""

from __future__ import annotations

import numpy as np
import pytest

from fourfold import stats

VETERAN = ["trt", "prior", "karno"]


@pytest.fixture(scope="module")
def veteran_fit(veteran):
    return stats.cox_regression(veteran.time, veteran.status, veteran[VETERAN])


@pytest.mark.parametrize(
    ("transform", "single", "overall"),
    [
        ("km", (0.288, 2.168, 12.138), 18.073),
        ("rank", (0.283, 2.227, 12.771), 18.806),
        ("identity", (1.112, 1.528, 4.764), 11.439),
        ("log", (0.165, 2.799, 9.698), 14.961),
    ],
)
def test_proportional_hazards_against_therneau_veteran(veteran_fit, transform, single, overall):
    """(A3) R survival 3.8, cox.zph: exact score tests."""
    found = stats.proportional_hazards_test(veteran_fit, transform=transform)
    assert [found.tests[name].statistic for name in VETERAN] == pytest.approx(single, abs=5e-4)
    assert found.overall.statistic == pytest.approx(overall, abs=5e-4)
    assert found.overall.degrees_of_freedom == 3


def test_proportional_hazards_p_value_against_therneau_veteran(veteran_fit):
    """(A3)"""
    found = stats.proportional_hazards_test(veteran_fit, transform="identity")
    assert found.tests["karno"].p_value == pytest.approx(0.0291, abs=5e-5)


@pytest.mark.parametrize(
    ("stratified", "transform", "published"),
    [
        (False, "km", (0.017939247, 2.031364296, 0.602712186, 2.284180385)),
        (True, "rank", (0.674386445, 0.249348930, 0.039205327, 0.874456257)),
        (True, "km", (0.199616078, 0.281256951, 0.120348463, 0.794556701)),
    ],
)
def test_proportional_hazards_of_episodes_against_r_survival_bladder2(bladder2, stratified, transform, published):
    """Late entry, ties and strata; R survival 3.8-3."""
    fit = stats.cox_regression(
        bladder2.stop,
        bladder2.event,
        bladder2[["rx", "size", "number"]],
        entry=bladder2.start,
        strata=bladder2.enum if stratified else None,
        cluster=bladder2.id,
    )
    found = stats.proportional_hazards_test(fit, transform=transform)
    statistics = [one.statistic for one in found.tests.values()] + [found.overall.statistic]
    assert statistics == pytest.approx(published, abs=1e-8)


def test_scaled_residuals_against_r_survival_veteran(veteran_fit):
    """The first three events, R survival 3.8-3 (cox.zph(fit)$y)."""
    residuals = stats.schoenfeld_residuals(veteran_fit)
    first = sorted(zip(residuals.time, *residuals.values.T, strict=True))[:2]
    assert first[0][1:] == pytest.approx((2.071536766, -0.1751838774, -0.01591904146), abs=1e-8)
    assert first[1][1:] == pytest.approx((2.171413321, 0.3992128758, -0.13326648559), abs=1e-8)
    assert residuals.values.mean(axis=0) == pytest.approx(veteran_fit.coefficients)


def test_indicators_of_one_grouping_are_tested_together(veteran):
    columns = {name: veteran.celltype == name for name in ("smallcell", "adeno", "large")}
    fit = stats.cox_regression(veteran.time, veteran.status, columns | {"karno": veteran.karno})
    found = stats.proportional_hazards_test(fit, terms={"cell": list(columns), "karno": ["karno"]})
    assert found.tests["cell"].degrees_of_freedom == 3
    assert set(found.tests) == {"cell", "karno"}


def test_the_test_is_the_score_test_of_a_time_varying_covariate(rng):
    """Splitting everybody at each event day and adding x * day: the same statistic, by hand."""
    days, event, x = rng.integers(1, 6, 80), rng.integers(0, 2, 80), rng.normal(size=80)
    rows = [(d - 1, d, float(e and d == t), v) for t, e, v in zip(days, event, x, strict=True) for d in range(1, t + 1)]
    start, stop, died, value = np.array(rows).T
    fit = stats.cox_regression(days, event, {"x": x})
    both = stats.cox_regression(stop, died, {"x": value, "x by day": value * stop}, entry=start)
    found = stats.proportional_hazards_test(fit, transform="identity").overall
    gain = 2 * (both.log_likelihood - fit.log_likelihood)
    wald = (both.coefficients[1] / both.standard_errors[1]) ** 2
    assert found.statistic == pytest.approx(gain, rel=0.2, abs=0.05)
    assert found.statistic == pytest.approx(wald, rel=0.2, abs=0.05)


def test_a_waning_effect_is_found_and_a_constant_one_is_not(rng):
    treated, first = rng.integers(0, 2, 3000), rng.exponential(1, 3000)
    constant = first * np.where(treated == 1, 2.0, 1.0)
    waning = np.where((treated == 1) & (first > 0.25), first + 0.25, np.where(treated == 1, 2 * first, first))
    alarms = [
        stats.proportional_hazards_test(stats.cox_regression(time, np.ones(3000), {"treated": treated})).overall.p_value
        for time in (constant, waning)
    ]
    assert alarms[0] > 0.001
    assert alarms[1] < 1e-6


def test_under_constant_ratios_p_values_are_uniform(rng):
    found = []
    for _ in range(200):
        x = rng.normal(size=150)
        fit = stats.cox_regression(rng.exponential(np.exp(-0.5 * x)), np.ones(150), {"x": x})
        found.append(stats.proportional_hazards_test(fit).overall.p_value)
    assert 0.4 < np.mean(found) < 0.6
    assert np.mean(np.array(found) < 0.05) < 0.1


@pytest.mark.parametrize(
    ("choices", "error", "says"),
    [
        ({"transform": "square"}, stats.UnknownChoice, "transform"),
        ({"terms": {"cell": ["nobody"]}}, stats.UnknownChoice, "terms"),
    ],
)
def test_a_choice_that_is_not_there_is_refused(veteran_fit, choices, error, says):
    with pytest.raises(error, match=says):
        stats.proportional_hazards_test(veteran_fit, **choices)


def test_a_change_over_time_cannot_be_seen_on_one_day_or_at_time_nought():
    fit = stats.cox_regression([3, 3, 3, 4], [1, 1, 0, 0], {"x": [1, 0, 1, 0.5]})
    with pytest.raises(stats.NotIdentified, match="one day"):
        stats.proportional_hazards_test(fit)
    started = stats.cox_regression([0, 2, 3, 4], [1, 1, 0, 1], {"x": [1, 0, 1, 0]})
    with pytest.raises(stats.OutOfRange, match="time 0"):
        stats.proportional_hazards_test(started, transform="log")
