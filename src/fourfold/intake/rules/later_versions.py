"""The same reference told again: another crime by mistake, or the same one, and whether the desk must look again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fourfold.intake.terms import DESK_CLASSES, Judged, PersonAsTold, RecordingClass, Urgency
from fourfold.words import Word, day_said, named, sentence, words

#: With fewer things that both versions tell, nobody can say that they are two crimes.
LEAST_COMPARED = 3
#: Without people, place and words: a correction of both days by more than this is another crime's.
FAR_APART = timedelta(days=31)
_WORD, _LONG_WORD, _ANY_WORD = (re.compile(pattern) for pattern in (r"\w{3,}", r"\w{4,}", r"\w+"))


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
    weapon: bool | None = None
    former_partner: bool | None = None


def why_another_crime(before: Version, after: Version) -> str | None:
    """Return what differs where nothing that both tell agrees, so that the reference is of two crimes; None elsewhere.

    A crime that was reclassified and re-dated still shares when it was told, whom it concerns, where, or its words. That
    the class is the same says nothing: thousands of crimes share it.
    """
    compared = [(what, same) for what, same in _compared(before, after) if same is not None]
    if any(same for _, same in compared):
        return None
    if before.recorded_class and after.recorded_class and before.recorded_class is not after.recorded_class:
        compared.append(("the class", False))
    if len(compared) < LEAST_COMPARED and not _far_apart(before, after):
        return None
    return ", ".join(what for what, _ in compared)


def is_emptied(before: Version, after: Version) -> bool:
    """Return whether a version tells neither whom, where nor what any more, and does not take the crime back."""
    if after.recorded_class is RecordingClass.NO_CRIME:
        return False
    return any(map(_says, _of_whom_where_what(before))) and not any(map(_says, _of_whom_where_what(after)))


def _of_whom_where_what(version: Version) -> tuple[PersonAsTold | str | None, ...]:
    return version.victim, version.subject, version.place, version.words


def _says(part: PersonAsTold | str | None) -> bool:
    return bool(part.strip() if isinstance(part, str) else part and not part.is_empty)


def _compared(before: Version, after: Version) -> Iterator[tuple[str, bool | None]]:
    yield "the day it was told", before.told_at.date() == after.told_at.date()
    yield "the day it happened", _same_day(_day(before.occurred_from), _day(after.occurred_from))
    everybody = [person for person in (after.victim, after.subject) if person is not None]
    yield "the victim", _is_one_of(before.victim, after.victim, everybody)
    yield "the subject", _is_one_of(before.subject, after.subject, everybody)
    yield "the place", _alike(before.place or "", after.place or "", _ANY_WORD)
    yield "the words", _alike(before.words, after.words, _LONG_WORD)


def _far_apart(before: Version, after: Version) -> bool:
    """Return whether both days, when it was told and when it happened, lie so far apart that no correction explains it."""
    if before.occurred_from is None or after.occurred_from is None:
        return False
    told, happened = before.told_at - after.told_at, before.occurred_from - after.occurred_from
    return min(abs(told), abs(happened)) > FAR_APART


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _same_day(one: date | None, other: date | None) -> bool | None:
    return None if one is None or other is None else one == other


def _is_one_of(was: PersonAsTold | None, now: PersonAsTold | None, people: Sequence[PersonAsTold]) -> bool | None:
    """Return whether somebody is told of still, in this part or, where the parts were mixed up, in another.

    By a word of the name, the day of birth, a number or a mailbox; None where nothing of that is told in both.
    """
    if was is None or any(_agree(was, person) for person in people):
        return None if was is None or not _tells(was) else True
    return False if now is not None and _tells(was) and _tells(now) else None


def _agree(one: PersonAsTold, other: PersonAsTold) -> bool:
    mine, theirs = (set(_WORD.findall(person.name.casefold())) for person in (one, other))
    if mine & theirs:
        return True
    return any(
        getattr(one, told) and _plainly(getattr(one, told)) == _plainly(getattr(other, told))
        for told in ("birth", "phone", "email")
    )


def _tells(person: PersonAsTold) -> bool:
    return bool(person.name or person.birth or person.phone or person.email)


def _plainly(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _alike(one: str, other: str, word: re.Pattern[str]) -> bool | None:
    """Return whether half of the words of the shorter of two texts stand in the other; None where one of them says nothing."""
    mine, theirs = (set(word.findall(text.casefold())) for text in (one, other))
    return 2 * len(mine & theirs) >= min(len(mine), len(theirs)) if mine and theirs else None


def why_look_again(before: Judged, after: Judged) -> tuple[str, ...]:
    """Return why the desk must look at a record again that it may have dealt with, in words; empty where it need not."""
    reasons: list[Word] = []
    if after.recorded_class is not before.recorded_class and after.recorded_class in DESK_CLASSES:
        was = before.recorded_class.label if before.recorded_class else Word("without a class")
        reasons.append(sentence("now recorded as {1}, previously {2}", after.recorded_class.label, was))
    ranks = list(Urgency)
    if ranks.index(after.urgency) < ranks.index(before.urgency):
        reasons.append(
            sentence("more urgent than before: {1}, previously {2}", named(after.urgency), named(before.urgency))
        )
    if after.for_desk and after.subject and _plain(after.subject) != _plain(before.subject):
        reasons.append(Word("another subject is named now" if before.subject else "the subject is named now"))
    if after.for_desk and not before.for_desk and not reasons:
        reasons.append(Word("it now needs the desk’s attention"))
    return tuple(reasons)


def _plain(name: str) -> str:
    return " ".join(sorted(name.casefold().replace(",", " ").split()))


def changes_between(before: Version, after: Version) -> tuple[str, ...]:
    """Return what a version tells otherwise than the one before, a sentence each, as far as both are open."""
    return tuple(_changes(before, after))


def _changes(before: Version, after: Version) -> Iterator[str]:
    if before.recorded_class is not after.recorded_class:
        yield sentence("Now recorded as {1}, previously {2}.", _label(after), _label(before))
    if before.told_at != after.told_at:
        yield sentence("Now told {1}, previously {2}.", _said(after.told_at), _said(before.told_at))
    if before.occurred_from != after.occurred_from:
        yield sentence("Now happened {1}, previously {2}.", _said(after.occurred_from), _said(before.occurred_from))
    if before.words != after.words:
        yield sentence("The words are now: {1}", after.words) if after.words else Word("The words were removed.")
    for answer, was, now in (
        (Word("Weapon"), before.weapon, after.weapon),
        (Word("Former partner"), before.former_partner, after.former_partner),
    ):
        if was is not now:
            yield sentence("{1}: now {2}, previously {3}.", answer, _ANSWERED[now], _ANSWERED[was])
    for what, one, other in (
        (Word("the victim"), before.victim, after.victim),
        (Word("the subject"), before.subject, after.subject),
        (Word("the place"), before.place, after.place),
    ):
        if one is not None and other is not None and one != other:
            yield sentence("The details of {1} changed.", what)


_ANSWERED = words({True: "yes", False: "no", None: "not known"})


def _label(version: Version) -> str:
    return version.recorded_class.label if version.recorded_class else Word("no class")


def _said(moment: datetime | None) -> str:
    return day_said(moment) if moment else Word("on a day that is not known")
