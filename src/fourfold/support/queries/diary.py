"""Her diary as she sees it, and as her advocate reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import Compartment, NotFound, Opened, Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.people.queries.contact import rule_of
from fourfold.people.terms import SafeContactRule
from fourfold.support import rules
from fourfold.support.models import (
    Contact,
    ContactAsked,
    DiaryBrought,
    DiaryEntry,
    DiaryLink,
    DiaryPicture,
    DiaryUnread,
)
from fourfold.support.queries.diary_access import state_of
from fourfold.support.queries.rows import _case
from fourfold.support.terms import ContactOutcome, OpenDiary, LinkState, Origin, PassedBy, Readers

_HERS = "the victim's own diary, opened by their device and secret word"
FEW = 3
PAGE = 25
Place = tuple[datetime, UUID]


@dataclass(frozen=True)
class OwnEntry:
    """An entry as she sees it: what she wrote, when, who has read it, and whether the unit sees it."""

    id: UUID
    kept_at: datetime
    occurred_from: datetime | None
    time_known: bool
    words: str
    read_at: datetime | None
    passed_at: datetime | None
    passed_by: PassedBy | None
    pictures: int


@dataclass(frozen=True)
class OwnPage:
    """What her page shows: what she kept, how many in all, who her advocate is, and how she is reached."""

    entries: tuple[OwnEntry, ...]
    count: int
    more: Place | None
    advocate: str
    rule: SafeContactRule | None
    asked_at: datetime | None


def own_page(
    *, actor: Actor, diary: OpenDiary, at: datetime, all_of_it: bool = False, after: Place | None = None
) -> OwnPage:
    """Return what she kept, newest first: the last three, or a page of 25 from `after`. Six statements."""
    access.require(actor, Permission.DIARY_KEEP, at=at, site=diary.site)
    rows = DiaryEntry.objects.unscoped(_HERS).filter(case=diary.case)
    count = rows.count()
    most = PAGE if all_of_it else FEW
    found = _page_of(rows.select_related("read", "passed"), after, most)
    case = Case.objects.unscoped(_HERS).only("victim_id").get(pk=diary.case)
    asked = _asked(ContactAsked.objects.unscoped(_HERS).filter(case=diary.case)).order_by("-recorded_at").first()
    audit.consulted(
        actor, "diary.shown", at=at, file=diary.case, compartments={Compartment.ADVOCATE_CONFIDENTIAL.value}
    )
    return OwnPage(
        tuple(_hers(row) for row in found[:most]),
        count,
        (found[most - 1].recorded_at, found[most - 1].pk) if len(found) > most else None,
        _advocate_of(diary.case, at),
        rule_of(case.victim_id),
        asked.recorded_at if asked else None,
    )


def _page_of(rows: QuerySet[DiaryEntry], after: Place | None, most: int) -> list[Any]:
    """Return one row more than the page holds, so that the page knows whether there are more."""
    if after is not None:
        rows = rows.filter(recorded_at__lte=after[0]).exclude(recorded_at=after[0], pk__gte=after[1])
    return list(rows.annotate(files=Count("pictures")).order_by("-recorded_at", "-id")[: most + 1])


def _hers(row: Any) -> OwnEntry:
    passed = getattr(row, "passed", None)
    read = getattr(row, "read", None)
    return OwnEntry(
        row.pk,
        row.recorded_at,
        row.occurred_from,
        row.time_known,
        row.words,
        read.recorded_at if read else None,
        passed.recorded_at if passed else None,
        PassedBy(passed.by) if passed else None,
        row.files,
    )


def _advocate_of(file: UUID, at: datetime) -> str:
    """Return her advocate's initials, which tell nobody else who that is."""
    running = Q(until_at__isnull=True) | Q(until_at__gt=at)
    named = Relation.objects.filter(running, file=file, kind=RelationKind.ADVOCATE, from_at__lte=at)
    names = access_queries.names_of(named.values_list("staff_id", flat=True))
    return rules.initials(min(names.values(), default=""))


# ---- as her advocate reads it ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PictureShown:
    """A file that came with an entry: its hash, and whether there is a safe copy, or why not."""

    id: UUID
    media_type: str
    size: int
    sha256: str
    shown: bool
    why_none: str


@dataclass(frozen=True)
class EntryShown:
    """An entry as her advocate reads it, with where it came from and what vouches for it."""

    id: UUID
    origin: Origin
    row: int | None
    kept_at: datetime
    told_at: datetime
    occurred_from: datetime | None
    time_known: bool
    time_zone: str
    words: str
    readers: Readers
    sha256: str
    exhibit: UUID
    read_at: datetime | None
    passed_at: datetime | None
    passed_by: PassedBy | None
    passed_why: str
    allegation: UUID | None
    pictures: tuple[PictureShown, ...]


@dataclass(frozen=True)
class LinkShown:
    """A link to her diary: when it was given, where it stands, and since when a device holds it."""

    id: UUID
    given_at: datetime
    expires_at: datetime
    state: LinkState
    bound_at: datetime | None
    closed_why: str


@dataclass(frozen=True)
class BroughtShown:
    """A file that was brought in, and what became of its rows; `faults` are those that could not be read."""

    id: UUID
    at: datetime
    form: str
    sha256: str
    kept: int
    known: int
    faults: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class DiaryFile:
    """Her diary as her advocate reads it."""

    reference: str
    entries: tuple[EntryShown, ...]
    count: int
    more: Place | None
    links: tuple[LinkShown, ...]
    brought: tuple[BroughtShown, ...]
    asked: tuple[tuple[datetime, str], ...]
    may_record: bool


def diary_file(*, actor: Actor, reference: str, at: datetime, after: Place | None = None) -> DiaryFile:
    """Return her diary for her advocate, 25 entries from `after`, or raise NotFound, also for the rest of the team."""
    case = _case(actor, reference, at)
    opened = _confidential(actor, case, at)
    rows = DiaryEntry.objects.of(opened)
    count = rows.count()
    found = _page_of(rows.select_related("read", "passed"), after, PAGE)
    pictures = _pictures(opened, found[:PAGE])
    asked = _asked(ContactAsked.objects.of(opened)).order_by("-recorded_at")[:PAGE]
    audit.consulted(
        actor, "diary.file", at=at, file=case.pk, compartments={Compartment.ADVOCATE_CONFIDENTIAL.value}, count=count
    )
    return DiaryFile(
        case.reference,
        tuple(_entry(row, pictures.get(row.pk, ())) for row in found[:PAGE]),
        count,
        (found[PAGE - 1].recorded_at, found[PAGE - 1].pk) if len(found) > PAGE else None,
        _links(opened, at),
        _brought(opened),
        tuple((row.recorded_at, row.words) for row in asked),
        Compartment.ADVOCATE_CONFIDENTIAL in opened.writable and access_queries.may(actor, Permission.SUPPORT_RECORD),
    )


def _confidential(actor: Actor, case: Case, at: datetime) -> Opened:
    opened = access_queries.opened(actor, case.pk, at=at)
    if not opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL):
        audit.refused(actor, "diary.file", at=at, rule="no permit for advocate_confidential", file=case.pk)
        raise NotFound
    return opened


def _asked(rows: QuerySet[ContactAsked]) -> QuerySet[ContactAsked]:
    """Keep what she asked and nobody has answered by reaching her safely since."""
    since = Contact.objects.unscoped("inside a scoped list").filter(
        case=OuterRef("case"), outcome=ContactOutcome.REACHED, safe=True, attempted_at__gte=OuterRef("recorded_at")
    )
    return rows.filter(~Exists(since))


def _pictures(opened: Opened, entries: Iterable[DiaryEntry]) -> dict[UUID, tuple[PictureShown, ...]]:
    rows = DiaryPicture.objects.of(opened).filter(entry__in=[entry.pk for entry in entries])
    found: dict[UUID, tuple[PictureShown, ...]] = {}
    for row in rows.select_related("exhibit__safe_copy").defer("exhibit__content", "exhibit__safe_copy__content"):
        copy = getattr(row.exhibit, "safe_copy", None)
        shown = PictureShown(
            row.exhibit_id,
            row.exhibit.media_type,
            row.exhibit.size,
            row.exhibit.sha256,
            copy is not None and not copy.why_none,
            copy.why_none if copy else "",
        )
        found[row.entry_id] = (*found.get(row.entry_id, ()), shown)
    return found


def _entry(row: Any, pictures: tuple[PictureShown, ...]) -> EntryShown:
    hers, passed = _hers(row), getattr(row, "passed", None)
    return EntryShown(
        id=row.pk,
        origin=Origin(row.origin),
        row=row.row,
        kept_at=row.recorded_at,
        told_at=row.told_at,
        occurred_from=row.occurred_from,
        time_known=row.time_known,
        time_zone=row.time_zone,
        words=row.words,
        readers=Readers(row.readers),
        sha256=row.sha256,
        exhibit=row.exhibit_id,
        read_at=hers.read_at,
        passed_at=hers.passed_at,
        passed_by=hers.passed_by,
        passed_why=passed.why if passed else "",
        allegation=passed.allegation_id if passed else None,
        pictures=pictures,
    )


def _links(opened: Opened, at: datetime) -> tuple[LinkShown, ...]:
    rows = DiaryLink.objects.of(opened).select_related("device", "closed").order_by("-recorded_at", "-id")[:10]
    return tuple(
        LinkShown(
            row.pk,
            row.recorded_at,
            row.expires_at,
            state_of(row, at),
            row.device.recorded_at if hasattr(row, "device") else None,
            row.closed.get_why_display() if hasattr(row, "closed") else "",
        )
        for row in rows
    )


def _brought(opened: Opened) -> tuple[BroughtShown, ...]:
    rows = list(DiaryBrought.objects.of(opened).order_by("-recorded_at", "-id")[:10])
    faults: dict[UUID, list[tuple[int, str]]] = {row.pk: [] for row in rows}
    for each in DiaryUnread.objects.of(opened).filter(brought__in=rows).order_by("row")[:200]:
        faults[each.brought_id].append((each.row, each.why))
    return tuple(
        BroughtShown(row.pk, row.recorded_at, row.form, row.sha256, row.kept, row.known, tuple(faults[row.pk]))
        for row in rows
    )


def entry_row(*, actor: Actor, reference: str, entry: UUID, at: datetime) -> DiaryEntry:
    """Return the entry that a page is about to write to, or raise NotFound."""
    opened = _confidential(actor, _case(actor, reference, at), at)
    found = DiaryEntry.objects.of(opened).select_related("case__victim").filter(pk=entry).first()
    if found is None:
        raise NotFound
    return found


def one_entry(*, actor: Actor, reference: str, entry: UUID, at: datetime) -> EntryShown:
    """Return one entry as her advocate reads it, or raise NotFound."""
    case = _case(actor, reference, at)
    opened = _confidential(actor, case, at)
    rows = DiaryEntry.objects.of(opened).select_related("read", "passed").annotate(files=Count("pictures"))
    found = rows.filter(pk=entry).first()
    if found is None:
        raise NotFound
    shown = {Compartment.ADVOCATE_CONFIDENTIAL.value}
    audit.consulted(actor, "diary.entry", at=at, file=case.pk, compartments=shown, count=1)
    return _entry(found, _pictures(opened, [found]).get(found.pk, ()))


def link_row(*, actor: Actor, reference: str, link: UUID, at: datetime) -> DiaryLink:
    """Return the link that a page is about to close, or raise NotFound."""
    opened = _confidential(actor, _case(actor, reference, at), at)
    found = DiaryLink.objects.of(opened).filter(pk=link).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class DiaryNews:
    """What waits in a diary for her advocate: how many entries nobody read, since when, and that she asked for a call."""

    reference: str
    case: UUID
    unread: int
    since: datetime
    asked: bool


def diary_news(*, actor: Actor, at: datetime) -> tuple[DiaryNews, ...]:
    """Return what is new in the diaries of the advocate's own cases, the oldest first. Two statements."""
    mine = Relation.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at),
        file=OuterRef("case"),
        staff_id=actor.staff,
        kind=RelationKind.ADVOCATE,
        from_at__lte=at,
    )
    rows = DiaryEntry.objects.visible_to(actor, at=at).filter(Exists(mine), read__isnull=True)
    asked = _asked(ContactAsked.objects.visible_to(actor, at=at).filter(Exists(mine)))
    news: dict[UUID, DiaryNews] = {}
    for case, reference, when in rows.order_by("recorded_at").values_list("case", "case__reference", "recorded_at")[
        :500
    ]:
        before = news.get(case)
        news[case] = DiaryNews(
            reference, case, before.unread + 1 if before else 1, before.since if before else when, False
        )
    for case, reference, when in asked.order_by("recorded_at").values_list("case", "case__reference", "recorded_at")[
        :200
    ]:
        before = news.get(case)
        since = min(before.since, when) if before else when
        news[case] = DiaryNews(reference, case, before.unread if before else 0, since, True)
    return tuple(sorted(news.values(), key=lambda each: (not each.asked, each.since, each.reference)))
