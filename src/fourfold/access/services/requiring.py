"""The one question that opens every write: may this person do this, here, to this file?"""

from datetime import datetime
from typing import overload
from uuid import UUID
from zoneinfo import ZoneInfo

from fourfold.access import employing, queries
from fourfold.access.terms import Compartment, Opened, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.words import sentence

LONDON = ZoneInfo("Europe/London")


@overload
def require(
    actor: Actor,
    permission: Permission,
    *,
    at: datetime,
    file: UUID,
    site: str | None = None,
    writes: Compartment | None = None,
    reads: Compartment | None = None,
    second: bool = False,
) -> Opened: ...


@overload
def require(actor: Actor, permission: Permission, *, at: datetime, site: str | None = None) -> None: ...


def require(
    actor: Actor,
    permission: Permission,
    *,
    at: datetime,
    site: str | None = None,
    file: UUID | None = None,
    writes: Compartment | None = None,
    reads: Compartment | None = None,
    second: bool = False,
) -> Opened | None:
    """Let the actor pass, or remember the refusal and raise: Refused for the role, NotFound for the file.

    With `file`, returns the file opened for this actor; `reads` and `writes` name the compartment that the act
    needs there.
    """
    opened = queries.opened(actor, file, at=at, second=second) if file is not None else None
    if not queries.may(actor, permission, site=site):
        audit.refused(actor, str(permission), at=at, rule="role", file=file)
        raise Refused(
            "role", sentence("Your role does not include: {1}.", permission.replace(".", " ").replace("_", " "))
        )
    readable, writable = (opened.readable, opened.writable) if opened else (frozenset(), frozenset())
    for compartment, allowed in ((reads, readable), (writes, writable)):
        if compartment is not None and compartment not in allowed:
            audit.refused(actor, str(permission), at=at, rule=f"compartment {compartment}", file=file)
            raise Refused("compartment", "This part of the file is not open to you.")
    return opened


def require_asker(actor: Actor, partner: str, at: datetime) -> None:
    """Let whoever keeps accounts, or leads the agency, ask."""
    if not employing.leads(actor, partner):
        require(actor, Permission.ACCOUNT_MANAGE, at=at)
