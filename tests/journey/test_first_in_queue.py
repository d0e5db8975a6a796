"""What stands first at the desk: asked at once for all reports, and the same as on the page of each."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold import journey
from fourfold.access import services as access
from fourfold.audit import services as audit
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.models import Case, MayName
from fourfold.cases.queries import desk as at_desk
from fourfold.cases.queries import held_near
from fourfold.cases.terms import Level, SetBy
from fourfold.intake.terms import Urgency
from fourfold.journey import holding
from fourfold.linkage import services as linkage
from fourfold.linkage import shared_keys
from fourfold.linkage.queries import meant
from fourfold.people.terms import Part
from fourfold.web import worklist
from fourfold.web.pages.desk import NEWEST, WITHIN, new_allegations
from tests.cases.builders import HIM, known, open_case, told
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, row, small, text_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOTHING_ELSE = dict.fromkeys(("victim_birth", "victim_phone", "subject_birth", "subject_phone"), "")
#: What stands first, whose contact is read, keys, decisions, people, their marks, reports of theirs, reports, cases, orders, answers.
STATEMENTS = 9


def first(cast: Cast, who: str, newest: int = 20) -> tuple[list[holding.Queued], bool]:
    with audit.reading(cast.actor(who), "home", at=NOW + 30 * DAY):
        found = holding.first_in_queue(actor=cast.actor(who), at=NOW + 30 * DAY, newest=newest, within=WITHIN)
    return list(found.shown), found.more


def of_the_case(cast: Cast, many: int) -> Case:
    case = open_case(cast)
    services.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    for n in range(many):
        told(cast.analyst, at=NOW + n * DAY, reference=f"R-{n}")
    services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    return case


@pytest.mark.parametrize("who", ["analyst", "officer", "coordinator"])
def test_the_first_of_the_desk_cost_the_same_statements_for_two_and_for_twenty(cast: Cast, who: str) -> None:
    of_the_case(cast, 2)
    first(cast, who)
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            shown, _ = first(cast, who)
        assert shown
        assert all(one.names_a_case for one in shown)
        costs.append(len([one for one in asked if "audit_" not in one["sql"] and one["sql"].startswith("SELECT")]))
        for n in range(18):
            told(cast.analyst, at=NOW + n * DAY)
        services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    assert costs == [costs[0]] * 2
    assert costs[0] <= STATEMENTS


@pytest.mark.parametrize("keyed", [True, False])
def test_a_report_is_read_again_only_where_another_may_tell_of_the_same_people(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, keyed: bool
) -> None:
    """Each report shares its own keys with itself: that is no reason to read it once more, whole."""
    alike = [told(cast.analyst, at=NOW + n * DAY) for n in range(2)]
    other = {f"victim_{name}": "" for name in ("birth", "phone", "email", "address")} | {"victim_name": "Wen Ortega"}
    alone = told(cast.analyst, at=NOW, **other, **(dict.fromkeys(HIM, "") | {"subject_name": "Tam Okoro"}))
    if keyed:
        services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    asked: list[set[object]] = []
    read = held_near.reports_read
    monkeypatch.setattr(held_near, "reports_read", lambda actor, of, at: asked.append({*of}) or read(actor, of, at))
    shown = {one.row.id: one.holding.held for one in first(cast, "analyst")[0]}
    assert asked == [{row.pk for row in alike} if keyed else set()]
    assert {pk: [one.act.allegation for one in held.alike] for pk, held in shown.items()} == {
        alike[0].pk: [alike[1].pk],
        alike[1].pk: [alike[0].pk],
        alone.pk: [],
    }


def test_of_the_keys_of_a_list_only_what_others_share_is_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report already tells its own keys: read back, they took a sixth of the desk's page."""
    told(cast.analyst, at=NOW)
    services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    read: list[set[object]] = []
    most_first = shared_keys._most_first
    monkeypatch.setattr(
        shared_keys, "_most_first", lambda some, by: read.append({*chain(*by.values())}) or most_first(some, by)
    )
    first(cast, "analyst")
    assert read == [set(), set()]
    told(cast.analyst, at=NOW + DAY)
    services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    shown, _ = first(cast, "analyst")
    assert [len(each) for each in read[2:]] == [0, 2]
    assert [len(one.holding.held.alike) for one in shown] == [1, 1]


@pytest.mark.parametrize("who", ["analyst", "officer", "second_officer", "coordinator"])
def test_the_queue_says_of_each_report_what_its_own_page_says(cast: Cast, who: str) -> None:
    case = of_the_case(cast, 3)
    confirmed = told(cast.analyst, at=NOW + 4 * DAY, reference="R-CONFIRMED")
    known(cast, confirmed, victim=case.victim, subject=case.subject)
    nobody = dict.fromkeys(HIM, "")
    told(cast.analyst, at=NOW + 5 * DAY, reference="R-HER", **nobody)
    access.set_wall(
        actor=cast.governance, files=[case.pk], staff=cast.staff["second_officer"].pk, reason="a cousin", at=NOW
    )
    shown, more = first(cast, who)
    assert len(shown) == 5
    assert not more
    assert any(one.names_a_case for one in shown) is (who != "second_officer")
    for one in shown:
        _, alone = holding.desk_read(actor=cast.actor(who), allegation=one.row.id, at=NOW + 30 * DAY)
        assert (one.holding.urgency, one.holding.reasons) == (alone.urgency, alone.reasons)


def test_nobody_is_named_any_more_once_it_is_said_not_to_be_them_or_the_case_is_walled(cast: Cast) -> None:
    case = of_the_case(cast, 1)
    assert [one.names_a_case for one in first(cast, "officer")[0]] == [True]
    report = at_desk.first_at_desk(actor=cast.officer, at=NOW + DAY, newest=1)[0][0]
    no = {"part": Part.VICTIM, "victim": case.victim, "reason": "Another person."}
    linkage.reject_match(actor=cast.analyst, allegation=report, at=NOW, **no)
    assert not any(one.victim for one in first(cast, "officer")[0][0].holding.held.cases)
    access.set_wall(actor=cast.governance, files=[case.pk], staff=cast.staff["officer"].pk, reason="a cousin", at=NOW)
    assert [one.names_a_case for one in first(cast, "officer")[0]] == [False]


def test_whom_a_report_means_is_worked_out_where_somebody_shares_or_decided(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of most that wait nobody on record shares anything: each was weighed against nobody all the same."""
    told(cast.analyst, at=NOW)
    worked_out: list[object] = []
    of_one = meant._of_one
    monkeypatch.setattr(meant, "_of_one", lambda *of: worked_out.append(of) or of_one(*of))
    shown, _ = first(cast, "analyst")
    assert [one.holding.held.meant for one in shown] == [()]
    assert not worked_out
    open_case(cast)
    told(cast.analyst, at=NOW + DAY)
    shown, _ = first(cast, "analyst")
    assert all(one.holding.held.meant for one in shown)
    assert worked_out


def test_what_stands_first_is_read_by_indexes_that_hold_it_alone(cast: Cast) -> None:
    """Whoever waits is looked through for nothing but the newest: of half a million that took the desk twenty seconds."""
    case = of_the_case(cast, 5)
    others = [{"victim_name": f"Ada Poole {n}", "subject_name": f"Rolf Stern {n}", **NOTHING_ELSE} for n in range(300)]
    for n, other in enumerate(others):
        told(cast.analyst, at=NOW - n * DAY, urgency=Urgency.NOW if n % 30 == 0 else Urgency.SOON, **other)
    services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    call = at_desk.first.call(cast.analyst, NOW + DAY, 3)
    found = call.rows()
    assert sum(row.urgency == Urgency.NOW for row in found) == 10
    assert len(found) == 5 + 10, "the newest three are of the case"
    assert MayName.objects.filter(file=case.pk).count() == 5
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            cursor.execute(
                f"EXPLAIN QUERY PLAN {call.statement.made()[3]}", call.statement.made()[-1].filled(call.values)
            )
            plan = [row[3] for row in cursor.fetchall()]
        assert [each for each in plan if "allegation_at_desk" in each] == [
            "SEARCH U0 USING INDEX allegation_at_desk (site=?)"
        ]
        for index in ("may_name_first", "at_desk_by_urgency", "version_by_urgency"):
            assert any(index in each for each in plan), (index, plan)


def test_every_report_that_says_danger_now_is_shown_however_many_wait(cast: Cast) -> None:
    for n in range(at_desk.MOST_NAMED + 5):
        told(cast.analyst, at=NOW - n * DAY, urgency=Urgency.NOW, urgency_reasons=["said to be happening now"])
    for n in range(4):
        told(cast.analyst, at=NOW + n * DAY)
    shown, more = first(cast, "analyst", newest=3)
    assert sum(one.urgency is Urgency.NOW for one in shown) == at_desk.MOST_NAMED + 5
    assert len(shown) == len({one.row.id for one in shown}) == at_desk.MOST_NAMED + 5 + 3
    assert more
    listed = cases.untriaged(actor=cast.analyst, at=NOW + 30 * DAY, most=3)
    assert {one.id for one in listed} <= {one.row.id for one in shown}


def test_where_more_say_danger_now_than_are_read_the_day_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    many = at_desk.MOST_NAMED + 5
    for n in range(many):
        told(cast.analyst, at=NOW - n * DAY, urgency=Urgency.NOW, urgency_reasons=["said to be happening now"])
    told(cast.analyst, at=NOW - many * DAY)
    for most, says in (
        (many, "20 stand here, those that say"),
        (many - 1, "20 stand here, the newest thousand and the oldest sixty of those"),
    ):
        monkeypatch.setattr(at_desk, "WHOLE", most)
        with audit.reading(cast.analyst, "home", at=NOW + DAY):
            rows = list(new_allegations(cast.analyst, NOW + DAY))
        assert len(rows) == many + 1
        assert says in rows[-1].why


def test_no_later_version_takes_the_place_of_a_report_that_says_danger_now(cast: Cast, tmp_path: Path) -> None:
    for weapon in ("N", "Y"):
        usual = {"Name": "Ada Poole", "Told": "24/11/2026 08:00", "When": "24/11/2026 08:00"}
        path = feed(tmp_path, text_of([row("T-1", **usual, Weapon=weapon)]), f"{weapon}.csv")
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    for n in range(at_desk.MOST_NAMED):
        told(cast.analyst, at=NOW + n * DAY / 60, urgency=Urgency.NOW, urgency_reasons=["said to be happening now"])
    for n in range(5):
        told(cast.analyst, at=NOW + (n + 2) * DAY)
    shown, _ = first(cast, "analyst", newest=3)
    assert sum(one.urgency is Urgency.NOW for one in shown) == at_desk.MOST_NAMED + 1


def test_every_report_of_which_a_later_version_says_danger_now_is_shown_however_many_wait(
    cast: Cast, tmp_path: Path
) -> None:
    many = at_desk.MOST_NAMED + 5
    for weapon in ("N", "Y"):
        told_so = [row(f"T-{n}", Told="24/11/2026 08:00", Name=f"Ada Poole {n}", Weapon=weapon) for n in range(many)]
        path = feed(tmp_path, text_of(told_so), f"{weapon}.csv")
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    shown, more = first(cast, "analyst", newest=3)
    assert sum(one.urgency is Urgency.NOW for one in shown) == many
    assert not more


def day_of(cast: Cast, who: str, hours: int) -> tuple[list[str], worklist.WorkRow | None]:
    """Return what the tabs of somebody's day say, and its row that says that more wait."""
    day = worklist.today(cast.actor(who), NOW + timedelta(hours=hours), "unit")
    rows = (row for row in (day.first, *day.rows) if row and row.more)
    return [tab.text for tab in day.tabs], next(rows, None)


@pytest.mark.parametrize("who", ["analyst", "officer"])
def test_what_waits_past_its_time_beyond_the_newest_is_overdue_in_the_day(cast: Cast, who: str) -> None:
    """The newest twenty stood in a day, and while those were in time it said that nothing was overdue."""
    for n in range(NEWEST):
        told(cast.analyst, at=NOW + 80 * DAY / 24, **NOTHING_ELSE, victim_name=f"Ada {n}", subject_name="")
    tabs, row = day_of(cast, who, hours=81)
    assert row is None
    assert tabs[1:] == ["My unit (20)", "Overdue (0)"]
    for n in range(3):
        urgency = Urgency.SOON if n else Urgency.ROUTINE
        told(cast.analyst, at=NOW, urgency=urgency, **NOTHING_ELSE, victim_name=f"Bo {n}", subject_name="")
    for hours, many, said in ((71, 0, ""), (81, 2, "2 are past their time"), (121, 3, "3 are past their time")):
        with audit.reading(cast.actor(who), "home", at=NOW):
            tabs, row = day_of(cast, who, hours)
        assert row
        assert (row.overdue, row.detail) == (many > 0, said)
        assert tabs[1:] == ["My unit (21+)", f"Overdue ({'1+' if many else '0'})"]


def test_one_that_is_past_its_time_is_counted_as_one(cast: Cast) -> None:
    for n in range(NEWEST + 1):
        at = NOW + (80 if n else 0) * DAY / 24
        told(cast.analyst, at=at, urgency=Urgency.SOON, **NOTHING_ELSE, victim_name=f"Ada {n}", subject_name="")
    tabs, row = day_of(cast, "analyst", hours=81)
    assert row
    assert row.detail == "1 is past its time"
    assert tabs == ["Mine (21+)", "My unit (21+)", "Overdue (1)"]


def test_more_wait_only_where_a_report_waits_that_is_not_shown(cast: Cast) -> None:
    """Of four that wait, three newest and an older one of a case, all are shown: no more wait."""
    of_the_case(cast, 1)
    for n in range(3):
        told(cast.analyst, at=NOW + DAY, **NOTHING_ELSE, victim_name=f"Ada {n}", subject_name="")
    assert [len(first(cast, "analyst", newest)[0]) for newest in (3, 2)] == [4, 3]
    assert [first(cast, "analyst", newest)[1] for newest in (3, 2)] == [False, True]


def test_where_more_say_danger_now_than_are_read_the_tabs_say_that_there_are_more(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = at_desk.MOST_NAMED + 5
    for n in range(many):
        told(cast.analyst, at=NOW - n * DAY, urgency=Urgency.NOW, urgency_reasons=["said to be happening now"])
    told(cast.analyst, at=NOW - many * DAY)
    monkeypatch.setattr(at_desk, "WHOLE", many - 1)
    tabs, _ = day_of(cast, "analyst", hours=1)  # the row stands on the second page
    assert tabs == [f"{tab} ({many + 1}+)" for tab in ("Mine", "My unit", "Overdue")]
