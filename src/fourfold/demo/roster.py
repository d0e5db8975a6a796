"""Who works in the invented programme: some forty people over all eleven roles, at three sites and in the programme."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from fourfold.access.terms import PartnerKind, Role
from fourfold.demo.invented import Inventor
from fourfold.programme.acting import acting_as

PROGRAMME = "programme"
PASSWORD = "harbour-lantern-thistle-42"  # noqa: S105 -- of invented people, printed on the screen on purpose
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

#: Each role: the word in its e-mail addresses, the ending of its partner's code, the kind of that partner, and how
#: many work in Cheshire, London and Hampshire.
_UNIT: tuple[tuple[Role, str, str, PartnerKind, tuple[int, int, int]], ...] = (
    (Role.POLICE_ANALYST, "analyst", "police", PartnerKind.POLICE, (2, 2, 1)),
    (Role.POLICE_OFFICER, "officer", "police", PartnerKind.POLICE, (3, 3, 2)),
    (Role.UNIT_COORDINATOR, "coordinator", "police", PartnerKind.POLICE, (1, 1, 1)),
    (Role.MENTAL_HEALTH_PROFESSIONAL, "clinician", "nhs", PartnerKind.NHS, (2, 2, 2)),
    (Role.OUTREACH_WORKER, "outreach", "outreach", PartnerKind.OUTREACH, (1, 1, 1)),
    (Role.VICTIM_ADVOCATE, "advocate", "advocacy", PartnerKind.ADVOCACY, (3, 2, 2)),
    (Role.PANEL_CHAIR, "chair", "police", PartnerKind.POLICE, (1, 1, 1)),
    (Role.GOVERNANCE_LEAD, "governance", "nhs", PartnerKind.NHS, (1, 1, 1)),
)
_SITES = ("cheshire", "london", "hampshire")
_CENTRE: tuple[tuple[Role, str], ...] = (
    (Role.EVALUATOR, "evaluator"),
    (Role.PROGRAMME_LEAD, "lead"),
    (Role.SYSTEM_ADMINISTRATOR, "administrator"),
)

#: What to look at first, by role.
FIRST = {
    Role.POLICE_ANALYST: "Desk: the allegation that came in today, and whom it may concern",
    Role.POLICE_OFFICER: "Home: a breach waits for your decision",
    Role.UNIT_COORDINATOR: "Home: reviews that are overdue; then the panel's next sitting",
    Role.MENTAL_HEALTH_PROFESSIONAL: "Panel: give your view before you see the others'",
    Role.OUTREACH_WORKER: "Panel: give your view; then your actions on Home",
    Role.VICTIM_ADVOCATE: "Victim support: how a victim may be reached, and when",
    Role.PANEL_CHAIR: "Panel: who has still to be heard, and one decision already recorded",
    Role.GOVERNANCE_LEAD: "Audit: who saw what, and who was turned away",
    Role.EVALUATOR: "Evaluation: the planted effect inside its interval",
    Role.PROGRAMME_LEAD: "Roll-out: what a new area should expect",
    Role.AGENCY_LEAD: "Home: the parts and accounts that wait for your agency’s word",
    Role.SYSTEM_ADMINISTRATOR: "Home: accounts and settings; no case opens to you",
}


@dataclass(frozen=True)
class Post:
    """One member of staff before anybody is hired: who, for which partner, in which role, where."""

    email: str
    name: str
    partner: str
    partner_kind: PartnerKind
    role: Role
    site: str


def posts(inventor: Inventor) -> tuple[Post, ...]:
    """Return everybody who is to be hired; the first of each role in Cheshire, and the centre, have short addresses."""
    return (*_unit_posts(inventor), *_centre_posts(inventor), *_lead_posts())


def _unit_posts(inventor: Inventor) -> Iterator[Post]:
    for site_number, site in enumerate(_SITES):
        for role, word, partner, kind, counts in _UNIT:
            for number in range(1, counts[site_number] + 1):
                name = inventor.name(inventor.dice.choice("FM"))
                yield Post(_address(word, site, number), name, f"{site}-{partner}", kind, role, site)
    yield Post(
        _address("governance", "cheshire", 2),
        inventor.name("M"),
        "cheshire-police",
        PartnerKind.POLICE,
        Role.GOVERNANCE_LEAD,
        "cheshire",
    )


def _address(word: str, site: str, number: int) -> str:
    local = word + (f"-{number}" if number > 1 else "") + ("" if site == _SITES[0] else f".{site}")
    return f"{local}@demo.invalid"


def _centre_posts(inventor: Inventor) -> Iterator[Post]:
    for role, word in _CENTRE:
        name = inventor.name(inventor.dice.choice("FM"))
        yield Post(f"{word}@demo.invalid", name, PROGRAMME, PartnerKind.PROGRAMME, role, "")


#: Who leads each agency for its accounts: by the ending of the partner's code, the role held besides, and which of them.
LEADS = {
    "police": (Role.PANEL_CHAIR, 1),
    "nhs": (Role.GOVERNANCE_LEAD, 1),
    "advocacy": (Role.VICTIM_ADVOCATE, 2),
    "outreach": (Role.AGENCY_LEAD, 1),
}


def _lead_posts() -> Iterator[Post]:
    """Yield the leads who hold no other role; their names come from dice of their own, so that nobody else's change."""
    inventor = Inventor(len(_SITES))
    for site in _SITES:
        name = inventor.name(inventor.dice.choice("FM"))
        address = _address("outreach-lead", site, 1)
        yield Post(address, name, f"{site}-outreach", PartnerKind.OUTREACH, Role.AGENCY_LEAD, "")


def leads() -> frozenset[str]:
    """Return the addresses of those who lead an agency besides another role, and of the programme's lead."""
    besides = {address_of(role, site, number) for role, number in LEADS.values() for site in _SITES}
    return frozenset(besides | {address_of(Role.PROGRAMME_LEAD)})


def lead_of(partner: str) -> str:
    """Return the address of who leads an agency, by its code."""
    site, _, ending = partner.rpartition("-")
    role, number = LEADS[ending]
    return address_of(role, site, number)


def address_of(role: Role, site: str = _SITES[0], number: int = 1) -> str:
    """Return the e-mail address of one who holds a role at a site, or in the programme."""
    centre = dict(_CENTRE)
    if role in centre:
        return f"{centre[role]}@demo.invalid"
    if role is Role.AGENCY_LEAD:
        return _address("outreach-lead", site, number)
    return _address(next(word for each, word, *_ in _UNIT if each is role), site, number)


@dataclass(frozen=True)
class Unit:
    """A site's unit once it is hired: the people of each role by identifier."""

    site: str
    people: Mapping[Role, tuple[UUID, ...]]

    def first(self, role: Role) -> UUID:
        return self.people[role][0]


@dataclass(frozen=True)
class SignIn:
    """How to sign in as somebody invented, and what to look at first."""

    profession: str
    email: str
    password: str
    first: str


def is_loaded() -> bool:
    """Return whether the invented programme is there: since it loads whole or not at all, one account tells."""
    return acting_as(address_of(Role.SYSTEM_ADMINISTRATOR), at=LONG_AGO) is not None


def sign_ins() -> list[SignIn]:
    """Return one sign-in for each profession, all of them in Cheshire or in the programme."""
    return [SignIn(role.label, address_of(role), PASSWORD, first) for role, first in FIRST.items()]
