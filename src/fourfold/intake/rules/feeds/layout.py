"""What a mapping says, as values: how moments, codes, answers and people stand in the columns of a feed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fourfold.intake.rules.columns import PERSON
from fourfold.intake.terms import Behaviour, CannotImport, KnownKind, PersonRole, RecordingClass
from fourfold.words import sentence, words

YES, NO, UNKNOWN, REFUSE = "yes", "no", "unknown", "refuse"
SAMPLE = datetime(2026, 11, 24, 14, 30, 15)  # noqa: DTZ001 -- only to show what a form looks like
_BRACES = re.compile(r"\{([^{}]*)\}")
PERSON_FIELDS = tuple(column.name for column in PERSON)
#: What a feed may write as codes, with the codes of ours that are meant: none for the sex, which is kept as told.
CODED = {"sex": ()} | {column.name: tuple(column.choices) for column in PERSON if column.choices}


@dataclass(frozen=True)
class Moment:
    """How a moment is read: a date, perhaps with its time, from `columns` joined by a blank.

    `hour` of False: the date's own time says nothing. `midnight_unknown`: 00:00 means that nobody knows the hour.
    `time_column` holds the time alone in digits whose leading zeros may be lost; `time_unknown` are its empty words.
    `clock_change_unknown`: an hour that the change of the clocks makes doubtful counts as not known; else it is refused.
    """

    columns: tuple[str, ...]
    formats: tuple[str, ...]
    hour: bool = True
    midnight_unknown: bool = False
    time_column: str = ""
    time_unknown: frozenset[str] = frozenset()
    clock_change_unknown: bool = False


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
class ModusOperandi:
    """Columns with codes of how it was done, joined by `separator`, and the behaviours that each code means."""

    columns: tuple[str, ...]
    separator: str
    codes: dict[str, tuple[Behaviour, ...]]


@dataclass(frozen=True)
class YesNo:
    """A column that says yes, no or nothing; `otherwise` is for cells in none of the three lists."""

    column: str
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset({""})
    otherwise: str = REFUSE


@dataclass(frozen=True)
class KnownColumns:
    """Columns with what a person is known by: each cell by itself, and in it what `separator` keeps apart.

    The platform of an account is one for all, or stands in a column, or is left to the cell (`instagram:jo`).
    """

    kind: KnownKind
    columns: tuple[str, ...]
    separator: str = ";"
    platform: str = ""
    platform_column: str = ""


@dataclass(frozen=True)
class PersonColumns:
    """Where a person's details stand: for each, the columns that are joined by a blank.

    `codes` says of a detail that is written as a code what each code means. `birth_unknown` are further words for a day of birth that nobody knows, in small letters. `columns` names those of
    `known_by` too, which are never joined.
    """

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    birth_formats: tuple[str, ...] = ()
    birth_unknown: frozenset[str] = frozenset()
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    known_by: tuple[KnownColumns, ...] = ()


@dataclass(frozen=True)
class FurtherColumns:
    """A person besides [victim] and [subject]: the columns, and the role, the same for all rows or told by a column.

    `roles` says what the words of that column mean; None: neither victim nor subject.
    """

    columns: PersonColumns
    role: PersonRole | None = None
    role_column: str = ""
    roles: dict[str, PersonRole | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """Everything that a feed's file says about itself.

    A row that leaves all of the columns `from_above` empty has in them what the row above it has. `bare_by_cells`: a row
    without a reference is recognised by its cells.
    """

    name: str
    system: str
    zone: ZoneInfo
    kind: str
    encoding: str
    delimiter: str
    sheet: str
    reference: tuple[str, ...]
    separator: str
    bare_by_cells: bool
    told: Moment
    occurred: Moment | None
    occurred_until: Moment | None
    classes: tuple[CodeTable, ...]
    default_class: RecordingClass | None
    as_recorded: tuple[str, ...]
    included: tuple[str, ...]
    included_separator: str
    mo: ModusOperandi | None
    words: tuple[str, ...]
    free_text: bool
    texts: dict[str, tuple[str, ...]]
    weapon: YesNo | None
    former_partner: YesNo | None
    victim: PersonColumns
    subject: PersonColumns
    further: tuple[FurtherColumns, ...]
    row_for_each_person: bool
    ignore: frozenset[str]
    not_compared: frozenset[str]
    optional: frozenset[str]
    from_above: tuple[str, ...]
    used: dict[str, str]
    sha256: str = ""
    text: str = ""


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
    use("mo.columns", mapping.mo.columns if mapping.mo else ())
    use("words.parts", columns_in(mapping.words))
    for name, parts in mapping.texts.items():
        use(f"{name}.parts", columns_in(parts))
    for key in ("weapon", "former_partner"):
        asked: YesNo | None = getattr(mapping, key)
        use(f"{key}.column", (asked.column,) if asked else ())
    for key, columns in _used_for_people(mapping):
        use(key, columns)
    use("columns.from_above", mapping.from_above)
    return used


def _used_for_people(mapping: Mapping) -> Iterator[tuple[str, tuple[str, ...]]]:
    for part, person in (("victim", mapping.victim), ("subject", mapping.subject)):
        yield from ((f"{part}.{name}", columns) for name, columns in person.columns.items())
    for number, further in enumerate(mapping.further, start=1):
        if further.role_column:
            yield f"person {number}.role", (further.role_column,)
        yield from ((f"person {number}.{name}", columns) for name, columns in further.columns.columns.items())


def tells_of_people(mapping: Mapping) -> bool:
    return bool(columns_of_people(mapping))


def columns_of_people(mapping: Mapping) -> frozenset[str]:
    """Return the columns that speak of the person of a row and not of the crime."""
    blocks = (mapping.victim, mapping.subject, *(further.columns for further in mapping.further))
    named = {column for block in blocks for columns in block.columns.values() for column in columns}
    return frozenset(named | {further.role_column for further in mapping.further if further.role_column})


def columns_that_find(mapping: Mapping) -> frozenset[str]:
    """Return the columns by which what is on record is found again: people, words, places and references."""
    texts = (columns_in(parts) for parts in (mapping.words, *mapping.texts.values()))
    return columns_of_people(mapping).union(mapping.reference, *texts)


def columns_of_names(mapping: Mapping) -> frozenset[str]:
    """Return the columns that hold the name of a person, or a part of one."""
    blocks = (mapping.victim, mapping.subject, *(further.columns for further in mapping.further))
    return frozenset(column for block in blocks for column in block.columns.get("name", ()))


def columns_in(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that stand in braces in the parts of a text."""
    return tuple(column for part in parts for column in _BRACES.findall(part))


_SEPARATORS = words({";": "semicolon", "\t": "tab", "|": "vertical bar", ",": "comma"})


def refuse_wrong_header(mapping: Mapping, columns: tuple[str, ...]) -> None:
    """Raise CannotImport where the columns of a file are not those that a mapping reads."""
    there = ", ".join(columns[:60])
    if any("\x00" in name for name in columns):
        raise CannotImport(
            "The header has NUL characters in it. The file is probably UTF-16: change the encoding in the mapping to utf-16."
        )
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise CannotImport(
            sentence("The column “{1}” stands twice in the header. Give each column a name of its own.", twice[0])
        )
    if not (missing := [column for column in mapping.used if column not in columns]):
        return
    if len(columns) == 1 and (signs := [name for sign, name in _SEPARATORS.items() if sign in columns[0]]):
        raise CannotImport(
            sentence(
                "The cells of the header are separated by a {1}, and the mapping says otherwise. Change the delimiter under [file] in "
                "the mapping, or ask for the file as it came before.",
                signs[0],
            )
        )
    lines = [f"The column “{column}” is not in the file." for column in missing]
    mend = "Name one of these in the mapping, or have a reading of the new layout proposed."
    raise CannotImport("\n".join([*lines, f"The columns are: {there}. {mend}"]))
