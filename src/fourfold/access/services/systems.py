"""Agencies' systems: asked for by one person, confirmed by another of the agency, ended by either alone."""

import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from fourfold.access import employing, queries, signatories, systems
from fourfold.access.models import AgencySystem, Membership, Staff, Webhook
from fourfold.access.services.requiring import require, require_asker
from fourfold.access.terms import PartnerKind, Permission, Role, existing
from fourfold.access.terms.systems import CannotJoin, Capability
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation

TAKEN = "The agency has a system of this name in this unit, or has asked for one. Choose another name, or end that one."
LAPSED = "Whoever asked for this may not ask for it any more. Let somebody else ask for it again."


def ask_system(
    *,
    actor: Actor,
    partner: str,
    partner_kind: PartnerKind,
    site: str,
    name: str,
    capabilities: Collection[Capability],
    reason: str,
    at: datetime,
) -> AgencySystem:
    """Ask that a system of an agency is joined to a unit, as who keeps accounts or leads the agency. Raises CannotJoin."""
    require_asker(actor, partner, at)
    if not capabilities:
        raise CannotJoin("capabilities", "Choose what the system is for.")
    try:
        with audit.recorded(actor, "system.asked", at=at, operation=Operation.ADMINISTRATION) as entry:
            row = AgencySystem(site=site, partner=partner, partner_kind=partner_kind, name=name.strip())
            row.capabilities, row.reason = sorted(capabilities), reason.strip()
            row.asked_by_id, row.asked_at = actor.staff, at
            row.save(force_insert=True)
            return entry.about(row)
    except IntegrityError as there:
        raise CannotJoin("name", TAKEN) from there


def answer_system(*, actor: Actor, system: UUID, given: bool, because: str = "", at: datetime) -> AgencySystem:
    """Confirm, as the lead of the agency, a system that somebody else asked for, or say why not.

    Raises NotFound for another agency's, CannotJoin naming the field.
    """
    require(actor, Permission.ACCOUNT_CONFIRM, at=at)
    with audit.recorded(actor, "system.answered", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(system, partner=actor.partner)
        if row.answered_at is not None or row.ended_at is not None:
            raise CannotJoin("given", "Somebody has answered this already.")
        if not given and not because.strip():
            raise CannotJoin("because", "Say why not. Whoever asked will read it.")
        if why := why_not_confirm(row, actor, at, asks=given):
            raise CannotJoin("given", why)
        row.answered_by_id, row.answered_at = actor.staff, at
        if given:
            robot = Staff(name=row.name, partner=row.partner, partner_kind=row.partner_kind, robot=True)
            robot.save(force_insert=True)
            part = Membership(staff=robot, site=row.site, role=Role.AGENCY_SYSTEM, from_at=at)
            part.save(force_insert=True)
            row.staff = entry.about(robot)
        else:
            row.refused_because, row.ended_at = because.strip(), at
            row.ended_by_id = actor.staff
        row.save()
        return entry.about(row)


def why_not_confirm(row: AgencySystem | Webhook, actor: Actor, at: datetime, *, asks: bool) -> str | None:
    """Return why the actor is no second person to what was asked for a system, or None."""
    if asks:
        asker = queries.actor_of(row.asked_by, at=at, strength="signature", purpose="administration")
        if not (employing.leads(asker, row.partner) or queries.may(asker, Permission.ACCOUNT_MANAGE)):
            return LAPSED
    return signatories.why_not_second(
        row.asked_by_id, actor, at=at, agency=row.partner, asks=asks, asked_at=row.asked_at
    )


def make_secret(*, actor: Actor, system: UUID, at: datetime) -> str:
    """Return a new secret of a system, this once; one made before, and its tokens, open nothing. Raises NotFound, CannotJoin.

    To somebody of the agency alone, who did not confirm it; see `access.systems.why_no_secret`.
    """
    with audit.recorded(actor, "system.secret_made", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(system)
        employing.require_sight(actor, row.partner)
        if why := systems.why_no_secret(row, actor, at=at):
            raise CannotJoin("secret", why)
        secret = secrets.token_urlsafe(32)
        row.secret_mark, row.secret_made_at = systems.mark("secret", row.pk, secret, epoch=1), at
        row.save(update_fields=["secret_mark", "secret_made_at"])
        entry.about(row)
    return secret


def end_system(*, actor: Actor, system: UUID, at: datetime) -> AgencySystem:
    """End a system from its next request on, alone, as who keeps accounts or leads the agency; ended twice is once.

    One person is enough: a secret that got out cannot wait for a second. To join it again takes two. Raises NotFound.
    """
    with audit.recorded(actor, "system.ended", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(system)
        employing.require_sight(actor, row.partner)
        require_asker(actor, row.partner, at)
        if row.ended_at is None:
            row.ended_at, row.ended_by_id, row.secret_mark = at, actor.staff, ""
            row.save(update_fields=["ended_at", "ended_by", "secret_mark"])
            Membership.objects.filter(staff=row.staff_id, until_at__isnull=True).update(until_at=at)
            Staff.objects.filter(pk=row.staff_id).update(active=False)
        return entry.about(row)


def _held(system: UUID, **of: object) -> AgencySystem:
    rows = AgencySystem.objects.select_for_update(of=("self",)).select_related("asked_by")
    return existing(rows.filter(pk=system, **of).first())
