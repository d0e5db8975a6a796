"""The engine against formulas, against Ciw, against the same model in SimPy; and what must hold in every run."""

from __future__ import annotations

import sys
from importlib import import_module
from math import sqrt
from threading import Event, Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest, poisson

from fourfold import stats
from fourfold.rollout import capacity
from fourfold.rollout.capacity import engine, layout, readable
from fourfold.rollout.capacity.network import Clock, Job, Kind, Network, Node, NotANetwork, Played, Source, simulate
from tests.rollout.capacity.twelve import TWELVE, by_ciw, by_engine, measured, one


@pytest.mark.parametrize("name", [name for name, known in TWELVE.items() if None not in known.waits.values()])
def test_waits_against_the_formula(name):
    """Two hundred runs: within three standard errors, and within two in a hundred; longer where services vary much."""
    known = TWELVE[name]
    found = by_engine(known.network, runs=200, customers=8_000 if name == "M/G/1" else 3_000)
    for job, exact in known.waits.items():
        assert abs(found[job].mean - exact) < 3 * found[job].error, job
        assert found[job].mean == pytest.approx(exact, rel=0.02), job


@pytest.mark.parametrize("name", TWELVE)
def test_waits_against_ciw(name):
    network = TWELVE[name].network
    ours, theirs = by_engine(network, runs=60, customers=2_000), by_ciw(network, runs=6, customers=2_000)
    for job in network.jobs:
        apart = abs(ours[job.name].mean - theirs[job.name].mean)
        assert apart < 3 * sqrt(ours[job.name].error ** 2 + theirs[job.name].error ** 2), job.name


def test_patience_against_erlang_a():
    exact = stats.waiting_with_abandonment(4, 1, 3, 0.5)
    runs = [simulate(one(3, 4.0, patience=0.5), Clock(2_000, 100), seed=2, place=(k,)) for k in range(100)]
    left = measured([run.jobs["case"].gave_up / run.jobs["case"].joined for run in runs])
    queue = measured([run.nodes["desk"].queued / (run.ended - 100) for run in runs])
    assert abs(left.mean - exact["probability of leaving"]) < 3 * left.error
    assert abs(queue.mean - exact["mean queue"]) < 3 * queue.error


def test_a_full_place_against_the_chain_of_its_states():
    exact = stats.waiting_with_room(2.5, 1, 2, 5)["probability of being turned away"]
    runs = [simulate(one(2, 2.5, limit=5), Clock(2_000, 100), seed=3, place=(k,)) for k in range(100)]
    away = [run.jobs["case"] for run in runs]
    found = measured([each.turned_away / (each.joined + each.turned_away) for each in away])
    assert abs(found.mean - exact) < 3 * found.error


def test_a_source_of_few_against_the_chain_of_its_states():
    jobs = (
        Job("at home", "home", 5.0, then=(("at the desk", 1.0),), initial=12),
        Job("at the desk", "desk", 1.0, then=(("at home", 1.0),)),
    )
    network = Network((Node("home", Kind.DELAY), Node("desk", servers=2)), jobs)
    runs = [simulate(network, Clock(1_000, 100), seed=4, place=(k,)) for k in range(100)]
    found = measured([run.jobs["at the desk"].mean_wait for run in runs])
    assert abs(found.mean - stats.waiting_of_few(12, 0.2, 1, 2)["mean wait"]) < 3 * found.error


def test_unlike_gaps_and_services_near_the_approximation_that_says_it_is_one():
    """Erlang services of two phases before five workers: Allen-Cunneen is within a tenth, and not exact."""
    found = by_engine(one(5, 4.0, variation=sqrt(0.5)), runs=200, customers=3_000)["case"]
    about = stats.approximate_wait(4, 1, 5, variation_arrivals=1, variation_service=sqrt(0.5))
    assert found.mean == pytest.approx(about, rel=0.1)


def sitting(limit: int) -> Network:
    return Network(
        (Node("panel", Kind.MEETING, limit=limit, period=40, phase=40),),
        (Job("case", "panel", 0),),
        0.2,
        (("case", 1.0),),
    )


def test_a_weekly_sitting_is_waited_for_half_a_week_and_longer_where_few_are_heard():
    free, few = (simulate(sitting(limit), Clock(40_000, 400), seed=1).jobs["case"].mean_wait for limit in (0, 9))
    assert free == pytest.approx(20, rel=0.02)
    assert few > 25


def everything() -> Network:
    """A network with all that the engine knows: levels, returns, dropping out, sittings, what goes on beside, what is full."""
    jobs = (
        Job("triage high", "desk", 0.5, priority=0, then=(("assess", 0.7),), stage=0, to_come=0.7),
        Job(
            "triage low",
            "desk",
            0.5,
            0.6,
            priority=1,
            spare=1,
            patience=0.02,
            then=(("assess", 0.3),),
            stage=0,
            to_come=0.3,
        ),
        Job(
            "assess",
            "desk",
            1.5,
            priority=2,
            then=(("panel", 1.0),),
            beside=(("support", 0.5),),
            milestone=True,
            to_come=1,
        ),
        Job("panel", "panel", 0, then=(("managed", 0.9),), stage=1),
        Job("managed", "life", 60, 0, interrupt=0.01, cut="breach", then=(("later", 1.0),), beside=(("support", 0.2),)),
        Job("later", "life", 40, interrupt=0.01, cut="breach"),
        Job("breach", "desk", 0.4, priority=-1, then=(("managed", 1.0),)),
        Job("support", "slots", 80, interrupt=0.005),
    )
    nodes = (
        Node("desk", servers=3), Node("panel", Kind.MEETING, limit=20, period=40, phase=8), Node("life", Kind.DELAY),
        Node("slots", servers=8, limit=12),
    )  # fmt: skip
    return Network(nodes, jobs, 1.6, (("triage high", 0.4), ("triage low", 0.6)), (2.0, 1.0, 0.5, 0.5))


@pytest.mark.parametrize("warm", [0, 200])
def test_the_compiled_engine_and_the_readable_model_agree(warm):
    network, clock = everything(), Clock(800, warm)
    plain = Network(
        network.nodes, tuple(_no_reserve(job) for job in network.jobs), network.arrivals, network.enters, network.week
    )
    ours = [simulate(plain, clock, seed=6, place=(k,)) for k in range(40)]
    theirs = [readable.simulate(plain, clock, seed=k) for k in range(8)]
    for job in ("triage high", "triage low", "assess", "panel", "breach", "support"):
        one_side = measured([run.jobs[job].mean_wait for run in ours])
        other = measured([float(np.mean(run[job].waits)) for run in theirs])
        assert abs(one_side.mean - other.mean) < 3 * sqrt(one_side.error**2 + other.error**2), job
    for job in () if warm else ("managed", "later", "breach", "support"):
        one_side = measured([run.jobs[job].done for run in ours])
        other = measured([run[job].done for run in theirs])
        assert abs(one_side.mean - other.mean) < 3 * sqrt(one_side.error**2 + other.error**2), job


def test_a_stay_drawn_whole_comes_to_what_it_comes_to_event_by_event():
    """To count from a moment after the beginning on has each part of a stay played as an event; nothing else differs.

    Sittings lie beside the sweeps: of what happens at one time, what comes first would differ.
    """
    base = everything()
    due = Source("triage high", 8.0, each_hour={"managed": 0.004, "later": 0.001})
    beside_the_sweeps = Node("panel", Kind.MEETING, limit=20, period=40, phase=5)
    nodes = (base.nodes[0], beside_the_sweeps, *base.nodes[2:])
    network = Network(nodes, base.jobs, 1.0, base.enters, base.week, (due,))
    whole, by_event = (
        [simulate(network, Clock(800, warm, month=160), seed=7, place=(k,)) for k in range(80)] for warm in (0, 1e-9)
    )
    assert sum(run.events for run in whole) < 0.97 * sum(run.events for run in by_event)
    told = {
        **{name: lambda run, name=name: run.jobs[name].joined for name in ("managed", "later", "support", "breach")},
        **{f"{name}, there": lambda run, name=name: run.jobs[name].present for name in ("managed", "later")},
        **{f"{name}, stayed": lambda run, name=name: run.jobs[name].stayed for name in ("managed", "later")},
        **{f"month {k}": lambda run, k=k: run.month_busy[k, 2] for k in range(5)},
        "fell due": lambda run: run.waits[0].sum(),
    }
    for what, of in told.items():
        one_side, other = measured([of(run) for run in whole]), measured([of(run) for run in by_event])
        assert abs(one_side.mean - other.mean) < 3 * sqrt(one_side.error**2 + other.error**2), what


@pytest.mark.parametrize("phase", [40.0, 40.5, 45.0])
def test_what_falls_due_of_a_stay_is_that_of_the_time_stayed(phase):
    """Whenever a sitting is, on a sweep of the calendar or between two: of a first period and a last the part stayed is counted."""
    jobs = (
        Job("case", "panel", 0.0, then=(("managed", 1.0),)),
        Job("managed", "life", 51.0, 0.0, interrupt=0.005, cut="managed", then=(("later", 1.0),)),
        Job("later", "life", 34.0, 0.5),
        Job("review", "desk", 0.1, stage=0),
    )
    nodes = (Node("panel", Kind.MEETING, period=40.0, phase=phase), Node("life", Kind.DELAY), Node("desk", servers=99))
    due = Source("review", 8.0, each_hour={"managed": 0.05, "later": 0.05})
    network = Network(nodes, jobs, 1.0, (("case", 1.0),), sources=(due,))
    runs = [simulate(network, Clock(800.5, month=800.0), seed=12, place=(k,)) for k in range(80)]  # to the last sweep
    found = measured([run.waits[0].sum() / (0.05 * run.month_busy[0, 1]) for run in runs])
    assert abs(found.mean - 1) < 3 * found.error
    assert found.error < 0.005


def test_what_is_swept_when_something_came_is_as_much_as_by_the_hour():
    """Of pieces alone no hour is swept in vain; with somebody's presence to be looked at each is. They come to the same law."""
    jobs = (Job("case", "desk", 0.1), Job("piece", "desk", 0.1, stage=0))
    rated, watched = (
        [
            simulate(
                Network(
                    (Node("desk", servers=50),), jobs, 1.0, (("case", 1.0),), (5.0, 1.0, 0.2),
                    (Source("piece", 1.0, rate=1.5, each_hour=watching),),
                ),
                Clock(600), seed=3, place=(k,),
            )
            for k in range(80)
        ]
        for watching in ({}, {"case": 1e-12})
    )  # fmt: skip
    for of in (lambda run: run.waits[0].sum(), lambda run: run.jobs["piece"].joined):
        one_side, other = measured([of(run) for run in rated]), measured([of(run) for run in watched])
        assert abs(one_side.mean - other.mean) < 3 * sqrt(one_side.error**2 + other.error**2)
    assert np.mean([run.waits[0].sum() for run in rated]) == pytest.approx(900, rel=0.02)


def _no_reserve(job: Job) -> Job:
    return Job(**{**vars(job), "spare": 0})


def kept_whole(run: Played) -> None:
    """Nothing is lost: what came has gone or is there, and time spent is the number present added up (Little's law)."""
    present = sum(job.present for job in run.jobs.values())
    assert run.created == run.gone + present
    spent = sum(job.stayed for job in run.jobs.values())
    there = sum(node.queued + node.busy for node in run.nodes.values())
    assert spent == pytest.approx(there, rel=1e-9, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    arrivals=st.floats(0.05, 6),
    servers=st.integers(1, 6),
    warm=st.just(0.0) | st.floats(0, 150),
    by_birth=st.booleans(),
)
def test_nothing_is_lost_and_littles_law_holds_in_every_run(seed, arrivals, servers, warm, by_birth):
    base = everything()
    desk = Node("desk", servers=servers)
    sweeps = (Source("breach", 8.0, each_hour={"managed": 0.001}), Source("triage low", 1.0, rate=0.2))
    network = Network((desk, *base.nodes[1:]), base.jobs, arrivals, base.enters, base.week, sweeps, by_birth)
    run = simulate(network, Clock(400, warm, month=100), seed=seed)
    kept_whole(run)
    assert 0 <= run.reached.sum() <= run.of_cohort + 1e-9
    if warm == 0:
        assert run.month_busy[-1] == pytest.approx([node.busy for node in run.nodes.values()])
        for name, job in run.jobs.items():
            if name not in {"managed", "later", "support"}:
                assert job.joined == job.done + job.gave_up + job.present, name


def test_those_who_are_never_reached_count_against_the_standard():
    """One worker, ten times too much: of those who came first half were assessed, and nobody else is left out of the count."""
    jobs = (Job("assess", "desk", 1.0, 0, milestone=True, to_come=1.0),)
    network = Network((Node("desk", servers=1),), jobs, 10.0, (("assess", 1.0),))
    run = simulate(network, Clock(400, cohort_to=320), seed=1)
    assert run.of_cohort == pytest.approx(3200, rel=0.1)
    assert run.reached[:80].sum() == pytest.approx(88, abs=15)  # who comes within 9 hours is reached within 80 more


def test_the_longest_wait_and_the_reserve_order_who_is_next():
    base = everything()
    plain, by_birth = (
        simulate(Network(base.nodes, base.jobs, 1.9, base.enters, by_birth=order), Clock(3_000, 100), seed=9)
        for order in (False, True)
    )
    assert by_birth.jobs["assess"].waited_squared != plain.jobs["assess"].waited_squared
    crowded = Network(base.nodes, tuple(_no_reserve(job) for job in base.jobs), 1.9, base.enters)
    without = simulate(crowded, Clock(3_000, 100), seed=9)
    assert plain.jobs["breach"].mean_wait < without.jobs["breach"].mean_wait


def test_the_same_seed_gives_the_same_bytes_and_another_place_other_ones():
    first, again = (simulate(everything(), Clock(300, month=100), seed=8, place=(1, 2)) for _ in range(2))
    assert first.month_queue.tobytes() == again.month_queue.tobytes()
    assert (first.events, first.jobs) == (again.events, again.jobs)
    assert simulate(everything(), Clock(300), seed=8, place=(1, 3)).events != first.events


def test_two_threads_of_one_process_take_their_turns(monkeypatch):
    """A page and the work beside it play in the same memory: in each other's run an engine never came to an end."""
    played, entered = [], Event()
    run = engine.run

    def watched(*arrays):
        if played:
            entered.set()
            return run(*arrays)
        played.append(arrays)
        other = Thread(target=simulate, args=(everything(), Clock(40)), kwargs={"seed": 3})
        other.start()
        played.append(entered.wait(0.3))
        run(*arrays)
        played.append(other)
        return None

    monkeypatch.setattr(engine, "run", watched)
    alone = simulate(everything(), Clock(40), seed=2)
    played[2].join()
    assert not played[1], "nobody else was let in"
    assert entered.is_set()
    assert simulate(everything(), Clock(40), seed=2).jobs == alone.jobs


def test_plain_python_gives_the_same_numbers_as_what_is_compiled(monkeypatch):
    """Where nothing can be compiled the engine is slow, never different."""
    compiled = simulate(everything(), Clock(40), seed=3)
    plain = _uncompiled(monkeypatch, "engine")
    assert plain.run.__name__ == "run"
    assert simulate(everything(), Clock(40), seed=3).jobs == compiled.jobs


def _uncompiled(monkeypatch, wanted):
    monkeypatch.setitem(sys.modules, "numba", None)
    for name in ("compiling", "chance", "agenda", "tally", "delays", "roster", "engine"):
        if f"{capacity.__name__}.{name}" in sys.modules:
            monkeypatch.delattr(capacity, name)
            monkeypatch.delitem(sys.modules, f"{capacity.__name__}.{name}")
    return import_module(f"{capacity.__name__}.{wanted}")


def test_what_is_drawn_follows_its_law(monkeypatch):
    """Layers of a ziggurat, products of uniforms, and rejection where many are expected: each against scipy's own law."""
    chance, ints = _uncompiled(monkeypatch, "chance"), np.zeros(layout.INTS, np.int64)
    ints[layout.DICE : layout.DICE + 3] = 5, 7, 9
    with np.errstate(over="ignore"):
        waits = [chance.exponential(ints, chance.SERVICE) for _ in range(6_000)]
        errors = [chance.normal(ints, chance.SERVICE) for _ in range(6_000)]
        counts = {
            mean: [chance.poisson(ints, chance.SERVICE, mean) for _ in range(3_000)] for mean in (3.0, 11.0, 75.0)
        }
    assert kstest(waits, "expon").pvalue > 0.01
    assert kstest(errors, "norm").pvalue > 0.01
    assert max(waits) > 7.7, "beyond the lowest layer, too"
    for mean, drawn in counts.items():
        edges = poisson.ppf(np.linspace(0.1, 0.9, 9), mean)
        expected = np.diff(np.concatenate([[0.0], poisson.cdf(edges, mean), [1.0]])) * len(drawn)
        seen = np.bincount(np.searchsorted(edges, drawn), minlength=10)
        assert chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 0.01, mean
        assert not chance.poisson(ints, chance.SERVICE, 0.0)


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (Network((Node("desk"),), (Job("case", "nowhere", 1),)), "case leads to nowhere, which is not there"),
        (Network((Node("desk"),), (Job("case", "desk", 1, then=(("next", 1.0),)),)), "leads to next"),
        (Network((Node("desk"),), (Job("case", "desk", -1),)), "below nought"),
        (Network((Node("desk"),), (Job("case", "desk", 1),), 1.0, (("case", 0.5),)), "shared out wholly"),
        (Network((), ()), "from 1 to"),
    ],
)
def test_a_network_that_leads_nowhere_is_refused(network, says):
    with pytest.raises(NotANetwork, match=says):
        simulate(network, Clock(10), seed=1)


def test_more_than_there_is_room_for_ends_the_run_and_says_so():
    run = simulate(one(1, 1_000.0), Clock(1_000), seed=1)
    assert run.full
    assert run.created >= layout.MOST_INSIDE - 1
