"""What an allegation tells of its people, as they are compared and as their records take it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from operator import attrgetter

from fourfold.intake.models import Allegation, FurtherPerson
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.terms import KnownBy, PersonAsTold
from fourfold.linkage import rules
from fourfold.linkage.terms import Traits
from fourfold.people.rules import key_of
from fourfold.people.terms import Part, PersonDetails

MOST_TO_LEARN_FROM = 100_000


def told_of(allegation: Allegation, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of its victim or subject, normalised; what cannot be read is not known."""
    return rules.traits_told(*_said(allegation, part), on)


def told_of_again(allegation: Allegation, part: Part, *, on: date) -> Traits:
    """Return the same for a list, which is read again with most of the same reports: kept by what is told."""
    return _traits_kept(*_said(allegation, part), on)


def _said(allegation: Allegation, part: Part) -> tuple[tuple[str, ...], tuple[KnownBy, ...], tuple[str, ...]]:
    plates = rules.plates_in(allegation.words) if part is Part.SUBJECT else ()
    return _COLUMNS[part](allegation), tuple(allegation.known_by.get(str(part), ())), plates


_COLUMNS = {part: attrgetter(*(f"{part}_{name}" for name in NAMES_OF_EACH)) for part in Part}


def told_of_further(further: FurtherPerson | PersonAsTold, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of somebody besides its first victim and its first subject."""
    return rules.traits_told(tuple(getattr(further, name) for name in NAMES_OF_EACH), further.known_by, (), on)


MOST_KEPT = 1_024
_traits_kept = lru_cache(maxsize=MOST_KEPT)(rules.traits_told)


#: The same for a list, as `told_of_again`.
numbers_kept = lru_cache(maxsize=MOST_KEPT)(rules.numbers_of)


def details_of(allegation: Allegation, part: Part, *, on: date) -> PersonDetails:
    """Return what an allegation that was opened tells of a person, as people's records take it. No statement.

    Words that are no name (“unknown male”) and a day that no calendar has are left out: they stay as they were told.
    """
    given = {name: getattr(allegation, f"{part}_{name}") for name in NAMES_OF_EACH}
    known_by = rules.marks_told(given["name"], allegation.known_by.get(str(part), ()))
    given["name"] = given["name"] if rules.is_name(given["name"]) else ""
    given["birth"] = given["birth"] if rules.readable_birth(given["birth"], on=on) else ""
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
