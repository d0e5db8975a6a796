"""What an allegation tells of its people, as they are compared and as their records take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from operator import attrgetter

from fourfold.intake.models import Allegation, FurtherPerson
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.terms import KnownBy, KnownKind, PersonAsTold
from fourfold.linkage import rules
from fourfold.linkage.terms import Traits
from fourfold.people.rules import key_of, name_words, parse_birth, split_name
from fourfold.people.rules.identifiers import other_name_key
from fourfold.people.rules.records import sex_of
from fourfold.people.rules.search_keys import STRENGTH, number_of
from fourfold.people.terms import InvalidBirth, MarkKind, Part, PersonDetails

MOST_TO_LEARN_FROM = 100_000


def told_of(allegation: Allegation, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of its victim or subject, normalised; what cannot be read is not known."""
    return _traits_told(*_said(allegation, part), on)


def told_of_again(allegation: Allegation, part: Part, *, on: date) -> Traits:
    """Return the same for a list, which is read again with most of the same reports: kept by what is told."""
    return _traits_kept(*_said(allegation, part), on)


def _said(allegation: Allegation, part: Part) -> tuple[tuple[str, ...], tuple[KnownBy, ...], tuple[str, ...]]:
    plates = rules.plates_in(allegation.words) if part is Part.SUBJECT else ()
    return _COLUMNS[part](allegation), tuple(allegation.known_by.get(str(part), ())), plates


_COLUMNS = {part: attrgetter(*(f"{part}_{name}" for name in NAMES_OF_EACH)) for part in Part}


def told_of_further(further: FurtherPerson | PersonAsTold, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of somebody besides its first victim and its first subject."""
    return _traits_told(tuple(getattr(further, name) for name in NAMES_OF_EACH), further.known_by, (), on)


def _traits_told(told: tuple[str, ...], known_by: Iterable[KnownBy], plates: tuple[str, ...], on: date) -> Traits:
    given = dict(zip(NAMES_OF_EACH, told, strict=True))
    marks = {(kind, key_of(kind, given[str(kind)])) for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)}
    marks |= {(MarkKind.VEHICLE, key_of(MarkKind.VEHICLE, plate)) for plate in plates}
    marks |= {(kind, key_of(kind, value)) for kind, value in _marks_of(given["name"], known_by)}
    return Traits(
        name=given["name"] if rules.is_name(given["name"]) else "",
        birth_on=readable_birth(given["birth"], on=on),
        sex=sex_of(given["sex"]),
        marks=frozenset((kind, key) for kind, key in marks if key),
    )


MOST_KEPT = 1_024
_traits_kept = lru_cache(maxsize=MOST_KEPT)(_traits_told)


def _marks_of(name: str, known_by: Iterable[KnownBy]) -> Iterator[tuple[MarkKind, str]]:
    """Yield what somebody is known by as marks; another name only where it is a whole one, and not the name itself."""
    for each in known_by:
        kind = _KINDS[each.kind]
        value = _whole(each.value, name) if each.kind is KnownKind.FORMER_SURNAME else each.value
        if kind is not MarkKind.OTHER_NAME or (rules.is_name(value) and other_name_key(value) != other_name_key(name)):
            yield kind, value


_KINDS = {
    KnownKind.VEHICLE: MarkKind.VEHICLE,
    KnownKind.ACCOUNT: MarkKind.ACCOUNT,
    KnownKind.ALIAS: MarkKind.OTHER_NAME,
    KnownKind.FORMER_SURNAME: MarkKind.OTHER_NAME,
}


def _whole(surname: str, name: str) -> str:
    """Return a former surname with the forename before it, unless it was told with it."""
    given = split_name(name)[0] if rules.is_name(name) else ""
    return surname if set(name_words(given)) <= set(name_words(surname)) else f"{given} {surname}"


def numbers_of(site: str, part: Part, told: Traits) -> dict[int, int]:
    """Return under which numbers somebody of a site who is so told of is looked for, each with what sharing it says."""
    return {number_of(site, part, sort, key): STRENGTH[sort] for sort, key in rules.keys(told)}


#: The same for a list, as `told_of_again`.
numbers_kept = lru_cache(maxsize=MOST_KEPT)(numbers_of)


def details_of(allegation: Allegation, part: Part, *, on: date) -> PersonDetails:
    """Return what an allegation that was opened tells of a person, as people's records take it. No statement.

    Words that are no name (“unknown male”) and a day that no calendar has are left out: they stay as they were told.
    """
    given = {name: getattr(allegation, f"{part}_{name}") for name in NAMES_OF_EACH}
    known_by = _marks_of(given["name"], allegation.known_by.get(str(part), ()))
    given["name"] = given["name"] if rules.is_name(given["name"]) else ""
    given["birth"] = given["birth"] if readable_birth(given["birth"], on=on) else ""
    marks = tuple((kind, value) for kind, value in known_by if key_of(kind, value))
    return PersonDetails(**given, relationship=allegation.relationship, marks=marks)


def told_at(site: str, *, on: date) -> Iterator[Traits]:
    """Yield what the newest 100,000 allegations of a site tell of their victims and subjects: to count, never to show."""
    rows = Allegation.objects.unscoped("counted, never shown").filter(site=site).order_by("-told_at", "id")
    for row in rows[:MOST_TO_LEARN_FROM].iterator(chunk_size=2_000):
        for part in Part:
            traits = told_of(row, part, on=on)
            if traits != Traits(sex=traits.sex):
                yield traits


@lru_cache(maxsize=65_536)
def readable_birth(text: str, *, on: date) -> date | None:
    """Return a day of birth as told, or None where it is no day: the words stay in the allegation."""
    try:
        return parse_birth(text, on=on)
    except InvalidBirth:
        return None
