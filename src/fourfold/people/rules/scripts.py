"""Names in other scripts, letter by letter, near enough to how an English officer would write them.

Arabic writes few vowels, and the sound of a name forgives them: محمد becomes mhmd, which sounds like Mohammed. This is
for comparing, never for showing: what was told stays in its own letters.
"""

from __future__ import annotations

import unicodedata

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
) | {"ث": "th", "خ": "kh", "ذ": "dh", "ش": "sh", "ع": "", "غ": "gh", "ء": ""}

_TABLE = str.maketrans(
    {**_CYRILLIC, **_GREEK, **_ARABIC, **{big.upper(): said.title() for big, said in (_CYRILLIC | _GREEK).items()}}
)


def in_latin(text: str) -> str:
    """Return a text with Cyrillic, Greek and Arabic letters written in Latin ones; other letters stay."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKD", text.translate(_TABLE)).translate(_TABLE)  # й is a letter, ί an ι with a mark
