"""The application for an order: for how long each condition is sought, what supports it, and the pack for the court."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold import journey
from fourfold.access.terms import Compartment, Permission
from fourfold.cases import queries as cases
from fourfold.gateways import underway
from fourfold.governance import queries as governance
from fourfold.orders import queries
from fourfold.orders import services as orders
from fourfold.orders.drafts import SupportDraft
from fourfold.orders.statutory import TESTS
from fourfold.orders.terms import LastsUnit
from fourfold.panel.minutes import MEDIA
from fourfold.panel.minutes import Form as PackForm
from fourfold.web import long_work
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, not_found, page, requires, to
from fourfold.words import Word, sentence, words

CORE = {Compartment.CORE}
DONE = words({"supported": "You have confirmed for how long the condition is sought, and what supports it."})


@requires(Permission.ORDER_APPLY, compartments={Compartment.CORE, Compartment.SUBJECT_IDENTITY}, methods=("POST",))
def pack(request: Request, reference: str, order: UUID) -> HttpResponse:
    """Hand out the application for an order: as it was released, or else as a draft, whose making is a disclosure on record."""
    row = queries.order_row(actor=request.actor, order=order, at=request.at)
    form = Form(request)
    made = form.choice("form", PackForm, missing="Choose PDF or Word")
    if made is None or row.case.reference != reference:
        return to("orders:page", reference=reference)
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    if released := governance.released_applications(header.opened).get(row.pk):
        return to("documents:one", reference=reference, exhibit=getattr(released, made.value))
    if governance.is_long(row.case):
        # No `form_page`: the answer is the file, and here a page that waits for it.
        there = to("orders:draft", reference=reference, order=order, form=made.value)
        with request.once(lambda _: there):
            _asked(request, row, made)
        return there
    content = journey.application_made(actor=request.actor, order=row, form=made, at=request.at)
    return _handed_out(content, reference, made)


def _handed_out(content: bytes, reference: str, made: PackForm) -> HttpResponse:
    answer = HttpResponse(content, content_type=MEDIA[made])
    answer["Content-Disposition"] = f'attachment; filename="application-{reference}.{made.value}"'
    return answer


@requires(Permission.ORDER_APPLY, compartments={Compartment.CORE, Compartment.SUBJECT_IDENTITY})
def draft(request: Request, reference: str, order: UUID, form: str) -> HttpResponse:
    """Say how far the draft of an application in a long case is, and hand it out to whoever asked once it is there."""
    row = queries.order_row(actor=request.actor, order=order, at=request.at)
    if row.case.reference != reference or form not in set(PackForm):
        return not_found(request)
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    if released := governance.released_applications(header.opened).get(row.pk):
        return to("documents:one", reference=reference, exhibit=getattr(released, form))
    name = _draft_of(request, row, form)
    is_there = bool((far := underway.how_far(name)) and far.said) and underway.is_kept(name)
    if is_there and "take" in request.GET:
        content = underway.made(name).read_bytes()
        orders.take_draft(actor=request.actor, order=row, content=content, at=request.at)
        return _handed_out(content, reference, PackForm(form))
    return long_work.beside(
        request,
        name,
        lambda: _asked(request, row, form),
        then=reverse("orders:page", kwargs={"reference": reference}),
        heading=sentence("Draft of the application, {1}", reference),
        takes=Word("The record is long. Every act is read, and what may lead to a victim is left out of each text."),
        refused=Word("The draft"),
        fetch=f"{request.path}?take=yes" if is_there else "",
    )


def _asked(request: Request, row: Any, form: str) -> None:
    name = _draft_of(request, row, form)
    long_work.ask(name, "draft", request.actor, f"{row.pk} {form} {name}")


def _draft_of(request: Request, row: Any, form: str) -> str:
    """Return by what a draft is known: whoever asked fetches it, and nobody else."""
    return f"draft-{row.pk}-{form}-{request.actor.staff}"


@requires(Permission.ORDER_APPLY, compartments=CORE, methods=("GET",))
def support(request: Request, reference: str, order: UUID) -> HttpResponse:
    """Show for how long each condition of an order is sought, and what supports it."""
    value = queries.support_page(actor=request.actor, reference=reference, order=order, at=request.at)
    done = DONE.get(request.GET.get("done", ""), "")
    return page(request, "orders/support.html", value=value, reference=reference, done=done)


@requires(Permission.ORDER_APPLY, compartments=CORE, resumes=True)
def support_one(request: Request, reference: str, order: UUID, condition: UUID) -> HttpResponse:
    """Confirm for how long one condition is sought, and which acts and documents support it."""
    value = queries.support_page(actor=request.actor, reference=reference, order=order, at=request.at)
    one = value.condition(condition)
    row = queries.condition_row(actor=request.actor, condition=condition, at=request.at)
    said = one.said
    return form_page(
        request,
        "orders/support_one.html",
        draft=SupportDraft,
        does=lambda draft: orders.confirm_support(
            actor=request.actor, condition=row, said=draft, seen=request.POST.get("version"), at=request.at
        ),
        then=to("orders:support", reference=reference, order=order),
        done="supported",
        initial={
            "lasts_unit": said.lasts.unit.value,
            "lasts_count": said.lasts.count or "",
            "acts": [str(each) for each in said.acts],
            "documents": [str(each) for each in said.documents],
        }
        if said
        else None,
        shows=lambda _: {
            "reference": reference,
            "value": value,
            "one": one,
            "units": LastsUnit.options(),
            "duration": test.duration if (test := TESTS.get(value.kind)) else "",
        },
    )


urlpatterns = [
    path("cases/<str:reference>/orders/<uuid:order>/pack/", pack, name="orders:pack"),
    path("cases/<str:reference>/orders/<uuid:order>/draft/<str:form>/", draft, name="orders:draft"),
    path("cases/<str:reference>/orders/<uuid:order>/support/", support, name="orders:support"),
    path("cases/<str:reference>/orders/<uuid:order>/support/<uuid:condition>/", support_one, name="orders:support_one"),
]
