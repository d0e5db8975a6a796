"""Sessions with the subject: planned, and what became of each; the victim is told before the first."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.panel import queries as panel_queries
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan import rules
from fourfold.plan.models import Action, Intervention, InterventionEnded, Session
from fourfold.plan.services.actions import _signed, _told_at
from fourfold.plan.terms import Attendance, CannotAct, Status
from fourfold.words import sentence

LONDON = ZoneInfo("Europe/London")


def plan_session(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    case: Case,
    strand: Strand,
    planned_at: datetime,
    at: datetime,
    direct_work: bool = False,
    intervention: Intervention | None = None,
    told_first: bool = True,
    untold_because: str = "",
) -> Session:
    """Plan a session of psychological or social work; what is said in it is clinical and stands elsewhere.

    `direct_work` is psychological work with the subject, which the gates of the site keep shut while there is, or may
    be, an investigation. Until the subject was seen once in this case, whatever for, a session waits until the victim is told,
    and so does the first of direct work: an action with that gate is opened with it, unless the plan has one that
    waits. Without `told_first` there may be a meeting for another reason than direct work, and `untold_because` says
    why. Raises CannotAct.
    """
    opened = access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    direct = direct_work or (intervention is not None and intervention.kind == MeasureKind.DIRECT_WORK)
    if why := _why_not_session(opened, case, strand, direct, at):
        raise CannotAct("direct_work", why)
    if intervention is not None and (why := _why_not_of(intervention, case, strand)):
        raise CannotAct("intervention", why)
    with audit.recorded(actor, "session.planned", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        first = _is_first(opened, direct=direct)
        if first and not told_first and (shut := rules.why_not_untold(direct=direct, because=untold_because)):
            raise CannotAct(*shut)
        waits = first and told_first
        gate = _gate_of_first(entry, actor, opened, case, strand, planned_at, at, direct=direct) if waits else None
        return entry.about(
            Session.objects.create(
                case=case,
                strand=strand,
                planned_at=planned_at,
                direct_work=direct,
                intervention=intervention,
                action=gate,
                untold_because=untold_because.strip() if first and not told_first else "",
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


def _is_first(opened: Opened, *, direct: bool) -> bool:
    """Return whether the subject was never seen in this case, or never for direct work."""
    seen = Session.objects.of(opened).filter(attendance=Attendance.ATTENDED)
    return not (seen.filter(direct_work=True) if direct else seen).exists()


def _gate_of_first(
    entry: Draft,
    actor: Actor,
    opened: Opened,
    case: Case,
    strand: Strand,
    planned_at: datetime,
    at: datetime,
    *,
    direct: bool,
) -> Action:
    """Return the action whose gate a first session waits for: one that the plan has, or a new one."""
    waiting = Action.objects.of(opened).filter(tell_victim_first=True).exclude(status=Status.NOT_DONE)
    # Whoever sees the subject first, one telling is enough: a session planned before, or the panel's own measure, is the gate.
    another = Q(sessions__isnull=False) | Q(kind=MeasureKind.SUBJECT_ASSESSMENT, strand=strand)
    standing = waiting.filter(Q(kind=MeasureKind.DIRECT_WORK) if direct else another).order_by("opened_at").first()
    if standing is not None:
        return standing
    day = planned_at.astimezone(LONDON).date()
    what = "Hold the first session of direct work" if direct else "See the subject for the first time"
    return entry.about(
        Action.objects.create(
            case=case,
            strand=strand,
            what=sentence("{1}, planned for {2} {3}", what, day.day, f"{day:%B %Y}"),
            owner_partner=actor.partner,
            owner=actor.staff,
            due_on=day,
            tell_victim_first=True,
            kind=MeasureKind.DIRECT_WORK if direct else "",
            plan_class=PlanClass.INTERVENTION,
            opened_at=at,
            **access_queries.held_by(actor, "session", at=at),
        )
    )


def settle_session(*, actor: Actor, session: Session, attendance: Attendance, at: datetime) -> Session:
    """Record what happened at a planned session, once; a first one is not held before the victim is told.

    Raises CannotAct.
    """
    case = session.case
    opened = access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    with audit.recorded(actor, "session.settled", at=at, file=case.pk) as entry:
        now = Session.objects.of(opened).select_for_update(of=("self",)).select_related("action").get(pk=session.pk)
        if why := rules.why_not_settle(Attendance(now.attendance), attendance, now.planned_at, at):
            raise CannotAct(*why)
        if why := rules.why_not_attend(attendance, waits_for_victim=_waits(opened, now.action)):
            raise CannotAct(*why)
        now.attendance, now.settled_at = attendance, at
        now.save(update_fields=["attendance", "settled_at"])
        return entry.about(now)


def _waits(opened: Opened, gate: Action | None) -> bool:
    """Return whether the victim must still be told of an action, or a second person sign why not."""
    if gate is None or not gate.tell_victim_first or gate.status == Status.DONE:
        return False
    return _told_at(opened, gate) is None and _signed(opened, gate) is None
