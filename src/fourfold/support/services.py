"""Supporting the victim one to one: contacts under her safe-contact rule, her words, how she is, and what she is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import Compartment, NotFound, Permission, Refused, RelationKind
from fourfold.assessment import instruments
from fourfold.assessment import rules as assessment_rules
from fourfold.assessment.terms import ScoreState
from fourfold.audit import rules as audit_rules
from fourfold.audit import services as audit
from fourfold.audit.commitments import row_commitment
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.people import services as people
from fourfold.people.models import Message, SafeAddress, SafeContact
from fourfold.people.queries.contact import why_not_contact_now
from fourfold.people.terms import Channel, SafeContactRule
from fourfold.support import rules
from fourfold.support.models import CheckIn, Contact, Update, UpdateTold, VictimNote
from fourfold.support.terms import CannotSupport, ContactOutcome, NoteKind, PastCheckIn, PastContact, UpdateKind

BATCH = 500
CHECK_IN = "safety-check-in"
LONGEST_NOTE = 5000


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


def check_in(*, actor: Actor, case: Case, answers: Mapping[str, str], at: datetime) -> CheckIn:
    """Keep how she is, by the Safety check-in: every answer as given, a total only where all were given.

    `answers` maps each question to what was chosen or written; what is left out was not answered. Raises
    CannotSupport naming the question whose answer does not fit, or where none was answered.
    """
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=Compartment.ADVOCATE_CONFIDENTIAL)
    columns = _filled_in(answers, None)
    if not columns["answers"]:
        raise CannotSupport("answers", "No question was answered. Answer one, or record the contact alone.")
    with audit.recorded(actor, "check_in.recorded", at=at, file=case.pk, operation=Operation.COLLECTION) as entry:
        return entry.about(
            CheckIn.objects.create(
                case=case, answered_at=at, **columns, **access_queries.held_by(actor, "victim", at=at)
            )
        )


def _filled_in(answers: Mapping[str, str], version: int | None) -> dict[str, object]:
    """Return the columns of a check-in; raises CannotSupport naming the question that cannot be kept."""
    form = instruments.load(CHECK_IN, version)
    given, problems = assessment_rules.read_answers(form, answers)
    if problems:
        raise CannotSupport(problems[0].field, problems[0].message)
    (result,) = assessment_rules.score(form, given)
    return {
        "instrument": form.key,
        "version": form.version,
        "sha256": form.sha256,
        "answers": {answer.slot.field: answer.option or answer.text for answer in given},
        "total": int(result.value) if result.state is ScoreState.SCORED and result.value is not None else None,
        "state": result.state,
    }


# ---- what she is told ---------------------------------------------------------------------------------------------


def owe_update(
    *,
    actor: Actor,
    case: Case,
    what: UpdateKind,
    happened_at: datetime,
    at: datetime,
    enhanced: bool | None = None,
) -> Update:
    """Start the clock of the Victims' Code: she is to be told within one working day, or five without enhanced rights."""
    access.require(actor, Permission.ACTION_OPEN, at=at, file=case.pk, writes=Compartment.CORE)
    if happened_at > at:
        raise CannotSupport("happened_at", "This lies in the future. Record it when it has happened.")
    with audit.recorded(actor, "update.owed", at=at, file=case.pk) as entry:
        return entry.about(
            Update.objects.create(
                case=case,
                what=what,
                happened_at=happened_at,
                working_days=rules.working_days_allowed(enhanced),
                due_on=rules.due_on(happened_at, enhanced),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def tell_update(*, actor: Actor, update: Update, contact: Contact, at: datetime) -> UpdateTold:
    """Record that she was told, in a contact of the same case in which she was reached safely."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=update.case_id, writes=Compartment.VICTIM_CONTACT)
    if contact.case_id != update.case_id or contact.outcome != ContactOutcome.REACHED or not contact.safe:
        raise CannotSupport("contact", "She can only be told in a contact in which she was reached safely.")
    if UpdateTold.objects.unscoped("the case was opened above").filter(update=update).exists():
        raise CannotSupport("update", "This is on record as told already.")
    with audit.recorded(actor, "victim.updated", at=at, file=update.case_id) as entry:
        return entry.about(
            UpdateTold.objects.create(
                update=update,
                contact=contact,
                told_at=contact.attempted_at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


# ---- reaching her, for one case -----------------------------------------------------------------------------------


def agree_contact(
    *, actor: Actor, case: Case, rule: SafeContactRule, at: datetime, code_phrase: str = "", note: str = ""
) -> SafeContact:
    """Keep how the victim of this case may be reached, as agreed with her."""
    return people.agree_safe_contact(
        actor=actor, case_file=case.pk, victim=case.victim, rule=rule, code_phrase=code_phrase, note=note, at=at
    )


def keep_address(*, actor: Actor, case: Case, address: str, at: datetime) -> SafeAddress:
    """Seal where the victim of this case truly is."""
    return people.keep_safe_address(actor=actor, case_file=case.pk, victim=case.victim, address=address, at=at)


def reveal_address(*, actor: Actor, second: Actor, case: Case, reason: str, at: datetime) -> str:
    """Open the sealed address of the victim of this case, once, for two advocates."""
    return people.reveal_safe_address(
        actor=actor, second=second, case_file=case.pk, victim=case.victim, reason=reason, at=at
    )


def send_message(*, actor: Actor, case: Case, channel: Channel, text: str, at: datetime, title: str = "") -> Message:
    """Put a message to the victim of this case into the outbox; it may name neither party, nor the case."""
    subject = case.subject
    names = (subject.given_name, subject.family_name, subject.other_names, case.reference)
    return people.send_message(
        actor=actor,
        case_file=case.pk,
        victim=case.victim,
        channel=channel,
        text=text,
        title=title,
        at=at,
        names=tuple(filter(None, names)),
    )


# ---- taking over what was before ----------------------------------------------------------------------------------


def take_over(*, actor: Actor, rows: Iterable[PastContact | PastCheckIn], at: datetime) -> int:
    """Bring in past contacts and check-ins of cases of which the actor is the advocate; return how many.

    Batches of 500 with one entry each. Raises NotFound for a case that is not open to the actor, Refused for one
    whose advocate is somebody else, CannotSupport for an answer that does not fit.
    """
    remaining, total = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        _refuse_foreign(actor, {past.case for past in batch}, at)
        with audit.recorded(actor, "support.taken_over", at=at, operation=Operation.COLLECTION) as entry:
            made = [_past(actor, past) for past in batch]
            for table in (Contact, CheckIn):
                table.objects.bulk_create([row for row in made if isinstance(row, table)])
            entry.root, entry.count = audit_rules.root(row_commitment(row) for row in made), len(made)
        total += len(batch)
    return total


def _refuse_foreign(actor: Actor, wanted: set[UUID], at: datetime) -> None:
    """Let pass only cases that are open to the actor, and of which the actor is the advocate."""
    found = Case.objects.visible_to(actor, at=at).in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    for site in {case.site for case in found.values()}:
        access.require(actor, Permission.SUPPORT_RECORD, at=at, site=site)
    hers = Relation.objects.filter(
        file__in=wanted, staff_id=actor.staff, kind=RelationKind.ADVOCATE, from_at__lte=at, until_at__isnull=True
    )
    if hers.values("file").distinct().count() < len(wanted):
        audit.refused(actor, "support.taken_over", at=at, rule="not the advocate")
        raise Refused("compartment", "Contacts are taken over by the advocate whose cases they are.")


def _past(actor: Actor, past: PastContact | PastCheckIn) -> Contact | CheckIn:
    if isinstance(past, PastCheckIn):
        held = access_queries.held_by(actor, past.source, at=past.answered_at)
        columns = _filled_in(past.answers, past.version)
        return CheckIn(case_id=past.case, answered_at=past.answered_at, **columns, **held)
    return Contact(
        case_id=past.case,
        channel=past.channel,
        incoming=past.incoming,
        attempted_at=past.attempted_at,
        outcome=past.outcome,
        why_stopped=past.why_stopped,
        safe=rules.is_safe(past.outcome) if past.safe is None else past.safe,
        minutes=past.minutes,
        **access_queries.held_by(actor, past.source, at=past.attempted_at),
    )


def _refuse(why: tuple[str, str] | None) -> None:
    if why is not None:
        raise CannotSupport(*why)
