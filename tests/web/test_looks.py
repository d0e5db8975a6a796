"""Change one assumption, see what moves most: before anything is saved, without a reason, and exactly what the page then says."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from fourfold.rollout.economics import effects
from fourfold.rollout.economics.terms import HEADINGS
from fourfold.rollout.models import AreaPlan, AreaPlanVersion, CostGiven, CountGiven, SiteModel
from fourfold.web import area_answer, area_moves, long_work
from tests.rollout.test_economics import RELEASED
from tests.web.conftest import SignIn
from tests.web.test_area_plans import OWN, SAID, saved, text_of

pytestmark = pytest.mark.django_db
RUTLAND = "/roll-out/plans/new/?district=E06000017"
NAME = {"name": "Rutland"}
Page = dict[str, str]


@pytest.fixture
def lead(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Client:
    """An effect is known, so that a net benefit is a number; what a page begins beside itself is there when it looks."""
    caches["worked_out"].clear()
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    monkeypatch.setattr("fourfold.rollout.costing.effect_for_a_new_area", lambda **_: effects.known(RELEASED))
    return signed_in("lead")


def cells(table: str) -> list[list[str]]:
    """Return the rows of a table, each cell as it is read."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table.replace("\N{WORD JOINER}", ""), re.S)
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[html.unescape(" ".join(re.sub(r"<[^>]+>", " ", cell).split())) for cell in row] for row in found]


def tables(content: str) -> dict[str, list[list[str]]]:
    """Return every table of a page by its caption, with its head."""
    found = re.findall(r"<table.*?</table>", content, re.S)
    captions = [re.search(r"<caption[^>]*>(.*?)</caption>", one, re.S) for one in found]
    return {
        html.unescape(caption[1].strip()): cells(one) for caption, one in zip(captions, found, strict=True) if caption
    }


def page_of(client: Client, address: str) -> Page:
    """Return every number of a page: what it is called in a look, and the number with its range as a look says it."""
    client.get(address)
    numbers: Page = {}
    for caption, (head, *rows) in tables(client.get(address).content.decode()).items():
        if len(head) == 4 and head[3] == "Source of the number":
            numbers |= {called(row[0], caption, head): with_range(row[1], row[2], head) for row in rows}
    assert len(numbers) > 20, "the whole answer is there"
    return numbers


def called(what: str, caption: str, head: list[str]) -> str:
    if head[1] == "Half wait at most":
        return f"{what}: working days that half wait at most"
    if head[1] == "Full-time posts":
        return f"{what}: full-time posts"
    return f"Cost a year: {what}" if what in HEADINGS.values() else what


def with_range(shown: str, within: str, head: list[str]) -> str:
    if not re.match(r"[−£\d]", shown):
        return f"no number: {shown}"
    if within == "none":
        return shown
    kind = {"Nine in ten wait at most": "nine in ten: ", "Standard error": "standard error "}.get(head[2], "")
    return f"{shown} ({kind}{within})"


def look(client: Client, address: str, said: dict[str, str]) -> tuple[list[list[str]], str]:
    """Look at what would change: the rows that move, and the sentence of what does not."""
    answer = client.post(address, said | {"do": "show"})
    assert answer.status_code == 200, text_of(answer)
    content = answer.content.decode()
    moved = tables(content).get("Every number that moves, with its range (9 in 10)", [[]])[1:]
    still = re.search(r"These do not move: (.*?)\.</p>", content, re.S)
    return moved, html.unescape(still[1]) if still else ""


def holds(moved: list[list[str]], still: str, before: Page, after: Page) -> None:
    """Hold what a look said against the page before, and the page once the change is saved: number by number, none left out."""
    left = dict(before)
    for what, was, now, _, _ in moved:
        old, _, new = what.partition("; with the change: ")
        assert left.pop(old, "no number") == was, what
        assert after.get(new or old, "no number") == now, what
    assert left, "not everything moves"
    assert {one: after.get(one) for one in left} == left, "what did not move"
    assert sorted(still.split("; ")) == sorted(
        f"{one} ({left[one]})" if left[one].startswith("no number") else one for one in left
    ), "what does not move is named"


def model(client: Client, **more: str) -> str:
    """Save a site model, and return its identifier."""
    assert client.post("/roll-out/site-models/new/", OWN | more).status_code == 303
    return str(SiteModel.objects.latest("made_at").pk)


KINDS: dict[str, dict[str, str]] = {
    "the year": {"year": "2028"},
    "referrals": {"referrals": "150"},
    "whom the unit takes on": {"taken_on": "50"},
    "direct work": {"direct_work": "10"},
    "several at once": {"year": "2027", "referrals": "80", "taken_on": "40"},
}
#: What a plan takes over from a site model of one's own.
OF_A_SITE_MODEL: dict[str, dict[str, str]] = {
    "the team": {"officers": "6", "advocates": "9"},
    "the way of working": {"model": "hampshire"},
    "whose turn it is": {"policy": "first_come"},
    "the standard": {"percent": "80", "within": "20"},
    "service times": {"assessment": "12", "triage": "3"},
    "sittings": {"panel_every_days": "28", "heard": "6"},
}


@pytest.mark.parametrize("said", KINDS.values(), ids=KINDS)
def test_a_look_says_what_the_page_says_once_it_is_saved(lead: Client, said: dict[str, str]) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    before = page_of(lead, plan)
    moved, still = look(lead, plan + "change/", {"year": "2026", "version": "1"} | said)
    assert moved
    assert AreaPlanVersion.objects.count() == 1, "what is looked at is not saved"
    assert AreaPlan.objects.get().name == "Rutland"
    assert lead.post(plan + "change/", SAID | NAME | {"version": "1", "do": "save"} | said).status_code == 303
    holds(moved, still, before, page_of(lead, plan))


@pytest.mark.parametrize("said", OF_A_SITE_MODEL.values(), ids=OF_A_SITE_MODEL)
def test_a_look_at_a_site_model_says_what_the_page_says_once_it_is_saved(lead: Client, said: dict[str, str]) -> None:
    first, other = model(lead), model(lead, **said)
    plan = saved(lead, RUTLAND, **NAME, site_model=first)
    before = page_of(lead, plan)
    chosen = {"year": "2026", "version": "1", "site_model": other}
    moved, still = look(lead, plan + "change/", chosen)
    assert moved
    assert AreaPlanVersion.objects.get().site_model.site_model_id == SiteModel.objects.get(pk=first).pk
    assert lead.post(plan + "change/", SAID | NAME | chosen | {"do": "save"}).status_code == 303
    holds(moved, still, before, page_of(lead, plan))


AREA = "/roll-out/E23000038/"


def test_a_look_at_a_count_of_one_s_own_says_what_the_page_of_the_area_says_once_it_is_given(lead: Client) -> None:
    before = page_of(lead, AREA)
    said = {"year": "2022", "count": "1400"}
    moved, still = look(lead, AREA + "count/", said)
    assert not CountGiven.objects.exists(), "what is looked at is not given"
    kept = lead.post(AREA + "count/", said | {"source": "Wiltshire Police"})
    assert kept.status_code == 303, text_of(kept)
    assert any(row[0] == "Stalking offences that the police record" for row in moved)
    holds(*of_one_year(moved, still), before, page_of(lead, AREA))


def of_one_year(moved: list[list[str]], still: str) -> tuple[list[list[str]], str]:
    """Leave out the other years, which the page of an area has in a table of years."""
    other = "Stalking offences recorded in "
    rows = [row for row in moved if not row[0].startswith(other)]
    return rows, "; ".join(one for one in still.split("; ") if not one.startswith(other))


def test_a_look_at_a_row_of_the_price_list_says_what_the_page_of_the_area_says_once_it_is_given(lead: Client) -> None:
    before = page_of(lead, AREA)
    said = {"low": "90000", "central": "100000", "high": "120000", "year": "2024"}
    shown = lead.post(AREA + "cost/pay_psychology/", said | {"do": "show"})
    assert "to 90,000 / 100,000 / 120,000" in text_of(shown)
    assert "−\N{WORD JOINER}£" in shown.content.decode(), "a minus sign stays with its amount on a phone"
    moved, still = look(lead, AREA + "cost/pay_psychology/", said)
    assert moved
    assert not CostGiven.objects.exists(), "what is looked at is not given"
    kept = lead.post(AREA + "cost/pay_psychology/", said | {"said_by": "the board"})
    assert kept.status_code == 303, text_of(kept)
    holds(*of_one_year(moved, still), before, page_of(lead, AREA))


def test_a_number_that_ceases_to_be_one_stands_first_and_says_so(lead: Client) -> None:
    few = model(lead, officers="0.2", psychologists="0.1", outreach="0.2", advocates="0.2")
    plan = saved(lead, RUTLAND, **NAME, site_model=model(lead))
    page_of(lead, plan)
    chosen = {"year": "2026", "version": "1", "site_model": few}
    moved, _ = look(lead, plan + "change/", chosen)
    lost = [row for row in moved if row[3] == "There would be no number"]
    assert moved[: len(lost)] == lost
    assert any("no number: grows without end" in row[2] for row in lost)
    said = text_of(lead.post(plan + "change/", chosen | {"do": "show"}))
    assert "With the change" in said
    assert "What is a number on one side alone stands before all others" in said
    assert lead.post(plan + "change/", SAID | NAME | chosen | {"do": "save"}).status_code == 303
    back = {"year": "2026", "version": "2", "site_model": ""}
    moved, _ = look(lead, plan + "change/", back)
    assert moved[0][3] == "There is no number now"
    assert "No longer so with the change" in text_of(lead.post(plan + "change/", back | {"do": "show"}))


def test_a_demand_for_which_there_is_no_team_says_why_in_place_of_every_number(lead: Client) -> None:
    plan = saved(lead, "/roll-out/plans/new/?area=E23000005", name="Manchester", site_model=model(lead))
    page_of(lead, plan)
    asked = {"year": "2026", "version": "1", "referrals": "1000", "taken_on": "100"}
    said = text_of(lead.post(plan + "change/", asked | {"do": "show"}))
    assert "With the change No team can be worked out for this plan" in said
    assert "No longer so with the change" not in said, "where nothing can be worked out, nothing is known to have ended"
    assert "With the change: None." in said
    assert "There would be no number" in said


def test_what_moved_most_stands_first_by_the_measure_that_the_page_names(lead: Client) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    page_of(lead, plan)
    moved, _ = look(lead, plan + "change/", {"year": "2026", "version": "1", "referrals": "150"})
    ranged = [row for row in moved if " to " in row[1] and " to " in row[2]]
    assert len(ranged) > 15
    far = [measured(*(amounts(cell) for cell in row[1:3])) for row in ranged]
    assert far == sorted(far, reverse=True)
    row = next(one for one in moved if one[0] == "Referrals to the unit")
    was, now = (amounts(cell)[0] for cell in row[1:3])
    assert row[3:] == [f"+{now - was:g}", f"{(now - was) / was:.0%} more"]


def amounts(cell: str) -> list[float]:
    """Return the middle and the ends of the range of a number as it is said."""
    return [float(re.sub(r"[£,]", "", one).replace("−", "-")) for one in re.findall(r"−?£?\d[\d,.]*", cell)]


def measured(before: list[float], after: list[float]) -> float:
    """Measure as the page says: how far the middle or an end moved, as a share of the wider of the two ranges."""
    moved = max(abs(two - one) for one, two in zip(before, after, strict=True))
    return round(moved / max(before[2] - before[1], after[2] - after[1]), 9)


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"referrals": "-5"}, "referrals", "Enter a whole number from 10 to 1,000"),
        ({"referrals": "many"}, "referrals", "Enter a whole number from 10 to 1,000"),
        ({"taken_on": "101"}, "taken_on", "Enter a whole number from 1 to 100"),
        ({"taken_on": "20", "direct_work": "30"}, "direct_work", "No more can come into direct work than are taken on"),
        ({"year": "2021"}, "year", "Choose a year from 2026/27 to 2031/32"),
        ({"year": ""}, "year", "Choose the year to plan for"),
        ({"site_model": "x"}, "site_model", "Choose one of the entries shown"),
        ({"site_model": "7b6f9be6-6c66-4a0b-8a36-9a8c7c9a2f10"}, "site_model", "This site model is not there"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_all_that_was_typed_stays(
    lead: Client, wrong: dict[str, str], field: str, message: str
) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    typed = {"year": "2026", "version": "1", "name": "Another name", "reason": "Half a reason", "do": "show"}
    answer = lead.post(plan + "change/", typed | wrong)
    assert answer.status_code == 422
    content = answer.content.decode()
    assert message in text_of(answer)
    assert f'href="#{field}"' in content
    assert 'value="Another name"' in content
    assert 'value="Half a reason"' in content
    assert AreaPlanVersion.objects.get().number == 1
    assert AreaPlan.objects.get().name == "Rutland"


@pytest.mark.parametrize(
    ("address", "said", "message"),
    [
        ("count/", {"year": "2030", "count": "5"}, "is not over"),
        ("count/", {"year": "2022", "count": ""}, "Give the number of offences"),
        ("cost/act/", {"low": "5", "central": "3", "high": "9", "year": "2024"}, "The low figure may not be above"),
        ("cost/act/", {"low": "five", "central": "3", "high": "9", "year": "2024"}, "Enter a number, such as 1500"),
    ],
)
def test_a_count_or_a_price_that_cannot_be_is_refused_before_it_is_looked_at(
    lead: Client, address: str, said: dict[str, str], message: str
) -> None:
    answer = lead.post(AREA + address, said | {"do": "show"})
    assert answer.status_code == 422
    assert message in text_of(answer)


def test_a_look_asks_for_no_reason_and_saving_does(lead: Client) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    bare = {"year": "2026", "version": "1", "referrals": "90", "name": "Rutland", "reason": ""}
    assert lead.post(plan + "change/", bare | {"do": "show"}).status_code == 200
    refused = lead.post(plan + "change/", bare | {"do": "save"})
    assert refused.status_code == 422
    assert "Say why the plan is as it is" in text_of(refused)


def test_a_look_after_which_a_colleague_saved_does_not_take_the_place_of_what_they_saved(lead: Client) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    mine = {"year": "2026", "version": "1", "referrals": "90"}
    assert (
        lead.post(plan + "change/", SAID | NAME | {"version": "1", "taken_on": "40", "do": "save"}).status_code == 303
    )
    shown = lead.post(plan + "change/", mine | {"do": "show"})
    assert 'name="version" value="1"' in shown.content.decode(), "the look does not stand for having read theirs"
    assert lead.post(plan + "change/", SAID | NAME | mine | {"do": "save"}).status_code == 409


def test_what_was_counted_since_a_version_was_saved_is_named_as_moving_the_numbers_too(lead: Client) -> None:
    plan = saved(lead, "/roll-out/plans/new/?area=E23000038", name="Wiltshire")
    given = {"year": "2022", "count": "1400", "source": "Wiltshire Police"}
    assert lead.post(AREA + "count/", given).status_code == 303
    same = {"year": "2026", "version": "1"}
    said = text_of(lead.post(plan + "change/", same | {"do": "show"}))
    assert "Something else moves the numbers too" in said
    assert "Stalking offences that the police record" in said


def test_what_breaks_and_when_is_named_where_it_begins_moves_or_ends(lead: Client) -> None:
    plan = saved(lead, "/roll-out/plans/new/?area=E23000004", name="Merseyside")
    lead.get(plan)
    breaks = re.compile(
        r"What breaks: [A-Z][^:,]+, from month \d+ on\. Over 20 working days of work lie waiting there\."
    )
    was = breaks.findall(text_of(lead.get(plan)))
    assert was, "the page of the plan says it with its month"
    asked = {"year": "2026", "version": "1", "do": "show"}
    more = text_of(lead.post(plan + "change/", asked | {"taken_on": "40"}))
    begins = [one for one in breaks.findall(more) if f"With the change {one}" in more]
    assert begins
    assert all(f"No longer so with the change {one}" in more for one in was), "it begins sooner"
    less = text_of(lead.post(plan + "change/", asked | {"taken_on": "10"}))
    assert all(f"No longer so with the change {one}" in less for one in was)


@pytest.mark.parametrize(
    ("of", "change", "says"),
    [
        (200, 100, "50% more"),
        (200, -50, "25% less"),
        (-200, 92, "46% nearer to nought"),
        (-200, -92, "46% further below nought"),
        (-200, 300, "it is below nought now"),
        (200, -300, "it would be below nought"),
        (0, 300, "it is nought now"),
    ],
)
def test_a_share_of_what_is_below_nought_is_said_as_nearer_or_further(of: int, change: int, says: str) -> None:
    assert area_moves._share(change, of) == says


def test_a_count_that_is_looked_at_names_the_one_that_it_would_replace_and_whose_it_is(lead: Client) -> None:
    def said(year: int) -> str:
        return text_of(lead.post(AREA + "count/", {"year": str(year), "count": "1400", "do": "show"}))

    assert "Stalking offences recorded in 2021/22: 396 (published) to 1,400." in said(2021)
    assert re.search(r"in 2022/23: no count \(foretold between \d+ and [\d,]+\) to 1,400\.", said(2022))
    given = {"year": "2022", "count": "1500", "source": "Wiltshire Police"}
    assert lead.post(AREA + "count/", given).status_code == 303
    assert "Stalking offences recorded in 2022/23: 1,500 (Wiltshire Police) to 1,400." in said(2022)


def test_nothing_changed_moves_nothing_and_says_so(lead: Client) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    said = text_of(lead.post(plan + "change/", {"year": "2026", "version": "1", "do": "show"}))
    assert "No number moves." in said
    assert "These do not move: Stalking offences that the police record; " in said


def test_while_it_is_worked_out_the_look_says_how_far_and_keeps_what_was_typed(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    page_of(lead, plan)
    monkeypatch.setattr(area_answer, "AT_ONCE", 0)
    monkeypatch.setattr("fourfold.web.area_moves.AT_ONCE", 0)
    begun: list[Any] = []
    monkeypatch.setattr(long_work, "begin", begun.append)
    asked = {"year": "2026", "version": "1", "referrals": "90", "reason": "Half a reason", "do": "show"}
    waits = lead.post(plan + "change/", asked)
    assert "This is being worked out" in text_of(waits)
    assert "Nothing that you typed is lost" in text_of(waits)
    assert 'value="Half a reason"' in waits.content.decode()
    assert "Referrals to the unit 35 " in text_of(waits), "what would come is there at once"
    assert len(begun) == 1, "the plan as it is was worked out for its page"
    begun.pop()()
    assert "What moved most stands first" in text_of(lead.post(plan + "change/", asked))
    assert not begun


def test_the_page_of_a_saved_change_does_not_work_out_again_what_the_look_did(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    page_of(lead, plan)
    asked = {"year": "2027", "version": "1", "taken_on": "40", "referrals": "90"}
    look(lead, plan + "change/", asked)
    assert lead.post(plan + "change/", SAID | NAME | asked | {"do": "save"}).status_code == 303
    monkeypatch.setattr(long_work, "begin", lambda _: pytest.fail("worked out twice"))
    assert "How long people would wait" in text_of(lead.get(plan))


@pytest.mark.parametrize(
    ("asked", "leads_to"), [("E23000004", True), ("Merseyside", True), ("merseyside", True), ("Mersyside", False)]
)
def test_an_address_that_names_an_area_leads_there_and_a_misspelt_one_names_the_nearest(
    lead: Client, asked: str, leads_to: bool
) -> None:
    answer = lead.get("/roll-out/", {"area": asked})
    if leads_to:
        assert answer["Location"] == "/roll-out/E23000004/"
    else:
        assert "There is no police force area 'Mersyside'. Did you mean Merseyside" in html.unescape(text_of(answer))


def test_no_percentage_of_four_digits_is_written_without_its_comma(lead: Client) -> None:
    """One tenth of a psychologist for all of Merseyside: 8506% of their time was needed."""
    team = {"officers": "3", "psychologists": "0.1", "outreach": "6", "advocates": "6"}
    asked = team | {"model": "cheshire", "policy": "highest_first", "percent": "90", "within": "10"}
    said = text_of(lead.get("/roll-out/E23000004/team/", asked))
    few = model(lead, **team)
    plan = saved(lead, "/roll-out/plans/new/?area=E23000004", name="Merseyside", site_model=few, referrals="1000")
    said += text_of(lead.get(plan)) + text_of(lead.get(plan + "recommendation.html"))
    address = f"/roll-out/site-models/{few}/beside/"
    said += text_of(lead.get(address, {"other": "cheshire", "area": "E23000004"}))
    assert re.search(r"\d,\d{3}%", said)
    assert re.findall(r"\d{4,}%", said) == []


def test_a_plan_of_an_older_release_or_of_a_district_that_is_gone_is_looked_at_or_refused_in_words(
    lead: Client,
) -> None:
    plan = saved(lead, RUTLAND, **NAME)
    asked = {"year": "2026", "version": "1", "referrals": "90", "do": "show"}
    AreaPlanVersion.objects.update(assumed={"crystal": 3, "taken_on": 40}, release="0.1.9")
    shown = lead.post(plan + "change/", asked)
    assert shown.status_code == 200
    assert "Percentage of referrals that the unit takes on: 40 to 32, as counted." in text_of(shown)
    AreaPlan.objects.update(area="", districts=["E06009999"])
    refused = lead.post(plan + "change/", asked)
    assert refused.status_code == 422
    assert "There is no district" in html.unescape(text_of(refused))
