"""A professional completes a first-line tool and a structured judgement on a phone's width with the keyboard alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import SignIn, account_of, enter_code, too_wide, violations

pytestmark = pytest.mark.browser
SMALL = {"width": 320, "height": 700}
#: Where another than the first answer is chosen: how often the arrow is pressed.
ARROWS = {"motive": 1, "prioritisation": 3}
ACTIVE = """() => {
  const e = document.activeElement;
  return {tag: e.tagName, type: e.type || "", name: e.name || "", text: (e.textContent || "").trim(),
          value: e.value || "", shown: e.checkVisibility() && e.getBoundingClientRect().width > 0};
}"""


def focused(page: Page) -> dict[str, Any]:
    """What has the focus now."""
    found: dict[str, Any] = page.evaluate(ACTIVE)
    return found


def tab_to(page: Page, words: str, *, tag: str = "A") -> None:
    """Press Tab until a link or a button of these words has the focus; it must be there to be seen."""
    for _ in range(400):
        page.keyboard.press("Tab")
        now = focused(page)
        if now["tag"] == tag and now["text"] == words:
            assert now["shown"], f"“{words}” has the focus and is not to be seen"
            return
    raise AssertionError(f"Tab never came to “{words}” on {page.url}")


def follow(page: Page, words: str, *, tag: str = "A") -> None:
    """Come to a link or button by Tab and press Enter."""
    tab_to(page, words, tag=tag)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def answer(page: Page, now: dict[str, Any]) -> None:
    """Answer what has the focus: choose with Space and the arrows, write with the keys."""
    if now["type"] == "radio":
        page.keyboard.press("Space")
        for _ in range(ARROWS.get(now["name"], 0)):
            page.keyboard.press("ArrowDown")
    elif now["type"] == "checkbox":
        page.keyboard.press("Space")
    elif now["name"] in ("minutes", "window_days") and not now["value"]:
        page.keyboard.type("40")
    elif now["tag"] == "TEXTAREA" or now["name"] in ("informed_by", "other_source"):
        page.keyboard.type("As told by her.")


def complete(page: Page, button: str) -> list[str]:
    """Answer every field of the form in the order of Tab, and press its button; return the names of the fields."""
    met: list[str] = []
    for _ in range(500):
        page.keyboard.press("Tab")
        now = focused(page)
        if now["tag"] == "BUTTON" and now["text"] == button:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return met
        if now["name"] and now["name"] != "q" and now["tag"] in ("INPUT", "TEXTAREA"):
            assert now["shown"], f"{now['name']} has the focus and is not to be seen"
            answer(page, now)
            met.append(now["name"])
    raise AssertionError(f"Tab never came to “{button}” on {page.url}")


def is_clean(page: Page) -> None:
    """No fault that axe finds, and nothing to be pushed sideways for."""
    assert violations(page) == [], page.url
    assert too_wide(page) <= 0, page.url


def test_a_first_line_tool_one_question_a_page(signs_in: SignIn) -> None:
    officer = signs_in("police officer", viewport=SMALL)
    page = officer.goes_to("/cases/")
    address = page.locator("a[href^='/cases/FF-']").first.get_attribute("href")
    page.goto(f"{officer.site}{address}assessment/")
    is_clean(page)
    follow(page, "First-line checklist")
    follow(page, "One question a page")
    questions = 0
    while "Last step" not in page.locator("main").inner_text():
        questions += 1
        is_clean(page)
        complete(page, "Save and continue")
        assert questions < 30
    assert questions == 16
    is_clean(page)
    complete(page, "Save and show the advice")
    said = page.locator("main").inner_text()
    assert "The form advises" in said
    assert "The level you chose before the advice" in said
    is_clean(page)
    complete(page, "Sign the assessment")
    assert "The assessment is signed." in page.locator("main").inner_text()
    is_clean(page)
    assert officer.faults == []


def test_a_structured_judgement_on_one_page_put_aside_and_gone_on_with(signs_in: SignIn) -> None:
    clinician = signs_in("mental health professional", viewport=SMALL)
    page = clinician.goes_to("/cases/")
    address = page.locator("a[href^='/cases/FF-']").first.get_attribute("href")
    page.goto(f"{clinician.site}{address}assessment/")
    follow(page, "Structured professional judgement")
    is_clean(page)
    page.locator("textarea[name=seen]").focus()
    page.keyboard.type("The officer and the file.")
    follow(page, "Save your answers", tag="BUTTON")
    assert "You can continue now, later or on another device." in page.locator("main").inner_text()
    page.goto(f"{clinician.site}{address}assessment/")
    links = page.locator("#drafts a, section:has(#drafts) a")
    words = links.first.inner_text()
    follow(page, words)
    assert page.locator("textarea[name=seen]").input_value() == "The officer and the file."
    met = complete(page, "Continue to sign")
    assert {"contact.now", "contact.earlier", "contact.relevance", "formulation", "prioritisation"} <= set(met)
    said = page.locator("main").inner_text()
    assert "Very high" in said
    assert not re.search(r"\btotal\b|\bscore\b", said.replace("no totals", ""))
    is_clean(page)
    complete(page, "Sign the assessment")
    assert "The assessment is signed." in page.locator("main").inner_text()
    is_clean(page)
    assert clinician.faults == []


def test_what_is_being_written_keeps_itself_and_outlives_the_session(signs_in: SignIn) -> None:
    outreach = signs_in("outreach worker", viewport=SMALL, apart=True)
    page = outreach.goes_to("/cases/")
    address = page.locator("a[href^='/cases/FF-']").first.get_attribute("href")
    page.clock.install()
    page.goto(f"{outreach.site}{address}assessment/new/first-line/")
    page.locator("textarea[name='threats.note']").fill("She heard it through the door.")
    page.clock.run_for(21_000)
    page.get_by_text("Saved by itself at").wait_for()
    page.context.clear_cookies()
    page.locator("textarea[name='fear.note']").fill("She sleeps elsewhere.")
    page.clock.run_for(90_000)
    page.get_by_text("You are signed out, and what you wrote is still here.").wait_for()
    page.get_by_role("button", name="Save your answers").click()
    page.wait_for_timeout(300)
    assert page.locator("textarea[name='fear.note']").input_value() == "She sleeps elsewhere."
    sign_in_beside(page, outreach.site)
    page.get_by_role("button", name="Save your answers").click()
    page.locator("#saved").wait_for()
    for name, words in (("threats", "She heard it through the door."), ("fear", "She sleeps elsewhere.")):
        assert page.locator(f"textarea[name='{name}.note']").input_value() == words


def sign_in_beside(page: Page, site: str) -> None:
    """Sign in again in another window of the same browser."""
    email, password = account_of("outreach worker")
    other = page.context.new_page()
    other.goto(f"{site}/accounts/login/")
    other.fill("input[name=login]", email)
    other.fill("input[name=password]", password)
    other.click("main button[type=submit]")
    enter_code(other)
    other.close()
