"""Comments on a case: said to colleagues, inside the compartment that the writer chooses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.roles import CASEWORK
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries import comments as queries
from fourfold.web.case_frame import frame
from fourfold.web.components.words import in_words
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, source

SHOWN = {
    *(Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY),
    *(Compartment.VICTIM_CONTACT, Compartment.POLICE_INTEL),
    *(Compartment.ADVOCATE_CONFIDENTIAL, Compartment.CLINICAL),
}


@requires(Permission.CASE_VIEW, compartments=SHOWN, resumes=True)
def comments(request: Request, reference: str) -> HttpResponse:
    """Show what colleagues said about the case, and say something to them."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request, {"compartment": Compartment.CORE})
    if form.sent:
        case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
        with form.catching(), request.once(lambda _: to("case:comments", reference=reference)):
            if form.value("read"):
                services.read_mentions(actor=request.actor, case=case, at=request.at)
            else:
                _said(request, form, case)
        if form.ok:
            return to("case:comments", reference=reference)
    value = queries.comments_of(
        actor=request.actor, opened=header.opened, at=request.at, after=request.GET.get("after", "")
    )
    return page(
        request,
        "case/comments.html",
        status=422 if form.problems else 200,
        value=value,
        form=form,
        frame=frame(header, "case:comments", actor=request.actor, at=request.at),
        people=_colleagues(request.actor, header.site, request.at),
        readers=[(place.key, words) for place, words in value.places],
        place_words=queries.PLACES,
    )


def _said(request: Request, form: Form, case: object) -> None:
    words = form.text("words", missing="Write what your colleagues should know")
    key = form.text("compartment", missing="Choose who may read it")
    place = next((each for each in queries.PLACES if each.key == key), None)
    if key and place is None:
        form.wrong("compartment", "Choose one of the answers shown")
    mentioned = [_identifier(each) for each in form.values("mentioned")]
    if None in mentioned:
        form.wrong("mentioned", "Choose somebody from this unit")
    if form.ok and place is not None:
        services.add_comment(
            actor=request.actor,
            case=case,  # type: ignore[arg-type]
            words=words,
            compartment=place.compartment,
            side=place.side,
            mentioned=[each for each in mentioned if each is not None],
            at=request.at,
        )


def _colleagues(actor: Actor, site: str, at: datetime) -> list[tuple[str, str]]:
    """Return everybody else of the unit, whether they may see this case or not: the list tells nothing of walls."""
    unit = access_queries.unit_of(site, at=at)
    return [
        (str(person.pk), f"{person.name}, {in_words(role)}")
        for person, role in unit
        if role in CASEWORK and person.pk != actor.staff
    ]


def _identifier(said: str) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


@source(Permission.CASE_VIEW)
def mentions(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the comments that ask for the reader's eye."""
    for one in queries.mentions_waiting(actor=actor, at=at):
        yield WorkRow(
            due_at=None,
            due="when you can",
            what=f"{one.by} asks you to read a comment",
            href=reverse("case:comments", kwargs={"reference": one.reference}),
            why="you were mentioned",
            case=one.reference,
            rank=1,
            mine=True,
        )


urlpatterns = [path("cases/<str:reference>/comments/", comments, name="case:comments")]
