"""Work with the subject over some time: begun with goals, watched for readiness, ended with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.panel import queries as panel_queries
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan import rules
from fourfold.plan.models import Goal, GoalSet, Intervention, InterventionEnded, ReadinessSet
from fourfold.plan.terms import Approach, CannotAct, Ending, GoalState, Readiness


def begin_intervention(  # noqa: PLR0913 - one form, one act
    *,
    actor: Actor,
    case: Case,
    strand: Strand,
    kind: MeasureKind,
    goals: Iterable[str],
    at: datetime,
    approach: Approach | None = None,
    sessions_agreed: int | None = None,
    readiness: Readiness = Readiness.NOT_KNOWN,
) -> Intervention:
    """Begin work with the subject: by which approach, towards which goals, how ready the subject is, how many sessions.

    Direct psychological work passes the gates of the site first. Raises CannotAct naming the field.
    """
    opened = access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    said = tuple(goal.strip() for goal in goals if goal.strip())
    if why := rules.why_not_begin(kind, strand, sessions_agreed, said):
        raise CannotAct(*why)
    if kind is MeasureKind.DIRECT_WORK and (shut := panel_queries.why_not_direct_work(opened, case, at=at)):
        raise CannotAct("kind", shut)
    held = access_queries.held_by(actor, "entered", at=at)
    with audit.recorded(actor, "intervention.begun", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        begun = entry.about(
            Intervention.objects.create(
                case=case,
                strand=strand,
                kind=kind,
                approach=approach or "",
                sessions_agreed=sessions_agreed,
                begun_at=at,
                **held,
            )
        )
        for position, goal in enumerate(said, start=1):
            entry.about(Goal.objects.create(intervention=begun, position=position, what=goal[:300], **held))
        if readiness is not Readiness.NOT_KNOWN:
            entry.about(ReadinessSet.objects.create(intervention=begun, readiness=readiness, set_at=at, **held))
        return begun


def note_progress(
    *,
    actor: Actor,
    intervention: Intervention,
    at: datetime,
    goals: Mapping[UUID, GoalState] | None = None,
    readiness: Readiness | None = None,
    seen: str | None = None,
) -> list[models.Model]:
    """Note where goals stand and how ready the subject is now; each is a row, and what did not change writes none.

    `seen` names the rows that stood before the writer's eyes. Raises CannotAct where there is nothing to note or the
    intervention has ended, Conflict where a colleague has noted something else meanwhile.
    """
    opened = _opened(actor, intervention, at)
    if _has_ended(opened, intervention):
        raise CannotAct("readiness", "This intervention has ended. Begin another one.")
    now = {row.goal_id: row for row in _states(opened, intervention)}
    changed = {goal: to for goal, to in (goals or {}).items() if goal not in now or now[goal].state != to}
    held = access_queries.held_by(actor, "entered", at=at)
    with audit.recorded(actor, "intervention.progress", at=at, file=intervention.case_id) as entry:
        Intervention.objects.of(opened).select_for_update(of=("self",)).get(pk=intervention.pk)
        stands = _readiness(opened, intervention)
        told: list[GoalSet | ReadinessSet] = [row for goal, row in now.items() if goal in changed]
        if stands is not None and readiness not in (None, stands.readiness):
            told.append(stands)
        access_queries.refuse_unseen("This work", told, seen, _noted)
        mine = Goal.objects.of(opened).filter(intervention=intervention, pk__in=changed)
        rows: list[models.Model] = [
            GoalSet.objects.create(goal=goal, state=changed[goal.pk], set_at=at, **held) for goal in mine
        ]
        if readiness is not None and (stands is None or readiness != stands.readiness):
            rows.append(ReadinessSet.objects.create(intervention=intervention, readiness=readiness, set_at=at, **held))
        if not rows:
            raise CannotAct("readiness", "Nothing has changed since it was last noted.")
        return [entry.about(row) for row in rows]


def end_intervention(
    *, actor: Actor, intervention: Intervention, how: Ending, at: datetime, reason: str = ""
) -> InterventionEnded:
    """Record how an intervention ended; lack of capacity is said as exactly that. Raises CannotAct."""
    opened = _opened(actor, intervention, at)
    if why := rules.why_not_end(how, reason, ended=_has_ended(opened, intervention)):
        raise CannotAct(*why)
    with audit.recorded(actor, "intervention.ended", at=at, file=intervention.case_id) as entry:
        return entry.about(
            InterventionEnded.objects.create(
                intervention=intervention,
                how=how,
                reason=reason.strip(),
                ended_at=at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _opened(actor: Actor, intervention: Intervention, at: datetime) -> Opened:
    case = intervention.case
    return access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK
    )


def _has_ended(opened: Opened, intervention: Intervention) -> bool:
    return InterventionEnded.objects.of(opened).filter(intervention=intervention).exists()


def _states(opened: Opened, intervention: Intervention) -> Iterable[GoalSet]:
    """Return the states that goals had: later rows win."""
    rows = GoalSet.objects.of(opened).filter(goal__intervention=intervention).select_related("goal")
    return rows.order_by("set_at", "recorded_at")


def _readiness(opened: Opened, intervention: Intervention) -> ReadinessSet | None:
    rows = ReadinessSet.objects.of(opened).filter(intervention=intervention)
    return rows.order_by("-set_at", "-recorded_at").first()


def _noted(rows: Sequence[GoalSet | ReadinessSet]) -> dict[str, object]:
    """Return where goals stand, by their names, and how ready the subject is, as a colleague noted them."""
    return {
        "goals": {row.goal_id: GoalState(row.state) for row in rows if isinstance(row, GoalSet)},
        "readiness": next((Readiness(row.readiness) for row in rows if isinstance(row, ReadinessSet)), None),
    }
