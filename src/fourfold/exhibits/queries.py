"""Which documents of a case somebody may see, and one of them, read back and checked."""

from collections.abc import Container
from datetime import datetime
from typing import cast
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import terms as access_terms
from fourfold.access.paging import PAGE, Page, page_of
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import Compartment, NotFound
from fourfold.audit import services as audit
from fourfold.audit.commitments import keyring
from fourfold.audit.terms import About, Actor
from fourfold.exhibits import rules
from fourfold.exhibits.models import CustodyStep, Exhibit, ExhibitQuerySet, SafeCopy
from fourfold.exhibits.terms import CustodyShown, Damaged, ExhibitRow, Opened
from fourfold.gateways.keyring import CannotOpen
from fourfold.gateways.redraw import CannotRedraw, Redrawn, redraw
from fourfold.words import sentence

EXHIBIT = Projection(ExhibitRow, Exhibit, kept_at="recorded_at", kept_by=Staff("recorded_by", "somebody who left"))
CUSTODY = Projection(CustodyShown, CustodyStep, at="taken_at", by=Staff("recorded_by", "the victim"))


def exhibits(
    *,
    actor: Actor,
    file: UUID,
    at: datetime,
    after: str = "",
    most: int = PAGE,
    among: Container[str] = frozenset(Compartment),
) -> Page[ExhibitRow]:
    """Return the documents of a file in the compartments open to the actor, and `among` these, newest first, from `after`."""
    opened = access_queries.opened(actor, file, at=at)
    rows = (
        Exhibit.objects.of(opened)
        .open_to(actor.staff)
        .filter(compartment__in=sorted(one for one in opened.readable if one in among))
    )
    found = page_of(rows.defer("content"), "-recorded_at", "-id", after=after, most=most)
    theirs = {row.recorded_by: "the victim" for row in found if row.source == "victim"}  # who has no account
    names = theirs | access_queries.names_of(EXHIBIT.staff_in(found))
    audit.consulted(
        actor, "case.documents", at=at, file=file, compartments={row.compartment for row in found},
        fields=frozenset({"title", "kind"}), count=len(found),
    )  # fmt: skip
    return found.map(lambda row: EXHIBIT(row, names=names))


def exhibit(*, actor: Actor, file: UUID, exhibit_id: UUID, at: datetime) -> Opened:
    """Return one document with its bytes, or raise NotFound, the same for absent and for closed to the actor.

    Raises Damaged where it does not read back as what was kept.
    """
    opened = access_queries.opened(actor, file, at=at)
    found = _one(Exhibit.objects.of(opened), actor, opened, exhibit_id)
    audit.consulted(
        actor, "exhibit.read", at=at, file=file, compartments={found.compartment}, fields=frozenset({"content"}),
        about=About(found._meta.label_lower, found.pk),
    )  # fmt: skip
    (row,) = EXHIBIT.all([found])
    return Opened(row, content_of(found))


def drawn(*, actor: Actor, file: UUID, exhibit_id: UUID, at: datetime) -> Redrawn:
    """Return a picture among the documents as it would stand in a pack, or raise NotFound where it cannot be shown."""
    found = exhibit(actor=actor, file=file, exhibit_id=exhibit_id, at=at)
    if not rules.is_picture(found.row.media_type):
        raise NotFound
    try:
        return redraw(found.content, on_paper=True)
    except CannotRedraw as fault:
        raise NotFound from fault


def _one(rows: ExhibitQuerySet, actor: Actor, opened: access_terms.Opened, exhibit_id: UUID) -> Exhibit:
    """Return one document of an opened file, or raise NotFound, the same for absent and for closed to the actor."""
    found = cast(Exhibit | None, rows.open_to(actor.staff).filter(pk=exhibit_id).first())
    if found is None or Compartment(found.compartment) not in opened.readable:
        raise NotFound
    return found


def content_of(found: Exhibit) -> bytes:
    """Return the bytes of a stored document, or raise Damaged where they are not what was hashed when it came."""
    try:
        content = rules.as_bytes(keyring().open(found.content, place=rules.place(found.pk)))
    except (CannotOpen, ValueError) as fault:
        raise Damaged(
            sentence("Exhibit {1} cannot be opened: it was moved or altered after it was kept.", found.pk)
        ) from fault
    if rules.sha256(content) != found.sha256:
        raise Damaged(sentence("Exhibit {1} is not what was kept: its hash differs.", found.pk))
    return content


def content_of_copy(copy: SafeCopy) -> bytes:
    """Return the bytes of a safe copy, or raise Damaged where they are not what was drawn."""
    try:
        content = rules.as_bytes(keyring().open(copy.content, place=rules.copy_place(copy.pk)))
    except (CannotOpen, ValueError) as fault:
        raise Damaged(sentence("The safe copy {1} cannot be opened: it was moved or altered.", copy.pk)) from fault
    if rules.sha256(content) != copy.sha256:
        raise Damaged(sentence("The safe copy {1} is not what was drawn: its hash differs.", copy.pk))
    return content


def picture(*, actor: Actor, file: UUID, exhibit_id: UUID, at: datetime) -> tuple[Exhibit, SafeCopy]:
    """Return a picture and its safe copy, or raise NotFound: absent, closed to the actor, or without one to show."""
    opened = access_queries.opened(actor, file, at=at)
    rows = Exhibit.objects.of(opened).select_related("safe_copy").defer("content")
    found = _one(rows, actor, opened, exhibit_id)
    copy = getattr(found, "safe_copy", None)
    if copy is None or not copy.content:
        raise NotFound
    audit.consulted(
        actor, "exhibit.picture", at=at, file=file, compartments={found.compartment}, fields=frozenset({"safe_copy"}),
        about=About(found._meta.label_lower, found.pk),
    )  # fmt: skip
    return found, copy


def custody(*, actor: Actor, file: UUID, exhibit_id: UUID, at: datetime) -> tuple[CustodyShown, ...]:
    """Return the custody record of a file, the first step first, or raise NotFound where it is closed to the actor."""
    opened = access_queries.opened(actor, file, at=at)
    found = _one(Exhibit.objects.of(opened).defer("content"), actor, opened, exhibit_id)
    return CUSTODY.all(CustodyStep.objects.of(opened).filter(exhibit=found).order_by("taken_at", "id"))
