"""The words of assessment: meanings of an answer, what a definition holds, what comes out of it.

Levels, and what brings a review forward, are the words of `cases`: one word of the house, one type. Levels are
compared by `rank` and never by `<`, which would put them in the order of the alphabet.

Every value is frozen: a definition, once used, never changes, and an answer is corrected by a later one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from fourfold.cases.terms import Level, Trigger


class Meaning(StrEnum):
    """What choosing an option says about the question, whatever its label is."""

    AFFIRM = "affirm"
    DENY = "deny"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    OMIT = "omit"
    NOT_APPLICABLE = "not_applicable"


UNSETTLED = frozenset({Meaning.UNKNOWN, Meaning.REFUSED, Meaning.OMIT})
"""Meanings that leave the question open. None of them is ever a zero, and none is ever a no."""


class InstrumentKind(StrEnum):
    """What sort of form this is; a structured professional judgement (`spj`) never has totals."""

    SCREEN = "screen"
    CHECKLIST = "checklist"
    ACTUARIAL = "actuarial"
    SPJ = "spj"
    PROM = "prom"
    LOCAL = "local"


class About(StrEnum):
    """Whom the answers describe; decides which compartment they belong to."""

    VICTIM = "victim"
    SUBJECT = "subject"
    DYAD = "dyad"


class Informant(StrEnum):
    """Who fills the form in."""

    SELF = "self"
    PROFESSIONAL = "professional"


class ItemKind(StrEnum):
    """How a question is answered: by choosing an option, or in words."""

    CHOICE = "choice"
    TEXT = "text"


class NoteRule(StrEnum):
    """Whether an answer is explained. A note is asked for when signing, never a reason to lose an answer."""

    NONE = "none"
    OPTIONAL = "optional"
    WITH_YES = "with_yes"
    ALWAYS = "always"


class Direction(StrEnum):
    """Which end of a score is the good one."""

    HIGHER_BETTER = "higher_better"
    HIGHER_WORSE = "higher_worse"


class LevelKind(StrEnum):
    """Where a level comes from: counted yes-answers, the professional's own judgement, or nowhere."""

    STEPS = "steps"
    JUDGEMENT = "judgement"
    NONE = "none"


# --- a definition -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen.

    `meaning` is None where the option only names something (who the person is, a grade of likelihood);
    `value` is None where it must never be added up; `alerts` marks an answer that somebody must act on today.
    """

    code: str
    label: str
    meaning: Meaning | None = None
    value: Decimal | None = None
    alerts: bool = False

    @property
    def settles(self) -> bool:
        """This property will be true when the option answers the question, also when it answers *no*."""
        return self.meaning not in UNSETTLED


@dataclass(frozen=True)
class Scale:
    """The options of a question, in the order in which they are shown."""

    key: str
    options: tuple[Option, ...]

    def option(self, code: str) -> Option | None:
        """This function will return the option with this code, or None."""
        return next((option for option in self.options if option.code == code), None)

    @property
    def values(self) -> tuple[Decimal, ...]:
        """This property will be the values that can be added up, in the order of the options."""
        return tuple(option.value for option in self.options if option.value is not None)


@dataclass(frozen=True)
class Axis:
    """One of several ratings of the same item: is it present now, was it in the past, does it matter here."""

    key: str
    title: str
    scale: str


@dataclass(frozen=True)
class Section:
    """A part of the form; `repeats` is how often it may be filled in (a scenario, up to four times)."""

    key: str
    title: str
    hint: str = ""
    repeats: int = 1


@dataclass(frozen=True)
class Applicability:
    """The item concerns only cases in which `item` was answered with one of `options`."""

    item: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Critical:
    """The options that alert even when the rest of the form is empty, and what must be done."""

    when: tuple[str, ...]
    act: str


@dataclass(frozen=True)
class Item:
    """One question. It has a scale, or several axes with a scale each, or is answered in words."""

    key: str
    section: str
    title: str
    text: str
    kind: ItemKind = ItemKind.CHOICE
    scale: str = ""
    axes: tuple[str, ...] = ()
    hint: str = ""
    required: bool = True
    note: NoteRule = NoteRule.OPTIONAL
    applies: Applicability | None = None
    critical: Critical | None = None


@dataclass(frozen=True)
class ScoreItem:
    """One term of a sum: the answered field, its weight, and whether its scale is turned round first."""

    field: str
    weight: Decimal = Decimal(1)
    reverse: bool = False


@dataclass(frozen=True)
class Score:
    """A sum over an explicit list of fields, given only when every one of them has a value."""

    key: str
    title: str
    direction: Direction
    lowest: Decimal
    highest: Decimal
    items: tuple[ScoreItem, ...]


@dataclass(frozen=True)
class Band:
    """A named stretch of a score, both ends included, and whose cut-off it is."""

    score: str
    lowest: Decimal
    highest: Decimal
    label: str
    provenance: str

    def holds(self, value: Decimal) -> bool:
        """This function will say whether the value lies in this band."""
        return self.lowest <= value <= self.highest


@dataclass(frozen=True)
class LevelStep:
    """At least so many yes-answers among these fields give at least this level."""

    level: Level
    at_least: int
    of: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class LevelRule:
    """How a form comes to a level. Steps can only add up: there is no way to write one that subtracts."""

    kind: LevelKind = LevelKind.NONE
    base: Level = Level.LOW
    steps: tuple[LevelStep, ...] = ()
    judgement: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """This property will be every field that some step counts, each once, in the order of the steps."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.of))


@dataclass(frozen=True)
class ReviewRule:
    """How long an assessment speaks for the present, what ends that sooner, and which form comes next."""

    valid_for_days: int
    triggers: tuple[Trigger, ...] = ()
    follow_with: str = ""
    from_level: Level | None = None


@dataclass(frozen=True)
class Slot:
    """The place of one answer: an item, perhaps one of its axes, perhaps one repeat of its section."""

    item: str
    axis: str = ""
    repeat: int = 0

    @property
    def field(self) -> str:
        """This property will be the slot's name in forms: `threats`, `anger.current`, `story-2`."""
        name = f"{self.item}.{self.axis}" if self.axis else self.item
        return f"{name}-{self.repeat}" if self.repeat else name


@dataclass(frozen=True)
class Instrument:
    """One version of one form. `sha256` covers every word of it, so that an answer names what was asked."""

    key: str
    version: int
    title: str
    kind: InstrumentKind
    about: About
    informant: Informant
    validated: bool
    notice: str
    licence: str
    sections: tuple[Section, ...]
    scales: tuple[Scale, ...]
    axes: tuple[Axis, ...]
    items: tuple[Item, ...]
    scores: tuple[Score, ...]
    bands: tuple[Band, ...]
    level: LevelRule
    review: ReviewRule
    currency_window_days: int | None
    sha256: str

    @property
    def name(self) -> str:
        """This property will be what people call it in a sentence: `first-line version 1`."""
        return f"{self.key} version {self.version}"

    def item(self, key: str) -> Item:
        """This function will return the item, or raise UnknownItem with the keys that exist."""
        for item in self.items:
            if item.key == key:
                return item
        raise UnknownItem(key, self.name, tuple(item.key for item in self.items))

    def repeats(self, item: Item) -> int:
        """This function will return how often the item may be answered: 1 unless its section repeats."""
        return next((part.repeats for part in self.sections if part.key == item.section), 1)

    def scale_of(self, slot: Slot) -> Scale | None:
        """This function will return the scale on which the slot is answered; None for an answer in words."""
        key = self.item(slot.item).scale
        if slot.axis:
            key = next((axis.scale for axis in self.axes if axis.key == slot.axis), "")
        return next((scale for scale in self.scales if scale.key == key), None)

    def slots(self) -> Iterator[Slot]:
        """This function will yield every place for an answer, in the order of the form."""
        for item in self.items:
            times = self.repeats(item)
            for repeat in range(1, times + 1) if times > 1 else (0,):
                for axis in item.axes or ("",):
                    yield Slot(item.key, axis, repeat)


# --- what people give, and what comes out -----------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What was answered at one slot: an option's code or words, and a note. No option means left blank."""

    item: str
    option: str = ""
    axis: str = ""
    repeat: int = 0
    text: str = ""
    note: str = ""

    @property
    def slot(self) -> Slot:
        """This property will be the place that this answer belongs to."""
        return Slot(self.item, self.axis, self.repeat)


@dataclass(frozen=True)
class Problem:
    """What is wrong or still open at one field of a form, in words that say how to mend it."""

    field: str
    message: str


class ScoreState(StrEnum):
    """`not_scored`: some of it is missing. `not_computed`: there was nothing to compute from."""

    SCORED = "scored"
    NOT_SCORED = "not_scored"
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True)
class ScoreResult:
    """A score, or the reason why there is none; `value` is None unless `state` is scored."""

    key: str
    state: ScoreState
    value: Decimal | None
    answered: int
    of: int
    band: str = ""
    reason: str = ""


class AdviceState(StrEnum):
    """`incomplete`: `level` is a floor under what is certain. `not_computed`: nothing was, or can be, computed."""

    COMPUTED = "computed"
    INCOMPLETE = "incomplete"
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True)
class Advice:
    """What a form suggests, beside the professional's level and never instead of it.

    `level` is what the known answers give, and None where they allow no statement; `could_be` is what it would
    become if every open question were answered yes. `critical` are sentences to act on today; `by_hand` are
    critical questions without an answer, to be looked at by a person; `missing` are the open fields.
    """

    state: AdviceState
    level: Level | None = None
    could_be: Level | None = None
    reasons: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """How often two ratings were the same among those pairs in which both exist."""

    agreed: int
    compared: int
    left_out: int

    @property
    def rate(self) -> float | None:
        """This property will be the share from 0 to 1, and None when nothing could be compared."""
        return self.agreed / self.compared if self.compared else None


class Standing(StrEnum):
    """Whether a question was answered, left open, or does not concern the case."""

    GIVEN = "given"
    OMITTED = "omitted"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class PastAssessment:
    """An assessment that was made before, or elsewhere, as it is taken over.

    The advice is computed afresh from `answers`; without them there is none. The level in force is not set by it:
    that is a row of the case's own.
    """

    case: UUID
    instrument: str
    assessed_by: UUID
    profession: str
    signed_at: datetime
    version: int | None = None
    answers: tuple[Answer, ...] = ()
    first_level: str = ""
    professional_level: str = ""
    reason: str = ""
    formulation: str = ""
    minutes: int | None = None


# --- errors -----------------------------------------------------------------------------------------------


class AssessmentError(ValueError):
    """Something about an instrument or an answer was refused; the message says what to change."""


class UnknownInstrument(AssessmentError):
    """No definition with this key and version is shipped."""


class UnknownItem(AssessmentError):
    """The instrument has no such question."""

    def __init__(self, key: str, instrument: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no question “{key}” in {instrument}. Use one of: {', '.join(known)}.")
        self.key = key


class AnswerRefused(AssessmentError):
    """An answer does not fit its question; `field` names the place."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True)
class Finding:
    """One fault of a definition: where it is, what is wrong, and how to mend it."""

    where: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem} {self.mend}"


class InvalidDefinition(AssessmentError):
    """A definition file cannot be used; every fault is named at once."""

    def __init__(self, file: str, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{file}: {finding}" for finding in findings))
        self.file = file
        self.findings = findings


class CannotRecord(AssessmentError):
    """The assessment cannot be signed as it stands; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
