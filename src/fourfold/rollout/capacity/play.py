"""Play a unit with a team over many demands, and add up what came of it: the part that both questions share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.network import Clock, IntArray, Network, Packed, pack, streams
from fourfold.rollout.capacity.network import run as run_engine
from fourfold.rollout.capacity.terms import DAY, MONTH, YEAR, Team
from fourfold.rollout.capacity.unit import Unit, everybody, network, professions
from fourfold.stats.inputs import FloatArray

SEED = 20_261_128
#: Which numbers a seed gives. 4: of a managed case's first day and last the part that it is there falls due for review.
ENGINE = 4


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
    expected = next((source.rate for source in built.sources if source.rate), 1.0)
    asked = np.column_stack((referrals / YEAR / built.arrivals, crimes / referrals / expected))
    told, counted = run_engine(packed, asked, streams(seed, *run.place, runs=draws))
    backlog, busy, staffed, done = told[:, at.TOLD_MONTHS :].reshape(draws, 4, run.months, nodes).swapaxes(0, 1)
    of_standard = told[:, at.TOLD_STANDARD, None]
    return Yearly(
        reached=np.divide(
            told[:, : at.BINS], of_standard, out=np.full((draws, at.BINS), np.nan), where=of_standard > 0
        ),
        waits=counted[: at.ALL_EVENTS].reshape(at.STAGES, at.BINS),
        backlog=backlog,
        busy=np.diff(busy, axis=1, prepend=0.0),
        staffed=np.diff(staffed, axis=1, prepend=0.0),
        done=done,
        full=told[:, at.TOLD_FULL],
        events=int(counted[at.ALL_EVENTS]),
    )


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
