"""The classic failure, undone: somebody at the desk finds the woman of 125 reports in one search, on a screen and a phone."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import PHONE, WIDE, SignIn, violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("viewport", "typed"), [(WIDE, "thackaby"), (PHONE, "Rosamund Thackerby")])
def test_one_search_finds_125_reports_that_nobody_joined(
    signs_in: SignIn, viewport: dict[str, int], typed: str
) -> None:
    analyst = signs_in("police analyst", viewport=viewport, script=False)
    page = analyst.goes_to("/desk/")
    page.fill("#find", typed)
    page.press("#find", "Enter")
    found = page.get_by_role("link", name="125 reports")
    assert found.count() == 1
    found.click()
    assert page.locator("h1").inner_text().startswith("125 reports about Rosamund Thackerby")
    said = page.locator("main").inner_text()
    for reason in ("125 occasions in", "reported by 2 forces or partners", "the recording rule expects stalking"):
        assert reason.lower() in said.lower(), reason
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert not analyst.faults


def test_her_page_and_the_desks_lists_are_accessible(signs_in: SignIn) -> None:
    analyst = signs_in("police analyst")
    page = analyst.goes_to("/desk/mis-recorded/")
    first = page.locator("main table a").first.get_attribute("href")
    assert first is not None
    for address in ("/desk/mis-recorded/", first, "/desk/serial/", "/desk/escalating/", "/desk/quiet/"):
        assert violations(analyst.goes_to(address)) == [], address
