"""Who is there on which day, drawn post by post: start-up, part-time days, vacancies, leave by the week, spells of sickness."""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.chance import STAFF, exponential, uniform
from fourfold.rollout.capacity.compiling import compiled, inlined

DAYS_A_WEEK = 5


@compiled
def fill(f, i):
    """Write how many serve at each place on each day."""
    for each in range((i[at.ROSTERED] + 1) * at.NODES):
        i[at.ROSTER + each] = 0
    for p in range(i[at.N_PROFESSIONS]):
        row = at.TEAM + p * at.POST_FLOATS
        held = 0
        while held < f[row + at.POSTS]:
            _post(f, i, row, held)
            held += 1
        _add_up(i, int(f[row + at.BY_HOUR]), 1)
        _add_up(i, int(f[row + at.BY_SLOT]), 1000)


@compiled
def _post(f, i, row, held):
    """Draw one post through all the days; slots are counted in thousandths, for a post of a few hours holds a few."""
    share = min(1.0, f[row + at.POSTS] - held)
    filled = f[row + at.START_UP] * held / max(1.0, f[row + at.POSTS])
    hour, slot = int(f[row + at.BY_HOUR]), int(f[row + at.BY_SLOT])
    seen = int(1000 * share * f[row + at.SLOTS] + 0.5)
    ill, worked = False, uniform(i, STAFF)
    off = _days_until(i, f[at.EVERYBODY + at.LEAVE]) - 1.0  # the next week on leave
    turns = _days_until(i, f[at.EVERYBODY + at.ILL]) - 1.0
    leaves = filled + exponential(i, STAFF) / f[at.EVERYBODY + at.GOES]
    day, days = 0, i[at.ROSTERED]
    while day < days:
        if day >= leaves:
            filled = day + exponential(i, STAFF) * f[at.EVERYBODY + at.REFILL]
            leaves = filled + exponential(i, STAFF) / f[at.EVERYBODY + at.GOES]
        week = day // DAYS_A_WEEK
        while off < week:
            off += _days_until(i, f[at.EVERYBODY + at.LEAVE])
        away = off == week
        if day >= turns:
            ill = not ill
            turns = day + _days_until(i, f[at.EVERYBODY + at.WELL] if ill else f[at.EVERYBODY + at.ILL])
        alike = min(DAYS_A_WEEK * (off + 1.0 if away else off), float(days), leaves, turns)
        alike = max(math.ceil(alike if day >= filled else min(alike, filled)), day + 1)
        if day >= filled:
            if slot >= 0:
                _add(i, slot, day, alike, seen)
            if share == 1.0:
                if hour >= 0 and not ill and not away:
                    _add(i, hour, day, alike, 1)
            elif hour >= 0:
                worked = _part_time(i, hour, day, alike, share, worked, not ill and not away)
        day = alike


@inlined
def _add(i, place, day, alike, many):
    """Note a change by so many from one day on, and its end; `_add_up` makes numbers of them."""
    i[at.ROSTER + day * at.NODES + place] += many
    i[at.ROSTER + alike * at.NODES + place] -= many


@compiled
def _add_up(i, place, parts):
    total = 0
    for day in range(i[at.ROSTERED] if place >= 0 else 0):
        total += i[at.ROSTER + day * at.NODES + place]
        i[at.ROSTER + day * at.NODES + place] = total // parts


@inlined
def _part_time(i, hour, day, alike, share, worked, well):
    """Add the days on which a part of a post is at work; what is worked on leave is not made up for. Return what is left over."""
    for each in range(day, alike):
        worked += share
        if worked >= 1.0:
            worked -= 1.0
            if well:
                _add(i, hour, each, each + 1, 1)
    return worked


@inlined
def _days_until(i, rate):
    """Draw the day on which happens what happens with the same chance on each day, the next one being the first; weeks likewise."""
    if rate <= 0.0:
        return math.inf
    return math.floor(exponential(i, STAFF) / rate) + 1.0
