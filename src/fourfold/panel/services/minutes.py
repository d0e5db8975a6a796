"""Making the minutes of a decided item for one agency."""

from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.terms import MINUTES
from fourfold.panel import queries
from fourfold.panel.minutes import MEDIA, Form, day, written
from fourfold.panel.models import Item, PhaseSet
from fourfold.panel.terms import CannotConvene, CannotDecide, Gap, Phase
from fourfold.programme import queries as programme
from fourfold.words import sentence


def make_minutes(*, actor: Actor, item: Item, partner: str, form: Form, at: datetime) -> Exhibit:
    """Make the minutes of a decided item for one agency of the unit, from what that agency may see, and keep them.

    Raises CannotDecide while the item is not decided and for whoever stands aside from it, to whom the views stay shut;
    CannotConvene for an agency to which nothing of the case is open. They open to the people of that agency
    and to whoever made them, and to nobody who stands aside.
    """
    opened = access.require(
        actor, Permission.DOCUMENT_MAKE, at=at, site=item.case.site, file=item.case_id, reads=Compartment.RISK
    )
    receiver = next((each for each in programme.site(item.case.site).partners if each.code == partner), None)
    if receiver is None:
        raise CannotConvene("partner", "Choose an agency of this unit.")
    if not PhaseSet.objects.of(opened).filter(item=item, phase=Phase.DECIDED).exists():
        raise CannotDecide(Gap("phase", "Minutes are made when the item is decided."))
    aside = queries.aside_of(item)
    if actor.staff in aside:
        raise CannotDecide(Gap("partner", "You have stepped aside from this item. A colleague must make its minutes."))
    try:
        minutes = queries.minutes_for(opened, item, receiver, at=at)
    except NotFound as nothing:
        raise CannotConvene(
            "partner", sentence("{1} may not see anything in this case. Choose another agency.", receiver.name)
        ) from nothing
    with audit.recorded(actor, "minutes.made", at=at, operation=Operation.DISCLOSURE, file=item.case_id) as entry:
        kept = exhibits.keep(
            actor=actor,
            file=item.case_id,
            kind=MINUTES,
            title=f"Panel decision of {day(minutes.decided_at)}, for {receiver.name}",
            content=written(minutes, form),
            media_type=MEDIA[form],
            compartment=Compartment.RISK if minutes.risk else Compartment.CORE,
            at=at,
        )
        exhibits.open_to_agency(actor=actor, exhibit=kept, partner=partner, at=at)
        if aside:
            exhibits.close_to(actor=actor, exhibit=kept, staff=aside, at=at)
        entry.compartments = {Compartment.CORE.value, *([Compartment.RISK.value] if minutes.risk else [])}
        entry.more["partner"] = partner
        return entry.about(kept)
