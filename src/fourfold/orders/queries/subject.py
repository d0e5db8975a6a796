"""One page about a subject across victims and sites, as far as agreements allow; never a hint of where a victim is.

What is read aloud was typed by people: from every such word the whereabouts of every victim of this subject are
withheld, of those too whose cases the reader may not open. What is planned is shown by its kind alone: a colleague may
have typed where a victim went, and nobody has put that place on record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access.paging import WHOLE
from fourfold.access.projection import Added, Projection
from fourfold.access.scoping import opens
from fourfold.access.terms import Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import rules as case_rules
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.queries import rows as case_rows
from fourfold.cases.queries.drawn import drawn_of
from fourfold.cases.queries.values import CaseHeader, as_rules_see
from fourfold.cases.terms import CourseOfConduct, Level, State
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict
from fourfold.orders import rules
from fourfold.orders.models import Breach, Condition, Order, OrderStep
from fourfold.orders.queries import whereabouts
from fourfold.orders.queries.instead import among
from fourfold.orders.queries.other_sites import Elsewhere, elsewhere
from fourfold.orders.queries.rows import _by
from fourfold.orders.queries.supervision import Laid, Supervised, supervised
from fourfold.orders.queries.whereabouts import WITHHELD, Whereabouts
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import ConditionKind, OrderKind, Step
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.people import queries as people
from fourfold.people.queries.same_person import records_of
from fourfold.people.terms import MarkKind, Part, SubjectCard, Withdrawn
from fourfold.plan.models import Action, Session
from fourfold.plan.terms import Attendance, Status
from fourfold.words import sentence

LEAVE_OUT = "only to leave out"
#: What people put on a subject's record in words of their own; numbers and addresses are compared as they are.
TYPED = frozenset({MarkKind.OTHER_NAME, MarkKind.VEHICLE, MarkKind.ACCOUNT})


@dataclass(frozen=True)
class Binding:
    """An order that runs today in one of the subject's cases, in words to read aloud; it binds once it was served."""

    reference: str
    kind: OrderKind
    expires_on: date | None
    days_left: int | None
    served: bool
    must_not: tuple[str, ...]
    must: tuple[str, ...]
    if_broken: str
    notify_by: date | None
    made_on: date | None = None

    @property
    def withheld(self) -> bool:
        """Whether a place of a victim's was taken out of a condition (docs/adr/0012)."""
        return any(WITHHELD in text for text in (*self.must_not, *self.must))

    @property
    def laid(self) -> Laid:
        """What it asks of the subject, for who supervises it."""
        return Laid(self.kind, len(self.must), self.made_on, self.expires_on, self.reference)


@dataclass(frozen=True)
class CaseAbout:
    """A case of the subject that the reader may open; no victim is named. `level` None: closed, or not assessed."""

    reference: str
    site: str
    level: Level | None
    state: State
    acts: int
    last_act_at: datetime | None
    last_act_told: bool
    this: bool


@dataclass(frozen=True)
class Planned:
    """A planned contact with the subject: when, what, by whom, in which case."""

    on: date
    what: str
    who: str
    reference: str
    overdue: bool


@dataclass(frozen=True)
class Kept:
    """Orders of a kind that bound the subject, and how many were broken."""

    kind: OrderKind
    orders: int
    broken: int


@dataclass(frozen=True)
class Attended:
    """Sessions of one strand: attended, missed by the subject, and cancelled for lack of staff."""

    strand: Strand
    attended: int
    missed: int
    want_of_staff: int


@dataclass(frozen=True)
class SubjectAcross:
    """The subject's page. Nothing on record of where a victim is stands on it; a victim is named by a condition alone."""

    header: CaseHeader
    card: SubjectCard
    course: CourseOfConduct
    victims: int
    cases: tuple[CaseAbout, ...]
    binding: tuple[Binding, ...]
    unserved: tuple[Binding, ...]
    planned: tuple[Planned, ...]
    kept: tuple[Kept, ...]
    attended: tuple[Attended, ...]
    quiet: tuple[tuple[OrderKind, int], ...]
    elsewhere: tuple[Elsewhere, ...]
    supervised: tuple[Supervised, ...]


def subject_across(*, actor: Actor, reference: str, at: datetime) -> SubjectAcross:
    """Return the subject of a case across victims and sites, or raise NotFound where the identity is closed.

    A fixed number of statements, however many cases, acts and orders.
    """
    page = cases.subject_page(actor=actor, reference=reference, at=at)
    subject = page.card.id
    records = records_of(subject)
    mine = _cases(actor, records, page.header.id, at)
    open_cases = {row.pk: row for row in mine}
    hidden = whereabouts.of_victims(whereabouts.victims_of(records))
    opened = Case.objects.visible_to(actor, at=at).filter(pk__in=open_cases).values("pk")  # not asked of each act
    acts = CaseAct.objects.unscoped("of these cases").filter(case__in=opened, left_at__isnull=True)
    drawn = [as_rules_see(each) for each in drawn_of(acts.order_by("-happened_at", "id"))]
    orders = list(Order.objects.visible_to(actor, at=at).filter(case__in=open_cases).order_by("-recorded_at", "id"))
    sessions = list(Session.objects.visible_to(actor, at=at).filter(case__in=open_cases).order_by("planned_at", "id"))
    found = elsewhere(actor, subject, at=at)
    audit.consulted(
        actor,
        "subject.across",
        at=at,
        file=page.header.id,
        compartments={"core", "risk", "subject_identity"},
        count=len(mine) + len(found),
    )
    running = tuple(_bindings(orders, open_cases, hidden, at))
    binding = tuple(each for each in running if each.served)
    laid = [each.laid for each in binding]
    return SubjectAcross(
        header=page.header,
        card=_without_whereabouts(_with_names(page.card, mine), hidden),
        course=case_rules.course_of_conduct(drawn),
        victims=len({row.victim_id for row in mine}),
        cases=tuple(_about(row, page.header.id) for row in mine),
        binding=binding,
        unserved=tuple(each for each in running if not each.served),
        planned=_planned(actor, open_cases, sessions, at),
        kept=_kept(orders),
        attended=_attended(sessions),
        quiet=_quiet(orders, [act.at for act in drawn], at),
        elsewhere=found,
        supervised=supervised(actor, open_cases, laid, page.header.team, page.header.reference, at),
    )


@dataclass(frozen=True)
class SubjectRecord:
    """What a subject is known by, and what was ever withdrawn from that."""

    card: SubjectCard
    withdrawn: tuple[Withdrawn, ...]


def subject_record(*, actor: Actor, subject: UUID, at: datetime) -> SubjectRecord:
    """Return what a subject is known by, or raise NotFound; nothing on it says where a victim is."""
    card = cases.subject_record(actor=actor, subject=subject, at=at)
    reports = Match.objects.unscoped(LEAVE_OUT).filter(undone_at__isnull=True, verdict=Verdict.SAME)
    records = records_of(subject)
    concerned = reports.filter(allegation__in=reports.filter(subject__in=records).values("allegation"))
    victims = {
        *whereabouts.victims_of(records),
        *concerned.filter(victim__isnull=False).values_list("victim", flat=True),
    }
    hidden = whereabouts.of_victims(victims)
    withdrawn = tuple(_withdrawn_without(one, hidden) for one in people.withdrawals_of(Part.SUBJECT, subject))
    return SubjectRecord(_without_whereabouts(card, hidden), withdrawn)


def _withdrawn_without(one: Withdrawn, hidden: Whereabouts) -> Withdrawn:
    """Withhold all of what was withdrawn where it is a victim's, and whereabouts from the reasons that people typed.

    What was withdrawn is often a victim's, put on the wrong record: then its town stays away too.
    """
    return replace(
        one,
        mark=replace(one.mark, value=WITHHELD) if hidden.names(one.mark.value) else one.mark,
        reason=hidden.without(one.reason),
        undone_because=hidden.without(one.undone_because),
    )


def _without_whereabouts(card: SubjectCard, hidden: Whereabouts) -> SubjectCard:
    """Withhold where a victim is from what people typed; the subject's own numbers and addresses stand as told."""
    return replace(
        card,
        marks=tuple(
            replace(mark, value=hidden.without(mark.value)) if mark.kind in TYPED else mark for mark in card.marks
        ),
    )


def _with_names(card: SubjectCard, mine: Iterable[Case]) -> SubjectCard:
    """Add the names by which the person is on record elsewhere, in cases open to the reader, to the other names."""
    others = {row.subject.name for row in mine if row.subject_id != card.id} - {card.name, ""}
    return replace(card, other_names=", ".join([*filter(None, [card.other_names]), *sorted(others)]))


def _cases(actor: Actor, records: Iterable[UUID], this: UUID, at: datetime) -> list[Case]:
    """Return the cases that a grant opens to the reader with the subject's identity, on whichever record of theirs."""
    with_identity = opens(actor, Compartment.SUBJECT_IDENTITY, at=at)
    rows = Case.objects.visible_to(actor, at=at).filter(Q(with_identity) | Q(pk=this), subject__in=records)
    rows = rows.select_related("subject").annotate(
        sees_risk=opens(actor, Compartment.RISK, at=at), only_told=case_rows.last_only_told()
    )
    return list(rows.order_by("-opened_at", "id")[:WHOLE])


_ABOUT = Projection(CaseAbout, Case, "level", "this", last_act_told=Added("only_told"))


def _about(row: Case, this: UUID) -> CaseAbout:
    level = Level(row.level) if row.level and row.sees_risk else None  # type: ignore[attr-defined]
    return _ABOUT(row, level=level, this=row.pk == this)


_BINDING = Projection(
    Binding, Order, *("reference", "days_left", "must_not", "must", "if_broken", "notify_by"), served="served_at"
)


def _bindings(
    orders: list[Order], open_cases: dict[UUID, Case], hidden: Whereabouts, at: datetime
) -> Iterable[Binding]:
    today = rules.day_of(at)
    now = [row for row in orders if rules.binds(row.made_on, row.expires_on, row.ended_on, today)]
    in_force = Condition.objects.unscoped("conditions of a scoped list").filter(order__in=now, ended_at__isnull=True)
    conditions = _by(in_force.order_by("number"), "order_id")
    notified = set(
        OrderStep.objects.unscoped("steps of a scoped list")
        .filter(order__in=[row.pk for row in orders], step=Step.NOTIFIED)
        .values_list("order__case", flat=True)
    )
    instead = among(now, orders)
    for row in now:
        kind = OrderKind(row.kind)
        said = {
            what: tuple(hidden.without(each.text) for each in conditions[row.pk] if each.kind == what)
            for what in ConditionKind
        }
        asks = bool(kind.about.notification_limit) and row.case_id not in notified
        yield _BINDING(
            row,
            reference=open_cases[row.case_id].reference,
            days_left=rules.days_left(row.expires_on, today),
            must_not=said[ConditionKind.PROHIBITION],
            must=said[ConditionKind.REQUIREMENT],
            if_broken=breach_rules.breach_means(kind, today),
            notify_by=rules.notify_by(kind, row.made_on, rules.day_of(row.served_at), instead=instead[row.pk], on=today)
            if asks and row.served_at
            else None,
        )


def _planned(actor: Actor, open_cases: dict[UUID, Case], sessions: list[Session], at: datetime) -> tuple[Planned, ...]:
    """Return the contact plan: sessions to come and steps of the plan that concern the subject, each by its kind.

    The victim's safety plan is not here, and no word that a colleague typed.
    """
    today = rules.day_of(at)
    waiting = (
        Action.objects.visible_to(actor, at=at)
        .filter(case__in=open_cases, status__in=(Status.OPEN, Status.WAITS_FOR_VICTIM))
        .exclude(strand=Strand.VICTIM_SAFETY)
        .order_by("due_on", "id")[:WHOLE]
    )
    steps = [
        Planned(
            row.due_on,
            MeasureKind(row.kind).words if row.kind else sentence("{1} step", Strand(row.strand).words),
            row.owner_partner,
            open_cases[row.case_id].reference,
            row.due_on < today,
        )
        for row in waiting
    ]
    ahead = [
        Planned(
            rules.day_of(row.planned_at),
            sentence("{1} session", Strand(row.strand).words),
            row.controller,
            open_cases[row.case_id].reference,
            False,
        )
        for row in sessions
        if row.attendance == Attendance.PLANNED and row.planned_at >= at
    ]
    return tuple(sorted([*steps, *ahead], key=lambda each: (each.on, each.what, each.reference))[:WHOLE])


def _kept(orders: list[Order]) -> tuple[Kept, ...]:
    bound = [row for row in orders if row.served_at is not None]
    broken = set(
        Breach.objects.unscoped("breaches of a scoped list")
        .filter(condition__order__in=[row.pk for row in bound], withdrawn_at__isnull=True)
        .values_list("condition__order", flat=True)
    )
    kinds: dict[OrderKind, list[bool]] = defaultdict(list)
    for row in bound:
        kinds[OrderKind(row.kind)].append(row.pk in broken)
    return tuple(Kept(kind, len(rows), sum(rows)) for kind, rows in sorted(kinds.items()))


def _attended(sessions: list[Session]) -> tuple[Attended, ...]:
    found = []
    for strand in Strand:
        became = [Attendance(row.attendance) for row in sessions if row.strand == strand]
        counts = {one: became.count(one) for one in Attendance}
        if any(counts[one] for one in Attendance if one is not Attendance.PLANNED):
            found.append(
                Attended(
                    strand,
                    counts[Attendance.ATTENDED],
                    counts[Attendance.MISSED] + counts[Attendance.CANCELLED_BY_CLIENT],
                    counts[Attendance.CANCELLED_FOR_WANT_OF_STAFF],
                )
            )
    return tuple(found)


def _quiet(orders: list[Order], acts: list[datetime], at: datetime) -> tuple[tuple[OrderKind, int], ...]:
    """Return for each order that was served how many days passed until the next act, or have passed, the most first."""
    found = []
    for row in orders:
        if row.served_at is not None:
            until = min((act for act in acts if act > row.served_at), default=at)
            found.append((OrderKind(row.kind), (until - row.served_at).days))
    return tuple(sorted(found, key=lambda pair: -pair[1])[:WHOLE])
