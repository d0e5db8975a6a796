"""Files of numbers that are taken away: each is kept, and held against all that were taken before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases import queries as cases
from fourfold.cases.queries.by_month import MonthRow
from fourfold.governance import queries
from fourfold.governance.models import Exported
from fourfold.governance.queries import Board
from fourfold.governance.rules import quality
from fourfold.governance.rules.exporting import Cell, Leaves, leaving
from fourfold.governance.rules.quality import NOTHING, Judged, Quarter, Row, VictimFileFacts
from fourfold.governance.terms import ExportKind
from fourfold.stats.disclosure import Suppressed, disclose_count

COUNTS = ("crimes", "may_be", "asked", "read")


def export_board(
    *, actor: Actor, site: str, files: VictimFileFacts = NOTHING, at: datetime
) -> tuple[Board, dict[str, date]]:
    """Hand out the quality board of a site: rounded, to the end of last week, nothing under ten, and nothing that an
    earlier file and this one together would tell of fewer. Return it, and by question the day of the file as which a
    number leaves that has hardly changed since."""
    cells: list[Cell] = []

    def counted(code: str, now: Quarter, judged: Iterable[Judged]) -> None:
        people = (_entry(one) for one in judged)
        cells.append(Cell(f"{site}: {code}", (now.yes, now.of) if now.of else (), now.of, frozenset(people)))

    value = queries.board(actor=actor, site=site, at=at, files=files, exported=True, counted=counted)
    left = _left(actor, ExportKind.QUALITY, cells, at)
    as_of = {name.partition(": ")[2]: one.as_of.date() for name, one in left.items() if one.as_of}
    rows = tuple(_as_left(row, left[f"{site}: {row.question.code}"]) for row in value.rows)
    return replace(value, rows=rows), as_of


def _entry(one: Judged) -> str:
    """Return who was asked about, without saying whom, and the answer."""
    who = audit.keyring().commitment("export", f"{one.case or one.reference} {one.on}".encode())[:16]
    return f"{who}={'yes' if one.yes else 'no'}"


def _as_left(row: Row, one: Leaves) -> Row:
    if one.as_of is None:
        return row
    now = Quarter(row.quarters[-1].until, *one.shown) if one.shown else None
    return quality.of_counts(row.question, now, row.quarters)


def export_months(*, actor: Actor, at: datetime) -> tuple[tuple[MonthRow, date | None], ...]:
    """Hand out by force and month what may be recorded wrongly, in the same way; beside each row the day of the file as
    which a number in it leaves that has hardly changed since."""
    rows = cases.by_force_and_month(actor=actor, at=at, exported=True)
    cells = [
        Cell(_name(row, count), _shown(number), number)
        for row in rows
        for count in COUNTS
        if (number := getattr(row, count)) is not None
    ]
    left = _left(actor, ExportKind.BY_MONTH, cells, at)
    return tuple(_month(row, {count: left[_name(row, count)] for count in COUNTS}) for row in rows)


def _name(row: MonthRow, count: str) -> str:
    return f"{row.site} {row.force} {row.month:%Y-%m}: {count}"


def _shown(number: int) -> tuple[int, ...]:
    cell = disclose_count(number)
    return () if isinstance(cell, Suppressed) else (cell.count,)


def _month(row: MonthRow, left: dict[str, Leaves]) -> tuple[MonthRow, date | None]:
    crimes, may_be, asked, read = (one.shown[0] if (one := left[count]).shown else None for count in COUNTS)
    days = [one.as_of.date() for one in left.values() if one.as_of]
    return replace(row, crimes=crimes, may_be=may_be, asked=asked, read=read), max(days, default=None)


def _left(actor: Actor, kind: ExportKind, cells: Iterable[Cell], at: datetime) -> dict[str, Leaves]:
    """Hold every number against all that left before, whoever took it, and keep what is new; one file after the other."""
    with audit.recorded(actor, "numbers.exported", at=at, operation=Operation.DISCLOSURE) as entry:
        audit.hold_the_log()
        rows = Exported.objects.filter(kind=kind).values_list("exported_at", "cells")
        earlier = [(when, _read(one)) for when, kept in rows for one in kept]
        by_name: dict[str, list[tuple[datetime, Cell]]] = {}
        for when, cell in earlier:
            by_name.setdefault(cell.name, []).append((when, cell))
        left = {cell.name: leaving(cell, by_name.get(cell.name, ())) for cell in cells}
        new = [_kept(one.cell) for one in left.values() if one.is_new]
        entry.count = len(left)
        if new:
            entry.about(Exported.objects.create(kind=kind, exported_at=at, exported_by=actor.staff, cells=new))
    return left


def _kept(cell: Cell) -> dict[str, Any]:
    return {"name": cell.name, "shown": list(cell.shown), "count": cell.count, "people": sorted(cell.people)}


def _read(kept: dict[str, Any]) -> Cell:
    return Cell(kept["name"], tuple(kept["shown"]), kept["count"], frozenset(kept["people"]))
