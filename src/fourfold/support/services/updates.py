"""What the victim is to be told by when, and that they were."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.support import rules
from fourfold.support.models import Contact, Update, UpdateTold
from fourfold.support.terms import CannotSupport, ContactOutcome, UpdateKind


def owe_update(
    *, actor: Actor, case: Case, what: UpdateKind, happened_at: datetime, at: datetime, enhanced: bool | None = None
) -> Update:
    """Start the clock of the Victims' Code: the victim is to be told within one working day, or five without enhanced rights."""
    access.require(actor, Permission.ACTION_OPEN, at=at, file=case.pk, writes=Compartment.CORE)
    if happened_at > at:
        raise CannotSupport("happened_at", "This is in the future. Record it when it has happened.")
    with audit.recorded(actor, "update.owed", at=at, file=case.pk) as entry:
        return entry.about(
            Update.objects.create(
                case=case,
                what=what,
                happened_at=happened_at,
                working_days=rules.working_days_allowed(enhanced, rules.day_of(happened_at)),
                due_on=rules.due_on(happened_at, enhanced),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def drop_updates(
    *, actor: Actor, case: Case, what: UpdateKind, happened_at: Collection[datetime], at: datetime
) -> None:
    """Let nobody tell the victim of what happened at some moments, because it did not happen after all."""
    access.require(actor, Permission.ACTION_OPEN, at=at, file=case.pk, writes=Compartment.CORE)
    owed = _not_told(case, what, happened_at).filter(dropped_at__isnull=True)
    with audit.recorded(actor, "update.dropped", at=at, file=case.pk) as entry:
        for update in owed.select_for_update(of=("self",)):
            update.dropped_at = at
            update.save(update_fields=["dropped_at"])
            entry.about(update)


def owe_updates_again(
    *, actor: Actor, case: Case, what: UpdateKind, happened_at: Collection[datetime], at: datetime
) -> None:
    """Owe what was dropped, each by its day of then. That it was dropped stays on record, for whoever held the case then."""
    access.require(actor, Permission.ACTION_OPEN, at=at, file=case.pk, writes=Compartment.CORE)
    rows = _not_told(case, what, happened_at).order_by("recorded_at", "id")
    owed = {row.happened_at for row in rows if row.dropped_at is None}
    with audit.recorded(actor, "update.owed", at=at, file=case.pk) as entry:
        for row in {row.happened_at: row for row in rows if row.happened_at not in owed}.values():
            entry.about(_again(actor, row, at))


def take_telling_back(
    *, actor: Actor, case: Case, said: Mapping[UUID, datetime], happened_at: Collection[datetime], at: datetime
) -> None:
    """Owe again, each by its day of then, what was given of a breach: the victim was not told of it after all.

    A contact that is on record for a telling of it alone (`said` then) counts as safe no more, and gives nothing else.
    """
    access.require(actor, with_breach(actor), at=at, file=case.pk, writes=Compartment.CORE)
    made = Contact.objects.unscoped("the case was opened above").filter(case=case, pk__in=said, safe=True)
    made = made.filter(recorded_at__in=said.values()).exclude(made_by="")
    rows = Update.objects.unscoped("the case was opened above").filter(case=case, told__isnull=False, dropped_at=None)
    given = rows.filter(Q(what=UpdateKind.BREACH, happened_at__in=happened_at) | Q(told__contact__in=made))
    with audit.recorded(actor, "update.owed", at=at, file=case.pk) as entry:
        for row in given.select_for_update(of=("self",)):
            row.dropped_at = at
            row.save(update_fields=["dropped_at"])
            entry.about(row)
            entry.about(_again(actor, row, at))
        for one in made.select_for_update():
            one.safe, one.withdrawn_at = None, at
            one.save(update_fields=["safe", "withdrawn_at"])
            entry.about(one)


def _again(actor: Actor, row: Update, at: datetime) -> Update:
    when = {"happened_at": row.happened_at, "working_days": row.working_days, "due_on": row.due_on}
    held = access_queries.held_by(actor, "entered", at=at)
    return Update.objects.create(case_id=row.case_id, what=row.what, **when, **held)


def _not_told(case: Case, what: UpdateKind, happened_at: Collection[datetime]) -> QuerySet[Update]:
    rows = Update.objects.unscoped("the case was opened above")
    return rows.filter(case=case, what=what, happened_at__in=happened_at, told__isnull=True)


def tell_update(*, actor: Actor, update: Update, contact: Contact, at: datetime) -> UpdateTold:
    """Record that the victim was told, in a safe contact of the same case."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=update.case_id, writes=Compartment.VICTIM_CONTACT)
    return _give(actor, update, contact, update.happened_at, at)


def tell_with_breach(*, actor: Actor, update: Update, contact: Contact, since: datetime, at: datetime) -> UpdateTold:
    """Record of a breach, as whoever may record one says, that the victim was told; `since` it was there to be told."""
    access.require(actor, with_breach(actor), at=at, file=update.case_id, writes=Compartment.CORE)
    return _give(actor, update, contact, since, at)


def with_breach(actor: Actor) -> Permission:
    """Return by which permission somebody says with a breach that the victim was told: an advocate's, or that to record it."""
    advises = access_queries.may(actor, Permission.SUPPORT_RECORD)
    return Permission.SUPPORT_RECORD if advises else Permission.BREACH_RECORD


def _give(actor: Actor, update: Update, contact: Contact, since: datetime, at: datetime) -> UpdateTold:
    if contact.case_id != update.case_id or contact.outcome != ContactOutcome.REACHED or not contact.safe:
        raise CannotSupport("contact", "An update can only be given in a safe contact.")
    if contact.attempted_at < since.replace(second=0, microsecond=0):
        raise CannotSupport(
            "update", "This had not happened yet at the time of that contact. Give the update in another contact."
        )
    if Update.objects.unscoped("the case was opened above").filter(pk=update.pk, dropped_at__isnull=False).exists():
        raise CannotSupport("update", "This did not happen after all: it was withdrawn. There is nothing to tell.")
    if UpdateTold.objects.unscoped("the case was opened above").filter(update=update).exists():
        raise CannotSupport("update", "This update is already recorded as given.")
    with audit.recorded(actor, "victim.updated", at=at, file=update.case_id) as entry:
        held = access_queries.held_by(actor, "entered", at=at)
        told = UpdateTold.objects.create(update=update, contact=contact, told_at=contact.attempted_at, **held)
        return entry.about(told)
