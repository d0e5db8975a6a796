"""The caseload as a whole: one colleague for many cases at once, and choices of cases that are looked at often."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.roles import CASEWORK
from fourfold.access.seconds import Seconds
from fourfold.access.terms import Compartment, Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries.seconds import who_could_assign
from fourfold.cases.terms import Assigning, PartsDraft
from fourfold.web.components.words import in_words
from fourfold.web.form_pages import button, form_page
from fourfold.web.forms import Form, identifier_in, moment_in
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.saved_filters import chosen
from fourfold.web.worklist import WorkRow, link_to, source

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY}


@requires(Permission.CASE_EDIT, compartments=SHOWN)
def assign(request: Request) -> HttpResponse:
    """Choose cases and a colleague, see what will happen, then do it; what was done is undone with one button."""
    done = request.POST.get("step") == "assign"
    return form_page(
        request,
        "case/assign.html",
        draft=PartsDraft,
        does=lambda draft: services.assign_many(actor=request.actor, at=request.at, dry_run=not done, **vars(draft)),
        then=lambda given: page(
            request,
            "case/assign.html",
            form=Form(request),
            **_assigning(request, shown=given, done=done, seconds=_who_confirms(request, given)),
        ),
        again=lambda _: to("case:list"),
        shows=lambda _: _assigning(request),
    )


def _assigning(request: Request, **what: Any) -> dict[str, Any]:
    asked = request.GET
    return {
        "value": cases.cases(actor=request.actor, at=request.at, after=asked.get("after", "")[:20], **chosen(asked)),
        "given_at": request.at.isoformat(),
        "people": _people(request),
        "parts": [(kind.value, kind.words) for kind in services.ROLE_OF],
        **what,
    }


def _who_confirms(request: Request, given: Iterable[Assigning]) -> Mapping[str, Seconds]:
    """Return who could confirm the parts that wait for somebody else, by the case's reference."""
    waiting = [one.reference for one in given if one.waits]
    staff = identifier_in(request.POST.get("staff", ""))
    return who_could_assign(waiting, staff, actor=request.actor, at=request.at) if waiting and staff else {}


def _people(request: Request) -> list[tuple[str, str]]:
    found = {
        (str(person.pk), f"{person.name}, {in_words(role)}")
        for site in request.actor.sites
        for person, role in access_queries.unit_of(site, at=request.at)
        if role in CASEWORK
    }
    return sorted(found, key=lambda pair: pair[1])


@requires(Permission.CASE_EDIT, methods=("POST",))
def undo(request: Request) -> HttpResponse:
    """Take back every part that the reader gave at one moment."""
    given_at = moment_in(request.POST.get("given_at", ""))
    if given_at is not None:
        journey.people_left(
            actor=request.actor,
            does=lambda: services.undo_assignments(actor=request.actor, given_at=given_at, at=request.at),
            at=request.at,
        )
    return to("case:list")


@requires(Permission.CASE_VIEW, methods=("POST",))
def filters(request: Request) -> HttpResponse:
    """Keep the choice that is shown under a name, or remove one."""
    form = Form(request)
    removed, name = form.identifier("remove"), form.text("name")

    def does() -> None:
        if removed is not None:
            services.remove_filter(actor=request.actor, saved=removed, at=request.at)
        else:
            services.save_filter(actor=request.actor, name=name, **chosen(request.POST), at=request.at)

    return button(request, does, then="case:list")


# ---- on the day --------------------------------------------------------------------------------------------------


@source(Permission.CASE_TRANSFER, first_for={Role.UNIT_COORDINATOR})
def victims_without_advocate(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the cases in which nobody works at all, and those in which nobody is the victim's advocate: nobody else is told of them."""
    for case in cases.without_advocate(actor=actor, at=at):
        yield WorkRow(
            due_at=case.opened_at if case.of_nobody else case.opened_at + timedelta(days=2),
            what="Say who works on this case" if case.of_nobody else "Name an advocate for this victim",
            href=link_to("case:team", reference=case.reference),
            why="nobody has a part in it" if case.of_nobody else "an advocate is offered to every victim",
            case=case.reference,
            level=case.level,
            decide=case.of_nobody,
            mine=case.of_nobody,
        )


urlpatterns = [
    path("caseload/assign/", assign, name="case:assign_many"),
    path("caseload/assign/undo/", undo, name="case:undo_assigning"),
    path("caseload/filters/", filters, name="case:filters"),
]
