"""Feeds of two other makers' noise: by how many reports people are skewed, and what goes wrong goes wrong otherwise.

`typed` is a typist's: keys beside the right one, letters exchanged or lost, days typed the American way, old numbers.
`scanned` is a form's that a machine read and somebody wrote by ear; one rule alone of the linkage was written for it. In both,
some people have somebody beside them who shares the house, the number and the family name: a twin, a brother or a
sister, a father or a son of one name.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bench.force import Named
from fourfold.access.forenames import NICKNAMES
from fourfold.linkage.terms import Traits

FORENAMES = {
    "F": "abigail adele agnes aleksandra amara amy angela anita annabel asha beatrice beverley bryony carla caroline "
    "catherine celia charlotte cheryl christine clara dawn deborah denise dorothy eleanor elizabeth erin esther eve faith "
    "farida fiona frances gemma georgia gloria halima heather hilary imogen ingrid irene jacqueline jasmine jennifer joan "
    "judith karen keira kirsty lakshmi leila lorna lydia magdalena margaret martha melanie miriam monika natalie nicole "
    "nina olga pamela patricia penelope rachel rosemary roxanne sadia samantha sandra shabana shauna sonia stephanie susan "
    "tabitha tamara teresa tracy una veronica victoria vivian wanjiru xanthe yetunde yvonne zara",
    "M": "aaron abdul adrian alan albert alistair andrew angus anthony antoni barnaby ben bernard bogdan brandon bruce "
    "carl cedric charles clive curtis damian daniel declan dennis desmond dmitry douglas duncan dylan eamonn edwin elliott "
    "eric farhan felix femi fergus francis frank frederick gareth geoffrey gerald gordon gregory hamish harold howard hugh "
    "ibrahim ivan jamal jason jeremy joel jonathan julian karim kenneth kyle lawrence leonard lewis malcolm marcus "
    "maurice mohammed nicholas nigel norman olusegun owen patrick philip quentin raymond reuben robert roland ronald rory "
    "russell samuel sean sebastian sidney spencer stefan terence timothy toby vernon victor vikram walter winston yusuf",
}
FAMILY_NAMES = [
    "abbott",
    "adeyemi",
    "ainsworth",
    "akhtar",
    "alderson",
    "amin",
    "andrews",
    "archer",
    "armitage",
    "arnold",
    "atkinson",
    "bailey",
    "baker",
    "banerjee",
    "barker",
    "barlow",
    "barnes",
    "barrett",
    "bates",
    "begum",
    "bell",
    "bennett",
    "bentley",
    "berry",
    "bishop",
    "blackburn",
    "booth",
    "bradley",
    "brady",
    "brennan",
    "briggs",
    "brooks",
    "bryant",
    "burgess",
    "burke",
    "burton",
    "butler",
    "byrne",
    "cameron",
    "campbell",
    "carr",
    "carter",
    "chadwick",
    "chambers",
    "chaudhry",
    "clayton",
    "cole",
    "coleman",
    "collins",
    "connolly",
    "cook",
    "cooper",
    "coyle",
    "crawford",
    "cross",
    "cunningham",
    "curtis",
    "dalton",
    "daly",
    "davidson",
    "dawson",
    "dean",
    "dempsey",
    "dhillon",
    "dixon",
    "dobson",
    "doherty",
    "donnelly",
    "doyle",
    "dudek",
    "duffy",
    "dunn",
    "dyer",
    "eaton",
    "elliott",
    "ellis",
    "farrell",
    "faulkner",
    "fernandes",
    "field",
    "finch",
    "fisher",
    "fitzgerald",
    "fletcher",
    "flynn",
    "ford",
    "foster",
    "fowler",
    "fox",
    "fraser",
    "frost",
    "gallagher",
    "gardner",
    "garner",
    "gibbons",
    "gibson",
    "gill",
    "goddard",
    "gordon",
    "graham",
    "grant",
    "gray",
    "greenwood",
    "griffin",
    "hale",
    "hamilton",
    "hancock",
    "hardy",
    "harper",
    "harrington",
    "hart",
    "hartley",
    "harvey",
    "hayes",
    "heath",
    "henderson",
    "herbert",
    "higgins",
    "hill",
    "hilton",
    "hobbs",
    "hodgson",
    "holland",
    "holmes",
    "hope",
    "horton",
    "houghton",
    "howarth",
    "howe",
    "hudson",
    "humphries",
    "hunter",
    "hurst",
    "hutchinson",
    "iqbal",
    "irving",
    "jarvis",
    "jennings",
    "jordan",
    "joyce",
    "kaczmarek",
    "kaur",
    "kelly",
    "kemp",
    "kennedy",
    "kerr",
    "kirk",
    "knight",
    "kowalski",
    "lambert",
    "lane",
    "lawson",
    "leach",
    "leigh",
    "lester",
    "lloyd",
    "lowe",
    "lynch",
    "macdonald",
    "mahmood",
    "malik",
    "mann",
    "marsden",
    "marsh",
    "marshall",
    "mason",
    "matthews",
    "maxwell",
    "mccarthy",
    "mckenzie",
    "mclean",
    "mellor",
    "mendes",
    "miah",
    "middleton",
    "mills",
    "mistry",
    "moran",
    "morris",
    "morton",
    "moss",
    "murphy",
    "murray",
    "mutasa",
    "naylor",
    "newton",
    "nicholson",
    "noble",
    "nolan",
    "norris",
    "nowak",
    "oconnor",
    "ogden",
    "okafor",
    "oneill",
    "osborne",
    "owens",
    "page",
    "palmer",
    "parker",
    "parsons",
    "patterson",
    "payne",
    "pearce",
    "perkins",
    "phillips",
    "pickering",
    "pope",
    "porter",
    "potter",
    "powell",
    "pratt",
    "preston",
    "price",
    "quinn",
    "qureshi",
    "ramsey",
    "reeves",
    "reid",
    "reynolds",
    "rhodes",
    "rowe",
    "russell",
    "ryan",
    "sanders",
    "saunders",
    "schofield",
    "sharma",
    "shaw",
    "shepherd",
    "simmons",
    "slater",
    "spencer",
    "stephens",
    "stone",
    "sutton",
    "swift",
    "sykes",
    "talbot",
    "thorpe",
    "tobin",
    "todd",
    "tucker",
    "turner",
    "underwood",
    "vaughan",
    "verma",
    "wade",
    "walsh",
    "walton",
    "warner",
    "waters",
    "watts",
    "webb",
    "welch",
    "weston",
    "wheeler",
    "wilkins",
    "willis",
    "winter",
    "woodward",
    "wyatt",
    "yates",
    "york",
    "young",
    "zielinska",
]
STREETS = [
    "Albert",
    "Bakers",
    "Canal",
    "Dock",
    "Elm",
    "Foundry",
    "Grange",
    "Hawthorn",
    "Ivy",
    "Jubilee",
    "Kiln",
    "Laurel",
    "Malt",
    "Nelson",
    "Oak",
    "Priory",
]


@dataclass(frozen=True)
class Body:
    """Somebody in truth; `past` is what was true of them before: another family name, an old number, an old door."""

    given: str
    family: str
    birth: date
    sex: str
    phone: str
    email: str
    door: str
    past: tuple[str, str, str]
    second: str = ""


@dataclass(frozen=True)
class Feed:
    """Records, whose each is, which pairs of people are easily taken for one, and which of them are twins."""

    records: tuple[Traits, ...]
    whose: tuple[int, ...]
    lookalikes: tuple[tuple[int, int], ...]
    twins: frozenset[tuple[int, int]]


def typed(people: int, *, seed: int, wrong: float = 1.0, lookalikes: float = 0.03) -> Feed:
    """Return a typist's feed; `wrong` is how much goes wrong by the usual rate, `lookalikes` how many have one."""
    return _feed(people, seed, lookalikes, lambda dice, body: _typed(dice, body, wrong))


def scanned(people: int, *, seed: int, wrong: float = 1.0, lookalikes: float = 0.05) -> Feed:
    """Return a feed of forms that a machine read. Kept out of tuning: measure on it, change nothing for it."""
    return _feed(people, seed, lookalikes, lambda dice, body: _scanned(dice, body, wrong))


def _feed(people: int, seed: int, share: float, tell: Callable[[random.Random, Body], Named]) -> Feed:
    dice = random.Random(seed)
    bodies: list[Body] = []
    alike: list[tuple[int, int]] = []
    while len(bodies) < people:
        if bodies and dice.random() < share:
            alike.append((len(bodies) - 1, len(bodies)))
            bodies.append(_beside(dice, bodies[-1]))
        else:
            bodies.append(_body(dice))
    whose = [number for number in range(people) for _ in range(_reports(dice))]
    dice.shuffle(whose)
    records = tuple(tell(dice, bodies[number]).traits for number in whose)
    twins = frozenset(pair for pair in alike if len({bodies[one].birth for one in pair}) == 1)
    return Feed(records, tuple(whose), tuple(alike), twins)


def _reports(dice: random.Random) -> int:
    """Return how many reports tell of somebody: most of one, a few of many."""
    chance = dice.random()
    if chance < 0.62:
        return 1
    low, high = (2, 5) if chance < 0.92 else (6, 20) if chance < 0.985 else (21, 60)
    return dice.randint(low, high)


def _body(dice: random.Random) -> Body:
    sex = dice.choice("FM")
    given, second = dice.sample(FORENAMES[sex].split(), 2)
    family, before = dice.sample(FAMILY_NAMES, 2)
    born = date(1940, 1, 1) + timedelta(days=dice.randrange(25_000))
    past = (before if sex == "F" and dice.random() < 0.2 else family, _phone(dice), _door(dice))
    second = second if dice.random() < 0.4 else ""
    return Body(given, family, born, sex, _phone(dice), _email(dice, given, family), _door(dice), past, second)


def _beside(dice: random.Random, other: Body) -> Body:
    """Return somebody of the same house: twin, brother or sister, father or son of one name."""
    kind, fresh = dice.choice(("twin", "twin", "sibling", "namesake")), _body(dice)
    shared = replace(
        fresh, family=other.family, door=other.door, past=(other.family, fresh.past[1], other.past[2]), second=""
    )
    shared = replace(shared, email=_email(dice, shared.given, other.family))
    if dice.random() < 0.6:
        shared = replace(shared, phone=other.phone)
    if kind == "namesake":
        born = other.birth + timedelta(days=dice.choice((-1, 1)) * dice.randrange(6_600, 12_000))
        return replace(shared, given=other.given, sex=other.sex, birth=born)
    names = [name for name in FORENAMES[shared.sex].split() if name != other.given]
    born = other.birth if kind == "twin" else other.birth + timedelta(days=dice.randrange(400, 3_000))
    return replace(shared, given=dice.choice(names), birth=born)


def _phone(dice: random.Random) -> str:
    return f"07{dice.randrange(300, 999)} {dice.randrange(1_000_000):06d}"


def _email(dice: random.Random, given: str, family: str) -> str:
    return f"{given[0]}{family}{dice.randrange(10_000)}@post.example" if dice.random() < 0.6 else ""


def _door(dice: random.Random) -> str:
    code = f"{dice.choice(('LN', 'PR', 'WK'))}{dice.randrange(1, 40)} {dice.randrange(1, 10)}{dice.choice('ABDEFGHJ')}{dice.choice('LNPQRSTU')}"
    return f"{dice.randrange(1, 200)} {dice.choice(STREETS)} {dice.choice(('Road', 'Street', 'Close'))}, {code}"


# ---- a typist --------------------------------------------------------------------------------------------------------

_BESIDE = dict(
    pair.split(":")
    for pair in [
        "a:sq",
        "b:vn",
        "c:xv",
        "d:sf",
        "e:wr",
        "f:dg",
        "g:fh",
        "h:gj",
        "i:uo",
        "j:hk",
        "k:jl",
        "l:kp",
        "m:n",
        "n:bm",
        "o:ip",
        "p:ol",
        "q:wa",
        "r:et",
        "s:ad",
        "t:ry",
        "u:yi",
        "v:cb",
        "w:qe",
        "x:zc",
        "y:tu",
        "z:xs",
    ]
)
_SHORT: dict[str, list[str]] = {}
for _nick, _long in NICKNAMES.items():
    _SHORT.setdefault(_long, []).append(_nick)


def _slipped(dice: random.Random, word: str) -> str:
    """Return a word with one slip: a key beside, two exchanged, one lost, one twice."""
    at = dice.randrange(len(word) - 1) if len(word) > 1 else 0
    kind = dice.randrange(4)
    if kind == 0:
        return word[:at] + dice.choice(_BESIDE.get(word[at], word[at])) + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind == 2 and len(word) > 3 else word[: at + 1] + word[at:]


def _typed(dice: random.Random, body: Body, wrong: float) -> Named:
    def goes(rate: float) -> bool:
        return dice.random() < rate * wrong

    given, family = body.given, body.family
    if goes(0.06):
        given = dice.choice(_SHORT.get(given, [given]))
    if goes(0.07):
        given = _slipped(dice, given)
    if goes(0.07):
        family = _slipped(dice, family)
    if goes(0.03):
        family = body.past[0]
    if goes(0.02):
        given, family = given[:1] if dice.random() < 0.5 else given, family[:6]
    name = f"{given} {body.second} {family}" if body.second and dice.random() < 0.3 else f"{given} {family}"
    if goes(0.03):
        name = f"{family} {given}"
    phone = body.past[1] if goes(0.12) else body.phone
    if goes(0.03):
        phone = _digit(dice, phone)
    email = body.email
    if email and goes(0.04):
        head, tail = email.split("@")
        email = f"{_slipped(dice, head)}@{tail}"
    return Named(
        name="" if goes(0.02) else name,
        birth=None if goes(0.12) else _typed_day(dice, body.birth) if goes(0.06) else body.birth,
        sex="" if goes(0.1) else {"F": "M", "M": "F"}[body.sex] if goes(0.008) else body.sex,
        phone="" if goes(0.25) else phone,
        email="" if goes(0.3) else email,
        address="" if goes(0.15) else body.past[2] if goes(0.12) else body.door,
    )


def _digit(dice: random.Random, number: str) -> str:
    at = dice.randrange(2, len(number))
    return number[:at] + str(dice.randrange(10)) + number[at + 1 :] if number[at] != " " else number


def _typed_day(dice: random.Random, day: date) -> date:
    """Return a day as mistyped: the American way, two digits exchanged, a year off, the first of January."""
    kind = dice.randrange(5)
    year = day.year
    if kind == 0 and day.day <= 12:
        return day.replace(day=day.month, month=day.day)
    if kind == 1:
        return _moved(day, year // 100 * 100 + year % 10 * 10 + year % 100 // 10 - year)
    if kind == 2:
        return _moved(day, dice.choice((-10, -1, 1, 10)))
    if kind == 3:
        return date(year, 1, 1)
    return day.replace(day=dice.randrange(1, 29))


def _moved(day: date, years: int) -> date:
    return day.replace(year=day.year + years) if (day.month, day.day) != (2, 29) else day


# ---- a machine that reads forms, and somebody who writes by ear ------------------------------------------------------

_MISREAD = (
    ("rn", "m"),
    ("m", "rn"),
    ("cl", "d"),
    ("h", "b"),
    ("e", "c"),
    ("u", "v"),
    ("l", "i"),
    ("o", "a"),
    ("n", "r"),
)
_BY_EAR = (
    *(("ph", "f"), ("ck", "k"), ("ie", "y"), ("y", "i"), ("ll", "l"), ("tt", "t"), ("ss", "s"), ("c", "k"), ("s", "z")),
    *(("ai", "ay"), ("ea", "ee"), ("er", "a"), ("th", "t"), ("gh", ""), ("oo", "u")),
)


def _changed(dice: random.Random, word: str, table: Sequence[tuple[str, str]]) -> str:
    able = [pair for pair in table if pair[0] in word]
    return word.replace(*dice.choice(able), 1) if able else word


def _scanned(dice: random.Random, body: Body, wrong: float) -> Named:
    def goes(rate: float) -> bool:
        return dice.random() < rate * wrong

    def read(word: str) -> str:
        word = _changed(dice, word, _BY_EAR) if goes(0.07) else word
        word = _changed(dice, word, _MISREAD) if goes(0.06) else word
        return _changed(dice, word, _MISREAD) if goes(0.03) else word

    given, family = read(body.given), read(body.family)
    if goes(0.04):
        given = body.second or given
    if goes(0.03):
        family = body.past[0]
    if goes(0.02):
        family = f"{body.past[0]}-{family}"
    name = " ".join(part for part in (given, body.second if goes(0.2) else "", family) if part)
    if goes(0.04):
        name = name.rpartition(" ")[2 if dice.random() < 0.5 else 0] or name
    name = name[:14].strip() if goes(0.04) else name
    birth: date | None = body.birth
    if goes(0.08):
        birth = _read_day(dice, body.birth)
    phone = _read_digits(dice, body.phone) if goes(0.05) else body.past[1] if goes(0.08) else body.phone
    return Named(
        name=name.upper() if dice.random() < 0.3 else name,
        birth=None if goes(0.1) else birth,
        sex="" if goes(0.2) else {"F": "M", "M": "F"}[body.sex] if goes(0.01) else body.sex,
        phone="" if goes(0.3) else phone,
        email="" if goes(0.4) else _changed(dice, body.email, _MISREAD) if goes(0.06) else body.email,
        address="" if goes(0.1) else body.past[2] if goes(0.15) else body.door,
    )


_LOOKS = str.maketrans("17380695", "71830659")


def _read_digits(dice: random.Random, text: str) -> str:
    """Return digits of which one was read as another that looks like it."""
    able = [at for at, each in enumerate(text) if at > 1 and each.translate(_LOOKS) != each]
    at = dice.choice(able) if able else 0
    return text[:at] + text[at].translate(_LOOKS) + text[at + 1 :]


def _read_day(dice: random.Random, day: date) -> date | None:
    """Return a day of which a machine misread one digit or two; None where that is no day."""
    text = f"{day:%Y%m%d}"
    for _ in range(1 if dice.random() < 0.7 else 2):
        text = _read_digits(dice, text)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
