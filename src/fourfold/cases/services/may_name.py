"""Which reports that wait may be about an open case, kept by each write: the desk reads what stands first by an index.

Looked for among all that wait, it took the desk twelve seconds where half a million do.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from fourfold.access.rows import quick_uuid
from fourfold.audit import services as audit
from fourfold.base import AT_ONCE, watched
from fourfold.cases.models import Case, CaseAct, MayName, ToldKey
from fourfold.cases.terms import State
from fourfold.gateways.bulk import insert_rows
from fourfold.intake.models import Allegation
from fourfold.people.models import FindingKey

#: What sharing keys must say together before a report is looked at: a name and a day of birth, a mailbox, a car.
SAYS_ENOUGH = 4
#: What it says that a report is an act of the case: more than any keys.
IS_AN_ACT = 1_000
Part = TypeVar("Part")
Written = Mapping[type[Any], Mapping[Any, tuple[Any, bool]]]

_TABLES = {
    **{name: table._meta.db_table for name, table in (("held", Case), ("found", FindingKey), ("told", ToldKey))},
    **{name: table._meta.db_table for name, table in (("act", CaseAct), ("report", Allegation), ("kept", MayName))},
}
#: SQLite reads tables in this order, by these indexes; PostgreSQL finds its own.
_WAYS = {
    "sqlite": {"joins": "CROSS JOIN", "by_key": "INDEXED BY told_by_key", "by_report": "INDEXED BY told_by_report"},
    "postgresql": {"joins": "JOIN", "by_key": "", "by_report": ""},
}
_KEYS_OF_CASES = (
    "files {joins} {held} held ON held.id = files.id {joins} {found} found ON found.person = held.{part}_id "
    "{joins} {told} told {by_key} ON told.key = found.key"
)
_ACTS_OF_CASES = "files {joins} {held} held ON held.id = files.id {joins} {act} act ON act.case_id = held.id"
_KEYS_OF_REPORTS = (
    "{told} told {by_report} {joins} {found} found ON found.key = told.key {joins} {held} held ON held.{part}_id = found.person "
    "AND told.allegation IN ({reports})"
)
_ACTS_OF_REPORTS = "{act} act {joins} {held} held ON held.id = act.case_id AND act.allegation_id IN ({reports})"
_SHARED = "SELECT told.allegation AS allegation, held.id AS file, told.strength AS says FROM "
_ACTED = "SELECT act.allegation_id AS allegation, held.id AS file, {is_an_act} AS says FROM "
_SAID = (
    "SELECT CAST(NULL AS BIGINT), report.site, said.says, said.allegation, said.file FROM (SELECT allegation, file, "
    "SUM(says) AS says FROM ({arms}) every GROUP BY allegation, file HAVING SUM(says) >= {enough}) said "
    "{joins} {report} report ON report.id = said.allegation WHERE report.at_desk"
)
_KEPT = "SELECT id, site, says, allegation, file FROM {kept} WHERE "
_OF_CASES, _OF_REPORTS = "file IN (SELECT id FROM files)", "allegation IN ({reports})"
_FILES = (
    "WITH files AS (SELECT id FROM {held} WHERE id IN ({cases}) UNION SELECT id FROM {held} WHERE victim_id IN ({people}) "
    "UNION SELECT id FROM {held} WHERE subject_id IN ({people})) "
)
_LISTED = {
    "sqlite": "SELECT value FROM json_each(%({})s)",
    "postgresql": "SELECT unnest(%({})s::uuid[])",
}


@dataclass(frozen=True)
class Unlike:
    """A row that is kept and should not be (`kept`), or one that should be."""

    row: MayName
    kept: bool

    def __str__(self) -> str:
        how = "is kept and should not be" if self.kept else "is missing"
        return " ".join(
            ("cases.mayname of report", str(self.row.allegation_id), "and case", str(self.row.file_id), how)
        )


def watch() -> None:
    """Have each outermost write tell what it wrote of these tables."""
    watched.update({Case, CaseAct, Allegation, ToldKey, FindingKey})


def keep_who_may_be_named(written: Written) -> None:
    """Keep anew which reports that wait may name which open cases, of the cases, people and reports that a write concerns.

    It holds the log: nobody keeps a key, opens a case or lets a report wait between what is read here and its end.
    """
    cases = {*written.get(Case, ()), *(case for case, _ in written.get(CaseAct, {}).values())}
    reports = set(written.get(ToldKey, ()))
    # Of a report that is new no keys are kept yet.
    reports.update(pk for pk, (_, is_new) in written.get(Allegation, {}).items() if not is_new)
    every = [("cases", pk) for pk in cases]
    every += [("people", pk) for pk in written.get(FindingKey, ())] + [("reports", pk) for pk in reports]
    for some in _parts(every):
        keep_anew(unlike(**{name: [pk for of, pk in some if of == name] for name in ("cases", "people", "reports")}))


def keep_of_site(site: str) -> None:
    """Keep anew what the reports of a site that wait may name, some cases at a time, for each of which the log is held.

    Of a case that another unit took over the people may have stayed, whose keys are of this site.
    """
    theirs = Q(site=site) | Q(victim__site=site) | Q(subject__site=site)
    running = Case._base_manager.filter(theirs).exclude(state=State.CLOSED)
    for some in _parts(running.values_list("pk", flat=True)):
        with transaction.atomic():
            audit.hold_the_log()
            keep_anew(unlike(cases=some))


def _parts(every: Iterable[Part]) -> Iterator[list[Part]]:
    rest = list(every)
    for start in range(0, len(rest), AT_ONCE):
        yield rest[start : start + AT_ONCE]


def unlike(*, cases: Sequence[UUID] = (), people: Sequence[UUID] = (), reports: Sequence[UUID] = ()) -> list[Unlike]:
    """Return what is kept of some cases, of those of some people and of some reports otherwise than it is worked out. One
    statement.

    Nothing while a first file is brought into SQLite, whose keys have no index yet: all is worked out at its end.
    """
    by_case = (_SAID, _KEYS_OF_CASES, _ACTS_OF_CASES, f"{_KEPT}{_OF_CASES}")
    by_report = (_SAID, _KEYS_OF_REPORTS, _ACTS_OF_REPORTS, f"{_KEPT}{_OF_REPORTS}")
    with connection.cursor() as cursor:
        ways = [*([by_case] if cases or people else []), *([by_report] if reports else [])]
        lists = {"cases": cases, "people": people, "reports": reports}
        try:
            cursor.execute(_text(connection.vendor, tuple(ways)), {name: _listed(some) for name, some in lists.items()})
        except OperationalError as error:
            if "no such index" in str(error):
                return []
            raise
        return _apart(cursor.fetchall())


@cache
def _text(vendor: str, ways: tuple[tuple[str, str, str, str], ...]) -> str:
    names = _TABLES | {name: _LISTED[vendor].format(name) for name in ("cases", "people", "reports")}
    names |= {"closed": State.CLOSED.value, "is_an_act": str(IS_AN_ACT), "enough": str(SAYS_ENOUGH)} | _WAYS[vendor]
    still = " WHERE held.state <> '{closed}'"
    asked = []
    for said, keys, acts, kept in ways:
        shared = (_SHARED + keys.replace("{part}", part) + still for part in ("victim", "subject"))
        acted = _ACTED + acts + still + " AND act.left_at IS NULL"
        asked += [said.replace("{arms}", " UNION ALL ".join((*shared, acted))), kept]
    return (_FILES + " UNION ".join(asked)).format(**names)


def _listed(some: Sequence[UUID]) -> Any:
    return json.dumps([pk.hex for pk in some]) if connection.vendor == "sqlite" else list(some)


def _apart(rows: Iterable[Sequence[Any]]) -> list[Unlike]:
    """Return the rows of which there is only what is kept, or only what should be."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for pk, *said in rows:
        found.setdefault(tuple(said), []).append(pk)
    once = ((said, pks[0]) for said, pks in found.items() if len(pks) == 1)
    return [
        Unlike(
            MayName(pk=pk, site=site, says=says, allegation_id=_uuid(allegation), file_id=_uuid(file)), pk is not None
        )
        for (site, says, allegation, file), pk in once
    ]


def _uuid(said: Any) -> UUID:
    return said if isinstance(said, UUID) else quick_uuid(said)


def keep_anew(wrong: Collection[Unlike]) -> None:
    """Keep what should be, in place of what should not."""
    gone = [one.row.pk for one in wrong if one.kept]
    for start in range(0, len(gone), AT_ONCE):
        MayName.objects.filter(pk__in=gone[start : start + AT_ONCE]).delete()
    insert_rows([one.row for one in wrong if not one.kept])
