"""The people in the tests: one of each profession who belongs to Northmoor, and Olu from another site, who gets 404.

`programme()` builds the smallest world in which they can work; every name is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Account, Agreement, Membership, Relation, Staff
from fourfold.access.terms import TEAM_COMPARTMENTS, Compartment, PartnerKind, Role, bits
from fourfold.audit import services as audit
from fourfold.audit.sealing import each_made_by_an_entry
from fourfold.audit.terms import Actor
from fourfold.programme.models import Partner, Site, SitePartner, Working
from tests.remembered import remembered

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=900)

PARTNERS = {
    "northmoor-police": PartnerKind.POLICE,
    "northmoor-nhs": PartnerKind.NHS,
    "northmoor-advocacy": PartnerKind.ADVOCACY,
    "northmoor-outreach": PartnerKind.OUTREACH,
    "southmere-police": PartnerKind.POLICE,
    "programme": PartnerKind.PROGRAMME,
}

MEMBERS = {
    "analyst": ("northmoor-police", Role.POLICE_ANALYST, "northmoor"),
    "officer": ("northmoor-police", Role.POLICE_OFFICER, "northmoor"),
    "second_officer": ("northmoor-police", Role.POLICE_OFFICER, "northmoor"),
    "coordinator": ("northmoor-police", Role.UNIT_COORDINATOR, "northmoor"),
    "clinician": ("northmoor-nhs", Role.MENTAL_HEALTH_PROFESSIONAL, "northmoor"),
    "outreach": ("northmoor-outreach", Role.OUTREACH_WORKER, "northmoor"),
    "advocate": ("northmoor-advocacy", Role.VICTIM_ADVOCATE, "northmoor"),
    "second_advocate": ("northmoor-advocacy", Role.VICTIM_ADVOCATE, "northmoor"),
    "chair": ("northmoor-police", Role.PANEL_CHAIR, "northmoor"),
    "governance": ("northmoor-nhs", Role.GOVERNANCE_LEAD, "northmoor"),
    "second_governance": ("northmoor-police", Role.GOVERNANCE_LEAD, "northmoor"),
    "evaluator": ("programme", Role.EVALUATOR, ""),
    "lead": ("programme", Role.PROGRAMME_LEAD, ""),
    "administrator": ("programme", Role.SYSTEM_ADMINISTRATOR, ""),
    "police_lead": ("northmoor-police", Role.AGENCY_LEAD, ""),
    "nhs_lead": ("northmoor-nhs", Role.AGENCY_LEAD, ""),
    "advocacy_lead": ("northmoor-advocacy", Role.AGENCY_LEAD, ""),
    "outreach_lead": ("northmoor-outreach", Role.AGENCY_LEAD, ""),
    "station_officer": ("northmoor-police", Role.POLICE_OFFICER, ""),
    "olu": ("southmere-police", Role.POLICE_OFFICER, "southmere"),
}

QUORUM = ["police", "mental health", "outreach", "advocacy"]


@dataclass
class Cast:
    """Everybody by what they are: `cast.officer`, `cast.advocate`, `cast.olu`; each an Actor, properly signed in."""

    at: datetime
    staff: dict[str, Staff] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        if name not in MEMBERS:
            raise AttributeError(name)
        return self.actor(name)

    def actor(self, name: str, *, at: datetime | None = None) -> Actor:
        """Return one of the cast as who acts now, with a second factor and for casework."""
        purpose = "casework" if name not in ("evaluator", "lead", "administrator") else "evaluation"
        return access_queries.actor_of(
            self.staff[name], at=at or self.at, session="test", strength="password+totp", purpose=purpose
        )


@remembered
def programme(at: datetime = NOW) -> Cast:
    """Build two sites, Northmoor and Southmere, with partners, agreements and staff."""
    Partner.objects.bulk_create(
        Partner(code=code, name=code.replace("-", " ").title(), kind=kind) for code, kind in PARTNERS.items()
    )
    sites = Site.objects.bulk_create(
        Site(code=code, name=code.title(), force_code="E23000006", live_on=LONG_AGO.date())
        for code in ("northmoor", "southmere")
    )
    Working.objects.bulk_create(Working(site=site, from_on=LONG_AGO.date(), settings=working()) for site in sites)
    SitePartner.objects.bulk_create(
        SitePartner(site=site, partner_id=partner, since_on=LONG_AGO.date(), hosts=kind == PartnerKind.POLICE)
        for site in sites
        for partner, kind in PARTNERS.items()
        if partner.startswith(site.code)
    )
    Agreement.objects.bulk_create(
        agreement(partner) for partner in ("northmoor-nhs", "northmoor-advocacy", "northmoor-outreach")
    )
    staff = Staff.objects.bulk_create(
        member(name.replace("_", " ").title(), partner) for name, (partner, _, _) in MEMBERS.items()
    )
    Membership.objects.bulk_create(
        Membership(staff=who, role=role, site=site, from_at=LONG_AGO)
        for who, (_, role, site) in zip(staff, MEMBERS.values(), strict=True)
    )
    return Cast(at, dict(zip(MEMBERS, staff, strict=True)))


def working(**changes: object) -> dict[str, object]:
    """Return a model of working as a site keeps it, with `changes`."""
    return {
        "model": "panel",
        "quorum": QUORUM,
        "review_hours": {"very_high": 72, "high": 168, "medium": 720, "low": 1440},
        **changes,
    }


def agree(partner: str, site: str = "northmoor", ends_on: date = date(2028, 12, 31)) -> Agreement:
    """Sign an agreement that opens the site's team compartments to a partner."""
    signed = agreement(partner, site, ends_on)
    signed.save()
    return signed


def agreement(partner: str, site: str = "northmoor", ends_on: date = date(2028, 12, 31)) -> Agreement:
    """Return an agreement that nobody has signed yet."""
    opened = TEAM_COMPARTMENTS | ({Compartment.VICTIM_CONTACT} if partner.endswith("advocacy") else set())
    return Agreement(
        site=site,
        partner=partner,
        purposes=["casework"],
        compartments=bits(opened),
        starts_on=LONG_AGO.date(),
        ends_on=ends_on,
        review_on=ends_on - timedelta(days=90),
    )


def hire(name: str, partner: str, role: Role, site: str) -> Staff:
    """Hire somebody into a partner, with one role at one site."""
    staff = member(name, partner)
    staff.save()
    Membership.objects.create(staff=staff, role=role, site=site, from_at=LONG_AGO)
    return staff


def member(name: str, partner: str) -> Staff:
    """Return somebody of a partner who is not hired yet."""
    kind = PARTNERS[partner]
    return Staff(
        name=name,
        partner=partner,
        partner_kind=kind,
        cleared=kind == PartnerKind.POLICE,
        trained_until=date(2040, 12, 31),
        vouched_at=LONG_AGO,
    )


def assign(**part: object) -> Relation:
    """Give somebody a part in a case, as a coordinator asks and the lead of that person's agency confirms."""
    from fourfold.cases import services as cases

    partner = Staff.objects.values_list("partner", flat=True).get(pk=part["staff"])
    lead = Staff.objects.filter(partner=partner, memberships__role=Role.AGENCY_LEAD).first()
    if lead is None:
        return cases.assign(**part)  # type: ignore[arg-type]
    second = access_queries.actor_of(lead, at=part["at"], session="test", strength="password+totp", purpose="casework")  # type: ignore[arg-type]
    return cases.assign(**part, confirmed_by=second)  # type: ignore[arg-type]


@remembered
def give_account(cast: Cast, name: str, password: str, secret: str) -> Account:
    """Give one of the cast an account with a password and a second factor; once."""
    email = f"{name.replace('_', '.')}@demo.invalid"
    found = Account.objects.filter(email=email).first()
    if found is not None:
        return found
    administrator = access.first_administrator(at=cast.at)
    account = access.give_account(
        actor=administrator, staff=cast.staff[name], email=email, password=password, at=cast.at, vouched_at=LONG_AGO
    )
    access.give_second_factor(actor=administrator, account=account, secret=secret, at=cast.at)
    return account


def vouched(cast: Cast) -> Cast:
    """Let an entry vouch for everybody and everything that stands in the tables that open doors, as a set-up does."""
    with audit.recorded(cast.administrator, "installation.set_up", at=cast.at) as entry:
        rows = [row for made in each_made_by_an_entry() for row in made]
        entry.seal(row for row in rows if isinstance(row.pk, UUID))
        entry.changes.made |= {(type(row), row.pk): row for row in rows if not isinstance(row.pk, UUID)}
    return cast
