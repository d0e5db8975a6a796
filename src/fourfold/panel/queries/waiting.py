"""What of the panels waits for somebody: an invitation for an answer, an item for its chair."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from fourfold.access.paging import WHOLE
from fourfold.access.roles import casework_sites
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment
from fourfold.assessment import queries as assessment_queries
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.queries.level_shown import level_shown, with_risk
from fourfold.cases.terms import ShownLevel
from fourfold.panel import rules
from fourfold.panel.models import Declared, Invitation, Item, Sitting, View
from fourfold.panel.queries.table import level_of
from fourfold.panel.terms import Phase, ViewGiven

#: How long a panel sits at most: one that began this morning is still the next one.
SITS = timedelta(hours=8)
#: For so long after a sitting began a view is still asked for.
ASKED_FOR = timedelta(days=14)
CORE = frozenset({Compartment.CORE.value})
INSIDE = "of items open to the actor"


@dataclass(frozen=True)
class SittingAhead:
    """A sitting of a site that is called and not over, and whether the reader chairs it."""

    id: UUID
    starts_at: datetime
    mine: bool
    site: str


@dataclass(frozen=True)
class ItemWaiting:
    """An item that only its chair can bring on: its views are all in, or open and not yet decided."""

    id: UUID
    reference: str
    level: ShownLevel
    phase: Phase
    starts_at: datetime
    mine: bool


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


@dataclass(frozen=True)
class ViewsMissing:
    """A sitting of whose cases, of those that are open to the reader, so many wait for the reader's view."""

    sitting: UUID
    starts_at: datetime
    missing: int
    items: int


def views_missing(*, actor: Actor, at: datetime) -> tuple[ViewsMissing, ...]:
    """Return the sittings ahead, and of the last fortnight, for which the actor has not given every view, the last of them
    first. One statement and the log's.
    """
    speaks = tuple(site for site in sorted(casework_sites(actor)) if assessment_queries.profession_of(actor, site))
    found: defaultdict[tuple[datetime, UUID], list[bool]] = defaultdict(list)
    for sitting, starts_at, phase, given in _items_ahead(actor, at, speaks):
        found[starts_at, sitting].append(phase != Phase.DECIDED and not given)
    audit.consulted(actor, "panel.sittings", at=at, compartments=CORE, fields=frozenset({"phase"}), count=len(found))
    return tuple(
        ViewsMissing(sitting, starts_at, sum(waits), len(waits))
        for (starts_at, sitting), waits in sorted(found.items(), reverse=True)
        if any(waits)
    )


@composed
def _items_ahead(actor: Actor, at: datetime, speaks: tuple[str, ...]) -> QuerySet[Item, Any]:
    given = View.objects.unscoped(INSIDE).filter(item=OuterRef("pk"), staff=actor.staff)
    rows = Item.objects.visible_to(actor, at=at).filter(sitting__site__in=speaks, sitting__starts_at__gt=at - ASKED_FOR)
    return rows.values_list("sitting_id", "sitting__starts_at", "phase", Exists(given)).order_by()


def items_for_chair(*, actor: Actor, at: datetime) -> tuple[ItemWaiting, ...]:
    """Return the items that wait for their chair, the earliest sitting first; three statements and the log's."""
    items = _undecided(actor, at)
    given = _given(items)
    found = [item for item in items if item.phase == Phase.CONSOLIDATING or _may_open(item, given[item.pk])]
    audit.consulted(actor, "panel.waiting", at=at, compartments=CORE, fields=frozenset({"phase"}), count=len(found))
    return tuple(
        ItemWaiting(
            id=item.pk,
            reference=item.case.reference,
            level=level_shown(item.case.level, sees_risk=item.sees_risk),
            phase=Phase(item.phase),
            starts_at=item.sitting.starts_at,
            mine=item.sitting.chair == actor.staff,
        )
        for item in found
    )


@composed
def _undecided(actor: Actor, at: datetime) -> QuerySet[Any]:
    undecided = [phase for phase in Phase if phase is not Phase.DECIDED]
    rows = with_risk(Item.objects.visible_to(actor, at=at), actor, at).filter(phase__in=undecided)
    rows = rows.filter(sitting__site__in=sorted(casework_sites(actor))).select_related("sitting", "case")
    return rows.order_by("sitting__starts_at", "position", "pk")[:WHOLE]


def _given(items: list[Item]) -> defaultdict[UUID, list[ViewGiven]]:
    """Return who has given a view of each item, without those who stand aside: two statements."""
    aside = set(Declared.objects.unscoped(INSIDE).filter(item__in=items, aside=True).values_list("item_id", "staff"))
    views = View.objects.unscoped(INSIDE).filter(item__in=items)
    given: defaultdict[UUID, list[ViewGiven]] = defaultdict(list)
    for item, staff, profession, level, alone in views.values_list(
        "item_id", "staff", "profession", "level", "independent"
    ):
        if (item, staff) not in aside:
            given[item].append(ViewGiven(staff, profession, level_of(level), alone))
    return given


def _may_open(item: Item, given: list[ViewGiven]) -> bool:
    return rules.why_not_open_views(Phase(item.phase), item.sitting.quorum, given) is None
