"""A text as its words are compared: without case, accents and apostrophes, each with the place at which it stands."""

import re
import unicodedata
from typing import NamedTuple

from fourfold.governance.rules.short_forms import SHORT

#: Letters of other alphabets that look like ours on paper: a place written with them is read as it looks.
LOOKS_LIKE = str.maketrans("авекмнорстухіјѕԁӏɡαβεηικμνορτυχζ", "abekmhopctyxijsdlgabehikmnoptyxz")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)


class Token(NamedTuple):
    """A word of a text as it is compared, and where it stands."""

    word: str
    start: int
    end: int
    capital: bool


def plainly(text: str) -> str:
    """Return a text without case, with accents beside their letters, and every alphabet's digits as our own."""
    if text.isascii():  # most texts, at a quarter of the time
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold().translate(LOOKS_LIKE)
    return plain if plain.isascii() else "".join(_digit(sign) if sign.isdecimal() else sign for sign in plain)


def _digit(sign: str) -> str:
    return str(unicodedata.decimal(sign))


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text without case, accents and apostrophes, the longer forms of some shortened."""
    found, plain = [], text.lower() if text.isascii() else ""
    for hit in WORD.finditer(text):
        start, end = hit.span()
        word = plain[start:end] or plainly(hit[0])
        if not word.isalnum():
            word = "".join(letter for letter in word if letter.isalnum())
        found.append(Token(SHORT.get(word, word), start, end, text[start].isupper()))
    return found
