"""Founding the invented programme: three sites, the agreements between their partners, and everybody who works there."""

import base64
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password

from fourfold.access import services as access
from fourfold.access.terms import TEAM_COMPARTMENTS, Compartment, Hashed, PartnerKind, Role
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.demo.courses import DAYS, SITES
from fourfold.demo.histories import anchor_of
from fourfold.demo.roster import PASSWORD, Post, Unit, address_of, lead_of, leads
from fourfold.programme import queries as programme_queries
from fourfold.programme import services as programme
from fourfold.programme.acting import acting_as
from fourfold.programme.sites import shipped_site
from fourfold.programme.terms import SiteSpec

BEFORE_THE_FIRST_CASE = timedelta(days=60)


@dataclass(frozen=True)
class Company:
    """The people of one site as who acts at a moment, by role: `company.of(Role.POLICE_OFFICER, at)`."""

    site: str = "cheshire"

    def of(self, role: Role, at: datetime, number: int = 1) -> Actor:
        """Return the one (or the second, the third) who holds a role at this site, acting now, second factor given."""
        return acting(address_of(role, self.site, number), at)

    def lead_of(self, partner: str, at: datetime) -> Actor:
        """Return who answers for the people of one of the unit's agencies."""
        return acting(lead_of(partner), at)


def acting(email: str, at: datetime) -> Actor:
    """Return whoever holds an invented account, as who acts; raises LookupError where nobody does."""
    actor = acting_as(email, at=at)
    if actor is None:
        raise LookupError(f"Nobody holds the account {email}. Load the invented programme first: make run.")
    return replace(actor, session="invented programme", client="demo")


#: The invented people were vouched for so long before they began, that everything is open to them on the first day.
VOUCHED_BEFORE = timedelta(days=30)


def began_at(at: datetime) -> datetime:
    """Return when the invented programme was set up, some time before its first case."""
    return anchor_of(at) - timedelta(days=DAYS) - BEFORE_THE_FIRST_CASE


def found_sites(*, at: datetime) -> None:
    """Found the sites that are not there yet, as their files describe them, with their partners' agreements.

    The days on which areas went live are moved into the 24 months that the programme tells of: the order stays.
    """
    began = began_at(at)
    actor = access.first_administrator(at=began)
    there = {card.code for card in programme_queries.sites()}
    for code in SITES:
        spec = staged(shipped_site(code), at)
        if code not in there:
            programme.found_site(actor=actor, spec=spec, at=began, invented=True)
        for partner in spec.partners:
            if not partner.hosts:
                _agree(actor, code, partner.code, PartnerKind(partner.kind), at)


def staged(spec: SiteSpec, at: datetime) -> SiteSpec:
    """Return a site's description with its areas going live in the order of the invented programme."""
    start = anchor_of(at).date()
    live = {district.name: start + timedelta(days=district.live_day) for district in SITES[spec.code].districts}
    last = max(live.values())
    areas = tuple(replace(area, live_on=live.get(area.name, last)) for area in spec.catchments)
    return replace(spec, live_on=min(live.values()), catchments=areas)


def _agree(actor: Actor, site: str, partner: str, kind: PartnerKind, at: datetime) -> None:
    opened = TEAM_COMPARTMENTS | ({Compartment.VICTIM_CONTACT} if kind is PartnerKind.ADVOCACY else set())
    began = began_at(at)
    ends_on = at.date() + timedelta(days=400)
    access.sign_agreement(
        actor=actor,
        site=site,
        partner=partner,
        compartments=opened,
        starts_on=began.date(),
        ends_on=ends_on,
        review_on=ends_on - timedelta(days=90),
        at=began,
    )


def hire(posts: Sequence[Post], *, at: datetime) -> Iterator[Post]:
    """Register everybody with a role and an account, yielding each once it is done."""
    began = began_at(at)
    actor, password = access.first_administrator(at=began), Hashed(make_password(PASSWORD))
    for post in posts:
        staff = access.register_staff(
            actor=actor,
            name=post.name,
            partner=post.partner,
            partner_kind=post.partner_kind,
            cleared=post.partner_kind is PartnerKind.POLICE,
            trained_until=_trained_until(at),
            vouched_at=began - VOUCHED_BEFORE,
            at=began,
        )
        access.give_role(actor=actor, staff=staff, role=post.role, site=post.site, at=began)
        if post.email in leads() and post.role is not Role.AGENCY_LEAD:
            access.give_role(actor=actor, staff=staff, role=Role.AGENCY_LEAD, site="", at=began)
        account = access.give_account(
            actor=actor, staff=staff, email=post.email, password=password, at=began, vouched_at=began - VOUCHED_BEFORE
        )
        access.give_second_factor(actor=actor, account=account, secret=secret_of(post.email), at=began)
        yield post


def _trained_until(at: datetime) -> date:
    return at.date() + timedelta(days=300)


def secret_of(email: str) -> str:
    """Return the authenticator's secret of an invented account: its own, and another in every installation."""
    return base64.b32encode(audit.keyring().derived(f"demo/{email}", 1)[:20]).decode()


def units(posts: Sequence[Post], *, at: datetime) -> dict[str, Unit]:
    """Return the three units as they were hired, with everybody's identifier."""
    found: dict[str, dict[Role, list[UUID]]] = defaultdict(lambda: defaultdict(list))
    for post in posts:
        if post.site:
            found[post.site][post.role].append(acting(post.email, at).staff)
    return {
        site: Unit(site, {role: tuple(people) for role, people in by_role.items()}) for site, by_role in found.items()
    }
