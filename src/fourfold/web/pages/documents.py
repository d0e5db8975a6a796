"""Documents of a case: what was made or received, listed where its compartment is open, and handed out as it is."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.cases import queries as cases
from fourfold.exhibits import queries
from fourfold.exhibits.rules import is_picture
from fourfold.exhibits.terms import DOCX, Damaged
from fourfold.governance import queries as governance
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
        "pack-advice": "letter of advice, made as a pack",
        "diary-entry": "diary entry",
        "diary-file": "file with a diary entry",
        "sealed-file": "note of a file that cannot be shown",
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
    return page(
        request,
        "documents/list.html",
        rows=rows,
        kinds=KINDS,
        formats=FORMATS,
        frame=around,
        is_picture=is_picture,
        unreleased=governance.unreleased_files(header.opened),
        may_read_packs=_may_read_packs(request),
    )


@requires(Permission.DOCUMENT_VIEW, compartments=SHOWN, methods=("GET",))
def one(request: Request, reference: str, exhibit: UUID) -> HttpResponse:
    """Hand out one document as it was kept, to be saved and never shown inside a page."""
    case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
    if not _may_read_packs(request):
        opened = access_queries.opened(request.actor, case.pk, at=request.at)
        if exhibit in governance.unreleased_files(opened):
            raise NotFound
    try:
        found = queries.exhibit(actor=request.actor, file=case.pk, exhibit_id=exhibit, at=request.at)
    except Damaged as fault:
        return page(request, "plain.html", status=500, heading="This document is damaged", text=str(fault))
    answer = HttpResponse(found.content, content_type=found.row.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    answer["Digest"] = f"sha-256={found.row.sha256}"
    return answer


@requires(Permission.DOCUMENT_VIEW, compartments=SHOWN, methods=("GET",))
def picture(request: Request, reference: str, exhibit: UUID) -> HttpResponse:
    """Show a picture among the documents inside a page: its pixels alone, as they would stand in a pack."""
    case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
    try:
        drawn = queries.drawn(actor=request.actor, file=case.pk, exhibit_id=exhibit, at=request.at)
    except Damaged as fault:
        raise NotFound from fault
    answer = HttpResponse(drawn.content, content_type=drawn.media_type)
    answer["Content-Disposition"] = 'inline; filename="picture.jpg"'
    return answer


def _may_read_packs(request: Request) -> bool:
    """Say whether the reader makes or releases packs: nobody else has one in hand before a second person released it."""
    return any(access_queries.may(request.actor, one) for one in (Permission.PACK_MAKE, Permission.PACK_RELEASE))


urlpatterns = [
    path("cases/<str:reference>/documents/", listing, name="documents:list"),
    path("cases/<str:reference>/documents/<uuid:exhibit>/", one, name="documents:one"),
    path("cases/<str:reference>/documents/<uuid:exhibit>/picture/", picture, name="documents:picture"),
]
