"""The words of orders: kinds, steps, how one ends, and what must be decided after a breach."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from fourfold.words import Word, WordedEnum, counted


class BailExtender(WordedEnum):
    """Who made bail before charge longer than it is at first."""

    INSPECTOR = "inspector", "an inspector"
    SUPERINTENDENT = "superintendent", "a superintendent"
    COURT = "court", "a magistrates’ court"


@dataclass(frozen=True)
class Kind:
    """Everything that is peculiar to one kind of order; what a breach of it means stands in the registers of law.

    `limit`-fields name time limits of `law/registers/limits.toml`. `docs/how-to/add-an-order-type.md` walks through it.
    """

    words: Word
    #: The unit applies for it; else others make it, and it is recorded here as already made.
    applied_for: bool = False
    #: The subject is told in person as it is made, so that nobody serves it afterwards.
    given_when_made: bool = False
    is_bail: bool = False
    #: It always has a last day. Without one, an order runs until further order.
    must_end: bool = False
    shortest_limit: str = ""
    longest_limit: str = ""
    #: Others may apply for it too, so that it is also recorded as already made.
    others_apply: bool = False
    #: A court must hear the application for the order that follows within this limit.
    hearing_limit: str = ""
    #: It ends when the application for the full order is decided.
    until_decided: bool = False
    #: How long it lasts, by who extended it (None: nobody did).
    longest_limits: Mapping[BailExtender | None, str] = field(default_factory=dict)
    #: The subject notifies the police of name and address within this limit, and of changes within that one.
    notification_limit: str = ""
    #: That time begins with the day on which the order is made, not with its service.
    notified_from_making: bool = False
    change_limit: str = ""
    #: The kind of order that ends when this one is made.
    supersedes: str = ""
    #: The service that supervises the subject under it; empty where nobody does unless the order asks for something.
    supervised_by: Word = Word("")  # noqa: RUF009 -- a text, and cannot change
    #: What the pack for an application calls the acts that it lists.
    acts_heading: Word = Word("The acts")  # noqa: RUF009 -- a text, and cannot change


class OrderKind(StrEnum):
    """What kind of order or condition binds a subject: the stored code, and everything about the kind."""

    _value_: str
    about: Kind

    def __new__(cls, code: str, *about: Kind) -> Self:
        """Return the member whose value is the code alone."""
        member = str.__new__(cls, code)
        member._value_, (member.about,) = code, about
        return member

    SPO_INTERIM = "spo_interim", Kind(
        Word("interim stalking protection order"),
        applied_for=True,
        until_decided=True,
        notification_limit="spo.notification",
        change_limit="spo.change",
        acts_heading=Word("Acts associated with stalking"),
    )  # fmt: skip
    SPO = "spo", Kind(
        Word("stalking protection order"),
        applied_for=True,
        shortest_limit="spo.shortest",
        notification_limit="spo.notification",
        change_limit="spo.change",
        supersedes="spo_interim",  # Stalking Protection Act 2019, section 5
        acts_heading=Word("Acts associated with stalking"),
    )  # fmt: skip
    RESTRAINING = "restraining", Kind(Word("restraining order"))
    NON_MOLESTATION = "non_molestation", Kind(Word("non-molestation order"))
    DOMESTIC_ABUSE = "domestic_abuse", Kind(
        Word("domestic abuse protection order"),
        applied_for=True,
        others_apply=True,  # Domestic Abuse Act 2021, section 28(2)
        notification_limit="dapo.notification",
        notified_from_making=True,  # section 41(2)
        change_limit="dapo.change",
        supersedes="dapn",
    )  # fmt: skip
    DOMESTIC_ABUSE_NOTICE = "dapn", Kind(
        Word("domestic abuse protection notice"), given_when_made=True, must_end=True, hearing_limit="dapn.hearing"
    )  # fmt: skip
    DOMESTIC_VIOLENCE = "dvpo", Kind(
        Word("domestic violence protection order"),
        applied_for=True,
        must_end=True,
        shortest_limit="dvpo.shortest",
        longest_limit="dvpo.longest",
        supersedes="dvpn",
    )  # fmt: skip
    DOMESTIC_VIOLENCE_NOTICE = "dvpn", Kind(
        Word("domestic violence protection notice"), given_when_made=True, must_end=True, hearing_limit="dvpn.hearing"
    )  # fmt: skip
    BAIL = "bail", Kind(
        Word("pre-charge bail conditions"),
        given_when_made=True,
        is_bail=True,
        must_end=True,
        longest_limits={
            None: "bail.first",
            BailExtender.INSPECTOR: "bail.inspector",
            BailExtender.SUPERINTENDENT: "bail.superintendent",
        },
        supervised_by=Word("the police"),
    )  # fmt: skip
    COURT_BAIL = "court_bail", Kind(
        Word("court bail conditions"), given_when_made=True, is_bail=True, supervised_by=Word("the police")
    )  # fmt: skip
    LICENCE = "licence", Kind(
        Word("licence conditions"), given_when_made=True, must_end=True, supervised_by=Word("probation")
    )  # fmt: skip

    @property
    def words(self) -> Word:
        return self.about.words

    @property
    def with_article(self) -> str:
        """The kind as a sentence takes it: "an interim stalking protection order", "licence conditions"."""
        if self.is_plural:
            return self.words
        return f"{'an' if self.words[0] in 'aeiou' else 'a'} {self.words}"

    @property
    def is_plural(self) -> bool:
        """Whether a sentence speaks of it as of several: "licence conditions have"."""
        return self.words.endswith("conditions")


ORDER_WORDS = {kind: kind.words for kind in OrderKind}


class Step(WordedEnum):
    """The steps of an order, in their usual sequence; each is a dated row."""

    CONSIDERED = "considered"
    DECLINED = "declined", "considered, and not sought"
    AUTHORISED = "authorised", "authorised to be applied for"
    APPLIED = "applied", "applied for"
    REFUSED = "refused", "refused by the court"
    MADE = "made"
    SERVED = "served", "served on the subject"
    NOTIFIED = "notified", "name and address notified"
    VARIED = "varied"
    ENDED = "ended"


BEING_SOUGHT = frozenset({Step.CONSIDERED, Step.AUTHORISED, Step.APPLIED})


class EndedBy(WordedEnum):
    """How an order ended; an interim order superseded by a later one is a normal end."""

    EXPIRED = "expired"
    SUPERSEDED = "superseded", "superseded: another order took its place"
    DISCHARGED = "discharged", "discharged by the court"
    VARIED = "varied", "varied into another order, which is on record"


class ConditionKind(StrEnum):
    PROHIBITION = "prohibition"
    REQUIREMENT = "requirement"


class LastsUnit(WordedEnum):
    """In what it is counted for how long a condition is sought; of the first two there is nothing to count."""

    FURTHER_ORDER = "further_order", "until further order"
    DECIDED = "decided", "until the application for the full order is decided"
    DAYS = "days", "a number of days"
    MONTHS = "months", "a number of months"
    YEARS = "years", "a number of years"

    @property
    def is_counted(self) -> bool:
        return self not in (LastsUnit.FURTHER_ORDER, LastsUnit.DECIDED)


@dataclass(frozen=True)
class Lasts:
    """For how long a condition is sought: `count` None where its unit counts nothing."""

    unit: LastsUnit
    count: int | None = None

    @property
    def words(self) -> str:
        """The length as a court reads it: "2 years", "until further order"."""
        if not self.unit.is_counted or self.count is None:
            return self.unit.words
        return counted(self.count, self.unit.value.removesuffix("s"))


def lasts_of(unit: str, count: int | None) -> Lasts:
    """Return a length without a number that its unit does not count."""
    said = LastsUnit(unit)
    return Lasts(said, count if said.is_counted else None)


class BreachDecision(WordedEnum):
    """What must be decided and dated after every breach."""

    ARREST = "arrest"
    CHARGE = "charge"
    VICTIM_TOLD = "victim_told"


@dataclass(frozen=True)
class ToldIn:
    """The contact in which a victim was told of a breach: which, when, and by whom it was made."""

    contact: UUID
    told_at: datetime
    told_by: str


class CustodyKind(WordedEnum):
    """Why a subject is held."""

    REMAND = "remand", "remanded in custody"
    SENTENCE = "sentence", "serving a sentence"
    RECALL = "recall", "recalled to prison"
    HOSPITAL = "hospital", "detained in hospital"


class PlaceGround(WordedEnum):
    """Why words that belong to a place of the victim may stand in a condition."""

    SUBJECT_KNOWS = "he_knows", "the subject knows this place already"
    COURT_ORDERED = "court_ordered", "the court ordered it in these words"


@dataclass(frozen=True)
class PlaceNamed:
    """A place of the victim that stands in a condition on purpose: on which ground, and what that rests on."""

    ground: PlaceGround
    reason: str


@dataclass(frozen=True)
class ConditionDraft:
    """A condition before it is kept: what the subject must not do, or must do, in words to read aloud.

    `place` says why a place of the victim may stand in it, if one does; `lasts` for how long it is sought, where that was said.
    """

    kind: ConditionKind
    text: str
    place: PlaceNamed | None = None
    lasts: Lasts | None = None


@dataclass(frozen=True)
class ProtectedDraft:
    """Somebody whom an order protects besides, or instead of, the victim: a name and how they are related.

    Never where they are: what an order says is served on the subject.
    """

    name: str
    relation: str = ""


@dataclass(frozen=True)
class Protects:
    """Whom an order protects: the victim of the case, or not, and others by name."""

    victim: bool = True
    others: tuple[ProtectedDraft, ...] = ()


VICTIM_ALONE = Protects()


@dataclass(frozen=True)
class StepDetails:
    """What a step says besides its name; which of it is needed depends on the step (see `rules.why_not_step`).

    `taken_at` None means now. `expires_on` is the last day in force; None on a full order: until further order.
    `replaced_by` is the order that took the place of one that is superseded or varied. `extended_by` made bail before
    charge longer than it is at first. `changed_on` is the day on which the notified name or address changed.
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
    """A past condition. `id` is kept: an allegation that was its breach names it in `breach_of`."""

    id: UUID
    kind: ConditionKind
    text: str


@dataclass(frozen=True)
class PastStep:
    """A past step of an order."""

    step: Step
    taken_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class PastDecision:
    """A past decision after a breach."""

    what: BreachDecision
    done: bool
    decided_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class PastBreach:
    """A past breach; its allegation, taken over already, names the same condition as `breach_of`.

    `condition` is the condition's number.
    """

    allegation: UUID
    condition: int
    happened_at: datetime
    recorded_at: datetime
    decisions: tuple[PastDecision, ...] = ()


@dataclass(frozen=True)
class PastOrder:
    """A past order, with its conditions in the order of their numbers, its steps and breaches."""

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
    """A past time in custody; `released_at` None: still held."""

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
