"""What becomes of a person's details when they are put on record."""

from collections.abc import Iterator
from datetime import date

from fourfold.people.rules.birth_dates import parse_birth
from fourfold.people.rules.identifiers import key_of
from fourfold.people.rules.names import name_key, sound_key, split_name
from fourfold.people.terms import InvalidDetails, MarkKind, PersonDetails
from fourfold.pronouns import Pronoun
from fourfold.words import sentence, words

LONGEST = {"name": 160, "phone": 80, "email": 120, "address": 200}
LONGEST_PART = {"given_name": 80, "family_name": 80, "other_names": 200}
_SEXES = {"f": "F", "female": "F", "woman": "F", "m": "M", "male": "M", "man": "M", "x": "X", "other": "X"}
_REACHES = (("phone", MarkKind.PHONE), ("email", MarkKind.EMAIL), ("address", MarkKind.ADDRESS))


def columns_of(details: PersonDetails, *, on: date) -> dict[str, object]:
    """Return the columns of a person's record; raises InvalidDetails or InvalidBirth, naming the field to mend."""
    for field, most in LONGEST.items():
        if len(getattr(details, field)) > most:
            raise InvalidDetails(
                field, sentence("Shorten this to {1} characters or fewer. The full text stays as it was told.", most)
            )
    given, family, other = split_name(details.name)
    parts = {"given_name": given, "family_name": family, "other_names": other}
    for part, most in LONGEST_PART.items():
        if len(parts[part]) > most:
            raise InvalidDetails("name", sentence("Shorten each part of the name to {1} characters or fewer.", most))
    return {
        **parts,
        "name_key": name_key(details.name),
        "sound_key": sound_key(details.name),
        "birth_on": parse_birth(details.birth, on=on),
        "sex": sex_of(details.sex),
        "pronoun": details.pronoun if details.pronoun in set(Pronoun) else "",
    }


def sex_of(text: str) -> str:
    """Return F, M or X, or "" where it is not known; words that say neither are not known, never a guess."""
    return _SEXES.get(text.strip().lower(), "")


def reaches_of(details: PersonDetails) -> Iterator[tuple[MarkKind, str, str]]:
    """Yield (kind, value as told, key) for each number, mailbox, address and further mark that was told."""
    told = ((kind, getattr(details, field)) for field, kind in _REACHES)
    for kind, value in (*told, *details.marks):
        if value := value.strip():
            yield kind, value, key_of(kind, value)


def why_not_kept(kind: MarkKind, value: str) -> str | None:
    """Return why a number, address, car or account cannot be kept, and how to mend it; None where it can."""
    if not value.strip():
        return sentence("Write the {1}.", kind)
    if len(value) > 200:
        return "Shorten this to 200 characters or fewer."
    if not key_of(kind, value):
        return _MEND[kind]
    return None


_MEND = words(
    {
        MarkKind.PHONE: "This is not a telephone number. Write it as 07700 900123 or +44 7700 900123.",
        MarkKind.EMAIL: "This is not an email address. Write it as name@example.org.",
        MarkKind.ADDRESS: "This is too short for an address. Write the street and the town, or the postcode.",
        MarkKind.VEHICLE: "This is not a number plate. Write it as AB12 CDE.",
        MarkKind.ACCOUNT: "Write the name of the account.",
        MarkKind.OTHER_NAME: "This is not a full name. Write a forename and a family name.",
    }
)
