"""Names in other scripts, letter by letter, near enough to how an English officer would write them.

Arabic writes few vowels, and the sound of a name forgives them: محمد becomes mhmd, which sounds like Mohammed. This is
for comparing, never for showing: what was told stays in its own letters. Letters that nothing here transliterates,
Chinese or Hebrew ones, stay too: they are compared with others of their script only.
"""

import re
import unicodedata
from functools import lru_cache


def _letters(said: str) -> dict[str, str]:
    """Return letters with how each is said; one behind whose sign nothing stands is silent."""
    return {each[0]: each[2:] for each in said.split()}


_CYRILLIC = _letters("""
    а=a б=b в=v г=g д=d е=e з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f ы=y э=e і=i ї=yi є=ye ґ=g ў=w ј=j
    љ=lj њ=nj ћ=c ђ=dj ё=yo ж=zh х=kh ц=ts ч=ch ш=sh щ=shch ъ= ь= ю=yu я=ya
    ә=a ғ=g қ=k ң=n ө=o ұ=u ү=u һ=h џ=dz ѕ=dz
""")
_GREEK = _letters(
    "α=a β=v γ=g δ=d ε=e ζ=z η=i ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f ω=o θ=th χ=ch ψ=ps"
)
_ARABIC = _letters("""
    ا=a ب=b ت=t ج=j ح=h د=d ر=r ز=z س=s ص=s ض=d ط=t ظ=z ف=f ق=q ك=k ل=l م=m ن=n ه=h و=w ي=y ى=a ة=a ئ=y ؤ=w پ=p چ=ch
    گ=g ک=k ی=y آ=a أ=a إ=a ژ=zh ڈ=d ٹ=t ڑ=r ہ=h ھ=h ے=e ث=th خ=kh ذ=dh ش=sh ع=a غ=gh ء= ں=n ٱ=a ـ=
""")
# Ain is heard as a vowel, in Ali and Omar; the stroke that only draws a word out is no letter.

_SMALL = _CYRILLIC | _GREEK
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
