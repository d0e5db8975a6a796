"""What is asked of a pack: refused where it may not be made, or says too little to be made, before anything is read for it."""

from datetime import date, datetime

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.governance.queries.advising import AdviceOrder
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules import retention
from fourfold.governance.terms import CannotGovern, PackKind, PackOrder
from fourfold.orders.models import Order
from fourfold.orders.terms import BEING_SOUGHT


def due_on(order: PackOrder) -> date:
    """Return by when a pack is to leave: advice by when the unit owes it, any other by when a person is to be answered."""
    if isinstance(order, AdviceOrder) and order.consultation is not None:
        return local_day(order.consultation.due_at)
    return retention.answer_due(order.received_on, proved_on=order.proved_on)


def require_order(*, actor: Actor, case: Case, order: PackOrder, at: datetime) -> None:
    """Refuse what may not be made, or says too little to be made, before anything is read for it."""
    opened = access.require(
        actor, Permission.PACK_MAKE, at=at, site=case.site, file=case.pk, reads=Compartment.SUBJECT_IDENTITY
    )
    _require_said(order, at)
    _require_application(opened, order)


def _require_said(order: PackOrder, at: datetime) -> None:
    if not order.asked_by.strip():
        raise CannotGovern("asked_by", "Say who asked: the person, or the court and the proceedings.")
    if order.kind is PackKind.ADVICE and not isinstance(order, AdviceOrder):
        raise CannotGovern("kind", "Make a letter of advice on the page of the advice.")
    if not order.identity_proved.strip() and order.kind not in (PackKind.APPLICATION, PackKind.ADVICE):
        raise CannotGovern(
            "identity_proved", "Say how you checked the person’s identity. Confirm nothing to anybody before you have."
        )
    if order.received_on > local_day(at):
        raise CannotGovern(
            "received_on", "Enter the day on which you received the request. It cannot be in the future."
        )
    if order.proved_on is not None and not order.received_on <= order.proved_on <= local_day(at):
        raise CannotGovern("proved_on", "Enter a day from the day of the request until today, or leave it empty.")
    if order.must_not_know and order.kind is not PackKind.SUBJECT:
        raise CannotGovern(
            "must_not_know", "Untick this box. Only a pack for the subject can leave out that there is a case."
        )
    if order.must_not_know and not order.restriction_reason.strip():
        raise CannotGovern(
            "restriction_reason", "Say why the subject must not learn that there is a case, and who decided that."
        )


def _require_application(opened: Opened, order: PackOrder) -> None:
    """Refuse an application that names no order of the case that is sought, and an order for which nothing is applied."""
    if order.kind is not PackKind.APPLICATION:
        if order.application is not None:
            raise CannotGovern("application", "Leave this empty. Only an application is for an order.")
        return
    sought = Order.objects.of(opened).filter(step__in=BEING_SOUGHT)
    if order.application is None or not sought.filter(pk=order.application).exists():
        raise CannotGovern(
            "application", "Choose the order that is applied for. It must not have been made or refused."
        )
