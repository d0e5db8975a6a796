"""Reports that nobody joined, through the real door: found in one search, read, judged, undone; a file for inspectors."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from fourfold.audit import queries as audit
from fourfold.cases import services as cases
from fourfold.cases.models import PossibleAct, PossibleCourse
from fourfold.intake.terms import KnownKind
from fourfold.web.components.words import moment
from fourfold.web.pages.courses import EMPTY
from tests.cases.builders import known, told
from tests.cases.planted import Planter, the_125
from tests.cases.test_possible import known_by
from tests.cast import NOW, Cast
from tests.web.conftest import SignIn
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": (NOW + 3 * DAY).isoformat()}))


def looked(cast: Cast, at: datetime = NOW + 3 * DAY) -> None:
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=at)
    cases.find_courses(actor=cast.analyst, site="northmoor", at=at)


def two_acts(cast: Cast) -> PossibleCourse:
    for day in range(2):
        told(cast.analyst, at=NOW + day * DAY)
    looked(cast)
    return PossibleCourse.objects.unscoped("a test").get()


def test_a_course_says_as_of_when_it_stands_and_what_has_come_since(cast: Cast, signed_in: SignIn) -> None:
    first, _ = (told(cast.analyst, at=NOW + day * DAY) for day in range(2))
    looked(cast, at=NOW + 2 * DAY)
    address = f"/desk/courses/{PossibleCourse.objects.unscoped('a test').get().pk}/"
    client, compared = signed_in("analyst"), f"The rules last compared reports on {moment(NOW + 2 * DAY)}."
    assert f"{compared} What comes or is decided after that counts here" in read(client, address)
    new = told(cast.analyst, at=NOW + 2 * DAY + MINUTE)
    known(cast, first, at=NOW + 2 * DAY + MINUTE)
    since = "Since then 1 report came that waits at the desk, and there were 2 decisions on the reports below."
    assert f"{compared} {since} They count here when the rules run next." in read(client, address)
    assert f"2 reports, as reports were compared on {moment(NOW + 2 * DAY)}" in read(client, f"/desk/{first.pk}/")
    looked(cast)
    assert new.pk in PossibleAct.objects.unscoped("a test").values_list("allegation", flat=True)
    standing = PossibleCourse.objects.unscoped("a test").get(ended_at=None, kind="course")
    assert "Since then" not in read(client, f"/desk/courses/{standing.pk}/")


def test_a_desk_worker_finds_the_woman_of_125_reports_in_one_search(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    planter = Planter(cast.analyst)
    the_125(planter)
    planter.keep()
    looked(cast)
    client = signed_in("analyst")
    said = read(client, "/find/?q=thistelquay")
    assert "Wilhelmina Thistlequay : 125 reports" in said
    assert "also Wilhelmina Thisslequay" in said
    address = f"/desk/courses/{PossibleCourse.objects.unscoped('a test').get().pk}/"
    said = read(client, address)
    assert "125 reports about Wilhelmina Thistlequay" in said
    assert "Two occasions or more: a course of conduct" in said
    assert "Next 50 reports" in said
    with django_assert_num_queries(
        14 if connection.vendor == "sqlite" else 13
    ):  # who reads 2, on PostgreSQL 1, the page 7, the log 5
        client.get(address)
    for zoom in ("2026", "2026-03", "nothing", "9999-99"):
        assert client.get(f"{address}?in={zoom}").status_code == 200


def test_the_page_says_by_which_other_name_it_found_a_report(cast: Cast, signed_in: SignIn) -> None:
    known_by(cast, told(cast.analyst), "subject", (KnownKind.ALIAS, "Ty Ash"))
    for allegation in (told(cast.analyst, at=NOW + day * DAY, victim_name="Ada Stone") for day in range(2)):
        known_by(cast, allegation, "victim", (KnownKind.FORMER_SURNAME, "Holm"))
    looked(cast)
    client = signed_in("analyst")
    assert "Nora Quill found by another name of the subject: Ty Ash" in read(client, "/find/?q=ty+ash")
    said = read(client, "/find/?q=Ada+Holm")
    assert "found by another name of the victim" in said
    assert "Nora Quill" not in said
    assert "found by" not in read(signed_in("olu"), "/find/?q=Ada+Holm")


def test_the_list_gives_the_reasons_and_another_site_has_none(cast: Cast, signed_in: SignIn) -> None:
    course = two_acts(cast)
    said = read(signed_in("analyst"), "/desk/mis-recorded/")
    assert "Nora Quill : 2 reports" in said
    assert "A former partner is reported: the recording rule expects stalking" in said
    olu = signed_in("olu")
    assert "Nothing to read" in read(olu, "/desk/mis-recorded/")
    assert "Nothing to read" in read(signed_in("analyst"), "/desk/mis-recorded/?less=1"), "nothing tells of a quarrel"
    for rest in ("", "judge/", "undo/"):
        assert olu.get(f"/desk/courses/{course.pk}/{rest}", follow=True).status_code == 404
    assert olu.post(f"/desk/courses/{course.pk}/judge/", {"verdict": "stalking", "reason": "x"}).status_code == 404


@pytest.mark.parametrize("query", ["?after=nothing", "?after=9~x~y", "?after=%00", "?every=1", "?after=" + "9" * 400])
def test_a_list_asked_for_in_a_strange_way_is_shown_from_its_beginning(
    cast: Cast, signed_in: SignIn, query: str
) -> None:
    two_acts(cast)
    assert "Nora Quill : 2 reports" in read(signed_in("analyst"), f"/desk/mis-recorded/{query}")


def test_what_the_desk_says_of_a_course_stands_on_its_page_and_can_be_undone(cast: Cast, signed_in: SignIn) -> None:
    course = two_acts(cast)
    client, address = signed_in("analyst"), f"/desk/courses/{course.pk}/"
    assert client.post(f"{address}judge/", {"verdict": "", "reason": ""}).status_code == 422
    client.post(f"{address}judge/", {"verdict": "not_stalking", "reason": "Two neighbours."})
    assert "Read: does not look like stalking Two neighbours. (Analyst" in read(client, address)
    assert "Nothing to read" in read(client, "/desk/mis-recorded/")
    assert "read: does not look like stalking" in read(client, "/desk/mis-recorded/?every=1")
    report = f"/desk/{PossibleAct.objects.unscoped('a test').filter(course=course).latest('pk').allegation_id}/"
    assert "; somebody read it: does not look like stalking. Open what the rules found" in read(client, report)
    client.post(f"{address}undo/", {"undo_reason": "They were partners."})
    assert "Rules put it in a possible course of conduct of 2 reports" in read(client, report)
    assert "somebody read it" not in read(client, report)
    assert "Undone 27 November 2026: They were partners." in read(client, address)


def test_the_file_by_month_leaves_as_a_release_does_and_no_cell_is_a_formula(cast: Cast, signed_in: SignIn) -> None:
    for hours in range(13):
        told(cast.analyst, at=NOW - timedelta(hours=hours), system="=crimes")
    told(cast.analyst, at=NOW, system="calls")
    looked(cast)
    client, files = signed_in("analyst"), []
    for _ in range(2):
        answer = client.get("/desk/mis-recorded/by-month/file/")
        assert "attachment" in answer["Content-Disposition"]
        files.append(answer.content)
        told(cast.analyst, at=NOW, system="=crimes")
    assert files[0] == files[1], "one report more is not told by comparing two files"
    found = list(csv.DictReader(io.StringIO(files[0].decode())))
    assert [(row["force"], row["crimes_of_other_classes"], row["may_be_stalking"]) for row in found] == [
        ("'=crimes", "15", "15"),
        ("calls", "", ""),
    ]
    assert "November 2026 Northmoor: calls 1 1 100.0 0 0" in read(client, "/desk/mis-recorded/by-month/")


def test_a_month_that_hardly_moved_leaves_as_it_left_before(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: take the file, tell of one crime more, take it again; the rounded number has moved by five."""

    def taken() -> tuple[str, str]:
        answer = signed_in("analyst").get("/desk/mis-recorded/by-month/file/")
        (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
        return row["crimes_of_other_classes"], row["note"]

    for hours in range(12):
        told(cast.analyst, at=NOW - timedelta(hours=hours), system="crimes")
    first = ("10", f"as counted on 27 November 2026; {EMPTY}")
    assert taken() == first
    told(cast.analyst, at=NOW, system="crimes")
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW + timedelta(days=5))
    assert taken() == taken() == first, "not even that it moved"
    for minutes in range(9):
        told(cast.analyst, at=NOW - timedelta(minutes=minutes), system="crimes")
    assert taken() == ("20", f"as counted on 29 November 2026; {EMPTY}"), "ten have come since the first"
    assert not audit.verify().findings


def test_the_desk_leads_to_its_lists(cast: Cast, signed_in: SignIn) -> None:
    said = read(signed_in("analyst"), "/desk/")
    assert "Possibly mis-recorded" in said


def test_the_desks_other_lists_are_there_and_another_sites_are_empty(cast: Cast, signed_in: SignIn) -> None:
    told(cast.analyst)
    told(cast.analyst, victim_name="Ada Brindlecott", victim_birth="1 May 1990", victim_phone="")
    looked(cast)
    analyst, olu = signed_in("analyst"), signed_in("olu")
    assert "Dean Marlow : 2 reports" in read(analyst, "/desk/serial/")
    course = PossibleCourse.objects.unscoped("a test").get()
    said = read(analyst, f"/desk/courses/{course.pk}/")
    assert "2 reports of Dean Marlow against 2 victims" in said
    assert "Flowers were left on the step" not in said
    levels = [
        int(level) for level in re.findall(r"<h([1-6])", analyst.get(f"/desk/courses/{course.pk}/").content.decode())
    ]
    assert all(below - above <= 1 for above, below in pairwise(levels)), f"a heading is left out: {levels}"
    for address, empty in (
        ("/desk/serial/", "Nobody is reported with several others"),
        ("/desk/serial/?of=victims", "Nobody is reported with several others"),
        ("/desk/escalating/", "No course of conduct is getting worse"),
        ("/desk/quiet/", "No such case"),
        ("/desk/quiet/?days=7&after=x", "No such case"),
        (f"/desk/quiet/?days=0014{'0' * 5000}", "No such case"),
        ("/desk/mis-recorded/by-month/", "No crimes were reported in this time"),
    ):
        assert empty in read(olu, address), address
