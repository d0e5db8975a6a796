"""The agreement page in the door: for whom it is, what it says when empty and when full, and what it never says."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.test import Client

from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.panel import services as panel
from fourfold.web.components.charts import ChartError, Interval
from fourfold.web.components.charts.interval_dots import Dot, Dots, interval_dots
from tests.assessment.test_agreement import judge_twelve
from tests.cast import NOW, Cast
from tests.panel.scene import open_case
from tests.panel.test_agreement import heard
from tests.web.conftest import SignIn

PAGE = "/agreement/"
STATEMENTS = 13
"""Six of the page, and eight of the session, the door and the log."""
SVG = "{http://www.w3.org/2000/svg}"


def hear_twelve(cast: Cast) -> list[Case]:
    """Twelve cases that were heard; on two of them police and advocacy lie two steps apart."""
    found = [open_case(cast, acts=0) for _ in range(12)]
    levels = [("low", "medium", "medium", "high")] * 2 + [
        ("high", "high", "medium", "high"),
        ("low", "low", "low", "medium"),
    ] * 5
    rows = [heard(cast, case, said) for case, said in zip(found, levels, strict=True)]
    panel.take_over(actor=cast.coordinator, rows=rows, at=NOW)
    return found


@pytest.fixture
def cases(cast: Cast) -> list[Case]:
    """The twelve cases."""
    return hear_twelve(cast)


def read(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# --- for whom --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_is_for_those_who_judge_lead_or_evaluate(signed_in: SignIn) -> None:
    welcome = ("officer", "clinician", "outreach", "advocate", "coordinator", "chair", "evaluator", "olu")
    turned_away = ("analyst", "governance", "lead", "administrator")
    assert [signed_in(name).get(PAGE).status_code for name in welcome] == [200] * len(welcome)
    assert [signed_in(name).get(PAGE).status_code for name in turned_away] == [403] * len(turned_away)


@pytest.mark.django_db
def test_another_site_is_the_same_as_no_site(signed_in: SignIn) -> None:
    client = signed_in("olu")
    for site in ("northmoor", "nowhere", "%00", "'--"):
        assert client.get(f"{PAGE}?site={site}").status_code == 404


@pytest.mark.django_db
def test_a_stranger_is_led_to_the_sign_in_and_nobody_may_send_anything() -> None:
    assert Client().get(PAGE).status_code == 302


@pytest.mark.django_db
def test_only_reading_is_possible(signed_in: SignIn) -> None:
    assert signed_in("chair").post(PAGE).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "where", "linked"),
    [
        ("coordinator", "/panel/", True),
        ("chair", "/panel/", True),
        ("clinician", "/panel/", True),
        ("analyst", "/panel/", False),
        ("evaluator", "/evaluation/", True),
        ("lead", "/evaluation/", False),
    ],
)
def test_it_is_linked_where_they_come_and_only_for_them(signed_in: SignIn, name: str, where: str, linked: bool) -> None:
    assert (f'href="{PAGE}"' in read(signed_in(name), where)) is linked


# --- what it says ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_empty_page_says_what_would_fill_it(signed_in: SignIn) -> None:
    said = read(signed_in("clinician"))
    assert "Numbers appear when 2 people have each judged 10 cases alone" in said
    assert "No form was filled in by 2 people" in said
    assert "No views 2 steps apart" in said


@pytest.mark.django_db
def test_every_number_comes_with_interval_cases_raters_and_its_meaning(signed_in: SignIn, cases: list[Case]) -> None:
    said = read(signed_in("coordinator"))
    for words in ("AC2, quadratic weights", "alpha, ordinal", "Same answer", "Two steps or more apart"):
        assert words in said
    for head in ("95% interval", "Cases", "Raters", "What it means"):
        assert f">{head}</th>" in said
    assert "neighbours count as nearly the same" in said
    assert re.search(r"0\.\d\d to [01]\.\d\d", said)


@pytest.mark.django_db
def test_the_cases_two_steps_apart_are_linked_with_what_each_profession_thought(
    signed_in: SignIn, cases: list[Case]
) -> None:
    said = read(signed_in("chair"))
    talks = said.split("Worth a conversation")[1].split("before the panel spoke</h2>")[0]
    assert all(case.reference in talks for case in cases[:2])
    assert not any(case.reference in said for case in cases[2:])
    assert "police <strong>low</strong>" in talks
    assert "advocacy <strong>high</strong>" in talks


@pytest.mark.django_db
def test_each_question_of_a_form_is_shown_with_its_statistic(signed_in: SignIn, cast: Cast) -> None:
    judged = judge_twelve(cast)
    said = read(signed_in("clinician")).split("Question by question</h2>")[1]
    for words in ("12 cases", "Contact, matters for this case", "Level chosen before the advice", "undefined"):
        assert words in said
    assert "Preoccupation" not in said
    assert judged[0].reference in read(signed_in("clinician")).split("before the panel spoke</h2>")[0]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["coordinator", "evaluator"])
def test_nobody_is_blamed(signed_in: SignIn, cases: list[Case], name: str) -> None:
    said = re.sub(r"<[^>]+>", " ", read(signed_in(name))).lower()
    for word in ("wrong.", "error", "fault", "incorrect", "worst", "best site", "rank 1", "outlier"):
        assert word not in said.replace("to differ is not to be wrong", "")


@pytest.mark.django_db
def test_the_evaluator_sees_no_case_no_person_and_rounded_counts(
    signed_in: SignIn, cast: Cast, cases: list[Case]
) -> None:
    said = read(signed_in("evaluator"))
    assert not any(case.reference in said for case in cases)
    assert "Inventa" not in said
    assert "Worth a conversation" not in said
    assert "Compare sites" in said
    assert "10 cases" in said
    assert "12 cases" not in said
    names = {staff.name for key, staff in cast.staff.items() if key != "evaluator"}
    assert not any(f">{name}<" in said for name in names)


@pytest.mark.django_db
def test_no_colleague_is_named_beside_a_number(signed_in: SignIn, cases: list[Case]) -> None:
    said = read(signed_in("officer"))
    assert "You, compared with the middle of the others" in said
    assert not any(name in said for name in ("Clinician", "Advocate", "Second Officer"))


@pytest.mark.django_db
def test_every_look_leaves_one_entry(signed_in: SignIn, cases: list[Case]) -> None:
    client = signed_in("chair")
    before = Entry.objects.filter(operation="consultation").count()
    client.get(PAGE)
    assert Entry.objects.filter(operation="consultation").count() == before + 1


@pytest.mark.django_db
def test_the_page_costs_the_same_with_twelve_cases_and_with_none(
    signed_in: SignIn, cast: Cast, django_assert_num_queries: object
) -> None:
    client = signed_in("coordinator")
    client.get(PAGE)
    for hears in (False, True):
        if hears:
            hear_twelve(cast)
        with django_assert_num_queries(STATEMENTS):  # type: ignore[operator]
            client.get(PAGE)


# --- the drawing -------------------------------------------------------------------------------------------------

DOTS = Dots(
    (Dot("police and advocacy", Interval(0.62, 0.48, 0.75), "42 cases"), Dot("outreach and police", None, "few"), Dot("a", Interval(-0.1, -0.35, 0.2))),
    "Agreement",
    "agreement beyond guessing",
)  # fmt: skip


@pytest.mark.parametrize("narrow", [False, True])
def test_the_drawing_says_itself_in_words_and_as_a_table(narrow: bool) -> None:
    svg = interval_dots(DOTS, narrow=narrow)
    root = ElementTree.fromstring(svg.markup)
    assert len(list(root.iter(f"{SVG}circle"))) == 2
    assert "police and advocacy: 0.62 (0.48 to 0.75)." in svg.description
    assert svg.rows[1] == ("outreach and police", "few", "too few to show", "")
    assert svg.rows[2][2:] == ("−0.10", "−0.35 to 0.20")
    assert all(len(row) == len(svg.head) for row in svg.rows)
    width = float(root.get("width") or 0)
    assert all(0 <= float(line.get(end) or 0) <= width for line in root.iter(f"{SVG}line") for end in ("x1", "x2"))


@pytest.mark.parametrize("value", [Interval(0.9, 0.1, 0.5), Interval(0.5, 0.2, 1.1), Interval(-1, -1.2, 0)])
def test_an_interval_that_cannot_be_is_refused(value: Interval) -> None:
    with pytest.raises(ChartError, match="'x' must lie"):
        interval_dots(Dots((Dot("x", value),), "t", "u"))


@pytest.mark.parametrize("narrow", [False, True])
def test_hostile_words_stay_words(narrow: bool) -> None:
    hostile = "\"'><script>alert(1)</script> & \x00"
    svg = interval_dots(
        Dots((Dot(hostile, None, hostile, hostile),), hostile, hostile, hostile, hostile), narrow=narrow
    )
    ElementTree.fromstring(svg.markup)
    assert "<script" not in svg.markup


def test_no_rows_are_said_to_be_none() -> None:
    assert interval_dots(Dots((), "t", "u")).description == "There is nothing to draw yet."
