"""What may leave: small counts stay, and linear programming on everything shown cannot find them."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold import stats
from fourfold.stats.cell_suppression import attack
from fourfold.stats.disclosure import with_totals

TABLE = [[4, 23, 31], [17, 12, 28], [26, 8, 19]]
SEVERAL = settings(max_examples=25)


def _protect(counts, **choices) -> stats.ProtectedTable:
    rows, columns = np.shape(counts)
    return stats.protect_table(counts, [f"r{i}" for i in range(rows)], [f"c{j}" for j in range(columns)], **choices)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_small_counts_and_nought_stay(count):
    assert stats.disclose_count(count) is stats.SUPPRESSED


@pytest.mark.parametrize(("count", "shown"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (1000, 1000)])
def test_larger_counts_leave_rounded_to_five(count, shown):
    assert str(stats.disclose_count(count)) == f"{shown:,}"


def test_the_middle_of_an_even_base_goes_up():
    assert [str(stats.disclose_count(n, base=10)) for n in (15, 25, 35)] == ["20", "30", "40"]


def test_a_suppressed_value_cannot_be_used_as_a_number():
    assert str(stats.SUPPRESSED) == "suppressed"
    assert asdict(stats.SUPPRESSED) == {}
    for use in (int, float, lambda value: value + 1, lambda value: value < 5):
        with pytest.raises(TypeError):
            use(stats.SUPPRESSED)


def test_a_result_on_few_people_stays():
    rate = stats.wilson(4, 9)
    assert stats.disclose_estimate(rate, people=9) is stats.SUPPRESSED
    assert stats.disclose_estimate(rate, people=10) is rate


def test_small_cells_alone_could_be_recovered_exactly():
    """Before anything else is hidden the attacker knows both small counts: 4 and 8."""
    full = with_totals(np.array(TABLE, dtype=float))
    found = attack(full, full < 10, full < 10)
    assert [(row.low, row.high) for row in found] == [(4, 4), (8, 8)]


def test_secondary_suppression_against_the_known_unique_answer():
    """Of all pairs of further cells only (1,2) and (3,1) protect both small counts."""
    record = _protect(TABLE).record
    assert record.primary == ((0, 0), (2, 1))
    assert record.secondary == ((0, 1), (2, 0))
    assert [(row.low, row.high) for row in record.intervals] == [(0, 27), (4, 31)]
    assert record.narrowest == 27


def test_fewer_further_cells_would_not_have_done():
    full = with_totals(np.array(TABLE, dtype=float))
    small = full < 10
    for cell in itertools.product(range(3), range(3)):
        hidden = small.copy()
        hidden[cell] = True
        assert min(row.width for row in attack(full, hidden, small)) < 10


def test_what_leaves_does_not_tell_small_cells_from_their_companions():
    published = _protect(TABLE).published
    hidden = {published.cells[i][j] for i, j in ((0, 0), (0, 1), (2, 0), (2, 1))}
    assert hidden == {stats.SUPPRESSED}
    told = json.dumps(asdict(published))
    assert "primary" not in told
    assert all(f'"count": {count},' not in told for count in (4, 8, 23, 26))


def test_what_leaves_is_rounded_and_says_so():
    published = _protect(TABLE).published
    assert [str(cell) for cell in published.row_totals] == ["60", "55", "55"]
    assert str(published.total) == "170"
    assert "nearest 5" in published.statement


def test_a_table_without_small_counts_loses_nothing():
    protected = _protect([[50, 60], [70, 80]])
    assert protected.record.secondary == ()
    assert protected.record.narrowest is None


def test_a_small_total_is_protected_too():
    """Three in the whole of one column: its total is a small count like any other."""
    record = _protect([[1, 40, 50], [2, 60, 70]]).record
    assert (2, 0) in record.primary
    assert record.narrowest >= 10


def test_totals_are_given_up_last():
    """Two totals, of 22 and 23, would do and are small; a cell inside and one total of 30 are given instead."""
    record = _protect([[1, 20, 1], [2, 3, 3]]).record
    assert record.secondary == ((0, 1), (2, 3))


def test_a_table_of_noughts_leaves_nothing():
    assert {cell for row in _protect([[0, 0], [0, 0]]).published.cells for cell in row} == {stats.SUPPRESSED}


@SEVERAL
@given(st.integers(2, 5), st.integers(2, 4), st.data())
def test_no_attack_places_a_small_count_within_ten(rows, columns, data):
    cell = st.integers(0, 60)
    counts = data.draw(st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    record = _protect(counts).record
    assert record.narrowest is None or record.narrowest >= 10
    full = with_totals(np.array(counts, dtype=float))
    assert set(record.primary) == set(map(tuple, np.argwhere(full < 10).tolist()))


@SEVERAL
@given(st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=2), min_size=2, max_size=2))
def test_no_other_choice_hides_fewer_inner_cells(counts):
    """In two by two every choice can be tried: none with fewer further cells and shown totals is safe."""
    full = with_totals(np.array(counts, dtype=float))
    small = full < 10
    record = _protect(counts).record
    inner = [cell for cell in itertools.product(range(2), range(2)) if not small[cell]]
    for cells in (c for size in range(len(record.secondary)) for c in itertools.combinations(inner, size)):
        hidden = small.copy()
        for cell in cells:
            hidden[cell] = True
        assert min(row.width for row in attack(full, hidden, small)) < 10


def test_a_curve_ends_where_few_are_left_and_steps_hold_enough_events(rng):
    life = np.ceil(rng.exponential(200, 200))
    curve = stats.kaplan_meier(np.minimum(life, 700), life < 700)
    shown = stats.disclose_curve(curve)
    assert isinstance(shown, stats.DisclosedCurve)
    days = [point.day for point in shown.points]
    assert all(day % 30 == 0 for day in days)
    assert min(curve.numbers_at_risk(days)) >= 10
    events = [0, *(int(curve.events[curve.time <= day].sum()) for day in days)]
    assert min(np.diff(events)) >= 10
    assert all(point.at_risk.count % 5 == 0 for point in shown.points)
    for point, exact in zip(shown.points, curve.at(days), strict=True):
        assert point.survival == round(exact.estimate, 2)
    assert shown.until == days[-1]


def test_a_step_onto_few_people_is_cut_even_where_many_events_made_it():
    """Thirty people: 15 events in the first month, 12 in the second, 3 left: nothing of the second is shown."""
    time = np.repeat([10.0, 40.0, 200.0], [15, 12, 3])
    shown = stats.disclose_curve(stats.kaplan_meier(time, time < 200))
    assert isinstance(shown, stats.DisclosedCurve)
    assert [(point.day, point.survival, str(point.at_risk)) for point in shown.points] == [(30, 0.5, "15")]
    assert shown.until == 30


@pytest.mark.parametrize(
    ("people", "events"), [(9, 9), (200, 9), (200, 0)], ids=["few people", "few events", "no events"]
)
def test_a_curve_on_few_people_or_events_stays(people, events):
    time = np.arange(people) + 1.0
    assert stats.disclose_curve(stats.kaplan_meier(time, np.arange(people) < events)) is stats.SUPPRESSED


@pytest.mark.parametrize(
    ("counts", "error"),
    [([[1, 2], [3]], ValueError), ([[1.5, 2]], stats.OutOfRange), ([[-1, 2]], stats.OutOfRange), ([1, 2], ValueError)],
)
def test_a_table_that_is_none_is_refused(counts, error):
    with pytest.raises(error):
        stats.protect_table(counts, ["r"] * len(counts), ["a", "b"])
