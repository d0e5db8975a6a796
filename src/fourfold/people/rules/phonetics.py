"""How an English name sounds, written down: a small code of our own, in the spirit of the Metaphone family.

Names that people confuse on the telephone get one code: Smith, Smyth and Smythe; Reid, Reed and Read; Philip and
Filip; Wright and Rite. Vowels count only at the beginning, and voiced consonants are written as voiceless ones.
"""

import re
from functools import lru_cache

#: Applied in this order to the whole word in small letters; a capital is final and no later line changes it.
_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"^ma?c(?=[bcdfghjklmnpqrstvwz])", "mk"),  # McDonald, MacDonald
        (r"^(?:kn|gn|pn)", "n"),  # Knight, Gnosall
        (r"^wr", "r"),  # Wright
        (r"^wh", "w"),  # Whitney
        (r"^x", "s"),  # Xavier
        (r"^rh", "r"),  # Rhys
        (r"^ps", "s"),
        (r"mb(?=$|[^aeiouyrl])", "m"),  # Lamb, Plumb
        (r"thes$|th", "T"),  # Thomas beside Tomas, Smith beside Smit
        (r"ph", "f"),  # Philip, Stephen
        (r"(?<=[aeiou])ugh(?=an?$|n|t|$)", ""),  # Vaughan, Haughton
        (r"(?<=[aeiou])gh(?=t|$|[^aeiouy])", ""),  # Wright, Leigh
        (r"gh", "k"),
        (r"sch(?=[aeiou])", "sk"),
        (r"sch", "S"),
        (r"tch|ch(?=[aeiouy]|$|[^aeiouyrl])", "S"),  # Mitchell
        (r"ch", "k"),  # Christine
        (r"sh|ti(?=on|an)|ci(?=an)", "S"),
        (r"dg(?=[eiy])", "S"),
        (r"dt$", "T"),  # Schmidt
        (r"ck", "k"),
        (r"cc(?=[eiy])", "ks"),
        (r"c(?=[eiy])", "s"),  # Cecil
        (r"[cq]", "k"),
        (r"g(?=[ey]|i(?!l))|j", "S"),  # George, Gerald, Jerry; Gilbert keeps its g
        (r"gn(?=$|s$)", "n"),
        (r"g", "k"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"v", "f"),
        (r"d", "T"),
        (r"t", "T"),
        (r"b", "p"),
        (r"(?<=[a-zA-Z])[hw]", ""),  # silent, or part of a vowel
    )
)


@lru_cache(maxsize=65_536)  # the words of names come again and again
def sound_of(word: str) -> str:
    """Return the code of one plain word in small letters: capitals and digits only; "" for an empty word.

    A word in letters that nothing transliterates is its own code, which is no code of a Latin word, for these are ASCII.
    One such letter in a Latin word is silent.
    """
    sounding = re.sub(r"[^a-z0-9]", "", word) if not word.isascii() else word
    if not sounding:
        return word
    for pattern, written in _STEPS:
        sounding = pattern.sub(written, sounding)
    head = "A" if sounding[:1] in tuple("aeiouy") else sounding[:1]
    body = re.sub(r"[aeiouy]", "", sounding[1:])
    return re.sub(r"(.)\1+", r"\1", (head + body).upper())
