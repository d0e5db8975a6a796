"""Bringing in a force's feed: streamed, in batches that are whole or not there, and harmless to run again.

A run that was killed needs no repair: run it again, and what is there already counts as duplicates. The batch, its
log entry and the run's totals commit together, so the totals hold at every moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import IntegrityError

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways import delimited, workbooks
from fourfold.gateways.bulk import insert_rows
from fourfold.gateways.tables import CannotRead, Line
from fourfold.intake.mappings import read_mapping
from fourfold.intake.models import Allegation, ImportRun, Quarantined, Retold
from fourfold.intake.rules.feeds import Mapping, Reader, ReadRow
from fourfold.intake.services.batches import BATCH, seal
from fourfold.intake.services.filing import filed
from fourfold.intake.services.sorting import Seen, Sorted, read_rows, sort_rows
from fourfold.intake.terms import CannotImport, Totals

Progress = Callable[[Totals], None]


def import_file(
    *,
    actor: Actor,
    path: Path,
    mapping: Mapping | Path,
    site: str,
    at: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Totals:
    """Read a feed's file through a mapping, keep what can be read, hold back the rest, and return the totals.

    `dry_run` gives the same totals and stores nothing at all. `progress` is called with the totals so far after each
    batch of 500. Raises InvalidMapping, or CannotImport where the file as a whole cannot be read; then nothing is stored.
    """
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=site)
    mapping = mapping if isinstance(mapping, Mapping) else read_mapping(mapping)
    try:
        sha256 = _examined(path, mapping)
        with closing(_lines(path, mapping)) as lines:
            reader = _reader(lines, mapping, site, at)
            keeper = None if dry_run else _Keeper(actor, _begin(actor, path, mapping, site, sha256, at))
            return _import(lines, reader, site, keeper, progress)
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault


def _examined(path: Path, mapping: Mapping) -> str:
    try:
        if mapping.kind == "xlsx":
            return delimited.fingerprint(path).sha256
        return delimited.examine(path, mapping.encoding).sha256
    except OSError as fault:
        raise CannotImport(f"The file {path} cannot be opened: {fault.strerror}.") from fault


def _lines(path: Path, mapping: Mapping) -> Generator[Line, None, None]:
    if mapping.kind == "xlsx":
        return workbooks.lines(path, sheet=mapping.sheet)
    return delimited.lines(path, encoding=mapping.encoding, delimiter=mapping.delimiter)


def _reader(lines: Iterator[Line], mapping: Mapping, site: str, at: datetime) -> Reader:
    header = next(lines, None)
    if header is None:
        raise CannotImport("The file has no row in it. Ask for it to be sent again.")
    if header.trouble is not None:
        raise CannotImport("The header cannot be taken apart: it has a quote that is never closed, or is very long.")
    return Reader(mapping, header.cells, site=site, at=at)


def _begin(actor: Actor, path: Path, mapping: Mapping, site: str, sha256: str, at: datetime) -> ImportRun:
    with audit.recorded(actor, "feed.begun", at=at, operation=Operation.COLLECTION) as entry:
        return entry.about(
            ImportRun.objects.create(
                site=site,
                system=mapping.system,
                mapping_sha256=mapping.sha256,
                file_name=path.name[-200:],
                file_sha256=sha256,
                started_at=at,
                started_by=actor.staff,
            )
        )


def _import(
    lines: Iterator[Line], reader: Reader, site: str, keeper: _Keeper | None, progress: Progress | None
) -> Totals:
    seen, count = Seen(), _Count()
    while batch := list(islice(lines, BATCH)):
        so_far, candidates = read_rows(batch, reader, seen)
        if keeper is None:
            count.add(sort_rows(so_far, candidates, site))
        else:
            count.add(keeper.keep(so_far, candidates, (batch[0].number, batch[-1].number), reader))
        if progress is not None:
            progress(count.totals(keeper))
    if keeper is not None:
        keeper.finish()
    return count.totals(keeper)


@dataclass
class _Count:
    """The totals while they grow."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    revised: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Sorted) -> None:
        self.read += batch.read
        self.accepted += len(batch.new) + len(batch.again)
        self.duplicates += len(batch.duplicates)
        self.quarantined += len(batch.held)
        self.revised += len(batch.again)
        self.reasons += batch.faults

    def totals(self, keeper: _Keeper | None) -> Totals:
        numbers = (self.read, self.accepted, self.duplicates, self.quarantined, self.revised)
        return Totals(*numbers, tuple(self.reasons.most_common()), keeper.run.pk if keeper else None)


class _Keeper:
    """Keeps batches: rows, log entry and the run's totals in one transaction each."""

    def __init__(self, actor: Actor, run: ImportRun) -> None:
        self.run = run
        self._actor, self._site, self._at = actor, run.site, run.started_at
        self._held = access_queries.held_by(actor, "feed", at=run.started_at)
        self._held_before = self._rows_held()

    def _rows_held(self) -> set[int]:
        rows = Quarantined.objects.filter(site=self._site, file_sha256=self.run.file_sha256)
        return set(rows.values_list("row_number", flat=True))

    def keep(self, so_far: Sorted, candidates: list[ReadRow], span: tuple[int, int], reader: Reader) -> Sorted:
        """Keep one batch; where another import brought the same reference at the same moment, sort it once more."""
        try:
            return self._keep(so_far, candidates, span, reader)
        except IntegrityError:
            self.run.refresh_from_db()
            self._held_before = self._rows_held()
            return self._keep(so_far, candidates, span, reader)

    def _keep(self, so_far: Sorted, candidates: list[ReadRow], span: tuple[int, int], reader: Reader) -> Sorted:
        with audit.recorded(self._actor, "feed.imported", at=self._at, operation=Operation.COLLECTION) as entry:
            batch = sort_rows(so_far, candidates, self._site)
            self._count(batch)
            allegations = insert_rows([self._filed(row) for row in batch.new])
            retold = insert_rows(self._retold(batch, reader))
            held = insert_rows(self._quarantined(batch))
            self._resolve(batch)
            seal(entry, self.run, span, allegations=allegations, retold=retold, held=held)
        self._held_before |= {row.row_number for row in held}
        return batch

    def _count(self, batch: Sorted) -> None:
        run = self.run
        run.read += batch.read
        run.accepted += len(batch.new) + len(batch.again)
        run.duplicates += len(batch.duplicates)
        run.quarantined += len(batch.held)
        run.revised += len(batch.again)
        run.save()

    def _filed(self, row: ReadRow) -> Allegation:
        return filed(
            row.told,
            held=self._held,
            received_at=self._at,
            row_hash=row.content,
            run=self.run,
            row_number=row.number,
        )

    def _retold(self, batch: Sorted, reader: Reader) -> list[Retold]:
        return [
            Retold(
                allegation=again.allegation,
                row_hash=again.row.content,
                changed=reader.changes(again.allegation.original, again.row.told.original),
                original=again.row.told.original,
                run=self.run,
                row_number=again.row.number,
                **self._held,
            )
            for again in batch.again
        ]

    def _quarantined(self, batch: Sorted) -> list[Quarantined]:
        """Return the rows to hold back; one that an earlier import of this file holds already is not held twice."""
        return [
            Quarantined(
                run=self.run,
                site=self._site,
                file_sha256=self.run.file_sha256,
                row_number=held.number,
                column=held.column[:120],
                fault=held.fault,
                reason=held.reason,
                raw=held.raw,
                held_at=self._at,
            )
            for held in batch.held
            if held.number not in self._held_before
        ]

    def _resolve(self, batch: Sorted) -> None:
        """Say of rows that this file held back before, and that can be read now, that they were read."""
        rows = {row.number for row in batch.new} | {again.row.number for again in batch.again} | set(batch.duplicates)
        mended = rows & self._held_before
        if mended:
            Quarantined.objects.filter(
                site=self._site,
                file_sha256=self.run.file_sha256,
                row_number__in=mended,
                resolved_at__isnull=True,
            ).update(resolved_at=self._at, resolved_by=self._actor.staff, resolution="read by a later import")

    def finish(self) -> None:
        """Say that the file was read to its end."""
        with audit.recorded(self._actor, "feed.finished", at=self._at, operation=Operation.COLLECTION) as entry:
            self.run.finished_at = self._at
            self.run.save()
            entry.about(self.run)
