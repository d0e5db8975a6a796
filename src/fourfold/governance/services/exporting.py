"""Files of numbers that are taken away: each is kept, and held against all that were taken before."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache, partial
from typing import Any, TypeVar
from uuid import UUID

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases import queries as cases
from fourfold.cases.queries.by_month import MonthRow
from fourfold.gateways.keyring import Keyring
from fourfold.governance import queries
from fourfold.governance.models import Exported
from fourfold.governance.queries import Board
from fourfold.governance.queries.quality import OPENED
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules import quality
from fourfold.governance.rules.exporting import Cell, Leaves, leaving
from fourfold.governance.rules.quality import NOTHING, Judged, Quarter, Row, VictimFileFacts
from fourfold.governance.terms import ExportKind
from fourfold.stats.disclosure import Suppressed, disclose_count

COUNTS = ("crimes", "may_be", "asked", "read")
Key = TypeVar("Key", bound=Hashable)


def export_board(
    *, actor: Actor, site: str, files: VictimFileFacts = NOTHING, at: datetime
) -> tuple[Board, dict[str, date]]:
    """Hand out the quality board of a site, as a file and to whoever opens no case: rounded, to the end of last week,
    nothing under ten, and nothing that an earlier one and this one together would tell of fewer. Return it, and by
    question the day as of which its numbers were counted."""
    asked: dict[str, list[Judged]] = {}
    value = queries.board(actor=actor, site=site, at=at, files=files, exported=True, counted=asked.__setitem__)
    who = cache(partial(_hidden, audit.keyring()))  # once for all: half of the questions are asked of the same
    cells = {(OPENED, 0): _cell(site, OPENED, _shown(len(asked[OPENED])), asked[OPENED], who)}
    for row in value.rows:
        code = row.question.code
        for back, quarter in enumerate(reversed(row.quarters[-1:] if row.hidden else row.quarters)):
            shown = (quarter.yes, quarter.of) if quarter.of and not row.hidden else ()
            cells[code, back] = _cell(site, code, shown, quality.in_period(asked[code], until=quarter.until), who)
    left = _left(actor, ExportKind.QUALITY, cells, at)
    rows = quality.ordered(_as_left(row, left) for row in value.rows)
    opened = left[OPENED, 0].shown
    as_of = {row.question.code: local_day(left[row.question.code, 0].as_of) for row in rows if not row.hidden}
    return replace(value, rows=rows, worst=quality.worst(rows), cases=opened[0] if opened else 0), as_of


def _cell(
    site: str, code: str, shown: tuple[int, ...], judged: list[Judged], who: Callable[[UUID | str, date], str]
) -> Cell:
    """Return a number with who was asked about, without saying whom, and the answers."""
    people = frozenset(f"{who(one.case or one.reference, one.on)}={'yes' if one.yes else 'no'}" for one in judged)
    return Cell(f"{site}: {code}", shown, len(judged), people)


def _hidden(keys: Keyring, asked: UUID | str, on: date) -> str:
    """Return who was asked about on a day, without saying whom."""
    return keys.commitment("export", f"{asked} {on}".encode())[:16]


def _as_left(row: Row, left: Mapping[tuple[str, int], Leaves]) -> Row:
    """Return a row with each quarter as it leaves; one that was told in the quarter's place before stands there again."""
    quarters: list[Quarter] = []
    for back, quarter in enumerate(reversed(row.quarters)):
        one = left.get((row.question.code, back))
        quarters.insert(0, Quarter(quarter.until, *(one.shown if one and one.shown else (0, 0))))
    return quality.of_counts(row.question, quarters[-1] if quarters[-1].of else None, tuple(quarters))


def export_months(*, actor: Actor, at: datetime) -> tuple[tuple[MonthRow, tuple[date, ...]], ...]:
    """Hand out by force and month what may be recorded wrongly, in the same way; beside each row the days as of which the
    numbers in it were counted."""
    rows = cases.by_force_and_month(actor=actor, at=at, exported=True)
    cells = {
        (name := _name(row, count)): Cell(name, _shown(number), number)
        for row in rows
        for count in COUNTS
        if (number := getattr(row, count)) is not None
    }
    left = _left(actor, ExportKind.BY_MONTH, cells, at)
    return tuple(_month(row, {count: left[_name(row, count)] for count in COUNTS}) for row in rows)


def _name(row: MonthRow, count: str) -> str:
    return f"{row.site} {row.force} {row.month:%Y-%m}: {count}"


def _shown(number: int) -> tuple[int, ...]:
    cell = disclose_count(number)
    return () if isinstance(cell, Suppressed) else (cell.count,)


def _month(row: MonthRow, left: dict[str, Leaves]) -> tuple[MonthRow, tuple[date, ...]]:
    crimes, may_be, asked, read = (one.shown[0] if (one := left[count]).shown else None for count in COUNTS)
    days = tuple(local_day(one.as_of) for one in left.values() if one.shown)
    return replace(row, crimes=crimes, may_be=may_be, asked=asked, read=read), days


def _left(actor: Actor, kind: ExportKind, cells: Mapping[Key, Cell], at: datetime) -> dict[Key, Leaves]:
    """Hold every number against all that left before, whoever took it, and keep what is new; one file after the other."""
    with audit.recorded(actor, "numbers.exported", at=at, operation=Operation.DISCLOSURE) as entry:
        audit.hold_the_log()
        rows = Exported.objects.filter(kind=kind).values_list("exported_at", "cells")
        earlier = [(when, _read(one)) for when, kept in rows for one in kept]
        by_name: dict[str, list[tuple[datetime, Cell]]] = {}
        for when, cell in earlier:
            by_name.setdefault(cell.name, []).append((when, cell))
        left = {key: leaving(cell, by_name.get(cell.name, ()), at=at) for key, cell in cells.items()}
        new = [_kept(one.cell) for one in left.values() if one.is_new]
        entry.count = len(left)
        if new:
            entry.about(Exported.objects.create(kind=kind, exported_at=at, exported_by=actor.staff, cells=new))
    return left


def _kept(cell: Cell) -> dict[str, Any]:
    return {"name": cell.name, "shown": list(cell.shown), "count": cell.count, "people": sorted(cell.people)}


def _read(kept: dict[str, Any]) -> Cell:
    return Cell(kept["name"], tuple(kept["shown"]), kept["count"], frozenset(kept["people"]))
