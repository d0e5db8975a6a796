"""The same reference told again: another crime by mistake, or the same one, and whether the desk must look again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from fourfold.intake.terms import DESK_CLASSES, Judged, PersonAsTold, RecordingClass, Urgency

#: With fewer things that both versions tell, nobody can say that they are two crimes.
LEAST_COMPARED = 3
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class Version:
    """What can be compared of two versions of a record. None and "": not told, or closed to whoever compares."""

    told_at: datetime
    occurred_from: datetime | None
    recorded_class: RecordingClass | None
    words: str
    place: str | None = None
    victim: PersonAsTold | None = None
    subject: PersonAsTold | None = None


def why_another_crime(before: Version, after: Version) -> str | None:
    """Return what differs where nothing that both tell agrees, so that the reference is of two crimes; None elsewhere.

    A crime that was reclassified and re-dated still shares when it was told, whom it concerns, or its words.
    """
    compared = [(what, same) for what, same in _compared(before, after) if same is not None]
    if len(compared) < LEAST_COMPARED or any(same for _, same in compared):
        return None
    return ", ".join(what for what, _ in compared)


def _compared(before: Version, after: Version) -> Iterator[tuple[str, bool | None]]:
    yield "the day it was told", before.told_at.date() == after.told_at.date()
    yield "the day it happened", _same_day(_day(before.occurred_from), _day(after.occurred_from))
    yield "the class", _same(before.recorded_class, after.recorded_class)
    yield "the victim", _share(_name(before.victim), _name(after.victim))
    yield "the subject", _share(_name(before.subject), _name(after.subject))
    yield "the place", _share(before.place or "", after.place or "")
    yield "the words", _share(before.words, after.words)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _same_day(one: date | None, other: date | None) -> bool | None:
    return None if one is None or other is None else one == other


def _same(one: RecordingClass | None, other: RecordingClass | None) -> bool | None:
    return None if one is None or other is None else one is other


def _name(person: PersonAsTold | None) -> str:
    return person.name if person else ""


def _share(one: str, other: str) -> bool | None:
    """Say whether two texts have a word in common; None where one of them says nothing."""
    mine, theirs = (set(_WORD.findall(text.casefold())) for text in (one, other))
    return bool(mine & theirs) if mine and theirs else None


def why_look_again(before: Judged, after: Judged) -> tuple[str, ...]:
    """Return why the desk must look at a record again that it may have dealt with, in words; empty where it need not."""
    reasons = []
    if after.recorded_class is not before.recorded_class and after.recorded_class in DESK_CLASSES:
        was = before.recorded_class.label if before.recorded_class else "without a class"
        reasons.append(f"recorded as {after.recorded_class.label} now, before as {was}")
    ranks = list(Urgency)
    if ranks.index(after.urgency) < ranks.index(before.urgency):
        reasons.append(f"more pressing than before: {after.urgency}, was {before.urgency}")
    if after.for_desk and after.subject and _plain(after.subject) != _plain(before.subject):
        reasons.append("another subject is named now" if before.subject else "the subject is named now")
    if after.for_desk and not before.for_desk and not reasons:
        reasons.append("it concerns the desk now")
    return tuple(reasons)


def _plain(name: str) -> str:
    return " ".join(sorted(name.casefold().replace(",", " ").split()))


def changes_between(before: Version, after: Version) -> tuple[str, ...]:
    """Return what a version tells otherwise than the one before, a sentence each, as far as both are open."""
    return tuple(_changes(before, after))


def _changes(before: Version, after: Version) -> Iterator[str]:
    if before.recorded_class is not after.recorded_class:
        yield f"Recorded as {_label(after)}, before as {_label(before)}."
    if before.told_at != after.told_at:
        yield f"Told {_said(after.told_at)}, before {_said(before.told_at)}."
    if before.occurred_from != after.occurred_from:
        yield f"Happened {_said(after.occurred_from)}, before {_said(before.occurred_from)}."
    if before.words != after.words:
        yield f"The words are now: {after.words}" if after.words else "The words were taken out."
    for what, one, other in (
        ("the victim", before.victim, after.victim),
        ("the subject", before.subject, after.subject),
        ("the place", before.place, after.place),
    ):
        if one is not None and other is not None and one != other:
            yield f"Told otherwise of {what}."


def _label(version: Version) -> str:
    return version.recorded_class.label if version.recorded_class else "no class"


def _said(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%B %Y}" if moment else "on no day that was told"
