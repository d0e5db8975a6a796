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
    days = i[at.ROSTERED]
    for n in range(i[at.N_NODES]):
        for day in range(days):
            i[at.ROSTER + n * at.DAYS + day] = 0
    for p in range(i[at.N_PROFESSIONS]):
        row = at.TEAM + p * at.POST_FLOATS
        held = 0
        while held < f[row + at.POSTS]:
            _post(f, i, row, held)
            held += 1
        slots = int(f[row + at.BY_SLOT])
        if slots >= 0:
            for day in range(days):
                i[at.ROSTER + slots * at.DAYS + day] //= 1000


@compiled
def _post(f, i, row, held):
    """Draw one post through all the days; slots are counted in thousandths, for a post of a few hours holds a few."""
    share = min(1.0, f[row + at.POSTS] - held)
    filled = f[row + at.START_UP] * held / max(1.0, f[row + at.POSTS])
    hour, slot = int(f[row + at.BY_HOUR]), int(f[row + at.BY_SLOT])
    seen = int(1000 * share * f[row + at.SLOTS] + 0.5)
    ill, away, worked = False, False, uniform(i, STAFF)
    turns = _days_until(i, f[at.EVERYBODY + at.ILL]) - 1.0
    leaves = filled + exponential(i, STAFF) / f[at.EVERYBODY + at.GOES]
    day, days = 0, i[at.ROSTERED]
    while day < days:
        if day >= leaves:
            filled = day + exponential(i, STAFF) * f[at.EVERYBODY + at.REFILL]
            leaves = filled + exponential(i, STAFF) / f[at.EVERYBODY + at.GOES]
        if day % DAYS_A_WEEK == 0:
            away = uniform(i, STAFF) < f[at.EVERYBODY + at.LEAVE]
        if day >= turns:
            ill = not ill
            turns = day + _days_until(i, f[at.EVERYBODY + at.WELL] if ill else f[at.EVERYBODY + at.ILL])
        alike = min(float(day - day % DAYS_A_WEEK + DAYS_A_WEEK), float(days), leaves, turns)
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
    for each in range(day, alike):
        i[at.ROSTER + place * at.DAYS + each] += many


@inlined
def _part_time(i, hour, day, alike, share, worked, well):
    """Add the days on which a part of a post is at work; what is worked on leave is not made up for. Return what is left over."""
    for each in range(day, alike):
        worked += share
        if worked >= 1.0:
            worked -= 1.0
            if well:
                i[at.ROSTER + hour * at.DAYS + each] += 1
    return worked


@compiled
def _days_until(i, chance):
    """Draw the day on which happens what happens with the same chance on each day, the next one being the first."""
    if chance <= 0.0:
        return math.inf
    if chance >= 1.0:
        return 1.0
    return math.floor(math.log(uniform(i, STAFF)) / math.log1p(-chance)) + 1.0
