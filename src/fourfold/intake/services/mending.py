"""Mending rows that wait: their cells written anew by a person, and read through the mapping that held them back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Cells
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake.mappings import mapping_of_text
from fourfold.intake.models import Allegation, ImportRun, Quarantined
from fourfold.intake.rules.feeds import Reader, ReadRow, RowFault
from fourfold.intake.rules.feeds.layout import columns_that_find
from fourfold.intake.services.importing import Keeper, Kept, begin_run
from fourfold.intake.services.on_record import OnRecord, Telling
from fourfold.intake.services.receiving import over_the_bound
from fourfold.intake.services.sorting import Candidate, Seen, Sorted
from fourfold.intake.terms import TOLD_ANEW, Fault, FurtherAsTold, InvalidTold, PersonAsTold, StillWaits
from fourfold.words import sentence

#: Faults of a cell that a person cannot have meant; the same cell again mends nothing.
_OF_THE_CELL = frozenset({Fault.ENCODING, Fault.CHARACTER, Fault.TOO_LARGE})


@dataclass(frozen=True)
class Mended:
    """A row in quarantine with its cells as somebody mended them; `among_others`: in a workbook, where it may be unseen."""

    held: UUID
    cells: Cells[str, str]
    among_others: bool = False


KeptOfSite = Callable[[str, Sequence[UUID]], object]
"""What is done with the allegations that mended rows became, of one site, in their own transaction."""


def mend_rows(
    *, actor: Actor, mended: Sequence[Mended], at: datetime, kept: KeptOfSite | None = None
) -> tuple[StillWaits, ...]:
    """Read mended rows again, keep what can be read as an import of its own, and return what still waits and why.

    Whoever mends a row is who told it, and does not read it at the desk, whomever it concerns; a row in which they write
    a person, its words, a place or its reference otherwise counts as a referral does. `kept` is called with the site and what was added, before anybody can
    read it. A row that is kept is settled by itself; its cells as they came stay with it. Raises NotFound for another site's
    row, InvalidTold where the same row is mended twice or the import kept no mapping.
    """
    rows = _opened(actor, mended, at)
    unseen = [one for one in mended if one.among_others and _is_as_it_came(rows[one.held], one.cells)]
    waiting = [StillWaits(one.held, rows[one.held].row_number, "", UNSEEN) for one in unseen]
    mended = [one for one in mended if one not in unseen]
    for run in {row.run_id: row.run for row in rows.values()}.values():
        access.require(actor, Permission.QUARANTINE_RESOLVE, at=at, site=run.site)
        of_run = [(rows[one.held], one.cells) for one in mended if rows[one.held].run_id == run.pk]
        waiting += _mend(actor, run, of_run, at, partial(kept, run.site) if kept else None)
    return tuple(waiting)


def _opened(actor: Actor, mended: Sequence[Mended], at: datetime) -> dict[UUID, Quarantined]:
    asked = [one.held for one in mended]
    if len(set(asked)) != len(asked):
        raise InvalidTold("file", "The workbook contains this row twice. Keep one of them.")
    rows = Quarantined.objects.select_related("run").filter(pk__in=asked, site__in=actor.sites)
    found = {row.pk: row for row in rows}
    if len(found) != len(asked):
        audit.refused(actor, str(Permission.QUARANTINE_RESOLVE), at=at, rule="site")
        raise NotFound
    return found


def _mend(
    actor: Actor, run: ImportRun, rows: list[tuple[Quarantined, Cells[str, str]]], at: datetime, then: Kept | None
) -> Iterator[StillWaits]:
    if not run.mapping_text:
        raise InvalidTold(
            "file", "This import has no mapping. Correct the row in the force's system and import it again."
        )
    reader = reader_of(run, at=at)
    found_by = columns_that_find(mapping_of_text(run.mapping_text, sha256=run.mapping_sha256))
    waiting: list[StillWaits] = []
    readable: list[tuple[Quarantined, Cells[str, str], ReadRow]] = []
    candidates: list[Candidate] = []
    told: set[UUID] = set()
    with closing(Seen()) as seen:
        for row, cells in rows:
            try:
                readable.append((row, cells, _read(row, cells, reader, seen)))
            except RowFault as fault:
                waiting.append(StillWaits(row.pk, row.row_number, fault.column, fault.reason))
    moved = _moved_facts([read for _, _, read in readable], run)
    for row, cells, read in readable:
        try:
            if read.number in moved:
                raise moved[read.number]
            if column := _told_anew(row, cells, found_by):
                _refuse_too_many(actor, column, at, more=len(told))
                told.add(row.pk)
            candidates.append(read)
        except RowFault as fault:
            waiting.append(StillWaits(row.pk, row.row_number, fault.column, fault.reason))
    anew = {LET_IN: {row.pk for row, cells, _ in readable if _is_as_it_came(row, cells)}, TOLD_ANEW[0]: told}
    kept = _keep(actor, run, candidates, reader, at, partial(_told, actor, at, anew, then)) if candidates else ()
    of_number = {row.row_number: row.pk for row, _ in rows}
    return iter([*waiting, *(replace(one, held=of_number[one.row_number]) for one in kept)])


def _is_as_it_came(row: Quarantined, cells: Cells[str, str]) -> bool:
    """Return whether a row that waits for what it says of victim and suspect was left as it is."""
    same = (cells.get(name, "").strip() == _shown(cell).strip() for name, cell in row.raw.items())
    return row.fault == Fault.ROLES and row.resolved_at is None and all(same)


def _shown(cell: str | dict[str, str]) -> str:
    return cell if isinstance(cell, str) else cell["beginning"]


def _told_anew(row: Quarantined, cells: Cells[str, str], found_by: frozenset[str]) -> str:
    """Return a column in which somebody wrote otherwise than it came what is looked for on record, or ""."""
    changed = (column for column in sorted(found_by) if cells.get(column, "") != row.raw.get(column, ""))
    return next(changed, "")


def _refuse_too_many(actor: Actor, column: str, at: datetime, *, more: int) -> None:
    if (over := over_the_bound(actor, at, more=more)) is not None:
        audit.refused(actor, str(Permission.QUARANTINE_RESOLVE), at=at, rule="too many people told")
        said = "You have referred or changed {1} reports in {2}. Ask a colleague to correct this row."
        raise RowFault(Fault.REPEATED, column, sentence(said, *over))


def _told(
    actor: Actor, at: datetime, anew: dict[str, set[UUID]], then: Kept | None, allegations: Sequence[UUID]
) -> None:
    """Keep who mended the rows from what they became, and mark those in which what is looked for on record was written
    otherwise, and those that were let in as they came."""
    for one in dict.fromkeys(allegations):
        access.relate(actor=actor, file=one, staff=actor.staff, kind=RelationKind.TELLER, at=at)
    mine = Quarantined.objects.filter(resolved_by=actor.staff, resolved_at=at)
    for said, rows in anew.items():
        mine.filter(pk__in=rows).update(resolution=said)
    if then is not None:
        then(allegations)


def reader_of(run: ImportRun, *, at: datetime) -> Reader:
    """Return the reader of an import's rows; days and hours that a spreadsheet made of texts are read as well."""
    mapping = mapping_of_text(run.mapping_text, sha256=run.mapping_sha256)
    return Reader(replace(mapping, kind="xlsx"), run.columns, site=run.site, at=at)


def _read(row: Quarantined, cells: Cells[str, str], reader: Reader, seen: Seen) -> ReadRow:
    if row.resolved_at is not None:
        raise RowFault(Fault.REPEATED, "", "Somebody has already settled this row. Open the list again.")
    if row.fault in _OF_THE_CELL and row.column and cells.get(row.column, "") == row.raw.get(row.column):
        raise RowFault(Fault(row.fault), row.column, sentence("“{1}” has not changed. {2}", row.column, row.reason))
    for column, cell in row.raw.items():
        if (
            isinstance(cell, dict)
            and column in reader.columns
            and _shown(cell).split() == cells.get(column, "").split()
        ):
            said = "Only the beginning of “{1}” was kept. Write the whole of it, or import the row again once it is corrected."
            raise RowFault(Fault.TOO_LARGE, column, sentence(said, column))
    read = reader.read(row.row_number, [cells.get(column, "") for column in reader.columns])
    _refuse_part_of_a_crime(read, reader, row.site)
    if seen.before([read]):
        raise RowFault(Fault.REPEATED, "", "Another row that you corrected has the same reference. Keep one of them.")
    return read


def _moved_facts(rows: Sequence[ReadRow], run: ImportRun) -> dict[int, RowFault]:
    """Return the rows in which a fact of the victim's comes as the suspect's, or the other way round, of the same record or
    of another report at the site: one person's look is not enough for that."""
    on_record = OnRecord(run.site, run.system, asks=bool(rows))
    on_record.add([Telling(read.number, read.reference, read.content, partial(_people, read)) for read in rows])
    found, _ = on_record.contradictions()
    said = "{1} Correct it, or have the force send the file again."
    return {number: RowFault(Fault.ROLES, "", sentence(said, why.reason)) for number, why in found.items() if why.moved}


def _people(read: ReadRow) -> tuple[PersonAsTold, PersonAsTold, tuple[FurtherAsTold, ...]]:
    return read.told.victim, read.told.subject, read.told.further


def _refuse_part_of_a_crime(read: ReadRow, reader: Reader, site: str) -> None:
    """Refuse a person's row whose crime is kept already: alone it would say that the others were taken out."""
    if not reader.row_for_each_person:
        return
    told = read.told
    known = Allegation.objects.unscoped("the feed's own rows").filter(
        site=site, system=told.system, reference=told.reference
    )
    if known.exists():
        reason = "Other rows of this crime have already been kept. Correct the row in the force's system and import the file again."
        raise RowFault(Fault.DISAGREE, "", reason)


def _keep(
    actor: Actor, run: ImportRun, rows: list[Candidate], reader: Reader, at: datetime, then: Kept | None
) -> Iterable[StillWaits]:
    mapping = mapping_of_text(run.mapping_text, sha256=run.mapping_sha256)
    name = run.file_name if run.file_name.startswith(MENDED) else f"{MENDED}{run.file_name}"
    own = begin_run(actor, name, run.columns, mapping, run.site, run.file_sha256, at)
    keeper = Keeper(actor, own, resolution="mended and read again", then=then)
    sorted_ = keeper.keep(Sorted(read=len(rows)), rows, reader)
    keeper.finish()
    return [StillWaits(run.pk, held.number, held.column, held.reason) for held in sorted_.held]


MENDED, LET_IN = "mended: ", "let in as it came"
UNSEEN = "Nothing in this row has changed. If it is right as it is, open it by itself and read it again there."
