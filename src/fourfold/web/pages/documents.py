"""Documents of a case: what was made or received, listed where its compartment is open, and handed out as it is."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission
from fourfold.cases import queries as cases
from fourfold.exhibits import queries
from fourfold.exhibits.terms import DOCX, Damaged
from fourfold.web.case_frame import frame
from fourfold.web.guard import Request, page, requires
from fourfold.words import words

KINDS = words(
    {
        "minutes": "minutes",
        "advice": "letter of advice",
        "pack-court": "pack for a court",
        "pack-subject": "pack for the subject",
        "pack-order": "application for an order",
        "diary-entry": "diary entry",
        "diary-file": "file with a diary entry",
    }
)
FORMATS = {"application/pdf": "PDF", DOCX: "Word"}
SHOWN = set(Compartment) - {Compartment.ADMIN, Compartment.PSD_COVERT, Compartment.SAFE_ADDRESS_SEALED}


@requires(Permission.DOCUMENT_VIEW, compartments=SHOWN, methods=("GET",))
def listing(request: Request, reference: str) -> HttpResponse:
    """List the documents of a case that are open to the reader, newest first."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    rows = queries.exhibits(actor=request.actor, file=header.id, at=request.at, after=request.GET.get("after", ""))
    around = frame(header, "documents:list", actor=request.actor, at=request.at)
    return page(request, "documents/list.html", rows=rows, kinds=KINDS, formats=FORMATS, frame=around)


@requires(Permission.DOCUMENT_VIEW, compartments=SHOWN, methods=("GET",))
def one(request: Request, reference: str, exhibit: UUID) -> HttpResponse:
    """Hand out one document as it was kept, to be saved and never shown inside a page."""
    case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
    try:
        found = queries.exhibit(actor=request.actor, file=case.pk, exhibit_id=exhibit, at=request.at)
    except Damaged as fault:
        return page(request, "plain.html", status=500, heading="This document is damaged", text=str(fault))
    answer = HttpResponse(found.content, content_type=found.row.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    answer["Digest"] = f"sha-256={found.row.sha256}"
    return answer


urlpatterns = [
    path("cases/<str:reference>/documents/", listing, name="documents:list"),
    path("cases/<str:reference>/documents/<uuid:exhibit>/", one, name="documents:one"),
]
