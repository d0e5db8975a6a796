"""Under which keys somebody is looked for: two records of one person nearly always share one, two strangers seldom.

The same keys serve the look-up at once and the run over everybody, so that the run finds nobody whom the look-up cannot.
A key is selective by itself: a name with a day of birth, a whole name, a number, a mailbox, a door. A day of birth alone
or a family name alone would bring thousands. The look-up has some more, for whom misspelt names hide.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations, pairwise

from fourfold.people.rules.identifiers import handle_of, place_of
from fourfold.people.rules.names import name_words, plain, split_name
from fourfold.people.rules.phonetics import sound_of
from fourfold.people.terms import MarkKind

MOST_WORDS = 4
"""Of a longer name the first words and the last count: the pairs of all would be many."""

MOST_PLACES = 10
"""Of an address without a postcode so many words are looked for."""

#: How much sharing one key of a sort says when the candidates are more than can be compared; larger comes first.
STRENGTH: Mapping[str, int] = {
    "birth": 4,
    "name": 2,
    "phone": 3,
    "email": 5,
    "address": 2,
    "vehicle": 4,
    "account": 5,
    "born_at": 3,
    "born_letter": 1,
    "letters_at": 1,
}


def keys_of(name: str, birth_on: date | None, marks: Iterable[tuple[MarkKind, str]]) -> frozenset[tuple[str, str]]:
    """Return pairs of a key's sort and the key: names by their sounds, whatever their order; days of birth with a name.

    A day and a month that may have been swapped lead to one key. What is not known leads to none. A word in letters that
    nothing transliterates is a key by itself: few are on record in them, and 王小明 is a whole name. Other names lead
    to keys as the name does; an account to its name, whatever the platform.
    """
    found, names = set(), [name]
    for kind, key in marks:
        if kind is MarkKind.OTHER_NAME:
            names.append(key)
        elif key:
            found.add((str(kind), handle_of(key) if kind is MarkKind.ACCOUNT else key))
    for each in names:
        found |= _keys_of_name(each, birth_on)
    return frozenset(found)


def weak_keys_of(name: str, birth_on: date | None, marks: Iterable[tuple[MarkKind, str]]) -> frozenset[tuple[str, str]]:
    """Return keys of two things that say little each, of which no slip of the finger spoils both: the day of birth, the
    postcode, the first letters of the names. They propose to whoever looks, and are no keys of the run over everybody.
    """
    marks = list(marks)
    places = {place for kind, key in marks if kind is MarkKind.ADDRESS for place in _places(key)}
    found = set()
    if birth_on is not None:
        found |= {("born_at", f"{either_way(birth_on)} {place}") for place in places}
    for each in (name, *(key for kind, key in marks if kind is MarkKind.OTHER_NAME)):
        words = name_words(each)
        letters = sorted({word[0] for word in (*words[: MOST_WORDS - 1], *words[-1:])})
        if birth_on is not None:
            found |= {("born_letter", f"{either_way(birth_on)} {letter}") for letter in letters}
        found |= {("letters_at", f"{one}{two} {at}") for one, two in combinations(letters, 2) for at in places}
    return frozenset(found)


def _places(address: str) -> Iterator[str]:
    """Yield the postcode of an address; where none is known, each two words that stand beside each other."""
    words = address.split()
    yield from [place] if (place := place_of(address)) else map(" ".join, pairwise(words[:MOST_PLACES]))


def _keys_of_name(name: str, birth_on: date | None) -> set[tuple[str, str]]:
    sounds = sounds_of(name)
    found = {("name", f"{one} {other}") for one, other in combinations(sounds, 2)}
    found.update([("name", sound) for sound in sounds if not sound.isascii()])
    if birth_on is not None:
        day = either_way(birth_on)
        found.update([("birth", f"{day} {sound}") for sound in sounds])
    return found


def sounds_of(name: str) -> tuple[str, ...]:
    """Return the different sounds of a name's words in order; a family name of several words is one."""
    given, family, other = split_name(name)
    words = (name_words(given) + name_words(other) if other else name_words(given))[: MOST_WORDS - 1]
    of_family = name_words(family)
    words += ("".join(of_family), *of_family) if 1 < len(of_family) <= MOST_WORDS - 1 else ("".join(of_family),)
    return tuple(sorted({sound for word in words if (sound := _sound(word))}))


@lru_cache(maxsize=100_000)
def _sound(word: str) -> str:
    return sound_of(plain(word))[:40]


def either_way(day: date) -> str:
    """Return a day so that 3 May and 5 March are one."""
    low, high = sorted((day.day, day.month)) if day.day <= 12 else (day.month, day.day)
    return f"{day.year}-{low:02}-{high:02}"


def number_of(site: str, part: str, sort: str, key: str) -> int:
    """Return a key as the number under which it is kept: short, the same on every machine, and telling nobody's name."""
    text = f"{site}\x1f{part}\x1f{sort}\x1f{key}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)
