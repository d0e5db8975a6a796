"""An invented force: people, households, twins, hostels, and crimes by whom against whom, with the truth kept aside.

Nothing here knows how Fourfold compares; what goes wrong goes wrong as forces say it does, in five kinds whose rates are
parameters. Forenames are common ones, family names are mostly made of syllables; nobody is anybody.
"""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from fourfold.linkage.terms import Traits
from fourfold.people.rules import key_of
from fourfold.people.terms import MarkKind

WOMEN = [
    "olivia",
    "amelia",
    "emily",
    "sophie",
    "jessica",
    "chloe",
    "sarah",
    "laura",
    "emma",
    "rebecca",
    "hannah",
    "charlotte",
    "lucy",
    "katie",
    "megan",
    "lauren",
    "anna",
    "jane",
    "jean",
    "marie",
    "maria",
    "mary",
    "alice",
    "ella",
    "ellen",
    "elena",
    "julia",
    "julie",
    "karen",
    "susan",
    "linda",
    "fatima",
    "aisha",
    "zainab",
    "priya",
    "anjali",
    "zofia",
    "agnieszka",
    "katarzyna",
    "oluchi",
    "chiamaka",
    "grace",
    "ruth",
    "naomi",
    "leah",
    "mia",
    "ivy",
    "isla",
    "freya",
    "poppy",
    "daisy",
    "rosie",
    "florence",
    "evelyn",
    "harriet",
    "amina",
    "khadija",
    "maryam",
    "sana",
    "nadia",
    "yasmin",
    "noor",
    "samira",
    "bethany",
    "danielle",
    "stacey",
    "kelly",
    "tracey",
    "donna",
    "sharon",
    "louise",
    "nicola",
    "claire",
    "helen",
    "joanne",
    "michelle",
    "lisa",
    "tina",
    "angela",
    "diane",
    "pauline",
    "maureen",
    "brenda",
    "sheila",
    "doreen",
    "gillian",
    "wendy",
    "valerie",
]
MEN = [
    "oliver",
    "george",
    "arthur",
    "noah",
    "muhammad",
    "leo",
    "harry",
    "oscar",
    "jack",
    "charlie",
    "james",
    "thomas",
    "william",
    "daniel",
    "matthew",
    "adam",
    "ryan",
    "connor",
    "callum",
    "liam",
    "nathan",
    "luke",
    "jake",
    "dean",
    "darren",
    "craig",
    "lee",
    "gary",
    "wayne",
    "kevin",
    "stephen",
    "paul",
    "mark",
    "andrew",
    "david",
    "john",
    "michael",
    "peter",
    "robert",
    "richard",
    "christopher",
    "anthony",
    "simon",
    "martin",
    "ian",
    "neil",
    "stuart",
    "graham",
    "keith",
    "barry",
    "trevor",
    "derek",
    "brian",
    "colin",
    "imran",
    "ahmed",
    "ali",
    "hassan",
    "hussain",
    "yusuf",
    "omar",
    "bilal",
    "tariq",
    "raj",
    "amit",
    "sanjay",
    "piotr",
    "tomasz",
    "marcin",
    "krzysztof",
    "chinedu",
    "emeka",
    "kwame",
    "samuel",
    "joseph",
    "joshua",
    "benjamin",
    "jacob",
    "isaac",
    "caleb",
    "ethan",
    "alfie",
    "freddie",
    "theo",
    "henry",
    "edward",
    "alexander",
    "dominic",
    "gavin",
    "shane",
]
COMMON = [
    "smith",
    "jones",
    "williams",
    "taylor",
    "brown",
    "davies",
    "khan",
    "patel",
    "singh",
    "ahmed",
    "ali",
    "hussain",
    "evans",
    "wilson",
    "thomas",
    "roberts",
    "johnson",
    "walker",
    "wright",
    "robinson",
    "thompson",
    "white",
    "hughes",
    "edwards",
    "green",
    "hall",
    "wood",
    "harris",
    "lewis",
    "martin",
    "jackson",
    "clarke",
]
ONSETS = [
    "b",
    "br",
    "c",
    "cl",
    "cr",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "qu",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "th",
    "tr",
    "v",
    "w",
    "wh",
]
MIDDLES = [
    "a",
    "e",
    "i",
    "o",
    "u",
    "ai",
    "ea",
    "ee",
    "oo",
    "ar",
    "er",
    "or",
    "an",
    "en",
    "in",
    "on",
    "al",
    "el",
    "il",
    "un",
    "um",
]
ENDS = [
    "bery",
    "by",
    "combe",
    "croft",
    "dale",
    "den",
    "field",
    "ford",
    "ham",
    "hurst",
    "land",
    "ley",
    "low",
    "man",
    "mere",
    "more",
    "ner",
    "rick",
    "sey",
    "son",
    "stow",
    "ton",
    "wick",
    "wood",
    "worth",
]
STREETS = [
    "Mill",
    "Church",
    "Station",
    "Lantern",
    "Quarry",
    "Meadow",
    "Orchard",
    "Chapel",
    "Bridge",
    "Copper",
    "Heron",
    "Ashen",
    "Willow",
    "Marsh",
    "Tanner",
]
KINDS = ["Road", "Street", "Lane", "Close", "Avenue", "Gardens"]
WORDS = {
    "follows": "He followed her from work again.",
    "contacts": "He sent forty messages in a night.",
    "loiters": "He stood outside the house until two.",
    "interferes": "The tyres were let down again.",
    "monitors": "He knew where she had been.",
    "other": "A bag was taken from a car.",
}
MISRECORDED = ("harassment", "malicious communications", "criminal damage", "breach of order", "common assault")
OTHER_CRIMES = ("theft from a vehicle", "burglary", "shoplifting", "affray", "criminal damage")
FIRST_DAY = date(2016, 1, 1)
DAYS = 3_650


@dataclass(frozen=True)
class Noise:
    """How often each kind of thing goes wrong when a person is told of, as a share of tellings.

    misspelt: a slip in a name or a day. missing: a field nobody wrote. swapped: given and family name, or day and month.
    changed: married, moved, a new number. shared: the number or address of somebody of the household is given.
    """

    misspelt: float = 0.10
    missing: float = 0.12
    swapped: float = 0.04
    changed: float = 0.12
    shared: float = 0.05


@dataclass(frozen=True)
class Person:
    """Who somebody is in truth."""

    given: str
    family: str
    birth: date
    sex: str
    phone: str
    email: str
    door: str
    household: int


@dataclass(frozen=True)
class Named:
    """A person as one crime record tells of them."""

    name: str = ""
    birth: date | None = None
    sex: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""

    @property
    def traits(self) -> Traits:
        """As linkage compares."""
        marks = ((MarkKind.PHONE, self.phone), (MarkKind.EMAIL, self.email), (MarkKind.ADDRESS, self.address))
        keys = frozenset((kind, key) for kind, said in marks if said and (key := key_of(kind, said)))
        return Traits(self.name, self.birth, self.sex, keys)


@dataclass(frozen=True)
class Crime:
    """One crime record, and the truth about it: who, by whom, and of which hidden course of conduct."""

    reference: str
    at: datetime
    recorded: str
    words: str
    victim: Named
    subject: Named
    victim_is: int
    subject_is: int | None
    course: int | None = None
    is_stalking: bool = False


@dataclass
class Force:
    """The people of an invented force area."""

    people: list[Person]
    dice: random.Random = field(repr=False)
    families: Sequence[str] = field(default=(), repr=False)

    def household_of(self, number: int) -> int | None:
        """Return somebody else of the household, or None."""
        home = self.people[number].household
        for other in (number - 1, number + 1):
            if 0 <= other < len(self.people) and self.people[other].household == home:
                return other
        return None


def force(people: int, *, seed: int) -> Force:
    """Invent people: a third share a household, one in a hundred is a twin, one in two hundred bears the father's name.

    Every two thousandth begins a hostel of thirty who share an address and nothing else.
    """
    dice = random.Random(seed)
    families = COMMON + sorted({_syllables(dice) for _ in range(6_000)})
    weights = list(itertools.accumulate(1 / (rank + 12) for rank in range(len(families))))
    found: list[Person] = []
    while len(found) < people:
        person = _person(dice, families, weights, len(found))
        before = found[-1] if found else None
        chance = dice.random()
        if len(found) % 2_000 < 30 and len(found) >= 2_000:
            person = replace(person, door=f"1 Hostel Row NM{len(found) // 2_000 % 90 + 1} 9ZZ")
        elif before is not None and chance < 0.01:
            other = dice.choice([name for name in _names(before.sex) if name != before.given])
            person = replace(before, given=other, email=person.email)  # a twin
        elif before is not None and chance < 0.015 and before.birth.year < 1985:
            born = before.birth + timedelta(days=dice.randrange(7_000, 12_000))
            person = replace(before, birth=born, email=person.email)  # a child of the same name
        elif before is not None and chance < 0.33:
            phone = before.phone if dice.random() < 0.3 else person.phone
            family = before.family if dice.random() < 0.7 else person.family
            person = replace(person, family=family, phone=phone, door=before.door, household=before.household)
        found.append(person)
    return Force(found, dice, families)


def _names(sex: str) -> list[str]:
    return WOMEN if sex == "F" else MEN


def _person(dice: random.Random, families: Sequence[str], weights: Sequence[float], number: int) -> Person:
    sex = dice.choice("FM")
    given = _names(sex)[min(int(dice.expovariate(0.03)), len(_names(sex)) - 1)]
    [family] = dice.choices(families, cum_weights=weights)
    born = date(1945, 1, 1) + timedelta(days=int(dice.betavariate(2, 2) * 23_000))
    email = f"{given}.{family}{dice.randrange(1_000)}@mail{dice.randrange(9)}.example" if dice.random() < 0.7 else ""
    return Person(given, family, born, sex, _phone(dice), email, _door(dice), number)


def _syllables(dice: random.Random) -> str:
    return (
        dice.choice(ONSETS)
        + dice.choice(MIDDLES)
        + (dice.choice(MIDDLES) if dice.random() < 0.2 else "")
        + dice.choice(ENDS)
    )


def _phone(dice: random.Random) -> str:
    return f"07{dice.randrange(400, 999)} {dice.randrange(1_000_000):06d}"


def _door(dice: random.Random) -> str:
    street = f"{dice.choice(STREETS)} {dice.choice(KINDS)}"
    code = f"{dice.choice(('NM', 'SM', 'EM'))}{dice.randrange(1, 60)} {dice.randrange(1, 10)}{dice.choice('ABDEFGHJ')}{dice.choice('LNPQRSTU')}"
    return f"{dice.randrange(1, 120)} {street}, {code}"


# ---- told of, with what goes wrong ----------------------------------------------------------------------------------


def told(area: Force, number: int, noise: Noise) -> Named:
    """Return how one crime record tells of a person."""
    dice, person = area.dice, area.people[number]
    wrong = dice.random
    given, family, birth = person.given, person.family, person.birth
    phone, email, door = person.phone, person.email, person.door
    if wrong() < noise.misspelt:
        given, family = (given, _slip(dice, family)) if wrong() < 0.6 else (_slip(dice, given), family)
    if wrong() < noise.misspelt / 2:
        birth = _slipped_day(dice, birth)
    if wrong() < noise.swapped and birth.day <= 12:
        birth = birth.replace(day=birth.month, month=birth.day)
    if wrong() < noise.changed:
        family = dice.choice(area.families) if person.sex == "F" and wrong() < 0.3 else family
        phone, door = (_phone(dice), door) if wrong() < 0.5 else (phone, _door(dice))
    other = area.household_of(number) if wrong() < noise.shared else None
    if other is not None:
        phone = area.people[other].phone
    name = f"{family} {given}" if wrong() < noise.swapped else f"{given} {family}"
    missing = [wrong() < noise.missing for _ in range(5)]
    return Named(
        name=name.upper() if wrong() < 0.1 else name.title(),
        birth=None if missing[0] else birth,
        sex="" if missing[1] else person.sex,
        phone="" if missing[2] else phone,
        email="" if missing[3] or wrong() < 0.5 else email,
        address="" if missing[4] else door,
    )


def _slip(dice: random.Random, word: str) -> str:
    place = dice.randrange(1, max(2, len(word) - 1))
    kind = dice.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place : place + 1] * 2 + word[place + 1 :]
    if kind == 2:
        return word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]
    return word[:place] + dice.choice("aeiorstln") + word[place + 1 :]


def _slipped_day(dice: random.Random, day: date) -> date:
    if dice.random() < 0.5:
        return day.replace(year=day.year + dice.choice((-10, -1, 1, 10)), day=min(day.day, 28))
    return day.replace(day=dice.randrange(1, 29))


def tellings(
    people: int, *, seed: int, noise: Noise | None = None, extra: float = 0.5
) -> tuple[list[Traits], list[int]]:
    """Return records of people, and whose each is: everybody once, and `extra` more for those told of again."""
    records, whose = told_in_turn(people, seed=seed, noise=noise, extra=extra)
    return list(records), whose


def told_in_turn(
    people: int, *, seed: int, noise: Noise | None = None, extra: float = 0.5
) -> tuple[Iterator[Traits], list[int]]:
    """Return the same records one after the other, for more of them than memory holds, and whose each is."""
    area = force(people, seed=seed)
    whose = [*range(people), *(area.dice.randrange(people) for _ in range(int(people * extra)))]
    area.dice.shuffle(whose)
    return (told(area, number, noise or Noise()).traits for number in whose), whose


# ---- a feed ---------------------------------------------------------------------------------------------------------


def crimes(rows: int, *, seed: int, noise: Noise | None = None, misrecorded: float = 0.6) -> Iterator[Crime]:
    """Yield a force's crimes in order of time of telling, with hidden courses of conduct among them.

    One row in eight belongs to a course of two to twelve acts by one person against another, and one course has 125.
    Of their acts `misrecorded` stand under another class than stalking.
    """
    area = force(max(rows, 4_000), seed=seed)
    dice, noise = area.dice, noise or Noise()
    planned = sorted(_planned(area, rows), key=lambda one: one[0])
    for number, (minute, victim, subject, course) in enumerate(planned):
        behaviour = dice.choice(list(WORDS)[:5]) if course is not None else "other"
        recorded = "stalking"
        if course is None:
            recorded = dice.choice(OTHER_CRIMES)
        elif dice.random() < misrecorded:
            recorded = dice.choice(MISRECORDED)
        yield Crime(
            reference=f"C{number:07d}",
            at=datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(minutes=minute),
            recorded=recorded,
            words=WORDS[behaviour],
            victim=told(area, victim, noise),
            subject=Named() if subject is None or dice.random() < 0.2 else told(area, subject, noise),
            victim_is=victim,
            subject_is=subject,
            course=course,
            is_stalking=course is not None,
        )


def _planned(area: Force, rows: int) -> Iterator[tuple[int, int, int | None, int | None]]:
    """Yield when, against whom, by whom, and of which hidden course: one every twelve days or so, the others at any time."""
    dice, people, made = area.dice, len(area.people), 0
    lengths = itertools.chain([125], iter(lambda: dice.randrange(2, 13), None))
    for course, length in enumerate(lengths):
        if made + length > rows // 8 + 125:
            break
        victim, subject = dice.sample(range(people), 2)
        gaps = [int(dice.expovariate(1 / (12 * 1440))) for _ in range(length - 1)]
        first = dice.randrange(max(1, DAYS * 1440 - sum(gaps)))
        yield from ((first + after, victim, subject, course) for after in itertools.accumulate(gaps, initial=0))
        made += length
    for _ in range(max(0, rows - made)):
        known = dice.random() < 0.5
        yield dice.randrange(DAYS * 1440), dice.randrange(people), dice.randrange(people) if known else None, None


COLUMNS = (
    *("Crime reference", "Reported at", "Offence", "Summary"),
    *(
        f"{part} {what}"
        for part in ("Victim", "Subject")
        for what in ("name", "DOB", "sex", "phone", "e-mail", "address")
    ),
)


def write_csv(rows: Iterable[Crime], path: Path) -> None:
    """Write crimes as a force exports them: without the truth."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for row in rows:
            told_of = (cell for person in (row.victim, row.subject) for cell in _cells(person))
            out.writerow((row.reference, f"{row.at:%d/%m/%Y %H:%M}", row.recorded, row.words, *told_of))


def _cells(person: Named) -> tuple[str, ...]:
    birth = f"{person.birth:%d/%m/%Y}" if person.birth else ""
    return person.name, birth, person.sex, person.phone, person.email, person.address
