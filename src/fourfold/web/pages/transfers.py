"""Handing a case to another unit: offering it, answering an offer, and seeing what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold import journey
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import rules, services
from fourfold.programme import queries as programme
from fourfold.web.case_frame import frame
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, source

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
OFFERED = {Compartment.CORE, Compartment.RISK}


@requires(Permission.CASE_TRANSFER, compartments=SHOWN, resumes=True)
def ask(request: Request, reference: str) -> HttpResponse:
    """Offer the case to another unit, of which the victim was told; or take an offer back."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    waiting = cases.waiting_offer(header.opened)
    form = Form(request)
    if form.sent:
        with form.catching(), request.once(lambda _: to("transfers:list")):
            if waiting is None:
                _ask(request, reference, form)
            else:
                asked = cases.offer_to_withdraw(actor=request.actor, asked=waiting, at=request.at)
                services.withdraw_transfer(actor=request.actor, asked=asked, reason=form.text("answer"), at=request.at)
        if form.ok:
            return to("transfers:list")
    sites = programme.live_sites(request.at.date())
    return page(
        request,
        "transfers/ask.html",
        status=422 if form.problems else 200,
        frame=frame(header, "case:transfer", actor=request.actor, at=request.at),
        form=form,
        errors=form.problems,
        waiting=waiting,
        sites=[pair for pair in sites.items() if pair[0] != header.site],
        days=rules.HANDOVER.days,
    )


def _ask(request: Request, reference: str, form: Form) -> None:
    to_site = form.text("to_site", missing="Choose the unit")
    reason, told_at = form.text("reason"), form.moment("victim_told_at")
    if form.ok:
        journey.transfer_asked(
            actor=request.actor,
            case=cases.case_of(actor=request.actor, reference=reference, at=request.at),
            to_site=to_site,
            reason=reason,
            victim_told_at=told_at,
            at=request.at,
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
    """Take a case over for this unit, or decline it with the reason."""
    form = Form(request)
    before = cases.offer_answered(actor=request.actor, asked=asked, at=request.at) if form.sent else None
    if before is not None:
        return _answered_before(request, form, before)
    row = cases.offer_to_answer(actor=request.actor, asked=asked, at=request.at)
    if form.sent:
        said = form.text("accepts", missing="Say whether your unit takes the case")
        if form.ok:
            with form.catching(), request.once(lambda _: to("transfers:list")):
                services.answer_transfer(
                    actor=request.actor, asked=row, accepts=said == "yes", reason=form.text("reason"), at=request.at
                )
            if form.ok and said == "yes":
                return to("case:pattern", reference=row.case.reference)
        if form.ok:
            return to("transfers:list")
    offers = cases.offers_to_answer(actor=request.actor, at=request.at)
    return _answer(request, form, next(each for each in offers if each.id == asked))


def _answered_before(request: Request, form: Form, offer: cases.Offer) -> HttpResponse:
    """Show what somebody answered first beside what was about to be sent; a form sent twice leads to the list."""
    with request.once(lambda _: to("transfers:list")):
        form.overtaken("This offer", by=offer.answered_by, at=offer.answered_at)
        return _answer(request, form, offer)


def _answer(request: Request, form: Form, offer: cases.Offer) -> HttpResponse:
    return page(
        request,
        "transfers/answer.html",
        status=409 if form.conflict else 422 if form.problems else 200,
        value=offer,
        form=form,
        errors=form.problems,
        sites=programme.live_sites(request.at.date()),
        days=rules.HANDOVER.days,
    )


@source(Permission.CASE_TRANSFER)
def offers(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the cases that other units offer and nobody has answered yet."""
    for one in cases.offers_to_answer(actor=actor, at=at):
        yield WorkRow(
            due_at=one.asked_at + rules.HANDOVER / 14,
            what="Take over a case from another unit, or say why not",
            href=reverse("transfers:answer", kwargs={"asked": one.id}),
            why=f"offered by {one.asked_by}",
            level=one.level,
            mine=False,
        )


urlpatterns = [
    path("cases/<str:reference>/transfer/", ask, name="case:transfer"),
    path("transfers/", listing, name="transfers:list"),
    path("transfers/<uuid:asked>/", answer, name="transfers:answer"),
]
