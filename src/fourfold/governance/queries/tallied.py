"""The board's questions of thousands, from what is kept: sums by day and door, which hardly grow with a unit's cases.

Left out of the sums, to be counted as they stand, are the cases of which something was written since, and those from which
the asker is kept. Days of which only a part counts, by the moment, are counted by case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from fourfold.access.kept import Listed
from fourfold.access.models import Agreement, Relation, Wall
from fourfold.access.scoping import all_open, in_force, kept_out, may_open_files, running, walls_against
from fourfold.access.signatories import records_of
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.governance.models import AnswerKept, CountAnew, DoorKept
from fourfold.governance.questions import questions
from fourfold.governance.rules.quality import QUARTERS, Said

#: So many cases are counted as they stand; beyond that, all of a unit's.
MOST = 2_000
_OFFERED = 100
NO, YES, NOT_ASKED = range(3)
OF_CASES = ("assessed", "plan", "advocate")
#: What all answers of a case come to at most, and one more: of each question in threes, and whether it is grave.
ALL_ANSWERS = 3 ** (len(OF_CASES) + 1)


class Asker(Protocol):
    """Who asks, and when."""

    actor: Actor
    now: datetime


def apart(actor: Actor, at: datetime, site: str) -> list[UUID] | None:
    """Return the files of a unit that are counted as they stand; None where those are too many, or the actor opens none."""
    if not may_open_files(actor):
        return None
    found = _apart(actor, at, site=site)
    return None if len(found) > MOST else [file for (file,) in found]


@composed
def _apart(actor: Actor, at: datetime, *, site: str) -> Any:
    walls = Wall.objects.filter(running(at), walls_against(records_of(actor), actor.partner)).order_by()
    parts = Relation.objects.filter(running(at), kept_out(actor)).order_by()
    counted_here = AnswerKept.objects.filter(
        case=OuterRef("case_id"), site=site
    )  # before it was handed to another unit
    written = CountAnew.objects.filter(Q(case__site=site) | Exists(counted_here)).order_by().values_list("case_id")
    return written.union(walls.values_list("file"), parts.values_list("file"))[: MOST + 1]


def kept(
    read: Asker, values: Mapping[str, Any], hours: Mapping[str, int], left: Collection[UUID]
) -> list[tuple[int, int]] | None:
    """Return what is kept of a unit's cases but those `left` out, as numbers (`counting`) and of how many; None where what is
    kept does not hold for who asks now. Of `values`, who was `offered` an advocate has one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(bool(left)), {**values, "left": Listed().get_db_prep_value(left, connection)})
        found = cursor.fetchall()
    is_open = _open(read.actor, read.now, {row[0] for row in found}, hours)
    return None if is_open is None else [one for door, *row in found if is_open[door] for one in _numbers(*row)]


def _open(actor: Actor, at: datetime, doors: Collection[int], hours: Mapping[str, int]) -> dict[int, bool] | None:
    """Return of each door whether it is open to the actor; None where its number does not say so, or it does not hold now."""
    known = DoorKept.objects.in_bulk(list(doors))
    agreed = {agreement for door in known.values() for *_, agreement in door.said["grants"] if agreement}
    in_force_now = {None, *map(str, Agreement.objects.filter(in_force(at), pk__in=agreed).values_list("pk", flat=True))}
    found = dict[int, bool]()
    for number, door in known.items():
        grants = [(site, partner, parts) for site, partner, parts, by in door.said["grants"] if by in in_force_now]
        is_open = all_open(actor, Compartment.RISK, grants)
        if is_open is not None and door.since <= at and door.said["by"] == said_by(hours):
            found[number] = is_open
    return found if found.keys() == doors else None


def said_by(hours: Mapping[str, int] | None) -> Any:
    """Return what answers turn on beside their case: a unit's hours until a review, and the days until an advocate is named."""
    return [hours, questions()["advocate"].days]


def _numbers(quarter: int, asked: int, said: int, many: int) -> Iterator[tuple[int, int]]:
    """Yield the number by which the counting knows some answers, and of how many."""
    if said < 0:
        in_time = said in (Said.ACTION_IN_TIME, Said.REVIEW_IN_TIME)
        yield -(quarter * ALL_ANSWERS + (YES if in_time else NO)), many
    elif said >= _OFFERED:
        yield from _numbers(quarter, asked, said - _OFFERED, -many)
        yield from _numbers(quarter, asked, said - _OFFERED + Said.ADVOCATE, many)
    else:
        assessed, rest = said % Said.PLAN, said // Said.PLAN
        if assessed == Said.NOBODY:
            assessed = NO if asked & 1 else NOT_ASKED
        plan, advocate = (rest % 2 if asked & 2 else NOT_ASKED), (rest // 2 % 2 if asked & 4 else NOT_ASKED)
        grave = rest // 4 if quarter == QUARTERS else 0
        yield quarter * ALL_ANSWERS + assessed + 3 * plan + 9 * advocate + 27 * grave, many


def _statement(some_left: bool) -> str:
    """Return the statement of what is kept: a row is a door, the quarter, which questions are asked by then (the time for a
    level has run out: 1, for a plan: 2, for an advocate: 4), the answers, and of how many.
    """
    left, offered = (f"case_id IN (SELECT {listed(name)})" for name in ("left", "offered"))
    by_day, by_moment = _asked("day", "<", "_day"), _asked("moment", "<=", "")
    edges = "%(since_day)s, %(late_day)s, %(plan_day)s, %(advocate_day)s, %(today)s"
    of_cases = "said >= 0 AND moment >= %(since)s"
    today = f"said BETWEEN {Said.REVIEW_IN_TIME:d} AND {Said.REVIEW_LATE:d} AND day = %(today)s AND moment <= %(at)s"
    past = f"said < 0 AND day >= %(day{QUARTERS - 1})s AND day < %(today)s"
    none_named = (
        f"{offered} AND {of_cases} AND said / {Said.ADVOCATE:d} %% 2 = 0{f' AND NOT {left}' if some_left else ''}"
    )
    out = f"{left} AND (({of_cases}) OR ({past}) OR ({today}))"
    parts = [
        ("tally", f"said >= 0 AND day > %(since_day)s AND day NOT IN ({edges})", by_day, "said", "SUM(many)"),
        ("tally", past, "0", "said", "SUM(many)"),
        ("answerkept", f"{of_cases} AND day IN ({edges})", by_moment, "said", "COUNT(*)"),
        ("answerkept", today, "0", "said", "COUNT(*)"),
        ("answerkept", none_named, by_moment, f"said + {_OFFERED}", "COUNT(*)"),
        *([("answerkept", out, by_moment, "said", "-COUNT(*)")] if some_left else ()),
    ]
    return " UNION ALL ".join(
        f"SELECT door, {quarter('day', 'day')}, {asked}, {said}, {many} FROM governance_{table}"  # noqa: S608
        f" WHERE site = %(site)s AND {where} GROUP BY 1, 2, 3, 4"
        for table, where, asked, said, many in parts
    )


def _asked(column: str, sign: str, after: str) -> str:
    """Return which questions are asked of what was opened on a day, or at a moment."""
    names = enumerate(("late", "plan", "advocate"))
    return " + ".join(f"CASE WHEN {column} {sign} %({name}{after})s THEN {2**n} ELSE 0 END" for n, name in names)


def quarter(column: str, begins: str) -> str:
    """Return which quarter a moment or a day falls in, the newest as the last; 0 before all."""
    each = " ".join(f"WHEN {column} >= %({begins}{back})s THEN {QUARTERS - back}" for back in range(QUARTERS))
    return f"CASE {each} ELSE 0 END"


def listed(name: str) -> str:
    """Return what selects each of a list of files."""
    return f"UNNEST(%({name})s::uuid[])" if connection.vendor == "postgresql" else f"value FROM json_each(%({name})s)"
