"""The words of orders: kinds, steps, how one ends, and what must be decided after a breach."""

from __future__ import annotations

from enum import StrEnum


class OrderKind(StrEnum):
    """What kind of order or condition binds a subject."""

    SPO_INTERIM = "spo_interim"
    SPO = "spo"
    RESTRAINING = "restraining"
    NON_MOLESTATION = "non_molestation"
    BAIL = "bail"
    LICENCE = "licence"


ORDER_WORDS = {
    OrderKind.SPO_INTERIM: "interim stalking protection order",
    OrderKind.SPO: "stalking protection order",
    OrderKind.RESTRAINING: "restraining order",
    OrderKind.NON_MOLESTATION: "non-molestation order",
    OrderKind.BAIL: "police bail conditions",
    OrderKind.LICENCE: "licence conditions",
}


class Step(StrEnum):
    """The steps of an order, in their usual sequence; each is a dated row."""

    CONSIDERED = "considered"
    APPLIED = "applied"
    REFUSED = "refused"
    MADE = "made"
    SERVED = "served"
    NOTIFIED = "notified"
    VARIED = "varied"
    ENDED = "ended"


class EndedBy(StrEnum):
    """How an order ended; an interim order superseded by a later one is a normal end."""

    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DISCHARGED = "discharged"


class ConditionKind(StrEnum):
    """What a condition does."""

    PROHIBITION = "prohibition"
    REQUIREMENT = "requirement"


class BreachDecision(StrEnum):
    """What must be decided and dated after every breach."""

    ARREST = "arrest"
    CHARGE = "charge"
    VICTIM_TOLD = "victim_told"


class CannotOrder(ValueError):
    """The order cannot take this step; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
