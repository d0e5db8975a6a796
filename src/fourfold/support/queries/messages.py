"""Messages in words of their own, for the second person who reads them before they leave. Never where they go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff
from fourfold.access.scoping import opens
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown, with_risk
from fourfold.cases.terms import ShownLevel, State
from fourfold.people.models import Message
from fourfold.people.queries.contact import agreed_contact
from fourfold.people.queries.deliveries import fate_of_each
from fourfold.people.rules.deliveries import FAILURES, HANDED_OVER_WITHIN, MEANS
from fourfold.people.rules.messages import READ_WITHIN, SECOND
from fourfold.people.terms import Fate
from fourfold.support.models import Contact
from fourfold.support.queries.rows import case_row
from fourfold.support.terms import ContactOutcome

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


@dataclass(frozen=True)
class ToRead:
    """A row of the list of what waits for a second reader."""

    id: UUID
    reference: str
    level: ShownLevel
    until: datetime


@dataclass(frozen=True)
class NotSent:
    """A message that did not reach the victim, or may not have: the case, since when the victim waits, and why.

    `state` is the message's own: *sent* is one of which its provider says that it did not arrive.
    """

    reference: str
    level: ShownLevel
    since: datetime
    why: str
    state: str


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


def messages_to_read(*, actor: Actor, at: datetime) -> tuple[ToRead, ...]:
    """Return what waits for an advocate of the unit as a second reader, what runs out first first. Two statements and
    the log's. The officer in the case finds it in the victim's file.
    """
    sites = [site for site in actor.sites if _is_advocate(actor, site)]
    cases = Case.objects.visible_to(actor, at=at).filter(site__in=sites)
    rows = Message.objects.unscoped("scoped by the case").filter(state="held", recorded_at__gt=at - READ_WITHIN)
    rows = (
        rows.filter(file__in=cases.values("pk"))
        .exclude(recorded_by__in=signatories.records_of(actor))
        .order_by("recorded_at", "id")[:WHOLE]
    )
    found = [(row.pk, row.file, row.recorded_at) for row in rows]
    if not found:
        return ()
    named = with_risk(cases, actor, at).filter(pk__in={file for _, file, _ in found}).only("reference", "level")
    files = {row.pk: (row.reference, level_shown(row.level, sees_risk=row.sees_risk)) for row in named}
    audit.consulted(actor, "messages.to_read", at=at, count=len(found))
    return tuple(ToRead(pk, *files[file], since + READ_WITHIN) for pk, file, since in found)


def messages_not_sent(*, actor: Actor, at: datetime) -> tuple[NotSent, ...]:
    """Return what was to reach a victim and did not, or may not have, the longest ago first: what was stopped on the way out, waits for a
    provider, was handed over to one that never answered, or did not arrive.

    For whoever may read in the case how the victim is contacted, the writer among them, until the victim was reached since, or sent what
    was written since, or the case is closed. What was stopped as it was written, or by a second reader's no, was told to its
    writer then. One statement where there is none, and else two and the log's.
    """
    found = [
        (row.file, row.since, MEANS[Fate(row.fate)] if row.state == "sent" else row.why_stopped, row.state)
        for row in _not_sent(actor, at)
    ]
    if not found:
        return ()
    named = with_risk(_contact_read(actor, at), actor, at).filter(pk__in={file for file, *_ in found})
    files = {
        row.pk: (row.reference, level_shown(row.level, sees_risk=row.sees_risk))
        for row in named.only("reference", "level")
    }
    audit.consulted(actor, "messages.not_sent", at=at, compartments={str(Compartment.VICTIM_CONTACT)}, count=len(found))
    return tuple(NotSent(*files[file], *rest) for file, *rest in found)


def _contact_read(actor: Actor, at: datetime) -> Any:
    cases = Case.objects.visible_to(actor, at=at).exclude(state=State.CLOSED)
    return cases.filter(opens(actor, Compartment.VICTIM_CONTACT, at=at))


@composed
def _not_sent(actor: Actor, at: datetime) -> QuerySet[Message, Any]:
    every = Message.objects.unscoped("scoped by the case").annotate(fate=fate_of_each())
    stopped = Q(state="stopped") & ~Q(to="") & ~Q(reading__given=False)
    lost = Q(state="leaving") & (~Q(why_stopped="") | Q(recorded_at__lt=at - HANDED_OVER_WITHIN))
    not_there = stopped | lost | (Q(state="waiting") & ~Q(why_stopped="")) | Q(state="sent", fate__in=FAILURES)
    rows = every.filter(not_there, file__in=_contact_read(actor, at).values("pk"))
    rows = rows.annotate(since=Coalesce("reading__recorded_at", F("recorded_at"), output_field=DateTimeField()))
    later = Q(file=OuterRef("file"), victim=OuterRef("victim"), recorded_at__gt=OuterRef("since"), state="sent")
    arrived = every.filter(later).filter(Q(fate__isnull=True) | ~Q(fate__in=FAILURES))
    reached = Contact.objects.unscoped("scoped by the case").filter(
        case=OuterRef("file"), outcome=ContactOutcome.REACHED, attempted_at__gt=OuterRef("since")
    )
    return rows.exclude(Exists(arrived)).exclude(Exists(reached)).order_by("since", "id")[:WHOLE]


def _is_advocate(actor: Actor, site: str) -> bool:
    """Return whether somebody is an advocate of the unit, who may be the second reader in every case that they may open."""
    return access_queries.may(actor, Permission.SAFE_ADDRESS_VIEW, site=site)
