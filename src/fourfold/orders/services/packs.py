"""Making the pack for an application: a disclosure, whose hash the record keeps."""

import hashlib
from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.orders.application import Passes, written
from fourfold.orders.models import Order
from fourfold.orders.queries.pack import masking, pack_of
from fourfold.panel.minutes import Form


def make_pack(*, actor: Actor, order: Order, form: Form, at: datetime, leaves_out: Passes) -> bytes:
    """Make the draft of an application pack for whoever applies: the test, every act, conditions, exhibits, declaration.

    `leaves_out` masks every way to reach a victim in its texts, unasked; in the pack that goes to court a person decides each.

    What leaves is on record as a disclosure with its hash. Nothing in it says where the victim is or how to reach them.
    """
    opened = _required(actor, order, at)
    passes = masking(order.case.victim_id, leaves_out)
    pack = pack_of(actor=actor, opened=opened, order=order.pk, applicant=actor.partner, passes=passes, at=at)
    content = written(pack, form)
    _noted(actor, "pack.made", order, content, at)
    return content


def take_draft(*, actor: Actor, order: Order, content: bytes, at: datetime) -> None:
    """Note that a draft that was made beside a page is taken by whoever asked for it, who may have it still."""
    _required(actor, order, at)
    _noted(actor, "pack.taken", order, content, at)


def _required(actor: Actor, order: Order, at: datetime) -> Opened:
    return access.require(actor, Permission.ORDER_APPLY, at=at, file=order.case_id, reads=Compartment.SUBJECT_IDENTITY)


def _noted(actor: Actor, action: str, order: Order, content: bytes, at: datetime) -> None:
    with audit.recorded(actor, action, at=at, operation=Operation.DISCLOSURE, file=order.case_id) as entry:
        entry.compartments = {Compartment.CORE.value, Compartment.SUBJECT_IDENTITY.value}
        entry.more["sha256"] = hashlib.sha256(content).hexdigest()
        entry.about(order)
