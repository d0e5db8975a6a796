"""What is asked after a case has closed, and when."""

from datetime import datetime

from fourfold.cases.rules.steps import Why, months_after
from fourfold.cases.terms import Answer, State, WhatBecame
from fourfold.words import sentence

WINDOWS = (3, 6, 12, 24)
"""Months after closing; the same for every site, or no site could be compared with another."""


def windows(closed_at: datetime) -> tuple[tuple[int, datetime], ...]:
    """Return the windows of a case that closed at this moment: how many months after it, and when each opens."""
    return tuple((months, months_after(closed_at, months)) for months in WINDOWS)


def why_not_follow_up(*, state: State, opens_at: datetime, settled: bool, became: WhatBecame, at: datetime) -> Why:
    """Return the field and reason for which the outcome of a case cannot be recorded, or None."""
    if settled:
        return (
            "summary",
            "Somebody has recorded this follow-up, or the case was closed again since. Open the case again.",
        )
    if state is not State.CLOSED:
        return "summary", "The case is open again: record a review instead."
    if opens_at > at:
        return "summary", sentence("You can record this follow-up from {1} {2}.", opens_at.day, f"{opens_at:%B %Y}")
    if not became.summary.strip():
        return "summary", "Say in a sentence what was asked, of whom, and what the answer was."
    if became.feels_safer is not Answer.NOT_KNOWN and became.victim_reached is not Answer.YES:
        return (
            "feels_safer",
            "The victim can answer this only if somebody reached them. Answer not known, or record that the victim was reached.",
        )
    return None
