"""The professions do their part in the browser, as people do: by looking, typing and pressing, with and without script."""

from __future__ import annotations

import re

import pytest

from tests.journeys.conftest import PHONE, Person, SignIn, violations

pytestmark = pytest.mark.browser


def test_the_analyst_lets_an_allegation_leave_the_desk_without_any_script(signs_in: SignIn) -> None:
    analyst = signs_in("police analyst", script=False)
    page = analyst.goes_to("/desk/")
    page.locator("tbody a[href^='/desk/']").first.click()
    page.get_by_role("button", name="Record triage").click()
    assert "Choose how this allegation leaves the desk" in page.locator(".govuk-error-summary").inner_text()
    assert "Say why" in page.locator(".govuk-error-summary").inner_text()
    for part in ("victim", "subject"):
        for name in ("Same person", f"Not on record: add a new {part}"):
            button = page.locator(f"form:has(input[value='{part}'])").get_by_role("button", name=name)
            if button.count():
                button.first.click()
                break
    for answer in ("fixated", "obsessive", "unwanted", "repeated"):
        page.locator(f"input[name={answer}][value=yes]").check()
    page.locator("input[name=immediate_danger][value=not_known]").check()
    if page.locator("input[name=reclassification_asked]").count():
        page.locator("input[name=reclassification_asked]").check()
    page.locator("input[name=outcome][value=panel]").check()
    page.locator("textarea[name=reason]").fill("Several acts, fear, and the intervals shorten.")
    page.get_by_role("button", name="Record triage").click()
    said = page.locator("main").inner_text()
    assert "Left the desk: panel" in said
    assert "Open case FF-" in said


@pytest.mark.parametrize("profession", ["mental health professional", "outreach worker", "police officer"])
def test_a_professional_gives_a_view_before_seeing_the_others(signs_in: SignIn, profession: str) -> None:
    person = signs_in(profession, viewport=PHONE)
    page = person.goes_to("/panel/")
    address = waiting_item(person)
    page.goto(person.site + address)
    before = page.locator("main").inner_text()
    page.locator("input[name=level][value=high]").check()
    page.locator("textarea[name=position]").fill(f"The {profession} fears that the acts go on after service.")
    if page.locator("input[name=certainty]").count():
        page.locator("input[name=certainty]").first.check()
    page.locator("textarea[name=proposes]").fill("Tell her first, then serve.")
    page.get_by_role("button", name="Give my view").click()
    after = page.locator("main").inner_text()
    assert "fears that the acts go on after service" in after
    assert f"The {profession} fears" not in before
    assert violations(page) == []


def waiting_item(person: Person) -> str:
    """Return the address of an item before the panel on which the person may still give a view."""
    for sitting in re.findall(r'href="(/panel/[0-9a-f-]{36}/)"', person.page.content()):
        page = person.goes_to(sitting)
        for item in dict.fromkeys(re.findall(r'href="(/panel/items/[0-9a-f-]{36}/)', page.content())):
            person.goes_to(item)
            if person.page.locator("textarea[name=position]").count():
                return item
    raise AssertionError("no item before a panel waits for this profession")


def test_the_advocate_is_told_how_she_may_be_reached_and_records_a_contact(signs_in: SignIn) -> None:
    advocate = signs_in("victim advocate")
    page = advocate.page
    page.locator("a[href*='/victim/']").first.click()
    assert page.get_by_role("button", name="Exit this page").count()
    assert "Fourfold" not in page.title()
    page.goto(page.url.partition("/victim/")[0] + "/victim/contact/")
    page.locator("input[name=channel], select[name=channel]").first.wait_for()
    choose(page, "happened", "yes")
    choose(page, "channel", "call")
    choose(page, "outcome", "reached")
    page.locator("main form button[type=submit]").first.click()
    said = page.locator("main").inner_text()
    assert "Contact recorded" in said or "Contact stopped" in said


def choose(page: object, name: str, value: str) -> None:
    """Choose a value by radio or by list, whichever the form has."""
    radio = page.locator(f"input[name={name}][value={value}]")  # type: ignore[attr-defined]
    if radio.count():
        radio.check()
    else:
        page.locator(f"select[name={name}]").select_option(value)  # type: ignore[attr-defined]


def test_the_officer_works_by_keyboard_alone(signs_in: SignIn) -> None:
    officer = signs_in("police officer")
    page = officer.goes_to("/cases/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    reference = page.locator("a[href^='/cases/FF-']").first
    reference.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/FF-*/")
    level = page.get_by_role("link", name="Set the level")
    level.focus()
    page.keyboard.press("Enter")
    page.locator("input[name=level][value=very_high]").focus()
    page.keyboard.press("Space")
    page.locator("textarea[name=reason]").focus()
    page.keyboard.type("Two new acts in a week and a weapon seen.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert "Very high" in page.locator("main").inner_text()


def test_two_people_save_the_same_case_and_the_second_sees_both_values(signs_in: SignIn) -> None:
    officer, clinician = signs_in("police officer"), signs_in("mental health professional")
    page = officer.goes_to("/cases/?level=medium")
    address = page.locator("a[href^='/cases/FF-']").first.get_attribute("href")
    assert address is not None
    for person, level in ((officer, "high"), (clinician, "very_high")):
        person.goes_to(address + "level/")
        person.page.locator(f"input[name=level][value={level}]").check()
        person.page.locator("textarea[name=reason]").fill(f"Because of what I know: {level}.")
    for person in (officer, clinician):
        person.page.get_by_role("button", name="Set the level").click()
    clinician.page.locator("main").get_by_text(
        "Somebody else changed this case while you were writing"
    ).first.wait_for()
    said = clinician.page.locator("main").inner_text()
    assert "Somebody else changed this case while you were writing" in said
    assert "high" in said
    assert clinician.page.locator("textarea[name=reason]").input_value() == "Because of what I know: very_high."
    clinician.page.locator("input[name=level][value=very_high]").check()
    clinician.page.get_by_role("button", name="Set the level").click()
    assert "Very high" in clinician.page.locator("main").inner_text()


def test_somebody_from_another_site_finds_the_same_nothing_as_where_nothing_is(signs_in: SignIn) -> None:
    home, stranger = signs_in("unit coordinator"), signs_in("officer.london@demo.invalid")
    reference = home.goes_to("/cases/").locator("a[href^='/cases/FF-']").first.get_attribute("href")
    assert reference is not None
    home.goes_to(reference)
    shown = []
    for address in (reference, "/cases/FF-NOSUCH/"):
        answer = stranger.page.goto(stranger.site + address)
        assert answer is not None
        assert answer.status == 404
        shown.append(re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.text()))
    assert shown[0] == shown[1]
    assert "Check the address or the reference" in shown[0]
