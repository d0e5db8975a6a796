"""Reading the files that were brought, and the work that waits."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, Min, OuterRef, Subquery

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.paging import Page, page_of
from fourfold.access.terms import NotFound, Permission, day_of
from fourfold.audit import services as audit
from fourfold.audit.terms import About, Actor
from fourfold.feeds import rules
from fourfold.feeds.models import BroughtFile, FileReading, FileWork
from fourfold.feeds.terms import ROWS_SHOWN, Brought, ColumnRead, Known, Work, WorkKind
from fourfold.gateways import feed_parts
from fourfold.gateways.feed_parts import Half
from fourfold.gateways.feed_store import has_worker, place
from fourfold.intake.feed_files import first_rows
from fourfold.intake.mappings import read_mapping, shipped
from fourfold.intake.models import ImportRun
from fourfold.intake.rules.feeds import mapping_of
from fourfold.words import Word, day_said, sentence


def brought_files(*, actor: Actor, at: datetime, after: str = "") -> Page[Brought]:
    """Return the files of the actor's sites that are there still, the latest first, each with its last work. Four statements."""
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at)
    rows = BroughtFile.objects.filter(site__in=actor.sites, gone_at__isnull=True)
    shown = page_of(rows, "-brought_at", "pk", after=after)
    works: defaultdict[UUID, list[FileWork]] = defaultdict(list)
    for each in FileWork.objects.filter(brought__in=[row.pk for row in shown]).order_by("-number"):
        works[each.brought_id].append(each)
    mine, names = _people(actor, shown.rows, [each for of_file in works.values() for each in of_file])
    return shown.map(lambda row: _brought(row, None, works[row.pk], mine=mine, names=names))


def brought_file(brought: UUID, *, actor: Actor, at: datetime) -> Brought:
    """Return a file that the actor brought themself, or raise NotFound. Five statements."""
    row = mine(brought, actor=actor, at=at)
    reading = row.readings.order_by("-number").first()
    whole = ImportRun.objects.filter(site=row.site, file_sha256=row.file_sha256, finished_at__gte=OuterRef("begun_at"))
    found = whole.filter(searchable__gte=F("accepted"))
    works = list(row.work.annotate(read_whole=Exists(whole), searchable=Exists(found)).order_by("-number"))
    records, names = _people(actor, [row], works)
    return _brought(row, reading, works, mine=records, names=names)


def half(upload: UUID, *, actor: Actor, at: datetime) -> Half:
    """Return a file of the actor's that is not whole yet, or raise NotFound."""
    found = feed_parts.half(settings.FOURFOLD.feeds_dir, upload)
    if found is None or found.by != actor.staff or found.site not in actor.sites:
        raise NotFound
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=found.site)
    return found


def how_much_is_there(found: Half) -> int:
    """Return how many bytes of such a file are there."""
    return feed_parts.size(settings.FOURFOLD.feeds_dir, found)


def mine(brought: UUID, *, actor: Actor, at: datetime) -> BroughtFile:
    """Return the row of a file that the actor brought themself and that is there still, or raise NotFound."""
    row = BroughtFile.objects.filter(pk=brought, site__in=actor.sites, gone_at__isnull=True).first()
    if row is None or row.brought_by not in signatories.records_of_people([actor.staff]):
        audit.refused(actor, str(Permission.ALLEGATION_IMPORT), at=at, rule="site")
        raise NotFound
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=row.site)
    return row


def columns_of(brought: UUID, *, actor: Actor, at: datetime) -> tuple[ColumnRead, ...]:
    """Return each column of a file that the actor brought, with the first values and what it is read as.

    Raises CannotImport where the file cannot be read so, InvalidMapping where nothing can.
    """
    row = mine(brought, actor=actor, at=at)
    reading = row.readings.order_by("-number").first()
    if reading is None or not place_of(row).exists():
        return ()
    header, rows = first_rows(place_of(row), mapping_of(rules.document_of(reading.mapping_text)), most=ROWS_SHOWN)
    audit.consulted(
        actor, "feed.cells", at=at, fields=frozenset({"raw"}), count=len(rows), about=About("feeds.broughtfile", row.pk)
    )
    return rules.columns_read(reading.mapping_text, header, rows)


def place_of(file: BroughtFile) -> Path:
    """Return where a file lies."""
    return place(settings.FOURFOLD.feeds_dir, file.pk, file.file_name)


def nobody_works() -> bool:
    """Return whether no process does what waits here: it was killed, or has not begun."""
    return has_worker(settings.FOURFOLD.feeds_dir) is False


def work_that_waits() -> FileWork | None:
    """Return the work that was asked for first and has not ended, also where whoever began it was killed; one statement."""
    rows = FileWork.objects.select_related("brought").filter(finished_at__isnull=True, brought__gone_at__isnull=True)
    return rows.order_by("asked_at", "pk").first()


def how_much_waits() -> dict[str, Any]:
    """Return how much of the work has not ended, and since when the first of it was asked for; one statement."""
    rows = FileWork.objects.filter(finished_at__isnull=True, brought__gone_at__isnull=True)
    return rows.aggregate(work=Count("pk"), work_since=Min("asked_at"))


def is_to_stop(work: UUID) -> bool:
    """Return whether somebody asked for the end of some work."""
    return FileWork.objects.filter(pk=work, stop_asked_at__isnull=False).exists()


def reading_of(brought: UUID, sha256: str = "") -> str:
    """Return how a file is to be read, or how it was when the mapping had this hash; "" where nobody has said."""
    readings = FileReading.objects.filter(brought=brought, **({"mapping_sha256": sha256} if sha256 else {}))
    return readings.order_by("-number").values_list("mapping_text", flat=True).first() or ""


def known_mappings(*, actor: Actor, at: datetime) -> tuple[Known, ...]:
    """Return the ways in which a file can be read: as the last import of each system was, then as the shipped ones say."""
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at)
    kept = ImportRun.objects.filter(mapping_text__gt="")
    last = kept.filter(site=OuterRef("site"), system=OuterRef("system")).order_by("-started_at", "pk")
    columns = ("site", "system", "mapping_sha256", "mapping_text", "started_at", "file_name")
    rows = kept.filter(site__in=actor.sites, pk=Subquery(last.values("pk")[:1])).order_by("-started_at", "pk")
    used = [
        Known(f"{site}/{sha256}", system, sentence("As {1} was read on {2}", file, day_said(day_of(started))), text)
        for site, system, sha256, text, started, file in rows.values_list(*columns)
    ]
    shipped_ones = ((name, read_mapping(Path(name))) for name in shipped())
    return (
        *used,
        *(Known(name, one.name, Word("A layout that comes with Fourfold"), one.text) for name, one in shipped_ones),
    )


def _people(
    actor: Actor, rows: Sequence[BroughtFile], works: Sequence[FileWork]
) -> tuple[frozenset[UUID], dict[UUID, str]]:
    names = access_queries.names_of([*(row.brought_by for row in rows), *(each.asked_by for each in works)])
    return signatories.records_of_people([actor.staff]), names


def _brought(
    row: BroughtFile,
    reading: FileReading | None,
    works: Sequence[FileWork],
    *,
    mine: frozenset[UUID],
    names: dict[UUID, str],
) -> Brought:
    return Brought(
        *(row.pk, row.site, row.file_name, row.size, row.brought_at),
        brought_by=names.get(row.brought_by, ""),
        mine=row.brought_by in mine,
        mapping=reading.mapping_text if reading else "",
        mapping_sha256=reading.mapping_sha256 if reading else "",
        work=tuple(_work(each, names) for each in works),
        doubts=rules.doubts_of(reading.mapping_text) if reading else (),
    )


def _work(row: FileWork, names: dict[UUID, str]) -> Work:
    return Work(
        *(row.pk, WorkKind(row.kind), row.mapping_sha256, row.asked_at, names.get(row.asked_by, "")),
        *(row.begun_at, row.finished_at, row.stop_asked_at, row.read, row.held),
        *(tuple(row.found), row.refused, row.run),
        *(getattr(row, name, False) for name in ("read_whole", "searchable")),
    )
