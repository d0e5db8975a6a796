"""Her file, as her advocate reads it; who is silent; whom to reach next, and how; what she has not been told yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from fourfold.access import queries as access_queries
from fourfold.access.models import Relation
from fourfold.access.terms import Compartment, NotFound, Opened, Permission, RelationKind
from fourfold.assessment import instruments
from fourfold.assessment import rules as assessment_rules
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, State
from fourfold.people.models import SafeContact
from fourfold.people.queries.contact import (
    AgreedContact,
    MessageShown,
    agreed_contact,
    messages_of,
    rule_in,
    ways_now,
)
from fourfold.people.rules import contact as contact_rules
from fourfold.people.terms import Channel, SafeContactRule
from fourfold.support import rules
from fourfold.support.models import CheckIn, Contact, Update, VictimNote
from fourfold.support.terms import ContactOutcome, NoteKind, UpdateKind

PAGE = 50
RECENT = 20


@dataclass(frozen=True)
class Way:
    """One way to reach her now: open, or shut with the reason."""

    channel: Channel
    words: str
    why_not: str | None


@dataclass(frozen=True)
class ContactShown:
    """A contact that was made, missed, or stopped with its reason."""

    id: UUID
    at: datetime
    channel: Channel
    incoming: bool
    outcome: ContactOutcome
    why_stopped: str
    minutes: int | None
    by: str


@dataclass(frozen=True)
class NoteShown:
    """Her words, and when she said them."""

    at: datetime
    text: str
    by: str


@dataclass(frozen=True)
class CheckInShown:
    """How she was: the total where all was answered, how much was, and what to act on today."""

    at: datetime
    total: int | None
    lowest: int
    highest: int
    answered: int
    of: int
    alerts: tuple[str, ...]


@dataclass(frozen=True)
class UpdateShown:
    """Something she is to be told: by when, when she was, and whether that was in time (None: there is still time)."""

    id: UUID
    what: UpdateKind
    happened_at: datetime
    working_days: int
    due_on: date
    told_at: datetime | None
    met: bool | None


@dataclass(frozen=True)
class VictimFile:
    """Everything of a victim's own file that this reader may see. Where she is does not stand here."""

    case: UUID
    reference: str
    name: str
    level: Level | None
    agreed: AgreedContact | None
    how: str
    opens: datetime | None
    closes: datetime | None
    ways: tuple[Way, ...]
    confidential: bool
    wishes: tuple[NoteShown, ...]
    needs: tuple[NoteShown, ...]
    safety_plan: tuple[NoteShown, ...]
    confidences: tuple[NoteShown, ...]
    check_ins: tuple[CheckInShown, ...]
    contacts: tuple[ContactShown, ...]
    messages: tuple[MessageShown, ...]
    updates: tuple[UpdateShown, ...]
    last_safe_at: datetime | None
    days_silent: int
    silent: bool
    may_record: bool
    may_agree: bool
    may_send: bool
    may_seal: bool


def victim_file(*, actor: Actor, reference: str, at: datetime) -> VictimFile:
    """Return the victim's file of a case, or raise NotFound: also for whoever may open the case and not her file."""
    case = _case(actor, reference, at)
    opened = access_queries.opened(actor, case.pk, at=at)
    if not opened.may_read(Compartment.VICTIM_CONTACT):
        audit.refused(actor, "victim.file", at=at, rule="no permit for victim_contact", file=case.pk)
        raise NotFound
    notes, check_ins = _notes(opened), _check_ins(opened)
    contacts = _contacts(opened)
    last_safe_at = _last_safe(opened)
    level = Level(case.level) if case.level else None
    agreed = agreed_contact(opened, case.victim_id)
    window = contact_rules.next_window(agreed.rule, at) if agreed else None
    confidential = opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL)
    shown = {Compartment.VICTIM_CONTACT.value} | ({Compartment.ADVOCATE_CONFIDENTIAL.value} if confidential else set())
    audit.consulted(actor, "victim.file", at=at, file=case.pk, compartments=shown, count=1)
    may = access_queries.may
    reaches = Compartment.VICTIM_CONTACT in opened.writable
    return VictimFile(
        case=case.pk,
        reference=case.reference,
        name=case.victim.name,
        level=level,
        agreed=agreed,
        how=agreed.words if agreed else contact_rules.NO_PLAN,
        opens=window[0] if window else None,
        closes=window[1] if window else None,
        ways=_ways(case, at),
        confidential=confidential,
        wishes=notes[NoteKind.WISH],
        needs=notes[NoteKind.NEED],
        safety_plan=notes[NoteKind.SAFETY_PLAN],
        confidences=notes[NoteKind.CONFIDENCE],
        check_ins=check_ins,
        contacts=contacts,
        messages=messages_of(opened, case.victim_id),
        updates=_updates(opened, at),
        last_safe_at=last_safe_at,
        days_silent=rules.days_silent(last_safe_at, case.opened_at, at),
        silent=case.state != State.CLOSED and rules.is_silent(level, last_safe_at, case.opened_at, at),
        may_record=reaches and may(actor, Permission.SUPPORT_RECORD),
        may_agree=reaches and may(actor, Permission.SAFE_CONTACT_SET),
        may_send=reaches and may(actor, Permission.MESSAGE_SEND),
        may_seal=Compartment.SAFE_ADDRESS_SEALED in opened.writable and may(actor, Permission.SAFE_ADDRESS_SET),
    )


def case_row(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return the case that a page is about to write to, or raise NotFound."""
    return _case(actor, reference, at)


def update_row(*, actor: Actor, update: UUID, at: datetime) -> Update:
    """Return the update that a page says was told, or raise NotFound."""
    found = Update.objects.visible_to(actor, at=at).select_related("case").filter(pk=update).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Question:
    """One question of the check-in: its field, its words, and what may be chosen (nothing: answered in words)."""

    field: str
    text: str
    options: tuple[tuple[str, str], ...]


def questions() -> tuple[Question, ...]:
    """Return the questions of the newest Safety check-in, in their order."""
    form = instruments.load("safety-check-in")
    return tuple(
        Question(
            slot.field,
            form.item(slot.item).text,
            tuple((option.code, option.label) for option in scale.options) if (scale := form.scale_of(slot)) else (),
        )
        for slot in form.slots()
    )


# ---- lists --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Silent:
    """A victim whom nobody has reached safely for fourteen days or more, at high or very high."""

    reference: str
    case: UUID
    level: Level | None
    last_safe_at: datetime | None
    days: int


def silent_victims(*, actor: Actor, at: datetime) -> tuple[Silent, ...]:
    """Return the silent victims of the cases in which the actor is advocate, advocates' lead or officer in the case,
    the longest silent first. One statement.
    """
    rows = (
        _related(actor, at, RelationKind.ADVOCATE, RelationKind.ADVOCATE_MANAGER, RelationKind.OIC)
        .exclude(state=State.CLOSED)
        .filter(Q(level="") | Q(level__in=rules.SILENCE_MATTERS))
        .annotate(last_safe_at=_last_safe_of("pk"))
    )
    cut = at - rules.SILENT_AFTER
    quiet = rows.filter(Q(last_safe_at__lte=cut) | Q(last_safe_at__isnull=True, opened_at__lte=cut))
    found = [
        Silent(
            row.reference,
            row.pk,
            Level(row.level) if row.level else None,
            row.last_safe_at,
            rules.days_silent(row.last_safe_at, row.opened_at, at),
        )
        for row in quiet
    ]
    return tuple(sorted(found, key=lambda silent: (-silent.days, silent.reference))[:PAGE])


@dataclass(frozen=True)
class ToReach:
    """A victim of the advocate's own cases: when and how she may be reached next, and what waits for her."""

    reference: str
    case: UUID
    name: str
    level: Level | None
    how: str
    open_now: bool
    opens: datetime | None
    closes: datetime | None
    last_safe_at: datetime | None
    due_on: date | None


def contacts_in_order(*, actor: Actor, at: datetime) -> tuple[ToReach, ...]:
    """Return the victims of the advocate's own open cases in the order of their safe hours. Two statements.

    Empty for whoever may not read how a victim is reached: without the role, a second factor or training in date.
    """
    if not _reads_contact(actor):
        return ()
    owed = Update.objects.unscoped("inside a scoped list").filter(case=OuterRef("pk"), told__isnull=True)
    rows = list(
        _related(actor, at, RelationKind.ADVOCATE)
        .exclude(state=State.CLOSED)
        .annotate(last_safe_at=_last_safe_of("pk"), due_on=Subquery(owed.order_by("due_on").values("due_on")[:1]))
        .select_related("victim")
    )
    agreed = _rules_of({row.victim_id for row in rows})
    found = [_to_reach(row, agreed.get(row.victim_id), at) for row in rows]
    found.sort(key=lambda row: (not row.open_now, row.opens or at, row.due_on or date.max, row.reference))
    shown = {Compartment.VICTIM_CONTACT.value}
    audit.consulted(actor, "contacts.list", at=at, compartments=shown, count=len(found))
    return tuple(found[:PAGE])


@dataclass(frozen=True)
class Owed:
    """Something that a victim has not been told yet, and by when she is to be."""

    reference: str
    case: UUID
    update: UUID
    what: UpdateKind
    due_on: date
    overdue: bool


def updates_owed(*, actor: Actor, at: datetime) -> tuple[Owed, ...]:
    """Return what the victims of cases open to the actor have not been told yet, the most urgent first. One statement."""
    today = rules.day_of(at)
    rows = Update.objects.visible_to(actor, at=at).filter(told__isnull=True).select_related("case")
    return tuple(
        Owed(row.case.reference, row.case_id, row.pk, UpdateKind(row.what), row.due_on, row.due_on < today)
        for row in rows.order_by("due_on", "id")[:PAGE]
    )


# ---- inside -------------------------------------------------------------------------------------------------------


def _case(actor: Actor, reference: str, at: datetime) -> Case:
    rows = Case.objects.visible_to(actor, at=at).select_related("victim", "subject")
    found = rows.filter(reference=reference).first()
    if found is None:
        raise NotFound
    return found


def _related(actor: Actor, at: datetime, *kinds: RelationKind) -> QuerySet[Case]:
    mine = Relation.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at),
        file=OuterRef("pk"),
        staff_id=actor.staff,
        kind__in=kinds,
        from_at__lte=at,
    )
    return Case.objects.visible_to(actor, at=at).filter(Exists(mine))


def _reads_contact(actor: Actor) -> bool:
    signed_in_well = actor.strength != "password" and bool(actor.purpose)
    return actor.trained and signed_in_well and access_queries.may(actor, Permission.SUPPORT_VIEW)


def _last_safe_of(case: str) -> Subquery:
    reached = Contact.objects.unscoped("inside a scoped list").filter(
        case=OuterRef(case), outcome=ContactOutcome.REACHED, safe=True
    )
    return Subquery(reached.order_by("-attempted_at").values("attempted_at")[:1])


def _rules_of(victims: set[UUID]) -> dict[UUID, SafeContactRule]:
    """Return the rule last agreed with each victim, in one statement."""
    rows = SafeContact.objects.unscoped("the advocate's own cases").filter(victim__in=victims)
    return {row.victim_id: rule_in(row) for row in rows.order_by("recorded_at", "id")}


def _to_reach(row: Any, rule: SafeContactRule | None, at: datetime) -> ToReach:
    """Return a case, read with `last_safe_at` and `due_on`, as the list shows its victim."""
    window = contact_rules.next_window(rule, at) if rule else None
    return ToReach(
        reference=row.reference,
        case=row.pk,
        name=row.victim.name,
        level=Level(row.level) if row.level else None,
        how=contact_rules.in_words(rule),
        open_now=rule is not None and bool(rule.channels) and contact_rules.is_within(rule, at),
        opens=window[0] if window else None,
        closes=window[1] if window else None,
        last_safe_at=row.last_safe_at,
        due_on=row.due_on,
    )


def _ways(case: Case, at: datetime) -> tuple[Way, ...]:
    return tuple(
        Way(channel, contact_rules.WORDS[channel], why) for channel, why in ways_now(case.victim_id, at=at).items()
    )


def _notes(opened: Opened) -> dict[NoteKind, tuple[NoteShown, ...]]:
    kept: dict[NoteKind, list[NoteShown]] = {kind: [] for kind in NoteKind}
    if opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL):
        rows = list(VictimNote.objects.of(opened).order_by("-noted_at", "id"))
        names = access_queries.names_of(row.recorded_by for row in rows)
        for row in rows:
            kept[NoteKind(row.kind)].append(NoteShown(row.noted_at, row.text, names.get(row.recorded_by, "")))
    return {kind: tuple(notes) for kind, notes in kept.items()}


def _check_ins(opened: Opened) -> tuple[CheckInShown, ...]:
    if not opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL):
        return ()
    return tuple(_check_in(row) for row in CheckIn.objects.of(opened).order_by("-answered_at", "id")[:RECENT])


def _check_in(row: CheckIn) -> CheckInShown:
    form = instruments.load(row.instrument, row.version)
    given, _ = assessment_rules.read_answers(form, row.answers)
    (scale,), (result,) = form.scores, assessment_rules.score(form, given)
    return CheckInShown(
        at=row.answered_at,
        total=row.total,
        lowest=int(scale.lowest or 0),
        highest=int(scale.highest or 0),
        answered=result.answered,
        of=result.of,
        alerts=assessment_rules.advice(form, given).critical,
    )


def _contacts(opened: Opened) -> tuple[ContactShown, ...]:
    rows = list(Contact.objects.of(opened).order_by("-attempted_at", "id")[:RECENT])
    names = access_queries.names_of(row.recorded_by for row in rows)
    return tuple(
        ContactShown(
            row.pk,
            row.attempted_at,
            Channel(row.channel),
            row.incoming,
            ContactOutcome(row.outcome),
            row.why_stopped,
            row.minutes,
            names.get(row.recorded_by, ""),
        )
        for row in rows
    )


def _last_safe(opened: Opened) -> datetime | None:
    reached = Contact.objects.of(opened).filter(outcome=ContactOutcome.REACHED, safe=True)
    latest: datetime | None = reached.aggregate(latest=Max("attempted_at"))["latest"]
    return latest


def _updates(opened: Opened, at: datetime) -> tuple[UpdateShown, ...]:
    rows = Update.objects.of(opened).select_related("told").order_by("due_on", "id")
    return tuple(_update(row, row.told.told_at if hasattr(row, "told") else None, at) for row in rows)


def _update(row: Update, told_at: datetime | None, at: datetime) -> UpdateShown:
    return UpdateShown(
        id=row.pk,
        what=UpdateKind(row.what),
        happened_at=row.happened_at,
        working_days=row.working_days,
        due_on=row.due_on,
        told_at=told_at,
        met=rules.is_met(row.due_on, told_at, at),
    )
