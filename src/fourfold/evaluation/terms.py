"""The words of evaluation: a registered question, a frozen extract, what may be concluded."""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any, get_type_hints
from uuid import UUID

from fourfold.pronouns import Pronoun

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
    population="every case opened at one of the sites, from the day it was opened",
    strategy="management by the unit from the day it begins, against no management (yet)",
    variable="days from opening to the next act recorded against the same victim",
    intercurrent="custody competes with the next act; leaving the area and the end of the data end the follow-up",
    summary="hazard ratio of management within sites, and the difference per 100 cases in twelve months",
)


def column(meaning: str, *, codes: Sequence[object] = (), default: object = MISSING) -> Any:
    """Declare a column of the extract: what the codebook says of it, and the codes that it may hold."""
    metadata = {"meaning": meaning, "codes": codes}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@dataclass(frozen=True)
class ExtractRow:
    """One case, de-identified: days count from the day it was opened, no date, no name, no place.

    A column is declared here once: `COLUMNS` has its SQL type, `MEANINGS` and `CODES` are the codebook's. None: not in the
    time followed, or never recorded.
    """

    pseudonym: str = column("one case; made with a key that stays in the programme, another in every question")
    site: str = column("the site that holds the case")
    quarter: str = column("the quarter in which the case was opened; time zero is that day")
    level: str = column(
        "the level set first; empty where none was set", codes=("", "low", "medium", "high", "very_high")
    )
    prior_acts: int = column("acts up to and on the day of opening")
    former_partner: bool | None = column(
        "whether the subject is a former partner; empty where nobody recorded it, which is not no",
        codes=(True, False, None),
    )
    managed_day: int | None = column(
        "days from opening until management began, below zero where it began before; empty where it did not in the time followed"
    )
    next_act_day: int | None = column("days from opening until the next recorded act; empty where none was recorded")
    followed_days: int = column("days from opening until the data end")
    acts_after: int = column("recorded acts after the day of opening")
    sessions_attended: int = column("sessions planned and attended")
    staff_minutes: int = column("minutes of work on the case, all roles")
    sessions_planned: int = column("sessions planned, whatever became of them (dose offered)", default=0)
    exposure_days: int = column("days under management in the time followed", default=0)
    steps_due: int = column("actions and reviews that fell due in the time followed", default=0)
    steps_kept: int = column("of these, done by their day (fidelity to what was decided)", default=0)
    custody_day: int | None = column(
        "first day from opening on which the subject was held; 0 where they were held then; empty where never",
        default=None,
    )
    custody_days: int = column("days held in the time followed", default=0)
    wellbeing_measure: str | None = column(
        "the measure of how the victim is that was taken first; only of those who agreed to its use", default=None
    )
    wellbeing_first: float | None = column("its first whole total", default=None)
    wellbeing_first_day: int | None = column("days from opening to it", default=None)
    wellbeing_last: float | None = column("its last whole total", default=None)
    wellbeing_last_day: int | None = column("days from opening to it", default=None)
    act_days: tuple[int, ...] = column("days from opening of every later recorded act, in order", default=())
    custody_from: tuple[int, ...] = column(
        "days from opening on which a time in custody began (0: held then), in order", default=()
    )
    custody_until: tuple[int, ...] = column(
        "days from opening on which each of them ended, or the time followed did", default=()
    )
    victim_pronoun: str = column(
        "how the victim is referred to, as recorded; empty where nobody recorded it", default="", codes=("", *Pronoun)
    )
    subject_pronoun: str = column(
        "how the subject is referred to, as recorded; empty where nobody recorded it", default="", codes=("", *Pronoun)
    )
    third_party_acts: int | None = column(
        "of all acts, how many were against a third party (an employer, a school, a new partner) and not the victim; a "
        "count of acts, never who; empty in an extract frozen before it was counted",
        default=None,
    )


_SQL = {
    str: "VARCHAR",
    int: "INTEGER",
    bool: "BOOLEAN",
    float: "DOUBLE",
    tuple[int, ...]: "INTEGER[]",
    int | None: "INTEGER",
    bool | None: "BOOLEAN",
    float | None: "DOUBLE",
    str | None: "VARCHAR",
}
_HINTS = get_type_hints(ExtractRow)
#: The columns of a frozen extract with their SQL types, in the order of `ExtractRow`.
#: Columns that an extract frozen before they were added does not have.
LATER = frozenset({"third_party_acts"})
COLUMNS = {row.name: _SQL[_HINTS[row.name]] for row in fields(ExtractRow)}
MEANINGS: dict[str, str] = {row.name: row.metadata["meaning"] for row in fields(ExtractRow)}
CODES = {row.name: list(row.metadata["codes"]) for row in fields(ExtractRow) if row.metadata["codes"]}


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
