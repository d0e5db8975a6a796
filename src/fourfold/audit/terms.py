"""The words of the audit: who acts, what kind of act it was, what is wrong with a log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from uuid import UUID


class Operation(StrEnum):
    """The six operations that section 62 of the Data Protection Act 2018 has logged, and four of our own."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    SIGN_IN = "sign_in"
    REFUSAL = "refusal"
    ADMINISTRATION = "administration"
    CONFIGURATION = "configuration"


@dataclass(frozen=True)
class Actor:
    """Who acts: one natural person below all accounts, in a role at a site, for a purpose, in a session.

    `memberships` are pairs (site, role); a site of "" means a role in the partner as a whole, outside any unit.
    `vouched`: the lead of the agency has vouched for who this is, long enough ago. `rests`: the rows that gave the
    memberships, each by name with what the log says of it. `seen`: how many entries the log had when they were read.
    """

    staff: UUID
    name: str
    partner: str
    partner_kind: str
    memberships: tuple[tuple[str, str], ...] = ()
    account: UUID | None = None
    session: str = ""
    strength: str = "none"
    client: str = ""
    request: str = ""
    purpose: str = ""
    cleared: bool = False
    trained: bool = True
    active: bool = True
    vouched: bool = True
    natural: UUID | None = None
    rests: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), compare=False, repr=False)
    seen: int | None = field(default=None, compare=False, repr=False)

    @property
    def person(self) -> UUID:
        """Which natural person acts: the same whatever record or account of theirs it is."""
        return self.natural or self.staff

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(role for _, role in self.memberships)

    @cached_property
    def sites(self) -> frozenset[str]:
        return frozenset(site for site, _ in self.memberships if site)

    def has_role(self, *roles: str) -> bool:
        return bool(self.roles.intersection(roles))

    def for_purpose(self, purpose: str) -> Actor:
        return replace(self, purpose=purpose)


@dataclass(frozen=True)
class About:
    """What an entry is about: the kind of row and its identifier."""

    kind: str
    id: UUID


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the log: its kind, at which entry, and in plain words what it means."""

    kind: str
    seq: int
    meaning: str


@dataclass(frozen=True)
class Verdict:
    """The answer of a verification: how many entries were read, and what was found, the first bad one first."""

    entries: int
    head: str
    findings: tuple[Finding, ...] = field(default=())

    @property
    def clean(self) -> bool:
        return not self.findings


class AlreadyDone(Exception):
    """The same form was sent before: nothing was stored a second time."""

    def __init__(self, about: About | None):
        self.about = about
        super().__init__("This was already recorded; nothing was stored twice.")


class KeyReused(Exception):
    """One submission key was sent with two different contents."""

    def __init__(self) -> None:
        super().__init__("This form was already sent with other answers. Open the page again and send it once.")


class LogUnavailable(Exception):
    """The audit could not be written, so nothing may be shown or stored."""


class Conflict(Exception):
    """Somebody else saved the same thing first; both values are kept for a person to choose."""

    def __init__(self, what: str, theirs: Mapping[str, object], version: int = 0):
        self.what, self.theirs, self.version = what, theirs, version
        super().__init__(f"{what} was changed by somebody else while you were writing.")


class NoWitness(RuntimeError):
    """A folder of witnesses was named in which there is none; the message says what a person has to do."""


class CannotBegin(RuntimeError):
    """A database without a log stands beside checkpoints of another one; the message says what a person has to do."""


class CannotMove(RuntimeError):
    """A volume of the log can be neither closed nor moved; the message says why, and what a person has to do."""
