"""What a victim is known by besides the name: a page of the victim's file, under *Exit this page*, with a neutral title."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission
from fourfold.people.terms import BringBackDraft, MarkDraft, WithdrawDraft
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.web import marks
from fourfold.web.form_pages import Draft, form_page
from fourfold.web.guard import Request, requires, to

CONTACT = {Compartment.CORE, Compartment.VICTIM_CONTACT}


@requires(Permission.SUPPORT_VIEW, compartments=CONTACT)
def show(request: Request, reference: str) -> HttpResponse:
    """Show what the victim is known by, and put another name, a car or an account on record."""
    return _form(request, reference, MarkDraft, support.add_known_by)


@requires(Permission.SAFE_CONTACT_SET, compartments=CONTACT)
def withdraw(request: Request, reference: str) -> HttpResponse:
    """Withdraw what was put on record by mistake."""
    return _form(request, reference, WithdrawDraft, support.withdraw_known_by)


@requires(Permission.SAFE_CONTACT_SET, compartments=CONTACT)
def undo_withdrawn(request: Request, reference: str) -> HttpResponse:
    """Bring back what was withdrawn."""
    return _form(request, reference, BringBackDraft, support.undo_known_by_withdrawn)


def _form(request: Request, reference: str, draft: type[Draft], write: Callable[..., object]) -> HttpResponse:
    """Take a form of the page; for whoever may not read the file there is none, whatever they sent."""
    back = to("support:known_by", reference=reference)
    if request.method == "POST":
        queries.known_by(actor=request.actor, reference=reference, at=request.at)
    elif request.path != back["Location"]:
        return back
    return form_page(
        request,
        "support/known_by.html",
        draft=draft,
        does=lambda draft: write(
            actor=request.actor,
            case=queries.case_row(actor=request.actor, reference=reference, at=request.at),
            at=request.at,
            **vars(draft),
        ),
        then=back,
        mended_at=marks.MENDED_AT,
        shows=lambda _: {
            "kinds": marks.KINDS,
            "value": queries.known_by(actor=request.actor, reference=reference, at=request.at),
            "victim_page": True,
        },
    )


urlpatterns = [
    path("cases/<str:reference>/victim/known-by/", show, name="support:known_by"),
    path("cases/<str:reference>/victim/known-by/withdraw/", withdraw, name="support:withdraw_known_by"),
    path("cases/<str:reference>/victim/known-by/undo/", undo_withdrawn, name="support:undo_known_by"),
]
