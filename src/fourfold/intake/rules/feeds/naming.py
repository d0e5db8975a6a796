"""Which part of an allegation a column's name speaks of, in the words that forces and their systems use."""

from __future__ import annotations

import re
from itertools import pairwise

_BOUNDARY = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")


def _any(words: str) -> frozenset[str]:
    return frozenset(words.split())


VICTIM = _any("victim vict vic aggrieved complainant injured ip")
SUBJECT = _any("suspect susp offender perpetrator accused subject defendant nominal")
_PERSON = {
    "name": _any("name forename surname firstname lastname fullname forenames given family first last"),
    "birth": _any("dob birth born birthdate dateofbirth"),
    "sex": _any("sex gender"),
    "phone": _any("phone tel telephone mobile msisdn"),
    "email": _any("email mail"),
    "address": _any("address addr postcode postcodes street residence"),
    "relationship": _any("relationship relation"),
}
REFERENCE = _any("ref reference number no nr id urn crimeno crimeref crimenumber key")
CRIME = _any("crime incident occurrence case dr offence report record")
TOLD = _any("reported rptd report recorded created told received logged")
OCCURRED = _any("occurred occ committed offence offense incident happened event from start when")
UNTIL = _any("to until end ended latest")
CLASS = _any(
    "class classes classification codes offences offenses crimes code crm iucr ho hocode offence offense type crime category"
)
WORDS = _any("mo modus summary narrative description notes story details circumstances text words")
PLACE = _any("location place block premises scene venue where")
INCLUDED = _any("included additional other secondary")
CODES = _any("codes mocodes")
ROLE = _any("role involvement capacity")
DATE = _any("date day datetime on at dt moment")
TIME = _any("time hour hours clock")
WEAPON = _any("weapon weapons")
CHANGED = _any("updated modified amended changed extracted exported")


def words_of(name: str) -> frozenset[str]:
    """Return the words of a column's name in small letters: “DateReported”, “date_reported” and “Date reported” alike."""
    parts = [part.lower() for part in _BOUNDARY.split(name) if part]
    return frozenset(parts) | frozenset(first + second for first, second in pairwise(parts))


def person_of(words: frozenset[str]) -> str | None:
    """Return "victim" or "subject" where the words speak of one of them."""
    if words & VICTIM:
        return "victim"
    return "subject" if words & SUBJECT else None


def detail_of(words: frozenset[str]) -> str | None:
    """Return which detail of a person the words name."""
    return next((detail for detail, known in _PERSON.items() if words & known), None)
