"""Opening a sealed address: one advocate asks, another answers, and the first opens it once.

Every page here stands under *Exit this page* and carries a neutral title in the browser.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.duties.queries import anywhere
from fourfold.people import services as people
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.queries.safe_address import AddressRequests
from fourfold.support.terms import AddressAnswerDraft, AddressRequestDraft
from fourfold.web import worklist
from fourfold.web.form_pages import Nothing, form_page
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow
from fourfold.words import sentence

SEALED = {Compartment.CORE, Compartment.SAFE_ADDRESS_SEALED}


@requires(Permission.SAFE_ADDRESS_VIEW, compartments=SEALED)
def ask(request: Request, reference: str) -> HttpResponse:
    """Ask another advocate that the sealed address be opened; whether there is one, only this form may say."""
    value = queries.address_requests(actor=request.actor, reference=reference, at=request.at)
    return form_page(
        request,
        "support/ask.html",
        draft=AddressRequestDraft,
        does=lambda draft: support.ask_for_address(
            actor=request.actor,
            case=queries.case_row(actor=request.actor, reference=reference, at=request.at),
            at=request.at,
            **vars(draft),
        ),
        then=lambda row: _request(reference, row.pk),
        again=lambda about: _request(reference, about.id),
        shows={"value": value, "victim_page": True, "seconds": _who_answers(request, value)},
    )


def _who_answers(request: Request, value: AddressRequests) -> Seconds:
    """Return which other advocates could answer a request."""
    needs = Needs(Permission.SAFE_ADDRESS_VIEW, value.site, value.case)
    return who_could(needs, actor=request.actor, at=request.at)


@requires(Permission.SAFE_ADDRESS_VIEW, compartments=SEALED)
def answer(request: Request, reference: str, opening: UUID) -> HttpResponse:
    """Show a request to the one who asked; let a second advocate say yes or no to it, each in their own session."""
    return form_page(
        request,
        "support/request.html",
        draft=AddressAnswerDraft,
        does=lambda draft: people.answer_for_safe_address(
            actor=request.actor, asked=_asked(request, reference, opening), at=request.at, **vars(draft)
        ),
        then=_request(reference, opening),
        shows=lambda _: _request_shown(request, reference, opening),
    )


@requires(Permission.SAFE_ADDRESS_VIEW, compartments=SEALED, methods=("POST",))
def reveal(request: Request, reference: str, opening: UUID) -> HttpResponse:
    """Open the sealed address once: it stands in this answer and on no address that could be read again."""
    row = _asked(request, reference, opening)
    return form_page(
        request,
        "support/request.html",
        draft=Nothing,
        does=lambda _: people.reveal_safe_address(actor=request.actor, asked=row, at=request.at),
        then=lambda address: page(
            request, "support/revealed.html", reference=reference, address=address, victim_page=True
        ),
        again=lambda _: _request(reference, opening),
        shows=lambda _: _request_shown(request, reference, opening),
    )


def _asked(request: Request, reference: str, opening: UUID) -> Any:
    return queries.address_request_row(actor=request.actor, reference=reference, asked=opening, at=request.at)


def _request_shown(request: Request, reference: str, opening: UUID) -> dict[str, Any]:
    value = queries.address_request(actor=request.actor, reference=reference, asked=opening, at=request.at)
    return {"value": value, "victim_page": True}


def _request(reference: str, asked: UUID) -> HttpResponse:
    return to("support:request", reference=reference, opening=asked)


@worklist.source(Permission.SAFE_ADDRESS_VIEW, there=anywhere.addresses)
def addresses_asked(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sealed addresses that colleagues ask to open, and one's own that may be opened now."""
    for each in queries.address_requests_to_act_on(actor=actor, at=at):
        yield WorkRow(
            due_at=each.asked.until,
            what="Open what you asked for" if each.asked.mine else "A colleague needs a second advocate",
            href=reverse("support:request", kwargs={"reference": each.reference, "opening": each.asked.id}),
            why=sentence("{1} said yes", each.asked.answered_by) if each.asked.mine else f"{each.asked.asked_by} asks",
            case=each.reference,
            mine=True,
            decide=True,  # it is answered within hours and opened within minutes, or has to be asked for again
        )


urlpatterns = [
    path("cases/<str:reference>/victim/address/ask/", ask, name="support:ask"),
    path("cases/<str:reference>/victim/address/requests/<uuid:opening>/", answer, name="support:request"),
    path("cases/<str:reference>/victim/address/requests/<uuid:opening>/open/", reveal, name="support:reveal"),
]
