"""Waiting by formula against Erlang, and the formulas against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold import stats


def test_a_call_centre_against_erlang_c():
    """Fourteen agents, ten erlangs, calls of 180 seconds."""
    found = stats.waiting(10 / 180, 1 / 180, 14)
    assert found.probability == pytest.approx(0.17413, abs=5e-6)
    assert found.within(20) == pytest.approx(0.88835, abs=5e-6)
    assert found.mean_wait == pytest.approx(7.84, abs=5e-3)


@pytest.mark.parametrize(("servers", "load", "chance"), [(5, 4, 0.55411), (2, 1.5, 0.64286), (3, 2, 0.44444)])
def test_chances_of_waiting_against_erlang_c(servers, load, chance):
    assert stats.erlang_c(servers, load) == pytest.approx(chance, abs=5e-6)


def test_chances_of_being_turned_away_against_erlang_b():
    assert stats.erlang_b(10, 10) == pytest.approx(0.21458, abs=5e-6)


def test_five_servers_against_erlang_c():
    found = stats.waiting(4, 1, 5)
    assert (found.mean_wait, found.longer_than(0.5)) == pytest.approx((0.55411, 0.33609), abs=5e-6)
    assert found.mean_queue == pytest.approx(4 * found.mean_wait)


def test_one_worker_against_pollaczek_khinchine():
    assert stats.single_server_wait(0.8, 1, 0) == pytest.approx(2.0)
    assert stats.single_server_wait(0.8, 1, 1.5) == pytest.approx(6.5)
    assert stats.single_server_wait(0.8, 1, 1) == pytest.approx(stats.waiting(0.8, 1, 1).mean_wait)


@pytest.mark.parametrize(
    ("arrivals", "service", "servers", "theory"),
    [
        (4.0, stats.exponential(1.0), 5, 0.55411),
        (2.4, stats.exponential(1.0), 3, 1.0787),
        (0.8, lambda rng, n: np.ones(n), 1, 2.0),
    ],
    ids=["M/M/5", "M/M/3", "M/D/1"],
)
def test_simulated_waits_against_erlang_and_pollaczek(arrivals, service, servers, theory):
    """Two hundred replications: within three of their standard errors, and within two in a hundred."""
    found = stats.simulate_waits(arrivals, service, servers, customers=5000, replications=200)
    assert abs(found.estimate - theory) < 3 * found.standard_error
    assert found.estimate == pytest.approx(theory, rel=0.02)


def test_without_patience_running_out_erlang_a_is_erlang_c():
    patient = stats.waiting_with_abandonment(4, 1, 5, 1e-7)
    assert patient["mean wait"] == pytest.approx(0.55411, abs=1e-5)
    assert patient["probability of waiting"] == pytest.approx(0.55411, abs=1e-5)


def test_with_patience_as_long_as_service_erlang_a_is_poisson():
    """Leaving at the rate of service, every state empties like M/M/infinity: the number present is Poisson."""
    found = stats.waiting_with_abandonment(6, 1, 4, 1)
    chances = [math.exp(-6) * 6**k / math.factorial(k) for k in range(60)]
    assert found["probability of waiting"] == pytest.approx(sum(chances[4:]))
    assert found["mean queue"] == pytest.approx(sum((k - 4) * p for k, p in enumerate(chances) if k > 4))


def test_a_team_too_small_still_has_an_answer_where_people_leave():
    found = stats.waiting_with_abandonment(200, 1, 50, 0.5)
    # nearly all time all fifty work, so 150 a day leave
    assert found["probability of leaving"] == pytest.approx(0.75, abs=1e-3)


def test_with_room_for_those_served_alone_it_is_erlang_b_and_with_room_for_all_erlang_c():
    assert stats.waiting_with_room(10, 1, 10, 10)["probability of being turned away"] == pytest.approx(
        0.21458, abs=5e-6
    )
    assert stats.waiting_with_room(4, 1, 5, 400)["mean wait"] == pytest.approx(stats.waiting(4, 1, 5).mean_wait)
    half = stats.waiting_with_room(1, 2, 1, 2)  # states 0, 1 and 2 in the proportions 4, 2, 1
    assert half == pytest.approx({"probability of being turned away": 1 / 7, "mean queue": 1 / 7, "mean wait": 1 / 6})


def test_a_source_of_one_never_waits_and_a_large_one_is_erlang_c():
    assert stats.waiting_of_few(1, 0.5, 1, 1)["mean wait"] == 0
    assert stats.waiting_of_few(40_000, 4 / 40_000, 1, 5)["mean wait"] == pytest.approx(0.55411, rel=2e-3)
    two = stats.waiting_of_few(2, 1, 1, 1)  # states 0, 1 and 2 in the proportions 1, 2, 2
    assert (two["mean queue"], two["arrivals"]) == pytest.approx((0.4, 0.8))


def test_by_priority_the_first_wait_least_and_all_together_as_long_as_without():
    """With one law of service for all, order does not change how much is waited in all (conservation)."""
    waits = stats.waiting_by_priority([1, 1, 2], 1, 5)
    assert list(waits) == sorted(waits)
    assert waits @ [1, 1, 2] / 4 == pytest.approx(stats.waiting(4, 1, 5).mean_wait)
    one = stats.waiting_by_priority([0.4, 0.4], 1, 1)  # Cobham: 0.8 / (1 - 0.4) and 0.8 / (0.6 * 0.2)
    assert one == pytest.approx([0.8 / 0.6, 0.8 / 0.12])


def test_a_station_with_returns_has_what_comes_in_from_all_sides():
    """A fifth comes back: 1 / (1 - 0.2) comes in, and each station is an M/M/c of its own (Jackson)."""
    first, second = stats.waiting_in_network([1, 0], [[0, 0.5], [0.4, 0]], [1, 1], [2, 1])
    assert first == stats.waiting(1.25, 1, 2)
    assert second == stats.waiting(0.625, 1, 1)
    with pytest.raises(stats.NotIdentified, match="nobody out"):
        stats.waiting_in_network([1, 0], [[0, 1], [1, 0]], [1, 1], [2, 1])


def test_the_approximation_is_exact_where_it_says_so():
    exact = stats.approximate_wait(4, 1, 5, variation_arrivals=1, variation_service=1)
    assert exact == pytest.approx(stats.waiting(4, 1, 5).mean_wait)
    one = stats.approximate_wait(0.8, 1, 1, variation_arrivals=1, variation_service=1.5)
    assert one == pytest.approx(stats.single_server_wait(0.8, 1, 1.5))


@given(st.integers(1, 60), st.floats(0.05, 0.98))
def test_more_servers_wait_less_and_turning_away_is_rarer_than_waiting(servers, use):
    load = servers * use
    assert stats.erlang_c(servers + 1, load) < stats.erlang_c(servers, load)
    assert stats.erlang_b(servers, load) <= stats.erlang_c(servers, load)


@given(st.floats(0.2, 30), st.floats(0.1, 5), st.sampled_from([0.8, 0.9, 0.95]))
def test_the_servers_needed_suffice_and_one_fewer_would_not(arrivals, rate, share):
    found = stats.servers_needed(arrivals, rate, within=0.5, share=share)
    assert stats.waiting(arrivals, rate, found).within(0.5) >= share
    if found - 1 > arrivals / rate:
        assert stats.waiting(arrivals, rate, found - 1).within(0.5) < share


def test_a_tighter_target_never_needs_fewer():
    needed = [stats.servers_needed(20, 1, within=within, share=0.95) for within in (2, 1, 0.5, 0.1)]
    assert needed == sorted(needed)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: stats.waiting(5, 1, 5), stats.NotIdentified, "at least 6 servers"),
        (lambda: stats.single_server_wait(1, 1, 0), stats.NotIdentified, "without end"),
        (lambda: stats.waiting(-1, 1, 5), stats.OutOfRange, "arrivals"),
        (lambda: stats.erlang_b(0, 1), stats.OutOfRange, "servers"),
        (lambda: stats.erlang_c(2.5, 1), stats.OutOfRange, "servers"),
        (lambda: stats.waiting(1, 1, 2).longer_than(-1), stats.OutOfRange, "time"),
        (lambda: stats.servers_needed(1, 1, within=1, share=1), stats.OutOfRange, "share"),
        (lambda: stats.simulate_waits(1, stats.exponential(2), 1, warm_up=1), stats.OutOfRange, "warm_up"),
    ],
)
def test_a_queue_without_an_answer_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()
