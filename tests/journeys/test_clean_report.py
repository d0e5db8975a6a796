"""One clean report, from the officer who heard it to a case that is ready for its panel, counted: four people, one day."""

from __future__ import annotations

import re
import sys
from datetime import date

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import PHONE, WIDE
from tests.journeys.counting import Tally
from tests.journeys.small_site import World
from tests.journeys.test_assessment_by_keyboard import is_clean
from tests.panel.scene import bring_before_panel, open_case

pytestmark = pytest.mark.browser
BOUND = Tally(pages=12, clicks=30, fields=30)


def test_from_the_report_to_the_panel(world: World) -> None:
    book = world.book
    call_a_sitting(world)
    with book.tells("officer refers"):
        officer = world.people("second_officer")
        officer.follows("Refer", within="nav")
        officer.writes(words="She waited beside the car again and said that she will not stop until we talk.")
        officer.dates("happened", date(2026, 11, 23))
        officer.chooses(behaviours="loiters").chooses(behaviours="threatens").chooses(weapon="no")
        officer.writes(victim_name="Tom Hale", victim_birth="3 May 1985", victim_phone="07700 900123")
        officer.writes(subject_name="Ida Crane")
        officer.writes(subject_relationship="former partner")
        officer.presses("Send referral").reads("Referral received")
    with book.tells("analyst triages"):
        analyst = world.people("analyst")
        analyst.follows_to("/desk/*-*-")
        analyst.chooses(all_four="yes").chooses(immediate_danger="no").chooses(outcome="panel")
        analyst.writes(reason="A former partner who says that she will not stop.")
        is_clean_on_both(analyst.page)
        analyst.presses("Add both people as new, and record triage").reads("Left the desk: panel")
    reference = re.findall(r"FF-[0-9A-Z]+", analyst.said)[0]
    with book.tells("officer assesses"):
        officer = world.people("officer")
        officer.follows("Assess Tom Hale for the first time")
        asked = officer.unanswered("level", "mode", "interpreter")
        assert not {"relationship", "loitering", "threats"} & set(asked), "what the report told is asked again"
        assert "weapons" in asked, "no weapon in one act is not yet no weapon"
        officer.chooses(**dict.fromkeys(asked, "no") | {"fear": "yes"}).chooses(level="high")
        officer.presses("Save and show the advice")
        officer.presses("Sign the assessment").reads("The assessment is signed.")
    with book.tells("chair puts it before the panel"):
        chair = world.people("chair")
        is_clean_on_both(chair.page)
        chair.presses("Put it before this panel").reads("You have added the case to the sitting", reference)
    sys.stdout.write(f"\nFrom one clean report to a case before its panel:\n{book.table()}\n")
    assert book.whole.within(BOUND), f"more than {BOUND}:\n{book.table()}"


def call_a_sitting(world: World) -> None:
    """Given the sitting of the week, which hears another case."""
    bring_before_panel(world.cast, open_case(world.cast, acts=0))


def is_clean_on_both(page: Page) -> None:
    """No fault that axe finds, and nothing to be pushed sideways for, on a desk and on a phone."""
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        is_clean(page)
