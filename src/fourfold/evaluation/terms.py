"""The words of evaluation: a registered question, a frozen extract, what may be concluded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

HORIZON_DAYS = 365


@dataclass(frozen=True)
class QuestionPlan:
    """What is asked and how it will be answered, fixed before anybody looks at an outcome.

    The five parts of an estimand (population, strategy, variable, intercurrent events, summary) may not be empty.
    """

    population: str
    strategy: str
    variable: str
    intercurrent: str
    summary: str
    horizon_days: int = HORIZON_DAYS
    adjusted_for: tuple[str, ...] = ("level", "prior_acts", "former_partner")


#: The programme's first question, as it is registered in the invented programme.
FIRST_QUESTION = QuestionPlan(
    population="every case opened at one of the three sites, from the day it was opened",
    strategy="management by the unit from the day it begins, against no management (yet)",
    variable="days from opening to the next act recorded against the same victim",
    intercurrent="custody competes with the next act; leaving the area and the end of the data end the follow-up",
    summary="hazard ratio of management within sites, and the difference per 100 cases in twelve months",
)


@dataclass(frozen=True)
class ExtractRow:
    """One case, de-identified: days count from the day it was opened, no date, no name, no place.

    `managed_day` is the day on which management began (None: not in the time followed); `next_act_day` the day of
    the first act after opening (None: none in the time followed); `custody_day` the first day after opening on which
    the subject was held (None: never). `steps_kept` of `steps_due` were done by their day.
    """

    pseudonym: str
    site: str
    quarter: str
    level: str
    prior_acts: int
    former_partner: bool | None
    managed_day: int | None
    next_act_day: int | None
    followed_days: int
    acts_after: int
    sessions_attended: int
    staff_minutes: int
    sessions_planned: int = 0
    exposure_days: int = 0
    steps_due: int = 0
    steps_kept: int = 0
    custody_day: int | None = None
    custody_days: int = 0
    wellbeing_measure: str | None = None
    wellbeing_first: float | None = None
    wellbeing_first_day: int | None = None
    wellbeing_last: float | None = None
    wellbeing_last_day: int | None = None
    act_days: tuple[int, ...] = ()
    custody_from: tuple[int, ...] = ()
    custody_until: tuple[int, ...] = ()


#: The columns of a frozen extract with their SQL types, in the order of `ExtractRow`.
COLUMNS = {
    "pseudonym": "VARCHAR",
    "site": "VARCHAR",
    "quarter": "VARCHAR",
    "level": "VARCHAR",
    "prior_acts": "INTEGER",
    "former_partner": "BOOLEAN",
    "managed_day": "INTEGER",
    "next_act_day": "INTEGER",
    "followed_days": "INTEGER",
    "acts_after": "INTEGER",
    "sessions_attended": "INTEGER",
    "staff_minutes": "INTEGER",
    "sessions_planned": "INTEGER",
    "exposure_days": "INTEGER",
    "steps_due": "INTEGER",
    "steps_kept": "INTEGER",
    "custody_day": "INTEGER",
    "custody_days": "INTEGER",
    "wellbeing_measure": "VARCHAR",
    "wellbeing_first": "DOUBLE",
    "wellbeing_first_day": "INTEGER",
    "wellbeing_last": "DOUBLE",
    "wellbeing_last_day": "INTEGER",
    "act_days": "INTEGER[]",
    "custody_from": "INTEGER[]",
    "custody_until": "INTEGER[]",
}


@dataclass(frozen=True)
class FlowRow:
    """How many allegations about stalking left a site's desk by one exit of triage."""

    site: str
    outcome: str
    allegations: int


@dataclass(frozen=True)
class WellbeingScore:
    """One whole total of one measure, of a victim who agreed that it may help to learn; `case` stays inside."""

    case: UUID
    instrument: str
    answered_at: datetime
    total: float


@dataclass(frozen=True)
class Effect:
    """A ratio or difference with its interval, ready to be shown or kept: `shown` False means too few people."""

    estimate: float | None
    low: float | None
    high: float | None
    method: str = ""
    shown: bool = True


@dataclass(frozen=True)
class CurveShown:
    """A survival curve that may leave: points (day, share, low, high) and the people at risk at each."""

    points: tuple[tuple[float, float, float, float], ...]
    at_risk: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class SiteResult:
    """What one site shows; anything that rests on fewer than ten people is not there."""

    site: str
    people: int | None
    events: int | None
    curve: CurveShown | None
    mean_days: Effect
    hazard_ratio: Effect


@dataclass(frozen=True)
class Findings:
    """What was computed from one extract and may be shown outside the programme."""

    people: int
    sites: tuple[SiteResult, ...]
    hazard_ratio: Effect
    per_hundred: Effect
    pooled: Effect
    predicted: tuple[tuple[float, Effect], ...]
    probability_better: float | None
    detectable_ratio: float | None
    concluded: str
    certainty: int
    would_change: tuple[str, ...]
    cannot_tell: tuple[str, ...]
    suppressed: int
    cautions: tuple[str, ...] = field(default=())
    nulls: tuple[str, ...] = field(default=())


class NotRegistered(ValueError):
    """Outcomes may not be looked at before the question is registered."""

    field = "question"


class ExtractChanged(ValueError):
    """The frozen file is not what was frozen: its hash differs."""

    field = "extract"


class PlanRefused(ValueError):
    """An analysis plan leaves something open, or says what nobody can carry out."""

    field = "plan"


class PlanChanged(ValueError):
    """A plan is not the one that was registered."""

    field = "plan"


class SeriesBreak(ValueError):
    """The data cross a change of the recording rules that the plan does not answer for."""

    field = "recording"


class ExtractRefused(ValueError):
    """A file brought from elsewhere cannot be an extract of this question."""

    field = "extract"


class WouldDiffer(ValueError):
    """A release and an earlier one together would tell about fewer people than may be told about."""

    field = "release"


class NotFinal(ValueError):
    """A report may not be called final while a part is missing."""

    field = "report"
