"""The third parties of a case, an employer, a school, a new partner: their role, what they were told, how to contact them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries.rows import third_in
from fourfold.cases.queries.third_parties import third_parties_in
from fourfold.cases.terms import ThirdContactDraft
from fourfold.governance import queries as governance
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.case_frame import frame
from fourfold.web.guard import Request, page, requires, to

SHOWN = set(Compartment) - {Compartment.ADMIN, Compartment.PSD_COVERT, Compartment.SAFE_ADDRESS_SEALED}


@requires(Permission.DISCLOSURE_VIEW, compartments=SHOWN, methods=("GET",))
def listing(request: Request, reference: str) -> HttpResponse:
    """Show the third parties of a case: which role, how to contact them, and what each was told, by whom, on which ground."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    asked: dict[str, Any] = {"actor": request.actor, "opened": header.opened, "at": request.at}
    return page(
        request,
        "case/third_parties.html",
        thirds=third_parties_in(**asked),
        told=governance.told_to_third_parties(**asked),
        frame=frame(header, "case:pattern", actor=request.actor, at=request.at),
        records=access_queries.may(request.actor, Permission.DISCLOSURE_RECORD),
        says_contact=Compartment.VICTIM_CONTACT in header.opened.writable
        and access_queries.may(request.actor, Permission.SAFE_CONTACT_SET),
    )


@requires(Permission.SAFE_CONTACT_SET, compartments={Compartment.CORE, Compartment.VICTIM_CONTACT}, resumes=True)
def contact(request: Request, reference: str, third: UUID) -> HttpResponse:
    """Say how a third party of a case may be contacted from now on."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value, seen = third_in(header.opened, third, actor=request.actor, at=request.at)
    return case_form(
        request,
        header,
        "case/third_contact.html",
        draft=ThirdContactDraft,
        does=lambda draft: services.contact_third_party(
            actor=request.actor,
            case=case_row(request, reference),
            third=third,
            safe_contact=draft.safe_contact,
            seen=request.POST.get("version"),
            at=request.at,
        ),
        then=to("case:thirds", reference=reference),
        initial={"safe_contact": value.safe_contact},
        shows={"value": value, "seen": seen},
    )


urlpatterns = [
    path("cases/<str:reference>/third-parties/", listing, name="case:thirds"),
    path("cases/<str:reference>/third-parties/<uuid:third>/", contact, name="case:third"),
]
