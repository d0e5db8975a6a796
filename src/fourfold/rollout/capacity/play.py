"""Play a unit with a team over many demands, and add up what came of it: the part that both questions share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.network import Clock, IntArray, Memory, Network, Packed, memory, pack, streams
from fourfold.rollout.capacity.network import run as run_engine
from fourfold.rollout.capacity.terms import DAY, MONTH, Team
from fourfold.rollout.capacity.unit import Unit, everybody, network, professions
from fourfold.stats.inputs import FloatArray

SEED = 20_261_128
#: Which numbers a seed gives. 2: waiting times by the ziggurat, counts of ten and more by rejection, each in less time.
ENGINE = 2


@dataclass(frozen=True, eq=False)
class Yearly:
    """What two years came to, demand by demand (draws, …), added up where no demand has to be told from another."""

    reached: FloatArray
    waits: IntArray
    backlog: FloatArray
    busy: FloatArray
    staffed: FloatArray
    done: FloatArray
    full: FloatArray
    events: int

    def within(self, days: int) -> FloatArray:
        """Return the share of each demand's cohort (draws,) assessed within so many working days; NaN where nobody came."""
        fine = int(days * DAY)
        last = fine if fine <= at.FINE else at.FINE + (fine - at.FINE) // at.COARSE
        return np.asarray(self.reached[:, :last].sum(axis=1))


@dataclass(frozen=True)
class Run:
    """What is played: a unit with a team for so many months, and who counts: referred from a month on, and long
    enough before the end to be seen; `place` tells its chance from that of other runs."""

    unit: Unit
    team: Team
    months: int = 24
    from_month: int = 12
    longest_days: int = 20
    place: tuple[int, ...] = ()


def played(run: Run, referrals: FloatArray, crimes: FloatArray, *, seed: int = SEED) -> Yearly:
    """Play each demand once. The same place and draw has the same chance whatever the team: teams differ by their posts alone."""
    built = network(run.unit, referrals=float(referrals.mean()), crimes=float(crimes.mean()))
    packed, nodes, draws = with_team(run, built), len(built.nodes), len(referrals)
    backlog, busy, staffed, done = (np.zeros((draws, run.months, nodes)) for _ in range(4))
    waits = np.zeros((at.STAGES, at.BINS), np.int64)
    found = Yearly(np.zeros((draws, at.BINS)), waits, backlog, busy, staffed, done, np.zeros(draws), 0)
    events, kept, dice = 0, memory(), streams(seed, *run.place, runs=draws)
    for k in range(draws):
        demanded(packed, built, kept, float(referrals[k]), float(crimes[k]))
        kept.ints[at.DICE : at.DICE + 3] = dice[k]
        run_engine(kept)
        events += int(kept.ints[at.EVENTS])
        _keep(kept, found, k, nodes, run.months)
    return Yearly(**{**vars(found), "events": events})


def with_team(run: Run, built: Network) -> Packed:
    """Return a network as the engine takes it, with the team from which each run draws who is there."""
    packed, team = pack(built, clock(run)), professions(run.unit, run.team, built)
    packed.floats[at.TEAM : at.TEAM + team.size] = team.ravel()
    packed.floats[at.EVERYBODY : at.EVERYBODY + at.POST_FLOATS] = everybody(run.unit)
    packed.ints[at.N_PROFESSIONS], packed.ints[at.ROSTERED] = len(team), int(run.months * MONTH / DAY) + 1
    return packed


def clock(run: Run) -> Clock:
    ends, first = run.months * MONTH, run.from_month * MONTH
    return Clock(ends, day=DAY, month=MONTH, cohort_from=first, cohort_to=ends - run.longest_days * DAY)


def demanded(packed: Packed, built: Network, kept: Memory, referrals: float, crimes: float) -> None:
    """Put a network in memory with another demand: what comes in, and the crimes for each of it, are all that changes."""
    kept.floats[: at.FLOATS] = packed.floats
    kept.ints[: at.INTS] = packed.ints
    week = slice(at.PROFILE, at.PROFILE + len(built.week))
    kept.floats[week] *= referrals / 2080.0 / built.arrivals
    for s, source in enumerate(built.sources):
        if source.rate:
            kept.floats[at.SOURCE_RATE + s] = crimes / referrals


def _keep(kept: Memory, found: Yearly, k: int, nodes: int, months: int) -> None:
    f, i = kept.floats, kept.ints
    found.full[k] = i[at.FULL]
    found.reached[k] = i[at.REACHED : at.REACHED + at.BINS] / f[at.OF_STANDARD] if f[at.OF_STANDARD] > 0 else np.nan
    found.waits[:] += i[at.COUNTS : at.COUNTS + at.STAGES * at.BINS].reshape(at.STAGES, at.BINS)
    rows = (
        (found.backlog, at.MONTH_QUEUE),
        (found.busy, at.MONTH_BUSY),
        (found.staffed, at.MONTH_STAFF),
        (found.done, at.MONTH_DONE),
    )
    for into, row in rows:
        into[k] = f[row : row + months * at.NODES].reshape(months, at.NODES)[:, :nodes]
    for added in (found.busy[k], found.staffed[k]):
        added[1:] -= added[:-1].copy()
