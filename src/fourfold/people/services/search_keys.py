"""The keys under which people are found at once, kept in step with their records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import note_written
from fourfold.gateways.bulk import insert_rows
from fourfold.people.models import FindingKey, Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries.withdrawals import marks_of, standing
from fourfold.people.rules.search_keys import STRENGTH, keys_of, number_of, weak_keys_of
from fourfold.people.terms import MarkKind, Part

BATCH = 2_000
Mark = tuple[MarkKind, str]
Marks = Iterable[Mark]
Person = Victim | Subject


def named(person: Person) -> str:
    """Return every part of a name that is on record, in the order in which it is said."""
    return " ".join(part for part in (person.given_name, person.other_names, person.family_name) if part)


def keep_keys(person: Person, name: str, birth_on: date | None, marks: Marks) -> None:
    """Keep the keys of what has just been put on record about somebody, inside that write."""
    insert_rows(list(_keys(person, name, birth_on, marks)))


def move_keys(person: Person, left: str) -> None:
    """Let somebody who has moved to another unit be found there and no longer in the unit they left, inside that write."""
    known = _known(person)
    _remove(_keys(person, named(person), person.birth_on, known, site=left))
    keep_keys(person, named(person), person.birth_on, known)


def let_nobody_else(person: Person) -> None:
    """Let nobody else change what this person is known by until this write is kept: the keys of one mark hang on the others."""
    rows = type(person).objects.unscoped("opened by the caller").filter(pk=person.pk)
    rows.select_for_update(no_key=True).values_list("pk").first()  # whoever only points at the person need not wait


def lose_keys(person: Person, mark: VictimReach | SubjectMark) -> None:
    """Take away the keys to which nothing but a mark led, inside the write that withdraws it, after that is kept."""
    _remove(_led_to_only_by(person, MarkKind(mark.kind), mark.key))


def gain_keys(person: Person, kind: MarkKind, key: str) -> None:
    """Keep the keys of a further mark, inside the write that adds it or undoes its withdrawal, before that is kept."""
    _insert(_led_to_only_by(person, kind, key))


def _insert(keys: Sequence[FindingKey]) -> None:
    """Keep further keys of people who were on record before."""
    insert_rows(keys)
    note_written(FindingKey, ((key.person, None) for key in keys))


def _remove(keys: Iterable[FindingKey]) -> None:
    """Take keys of one person away."""
    gone = {key.key: key.person for key in keys}
    FindingKey.objects.filter(key__in=list(gone), person__in=set(gone.values())).delete()
    note_written(FindingKey, ((person, None) for person in gone.values()))


def _led_to_only_by(person: Person, kind: MarkKind, key: str) -> list[FindingKey]:
    """Return the keys to which a mark leads that is not known, alone or with what is, and nothing else of the record."""
    return _further(person, known := _known(person), [*known, (kind, key)])


def _further(person: Person, before: Sequence[Mark], after: Sequence[Mark]) -> list[FindingKey]:
    others = {each.key for each in _keys(person, named(person), person.birth_on, before)}
    return [each for each in _keys(person, named(person), person.birth_on, after) if each.key not in others]


def _known(person: Person) -> list[Mark]:
    """Return what somebody is known by besides the name, without what was withdrawn."""
    return [(MarkKind(kind), key) for kind, key in standing(marks_of(person)).values_list("kind", "key")]


def _keys(
    person: Person, name: str, birth_on: date | None, marks: Marks, *, site: str | None = None
) -> Iterator[FindingKey]:
    part = Part.VICTIM if isinstance(person, Victim) else Part.SUBJECT
    marks = list(marks)
    for sort, key in keys_of(name, birth_on, marks) | weak_keys_of(name, birth_on, marks):
        number = number_of(site or person.site, part, sort, key)
        yield FindingKey(key=number, strength=STRENGTH[sort], person=person.pk)


def keep_keys_of(rows: Sequence[Person | VictimReach | SubjectMark]) -> None:
    """Keep the keys of many records at once; a number or an address of somebody who is not among them counts too."""
    people = {row.pk: row for row in rows if isinstance(row, Victim | Subject)}
    marks: dict[UUID, list[Mark]] = defaultdict(list)
    for row in rows:
        if isinstance(row, VictimReach | SubjectMark):
            marks[_owner(row)].append((MarkKind(row.kind), row.key))
    insert_rows([key for row in people.values() for key in _keys(row, named(row), row.birth_on, marks[row.pk])])
    keys: list[FindingKey] = []
    elsewhere = _elsewhere(marks.keys() - people.keys())
    for table, model in ((VictimReach, Victim), (SubjectMark, Subject)):
        those = [person for person in elsewhere if isinstance(person, model)]
        known = _known_of(those, table) if those else {}
        for person in those:
            new = marks[person.pk]
            keys += _further(person, [each for each in known[person.pk] if each not in new], known[person.pk])
    _insert(keys)


def _owner(row: VictimReach | SubjectMark) -> UUID:
    return row.victim_id if isinstance(row, VictimReach) else row.subject_id


def _elsewhere(wanted: set[UUID]) -> list[Person]:
    """Return people, whom nobody else may change until this write is kept."""
    tables = [each.objects.unscoped("only whose site it is") for each in (Victim, Subject)] if wanted else []
    return [one for rows in tables for one in rows.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)]


def rebuild_keys(*, actor: Actor, at: datetime) -> int:
    """Work out every key afresh from the records, and return how many there are: after a change of what keys are made of."""
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at)
    with audit.recorded(actor, "finding_keys.rebuilt", at=at, operation=Operation.CONFIGURATION) as entry:
        FindingKey.objects.all().delete()
        victims = Victim.objects.unscoped("every record, for its keys")
        subjects = Subject.objects.unscoped("every record, for its keys")
        made = _filled(victims, VictimReach) + _filled(subjects, SubjectMark)
        entry.more = {"keys": made}
    return made


def _filled(people: QuerySet[Victim] | QuerySet[Subject], table: type[VictimReach] | type[SubjectMark]) -> int:
    made, batch = 0, []
    for person in people.order_by("pk").iterator(chunk_size=BATCH):
        batch.append(person)
        if len(batch) == BATCH:
            made, batch = made + _fill(batch, table), []
    return made + _fill(batch, table)


def _fill(people: list[Person], table: type[VictimReach] | type[SubjectMark]) -> int:
    marks = _known_of(people, table)
    keys = [key for person in people for key in _keys(person, named(person), person.birth_on, marks[person.pk])]
    note_written(FindingKey, ((person.pk, None) for person in people))
    return len(insert_rows(keys))


def _known_of(people: list[Person], table: type[VictimReach] | type[SubjectMark]) -> dict[UUID, list[Mark]]:
    """Return what each of some people is known by besides the name, without what was withdrawn; one statement."""
    marks: dict[UUID, list[Mark]] = defaultdict(list)
    owner, rows = "victim" if table is VictimReach else "subject", table.objects.unscoped("every record, for its keys")
    known = standing(rows.filter(**{f"{owner}__in": people}))
    for person, kind, key in known.values_list(owner, "kind", "key"):
        marks[person].append((MarkKind(kind), key))
    return marks
