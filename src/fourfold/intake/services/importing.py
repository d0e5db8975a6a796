"""Bringing in a force's feed: streamed, in batches that are whole or not there, and harmless to run again.

A run that was killed needs no repair: run it again, and what is there already counts as duplicates. The batch, its
log entry and the run's totals commit together, so the totals hold at every moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import new_id
from fourfold.gateways import traces
from fourfold.gateways.bulk import index_at_the_end, insert_rows, insert_values, room
from fourfold.intake.batch_proofs import form_of
from fourfold.intake.feed_files import examined, header_of, lines_of
from fourfold.intake.mappings import read_mapping
from fourfold.intake.models import Allegation, ImportRun, Quarantined, Retold
from fourfold.intake.rules.feeds import Mapping, PackedRow, Press, Reader, ReadRow
from fourfold.intake.rules.feeds.read_ahead import ahead
from fourfold.intake.services.batches import Batch, seal
from fourfold.intake.services.filing import further_people, known_by
from fourfold.intake.services.sorting import Candidate, Read, Sorted, holds_any, read_batches, sort_rows, without
from fourfold.intake.services.stopping import LEFT_OUT, refuse_doubtful
from fourfold.intake.services.versions import back_at_desk, versions_of
from fourfold.intake.terms import READ_LATER, Totals

#: A file of so many bytes is read by another process while this one stores what was read before.
LARGE = 8 << 20
#: Up to so many bytes of a first file SQLite orders its rows by their day at the end: some seconds in which nobody else writes.
LARGEST = 400 << 20
BY_DAY = ("allegation_by_site", "allegation_at_desk", "at_desk_by_urgency", "at_desk_since")
Progress = Callable[[Totals], None]
Kept = Callable[[Sequence[UUID]], object]
"""What is done with the allegations of a batch before anybody can read them: in the batch's own transaction."""


def import_file(
    *,
    actor: Actor,
    path: Path,
    mapping: Mapping | Path,
    site: str,
    at: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    kept: Kept | None = None,
) -> Totals:
    """Read a feed's file through a mapping, keep what can be read, hold back the rest, and return the totals.

    `dry_run` gives the same totals and stores nothing at all. `progress` is called with the totals so far after each
    batch of 500 (of a large file 2,000), `kept` with what each batch adds or tells again, before it can be read. Raises InvalidMapping,
    or CannotImport where the file as a whole cannot be read; then nothing is stored.
    """
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=site)
    mapping = mapping if isinstance(mapping, Mapping) else read_mapping(mapping)
    sha256 = examined(path, mapping)
    with room(), closing(lines_of(path, mapping)) as lines, ExitStack() as stack:
        header = header_of(lines)
        reader = Reader(mapping, header.cells, site=site, at=at)
        elsewhere = stack.enter_context(ahead(reader)) if path.stat().st_size >= LARGE else None
        waiting = refuse_doubtful(
            actor=None if dry_run else actor,
            path=path,
            reader=reader,
            site=site,
            sha256=sha256,
            header_row=header.number,
            at=at,
            elsewhere=elsewhere,
        )
        reader.losses.taken()  # they are counted where the rows are read
        new, gone = layout_since(site, reader)
        keeper = (
            None
            if dry_run
            else Keeper(
                actor,
                begin_run(actor, path.name, reader.columns, mapping, site, sha256, at, header.number),
                then=kept,
                left_out=waiting.left_out,
            )
        )
        read = read_batches(lines, reader, elsewhere, keeper.form if keeper else None)
        batches = (without(waiting.rows, batch, reader) for batch in read)
        if keeper is not None:
            leaves = LARGE <= path.stat().st_size <= LARGEST
            stack.enter_context(index_at_the_end(Allegation, *BY_DAY, leaves=leaves))
        with traces.span("import") as add:
            totals = _import(batches, reader, site, sha256, keeper, progress)
            add(count=totals.read)
    defaulted = reader.losses.defaulted()
    return replace(totals, header_row=header.number, new_columns=new, gone_columns=gone, defaulted=defaulted)


def layout_since(site: str, reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how the columns differ from those of the system's last import: new ones that nothing reads, and those gone."""
    mapping = reader.mapping
    last = ImportRun.objects.filter(site=site, system=mapping.system, file_sha256__gt="", header_row__isnull=False)
    before = last.order_by("-started_at").values_list("columns", flat=True).first()
    if before is None:
        return (), ()
    known = {*before, *mapping.used, *mapping.ignore, *mapping.not_compared}
    new = tuple(name for name in reader.columns_there if name not in known)
    gone = tuple(name for name in before if name not in reader.columns_there and name not in mapping.optional)
    return new, gone


def begin_run(
    actor: Actor,
    name: str,
    columns: Sequence[str],
    mapping: Mapping,
    site: str,
    sha256: str,
    at: datetime,
    header_row: int | None = None,
) -> ImportRun:
    """Record that an import begins, with the mapping and the columns by which its rows can be read again.

    `header_row` is None where no header was read: the rows were mended.
    """
    with audit.recorded(actor, "feed.begun", at=at, operation=Operation.COLLECTION) as entry:
        return entry.about(
            ImportRun.objects.create(
                site=site,
                system=mapping.system,
                mapping_sha256=mapping.sha256,
                mapping_text=mapping.text,
                columns=list(columns),
                header_row=header_row,
                file_name=name[-200:],
                file_sha256=sha256,
                started_at=at,
                started_by=actor.staff,
            )
        )


def _import(
    batches: Iterator[Read], reader: Reader, site: str, file: str, keeper: Keeper | None, progress: Progress | None
) -> Totals:
    count = _Count()
    for so_far, candidates in batches:
        if keeper is None:
            count.add(sort_rows(so_far, candidates, site, reader, file))
        else:
            count.add(keeper.keep(so_far, candidates, reader))
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
    first_held: tuple[int, str] = (0, "")

    def add(self, batch: Sorted) -> None:
        self.read += batch.read
        self.accepted += batch.accepted
        self.duplicates += len(batch.duplicates)
        self.quarantined += len(batch.held)
        self.revised += batch.revised
        self.reasons += batch.faults
        if batch.held and not self.first_held[0]:
            self.first_held = min((held.number, held.reason) for held in batch.held)

    def totals(self, keeper: Keeper | None) -> Totals:
        numbers = (self.read, self.accepted, self.duplicates, self.quarantined, self.revised)
        run = keeper.run.pk if keeper else None
        return Totals(*numbers, tuple(self.reasons.most_common()), run, first_held=self.first_held)


class Keeper:
    """Keeps batches: rows, log entry and the run's totals in one transaction each.

    `resolution` is what is said of rows in quarantine that could be read now, `then` what is done with the
    allegations of a batch in its own transaction; the rows `left_out` are settled as they are held.
    """

    def __init__(
        self,
        actor: Actor,
        run: ImportRun,
        *,
        resolution: str = READ_LATER,
        then: Kept | None = None,
        left_out: Container[int] = frozenset(),
    ) -> None:
        self.run, self._resolution, self._then, self._left_out = run, resolution, then, left_out
        self._actor, self._site, self._at = actor, run.site, run.started_at
        self._held = access_queries.held_by(actor, "feed", at=run.started_at)
        self._held_before = self._rows_held()
        self._number = 0
        self._first_of_system: bool | None = None
        self.form = form_of(Allegation, {"received_at": self._at, "run_id": run.pk, **self._held})
        self._press = Press(self.form)
        self._columns = (*self.form.stored, "batch")

    def _rows_held(self) -> set[int]:
        rows = Quarantined.objects.filter(site=self._site, file_sha256=self.run.file_sha256)
        return set(rows.values_list("row_number", flat=True))

    def keep(self, so_far: Sorted, candidates: list[Candidate], reader: Reader) -> Sorted:
        """Keep one batch; where another import brought the same reference at the same moment, sort it once more."""
        if self._first_of_system is None:  # the unique reference says so if another import has begun since
            self._first_of_system = not holds_any(self._site, reader.system)
        try:
            return self._keep(so_far, candidates, reader)
        except IntegrityError:
            self._first_of_system = False
            self.run.refresh_from_db()
            self._held_before = self._rows_held()
            return self._keep(so_far, candidates, reader)

    def _keep(self, so_far: Sorted, candidates: list[Candidate], reader: Reader) -> Sorted:
        with audit.recorded(self._actor, "feed.imported", at=self._at, operation=Operation.COLLECTION) as entry:
            file, all_new = self.run.file_sha256, bool(self._first_of_system)
            batch = sort_rows(so_far, candidates, self._site, reader, file, all_new=all_new)
            self._count(batch)
            made = self._made(batch, reader)
            self._insert(made)
            back_at_desk(made.versions)
            self._resolve(batch)
            if self._then is not None and (made.allegations or made.versions):
                self._then([*(row.pk for row in made.allegations), *(row.allegation_id for row in made.versions)])
            seal(entry, self.run, self._number + 1, made)
        self._number += 1
        self._held_before |= {row.row_number for row in made.held}
        return batch

    def _made(self, batch: Sorted, reader: Reader) -> Batch:
        number = self._number + 1
        allegations = [
            row.packed if isinstance(row, PackedRow) else self._press.packed(row, new_id()) for row in batch.new
        ]
        further = [
            person
            for row, allegation in zip(batch.new, allegations, strict=True)
            if isinstance(row, ReadRow)
            for person in further_people(row.told, allegation.pk, self._held, run=self.run, row_number=row.number)
        ]
        known = [
            each
            for row, allegation in zip(batch.new, allegations, strict=True)
            if isinstance(row, ReadRow) and row.told.needs_more_tables
            for each in known_by(row.told, allegation.pk, self._held, run=self.run, row_number=row.number)
        ]
        retold = self._retold(batch, reader)
        again = [(row, one.allegation, one.row.told) for row, one in zip(retold, batch.again, strict=True)]
        versions = versions_of(again, self._held, self._at)
        made = Batch(allegations, further, retold, versions, self._quarantined(batch), known)
        for rows in made.told:
            for row in rows:
                row.batch = number
        return made

    def _insert(self, made: Batch) -> None:
        number = self._number + 1
        if made.allegations:
            insert_values(Allegation, self._columns, [(*row.values, number) for row in made.allegations])
        for rows in made.told:
            insert_rows(rows)

    def _count(self, batch: Sorted) -> None:
        run = self.run
        run.read += batch.read
        run.accepted += batch.accepted
        run.duplicates += len(batch.duplicates)
        run.quarantined += len(batch.held)
        run.revised += batch.revised
        run.save()

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
                **(self._settled() if held.number in self._left_out else {}),
            )
            for held in batch.held
            if held.number not in self._held_before
        ]

    def _settled(self, resolution: str = LEFT_OUT) -> dict[str, Any]:
        return {"resolved_at": self._at, "resolved_by": self._actor.staff, "resolution": resolution}

    def _resolve(self, batch: Sorted) -> None:
        """Record that rows which this file held back before could be read now."""
        read = (*batch.new, *(again.row for again in batch.again))
        rows = {number for row in read for number in row.numbers} | set(batch.duplicates)
        mended = rows & self._held_before
        if mended:
            Quarantined.objects.filter(
                site=self._site, file_sha256=self.run.file_sha256, row_number__in=mended, resolved_at__isnull=True
            ).update(**self._settled(self._resolution))

    def finish(self) -> None:
        """Note that the file was read to its end."""
        with audit.recorded(self._actor, "feed.finished", at=self._at, operation=Operation.COLLECTION) as entry:
            self.run.finished_at = self._at
            self.run.save()
            entry.about(self.run)
