"""The rows that an analysis starts from, made out of what an evaluator holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.simulation.terms import CUSTODY, DEATH, Seen

ACT, TAKEN, DIED = 1, 2, 3


@dataclass(frozen=True, eq=False)
class FirstActs:
    """Each person's time to the first known act or the end (people,), and the cause: 0 censored, 1 act, 2 custody, 3 death."""

    time: FloatArray
    cause: IntArray

    @property
    def event(self) -> FloatArray:
        """Mark those whose first known act was seen."""
        return (self.cause == ACT).astype(float)


@dataclass(frozen=True, eq=False)
class Episodes:
    """Rows (entry, time] in the community, with who, whether an act ended it, and whether the programme was on."""

    entry: FloatArray
    time: FloatArray
    event: FloatArray
    person: IntArray
    inside: FloatArray


def first_acts_known(seen: Seen, known: FloatArray) -> FirstActs:
    """Follow everybody to the first act that `known` (acts,) marks, or to the end of observation."""
    chosen = np.flatnonzero(known == 1)
    day = np.full(seen.leaves.size, np.inf)
    np.minimum.at(day, seen.act_of[chosen], seen.act_day[chosen])
    way = np.select([seen.left == CUSTODY, seen.left == DEATH], [TAKEN, DIED], 0)
    return FirstActs(np.minimum(day, seen.leaves), np.where(day < seen.leaves, ACT, way))


def until_first(seen: Seen, first: FirstActs) -> Episodes:
    """Split each person's time to the first act at the start of the programme: treatment counts from its own day."""
    everyone = np.arange(first.time.size)
    return _split(seen, Episodes(np.zeros(first.time.size), first.time, first.event, everyone, np.zeros(everyone.size)))


def all_episodes(seen: Seen, known: FloatArray) -> Episodes:
    """Give every stretch in the community: custody after an act is time not at risk, known acts are the events."""
    people = seen.leaves.size
    who = np.concatenate([np.arange(people), seen.act_of])
    begins = np.concatenate([np.zeros(people), seen.back])
    order = np.lexsort((begins, who))
    acts_before = np.cumsum(np.bincount(seen.act_of, minlength=people)) - np.bincount(seen.act_of, minlength=people)
    own = who[order]
    number = np.arange(own.size) - (acts_before[own] + own)
    last = np.append(own[1:] != own[:-1], True)
    act = np.minimum(acts_before[own] + number, max(seen.act_day.size - 1, 0))
    ends = np.where(last, seen.leaves[own], seen.act_day[act] if seen.act_day.size else 0.0)
    event = np.where(last, 0.0, known[act] if known.size else 0.0)
    rows = Episodes(begins[order], ends, event, own, np.zeros(own.size))
    kept = rows.time > rows.entry
    return _split(seen, _of(rows, kept))


def _split(seen: Seen, rows: Episodes) -> Episodes:
    """Cut the rows within which somebody started, and mark those after the start."""
    start = seen.start[rows.person]
    cut = (start > rows.entry) & (start < rows.time)
    after = _of(rows, cut)
    ends, event = np.where(cut, start, rows.time), np.where(cut, 0.0, rows.event)
    inside = (start <= rows.entry).astype(float)
    columns = (
        (rows.entry, start[cut]),
        (ends, after.time),
        (event, after.event),
        (rows.person, after.person),
        (inside, np.ones(after.time.size)),
    )
    return Episodes(*(np.concatenate(pair) for pair in columns))


def _of(rows: Episodes, kept: npt.NDArray[np.bool_]) -> Episodes:
    return Episodes(rows.entry[kept], rows.time[kept], rows.event[kept], rows.person[kept], rows.inside[kept])
