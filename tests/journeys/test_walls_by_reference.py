"""The desk says that somebody is known to staff; a governance lead, who opens no file, finds it and sets a wall."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import SignIn
from tests.journeys.test_assessment_by_keyboard import SMALL, is_clean

pytestmark = pytest.mark.browser


def test_what_the_desk_asks_for_becomes_a_wall(signs_in: SignIn) -> None:
    desk = signs_in("police analyst")
    desk.goes_to("/desk/")
    desk.page.locator("tbody a[href^='/desk/']").last.click()
    desk.page.locator("input[name=known_to_staff][value=yes]").check()
    desk.page.get_by_role("button", name="Record triage").click()
    if desk.page.locator(".govuk-error-summary").count():  # what is asked is kept only with the triage
        desk.page.locator("input[name=outcome][value=advice_only]").check()
        desk.page.locator("textarea[name=reason]").fill("One act, no fear, and another service is nearer.")
        desk.page.get_by_role("button", name="Record triage").click()

    lead = signs_in("governance lead", viewport=SMALL)
    lead.goes_to("/oversight/")
    lead.page.get_by_role("link", name="Walls").click()
    is_clean(lead.page)
    lead.page.locator("main a[href^='/oversight/walls/about/']").first.click()
    is_clean(lead.page)
    lead.page.locator("select[name=staff]").select_option(index=1)
    lead.page.locator("textarea[name=reason]").fill("The subject is a cousin.")
    lead.page.get_by_role("button", name="Set the wall").click()
    assert "The wall was set." in lead.page.locator("main").inner_text()
    is_clean(lead.page)
    assert lead.faults == []
