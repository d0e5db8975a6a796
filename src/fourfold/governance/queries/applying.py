"""An application for an order as a pack: each of its texts goes through the sieve, and a person decides what may stand."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.gateways.documents import Document
from fourfold.governance import packs
from fourfold.governance.queries.material import picture_lines
from fourfold.governance.rules.dangers import Entry, Sieve
from fourfold.orders import application
from fourfold.orders.application import Place
from fourfold.orders.models import Order
from fourfold.orders.queries.pack import notifies, pack_of
from fourfold.orders.terms import OrderKind


def application_document(actor: Actor, case: Case, order: UUID, sieve: Sieve, *, at: datetime) -> Document:
    """Return the application for an order of a case as its court is to read it, or raise NotFound."""

    def passes(text: str, place: Place) -> str:
        where = Entry(place.row, place.record, place.field, place.compartment)
        return sieve.through(text, replace(where, court=place.court, named=place.named, meant=place.meant))

    opened = access_queries.opened(actor, case.pk, at=at)
    pack = pack_of(actor=actor, opened=opened, order=order, applicant=case.controller, passes=passes, at=at)
    rows = [one.row for one in pack.evidence if one.row is not None]
    lines = picture_lines(pack.reference, rows, sieve)
    return application.document(replace(pack, pictures=tuple(packs.pictures(lines))))


def vocabulary(order: UUID, *, at: datetime) -> str:
    """Return the words that stand in every application for such an order, so that they give nobody away."""
    kind = OrderKind(Order.objects.unscoped("of a case that was opened").values_list("kind", flat=True).get(pk=order))
    blank = replace(application.blank(kind, at), notifies=notifies(kind, at))
    return " ".join(packs.texts(application.document(blank)))
