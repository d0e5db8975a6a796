"""What two releases tell together, and sums that one person makes up."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold import stats

FORCES = [f"force {k}" for k in range(43)]


def _total(units, count, base=1, variable="referrals") -> stats.ReleasedTotal:
    return stats.ReleasedTotal.of(variable, units, count, base)


def test_forty_three_forces_less_forty_two_give_one_away():
    earlier = [_total(FORCES[:42], 1204)]
    (found,) = stats.differencing([_total(FORCES, 1207)], earlier)
    assert found.units == {"force 42"}
    assert (found.low, found.high) == (3, 3)


@pytest.mark.parametrize(
    ("one", "other", "base", "blocked"),
    [
        (1204, 1207, 1, True),
        (1204, 1204, 1, True),
        (1204, 1213, 1, True),
        (1204, 1214, 1, False),
        (1205, 1205, 5, True),
        (1205, 1210, 5, False),
        (1205, 1260, 5, False),
    ],
)
def test_a_difference_is_blocked_where_it_places_a_small_count(one, other, base, blocked):
    """Rounding to 5 leaves an interval of ten, unless nought cuts it short."""
    found = stats.differencing([_total(FORCES, other, base)], [_total(FORCES[:42], one, base)])
    assert bool(found) == blocked


def test_the_same_or_another_variable_or_no_nesting_is_no_difference():
    assert not stats.differencing([_total(FORCES, 1207)], [_total(FORCES, 1207)])
    assert not stats.differencing([_total(FORCES, 1207, variable="breaches")], [_total(FORCES[:42], 1204)])
    assert not stats.differencing([_total(FORCES[:5], 90)], [_total(FORCES[4:9], 88)])


def test_a_release_is_compared_with_itself_too():
    """A subtotal beside its total gives the rest away."""
    (found,) = stats.differencing([_total("ABC", 60), _total("AB", 55)])
    assert found.units == {"C"}


def test_overlapping_totals_tell_what_no_pair_tells():
    """A + B, B + C and A + C, none within another: together they are three equations in three unknowns."""
    totals = [_total("AB", 24), _total("BC", 30), _total("AC", 14)]
    assert not stats.differencing(totals)
    found = {row.unit: (row.low, row.high) for row in stats.attack_releases(totals)}
    assert found["A"] == pytest.approx((4, 4))
    assert found["B"] == pytest.approx((20, 20))


def test_rounding_widens_what_the_attack_finds():
    totals = [_total("AB", 25, 5), _total("BC", 30, 5), _total("AC", 15, 5)]
    (first, *_) = stats.attack_releases(totals)
    assert first.low == pytest.approx(1.25)
    assert first.high == pytest.approx(8.75)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=6), st.data())
def test_the_truth_always_lies_inside_the_attackers_interval(counts, drawn):
    units = "ABCDEF"[: len(counts)]
    truth = dict(zip(units, counts, strict=True))
    groups = drawn.draw(st.lists(st.sets(st.sampled_from(units), min_size=1), min_size=1, max_size=5))
    base = drawn.draw(st.sampled_from([1, 5]))
    totals = []
    for group in groups:
        exact = sum(truth[unit] for unit in group)
        totals.append(_total(group, int((exact + 2.5) // 5 * 5) if base == 5 else exact, base))
    for row in stats.attack_releases(totals):
        assert row.low - 1e-6 <= truth[row.unit] <= row.high + 1e-6


@settings(max_examples=30)
@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_no_pair_that_passes_places_a_small_remainder(counts):
    """Whatever two nested sums pass: a remainder under ten is not placed within ten."""
    truth = dict(zip("ABCD", counts, strict=True))
    whole = _total("ABCD", sum(counts))
    for size in (1, 2, 3):
        for part in itertools.combinations("ABCD", size):
            rest = sum(truth[unit] for unit in "ABCD" if unit not in part)
            blocked = stats.differencing([whole], [_total(part, sum(truth[unit] for unit in part))])
            assert bool(blocked) == (rest < 10)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: _total([], 5), stats.EmptyInput),
        (lambda: _total("A", -1), stats.OutOfRange),
        (lambda: _total("A", 1.5), stats.OutOfRange),
        (lambda: stats.attack_releases([]), stats.EmptyInput),
        (lambda: stats.attack_releases([_total("A", 9), _total("AB", 3)]), stats.OutOfRange),
    ],
)
def test_totals_that_are_none_are_refused(call, error):
    with pytest.raises(error):
        call()


EVEN = [100.0] * 12


@pytest.mark.parametrize(
    ("amounts", "allowed", "reason"),
    [
        (EVEN, True, "may leave"),
        ([100.0] * 9, False, "fewer than 10"),
        ([100.0] * 9 + [0.0] * 20, False, "fewer than 10"),
        ([9000.0, 100.0] + [50.0] * 12, False, "largest 2"),
        ([5000.0, 500.0] + [20.0] * 12, False, "largest 2"),
    ],
)
def test_a_sum_that_one_or_two_dominate_stays(amounts, allowed, reason):
    found = stats.dominance(amounts)
    assert found.allowed == allowed
    assert reason in found.reason
    assert (stats.disclose_sum(amounts) is not stats.SUPPRESSED) == allowed


def test_the_second_largest_may_not_guess_the_largest():
    """Shares of 55, 40 and 5 in a hundred: with a lenient share rule the p% rule still stops it."""
    amounts = [5500.0, 4000.0] + [50.0] * 10
    assert not stats.dominance(amounts, share=0.99).allowed
    assert "guess" in stats.dominance(amounts, share=0.99).reason


def test_a_sum_that_leaves_is_rounded_and_holds_no_more():
    shown = stats.disclose_sum([123.45] * 13)
    assert (str(shown), shown.people) == ("1,600", 15)
    assert "123" not in repr(shown)


def test_negative_costs_are_refused():
    with pytest.raises(stats.OutOfRange):
        stats.dominance([1, -2])
