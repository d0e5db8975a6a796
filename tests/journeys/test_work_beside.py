"""What takes long is done beside the page by a process of its own: whoever asked sees how far it is, stops it, and finds what came of it."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Person, SignIn
from tests.journeys.test_assessment_by_keyboard import SMALL, is_clean

pytestmark = pytest.mark.browser
#: Districts that no other walk asks about, so that nothing of them is kept.
PLACES = [f"/roll-out/districts/?district=E0700013{number}" for number in range(6)]


def reads(person: Person, *words: str) -> None:
    """Wait until the page, which asks again by itself, says so."""
    for each in words:
        person.page.get_by_text(each).first.wait_for()


def test_the_log_is_checked_and_data_are_frozen(signs_in: SignIn) -> None:
    lead = signs_in("governance lead", viewport=SMALL)
    lead.goes_to("/oversight/")
    lead.page.get_by_role("button", name="Check the whole log now").click()
    reads(lead, "The log is intact", "The log was intact at the last check")
    is_clean(lead.page)
    evaluator = signs_in("evaluator", viewport=SMALL)
    evaluator.goes_to("/evaluation/")
    evaluator.page.get_by_role("button", name="Freeze the data and compute").click()
    # Whatever others wrote on this site meanwhile, something came of it: the answer, or why so few more tell too much.
    done, refused = (
        evaluator.page.get_by_text("What may we conclude?"),
        evaluator.page.get_by_text("Not enough to compute"),
    )
    done.or_(refused).first.wait_for()
    is_clean(evaluator.page)
    assert lead.faults == evaluator.faults == []


def is_stopped(person: Person, place: str) -> bool:
    """Press the button while a place is worked out; return whether that was in time: a busy machine may be done before a browser has pressed it."""
    person.goes_to(place)
    reads(person, "This is being worked out")
    person.page.get_by_role("button", name="Stop it").click()
    while not person.page.get_by_text("This was stopped").count():
        if person.page.get_by_text("What it would cost").count():
            return False
        person.goes_to(place)
    return True


def test_what_a_planner_waits_for_is_stopped_and_begun_again(signs_in: SignIn) -> None:
    lead = signs_in("programme lead", viewport=SMALL)
    place = next(place for place in PLACES if is_stopped(lead, place))
    is_clean(lead.page)
    lead.goes_to(place)
    reads(lead, "This was stopped")
    lead.page.get_by_role("button", name="Begin again").click()
    reads(lead, "This is being worked out")
    lead.page.get_by_role("link", name="See how far it is").click()
    reads(lead, "How long people would wait")
    assert lead.faults == []
