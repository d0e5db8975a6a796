"""A feed of a fourth maker's noise: people who ring up and tell in their own words who it was. Written last, and tuned on by nobody.

What is told depends on who tells: the victim's mother knows the nickname, a shopkeeper the family name and the car, the
caller themselves everything, and a call that breaks off a first name. Details are misheard as they are on a bad line (fifteen
and fifty, M and N), families share a telephone and a mailbox, and some people take another name on a day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bench.clerks import Feed
from bench.force import Named

CALLED = {
    "F": {
        "Margaret": "Maggie", "Elizabeth": "Liz", "Susan": "Sue", "Deborah": "Debbie", "Rebecca": "Becky", "Jennifer": "Jen",
        "Victoria": "Vicky", "Patricia": "Pat", "Jacqueline": "Jackie", "Katherine": "Kath", "Philippa": "Pip", "Frances": "Fran",
        "Georgina": "Georgie", "Rosalind": "Ros", "Winifred": "Winnie", "Beatrice": "Bea", "Harriet": "Hattie", "Theresa": "Tess",
    },
    "M": {
        "Robert": "Bob", "William": "Bill", "Michael": "Mick", "Andrew": "Andy", "Anthony": "Tony", "Christopher": "Chris",
        "Edward": "Ted", "Gregory": "Greg", "Kenneth": "Ken", "Leonard": "Len", "Raymond": "Ray", "Stephen": "Steve",
        "Terence": "Terry", "Timothy": "Tim", "Vincent": "Vince", "Walter": "Wally", "Bernard": "Bernie", "Clifford": "Cliff",
    },
}  # fmt: skip
_FAMILIES = (
    "Abbott Ackroyd Barraclough Birtwistle Blenkinsop Calvert Cartledge Dearden Duckworth Earnshaw Entwistle Fairbrother "
    "Gaskell Greenhalgh Hebblethwaite Heseltine Illingworth Jagger Kershaw Lofthouse Micklethwaite Murgatroyd Nuttall Ogden "
    "Openshaw Pickersgill Ramsbottom Rawcliffe Shuttleworth Sidebottom Sugden Tattersall Threlfall Utley Varley Wigglesworth"
)
FAMILY = tuple(_FAMILIES.split())
ROADS = ("Mill Bank", "Weavers Row", "Cobden Street", "Ings Lane", "Bobbin Close", "Dyers Fold")
MISHEARD = (("m", "n"), ("f", "th"), ("b", "p"), ("s", "f"), ("t", "d"), ("ck", "g"), ("aw", "or"), ("ough", "uff"))


@dataclass(frozen=True)
class Somebody:
    """Somebody in truth; `later` is the family name that they take on a day."""

    given: str
    family: str
    later: str
    birth: date
    sex: str
    phone: str
    mail: str
    door: str


def told_by_callers(people: int, *, seed: int, wrong: float = 1.0, lookalikes: float = 0.06) -> Feed:
    """Return the feed; `wrong` is how much is misheard by the usual rate, `lookalikes` how many are of a family with somebody."""
    dice = random.Random(seed)
    known: list[Somebody] = []
    alike: list[tuple[int, int]] = []
    while len(known) < people:
        if known and dice.random() < lookalikes:
            alike.append((len(known) - 1, len(known)))
            known.append(_of_the_family(dice, known[-1]))
        else:
            known.append(_somebody(dice))
    whose: list[int] = []
    records = []
    for number, each in enumerate(known):
        calls = min(70, 1 + int(dice.lognormvariate(0.2, 1.25)))
        for place in range(calls):
            now = replace(each, family=each.later) if 2 * place > calls else each
            records.append(_told(dice, now, wrong).traits)
            whose.append(number)
    order = list(range(len(whose)))
    dice.shuffle(order)
    twins = frozenset(pair for pair in alike if len({known[one].birth for one in pair}) == 1)
    return Feed(tuple(records[at] for at in order), tuple(whose[at] for at in order), tuple(alike), twins)


def _somebody(dice: random.Random) -> Somebody:
    sex = dice.choice("FM")
    given, family = dice.choice(list(CALLED[sex])), dice.choice(FAMILY)
    later = dice.choice(FAMILY) if sex == "F" and dice.random() < 0.08 else family
    born = date(1945, 1, 1) + timedelta(days=dice.randrange(23_000))
    mail = f"{given[0]}{family}{born:%y}@post.example".lower() if dice.random() < 0.4 else ""
    phone = f"07{dice.randrange(400, 999)} {dice.randrange(1_000_000):06d}"
    return Somebody(given, family, later, born, sex, phone, mail, _door(dice))


def _door(dice: random.Random) -> str:
    code = f"{dice.choice(('BB', 'OL', 'HX', 'BD'))}{dice.randrange(1, 20)} {dice.randrange(1, 9)}"
    return f"{dice.randrange(1, 90)} {dice.choice(ROADS)}, {code}{dice.choice('ABDEFG')}{dice.choice('HJLNP')}"


def _of_the_family(dice: random.Random, other: Somebody) -> Somebody:
    """Return a twin, a brother or sister, or a son or daughter of one forename, who lives there and may use its telephone."""
    fresh, kind = _somebody(dice), dice.choice(("twin", "sibling", "namesake"))
    given, born, sex = fresh.given, other.birth, fresh.sex
    if kind == "sibling":
        born += timedelta(days=dice.randrange(320, 2_600))
    if kind == "namesake":
        given, sex = other.given, other.sex
        born += timedelta(days=dice.randrange(7_000, 13_000))
    elif given == other.given:
        given = next(name for name in CALLED[sex] if name != other.given)
    phone, mail = (other.phone, other.mail) if dice.random() < 0.5 else (fresh.phone, fresh.mail)
    return Somebody(given, other.family, other.family, born, sex, phone, mail, other.door)


def _told(dice: random.Random, each: Somebody, wrong: float) -> Named:
    """Return what one caller tells: some know everything, a neighbour the door, a shop the family name, and some little."""
    who = dice.choices(("themselves", "family", "neighbour", "breaks off"), (60, 20, 14, 6))[0]

    def goes(rate: float) -> bool:
        return dice.random() < rate * wrong

    given = CALLED[each.sex][each.given] if who == "family" or goes(0.08) else each.given
    given, family = (_misheard(dice, word) if goes(0.06) else word for word in (given, each.family))
    if who == "breaks off" and goes(0.3):
        family = ""
    knows = who == "themselves" or (who == "family" and dice.random() < 0.6)
    return Named(
        name=f"{family}, {given}" if family and goes(0.1) else f"{given} {family}".strip(),
        birth=_birth(dice, each.birth, wrong) if knows and not goes(0.06) else None,
        sex="" if goes(0.1) else each.sex,
        phone="" if who != "themselves" or goes(0.15) else _number(dice, each.phone) if goes(0.04) else each.phone,
        email=each.mail if who == "themselves" and not goes(0.2) else "",
        address=each.door if who in ("themselves", "neighbour") and not goes(0.15) else "",
    )


def _misheard(dice: random.Random, word: str) -> str:
    fits = [pair for pair in MISHEARD if pair[0] in word.lower()]
    if not fits:
        return word + dice.choice("se")
    heard, written = dice.choice(fits)
    return word.lower().replace(heard, written, 1).title()


def _birth(dice: random.Random, born: date, wrong: float) -> date:
    if dice.random() < 0.03 * wrong:  # thirteen and thirty
        return born.replace(day={13: 30, 14: 4, 15: 5, 16: 6, 17: 7, 18: 8, 19: 9}.get(born.day, 1), month=1)
    if dice.random() < 0.03 * wrong:
        return born.replace(year=born.year + dice.choice((-10, -1, 1, 10)), day=min(born.day, 28))
    if dice.random() < 0.02 * wrong and born.day <= 12:
        return born.replace(day=born.month, month=born.day)
    return born


def _number(dice: random.Random, phone: str) -> str:
    at = dice.randrange(6, len(phone) - 1)
    return phone[:at] + phone[at + 1] + phone[at] + phone[at + 2 :]
