"""Who comes to a sitting, and who steps aside from an item."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, existing
from fourfold.assessment import queries as assessment_queries
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.panel import conflicts, queries
from fourfold.panel.models import Declared, Invitation, Item, Sitting
from fourfold.panel.services.views import locked
from fourfold.panel.terms import CannotDeclare, Phase


def declare(*, actor: Actor, item: Item, aside: bool, at: datetime, because: str = "") -> Declared:
    """Record that one steps aside from an item, or why what the record suggests is no conflict.

    Whoever has stepped aside gives no view, decides and signs nothing on the item, sees no view, and a view that was
    given before no longer counts. Raises CannotDeclare naming the field.
    """
    site = item.case.site
    opened = access.require(
        actor, Permission.WALL_DECLARE, at=at, site=site, file=item.case_id, writes=Compartment.CORE
    )
    with audit.recorded(actor, "conflict.declared", at=at, operation=Operation.COLLECTION, file=item.case_id) as entry:
        now = locked(opened, item)
        standing = queries.at_table(opened, now, actor, at=at)
        if why := conflicts.why_not_declare(standing, Phase(now.phase), aside=aside, because=because):
            raise CannotDeclare(*why)
        return entry.about(
            Declared.objects.create(
                item=now,
                staff=actor.staff,
                profession=assessment_queries.profession_of(actor, site),
                aside=aside,
                because=because.strip()[:300],
                declared_at=at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def answer_invitation(*, actor: Actor, sitting: Sitting, coming: bool, at: datetime) -> Invitation:
    """Record whether one comes to a sitting; the answer may be changed until it sits. Raises CannotDeclare, NotFound."""
    access.require(actor, Permission.PANEL_VIEW, at=at, site=sitting.site)
    with audit.recorded(actor, "invitation.answered", at=at) as entry:
        mine = existing(Invitation.objects.select_for_update().filter(sitting=sitting, staff=actor.staff).first())
        if sitting.starts_at < at:
            raise CannotDeclare("coming", "This sitting has already taken place. The views show who took part.")
        mine.coming, mine.answered_at = coming, at
        mine.save(update_fields=["coming", "answered_at"])
        return entry.about(mine)
