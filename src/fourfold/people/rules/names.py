"""When two spellings are one name, and which part of a name is the family name."""

import re
from collections.abc import Iterable
from functools import lru_cache

from fourfold.access.forenames import NICKNAMES, other_forms
from fourfold.people.rules.phonetics import sound_of
from fourfold.people.rules.scripts import in_latin, without_accents, words_in


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words("mr mrs ms miss mx dr prof professor sir dame lord lady rev revd reverend master")
SUFFIXES = _words("jr snr sr jnr junior senior esq obe mbe cbe phd")
#: Words next to a name that are no part of it.
UNNAMED = TITLES | SUFFIXES
PARTICLES = _words("al bin bint da de del della den der di dos du el ibn la le ten ter van von")


_WITHIN = re.compile("['’‘`´ʼ.׳\u200d]")  # apostrophes, the Hebrew one, and what joins letters unseen


def name_key(name: str) -> str:
    """Return the same text for the same name in any order, case or spelling of marks; at most 160 characters.

    Accents and apostrophes go, hyphens part words, titles are left out, and a few short forms become the long one:
    `O'Neill-Byrne, Kate` and `Catherine ONeill Byrne` have one key.
    """
    return " ".join(sorted(name_words(name)))[:160].rstrip()


def name_words(name: str) -> list[str]:
    """Return the words of a name in their order, plain and with short forms made long."""
    return [NICKNAMES.get(word, word) for word in plain_words(name)]


@lru_cache(maxsize=16_384)  # one name is asked about half a dozen times, for its key and for each of its sounds
def plain_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in their order, plain and otherwise as written."""
    if is_bare(name):
        return tuple(word for word in name.lower().split() if word not in UNNAMED)
    return tuple(word for word in words_in(_WITHIN.sub("", plain(name))) if word not in UNNAMED)


def plain(text: str) -> str:
    """Return a text in small letters without accents; letters that are no accented Latin ones are spelt out.

    Cyrillic, Greek and Arabic letters are written as English officers would write them, so that sounds can be compared.
    Letters that nothing transliterates stay as they are.
    """
    return text.lower() if text.isascii() else _plainer(_plainer(text))  # what is small now may be spelt out in turn


def _plainer(text: str) -> str:
    return without_accents(in_latin(text).translate(_SPELT)).casefold()


_SPELT = str.maketrans(
    {"ß": "ss", "Æ": "Ae", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "Oe", "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d"}
    | {"Þ": "Th", "þ": "th", "Ð": "D", "ð": "d", "ı": "i"}
    | {"Ə": "A", "ə": "a", "Ħ": "H", "ħ": "h", "Ŋ": "N", "ŋ": "n", "Ɛ": "E", "ɛ": "e", "Ɔ": "O", "ɔ": "o"}
)


def is_bare(text: str) -> bool:
    """Return whether a text is nothing but English letters, digits and blanks, as most names: its words lie open."""
    return text.isascii() and text.replace(" ", "").isalnum()


@lru_cache(maxsize=16_384)
def split_name(name: str) -> tuple[str, str, str]:
    """Return (given name, family name, other names), as written.

    A comma or a word in capitals says which is the family name (`SMITH John`, `Smith, John`); otherwise it is the
    last, with what belongs to it (`van der Berg`). One word alone is taken for the family name.
    """
    before, comma, after = name.partition(",")
    if comma:
        given = _without_titles(after.split())
        return (given[0] if given else ""), " ".join(_without_titles(before.split())), " ".join(given[1:])
    words = _without_titles(name.split())
    shouted = [word for word in words if len(word) > 1 and word.isupper()]
    if shouted and len(shouted) < len(words):
        given = [word for word in words if word not in shouted]
        return given[0], " ".join(shouted), " ".join(given[1:])
    if len(words) == 2:
        return words[0], words[1], ""
    start = len(words) - 1
    while start > 1 and plain(words[start - 1]) in PARTICLES:
        start -= 1
    given = words[: max(start, 0)]
    return (given[0] if given else ""), " ".join(words[max(start, 0) :]), " ".join(given[1:])


def _without_titles(words: list[str]) -> list[str]:
    return [word for word in words if plain(word).strip(".") not in UNNAMED]


@lru_cache(maxsize=16_384)
def sound_key(name: str) -> str:
    """Return how the family name sounds, at most 40 characters: `Smythe, John` and `John Smith` sound alike."""
    family = plain_words(split_name(name)[1])
    return sound_of("".join(family))[:40]


def sound_keys(name: str) -> tuple[str, ...]:
    """Return the sound of the family name and of every word, to look for a name whose order is not known."""
    sounds = [sound_key(name), *(sound_of(word)[:40] for word in plain_words(name))]
    return tuple(dict.fromkeys(sound for sound in sounds if sound))


#: In small letters these are no name, whoever bears them: "you may not".
_GRAMMAR = _words("an any can do in may no not of on or so to will")
_WRITTEN = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+(?:['’‘`´ʼ-](?:[^\W\d_]|[\u0300-\u036f])+)*")


def without_names(text: str, names: Iterable[str], *, instead: str) -> str:
    """Return a text with `instead` for every word of some names, and for what else their bearers may be called.

    Accents, case, order and a genitive hide none; several next to each other become one. A namesake goes too, and a word
    that is somebody's name and something else: a word too many, rather than one too few. A misspelt name stays.
    """
    words = {word for name in names for word in _parts(name)}
    said = words.union(*map(other_forms, words))

    def written(found: re.Match[str]) -> str:
        return instead if said & _parts(found[0]) and found[0] not in _GRAMMAR else found[0]

    once = re.escape(instead)
    return re.sub(rf"{once}(?:[\s,]+{once})+", lambda _: instead, _WRITTEN.sub(written, text))


def _parts(name: str) -> set[str]:
    """Return the words of a name, each whole and in the parts that an apostrophe makes; an initial is none."""
    return {word for word in (*plain_words(name), *plain_words(_WITHIN.sub(" ", name))) if len(word) > 1}
