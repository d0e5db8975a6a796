"""The words about people: how they may be reached, and why a message may not go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Part(StrEnum):
    """The part that a person plays in an allegation."""

    VICTIM = "victim"
    SUBJECT = "subject"


class Channel(StrEnum):
    """A way to reach somebody."""

    TEXT = "text"
    CALL = "call"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"


class MarkKind(StrEnum):
    """What identifies a subject apart from the name."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    VEHICLE = "vehicle"
    ACCOUNT = "account"


@dataclass(frozen=True)
class PersonDetails:
    """What is known of a person who is to be registered; any part may be missing."""

    name: str = ""
    birth: str = ""
    sex: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    relationship: str = ""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing at all was told."""
        return not any((self.name, self.birth, self.phone, self.email, self.address))


@dataclass(frozen=True)
class SafeContactRule:
    """How a victim may be reached. Hours are local time; a window that passes midnight is allowed."""

    channels: tuple[Channel, ...]
    from_time: time | None = None
    until_time: time | None = None
    leave_message: bool = False
    shared_device: bool = True
    code_phrase_agreed: bool = False
    confirmed: bool = True


class UnsafeContact(ValueError):
    """The contact would break a safe-contact rule; `field` names where, the message which rule and what is allowed."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
