"""The victim's own file, as the advocate reads it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.assessment import instruments
from fourfold.assessment import rules as assessment_rules
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.queries.level_shown import level_in
from fourfold.cases.terms import State
from fourfold.people.queries.contact import agreed_contact, ways_now
from fourfold.people.queries.messages import messages_of
from fourfold.people.queries.same_person import records_of
from fourfold.people.rules import contact as contact_rules
from fourfold.support import rules
from fourfold.support.models import CheckIn, Contact, Update, VictimNote
from fourfold.support.queries.agreed_elsewhere import binds_too
from fourfold.support.queries.care import _steps
from fourfold.support.queries.rows import opened_file
from fourfold.support.queries.silence import last_safe_of
from fourfold.support.queries.values import CheckInShown, ContactShown, NoteShown, UpdateShown, VictimFile, Way
from fourfold.support.terms import ContactOutcome, NoteKind

CHECK_IN = "safety-check-in"
NOTE = Projection(NoteShown, VictimNote, at="noted_at", by=Staff("recorded_by"))
CONTACT = Projection(ContactShown, Contact, at="attempted_at", by=Staff("recorded_by"))
UPDATE = Projection(UpdateShown, Update, "met", "bank_holidays", "told_by", told_at="told__told_at")


def victim_file(*, actor: Actor, reference: str, at: datetime, confidences: bool = True) -> VictimFile:
    """Return the victim's file of a case, or raise NotFound: also for whoever may open the case and not that file.

    `confidences` of False leaves out what was told to the advocate alone, and the level, for a page that shows neither.
    """
    case, opened = opened_file(actor, reference, at, Compartment.VICTIM_CONTACT, "victim.file")
    agrees = opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL)
    opened = opened if confidences else opened.without(Compartment.ADVOCATE_CONFIDENTIAL).without(Compartment.RISK)
    notes, check_ins, contacts = _notes(opened), _check_ins(opened), _contacts(opened)
    records = records_of(case.victim_id)
    last_safe_at = _last_safe(opened, records, actor, at)
    level = level_in(opened, case.level)
    agreed = agreed_contact(opened, case.victim_id, actor=actor, at=at, records=records)
    holds = agreed.holds if agreed else None
    window = contact_rules.next_window(holds, at) if holds else None
    confidential = opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL)
    steps = _steps(opened, rules.day_of(at)) if confidential else ()
    parts = (Compartment.VICTIM_CONTACT, Compartment.RISK, Compartment.ADVOCATE_CONFIDENTIAL)
    shown = {part.value for part in parts if opened.may_read(part)}
    audit.consulted(actor, "victim.file", at=at, file=case.pk, compartments=shown, count=1)
    may = access_queries.may
    reaches = Compartment.VICTIM_CONTACT in opened.writable
    may_agree = reaches and may(actor, Permission.SAFE_CONTACT_SET)
    agrees = agrees and may_agree
    return VictimFile(
        case=case.pk,
        site=case.site,
        reference=case.reference,
        name=case.victim.name,
        level=level,
        agreed=agreed,
        how=agreed.words if agreed else contact_rules.in_words(None, agrees=agrees),
        opens=window[0] if window else None,
        closes=window[1] if window else None,
        ways=tuple(
            Way(channel, channel.words, contact_rules.AGREE_FIRST if agrees and why == contact_rules.NO_PLAN else why)
            for channel, why in ways_now(
                case.victim_id, records, holds, case=case.pk, at=at, subjects={case.subject_id}
            ).items()
        ),
        binds_too=binds_too(agreed.elsewhere if agreed else (), actor=actor, at=at),
        confidential=confidential,
        wishes=notes[NoteKind.WISH],
        needs=notes[NoteKind.NEED],
        fears=notes[NoteKind.FEAR],
        plan_steps=tuple(step for step in steps if step.next_on is not None),
        plan_notes=notes[NoteKind.SAFETY_PLAN],
        confidences=notes[NoteKind.CONFIDENCE],
        check_ins=check_ins,
        contacts=contacts,
        messages=messages_of(opened, case.victim_id),
        updates=_updates(opened, contacts, at),
        last_safe_at=last_safe_at,
        days_silent=rules.days_silent(last_safe_at, case.opened_at, at),
        silent=case.state != State.CLOSED and rules.is_silent(level or None, last_safe_at, case.opened_at, at),
        may_record=reaches and may(actor, Permission.SUPPORT_RECORD),
        may_agree=may_agree,
        may_send=reaches and may(actor, Permission.MESSAGE_SEND),
        may_seal=Compartment.SAFE_ADDRESS_SEALED in opened.writable and may(actor, Permission.SAFE_ADDRESS_SET),
    )


def _notes(opened: Opened) -> dict[NoteKind, tuple[NoteShown, ...]]:
    if not opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL):
        return dict.fromkeys(NoteKind, ())
    rows = list(VictimNote.objects.of(opened).order_by("-noted_at", "id"))
    names = access_queries.names_of(NOTE.staff_in(rows))
    return {kind: NOTE.all((row for row in rows if row.kind == kind), names=names) for kind in NoteKind}


def _check_ins(opened: Opened) -> tuple[CheckInShown, ...]:
    if not opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL):
        return ()
    rows = CheckIn.objects.of(opened).filter(instrument=CHECK_IN)
    return tuple(_check_in(row) for row in rows.order_by("-answered_at", "-recorded_at", "id")[:WHOLE])


def _check_in(row: CheckIn) -> CheckInShown:
    form = instruments.load(row.instrument, row.version)
    given, _ = assessment_rules.read_answers(form, row.answers)
    (scale,), (result,) = form.scores, assessment_rules.score(form, given)
    return CheckInShown(
        at=row.answered_at,
        total=None if row.total is None else int(row.total),
        lowest=int(scale.lowest or 0),
        highest=int(scale.highest or 0),
        answered=result.answered,
        of=result.of,
        alerts=assessment_rules.advice(form, given).critical,
    )


def _contacts(opened: Opened) -> tuple[ContactShown, ...]:
    return CONTACT.all(Contact.objects.of(opened).order_by("-attempted_at", "id")[:WHOLE])


def _last_safe(opened: Opened, records: frozenset[UUID], actor: Actor, at: datetime) -> datetime | None:
    """Return when the victim was last reached safely in any case open to the actor; of a file as it stood once, in this one."""
    if opened.as_of is None:
        return last_safe_of(records, case=opened.file, actor=actor, at=at)
    reached = Contact.objects.of(opened).filter(outcome=ContactOutcome.REACHED, safe=True)
    latest: datetime | None = reached.aggregate(latest=Max("attempted_at"))["latest"]
    return latest


def _updates(opened: Opened, contacts: Iterable[ContactShown], at: datetime) -> tuple[UpdateShown, ...]:
    rows = Update.objects.of(opened).filter(dropped_at__isnull=True).select_related("told").order_by("due_on", "id")
    by = {one.id: one.made_by or one.by for one in contacts}
    return tuple(
        UPDATE(
            row,
            told_by=by.get(row.told.contact_id, "") if hasattr(row, "told") else "",
            met=rules.is_met(row.due_on, row.told.told_at if hasattr(row, "told") else None, at),
            bank_holidays=rules.not_counted(row.happened_at, row.due_on, row.working_days),
        )
        for row in rows
    )
