"""What the desk asks of one report and of a whole course alike: FOUR, how it leaves, and to which case it is attached."""

from typing import Any

from fourfold.access.terms import Compartment, NotFound
from fourfold.cases import queries as cases
from fourfold.cases.terms import FOUR, CannotStep, Outcome
from fourfold.web.guard import Request
from fourfold.words import words

SHOWN = {Compartment.CORE, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
ASKED = (*FOUR, "immediate_danger", "known_to_staff")
#: What stands chosen before anybody was asked: whom the staff know is mostly known to nobody yet.
UNASKED = {"known_to_staff": "not_known"}
WORDS = words(
    {
        "fixated": "Fixated",
        "obsessive": "Obsessive",
        "unwanted": "Unwanted",
        "repeated": "Repeated",
        "immediate_danger": "Is somebody in immediate danger?",
        "known_to_staff": "Is the subject, or anyone close to them, known to somebody who works here?",
    }
)
OUTCOMES = words(
    {
        Outcome.ADVICE_ONLY: "Advice only",
        Outcome.CONSULTATION: "Consultation: the owner keeps the case",
        Outcome.PANEL: "Panel",
        Outcome.DIRECT_MANAGEMENT: "Direct management, from today",
        Outcome.REDIRECT: "Redirect to another service",
    }
)


def attached_to_case(request: Request, reference: str) -> Any:
    """Return the case to which an act is attached though it does not name its people; one that is not there is no choice."""
    if not reference:
        return None
    try:
        return cases.case_of(actor=request.actor, reference=reference.strip().upper(), at=request.at)
    except NotFound:
        raise CannotStep("case", "Choose one of the cases.") from None
