"""The orders of one case: what is in force, what is sought, what was broken, what is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.scoping import opens
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment, Opened, Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct
from fourfold.law.terms import NotOnRecord
from fourfold.orders import durations, rules
from fourfold.orders.models import Breach, Condition, Custody, Order, OrderStep, Protected, Untold, VictimTold
from fourfold.orders.queries.acts import CONDITION, ruled_out_in, unanswered_in
from fourfold.orders.queries.breaches import _breaches, _read, _shown, withdrawn_in
from fourfold.orders.queries.instead import among, instead_of
from fourfold.orders.queries.rows import _by, _case, bound_from
from fourfold.orders.queries.signatures import spent_at
from fourfold.orders.queries.values import CustodyShown, OrderShown, OrdersPage, StepShown, UntoldShown
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import BailExtender, CustodyKind, OrderKind, Step
from fourfold.people.queries.same_person import records_by

CORE = frozenset({Compartment.CORE.value})


def orders_page(*, actor: Actor, reference: str, at: datetime) -> OrdersPage:
    """Return the orders of one case, the newest first, or raise NotFound. Twenty-two statements and the log's, and two
    for the orders of acts and two for those found to be no breach, where there are some.
    """
    case = _case(actor, reference, at)
    opened = access_queries.opened(actor, case.pk, at=at)
    orders = tuple(_orders(actor, opened, at))
    return orders_page_of(actor=actor, opened=opened, site=case.site, reference=case.reference, orders=orders, at=at)


def orders_page_of(
    *, actor: Actor, opened: Opened, site: str, reference: str, orders: tuple[OrderShown, ...], at: datetime
) -> OrdersPage:
    """Return the same page where the case was opened and its orders were read already, for what stands around it."""
    audit.consulted(actor, "orders.page", at=at, file=opened.file, compartments=CORE, count=len(orders))
    may, (by, undated) = access_queries.may, _information_by(opened)
    writes = Compartment.CORE in opened.writable
    return OrdersPage(
        case=opened.file,
        reference=reference,
        orders=orders,
        may_apply=writes and may(actor, Permission.ORDER_APPLY),
        may_make_pack=writes and may(actor, Permission.PACK_MAKE),
        may_record=writes and may(actor, Permission.ORDER_RECORD),
        may_breach=writes and may(actor, Permission.BREACH_RECORD),
        may_tell=Compartment.VICTIM_CONTACT in opened.writable and may(actor, Permission.SUPPORT_RECORD),
        information_by=by,
        undated=undated,
        custody=_custody(opened),
        unanswered=unanswered_in(opened),
        ruled_out=ruled_out_in(opened),
        withdrawn=withdrawn_in(opened),
        may_withdraw=writes
        and may(actor, Permission.BREACH_RECORD)
        and breach_rules.may_withdraw(
            officer=RelationKind.OIC in opened.relations, coordinates=may(actor, Permission.PART_GIVE, site=site)
        ),
    )


def _custody(opened: Opened) -> tuple[CustodyShown, ...]:
    """Return the times in custody, the latest first. One statement."""
    return _CUSTODY.all(_spells(Custody.objects.of(opened)))


def custody_of_subject(opened: Opened, *, actor: Actor, subject: UUID | None, at: datetime) -> tuple[CustodyShown, ...]:
    """Return the times in custody of the subject of an opened case, the latest first: those that any of the subject's cases
    tells of that are open to the reader, and say to the reader who their subject is, on whichever of the subject's records, or of this one alone where who it is is
    closed (`subject` None), or as it stood where the case was handed over. One statement."""
    if subject is None or opened.as_of is not None:
        return _custody(opened)
    return _CUSTODY.all(_open_spells(actor, at, file=opened.file, subject=subject))


@composed
def _open_spells(actor: Actor, at: datetime, *, file: Any, subject: Any) -> QuerySet[Custody]:
    known = Q(opens(actor, Compartment.SUBJECT_IDENTITY, "case", at=at)) | Q(case=file)
    return _spells(Custody.objects.visible_to(actor, at=at).filter(known, case__subject__in=records_by(subject)))


def _spells(rows: QuerySet[Custody]) -> QuerySet[Custody]:
    return rows.select_related("ended", "case").order_by("-held_from", "id")


_CUSTODY = Projection(
    CustodyShown,
    Custody,
    words=Through(lambda kind: CustodyKind(kind).words, "kind"),
    since="held_from",
    until="ended__released_at",
    reference="case__reference",
    reason=Through(lambda reason: reason or "", "ended__reason"),
)


def _information_by(opened: Opened) -> tuple[date | None, bool]:
    """Return the last day for an information for stalking, from the last act whose day was told, and whether there are
    acts but none of that kind. No day without an act, or where it is too long ago."""
    days = CaseAct.objects.of(opened).filter(left_at__isnull=True).values_list("allegation__occurred_from", flat=True)
    told = days.order_by(F("allegation__occurred_from").desc(nulls_last=True))[:1]
    last = next(iter(told), "")
    try:
        return breach_rules.information_by(last) if isinstance(last, datetime) else None, last is None
    except NotOnRecord:
        return None, False


def orders_of(actor: Actor, opened: Opened, *, at: datetime) -> tuple[OrderShown, ...]:
    """Return the orders of a case that was opened, the newest first, for a page that shows more than orders."""
    return tuple(_orders(actor, opened, at))


def _orders(actor: Actor, opened: Opened, at: datetime) -> Iterable[OrderShown]:
    """Read the orders of one case with everything that hangs on them, in nine statements, one more where one is for domestic abuse."""
    rows = list(Order.objects.of(opened).order_by("-recorded_at", "id"))
    conditions = _by(Condition.objects.of(opened).order_by("number"), "order_id")
    steps = _by(OrderStep.objects.of(opened).order_by("taken_at", "recorded_at", "id"), "order_id")
    protected = _by(Protected.objects.of(opened).order_by("name", "id"), "order_id")
    tellings = _by(VictimTold.objects.of(opened).filter(about=Step.SERVED).order_by("told_at"), "order_id")
    standing = _breaches(_read(Breach.objects.of(opened).filter(withdrawn_at__isnull=True)))
    breaches = _by([_shown(breach, decided, at) for breach, decided in standing], "order_id")
    untold = {row.order_id: row for row in Untold.objects.of(opened).order_by("recorded_at")}
    recorded = [step for taken in steps.values() for step in taken]
    names = access_queries.names_of(row.recorded_by for row in [*recorded, *untold.values()])
    interim_notified = any(
        step.step == Step.NOTIFIED for row in rows if row.kind == OrderKind.SPO_INTERIM for step in steps[row.pk]
    )
    kinds = {row.pk: OrderKind(row.kind) for row in rows}
    replaced = {step.order_id: kinds.get(step.replaced_by_id) for step in recorded if step.replaced_by_id}
    instead = among(rows, rows) if opened.as_of else instead_of(actor, rows, at=at)
    for row in rows:
        others = [bound_from(other) for other in rows if other.pk != row.pk]
        taken = _steps(kinds[row.pk], steps[row.pk], names, at)
        asked = untold.get(row.pk)
        asked = asked if asked and asked.recorded_at > spent_at(steps[row.pk]) else None
        yield _ORDER(
            row,
            **_running(row, taken, interim_notified, instead.get(row.pk, ()), at),
            victim_told_at=tellings[row.pk][-1].told_at if tellings[row.pk] else None,
            untold=_UNTOLD(asked, names=names, mine=asked.recorded_by == actor.staff) if asked else None,
            conditions=tuple(CONDITION(each) for each in conditions[row.pk] if each.ended_at is None),
            steps=taken,
            breaches=tuple(breach.shown for breach in breaches[row.pk]),
            protects=tuple(f"{one.name}, {one.relation}" if one.relation else one.name for one in protected[row.pk]),
            replaced_by=replaced.get(row.pk),
            leaves_gap=_leaves_gap(row, others, at),
        )


def _running(
    row: Order, steps: tuple[StepShown, ...], interim_notified: bool, instead: Iterable[rules.Bound], at: datetime
) -> dict[str, Any]:
    """Return what of an order depends on its kind and the day."""
    kind, today = OrderKind(row.kind), rules.day_of(at)
    runs = rules.binds(row.made_on, row.expires_on, row.ended_on, today)
    binds = runs and row.served_at is not None
    served_on = rules.day_of(row.served_at) if row.served_at else None
    return {
        "binds": binds,
        "unserved": runs and not binds,
        "days_left": rules.days_left(row.expires_on, today) if runs else None,
        "warning": rules.warning(row.expires_on, today) if runs else None,
        "notify_by": rules.notify_by(kind, row.made_on, served_on, instead=instead, on=today)
        if served_on and kind.about.notification_limit
        else None,
        "notification_missing": binds
        and rules.notification_is_missing(
            kind,
            row.made_on,
            served_on,
            notified=any(step.step is Step.NOTIFIED for step in steps),
            replaces_notified=kind is OrderKind.SPO and interim_notified,
            on=today,
            instead=instead,
        ),
        "breach_means": breach_rules.breach_means(kind, today),
        "next_steps": rules.next_steps(kind, Step(row.step)),
    }


_RUNNING = (
    *("binds", "unserved", "days_left", "warning"),
    *("notify_by", "notification_missing", "breach_means", "next_steps"),
)
_READ = ("victim_told_at", "untold", "conditions", "steps", "breaches", "protects", "replaced_by", "leaves_gap")
_ORDER = Projection(OrderShown, Order, *_RUNNING, *_READ)
_UNTOLD = Projection(UntoldShown, Untold, "mine", by=Staff("recorded_by"))


def _leaves_gap(row: Order, others: list[tuple[date | None, date | None, date | None]], at: datetime) -> bool:
    ran_out = row.made_on is not None and row.expires_on is not None and row.expires_on < rules.day_of(at)
    if not ran_out or row.ended_on is not None or rules.is_covered(others, rules.day_of(at)):
        return False
    return rules.is_gap(row.expires_on, others)  # type: ignore[arg-type]


def _steps(kind: OrderKind, rows: list[OrderStep], names: dict[UUID, str], at: datetime) -> tuple[StepShown, ...]:
    aged = durations.ages([(Step(row.step), row.taken_at) for row in rows], at)
    return tuple(
        StepShown(
            age.step,
            age.taken_at,
            age.days,
            row.reason,
            names.get(row.recorded_by, ""),
            row.victim_told_first,
            _note(kind, row),
        )
        for row, age in zip(
            sorted(rows, key=lambda row: durations.in_sequence(Step(row.step), row.taken_at)), aged, strict=True
        )
    )


def _note(kind: OrderKind, row: OrderStep) -> str:
    extended_by = BailExtender(row.extended_by) if row.extended_by else None
    return rules.step_note(kind, rules.day_of(row.taken_at), extended_by=extended_by, changed_on=row.changed_on)
