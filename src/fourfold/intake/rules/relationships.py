"""What the words for a relationship mean, in which everybody writes them as they like."""

from __future__ import annotations

from fourfold.intake.terms import Told

FORMER = "former_partner"
_WORDS = {
    FORMER: "ex|ex partner|ex husband|ex wife|ex boyfriend|ex girlfriend|ex fiance|ex fiancee|ex civil partner"
    "|former partner|former husband|former wife|former boyfriend|former girlfriend|former spouse|former civil partner",
    "present_partner": "present partner|current partner|husband|wife|spouse|civil partner|boyfriend|girlfriend",
    "family": "family|relative|parent|child|father|mother|brother|sister|sibling|son|daughter|uncle|aunt|cousin"
    "|nephew|niece|grandfather|grandmother|stepfather|stepmother|stepson|stepdaughter",
    "acquaintance": "acquaintance|friend|former friend|neighbour|former neighbour|colleague|former colleague"
    "|work colleague|co worker|client|customer|patient|flatmate|tenant|landlord|student|pupil|teacher",
    "stranger": "stranger|unknown person",
}
_CODES = {word: code for code, said in _WORDS.items() for word in said.split("|")}
_ARTICLES = ("a ", "an ", "the ")


def relationship_meant(told: str, former_partner: bool | None) -> str:
    """Return what the subject is to the victim, as the first-line form asks it; "" where the words leave it open, and
    where the answer on a former partner denies them."""
    if former_partner:
        return FORMER
    words = " ".join(told.casefold().replace("-", " ").replace("é", "e").strip(" .,;").split())
    for article in _ARTICLES:
        words = words.removeprefix(article)
    code = _CODES.get(words, "")
    return "" if code == FORMER and former_partner is False else code


def is_former_partner(told: Told) -> bool | None:
    """Return whether the subject is a former partner: as it was answered; else yes where the words for the relationship
    say so, and not known."""
    if told.former_partner is None and told.subject.relationship:
        return relationship_meant(told.subject.relationship, None) == FORMER or None
    return told.former_partner
