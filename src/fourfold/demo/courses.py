"""Who is stalked, from when, how grave, managed or not, and when acts follow: the bones of the invented programme.

Pure numbers from one seed. Days count from `ANCHOR_DAY`, which the histories lay on a Monday; everything that the
evaluation looks at is a difference of such days, so that the data are the same whenever the programme is loaded.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np

from fourfold.demo.truth import TRUTH, PlantedTruth, Risks, days_of_acts

DAYS = 730
"""The programme began 24 months ago."""

WORKING_DAY = 0.27
"""From the anchor's half past nine to four in the afternoon, as a share of a day."""

SEED = 20_180_401
FEWEST_CASES = 30


@dataclass(frozen=True)
class District:
    """An area that a site serves: the name its site's file gives it, how many live there, live since which day."""

    name: str
    weight: float
    live_day: int


@dataclass(frozen=True)
class SitePlan:
    """How one site of the invented programme works: its share of the cases, districts, panels and intake.

    `panel_every` is the rhythm of sittings in days; `managed` the share of low cases that are taken on, to which
    `managed_by_level` is added for each level; `direct` the share of those that are managed from the first day.
    """

    code: str
    cases: int
    panel_every: int
    panel_weekday: int
    managed: float
    direct: float
    districts: tuple[District, ...]
    managed_by_level: float = 0.10


def _plan(code: str, said: dict[str, Any]) -> SitePlan:
    districts = (District(each["name"], each["weight"], each["joined"] - DAYS) for each in said.pop("districts"))
    return SitePlan(code, districts=tuple(districts), **said)


_FILE = tomllib.loads(files("fourfold.demo").joinpath("sites.toml").read_text(encoding="utf-8"))
SITES: Mapping[str, SitePlan] = MappingProxyType({code: _plan(code, said) for code, said in _FILE.items()})

RELATIONSHIPS = (
    ("former partner", 0.56),
    ("acquaintance", 0.14),
    ("colleague", 0.08),
    ("neighbour", 0.08),
    ("family", 0.05),
    ("stranger", 0.09),
)
UNKNOWN_SUBJECTS = 0.12
SEVERAL_VICTIMS = 0.06


@dataclass(frozen=True)
class Course:
    """One case in numbers. `acts_before` and `acts_after` are days from its opening, ascending, the last before ≤ 0.

    `opened` is a day from the anchor (negative); `managed` the day of a panel's decision or 0 for direct management,
    counted from the opening (None: never, or not yet); `subject` counts subjects, so that two cases may share one.
    """

    site: str
    district: str
    opened: float
    level: int
    relationship: str
    former_partner: bool | None
    subject: int
    subject_known: bool
    outcome: str
    managed: float | None
    acts_before: tuple[float, ...]
    acts_after: tuple[float, ...]

    @property
    def followed(self) -> int:
        """The whole days from opening to the anchor."""
        return int(-self.opened)


def courses(truth: PlantedTruth = TRUTH, *, size: float = 1.0, seed: int = SEED) -> tuple[Course, ...]:
    """Return the cases of every site, in the order of their opening; `size` 1.0 makes 600, a smaller one fewer."""
    found: list[Course] = []
    for number, plan in enumerate(SITES.values()):
        rng = np.random.default_rng([seed, number])
        found += _site(truth, plan, max(FEWEST_CASES, round(plan.cases * size)), rng, first_subject=number * 10_000)
    return tuple(sorted(found, key=lambda course: course.opened))


def _site(
    truth: PlantedTruth, plan: SitePlan, cases: int, rng: np.random.Generator, *, first_subject: int
) -> Iterator[Course]:
    district, opened = _openings(plan, cases, rng)
    subject, known = _subjects(cases, rng, first_subject)
    relationship, former = _relationships(known, rng)
    prior = 1 + rng.negative_binomial(1.3, 0.36, cases)
    level = _levels(prior, rng)
    outcome, managed = _management(plan, opened, level, rng)
    risks = Risks(np.full(cases, truth.site_factor(plan.code)), level, prior, former, managed)
    after = days_of_acts(truth, risks, rng)
    for case in range(cases):
        yield Course(
            site=plan.code,
            district=plan.districts[district[case]].name,
            opened=float(opened[case]),
            level=int(level[case]),
            relationship=relationship[case],
            former_partner=None if np.isnan(former[case]) else bool(former[case]),
            subject=int(subject[case]),
            subject_known=bool(known[case]),
            outcome=outcome[case],
            managed=float(managed[case]) if managed[case] < -opened[case] else None,
            acts_before=_acts_before(int(prior[case]), rng),
            acts_after=tuple(float(day) for day in after[case] if day < -opened[case]),
        )


def _openings(plan: SitePlan, cases: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return district and day of opening of each case: alike over all the residents and all the days they were served.

    The days end two weeks before the anchor, so that every case has been followed for some time; a desk opens no case
    at night or on a Saturday, and the anchor is a Monday morning.
    """
    live = np.array([district.live_day for district in plan.districts], dtype=float)
    weight = np.array([district.weight for district in plan.districts]) * -live
    district = rng.choice(len(plan.districts), cases, p=weight / weight.sum())
    day = np.floor(live[district] + rng.random(cases) * (-live[district] - 14))
    weekday = day % 7
    day -= np.where(weekday >= 5, weekday - 4, 0)
    return district, day + rng.random(cases) * WORKING_DAY


def _subjects(cases: int, rng: np.random.Generator, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a subject for each case, some the same as an earlier case's, and whether anybody can name them."""
    subject = first + np.arange(cases)
    known = rng.random(cases) >= UNKNOWN_SUBJECTS
    again = (rng.random(cases) < SEVERAL_VICTIMS) & known
    for case in np.flatnonzero(again):
        earlier = np.flatnonzero(known[:case] & ~again[:case])
        if len(earlier):
            subject[case] = subject[rng.choice(earlier)]
    return subject, known


def _relationships(known: np.ndarray, rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    names, shares = zip(*RELATIONSHIPS, strict=True)
    chosen = [names[index] for index in rng.choice(len(names), len(known), p=shares)]
    relationship = [name if is_known else "" for name, is_known in zip(chosen, known, strict=True)]
    former = np.array([float(name == "former partner") if name else np.nan for name in relationship])
    return relationship, former


def _levels(prior: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the first level of each case, 0 low to 3 very high: graver after many acts, never by them alone."""
    severity = rng.normal(0.0, 1.0, len(prior)) + 0.45 * (np.log1p(prior) - 1.3)
    return np.searchsorted([-0.85, 0.35, 1.35], severity)


def _management(
    plan: SitePlan, opened: np.ndarray, level: np.ndarray, rng: np.random.Generator
) -> tuple[list[str], np.ndarray]:
    """Return how each case left the desk, and the day on which management begins (infinity: never).

    Who is managed depends on site and level alone, both of which the evaluation knows. Before a panel a case waits
    for the first sitting after three days; one in four waits for the one after that.
    """
    cases = len(opened)
    taken = rng.random(cases) < plan.managed + plan.managed_by_level * level
    direct = taken & (rng.random(cases) < plan.direct)
    sitting = next_sitting(plan, opened + 3.0) + plan.panel_every * (rng.random(cases) < 0.25)
    managed = np.where(direct, 0.0, np.where(taken, sitting - opened, np.inf))
    outcome = np.where(direct, "direct_management", np.where(taken, "panel", "consultation"))
    return [str(one) for one in outcome], managed


def next_sitting(plan: SitePlan, after: np.ndarray) -> np.ndarray:
    """Return the day, counted from the anchor, of the first sitting of a site's panel after each of some days."""
    return plan.panel_weekday + np.ceil((after - plan.panel_weekday) / plan.panel_every) * plan.panel_every


def _acts_before(count: int, rng: np.random.Generator) -> tuple[float, ...]:
    """Return the days of the acts up to the opening, closer together towards it; the last brought the case in."""
    last = -float(rng.uniform(0.1, 2.5))
    gaps = rng.exponential(24.0, count - 1) * np.arange(1, count) ** 0.5 + 0.3
    return tuple(float(day) for day in (last - np.concatenate([[0.0], gaps.cumsum()]))[::-1])
