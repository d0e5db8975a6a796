"""Filling in: kept at any moment, gone on with elsewhere, every kind of question without script, nothing typed is lost."""

from __future__ import annotations

import json
import re
from html import unescape
from time import process_time
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.test import Client

from fourfold.assessment import instruments, queries, services
from fourfold.assessment.models import Answer, Assessment, Draft
from fourfold.assessment.rules import branching
from fourfold.assessment.rules.sheets import sheet
from fourfold.assessment.terms import Answer as Given
from fourfold.cases.models import Case
from fourfold.web import clock, filling, form_paging
from tests.assessment.fhir.forms import ask, group, read
from tests.assessment.fhir.forms import form as questionnaire
from tests.cast import NOW, Cast
from tests.chance import without_chance
from tests.panel.scene import open_case, wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
FORM = instruments.load("first-line")


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


def new(case: Case, instrument: str = "first-line") -> str:
    return f"/cases/{case.reference}/assessment/new/{instrument}/"


_keys = iter(range(10**6))


def send(client: Client, address: str, go: str = "save", **said: Any) -> Any:
    """Send a page of the form, as its button does."""
    return client.post(address, {"go": go, "once": f"key-{next(_keys)}", **said})


def kept(answer: Any) -> str:
    """Where a form leads that was kept."""
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    return str(answer["Location"])


def path(address: str) -> str:
    return address.partition("?")[0]


def fields(page: str) -> dict[str, list[str]]:
    """What stands in the fields of a page: what is chosen, ticked or written."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if said.get("name"):
            found.setdefault(said["name"], []).append(unescape(said.get("value", "")))
    for name, words in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)</textarea>', page):
        found.setdefault(name, []).append(unescape(words))
    return {name: [word for word in words if word] for name, words in found.items() if any(words)}


def shown(client: Client, address: str) -> dict[str, list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return fields(answer.content.decode())


def latest() -> Draft:
    return Draft.objects.unscoped("test").get(revised_by__isnull=True)


# ---- kept at any moment -------------------------------------------------------------------------------------------


def test_a_half_filled_form_is_saved_and_found_from_the_day_and_from_the_case(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    address = kept(send(client, new(case), threats="yes", **{"threats.note": "“You will see”"}, sources="police_file"))
    for page in ("/", f"/cases/{case.reference}/assessment/"):
        assert path(address) in client.get(page).content.decode()
    assert "Finish: First-line checklist" in client.get("/").content.decode()
    again = signed_in("officer")  # another device
    said = shown(again, address)
    assert (said["threats"], said["threats.note"], said["sources"]) == (["yes"], ["“You will see”"], ["police_file"])
    assert "Saved" in again.get(address).content.decode()


def test_saving_shows_no_advice_and_the_alerts_of_the_day_at_once(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    said = client.get(kept(send(client, new(case), threats="yes"))).content.decode()
    assert "The form advises" not in said
    assert "tell a supervisor today" in said
    assert latest().advice_seen is False


def test_what_cannot_be_read_is_kept_too_and_said(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    address = kept(send(client, new(case), threats="perhaps", minutes="about an hour", **{"as_at-day": "33"}))
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "is not an answer to “Threats”" in unescape(page)
    assert "Enter a whole number from 0 to 1,440" in page
    said = fields(page)
    assert (said["minutes"], said["as_at-day"]) == (["about an hour"], ["33"])
    assert latest().unread == {"threats": "perhaps", "minutes": "about an hour", "as_at-day": "33", "level": ""} or (
        latest().unread == {"threats": "perhaps", "minutes": "about an hour", "as_at-day": "33"}
    )


def test_a_form_that_is_refused_its_advice_is_kept_all_the_same(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    answer = send(client, new(case), "keep", threats="yes", minutes="long", level="medium")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert fields(page)["minutes"] == ["long"]
    assert latest().unread["minutes"] == "long"
    action = re.search(r'<form method="post" action="([^"]*/new/[^"]*)"', page)
    assert action is not None
    assert str(latest().pk) in action[1], "the page goes on with the draft that was kept"
    led = kept(send(client, action[1], "keep", threats="yes", minutes="40", level="medium"))
    assert "The form advises" in client.get(led).content.decode()
    assert (latest().minutes, latest().unread) == (40, {})


def test_a_draft_that_cannot_be_read_is_not_signed_before_it_is_mended(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    kept(send(client, new(case), "keep", threats="yes", level="medium"))
    first = latest()
    kept(send(client, f"{new(case)}{first.pk}/", threats="yes", minutes="long", level="medium"))
    answer = client.get(f"/cases/{case.reference}/assessment/draft/{latest().pk}/")
    assert answer.status_code == 302
    assert f"/new/first-line/{latest().pk}/" in answer["Location"]


def test_a_saved_form_sent_twice_is_kept_once(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    said = {"go": "save", "threats": "yes", "once": "the-same"}
    first, second = client.post(new(case), said), client.post(new(case), said)
    assert path(first["Location"]) == path(second["Location"])
    assert Draft.objects.unscoped("test").count() == 1


def test_a_draft_is_put_away(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    kept(send(client, new(case), "keep", threats="yes", level="high"))
    address = f"/cases/{case.reference}/assessment/draft/{latest().pk}/"
    assert "Take this draft off your list" in client.get(address).content.decode()
    answer = client.post(f"{address}drop/", {"once": "drop"})
    assert answer["Location"].endswith("?done=dropped")
    assert address not in client.get("/").content.decode()


@pytest.mark.parametrize("name", ["second_officer", "clinician", "olu"])
def test_nobody_else_finds_a_draft_by_its_address(signed_in: SignIn, cast: Cast, case: Case, name: str) -> None:
    address = path(kept(send(signed_in("officer"), new(case), threats="yes")))
    other = signed_in(name)
    assert other.get(address).status_code == other.post(address, {"go": "save"}).status_code == 404
    assert address not in other.get("/").content.decode()


def test_a_colleague_who_was_walled_off_meanwhile_finds_the_own_draft_no_more(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    client = signed_in("officer")
    address = path(kept(send(client, new(case), threats="yes")))
    wall_off(cast, "officer", case)
    assert client.get(address).status_code == 404


# ---- at two places ------------------------------------------------------------------------------------------------


def test_an_old_page_leads_to_where_the_form_now_stands(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    old = path(kept(send(client, new(case), threats="yes")))
    now = path(kept(send(client, old, threats="yes", fear="yes")))
    answer = client.get(f"{old}?step=3")
    assert answer["Location"] == f"{now}?step=3"


def test_two_windows_that_changed_different_questions_are_one_form(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    old = path(kept(send(client, new(case), threats="yes")))
    kept(send(client, old, threats="yes", fear="yes"))
    now = kept(send(client, old, threats="yes", visits="no"))
    said = shown(client, now)
    assert (said["threats"], said["fear"], said["visits"]) == (["yes"], ["yes"], ["no"])


def test_two_windows_that_changed_the_same_question_ask_which_holds(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    old = path(kept(send(client, new(case), threats="not_known")))
    kept(send(client, old, threats="yes", **{"threats.note": "said on Monday"}))
    answer = send(client, old, threats="no", visits="yes", **{"threats.note": ""})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "You changed this form somewhere else" in page
    assert re.search(r"saved: yes.*?on this page: <strong>no</strong>", page, re.DOTALL)
    said = fields(page)
    assert (said["threats"], said["visits"], said["threats.note"]) == (["no"], ["yes"], ["said on Monday"])
    action = re.search(r'<form method="post" action="([^"]*/new/[^"]*)"', page)
    assert action is not None
    now = kept(send(client, action[1], threats="no", visits="yes", **{"threats.note": "said on Monday"}))
    assert shown(client, now)["threats"] == ["no"]


# ---- one question a page ------------------------------------------------------------------------------------------


def test_each_step_is_kept_and_can_be_gone_on_with_from_anywhere(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    assert "Question 1 of 16" in client.get(f"{new(case)}?step=0").content.decode()
    second = kept(send(client, new(case), "next", step="0", relationship="stranger"))
    assert second.endswith("?step=1&saved=yes")
    page = signed_in("officer").get(second).content.decode()
    assert "Question 2 of 16" in page
    assert "relationship" not in fields(page), "the others are on record, not carried along"
    back = kept(send(client, path(second), "back", step="1", fear="yes"))
    assert "step=0" in back
    assert shown(client, back)["relationship"] == ["stranger"]
    assert {answer["item"] for answer in latest().answers} == {"relationship", "fear"}


def test_the_browsers_back_button_loses_nothing(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    second = kept(send(client, new(case), "next", step="0", relationship="stranger"))
    kept(send(client, path(second), "next", step="1", fear="yes"))
    again = client.get(second)  # back: the browser keeps no copy and asks again
    assert shown(client, again["Location"])["fear"] == ["yes"]
    kept(send(client, path(again["Location"]), "next", step="1", fear="no"))
    given = {answer["item"]: answer["option"] for answer in latest().answers}
    assert given == {"relationship": "stranger", "fear": "no"}


def test_a_question_that_does_not_concern_the_case_is_passed_over(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    for who, next_ in (("stranger", 16), ("former_partner", 14)):
        first = kept(send(client, new(case), "next", step="0", relationship=who))
        after = kept(send(client, path(first), "next", step="13", substances="no"))
        assert f"step={next_}" in after


def test_what_cannot_be_read_keeps_the_step(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    address = kept(send(client, new(case), "next", step="1", fear="perhaps"))
    assert "step=1" in address
    assert "is not an answer to “Fear”" in unescape(client.get(address).content.decode())


def test_the_last_step_asks_for_the_level_and_how_one_came_to_it(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    first = path(kept(send(client, new(case), "next", step="0", relationship="stranger")))
    page = client.get(f"{first}?step=16").content.decode()
    assert "Last step" in page
    assert "Which level do you see in this case?" in page
    said = {
        "level": "medium",
        "sources": ["victim_in_person", "body_worn"],
        "other_source": "a shop's camera",
        "informed_by": "her, and her sister",
        "procedure": "Two conversations.",
        "limits": "He was not seen.",
        "mode": "several",
        "interpreter": "known_to_them",
        "minutes": "75",
        "as_at-day": "22",
        "as_at-month": "11",
        "as_at-year": "2026",
        "as_at-time": "14:05",
    }
    led = kept(send(client, first, "keep", step="16", **said))
    assert client.post(led, {"do": "sign", "level": "medium", "once": "sign"}).status_code == 303
    made = Assessment.objects.unscoped("test").get()
    assert made.sources == ["victim_in_person", "body_worn", "other"]
    assert (made.mode, made.interpreter, made.minutes) == ("several", "known_to_them", 75)
    assert (made.as_at.isoformat(), made.limits) == ("2026-11-22T14:05:00+00:00", "He was not seen.")
    page = client.get(f"/cases/{case.reference}/assessment/{made.pk}/").content.decode()
    for words in ("Body-worn or other video", "a shop&#39;s camera", "Somebody who knows", "22 November 2026, 14:05"):
        assert words in page


def long_form(cast: Cast, count: int) -> str:
    """Bring in a form of so many lines, of which the last must be answered; return its key."""
    items = [{"linkId": f"q{n}", "text": f"Line {n}?", "type": "string"} for n in range(1, count + 1)]
    items[-1]["required"] = True  # type: ignore[assignment]
    form = {"resourceType": "Questionnaire", "status": "active", "title": "Long", "item": items}
    raw = json.dumps(form).encode()
    made = services.import_definition(actor=cast.coordinator, site="northmoor", raw=raw, file="long.json", at=NOW)
    assert made.row is not None
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=made.row.pk, at=NOW)
    return str(made.row.key)


def test_a_long_form_is_shown_so_many_at_a_time_and_keeps_and_checks_all(
    cast: Cast, signed_in: SignIn, case: Case
) -> None:
    client, address = signed_in("officer"), new(case, long_form(cast, 70))
    first = client.get(address).content.decode()
    assert "The form has 70 questions, and is shown 25 at a time" in first
    assert "Questions 1 to 25 of 70" in first
    assert re.findall(r'name="(q\d+)"', first) == [f"q{n}" for n in range(1, 26)]
    second = kept(send(client, address, "next", step="0", q1="One", q25="Twenty-five"))
    assert "Questions 26 to 50 of 70" in client.get(second).content.decode()
    third = kept(send(client, path(second), "next", step="1", q26="Twenty-six"))
    back = kept(send(client, path(third), "back", step="2", q51="Fifty-one"))
    assert fields(client.get(back).content.decode())["q26"] == ["Twenty-six"]
    last = kept(send(client, path(back), "next", step="2"))
    shown = client.get(last).content.decode()
    assert "Last step" in shown
    answers = {
        name: said
        for name, said in fields(client.get(f"{path(last)}?step=0", follow=True).content.decode()).items()
        if said
    }
    assert (answers["q1"], answers["q25"]) == (["One"], ["Twenty-five"])
    advice = kept(send(client, path(last), "keep", step="3", level="low"))
    assert "Line 70?" in client.get(advice).content.decode(), "required, and told before anybody signs"
    settled = Mock(side_effect=branching.asked)
    with patch.object(branching, "asked", settled):
        refused = send(client, advice, "", do="sign", level="low", formulation="")
        assert refused.status_code == 422
        where = f"{new(case, 'long')}{latest().pk}/?step=2#q70"
        assert f'href="{where}"' in refused.content.decode(), "it leads to the page that asks"
        signed = send(client, advice, "", do="sign", level="low", formulation="", left_because="She had to go.")
        assert signed.status_code == 303
    assert settled.call_count < 20, "what is asked is settled once for the whole form, not for each question"


def test_a_form_that_becomes_a_long_one_or_is_none_any_more_passes_no_question_over() -> None:
    """Forty questions, five that repeat together, thirteen: 58, one at a time; 63 with one repeat, 25 at a time."""
    ahead, behind = ([ask(f"{part}{n}") for n in range(times)] for part, times in (("a", 40), ("b", 13)))
    form = read(
        questionnaire(*ahead, group("g", *(ask(f"t{n}") for n in range(5)), repeats=True), group("z", *behind))
    ).instrument
    assert form is not None
    one, two = (
        form_paging.pages_of(filling.questions(form, said)) for said in ((), (Given("t0", text="x", repeat=1),))
    )
    assert [len(one), [len(page) for page in two]] == [58, [25, 25, 13]]

    def asks(left: form_paging.Pages, step: int, pages: form_paging.Pages, going: str) -> str:
        to = form_paging.next_step(left, step, pages, sheet(form, ()), going=going, unread=())
        assert to is not None
        return " ".join(name for question in pages[to] for name in question.names)

    assert "t1-1" in asks(one, 40, two, "next"), "the question after the one that began the repeat"
    assert "a39" in asks(one, 40, two, "back")
    assert asks(two, 1, one, "next") == "b0"
    assert asks(two, 1, one, "back") == "a24"
    assert asks(two, 2, one, "back") == "t4-1"


def test_a_problem_on_another_step_is_shown_where_it_is(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    first = path(kept(send(client, new(case), "next", step="1", fear="perhaps")))
    led = kept(send(client, first, "keep", step="16", level="medium"))
    assert led.endswith("?step=1")
    assert "There is a problem" in client.get(led).content.decode()


# ---- a structured judgement ---------------------------------------------------------------------------------------


def test_a_structured_judgement_states_its_time_and_shows_no_total(signed_in: SignIn, case: Case) -> None:
    client = signed_in("clinician")
    page = client.get(new(case, "judgement")).content.decode()
    assert fields(page)["window_days"] == ["90"]
    assert fields(page)["as_at-year"] == ["2026"]
    present = {f"{item.key}.now": "present" for item in instruments.load("judgement").items if item.axes}
    led = kept(
        send(client, new(case, "judgement"), "keep", **present, prioritisation="high", **{"prioritisation.note": "x"})
    )
    draft = client.get(led).content.decode()
    client.post(led, {"do": "sign", "left": "yes", "once": "sign"})
    made = Assessment.objects.unscoped("test").get()
    assert (made.window_days, made.as_at) == (90, NOW)
    said = {f"{row.item}.{row.axis}": row.option for row in Answer.objects.unscoped("test")}
    assert said["nearness.now"] == "present"
    assert (said["nearness.earlier"], said["imminence."]) == ("omit", "omit"), "one tick answers all that was left"
    assert "absent" not in said.values(), "and none of it is a no"
    one = client.get(f"/cases/{case.reference}/assessment/{made.pk}/").content.decode()
    listed = client.get(f"/cases/{case.reference}/assessment/").content.decode()
    for page in (draft, one, listed):
        assert not re.search(r"\b(total|score|sum|points)\b", re.sub(r"no totals|no cut-offs", "", page.lower()))
    assert str(len(present)) not in re.findall(r"\d+", re.sub(r"<[^>]*>", " ", without_chance(draft)))


def test_one_scenario_more_is_there_when_the_one_before_was_begun(signed_in: SignIn, case: Case) -> None:
    client = signed_in("clinician")
    first = client.get(new(case, "judgement")).content.decode()
    assert "What could happen, 1 of up to 4" in first
    assert "What could happen, 2 of up to 4" not in first
    led = kept(send(client, new(case, "judgement"), **{"story-1": "He waits at the school."}))
    second = client.get(led).content.decode()
    assert "What could happen, 2 of up to 4" in second
    assert "What could happen, 3 of up to 4" not in second


# ---- every kind of question, brought in by a unit -----------------------------------------------------------------


def options(*codes: str) -> list[dict[str, Any]]:
    return [{"valueCoding": {"code": code, "display": code.capitalize()}} for code in codes]


ITEMS: list[dict[str, Any]] = [
    {"linkId": "intro", "type": "display", "text": "Read this first."},
    {"linkId": "garden", "type": "group", "text": "The garden", "item": [
        {"linkId": "gate", "type": "boolean", "text": "Was the gate open?"},
        {"linkId": "how", "type": "choice", "text": "How was it open?", "answerOption": options("wide", "ajar"),
         "enableWhen": [{"question": "gate", "operator": "=", "answerBoolean": True}]},
    ]},
    {"linkId": "tools", "type": "choice", "repeats": True, "text": "Which tools?",
     "answerOption": options("rake", "spade", "hoe")},
    {"linkId": "colour", "type": "open-choice", "text": "Which colour?", "answerOption": options("red", "blue")},
    {"linkId": "count", "type": "integer", "text": "How many beds?"},
    {"linkId": "width", "type": "decimal", "text": "How wide?"},
    {"linkId": "day", "type": "date", "text": "Since which day?"},
    {"linkId": "hour", "type": "time", "text": "At what hour?"},
    {"linkId": "line", "type": "string", "text": "In one line?"},
    {"linkId": "words", "type": "text", "text": "In your own words?"},
    {"linkId": "secret", "type": "string", "text": "Never shown",
     "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden", "valueBoolean": True}],
     "initial": [{"valueString": "from the start"}]},
]  # fmt: skip


@pytest.fixture
def brought(cast: Cast) -> str:
    """A form of every kind of question, imported by the unit and approved by two people; its key."""
    form = {
        "resourceType": "Questionnaire",
        "url": "http://invented.example/Questionnaire/shed",
        "version": "1",
        "name": "Shed",
        "title": "Shed and garden",
        "status": "active",
        "item": ITEMS,
    }
    made = services.import_definition(
        actor=cast.coordinator, site="northmoor", raw=json.dumps(form).encode(), file="shed.json", at=NOW
    )
    assert made.row is not None, made.foreseen.reasons
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=made.row.pk, at=NOW)
    return str(made.row.key)


def test_every_kind_of_question_is_shown_without_script(signed_in: SignIn, case: Case, brought: str) -> None:
    client = signed_in("officer")
    assert "Shed and garden" in client.get(f"/cases/{case.reference}/assessment/").content.decode()
    page = unescape(client.get(new(case, brought)).content.decode())
    for words in ("Read this first.", "The garden", "Was the gate open?", "Choose all that apply.", "Something else"):
        assert words in page
    assert re.search(r"Answer only if</strong> “Was the gate open\?” is “?\w+", page), "a condition is said in words"
    assert "Never shown" not in page
    for name in ("gate", "tools", "colour"):
        found = re.findall(rf'name="{name}" type="\w+" value="([^"]*)"', page)
        assert "absent:unknown" in found, f"not known stands beside the options of {name}"


def test_every_kind_of_answer_goes_in_and_comes_back(signed_in: SignIn, case: Case, brought: str) -> None:
    client = signed_in("officer")
    form = queries.form_page(actor=signed_in_actor(case), case_id=case.pk, instrument=brought, at=NOW).form
    codes = {scale.key: [option.code for option in scale.options] for scale in form.scales}
    yes = codes[form.item("gate").scale][0]
    said = {
        "gate": yes,
        "how": "ajar",
        "tools": ["rake", "hoe"],
        "colour.other": "green",
        "count": "3",
        "width": "2.5",
        "day": "3/5/2026",
        "hour": "14:30",
        "line": "in one line",
        "words": "Many words.",
    }
    address = kept(send(client, new(case, brought), **said))
    back = shown(client, address)
    assert back["tools"] == ["rake", "hoe"]
    assert back["colour.other"] == ["green"]
    assert back["day"] == ["2026-05-03"]
    assert (back["count"], back["width"], back["hour"]) == (["3"], ["2.5"], ["14:30"])
    led = kept(send(client, path(address), "keep", **said, level="medium"))
    assert client.post(led, {"do": "sign", "level": "medium", "once": "sign"}).status_code == 303
    made = Assessment.objects.unscoped("test").get()
    assert (made.sha256, made.instrument) == (form.sha256, brought)
    page = client.get(f"/cases/{case.reference}/assessment/{made.pk}/").content.decode()
    for words in ("Rake; Hoe", "green", "Ajar", "2026-05-03", "Many words."):
        assert words in page
    hidden = Answer.objects.unscoped("test").get(assessment=made, item="secret")
    assert (hidden.standing, hidden.text) == ("given", "from the start"), "kept, and not shown"


def signed_in_actor(case: Case) -> Any:
    from fourfold.access import queries as access_queries
    from fourfold.access.models import Staff

    staff = Staff.objects.get(name="Officer")
    return access_queries.actor_of(staff, at=NOW, session="test", strength="password+totp", purpose="casework")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"count": "many"}, "answered with a number"),
        ({"count": "2.5"}, "whole number"),
        ({"day": "33/5/2026"}, "answered with a date"),
        ({"hour": "late"}, "answered with a time"),
        ({"tools": ["rake", "absent:unknown"]}, "an answer and a reason for having none"),
        ({"gate": "perhaps"}, "is not an answer"),
    ],
)
def test_a_wrong_answer_of_any_kind_is_kept_and_said(
    signed_in: SignIn, case: Case, brought: str, said: dict[str, Any], message: str
) -> None:
    client = signed_in("officer")
    page = unescape(client.get(kept(send(client, new(case, brought), line="stays", **said))).content.decode())
    assert message in page
    back = fields(page)
    assert back["line"] == ["stays"]
    for name, words in said.items():
        if name not in ("gate",):
            assert back[name] == (words if isinstance(words, list) else [words])


@pytest.mark.parametrize("why", ["unknown", "refused"])
def test_not_known_stands_in_the_place_of_any_answer_and_is_never_no(
    signed_in: SignIn, case: Case, brought: str, why: str
) -> None:
    client = signed_in("officer")
    led = kept(send(client, new(case, brought), "keep", gate=f"absent:{why}", level="medium"))
    client.post(led, {"do": "sign", "level": "medium", "once": "sign"})
    rows = {row.item: row for row in Answer.objects.unscoped("test")}
    assert (rows["gate"].standing, rows["gate"].absent, rows["gate"].option) == ("omitted", why, "")
    assert rows["how"].standing == "omitted", "not known does not rule the next question out"


# ---- to and fro, without a page -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("3 5 2026", "2026-05-03"),
        ("3/5/2026", "2026-05-03"),
        ("03.05.2026", "2026-05-03"),
        ("3 5 2026 14.30", "2026-05-03T14:30"),
        ("2026-05-03", "2026-05-03"),
        ("33/5/2026", "2026-05-33"),
        ("in May", "in May"),
    ],
)
def test_a_day_as_people_write_it(typed: str, read: str) -> None:
    assert filling.as_moment(typed) == read


@pytest.mark.parametrize(
    "form", [form for form in instruments.catalogue() if form.is_worded], ids=lambda form: form.name
)
def test_every_shipped_form_that_is_worded_lays_out_every_place_once(form: Any) -> None:
    every = [Given(slot.item, axis=slot.axis, repeat=slot.repeat) for slot in form.slots()]
    laid = [place.slot for question in filling.questions(form, every) for place in question.places]
    assert len(laid) == len(set(laid))
    assert set(laid) == {slot for slot in form.slots() if not form.item(slot.item).hidden}


@pytest.mark.parametrize("name", ["minutes", "level", "relationship", "informed_by", "as_at-day", "setting"])
@pytest.mark.parametrize("go", ["keep", "save", "sign", ""])
def test_a_character_that_no_table_holds_makes_nothing_fail(cast: Cast, signed_in: SignIn, name: str, go: str) -> None:
    case = open_case(cast)
    sent = {"relationship": "stranger", "level": "high", "go": go, name: "a\x00b", "once": f"{name}-{go}"}
    answer = signed_in("officer").post(f"/cases/{case.reference}/assessment/new/first-line/", sent)
    assert answer.status_code < 500


def test_a_form_of_three_thousand_required_questions_is_refused_and_signed_in_time(
    cast: Cast, signed_in: SignIn, case: Case
) -> None:
    items = [{"linkId": f"q{n}", "text": f"Line {n}?", "type": "string", "required": True} for n in range(1, 3001)]
    raw = json.dumps({"resourceType": "Questionnaire", "status": "active", "title": "Long", "item": items}).encode()
    made = services.import_definition(actor=cast.coordinator, site="northmoor", raw=raw, file="long.json", at=NOW)
    assert made.row is not None
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=made.row.pk, at=NOW)
    client = signed_in("officer")
    advice = kept(send(client, new(case, "long"), "keep", step="120", level="low"))
    begun = process_time()
    assert "3,000 required questions still open" in client.get(advice).content.decode()
    shown, begun = process_time() - begun, process_time()
    signed = send(client, advice, "", do="sign", level="low", formulation="", left_because="She had to go.")
    assert signed.status_code == 303
    kept_, begun = process_time() - begun, process_time()
    assessment = Assessment.objects.unscoped("test").get()
    where = f"/cases/{case.reference}/assessment/{assessment.pk}/"
    assert client.get(where).content.decode().count("She had to go.") == 3000
    assert max(shown, kept_ / 2, process_time() - begun) < 2, (shown, kept_, process_time() - begun)
