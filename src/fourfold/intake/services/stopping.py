"""Stopping a file before anything of it is kept, and letting it through once two people have looked at each reason."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet

from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.delimited import NotPlain
from fourfold.intake.feed_files import rows_at_a_glance, rows_of
from fourfold.intake.models import FileBrought, FileDoubt, FileLook, ImportRun, Quarantined, StoppedFile
from fourfold.intake.rules.exchanged import EXCHANGED
from fourfold.intake.rules.feeds import Mapping, Reader
from fourfold.intake.rules.feeds.day_order import DayOrder
from fourfold.intake.rules.feeds.layout import tells_of_people
from fourfold.intake.rules.feeds.misplaced import Watch
from fourfold.intake.rules.feeds.read_ahead import Ahead, Numbered, looked, people_of
from fourfold.intake.rules.roles_held import Contradiction, Pair
from fourfold.intake.services.batches import BATCH
from fourfold.intake.services.on_record import OnRecord, Telling
from fourfold.intake.terms import LOOKS_NEEDED, READ_LATER, CannotImport, DoubtKind, Fault, InvalidTold, Verdict
from fourfold.words import Word, sentence

SHORTEST_LOOK = 10
BROUGHT_IT = "You brought this file in. Two other people look at it."
LOOKED = "You have looked at this file. Ask a second person to look."
#: Rows of one reason of which each can be settled by itself; of more, they stop and are let through together.
ONE_BY_ONE = 200
LEFT_OUT = "left out: two people have looked at it"


@dataclass(frozen=True)
class Doubt:
    """One reason for which a file must not be kept without a look: the first of its rows, and how many there are."""

    kind: DoubtKind
    row: int
    reason: Word
    rows: int
    column: str = ""
    numbers: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """A hash of all of it: whoever looked at this one has looked at no other."""
        told = (self.kind.value, str(self.row), str(self.reason), str(self.rows), self.column, repr(self.numbers))
        return hashlib.sha256("\x1f".join(told).encode()).hexdigest()


@dataclass(frozen=True)
class Waiting:
    """The rows of a file that wait for what they say of victim and suspect, each with why; some are left out for good."""

    rows: dict[int, Word] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()


class Doubtful(CannotImport):
    """A file is stopped; the rows that are `waiting` do so all the same once two people have let it through."""

    def __init__(self, said: str, waiting: dict[int, Word]) -> None:
        super().__init__(said)
        self.waiting = waiting


@dataclass
class _Seen:
    """What a look through a whole file found: why it stops, which rows wait and why, and how many rows there are."""

    doubts: list[Doubt] = field(default_factory=list)
    waiting: dict[int, Word] = field(default_factory=dict)
    reports: int = 0


def refuse_doubtful(
    *,
    actor: Actor | None,
    path: Path,
    reader: Reader,
    site: str,
    sha256: str,
    header_row: int,
    at: datetime,
    elsewhere: Ahead | None = None,
) -> Waiting:
    """Raise CannotImport where cells of a file have moved, dates turned, or facts between victim and suspect.

    Nothing of the file is kept then, unless two people have settled each of its reasons: one look lets nothing through
    that was not known when it was made. Return the rows that wait because their roles contradict what is known, or
    because two people said so. Where there is an `actor`, that the file was stopped, and why, is remembered. Without a `site` the file is
    held against itself alone. `elsewhere` looks at a first file in other processes, with the same result.
    """
    mapping = reader.mapping
    rows: dict[str, Any] = {"path": path, "mapping": mapping, "header_row": header_row}
    done = _rows_done(site, sha256) if site else {}
    if site and _was_looked_over(site, sha256, mapping):
        return Waiting(done)
    try:
        seen = _looked_over(partial(rows_at_a_glance, **rows), reader, site, done, elsewhere)
    except NotPlain:
        seen = _looked_over(partial(rows_of, **rows), reader, site, done, elsewhere)
    looks = _looks(site, sha256, mapping) if seen.doubts and site else {}
    left = sorted((each for each in seen.doubts if not _said_of(each, looks)), key=lambda each: each.row)
    if left:
        if actor is not None:
            of_file = {"site": site, "file_sha256": sha256, "mapping_sha256": mapping.sha256}
            try:
                _stop(actor, seen, left, of_file, name=path.name, at=at)
            except IntegrityError:  # another import of the same file stopped at the same moment: it is on record now
                _stop(actor, seen, left, of_file, name=path.name, at=at)
        in_doubt = {number for each in seen.doubts for number in each.numbers}
        waiting = {number: why for number, why in (seen.waiting | done).items() if number not in in_doubt}
        raise Doubtful(_refusal(left, all(looks.get(each.key) for each in left), kept=actor is not None), waiting)
    said = {number: _said_of(each, looks) for each in seen.doubts for number in each.numbers}
    waiting = {number: why for number, why in seen.waiting.items() if said.get(number) is not Verdict.KEEP}
    left_out = frozenset(number for number, verdict in said.items() if verdict is Verdict.LEAVE_OUT)
    return Waiting(waiting | done, left_out)


def _said_of(doubt: Doubt, looks: dict[str, Counter[Verdict]]) -> Verdict | None:
    """Return what enough people have said of a reason, None while they have not."""
    found = looks.get(doubt.key, Counter())
    return next((verdict for verdict, people in found.items() if people >= LOOKS_NEEDED), None)


def _looks(site: str, sha256: str, mapping: Mapping) -> dict[str, Counter[Verdict]]:
    """Return how many people have said what of each reason for which this very file was stopped. One statement."""
    looks = FileLook.objects.filter(
        doubt__stopped__site=site, doubt__stopped__file_sha256=sha256, doubt__stopped__mapping_sha256=mapping.sha256
    )
    found: defaultdict[str, Counter[Verdict]] = defaultdict(Counter)
    for key, verdict in looks.values_list("doubt__key", "verdict"):
        found[key][Verdict(verdict)] += 1
    return dict(found)


def _rows_done(site: str, sha256: str) -> dict[int, Word]:
    """Return the rows of this very file that waited for their roles and were settled or mended by a person: as they came
    they are brought in by no later import. One statement."""
    rows = Quarantined.objects.filter(site=site, file_sha256=sha256, fault=Fault.ROLES, resolved_at__isnull=False)
    return dict(rows.exclude(resolution=READ_LATER).values_list("row_number", "reason"))


def _was_looked_over(site: str, sha256: str, mapping: Mapping) -> bool:
    """Return whether this very file was read to its end before: what it tells is there already, or waits. Two statements."""
    of_file = {"site": site, "file_sha256": sha256}
    read = ImportRun.objects.filter(**of_file, mapping_sha256=mapping.sha256, finished_at__isnull=False)
    mixed_up = Quarantined.objects.filter(**of_file, fault=Fault.ROLES, resolved_at__isnull=True)
    return read.exists() and not mixed_up.exists()


def _refusal(doubts: Sequence[Doubt], looked: bool, *, kept: bool) -> str:
    first, others = doubts[0], len({(each.kind, each.reason, each.column) for each in doubts}) - 1
    rows = sum(each.rows for each in doubts if (each.kind, each.reason) == (first.kind, first.reason))
    how_many = (
        sentence("It is the only such row.") if rows == 1 else sentence("It is the first of {1} rows.", f"{rows:,}")
    )
    if others:
        how_many = sentence(
            "{1} There is one further reason." if others == 1 else "{1} There are {2} further reasons.",
            how_many,
            f"{others:,}",
        )
    more = (
        Word("A second person must look at it.")
        if looked
        else Word("If the rows are right as they are, two people who did not bring the file in must say so.")
    )
    said = (f"{first.row:,}", first.reason, how_many, more)
    if not kept:
        return sentence(
            "An import would stop at row {1} and keep nothing. {2} {3} Ask the force to correct the file and send it again. "
            "{4} They can do so under Feeds, Held back, once somebody has tried to import it.",
            *said,
        )
    return sentence(
        "The file was stopped at row {1}. {2} {3} Nothing was kept. Ask the force to correct the file and send it again. "
        "{4} They do so under Feeds, Held back.",
        *said,
    )


def _stop(
    actor: Actor, seen: _Seen, doubts: Collection[Doubt], of_file: dict[str, str], *, name: str, at: datetime
) -> None:
    """Remember that a file was stopped, who brought it in, and the reasons that are not on record yet; one that was settled waits again."""
    file = StoppedFile.objects.filter(**of_file).first()
    known = set(FileDoubt.objects.filter(stopped=file).values_list("key", flat=True)) if file else set()
    new = [each for each in doubts if each.key not in known]
    if file is not None and file.settled_at is None and not new and actor.staff in _brought_by(file):
        return  # a folder that is watched brings the same file again and again
    with audit.recorded(actor, "feed.stopped", at=at, operation=Operation.COLLECTION) as entry:
        if file is None:
            more = {"file_name": name[-200:], "reports": seen.reports, "stopped_at": at, "stopped_by": actor.staff}
            file = StoppedFile.objects.create(**of_file, **more)
        else:
            StoppedFile.objects.filter(pk=file.pk).update(settled_at=None, settled_by=None, settled_said="")
        entry.about(file)
        FileBrought.objects.create(stopped=file, brought_at=at, brought_by=actor.staff)
        for each in new:
            FileDoubt.objects.create(
                stopped=file,
                key=each.key,
                kind=each.kind,
                column=each.column[:120],
                row_number=each.row,
                rows=each.rows,
                reason=each.reason,
                found_at=at,
            )


def _brought_by(file: StoppedFile) -> set[UUID]:
    """Return everybody who has brought a stopped file in; of the time before each was kept, who did so first."""
    return {file.stopped_by, *FileBrought.objects.filter(stopped=file).values_list("brought_by", flat=True)}


def look_at_stopped_file(*, actor: Actor, stopped: UUID, said: str, at: datetime) -> list[FileLook]:
    """Record that somebody looked at each reason for which a file was stopped, and found the file right.

    Once a second person did, it can be brought in; neither of them may have brought it in. What is found later is looked
    at anew. Raises NotFound for another site's, InvalidTold without words, or for whoever cannot be the second.
    """
    file = _stopped_file(actor, stopped, at)
    return _look(actor, file, FileDoubt.waiting().filter(stopped=file), Verdict.KEEP, said, at)


def look_at_row(*, actor: Actor, doubt: UUID, verdict: Verdict, said: str, at: datetime) -> FileLook:
    """Record what somebody says is to become of one row for which a file was stopped: keep it, mend it here, leave it out.

    What two people say alike is done when the file is brought in. Raises NotFound for another site's, InvalidTold as
    `look_at_stopped_file` does, or where the reason is of no single row.
    """
    row = FileDoubt.objects.filter(pk=doubt).first()
    file = _stopped_file(actor, row.stopped_id if row else doubt, at)
    if row is None or not row.is_one_row:
        raise InvalidTold("verdict", "These rows stopped the file together. Look at the whole file.")
    return _look(actor, file, FileDoubt.waiting().filter(pk=row.pk), verdict, said, at)[0]


def _look(
    actor: Actor, file: StoppedFile, doubts: QuerySet[FileDoubt], verdict: Verdict, said: str, at: datetime
) -> list[FileLook]:
    if len(said.strip()) < SHORTEST_LOOK:
        raise InvalidTold("said", "Say what you looked at and with whom you spoke.")
    with audit.recorded(actor, "feed.looked_at", at=at) as entry:
        file = StoppedFile.objects.select_for_update().get(pk=file.pk)
        left = list(doubts.order_by("row_number", "pk"))
        if file.settled_at is not None or not left:
            raise InvalidTold("said", SETTLED)
        before = FileLook.objects.filter(doubt__in=left).values_list("doubt_id", "looked_by")
        mine = signatories.records_of_people([actor.staff])
        done = {doubt for doubt, who in before if who in mine}
        left = [each for each in left if each.pk not in done]
        if not left:
            raise InvalidTold("said", LOOKED)
        _refuse_same_person(actor, file, {who for doubt, who in before if doubt not in done}, at)
        entry.reason = said
        entry.about(file)
        told = {"verdict": verdict, "said": said.strip()[:300], "looked_at": at, "looked_by": actor.staff}
        return [FileLook.objects.create(doubt=each, **told) for each in left]


SETTLED = "Somebody has already settled this file. Open the page again."


def _stopped_file(actor: Actor, stopped: UUID, at: datetime) -> StoppedFile:
    file = StoppedFile.objects.filter(pk=stopped, site__in=actor.sites).first()
    if file is None:
        audit.refused(actor, str(Permission.FEED_LOOK), at=at, rule="site")
        raise NotFound
    access.require(actor, Permission.FEED_LOOK, at=at, site=file.site)
    return file


def _refuse_same_person(actor: Actor, file: StoppedFile, lookers: Collection[UUID], at: datetime) -> None:
    """Refuse whoever brought the file in, first or again, or has looked at it, under whichever of their accounts."""
    brought = ((each, BROUGHT_IT) for each in _brought_by(file))
    for who, same in (*brought, *((each, LOOKED) for each in lookers)):
        if (why := signatories.why_not_second(who, actor, at=at, same=same, asks=False)) is not None:
            raise InvalidTold("said", why)


def settle_stopped_file(*, actor: Actor, stopped: UUID, said: str, at: datetime) -> StoppedFile:
    """Record what became of a stopped file that is not brought in: a corrected one came. One person does it.

    Nothing of the file is kept by it. Raises NotFound for another site's, InvalidTold without a reason.
    """
    file = _stopped_file(actor, stopped, at)
    if len(said.strip()) < SHORTEST_LOOK:
        raise InvalidTold("said", "Say in a few words what became of the file.")
    with audit.recorded(actor, "feed.settled", at=at) as entry:
        settled = {"settled_at": at, "settled_by": actor.staff, "settled_said": said.strip()[:300]}
        if not StoppedFile.objects.filter(pk=file.pk, settled_at__isnull=True).update(**settled):
            raise InvalidTold("said", SETTLED)
        entry.reason = said
        file.refresh_from_db()
        return entry.about(file)


# ---- what is in doubt


Lines = Callable[[], Generator[tuple[int, Sequence[str]]]]


def _looked_over(lines: Lines, reader: Reader, site: str, done: Container[int], elsewhere: Ahead | None) -> _Seen:
    """Return why the file must stop, and the rows that wait, each with why: all of it, so that people look once.

    Rows that are `done` stop nothing any more.
    """
    watch = Watch(reader.mapping, reader.columns_there, today=reader.today)
    order = DayOrder(reader.mapping, reader.columns_there)
    on_record = OnRecord(site, reader.system, asks=tells_of_people(reader.mapping))
    seen = _Seen(reports=_look_down(lines, (watch, order), on_record, reader, elsewhere))
    if not reader.row_for_each_person:
        on_record.hold_among_themselves(partial(_people_of, lines, reader))
    for run in watch.runs():
        seen.doubts.append(Doubt(DoubtKind.CELLS, run.row, run.said, run.rows, run.column))
    for swapped in order.swapped():
        seen.doubts.append(Doubt(DoubtKind.DATES, swapped.row, swapped.said, swapped.rows, swapped.column))
    found, runs = on_record.contradictions()
    if turned := on_record.exchanged:
        seen.doubts.append(Doubt(DoubtKind.ROLES, turned[0], EXCHANGED, len(turned)))
    seen.doubts.extend(_of_roles({n: w for n, w in found.items() if (w.moved or n in runs) and n not in done}))
    seen.waiting = {number: why.reason for number, why in found.items()}
    return seen


def _look_down(
    lines: Lines, follow: Sequence[Watch | DayOrder], on_record: OnRecord, reader: Reader, elsewhere: Ahead | None
) -> int:
    """Take all rows into account and return how many; where they are held against each other alone, others may look."""
    count, faults = 0, list[NotPlain]()

    def followed() -> Iterator[list[Numbered]]:
        nonlocal count
        try:
            with closing(lines()) as left:
                for rows in iter(lambda: list(islice(left, BATCH)), []):
                    count += len(rows)
                    for each in follow:
                        each.add(rows)
                    yield rows
        except NotPlain as fault:  # raised once the others have answered, so that they can be asked again
            faults.append(fault)

    if on_record.alone:
        for sight in elsewhere.look(followed()) if elsewhere else map(partial(looked, reader), followed()):
            on_record.sight.take(sight)
    else:
        for rows in followed():
            on_record.add(list(_tellings(rows, reader)) if on_record.asks else [])
    for fault in faults:
        raise fault
    return count


def _of_roles(found: dict[int, Contradiction]) -> Iterator[Doubt]:
    """Yield why rows that contradict what is known stop a file: each by itself, or those of one reason together."""
    stops: defaultdict[Word, list[int]] = defaultdict(list)
    for number, why in sorted(found.items()):
        stops[why.reason].append(number)
    for reason, numbers in stops.items():
        for alike in [(number,) for number in numbers] if len(numbers) <= ONE_BY_ONE else [tuple(numbers)]:
            yield Doubt(DoubtKind.ROLES, alike[0], reason, len(alike), numbers=alike)


def _tellings(rows: Sequence[Numbered], reader: Reader) -> Iterator[Telling]:
    for number, cells in rows:
        if (one := reader.glance(cells)) is not None:
            yield Telling(number, one.reference, one.content(), one.people)


def _people_of(lines: Lines, reader: Reader) -> Iterator[tuple[int, str, Pair]]:
    with closing(lines()) as rows:
        yield from people_of(rows, reader)
