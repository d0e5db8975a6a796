"""Today: what is to be decided at once, then danger with its lateness, then what is due; and nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.terms import Permission, RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import SHUT, Level, SetBy
from fourfold.intake.terms import Urgency
from fourfold.plan.models import Action
from fourfold.support import services as support
from fourfold.support.terms import UpdateKind
from fourfold.web import day_rows, worklist
from tests.cases.builders import open_case, told
from tests.cast import NOW, Cast, assign
from tests.orders.builders import breached, made
from tests.panel.scene import relate
from tests.plan.test_services import action
from tests.web.conftest import SignIn
from tests.web.test_lists import it_is

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OPENED = NOW - 60 * DAY

READER = Actor(UUID(int=0), "A reader", "northmoor-police", "police")


@pytest.fixture(autouse=True)
def _pages_are_read() -> None:
    import_module("fourfold.web.urls")  # the pages register what they yield when they are gathered


@st.composite
def rows(draw: st.DrawFn) -> worklist.WorkRow:
    """Something to do, of any kind, due at any time or never."""
    due = draw(st.none() | st.integers(-1000, 100).map(lambda days: NOW + days * DAY))
    return worklist.WorkRow(
        due_at=due, what="", href="", why="", level=draw(st.sampled_from([SHUT, None, *Level])),
        overdue=due is not None and due < NOW, at_once=draw(st.booleans()), decide=draw(st.booleans()),
    )  # fmt: skip


@given(st.lists(rows(), max_size=12))
def test_no_chore_stands_above_what_is_to_be_decided_nor_above_graver_danger(rows: list[worklist.WorkRow]) -> None:
    listed = worklist.in_order(rows, READER, NOW)
    assert sorted(map(id, listed)) == sorted(map(id, rows))
    for n, above in enumerate(listed):
        for below in listed[n + 1 :]:
            assert above.at_once or not below.at_once
            if not above.at_once and not below.at_once:
                assert above.decide or not below.decide
                if not above.decide:
                    assert above.overdue or not below.overdue
            if above.overdue and below.overdue and not (above.at_once or above.decide):
                graver = day_rows.danger_of(above.level), day_rows.danger_of(below.level)
                assert graver[0] >= graver[1]
                assert graver[0] > graver[1] or above.due_at <= below.due_at  # type: ignore[operator]
            if above.due_at is below.due_at is None and not (above.at_once or above.decide):
                assert day_rows.danger_of(above.level) >= day_rows.danger_of(below.level)


@pytest.mark.parametrize(
    ("graver", "level"), [(None, Level.MEDIUM), (SHUT, Level.LOW), (Level.HIGH, Level.MEDIUM), (None, SHUT)]
)
def test_what_nobody_has_assessed_is_never_taken_for_low(graver: Level | None, level: Level) -> None:
    assert day_rows.danger_of(graver) > day_rows.danger_of(level)


def a_case(cast: Cast, name: str, level: Level) -> Case:
    case = open_case(cast, at=OPENED, victim_name=name, victim_birth="1 May 1990", victim_phone="")
    cases.set_level(actor=cast.officer, case=case, level=level, set_in=SetBy.PROFESSIONAL, reason="Acts.", at=NOW)
    return case


@pytest.mark.parametrize("name", ["officer", "coordinator"])
def test_a_chore_of_682_days_never_stands_above_a_breach_of_which_the_victim_is_not_told(
    cast: Cast, signed_in: SignIn, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chore, grave = a_case(cast, "Ada Brindle", Level.LOW), a_case(cast, "Nora Quill", Level.VERY_HIGH)
    for case in (chore, grave):
        assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=OPENED)
    old = action(cast, chore, what="File the old letter", owner=cast.staff["officer"].pk)
    Action.objects.unscoped("test").filter(pk=old.pk).update(due_on=(NOW - 682 * DAY).date())
    breached(cast, made(cast, grave), at=NOW)
    it_is(NOW + timedelta(hours=1), monkeypatch)
    for show in ("", "mine", "unit"):
        page = signed_in(name).get("/", {"show": show}).content.decode()
        if "File the old letter" in page:
            assert page.index("Decide after the breach") < page.index("File the old letter")
    assert "Decide after the breach" in signed_in(name).get("/").content.decode()


def test_an_advocate_tells_of_a_breach_before_any_overdue_chore(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    chore, grave = a_case(cast, "Ada Brindle", Level.LOW), a_case(cast, "Nora Quill", Level.VERY_HIGH)
    for case in (chore, grave):
        relate(cast, "advocate", case, RelationKind.ADVOCATE)
    support.owe_update(actor=cast.officer, case=chore, what=UpdateKind.COURT_DATE, happened_at=OPENED, at=OPENED)
    support.owe_update(actor=cast.officer, case=grave, what=UpdateKind.BREACH, happened_at=NOW, at=NOW)
    it_is(NOW + timedelta(hours=1), monkeypatch)
    page = signed_in("advocate").get("/", {"show": "mine"}).content.decode()
    assert page.index("Tell the victim: a breach") < page.index("Tell the victim: a date in court")


# ---- nothing is cut in silence --------------------------------------------------------------------------------------


def planted(count: int, late: timedelta | None = None) -> worklist.Asked:
    def many(actor: Actor, at: datetime) -> Iterator[worklist.WorkRow]:
        for n in range(count):
            yield worklist.WorkRow(due_at=late and at - late, what=f"Row {n:03}.", href="/", why="planted", mine=True)

    return worklist.Asked(Permission.CASE_VIEW, many, frozenset())


def walked(client: Client, address: str) -> list[str]:
    """Return every page of a list, by the link that leads on."""
    found = []
    while address:
        found.append(client.get(address).content.decode())
        following = re.search(r'href="([^"]+)" rel="next"', found[-1])
        address = address.partition("?")[0] + following[1].replace("&amp;", "&") if following else ""
    return found


@pytest.mark.parametrize("show", ["mine", "unit"])
def test_every_row_of_a_day_of_200_is_reached_and_the_page_says_where_it_stands(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, show: str
) -> None:
    monkeypatch.setattr(worklist, "SOURCES", [planted(200)])
    pages = walked(signed_in("officer"), f"/?show={show}")
    assert [re.search(r"\d+ to \d+ of 200", page)[0] for page in pages] == [  # type: ignore[index]
        "1 to 60 of 200", "61 to 120 of 200", "121 to 180 of 200", "181 to 200 of 200",
    ]  # fmt: skip
    said = [row for page in pages for row in re.findall(r"Row (\d+)\.", page)]
    assert sorted(said) == [f"{n:03}" for n in range(200)]
    assert "Mine (200)" in pages[-1]


def test_a_long_day_is_searched(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist, "SOURCES", [planted(200)])
    client = signed_in("officer")
    assert "Search this list" in client.get("/").content.decode()
    found = client.get("/", {"words": "row 17 PLANTED"}).content.decode()
    assert re.findall(r"Row (\d+)\.", found) == ["017", "117", *(f"17{n}" for n in range(10))]
    assert "Nothing in this list says that" in client.get("/", {"words": "no such words"}).content.decode()
    monkeypatch.setattr(worklist, "SOURCES", [planted(60)])
    assert "Search this list" not in client.get("/").content.decode()


def test_what_is_overdue_is_no_less_because_somebody_searches(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist, "SOURCES", [planted(70, DAY)])
    client = signed_in("officer")
    for asked in ({}, {"words": "row 17"}, {"words": "no such words"}):
        assert "70 things of your own are overdue." in client.get("/", asked).content.decode(), asked


# ---- what nobody has ------------------------------------------------------------------------------------------------


def test_cases_and_reports_that_nobody_has_stand_first_on_the_coordinators_list(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned, nobodys = a_case(cast, "Ada Brindle", Level.VERY_HIGH), a_case(cast, "Nora Quill", Level.LOW)
    assign(actor=cast.coordinator, case=owned, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=OPENED)
    breached(cast, made(cast, owned), at=NOW)
    nobody = dict.fromkeys(("victim_birth", "victim_phone", "subject_name", "subject_birth", "subject_phone"), "")
    for n in range(3):
        told(cast.analyst, at=NOW - 30 * DAY, urgency=Urgency.ROUTINE, victim_name=f"Bo Marsh{n}", **nobody)  # type: ignore[arg-type]
    day = worklist.today(cast.coordinator, NOW + DAY)
    listed = [row for row in (day.first, *day.rows) if row]
    danger = listed.pop(0)
    assert danger.at_once, "as the desk says of it: a breach by a subject of very high risk"
    assert "is recorded as a breach of condition" in danger.why
    assert {(row.what, row.case) for row in listed[:2]} == {
        ("Say who works on this case", nobodys.reference), ("Find somebody for 4 reports at the desk", ""),
    }  # fmt: skip
    assert listed[2].what.startswith("Decide after the breach")
    assert "Say who works on this case" not in {
        row.what for row in worklist.today(cast.officer, NOW + DAY, "unit").rows
    }


def test_the_case_of_somebody_who_left_is_nobodys(cast: Cast) -> None:
    case = a_case(cast, "Nora Quill", Level.LOW)
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=OPENED)
    listed = worklist.today(cast.coordinator, NOW)
    assert "Say who works on this case" not in {row.what for row in (listed.first, *listed.rows) if row}
    officer = cast.staff["officer"]
    officer.active = False
    officer.save(update_fields=["active"])
    listed = worklist.today(cast.coordinator, NOW)
    assert "Say who works on this case" in {row.what for row in (listed.first, *listed.rows) if row}


# ---- a case for the panel -------------------------------------------------------------------------------------------


def test_every_case_is_there_to_be_put_before_a_panel_the_unassessed_and_the_highest_first(
    cast: Cast, signed_in: SignIn
) -> None:
    from tests.panel.scene import bring_before_panel
    from tests.panel.scene import open_case as open_quietly

    sitting = bring_before_panel(cast, open_quietly(cast)).sitting
    levels = dict(zip(("", *map(str, Level)), (open_quietly(cast, acts=0) for _ in range(5)), strict=True))
    for _ in range(65):
        levels[""] = open_quietly(cast, acts=0)
    for level, case in levels.items():
        Case.objects.unscoped("test").filter(pk=case.pk).update(level=level)
    client, address = signed_in("coordinator"), f"/panel/{sitting.pk}/add/"
    page = client.get(address).content.decode()
    listed = re.findall(r"(FF-[0-9A-Z]+), (not assessed|low|medium|high|very high)", page)
    assert len(listed) == 60
    assert "60 of 70 cases" in page
    assert {level for _, level in listed} == {"not assessed"}
    listed += re.findall(r"(FF-[0-9A-Z]+), (not assessed|low|medium|high|very high)", walked(client, address)[1])
    assert len({reference for reference, _ in listed}) == 70
    assert [level for _, level in listed[-4:]] == ["very high", "high", "medium", "low"]
    found = client.get(address, {"words": levels["low"].reference}).content.decode()
    assert "1 of 1 case" in found
    chosen = client.post(address, {"cases": str(levels["low"].pk), "why": "Asked by the victim"})
    assert chosen.status_code == 303
