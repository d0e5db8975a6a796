"""Requests to open a sealed address, each on its case, for the two advocates who hold them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.people.models import AddressAsked
from fourfold.people.queries import safe_address as people
from fourfold.people.terms import AskedAddress
from fourfold.support.queries.rows import case_row


@dataclass(frozen=True)
class AddressRequest:
    """A request to open a sealed address, with the reference of its case."""

    reference: str
    asked: AskedAddress


@dataclass(frozen=True)
class AddressRequests:
    """The page on which the named advocate asks, with every request made before, the newest first."""

    case: UUID
    site: str
    reference: str
    requests: tuple[AskedAddress, ...]


def address_requests(*, actor: Actor, reference: str, at: datetime) -> AddressRequests:
    """Return the requests of a case to the named advocate, or raise NotFound, whoever else asks."""
    case = case_row(actor=actor, reference=reference, at=at)
    opened = access_queries.opened(actor, case.pk, at=at)
    if Compartment.SAFE_ADDRESS_SEALED not in opened.writable:
        audit.refused(actor, "safe_address.requests", at=at, rule="no permit for safe_address_sealed", file=case.pk)
        raise NotFound
    return AddressRequests(
        case.pk, case.site, case.reference, people.addresses_asked(actor=actor, opened=opened, at=at)
    )


def address_request(*, actor: Actor, reference: str, asked: UUID, at: datetime) -> AddressRequest:
    """Return one request of a case to the one who asked or to whoever may answer, or raise NotFound."""
    case = case_row(actor=actor, reference=reference, at=at)
    return AddressRequest(case.reference, people.address_asked(actor=actor, file=case.pk, asked=asked, at=at))


def address_request_row(*, actor: Actor, reference: str, asked: UUID, at: datetime) -> AddressAsked:
    """Return the request that a page is about to answer or to open, or raise NotFound."""
    return people.asked_row(actor=actor, file=case_row(actor=actor, reference=reference, at=at).pk, asked=asked, at=at)


def address_requests_to_act_on(*, actor: Actor, at: datetime) -> tuple[AddressRequest, ...]:
    """Return the requests that wait for the actor: to answer, or to open now. Three statements."""
    if not access_queries.may(actor, Permission.SAFE_ADDRESS_VIEW):
        return ()
    waiting = people.addresses_to_act_on(actor=actor, at=at)
    files = {one.file for one in waiting}
    references = dict(Case.objects.visible_to(actor, at=at).filter(pk__in=files).values_list("pk", "reference"))
    return tuple(AddressRequest(references[one.file], one) for one in waiting if one.file in references)
