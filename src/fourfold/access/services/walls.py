"""Walls between a person and a file: declared, set, copied, and lifted by two people."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import endings, ends, queries, signatories
from fourfold.access.models import EndAsked, Relation, Wall, WallSaid
from fourfold.access.scoping import walls_against
from fourfold.access.services.ends import close_asked, let_lapse
from fourfold.access.services.requiring import require
from fourfold.access.statements import for_nobody
from fourfold.access.terms import CannotWall, Permission, Refused, WallKind, existing
from fourfold.access.terms.endings import Ending
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation

WAITS = "A wall against this person stands already, until a second person confirms it."
LIFTED = "the wall was removed"
FELL = "You set this wall before, and nobody stood by it. Somebody else has to set it."


def declare_conflict(*, actor: Actor, files: Iterable[UUID], at: datetime) -> None:
    """Close files to the actor, who knows somebody in them; no explanation is asked."""
    require(actor, Permission.WALL_DECLARE, at=at)
    _wall(actor, list(files), at, staff_id=actor.staff, kind=WallKind.DECLARED)


def set_wall(
    *,
    actor: Actor,
    files: Iterable[UUID],
    at: datetime,
    staff: UUID | None = None,
    partner: str = "",
    kind: WallKind | None = None,
    reason: str = "",
) -> None:
    """Wall a person or a whole partner off some files; from the next request they do not exist there.

    Against whom somebody with a part in one of them is, or works for, it stands for three days, and for good once a second person stands by
    it. Raises CannotWall for who set one that nobody stood by.
    """
    require(actor, Permission.WALL_SET, at=at)
    around = list(files)
    if ends.fell_before(actor, staff, partner, around, at=at):
        raise CannotWall("staff", FELL)
    try:
        kind = kind or (WallKind.ORGANISATION if partner else WallKind.ASSIGNED)
        _wall(actor, around, at, staff_id=staff, partner=partner, kind=kind, reason=reason)
    except IntegrityError as waits:
        raise CannotWall("staff", WAITS) from waits


def lift_wall(*, actor: Actor, wall: Wall, second: Actor, at: datetime) -> None:
    """Lift a wall: two people of two partners, and never the one it stands against."""
    require(actor, Permission.WALL_LIFT, at=at)
    require(second, Permission.WALL_LIFT, at=at)
    if signatories.why_not_second(actor.staff, second, at=at, not_agency=actor.partner) or _concerns(
        wall, actor, second
    ):
        raise Refused("two agencies", "A wall is lifted by two people from two agencies, never by the one it concerns.")
    with audit.recorded(actor, "wall.lifted", at=at, file=wall.file, operation=Operation.CONFIGURATION) as entry:
        wall.until_at = at
        wall.lifted_by = [str(actor.staff), str(second.staff)]
        wall.save(update_fields=["until_at", "lifted_by"])
        entry.about(wall)
        _nothing_to_ask(entry, wall, at)


def _nothing_to_ask(entry: Draft, wall: Wall, at: datetime) -> None:
    """Close what is asked of a wall that stands no longer, unless another stands in its place since it was asked."""
    whom = ends.against(wall.staff_id, wall.partner)
    stands = Wall.objects.filter(_standing(at), whom, file=wall.file, from_at__gte=OuterRef("asked_at"))
    asked = EndAsked.objects.filter(whom, ending=Ending.WALL, file=wall.file)
    close_asked(entry, asked.exclude(Exists(stands)), at, because=LIFTED)


def _concerns(wall: Wall, *people: Actor) -> bool:
    """Return whether a wall stands against one of these persons, whatever record or agency of theirs it names."""
    against = (walls_against(signatories.records_of(each), each.partner) for each in people)
    return any(Wall.objects.filter(mine, pk=wall.pk).exists() for mine in against)


def say_of_wall(
    *, actor: Actor, wall: UUID, lifts: bool, reason: str, at: datetime, around: Iterable[UUID] = ()
) -> WallSaid:
    """Record that a provisional wall is to stay, or that a wall is to go: it goes once two people of two agencies said so.

    A wall that is to stay is provisional no longer; where it keeps out somebody who works on what it stands around, or on
    one of the files `around`, once two people of two agencies said so. With one that goes, what the same person set
    against the same around those files goes too. Raises NotFound for one that does not stand, or stands in the actor's own
    way; CannotWall without a reason, and for saying the same twice.
    """
    require(actor, Permission.WALL_LIFT, at=at)
    if not reason.strip():
        raise CannotWall("reason", "Say why the wall is to stay, or to go.")
    with audit.recorded(
        actor, "wall.to_go" if lifts else "wall.to_stay", at=at, operation=Operation.CONFIGURATION
    ) as entry:
        standing = queries.may_lift(actor, at=at, provisional=not lifts)
        found = existing(standing.select_for_update().filter(pk=wall).first())
        others = _who_said_so(found, actor, at, lifts=lifts)
        said = entry.about(
            WallSaid.objects.create(wall=found, lifts=lifts, reason=reason.strip(), said_by_id=actor.staff, said_at=at)
        )
        entry.file, entry.reason = found.file, reason
        if not lifts and (others or not _keeps_from_work(found, around, at)):
            found.kind, found.came_with = WallKind.ASSIGNED, None
            found.save(update_fields=["kind", "came_with"])
            entry.about(found)
        elif lifts and others:
            for each in (found, *_set_with(found, around, at)):
                lift_wall(actor=actor, wall=each, second=others[-1], at=at)
    return said


def _set_with(wall: Wall, around: Iterable[UUID], at: datetime) -> list[Wall]:
    """Return what the same person set against the same around some files."""
    whom = ends.against(wall.staff_id, wall.partner)
    same = Wall.objects.filter(_standing(at), whom, set_by=wall.set_by, kind=wall.kind, file__in=list(around))
    return list(same.exclude(pk=wall.pk).select_for_update(of=("self",)).order_by("pk"))


def _keeps_from_work(wall: Wall, around: Iterable[UUID], at: datetime) -> bool:
    """Return whether a wall takes two people to keep: somebody whom it keeps out works on what it stands around."""
    held = ends.parts_behind(wall.staff_id, [wall.file, *around], at=at, partner=wall.partner)
    return endings.how(Ending.WALL, works_on_it=bool(held), agency=wall.staff_id is None).people > 1


def _who_said_so(wall: Wall, actor: Actor, at: datetime, *, lifts: bool) -> list[Actor]:
    """Return who of another agency has said the same of a wall before, and still may; refuse to say it twice."""
    said = list(wall.said.filter(lifts=lifts).select_related("said_by").order_by("said_at"))
    by = {each.said_by_id for each in said}
    if signatories.acted_as(actor, by) in by:
        raise CannotWall("reason", "You have said so already. Somebody of another agency has to say it too.")
    others = [queries.actor_of(each.said_by, at=at, strength="signature", purpose="oversight") for each in said]
    lifting = [
        other
        for other in others
        if queries.may(other, Permission.WALL_LIFT) and not queries.is_walled(other, [wall.file], at=at)
    ]
    return [
        other
        for other in lifting
        if signatories.why_not_second(actor.staff, other, at=at, not_agency=actor.partner) is None
    ]


def _standing(at: datetime) -> Q:
    return Q(until_at__isnull=True) | Q(until_at__gt=at)


def copy_walls(
    *,
    actor: Actor,
    source: UUID,
    to: Iterable[UUID],
    at: datetime,
    kind: WallKind | None = None,
    came_with: UUID | None = None,
) -> None:
    """Let every wall around one file stand around others too, inside the write that joins them; never twice.

    `kind` says what the copies are, such as provisional; left out, they are what the first ones are. What was lifted
    as provisional is not set again as provisional, but stands again once the files are joined. `came_with` is the
    decision with whose undoing the copies fall. One that meets somebody with a part in the file stands at once, and a
    second person is asked as for one that is set there: it falls where that person says so, not by silence.
    """
    copies = _copies(source, list(to), at, kind, came_with)
    asked = _asked_of_copies(copies, at)
    Wall.objects.bulk_create(copies)
    _ask_of_copies(actor, asked, at)


def share_walls(*, actor: Actor, files: tuple[UUID, UUID], at: datetime) -> None:
    """Let every wall around either of two files stand around both, as `copy_walls`. One statement where none stands."""
    walled = _walled(files, at)
    for source, other in (files, files[::-1]):
        if source in walled:
            copy_walls(actor=actor, source=source, to=[other], at=at)


def copy_walls_of_any(*, actor: Actor, sources: Collection[UUID], to: UUID, at: datetime) -> None:
    """Let every wall around any of some files stand around another too, as `copy_walls`. One statement where none stands."""
    for source in _walled(sources, at):
        copy_walls(actor=actor, source=source, to=[to], at=at)


def _walled(files: Collection[UUID], at: datetime) -> list[UUID]:
    return sorted({file for (file,) in _walls(files=tuple(files), at=at)}, key=list(files).index)


@for_nobody
def _walls(files: Any, at: Any) -> QuerySet[Wall, Any]:
    return Wall.objects.filter(_standing(at), file__in=files).values_list("file")


def _ask_of_copies(actor: Actor, asked: Iterable[EndAsked], at: datetime) -> None:
    for one in asked:
        with audit.recorded(actor, "end.asked", at=at, file=one.file, operation=Operation.CONFIGURATION) as entry:
            entry.reason = one.reason
            one.save(force_insert=True)
            entry.about(one)


def _asked_of_copies(copies: list[Wall], at: datetime) -> list[EndAsked]:
    """Return what a second person is asked of copies, once for each person, or agency, and case.

    One that stands on one person's word holds as long as the first, and is answered with it. Where a wall against them is asked of in the case already, that question holds the copy too.
    """
    found: dict[tuple[UUID, UUID | str, bool], EndAsked] = {}
    for wall in copies:
        for part in ends.parts_behind(wall.staff_id, [wall.file], at=at, partner=wall.partner):
            own = (
                wall.staff_id is not None
                and signatories.records_of_person(part.staff_id).filter(pk=wall.set_by).exists()
            )
            asked = _asked(wall, part, ends.sites_of([part.file]).get(part.file, ""), at, stands=own)
            let_lapse(asked, at)
            waits = ends.waiting(at=at).filter(ends.against(asked.staff_id, asked.partner), ending=Ending.WALL)
            if own or not waits.filter(file=part.file).exists():
                found.setdefault((part.file, asked.staff_id or asked.partner, own), asked)
    return list(found.values())


def _copies(source: UUID, files: list[UUID], at: datetime, kind: WallKind | None, came_with: UUID | None) -> list[Wall]:
    """Return the walls around one file that do not stand around others yet.

    One that may fall with a decision does not stand in place of one that stands whatever is decided, and none that ends
    sooner in place of one that ends later.
    """
    standing = list(Wall.objects.filter(_standing(at), file=source))
    if not standing:
        return []
    stands = _standing(at) | (queries.LIFTED if kind is WallKind.PROVISIONAL else Q())
    there: dict[tuple[UUID, UUID | None, str], list[Wall]] = {}
    for one in Wall.objects.filter(stands, file__in=files):
        there.setdefault((one.file, one.staff_id, one.partner), []).append(one)

    def is_there(wall: Wall, file: UUID) -> bool:
        may_fall = kind is WallKind.PROVISIONAL or wall.came_with
        return any(
            (may_fall or one.came_with is None)
            and queries.outlasts(None if one.lifted_by else one.until_at, wall.until_at)
            for one in there.get((file, wall.staff_id, wall.partner), ())
        )

    return [
        Wall(
            file=file,
            staff_id=wall.staff_id,
            partner=wall.partner,
            kind=kind or wall.kind,
            reason=wall.reason,
            from_at=at,
            until_at=wall.until_at,
            set_by=wall.set_by,
            came_with=came_with or wall.came_with,
        )
        for wall in standing
        for file in files
        if not is_there(wall, file)
    ]


def take_back_walls(*, actor: Actor, files: Iterable[UUID], came_with: Iterable[UUID], at: datetime) -> list[UUID]:
    """End the provisional walls around files that came with any of these decisions; return around which they stood.

    Called inside the write that undoes one of them. What stood there before stands on, and so does what somebody has
    said is to stay. An entry of its own names each.
    """
    came = Wall.objects.select_for_update().filter(
        _standing(at), file__in=list(files), came_with__in=list(came_with), kind=WallKind.PROVISIONAL
    )
    walls = list(came.order_by("pk"))
    taken = list(dict.fromkeys(wall.file for wall in walls))
    for file in taken:
        with audit.recorded(actor, "wall.taken_back", at=at, file=file, operation=Operation.CONFIGURATION) as entry:
            for wall in (each for each in walls if each.file == file):
                wall.until_at = at
                wall.save(update_fields=["until_at"])
                entry.about(wall)
                _nothing_to_ask(entry, wall, at)
    return taken


def set_walls_again(
    *, actor: Actor, sources: Iterable[UUID], to: Iterable[UUID], came_with: UUID, at: datetime
) -> None:
    """Let the walls around `sources` stand around files where they were taken back, for another decision that stands.

    An entry of its own names each.
    """
    files = list(to)
    for source in sources:
        walls = _copies(source, files, at, WallKind.PROVISIONAL, came_with)
        asked = _asked_of_copies(walls, at)
        for file in dict.fromkeys(wall.file for wall in walls):
            with audit.recorded(actor, "wall.set_again", at=at, file=file, operation=Operation.CONFIGURATION) as entry:
                for wall in (each for each in walls if each.file == file):
                    wall.save(force_insert=True)
                    entry.about(wall)
        _ask_of_copies(actor, asked, at)


def _wall(
    actor: Actor,
    files: list[UUID],
    at: datetime,
    *,
    kind: WallKind,
    staff_id: UUID | None = None,
    partner: str = "",
    reason: str = "",
) -> None:
    held = ends.parts_behind(staff_id, files, at=at, partner=partner)
    own = staff_id is not None and signatories.acted_as(actor, [staff_id]) == staff_id
    ending = endings.how(Ending.WALL, own=own, works_on_it=bool(held), agency=staff_id is None)
    until = at + ending.waits if ending.people > 1 else None
    with audit.recorded(actor, "wall.set", at=at, file=files[0], operation=Operation.CONFIGURATION) as entry:
        whom = {"staff_id": staff_id, "partner": partner}
        for file in files:
            wall = Wall(file=file, kind=kind, reason=reason, from_at=at, until_at=until, set_by=actor.staff, **whom)
            wall.save(force_insert=True)
            entry.about(wall)
        sites = ends.sites_of(part.file for part in held) if held else {}
        for part in held:
            asked = _asked(wall, part, sites.get(part.file, ""), at, stands=own)
            let_lapse(asked, at)
            if staff_id is None and _is_asked(asked, at):
                raise CannotWall("staff", WAITS)
            asked.save(force_insert=True)
            entry.about(asked)


def _is_asked(asked: EndAsked, at: datetime) -> bool:
    """Return whether the same waits already of an agency: of a person the table refuses it."""
    waits = ends.waiting(at=at).filter(ending=Ending.WALL, file=asked.file)
    return waits.filter(ends.against(None, asked.partner)).exists()


def _asked(wall: Wall, part: Relation, site: str, at: datetime, *, stands: bool) -> EndAsked:
    """Return what is told of a wall against somebody who works on a case; what `stands` needs no second."""
    agency = wall.staff_id is None
    last = ends.leaves_no_advocate(part, wall.partner, at=at) if agency else ends.is_last_advocate(part, at=at)
    return EndAsked(
        ending=Ending.WALL,
        site=site,
        partner=wall.partner if agency else part.staff.partner,
        staff=None if agency else part.staff,
        kind="" if agency else part.kind,
        file=part.file,
        from_at=at,
        reason=wall.reason,
        last=last,
        asked_by_id=wall.set_by,
        asked_at=at if wall.until_at is None else wall.until_at - endings.WALL_WAITS,
        answered_at=at if stands else None,
        given=True if stands else None,
    )
