"""How a third party of a case may be contacted without harm: an employer, a school, a new partner."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries.rows import third_in
from fourfold.cases.terms import ThirdContactDraft
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.guard import Request, requires


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
        initial={"safe_contact": value.safe_contact},
        shows={"value": value, "seen": seen},
    )


urlpatterns = [path("cases/<str:reference>/third-parties/<uuid:third>/", contact, name="case:third")]
