"""Bringing in a list of answers that forms name by its address and do not hold, and taking it out of use."""

from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.assessment.models import ListBrought, ListWithdrawn
from fourfold.assessment.queries.lists import ListFound, list_line, preview_lists, sum_of
from fourfold.assessment.rules.approval import CannotBring
from fourfold.assessment.services.library import saved
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation


def bring_lists(*, actor: Actor, site: str, raw: bytes, file: str, at: datetime) -> tuple[ListBrought, ...]:
    """Keep every list of a file that gives answers, for the forms that are brought in from now on; one that counts
    already adds nothing, and one that counted before counts again.

    Raises CannotBring with the reason where the file holds no such list.
    """
    access.require(actor, Permission.INSTRUMENT_IMPORT, at=at, site=site)
    found = [one for one in preview_lists(site=site, raw=raw, at=at) if one.answers and not one.already]
    if not found:
        return ()
    with audit.recorded(actor, "instrument.lists_brought", at=at, operation=Operation.CONFIGURATION) as entry:
        rows = tuple(_row(actor, site, one, file, at) for one in found)
        for row in rows:
            entry.about(row)
    return rows


def withdraw_list(*, actor: Actor, site: str, brought: UUID, reason: str, at: datetime) -> ListWithdrawn:
    """Take a list out of use for the forms that are brought in from now on; those that hold its answers keep them. It
    counts again when it is brought in again.

    Raises NotFound for what is not in use at the site, and CannotBring without a reason.
    """
    access.require(actor, Permission.INSTRUMENT_APPROVE, at=at, site=site)
    line = list_line(actor=actor, site=site, brought=brought, at=at)
    if not reason.strip():
        raise CannotBring("reason", "Enter why it is taken out of use. Anyone who looks for it can read this.")
    with audit.recorded(actor, "instrument.list_withdrawn", at=at, operation=Operation.CONFIGURATION) as entry:
        row = ListWithdrawn(
            brought_id=line.id, site=site, reason=reason.strip(), withdrawn_at=at, withdrawn_by=actor.staff
        )
        saved(row, "reason")
        return entry.about(row)


def _row(actor: Actor, site: str, one: ListFound, file: str, at: datetime) -> ListBrought:
    read = one.read
    return ListBrought.objects.create(
        site=site,
        url=read.url,
        version=read.version,
        title=read.title,
        answers=read.answers,
        turn=one.turn,
        document=read.document.decode(),
        sha256=sum_of(read),
        file_name=file[-200:],
        brought_at=at,
        brought_by=actor.staff,
    )
