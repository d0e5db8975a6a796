"""What is known of one person and one file, by the rows that say it: on these facts it is decided what opens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Model, QuerySet, UUIDField

from fourfold.access import rules
from fourfold.access.models import Grant, Relation, Wall
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import parts_of, running, walls_against
from fourfold.access.signatories import records_of
from fourfold.access.statements import ASKS, FILE, Blank, Statement, asked_by
from fourfold.access.terms import (
    KEPT_OUT,
    OWN_COMPARTMENTS,
    Access,
    Compartment,
    PartnerKind,
    Purpose,
    RelationKind,
    Role,
    Side,
    day_of,
)
from fourfold.audit.terms import Actor


def is_open(facts: dict[str, Any], compartment: Compartment, access: Access) -> bool:
    return any(rules.why_not(fact_of(facts, compartment, access, side)) is None for side in sides_of(compartment))


def sides_of(compartment: Compartment) -> tuple[Side, ...]:
    return (Side.VICTIM, Side.SUBJECT) if compartment is Compartment.CLINICAL else (Side.NONE,)


def fact_of(facts: dict[str, Any], compartment: Compartment, access: Access, side: Side) -> rules.Facts:
    rest = {name: value for name, value in facts.items() if name not in ("agreed", "as_of", "rests")}
    return rules.Facts(
        **rest, compartment=compartment, side=side, access=access, agreement=compartment in facts["agreed"]
    )


def facts_of(
    actor: Actor, file: UUID, at: datetime, second: bool, held: Held, also_from: Iterable[UUID]
) -> dict[str, Any]:
    kind = PartnerKind(actor.partner_kind)
    asked = {**asked_by(actor, at), "file": file}
    named = _named.rows(asked)
    relations = frozenset(RelationKind(part.kind) for part in named)
    by_kind = {part.kind: part.handed_at for part in named}
    handed = [*held.handed, *(when for kind, when in by_kind.items() if RelationKind(kind) not in KEPT_OUT)]
    files = {f"file_{number}": each for number, each in enumerate((file, *also_from))}
    walled = bool(_walls_around(len(files)).rows(asked | files))
    return {
        "roles": frozenset(Role(role) for role in actor.roles),
        "partner_kind": kind,
        "active": actor.active,
        "vouched": actor.vouched,
        "trained": actor.trained,
        "cleared": actor.cleared,
        "second_factor": actor.strength != "password",
        "purpose": Purpose(actor.purpose) if actor.purpose else None,
        "team": held.team,
        "relations": relations,
        "agreed": held.covered | (OWN_COMPARTMENTS.get(kind, frozenset()) if held.team or relations else frozenset()),
        "walled": walled,
        "second": second,
        "as_of": max(filter(None, handed)) if handed and None not in handed else None,
        "rests": [*held.rests, *named],
    }


@Statement
def _named() -> QuerySet[Relation]:
    return Relation.objects.filter(running(ASKS.at), parts_of(ASKS), file=FILE)


@lru_cache(maxsize=32)
def _walls_around(files: int) -> Statement[tuple[UUID]]:
    """Return the statement of one wall against the asker around so many files, `file_0` and on."""
    around = [Blank(f"file_{number}", UUIDField()) for number in range(files)]
    mine = walls_against(records_of(ASKS), ASKS.partner)
    return Statement(lambda: Wall.objects.filter(running(ASKS.at), mine, file__in=around).values_list("pk")[:1])


class Held(NamedTuple):
    """Whether the actor's unit holds a file, which compartments an agreement in force covers, of each grant when the file
    was handed to another unit, and the rows that say so.
    """

    team: bool
    covered: frozenset[Compartment]
    handed: list[datetime | None]
    rests: list[Model]


def held_of(actor: Actor, file: UUID, at: datetime) -> Held:
    team, mask, sites = False, 0, casework_sites(actor)
    handed: list[datetime | None] = []
    rests: list[Model] = []
    day = day_of(at)
    for grant in _grants.rows({"file": file, "partner": actor.partner, "at": at}):
        agreement = grant.agreement
        if agreement is None or (
            agreement.starts_on <= day <= agreement.ends_on and (agreement.ended_at is None or agreement.ended_at > at)
        ):
            mask |= grant.compartments
            if grant.site in sites:  # an agreement with another unit opens nothing anew to the one that handed over
                team = True
                handed.append(grant.handed_at)
            rests += [grant] if agreement is None else [grant, agreement]
    return Held(team, compartments_in(mask), handed, rests)


@Statement
def _grants() -> QuerySet[Grant]:
    rows = Grant.objects.filter(running(ASKS.at), file=FILE, partner=ASKS.partner)
    return rows.select_related("agreement")


def compartments_in(mask: int) -> frozenset[Compartment]:
    return frozenset(c for c in Compartment if c.bit & mask)
