"""One row for a service to write to."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.models import Relation
from fourfold.access.paging import WHOLE
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment, NotFound, Opened, Permission, RelationKind, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import with_risk
from fourfold.cases.terms import State
from fourfold.people.queries.same_person import is_merged
from fourfold.support.models import Contact, DiaryPassed, Update
from fourfold.support.terms import ContactOutcome, UpdateKind

Row = TypeVar("Row", bound=Model)


def case_row(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return the case of a page, or raise NotFound."""
    rows = Case.objects.visible_to(actor, at=at).select_related("victim", "subject")
    return found_in(rows.filter(reference=reference))


def found_in(rows: QuerySet[Row]) -> Row:
    """Return the first of some rows, or raise NotFound."""
    return existing(rows.first())


def opened_file(actor: Actor, reference: str, at: datetime, compartment: Compartment, what: str) -> tuple[Case, Opened]:
    """Return a case and what of its file is open to the actor.

    Raises NotFound where the compartment is shut, and keeps that `what` was refused.
    """
    case = case_row(actor=actor, reference=reference, at=at)
    opened = access_queries.opened(actor, case.pk, at=at)
    if not opened.may_read(compartment):
        audit.refused(actor, what, at=at, rule=f"no permit for {compartment.value}", file=case.pk)
        raise NotFound
    return case, opened


def reads_contact(actor: Actor) -> bool:
    """Return whether the actor may read in a list how victims are reached: by role, training, second factor and purpose."""
    signed_in_well = actor.strength != "password" and bool(actor.purpose)
    return actor.trained and signed_in_well and access_queries.may(actor, Permission.SUPPORT_VIEW)


def own_files(actor: Actor, at: datetime) -> QuerySet[Relation, Any]:
    """Return the files in which the actor is the advocate now, for the inside of a scoped list."""
    running = Q(until_at__isnull=True) | Q(until_at__gt=at)
    own = Relation.objects.filter(running, staff_id=actor.staff, kind=RelationKind.ADVOCATE, from_at__lte=at)
    return own.values("file")


@composed
def own_open(actor: Actor, at: datetime) -> QuerySet[Any]:
    """Return the open cases in which the actor is the advocate now, with whether their victim's record was merged."""
    rows = with_risk(Case.objects.visible_to(actor, at=at), actor, at).filter(pk__in=own_files(actor, at))
    rows = rows.exclude(state=State.CLOSED).annotate(merged=is_merged("victim"))
    return rows.only("pk", "reference", "level", "victim_id")


def update_row(*, actor: Actor, update: UUID, at: datetime) -> Update:
    """Return the update that a page says was told, or raise NotFound."""
    return found_in(Update.objects.visible_to(actor, at=at).select_related("case").filter(pk=update))


def safe_contacts(*, actor: Actor, reference: str, at: datetime, most: int = WHOLE) -> tuple[Contact, ...]:
    """Return the newest safe contacts of a case, to say in which of them the victim was told.

    Raises NotFound for whoever may not read how the victim is contacted.
    """
    case = case_row(actor=actor, reference=reference, at=at)
    opened = access_queries.opened(actor, case.pk, at=at)
    if not opened.may_read(Compartment.VICTIM_CONTACT):
        raise NotFound
    audit.consulted(actor, "victim.contacts", at=at, file=case.pk, compartments={Compartment.VICTIM_CONTACT.value})
    reached = Contact.objects.of(opened).filter(outcome=ContactOutcome.REACHED, safe=True, made_by="")
    return tuple(reached.order_by("-attempted_at", "id")[:most])


def diaries_of(allegations: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return in the diary of which case each of some reports was written, where one was; one statement, none for none."""
    wanted = list(allegations)
    if not wanted:
        return {}
    passed = DiaryPassed.objects.unscoped("of reports that the caller has opened")
    return dict(passed.filter(allegation__in=wanted).values_list("allegation", "entry__case"))


def order_updates_owed(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[Update, ...]:
    """Return what the victim of a case is still to be told of its orders. One statement."""
    owed = Update.objects.visible_to(actor, at=at).filter(case=case_id, what=UpdateKind.ORDER)
    return tuple(owed.filter(told__isnull=True, dropped_at=None).select_related("case").order_by("happened_at", "id"))


def breach_owed(*, actor: Actor, case_id: UUID, moments: Collection[datetime], at: datetime) -> tuple[Update, ...]:
    """Return the updates that are owed of a breach since some moments. One statement."""
    owed = Update.objects.visible_to(actor, at=at).filter(case=case_id, what=UpdateKind.BREACH, dropped_at=None)
    owed = owed.filter(happened_at__in=moments, told__isnull=True)
    return tuple(owed.select_related("case").order_by("happened_at", "id"))


def moments_owed(opened: Opened) -> frozenset[datetime]:
    """Return since when word of breaches is owed to the victim of an opened case, as it stood. One statement."""
    told = Q(told__isnull=True) if opened.as_of is None else ~Q(told__recorded_at__lte=opened.as_of)
    owed = Update.objects.of(opened).filter(told, what=UpdateKind.BREACH, dropped_at=None)
    return frozenset(owed.values_list("happened_at", flat=True))


def last_safe_contact(
    *, actor: Actor, case_id: UUID, at: datetime, gives: bool = False, contact: UUID | None = None
) -> Contact | None:
    """Return the last safe contact of a case, or the one that is named; None where there is none, and for whoever may not
    record how the victim is reached, or (`gives`) gives no updates.
    """
    if not may_reach(actor=actor, case_id=case_id, at=at, gives=gives):
        return None
    reached = Contact.objects.visible_to(actor, at=at).filter(case=case_id, outcome=ContactOutcome.REACHED, safe=True)
    reached = reached.filter(attempted_at__lte=at)
    return reached.filter(**{"pk": contact} if contact else {}).order_by("attempted_at").last()


def may_reach(*, actor: Actor, case_id: UUID, at: datetime, gives: bool = False) -> bool:
    """Return whether the actor may record how the victim of a case was reached, and (`gives`) gives updates."""
    may = access_queries.may(actor, Permission.SUPPORT_RECORD if gives else Permission.SUPPORT_VIEW)
    return may and Compartment.VICTIM_CONTACT in access_queries.opened(actor, case_id, at=at).writable


def rules_broken(*, actor: Actor, contacts: Collection[UUID], at: datetime) -> dict[UUID, str]:
    """Return what each of some contacts that was not as agreed broke of that. One statement, none for none."""
    rows = Contact.objects.visible_to(actor, at=at).filter(pk__in=contacts).exclude(rule_broken="")
    return dict(rows.values_list("pk", "rule_broken")) if contacts else {}


def who_told(contact: Contact) -> str:
    """Return by whom a contact that was opened was made. One statement where whoever recorded it made it."""
    return contact.made_by or access_queries.names_of([contact.recorded_by]).get(contact.recorded_by, "")


def was_told(*, case_id: UUID, what: UpdateKind, moments: Collection[datetime]) -> bool:
    """Return whether the victim of a case that was opened was told, in a contact, of what happened at one of some moments."""
    owed = Update.objects.unscoped("of a case that was opened").filter(case=case_id, what=what)
    return owed.filter(happened_at__in=moments, told__isnull=False, dropped_at=None).exists()
