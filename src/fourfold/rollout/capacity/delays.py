"""A stay in delays drawn whole when it begins: what only time ends needs no event for each of its parts.

A managed case passes through early days, later ones and stepping down, unless a breach cuts it short. Nobody has to be free for it,
so that all is known at once: what falls due is told to the sweeps ahead, and what comes into being beside it is noted for its time.
The place counts a stay as done when it ends, not when it passes on within the place.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.agenda import note
from fourfold.rollout.capacity.chance import SERVICE, exponential, how_long, uniform
from fourfold.rollout.capacity.compiling import compiled, inlined
from fourfold.rollout.capacity.tally import make


@compiled
def live(f, i, who, c):
    """Draw a stay from class `c` on, to the class in which it is cut short, leads elsewhere or is seen last."""
    n, start, rate, cut = i[at.NODE + c], f[at.NOW], 0.0, math.inf
    e = at.WORKS + who * at.THING_INTS
    while True:
        i[at.JOINS + c] += 1
        end = start + how_long(f, i, who, c)
        if f[at.INTERRUPT + c] != rate:  # an equal rate has no memory: what was drawn for the part before holds on
            rate = f[at.INTERRUPT + c]
            cut = start + exponential(i, SERVICE) / rate if rate > 0.0 else math.inf
        _tell_sweeps(f, i, c, start, min(end, cut))
        to = i[at.NEXT + c]
        passes = f[at.CUM + c] >= 1.0 and to >= 0 and i[at.NODE + to] == n and i[at.MILESTONE + c] == 0
        if cut < end or end >= f[at.ENDS] or not passes:
            break
        i[at.DONE + c] += 1
        f[at.STAYED + c] += end - start
        _bring_beside(f, i, c, end)
        c, start = to, end
    i[at.PRESENT + c] += 1
    i[e + at.CLASS], i[e + at.STATE] = c, at.CUT_SHORT if cut < end else at.SERVED
    f[at.THINGS + who * at.THING_FLOATS + at.JOINED] = start
    note(f, i, who, min(end, cut))


@inlined
def _tell_sweeps(f, i, c, start, end):
    """Have what falls due of a part of a stay counted by the sweeps: of the first period and the last, the time that it was there."""
    s = i[at.AHEAD_OF + c]
    if s >= 0:
        row, period = at.DUES + s * at.SWEEPS, f[at.SOURCE_PERIOD + s]
        each = f[at.EACH_HOUR + c] * period
        _change(f, row, start / period, each)
        if end < f[at.ENDS]:
            _change(f, row, end / period, -each)


@inlined
def _change(f, row, periods, each):
    """Note a change at a time, in periods: the sweep after it counts the rest of its period, all later ones the whole."""
    sweep = int(periods)
    before = each * (periods - sweep)
    f[row + sweep + 1] += each - before
    f[row + sweep + 2] += before


@inlined
def _bring_beside(f, i, c, time):
    """Note what comes into being beside a stay, at its time."""
    for k in range(at.SPAWNS):
        chance = f[at.SPAWN_CHANCE + k * at.CLASSES + c]
        if chance > 0.0 and (chance >= 1.0 or uniform(i, SERVICE) < chance):
            new = make(f, i, 1)
            i[at.CREATED] -= 1  # not yet
            i[at.WORKS + new * at.THING_INTS + at.CLASS] = i[at.SPAWN + k * at.CLASSES + c]
            i[at.WORKS + new * at.THING_INTS + at.STATE] = at.COMING
            note(f, i, new, time)
