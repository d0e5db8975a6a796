"""One clean report, from the officer who heard it to a case that is ready for its panel, counted: four people, one day."""

from __future__ import annotations

import re
import sys
from datetime import date

import pytest

from tests.journeys.counting import Tally
from tests.journeys.small_site import World

pytestmark = pytest.mark.browser
BOUND = Tally(pages=19, clicks=40, fields=37)


def test_from_the_report_to_the_panel(world: World) -> None:
    book = world.book
    with book.tells("officer refers"):
        officer = world.people("second_officer")
        officer.follows("Refer", within="nav")
        officer.writes(words="She waited beside the car again and said that she will not stop until we talk.")
        officer.dates("happened", date(2026, 11, 23))
        officer.chooses(behaviours="loiters").chooses(behaviours="threatens").chooses(weapon="no")
        officer.writes(victim_name="Tom Hale", victim_birth="3 May 1985", victim_phone="07700 900123")
        officer.writes(subject_name="Ida Crane", subject_birth="11/02/1979")
        officer.writes(subject_relationship="former partner").chooses(former_partner="yes")
        officer.presses("Send referral").reads("Referral received")
    with book.tells("analyst triages"):
        analyst = world.people("analyst")
        analyst.follows_to("/desk/*-*-")
        analyst.presses("Not on record: add a new victim").presses("Not on record: add a new subject")
        for asked in ("fixated", "obsessive", "unwanted", "repeated"):
            analyst.chooses(**{asked: "yes"})
        analyst.chooses(immediate_danger="no").chooses(outcome="panel")
        analyst.writes(reason="A former partner who says that she will not stop.")
        analyst.presses("Record triage").reads("Left the desk: panel")
    reference = re.findall(r"FF-[0-9A-Z]+", analyst.said)[0]
    with book.tells("officer assesses"):
        officer = world.people("officer")
        officer.follows("Cases", within="nav").follows(reference).follows("Assessment").follows("First-line checklist")
        asked = officer.unanswered("level", "mode", "interpreter")
        assert not {"relationship", "loitering", "threats"} & set(asked), "what the report told is asked again"
        officer.chooses(**dict.fromkeys(asked, "no") | {"fear": "yes"}).chooses(level="high")
        officer.presses("Save and show the advice")
        officer.presses("Sign the assessment").reads("The assessment is signed.")
    with book.tells("coordinator calls the panel"):
        coordinator = world.people("coordinator")
        coordinator.follows("Panel", within="nav").follows("Call a sitting")
        coordinator.picks("chair", "Chair").chooses_first("cases")
        coordinator.presses("Call the sitting").reads("You have called the sitting", reference)
    sys.stdout.write(f"\nFrom one clean report to a case before its panel:\n{book.table()}\n")
    assert book.whole.within(BOUND), f"more than {BOUND}:\n{book.table()}"
