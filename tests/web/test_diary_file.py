"""Her diary and her care through the real door: her advocate's alone, and every form says how to mend it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fourfold.cases.models import Case
from fourfold.exhibits.models import CustodyStep
from fourfold.intake.models import Allegation
from fourfold.support.models import (
    AtRiskStep,
    Consent,
    DiaryEntry,
    DiaryLink,
    DiaryPicture,
    PlanStepReview,
    Satisfaction,
)
from fourfold.support.terms import Readers
from fourfold.web import clock
from tests.cast import Cast
from tests.exhibits.test_pictures import CANARY, jpeg
from tests.support.builders import NOON, case_of
from tests.support.diaries import HER_WORDS, open_diary, write
from tests.support.test_bringing import CSV
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
CARE = ("", "consent/", "step/", "entitlement/personal_statement/", "satisfaction/", "at-risk/")
DIARY = ("", "link/", "bring/")
PAGES = [f"care/{each}" for each in CARE] + [f"diary/{each}" for each in DIARY]


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def address(case: Case, rest: str) -> str:
    return f"/cases/{case.reference}/victim/{rest}"


def shown(client: Client, case: Case, rest: str) -> str:
    answer = client.get(address(case, rest))
    assert answer.status_code == 200, rest
    return answer.content.decode()


def sent(client: Client, case: Case, rest: str, **said: object) -> str:
    return client.post(address(case, rest), said, follow=True).content.decode()


def test_her_advocate_opens_every_page_under_an_exit_and_a_neutral_title(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    for rest in PAGES:
        said = shown(client, case, rest)
        assert "<title>Notes</title>" in said
        assert "Exit this page" in said


@pytest.mark.parametrize("name", ["olu", "clinician", "outreach", "coordinator", "second_advocate", "governance"])
def test_for_everybody_else_none_of_them_exists(cast: Cast, signed_in: SignIn, name: str) -> None:
    case, client = case_of(cast), signed_in(name)
    assert {client.get(address(case, rest)).status_code for rest in PAGES} <= {403, 404}


def test_the_officer_in_the_case_sees_who_else_is_at_risk_and_nothing_confidential(
    cast: Cast, signed_in: SignIn
) -> None:
    case, client = case_of(cast), signed_in("officer")
    said = shown(client, case, "care/")
    assert "Children and others at risk" in said
    assert "Safety plan" not in said
    assert "Consent" not in said
    assert client.get(address(case, "diary/")).status_code == 404


def test_a_code_is_shown_once_and_is_on_no_page_afterwards(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    said = sent(client, case, "diary/link/", language="cy")
    code = said.split("<strong>")[1].split("</strong>")[0]
    assert len(code) == 19
    assert DiaryLink.objects.unscoped("test").get().language == "cy"
    for rest in ("diary/", "diary/link/", ""):
        assert code not in shown(client, case, rest)
    phone = Client()
    assert phone.post("/n/", {"code": code, "word": "plum tree"}).status_code == 303


def test_closing_a_link_closes_her_device(cast: Cast, signed_in: SignIn) -> None:
    diary, client = open_diary(cast), signed_in("advocate")
    link = DiaryLink.objects.unscoped("test").get()
    assert "The link is closed" in sent(client, diary.case, f"diary/link/{link.pk}/close/")
    phone = Client()
    phone.cookies["n"] = diary.secret
    assert "Sixteen letters" in phone.get("/n/").content.decode()


def test_an_entry_is_read_and_passed_on_with_custody_beside_it(cast: Cast, signed_in: SignIn) -> None:
    diary, client = open_diary(cast), signed_in("advocate")
    entry = write(diary, picture=jpeg())
    page = shown(client, diary.case, f"diary/{entry.pk}/")
    assert HER_WORDS in page
    assert entry.sha256 in page
    assert "received from the victim, written in the diary" in page
    assert "Read " in sent(client, diary.case, f"diary/{entry.pk}/", go="read")
    assert "whose life or safety" in sent(client, diary.case, f"diary/{entry.pk}/", by="override", why="hm")
    assert "The unit, since" in sent(client, diary.case, f"diary/{entry.pk}/", by="consent")
    assert Allegation.objects.visible_to(cast.analyst, at=NOON).filter(channel="diary").count() == 1


def test_the_unit_reads_whose_picture_it_is_and_with_which_report_it_came(cast: Cast, signed_in: SignIn) -> None:
    diary = open_diary(cast)
    write(diary, picture=jpeg(), readers=Readers.UNIT)
    told = Allegation.objects.visible_to(cast.analyst, at=NOON).get(channel="diary")
    listed = signed_in("coordinator").get(f"/cases/{diary.case.reference}/documents/").content.decode()
    assert f"Picture that came with report {told.reference}, drawn anew from the original" in listed
    assert "the victim</span>" in listed
    assert "somebody who left" not in listed


@pytest.mark.parametrize(("picture", "count"), [(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\x01" * 500, 1), (None, 0)])
def test_the_desk_reads_that_a_file_stays_with_the_advocate(
    cast: Cast, signed_in: SignIn, picture: bytes | None, count: int
) -> None:
    write(open_diary(cast), picture=picture or jpeg(), readers=Readers.UNIT)
    told = Allegation.objects.visible_to(cast.analyst, at=NOON).get(channel="diary")
    said = signed_in("analyst").get(f"/desk/{told.pk}/").content.decode()
    assert ("1 file came with this that cannot be shown as a picture." in said) is bool(count)
    assert ("stays sealed with the victim’s advocate" in said) is bool(count)


def test_a_telephones_picture_that_cannot_be_drawn_is_called_one(cast: Cast, signed_in: SignIn) -> None:
    diary = open_diary(cast)
    entry = write(diary, picture=b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\x01" * 500)
    read = shown(signed_in("advocate"), diary.case, f"diary/{entry.pk}/")
    assert "image/heic" in read
    assert "It is not shown: it is not a picture of a kind that can be shown." in read
    assert "It is not a picture, so" not in read


def test_a_picture_is_shown_as_pixels_alone_and_every_look_stands_in_its_record(cast: Cast, signed_in: SignIn) -> None:
    diary, client = open_diary(cast), signed_in("advocate")
    write(diary, picture=jpeg(trailer=CANARY))
    picture = DiaryPicture.objects.unscoped("test").get()
    answer = client.get(address(diary.case, f"diary/picture/{picture.exhibit_id}/"))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert CANARY not in answer.content
    assert b"Exif" not in answer.content
    steps = CustodyStep.objects.unscoped("test").filter(exhibit=picture.exhibit_id).order_by("taken_at", "id")
    assert sorted(step.step for step in steps) == ["received", "shown"]
    assert signed_in("officer").get(address(diary.case, f"diary/picture/{picture.exhibit_id}/")).status_code == 404


def test_a_file_is_brought_in_and_a_wrong_one_says_how_to_mend_it(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    assert "Choose the exported file" in sent(client, case, "diary/bring/", zone="Europe/London")
    bad = SimpleUploadedFile("a.csv", b"a sentence")
    assert "No heading with a date" in sent(client, case, "diary/bring/", zone="Europe/London", file=bad)
    good = SimpleUploadedFile("a.csv", CSV.encode())
    assert "3 entries added" in sent(client, case, "diary/bring/", zone="Europe/London", file=good)
    again = SimpleUploadedFile("b.csv", CSV.encode())
    assert "already added" in sent(client, case, "diary/bring/", zone="Europe/London", file=again)
    assert DiaryEntry.objects.unscoped("test").count() == 3


def test_her_care_is_recorded_form_by_form(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    assert "Say whose life" in sent(client, case, "care/consent/", matter="unit", state="overridden", why="no time")
    assert "She said no" not in sent(client, case, "care/consent/", matter="employer", state="refused")
    assert Consent.objects.unscoped("test").get().state == "refused"
    assert "Enter the day on which you review it" in sent(client, case, "care/step/", words="Leave by the back gate")
    page = sent(
        client, case, "care/step/", words="Leave by the back gate", **day("review_on", NOON + timedelta(days=7))
    )
    step = page.split("/care/step/")[1].split("/")[0]
    assert "Say what changed" in sent(client, case, f"care/step/{step}/", outcome="failed")
    sent(client, case, f"care/step/{step}/", outcome="not_needed")
    assert PlanStepReview.objects.unscoped("test").get().next_on is None
    assert "Say why not yet" in sent(client, case, "care/entitlement/personal_statement/", answer="not_yet")
    assert "Declined" in sent(client, case, "care/entitlement/personal_statement/", answer="declined")
    assert "Nothing was answered" in sent(client, case, "care/satisfaction/")
    assert "informed 4 of 5" in sent(client, case, "care/satisfaction/", informed="4")
    assert Satisfaction.objects.unscoped("test").get().heard is None


def test_a_child_at_risk_stands_there_in_their_own_right(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("officer")
    told = {
        "name": "her elder son",
        "kind": "child",
        "risk": "He waits for him at the school gate.",
        "birth_year": "2015",
    }
    assert "Enter the day on which you review it" in sent(client, case, "care/at-risk/", **told)
    page = sent(client, case, "care/at-risk/", **told, **day("review_on", NOON + timedelta(days=3)))
    assert "her elder son, child, born 2015" in page
    person = page.split("/care/at-risk/")[1].split("/")[0]
    assert "Say to whom" in sent(client, case, f"care/at-risk/{person}/", what="referred", words="Told the school")
    done = {"what": "referred", "words": "Told the school", "to_whom": "children's social care"}
    page = sent(client, case, f"care/at-risk/{person}/", **done, **day("next_on", NOON + timedelta(days=7)))
    assert "referred to children&#39;s social care: Told the school" in page
    assert AtRiskStep.objects.unscoped("test").count() == 1
    subject = signed_in("coordinator").get(f"/cases/{case.reference}/subject/").content.decode()
    assert "elder son" not in subject


def day(name: str, at: object) -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(at, part)) for part in ("day", "month", "year")}
