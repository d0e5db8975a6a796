"""Names in other scripts, letter by letter, near enough to how an English officer would write them.

Arabic writes few vowels, and the sound of a name forgives them: محمد becomes mhmd, which sounds like Mohammed. This is
for comparing, never for showing: what was told stays in its own letters. Letters that nothing here transliterates,
Chinese or Hebrew ones, stay too: they are compared with others of their script only.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = dict(
    zip(
        "абвгдезийклмнопрстуфыэіїєґўјљњћђ",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "y",
            "e",
            "i",
            "yi",
            "ye",
            "g",
            "w",
            "j",
            "lj",
            "nj",
            "c",
            "dj",
        ],
        strict=True,
    )
) | {
    "ё": "yo",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}
_FURTHER_CYRILLIC = {
    "ә": "a",
    "ғ": "g",
    "қ": "k",
    "ң": "n",
    "ө": "o",
    "ұ": "u",
    "ү": "u",
    "һ": "h",
    "џ": "dz",
    "ѕ": "dz",
}
_GREEK = dict(
    zip(
        "αβγδεζηικλμνξοπρσςτυφω",
        ["a", "v", "g", "d", "e", "z", "i", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "s", "t", "y", "f", "o"],
        strict=True,
    )
) | {"θ": "th", "χ": "ch", "ψ": "ps"}
_ARABIC = dict(
    zip(
        "ابتجحدرزسصضطظفقكلمنهويىةئؤپچگکیآأإژڈٹڑہھے",
        [
            "a",
            "b",
            "t",
            "j",
            "h",
            "d",
            "r",
            "z",
            "s",
            "s",
            "d",
            "t",
            "z",
            "f",
            "q",
            "k",
            "l",
            "m",
            "n",
            "h",
            "w",
            "y",
            "a",
            "a",
            "y",
            "w",
            "p",
            "ch",
            "g",
            "k",
            "y",
            "a",
            "a",
            "a",
            "zh",
            "d",
            "t",
            "r",
            "h",
            "h",
            "e",
        ],
        strict=True,
    )
) | {"ث": "th", "خ": "kh", "ذ": "dh", "ش": "sh", "ع": "a", "غ": "gh", "ء": "", "ں": "n", "ٱ": "a", "ـ": ""}
# Ain is heard as a vowel, in Ali and Omar; the stroke that only draws a word out is no letter.

_SMALL = _CYRILLIC | _FURTHER_CYRILLIC | _GREEK
_TABLE = str.maketrans({**_SMALL, **_ARABIC, **{small.upper(): said.title() for small, said in _SMALL.items()}})


def in_latin(text: str) -> str:
    """Return a text with Cyrillic, Greek and Arabic letters written in Latin ones; other letters stay."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKD", text.translate(_TABLE)).translate(_TABLE)  # й is a letter, ί an ι with a mark


def without_accents(text: str) -> str:
    """Return a text without the marks that a reader may leave out, accents and the vowel points of Hebrew and Arabic.

    Marks that make another letter stay: the vowels of Thai and of the scripts of India, and が beside か.
    """
    kept = (c for c in unicodedata.normalize("NFKD", text) if not _may_be_left_out(unicodedata.combining(c)))
    return unicodedata.normalize("NFC", "".join(kept))  # a Korean syllable is one letter again


def _may_be_left_out(combining: int) -> bool:
    return combining >= _ACCENTS or combining in _OVERLAYS or combining in _POINTS


#: By the combining classes of Unicode.
_ACCENTS, _OVERLAYS, _POINTS = 200, range(1, 7), range(10, 37)


@lru_cache(maxsize=16_384)
def script_of(word: str) -> str:
    """Return in which script a plain word is written that nothing transliterates (`CJK`, `HEBREW`); "" for Latin ones."""
    letter = "" if re.search(r"[a-z0-9]", word) else word[:1]
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""


def words_in(text: str) -> list[str]:
    """Return the words of a plain text: letters of any script with the marks that belong to them, and digits."""
    if text.isascii():
        return _WORD.findall(text)
    parted = "".join(c if c.isalpha() or c in _DIGITS or unicodedata.category(c)[0] == "M" else " " for c in text)
    return [word for each in parted.split() if (word := _without_loose_marks(each))]


_WORD, _DIGITS = re.compile(r"[a-z0-9]+"), frozenset("0123456789")


def _without_loose_marks(word: str) -> str:
    """Return a word from its first letter on: a mark that stands on nothing begins none."""
    return next((word[place:] for place, c in enumerate(word) if unicodedata.category(c)[0] != "M"), "")
