"""Seeking, making, serving and ending orders; and breaches, each of which becomes the next act of the same conduct.

A step is a row that is added; what lists need is repeated on the order under its version, so that two people who
record a step of the same order at once see each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.audit import rules as audit_rules
from fourfold.audit import services as audit
from fourfold.audit.commitments import row_commitment
from fourfold.audit.services import Draft
from fourfold.audit.terms import Actor, Conflict, Operation
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Trigger
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel, Told
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.orders import rules
from fourfold.orders.models import Breach, BreachStep, Condition, Order, OrderStep, Untold, VictimTold
from fourfold.orders.terms import (
    BreachDecision,
    CannotOrder,
    ConditionDraft,
    EndedBy,
    OrderKind,
    PastBreach,
    PastOrder,
    Step,
    StepDetails,
)
from fourfold.panel.terms import Strand
from fourfold.people.terms import Part
from fourfold.plan import services as plan

BATCH = 500
_OPENED = "the case was opened above"


# ---- seeking ------------------------------------------------------------------------------------------------------


def consider(*, actor: Actor, case: Case, kind: OrderKind, reason: str, at: datetime) -> Order:
    """Begin an order: from now its age counts, until it is applied for or declined."""
    access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    with audit.recorded(actor, "order.considered", at=at, file=case.pk) as entry:
        order = _new_order(entry, actor, case, kind, Step.CONSIDERED, at)
        _add_step(entry, actor, order, Step.CONSIDERED, StepDetails(reason=reason), at)
        return order


def apply_for(
    *,
    actor: Actor,
    case: Case,
    kind: OrderKind,
    conditions: Iterable[ConditionDraft],
    reason: str,
    at: datetime,
    court: str = "",
) -> Order:
    """Apply for an order with its conditions; one of this kind that is being considered for the case is taken up.

    Raises CannotOrder naming the field where a condition or the reason is missing.
    """
    drafts = tuple(conditions)
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    _refuse(rules.why_not_conditions(drafts))
    if not reason.strip():
        raise CannotOrder("reason", "Say why the order is needed: what he did, and what she is to be protected from.")
    waiting = Order.objects.of(_sure(opened)).filter(kind=kind, step=Step.CONSIDERED).order_by("recorded_at").last()
    with audit.recorded(actor, "order.applied", at=at, file=case.pk) as entry:
        order = waiting or _new_order(entry, actor, case, kind, Step.CONSIDERED, at)
        if waiting is None:
            _add_step(entry, actor, order, Step.CONSIDERED, StepDetails(reason=reason), at)
        _add_conditions(entry, actor, order, drafts, at)
        _add_step(entry, actor, order, Step.APPLIED, StepDetails(reason=reason, court=court), at)
        _change(entry, order, order.version, step=Step.APPLIED, court=court)
        return order


def decline(*, actor: Actor, case: Case, reason: str, at: datetime, kind: OrderKind = OrderKind.SPO) -> Order:
    """Record that no order is sought, and why; raises CannotOrder without a reason."""
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    details = StepDetails(reason=reason)
    _refuse(rules.why_not_step(kind, None, Step.DECLINED, details, last_at=None, at=at))
    waiting = Order.objects.of(_sure(opened)).filter(kind=kind, step=Step.CONSIDERED).order_by("recorded_at").last()
    with audit.recorded(actor, "order.declined", at=at, file=case.pk) as entry:
        order = waiting or _new_order(entry, actor, case, kind, Step.DECLINED, at)
        _add_step(entry, actor, order, Step.DECLINED, details, at)
        if waiting is not None:
            _change(entry, order, order.version, step=Step.DECLINED)
        return order


def record_order(
    *,
    actor: Actor,
    case: Case,
    kind: OrderKind,
    conditions: Iterable[ConditionDraft],
    details: StepDetails,
    at: datetime,
) -> Order:
    """Keep an order that others made: bail, licence, a restraining or non-molestation order, with its conditions."""
    drafts = tuple(conditions)
    access.require(actor, Permission.ORDER_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    _refuse(rules.why_not_conditions(drafts))
    _refuse(rules.why_not_step(kind, None, Step.MADE, details, last_at=None, at=at))
    with audit.recorded(actor, "order.made", at=at, file=case.pk) as entry:
        order = _new_order(entry, actor, case, kind, Step.MADE, at)
        _add_conditions(entry, actor, order, drafts, at)
        _add_step(entry, actor, order, Step.MADE, details, at)
        shown = _shown_after(Step.MADE, details, at)
        if kind in rules.GIVEN_WHEN_MADE:
            shown["served_at"] = details.taken_at or at
        _change(entry, order, order.version, **shown)
        return order


# ---- steps --------------------------------------------------------------------------------------------------------


def take_step(
    *,
    actor: Actor,
    order: Order,
    step: Step,
    at: datetime,
    details: StepDetails | None = None,
    countersigned_by: Actor | None = None,
    version: int | None = None,
) -> OrderStep:
    """Record the next step of an order, as its rules allow.

    Service is refused until her advocate has recorded that she was told, or two people have signed why not. A full
    order that is made ends the interim one as superseded; an order that ends otherwise brings the review forward.
    Raises CannotOrder naming the field, Conflict where somebody recorded a step meanwhile.
    """
    details = details or StepDetails()
    permission = Permission.ORDER_APPLY if step in (Step.APPLIED, Step.DECLINED) else Permission.ORDER_RECORD
    opened = _sure(access.require(actor, permission, at=at, file=order.case_id, writes=Compartment.CORE))
    order, taken = _as_it_stands(opened, order)
    _refuse_changed(order, version)
    last_at = taken[-1].taken_at if taken else None
    _refuse(rules.why_not_step(OrderKind(order.kind), Step(order.step), step, details, last_at=last_at, at=at))
    told = _told_before_service(actor, opened, order, taken, step, details, countersigned_by, at)
    with audit.recorded(actor, f"order.{step}", at=at, file=order.case_id) as entry:
        row = _add_step(entry, actor, order, step, details, at, told=told, second=countersigned_by)
        _vary_conditions(entry, actor, order, step, details, at)
        _change(entry, order, order.version, **_shown_after(step, details, at))
        _follow(entry, actor, opened, order, step, details, at)
        return row


def note_victim_told(
    *,
    actor: Actor,
    order: Order,
    at: datetime,
    about: Step = Step.SERVED,
    contact: UUID | None = None,
    told_at: datetime | None = None,
) -> VictimTold:
    """Record that she was told what an order is about to do, by the advocate who told her in a safe contact."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=order.case_id, writes=Compartment.VICTIM_CONTACT)
    if told_at is not None and told_at > at:
        raise CannotOrder("told_at", "This lies in the future. Record it when she has been told.")
    with audit.recorded(actor, "victim.told", at=at, file=order.case_id) as entry:
        return entry.about(
            VictimTold.objects.create(
                order=order,
                about=about,
                told_at=told_at or at,
                contact=contact,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _told_before_service(
    actor: Actor,
    opened: Opened,
    order: Order,
    taken: list[OrderStep],
    step: Step,
    details: StepDetails,
    second: Actor | None,
    at: datetime,
) -> bool | None:
    """Return whether she was told before service; None where the step is no service. Refuse what is not signed."""
    if step is not Step.SERVED:
        return None
    varied = [row.taken_at for row in taken if row.step == Step.VARIED]
    tellings = VictimTold.objects.of(opened).filter(order=order, about=Step.SERVED, told_at__lte=details.taken_at or at)
    told = tellings.filter(told_at__gte=varied[-1]).exists() if varied else tellings.exists()
    signed = Untold.objects.of(opened).filter(order=order, signed_at__lte=at).order_by("signed_at").last()
    reason = details.reason or (signed.reason if signed else "")
    by_another = signed is not None or _signs(second, actor, order, at)
    _refuse(rules.why_not_serve(victim_told=told, reason=reason, signed_by_another=by_another))
    return told


def _signs(second: Actor | None, actor: Actor, order: Order, at: datetime) -> bool:
    """Say whether a second person, who may open the case, signs here; never the one who acts."""
    if second is None:
        return False
    access.require(second, Permission.CASE_VIEW, at=at, file=order.case_id, reads=Compartment.CORE)
    return second.staff != actor.staff


def ask_to_serve_untold(*, actor: Actor, order: Order, reason: str, at: datetime) -> Untold:
    """Ask that he may be served before she was told; the reason is what a second person signs."""
    access.require(actor, Permission.ORDER_RECORD, at=at, file=order.case_id, writes=Compartment.CORE)
    if not reason.strip():
        raise CannotOrder("reason", "Say why she cannot be told first: it is what your colleague signs.")
    with audit.recorded(actor, "untold.asked", at=at, file=order.case_id) as entry:
        return entry.about(
            Untold.objects.create(order=order, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at))
        )


def sign_untold(*, actor: Actor, asked: Untold, at: datetime) -> Untold:
    """Sign, as a second person, that he may be served before she was told; her advocate or who records orders may."""
    hers = access_queries.may(actor, Permission.SUPPORT_RECORD)
    permission = Permission.SUPPORT_RECORD if hers else Permission.ORDER_RECORD
    access.require(actor, permission, at=at, file=asked.order.case_id, writes=Compartment.CORE)
    if asked.recorded_by == actor.staff:
        raise CannotOrder("signed_by", "The second signature must be another person's. Ask a colleague.")
    with audit.recorded(actor, "untold.signed", at=at, file=asked.order.case_id) as entry:
        waiting = Untold.objects.unscoped(_OPENED).filter(pk=asked.pk, signed_at__isnull=True)
        if not waiting.update(signed_by=actor.staff, signed_at=at):
            raise CannotOrder("signed_by", "This was signed already. Open the orders of the case again.")
        asked.signed_by, asked.signed_at = actor.staff, at
        return entry.about(asked)


def _as_it_stands(opened: Opened, order: Order) -> tuple[Order, list[OrderStep]]:
    found = Order.objects.of(opened).filter(pk=order.pk).first()
    if found is None:
        raise NotFound
    return found, list(OrderStep.objects.of(opened).filter(order=found).order_by("taken_at", "recorded_at", "id"))


def _refuse_changed(order: Order, version: int | None) -> None:
    if version is not None and version != order.version:
        raise _conflict(order)


def _conflict(order: Order) -> Conflict:
    row = Order.objects.unscoped(_OPENED).get(pk=order.pk)
    theirs: dict[str, object] = {"step": Step(row.step).words, "expires_on": row.expires_on}
    return Conflict("The order", theirs, row.version)


def _shown_after(step: Step, details: StepDetails, at: datetime) -> dict[str, object]:
    """Return what lists show of an order after a step."""
    taken_at = details.taken_at or at
    shown: dict[str, object] = {"step": step}
    if details.court:
        shown["court"] = details.court
    if step is Step.MADE:
        shown |= {"made_on": rules.day_of(taken_at), "expires_on": details.expires_on}
    if step is Step.SERVED:
        shown["served_at"] = taken_at
    if step is Step.VARIED and details.expires_on is not None:
        shown["expires_on"] = details.expires_on
    if step is Step.ENDED:
        shown |= {"ended_by": details.ended_by, "ended_on": rules.day_of(taken_at)}
    return shown


def _follow(
    entry: Draft, actor: Actor, opened: Opened, order: Order, step: Step, details: StepDetails, at: datetime
) -> None:
    """Do what follows from a step by itself: superseded orders end, and an end brings the review forward."""
    if step is Step.MADE:
        for older in Order.objects.of(opened).filter(
            kind__in=rules.supersedes(OrderKind(order.kind)), made_on__isnull=False, ended_on__isnull=True
        ):
            _supersede(entry, actor, older, details, at)
    if step is Step.ENDED and details.ended_by is not None and not rules.is_normal_end(details.ended_by):
        cases.bring_review_forward(
            actor=actor,
            case=order.case,
            trigger=Trigger.ORDER_END,
            at=at,
            because=f"{OrderKind(order.kind).words} {details.ended_by}",
        )


def _supersede(entry: Draft, actor: Actor, order: Order, made: StepDetails, at: datetime) -> None:
    ended = StepDetails(
        taken_at=made.taken_at,
        reason="Another order took its place.",
        ended_by=EndedBy.SUPERSEDED,
    )
    _add_step(entry, actor, order, Step.ENDED, ended, at)
    _change(entry, order, order.version, **_shown_after(Step.ENDED, ended, at))


def _new_order(entry: Draft, actor: Actor, case: Case, kind: OrderKind, step: Step, at: datetime) -> Order:
    return entry.about(
        Order.objects.create(case=case, kind=kind, step=step, **access_queries.held_by(actor, "entered", at=at))
    )


def _add_step(
    entry: Draft,
    actor: Actor,
    order: Order,
    step: Step,
    details: StepDetails,
    at: datetime,
    *,
    told: bool | None = None,
    second: Actor | None = None,
) -> OrderStep:
    return entry.about(
        OrderStep.objects.create(
            order=order,
            step=step,
            taken_at=details.taken_at or at,
            reason=details.reason.strip(),
            victim_told_first=told,
            countersigned_by=second.staff if second else None,
            **access_queries.held_by(actor, "entered", at=at),
        )
    )


def _add_conditions(entry: Draft, actor: Actor, order: Order, drafts: Iterable[ConditionDraft], at: datetime) -> None:
    """Number the conditions on from those that the order has had, so that a breach always names one condition."""
    before = Condition.objects.unscoped(_OPENED).filter(order=order).count()
    for number, draft in enumerate(drafts, start=before + 1):
        entry.about(
            Condition.objects.create(
                order=order,
                number=number,
                kind=draft.kind,
                text=draft.text.strip(),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _vary_conditions(entry: Draft, actor: Actor, order: Order, step: Step, details: StepDetails, at: datetime) -> None:
    if step is not Step.VARIED or not details.conditions:
        return
    _refuse(rules.why_not_conditions(details.conditions))
    for condition in Condition.objects.unscoped(_OPENED).filter(order=order, ended_at__isnull=True):
        condition.ended_at = details.taken_at or at
        condition.save(update_fields=["ended_at"])
        entry.about(condition)
    _add_conditions(entry, actor, order, details.conditions, at)


def _change(entry: Draft, order: Order, version: int, **shown: object) -> None:
    """Keep what lists show of an order, unless somebody else has changed it since it was read."""
    changed = (
        Order.objects.unscoped(_OPENED)
        .filter(pk=order.pk, version=version)
        .update(version=models.F("version") + 1, **shown)
    )
    if not changed:
        raise _conflict(order)
    order.refresh_from_db(from_queryset=Order.objects.unscoped(_OPENED))
    entry.about(order)


def _refuse(why: tuple[str, str] | None) -> None:
    if why is not None:
        raise CannotOrder(*why)


def _sure(opened: Opened | None) -> Opened:
    if opened is None:  # `require` opens the file whenever it is named
        raise NotFound
    return opened


# ---- breaches -----------------------------------------------------------------------------------------------------


def record_breach(*, actor: Actor, condition: Condition, told: Told, at: datetime) -> Breach:
    """Record in one step that a condition was broken: a new allegation, joined to the same course of conduct.

    Everything that `join_breach` does follows at once, and all of it commits together. Raises CannotOrder where the
    order did not bind him on that day, InvalidTold where what was told cannot be kept.
    """
    case = condition.order.case
    access.require(actor, Permission.BREACH_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    with audit.recorded(actor, "breach.told", at=at, file=case.pk) as entry:
        as_breach = replace(told, channel=Channel.BREACH, breach_of=condition.pk)
        allegation = intake.receive_allegation(actor=actor, told=as_breach, at=at)
        breach = join_breach(actor=actor, condition=condition, allegation=allegation, at=at)
        entry.about(breach)
        return breach


def join_breach(*, actor: Actor, condition: Condition, allegation: Allegation, at: datetime) -> Breach:
    """Say that an allegation already received is the breach of a condition, and start the clock of 48 hours.

    The people of the case are confirmed as its people, it becomes an act of the case, the review is brought forward
    to tomorrow at the latest, and an action to assess again is opened. Raises CannotOrder where the order did not
    bind him on that day, or the allegation was confirmed to be about other people.
    """
    order = condition.order
    case = order.case
    access.require(actor, Permission.BREACH_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    happened_at = allegation.occurred_from or allegation.told_at
    _refuse(
        rules.why_not_breach(
            made_on=order.made_on,
            expires_on=order.expires_on,
            ended_on=order.ended_on,
            happened_on=rules.day_of(happened_at),
        )
    )
    _refuse_other_people(case, allegation)
    with audit.recorded(actor, "breach.recorded", at=at, file=case.pk) as entry:
        breach = entry.about(
            Breach.objects.create(
                condition=condition,
                allegation=allegation,
                happened_at=happened_at,
                decide_by=at + rules.BREACH_CLOCK,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )
        _confirm_people(actor, case, allegation, at)
        cases.join_act(actor=actor, case=case, allegation=allegation, at=at)
        _force_reassessment(actor, case, condition, at)
        return breach


def _refuse_other_people(case: Case, allegation: Allegation) -> None:
    if Breach.objects.unscoped("one breach an allegation").filter(allegation=allegation).exists():
        raise CannotOrder("allegation", "This allegation is on record as a breach already.")
    victim, subject = linkage_queries.people_of(allegation.pk)
    if (victim is not None and victim.pk != case.victim_id) or (subject is not None and subject.pk != case.subject_id):
        raise CannotOrder(
            "allegation", "This allegation was confirmed to be about other people. Undo that match first."
        )


def _confirm_people(actor: Actor, case: Case, allegation: Allegation, at: datetime) -> None:
    """Copy the people of the case, unless somebody has confirmed them already."""
    victim, subject = linkage_queries.people_of(allegation.pk)
    because = "breach of an order of this case"
    if victim is None:
        linkage.confirm_match(
            actor=actor, allegation=allegation, part=Part.VICTIM, victim=case.victim, reason=because, at=at
        )
    if subject is None:
        linkage.confirm_match(
            actor=actor, allegation=allegation, part=Part.SUBJECT, subject=case.subject, reason=because, at=at
        )


def _force_reassessment(actor: Actor, case: Case, condition: Condition, at: datetime) -> None:
    because = f"breach of condition {condition.number}, {OrderKind(condition.order.kind).words}"
    cases.bring_review_forward(actor=actor, case=case, trigger=Trigger.BREACH, at=at, because=because)
    plan.open_action(
        actor=actor,
        case=case,
        strand=Strand.LEGAL,
        what=f"Assess again: {because}",
        owner_partner=actor.partner,
        due_on=rules.day_of(at + timedelta(days=1)),
        at=at,
    )


def decide_breach(
    *, actor: Actor, breach: Breach, what: BreachDecision, done: bool, reason: str, at: datetime
) -> BreachStep:
    """Record what was decided after a breach: arrest, charge, victim told; a no needs its reason.

    That she was told, her advocate records too. Raises CannotOrder where a charge is not possible.
    """
    order = breach.condition.order
    told_her = what is BreachDecision.VICTIM_TOLD and access_queries.may(actor, Permission.SUPPORT_RECORD)
    permission = Permission.SUPPORT_RECORD if told_her else Permission.BREACH_RECORD
    access.require(actor, permission, at=at, file=order.case_id, writes=Compartment.CORE)
    _refuse(rules.why_not_decide(OrderKind(order.kind), what, done, reason))
    with audit.recorded(actor, "breach.decided", at=at, file=order.case_id) as entry:
        return entry.about(
            BreachStep.objects.create(
                breach=breach,
                what=what,
                done=done,
                decided_at=at,
                reason=reason.strip(),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


# ---- taking over what was before ----------------------------------------------------------------------------------


def take_over(*, actor: Actor, rows: Iterable[PastOrder], at: datetime) -> int:
    """Bring in past orders with their conditions, steps and breaches; return how many orders that made.

    Batches of 500 with one entry each. Raises NotFound for a case that is not open to the actor, CannotOrder for a
    breach of a condition that the order does not have.
    """
    remaining, total = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        _refuse_foreign(actor, {past.case for past in batch}, at)
        with audit.recorded(actor, "orders.taken_over", at=at, operation=Operation.COLLECTION) as entry:
            made = _keep_batch(actor, batch, at)
            entry.root, entry.count = audit_rules.root(row_commitment(row) for row in made), len(batch)
        total += len(batch)
    return total


def _refuse_foreign(actor: Actor, wanted: set[UUID], at: datetime) -> None:
    found = Case.objects.visible_to(actor, at=at).in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    for site in {case.site for case in found.values()}:
        access.require(actor, Permission.ORDER_RECORD, at=at, site=site)


def _keep_batch(actor: Actor, batch: list[PastOrder], at: datetime) -> list[models.Model]:
    rows = list(chain.from_iterable(_rows_of(actor, past) for past in batch))
    for table in (Order, Condition, OrderStep, Breach, BreachStep):
        table.objects.bulk_create([row for row in rows if isinstance(row, table)], batch_size=BATCH)
    return rows


def _rows_of(actor: Actor, past: PastOrder) -> Iterator[models.Model]:
    taken = {step.step: step.taken_at for step in past.steps}
    last = past.steps[-1]
    order = Order(
        id=past.id,
        case_id=past.case,
        kind=past.kind,
        court=past.court,
        step=last.step,
        made_on=rules.day_of(taken[Step.MADE]) if Step.MADE in taken else None,
        served_at=taken.get(Step.SERVED) or (taken.get(Step.MADE) if past.kind in rules.GIVEN_WHEN_MADE else None),
        expires_on=past.expires_on,
        ended_by=past.ended_by or "",
        ended_on=rules.day_of(taken[Step.ENDED]) if Step.ENDED in taken else None,
        **access_queries.held_by(actor, past.source, at=past.steps[0].taken_at),
    )
    yield order
    conditions = [
        Condition(
            order=order,
            number=number,
            kind=draft.kind,
            text=draft.text,
            **access_queries.held_by(actor, past.source, at=past.steps[0].taken_at),
        )
        for number, draft in enumerate(past.conditions, start=1)
    ]
    yield from conditions
    for step in past.steps:
        held = access_queries.held_by(actor, past.source, at=step.taken_at)
        yield OrderStep(order=order, step=step.step, taken_at=step.taken_at, reason=step.reason, **held)
    for breach in past.breaches:
        yield from _breach_rows(actor, past, conditions, breach)


def _breach_rows(
    actor: Actor, past: PastOrder, conditions: list[Condition], told: PastBreach
) -> Iterator[models.Model]:
    if not 1 <= told.condition <= len(conditions):
        raise CannotOrder(
            "condition", f"The order has no condition {told.condition}. Name one from 1 to {len(conditions)}."
        )
    breach = Breach(
        condition=conditions[told.condition - 1],
        allegation_id=told.allegation,
        happened_at=told.happened_at,
        decide_by=told.recorded_at + rules.BREACH_CLOCK,
        **access_queries.held_by(actor, past.source, at=told.recorded_at),
    )
    yield breach
    for decision in told.decisions:
        yield BreachStep(
            breach=breach,
            what=decision.what,
            done=decision.done,
            decided_at=decision.decided_at,
            reason=decision.reason,
            **access_queries.held_by(actor, past.source, at=decision.decided_at),
        )
