"""The world as a whole: founded, staffed, worked, walled, and told as one JSON value."""

import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from fourfold.access import services as access
from fourfold.access.terms import Compartment, RelationKind
from fourfold.base import seeded
from fourfold.cases import services as cases
from fourfold.demo.scenario import casework, later, protection
from fourfold.demo.scenario.canaries import Canaries, Marker
from fourfold.demo.scenario.casework import Plan, Work
from fourfold.demo.scenario.people import PERSONAS, SITES, People, crew, found_sites
from fourfold.linkage import services as linkage
from fourfold.panel import queries as panel_queries
from fourfold.panel import services as panel
from fourfold.people import services as people
from fourfold.people.terms import Part
from fourfold.programme import queries as programme

R = RelationKind
NAME = "two-sites"
AGE = timedelta(days=40)
WORKED = timedelta(days=12)
LATELY = timedelta(minutes=30)


def _team(officer: str, advocate: str, outreach: str, **clinician: str) -> dict[RelationKind, str]:
    return {R.OIC: officer, R.ADVOCATE: advocate, R.OUTREACH: outreach} | {
        RelationKind(kind): key for kind, key in clinician.items()
    }


_NORTH, _SOUTH = ("northmoor-outreach", "southmere-outreach")
#: P1, P5 and P7 work on case 1; P3 is the subject of case 2; P8 knows the victim of case 3; P5 treats the victim of 4.
CASES = (
    Plan(1, "northmoor", _team("P1", "P7", _NORTH, clinician_of_subject="P5") | {R.ADVOCATE_MANAGER: "P9"}),
    Plan(2, "northmoor", _team("P1", "P7", _NORTH, clinician_of_subject="northmoor-clinician")),
    Plan(3, "northmoor", _team("northmoor-officer", "P7", _NORTH, clinician_of_subject="northmoor-clinician")),
    Plan(4, "northmoor", _team("P1", "northmoor-advocate", _NORTH, clinician_of_victim="P5")),
    Plan(5, "southmere", _team("P10", "southmere-advocate", _SOUTH, clinician_of_subject="P6")),
    Plan(6, "southmere", _team("southmere-officer", "southmere-advocate", _SOUTH, clinician_of_victim="P6")),
)


class CannotSeed(ValueError):
    """The world cannot be built here; the message says why and what to do."""


@dataclass
class World:
    """What was made: everybody, every case with the identifiers of its parts, and where each canary sits."""

    seed: int
    at: datetime
    people: People = field(default_factory=People)
    canaries: Canaries = field(default_factory=Canaries)
    cases: dict[int, Work] = field(default_factory=dict)
    sittings: dict[str, UUID] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return everything that somebody outside needs to try the product, as plain values."""
        return {
            "name": NAME,
            "seed": self.seed,
            "at": self.at.isoformat(),
            "agencies": [asdict(part) for site in SITES for part in programme.site(site).partners],
            "personas": [self._persona(number) for number in range(len(PERSONAS))],
            "cases": [self._case(work) for work in self.cases.values()],
            "sittings": {site: str(pk) for site, pk in self.sittings.items()},
            "canaries": {word: asdict(canary) for word, canary in self.canaries.given.items()},
        }

    def _persona(self, number: int) -> dict[str, Any]:
        post = PERSONAS[number]
        return {
            "persona": post.key,
            "what": post.what,
            "staff": str(self.people.ids[post.key]),
            "partner": post.partner,
            "role": post.role,
            "site": post.site,
            **asdict(self.people.logins[post.key]),
        }

    def _case(self, work: Work) -> dict[str, Any]:
        return {
            "case": work.plan.number,
            "id": str(work.case.pk),
            "reference": work.case.reference,
            "site": work.plan.site,
            "team": {str(kind): key for kind, key in work.plan.team.items()},
            "parts": {kind: [str(pk) for pk in found] for kind, found in work.made.items()},
        }


def seed_two_sites(*, seed: int, at: datetime, without: Iterable[int] = ()) -> World:
    """Build the world as it stands at `at`, in one transaction; `without` leaves cases out, and changes nothing else.

    The same seed gives the same identifiers, in each case apart from the others. Raises CannotSeed where the world,
    or another one with these sites, is there already.
    """
    if {card.code for card in programme.sites()} & set(SITES):
        raise CannotSeed("There is a site called northmoor or southmere already. Begin with an empty database.")
    world, left_out = World(seed, at), frozenset(without)
    with transaction.atomic():
        _found(world)
        for plan in CASES:
            if plan.number not in left_out:
                with seeded(_seed_of(world, plan.number)):
                    world.cases[plan.number] = _open(world, plan)
        for site in SITES:
            _sit(world, site)
        for number, work in world.cases.items():
            with seeded(_seed_of(world, 200 + number)):
                _work(work)
        _keep_apart(world)
        _refuse_to_join(world)
        for number, work in world.cases.items():
            with seeded(_seed_of(world, 400 + number)):
                work.now = world.at - LATELY
                protection.ask_for_address(work)
    return world


def _seed_of(world: World, part: int) -> int:
    return world.seed * 1000 + part


def _found(world: World) -> None:
    began = world.at - AGE
    with seeded(_seed_of(world, 0)):
        found_sites(at=began)
        for number, post in enumerate((*PERSONAS, *crew())):
            world.people.hire(post, dice=random.Random(_seed_of(world, 500 + number)), at=began)  # noqa: S311


def _open(world: World, plan: Plan) -> Work:
    begins = world.at - WORKED + timedelta(hours=2 * plan.number)
    work = Work(plan, world.people, Marker(world.canaries, plan.number), begins)
    casework.tell_and_open(work)
    casework.assess(work)
    return work


def _sit(world: World, site: str) -> None:
    """Bring every case of a site before one sitting, the sitting itself the same whichever cases there are."""
    works = [work for work in world.cases.values() if work.plan.site == site]
    if not works:
        return
    at = world.at - WORKED + timedelta(days=1)
    coordinator = world.people.at(f"{site}-coordinator", at)
    with seeded(_seed_of(world, 100 + SITES.index(site))):
        sitting = panel.convene(
            actor=coordinator,
            site=site,
            starts_at=datetime.combine(at.date() + timedelta(days=1), time(14), tzinfo=at.tzinfo),
            chair=world.people.ids[f"{site}-chair"],
            cases=[works[0].case],
            at=at,
        )
    world.sittings[site] = sitting.pk
    page = panel_queries.sitting(actor=coordinator, sitting_id=sitting.pk, at=at)
    items = {works[0].plan.number: panel_queries.item_to_decide(actor=coordinator, item_id=page.items[0].id, at=at)}
    for work in works[1:]:
        with seeded(_seed_of(world, 110 + work.plan.number)):
            why = work.say.core("item.why", "Before the panel because:")
            items[work.plan.number] = panel.add_item(actor=coordinator, sitting=sitting, case=work.case, why=why, at=at)
    for work in works:
        work.now = at + timedelta(hours=2 * work.plan.number)
        with seeded(_seed_of(world, 120 + work.plan.number)):
            casework.decide(work, items[work.plan.number])


def _work(work: Work) -> None:
    casework.act(work)
    protection.bind(work)
    protection.break_it(work)
    protection.support_victim(work)
    casework.review(work)
    later.go_on(work)


def _refuse_to_join(world: World) -> None:
    """Let the desk ask whether the victims of cases 1 and 4 are one person, and a colleague say no."""
    if not {1, 4} <= world.cases.keys():
        return
    at = world.at - timedelta(days=5)
    one, other = sorted((world.cases[1], world.cases[4]), key=lambda work: work.case.victim_id)
    both = {"one": one.case.victim, "other": other.case.victim}
    reason = one.say(Compartment.SUBJECT_IDENTITY, "join_asked.reason", "The same first name:")
    because = one.say(Compartment.SUBJECT_IDENTITY, "join_asked.because", "Two neighbours:")
    with seeded(_seed_of(world, 304)):
        people.ask_to_join(actor=world.people.at("northmoor-analyst", at), reason=reason, at=at, **both)
        officer = world.people.at("northmoor-officer", at)
        pair = {"one": one.case.victim_id, "other": other.case.victim_id}
        linkage.keep_apart(actor=officer, part=Part.VICTIM, reason=because, at=at, **pair)


def _keep_apart(world: World) -> None:
    """Let the subject's own case be walled off and P8 declare what they know; P4 is named in case 2."""
    at = world.at - timedelta(days=5)
    if (second := world.cases.get(2)) is not None:
        auditor, officer = world.people.at("P12", at), world.people.ids["P3"]
        with seeded(_seed_of(world, 302)):
            cases.wall_off(actor=auditor, case=second.case, staff=officer, reason="The officer is a party.", at=at)
            for key, kind in (("P3", R.PARTY), ("P4", R.PSD_NAMED)):
                staff, opened = world.people.ids[key], second.case.opened_at
                access.relate(actor=auditor, file=second.case.pk, staff=staff, kind=kind, at=at, opened_at=opened)
    if (third := world.cases.get(3)) is not None:
        with seeded(_seed_of(world, 303)):
            cases.declare_conflict(actor=world.people.at("P8", at), case=third.case, at=at)
