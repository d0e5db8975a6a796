"""Where a victim is and how to reach them: known here only to be kept out of what the subject may read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from fourfold.cases.models import Case
from fourfold.people.models import SubjectMark, VictimReach
from fourfold.people.queries import standing
from fourfold.people.queries.same_person import records_of_any
from fourfold.people.rules.identifiers import postcode_of
from fourfold.people.rules.names import plain
from fourfold.people.terms import MarkKind

WITHHELD = "[withheld]"
#: Shorter than this, a value is a word that stands in many sentences.
SHORTEST = 6
SHORTEST_TOWN = 3


@dataclass(frozen=True)
class Whereabouts:
    """Every address, number, mailbox and account at which some victims were ever reached, as patterns of words.

    `places` are those of the patterns that come from an address, `towns` the towns of the addresses, which are in no
    other pattern: courts and forces bear their names.
    """

    patterns: tuple[re.Pattern[str], ...]
    places: tuple[re.Pattern[str], ...] = ()
    towns: tuple[re.Pattern[str], ...] = ()

    def names(self, words: str) -> bool:
        """Return whether the words hold one of them, however it is spaced or punctuated."""
        return any(pattern.search(words) for pattern in self.patterns)

    def places_in(self, words: str) -> tuple[str, ...]:
        """Return what of the words belongs to a place of theirs, its town among them, as it was typed."""
        spans: list[tuple[int, int]] = []
        for pattern in (*self.places, *self.towns):
            for hit in pattern.finditer(words):
                if not any(start < hit.end() and hit.start() < end for start, end in spans):
                    spans.append(hit.span())
        return tuple(words[start:end] for start, end in sorted(spans))

    def ways_in(self, words: str) -> bool:
        """Return whether the words hold a number, a mailbox or an account of theirs."""
        return any(pattern.search(words) for pattern in self.patterns if pattern not in self.places)

    def without(self, words: str) -> str:
        for pattern in self.patterns:
            words = pattern.sub(WITHHELD, words)
        return words


def victims_of(subjects: Iterable[UUID]) -> frozenset[UUID]:
    """Return the victims of every case of these records of subjects, for what is left out alone. One statement."""
    cases = Case.objects.unscoped("only to leave out").filter(subject__in=set(subjects))
    return frozenset(cases.values_list("victim", flat=True))


def of_victims(victims: Iterable[UUID], *, subject: UUID | None = None) -> Whereabouts:
    """Return the whereabouts of some victims on every record of each, those that ended among them. Two statements where
    nothing was merged, three with `subject`.

    The own towns of `subject` are left out: that the subject lives there says nothing of a victim.
    """
    rows = VictimReach.objects.unscoped("only to be kept out of what the subject may read").filter(
        victim__in=records_of_any(victims)
    )
    rows = rows.exclude(kind=MarkKind.OTHER_NAME)  # a name says nothing of a place
    said = [(MarkKind(kind), value) for kind, value in rows.values_list("kind", "value")]
    addresses = [value for kind, value in said if kind is MarkKind.ADDRESS]
    return Whereabouts(
        _patterns(part for kind, value in said for part in _parts(kind, value)),
        _patterns(part for value in addresses for part in _parts(MarkKind.ADDRESS, value)),
        _patterns(
            {town for value in addresses for town in towns_of(value)} - (_own_towns(subject) if subject else set())
        ),
    )


def _own_towns(subject: UUID) -> set[str]:
    marks = SubjectMark.objects.unscoped("the subject's own towns, which give nobody away")
    own = standing(marks.filter(subject=subject, of_associate=False, kind=MarkKind.ADDRESS))
    return {town for value in own.values_list("value", flat=True) for town in towns_of(value)}


def towns_of(address: str) -> frozenset[str]:
    """Return the towns of an address: what stands after door and street, without the postcode.

    A name that holds only three letters or fewer is none: it would stand in every other sentence.
    """
    postcode = postcode_of(address)
    street, *after = [part.strip() for part in re.split(r"[,;\n]", address) if part.strip()] or [""]
    said = (part.removesuffix(postcode).strip() for part in (after if re.search(r"[a-z]", street, re.I) else after[1:]))
    return frozenset(plain(part) for part in said if not re.search(r"\d", part) and len(_letters(part)) > SHORTEST_TOWN)


def _patterns(parts: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Return a pattern for each part, the longest first."""
    return tuple(_pattern(part) for part in sorted(set(parts), key=lambda part: (-len(part), part)))


def _parts(kind: MarkKind, value: str) -> set[str]:
    """Return what would give a value away: all of it and, of an address, door and street, the street, the postcode.

    A town is not withheld: courts and forces bear its name.
    """
    parts = {value}
    if kind is MarkKind.ADDRESS:
        street = next((part for part in value.split(",") if re.search(r"\d", part)), value.split(",", maxsplit=1)[0])
        parts |= {street, re.sub(r"^\W*\d+\w?\W+", "", street), postcode_of(value)}
    if kind is MarkKind.PHONE:
        digits = re.sub(r"\D", "", value)
        parts |= {digits, f"0{digits[2:]}" if digits.startswith("44") else f"44{digits[1:]}"}
    return {part for part in parts if len(_letters(part)) >= (5 if part == postcode_of(value) else SHORTEST)}


def _letters(words: str) -> str:
    return re.sub(r"[^a-z0-9]", "", plain(words))


def _pattern(part: str) -> re.Pattern[str]:
    """Match the letters and digits of a part, whatever stands between them."""
    return re.compile(
        r"(?<![A-Za-z0-9])\+?" + r"[^A-Za-z0-9]{0,3}".join(_letters(part)) + r"(?![A-Za-z0-9])", re.IGNORECASE
    )
