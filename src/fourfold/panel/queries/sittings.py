"""The sittings of a unit and their items, and which cases may come before a panel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case as Sql
from django.db.models import Exists, Max, Min, OuterRef, Q, Value, When

from fourfold.access import queries as access_queries
from fourfold.access.paging import Page, page_of
from fourfold.access.roles import casework_sites
from fourfold.access.terms import Compartment, NotFound, Permission, Role, existing
from fourfold.assessment import queries as assessment_queries
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown, with_risk
from fourfold.cases.terms import Level, ShownLevel, State
from fourfold.panel import rules
from fourfold.panel.models import Invitation, Item, Sitting, View
from fourfold.panel.queries.agenda import MOMENTS, calls, reasons, sent, with_moments
from fourfold.panel.queries.table import level_of
from fourfold.panel.terms import Called, Phase
from fourfold.programme import queries as programme

LONDON = ZoneInfo("Europe/London")
CORE = frozenset({Compartment.CORE.value})


def local_day(at: datetime) -> date:
    """Return the day on which a moment falls in London."""
    return at.astimezone(LONDON).date()


@dataclass(frozen=True)
class SittingRow:
    """One sitting in a list, counted over the items that are open to the reader."""

    id: UUID
    site: str
    starts_at: datetime
    chair: str
    items: int
    decided: int
    mine_missing: int


@dataclass(frozen=True)
class ItemRow:
    """One item of a sitting: where it stands, who has spoken, and whether the reader has."""

    id: UUID
    position: int
    case: UUID
    reference: str
    level: ShownLevel
    phase: Phase
    spoken: tuple[str, ...]
    missing: tuple[str, ...]
    mine_is_in: bool
    why: str


@dataclass(frozen=True)
class Invited:
    """Somebody who was asked to a sitting: of which profession, and whether that person comes (None: has not said)."""

    name: str
    profession: str
    coming: bool | None
    mine: bool


@dataclass(frozen=True)
class SittingPage:
    """A sitting with its items in the order in which they are heard."""

    id: UUID
    site: str
    starts_at: datetime
    chair: str
    quorum: tuple[str, ...]
    items: tuple[ItemRow, ...]
    profession: str
    may_convene: bool
    invited: tuple[Invited, ...] = ()

    @property
    def mine(self) -> Invited | None:
        """The reader's own invitation."""
        return next((each for each in self.invited if each.mine), None)

    @property
    def without(self) -> tuple[str, ...]:
        """The professions of the quorum from which nobody has said that they come."""
        coming = {each.profession for each in self.invited if each.coming}
        return tuple(profession for profession in self.quorum if profession not in coming)


def sittings(*, actor: Actor, at: datetime, after: str = "") -> Page[SittingRow]:
    """Return the sittings of the actor's units, the latest first, fifty a page: four statements."""
    rows = Sitting.objects.filter(site__in=sorted(casework_sites(actor)))
    found = page_of(rows, "-starts_at", "-id", after=after)
    items = list(Item.objects.visible_to(actor, at=at).filter(sitting__in=found.rows).only("sitting_id", "phase"))
    mine = _mine(actor, items)
    names = access_queries.names_of(row.chair for row in found)
    audit.consulted(actor, "panel.sittings", at=at, compartments=CORE, fields=frozenset({"phase"}), count=len(found))
    return found.map(lambda row: _sitting_row(row, items, mine, names, actor))


def _mine(actor: Actor, items: Iterable[Item]) -> set[UUID]:
    """Return the items on which the actor has given a view."""
    given = View.objects.unscoped("the actor's own views of items open to the actor")
    return set(given.filter(item__in=list(items), staff=actor.staff).values_list("item_id", flat=True))


def _sitting_row(row: Sitting, items: list[Item], mine: set[UUID], names: dict[UUID, str], actor: Actor) -> SittingRow:
    here = [item for item in items if item.sitting_id == row.pk]
    speaks = bool(assessment_queries.profession_of(actor, row.site))
    waiting = [item for item in here if item.phase != Phase.DECIDED and item.pk not in mine]
    return SittingRow(
        id=row.pk,
        site=row.site,
        starts_at=row.starts_at,
        chair=names.get(row.chair, "somebody who left"),
        items=len(here),
        decided=sum(item.phase == Phase.DECIDED for item in here),
        mine_missing=len(waiting) if speaks else 0,
    )


def sitting(*, actor: Actor, sitting_id: UUID, at: datetime) -> SittingPage:
    """Return a sitting of one of the actor's units, or raise NotFound: five statements."""
    found = sitting_to_fill(actor=actor, sitting_id=sitting_id)
    items = list(
        with_risk(Item.objects.visible_to(actor, at=at), actor, at)
        .filter(sitting=found)
        .select_related("case")
        .order_by("position", "pk")
    )
    views = View.objects.unscoped("who has spoken on items open to the actor").filter(item__in=items)
    spoken = list(views.values_list("item_id", "profession", "staff"))
    audit.consulted(
        actor, "panel.sitting", at=at, compartments=CORE, fields=frozenset({"phase", "level"}), count=len(items)
    )
    asked = list(Invitation.objects.filter(sitting=found).order_by("profession", "staff"))
    names = access_queries.names_of([found.chair, *(row.staff for row in asked)])
    return SittingPage(
        id=found.pk,
        site=found.site,
        starts_at=found.starts_at,
        chair=names.get(found.chair, "somebody who left"),
        invited=tuple(
            Invited(names.get(row.staff, "somebody who left"), row.profession, row.coming, row.staff == actor.staff)
            for row in asked
        ),
        quorum=tuple(found.quorum),
        items=tuple(_item_row(n, item, found, spoken, actor) for n, item in enumerate(items, start=1)),
        profession=assessment_queries.profession_of(actor, found.site),
        may_convene=access_queries.may(actor, Permission.PANEL_CONVENE, site=found.site),
    )


@dataclass(frozen=True)
class Rhythm:
    """How often a site's panel sits: `last_on` is its last sitting, `next_on` the next that is called (None: none).

    `by` is the last day on which the rhythm lets the next one fall; `late` says that none is called until then.
    """

    site: str
    every_days: int
    last_on: date | None
    next_on: date | None
    by: date
    late: bool


def rhythms(*, actor: Actor, at: datetime) -> tuple[Rhythm, ...]:
    """Return the rhythm of each site at which somebody may call a sitting and that works already: three statements
    and one for each site."""
    live = {card.code: card.live_on for card in programme.sites() if card.live_on <= local_day(at)}
    return tuple(_rhythm(site, live[site], at) for site in may_convene_at(actor) if site in live)


def _rhythm(site: str, live_on: date, at: datetime) -> Rhythm:
    today, every = local_day(at), programme.working(site, at.date()).panel_every_days
    rows = Sitting.objects.filter(site=site)
    found = rows.aggregate(
        last=Max("starts_at", filter=Q(starts_at__lt=at)), next=Min("starts_at", filter=Q(starts_at__gte=at))
    )
    last_on = local_day(found["last"]) if found["last"] else None
    next_on = local_day(found["next"]) if found["next"] else None
    by = rules.sits_by(last_on, live_on, every)
    return Rhythm(site, every, last_on, next_on, by, late=(next_on or today) > by)


def may_convene_at(actor: Actor) -> tuple[str, ...]:
    return tuple(site for site in sorted(actor.sites) if access_queries.may(actor, Permission.PANEL_CONVENE, site=site))


def sitting_to_fill(*, actor: Actor, sitting_id: UUID) -> Sitting:
    """Return a sitting of one of the actor's units, to be handed to a service, or raise NotFound."""
    return existing(Sitting.objects.filter(pk=sitting_id, site__in=sorted(casework_sites(actor))).first())


def _item_row(number: int, item: Any, sitting: Sitting, spoken: list[tuple[UUID, str, UUID]], actor: Actor) -> ItemRow:
    """The number counts what the reader may see: a gap would betray the case that is not there."""
    given = {profession for of, profession, _ in spoken if of == item.pk}
    return ItemRow(
        id=item.pk,
        position=number,
        case=item.case_id,
        reference=item.case.reference,
        level=level_shown(item.case.level, sees_risk=item.sees_risk),
        phase=Phase(item.phase),
        spoken=tuple(sorted(given, key=lambda one: (one not in sitting.quorum, one))),
        missing=tuple(profession for profession in sitting.quorum if profession not in given),
        mine_is_in=any(of == item.pk and staff == actor.staff for of, _, staff in spoken),
        why=item.why if item.sees_risk else "",
    )


@dataclass(frozen=True)
class ToBeHeard:
    """A case that may come before a panel, and the moments that may bring it there, as they are `at` this one."""

    case: UUID
    reference: str
    level: Level | None
    called: Called
    at: datetime

    @property
    def review_due_at(self) -> datetime | None:
        return self.called.review_due_at

    @property
    def why(self) -> tuple[str, ...]:
        """What brings it there; empty: nothing but the wish of who calls."""
        return reasons(self.called, self.at)

    @property
    def sent_at(self) -> datetime | None:
        """When triage sent it there, where no panel has decided since."""
        return sent(self.called)


def to_be_heard(*, actor: Actor, site: str, at: datetime) -> tuple[ToBeHeard, ...]:
    """Return the open cases of a site that are before no panel: those that something calls first, and of these and the
    others those that nobody has assessed, then the most dangerous. All of them, for the pages search and count them. Only where the risk is open to the actor; one
    statement."""
    before = Item.objects.unscoped("whether there is one; the case is scoped").filter(case=OuterRef("pk"))
    rows = Case.objects.visible_to(actor, at=at, part=Compartment.RISK)
    rows = rows.filter(~Exists(before.exclude(phase=Phase.DECIDED)), ~Q(state=State.CLOSED), site=site)
    ranks = [When(level=level.value, then=Value(level.rank)) for level in Level]
    unknown = Value(Level.VERY_HIGH.rank + 1)
    found = with_moments(rows).annotate(rank=Sql(*ranks, default=unknown, output_field=models.IntegerField()))
    shown = found.order_by("-rank", "review_due_at", "pk").values_list("pk", "reference", "level", *MOMENTS)
    every = (ToBeHeard(pk, ref, level_of(level), Called(*moments), at) for pk, ref, level, *moments in shown)
    # Here, and not by the database, which would look up what calls each case twice.
    page = tuple(sorted(every, key=lambda one: not calls(one.called, at)))
    audit.consulted(
        actor, "panel.candidates", at=at, compartments=CORE, fields=frozenset({"reference", "level"}), count=len(page)
    )
    return page


def cases_to_hear(*, actor: Actor, chosen: Iterable[UUID], at: datetime) -> list[Case]:
    """Return cases that are open to the actor, in the order chosen, to be handed to `services.convene`."""
    wanted = list(dict.fromkeys(chosen))
    found = Case.objects.visible_to(actor, at=at).in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    return [found[pk] for pk in wanted]


def chairs(site: str, *, at: datetime) -> tuple[tuple[UUID, str], ...]:
    """Return who may chair a panel of a site, by name."""
    return tuple((who.pk, who.name) for who, role in access_queries.unit_of(site, at=at) if role == Role.PANEL_CHAIR)
