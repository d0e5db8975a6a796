"""A plan for an area is saved, changed, shared, compared and come back to, as the programme lead meets it."""

from __future__ import annotations

import fcntl
import hashlib
import html
import re
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.rollout import facts, rules, site_models
from fourfold.rollout.advice import run
from fourfold.rollout.models import AreaPlan, AreaPlanVersion, PlanRelease, SiteModel
from fourfold.web import area_answer, long_work
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
NEW = "/roll-out/plans/new/?area=E23000005"
SAID = {"name": "Greater Manchester, careful", "year": "2026", "reason": "Start small"}


OWN = {"name": "Wirral first", "model": "cheshire", "policy": "highest_first", "percent": "90", "within": "10", "officers": "3",
       "psychologists": "2.4", "outreach": "4", "advocates": "6", "panel_every_days": "14", "heard": "20", "reason": "As agreed"}  # fmt: skip


@pytest.fixture
def lead(signed_in: SignIn) -> Client:
    return signed_in("lead")


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def saved(client: Client, address: str = NEW, **more: str) -> str:
    """Save a plan and return its page's address."""
    answer = client.post(address, SAID | more)
    assert answer.status_code == 303, text_of(answer)
    return str(answer["Location"].split("?")[0])


@pytest.mark.usefixtures("at_once")
def test_a_plan_is_saved_changed_and_its_history_tells_who_changed_what(lead: Client) -> None:
    plan = saved(lead)
    assert "Nothing is assumed in this plan" in text_of(lead.get(plan))
    half = SAID | {"referrals": "50", "taken_on": "40", "version": "1", "reason": "As the chief constable asked"}
    foreseen = text_of(lead.post(plan + "change/", half | {"do": "show"}))
    assert "Nothing is saved yet" in foreseen
    assert "Referrals, as a percentage of what was counted elsewhere Referrals to the unit" in foreseen
    assert AreaPlanVersion.objects.count() == 1, "what is shown is not saved"
    assert lead.post(plan + "change/", half | {"do": "save"}).status_code == 303
    said = text_of(lead.get(plan))
    assert "Version 2, for 2026/27" in said
    assert "As the chief constable asked" in said
    assert "Of earlier versions the numbers are shown as they were saved" in said
    assert "Percentage of referrals that the unit takes on: 32, as counted to 40" in said
    assert "assumed in this plan: 40% of referrals" in said
    first, second = AreaPlanVersion.objects.order_by("number")
    referrals = [version.figures[1]["range"]["middle"] for version in (first, second)]
    assert referrals[1] == pytest.approx(referrals[0] / 2, rel=0.03)


def test_a_change_from_an_old_page_shows_what_a_colleague_saved_and_loses_nothing(lead: Client) -> None:
    plan = saved(lead)
    change = SAID | {"referrals": "80", "version": "1", "do": "save"}
    assert lead.post(plan + "change/", change).status_code == 303
    late = lead.post(plan + "change/", change | {"referrals": "70", "reason": "Mine"})
    assert late.status_code == 409
    assert "was faster" in text_of(late)
    assert 'value="70"' in late.content.decode()
    assert AreaPlanVersion.objects.count() == 2


def test_only_its_maker_sees_a_plan_until_it_is_shared(lead: Client, signed_in: SignIn) -> None:
    plan = saved(lead)
    evaluator = signed_in("evaluator")
    assert evaluator.get(plan).status_code == 404
    assert "No plan is saved yet" in text_of(evaluator.get("/roll-out/plans/"))
    lead.post(plan + "share/")
    assert "Greater Manchester, careful" in text_of(evaluator.get(plan))
    assert evaluator.post(plan + "change/", SAID).status_code == 403
    assert signed_in("officer").get(plan).status_code == 403


def test_two_plans_stand_side_by_side(lead: Client) -> None:
    saved(lead)
    saved(lead, "/roll-out/plans/new/?district=E06000007&district=E08000012", name="Two districts", referrals="200")
    ids = [str(one) for one in AreaPlan.objects.order_by("made_at").values_list("pk", flat=True)]
    answer = lead.get("/roll-out/plans/", {"plan": ids}, follow=True)
    said = text_of(answer)
    assert "Greater Manchester, careful" in said
    assert "Liverpool and Warrington" in said
    assert "Referrals, as a percentage of what was counted elsewhere 100, as counted 200" in said
    assert "Choose two plans to compare" in text_of(lead.get("/roll-out/plans/", {"plan": ids[:1]}))


def test_who_changed_what_leads_to_two_versions_side_by_side(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    caches["worked_out"].clear()
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    plan = saved(lead, "/roll-out/plans/new/?district=E06000017", name="Rutland")
    for version, percent in (("1", "50"), ("2", "200")):
        change = SAID | {"name": "Rutland", "referrals": percent, "version": version, "do": "save"}
        assert lead.post(plan + "change/", change).status_code == 303
    page = lead.get(plan).content.decode()
    links = [html.unescape(one) for one in re.findall(r'href="([^"]+/beside/[^"]+)"', page)]
    assert [one.partition("?")[2] for one in links] == ["of=2&of=3", "of=1&of=2", "of=1&of=3"]
    for _ in range(2):
        lead.get(links[1])
    answer = lead.get(links[1])
    said = text_of(answer)
    assert "Two versions side by side" in said
    assert "Rutland, version 1, and Rutland, version 2." in said
    assert "Referrals, as a percentage of what was counted elsewhere 100, as counted 50" in said
    first, second, _ = (one.figures[1]["range"]["middle"] for one in AreaPlanVersion.objects.order_by("number"))
    assert re.search(rf"Referrals to the unit {first} \([^)]+\) {second} \([^)]+\) −{first - second}\b", said), said
    numbers = [html.unescape(one) for one in re.findall(r'href="([^"]+/number/[^"]+)"', answer.content.decode())]
    assert any("/number/officers/" in one for one in numbers), "team and costs of both versions"
    for number in numbers[:3] + numbers[-1:]:
        shown = text_of(lead.get(number))
        assert "Rutland, version 1 (first)" in shown, number
        assert "The steps add up exactly" in shown, number
    for wrong in ("?of=1&of=4", "?of=1", "?of=one&of=2", "?of=0&of=1"):
        assert lead.get(links[0].partition("?")[0] + wrong).status_code == 404, wrong


def test_two_plans_are_compared_by_whom_they_need_who_waits_and_what_they_cost(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches["worked_out"].clear()
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    one, other = (
        saved(lead, "/roll-out/plans/new/?district=E06000017", name=name, **assumed)
        for name, assumed in (("Rutland", {}), ("Rutland, twice", {"referrals": "200"}))
    )
    address = f"{one}beside/{other.rstrip('/').rsplit('/', 1)[-1]}/"
    assert "This is being worked out" in text_of(lead.get(address))
    lead.get(address)
    said = text_of(lead.get(address))
    assert re.search(r"Victim advocates [\d.]+ \([\d.]+ to [\d.]+\) [\d.]+ \(", said)
    assert re.search(
        r"Half wait at most, in brackets: Nine in ten wait at most Rutland .*Triage [\d.]+ \([\d.]+\) ", said
    )
    assert re.search(r"Cost a year £[\d,]+ \(£[\d,]+ to £[\d,]+\) £[\d,]+ \(", said)
    assert re.search(r"Referrals to the unit .*\) \+\d+", said)
    assert re.search(r"\) 0 Referrals to the unit", said), "a difference of nought has no sign"
    links = re.findall(r'href="(/roll-out/plans/[^"]+/beside/[^"]+/number/[^"]+)"', lead.get(address).content.decode())
    assert len(links) >= 25
    for link in links:
        beside = text_of(lead.get(link))
        assert "Rutland (first)" in beside, link
        assert "Rutland, twice (second)" in beside, link
        assert "The chance of at most so much" in beside, link
        assert "The steps add up exactly" in beside, link
        assert "power" not in beside, link
        assert "over 99" not in beside, "a share of those taken on may well be all of them"
    assert "Half wait at most" in text_of(lead.get(f"{address}number/wait-triage/"))
    assert lead.get(f"{address}number/nothing/").status_code == 404


@pytest.mark.parametrize(("address", "table"), [("/roll-out/plans/", AreaPlan), ("/roll-out/site-models/", SiteModel)])
def test_every_plan_and_every_site_model_is_listed_fifty_a_page_at_one_cost(
    lead: Client, address: str, table: Any
) -> None:
    saved(lead)
    lead.post("/roll-out/site-models/new/", OWN)
    with CaptureQueriesContext(connection) as few:
        lead.get(address)
    cost = len(few)
    first = table.objects.get()
    copies = [field.attname for field in table._meta.concrete_fields if field.attname != "id"]
    table.objects.bulk_create(table(**{name: getattr(first, name) for name in copies}) for _ in range(60))
    with CaptureQueriesContext(connection) as many:
        answer = lead.get(address)
    assert len(many) == cost == (7 if connection.vendor == "postgresql" else 8)  # there the session brings whose it is
    one = rf'href="{address}([0-9a-f-]{{36}})/"'
    shown = set(re.findall(one, answer.content.decode()))
    following = re.search(r'href="(\?after=[^"]+)"', answer.content.decode())
    assert following, "the first page leads on to the next"
    shown |= set(re.findall(one, lead.get(address + following[1]).content.decode()))
    assert len(shown) == 61


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "Give the plan a name"),
        ({"reason": ""}, "Say why the plan is as it is"),
        ({"referrals": "-5"}, "Enter a whole number from 10 to 1,000"),
        ({"taken_on": "101"}, "Enter a whole number from 1 to 100"),
        ({"taken_on": "20", "direct_work": "30"}, "No more can come into direct work than are taken on, which is 20%"),
        ({"year": "2021"}, "Choose a year from 2026/27 to 2031/32"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_saved(
    lead: Client, wrong: dict[str, str], message: str
) -> None:
    answer = lead.post(NEW, SAID | wrong)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert not AreaPlan.objects.exists()


def test_an_unknown_place_has_no_plan(lead: Client) -> None:
    for address in ("?area=E99", "?district=E99", ""):
        assert lead.get("/roll-out/plans/new/" + address).status_code == 404


def test_a_plan_of_other_facts_or_an_older_release_says_so(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = saved(lead)
    AreaPlanVersion.objects.update(facts_sha256="0" * 64, assumed={"referrals": 90, "crystal": 3}, release="0.1.9")
    said = text_of(lead.get(plan))
    assert "Made with earlier facts" in said
    assert "Release 0.1.9 also assumed crystal" in said
    AreaPlanVersion.objects.update(facts_sha256=facts.sha256(), assumed={})
    said = text_of(lead.get(plan))
    assert "Saved by an older release" in said
    assert "Release 0.1.9 worked out what would come, and it stands as it was saved" in said
    figures = AreaPlanVersion.objects.get().figures
    other = figures[1] | {"range": figures[1]["range"] | {"middle": figures[1]["range"]["middle"] + 10}}
    AreaPlanVersion.objects.update(figures=[figures[0], other, *figures[2:]])
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    lead.get(plan + "release/")
    refused = text_of(lead.get(plan + "release/"))
    assert "Release 0.1.9 saved this version, and this release works out other numbers" in refused
    alone = [
        {key: value for key, value in one.items() if key != "at_most"} for one in AreaPlanVersion.objects.get().figures
    ]
    AreaPlanVersion.objects.update(figures=alone, assumed={})
    number = text_of(lead.get(f"{plan}number/referrals/"))
    assert "with its numbers alone: the chance of at most so much was not kept" in number
    assert f"{alone[1]['range']['middle']:,}" in number
    AreaPlan.objects.update(area="", districts=["E06009999"])
    said = text_of(lead.get(plan))
    assert "A district of this plan is no longer there" in said
    assert "Change the plan" not in said


def test_an_area_and_a_district_of_it_are_no_plan_together(lead: Client) -> None:
    shares = "area=E23000006&area=E23000004&district=E08000012"
    said = "Liverpool would be counted twice: in Merseyside and in district E08000012."
    for address in ("/roll-out/plans/new/", "/roll-out/districts/"):
        answer = lead.get(f"{address}?{shares}")
        assert answer.status_code == 422
        assert said in text_of(answer)
    assert lead.post(f"/roll-out/plans/new/?{shares}", SAID).status_code == 422
    both = lead.get("/roll-out/districts/?district=E08000016&district=E08000038")
    assert "Barnsley would be counted twice" in text_of(both), "a district's code before and since April 2025"
    assert not AreaPlan.objects.exists()


def test_a_plan_for_a_merger_of_areas_of_which_one_has_ended_says_so(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    merger = "/roll-out/plans/new/?area=E23000006&area=E23000004"
    plan = saved(lead, merger)
    assert "Cheshire and Merseyside" in text_of(lead.get(plan))
    assert "has ended" not in text_of(lead.get(plan))
    known = facts.areas()
    over = known | {"E23000006": replace(known["E23000006"], valid_to=date(2026, 4, 1))}
    monkeypatch.setattr(facts, "areas", lambda: over)
    said = text_of(lead.get(plan))
    assert "An area of this plan has ended Cheshire ended on 1 April 2026. The plan keeps the areas" in said
    assert "districts of 2024-12, with which it was made" in said
    refused = lead.post(merger, SAID)
    assert refused.status_code == 422
    assert "Plan for the areas of today" in text_of(refused)
    assert AreaPlan.objects.count() == 1


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page begins beside itself is there when it looks."""
    monkeypatch.setattr(long_work, "begin", lambda work: work())


def read(client: Client, plan: str) -> str:
    """Read what a plan's release would be, and return by what the page knows that."""
    found = re.search(r'name="version" value="(\d+)"', client.get(plan + "release/").content.decode())
    assert found
    return found[1]


def test_a_release_waits_for_its_team_alone_and_behind_no_whole_answer(
    lead: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As many whole answers as may wait are waiting, and one is being worked out; the engine is not ready yet."""
    plan = saved(lead)
    caches["worked_out"].clear()
    run._team_for.cache_clear()
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", tmp_path / "cache")
    monkeypatch.setattr(area_answer, "AT_ONCE", 0)
    begun: list[Any] = []
    monkeypatch.setattr(long_work, "begin", begun.append)
    folder = tmp_path / "cache-underway"
    folder.mkdir()
    with ExitStack() as others:
        for name in (long_work.TURN, *(f"{long_work.TURN}-{number}" for number in range(long_work.MOST))):
            fcntl.flock(others.enter_context((folder / name).open("w")), fcntl.LOCK_EX)
        waits = lead.get(plan + "release/")
        assert "This is being worked out" in text_of(waits)
        assert "nothing else is waited for" in text_of(waits)
        assert waits["Refresh"] == "4", "it asks again by itself"
        assert b'name="strength"' not in waits.content
        monkeypatch.setattr(run, "ready", lambda: seen.append(text_of(lead.get(plan + "release/"))))
        seen: list[str] = []
        begun.pop()()
        assert "0 of 3 steps are done" in seen[0], "whoever looks meanwhile begins no second"
        assert not begun
        assert "The written rule gives: Begin as a test" in text_of(lead.get(plan + "release/"))
        assert not begun, "it is kept"


@pytest.mark.usefixtures("at_once")
def test_a_recommendation_leaves_in_a_person_s_name_and_stays_as_it_left(
    lead: Client, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = saved(lead)
    lead.post(plan + "share/")
    said = text_of(lead.get(plan + "release/"))
    assert "The written rule gives: Begin as a test" in said
    assert "No effect in a new area is known." in said
    assert plan + "draft/" in lead.get(plan + "release/").content.decode()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(area_answer, "AT_ONCE", 0)
        waits = lead.get(plan + "draft/")
    assert "This is being worked out" in text_of(waits), "it says so in place of a silent download"
    assert f'download href="{plan}recommendation.pdf"' in lead.get(plan + "draft/").content.decode()
    assert b"Draft: nobody has confirmed this" in lead.get(plan + "recommendation.html").content
    stronger = {"strength": "begin", "version": read(lead, plan)}
    refused = lead.post(plan + "release/", stronger)
    assert refused.status_code == 422
    assert "Say why it is not “Begin as a test" in text_of(refused)
    assert lead.post(plan + "release/", stronger | {"reason": "The chief constable decided so"}).status_code == 303
    assert "Its recommendation was released on" in text_of(lead.get(plan))
    left = PlanRelease.objects.get()
    evaluator = signed_in("evaluator")
    for name in ("html", "pdf", "docx", "json"):
        content = evaluator.get(f"{plan}1/recommendation.{name}").content
        assert hashlib.sha256(content).hexdigest() == left.hashes[f"recommendation.{name}"]
    assert "because: The chief constable decided so" in left.html
    assert "This version has been released" in text_of(lead.get(plan + "release/"))
    change = SAID | {"referrals": "80", "version": "1", "do": "save", "reason": "As the panel asked"}
    assert lead.post(plan + "change/", change).status_code == 303
    draft = lead.get(plan + "recommendation.html").content.decode()
    assert "Draft: nobody has confirmed this" in draft, "what is read before signing is what will be signed"
    assert "As the panel asked" in draft
    late = lead.post(plan + "release/", stronger | {"strength": "begin_as_test"})
    assert late.status_code == 409, "what was read is no longer what would leave"
    again = {"strength": "begin_as_test", "version": read(lead, plan)}
    assert lead.post(plan + "release/", again).status_code == 303
    assert evaluator.post(plan + "release/", stronger).status_code == 403
    assert evaluator.get(plan + "recommendation.exe").status_code == 404
    assert evaluator.get(plan + "3/recommendation.pdf").status_code == 404


@pytest.mark.usefixtures("at_once")
def test_a_price_that_was_given_while_the_draft_was_read_is_not_signed_unseen(lead: Client) -> None:
    plan = saved(lead)
    was_read = read(lead, plan)
    price = {"low": "900", "central": "2000", "high": "9000", "year": "2024", "said_by": "A letter"}
    assert lead.post("/roll-out/E23000005/cost/order/", price).status_code == 303
    assert lead.post(plan + "release/", {"strength": "begin_as_test", "version": was_read}).status_code == 409
    assert not PlanRelease.objects.exists()


@pytest.mark.usefixtures("at_once")
def test_other_words_for_where_an_equal_number_is_from_ask_for_no_new_version(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = saved(lead)
    monkeypatch.setattr(rules, "_share_words", lambda *_: "as another release says it")
    assert "Save a new version first" not in text_of(lead.get(plan + "release/"))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("area", ["E23000005", "E23000001"])
def test_a_count_that_moves_a_plan_s_numbers_asks_for_a_new_version_first(lead: Client, area: str) -> None:
    """Of the area itself, or of one that counts for where the whole country stands."""
    plan = saved(lead)
    lead.post(f"/roll-out/{area}/count/", {"year": "2024", "count": "14000", "source": "A letter"})
    said = text_of(lead.get(plan + "release/"))
    assert "A count was given since this version was saved" in said
    moved = text_of(lead.post(plan + "change/", SAID | {"version": "1", "do": "show"}))
    assert "Something else moves the numbers too A count was given" in moved
    AreaPlanVersion.objects.update(facts_sha256="0" * 64)
    assert "The facts have changed since this version was saved" in text_of(lead.get(plan + "release/"))


def test_another_year_moves_figures_and_stands_in_the_history(lead: Client) -> None:
    plan = saved(lead)
    later = SAID | {"year": "2031", "version": "1"}
    assert "Year to plan for: 2026/27 to 2031/32." in text_of(lead.post(plan + "change/", later | {"do": "show"}))
    lead.post(plan + "change/", later | {"do": "save"})
    assert "Year to plan for: 2026/27 to 2031/32" in text_of(lead.get(plan))


def test_a_plan_beyond_any_unit_says_so_where_its_recommendation_is_asked_for(lead: Client) -> None:
    plan = saved(lead, "/roll-out/plans/new/?area=E23000001", referrals="1000")
    for page in ("release/", "draft/", "recommendation.pdf"):
        answer = lead.get(plan + page)
        assert answer.status_code == 422
        assert "No team can be worked out for this plan" in text_of(answer)
    assert lead.get(plan).status_code == 200


@pytest.mark.usefixtures("at_once")
def test_a_site_model_of_ones_own_is_saved_changed_laid_beside_another_and_used_in_a_plan(
    lead: Client, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = lead.post("/roll-out/site-models/new/", OWN)
    assert answer.status_code == 303, text_of(answer)
    model = str(answer["Location"].split("?")[0])
    said = text_of(lead.get(model))
    assert "Days from one panel sitting to the next 14 days said in this site model" in said
    assert "Triage of a referral 1.5 hours for a referral an assumption of this programme" in said, (
        "what is left empty stays as assumed"
    )
    fewer = OWN | {"heard": "24", "version": "1", "reason": "The panel can hear more"}
    assert lead.post(model + "change/", fewer).status_code == 303
    assert "Cases heard at one sitting: 20 cases in one sitting to 24 cases in one sitting" in text_of(lead.get(model))
    assert lead.post(model + "change/", fewer).status_code == 409, "a colleague was first"
    caches["worked_out"].clear()
    both = {"other": "london", "area": "E23000004"}
    monkeypatch.setattr(area_answer, "AT_ONCE", 0)
    waits = lead.get(model + "beside/", both)
    assert "This is being worked out" in text_of(waits)
    assert waits["Refresh"] == "4"
    beside = text_of(lead.get(model + "beside/", both))
    assert "What both come to in Merseyside" in beside
    unknown = lead.get(model + "beside/", {"other": "0" * 32})
    assert unknown.status_code == 404
    assert "There is no such site model" in text_of(unknown)
    assert f'href="{model}"' in unknown.content.decode()
    assert "Panel sitting: working days, half and nine in ten" in beside
    assert "Days from one panel sitting to the next 14 days" in beside
    chosen = model.rsplit("/", 2)[1]
    plan = saved(lead, "/roll-out/plans/new/?area=E23000004", site_model=chosen)
    lead.post(model + "change/", fewer | {"heard": "6", "version": "2"})
    shown = text_of(lead.get(plan))
    assert "The unit is played as the site model “Wirral first”, version 2 , with its team." in shown
    draft = lead.get(plan + "recommendation.html").content.decode()
    assert "The team of the site model “Wirral first”, version 2." in draft
    assert "2.4 forensic psychologists" in draft
    alone = text_of(lead.post(plan + "change/", SAID | {"version": "1", "do": "show"}))
    assert "Site model: “Wirral first”, version 2 to the team that the standard needs." in alone
    assert re.search(r"Forensic psychologists: full-time posts 2\.4 \(", alone), "a site model moves team and costs"
    assert re.search(r"Cost a year £[\d,]+ \(", alone)
    assert re.search(r"These do not move: [^.]*Referrals to the unit", alone)
    none = SAID | {"version": "1", "do": "save"}
    assert lead.post(plan + "change/", none | {"site_model": str(AreaPlan.objects.get().pk)}).status_code == 422
    assert lead.post(plan + "change/", none).status_code == 303
    assert "Site model: “Wirral first”, version 2 to the team that the standard needs" in text_of(lead.get(plan))
    evaluator = signed_in("evaluator")
    assert "Wirral first" in text_of(evaluator.get("/roll-out/site-models/"))
    assert evaluator.post(model + "change/", OWN).status_code == 403
    assert signed_in("officer").get(model).status_code == 403
    kept = site_models.read(lead.get(model + "site-model.json").content.decode())
    assert (kept.version, kept.numbers["heard"]) == (3, 6)


@pytest.mark.usefixtures("at_once")
def test_each_number_of_two_site_models_leads_to_the_chances_of_both_and_how_they_come_about(lead: Client) -> None:
    model = str(lead.post("/roll-out/site-models/new/", OWN)["Location"].split("?")[0])
    page = lead.get(model + "beside/", {"other": "london", "area": "E23000004"}).content.decode()
    numbers = [html.unescape(href) for href in re.findall(r'href="([^"]*/beside/number/[^"]*)"', page)]
    assert len(numbers) >= 1 + 4
    assert sum("/number/used-" in href for href in numbers) == 4, "words alone said how much time is used"
    assert sum("/number/waiting-" in href for href in numbers) % 4 == 0
    assert any("/number/waiting-" in href for href in numbers), "words alone said what breaks"
    for href in numbers:
        shown = text_of(lead.get(href))
        assert "The chance of at most so much" in shown, href
        assert "Wirral first (first)" in shown, href
        assert "(second)" in shown, href
        assert "The steps add up exactly to the number as it is shown." in shown, href
    assert lead.get(numbers[0].replace("in_time", "nothing")).status_code == 404
    assert lead.get(numbers[0].replace("E23000004", "E99")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"psychologists": "0"}, "Forensic psychologists: a unit without any cannot do this work"),
        ({"psychologists": "0.05"}, "Give at least 0.1 of a post"),
        ({"officers": "some"}, "Give full-time posts as a number, such as 2.5"),
        ({"advocates": ""}, "Give how many victim advocates"),
        ({"officers": "1", "policy": "reserve"}, "takes at least two full-time officers"),
        ({"assessment": "900"}, "Assessment of a case: give a number from 0.5 to 80"),
        ({"triage": "nan"}, "Enter a number, such as 2.5"),
        ({"heard": "2.5"}, "Cases heard at one sitting: give a whole number from 1 to 60"),
        ({"panel_every_days": "0"}, "Days from one panel sitting to the next: give a whole number from 1 to 92"),
        ({"within": "0"}, "Enter a whole number from 1 to 60"),
        ({"name": ""}, "Give the site model a name"),
    ],
)
def test_a_site_model_that_no_unit_can_have_is_refused_in_words(
    lead: Client, wrong: dict[str, str], message: str
) -> None:
    answer = lead.post("/roll-out/site-models/new/", OWN | wrong)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert not SiteModel.objects.exists()
