"""What is to be looked at before it may go, and what people say about their own records, for a whole unit."""

from collections.abc import Iterator
from datetime import date, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, Role, day_of
from fourfold.audit.terms import Actor
from fourfold.governance import queries
from fourfold.governance.queries.waiting import PackWaiting
from fourfold.governance.rules import retention
from fourfold.governance.terms import Challenger
from fourfold.support import queries as support
from fourfold.web.components.words import moment
from fourfold.web.guard import Request, page, requires
from fourfold.web.worklist import Waiting, WorkRow, end_of, kept, source
from fourfold.words import Sentence, Word, sentence

LONDON = ZoneInfo("Europe/London")


@requires(Permission.RETENTION_REVIEW, compartments={Compartment.CORE}, methods=("GET",))
def due(request: Request) -> HttpResponse:
    """Show the closed cases whose retention is due, each with its rule and what holds it."""
    value = queries.retention_due(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "retaining/due.html", value=value)


@kept(Permission.CHALLENGE_RECORD)
def challenges(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say what people say about their own records and nobody has answered, at the reader's units."""
    if one.site not in actor.sites:
        return None
    asked = ((date.fromisoformat(day), came and date.fromisoformat(came)) for day, came in one.said["waits"])
    waits = retention.waited(asked, on=day_of(at))
    due_on = retention.answer_due(date.fromisoformat(one.said["received_on"]), waits=waits)
    return WorkRow(
        due_at=datetime.combine(due_on, time(17), tzinfo=LONDON),
        what=sentence("Answer what a person says about a record: {1}", one.text),
        href=reverse("disclosures:answer", kwargs={"reference": one.reference, "challenge": one.about}),
        why="one month from the day you received it",
        detail=Challenger(one.said["by_whom"]).words,
        case=one.reference,
        mine=True,
    )


@source(Permission.RETENTION_REVIEW, first_for={Role.PANEL_CHAIR})
def packs(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the packs that wait for the reader: for what may stand in them, or for a second person to release them."""
    for one in queries.packs_waiting(actor=actor, at=at):
        waits = one.to_decide or (_grown(actor, one, at) if one.to_look else 0)
        if one.to_look and not waits and not access_queries.may(actor, Permission.PACK_RELEASE):
            continue  # what was written since leads to nobody
        asked = sentence("waits for {1} too", one.asked) if one.asked and one.to_decide else Word("")
        yield WorkRow(
            due_at=end_of(one.due_on),
            what=sentence("Decide what may stand in a pack: {1}", _called(one))
            if waits
            else sentence("Release a pack, or leave it: {1}", _called(one)),
            href=reverse(
                "disclosures:dangers" if waits else "disclosures:release",
                kwargs={"reference": one.reference, "pack": one.id},
            ),
            why=_state(one, waits),
            detail=asked,
            case=one.reference,
            level=one.level,
            mine=True,
        )


def _grown(actor: Actor, one: PackWaiting, at: datetime) -> int:
    """Return how much waits to be decided in a pack that was ready when its files were made.

    It is composed for that, with thirty statements: once a day and reader, until anything is written or decided.
    """

    def look() -> int:
        row = queries.pack_of_reader(actor, one.id, at=at)
        return queries.undecided_now(actor, row, at_risk=support.names_at_risk(row.case), at=at)

    known_by = repr((*one.looked, actor.staff, actor.memberships, at.astimezone(LONDON).date()))
    return int(caches["worked_out"].get_or_set(f"pack.{sha256(known_by.encode()).hexdigest()}", look, 24 * 3600) or 0)


def _called(one: PackWaiting) -> Sentence:
    """Return what tells a pack from another of its case: of which kind, asked by whom."""
    kind = sentence("{1}: {2}", one.kind.words, one.order.words) if one.order else one.kind.words
    return sentence("{1}, asked by {2}", kind, one.asked_by)


def _state(one: PackWaiting, waits: int) -> Sentence:
    made = sentence("made {1} by {2}", moment(one.made_at), one.made_by)
    if not waits:
        return sentence("{1}; it leaves only when somebody else has read it", made)
    if one.to_look:
        return sentence(
            "{1}; since then the record has changed, {2} to decide; it is not released before that", made, waits
        )
    return sentence("{1}; {2} to decide; it is not released before that", made, waits)


@source(Permission.RETENTION_REVIEW)
def reviews_of_retention(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield that retention reviews are overdue, in one row: they are never the most urgent."""
    found = queries.retention_due(actor=actor, at=at)
    late = [row for row in found.rows if row.overdue and not row.on_hold]
    if late:
        yield WorkRow(
            due_at=None,
            due="when you can",
            what="Review whether to keep closed cases",
            href=reverse("unit:retention"),
            why=sentence("{1}{2} overdue under the retention schedule", len(late), " or more" if found.next else ""),
            rank=30,
            mine=False,
        )


urlpatterns = [path("unit/retention/", due, name="unit:retention")]
