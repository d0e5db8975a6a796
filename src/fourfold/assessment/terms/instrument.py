"""One version of one instrument: everything that can be said about a form before anybody fills it in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from fourfold.assessment.terms.conditions import Condition, fields_of
from fourfold.assessment.terms.errors import UnknownItem
from fourfold.assessment.terms.licences import Citation, Figure, Licence
from fourfold.assessment.terms.outcomes import Answer, ScoreState, Slot
from fourfold.assessment.terms.questions import Axis, Carried, Coding, Expression, Item, Scale, Section, ValidationRule
from fourfold.assessment.terms.scores import Band, Norm, Score
from fourfold.assessment.terms.vocabulary import (
    About,
    Informant,
    InstrumentKind,
    LevelKind,
    Meaning,
    Override,
    Shipped,
    VectorCase,
)
from fourfold.cases.terms import Level, Trigger

OWN_WORDING = Licence()
"""The rights in what this project wrote itself."""


@dataclass(frozen=True)
class LevelStep:
    """At least so many yes-answers among these fields give at least this level."""

    level: Level
    at_least: int
    of: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class LevelRule:
    """How a form comes to a level. Steps can only add up: there is no way to write one that subtracts.

    `score` is the one whose bands give the level; `judgement` the item in which the professional chooses it.
    `as_house` says what each of the instrument's own words for a level is called here: a local agreement.
    `second_flag` is a field that raises a flag of its own beside the level (a scale for homicide).
    """

    kind: LevelKind = LevelKind.NONE
    base: Level = Level.LOW
    steps: tuple[LevelStep, ...] = ()
    judgement: str = ""
    score: str = ""
    as_house: tuple[tuple[str, Level], ...] = ()
    override: Override = Override.FREE
    reason_required: bool = True
    second_flag: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for step in self.steps for name in step.of))

    def house(self, code: str) -> Level:
        """Return the level that an option of the judgement stands for."""
        return dict(self.as_house).get(code) or Level(code)


@dataclass(frozen=True)
class Route:
    """A way in which a case reaches a forum or a specialist: at least so many yes-answers among these fields."""

    key: str
    words: str
    of: tuple[str, ...]
    at_least: int = 1
    verified: bool = True


@dataclass(frozen=True)
class Interval:
    """The longest time, in hours, between two assessments at one level."""

    level: Level
    hours: int
    verified: bool = True


@dataclass(frozen=True)
class ReviewRule:
    """How long an assessment speaks for the present, what ends that sooner, and which form comes next."""

    valid_for_days: int
    triggers: tuple[Trigger, ...] = ()
    follow_with: str = ""
    from_level: Level | None = None
    by_level: tuple[Interval, ...] = ()
    repeat_within_days: int | None = None


@dataclass(frozen=True)
class Room:
    """Where the questions of a licensed form find their place: so many, on this scale or these axes.

    A pack names them `<key>_1`, `<key>_2` and so on.
    """

    key: str
    section: str
    title: str
    fewest: int
    most: int
    scale: str = ""
    axes: tuple[str, ...] = ()
    applies: Condition | None = None
    verified: bool = True


@dataclass(frozen=True)
class Expected:
    """What a score must come to in a hand-checked case."""

    score: str
    state: ScoreState
    value: Decimal | None = None
    band: str = ""


@dataclass(frozen=True)
class Vector:
    """A filled-in form whose result was worked out by hand or published; `authority` says by whom."""

    name: str
    case: VectorCase
    authority: str
    answers: tuple[Answer, ...]
    expects: tuple[Expected, ...]
    critical: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instrument:
    """One version of one form. `sha256` covers every word of it, so that an answer names what was asked.

    Where the wording came in a text pack, `pack_sha256` names that pack: the two together are what was on the page.
    `url` and `published` are the address and the version of whoever published it, where that was not us.
    """

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
    sha256: str = ""
    pack_sha256: str = ""
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    shipped: Shipped = Shipped.WHOLE
    family: str = ""
    purpose: str = ""
    recall: str = ""
    qualification: tuple[str, ...] = ()
    rights: Licence = OWN_WORDING
    absent: tuple[Meaning, ...] = ()
    norms: tuple[Norm, ...] = ()
    routes: tuple[Route, ...] = ()
    rooms: tuple[Room, ...] = ()
    figures: tuple[Figure, ...] = ()
    evidence: tuple[Citation, ...] = ()
    vectors: tuple[Vector, ...] = ()
    validations: tuple[ValidationRule, ...] = ()
    expressions: tuple[Expression, ...] = ()
    codes: tuple[Coding, ...] = ()
    carried: tuple[Carried, ...] = ()
    url: str = ""
    published: str = ""
    supersedes: str = ""

    @property
    def name(self) -> str:
        return f"{self.key} version {self.version}"

    @cached_property
    def asked(self) -> tuple[Item, ...]:
        """The items that somebody answers: shown, not read only, and worked out by nothing."""
        return tuple(
            item for item in self.items if item.takes_answer and not (item.read_only or item.hidden or item.is_computed)
        )

    @cached_property
    def _items(self) -> Mapping[str, Item]:
        return {item.key: item for item in self.items}

    @cached_property
    def _scales(self) -> Mapping[str, Scale]:
        return {scale.key: scale for scale in self.scales}

    @cached_property
    def _axes(self) -> Mapping[str, Axis]:
        return {axis.key: axis for axis in self.axes}

    @cached_property
    def _repeating(self) -> Mapping[str, int]:
        return {part.key: part.repeats for part in self.sections}

    def item(self, key: str) -> Item:
        """Return the item, or raise UnknownItem with the keys that exist."""
        found = self._items.get(key)
        if found is None:
            raise UnknownItem(key, self.name, tuple(self._items))
        return found

    def scale(self, key: str) -> Scale | None:
        return self._scales.get(key)

    def axis(self, key: str) -> Axis | None:
        return self._axes.get(key)

    def above(self, item: Item) -> tuple[Item, ...]:
        """Return the groups that hold the item, the nearest first; a circle ends it."""
        found: list[Item] = []
        while item.parent and (parent := self._items.get(item.parent)) and parent not in found:
            found.append(parent)
            item = parent
        return tuple(found)

    def repeats(self, item: Item) -> int:
        """Return how often the item may be answered: 1 unless it, a group around it or its section repeats."""
        groups = (each.repeats for each in (item, *self.above(item)))
        return max(*groups, self._repeating.get(item.section, 1), 1)

    def scale_of(self, slot: Slot) -> Scale | None:
        """Return the scale on which the slot is answered; None for an answer in words."""
        if slot.axis:
            axis = self._axes.get(slot.axis)
            return self._scales.get(axis.scale) if axis else None
        return self._scales.get(self.item(slot.item).scale)

    def slots(self) -> Iterator[Slot]:
        """Yield every place for an answer, in the order of the form."""
        for item in self.items:
            yield from self.slots_of(item)

    def slots_of(self, item: Item) -> Iterator[Slot]:
        """Yield every place for an answer to one item; none for a group or a line to read."""
        times = self.repeats(item) if item.takes_answer else 0
        for repeat in range(1, times + 1) if times > 1 else range(times):
            for axis in item.axes or ("",):
                yield Slot(item.key, axis, repeat)

    @property
    def judgements(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.judges is not None)

    def score(self, key: str) -> Score | None:
        return next((score for score in self.scores if score.key == key), None)

    @property
    def lacks_wording(self) -> tuple[str, ...]:
        """The keys of the items that nobody can read yet, in the order of the form."""
        return tuple(item.key for item in self.items if needs_text(item) and not item.text)

    @property
    def is_worded(self) -> bool:
        """True when every question and every option can be shown as it is meant to be read."""
        options = all(option.label for scale in self.scales for option in scale.options)
        return bool(self.items) and options and not self.lacks_wording and not self.rooms


def needs_text(item: Item) -> bool:
    """Return whether somebody reads the item: a group may stand without words, a question may not."""
    return item.takes_answer and not item.hidden


def may_be_left_out(structure: Instrument, item: Item) -> bool:
    """Return whether publishers print a measure with and without the item: nothing is scored, alerted or asked by it, and
    the licence lets the form be changed."""
    counted = {term.field for score in structure.scores for term in score.items}
    counted |= {field for score in structure.scores for cluster in score.clusters for field in cluster.of}
    conditions = [*(score.gate for score in structure.scores), *(one.enable for one in structure.items)]
    counted |= {field for condition in conditions for field in fields_of(condition)}
    free = structure.rights.may_modify and structure.scores and not (item.required or item.critical or item.text)
    return bool(free and item.takes_answer and item.key not in counted)
