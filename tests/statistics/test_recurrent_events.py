"""Repeated events against the published bladder data and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fourfold import stats

COVARIATES = ["rx", "size", "number"]


def test_andersen_gill_by_name_against_therneau_grambsch_bladder2(bladder2):
    """(A4)"""
    fit = stats.andersen_gill(bladder2.stop, bladder2.event, bladder2[COVARIATES], bladder2.id, entry=bladder2.start)
    assert fit.coefficients == pytest.approx([-0.464687, -0.043660, 0.174960], abs=1e-6)
    assert fit.robust_standard_errors == pytest.approx([0.265561, 0.077616, 0.063041], abs=1e-6)


@pytest.mark.parametrize(
    ("clock", "coefficients", "errors"),
    [
        ("total", (-0.3334887264, -0.0084946661, 0.1196172380), (0.2047867719, 0.0616352080, 0.0513867498)),
        ("gap", (-0.2790045155, 0.0074150875, 0.1580459000), (0.2156238693, 0.0643325083, 0.0509397665)),
    ],
)
def test_prentice_williams_peterson_against_r_survival_bladder2(bladder2, clock, coefficients, errors):
    """R survival 3.8-3; Therneau & Grambsch 2000, table 8.7 to the digits printed there."""
    rows = bladder2
    fit = stats.prentice_williams_peterson(
        rows.stop, rows.event, rows.enum, rows[COVARIATES], rows.id, entry=rows.start, clock=clock
    )
    assert fit.coefficients == pytest.approx(coefficients, abs=1e-9)
    assert fit.robust_standard_errors == pytest.approx(errors, abs=1e-9)


def test_an_effect_for_each_event_against_r_survival_bladder2(bladder2):
    rows = bladder2
    fit = stats.prentice_williams_peterson(
        rows.stop, rows.event, rows.enum, rows[COVARIATES], rows.id, entry=rows.start, by_order=["rx"]
    )
    assert fit.names == ("rx[1]", "rx[2]", "rx[3]", "rx[4]", "size", "number")
    published = (-0.4183545672, -0.4518419802, -0.0674052447, 0.2043594518, -0.0074517918, 0.1142098407)
    assert fit.coefficients == pytest.approx(published, abs=1e-9)
    errors = (0.2935989254, 0.4370804246, 0.4107249512, 0.5027731306, 0.0632651933, 0.0512935102)
    assert fit.robust_standard_errors == pytest.approx(errors, abs=1e-9)


def test_marginal_effects_by_name_against_wei_lin_weissfeld_1989(bladder):
    """(A5)"""
    fit = stats.wei_lin_weissfeld(
        bladder.stop, bladder.event, bladder.enum, bladder[COVARIATES], bladder.id, by_order=COVARIATES, ties="breslow"
    )
    names = [f"rx[{k}]" for k in (1, 2, 3, 4)]
    found = [fit.log_hazard_ratio(name) for name in names]
    assert [one.estimate for one in found] == pytest.approx([-0.5176, -0.6194, -0.6999, -0.6508], abs=5e-5)
    assert [one.standard_error for one in found] == pytest.approx([0.3075, 0.3639, 0.4152, 0.4897], abs=5e-5)


def test_the_joint_test_and_the_best_average_against_r_survival_bladder(bladder):
    """The four treatment effects together, and averaged by the inverse covariance; R survival 3.8-3."""
    fit = stats.wei_lin_weissfeld(
        bladder.stop, bladder.event, bladder.enum, bladder[COVARIATES], bladder.id, by_order=COVARIATES, ties="breslow"
    )
    names = [f"rx[{k}]" for k in (1, 2, 3, 4)]
    test = fit.wald(*names)
    assert (test.statistic, test.degrees_of_freedom) == (pytest.approx(3.9667813, abs=1e-6), 4)
    spread = fit.robust_covariance[np.ix_([0, 1, 2, 3], [0, 1, 2, 3])]
    best = np.linalg.solve(spread, np.ones(4))
    average = fit.combination(dict(zip(names, best / best.sum(), strict=True)))
    assert (average.estimate, average.standard_error) == pytest.approx((-0.54888807, 0.28527750), abs=1e-7)


def test_marginal_rows_are_made_from_episodes(bladder, bladder2):
    """The published marginal rows (one per person and tumour) follow from the published episodes."""
    made = stats.marginal_episodes(bladder2.stop, bladder2.event, bladder2.id, orders=4)
    order = np.lexsort((bladder.enum, bladder.id))
    known = ~np.isin(bladder.id.to_numpy()[order], sorted(set(bladder.id) - set(bladder2.id)))
    assert made.time.tolist() == bladder.stop.to_numpy()[order][known].tolist()
    assert made.event.tolist() == bladder.event.to_numpy()[order][known].tolist()
    assert made.order.tolist() == bladder.enum.to_numpy()[order][known].tolist()
    assert (bladder2.id.to_numpy()[made.row] == bladder.id.to_numpy()[order][known]).all()


def test_mean_cumulative_function_against_r_survival_bladder2(bladder2):
    """R survival 3.8-3, survfit with id: errors by the infinitesimal jackknife."""
    curve = stats.mean_cumulative_function(bladder2.stop, bladder2.event, bladder2.id, entry=bladder2.start)
    found = curve.at([10, 30, 50])
    assert [one.estimate for one in found] == pytest.approx([0.519281254, 1.579866148, 1.916510236], abs=1e-9)
    assert [one.standard_error for one in found] == pytest.approx([0.0886006599, 0.2142832316, 0.2699486313], abs=1e-9)
    assert all(one.low < one.estimate < one.high for one in found)


def test_mean_number_of_events_by_hand():
    """Two people; one has an event at 1 and 2, the other leaves at 1.5: 1/2 by day 1, 1 more by day 2."""
    curve = stats.mean_cumulative_function([1, 2, 3, 1.5], [1, 1, 0, 0], [7, 7, 7, 8], entry=[0, 1, 2, 0])
    assert [one.estimate for one in curve.at([0.5, 1, 2, 3])] == [0, 0.5, 1.5, 1.5]
    assert curve.at([1])[0].standard_error == pytest.approx(np.sqrt(2 * 0.25**2))
    assert curve.people == 2


def test_with_one_event_each_the_mean_number_is_the_cumulative_hazard(rng):
    time, event = rng.integers(1, 20, 60), rng.integers(0, 2, 60)
    curve, survival = stats.mean_cumulative_function(time, event, np.arange(60)), stats.kaplan_meier(time, event)
    assert curve.mean[-1] == pytest.approx((survival.events / survival.at_risk).sum())


def test_mean_number_covers_where_people_differ(rng):
    """Rate 1.5 a year with a gamma frailty: the mean by two years is 3, inside the interval about as often as said."""
    covered = 0
    for _ in range(200):
        rates = 1.5 * rng.gamma(2, 0.5, 60)
        counts = rng.poisson(2 * rates)
        who = np.concatenate([np.repeat(np.arange(60), counts), np.arange(60)])
        time = np.concatenate([rng.uniform(0, 2, counts.sum()), np.full(60, 2.0)])
        event = np.arange(time.size) < counts.sum()
        order = np.lexsort((time, who))
        entry = np.where(np.diff(who[order], prepend=-1) == 0, np.roll(time[order], 1), 0.0)
        estimate = stats.mean_cumulative_function(time[order], event[order], who[order], entry=entry).at([2.0])[0]
        covered += estimate.low < 3 < estimate.high
    assert 0.89 < covered / 200 < 0.99


def test_a_common_gap_before_every_episode_leaves_the_gap_clock_alone(bladder2):
    rows = bladder2
    shifted = stats.prentice_williams_peterson(
        rows.stop + 7, rows.event, rows.enum, rows[COVARIATES], rows.id, entry=rows.start + 7, clock="gap"
    )
    plain = stats.prentice_williams_peterson(
        rows.stop, rows.event, rows.enum, rows[COVARIATES], rows.id, entry=rows.start, clock="gap"
    )
    assert shifted.coefficients == pytest.approx(plain.coefficients, abs=1e-10)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda b: stats.wei_lin_weissfeld(b.stop, b.event, b.enum - 1, b[COVARIATES], b.id),
            stats.OutOfRange,
            "order",
        ),
        (
            lambda b: stats.wei_lin_weissfeld(b.stop, b.event, b.enum, b[["rx"]].to_numpy(), b.id, by_order=["rx"]),
            stats.OutOfRange,
            "needs covariates with names",
        ),
        (
            lambda b: stats.wei_lin_weissfeld(b.stop, b.event, b.enum, b[["rx"]], b.id, by_order=["age"]),
            stats.UnknownChoice,
            "by_order",
        ),
        (lambda b: stats.mean_cumulative_function(b.stop, b.event * 0, b.id), stats.TooFewEvents, "0 in every row"),
        (lambda b: stats.marginal_episodes(b.stop, b.event, b.id, orders=0), stats.OutOfRange, "orders"),
        (
            lambda b: stats.mean_cumulative_function(b.stop, b.event, b.id).at([1e6]),
            stats.BeyondFollowUp,
            "after the last",
        ),
    ],
)
def test_what_has_no_answer_is_refused_in_words(bladder, call, error, says):
    with pytest.raises(error, match=says):
        call(bladder)


def test_a_joint_test_of_more_effects_than_people_is_refused():
    fit = stats.andersen_gill(
        [1, 3, 2, 4, 1, 3, 5, 6],
        [1, 1, 1, 0, 1, 0, 1, 1],
        {"a": [1, 0, 1, 0, 0, 1, 1, 0], "b": [1, 2, 0, 1, 3, 2, 0, 1]},
        [1, 1, 1, 1, 1, 1, 1, 2],
        entry=[0, 1, 0, 2, 0, 1, 3, 0],
    )
    with pytest.raises(stats.NotIdentified, match="directions in which the clusters vary"):
        fit.wald()
