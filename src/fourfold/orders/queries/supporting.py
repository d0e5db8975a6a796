"""For how long each condition that is sought is to last, and which acts and documents of the case support it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Opened, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.queries import rows as case_rows
from fourfold.cases.queries.values import ActRow
from fourfold.exhibits import queries as exhibits
from fourfold.exhibits.terms import NO_EVIDENCE, ExhibitRow
from fourfold.orders.models import Condition, Order, Supported
from fourfold.orders.queries.rows import order_row
from fourfold.orders.statutory import behaviours_for
from fourfold.orders.terms import BEING_SOUGHT, Lasts, OrderKind, lasts_of

CORE = frozenset({Compartment.CORE.value})
#: Which documents a court may learn of; a clinician's, an advocate's and the panel's own stay theirs.
FOR_COURT = frozenset({Compartment.CORE, Compartment.EVIDENCE_ORIGINAL})
#: Documents of one case: a pack lists all of them.
MOST = 100_000


@dataclass(frozen=True)
class Support:
    """What was said last of a condition: `confirmed_on` None where only its length was said."""

    lasts: Lasts
    acts: frozenset[UUID]
    documents: frozenset[UUID]
    confirmed_on: datetime | None
    by: str


@dataclass(frozen=True)
class SupportRow:
    """One condition of an order that is sought, and what was said of it; `suggested`: acts that its words speak of."""

    id: UUID
    number: int
    text: str
    said: Support | None
    suggested: frozenset[UUID]
    #: The rows that say so, for whoever writes over them.
    seen: str


@dataclass(frozen=True)
class SupportPage:
    """The conditions of an order that is sought, with the acts and documents that may support them."""

    order: UUID
    kind: OrderKind
    is_sought: bool
    conditions: tuple[SupportRow, ...]
    acts: tuple[ActRow, ...]
    documents: tuple[ExhibitRow, ...]

    def condition(self, identifier: UUID) -> SupportRow:
        """Return one condition, or raise NotFound."""
        return existing(next((each for each in self.conditions if each.id == identifier), None))


@dataclass(frozen=True)
class Offered:
    """The acts and documents of a case that may be said to support a condition, by their identifiers."""

    acts: frozenset[UUID]
    documents: frozenset[UUID]


def said_of(conditions: Iterable[Condition]) -> dict[UUID, list[Supported]]:
    """Return what was said of each of these conditions, the earliest first. One statement."""
    rows = Supported.objects.unscoped("of an order that was opened").filter(condition__in=list(conditions))
    said: dict[UUID, list[Supported]] = defaultdict(list)
    for row in rows.order_by("recorded_at", "pk"):
        said[row.condition_id].append(row)
    return said


def support_of(conditions: Iterable[Condition]) -> dict[UUID, Support]:
    """Return what was said last of each of these conditions. Two statements."""
    last = {condition: rows[-1] for condition, rows in said_of(conditions).items()}
    names = access_queries.names_of(row.recorded_by for row in last.values())
    return {
        condition: Support(
            lasts=lasts_of(row.lasts_unit, row.lasts_count),
            acts=frozenset(map(UUID, row.acts)),
            documents=frozenset(map(UUID, row.documents)),
            confirmed_on=row.recorded_at if row.confirmed else None,
            by=names.get(row.recorded_by, ""),
        )
        for condition, row in last.items()
    }


def documents_for_court(actor: Actor, opened: Opened, *, at: datetime) -> tuple[ExhibitRow, ...]:
    """Return the documents of a case that a court may learn of, in the order in which a pack numbers them: the earliest
    first, so that one keeps its number when others are added.
    """
    rows = exhibits.exhibits(actor=actor, file=opened.file, at=at, most=MOST, among=FOR_COURT)
    return tuple(row for row in reversed(rows.rows) if row.kind not in NO_EVIDENCE and not row.kind.startswith("pack"))


def acts_in_order(opened: Opened) -> list[ActRow]:
    """Return every act of a case, in the order in which a pack numbers them: the earliest first."""
    return sorted(case_rows.acts_of(opened, most=MOST), key=lambda act: act.happened_at)


def offered(actor: Actor, opened: Opened, *, at: datetime) -> Offered:
    """Return what may be said to support a condition of a case."""
    documents = documents_for_court(actor, opened, at=at)
    return Offered(frozenset(act.allegation for act in acts_in_order(opened)), frozenset(row.id for row in documents))


def suggested(text: str, acts: Iterable[ActRow]) -> frozenset[UUID]:
    """Return the acts of which a condition speaks by its words; a person confirms them."""
    forbids = behaviours_for(text)
    return frozenset(act.allegation for act in acts if forbids & set(act.kinds))


def support_page(*, actor: Actor, reference: str, order: UUID, at: datetime) -> SupportPage:
    """Return what supports each condition of an order, or raise NotFound."""
    row = order_row(actor=actor, order=order, at=at)
    if row.case.reference != reference:
        raise NotFound
    opened = access_queries.opened(actor, row.case_id, at=at)
    conditions = list(Condition.objects.of(opened).filter(order=row, ended_at__isnull=True).order_by("number"))
    acts, said, rows = acts_in_order(opened), support_of(conditions), said_of(conditions)
    audit.consulted(actor, "orders.support", at=at, file=opened.file, compartments=CORE, count=len(conditions))
    return SupportPage(
        order=row.pk,
        kind=OrderKind(row.kind),
        is_sought=row.step in BEING_SOUGHT,
        conditions=tuple(
            SupportRow(
                id=each.pk,
                number=each.number,
                text=each.text,
                said=said.get(each.pk),
                suggested=suggested(each.text, acts),
                seen=" ".join(str(one.pk) for one in rows.get(each.pk, [])),
            )
            for each in conditions
        ),
        acts=tuple(acts),
        documents=documents_for_court(actor, opened, at=at),
    )


def conditions_of(opened: Opened, order: Order | UUID) -> dict[UUID, Support]:
    """Return what was said last of each condition of an order of a case that was opened."""
    return support_of(Condition.objects.of(opened).filter(order=order))
