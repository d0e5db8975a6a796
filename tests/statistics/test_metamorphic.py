"""What must hold whatever the data are; the numbers in brackets are those of the acceptance list."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fourfold import stats

SEVERAL = settings(max_examples=40)


@st.composite
def follow_ups(draw, least: int = 20) -> tuple[np.ndarray, ...]:
    """Entry, time, event and two covariates of a few dozen people, with ties and late entries."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(least, 60))
    entry = rng.integers(0, 6, n).astype(float)
    time = entry + rng.integers(1, 12, n)
    event = rng.integers(0, 2, n)
    x = np.column_stack([np.arange(n) % 2, rng.normal(size=n)])
    return entry, time, event, x


def _fit(time, event, x, **choices) -> stats.CoxFit:
    """Fit, leaving aside the rare data in which a hazard ratio is infinite."""
    try:
        return stats.cox_regression(time, event, x, **choices)
    except (stats.NotIdentified, stats.TooFewEvents):
        assume(False)
        raise


@SEVERAL
@given(follow_ups())
def test_swapping_the_arms_turns_the_sign(rows):
    """(M1)"""
    entry, time, event, x = rows
    one = _fit(time, event, x, entry=entry)
    other = _fit(time, event, np.column_stack([1 - x[:, 0], x[:, 1]]), entry=entry)
    assert other.coefficients == pytest.approx(one.coefficients * [-1, 1], abs=1e-7)


@SEVERAL
@given(follow_ups(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, shuffler):
    """(M2)"""
    entry, time, event, x = rows
    order = list(range(time.size))
    shuffler.shuffle(order)
    one = _fit(time, event, x, entry=entry, cluster=np.arange(time.size) // 2)
    other = _fit(time[order], event[order], x[order], entry=entry[order], cluster=np.array(order) // 2)
    assert other.coefficients == pytest.approx(one.coefficients, abs=1e-8)
    assert other.robust_standard_errors == pytest.approx(one.robust_standard_errors, abs=1e-8)
    before, after = (stats.kaplan_meier(time[o], event[o], entry=entry[o]) for o in (slice(None), order))
    assert after.survival == pytest.approx(before.survival)


@SEVERAL
@given(follow_ups(), st.floats(0.01, 100))
def test_the_unit_of_time_scales_means_and_leaves_hazard_ratios(rows, unit):
    """(M3)"""
    entry, time, event, x = rows
    one, other = _fit(time, event, x, entry=entry), _fit(time * unit, event, x, entry=entry * unit)
    assert other.coefficients == pytest.approx(one.coefficients, abs=1e-8)
    curves = (stats.kaplan_meier(time * scale, event) for scale in (1, unit))
    short, long = (stats.restricted_mean(c, 5 * s) for c, s in zip(curves, (1, unit), strict=True))
    assert long.estimate == pytest.approx(short.estimate * unit)
    assert long.standard_error == pytest.approx(short.standard_error * unit)


@SEVERAL
@given(follow_ups())
def test_doubled_rows_halve_the_variance_but_not_that_of_clusters(rows):
    """(M4) With Breslow ties, since doubling makes ties."""
    entry, time, event, x = rows
    people = np.arange(time.size)
    once = _fit(time, event, x, entry=entry, ties="breslow", cluster=people)
    twice = _fit(
        np.tile(time, 2),
        np.tile(event, 2),
        np.tile(x, (2, 1)),
        entry=np.tile(entry, 2),
        ties="breslow",
        cluster=np.tile(people, 2),
    )
    assert twice.coefficients == pytest.approx(once.coefficients, abs=1e-7)
    assert twice.standard_errors == pytest.approx(once.standard_errors / np.sqrt(2))
    assert twice.robust_standard_errors == pytest.approx(once.robust_standard_errors)


@SEVERAL
@given(follow_ups())
def test_a_weight_of_two_is_a_row_twice(rows):
    """(M5)"""
    entry, time, event, x = rows
    weights = 1 + (np.arange(time.size) % 3 == 0)
    times = np.repeat(np.arange(time.size), weights)
    one = _fit(time, event, x, entry=entry, weights=weights, ties="breslow")
    other = _fit(time[times], event[times], x[times], entry=entry[times], ties="breslow")
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-7)
    assert one.standard_errors == pytest.approx(other.standard_errors)
    curve = stats.kaplan_meier(time, event, entry=entry, weights=weights)
    repeated = stats.kaplan_meier(time[times], event[times], entry=entry[times])
    assert curve.survival == pytest.approx(repeated.survival)
    assert curve.standard_error == pytest.approx(repeated.standard_error, nan_ok=True)


@SEVERAL
@given(st.lists(st.integers(0, 50), min_size=1, max_size=80))
def test_without_censoring_the_curve_is_the_share_still_waiting(times):
    """(M6)"""
    curve = stats.kaplan_meier(times, np.ones(len(times)))
    assert curve.survival == pytest.approx([np.mean(np.array(times) > t) for t in curve.time])


@SEVERAL
@given(follow_ups(), st.integers(1, 3))
def test_the_ways_out_and_those_left_add_up_to_one(rows, causes):
    """(M7)"""
    entry, time, event, _ = rows
    assume(event.any())
    cause = event * (1 + np.arange(time.size) % causes)
    found = stats.cumulative_incidence(time, cause, entry=entry)
    assert found.incidence.sum(axis=0) + found.survival == pytest.approx(np.ones(found.time.size))


@SEVERAL
@given(follow_ups())
def test_with_one_cause_incidence_is_one_minus_survival(rows):
    entry, time, event, _ = rows
    assume(event.any())
    found = stats.cumulative_incidence(time, event, entry=entry)
    assert found.incidence[0] == pytest.approx(1 - stats.kaplan_meier(time, event, entry=entry).survival)


@SEVERAL
@given(st.lists(st.floats(0.1, 50), min_size=2, max_size=60))
def test_without_censoring_the_restricted_mean_is_the_mean(times):
    """(M8)"""
    curve = stats.kaplan_meier(times, np.ones(len(times)))
    mean = stats.restricted_mean(curve, 60)
    assert mean.estimate == pytest.approx(np.mean(times))
    assert mean.standard_error == pytest.approx(np.std(times) / np.sqrt(len(times)), abs=1e-9)


@SEVERAL
@given(follow_ups())
def test_one_weight_for_all_is_no_weight(rows):
    """(M9)"""
    entry, time, event, x = rows
    one = _fit(time, event, x, entry=entry, cluster=np.arange(time.size))
    other = _fit(time, event, x, entry=entry, cluster=np.arange(time.size), weights=np.full(time.size, 0.25))
    assert other.coefficients == pytest.approx(one.coefficients, abs=1e-8)
    assert other.robust_standard_errors == pytest.approx(one.robust_standard_errors)


@SEVERAL
@given(st.integers(0, 2**32), st.integers(40, 300), st.floats(-1.5, 1.5), st.floats(1e-3, 1e3))
def test_overlap_weights_balance_every_covariate_exactly(seed, people, strength, unit):
    """(M10)"""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=people) * unit, rng.poisson(2, people), 2000 + rng.normal(size=people)])
    treated = rng.random(people) < 1 / (1 + np.exp(-strength * x[:, 0] / unit))
    assume(5 < treated.sum() < people - 5)
    try:
        fit = stats.propensity_weights(treated, x)
    except stats.NotIdentified:
        assume(False)
        raise
    assert fit.largest_difference < 1e-8


@SEVERAL
@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=10), st.floats(-2, 2))
def test_sites_that_agree_pool_as_with_one_effect(errors, effect):
    """(M11)"""
    fit = stats.random_effects([effect] * len(errors), errors, interval="Wald")
    assert fit.tau_squared == 0
    assert fit.pooled.estimate == pytest.approx(fit.fixed.estimate)
    assert fit.pooled.standard_error == pytest.approx(fit.fixed.standard_error)


@SEVERAL
@given(st.lists(st.floats(-2, 2), min_size=3, max_size=8), st.floats(-5, 5), st.floats(0.1, 10))
def test_pooling_moves_and_stretches_with_the_estimates(effects, shift, stretch):
    errors = 0.1 + 0.05 * np.arange(len(effects))
    one = stats.random_effects(effects, errors)
    other = stats.random_effects(shift + stretch * np.array(effects), stretch * errors)
    assert other.pooled.estimate == pytest.approx(shift + stretch * one.pooled.estimate, abs=1e-5)
    assert other.tau_squared == pytest.approx(stretch**2 * one.tau_squared, abs=1e-6 * stretch**2)


@SEVERAL
@given(st.lists(st.floats(-2, 2), min_size=2, max_size=8))
def test_reml_is_at_the_top_of_its_likelihood(effects):
    """No other variance between sites makes the restricted likelihood higher."""
    y, v = np.array(effects), (0.1 + 0.05 * np.arange(len(effects))) ** 2

    def likelihood(tau_squared: float) -> float:
        w = 1 / (v + tau_squared)
        return float(np.log(w).sum() - np.log(w.sum()) - w @ (y - w @ y / w.sum()) ** 2)

    found = stats.random_effects(y, np.sqrt(v)).tau_squared
    assert likelihood(found) >= max(likelihood(t) for t in np.geomspace(1e-6, 50, 300)) - 1e-9


@SEVERAL
@given(follow_ups())
def test_splitting_an_episode_changes_nothing(rows):
    """(M18) Cut every long row in two at a moment inside it."""
    entry, time, event, x = rows
    people, long = np.arange(time.size), time - entry > 1
    cut = entry + 0.5 + np.floor((time - entry) / 2)
    whole = _fit(time, event, x, entry=entry, cluster=people)
    split = _fit(
        np.concatenate([np.where(long, np.minimum(cut, time - 0.25), time), time[long]]),
        np.concatenate([np.where(long, 0, event), event[long]]),
        np.vstack([x, x[long]]),
        entry=np.concatenate([entry, np.minimum(cut, time - 0.25)[long]]),
        cluster=np.concatenate([people, people[long]]),
    )
    assert split.coefficients == pytest.approx(whole.coefficients, abs=1e-8)
    assert split.standard_errors == pytest.approx(whole.standard_errors)
    assert split.robust_standard_errors == pytest.approx(whole.robust_standard_errors)
    assert split.log_likelihood == pytest.approx(whole.log_likelihood)


@SEVERAL
@given(follow_ups())
def test_somebody_who_left_before_the_first_event_changes_nothing(rows):
    """(M19)"""
    _, time, event, x = rows
    assume(event.any())
    early = 0.5 * time[event == 1].min()
    one = _fit(time, event, x)
    other = _fit(np.append(time, early), np.append(event, 0), np.vstack([x, [1, 0.3]]))
    assert other.coefficients == pytest.approx(one.coefficients, abs=1e-8)
    assert other.log_likelihood == pytest.approx(one.log_likelihood)
    groups = stats.log_rank(time, event, x[:, 0])
    assert stats.log_rank(np.append(time, early), np.append(event, 0), np.append(x[:, 0], 1)).statistic == (
        pytest.approx(groups.statistic)
    )


@SEVERAL
@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.5, 0.999))
def test_a_share_lies_inside_its_limits_and_mirrors(successes, people, level):
    successes = min(successes, people)
    one = stats.wilson(successes, people, level=level)
    other = stats.wilson(people - successes, people, level=level)
    assert 0 <= one.low <= one.estimate <= one.high <= 1
    assert (other.low, other.high) == pytest.approx((1 - one.high, 1 - one.low))
