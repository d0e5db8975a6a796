"""Consultation: advice to a case that stays with its owner, within the site's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, existing
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.governance import services as governance
from fourfold.governance.terms import AdviceDocument, Consent, DisclosureDetails, Ground
from fourfold.panel import queries, services
from fourfold.panel.drafts import AdviceDraft, ConsultationDraft
from fourfold.panel.minutes import Form as DocumentForm
from fourfold.panel.queries.consulting import ConsultationShown
from fourfold.programme import queries as programme
from fourfold.support import queries as support
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.case_frame import frame
from fourfold.web.components.words import day
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import Word, opening, sentence

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
#: What `AdviceDocument.agency` holds where nobody else opens the letter.
NOBODY = "none"
SENDS = (Permission.DOCUMENT_MAKE, Permission.DISCLOSURE_RECORD)


@requires(Permission.PANEL_VIEW, compartments={Compartment.CORE}, methods=("GET",))
def waiting(request: Request) -> HttpResponse:
    """List the consultations that nobody has answered, the first due first."""
    rows = queries.consultations_waiting(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "consulting/list.html", rows=rows, next=rows.next)


@requires(Permission.PANEL_VIEW, compartments=SHOWN, methods=("GET",))
def of_case(request: Request, reference: str) -> HttpResponse:
    """Show what was asked about a case that stays with its owner, and what was advised."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return page(
        request,
        "consulting/case.html",
        frame=frame(header, "panel:case", actor=request.actor, at=request.at),
        rows=queries.consultations_of(actor=request.actor, case_id=header.id, at=request.at),
        may_ask=access_queries.may(request.actor, Permission.ALLEGATION_TRIAGE, site=header.site),
        may_advise=access_queries.may(request.actor, Permission.PANEL_GIVE_VIEW, site=header.site),
        may_send=all(access_queries.may(request.actor, each, site=header.site) for each in SENDS),
        done=request.GET.get("done") == "sent",
    )


@requires(Permission.ALLEGATION_TRIAGE, compartments=SHOWN, resumes=True)
def ask(request: Request, reference: str) -> HttpResponse:
    """Ask the unit's advice on a case that stays with its owner."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return case_form(
        request,
        header,
        "consulting/ask.html",
        draft=ConsultationDraft,
        does=lambda draft: services.ask_consultation(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        then=to("consulting:case", reference=reference),
    )


@requires(Permission.PANEL_GIVE_VIEW, compartments=SHOWN, resumes=True)
def answer(request: Request, reference: str, consultation: UUID) -> HttpResponse:
    """Give the advice of one's profession."""
    header, value = _found(request, reference, consultation)
    return case_form(
        request,
        header,
        "consulting/answer.html",
        draft=AdviceDraft,
        does=lambda draft: services.advise(
            actor=request.actor, consultation=_row(request, header, consultation), at=request.at, **vars(draft)
        ),
        then=to("consulting:case", reference=reference),
        shows={"value": value},
    )


@requires(Permission.DOCUMENT_MAKE, compartments=SHOWN, resumes=True)
def document(request: Request, reference: str, consultation: UUID) -> HttpResponse:
    """Make the advice as a document for whoever holds the case; it goes into the ledger before it leaves."""
    header, value = _found(request, reference, consultation)

    def does(draft: AdviceDocument) -> Any:
        said = vars(draft) | {"what": f"The unit's advice of {day(request.at)}"}
        agency = said.pop("agency")
        return governance.make_advice(
            actor=request.actor,
            consultation=_row(request, header, consultation),
            form=said.pop("form"),
            agency="" if agency == NOBODY else agency,
            details=DisclosureDetails(**said),
            at_risk=support.names_at_risk(case_row(request, reference)),
            at=request.at,
        )

    return case_form(
        request,
        header,
        "consulting/document.html",
        draft=AdviceDocument,
        does=does,
        then=lambda made: _led(reference, made.pk, is_pack=hasattr(made, "docx")),
        again=lambda about: _led(reference, about.id, is_pack=about.kind == "governance.pack"),
        initial={"to_whom": value.owner, "form": DocumentForm.PDF.value},
        shows=lambda _: {
            "value": value,
            "grounds": [(each.value, opening(each.words)) for each in Ground],
            "consents": [(each.value, opening(each.words)) for each in Consent],
            "agencies": [
                *programme.partners_of(header.site),
                (NOBODY, Word("Nobody else")),
            ],
        },
    )


def _led(reference: str, made: UUID, *, is_pack: bool) -> HttpResponse:
    """Lead to what has to be decided in a letter, or back to the advice."""
    if is_pack:
        return to("disclosures:dangers", reference=reference, pack=made, done="made")
    return to("consulting:case", reference=reference, done="sent")


def _row(request: Request, header: CaseHeader, consultation: UUID) -> Any:
    return queries.consultation_to_answer(
        actor=request.actor, case_id=header.id, consultation=consultation, at=request.at
    )


def _found(request: Request, reference: str, consultation: UUID) -> tuple[CaseHeader, ConsultationShown]:
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    rows = queries.consultations_of(actor=request.actor, case_id=header.id, at=request.at)
    value = existing(next((each for each in rows if each.id == consultation), None))
    return header, value


@kept(Permission.PANEL_GIVE_VIEW)
def consultations(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the consultations that nobody has answered."""
    return WorkRow(
        due_at=one.due_at,
        what=sentence("Advise {1}", one.text),
        href=link_to("consulting:answer", reference=one.reference, consultation=one.about),
        why="consultation: another service keeps the case",
        case=one.reference,
    )


urlpatterns = [
    path("panel/consultations/", waiting, name="consulting:list"),
    path("cases/<str:reference>/consultation/", of_case, name="consulting:case"),
    path("cases/<str:reference>/consultation/new/", ask, name="consulting:ask"),
    path("cases/<str:reference>/consultation/<uuid:consultation>/", answer, name="consulting:answer"),
    path("cases/<str:reference>/consultation/<uuid:consultation>/document/", document, name="consulting:document"),
]
