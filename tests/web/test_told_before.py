"""What was keyed at referral stands in the first-line form with its source, and is an answer once it is sent."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fourfold.assessment import queries
from fourfold.assessment.models import Draft
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Behaviour
from fourfold.web import clock, filling
from tests.cast import NOW, Cast
from tests.panel.scene import held, open_case, wall_off
from tests.web.conftest import SignIn
from tests.web.test_filling import FORM, fields, kept, new, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def referred(cast: Cast, case: Case, days: int = 3, **told: Any) -> None:
    """Join a report to the case as a colleague keyed it."""
    at = NOW - timedelta(days=days)
    said = {"weapon": None, "former_partner": None, "relationship": "", "behaviours": []} | told
    allegation = Allegation.objects.create(
        site=case.site,
        channel="referral",
        reference=f"R/{case.pk}/{days}",
        teller="Ines Okoro, Northmoor police",
        told_at=at,
        received_at=at,
        urgency="routine",
        **said,
        **held(cast, at),
    )
    CaseAct.objects.create(case=case, allegation=allegation, happened_at=at, joined_at=at, **held(cast, at))


KEYED = {"behaviours": ["threatens", "watches"], "weapon": True, "relationship": "Former partner"}


def test_it_arrives_filled_in_with_its_source(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=1)
    referred(cast, case, **KEYED)
    page = signed_in("officer").get(new(case)).content.decode()
    stands = fields(page)
    assert stands["relationship"] == ["former_partner"]
    assert all(stands[item] == ["yes"] for item in ("threats", "loitering", "weapons", "earlier_reports"))
    assert "violence" not in stands
    assert "property" not in stands
    said = re.sub(r"\s+", " ", page)
    assert "On record: told on 21 November 2026 by Ines Okoro, Northmoor police. Check it." in said
    assert "On record: 2 reports, the first told on 21 November 2026 by Ines Okoro, Northmoor police." in said


def test_nothing_is_an_answer_before_it_was_sent(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=1)
    referred(cast, case, **KEYED)
    officer = signed_in("officer")
    assert officer.get(new(case)).status_code == 200
    assert not Draft.objects.unscoped("test").exists()
    led = kept(send(officer, new(case) + "?step=0", go="next", step="0", relationship="former_partner"))
    draft = Draft.objects.unscoped("test").get()
    assert [answer["item"] for answer in draft.answers] == ["relationship"]
    step = next(n for n, asked in enumerate(filling.questions(FORM)) if asked.item.key == "weapons")
    assert fields(officer.get(re.sub(r"step=\d+", f"step={step}", led)).content.decode())["weapons"] == ["yes"]


def test_what_the_person_says_holds(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=1)
    referred(cast, case, **KEYED)
    officer = signed_in("officer")
    led = kept(send(officer, new(case), weapons="not_known", relationship="stranger"))
    stands = fields(officer.get(led).content.decode())
    assert (stands["weapons"], stands["relationship"]) == (["not_known"], ["stranger"])


@pytest.mark.parametrize("weapon", [None, False])
def test_unknown_stays_unknown_and_a_no_of_one_act_answers_nothing(
    cast: Cast, signed_in: SignIn, weapon: bool | None
) -> None:
    case = open_case(cast, acts=0)
    referred(cast, case, weapon=weapon)
    page = signed_in("officer").get(new(case)).content.decode()
    assert not set(fields(page)) & {"weapons", "threats", "violence", "relationship", "earlier_reports"}
    told = (
        "<strong>Answered: no weapon.</strong> That was said of one act, so it is not filled in. Answer for all acts."
    )
    assert (told in page) is (weapon is False), "and is not lost either: it stands there with who said it"


def test_what_somebody_confirmed_at_the_desk_is_filled_in_and_what_rules_propose_is_not(
    cast: Cast, signed_in: SignIn
) -> None:
    case = open_case(cast, acts=0)
    referred(cast, case, words="The front window was smashed, and we will be burned out of the house.")
    officer = signed_in("officer")
    assert not {"property", "threats"} & set(fields(officer.get(new(case)).content.decode()))
    allegation = Allegation.objects.unscoped("a test").get()
    cases.judge_behaviour(actor=cast.analyst, allegation=allegation, behaviour=Behaviour.INTERFERES, shown=True, at=NOW)
    stands = fields(officer.get(new(case)).content.decode())
    assert stands["property"] == ["yes"]
    assert "threats" not in stands


def test_a_watch_through_a_device_is_a_watch(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=0)
    referred(cast, case, behaviours=["monitors"])
    assert fields(signed_in("officer").get(new(case)).content.decode())["loitering"] == ["yes"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("ex-boyfriend", "former_partner"),
        ("The former  wife", "former_partner"),
        ("Ex.", "former_partner"),
        ("civil partner", "present_partner"),
        ("cousin", "family"),
        ("a former colleague", "acquaintance"),
        ("unknown person", "stranger"),
        ("perhaps an ex", ""),
        ("partner", ""),
    ],
)
def test_a_relationship_is_understood_as_people_write_it(
    cast: Cast, signed_in: SignIn, written: str, code: str
) -> None:
    case = open_case(cast, acts=0)
    referred(cast, case, relationship=written)
    assert fields(signed_in("officer").get(new(case)).content.decode()).get("relationship", [""]) == [code]


def test_reports_that_differ_choose_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=0)
    referred(cast, case, relationship="neighbour")
    referred(cast, case, days=9, former_partner=True)
    assert "relationship" not in fields(signed_in("officer").get(new(case)).content.decode())


def test_other_forms_and_whoever_is_walled_off_get_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=0)
    referred(cast, case, **KEYED)
    other = queries.form_page(actor=cast.officer, case_id=case.pk, instrument="first-line", at=NOW)
    renamed = replace(other, form=replace(other.form, key="dash-27"))
    assert queries.told_before(actor=cast.officer, page=other, at=NOW)
    assert queries.told_before(actor=cast.officer, page=renamed, at=NOW) == ()
    wall_off(cast, "officer", case)
    assert signed_in("officer").get(new(case)).status_code == 404


def test_a_no_beside_words_of_a_weapon_shows_both_and_fills_in_neither(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=1)
    referred(cast, case, weapon=False, words="On Sunday night the shed was set on fire with petrol.")
    page = signed_in("officer").get(new(case)).content.decode()
    said = re.sub(r"\s+", " ", page)
    assert "<strong>Answered: no weapon. The words say: “petrol”.</strong> Neither is filled in." in said
    assert "weapons" not in fields(page)


@pytest.mark.parametrize("told", [{"weapon": False, "words": "No knife was seen."}, {"words": "He had a knife."}])
def test_where_answer_and_words_do_not_differ_nothing_stands_beside(
    cast: Cast, signed_in: SignIn, told: dict[str, Any]
) -> None:
    case = open_case(cast, acts=1)
    referred(cast, case, **told)
    assert "The words say" not in signed_in("officer").get(new(case)).content.decode()
