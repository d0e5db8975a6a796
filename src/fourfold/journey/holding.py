"""What the unit holds of a report, and which orders it would break: everything by which the desk knows how soon to act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fourfold.access.paging import Page
from fourfold.access.statements import Call, run_ahead
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases import rules
from fourfold.cases.queries import desk as at_desk
from fourfold.cases.queries.desk_page import DeskPage
from fourfold.cases.queries.held import ALONE, Held, HeldCase
from fourfold.cases.queries.reached import reached_ahead
from fourfold.cases.queries.values import DeskRow
from fourfold.cases.terms import State
from fourfold.intake import queries as intake
from fourfold.intake.terms import Channel, Urgency
from fourfold.journey.rows import Allegation
from fourfold.linkage import queries as linkage
from fourfold.linkage.terms import Sure
from fourfold.orders import queries as orders
from fourfold.orders.queries.bound import Answered, OrderThen, ServedOrder
from fourfold.support import queries as support
from fourfold.words import Sentence, Word, counted, named, sentence, words

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class UnderOrder:
    """A case whose subject a report may name, and an order that bound that subject when it happened."""

    case: HeldCase
    order: OrderThen


@dataclass(frozen=True)
class Holding:
    """What the unit holds of one report: its people, reports, cases and courses; orders; and what follows for the desk.

    `under` are the orders of which nobody has said whether it broke them; `answered` is what somebody did say.
    """

    held: Held
    under: tuple[UnderOrder, ...]
    answered: tuple[Answered, ...]
    urgency: Urgency
    reasons: tuple[str, ...]

    @property
    def rank(self) -> int:
        return rules.rank(self.urgency)


def what_the_unit_holds(
    *, actor: Actor, reports: Sequence[Allegation], at: datetime, chain: bool = False
) -> dict[UUID, Holding]:
    """Return for each report what the unit holds of it, for whoever may see it; two statements more than `unit_holds`,
    and one where there is an entry of a diary among them. The page of one (`chain`) also reads courses and conditions.
    """
    if not reports:
        return {}
    run_ahead(orders.answered_ahead(actor, [row.pk for row in reports], at), waits=True)
    held = cases.unit_holds(actor=actor, reports=reports, at=at, diaries=_diaries(reports), chain=chain, courses=chain)
    of_subjects = {case.id for one in held.values() for case in one.cases if case.tells_of_subject}
    served = orders.served_in(actor=actor, cases=of_subjects, at=at, conditions=chain)
    answered = orders.answered_of(actor=actor, acts=[row.pk for row in reports], at=at)
    return {
        row.pk: _told_again(
            _holding(row, held[row.pk], served, tuple(one for one in answered if one.act == row.pk)), row, last
        )
        for row, last in zip(reports, intake.as_told_last(reports), strict=True)
    }


def _told_again(holding: Holding, row: Allegation, last: Allegation) -> Holding:
    """Let a later version make it sooner, and say why."""
    if rules.rank(Urgency(last.urgency)) >= rules.rank(Urgency(row.urgency)):
        return holding
    why = tuple(
        sentence("a later version says: {1}", each) for each in last.urgency_reasons if each not in row.urgency_reasons
    )
    sooner = rules.soonest(holding.urgency, Urgency(last.urgency))
    return replace(holding, urgency=sooner, reasons=(*why, *holding.reasons))


def is_alone(*, actor: Actor, report: Allegation, at: datetime) -> bool:
    """Return whether the unit holds nothing and nobody, of what the actor may see, that could concern a report's people."""
    held = cases.unit_holds(actor=actor, reports=[report], at=at, diaries=_diaries([report]))
    return held[report.pk].is_alone


def _diaries(reports: Sequence[Allegation]) -> dict[UUID, UUID]:
    return support.diaries_of(row.pk for row in reports if row.channel == Channel.DIARY)


def _holding(
    row: Allegation, held: Held, served: Mapping[UUID, tuple[ServedOrder, ...]], answered: tuple[Answered, ...]
) -> Holding:
    latest = _latest(row)
    # A breach of one order answers for every order, as on the page where acts wait for that answer.
    is_breach, none_of = any(one.breach for one in answered), {one.order for one in answered}
    under = tuple(
        UnderOrder(case, order)
        for case in held.cases
        if case.tells_of_subject
        for order in orders.bound_at(served.get(case.id, ()), latest)
        if not is_breach and order.id not in none_of
    )
    return _judged(held, under, answered)


def _judged(held: Held, under: tuple[UnderOrder, ...], answered: tuple[Answered, ...]) -> Holding:
    running = [case for case in held.cases if case.counts and case.state is not State.CLOSED]
    levels = [case.level for case in running]
    broke = tuple(one for one in answered if one.breach)
    urgency = rules.urgency_held(levels, under_order=bool(under or broke), of_the_pair=len(held.of_the_pair))
    return Holding(held, under, answered, urgency, tuple(_reasons(held, under, broke, running)))


def _latest(row: Allegation) -> datetime:
    """Return the latest moment at which it may have happened: where only the day is known its end, if it was not told before."""
    if row.occurred_from is None:
        return row.told_at
    if row.time_known:
        return row.occurred_from
    last = row.occurred_until or row.occurred_from
    night = datetime.combine(last.astimezone(LONDON).date() + timedelta(days=1), time(), LONDON) - timedelta(minutes=1)
    return max(row.occurred_from, min(night, row.told_at))


def _reasons(
    held: Held, under: Sequence[UnderOrder], broke: Sequence[Answered], running: Sequence[HeldCase]
) -> Iterator[str]:
    yield from map(broken_as, broke)
    for one in under:
        yield sentence("would be an act under the {1} in {2}", one.order.kind.words, one.case.reference)
    yield from map(named_in, running)
    for waits, is_confirmed in ALIKE:
        if many := sum(one.waits is waits and one.is_confirmed is is_confirmed for one in held.alike):
            yield say_alike(many, waits=waits, is_confirmed=is_confirmed)


#: Other reports of the same people: whether they wait, and whether a person confirmed the pair.
ALIKE = ((True, True), (True, False), (False, True), (False, False))


def say_alike(many: int, *, waits: bool, is_confirmed: bool) -> Sentence:
    """Return what is said of so many other reports; what nobody confirmed is a may-be."""
    if waits and is_confirmed:
        return counted(many, "waiting report tells of the same people", "waiting reports tell of the same people")
    if waits:
        return counted(
            many, "waiting report may tell of the same people", "waiting reports may tell of the same people"
        )
    if is_confirmed:
        return counted(many, "earlier report tells of the same people", "earlier reports tell of the same people")
    return counted(many, "earlier report may tell of the same people", "earlier reports may tell of the same people")


def broken_as(one: Answered) -> str:
    """Return of which condition an act is recorded as a breach."""
    return sentence(
        "is recorded as a breach of condition {1} of the {2} in {3}", one.condition, one.kind.words, one.reference
    )


_NAMES = words(
    {
        Sure.CONFIRMED: "names",
        Sure.PROBABLY: "is thought to name",
        Sure.LIKELY: "seems to name",
        Sure.PERHAPS: "is thought to name",
        Sure.POSSIBLE: "may name",
    }
)


def _rank(sure: Sure | None) -> int:
    return sure.rank if sure else -1


def named_in(case: HeldCase) -> str:
    """Return as whom a report names somebody of a case and how sure that is, with the level where the reader may see it."""
    who, sure = Word("the victim and the subject"), max(case.victim, case.subject, key=_rank)
    if not case.is_of_the_pair:
        of_subject = case.subject is not None and case.subject.counts
        who, sure = (Word("the subject"), case.subject) if of_subject else (Word("the victim"), case.victim)
    state = Word("closed case" if case.state is State.CLOSED else "open case")
    said = (_NAMES[sure or case.sure], who, state, case.reference)
    if case.of_diary and not case.is_of_the_pair:
        return _written_in(state, case)
    if case.level is None:
        return sentence("{1} {2} of {3} {4}", *said)
    return sentence("{1} {2} of {3} {4} ({5})", *said, named(case.level))


def _written_in(state: Word, case: HeldCase) -> str:
    if case.level is None:
        return sentence("comes from the diary of {1} {2}", state, case.reference)
    return sentence("comes from the diary of {1} {2} ({3})", state, case.reference, named(case.level))


def desk_read(*, actor: Actor, allegation: UUID, at: datetime) -> tuple[DeskPage, Holding]:
    """Return the desk's page of an allegation with what the unit holds of it, or raise NotFound."""
    row = linkage.allegation(actor, allegation, at=at)
    holding = what_the_unit_holds(actor=actor, reports=[row], at=at, chain=True)[row.pk]
    return cases.desk_page(actor=actor, allegation_id=allegation, at=at, held=holding.held), holding


# ---- the queue -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queued:
    """A report that waits at the desk, how soon somebody must act by what it tells and by what the unit holds, and why."""

    row: DeskRow
    holding: Holding

    @property
    def urgency(self) -> Urgency:
        return rules.soonest(self.row.urgency, self.holding.urgency)

    @property
    def reasons(self) -> tuple[str, ...]:
        return (*self.holding.reasons, *self.row.urgency_reasons)

    @property
    def names_a_case(self) -> bool:
        return any(case.counts and case.state is not State.CLOSED for case in self.holding.held.cases)


def ahead(actor: Actor, at: datetime, newest: int) -> tuple[Call, ...]:
    """Return what `first_in_queue` asks first, to be run ahead."""
    return (at_desk.first.call(actor, at, newest + 1),)


@dataclass(frozen=True)
class FirstInQueue:
    """The reports that stand before all others; whether `more` wait, and how many of those are `late`, of more than a thousand
    one more than that: those that say danger now are not counted, of which there are more than are read where it is `cut`.
    """

    shown: tuple[Queued, ...]
    more: bool
    late: int
    cut: bool


def first_in_queue(*, actor: Actor, at: datetime, newest: int, within: at_desk.Allowed) -> FirstInQueue:
    """Return the reports that stand before all others, the most urgent first: those that seem to name somebody of an open
    case; every one that says danger now, and the `newest`. `within`: in which time somebody looks at one that is not danger now.
    """
    found = at_desk.first_at_desk(actor=actor, at=at, newest=newest + 1)
    may_be_more = len(found) > newest
    read = {row.id: None for _, row in found}
    if may_be_more:
        run_ahead(at_desk.late_ahead(actor, at, within, read), waits=True)
    held = what_the_unit_holds(actor=actor, reports=[report for report, _ in found], at=at)
    queued = [Queued(row, held[row.id]) for _, row in found]
    shown, cut, late = [*_first(queued), *queued[:newest]], False, 0
    if len(found) >= at_desk.MOST_NAMED:  # of each kind no more were read
        more, cut = at_desk.pressing(actor=actor, at=at)
        again = zip(more, intake.as_told_last(report for report, _ in more), strict=True)
        others = (Queued(row, held.get(row.id) or _told_again(NOTHING, one, last)) for (one, row), last in again)
        shown += (one for one in others if one.urgency is Urgency.NOW)
    every = {one.row.id: one for one in shown}
    # Of these the time runs from when they came, as for those that are shown: of a later version too, to be on the safe side.
    left = [one for one in queued if one.row.id not in every]
    is_more = bool(left) or (may_be_more and bool(at_desk.besides(actor, at, these=tuple(every))))
    if is_more:
        late = sum(one.row.received_at + within[one.urgency] < at for one in left)
        late += at_desk.untriaged_late(actor=actor, at=at, within=within, apart_from={**read, **dict.fromkeys(every)})
    audit.consulted(actor, "allegation.list", at=at, compartments={"core"}, count=len(found))
    return FirstInQueue(tuple(every.values()), is_more, min(late, at_desk.MOST_LATE + 1), cut)


def listed_ahead(actor: Actor, at: datetime, urgency: Urgency | None, *, begins: bool) -> tuple[Call, ...]:
    """Return what the list of the desk asks first, where it `begins`, to be run ahead; later pages wait for their place."""
    return (*at_desk.listed_ahead(actor, at, urgency), *reached_ahead(actor, at)) if begins else ()


def queue(
    *, actor: Actor, rows: Page[tuple[Allegation, DeskRow]], at: datetime, begins: bool
) -> tuple[tuple[Queued, ...], Page[Queued]]:
    """Return what stands first at the desk, those that are acts of an open case already among them, where its list
    `begins`; and the rows of the list. With what the unit holds of each: the same statements for one and for a hundred.
    """
    found = at_desk.first_at_desk(actor=actor, at=at) if begins else []
    reports = {report.pk: report for report, _ in (*found, *rows)}
    held = what_the_unit_holds(actor=actor, reports=list(reports.values()), at=at)
    first = _first(Queued(row, held[row.id]) for _, row in found)
    return first, rows.map(lambda waits: Queued(waits[1], held[waits[1].id]))


def _first(queued: Iterable[Queued]) -> tuple[Queued, ...]:
    first = (one for one in queued if one.names_a_case or one.urgency is Urgency.NOW)
    return tuple(sorted(first, key=lambda one: rules.rank(one.urgency)))


NOTHING = Holding(ALONE, (), (), Urgency.ROUTINE, ())
