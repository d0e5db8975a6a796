"""Agencies' systems: what was asked for, which stand, and as whom one acts that showed its secret or a token."""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from fourfold.access import employing, queries, seconds
from fourfold.access.askers import Needs
from fourfold.access.models import AgencySystem, Webhook
from fourfold.access.signatories import records_of, why_not_second
from fourfold.access.terms import Permission, Purpose, existing
from fourfold.access.terms.systems import TOKEN_LASTS, Capability, NotTheirs, System
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor

_PEOPLE = ("asked_by", "answered_by", "ended_by")
_ASK = (Permission.ACCOUNT_CONFIRM, Permission.ACCOUNT_MANAGE)
NOT_IN_USE = "This system is not in use. Its secret would open nothing."
CONFIRMED = "You confirmed this system, so somebody else of the agency makes its secret."
OTHERS = "Only somebody of the agency makes the secret of its system. Ask one of its leads."


def systems_of(*, actor: Actor, partner: str) -> tuple[System, ...]:
    """Return the systems of an agency, the last asked for first, for who keeps accounts or leads it, or raise NotFound."""
    employing.require_sight(actor, partner)
    rows = AgencySystem.objects.filter(partner=partner).select_related(*_PEOPLE)
    return tuple(shown(row, actor) for row in rows.order_by("-asked_at", "pk"))


def system(identifier: UUID, *, actor: Actor) -> System:
    """Return one of them, or raise NotFound."""
    row = existing(AgencySystem.objects.select_related(*_PEOPLE).filter(pk=identifier).first())
    employing.require_sight(actor, row.partner)
    return shown(row, actor)


def why_no_secret(row: AgencySystem | Webhook, actor: Actor, *, at: datetime) -> str | None:
    """Return why the actor cannot make a system's secret, or its webhook's, or None: who may ask for it, in the agency, and did not confirm it.

    Whoever holds the secret reads what the system reads, so nobody outside the agency does, and nobody by their word alone.
    """
    if row.answered_by_id is None or not row.runs:
        return NOT_IN_USE
    if actor.partner != row.partner or not any(queries.may(actor, each) for each in _ASK):
        return OTHERS
    return why_not_second(row.answered_by_id, actor, at=at, same=CONFIRMED, agency=row.partner, asks=False)


def who_makes_secret(identifier: UUID, *, actor: Actor, at: datetime) -> seconds.Seconds | None:
    """Return who could make a system's secret today; None where the actor could, or it is not in use. Or raise NotFound."""
    row = AgencySystem.objects.get(pk=system(identifier, actor=actor).id)
    if why_no_secret(row, actor, at=at) in (None, NOT_IN_USE):
        return None
    return makers(row.partner, row.answered_by_id, actor=actor, at=at)


def who_would_make_secret(partner: str, *, actor: Actor, at: datetime) -> seconds.Seconds:
    """Return who could make the secret of an agency's system today if the actor confirmed it."""
    return makers(partner, actor.staff, actor=actor, at=at)


def makers(partner: str, confirmed_by: UUID | None, *, actor: Actor, at: datetime) -> seconds.Seconds:
    needs = (Needs(each) for each in _ASK)
    return seconds.who_could(*needs, actor=actor, agency=partner, asked_by=confirmed_by, at=at)


def to_confirm(*, actor: Actor) -> Iterable[System]:
    """Return what waits for the actor, who leads the agency and did not ask for it; one statement."""
    rows = AgencySystem.objects.filter(partner=actor.partner, answered_at__isnull=True, ended_at__isnull=True)
    rows = rows.exclude(asked_by__in=records_of(actor)).select_related(*_PEOPLE).order_by("asked_at", "pk")
    return [shown(row, actor) for row in rows] if employing.leads(actor, actor.partner) else []


def shown(row: AgencySystem, actor: Actor) -> System:
    """Return a row as a value, its people joined."""
    return System(
        *(row.pk, row.site, row.partner, row.name),
        capabilities=tuple(each for each in Capability if each in row.capabilities),
        reason=row.reason,
        asked_by=row.asked_by.name,
        asked_by_id=row.asked_by_id,
        asked_at=row.asked_at,
        mine=row.asked_by.natural == actor.person,
        answered_by=row.answered_by.name if row.answered_by else "",
        answered_at=row.answered_at,
        refused_because=row.refused_because,
        secret_made_at=row.secret_made_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by.name if row.ended_by else "",
        staff=row.staff_id,
    )


# ---- by what a system is known


def mark(kind: str, *parts: object, epoch: int | None = None) -> str:
    """Return what is kept of a secret, or signs a token, by a key that the database does not hold: the last root key, or that of an epoch."""
    keys = audit.keyring()
    said = ".".join(map(str, parts)).encode()
    return keys.commitment(f"access.agencysystem.{kind}", said, epoch or keys.epoch)


def token_for(identifier: str, secret: str, *, at: datetime) -> str:
    """Return a token for a system that showed its secret; nothing is kept of it. Raises NotTheirs."""
    row = _running(identifier)
    if not hmac.compare_digest(row.secret_mark, mark("secret", row.pk, secret, epoch=1)):
        raise NotTheirs
    until = int((at + TOKEN_LASTS).timestamp())
    return f"{row.pk}.{until}.{mark('token', row.pk, until, row.secret_mark)}"


def acting(token: str, *, at: datetime) -> tuple[Actor, System]:
    """Return as whom a system acts that showed a token, as it stands at this moment, or raise NotTheirs. Three statements."""
    identifier, _, rest = token.partition(".")
    until, _, signed = rest.partition(".")
    row = _running(identifier)
    if not (until.isascii() and until.isdigit() and len(until) < 12):
        raise NotTheirs
    good = hmac.compare_digest(signed.encode(), mark("token", row.pk, until, row.secret_mark).encode())
    if not good or datetime.fromtimestamp(int(until), UTC) <= at or row.staff is None:
        raise NotTheirs
    actor = acts_as(row, at=at)
    if not actor.active:
        raise NotTheirs
    return actor, shown(row, actor)


def acts_as(row: AgencySystem, *, at: datetime) -> Actor:
    """Return as whom a system acts at a moment."""
    if row.staff is None:
        raise NotTheirs
    return queries.actor_of(
        row.staff,
        at=at,
        session=f"system {row.pk}"[:16],
        strength="client secret",
        client="network",
        purpose=Purpose.CASEWORK,
    )


def _running(identifier: str) -> AgencySystem:
    try:
        wanted = UUID(identifier)
    except ValueError as fault:
        raise NotTheirs from fault
    rows = AgencySystem.objects.select_related("staff", *_PEOPLE).filter(ended_at__isnull=True)
    row = rows.filter(pk=wanted, staff__isnull=False).exclude(secret_mark="").first()
    if row is None:
        raise NotTheirs
    return row
