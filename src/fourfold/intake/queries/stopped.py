"""Files that were stopped before anything of them was kept, with each reason and who has looked at it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.paging import PAGE, Page, page_of
from fourfold.access.terms import NotFound, Permission
from fourfold.audit.terms import Actor
from fourfold.intake.models import FileBrought, FileDoubt, ImportRun, StoppedFile
from fourfold.intake.terms import Stopped


def stopped_files(*, actor: Actor, at: datetime, after: str = "", most: int = PAGE) -> Page[Stopped]:
    """Return the files of the actor's sites that were stopped and wait for people to look, or for whoever imports them again,
    the latest first. Six statements."""
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    rows = StoppedFile.objects.filter(site__in=actor.sites, settled_at__isnull=True)
    of_file = {name: OuterRef(name) for name in ("site", "file_sha256", "mapping_sha256")}
    imported = ImportRun.objects.filter(**of_file, finished_at__isnull=False)
    rows = rows.filter(Exists(FileDoubt.waiting().filter(stopped=OuterRef("pk"))) | ~Exists(imported))
    shown = page_of(rows, "-stopped_at", "pk", after=after, most=most)
    return Page(_stopped(shown, actor), shown.next)


def stopped_file(stopped: UUID, *, actor: Actor, at: datetime) -> Stopped:
    """Return a file of the actor's sites that was stopped and waits, or raise NotFound."""
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    rows = StoppedFile.objects.filter(pk=stopped, site__in=actor.sites, settled_at__isnull=True)
    for found in _stopped(rows, actor):
        return found
    raise NotFound


def _stopped(rows: Iterable[StoppedFile], actor: Actor) -> tuple[Stopped, ...]:
    files = list(rows)
    doubts: defaultdict[UUID, list[FileDoubt]] = defaultdict(list)
    of_files = FileDoubt.waiting().filter(stopped__in=[row.pk for row in files]).order_by("row_number", "pk")
    for doubt in of_files.prefetch_related("looks") if files else ():
        doubts[doubt.stopped_id].append(doubt)
    names = access_queries.names_of(
        look.looked_by for each in doubts.values() for one in each for look in one.looks.all()
    )
    mine = signatories.records_of_people([actor.staff]) if files else frozenset()
    again = FileBrought.objects.filter(stopped__in=[row.pk for row in files], brought_by__in=mine)
    brought = set(again.values_list("stopped_id", flat=True)) if files else set()
    brought |= {row.pk for row in files if row.stopped_by in mine}
    left = {one.pk for each in doubts.values() for one in each if one.is_left_to(mine)}
    return tuple(
        Stopped(
            row.pk,
            *(row.site, row.file_name, row.reports, row.stopped_at),
            tuple(one.seen(names, may_settle=row.pk not in brought and one.pk in left) for one in doubts[row.pk]),
            may_look=row.pk not in brought and any(one.pk in left for one in doubts[row.pk]),
        )
        for row in files
    )
