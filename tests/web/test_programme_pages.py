"""Evaluation, roll-out and oversight in the door: who sees them, what they cost, what they say when empty."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils.timezone import localdate

from fourfold.access.models import Staff
from fourfold.gateways import underway
from fourfold.web import area_answer, clock, long_work
from tests.cast import Cast, vouched
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "welcome", "turned_away"),
    [
        ("/evaluation/", ("evaluator", "lead"), ("officer", "advocate", "administrator", "governance")),
        ("/roll-out/", ("evaluator", "lead"), ("officer", "clinician", "administrator")),
        ("/oversight/", ("governance",), ("officer", "advocate", "evaluator", "administrator")),
    ],
)
def test_each_page_is_for_its_own_professions(
    signed_in: SignIn, address: str, welcome: tuple[str, ...], turned_away: tuple[str, ...]
) -> None:
    assert [signed_in(name).get(address).status_code for name in welcome] == [200] * len(welcome)
    assert [signed_in(name).get(address).status_code for name in turned_away] == [403] * len(turned_away)


def test_an_empty_evaluation_says_what_would_fill_it(signed_in: SignIn) -> None:
    assert b"An evaluator registers a question" in signed_in("evaluator").get("/evaluation/").content


def test_an_area_is_chosen_and_planned_for(signed_in: SignIn) -> None:
    client = signed_in("lead")
    assert client.get("/roll-out/?area=E23000032", follow=True).status_code == 200
    said = client.get("/roll-out/E23000032/").content.decode()
    assert "Kent should plan for about" in said
    assert "missing" not in said.split("What is not known yet")[0]


def test_an_area_shows_what_was_counted_what_is_foretold_and_how_well_that_went(signed_in: SignIn) -> None:
    said = text_of(signed_in("lead").get("/roll-out/E23000005/"))
    assert "2019/20 not known" in said
    assert "2020/21 4,701" in said
    assert "The recording rule changed in April 2020" in said
    assert "lay within the range in 40 of 43 forces" in said
    tried = text_of(signed_in("lead").get("/roll-out/back-test/"))
    assert "40 of 43 forces: 93%. It should be nine in ten." in tried
    assert tried.index("Greater Manchester") < tried.index("Cheshire"), "what did not hold stands first"


def test_districts_of_two_forces_are_planned_for_together(signed_in: SignIn) -> None:
    client = signed_in("lead")
    form = client.get("/roll-out/districts/").content.decode()
    assert "Warrington" in form
    assert "All of Cheshire" in form
    ids = re.findall(r' id="([^"]+)"', form)
    assert len(set(ids)) == len(ids), "each label is that of its own box"
    said = text_of(client.get("/roll-out/districts/?district=E06000007&district=E08000012"))
    assert "Liverpool and Warrington should plan for about" in said
    assert "Offences by district: no count is known" in said
    assert client.get("/roll-out/districts/?district=E06000007&district=nonsense").status_code == 404
    for address in ("/roll-out/districts/", "/roll-out/plans/new/", "/roll-out/districts/number/cost/"):
        ended = client.get(f"{address}?district=E07000026")
        assert ended.status_code == 404
        assert "Allerdale (E07000026) was a district until April 2023. It is a part of Cumberland now" in text_of(ended)
    assert "There is no police force area" in text_of(client.get("/roll-out/E23000099/"))


def test_a_forces_own_count_stands_with_who_gave_it_and_moves_what_is_foretold(signed_in: SignIn) -> None:
    client = signed_in("lead")
    before = text_of(client.get("/roll-out/E23000032/"))
    assert "2025/26 not known" in before
    sent = {"year": "2025", "count": "9000", "source": "Kent Police, letter of 3 June 2026", "once": "own"}
    assert client.post("/roll-out/E23000032/count/", sent)["Location"].endswith("?done=counted")
    tried = text_of(client.get("/roll-out/back-test/"))
    assert "Of 3 counts that single forces published since, or gave here, 2 lay within" in tried
    assert re.search(r"Kent 2025/26 [\d,]+ [\d,]+ to [\d,]+ 9,000 No Kent Police, letter of 3 June 2026", tried)
    assert re.search(r"Wiltshire 2023/24 [\d,]+ 219 to 1,298 566 Yes Wiltshire Police", tried)
    after = text_of(client.get("/roll-out/E23000032/?done=counted"))
    assert "2025/26 9,000 counted, not foretold none Kent Police, letter of 3 June 2026" in after
    assert first_number(after) > first_number(before)
    corrected = sent | {"count": "4000", "once": "again"}
    assert client.post("/roll-out/E23000032/count/", corrected)["Location"].endswith("?done=counted")
    assert "2025/26 4,000" in text_of(client.get("/roll-out/E23000032/"))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"year": ""}, "Choose the year"),
        ({"year": "2026"}, "2026/27 is not over. Give the count of a whole year."),
        ({"year": "2019"}, "Recording changed in April 2020"),
        ({"count": ""}, "Give the number of offences"),
        ({"count": "-4"}, "Enter"),
        ({"source": ""}, "Say who gives this number, or where it is published"),
    ],
)
def test_a_count_that_cannot_be_one_is_refused_at_its_field(
    signed_in: SignIn, wrong: dict[str, str], says: str
) -> None:
    sent = {"year": "2025", "count": "9000", "source": "Kent Police", "once": "own"} | wrong
    answer = signed_in("lead").post("/roll-out/E23000032/count/", sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert signed_in("lead").get("/roll-out/E99/count/").status_code == 404


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def first_number(said: str) -> int:
    """Return the offences that an area's page expects."""
    found = re.search(r"Stalking offences that the police record ([\d,]+)", said)
    assert found
    return int(found[1].replace(",", ""))


TEAM = {"officers": "3", "psychologists": "3", "outreach": "6", "advocates": "6", "model": "cheshire",
        "policy": "highest_first", "percent": "90", "within": "10"}  # fmt: skip


def test_a_team_is_played_and_the_one_that_is_needed_is_found(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("lead")
    begun = client.get("/roll-out/E23000006/team/").content.decode()
    assert 'name="psychologists"' in begun
    assert "an assumption of this programme" in begun
    caches["worked_out"].clear()
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    monkeypatch.setattr(area_answer, "AT_ONCE", 0)
    waits = client.get("/roll-out/E23000006/team/", TEAM)
    assert "This is being worked out" in text_of(waits), "nothing was said while the engine was made ready"
    assert waits["Refresh"] == "4"
    answer = client.get("/roll-out/E23000006/team/", TEAM)
    said = text_of(answer)
    assert "are assessed within 10 working days" in said
    assert "Assessment" in said
    assert "Teams that reach it" in said
    assert "Compared with the cheapest team" in said
    links = re.findall(r'href="(/roll-out/E23000006/team/number/[^"]+)"', answer.content.decode())
    keys = {link.split("/number/")[1].split("/")[0] for link in links}
    asked = {"in_time", "pay-today", "pay-0", "pay-week-1", "used-officers", "waiting-triage-6", "waiting-therapy-24"}
    assert (asked - keys, len(keys) >= 40) == (set(), True), keys
    for amount in re.findall(r"£([\d,]+)", said):
        assert set(amount.replace(",", "")[3:]) <= {"0"}, "pay is said to three figures, as every other amount of money"
    client.get(html.unescape(links[0]))
    for link in links:
        number = text_of(client.get(html.unescape(link)))
        assert "The chance of at most so much" in number, link
        assert "The steps add up exactly" in number, link
    assert client.get("/roll-out/E23000006/team/number/cost/", TEAM).status_code == 404
    assert client.get("/roll-out/E23000006/team/number/in_time/").status_code == 404
    few = TEAM | {"psychologists": "0.1"}
    client.get("/roll-out/E23000006/team/", few)
    crowded = text_of(client.get("/roll-out/E23000006/team/", few))
    assert "Forensic psychologists: the work that comes fills" in crowded
    assert re.search(r"Compared with the cheapest team: .*Forensic psychologists [\d.]+ too few", crowded)
    assert "grows without end" in crowded
    assert "Take care Forensic psychologists: 0.1 of a post. One absence leaves nobody" in crowded


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"officers": "0"}, "a unit without any cannot do this work"),
        ({"officers": "-3"}, "give posts from 0.1 to 200"),
        ({"officers": "many"}, "Give full-time posts as a number"),
        ({"within": "0"}, "within"),
    ],
)
def test_a_team_that_cannot_be_stays_typed_with_the_reason(signed_in: SignIn, wrong: dict[str, str], says: str) -> None:
    answer = signed_in("lead").get("/roll-out/E23000006/team/", TEAM | wrong)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert signed_in("officer").get("/roll-out/E23000006/team/").status_code == 403
    for page in ("", "team/", "cost/", "cost/number/cost/", "team/number/in_time/"):
        answer = signed_in("lead").get(f"/roll-out/Mersyside/{page}")
        assert answer.status_code == 404
        assert "Did you mean Merseyside" in text_of(answer), "the page named no near name, and the command did"
    assert "Choose one from the list" in text_of(signed_in("lead").get("/roll-out/E99/team/"))


def test_a_recommendation_sent_twice_is_kept_once(signed_in: SignIn) -> None:
    from fourfold.rollout.models import Recommendation

    client = signed_in("lead")
    for _ in range(2):
        answer = client.post("/roll-out/E23000032/recommend/", {"once": "a-key"})
        assert answer.status_code == 303
    assert Recommendation.objects.count() == 1


def test_a_recommendation_that_nobody_sent_is_not_said_to_be_recorded(signed_in: SignIn) -> None:
    said = signed_in("lead").get("/roll-out/E23000032/recommend/", follow=True).content.decode()
    assert "You have recorded the recommendation" not in said


def test_an_unknown_area_is_not_there(signed_in: SignIn) -> None:
    assert signed_in("lead").get("/roll-out/E99/").status_code == 404


@pytest.mark.usefixtures("done_beside")
def test_oversight_shows_refusals_with_the_rule_and_can_check_the_log(signed_in: SignIn, cast: Cast) -> None:
    officer, governance = signed_in("officer"), signed_in("governance")
    officer.get("/evaluation/")
    vouched(cast)  # what the cast made past the services
    assert governance.post("/oversight/check/").status_code == 303
    assert "The log is intact" in governance.get("/oversight/check/", follow=True).content.decode()
    said = governance.get("/oversight/?operation=refusal").content.decode()
    assert "role" in said
    assert "The log was intact at the last check" in said
    Staff.objects.filter(pk=cast.officer.staff).update(name="Somebody else")  # past the services
    governance.post("/oversight/check/")
    assert "The log is not intact. First problem" in governance.get("/oversight/").content.decode()
    assert officer.post("/oversight/check/").status_code == 403
    for ended, says in (
        ("", b"This did not end"),
        (f"{underway.SAID}Your role does not include oversight.", b"Your role"),
    ):
        underway.file_of("check").write_text(ended)
        assert b"Check the whole log now" in governance.get("/oversight/").content, (
            "whatever came of it, it can be asked again"
        )
        page = governance.get("/oversight/check/").content
        assert says in page
        assert b"Begin again" in page


def test_the_log_is_searched_by_person_and_by_day(signed_in: SignIn, cast: Cast) -> None:
    """Whose device was lost, and what was read with it since: by name, and by the day in London."""
    governance = signed_in("governance")
    signed_in("officer").get("/cases/")
    signed_in("advocate").get("/cases/")
    today = localdate(clock.now())

    def who(**asked: object) -> set[str]:
        page = governance.get("/oversight/", asked).content.decode()
        return set(re.findall(r'<th [^>]*scope="row" class="govuk-table__header"><a [^>]*>([^<]*)</a>', page))

    assert {"Officer", "Advocate"} <= who()
    assert who(person="fficer") == {"Officer"}
    assert who(person="officer", day=f"{today:%d/%m/%Y}") == {"Officer"}
    assert who(person="officer", day=f"{today + timedelta(days=1):%d/%m/%Y}") == set()
    assert who(person="Nobody of this name") == set()
    assert who(person="officer", day="31/12/9999") == who(person="officer", day="1/1/0001") == set()
    page = governance.get("/oversight/", {"person": "officer", "day": "31/2/2026"}).content.decode()
    assert "Enter a real date" in page
    assert 'value="31/2/2026"' in page


def test_a_page_with_data_leaves_exactly_one_entry(signed_in: SignIn) -> None:
    from fourfold.audit.models import Entry

    client: Client = signed_in("lead")
    before = Entry.objects.filter(operation="consultation").count()
    client.get("/roll-out/E23000032/")
    assert Entry.objects.filter(operation="consultation").count() == before + 1
