"""The words of victim support: contacts, needs, and what she wishes."""

from __future__ import annotations

from enum import StrEnum


class ContactOutcome(StrEnum):
    """What became of a contact."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    STOPPED = "stopped"
    NOT_SAFE_TO_SPEAK = "not_safe_to_speak"


class NoteKind(StrEnum):
    """What an advocate writes down for the victim."""

    WISH = "wish"
    NEED = "need"
    SAFETY_PLAN = "safety_plan"
    CONFIDENCE = "confidence"


class CannotSupport(ValueError):
    """The support step cannot be recorded; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
