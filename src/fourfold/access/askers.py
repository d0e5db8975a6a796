"""The second of two people, where the first has asked before: the first must still be let ask when the second answers.

Whoever lost the permission meanwhile, or was walled off, has asked for nothing: the request lapses, and says so.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries, signatories
from fourfold.access.facts import facts_of, held_of, is_open
from fourfold.access.models import Staff
from fourfold.access.terms import Access, Compartment, Permission, Purpose
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
    return None if not asks or still_may(first, at=at, **vars(needs)) else NO_LONGER


def still_may(
    staff: UUID,
    permission: Permission,
    *,
    at: datetime,
    site: str | None = None,
    file: UUID | None = None,
    writes: Compartment | None = None,
    reads: Compartment | None = None,
    apart: Iterable[UUID] = (),
) -> bool:
    """Return whether who began something that counts only now may still begin it; no refusal is kept.

    `apart` are files of which no wall may stand before them, where none is opened as such.
    """
    who = Staff.objects.filter(pk=staff).first()
    if who is None:
        return False
    actor = queries.actor_of(who, at=at, strength="queued", purpose=Purpose.CASEWORK)
    needs = Needs(permission, site, file, writes, reads, tuple(apart))
    return may_now(actor, needs, at=at)


def may_now(actor: Actor, needs: Needs, *, at: datetime, kept_from: Collection[UUID] | None = None) -> bool:
    """Return the same of somebody whose roles were read at this moment, and perhaps the files from which a wall keeps them."""
    if not queries.may(actor, needs.permission, site=needs.site):
        return False
    if needs.apart and (
        queries.is_walled(actor, needs.apart, at=at)
        if kept_from is None
        else not set(needs.apart).isdisjoint(kept_from)
    ):
        return False
    if needs.file is None:
        return True
    facts = facts_of(actor, needs.file, at, False, held_of(actor, needs.file, at), ())
    wanted = [(Compartment.CORE, Access.READ), (needs.writes, Access.WRITE), (needs.reads, Access.READ)]
    return facts["as_of"] is None and all(is_open(facts, part, access) for part, access in wanted if part)
