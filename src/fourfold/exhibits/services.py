"""Keeping documents: the hash first, then sealed for one place, then read back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.commitments import keyring
from fourfold.audit.terms import Actor, Operation
from fourfold.base import new_id
from fourfold.exhibits import queries, rules
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.terms import CannotKeep


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
    digest = rules.sha256(content)
    if why := rules.why_not_keep(title, content, media_type):
        raise CannotKeep(*why)
    with audit.recorded(actor, "exhibit.kept", at=at, operation=Operation.COLLECTION, file=file) as entry:
        entry.compartments = {compartment.value}
        exhibit = _sealed(content, digest)
        exhibit.file, exhibit.kind, exhibit.title = file, kind, title.strip()
        exhibit.media_type, exhibit.compartment = media_type, compartment
        for name, value in access_queries.held_by(actor, "entered", at=at).items():
            setattr(exhibit, name, value)
        exhibit.save(force_insert=True)
        queries.content_of(Exhibit.objects.unscoped("read back what was kept").get(pk=exhibit.pk))
        return entry.about(exhibit)


def _sealed(content: bytes, digest: str) -> Exhibit:
    identifier = new_id()
    sealed = keyring().seal(rules.as_text(content), place=rules.place(identifier))
    return Exhibit(id=identifier, sha256=digest, size=len(content), content=sealed)
