"""What a form asks: options, scales, ratings, sections and items."""

from dataclasses import dataclass
from decimal import Decimal

from fourfold.assessment.terms.conditions import Condition
from fourfold.assessment.terms.vocabulary import (
    CHOSEN,
    SILENT,
    UNSETTLED,
    ItemKind,
    Judged,
    Meaning,
    NoteRule,
    Quality,
    ScaleKind,
    Severity,
    Timeframe,
)


@dataclass(frozen=True)
class Coding:
    """A code of a terminology: the address of the system, the code, and what it is called there."""

    system: str
    code: str
    display: str = ""

    @property
    def name(self) -> str:
        """What it is told apart by: its code, or its words where it has none."""
        return self.code or self.display


@dataclass(frozen=True)
class Carried:
    """An extension of a file that changes nothing here and leaves with the form. `type` is FHIR's of its value; a coded one
    stands in `coding`, which of an expression holds the language and the name."""

    url: str
    type: str
    value: str = ""
    coding: Coding | None = None


@dataclass(frozen=True)
class Expression:
    """A computation that came with a form, word for word. It is kept, and only run by a reader that knows its
    language; `use` says what it is for (`enable`, `calculated`, `variable`, `constraint`, `initial`)."""

    use: str
    language: str
    text: str
    name: str = ""


@dataclass(frozen=True)
class ValidationRule:
    """A rule that came with a form: what it demands, how grave a miss is, and the sentence that says so."""

    key: str
    severity: Severity
    expression: Expression
    message: str
    field: str = ""


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen.

    `meaning` is None where the option only names something (who the person is, a grade of likelihood);
    `value` is None where it must never be added up; `alerts` marks an answer that somebody must act on today;
    `exclusive` goes with no other option of a multiple choice. An empty `label` waits for a text pack.
    """

    code: str
    label: str = ""
    meaning: Meaning | None = None
    value: Decimal | None = None
    alerts: bool = False
    exclusive: bool = False
    prefix: str = ""
    coding: Coding | None = None

    @property
    def settles(self) -> bool:
        """True when the option answers the question, also when it answers *no*."""
        return self.meaning not in UNSETTLED


@dataclass(frozen=True)
class Scale:
    """The options of a question, in the order in which they are shown."""

    key: str
    options: tuple[Option, ...]
    kind: ScaleKind = ScaleKind.ORDINAL

    def option(self, code: str) -> Option | None:
        return next((option for option in self.options if option.code == code), None)

    @property
    def values(self) -> tuple[Decimal, ...]:
        return tuple(option.value for option in self.options if option.value is not None)


@dataclass(frozen=True)
class Axis:
    """One of several ratings of the same item: is it present now, was it in the past, does it matter here."""

    key: str
    title: str
    scale: str
    quality: Quality | None = None
    timeframe: Timeframe | None = None


@dataclass(frozen=True)
class Section:
    """A part of the form; `repeats` is how often it may be filled in (a scenario, up to four times)."""

    key: str
    title: str
    hint: str = ""
    repeats: int = 1


@dataclass(frozen=True)
class Critical:
    """The answers that alert even when the rest of the form is empty, and what must be done.

    `when` are option codes; `at_least` is a number, for questions that are answered with one.
    """

    when: tuple[str, ...]
    act: str
    at_least: Decimal | None = None


@dataclass(frozen=True)
class Item:
    """One question, group or line of a form.

    It has a scale, or several axes with a scale each, or is answered in words, with a number or a moment. `title`
    and `topic` are neutral tags of our own; `text` is the wording, and empty where it waits for a text pack.
    `lowest`, `highest` and `initial` are written as the answer itself would be. `link` is what the item was called
    in the file that it came from. `at_least` and `at_most` are how often it is answered, or how many options of a multiple
    choice are chosen. `units` are the codes of its unit, and of any other that the file offers; `unit` is the one in which its bounds
    are written. `applies` says whom the question concerns, `enable` when it is asked at all.
    """

    key: str
    section: str
    title: str
    text: str = ""
    kind: ItemKind = ItemKind.CHOICE
    scale: str = ""
    axes: tuple[str, ...] = ()
    hint: str = ""
    required: bool = True
    note: NoteRule = NoteRule.OPTIONAL
    applies: Condition | None = None
    critical: Critical | None = None
    topic: str = ""
    enable: Condition | None = None
    parent: str = ""
    repeats: int = 1
    at_least: int = 0
    at_most: int | None = None
    hidden: bool = False
    read_only: bool = False
    source_required: bool = False
    prefix: str = ""
    initial: str = ""
    lowest: str = ""
    highest: str = ""
    pattern: str = ""
    max_length: int | None = None
    min_length: int | None = None
    max_decimals: int | None = None
    unit: str = ""
    units: tuple[Coding, ...] = ()
    definition: str = ""
    carried: tuple[Carried, ...] = ()
    judges: Judged | None = None
    codes: tuple[Coding, ...] = ()
    expressions: tuple[Expression, ...] = ()
    link: str = ""
    verified: bool = True

    @property
    def is_chosen(self) -> bool:
        return self.kind in CHOSEN

    @property
    def is_computed(self) -> bool:
        """True where an expression of the file works out what stands here: nobody is asked."""
        return any(each.use == "calculated" for each in self.expressions)

    @property
    def is_rule(self) -> bool:
        """True for what stands in no file as an item: a condition of its file that is worked out, and says whether another
        item is asked."""
        return self.is_computed and not self.link

    @property
    def offers_units(self) -> bool:
        """True where whoever answers with a number says in which of several units it is."""
        return self.kind is ItemKind.QUANTITY and len(self.units) > 1

    def unit_named(self, name: str) -> Coding | None:
        """Return the unit that an answer names by its code; without a name, the one that the question is asked in."""
        return next((each for each in self.units if (name or self.unit) in (each.name, each.display)), None)

    @property
    def takes_answer(self) -> bool:
        """False for groups and for lines that are only read."""
        return self.kind not in SILENT
