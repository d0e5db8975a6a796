"""Handing a case to another unit: offering it, answering an offer, and seeing what became of each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold import journey
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor, Conflict
from fourfold.cases import queries as cases
from fourfold.cases import rules, services
from fourfold.cases.queries.seconds import who_could_take
from fourfold.cases.terms import OfferAnswer, OfferDraft, TakeBackDraft
from fourfold.duties.queries import anywhere
from fourfold.programme import queries as programme
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.form_pages import Nothing, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, source
from fourfold.words import sentence

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
OFFERED = {Compartment.CORE, Compartment.RISK}


@requires(Permission.CASE_TRANSFER, compartments=SHOWN, resumes=True)
def ask(request: Request, reference: str) -> HttpResponse:
    """Offer the case to another unit, of which the victim was told; or take an offer back."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    waiting = cases.waiting_offer(header.opened)

    def does(draft: Any) -> object:
        if waiting is None:
            case = case_row(request, reference)
            return journey.transfer_asked(actor=request.actor, case=case, at=request.at, **vars(draft))
        asked = cases.offer_to_withdraw(actor=request.actor, asked=waiting, at=request.at)
        return services.withdraw_transfer(actor=request.actor, asked=asked, at=request.at, **vars(draft))

    sites = programme.live_sites(request.at.date())
    asked_of = [site for site in sites if site != header.site]
    return case_form(
        request,
        header,
        "transfers/ask.html",
        tab="case:transfer",
        draft=OfferDraft if waiting is None else TakeBackDraft,
        does=does,
        then=to("transfers:list"),
        shows={
            "waiting": waiting,
            "sites": [pair for pair in sites.items() if pair[0] != header.site],
            "days": rules.HANDOVER.days,
            "seconds": who_could_take(header.opened, asked_of, actor=request.actor, at=request.at),
        },
    )


@requires(Permission.CASE_TRANSFER, compartments=OFFERED, methods=("GET",))
def listing(request: Request) -> HttpResponse:
    """Show what other units offer to this one, and what this one offered."""
    return page(
        request,
        "transfers/list.html",
        to_answer=cases.offers_to_answer(actor=request.actor, at=request.at),
        made=cases.offers_made(actor=request.actor, at=request.at),
        sites=programme.live_sites(request.at.date()),
    )


@requires(Permission.CASE_TRANSFER, compartments=OFFERED, resumes=True)
def answer(request: Request, asked: UUID) -> HttpResponse:
    """Take a case over for this unit, or decline it with the reason; what somebody answered first is shown beside it."""
    sent = request.method == "POST"
    before = cases.offer_answered(actor=request.actor, asked=asked, at=request.at) if sent else None
    row = None if before else cases.offer_to_answer(actor=request.actor, asked=asked, at=request.at)

    def does(draft: Any) -> Any:
        if before is not None or row is None:
            raise Conflict("This offer", {"by": before.answered_by, "at": before.answered_at} if before else {})
        return journey.people_left(
            actor=request.actor,
            does=lambda: services.answer_transfer(actor=request.actor, asked=row, at=request.at, **vars(draft)),
            at=request.at,
        )

    def shows(_: Form) -> dict[str, Any]:
        offers = [before] if before else cases.offers_to_answer(actor=request.actor, at=request.at)
        return {
            "value": next(each for each in offers if each.id == asked),
            "sites": programme.live_sites(request.at.date()),
            "days": rules.HANDOVER.days,
        }

    return form_page(
        request,
        "transfers/answer.html",
        draft=Nothing if before else OfferAnswer,
        does=does,
        then=lambda it: to("case:pattern", reference=it.case.reference) if it.accepted else to("transfers:list"),
        again=lambda _: to("transfers:list"),
        shows=shows,
    )


@source(Permission.CASE_TRANSFER, there=anywhere.offers)
def offers(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the cases that other units offer and nobody has answered yet."""
    for one in cases.offers_to_answer(actor=actor, at=at):
        yield WorkRow(
            due_at=one.asked_at + rules.HANDOVER / 14,
            what="Take over a case from another unit, or say why not",
            href=reverse("transfers:answer", kwargs={"asked": one.id}),
            why=sentence("offered by {1}", one.asked_by),
            level=one.level,
            mine=False,
        )


urlpatterns = [
    path("cases/<str:reference>/transfer/", ask, name="case:transfer"),
    path("transfers/", listing, name="transfers:list"),
    path("transfers/<uuid:asked>/", answer, name="transfers:answer"),
]
