"""The capacity model's speed: the same queue by our engine, by SimPy and by Ciw, and areas with every way of working.

.venv/bin/python -m bench.capacity [--areas 43] [--draws 1000] [--workers 2]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from bench.clock import judged, line

if TYPE_CHECKING:
    from fourfold.rollout.capacity.sweep import Cell

ARRIVALS, SERVERS, CUSTOMERS = 4.0, 5, 20_000


def main() -> None:
    words = argparse.ArgumentParser()
    for name, value in (("--areas", 43), ("--draws", 1_000), ("--workers", 2)):
        words.add_argument(name, type=int, default=value)
    asked = words.parse_args()
    _same_work()
    _question()
    _areas(asked.areas, asked.draws, asked.workers)
    _foretold()
    _order()


def _same_work() -> None:
    """Serve the same customers before five workers by each engine."""
    import ciw

    from fourfold.rollout.capacity import readable
    from fourfold.rollout.capacity.network import Clock, Job, Network, Node, simulate

    network = Network((Node("desk", servers=SERVERS),), (Job("case", "desk", 1.0),), ARRIVALS, (("case", 1.0),))
    clock = Clock(CUSTOMERS / ARRIVALS)
    simulate(network, Clock(1), seed=1)

    def by_ciw() -> None:
        told = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(ARRIVALS)],
            service_distributions=[ciw.dists.Exponential(1.0)],
            number_of_servers=[SERVERS],
        )
        ciw.Simulation(told).simulate_until_max_time(clock.ends)

    engines = {
        "compiled engine": lambda: simulate(network, clock, seed=1),
        "SimPy": lambda: readable.simulate(network, clock, seed=1),
        "Ciw": by_ciw,
    }
    for name, work in engines.items():
        began = time.process_time()
        work()
        rate = CUSTOMERS / (time.process_time() - began)
        line(
            f"capacity: customers before five workers, {name}",
            rate,
            "/s",
            1_000_000 if name[0] == "c" else 1,
            more_is_better=True,
        )


def _question() -> None:
    """Ask which team an area needs, once the engine is compiled."""
    from fourfold.rollout import facts, queries
    from fourfold.rollout.capacity import questions
    from fourfold.rollout.capacity.terms import Policy

    demand = queries.demand_of(facts.named("Merseyside"), year=2026)
    unit = queries.unit("cheshire", Policy.HIGHEST_FIRST)
    questions.needed(unit, demand)
    began, worked = time.perf_counter(), time.process_time()
    questions.needed(unit, demand)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    line("capacity: which team does Merseyside need", worked, "s", 2, note=f"of processor; {took:.1f} s by the wall")
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    words = [sys.executable, "-m", "fourfold.cli.main", "rollout", "capacity", "--area", "Merseyside"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took, worked = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    what = "capacity: the same by the command, loading and all"
    line(what, worked, "s", 2, note=f"of processor; {took:.1f} s by the wall")


def _areas(areas: int, draws: int, workers: int) -> None:
    """Play so many areas with the three ways of working, two years of each demand."""
    from fourfold.rollout import facts, queries
    from fourfold.rollout.capacity import sweep
    from fourfold.rollout.capacity.terms import Policy
    from fourfold.rollout.terms import Model

    codes = list(facts.areas())[:areas]
    demands = {code: queries.demand_of(facts.area(code), year=2026, draws=draws) for code in codes}
    units = {model.value: queries.unit(model.value, Policy.HIGHEST_FIRST) for model in Model}
    worked: list[float] = []

    def spread(_: object, cells: Sequence[Cell], seed: int) -> Iterator[tuple[str, int]]:
        with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
            for told, seconds in pool.map(_timed, cells, [seed] * len(cells)):
                worked.append(seconds)
                yield told

    with tempfile.TemporaryDirectory() as folder:
        began, before = time.perf_counter(), time.process_time()
        wanted = sweep.cells(demands, units)
        events = sweep.sweep(wanted, Path(folder), workers=workers, said={"bench": draws}, spread=spread)
        took, here = time.perf_counter() - began, time.process_time() - before
    what = f"capacity: {areas} areas, 3 ways, {draws} demands, {workers} processes"
    busy = sum(worked) / workers + here
    note = f"of processor for each; {took:.0f} s by the wall; {events / 1e6:,.0f} million events"
    line(what, busy, "s", 60, note=note)


def _timed(cell: Cell, seed: int) -> tuple[tuple[str, int], float]:
    """Play a cell, and return with it the seconds of processor, which others on the machine cannot lengthen."""
    from fourfold.rollout.capacity import sweep

    began = time.process_time()
    return sweep.play(cell, seed), time.process_time() - began


def _foretold() -> None:
    """Foretell the last year that every force counted, and print how many of its intervals of 90% held what came."""
    from fourfold.rollout import queries

    tried = queries.back_test()
    note = f"{tried.held} of {len(tried.rows)} forces within 90% intervals; 85 to 95 are promised"
    line(f"roll-out: {tried.year} foretold from before", 100 * tried.share, "%", 85, more_is_better=True, note=note)


def _order() -> None:
    """Order the areas that have no unit yet by four rules, with and without fairness, to the bound that the page states."""
    from fourfold.rollout import order, queries, rules
    from fourfold.rollout.order import places
    from fourfold.rollout.order.terms import OrderAsked

    asked = OrderAsked(25_000_000, 2027, 2030, 40, 40, 40, fair=True)
    wanted = places.asked_for(asked, rules.Demand(2026, *queries.foretold_with((), 2026)))
    began, worked = time.perf_counter(), time.process_time()
    found = order.compare(wanted, asked.means, asked.trial, fair=True)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    note = f"{len(wanted)} areas, {worked:.1f} s of processor, at most {found.most.bound:,.0f} reached and {found.most.value:,.0f} found"
    line("roll-out: areas in four orders, fair and not", took, "s", 60, note=note)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django

    django.setup()
    judged(main)
