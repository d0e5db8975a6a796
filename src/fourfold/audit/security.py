"""Which entries of the log are news to whoever watches over security: a stable name and how grave, and no value of anybody's.

The log is the one source: an entry is told of once it is kept. Names stay what they are from release to release.
"""

import logging
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fourfold.audit.commitments import keyring
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Operation
from fourfold.gateways import logs, meters


class Severity(StrEnum):
    """How soon somebody should look, as a SIEM sorts by it."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Event:
    """What is told of an entry."""

    name: str
    severity: Severity


#: So many rows shown at once are no page of a list.
MANY = 200
MASS_READING = Event("mass_reading", Severity.HIGH)
REFUSED = Event("access.refused", Severity.LOW)
LOG_BROKEN = Event("audit.finding", Severity.CRITICAL)
LOG_UNAVAILABLE = Event("audit.unavailable", Severity.CRITICAL)
#: By the rule that refused somebody.
BY_RULE = {
    "locked out": Event("sign_in.locked_out", Severity.MEDIUM),
    "copied passkey": Event("passkey.copied", Severity.HIGH),
    "too many reports of a system": Event("system.flood", Severity.HIGH),
    "issuer of another sign-in": Event("sign_on.issuer_forged", Severity.HIGH),
    "hostile endpoint": Event("contact.hostile", Severity.HIGH),
}
#: What is told of an act that was done, by how soon somebody should look.
_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
BY_ACT = {act: Event(name, Severity(severity)) for severity, acts in _TOLD.items() for act, name in acts.items()}
SIGN_IN_FAILED = Event("sign_in.failed", Severity.LOW)
EVENTS = (*BY_ACT.values(), *BY_RULE.values(), SIGN_IN_FAILED, REFUSED, MASS_READING, LOG_BROKEN, LOG_UNAVAILABLE)
LEVELS = {Severity.MEDIUM: logging.WARNING, Severity.HIGH: logging.ERROR, Severity.CRITICAL: logging.CRITICAL}


def event_of(draft: Draft) -> Event | None:
    """Return what is told of an entry, None where it is nothing but work."""
    if draft.operation == Operation.REFUSAL:
        by_rule = next((BY_RULE[rule] for rule in draft.rules if rule in BY_RULE), None)
        return by_rule or (SIGN_IN_FAILED if draft.action == "sign_in.failed" else REFUSED)
    if draft.operation == Operation.CONSULTATION and (draft.count or 0) >= MANY:
        return MASS_READING
    return BY_ACT.get(draft.action)


def tell(kept: Iterable[tuple[Draft, int]]) -> None:
    """Tell whoever watches of entries that are kept, each with its number."""
    for draft, entry in kept:
        if event := event_of(draft):
            told(event, entry=entry, rule=(*draft.rules, "")[0], who=hashed(draft.actor.staff.bytes))


def told(event: Event, **facts: object) -> None:
    """Write an event to where security events go, and count it."""
    level = LEVELS.get(event.severity, logging.INFO)
    logs.say(event.name, to=logs.SECURITY, level=level, severity=event.severity.value, **facts)
    meters.event(event.name, event.severity.value)


def hashed(staff: bytes) -> str:
    """Return what stands for somebody in lines outside the log: the same for the same person, and back to nobody without our keys."""
    return keyring().commitment("who in lines", staff)[:16]
