"""The words of a plan: what became of an action, what became of a session."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What became of an action."""

    OPEN = "open"
    DONE = "done"
    NOT_DONE = "not_done"
    WAITS_FOR_VICTIM = "waits_for_victim"


class Attendance(StrEnum):
    """What became of a planned session; want of staff is recorded as exactly that."""

    PLANNED = "planned"
    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED_BY_CLIENT = "cancelled_by_client"
    CANCELLED_FOR_WANT_OF_STAFF = "cancelled_for_want_of_staff"


class CannotAct(ValueError):
    """The action cannot take this step; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
