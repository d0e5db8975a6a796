"""Agreements that were asked for: what waits for a lead's signature, and what of late nobody signed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access.endings import ASKED_WAITS
from fourfold.access.ends import TOLD_FOR
from fourfold.access.models import Agreement, AgreementAsked
from fourfold.access.paging import WHOLE
from fourfold.access.roles import permissions_of
from fourfold.access.signatories import records_of
from fourfold.access.terms import Compartment, NotFound, Permission, Role, day_of
from fourfold.access.terms.accounts import AgreementShown
from fourfold.audit.terms import Actor

ENDS_SOON = timedelta(days=90)


def waiting(*, at: datetime) -> QuerySet[AgreementAsked]:
    """Return what nobody has answered and still may be: what waited too long has to be asked for again."""
    return AgreementAsked.objects.filter(answered_at__isnull=True, asked_at__gte=at - ASKED_WAITS)


def to_sign(actor: Actor, *, at: datetime) -> QuerySet[AgreementAsked]:
    """Return what waits for this actor, who leads the agency that signs it and did not ask for it."""
    if Role.AGENCY_LEAD not in actor.roles:
        return AgreementAsked.objects.none()
    return waiting(at=at).filter(signer=actor.partner).exclude(asked_by__in=records_of(actor))


def in_vain(*, at: datetime) -> QuerySet[AgreementAsked]:
    """Return what was refused or taken back of late, or was answered by nobody in time."""
    said = Q(given=False, answered_at__gt=at - TOLD_FOR)
    lapsed = Q(answered_at__isnull=True, asked_at__lt=at - ASKED_WAITS, asked_at__gt=at - ASKED_WAITS - TOLD_FOR)
    return AgreementAsked.objects.filter(said | lapsed)


def mine_in_vain(*, actor: Actor, at: datetime) -> tuple[AgreementShown, ...]:
    """Return which of those the actor asked for and did not take back; one statement."""
    own = records_of(actor)
    rows = in_vain(at=at).filter(asked_by__in=own).exclude(answered_by__in=own, answered_by__isnull=False)
    return _shown(rows, actor, at)


def all_to_sign(*, actor: Actor, at: datetime) -> tuple[AgreementShown, ...]:
    """Return what waits for the actor as values; one statement."""
    return _shown(to_sign(actor, at=at), actor, at)


def one_to_sign(*, actor: Actor, asked: UUID, at: datetime) -> AgreementShown:
    """Return one of them, or raise NotFound."""
    found = _shown(to_sign(actor, at=at).filter(pk=asked), actor, at)
    if not found:
        raise NotFound
    return found[0]


def asked_at_site(site: str, *, actor: Actor, at: datetime) -> tuple[AgreementShown, ...]:
    """Return what waits in a unit, and what of late came to nothing, for whoever reads its people; one statement."""
    rows = AgreementAsked.objects.filter(Q(pk__in=waiting(at=at).values("pk")) | Q(pk__in=in_vain(at=at).values("pk")))
    return _shown(rows.filter(site=site), actor, at)


def _shown(rows: QuerySet[AgreementAsked], actor: Actor, at: datetime) -> tuple[AgreementShown, ...]:
    found = rows.select_related("asked_by", "answered_by").order_by("-asked_at", "pk")[:WHOLE]
    return tuple(_one(row, actor, at) for row in found)


def _one(row: AgreementAsked, actor: Actor, at: datetime) -> AgreementShown:
    waits_until = row.asked_at + ASKED_WAITS
    return AgreementShown(
        id=row.pk,
        site=row.site,
        partner=row.partner,
        signer=row.signer,
        opens=opens(row.compartments),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        review_on=row.review_on,
        asked_by=row.asked_by.name,
        asked_by_id=row.asked_by_id,
        asked_at=row.asked_at,
        waits_until=waits_until,
        answered_by=row.answered_by.name if row.answered_by else "",
        refused=row.refused_because if row.answered_at or waits_until < at else None,
        mine=row.asked_by.natural == actor.person,
    )


def ending(*, actor: Actor, at: datetime) -> QuerySet[Agreement]:
    """Return what ends within ninety days in the units of the actor's oversight, or ended as lately, and nothing follows."""
    sees = Permission.AGREEMENT_MANAGE
    sites = {site for site, role in actor.memberships if sees in permissions_of(frozenset({role}))}
    days = (day_of(at) - ENDS_SOON, day_of(at) + ENDS_SOON)
    found = Agreement.objects.filter(site__in=sites, ended_at__isnull=True)
    next_one = found.filter(site=OuterRef("site"), partner=OuterRef("partner"), ends_on__gt=OuterRef("ends_on"))
    return found.filter(~Exists(next_one), ends_on__range=days).order_by("ends_on", "site", "partner")


def opens(kept: int) -> tuple[str, ...]:
    """Return which compartments an agreement opens, as its bits keep them."""
    return tuple(each for each in Compartment if each.bit & kept)


def mine(*, actor: Actor, asked: UUID, at: datetime) -> QuerySet[AgreementAsked]:
    """Return what the actor asked for, where it waits."""
    return waiting(at=at).filter(pk=asked, asked_by__in=records_of(actor))
