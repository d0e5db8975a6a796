"""What is to be looked at before it may go, and what people say about their own records, for a whole unit."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, Role, day_of
from fourfold.audit.terms import Actor
from fourfold.governance import queries
from fourfold.governance.queries import SinceMade
from fourfold.governance.rules import retention
from fourfold.governance.terms import Challenger, PackKind
from fourfold.orders.terms import OrderKind
from fourfold.support import queries as support
from fourfold.web.components.words import moment
from fourfold.web.guard import Request, page, requires
from fourfold.web.worklist import Waiting, WorkRow, kept, source
from fourfold.words import Sentence, sentence

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


def _of_reader(waits: Sequence[Waiting], actor: Actor, at: datetime) -> dict[UUID, tuple[int, int, SinceMade | None]]:
    """Return of the packs that wait for the reader how much they have to decide in each, of that what was written since
    its files were made brought, and what stands beside it for whoever makes packs.
    """
    releases = access_queries.may(actor, Permission.PACK_RELEASE)
    makes = access_queries.may(actor, Permission.PACK_MAKE)
    found = {}
    since = queries.since_made([one.about for one in waits] if makes else (), actor=actor, at=at)
    for one in waits:
        to_decide, beside = one.said["undecided"], since.get(one.about)
        if (to_decide and not makes) or (releases and not to_decide and one.by_reader):
            continue
        grown = _grown(actor, one.about, beside, at) if beside and beside.written and not to_decide else 0
        if releases or to_decide or grown:  # what was written since and leads to nobody waits for whoever releases
            found[one.about] = to_decide + grown, grown, beside
    return found if makes or releases else {}


@kept(Permission.RETENTION_REVIEW, first_for={Role.PANEL_CHAIR}, beside=_of_reader)
def packs(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the packs that wait for the reader: for what may stand in them, or for a second person to release them."""
    waits, grown, beside = one.beside
    named = beside.asked if beside and one.said["undecided"] else ""
    return WorkRow(
        due_at=one.due_at,
        what=sentence("Decide what may stand in a pack: {1}", _called(one))
        if waits
        else sentence("Release a pack, or leave it: {1}", _called(one)),
        href=reverse(
            "disclosures:dangers" if waits else "disclosures:release",
            kwargs={"reference": one.reference, "pack": one.about},
        ),
        why=_state(one, waits, grown),
        detail=sentence("waits for {1} too", named) if named else "",
        case=one.reference,
        level=one.level,
        mine=True,
    )


def _grown(actor: Actor, pack: UUID, since: SinceMade, at: datetime) -> int:
    """Return how much waits to be decided in a pack that was ready when its files were made.

    It is composed for that, with thirty statements: once a day and reader, until anything is written or decided.
    """

    def look() -> int:
        row = queries.pack_of_reader(actor, pack, at=at)
        return queries.undecided_now(actor, row, at_risk=support.names_at_risk(row.case), at=at)

    looked = (pack, since.files_of, since.written, since.decided)
    known_by = repr((*looked, actor.staff, actor.memberships, at.astimezone(LONDON).date()))
    return int(caches["worked_out"].get_or_set(f"pack.{sha256(known_by.encode()).hexdigest()}", look, 24 * 3600) or 0)


def _called(one: Waiting) -> Sentence:
    """Return what tells a pack from another of its case: of which kind, asked by whom."""
    kind, order = PackKind(one.said["kind"]).words, one.said["order"]
    kind = sentence("{1}: {2}", kind, OrderKind(order).words) if order else kind
    return sentence("{1}, asked by {2}", kind, one.text)


def _state(one: Waiting, waits: int, grown: int) -> Sentence:
    made = sentence("made {1} by {2}", moment(datetime.fromisoformat(one.said["made_at"])), one.by)
    if not waits:
        return sentence("{1}; it leaves only when somebody else has read it", made)
    if grown:
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
