"""Who is there on which day, drawn post by post: start-up, part-time days, vacancies, leave by the week, spells of sickness."""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.chance import STAFF, exponential, uniform
from fourfold.rollout.capacity.compiling import compiled

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
    for day in range(i[at.ROSTERED]):
        if day >= leaves:
            filled = day + exponential(i, STAFF) * f[at.EVERYBODY + at.REFILL]
            leaves = filled + exponential(i, STAFF) / f[at.EVERYBODY + at.GOES]
        if day % DAYS_A_WEEK == 0:
            away = uniform(i, STAFF) < f[at.EVERYBODY + at.LEAVE]
        if day >= turns:
            ill = not ill
            turns = day + _days_until(i, f[at.EVERYBODY + at.WELL] if ill else f[at.EVERYBODY + at.ILL])
        if day < filled:
            continue
        if slot >= 0:
            i[at.ROSTER + slot * at.DAYS + day] += seen
        worked += share
        if worked >= 1.0:
            worked -= 1.0
            if hour >= 0 and not ill and not away:
                i[at.ROSTER + hour * at.DAYS + day] += 1


@compiled
def _days_until(i, chance):
    """Draw the day on which happens what happens with the same chance on each day, the next one being the first."""
    if chance <= 0.0:
        return math.inf
    if chance >= 1.0:
        return 1.0
    return math.floor(math.log(uniform(i, STAFF)) / math.log1p(-chance)) + 1.0
