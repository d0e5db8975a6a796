"""What a victim is known by besides the name: a page of the victim's file, under *Exit this page*, with a neutral title."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission
from fourfold.people.terms import MarkKind
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.web import marks
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to

CONTACT = {Compartment.CORE, Compartment.VICTIM_CONTACT}


@requires(Permission.SUPPORT_VIEW, compartments=CONTACT)
def show(request: Request, reference: str) -> HttpResponse:
    """Show what the victim is known by, and put another name, a car or an account on record."""
    form = Form(request)
    if form.sent:
        queries.known_by(actor=request.actor, reference=reference, at=request.at)
        case = queries.case_row(actor=request.actor, reference=reference, at=request.at)

        def keep(kind: MarkKind, value: str) -> None:
            support.add_known_by(actor=request.actor, case=case, kind=kind, value=value, at=request.at)

        marks.add(request, form, keep)
        if form.ok:
            return to("support:known_by", reference=reference)
    return _page(request, reference, form)


@requires(Permission.SAFE_CONTACT_SET, compartments=CONTACT)
def withdraw(request: Request, reference: str) -> HttpResponse:
    """Withdraw what was put on record by mistake."""
    return _withdrawing(request, reference, support.withdraw_known_by, marks.WHY_WITHDRAWN)


@requires(Permission.SAFE_CONTACT_SET, compartments=CONTACT)
def undo_withdrawn(request: Request, reference: str) -> HttpResponse:
    """Bring back what was withdrawn."""
    return _withdrawing(request, reference, support.undo_known_by_withdrawn, marks.WHY_UNDONE)


def _withdrawing(request: Request, reference: str, write: Callable[..., object], missing: str) -> HttpResponse:
    form, back = Form(request), to("support:known_by", reference=reference)
    if not form.sent:
        return back
    queries.known_by(actor=request.actor, reference=reference, at=request.at)
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)

    def keep(mark: UUID, reason: str) -> None:
        write(actor=request.actor, case=case, mark=mark, reason=reason, at=request.at)

    marks.say_why(request, form, keep, missing=missing, back=back)
    return back if form.ok else _page(request, reference, form)


def _page(request: Request, reference: str, form: Form) -> HttpResponse:
    """Show the page; for whoever may not read the file there is none, whatever they sent."""
    return page(
        request,
        "support/known_by.html",
        value=queries.known_by(actor=request.actor, reference=reference, at=request.at),
        victim_page=True,
        form=form,
        kinds=marks.KINDS,
    )


urlpatterns = [
    path("cases/<str:reference>/victim/known-by/", show, name="support:known_by"),
    path("cases/<str:reference>/victim/known-by/withdraw/", withdraw, name="support:withdraw_known_by"),
    path("cases/<str:reference>/victim/known-by/undo/", undo_withdrawn, name="support:undo_known_by"),
]
