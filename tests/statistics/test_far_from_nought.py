"""Regressions on years, populations and amounts far from nought, against NIST's certified values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from fourfold import stats

LONGLEY = {  # NIST Statistical Reference Datasets, Longley: estimate and standard deviation, to fifteen digits
    "intercept": (-3482258.63459582, 890420.383607373),
    "GNPDEFL": (15.0618722713733, 84.9149257747669),
    "GNP": (-0.358191792925910e-01, 0.334910077722432e-01),
    "UNEMP": (-2.02022980381683, 0.488399681651699),
    "ARMED": (-1.03322686717359, 0.214274163161675),
    "POP": (-0.511041056535807e-01, 0.226073200069370),
    "YEAR": (1829.15146461355, 455.478499142212),
}


def test_longley_against_nist() -> None:
    frame = sm.datasets.longley.load_pandas().data
    fit = stats.linear_regression(frame.TOTEMP, frame[list(LONGLEY)[1:]], errors="classical")
    for name, certified in LONGLEY.items():
        found = fit.estimate(name)
        assert (found.estimate, found.standard_error) == pytest.approx(certified, rel=1e-10), name


def test_a_polynomial_against_nist_wampler_1() -> None:
    """All coefficients are one, without error."""
    x = np.arange(21.0)
    fit = stats.linear_regression(sum(x**k for k in range(6)), {f"x{k}": x**k for k in range(1, 6)}, errors="classical")
    assert fit.coefficients == pytest.approx(np.ones(6), abs=1e-8)
    assert fit.standard_errors == pytest.approx(np.zeros(6), abs=1e-8)


@pytest.mark.parametrize("errors", ["classical", "HC1", "HC3", "cluster", "Newey-West"])
@pytest.mark.parametrize("far", [1e3, 1e6, 1e8])
def test_where_a_covariate_begins_changes_no_slope(errors: str, far: float, rng: np.random.Generator) -> None:
    """At a hundred million the slope of 2 was 0.2, with an error that was no number."""
    x = rng.normal(size=300)
    y, cluster = 2 * x + rng.normal(size=300), np.arange(300) // 5 if errors == "cluster" else None
    near, away = (
        stats.linear_regression(y, {"x": x + shift}, errors=errors, cluster=cluster).estimate("x") for shift in (0, far)
    )
    assert (away.estimate, away.standard_error) == pytest.approx((near.estimate, near.standard_error), rel=1e-7)


def test_what_no_digits_are_left_for_is_refused(rng: np.random.Generator) -> None:
    x = rng.normal(size=300)
    with pytest.raises(stats.NotIdentified, match="too far from zero"):
        stats.linear_regression(x, {"x": np.sin(x) + 1e12})


@pytest.mark.parametrize("feature", [lambda x: x + 1e6, lambda x: 1e6 * x])
def test_where_a_feature_of_sites_begins_changes_no_slope(feature: Any, rng: np.random.Generator) -> None:
    y, x = rng.normal(size=14), rng.normal(size=14)
    near = stats.meta_regression(y, np.full(14, 0.3), {"x": x}).slope("x")
    away = stats.meta_regression(y, np.full(14, 0.3), {"x": feature(x)}).slope("x")
    assert away.estimate / away.standard_error == pytest.approx(near.estimate / near.standard_error, rel=1e-7)


@pytest.mark.parametrize("unit", [lambda x: x + 1e6, lambda x: 1e6 * x], ids=["shifted", "stretched"])
def test_the_unit_of_a_covariate_changes_no_group_time_effect(mpdta: dict[str, Any], unit: Any) -> None:
    """Population in heads and not in logarithms of thousands was said to tell starting counties apart completely."""
    panel = {name: mpdta[name] for name in ("outcome", "unit", "period", "first_treated")}
    near, away = (
        stats.group_time_effects(**panel, covariates={"lpop": x}).aggregate().overall
        for x in (mpdta["population"], unit(mpdta["population"]))
    )
    assert (away.estimate, away.standard_error) == pytest.approx((near.estimate, near.standard_error), rel=1e-6)


def test_clusters_without_error_have_an_error_of_nought_and_not_no_number() -> None:
    y, arm, late = np.arange(40.0), np.tile([0, 1], 20), np.tile([0, 0, 1, 1], 10)
    found = stats.two_by_two(y, arm, late, cluster=np.arange(40) // 2).effect
    assert np.isfinite([found.estimate, found.low, found.high]).all()
