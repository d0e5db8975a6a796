"""What a unit's quarter counts of each case, worked out from its rows and kept with the sums of each day.

What reads it (`queries.tallied`) counts a case that was written of since as it stands: so nothing is late, and this may run
at night. A case whose answers turn on more than its days is left to be counted so, as long as that is so (`_Case.odd`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from fourfold.access.models import Grant, Relation
from fourfold.access.terms import RelationKind
from fourfold.audit import services as audit
from fourfold.base import AT_ONCE
from fourfold.cases.models import Case, LevelSet, ReviewDue
from fourfold.cases.terms import Level, SetBy, State
from fourfold.gateways.bulk import give_a_turn, insert_rows, made
from fourfold.governance.models import AnswerKept, CountAnew, DoorKept, Tally
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.queries.tallied import said_by
from fourfold.governance.questions import questions
from fourfold.governance.rules.quality import Said
from fourfold.plan.models import Action
from fourfold.programme.models import Working

Answer = tuple[str, date, datetime | None, int, int]
Hours = Mapping[str, dict[str, int]]


@dataclass
class _Case:
    """What is read of a case."""

    site: str
    opened_at: datetime
    level: str
    state: str
    levels: list[tuple[datetime, str]] = field(default_factory=list)
    owned: list[bool] = field(default_factory=list)
    due: list[tuple[date, datetime | None, int]] = field(default_factory=list)
    advocates: list[datetime] = field(default_factory=list)
    grants: list[tuple[Any, ...]] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)


def check_counts(*, mend: bool = False) -> list[str]:
    """Work out what is kept of every case and day, and say what is kept otherwise; with `mend`, keep it so.

    What waits to be counted anew, or was counted by hours that its unit has changed since, is no fault. Mending holds the log
    for some cases at a time: who writes of them meanwhile waits, or marks them again.
    """
    at, wrong = timezone.now(), list[str]()
    works = Working.objects.filter(from_on__lte=local_day(at)).order_by("from_on").values_list("site_id", "settings")
    hours = {site: said["review_hours"] for site, said in works}
    every, after = Case._base_manager.order_by("pk").values_list("pk", flat=True), UUID(int=0)
    while some := list(every.filter(pk__gt=after)[:AT_ONCE]):
        after = some[-1]
        with _held(mend):
            marks = dict(CountAnew.objects.filter(case__in=some).values_list("pk", "case_id"))
            other = _anew(some, at, hours, mend=mend) - set(marks.values())
            other -= set(CountAnew.objects.filter(case__in=other).values_list("case_id", flat=True)) if other else set()
            wrong += (f"governance.tally of case {pk} says otherwise" for pk in sorted(other))
            if mend:
                CountAnew.objects.filter(pk__in=list(marks)).delete()
        if mend and len(some) == AT_ONCE:
            give_a_turn()
    with _held(mend):
        apart = _sums_apart()
        wrong += (f"governance.tally of {site} on {day} is off by {many}" for (site, day, *_), many in apart.items())
        if mend:
            _add(apart)
            Tally.objects.filter(many=0).delete()
            CountAnew.objects.exclude(case__in=Case._base_manager.values("pk")).delete()
            DoorKept.objects.exclude(pk__in=list(Tally.objects.values_list("door", flat=True).distinct())).delete()
    return wrong


@contextmanager
def _held(mend: bool) -> Iterator[None]:
    with transaction.atomic():
        if mend:
            audit.hold_the_log()
        yield


def _anew(some: list[UUID], at: datetime, hours: Hours, *, mend: bool) -> set[UUID]:
    """Return of which cases something else is kept than there is, without a reason; with `mend`, keep what there is."""
    kept: dict[UUID, Counter[Answer]] = {pk: Counter() for pk in some}
    rows = AnswerKept.objects.filter(case__in=some)
    for pk, *answer in rows.values_list("case_id", "site", "day", "moment", "said", "door"):
        kept[pk][tuple(answer)] += 1  # type: ignore[index]
    doors = dict[int, DoorKept]()
    found = {pk: _answers(case, at, hours, doors) for pk, case in _read(some, at).items()}
    other = [
        pk for pk in found if kept[pk] != Counter(found[pk])
    ]  # one may have been disposed of since they were listed
    known = DoorKept.objects.in_bulk({door for pk in other for *_, door in kept[pk]})
    late = {door for door, is_ in known.items() if is_.said["by"] != said_by(hours.get(is_.said["site"]))}
    if mend:
        _keep({pk: found[pk] or [] for pk in other}, doors)
        insert_rows([CountAnew(case_id=pk) for pk, answers in found.items() if answers is None])
    return {pk for pk in other if found[pk] is not None and not any(door in late for *_, door in kept[pk])}


def _read(some: list[UUID], at: datetime) -> dict[UUID, _Case]:
    """Return what is counted of some cases."""
    opened = Case._base_manager.filter(pk__in=some)
    columns: Any = ("pk", "site", "opened_at", "level", "state")
    found = {row[0]: _Case(*row[1:]) for row in opened.values_list(*columns)}
    levels = LevelSet._base_manager.filter(case__in=some).exclude(set_in=SetBy.TRIAGE)
    for case, when, level in levels.order_by("set_at").values_list("case_id", "set_at", "level"):
        found[case].levels.append((when, level))
    actions = Action._base_manager.filter(case__in=some)
    for case, owner, agreed, missed, done in actions.values_list(
        "case_id", "owner", "due_on", "missed_on", "settled_on"
    ):
        found[case].owned.append(owner is not None)
        due = missed or agreed
        found[case].due.append((due, None, Said.ACTION_IN_TIME if done and done <= due else Said.ACTION_LATE))
    reviews = ReviewDue._base_manager.filter(case__in=some)
    for case, due_at, done_at, gone in reviews.values_list("case_id", "due_at", "done_at", "superseded_at"):
        if gone is None or done_at is not None:
            said = Said.REVIEW_IN_TIME if done_at and done_at <= due_at else Said.REVIEW_LATE
            found[case].due.append((local_day(due_at), due_at, said))
    advocates = Relation.objects.filter(file__in=some, kind=RelationKind.ADVOCATE)
    for file, from_at in advocates.values_list("file", "from_at"):
        found[file].advocates.append(from_at)
    grants = Grant.objects.filter(file__in=some, handed_at__isnull=True)
    columns = ("site", "partner", "compartments", "agreement", "from_at", "until_at")
    for file, *grant, from_at, until_at in grants.values_list("file", *columns):
        if until_at is not None and until_at <= at:
            found[file].ends.append(until_at)
            continue
        found[file].grants.append((*grant[:3], str(grant[3]) if grant[3] else None))
        found[file].ends.append(from_at if until_at is None else until_at)
    return found


def _answers(case: _Case, at: datetime, hours: Hours, doors: dict[int, DoorKept]) -> list[Answer] | None:
    """Return what a quarter counts of a case; None where that turns on more than days, and is never kept."""
    first, since = next(iter(case.levels), None), max(case.ends, default=case.opened_at)
    in_time = case.opened_at + timedelta(days=questions()["advocate"].days)
    early = any(from_at < case.opened_at for from_at in case.advocates)
    advocate = any(case.opened_at <= from_at <= in_time for from_at in case.advocates)
    # What was before the case was opened counts until four quarters have passed; of two levels of one moment either counts.
    odd = first is not None and (first[0] < case.opened_at or [when for when, _ in case.levels].count(first[0]) > 1)
    if since > at or odd or (early and not advocate):
        return None
    said: int = Said.NOBODY
    if first is not None:
        limit = hours.get(case.site, {}).get(first[1])
        said = Said.YES if limit is not None and first[0] <= case.opened_at + timedelta(hours=limit) else Said.NO
    grave = case.level == Level.VERY_HIGH and case.state != State.CLOSED
    said += Said.PLAN * (bool(case.owned) and all(case.owned)) + Said.ADVOCATE * advocate + Said.GRAVE * grave
    door = _door({"site": case.site, "by": said_by(hours.get(case.site)), "grants": sorted(set(case.grants), key=str)})
    kept = doors.setdefault(door.pk, door)
    kept.since = max(kept.since or since, since)
    due = [(local_day(case.opened_at), case.opened_at, int(said)), *case.due]
    return [(case.site, day, moment, int(what), door.pk) for day, moment, what in due]


def _door(said: dict[str, Any]) -> DoorKept:
    """Return a door, which has the number that is made of what it says."""
    number = sha256(json.dumps(said, sort_keys=True).encode()).digest()[:7]
    return DoorKept(id=int.from_bytes(number, "big"), said=said)


def _keep(cases: Mapping[UUID, Iterable[Answer]], doors: dict[int, DoorKept]) -> None:
    """Keep other answers of some cases, and with them the sums of their days; the database takes off what goes."""
    known = DoorKept.objects.in_bulk(list(doors))
    insert_rows([door for number, door in doors.items() if number not in known])
    for number, door in known.items():
        if doors[number].since > door.since:
            DoorKept.objects.filter(pk=number).update(since=doors[number].since)
    if cases:
        AnswerKept.objects.filter(case__in=list(cases)).delete()
    names = ("site", "day", "moment", "said", "door")
    each = [(pk, answer) for pk, answers in cases.items() for answer in answers]
    insert_rows([made(AnswerKept, {"case_id": pk, **dict(zip(names, said, strict=True))}) for pk, said in each])
    _add(Counter((site, day, said, door) for _, (site, day, _, said, door) in each))


def _add(more: Counter[tuple[Any, ...]]) -> None:
    """Add to sums; each may be there or not."""
    take = connection.ops.adapt_datefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO governance_tally (site, day, said, door, many) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (site, day, said, door) DO UPDATE SET many = governance_tally.many + excluded.many""",
            [(site, take(day), said, door, many) for (site, day, said, door), many in sorted(more.items(), key=str)],
        )


def _sums_apart() -> Counter[tuple[Any, ...]]:
    """Return by how much each sum is off that of the cases' answers: the database holds them against each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT site, day, said, door, SUM(many) FROM (
                SELECT site, day, said, door, COUNT(*) AS many FROM governance_answerkept GROUP BY 1, 2, 3, 4
                UNION ALL SELECT site, day, said, door, -many FROM governance_tally
            ) AS sums GROUP BY 1, 2, 3, 4 HAVING SUM(many) <> 0"""
        )
        return Counter({tuple(key): int(many) for *key, many in cursor.fetchall()})
