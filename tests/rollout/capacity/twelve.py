"""Queues whose answer is known: as a network of ours, as one of Ciw's, and by the formula where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import ciw
import numpy as np

from fourfold import stats
from fourfold.rollout.capacity.network import Clock, Job, Network, Node, simulate


@dataclass(frozen=True)
class Known:
    """A network, and the mean wait of a kind of work in it; None where no formula is known."""

    network: Network
    waits: dict[str, float | None]


def one(
    servers: int, arrivals: float, mean: float = 1.0, *, variation: float = 1.0, limit: int = 0, patience: float = 0.0
) -> Network:
    job = Job("case", "desk", mean, variation, patience=patience)
    return Network((Node("desk", servers=servers, limit=limit),), (job,), arrivals, (("case", 1.0),))


def classes(servers: int, arrivals: tuple[float, ...], means: tuple[float, ...]) -> Network:
    total = sum(arrivals)
    jobs = tuple(Job(f"level {k}", "desk", mean, priority=k) for k, mean in enumerate(means))
    enters = tuple((job.name, came / total) for job, came in zip(jobs, arrivals, strict=True))
    return Network((Node("desk", servers=servers),), jobs, total, enters)


def stations(*servers: int, back: float = 0.0, means: tuple[float, ...] = (1.0, 1.0)) -> Network:
    jobs = (
        Job("first", "desk", means[0], then=(("second", 1.0),)),
        Job("second", "panel", means[1], then=(("first", back),)),
    )
    nodes = (Node("desk", servers=servers[0]), Node("panel", servers=servers[1]))
    return Network(nodes, jobs, 1.0, (("first", 1.0),))


def returns(back: float, servers: tuple[int, int], means: tuple[float, float]) -> dict[str, float | None]:
    rates = [1 / mean for mean in means]
    found = stats.waiting_in_network([1, 0], [[0.0, 1.0], [back, 0.0]], rates, servers)
    return dict(zip(("first", "second"), (each.mean_wait for each in found), strict=True))


TWELVE: dict[str, Known] = {
    "M/M/1": Known(one(1, 0.6), {"case": stats.waiting(0.6, 1, 1).mean_wait}),
    "M/M/3": Known(one(3, 2.1), {"case": stats.waiting(2.1, 1, 3).mean_wait}),
    "M/M/5": Known(one(5, 4.0), {"case": stats.waiting(4, 1, 5).mean_wait}),
    "M/D/1": Known(one(1, 0.7, variation=0), {"case": stats.single_server_wait(0.7, 1, 0)}),
    "M/G/1": Known(one(1, 0.6, variation=1.5), {"case": stats.single_server_wait(0.6, 1, 1.5)}),
    "M/M/2/5": Known(one(2, 2.5, limit=5), {"case": stats.waiting_with_room(2.5, 1, 2, 5)["mean wait"]}),
    "M/M/3 with patience": Known(one(3, 4.0, patience=0.5), {"case": None}),
    "M/D/3": Known(one(3, 2.4, variation=0), {"case": None}),
    "two levels": Known(
        classes(2, (0.8, 0.8), (1, 1)),
        dict(zip(("level 0", "level 1"), map(float, stats.waiting_by_priority([0.8, 0.8], 1, 2)), strict=True)),
    ),
    "three levels of unlike work": Known(
        classes(3, (0.5, 0.8, 1.0), (0.5, 1.0, 1.2)), dict.fromkeys(("level 0", "level 1", "level 2"))
    ),
    "two stations": Known(stations(2, 1, means=(1.2, 0.6)), returns(0.0, (2, 1), (1.2, 0.6))),
    "returns": Known(stations(2, 2, back=0.3, means=(0.9, 0.8)), returns(0.3, (2, 2), (0.9, 0.8))),
}


@dataclass(frozen=True)
class Measured:
    mean: float
    error: float


def measured(values: list[float]) -> Measured:
    return Measured(float(np.mean(values)), float(np.std(values, ddof=1) / sqrt(len(values))))


def by_engine(network: Network, *, runs: int, customers: int) -> dict[str, Measured]:
    """Play a network so many times with our engine; the first tenth is not counted."""
    ends = customers / network.arrivals
    found = [simulate(network, Clock(ends, ends / 10), seed=5, place=(k,)) for k in range(runs)]
    return {job.name: measured([each.jobs[job.name].mean_wait for each in found]) for job in network.jobs}


def by_ciw(network: Network, *, runs: int, customers: int) -> dict[str, Measured]:
    """The same with Ciw."""
    ends = customers / network.arrivals
    waits: dict[str, list[float]] = {job.name: [] for job in network.jobs}
    for k in range(runs):
        ciw.seed(k)
        played = ciw.Simulation(_network(network))
        played.simulate_until_max_time(ends)
        rows = [
            row for row in played.get_all_records() if row.arrival_date >= ends / 10 and row.record_type == "service"
        ]
        single = len(network.nodes) > 1 or len(network.jobs) == 1
        for n, job in enumerate(network.jobs):
            mine = [
                row.waiting_time for row in rows if (row.node == n + 1 if single else row.customer_class == job.name)
            ]
            waits[job.name].append(float(np.mean(mine)))
    return {name: measured(values) for name, values in waits.items()}


def _network(network: Network) -> ciw.network.Network:
    if len(network.nodes) > 1 or len(network.jobs) == 1:
        names = [job.name for job in network.jobs]
        chances = dict(network.enters)
        return ciw.create_network(
            arrival_distributions=[
                ciw.dists.Exponential(network.arrivals * chances[name]) if chances.get(name) else None for name in names
            ],
            service_distributions=[_service(job) for job in network.jobs],
            number_of_servers=[node.servers for node in network.nodes],
            queue_capacities=[node.limit - node.servers if node.limit else inf for node in network.nodes],
            routing=[[dict(job.then).get(name, 0.0) for name in names] for job in network.jobs],
            reneging_time_distributions=[
                ciw.dists.Exponential(job.patience) if job.patience else None for job in network.jobs
            ],
        )
    return ciw.create_network(
        arrival_distributions={
            name: [ciw.dists.Exponential(network.arrivals * chance)] for name, chance in network.enters
        },
        service_distributions={job.name: [_service(job)] for job in network.jobs},
        number_of_servers=[network.nodes[0].servers],
        priority_classes={job.name: job.priority for job in network.jobs},
    )


def _service(job: Job) -> ciw.dists.Distribution:
    if job.variation == 0:
        return ciw.dists.Deterministic(job.mean)
    if job.variation == 1:
        return ciw.dists.Exponential(1 / job.mean)
    return ciw.dists.Gamma(job.variation**-2, job.mean * job.variation**2)
