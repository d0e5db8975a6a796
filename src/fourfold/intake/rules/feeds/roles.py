"""What a person is in a crime, in the words and letters that forces and their systems write into a column."""

import re
import unicodedata
from collections.abc import Iterable

from fourfold.intake.terms import PersonRole

OTHER = "other"
#: How answers are written, in small letters.
YES, NO = (
    frozenset({"y", "yes", "true", "1", "t", "ie", "oes"}),
    frozenset({"n", "no", "false", "0", "f", "na", "nage", "nac oes"}),
)
NOT_KNOWN = frozenset({"u", "unknown", "n/k", "nk", "?", "anhysbys"})
_WORDS = {
    PersonRole.VICTIM.value: (
        "v vic vict vics vctm victim complainant comp aggrieved ap ip dioddefwr dioddefydd dioddefwraig achwynydd"
    ),
    PersonRole.SUBJECT.value: (
        "s sus susp suspect subject off offender acc accused def defendant perp perpetrator nominal drwgdybiedig "
        "amheuedig troseddwr diffynnydd cyhuddedig"
    ),
    OTHER: "w wit witness inf informant caller rp reporter tp tyst parent guardian aa oic officer hysbysydd rhiant other",
}
_PHRASES = {
    PersonRole.VICTIM.value: ("injured party", "injured person", "aggrieved party", "aggrieved person"),
    PersonRole.SUBJECT.value: (
        *("named suspect", "a ddrwgdybir", "sawl a ddrwgdybir", "y sawl a ddrwgdybir", "person a ddrwgdybir"),
        *("person of interest", "alleged offender"),
    ),
    OTHER: ("reporting person", "third party", "appropriate adult"),
}
_ROLE_OF = {word: role for role, words in _WORDS.items() for word in (*words.split(), *_PHRASES[role])}
_COUNTED = re.compile(r"(.*?)([\W_]*)(\d{1,2})\W*")
#: Somebody who comes later in a file may be counted as far as this.
_COUNTED_TO = 9


def role_of(value: str) -> str | None:
    """Return "victim", "subject" or "other" for a role as it is written: “Victim”, “V1”, “SUS 2”, “Dioddefwr”."""
    word = "".join(mark for mark in unicodedata.normalize("NFKD", value.strip().casefold()) if mark.isascii())
    counted = _COUNTED.fullmatch(word)
    return _ROLE_OF.get(word) or (_ROLE_OF.get(counted[1].strip()) if counted else None)


def roles_among(values: Iterable[str]) -> dict[str, list[str]]:
    """Return the values that name a role, by role; of those that are counted (“V1”) also the next that may come."""
    found: dict[str, dict[str, None]] = {}
    for value in values:
        if role := role_of(value):
            found.setdefault(role, {}).update(dict.fromkeys((value, *_counted_on(value))))
    return {role: list(words) for role, words in found.items()}


def _counted_on(value: str) -> Iterable[str]:
    counted = re.fullmatch(r"(.*\D)\d", value)
    return (f"{counted[1]}{number}" for number in range(1, _COUNTED_TO + 1)) if counted else ()
