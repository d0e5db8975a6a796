"""The diary as the victim sees it, and as the advocate reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.paging import WHOLE, Page, page_of
from fourfold.access.projection import Added, Projection, Through
from fourfold.access.terms import Compartment, Opened, Permission, RelationKind
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
from fourfold.support.queries.rows import found_in, opened_file
from fourfold.support.terms import ContactOutcome, LinkState, OpenDiary, Origin, PassedBy, Readers, WhyClosed

_OWN = "the victim's own diary, opened by their device and secret word"
FEW = 3
PAGE = 25
ORDER = ("-recorded_at", "-id")


@dataclass(frozen=True)
class OwnEntry:
    """An entry as the victim sees it: what it says, when, who has read it, and whether the unit sees it."""

    id: UUID
    kept_at: datetime
    occurred_from: datetime | None
    time_known: bool
    words: str
    read_at: datetime | None
    passed_at: datetime | None
    passed_by: PassedBy | None
    pictures: int
    drawn: int


_ROW = {"kept_at": "recorded_at", "read_at": "read__recorded_at", "passed_at": "passed__recorded_at"}
OWN = Projection(OwnEntry, DiaryEntry, **_ROW, passed_by="passed__by", pictures=Added("files"), drawn=Added("drawn"))


@dataclass(frozen=True)
class OwnPage:
    """What the victim's own page shows: the entries, how many in all, who the advocate is, and the agreed contact."""

    entries: tuple[OwnEntry, ...]
    count: int
    more: str
    advocate: str
    rule: SafeContactRule | None
    asked_at: datetime | None


def own_page(*, actor: Actor, diary: OpenDiary, at: datetime, all_of_it: bool = False, after: str = "") -> OwnPage:
    """Return the victim's entries, newest first: the last three, or a page of 25 from `after`. Six statements."""
    access.require(actor, Permission.DIARY_KEEP, at=at, site=diary.site)
    rows = DiaryEntry.objects.unscoped(_OWN).filter(case=diary.case)
    count = rows.count()
    shown = _entries(rows, after, PAGE if all_of_it else FEW)
    case = Case.objects.unscoped(_OWN).only("victim_id").get(pk=diary.case)
    asked = asked_still(ContactAsked.objects.unscoped(_OWN).filter(case=diary.case)).order_by("-recorded_at").first()
    audit.consulted(
        actor, "diary.shown", at=at, file=diary.case, compartments={Compartment.ADVOCATE_CONFIDENTIAL.value}
    )
    return OwnPage(
        OWN.all(shown.rows),
        count,
        shown.next,
        _advocate_of(diary.case, at),
        rule_of(case.victim_id),
        asked.recorded_at if asked else None,
    )


_DRAWN = Q(pictures__exhibit__safe_copy__size__gt=0)


def _entries(rows: QuerySet[DiaryEntry], after: str, most: int) -> Page[DiaryEntry]:
    rows = rows.select_related("read", "passed").annotate(
        files=Count("pictures"), drawn=Count("pictures__exhibit__safe_copy", filter=_DRAWN)
    )
    return page_of(rows, *ORDER, after=after, most=most)


def _advocate_of(file: UUID, at: datetime) -> str:
    """Return the advocate's initials, which tell nobody else who that is."""
    running = Q(until_at__isnull=True) | Q(until_at__gt=at)
    named = Relation.objects.filter(running, file=file, kind=RelationKind.ADVOCATE, from_at__lte=at)
    names = access_queries.names_of(named.values_list("staff_id", flat=True))
    return rules.initials(min(names.values(), default=""))


# ---- as the advocate reads it ---------------------------------------------------------------------------------------


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
    """An entry as the advocate reads it, with where it came from and what vouches for it."""

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
    passed_why: str | None
    allegation: UUID | None
    pictures: tuple[PictureShown, ...]


PICTURE = Projection(
    PictureShown,
    DiaryPicture,
    id="exhibit_id",
    media_type="exhibit__media_type",
    size="exhibit__size",
    sha256="exhibit__sha256",
    shown=Through(lambda why: why == "", "exhibit__safe_copy__why_none"),
    why_none=Through(lambda why: why or "", "exhibit__safe_copy__why_none"),
)
ENTRY = Projection(
    EntryShown,
    DiaryEntry,
    "pictures",
    **_ROW,
    passed_by="passed__by",
    passed_why="passed__why",
    allegation="passed__allegation_id",
)


@dataclass(frozen=True)
class LinkShown:
    """A link to the diary: when it was given, where it stands, and since when a device holds it."""

    id: UUID
    given_at: datetime
    expires_at: datetime
    state: LinkState
    bound_at: datetime | None
    closed_why: WhyClosed | None


LINK = Projection(
    LinkShown, DiaryLink, "state", given_at="recorded_at", bound_at="device__recorded_at", closed_why="closed__why"
)


@dataclass(frozen=True)
class BroughtShown:
    """A file that was brought in, and the outcome of its rows; `faults` are those that could not be read."""

    id: UUID
    at: datetime
    form: str
    sha256: str
    kept: int
    known: int
    faults: tuple[tuple[int, str], ...]


BROUGHT = Projection(BroughtShown, DiaryBrought, "faults", at="recorded_at")


@dataclass(frozen=True)
class DiaryFile:
    """The diary as the advocate reads it; `next` is where the next page of entries begins."""

    reference: str
    entries: tuple[EntryShown, ...]
    count: int
    next: str
    links: tuple[LinkShown, ...]
    brought: tuple[BroughtShown, ...]
    asked: tuple[tuple[datetime, str], ...]
    may_record: bool


def diary_file(*, actor: Actor, reference: str, at: datetime, after: str = "") -> DiaryFile:
    """Return the diary for the advocate, 25 entries from `after`, or raise NotFound, also for the rest of the team."""
    case, opened = _confidential(actor, reference, at)
    rows = DiaryEntry.objects.of(opened)
    count = rows.count()
    shown = _entries(rows, after, PAGE)
    pictures = _pictures(opened, shown.rows)
    asked = asked_still(ContactAsked.objects.of(opened)).order_by("-recorded_at")[:WHOLE]
    audit.consulted(
        actor, "diary.file", at=at, file=case.pk, compartments={Compartment.ADVOCATE_CONFIDENTIAL.value}, count=count
    )
    return DiaryFile(
        case.reference,
        tuple(ENTRY(row, pictures=pictures.get(row.pk, ())) for row in shown),
        count,
        shown.next,
        _links(opened, at),
        _brought(opened),
        tuple((row.recorded_at, row.words) for row in asked),
        Compartment.ADVOCATE_CONFIDENTIAL in opened.writable and access_queries.may(actor, Permission.SUPPORT_RECORD),
    )


def _confidential(actor: Actor, reference: str, at: datetime) -> tuple[Case, Opened]:
    return opened_file(actor, reference, at, Compartment.ADVOCATE_CONFIDENTIAL, "diary.file")


def asked_still(rows: QuerySet[ContactAsked]) -> QuerySet[ContactAsked]:
    """Keep what was asked and nobody has answered by a safe contact since; a telling of a breach answers nothing else."""
    reached = Contact.objects.unscoped("inside a scoped list").filter(outcome=ContactOutcome.REACHED, safe=True)
    since = reached.filter(case=OuterRef("case"), made_by="", attempted_at__gte=OuterRef("recorded_at"))
    return rows.filter(~Exists(since))


def _pictures(opened: Opened, entries: Iterable[DiaryEntry]) -> dict[UUID, tuple[PictureShown, ...]]:
    rows = DiaryPicture.objects.of(opened).filter(entry__in=[entry.pk for entry in entries])
    found: dict[UUID, tuple[PictureShown, ...]] = {}
    for row in rows.select_related("exhibit__safe_copy").defer("exhibit__content", "exhibit__safe_copy__content"):
        found[row.entry_id] = (*found.get(row.entry_id, ()), PICTURE(row))
    return found


def _links(opened: Opened, at: datetime) -> tuple[LinkShown, ...]:
    rows = DiaryLink.objects.of(opened).select_related("device", "closed").order_by(*ORDER)[:WHOLE]
    return tuple(LINK(row, state=state_of(row, at)) for row in rows)


def _brought(opened: Opened) -> tuple[BroughtShown, ...]:
    rows = list(DiaryBrought.objects.of(opened).order_by(*ORDER)[:WHOLE])
    faults: dict[UUID, list[tuple[int, str]]] = {row.pk: [] for row in rows}
    for unread in DiaryUnread.objects.of(opened).filter(brought__in=rows).order_by("row")[:WHOLE]:
        faults[unread.brought_id].append((unread.row, unread.why))
    return tuple(BROUGHT(row, faults=tuple(faults[row.pk])) for row in rows)


def entry_row(*, actor: Actor, reference: str, entry: UUID, at: datetime) -> DiaryEntry:
    """Return the entry that a page is about to write to, or raise NotFound."""
    _, opened = _confidential(actor, reference, at)
    return found_in(DiaryEntry.objects.of(opened).select_related("case__victim").filter(pk=entry))


def one_entry(*, actor: Actor, reference: str, entry: UUID, at: datetime) -> EntryShown:
    """Return one entry as the advocate reads it, or raise NotFound."""
    case, opened = _confidential(actor, reference, at)
    found = found_in(DiaryEntry.objects.of(opened).select_related("read", "passed").filter(pk=entry))
    shown = {Compartment.ADVOCATE_CONFIDENTIAL.value}
    audit.consulted(actor, "diary.entry", at=at, file=case.pk, compartments=shown, count=1)
    return ENTRY(found, pictures=_pictures(opened, [found]).get(found.pk, ()))


def link_row(*, actor: Actor, reference: str, link: UUID, at: datetime) -> DiaryLink:
    """Return the link that a page is about to close, or raise NotFound."""
    _, opened = _confidential(actor, reference, at)
    return found_in(DiaryLink.objects.of(opened).filter(pk=link))


def files_kept_back(allegation: UUID) -> int:
    """Return how many files came with an opened allegation's entry of which no copy could be drawn for the unit."""
    rows = DiaryPicture.objects.unscoped("a number alone").filter(entry__passed__allegation=allegation)
    return rows.exclude(exhibit__safe_copy__size__gt=0).count()
