"""The next step of an order: service waits until the victim knows, and an end is looked at.

A step is a row that is added; what lists need is repeated on the order under its version, so that two people who
record a step of the same order at once see each other.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.terms import Compartment, Opened, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.terms import Trigger
from fourfold.orders import rules
from fourfold.orders.models import Condition, Order, OrderStep, Untold, VictimTold
from fourfold.orders.queries import whereabouts
from fourfold.orders.queries.signatures import spent_at
from fourfold.orders.services.places import places_on_purpose
from fourfold.orders.services.rows import _OPENED, _add_conditions, _add_step, _change, _conflict, _refuse, _shown_after
from fourfold.orders.terms import CannotOrder, EndedBy, OrderKind, Step, StepDetails
from fourfold.words import Word, sentence

#: The steps before a court has spoken, which belong to whoever applies.
SEEKING = frozenset({Step.AUTHORISED, Step.APPLIED, Step.DECLINED})


BY_ANOTHER = "A different person must give the second signature. Ask a colleague."


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

    Service is refused until the advocate has recorded that the victim was told, or two people have signed why not. A full
    order that is made ends the interim one as superseded; an order that ends otherwise brings the review forward.
    Raises CannotOrder naming the field, Conflict where somebody recorded a step meanwhile.
    """
    details = details or StepDetails()
    permission = Permission.ORDER_APPLY if step in SEEKING else Permission.ORDER_RECORD
    opened = access.require(actor, permission, at=at, file=order.case_id, writes=Compartment.CORE)
    order, taken = _as_it_stands(opened, order)
    _refuse_changed(order, version)
    last_at = taken[-1].taken_at if taken else None
    _refuse(
        rules.why_not_step(
            OrderKind(order.kind), Step(order.step), step, details, last_at=last_at, at=at, made_on=order.made_on
        )
    )
    _refuse_unknown_successor(opened, order, details)
    told, signed = _told_before_service(actor, opened, order, taken, step, details, countersigned_by, at)
    second = countersigned_by.staff if countersigned_by else None
    if signed is not None:  # what is kept is what was signed, by whom
        details, second = replace(details, reason=signed.reason), signed.signed_by
    with audit.recorded(actor, f"order.{step}", at=at, file=order.case_id) as entry:
        row = _add_step(entry, actor, order, step, details, at, told=told, second=second)
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
    """Record the safe contact in which the advocate told the victim what an order is about to do."""
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=order.case_id, writes=Compartment.VICTIM_CONTACT)
    if told_at is not None and told_at > at:
        raise CannotOrder("told_at", "This time is in the future. Record it when the victim has been told.")
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
) -> tuple[bool | None, Untold | None]:
    """Return whether the victim was told before service (None where the step is no service), and what was signed if not.

    A signature serves once: it was asked for since the order was last served or varied. Refuse what is not signed.
    """
    if step is not Step.SERVED:
        return None, None
    varied = [row.taken_at for row in taken if row.step == Step.VARIED]
    tellings = VictimTold.objects.of(opened).filter(order=order, about=Step.SERVED, told_at__lte=details.taken_at or at)
    told = tellings.filter(told_at__gte=varied[-1]).exists() if varied else tellings.exists()
    untold = Untold.objects.of(opened).filter(order=order, signed_at__lte=at, recorded_at__gt=spent_at(taken))
    signed = None if told else untold.order_by("signed_at").last()
    reason = signed.reason if signed else details.reason
    by_another = signed is not None or _signs(second, actor, order, at)
    _refuse(rules.why_not_serve(victim_told=told, reason=reason, signed_by_another=by_another))
    return told, signed


def _refuse_unknown_successor(opened: Opened, order: Order, details: StepDetails) -> None:
    """Refuse an end by an order that is not another one of this case, made: it would leave the victim with none."""
    if details.replaced_by is None:
        return
    made = Order.objects.of(opened).filter(pk=details.replaced_by, made_on__isnull=False, ended_on__isnull=True)
    if not made.exclude(pk=order.pk).exists():
        raise CannotOrder("replaced_by", "Choose another order of this case that was made and has not ended.")


def _signs(second: Actor | None, actor: Actor, order: Order, at: datetime) -> bool:
    """Return whether a second person, who may open the case, signs here; never the one who acts."""
    if second is None:
        return False
    access.require(second, Permission.CASE_VIEW, at=at, file=order.case_id, reads=Compartment.CORE)
    return signatories.why_not_second(actor.staff, second, at=at) is None


def ask_to_serve_untold(*, actor: Actor, order: Order, reason: str, at: datetime) -> Untold:
    """Ask to serve an order without telling the victim first; the reason is what a second person signs."""
    access.require(actor, Permission.ORDER_RECORD, at=at, file=order.case_id, writes=Compartment.CORE)
    if not reason.strip():
        raise CannotOrder("reason", "Say why the victim cannot be told first. Your colleague signs this reason.")
    with audit.recorded(actor, "untold.asked", at=at, file=order.case_id) as entry:
        return entry.about(
            Untold.objects.create(order=order, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at))
        )


def sign_untold(*, actor: Actor, asked: Untold, at: datetime) -> Untold:
    """Sign, as a second person, that the victim is not told first; the advocate or who records orders may."""
    is_advocate = access_queries.may(actor, Permission.SUPPORT_RECORD)
    permission = Permission.SUPPORT_RECORD if is_advocate else Permission.ORDER_RECORD
    access.require(actor, permission, at=at, file=asked.order.case_id, writes=Compartment.CORE)
    needs = Needs(Permission.ORDER_RECORD, file=asked.order.case_id, writes=Compartment.CORE)
    if why := why_not_answer(asked.recorded_by, actor, needs, at=at, same=BY_ANOTHER, asked_at=asked.recorded_at):
        raise CannotOrder("signed_by", why)
    with audit.recorded(actor, "untold.signed", at=at, file=asked.order.case_id) as entry:
        waiting = Untold.objects.unscoped(_OPENED).filter(pk=asked.pk, signed_at__isnull=True)
        if not waiting.update(signed_by=actor.staff, signed_at=at):
            raise CannotOrder("signed_by", "This has already been signed. Open the orders of the case again.")
        asked.signed_by, asked.signed_at = actor.staff, at
        return entry.about(asked)


def _as_it_stands(opened: Opened, order: Order) -> tuple[Order, list[OrderStep]]:
    found = existing(Order.objects.of(opened).filter(pk=order.pk).first())
    return found, list(OrderStep.objects.of(opened).filter(order=found).order_by("taken_at", "recorded_at", "id"))


def _refuse_changed(order: Order, version: int | None) -> None:
    if version is not None and version != order.version:
        raise _conflict(order)


def _follow(
    entry: Draft, actor: Actor, opened: Opened, order: Order, step: Step, details: StepDetails, at: datetime
) -> None:
    """Do what follows from a step by itself: superseded orders end, and an end brings the review forward."""
    if step is Step.MADE:
        for older in Order.objects.of(opened).filter(
            kind=OrderKind(order.kind).about.supersedes, made_on__isnull=False, ended_on__isnull=True
        ):
            _supersede(entry, actor, older, order, details, at)
    if step is Step.ENDED and details.ended_by is not None and not rules.is_normal_end(details.ended_by):
        cases.bring_review_forward(
            actor=actor,
            case=order.case,
            trigger=Trigger.ORDER_END,
            at=at,
            reason={"order": OrderKind(order.kind).words, "ended_by": details.ended_by.value},
        )


def _supersede(entry: Draft, actor: Actor, order: Order, newer: Order, made: StepDetails, at: datetime) -> None:
    ended = StepDetails(
        taken_at=made.taken_at,
        reason=sentence("{1} took its place.", Word(OrderKind(newer.kind).with_article).begins()),
        ended_by=EndedBy.SUPERSEDED,
        replaced_by=newer.pk,
    )
    _add_step(entry, actor, order, Step.ENDED, ended, at)
    _change(entry, order, order.version, **_shown_after(Step.ENDED, ended, at))


def _vary_conditions(entry: Draft, actor: Actor, order: Order, step: Step, details: StepDetails, at: datetime) -> None:
    if step is not Step.VARIED or not details.conditions:
        return
    _refuse(rules.why_not_conditions(details.conditions))
    hidden = whereabouts.of_victims({order.case.victim_id}, subject=order.case.subject_id)
    drafts = places_on_purpose(actor, order.case, hidden, details.conditions, at=at)
    for condition in Condition.objects.unscoped(_OPENED).filter(order=order, ended_at__isnull=True):
        condition.ended_at = details.taken_at or at
        condition.save(update_fields=["ended_at"])
        entry.about(condition)
    _add_conditions(entry, actor, order, drafts, at)
