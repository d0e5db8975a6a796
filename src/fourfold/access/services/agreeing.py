"""Agreements: asked for by one person, signed by another of the agency that they bind; nothing opens before."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError

from fourfold.access import agreeing, askers
from fourfold.access.askers import Needs
from fourfold.access.models import Agreement, AgreementAsked
from fourfold.access.services.grants import carry_on
from fourfold.access.services.requiring import require
from fourfold.access.terms import Compartment, Permission, bits, day_of, existing
from fourfold.access.terms.accounts import CannotTakeOn
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation

PASSED = "This day has passed. The agreement would open nothing."
WAITS = "An agreement with this partner waits for its signature already. It can be taken back first."
LAPSED = "nobody answered in time"
TAKEN_BACK = "taken back"


def ask_agreement(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    site: str,
    partner: str,
    signer: str,
    compartments: frozenset[Compartment],
    starts_on: date,
    ends_on: date,
    review_on: date,
    at: datetime,
) -> AgreementAsked:
    """Ask for what `partner` may read of the cases of `site`; the lead of `signer` signs it, and nothing opens before.

    Raises CannotTakeOn for one that would have ended already, or that waits already.
    """
    require(actor, Permission.AGREEMENT_MANAGE, at=at, site=site)
    if ends_on < day_of(at):
        raise CannotTakeOn("ends_on", PASSED)
    try:
        with audit.recorded(actor, "agreement.asked", at=at, operation=Operation.CONFIGURATION) as entry:
            _let_lapse(site, partner, at)
            asked = AgreementAsked(site=site, partner=partner, signer=signer, compartments=bits(compartments))
            asked.starts_on, asked.ends_on, asked.review_on = starts_on, ends_on, review_on
            asked.asked_by_id, asked.asked_at = actor.staff, at
            asked.save(force_insert=True)
            return entry.about(asked)
    except IntegrityError as waits:
        raise CannotTakeOn("partner", WAITS) from waits


def _let_lapse(site: str, partner: str, at: datetime) -> None:
    """Close what was asked of the same partner and waited too long, inside the write that asks it again."""
    same = AgreementAsked.objects.filter(site=site, partner=partner, answered_at__isnull=True)
    for row in same.exclude(pk__in=agreeing.waiting(at=at).values("pk")).select_for_update(of=("self",)):
        row.answered_at, row.given, row.refused_because = at, False, LAPSED
        row.save(update_fields=["answered_at", "given", "refused_because"])


def answer_agreement(*, actor: Actor, asked: UUID, given: bool, at: datetime, because: str = "") -> AgreementAsked:
    """Sign, as the lead of the agency that signs it, what somebody else asked for, or say why not.

    Raises NotFound where it does not wait for the actor, CannotTakeOn naming the field.
    """
    require(actor, Permission.AGREEMENT_CONFIRM, at=at)
    action = "agreement.signed" if given else "agreement.refused"
    with audit.recorded(actor, action, at=at, operation=Operation.CONFIGURATION) as entry:
        row = existing(agreeing.to_sign(actor, at=at).select_for_update(of=("self",)).filter(pk=asked).first())
        if not given and not because.strip():
            raise CannotTakeOn("because", "Say why not. Whoever asked will read it.")
        needs = Needs(Permission.AGREEMENT_MANAGE, row.site)
        by = {"agency": row.signer, "asked_at": row.asked_at}
        if why := askers.why_not_answer(row.asked_by_id, actor, needs, at=at, asks=given, **by):
            raise CannotTakeOn("given", why)
        if given and row.ends_on < day_of(at):
            raise CannotTakeOn("given", PASSED)
        entry.relies_on(row)
        if given:
            row.agreement = entry.about(_signed(row))
            for grant in carry_on(row.agreement, at=at):
                entry.about(grant)
        row.answered_by_id, row.answered_at, row.given, row.refused_because = actor.staff, at, given, because.strip()
        row.save(update_fields=["answered_by", "answered_at", "given", "refused_because", "agreement"])
        return entry.about(row)


def _signed(row: AgreementAsked) -> Agreement:
    days = {"starts_on": row.starts_on, "ends_on": row.ends_on, "review_on": row.review_on}
    return Agreement.objects.create(
        site=row.site, partner=row.partner, purposes=["casework"], compartments=row.compartments, **days
    )


def take_back_agreement(*, actor: Actor, asked: UUID, at: datetime) -> AgreementAsked:
    """Take back, as whoever asked and alone, an agreement that nobody has signed; or raise NotFound."""
    require(actor, Permission.SITE_VIEW, at=at)
    with audit.recorded(actor, "agreement.taken_back", at=at, operation=Operation.CONFIGURATION) as entry:
        row = existing(agreeing.mine(actor=actor, asked=asked, at=at).select_for_update(of=("self",)).first())
        row.answered_by_id, row.answered_at, row.given, row.refused_because = actor.staff, at, False, TAKEN_BACK
        row.save(update_fields=["answered_by", "answered_at", "given", "refused_because"])
        return entry.about(row)
