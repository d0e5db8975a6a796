"""One case, week by week, in the browser: a man is the victim, a woman the subject; each promise on the page where it is met.

Also the crime feed is brought in the browser, file by file; what a timer does on a machine beside the pages is done by the test.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Locator

from fourfold.access.terms import Role
from fourfold.assessment import instruments
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation.terms import ExtractRow
from fourfold.gateways.reading_back import docx_parts, docx_photos, pdf_photos, pdf_texts
from fourfold.intake.terms import RecordingClass
from fourfold.law import working_days
from fourfold.web import long_work
from tests.assessment.wording import file_of, pack_for
from tests.cast import MEMBERS, hire
from tests.evaluation.test_rules import planted
from tests.journeys.counting import Tally, Walker
from tests.journeys.machine import Machine, laid_back
from tests.journeys.small_site import World
from tests.journeys.windows import PHONE
from tests.web.conftest import done_at_once

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DAY_0 = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
#: Where the import of the twelfth night is killed: as its rows are written, and when all are kept and nobody knows it.
BEGUN = 'INSERT INTO "intake_importrun"'
AMONG_ROWS = ('INSERT INTO "intake_allegation"', 2, BEGUN)
ONCE_KEPT = ('UPDATE "feeds_filework"', 2, BEGUN)
#: What else the feed brings that night.
NIGHT = {"Ron Dale": "A bicycle was taken from a yard.", "Liv Moe": "A window of a kiosk was broken."}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: What the story tells and no browser can show here, and where it is shown instead.
ELSEWHERE = {
    "before: three forces' feeds": "layouts of two agencies: test_feed_of_two_agencies.py; the third force is told by referral",
    "before: eleven records": "ten are played: three of the four calls; the employer's comes on day 7, as another report",
    "day 0: right again, as of any date": "today's counts here; any other date in tests/people/test_same.py",
    "day 1: the neutral sender of the text": "a setting of the installation: tests/web/test_providers.py",
    "day 3: the same bytes, counts and next reference": "test_walls_by_reference.py, tests/web/test_no_oracle.py",
    "day 20: break-glass": "there is no such door, for anybody",
    "day 200: the other force, told last": "nobody in the smallest programme's second unit steps down, closes or follows up",
    "the programme: the other rows of three sites": "invented, as in tests/evaluation: one programme of one case has no number",
}
#: What the text says, and the caption of the photograph; two further acts: days before they come, and the words.
NEUTRAL = "Are you free Thursday 26 November at 11:00?"
CAPTION = "Gate of Birch Lane School, with Freya"
FURTHER = ((5, "A card without a name in the post."), (1, "Flowers at the shop, and no words."))
#: The story has nobody's sex on its pages, beside the question how to refer to somebody.
PRONOUNS = re.compile(
    r"\b(he(?! and him)|she(?! and her)|(?<!he and )him|(?<!she and )her|his|hers|himself|herself)\b", re.IGNORECASE
)
HIM = {"name": "Tom Hale", "birth": "03/05/1985", "phone": "07700 900123", "address": "4 Mill Lane, NM1 4QZ"}
HER = {"name": "Ida Maud Crane", "birth": "11/02/1979"}
HERS = "07700 900888"
#: The brother who shares the telephone is not the victim.
BROTHER = {"name": "Sam Hale", "birth": "09/06/1990", "phone": HIM["phone"]}
HOLIDAY = date(2026, 11, 25)
C = RecordingClass
#: What leads to the victim in words that the subject may not read.
CAR, NICKNAME, CHILD, SCHOOL = "NM19 HLE", "Tommo Hale", "Freya", "Birch Lane School"
#: Eight records that nobody has joined: days before, the words, the class, whom they name; one left open, one rejected.
EARLIER = (
    (217, "Message on a new account: you cannot hide from me.", C.MALICIOUS_COMMUNICATIONS, HIM, HER),
    (190, "Forty calls in a night from a number that is withheld.", C.MALICIOUS_COMMUNICATIONS, HIM, HER),
    (160, f"The tyres of {CAR} were cut outside 4 Mill Lane, and {NICKNAME} ran out.", C.CRIMINAL_DAMAGE, HIM, HER),
    (120, "Waited at the station again.", C.HARASSMENT, {**HIM, "name": "Thomas Marsh"}, HER),
    (90, "Knocking at the window, nobody there when the patrol came.", C.NO_CRIME, HIM, HER),
    (75, f"Somebody sat in a car until {CHILD} came out of {SCHOOL}.", C.NO_CRIME, HIM, HER),
    (61, "The post was gone from the box.", C.THEFT, HIM, {}),
    (47, "Felt watched on the way to work.", C.NO_CRIME, HIM, HER),
)
OPEN, REJECTED = {6}, 7
#: Who works in the unit two counties away, beside the officer there, and its victim.
AWAY = {"sol": Role.POLICE_ANALYST, "otto": Role.UNIT_COORDINATOR, "gia": Role.GOVERNANCE_LEAD}
OTHER = "Nell Ash"
#: What the coordinator decides on what a pack says first of a danger; the rest is masked, as it is proposed.
DECIDED: dict[str, dict[str, tuple[str, str]]] = {
    "subject": {"Exhibit": ("leave_out", "")},
    "court": {
        "NM-1": ("keep", "It is the number of the report."),
        "Exhibit": ("keep", "It shows the car and no place."),
        CHILD: ("leave_out", "The school is named beside it."),
    },
}
LEADING = (CAR, NICKNAME, CHILD, SCHOOL, "Mill Lane")
#: How the sessions went, in their order.
SESSIONS = ("attended",) * 9 + ("missed",) * 2 + ("cancelled_for_want_of_staff",)
#: What the force exports of each crime.
EXPORTED: tuple[str, ...] = ("Crime ref", "Reported", "Committed from", "HO class", "MO", "Relationship")
EXPORTED += tuple(
    f"{who} {what}" for who in ("Victim", "Suspect") for what in ("name", "date of birth", "phone", "address")
)
CONDITIONS = (
    "You must not contact Tom Hale, directly or through others.",
    "You must not use an account that the police do not know.",
)
MEASURES = (
    ("Tell the victim before service", "victim_safety", "", "northmoor-advocacy"),
    ("Apply for an interim stalking protection order", "legal", "order", "northmoor-police"),
    ("Panic alarm and a check of every device", "victim_safety", "", "northmoor-advocacy"),
    ("Housing officer for the victim", "social", "", "northmoor-outreach"),
)
VIEWS = {
    "officer": ("very_high", "What follows service."),
    "clinician": ("medium", "The acts follow a loss and could be worked with."),
    "outreach": ("high", "No home, no work since May."),
    "advocate": ("very_high", "Fear of the nights."),
}
SECRET = "The flat was left for two nights."
SAID = {
    "wish": "To sleep at home again.",
    "need": "A lock, and somebody at the hearing.",
    "fear": "The nights, and the car.",
}
AGENCIES = {"officer": "Police", "clinician": "Nhs", "outreach": "Outreach", "advocate": "Advocacy"}
#: The most that each day may cost: pages, clicks, fields.
BOUNDS: dict[str, Tally] = {
    "before: two counties away": Tally(6, 8, 12),
    "day 0, morning: a report comes": Tally(39, 47, 9),
    "day 0, noon: links and triage": Tally(47, 98, 60),
    "day 0, afternoon: a link undone, a team": Tally(20, 27, 16),
    "day 1: the advocate calls": Tally(43, 75, 48),
    "day 2: first-line checklist": Tally(5, 20, 17),
    "day 3: a cousin in the unit": Tally(7, 6, 2),
    "day 5: the panel": Tally(35, 41, 42),
    "day 6: tell the victim first": Tally(21, 23, 8),
    "day 7: the employer is acted against": Tally(25, 35, 17),
    "day 9: the order is served": Tally(3, 2, 0),
    "day 12, night: a breach": Tally(28, 35, 11),
    "day 13: arrest, bail, assessed again": Tally(13, 33, 28),
    "day 14: a diary and a photograph": Tally(9, 9, 6),
    "day 20: a confidence": Tally(19, 19, 2),
    "day 25: police ask for it": Tally(10, 10, 11),
    "day 33: another force's record": Tally(14, 10, 4),
    "day 41: charge": Tally(7, 15, 11),
    "day 60: no safe contact": Tally(6, 4, 3),
    "day 75: work in prison": Tally(40, 58, 63),
    "day 120: what is held about the subject": Tally(6, 5, 5),
    "day 121: a pack for the court": Tally(16, 18, 11),
    "day 155: twelve sessions": Tally(27, 38, 12),
    "day 160: restraining order": Tally(4, 3, 5),
    "day 220: its end comes nearer": Tally(2, 1, 0),
    "day 240: step-down": Tally(11, 11, 6),
    "day 335: closed": Tally(7, 8, 5),
    "follow-up at 3 months": Tally(3, 5, 4),
    "follow-up at 6 months": Tally(3, 5, 4),
    "follow-up at 12 months": Tally(3, 5, 4),
    "day 715: an agreement is renewed": Tally(7, 5, 4),
    "follow-up at 24 months": Tally(6, 15, 12),
    "two further acts: the case opens again": Tally(25, 40, 18),
    "day 200, told last: another force": Tally(15, 17, 7),
    "the programme": Tally(13, 9, 0),
}
Chapter = tuple[float, str, Callable[[], None]]


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let transactions end: on the twelfth night another process works in this database, and is killed."""
    with django_db_blocker.unblock(), laid_back():
        yield


def test_the_story_runs_week_by_week(world: World, tmp_path: Path) -> None:
    kept = settings.FOURFOLD.model_copy(update={"data_dir": tmp_path})
    world.monkeypatch.setattr(settings, "FOURFOLD", kept)
    book, story = world.book, Story(world)
    book.never = PRONOUNS
    for days, name, tells in story.chapters():
        world.on((DAY_0 + days * DAY).replace(second=0, microsecond=0))
        with book.tells(name):
            tells()
    sys.stdout.write(f"\nThe story, week by week:\n{book.table()}\n\nShown elsewhere:\n")
    sys.stdout.writelines(f"  {what}: {where}\n" for what, where in ELSEWHERE.items())
    dearer = [name for name, cost in book.chapters.items() if not cost.within(BOUNDS[name])]
    assert set(book.chapters) == set(BOUNDS)
    assert dearer == [], book.table()


class Story:
    """The people of the story and what they know of each other's work."""

    def __init__(self, world: World) -> None:
        self.world, self.people = world, world.people
        known = working_days.bank_holidays  # one more was proclaimed, for the day after the first report
        world.monkeypatch.setattr(working_days, "bank_holidays", lambda year: known(year) | {HOLIDAY})
        self.reference = self.twelfth = self.item = self.order = self.breach = ""
        self.away = ""
        self.earlier: list[str] = []
        self.crimes, self.sessions = 0, list[str]()

    def chapters(self) -> tuple[Chapter, ...]:
        """Return the days from the first, with the hour, in the order in which they are told."""
        return (
            (-0.1, "before: two counties away", self.another_victim),
            (0, "day 0, morning: a report comes", self.a_report_comes),
            (0.125, "day 0, noon: links and triage", self.it_is_one_course),
            (0.25, "day 0, afternoon: a link undone, a team", self.who_works_on_it),
            (1.07, "day 1: the advocate calls", self.the_advocate_calls),
            (2.05, "day 2: first-line checklist", self.the_officer_assesses),
            (3.05, "day 3: a cousin in the unit", self.one_of_them_is_a_cousin),
            (5.05, "day 5: the panel", self.the_panel_decides),
            (6.08, "day 6: tell the victim first", self.the_victim_is_told_first),
            (7.08, "day 7: the employer is acted against", self.the_employer_is_told),
            (9.08, "day 9: the order is served", self.the_order_is_served),
            (12.58, "day 12, night: a breach", self.a_breach_comes_as_something_less),
            (13.05, "day 13: arrest, bail, assessed again", self.nobody_treats_it_alone),
            (14.1, "day 14: a diary and a photograph", self.a_photograph),
            (20.08, "day 20: a confidence", self.a_confidence_stays),
            (25.08, "day 25: police ask for it", self.police_ask),
            (33.08, "day 33: another force's record", self.another_force_knows),
            (41.08, "day 41: charge", self.charged),
            (60.08, "day 60: no safe contact", self.nobody_reached_the_victim),
            (75.08, "day 75: work in prison", self.work_in_prison),
            (120.08, "day 120: what is held about the subject", self.the_subject_asks),
            (121.08, "day 121: a pack for the court", self.the_court_asks),
            (155.08, "day 155: twelve sessions", self.twelve_sessions),
            (160.08, "day 160: restraining order", self.the_interim_order_ends),
            (220.08, "day 220: its end comes nearer", lambda: self.ends_in(25, 30)),
            (240.05, "day 240: step-down", self.it_steps_down),
            (335.05, "day 335: closed", self.it_closes),
            (430.05, "follow-up at 3 months", lambda: self.what_became(3)),
            (520.05, "follow-up at 6 months", lambda: self.what_became(6)),
            (705.05, "follow-up at 12 months", lambda: self.what_became(12)),
            (715.05, "day 715: an agreement is renewed", self.renewed),
            (1070.05, "follow-up at 24 months", self.after_two_years),
            (1080.05, "two further acts: the case opens again", self.two_further_acts),
            (1090.05, "day 200, told last: another force", self.the_case_moves),
            (1100.05, "the programme", self.the_programme),
        )

    @property
    def case(self) -> str:
        return f"/cases/{self.reference}/"

    def exported(self, days: int, words: str, recorded: C, him: dict[str, str], her: dict[str, str]) -> tuple[str, ...]:
        """Write what was reported so many days ago as a row of the force's export, under the next reference."""
        at, self.crimes = self.world.now - days * DAY, self.crimes + 1
        former = her.get("relationship", "Ex partner" if her else "")
        people = [who.get(what, "") for who in (him, her) for what in ("name", "birth", "phone", "address")]
        when = (f"{moment:%d/%m/%Y %H:%M}" for moment in (at, at - HOUR))
        return (f"NM-{self.crimes}", *when, recorded.value, words, former, *people)

    def brings(self, name: str, *rows: tuple[str, ...]) -> Walker:
        """Bring a file of the crime feed in, and look at the desk."""
        analyst = self.checked(name, *rows).follows_to("/import/").presses("Import it")
        many = f"{len(rows)} row{'s' if len(rows) > 1 else ''}"
        self.worked(analyst).reads(f"{many} read. {len(rows)} accepted", "0 rows held back")
        return analyst.follows("Desk", within="nav")

    def checked(self, name: str, *rows: tuple[str, ...]) -> Walker:
        """Bring a file of the crime feed: decide how it is read where nobody has, and check it."""
        out = io.StringIO()
        csv.writer(out).writerows([EXPORTED, *rows])
        analyst = self.people.signs_in("analyst").types_address("/imports/files/").follows_to("/imports/files/new/")
        analyst.brings("file", name, out.getvalue().encode())
        if self.crimes == len(rows):
            analyst.chooses(reading="draft").presses("Bring this file")
            here = self.worked(analyst).follows_to("/reading/").said
            assert "Read as" in here
            for number in range(analyst.page.locator("input[name=decided]").count()):
                analyst.chooses(decided=str(number))
            analyst.presses("Save")
        else:
            analyst.chooses_first("reading").presses("Bring this file").never_reads("to decide")
        many = f"{len(rows)} row{'s' if len(rows) > 1 else ''}"
        analyst.follows_to("/check/").presses("Check it")
        return self.worked(analyst).reads(f"{many}. {len(rows)} can be kept")

    def worked(self, analyst: Walker) -> Walker:
        """Leave the page, which asks again by itself, while the machine does what waits; and look again."""
        here = analyst.page.url.removeprefix(analyst.site).partition("?")[0]
        analyst.types_address("/imports/files/")
        self.world.works()
        return analyst.types_address(here)

    def feed(self, days: int, words: str, recorded: C, him: dict[str, str], her: dict[str, str]) -> str:
        """Let the crime feed bring one report; return its address at the desk."""
        row = self.exported(days, words, recorded, him, her)
        return at_desk(self.brings(f"{row[0]}.csv", row), row[0])

    # ---- day 0 ---------------------------------------------------------------------------------------------------

    def another_victim(self) -> None:
        """The same subject and another victim: a case of another force's own."""
        for name, role in AWAY.items():
            self.world.monkeypatch.setitem(MEMBERS, name, ("southmere-police", role, "southmere"))
            self.world.cast.staff[name] = hire(name.title(), *MEMBERS[name])
        olu = self.people("olu").follows("Refer", within="nav")
        olu.writes(words="Stood at the gate every Friday since June.", victim_name=OTHER, victim_birth="9 May 1988")
        olu.dates("happened", self.world.now.date() - 30 * DAY).chooses(behaviours="loiters")
        olu.writes(subject_name="Maud Ida Crane", subject_birth=HER["birth"], subject_relationship="former partner")
        olu.presses("Send referral").reads("Referral received")
        sol = self.people("sol").follows_to("/desk/*-*-")
        sol.chooses(all_four="yes", immediate_danger="no", outcome="panel").writes(reason="A course of its own.")
        sol.presses("Add both people as new, and record triage").reads("Left the desk: panel")
        self.away = re.findall(r"FF-[0-9A-Z]+", sol.said)[0]

    def a_report_comes(self) -> None:
        """Kept word for word; and never the first, before anybody has said who it is about."""
        rows = [self.exported(*each) for each in EARLIER]
        analyst = self.brings("before.csv", *rows)
        self.earlier = ["" if n in OPEN else at_desk(analyst, row[0]) for n, row in enumerate(rows)]
        words, unknown = "Flowers were left on the step, with the card cut in two.", "unknown female, possibly ex"
        self.twelfth = self.feed(0, words, C.MALICIOUS_COMMUNICATIONS, HIM, {"relationship": unknown})
        analyst = self.people("analyst").follows("Desk", within="nav").follows_to(f"/desk/{self.twelfth}/")
        analyst.reads("Exactly as reported", unknown, "7 waiting reports share", "1 earlier report shares")
        analyst.reads("9 acts in 217 days, 5 recording classes", "With the reports that may belong here: a course")
        analyst.never_reads("the first known act", "not yet a course of conduct")

    def it_is_one_course(self) -> None:
        """Six links confirmed, one rejected, one left open; the twelfth only thought; no way out without outcome and reason."""
        analyst = self.people.signs_in("analyst")
        for n, told in enumerate(self.earlier):
            if n in OPEN:
                continue
            analyst.types_address(f"/desk/{told}/")
            if n == REJECTED:
                analyst.presses("Not the same").reads("not the same")
            elif n == 0:
                self.triages(analyst, "Not on record: add a new victim", "Not on record: add a new subject")
            else:
                self.triages(analyst, "Same person", "Same person")
        analyst.types_address(f"/desk/{self.twelfth}/").presses("Same person")
        analyst.follows(f"{self.reference}: Ida Crane").writes(match_reason="The card is torn as the one of April.")
        analyst.presses("I think: probably").reads("thinks that it is probably this person: Ida Crane")
        analyst.reads("It counts as possible, not as confirmed", "9 acts in 217 days", "Ask each question")
        assert "fixated" in analyst.unanswered(), "FOUR is asked, not computed"
        analyst.is_refused("Record triage", "Choose how this allegation leaves the desk")
        self.screens(analyst).chooses(known_to_staff="yes").writes(case=self.reference).presses("Record triage")
        analyst.reads(f"It is attached to {self.reference}")
        brother = self.feed(0, "A quarrel over a bill at the counter.", C.NO_CRIME, BROTHER, {})
        analyst.types_address(f"/desk/{brother}/").reads("Sam Hale, no match on record by name or date of birth")
        analyst.reads("are compared only for people who may read them")
        analyst.types_address(self.case).reads("7 acts in 31 weeks").never_reads("Sam Hale")

    def triages(self, analyst: Walker, victim: str, subject: str) -> None:
        self.world.on(self.world.now + timedelta(minutes=1))
        analyst.presses(victim).presses(subject)
        self.screens(analyst).presses("Record triage").reads("Left the desk: panel")
        self.reference = re.findall(r"FF-[0-9A-Z]+", analyst.said)[0]

    def screens(self, analyst: Walker) -> Walker:
        """Answer FOUR, and ask the force to reclassify where the recording rule expects stalking."""
        for asked in ("fixated", "obsessive", "unwanted", "repeated"):
            analyst.chooses(**{asked: "yes"})
        analyst.chooses(immediate_danger="no", outcome="panel").writes(reason="One course of conduct.")
        if analyst.page.locator("input[name=reclassification_asked]").count():
            analyst.reads("The recording rule expects stalking").chooses(reclassification_asked="yes")
        return analyst

    def who_works_on_it(self) -> None:
        """A colleague undoes the rejection; a team, each confirmed by their own agency; what a change will be read by."""
        again = self.people("coordinator").types_address("/instruments/northmoor/bring/")
        again.brings("file", "gad-7.toml", file_of(pack_for(instruments.load("gad-7")))).presses("Check the file")
        again.presses("Add this wording").reads("The wording is added")
        chosen = self.people("governance").types_address("/measures/northmoor/gad-7/").chooses(norm="rci_nhs")
        chosen.presses("Choose").reads("since 24 November 2026, chosen by Governance")
        again.types_address(f"/desk/{self.earlier[REJECTED]}/").follows("Compare side by side")
        again.writes(undo_reason="The patrol knows both: it is the same person.").presses(re.compile("Undo"))
        self.triages(again, "Same person", "Same person")
        for name, kind in (("officer", "oic"), ("advocate", "advocate")):
            again.types_address(f"{self.case}team/").chooses(kind=kind, staff=str(self.world.cast.staff[name].pk))
            again.presses("Add this person")
        self.people("advocacy_lead").follows_to("/parts/").chooses(given="yes").presses("Save your answer")

    # ---- the first week --------------------------------------------------------------------------------------------

    def the_advocate_calls(self) -> None:
        """The call is stopped with its reason; a text reaches; the sealed address changes nobody's page by a word."""
        advocate = self.people("advocate").types_address(f"{self.case}victim/safe-contact/")
        advocate.chooses(channels="text").writes(from_time="10:00", until_time="14:00").chooses(confirmed="yes")
        advocate.presses("Save").reads("Safe contact agreed")
        advocate.types_address(f"{self.case}victim/endpoints/").reads("It may be somebody else’s")
        advocate.chooses(kind="phone", how="video").writes(value=HIM["phone"]).presses("Confirm").reads("Confirmed")
        advocate.types_address(f"{self.case}victim/contact/").chooses(happened="no", channel="call").presses("Save")
        advocate.reads("Contact stopped").types_address(f"{self.case}victim/message/").chooses_first("template")
        advocate.chooses(day=str((self.world.now + DAY).date())).writes(clock="11:00").presses("Show the message")
        assert advocate.page.locator("textarea[name=text]").input_value() == NEUTRAL
        advocate.chooses(channel="text").presses("Send").reads("The message has been sent, or will be")
        self.reaches(advocate)
        advocate.types_address(f"{self.case}victim/").reads("1 working day", ", in time")
        advocate.reads("26 November 2026", "25 November 2026 is a bank holiday and not counted")
        officer = self.people("officer").types_address(self.case)
        places = (f"{self.case}subject/", f"{self.case}history/", f"{self.case}documents/", "/find/?q=Sealed+Row")
        before = [officer.types_address(each).said for each in (self.case, *places)]
        programs = [self.asked_by_program(officer, each) for each in (f"/api{self.case}".rstrip("/"), "/api/cases")]
        advocate.types_address(f"{self.case}victim/measures/safety-check-in/")
        for asked in advocate.unanswered():
            advocate.chooses_first(asked)
        advocate.presses("Save")
        self.measured(advocate, "s3", "21, severe")
        for kind, words in SAID.items():
            advocate.types_address(f"{self.case}victim/note/").chooses(kind=kind).writes(text=words).presses("Save")
        advocate.reads("What the victim wants", "Needs", "What the victim fears", *SAID.values())
        advocate.types_address(f"{self.case}victim/address/")
        advocate.writes(address="7 Sealed Row, with a sister").presses("Seal it").reads("The address is sealed")
        assert [officer.types_address(each).said for each in (self.case, *places)] == before
        assert [
            self.asked_by_program(officer, each) for each in (f"/api{self.case}".rstrip("/"), "/api/cases")
        ] == programs
        officer.never_reads("with a sister")
        self.what_leads_to_the_victim(advocate)

    def measured(self, advocate: Walker, answer: str, score: str) -> Walker:
        """Ask the questions of anxiety, each answered alike."""
        advocate.types_address(f"{self.case}victim/measures/gad-7/")
        advocate.chooses(**dict.fromkeys(advocate.unanswered("mode"), answer)).chooses(mode="telephone")
        return advocate.presses("Save").reads(score)

    def what_leads_to_the_victim(self, advocate: Walker) -> None:
        """A car and a nickname, and a child who is at risk as well."""
        for kind, value in (("vehicle", CAR), ("other name", NICKNAME)):
            advocate.types_address(f"{self.case}victim/known-by/").chooses(kind=kind).writes(value=value).presses("Add")
        advocate.reads(CAR, NICKNAME).types_address(f"{self.case}victim/care/at-risk/").chooses(kind="child")
        advocate.writes(name=CHILD, risk=f"Seen at {SCHOOL}.").chooses(lives_with_her="yes")
        advocate.dates("review_on", (self.world.now + 90 * DAY).date()).presses("Save").reads(CHILD)

    def reaches(self, advocate: Walker, *, updates: bool = False, step: str = "", **more: str) -> None:
        """Record a text that reached the victim in the agreed hours."""
        advocate.types_address(f"{self.case}victim/contact/")
        advocate.chooses(happened="yes", channel="text", outcome="reached", **more)
        if updates:
            for each in advocate.page.locator("main input[name=updates]").all():
                advocate.chooses(updates=str(each.get_attribute("value")))
        if step:
            box = advocate.page.locator("main .govuk-checkboxes__item", has_text=step).locator("input[name=actions]")
            advocate.chooses(actions=str(box.get_attribute("value")))
        advocate.presses("Save").reads("Contact recorded").never_reads("it is not a safe contact")

    def the_officer_assesses(self) -> None:
        """What is known is not asked; the advice raises; lower than the advice wants a second signature."""
        officer = self.people("officer").presses("Open")
        asked = officer.unanswered("level", "mode", "interpreter")
        assert not {"relationship", "earlier_reports"} & set(asked)
        unknown = dict.fromkeys(("weapons", "breach"), "not_known")
        officer.chooses(**dict.fromkeys(asked, "no") | {"fear": "yes", "threats": "yes"} | unknown)
        officer.chooses(level="medium").presses("Save and show the advice")
        officer.reads("The form advises High", "‘Not known’ does not mean ‘no’")
        officer.writes(reason="As I see it.").is_refused("Sign the assessment", "second")
        officer.chooses(level="high").presses("Sign the assessment").reads("The assessment is signed.")

    def one_of_them_is_a_cousin(self) -> None:
        """Another agency's governance lead sets the wall; from then the case does not exist for the cousin."""
        governance = self.people.signs_in("governance").types_address("/oversight/walls/")
        governance.follows_to(f"/oversight/walls/about/{self.twelfth}/").writes(reason="A cousin of the subject.")
        governance.chooses(staff=str(self.world.cast.staff["second_officer"].pk)).presses("Set the wall")
        cousin = self.people("second_officer").never_reads(self.reference, "Tom Hale")
        cousin.finds_nothing_at(self.case)
        cousin.types_address("/cases/").never_reads(self.reference, "Tom Hale")
        cousin.types_address("/find/?q=Tom+Hale").never_reads(self.reference)

    # ---- the panel -------------------------------------------------------------------------------------------------

    def the_panel_decides(self) -> None:
        """Nobody sees another's view before their own; a decision answers for the victim, each action has its owner."""
        chair = self.people("chair").follows("Panel", within="nav").follows("Call a sitting")
        chair.dates("starts_at", self.world.now.date()).picks("chair", "Chair").chooses_first("cases")
        chair.presses("Call the sitting").reads(self.reference)
        for name, (level, position) in VIEWS.items():
            member = self.people(name).follows(re.compile("Give your view on 1 case")).follows(self.reference)
            member.never_reads(*(words for who, (_, words) in VIEWS.items() if who != name))
            member.never_reads("Must you step aside?")  # the cousin was found: a wall stands
            member.chooses(level=level, certainty="sure").writes(position=position).presses("Give my view")
        chair = self.people("chair").follows(re.compile("Open the views")).never_reads(VIEWS["clinician"][1])
        chair.never_reads("Must you step aside?")
        chair.presses("Open the views to all").reads(VIEWS["clinician"][1], "under investigation")
        self.item = chair.page.url.split("?")[0].removeprefix(chair.site)
        self.decides(chair.presses("Record the decision"))
        for partner in ("northmoor-police", "northmoor-nhs", "northmoor-outreach", "northmoor-advocacy"):
            chair.chooses(partner=partner).presses("Make the minutes").reads("You have made the minutes")
        for name, agency in AGENCIES.items():
            self.people.signs_in(name).types_address(f"{self.case}documents/").reads(f"for Northmoor {agency}")

    def decides(self, chair: Walker) -> None:
        chair.is_refused("Record the decision", "Say what will be done for the victim")
        soon = (self.world.now.date() + 4 * DAY).strftime("%d/%m/%Y")
        chair.writes(
            formulation="Each limit is answered with an act.",
            victim_safety="Told before anything that the subject will notice.",
            order_reason="Warnings changed nothing.",
            dissent="Mental health: medium, the loss could be worked with.",
        )
        chair.chooses(level="very_high", order_considered="yes", under_investigation="yes")
        for n, (what, strand, kind, owner) in enumerate(MEASURES, start=1):
            chair.writes(**{f"measure-{n}-what": what, f"measure-{n}-due_on": soon})
            chair.chooses(**{f"measure-{n}-strand": strand, f"measure-{n}-kind": kind})
            if n < len(MEASURES):
                chair.chooses(**{f"measure-{n}-owner_partner": owner})
        chair.dates("review_on", (self.world.now + DAY).date()).is_refused(
            "Record the decision", "Say which agency owns"
        )
        chair.chooses(**{f"measure-{n}-owner_partner": owner}).presses("Record the decision")
        chair.reads("You have recorded the decision", "Mental health: medium", *(what for what, *_ in MEASURES))

    # ---- the order -------------------------------------------------------------------------------------------------

    def the_victim_is_told_first(self) -> None:
        """Applied once, done in the plan and seen at the decision; not served before the victim knows or two sign why not."""
        officer = self.people("officer").types_address(f"{self.case}orders/apply/").chooses(seeks="yes")
        officer.writes(reason="Acts after every limit.", prohibitions="\n".join(CONDITIONS)).presses("Save")
        officer.types_address(f"{self.case}plan/").reads("interim stalking protection order: applied for", "Done")
        officer.types_address(self.item).reads("order, applied for. Tell the victim first: nobody has told the victim")
        officer.types_address(f"{self.case}orders/")
        self.order = re.findall(rf"{self.case}orders/[0-9a-f-]{{36}}/(?=made/)", officer.page.content())[-1]
        officer.types_address(f"{self.order}made/").presses("Save").reads("Made, not served")
        officer.types_address(f"{self.order}served/").is_refused("Save", "Tell the victim first")
        officer.follows_to("/untold/").writes(reason="The telephone is off, and service is at noon.")
        officer.presses("Ask for a second signature").never_reads("Read the reason and sign")
        advocate = self.people("advocate").types_address(f"{self.case}orders/").follows("Read the reason and sign")
        advocate.reads("The telephone is off").presses("Sign the reason")
        officer.types_address(f"{self.case}orders/").reads(
            "Two people have signed that the victim cannot be told first"
        )
        self.reaches(self.people("advocate"), orders=self.order.split("/")[-2])
        officer.types_address(self.item).reads("made, not served. The victim was told on 30 November 2026")

    def the_employer_is_told(self) -> None:
        """An employer is a third party and no new victim; what they are told stands with them, for officer and advocate."""
        told = self.feed(0, "A rude message came to the shop.", C.MALICIOUS_COMMUNICATIONS, {"name": "Oak Bakery"}, HER)
        analyst = self.people.signs_in("analyst").types_address(f"/desk/{told}/")
        analyst.unfolds("This is no victim but a third party").chooses(third_role="employer")
        analyst.writes(third_contact="At the back door.").presses("Record a third party").presses("Same person")
        self.screens(analyst).writes(case=self.reference).presses("Record triage")
        officer = self.people("officer").types_address(self.case).follows_to("/third-parties/")
        officer.reads("Oak Bakery", "Employer or colleague", "Nothing is on record")
        officer.follows("Record what you are going to tell them").chooses(compartment="core", ground="prevent_crime")
        officer.writes(what="That the subject may come", necessity="Staff cannot watch for what they do not know.")
        officer.chooses(consent="given").presses("Record the disclosure")
        for reader in (officer, self.people("advocate")):
            reader.types_address(f"{self.case}third-parties/").reads("That the subject may come", "told by Officer")
        reader.reads("At the back door.", "Ground: to prevent or detect crime")

    def the_order_is_served(self) -> None:
        officer = self.people("officer").types_address(f"{self.order}served/").presses("Save")
        officer.reads("You have recorded the step.", "In force", "2 conditions", *CONDITIONS)

    def a_breach_comes_as_something_less(self) -> None:
        """The third day for notification has passed; the desk says which order, and what was recorded as low becomes a breach."""
        words, hers = "A message from a new account in the night: soon.", {**HER, "phone": HERS}
        told = self.killed_half_way(words, hers)
        analyst = self.people("analyst").reads("would be an act under the interim stalking protection order")
        analyst.follows_to(f"/desk/{told}/").reads("(very high)", CONDITIONS[1], "Was this a breach?").presses(
            "Same person"
        ).presses("Same person")
        self.screens(analyst).presses("Record triage").reads("Left the desk")
        officer = self.people("officer").reads("Name and address were not notified within three days")
        officer.types_address(f"{self.case}orders/").reads("Notification is missing", "Acts that may be a breach")
        officer.types_address(f"{self.case}orders/acts/{told}/").chooses_first("condition", after=1).presses("Save")
        officer.reads(
            "The review moves to tomorrow at the latest", "Breach of condition 2: arrest, charge, victim told not"
        )
        officer.reads("Breach treated alone: nobody has assessed the case again since.")
        officer.types_address(self.case).reads("10 acts in", "Breach of condition 2", words)

    def killed_half_way(self, words: str, hers: dict[str, str]) -> str:
        """The process that imports is killed among the rows, and again when they are kept: nothing is lost or doubled."""
        rows = [self.exported(0, words, C.MALICIOUS_COMMUNICATIONS, HIM, hers)]
        rows += [self.exported(0, each, C.NO_CRIME, {"name": name}, {}) for name, each in NIGHT.items()]
        analyst = self.checked("night.csv", *rows).follows_to("/import/").presses("Import it")
        file, machine = analyst.page.url.removeprefix(analyst.site).partition("?")[0], Machine()
        analyst.types_address("/desk/")  # the page of the file would ask again by itself
        for dies_before, kept in (AMONG_ROWS, 0), (ONCE_KEPT, 1):
            machine.works(dies_before=dies_before)
            analyst.types_address(file).reads("Importing the file. It has begun.", "No process works on it now")
            assert analyst.types_address("/desk/").said.count(words) == kept
        machine.works()
        machine.close()
        analyst.types_address(file).reads("3 rows read. 0 accepted", "3 rows there already, and added nothing")
        assert analyst.follows("Desk", within="nav").said.count(words) == 1
        return at_desk(analyst, rows[0][0])

    def nobody_treats_it_alone(self) -> None:
        officer = self.people("officer").reads("Decide after the breach of condition 2").presses("Open")
        officer.follows_to("/orders/breaches/")
        self.breach = officer.page.url.removeprefix(officer.site)
        officer.chooses(what="arrest", done="yes").writes(reason="Arrested at home.").presses("Save")
        officer.types_address(f"{self.case}assessment/new/first-line/")
        asked = officer.unanswered("level", "mode", "interpreter")
        officer.chooses(**dict.fromkeys(asked, "yes")).chooses(level="very_high").presses("Save and show the advice")
        officer.presses("Sign the assessment").reads("The assessment is signed.")
        self.imminent(self.people("clinician"))
        officer.types_address(f"{self.case}orders/record/").chooses(kind="bail").writes(prohibitions=CONDITIONS[0])
        officer.dates("expires_on", (self.world.now + 28 * DAY).date()).presses("Save")
        officer.reads("Arrestable without a warrant, but not itself an offence").never_reads("Breach treated alone")

    def imminent(self, clinician: Walker) -> None:
        """A structured judgement raises how soon harm could come, and says what to do today."""
        clinician.types_address(f"{self.case}assessment/new/judgement/")
        clinician.chooses(imminence="days", prioritisation="very_high")
        clinician.chooses(mode="file_only", interpreter="not_needed").writes(seen="The file, and the officer.")
        clinician.writes(
            **{"formulation": "The breach came after service.", "prioritisation.note": "Each limit is met so."}
        )
        clinician.presses("Continue to sign").reads("Harm could come within days").chooses(left="yes")
        clinician.presses("Sign the assessment")
        clinician.reads("The assessment is signed.")

    def a_photograph(self) -> None:
        """The victim writes on a telephone of their own, with a photograph whose caption says where; the unit may see it."""
        advocate = self.people("advocate").types_address(f"{self.case}victim/diary/link/").presses("Make a code")
        phone = Walker(self.people.windows.take(viewport=PHONE), self.people.site, self.world.book)
        self.people.walkers["victim"] = phone
        phone.types_address("/n/").writes(
            code=advocate.page.locator("main .govuk-body-l strong").inner_text(), word="plum tree"
        )
        phone.presses("Open")
        phone.writes(words="Parked across from the school again.", day="today")
        phone.brings("pictures", "IMG_0042.jpg", photograph()).chooses(readers="unit").presses("Save").reads("1 file")
        advocate.types_address(f"{self.case}victim/diary/").reads(
            "Parked across from the school again.", "The unit can see it"
        )
        officer = self.people("officer").types_address(f"{self.case}documents/")
        officer.reads("Picture that came with report", "drawn anew from the original").never_reads(CAPTION)

    # ---- the months ------------------------------------------------------------------------------------------------

    def a_confidence_stays(self) -> None:
        """Told to the advocate alone: no role of another agency reads it on any page of the case."""
        advocate = self.people("advocate").types_address(f"{self.case}victim/note/")
        advocate.chooses(kind="confidence").writes(text=SECRET).presses("Save").reads("Note saved", SECRET)
        for name in ("officer", "clinician", "coordinator", "chair"):
            other = self.people.signs_in(name)
            for address in (self.case, f"{self.case}history/", f"{self.case}comments/", f"{self.case}victim/"):
                other.never_learns(address, SECRET)

    def police_ask(self) -> None:
        """One door: a recorded request, the victim's answer, a decision."""
        officer = self.people("officer").types_address(f"{self.case}disclosures/ask/")
        officer.writes(enquiry="Where the nights were spent.", sought="What was said of the flat.")
        officer.writes(necessity="Nothing else shows it.", tried="The telephone was read.", authorised_by="DI R. Vale")
        officer.dates("told_her_at", self.world.now.date()).dates("expires_on", (self.world.now + 60 * DAY).date())
        officer.presses("Send the request")
        advocate = self.people("advocate").follows("Ask the victim about a request")
        advocate.follows_to("/disclosures/asked/")
        asked = advocate.page.url.removeprefix(advocate.site)
        advocate.chooses(answer="refused").writes(words="No, never.").presses("Record the answer")
        advocate.follows_to("/disclosures/asked/")
        advocate.chooses(releases="no").writes(reason="Refused by the victim.").presses("Record your decision")
        officer.never_learns(asked, SECRET, "No, never.")

    def another_force_knows(self) -> None:
        """Until an agreement allows it nobody learns of the other record; then that it exists, and whom to ask."""
        subject = f"{self.case}subject/"
        officer = self.people("officer").types_address(subject).never_reads("Southmere", OTHER, self.away)
        there = f"/cases/{self.away}/"
        theirs = self.people("otto").types_address(f"{there}subject/").said
        signs = self.agree("southmere", "gia", "northmoor-police", "police_lead", Locator.uncheck)
        signs.reads("only that a case exists").presses("Save")
        officer.types_address(subject).reads("Southmere may hold a record of the same person")
        officer.reads("same names in another order, same day of birth", "Ask Southmere Police")
        officer.never_reads(OTHER, self.away).finds_nothing_at(there)
        assert self.people("otto").types_address(f"{there}subject/").said == theirs, "one way only"

    def agree(self, site: str, asks: str, partner: str, signs: str, opens: Callable[[Locator], None]) -> Walker:
        """Oversight asks for an agreement until three years from now, and the lead of the agency that it binds signs it."""
        asked = self.people(asks).types_address(f"/sites/of/{site}/people/").chooses(partner=partner)
        for box in asked.page.locator("main input[name=opens]").all():
            opens(box)
        asked.dates("starts_on", self.world.now.date()).dates("ends_on", (self.world.now + 1200 * DAY).date())
        asked.presses("Ask for this agreement").reads("The agreement opens nothing before the lead")
        lead = self.people(signs).follows(re.compile("Sign or refuse an agreement"))
        return lead.chooses(given="yes")

    def renewed(self) -> None:
        """The agreement by which the advocate reads the case ends with the year 2028; oversight is told, and the next goes on."""
        self.people("governance").reads("Ask for the next agreement: Northmoor with Northmoor Advocacy")
        lead = self.agree("northmoor", "governance", "northmoor-advocacy", "advocacy_lead", Locator.check)
        lead.reads("how to reach the victim").presses("Save")

    def charged(self) -> None:
        officer = self.people("officer").types_address(self.breach).chooses(what="charge", done="yes")
        officer.writes(reason="Charged today.").presses("Save").reads("Breach of condition 2: victim told not decided")
        advocate = self.people("advocate").reads("Tell the victim: the subject was charged")
        self.reaches(advocate, updates=True)
        officer.types_address(self.case).never_reads("victim told not decided")

    def nobody_reached_the_victim(self) -> None:
        """Nineteen days of silence at very high are an alarm; the number that the subject used is refused."""
        advocate = self.people("advocate").reads(
            "No safe contact with this victim in the cases open to you", "silent for 19 days"
        )
        self.people("advocacy_lead").reads("silent for 19 days; ask Advocate").never_reads("Tom Hale")
        for name in ("police_lead", "second_advocate"):
            self.people(name).never_reads("silent for")
        advocate.types_address(f"{self.case}victim/endpoints/").chooses(kind="phone", how="video").writes(value=HERS)
        advocate.is_refused("Confirm", "Somebody else may read or answer this").never_reads("the subject’s number")

    def work_in_prison(self) -> None:
        """Missed is missed, and cancelled for want of staff is recorded as exactly that; no step-down before quiet months."""
        self.reaches(self.people("advocate"))
        officer = self.people("officer").types_address(f"{self.case}orders/custody/").chooses(kind="remand")
        officer.dates("held_from", self.world.now.date()).presses("Record custody")
        officer.types_address(f"{self.case}step-down/").writes(reason="It is quiet.")
        officer.dates("victim_told_at", self.world.now.date())
        officer.is_refused("Ask a colleague to sign", "The case can step down from")
        clinician = self.people("clinician").types_address(f"{self.case}plan/work/new/")
        clinician.reads("You cannot begin direct psychological work yet").chooses(kind="subject_assessment")
        clinician.writes(sessions_agreed="12", goals="A plan for the loss.").presses("Begin the work")
        for weeks in range(len(SESSIONS)):
            clinician.types_address(f"{self.case}plan/sessions/new/").chooses(strand="psychological")
            clinician.dates("planned_at", (self.world.now + 7 * weeks * DAY).date()).writes(planned_at__time="10:00")
            clinician.picks("intervention", "Assessment of the subject").presses("Plan the session")
        found = re.findall(rf"{self.case}plan/sessions/[0-9a-f-]{{36}}/", clinician.page.content())
        self.sessions = list(dict.fromkeys(found))[::-1]
        clinician.reads("12 sessions planned: 12 planned").types_address(self.sessions[0]).chooses(
            attendance="attended"
        )
        clinician.is_refused("Save", "Tell the victim first")
        self.reaches(self.people("advocate"), step="See the subject for the first time")

    def twelve_sessions(self) -> None:
        """Nine attended, two missed, and the last cancelled for want of staff, which is said as exactly that."""
        clinician = self.people("clinician").reads("Record how the psychological session went")
        for session, came in zip(self.sessions, SESSIONS, strict=True):
            clinician.types_address(session).chooses(attendance=came).presses("Save")
        clinician.types_address(f"{self.case}plan/").reads("9 of 12 sessions agreed attended")
        clinician.presses("30 min").reads("Mental health professional: 0 h 30 min")
        clinician.reads("9 attended", "2 missed", "1 cancelled for want of staff").never_reads(
            "has the victim been told?"
        )

    def the_subject_asks(self) -> None:
        """What leads to the victim stands in no byte of the subject's pack, nor does the photograph with its caption."""
        chair, files = self.pack("subject", "Ida Crane", "passport seen", "Handed over in the visits hall.")
        chair.reads("accounts that others gave (")
        for said, pictures in files:
            assert "Ida Crane" in said
            assert [word for word in LEADING if word.casefold() in said.casefold()] == []
            assert pictures == frozenset()

    def the_court_asks(self) -> None:
        """Its words stay where the subject knows them; the photograph is shown as pixels, without caption, place or device."""
        _, files = self.pack("court", "Northmoor Crown Court", "order of the court seen", "To the clerk, by hand.")
        for said, pictures in files:
            assert "The tyres of" in said
            assert [word for word in (CAR, CHILD, SCHOOL, "Mill Lane") if word.casefold() in said.casefold()] == []
            (shown,) = pictures
            assert CAPTION.encode() not in shown

    def pack(
        self, kind: str, asked_by: str, proved: str, channel: str
    ) -> tuple[Walker, list[tuple[str, frozenset[bytes]]]]:
        """Make a pack, decide each danger on its page, let a second person release it, and read each file that leaves."""
        coordinator = self.people("coordinator").types_address(f"{self.case}disclosures/pack/").chooses(kind=kind)
        coordinator.writes(asked_by=asked_by, identity_proved=proved).dates("received_on", self.world.now.date())
        coordinator.presses("Make the pack").reads("The pack was made, and read back from its bytes")
        pack = coordinator.page.url.removeprefix(coordinator.site).partition("dangers/")[0]
        dangers = dict.fromkeys(re.findall(rf"{pack}dangers/[0-9a-f]{{40}}/", coordinator.page.content()))
        for left, danger in zip(range(len(dangers), 0, -1), dangers, strict=True):
            coordinator.reads(f"{left} of {len(dangers)} to decide").types_address(danger)
            words = coordinator.page.locator("main dd strong").first.inner_text()
            choice, reason = DECIDED[kind].get(words.partition(" ")[0], ("mask", ""))
            coordinator.chooses(choice=choice).writes(reason=reason).presses("Record the decision")
        coordinator.reads("This pack waits for a panel chair")
        chair = self.people("chair").reads(self.reference).types_address(pack)
        files = re.findall(rf'{self.case}documents/[0-9a-f-]{{36}}/(?=")', chair.page.content())
        chair.writes(channel=channel).presses("Release the pack").reads("The pack was released")
        contents = [self.downloads(chair, file) for file in dict.fromkeys(files)]
        pdf, docx = sorted(contents, reverse=True, key=lambda one: one.startswith(b"%PDF"))
        photos = docx_photos(docx)
        assert pdf_photos(pdf) == photos
        said = (" ".join(pdf_texts(pdf)), " ".join(text for _, text in docx_parts(docx, photos)))
        return chair, [(each, photos) for each in said]

    def asked_by_program(self, reader: Walker, address: str) -> str:
        answer = reader.page.context.request.get(reader.site + address)
        assert answer.ok, answer.status
        return str(answer.text())

    def downloads(self, reader: Walker, address: str) -> bytes:
        return bytes(reader.page.context.request.get(reader.site + address).body())

    def the_interim_order_ends(self) -> None:
        """Superseded is a normal end; the end of the new one is warned of."""
        officer = self.people("officer").types_address(f"{self.case}orders/record/").chooses(kind="restraining")
        officer.writes(prohibitions=CONDITIONS[0], court="Northmoor Crown Court")
        officer.dates("expires_on", (self.world.now + 85 * DAY).date()).picks("takes_place_of", "nterim")
        officer.presses("Save").reads("Restraining order", "Ends in 85 days (within 90 days)", "superseded")
        self.people("officer").reads("Ends in 85 days: restraining order")

    def ends_in(self, days: int, within: int) -> None:
        """The end of the order is warned of on the officer's day and at the order."""
        officer = self.people("officer").reads(f"Ends in {days} days: restraining order")
        officer.types_address(f"{self.case}orders/").reads(f"Ends in {days} days (within {within} days)")

    def it_steps_down(self) -> None:
        """Two signatures, and the victim told that day."""
        self.ends_in(5, 7)
        self.reaches(self.people("advocate"))
        officer = self.people("officer").types_address(f"{self.case}step-down/").writes(reason="Seven quiet months.")
        officer.dates("victim_told_at", self.world.now.date()).presses("Ask a colleague to sign")
        chair = self.people("chair").types_address(f"{self.case}step-down/").chooses(signs="yes")
        chair.presses("Save your answer").reads("step down")

    def it_closes(self) -> None:
        """Three quiet months after stepping down; four windows open by themselves."""
        self.reaches(self.people("advocate"))
        coordinator = (
            self.people("coordinator").types_address(f"{self.case}close/").writes(reason="Quiet since spring.")
        )
        coordinator.dates("victim_told_at", self.world.now.date()).presses("Close the case")
        coordinator.types_address(f"{self.case}after/").reads("3 months", "24 months", "not open yet").never_reads(
            "open now"
        )

    def what_became(self, months: int) -> None:
        """The window opens on the advocate's day, once; what was found is kept as it was said."""
        advocate = self.people("advocate").reads(f"Follow up {months} months after closing: Tom Hale")
        advocate.follows_to(f"{self.case}after/").chooses(victim_reached="yes", new_act="no", feels_safer="yes")
        advocate.writes(summary=f"Sleeps at home, after {months} months.").presses("Record it")
        advocate.reads(f"Sleeps at home, after {months} months.").never_reads("open now")

    def after_two_years(self) -> None:
        """The last window; from severe to mild is a reliable change, by the norm that the unit had chosen before."""
        self.what_became(24)
        advocate = self.measured(self.people("advocate"), "s1", "7, mild")
        advocate.reads("21, severe", "-14: reliable improvement", "not taken, and nobody said why")
        advocate.reads("A change counts from 4 points", "NHS Talking Therapies: 3.53", "chosen on 24 November 2026")

    def two_further_acts(self) -> None:
        """Two further acts, none violent, open the case again: reviewed tomorrow, and nobody asks what became of it."""
        rows = [self.exported(days, words, C.MALICIOUS_COMMUNICATIONS, HIM, HER) for days, words in FURTHER]
        analyst = self.brings("further.csv", *rows)
        for row, is_now in zip(rows, ("closed", "open"), strict=True):
            analyst.types_address(f"/desk/{at_desk(analyst, row[0])}/")
            analyst.reads(f"the victim and the subject of {is_now} case {self.reference}")
            self.triages(analyst, "Same person", "Same person")
        case = self.people("coordinator").types_address(self.case)
        case.reads("This case was opened again. 8 November 2029", "12 acts in", "tomorrow; act of 7 November 2029")
        case.reads("1063 days", "1000 of them in custody")
        case.types_address(f"{self.case}after/").reads("This case is open again", "Sleeps at home, after 24 months.")
        case.never_reads("not open yet", "open now")

    def the_programme(self) -> None:
        """The programme's people learn of no person and of no case: one case of one unit is no number."""
        for name, place in (("lead", "/roll-out/"), ("evaluator", "/evaluation/")):
            reader = self.people(name)
            assert reader.page.url.endswith(place)
            reader.never_reads(self.reference, "Tom Hale", "Ida Crane", self.away)
            for address in (self.case, "/find/?q=Ida+Crane", "/cases/"):
                reader.never_learns(address, "Tom Hale", "Mill Lane", self.away)
        self.three_sites()

    def three_sites(self) -> None:
        """The case is the ninth of its site's and so in no figure; per hundred cases with an interval; a new area is told how little."""
        own, frozen = evaluation.deidentified_rows, list[ExtractRow]()

        def rows(**asked: Any) -> list[ExtractRow]:
            invented = planted(0.5, people=900)
            beside = [replace(row, site="southmere") for row in invented if row.site == "london"][:7]
            frozen[:] = [*own(**asked), *beside, *(row for row in invented if row.site != "london")]
            return frozen

        self.world.monkeypatch.setattr(evaluation, "deidentified_rows", rows)
        self.world.monkeypatch.setattr(long_work, "command", done_at_once)
        evaluator = self.people("evaluator").presses("Freeze the data and compute")
        evaluator.reads(
            "Of 100 cases managed from the first day, about", "fewer had another recorded act within a year (between"
        )
        evaluator.reads("Southmere few too few to show", "Suppressed sites: 1.", "there are 3")
        (row,) = (each for each in frozen[:9] if each.acts_after == 4)
        assert (row.site, row.former_partner, row.sessions_planned, row.sessions_attended) == ("southmere", True, 12, 9)
        assert sum(each.site == "southmere" for each in frozen) == 9
        (file,) = settings.FOURFOLD.extracts_dir.glob("*.parquet")
        kept = file.read_bytes()
        assert [word for word in (self.reference, "Hale", "Crane", "Mill Lane") if word.encode() in kept] == []
        lead = self.people("lead").types_address("/evaluation/").reads("Suppressed sites: 1.")
        lead.types_address("/roll-out/E23000032/").reads(
            "Kent should plan for about", "sites can promise no more than that"
        )

    def the_case_moves(self) -> None:
        """Offered without a name, taken over with its history; the first force then reads it as it stood."""
        self.reaches(self.people("advocate"))
        here = self.people("coordinator").types_address(f"{self.case}transfer/").chooses(to_site="southmere")
        here.writes(reason="Both live there now.").dates("victim_told_at", self.world.now.date()).presses(
            "Offer the case"
        )
        there = self.people("otto").types_address("/transfers/").never_reads("Tom Hale", "Ida Crane")
        there.finds_nothing_at(self.case)
        there.types_address("/transfers/").follows_to("/transfers/*-*-").chooses(accepts="yes").presses(
            "Send the answer"
        )
        there.reads("Tom Hale").types_address(f"{self.case}history/").reads("Taken over from Northmoor")
        there.follows_to("history/?before=").reads("opened at triage")
        self.people.signs_in("coordinator").types_address(self.case).reads("Your unit handed this case over")


def photograph() -> bytes:
    """Return a photograph as a telephone keeps it, with a caption that says where it was taken."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = CAPTION
    plain = Image.effect_noise((640, 480), 60).convert("RGB")
    plain.save(out, "JPEG", exif=exif, comment=CAPTION.encode())
    return out.getvalue()


def at_desk(analyst: Walker, reference: str) -> str:
    """Return which report it is that stands under the force's own reference, found as anybody finds it."""
    return analyst.types_address(f"/find/?q={reference}").page.url.split("/")[4]
