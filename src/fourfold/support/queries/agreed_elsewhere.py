"""What was agreed with a victim in another of their cases: it binds here too, until the victim's word ends it.

Of a case that is shut to the reader they learn what binds, and whether it is closed: without that, nobody could say how
a victim may be reached, or whom to ask. What stands behind a wall of theirs binds, and is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown, with_risk
from fourfold.cases.queries.vain import references_of
from fourfold.cases.terms import ShownLevel, State
from fourfold.people.queries.contact import AgreedElsewhere, elsewhere_of
from fourfold.people.queries.same_person import is_merged, people_told
from fourfold.support.queries.rows import own_files
from fourfold.support.queries.values import BindsToo

_CLOSED = "whether a case is closed, and nothing else of it"


@dataclass(frozen=True)
class ToAgreeAnew:
    """An open case whose advocate has to ask the victim what holds now; `ours`: what was agreed in it ended elsewhere."""

    reference: str
    level: ShownLevel
    since: datetime
    ours: bool


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

    What binds was agreed in a case that is closed, or never confirmed; or what was agreed in this case has ended by the
    victim's word in another. Nothing of what a wall keeps from the actor. Two statements where no victim was merged
    and nothing binds besides; and the log's.
    """
    if not access_queries.may(actor, Permission.SAFE_CONTACT_SET):
        return ()
    own = with_risk(Case.objects.visible_to(actor, at=at), actor, at).filter(pk__in=own_files(actor, at))
    open_now = own.exclude(state=State.CLOSED).annotate(merged=is_merged("victim"))
    cases: list[Any] = list(open_now.only("pk", "reference", "level", "victim_id"))
    if not cases:
        return ()
    people = people_told({row.victim_id: row.merged for row in cases})
    theirs, ended = elsewhere_of({row.pk: row.victim_id for row in cases}, people, actor=actor, at=at)
    closed = _closed({each.case_file for rows in theirs.values() for each in rows if each.case_file})
    found = []
    for row in cases:
        old = [
            each for each in theirs[row.pk] if not each.confirmed_at or not each.case_file or each.case_file in closed
        ]
        since = ended.get(row.pk) or min((each.recorded_at for each in old), default=None)
        if since is not None:
            level = level_shown(row.level, sees_risk=row.sees_risk)
            found.append(ToAgreeAnew(row.reference, level, since, ours=row.pk in ended))
    if found:
        shown = {str(Compartment.VICTIM_CONTACT)}
        audit.consulted(actor, "agreements.to_renew", at=at, compartments=shown, count=len(found))
    return tuple(sorted(found, key=lambda each: (each.since, each.reference)))


def _closed(files: Iterable[UUID | None]) -> set[UUID]:
    wanted = [file for file in files if file]
    rows = Case.objects.unscoped(_CLOSED).filter(pk__in=wanted, state=State.CLOSED)
    return set(rows.values_list("pk", flat=True)) if wanted else set()
