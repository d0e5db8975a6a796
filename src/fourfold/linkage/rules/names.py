"""How two names compare: their words, spellings and sounds, and what is no name at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from fourfold.access.forenames import established, may_be
from fourfold.people.rules import name_words, sound_keys, split_name
from fourfold.people.rules.names import UNNAMED, plain, plain_words
from fourfold.people.rules.scripts import script_of, words_in

ALIKE, NEAR = 0.90, 0.60
"""From which Jaro-Winkler similarity two spellings differ by no more than a slip, and from which they may sound alike."""

SLIPPED_TWICE = 0.75
"""From which similarity two forenames may be two slips of a third."""

SHORTEST_SLIPPED = 3
"""From so many letters on two names may differ by one slip: a letter lost, added, wrong, or two swapped."""

CUT_SHORT = 3
"""From so many letters on the beginning of a forename speaks for it as a slip does; fewer say little, as an initial."""

SYLLABLES_FROM = "\u2e80"
"""From where on a letter is a syllable or a word, as in Chinese, Japanese and Korean: another one makes another name."""

_NOT_NAMES = """
    unknown unidentified unnamed not known no name none nk na n k anonymous male female man woman person suspect
    offender caller possibly possible maybe perhaps ex partner former husband boyfriend girlfriend wife the a an
    her his their stranger neighbour somebody someone given stated recorded available applicable details
    police officer regina rex crown school hospital council university
"""
_NO_NAME = frozenset(_NOT_NAMES.split())
"""Words that name nobody by themselves. With another they may: Regina alone is the Crown, Regina Falk somebody."""

_NEVER_A_NAME = """
    ltd limited plc llp cic inc corporation constabulary nhs stores company organisation organization business
    refused provided declined withheld disclosed redacted
"""
_NOBODY = frozenset(_NEVER_A_NAME.split())
"""Words that are nobody's surname: what holds one is an organisation, or a remark, whatever stands beside it."""

_BODIES = frozenset({"council", "police", "school", "university", "hospital"})
"""Words that end the name of a body and are, seldom, a surname.

Far more reports tell of Northmoor Council than of a Mr Council. So it is taken for a name only with one forename that everybody
knows, and nothing else: Mark Council is somebody.
"""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A name taken apart once: its words long and plain, in order of the alphabet, as spoken, and as written.

    With them, which forenames the given one may stand for, and the scripts that nothing transliterates; "" is Latin.
    """

    words: tuple[str, ...]
    in_order: tuple[str, ...]
    letters: tuple[str, ...]
    given: str
    family: str
    may_be: frozenset[str]
    scripts: str

    @property
    def said(self) -> str:
        return " ".join(self.in_order)

    @property
    def may_be_cut(self) -> str:
        """The forename where it may be no more than the beginning of one: no name that everybody knows, nor short for one."""
        known = len(self.may_be) > 1 or established(self.given) or self.given >= SYLLABLES_FROM
        return "" if known else self.given


@lru_cache(maxsize=50_000)
def spoken(name: str) -> Spoken | None:
    """Return a name taken apart; None for one that is not known, or is no name (“unknown male”)."""
    if not is_name(name):
        return None
    given, family, other = split_name(name)
    return Spoken(
        words=tuple(sorted(name_words(name))),
        in_order=tuple(name_words(f"{given} {other} {family}")),
        letters=_letters(name),
        given="".join(name_words(given)),
        family="".join(name_words(family)),
        may_be=may_be("".join(plain_words(given))),
        scripts=" ".join(sorted({script_of(word) for word in name_words(name)} or {""})),
    )


def _letters(name: str) -> tuple[str, ...]:
    """Return the words of a name as written, without titles and digits."""
    return tuple(sorted(word for word in _lettered(re.sub(r"['’.]", "", name)) if word not in UNNAMED))


def _lettered(text: str) -> list[str]:
    if text.isascii() and text.replace(" ", "").isalpha():
        return text.lower().split()
    return words_in(re.sub(r"[0-9]", " ", plain(text)))


def name_level(told: str, record: str) -> str | None:
    """Return how two names compare; None where either is not known, or is no name (“unknown male”).

    Two that are written in different scripts which nothing transliterates cannot be compared, unless they share a word:
    王小明 may well be Wang Xiaoming.
    """
    mine, theirs = spoken(told), spoken(record)
    return None if mine is None or theirs is None else spoken_level(mine, theirs)


def spoken_level(mine: Spoken, theirs: Spoken) -> str | None:
    """Return how two names compare that are taken apart already."""
    if mine.words == theirs.words:
        return _of_the_same_words(mine, theirs)
    shared = set(mine.words) & set(theirs.words)
    if len(shared) == min(len(set(mine.words)), len(set(theirs.words))):
        return "part" if len(shared) > 1 else "one_word"
    return _of_other_words(mine, theirs) if mine.scripts == theirs.scripts else None


def may_be_slips(mine: Spoken, theirs: Spoken, *, of_a_third: bool) -> bool:
    """Return whether two forenames that are not alike may be slips, and not two established names.

    `of_a_third`: that both are like one that is known; else one is two slips of the other. A short form is compared as it
    was written, too: Been is a slip of Ben, and none of Benjamin.
    """
    if _two_forenames(mine.given, theirs.given) or max(mine.given, theirs.given) >= SYLLABLES_FROM:
        return False
    pairs = [(one, other) for one in _forenames_of(mine) for other in _forenames_of(theirs)]
    if of_a_third:
        return any(JaroWinkler.similarity(one, other) >= SLIPPED_TWICE for one, other in pairs)
    return any(_alike(one, other) or _is_slipped_twice(one, other) for one, other in pairs)


def _is_slipped_twice(mine: str, theirs: str) -> bool:
    return min(len(mine), len(theirs)) > SHORTEST_SLIPPED and DamerauLevenshtein.distance(mine, theirs) <= 2


def _forenames_of(name: Spoken) -> Iterator[str]:
    """Yield the forename as it is compared, and where it is a short form the words as written that are not the family name."""
    yield name.given
    if name.given not in name.letters:
        yield from (word for word in name.letters if word != name.family)


def _of_the_same_words(mine: Spoken, theirs: Spoken) -> str:
    if mine.in_order != theirs.in_order:
        return "reordered"
    return "same" if mine.letters == theirs.letters else "short_form"


def _of_other_words(mine: Spoken, theirs: Spoken) -> str:
    same_family = _alike(mine.family, theirs.family)
    cut = letters_of_the_cut(mine, theirs)
    alike = _alike(mine.given, theirs.given)
    if same_family and (_one_forename_says_little(mine.given, theirs.given) or (0 < cut < CUT_SHORT and not alike)):
        return "one_word"
    one_name = not mine.may_be.isdisjoint(theirs.may_be)
    two_names = _two_forenames(mine.given, theirs.given) and not one_name
    same_given = one_name or cut >= CUT_SHORT or (alike and not two_names)
    if same_given and same_family:
        return "alike"
    if not two_names and _alike(mine.given, theirs.family) and _alike(mine.family, theirs.given):
        return "alike"
    if same_given:
        return "other_family_name"
    return "other_forename" if same_family else "different"


def letters_of_the_cut(mine: Spoken, theirs: Spoken) -> int:
    """Return with how many letters one forename is the beginning of the other, as a desk cuts it short; 0 where it is not."""
    shorter, longer = sorted((mine, theirs), key=lambda name: len(name.given))
    cut = shorter.may_be_cut
    return len(cut) if 1 < len(cut) < len(longer.given) and longer.given.startswith(cut) else 0


def _one_forename_says_little(mine: str, theirs: str) -> bool:
    """Return whether one forename was not told, or is no more than the first letter of the other."""
    return not mine or not theirs or (1 in (len(mine), len(theirs)) and mine[0] == theirs[0])


def _two_forenames(mine: str, theirs: str) -> bool:
    """Return whether these are two established forenames: Jane and Jean are two, however alike they look."""
    one, other = established(mine), established(theirs)
    return bool(one and other and one != other)


def _alike(mine: str, theirs: str) -> bool:
    """Return whether two names are spelt nearly the same, sound the same, or differ by one slip of the finger.

    A name that is not there is like none.
    """
    if not mine or not theirs:
        return False
    similar = JaroWinkler.similarity(mine, theirs)
    if similar >= ALIKE or (similar >= NEAR and sound(mine) == sound(theirs) != ""):
        return True
    shortest = min(len(mine), len(theirs)) if max(mine, theirs) < SYLLABLES_FROM else 0
    return shortest >= SHORTEST_SLIPPED and DamerauLevenshtein.distance(mine, theirs, score_cutoff=1) == 1


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    return next(iter(sound_keys(word)), "")


@lru_cache(maxsize=16_384)  # one name is asked about several times in a row
def is_name(text: str) -> bool:
    """Return whether a text names somebody; “unknown male, possibly ex” does not, nor does “Tesco Stores Ltd”."""
    words = _lettered(text)
    if not _NOBODY.isdisjoint(words) or (not _BODIES.isdisjoint(words) and not _has_a_known_forename(words)):
        return False
    return any(word not in _NO_NAME for word in words)


def _has_a_known_forename(words: list[str]) -> bool:
    """Return whether these are one established forename and a surname, in either order."""
    named = [word for word in words if word not in UNNAMED]
    return len(named) == 2 and any(established(word) for word in named)
