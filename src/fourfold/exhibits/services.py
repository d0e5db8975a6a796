"""Keeping documents: the hash first, then sealed for one place, then read back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.commitments import keyring
from fourfold.audit.terms import Actor, Operation
from fourfold.base import new_id
from fourfold.exhibits import queries, rules
from fourfold.exhibits.models import ClosedTo, CustodyStep, Exhibit, MadeFor, SafeCopy
from fourfold.exhibits.terms import SEALED_FILE, Brought, CannotKeep, CustodyKind
from fourfold.gateways.redraw import CannotRedraw, redraw


def keep(
    *,
    actor: Actor,
    file: UUID,
    kind: str,
    title: str,
    content: bytes,
    media_type: str,
    compartment: Compartment,
    at: datetime,
) -> Exhibit:
    """Keep a document of a case as it is: hashed before anything else reads it, sealed, and read back.
    Raises CannotKeep naming what is wrong, Refused where the compartment is closed to the actor, and Damaged where
    what was stored does not read back as what came; then nothing is kept.
    """
    access.require(actor, Permission.DOCUMENT_MAKE, at=at, file=file, writes=compartment)
    with audit.recorded(actor, "exhibit.kept", at=at, operation=Operation.COLLECTION, file=file) as entry:
        entry.compartments = {compartment.value}
        about = {"file": file, "kind": kind, "title": title, "media_type": media_type, "compartment": compartment}
        return entry.about(_kept(actor, content, about, "entered", at))


def open_to_agency(*, actor: Actor, exhibit: Exhibit, partner: str, at: datetime) -> MadeFor:
    """Open minutes or a letter to the people of the agency for which they were made, and to no other. Raises Refused as `keep`."""
    writes = Compartment(exhibit.compartment)
    access.require(actor, Permission.DOCUMENT_MAKE, at=at, file=exhibit.file, writes=writes)
    with audit.recorded(actor, "exhibit.opened_to", at=at, operation=Operation.DISCLOSURE, file=exhibit.file) as entry:
        entry.compartments, entry.more["partner"] = {writes.value}, partner
        held = access_queries.held_by(actor, "entered", at=at)
        return entry.about(MadeFor.objects.create(exhibit=exhibit, partner=partner, **held))


def close_to(*, actor: Actor, exhibit: Exhibit, staff: Collection[UUID], at: datetime) -> None:
    """Close a document to some people, whatever compartments are open to them. Raises Refused as `keep` does."""
    writes = Compartment(exhibit.compartment)
    access.require(actor, Permission.DOCUMENT_MAKE, at=at, file=exhibit.file, writes=writes)
    with audit.recorded(actor, "exhibit.closed", at=at, operation=Operation.ALTERATION, file=exhibit.file) as entry:
        entry.compartments = {writes.value}
        held = access_queries.held_by(actor, "entered", at=at)
        for who in sorted(staff):
            entry.about(ClosedTo.objects.create(exhibit=exhibit, staff=who, **held))


def receive(
    *, actor: Actor, file: UUID, site: str, brought: Brought, compartment: Compartment, at: datetime
) -> Exhibit:
    """Keep a file that somebody brought, with the first line of its custody record; of a picture, draw a safe copy.

    What kind it is, its first bytes say and not its name. A victim brings what is their own (`diary.keep` at the site),
    or the advocate brings it for them. A picture that cannot be redrawn is kept all the same, and never shown.
    Raises CannotKeep, Refused and Damaged as `keep` does.
    """
    if not access_queries.may(actor, Permission.DIARY_KEEP, site=site):
        access.require(actor, Permission.SUPPORT_RECORD, at=at, file=file, writes=compartment)
    media_type = rules.kind_of(brought.content)
    with audit.recorded(actor, "exhibit.received", at=at, operation=Operation.COLLECTION, file=file) as entry:
        entry.compartments = {compartment.value}
        about = {
            "file": file,
            "kind": brought.kind,
            "title": brought.title,
            "media_type": media_type,
            "compartment": compartment,
        }
        exhibit = entry.about(_kept(actor, brought.content, about, "victim", at))
        entry.about(_step(actor, exhibit, CustodyKind.RECEIVED, brought.how, at, from_whom=brought.from_whom))
        if rules.is_picture(media_type):
            entry.about(_copied(actor, exhibit, brought.content, at))
        return exhibit


def hand_over(
    *, actor: Actor, exhibit: Exhibit, compartment: Compartment, to_whom: str, how: str, came_with: str, at: datetime
) -> Exhibit:
    """Let others see what may be shown of a file: a picture's safe copy, kept as a document of its own in `compartment`.

    Of a file without one they see that it came (`came_with`), why it cannot be shown and its hash. The original stays
    where it is, and its custody record says to whom the copy went.
    """
    site_may = access_queries.may(actor, Permission.DIARY_KEEP)
    if not site_may:
        access.require(
            actor, Permission.SUPPORT_RECORD, at=at, file=exhibit.file, reads=Compartment(exhibit.compartment)
        )
    copy = SafeCopy.objects.unscoped("opened above, or the victim's own").filter(exhibit=exhibit).first()
    about: dict[str, Any] = {"file": exhibit.file, "compartment": compartment}
    with audit.recorded(
        actor, "exhibit.handed_over", at=at, operation=Operation.DISCLOSURE, file=exhibit.file
    ) as entry:
        entry.compartments = {compartment.value}
        if copy is None or not copy.content:
            why = copy.why_none if copy else "it is not a picture"
            title = f"File that came with {came_with} and cannot be shown: {why}"[:200]
            about |= {"kind": SEALED_FILE, "title": title, "media_type": "text/plain"}
            said = f"{title}.\nThe original is sealed with the victim's advocate. SHA-256 {exhibit.sha256}\n"
            return entry.about(_kept(actor, said.encode(), about, "victim", at))
        title = f"Picture that came with {came_with}, drawn anew from the original"
        about |= {"kind": "picture", "title": title, "media_type": copy.media_type}
        made = entry.about(_kept(actor, queries.content_of_copy(copy), about, "victim", at))
        entry.about(_step(actor, exhibit, CustodyKind.HANDED_OVER, how, at, to_whom=to_whom))
        origin = f"{how}; drawn anew from the original {exhibit.sha256[:12]}"
        entry.about(_step(actor, made, CustodyKind.RECEIVED, origin, at, from_whom="the diary"))
        return made


def note_shown(*, actor: Actor, exhibit: Exhibit, at: datetime) -> CustodyStep:
    """Write into the custody record that somebody looked at a picture's safe copy."""
    access.require(actor, Permission.SUPPORT_VIEW, at=at, file=exhibit.file, reads=Compartment(exhibit.compartment))
    with audit.recorded(actor, "exhibit.shown", at=at, operation=Operation.CONSULTATION, file=exhibit.file) as entry:
        return entry.about(_step(actor, exhibit, CustodyKind.SHOWN, "the safe copy, on a page", at, to_whom=actor.name))


def _kept(actor: Actor, content: bytes, about: dict[str, Any], source: str, at: datetime) -> Exhibit:
    """Seal and store a document, and read it back; the caller has asked who may and holds the entry."""
    digest = rules.sha256(content)
    CannotKeep.refuse(rules.why_not_keep(about["title"], content, about["media_type"]))
    exhibit = _sealed(content, digest)
    about = about | {"title": about["title"].strip()} | access_queries.held_by(actor, source, at=at)
    for name, value in about.items():
        setattr(exhibit, name, value)
    exhibit.save(force_insert=True)
    queries.content_of(Exhibit.objects.unscoped("read back what was kept").get(pk=exhibit.pk))
    return exhibit


def _step(
    actor: Actor, exhibit: Exhibit, step: CustodyKind, how: str, at: datetime, *, from_whom: str = "", to_whom: str = ""
) -> CustodyStep:
    return CustodyStep.objects.create(
        exhibit=exhibit,
        step=step,
        from_whom=from_whom,
        to_whom=to_whom,
        how=how[:200],
        sha256=exhibit.sha256,
        taken_at=at,
        **access_queries.held_by(actor, "custody", at=at),
    )


def _copied(actor: Actor, exhibit: Exhibit, content: bytes, at: datetime) -> SafeCopy:
    """Draw what may be shown of a picture; where that fails, say so and show nothing."""
    copy = SafeCopy(id=new_id(), exhibit=exhibit, of_sha256=exhibit.sha256)
    try:
        drawn = redraw(content)
    except CannotRedraw as fault:
        copy.why_none = str(fault)[:200]
    else:
        copy.content = keyring().seal(rules.as_text(drawn.content), place=rules.copy_place(copy.pk))
        copy.sha256, copy.size = rules.sha256(drawn.content), len(drawn.content)
        copy.media_type, copy.tool = drawn.media_type, drawn.tool
        copy.parameters = f"pixels only, {drawn.width} x {drawn.height}"
    for name, value in access_queries.held_by(actor, "drawn anew", at=at).items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy


def _sealed(content: bytes, digest: str) -> Exhibit:
    identifier = new_id()
    sealed = keyring().seal(rules.as_text(content), place=rules.place(identifier))
    return Exhibit(id=identifier, sha256=digest, size=len(content), content=sealed)
