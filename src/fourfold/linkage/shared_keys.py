"""Who among the people on record shares a key with what was told, at once: three statements, each answered by an index.

The statements are written out, since building them anew each time would take longer than answering them. They read for
nobody in particular: `queries.candidates` shows of what is found only whom the reader may see.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, TextField

from fourfold.access.beside import WHOLE
from fourfold.access.rows import quick_uuid
from fourfold.access.statements import Blank, Call, Statement, _Parameters, for_nobody, run_ahead
from fourfold.linkage import rules
from fourfold.linkage.terms import Traits
from fourfold.people.models import FindingKey, Subject, Victim
from fourfold.people.queries.withdrawals import OWNER, standing
from fourfold.people.rules import sound_keys
from fourfold.people.rules.search_keys import number_of
from fourfold.people.terms import MarkKind, Part, name_as_said

MOST_COMPARED = 60
"""So many who share most with what was told are weighed: it bounds the time, whatever a common name brings."""

MOST_BY_THEIR_OWN = 20
"""So many more are weighed of whoever shares a telephone, a mailbox, a car or an account, so that nobody crowds them out."""


@dataclass(frozen=True)
class Known:
    """Somebody on record as far as it is compared, and the sources of the marks."""

    id: UUID
    name: str
    traits: Traits
    sources: frozenset[tuple[MarkKind, str, str]]
    #: Whether another record may be the same person, as far as whoever read it has asked.
    merged: bool = True


def sharing(site: str, part: Part, told: Traits) -> list[Known]:
    """Return who of a site shares a key with what was told, at most eighty, who share most first.

    Where only one name or only a day of birth was told there is no key: those who bear it are returned.
    """
    asked = rules.keys_at_once(told)
    if asked:
        numbers = {number_of(site, part, sort, key): sort in ONES_OWN for sort, key in asked}
        return known(part, _by_keys(list(numbers), [number for number, own in numbers.items() if own]))
    return known(part, _by_one_thing(site, part, told)) if told.name or told.birth_on else []


ONES_OWN = frozenset({"phone", "email", "vehicle", "account"})


def _by_keys(numbers: Sequence[int], own: Sequence[int]) -> list[Any]:
    some = ((numbers, MOST_COMPARED), (own, MOST_BY_THEIR_OWN if own else 0))
    asked = [(each, most) for each, most in some if most]
    sql = " UNION ALL ".join(
        f"SELECT person FROM (SELECT person FROM {FindingKey._meta.db_table} WHERE key IN ({_places(each)}) "  # noqa: S608
        f"GROUP BY person ORDER BY SUM(strength) DESC, person LIMIT {most}) AS found_{most}"
        for each, most in asked
    )
    return list(dict.fromkeys(person for (person,) in _rows(sql, [number for each, _ in asked for number in each])))


K = TypeVar("K", bound=Hashable)
MOST_OF_A_KEY = 400
"""So many who share one key are looked at where many reports are asked about at once."""
#: A key that many share is not read to its end: PostgreSQL has to be told so of each key, SQLite reads on from the index.
#: Whose it is both give as text, of which Python keeps the hash. What one alone asks for is not read of that one.
_LISTED = {
    "sqlite": "SELECT {place}, key, {column} FROM (SELECT held.key, {column}, ROW_NUMBER() OVER (PARTITION BY held.key "
    "ORDER BY {column}) AS place FROM json_each(%s) AS asked CROSS JOIN {name} AS held ON held.key = CAST(asked.key AS INTEGER) "
    "AND {column} IS NOT asked.value) AS found WHERE place <= {most}",
    "postgresql": "SELECT {place}, asked.key::bigint, REPLACE({column}::text, '-', '') FROM json_each_text(%s::json) AS asked "
    "(key, own), LATERAL (SELECT {column} FROM {name} AS held WHERE held.key = asked.key::bigint "
    "AND {column} IS DISTINCT FROM asked.own::uuid ORDER BY strength, {column} LIMIT {most}) AS found",
}


def sharing_many(
    numbers: Mapping[K, Mapping[int, int]],
    reports: Mapping[K, Mapping[int, int]] | None = None,
    table: str = "",
) -> tuple[dict[K, list[UUID]], dict[K, list[UUID]]]:
    """Return for each of those asked about whoever on record shares a key with it, who share most first; and of `reports`
    likewise which others do, whose keys a `table` keeps; itself only by what another asks too. One statement for all, with
    those that a page waits for.

    Both are each one's keys with what sharing them says.
    """
    of_reports = {} if reports is None else reports
    asked = {"0": dict.fromkeys(key for keys in numbers.values() for key in keys), "1": _own(of_reports)}
    holders: tuple[dict[int, list[Any]], ...] = (defaultdict(list), defaultdict(list))
    if any(asked.values()):
        call = Call(_sharing(table), {name: json.dumps(keys) for name, keys in asked.items()})
        run_ahead(call)
        for place, key, whose in call.rows():
            holders[place][key].append(whose)
    return _most_first(numbers, holders[0]), _most_first(of_reports, holders[1])


def _own(reports: Mapping[Any, Mapping[int, int]]) -> dict[int, str | None]:
    """Return every key of some reports with the one that alone asks for it: all of a list but a few."""
    found: dict[int, str | None] = {}
    for report, keys in reports.items():
        own = report and report.hex
        found |= {key: None if key in found else own for key in keys}
    return found


class _Sharing(Statement[tuple[Any, ...]]):
    """Whoever on record has one of some keys, and which reports have one of others, whose keys a `table` keeps."""

    def __init__(self, table: str) -> None:
        super().__init__(QuerySet)
        self._tables = ((FindingKey._meta.db_table, "person"), *(((table, "allegation"),) if table else ()))

    def _made(self) -> tuple[Any, ...]:
        each = enumerate(self._tables)
        listed, most = _LISTED[connection.vendor], MOST_OF_A_KEY
        some = (listed.format(place=n, column=column, name=name, most=most) for n, (name, column) in each)
        keys = _Parameters(Blank(str(n), TextField()) for n, _ in enumerate(self._tables))
        return None, SimpleNamespace(select=_OF_COLUMNS), list, " UNION ALL ".join(some), keys


_sharing = cache(_Sharing)
_OF_COLUMNS = (WHOLE, WHOLE, "text")


def _most_first(numbers: Mapping[K, Mapping[int, int]], holders: Mapping[int, list[Any]]) -> dict[K, list[UUID]]:
    known = {whose: _identifier(whose) for some in holders.values() for whose in some}
    found: dict[K, list[UUID]] = {}
    for one, keys in numbers.items():
        shared: dict[Any, int] = {}
        for key in keys.keys() & holders.keys():
            for whose in holders[key]:
                shared[whose] = shared.get(whose, 0) + keys[key]
        found[one] = [known[whose] for whose in sorted(shared, key=lambda whose: (-shared[whose], whose))]
    return found


MOST_HANGING, FEW = 120, 20


def hanging_on(seeds: Sequence[UUID], table: str, column: str, among: QuerySet[Any]) -> list[UUID]:
    """Return whatever hangs on some by keys that few share, over any number of steps, the nearest first. One statement.

    `table` and `column` as in `sharing_many`. Names that many bear, and a switchboard's number, lead no further. Nothing
    but what is `among` those leads anywhere or is counted: what is closed to a reader moves nothing that they read.
    """
    if not seeds:
        return []
    rows, given = among.order_by().values("id").query.sql_with_params()
    shown = f"EXISTS (SELECT 1 FROM ({rows}) AS shown WHERE shown.id = {{}}.{column})"  # noqa: S608
    few = (
        f"(SELECT COUNT(*) FROM (SELECT 1 FROM {table} AS other WHERE other.key = mine.key AND {shown.format('other')} "  # noqa: S608
        f"LIMIT {FEW + 1}) AS bearers)"
    )
    sql = (
        f"WITH RECURSIVE near (whose) AS (SELECT {column} FROM {table} WHERE {column} IN ({_places(seeds)}) UNION "  # noqa: S608
        f"SELECT theirs.{column} FROM near JOIN {table} AS mine ON mine.{column} = near.whose "
        f"JOIN {table} AS theirs ON theirs.key = mine.key WHERE mine.strength > 0 AND {few} <= {FEW} AND {shown.format('theirs')}) "
        f"SELECT whose FROM near LIMIT {MOST_HANGING}"
    )
    return [_identifier(whose) for (whose,) in _rows(sql, [*map(_stored, seeds), *given, *given])]


def _by_one_thing(site: str, part: Part, told: Traits) -> list[Any]:
    table = (Victim if part is Part.VICTIM else Subject)._meta.db_table
    column, values = ("sound_key", list(sound_keys(told.name))) if told.name else ("birth_on", [told.birth_on])
    sql = (
        f"SELECT id FROM {table} WHERE site = %s AND {column} IN ({_places(values)}) ORDER BY id LIMIT {MOST_COMPARED}"  # noqa: S608
    )
    return [person for (person,) in _rows(sql, [site, *values])] if values else []


def known(part: Part, people: Sequence[Any], *, named: bool = True) -> list[Known]:
    """Return people on record by their identifiers, in that order, as they are compared; two statements.

    With `named` a subject whom nobody can name yet is left out. The identifiers are the database's own or UUIDs.
    """
    if not people:
        return []
    ids = [_stored(person) for person in people]
    table = Victim if part is Part.VICTIM else Subject
    more = " AND known" if part is Part.SUBJECT and named else ""
    columns = f"{', '.join(READ)}, {'1' if part is Part.VICTIM else 'known'}"
    sql = f"SELECT {columns} FROM {table._meta.db_table} WHERE id IN ({_places(ids)}){more}"  # noqa: S608
    rows = {row[0]: row for row in _rows(sql, ids)}
    marks = _marks(map(_identifier, people))
    return [_known(rows[person], marks.get(_identifier(person), frozenset())) for person in ids if person in rows]


READ = ("id", "given_name", "other_names", "family_name", "birth_on", "sex")


def known_among(people: Sequence[tuple[Any, ...]], asked: Iterable[UUID]) -> dict[UUID, Known]:
    """Return people as they are compared, victims and subjects, of whom a list has read `READ`, and whether they are merged
    with others; one statement, none for nobody. `asked`: of whom that list was asked, and `marks_kept` may have been.
    """
    marks = _marks(asked) if people else {}
    return {row[0]: _known((*row[:-1], True), marks.get(row[0], frozenset()), merged=bool(row[-1])) for row in people}


def _marks(people: Iterable[UUID]) -> Mapping[UUID, frozenset[tuple[MarkKind, str, str]]]:
    found: dict[UUID, set[tuple[MarkKind, str, str]]] = defaultdict(set)
    for person, kind, key, source in marks_kept(people=tuple(people)):
        found[person].add((_KINDS[kind], key, source))
    return {person: frozenset(marks) for person, marks in found.items()}


@for_nobody
def marks_kept(people: Any) -> QuerySet[Any, Any]:
    """Return what stands on the records of some people by which they are compared."""
    every = (
        standing(table.objects.unscoped("compared, never shown").filter(**{f"{owner}__in": people}).order_by())
        .exclude(key="")
        .values_list(owner, "kind", "key", "source")
        for table, owner in OWNER.items()
    )
    return next(every).union(*every, all=True)


_KINDS = {str(kind): kind for kind in MarkKind}


def _known(row: tuple[Any, ...], marks: frozenset[tuple[MarkKind, str, str]], *, merged: bool = True) -> Known:
    person, given, other, family, birth, sex, named = row
    born = date.fromisoformat(birth) if isinstance(birth, str) else birth
    name = " ".join(part for part in (given, other, family) if part)
    traits = Traits(name=name, birth_on=born, sex=sex, marks=frozenset((kind, key) for kind, key, _ in marks))
    return Known(_identifier(person), name_as_said(given, family, bool(named)), traits, marks, merged)


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _places(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _stored(person: Any) -> Any:
    """Return an identifier as this database keeps it: a UUID, or SQLite's text of it."""
    return person.hex if isinstance(person, UUID) and connection.vendor == "sqlite" else person


def _identifier(person: Any) -> UUID:
    return person if isinstance(person, UUID) else quick_uuid(person)
