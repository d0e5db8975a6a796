"""Finding a name that somebody typed in a hurry: which sounds lie one slip away, and which names are closest.

The sound of a name forgives vowels, doubled letters and consonants that sound alike. One slip of the finger in what is
left (a letter lost, added, swapped or wrong) leads to another sound, so the sounds around are looked for too: some
hundred and fifty exact keys, which an index answers, in the place of a comparison with every name.
"""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import DamerauLevenshtein

from fourfold.people.rules.names import name_words, sound_key, sound_keys

#: The letters of which the code of a sound is made.
LETTERS = "AFHKLMNPRSTW"
SHORTEST_FORGIVEN = 3
LIKE_ENOUGH = 0.55


def sounds_to_look_for(words: str) -> tuple[str, ...]:
    """Return the sounds of the words as typed, then those that lie one slip away from the family name's.

    A name in letters that nothing transliterates is its own sound; our code has no letters to put in its place.
    """
    heard, family = sound_keys(words), sound_key(words)
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


def likeness(words: str, name: str) -> float:
    """Return how like a name is to what was typed, 0 to 1: each word beside the word that is closest to it.

    A word that begins a longer one counts as nearly the same, for people type the beginning and look.
    """
    typed, there = name_words(words), name_words(name)
    if not typed or not there:
        return 0.0
    return sum(max(_of_words(word, other) for other in there) for word in typed) / len(typed)


def _of_words(typed: str, other: str) -> float:
    alike = DamerauLevenshtein.normalized_similarity(typed, other)
    return max(alike, 0.9) if other.startswith(typed) else alike
