"""Two advocates open a sealed address, each in a session of their own, on a phone's width with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from fourfold.access.terms import Role
from fourfold.demo.roster import address_of
from tests.journeys.conftest import Person, SignIn
from tests.journeys.test_assessment_by_keyboard import SMALL, follow, is_clean, tab_to

pytestmark = pytest.mark.browser
WHERE = "9 Invented Mews, Nowhere"
REASON = "She was taken to hospital tonight and asked me to fetch her things."


def test_one_asks_another_says_yes_and_the_first_opens_it_once(signs_in: SignIn) -> None:
    hers = signs_in(address_of(Role.VICTIM_ADVOCATE), viewport=SMALL)
    page = hers.page
    seal(hers)
    follow(page, "Ask to open the sealed address")
    is_clean(page)
    write(page, "reason", REASON, "Ask another advocate")
    is_clean(page)
    request = page.url.removeprefix(hers.site)

    second = signs_in(address_of(Role.VICTIM_ADVOCATE, number=2), viewport=SMALL)
    second.goes_to("/")
    assert second.page.locator(f"a[href='{request}']").count() == 1
    second.goes_to(request)
    assert REASON in second.page.locator("main").inner_text()
    is_clean(second.page)
    choose_yes(second.page)
    is_clean(second.page)

    hers.goes_to(request)
    is_clean(page)
    follow(page, "Open it now, once", tag="BUTTON")
    assert WHERE in page.locator("main").inner_text()
    is_clean(page)
    hers.goes_to(request)
    assert "State\nOpened" in page.locator("main").inner_text()
    assert WHERE not in page.content()
    assert hers.faults == second.faults == []


def seal(hers: Person) -> None:
    """Seal the victim’s address on the file of the first victim on her list, and stay on that file."""
    hers.goes_to("/")
    links = hers.page.eval_on_selector_all("a[href*='/victim/']", "all => all.map(a => a.getAttribute('href'))")
    file = next(link for link in links if re.fullmatch(r"/cases/FF-[0-9A-Z]+/victim/", link))
    hers.goes_to(f"{file}address/")
    write(hers.page, "address", WHERE, "Seal it")


def write(page: Page, field: str, words: str, button: str) -> None:
    """Come to a field by Tab, write, and press the form's button."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || ''") == field:
            break
    page.keyboard.type(words)
    follow(page, button, tag="BUTTON")


def choose_yes(page: Page) -> None:
    """Choose the first answer with Space, and press the button."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || ''") == "given":
            break
    page.keyboard.press("Space")
    tab_to(page, "Answer", tag="BUTTON")
    with page.expect_navigation():
        page.keyboard.press("Enter")
