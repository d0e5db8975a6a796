"""The reports that are compared with one another: each that shares something with another, with everybody it tells of."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from fourfold.cases import rules
from fourfold.cases.models import Summary
from fourfold.cases.queries import said_of_reports
from fourfold.cases.rules.gists import key_of_kind, marks_of, other_sound
from fourfold.cases.terms import Report
from fourfold.intake import queries as intake
from fourfold.intake.models import FurtherPerson
from fourfold.intake.terms import NamesTold
from fourfold.linkage import queries as linkage
from fourfold.linkage.terms import Traits
from fourfold.people import queries as people
from fourfold.people.rules import sound_key
from fourfold.people.terms import MarkKind, Part

FOR_NOBODY = "compared by rules, shown to nobody"

_KEYS = ("victim_sound", "victim_other_sound", "victim_birth_on", "victim_phone", "victim_email", "victim_address")
_NAMES = ("allegation__victim_name", "allegation__victim_sex", "allegation__subject_name", "allegation__subject_sex")
_KEYS_OF_SUBJECT = ("subject_sound", "subject_birth_on", "subject_phone", "subject_email", "subject_vehicle")
_OF_SUBJECT = ("subject_birth_on", "subject_phone", "subject_email", "subject_address", "subject_vehicle")
_MARKS_OF_BOTH = ("victim_marks", "subject_marks")
_REACHES = (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)
_MARKS = (*_REACHES, MarkKind.VEHICLE)


def _texts(*columns: str) -> tuple[Any, ...]:
    """Return columns as texts: of a hundred thousand reports Python makes identifiers, days and lists of those alone that
    share something."""
    return tuple(Cast(each, TextField()) if each in _NO_TEXTS else each for each in columns)


_NO_TEXTS = frozenset({"allegation", "happened_at", "victim_birth_on", "subject_birth_on", *_MARKS_OF_BOTH})
_KEYS_AS_TEXT, _OF_SUBJECT_AS_TEXT, _MARKS_AS_TEXT = (_texts(*each) for each in (_KEYS, _OF_SUBJECT, _MARKS_OF_BOTH))
#: Where the subject's day of birth stands behind that of the victim.
_HIS_BIRTH = len(_KEYS) - 3 + len(_NAMES)

#: Whom else a report tells of, besides its first victim and its first subject.
Beside = Sequence[tuple[Part, Traits]]
#: What else somebody is known by, as JSON holds it: pairs of kind and key.
Marks = Sequence[Sequence[str]]


def reports_that_share() -> Iterator[Report]:
    """Yield the reports whose victim or subject shares something with another's, and those of confirmed people.

    A report of several people comes once for each victim with each subject, so that the second man is seen too. What
    was withdrawn from somebody's record is not read from the reports that are confirmed to tell of them.
    """
    confirmed, apart = said_of_reports.said_of_people()
    beside, renamed, withdrawn = _beside(), intake.names_told_last(), people.withdrawn_everywhere()
    third = said_of_reports.third_parties_told()
    sharing = _sharing(beside, {_text_of(pk) for pk in renamed})
    said_of = {_text_of(pk) for pk in (*(pk for pk, known in confirmed.items() if any(known)), *third)}
    rows = Summary.objects.unscoped(FOR_NOBODY).order_by("happened_at", "allegation")
    columns = (*_texts("allegation"), "allegation__site", *_texts("happened_at"), *_KEYS_AS_TEXT, *_NAMES)
    for text, *row, of_victim, of_subject in rows.values_list(*columns, *_OF_SUBJECT_AS_TEXT, *_MARKS_AS_TEXT).iterator(
        chunk_size=5_000
    ):
        if _is_in(sharing, hash(text)) or text in said_of:
            pk, told = UUID(text), _as_values(row)
            known, said = confirmed.get(pk, (None, None)), apart.get(pk, (frozenset(), frozenset()))
            told = _renamed((pk, *told), renamed.get(pk))
            whole = _with_marks(_report(told, known, said), _marks_in(of_victim), _marks_in(of_subject))
            report = replace(_without_marks(whole, withdrawn), near=third.get(pk))
            yield report
            yield from _of_others(report, beside.get(pk, ()))


def _as_values(row: Sequence[Any]) -> Sequence[Any]:
    """Return what was read as texts as what it is: when it happened, and the two days of birth."""
    site, at, sound, other, born, *told = row
    moment = datetime.fromisoformat(at)
    told[_HIS_BIRTH] = _day(told[_HIS_BIRTH])
    return site, moment if moment.tzinfo else moment.replace(tzinfo=UTC), sound, other, _day(born), *told


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _marks_in(text: str) -> Marks:
    found: Marks = () if text == "[]" else json.loads(text)
    return found


def _text_of(pk: UUID) -> str:
    """Return an identifier as the database writes it as a text."""
    return pk.hex if connection.vendor == "sqlite" else str(pk)


def _with_marks(report: Report, of_victim: Marks, of_subject: Marks) -> Report:
    """Add what else the two are known by, as a summary keeps it."""
    if not of_victim and not of_subject:
        return report
    victim, subject = (
        replace(told, marks=told.marks | set(_read(more)))
        for told, more in ((report.victim, of_victim), (report.subject, of_subject))
    )
    return replace(report, victim=victim, subject=subject)


def _without_marks(report: Report, withdrawn: Mapping[UUID, frozenset[tuple[MarkKind, str]]]) -> Report:
    """Leave out what was withdrawn from the record of whom a report is confirmed to tell of: it was told in error."""
    of_victim, of_subject = (withdrawn.get(who) if who else None for who in (report.victim_is, report.subject_is))
    if not of_victim and not of_subject:
        return report
    victim, subject = (
        replace(told, marks=told.marks - gone) if gone else told
        for told, gone in ((report.victim, of_victim), (report.subject, of_subject))
    )
    return replace(report, victim=victim, subject=subject)


def _read(marks: Marks) -> list[tuple[MarkKind, str]]:
    return [(MarkKind(kind), key) for kind, key in marks]


def _renamed(row: Sequence[Any], last: NamesTold | None) -> Sequence[Any]:
    """Put the names of a later version in the place of those that were told first."""
    if last is None:
        return row
    her_name, her_sex, his_name, his_sex = row[9:13]
    names = (last.victim or her_name, last.victim_sex or her_sex, last.subject or his_name, last.subject_sex or his_sex)
    return (*row[:9], *names, *row[13:])


def _beside() -> Mapping[UUID, Beside]:
    """Return whom else each report tells of, by the latest version that tells of them."""
    later = intake.further_told_last()
    rows = (
        FurtherPerson.objects.unscoped(FOR_NOBODY).select_related("allegation").order_by("allegation", "role", "place")
    )
    found: dict[UUID, list[tuple[Part, Traits]]] = defaultdict(list)
    for row in intake.with_known_by(rows.iterator(chunk_size=5_000)):
        if (row.allegation_id, row.role) not in later:
            part = Part(row.role)
            told = linkage.told_of_further(row, part, on=row.allegation.told_at.date())
            found[row.allegation_id].append((part, told))
    for (pk, role), last in later.items():
        part = Part(role)
        found[pk] += [(part, linkage.told_of_further(person, part, on=last.told_at.date())) for person in last.people]
    return found


def _of_others(report: Report, others: Beside) -> Iterator[Report]:
    """Yield the report once more for each further pair; nobody has confirmed who further people are."""
    victims, subjects = ([told for whose, told in others if whose is part] for part in (Part.VICTIM, Part.SUBJECT))
    another = [
        replace(report, victim=told, victim_is=None, not_victims=frozenset(), near=None, pair=f"victim {number}")
        for number, told in enumerate(victims, start=2)
    ]
    yield from another
    for one in (report, *another):
        for number, told in enumerate(subjects, start=2):
            pair = f"{one.pair} subject {number}".strip()
            yield replace(one, subject=told, subject_is=None, not_subjects=frozenset(), pair=pair)


def _is_in(ordered: array[int], number: int) -> bool:
    place = bisect_left(ordered, number)
    return place < len(ordered) and ordered[place] == number


def _sharing(beside: Mapping[UUID, Beside], renamed: Container[str]) -> array[int]:
    """Return the hashes of the reports that tell something of their people which is told a second time, in their order.

    Numbers alone are held, eight bytes each, for a million names do not fit. Identifiers are texts here.
    """
    hashes, told_by = array("q"), array("q")

    def tell(pk: str, found: set[int]) -> None:
        hashes.extend(found)
        told_by.extend([hash(pk)] * len(found))

    rows = Summary.objects.unscoped(FOR_NOBODY)
    columns = (*_texts("allegation"), *_MARKS_AS_TEXT, *_KEYS_AS_TEXT, "allegation__victim_name")
    of_subject = (*_texts(*_KEYS_OF_SUBJECT), "allegation__subject_name")
    for pk, hers, his, *told, accused in rows.values_list(*columns, *of_subject).iterator(chunk_size=5_000):
        found = {*_hashes(told[:6], told[6], _marks_in(hers)), *_hashes_of_subject(told[7:], _marks_in(his))}
        tell(pk, set(_hashes_of_both(told[6], accused, () if pk in renamed else (told[0], told[7]))))
        tell(pk, found)
    for report, others in beside.items():
        tell(_text_of(report), set(_hashes_of_others(others)))
    return _of_what_is_there_twice(hashes, told_by)


def _of_what_is_there_twice(numbers: array[int], of: array[int]) -> array[int]:
    import numpy  # takes a moment, and no page needs it

    order = numpy.argsort(numbers)
    ordered = numpy.asarray(numbers)[order]
    same = ordered[1:] == ordered[:-1]
    twice = numpy.append(same, False) | numpy.append(False, same)
    return array("q", numpy.unique(numpy.asarray(of)[order[twice]]).tobytes() if len(ordered) else b"")


def _hashes_of_both(victim: str, subject: str, sounds: Sequence[str]) -> Iterator[int]:
    """Yield what a report shares with one in which the same two stand the other way round.

    `sounds`: how their names sound, where these are the names that a summary was made of.
    """
    if all(sounds) and sounds:
        yield hash(("both", frozenset(sounds)))
    elif victim and subject and rules.names_somebody(victim) and rules.names_somebody(subject):
        yield hash(("both", frozenset((sound_key(victim), sound_key(subject)))))


def _hashes_of_others(others: Beside) -> Iterator[int]:
    for part, told in others:
        sound = sound_key(told.name) if told.name else ""
        phone, email, address, vehicle = (key_of_kind(told, kind) for kind in _MARKS)
        born, more = told.birth_on.isoformat() if told.birth_on else None, marks_of(told)
        if part is Part.SUBJECT:
            yield from _hashes_of_subject((sound, born, phone, email, vehicle), more)
        else:
            yield from _hashes((sound, other_sound(told.name), born, phone, email, address), told.name, more)


def _hashes(keys: Sequence[Any], name: str, more: Marks) -> Iterator[int]:
    sound, other, born, *marks = keys
    others = _other_names(more)
    if born is not None:
        day, sounds = _either_way(born), {sound, other, *map(sound_key, others), *map(other_sound, others)}
        yield from (hash((0, day, heard)) for heard in sounds if heard)
    yield from map(hash, rules.names_to_share((name, *others) if sound else others))
    yield from (hash((place, mark)) for place, mark in enumerate(marks) if mark)
    yield from (hash(mark) for mark in rules.marks_to_share(_read(more)))


def _hashes_of_subject(keys: Sequence[Any], more: Marks) -> Iterator[int]:
    sound, born, *marks = keys
    if born is not None:
        day, sounds = _either_way(born), {sound, *map(sound_key, _other_names(more))}
        yield from (hash((1, day, heard)) for heard in sounds if heard)
    yield from (hash(("subject", place, mark)) for place, mark in enumerate(marks) if mark)
    yield from (hash(("subject", *mark)) for mark in rules.marks_to_share(_read(more)))


def _either_way(born: str) -> str:
    """Return the same for two days of which the month and the day may have been swapped."""
    month, day = born[5:7], born[8:10]
    return born[:4] + (month + day if month < day else day + month)


def _other_names(more: Marks) -> list[str]:
    return [key for kind, key in more if kind == MarkKind.OTHER_NAME]


def _report(
    row: Sequence[Any], confirmed: tuple[UUID | None, UUID | None], apart: tuple[frozenset[UUID], frozenset[UUID]]
) -> Report:
    pk, site, at, _, _, born, *marks = row[:9]
    her_name, her_sex, his_name, his_sex, his_birth, *his_marks = row[9:]
    return Report(
        id=pk,
        site=site,
        at=at,
        victim=rules.traits_of(her_name, born, her_sex, zip(_REACHES, marks, strict=True)),
        subject=rules.traits_of(his_name, his_birth, his_sex, zip(_MARKS, his_marks, strict=True)),
        victim_is=confirmed[0],
        subject_is=confirmed[1],
        not_victims=apart[0],
        not_subjects=apart[1],
    )
