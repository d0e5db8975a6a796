"""Comments on a case: said to colleagues, inside the compartment that the writer chooses."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.roles import CASEWORK
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries import comments as queries
from fourfold.cases.terms import CommentDraft
from fourfold.duties.queries import Waiting
from fourfold.fields import Unfit
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.components.words import in_words
from fourfold.web.form_pages import Nothing
from fourfold.web.forms import Form
from fourfold.web.guard import Request, requires
from fourfold.web.worklist import WorkRow, kept
from fourfold.words import sentence

SHOWN = {
    *(Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY),
    *(Compartment.VICTIM_CONTACT, Compartment.POLICE_INTEL),
    *(Compartment.ADVOCATE_CONFIDENTIAL, Compartment.CLINICAL),
}


@requires(Permission.CASE_VIEW, compartments=SHOWN, resumes=True)
def comments(request: Request, reference: str) -> HttpResponse:
    """Show what colleagues said about the case, and say something to them."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    read = bool(request.POST.get("read"))

    def does(draft: Any) -> object:
        case = case_row(request, reference)
        if read:
            return services.read_mentions(actor=request.actor, case=case, at=request.at)
        place = next((each for each in queries.PLACES if each.key == draft.place), None)
        if place is None:
            raise Unfit("place", "Choose one of the answers shown")
        return services.add_comment(
            actor=request.actor,
            case=case,
            words=draft.words,
            compartment=place.compartment,
            side=place.side,
            mentioned=draft.mentioned,
            at=request.at,
        )

    def shows(_: Form) -> dict[str, Any]:
        after = request.GET.get("after", "")
        value = queries.comments_of(actor=request.actor, opened=header.opened, at=request.at, after=after)
        return {
            "value": value,
            "people": _colleagues(request.actor, header.site, request.at),
            "readers": [(place.key, words) for place, words in value.places],
            "place_words": queries.PLACES,
        }

    return case_form(
        request,
        header,
        "case/comments.html",
        tab="case:comments",
        draft=Nothing if read else CommentDraft,
        does=does,
        initial={"compartment": Compartment.CORE},
        shows=shows,
    )


def _colleagues(actor: Actor, site: str, at: datetime) -> list[tuple[str, str]]:
    """Return everybody else of the unit, whether they may see this case or not: the list tells nothing of walls."""
    unit = access_queries.unit_of(site, at=at)
    return [
        (str(person.pk), f"{person.name}, {in_words(role)}")
        for person, role in unit
        if role in CASEWORK and person.pk != actor.staff
    ]


@kept(Permission.CASE_VIEW)
def mentions(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the comments that ask for the reader's eye, where they may read them by their clearance or their parts now."""
    compartment, side = one.said["place"]
    if not queries.may_read(actor, compartment, side, one.parts):
        return None
    return WorkRow(
        due_at=None,
        due="when you can",
        what=sentence("{1} asks you to read a comment", one.by),
        href=reverse("case:comments", kwargs={"reference": one.reference}),
        why="you were mentioned",
        case=one.reference,
        rank=1,
        mine=True,
    )


urlpatterns = [path("cases/<str:reference>/comments/", comments, name="case:comments")]
