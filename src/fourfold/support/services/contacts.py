"""Contacts under her safe-contact rule, and her words."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.people.queries.contact import why_not_contact_now
from fourfold.people.terms import Channel
from fourfold.support import rules
from fourfold.support.models import Contact, VictimNote
from fourfold.support.terms import CannotSupport, ContactOutcome, NoteKind

LONGEST_NOTE = 5000
LONDON = ZoneInfo("Europe/London")
NOT_REACHED_THEN = (
    "No safe contact with her is on record for that day. Ask her advocate to reach her and to record the contact first."
)


def attempt_contact(
    *,
    actor: Actor,
    case: Case,
    channel: Channel,
    at: datetime,
    outcome: ContactOutcome,
    minutes: int | None = None,
    incoming: bool = False,
    leaves_message: bool = False,
) -> Contact:
    """Record a contact, or that the safe-contact rule stopped it, with the reason.

    The rule is asked before anything else, so that a contact it forbids counts for nothing; a contact that she
    began herself (`incoming`) no rule stops. Raises CannotSupport naming the field.
    """
    access.require(actor, Permission.SUPPORT_VIEW, at=at, file=case.pk, writes=Compartment.VICTIM_CONTACT)
    _refuse(rules.why_not_record(outcome, minutes))
    why = None
    if not incoming:
        why, _ = why_not_contact_now(case.victim_id, channel, at=at, leaves_message=leaves_message)
    outcome = ContactOutcome.STOPPED if why else outcome
    with audit.recorded(actor, "contact.stopped" if why else "contact.recorded", at=at, file=case.pk) as entry:
        return entry.about(
            Contact.objects.create(
                case=case,
                channel=channel,
                incoming=incoming,
                attempted_at=at,
                outcome=outcome,
                why_stopped=why or "",
                safe=rules.is_safe(outcome),
                minutes=minutes,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def write_note(*, actor: Actor, case: Case, kind: NoteKind, text: str, at: datetime) -> VictimNote:
    """Keep a wish, a need, a step of her safety plan or a confidence, which nobody of another agency opens."""
    access.require(actor, Permission.NOTE_CONFIDENTIAL, at=at, file=case.pk, writes=Compartment.ADVOCATE_CONFIDENTIAL)
    if not text.strip():
        raise CannotSupport("text", "Write what she said, in her words where you can.")
    if len(text) > LONGEST_NOTE:
        raise CannotSupport("text", f"A note holds {LONGEST_NOTE:,} characters. Write two.")
    with audit.recorded(actor, "note.written", at=at, file=case.pk) as entry:
        return entry.about(
            VictimNote.objects.create(
                case=case,
                kind=kind,
                text=text.strip(),
                noted_at=at,
                **access_queries.held_by(actor, "victim", at=at),
            )
        )


def require_told(*, actor: Actor, case: Case, told_at: datetime | None, at: datetime) -> None:
    """Refuse to go on where somebody says that she was told at a moment, and no safe contact of that day is on record.

    Says nothing of her contacts but that, so that whoever may not read them may still be held to them. Raises
    CannotSupport on `victim_told_at`; that nothing was said at all is for the step itself to refuse.
    """
    access.require(actor, Permission.CASE_VIEW, at=at, file=case.pk)
    if told_at is None:
        return
    day = told_at.astimezone(LONDON).date()
    begins = datetime.combine(day, time.min, tzinfo=LONDON)
    ends = datetime.combine(day + timedelta(days=1), time.min, tzinfo=LONDON)
    reached = Contact.objects.unscoped("the gate binds whoever acts; nothing of what is read here is shown")
    reached = reached.filter(case=case, outcome=ContactOutcome.REACHED, safe=True)
    if not reached.filter(attempted_at__gte=begins, attempted_at__lt=ends).exists():
        raise CannotSupport("victim_told_at", NOT_REACHED_THEN)


def _refuse(why: tuple[str, str] | None) -> None:
    if why is not None:
        raise CannotSupport(*why)
