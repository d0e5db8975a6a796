"""Parts in cases: somebody else of the agency confirms each, the people of the case are told, the first is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import employing
from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.cases import services
from fourfold.cases.queries import parts as queries
from fourfold.cases.terms import Answer, PartAnswer
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, source
from fourfold.words import sentence

SOON = timedelta(days=2)


@requires(Permission.PART_CONFIRM)
def confirm(request: Request, asked: UUID) -> HttpResponse:
    """Confirm that a colleague takes a part in a case, or say why not."""
    value = queries.part_to_confirm(actor=request.actor, asked=asked, at=request.at)
    return form_page(
        request,
        "parts/confirm.html",
        draft=PartAnswer,
        does=lambda draft: services.answer_part(
            actor=request.actor,
            asked=asked,
            given=draft.given is Answer.YES,
            because=draft.because,
            at=request.at,
        ),
        then=to("home"),
        shows={"value": value},
    )


@requires(Permission.AUDIT_VIEW, methods=("GET",))
def first(request: Request) -> HttpResponse:
    """Show who was given a part in a case for the first time, and whom the host made; no file is opened."""
    return page(
        request,
        "parts/first.html",
        rows=queries.first_parts(actor=request.actor, at=request.at),
        hosts=employing.made_by_host(actor=request.actor, at=request.at),
    )


@source(Permission.PART_CONFIRM)
def parts(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the parts that wait for somebody else of the taker's agency, and who was given one in the reader's cases."""
    for one in queries.parts_of_the_day(actor=actor, at=at):
        yield _given(one) if one.answered_at else _waiting(one)


def _waiting(one: queries.PartShown) -> WorkRow:
    return WorkRow(
        due_at=one.asked_at + SOON,
        what=sentence("Confirm a part in a case: {1}, {2}", one.who, one.kind.words),
        href=reverse("parts:confirm", kwargs={"asked": one.id}),
        why=sentence("asked by {1}", one.asked_by),
        mine=True,
        detail=one.reference,
    )


def _given(one: queries.PartShown) -> WorkRow:
    return WorkRow(
        due_at=None,
        what=sentence("Somebody new works on this case: {1}, {2}", one.who, one.kind.words),
        href=reverse("case:pattern", kwargs={"reference": one.reference}),
        why=sentence("confirmed by {1}", one.answered_by),
        case=one.reference,
        mine=True,
    )


urlpatterns = [
    path("parts/<uuid:asked>/", confirm, name="parts:confirm"),
    path("oversight/first-parts/", first, name="parts:first"),
]
