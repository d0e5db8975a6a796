"""The same network in SimPy: to be read, and to hold the compiled engine against. Some hundred times slower.

Each thing of work is a process that says its own way: wait, be served, go on. Chance comes from numpy, not from the engine, so
that the two agree in what they find and in nothing else.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from fourfold.rollout.capacity.network import OUT, Clock, Job, Kind, Network, Node

Steps = Generator[simpy.Event, Any, None]


@dataclass
class Seen:
    """What was seen of one kind of work."""

    waits: list[float] = field(default_factory=list)
    done: int = 0
    gave_up: int = 0
    turned_away: int = 0


def simulate(network: Network, clock: Clock, *, seed: int) -> dict[str, Seen]:
    """Play a network once and return what was seen of each kind of work that joined after the warming up.

    Plays pools with priorities, patience and room, delays, meetings, returns and what goes on beside; no roster, no sources, no
    reserve and no order by birth.
    """
    return _Unit(network, clock, seed).play()


class _Unit:
    def __init__(self, network: Network, clock: Clock, seed: int) -> None:
        self.network, self.clock = network, clock
        self.rng = np.random.default_rng(seed)
        self.env = simpy.Environment()
        self.jobs = {job.name: job for job in network.jobs}
        self.nodes = {node.name: node for node in network.nodes}
        self.pools = {
            node.name: simpy.PriorityResource(self.env, node.servers)
            for node in network.nodes
            if node.kind == Kind.POOL
        }
        self.tables: dict[str, list[simpy.Event]] = {
            node.name: [] for node in network.nodes if node.kind == Kind.MEETING
        }
        self.seen = {job.name: Seen() for job in network.jobs}

    def play(self) -> dict[str, Seen]:
        for name in self.tables:
            self.env.process(self.sittings(self.nodes[name]))
        for job in self.network.jobs:
            for _ in range(job.initial):
                self.env.process(self.way(job.name))
        if self.network.arrivals:
            self.env.process(self.arrivals())
        self.env.run(until=self.clock.ends)
        return self.seen

    def arrivals(self) -> Steps:
        """Let work come in, by the hours of the week: the busiest hour's rate, thinned."""
        names, chances = zip(*self.network.enters, strict=True)
        week = np.array(self.network.week) / np.mean(self.network.week)
        while True:
            yield self.env.timeout(self.rng.exponential(1 / (self.network.arrivals * week.max())))
            if self.rng.random() < week[int(self.env.now) % len(week)] / week.max():
                self.env.process(self.way(names[self.rng.choice(len(names), p=chances)]))

    def way(self, name: str) -> Steps:
        """Let one thing of work go its way, from job to job, until it is out."""
        while name != OUT:
            job = self.jobs[name]
            kind = self.nodes[job.node].kind
            if kind == Kind.POOL:
                name = yield from self.at_pool(job)
            elif kind == Kind.MEETING:
                name = yield from self.at_meeting(job)
            else:
                name = yield from self.serve(job)

    def at_pool(self, job: Job) -> Generator[simpy.Event, Any, str]:
        pool, seen, joined = self.pools[job.node], self.seen[job.name], self.env.now
        if 0 < self.nodes[job.node].limit <= pool.count + len(pool.queue):
            seen.turned_away += 1
            return OUT
        with pool.request(priority=job.priority) as turn:
            if job.patience:
                yield turn | self.env.timeout(self.rng.exponential(1 / job.patience))
                if not turn.triggered:
                    seen.gave_up += self.counts(joined)
                    return job.given_up
            else:
                yield turn
            self.waited(job, joined)
            return (yield from self.serve(job))

    def at_meeting(self, job: Job) -> Generator[simpy.Event, Any, str]:
        joined, turn = self.env.now, self.env.event()
        self.tables[job.node].append(turn)
        yield turn
        self.waited(job, joined)
        return self.goes_on(job)

    def sittings(self, node: Node) -> Steps:
        """Hold a sitting each period; hear as many as there is time for, who came first first."""
        yield self.env.timeout(node.phase)
        while True:
            table = self.tables[node.name]
            heard, self.tables[node.name] = table[: node.limit or None], table[node.limit :] if node.limit else []
            for turn in heard:
                turn.succeed()
            yield self.env.timeout(node.period)

    def serve(self, job: Job) -> Generator[simpy.Event, Any, str]:
        shape = job.variation**-2 if job.variation else 0.0
        lasts = self.rng.gamma(shape, job.mean / shape) if shape else job.mean
        cut = self.rng.exponential(1 / job.interrupt) if job.interrupt else np.inf
        yield self.env.timeout(min(lasts, cut))
        return job.cut if cut < lasts else self.goes_on(job)

    def goes_on(self, job: Job) -> str:
        self.seen[job.name].done += 1
        for name, chance in job.beside:
            if self.rng.random() < chance:
                self.env.process(self.way(name))
        return self.drawn(job.then)

    def drawn(self, then: Iterable[tuple[str, float]]) -> str:
        dice = self.rng.random()
        for name, chance in then:
            dice -= chance
            if dice < 0:
                return name
        return OUT

    def waited(self, job: Job, joined: float) -> None:
        if self.counts(joined):
            self.seen[job.name].waits.append(self.env.now - joined)

    def counts(self, joined: float) -> bool:
        return joined >= self.clock.warm
