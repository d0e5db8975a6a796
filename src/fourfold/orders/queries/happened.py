"""What happens with orders, breaches and custody, as the history of a case says it."""

from django.db.models import Q

from fourfold.cases.queries.happened import Happened, on_day, said_day, whether
from fourfold.orders.models import (
    Breach,
    BreachStanding,
    BreachStep,
    Custody,
    CustodyEnded,
    NotBreach,
    OrderStep,
    Untold,
    VictimTold,
)
from fourfold.orders.terms import BreachDecision, CustodyKind, OrderKind, Step
from fourfold.words import Word, sentence


def _step(kind: str, step: str) -> Word:
    return sentence("{1}: {2}", OrderKind(kind).words.begins(), Step(step).words)


def _telling(kind: str, about: str) -> Word:
    return sentence("Victim told of the {1}, before it is {2}", OrderKind(kind).words, Step(about).words)


def _untold(kind: str) -> Word:
    return sentence("Reason given for serving the {1} without telling the victim first", OrderKind(kind).words)


def _signed(kind: str) -> Word:
    return sentence("Signed that the {1} is served without telling the victim first", OrderKind(kind).words)


def _breach(number: str, kind: str, day: str) -> Word:
    return sentence("Breach of condition {1} of the {2} on {3}", number, OrderKind(kind).words, said_day(day))


def _standing(number: str, day: str, stands: str) -> Word:
    if stands == "yes":
        return sentence("Breach of condition {1} on {2} stands again", number, said_day(day))
    return sentence("Breach of condition {1} on {2} withdrawn", number, said_day(day))


def _decided(number: str, what: str, done: str) -> Word:
    said = Word("yes") if done == "yes" else Word("no")
    return sentence("After the breach of condition {1}: {2}, {3}", number, BreachDecision(what).words, said)


def _no_breach(kind: str, told_on: str) -> Word:
    return sentence("Act told on {2} found to be no breach of the {1}", OrderKind(kind).words, said_day(told_on))


def _held(kind: str) -> Word:
    return sentence("Subject {1}", CustodyKind(kind).words)


def _released(kind: str) -> Word:
    return sentence("Subject released: was {1}", CustodyKind(kind).words)


_OF_BREACH = "breach__condition__number"
KINDS = (
    Happened(OrderStep, "taken_at", _step, ("order__kind", "step"), why="reason"),
    Happened(VictimTold, "told_at", _telling, ("order__kind", "about")),
    Happened(Untold, "recorded_at", _untold, ("order__kind",), why="reason"),
    Happened(Untold, "signed_at", _signed, ("order__kind",), by="signed_by", where=Q(signed_at__isnull=False)),
    Happened(
        Breach, "recorded_at", _breach, ("condition__number", "condition__order__kind", on_day("happened_at"))
    ),
    Happened(
        BreachStanding, "recorded_at", _standing, (_OF_BREACH, on_day("breach__happened_at"), whether("stands")),
        why="reason",
    ),
    Happened(BreachStep, "decided_at", _decided, (_OF_BREACH, "what", whether("done")), why="reason"),
    Happened(
        NotBreach, "recorded_at", _no_breach, ("order__kind", on_day("allegation__told_at")), why="reason"
    ),
    Happened(Custody, "held_from", _held, ("kind",)),
    Happened(CustodyEnded, "released_at", _released, ("custody__kind",), why="reason"),
)  # fmt: skip
