"""The words of a plan: what became of an action, what became of a session, what was given and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.panel.terms import Strand


class Status(StrEnum):
    """What became of an action."""

    OPEN = "open"
    DONE = "done"
    NOT_DONE = "not_done"
    WAITS_FOR_VICTIM = "waits_for_victim"

    @property
    def label(self) -> str:
        """The status in words."""
        return {"not_done": "will not be done", "waits_for_victim": "waits until the victim is told"}.get(
            self.value, self.value
        )

    @property
    def is_settled(self) -> bool:
        """Say whether nothing more is expected."""
        return self in (Status.DONE, Status.NOT_DONE)


class Attendance(StrEnum):
    """What became of a planned session; want of staff is recorded as exactly that."""

    PLANNED = "planned"
    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED_BY_CLIENT = "cancelled_by_client"
    CANCELLED_FOR_WANT_OF_STAFF = "cancelled_for_want_of_staff"

    @property
    def label(self) -> str:
        """What became of it, in words."""
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class PastStatus:
    """A status that an action was given, as it is taken over."""

    status: Status
    set_at: datetime
    set_by: UUID
    reason: str = ""
    victim_told_at: datetime | None = None


@dataclass(frozen=True)
class PastAction:
    """An action of an earlier plan with what became of it, as it is taken over."""

    case: UUID
    strand: Strand
    what: str
    owner_partner: str
    due_on: date
    opened_at: datetime
    opened_by: UUID
    owner: UUID | None = None
    measure: UUID | None = None
    tell_victim_first: bool = False
    statuses: tuple[PastStatus, ...] = ()


@dataclass(frozen=True)
class PastSession:
    """A session that was planned before, and what became of it, as it is taken over."""

    case: UUID
    strand: Strand
    planned_at: datetime
    planned_by: UUID
    attendance: Attendance = Attendance.PLANNED
    settled_at: datetime | None = None
    direct_work: bool = False


@dataclass(frozen=True)
class PastMinutes:
    """Minutes that somebody worked on a case, as they are taken over."""

    case: UUID
    role: str
    minutes: int
    worked_on: date
    worked_by: UUID
    on_what: str = ""


class CannotAct(ValueError):
    """The action cannot take this step; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
