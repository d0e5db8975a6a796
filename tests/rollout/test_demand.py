"""How many offences: a known year foretold, planted truths found again, what is missing stays missing, a rule breaks trends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.rollout import demand, facts, queries
from fourfold.rollout.demand import Series
from fourfold.rollout.rules import SEED


def made(counts: list[list[float]], *, years: tuple[int, ...], begins: tuple[int, ...] = ()) -> Series:
    """Make a series of forces of 500,000 people each."""
    forces = tuple(f"force {number}" for number in range(len(counts)))
    return Series(forces, np.full(len(counts), 5e5), years, np.array(counts, dtype=float), begins)


def ranges(drawn: np.ndarray) -> np.ndarray:
    return np.quantile(drawn, (0.05, 0.5, 0.95), axis=0)


def test_the_last_year_that_every_force_counted_is_held_by_nine_ranges_in_ten() -> None:
    tried = demand.back_test(facts.offences(), 2021, seed=SEED)
    assert (len(tried.rows), tried.missing) == (43, ())
    assert 0.85 <= tried.share <= 0.95
    assert {row.force for row in tried.rows if not row.held} == {"E23000005", "E23000033", "E23000037"}


def test_a_back_test_knows_nothing_of_the_year_it_foretells_or_of_later_ones() -> None:
    series = facts.offences()
    changed = replace(series, counts=series.counts.copy(), national={2021: 5, 2023: 7})
    changed.counts[:, -1] *= 3
    ours, theirs = (demand.back_test(one, 2021, seed=SEED).rows for one in (series, changed))
    assert [(row.low, row.high) for row in ours] == [(row.low, row.high) for row in theirs]


def test_200_invented_programmes_are_held_as_the_page_says() -> None:
    shares = demand.invented_shares(facts.offences(), 2021, programmes=200, seed=SEED)
    assert 0.85 <= np.mean(shares) <= 0.95
    assert np.mean(shares) == pytest.approx(facts.HELD_IN_INVENTED, abs=0.005)


def test_a_planted_dispersion_and_lasting_are_found() -> None:
    rng = np.random.default_rng(3)
    people, practice, rows = 8e5, rng.normal(0, 0.4, 300), []
    for _ in range(4):
        rows.append(rng.poisson(people * np.exp(np.log(2e-3) + practice)))
        practice = 0.8 * practice + rng.standard_t(8, 300) * np.sqrt(60 / (people * 2e-3 * np.exp(practice)))
    learnt = demand.learn(made(np.array(rows).T.tolist(), years=(1, 2, 3, 4)), era=0, rng=rng)
    assert np.quantile(learnt.dispersion, 0.025) < 60 < np.quantile(learnt.dispersion, 0.975)
    assert np.quantile(learnt.lasting, 0.025) < 0.8 < np.quantile(learnt.lasting, 0.975)


def test_no_trend_crosses_a_change_of_the_rule() -> None:
    doubling = [[100.0, 200.0, 1_000.0]] * 20
    crossed = demand.foretell(made(doubling, years=(1, 2, 3), begins=(3,)), 4, seed=1)[4]
    assert ranges(crossed)[1] == pytest.approx(np.full(20, 1_000), rel=0.06)
    assert 3 not in demand.foretell(made(doubling, years=(1, 2, 3), begins=(3,)), 2, seed=1)


def test_a_force_without_counts_has_the_national_level_and_the_whole_spread() -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(1_000 * np.exp(rng.normal(0, 0.4, (20, 1))), (20, 2)).astype(float)
    counts[7] = np.nan
    low, middle, high = ranges(demand.foretell(made(counts.tolist(), years=(1, 2)), 3, seed=2)[3])
    assert middle[7] == pytest.approx(np.nanmedian(counts), rel=0.2)
    assert high[7] / low[7] > 2 * np.delete(high / low, 7).mean()


def test_an_own_count_stands_in_place_of_what_was_foretold() -> None:
    series = facts.offences()
    at = series.forces.index("E23000032")
    without = demand.foretell(series, 2026, seed=SEED)[2026][:, at]
    given_ = demand.foretell(series.with_counts({("E23000032", 2025): 9_000}), 2026, seed=SEED)[2026][:, at]
    assert np.median(given_) == pytest.approx(9_000, rel=0.1)
    assert np.ptp(np.quantile(np.log(given_), (0.05, 0.95))) < np.ptp(np.quantile(np.log(without), (0.05, 0.95)))


def test_the_forces_sum_to_the_national_count_of_a_year_that_has_only_that() -> None:
    total = demand.foretell(facts.offences(), 2023, seed=SEED)[2023].sum(axis=1)
    assert np.median(total) == pytest.approx(129_076, rel=0.01)
    assert np.std(total) / 129_076 < 0.03


@pytest.mark.parametrize(
    ("force", "year", "counted"),
    [
        # Wiltshire Police for National Stalking Awareness Week, April 2025: the twelve months to March 2024 and to March 2025.
        ("Wiltshire", 2023, 566),
        ("Wiltshire", 2024, 850),
    ],
)
def test_a_count_that_a_force_published_later_lies_within_what_was_foretold(
    force: str, year: int, counted: int
) -> None:
    series = facts.offences()
    drawn = demand.foretell(series, year, seed=SEED)[year][:, series.forces.index(facts.named(force).code)]
    low, high = np.quantile(drawn, (0.05, 0.95))
    assert low <= counted <= high
    shown = {(one.area, one.year): row for one, row in queries.counted_since()}[facts.named(force).code, year]
    assert (shown.counted, shown.held) == (counted, True)
    assert (shown.low, shown.high) == pytest.approx((low, high), rel=0.05)


def test_a_later_year_is_less_sure() -> None:
    drawn = demand.foretell(facts.offences(), 2026, seed=SEED)
    width = [
        float(np.median(np.log(high / low))) for low, _, high in (ranges(drawn[year]) for year in range(2022, 2027))
    ]
    assert width == sorted(width)


def test_a_series_without_a_year_of_the_rule_is_refused() -> None:
    with pytest.raises(demand.TooFewCounts, match="No year of the rule under which 2 is counted"):
        demand.foretell(made([[100.0]] * 20, years=(1,), begins=(2,)), 2, seed=1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.one_of(st.just(float("nan")), st.integers(0, 9_000).map(float)), min_size=2, max_size=2), min_size=8, max_size=12), st.integers(0, 99))  # fmt: skip
def test_whatever_is_counted_or_missing_the_draws_are_numbers_and_the_same_seed_gives_the_same(
    counts: list[list[float]], seed: int
) -> None:
    series = made(counts, years=(1, 2))
    try:
        drawn = demand.foretell(series, 4, seed=seed, draws=200)
    except demand.TooFewCounts:
        assert all(np.sum(~np.isnan(series.in_year(year))) < demand.LEAST_FORCES for year in (1, 2))
        return
    assert np.isfinite(drawn[4]).all()
    assert (drawn[4] >= 0).all()
    assert (demand.foretell(series, 4, seed=seed, draws=200)[4] == drawn[4]).all()
