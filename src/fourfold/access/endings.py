"""Who ends what others made: how many people, from when, who is the second, and until when a second word is waited for.

What two people made ends by two. What cannot wait for the second holds at once, says so, and falls where nobody stands by it.
The table, with what ends by one person and why, is docs/adr/0026-ended-by-two.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fourfold.access.signing import DAYS_ASKED
from fourfold.access.terms.endings import Ending, Second


@dataclass(frozen=True)
class How:
    """How something ends: by how many, whether it holds before the second has spoken, who that is, how long is waited."""

    people: int
    at_once: bool
    second: Second = Second.NOBODY
    waits: timedelta = timedelta()


#: How long a wall against somebody who works on a case stands on one person's word. Our own choice: a long weekend.
WALL_WAITS = timedelta(days=3)
ASKED_WAITS = timedelta(days=DAYS_ASKED)


def how(ending: Ending, *, own: bool = False, works_on_it: bool = True, agency: bool = False) -> How:
    """Return how something ends. `own`: who asks loses it themselves; `works_on_it`: who loses it has a part in the case;
    `agency`: a whole agency loses it, and its lead with it.
    """
    if ending in (Ending.CASE_PART, Ending.WALL) and own:
        return How(1, at_once=True)
    if ending is Ending.WALL:
        second = Second.OVERSIGHT if agency else Second.LEAD_OR_OVERSIGHT
        return How(2, True, second, WALL_WAITS) if works_on_it else How(1, at_once=True)
    second = {
        Ending.UNIT_ROLE: Second.LEAD,
        Ending.AGREEMENT: Second.LEAD_OR_OVERSIGHT,
        Ending.CASE_PART: Second.COLLEAGUE,
    }[ending]
    return How(2, False, second, ASKED_WAITS)


def why_not_end(begins: datetime, *, ends_at: datetime | None, at: datetime) -> str | None:
    """Return why a part or an agreement cannot end from a moment on, or None. What has happened is not taken back."""
    if begins < at:
        return "This day has passed. Give today's or a later one: what was read until now was read by right."
    if ends_at is not None and ends_at <= begins:
        return "It has ended by that day already."
    return None
