"""The rota of a usual week: who is at work, what each profession's time is for, and when nobody of the unit is there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fourfold.rollout.capacity.terms import Demand, Outlook, Profession, Team, in_percent
from fourfold.rollout.capacity.unit import POOLS, STAGES, Unit, loads_by_job, network

Row = tuple[str, str, str]

EVERY_WEEKDAY, OUT_OF_HOURS = "Every weekday", "Nights and weekends"


def rota(unit: Unit, demand: Demand, outlook: Outlook) -> tuple[Row, ...]:
    """Return rows of when, who and what for. What a profession's time is for comes from the queues at its place."""
    built = network(unit, referrals=float(np.mean(demand.referrals)), crimes=float(np.mean(demand.crimes)))
    work = [(job.node, str(STAGES[job.stage].words)) for job, load in loads_by_job(built) if load and job.stage >= 0]
    rows = [(EVERY_WEEKDAY, _at_work(unit, outlook.team, each), _for_what(unit, each, work)) for each in Profession]
    return (*rows, *_beside(unit, outlook))


def absent(unit: Unit) -> str:
    """Say how much of a filled post's week is leave and sickness, as assumed."""
    leave, sickness = in_percent(unit.of("leave")), in_percent(unit.of("sickness"))
    return f"At work: the posts once all are filled, less leave ({leave} of working days) and sickness ({sickness}), as assumed."


def _at_work(unit: Unit, team: Team, profession: Profession) -> str:
    posts = team.of(profession)
    there = posts * (1 - unit.of("leave")) * (1 - unit.of("sickness"))
    return f"{profession.words}: {there:.1f} of {posts:g} posts at work on average"


def _for_what(unit: Unit, profession: Profession, work: list[tuple[str, str]]) -> str:
    if profession is Profession.ADVOCATES:
        return f"Support of victims: up to {unit.of('caseload'):g} open cases a post"
    kinds = ", ".join(dict.fromkeys(words for node, words in work if node in POOLS[profession])).capitalize()
    if profession is Profession.PSYCHOLOGISTS:
        return f"{kinds}: up to {unit.of('therapy at once'):g} people at once a post"
    return kinds


def _beside(unit: Unit, outlook: Outlook) -> Iterator[Row]:
    if outlook.sent:
        every, heard = unit.working.panel_every_days, unit.of("heard")
        yield f"Every {every} days", "All four professions", f"Panel sitting: {heard:g} cases at most"
    yield (
        OUT_OF_HOURS,
        "Nobody of the unit",
        "What is told then waits until the desk opens; emergencies stay with the force",
    )
