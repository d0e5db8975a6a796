"""What of the panels waits for somebody: an invitation for an answer, an item for its chair."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.paging import WHOLE
from fourfold.access.roles import casework_sites
from fourfold.access.statements import composed
from fourfold.audit.terms import Actor
from fourfold.panel import rules
from fourfold.panel.models import Declared, Invitation, Item, Sitting, View
from fourfold.panel.queries.table import level_of
from fourfold.panel.terms import Phase, ViewGiven

#: How long a panel sits at most: one that began this morning is still the next one.
SITS = timedelta(hours=8)
INSIDE = "of items that the caller scopes when they are read"


@dataclass(frozen=True)
class SittingAhead:
    """A sitting of a site that is called and not over, and whether the reader chairs it."""

    id: UUID
    starts_at: datetime
    mine: bool
    site: str


def next_sitting(*, actor: Actor, at: datetime) -> SittingAhead | None:
    """Return the next sitting that the actor chairs, or the unit's next where there is none; one statement."""
    ahead = Sitting.objects.filter(site__in=sorted(casework_sites(actor)), starts_at__gte=at - SITS)
    found = list(ahead.order_by("starts_at", "pk")[:WHOLE])
    row = next((each for each in found if each.chair == actor.staff), found[0] if found else None)
    return SittingAhead(row.pk, row.starts_at, row.chair == actor.staff, row.site) if row else None


def invitations_waiting(*, actor: Actor, at: datetime) -> tuple[SittingAhead, ...]:
    """Return the sittings ahead to which the actor is invited and has not answered, the next first; one statement."""
    called = [row.sitting for row in _invitations(actor, at)]
    return tuple(SittingAhead(each.pk, each.starts_at, each.chair == actor.staff, each.site) for each in called)


@composed
def _invitations(actor: Actor, at: datetime) -> QuerySet[Invitation]:
    asked = Invitation.objects.filter(staff=actor.staff, coming__isnull=True)
    asked = asked.filter(sitting__starts_at__gte=at, sitting__site__in=sorted(casework_sites(actor)))
    return asked.select_related("sitting").order_by("sitting__starts_at", "pk")[:WHOLE]


def undecided(rows: QuerySet[Item]) -> QuerySet[Item]:
    return rows.exclude(phase=Phase.DECIDED)


def asides_of(rows: QuerySet[Item]) -> QuerySet[Declared, tuple[UUID, UUID]]:
    """Return who stepped aside from the undecided of some items."""
    declared = Declared.objects.unscoped(INSIDE).filter(item__in=undecided(rows).order_by().values("pk"), aside=True)
    return declared.values_list("item_id", "staff")


def views_of(rows: QuerySet[Item]) -> QuerySet[View, Any]:
    """Return the views that were given of the undecided of some items, as `who_spoke` takes them."""
    views = View.objects.unscoped(INSIDE).filter(item__in=undecided(rows).order_by().values("pk"))
    return views.values_list("item_id", "staff", "profession", "level", "independent")


def who_spoke(
    items: Iterable[Item], asides: Iterable[tuple[UUID, UUID]], views: Iterable[Any]
) -> Iterator[tuple[Item, frozenset[UUID], bool]]:
    """Yield each item with who has given a view of it, and whether only its chair can bring it on, since every view of the
    quorum is in or all are open.
    """
    aside = set(asides)
    given: defaultdict[UUID, list[ViewGiven]] = defaultdict(list)
    for item, staff, profession, level, alone in views:
        given[item].append(ViewGiven(staff, profession, level_of(level), alone))
    for item in items:
        phase, every = Phase(item.phase), given[item.pk]
        heard = [view for view in every if (item.pk, view.staff) not in aside]
        ready = phase is Phase.CONSOLIDATING or rules.why_not_open_views(phase, item.sitting.quorum, heard) is None
        yield item, frozenset(view.staff for view in every), ready
