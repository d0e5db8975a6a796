"""Reading the programme: its sites, how each works on a day, and the robots that act for it."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Prefetch, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.models import Account, Staff
from fourfold.access.terms import Role
from fourfold.audit.terms import Actor
from fourfold.programme import rules
from fourfold.programme.models import Catchment, Site, SitePartner, Working
from fourfold.programme.terms import Area, ModelOfWorking, NoSuchSite, NoWorking, PartnerPart, SiteCard


def site(code: str) -> SiteCard:
    """Return a site with its partners and areas, in three statements, or raise NoSuchSite."""
    found = _cards(Site.objects.filter(code=code))
    if not found:
        known = ", ".join(Site.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        raise NoSuchSite(f"No site is called “{code}”. The sites are: {known}.")
    return found[0]


def sites() -> list[SiteCard]:
    """Return every site by name, in three statements."""
    return _cards(Site.objects.order_by("name"))


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
    settings = (
        Working.objects.filter(site_id=code, from_on__lte=on)
        .order_by("-from_on")
        .values_list("settings", flat=True)
        .first()
    )
    if settings is None:
        raise NoWorking(f"{code} has no model of working on {on:%-d %B %Y}.")
    return rules.model_of_working(settings)


def feed_robot(code: str, *, at: datetime) -> Actor | None:
    """Return the robot that brings a site's feed in, as who acts; None where the site was founded without one."""
    robot = Staff.objects.filter(
        robot=True, active=True, memberships__site=code, memberships__role=Role.POLICE_ANALYST
    ).first()
    return None if robot is None else _at_the_console(robot, at)


def acting_as(email: str, *, at: datetime) -> Actor | None:
    """Return whoever holds the account with this address, as who acts at the command line; None: no such account."""
    account = Account.objects.select_related("staff").filter(email__iexact=email, is_active=True).first()
    return None if account is None else _at_the_console(account.staff, at, account)


def _at_the_console(staff: Staff, at: datetime, account: Account | None = None) -> Actor:
    session = {"session": "command line", "strength": "console", "client": "fourfold", "purpose": "casework"}
    return access_queries.actor_of(staff, at=at, account=account, **session)
