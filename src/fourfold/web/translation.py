"""What Python hands to a page, in the language of the page: words of ours, and sentences of ours with values in them.

A `Word` is known as ours wherever it goes; a `Sentence` is said by its shape, which the translation file holds with numbered
places, and what somebody typed in them is put back untouched. Only what a module declares to be ours comes to `translated`
(problems of a form, refusals, rows of the day), never what somebody typed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import translation

from fourfold.words import PLACE, Sentence, Word, put

Say = Callable[[str], str]
SOURCE = "en"
#: The language of the page that is being drawn: a list asks for it five times a row, and the framework looks long.
_DRAWN: ContextVar[str] = ContextVar("drawn", default="")


class Typed(str):
    """What somebody typed, in a place that shows sentences of ours too: never taken for one, however it reads."""

    __slots__ = ()


@contextmanager
def drawn_in(language: str = "") -> Iterator[None]:
    """Draw a page, or word what it shows, in a language; left out, in that which is spoken now."""
    language = language or translation.get_language() or SOURCE
    token = _DRAWN.set(language)
    try:
        with translation.override(language):
            yield
    finally:
        _DRAWN.reset(token)


def _is_english() -> bool:
    return (_DRAWN.get() or translation.get_language() or SOURCE) == SOURCE


def say(text: str) -> str:
    """Return a text of ours in the language of this page; English as it stands."""
    return text if _is_english() else translation.gettext(text)


def translated(text: str) -> str:
    """Return a text of ours in the language of this page; as it stands where nobody translated it, or somebody typed it."""
    if _is_english():  # as nearly always: it is what it says
        return str(text) if isinstance(text, Word) else text
    if isinstance(text, Word):
        return str(word(text, say))
    return text if not text or isinstance(text, Typed) else say(text)


def composed(shape: str, *values: object) -> str:
    """Return a text of ours with values in its numbered places, in the language of this page.

    A value that is a word of ours is said too; every other one is put in as it is. A translation that loses or repeats a
    place is not taken. Source code writes the shape, at the call: `composed("{1}, no known act", days)`.
    """
    if say(shape) is shape and _is_english():
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
