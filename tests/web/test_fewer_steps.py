"""What one step does for two: new people and the triage, the first assessment from the day, a case before its panel."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from fourfold.cases.models import Case, Screening, Triage
from fourfold.cases.terms import FOUR
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match
from fourfold.orders import services as orders
from fourfold.orders.terms import OrderKind
from fourfold.panel.models import Item
from fourfold.people.models import Subject, Victim
from tests.cases.builders import open_case as told_and_triaged
from tests.cast import NOW, Cast, assign
from tests.orders.builders import CONDITIONS
from tests.panel.scene import bring_before_panel, open_case
from tests.web.conftest import SignIn
from tests.web.test_desk import WHOLE, read
from tests.web.test_desk_holds import THEM

pytestmark = pytest.mark.django_db
TOLD = {"words": "Flowers were left on the step again.", **THEM}
BOTH = "Add both people as new, and record triage"
PUT = "Put it before this panel"


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def rows(model: type, **of: object):  # type: ignore[no-untyped-def]
    return model.objects.unscoped("a test").filter(**of)  # type: ignore[attr-defined]


def referred(client: Client, **said: str) -> str:
    """Refer something, and return where the desk reads it."""
    answer = client.post("/refer/", TOLD | said)
    assert answer.status_code == 303
    return f"/desk/{answer['Location'].rstrip('/').rpartition('/')[2]}/"


def test_two_new_people_and_the_triage_are_one_step(cast: Cast, signed_in: SignIn) -> None:
    analyst, at_desk = signed_in("analyst"), referred(signed_in("officer"))
    assert BOTH in read(analyst, at_desk)
    assert analyst.post(f"{at_desk}triage/", WHOLE | {"both_new": "yes", "once": "1"}).status_code == 303
    case = rows(Case).select_related("victim", "subject").get()
    assert (str(case.victim.name), str(case.subject.name)) == ("Nora Quill", "Dean Marlow")
    assert "Left the desk: panel" in read(analyst, at_desk)
    assert BOTH not in read(analyst, at_desk)


def test_their_own_case_is_no_sign_of_more_than_the_act_that_opened_it(cast: Cast, signed_in: SignIn) -> None:
    analyst, at_desk = signed_in("analyst"), referred(signed_in("officer"))
    before = read(analyst, at_desk)
    assert "Pattern: The first known act between these people" in before
    assert "add them when you record the triage" in before
    analyst.post(f"{at_desk}triage/", WHOLE | {"both_new": "yes", "once": "1"})
    after = read(analyst, at_desk)
    assert "Names the victim and the subject of open case" in after
    assert "Pattern: The first known act between these people" in after
    assert "add them when you record the triage" not in after


def test_a_case_says_the_day_of_an_act_whose_hour_nobody_told(cast: Cast, signed_in: SignIn) -> None:
    analyst = signed_in("analyst")
    day = {"happened-day": "20", "happened-month": "11", "happened-year": "2026"}
    at_desk = referred(signed_in("officer"), **day)
    analyst.post(f"{at_desk}triage/", WHOLE | {"both_new": "yes", "once": "1"})
    said = read(analyst, at_desk)
    assert "1 act, the last on 20 November 2026." in said
    assert "00:00" not in said
    assert "20 Nov 2026: not recorded. Confirmed." in said
    case = rows(Case).get()
    for place in (
        f"/cases/{case.reference}/",
        f"/people/subjects/{case.subject_id}/",
        f"/people/victims/{case.victim_id}/",
    ):
        shown = read(analyst, place)
        assert "20 Nov" in shown
        assert "00:00" not in shown


def test_a_report_at_the_desk_is_the_analysts_own_work_and_nobody_elses(cast: Cast, signed_in: SignIn) -> None:
    at_desk = referred(signed_in("officer"))
    assert at_desk in signed_in("analyst").get("/", {"show": "mine"}).content.decode()
    coordinator = signed_in("coordinator")
    assert at_desk not in coordinator.get("/", {"show": "mine"}).content.decode()
    assert at_desk in coordinator.get("/", {"show": "unit"}).content.decode()


def test_whom_the_staff_know_is_not_known_until_somebody_says_so(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in("analyst").get(referred(signed_in("officer"))).content.decode()
    chosen = re.findall(r"<input(?=[^>]*type=\"radio\")(?=[^>]* checked)[^>]*name=\"(\w+)\"[^>]*value=\"(\w+)\"", page)
    assert chosen == [("known_to_staff", "not_known")]


def test_a_former_partner_in_words_is_a_former_partner(cast: Cast, signed_in: SignIn) -> None:
    """What was written is not asked again: how soon, the class check and the form follow from the words."""
    officer = signed_in("officer")
    at_desk = referred(officer, subject_relationship="ex-husband", former_partner="not_known")
    assert "former partner" in read(signed_in("analyst"), at_desk)
    row = rows(Allegation).get()
    assert (row.former_partner, row.relationship) == (True, "ex-husband")
    rows(Allegation).delete()
    referred(officer, subject_relationship="ex-husband", former_partner="no")
    assert rows(Allegation).get().former_partner is False


def test_the_plain_button_decides_nothing_about_anybody(cast: Cast, signed_in: SignIn) -> None:
    analyst, at_desk = signed_in("analyst"), referred(signed_in("officer"))
    analyst.post(f"{at_desk}triage/", WHOLE | {"once": "1"})
    assert not rows(Match).filter(verdict="same").exists()


def test_where_triage_lacks_its_reason_nobody_is_added(cast: Cast, signed_in: SignIn) -> None:
    analyst, at_desk = signed_in("analyst"), referred(signed_in("officer"))
    answer = analyst.post(f"{at_desk}triage/", WHOLE | {"reason": "", "both_new": "yes", "once": "1"})
    assert answer.status_code == 422
    assert not rows(Victim).exists()
    assert not rows(Subject).exists()


@pytest.mark.parametrize("said", [{"subject_name": ""}, {"victim_name": "", "victim_birth": ""}])
def test_it_is_offered_for_two_named_people_only(cast: Cast, signed_in: SignIn, said: dict[str, str]) -> None:
    assert BOTH not in read(signed_in("analyst"), referred(signed_in("officer"), **said))


def test_who_may_be_on_record_is_never_added_so(cast: Cast, signed_in: SignIn) -> None:
    """The report came first, then somebody told of the same people: what the page offered is asked again at the press."""
    analyst, at_desk = signed_in("analyst"), referred(signed_in("officer"))
    assert BOTH in read(analyst, at_desk)
    told_and_triaged(cast)
    before = (rows(Victim).count(), rows(Subject).count(), rows(Triage).count())
    answer = analyst.post(f"{at_desk}triage/", WHOLE | {"both_new": "yes", "once": "1"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Somebody on record could be meant now. Say first who they are." in said
    assert BOTH not in said
    assert (rows(Victim).count(), rows(Subject).count(), rows(Triage).count()) == before


def test_a_first_assessment_is_one_press_from_the_day(cast: Cast, signed_in: SignIn) -> None:
    case = told_and_triaged(cast)
    page = signed_in("officer").get("/").content.decode()
    assert f'href="/cases/{case.reference}/assessment/first/">Assess Nora Quill for the first time</a>' in page
    assert "Review Nora Quill" not in page
    assert "Assess Nora Quill" not in signed_in("coordinator").get("/?show=unit").content.decode()


def test_the_first_assessment_of_a_case_of_nobody_is_everybodys_own(cast: Cast, signed_in: SignIn) -> None:
    case, mine = told_and_triaged(cast), "Assess Nora Quill for the first time"
    for name in ("officer", "clinician"):
        assert mine in read(signed_in(name), "/?show=mine")
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind="oic", at=NOW)
    assert mine in read(signed_in("officer"), "/?show=mine")
    assert mine not in read(signed_in("clinician"), "/?show=mine")


def test_the_chair_puts_what_triage_sent_before_the_next_panel(cast: Cast, signed_in: SignIn) -> None:
    bring_before_panel(cast, open_case(cast, acts=0))
    case, chair = told_and_triaged(cast), signed_in("chair")
    said = read(chair, "/")
    assert f"Put {case.reference} before the panel of 26 November 2026, 14:00" in said
    assert f"{PUT} : {case.reference}" in said
    sitting = rows(Item).get().sitting_id
    answer = chair.post(f"/panel/{sitting}/add/", {"cases": str(case.pk), "once": "1"})
    assert (answer.status_code, answer["Location"]) == (303, f"/panel/{sitting}/?done=added")
    assert rows(Item, case=case).get().why.startswith("sent by triage on 24 November 2026")
    assert PUT not in read(chair, "/")


def test_what_nobody_sent_and_a_panel_that_nobody_called_offer_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, acts=0, opened_at=NOW - timedelta(days=1))
    told_and_triaged(cast)
    assert PUT not in read(signed_in("chair"), "/")
    bring_before_panel(cast, open_case(cast, acts=0))
    assert f"Put {case.reference}" not in read(signed_in("chair"), "/")


def test_the_first_assessment_leads_to_the_units_forms_where_it_does_not_use_the_first_line_form(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = told_and_triaged(cast)
    officer, here = signed_in("officer"), f"/cases/{case.reference}/assessment/"
    assert officer.get(f"{here}first/")["Location"] == f"{here}new/first-line/"
    monkeypatch.setattr("fourfold.assessment.queries.library.in_use", lambda *_, **__: None)
    assert officer.get(f"{here}first/")["Location"] == here
    assert officer.get(here).status_code == 200
    assert signed_in("olu").get(f"{here}first/").status_code == 404


def test_who_has_a_role_at_no_unit_is_told_so_and_is_not_asked_to_choose_one(signed_in: SignIn) -> None:
    officer = signed_in("station_officer")
    page = officer.get("/refer/").content.decode()
    assert "You have no role at a unit" in page
    assert 'name="words"' not in page
    answer = officer.post("/refer/", {"words": "Flowers were left again.", "once": "1"})
    assert (answer.status_code, b"Choose the unit" in answer.content) == (422, False)
    assert 'id="site"' in answer.content.decode()


def test_the_court_of_the_application_stands_where_the_order_is_made(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    asked = {
        "kind": OrderKind.SPO_INTERIM,
        "conditions": CONDITIONS,
        "reason": "Seven acts.",
        "court": "Northmoor bench",
    }
    order = orders.apply_for(actor=cast.officer, case=case, at=NOW, **asked)  # type: ignore[arg-type]
    page = signed_in("officer").get(f"/cases/{case.reference}/orders/{order.pk}/made/").content.decode()
    assert re.search(r'<input(?=[^>]*name="court")[^>]*value="Northmoor bench"', page)


def test_oversight_reads_first_which_wall_the_desk_asks_for(cast: Cast, signed_in: SignIn) -> None:
    analyst, at_desk = signed_in("analyst"), referred(signed_in("officer"))
    analyst.post(f"{at_desk}triage/", WHOLE | {"both_new": "yes", "known_to_staff": "yes", "once": "1"})
    said = read(signed_in("governance"), "/oversight/walls/")
    assert said.index("The desk asks for a wall") < said.index("No provisional wall")


def test_yes_to_all_four_is_one_answer_and_nothing_else_is(cast: Cast, signed_in: SignIn) -> None:
    analyst, at_desk = signed_in("analyst"), referred(signed_in("officer"))
    assert re.findall(r'name="(all_\w+)"', analyst.get(at_desk).content.decode()) == ["all_four"]
    said = {name: value for name, value in WHOLE.items() if name not in FOUR} | {"all_four": "yes", "both_new": "yes"}
    for other in ("no", "not_known"):
        refused = analyst.post(f"{at_desk}triage/", said | {"repeated": other})
        assert (refused.status_code, rows(Screening).count()) == (422, 0)
        assert "You said yes to all four, and another answer to one of them." in refused.content.decode()
    assert analyst.post(f"{at_desk}triage/", said).status_code == 303
    asked = rows(Screening).get()
    assert {getattr(asked, name) for name in FOUR} == {"yes"}
    assert "Fixated yes Obsessive yes Unwanted yes Repeated yes" in read(analyst, at_desk)


def test_a_whole_course_is_answered_yes_to_all_four_at_once(cast: Cast, signed_in: SignIn) -> None:
    officer, analyst = signed_in("officer"), signed_in("analyst")
    first = referred(officer)
    referred(officer, words="Then the car was followed.", another_event="yes")
    together = first.replace("/desk/", "/desk/together/")
    assert 'name="all_four"' in analyst.get(together).content.decode()
