"""What of the plans is due: actions, sessions, and signatures for going ahead before the victim was told."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from operator import eq
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, Q, QuerySet, prefetch_related_objects

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.conditions import Here, Holds, Made, made
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.roles import CASEWORK
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment, Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.queries.level_shown import risk_of, with_risk
from fourfold.cases.queries.listing import related_to
from fourfold.cases.terms import ShownLevel
from fourfold.panel.terms import Strand
from fourfold.plan import rules
from fourfold.plan.models import Action, Session, Untold, VictimTold
from fourfold.plan.terms import Attendance, Status

LONDON = ZoneInfo("Europe/London")
CORE = frozenset({Compartment.CORE.value})
OPEN = tuple(status for status in Status if not status.is_settled)
WITH_SUBJECT = (RelationKind.CLINICIAN_OF_SUBJECT, RelationKind.OUTREACH)
INSIDE = "inside a scoped list"
GONE = "somebody who left"


@dataclass(frozen=True)
class ActionDue:
    """An open action with its day: in which case, whose it is, and whether the reader may look on it as their own."""

    id: UUID
    case: UUID
    reference: str
    level: ShownLevel
    what: str
    owner_partner: str
    owner: str
    due_on: date
    overdue: bool
    waits_for_victim: bool
    mine: bool


ACTION = Projection(
    *(ActionDue, Action, "overdue", "mine"),
    reference="case__reference",
    level="case__level",
    owner=Staff("owner", GONE),
    waits_for_victim=Through(partial(eq, Status.WAITS_FOR_VICTIM), "status"),
)


def actions_due(
    *, actor: Actor, at: datetime, by: date | None = None, mine: bool = False, most: int = WHOLE
) -> tuple[ActionDue, ...]:
    """Return the open actions that are due by a day (yesterday, where left out: those that are late), longest due first.

    `mine` keeps those that the actor owns, and those of the actor's agency that nobody in particular owns. At most
    `most`; three statements, four with `mine`, and the log's.
    """
    today = at.astimezone(LONDON).date()
    last = today - timedelta(days=1) if by is None else by
    # Each status is asked for alone: an index then gives the first rows in the order of their day, and the rest of
    # however many thousands are not read. One person's own are few.
    asked: list[tuple[str, tuple[Status, ...]]] = [("unnamed" if mine else "", (status,)) for status in OPEN]
    if mine:
        asked.insert(0, ("named", tuple(OPEN)))
    read = (row for whose, statuses in asked for row in _open_actions(actor, at, whose, statuses, most, last=last))
    found = sorted(read, key=lambda row: (row.due_on, row.pk))[:most]
    names = access_queries.names_of(ACTION.staff_in(found))
    audit.consulted(
        actor, "actions.due", at=at, compartments=CORE, fields=frozenset({"what", "due_on"}), count=len(found)
    )
    return tuple(
        ACTION(
            row,
            names=names,
            opened=risk_of(row),
            overdue=rules.is_overdue(Status(row.status), row.due_on, today),
            mine=row.owner == actor.staff or (row.owner is None and row.owner_partner == actor.partner),
        )
        for row in found
    )


@composed
def _open_actions(
    actor: Actor, at: datetime, whose: str, statuses: tuple[Status, ...], most: int, *, last: date
) -> QuerySet[Action]:
    rows = with_risk(Action.objects.visible_to(actor, at=at), actor, at).order_by("due_on", "pk")
    rows = rows.filter(due_on__lte=last)
    if whose == "named":
        rows = rows.filter(owner=actor.staff)
    elif whose == "unnamed":
        rows = rows.filter(owner__isnull=True, owner_partner=actor.partner)
    rows = rows.filter(status__in=statuses) if len(statuses) > 1 else rows.filter(status=statuses[0])
    return ACTION.only(rows)[:most]


def could_own(site: str, partner: str, *, at: datetime) -> tuple[tuple[UUID, str], ...]:
    """Return who could own an action of an agency at a site: its people who work on cases there, by name. One statement."""
    unit = access_queries.unit_of(site, at=at)
    return tuple(
        {who.pk: (who.pk, who.name) for who, role in unit if who.partner == partner and role in CASEWORK}.values()
    )


@dataclass(frozen=True)
class SessionDue:
    """A session that nobody has settled: in which case, when, and whether the reader holds it."""

    id: UUID
    reference: str
    level: ShownLevel
    strand: Strand
    planned_at: datetime
    planned_by: str
    passed: bool
    mine: bool


SESSION = Projection(
    *(SessionDue, Session, "passed", "mine"),
    reference="case__reference",
    level="case__level",
    planned_by=Staff("recorded_by", GONE),
)


def sessions_due(
    *, actor: Actor, at: datetime, by: datetime, mine: bool = False, most: int = WHOLE
) -> tuple[SessionDue, ...]:
    """Return the sessions planned before `by` of which nobody has said what became, the oldest first.

    `mine` keeps those that the actor planned, and those of the cases in which the actor works with the subject. At most
    `most`; three statements, four with `mine`, and the log's.
    """
    worked_with = list(related_to(actor, at).filter(kind__in=WITH_SUBJECT).values_list("file", flat=True))
    rows = with_risk(Session.objects.visible_to(actor, at=at), actor, at).filter(
        attendance=Attendance.PLANNED, planned_at__lt=by
    )
    rows = rows.select_related("case").order_by("planned_at", "pk")
    asked = (rows.filter(recorded_by=actor.staff), rows.filter(case__in=worked_with)) if mine else (rows,)
    found = sorted({row for part in asked for row in part[:most]}, key=lambda row: (row.planned_at, row.pk))[:most]
    names = access_queries.names_of(SESSION.staff_in(found))
    audit.consulted(actor, "sessions.due", at=at, compartments=CORE, fields=frozenset({"planned_at"}), count=len(found))
    return tuple(
        SESSION(
            row,
            names=names,
            opened=risk_of(row),
            passed=row.planned_at < at,
            mine=row.recorded_by == actor.staff or row.case_id in worked_with,
        )
        for row in found
    )


@dataclass(frozen=True)
class UntoldAsked:
    """A reason for going ahead before the victim was told that waits for a second person; `about` is what is done."""

    id: UUID
    about: UUID
    what: str
    reference: str
    level: ShownLevel
    asked_by: str
    asked_at: datetime


ASKED = Projection(
    UntoldAsked,
    Untold,
    about="action",
    what="action__what",
    reference="action__case__reference",
    level="action__case__level",
    asked_by=Staff("recorded_by", GONE),
    asked_at="recorded_at",
)


def untold_asked(*, actor: Actor, at: datetime) -> tuple[UntoldAsked, ...]:
    """Return the reasons not to tell the victim of a step that the actor could sign, the oldest first. Four statements.

    Where the victim was told since, somebody has signed, a later reason stands, or the step is settled, none is asked.
    """
    rows = _unsigned(actor, at)
    # Cases and actions are read after, not joined: there are many of them, and few reasons that nobody has signed.
    prefetch_related_objects(rows, "action__case")
    found = [row for row in rows if _may_sign(actor, row.action.case.site)]
    names = access_queries.names_of(ASKED.staff_in(found))
    audit.consulted(actor, "untold.waiting", at=at, compartments=CORE, fields=frozenset({"what"}), count=len(found))
    return tuple(ASKED(row, names=names, opened=risk_of(row)) for row in found)


@composed
def _unsigned(actor: Actor, at: datetime) -> QuerySet[Any]:
    rows = with_risk(Untold.objects.visible_to(actor, at=at), actor, at).filter(
        ~Q(Holds(_over(), action="action", asked="recorded_at")), signed_at__isnull=True
    )
    return rows.exclude(recorded_by__in=signatories.records_of(actor)).order_by("recorded_at", "pk")[:WHOLE]


@cache
def _over() -> Made:
    """Make the condition that a request to take an action without telling the victim needs no signature any longer."""
    others = Untold.objects.unscoped(INSIDE).filter(action=Here("action"))
    signed = others.filter(Q(signed_at__isnull=False) | Q(recorded_at__gt=Here("asked", DateTimeField())))
    told = VictimTold.objects.unscoped(INSIDE).filter(action=Here("action"))
    settled = Action.objects.unscoped(INSIDE).filter(pk=Here("action")).exclude(status__in=OPEN)
    return made(signed).joined("OR", made(told)).joined("OR", made(settled))


def _may_sign(actor: Actor, site: str) -> bool:
    return access_queries.may(actor, Permission.LEVEL_COUNTERSIGN, site=site)
