"""By which alias or former surname a search finds reports; a subject's only where the subject is open to the reader."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.statements import Texts, for_nobody
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
    """Return the other names in each report that sound as typed. One statement, none for no report."""
    return _by(_told_in(sounds=Texts(sounds_to_look_for(words)), reports=tuple(reports)) if reports else ())


def in_courses(words: str, courses: Sequence[UUID]) -> Mapping[UUID, Sequence[OtherName]]:
    """Return the other names in the reports of each course that sound as typed. One statement, none for no course."""
    return _by(_told_of(sounds=Texts(sounds_to_look_for(words)), courses=tuple(courses)) if courses else ())


@for_nobody
def _told_in(sounds: Any, reports: Any) -> QuerySet[NameSound, Any]:
    return _sounding(sounds, "summary__allegation", reports)


@for_nobody
def _told_of(sounds: Any, courses: Any) -> QuerySet[NameSound, Any]:
    acts = "summary__allegation__possible_acts"
    return _sounding(sounds, f"{acts}__course", courses, **{f"{acts}__third": False})


def _sounding(sounds: Any, path: str, among: Any, **more: Any) -> QuerySet[NameSound, Any]:
    # Before the columns: a condition after them joins the acts anew, and every course of a report would have its names.
    more |= {f"{path}__in": among, "sound__in": sounds, "other_name__gt": ""}
    columns = (path, "part", "other_name", "summary__victim_sound", "summary__subject_sound")
    heard = NameSound.objects.unscoped(INSIDE).filter(**more).order_by("part", "other_name")
    return heard.distinct().values_list(*columns)


def _by(heard: Iterable[tuple[Any, ...]]) -> Mapping[UUID, Sequence[OtherName]]:
    found: dict[UUID, list[OtherName]] = defaultdict(list)
    for pk, part, name, of_victim, of_subject in heard:
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
