"""What waits in a case leaves every list of whoever may open it no longer, at that moment: closed, walled off, handed over, merged."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from fourfold.access.terms import RelationKind
from fourfold.cases import rules
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.duties import services as duties
from fourfold.people import services as people
from fourfold.web import digest
from fourfold.web.pages import calendar
from tests.cast import Cast
from tests.panel.scene import relate, wall_off
from tests.plan.test_services import action
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn
from tests.web.test_transfers import _an_hour_after_noon, both, offered, set_clock  # noqa: F401 -- fixtures

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WORDS = "Bring the papers to court 4711"
WAITS = ("for the first time", "no safe contact")
LISTS = ("/", "/?show=unit", "/?show=overdue")


def lists(client: Client) -> list[str]:
    """Return which lists hold the action."""
    return [where for where in LISTS if WORDS in client.get(where).content.decode()]


def told_of(cast: Cast, at: object = NOON) -> tuple[int, int]:
    """Return how much stands in the officer's calendar and in their digest."""
    officer = cast.actor("officer", at=at)  # type: ignore[arg-type]
    return calendar.calendar_of(officer, at).count(b"BEGIN:VEVENT"), sum(digest.due(officer, at))  # type: ignore[arg-type]


def with_action(cast: Cast, case: Case) -> Case:
    relate(cast, "officer", case, RelationKind.OIC)
    due = NOON - DAY
    action(cast, case, what=WORDS, owner=cast.staff["officer"].pk, due_on=due.date(), at=NOON - 3 * DAY)
    action(cast, case, owner=cast.staff["officer"].pk, due_on=(NOON + DAY).date(), at=NOON - 3 * DAY)
    return case


def test_an_overdue_action_leaves_every_list_of_whoever_is_walled_off(cast: Cast, signed_in: SignIn) -> None:
    case = with_action(cast, case_of(cast))
    officer, second = signed_in("officer"), signed_in("second_officer")
    assert (lists(officer), lists(second)) == (list(LISTS), list(LISTS))
    assert min(told_of(cast)) > 0
    wall_off(cast, "officer", case)
    assert (lists(officer), told_of(cast)) == ([], (0, 0))
    assert officer.get(f"/cases/{case.reference}/").status_code == 404
    assert lists(second) == list(LISTS), "for a colleague nothing has changed"
    assert list(duties.checked()) == []


def test_a_review_and_a_victims_silence_leave_every_list_when_the_case_is_closed(cast: Cast, signed_in: SignIn) -> None:
    case, then = case_of(cast, at=NOON - 300 * DAY), NOON - 99 * DAY
    cases.step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=then - DAY, countersigned_by=cast.coordinator,
        at=then,
    )  # fmt: skip
    relate(cast, "officer", case, RelationKind.OIC)
    officer = signed_in("officer")

    def shown() -> list[str]:
        texts = {where: rows(officer.get(where).content.decode(), case) for where in LISTS}
        return [where for where, text in texts.items() if any(words in text for words in WAITS)]

    assert shown() == list(LISTS)
    assert all(words in rows(officer.get("/").content.decode(), case) for words in WAITS)
    counted = told_of(cast)[1]
    cases.close(actor=cast.coordinator, case=fresh(), reason="Done.", victim_told_at=NOON - DAY, at=NOON)
    assert shown() == []
    assert told_of(cast)[1] < counted, "nor does the digest count them"
    assert list(duties.checked()) == []


def test_open_actions_leave_every_list_with_their_case_and_its_page_says_so_before(
    cast: Cast, signed_in: SignIn
) -> None:
    case, then = case_of(cast, at=NOON - 300 * DAY), NOON - 99 * DAY
    cases.step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=then - DAY, countersigned_by=cast.coordinator,
        at=then,
    )  # fmt: skip
    with_action(cast, case)
    officer, closes = signed_in("officer"), signed_in("coordinator")
    assert lists(officer) == list(LISTS)
    assert (
        "actions that are still open leave everybody’s lists"
        in closes.get(f"/cases/{case.reference}/close/").content.decode()
    )
    cases.close(actor=cast.coordinator, case=fresh(), reason="Done.", victim_told_at=NOON - DAY, at=NOON)
    assert lists(officer) == []
    assert list(duties.checked()) == []


def rows(text: str, case: Case) -> str:
    """Return the words of each row of a list that leads to a case."""
    cells = re.findall(r"<tr.*?</tr>|<li.*?</li>|<section.*?</section>", text, re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", cell) for cell in cells if case.reference in cell).lower()


def fresh() -> Case:
    return Case.objects.unscoped("test").get()


def test_a_case_that_is_handed_over_is_on_the_new_units_list_and_leaves_the_first_with_the_hand_over(
    both: Cast,  # noqa: F811
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = case_of(both)
    agree(both, case)
    assert reached(both, case).safe
    with_action(both, case)
    officer, there = signed_in("officer"), signed_in("otto")
    assert (lists(officer), lists(there)) == (list(LISTS), [])
    cases.answer_transfer(actor=both.actor("otto"), asked=offered(both, case), accepts=True, reason="", at=NOON)
    assert lists(there) == list(LISTS), "who has no case of their own begins with the unit's"
    over = NOON + rules.HANDOVER + DAY
    set_clock(monkeypatch, over)
    assert lists(signed_in("officer")) == []
    assert told_of(both, over) == (0, 0)
    assert lists(signed_in("otto")) == list(LISTS)
    assert list(duties.checked()) == []


def test_a_merge_that_waits_for_a_colleague_leaves_their_list_when_it_is_signed(cast: Cast, signed_in: SignIn) -> None:
    case = with_action(cast, case_of(cast))
    other = case_of(cast, victim_name="Vera Other", victim_birth="1 May 1990", victim_phone="07700 900666")
    both_records = {"one": case.victim, "other": other.victim, "at": NOON}
    people.ask_to_join(actor=cast.analyst, reason="Her maiden name.", **both_records)  # type: ignore[arg-type]
    officer = signed_in("officer")
    assert "are one person" in officer.get("/").content.decode()
    cases.sign_merge(actor=cast.officer, because="Both files were read.", **both_records)  # type: ignore[arg-type]
    assert "are one person" not in officer.get("/").content.decode()
    assert lists(officer) == list(LISTS), "what waits in the case of a record that was merged stays"
    assert list(duties.checked()) == []
