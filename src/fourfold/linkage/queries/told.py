"""What an allegation tells of its people, as they are compared and as their records take it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fourfold.intake.models import Allegation, FurtherPerson
from fourfold.linkage import rules
from fourfold.linkage.terms import Traits
from fourfold.people.rules import key_of, parse_birth
from fourfold.people.rules.records import sex_of
from fourfold.people.terms import InvalidBirth, MarkKind, Part, PersonDetails

MOST_TO_LEARN_FROM = 100_000
_TOLD = ("name", "birth", "sex", "phone", "email", "address")


def told_of(allegation: Allegation, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of its victim or subject, normalised; what cannot be read is not known."""
    given = {name: getattr(allegation, f"{part}_{name}") for name in _TOLD}
    return _traits_told(given, allegation.words if part is Part.SUBJECT else "", on)


def told_of_further(further: FurtherPerson, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of somebody beside its first victim and its first subject."""
    return _traits_told({name: getattr(further, name) for name in _TOLD}, "", on)


def _traits_told(given: dict[str, str], words: str, on: date) -> Traits:
    marks = {(kind, key_of(kind, given[str(kind)])) for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)}
    marks |= {(MarkKind.VEHICLE, key_of(MarkKind.VEHICLE, plate)) for plate in rules.plates_in(words)}
    return Traits(
        name=given["name"] if rules.is_name(given["name"]) else "",
        birth_on=readable_birth(given["birth"], on=on),
        sex=sex_of(given["sex"]),
        marks=frozenset((kind, key) for kind, key in marks if key),
    )


def details_of(allegation: Allegation, part: Part, *, on: date) -> PersonDetails:
    """Return what an allegation that was opened tells of a person, as people's records take it. No statement.

    Words that are no name (“unknown male”) and a day that no calendar has are left out: they stay as they were told.
    """
    name, birth = getattr(allegation, f"{part}_name"), getattr(allegation, f"{part}_birth")
    return PersonDetails(
        name=name if rules.is_name(name) else "",
        birth=birth if readable_birth(birth, on=on) else "",
        sex=getattr(allegation, f"{part}_sex"),
        phone=getattr(allegation, f"{part}_phone"),
        email=getattr(allegation, f"{part}_email"),
        address=getattr(allegation, f"{part}_address"),
        relationship=allegation.relationship,
    )


def told_at(site: str, *, on: date) -> Iterator[Traits]:
    """Yield what the newest 100,000 allegations of a site tell of their victims and subjects: to count, never to show."""
    rows = Allegation.objects.unscoped("counted, never shown").filter(site=site).order_by("-told_at", "id")
    for row in rows[:MOST_TO_LEARN_FROM].iterator(chunk_size=2_000):
        for part in Part:
            traits = told_of(row, part, on=on)
            if traits != Traits(sex=traits.sex):
                yield traits


def readable_birth(text: str, *, on: date) -> date | None:
    """Return a day of birth as told, or None where it is no day: the words stay in the allegation."""
    try:
        return parse_birth(text, on=on)
    except InvalidBirth:
        return None
