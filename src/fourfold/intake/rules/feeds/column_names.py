"""Which part of an allegation a column's name speaks of, in the words that forces and their systems use."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from fourfold.intake.rules.columns import PERSON

_SYNONYMS = tomllib.loads(files("fourfold.intake.rules.feeds").joinpath("synonyms.toml").read_text(encoding="utf-8"))
#: Words in Welsh and short ones, each with the one that is known.
_SAME: dict[str, str] = {
    same: word for of in ("welsh", "short") for word, others in _SYNONYMS[of].items() for same in others.split()
}
_MARKS = re.compile("[\u0300-\u036f]")
#: “D.O.B.” is one word, and “V1” is the first victim.
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}(?:[A-Za-z]\b)?")
_COUNTED_PERSON = re.compile(r"(?<![A-Za-z0-9])[VSWvsw](?=\d{1,2}(?!\d))")
_PERSONS = {"v": "victim ", "s": "suspect ", "w": "witness "}
_BOUNDARY = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")


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
    "address": _any("address addr postcode postcodes street road residence"),
    "relationship": _any("relationship relation"),
} | {column.name: _any(column.called) for column in PERSON if column.called}
#: Words that some names of persons and other things share: they name a name only where nothing else is named.
_WEAK = _any("given family first last")
#: What says that a column is not of the victim or suspect alone: somebody else's, or a name or address besides the own.
BESIDE = _any(
    "employer solicitor lawyer parent guardian mother father kin school gp doctor officer oic interpreter carer landlord "
    "alias aliases aka maiden nickname previous former work workplace"
)
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_NAME_PARTS = {
    "forename": _any("forename forenames firstname given first"),
    "middle": _any("middle middlename"),
    "surname": _any("surname lastname family last"),
}
_ADDRESS_PARTS = _any("line postcode postcodes street road town city county house number flat district")
REFERENCE = _any("ref reference number no nr id urn crimeno crimeref crimenumber key")
CRIME = _any("crime crm crimeref crimeno crimenumber incident occurrence case dr offence report record")
TOLD = _any("reported rptd report recorded created told received logged")
OCCURRED = _any("occurred occ committed offence offense incident happened event from start when")
UNTIL = _any("to until end ended latest")
CLASS = _any(
    "class classes classification codes offences offenses crimes code crm iucr ho hocode offence offense type crime category"
)
WORDS = _any("mo modus summary narrative description notes story details circumstances text words")
PLACE = _any("location place block premises scene venue where")
INCLUDED = _any("included incl inc additional other secondary subsidiary also further")
CODES = _any("codes mocodes")
ROLE = _any("role involvement capacity")
DATE = _any("date day datetime on at dt moment")
TIME = _any("time hour hours clock")
WITNESS = _any("witness wit tyst informant caller reporter officer oic supervisor")
PERSONAL = _any("person persons nominal party individual")
FORMER, PARTNER = _any("ex former previous expartner formerpartner"), _any("partner spouse intimate expartner")
RELATIONSHIP = _PERSON["relationship"]
WEAPON = _any("weapon weapons")
CHANGED = _any("updated modified amended changed extracted exported")
#: Words that say something of what a column holds.
KNOWN = frozenset().union(
    *(VICTIM, SUBJECT, *_PERSON.values(), BESIDE, REFERENCE, CRIME, TOLD, OCCURRED, UNTIL, CLASS, WORDS, PLACE),
    *(INCLUDED, CODES, ROLE, DATE, TIME, WITNESS, PERSONAL, WEAPON, CHANGED),
)
#: Words besides those of a detail that leave it anybody's: “Date of birth”, “Contact number”.
_NEUTRAL = _any("date day of the number no full home contact main r y yr") | PERSONAL


def words_of(name: str) -> frozenset[str]:
    """Return the words of a column's name in small letters: “DateReported”, “date_reported” and “Date reported” alike.

    Welsh and short words stand as those that are known, without accents: “Dyddiad geni” has “dob” among its words.
    """
    return _with_pairs(_parts_of(name))


def _parts_of(name: str) -> list[str]:
    plain = _INITIALS.sub(
        lambda dotted: dotted[0].replace(".", ""), _MARKS.sub("", unicodedata.normalize("NFKD", name))
    )
    plain = _COUNTED_PERSON.sub(lambda letter: _PERSONS[letter[0].lower()], plain)
    parts = [part.lower() for part in _BOUNDARY.split(plain) if part]
    said: list[str] = []
    at = 0
    while at < len(parts):
        pair = _SYNONYMS["of_two"].get(" ".join(parts[at : at + 2]))
        said.append(pair or _SAME.get(parts[at], parts[at]))
        at += 2 if pair else 1
    return said


def _with_pairs(parts: list[str]) -> frozenset[str]:
    return frozenset(parts) | frozenset(first + second for first, second in pairwise(parts))


def person_of(words: frozenset[str]) -> str | None:
    """Return "victim" or "subject" where the words speak of one of them."""
    if words & SUBJECT and words & _PERSON["relationship"]:
        return "subject"
    if words & VICTIM:
        return "victim"
    return "subject" if words & SUBJECT else None


def detail_of(words: frozenset[str]) -> str | None:
    """Return which detail of a person the words name."""
    found = [detail for detail, known in _PERSON.items() if words & known]
    if len(found) > 1 and found[0] == "name" and not words & (_PERSON["name"] - _WEAK):
        return found[1]
    if found[:1] == ["name"] and "address" in found and not words & (_PERSON["name"] - _WEAK - {"name"}):
        return "address"  # the name of a street is nobody's
    return found[0] if found else None


def names_a_role(words: frozenset[str]) -> bool:
    """Return whether words speak of the victim or the suspect, and not of whoever the person of a row is."""
    return bool(words & ((VICTIM | SUBJECT) - PERSONAL))


def is_person_alone(name: str) -> bool:
    """Return whether a name is a person's and nothing else: “Victim”, “Suspect 2”, “Y dioddefwr”."""
    return all(part in VICTIM | SUBJECT | _NEUTRAL or part.isdigit() for part in _parts_of(name))


def bare_detail_of(name: str) -> str | None:
    """Return the detail of a person that a name speaks of without saying whose: “Surname”, and no “Station name”."""
    parts = [part for part in _parts_of(name) if not part.isdigit()]
    details = _with_pairs(parts) & frozenset().union(*_PERSON.values()) - _WEAK
    known = frozenset().union(*_PERSON.values())
    if not details or not all(part in known | _NEUTRAL for part in parts):
        return None
    return detail_of(_with_pairs(parts))


@dataclass(frozen=True)
class Numbered:
    """Which of several victims or suspects a column names: “Victim 2 name” by `number`, “Victim name 2” by `last`.

    A number at the end may as well count the phones or the lines of an address of one person. `words` are without it.
    """

    number: int | None
    last: int | None
    words: frozenset[str]


def numbered(name: str, person: str) -> Numbered:
    """Return which victim or suspect a column's name means, as far as it says."""
    parts, known = _parts_of(name), VICTIM if person == "victim" else SUBJECT
    at = next((place for place, part in enumerate(parts) if part in known), None)
    if at is None:
        counts = len(parts) > 1 and _counts(parts[-1])
        return Numbered(None, int(parts[-1]) if counts else None, _with_pairs(parts[:-1] if counts else parts))
    number, before, after = None, parts[:at], parts[at:]
    skipped = 2 if after[1:2] and after[1] in ("no", "nr", "number") else 1
    if after[skipped : skipped + 1] and _counts(after[skipped]) and len(after) > skipped + 1:
        number, after = int(after[skipped]), [after[0], *after[skipped + 1 :]]
    elif before and before[-1] in _ORDINALS:
        number, before = _ORDINALS[before[-1]], before[:-1]
    elif "".join(before[-2:]) in _ORDINALS:
        number, before = _ORDINALS["".join(before[-2:])], before[:-2]
    last = int(after[-1]) if _counts(after[-1]) else None
    return Numbered(number, last, _with_pairs([*before, *(after if last is None else after[:-1])]))


def _counts(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 2


def part_of_name(words: Iterable[str]) -> str:
    """Return which part of a person's name the words mean, "whole" where they name no part."""
    there = frozenset(words)
    return next((part for part, known in _NAME_PARTS.items() if there & known), "whole")


def place_in_name(words: Iterable[str]) -> int:
    """Return where a part of a name stands in it: a forename before the middle one, and both before the surname."""
    return [*_NAME_PARTS, "whole"].index(part_of_name(words))


def part_of_address(words: Iterable[str]) -> frozenset[str]:
    """Return which part of an address the words mean, nothing for a whole one."""
    return _ADDRESS_PARTS.intersection(words)
