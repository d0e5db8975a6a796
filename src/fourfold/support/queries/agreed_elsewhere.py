"""What was agreed with a victim in another of their cases: it binds here too, until the victim's word ends it.

Of a case that is shut to the reader they learn what binds, and whether it is closed: without that, nobody could say how
a victim may be reached, or whom to ask. What stands behind a wall of theirs binds, and is not shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown
from fourfold.cases.queries.vain import references_of
from fourfold.cases.terms import ShownLevel, State
from fourfold.people.models import SafeContact
from fourfold.people.queries.contact import AgreedElsewhere, StandsBeside, elsewhere_of
from fourfold.people.queries.same_person import people_told
from fourfold.support.queries.rows import own_open, reads_contact
from fourfold.support.queries.values import BindsToo

_CLOSED = "whether a case is closed, and nothing else of it"


@dataclass(frozen=True)
class ToAgreeAnew:
    """An open case whose advocate has to ask the victim what holds now; `ours`: what was agreed in it stands no more.

    `ended_at`: when it ended in another case, None also where a wall hides which. `since` tells nothing of that case.
    """

    reference: str
    level: ShownLevel
    since: datetime
    ours: bool
    ended_at: datetime | None = None


def binds_too(rows: Iterable[AgreedElsewhere], *, actor: Actor, at: datetime) -> tuple[BindsToo, ...]:
    """Return what binds besides a case's own agreement. Two statements; none for none."""
    every = tuple(rows)
    files = {row.case for row in every if row.case}
    if not every:
        return ()
    closed = _closed(files)
    references = references_of(files, actor=actor, at=at)
    return tuple(
        BindsToo(
            id=row.id,
            reference=references.get(row.case, "") if row.case else "",
            at=row.at,
            words=row.words,
            confirmed=row.confirmed,
            closed=row.case in closed,
            may_end=not row.confirmed or row.case is None or row.case in closed,
        )
        for row in every
    )


def agreements_to_renew(*, actor: Actor, at: datetime) -> tuple[ToAgreeAnew, ...]:
    """Return the advocate's own open cases in which they have to ask the victim what of it holds now.

    What binds was agreed in a case that is closed, or never confirmed, and the victim has confirmed nothing in this case
    since; or what was agreed in this case has ended by the victim's word in another. Nothing of what a wall keeps from the
    actor. Two statements where no victim was merged and nothing binds besides; and the log's. Empty for whoever may not
    read how a victim is reached.
    """
    if not (reads_contact(actor) and access_queries.may(actor, Permission.SAFE_CONTACT_SET)):
        return ()
    cases: list[Any] = own_open(actor, at)
    if not cases:
        return ()
    people = people_told({row.victim_id: row.merged for row in cases})
    beside = elsewhere_of({row.pk: row.victim_id for row in cases}, people, actor=actor, at=at)
    closed = _closed({each.case_file for one in beside.values() for each in one.besides})
    found = []
    for row in cases:
        one = beside[row.pk]
        old = [each.recorded_at for each in one.besides if _has_to_ask(each, one, closed)]
        since = one.lost_at or (one.lost.recorded_at if one.lost else min(old, default=None))
        if since is not None:
            level = level_shown(row.level, sees_risk=row.sees_risk)
            found.append(ToAgreeAnew(row.reference, level, since, ours=one.lost is not None, ended_at=one.lost_at))
    if found:
        shown = {str(Compartment.VICTIM_CONTACT)}
        audit.consulted(actor, "agreements.to_renew", at=at, compartments=shown, count=len(found))
    return tuple(sorted(found, key=lambda each: (each.since, each.reference)))


def _has_to_ask(old: SafeContact, one: StandsBeside, closed: dict[UUID, datetime | None]) -> bool:
    """Return whether the victim's word may end what was agreed elsewhere, and was not asked in this case since it may."""
    may_end_since = old.recorded_at
    if old.confirmed_at and old.case_file:
        if old.case_file not in closed:
            return False
        closed_at = closed[old.case_file]
        if closed_at is None:
            return True
        may_end_since = max(may_end_since, closed_at)
    return one.confirmed_at is None or one.confirmed_at < may_end_since


def _closed(files: Iterable[UUID | None]) -> dict[UUID, datetime | None]:
    """Return which of some cases are closed, with when; None where that was not kept, and of one that was disposed of."""
    wanted = [file for file in files if file]
    if not wanted:
        return {}
    last = Max("states__entered_at", filter=Q(states__state=State.CLOSED))
    rows = Case.objects.unscoped(_CLOSED).filter(pk__in=wanted).annotate(closed_at=last)
    found = {pk: (state, closed_at) for pk, state, closed_at in rows.values_list("pk", "state", "closed_at")}
    gone = (State.CLOSED, None)
    return {file: found.get(file, gone)[1] for file in wanted if found.get(file, gone)[0] == State.CLOSED}
