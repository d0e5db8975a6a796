"""What the units did about the invented cases: assessments, decisions, plans, orders, support. Pure, from chronicles."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from fourfold.access.terms import RelationKind, Role
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms import PastAssessment
from fourfold.cases.terms import Answer, Level
from fourfold.demo import wordings
from fourfold.demo.histories import BROKEN, LEVELS, Act, Chronicle, OrderCourse, Teller
from fourfold.orders.terms import (
    BreachDecision,
    ConditionKind,
    CustodyKind,
    EndedBy,
    OrderKind,
    PastBreach,
    PastCondition,
    PastCustody,
    PastOrder,
    PastStep,
    Step,
)
from fourfold.orders.terms import PastDecision as PastBreachDecision
from fourfold.panel.terms import DecisionDraft, MeasureDraft, PastDecision, PastView, Strand
from fourfold.plan.terms import Attendance, Because, PastAction, PastMinutes, PastSession, PastStatus, Status

PROFESSIONS = {
    "police": RelationKind.OIC,
    "mental health": RelationKind.CLINICIAN_OF_SUBJECT,
    "outreach": RelationKind.OUTREACH,
    "advocacy": RelationKind.ADVOCATE,
}
ROLES = {
    RelationKind.OIC: Role.POLICE_OFFICER,
    RelationKind.CLINICIAN_OF_SUBJECT: Role.MENTAL_HEALTH_PROFESSIONAL,
    RelationKind.OUTREACH: Role.OUTREACH_WORKER,
    RelationKind.ADVOCATE: Role.VICTIM_ADVOCATE,
}
QUORUMS = {
    "cheshire": ("police", "mental health", "advocacy"),
    "london": tuple(PROFESSIONS),
    "hampshire": tuple(PROFESSIONS),
}


# ---- assessments ---------------------------------------------------------------------------------------------------


def assessments(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastAssessment]:
    """Yield a first-line checklist for most cases, with answers that nobody knew, and another after each breach; for
    some the clinician's of the same days, so that there is something to talk about."""
    for chronicle in told:
        breaches = [act.received_at for act in chronicle.acts if act.breach_of]
        if breaches or teller.dice.random() < 0.75:
            for since in (chronicle.opened_at, *breaches):
                yield (first := _assessment(teller, chronicle, since))
            yield from _second_opinion(chronicle, first, teller.anchor)


def _assessment(teller: Teller, chronicle: Chronicle, since: datetime) -> PastAssessment:
    """Return a checklist that the officer filled in within two days; the level is a professional's."""
    return PastAssessment(
        case=chronicle.id,
        instrument="first-line",
        assessed_by=chronicle.team[RelationKind.OIC],
        profession="police",
        signed_at=min(since + timedelta(hours=teller.dice.randint(1, 40)), teller.anchor),
        answers=tuple(_first_line(teller.dice, chronicle)),
        professional_level=chronicle.level_at_opening,
        reason="set with the officer's knowledge of both people",
        minutes=teller.dice.randint(15, 50),
    )


def _second_opinion(chronicle: Chronicle, first: PastAssessment, anchor: datetime) -> Iterator[PastAssessment]:
    """Yield, for one case in four, how the clinician filled in the latest checklist: mostly alike, here and there not.

    Chance comes from the case's identifier, so that nothing else of the programme changes with it.
    """
    dice = random.Random(f"a second opinion on {chronicle.id}")  # noqa: S311 -- an invented world
    clinician = chronicle.team.get(RelationKind.CLINICIAN_OF_SUBJECT)
    if clinician is None or dice.random() > 0.25:
        return
    changed = {"yes": ("not_known", "no"), "no": ("not_known", "yes"), "not_known": ("no", "yes")}
    answers = tuple(
        replace(each, option=dice.choice(changed[each.option]))
        if each.option in changed and dice.random() < 0.2
        else each
        for each in first.answers
    )
    yield replace(
        first,
        assessed_by=clinician,
        profession="mental health",
        signed_at=min(first.signed_at + timedelta(hours=dice.randint(2, 30)), anchor),
        answers=answers,
        professional_level=_beside(dice, first.professional_level),
        reason="from the meeting with the subject, without the officer's checklist",
        minutes=dice.randint(20, 60),
    )


def _beside(dice: random.Random, level: str) -> str:
    """Return the same level three times in four, else one step beside it."""
    place = list(Level).index(Level(level))
    step = dice.choice((-1, 1)) if dice.random() < 0.25 else 0
    return list(Level)[max(0, min(place + step, len(Level) - 1))]


def _first_line(dice: random.Random, chronicle: Chronicle) -> Iterator[Given]:
    yield Given("relationship", _RELATIONSHIPS.get(chronicle.course.relationship, "not_known"))
    likely = 0.12 + 0.13 * chronicle.course.level
    for item in wordings.FIRST_LINE_ITEMS:
        if item == "earlier_reports":
            yield Given(item, "yes" if len(chronicle.course.acts_before) > 1 else "no")
        elif dice.random() < 0.18:
            yield Given(item, "not_known")
        else:
            grave = item in ("threats", "violence", "weapons", "suicide_talk", "breach")
            yield Given(item, "yes" if dice.random() < likely * (0.3 if grave else 1.4) else "no")


_RELATIONSHIPS = {
    "former partner": "former_partner",
    "family": "family",
    "stranger": "stranger",
    "acquaintance": "acquaintance",
    "colleague": "acquaintance",
    "neighbour": "acquaintance",
}


# ---- decisions and plans -------------------------------------------------------------------------------------------


def decisions(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastDecision]:
    """Yield what the panels decided, each after the views of the professions, in the order of the sittings."""
    before_panel = [chronicle for chronicle in told if chronicle.decided_at is not None]
    for chronicle in sorted(before_panel, key=lambda each: each.decided_at or each.opened_at):
        starts_at = (chronicle.decided_at or chronicle.opened_at).replace(second=0)
        yield PastDecision(
            case=chronicle.id,
            site=chronicle.site,
            starts_at=starts_at,
            chair=teller.units[chronicle.site].first(Role.PANEL_CHAIR),
            decided_at=chronicle.decided_at or starts_at,
            draft=_draft(teller.dice, chronicle, starts_at.date()),
            views=tuple(_views(teller, chronicle, starts_at)),
            quorum=QUORUMS[chronicle.site],
        )


def _draft(dice: random.Random, chronicle: Chronicle, on: date) -> DecisionDraft:
    considered = "yes" if chronicle.orders else "no"
    return DecisionDraft(
        formulation=dice.choice(wordings.FORMULATIONS),
        level=chronicle.level_at_opening,
        victim_safety=dice.choice(wordings.SAFETY),
        order_considered=considered,
        order_reason=wordings.ORDER_REASONS[considered],
        measures=tuple(_measures(dice, chronicle, on)),
        alternatives_rejected=dice.choice(wordings.ALTERNATIVES),
        dissent=dice.choice(wordings.DISSENT),
        authority="The unit's information-sharing agreement, for casework",
        review_on=on + timedelta(days=dice.choice((7, 14, 28))),
        under_investigation=Answer.NO if _works_with_subject(chronicle) else Answer.YES,
    )


def _works_with_subject(chronicle: Chronicle) -> bool:
    """Return whether psychological work is done; decided by the identifier, so that plan and decision agree."""
    return chronicle.subject is not None and chronicle.id.int % 5 < 2


def _measures(dice: random.Random, chronicle: Chronicle, on: date) -> Iterator[MeasureDraft]:
    last = wordings.MEASURES[-2]
    chosen = [each for each in wordings.MEASURES if each is not last and dice.random() < 0.5]
    for strand, what, partner, first in [*chosen, last]:
        yield MeasureDraft(
            strand=strand,
            what=what,
            owner_partner=f"{chronicle.site}-{partner}",
            due_on=on + timedelta(days=dice.choice((3, 7, 14, 21))),
            tell_victim_first=first,
            kind=wordings.KINDS[what],
        )


def _views(teller: Teller, chronicle: Chronicle, starts_at: datetime) -> Iterator[PastView]:
    dice, level = teller.dice, chronicle.level_at_opening
    for profession, relation in PROFESSIONS.items():
        if relation not in chronicle.team and profession not in QUORUMS[chronicle.site]:
            continue
        rank = min(max(level.rank - 1 + dice.choice((-1, 0, 0, 0, 1)), 0), 3)
        yield PastView(
            staff=_speaker(teller, chronicle, relation),
            profession=profession,
            level=LEVELS[rank],
            position=dice.choice(wordings.POSITIONS[profession]),
            given_at=starts_at - timedelta(hours=dice.randint(2, 40)),
            proposes=wordings.PROPOSALS[profession],
        )


def _speaker(teller: Teller, chronicle: Chronicle, relation: RelationKind) -> UUID:
    return chronicle.team.get(relation) or teller.units[chronicle.site].first(ROLES[relation])


def actions(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastAction]:
    """Yield the actions of the managed cases: done, given up with a reason, or still open, some of them late."""
    for chronicle in told:
        began = chronicle.managed_at
        if began is None:
            continue
        chair = teller.units[chronicle.site].first(Role.PANEL_CHAIR)
        for measure in _measures(teller.dice, chronicle, began.date()):
            yield PastAction(
                case=chronicle.id,
                strand=measure.strand,
                what=measure.what,
                owner_partner=measure.owner_partner,
                due_on=measure.due_on or began.date(),
                opened_at=began,
                opened_by=chair,
                owner=chronicle.team.get(_OWNERS[measure.strand]),
                tell_victim_first=measure.tell_victim_first,
                kind=measure.kind,
                statuses=tuple(_statuses(teller, chronicle, measure, began)),
            )


_OWNERS = {
    Strand.LEGAL: RelationKind.OIC,
    Strand.PSYCHOLOGICAL: RelationKind.CLINICIAN_OF_SUBJECT,
    Strand.SOCIAL: RelationKind.OUTREACH,
    Strand.VICTIM_SAFETY: RelationKind.ADVOCATE,
}


def _statuses(teller: Teller, chronicle: Chronicle, measure: MeasureDraft, began: datetime) -> Iterator[PastStatus]:
    dice = teller.dice
    settled_at = began + timedelta(days=dice.randint(2, 45), hours=dice.randint(0, 5))
    if settled_at > teller.anchor or dice.random() < 0.03:
        return
    by = chronicle.team.get(_OWNERS[measure.strand], chronicle.team[RelationKind.OIC])
    if dice.random() < 0.85:
        told_at = settled_at - timedelta(hours=20) if measure.tell_victim_first else None
        yield PastStatus(Status.DONE, settled_at, by, victim_told_at=told_at)
    else:
        yield PastStatus(
            Status.NOT_DONE, settled_at, by, "overtaken by the charging decision", because=Because.NO_LONGER_NEEDED
        )


def sessions(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastSession]:
    """Yield psychological and social sessions: attended, missed, cancelled, some of them for lack of staff."""
    for chronicle in told:
        began = chronicle.managed_at
        if began is None or RelationKind.OUTREACH not in chronicle.team:
            continue
        direct = _works_with_subject(chronicle)
        strand = Strand.PSYCHOLOGICAL if direct else Strand.SOCIAL
        by = chronicle.team[RelationKind.CLINICIAN_OF_SUBJECT if direct else RelationKind.OUTREACH]
        for week in range(teller.dice.randint(6, 12) if direct else teller.dice.randint(0, 4)):
            planned_at = _at_hour(began + timedelta(days=14 + 7 * week), teller.dice.choice((10, 11, 14)))
            took_place = planned_at < teller.anchor
            attendance = _attendance(teller.dice) if took_place else Attendance.PLANNED
            settled_at = planned_at + timedelta(hours=2) if took_place else None
            yield PastSession(chronicle.id, strand, planned_at, by, attendance, settled_at, direct)
            if not took_place:
                break


def _attendance(dice: random.Random) -> Attendance:
    kinds = (
        Attendance.ATTENDED,
        Attendance.MISSED,
        Attendance.CANCELLED_BY_CLIENT,
        Attendance.CANCELLED_FOR_WANT_OF_STAFF,
    )
    return dice.choices(kinds, weights=(70, 12, 8, 10))[0]


def minutes(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastMinutes]:
    """Yield the staff's minutes by role: much for a managed case at the beginning, little for advice."""
    for chronicle in told:
        managed = chronicle.managed_at is not None
        for month in range(6 if managed else 1):
            worked = chronicle.opened_at + timedelta(days=30 * month + teller.dice.randint(0, 20))
            if worked > teller.anchor:
                break
            for relation, staff in chronicle.team.items():
                scale = (150 - 20 * month) if managed else 45
                yield PastMinutes(
                    case=chronicle.id,
                    role=ROLES[relation],
                    minutes=max(10, round(teller.dice.gammavariate(3, scale / 3))),
                    worked_on=worked.date(),
                    worked_by=staff,
                    on_what=teller.dice.choice(("contact", "enquiries", "writing up", "meeting")),
                )


def _at_hour(moment: datetime, hour: int) -> datetime:
    return moment.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)


# ---- orders and breaches -------------------------------------------------------------------------------------------


def orders(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastOrder]:
    """Yield orders with their steps and the breaches that were acts of the same course; and those not sought."""
    for chronicle in told:
        for order in chronicle.orders:
            yield _order(teller, chronicle, order)
        if chronicle.decided_at is not None and not chronicle.orders and chronicle.subject is not None:
            step = PastStep(Step.DECLINED, chronicle.decided_at, wordings.ORDER_REASONS["no"])
            yield PastOrder(teller.inventor.new_id(), chronicle.id, OrderKind.SPO, (), (step,), source="invented")


def custody(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastCustody]:
    """Yield times in custody: about one subject in ten a year, by a chance of their own, and never while the subject acts."""
    for chronicle in told:
        dice = random.Random(str(chronicle.id))  # noqa: S311 -- invented, and apart from every other chance
        held_from = chronicle.opened_at + timedelta(days=dice.expovariate(0.1 / 365))
        released_at = held_from + timedelta(days=dice.randint(21, 90))
        acts = any(held_from <= act.happened_at <= released_at for act in chronicle.acts)
        if chronicle.subject is not None and not acts and held_from < teller.anchor:
            ended = released_at if released_at < teller.anchor else None
            yield PastCustody(chronicle.id, dice.choice(list(CustodyKind)), held_from, ended, source="invented")


def _order(teller: Teller, chronicle: Chronicle, order: OrderCourse) -> PastOrder:
    interim = order.kind is OrderKind.SPO_INTERIM
    return PastOrder(
        id=order.id,
        case=chronicle.id,
        kind=order.kind,
        conditions=tuple(_conditions(order)),
        steps=tuple(_steps(order, teller.anchor)),
        court=f"{chronicle.course.district} Magistrates' Court (invented)",
        expires_on=None if interim else _two_years(order.made_at.date()),
        ended_by=EndedBy.SUPERSEDED if order.ended_at else None,
        breaches=tuple(_breach(teller.dice, act) for act in chronicle.acts if act.breach_of == order.condition(BROKEN)),
        source="invented",
    )


def _conditions(order: OrderCourse) -> Iterator[PastCondition]:
    for number, text in enumerate(wordings.CONDITIONS, start=1):
        kind = ConditionKind.REQUIREMENT if number == 4 else ConditionKind.PROHIBITION
        yield PastCondition(order.condition(number), kind, text)


def _steps(order: OrderCourse, anchor: datetime) -> Iterator[PastStep]:
    yield PastStep(Step.CONSIDERED, order.applied_at - timedelta(days=1), wordings.ORDER_REASONS["yes"])
    yield PastStep(Step.APPLIED, order.applied_at, wordings.ORDER_REASONS["yes"])
    yield PastStep(Step.MADE, order.made_at)
    yield PastStep(Step.SERVED, order.served_at)
    if order.served_at + timedelta(days=2) < anchor:
        yield PastStep(Step.NOTIFIED, order.served_at + timedelta(days=2))
    if order.ended_at is not None:
        yield PastStep(Step.ENDED, order.ended_at, "a full order was made")


def _two_years(made_on: date) -> date:
    """Return the last day of an order of three years: a full order lasts two at least."""
    return made_on + timedelta(days=3 * 365)


def _breach(dice: random.Random, act: Act) -> PastBreach:
    arrested = dice.random() < 0.6
    decided_at = act.received_at + timedelta(hours=dice.randint(2, 30))
    decided = [
        PastBreachDecision(
            BreachDecision.ARREST, arrested, decided_at, "" if arrested else "not found; circulated as wanted"
        ),
        PastBreachDecision(
            BreachDecision.CHARGE, arrested, decided_at, "" if arrested else "waits for the arrest and the interview"
        ),
        PastBreachDecision(BreachDecision.VICTIM_TOLD, True, decided_at),
    ]
    return PastBreach(act.id, BROKEN, act.happened_at, act.received_at, tuple(decided))
