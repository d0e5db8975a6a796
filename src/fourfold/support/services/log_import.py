"""Adding a file from an evidence app or a phone: sealed whole first, then read row by row.

The same file again brings nothing; a longer export of the same log brings what is new. Nothing that was kept is
touched, and a row that cannot be read is on record with its reason.
"""

from collections import Counter
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.exhibits import rules as exhibit_rules
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.terms import Brought
from fourfold.support import phone_logs, rules
from fourfold.support.models import DiaryBrought, DiaryEntry, DiaryUnread
from fourfold.support.services.diary import SEALED, add_picture, keep_entry
from fourfold.support.terms import CannotKeepDiary, Written

_OPENED = "the case was opened above"
MOST_PICTURES = 100


def bring_log(
    *, actor: Actor, case: Case, content: bytes, at: datetime, time_zone: str = "Europe/London"
) -> DiaryBrought:
    """Keep an exported file, and each incident in it as an entry of the diary; return the outcome of its rows.

    Times without a zone are taken as said on a clock in `time_zone`. Raises CannotKeepDiary where the file cannot be
    read at all, or was brought before; then nothing is kept.
    """
    access.require(actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, writes=SEALED)
    CannotKeepDiary.refuse(rules.why_not_bring(content))
    digest = exhibit_rules.sha256(content)
    if DiaryBrought.objects.unscoped(_OPENED).filter(case=case, sha256=digest).exists():
        raise CannotKeepDiary("file", "This file was already added. Nothing was added twice.")
    try:
        log = phone_logs.read(content, time_zone)
    except phone_logs.NotALog as fault:
        raise CannotKeepDiary("file", str(fault)) from fault
    with audit.recorded(actor, "diary.brought", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        brought = entry.about(_sealed(actor, case, content, log, time_zone, at))
        _keep_rows(actor, case, brought, log, at)
        brought.save(update_fields=["kept", "known", "unread"])
        entry.count = brought.kept
        return brought


def _sealed(
    actor: Actor, case: Case, content: bytes, log: phone_logs.Log, time_zone: str, at: datetime
) -> DiaryBrought:
    whole = Brought("diary-log", "Log from an app or a phone, as it came", content, "the victim", f"export: {log.form}")
    exhibit = exhibits.receive(actor=actor, file=case.pk, site=case.site, brought=whole, compartment=SEALED, at=at)
    return DiaryBrought.objects.create(
        case=case,
        exhibit=exhibit,
        sha256=exhibit.sha256,
        form=log.form,
        time_zone=time_zone,
        **access_queries.held_by(actor, "victim", at=at),
    )


def _keep_rows(actor: Actor, case: Case, brought: DiaryBrought, log: phone_logs.Log, at: datetime) -> None:
    seen: Counter[tuple[str, datetime | None]] = Counter()
    known = set(DiaryEntry.objects.unscoped(_OPENED).filter(case=case).values_list("same_key", flat=True))
    pictures = dict(list(log.pictures.items())[:MOST_PICTURES])
    held = access_queries.held_by(actor, "victim", at=at)
    for row in log.rows:
        written = _written(row, at)
        if why := rules.why_not_write(written, at):
            _unread(brought, row.row, why[1], held)
            continue
        seen[row.words, row.occurred_from] += 1
        key = rules.same_key(written, case=str(case.pk), nth=seen[row.words, row.occurred_from])
        if key in known:
            brought.known += 1
            continue
        kept = keep_entry(actor, case, written, key=key, at=at, brought=brought, rest=row.rest)
        brought.kept += 1
        for name in row.files:
            if raw := pictures.pop(name.replace("\\", "/").rsplit("/", 1)[-1], None):
                add_picture(actor, kept, raw, at)
    for unread in log.unread:
        _unread(brought, unread.row, unread.why, held)


def _unread(brought: DiaryBrought, row: int, why: str, held: dict[str, object]) -> None:
    DiaryUnread.objects.create(brought=brought, row=row, why=why[:200], **held)
    brought.unread += 1


def _written(row: phone_logs.LogRow, at: datetime) -> Written:
    return Written(
        words=row.words,
        told_at=at,
        occurred_from=row.occurred_from,
        time_known=row.time_known,
        time_zone=row.time_zone,
        row=row.row,
    )
