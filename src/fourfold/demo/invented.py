"""Names, numbers, addresses and words of people who do not exist. Pure, from one source of chance.

Surnames are made up letter by letter so that they are nobody's; telephone numbers come from the ranges that Ofcom
keeps for drama (07700 900000 to 900999 and 01632 960000 to 960999); e-mail ends in `demo.invalid`, which RFC 2606
keeps from ever existing; streets are made up and postcodes begin with ZZ, which no post office serves.
"""

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from itertools import product
from types import MappingProxyType
from uuid import UUID

from fourfold.intake.terms import Behaviour, RecordingClass

_NAMES = tomllib.loads(files("fourfold.demo").joinpath("names.toml").read_text(encoding="utf-8"))
WOMEN, MEN, SURNAMES, STREETS = (tuple(_NAMES[of].split()) for of in ("women", "men", "surnames", "streets"))
KINDS_OF_STREET = ("Road", "Street", "Lane", "Close", "Avenue", "Rise", "Terrace", "Gardens")
CONSONANTS = "BCDFGHJKLMNPRSTVWXY"


@dataclass(frozen=True)
class Person:
    """Somebody invented: a name, and whatever an agency might have been told."""

    name: str
    sex: str
    birth: date
    phone: str
    email: str
    address: str


class Inventor:
    """Invents people one after the other, none twice: the same seed invents the same people in the same order."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 -- repeatable on purpose
        self._names = {"F": self._shuffled(WOMEN), "M": self._shuffled(MEN)}
        self._mobiles = iter(f"07700 900{number:03d}" for number in self._order(700))
        self._landlines = iter(f"01632 960{number:03d}" for number in self._order(1000))

    def _shuffled(self, given: tuple[str, ...]) -> Iterator[str]:
        names = [f"{first} {last}" for first, last in product(given, SURNAMES)]
        self.dice.shuffle(names)
        return iter(names)

    def _order(self, count: int) -> list[int]:
        return self.dice.sample(range(count), count)

    def new_id(self) -> UUID:
        """Return a random identifier that the same seed repeats."""
        return UUID(int=self.dice.getrandbits(128), version=4)

    def reference(self, prefix: str) -> str:
        """Return a reference as the house gives them: five signs that cannot be mistaken for each other."""
        return f"{prefix}-" + "".join(self.dice.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=5))

    def name(self, sex: str) -> str:
        """Return a name that nobody has yet."""
        return next(self._names[sex])

    def victim(self, area: str, on: date) -> Person:
        """Invent a victim with a mobile telephone number of their own."""
        return self._person("F" if self.dice.random() < 0.8 else "M", next(self._mobiles), area, on)

    def subject(self, area: str, on: date) -> Person:
        """Invent a subject, of whom a telephone number is known more often than not."""
        phone = next(self._landlines) if self.dice.random() < 0.6 else ""
        return self._person("M" if self.dice.random() < 0.84 else "F", phone, area, on)

    def _person(self, sex: str, phone: str, area: str, on: date) -> Person:
        name = self.name(sex)
        return Person(
            name=name,
            sex=sex,
            birth=on - timedelta(days=int(self.dice.triangular(18.2, 72, 31) * 365.25)),
            phone=phone,
            email=email_of(name) if self.dice.random() < 0.5 else "",
            address=self.address(area),
        )

    def address(self, area: str) -> str:
        """Return an address in a street that does not exist."""
        street = f"{self.dice.choice(STREETS)} {self.dice.choice(KINDS_OF_STREET)}"
        inward = f"{self.dice.randint(1, 9)}{''.join(self.dice.choices(CONSONANTS, k=2))}"
        return f"{self.dice.randint(1, 148)} {street}, {area}, ZZ{self.dice.randint(1, 99)} {inward}"

    def vehicle(self) -> str:
        """Return a number plate that is never given out: no plate of today begins with Q."""
        letters = "".join(self.dice.choices(CONSONANTS, k=4))
        return f"Q{letters[0]}{self.dice.randint(2, 24):02d} {letters[1:]}"


def family_of(name: str) -> str:
    return name.rpartition(" ")[2]


def email_of(name: str) -> str:
    """Return an address that can never exist."""
    return f"{name.lower().replace(' ', '.')}@demo.invalid"


# ---- how others write a name ---------------------------------------------------------------------------------------

SHORT_FORMS = MappingProxyType(
    {"Katherine": "Kate", "Theo": "Theodore", "Tobias": "Toby", "Beatrix": "Bea", "Victor": "Vic", "Edmund": "Ed"}
)


def misspelt(name: str, dice: random.Random) -> str:
    """Return a name as a tired hand might write it: two letters swapped, one left out or doubled, a short form."""
    written = dice.choice((_swapped, _dropped, _doubled, _shortened, _initialled, _turned))(name, dice)
    return written if written != name else _doubled(name, dice)


def _place(name: str, dice: random.Random) -> int:
    """Return a place inside the surname, away from its first letter."""
    start = name.rindex(" ") + 2
    return dice.randrange(start, len(name) - 1)


def _swapped(name: str, dice: random.Random) -> str:
    at = _place(name, dice)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _dropped(name: str, dice: random.Random) -> str:
    at = _place(name, dice)
    return name[:at] + name[at + 1 :]


def _doubled(name: str, dice: random.Random) -> str:
    at = _place(name, dice)
    return name[:at] + name[at] + name[at:]


def _shortened(name: str, _dice: random.Random) -> str:
    given, _, family = name.partition(" ")
    return f"{SHORT_FORMS.get(given, given[:3])} {family}"


def _initialled(name: str, _dice: random.Random) -> str:
    given, _, family = name.partition(" ")
    return f"{given[0]} {family}"


def _turned(name: str, _dice: random.Random) -> str:
    given, _, family = name.partition(" ")
    return f"{family.upper()}, {given}"


# ---- what was said -------------------------------------------------------------------------------------------------

#: What a single act is recorded as by whoever does not see the rest, with the class as a feed words it.
CLASSES_ALONE: Mapping[Behaviour, tuple[RecordingClass, ...]] = MappingProxyType(
    {
        Behaviour.CONTACTS: (RecordingClass.MALICIOUS_COMMUNICATIONS, RecordingClass.HARASSMENT),
        Behaviour.FOLLOWS: (RecordingClass.HARASSMENT, RecordingClass.NO_CRIME),
        Behaviour.LOITERS: (RecordingClass.NO_CRIME, RecordingClass.HARASSMENT),
        Behaviour.WATCHES: (RecordingClass.NO_CRIME, RecordingClass.VOYEURISM),
        Behaviour.MONITORS: (RecordingClass.HARASSMENT, RecordingClass.OTHER_CRIME),
        Behaviour.INTERFERES: (RecordingClass.CRIMINAL_DAMAGE, RecordingClass.THEFT),
        Behaviour.PUBLISHES: (RecordingClass.MALICIOUS_COMMUNICATIONS, RecordingClass.IMAGE_ABUSE),
        Behaviour.THREATENS: (RecordingClass.HARASSMENT, RecordingClass.MALICIOUS_COMMUNICATIONS),
        Behaviour.ATTACKS: (RecordingClass.ASSAULT,),
        Behaviour.THROUGH_OTHERS: (RecordingClass.NO_CRIME, RecordingClass.HARASSMENT),
    }
)

_PRONOUNS = {"F": ("she", "her", "her"), "M": ("he", "him", "his"), "": ("they", "them", "their")}


def spoken(template: str, sex: str, dice: random.Random) -> str:
    """Return a template's words about a subject of this sex ("" not known), with small numbers filled in."""
    subjective, objective, possessive = _PRONOUNS[sex]
    if not sex:
        template = template.replace("{he} was ", "they were ").replace("{He} was ", "They were ")
    count = dice.randint(3, 19)
    return template.format(
        he=subjective,
        him=objective,
        his=possessive,
        He=subjective.capitalize(),
        His=possessive.capitalize(),
        n=count,
        N=count,
        h=f"{dice.randint(7, 10)} pm",
    )
