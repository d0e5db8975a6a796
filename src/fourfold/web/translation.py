"""What Python hands to a page, in the language of the page: words of ours, and sentences of ours with values in them.

A `Word` is known as ours wherever it goes. A sentence that was composed (“The reference “AB1” stands in row 3”) is known by
its shape: the translation file holds it with numbered places, and what stood in them is put back untouched. Only what a
module declares to be ours comes to `translated` (problems of a form, refusals, rows of the day), never what somebody typed.
"""

from __future__ import annotations

import gettext as files
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import translation

from fourfold.words import PLACE, Sentence, Word, put

Say = Callable[[str], str]
SOURCE = "en"


class Typed(str):
    """What somebody typed, in a place that shows sentences of ours too: never taken for one, however it reads."""

    __slots__ = ()


def say(text: str) -> str:
    """Return a text of ours in the language of this page; English as it stands."""
    language = translation.get_language() or SOURCE
    return text if language == SOURCE else translation.gettext(text)


def translated(text: str) -> str:
    """Return a sentence that our code composed in the language of this page; as it stands where nobody translated it."""
    if isinstance(text, Word):
        return str(word(text, say))
    language = translation.get_language() or SOURCE
    return text if language == SOURCE or not text or isinstance(text, Typed) else _sentences_in(language)(text)


def composed(shape: str, *values: object) -> str:
    """Return a text of ours with values in its numbered places, in the language of this page.

    A value that is a word of ours is said too; every other one is put in as it is. A translation that loses or repeats a
    place is not taken. Source code writes the shape, at the call: `composed("{1}, no known act", days)`.
    """
    if say(shape) is shape and (translation.get_language() or SOURCE) == SOURCE:
        return put(shape, values)  # English, as nearly always: nothing is said
    return _put(shape, values, say)


def _put(shape: str, values: Sequence[object], say: Say) -> str:
    answer = str(word(Word(shape), say)) if any(sign.isalpha() for sign in shape) else shape
    if sorted(PLACE.findall(answer)) != sorted(PLACE.findall(shape)):
        answer = shape
    return put(answer, [word(value, say) for value in values])


def word(value: object, say: Say) -> object:
    """Return a word of ours as it is said, and every other value as it is.

    One that begins a sentence is said by its own entry, or else by that of the same word within one.
    """
    if not isinstance(value, Word) or not value:
        return value
    if isinstance(value, Sentence):
        return _put(value.shape, value.values, say)
    answer = say(value)
    if answer != value or not value[0].isupper():
        return answer
    within = value[0].lower() + value[1:]
    answer = say(within)
    return value if answer == within else answer[0].upper() + answer[1:]


def sentences(messages: Mapping[str, str]) -> Say:
    """Return how sentences are said by their shapes: the longest shape that fits, and no translation that loses a value."""
    shapes = [
        (re.compile("(.+?)".join(map(re.escape, PLACE.split(message)[::2])), re.DOTALL), PLACE.split(answer))
        for message, answer in sorted(messages.items(), key=lambda pair: -len(pair[0]))
        if answer and PLACE.search(message) and sorted(PLACE.findall(message)) == sorted(PLACE.findall(answer))
    ]

    def sentence(text: str) -> str:
        if answer := messages.get(text):
            return answer
        for shape, parts in shapes:
            if found := shape.fullmatch(text):
                return "".join(found[int(part)] if n % 2 else part for n, part in enumerate(parts))
        return text

    return sentence


@lru_cache(maxsize=4)
def _sentences_in(language: str) -> Say:
    """Return the sentences of a language, from the same files that the framework reads."""
    messages: dict[str, str] = {}
    for folder in settings.LOCALE_PATHS:
        path = Path(folder) / language / "LC_MESSAGES/django.mo"
        if path.exists():
            with path.open("rb") as file:
                held = files.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            messages |= {key: answer for key, answer in held.items() if isinstance(key, str)}
    return sentences(messages)
