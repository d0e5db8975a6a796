"""Reading the programme: its sites, and how each works on a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from fourfold.access import agreeing, ends
from fourfold.access import queries as access_queries
from fourfold.access.models import Agreement, EndSaid, Membership
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Through
from fourfold.access.statements import for_nobody
from fourfold.access.terms import NotFound, Permission, Role
from fourfold.access.terms.accounts import AgreementShown
from fourfold.access.terms.endings import EndShown
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import asked_once
from fourfold.programme import rules, wording
from fourfold.programme.models import Catchment, Partner, Site, SitePartner, Working
from fourfold.programme.terms import (
    Area,
    Changed,
    InvalidModel,
    ModelOfWorking,
    NoSuchSite,
    NoWorking,
    PartnerPart,
    Said,
    SiteCard,
    SiteSpec,
)
from fourfold.programme.works_with import forces_beside
from fourfold.words import sentence


def site(code: str) -> SiteCard:
    """Return a site with its partners and areas, in three statements, or raise NoSuchSite."""
    found = _cards(Site.objects.filter(code=code))
    if not found:
        known = ", ".join(Site.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        raise NoSuchSite(sentence("No site is called “{1}”. The sites are: {2}.", code, known))
    return found[0]


def sites() -> list[SiteCard]:
    """Return every site by name, in three statements."""
    return _cards(Site.objects.order_by("name"))


#: Sites and partners by code, as read by this process so far.
_names: dict[str, str] = {}


def kind_of(code: str) -> str | None:
    """Return what kind of body a partner is, or None where there is no such partner."""
    return Partner.objects.filter(code=code).values_list("kind", flat=True).first()


def agencies_beside(code: str) -> frozenset[str]:
    """Return the other partners with which one works in a unit, whichever; one statement."""
    sites = SitePartner.objects.filter(partner=code).values("site")
    return frozenset(SitePartner.objects.filter(site__in=sites).exclude(partner=code).values_list("partner", flat=True))


def partners_of(site: str) -> tuple[tuple[str, str], ...]:
    """Return the partners that work in a site's unit, by code, each with its name; one statement."""
    return tuple(_partners(site=site))


@for_nobody
def _partners(site: Any) -> QuerySet[SitePartner, Any]:
    return SitePartner.objects.filter(site_id=site).order_by("partner_id").values_list("partner_id", "partner__name")


def sites_of(partner: str) -> tuple[tuple[str, str], ...]:
    """Return the sites in whose units a partner works, with their names."""
    return tuple(Site.objects.filter(partners__partner=partner).order_by("name").values_list("code", "name"))


def name_of(code: str) -> str:
    """Return the name of a site or a partner. One statement where a process meets a code for the first time."""
    if code not in _names:
        _names.update(Site.objects.values_list("code", "name").union(Partner.objects.values_list("code", "name")))
    return _names.get(code) or code.replace("-", " ").title()


def source_of(system: str, site: str) -> str:
    """Return the name of who told something: of an agency or site where one bears the code, else the force's system.

    No statement. A referral stands under its author's own references, of whom nothing is said.
    """
    code = system.partition("/")[0] or site
    return _names.get(code) or code.replace("-", " ").title()


def names_of_sites() -> dict[str, str]:
    """Return the name of every site by its code. One statement."""
    return dict(Site.objects.values_list("code", "name"))


def first_days_of_sites() -> dict[str, date]:
    """Return the day from which every site takes cases, by its code. One statement."""
    return dict(Site.objects.values_list("code", "live_on"))


def live_sites(on: date) -> dict[str, str]:
    """Return the sites that take cases on a day, by code, each with its name. One statement."""
    return dict(Site.objects.filter(live_on__lte=on).order_by("name").values_list("code", "name"))


def for_the_unit(actor: Actor, site: str) -> Actor:
    """Return the same person as acting for the unit: what it is told, its host holds, and so its desk can open it."""
    host = SitePartner.objects.select_related("partner").get(site_id=site, hosts=True).partner
    return replace(actor, partner=host.code, partner_kind=host.kind)


def _cards(found: QuerySet[Site]) -> list[SiteCard]:
    parts = Prefetch("partners", SitePartner.objects.select_related("partner").order_by("partner__code"))
    return [
        SiteCard(
            code=row.code,
            name=row.name,
            force_code=row.force_code,
            live_on=row.live_on,
            invented=row.invented,
            partners=tuple(
                PartnerPart(part.partner.code, part.partner.name, part.partner.kind, part.hosts)
                for part in row.partners.all()
            ),
            catchments=tuple(
                Area(area.authority_code, area.name, area.live_on, area.population) for area in row.catchments.all()
            ),
        )
        for row in found.prefetch_related(parts, Prefetch("catchments", Catchment.objects.order_by("authority_code")))
    ]


def working(code: str, on: date) -> ModelOfWorking:
    """Return how a site works on a day, in one statement; raise NoWorking where it did not work yet."""
    found = asked_once(("working", code, on), lambda: _worked(code=code, on=on), Working)
    if not found:
        raise NoWorking(_not_yet(code, on))
    return rules.model_of_working(found[0][0])


@for_nobody
def _worked(code: Any, on: Any) -> QuerySet[Working, Any]:
    return Working.objects.filter(site_id=code, from_on__lte=on).order_by("-from_on").values_list("settings")[:1]


@dataclass(frozen=True)
class SiteRow:
    """One site in the list: how it works today (None: it does not work yet), and how many of its areas it serves."""

    card: SiteCard
    model: str | None
    areas_live: int
    next_live_on: date | None


@dataclass(frozen=True)
class Period:
    """From when a site works in a way, and what that changes."""

    from_on: date
    changes: tuple[Changed, ...]


@dataclass(frozen=True)
class SitePage:
    """How a site works today (or will from its first day), what it changed and will change, and the areas it serves.

    `version` names the days from which it works in another way, those to come as well.
    """

    card: SiteCard
    on: date
    since: date
    said: tuple[Said, ...]
    to_come: tuple[Period, ...]
    before: tuple[Period, ...]
    areas_live: tuple[Area, ...]
    areas_to_come: tuple[Area, ...]
    may_configure: bool
    version: str

    @property
    def is_live(self) -> bool:
        return self.card.live_on <= self.on


@dataclass(frozen=True)
class Foreseen:
    """What founding a site would do: what is wrong with it, what it would say in words, whom it knows already."""

    spec: SiteSpec
    problems: tuple[str, ...]
    said: tuple[Said, ...]
    partners_known: frozenset[str]
    areas_live: tuple[Area, ...]
    areas_to_come: tuple[Area, ...]


def sites_shown(*, actor: Actor, at: datetime) -> tuple[SiteRow, ...]:
    """Return the sites whose way of working somebody may read, by name: their own, or every one: four statements."""
    cards, today = [card for card in sites() if _may_read(actor, card.code)], at.date()
    rows = Working.objects.filter(site__in=[card.code for card in cards], from_on__lte=today).order_by("from_on")
    models = {site: str(settings["model"]) for site, settings in rows.values_list("site_id", "settings")}
    audit.consulted(actor, "sites.list", at=at, count=len(cards))
    return tuple(
        SiteRow(
            card,
            models.get(card.code),
            len(card.areas_live(today)),
            min((area.live_on for area in card.catchments if not area.is_live(today)), default=None),
        )
        for card in cards
    )


def site_page(*, actor: Actor, code: str, at: datetime) -> SitePage:
    """Return how a site works, or raise NotFound for one that is not there or not the actor's: five statements."""
    card, today = _read_card(actor, code, at), at.date()
    workings = _workings(code)
    now = max((n for n, (from_on, _) in enumerate(workings) if from_on <= today), default=0)
    periods = _periods(workings)
    return SitePage(
        card=card,
        on=today,
        since=workings[now][0],
        said=wording.said(workings[now][1]),
        to_come=tuple(periods[now + 1 :]),
        before=tuple(reversed(periods[: now + 1])),
        areas_live=card.areas_live(today),
        areas_to_come=tuple(area for area in card.catchments if not area.is_live(today)),
        may_configure=access_queries.may(actor, Permission.SITE_CONFIGURE),
        version=" ".join(from_on.isoformat() for from_on, _ in workings),
    )


@dataclass(frozen=True)
class Member:
    """A part in a unit: whose, the partner and the role in words, and from when on it has ended; `mine`: the reader's."""

    id: UUID
    name: str
    partner: str
    role: str
    until_at: datetime | None
    mine: bool


@dataclass(frozen=True)
class Signed:
    """An information-sharing agreement in force: which partner reads what of the unit's cases, until when."""

    id: UUID
    partner: str
    opens: tuple[str, ...]
    starts_on: date
    ends_on: date
    ended_at: datetime | None


@dataclass(frozen=True)
class Ended:
    """A part or an agreement that was said to end: what, from when, why and by whom."""

    what: str
    from_at: datetime
    reason: str
    by: str


@dataclass(frozen=True)
class PeoplePage:
    """Who works in a unit and who reads what; `without`: partners that no agreement lets read; `forces`: other units' hosts."""

    card: SiteCard
    members: tuple[Member, ...]
    agreements: tuple[Signed, ...]
    without: tuple[PartnerPart, ...]
    forces: tuple[Partner, ...]
    may_take_on: bool
    may_sign: bool
    ended: tuple[Ended, ...]
    waiting: tuple[EndShown, ...]
    asked: tuple[AgreementShown, ...]


MEMBER = Projection(
    *(Member, Membership, "mine"),
    name="staff__name",
    partner=Through(name_of, "staff__partner"),
    role=Through(lambda role: Role(role).label, "role"),
)
SIGNED = Projection(
    *(Signed, Agreement), partner=Through(name_of, "partner"), opens=Through(agreeing.opens, "compartments")
)


def people_page(*, actor: Actor, code: str, at: datetime) -> PeoplePage:
    """Return who works in a unit and which agreements are in force, or raise NotFound as `site_page` does."""
    card = _read_card(actor, code, at)
    signs = access_queries.may(actor, Permission.AGREEMENT_MANAGE, site=code)
    agreements = access_queries.agreements_of(code, at=at)
    signed = {row.partner for row in agreements}
    return PeoplePage(
        card=card,
        members=tuple(MEMBER(part, mine=part.staff_id == actor.staff) for part in access_queries.parts_in(code, at=at)),
        agreements=SIGNED.all(agreements),
        without=tuple(part for part in card.partners if not part.hosts and part.code not in signed),
        forces=forces_beside(code) if signs else (),
        may_take_on=access_queries.may(actor, Permission.ACCOUNT_MANAGE),
        may_sign=signs,
        ended=tuple(_ended(row) for row in access_queries.ends_said(code)[:WHOLE]),
        waiting=ends.waiting_at(code, actor=actor, at=at),
        asked=agreeing.asked_at_site(code, actor=actor, at=at),
    )


def _ended(row: EndSaid) -> Ended:
    if row.part is not None:
        what = f"{row.part.staff.name}, {Role(row.part.role).label}"
    else:
        partner = row.agreement.partner if row.agreement else ""
        what = sentence("agreement with {1}", name_of(partner))
    return Ended(what, row.from_at, row.reason, row.said_by.name)


def _read_card(actor: Actor, code: str, at: datetime) -> SiteCard:
    """Return a site for a page of it, or raise NotFound; the log tells of it."""
    if not _may_read(actor, code):
        raise NotFound
    try:
        card = site(code)
    except NoSuchSite as unknown:
        raise NotFound from unknown
    audit.consulted(actor, "site.page", at=at, count=1)
    return card


def _may_read(actor: Actor, code: str) -> bool:
    everywhere = access_queries.may(actor, Permission.SITE_CONFIGURE)
    return everywhere or access_queries.may(actor, Permission.SITE_VIEW, site=code)


def founding_foreseen(spec: SiteSpec, *, on: date) -> Foreseen:
    """Return what founding a site would do, and write nothing: three statements."""
    codes = [part.code for part in spec.partners]
    return Foreseen(
        spec=spec,
        problems=tuple(why_not_found(spec)),
        said=wording.said(spec.working),
        partners_known=frozenset(Partner.objects.filter(code__in=codes).values_list("code", flat=True)),
        areas_live=tuple(area for area in spec.catchments if area.is_live(on)),
        areas_to_come=tuple(area for area in spec.catchments if not area.is_live(on)),
    )


def why_not_found(spec: SiteSpec) -> list[str]:
    """Return a line for each reason for which a site cannot be founded: two statements."""
    founded = Site.objects.filter(code=spec.code).exists()
    problems = [f"code is “{spec.code}”, which is founded already; choose another code"] if founded else []
    return problems + rules.why_not_serve(
        spec.catchments, {} if founded else served(spec.catchments), site_live_on=spec.live_on
    )


def served(areas: tuple[Area, ...]) -> dict[str, str]:
    """Return the areas, of some, that a site serves or will serve, each with that site's name: one statement."""
    found = Catchment.objects.filter(authority_code__in=[area.code for area in areas])
    return dict(found.values_list("authority_code", "site__name"))


def _workings(code: str) -> list[tuple[date, ModelOfWorking]]:
    found = Working.objects.filter(site_id=code).order_by("from_on").values_list("from_on", "settings")
    return [(from_on, rules.model_of_working(settings)) for from_on, settings in found]


def _periods(workings: list[tuple[date, ModelOfWorking]]) -> list[Period]:
    return [Period(workings[0][0], ())] + [
        Period(workings[n][0], wording.differences(workings[n - 1][1], workings[n][1])) for n in range(1, len(workings))
    ]


def changes_unseen(code: str, seen: str | None) -> tuple[Period, ...]:
    """Return the changes on record that `seen`, the version of a site's page, does not name; one statement.

    None: nobody looked.
    """
    if seen is None:
        return ()
    return tuple(each for each in _periods(_workings(code)) if each.from_on.isoformat() not in seen.split())


def changed_by(code: str, working: ModelOfWorking, *, from_on: date) -> tuple[Changed, ...]:
    """Return in words what a model would change of how a site works on a day; nothing is asked of the day."""
    return wording.differences(working_before(code, from_on), working)


def change_foreseen(code: str, working: ModelOfWorking, *, from_on: date, today: date) -> tuple[Changed, ...]:
    """Return what a change from a day on would change, in words, and write nothing: two statements.

    Raises InvalidModel for a day that has passed or has a model already, and where nothing would change.
    """
    if why := rules.why_not_from(from_on, today):
        raise InvalidModel(why)
    if Working.objects.filter(site_id=code, from_on=from_on).exists():
        raise InvalidModel(
            sentence("from_on is {1}, for which {2} has a model already; choose a later day", from_on, code)
        )
    found = changed_by(code, working, from_on=from_on)
    if not found:
        raise InvalidModel("working.model says what holds already; change a setting first")
    return found


def working_before(code: str, on: date) -> ModelOfWorking:
    """Return how a site works on a day, or will from its first day where it does not work yet."""
    try:
        return working(code, on)
    except NoWorking:
        first = Working.objects.filter(site_id=code).order_by("from_on").values_list("settings", flat=True).first()
        if first is None:
            raise
        return rules.model_of_working(first)


def _not_yet(code: str, on: date) -> str:
    first = Working.objects.filter(site_id=code).order_by("from_on").values_list("from_on", flat=True).first()
    begins = f" It goes live on {first:%-d %B %Y}." if first else ""
    return sentence("{1} has no model of working on {2}.{3}", code, f"{on:%-d %B %Y}", begins)
