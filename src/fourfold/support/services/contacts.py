"""Contacts under the safe-contact rule, and notes of what the victim said."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.people.queries.contact import why_not_contact_now, why_not_contact_then
from fourfold.people.terms import Channel
from fourfold.support import rules
from fourfold.support.models import Contact, Update, VictimNote
from fourfold.support.services.updates import tell_update, with_breach
from fourfold.support.terms import WRITTEN_NOTES, CannotSupport, ContactOutcome, NoteKind, Telling, UpdateKind
from fourfold.words import sentence

LONGEST_NOTE = 5000
LONDON = ZoneInfo("Europe/London")
NOT_REACHED_THEN = "No safe contact with the victim about this is on record for that day. Ask their advocate to make contact and record it first."


def ask_before_contact(
    *, actor: Actor, case: Case, channel: Channel, at: datetime, leaves_message: bool = False
) -> Contact | None:
    """Check a contact before it is made: None where it may be made now, and nothing is kept; else the contact that was
    stopped, with the reason.
    """
    access.require(actor, Permission.SUPPORT_VIEW, at=at, file=case.pk, writes=Compartment.VICTIM_CONTACT)
    return _stopped(actor, case, channel, at, leaves_message)


def attempt_contact(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    case: Case,
    channel: Channel,
    at: datetime,
    outcome: ContactOutcome,
    minutes: int | None = None,
    incoming: bool = False,
    leaves_message: bool = False,
    happened_at: datetime | None = None,
) -> Contact:
    """Record a contact. Without `happened_at` it is made now, and one that the rule forbids is stopped with the reason.

    One that has happened cannot be undone: it is kept as it was, with what it broke of the rule of that moment, and is
    then no safe contact. No rule stops the victim from getting in touch (`incoming`). Raises CannotSupport naming the field.
    """
    access.require(actor, Permission.SUPPORT_VIEW, at=at, file=case.pk, writes=Compartment.VICTIM_CONTACT)
    CannotSupport.refuse(rules.why_not_record(outcome, minutes))
    broken = ""
    if happened_at is not None:
        broken = _broken(actor, case, channel, happened_at, at, incoming, leaves_message)
    elif not incoming and (stopped := _stopped(actor, case, channel, at, leaves_message)):
        return stopped
    said = {"channel": channel, "incoming": incoming, "outcome": outcome, "minutes": minutes}
    with audit.recorded(actor, "contact.recorded", at=at, file=case.pk) as entry:
        contact = entry.about(_keep(actor, case, at, attempted_at=happened_at or at, rule_broken=broken, **said))
        settle_first_contact(actor, contact, at)
        return contact


def record_telling(*, actor: Actor, case: Case, telling: Telling, at: datetime) -> Contact:
    """Keep as a contact that the victim was reached and told of a breach, with what it broke of the rule of that moment.

    Whoever may record the breach may say so, and reads nothing of how the victim is reached.
    """
    permission = with_breach(actor)
    opened = access.require(actor, permission, at=at, file=case.pk, writes=Compartment.CORE)
    told_at = telling.at or at
    broken = _broken(actor, case, telling.channel, told_at, at, telling.incoming, False)
    said = {"channel": telling.channel, "incoming": telling.incoming, "made_by": telling.by}
    with audit.recorded(actor, "contact.recorded", at=at, file=case.pk) as entry:
        reached = {"outcome": ContactOutcome.REACHED, "attempted_at": told_at, "rule_broken": broken}
        contact = entry.about(_keep(actor, case, at, **reached, **said))
        if opened is not None and Compartment.VICTIM_CONTACT in opened.writable:
            settle_first_contact(actor, contact, at)
        return contact


def _broken(
    actor: Actor, case: Case, channel: Channel, happened_at: datetime, at: datetime, incoming: bool, message: bool
) -> str:
    """Return what a contact that has happened broke of the rule of its moment, or nothing; refuse a moment that cannot be."""
    CannotSupport.refuse(rules.why_not_when(happened_at, case.opened_at, at))
    if incoming:
        return ""
    of: Any = {"case": case.pk, "actor": actor, "at": at, "subjects": {case.subject_id}}
    return why_not_contact_then(case.victim_id, channel, happened_at=happened_at, leaves_message=message, **of) or ""


def _keep(actor: Actor, case: Case, at: datetime, **said: Any) -> Contact:
    safe = rules.is_safe(said["outcome"], said["rule_broken"])
    return Contact.objects.create(case=case, safe=safe, **said, **access_queries.held_by(actor, "entered", at=at))


def settle_first_contact(actor: Actor, contact: Contact, at: datetime) -> None:
    """Let an advocate who reaches the victim safely settle the first contact, whichever form it is recorded on.

    It is that contact, and who speaks is the advocate whom it is to offer; an officer's contact offers nobody.
    """
    if not contact.safe or not access_queries.may(actor, Permission.SUPPORT_RECORD):
        return
    owed = Update.objects.unscoped("the case was opened above").filter(
        case=contact.case_id,
        what=UpdateKind.FIRST_CONTACT,
        happened_at__lt=contact.attempted_at + timedelta(minutes=1),  # a contact is typed to the minute
        told__isnull=True,
    )
    for update in owed:
        tell_update(actor=actor, update=update, contact=contact, at=at)


def _stopped(actor: Actor, case: Case, channel: Channel, at: datetime, leaves_message: bool) -> Contact | None:
    """Keep a contact that the rule stops at this moment, before anything else is asked; None where it stops nothing."""
    of: Any = {"case": case.pk, "actor": actor, "at": at, "subjects": {case.subject_id}}
    why, _ = why_not_contact_now(case.victim_id, channel, leaves_message=leaves_message, **of)
    if why is None:
        return None
    with audit.recorded(actor, "contact.stopped", at=at, file=case.pk) as entry:
        said = {"channel": channel, "attempted_at": at, "outcome": ContactOutcome.STOPPED, "why_stopped": why}
        return entry.about(_keep(actor, case, at, rule_broken="", **said))


def write_note(*, actor: Actor, case: Case, kind: NoteKind, text: str, at: datetime) -> VictimNote:
    """Keep a wish, a need or a confidence, which nobody of another agency opens. Raises CannotSupport naming the field."""
    access.require(actor, Permission.NOTE_CONFIDENTIAL, at=at, file=case.pk, writes=Compartment.ADVOCATE_CONFIDENTIAL)
    if kind not in WRITTEN_NOTES:
        raise CannotSupport("kind", "Add safety plan steps on the care page, with a review day.")
    if not text.strip():
        raise CannotSupport("text", "Write what the victim said, in their own words where you can.")
    if len(text) > LONGEST_NOTE:
        raise CannotSupport("text", sentence("A note can have {1} characters. Write two notes.", f"{LONGEST_NOTE:,}"))
    with audit.recorded(actor, "note.written", at=at, file=case.pk) as entry:
        return entry.about(
            VictimNote.objects.create(
                case=case, kind=kind, text=text.strip(), noted_at=at, **access_queries.held_by(actor, "victim", at=at)
            )
        )


def require_told(*, actor: Actor, case: Case, told_at: datetime | None, at: datetime) -> None:
    """Refuse to go on where somebody says that the victim was told at a moment, and no safe contact of that day is on record.

    A telling of a breach is not meant. Says nothing of the contacts but that, so that whoever may not read them may still be held to them. Raises
    CannotSupport on `victim_told_at`; that nothing was said at all is for the step itself to refuse.
    """
    access.require(actor, Permission.CASE_VIEW, at=at, file=case.pk)
    if told_at is None:
        return
    day = told_at.astimezone(LONDON).date()
    begins = datetime.combine(day, time.min, tzinfo=LONDON)
    ends = datetime.combine(day + timedelta(days=1), time.min, tzinfo=LONDON)
    reached = Contact.objects.unscoped("the gate binds whoever acts; nothing of what is read here is shown")
    reached = reached.filter(case=case, outcome=ContactOutcome.REACHED, safe=True, made_by="")
    if not reached.filter(attempted_at__gte=begins, attempted_at__lt=ends).exists():
        raise CannotSupport("victim_told_at", NOT_REACHED_THEN)
