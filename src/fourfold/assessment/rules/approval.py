"""When an instrument that a unit brought in may be used: whose licence, whose approval, as of which day.

The rule in words. A measure that is free to use is active once its wording is brought in. Everything else needs a
licence that is on record and in force, and two different people who approve it. Nobody approves what they brought in
themselves, however often they brought it. Taking it out of use needs one person and a reason; approvals given before
that count no more. What a licence ended on a day, ended on that day: nobody has to switch anything off.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from fourfold.words import sentence

NEEDED = 2
"""How many different people approve what is not free to use."""


class CannotBring(ValueError):
    """Something cannot be brought in, approved or withdrawn; `field` names what to mend, the message says how."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class State(StrEnum):
    """Whether an instrument may be used at a site."""

    ACTIVE = "active"
    WAITING = "waits for approval"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class Signed:
    """Somebody signed something at a moment; `turn` is how often it had been withdrawn by then, `confirms` the proposed
    scores that they answer for."""

    by: UUID
    at: datetime
    turn: int = 0
    confirms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Granted:
    """A licence on record: the days on which it holds, both ends included, and when it is to be looked at again."""

    licensor: str
    reference: str
    granted_on: date
    expires_on: date | None
    review_on: date

    def holds(self, day: date) -> bool:
        return self.granted_on <= day and (self.expires_on is None or day <= self.expires_on)


@dataclass(frozen=True)
class Bringing:
    """All that the decision rests on. `errors` are findings that forbid use, in words, whoever approves."""

    brought: Signed
    free: bool
    licence_needed: bool
    licences: tuple[Granted, ...] = ()
    approvals: tuple[Signed, ...] = ()
    withdrawals: tuple[Signed, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether it may be used, and in words why not, or what it waits for."""

    state: State
    why: str = ""


def licence_in_force(licences: Iterable[Granted], day: date) -> Granted | None:
    holding = [licence for licence in licences if licence.holds(day)]
    return max(holding, key=lambda licence: licence.expires_on or date.max, default=None)


def approvers(bringing: Bringing, *, at: datetime) -> tuple[UUID, ...]:
    """Return the different people whose approval counts at this moment, in their order.

    An approval counts that was given since the last withdrawal, by somebody who did not bring the thing in.
    """
    return tuple(dict.fromkeys(one.by for one in _counting(bringing, at)))


def confirmed_scores(bringing: Bringing, *, at: datetime) -> frozenset[str]:
    """Return the proposed scores for which two different people answer at this moment."""
    by_person: dict[UUID, set[str]] = {}
    for one in _counting(bringing, at):
        by_person.setdefault(one.by, set()).update(one.confirms)
    named = Counter(score for scores in by_person.values() for score in scores)
    return frozenset(score for score, times in named.items() if times >= NEEDED)


def _counting(bringing: Bringing, at: datetime) -> list[Signed]:
    turn = withdrawals(bringing, at=at)
    return [
        one
        for one in sorted(bringing.approvals, key=lambda one: one.at)
        if one.at <= at and one.turn == turn and one.by != bringing.brought.by
    ]


def withdrawals(bringing: Bringing, *, at: datetime) -> int:
    """Return how often the thing had been withdrawn at this moment."""
    return sum(one.at <= at for one in bringing.withdrawals)


def is_withdrawn(bringing: Bringing, *, at: datetime) -> bool:
    """Return whether the thing is out of use because somebody withdrew it, and nobody approved since."""
    return withdrawals(bringing, at=at) > 0 and not approvers(bringing, at=at)


def standing(bringing: Bringing, *, at: datetime) -> Verdict:
    """Return whether what was brought in may be used at this moment, and if not, why."""
    if bringing.brought.at > at:
        return Verdict(State.INACTIVE, "It had not been added yet.")
    if bringing.errors:
        return Verdict(State.INACTIVE, f"It cannot be used, because of these problems: {' '.join(bringing.errors)}")
    if is_withdrawn(bringing, at=at):
        return Verdict(State.INACTIVE, f"It was withdrawn. {_again(bringing)}")
    if bringing.licence_needed and (why := why_no_licence(bringing.licences, at.date())) is not None:
        return Verdict(State.INACTIVE, why)
    if bringing.free:
        return Verdict(State.ACTIVE)
    missing = NEEDED - len(approvers(bringing, at=at))
    if missing > 0:
        words = "two different people" if missing == NEEDED else "one more person"
        return Verdict(State.WAITING, f"It needs approval by {words}.")
    return Verdict(State.ACTIVE)


def _again(bringing: Bringing) -> str:
    return "Add the wording again to use it." if bringing.free else "Two people must approve it again."


def why_no_licence(licences: Iterable[Granted], day: date) -> str | None:
    known = tuple(licences)
    if licence_in_force(known, day) is not None:
        return None
    ended = max((each.expires_on for each in known if each.expires_on and each.expires_on < day), default=None)
    if ended is not None:
        return sentence("The licence ended on {1}. Record the new one.", _day(ended))
    begins = min((each.granted_on for each in known), default=None)
    if begins is not None:
        return sentence("The licence begins on {1}.", _day(begins))
    return "No licence is on record. Record who granted it, until when, and the evidence."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def why_not_approve(bringing: Bringing, *, by: UUID, robot: bool, at: datetime) -> str | None:
    """Return why this person cannot approve now, or None where they can."""
    if robot:
        return "Only a person can approve. Sign in as a person, or name one with --as."
    if bringing.errors:
        return sentence("It cannot be used, because of these problems: {1}", " ".join(bringing.errors))
    if bringing.free:
        return "It is free to use, and needs no approval."
    if by == bringing.brought.by:
        return "You added it, so 2 other people must approve it."
    if len(approvers(bringing, at=at)) >= NEEDED:
        return "Two people have already approved it."
    if by in approvers(bringing, at=at):
        return "You have already approved it. Another person must give the second approval."
    if bringing.licence_needed:
        return why_no_licence(bringing.licences, at.date())
    return None


def why_not_licence(granted: Granted, evidence: str, evidence_sha256: str, *, on: date) -> tuple[str, str] | None:
    """Name the field of a licence record that cannot stand, and how to mend it; None: it stands."""
    if not granted.licensor.strip():
        return "licensor", "Enter who granted the licence."
    if not granted.reference.strip():
        return "reference", "Enter the licence number, or where to find it, such as the date of a letter."
    if granted.granted_on > on + timedelta(days=366):
        return "granted_on", "The licence begins more than a year from now. Check the first day."
    if granted.expires_on is not None and granted.expires_on < granted.granted_on:
        return "expires_on", "The licence ends before it begins. Correct one of the dates."
    if granted.review_on < granted.granted_on:
        return "review_on", "Enter a review date after the licence begins."
    if not evidence.strip():
        return "evidence", "Enter the name of the licence document, such as its file name."
    if len(evidence_sha256) != 64 or set(evidence_sha256) - set("0123456789abcdef"):
        return "evidence_sha256", "Enter the SHA-256 of the document: 64 digits and letters a to f."
    return None
