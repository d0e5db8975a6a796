"""Sessions with the subject: planned, and what became of each; the victim is told before the first."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.services import Draft
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.panel import queries as panel_queries
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan import rules
from fourfold.plan.models import Action, Intervention, InterventionEnded, Session
from fourfold.plan.services.actions import _signed, _sure, _told_at
from fourfold.plan.terms import Attendance, CannotAct, Status

LONDON = ZoneInfo("Europe/London")


def plan_session(
    *,
    actor: Actor,
    case: Case,
    strand: Strand,
    planned_at: datetime,
    at: datetime,
    direct_work: bool = False,
    intervention: Intervention | None = None,
) -> Session:
    """Plan a session of psychological or social work; what is said in it is clinical and stands elsewhere.

    `direct_work` is psychological work with the subject, which the gates of the site keep shut while there is, or may
    be, an investigation. The first session of direct work waits until the victim is told: an action with that gate is
    opened with it, unless the plan has one that waits. Raises CannotAct.
    """
    opened = access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    direct = direct_work or (intervention is not None and intervention.kind == MeasureKind.DIRECT_WORK)
    if why := _why_not_session(_sure(opened), case, strand, direct, at):
        raise CannotAct("direct_work", why)
    if intervention is not None and (why := _why_not_of(intervention, case, strand)):
        raise CannotAct("intervention", why)
    with audit.recorded(actor, "session.planned", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        gate = _gate_of_first(entry, actor, _sure(opened), case, planned_at, at) if direct else None
        return entry.about(
            Session.objects.create(
                case=case,
                strand=strand,
                planned_at=planned_at,
                direct_work=direct,
                intervention=intervention,
                action=gate,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _why_not_session(opened: Opened, case: Case, strand: Strand, direct_work: bool, at: datetime) -> str | None:
    if direct_work and strand is not Strand.PSYCHOLOGICAL:
        return "Direct work is psychological. Choose that strand, or leave direct work out."
    return panel_queries.why_not_direct_work(opened, case, at=at) if direct_work else None


def _why_not_of(intervention: Intervention, case: Case, strand: Strand) -> str | None:
    if intervention.case_id != case.pk or intervention.strand != strand:
        return "Choose an intervention of this case and strand."
    if InterventionEnded.objects.unscoped("of the case that was opened").filter(intervention=intervention).exists():
        return "This intervention has ended. Begin another one."
    return None


def _gate_of_first(
    entry: Draft, actor: Actor, opened: Opened, case: Case, planned_at: datetime, at: datetime
) -> Action | None:
    """Return the action whose gate the first session of direct work waits for, or None where he was seen before."""
    direct = Session.objects.of(opened).filter(direct_work=True)
    if direct.filter(attendance=Attendance.ATTENDED).exists():
        return None
    waiting = Action.objects.of(opened).filter(kind=MeasureKind.DIRECT_WORK, tell_victim_first=True)
    standing = waiting.exclude(status=Status.NOT_DONE).order_by("opened_at").first()
    if standing is not None:
        return standing
    day = planned_at.astimezone(LONDON).date()
    return entry.about(
        Action.objects.create(
            case=case,
            strand=Strand.PSYCHOLOGICAL,
            what=f"Hold the first session of direct work, planned for {day.day} {day:%B %Y}",
            owner_partner=actor.partner,
            owner=actor.staff,
            due_on=day,
            tell_victim_first=True,
            kind=MeasureKind.DIRECT_WORK,
            plan_class=PlanClass.INTERVENTION,
            opened_at=at,
            **access_queries.held_by(actor, "session", at=at),
        )
    )


def settle_session(*, actor: Actor, session: Session, attendance: Attendance, at: datetime) -> Session:
    """Say what became of a planned session, once; the first of direct work is not held before the victim is told.

    Raises CannotAct.
    """
    case = session.case
    opened = access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    with audit.recorded(actor, "session.settled", at=at, file=case.pk) as entry:
        now = (
            Session.objects.of(_sure(opened))
            .select_for_update(of=("self",))
            .select_related("action")
            .get(pk=session.pk)
        )
        if why := rules.why_not_settle(Attendance(now.attendance), attendance, now.planned_at, at):
            raise CannotAct(*why)
        if why := rules.why_not_attend(attendance, waits_for_victim=_waits(_sure(opened), now.action)):
            raise CannotAct(*why)
        now.attendance, now.settled_at = attendance, at
        now.save(update_fields=["attendance", "settled_at"])
        return entry.about(now)


def _waits(opened: Opened, gate: Action | None) -> bool:
    """Say whether the victim must still be told of an action, or a second person sign why not."""
    if gate is None or not gate.tell_victim_first:
        return False
    return _told_at(opened, gate) is None and _signed(opened, gate) is None
