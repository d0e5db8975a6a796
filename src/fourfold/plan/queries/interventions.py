"""The work with the subject over time: how, towards what, with which readiness, how it ended."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Opened, existing
from fourfold.audit.terms import Actor
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan.models import Goal, GoalSet, Intervention, InterventionEnded, ReadinessSet, Session
from fourfold.plan.terms import Approach, Attendance, Ending, GoalState, Readiness


@dataclass(frozen=True)
class GoalShown:
    id: UUID
    what: str
    state: GoalState


@dataclass(frozen=True)
class InterventionShown:
    """An intervention: what, by which approach, how many sessions of those agreed, with which readiness, how it ended.

    `goals` and `readiness` stay empty for whoever may not read the risk. `path` are the earlier stages of readiness.
    `version` names the rows that say where goals and readiness stand.
    """

    id: UUID
    strand: Strand
    kind: MeasureKind
    approach: str
    begun_at: datetime
    begun_by: str
    agreed: int | None
    counts: tuple[tuple[Attendance, int], ...]
    goals: tuple[GoalShown, ...]
    readiness: Readiness | None
    path: tuple[tuple[Readiness, datetime], ...]
    ended: Ending | None
    ended_at: datetime | None
    ended_because: str
    version: str

    @property
    def planned(self) -> int:
        """How many sessions were planned, whatever the outcome."""
        return sum(count for _, count in self.counts)

    @property
    def attended(self) -> int:
        """How many sessions the subject came to."""
        return dict(self.counts).get(Attendance.ATTENDED, 0)


@dataclass(frozen=True)
class _Read:
    """What hangs on the interventions of a case, as it was read."""

    ended: dict[UUID, InterventionEnded]
    counts: dict[UUID, dict[Attendance, int]]
    goals: dict[UUID, list[Goal]]
    states: dict[UUID, GoalSet]
    readiness: dict[UUID, list[ReadinessSet]]
    names: dict[UUID, str]


def interventions_of(opened: Opened) -> tuple[InterventionShown, ...]:
    """Return the interventions of an opened case, those that run first: one statement, seven where there are some."""
    found = list(Intervention.objects.of(opened).order_by("-begun_at", "pk"))
    if not found:
        return ()
    read = _read(opened, found)
    shown = [_shown(row, read) for row in found]
    return tuple(sorted(shown, key=lambda each: each.ended is not None))


def _read(opened: Opened, found: list[Intervention]) -> _Read:
    sees_risk = opened.may_read(Compartment.RISK)
    goals: dict[UUID, list[Goal]] = defaultdict(list)
    readiness: dict[UUID, list[ReadinessSet]] = defaultdict(list)
    counts: dict[UUID, dict[Attendance, int]] = defaultdict(dict)
    if sees_risk:
        for goal in Goal.objects.of(opened).order_by("position", "pk"):
            goals[goal.intervention_id].append(goal)
        for row in ReadinessSet.objects.of(opened).order_by("set_at", "recorded_at"):
            readiness[row.intervention_id].append(row)
    states = GoalSet.objects.of(opened).order_by("set_at", "recorded_at") if sees_risk else []
    counted = Session.objects.of(opened).filter(intervention__isnull=False).values_list("intervention", "attendance")
    for intervention, attendance, count in counted.annotate(count=Count("pk")):
        counts[intervention][Attendance(attendance)] = count
    return _Read(
        ended={row.intervention_id: row for row in InterventionEnded.objects.of(opened)},
        counts=counts,
        goals=goals,
        states={row.goal_id: row for row in states},
        readiness=readiness,
        names=access_queries.names_of(row.recorded_by for row in found),
    )


def _shown(row: Intervention, read: _Read) -> InterventionShown:
    ended, path = read.ended.get(row.pk), read.readiness[row.pk]
    states = [read.states[goal.pk] for goal in read.goals[row.pk] if goal.pk in read.states]
    return InterventionShown(
        id=row.pk,
        strand=Strand(row.strand),
        kind=MeasureKind(row.kind),
        approach=Approach(row.approach).words if row.approach else "",
        begun_at=row.begun_at,
        begun_by=read.names.get(row.recorded_by, "somebody who left"),
        agreed=row.sessions_agreed,
        counts=tuple((became, read.counts[row.pk][became]) for became in Attendance if became in read.counts[row.pk]),
        goals=tuple(GoalShown(goal.pk, goal.what, _state(read.states.get(goal.pk))) for goal in read.goals[row.pk]),
        readiness=Readiness(path[-1].readiness) if path else None,
        path=tuple((Readiness(each.readiness), each.set_at) for each in path),
        ended=Ending(ended.how) if ended else None,
        ended_at=ended.ended_at if ended else None,
        ended_because=ended.reason if ended else "",
        version=" ".join(str(each.pk) for each in (*states, *path)),
    )


def _state(row: GoalSet | None) -> GoalState:
    return GoalState(row.state) if row else GoalState.NOT_BEGUN


def intervention_to_note(*, actor: Actor, case_id: UUID, intervention: UUID, at: datetime) -> Intervention:
    """Return an intervention of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    return existing(Intervention.objects.of(opened).filter(pk=intervention).select_related("case").first())
