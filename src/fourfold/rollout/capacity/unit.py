"""A unit as a network of queues: a team, what comes in, how the site works, and whose turn it is.

The clock counts working hours, 40 a week: what is told at night or at a weekend lies there when the desk opens. What is
aggregated, and what is not, stands in docs/reference/capacity.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fourfold.programme.terms import LEVELS, ModelOfWorking, UnitModel
from fourfold.rollout.capacity import layout
from fourfold.rollout.capacity.network import Job, Kind, Network, Node, Source
from fourfold.rollout.capacity.terms import DAY, MONTH, WEEK, YEAR, Assumed, Policy, Profession, Stage, Team
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word

#: What is told comes evenly through the 168 hours of a week, somewhat more about noon: an assumption, no count by the hour was found.
#: On the clock of working hours a day's opening takes the 16 hours before it as well, and Monday's those since Friday.
_ORDINARY, _SHUT, _WEEKEND = (1.0, 1.1, 1.2, 1.2, 1.1, 1.0, 0.9), 17.0, 48.0
REPORTED = tuple(hour for day in range(5) for hour in (_SHUT + (_WEEKEND if day == 0 else 0.0), *_ORDINARY))
STAGES = tuple(Stage)
PLACES = {
    Stage.SCREENING: "desk", Stage.TRIAGE: "desk", Stage.ASSESSMENT: "clinic", Stage.PANEL: "panel", Stage.ADVOCACY: "advocates",
    Stage.THERAPY: "therapy", Stage.REVIEWS: "reviews", Stage.BREACHES: "desk",
}  # fmt: skip
POOLS = {
    Profession.OFFICERS: ("desk",),
    Profession.PSYCHOLOGISTS: ("clinic", "therapy"),
    Profession.OUTREACH: ("reviews",),
    Profession.ADVOCATES: ("advocates",),
}
#: Of how many cases, by level, the panel hears where it does not hear all of them.
_HEARD = {"very_high": 1.0, "high": 1.0, "medium": 0.3, "low": 0.0}
_BY_LEVEL = {Policy.HIGHEST_FIRST}
CALENDAR_HOURS, CALENDAR_DAYS = 168.0, 7.0


@dataclass(frozen=True)
class Unit:
    """A unit to be played: its working, what is assumed of it, and its policy. The team comes with each question."""

    working: ModelOfWorking
    assumed: Mapping[str, Assumed]
    policy: Policy = Policy.HIGHEST_FIRST

    def of(self, name: str) -> float:
        return self.assumed[name].value


def network(unit: Unit, *, referrals: float, crimes: float) -> Network:
    """Return the unit's network for so many referrals and recorded crimes a year; its pools are filled from a roster."""
    jobs = (*_front(unit), *_managed(unit), *_beside(unit))
    return Network(
        nodes=(
            Node("desk"),
            Node("clinic"),
            Node("panel", Kind.MEETING, limit=int(unit.of("heard")), period=_rhythm(unit), phase=_rhythm(unit)),
            Node("reviews"),
            Node("advocates"),
            Node("therapy"),
            Node("managed", Kind.DELAY),
        ),
        jobs=jobs,
        arrivals=referrals / YEAR,
        enters=tuple((f"triage {level}", share) for level, share in shares(unit).items()),
        week=REPORTED,
        sources=_sources(unit, crimes / referrals),
        by_birth=unit.policy is Policy.LONGEST_FIRST,
    )


def shares(unit: Unit) -> dict[str, float]:
    """Return how referrals are shared out over the levels."""
    found = {level: unit.of(level.replace("_", " ")) for level in LEVELS[:3]}
    return {**found, "low": 1 - sum(found.values())}


def _rhythm(unit: Unit) -> float:
    return unit.working.panel_every_days / CALENDAR_DAYS * WEEK


def _front(unit: Unit) -> list[Job]:
    """Return triage, assessment and the panel, for each level."""
    return [job for level in LEVELS for job in (_triage(unit, level), _assessment(unit, level), _hearing(unit, level))]


def _triage(unit: Unit, level: str) -> Job:
    taken = unit.of("taken on")
    return Job(
        f"triage {level}", "desk", paid(unit, "triage"), 0.8, _rank(unit, level), _spare(unit),
        then=((f"assess {level}", taken),), stage=_stage(Stage.TRIAGE), to_come=taken,
    )  # fmt: skip


def _assessment(unit: Unit, level: str) -> Job:
    everybody = unit.working.model is UnitModel.PANEL
    heard = 1.0 if everybody else _HEARD[level]
    return Job(
        f"assess {level}", "clinic", paid(unit, "assessment") / unit.of("for assessment"), 0.6, _rank(unit, level),
        then=((f"hear {level}", heard), (f"early {level}", 1 - heard)),
        beside=(("support", unit.of("supported")),), stage=_stage(Stage.ASSESSMENT), milestone=True, to_come=1.0,
    )  # fmt: skip


def _hearing(unit: Unit, level: str) -> Job:
    return Job(
        f"hear {level}",
        "panel",
        0.0,
        0.0,
        _rank(unit, level),
        then=((f"early {level}", 1.0),),
        stage=_stage(Stage.PANEL),
    )


def _managed(unit: Unit) -> list[Job]:
    """Return a managed case's time: early days, later ones, stepping down; a breach cuts each short, and begins it anew, higher."""
    early, breach = working_days(unit.working.early_days), unit.of("breaches") / YEAR
    cut = {"very_high": "breach very_high", "high": "breach very_high", "medium": "breach high", "low": "breach high"}
    found = []
    for level in LEVELS:
        found += [
            Job(
                f"early {level}", "managed", early, 0.0, interrupt=breach, cut=cut[level],
                then=((f"later {level}", 1.0),), beside=(("therapy", unit.of("in therapy")),),
            ),
            Job(f"later {level}", "managed", working_days(unit.of("later days")), interrupt=breach, cut=cut[level],
                then=(("step-down", 1.0),)),
        ]  # fmt: skip
    last = working_days(unit.of("step-down days"))
    found.append(Job("step-down", "managed", last, 0.0, interrupt=breach, cut="breach high"))
    return found


def _beside(unit: Unit) -> list[Job]:
    """Return breaches, swept work, the advocate's support and psychological work."""
    weeks = unit.of("therapy weeks") * WEEK
    drops = -np.log(1 - unit.of("drop out")) / weeks
    first = -1 if unit.policy in (Policy.HIGHEST_FIRST, Policy.RESERVE) else 0
    breach = {
        "node": "desk",
        "mean": paid(unit, "breach"),
        "variation": 0.8,
        "priority": first,
        "stage": _stage(Stage.BREACHES),
    }
    urgent = 0 if unit.policy in _BY_LEVEL else 2
    return [
        *(Job(f"breach {level}", then=((f"early {level}", 1.0),), **breach) for level in LEVELS[:2]),  # type: ignore[arg-type]
        Job("screening", "desk", paid(unit, "screening"), 0.8, 2 if unit.policy in _BY_LEVEL else 0, _spare(unit),
            stage=_stage(Stage.SCREENING)),
        Job("review urgent", "reviews", paid(unit, "review"), 0.8, min(urgent, 1), stage=_stage(Stage.REVIEWS)),
        Job("review other", "reviews", paid(unit, "review"), 0.8, 1 if unit.policy in _BY_LEVEL else min(urgent, 1),
            stage=_stage(Stage.REVIEWS)),
        Job("support", "advocates", unit.of("support weeks") * WEEK, 0.5, stage=_stage(Stage.ADVOCACY)),
        Job("therapy", "therapy", weeks, 0.0, interrupt=drops, stage=_stage(Stage.THERAPY)),
    ]  # fmt: skip


def _sources(unit: Unit, crimes_each: float) -> tuple[Source, ...]:
    """Return the sweeps: crimes by the hour where the site screens them all, and reviews due, by the day."""
    urgent: dict[str, float] = {}
    other: dict[str, float] = {}
    lower = dict(zip(LEVELS, (*LEVELS[1:], LEVELS[-1]), strict=True))
    for level in LEVELS:
        into = urgent if level in LEVELS[:2] else other
        into[f"early {level}"] = _due(unit, level) / unit.working.early_review_factor
        (urgent if lower[level] in LEVELS[:2] else other)[f"later {level}"] = _due(unit, lower[level])
    other["step-down"] = _due(unit, "low")
    found = (Source("review urgent", DAY, each_hour=urgent), Source("review other", DAY, each_hour=other))
    return (Source("screening", 1.0, rate=crimes_each), *found) if unit.working.screens_every_crime else found


def _due(unit: Unit, level: str) -> float:
    """Return how many reviews of one case fall due in a working hour: those of the whole week in its forty hours."""
    return CALENDAR_HOURS / WEEK / unit.working.review_hours[level]


def _rank(unit: Unit, level: str) -> int:
    return LEVELS.index(level) if unit.policy in _BY_LEVEL else 0


def _spare(unit: Unit) -> int:
    return 1 if unit.policy is Policy.RESERVE else 0


def _stage(stage: Stage) -> int:
    return STAGES.index(stage)


def paid(unit: Unit, step: str) -> float:
    """Return the paid hours that a step takes: its own, over the share of paid time that is there for cases."""
    return unit.of(step) / unit.of("case work")


def working_days(days: float) -> float:
    """Return calendar days in working hours."""
    return days / CALENDAR_DAYS * WEEK


# ---- who is there -------------------------------------------------------------------------------------------------


def professions(unit: Unit, team: Team, built: Network) -> FloatArray:
    """Return the rows of the roster: posts, where they serve by the hour, where each holds so many at a time."""
    places = {node.name: n for n, node in enumerate(built.nodes)}
    start = unit.of("start-up months") * MONTH / DAY
    return np.array(
        [
            [team.officers, places["desk"], -1, 0, start],
            [team.psychologists, places["clinic"], places["therapy"], unit.of("therapy at once"), start],
            [team.outreach, places["reviews"], -1, 0, start],
            [team.advocates, -1, places["advocates"], unit.of("caseload"), start],
        ]
    )


def everybody(unit: Unit) -> FloatArray:
    """Return what holds of every post, day by day."""
    spell = unit.of("sickness days")
    ill = unit.of("sickness") / (1 - unit.of("sickness")) / spell
    found = np.zeros(5)
    with np.errstate(divide="ignore"):
        found[[layout.LEAVE, layout.ILL, layout.WELL]] = -np.log1p(-np.minimum([unit.of("leave"), ill, 1 / spell], 1.0))
    found[[layout.GOES, layout.REFILL]] = max(unit.of("leavers"), 1e-9) / (YEAR / DAY), unit.of("refilled after")
    return found


def present(unit: Unit, profession: Profession) -> float:
    """Return the share of its working hours that a full-time post, once filled, is there; caseloads stand through absence."""
    away = unit.of("leavers") * unit.of("refilled after") / (YEAR / DAY)
    filled = 1 / (1 + away)
    return filled if profession is Profession.ADVOCATES else filled * (1 - unit.of("leave")) * (1 - unit.of("sickness"))


# ---- how much work it is ------------------------------------------------------------------------------------------


def loads(built: Network) -> dict[str, float]:
    """Return the work that comes to each place in the long run, as people who would be at it all the time (Jackson's flows)."""
    found = {node.name: 0.0 for node in built.nodes}
    for job, load in loads_by_job(built):
        found[job.node] += load
    return found


def loads_by_job(built: Network) -> list[tuple[Job, float]]:
    """Return the same of each kind of work."""
    return [(job, flow * long) for job, flow, long in _flows(built)]


def heard(built: Network) -> float:
    """Return how many come to the panel in the long run for each one that it can hear; 0 where it hears all who wait."""
    panel = next(node for node in built.nodes if node.kind is Kind.MEETING)
    came = sum(flow for job, flow, _ in _flows(built) if job.node == panel.name)
    return came * panel.period / panel.limit if panel.limit else 0.0


def sent(built: Network) -> float:
    """Return the share of the cases taken on that a panel hears before they are managed."""
    flows = {job.name: flow for job, flow, _ in _flows(built)}
    assessed, came = (sum(flows[f"{step} {level}"] for level in LEVELS) for step in ("assess", "hear"))
    return came / assessed if assessed else 0.0


def _flows(built: Network) -> list[tuple[Job, float, float]]:
    """Return how many come to each kind of work in an hour, and how long one lasts."""
    names = [job.name for job in built.jobs]
    came = np.array([built.arrivals * dict(built.enters).get(name, 0.0) for name in names])
    leads = np.zeros((len(names), len(names)))
    lasts = np.zeros(len(names))
    for k, job in enumerate(built.jobs):
        whole, lasts[k] = _uncut(job)
        for name, chance in (*job.then, *job.beside):
            leads[k, names.index(name)] += whole * chance
        if job.cut:
            leads[k, names.index(job.cut)] += 1 - whole
    flow = np.linalg.solve(np.eye(len(names)) - leads.T, came)
    for source in built.sources:
        swept = source.rate * built.arrivals
        swept += sum(
            flow[names.index(name)] * lasts[names.index(name)] * rate for name, rate in source.each_hour.items()
        )
        flow[names.index(source.job)] += swept
    return [(job, float(each), float(long)) for job, each, long in zip(built.jobs, flow, lasts, strict=True)]


def _uncut(job: Job) -> tuple[float, float]:
    """Return the chance that a service is not cut short, and how long it lasts on average."""
    if not job.interrupt:
        return 1.0, job.mean
    shape = job.variation**-2 if job.variation else 0.0
    whole = (1 + job.interrupt * job.mean / shape) ** -shape if shape else float(np.exp(-job.interrupt * job.mean))
    return whole, (1 - whole) / job.interrupt


def needs_by_place(unit: Unit, built: Network) -> dict[str, float]:
    """Return the posts that the work coming to each place would fill wholly, absences allowed for."""
    load, stays = loads(built), present(unit, Profession.ADVOCATES)  # who is on leave keeps whom they see
    return {
        "desk": load["desk"] / present(unit, Profession.OFFICERS),
        "clinic": load["clinic"] / present(unit, Profession.PSYCHOLOGISTS),
        "therapy": load["therapy"] / unit.of("therapy at once") / stays,
        "reviews": load["reviews"] / present(unit, Profession.OUTREACH),
        "advocates": load["advocates"] / unit.of("caseload") / stays,
    }


def needs(unit: Unit, built: Network) -> dict[Profession, float]:
    """Return the posts of each profession: of a psychologist's two places, whichever asks for more."""
    places = needs_by_place(unit, built)
    return {each: max(places[place] for place in POOLS[each]) for each in Profession}


def work_of(unit: Unit, built: Network, profession: Profession) -> dict[str, float]:
    """Return the posts that each kind of a profession's work fills, and what absence adds: together what `needs` gives.

    Of a psychologist's two places it is the one that asks for more; their posts are at both.
    """
    places = needs_by_place(unit, built)
    place = max(POOLS[profession], key=places.__getitem__)
    each = {"therapy": unit.of("therapy at once"), "advocates": unit.of("caseload")}.get(place, 1.0)
    found: dict[str, float] = {}
    for job, load in loads_by_job(built):
        if job.node == place and load:
            words = STAGES[job.stage].words
            found[words] = found.get(words, 0.0) + load / each
    return {**found, ABSENCE: places[place] - sum(found.values())}


ABSENCE = Word("Leave, sickness and posts that nobody fills yet")
