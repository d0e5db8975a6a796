"""Packs that leave the unit: built from zero, read back from their bytes before they are kept and before they leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import Compartment, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import new_reference
from fourfold.cases.models import Case
from fourfold.exhibits import queries as exhibit_queries
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.terms import DOCX, PDF
from fourfold.gateways import documents
from fourfold.gateways.documents import Document
from fourfold.gateways.reading_back import docx_parts, pdf_parts
from fourfold.governance import packs
from fourfold.governance.models import Pack, PackReleased
from fourfold.governance.packs import SubjectPack
from fourfold.governance.queries import packing
from fourfold.governance.queries.packing import Withheld
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules import redaction, retention
from fourfold.governance.services.disclosing import kept
from fourfold.governance.terms import (
    CannotGovern,
    Consent,
    DisclosureDetails,
    Ground,
    NotClean,
    PackKind,
    PackOrder,
    Sought,
)
from fourfold.words import sentence

RELEASED_BY_ANOTHER = "Somebody else has to release the pack that you made."


def make_pack(*, actor: Actor, case: Case, order: PackOrder, at: datetime, at_risk: Iterable[str] = ()) -> Pack:
    """Make a pack as PDF and DOCX from what its reader may have, read both back, and keep them if they are clean.

    `at_risk`: the names of children and others at risk. Raises NotClean where a made document would have held anything
    that gives a victim away: nothing is kept then.
    Raises CannotGovern where the request says too little.
    """
    access.require(actor, Permission.PACK_MAKE, at=at, site=case.site, file=case.pk, reads=Compartment.SUBJECT_IDENTITY)
    _require_order(order, at)
    sought = packing.sought_in(case, whole=order.kind is PackKind.SUBJECT, at_risk=at_risk)
    document, withheld = _document(actor, case, order, sought, at)
    files = {"pdf": documents.pdf(document), "docx": documents.docx(document)}
    _require_clean(actor, case, files, sought, at)
    with audit.recorded(actor, "pack.made", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        pdf = _keep(actor, case, order, files["pdf"], PDF, at)
        docx = _keep(actor, case, order, files["docx"], DOCX, at)
        entry.more["sought"] = len(sought)
        return entry.about(
            Pack.objects.create(
                case=case,
                kind=order.kind,
                asked_by=order.asked_by.strip(),
                received_on=order.received_on,
                due_on=retention.answer_due(order.received_on, proved_on=order.proved_on),
                identity_proved=order.identity_proved.strip(),
                proved_on=order.proved_on,
                must_not_know=order.must_not_know,
                restriction_reason=order.restriction_reason.strip(),
                pdf=pdf.pk,
                pdf_sha256=pdf.sha256,
                docx=docx.pk,
                docx_sha256=docx.sha256,
                sought=len(sought),
                withheld=list(withheld),
                **access_queries.held_by(actor, "made", at=at),
            )
        )


def _require_order(order: PackOrder, at: datetime) -> None:
    if not order.asked_by.strip():
        raise CannotGovern("asked_by", "Say who asked: the person, or the court and the proceedings.")
    if not order.identity_proved.strip():
        raise CannotGovern(
            "identity_proved",
            "Say how you checked the person’s identity. Confirm nothing to anybody before you have.",
        )
    if order.received_on > local_day(at):
        raise CannotGovern(
            "received_on", "Enter the day on which you received the request. It cannot be in the future."
        )
    if order.proved_on is not None and not order.received_on <= order.proved_on <= local_day(at):
        raise CannotGovern("proved_on", "Enter a day from the day of the request until today, or leave it empty.")
    if order.must_not_know and order.kind is PackKind.COURT:
        raise CannotGovern(
            "must_not_know", "Untick this box. Only a pack for the subject can leave out that there is a case."
        )
    if order.must_not_know and not order.restriction_reason.strip():
        raise CannotGovern(
            "restriction_reason", "Say why the subject must not learn that there is a case, and who decided that."
        )


def _document(
    actor: Actor, case: Case, order: PackOrder, sought: tuple[Sought, ...], at: datetime
) -> tuple[Document, Withheld]:
    if order.kind is PackKind.COURT:
        court, notes = packing.court_pack(actor, case, order.asked_by.strip(), sought, at=at, keep=order.keep)
        return packs.court_document(court), notes
    reference = new_reference("SR")
    if order.must_not_know:
        everything: Withheld = ({"what": "everything", "count": 1, "why": order.restriction_reason.strip()},)
        return packs.subject_document(SubjectPack(reference, at)), everything
    pack, withheld = packing.subject_pack(actor, case, reference, sought, at=at)
    return packs.subject_document(pack), withheld


def _require_clean(actor: Actor, case: Case, files: dict[str, bytes], sought: tuple[Sought, ...], at: datetime) -> None:
    """Read the documents back from their bytes, or raise NotClean and remember that they were thrown away."""
    parts = [(f"PDF, {where}", text) for where, text in pdf_parts(files["pdf"])]
    parts += [(f"DOCX, {where}", text) for where, text in docx_parts(files["docx"])]
    if matches := redaction.find(parts, sought):
        audit.refused(actor, "pack.made", at=at, rule="not clean", file=case.pk)
        raise NotClean(matches)


def _keep(actor: Actor, case: Case, order: PackOrder, content: bytes, media_type: str, at: datetime) -> Exhibit:
    return exhibits.keep(
        actor=actor,
        file=case.pk,
        kind=f"pack-{order.kind.value}",
        title=f"Pack, {order.kind.words}, for a request of {packs.day(order.received_on)}",
        content=content,
        media_type=media_type,
        compartment=Compartment.CORE,
        at=at,
    )


def release_pack(*, actor: Actor, pack: Pack, channel: str, at: datetime, at_risk: Iterable[str] = ()) -> PackReleased:
    """Let a pack leave as a second person: its bytes are read once more, against everything that is known by now.

    It goes into the ledger with the hash of its bytes. Raises Refused for whoever made it, NotClean where something
    that came to be known since stands in it.
    """
    case = pack.case
    access.require(actor, Permission.PACK_RELEASE, at=at, site=case.site, file=case.pk)
    if why := signatories.why_not_second(pack.recorded_by, actor, at=at, same=RELEASED_BY_ANOTHER):
        audit.refused(actor, "pack.released", at=at, rule="two people", file=case.pk)
        raise Refused("two people", why)
    if not channel.strip():
        raise CannotGovern(
            "channel", "Say how you will send it: by hand, by sealed post or by the court's own channel."
        )
    if PackReleased.objects.unscoped("the case was opened above").filter(pack=pack).exists():
        raise CannotGovern("channel", "This pack has been released already.")
    kind = PackKind(pack.kind)
    files = {"pdf": _bytes(pack.pdf), "docx": _bytes(pack.docx)}
    sought = packing.sought_in(case, whole=kind is PackKind.SUBJECT, at_risk=at_risk)
    _require_clean(actor, case, files, sought, at)
    with audit.recorded(actor, "pack.released", at=at, operation=Operation.DISCLOSURE, file=case.pk) as entry:
        entry.more["pdf_sha256"], entry.more["docx_sha256"] = pack.pdf_sha256, pack.docx_sha256
        released = PackReleased.objects.create(
            pack=pack, channel=channel.strip(), **access_queries.held_by(actor, "entered", at=at)
        )
        entry.about(released)
        entry.about(kept(actor, case, _details(pack, kind), Compartment.CORE, at=at, sha256=pack.pdf_sha256))
    return released


def _bytes(exhibit: UUID) -> bytes:
    return exhibit_queries.content_of(Exhibit.objects.unscoped("read back before it leaves").get(pk=exhibit))


def _details(pack: Pack, kind: PackKind) -> DisclosureDetails:
    return DisclosureDetails(
        what=sentence("a pack: {1}", kind.words),
        to_whom=pack.asked_by,
        ground=Ground.DATA_SUBJECT if kind is PackKind.SUBJECT else Ground.COURT,
        necessity=f"asked for on {packs.day(pack.received_on)}; identity: {pack.identity_proved}",
        consent=Consent.NOT_ASKED,
        consent_reason="nothing in it reaches another person; read back before it left",
    )
