"""Bringing an instrument in: its wording, its licence, a whole definition; approving it and taking it out of use."""

import base64
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.models import Staff
from fourfold.access.terms import NotFound, Permission
from fourfold.assessment import instruments
from fourfold.assessment.models import (
    BringingApproved,
    BringingWithdrawn,
    DefinitionImported,
    LicenceRecorded,
    PackBrought,
)
from fourfold.assessment.queries.holdings import Either, form_of, holdings
from fourfold.assessment.queries.library import answered_for, card_of
from fourfold.assessment.queries.previews import ImportPreview, PackPreview, preview_import, preview_pack, with_lists
from fourfold.assessment.rules import approval as rules
from fourfold.assessment.rules.approval import CannotBring, Granted
from fourfold.assessment.terms import FilledInBy, Instrument, UnknownInstrument
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.words import sentence

FASTER = "Somebody else did the same just now. Open the library again."


@dataclass(frozen=True)
class PackAdded:
    """The outcome of a text pack: the row that keeps it, None where the same wording was there already."""

    preview: PackPreview
    row: PackBrought | None


@dataclass(frozen=True)
class ImportAdded:
    """The outcome of a file: the row that keeps it, None where it was refused or was there already."""

    preview: ImportPreview
    row: DefinitionImported | None


def bring_pack(*, actor: Actor, site: str, raw: bytes, file: str, at: datetime, key: str = "") -> PackAdded:
    """Bring the wording of an instrument in, after checking it against the structure; the same again adds nothing.

    The file is a text pack, or a FHIR questionnaire with the words of `key` or of the structure that it says it is.
    What is free to use is active from then on, so its hand-checked cases are run first. Raises InvalidPack with every
    fault at once, and CannotBring with the case that fails.
    """
    access.require(actor, Permission.INSTRUMENT_IMPORT, at=at, site=site)
    preview = preview_pack(site=site, raw=raw, file=file, at=at, key=key)
    if preview.already:
        return PackAdded(preview, None)
    if preview.free and preview.failing:
        raise CannotBring("pack", sentence("It cannot be used: {1}", " ".join(preview.failing)))
    with audit.recorded(actor, "instrument.pack_brought", at=at, operation=Operation.CONFIGURATION) as entry:
        row = _pack_row(actor, site, preview, raw, at)
        saved(row, "pack")
        entry.about(row)
    return PackAdded(preview, row)


def _pack_row(actor: Actor, site: str, preview: PackPreview, raw: bytes, at: datetime) -> PackBrought:
    pack = preview.pack
    return PackBrought(
        site=site,
        instrument=pack.instrument,
        version=pack.version,
        structure_sha256=preview.form.sha256,
        language=pack.language,
        title=pack.title,
        texts={
            "items": list(pack.items.items()),
            "scales": [[scale, list(labels.items())] for scale, labels in pack.scales.items()],
        },
        source=pack.source,
        sha256=pack.sha256,
        document=raw.decode(),
        turn=preview.turn,
        brought_at=at,
        brought_by=actor.staff,
    )


def record_licence(
    *, actor: Actor, site: str, instrument: str, granted: Granted, evidence: str, evidence_sha256: str, at: datetime
) -> LicenceRecorded:
    """Put a licence on record; whoever does so is the approver that it names. Raises CannotBring for a wrong field."""
    access.require(actor, Permission.INSTRUMENT_APPROVE, at=at, site=site)
    _known(site, instrument, at)
    if (wrong := rules.why_not_licence(granted, evidence, evidence_sha256, on=at.date())) is not None:
        raise CannotBring(*wrong)
    with audit.recorded(actor, "instrument.licence_recorded", at=at, operation=Operation.CONFIGURATION) as entry:
        return entry.about(
            LicenceRecorded.objects.create(
                site=site,
                instrument=instrument,
                **asdict(granted),
                evidence=evidence.strip(),
                evidence_sha256=evidence_sha256,
                approved_at=at,
                approved_by=actor.staff,
            )
        )


def _known(site: str, key: str, at: datetime) -> None:
    try:
        card_of(holdings(site, at=at, key=key), key)
    except UnknownInstrument as fault:
        raise CannotBring("instrument", str(fault)) from fault


def import_definition(
    *, actor: Actor, site: str, raw: bytes, file: str, at: datetime, by: FilledInBy | None = None
) -> ImportAdded:
    """Bring a whole instrument in from a FHIR file: inactive until two people approve it.

    `by` says whom it is about and who fills it in (see `preview_import`). What the victim fills in becomes one of the
    victim's measures. A file that is here and filled in otherwise is refused until that one is withdrawn.

    Ends in one of three ways, with reasons, and raises for nothing that the file holds. A refused file is not kept,
    and the same file again adds nothing.
    """
    access.require(actor, Permission.INSTRUMENT_IMPORT, at=at, site=site)
    preview = preview_import(site=site, raw=raw, file=file, at=at, by=by)
    if preview.form is None or preview.already:
        return ImportAdded(preview, None)
    with audit.recorded(actor, "instrument.imported", at=at, operation=Operation.CONFIGURATION) as entry:
        row = _definition_row(actor, site, preview, preview.form, with_lists(site, raw, at=at)[0], at)
        saved(row, "file")
        entry.about(row)
    return ImportAdded(preview, row)


def _definition_row(
    actor: Actor, site: str, preview: ImportPreview, form: Instrument, raw: bytes, at: datetime
) -> DefinitionImported:
    return DefinitionImported(
        site=site,
        key=form.key,
        version=form.version,
        title=form.title[:300],
        kind=form.kind,
        about=form.about,
        informant=form.informant,
        language=form.language,
        items=sum(item.takes_answer and not item.is_rule for item in form.items),
        scores=len(form.scores),
        canonical=instruments.canonical(form).decode(),
        sha256=form.sha256,
        pack_sha256=form.pack_sha256,
        original=base64.b64encode(raw).decode(),
        original_sha256=preview.sha256,
        file_name=preview.file[-200:],
        dialect=preview.dialect,
        outcome=preview.outcome,
        findings=[asdict(reason) for reason in preview.reasons],
        claims=preview.claims,
        brought_at=at,
        brought_by=actor.staff,
    )


# ---- approving and withdrawing ------------------------------------------------------------------------------------


def approve_instrument(
    *, actor: Actor, brought: UUID, at: datetime, words: str = "", confirms: tuple[str, ...] = ()
) -> BringingApproved:
    """Approve a pack or an imported definition, as one of two people who did not bring it in.

    `confirms` names the scores that a file proposed and that this person answers for. Raises NotFound for what
    belongs to another site, and CannotBring with the reason, such as the hand-checked case that fails.
    """
    found, site = _found(actor, brought, at)
    access.require(actor, Permission.INSTRUMENT_APPROVE, at=at, site=site)
    robot = Staff.objects.filter(pk=actor.staff, robot=True).exists()
    known = {found.bringing.brought.by, *(one.by for one in found.bringing.approvals)}
    by = signatories.acted_as(actor, known)
    if (why := rules.why_not_approve(found.bringing, by=by, robot=robot, at=at)) is not None:
        raise CannotBring("approve", why)
    form = answered_for(form_of(found.row), frozenset(confirms))
    if unknown := sorted(set(confirms) - {score.key for score in form.scores}):
        raise CannotBring(
            "confirms", sentence("There is no score {1} in it. Choose among those shown.", ", ".join(unknown))
        )
    if failing := instruments.activation_findings(form):
        raise CannotBring("approve", sentence("It cannot be used: {1}", " ".join(map(str, failing))))
    with audit.recorded(actor, "instrument.approved", at=at, operation=Operation.CONFIGURATION) as entry:
        row = BringingApproved(
            **_about(found.row),
            site=site,
            turn=len(found.bringing.withdrawals),
            words=words.strip(),
            confirms=sorted(confirms),
            approved_at=at,
            approved_by=actor.staff,
        )
        saved(row, "approve")
        return entry.about(row)


def withdraw_instrument(*, actor: Actor, brought: UUID, reason: str, at: datetime) -> BringingWithdrawn:
    """Take a pack or an imported definition out of use, from now on; answers that were given on it stay as they are.

    Raises NotFound for what belongs to another site, and CannotBring without a reason or where it is withdrawn.
    """
    found, site = _found(actor, brought, at)
    access.require(actor, Permission.INSTRUMENT_APPROVE, at=at, site=site)
    if not reason.strip():
        raise CannotBring("reason", "Enter why it is taken out of use. Anyone who looks for it can read this.")
    if rules.is_withdrawn(found.bringing, at=at):
        raise CannotBring("reason", "It was already withdrawn.")
    with audit.recorded(actor, "instrument.withdrawn", at=at, operation=Operation.CONFIGURATION) as entry:
        row = BringingWithdrawn(
            **_about(found.row),
            site=site,
            turn=len(found.bringing.withdrawals) + 1,
            reason=reason.strip(),
            withdrawn_at=at,
            withdrawn_by=actor.staff,
        )
        saved(row, "reason")
        return entry.about(row)


def _found(actor: Actor, brought: UUID, at: datetime) -> tuple[Either, str]:
    """Return what was brought in, and at which site, if it is one of the actor's; else raise NotFound."""
    for table in (PackBrought, DefinitionImported):
        site = table.objects.filter(pk=brought).values_list("site", flat=True).first()
        if site is None:
            continue
        if not access_queries.may(actor, Permission.INSTRUMENT_VIEW, site=site):
            audit.refused(actor, "instrument.view", at=at, rule="another site")
            raise NotFound
        held = holdings(site, at=at)
        return next(each for each in held.everything if each.row.pk == brought), site
    raise NotFound


def _about(row: PackBrought | DefinitionImported) -> dict[str, object]:
    return {"pack": row} if isinstance(row, PackBrought) else {"definition": row}


def saved(row: Model, field: str) -> None:
    """Save a new row; where another hand was faster, refuse in words."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as fault:
        raise CannotBring(field, FASTER) from fault
