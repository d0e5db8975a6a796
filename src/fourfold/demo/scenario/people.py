"""The two sites and everybody in them: the thirteen personas of the test contract, and the crew that they need."""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import PROFESSIONS, TEAM_COMPARTMENTS, Compartment, PartnerKind, Role
from fourfold.audit.terms import Actor
from fourfold.demo.founding import VOUCHED_BEFORE
from fourfold.programme import services as programme
from fourfold.programme.terms import Area, ModelOfWorking, PartnerPart, SiteSpec, UnitModel

SITES = ("northmoor", "southmere")
AGENCIES = (PartnerKind.POLICE, PartnerKind.NHS, PartnerKind.ADVOCACY, PartnerKind.OUTREACH)
HOURS = {"very_high": 72, "high": 168, "medium": 720, "low": 1440}
TRAINED_DAYS = 365


@dataclass(frozen=True)
class Post:
    """Somebody to be hired: who it is, in which agency, in which role, in whose unit ("" for no unit)."""

    key: str
    what: str
    partner: str
    kind: PartnerKind
    role: Role
    site: str


def _post(key: str, what: str, agency: str, role: Role, site: str | None = None) -> Post:
    where, _, kind = agency.partition("-")
    return Post(key, what, agency, PartnerKind(kind or where), role, where if site is None else site)


OFFICER, ADVOCATE, CLINICIAN = Role.POLICE_OFFICER, Role.VICTIM_ADVOCATE, Role.MENTAL_HEALTH_PROFESSIONAL

#: P1 to P13, as the test contract lists them. There is no way to break glass, so P10 is a duty officer elsewhere.
PERSONAS = (
    _post("P1", "police officer in the case", "northmoor-police", OFFICER),
    _post("P2", "unrelated officer of the same station", "northmoor-police", OFFICER, ""),
    _post("P3", "officer who is the subject of case 2", "northmoor-police", OFFICER),
    _post("P4", "professional standards investigator", "northmoor-police", OFFICER, ""),
    _post("P5", "NHS clinician on the case", "northmoor-nhs", CLINICIAN),
    _post("P6", "NHS clinician not on the case", "southmere-nhs", CLINICIAN),
    _post("P7", "advocate of this victim", "northmoor-advocacy", ADVOCATE),
    _post("P8", "advocate who knows the victim of case 3", "northmoor-advocacy", ADVOCATE),
    _post("P9", "charity manager", "northmoor-advocacy", ADVOCATE),
    _post("P10", "duty officer", "southmere-police", OFFICER),
    _post("P11", "system administrator", "programme", Role.SYSTEM_ADMINISTRATOR, ""),
    _post("P12", "auditor and Caldicott guardian", "northmoor-nhs", Role.GOVERNANCE_LEAD),
    _post("P13", "import robot", "northmoor-police", Role.POLICE_ANALYST),
)


def crew() -> Iterator[Post]:
    """Yield who else is needed to work the cases; nobody signs in as one of them."""
    for site in SITES:
        yield _post(f"{site}-analyst", "analyst", f"{site}-police", Role.POLICE_ANALYST)
        yield _post(f"{site}-officer", "officer", f"{site}-police", OFFICER)
        yield _post(f"{site}-coordinator", "coordinator", f"{site}-police", Role.UNIT_COORDINATOR)
        yield _post(f"{site}-chair", "chair", f"{site}-police", Role.PANEL_CHAIR)
        yield _post(f"{site}-outreach", "outreach worker", f"{site}-outreach", Role.OUTREACH_WORKER)
        yield _post(f"{site}-advocate", "advocate", f"{site}-advocacy", ADVOCATE)
        yield _post(f"{site}-clinician", "clinician", f"{site}-nhs", CLINICIAN)
        for kind in AGENCIES:
            yield _post(f"{site}-{kind}-lead", "agency lead", f"{site}-{kind}", Role.AGENCY_LEAD, "")


@dataclass(frozen=True)
class Login:
    """How one persona signs in."""

    email: str
    password: str
    totp_secret: str


@dataclass
class People:
    """Everybody who was hired, by key; `at(key, moment)` is that person acting, properly signed in."""

    ids: dict[str, UUID] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    _staff: dict[str, Any] = field(default_factory=dict)

    def at(self, key: str, moment: datetime) -> Actor:
        """Return who acts at a moment, with a second factor and for casework."""
        return access_queries.actor_of(
            self._staff[key], at=moment, session="scenario", strength="password+totp", purpose="casework"
        )

    def lead_of(self, key: str, moment: datetime) -> Actor:
        """Return who answers for the people of the agency that somebody works for, as who acts."""
        return self.at(f"{self._staff[key].partner}-lead", moment)

    def hire(self, post: Post, *, dice: random.Random, at: datetime) -> None:
        """Register one person with a role; a persona gets an account with a second factor."""
        actor = access.first_administrator(at=at)
        staff = access.register_staff(
            actor=actor,
            name=post.key if post in PERSONAS else f"{post.what.title()} of {post.site.title()}",
            partner=post.partner,
            partner_kind=post.kind,
            cleared=post.kind is PartnerKind.POLICE,
            robot=post.key == "P13",
            trained_until=at.date() + timedelta(days=TRAINED_DAYS),
            vouched_at=at - VOUCHED_BEFORE,
            at=at,
        )
        access.give_role(actor=actor, staff=staff, role=post.role, site=post.site, at=at)
        self._staff[post.key], self.ids[post.key] = staff, staff.pk
        if post in PERSONAS:
            self.logins[post.key] = login = _login(post, dice)
            account = access.give_account(
                actor=actor,
                staff=staff,
                email=login.email,
                password=login.password,
                at=at,
                vouched_at=at - VOUCHED_BEFORE,
            )
            access.give_second_factor(actor=actor, account=account, secret=login.totp_secret, at=at)


def _login(post: Post, dice: random.Random) -> Login:
    secret = base64.b32encode(dice.randbytes(20)).decode()
    return Login(f"{post.key.lower()}@scenario.invalid", f"invented-{dice.getrandbits(48):012x}", secret)


def found_sites(*, at: datetime) -> None:
    """Found both sites with their agencies, and sign the agreements between them."""
    actor = access.first_administrator(at=at)
    for number, site in enumerate(SITES, start=1):
        spec = _spec(site, number, at)
        programme.found_site(actor=actor, spec=spec, at=at, invented=True)
        for partner in spec.partners[1:]:
            _agree(actor, site, partner, at)


def _spec(site: str, number: int, at: datetime) -> SiteSpec:
    return SiteSpec(
        code=site,
        name=site.title(),
        force_code=f"X{number:08d}",
        live_on=at.date(),
        partners=tuple(
            PartnerPart(f"{site}-{kind}", f"{site} {kind}".title(), kind, hosts=kind is PartnerKind.POLICE)
            for kind in AGENCIES
        ),
        catchments=(Area(f"X{number:08d}", site.title(), at.date()),),
        working=ModelOfWorking(model=UnitModel.PANEL, quorum=tuple(PROFESSIONS.values()), review_hours=HOURS),
    )


def _agree(actor: Actor, site: str, partner: PartnerPart, at: datetime) -> None:
    ends_on = at.date() + timedelta(days=730)
    access.sign_agreement(
        actor=actor,
        site=site,
        partner=partner.code,
        compartments=TEAM_COMPARTMENTS
        | ({Compartment.VICTIM_CONTACT} if partner.kind == PartnerKind.ADVOCACY else frozenset()),
        starts_on=at.date(),
        ends_on=ends_on,
        review_on=ends_on - timedelta(days=90),
        at=at,
    )
