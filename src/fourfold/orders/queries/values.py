"""What the pages show of orders, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.cases.terms import ShownLevel
from fourfold.orders.durations import Aged
from fourfold.orders.terms import BEING_SOUGHT, BreachDecision, ConditionKind, EndedBy, OrderKind, Step
from fourfold.words import Word, sentence


@dataclass(frozen=True)
class ConditionShown:
    """One condition, to be read aloud; `place` says why a place of the victim stands in it, and is read to nobody."""

    id: UUID
    number: int
    kind: ConditionKind
    text: str
    place: str = ""


@dataclass(frozen=True)
class StepShown:
    """A step that was taken, how long the order stood there, and by whom it was recorded."""

    step: Step
    taken_at: datetime
    days: int
    reason: str
    by: str
    victim_told_first: bool | None
    note: str = ""


@dataclass(frozen=True)
class DecisionShown:
    """What was decided after a breach; `done` None where nobody has decided yet."""

    what: BreachDecision
    done: bool | None
    decided_at: datetime | None = None
    reason: str = ""
    told_at: datetime | None = None
    told_by: str = ""


@dataclass(frozen=True)
class BreachShown:
    """A breach with its clock, what is decided, and the alarm where it is treated alone."""

    id: UUID
    condition: int
    happened_at: datetime
    recorded_at: datetime
    decide_by: datetime
    overdue: bool
    means: str
    decisions: tuple[DecisionShown, ...]
    undecided: tuple[BreachDecision, ...]
    alarm: str | None
    time_known: bool | None = True


@dataclass(frozen=True)
class UntoldShown:
    """A reason for serving an order without telling the victim first, and whether a second person has signed it."""

    id: UUID
    reason: str
    by: str
    mine: bool
    signed_at: datetime | None


@dataclass(frozen=True)
class OrderShown:
    """An order as it stands: whether it binds the subject today, for how long, what is missing, what may come next.

    `unserved`: it was made and runs, and the subject was not served with it yet.
    """

    id: UUID
    kind: OrderKind
    court: str
    protects_victim: bool
    step: Step
    binds: bool
    unserved: bool
    made_on: date | None
    served_at: datetime | None
    expires_on: date | None
    days_left: int | None
    warning: int | None
    ended_by: EndedBy | None
    ended_on: date | None
    notify_by: date | None
    notification_missing: bool
    victim_told_at: datetime | None
    untold: UntoldShown | None
    breach_means: str
    conditions: tuple[ConditionShown, ...]
    steps: tuple[StepShown, ...]
    breaches: tuple[BreachShown, ...]
    next_steps: tuple[Step, ...]
    version: int
    protects: tuple[str, ...] = ()
    replaced_by: OrderKind | None = None
    leaves_gap: bool = False

    @property
    def condition_count(self) -> int:
        """How many conditions are in force."""
        return len(self.conditions)

    @property
    def ended_words(self) -> Word:
        """How it ended, and which order took its place where one did; no word where it has not ended."""
        if self.ended_by is None or self.replaced_by is None:
            return self.ended_by.words if self.ended_by else Word("")
        other = Word(self.replaced_by.with_article)
        if self.ended_by is EndedBy.VARIED:
            return sentence("varied into {1}", other)
        return sentence("superseded by {1}", other)


@dataclass(frozen=True)
class BoundThen:
    """An order in force when an act happened, with its conditions as they stood then."""

    order: UUID
    kind: OrderKind
    conditions: tuple[ConditionShown, ...]


@dataclass(frozen=True)
class ActUnderOrder:
    """An act while orders were in force, of which nobody has said whether it was a breach."""

    reference: str
    case: UUID
    allegation: UUID
    happened_at: datetime
    time_known: bool | None
    recorded_as: str
    orders: tuple[BoundThen, ...]

    @property
    def under(self) -> str:
        """The orders in force then, in words."""
        return ", ".join(dict.fromkeys(bound.kind.words for bound in self.orders))

    @property
    def conditions(self) -> tuple[tuple[UUID, str], ...]:
        """Each condition that may have been broken, to choose from."""
        return tuple(
            (condition.id, f"{condition.number}. {condition.text} ({bound.kind.words})")
            for bound in self.orders
            for condition in bound.conditions
        )


@dataclass(frozen=True)
class RuledOut:
    """That an act was found to be no breach of an order: why, by whom and when."""

    allegation: UUID
    happened_at: datetime
    time_known: bool | None
    kind: OrderKind
    reason: str
    by: str
    on: datetime


@dataclass(frozen=True)
class WithdrawnShown:
    """A breach that was withdrawn: which, why, by whom and when."""

    breach: UUID
    happened_at: datetime
    condition: int
    kind: OrderKind
    reason: str
    by: str
    on: datetime


@dataclass(frozen=True)
class ActShown:
    """An act under an order with its words, whether it is a breach already, and what was said of it."""

    act: ActUnderOrder
    words: str
    is_breach: bool
    ruled_out: tuple[RuledOut, ...]


@dataclass(frozen=True)
class CustodyShown:
    """A time in custody; `until` None while it lasts."""

    id: UUID
    words: str
    since: datetime
    until: datetime | None
    reference: str
    reason: str = ""


@dataclass(frozen=True)
class OrdersPage:
    """Everything about the orders of one case."""

    case: UUID
    reference: str
    orders: tuple[OrderShown, ...]
    may_apply: bool
    may_make_pack: bool
    may_record: bool
    may_breach: bool
    may_tell: bool
    information_by: date | None = None
    #: The case has acts, and nobody told the day of one.
    undated: bool = False
    custody: tuple[CustodyShown, ...] = ()
    unanswered: tuple[ActUnderOrder, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    withdrawn: tuple[WithdrawnShown, ...] = ()
    may_withdraw: bool = False

    @property
    def held(self) -> CustodyShown | None:
        return next((one for one in self.custody if one.until is None), None)

    @property
    def binding(self) -> tuple[OrderShown, ...]:
        """The orders that bind the subject today."""
        return tuple(order for order in self.orders if order.binds)

    @property
    def unserved(self) -> tuple[OrderShown, ...]:
        """The orders that were made and of which the subject was not served yet: they bind nobody."""
        return tuple(order for order in self.orders if order.unserved)

    @property
    def running(self) -> tuple[OrderShown, ...]:
        """The orders that were made and have not ended, served or not."""
        return (*self.binding, *self.unserved)

    @property
    def sought(self) -> tuple[OrderShown, ...]:
        """The orders that are being sought."""
        return tuple(order for order in self.orders if order.step in BEING_SOUGHT)

    @property
    def past(self) -> tuple[OrderShown, ...]:
        """The orders that are no longer in force, or never were."""
        rest = {*self.running, *self.sought}
        return tuple(order for order in self.orders if order not in rest)

    @property
    def breaches(self) -> tuple[tuple[OrderShown, BreachShown], ...]:
        """Every breach with its order, the latest first."""
        both = ((order, breach) for order in self.orders for breach in order.breaches)
        return tuple(sorted(both, key=lambda pair: pair[1].happened_at, reverse=True))


@dataclass(frozen=True)
class Expiring:
    """An order whose end has come within 90, 30 or 7 days, and whether the subject was served with it."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    expires_on: date
    days_left: int
    warning: int
    served: bool


@dataclass(frozen=True)
class Unnotified:
    """A served order without the notification of name and address that was due."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    served_at: datetime
    due_on: date
    days_late: int


@dataclass(frozen=True)
class InPipeline:
    """An order being sought or not yet served, how many days it stood at each step, and how many in all."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    step: Step
    since: datetime
    days_at_step: int
    days_in_all: int
    steps: tuple[Aged, ...] = ()


@dataclass(frozen=True)
class InForce:
    """An order in force, as the register lists it."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    made_on: date
    served_at: datetime | None
    expires_on: date | None


@dataclass(frozen=True)
class Refused:
    """A no: an order that was considered and not sought, or refused by the court, with its reason and its age then."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    step: Step
    on: datetime
    reason: str
    days: int


@dataclass(frozen=True)
class Lapsed:
    """An order that ran out, whose end nobody recorded and after which no other is in force: the victim is unprotected."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    expired_on: date
    days: int


@dataclass(frozen=True)
class NotConsidered:
    """An open case at high or very high, or at no level yet, for which nobody has considered an order; since when."""

    reference: str
    case: UUID
    level: str
    opened_at: datetime
    days: int


@dataclass(frozen=True)
class BreachAlarm:
    """A breach that wants something done: what, in which case, since when, and by when."""

    reference: str
    case: UUID
    breach: UUID
    level: ShownLevel
    kind: OrderKind
    condition: int
    happened_at: datetime
    decide_by: datetime
    overdue: bool
    undecided: tuple[BreachDecision, ...]
    alarm: str | None
