"""The words of the programme: a site's model of working, as data that a coordinator can read."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

#: The levels that a review clock needs an interval for; the words of `cases.terms.Level`, which stands above.
LEVELS = ("very_high", "high", "medium", "low")
TRIAGE_OUTCOMES = ("advice_only", "consultation", "panel", "direct_management", "redirect")


class UnitModel(StrEnum):
    """The three ways of working that the programme compares."""

    REFERRAL = "referral"
    SCREENING = "screening"
    PANEL = "panel"


@dataclass(frozen=True)
class ModelOfWorking:
    """How one site works: its quorum, clocks, gates and eligibility. Changed by data, never by code.

    `review_hours` gives hours to the next review by level; during the first `early_days` after a case was opened,
    when risk is densest, only `early_review_percent` of them. `panel_every_days` is the rhythm of sittings,
    `measure_every_days` how often a victim is asked how they are. Within `consultation_hours` advice to a case that stays
    with its owner is given. `advice` are the site's own rules of advice (`programme.advising`); none: those that ship.
    `measures` are what a plan holds at least, from a level upwards. A site that `screens_every_crime` lets no crime
    recorded as stalking leave its desk without advice to the officer in the case.
    """

    model: UnitModel
    quorum: tuple[str, ...]
    review_hours: dict[str, int]
    early_days: int = 90
    early_review_percent: int = 50
    panel_every_days: int = 7
    measure_every_days: int = 28
    minimum_age: int = 18
    therapy_while_investigated: bool = False
    screens_every_crime: bool = False
    instruments: tuple[str, ...] = ("first-line", "judgement", "safety-check-in")
    triage_outcomes: tuple[str, ...] = field(default=TRIAGE_OUTCOMES)
    consultation_hours: int = 120
    residents_only: bool = False
    referring_service_keeps_case: bool = False
    advice: tuple[dict[str, Any], ...] = ()
    measures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def early_review_factor(self) -> float:
        """The share of the ordinary interval after which an early review is due."""
        return self.early_review_percent / 100


@dataclass(frozen=True)
class PartnerPart:
    """A partner that takes part in a site; `hosts` marks the one whose feed and desk the unit works with."""

    code: str
    name: str
    kind: str
    hosts: bool = False


@dataclass(frozen=True)
class Area:
    """A local authority area that a site serves from a day on; a population of None is not known, never zero."""

    code: str
    name: str
    live_on: date
    population: int | None = None

    def is_live(self, on: date) -> bool:
        return self.live_on <= on


@dataclass(frozen=True)
class SiteSpec:
    """Everything that founds a site, as its TOML file says it."""

    code: str
    name: str
    force_code: str
    live_on: date
    partners: tuple[PartnerPart, ...]
    catchments: tuple[Area, ...]
    working: ModelOfWorking


@dataclass(frozen=True)
class SiteCard:
    """A site as the rest of the house reads it."""

    code: str
    name: str
    force_code: str
    live_on: date
    invented: bool
    partners: tuple[PartnerPart, ...] = ()
    catchments: tuple[Area, ...] = ()

    def areas_live(self, on: date) -> tuple[Area, ...]:
        """Return the areas that the site serves on a day; the others come later."""
        return tuple(area for area in self.catchments if area.is_live(on))


@dataclass(frozen=True)
class Said:
    """One setting of a model of working in words: its key, what it is called, what it says."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Changed:
    """A setting that would change: what it is called, what it says now and what it would say."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with a description: the key that it stands under, and how to mend it."""

    key: str
    why: str


class InvalidModel(ValueError):
    """A site's configuration cannot be used; the message names the key and how to mend it."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Each thing that is wrong, with the key under which it stands."""
        return tuple(Problem(*_split(line)) for line in str(self).split("\n") if line.strip())


def _split(line: str) -> tuple[str, str]:
    """Part “partners 2.kind is …” after its key; a number belongs to it."""
    words = line.strip().split(" ")
    numbered = len(words) > 1 and not words[0].endswith(":") and words[1].partition(".")[0].isdigit()
    length = 2 if numbered else 1
    return " ".join(words[:length]).rstrip(":"), " ".join(words[length:])


class NoSuchSite(LookupError):
    """There is no site of this name; the message names those that there are."""


class NoWorking(LookupError):
    """The site has no model of working for that day."""
