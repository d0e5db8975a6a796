"""A network of queues as values, and what happened in it: the one description that both engines play.

Times are in one unit throughout; the unit's own networks count working hours. A place of work (`Node`) has people who serve, or
is a delay that passes for everybody at once, or a meeting. A kind of work (`Job`) is done at one place and goes on to others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from fourfold.rollout.capacity import layout as at
from fourfold.stats.inputs import FloatArray
from fourfold.words import sentence

IntArray = NDArray[np.int64]
#: What an exit is called.
OUT = ""


class Kind(IntEnum):
    """What a place of work is."""

    POOL = at.POOL
    DELAY = at.DELAY
    MEETING = at.MEETING


@dataclass(frozen=True)
class Node:
    """A place of work: `servers` people (POOL), nobody (DELAY), or a sitting each `period` from `phase` on (MEETING).

    `limit`: of a pool, how many may be there at all, the others are turned away; of a meeting, how many are heard at most.
    """

    name: str
    kind: Kind = Kind.POOL
    servers: int = 1
    limit: int = 0
    period: float = 0.0
    phase: float = 0.0


@dataclass(frozen=True)
class Job:
    """A kind of work: where, how long (mean and coefficient of variation, of a gamma law), in which order, and what follows.

    `priority`: the lower is taken first. `spare`: it begins only where more than so many are free. `patience`: the rate at which who
    waits gives up, and `given_up` what follows that; `interrupt`: the rate at which the service itself is cut short, and `cut` what
    follows. `then`: what follows, with its chance; `beside`: what comes into being besides. `stage`: under which waits are counted
    together. `milestone`: its end is what the standard asks for; `to_come`: the chance that somebody of this kind will get there.
    """

    name: str
    node: str
    mean: float
    variation: float = 1.0
    priority: int = 0
    spare: int = 0
    patience: float = 0.0
    given_up: str = OUT
    interrupt: float = 0.0
    cut: str = OUT
    then: tuple[tuple[str, float], ...] = ()
    beside: tuple[tuple[str, float], ...] = ()
    stage: int = -1
    milestone: bool = False
    to_come: float = 0.0
    initial: int = 0


@dataclass(frozen=True)
class Source:
    """Work that comes up in pieces, swept together each `period`: `rate` for each arrival that is expected in the same hours, and
    `each_hour` for everybody who is at one of the named jobs."""

    job: str
    period: float
    rate: float = 0.0
    each_hour: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """Places, kinds of work, and what comes in: `arrivals` an hour, shared out by `enters`, through the hours of a week."""

    nodes: tuple[Node, ...]
    jobs: tuple[Job, ...]
    arrivals: float = 0.0
    enters: tuple[tuple[str, float], ...] = ()
    week: tuple[float, ...] = (1.0,)
    sources: tuple[Source, ...] = ()
    by_birth: bool = False


@dataclass(frozen=True)
class Clock:
    """How long is played, from when it counts, and what is kept by month; a cohort is those who came in between two times.

    Of the cohort is counted how long each took to the milestone, those included who are on their way still.
    """

    ends: float
    warm: float = 0.0
    day: float = 8.0
    month: float = 0.0
    cohort_from: float = 0.0
    cohort_to: float = float("inf")


@dataclass(frozen=True)
class AtJob:
    """What happened to one kind of work: counts, and the waits of those who began (sum, sum of squares), and time spent there."""

    joined: int
    begun: int
    done: int
    gave_up: int
    turned_away: int
    present: int
    waited: float
    waited_squared: float
    stayed: float

    @property
    def mean_wait(self) -> float:
        return self.waited / self.begun if self.begun else 0.0


@dataclass(frozen=True)
class AtNode:
    """What happened at one place: time of waiting, of serving and of being there to serve, each added up over people."""

    queued: float
    busy: float
    staffed: float
    waiting: int
    serving: int


@dataclass(frozen=True, eq=False)
class Played:
    """What one run of a network came to. `waits` are counts (stages, bins); the months are (months, nodes),
    who waits and what is done in each, work and presence added up from the beginning."""

    ended: float
    events: int
    full: bool
    created: int
    gone: int
    jobs: Mapping[str, AtJob]
    nodes: Mapping[str, AtNode]
    reached: IntArray
    of_cohort: float
    waits: IntArray
    month_queue: FloatArray
    month_busy: FloatArray
    month_staffed: FloatArray
    month_done: FloatArray


class NotANetwork(ValueError):
    """A network that cannot be played: the message names what to mend."""


@dataclass(eq=False)
class Memory:
    """The arrays of a run, kept for the next one: what a hundred thousand runs need is what one needs."""

    floats: FloatArray
    ints: IntArray


#: What runs in this process's memory: a page and the work beside it are two threads, and the engine lets others go on.
_ONE_AT_A_TIME = RLock()


@lru_cache(maxsize=1)
def memory() -> Memory:
    inside = at.FIRST_THING + at.MOST_INSIDE
    floats, ints = (
        _by_lines(size) for size in (at.THINGS + inside * at.THING_FLOATS, at.WORKS + inside * at.THING_INTS)
    )
    return Memory(floats.view(np.float64), ints)


def _by_lines(size: int) -> IntArray:
    """Return so many noughts from the beginning of a line of the processor's memory on: no thing of work lies across two."""
    room = np.zeros(size + 8, np.int64)
    first = -room.ctypes.data // 8 % 8
    return room[first : first + size]


def simulate(network: Network, clock: Clock, *, seed: int, place: tuple[int, ...] = ()) -> Played:
    """Play a network once, by the compiled engine; the same seed and place give the same numbers everywhere."""
    with _ONE_AT_A_TIME:
        run(pack(network, clock), np.ones((1, 2)), streams(seed, *place))
        return read(network, clock, memory())


@dataclass(frozen=True, eq=False)
class Packed:
    """A network as the engine takes it: floats and integers without what happens in it."""

    floats: FloatArray
    ints: IntArray


def run(packed: Packed, asked: FloatArray, dice: IntArray) -> tuple[FloatArray, IntArray]:
    """Let the engine play each demand that is asked, and return what it tells; numba is fetched only now, for it takes seconds."""
    from fourfold.rollout.capacity import engine

    kept, draws, i = memory(), len(asked), packed.ints
    i[at.DRAWS] = draws
    told = np.zeros((draws, at.TOLD_MONTHS + 4 * int(i[at.MONTHS_TOLD] * i[at.N_NODES])))
    counted = np.zeros(at.ALL_EVENTS + 1, np.int64)
    with _ONE_AT_A_TIME, np.errstate(over="ignore"):
        flat = (np.ascontiguousarray(asked).ravel(), np.ascontiguousarray(dice).ravel(), told.reshape(-1), counted)
        engine.run(kept.floats, kept.ints, packed.floats, i, *flat)
    return told, counted


def warm() -> None:
    """Compile the engine where no process of this machine has yet, behind all other work: some twelve seconds, kept for all."""
    os.nice(15)
    ready()


def ready() -> None:
    """Make the engine ready: play one hour of one desk."""
    simulate(Network((Node("desk"),), (Job("case", "desk", 1.0),)), Clock(1.0), seed=1)


def streams(seed: int, *place: int, runs: int = 1) -> IntArray:
    """Return where the three streams of chance of each run begin (runs, 3), told apart by their place: area, model; and run by run."""
    drawn = np.random.SeedSequence(seed, spawn_key=place).generate_state(3 * runs, np.uint64)
    return drawn.view(np.int64).reshape(runs, 3)


def pack(network: Network, clock: Clock) -> Packed:
    """Return a network in the engine's arrays, or raise NotANetwork."""
    _require(network)
    f, i = np.zeros(at.FLOATS), np.zeros(at.INTS, np.int64)
    f[at.ENDS], f[at.WARM_AT], f[at.DAY_LENGTH] = clock.ends, clock.warm, clock.day
    f[at.MONTH_LENGTH] = clock.month
    f[at.COHORT_FROM], f[at.COHORT_TO] = clock.cohort_from, clock.cohort_to
    i[at.FREE], i[at.BY_BIRTH] = -1, network.by_birth
    i[at.N_CLASSES], i[at.N_NODES], i[at.N_SOURCES] = len(network.jobs), len(network.nodes), len(network.sources)
    i[at.WEEK_HOURS], i[at.MONTHS_TOLD] = len(network.week), min(_months(clock), at.MONTHS)
    watches = [source.period for source in network.sources if source.each_hour]
    i[at.WHOLE] = not clock.warm and all(clock.ends <= at.DAYS * period for period in watches)
    scale = network.arrivals * len(network.week) / sum(network.week)
    f[at.PROFILE : at.PROFILE + len(network.week)] = np.array(network.week) * scale
    names = [job.name for job in network.jobs]
    _pack_nodes(network, i, f)
    for c, job in enumerate(network.jobs):
        _pack_job(c, job, names, [node.name for node in network.nodes], i, f)
    enters = [(names.index(name), chance) for name, chance in network.enters if chance > 0]
    i[at.ENTERED : at.ENTERED + len(enters)] = [c for c, _ in enters]
    f[at.ENTERS : at.ENTERS + len(enters)] = _cumulated([chance for _, chance in enters], network.arrivals > 0)
    for s, source in enumerate(network.sources):
        _pack_source(s, source, names, i, f)
    return Packed(f, i)


def _pack_source(s: int, source: Source, names: list[str], i: IntArray, f: FloatArray) -> None:
    f[at.SOURCE_RATE + s], f[at.SOURCE_PERIOD + s] = source.rate, source.period
    alone = not source.each_hour and source.period >= 1 and source.period == int(source.period)
    i[at.SOURCE_CLASS + s], i[at.SOURCE_KIND + s] = names.index(source.job), at.ONLY_RATE if alone else at.BY_PRESENT
    watched = []
    for name, rate in source.each_hour.items():
        c = names.index(name)
        f[at.EACH_HOUR + c] = rate
        if i[at.WHOLE] and i[at.KIND + i[at.NODE + c]] == at.DELAY:
            i[at.AHEAD_OF + c], i[at.SOURCE_KIND + s] = s, at.AHEAD
        else:
            i[at.SOURCE_OF + c] = s
            watched.append(c)
    i[at.SOURCE_FROM + s], i[at.SOURCE_TO + s] = (min(watched), max(watched) + 1) if watched else (0, 0)


def _pack_nodes(network: Network, i: IntArray, f: FloatArray) -> None:
    for n, node in enumerate(network.nodes):
        i[at.KIND + n], i[at.SERVERS + n], i[at.LIMIT + n] = node.kind, node.servers, node.limit
        f[at.PERIOD + n], f[at.PHASE + n] = node.period, node.phase
        here = sorted(
            (c for c, job in enumerate(network.jobs) if job.node == node.name), key=lambda c: network.jobs[c].priority
        )
        i[at.N_HERE + n] = len(here)
        i[at.HERE + n * at.CLASSES : at.HERE + n * at.CLASSES + len(here)] = here


def _pack_job(c: int, job: Job, names: list[str], nodes: list[str], i: IntArray, f: FloatArray) -> None:
    def of(name: str) -> int:
        return -1 if name == OUT else names.index(name)

    f[at.MEAN + c], f[at.SHAPE + c] = job.mean, job.variation**-2 if job.variation > 0 else 0.0
    if f[at.SHAPE + c] >= 1:
        f[at.GAMMA_D + c] = f[at.SHAPE + c] - 1 / 3
        f[at.GAMMA_C + c] = 1 / np.sqrt(9 * f[at.GAMMA_D + c])
    f[at.PATIENCE + c], f[at.INTERRUPT + c], f[at.TO_COME + c] = job.patience, job.interrupt, job.to_come
    i[at.NODE + c], i[at.PRIORITY + c], i[at.SPARE + c] = nodes.index(job.node), job.priority, job.spare
    i[at.CUT_TO + c], i[at.QUIT_TO + c] = of(job.cut), of(job.given_up)
    i[at.HEAD + c], i[at.TAIL + c], i[at.STAGE + c] = -1, -1, job.stage
    i[at.MILESTONE + c], i[at.INITIAL + c], i[at.SOURCE_OF + c], i[at.AHEAD_OF + c] = job.milestone, job.initial, -1, -1
    chances = _cumulated([chance for _, chance in job.then], True)
    for k in range(at.ROUTES):
        i[at.NEXT + k * at.CLASSES + c] = of(job.then[k][0]) if k < len(job.then) else -1
        f[at.CUM + k * at.CLASSES + c] = chances[k] if k < len(job.then) else 1.0
    for k, (name, chance) in enumerate(job.beside):
        i[at.SPAWN + k * at.CLASSES + c], f[at.SPAWN_CHANCE + k * at.CLASSES + c] = of(name), chance


def _cumulated(chances: list[float], whole: bool) -> list[float]:
    """Return chances added up; what they lack to one goes out, the last of all being one where something comes at all."""
    added = np.cumsum(chances).tolist()
    if added and whole and abs(added[-1] - 1) < 1e-9:
        added[-1] = 1.0
    return added


def _require(network: Network) -> None:
    """Refuse what the engine has no room for, or what leads nowhere."""
    names, nodes = {job.name for job in network.jobs}, {node.name for node in network.nodes}
    for what, found, most in (
        ("kinds of work", len(network.jobs), at.CLASSES),
        ("places", len(network.nodes), at.NODES),
        ("sources", len(network.sources), at.SOURCES),
        ("hours in a week", len(network.week), at.HOURS),
    ):
        if not (0 if what == "sources" else 1) <= found <= most:
            raise NotANetwork(sentence("A network has from 1 to {1} {2}; this one has {3}.", most, what, found))
    for job in network.jobs:
        led = {job.given_up, job.cut, *(name for name, _ in (*job.then, *job.beside))} - {OUT}
        if job.node not in nodes or led - names:
            raise NotANetwork(
                sentence("{1} leads to {2}, which is not there.", job.name, ", ".join(led - names) or job.node)
            )
        total = sum(chance for _, chance in job.then)
        if len(job.then) > at.ROUTES or len(job.beside) > at.SPAWNS or total > 1 + 1e-9:
            raise NotANetwork(
                sentence("{1} goes on in more ways than the engine has, or to more than one place.", job.name)
            )
        if not (job.mean >= 0 and job.variation >= 0 and job.patience >= 0 and job.interrupt >= 0):
            raise NotANetwork(sentence("{1} has a time or a rate below nought.", job.name))
    if network.arrivals > 0 and abs(sum(chance for _, chance in network.enters) - 1) > 1e-9:
        raise NotANetwork("What comes in must be shared out wholly: its chances add up to 1.")


def read(network: Network, clock: Clock, kept: Memory) -> Played:
    """Return what stands in memory as a value of its own."""
    f, i = kept.floats, kept.ints
    months = _months(clock)
    if months > at.MONTHS:
        raise NotANetwork(sentence("At most {1} months are kept.", at.MONTHS))

    def by_month(row: int) -> FloatArray:
        return f[row : row + months * at.NODES].reshape(months, at.NODES)[:, : len(network.nodes)].copy()

    return Played(
        ended=float(f[at.NOW]),
        events=int(i[at.EVENTS]),
        full=bool(i[at.FULL]),
        created=int(i[at.CREATED]),
        gone=int(i[at.GONE]),
        jobs={job.name: _job(f, i, c) for c, job in enumerate(network.jobs)},
        nodes={node.name: _node(f, i, n) for n, node in enumerate(network.nodes)},
        reached=i[at.REACHED : at.REACHED + at.BINS].copy(),
        of_cohort=float(f[at.OF_STANDARD]),
        waits=i[at.COUNTS : at.COUNTS + at.STAGES * at.BINS].reshape(at.STAGES, at.BINS).copy(),
        month_queue=by_month(at.MONTH_QUEUE),
        month_busy=by_month(at.MONTH_BUSY),
        month_staffed=by_month(at.MONTH_STAFF),
        month_done=by_month(at.MONTH_DONE),
    )


def _months(clock: Clock) -> int:
    return int(clock.ends / clock.month) if clock.month else 1


def _job(f: FloatArray, i: IntArray, c: int) -> AtJob:
    rows = (at.JOINS, at.BEGUN, at.DONE, at.QUITTED, at.TURNED, at.PRESENT)
    return AtJob(*(int(i[row + c]) for row in rows), *(float(f[row + c]) for row in (at.WAITED, at.SQUARED, at.STAYED)))


def _node(f: FloatArray, i: IntArray, n: int) -> AtNode:
    queued, busy, staffed = (float(f[row + n]) for row in (at.QUEUE_AREA, at.BUSY_AREA, at.STAFF_AREA))
    return AtNode(queued, busy, staffed, int(i[at.LINE + n]), int(i[at.BUSY + n]))
