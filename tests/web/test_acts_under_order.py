"""An act that came in as something smaller: called a breach, or said to be none, and never written twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access import services as access
from fourfold.access.terms import RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import Level, SetBy
from fourfold.duties import services as duties
from fourfold.intake.models import Allegation
from fourfold.intake.terms import RecordingClass
from fourfold.linkage.queries import people_of, third_of
from fourfold.orders.models import Breach, NotBreach
from fourfold.support.models import Update
from fourfold.web.components import words
from fourfold.web.worklist import today
from tests.cases.builders import further_act
from tests.cases.builders import open_case as open_other
from tests.cast import NOW, Cast, assign
from tests.orders.builders import case_of, condition_of, served
from tests.web.conftest import SignIn
from tests.web.test_course_triaged import told

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HEADING = "Acts that may be a breach"


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with an order that was served three weeks ago."""
    case = case_of(cast)
    served(cast, case)
    return case


@pytest.fixture
def damage(cast: Cast, case: Case) -> Allegation:
    """What the feed told of yesterday: damage, by itself."""
    return further_act(cast, case, at=NOW - DAY, recorded_class=RecordingClass.CRIMINAL_DAMAGE)


def act_of(case: Case, damage: Allegation) -> str:
    return f"/cases/{case.reference}/orders/acts/{damage.pk}/"


def condition(case: Case) -> str:
    return str(condition_of(case.orders.model.objects.unscoped("test").get(case=case)).pk)


def test_a_feed_act_is_recognised_from_the_list_and_is_not_written_twice(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation
) -> None:
    client = signed_in("officer")
    before = Allegation.objects.unscoped("test").count()
    for page in ("/orders/", f"/cases/{case.reference}/orders/"):
        said = client.get(page).content.decode()
        assert HEADING in said, page
        assert f'action="{act_of(case, damage)}"' in said, page
        assert RecordingClass.CRIMINAL_DAMAGE.label in said, page
    assert "Is it already recorded?" in client.get(f"/cases/{case.reference}/orders/breach/").content.decode()
    answer = client.post(act_of(case, damage), {"condition": condition(case), "once": "a"})
    assert (answer.status_code, answer["Location"]) == (303, f"/cases/{case.reference}/orders/?done=recognised")
    assert Breach.objects.unscoped("test").get().allegation_id == damage.pk
    assert Allegation.objects.unscoped("test").count() == before
    assert Update.objects.unscoped("test").filter(case=case).exists()
    assert act_of(case, damage) not in client.get(f"/cases/{case.reference}/orders/").content.decode()
    assert client.get(act_of(case, damage))["Location"] == f"/cases/{case.reference}/orders/"


def test_what_was_no_breach_leaves_the_list_with_its_reason_and_stays_an_act(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation
) -> None:
    client = signed_in("officer")
    refused = client.post(act_of(case, damage), {"condition": "none", "reason": " ", "once": "a"}).content.decode()
    assert "Say why this is not a breach" in refused
    kept = client.post(act_of(case, damage), {"condition": "none", "reason": "A neighbour did it.", "once": "b"})
    assert kept.status_code == 303
    row = NotBreach.objects.unscoped("test").get()
    assert (row.allegation_id, row.reason) == (damage.pk, "A neighbour did it.")
    assert CaseAct.objects.unscoped("test").filter(allegation=damage, left_at=None).exists()
    said = client.get(f"/cases/{case.reference}/orders/").content.decode()
    assert HEADING not in said
    assert "A neighbour did it." in said
    assert "Check it again" in said
    nothing = client.get("/orders/").content.decode()
    assert "No act needs an answer" in nothing
    assert "A report that waits at the desk is not here" in nothing


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"condition": ""}, "Choose the condition, or that it was not a breach"),
        ({"condition": "x"}, "Choose one of the conditions shown"),
        ({"condition": "0" * 8 + "-0000-4000-8000-" + "0" * 12}, "Choose one of the conditions shown"),
    ],
)
def test_a_condition_is_chosen_from_those_of_the_day(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation, typed: dict[str, str], message: str
) -> None:
    said = signed_in("officer").post(act_of(case, damage), typed).content.decode()
    assert message in said
    assert "There is a problem" in said
    assert not Breach.objects.unscoped("test").exists()


def test_it_stands_on_the_day_of_whoever_records_breaches(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation
) -> None:
    for name in ("officer", "coordinator"):
        said = signed_in(name).get("/?show=unit").content.decode()
        assert "Say whether this act was a breach" in said, name
        assert act_of(case, damage) in said, name
    assert "Say whether this act was a breach" not in signed_in("clinician").get("/?show=unit").content.decode()


def test_it_says_how_grave_its_case_is_and_the_graver_stands_first(cast: Cast, case: Case, damage: Allegation) -> None:
    graver = open_other(cast, at=NOW - 60 * DAY, victim_name="Ines Hale", victim_birth="", victim_phone="")
    about = {"staff": cast.staff["advocate"].pk, "kind": RelationKind.ADVOCATE, "at": NOW - 60 * DAY}
    assign(actor=cast.coordinator, case=graver, **about)
    served(cast, graver)
    further_act(cast, graver, at=NOW - DAY)
    level = {"actor": cast.officer, "set_in": SetBy.PROFESSIONAL, "reason": "Acts.", "at": NOW}
    for each, now in ((case, Level.HIGH), (graver, Level.VERY_HIGH)):
        cases.set_level(case=each, level=now, **level)
    every = [row for row in today(cast.officer, NOW, "unit").rows if row.kind == "acts_under_order"]
    first = today(cast.officer, NOW, "unit").first
    every = [first, *every] if first and first.kind == "acts_under_order" else every
    assert [(row.case, row.level) for row in every] == [
        (graver.reference, Level.VERY_HIGH),
        (case.reference, Level.HIGH),
    ]
    assert list(duties.checked()) == []


def test_who_records_no_breach_reads_the_list_without_its_form(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation
) -> None:
    clinician = signed_in("clinician")
    said = clinician.get(f"/cases/{case.reference}/orders/").content.decode()
    assert HEADING in said
    assert act_of(case, damage) not in said
    assert clinician.get(act_of(case, damage)).status_code == 403


def test_another_site_and_a_walled_colleague_find_nothing(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation
) -> None:
    access.declare_conflict(actor=cast.second_officer, files=[case.pk], at=NOW)
    for name in ("olu", "second_officer"):
        client = signed_in(name)
        assert client.get(act_of(case, damage)).status_code == 404
        assert client.post(act_of(case, damage), {"condition": condition(case)}).status_code == 404
        assert case.reference not in client.get("/orders/").content.decode()
    assert not Breach.objects.unscoped("test").exists()


def test_an_act_under_no_order_has_no_such_page(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    act = further_act(cast, case, at=NOW - DAY)
    assert signed_in("officer").get(act_of(case, act)).status_code == 404


def test_what_was_done_to_a_school_breaks_the_order_and_makes_nobody_the_victim(
    cast: Cast, signed_in: SignIn, case: Case
) -> None:
    analyst, officer = signed_in("analyst"), signed_in("officer")
    school = told(cast.analyst, at=NOW - DAY, victim_name="Hill Primary School", victim_birth="", victim_sex="")
    named = {"third_name": "Hill Primary School", "third_role": "school", "third_contact": ""}
    assert analyst.post(f"/desk/{school.pk}/third-party/", named).status_code == 303
    out = {"outcome": "panel", "reason": "The subject asks there.", "reclassification_asked": "yes"}
    assert analyst.post(f"/desk/{school.pk}/triage/", out | {"case": case.reference}).status_code == 303
    answer = officer.post(act_of(case, school), {"condition": condition(case), "once": "a"})
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    assert Breach.objects.unscoped("test").get().allegation_id == school.pk
    victim, subject = people_of(school.pk)
    assert (victim, subject and subject.pk) == (None, case.subject_id)
    assert third_of(school.pk) is not None


def test_no_page_gives_an_hour_to_an_act_of_which_only_the_day_was_told(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation
) -> None:
    Allegation.objects.unscoped("test").filter(pk=damage.pk).update(occurred_from=NOW - DAY, time_known=False)
    client, day, hour = signed_in("officer"), words.day(NOW - DAY), words.moment(NOW - DAY)
    pages = ["/?show=unit", "/orders/", f"/cases/{case.reference}/orders/", act_of(case, damage)]
    for page in pages:
        said = client.get(page).content.decode()
        assert f"{day}, time not known" in said, page
        assert (f"act of {hour}" if page == "/?show=unit" else hour) not in said, page
    client.post(act_of(case, damage), {"condition": "none", "reason": "A neighbour did it.", "once": "b"})
    said = client.get(f"/cases/{case.reference}/orders/").content.decode()
    assert f"Act of {day}, time not known" in said
    assert f"act of {hour}" not in said


@pytest.mark.parametrize("known", [True, False])
def test_no_page_gives_the_hour_of_telling_to_an_act_of_which_nobody_told_the_day(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation, known: bool
) -> None:
    """Of a feed or a message of another system nobody says that an hour is known which is not there."""
    row = Allegation.objects.unscoped("test").filter(pk=damage.pk)
    row.update(occurred_from=None, time_known=known)
    at = row.get().told_at
    client, says, hour = signed_in("officer"), f"day not known, told on {words.day(at)}", words.moment(at)
    orders = f"/cases/{case.reference}/orders/"
    people = (f"/people/subjects/{case.subject_id}/", f"/people/victims/{case.victim_id}/")
    for page in ("/?show=unit", "/orders/", orders, act_of(case, damage), f"/cases/{case.reference}/", *people):
        said = client.get(page).content.decode()
        assert says in said, page
        assert f"act of {hour}" not in said, page
    assert client.post(act_of(case, damage), {"condition": condition(case), "once": "b"}).status_code == 303
    breach = Breach.objects.unscoped("test").get()
    for page in (
        orders,
        f"{orders}breaches/{breach.pk}/",
        f"/cases/{case.reference}/",
        f"/cases/{case.reference}/history/",
    ):
        said = client.get(page).content.decode()
        assert says in said, page


def test_no_page_gives_an_hour_to_a_breach_of_which_only_the_day_was_told(
    cast: Cast, signed_in: SignIn, case: Case, damage: Allegation
) -> None:
    Allegation.objects.unscoped("test").filter(pk=damage.pk).update(occurred_from=NOW - DAY, time_known=False)
    client, day, hour = signed_in("officer"), words.day(NOW - DAY), words.moment(NOW - DAY)
    assert client.post(act_of(case, damage), {"condition": condition(case), "once": "b"}).status_code == 303
    said = client.get(f"/cases/{case.reference}/orders/").content.decode()
    assert f"{day}, time not known" in said
    assert hour not in said
