"""Twelve reports by different doors about one man and one woman, two of them to third parties: triaged once."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import PHONE, WIDE, Person, SignIn, too_wide, violations

pytestmark = pytest.mark.browser

HIM = {"name": "Tobias Rosewarne", "birth": "6 August 1975", "phone": "07700 900691"}
HER = {"name": "Ottilie Thorogood", "birth": "4 January 1987", "phone": "07700 900602"}
EMPLOYER = {"name": "Marsden Print Works"}
SCHOOL = {"name": "Hill Top Primary School"}
#: Who tells what of whom, by which door.
TOLD = (
    ("officer-2@demo.invalid", HIM, "page", "Forty messages in one night."),
    ("officer-2@demo.invalid", HIM, "page", "Flowers were left on his step."),
    ("officer-2@demo.invalid", HIM, "api", "His post was taken."),
    ("officer-2@demo.invalid", EMPLOYER, "api", "A rude message about him to his employer."),
    ("officer-3@demo.invalid", HIM, "page", "He says that she waits at the clinic."),
    ("officer-3@demo.invalid", HIM, "api", "She rang the clinic and asked for him."),
    ("officer-3@demo.invalid", HIM, "page", "His tyres were cut."),
    ("officer-3@demo.invalid", SCHOOL, "page", "She asked at his son's school when the children come out."),
    ("officer-2@demo.invalid", HIM, "page", "Calls with no number, every hour."),
    ("officer-2@demo.invalid", HIM, "api", "She stood across the road on Sunday."),
    ("officer-2@demo.invalid", HIM, "page", "A card with his new address."),
    ("officer-2@demo.invalid", HIM, "page", "She has written to his mother."),
)


def refers(person: Person, victim: dict[str, str], door: str, words: str) -> str:
    """Refer it by the page or by the API, and return the report's identifier."""
    if door == "api":
        return by_api(person, victim, words)
    page = person.goes_to("/refer/")
    page.fill("[name=words]", words)
    for part, told in (("victim", victim), ("subject", HER)):
        for column, value in told.items():
            page.fill(f"[name={part}_{column}]", value)
    if page.locator("[name=site]").count():
        page.select_option("[name=site]", index=1)
    sends(page)
    if page.locator("[name=another_event]").count():  # of the same people on the same day, as its author is asked
        page.check("[name=another_event]")
        sends(page)
    assert re.search(r"/refer/[0-9a-f-]{36}/", page.url), page.locator("main").inner_text()
    return page.url.rstrip("/").rpartition("/")[2]


def sends(page: Page) -> None:
    with page.expect_navigation():
        page.click("button:has-text('Send referral')")


def by_api(person: Person, victim: dict[str, str], words: str) -> str:
    page = person.goes_to("/refer/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    now = datetime.now(UTC).isoformat()
    body: dict[str, Any] = {
        "site": "cheshire",
        "told_at": now,
        "words": words,
        "victim": victim,
        "subject": HER,
        "another": True,
    }
    headers = {"X-CSRFToken": token, "Referer": person.site + "/refer/"}
    answer = page.request.post(f"{person.site}/api/allegations", data=body, headers=headers)
    assert answer.status == 201, answer.text()
    return str(answer.json()["id"])


def chooses(page: Page, label: str, first_letters: str) -> None:
    """Choose in a list with the keyboard alone."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(first_letters)


def is_clean(page: Page, name: str) -> None:
    """No fault that axe finds, nothing to be pushed sideways for; a picture where somebody asks for one."""
    for width in (WIDE, PHONE):
        page.set_viewport_size(width)  # type: ignore[arg-type]
        assert too_wide(page) <= 0, (name, width)
        assert violations(page) == [], (name, width)
        if folder := os.environ.get("FOURFOLD_PICTURES"):
            page.screenshot(path=str(Path(folder) / f"{name}-{width['width']}.png"), full_page=True)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def test_twelve_reports_of_one_pair_and_two_third_parties_are_triaged_once(signs_in: SignIn) -> None:
    told = [(refers(signs_in(who), victim, door, words), victim) for who, victim, door, words in TOLD]
    first = told[0][0]

    analyst = signs_in("police analyst")
    page = analyst.goes_to(f"/desk/{first}/")
    assert "waiting reports share" in page.locator("main").inner_text()
    is_clean(page, "report")
    page.get_by_role("link", name="Triage them together").click()
    assert "12 reports at the desk" in page.locator("main").inner_text()
    is_clean(page, "together")

    for identifier, victim in told:
        if victim is HIM:
            assert page.locator(f"input[name=report][value='{identifier}']").is_checked()
            continue
        box = page.locator(f"input[name=report][value='{identifier}']")
        assert not box.is_checked(), "nobody is taken for a victim beforehand"
        box.focus()
        page.keyboard.press("Space")
        reference = page.locator(f"label[for='{box.get_attribute('id')}']").inner_text().strip()
        chooses(page, f"Victim of {reference}", "Third party: e" if victim is EMPLOYER else "Third party: s")

    page.get_by_label("I have compared the people of these reports").focus()
    page.keyboard.press("Space")
    page.get_by_label("Panel", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_label("Why?").focus()
    page.keyboard.type("One woman, one man, twelve acts told by three people.")
    page.get_by_role("button", name="Record one outcome for all").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".govuk-error-summary")
    assert "Say what is done about it." in page.locator(".govuk-error-summary").inner_text()
    is_clean(page, "refused")

    page.get_by_label("Ask the force to reclassify each of these").focus()
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.get_by_role("button", name="Record one outcome for all").focus()
        page.keyboard.press("Enter")

    assert re.search(r"/cases/FF-[0-9A-Z]+/\?done=triaged$", page.url)
    said = page.locator("main").inner_text()
    assert "Marsden Print Works: employer or colleague (1 report)" in said
    assert "Hill Top Primary School: school or nursery (1 report)" in said
    assert "12 of 12" in said
    is_clean(page, "case")
    case = page.url

    page = analyst.goes_to(f"/desk/{told[3][0]}/")
    assert "Marsden Print Works, third party: employer or colleague" in page.locator("main").inner_text()
    assert "new victim" not in page.locator("main").inner_text().replace("This is no new victim", "")
    is_clean(page, "third-party")
    for name in (EMPLOYER["name"], SCHOOL["name"]):
        page = analyst.goes_to(f"/find/?q={name.replace(' ', '+')}")
        assert "Victim" not in page.locator("main table").all_inner_texts(), "0 new victims"
    assert case
    assert not [fault for fault in analyst.faults if "422" not in fault]
