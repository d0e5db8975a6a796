"""Where and when to start, and the maps: what is asked, shown and refused; links, signs and words beside colour."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TextIO
from uuid import UUID

import numpy as np
import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client

from fourfold.audit.terms import Actor
from fourfold.gateways import underway
from fourfold.rollout import advising, facts, order, ordering, queries, rules, worked_out
from fourfold.rollout.answer.terms import Measure
from fourfold.rollout.order import places
from fourfold.rollout.order import words as order_words
from fourfold.rollout.order.terms import OrderAsked, OrderRefused, Rule
from fourfold.rollout.worked_out import RESTS_ON, kept
from fourfold.web import long_work
from fourfold.web.components.charts.area_map import AreaMap, Band, Shape, area_map
from fourfold.web.pages import area_order
from tests.cast import NOW, Cast
from tests.web.conftest import SignIn
from tests.web.test_area_plans import saved

CHESHIRE = (
    "/roll-out/order/?districts_of=E23000006&first=E06000007&first=E06000006&budget=1000000&begins=2026&ends=2028"
    "&psychologists=&advocates=3&officers=&share=35&fewer=5&rule=largest"
)


def text_of(answer: object) -> str:
    said = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", said).split())


@pytest.fixture
def lead(signed_in: SignIn, db: None) -> Client:
    return signed_in("lead")


def test_the_lead_asks_where_to_start_and_reads_four_orders(
    lead: Client, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    asked = text_of(lead.get("/roll-out/order/"))
    assert "Where and when to start?" in asked
    assert "Four orders side by side" not in asked
    lead.get(CHESHIRE)
    said = text_of(lead.get(CHESHIRE))
    assert "Places that start, of 4" in said
    assert "No order reaches more than" in said
    assert re.search(r"Warrington 1, April 2026 1, April 2026 1, April 2026 1, April 2026", said)
    assert "SafeLives" in said
    table = said.partition("Cost in")[2].partition("Power")[0]
    amounts = re.findall(r"£([\d,]+)", table)
    assert amounts
    assert all(set(amount.replace(",", "")[3:]) <= {"0"} for amount in amounts), "every amount is said to three figures"
    assert "What fairness costs" not in said
    lead.get(CHESHIRE + "&fair=yes")
    kept = text_of(lead.get(CHESHIRE + "&fair=yes"))
    assert "What fairness costs" in kept
    assert "No order that keeps to fairness reaches more than" in kept, "lists that leave it aside may reach more"
    assert signed_in("officer").get("/roll-out/order/").status_code == 403


def test_an_order_that_the_search_refuses_is_refused_in_words(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    why = "With these means no order is fair. Raise the budget."

    def refuse(*_: object, **__: object) -> None:
        raise OrderRefused("fair", why)

    monkeypatch.setattr(order, "compare", refuse)
    asked = CHESHIRE.replace("budget=1000000", "budget=1000007") + "&fair=yes"
    lead.get(asked)
    said = text_of(lead.get(asked))
    assert why in said
    assert "could not be worked out" not in said


def test_each_number_of_the_orders_leads_to_its_chances_and_to_a_bridge_that_adds_up(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    caches["worked_out"].clear()
    address = CHESHIRE.partition("?")
    number = f"/roll-out/order/number/{{}}/?{address[2]}".format
    assert lead.get(number("reached")).status_code == 302, "not worked out yet: the page of orders says how far it is"
    orders = lead.get(CHESHIRE).content.decode()
    keys = re.findall(r"/roll-out/order/number/([a-z0-9-]+)/", orders)
    assert keys == [
        *(f"reached-{year}" for year in range(3)), "reached", *(f"cost-{year}" for year in range(3)),
        "power-immediate", "power-averaged", "power-point",
    ]  # fmt: skip
    for key in ("reached", "cost-1", "power-point"):
        page = lead.get(number(key))
        said = text_of(page)
        assert page.content.count(b"<svg") >= 10, "a curve and four bridges, each wide and narrow"
        assert "The chance of at most so much" in said
        for rule in ("learn most", "largest first", "neediest first", "cheapest first"):
            assert said.casefold().count(rule) >= 3, "in the table, over a column of chances and over a bridge"
    assert lead.get(number("nonsense")).status_code == 404
    assert lead.get("/roll-out/order/number/reached/").status_code == 302


def test_steps_that_come_to_a_power_of_100_say_that_it_is_over_99(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    for fewer, is_said in ((30, True), (1, False)):
        asked = CHESHIRE.replace("fewer=5", f"fewer={fewer}")
        lead.get(asked)
        said = text_of(lead.get(asked.replace("/order/", "/order/number/power-immediate/")))
        assert ("over 99" in said) is is_said
        assert ("Where they come to 100, the power is over 99" in said) is is_said


def test_the_steps_to_a_number_of_an_order_add_up_and_its_chances_are_those_of_all_places_together() -> None:
    demand = rules.Demand(2026, *queries.foretold_with((), 2026))
    asked = OrderAsked(budget=1_500_000, begins=2026, ends=2028, districts_of="Merseyside")
    candidates = places.asked_for(asked, demand)
    found = order.compare(candidates, asked.means, asked.trial, fair=False)
    drawn = {one.code: one for one in places.asked_for(asked, demand, draws=ordering.DRAWS)}
    plan = found.plans[Rule.LARGEST]
    adds = ordering._amounts(asked.means.years)
    for key, of_table in (("reached", plan.reached_in_all), ("cost-2", plan.cost[2])):
        one = ordering._amount(found, Rule.LARGEST, adds[key], Measure.COUNT, drawn)
        steps = one.bridges[0].steps
        assert one.shown == round(of_table) == steps[-1].total
        assert sum(step.change for step in steps) == one.shown
        middles = [amount for amount, _ in one.curve]
        assert middles == sorted(middles)
        assert one.low < of_table < one.high
    power = ordering._power(found, Rule.LARGEST, "immediate", drawn)
    assert power.shown == round(100 * plan.power.immediate) == sum(step.change for step in power.bridges[0].steps)
    spread = [float(np.std(np.log(drawn[one.code].managed))) for one in candidates]
    together = float(np.std(np.log(sum(drawn[one.code].managed for one in candidates))))
    assert together < sum(spread) / len(spread), "each place differs from the others on its own"
    corner = [np.corrcoef(drawn[a.code].managed, drawn[b.code].managed)[0, 1] for a, b in combinations(candidates, 2)]
    assert min(corner) > 0.1, "what is foretold moves all at once"


def test_an_order_is_worked_out_beside_the_page_which_says_how_far_it_is(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches["worked_out"].clear()
    begun: list[Callable[[], None]] = []
    monkeypatch.setattr(long_work, "begin", begun.append)
    first = lead.get(CHESHIRE + "&fair=yes")
    assert (first["Refresh"], len(begun)) == ("4", 1)
    assert "This is being worked out" in text_of(first)
    assert "Four orders side by side" not in text_of(first)
    told: list[str] = []
    write = underway._write

    def written(file: TextIO, text: str) -> None:
        write(file, text)
        if text != underway.DONE:
            told.append(text_of(lead.get(CHESHIRE + "&fair=yes")))

    monkeypatch.setattr(underway, "_write", written)
    begun[0]()
    assert [f"{k} of 4 steps are done" in said for k, said in enumerate(told)] == [True] * 4
    there = lead.get(CHESHIRE + "&fair=yes")
    assert "Four orders side by side" in text_of(there)
    assert ("Refresh" in there, len(begun)) == (False, 1)


@pytest.mark.parametrize(("changed", "said"), [
    ({"budget": "0"}, "Enter a whole number from 1 to"),
    ({"budget": "-7"}, "Enter a whole number from 1 to"),
    ({"budget": "a lot"}, "Enter a whole number from 1 to"),
    ({"begins": "2029"}, "The last year, 2028/29, lies before the first, 2029/30. Turn them round."),
    ({"fewer": "40"}, "below the share that it is taken from"),
    ({"first": "E06000001"}, "E06000001 is none of the places to be ordered"),
    ({"districts_of": "E23999999"}, "There is no police force area"),
])  # fmt: skip
def test_bad_means_are_answered_at_their_field_and_nothing_typed_is_lost(
    lead: Client, changed: dict[str, str], said: str
) -> None:
    address = CHESHIRE
    for name, value in changed.items():
        address = re.sub(rf"\b{name}=[^&]*", f"{name}={value}", address)
    answer = lead.get(address)
    assert (answer.status_code, said in text_of(answer)) == (422, True), text_of(answer)
    assert 'name="advocates" type="text" value="3"' in answer.content.decode()


def test_the_maps_lead_to_every_area_and_district_and_say_in_words_what_they_shade(lead: Client) -> None:
    home = lead.get("/roll-out/").content.decode()
    shape = dict(re.findall(r'<a href="/roll-out/(E\d+|W\d+)/" aria-label="([^"]+)">', home))
    assert set(shape) == set(facts.areas())
    assert all(re.fullmatch(r".+: \d+\.\d", label) for label in shape.values())
    assert home.count("<strong>1</strong>") == 1
    assert "Contains OS data © Crown copyright and database right 2024" in home
    assert "not as how much there is" in home
    area = lead.get("/roll-out/E23000006/").content.decode()
    drawn = re.findall(r'<a href="/roll-out/districts/\?district=(E\d+)" aria-label="', area)
    assert sorted(drawn) == sorted(one.code for one in facts.area("E23000006").districts)
    assert "No count by district is known" in area


def test_every_area_and_district_has_an_outline_and_together_they_cover_england_and_wales() -> None:
    assert set(facts.outlines()) == set(facts.districts()) | set(facts.areas())
    assert sum(facts.outlines()[code].square_km for code in facts.districts()) == pytest.approx(151_000, rel=0.005)
    for outline in facts.outlines().values():
        left, top, right, bottom = outline.box
        assert left <= outline.label[0] <= right
        assert top <= outline.label[1] <= bottom


def test_a_place_too_small_for_its_sign_is_a_dot_and_one_without_a_value_has_no_shade() -> None:
    small = Shape("City", "M0 0l4 0 0 4z", (2, 2), 1, (0, 0, 4, 4), 1, "3.0", "/city/")
    large = Shape("Shire <&>", "M0 0l900 0 0 900z", (450, 450), 200, (0, 0, 900, 900), None, "not known")
    drawn = area_map(AreaMap((small, large), (Band("a", "low"), Band("b", "high")), "Two places"))
    assert drawn.markup.count("<circle") == 1
    assert 'fill="#ffffff"' in drawn.markup
    assert "Shire &lt;&amp;&gt;: not known" in drawn.markup
    assert drawn.description == "2 places. high: 1. Without a value: 1."


def test_one_person_has_one_answer_worked_out_at_a_time_and_waits_for_the_next(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one page is made the same person asks for it again: that one says so, and asks once more by itself."""
    meanwhile: list[HttpResponse] = []
    areas = area_order.rollout.areas

    def slowly(*, actor: Actor) -> object:
        meanwhile.append(lead.get("/roll-out/order/"))
        meanwhile.append(lead.head("/roll-out/order/"))
        return areas(actor=actor)

    monkeypatch.setattr(area_order.rollout, "areas", slowly)
    assert lead.get("/roll-out/order/").status_code == 200
    assert [(answer.status_code, answer["Refresh"]) for answer in meanwhile] == [(429, "4")] * 2
    assert "still being worked out" in text_of(meanwhile[0])
    assert len(meanwhile) == 2, "neither a page nor its head was worked out besides"


def test_what_took_long_is_worked_out_once_for_the_same_inputs() -> None:
    worked: list[int] = []

    def work(budget: int) -> dict[str, int]:
        worked.append(budget)
        return {"budget": budget}

    for budget in (1, 1, 2, 1):
        assert kept(partial(work, budget), "a test", budget) == {"budget": budget}
    assert worked == [1, 2]


#: Who may, and what was recorded: what they give is in the inputs of what is kept. On which machines it is worked out is no matter.
GIVEN = {
    "access",
    "audit",
    "base",
    "fields",
    "plan",
    "rollout",
    "evaluation.queries",
    "gateways.dask",
    "gateways.apart",
}


def test_what_is_kept_is_worked_out_again_where_anything_it_rests_on_has_changed() -> None:
    parts = {each.removesuffix(".py").replace("/", ".") for each in RESTS_ON}
    code = "\n".join(each.read_text() for each in Path(worked_out.__file__).parent.rglob("*.py"))
    named = {
        f"{module}.{name.split()[0]}" if module.count(".") < 1 else module
        for module, names in re.findall(r"^ *from fourfold\.([\w.]+) import ([\w, ]+)", code, re.MULTILINE)
        for name in names.split(", ")
    }
    found = {each for each in named if not any(f"{each}.".startswith(f"{part}.") for part in (*parts, *GIVEN))}
    assert found == set()


def test_a_draft_carries_the_day_on_which_it_is_read(cast: Cast, lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = UUID(saved(lead).rstrip("/").split("/")[-1])
    monkeypatch.setattr(advising, "advice", lambda run: run)
    monkeypatch.setattr(advising.writing, "written", lambda run, name: f"{run.made.made_at:%F} {name}".encode())
    for at in (NOW, NOW, NOW + timedelta(days=1)):
        draft, _ = advising.file_of(actor=cast.actor("lead"), plan=plan, name="html", at=at)
        assert draft.decode() == f"{at:%F} html"


def test_no_power_is_said_to_be_certain() -> None:
    """A trial of forty areas finds its effect in all but a few of ten thousand: not in all."""
    assert [order_words._chance(power) for power in (0.99994, 0.9994, 0.5)] == ["over 99.9", "99.9", "50.0"]
