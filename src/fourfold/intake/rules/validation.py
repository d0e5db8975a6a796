"""Whether what was told can be kept as it stands. It never asks whether it is likely or true."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter, le

from fourfold.intake.rules.columns import LONGEST, PERSON
from fourfold.intake.terms import Told
from fourfold.words import sentence

LONGEST_WORDS = 100_000
_LENGTHS = (("words", LONGEST_WORDS), *LONGEST.items())
_MOST = tuple(most for _, most in _LENGTHS)
#: A day that is told without an hour counts from its midnight, so what happened later that day is no contradiction.
A_DAY = timedelta(days=1)
EARLIEST_YEAR = 1900
_CHOSEN = tuple(column for column in PERSON if column.choices)


_texts_of = attrgetter("words", *LONGEST)


def why_not_keep(told: Told, *, at: datetime) -> tuple[str, str] | None:
    """Return the field and the reason for which this cannot be kept, with how to mend it; None where it can."""
    return (
        why_not_then(told, at=at)
        or why_too_long(told)
        or why_nothing(told)
        or _why_no_text(told)
        or _why_no_choice(told)
    )


def why_not_then(told: Told, *, at: datetime) -> tuple[str, str] | None:
    """Return the field and the reason for which it cannot have been told or have happened then, or None."""
    return next(_problems_of_time(told, at), None)


def why_too_long(told: Told) -> tuple[str, str] | None:
    """Return the field that is longer than what can be kept of it, and by how much, or None."""
    texts = _texts_of(told)
    for (field, most), text in () if all(map(le, map(len, texts), _MOST)) else zip(_LENGTHS, texts, strict=True):
        if len(text) > most:
            mend = " and keep the rest as a document" if field == "words" else ""
            return field, sentence("Shorten this to {1} characters or fewer{2}.", f"{most:,}", mend)
    return _why_further_too_long(told) if told.further else None


def _why_further_too_long(told: Told) -> tuple[str, str] | None:
    for further in told.further:
        for name, text in further.person.texts.items():
            most = LONGEST[f"subject.{name}"]
            if len(text) > most:
                return f"{further.role}.{name}", sentence("Shorten this to {1} characters or fewer.", f"{most:,}")
    return None


def why_nothing(told: Told) -> tuple[str, str] | None:
    """Return that neither words nor a class nor a behaviour say what happened, or None."""
    if told.words.strip() or told.recorded_class or told.class_as_recorded or told.behaviours:
        return None
    return "words", "Say what happened: the words are empty, and so is the class."


def _why_no_text(told: Told) -> tuple[str, str] | None:
    further = ((f"{each.role}.{name}", text) for each in told.further for name, text in each.person.texts.items())
    first = ((field, text) for (field, _), text in zip(_LENGTHS, _texts_of(told), strict=True))
    for field, text in (*first, *further):
        if "\x00" in text:
            return field, "This contains a character that cannot be kept (NUL). Remove it."
    return None


def _why_no_choice(told: Told) -> tuple[str, str] | None:
    further = ((str(each.role), each.person) for each in told.further)
    for part, person in (("victim", told.victim), ("subject", told.subject), *further):
        for column in _CHOSEN:
            if (text := getattr(person, column.name)) and text not in column.choices:
                return (
                    f"{part}.{column.name}",
                    sentence("Write one of: {1}. Leave it empty if not known.", ", ".join(column.choices)),
                )
    return None


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
            yield field, sentence("{1} is in the future. Check the day, the month and the year.", _day(moment))
        if moment.year < EARLIEST_YEAR:
            yield field, sentence("{1} is too long ago. Check the year.", _day(moment))
    if told.occurred_from is not None and told.occurred_from > told.told_at + A_DAY:
        yield (
            "occurred_from",
            sentence("{1} is after it was told, {2}. Check both days.", _day(told.occurred_from), _day(told.told_at)),
        )
    if told.occurred_from is not None and told.occurred_until is not None and told.occurred_until < told.occurred_from:
        yield "occurred_until", sentence("{1} is before it began. Check both days.", _day(told.occurred_until))


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B} {moment.year}"
