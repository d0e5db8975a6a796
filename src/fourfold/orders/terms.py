"""The words of orders: kinds, steps, how one ends, and what must be decided after a breach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.words import Word, words


class OrderKind(StrEnum):
    """What kind of order or condition binds a subject."""

    SPO_INTERIM = "spo_interim"
    SPO = "spo"
    RESTRAINING = "restraining"
    NON_MOLESTATION = "non_molestation"
    DOMESTIC_ABUSE = "domestic_abuse"
    BAIL = "bail"
    COURT_BAIL = "court_bail"
    LICENCE = "licence"

    @property
    def words(self) -> str:
        """The kind as it is said."""
        return ORDER_WORDS[self]


ORDER_WORDS = words(
    {
        OrderKind.SPO_INTERIM: "interim stalking protection order",
        OrderKind.SPO: "stalking protection order",
        OrderKind.RESTRAINING: "restraining order",
        OrderKind.NON_MOLESTATION: "non-molestation order",
        OrderKind.DOMESTIC_ABUSE: "domestic abuse protection order",
        OrderKind.BAIL: "pre-charge bail conditions",
        OrderKind.COURT_BAIL: "court bail conditions",
        OrderKind.LICENCE: "licence conditions",
    }
)


class Step(StrEnum):
    """The steps of an order, in their usual sequence; each is a dated row."""

    CONSIDERED = "considered"
    DECLINED = "declined"
    AUTHORISED = "authorised"
    APPLIED = "applied"
    REFUSED = "refused"
    MADE = "made"
    SERVED = "served"
    NOTIFIED = "notified"
    VARIED = "varied"
    ENDED = "ended"

    @property
    def words(self) -> str:
        """The step as a sentence says it."""
        return STEP_WORDS[self]


STEP_WORDS = words(
    {
        Step.CONSIDERED: "considered",
        Step.DECLINED: "considered, and not sought",
        Step.AUTHORISED: "authorised to be applied for",
        Step.APPLIED: "applied for",
        Step.REFUSED: "refused by the court",
        Step.MADE: "made",
        Step.SERVED: "served on him",
        Step.NOTIFIED: "name and address notified",
        Step.VARIED: "varied",
        Step.ENDED: "ended",
    }
)


class EndedBy(StrEnum):
    """How an order ended; an interim order superseded by a later one is a normal end."""

    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DISCHARGED = "discharged"
    VARIED = "varied"

    @property
    def words(self) -> str:
        """The end as a sentence says it."""
        return END_WORDS[self]


END_WORDS = words(
    {
        EndedBy.EXPIRED: "expired",
        EndedBy.SUPERSEDED: "superseded: another order took its place",
        EndedBy.DISCHARGED: "discharged by the court",
        EndedBy.VARIED: "varied into another order, which is on record",
    }
)


class BailExtender(StrEnum):
    """Who made bail before charge longer than it is at first."""

    INSPECTOR = "inspector"
    SUPERINTENDENT = "superintendent"
    COURT = "court"

    @property
    def words(self) -> str:
        """The authority as a sentence says it."""
        return EXTENDER_WORDS[self]


EXTENDER_WORDS = words(
    {
        BailExtender.INSPECTOR: "an inspector",
        BailExtender.SUPERINTENDENT: "a superintendent",
        BailExtender.COURT: "a magistrates’ court",
    }
)


class ConditionKind(StrEnum):
    """What a condition does."""

    PROHIBITION = "prohibition"
    REQUIREMENT = "requirement"


class BreachDecision(StrEnum):
    """What must be decided and dated after every breach."""

    ARREST = "arrest"
    CHARGE = "charge"
    VICTIM_TOLD = "victim_told"

    @property
    def words(self) -> str:
        """The decision as a table says it."""
        return Word(self.value.replace("_", " "))


class CustodyKind(StrEnum):
    """Why a subject is held, so that he cannot act against her in person."""

    REMAND = "remand"
    SENTENCE = "sentence"
    RECALL = "recall"
    HOSPITAL = "hospital"

    @property
    def words(self) -> str:
        """The kind as it is said."""
        return CUSTODY_WORDS[self]


CUSTODY_WORDS = words(
    {
        CustodyKind.REMAND: "remanded in custody",
        CustodyKind.SENTENCE: "serving a sentence",
        CustodyKind.RECALL: "recalled to prison",
        CustodyKind.HOSPITAL: "detained in hospital",
    }
)


class PlaceGround(StrEnum):
    """Why words that belong to where she is may stand in a condition."""

    HE_KNOWS = "he_knows"
    COURT_ORDERED = "court_ordered"

    @property
    def words(self) -> str:
        """The ground as a form asks it."""
        return Word(
            "he knows this place already" if self is PlaceGround.HE_KNOWS else "the court ordered it in these words"
        )


@dataclass(frozen=True)
class PlaceNamed:
    """That a place of hers stands in a condition on purpose: on which ground, and what that rests on."""

    ground: PlaceGround
    reason: str


@dataclass(frozen=True)
class ConditionDraft:
    """A condition before it is kept: what he must not do, or must do, in words to read aloud.

    `place` says why a place of hers may stand in it, if one does.
    """

    kind: ConditionKind
    text: str
    place: PlaceNamed | None = None


@dataclass(frozen=True)
class ProtectedDraft:
    """Somebody whom an order protects beside, or instead of, the victim: a name and how they stand to her.

    Never where they are: what an order says is served on him.
    """

    name: str
    relation: str = ""


@dataclass(frozen=True)
class Protects:
    """Whom an order protects: the victim of the case, unless it is not she, and others by name."""

    victim: bool = True
    others: tuple[ProtectedDraft, ...] = ()


HER_ALONE = Protects()


@dataclass(frozen=True)
class StepDetails:
    """What a step says besides its name; which of it is needed depends on the step (see `rules.why_not_step`).

    `taken_at` None means now. `expires_on` is the last day in force; None on a full order: until further order.
    `replaced_by` is the order that took the place of one that is superseded or varied. `extended_by` made bail before
    charge longer than it is at first. `changed_on` is the day on which the name or address that he notifies changed.
    """

    taken_at: datetime | None = None
    reason: str = ""
    court: str = ""
    expires_on: date | None = None
    ended_by: EndedBy | None = None
    conditions: tuple[ConditionDraft, ...] = ()
    replaced_by: UUID | None = None
    extended_by: BailExtender | None = None
    changed_on: date | None = None


@dataclass(frozen=True)
class PastCondition:
    """A condition from the time before. `id` is kept: an allegation that was its breach names it in `breach_of`."""

    id: UUID
    kind: ConditionKind
    text: str


@dataclass(frozen=True)
class PastStep:
    """A step that an order took in the time before."""

    step: Step
    taken_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class PastDecision:
    """What was decided after a breach in the time before."""

    what: BreachDecision
    done: bool
    decided_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class PastBreach:
    """A breach from the time before; its allegation, taken over already, names the same condition as `breach_of`.

    `condition` is the condition's number.
    """

    allegation: UUID
    condition: int
    happened_at: datetime
    recorded_at: datetime
    decisions: tuple[PastDecision, ...] = ()


@dataclass(frozen=True)
class PastOrder:
    """An order from the time before, with its conditions in the order of their numbers, its steps and breaches."""

    id: UUID
    case: UUID
    kind: OrderKind
    conditions: tuple[PastCondition, ...]
    steps: tuple[PastStep, ...]
    court: str = ""
    expires_on: date | None = None
    ended_by: EndedBy | None = None
    breaches: tuple[PastBreach, ...] = ()
    source: str = "taken over"


@dataclass(frozen=True)
class PastCustody:
    """A time for which the subject was held in the time before; `released_at` None where he still is."""

    case: UUID
    kind: CustodyKind
    held_from: datetime
    released_at: datetime | None
    source: str = "taken over"


class CannotOrder(ValueError):
    """The order cannot take this step; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
