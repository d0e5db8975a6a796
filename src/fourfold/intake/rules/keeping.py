"""Whether what was told can be kept as it stands. It never asks whether it is likely or true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fourfold.intake.terms import Told

LONGEST_WORDS = 100_000
#: Characters that each column holds, by where they come from in `Told`.
LONGEST = {
    "reference": 80,
    "system": 40,
    "teller": 120,
    "class_as_recorded": 160,
    "place": 200,
    "victim.name": 160,
    "victim.birth": 40,
    "victim.sex": 20,
    "victim.phone": 80,
    "victim.email": 120,
    "victim.address": 200,
    "subject.name": 160,
    "subject.birth": 40,
    "subject.sex": 20,
    "subject.phone": 80,
    "subject.email": 120,
    "subject.address": 200,
    "subject.relationship": 80,
}
#: A day that is told without an hour counts from its midnight, so what happened later that day is no contradiction.
A_DAY = timedelta(days=1)
EARLIEST_YEAR = 1900


def why_not_keep(told: Told, *, at: datetime) -> tuple[str, str] | None:
    """Return the field and the reason for which this cannot be kept, with how to mend it; None where it can."""
    return next(_problems(told, at), None)


def _problems(told: Told, at: datetime) -> Iterator[tuple[str, str]]:
    yield from _problems_of_time(told, at)
    if not (told.words.strip() or told.recorded_class or told.class_as_recorded or told.behaviours):
        yield "words", "Say what happened: the words are empty, and so is the class."
    if len(told.words) > LONGEST_WORDS:
        yield "words", f"This holds {LONGEST_WORDS:,} characters. Shorten it and keep the rest as a document."
    yield from _problems_of_text(told)


def _problems_of_time(told: Told, at: datetime) -> Iterator[tuple[str, str]]:
    moments = (
        ("told_at", told.told_at),
        ("occurred_from", told.occurred_from),
        ("occurred_until", told.occurred_until),
    )
    for field, moment in moments:
        if moment is None:
            continue
        if moment.tzinfo is None:
            yield field, "This moment has no time zone."
            return
        if moment > at:
            yield field, f"{_day(moment)} lies in the future. Check the day, the month and the year."
        if moment.year < EARLIEST_YEAR:
            yield field, f"{_day(moment)} is too long ago. Check the year."
    if told.occurred_from is not None and told.occurred_from > told.told_at + A_DAY:
        yield (
            "occurred_from",
            f"{_day(told.occurred_from)} is after it was told, {_day(told.told_at)}. Check both days.",
        )
    if told.occurred_from is not None and told.occurred_until is not None and told.occurred_until < told.occurred_from:
        yield "occurred_until", f"{_day(told.occurred_until)} is before it began. Check both days."


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B} {moment.year}"


def _problems_of_text(told: Told) -> Iterator[tuple[str, str]]:
    for field, most in LONGEST.items():
        if len(text_of(told, field)) > most:
            yield field, f"This holds {most} characters. Shorten it."
    for field in ("words", *LONGEST):
        if "\x00" in text_of(told, field):
            yield field, "This has a character in it that no text holds (NUL). Take it out."


def text_of(told: Told, field: str) -> str:
    """Return one text of what was told; `victim.name` reaches into the person."""
    value: object = told
    for name in field.split("."):
        value = getattr(value, name)
    return str(value)
