"""Oversight: who read, changed or was refused what, and whether the log holds."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from fourfold.access import ends as access_ends
from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.conditions import IsThere
from fourfold.access.models import EndAsked, Staff, Wall, WallSaid
from fourfold.access.paging import WHOLE, Page, page_of
from fourfold.access.statements import composed
from fourfold.access.terms import LONDON, NotFound, Permission, Refused, WallKind, existing
from fourfold.access.terms.endings import EndShown
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.queries import Told
from fourfold.audit.rules import record
from fourfold.audit.terms import Actor, Verdict
from fourfold.cases import queries as cases
from fourfold.cases.models import Case, Screening
from fourfold.cases.queries import ends, parts
from fourfold.cases.queries.parts import EndTold
from fourfold.cases.queries.values import WallToConsider
from fourfold.governance.log_words import compartment_words, log_words, why_words
from fourfold.governance.queries.probing import against_hidden
from fourfold.governance.verification import whole_log
from fourfold.intake.models import Allegation
from fourfold.people.queries.endpoints import confirmed_lately
from fourfold.programme.queries import name_of
from fourfold.words import together

WHY = "oversight names a case by its reference and opens no file"


@dataclass(frozen=True)
class LogRow:
    """One entry as oversight reads it."""

    seq: int
    at: datetime
    who: str
    partner: str
    action: str
    operation: str
    case: str
    compartments: tuple[str, ...]
    rule: str
    strength: str


@dataclass(frozen=True)
class LogPage:
    """A page of the log, newest first, and what it was narrowed to."""

    rows: Page[LogRow]
    case: str
    person: str
    day: date | None
    operation: str


def log_page(
    *,
    actor: Actor,
    at: datetime,
    after: str = "",
    case: str = "",
    person: str = "",
    day: date | None = None,
    operation: str = "",
) -> LogPage:
    """Return entries newest first, of one case, person, day or kind where asked. At most two statements and the log's.

    `person` is a name or a part of one: entries of everybody who has it.

    A reference that does not exist gives an empty page, like one that nobody has read.
    """
    _require(actor)
    entries = Entry.objects.all()
    if case:
        file = Case.objects.unscoped(WHY).filter(reference=case.strip().upper()).values_list("pk", flat=True).first()
        entries = entries.filter(file=file) if file else entries.none()
    if person:
        entries = entries.filter(actor__in=Staff.objects.filter(name__icontains=person.strip()).values("pk"))
    if day is not None:
        begins, ends = (datetime.combine(day, clock, tzinfo=LONDON) for clock in (time.min, time.max))
        entries = entries.filter(at__gte=begins, at__lte=ends)
    if operation:
        entries = entries.filter(operation=operation)
    names = Staff.objects.filter(pk=OuterRef("actor")).values("name")
    references = Case.objects.unscoped(WHY).filter(pk=OuterRef("file")).values("reference")
    entries = entries.annotate(name=Subquery(names), reference=Subquery(references))
    shown = page_of(entries, "-seq", after=after)
    audit.consulted(actor, "oversight.log", at=at, count=len(shown))
    return LogPage(shown.map(_row), case, person, day, operation)


def verdict(*, actor: Actor, told: Told) -> Verdict:
    """Read the whole log and say whether it holds; `told` hears how many steps are done, of how many."""
    _require(actor)
    return whole_log(told=told)


@dataclass(frozen=True)
class SaidOfWall:
    """What one person said of a wall: that it is to go, or to stay, and why."""

    lifts: bool
    by: str
    partner: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class WallShown:
    """A provisional wall: around which allegation, whom it keeps out, since when and why; never what is behind it."""

    id: UUID
    file: UUID
    reference: str
    site: str
    who: str
    reason: str
    since: datetime
    said: tuple[SaidOfWall, ...]
    mine: bool


@dataclass(frozen=True)
class WallsPage:
    """The provisional walls of the actor's sites, the oldest first, and where the desk asks for one."""

    walls: tuple[WallShown, ...]
    to_consider: tuple[WallToConsider, ...]


@dataclass(frozen=True)
class WallForm:
    """An allegation about which the desk asks for a wall, and whom of the unit it might keep out: people or agencies."""

    asked: WallToConsider
    unit: tuple[tuple[UUID, str], ...]
    agencies: tuple[tuple[str, str], ...]


def walls_page(*, actor: Actor, at: datetime) -> WallsPage:
    """Return the provisional walls around allegations of the actor's sites, without those in the actor's own way.

    Where the actor may set walls, also what the desk asks to consider. Six statements and the log's, however many.
    """
    access.require(actor, Permission.WALL_LIFT, at=at)
    walls = list(_walls(actor, at)[:WHOLE])
    audit.consulted(actor, "oversight.walls", at=at, count=len(walls))
    sets = access_queries.may(actor, Permission.WALL_SET)
    return WallsPage(_shown(actor, walls), cases.walls_to_consider(actor=actor, at=at) if sets else ())


def wall_shown(*, actor: Actor, wall: UUID, at: datetime) -> WallShown:
    """Return one provisional wall that the actor may keep or lift, or raise NotFound."""
    access.require(actor, Permission.WALL_LIFT, at=at)
    walls = list(_walls(actor, at).filter(pk=wall))
    if not walls:
        raise NotFound
    (shown,) = _shown(actor, walls)
    return shown


def wall_form(*, actor: Actor, allegation: UUID, at: datetime) -> WallForm:
    """Return what the desk asks to consider about one allegation, with the unit to choose from, or raise NotFound."""
    asked = existing(
        next((row for row in cases.walls_to_consider(actor=actor, at=at) if row.allegation == allegation), None)
    )
    members = access_queries.unit_of(asked.site, at=at)
    agencies = {person.partner: name_of(person.partner) for person, _ in members}
    unit = {person.pk: f"{person.name}, {role.replace('_', ' ')}" for person, role in members}
    return WallForm(asked, tuple(unit.items()), tuple(sorted(agencies.items(), key=lambda one: one[1])))


@dataclass(frozen=True)
class OversightWaits:
    """Whether a provisional wall waits, the desk asks for one, something was confirmed that may be somebody else's,
    something is to end by the actor's word, or did not by the actor's, or contacts were asked for against what is hidden."""

    walls: bool
    asked: bool
    confirmed: bool
    ends: bool
    hidden: bool


def oversight_waits(*, actor: Actor, at: datetime) -> OversightWaits:
    """Return what there is for the actor to look at in oversight; one statement."""
    row = next(iter(_waits(actor, at)), None)
    return OversightWaits(*map(bool, row or (False,) * 5))


@composed
def _waits(actor: Actor, at: datetime) -> QuerySet[Staff, Any]:
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    asked = (
        cases.asked_for_a_wall(actor, at=at)
        if access_queries.may(actor, Permission.WALL_SET)
        else Screening.objects.none()
    )
    hidden = against_hidden(actor, at=at)
    there = (_walls(actor, at).order_by(), asked, confirmed_lately(sites, at=at), _ends(actor, at), hidden)
    return Staff.objects.filter(pk=actor.staff).values_list(*map(Exists, there))


def ends_to_answer(*, actor: Actor, at: datetime) -> tuple[EndShown, ...]:
    """Return what is to end by the actor's word, where they do not find it among the parts in cases."""
    return ends.ends_to_answer(actor=actor, at=at) if _ends_here(actor) else ()


def ends_in_vain(*, actor: Actor, at: datetime) -> tuple[EndTold, ...]:
    """Return what the actor asked for and nobody confirmed, where they do not find it among the parts in cases."""
    return parts.ends_in_vain(actor=actor, at=at) if _ends_here(actor) else ()


def _ends(actor: Actor, at: datetime) -> QuerySet[EndAsked]:
    if not _ends_here(actor):
        return EndAsked.objects.none()
    mine, in_vain = ends.to_answer(actor, at=at).order_by(), access_ends.refused(actor, at=at)
    return EndAsked.objects.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=in_vain.values("pk")))


def _ends_here(actor: Actor) -> bool:
    may = access_queries.may
    return may(actor, Permission.ENDING_CONFIRM) and not may(actor, Permission.PART_CONFIRM)


@dataclass(frozen=True)
class StandingWall:
    """A wall around a case, or a report that no case came of: whom it keeps out, since when, why; never what is behind it.

    `until`: it stands on one person's word, and falls then unless a second stands by it.
    """

    id: UUID
    file: UUID
    reference: str
    site: str
    case: bool
    who: str
    reason: str
    since: datetime
    until: datetime | None
    said: tuple[SaidOfWall, ...]
    mine: bool


def standing_walls(*, actor: Actor, at: datetime, after: str = "") -> Page[StandingWall]:
    """Return the walls that stand around what the actor's sites hold, the newest first, without those in their own way.

    Five statements and the log's, however many.
    """
    access.require(actor, Permission.WALL_LIFT, at=at)
    walls = page_of(_standing(actor, at), "-from_at", "id", after=after)
    audit.consulted(actor, "oversight.standing_walls", at=at, count=len(walls))
    shown = {one.id: one for one in _stand(actor, list(walls))}
    return walls.map(lambda wall: shown[wall.pk])


def standing_wall(*, actor: Actor, wall: UUID, at: datetime) -> StandingWall:
    """Return one of them, or raise NotFound."""
    access.require(actor, Permission.WALL_LIFT, at=at)
    found = _stand(actor, list(_standing(actor, at).filter(pk=wall)))
    if not found:
        raise NotFound
    return found[0]


def _standing(actor: Actor, at: datetime) -> QuerySet[Wall]:
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    here = {"pk": OuterRef("file"), "site__in": sites}  # asked of each wall: sites hold many more files than walls
    held = Case.objects.unscoped(WHY).filter(**here)
    alone = Allegation.objects.unscoped(WHY).filter(**here, case_acts=None)
    walls = access_queries.may_lift(actor, at=at, provisional=False).exclude(kind=WallKind.PROVISIONAL)
    return walls.filter(IsThere(held) | IsThere(alone))


def _stand(actor: Actor, walls: list[Wall]) -> list[StandingWall]:
    files = {wall.file for wall in walls}
    held = {row.pk: row for row in Case.objects.unscoped(WHY).filter(pk__in=files).only("reference", "site")}
    told = {row.pk: row for row in Allegation.objects.unscoped(WHY).filter(pk__in=files).only("reference", "site")}
    around: dict[UUID, Case | Allegation] = {**told, **held}
    said = _said_of(walls)
    names = access_queries.names_of(wall.staff_id for wall in walls if wall.staff_id)
    return [
        StandingWall(
            id=wall.pk,
            file=wall.file,
            reference=around[wall.file].reference,
            site=around[wall.file].site,
            case=wall.file in held,
            who=names.get(wall.staff_id, "") if wall.staff_id else name_of(wall.partner),
            reason=wall.reason,
            since=wall.from_at,
            until=wall.until_at,
            said=_spoken(said[wall.pk]),
            mine=any(row.said_by.natural == actor.person for row in said[wall.pk]),
        )
        for wall in walls
    ]


def walls_waiting(*, actor: Actor, at: datetime) -> int:
    """Return how many provisional walls wait for a word of the actor's. One statement."""
    if not access_queries.may(actor, Permission.WALL_LIFT):
        return 0
    return _walls(actor, at).exclude(said__said_by__in=signatories.records_of(actor)).count()


def _walls(actor: Actor, at: datetime) -> QuerySet[Wall]:
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    allegations = Allegation.objects.unscoped(WHY).filter(pk=OuterRef("file"), site__in=sites)
    return access_queries.may_lift(actor, at=at).filter(IsThere(allegations)).order_by("from_at", "id")


def _shown(actor: Actor, walls: list[Wall]) -> tuple[WallShown, ...]:
    files = {wall.file for wall in walls}
    allegations = {
        row.pk: row for row in Allegation.objects.unscoped(WHY).filter(pk__in=files).only("reference", "site")
    }
    said = _said_of(walls)
    names = access_queries.names_of(wall.staff_id for wall in walls if wall.staff_id)
    return tuple(
        WallShown(
            id=wall.pk,
            file=wall.file,
            reference=allegations[wall.file].reference,
            site=allegations[wall.file].site,
            who=names.get(wall.staff_id, "") if wall.staff_id else name_of(wall.partner),
            reason=wall.reason,
            since=wall.from_at,
            said=_spoken(said[wall.pk]),
            mine=any(row.said_by.natural == actor.person for row in said[wall.pk]),
        )
        for wall in walls
    )


def _said_of(walls: list[Wall]) -> dict[UUID, list[WallSaid]]:
    said: dict[UUID, list[WallSaid]] = defaultdict(list)
    for row in WallSaid.objects.filter(wall__in=walls).select_related("said_by").order_by("said_at"):
        said[row.wall_id].append(row)
    return said


def _spoken(said: list[WallSaid]) -> tuple[SaidOfWall, ...]:
    return tuple(SaidOfWall(row.lifts, row.said_by.name, row.said_by.partner, row.reason, row.said_at) for row in said)


def _row(entry: Any) -> LogRow:
    """Return an entry, read with the `name` of who acts and the `reference` of the case, as oversight reads it."""
    body = record(entry.body)
    return LogRow(
        seq=entry.seq,
        at=entry.at,
        who=entry.name or "somebody no longer registered",
        partner=body.get("partner", ""),
        action=log_words(entry.action, entry.operation),
        operation=entry.operation.replace("_", " "),
        case=entry.reference or "",
        compartments=tuple(compartment_words(name) for name in body.get("compartments", [])),
        rule=together("; ", map(why_words, body.get("rules", []))),
        strength=body.get("strength", ""),
    )


def _require(actor: Actor) -> None:
    if not access_queries.may(actor, Permission.AUDIT_VIEW):
        raise Refused("role", "Your role does not include oversight.")
