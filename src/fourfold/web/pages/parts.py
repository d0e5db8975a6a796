"""Parts in cases: somebody else of the agency confirms each, the people of the case are told, the first is looked at."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import employing
from fourfold.access.terms import Permission, Role
from fourfold.access.terms.endings import Ending
from fourfold.audit.terms import Actor
from fourfold.cases import services
from fourfold.cases.queries import parts as queries
from fourfold.cases.terms import Answer, PartAnswer
from fourfold.duties.queries import anywhere
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.in_vain import in_vain, of_whom
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
            actor=request.actor, asked=asked, given=draft.given is Answer.YES, because=draft.because, at=request.at
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
        copied=employing.copied_passkeys(actor=request.actor, at=request.at),
    )


@source(Permission.PART_CONFIRM, there=anywhere.parts)
def parts(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the parts and ends that wait for the reader's word, and who was given one, or lost it, in the reader's cases."""
    opens = Role.AGENCY_LEAD not in actor.roles
    for one in queries.parts_of_the_day(actor=actor, at=at):
        if one.refused is not None:
            yield in_vain(one, opens=opens)
        elif isinstance(one, queries.EndTold):
            yield _to_end(one) if one.waits else _ended(one, opens=opens)
        else:
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


def _to_end(one: queries.EndTold) -> WorkRow:
    """Return what is to end by the reader's word."""
    return WorkRow(
        due_at=one.asked_at + SOON,
        what=sentence("Confirm or refuse: {1} ({2})", one.ending.words, of_whom(one)),
        href=reverse("ends:confirm", kwargs={"asked": one.id}),
        why=sentence("asked by {1}", one.asked_by),
        mine=True,
        decide=one.ending is Ending.WALL,
        detail=one.reference,
    )


def _ended(one: queries.EndTold, *, opens: bool) -> WorkRow:
    """Return who works no longer on a case, or is kept from it until a second person has spoken; a lead opens no case."""
    if one.ending is Ending.WALL:
        what = sentence("Kept from this case: {1}", of_whom(one))
    else:
        what = sentence("No longer has this part or role: {1}", of_whom(one))
    why = sentence("confirmed by {1}", one.answered_by) if one.answered_by else sentence("said by {1}", one.asked_by)
    shown = opens and bool(one.reference)
    return WorkRow(
        due_at=None,
        what=what,
        href=reverse("case:pattern", kwargs={"reference": one.reference}) if shown else reverse("agency:home"),
        why="the victim has no advocate in this case now" if one.last else why,
        case=one.reference if shown else "",
        detail="" if shown else one.reference,
        mine=True,
        rank=0 if one.last else 5,
    )


urlpatterns = [
    path("parts/<uuid:asked>/", confirm, name="parts:confirm"),
    path("oversight/first-parts/", first, name="parts:first"),
]
