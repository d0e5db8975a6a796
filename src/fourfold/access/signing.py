"""Who may be the second of two people. Every act that takes two asks here, and compares nobody by itself.

One natural person is one person, whatever accounts or posts they hold. Whose account nobody of the agency has vouched
for, or not long enough ago, is not yet anybody who can sign; nor is whose training is over, or on no record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

SAME = "The second signature must be another person's. Ask a colleague who may sign."
NOT_YET = (
    "This account cannot sign yet. The lead of its agency must vouch for it, and {} days must pass after that. "
    "Ask another colleague."
)
UNTRAINED = (
    "Your training is over, or its last day is not on record, so you cannot sign. Another lead of your agency, or a lead of "
    "another agency of your unit, records it. Ask another colleague to sign."
)
ALIKE = (
    "Your record and the record of the first person look alike, and nobody has said whether you are two people. Ask a lead of "
    "your agency to say so on the page of its accounts, or ask another colleague to sign."
)
GONE = "Whoever asked for this no longer works here. Ask for it again yourself."
LAPSED = "This was asked for more than {} days ago. It has to be asked for again."
NOBODY = "Only a person who works here now can sign. Ask another colleague."
#: How long a request waits for its second signature, where it has no shorter time of its own.
DAYS_ASKED = 7

ANOTHER_AGENCY = "This needs somebody from another agency."


@dataclass(frozen=True)
class Signatory:
    """Somebody who signs: which natural person, for which agency, and whether a signature of theirs counts now."""

    person: UUID
    partner: str
    stands: bool = True
    works_here: bool = True
    trained: bool = True
    looks_like_first: bool = False


def stands_at(vouched_at: datetime | None, *, wait_days: int, at: datetime) -> bool:
    """Return whether somebody was vouched for so long ago that their account opens and signs; never vouched: no."""
    return vouched_at is not None and vouched_at + timedelta(days=wait_days) <= at


def is_another(one: object, other: object) -> bool:
    """Return whether two persons (`Actor.person`, never staff or accounts) are two."""
    return one != other


def why_not_second(
    first: Signatory,
    second: Signatory,
    *,
    wait_days: int,
    same: str = SAME,
    agency: str | None = None,
    not_agency: str | None = None,
    days_ago: float = 0,
) -> str | None:
    """Return why `second` cannot be the second person beside `first`, or None.

    `same` is said to one person who would be both. `agency` is the one whose people alone may sign, `not_agency` the
    one whose people may not. What was asked for too many `days_ago`, or by somebody who has left since, nobody signs.
    """
    if not is_another(first.person, second.person):
        return same
    if not first.works_here or days_ago > DAYS_ASKED:
        return LAPSED.format(DAYS_ASKED) if first.works_here else GONE
    if not second.works_here:
        return NOBODY
    if not second.stands:
        return NOT_YET.format(wait_days)
    if not second.trained:
        return UNTRAINED
    if second.looks_like_first:
        return ALIKE
    if agency is not None and second.partner != agency:
        return "Somebody else of the same agency must do this."
    return ANOTHER_AGENCY if not_agency is not None and second.partner == not_agency else None
