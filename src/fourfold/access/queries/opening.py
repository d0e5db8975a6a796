"""What a file opens to whoever acts: asked once in a write, and looked at once more at its end."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from fourfold.access import rules
from fourfold.access.facts import Held, compartments_in, fact_of, facts_of, held_of, is_open, sides_of
from fourfold.access.models import Agreement, Grant, Relation, Staff, Wall
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import open_at_site
from fourfold.access.terms import (
    CLOSED_ONCE_HANDED,
    OWN_COMPARTMENTS,
    TEAM_COMPARTMENTS,
    Access,
    Compartment,
    NotFound,
    Opened,
    PartnerKind,
    RelationKind,
    Side,
)
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import asked_once


def opened(actor: Actor, file: UUID, *, at: datetime, second: bool = False, also_from: Iterable[UUID] = ()) -> Opened:
    """Open one file for one person, or raise NotFound, the same for absent, foreign and walled-off files.

    `second` says that a second person has approved; a sealed address needs it. `also_from` are files whose walls
    count too. Three statements, whatever the file. Every refusal is remembered.
    """
    around = tuple(also_from)

    def ask() -> Opened:
        return _opened(actor, file, at, facts_of(actor, file, at, second, held_of(actor, file, at), around))

    return _once(ask, (actor, file, at, second, around), Grant, Agreement)


def _once(ask: Callable[[], Opened], what: Hashable, *tables: type[Model]) -> Opened:
    """Open a file once in a write, and once more at its end: whom somebody walls off meanwhile keeps nothing."""

    def still(before: Opened) -> None:
        now = ask()
        pairs = zip(*((each.readable, each.writable, each.sides) for each in (now, before)), strict=True)
        if not all(then <= held for held, then in pairs):
            raise NotFound

    return asked_once(("opened", what), ask, Relation, Wall, Staff, *tables, again=still)


def explained(
    actor: Actor, file: UUID, access: Access, *, at: datetime, second: bool = False
) -> list[tuple[rules.Facts, str | None]]:
    """Return for each compartment (the clinical one once for each side) the facts used and which rule closes it.

    None stands for open. For auditors and for the command line: it says what the pages never say.
    """
    facts = facts_of(actor, file, at, second, held_of(actor, file, at), ())
    told = [fact_of(facts, c, access, side) for c in Compartment for side in sides_of(c)]
    return [(fact, rules.why_not(fact)) for fact in told]


def opened_at_site(actor: Actor, file: UUID, site: str, controller: str, *, at: datetime) -> Opened:
    """Open a record that belongs to a site's desk (an allegation, a person) for one person, or raise NotFound."""
    tables = () if controller == actor.partner else (Grant, Agreement)
    return _once(
        lambda: _opened_at_site(actor, file, site, controller, at), (actor, file, site, controller, at), *tables
    )


def _opened_at_site(actor: Actor, file: UUID, site: str, controller: str, at: datetime) -> Opened:
    by: list[Model] = []
    if controller == actor.partner:
        cover = TEAM_COMPARTMENTS | OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), frozenset())
    else:
        by = [*(rows := open_at_site(actor, file, site, at=at))]
        cover = frozenset[Compartment]().union(*(compartments_in(each.compartments) for each in rows))
    team = site in casework_sites(actor) and bool(cover)
    held = Held(team, cover if team else frozenset(), [], by)
    return _opened(actor, file, at, facts_of(actor, file, at, False, held, ()))


def _opened(actor: Actor, file: UUID, at: datetime, facts: dict[str, Any]) -> Opened:
    readable = frozenset(c for c in Compartment if is_open(facts, c, Access.READ))
    if Compartment.CORE not in readable:
        rule = rules.why_not(fact_of(facts, Compartment.CORE, Access.READ, Side.NONE)) or "closed"
        audit.refused(actor, "file.opened", at=at, rule=rule, file=file)
        raise NotFound
    writable = frozenset(c for c in Compartment if is_open(facts, c, Access.WRITE))
    relations, as_of = facts["relations"], facts["as_of"]
    if as_of is not None:
        readable, writable = readable - CLOSED_ONCE_HANDED, frozenset()
        audit.page_stood_at(as_of)
    audit.rests_on(*facts["rests"])
    sides = {Side.VICTIM: RelationKind.CLINICIAN_OF_VICTIM, Side.SUBJECT: RelationKind.CLINICIAN_OF_SUBJECT}
    return Opened(
        file=file,
        readable=readable,
        writable=writable,
        sides=frozenset(side for side, kind in sides.items() if kind in relations),
        relations=relations,
        as_of=as_of,
    )
