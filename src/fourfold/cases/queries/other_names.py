"""By which alias or former surname a search finds reports; a subject's only where the subject is open to the reader."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from fourfold.cases.models import NameSound
from fourfold.people.rules import sound_key
from fourfold.people.rules.name_search import likeness, sounds_to_look_for
from fourfold.people.terms import Part
from fourfold.words import Word, sentence

INSIDE = "part of a scoped list"

#: What the reader may see that somebody is called; without the part that is closed to them.
Names = Mapping[Part, Sequence[str]]


@dataclass(frozen=True)
class OtherName:
    """An alias or a former surname as told, and how the family name of whoever goes by it sounds."""

    part: Part
    name: str
    sound: str

    def is_of(self, names: Names) -> bool:
        """Return whether it may be another name of whoever has these; not of the second victim beside whom the name is told."""
        return self.sound in ("", *map(sound_key, names.get(self.part, ())))


def in_reports(words: str, reports: Sequence[UUID]) -> Mapping[UUID, Sequence[OtherName]]:
    """Return the other names in each report that sound as typed. One statement."""
    path = "summary__allegation"
    return _by(path, _sounding(words).filter(**{f"{path}__in": reports}))


def in_courses(words: str, courses: Sequence[UUID]) -> Mapping[UUID, Sequence[OtherName]]:
    """Return the other names in the reports of each course that sound as typed. One statement."""
    acts = "summary__allegation__possible_acts"
    return _by(f"{acts}__course", _sounding(words).filter(**{f"{acts}__course__in": courses, f"{acts}__third": False}))


def _sounding(words: str) -> QuerySet[NameSound]:
    return NameSound.objects.unscoped(INSIDE).filter(sound__in=sounds_to_look_for(words), other_name__gt="")


def _by(path: str, heard: QuerySet[NameSound]) -> Mapping[UUID, Sequence[OtherName]]:
    found: dict[UUID, list[OtherName]] = defaultdict(list)
    columns = (path, "part", "other_name", "summary__victim_sound", "summary__subject_sound")
    for pk, part, name, of_victim, of_subject in heard.values_list(*columns).order_by("part", "other_name").distinct():
        found[pk].append(OtherName(Part(part), name, of_victim if part == Part.VICTIM else of_subject))
    return found


def closest(words: str, names: Names, others: Iterable[OtherName]) -> tuple[float, str]:
    """Return how like the closest of the other names is to what was typed, and what to say of it; 0 where there is none.

    The victim's is not said, for it is as closed as how the victim is reached. A former surname is compared with the name
    beside it.
    """
    weighed = [
        (likeness(words, " ".join((other.name, *names[other.part][:1]))), other)
        for other in others
        if other.part in names
    ]
    if not weighed:
        return 0.0, ""
    alike, found = max(weighed, key=lambda pair: pair[0])
    if found.part is Part.VICTIM:
        return alike, Word("found by another name of the victim")
    return alike, sentence("found by another name of the subject: {1}", found.name)
