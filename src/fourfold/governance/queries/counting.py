"""The questions of the quality board that are asked of thousands, counted by the database in one statement.

What each question counts is said beside its rows, in `quality`; that both say the same is tested on worlds of chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models.functions import Coalesce

from fourfold.access.kept import Listed
from fourfold.access.scoping import opened_at_once
from fourfold.access.terms import LONDON, Compartment, RelationKind, day_of
from fourfold.audit.terms import Actor
from fourfold.cases.terms import Level, SetBy, State
from fourfold.governance.queries import tallied
from fourfold.governance.queries.tallied import ALL_ANSWERS, NO, NOT_ASKED, OF_CASES, YES, listed, quarter
from fourfold.governance.questions import questions
from fourfold.governance.rules.quality import PERIOD, QUARTERS, Quarter
from fourfold.programme import queries as programme


class Asked(Protocol):
    """Who asks `now` about which site, as of when, and since when."""

    actor: Actor
    site: str
    now: datetime
    at: datetime
    since: datetime
    today: date


@dataclass(frozen=True)
class Counts:
    """The quarters of each question that is asked of thousands, and how many cases were opened in which quarter.

    `grave`: of the newest quarter, how many cases that are open at very high a question that is asked of cases was answered
    no for.
    """

    quarters: dict[str, tuple[Quarter, ...]]
    opened: Counter[int]
    grave: Counter[str]


def counted(read: Asked, offered: Collection[UUID], until: date) -> Counts:
    """Count what is asked of thousands: by what is kept, where that holds, and else in one statement."""
    found: dict[str, Counter[tuple[int, int]]] = {code: Counter() for code in (*OF_CASES, "overdue")}
    opened: Counter[int] = Counter()
    grave = Counter(dict.fromkeys(OF_CASES, 0))
    for answers, of in _rows(read, offered, until):
        which, answer = divmod(abs(answers), ALL_ANSWERS)
        if answers < 0:
            found["overdue"][which, answer] += of
            continue
        opened[which - 1] += of
        for place, code in enumerate(OF_CASES):
            found[code][which, said := answer // 3**place % 3] += of
            grave[code] += of if said == NO and answer // 3 ** len(OF_CASES) == YES else 0
    last = [until - back * PERIOD for back in reversed(range(QUARTERS))]
    quarters = {
        code: tuple(Quarter(day, n[q, YES], n[q, YES] + n[q, NO]) for q, day in enumerate(last, 1))
        for code, n in found.items()
    }
    return Counts(quarters, opened, grave)


def actions_due(rows: Any, since: date, before: date) -> Any:
    """Return which of some actions were due in a time, with the day as `due_by`: the first that one missed, or the last."""
    return rows.annotate(due_by=Coalesce("missed_on", "due_on")).filter(due_by__gte=since, due_by__lt=before)


def _rows(read: Asked, offered: Collection[UUID], until: date) -> list[tuple[int, int]]:
    """Return a number, and of how many: the quarter in 81s, from 1 on, and the answers, of cases those of the first question
    in ones, the next in threes, in nines, and 27 for what is open at very high in the newest quarter; of what fell due, below
    nothing, one where it was done in time."""
    hours = programme.working(read.site, read.today).review_hours
    values = _values(read, hours, until) | {"offered": Listed().get_db_prep_value(offered, connection)}
    alone = tallied.apart(read.actor, read.now, read.site)
    kept = None if alone is None else tallied.kept(read, values, hours, alone)
    if kept is not None and not alone:
        return kept
    with connection.cursor() as cursor:
        cursor.execute(*_statement(read, hours, values, None if kept is None else alone))
        return [*(kept or ()), *cursor.fetchall()]


def _values(read: Asked, hours: Mapping[str, int], until: date) -> dict[str, Any]:
    begins = [until - back * PERIOD + timedelta(days=1) for back in range(1, QUARTERS + 1)]
    waits = {code: read.at - timedelta(days=questions()[code].days) for code in ("plan", "advocate")}
    waits["late"] = read.at - timedelta(hours=hours["high"])
    values: dict[str, Any] = {
        **{f"day{back}": day for back, day in enumerate(begins)},
        **{f"begin{back}": datetime.combine(day, time(), tzinfo=LONDON) for back, day in enumerate(begins)},
        **waits,
        **{name: getattr(read, name) for name in ("site", "since", "at", "today")},
        **{f"{name}_day": day_of(moment) for name, moment in (*waits.items(), ("since", read.since))},
        **{f"level{place}": level for place, level in enumerate(hours)},
    }
    take = {datetime: connection.ops.adapt_datetimefield_value, date: connection.ops.adapt_datefield_value}
    return {name: take.get(type(value), str)(value) for name, value in values.items()}


def _statement(
    read: Asked, hours: Mapping[str, int], values: dict[str, Any], alone: Collection[UUID] | None
) -> tuple[str, dict[str, Any]]:
    """Return the statement that counts the cases as they stand, all or some `alone`, and its values."""
    values = values | {"alone": Listed().get_db_prep_value(alone or (), connection)}
    few = "" if alone is None else f"id IN (SELECT {listed('alone')}) AND "
    # Twice the key: SQLite would look up the case of each that is on a list, and not read the site's by their index.
    column = "cases_case.id" if few else "COALESCE(cases_case.id, cases_case.id)"
    door, who = opened_at_once(read.actor, Compartment.RISK, column, at=read.now, few=bool(few))
    values |= {f"door{place}": value for place, value in enumerate(who)}
    door %= tuple(f"%(door{place})s" for place in range(len(who)))
    actions = _due("plan_action", "COALESCE(missed_on, due_on)", "settled_on", "day", "due < %(today)s", apart=True)
    stands = "due <= %(at)s AND (superseded_at IS NULL OR done IS NOT NULL)"
    reviews = _due("cases_reviewdue", "due_at", "done_at", "begin", stands, more=", superseded_at")
    # In the order of their keys, in which what hangs on them is then looked up: neighbours lie beside each other.
    seen = f"SELECT id AS pk, opened_at FROM cases_case WHERE {few}site = %(site)s AND {door} ORDER BY 1"  # noqa: S608
    return f"WITH seen AS MATERIALIZED ({seen}) {_of_cases(hours)} UNION ALL {reviews} UNION ALL {actions}", values


def _of_cases(hours: Mapping[str, int]) -> str:
    in_time = " OR ".join(
        f"level = %(level{place})s AND set_at <= {_later(each)}" for place, each in enumerate(hours.values())
    )
    states = ", ".join(f"'{state}'" for state in sorted(set(State) - {State.CLOSED}))
    newest = f"opened_at >= %(begin0)s AND level = '{Level.VERY_HIGH}' AND state IN ({states})"
    named = f"""kind = '{RelationKind.ADVOCATE}' AND from_at >= %(since)s
        AND from_at <= {_later(24 * questions()["advocate"].days)}"""
    return f"""SELECT {quarter("opened_at", "begin")} * {ALL_ANSWERS} + COALESCE((
        SELECT CASE WHEN {in_time} THEN {YES} ELSE {NO} END FROM cases_levelset
        WHERE case_id = pk AND set_at >= %(since)s AND set_in <> '{SetBy.TRIAGE}' ORDER BY set_at LIMIT 1
    ), CASE WHEN opened_at <= %(late)s THEN {NO} ELSE {NOT_ASKED} END) + 3 * CASE
        WHEN opened_at > %(plan)s THEN {NOT_ASKED} ELSE COALESCE((
            SELECT MIN(CASE WHEN owner IS NULL THEN {NO} ELSE {YES} END) FROM plan_action WHERE case_id = pk
        ), {NO}) END + 9 * CASE
        WHEN opened_at > %(advocate)s THEN {NOT_ASKED}
        WHEN pk IN (SELECT {listed("offered")}) OR EXISTS(SELECT 1 FROM access_relation WHERE file = pk AND {named}) THEN {YES}
        ELSE {NO} END + 27 * CASE WHEN pk IN (SELECT id FROM cases_case WHERE {newest}) THEN 1 ELSE 0 END, COUNT(*)
        FROM seen WHERE opened_at >= %(since)s GROUP BY 1"""  # noqa: S608 -- each value has its place


def _due(table: str, due: str, done: str, begins: str, also: str, *, more: str = "", apart: bool = False) -> str:
    """Return the count of what fell due, and whether it was done in time; with `apart` it is picked once the rows are joined:
    PostgreSQL cannot know what a first day or else another comes to, and would read a table whose index holds what is asked."""
    rows = f"SELECT {due} AS due, {done} AS done{more} FROM seen CROSS JOIN {table} WHERE case_id = pk"  # noqa: S608
    rows += " OFFSET 0" if apart and connection.vendor == "postgresql" else ""
    return f"""SELECT -({quarter("due", begins)} * {ALL_ANSWERS} + CASE WHEN done <= due THEN {YES} ELSE {NO} END), COUNT(*)
        FROM ({rows}) AS fallen_due WHERE due >= %({begins}{QUARTERS - 1})s AND {also} GROUP BY 1"""  # noqa: S608


def _later(hours: int) -> str:
    """Return the moment so many hours after a case was opened."""
    if connection.vendor == "postgresql":
        return f"seen.opened_at + {hours} * interval '1 hour'"
    # The hour that is so much later, with the rest as it was written: SQLite would round it.
    return f"substr(datetime(substr(seen.opened_at, 1, 13) || ':00', '+{hours} hours'), 1, 13) || substr(seen.opened_at, 14)"
