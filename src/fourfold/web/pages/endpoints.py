"""What reaches a victim: confirmed out of band by their own advocate, or set aside; nothing that was only told is used."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission, Role
from fourfold.audit.terms import Actor
from fourfold.people.terms import Confirmation, MarkKind
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.terms.reaching import EndpointDraft, SetAsideDraft
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, requires, to
from fourfold.web.worklist import WorkRow, link_to, source
from fourfold.words import words

CONFIDENTIAL = {Compartment.CORE, Compartment.VICTIM_CONTACT, Compartment.ADVOCATE_CONFIDENTIAL}
KINDS = tuple((kind.value, kind.label) for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS))
TOLD = words(
    {
        MarkKind.PHONE: "A telephone number was told that nobody has confirmed",
        MarkKind.EMAIL: "An email address was told that nobody has confirmed",
        MarkKind.ADDRESS: "An address was told that nobody has confirmed",
    }
)
MISSING = words(
    {
        MarkKind.PHONE: "Confirm a telephone number with the victim",
        MarkKind.EMAIL: "Confirm an email address with the victim",
        MarkKind.ADDRESS: "Confirm an address with the victim",
    }
)
Draft = TypeVar("Draft")
ANSWERED_IN = timedelta(days=1)


@requires(Permission.SUPPORT_VIEW, compartments=CONFIDENTIAL)
def confirm(request: Request, reference: str) -> HttpResponse:
    """Show what was told and what is confirmed, and keep what the victim said in person."""
    return _form(request, reference, EndpointDraft, support.confirm_endpoint)


@requires(Permission.SAFE_CONTACT_SET, compartments=CONFIDENTIAL)
def set_aside(request: Request, reference: str) -> HttpResponse:
    """Keep that something is not to be used, and why."""
    return _form(request, reference, SetAsideDraft, support.set_endpoint_aside)


def _form(request: Request, reference: str, draft: type[Draft], write: Callable[..., object]) -> HttpResponse:
    """Take a form of the page; for whoever is not the victim's advocate there is none, whatever they sent."""
    back = to("support:endpoints", reference=reference)
    if request.method == "POST":
        queries.endpoints_page(actor=request.actor, reference=reference, at=request.at)
    elif request.path != back["Location"]:
        return back
    return form_page(
        request,
        "support/endpoints.html",
        draft=draft,
        does=lambda draft: write(
            actor=request.actor,
            case=queries.case_row(actor=request.actor, reference=reference, at=request.at),
            at=request.at,
            **vars(draft),
        ),
        then=back,
        mended_at={"reach": "record"},
        initial={"kind": request.GET.get("kind", "")},
        shows=lambda _: {
            "value": queries.endpoints_page(actor=request.actor, reference=reference, at=request.at),
            "kinds": KINDS,
            "ways": Confirmation.options(),
            "victim_page": True,
        },
    )


@source(Permission.NOTE_CONFIDENTIAL, first_for={Role.VICTIM_ADVOCATE})
def endpoints(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what the advocate has to confirm or set aside: what was told since, and what was agreed without it."""
    for one in queries.endpoints_to_confirm(actor=actor, at=at):
        yield WorkRow(
            due_at=one.told_at + ANSWERED_IN if one.told_at else None,
            what=(TOLD if one.told_at else MISSING)[one.kind],
            href=link_to("support:endpoints", reference=one.reference),
            why="nothing is sent that way until you answer",
            case=one.reference,
            level=one.level,
            mine=True,
        )


urlpatterns = [
    path("cases/<str:reference>/victim/endpoints/", confirm, name="support:endpoints"),
    path("cases/<str:reference>/victim/endpoints/aside/", set_aside, name="support:set_aside"),
]
