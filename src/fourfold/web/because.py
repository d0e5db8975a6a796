"""Why a review is due, in the language of the page: what our code composed is said, what a colleague typed is as typed."""

from __future__ import annotations

import re
from datetime import date

from fourfold.cases.terms import Trigger
from fourfold.orders.terms import ORDER_WORDS
from fourfold.words import MONTHS, Sentence, Word, day_said, named, sentence, together

EVENTS = tuple(trigger.value.replace("_", " ") for trigger in Trigger)
_EVENT = re.compile(rf"(?P<event>{'|'.join(EVENTS)})(?:, (?P<day>\d+ \w+ \d{{4}}))?(?:: (?P<typed>.+))?")
_ACT = re.compile(r"act of (?P<day>\d+ \w+ \d{4})")
_LEVEL = re.compile(r"level (?P<level>low|medium|high|very high)")
_ORDERS = "|".join(map(re.escape, ORDER_WORDS.values()))
_BREACH = re.compile(rf"breach of condition (?P<number>\d+), (?P<order>{_ORDERS})")
_WHOLE = {each: Word(each) for each in ("case opened", "agreed at the review", "agreed by the panel")}


def because(said: str, trigger: str) -> str:
    """Return the reason of a review, or what brought it about where nobody gave one; each part of it by itself."""
    if not said:
        return named(trigger)
    first, *before = said.split("; before that ")
    return together("; ", (_part(first), *(sentence("before that {1}", _part(each)) for each in before)))


def _part(said: str) -> str:
    """Return one part as a sentence of ours where it has the shape of one; else it is what somebody typed."""
    if said in _WHOLE:
        return _WHOLE[said]
    if found := _LEVEL.fullmatch(said):
        return sentence("level {1}", Word(found["level"]))
    if found := _BREACH.fullmatch(said):
        return sentence("breach of condition {1}, {2}", found["number"], Word(found["order"]))
    if (found := _ACT.fullmatch(said)) and (on := _day(found["day"])):
        return sentence("act of {1}", day_said(on))
    if found := _EVENT.fullmatch(said):
        return _event(found)
    return said


def _event(found: re.Match[str]) -> Sentence:
    event: Sentence = sentence("{1}", Word(found["event"]))
    if found["day"]:
        on = _day(found["day"])
        event = sentence("{1}, {2}", event, day_said(on) if on else found["day"])
    return sentence("{1}: {2}", event, found["typed"]) if found["typed"] else event


def _day(said: str) -> date | None:
    day, month, year = said.split()
    try:
        return date(int(year), MONTHS.index(Word(month)) + 1, int(day))
    except ValueError:  # no such month, or no such day in it
        return None
