"""What reaches the victim of one report and the subject of another of the same people: nobody may use it unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from fourfold.intake.models import Allegation
from fourfold.intake.rules.roles_held import names_one
from fourfold.linkage.queries.meant import Told
from fourfold.linkage.rules import plates_in
from fourfold.linkage.terms import Traits
from fourfold.people.rules.identifiers import key_of
from fourfold.people.rules.search_keys import STRENGTH, number_of
from fourfold.people.terms import MarkKind, Part

_COMPARED = frozenset({MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS, MarkKind.VEHICLE})


@dataclass(frozen=True)
class Crossed:
    """Another report that tells as the subject's what this one tells `as_victims`, or the other way round; the value is
    empty for whoever does not read how that victim is reached."""

    allegation: UUID
    reference: str
    as_victims: bool
    kind: MarkKind
    value: str


def numbers_across(row: Allegation, told: Told) -> dict[int, int]:
    """Return the keys of reports that tell on the other side what this one tells."""
    return {
        number_of(row.site, part, kind, key): STRENGTH[kind]
        for part, traits in ((Part.SUBJECT, told.ways), (Part.VICTIM, told.subject))
        for kind, key in traits.marks
        if kind in _COMPARED
    }


def crossed_with(
    row: Allegation, others: Iterable[Allegation], told: Mapping[UUID, Told], reads: Callable[[UUID], bool]
) -> Iterator[Crossed]:
    """Yield the other reports of the same people that tell on the other side what a report tells of one side alone."""
    for other in others:
        mine, theirs = told[row.pk], told[other.pk]
        one_of_both = _is_one(mine.victim, theirs.victim) or _is_one(mine.subject, theirs.subject)
        for victims, subjects, as_victims in ((mine, theirs, True), (theirs, mine, False)):
            if one_of_both and not _is_one(victims.victim, subjects.subject):
                theirs_alone = subjects.subject.marks - subjects.ways.marks
                for kind, key in sorted((victims.ways.marks - victims.subject.marks) & theirs_alone):
                    driven = kind is MarkKind.VEHICLE and key in _in_words(other if as_victims else row)
                    if kind in _COMPARED and not driven:
                        value = key if reads(row.pk if as_victims else other.pk) else ""
                        yield Crossed(other.pk, other.reference, as_victims, kind, value)


def _in_words(row: Allegation) -> set[str]:
    """Return the cars in a report's words, which count as the subject's where it is looked for who did it; they may be the victim's."""
    return {key_of(MarkKind.VEHICLE, plate) for plate in plates_in(row.words)}


def _is_one(one: Traits, other: Traits) -> bool:
    return bool(one.name and other.name) and names_one(one.name, other.name)
