"""Bringing a file, deciding how it is read, asking for what is done with it, and writing down what came of that.

Work is a row: whoever does it may be killed at any moment, and the next one does it again, which adds nothing.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError

from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import new_id
from fourfold.feeds import queries, rules
from fourfold.feeds.models import BroughtFile, FileReading, FileWork
from fourfold.feeds.terms import LARGEST, LASTS, LONGEST_MAPPING, MOST_AT_ONCE, InvalidFeed, WorkKind
from fourfold.gateways import feed_parts, feed_store
from fourfold.words import counted, sentence

#: After this long a file that no row knows is nobody's.
STRAY_AFTER = timedelta(days=1)
#: What an import says of a file tells of what is on record; a unit has a few feeds, each once a day.
MOST_A_DAY, A_DAY = 20, timedelta(days=1)
TOO_MANY = "You have brought {1} files within a day, which is the most. Go on tomorrow, or use the command line."
UNDERWAY = "Something is being done with this file. Wait until it has ended, or stop it."


def bring_file(
    *,
    actor: Actor,
    site: str,
    name: str,
    chunks: Iterable[bytes],
    mapping: str = "",
    key: UUID | None = None,
    at: datetime,
) -> BroughtFile:
    """Keep a file that somebody brought, to be read as a mapping says; without one it is drafted. Raises InvalidFeed."""
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=site)
    there = BroughtFile.objects.filter(brought_by=actor.staff, gone_at__isnull=True).exclude(work__run__isnull=False)
    if there.count() >= MOST_AT_ONCE:
        raise InvalidFeed(
            "file", sentence("{1} files of yours wait. Import one or throw one away first.", MOST_AT_ONCE)
        )
    today = BroughtFile.objects.filter(
        brought_by__in=signatories.records_of_people([actor.staff]), brought_at__gt=at - A_DAY, brought_at__lte=at
    )
    if today.count() >= MOST_A_DAY:
        raise InvalidFeed("file", sentence(TOO_MANY, MOST_A_DAY))
    key, folder = key or new_id(), settings.FOURFOLD.feeds_dir
    try:
        sha256, size = feed_store.store(folder, key, name, chunks)
        if not size:
            raise InvalidFeed("file", "The file is empty. Choose the export of the force.")
        with audit.recorded(actor, "feed.brought", at=at, operation=Operation.COLLECTION) as entry:
            of_file = {"file_name": name[-200:], "file_sha256": sha256, "size": size}
            file = entry.about(
                BroughtFile.objects.create(pk=key, site=site, **of_file, brought_at=at, brought_by=actor.staff)
            )
            if mapping:
                _read_so(actor, file, mapping, at)
            else:
                FileWork.objects.create(brought=file, number=1, kind=WorkKind.DRAFT, asked_at=at, asked_by=actor.staff)
            return file
    except BaseException:
        if not BroughtFile.objects.filter(pk=key).exists():
            feed_store.drop(folder, key)
        raise


def begin_upload(
    *, actor: Actor, site: str, name: str, size: int, sha256: str, mapping: str = "", at: datetime
) -> UUID:
    """Begin to take a file in parts, of this size and digest; the parts are for `add_part`. Raises InvalidFeed."""
    access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=site)
    folder = settings.FOURFOLD.feeds_dir
    if not 0 < size <= LARGEST:
        raise InvalidFeed("size", sentence("A file has up to {1} MB, and is not empty.", LARGEST >> 20))
    if len(feed_parts.parts_of(folder, actor.staff)) >= MOST_AT_ONCE:
        raise InvalidFeed("file_name", sentence("{1} files of yours are half there. Finish one.", MOST_AT_ONCE))
    half = feed_parts.Half(new_id(), actor.staff, site, name[-200:], size, sha256, mapping)
    with audit.recorded(actor, "feed.upload_begun", at=at, operation=Operation.COLLECTION) as entry:
        entry.more = {"size": size, "sha256": sha256}
        feed_parts.begin(folder, half)
    return half.key


def add_part(*, actor: Actor, upload: UUID, offset: int, part: bytes, at: datetime) -> BroughtFile | None:
    """Add the next part of a file; return the file once it is whole, and bring it in as `bring_file` does; None before.

    A part that is there already adds nothing. Raises NotFound, and InvalidFeed for a part that leaves a gap or goes beyond
    the end, and for a whole whose digest is another: its parts are thrown away then.
    """
    folder = settings.FOURFOLD.feeds_dir
    if (done := _whole(actor, upload)) is not None:
        return done
    with feed_parts.alone(folder, queries.half(upload, actor=actor, at=at)):
        return _whole(actor, upload) or _add_alone(actor, upload, offset, part, at)


def _whole(actor: Actor, upload: UUID) -> BroughtFile | None:
    """Return the file that came in these parts, and throw away what is left of them; None while it is not whole."""
    done = BroughtFile.objects.filter(pk=upload, brought_by=actor.staff).first()
    if done is not None:
        feed_store.drop(settings.FOURFOLD.feeds_dir / feed_parts.HALVES, upload)
    return done


def _add_alone(actor: Actor, upload: UUID, offset: int, part: bytes, at: datetime) -> BroughtFile | None:
    folder, half = settings.FOURFOLD.feeds_dir, queries.half(upload, actor=actor, at=at)
    there = feed_parts.add(folder, half, offset, part)
    if there is None:
        raise InvalidFeed(
            "Content-Range", "Ask how many bytes have arrived, and send those that follow, up to the end of the file."
        )
    if there < half.size:
        return None
    if feed_parts.digest(folder, half) != half.sha256:
        feed_store.drop(folder / feed_parts.HALVES, upload)
        raise InvalidFeed("sha256", "What arrived has another digest than was said. Nothing was kept. Send it again.")
    of_file = {"site": half.site, "name": half.name, "mapping": half.mapping, "key": half.key}
    file = bring_file(actor=actor, chunks=feed_parts.parts(folder, half), at=at, **of_file)  # type: ignore[arg-type]
    feed_store.drop(folder / feed_parts.HALVES, upload)
    return file


def decide_reading(*, actor: Actor, brought: UUID, mapping: str, seen: str, at: datetime) -> FileReading:
    """Record how a file is to be read; `seen` is the hash of the mapping that was changed. Raises NotFound, InvalidFeed."""
    file = queries.mine(brought, actor=actor, at=at)
    if len(mapping) > LONGEST_MAPPING:
        raise InvalidFeed("mapping", sentence("A mapping has up to {1} characters.", f"{LONGEST_MAPPING:,}"))
    rules.refuse_unusable(mapping, "mapping")
    with audit.recorded(actor, "feed.reading_decided", at=at) as entry:
        BroughtFile.objects.select_for_update().get(pk=file.pk)
        _refuse_underway(file)
        last = file.readings.order_by("-number").first()
        if last is not None and last.mapping_sha256 != seen:
            raise InvalidFeed("mapping", "You changed this in another window. Open the page again.")
        entry.about(file)
        return _read_so(actor, file, mapping, at)


def _read_so(actor: Actor, file: BroughtFile, mapping: str, at: datetime) -> FileReading:
    return FileReading.objects.create(
        brought=file,
        number=file.readings.count() + 1,
        mapping_text=mapping,
        mapping_sha256=hashlib.sha256(mapping.encode()).hexdigest(),
        decided_at=at,
        decided_by=actor.staff,
    )


def ask_for_work(*, actor: Actor, brought: UUID, kind: WorkKind, at: datetime) -> FileWork:
    """Ask for a check or an import, which is done beside the page. Raises NotFound; InvalidFeed where it is too early."""
    value = queries.brought_file(brought, actor=actor, at=at)
    if not value.mapping:
        raise InvalidFeed("work", "How the file is read is not known yet.")
    if value.doubts:
        left = counted(len(value.doubts), "question")
        raise InvalidFeed("work", sentence("Decide first what is in doubt: {1}.", left))
    if value.imported:
        raise InvalidFeed("work", "This file was imported already. Its rows are kept.")
    if kind is WorkKind.IMPORT and not value.is_checked:
        raise InvalidFeed("work", "Check the file first, as it is read now.")
    with audit.recorded(actor, "feed.work_asked", at=at) as entry:
        file = BroughtFile.objects.select_for_update().get(pk=brought)
        _refuse_underway(file)
        if queries.reading_of(file.pk, value.mapping_sha256) != queries.reading_of(file.pk):
            raise InvalidFeed("work", "You changed how it is read in another window. Open the page again.")
        entry.about(file)
        entry.more = {"work": kind.value}
        made = {"number": file.work.count() + 1, "kind": kind, "mapping_sha256": value.mapping_sha256}
        try:
            return FileWork.objects.create(brought=file, asked_at=at, asked_by=actor.staff, **made)
        except IntegrityError as fault:
            raise InvalidFeed("work", UNDERWAY) from fault


def _refuse_underway(file: BroughtFile) -> None:
    if file.work.filter(finished_at__isnull=True).exists():
        raise InvalidFeed("work", UNDERWAY)


def stop_work(*, actor: Actor, brought: UUID, at: datetime) -> None:
    """Ask for the end of what is being done: after the next step; what was kept until then stays. Nothing underway: nothing."""
    file = queries.mine(brought, actor=actor, at=at)
    with audit.recorded(actor, "feed.work_stopped", at=at) as entry:
        entry.about(file)
        file.work.filter(finished_at__isnull=True, stop_asked_at__isnull=True).update(stop_asked_at=at)


def throw_away(*, actor: Actor, brought: UUID, at: datetime) -> None:
    """Throw a file away that is not needed any more; what was imported from it stays. Raises NotFound, InvalidFeed."""
    file = queries.mine(brought, actor=actor, at=at)
    with audit.recorded(actor, "feed.thrown_away", at=at, operation=Operation.ERASURE) as entry:
        BroughtFile.objects.select_for_update().get(pk=file.pk)
        _refuse_underway(file)
        entry.about(file)
        BroughtFile.objects.filter(pk=file.pk).update(gone_at=at)
    feed_store.drop(settings.FOURFOLD.feeds_dir, file.pk)


def throw_old_away(*, actor: Actor, at: datetime) -> int:
    """Throw away what was brought two weeks ago and is there still; return how many files went.

    What lies there and no row knows goes too: whoever brought it or threw it away was killed meanwhile.
    """
    folder = settings.FOURFOLD.feeds_dir
    old = list(
        BroughtFile.objects.filter(gone_at__isnull=True, brought_at__lte=at - LASTS).values_list("pk", flat=True)
    )
    if old:
        with audit.recorded(actor, "feed.thrown_away", at=at, operation=Operation.ERASURE) as entry:
            entry.more = {"files": len(old)}
            FileWork.objects.filter(brought__in=old, finished_at__isnull=True).update(finished_at=at)
            BroughtFile.objects.filter(pk__in=old).update(gone_at=at)
    lying = feed_store.kept(folder, before=(at - STRAY_AFTER).timestamp())
    known = set(BroughtFile.objects.filter(pk__in=lying, gone_at__isnull=True).values_list("pk", flat=True))
    for key in {*old, *(lying - known)}:
        feed_store.drop(folder, key)
    halves = folder / feed_parts.HALVES
    for key in feed_store.kept(halves, before=(at - STRAY_AFTER).timestamp()):
        feed_store.drop(halves, key)
    return len(old)


# ---- what whoever does the work writes down


def begin_work(*, actor: Actor, work: FileWork, at: datetime) -> None:
    """Note that some work of the actor's is begun, perhaps once more."""
    FileWork.objects.filter(pk=work.pk, asked_by=actor.staff).update(begun_at=at, read=0, held=0)


def leave_waiting(*, actor: Actor, work: FileWork, at: datetime) -> None:
    """Note that some work of the actor's, although taken up, has to wait until others have written what it would write."""
    FileWork.objects.filter(pk=work.pk, asked_by=actor.staff, begun_at__lte=at).update(begun_at=None)


def tell_progress(*, actor: Actor, work: FileWork, read: int, held: int, at: datetime) -> None:
    """Note how far some work of the actor's is, unless its end came meanwhile."""
    of_work = FileWork.objects.filter(pk=work.pk, asked_by=actor.staff, finished_at__isnull=True)
    of_work.filter(begun_at__lte=at).update(read=read, held=held)


def end_work(
    *,
    actor: Actor,
    work: FileWork,
    at: datetime,
    found: Sequence[str] = (),
    refused: str = "",
    mapping: str = "",
    run: UUID | None = None,
) -> None:
    """Record what came of some work. A draft gives the file its `mapping`; of an import the rows are kept, and the file goes."""
    with audit.recorded(actor, "feed.work_ended", at=at) as entry:
        file = BroughtFile.objects.select_for_update().get(pk=work.brought_id)
        entry.about(file)
        entry.more = {"work": work.kind}
        if mapping:
            _read_so(actor, file, mapping, at)
        ended = {"finished_at": at, "found": list(found), "refused": refused, "run": run}
        FileWork.objects.filter(pk=work.pk).update(**ended)
    if run is not None and not refused:
        feed_store.drop(settings.FOURFOLD.feeds_dir, work.brought_id)
