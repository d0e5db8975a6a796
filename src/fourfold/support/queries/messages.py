"""Messages in words of their own, for the second person who reads them before they leave. Never where they go."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import Message
from fourfold.people.queries.contact import agreed_contact
from fourfold.people.rules.messages import READ_WITHIN, SECOND
from fourfold.support.queries.rows import case_row

HELD = "the case was opened, and who may read it asked, in this function"


@dataclass(frozen=True)
class MessageToRead:
    """A message that waits for a second reader, or waited: its words, who wrote it, and what was answered."""

    id: UUID
    reference: str
    channel: str
    title: str
    text: str
    state: str
    written_at: datetime
    written_by: str
    until: datetime
    how: str
    answered_by: str
    why_not: str
    why_not_mine: str


SHOWN = Projection(
    MessageToRead,
    Message,
    *("reference", "until", "how", "why_not", "why_not_mine"),
    written_at="recorded_at",
    written_by=Staff("recorded_by", "a colleague"),
    answered_by=Staff("reading__recorded_by"),
)


def message_row(*, actor: Actor, reference: str, message: UUID, at: datetime) -> Message:
    """Return a message in words of its own, to be answered, or raise NotFound."""
    case = case_row(actor=actor, reference=reference, at=at)
    opened = access_queries.opened(actor, case.pk, at=at)
    rows = Message.objects.unscoped(HELD).filter(pk=message, file=case.pk, template="")
    found = rows.select_related("victim", "reading").first()
    reads = opened.may_read(Compartment.VICTIM_CONTACT) or _is_advocate(actor, case.site)
    if found is None or not reads or not access_queries.may(actor, Permission.MESSAGE_SEND, site=case.site):
        raise NotFound
    return found


def message_to_read(*, actor: Actor, reference: str, message: UUID, at: datetime) -> MessageToRead:
    """Return a message as its second reader sees it: with what was agreed, where that is open to them."""
    row = message_row(actor=actor, reference=reference, message=message, at=at)
    opened = access_queries.opened(actor, row.file, at=at)
    agreed = agreed_contact(opened, row.victim_id, actor=actor, at=at)
    shown = {str(Compartment.VICTIM_CONTACT)}
    audit.consulted(actor, "message.to_read", at=at, file=row.file, compartments=shown, count=1)
    reading = getattr(row, "reading", None)
    return SHOWN(
        row,
        names=access_queries.names_of(SHOWN.staff_in([row])),
        reference=reference,
        until=row.recorded_at + READ_WITHIN,
        how=agreed.words if agreed else "",
        why_not=reading.words if reading else "",
        why_not_mine=signatories.why_not_second(row.recorded_by, actor, at=at, same=SECOND) or "",
    )


def _is_advocate(actor: Actor, site: str) -> bool:
    """Return whether somebody is an advocate of the unit, who may be the second reader in every case that they may open."""
    return access_queries.may(actor, Permission.SAFE_ADDRESS_VIEW, site=site)
