"""How somebody is referred to: asked, brought by a feed, sent to the API, shown and frozen; and never guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings

from fourfold.audit.models import Entry
from fourfold.cases.queries import case_pages
from fourfold.evaluation import codebook
from fourfold.intake.models import Allegation
from fourfold.intake.rules.feeds import Reader
from fourfold.intake.rules.feeds.losses import Loss
from fourfold.intake.terms import InvalidMapping
from fourfold.linkage.queries.as_compared import details_of
from fourfold.people import services as people
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part, PersonDetails
from fourfold.pronouns import Pronoun
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.intake.feeds import HEADER, row, small
from tests.web.conftest import SignIn
from tests.web.test_intake import sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def test_the_referral_asks_and_the_desk_shows_and_the_record_takes_it_over(cast: Cast, signed_in: SignIn) -> None:
    assert "Refer to this person as" in signed_in("clinician").get("/refer/").content.decode()
    sent(signed_in("officer"), victim_pronoun="they", victim_sex="F")
    kept = Allegation.objects.unscoped("test").get()
    assert (kept.victim_pronoun, kept.subject_pronoun) == ("they", "")
    assert "they and them" in signed_in("analyst").get(f"/desk/{kept.pk}/").content.decode()
    record = people.register_victim(
        actor=cast.analyst, site="northmoor", told=details_of(kept, Part.VICTIM, on=NOW.date()), at=NOW
    )
    assert record.pronoun == "they"


def test_an_answer_that_nobody_offered_is_refused(cast: Cast, signed_in: SignIn) -> None:
    status, shown = sent(signed_in("clinician"), victim_pronoun="it")
    assert status == 422
    assert "Choose one of the answers shown" in shown
    assert not Allegation.objects.unscoped("test").exists()


def mapped(codes: dict[str, str]) -> Any:
    columns = {"name": ["Name"], "pronoun": {"columns": ["Ex"], "codes": codes}}
    return small(victim=columns, former_partner=None)


@pytest.mark.parametrize(("cell", "kept"), [("she/her", "she"), ("T", "they"), ("", ""), ("f", "")])
def test_a_feed_has_a_column_with_codes_of_its_own(cell: str, kept: str) -> None:
    reader = Reader(mapped({"she/her": "she", "T": "they"}), HEADER, site="northmoor", at=NOW)
    assert reader.read(1, row(Ex=cell)).told.victim.pronoun == kept
    assert [lost.loss for lost in reader.losses.told()] == ([Loss.DETAIL] if cell == "f" else [])


def test_a_code_that_means_nothing_of_ours_is_named() -> None:
    with pytest.raises(InvalidMapping, match="means “xe”; write one of: they, she, he"):
        mapped({"X": "xe"})


def test_the_api_takes_it_and_answers_it(cast: Cast, signed_in: SignIn) -> None:
    body = {"site": "northmoor", "told_at": NOW.isoformat(), "words": "Flowers again", "victim": {"pronoun": "he"}}
    client = signed_in("officer")
    made = client.post("/api/allegations", json.dumps(body), content_type="application/json")
    assert made.status_code == 201, made.content
    told = client.get(f"/api/allegations/{made.json()['id']}").json()
    assert (told["victim"]["pronoun"], told["subject"]["pronoun"]) == ("he", "")
    wrong = json.dumps(body | {"victim": {"pronoun": "it"}})
    assert client.post("/api/allegations", wrong, content_type="application/json").status_code == 422


def test_headers_and_pages_say_it_and_they_where_nobody_did(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    Victim.objects.unscoped("test").filter(pk=case.victim_id).update(pronoun="she")
    header = case_pages.header(actor=cast.officer, reference=case.reference, at=NOW)
    assert header.victim_named.pronoun is Pronoun.SHE
    assert header.subject_named is not None
    assert header.subject_named.pronoun is None
    client = signed_in("analyst")
    assert "as she and her" in signed_in("officer").get(f"/cases/{case.reference}/").content.decode()
    assert "as she and her" in client.get(f"/people/victims/{case.victim_id}/").content.decode()
    page = client.get(f"/people/subjects/{case.subject_id}/").content.decode()
    assert "is not recorded" in page
    assert "What they are known by" in page


def test_an_advocate_and_the_desk_record_it_later_and_each_page_says_it(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    victim, subject = f"/people/victims/{case.victim_id}/", f"/people/subjects/{case.subject_id}/"
    advocate, desk = signed_in("advocate"), signed_in("analyst")
    assert f"{victim}refer-to/" in advocate.get(victim).content.decode()
    assert advocate.post(f"{victim}refer-to/", {"pronoun": "they"}).url == victim
    assert "as they and them" in advocate.get(victim).content.decode()
    assert desk.post(f"{subject}refer-to/", {"pronoun": "she"}).status_code == 303
    assert "she and her" in desk.get(f"/cases/{case.reference}/subject/").content.decode()
    assert desk.post(f"{subject}refer-to/", {"pronoun": ""}).status_code == 303
    assert "not recorded" in desk.get(f"/cases/{case.reference}/subject/").content.decode()
    assert Entry.objects.filter(action="person.referred_to").count() == 3


def test_what_nobody_offered_and_who_may_not_change_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    subject = f"/people/subjects/{case.subject_id}/refer-to/"
    assert signed_in("analyst").post(subject, {"pronoun": "it"}).status_code == 422
    assert signed_in("olu").post(subject, {"pronoun": "he"}).status_code == 404
    assert signed_in("chair").post(subject, {"pronoun": "he"}).status_code in (403, 404)
    assert Subject.objects.unscoped("test").get(pk=case.subject_id).pronoun == ""


def test_nobody_guesses_it_from_a_name_or_a_sex(cast: Cast) -> None:
    told = PersonDetails(name="Mary Dunmore", sex="female")
    made = people.register_subject(actor=cast.analyst, site="northmoor", told=told, at=NOW)
    assert (made.sex, made.pronoun) == ("F", "")
    assert Subject.objects.unscoped("test").filter(pronoun="").exists()
    kept = Allegation(victim_name="Mary Dunmore", victim_sex="F")
    assert details_of(kept, Part.VICTIM, on=NOW.date()).pronoun == ""


def test_the_codebook_says_what_it_means() -> None:

    made = codebook.manifest(codebook.Tally(), until=NOW, sha256="")
    meanings = {column["name"]: column["meaning"] for column in made["columns"]}
    assert meanings["victim_pronoun"].startswith("how the victim is referred to")
    assert made["codes"]["subject_pronoun"] == ["", "they", "she", "he"]
