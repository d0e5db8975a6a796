"""The pack for an application to a court: built from nothing but a value that holds what the court and the respondent may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fourfold.gateways import documents
from fourfold.gateways.documents import Block, Document, Facts, Heading, Paragraph, Table
from fourfold.orders.rules import LONDON

MARKING = "OFFICIAL-SENSITIVE. For the court. What it says is served on the respondent."


class Form(StrEnum):
    """In which form the pack is made."""

    PDF = "pdf"
    DOCX = "docx"


MEDIA = {
    Form.PDF: "application/pdf",
    Form.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True)
class Happened:
    """An act as the chronology lists it: without the words in which it was told, which may say where the victim is."""

    on: datetime
    what: str
    recorded_as: str
    reference: str


@dataclass(frozen=True)
class Evidence:
    """A document of the case by its title and hash."""

    title: str
    kind: str
    kept_on: datetime
    sha256: str


@dataclass(frozen=True)
class Pack:
    """Everything that the pack says. Nobody's address, number, mailbox or account is in it."""

    reference: str
    kind: str
    applicant: str
    court: str
    respondent: str
    born_on: date | None
    protects: tuple[str, ...]
    why: str
    behaviours: tuple[tuple[str, int], ...]
    chronology: tuple[Happened, ...]
    evidence: tuple[Evidence, ...]
    prohibitions: tuple[str, ...]
    requirements: tuple[str, ...]
    other_orders: tuple[tuple[str, ...], ...]
    notifies: str
    made_at: datetime
    acts_heading: str = "The acts"


def written(pack: Pack, form: Form) -> bytes:
    """Return the pack as a file; the same value gives the same bytes."""
    return documents.pdf(document(pack)) if form is Form.PDF else documents.docx(document(pack))


def document(pack: Pack) -> Document:
    """Return the pack as a document: who, why, the chronology, the evidence, the draft conditions."""
    return Document(
        title=f"Draft application: {pack.kind}",
        subtitle=f"Case {pack.reference}; made {_day(pack.made_at)}. A draft: the applicant checks and signs it.",
        marking=MARKING,
        made_at=pack.made_at,
        blocks=(*_parties(pack), *_grounds(pack), *_chronology(pack), *_evidence(pack), *_conditions(pack)),
    )


def _parties(pack: Pack) -> tuple[Block, ...]:
    return (
        Facts(
            (
                ("Applicant", pack.applicant),
                ("Court", pack.court or "to be filled in"),
                ("Respondent", pack.respondent),
                ("Date of birth", _day(pack.born_on) if pack.born_on else "not known"),
                ("To be protected", "; ".join(pack.protects)),
            )
        ),
        Paragraph("Addresses are left out on purpose. Give the court the respondent's address for service separately."),
    )


def _grounds(pack: Pack) -> tuple[Block, ...]:
    kinds = "; ".join(f"{kind}: {count}" for kind, count in pack.behaviours) or "none on record"
    return (
        Heading(pack.acts_heading),
        Paragraph(f"Acts on record: {len(pack.chronology)}. By kind: {kinds}."),
        Heading("The risk, and why the order is necessary"),
        Paragraph(pack.why or "To be filled in by the applicant."),
    )


def _chronology(pack: Pack) -> tuple[Block, ...]:
    rows = tuple((_moment(one.on), one.what, one.recorded_as, one.reference) for one in pack.chronology)
    if not rows:
        return Heading("Chronology"), Paragraph("No act is on record yet. A court will ask for at least two.")
    return Heading("Chronology"), Table("Acts, the earliest first", ("When", "What", "Recorded as", "Reference"), rows)


def _evidence(pack: Pack) -> tuple[Block, ...]:
    rows = tuple((one.title, one.kind, _day(one.kept_on), one.sha256[:16]) for one in pack.evidence)
    listed: Block = Paragraph("No document of the case is open to the applicant.")
    if rows:
        listed = Table(
            "Documents of the case, each with the beginning of its SHA-256 hash",
            ("Title", "Kind", "Added on", "SHA-256"),
            rows,
        )
    earlier: tuple[Block, ...] = ()
    if pack.other_orders:
        head = ("Order", "Made", "Until or ended", "Breaches")
        earlier = (Heading("Other orders and bail"), Table("Other orders, the newest first", head, pack.other_orders))
    return Heading("Evidence"), listed, *earlier


def _conditions(pack: Pack) -> tuple[Block, ...]:
    return (
        Heading("Draft conditions: what the respondent must not do"),
        *_numbered(pack.prohibitions, 1),
        Heading("Draft conditions: what the respondent must do"),
        *_numbered(pack.requirements, len(pack.prohibitions) + 1),
        *((Heading("Notification"), Paragraph(pack.notifies)) if pack.notifies else ()),
    )


def _numbered(texts: tuple[str, ...], start: int) -> tuple[Block, ...]:
    return tuple(Paragraph(f"{number}. {text}") for number, text in enumerate(texts, start)) or (Paragraph("None."),)


def _day(on: date) -> str:
    local = on.astimezone(LONDON) if isinstance(on, datetime) else on
    return f"{local.day} {local:%B %Y}"


def _moment(at: datetime) -> str:
    return f"{_day(at)}, {at.astimezone(LONDON):%H:%M}"
