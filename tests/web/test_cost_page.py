"""The page of costs: what it would change and cost, scenarios where there is no number, and a row with who said so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.rollout.economics import analysis, effects
from fourfold.rollout.models import CostGiven
from fourfold.web.components.charts.terms import ChartError
from fourfold.web.components.charts.worth import Moves, Rising, rising_curve, tornado_chart
from tests.rollout.test_economics import RELEASED
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
PAGE = "/roll-out/E23000004/cost/"
ROW = f"{PAGE}premises/"
SENT = {"low": "1,000", "central": "£2,000", "high": "3000", "year": "2024", "said_by": "the landlord", "once": "a"}


def text_of(answer: Any) -> str:
    return text_of_html(answer.content.decode())


def text_of_html(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def known(monkeypatch: pytest.MonkeyPatch) -> None:
    found = effects.known(RELEASED)
    monkeypatch.setattr("fourfold.rollout.costing.effect_for_a_new_area", lambda **_: found)


def test_without_a_released_evaluation_there_are_scenarios_and_no_number(signed_in: SignIn) -> None:
    said = text_of(signed_in("lead").get(PAGE))
    assert "cannot be given as a number. No evaluation has been released yet." in said
    assert "Scenarios, not forecasts" in said
    first = said.partition("Budget, pounds")[0]
    assert "The team here: assumed: as many as the expected work asks for" in first
    assert "The page of the area costs the team that its standard needs, so the figures there differ." in first
    assert "What moves the cost most" in said
    assert "Knowing" not in said
    assert "Assumed in whole or in part." in said
    assert signed_in("officer").get(PAGE).status_code == 403
    assert signed_in("lead").get("/roll-out/E99/cost/").status_code == 404


def test_with_an_effect_it_says_what_changes_first_then_what_it_costs(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch)
    client = signed_in("lead")
    with CaptureQueriesContext(connection) as seen:
        said = text_of(client.get(PAGE))
    assert len(seen) <= 13, "however many rows were given"
    assert said.index("would be spared another recorded act") < said.index("posts would cost about")
    assert "foretold for a new area, not the mean of the sites" in said
    assert "Another evaluated site" in said
    assert "What knowing more would be worth" in said
    assert "What a year of waiting loses" not in said, "at these figures no unit costs least, so nothing is lost"
    assert "The chance that the unit is worth its cost" in said
    assert "Scenarios" not in said
    steps = re.search(r"From today to a year with the unit.*?Price list", said)
    assert steps
    amounts = [
        int(f"{sign}{shown.replace(',', '')}".replace("−", "-"))
        for sign, shown in re.findall(r"([+−])£([\d,]+) £", steps[0])
    ]
    first = re.search(r"cost others where it begins £([\d,]+)", steps[0])
    last = re.findall(r"£([\d,]+)", steps[0])[-1]
    assert first
    assert int(first[1].replace(",", "")) + sum(amounts) == int(last.replace(",", "")), "adds up exactly, as shown"


@pytest.mark.parametrize("has_effect", [False, True], ids=["scenarios", "an effect"])
def test_every_number_of_the_page_leads_to_its_curve_and_its_bridge(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, has_effect: bool
) -> None:
    """Of all its numbers two had a curve; what a study is worth and what a year of waiting loses had none."""
    client = signed_in("lead")
    if has_effect:
        known(monkeypatch)
        rich = SENT | {"low": "20000", "central": "60000", "high": "200000"}
        assert client.post(f"{PAGE}act/", rich).status_code == 303
    page = client.get(PAGE).content.decode().partition("<main")[2]
    tables = [one for one in re.findall(r"<table.*?</table>", page, flags=re.S) if "Source of the number" in one]
    rows = [row for one in tables for row in re.findall(r"<tr.*?</tr>", one.partition("<tbody")[2], flags=re.S)]
    links = [re.search(r'href="(/roll-out/E23000004/cost/number/[^"]+)"', row) for row in rows]
    assert len(links) >= 15
    keys = {link[1].split("/")[-2] for link in links if link}
    assert keys >= ({"worth-study", "worth-lost", "net"} if has_effect else {"scenario-net-0", "scenario-each-20"})
    for row, link in zip(rows, links, strict=True):
        assert link, row
        shown = re.findall(r"−?\N{WORD JOINER}?£?[\d,]+", text_of_html(row.partition("<td")[2]))[0]
        said = client.get(link[1]).content.decode()
        assert "The chance of at most so much" in said, link[1]
        assert "The steps add up exactly" in said, link[1]
        assert shown in said, "the number stands there as it stands here"
    assert client.get(f"{PAGE}number/nothing/").status_code == 404
    assert client.get("/roll-out/E99/cost/number/cost/").status_code == 404


def test_a_row_is_changed_with_who_says_so_and_every_figure_follows(signed_in: SignIn) -> None:
    client = signed_in("lead")
    assert 'value="7500"' in client.get(ROW).content.decode()
    assert client.post(ROW, SENT)["Location"] == f"{PAGE}?done=given"
    client.post(ROW, SENT)
    assert CostGiven.objects.count() == 1, "sent twice, kept once"
    said = text_of(client.get(f"{PAGE}?done=given"))
    assert "Said by: the landlord" in said
    assert "as the landlord says −£" in said
    assert "1,000, 2,000, 3,000" in said
    assert "the landlord" not in text_of(client.get("/roll-out/E23000006/cost/")), "only here"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"low": "-1"}, "below nought"),
        ({"low": "a lot"}, "Enter a number"),
        ({"high": "99999999999"}, "Check the figure and its unit"),
        ({"central": "9000"}, "may not be above"),
        ({"low": "0.0001", "central": "0.001"}, "no less than a 10,000th of the high one"),
        ({"said_by": ""}, "Say who gives these figures"),
        ({"central": ""}, "Give the central figure"),
    ],
)
def test_a_row_that_cannot_be_one_is_refused_at_its_field(signed_in: SignIn, wrong: dict[str, str], says: str) -> None:
    answer = signed_in("lead").post(ROW, SENT | wrong)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert signed_in("lead").get(f"{PAGE}nothing/").status_code == 404


def test_however_many_hours_are_given_the_page_still_shows_what_they_come_to(signed_in: SignIn) -> None:
    """The Metropolitan area asks then for more posts than anybody may type: they were computed, and are shown."""
    client, page = signed_in("lead"), "/roll-out/E23000001/cost/"
    most = SENT | dict.fromkeys(("low", "central", "high"), "3000")
    assert client.post(f"{page}case_police/", most).status_code == 303
    assert "posts would cost about" in text_of(client.get(page))


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        ("0", "A budget of nought pays for no post"),
        ("-4", "without a minus sign"),
        ("much", "Enter the budget in pounds a year, such as 750000"),
        ("1e400", "Enter the budget in pounds a year, such as 750000"),
        ("nan", "Enter the budget in pounds a year, such as 750000"),
        ("£2,000,000", "The chance that a year costs £2,000,000 or less is"),
    ],
)
def test_a_budget_gets_its_chance_or_a_reason(signed_in: SignIn, budget: str, says: str) -> None:
    answer = signed_in("lead").get(PAGE, {"budget": budget})
    assert answer.status_code == 200
    assert says in text_of(answer)


def test_a_plan_that_was_edited_gives_no_number_and_says_so(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    from fourfold.evaluation.terms import PlanChanged

    def changed(**_: object) -> None:
        raise PlanChanged("The plan was edited after it was registered: its hash differs.")

    monkeypatch.setattr("fourfold.evaluation.queries.released_effect", changed)
    said = text_of(signed_in("lead").get(PAGE))
    assert "The plan was edited after it was registered: its hash differs." in said
    assert "Scenarios, not forecasts" in said


@pytest.mark.parametrize("narrow", [False, True])
def test_drawings_say_what_their_tables_say(narrow: bool) -> None:
    line = ((0.0, 0.0), (1e6, 0.5), (2e6, 1.0))
    curve = rising_curve(Rising("t", "pounds", (("one", line), ("two", line[:2]))), narrow=narrow)
    assert curve.rows == (("£0", "0", "0"), ("£1m", "50", "50"), ("£2m", "100", ""))
    bars = tornado_chart(Moves("t", "pounds", 5.0, (("a", 9.0, -2_500.0),)), narrow=narrow)
    assert bars.rows == (("a", "£9", "−£2.5k"),)
    assert "a: £9 at its low" in bars.markup
    with pytest.raises(ChartError):
        rising_curve(Rising("t", "pounds", (("one", ((0.0, 2.0), (1.0, 0.0))),)))


def test_the_seed_stands_on_the_page(signed_in: SignIn) -> None:
    assert f"Draws: {analysis.DRAWS:,}, seed 20261124" in text_of(signed_in("lead").get(PAGE))


@pytest.mark.parametrize("page", [PAGE, "/roll-out/E23000004/", "/roll-out/back-test/"])
def test_on_a_phone_each_number_of_a_table_stands_under_its_name(signed_in: SignIn, page: str) -> None:
    """A table that stacks shows no head: a cell without a name is a bare number, and without a role no cell at all."""
    drawn = signed_in("lead").get(page).content.decode()
    stacked = re.findall(r"<table[^>]*ff-table--stack.*?</table>", drawn, flags=re.S)
    cells = [cell for one in stacked for cell in re.findall(r"<td[^>]*>", one)]
    assert cells
    assert [cell for cell in cells if "data-label" not in cell and "colspan" not in cell] == []
    assert [cell for cell in cells if 'role="cell"' not in cell] == []
