"""What a mapping says, as values: how moments, codes, answers and people stand in the columns of a feed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fourfold.intake.terms import Behaviour, RecordingClass

YES, NO, UNKNOWN, REFUSE = "yes", "no", "unknown", "refuse"
SAMPLE = datetime(2026, 11, 24, 14, 30, 15)  # noqa: DTZ001 -- only to show what a form looks like
_BRACES = re.compile(r"\{([^{}]*)\}")
PERSON_FIELDS = ("name", "birth", "sex", "phone", "email", "address", "relationship")


@dataclass(frozen=True)
class Moment:
    """How a moment is read: a date, perhaps with its time, from `columns` joined by a blank.

    `hour` of False: the date's own time says nothing. `midnight_unknown`: 00:00 means that nobody knows the hour.
    `time_column` holds the time alone in digits whose leading zeros may be lost; `time_unknown` are its empty words.
    """

    columns: tuple[str, ...]
    formats: tuple[str, ...]
    hour: bool = True
    midnight_unknown: bool = False
    time_column: str = ""
    time_unknown: frozenset[str] = frozenset()

    @property
    def example(self) -> str:
        """What the first form looks like."""
        return SAMPLE.strftime(self.formats[0])


@dataclass(frozen=True)
class Meaning:
    """What one code of the feed means."""

    recorded: RecordingClass
    behaviours: tuple[Behaviour, ...] = ()
    included: tuple[RecordingClass, ...] = ()


@dataclass(frozen=True)
class CodeTable:
    """Codes found in `columns` (joined by a bar where several) and what each means."""

    columns: tuple[str, ...]
    codes: dict[str, Meaning]


@dataclass(frozen=True)
class YesNo:
    """A column that says yes, no or nothing; `otherwise` is for cells in none of the three lists."""

    column: str
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset({""})
    otherwise: str = REFUSE


@dataclass(frozen=True)
class PersonColumns:
    """Where a person's details stand: for each, the columns that are joined by a blank."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    birth_formats: tuple[str, ...] = ()
    sexes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """Everything that a feed's file says about itself."""

    name: str
    system: str
    zone: ZoneInfo
    kind: str
    encoding: str
    delimiter: str
    sheet: str
    reference: tuple[str, ...]
    separator: str
    told: Moment
    occurred: Moment | None
    occurred_until: Moment | None
    classes: tuple[CodeTable, ...]
    default_class: RecordingClass | None
    as_recorded: tuple[str, ...]
    included: tuple[str, ...]
    included_separator: str
    words: tuple[str, ...]
    free_text: bool
    place: tuple[str, ...]
    weapon: YesNo | None
    former_partner: YesNo | None
    victim: PersonColumns
    subject: PersonColumns
    ignore: frozenset[str]
    not_compared: frozenset[str]
    used: dict[str, str]
    sha256: str = ""


def columns_used(mapping: Mapping) -> dict[str, str]:
    """Return every column that the mapping reads, with the key that names it."""
    used: dict[str, str] = {}

    def use(key: str, columns: tuple[str, ...]) -> None:
        for column in columns:
            used.setdefault(column, key)

    use("reference.columns", mapping.reference)
    for key in ("told", "occurred", "occurred_until"):
        moment: Moment | None = getattr(mapping, key)
        if moment is not None:
            use(f"{key}.columns", moment.columns)
            use(f"{key}.time_column", (moment.time_column,) if moment.time_column else ())
    for number, table in enumerate(mapping.classes, start=1):
        use(f"class.by {number}.columns", table.columns)
    use("class.as_recorded", mapping.as_recorded)
    use("included.columns", mapping.included)
    use("words.parts", columns_in(mapping.words))
    use("place.parts", columns_in(mapping.place))
    for key in ("weapon", "former_partner"):
        asked: YesNo | None = getattr(mapping, key)
        use(f"{key}.column", (asked.column,) if asked else ())
    for key in ("victim", "subject"):
        for name, columns in getattr(mapping, key).columns.items():
            use(f"{key}.{name}", columns)
    return used


def columns_in(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that stand in braces in the parts of a text."""
    return tuple(column for part in parts for column in _BRACES.findall(part))
