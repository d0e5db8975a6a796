"""How clerks and victims write what may not stand in a pack: made at random from one seed, 2,000 spellings a round.

The kinds were written before anything was tuned to them, and stay as they are: add one, change none. Each yields what is
on record, a sentence, and the words of the sentence that give somebody away.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

FIRST = [
    "Elder",
    "Orchard",
    "Quarry",
    "Linden",
    "Birch",
    "Copper",
    "Raven",
    "Thistle",
    "Harrow",
    "Willow",
    "Maple",
    "Saddlers",
    "Tanner",
    "Fuller",
    "Weaver",
    "Bramble",
]
SECOND = [
    "Bank",
    "Brook",
    "Field",
    "Croft",
    "Wood",
    "Meadow",
    "Gate",
    "Ridge",
    "Moor",
    "Bridge",
    "Common",
    "Heath",
    "Spring",
    "Mill",
    "Acre",
    "Fold",
]
ROADS = {
    "Lane": ("Ln", "La", "lane", "ln."),
    "Road": ("Rd", "rd", "Rd.", "road"),
    "Street": ("St", "str", "St.", "street"),
    "Avenue": ("Ave", "Av", "avenue", "ave."),
    "Close": ("Cl", "close", "Cl."),
    "Drive": ("Dr", "Drv", "drive"),
    "Crescent": ("Cres", "Cr", "crescent"),
    "Terrace": ("Terr", "Ter", "terrace"),
    "Gardens": ("Gdns", "Gdn", "gardens"),
    "Grove": ("Gr", "Grv", "grove"),
    "Place": ("Pl", "place"),
    "Court": ("Ct", "Crt", "court"),
}
TOWNS = [
    "Northwich",
    "Marlbrook",
    "Tarnside",
    "Oakhampton",
    "Wexcombe",
    "Brindlow",
    "Castleford",
    "Penhallow",
    "Ashcombe",
    "Dunmere",
]
SAINTS = ("Brannock", "Winifred", "Cuthbert", "Aldhelm", "Hilary", "Botolph")
FORENAMES = [
    "Nora",
    "Ottilie",
    "Callum",
    "Freya",
    "Idris",
    "Saoirse",
    "Kasimir",
    "Leonie",
    "Tobias",
    "Marguerite",
    "Anwen",
    "Zachary",
    "Rosalind",
    "Bethan",
]
FAMILIES = [
    "Quill",
    "Dunmore",
    "Halloran",
    "Petrov",
    "Ashdown",
    "Wyndham",
    "Okafor",
    "Lindqvist",
    "Merriman",
    "Tregenza",
]
NICKNAMES = ["Norrie", "Ottie", "Cal", "Fizz", "Tobes", "Margo", "Zacky", "Roz", "Betsy", "Leo"]
TRADES = ["Bakery", "Dental", "Surgery", "Nursery", "Garage", "Pharmacy", "Library", "Florists", "Opticians"]
CALLED = {
    "Catherine": ("Kate", "Cathy", "Kitty", "Kath"),
    "Elizabeth": ("Beth", "Lizzie", "Betty"),
    "Robert": ("Bob", "Rob", "Bobby"),
    "Kate": ("Catherine", "Katherine"),
    "Margaret": ("Peggy", "Maggie"),
    "Samantha": ("Sam", "Sammy"),
    "Sam": ("Samantha", "Samuel"),
    "William": ("Bill", "Billy", "Will"),
    "Patrick": ("Paddy", "Pat"),
    "Ekaterina": ("Katya",),
}
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
AROUND = (
    "He waited outside {} until it was dark.",
    "She says that he knows about {} and wrote it on the card",
    "caller states subject attended {} twice, then left",
    "{} was said in the message that came at 14:05.",
    "i saw him at the gate again - {} - and my sister saw him too",
    "Told the officer that {} had been posted online, and that nobody else had it.",
)


@dataclass(frozen=True)
class Spelled:
    """One spelling: of which kind, what is on record (kind, value), the sentence, and its telling words."""

    kind: str
    record: tuple[str, str]
    sentence: str
    telling: tuple[str, ...]


@dataclass(frozen=True)
class Address:
    """An address on record, in its parts."""

    number: str
    road: str
    type: str
    town: str
    postcode: str

    @property
    def value(self) -> str:
        return f"{self.number} {self.road} {self.type}, {self.town}, {self.postcode}"


def address(chance: random.Random) -> Address:
    road = f"{chance.choice(FIRST)} {chance.choice(SECOND)}"
    if chance.random() < 0.3:
        road = chance.choice(FIRST) + chance.choice(SECOND).lower()
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    code = f"{chance.choice('BCLMNSWT')}{chance.choice('AEHLNRSW')}{chance.randint(1, 29)}"
    code += f" {chance.randint(1, 9)}{chance.choice(letters)}{chance.choice(letters)}"
    return Address(str(chance.randint(2, 180)), road, chance.choice(list(ROADS)), chance.choice(TOWNS), code)


def phone(chance: random.Random) -> str:
    return f"07{chance.randint(100, 999)} {chance.randint(100, 999)}{chance.randint(100, 999)}"


def plate(chance: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXY"
    return (
        "".join(chance.choices(letters, k=2)) + f"{chance.randint(2, 74):02} " + "".join(chance.choices(letters, k=3))
    )


def slip(chance: random.Random, word: str) -> str:
    """Return a word with one slip of the hand: a letter left out, doubled, wrong, or two changed round."""
    place = chance.randrange(1, len(word) - 1)
    how = chance.randrange(4)
    if how == 0:
        return word[:place] + word[place + 1 :]
    if how == 1:
        return word[:place] + word[place] + word[place:]
    if how == 2:
        wrong = chance.choice([letter for letter in "aeioustrn" if letter != word[place].lower()])
        return word[:place] + wrong + word[place + 1 :]
    while word[place] == word[place - 1] and place < len(word) - 1:
        place += 1
    return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]


# ---- kinds ----------------------------------------------------------------------------------------------------------

Kind = Callable[[random.Random], tuple[tuple[str, str], str, tuple[str, ...]]]
KINDS: dict[str, Kind] = {}


def kind(make: Kind) -> Kind:
    """Note a way of writing under the name of its function."""
    KINDS[make.__name__] = make
    return make


@kind
def road_type_shortened(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    return ("address", at.value), f"{at.number} {at.road} {chance.choice(ROADS[at.type])}", (at.road,)


@kind
def road_type_left_out(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    said = chance.choice(
        (at.road, at.road.lower(), at.road.upper(), f"number {at.number} {at.road}", f"{at.number}, {at.road}")
    )
    return ("address", at.value), said, (said.removeprefix(f"number {at.number} ").removeprefix(f"{at.number}, "),)


@kind
def road_misspelled(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    first, *rest = at.road.split()
    wrong = (
        " ".join((slip(chance, first), *rest))
        if chance.random() < 0.5 or not rest
        else f"{first} {slip(chance, rest[0])}"
    )
    return (
        ("address", at.value),
        f"{chance.choice((at.number + ' ', ''))}{wrong} {chance.choice((at.type, *ROADS[at.type]))}",
        (wrong,),
    )


@kind
def road_joined_or_parted(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    if " " in at.road:
        said = chance.choice((at.road.replace(" ", ""), at.road.replace(" ", "-"), at.road.replace(" ", "").lower()))
    else:
        place = next(n for n, word in ((len(one), one) for one in FIRST) if at.road.startswith(word))
        said = f"{at.road[:place]} {at.road[place:]}"
    return ("address", at.value), f"{said} {at.type}", (said,)


@kind
def address_in_another_order(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    said = chance.choice(
        (
            f"{at.town}, {at.road} {at.type} {at.number}",
            f"{at.postcode}, {at.road} {at.type}",
            f"{at.road} {at.type} no. {at.number}",
        )
    )
    return ("address", at.value), said, (at.road,)


@kind
def postcode_spaced(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    tight = at.postcode.replace(" ", "")
    said = chance.choice(
        (
            tight,
            tight.lower(),
            at.postcode.lower(),
            "-".join(at.postcode.split()),
            "  ".join(at.postcode.split()),
            f"{tight[:-2]} {tight[-2:]}",
        )
    )
    return ("address", at.value), said, (said,)


@kind
def postcode_with_a_slip(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    swaps = {"S": "5", "B": "8", "Z": "2", "1": "I", "5": "S", "2": "Z", "8": "B"}
    places = [n for n, sign in enumerate(at.postcode) if sign in swaps]
    if places:
        place = chance.choice(places)
        said = at.postcode[:place] + swaps[at.postcode[place]] + at.postcode[place + 1 :]
    else:
        said = at.postcode[:-2] + at.postcode[-1] + at.postcode[-2]
    return ("address", at.value), said, (said,)


@kind
def number_spaced(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = phone(chance)
    bare = on.replace(" ", "")
    said = chance.choice(
        (
            f"+44 {bare[1:]}",
            f"0044{bare[1:]}",
            f"+44 (0){bare[1:]}",
            f"{bare[:5]}-{bare[5:8]}-{bare[8:]}",
            " ".join(bare),
            f"{bare[:3]} {bare[3:7]} {bare[7:]}",
            f"({bare[:5]}) {bare[5:]}",
            f"{bare[:5]}.{bare[5:]}",
        )
    )
    return ("phone", on), said, (said,)


@kind
def number_ends_in(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = phone(chance)
    bare, last = on.replace(" ", ""), chance.choice((3, 4, 6))
    lead = chance.choice(
        ("number ends {}", "ending in {}", "ends with {}", "last digits {}", "ending {}", "the one that finishes {}")
    )
    return ("phone", on), lead.format(bare[-last:]), (bare[-last:],)


@kind
def number_hidden_but_for_its_end(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = phone(chance)
    bare = on.replace(" ", "")
    return (
        ("phone", on),
        chance.choice((f"{bare[:2]}*** ***{bare[-3:]}", f"xxxxx xxx{bare[-3:]}", f"...{bare[-4:]}", f"***{bare[-3:]}")),
        (bare[-3:],),
    )


@kind
def number_with_a_slip(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = phone(chance)
    bare = on.replace(" ", "")
    place = chance.randrange(3, len(bare) - 1)
    how = chance.randrange(3)
    if how == 0:
        said = bare[:place] + bare[place + 1 :]
    elif how == 1:
        said = bare[:place] + str((int(bare[place]) + chance.randint(1, 9)) % 10) + bare[place + 1 :]
    else:
        said = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
    return ("phone", on), said, (said,)


@kind
def number_in_words(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = phone(chance)
    words, digits = [], on.replace(" ", "")
    place = 0
    while place < len(digits):
        if chance.random() < 0.5 and digits[place : place + 2] == digits[place] * 2:
            words += ["double", chance.choice(("oh", "zero")) if digits[place] == "0" else DIGITS[int(digits[place])]]
            place += 2
        else:
            words.append(
                chance.choice(("oh", "zero", "nought")) if digits[place] == "0" else DIGITS[int(digits[place])]
            )
            place += 1
    said = " ".join(words)
    return ("phone", on), said, (" ".join(words[-6:]),)


@kind
def plate_spaced_or_slipped(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = plate(chance)
    tight = on.replace(" ", "")
    place = chance.randrange(1, 6)
    said = chance.choice(
        (
            tight,
            tight.lower(),
            " ".join(tight),
            on.replace(" ", "-"),
            f"{tight[:2]} {tight[2:4]} {tight[4:]}",
            tight[:place] + tight[place + 1 :],
            tight[:place] + tight[place + 1] + tight[place] + tight[place + 2 :],
        )
    )
    return ("vehicle", on), said, (said,)


@kind
def plate_in_part(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = plate(chance)
    first, last = on.split()
    said, part = chance.choice(
        (
            (f"a plate ending {last}", last),
            (f"reg starts {first}", first),
            (f"registration {first}", first),
            (f"partial plate {last}", last),
        )
    )
    return ("vehicle", on), said, (part,)


@kind
def handle_written_otherwise(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    on = f"{chance.choice(FORENAMES).lower()}{chance.choice('._-')}{chance.choice(FAMILIES).lower()}{chance.randint(10, 99)}"
    bare = on.replace(".", "").replace("_", "").replace("-", "")
    said = chance.choice(
        (
            f"@{on}",
            on.upper(),
            bare,
            on.replace(".", " ").replace("_", " ").replace("-", " "),
            slip(chance, bare),
            f"insta: {on}",
        )
    )
    return ("account", on), said, (said.removeprefix("@").removeprefix("insta: "),)


@kind
def mailbox_written_otherwise(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    name = f"{chance.choice(FORENAMES).lower()}.{chance.choice(FAMILIES).lower()}"
    on = f"{name}@mail.invalid"
    said = chance.choice(
        (
            on.upper(),
            f"{name} at mail dot invalid",
            f"{name} (at) mail.invalid",
            f"{slip(chance, name)}@mail.invalid",
            on.replace("@", " @ "),
        )
    )
    return ("email", on), said, (said,)


@kind
def school_written_otherwise(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    saint = chance.choice(SAINTS)
    on = (
        f"St {saint}'s {chance.choice(('Primary School', 'School', 'Church of England Primary School', 'High School'))}"
    )
    said = chance.choice(
        (
            f"Saint {saint}'s",
            f"St. {saint}s",
            f"st {saint.lower()}'s school",
            f"St {saint}’s Primary",
            f"St {slip(chance, saint)}'s School",
            f"St {saint}s Sch",
        )
    )
    return ("place", on), said, (said.split(" ", 1)[1].split()[0],)


@kind
def workplace_written_otherwise(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    family, trade = chance.choice(FAMILIES), chance.choice(TRADES)
    on = f"{family} & Sons {trade}" if chance.random() < 0.5 else f"{family} {trade}"
    wrong = slip(chance, family)
    said, telling = chance.choice(
        (
            (f"{family} {trade}".lower(), family.lower()),
            (f"{family}s {trade}", f"{family}s"),
            (f"{family}'s {trade}", family),
            (f"{wrong} {trade}", wrong),
            (on.replace("&", "and"), family),
            (f"the {trade.lower()}, {on}", family),
        )
    )
    return ("place", on), said, (telling,)


@kind
def forename_written_otherwise(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    name = chance.choice(FORENAMES)
    on = f"{name} {chance.choice(FAMILIES)}"
    said = chance.choice(
        (
            name,
            name.lower(),
            name.upper(),
            f"{name}'s",
            f"little {name}",
            slip(chance, name),
            f"{name}-{chance.choice(('Mae', 'Rose'))}",
        )
    )
    return ("name", on), said, (said.removesuffix("'s").removeprefix("little ").split("-")[0],)


@kind
def nickname_used(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    name = chance.choice(NICKNAMES)
    return ("name", name), chance.choice((name, f"{name}'s", f"“{name}”", name.upper(), f"our {name}")), (name,)


def spellings(seed: int, many: int) -> Iterator[Spelled]:
    """Yield so many spellings, every kind in turn."""
    chance = random.Random(seed)
    names = sorted(KINDS)
    for number in range(many):
        name = names[number % len(names)]
        record, said, telling = KINDS[name](chance)
        yield Spelled(name, record, chance.choice(AROUND).format(said), telling)


@kind
def road_turned_round(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    first, second = chance.choice(FIRST), chance.choice(SECOND)
    at = replace(address(chance), road=f"{first} {second}")
    said = chance.choice(
        (
            f"{second} of {first}",
            f"the {second.lower()} of {first.lower()}",
            f"{second} {first} {at.type}",
            f"{second} of the {first}",
            f"{at.number} {second} {first}",
        )
    )
    return ("address", at.value), said, (first if first in said else first.lower(),)


@kind
def handle_varied(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    name, family, figures = chance.choice(FORENAMES).lower(), chance.choice(FAMILIES).lower(), chance.randint(10, 99)
    sign, other = chance.choice("._-"), chance.choice(("", "_", ".", "-"))
    said = chance.choice(
        (
            f"{name[0]}{other}{family}{figures}",
            f"{family}{other}{name}{figures}",
            f"{name}{other}{family}",
            f"{name}{other}{family}{chance.randint(1970, 2010)}",
            f"{family}{other}{name[0]}{figures}",
            f"{name}{other}{family[0]}{figures}",
        )
    )
    return ("account", f"{name}{sign}{family}{figures}"), f"@{said}", (said,)


@kind
def mailbox_varied(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    name, family, figures = chance.choice(FORENAMES).lower(), chance.choice(FAMILIES).lower(), chance.randint(10, 99)
    said = chance.choice(
        (
            f"{name[0]}.{family}{figures}",
            f"{name[0]}{family}{chance.randint(10, 99)}",
            f"{family}.{name}",
            f"{family}{name[0]}{figures}",
        )
    )
    host = chance.choice(("@…", "@post.example", "@other.example", " at the same post box", ""))
    return ("email", f"{name}.{family}{figures}@post.example"), f"{said}{host}", (said,)


@kind
def forename_in_another_form(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    long, forms = chance.choice(list(CALLED.items()))
    form = chance.choice(forms)
    said = chance.choice((form, f"{form}'s", form.upper(), f"our {form}"))
    return ("another form of a name", f"{long} {chance.choice(FAMILIES)}"), said, (form, form.upper())


@kind
def coordinates(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    north, west = (
        f"{chance.uniform(50, 58):.{chance.randint(3, 6)}f}",
        f"{chance.uniform(0.1, 5):.{chance.randint(3, 6)}f}",
    )
    minutes, seconds = chance.randint(10, 59), chance.randint(10, 59)
    said, telling = chance.choice(
        (
            (f"{north}, -{west}", north),
            (f"{north} -{west}", west),
            (f"{north}° N, {west}° W", north),
            (f"lat {north} long -{west}", north),
            (f"{north.replace('.', ' point ')}, minus {west.replace('.', ' point ')}", north.partition(".")[2]),
            (
                f"5{chance.randint(0, 8)}°{minutes}'{seconds}\"N {chance.randint(0, 5)}°{seconds}'{minutes}\"W",
                f"{minutes}'",
            ),
            (f"geo:{north},-{west}", north),
            (f"https://www.google.co.uk/maps/@{north},-{west},17z", north),
        )
    )
    return ("place", "St Brannock's School"), said, (telling,)


@kind
def grid_reference(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    square, figures = chance.choice(("TQ", "SJ", "SD", "NZ", "ST", "SU", "NO")), chance.choice((3, 4, 5))
    east, north = (str(chance.randint(10 ** (figures - 1), 10**figures - 1)) for _ in range(2))
    said = chance.choice(
        (f"{square} {east} {north}", f"{square}{east}{north}", f"{square}{east} {north}", f"{square} {east}, {north}")
    )
    if square not in ("ST", "NO") and chance.random() < 0.3:
        said = said.lower()
    return ("place", "St Brannock's School"), said, (east, north)


@kind
def plus_code(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    signs = "23456789CFGHJMPQRVWX"
    area, near, end = ("".join(chance.choices(signs, k=n)) for n in (4, 3, 2))
    said = chance.choice(
        (f"{area}{near}V+{end}", f"{near}V+{end}", f"{near}V+{end}".lower(), f"{area}{near}V plus {end}")
    )
    return ("place", "St Brannock's School"), said, (f"{near}V", f"{near}V".lower())


@kind
def three_words(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    pool = (
        "filled",
        "count",
        "soap",
        "index",
        "home",
        "raft",
        "daring",
        "lion",
        "race",
        "toddler",
        "geologist",
        "animated",
    )
    one, two, three = chance.sample(pool, 3)
    said = chance.choice(
        (
            *(f"///{one}.{two}.{three}", f"{one}.{two}.{three}", f"{one.title()}.{two.title()}.{three.title()}"),
            *(f"{one} dot {two} dot {three}", f"what3words: {one} {two} {three}", f"w3w.co/{one}.{two}.{three}"),
            *(f"what3words is {one}, {two}, {three}", f"//{one}.{two}.{three}", f"{one}(dot){two}(dot){three}"),
        )
    )
    return ("place", "St Brannock's School"), said, (two, two.title())


@kind
def figures_and_words_mixed(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    number = phone(chance)
    tail = number[-6:]
    mixed = f"{tail[:3]} {tail[3:5]}{DIGITS[int(tail[5])]}"
    glued = f"{number[:5]} {DIGITS[int(tail[0])]}{tail[1:3]} {tail[3]}{DIGITS[int(tail[4])]}{tail[5]}"
    every = " ".join(DIGITS[int(sign)] if chance.random() < 0.5 else sign for sign in number.replace(" ", ""))
    said = chance.choice((mixed, glued, every))
    return ("phone", number), said, (said,)


@kind
def road_with_two_slips(chance: random.Random) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    at = address(chance)
    while " " not in at.road or len(at.road) < 10 or at.road.endswith("Fold"):  # "Fld" is short for a field
        at = address(chance)
    first, second = at.road.split()
    wrong = f"{first[:-2]}{first[-1]} {second[0]}{second[2:]}"
    return ("address", at.value), f"{wrong} {at.type}", (wrong,)


#: Sentences in which nothing tells anything, though some of it looks as if it did.
CLEAN = (
    "He said that he would wait at the bank until the road was clear, and that the court had closed.",
    "Call received 24 November 2026 at 14:05 on 101, reference CHE-2026-004417, operator 6614.",
    "The subject drove a blue car, AB12 XYZ, along Station Road to 42 Mill Street and back.",
    "She marked the number of messages: 14 on Monday, 555 in all, and kept a note of each.",
    "Her sister Clare and her manager at Hollin Foods read the letter on 3 May.",
    "I was in the park with my mother when a man named Darren asked for the time.",
    "PC 4471 Evans attended at 09:30, took a statement of four pages and exhibits TE/1 to TE/6.",
    "There is nothing to add, he has not been near the house, the school run was quiet.",
    "He rang from 07911 123456 and then from 01606 555010, eleven times before noon.",
    "An order of 3 March 2026 forbids contact by any means, condition 4, for five years.",
    "We met outside the library in the rain, norm was that he left by the north gate.",
    "The elder of the two men stood on the bank of the river by the bridge.",
    "He posted from the account harbour_watch_77 and from j.marlow@mail.example at night.",
    "The case is listed at Chester Magistrates' Court on 9 December, court 2, at 10:00.",
    "A raven sat on the gate, the willow by the brook had come down in the storm.",
    "He called it a fair copy of her day: up at six, out at seven, home at nine.",
    "It cost 1,200 and then 2,300 pounds, 12.50 a day, and 51.5 kg were sent on 12.10.2026.",
    "Two hundred messages came in twenty five days, some at 14.05, 15.30 and 16.45.",
    "See www.example.com or mail.example.invalid, and so 123 456 people were asked.",
)
