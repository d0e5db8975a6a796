"""The woman of 125 reports: five years, six classes and no crime, two spellings, two systems; joined by nobody.

The classic failure, planted so that somebody at the desk can find the victim in one search. Everybody is invented; the
number is of the range that Ofcom keeps for drama, and no other invented person has the name.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from fourfold.cases.terms import Outcome, PastTriage
from fourfold.demo.courses import SEED
from fourfold.intake.terms import Channel, PastAllegation, PersonAsTold, RecordingClass, Told

SITE = "cheshire"
REPORTS = 125
FIVE_YEARS = 5 * 365
HER_NAME, HER_OTHER_NAME = "Rosamund Thackerby", "Rosamond Thackaby"
HER_BIRTH = date(1984, 9, 21)
HIS_NAME = "Desmond Harkley"
SOURCE = "invented"
R = RecordingClass

ACTS: tuple[tuple[RecordingClass, str], ...] = (
    (R.NO_CRIME, "Caller says that flowers were left on her step again, no card. Advised to keep a note."),
    (R.MALICIOUS_COMMUNICATIONS, "Forty messages since midnight from a number she does not know."),
    (R.MALICIOUS_COMMUNICATIONS, "He rang eleven times and hung up when her colleague answered."),
    (R.CRIMINAL_DAMAGE, "Two tyres slashed in the drive overnight. No witness."),
    (R.HARASSMENT, "Her former partner was sitting in his car outside the house until the lights went out."),
    (R.THEFT, "Parcel and post taken from the porch. Nobody seen."),
    (R.MALICIOUS_COMMUNICATIONS, "A fake profile in her name with her telephone number."),
    (R.NO_CRIME, "She came home and found the gate open and a photograph of herself on the mat."),
    (R.HARASSMENT, "He followed her from the station to the school. She crossed twice and he crossed too."),
    (R.CRIMINAL_DAMAGE, "Paint thrown over the front door."),
    (R.ASSAULT, "He grabbed her arm at the bus stop and asked who she had been with."),
    (R.NO_CRIME, "A neighbour saw a man watching the back windows from the lane."),
    (R.OTHER_CRIME, "A tracker was found under the wheel arch when the car was serviced."),
)
CLOSED = (
    "one message, no threat in it",
    "no witness and no line of enquiry",
    "advice given, to ring again if it happens again",
    "damage recorded, no suspect",
)
RELATIONSHIP = "former partner"


@dataclass(frozen=True)
class Unjoined:
    """The reports as they came, and how each left the desk by itself."""

    reports: tuple[PastAllegation, ...]
    triages: tuple[PastTriage, ...]


def unjoined(at: datetime) -> Unjoined:
    """Return the reports up to a fortnight before `at`, closer together from year to year, each closed by itself."""
    dice = random.Random(SEED + 2)  # noqa: S311 -- repeatable on purpose
    reports = tuple(_report(dice, number, told_at) for number, told_at in enumerate(_days(dice, at)))
    triages = tuple(
        PastTriage(
            past.id,
            Outcome.ADVICE_ONLY,
            dice.choice(CLOSED),
            past.received_at + timedelta(hours=dice.randint(1, 40)),
            source=SOURCE,
        )
        for past in reports
    )
    return Unjoined(reports, triages)


def _days(dice: random.Random, at: datetime) -> Iterator[datetime]:
    """Yield when the victim rang: seldom in the first year, twice a week in the last."""
    last = datetime.combine(at.astimezone(UTC).date() - timedelta(days=14), time(), tzinfo=UTC)
    for number in range(REPORTS):
        share = 1 - ((number + dice.random()) / REPORTS) ** 0.55
        yield last - timedelta(days=int(share * FIVE_YEARS)) + timedelta(minutes=dice.randint(420, 1_380))


def _report(dice: random.Random, number: int, told_at: datetime) -> PastAllegation:
    recorded, words = ACTS[number % len(ACTS)] if number < len(ACTS) else dice.choice(ACTS)
    calls = recorded is R.NO_CRIME
    named = dice.random() < 0.35
    told = Told(
        site=SITE,
        channel=Channel.FEED,
        told_at=told_at,
        words=words,
        reference=f"{'LOG' if calls else 'CH-U'}-{number + 1:04d}",
        system=f"{SITE}-{'calls' if calls else 'crimes'}",
        occurred_from=told_at - timedelta(minutes=dice.randint(10, 700)),
        recorded_class=recorded,
        former_partner=True if named and dice.random() < 0.5 else None,
        victim=_her(dice, number),
        subject=PersonAsTold(name=HIS_NAME, relationship=RELATIONSHIP) if named else PersonAsTold(name="unknown male"),
    )
    return PastAllegation(UUID(int=dice.getrandbits(128), version=4), told, told_at + timedelta(minutes=5))


def _her(dice: random.Random, number: int) -> PersonAsTold:
    """Return the victim as this report names them: one in four under the other spelling; never all that is known."""
    other = number % 4 == 3
    phone = "07700 900913" if dice.random() < 0.8 else ""
    born = f"{HER_BIRTH:%d/%m/%Y}" if not other or not phone else ""
    return PersonAsTold(name=HER_OTHER_NAME if other else HER_NAME, sex="F", birth=born, phone=phone)
