"""She keeps an entry on a phone 320 px wide, without script, and Back shows nothing of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route

from fourfold.access.terms import Role
from fourfold.demo.roster import address_of
from tests.journeys.conftest import PHONE, Person, SignIn, too_wide, violations
from tests.journeys.windows import Windows

pytestmark = pytest.mark.browser
WORD = "plum tree"
WORDS = "He was parked across from the shop when I finished."


@pytest.fixture
def phone(windows: Windows) -> Page:
    """An old telephone: narrow, and without script."""
    page = windows.take(viewport=PHONE, script=False)
    page.route("https://www.bbc.co.uk/**", weather)
    return page


def weather(route: Route) -> None:
    """Stand in for the page to which the exit leads."""
    route.fulfill(status=200, content_type="text/html", body="<title>Weather</title><h1>Rain later</h1>")


def code_from(advocate: Person) -> str:
    """Let her advocate make a code on the file of the first victim on the day's list."""
    page = advocate.page
    advocate.goes_to("/")
    links = page.eval_on_selector_all("a[href*='/victim/']", "all => all.map(a => a.getAttribute('href'))")
    file = next(link for link in links if re.fullmatch(r"/cases/FF-[0-9A-Z]+/victim/", link))
    advocate.goes_to(f"{file}diary/link/")
    page.click("text=Make a code")
    return page.locator("main .govuk-body-l strong").inner_text()


def test_she_keeps_an_entry_without_script_and_back_shows_nothing_of_it(signs_in: SignIn, phone: Page) -> None:
    advocate = signs_in(address_of(Role.VICTIM_ADVOCATE))
    code = code_from(advocate)
    phone.goto("about:blank")
    phone.goto(f"{advocate.site}/n/")
    assert phone.title() == "My notes"
    phone.fill("#code", code.lower())
    phone.fill("#word", WORD)
    phone.click("main form >> nth=0 >> button")
    assert "Call 999" in phone.inner_text("main")
    phone.fill("#words", WORDS)
    phone.fill("#day", "today")
    phone.click("button[value=keep]")
    assert "Saved. You can see it below." in phone.inner_text("main")
    assert WORDS in phone.inner_text("main")
    phone.click("text=Exit this page")
    phone.wait_for_url("https://www.bbc.co.uk/**")
    for _ in range(8):  # however often somebody presses Back, there is a field for her word and nothing else
        if phone.go_back() is None:
            break
        assert WORDS not in phone.content()
        assert "Call 999" not in phone.content()
    phone.goto(f"{advocate.site}/n/")
    assert "Your secret word" in phone.inner_text("main")
    assert WORDS not in phone.content()


def test_three_presses_of_shift_leave_and_a_capital_letter_does_not(signs_in: SignIn, windows: Windows) -> None:
    advocate = signs_in(address_of(Role.VICTIM_ADVOCATE))
    code = code_from(advocate)
    page = windows.take(viewport=PHONE)
    page.route("https://www.bbc.co.uk/**", weather)
    page.goto(f"{advocate.site}/n/")
    page.fill("#code", code)
    page.fill("#word", WORD)
    page.click("main form >> nth=0 >> button")
    page.click("#words")
    for letter in "HELP":
        page.keyboard.press(f"Shift+{letter}")
    assert page.input_value("#words") == "HELP"
    page.keyboard.press("Shift")
    assert page.inner_text("#leaving") == "Shift, press 2 more times to exit."
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.wait_for_url("https://www.bbc.co.uk/**")
    page.goto(f"{advocate.site}/n/")
    assert "What happened?" not in page.inner_text("main")
    assert page.locator("#word").count() == 1


def test_every_page_of_hers_is_accessible_and_fits_a_phone(signs_in: SignIn, windows: Windows) -> None:
    advocate = signs_in(address_of(Role.VICTIM_ADVOCATE))
    code = code_from(advocate)
    page = windows.take(viewport=PHONE)
    wrong: list[str] = []

    def look(where: str) -> None:
        wrong.extend(f"{where}: {fault}" for fault in violations(page))
        wrong.extend([f"{where}: too wide"] if too_wide(page) > 0 else [])

    page.goto(f"{advocate.site}/n/")
    look("the field for a code")
    page.fill("#code", "wrong")
    page.click("main form >> nth=0 >> button")
    look("a wrong code")
    page.fill("#code", code)
    page.fill("#word", WORD)
    page.click("main form >> nth=0 >> button")
    look("her notes")
    page.fill("#day", "soon")
    page.click("button[value=keep]")
    look("her notes with an error")
    page.click("text=Cymraeg")
    assert page.locator("html").get_attribute("lang") == "cy"
    look("her notes in Welsh")
    assert wrong == []
