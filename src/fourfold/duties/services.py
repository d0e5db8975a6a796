"""How the table is kept: with the write that makes something due or settles it, and checked against all that is there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q, QuerySet

from fourfold import base
from fourfold.access.statements import Texts, for_nobody
from fourfold.audit import services as audit
from fourfold.cases.models import Case
from fourfold.cases.services import may_name
from fourfold.duties.kinds import KINDS, Kind
from fourfold.duties.kinds.asking import OF_THE_CASE, asked, rows_of, within
from fourfold.duties.models import Duty
from fourfold.gateways.bulk import give_a_turn, insert_rows
from fourfold.gateways.moments import one_moment
from fourfold.governance import services as governance
from fourfold.plan import services as plan

_WHY = "worked out for nobody in particular; whoever reads it is scoped"
#: What a row says, but for its own name.
_SAYS = tuple(column.attname for column in Duty._meta.concrete_fields if not column.primary_key)
_BY_NAME = {kind.name: kind for kind in KINDS}
Written = Mapping[type[models.Model], Mapping[Any, tuple[Any, bool]]]


class Wrong(StrEnum):
    """How a row differs from what is worked out."""

    MISSING = "is missing"
    OTHER = "says something else"
    SETTLED = "is kept and waits no longer"


@dataclass(frozen=True)
class Difference:
    """A row that is kept otherwise than it is worked out, and the row as it should be."""

    what: Wrong
    row: Duty
    wanted: Duty | None

    def __str__(self) -> str:
        return " ".join((self.row.kind, str(self.row.about), "of case", str(self.row.case_id), self.what))


@cache
def begin() -> None:
    """Have each outermost write keep what it makes due or settles, in its own transaction."""
    base.watched.update({Case}, (table for kind in KINDS for table in kind.reads))
    base.before_the_log.add(_keep)
    may_name.watch()


def _keep(written: Written) -> None:
    """Work out anew what waits in the files of the rows that were written, of the kinds that read their tables.

    The write holds the log: what it reads here is all that was kept before, and nobody keeps anything beside it. So with
    which reports at the desk may name a case.
    """
    may_name.keep_who_may_be_named(written)
    begins = {row: said for row, said in written.get(Case, {}).items() if said[1]}
    changes = written.get(Case, {}).keys() - begins.keys()
    written = {**written, Case: begins} if begins else {table: written[table] for table in written if table is not Case}
    kinds = [kind for kind in KINDS if not written.keys().isdisjoint(kind.reads)]
    grown = [kind for kind in kinds if _has_grown(kind, written)]
    new: list[Duty] = []
    for kind in grown:
        rows = written[kind.reads[0]]
        for some in _parts(_files({kind.reads[0]: rows})):
            new += (wanted for wanted in kind.open_in(some) if wanted.about in rows)
    changed = [kind for kind in kinds if kind not in grown]
    tables = {table for kind in changed for table in kind.reads}
    files = _files({table: rows for table, rows in written.items() if table in tables})
    files.update(file for kind in changed if kind.beyond for file in _beyond(*kind.beyond, written))
    begun = files & {file for file, _ in begins.values()}
    for some in _parts(files - begun):
        _mend(list(_differences(_possible(changed, some, written), some)))
    of_begun = [kind for kind in changed if kind.reads[0] in written]  # nothing else is there yet, and nothing is kept
    known: dict[UUID, Any] = {}
    for some in _parts(begun):
        new += _of_begun(of_begun, some, written, known)
    _say_their_cases(new, known)
    insert_rows(new)
    for some in _parts(changes):
        _mend(list(_moved(some)))


def _of_begun(
    kinds: Sequence[Kind], some: Collection[UUID], written: Written, known: dict[UUID, Any]
) -> Iterator[Duty]:
    """Yield what waits in cases that the write has begun, and learn what they say; one statement for all kinds that need only
    when they were opened.
    """
    born = [kind for kind in kinds if kind.born and written.keys().isdisjoint(kind.reads[1:])]
    told = _opened(some) if born else ()
    opened = [(pk, at) for pk, at, *case in told if known.setdefault(pk, case)]
    for kind in kinds:
        yield from kind.born(opened) if kind in born and kind.born else kind.open_in(some)


_opened = asked(lambda files: within(files, Case._base_manager).values_list("pk", "opened_at", *OF_THE_CASE))


@cache
def _first_of(table: type[models.Model]) -> Any:
    """Return what asks whether a table has a row in some files."""
    return asked(lambda files: within(files, table._base_manager).values_list("pk", flat=True)[:1])


def _possible(kinds: Sequence[Kind], files: Collection[UUID], written: Written) -> list[Kind]:
    """Leave out the kinds of which nothing can wait in any of some files, by one statement for all that need one table."""
    needed = {kind.under for kind in kinds if kind.under and kind.under not in written}
    there = {table for table in needed if _first_of(table)(files)}
    return [kind for kind in kinds if kind.under not in needed or kind.under in there]


def _beyond(table: Any, files_of: Any, written: Written) -> Iterator[UUID]:
    """Yield in which files, besides their own, rows of a table that were written settle something."""
    for some in _parts(written.get(table, ())):
        yield from files_of(some)


def _has_grown(kind: Kind, written: Written) -> bool:
    """Return whether the write made rows of a kind's one table and changed none: what is kept of it stands as it was."""
    return len(kind.reads) == 1 and all(is_new for _, is_new in written[kind.reads[0]].values())


def _files(written: Written) -> set[UUID]:
    """Return the files of rows: those that the write has in hand, and those that are to be read."""
    found = set()
    for table, rows in written.items():
        found |= {file for file, _ in rows.values() if file is not None}
        for some in _parts(key for key, (file, _) in rows.items() if file is None):
            found |= set(_files_of(table)(keys=tuple(some)))
    return found


@cache
def _files_of(table: type[models.Model]) -> Any:
    """Return what asks in which files some rows of a table stand."""
    return for_nobody(
        lambda keys: table._base_manager.filter(pk__in=keys).values_list(base.case_path(table), flat=True)
    )


def _parts(every: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Yield some of them at a time, in their order: two writes that concern the same files come to them alike."""
    rest = sorted(every)
    for start in range(0, len(rest), base.AT_ONCE):
        yield rest[start : start + base.AT_ONCE]


def _differences(kinds: Sequence[Kind], files: Collection[UUID]) -> Iterator[Difference]:
    """Yield what is kept in some files otherwise than it is worked out. A statement, and one for each kind."""
    names = Texts(kind.name for kind in kinds)
    rows = {(row.kind, row.about): row for row in _kept(kinds=names, files=tuple(files))}
    every = [wanted for kind in kinds for wanted in kind.open_in(files)]
    _say_their_cases(every, {row.case_id: _of(row.case) for row in rows.values()})
    for wanted in every:
        row = rows.pop((wanted.kind, wanted.about), None)
        if row is None:
            yield Difference(Wrong.MISSING, wanted, wanted)
        elif _said(row) != _said(wanted):
            wanted.pk = row.pk
            yield Difference(Wrong.OTHER, wanted, wanted)
    yield from (Difference(Wrong.SETTLED, row, None) for row in rows.values())


@for_nobody
def _kept(*, kinds: Any, files: Any) -> Any:
    return _with_cases(Duty.objects.unscoped(_WHY).filter(kind__in=kinds, case__in=files))


def _with_cases(rows: Any) -> Any:
    return rows.select_related("case").only(*_SAYS, *(f"case__{name}" for name in OF_THE_CASE))


def _say_their_cases(rows: Collection[Duty], known: Mapping[UUID, Any]) -> None:
    """Keep with each row what its case says, and its place by that. One statement where not all cases are known."""
    known = dict(known)
    for some in _parts({row.case_id for row in rows} - known.keys()):
        known |= {pk: case for pk, *case in _cases(some)}
    for row in rows:
        _place(row, *known[row.case_id])


_cases = asked(lambda files: rows_of(Case, files).values_list("pk", *OF_THE_CASE))


def _place(row: Duty, site: str, level: str) -> None:
    """Say of a row what orders a day. This alone is the rule of its order: the check works it out by it, too."""
    kind = _BY_NAME[row.kind]
    row.site, row.level = site, level
    row.grave, row.decide = kind.place(level), kind.decide


@asked
def _kept_otherwise(files: Any) -> Any:
    as_kept = Q(site=F("case__site"), level=F("case__level"))
    return _with_cases(rows_of(Duty, files).filter(~as_kept))


def _moved(files: Collection[UUID]) -> Iterator[Difference]:
    """Yield the rows of cases that say otherwise now where they are, or how grave they are."""
    for row in _kept_otherwise(files):
        _place(row, *_of(row.case))
        yield Difference(Wrong.OTHER, row, row)


def _of(case: Case) -> tuple[Any, ...]:
    return tuple(getattr(case, name) for name in OF_THE_CASE)


def _said(row: Duty) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _SAYS)


def _mend(wrong: Sequence[Difference]) -> None:
    gone = [one.row.pk for one in wrong if one.wanted is None or one.what is Wrong.OTHER]
    for some in _parts(gone):
        QuerySet.delete(Duty.objects.unscoped(_WHY).filter(pk__in=some))
    insert_rows([one.wanted for one in wrong if one.wanted is not None])


def checked(*, mend: bool = False) -> Iterator[Difference | plan.Miskept | may_name.Unlike | str]:
    """Work out every row from what is there, yield how what is kept differs, and put it right where that is wished.

    So with what is kept of each action and each case for a unit's quarter, and with which reports at the desk may name a
    case. No more than some cases are held in memory.

    Mending holds the log for these, so that no write comes between: what was put right stays so if it is stopped. Looking
    reads all of one moment, and holds up nobody.
    """
    with nullcontext() if mend else one_moment():
        for held in _held_in_parts(mend=mend):
            yield from held
        after = UUID(int=0)
        while actions := plan.miskept(after):
            if mend:
                with transaction.atomic():
                    audit.hold_the_log()
                    plan.keep_anew(actions)
            yield from actions
            after = actions[-1].action
        yield from governance.check_counts(mend=mend)


def _held_in_parts(*, mend: bool) -> Iterator[list[Difference | may_name.Unlike]]:
    every, after = Case._base_manager.order_by("pk").values_list("pk", flat=True), UUID(int=0)
    while True:
        with transaction.atomic():
            if mend:
                audit.hold_the_log()
            if not (some := list(every.filter(pk__gt=after)[: base.AT_ONCE])):
                return
            wrong, names = list(_differences(KINDS, some)), may_name.unlike(cases=some)
            if mend:
                _mend(wrong)
                may_name.keep_anew(names)
        if mend and len(some) == base.AT_ONCE:
            give_a_turn()
        yield [*wrong, *names]
        after = some[-1]
