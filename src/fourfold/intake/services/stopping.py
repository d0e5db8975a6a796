"""Stopping a file before anything of it is kept, and letting it through once two people have looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q, QuerySet

from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.delimited import NotPlain
from fourfold.intake.feed_files import rows_at_a_glance, rows_of
from fourfold.intake.models import Allegation, FileLook, ImportRun, Quarantined, StoppedFile
from fourfold.intake.queries import as_told_last
from fourfold.intake.rules import roles_held
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.rules.feeds import Mapping, Reader, RowFault
from fourfold.intake.rules.feeds.day_order import DayOrder
from fourfold.intake.rules.feeds.layout import tells_of_people
from fourfold.intake.rules.feeds.misplaced import RUN, Watch
from fourfold.intake.rules.roles_held import Contradiction, Pair, Value
from fourfold.intake.services.batches import BATCH
from fourfold.intake.terms import LOOKS_NEEDED, CannotImport, Fault, InvalidTold, PersonAsTold
from fourfold.words import Word, sentence

_WHY = "held against what is on record, shown to nobody"
SHORTEST_LOOK = 10
#: So many values are asked about at once; databases take so many in one statement.
_MOST_ASKED = 9_000


@dataclass
class Doubt:
    """The first row of a file that must not be kept without a look, why, and how many there are; 0: nobody counted."""

    row: int
    reason: Word
    rows: int = 1
    may_be_right: bool = True


def is_let_through(site: str, sha256: str, mapping: Mapping) -> bool:
    """Return whether two people have looked at this very file through this very mapping. One statement."""
    looked = FileLook.objects.filter(
        stopped__site=site, stopped__file_sha256=sha256, stopped__mapping_sha256=mapping.sha256
    )
    return looked.count() >= LOOKS_NEEDED


def refuse_doubtful(
    *, actor: Actor, path: Path, reader: Reader, site: str, sha256: str, header_row: int, at: datetime, kept: bool
) -> dict[int, Word]:
    """Raise CannotImport where cells of a file have moved, or facts between victim and suspect; nothing of it is kept then.

    Return the rows that wait because their roles contradict what is known, with why: none where two people have let the
    file through. With `kept` that it was stopped is remembered.
    """
    mapping = reader.mapping
    if is_let_through(site, sha256, mapping) or _was_looked_over(site, sha256, mapping):
        return {}
    try:
        with closing(rows_at_a_glance(path, mapping, header_row=header_row)) as rows:
            doubt, waiting = _looked_over(rows, reader, site)
    except NotPlain:
        with closing(rows_of(path, mapping, header_row=header_row)) as rows:
            doubt, waiting = _looked_over(rows, reader, site)
    if doubt is not None:
        if kept and doubt.may_be_right:
            _stop(actor, doubt, site=site, name=path.name, sha256=sha256, mapping=mapping, at=at)
        raise CannotImport(_refusal(doubt, site, sha256, mapping))
    return waiting


def _was_looked_over(site: str, sha256: str, mapping: Mapping) -> bool:
    """Return whether this very file was read to its end before: what it tells is there already, or waits. Two statements."""
    of_file = {"site": site, "file_sha256": sha256}
    read = ImportRun.objects.filter(**of_file, mapping_sha256=mapping.sha256, finished_at__isnull=False)
    mixed_up = Quarantined.objects.filter(**of_file, fault=Fault.ROLES, resolved_at__isnull=True)
    return read.exists() and not mixed_up.exists()


def _refusal(doubt: Doubt, site: str, sha256: str, mapping: Mapping) -> str:
    if not doubt.may_be_right:
        return sentence("The file was stopped at row {1}. {2} Nothing was kept.", f"{doubt.row:,}", doubt.reason)
    looks = FileLook.objects.filter(
        stopped__site=site, stopped__file_sha256=sha256, stopped__mapping_sha256=mapping.sha256
    ).count()
    more = (
        Word("A second person must look at it.")
        if looks
        else Word("If the rows are right as they are, two people must say so.")
    )
    how_many = (
        Word("")
        if not doubt.rows
        else (
            sentence("It is the only such row.")
            if doubt.rows == 1
            else sentence("It is the first of {1} rows.", f"{doubt.rows:,}")
        )
    )
    return sentence(
        "The file was stopped at row {1}. {2} {3} Nothing was kept. Ask the force to correct the file and send it again. "
        "{4} They do so under Imports, Held back.",
        f"{doubt.row:,}",
        doubt.reason,
        how_many,
        more,
    )


def _stop(actor: Actor, doubt: Doubt, *, site: str, name: str, sha256: str, mapping: Mapping, at: datetime) -> None:
    known = StoppedFile.objects.filter(site=site, file_sha256=sha256, mapping_sha256=mapping.sha256)
    if known.exists():
        return
    with (
        suppress(IntegrityError),
        audit.recorded(actor, "feed.stopped", at=at, operation=Operation.COLLECTION) as entry,
    ):
        entry.about(  # where another import of the same file stops at the same moment, one is remembered
            StoppedFile.objects.create(
                site=site,
                file_name=name[-200:],
                file_sha256=sha256,
                mapping_sha256=mapping.sha256,
                row_number=doubt.row,
                rows=doubt.rows,
                reason=doubt.reason,
                stopped_at=at,
                stopped_by=actor.staff,
            )
        )


def look_at_stopped_file(*, actor: Actor, stopped: UUID, said: str, at: datetime) -> FileLook:
    """Record that somebody looked at a stopped file and found it right; once a second one did, it can be brought in.

    Raises NotFound for another site's, InvalidTold without words or where the same person has looked before.
    """
    file = StoppedFile.objects.filter(pk=stopped, site__in=actor.sites).first()
    if file is None:
        audit.refused(actor, str(Permission.QUARANTINE_VIEW), at=at, rule="site")
        raise NotFound
    access.require(actor, Permission.QUARANTINE_VIEW, at=at, site=file.site)
    if len(said.strip()) < SHORTEST_LOOK:
        raise InvalidTold("said", "Say what you looked at and with whom you spoke.")
    if FileLook.objects.filter(stopped=file, looked_by=actor.staff).exists():
        raise InvalidTold("said", "You have looked at this file. Ask a second person to look.")
    with audit.recorded(actor, "feed.looked_at", at=at) as entry:
        entry.reason = said
        return entry.about(
            FileLook.objects.create(stopped=file, said=said.strip()[:300], looked_at=at, looked_by=actor.staff)
        )


# ---- what is in doubt


def _looked_over(
    lines: Iterator[tuple[int, Sequence[str]]], reader: Reader, site: str
) -> tuple[Doubt | None, dict[int, Word]]:
    """Return why the file must stop, or None, and the rows that wait, each with why."""
    watch = Watch(reader.mapping, reader.columns_there, today=reader.today)
    order = DayOrder(reader.mapping, reader.columns_there)
    on_record = _OnRecord(reader, site)
    for rows in iter(lambda: list(islice(lines, BATCH)), []):
        if (run := watch.add(rows)) is not None:
            return Doubt(run.row, run.said, rows=0), {}
        if (swapped := order.add(rows)) is not None:
            return Doubt(swapped.row, swapped.said, rows=0, may_be_right=False), {}
        on_record.add(rows)
    found = on_record.contradictions()
    moved = [number for number, one in found.items() if one.moved]
    stops = moved or (list(found) if len(found) >= RUN else [])
    if stops:
        return Doubt(min(stops), found[min(stops)].reason, len(stops)), {}
    return None, {number: one.reason for number, one in found.items()}


class _OnRecord:
    """Holds the rows of a file against what the site has on record already."""

    def __init__(self, reader: Reader, site: str) -> None:
        self._reader, self._site = reader, site
        self._asks = tells_of_people(reader.mapping) and Allegation.objects.unscoped(_WHY).filter(site=site).exists()
        self._found: dict[int, Contradiction] = {}
        self._subjects: dict[Value, list[tuple[int, str]]] = {}
        self._told: set[str] = set()

    def add(self, rows: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Take more rows into account, with their numbers. Three statements, none at a site that has nothing on record."""
        if not self._asks:
            return
        read = [(number, one) for number, cells in rows if (one := self._reader.glance(cells)) is not None]
        known = self._known([one.reference for _, one in read if one.reference])
        news = [(number, one) for number, one in read if known.get(one.reference) != one.content]
        before = self._before([one.reference for _, one in news if one.reference in known])
        for number, one in news:
            try:
                people = Pair(*one.people())
            except RowFault:
                continue
            was = before.get(one.reference)
            if was is not None and (why := roles_held.why_contradicts(pair_of(was), people)) is not None:
                self._found[number] = why
            self._note(number, people)

    def _known(self, references: Sequence[str]) -> dict[str, str]:
        return dict(self._of(references).values_list("reference", "row_hash"))

    def _before(self, references: Sequence[str]) -> dict[str, Allegation]:
        return {row.reference: row for row in as_told_last(self._of(references))} if references else {}

    def _of(self, references: Sequence[str]) -> QuerySet[Allegation]:
        rows = Allegation.objects.unscoped(_WHY).filter(site=self._site, system=self._reader.system)
        return rows.filter(reference__in=references)

    def _note(self, number: int, people: Pair) -> None:
        for value in roles_held.values_of(people.subject):
            if value[0] in _ASKED:
                self._subjects.setdefault(value, []).append((number, people.victim.name))
                self._told.add(getattr(people.subject, value[0]))

    def contradictions(self) -> dict[int, Contradiction]:
        """Return the rows that contradict what is on record, and why."""
        return {**dict(self._of_other_reports()), **self._found}

    def _of_other_reports(self) -> Iterator[tuple[int, Contradiction]]:
        """Yield the rows whose suspect has what is on record as the same victim's in another report.

        One statement for each nine thousand values; it reads through the site's reports, for no index has them.
        """
        told = sorted(self._told)
        for begin in range(0, len(told), _MOST_ASKED):
            asked = told[begin : begin + _MOST_ASKED]
            either = Q(victim_phone__in=asked) | Q(victim_email__in=asked) | Q(victim_address__in=asked)
            rows = Allegation.objects.unscoped(_WHY).filter(either, site=self._site)
            for name, *texts in rows.values_list("victim_name", *(f"victim_{sort}" for sort in _ASKED)):
                person = PersonAsTold(name=name, **dict(zip(_ASKED, texts, strict=True)))
                for value in roles_held.values_of(person):
                    for number, victim in self._subjects.get(value, ()):
                        if roles_held.names_one(name, victim):
                            yield number, roles_held.comes_as_the_suspects(roles_held.said_of(value))


_ASKED = ("phone", "email", "address")


def pair_of(row: Allegation) -> Pair:
    """Return the victim and the suspect of a record, as `queries.as_told_last` gave it."""
    return Pair(_person(row, "victim"), _person(row, "subject"))


def _person(row: Allegation, part: str) -> PersonAsTold:
    told = {name: getattr(row, f"{part}_{name}") for name in NAMES_OF_EACH}
    return PersonAsTold(**told, known_by=row.known_by.get(part, ()))
