"""The programme lead makes, changes, compares and releases a plan for an area, with the keyboard alone, on two widths."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from playwright.sync_api import Page

from fourfold.web import long_work
from tests.journeys.conftest import PHONE, WIDE
from tests.journeys.small_site import World
from tests.journeys.test_assessment_by_keyboard import focused, follow, is_clean

pytestmark = pytest.mark.browser


def test_a_plan_is_made_changed_compared_and_released(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = world.people("lead")
    page = lead.page
    lead.types_address("/roll-out/")
    types(page, area="Merseyside")
    follow(page, "Show what to expect", tag="BUTTON")
    follow(page, "Save a plan for Merseyside")
    types(page, name="Merseyside, as counted", reason="What is known today")
    follow(page, "Save the plan", tag="BUTTON")
    lead.reads("You have saved the plan", "Nothing is assumed in this plan")
    is_clean_on_both(page)

    lead.types_address("/roll-out/E23000005/")
    follow(page, "Save a plan for Greater Manchester")
    types(page, name="Greater Manchester, careful", referrals="80", reason="Begin small")
    follow(page, "Save the plan", tag="BUTTON")
    follow(page, "Change the plan")
    types(page, taken_on="40")
    beside: list[Thread] = []

    def begin(work: Callable[[], None]) -> None:
        beside.append(Thread(target=work, daemon=True))
        beside[-1].start()

    monkeypatch.setattr(long_work, "begin", begin)
    looks(page, beside)
    lead.reads("What moved most stands first", "Cases that the unit takes on", "Cost a year", "full-time posts")
    is_clean_on_both(page)
    types(page, reason="As the panel asked")
    follow(page, "Save as the next version", tag="BUTTON")
    lead.reads("You have saved the next version", "32, as counted to 40")

    lead.types_address("/roll-out/E23000005/count/")
    types(page, year="2023", count="9000")
    looks(page, beside)
    lead.reads("What moved most stands first", "recorded in 2023/24: no count (foretold between")
    is_clean_on_both(page)

    lead.types_address("/roll-out/plans/")
    is_clean_on_both(page)
    checks(page, "plan", 2)
    follow(page, "Compare two plans", tag="BUTTON")
    lead.reads("Two plans side by side", "Merseyside, as counted", "Greater Manchester, careful")
    is_clean_on_both(page)

    follow(page, "Greater Manchester, careful")
    follow(page, "Release the recommendation")
    # Where the engine is not ready yet, the page says how far it is and asks again by itself.
    page.locator("main").get_by_text("The written rule gives: ").wait_for(timeout=300_000)
    lead.reads("The written rule gives: Begin as a test")
    is_clean_on_both(page)
    follow(page, "Release in my name", tag="BUTTON")
    lead.reads("You have released the recommendation", "released on")
    for each in beside:
        each.join()


def looks(page: Page, beside: list[Thread]) -> None:
    """Show what would change; where it is being worked out, the page says how far that is, and is asked once more when it is there."""
    follow(page, "Show what would change", tag="BUTTON")
    while page.get_by_role("button", name="Look again").count():
        page.locator("main").get_by_text("Nothing that you typed is lost").wait_for()
        is_clean_on_both(page)
        for each in beside:
            each.join()
        follow(page, "Look again", tag="BUTTON")


def is_clean_on_both(page: Page) -> None:
    """No fault that axe finds, and nothing to be pushed sideways for, wide and on a phone."""
    for viewport in (PHONE, WIDE):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        is_clean(page)


def types(page: Page, **values: str) -> None:
    """Come to each field by Tab and write into it, or choose by its first letters; each must be there to be seen."""
    for name, value in values.items():
        for _ in range(200):
            page.keyboard.press("Tab")
            now = focused(page)
            if now["name"] == name:
                assert now["shown"], f"{name} has the focus and is not to be seen"
                page.keyboard.press("Control+A")
                page.keyboard.type(value)
                break
        else:
            raise AssertionError(f"Tab never came to “{name}” on {page.url}")


def checks(page: Page, name: str, count: int) -> None:
    """Come to boxes of a name by Tab and check them with Space."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if focused(page)["name"] == name:
            page.keyboard.press("Space")
            count -= 1
        if not count:
            return
    raise AssertionError(f"Tab never came to so many of “{name}” on {page.url}")
