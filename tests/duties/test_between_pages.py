"""What changes between two pages of a day: the clock, how much waits, and what an address says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest

from fourfold.access.paging import place_in, said_as
from fourfold.access.terms import RelationKind
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy
from fourfold.duties import queries
from fourfold.duties.kinds.asking import day_of
from fourfold.duties.models import Duty
from fourfold.duties.queries import pages
from fourfold.duties.services import _say_their_cases
from fourfold.web import worklist
from fourfold.web.day_places import LONDON
from fourfold.web.worklist import today
from tests.cast import NOW, Cast
from tests.duties.test_pages import DAY, SAID, WHO, fill, shuffle, unit
from tests.panel.scene import relate

pytestmark = pytest.mark.django_db
__all__ = ("unit",)


def put(case: Case, due: list[datetime], kind: str = "actions", **more: Any) -> list[Duty]:
    """Put rows of one kind into the table, in a case that nobody has assessed or that has a level."""
    told = {"kind": kind, "case": case, "said": SAID[kind], "shows_from": NOW - 90 * DAY} | more
    rows = [Duty(about=new_id(), due_at=at, **told) for at in due]
    _say_their_cases(rows, {})
    Duty.objects.bulk_create(rows)
    return rows


def names(day: Any) -> list[str]:
    return [row.href for row in (day.first, *day.rows) if row]


@pytest.mark.parametrize("show", ["unit", "mine", "overdue"])
def test_what_falls_due_between_two_pages_stands_on_one_of_them(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, show: str
) -> None:
    """Actions of a unit fall due in the same minute, at five: whoever turns the page then must not lose all of them."""
    put(unit[0], [NOW + DAY / 24] * 200, owner=cast.staff["officer"].pk)
    put(unit[0], [NOW - DAY] * 30, owner=cast.staff["officer"].pk)
    fill(cast, unit, 100, seed=8)
    for many in (20, 10_000):
        monkeypatch.setattr(queries, "MANY", many)
        wanted = {name for name in _walk(cast, show, NOW) if "/plan/actions/" in name}
        for turn in (1, 3, 5):
            shown, pages_read = _turned(cast, show, turn)
            assert pages_read > 1 or show == "overdue"
            assert wanted <= set(shown), f"{many}, {turn}: {len(wanted - set(shown))} of {len(wanted)} are lost"
            assert len(shown) == len(set(shown)), f"{many}, {turn}"


def _turned(cast: Cast, show: str, turn: int) -> tuple[list[str], int]:
    """Return the actions on all pages, and how many pages: after so many of them it is two hours later."""
    at, after, shown, pages_read = NOW, "", list[str](), 0
    while after or not pages_read:
        day = today(cast.officer, at, show, after=after)
        shown += [name for name in names(day) if "/plan/actions/" in name]
        after, pages_read = day.next, pages_read + 1
        at = NOW + DAY / 12 if pages_read >= turn else NOW
    return shown, pages_read


def _walk(cast: Cast, show: str, at: datetime, who: str = "officer") -> list[str]:
    found, after = [], None
    while after != "":
        day = today(cast.actor(who), at, show, after=after or "")
        found += names(day)
        after = day.next
    return found


@pytest.mark.parametrize("turns", [(10_000, 20), (20, 10_000)])
def test_a_list_that_grows_or_shrinks_past_what_is_read_at_once_loses_nothing(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, turns: tuple[int, int]
) -> None:
    fill(cast, unit, 250, seed=9)
    put(unit[1], [NOW - DAY] * 100)
    monkeypatch.setattr(queries, "MANY", turns[0])
    wanted = {name for name in _walk(cast, "unit", NOW) if "/plan/actions/" in name}
    day = today(cast.officer, NOW, "unit")
    shown = names(day)
    monkeypatch.setattr(queries, "MANY", turns[1])
    while day.next:
        day = today(cast.officer, NOW, "unit", after=day.next)
        shown += names(day)
    assert wanted <= set(shown)


@pytest.mark.parametrize("wrong", range(5))
def test_a_place_that_somebody_made_up_is_the_first_page(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    fill(cast, unit, 100)
    monkeypatch.setattr(queries, "MANY", 20)
    first = today(cast.coordinator, NOW, "unit")
    place = place_in(first.next, 8)
    position, value = [
        (6, "x"),
        (6, float("inf")),
        (3, "9999-12-31T23:59:59-12:00"),
        (3, "0001-01-01T00:00:00-00:01"),
        (7, "0001-01-01T00:00:00+12:00"),
    ][wrong]
    place[position] = value
    made_up = said_as(place)
    day = today(cast.coordinator, NOW, "unit", after=made_up)
    assert (day.begins, names(day)) == (1, names(first))


@pytest.mark.parametrize("month", [3, 10])
def test_a_session_on_the_evening_of_a_change_of_clocks_is_on_a_page(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, month: int
) -> None:
    """Two days are 49 hours where one of them has 25."""
    year = NOW.year + 1
    sunday = max(day for day in range(25, 32) if date(year, month, day).weekday() == 6)
    planned = datetime(year, month, sunday, 23, 45, tzinfo=LONDON).astimezone(UTC)
    at = day_of(planned, -1).astimezone(UTC)
    fill(cast, unit, 60, seed=10)
    [row] = put(unit[0], [planned], kind="sessions", shows_from=at, asked_by=cast.staff["officer"].pk)
    for many in (10_000, 20):
        monkeypatch.setattr(queries, "MANY", many)
        assert any(str(row.about) in name for name in _walk(cast, "unit", at, "clinician")), many


def test_words_in_a_long_list_are_looked_for_with_few_statements(
    cast: Cast, unit: list[Case], django_assert_max_num_queries: Any
) -> None:
    put(unit[0], [NOW - DAY] * 2_000)
    today(cast.officer, NOW, "unit", words="nowhere")
    with django_assert_max_num_queries(71):  # a page of sixty after another took 330
        assert not today(cast.officer, NOW, "unit", words="nowhere").all


def test_rows_of_one_moment_stand_in_the_order_of_their_keys_on_either_database(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key may begin with any letter: neither database's order of text, nor its own type of keys, puts one elsewhere."""
    rows = put(unit[0], [NOW - DAY] * 150)
    for n, row in enumerate(rows):
        Duty.objects.unscoped("test").filter(pk=row.pk).update(
            id=UUID(int=(n * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128)
        )
    monkeypatch.setattr(queries, "MANY", 20)
    found = [name for name in _walk(cast, "unit", NOW) if "/plan/actions/" in name]
    assert len(found) == len(set(found)) == 150


def test_a_page_for_which_no_more_is_gathered_than_it_can_show_is_the_page_of_all(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast, unit, 300)
    put(unit[1], [NOW - DAY * n for n in range(1, 10)], owner=cast.staff["officer"].pk)
    set_to: dict[str, Any] = {"level": Level.VERY_HIGH, "set_in": SetBy.PROFESSIONAL, "reason": "Acts.", "at": NOW}
    cases.set_level(actor=cast.officer, case=unit[1], **set_to)
    monkeypatch.setattr(queries, "MANY", 3)
    for name, many in {"COUNTED": 5, "SHOWN": 3, "FEW": 1}.items():
        monkeypatch.setattr(worklist, name, many)
    whole, begun, ends = _said(today(cast.officer, NOW)), pages.begun, []

    def begins(**by: Any) -> pages.Begun:
        ends.append(begun(**by))
        return ends[-1]

    monkeypatch.setattr(pages, "begun", begins)
    assert _said(today(cast.officer, NOW, whole=False)) == whole
    assert ends[0].until, "there is more of the gravest than is counted"
    assert len(ends[0].places) == 3 + 1 + 1, "of the six that were read those have a place that the page may show"
    monkeypatch.setattr(pages, "begun", lambda **by: replace(begun(**by), until=NOW - 1_000 * DAY))
    assert _said(today(cast.officer, NOW, whole=False)) == whole, "a page that is not filled so is that of all"


def _said(day: Any) -> tuple[Any, ...]:
    return day.first, day.rows, day.next, [tab.text for tab in day.tabs], str(day.all), str(day.overdue)


@pytest.mark.parametrize("seed", range(4))
def test_a_page_of_some_of_ones_cases_is_the_page_of_all_whatever_stands_between(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Closed, walled off, handed over, of another unit, granted in part or no longer: of each only what may be seen."""
    fill(cast, unit, 200, seed)
    gravest(cast, unit[:3])
    for case in unit[2:]:
        relate(cast, "officer", case, RelationKind.OIC)
    shuffle(cast, unit[:4], Random(seed))
    gravest(cast, unit[4:])
    rows = Duty.objects.unscoped("test")
    rows.filter(kind="contacts").update(
        due_at=NOW - DAY, closed=False, reveals="", until=None, shows_from=NOW - 9 * DAY
    )
    monkeypatch.setattr(queries, "MANY", 3)
    for name, many in {"COUNTED": 5, "SHOWN": 3, "FEW": 1}.items():
        monkeypatch.setattr(worklist, name, many)
    ends_within, short = worklist._Day.ends_within, []

    def ends(day: worklist._Day, found: Any) -> bool:
        if day.first and day.first.until:
            short.append(ends_within(day, found))
        return ends_within(day, found)

    monkeypatch.setattr(worklist._Day, "ends_within", ends)
    for name in WHO:
        actor = cast.actor(name)
        assert _said(today(actor, NOW, whole=False)) == _said(today(actor, NOW)), name
    assert False in short, "some page was filled by what was gathered for it alone"


def test_ones_cases_are_looked_through_once_and_then_those_alone_in_which_something_is_the_gravest(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast, unit, 100)
    gravest(cast, unit[1:2])
    for case in (unit[2], unit[4]):
        relate(cast, "officer", case, RelationKind.OIC)
    Duty.objects.unscoped("test").filter(kind="contacts").update(due_at=NOW - DAY)
    monkeypatch.setattr(queries, "MANY", 3)
    for name, many in {"COUNTED": 5, "SHOWN": 3, "FEW": 1}.items():
        monkeypatch.setattr(worklist, name, many)
    asked, ask = [], queries._waiting.call

    def noted(*by: Any, these: tuple[UUID, ...]) -> Any:
        asked.append((by[3], these))
        return ask(*by, these=these)

    monkeypatch.setattr(queries._waiting, "call", noted)
    day = today(cast.officer, NOW, whole=False)
    looked_at = {of: set(these) for of, these in asked if of != "the rows"}
    level = {case.pk for case in Case.objects.unscoped("test").filter(level=Level.VERY_HIGH)}
    assert looked_at == {"the unit": set(), "the worst of the parts": level & {unit[1].pk, unit[2].pk, unit[4].pk}}
    assert _said(day) == _said(today(cast.officer, NOW))


@pytest.mark.parametrize("is_silent", [True, False])
def test_of_what_is_read_by_the_page_those_rows_are_read_that_it_draws(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    """Two silences stand before it; where somebody reached these victims meanwhile, the page is filled all the same."""
    gravest(cast, unit[1:3])
    relate(cast, "officer", unit[2], RelationKind.OIC)
    Case.objects.unscoped("test").update(opened_at=NOW - 60 * DAY if is_silent else NOW - 2 * DAY)
    Duty.objects.unscoped("test").filter(kind="contacts").update(due_at=NOW - 46 * DAY)
    monkeypatch.setattr(queries, "MANY", 3)
    for name, many in {"COUNTED": 5, "SHOWN": 3, "FEW": 1, "SPARE": 0}.items():
        monkeypatch.setattr(worklist, name, many)
    whole, asked, ask = _said(today(cast.officer, NOW)), [], queries._waiting.call

    def noted(*by: Any, these: tuple[UUID, ...]) -> Any:
        asked.append((by[3], these))
        return ask(*by, these=these)

    monkeypatch.setattr(queries._waiting, "call", noted)
    day = today(cast.officer, NOW, whole=False)
    kinds = [row.kind for row in (day.first, *day.rows) if row]
    assert kinds == (["silence", "silence", "actions"] if is_silent else ["actions"] * 3)
    read = list(dict.fromkeys(these for of, these in asked if of == "the rows"))
    assert [len(these) for these in read] == ([2] if is_silent else [2, 2]), "one more says that there is another page"
    assert _said(day) == whole


def gravest(cast: Cast, of: list[Case]) -> None:
    """Have cases stand at very high, and actions of the officer's overdue in them."""
    set_to: dict[str, Any] = {"level": Level.VERY_HIGH, "set_in": SetBy.PROFESSIONAL, "reason": "Acts.", "at": NOW}
    for case in of:
        put(case, [NOW - DAY * n for n in range(1, 7)], owner=cast.staff["officer"].pk)
        cases.set_level(actor=cast.officer, case=case, **set_to)
