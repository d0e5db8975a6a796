# mypy: ignore-errors
"""Every public function, every argument, every wrong kind of thing: refused in words, never by Python's own exception."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

from fourfold import stats
from tests.statistics.public import FUNCTIONS

ROWS = 40
DAYS = np.arange(1.0, ROWS + 1)
EVENT = np.tile([1, 0], ROWS // 2)
CAUSE = np.tile([1, 2, 0, 1], ROWS // 4)
X = np.sin(DAYS)
Z = np.cos(DAYS * 7)
ARM = np.tile([1, 1, 0, 0], ROWS // 4)
PEOPLE = np.arange(ROWS)
SITES = [*"abcd"] * (ROWS // 4)
PANEL = (X, np.repeat(np.arange(8), 5), np.tile(np.arange(5), 8), np.repeat([2, 2, 3, 3, 0, 0, 0, 0], 5))
CURVE = stats.kaplan_meier(DAYS, EVENT)
FIT = stats.cox_regression(DAYS, EVENT, {"x": X})
POOLED = stats.random_effects([0.1, 0.3, 0.2], [0.1, 0.1, 0.2])
RATIO = stats.Estimate(0.7, 0.5, 0.9, standard_error=0.1)
NORM = stats.ChangeNorm("PHQ-9", "adults", "NHS England 2024", date(2026, 1, 1), points=6)
FIRST, LAST = stats.Measured(20, date(2026, 2, 1), "1"), stats.Measured(10, date(2026, 4, 1), "1")
TOTAL = stats.ReleasedTotal.of("cases", ["london", "cheshire"], 20, 5)

CALLS: dict[str, tuple[Any, ...]] = {
    "accelerated_failure_time": (DAYS, EVENT, {"x": X}),
    "acceptability_frontier": ([[1.0, 2.0], [2.0, 1.0]], [[1.0, 2.0], [2.0, 1.5]], [1.0, 2.0]),
    "adjust_p_values": ([0.01, 0.2],),
    "andersen_gill": (DAYS, EVENT, {"x": X}, PEOPLE),
    "approximate_wait": (1.0, 1.0, 3),
    "area_period_cells": (SITES, ARM, X),
    "assess_change": (FIRST, LAST),
    "attack_releases": ([TOTAL],),
    "augmented_weighting": (X, ARM, {"z": Z}),
    "baseline_hazard": (FIT,),
    "benefit_cost_ratio": ([1.0, 2.0], [1.0, 1.0]),
    "bootstrap_weighted": (stats.weighted_mean_statistic(X, ARM), ARM, {"z": Z}),
    "bounding_factor": (2.0, 2.0),
    "canonical_json": ({"a": 1},),
    "chained_hash": ("a" * 64, {"a": 1}),
    "change_threshold": (1.0,),
    "clinical_cut_off": (10.0, 20.0),
    "concordance": (FIT,),
    "concordance_index": (DAYS, EVENT, X),
    "cost_effectiveness": (X, Z, ARM),
    "cost_effectiveness_draws": (X, Z),
    "cox_regression": (DAYS, EVENT, {"x": X}),
    "cox_regression_grouped": (DAYS, EVENT, {"x": ARM}),
    "cumulative_incidence": (DAYS, CAUSE),
    "design_effect": (20, 0.05),
    "detection_grid": (RATIO,),
    "differencing": ([TOTAL], [TOTAL]),
    "disclose_count": (20,),
    "disclose_curve": (CURVE,),
    "disclose_estimate": (RATIO, 20),
    "disclose_incidence": (stats.cumulative_incidence(DAYS, CAUSE), 1),
    "disclose_sum": (DAYS,),
    "dominance": (DAYS,),
    "e_value": (0.7, 0.5, 0.9),
    "effective_sample_size": (DAYS,),
    "erlang_b": (3, 2.0),
    "erlang_c": (3, 2.0),
    "event_rate": (10, 100.0),
    "events_needed": (0.7,),
    "exact_share": (3, 20),
    "exponential": (1.0,),
    "fine_gray": (DAYS, CAUSE, {"x": X}),
    "fixed_effects": (X, {"z": Z}, SITES),
    "funnel": ([20, 30, 25], [100, 100, 90]),
    "funnel_limits": (0.3, [100, 200]),
    "gate_markup": ("<p>20 people</p>",),
    "gate_numbers": ({"people": 20},),
    "gatekeeping": ([[0.01, 0.02], [0.03]],),
    "generalised_linear_model": (EVENT, {"z": Z}),
    "gray_test": (DAYS, CAUSE, ARM),
    "group_time_effects": PANEL,
    "impute": ({"y": [1, np.nan, 3, 5, 2, 4], "x": [1, 2, 3, 9, 4, 2]},),
    "incremental": (1.0, 2.0, 3.0, 4.0),
    "kaplan_meier": (DAYS, EVENT),
    "linear_mixed_model": (X, {"z": Z}, SITES),
    "linear_regression": (X, {"z": Z}),
    "ljung_box": (X,),
    "log_rank": (DAYS, EVENT, ARM),
    "mantel_haenszel": ([4, 5], [20, 30], [3, 9], [20, 30]),
    "marginal_episodes": (DAYS, EVENT, PEOPLE),
    "markov_cohort": ([[0.9, 0.1], [0, 1]], [1, 0], [1, 0]),
    "match": (ARM, {"z": Z}),
    "mean_cumulative_function": (DAYS, EVENT, PEOPLE),
    "mean_difference": (X, ARM),
    "meta_regression": ([0.1, 0.3, 0.2, 0.4], [0.1] * 4, {"x": [0, 1, 0, 1]}),
    "minimum_detectable_difference": (1.0,),
    "minimum_detectable_hazard_ratio": (100,),
    "minimum_detectable_mean_difference": (100,),
    "minimum_detectable_rate_ratio": (0.2,),
    "minimum_detectable_share": (100, 0.5),
    "negative_control": (0.3, 0.1, [0.1, 0.0], [0.1, 0.1]),
    "newcombe_difference": (3, 20, 5, 20),
    "people_needed_for_means": (0.5,),
    "people_needed_for_shares": (0.5, 0.4),
    "plan_hash": ({"a": 1},),
    "pool_imputations": ([1.0, 2.0, 3.0], [0.1, 0.1, 0.2]),
    "power_for_means": (100, 0.5),
    "power_for_shares": (100, 0.5, 0.4),
    "power_of_events": (100, 0.7),
    "prais_winsten": (X, {"z": Z}),
    "predict_new_site": ([0.1, 0.3, 0.2], [0.1, 0.1, 0.2]),
    "predicted_survival": (FIT, {"x": 0.1}, [5.0]),
    "prediction_interval": (POOLED,),
    "prentice_williams_peterson": (DAYS, EVENT, np.ones(ROWS), {"x": X}, PEOPLE),
    "present_value": ([1.0, 2.0],),
    "prior_sensitivity": ([0.1, 0.3, 0.2], [0.1, 0.1, 0.2]),
    "propensity_scores": (ARM, {"z": Z}),
    "propensity_weights": (ARM, {"z": Z}),
    "proportional_hazards_test": (FIT,),
    "protect_table": ([[20, 30], [40, 50]], ["a", "b"], ["c", "d"]),
    "random_effects": ([0.1, 0.3, 0.2], [0.1, 0.1, 0.2]),
    "randomisation_test": PANEL,
    "rank_intervals": (stats.shrunken_estimates([0.1, 0.3, 0.2], [0.1, 0.1, 0.2]),),
    "rate_ratio": (10, 100.0, 20, 100.0),
    "read_panel": PANEL,
    "reliable_change": (10, 20),
    "require_releasable": ({"people": 20},),
    "restricted_mean": (CURVE, 10),
    "restricted_mean_difference": (CURVE, CURVE, 10),
    "schoenfeld_residuals": (FIT,),
    "segmented_regression": (Z, 20),
    "servers_needed": (1.0, 1.0),
    "shared_frailty": (DAYS, EVENT, {"x": X}, SITES),
    "shrunken_estimates": ([0.1, 0.3, 0.2], [0.1, 0.1, 0.2]),
    "shrunken_rates": ([5, 1, 30], [9.0, 9.0, 9.0]),
    "signed_rank_bound": (X,),
    "simulate_waits": (1.0, stats.exponential(1.0), 3),
    "single_server_wait": (1.0, 0.5, 0.5),
    "standard_error_of_measurement": (5.0, 0.9),
    "standardise": (X, ARM, {"z": Z}),
    "standardised_differences": (ARM, {"z": Z}),
    "stepped_wedge_error": ([[0, 1, 1], [0, 0, 1]],),
    "stepped_wedge_power": ([[0, 1, 1], [0, 0, 1]], 0.3),
    "structural_series": (Z, {"step": ARM}),
    "tau_squared_interval": (POOLED,),
    "tipping_point_shares": (5, 20, 2, 8, 20, 2),
    "tipping_shift": (lambda by: stats.Estimate(1 - by, 0.5 - by, 2 - by),),
    "two_by_two": (X, ARM, np.tile([1, 0], 20)),
    "two_way_fixed_effects": (*PANEL[:3], (PANEL[2] >= PANEL[3]) * (PANEL[3] > 0)),
    "gains_of_partial_information": ([[0.0, x] for x in range(60)], list(range(60))),
    "value_of_partial_information": ([[0.0, x] for x in range(60)], list(range(60))),
    "waiting": (1.0, 1.0, 3),
    "waiting_by_priority": ([0.5, 0.5], 1.0, 3),
    "waiting_in_network": ([0.5, 0.0], [[0.0, 0.5], [0.2, 0.0]], [1.0, 1.0], [2, 1]),
    "waiting_of_few": (10, 0.1, 1.0, 2),
    "waiting_with_abandonment": (1.0, 1.0, 3, 0.1),
    "waiting_with_room": (1.0, 1.0, 3, 5),
    "wei_lin_weissfeld": (DAYS, EVENT, np.ones(ROWS), {"x": X}, PEOPLE),
    "weighted_mean_statistic": (X, ARM),
    "weighted_risk_statistic": (DAYS, EVENT, ARM, 10.0),
    "whole_points": (2.5,),
    "wild_cluster_test": (X, {"z": Z}, SITES, "z"),
    "wilson": (3, 20),
}
NEEDED: dict[str, dict[str, Any]] = {
    "andersen_gill": {"entry": np.zeros(ROWS)},
    "prentice_williams_peterson": {"entry": np.zeros(ROWS)},
    "approximate_wait": {"variation_arrivals": 1.0, "variation_service": 0.5},
    "assess_change": {"norm": NORM, "higher_is_better": True},
    "marginal_episodes": {"orders": 2},
    "markov_cohort": {"cycles": 2},
    "reliable_change": {"deviation": 5.0, "reliability": 0.9},
    "servers_needed": {"within": 1.0},
    "simulate_waits": {"customers": 200, "replications": 2},
    "clinical_cut_off": {"clinical_deviation": 5.0, "general_deviation": 5.0},
    "stepped_wedge_error": {"people": 50, "total_deviation": 1.0, "correlation": 0.05},
    "stepped_wedge_power": {"people": 50, "total_deviation": 1.0, "correlation": 0.05},
    "tipping_shift": {"towards": 1.0},
    "bootstrap_weighted": {"resamples": 99},
    "cost_effectiveness": {"resamples": 99},
    "randomisation_test": {"resamples": 99},
    "wild_cluster_test": {"resamples": 99},
    "structural_series": {"season": None},
    "meta_regression": {"fewest": 3},
    "impute": {"imputations": 2, "cycles": 1},
}
#: Read files: their refusals stand beside the files' own tests.
FROM_FILES = {name for name in FUNCTIONS if name.endswith("_from_parquet")}


def nested(depth: int) -> list[Any]:
    """Return a list in a list in a list."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def itself() -> dict[str, Any]:
    """Return a mapping that holds itself."""
    found: dict[str, Any] = {}
    found["me"] = found
    return found


WRONG = (7, -0.5, None, "x", b"x", [], {}, object(), [1, [2]], {"a": object()}, lambda *_: 1, 1j, date(2025, 1, 1),
         nested(5000), itself(), stats.Estimate(1.0, 0.5, 2.0), CURVE, stats)  # fmt: skip


def arguments(name: str) -> Iterator[str]:
    """Yield the arguments of a function that its call gives by place, and those that have a default."""
    yield from list(inspect.signature(getattr(stats, name)).parameters)


def test_every_public_function_that_reads_no_file_is_tried_here() -> None:
    assert set(FUNCTIONS) - FROM_FILES == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_kind_of_thing_is_refused_in_words(name: str) -> None:
    function, needed = getattr(stats, name), NEEDED.get(name, {})
    given = dict(zip(arguments(name), CALLS[name], strict=False)) | needed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function(**given)
        bare = [
            f"{argument}={type(wrong).__name__}: {said}"
            for argument in arguments(name)
            for wrong in WRONG
            if (said := _bare(function, given | {argument: wrong}))
        ]
    assert bare == []


NAMING = ("area", "person", "unit", "group", "site", "strata", "cluster")
NAMED = [(name, word) for name in CALLS for word in arguments(name) if word in NAMING]


@pytest.mark.parametrize(("name", "word"), NAMED)
def test_nobody_and_infinity_are_no_names(name: str, word: str) -> None:
    """Of the rows' names one was infinite, and made a group of its own; nothing at all took every row for another person."""
    function = getattr(stats, name)
    given = dict(zip(arguments(name), CALLS[name], strict=False)) | NEEDED.get(name, {})
    rows = next(len(column) for column in given.values() if hasattr(column, "__len__"))
    for names in ([*range(rows - 1), np.inf], np.array([*range(rows - 1), -np.inf], dtype=object)):
        with pytest.raises(stats.StatisticsError, match="infinite"):
            function(**given | {word: names})
    if inspect.signature(function).parameters[word].default is inspect.Parameter.empty:
        with pytest.raises(stats.StatisticsError, match=word):
            function(**given | {word: None})


def test_the_words_of_survival_come_in_one_order() -> None:
    """Time, event, then what else: whoever knows one function knows all."""
    for name in CALLS:
        words = list(arguments(name))
        if "event" in words:
            assert words[:2] == ["time", "event"], name
            late = [word for word in ("entry", "strata", "cluster", "weights", "counts") if word in words]
            assert sorted(late, key=words.index) == late, name


def _bare(function: Callable[..., object], given: dict[str, Any]) -> str:
    """Return the exception that is none of ours, or nothing."""
    try:
        function(**given)
    except stats.StatisticsError as why:
        return "" if why.argument and why.remedy else f"no words: {why!r}"
    except Exception as other:  # noqa: BLE001 -- every other exception is what is looked for
        return repr(other)[:200]
    return ""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: stats.restricted_mean(7, 10), "curve: is a int. Give what `kaplan_meier` returns."),
        (lambda: stats.concordance(None), "fit: is nothing. Give what `cox_regression` returns."),
        (lambda: stats.bootstrap_weighted(7, ARM, {"z": Z}), "statistic: is a int. Give a function, from weights"),
        (lambda: stats.bootstrap_weighted(lambda _: "x", ARM, {"z": Z}), "statistic: is 'x'. Give one number."),
        (lambda: stats.tipping_shift(lambda _: 1.0, towards=1), "analysis: is a float. Give what a method here returns."),
        (lambda: stats.detection_grid(0.7), "ratio: is a float. Give what a method here returns."),
        (lambda: stats.canonical_json(nested(5000)), "plan: is nested hundreds deep, or holds itself. Write it flat."),
        (lambda: stats.gate_numbers(itself()), "document: is nested hundreds deep, or holds itself. Write it flat."),
        (lambda: stats.impute([1, 2]), "columns: is a list. Give names with their values."),
        (lambda: stats.standardise(X, ARM, {"z": Z}, interactions="z"), "interactions: is a str. Give a list, even of one."),
    ],
)  # fmt: skip
def test_the_refusal_says_what_it_was_given_and_what_to_give(call: Callable[[], object], said: str) -> None:
    with pytest.raises(stats.StatisticsError) as why:
        call()
    assert str(why.value).startswith(said)


@pytest.mark.parametrize(
    "call",
    [
        lambda names: stats.linear_regression(X, {"z": Z}, names=names),
        lambda names: stats.cox_regression(DAYS, EVENT, {"z": Z}, names=names),
        lambda names: stats.propensity_weights(ARM, {"z": Z}, names=names),
    ],
)
def test_names_beside_columns_that_have_their_own_are_not_ignored(call: Callable[[Any], object]) -> None:
    for names in (["age"], ["z", "age"], "z", 7):
        with pytest.raises(stats.StatisticsError, match="names"):
            call(names)
    call(["z"])
    call(None)


def test_a_data_frame_s_columns_are_names_too() -> None:
    import pandas as pd

    frame = pd.DataFrame({"y": [1, np.nan, 3, 5, 2, 4.0], "x": [1, 2, 3, 9, 4, 2.0]})
    assert stats.impute(frame, imputations=2, cycles=1).missing["y"] == pytest.approx(1 / 6)


EXACT: dict[str, Callable[[Any], tuple[str, ...]]] = {
    "linear_regression": lambda y: stats.linear_regression(y, {"day": DAYS}).cautions,
    "its estimate": lambda y: stats.linear_regression(y, {"day": DAYS}).estimate("day").cautions,
    "segmented_regression": lambda y: stats.segmented_regression(y, 20).cautions,
    "mean_difference": lambda y: stats.mean_difference(np.where(ARM == 1, 3.0, 1.0) + (y - DAYS), ARM).cautions,
}


@pytest.mark.parametrize("call", EXACT.values(), ids=EXACT)
def test_an_outcome_that_is_explained_completely_has_a_caution(call: Callable[[Any], tuple[str, ...]]) -> None:
    """Errors of nought looked like certainty: the outcome had been made from the terms."""
    assert "explain the outcome completely" in " ".join(call(DAYS))
    assert "explain the outcome completely" not in " ".join(call(DAYS + 0.01 * Z))
