"""The plan of a case in its four strands, what is overdue, and what was given and what it took."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import ne
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.terms import Compartment, Opened, Permission, Role, Side, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_in
from fourfold.cases.terms import ShownLevel
from fourfold.panel import queries as panel_queries
from fourfold.panel.models import Decision, Measure
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan import rules
from fourfold.plan.models import Action, ClinicalNote, Moved, Session, StaffMinutes, StatusSet, Untold, VictimTold
from fourfold.plan.queries.interventions import InterventionShown, interventions_of
from fourfold.plan.terms import Attendance, Because, Status

CORE = frozenset({Compartment.CORE.value})
GONE = "somebody who left"


@dataclass(frozen=True)
class StatusShown:
    """A status that an action was given: by whom, when, and why."""

    status: Status
    by: str
    at: datetime
    reason: str
    victim_told_at: datetime | None
    countersigned_by: str
    because: str = ""


@dataclass(frozen=True)
class MoveShown:
    """That an action passed to another person (`passed`), or its day moved (`moved`): what stood before, and after."""

    by: str
    at: datetime
    owner_before: str
    owner: str
    due_before: date
    due_on: date
    reason: str
    passed: bool
    moved: bool


@dataclass(frozen=True)
class GoAhead:
    """A reason for going ahead before the victim was told: who asked, and who signed (empty: nobody yet)."""

    id: UUID
    reason: str
    asked_by: str
    asked_at: datetime
    signed_by: str
    mine: bool


@dataclass(frozen=True)
class ActionShown:
    """One action of a plan with its outcome, the latest status first.

    `told_at` is when the victim was told of it; `go_ahead` the latest reason for not waiting for that.
    """

    id: UUID
    strand: Strand
    what: str
    owner_partner: str
    owner: str
    due_on: date
    overdue: bool
    status: Status
    version: int
    tell_victim_first: bool
    history: tuple[StatusShown, ...]
    told_at: datetime | None = None
    go_ahead: GoAhead | None = None
    kind: str = ""
    plan_class: PlanClass | None = None
    owner_id: UUID | None = None
    moves: tuple[MoveShown, ...] = ()

    @property
    def about_order(self) -> bool:
        """Return whether this is the application for an order, or its service."""
        return self.kind in (MeasureKind.ORDER.words, MeasureKind.SERVICE_OF_ORDER.words)

    @property
    def asks_for(self) -> str:
        """Return which decision after a breach would do this action: arrest or charge; empty for every other."""
        return next((kind.value for kind in (MeasureKind.ARREST, MeasureKind.CHARGE) if kind.words == self.kind), "")

    @property
    def waits(self) -> bool:
        """Return whether the gate is shut: the victim must be told, or a second person sign, before this is done."""
        signed = self.go_ahead is not None and bool(self.go_ahead.signed_by)
        return self.tell_victim_first and not self.status.is_settled and self.told_at is None and not signed


@dataclass(frozen=True)
class SessionShown:
    """A session that was planned, and its outcome."""

    id: UUID
    strand: Strand
    planned_at: datetime
    attendance: Attendance
    direct_work: bool
    planned_by: str
    waits_for: UUID | None = None
    untold_because: str = ""


@dataclass(frozen=True)
class Dose:
    """What was given: sessions by outcome, and minutes of work by role."""

    sessions: tuple[tuple[Strand, tuple[tuple[Attendance, int], ...]], ...]
    minutes: tuple[tuple[Role, int], ...]

    def counted(self, attendance: Attendance) -> int:
        """Return how many sessions of all strands became this."""
        return sum(count for _, counts in self.sessions for became, count in counts if became is attendance)

    @property
    def planned(self) -> int:
        """How many sessions were planned, whatever the outcome."""
        return sum(count for _, counts in self.sessions for _, count in counts)


@dataclass(frozen=True)
class NoteShown:
    """A clinical note, for the clinicians of that side only."""

    side: Side
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class PlanPage:
    """The plan of a case as its reader may see it: actions by strand, overdue first."""

    case: UUID
    reference: str
    site: str
    level: ShownLevel
    strands: tuple[tuple[Strand, tuple[ActionShown, ...]], ...]
    sessions: tuple[SessionShown, ...]
    dose: Dose
    notes: tuple[NoteShown, ...]
    note_sides: tuple[Side, ...]
    waiting_measures: int
    decision: UUID | None
    staff: tuple[tuple[UUID, str, str], ...]
    my_roles: tuple[Role, ...]
    may_open: bool
    may_record_sessions: bool
    interventions: tuple[InterventionShown, ...] = ()
    why_not_direct_work: str = ""

    @property
    def first_meeting(self) -> bool:
        """Whether the subject was never seen in this case: then the victim is told first."""
        return not self.dose.counted(Attendance.ATTENDED)

    @property
    def classes(self) -> tuple[tuple[PlanClass, int, int], ...]:
        """The four classes of a risk management plan: how many actions of each are open, and how many there are."""
        actions = [action for _, found in self.strands for action in found]
        return tuple(
            (
                part,
                sum(each.plan_class is part and not each.status.is_settled for each in actions),
                sum(each.plan_class is part for each in actions),
            )
            for part in PlanClass
        )


def plan_page(*, actor: Actor, case_id: UUID, at: datetime) -> PlanPage:
    """Return the plan of a case, or raise NotFound; clinical notes only to that person's clinicians.

    Eighteen statements, six more where there is work with the subject, and the log's, however many actions there are.
    """
    opened = access_queries.opened(actor, case_id, at=at)
    case = Case.objects.of(opened).only("reference", "site", "level", "subject").get()
    actions, sessions, notes = _actions(opened, actor, at), _sessions(opened), _notes(opened)
    waiting = Measure.objects.of(opened).filter(action__isnull=True).count()
    audit.consulted(
        actor,
        "case.plan",
        at=at,
        file=case_id,
        compartments={Compartment.CORE.value, *([Compartment.CLINICAL.value] if notes else [])},
        fields=frozenset({"actions", "sessions", "minutes", *(["notes"] if notes else [])}),
        count=len(actions),
    )
    return PlanPage(
        case=case.pk,
        reference=case.reference,
        site=case.site,
        level=level_in(opened, case.level),
        strands=tuple((strand, tuple(a for a in actions if a.strand is strand)) for strand in Strand),
        sessions=sessions,
        dose=_dose(opened),
        notes=notes,
        note_sides=tuple(sorted(opened.sides)) if Compartment.CLINICAL in opened.writable else (),
        waiting_measures=waiting,
        decision=_waiting_decision(opened) if waiting else None,
        staff=_staff(case.site, at),
        my_roles=tuple(Role(role) for site, role in actor.memberships if site == case.site),
        may_open=access_queries.may(actor, Permission.ACTION_OPEN, site=case.site),
        may_record_sessions=access_queries.may(actor, Permission.SESSION_RECORD, site=case.site),
        interventions=interventions_of(opened),
        why_not_direct_work=panel_queries.why_not_direct_work(opened, case, at=at) or "",
    )


def _staff(site: str, at: datetime) -> tuple[tuple[UUID, str, str], ...]:
    return tuple({who.pk: (who.pk, who.name, who.partner) for who, _ in access_queries.unit_of(site, at=at)}.values())


def _waiting_decision(opened: Opened) -> UUID | None:
    waiting = Decision.objects.of(opened).filter(measures__action__isnull=True)
    return waiting.order_by("-decided_at").values_list("pk", flat=True).first()


def _actions(opened: Opened, actor: Actor, at: datetime) -> tuple[ActionShown, ...]:
    """Return every action of an opened case, those that are late first, then by their day: six statements."""
    rows = list(Action.objects.of(opened).order_by("due_on", "pk"))
    read = _Read(
        statuses=list(StatusSet.objects.of(opened).order_by("-set_at", "-recorded_at")),
        moves=list(Moved.objects.of(opened).order_by("-moved_at", "-recorded_at")),
        tellings=dict(VictimTold.objects.of(opened).order_by("-told_at").values_list("action_id", "told_at")),
        untold={row.action_id: row for row in Untold.objects.of(opened).order_by("recorded_at")},
    )
    read.names.update(
        access_queries.names_of(
            _ACTION.staff_in(rows)
            | _STATUS.staff_in(read.statuses)
            | _MOVE.staff_in(read.moves)
            | _GO_AHEAD.staff_in(read.untold.values())
        )
    )
    shown = [_action(row, read, actor, at) for row in rows]
    return tuple(sorted(shown, key=lambda action: (action.status.is_settled, not action.overdue)))


@dataclass(frozen=True)
class _Read:
    """What hangs on the actions of a case, as it was read."""

    statuses: list[StatusSet]
    moves: list[Moved]
    tellings: dict[UUID, datetime]
    untold: dict[UUID, Untold]
    names: dict[UUID, str] = field(default_factory=dict)


_STATUS = Projection(
    StatusShown,
    StatusSet,
    by=Staff("recorded_by", GONE),
    at="set_at",
    countersigned_by=Staff("countersigned_by"),
    because=Through(lambda code: Because(code).words if code else "", "because"),
)
_MOVE = Projection(
    MoveShown,
    Moved,
    by=Staff("recorded_by", GONE),
    at="moved_at",
    owner_before=Staff("owner_before", GONE),
    owner=Staff("owner_after", GONE),
    due_on="due_after",
    passed=Through(ne, "owner_before", "owner_after"),
    moved=Through(ne, "due_before", "due_after"),
)
_GO_AHEAD = Projection(
    GoAhead,
    Untold,
    "mine",
    asked_by=Staff("recorded_by", GONE),
    asked_at="recorded_at",
    signed_by=Staff("signed_by", GONE),
)
_ACTION = Projection(
    ActionShown,
    Action,
    "overdue",
    "history",
    "told_at",
    "go_ahead",
    "moves",
    owner=Staff("owner"),
    owner_id="owner",
    kind=Through(lambda code: MeasureKind(code).words if code else "", "kind"),
)


def _was_done_since(untold: Untold, statuses: Iterable[StatusSet]) -> bool:
    """Return whether the action was done on this reason before: one signature is for one act."""
    done = (each for each in statuses if each.action_id == untold.action_id and each.status == Status.DONE)
    return untold.signed_at is not None and any(each.recorded_at >= untold.signed_at for each in done)


def _action(row: Action, read: _Read, actor: Actor, at: datetime) -> ActionShown:
    names, untold = read.names, read.untold.get(row.pk)
    if untold and row.status != Status.DONE and _was_done_since(untold, read.statuses):
        untold = None
    return _ACTION(
        row,
        names=names,
        overdue=rules.is_overdue(Status(row.status), row.due_on, at.date()),
        history=tuple(_STATUS(given, names=names) for given in read.statuses if given.action_id == row.pk),
        told_at=read.tellings.get(row.pk),
        go_ahead=_GO_AHEAD(untold, names=names, mine=untold.recorded_by == actor.staff) if untold else None,
        moves=tuple(_MOVE(move, names=names) for move in read.moves if move.action_id == row.pk),
    )


_SESSION = Projection(SessionShown, Session, planned_by=Staff("recorded_by", GONE), waits_for="action")
_NOTE = Projection(NoteShown, ClinicalNote, by=Staff("recorded_by", GONE), at="recorded_at")


def _sessions(opened: Opened) -> tuple[SessionShown, ...]:
    return _SESSION.all(Session.objects.of(opened).order_by("-planned_at", "pk")[:WHOLE])


def _notes(opened: Opened) -> tuple[NoteShown, ...]:
    """Return the clinical notes of the sides whose clinician the reader is; to everybody else there are none."""
    if not opened.may_read(Compartment.CLINICAL) or not opened.sides:
        return ()
    mine = ClinicalNote.objects.of(opened).filter(side__in=sorted(opened.sides))
    return _NOTE.all(mine.order_by("-recorded_at")[:WHOLE])


def _dose(opened: Opened) -> Dose:
    sessions = Session.objects.of(opened).values_list("strand", "attendance").annotate(count=Count("pk"))
    minutes = StaffMinutes.objects.of(opened).values_list("role").annotate(total=Sum("minutes")).order_by("-total")
    return Dose(_by_strand(sessions), tuple((Role(role), total) for role, total in minutes))


def _by_strand(
    counted: Iterable[tuple[str, str, int]],
) -> tuple[tuple[Strand, tuple[tuple[Attendance, int], ...]], ...]:
    counts = {(Strand(strand), Attendance(became)): count for strand, became, count in counted}
    return tuple(
        (strand, tuple((became, counts[strand, became]) for became in Attendance if (strand, became) in counts))
        for strand in Strand
        if any(of is strand for of, _ in counts)
    )


def _row(rows: type[Any], actor: Actor, case_id: UUID, row: UUID, at: datetime, *related: str) -> Any:
    """Return a row of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    return existing(rows.objects.of(opened).filter(pk=row).select_related(*related).first())


def action_to_update(*, actor: Actor, case_id: UUID, action_id: UUID, at: datetime) -> Action:
    return _row(Action, actor, case_id, action_id, at, "case")


def session_to_settle(*, actor: Actor, case_id: UUID, session_id: UUID, at: datetime) -> Session:
    return _row(Session, actor, case_id, session_id, at, "case")


def decision_to_act_on(*, actor: Actor, case_id: UUID, decision_id: UUID, at: datetime) -> Decision:
    return _row(Decision, actor, case_id, decision_id, at, "item__case")


def untold_to_sign(*, actor: Actor, case_id: UUID, asked_id: UUID, at: datetime) -> Untold:
    return _row(Untold, actor, case_id, asked_id, at, "action__case")


def action_page(*, actor: Actor, case_id: UUID, action_id: UUID, at: datetime) -> ActionShown:
    """Return one action with its outcome, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    found = existing(next((each for each in _actions(opened, actor, at) if each.id == action_id), None))
    audit.consulted(actor, "case.plan", at=at, file=case_id, compartments=CORE, fields=frozenset({"actions"}), count=1)
    return found
