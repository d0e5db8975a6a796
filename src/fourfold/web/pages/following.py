"""After closing: what became of it, asked at three, six, twelve and twenty-four months."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, existing
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries.values import CaseHeader
from fourfold.cases.terms import Answer, State, WhatBecame
from fourfold.web.case_forms import case_form
from fourfold.web.case_frame import frame
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import Word, sentence

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
ANSWERS = [(each.value, Word(each.replace("_", " ").capitalize())) for each in Answer]


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def windows(request: Request, reference: str) -> HttpResponse:
    """Show the windows of a closed case: what was found, which is open now, which are still to come."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return page(
        request,
        "following/windows.html",
        frame=frame(header, "case:pattern", actor=request.actor, at=request.at),
        rows=cases.follow_ups_of(actor=request.actor, case_id=header.id, at=request.at),
        closed=header.state.state is State.CLOSED,
        may_record=access_queries.may(request.actor, Permission.REVIEW_RECORD, site=header.site),
    )


@requires(Permission.REVIEW_RECORD, compartments=SHOWN, resumes=True)
def record(request: Request, reference: str, window: UUID) -> HttpResponse:
    """Record the outcome of a case in one of its windows."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    rows = cases.follow_ups_of(actor=request.actor, case_id=header.id, at=request.at)
    row = existing(next((each for each in rows if each.id == window), None))

    def shows(form: Form) -> dict[str, Any]:
        if form.sent:
            _say_what_is_there(request, header, window, form)
        return {"row": row, "answers": ANSWERS}

    return case_form(
        request,
        header,
        "following/record.html",
        draft=WhatBecame,
        does=lambda became: services.record_follow_up(
            actor=request.actor,
            follow_up=cases.follow_up_to_record(
                actor=request.actor, case_id=header.id, follow_up=window, at=request.at
            ),
            became=became,
            at=request.at,
        ),
        then=to("case:follow_ups", reference=reference),
        shows=shows,
    )


def _say_what_is_there(request: Request, header: CaseHeader, window: UUID, form: Form) -> None:
    """Note on the form what a colleague has recorded of this window, where one has."""
    rows = cases.follow_ups_of(actor=request.actor, case_id=header.id, at=request.at)
    row = next((each for each in rows if each.id == window), None)
    if row is not None and row.done_at is not None:
        form.overtaken("This follow-up", by=row.done_by, at=row.done_at, row=row)


@kept(Permission.REVIEW_RECORD)
def follow_ups(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the windows after closing that are open and that nobody has answered."""
    return WorkRow(
        due_at=one.due_at,
        what=sentence("Follow up {1} months after closing: {2}", one.said["months"], one.victim),
        href=link_to("case:follow_up", reference=one.reference, window=one.about),
        why="follow-up window",
        case=one.reference,
    )


urlpatterns = [
    path("cases/<str:reference>/after/", windows, name="case:follow_ups"),
    path("cases/<str:reference>/after/<uuid:window>/", record, name="case:follow_up"),
]
