"""Making the pack for an application: a disclosure, whose hash the record keeps."""

import hashlib
from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
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
    opened = access.require(
        actor, Permission.ORDER_APPLY, at=at, file=order.case_id, reads=Compartment.SUBJECT_IDENTITY
    )
    passes = masking(order.case.victim_id, leaves_out)
    pack = pack_of(actor=actor, opened=opened, order=order.pk, applicant=actor.partner, passes=passes, at=at)
    content = written(pack, form)
    with audit.recorded(actor, "pack.made", at=at, operation=Operation.DISCLOSURE, file=order.case_id) as entry:
        entry.compartments = {Compartment.CORE.value, Compartment.SUBJECT_IDENTITY.value}
        entry.more["sha256"] = hashlib.sha256(content).hexdigest()
        entry.about(order)
    return content
