"""Counting identical rows changes the time that a fit takes and nothing else."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold import stats
from fourfold.stats.grouped import count_rows
from fourfold.stats.partial_likelihood import risk_sets
from fourfold.stats.tally import tally_days
from fourfold.stats.tied_events import efron_sums


@st.composite
def programmes(draw) -> dict[str, np.ndarray]:
    """People with four categorical covariates, whole days, late entry and ties."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, longest = draw(st.integers(150, 500)), draw(st.sampled_from([3, 20, 200]))
    entry = rng.integers(0, 3, n)
    return {
        "entry": entry.astype(np.int16),
        "time": (entry + rng.integers(1, longest, n)).astype(np.int16),
        "event": (rng.random(n) < 0.6).astype(np.int8),
        "arm": rng.integers(0, 2, n).astype(np.int8),
        "sex": rng.choice(["female", "male"], n),
        "region": rng.integers(3, 6, n).astype(np.int64),
        "risk": rng.integers(0, 3, n).astype(float),
        "site": rng.choice(["A", "B"], n),
    }


NAMES = ["arm", "sex", "region", "risk"]
INDICATORS = ["arm", "sex=male", "region=4", "region=5", "risk"]


def _row_by_row(rows: dict[str, np.ndarray], **choices) -> stats.CoxFit:
    x = [rows["arm"], rows["sex"] == "male", rows["region"] == 4, rows["region"] == 5, rows["risk"]]
    return stats.cox_regression(
        rows["time"], rows["event"], np.column_stack(x).astype(float), names=INDICATORS, **choices
    )


def _same(one: stats.CoxFit, other: stats.CoxFit) -> None:
    assert one.names == other.names
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-8)
    assert one.standard_errors == pytest.approx(other.standard_errors, abs=1e-8)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    assert one.log_likelihood_null == pytest.approx(other.log_likelihood_null, abs=1e-6)
    assert (one.rows, one.events) == (other.rows, other.events)


@settings(max_examples=25, deadline=None)
@given(programmes(), st.sampled_from(["efron", "breslow"]))
def test_grouped_rows_give_the_fit_of_single_rows_to_eight_digits(rows, ties):
    columns = {name: rows[name] for name in NAMES}
    grouped = stats.cox_regression_grouped(rows["time"], rows["event"], columns, categorical=["region"], ties=ties)
    _same(grouped, _row_by_row(rows, ties=ties))


@settings(max_examples=15, deadline=None)
@given(programmes())
def test_and_so_with_late_entry_and_strata(rows):
    columns = {name: rows[name] for name in NAMES}
    grouped = stats.cox_regression_grouped(
        rows["time"], rows["event"], columns, categorical=["region"], entry=rows["entry"], strata=rows["site"]
    )
    _same(grouped, _row_by_row(rows, entry=rows["entry"], strata=rows["site"]))


def _programme(rng: np.random.Generator, n: int = 3000) -> dict[str, np.ndarray]:
    arm, region = rng.integers(0, 2, n).astype(np.int8), rng.integers(0, 4, n).astype(np.int8)
    life = np.ceil(rng.exponential(400 * np.exp(0.4 * arm - 0.1 * region)))
    leave = rng.integers(1, 731, n)
    return {
        "day": np.minimum(life, leave).astype(np.int16),
        "happened": (life <= leave).astype(np.int8),
        "arm": arm,
        "region": region,
        "force": rng.choice(["north", "south"], n),
    }


def _parquet(folder, rows: dict[str, np.ndarray], name: str = "extract.parquet") -> str:
    path = str(folder / name)
    with duckdb.connect() as connection:
        connection.register("rows_here", {key: np.asarray(values) for key, values in rows.items()})
        connection.execute(f"COPY (SELECT * FROM rows_here) TO '{path}' (FORMAT parquet)")
    return path


def test_parquet_gives_the_fit_of_the_arrays(rng, tmp_path):
    rows = _programme(rng)
    path = _parquet(tmp_path, rows)
    for covariates in (["arm", "region"], ["arm", "region", "force"]):
        found = stats.cox_regression_from_parquet(
            path, time="day", event="happened", covariates=covariates, categorical=["region"]
        )
        columns = {name: rows[name] for name in covariates}
        _same(found, stats.cox_regression_grouped(rows["day"], rows["happened"], columns, categorical=["region"]))
        assert found.names[1:4] == ("region=1", "region=2", "region=3")


def test_parquet_gives_the_curve_of_the_arrays_whole_and_by_group(rng, tmp_path):
    rows = _programme(rng)
    path = _parquet(tmp_path, rows)
    whole = stats.kaplan_meier_from_parquet(path, time="day", event="happened", interval="log")
    expected = stats.kaplan_meier(rows["day"], rows["happened"], interval="log")
    for name in ("time", "survival", "low", "high", "at_risk", "events", "censored"):
        assert getattr(whole, name).tolist() == getattr(expected, name).tolist()
    curves = stats.kaplan_meier_curves_from_parquet(path, by=["force", "arm"], time="day", event="happened")
    assert list(curves) == [("north", 0), ("north", 1), ("south", 0), ("south", 1)]
    some = (rows["force"] == "south") & (rows["arm"] == 1)
    one = stats.kaplan_meier(rows["day"][some], rows["happened"][some])
    assert curves["south", 1].survival.tolist() == one.survival.tolist()
    assert curves["south", 1].people == some.sum()


def test_parquet_gives_the_incidence_of_the_arrays(rng, tmp_path):
    rows = _programme(rng)
    rows["cause"] = rows["happened"] * (1 + rows["arm"])
    found = stats.cumulative_incidence_from_parquet(_parquet(tmp_path, rows), time="day", cause="cause")
    expected = stats.cumulative_incidence(rows["day"], rows["cause"])
    assert found.incidence == pytest.approx(expected.incidence)
    assert found.standard_error == pytest.approx(expected.standard_error)


def test_several_files_are_one_programme(rng, tmp_path):
    rows = _programme(rng)
    half = {name: (values[:1000], values[1000:]) for name, values in rows.items()}
    paths = [_parquet(tmp_path, {n: v[k] for n, v in half.items()}, f"part{k}.parquet") for k in (0, 1)]
    expected = stats.kaplan_meier(rows["day"], rows["happened"]).survival.tolist()
    for given_paths in (paths, str(tmp_path / "part*.parquet")):
        found = stats.kaplan_meier_from_parquet(given_paths, time="day", event="happened")
        assert found.survival.tolist() == expected


def test_a_column_may_have_any_name(rng, tmp_path):
    rows = {'the "day"': [3, 4, 5], "people": [1, 0, 1]}
    path = _parquet(tmp_path, rows)
    assert stats.kaplan_meier_from_parquet(path, time='the "day"', event="people").people == 3


@pytest.mark.parametrize(
    ("rows", "choices", "error", "says"),
    [
        ({"time": [1, 2], "event": [1, 0]}, {"time": "day"}, stats.UnknownChoice, "column 'day'"),
        ({"time": [1, -2], "event": [1, 0]}, {}, stats.OutOfRange, "negative"),
        ({"time": [1, 2], "event": [1, 3]}, {}, stats.OutOfRange, "Use 1 where it happened"),
        ({"time": [1.0, float("nan")], "event": [1, 0]}, {}, stats.NotANumber, "time"),
        ({"time": ["early", "late"], "event": [1, 0]}, {}, stats.NotANumber, "not a number"),
        (
            {"time": np.array(["2026-01-01", "2026-01-02"], "M8[ns]"), "event": [1, 0]},
            {},
            stats.NotANumber,
            "Count days",
        ),
        ({"time": np.array([], int), "event": np.array([], int)}, {}, stats.EmptyInput, "no rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path, rows, choices, error, says):
    with pytest.raises(error, match=says):
        stats.kaplan_meier_from_parquet(_parquet(tmp_path, rows), **choices)


def test_a_missing_value_in_a_file_is_refused_and_not_dropped(tmp_path):
    path = str(tmp_path / "gap.parquet")
    with duckdb.connect() as connection:
        values = "(1, 1, 'a'), (2, NULL, 'b'), (3, 1, NULL)"
        connection.execute(f"COPY (SELECT * FROM (VALUES {values}) t(time, event, force)) TO '{path}' (FORMAT parquet)")
    with pytest.raises(stats.NotANumber, match="event: is missing in some row"):
        stats.kaplan_meier_from_parquet(path)
    with pytest.raises(stats.NotANumber, match="force: is missing"):
        stats.cox_regression_from_parquet(path, event="time", covariates=["force"])


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(stats.UnknownChoice, match=r"nowhere\.parquet cannot be read"):
        stats.kaplan_meier_from_parquet("nowhere.parquet")


@pytest.mark.parametrize(
    ("covariates", "choices", "error", "says"),
    [
        (np.ones((4, 1)), {}, stats.WrongShape, "has no names"),
        ({}, {}, stats.EmptyInput, "no columns"),
        ({"x": [1, 2, 3, 4]}, {"categorical": ["y"]}, stats.UnknownChoice, "categorical"),
        ({"x": [1, 2, 3]}, {}, stats.WrongShape, "covariate x"),
        ({"x": [2, 2, 2, 2]}, {}, stats.NotIdentified, "same in every row"),
        ({"x": [2, 2, 2, 2]}, {"categorical": ["x"]}, stats.NotIdentified, "same in every row"),
        ({"x": [1, 0, float("inf"), 1]}, {}, stats.NotANumber, "covariate x"),
        ({"x": ["a", None, "b", "b"]}, {}, stats.NotANumber, "missing"),
        ({"x": [1, 1, 0, 0]}, {}, stats.NotIdentified, "infinite"),
        ({"x": [1, 2, 3, 5]}, {"ties": "first"}, stats.UnknownChoice, "ties"),
    ],
)
def test_grouped_rows_without_an_answer_are_refused_in_words(covariates, choices, error, says):
    with pytest.raises(error, match=says):
        stats.cox_regression_grouped([1, 2, 3, 4], [1, 1, 0, 0], covariates, **choices)


def test_a_fit_of_grouped_rows_answers_every_later_question(rng):
    rows = _programme(rng)
    columns = {"arm": rows["arm"], "region": rows["region"]}
    grouped = stats.cox_regression_grouped(rows["day"], rows["happened"], columns)
    single = stats.cox_regression(rows["day"], rows["happened"], columns)
    tests = [stats.proportional_hazards_test(fit, transform="rank").overall for fit in (grouped, single)]
    assert tests[0].statistic == pytest.approx(tests[1].statistic)
    curves = [stats.predicted_survival(fit, {"arm": 1, "region": 2}, [100, 500]) for fit in (grouped, single)]
    assert curves[0][1].estimate == pytest.approx(curves[1][1].estimate)
    assert curves[0][1].standard_error == pytest.approx(curves[1][1].standard_error)


@settings(max_examples=30, deadline=None)
@given(programmes())
def test_a_count_is_that_many_rows_ties_and_all(rows):
    """(M5) With Efron ties as well, where a weight of two would not do."""
    counts = 1 + rows["region"] - 3
    x = np.column_stack([rows["arm"], rows["risk"]])
    again = np.repeat(np.arange(counts.size), counts)
    one = stats.cox_regression(rows["time"], rows["event"], x, counts=counts, cluster=rows["region"] + 10 * rows["arm"])
    other = stats.cox_regression(
        rows["time"][again], rows["event"][again], x[again], cluster=(rows["region"] + 10 * rows["arm"])[again]
    )
    _same(one, other)
    assert one.robust_standard_errors == pytest.approx(other.robust_standard_errors, abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4000),
    st.floats(0.01, 50),
    st.floats(0, 5),
)
def test_many_events_on_a_day_sum_as_they_would_one_by_one(deaths, each, spare):
    """Efron's sums by the series against the plain loop, from everybody dying to hardly anybody."""
    dying = deaths * each
    at_risk = dying * (1 + 10**spare - 1)
    found = efron_sums(np.array([at_risk]), np.array([dying]), np.array([deaths]))
    a = np.arange(deaths) / deaths
    people = at_risk - a * dying
    assert found.first[0] == pytest.approx((1 / people).sum(), rel=1e-12)
    assert found.second[0] == pytest.approx((1 / people**2).sum(), rel=1e-12)
    assert found.log[0] == pytest.approx(np.log(people).sum(), rel=1e-12, abs=1e-10)
    scale = (1 / people).sum()
    assert found.first_a[0] * dying == pytest.approx((a / people).sum() * dying, abs=1e-12 * scale * at_risk)
    bend = (1 / people**2).sum()
    assert found.second_a[0] == pytest.approx((a / people**2).sum(), abs=1e-12 * bend * at_risk / dying)
    assert found.second_aa[0] == pytest.approx((a**2 / people**2).sum(), abs=1e-12 * bend * (at_risk / dying) ** 2)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1, max_size=200),
    st.sampled_from(["i2", "u1", "i8", "f4", "f8"]),
    st.sampled_from(["?", "i1", "f8"]),
)
def test_counted_days_give_the_curve_of_sorted_days(rows, day_type, event_type):
    days, seen = (np.array(column) for column in zip(*rows, strict=True))
    days = (days % 200).astype(day_type)
    fast = stats.kaplan_meier(days, seen.astype(event_type))
    slow = stats.kaplan_meier(days, seen, weights=np.ones(days.size))
    for name in ("time", "at_risk", "events", "censored", "survival", "low", "high"):
        assert getattr(fast, name).tolist() == pytest.approx(getattr(slow, name).tolist(), nan_ok=True)
    assert fast.people == days.size


@pytest.mark.parametrize(
    ("time", "event"),
    [
        ([1.5, 2], [1, 0]),
        ([-1, 2], [1, 0]),
        ([1, 2], [1, 2]),
        ([1, float("nan")], [1, 0]),
        ([1, 2], [0.5, 1]),
        ([], []),
    ],
)
def test_what_is_not_whole_days_is_left_to_the_routine_that_reads_or_refuses(time, event):
    assert tally_days(time, event) is None


def test_rows_are_counted_the_same_however_they_are_coded(rng):
    """Small codes by place, wide codes by sorting, words by name: the same different rows."""
    small, wide = rng.integers(0, 3, 500), rng.integers(0, 3, 500) * 10**9
    words = np.array(["a", "b", "c"])[small]
    for column in (small, wide, words, small + 0.5):
        found = count_rows({"one": column, "two": small})
        assert found.counts.sum() == 500
        assert len(set(zip(found.columns["one"].tolist(), found.columns["two"].tolist(), strict=True))) == len(
            found.counts
        )
    several = count_rows({f"c{k}": rng.integers(0, 50_000, 500) for k in range(6)})
    assert several.counts.tolist() == [1.0] * 500


def test_event_days_are_numbered_inside_each_stratum():
    sets = risk_sets(
        np.array([1.0, 2, 2, 1]), np.ones(4), None, np.array([0, 0, 1, 1]), np.array([1.0, 1, 3, 1]), "efron"
    )
    assert sets.time.tolist() == [1, 2, 1, 2]
    assert sets.deaths.tolist() == [1, 1, 1, 3]
    assert sets.edges.tolist() == [0, 2, 4]
