"""Loading the invented programme: founded, staffed, filled with two years of work, evaluated; whole or not at all.

Everything happens in one transaction. A load that is killed leaves nothing behind, and can simply be run again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from time import time as seconds_now

from allauth.mfa.totp.internal import auth as totp
from django.db import transaction
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fourfold import journey
from fourfold.access.terms import RelationKind, Role
from fourfold.assessment import services as assessment
from fourfold.base import seeded
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.demo import casework, contacts, founding, histories, leading, learning, unjoined
from fourfold.demo.confirming import confirm_what_was_told
from fourfold.demo.courses import SEED, SITES, courses
from fourfold.demo.founding import Company
from fourfold.demo.histories import Chronicle, Teller
from fourfold.demo.invented import Inventor
from fourfold.demo.roster import LONG_AGO, Post, is_loaded, posts
from fourfold.gateways.bulk import refresh_statistics
from fourfold.intake import services as intake
from fourfold.linkage import services as linkage
from fourfold.panel import services as panel
from fourfold.people import services as people
from fourfold.people.terms import Channel, SafeContactRule
from fourfold.plan import services as plan
from fourfold.support import services as support

SEED_OF_ROWS = SEED + 1
"""Another seed than the histories' own: from the same one, rows would be given identifiers that are taken."""

Say = Callable[[str], None]


def code(email: str) -> str:
    """Return the present six-digit code of an invented account; raises LookupError for any other."""
    founding.acting(email, LONG_AGO)
    counter = int(seconds_now()) // totp.app_settings.TOTP_PERIOD
    return str(totp.format_hotp_value(totp.hotp_value(founding.secret_of(email), counter)))


def load(*, at: datetime, console: Console | None = None, size: float = 1.0) -> None:
    """Load the invented programme as it stands at `at`; `size` 1.0 makes 600 cases, a smaller one fewer.

    Does nothing where it is loaded. Shows each step on `console`.
    """
    if is_loaded():
        return
    with _shown(console) as say, transaction.atomic(), seeded(SEED_OF_ROWS):
        world = _begin(at, size, say)
        for words, step in STEPS:
            say(words)
            step(world)


@contextmanager
def _shown(console: Console | None) -> Iterator[Say]:
    """Show how far the loading is, a step at a time."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=console is None, transient=True) as progress:
        task = progress.add_task("Inventing a programme", total=len(STEPS) + 2)

        def say(words: str) -> None:
            progress.update(task, description=f"{words}…", advance=1)
            progress.refresh()

        yield say


@dataclass(frozen=True)
class World:
    """What is to be brought in: the chronicles told so far, by whom, at which moment."""

    at: datetime
    teller: Teller
    told: tuple[Chronicle, ...]

    def of_site(self, site: str) -> tuple[Chronicle, ...]:
        return tuple(chronicle for chronicle in self.told if chronicle.site == site)

    def by_site(self) -> Iterator[tuple[Company, tuple[Chronicle, ...]]]:
        for site in SITES:
            yield Company(site), self.of_site(site)


def _begin(at: datetime, size: float, say: Say) -> World:
    """Found the sites, hire everybody, and tell what happened."""
    inventor = Inventor(SEED)
    staff: Sequence[Post] = posts(inventor)
    say("Founding three sites")
    founding.found_sites(at=at)
    say(f"Hiring {len(staff)} people")
    list(founding.hire(staff, at=at))
    teller = Teller(inventor, founding.units(staff, at=at), histories.anchor_of(at))
    return World(at, teller, histories.chronicles(teller, courses(size=size)))


# ---- the steps -----------------------------------------------------------------------------------------------------


def _people(world: World) -> None:
    for company, told in world.by_site():
        actor = company.of(Role.POLICE_ANALYST, world.at)
        people.take_over(actor=actor, rows=histories.people(world.teller, told), at=world.at)


def _allegations(world: World) -> None:
    for company, told in world.by_site():
        actor = company.of(Role.POLICE_ANALYST, world.at)
        intake.take_over(actor=actor, rows=histories.allegations(world.teller, told), at=world.at)
        linkage.take_over(actor=actor, rows=histories.matches(world.teller, told), at=world.at)


def _desk(world: World) -> None:
    for company, told in world.by_site():
        actor = company.of(Role.POLICE_ANALYST, world.at)
        made, triages = histories.turned_away(world.teller, company.site, len(told) // 5)
        waiting = histories.waiting(world.teller, told, 6 if company.site == "cheshire" else 3)
        intake.take_over(actor=actor, rows=[*made, *waiting], at=world.at)
        cases.take_over_triages(actor=actor, rows=triages, at=world.at)


def _unjoined(world: World) -> None:
    """Bring in the woman of 125 reports, each of which was dealt with by itself."""
    company = Company(unjoined.SITE)
    actor, theirs = company.of(Role.POLICE_ANALYST, world.at), unjoined.unjoined(world.at)
    intake.take_over(actor=actor, rows=theirs.reports, at=world.at)
    cases.take_over_triages(actor=actor, rows=theirs.triages, at=world.at)


def _courses(world: World) -> None:
    """Make every report searchable, and look for courses of conduct that nobody joined."""
    actors = {site: Company(site).of(Role.POLICE_ANALYST, world.at) for site in SITES}
    for site, actor in actors.items():
        journey.reports_searchable(actor=actor, site=site, at=world.at)
    compared = cases.Compared()
    for site, actor in actors.items():
        journey.courses_looked_for(actor=actor, site=site, at=world.at, compared=compared)


def _cases(world: World) -> None:
    for company, told in world.by_site():
        actor = company.of(Role.POLICE_ANALYST, world.at)
        cases.take_over(actor=actor, rows=histories.cases(world.teller, told, world.at), at=world.at)


def _assessments(world: World) -> None:
    for company, told in world.by_site():
        actor = company.of(Role.POLICE_OFFICER, world.at)
        assessment.take_over(actor=actor, rows=casework.assessments(world.teller, told), at=world.at)


def _decisions(world: World) -> None:
    for company, told in world.by_site():
        actor = company.of(Role.UNIT_COORDINATOR, world.at)
        panel.take_over(actor=actor, rows=casework.decisions(world.teller, told), at=world.at)


def _plans(world: World) -> None:
    for company, told in world.by_site():
        coordinator = company.of(Role.UNIT_COORDINATOR, world.at)
        clinician = company.of(Role.MENTAL_HEALTH_PROFESSIONAL, world.at)
        plan.take_over(actor=coordinator, rows=casework.actions(world.teller, told), at=world.at)
        plan.take_over(actor=clinician, rows=casework.sessions(world.teller, told), at=world.at)
        plan.take_over(actor=coordinator, rows=casework.minutes(world.teller, told), at=world.at)


def _orders(world: World) -> None:
    for company, told in world.by_site():
        actor = company.of(Role.POLICE_OFFICER, world.at)
        journey.orders_taken_over(actor=actor, rows=casework.orders(world.teller, told), at=world.at)
        journey.orders_taken_over(actor=actor, rows=casework.custody(world.teller, told), at=world.at)


def _support(world: World) -> None:
    for company, told in world.by_site():
        for number, advocate in enumerate(world.teller.units[company.site].people[Role.VICTIM_ADVOCATE], start=1):
            theirs = [each for each in told if each.team.get(RelationKind.ADVOCATE) == advocate]
            actor = company.of(Role.VICTIM_ADVOCATE, world.at, number)
            support.take_over(actor=actor, rows=contacts.contacts(world.teller, theirs), at=world.at)
            support.take_over(actor=actor, rows=contacts.check_ins(world.teller, theirs), at=world.at)
            support.take_over(actor=actor, rows=contacts.consents(theirs), at=world.at)
            _agree_contacts(world, company, number, theirs[-12:])


def _agree_contacts(world: World, company: Company, number: int, theirs: Sequence[Chronicle]) -> None:
    """Agree with the latest victims of one advocate how they may be reached."""
    for chronicle in theirs:
        agreed_at = chronicle.opened_at
        advocate = company.of(Role.VICTIM_ADVOCATE, world.at, number)
        case = case_queries.case_of(actor=advocate, reference=chronicle.reference, at=world.at)
        rule = world.teller.dice.choice(SAFE_CONTACTS)
        support.agree_contact(actor=advocate, case=case, rule=rule, at=agreed_at)
        confirm_what_was_told(advocate, case, agreed_at)


SAFE_CONTACTS = (
    SafeContactRule((Channel.TEXT,), from_time=time(10), until_time=time(14)),
    SafeContactRule((Channel.CALL, Channel.TEXT), from_time=time(9), until_time=time(17), shared_device=False),
    SafeContactRule((Channel.CALL,), from_time=time(12), until_time=time(13, 30), leave_message=False),
    SafeContactRule((Channel.EMAIL, Channel.TEXT), shared_device=False, leave_message=True),
)


def _leading(world: World) -> None:
    leading.play(world.at, world.of_site(leading.HOME.site), world.teller.inventor)


STEPS: tuple[tuple[str, Callable[[World], None]], ...] = (
    ("Registering people", _people),
    ("Receiving allegations", _allegations),
    ("Working the desk", _desk),
    ("Letting 125 reports stand alone", _unjoined),
    ("Opening cases", _cases),
    ("Assessing", _assessments),
    ("Deciding", _decisions),
    ("Planning", _plans),
    ("Seeking orders", _orders),
    ("Supporting victims", _support),
    ("Counting what is there", lambda _: refresh_statistics()),
    ("Playing the leading cases", _leading),
    ("Looking for courses of conduct", _courses),
    ("Learning from it", lambda world: learning.learn(at=world.at)),
)
