"""Who supervises or works with the subject today, under what, and until when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.access.terms import RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.values import Colleague
from fourfold.orders import rules
from fourfold.orders.models import Custody
from fourfold.orders.terms import CustodyKind, OrderKind
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan.models import Intervention
from fourfold.words import Word, counted, sentence, words

_HOLDS = words({CustodyKind.HOSPITAL: "the hospital"})
_WORKS = words(
    {
        RelationKind.OIC: "officer in the case",
        RelationKind.CLINICIAN_OF_SUBJECT: "the subject’s clinician",
        RelationKind.OUTREACH: "outreach worker",
    }
)


@dataclass(frozen=True)
class Supervised:
    """Who supervises or works with the subject, how, since and until when (None: nobody knows), and in which case."""

    who: str
    how: str
    since: date | None
    until: date | None
    reference: str


@dataclass(frozen=True)
class Laid:
    """What an order in force asks: its kind, how many requirements, when it was made and ends, its case."""

    kind: OrderKind
    must: int
    since: date | None
    until: date | None
    reference: str


def supervised(
    actor: Actor, open_cases: dict[UUID, Case], laid: Iterable[Laid], team: Iterable[Colleague], this: str, at: datetime
) -> tuple[Supervised, ...]:
    """Return who supervises or works with the subject today, custody first: two statements.

    `laid` are the orders in force, `team` who works on the case whose page this is (`this`, its reference).
    """
    return (
        *_held(actor, open_cases, at),
        *_bound(laid),
        *_worked_with(actor, open_cases, at),
        *(
            Supervised(one.name, _WORKS[one.kind], rules.day_of(one.since), None, this)
            for one in team
            if one.kind in _WORKS
        ),
    )


def _held(actor: Actor, open_cases: dict[UUID, Case], at: datetime) -> Iterator[Supervised]:
    rows = Custody.objects.visible_to(actor, at=at).filter(case__in=open_cases, ended__isnull=True, held_from__lte=at)
    for row in rows.order_by("-held_from", "id"):
        kind = CustodyKind(row.kind)
        who = _HOLDS.get(kind, Word("the prison service"))
        yield Supervised(who, kind.words, rules.day_of(row.held_from), None, open_cases[row.case_id].reference)


def _bound(laid: Iterable[Laid]) -> Iterator[Supervised]:
    """Yield bail and licence, and the orders with requirements, which the police supervise."""
    for order in laid:
        who = order.kind.about.supervised_by or (Word("the police") if order.must else "")
        if who:
            how = order.kind.words
            if order.must:
                how = sentence("{1}, {2}", how, counted(order.must, "requirement"))
            yield Supervised(who, how, order.since, order.until, order.reference)


def _worked_with(actor: Actor, open_cases: dict[UUID, Case], at: datetime) -> Iterator[Supervised]:
    rows = Intervention.objects.visible_to(actor, at=at).filter(case__in=open_cases, ended__isnull=True)
    for row in rows.order_by("-begun_at", "id"):
        who = Word("mental health" if row.strand == Strand.PSYCHOLOGICAL else "outreach")
        how = MeasureKind(row.kind).words
        yield Supervised(who, how, rules.day_of(row.begun_at), None, open_cases[row.case_id].reference)
