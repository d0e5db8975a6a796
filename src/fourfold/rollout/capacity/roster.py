"""Who is there on which day, drawn post by post: start-up, part-time days, vacancies, leave by the week, spells of sickness."""

# mypy: allow-untyped-defs
from __future__ import annotations

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.chance import STAFF, exponential, uniform
from fourfold.rollout.capacity.compiling import compiled

DAYS_A_WEEK = 5


@compiled
def fill(i, professions, everybody, days):
    """Write into the engine's integers how many serve at each place on each day; returns nothing."""
    for spot in range(at.ROSTER, at.ROSTER + days * at.NODES):
        i[spot] = 0
    i[at.ROSTERED] = days
    for p in range(professions.shape[0]):
        posts = professions[p, at.POSTS]
        held = 0
        while held < posts:
            _post(i, professions, everybody, days, p, held)
            held += 1
        slots = int(professions[p, at.BY_SLOT])
        if slots >= 0:
            for day in range(days):
                i[at.ROSTER + day * at.NODES + slots] = i[at.ROSTER + day * at.NODES + slots] // 1000


@compiled
def _post(i, professions, everybody, days, p, held):
    """Draw one post through all the days; slots are counted in thousandths, for a post of a few hours holds a few."""
    share = min(1.0, professions[p, at.POSTS] - held)
    filled = professions[p, at.START_UP] * held / max(1.0, professions[p, at.POSTS])
    hour, slot = int(professions[p, at.BY_HOUR]), int(professions[p, at.BY_SLOT])
    ill, away, worked = False, False, uniform(i, STAFF)
    leaves = filled + exponential(i, STAFF) / everybody[at.GOES]
    for day in range(days):
        if day >= leaves:
            filled = day + exponential(i, STAFF) * everybody[at.REFILL]
            leaves = filled + exponential(i, STAFF) / everybody[at.GOES]
        if day % DAYS_A_WEEK == 0:
            away = uniform(i, STAFF) < everybody[at.LEAVE]
        dice = uniform(i, STAFF)
        ill = dice >= everybody[at.WELL] if ill else dice < everybody[at.ILL]
        if day < filled:
            continue
        if slot >= 0:
            i[at.ROSTER + day * at.NODES + slot] += int(1000 * share * professions[p, at.SLOTS] + 0.5)
        worked += share
        if worked >= 1.0:
            worked -= 1.0
            if hour >= 0 and not ill and not away:
                i[at.ROSTER + day * at.NODES + hour] += 1
