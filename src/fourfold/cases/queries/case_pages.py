"""The pages of one case. Each opens the case first and reads a fixed number of statements, however many its acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from fourfold.access import queries as access_queries
from fourfold.access.paging import PAGE, WHOLE, Page
from fourfold.access.projection import Added, Part, Projection
from fourfold.access.statements import composed, composed_in
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.cases.queries import rows
from fourfold.cases.queries.drawn import acts_page, acts_told_of, added_since, drawn_acts
from fourfold.cases.queries.happened import KINDS, Happened, what_happened
from fourfold.cases.queries.transfers import transfer_changes
from fourfold.cases.queries.values import (
    ActRow,
    CaseHeader,
    Change,
    Colleague,
    DrawnAct,
    HistoryPage,
    LevelNow,
    OtherCase,
    PatternPage,
    ReviewNow,
    StateNow,
    SubjectPage,
    ThirdParty,
    ToldAct,
)
from fourfold.cases.terms import State
from fourfold.people import queries as people
from fourfold.people.models import VictimReach
from fourfold.people.queries.records import SUBJECT_NAMED, VICTIM_NAMED
from fourfold.people.queries.same_person import records_of, records_of_any
from fourfold.people.rules import address_key
from fourfold.people.terms import MarkKind, SubjectCard
from fourfold.words import Word, day_said, named, sentence, together, words

CHANGES_A_PAGE = 100
SAME_VISIT = timedelta(hours=1)
HEADER = Projection(
    CaseHeader,
    Case,
    *("state", "level", "review", "team", "opened"),
    victim="victim__name",
    victim_named=Part(VICTIM_NAMED, "victim"),
    subject="subject__name",
    subject_named=Part(SUBJECT_NAMED, "subject"),
    subject_known="subject__known",
)
OTHER = Projection(OtherCase, Case, last_act_told=Added("only_told"))


@dataclass(frozen=True)
class _Read:
    """Everything that the header of a case is made of, as it was read."""

    case: Case
    opened: Opened
    levels: tuple[LevelNow, ...]
    states: tuple[StateNow, ...]
    reviews: tuple[ReviewNow, ...]
    header: CaseHeader


def case_of(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return a case for whoever may open it, or raise NotFound; for a page to hand to a service."""
    case, _ = _found(actor, reference, at)
    return case


def open_case_named(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return a case for a page that shows no more of it than that the reader may open it, or raise NotFound."""
    case, opened = _found(actor, reference, at)
    audit.consulted(actor, "case.named", at=at, file=opened.file, compartments={Compartment.CORE.value}, count=1)
    return case


def file_of(reference: str) -> UUID | None:
    """Return the file that a reference names, for the command line's explanations; no page may say that it exists."""
    found = Case.objects.unscoped("only its identifier, for explaining access").filter(
        reference=reference.strip().upper()
    )
    return found.values_list("pk", flat=True).first()


def _found(actor: Actor, reference: str, at: datetime, *, visited: bool = False) -> tuple[Case, Opened]:
    case = next(iter(_named(actor, at, visited, reference=reference.strip().upper())), None)
    if case is None:
        audit.refused(actor, "file.opened", at=at, rule="absent")
        raise NotFound
    opened = access_queries.opened(actor, case.pk, at=at)
    if opened.as_of is not None:
        (case,) = _stood(opened, visited, staff=actor.staff, earlier=at - SAME_VISIT)
    return case, opened


@composed_in
def _stood(opened: Opened, visited: bool, *, staff: UUID, earlier: datetime) -> QuerySet[Case]:
    return _with_visit(Case.objects.of(opened), staff, earlier, visited)


@composed
def _named(actor: Actor, at: datetime, visited: bool, *, reference: str) -> QuerySet[Case]:
    named = Case.objects.unscoped("opened when it is found").filter(reference=reference)
    return _with_visit(named, actor.staff, at - SAME_VISIT, visited)


def _with_visit(cases: QuerySet[Case], staff: UUID, before: datetime, visited: bool) -> QuerySet[Case]:
    """Let a case carry its people, and if asked when the actor last read its file before the visit of the last hour."""
    cases = cases.select_related("victim", "subject")
    earlier = Entry.objects.filter(file=OuterRef("pk"), actor=staff, operation=Operation.CONSULTATION, at__lt=before)
    return cases.annotate(last_visit_at=Subquery(earlier.order_by("-seq").values("at")[:1])) if visited else cases


def header(*, actor: Actor, reference: str, at: datetime) -> CaseHeader:
    """Return what stands above every page of one case, or raise NotFound; eight statements and the log's."""
    read = _read(actor, reference, at)
    _consulted(actor, "case.header", read.opened, at, count=1)
    return read.header


def _read(actor: Actor, reference: str, at: datetime, *, visited: bool = False) -> _Read:
    case, opened = _found(actor, reference, at, visited=visited)
    levels, states, reviews = rows.levels_of(opened), rows.states_of(opened), rows.reviews_of(opened)
    staff = rows.LEVEL.staff_in(levels) | rows.STATE.staff_in(states) | rows.REVIEW.staff_in(reviews)
    team, names = rows.team_of(opened, at, staff=staff)
    shown = (
        rows.LEVEL.all(levels, names=names),
        rows.STATE.all(states, names=names),
        rows.REVIEW.all(reviews, names=names),
    )
    return _Read(case, opened, *shown, _header(case, opened, *shown, team))


def _header(
    case: Case,
    opened: Opened,
    levels: tuple[LevelNow, ...],
    states: tuple[StateNow, ...],
    reviews: tuple[ReviewNow, ...],
    team: tuple[Colleague, ...],
) -> CaseHeader:
    return HEADER(
        case,
        opened=opened,
        state=states[0],
        level=levels[0] if levels else None,
        review=min((row for row in reviews if row.is_waited_for), key=lambda row: row.due_at, default=None),
        team=team,
    )


def _consulted(
    actor: Actor, action: str, opened: Opened, at: datetime, *, count: int, told: Iterable[Change] = ()
) -> None:
    """Write in the log what the header shows, and of what was `told` besides the compartment of each."""
    parts = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY} & opened.readable
    parts |= {each.part for each in told if each.part}
    audit.consulted(actor, action, at=at, file=opened.file, compartments={str(part) for part in parts}, count=count)


def pattern(*, actor: Actor, reference: str, at: datetime, after: str = "") -> PatternPage:
    """Return the pattern of one case, with fifty of its acts from the one after `after`, or raise NotFound.

    Ten statements and the log's, and at most four more of a long case, however many its acts.
    """
    read = _read(actor, reference, at, visited=True)
    since: datetime | None = read.case.last_visit_at  # type: ignore[attr-defined] # carried by the row
    told = _told_at_once(read, since) or _told_of_many(read, since, after)
    _consulted(actor, "case.pattern", read.opened, at, count=len(told.shown))
    return PatternPage(
        header=read.header,
        count=max(read.case.acts, len(told.drawn)),
        drawn=told.drawn,
        acts=told.shown.rows,
        after=told.shown.next or None,
        third_parties=tuple(Counter(each for each in told.thirds if each).items()),
        levels=read.levels,
        reviews=read.reviews,
        last_visit_at=since,
        changes=told.changes,
        changed=told.changed,
        states=tuple(read.states),
    )


class _Told(NamedTuple):
    """What the acts of a case tell: those of its picture, a page of them, whom they were against, and what changed."""

    drawn: tuple[ActRow, ...] | tuple[DrawnAct, ...]
    shown: Page[ActRow]
    thirds: Iterable[ThirdParty | None]
    changes: tuple[Change, ...]
    changed: int


def _told_at_once(read: _Read, since: datetime | None) -> _Told | None:
    """Return what the acts of a case tell that stand on one page; None where there are more. One statement."""
    if read.case.acts > PAGE:
        return None
    acts = rows.acts_of(read.opened, removed=True)
    belong = tuple(act for act in acts if act.left_at is None)
    changes = _changed(read, acts, since)
    told = _Told(belong, Page(belong), [act.third for act in belong], changes, len(changes))
    return told if len(belong) <= PAGE else None


def _told_of_many(read: _Read, since: datetime | None, after: str) -> _Told:
    """Return what the acts of a long case tell. Three statements, and two where it was visited before."""
    shown = acts_page(read.opened, after=after, most=PAGE)
    thirds = [third for *_, third in rows.acts_against_third(read.opened)]
    acts = acts_told_of(read.opened, before=None, most=PAGE) if since else ()
    changes = _changed(read, acts, since)
    more = added_since(read.opened, since) - sum(act.joined_at > since for act in acts) if since else 0
    return _Told(drawn_acts(read.opened), shown, thirds, changes, len(changes) + more)


def _changed(read: _Read, acts: tuple[ActRow | ToldAct, ...], since: datetime | None) -> tuple[Change, ...]:
    return tuple(each for each in _changes(read, acts) if each.at > since) if since else ()


def _changes(read: _Read, acts: tuple[ActRow | ToldAct, ...]) -> list[Change]:
    """Return what happened to the case, the newest first, from rows that were read already: removed acts among them."""
    found = [
        *(_level_change(each) for each in read.levels),
        *(_state_change(each) for each in read.states),
        *(change for each in read.reviews for change in _review_changes(each)),
        *(_act_change(each) for each in acts if each.left_at is None),
        *(change for each in acts if each.left_at is not None for change in _removed_changes(each, each.left_at)),
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)


def _level_change(row: LevelNow) -> Change:
    signed = f", signed by {row.countersigned_by}" if row.countersigned_by else ""
    capacity = Word(", because the unit lacks capacity") if row.for_want_of_capacity else ""
    what = sentence("Level set to {1} ({2}){3}", row.level.words, named(row.set_in), capacity)
    return Change(row.set_at, what, f"{row.set_by}{signed}", row.reason)


_ENTERED = words({State.OPEN: "Case open", State.STEP_DOWN: "Case stepped down", State.CLOSED: "Case closed"})


def _state_change(row: StateNow) -> Change:
    signed = f", signed by {row.countersigned_by}" if row.countersigned_by else ""
    return Change(row.entered_at, _ENTERED[row.state], f"{row.by}{signed}", row.reason)


def _review_changes(row: ReviewNow) -> Iterator[Change]:
    what = sentence("Review due on {1}", day_said(row.due_at))
    was = row.was_due_at
    if was is not None and was > row.due_at and day_said(was) != day_said(row.due_at):
        what = sentence("Review brought forward from {1} to {2}", day_said(was), day_said(row.due_at))
    yield Change(row.set_at, what, row.set_by, row.because)
    if row.done_at is not None:
        yield Change(row.done_at, Word("Review done"), row.done_by, row.summary)


def _act_change(row: ActRow | ToldAct) -> Change:
    what = sentence("{1}: {2}, {3}", _added(row.is_breach), _day(row), _which(row))
    return Change(row.joined_at, what, row.joined_by)


def _removed_changes(row: ActRow | ToldAct, left_at: datetime) -> Iterator[Change]:
    """Yield that an act was added, which it still was, and that it was removed."""
    day, which = _day(row), _which(row)
    added = sentence("{1}: {2}, removed since: {3}", _added(row.is_breach), day, which)
    yield Change(row.joined_at, added, row.joined_by)
    yield Change(left_at, sentence("Act removed: {1}, {2}", day, which), row.left_by, row.left_because)


def _day(row: ActRow | ToldAct) -> Word:
    said = day_said(row.happened_at)
    return sentence("day not known, told on {1}", said) if row.time_known is None else said


def _which(row: ActRow | ToldAct) -> Word:
    """Return which act it is: its kinds, and the number of its report."""
    kinds = together(", ", map(named, row.kinds)) or Word("kind not known")
    return sentence("{1} (report {2})", kinds, row.reference) if row.reference else kinds


def _added(is_breach: bool) -> Word:
    return Word("Breach added") if is_breach else Word("Act added")


def history(
    *,
    actor: Actor,
    reference: str,
    at: datetime,
    before: datetime | None,
    kinds: Mapping[Permission, Iterable[Happened]],
) -> HistoryPage:
    """Return what happened to one case, the newest first, a hundred changes from before a moment, or raise NotFound.

    `kinds`: what other slices tell of it, by the permission without which it is not told. What happened at one moment stays
    on one page. A fixed number of statements.
    """
    read = _read(actor, reference, at)
    site = (
        read.header.site if read.opened.as_of is None else None
    )  # handed over: its unit now is another than the reader's
    may = (each for each in kinds if access_queries.may(actor, each, site=site))
    told = [*KINDS, *(kind for each in may for kind in kinds[each])]
    found = [
        *_changes(read, acts_told_of(read.opened, before=before, most=CHANGES_A_PAGE)),
        *what_happened(read.opened, told, before=before, most=CHANGES_A_PAGE, at=at),
        *transfer_changes(read.opened),
    ]
    found.sort(key=lambda change: change.at, reverse=True)
    shown = _changes_before(found, before)
    _consulted(actor, "case.history", read.opened, at, count=len(shown), told=shown)
    return HistoryPage(read.header, shown, shown[-1].at if shown and shown[-1].at > found[-1].at else None)


def _changes_before(found: list[Change], before: datetime | None) -> tuple[Change, ...]:
    """Return a hundred changes from before a moment, and those that share the moment of the last."""
    left = [change for change in found if before is None or change.at < before]
    last = left[:CHANGES_A_PAGE][-1:]
    return tuple(change for change in left if change.at >= last[0].at) if last else ()


def subject_page(*, actor: Actor, reference: str, at: datetime) -> SubjectPage:
    """Return the subject of one case, or raise NotFound where the subject's identity is closed to the reader.

    Nothing on it says where a victim is: no words as told, no place, no address that is a victim's too, and no
    other victim's name.
    """
    read = _read(actor, reference, at)
    if read.header.subject_id is None:
        raise NotFound
    card = subject_record(actor=actor, subject=read.header.subject_id, at=at)
    others = Case.objects.visible_to(actor, at=at).filter(subject=read.case.subject_id).exclude(pk=read.case.pk)
    others = others.annotate(only_told=rows.last_only_told())
    _consulted(actor, "case.subject", read.opened, at, count=1)
    return SubjectPage(
        header=read.header,
        card=card,
        others=OTHER.all(others.order_by("-opened_at", "id")[:WHOLE]),
    )


def subject_record(*, actor: Actor, subject: UUID, at: datetime) -> SubjectCard:
    """Return a subject's record without any victim's address, or raise NotFound where the subject is closed."""
    return _without_victims_addresses(people.subject(subject, actor=actor, at=at))


def _without_victims_addresses(card: SubjectCard) -> SubjectCard:
    """Leave out every address that any victim of this subject was ever reached at, on whichever record of either."""
    cases = Case.objects.unscoped("only to leave out").filter(subject__in=records_of(card.id))
    victims = records_of_any(cases.values_list("victim", flat=True))
    addresses = VictimReach.objects.unscoped("only to leave out").filter(victim__in=victims, kind=MarkKind.ADDRESS)
    keys = set(addresses.values_list("key", flat=True))
    kept = tuple(
        mark for mark in card.marks if mark.kind is not MarkKind.ADDRESS or address_key(mark.value) not in keys
    )
    return replace(card, marks=kept)
