"""The second of two people, where the first has asked before: the first must still be let ask when the second answers.

Whoever lost the permission meanwhile, or was walled off, has asked for nothing: the request lapses, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries, signatories
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor

NO_LONGER = (
    "Whoever asked for this may not ask for it any more, so it has lapsed. Somebody else has to ask for it again."
)


@dataclass(frozen=True)
class Needs:
    """What who asks needs: a permission, at a site, in a file, and no wall before `apart`."""

    permission: Permission
    site: str | None = None
    file: UUID | None = None
    writes: Compartment | None = None
    reads: Compartment | None = None
    apart: tuple[UUID, ...] = ()


def why_not_answer(
    first: UUID, second: Actor, needs: Needs, *, at: datetime, asks: bool = True, **how: Any
) -> str | None:
    """Return why somebody cannot be the second person to what `first` asked for before, or None; see `signatories`.

    `asks` False: it is a no, for which nobody need be let ask any more.
    """
    if why := signatories.why_not_second(first, second, at=at, asks=asks, **how):
        return why
    return None if not asks or queries.still_may(first, at=at, **vars(needs)) else NO_LONGER
