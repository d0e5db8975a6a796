"""Finding a name that somebody typed in a hurry: which sounds lie one slip away, and which names are closest.

The sound of a name forgives vowels, doubled letters and consonants that sound alike. One slip of the finger in what is
left (a letter lost, added, swapped or wrong) leads to another sound, so the sounds around are looked for too: some
hundred and fifty exact keys, which an index answers, in the place of a comparison with every name.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from fourfold.people.rules.names import name_words, plain_words, sound_key, sound_keys
from fourfold.people.rules.phonetics import sound_of

#: The letters of which the code of a sound is made.
LETTERS = "AFHKLMNPRSTW"
SHORTEST_FORGIVEN = 3
#: So many words of a name are tried written as one.
MOST_WORDS = 4
LIKE_ENOUGH = 0.55


def sounds_typed(words: str) -> tuple[str, ...]:
    """Return the sounds of the words as typed, and of those beside each other written as one."""
    return tuple(dict.fromkeys((*sound_keys(words), *_said_as_one(words))))


@lru_cache(maxsize=64)  # a search asks five times
def sounds_to_look_for(words: str) -> tuple[str, ...]:
    """Return the sounds of the words as typed, then those that lie one slip away from the family name's.

    A name in letters that nothing transliterates is its own sound; our code has no letters to put in its place.
    """
    heard, family = sounds_typed(words), sound_key(words)
    near = _one_slip_away(family) if family.isascii() and len(family) >= SHORTEST_FORGIVEN else ()
    return tuple(dict.fromkeys((*heard, *near)))


def _one_slip_away(sound: str) -> Iterator[str]:
    for place in range(len(sound) + 1):
        before, rest = sound[:place], sound[place:]
        yield from (before + letter + rest for letter in LETTERS)
        if rest:
            yield before + rest[1:]
            yield from (before + letter + rest[1:] for letter in LETTERS)
        if len(rest) > 1:
            yield before + rest[1] + rest[0] + rest[2:]


def _said_as_one(words: str) -> Iterator[str]:
    """Yield how neighbouring words sound as one: `Mac Donald` is `MacDonald`."""
    for word in _run_together(plain_words(words)):
        yield sound_of(word)[:40]


def _run_together(words: Sequence[str]) -> list[str]:
    """Return the words, and each two or more that stand beside each other written as one."""
    ends = range(1, min(len(words), MOST_WORDS) + 1)
    return ["".join(words[start : start + n]) for n in ends for start in range(len(words) - n + 1)]


def likeness(words: str, name: str) -> float:
    """Return how like a name is to what was typed, 0 to 1: each word beside the word that is closest to it, wherever the
    spaces are.

    A word that begins a longer one counts as nearly the same, for people type the beginning and look.
    """
    return likeness_to(words)(name)


def likeness_to(words: str) -> Callable[[str], float]:
    """Return the `likeness` of any name to what was typed, which takes that apart once, and weighs a word that many bear once."""
    typed, weighed = name_words(words), cache(_of_words)
    whole = "".join(typed)

    def like(name: str) -> float:
        there = _run_together(name_words(name))
        if not typed or not there:
            return 0.0
        apart = sum([max([weighed(word, other) for other in there]) for word in typed]) / len(typed)
        return apart if len(typed) == 1 else max(apart, *[_of_words(whole, other) for other in there])

    return cache(like)


def _of_words(typed: str, other: str) -> float:
    alike = DamerauLevenshtein.normalized_similarity(typed, other)
    return max(alike, 0.9) if other.startswith(typed) else alike
