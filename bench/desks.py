"""A feed of a third maker's noise: twelve desks with habits of their own, which copy each other's records on.

Errors do not fall by chance here. Each desk writes in its own way always (the family name first, the month first, an age
instead of a day of birth, its own switchboard where no number is known), and whoever is told of again is mostly copied
from the record before, with what was wrong in it. People move house and change numbers while they are told of.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bench.clerks import Feed
from bench.force import Named

GIVEN = {
    "F": "aisling aoife ayesha bethan bronwyn carys catrin ceri deepika elif ewa fatima ffion gulsum gwen hanna harpreet "
    "ines iona isla jaswinder joana kamila katarzyna leyla lowri maeve mairi malgorzata mariam megan mehwish mhairi morag "
    "niamh nia nuala oonagh orla parveen priya rhian roisin rukhsana saoirse shona sian simran sinead sofia sunita tegan "
    "teleri ursula wiktoria yasemin zeynep zofia",
    "M": "aled alun amarjit arjun ahmet bartosz brendan bryn callum cathal ciaran conor dafydd declan dewi diarmuid eirian "
    "emlyn emre fergal finlay gethin gurdeep hamza hari hywel idris ieuan ifan imran jakub jatinder joao kamil kemal lachlan "
    "llyr lorcan manjit mateusz mehmet murdo mustafa niall oisin osman owain padraig pawel piotr rhodri ruairi seamus sukhdev "
    "tariq tomasz tudur usman wojciech zahid",
}
FAMILY = [
    "ahmed",
    "aydin",
    "bevan",
    "bowen",
    "brzezinski",
    "campbell",
    "costa",
    "cadwallader",
    "celik",
    "demir",
    "driscoll",
    "dudley",
    "eynon",
    "farooq",
    "ferreira",
    "fleming",
    "gallacher",
    "geraghty",
    "gill",
    "grewal",
    "griffiths",
    "gwynne",
    "hegarty",
    "hughes",
    "iqbal",
    "jenkins",
    "jones",
    "kaczmarek",
    "kavanagh",
    "kaya",
    "keane",
    "kowalski",
    "lewandowski",
    "lloyd",
    "macdonald",
    "mackay",
    "maclean",
    "maddox",
    "mahon",
    "malik",
    "mcbride",
    "mcgrath",
    "mckenna",
    "meredith",
    "morgan",
    "mostyn",
    "mulligan",
    "nowak",
    "odonnell",
    "okafor",
    "oneill",
    "ozturk",
    "parry",
    "pereira",
    "pritchard",
    "probert",
    "quigley",
    "qureshi",
    "rafferty",
    "rees",
    "rodrigues",
    "sandhu",
    "santos",
    "sheridan",
    "sidhu",
    "sinclair",
    "sokolowski",
    "tierney",
    "treharne",
    "vaughan",
    "wisniewski",
    "wojcik",
    "yildiz",
    "zielinski",
]
STREETS = [
    "Heol Fawr",
    "Quay Street",
    "Station Terrace",
    "Kirk Wynd",
    "Canal Side",
    "Chapel Row",
    "Mart Lane",
    "Strand",
    "Tannery Court",
]
#: How a desk writes by ear what it does not know: the same word always in the same way.
BY_EAR = (("aoi", "ee"), ("bh", "v"), ("dh", ""), ("dd", "th"), ("sz", "sh"), ("cz", "ch"), ("rz", "zh"), ("w", "v"), ("ff", "f"),
          ("ll", "l"), ("sia", "sha"), ("ein", "ain"), ("mh", "v"), ("j", "y"), ("ie", "y"), ("y", "i"), ("ck", "k"), ("rry", "ry"))  # fmt: skip
COPIED, LIKE = 0.45, ("twin", "twin", "namesake", "cousin", "cousin")


@dataclass(frozen=True)
class Desk:
    """How somebody who takes reports writes, always."""

    family_first: bool
    month_first: bool
    asks_age: bool
    abbreviates: bool
    by_ear: tuple[tuple[str, str], ...]
    switchboard: str
    leaves_out: frozenset[str]
    slips: float


@dataclass
class Soul:
    """Somebody in truth, who moves house and changes numbers while they are told of."""

    given: str
    family: str
    birth: date
    sex: str
    phone: str
    email: str
    door: str
    last: Named | None = None


def copied(people: int, *, seed: int, wrong: float = 1.0, lookalikes: float = 0.06) -> Feed:
    """Return the feed; `wrong` is how much goes wrong by the usual rate, `lookalikes` how many stand beside somebody."""
    dice = random.Random(seed)
    desks = [_desk(dice, wrong) for _ in range(12)]
    souls: list[Soul] = []
    alike: list[tuple[int, int]] = []
    while len(souls) < people:
        if souls and dice.random() < lookalikes:
            alike.append((len(souls) - 1, len(souls)))
            souls.append(_beside(dice, souls[-1]))
        else:
            souls.append(_soul(dice))
    whose = [number for number in range(people) for _ in range(_reports(dice))]
    dice.shuffle(whose)
    records = tuple(_told(dice, souls[number], dice.choice(desks), wrong).traits for number in whose)
    twins = frozenset(pair for pair in alike if len({souls[one].birth for one in pair}) == 1)
    return Feed(records, tuple(whose), tuple(alike), twins)


def _reports(dice: random.Random) -> int:
    """Return how many reports tell of somebody: by a power law up to sixty, so that every number of reports is there."""
    return min(60, int(dice.paretovariate(1.15)))


def _desk(dice: random.Random, wrong: float) -> Desk:
    def goes(rate: float) -> bool:
        return dice.random() < rate * wrong

    left_out = [name for name in ("phone", "email", "address", "sex") if goes(0.2)]
    by_ear = tuple(dice.sample(BY_EAR, min(len(BY_EAR), round(5 * wrong))))
    office = f"01632 960{dice.randrange(1_000):03d}"
    habits = (goes(0.25), goes(0.15), goes(0.15), goes(0.2))
    return Desk(*habits, by_ear, office if goes(0.3) else "", frozenset(left_out), 0.05 * wrong)


def _soul(dice: random.Random) -> Soul:
    sex = dice.choice("FM")
    given, family = dice.choice(GIVEN[sex].split()), dice.choice(FAMILY)
    born = date(1938, 1, 1) + timedelta(days=int(dice.triangular(0, 25_500, 16_000)))
    mail = f"{given}.{family}{dice.randrange(99)}@mail.example" if dice.random() < 0.5 else ""
    return Soul(given, family, born, sex, _phone(dice), mail, _door(dice))


def _beside(dice: random.Random, other: Soul) -> Soul:
    """Return a twin of another forename, a father or a son of one name in one house, or a cousin of one name elsewhere."""
    kind, fresh = dice.choice(LIKE), _soul(dice)
    if kind == "twin":
        names = [name for name in GIVEN[fresh.sex].split() if name != other.given]
        phone = other.phone if dice.random() < 0.5 else fresh.phone
        given = dice.choice(names)
        return replace(fresh, given=given, family=other.family, birth=other.birth, door=other.door, phone=phone)
    years = dice.randrange(2, 9) if kind == "cousin" else dice.randrange(19, 34)
    born = other.birth + timedelta(days=dice.choice((-1, 1)) * (365 * years + dice.randrange(300)))
    door = fresh.door if kind == "cousin" else other.door
    return replace(fresh, given=other.given, family=other.family, sex=other.sex, birth=born, door=door)


def _phone(dice: random.Random) -> str:
    return f"+44 7{dice.randrange(100, 999)} {dice.randrange(1_000_000):06d}"


def _door(dice: random.Random) -> str:
    code = f"{dice.choice(('CF', 'G', 'SA', 'LL'))}{dice.randrange(1, 60)} {dice.randrange(1, 9)}{dice.choice('ADGHJLN')}{dice.choice('BEPQRT')}"
    flat = f"Flat {dice.randrange(1, 12)}, " if dice.random() < 0.25 else ""
    return f"{flat}{dice.randrange(1, 160)} {dice.choice(STREETS)}, {code}"


def _told(dice: random.Random, soul: Soul, desk: Desk, wrong: float) -> Named:
    """Return how a desk tells of somebody now: mostly what was written before, one thing of it asked anew."""
    if dice.random() < 0.05:
        soul.phone = _phone(dice)
    if dice.random() < 0.04:
        soul.door = _door(dice)
    asked = _asked(dice, soul, desk, wrong)
    if soul.last is not None and dice.random() < COPIED:
        field = dice.choice(("name", "birth", "sex", "phone", "email", "address"))
        news: dict[str, Any] = {field: getattr(asked, field) or getattr(soul.last, field)}
        asked = replace(soul.last, **news)
    soul.last = asked
    return asked


def _asked(dice: random.Random, soul: Soul, desk: Desk, wrong: float) -> Named:
    def goes(rate: float) -> bool:
        return dice.random() < rate * wrong

    given, family = (_heard(dice, word, desk) for word in (soul.given, soul.family))
    if desk.abbreviates and goes(0.4):
        given = given[: dice.randrange(1, 5)]
    birth: date | None = soul.birth
    if desk.month_first and soul.birth.day <= 12:
        birth = soul.birth.replace(day=soul.birth.month, month=soul.birth.day)
    if desk.asks_age and goes(0.5):
        birth = date(soul.birth.year + dice.choice((-1, 0, 0)), 1, 1)
    phone = desk.switchboard if desk.switchboard and goes(0.25) else "" if goes(0.3) else soul.phone
    told = Named(
        name=f"{family.upper()} {given.title()}" if desk.family_first else f"{given} {family}",
        birth=None if goes(0.15) else birth,
        sex=soul.sex,
        phone=phone,
        email="" if goes(0.35) else soul.email,
        address="" if goes(0.2) else soul.door,
    )
    left_out: dict[str, Any] = dict.fromkeys(desk.leaves_out, "")
    return replace(told, **left_out)


def _heard(dice: random.Random, word: str, desk: Desk) -> str:
    for heard, written in desk.by_ear:
        if heard in word and dice.random() < 0.5:
            word = word.replace(heard, written, 1)
    if dice.random() < desk.slips and len(word) > 3:
        at = dice.randrange(1, len(word) - 1)
        word = word[:at] + (word[at + 1 :] if dice.random() < 0.6 else word[at] + word[at:])
    return word
