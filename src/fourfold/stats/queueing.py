"""Waiting: how long a referral waits for a free worker, by formula, and by simulation to check the formula.

Arrivals at random (Poisson), service times with the stated law. Rates in one unit, such as cases a day. Teams whose
load reaches their number never catch up: that is refused, not reported as a long wait.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

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
