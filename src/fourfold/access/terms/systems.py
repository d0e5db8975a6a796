"""The words of agencies' systems: what one may be given for, and where it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fourfold.fields import Unfit, asked, draft
from fourfold.words import Word, WordedEnum

#: How long a token lasts. A system asks for another with its secret.
TOKEN_LASTS = timedelta(minutes=10)
#: What is said of a request that says nothing of what it wants.
NO_BUTTON = Word("Nothing was done: press one of the buttons below.")


class CannotJoin(Unfit):
    """A system cannot be asked for, confirmed or given a secret so; `field` names where, the message how to mend it."""


class NotTheirs(Exception):
    """A secret or a token that opens nothing: which of its parts is wrong is said to nobody."""


class Capability(WordedEnum):
    """What a system is given for. The same policy holds as for the agency's people; this only narrows it."""

    ALLEGATIONS = "allegations", "send reports in, and read what became of them"
    ORDERS = "orders", "read which orders bind today, with their conditions"
    FORMS = "forms", "read instruments, and take signed assessments out"
    FEEDS = "feeds", "bring files of recorded crimes in"


@draft
class SystemDraft:
    """A system that is to be joined: in which unit, what it is called, what it is for and why."""

    site: str = asked(missing="Choose a unit in which the agency works", longest=40)
    name: str = asked(missing="Write what the system is called", longest=80)
    capabilities: frozenset[Capability] = asked(missing="Choose what the system is for")
    reason: str = asked(missing="Say why: whoever confirms it reads this", longest=300)


@draft
class SystemAnswer:
    """Whether another of the agency confirms a system, and if not, why."""

    given: str = asked(missing="Say whether you confirm it")
    because: str = asked(longest=300)

    def __post_init__(self) -> None:
        if self.given not in ("yes", "no"):
            raise Unfit("given", "Say whether you confirm it")


@dataclass(frozen=True)
class System:
    """A system of an agency as it stands. `staff`: as whom it acts, once somebody confirmed it."""

    id: UUID
    site: str
    partner: str
    name: str
    capabilities: tuple[Capability, ...]
    reason: str
    asked_by: str
    asked_by_id: UUID
    asked_at: datetime
    mine: bool
    answered_by: str
    answered_at: datetime | None
    refused_because: str
    secret_made_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    staff: UUID | None

    @property
    def state(self) -> Word:
        """Where it stands, in words."""
        if self.refused_because:
            return Word("not confirmed")
        if self.ended_at is not None:
            return Word("ended")
        if self.answered_at is None:
            return Word("waits for the agency’s lead")
        return Word("in use") if self.secret_made_at else Word("confirmed, has no secret yet")

    @property
    def waits(self) -> bool:
        """Whether nobody has answered yet."""
        return self.answered_at is None and self.ended_at is None

    @property
    def runs(self) -> bool:
        """Whether it may be given a secret and act."""
        return self.staff is not None and self.ended_at is None


class Change(WordedEnum):
    """What an agency's system is told of: that, and about which report or order; what it says now is asked for with a token."""

    REPORT = "report.answered", "the unit answered a report"
    ORDER = "order.changed", "an order changed"

    @property
    def needs(self) -> Capability:
        """What a system must have been given for, to be told."""
        return Capability.ALLEGATIONS if self is Change.REPORT else Capability.ORDERS


@draft
class WebhookDraft:
    """Where a system is to be told, and why."""

    address: str = asked(missing="Write the address", longest=300)
    reason: str = asked(missing="Say why: whoever confirms it reads this", longest=300)


@dataclass(frozen=True)
class Notice:
    """That something changed, on its way to a system: what was tried, and what came of it last."""

    id: UUID
    kind: Change
    about: UUID
    noted_at: datetime
    tries: int
    next_at: datetime | None
    said: str
    given_up_at: datetime | None


@dataclass(frozen=True)
class WebhookShown:
    """Where a system is told, and where that stands. `counts`: notices that it took, that wait, that were given up and that were let go; of the second and third the first fifty one by one.

    `old_until`: how long secrets before the last one sign too, if any does.
    """

    id: UUID
    system: System
    address: str
    reason: str
    asked_by: str
    asked_at: datetime
    mine: bool
    answered_by: str
    answered_at: datetime | None
    refused_because: str
    turned_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    ended_because: str
    runs: bool
    counts: tuple[int, ...]
    waiting: tuple[Notice, ...] = ()
    given_up: tuple[Notice, ...] = ()
    old_until: datetime | None = None

    @property
    def state(self) -> Word:
        """Where it stands, in words."""
        if self.refused_because:
            return Word("not confirmed")
        if self.ended_at is not None or self.system.ended_at is not None:
            return Word("ended")
        if self.answered_at is None:
            return Word("waits for the agency’s lead")
        return Word("in use") if self.turned_at else Word("confirmed, has no secret yet: nothing is sent")

    @property
    def waits(self) -> bool:
        """Whether nobody has answered yet."""
        return self.answered_at is None and self.ended_at is None
