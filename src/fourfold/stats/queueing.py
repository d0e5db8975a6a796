"""Waiting: how long a referral waits for a free worker, by formula, and by simulation to check the formula.

Arrivals at random (Poisson), service times with the stated law. Rates in one unit, such as cases a day. Teams whose
load reaches their number never catch up: that is refused, not reported as a long wait.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import student_estimate
from fourfold.stats.terms import Estimate, NotIdentified, OutOfRange

Sampler = Callable[[np.random.Generator, int], FloatArray]
MOST_WORKERS = 100_000
MOST_WAITING = 1e6


@dataclass(frozen=True)
class Waiting:
    """A queue that keeps up: the chance of waiting, the mean wait of all, and who waits longer than some time."""

    probability: float
    mean_wait: float
    mean_queue: float
    utilisation: float
    decay: float
    method: str

    def longer_than(self, time: float) -> float:
        """Give the probability of waiting longer than a time, in the unit of the rates."""
        (checked,) = inputs.times("time", [time])
        return self.probability * math.exp(-self.decay * float(checked))

    def within(self, time: float) -> float:
        """Give the share served within a time: the service level."""
        return 1 - self.longer_than(time)


def _servers(servers: int) -> int:
    count = inputs.whole_number("servers", servers, least=1)
    if count > MOST_WORKERS:
        raise OutOfRange("servers", f"is {count:.3g}", f"Give {MOST_WORKERS:,} or fewer")
    return count


def erlang_b(servers: int, load: float) -> float:
    """Give the share turned away where nobody can wait (Erlang 1917), `load` being arrivals times the mean service.

    `servers` is how many may be served at once. Raises OutOfRange.
    """
    count, offered = _servers(servers), inputs.positive("load", load)
    blocked = 1.0
    for k in range(1, count + 1):
        blocked = offered * blocked / (k + offered * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Give the probability of having to wait for one of `servers` (Erlang 1917). Raises NotIdentified for too much load."""
    count, offered = _servers(servers), inputs.positive("load", load)
    _require_capacity(count, offered)
    blocked, use = erlang_b(count, offered), offered / count
    return blocked / (1 - use * (1 - blocked))


def waiting(arrivals: float, service_rate: float, servers: int) -> Waiting:
    """Describe M/M/c: `arrivals` a unit of time, each server finishing `service_rate` a unit of time.

    The waits are in that unit of time. Source: Erlang 1917. Raises NotIdentified where arrivals reach what the servers
    can do.
    """
    came, rate = inputs.positive("arrivals", arrivals), inputs.positive("service_rate", service_rate)
    count = _servers(servers)
    chance = erlang_c(count, came / rate)
    decay = count * rate - came
    mean = chance / decay
    return Waiting(chance, mean, came * mean, came / (count * rate), decay, f"M/M/{count}, Erlang C")


def single_server_wait(arrivals: float, mean_service: float, deviation_service: float) -> float:
    """Give the mean wait before one worker with service times of any law (M/G/1; Pollaczek 1930, Khinchine 1932).

    A deviation of zero is M/D/1. `arrivals` a unit of time; `mean_service` and `deviation_service` in that unit, as
    the answer. Raises NotIdentified where the worker cannot keep up.
    """
    came, mean = inputs.positive("arrivals", arrivals), inputs.positive("mean_service", mean_service)
    (spread,) = inputs.times("deviation_service", [deviation_service])
    _require_capacity(1, came * mean)
    return came * (mean**2 + float(spread) ** 2) / (2 * (1 - came * mean))


def waiting_with_abandonment(
    arrivals: float, service_rate: float, servers: int, abandon_rate: float
) -> dict[str, float]:
    """Describe M/M/c where each waiting person leaves at `abandon_rate` (Palm 1957, Erlang A), by its birth-death chain.

    Gives the probabilities of waiting and of leaving, the mean wait of all, and the mean number waiting; it has an
    answer under any load. `arrivals`, each of the `servers`' `service_rate` and `abandon_rate` are per unit of time,
    and waits in that unit. Raises OutOfRange for a rate that is not above zero, or where over a million would wait.
    """
    came, rate = inputs.positive("arrivals", arrivals), inputs.positive("service_rate", service_rate)
    leave, count = inputs.positive("abandon_rate", abandon_rate), _servers(servers)
    if max(came - count * rate, 0.0) / leave + math.sqrt(came / leave) > MOST_WAITING:
        raise OutOfRange("abandon_rate", f"is {abandon_rate:g}, so that millions wait", "Check the units of the rates")
    chance = _birth_death(came, rate, count, leave)
    queue = float(chance[count:] @ np.arange(chance.size - count))
    return {
        "probability of waiting": float(chance[count:].sum()),
        "probability of leaving": leave * queue / came,
        "mean wait": queue / came,
        "mean queue": queue,
    }


def waiting_with_room(arrivals: float, service_rate: float, servers: int, room: int) -> dict[str, float]:
    """Describe M/M/c/K: whoever finds `room` people there, those served included, goes away (Erlang 1917).

    Gives the probability of being turned away, the mean number waiting, and the mean wait of those let in. `arrivals` and each of
    the `servers`' `service_rate` are per unit of time, waits in that unit; it has an answer under any load. Raises OutOfRange for
    less room than servers.
    """
    came, rate, count = _rates(arrivals, service_rate, servers)
    most = _places("room", room, count)
    chance = _chain([came] * most, [rate * min(k, count) for k in range(1, most + 1)])
    queue = float(chance[count:] @ np.arange(most - count + 1))
    entered = came * (1 - float(chance[-1]))
    return {"probability of being turned away": float(chance[-1]), "mean queue": queue, "mean wait": queue / entered}


def waiting_of_few(people: int, arrival_rate: float, service_rate: float, servers: int) -> dict[str, float]:
    """Describe M/M/c with a finite source: each of `people` comes again at `arrival_rate` while not there (Palm 1947).

    Gives the mean number waiting, the mean wait, and how many come in a unit of time; each of the `servers` finishes `service_rate`
    in a unit of time, in which the wait is. Raises OutOfRange.
    """
    came, rate, count = _rates(arrival_rate, service_rate, servers)
    size = _places("people", people, 1)
    chance = _chain([came * (size - k) for k in range(size)], [rate * min(k, count) for k in range(1, size + 1)])
    present = np.arange(size + 1)
    queue = float(chance @ np.maximum(present - count, 0))
    entered = came * float(chance @ (size - present))
    return {"mean queue": queue, "mean wait": queue / entered, "arrivals": entered}


def waiting_by_priority(arrivals: npt.ArrayLike, service_rate: float, servers: int) -> FloatArray:
    """Give the mean wait of each class, the first served first, nobody interrupted (Cobham 1954, Kella & Yechiali 1985).

    `arrivals` (classes,) a unit of time; all classes have the same law of service, at `service_rate` for each of the `servers`.
    The waits (classes,) are in that unit. Raises NotIdentified where all of them together reach what the servers can do.
    """
    came = inputs.times("arrivals", arrivals)
    _, rate, count = _rates(float(came.sum()), service_rate, servers)
    chance = erlang_c(count, float(came.sum()) / rate)
    ahead = np.concatenate([[0.0], np.cumsum(came) / (count * rate)])
    return np.asarray(chance / (count * rate) / ((1 - ahead[:-1]) * (1 - ahead[1:])))


def waiting_in_network(
    arrivals: npt.ArrayLike, routing: npt.ArrayLike, service_rates: npt.ArrayLike, servers: npt.ArrayLike
) -> tuple[Waiting, ...]:
    """Describe each station of an open network with returns (Jackson 1957): what comes in from all sides, and its M/M/c.

    `arrivals` (stations,) from outside a unit of time; `routing` (stations, stations) the chance of going from one to another, what
    is lacking to one going out; each of the `servers` (stations,) finishes `service_rates` (stations,) in a unit of time. Raises
    NotIdentified where a station cannot keep up, or nobody ever leaves.
    """
    came, leads = inputs.times("arrivals", arrivals), inputs.numbers("routing", routing)
    rates, counts = (
        inputs.times(name, each, came.size) for name, each in (("service_rates", service_rates), ("servers", servers))
    )
    if (
        not np.isfinite(leads).all()
        or leads.shape != (came.size, came.size)
        or (leads < 0).any()
        or (leads.sum(axis=1) > 1 + 1e-12).any()
    ):
        raise OutOfRange(
            "routing", "is not a chance from each station to each", "Give one row for each, adding up to 1 at most"
        )
    if np.abs(np.linalg.eigvals(leads)).max() >= 1 - 1e-12:
        raise NotIdentified("routing", "lets nobody out", "Let at least one station that all can reach lead outside")
    flow = np.linalg.solve(np.eye(came.size) - leads.T, came)
    return tuple(
        waiting(float(each), float(rate), int(_servers(count)))
        for each, rate, count in zip(flow, rates, counts, strict=True)
    )


def approximate_wait(
    arrivals: float, service_rate: float, servers: int, *, variation_arrivals: float, variation_service: float
) -> float:
    """Give the mean wait of G/G/c by the approximation of Allen and Cunneen (1990): that of M/M/c times half the squared variations.

    An approximation, exact only for M/M/c and M/G/1: `variation_arrivals` and `variation_service` are coefficients of variation;
    `arrivals` and each of the `servers`' `service_rate` are per unit of time, the wait in that unit. Raises NotIdentified where the servers cannot keep up.
    """
    one, other = (
        inputs.times(name, [value])
        for name, value in (("variation_arrivals", variation_arrivals), ("variation_service", variation_service))
    )
    return waiting(arrivals, service_rate, servers).mean_wait * float(one[0] ** 2 + other[0] ** 2) / 2


def servers_needed(arrivals: float, service_rate: float, *, within: float, share: float = 0.9) -> int:
    """Give the fewest servers with which that share is served within the time.

    `arrivals` and each server's `service_rate` are per unit of time, and `within` in that unit. Source: Erlang 1917.
    Raises OutOfRange.
    """
    load = inputs.positive("arrivals", arrivals) / inputs.positive("service_rate", service_rate)
    inputs.share("share", share)
    inputs.times("within", [within])
    for servers in range(math.floor(load) + 1, MOST_WORKERS):
        if waiting(arrivals, service_rate, servers).within(within) >= share:
            return servers
    raise OutOfRange("arrivals", f"need over {MOST_WORKERS} servers", "Check the units of the rates")


def simulate_waits(
    arrivals: float,
    service: Sampler,
    servers: int,
    *,
    customers: int = 20_000,
    replications: int = 30,
    warm_up: float = 0.2,
    level: float = 0.95,
    seed: int | np.random.Generator = 1,
) -> Estimate:
    """Simulate the mean wait first come first served, each replication with its own random numbers.

    `service(rng, n)` draws n service times. The first share `warm_up` of customers, who found the place empty, is not
    counted; all the others are, finished or not. The error is that between replications (Kiefer & Wolfowitz 1955 for
    the recursion). `arrivals` a unit of time go to `servers`; the wait is in that unit. Raises OutOfRange.
    """
    came = inputs.positive("arrivals", arrivals)
    inputs.function("service", service, "from a generator and a number to so many times")
    count = inputs.whole_number("servers", servers, least=1)
    customers = inputs.whole_number("customers", customers, least=100)
    runs = inputs.whole_number("replications", replications, least=2)
    if not 0 <= inputs.number("warm_up", warm_up) < 1:
        raise OutOfRange("warm_up", f"is {warm_up}", "Give a share under 1, such as 0.2")
    skipped = int(warm_up * customers)
    means = [
        float(_waits(came, service, count, customers, rng)[skipped:].mean())
        for rng in inputs.generator(seed).spawn(runs)
    ]
    error = float(np.std(means, ddof=1)) / math.sqrt(runs)
    return student_estimate(
        float(np.mean(means)), error, runs - 1, level, f"{runs} simulations of {customers} customers"
    )


def exponential(rate: float) -> Sampler:
    """Make service times that end at a constant rate, for `simulate_waits`.

    Source: Erlang 1917; `rate` is how many one worker finishes in a unit of time. Raises OutOfRange for a rate not
    above zero.
    """
    mean = 1 / inputs.positive("rate", rate)
    return lambda rng, count: rng.exponential(mean, count)


def _waits(arrivals: float, service: Sampler, servers: int, customers: int, rng: np.random.Generator) -> FloatArray:
    """Follow each customer to the server that is free first (customers,)."""
    came = np.cumsum(rng.exponential(1 / arrivals, customers)).tolist()
    lasts = inputs.times("service", service(rng, customers), customers).tolist()
    free = [0.0] * servers
    found = np.empty(customers)
    for k in range(customers):
        begins = max(came[k], free[0])
        heapq.heapreplace(free, begins + lasts[k])
        found[k] = begins - came[k]
    return found


def _rates(arrivals: float, service_rate: float, servers: int) -> tuple[float, float, int]:
    return inputs.positive("arrivals", arrivals), inputs.positive("service_rate", service_rate), _servers(servers)


def _places(argument: str, value: int, least: int) -> int:
    count = inputs.whole_number(argument, value, least=least)
    if count > MOST_WORKERS:
        raise OutOfRange(argument, f"is {count:.3g}", f"Give {MOST_WORKERS:,} or fewer")
    return count


def _chain(up: Sequence[float], down: Sequence[float]) -> FloatArray:
    """Give the long-run probability of each state of a birth-death chain, from 0 to as many as there are steps."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.asarray(up)) - np.log(np.asarray(down)))])
    chance = np.exp(logs - logs.max())
    return np.asarray(chance / chance.sum())


def _birth_death(came: float, rate: float, servers: int, leave: float) -> FloatArray:
    """Give the long-run probability of each number present, up to where nothing is left."""
    logs, highest = [0.0], 0.0
    while logs[-1] > highest - 45 or len(logs) <= servers:
        present = len(logs)
        out = rate * min(present, servers) + leave * max(present - servers, 0)
        logs.append(logs[-1] + math.log(came / out))
        highest = max(highest, logs[-1])
    chance = np.exp(np.array(logs) - highest)
    return chance / chance.sum()


def _require_capacity(servers: int, load: float) -> None:
    if load >= inputs.whole_number("servers", servers, least=1):
        problem = f"is {load:g}, as much as {servers} can do or more, so the queue grows without end"
        raise NotIdentified("load", problem, f"Use at least {math.floor(load) + 1} servers")
