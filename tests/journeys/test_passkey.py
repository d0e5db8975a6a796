"""A passkey, from adding one to signing in with it: Chromium's own virtual authenticator answers as a phone would."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page

from fourfold.access.terms import Role
from fourfold.demo.roster import address_of
from tests.journeys.conftest import SignIn, account_of, enter_code, violations

pytestmark = pytest.mark.browser

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_an_authenticator(context: BrowserContext, page: Page) -> None:
    """Let the page's browser have an authenticator that says yes, as a finger on a sensor does."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})


def test_an_outreach_worker_adds_a_passkey_and_signs_in_with_it(signs_in: SignIn, site: str) -> None:
    who = address_of(Role.OUTREACH_WORKER, "london")  # the test closes the account: nobody else signs in with it
    named = site.replace("127.0.0.1", "localhost")  # a passkey belongs to a name; a number can have none
    hers = signs_in(who, site=named, apart=True)
    page = hers.page
    give_an_authenticator(page.context, page)

    hers.goes_to("/accounts/second-factor/webauthn/add/")
    enter_code(page, leaves="/reauthenticate/")
    page.fill("input[name=name]", "My phone")
    assert violations(page) == []
    with page.expect_navigation():
        page.click("main button")
    assert "Security key added" in page.locator("main").inner_text()

    hers.goes_to("/accounts/logout/")
    page.click("main button")
    page.goto(f"{named}/accounts/login/")
    page.fill("input[name=login]", who)
    page.fill("input[name=password]", account_of(who)[1])
    page.click("main button[type=submit]")
    assert violations(page) == []
    page.get_by_text(re.compile("passkey", re.IGNORECASE)).click()
    page.wait_for_url(f"{named}/")
    assert "Your account is not open yet" in page.locator("main").inner_text(), "the lead vouches for a factor added"
    assert hers.faults == []
