"""What must be done now, by profession: the open ends of each slice as rows of one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.queries import alerts, desk
from fourfold.cases.queries.values import DeskRow
from fourfold.intake.terms import Urgency
from fourfold.orders import queries as orders
from fourfold.orders.terms import ORDER_WORDS
from fourfold.panel import queries as panel
from fourfold.panel.terms import Phase
from fourfold.plan import queries as plan
from fourfold.support import queries as support
from fourfold.web.because import because
from fourfold.web.components.shell import Link
from fourfold.web.components.words import ago, in_words, moment, overdue_by, plural
from fourfold.web.translation import Typed, composed, ours
from fourfold.words import Word, sentence, together

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class WorkRow:
    """One thing to do: when, what, on which case and why.

    `at_once` goes before everything else, however long that is overdue, and is everybody's own; `rank` orders what has
    no date. `mine`: whether it is the reader's own; left None, it is where they have a part in the case, or there is no
    case. What waits for a second person is the own of each who could be it, or it would wait for ever.
    """

    due_at: datetime | None
    what: str
    href: str
    why: str
    case_text: str = ""
    case_href: str = ""
    level: str | None = ""
    detail: str = ""
    due: str = ""
    due_note: str = ""
    overdue: bool = False
    at_once: bool = False
    rank: int = 5
    mine: bool | None = None
    kind: str = ""


@dataclass(frozen=True)
class Today:
    """The home page: the most urgent thing, then the rest, the most overdue first.

    `every` is all that is the reader's own; `tabs` lead to their own work, the unit's, and what is overdue of it.
    """

    first: WorkRow | None
    rows: tuple[WorkRow, ...]
    overdue: int
    tabs: tuple[Link, ...]
    every: tuple[WorkRow, ...]


Source = Callable[[Actor, datetime], Iterator[WorkRow]]
#: Each area adds its open ends here: the permission without which it is not asked, and what it yields.
SOURCES: list[tuple[Permission, Source]] = []


def source(permission: Permission) -> Callable[[Source], Source]:
    """Register a function that yields what is to be done, for whoever holds the permission."""

    def register(function: Source) -> Source:
        SOURCES.append((permission, function))
        return function

    return register


#: What a profession looks at before everything else that is not overdue: the sources of its own work.
FIRST_OF = {
    Role.VICTIM_ADVOCATE: ("code_clocks", "contacts"),
    Role.MENTAL_HEALTH_PROFESSIONAL: ("sessions", "views_due"),
    Role.OUTREACH_WORKER: ("sessions", "views_due"),
    Role.POLICE_ANALYST: ("new_allegations",),
    Role.PANEL_CHAIR: ("sittings",),
}
SHOWN = 60


def today(actor: Actor, at: datetime, show: str = "") -> Today:
    """Gather the actor's open ends: danger now, then what is overdue, then what their profession looks at first, then by date.

    `show` is "mine", "unit" or "overdue"; left out, their own work, or the unit's where nothing is their own. At
    most sixty rows are shown; the tabs count all.
    """
    rows = sorted(_gathered(actor, at), key=_order(actor, at))
    mine, late = [row for row in rows if row.mine], [row for row in rows if row.overdue]
    show = show if show in ("mine", "unit", "overdue") else ("mine" if mine else "unit")
    shown = {"mine": mine, "unit": rows, "overdue": late}[show]
    first = shown[0] if shown and shown[0].overdue else None
    return Today(
        first=first,
        rows=tuple(shown[1:SHOWN] if first else shown[:SHOWN]),
        overdue=sum(row.overdue for row in shown),
        tabs=(
            Link(composed("Mine ({1})", len(mine)), "?show=mine", current=show == "mine"),
            Link(composed("My unit ({1})", len(rows)), "?show=unit", current=show == "unit"),
            Link(composed("Overdue ({1})", len(late)), "?show=overdue", current=show == "overdue"),
        ),
        every=tuple(mine),
    )


def _gathered(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield every open end with its date in words, and whether it is the actor's own."""
    reverse("home")  # reads every page, and with them what each has added to the sources
    asked = [function for permission, function in SOURCES if access_queries.may(actor, permission)]
    found = [(function.__name__, row) for function in asked for row in function(actor, at)]
    unsaid = {row.case_text for _, row in found if row.mine is None and row.case_text}
    own = alerts.my_references(actor=actor, references=unsaid, at=at) if unsaid else frozenset()
    for kind, row in found:
        mine = row.mine if row.mine is not None else not row.case_text or row.case_text in own
        yield replace(row, mine=mine or row.at_once, kind=kind, **_dated(row, at))


def _order(actor: Actor, at: datetime) -> Callable[[WorkRow], tuple[bool, bool, bool, datetime]]:
    first = {kind for role in actor.roles if role in FIRST_OF for kind in FIRST_OF[Role(role)]}
    return lambda row: (
        not row.at_once,
        not row.overdue,
        not row.overdue and row.kind not in first,
        row.due_at or at + timedelta(days=row.rank),
    )


def _dated(row: WorkRow, at: datetime) -> dict[str, Any]:
    if row.due_at is None:
        return {"due": row.due or "no date"}
    late, day = row.due_at < at, moment(row.due_at)
    if late:
        return {"overdue": True, "due": overdue_by(row.due_at, at), "due_note": day}
    return {"due": day, "due_note": ago(row.due_at, at)}


@lru_cache(maxsize=4_096)  # a day names the same cases again and again
def case_link(reference: str) -> str:
    """Return the address of a case."""
    return _address("case:pattern", reference=reference)


def _address(name: str, **kwargs: object) -> str:
    """Return a page's address; a page that this release does not have leads to the day."""
    try:
        return reverse(name, kwargs=kwargs or None)
    except NoReverseMatch:
        return reverse("home")


def end_of(day: date) -> datetime:
    """Return the last minute of a day in London: what is due on it is overdue from the next."""
    return datetime.combine(day, time(23, 59), tzinfo=LONDON)


@source(Permission.BREACH_RECORD)
def breaches(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the breaches after which arrest, charge or telling the victim is undecided, and those treated alone."""
    for one in orders.breaches_undecided(actor=actor, at=at):
        undecided = ", ".join(in_words(step) for step in one.undecided)
        yield WorkRow(
            due_at=one.decide_by,
            what=f"Decide after the breach of condition {one.condition}: {undecided or 'assess again'}",
            href=_address("orders:page", reference=one.reference),
            why=one.alarm or "breach clock, 48 hours",
            case_text=one.reference,
            case_href=case_link(one.reference),
        )


@source(Permission.BREACH_RECORD)
def acts_under_order(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the acts that happened while an order bound him and that nobody has called a breach or not."""
    for one in orders.acts_under_order(actor=actor, at=at):
        yield WorkRow(
            due_at=None,
            what="Say whether this act was a breach",
            href=_address("orders:act", reference=one.reference, allegation=one.allegation),
            why=f"he was bound: {one.under}",
            case_text=one.reference,
            case_href=case_link(one.reference),
            detail=f"act of {moment(one.happened_at)}",
            rank=1,
        )


@source(Permission.ALLEGATION_TRIAGE)
def new_allegations(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the allegations that have not left the desk: every one that says danger now, and the newest of the rest.

    A feed of thousands may not push a threat to kill off the page.
    """
    hours = {"now": 0, "today": 8, "soon": 72, "routine": 120}
    dangers = desk.untriaged(actor=actor, at=at, urgency=Urgency.NOW).rows
    newest = desk.untriaged(actor=actor, at=at, most=20).rows
    for one in (*dangers, *(row for row in newest if row.urgency is not Urgency.NOW)):
        yield WorkRow(
            due_at=one.received_at + timedelta(hours=hours[one.urgency]),
            what=sentence("Triage: {1}", _class_of(one)),
            href=_address("desk:allegation", allegation=one.id),
            why=together("; ", map(ours, one.urgency_reasons)) or Word("new at the desk"),
            detail=one.reference,
            at_once=one.urgency is Urgency.NOW,
            mine=False,
        )


def _class_of(allegation: DeskRow) -> str:
    recorded = allegation.recorded_class
    return recorded.label if recorded else allegation.class_as_recorded or Word("allegation")


@source(Permission.PANEL_GIVE_VIEW)
def views_due(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sittings ahead for which the person has not given every view."""
    for one in panel.sittings(actor=actor, at=at):
        if one.mine_missing and one.starts_at > at - timedelta(days=14):
            yield WorkRow(
                due_at=one.starts_at,
                what=f"Give your view on {one.mine_missing} of {one.items} cases before the panel sits",
                href=_address("panel:sitting", sitting=one.id),
                why="panel phase: independent",
            )


@source(Permission.REVIEW_RECORD)
def reviews(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the reviews that are overdue or fall due within three days."""
    soon = at + timedelta(days=3)
    for one in cases.reviews_of_the_day(actor=actor, at=at, by=soon, most=30):
        yield WorkRow(
            due_at=one.due_at,
            what=f"Review {one.victim}",
            href=case_link(one.reference),
            why=because(one.because, one.trigger),
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
        )


@source(Permission.CASE_TRANSFER)
def victims_of_nobody(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the cases in which nobody is the victim's advocate: nobody else is told that she is not reached."""
    for one in cases.without_advocate(actor=actor, at=at):
        yield WorkRow(
            due_at=one.opened_at + timedelta(days=2),
            what="Give this victim an advocate: she has none",
            href=_address("case:team", reference=one.reference),
            why="an advocate is offered to every victim",
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
            mine=False,
        )


@source(Permission.ACTION_UPDATE)
def actions(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the actions that are late or due within three days: the person's own, their agency's that nobody has, the unit's."""
    soon = at.astimezone(LONDON).date() + timedelta(days=3)
    own = plan.actions_due(actor=actor, at=at, by=soon, mine=True)
    for one in dict.fromkeys((*own, *plan.actions_due(actor=actor, at=at, by=soon))):
        yield WorkRow(
            due_at=datetime.combine(one.due_on, time(17), tzinfo=LONDON),
            what=Typed(one.what),
            href=_address("plan:action", reference=one.reference, action=one.id),
            why="waits until the victim is told" if one.waits_for_victim else "action of the plan",
            detail=_whose(one),
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
            mine=one.mine,
        )


def _whose(action: plan.ActionDue) -> str:
    if action.mine:
        return "" if action.owner else Word("your agency's; nobody is named")
    return action.owner or Word("nobody is named")


@source(Permission.SESSION_RECORD)
def sessions(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sessions of today and tomorrow, and those that have been and of which nobody said what became."""
    midnight = datetime.combine(at.astimezone(LONDON).date() + timedelta(days=2), time(), tzinfo=LONDON)
    own = plan.sessions_due(actor=actor, at=at, by=midnight, mine=True)
    for one in dict.fromkeys((*own, *plan.sessions_due(actor=actor, at=at, by=midnight))):
        yield WorkRow(
            due_at=one.planned_at,
            what=f"Say what became of the {one.strand.label} session"
            if one.passed
            else f"{one.strand.label.capitalize()} session",
            href=_address("plan:settle", reference=one.reference, session=one.id),
            why=f"planned by {one.planned_by}",
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
            mine=one.mine,
        )


@source(Permission.PANEL_DECIDE)
def sittings(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the next sitting, and the items that only its chair brings on: views to open, a decision to record."""
    if ahead := panel.next_sitting(actor=actor, at=at):
        yield WorkRow(
            due_at=max(ahead.starts_at, at),
            what="Chair the panel" if ahead.mine else "The panel sits",
            href=_address("panel:sitting", sitting=ahead.id),
            why="the next sitting",
            mine=ahead.mine,
        )
    for one in panel.items_for_chair(actor=actor, at=at):
        views_open = one.phase is Phase.CONSOLIDATING
        yield WorkRow(
            due_at=one.starts_at,
            what="Record the panel's decision" if views_open else "Open the views: every profession has spoken",
            href=_address("panel:decide" if views_open else "panel:item", item=one.id),
            why=f"panel phase: {one.phase}",
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
            mine=one.mine,
        )


@source(Permission.PANEL_VIEW)
def invitations(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sittings to which the person is invited and has not said whether they come."""
    for one in panel.invitations_waiting(actor=actor, at=at):
        yield WorkRow(
            due_at=one.starts_at,
            what="Say whether you come to the panel",
            href=_address("panel:sitting", sitting=one.id),
            why="you are invited",
            mine=True,
        )


@source(Permission.LEVEL_COUNTERSIGN)
def untold_asked(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the steps that colleagues want to take before the victim is told, for each who could sign that."""
    asked = (
        *(("plan:sign", {"action": one.about, "asked": one.id}, one) for one in plan.untold_asked(actor=actor, at=at)),
        *(("orders:sign", {"untold": one.id}, one) for one in orders.untold_asked(actor=actor, at=at)),
    )
    for place, which, one in asked:
        yield WorkRow(
            due_at=one.asked_at,
            what=f"Sign, or not, before she is told: {one.what}",
            href=_address(place, reference=one.reference, **which),
            why=f"asked by {one.asked_by}",
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
            mine=True,
        )


@source(Permission.SUPPORT_RECORD)
def contacts(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the silent victims, then whom to reach in the order of their safe hours."""
    for silent in support.silent_victims(actor=actor, at=at):
        yield WorkRow(
            due_at=at - timedelta(days=silent.days - 14),
            what="Nobody has reached this victim safely",
            href=_address("support:file", reference=silent.reference),
            why=f"silent for {silent.days} days",
            case_text=silent.reference,
            case_href=case_link(silent.reference),
            level=silent.level,
        )
    for one in support.contacts_in_order(actor=actor, at=at)[:20]:
        yield WorkRow(
            due_at=None if one.opens is None else max(one.opens, at + timedelta(minutes=1)),
            due="no safe hours agreed",
            what=f"Contact {one.name}",
            href=_address("support:file", reference=one.reference),
            why="safe hours are open now" if one.open_now else "safe hours",
            detail=one.how,
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
        )


#: How long what was not recorded stands on the day with a row of its own.
LATELY = timedelta(days=30)


@source(Permission.SUPPORT_RECORD)
def code_clocks(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what the victims of the advocate's own cases have not been told yet, by the day on which they are to be."""
    for one in support.updates_owed(actor=actor, at=at, mine=True):
        yield WorkRow(
            due_at=end_of(one.due_on),
            what=one.what.task,
            href=_address("support:contact", reference=one.reference),
            why=f"Victims' Code, {plural(one.working_days, 'working day')}",
            detail=one.how,
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
        )


@source(Permission.SUPPORT_RECORD)
def entitlements(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the own cases in which something she is entitled to is due within three days or lately overdue, a row for
    each; and one row for those that have lain longer than a month, which would hide what cannot wait.
    """
    today = at.astimezone(LONDON).date()
    due = support.entitlements_due(actor=actor, at=at, by=today + timedelta(days=3))
    lately = [one for one in due if one.due_on >= today - LATELY][:20]
    if long := due[len(lately) :]:
        yield WorkRow(
            due_at=None,
            due="for a long time",
            what=f"What she is entitled to is not on record in {plural(len(long), 'more case' if lately else 'case')}",
            href=_address("care:page", reference=long[0].reference),
            why=f"the latest of them: {long[0].reference}",
            mine=True,
        )
    for one in lately:
        yield WorkRow(
            due_at=end_of(one.due_on),
            what=f"Not on record yet: {one.words}" + (f", and {one.more} more" if one.more else ""),
            href=_address("care:entitlement", reference=one.reference, code=one.code),
            why=f"what she is entitled to, {plural(one.working_days, 'working day')}",
            case_text=one.reference,
            case_href=case_link(one.reference),
            level=one.level,
        )


@source(Permission.ORDER_RECORD)
def orders_that_end(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the orders that end soon, and those under which a notification is missing."""
    for missing in orders.notifications_missing(actor=actor, at=at):
        yield WorkRow(
            due_at=end_of(missing.due_on),
            what="His name and address were not notified in three days",
            href=_address("orders:page", reference=missing.reference),
            why="notification after service",
            case_text=missing.reference,
            case_href=case_link(missing.reference),
        )
    for gone in orders.lapsed(actor=actor, at=at):
        yield WorkRow(
            due_at=end_of(gone.expired_on),
            what=f"{ORDER_WORDS[gone.kind].capitalize()} ran out, and nothing took its place",
            href=_address("orders:page", reference=gone.reference),
            why="apply for another, or record how it ended",
            case_text=gone.reference,
            case_href=case_link(gone.reference),
        )
    for one in orders.expiring(actor=actor, at=at):
        if one.warning and one.days_left >= 0:
            yield WorkRow(
                due_at=datetime.combine(one.expires_on, time(12), tzinfo=LONDON),
                what=f"{ORDER_WORDS[one.kind].capitalize()} ends in {one.days_left} days",
                href=_address("orders:page", reference=one.reference),
                why=f"warning at {one.warning} days",
                case_text=one.reference,
                case_href=case_link(one.reference),
            )


@source(Permission.SUPPORT_RECORD)
def protection_that_ends(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the orders of the own cases that end soon, without their conditions, for whoever stands by her.

    Whoever records orders has the row already.
    """
    if access_queries.may(actor, Permission.ORDER_RECORD):
        return
    for one in orders.expiring(actor=actor, at=at, mine=True):
        left = f"in {plural(one.days_left, 'day')}" if one.days_left else "today"
        yield WorkRow(
            due_at=datetime.combine(one.expires_on, time(12), tzinfo=LONDON),
            what=f"Her protection ends {left}: {ORDER_WORDS[one.kind]}",
            href=_address("orders:page", reference=one.reference),
            why=f"agree with her what follows; warning at {one.warning} days",
            case_text=one.reference,
            case_href=case_link(one.reference),
        )
