"""Ending what others made: the second person's answer, a request taken back, a part in a case, one's own."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access import services as access
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.access.terms.endings import EndAnswer, PartEndDraft
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries import ends as queries
from fourfold.cases.queries.seconds import who_could_end_part
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.form_pages import button, form_page
from fourfold.web.guard import Request, requires, to

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY}


@requires(Permission.ENDING_CONFIRM)
def confirm(request: Request, asked: UUID) -> HttpResponse:
    """Stand by an end that somebody else asked for, or say why not."""
    value, reference = queries.end_shown(actor=request.actor, asked=asked, at=request.at)
    return form_page(
        request,
        "ends/confirm.html",
        draft=EndAnswer,
        does=lambda draft: journey.people_left(
            actor=request.actor,
            does=lambda: services.answer_end(
                actor=request.actor, asked=asked, given=draft.given == "yes", because=draft.because, at=request.at
            ),
            at=request.at,
        ),
        then=to("home"),
        shows={"value": value, "reference": reference},
    )


@requires(Permission.SITE_VIEW, methods=("POST",))
def take_back(request: Request, asked: UUID) -> HttpResponse:
    """Take back, as whoever asked, an end that nobody has answered."""
    row = queries.my_request(actor=request.actor, asked=asked)

    def does() -> object:
        return access.take_back_end(actor=request.actor, asked=row, at=request.at)

    if row.file is not None:
        return button(request, does, then="home")
    return button(request, does, then="sites:people", done="taken_back", site=row.site)


@requires(Permission.CASE_EDIT, compartments=SHOWN)
def end_part(request: Request, reference: str, part: UUID) -> HttpResponse:
    """Ask that somebody's part in a case ends; one's own ends at once."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    found = [one for one in queries.parts_in(header.id, at=request.at) if one.id == part]
    if not found:
        raise NotFound
    own = part in {one.id for one in queries.own_parts(header.id, actor=request.actor, at=request.at)}
    second = None if own else who_could_end_part(part, site=header.site, actor=request.actor, at=request.at)
    return case_form(
        request,
        header,
        "case/end_part.html",
        draft=PartEndDraft,
        does=lambda draft: journey.people_left(
            actor=request.actor,
            does=lambda: services.end_case_part(
                actor=request.actor,
                case=case_row(request, reference),
                relation=part,
                reason=draft.reason,
                at=request.at,
            ),
            at=request.at,
        ),
        then=to("case:team", reference=reference),
        shows={"parts": found, "own": own, "seconds": second},
    )


@requires(Permission.CASE_VIEW, compartments=SHOWN)
def leave(request: Request, reference: str) -> HttpResponse:
    """End the reader's own parts in a case, at once; everybody on it is told."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    mine = queries.own_parts(header.id, actor=request.actor, at=request.at)
    if not mine:
        raise NotFound
    return case_form(
        request,
        header,
        "case/end_part.html",
        draft=PartEndDraft,
        does=lambda draft: journey.people_left(
            actor=request.actor,
            does=lambda: services.leave_case(
                actor=request.actor, case=case_row(request, reference), reason=draft.reason, at=request.at
            ),
            at=request.at,
        ),
        then=to("home"),
        shows={"parts": mine, "own": True, "seconds": None},
    )


urlpatterns = [
    path("ends/<uuid:asked>/", confirm, name="ends:confirm"),
    path("ends/<uuid:asked>/back/", take_back, name="ends:take_back"),
    path("cases/<str:reference>/team/<uuid:part>/end/", end_part, name="case:end_part"),
    path("cases/<str:reference>/leave/", leave, name="case:leave"),
]
