"""Which orders bind today, for an agency's own systems, without what is on record of whom they protect and where a victim is."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access.paging import Page, page_of
from fourfold.access.scoping import opens
from fourfold.access.terms import Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.orders import rules
from fourfold.orders.models import Condition, Order, Protected
from fourfold.orders.queries import whereabouts
from fourfold.orders.queries.acts import _INSIDE, _stood
from fourfold.orders.queries.lists import _binding
from fourfold.orders.queries.rows import _by
from fourfold.orders.queries.whereabouts import WITHHELD
from fourfold.orders.terms import ConditionKind, OrderKind
from fourfold.people.queries.names import names_of_victims
from fourfold.people.queries.same_person import records_of_any
from fourfold.people.rules.names import without_names

LEFT_OUT = "whose whereabouts and names are left out"


@dataclass(frozen=True)
class InForceNow:
    """An order that was served and binds today. `subject`: whom it binds; None where that is closed to the reader, or not known."""

    id: UUID
    case: str
    kind: OrderKind
    court: str
    made_on: date
    served_at: datetime
    expires_on: date | None
    subject: str | None
    conditions: tuple[tuple[int, ConditionKind, str], ...]


def in_force_now(*, actor: Actor, at: datetime, after: str = "") -> Page[InForceNow]:
    """Return fifty of the orders that bind today in cases that the actor may open, the first made first.

    From every condition the whereabouts and the names on record are taken out, of every victim of anybody whom they bind,
    on whichever of their records, and the names of whom their orders protect: in doubt a word too many. A town, a workplace or a person whom nobody put on
    record stands as the court wrote it. Ten statements where nothing was merged, and
    the log's.
    """
    rows = _binding(Order.objects.visible_to(actor, at=at), rules.day_of(at)).filter(served_at__lte=at)
    sees = opens(actor, Compartment.SUBJECT_IDENTITY, "case", at=at)
    rows = rows.annotate(sees_subject=sees).select_related("case__subject")
    shown = page_of(rows, "made_on", "pk", after=after)
    kept = Condition.objects.unscoped(_INSIDE).filter(order__in=[row.pk for row in shown]).order_by("number")
    conditions = _by(kept, "order_id")
    bound = records_of_any({row.case.subject_id for row in shown if row.case.subject_id})
    victims = records_of_any(whereabouts.victims_of(bound).union(row.case.victim_id for row in shown))
    hidden = whereabouts.of_victims(victims)
    of_them = Q(order__in=[row.pk for row in shown]) | Q(order__case__subject__in=bound)
    protected = Protected.objects.unscoped(LEFT_OUT).filter(of_them).values_list("name", flat=True)
    names = {*names_of_victims(victims), *protected}
    audit.consulted(actor, "order.in_force", at=at, compartments={"core", "subject_identity"}, count=len(shown))

    def without(text: str) -> str:
        return without_names(hidden.without(text), names, instead=WITHHELD)

    def value(row: Order) -> InForceNow:
        stood = _stood(list(conditions.get(row.pk, ())), at)
        subject = row.case.subject if row.sees_subject else None  # type: ignore[attr-defined]
        return InForceNow(
            *(row.pk, row.case.reference, OrderKind(row.kind), without(row.court)),
            *(row.made_on, row.served_at, row.expires_on),  # type: ignore[arg-type]
            subject=f"{subject.given_name} {subject.family_name}".strip() if subject else None,
            conditions=tuple((each.number, each.kind, without(each.text)) for each in stood),
        )

    return shown.map(value)


def changed_since(*, actor: Actor, since: datetime, at: datetime) -> list[tuple[UUID, UUID]]:
    """Return which steps were entered since then of served orders in cases that the actor may open: the step, and the order.

    One statement.
    """
    rows = Order.objects.visible_to(actor, at=at).filter(served_at__lte=at, steps__recorded_at__gte=since)
    return list(rows.order_by("steps__recorded_at", "steps__pk").values_list("steps__pk", "pk"))
