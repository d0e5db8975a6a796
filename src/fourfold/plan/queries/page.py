"""The plan of a case in its four strands, what is overdue, and what was given and what it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Sum

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Opened, Permission, Role, Side
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from fourfold.panel import queries as panel_queries
from fourfold.panel.models import Decision, Measure
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan import rules
from fourfold.plan.models import Action, ClinicalNote, Moved, Session, StaffMinutes, StatusSet, Untold, VictimTold
from fourfold.plan.queries.interventions import InterventionShown, interventions_of
from fourfold.plan.terms import Attendance, Because, Status
from fourfold.programme import queries as programme
from fourfold.programme.terms import PartnerPart

PAGE = 50
CORE = frozenset({Compartment.CORE.value})


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
    """One action of a plan with what became of it, the latest status first.

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
    from_panel: bool
    history: tuple[StatusShown, ...]
    told_at: datetime | None = None
    go_ahead: GoAhead | None = None
    kind: str = ""
    plan_class: PlanClass | None = None
    owner_id: UUID | None = None
    moves: tuple[MoveShown, ...] = ()

    @property
    def waits(self) -> bool:
        """Say whether the gate is shut: the victim must be told, or a second person sign, before this is done."""
        signed = self.go_ahead is not None and bool(self.go_ahead.signed_by)
        return self.tell_victim_first and not self.status.is_settled and self.told_at is None and not signed


@dataclass(frozen=True)
class SessionShown:
    """A session that was planned, and what became of it."""

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
    """What was given: sessions by what became of them, and minutes of work by role."""

    sessions: tuple[tuple[Strand, tuple[tuple[Attendance, int], ...]], ...]
    minutes: tuple[tuple[Role, int], ...]

    def counted(self, attendance: Attendance) -> int:
        """Return how many sessions of all strands became this."""
        return sum(count for _, counts in self.sessions for became, count in counts if became is attendance)

    @property
    def planned(self) -> int:
        """How many sessions were planned, whatever became of them."""
        return sum(count for _, counts in self.sessions for _, count in counts)

    @property
    def total_minutes(self) -> int:
        """All minutes that were logged."""
        return sum(minutes for _, minutes in self.minutes)


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
    level: Level | None
    strands: tuple[tuple[Strand, tuple[ActionShown, ...]], ...]
    sessions: tuple[SessionShown, ...]
    dose: Dose
    notes: tuple[NoteShown, ...]
    note_sides: tuple[Side, ...]
    waiting_measures: int
    decision: UUID | None
    partners: tuple[PartnerPart, ...]
    staff: tuple[tuple[UUID, str, str], ...]
    my_roles: tuple[Role, ...]
    may_open: bool
    may_update: bool
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

    @property
    def agencies(self) -> tuple[tuple[str, str], ...]:
        """The agencies of the unit, code and name."""
        return tuple((partner.code, partner.name) for partner in self.partners)


def plan_page(*, actor: Actor, case_id: UUID, at: datetime) -> PlanPage:
    """Return the plan of a case, or raise NotFound; clinical notes only to that person's clinicians.

    Twenty-one statements, six more where there is work with the subject, and the log's, however many actions there are.
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
        level=Level(case.level) if case.level else None,
        strands=tuple((strand, tuple(a for a in actions if a.strand is strand)) for strand in Strand),
        sessions=sessions,
        dose=_dose(opened),
        notes=notes,
        note_sides=tuple(sorted(opened.sides)) if Compartment.CLINICAL in opened.writable else (),
        waiting_measures=waiting,
        decision=_waiting_decision(opened) if waiting else None,
        partners=programme.site(case.site).partners,
        staff=_staff(case.site, at),
        my_roles=tuple(Role(role) for site, role in actor.memberships if site == case.site),
        may_open=access_queries.may(actor, Permission.ACTION_OPEN, site=case.site),
        may_update=access_queries.may(actor, Permission.ACTION_UPDATE, site=case.site),
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
    """Every action of an opened case, those that are late first, then by their day: six statements."""
    found = list(Action.objects.of(opened).order_by("due_on", "pk"))
    read = _Read(
        statuses=list(StatusSet.objects.of(opened).order_by("-set_at", "-recorded_at")),
        moves=list(Moved.objects.of(opened).order_by("-moved_at", "-recorded_at")),
        tellings=dict(VictimTold.objects.of(opened).order_by("-told_at").values_list("action_id", "told_at")),
        untold={row.action_id: row for row in Untold.objects.of(opened).order_by("recorded_at")},
    )
    read.names.update(access_queries.names_of(read.people() | {row.owner for row in found if row.owner}))
    shown = [_action(row, read, actor, at) for row in found]
    return tuple(sorted(shown, key=lambda action: (action.status.is_settled, not action.overdue)))


@dataclass(frozen=True)
class _Read:
    """What hangs on the actions of a case, as it was read."""

    statuses: list[StatusSet]
    moves: list[Moved]
    tellings: dict[UUID, datetime]
    untold: dict[UUID, Untold]
    names: dict[UUID, str] = field(default_factory=dict)

    def people(self) -> set[UUID]:
        """Everybody who is named."""
        rows = (*self.statuses, *self.moves, *self.untold.values())
        named = (getattr(row, name, None) for row in rows for name in _NAMED)
        return {row.recorded_by for row in rows} | {who for who in named if who}


_NAMED = ("countersigned_by", "signed_by", "owner_before", "owner_after")


def _action(row: Action, read: _Read, actor: Actor, at: datetime) -> ActionShown:
    status = Status(row.status)
    return ActionShown(
        id=row.pk,
        strand=Strand(row.strand),
        what=row.what,
        owner_partner=row.owner_partner,
        owner=read.names.get(row.owner, "") if row.owner else "",
        due_on=row.due_on,
        overdue=rules.is_overdue(status, row.due_on, at.date()),
        status=status,
        version=row.version,
        tell_victim_first=row.tell_victim_first,
        from_panel=row.measure_id is not None,
        history=tuple(_status(each, read.names) for each in read.statuses if each.action_id == row.pk),
        told_at=read.tellings.get(row.pk),
        go_ahead=_go_ahead(read.untold.get(row.pk), read.names, actor),
        kind=MeasureKind(row.kind).label if row.kind else "",
        plan_class=PlanClass(row.plan_class) if row.plan_class else None,
        owner_id=row.owner,
        moves=tuple(_move(each, read.names) for each in read.moves if each.action_id == row.pk),
    )


def _move(row: Moved, names: dict[UUID, str]) -> MoveShown:
    return MoveShown(
        by=names.get(row.recorded_by, "somebody who left"),
        at=row.moved_at,
        owner_before=names.get(row.owner_before, "somebody who left") if row.owner_before else "",
        owner=names.get(row.owner_after, "somebody who left") if row.owner_after else "",
        due_before=row.due_before,
        due_on=row.due_after,
        reason=row.reason,
        passed=row.owner_after != row.owner_before,
        moved=row.due_after != row.due_before,
    )


def _go_ahead(row: Untold | None, names: dict[UUID, str], actor: Actor) -> GoAhead | None:
    if row is None:
        return None
    return GoAhead(
        id=row.pk,
        reason=row.reason,
        asked_by=names.get(row.recorded_by, "somebody who left"),
        asked_at=row.recorded_at,
        signed_by=names.get(row.signed_by, "somebody who left") if row.signed_by else "",
        mine=row.recorded_by == actor.staff,
    )


def _status(row: StatusSet, names: dict[UUID, str]) -> StatusShown:
    return StatusShown(
        status=Status(row.status),
        by=names.get(row.recorded_by, "somebody who left"),
        at=row.set_at,
        reason=row.reason,
        victim_told_at=row.victim_told_at,
        countersigned_by=names.get(row.countersigned_by, "") if row.countersigned_by else "",
        because=Because(row.because).label if row.because else "",
    )


def _sessions(opened: Opened) -> tuple[SessionShown, ...]:
    found = list(Session.objects.of(opened).order_by("-planned_at", "pk")[:PAGE])
    names = access_queries.names_of(row.recorded_by for row in found)
    return tuple(
        SessionShown(
            row.pk,
            Strand(row.strand),
            row.planned_at,
            Attendance(row.attendance),
            row.direct_work,
            names.get(row.recorded_by, "somebody who left"),
            row.action_id,
            row.untold_because,
        )
        for row in found
    )


def _notes(opened: Opened) -> tuple[NoteShown, ...]:
    """The clinical notes of the sides whose clinician the reader is; to everybody else there are none."""
    if not opened.may_read(Compartment.CLINICAL) or not opened.sides:
        return ()
    mine = ClinicalNote.objects.of(opened).filter(side__in=sorted(opened.sides))
    found = list(mine.order_by("-recorded_at")[:PAGE])
    names = access_queries.names_of(row.recorded_by for row in found)
    return tuple(
        NoteShown(Side(row.side), row.text, names.get(row.recorded_by, "somebody who left"), row.recorded_at)
        for row in found
    )


def dose(*, actor: Actor, case_id: UUID, at: datetime) -> Dose:
    """Return what a case was given and what it took, or raise NotFound: two statements beside the opening."""
    opened = access_queries.opened(actor, case_id, at=at)
    audit.consulted(
        actor, "case.dose", at=at, file=case_id, compartments=CORE, fields=frozenset({"sessions", "minutes"})
    )
    return _dose(opened)


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


def action_to_update(*, actor: Actor, case_id: UUID, action_id: UUID, at: datetime) -> Action:
    """Return an action of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    found = Action.objects.of(opened).filter(pk=action_id).select_related("case").first()
    if found is None:
        raise NotFound
    return found


def session_to_settle(*, actor: Actor, case_id: UUID, session_id: UUID, at: datetime) -> Session:
    """Return a session of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    found = Session.objects.of(opened).filter(pk=session_id).select_related("case").first()
    if found is None:
        raise NotFound
    return found


def decision_to_act_on(*, actor: Actor, case_id: UUID, decision_id: UUID, at: datetime) -> Decision:
    """Return a decision of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    found = Decision.objects.of(opened).filter(pk=decision_id).select_related("item__case").first()
    if found is None:
        raise NotFound
    return found


def untold_to_sign(*, actor: Actor, case_id: UUID, asked_id: UUID, at: datetime) -> Untold:
    """Return a reason for going ahead that waits for a second person, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    found = Untold.objects.of(opened).filter(pk=asked_id).select_related("action__case").first()
    if found is None:
        raise NotFound
    return found


def action_page(*, actor: Actor, case_id: UUID, action_id: UUID, at: datetime) -> ActionShown:
    """Return one action with what became of it, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    found = next((each for each in _actions(opened, actor, at) if each.id == action_id), None)
    if found is None:
        raise NotFound
    audit.consulted(actor, "case.plan", at=at, file=case_id, compartments=CORE, fields=frozenset({"actions"}), count=1)
    return found
