"""Signing in by an agency's own sign-in, in a browser, with a real OpenID Connect provider that has its own page and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page
from typer.testing import CliRunner

from fourfold.access import services as access
from fourfold.access.models import Account, AccountAsked, IdentityBound, Staff
from fourfold.access.terms.accounts import AccountStep
from fourfold.audit.models import Entry
from fourfold.cli.main import app
from fourfold.config.environment import Environment
from fourfold.gateways.mailroom import Mailroom
from tests import provider_elsewhere
from tests.journeys.conftest import free_port, too_wide, violations
from tests.journeys.small_site import World
from tests.journeys.windows import PHONE, WIDE, Windows
from tests.provider_elsewhere import CLIENT, SECRET, Provider

#: The library leaves its connections to be collected.
pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.filterwarnings("ignore::ResourceWarning")]
HERS, PASSWORD = 4711, "harbour lantern of the force"
NAME = "Northmoor Police"


@pytest.fixture
def provider(world: World, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The force's own provider, named in the settings, which takes *mfa* and *AAL3* for two factors."""
    back = served + reverse("openid_connect_callback", kwargs={"provider_id": "force"})
    with provider_elsewhere.running(tmp_path, free_port(), back) as provider:
        file = tmp_path / "sign-on.toml"
        file.write_text(
            f'[[sign_on]]\nid = "force"\nname = "{NAME}"\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\n'
            f'secret = "{SECRET}"\nstrong = [["amr", "mfa"], ["acr", "AAL3"]]\n'
        )
        file.chmod(0o600)
        told = settings.FOURFOLD.model_dump() | {"data_dir": tmp_path, "sign_on": file}
        monkeypatch.setattr(settings, "FOURFOLD", Environment.model_validate(told))
        apps = {"openid_connect": {"APPS": settings.FOURFOLD.apps_of_sign_on()}}
        monkeypatch.setattr(settings, "SOCIALACCOUNT_PROVIDERS", apps)
        yield provider


def signs_on(page: Page, served: str, password: str = PASSWORD) -> None:
    """Press the agency's button, and sign in on the agency's own page where it asks."""
    page.goto(f"{served}/cases/")
    assert page.url.startswith(f"{served}/accounts/login/")
    page.click(f"text=Sign in with {NAME}")
    if not page.url.startswith(served):
        page.fill("input[name=login]", f"p{HERS}")
        page.fill("input[name=password]", password)
        with page.expect_navigation():
            page.click("button[type=submit]")


def bind(world: World, code: str) -> Account:
    """Let the officer's account be opened by it, as the officer asks and their lead confirms."""
    account = Account.objects.get(staff=world.cast.officer.staff)
    officer, at = world.cast.actor("officer"), world.now
    holder = replace(officer, account=account.pk)
    access.ask_identity(actor=holder, account=account.pk, code=code, reason="Single sign-on.", at=at)
    asked = AccountAsked.objects.get(step=AccountStep.BIND, answered_at__isnull=True)
    lead, room = world.cast.actor("police_lead"), Mailroom(settings.FOURFOLD.digest_dir)
    access.answer_account(actor=lead, asked=asked.pk, given=True, mailroom=room, link=str, at=at)
    return account


def main_of(page: Page) -> str:
    return page.locator("main").inner_text()


def test_somebody_signs_in_by_their_agency_and_is_out_once_they_have_left(
    world: World, provider: Provider, served: str, windows: Windows, tmp_path: Path
) -> None:
    world.cookie_of("officer")  # the officer has an account here
    provider.knows(HERS, PASSWORD, amr=["pwd"])
    page = windows.take(apart=True)

    # nobody here knows them yet: a code, and nothing else
    signs_on(page, served)
    assert "You cannot sign in this way yet" in main_of(page)
    assert violations(page) == []
    code = page.locator("main strong").inner_text()
    page.set_viewport_size(PHONE)
    assert too_wide(page) == 0
    page.set_viewport_size(WIDE)
    account = bind(world, code)

    # one factor there is not enough here
    signs_on(page, served)
    assert page.url == f"{served}/accounts/second-factor/authenticate/"
    page.goto(f"{served}/cases/")
    assert page.url == f"{served}/accounts/second-factor/authenticate/"

    # two are, and the log says by which way in
    provider.knows(HERS, PASSWORD, amr=["pwd", "mfa"])
    page.context.clear_cookies()
    signs_on(page, served)
    assert page.url == f"{served}/cases/"
    assert Entry.objects.filter(body__contains='"strength":"sign_on"', actor=account.staff_id).exists()

    # NHS CIS2 says it by another claim
    provider.knows(HERS, PASSWORD, acr="AAL3")
    page.context.clear_cookies()
    signs_on(page, served)
    assert page.url == f"{served}/cases/"

    # the agency's nightly list says that they have left: the next request is the last
    Staff.objects.filter(pk=account.staff_id).update(staff_number="NP 0417")
    file = tmp_path / "people.csv"
    file.write_text("hr_id,email,agency,active\nnp-0417,,northmoor-police,no\n")
    assert CliRunner().invoke(app, ["accounts", "sync", str(file)]).exit_code == 0
    page.reload()
    assert "/accounts/login/" in page.url
    page.click(f"text=Sign in with {NAME}")
    assert "Ask the lead of your agency." in main_of(page)
    page.goto(f"{served}/cases/")
    assert "/accounts/login/" in page.url
    assert IdentityBound.objects.get().ended_at is None, "suspended: two people let them in again"


def test_whoever_is_ended_at_their_agency_alone_does_not_come_back_by_it(
    world: World, provider: Provider, served: str, windows: Windows
) -> None:
    world.cookie_of("officer")
    provider.knows(HERS, PASSWORD, amr=["mfa"])
    page = windows.take(apart=True)
    signs_on(page, served)
    bind(world, page.locator("main strong").inner_text())
    signs_on(page, served)
    assert page.url == f"{served}/cases/"
    provider.knows(HERS, PASSWORD, is_open=False, amr=["mfa"])
    page.goto(f"{served}/accounts/logout/")
    page.click("main button")
    signs_on(page, served)
    assert page.url.startswith(provider.issuer), "the agency's own page keeps them out"
    page.goto(f"{served}/cases/")
    assert "/accounts/login/" in page.url
