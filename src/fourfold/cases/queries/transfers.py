"""Cases offered from unit to unit: what the receiver may read before it answers, and what became of each offer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.scoping import ScopedQuerySet, walled_off
from fourfold.access.statements import composed, composed_in
from fourfold.access.terms import Compartment, Opened, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, TransferAsked
from fourfold.cases.queries.level_shown import risk_of, with_risk
from fourfold.cases.queries.values import Change
from fourfold.cases.terms import OfferState, ShownLevel
from fourfold.programme import queries as programme
from fourfold.words import sentence, together

_OWN = "what the unit offered stays its own, also once another has the case: reference, level then, answer"
_TO_ANSWER = "the receiving unit reads an offer before it may open the case: reference, level, reason"


@dataclass(frozen=True)
class Offer:
    """A case that one unit offers to another, as either reads it; no name stands in it.

    `answered_at` is None while it waits; `until` is until when the first unit may still read, once it is taken.
    """

    id: UUID
    reference: str
    from_site: str
    to_site: str
    level: ShownLevel
    reason: str
    asked_at: datetime
    asked_by: str
    answered_at: datetime | None
    answered_by: str
    state: OfferState
    answer: str
    until: datetime | None


OFFER = Projection(
    Offer,
    TransferAsked,
    reference="case__reference",
    level="case__level",
    asked_at="recorded_at",
    asked_by=Staff("recorded_by"),
    answered_by=Staff("answered_by"),
    state=Through(rules.offer_state, "answered_at", "accepted"),
    until="handed_over_at",
)


def offers_to_answer(*, actor: Actor, at: datetime) -> tuple[Offer, ...]:
    """Return what other units offer to the actor's, the oldest first. Three statements and the log's.

    A case around which a wall stands against the actor is not there.
    """
    return _offers(_to_answer(actor, at), actor, "transfer.to_answer", at)


def offers_made(*, actor: Actor, at: datetime) -> tuple[Offer, ...]:
    """Return what the actor's unit offered to others, the latest first. Three statements and the log's."""
    rows = with_risk(_not_behind_walls(TransferAsked.objects.unscoped(_OWN), actor, at), actor, at)
    rows = rows.filter(from_site__in=sorted(actor.sites))
    return _offers(OFFER.only(rows.order_by("-recorded_at", "id"))[:WHOLE], actor, "transfer.made", at)


def offer_to_answer(*, actor: Actor, asked: UUID, at: datetime) -> TransferAsked:
    """Return an offer that waits for the actor's unit, or raise NotFound."""
    return existing(_waiting_for(actor, at).select_related("case__victim", "case__subject").filter(pk=asked).first())


def offer_answered(*, actor: Actor, asked: UUID, at: datetime) -> Offer | None:
    """Return an offer to the actor's unit that was answered or taken back, or None. Three statements and the log's."""
    rows = _offered_to(actor, at).filter(pk=asked, answered_at__isnull=False)
    return next(iter(_offers(OFFER.only(rows)[:WHOLE], actor, "transfer.answered", at)), None)


def offer_to_withdraw(*, actor: Actor, asked: UUID, at: datetime) -> TransferAsked:
    """Return an offer of the actor's unit that was not answered yet, or raise NotFound."""
    rows = TransferAsked.objects.visible_to(actor, at=at).filter(answered_at__isnull=True)
    return existing(rows.select_related("case").filter(pk=asked, from_site__in=sorted(actor.sites)).first())


def waiting_offer(opened: Opened) -> UUID | None:
    rows = TransferAsked.objects.of(opened).filter(answered_at__isnull=True)
    return rows.values_list("pk", flat=True).first()


def transfer_changes(opened: Opened) -> Iterator[Change]:
    """Yield what a case's history says of its way from unit to unit. Two statements where there was any."""
    rows = _of_case(opened)
    if not rows:
        return
    names = access_queries.names_of(who for row in rows for who in (row.recorded_by, row.answered_by) if who)
    for row in rows:
        way = sentence("from {1} to {2}", programme.name_of(row.from_site), programme.name_of(row.to_site))
        yield Change(row.recorded_at, sentence("Offered {1}", way), names.get(row.recorded_by, ""), row.reason)
        if row.answered_at is not None:
            said = together(" ", (rules.offer_state(row.answered_at, row.accepted).label, way))
            yield Change(row.answered_at, said, names.get(row.answered_by, "") if row.answered_by else "", row.answer)


@composed_in
def _of_case(opened: Opened) -> QuerySet[TransferAsked]:
    return TransferAsked.objects.of(opened)


@composed
def _to_answer(actor: Actor, at: datetime) -> QuerySet[Any]:
    return OFFER.only(_waiting_for(actor, at).order_by("recorded_at", "id"))[:WHOLE]


def _waiting_for(actor: Actor, at: datetime) -> QuerySet[TransferAsked]:
    return _offered_to(actor, at).filter(answered_at__isnull=True)


def _offered_to(actor: Actor, at: datetime) -> ScopedQuerySet[TransferAsked]:
    mine = [site for site in sorted(actor.sites) if access_queries.may(actor, Permission.CASE_TRANSFER, site=site)]
    rows = TransferAsked.objects.unscoped(_TO_ANSWER).filter(to_site__in=mine)
    return _not_behind_walls(rows, actor, at)


def _not_behind_walls(rows: ScopedQuerySet[TransferAsked], actor: Actor, at: datetime) -> ScopedQuerySet[TransferAsked]:
    case = Case.objects.unscoped(_TO_ANSWER).filter(pk=OuterRef("case"))
    walled = (case.filter(walled_off(actor, path, at=at)) for path in ("pk", "victim_id", "subject_id"))
    behind = Q()
    for each in walled:
        behind |= Q(Exists(each))
    return rows.exclude(behind)


def _offers(rows: Iterable[Any], actor: Actor, action: str, at: datetime) -> tuple[Offer, ...]:
    """Return offers as values; the level where the offer says it, or the risk of the case is open to its unit."""
    found = list(rows)
    names = access_queries.names_of(OFFER.staff_in(found))
    offers = tuple(
        OFFER(row, names=names, opened=risk_of(row) if hasattr(row, "sees_risk") else {Compartment.RISK})
        for row in found
    )
    audit.consulted(actor, action, at=at, compartments={"core", "risk"}, count=len(offers))
    return offers
