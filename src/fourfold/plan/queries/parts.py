"""Parts of a case's plan for pages that show no more than these; none of them reads a clinical note."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from fourfold.access import queries as access_queries
from fourfold.access.models import Staff
from fourfold.access.projection import Added, Projection
from fourfold.access.statements import composed_in
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.panel import queries as panel_queries
from fourfold.panel.terms import MeasureKind
from fourfold.plan import rules
from fourfold.plan.models import Action, Session, VictimTold
from fourfold.plan.queries.interventions import InterventionShown, interventions_of
from fourfold.plan.terms import Attendance, Status
from fourfold.programme import queries as programme

OPEN = tuple(status for status in Status if not status.is_settled)


@dataclass(frozen=True)
class OpenAction:
    """An action that nobody has settled: what, by when, and whose."""

    what: str
    due_on: date
    overdue: bool
    owner_partner: str
    owner: str


OPEN_ACTION = Projection(OpenAction, Action, "overdue", owner=Added("owner_name"))


def open_actions_of(opened: Opened, *, at: datetime) -> tuple[OpenAction, ...]:
    """Return the open actions of an opened case, the first due first. One statement; the page's own entry tells of them."""
    rows = _open_actions(opened)
    return tuple(OPEN_ACTION(row, overdue=rules.is_overdue(Status(row.status), row.due_on, at.date())) for row in rows)


@composed_in
def _open_actions(opened: Opened) -> QuerySet[Any]:
    name = Coalesce(Subquery(Staff.objects.filter(pk=OuterRef("owner")).values("name")), Value(""))
    return Action.objects.of(opened).filter(status__in=OPEN).annotate(owner_name=name).order_by("due_on", "what")


def possible_owners(
    site: str, *, at: datetime
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[UUID, str, str], ...]]:
    """Return who could own an action at a site: the agencies (code, name), and its people (id, name, agency)."""
    staff = {who.pk: (who.pk, who.name, who.partner) for who, _ in access_queries.unit_of(site, at=at) if not who.robot}
    return programme.partners_of(site), tuple(staff.values())


@dataclass(frozen=True)
class WorkWithSubject:
    """What a session or a piece of work is planned from: the work so far, and what stands against a meeting."""

    interventions: tuple[InterventionShown, ...]
    first_meeting: bool
    why_not_direct_work: str


def work_with_subject(*, actor: Actor, case_id: UUID, at: datetime) -> WorkWithSubject:
    """Return the work with the subject of a case so far, or raise NotFound.

    Nine statements, six more where there is work, and the log's.
    """
    opened = access_queries.opened(actor, case_id, at=at)
    case = Case.objects.of(opened).only("reference", "site", "level", "subject").get()
    audit.consulted(actor, "case.work", at=at, file=case_id, compartments={Compartment.CORE.value}, count=1)
    return WorkWithSubject(
        interventions=interventions_of(opened),
        first_meeting=not Session.objects.of(opened).filter(attendance=Attendance.ATTENDED).exists(),
        why_not_direct_work=panel_queries.why_not_direct_work(opened, case, at=at) or "",
    )


def actions_on(*, actor: Actor, case_id: UUID, kinds: Iterable[MeasureKind], at: datetime) -> tuple[Action, ...]:
    """Return the actions of a case of some kinds that nobody has settled, the first due first. One statement."""
    rows = Action.objects.visible_to(actor, at=at).filter(case=case_id, kind__in=list(kinds), status__in=OPEN)
    return tuple(rows.select_related("case").order_by("due_on", "id"))


def orders_asked_for(
    *, actor: Actor, case: Case, at: datetime, kind: MeasureKind = MeasureKind.ORDER
) -> tuple[Action, ...]:
    """Return the open actions of a case to apply for an order, or to serve one; none for whoever may not settle them.

    One statement.
    """
    if not access_queries.may(actor, Permission.ACTION_UPDATE, site=case.site):
        return ()
    return actions_on(actor=actor, case_id=case.pk, kinds=(kind,), at=at)


def actions_to_tell(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[Action, ...]:
    """Return the unsettled actions of a case of which the victim is to be told first and was not yet. One statement."""
    told = Exists(VictimTold.objects.unscoped("inside a scoped list").filter(action=OuterRef("pk")))
    rows = Action.objects.visible_to(actor, at=at).filter(case=case_id, status__in=OPEN, tell_victim_first=True)
    return tuple(rows.exclude(told).select_related("case").order_by("due_on", "id"))


def action_ready(*, actor: Actor, case: Case, kind: MeasureKind, at: datetime) -> Action | None:
    """Return the action of a kind that the actor may call done now; None where the victim is to be told of it first,
    and where there are several: nobody has said which of them is meant. Two statements.
    """
    if not access_queries.may(actor, Permission.ACTION_UPDATE, site=case.site):
        return None
    found = actions_on(actor=actor, case_id=case.pk, kinds=(kind,), at=at)
    return found[0] if len(found) == 1 and may_be_done(actor=actor, action=found[0], at=at) else None


def may_be_done(*, actor: Actor, action: Action, at: datetime) -> bool:
    """Return whether nobody has to tell the victim of an action first, or somebody has. At most one statement."""
    told = VictimTold.objects.visible_to(actor, at=at).filter(action=action, told_at__lte=at)
    return not action.tell_victim_first or told.exists()
