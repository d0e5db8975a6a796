"""What waits by the page, where it is too much to be read at once: in the order of a day, by key, and counted.

A list is found by lanes. What stands in the order of an index is followed from the place where the last page ended: the
unit's by site, somebody's own by owner, their agency's that nobody has. What hangs on the parts that somebody has is sorted:
they are some hundred cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as Either

from fourfold.access import queries as access_queries
from fourfold.access.conditions import Among, AsIndexed, IsThere, Mostly, Rarely
from fourfold.access.models import Grant, Relation
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import opens, running
from fourfold.access.statements import Call, composed, counts, run_ahead
from fourfold.access.terms import Compartment, Permission, RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.listing import related_to
from fourfold.cases.terms import Level
from fourfold.duties.kinds import KINDS
from fourfold.duties.kinds.asking import GRAVEST
from fourfold.duties.models import Duty
from fourfold.duties.queries.scope import INSIDE, of_somebody, open_to, whose

WITH_SUBJECT = (RelationKind.CLINICIAN_OF_SUBJECT, RelationKind.OUTREACH)
GRADED = tuple(kind.name for kind in KINDS if kind.graded)
#: The place of a row whose level is not shown to the reader, or that says none.
NEAR = {kind.name: kind.ahead for kind in KINDS if kind.ahead}
SHUT = GRAVEST - Level.MEDIUM.rank
DECIDE, LATE, SOON = 1, 2, 3
_READ = ("id", "kind", "decide", "due_at", "shown")


class Place(NamedTuple):
    """Where a row stands in a day: its band, whether it is of a kind that the reader looks at later, how grave it is where
    that orders its band, when it falls due, how grave it is, and which row it is.
    """

    band: int
    later: bool
    grave: int
    falls: datetime
    graver: int
    row: str


@dataclass(frozen=True)
class Wanted:
    """Which list: of which kinds, and those that the reader looks at first; "mine", "unit" or "overdue". `some_shut`: whether
    there is any case of which their agency may not know the level.
    """

    kinds: tuple[str, ...]
    first: frozenset[str]
    show: str
    some_shut: bool = True


def page(
    *,
    actor: Actor,
    wanted: Wanted,
    at: datetime,
    since: datetime,
    after: Place | None,
    most: int,
    counts: int = 0,
    begun: Begun | None = None,
) -> list[tuple[Place, UUID]]:
    """Return where the rows stand that follow a place, in the order of `since`, as the first page was made: what has fallen
    due since then stands where it stood, or whoever turned the page would lose it. One statement, and as many more as there are stretches that the page needs, of which each follows an index; the first sorts what hangs on parts.
    With `counts` of the first stretch so many, whoever looks whether they are enough not to be counted; it may be `begun`.
    """
    sorted_ones, steps = _stretches(actor, wanted, at, since, after, most, counts, begun)
    found = {row[0]: _placed(row, wanted, since) for row in sorted_ones.rows()}
    for n, (step, lanes) in enumerate(steps):
        if sum(each[:3] < step.begins for each in found.values()) >= most:
            break
        if begun and not n:
            found |= begun.places
            continue
        run_ahead(*lanes)
        found |= {row[0]: _placed(row, wanted, since) for lane in lanes for row in lane.rows()}
    return sorted((each, key) for key, each in found.items() if after is None or each > after)[: max(most, counts)]


def ahead(
    *,
    actor: Actor,
    wanted: Wanted,
    at: datetime,
    since: datetime,
    after: Place | None,
    most: int,
    counts: int = 0,
    begun: Begun | None = None,
) -> tuple[Call, ...]:
    """Return what `page` asks first, to be run ahead: what is sorted, and two stretches, with which a page is mostly full; or
    the one of which more is read, unless that was `begun`.
    """
    sorted_ones, steps = _stretches(actor, wanted, at, since, after, most, counts, begun)
    return sorted_ones, *(call for _, lanes in steps[bool(begun) : 1 if counts else 2] for call in lanes)


@dataclass(frozen=True)
class Begun:
    """What stands in the first stretch of a list, as far as a page may show it; `until`: when the last of that falls due, where
    there is as much as is counted. `cases`: those of the reader's alone in which the gravest may wait, where that is known.
    """

    places: dict[UUID, Place]
    until: datetime | None
    cases: tuple[UUID, ...] | None = None


def begins(actor: Actor, wanted: Wanted, at: datetime, counts: int) -> tuple[Call, ...]:
    """Return what the first stretch of a list asks, of which so many are read, to be run ahead."""
    return tuple(_stretches(actor, wanted, at, at, None, 0, counts)[1][0][1])


def begun(*, actor: Actor, wanted: Wanted, at: datetime, counts: int, shown: int) -> Begun:
    """Return what stands in the first stretch: where it holds `counts`, a page that shows fewer than `shown` of them ends there."""
    rows = [row for lane in begins(actor, wanted, at, counts) for row in lane.rows()]
    if is_long := len(rows) >= counts:
        # In the order of their places, which agree but in when they fall due: the others were read to be counted.
        rows = sorted(rows, key=lambda row: (row[3], row[0].int))[: min(shown, counts - 1) + 1]
    return Begun({row[0]: _placed(row, wanted, at) for row in rows}, rows[-1][3] if is_long else None)


def _stretches(
    actor: Actor,
    wanted: Wanted,
    at: datetime,
    since: datetime,
    after: Place | None,
    most: int,
    counts: int,
    begun: Begun | None = None,
) -> tuple[Call, list[tuple[Step, list[Call]]]]:
    """Return the statement of what no index holds in its order, and those of each stretch, by lane."""
    place = {"since": since} | ({"due": after.falls, "key": key_of(after.row)} if after else {})
    start = (after.band, after.later, after.grave, after.graver) if after else ()
    late, lanes = wanted.show == "overdue", _lanes(actor, wanted)
    steps = []
    for n, step in enumerate(_steps(wanted, after, has_turned=since < at)):
        cut, by = most if n else max(most, counts), place if step.follows else {"since": since}
        steps.append((step, [_in_order.call(actor, at, lane, late, step, cut, **by) for lane in lanes]))
    if begun and begun.until:
        place |= {"until": begun.until} | ({"cases": begun.cases} if begun.cases is not None else {})
    return _of_parts.call(actor, at, wanted, _assesses(actor), start, most, **place), steps


def key_of(row: str) -> UUID:
    """Return the row after which a list goes on; what is no row of this table stands before all of it."""
    return UUID(int=0) if row.startswith(" ") else UUID(row)


def _assesses(actor: Actor) -> bool:
    """Return whether what nobody has assessed is the actor's own too."""
    return access_queries.may(actor, Permission.ASSESSMENT_RECORD)


def _lanes(actor: Actor, wanted: Wanted) -> list[str]:
    """Return the sites of the unit's list; of one's own, by whom a row is kept."""
    if wanted.show != "mine":
        return sorted(casework_sites(actor))
    return ["*owner", "*agency"] if "actions" in wanted.kinds else []


class Step(NamedTuple):
    """A stretch of a list that one index holds in its order: of a band, of one place by danger where that orders it, and of
    some kinds; and whether it begins at the place of the last row, of which `graver` is the danger.
    """

    begins: tuple[int, bool, int]
    kinds: tuple[str, ...]
    follows: bool = False
    graver: int = 0


def _steps(wanted: Wanted, after: Place | None, *, has_turned: bool) -> list[Step]:
    """Return the stretches of a list in their order, from the one in which the last page ended."""
    decides = wanted.show != "mine" and any(kind.decide for kind in KINDS if kind.name in wanted.kinds)
    steps = [Step((DECIDE, True, 0), wanted.kinds)] if decides else []  # these are few, and one stretch
    steps += [Step((LATE, False, grave), wanted.kinds) for grave in range(GRAVEST)]
    near = tuple(kind for kind in wanted.kinds if kind in NEAR)
    for later in (False, True) if wanted.show != "overdue" or has_turned else ():
        if some := tuple(kind for kind in near if (kind not in wanted.first) == later):
            steps.append(Step((SOON, later, 0), some))
    if after is None:
        return steps
    here = (after.band, after.later, after.grave if after.band == LATE else 0)
    rest = (step for step in steps if step.begins >= here)
    return [step._replace(follows=True, graver=after.graver) if step.begins == here else step for step in rest]


def _placed(row: Any, wanted: Wanted, since: datetime) -> Place:
    pk, kind, decide, due_at, grave, *_ = row
    band = DECIDE if decide else LATE if due_at < since else SOON
    later = kind not in wanted.first if band != LATE else False
    return Place(band, later, grave if band < SOON else 0, due_at, grave, pk.hex)


@composed
def _in_order(
    actor: Actor, at: datetime, lane: str, late: bool, step: Step, most: int, **place: Any
) -> QuerySet[Duty, Any]:
    """Return the rows of a lane and a step in the order of an index, as far as how grave they are may be known; the others
    hang on parts, or are few.
    """
    band, _, grave = step.begins
    own = {"*owner": Q(owner=actor.staff), "*agency": Q(owner__isnull=True, partner=actor.partner)}
    kinds = tuple(kind for kind in step.kinds if lane not in own or kind == "actions")
    graded = {*kinds} <= {*GRADED}
    rows = open_to(actor, at, kinds, by_index=True, with_risk=graded).filter(own.get(lane, Q(site=lane)))
    rows = rows if graded else rows.filter(Mostly(Q(sees_risk=True) | ~Q(kind__in=GRADED)))
    # By `in`, since SQLite looks for no bare truth in an index.
    rows = rows.filter(decide__in=[band == DECIDE]) if lane not in own else rows
    rows = rows.filter(due_at__lt=at) if late else rows
    if band == DECIDE:  # says nothing of a row, but which index SQLite is to follow: else it sorts what is overdue
        rows = rows.filter(grave__gte=step.graver)
    if band == LATE:
        rows = rows.filter(grave=grave, due_at__lt=place["since"])
    if band == SOON:
        rows = rows.filter(due_at__gte=place["since"], due_at__lte=at + max(NEAR[kind] for kind in step.kinds))
    if step.follows:
        beyond = Q(due_at__gt=place["due"]) | Q(grave=step.graver, id__gt=place["key"], due_at=place["due"])
        if band == DECIDE:
            rows = rows.filter(Q(beyond, grave=step.graver) | Q(grave__gt=step.graver))
        else:
            beyond = beyond | Q(grave__gt=step.graver, due_at=place["due"]) if band == SOON else beyond
            rows = rows.filter(beyond, due_at__gte=place["due"])
    order = {DECIDE: ("grave", "due_at", "id"), LATE: ("due_at", "id"), SOON: ("due_at", "grave", "id")}[band]
    # That nobody has it keeps PostgreSQL from the index's order unless it is said to be ordered by whose it is first.
    order = ("owner", *order) if lane == "*agency" else order
    return rows.annotate(shown=F("grave")).order_by(*order).values_list(*_READ)[:most]


def shut(actor: Actor, at: datetime) -> QuerySet[Grant, Any]:
    """Return the files whose level the actor's agency may not know, though it may open them."""
    sites = sorted(casework_sites(actor))
    without_risk = AsIndexed("compartments", said=f"& {Compartment.RISK.bit} = 0")
    return Grant.objects.filter(without_risk, running(at), partner=actor.partner, site__in=sites).values("file")


def _related(actor: Actor, at: datetime, *where: Any) -> Among:
    """Return the condition that the actor has a part in the case of a row, and what else holds of the case: some hundred cases,
    of which each is looked up, and which may have thousands of rows.
    """
    return Among("case", related_to(actor, at).filter(*where))


def _own(actor: Actor, at: datetime, rows: Any, kinds: tuple[str, ...], assesses: bool, cases: Any = None) -> list[Any]:
    """Return what is somebody's own but by its owner: what hangs on their parts, which may be in these `cases` alone, what they
    planned, what nobody has assessed."""
    by_part = tuple(kind for kind in kinds if kind not in ("actions", "sessions"))
    mine = Relation.objects.filter(running(at), staff_id=actor.staff, kind__in=WITH_SUBJECT).values("file")
    related = _related(actor, at) if cases is None else Q(case__in=cases)
    yours = [rows.filter(related, kind__in=by_part)] if by_part else []
    if "sessions" in kinds:
        yours += [rows.filter(kind="sessions", case__in=mine), rows.filter(kind="sessions", asked_by=actor.staff)]
    if "reviews" in kinds and assesses:
        where = {"site__in": sorted(casework_sites(actor)), "decide__in": [False], "grave": GRAVEST - Level.HIGH.rank}
        yours.append(rows.filter(~Exists(of_somebody(at)), kind="reviews", level="", sees_risk=True, **where))
    return yours


def _gravest(actor: Actor, at: datetime, rows: Any, kinds: tuple[str, ...], until: Any, cases: Any = None) -> list[Any]:
    """Return what `_own` would, and what is kept and not seen, of what is to be decided or is the gravest and due until then."""
    worst, own = Q(grave=0, level=Level.VERY_HIGH, due_at__lte=until), tuple(kind for kind in kinds if kind in GRADED)
    decides = tuple(kind.name for kind in KINDS if kind.decide and kind.name in kinds)
    # Of each case both at once: it is looked at for either.
    either = rows.filter(Q(worst, kind__in=own) | Q(decide=True, kind__in=decides))
    lists = _own(actor, at, either, tuple(dict.fromkeys(own + decides)), assesses=False, cases=cases)
    # Of an agency's few that fall due until then: PostgreSQL would find in another index all that is planned anywhere, or is
    # of a case at that level, too.
    planned = rows.filter(Mostly(Q(kind="actions")), grave=0, due_at__lte=until, sees_risk=False)
    return lists + (_kept_by(actor, planned) if "actions" in kinds else [])


@composed
def _of_parts(
    actor: Actor,
    at: datetime,
    wanted: Wanted,
    assesses: bool,
    start: tuple[Any, ...],
    most: int,
    **place: Any,
) -> QuerySet[Duty, Any]:
    """Return what no index holds in its order: what hangs on somebody's parts, and what says no level to them. With `until` what
    stands before the gravest that fall due later.
    """
    kinds, rows, every = wanted.kinds, open_to(actor, at, wanted.kinds), _every(actor, at)
    rows = rows.filter(due_at__lt=at) if wanted.show == "overdue" else rows
    sites = sorted(casework_sites(actor))
    unseen, far = Q(sees_risk=False, kind__in=GRADED), tuple(kind for kind in kinds if kind not in NEAR)
    some_unseen = every.filter(unseen, _related(actor, at, ~opens(actor, Compartment.RISK, "file", at=at)))
    closed = [every.filter(unseen, case__in=shut(actor, at))] if wanted.some_shut else []
    if "until" in place:
        lists = _gravest(actor, at, every, kinds, place["until"], place.get("cases"))
    elif wanted.show == "mine":
        lists = _own(actor, at, every, kinds, assesses)
        if "actions" in kinds:
            # Of a part the one list by its cases, of which each has few: SQLite would read all that nobody of the agency has.
            kept = Either(When(whose(actor), then=Value(True)), default=Value(False), output_field=BooleanField())
            lists.append(some_unseen.filter(kept, kind="actions"))
            lists += [each for rows in closed for each in _kept_by(actor, rows.filter(kind="actions"))]
    else:
        lists = _elsewhere(actor, at, every)
        lists += [each.filter(site__in=sites) for each in (some_unseen, *closed)]
        if far:
            # Not `gte`: SQLite would read all that falls due in the unit.
            soon = ~Q(Q(due_at__lt=place["since"]) | Q(due_at__isnull=True))
            lists.append(every.filter(soon, Rarely(Q(kind__in=far)), decide__in=[False], site__in=sites))
    names = ("band", "later", "place", "due_at", "shown", "id")
    keyed = _keyed(_among(rows, lists), place["since"], tuple(sorted(wanted.first)))
    if start:
        keyed = keyed.filter(_beyond(names, (*start[:3], place["due"], start[3], place["key"])))
    return keyed.order_by(*names).values_list(*_READ, "band", "later", "place")[:most]


def _keyed(rows: Any, since: Any, first: tuple[str, ...]) -> Any:
    whole = IntegerField()
    seen = Either(When(Q(sees_risk=False, kind__in=GRADED), then=Value(SHUT)), default=F("grave"), output_field=whole)
    rows = rows.annotate(shown=seen)
    late = When(due_at__lt=since, then=Value(LATE))
    bands = Either(When(decide=True, then=Value(DECIDE)), late, default=Value(SOON), output_field=whole)
    rows = rows.annotate(band=bands)
    sooner = When(Q(band=LATE) | Q(kind__in=first), then=Value(0))
    grave = Either(When(band=SOON, then=Value(0)), default=F("shown"), output_field=whole)
    return rows.annotate(later=Either(sooner, default=Value(1), output_field=whole), place=grave)


def _beyond(names: Iterable[str], values: Iterable[Any]) -> Q:
    beyond, same = Q(), Q()
    for name, value in zip(names, values, strict=True):
        beyond |= same & Q(**{f"{name}__gt": value})
        same &= Q(**{name: value})
    return beyond


def counted(*, actor: Actor, kinds: tuple[str, ...], at: datetime, most: int) -> dict[str, int]:
    """Return how much of these kinds waits that is "mine" and of the "unit", and how much of it is overdue: "mine late" and "unit late"; no
    further than `most`. One statement.
    """
    each = count_of(actor, kinds, at, most).rows()
    places = _places((len(each) - 6) // 2)
    lists = {name: min(sum(each[place] for place in some), most) for name, some in places.items()}
    # What is one's own is the unit's, too, of which nothing was counted where there is enough of that.
    late, own = (name if lists[name] == most else own for name, own in (("mine late", "unit late"), ("mine", "unit")))
    return lists | {"unit late": lists[late], "unit": lists[own]}


def count_of(actor: Actor, kinds: tuple[str, ...], at: datetime, most: int) -> Call:
    """Return what `counted` asks, to be run ahead."""
    return _counted.call(actor, at, kinds, _assesses(actor), most)


def _places(kept: int) -> dict[str, tuple[int, ...]]:
    """Return where the lists stand that are counted of each, where what somebody keeps is so many lists."""
    own, of_unit = kept + 1, 2
    late, unit_late = tuple(range(own)), tuple(range(own, own + of_unit))
    later, unit_later = (tuple(each + own + of_unit for each in some) for some in (late, unit_late))
    return {"mine late": late, "unit late": unit_late, "mine": late + later, "unit": unit_late + unit_later}


@counts
def _counted(actor: Actor, at: datetime, kinds: tuple[str, ...], assesses: bool, most: int) -> list[tuple[Any, ...]]:
    """Return what is overdue, one's own by its keeper and by parts, the unit's and what is elsewhere; then what is not: lists
    of which no row stands on two, each followed by its index and cut, and of which the next is counted while these are not enough.
    """
    rows, every = open_to(actor, at, kinds), _every(actor, at)
    sites, late, later = Q(site__in=sorted(casework_sites(actor))), Q(due_at__lt=at), Q(due_at__gte=at)
    soon = later & Q(due_at__lte=at + max(NEAR.values()))
    far = every.filter(sites, kind__in=sorted({*kinds} - {*NEAR}))  # by kind: what is due in a year is no list to read
    elsewhere = _among(rows, _elsewhere(actor, at, every))
    by_parts = _among(rows, _own(actor, at, every, kinds, assesses))
    actions = open_to(actor, at, tuple({"actions"} & {*kinds}), by_index=True)
    # Of what is either one's own or one's agency's PostgreSQL would read all, to know which.
    of_agency = Q(owner__isnull=True, partner=actor.partner)
    whose_own = [Q(owner=actor.staff), of_agency] if connection.vendor == "postgresql" else [whose(actor)]
    in_the_unit = _among(rows, [every.filter(sites, soon, kind__in=sorted({*kinds} & {*NEAR})), far])
    # The oldest are often those of cases that were closed since, and count no more. Of several sites PostgreSQL would sort all.
    newest = ("-due_at",) if connection.vendor == "sqlite" or len(casework_sites(actor)) == 1 else ()
    here = rows.filter(sites, late).order_by(*newest)
    lists = [*(actions.filter(one, late) for one in whose_own), by_parts.filter(late), here, elsewhere.filter(late)]
    lists += [*(actions.filter(one, soon) for one in whose_own), by_parts.filter(later)]
    lists += [in_the_unit.filter(later), elsewhere.filter(later)]
    groups = _places(len(whose_own))

    def enough(place: int) -> Iterator[tuple[int, ...]]:
        """Yield the lists before one that make it needless: those of which it would be counted, and one's own."""
        for name in ("mine", "unit"):
            before = groups[name if place > groups["unit late"][-1] else f"{name} late"]
            yield tuple(each for each in before if each < place)
            if place in before:
                return

    return [(each.values_list("pk")[:most], *filter(None, enough(place))) for place, each in enumerate(lists)]


def _every(actor: Actor, at: datetime) -> QuerySet[Duty, Any]:
    """Return every row, from which those of some kinds that may be seen are taken: a list that begins with what is open to
    somebody says the walls and grants as often as it is put together from others.
    """
    rows = Duty.objects.unscoped(INSIDE)
    return rows.annotate(sees_risk=opens(actor, Compartment.RISK, "case", at=at))


def _among(rows: QuerySet[Duty, Any], lists: list[QuerySet[Duty, Any]]) -> QuerySet[Duty, Any]:
    """Return the rows that are on one of some lists."""
    ids = [each.order_by().values_list("pk") for each in lists]
    return rows.filter(pk__in=ids[0].union(*ids[1:]) if ids[1:] else ids[0]) if ids else rows.none()


def _elsewhere(actor: Actor, at: datetime, rows: QuerySet[Duty, Any]) -> list[QuerySet[Duty, Any]]:
    """Return what is theirs in no site of theirs: by their parts, and what they keep, which an index finds in each stretch
    between these sites; beside `not in` all that they keep would be read.
    """
    sites = sorted(casework_sites(actor))
    stretches = [Q(site__gt=one, site__lt=two) for one, two in pairwise(sites)]
    stretches += [Q(site__lt=sites[0]), Q(site__gt=sites[-1])] if sites else [Q()]
    elsewhere, case = rows.exclude(site__in=sites), Case.objects.unscoped(INSIDE).filter(pk=OuterRef("file"))
    kept = (_kept_by(actor, elsewhere.filter(each, kind="actions")) for each in stretches)
    of_others = _related(actor, at, IsThere(case.exclude(site__in=sites)))
    return [elsewhere.filter(of_others), *chain.from_iterable(kept)]


def _kept_by(actor: Actor, rows: QuerySet[Duty, Any]) -> list[QuerySet[Duty, Any]]:
    """Return what is kept by the actor, and by their agency where nobody in it has it."""
    return [rows.filter(owner=actor.staff), rows.filter(owner__isnull=True, partner=actor.partner)]
