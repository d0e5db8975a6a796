"""What people give, and what comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from fourfold.assessment.terms.vocabulary import Meaning
from fourfold.cases.terms import Level


@dataclass(frozen=True)
class Slot:
    """The place of one answer: an item, perhaps one of its axes, perhaps one repeat of its section."""

    item: str
    axis: str = ""
    repeat: int = 0

    @property
    def field(self) -> str:
        """The slot's name in forms: `threats`, `anger.current`, `story-2`."""
        name = f"{self.item}.{self.axis}" if self.axis else self.item
        return f"{name}-{self.repeat}" if self.repeat else name


@dataclass(frozen=True)
class Answer:
    """What was answered at one slot: an option's code, words, a number or a moment as text, and a note.

    A multiple choice holds its codes in `option`, parted by a blank, in the order of the scale; a number that may be given in
    several units holds the code of its own there. `absent` says why
    there is no answer (unknown, refused, omitted, not applicable) where no option of the scale does. With none of
    them the question was left blank.
    """

    item: str
    option: str = ""
    axis: str = ""
    repeat: int = 0
    text: str = ""
    note: str = ""
    absent: Meaning | None = None

    @property
    def slot(self) -> Slot:
        return Slot(self.item, self.axis, self.repeat)

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(self.option.split())

    @property
    def is_given(self) -> bool:
        """True when something was answered, be it only that it is not known."""
        return bool(self.option or self.text)


@dataclass(frozen=True)
class Problem:
    """What is wrong or still open at one field of a form, in words that say how to mend it."""

    field: str
    message: str


class ScoreState(StrEnum):
    """`prorated`: some of it is missing and the definition says how to make up for that. `not_scored`: some of it
    is missing. `not_computed`: there was nothing to compute from, or nobody here can compute it."""

    SCORED = "scored"
    PRORATED = "prorated"
    NOT_SCORED = "not_scored"
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True)
class ScoreResult:
    """A score, or the reason why there is none; `value` is None unless `state` is scored or prorated.

    `carried` is what the given answers carry on their own, open questions relieving nobody; `could_be` what it would
    come to at worst. Both stand only where they mean something: they are advice, never a total. `verified` is False
    where nobody has held the rule of the score against its source.
    """

    key: str
    state: ScoreState
    value: Decimal | None
    answered: int
    of: int
    band: str = ""
    reason: str = ""
    carried: Decimal | None = None
    could_be: Decimal | None = None
    verified: bool = True


@dataclass(frozen=True)
class WorkedOut:
    """A score or a value that a form works out, in words, as whoever signed saw it: kept beside the answers.

    `value` is empty where it is not worked out, and `why` then says why; beside a value `why` says what to know about
    it. `by_form` marks what an expression of an imported file made of the answers, which nobody here has confirmed.
    """

    key: str
    title: str
    value: str = ""
    band: str = ""
    why: str = ""
    by_form: bool = False


class AdviceState(StrEnum):
    """`incomplete`: `level` is a floor under what is certain. `not_computed`: nothing was, or can be, computed."""

    COMPUTED = "computed"
    INCOMPLETE = "incomplete"
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True)
class RouteTaken:
    """One way to a forum or a specialist: `open` is True when the answers take it, None while that is not known."""

    key: str
    words: str
    open: bool | None
    counted: int


@dataclass(frozen=True)
class Advice:
    """What a form suggests, beside the professional's level and never instead of it.

    `level` is what the known answers give, and None where they allow no statement; `could_be` is what it would
    become if every open question were answered yes. `critical` are sentences to act on today; `by_hand` are
    critical questions without an answer, to be looked at by a person; `missing` are the open fields. `second_flag`
    is the flag that stands beside the level, None while it is open or where the form has none.
    """

    state: AdviceState
    level: Level | None = None
    could_be: Level | None = None
    reasons: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    routes: tuple[RouteTaken, ...] = ()
    second_flag: bool | None = None


@dataclass(frozen=True)
class Agreement:
    """How often two ratings were the same among those pairs in which both exist."""

    agreed: int
    compared: int
    left_out: int

    @property
    def rate(self) -> float | None:
        """The share from 0 to 1, and None when nothing could be compared."""
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
