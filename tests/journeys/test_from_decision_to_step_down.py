"""From the panel's decision to a step-down, on a phone's width with the keyboard alone: each form refused, then taken."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Person, SignIn
from tests.journeys.test_assessment_by_keyboard import SMALL, complete, focused, follow, is_clean

pytestmark = pytest.mark.browser
LONDON = ZoneInfo("Europe/London")
PROFESSIONS = ("police officer", "mental health professional", "outreach worker", "victim advocate")
SUMMARY = "document.activeElement.classList.contains('govuk-error-summary')"


def today() -> date:
    return datetime.now(tz=LONDON).date()


def test_a_decision_is_acted_on_step_by_step(signs_in: SignIn) -> None:
    people = {name: signs_in(name, viewport=SMALL) for name in ("panel chair", *PROFESSIONS)}
    chair, officer, advocate = (people[name] for name in ("panel chair", "police officer", "victim advocate"))
    item, reference = undecided(chair, advocate)
    case = f"/cases/{reference}/"
    refused(officer.goes_to(item), "Give my view")
    for name in PROFESSIONS:
        gives_view(people[name], item)
    decides(chair, item)
    makes_minutes(chair, item)
    acts_on_the_plan(officer, case)
    order = applies_for_an_order(officer, case)
    tells_her_first(officer, advocate, case, order)
    records_a_breach(officer, case)
    assesses_again(officer, case)
    works_with_him(people["outreach worker"], case)
    waits_to_step_down(officer, case)
    assert [fault for person in people.values() for fault in person.faults if "422" not in fault] == []


def test_a_quiet_case_steps_down_when_she_was_told_and_two_have_signed(signs_in: SignIn) -> None:
    officer, advocate = (signs_in(name, viewport=SMALL) for name in ("police officer", "victim advocate"))
    case = a_quiet_case(officer, advocate)
    speaks_to_her(advocate, case)
    officer.goes_to(f"{case}step-down/")
    refused(officer.page, "Ask a colleague to sign")
    told = {"reason": "No act for more than three months.", **day_of("victim_told_at", today())}
    taken(officer.page, told, "Ask a colleague to sign")
    chair = signs_in("panel chair", viewport=SMALL)
    chair.goes_to(f"{case}step-down/")
    refused(chair.page, "Save your answer")
    taken(chair.page, {"signs": "yes"}, "Save your answer")
    assert "step down" in said(chair.page).lower()


# ---- the steps ------------------------------------------------------------------------------------------------------


def undecided(chair: Person, advocate: Person) -> tuple[str, str]:
    """Return an item of the next sitting, the last first, whose victim has this advocate, and its case's reference."""
    sitting = re.findall(r'href="(/panel/[0-9a-f-]{36}/)"', chair.goes_to("/panel/").content())[0]
    is_clean(chair.page)
    items = re.findall(r'href="(/panel/items/[0-9a-f-]{36}/)', chair.goes_to(sitting).content())
    is_clean(chair.page)
    for item in reversed(dict.fromkeys(items)):
        page = chair.goes_to(item)
        reference = re.findall(r"FF-[0-9A-Z]+", said(page))[0]
        if page.locator("#phase").count() and is_hers(advocate, f"/cases/{reference}/"):
            return item, reference
    raise AssertionError("no item of the next sitting waits for a decision")


def is_hers(advocate: Person, case: str) -> bool:
    """Say whether the victim of a case has this advocate."""
    return bool(advocate.page.context.request.get(f"{advocate.site}{case}victim/contact/").ok)


def gives_view(person: Person, item: str) -> None:
    page = person.goes_to(item)
    sent(page, {"level": "high", "position": "What follows service.", "certainty": "sure"}, "Give my view")


def decides(chair: Person, item: str) -> None:
    page = chair.goes_to(item)
    follow(page, "Open the views to all", tag="BUTTON")
    is_clean(page)
    follow(page, "Record the decision")
    refused(page, "Record the decision")
    assert "Say what will be done for the victim" in said(page)
    soon = (today() + timedelta(days=2)).strftime("%d/%m/%Y")
    why = {"without_assessment": "He is served on Friday."} if page.locator("[name=without_assessment]").count() else {}
    taken(
        page,
        {
            **why,
            "formulation": "Each limit that she sets is followed by an act.",
            "level": "high",
            "victim_safety": "Her advocate tells her before anything that he will notice.",
            "order_considered": "yes",
            "order_reason": "A warning changed nothing.",
            "measure-1-what": "Tell her before he is served",
            "measure-1-owner_partner": "cheshire-advocacy",
            "measure-1-due_on": soon,
            "measure-2-what": "Apply for an interim order",
            "measure-2-strand": "legal",
            "measure-2-owner_partner": "cheshire-police",
            "measure-2-due_on": soon,
            **day_of("review_on", today() + timedelta(days=1)),
        },
        "Record the decision",
    )
    assert "Each limit that she sets is followed by an act." in said(page)


def makes_minutes(chair: Person, item: str) -> None:
    page = chair.goes_to(item)
    refused(page, "Make the minutes")
    taken(page, {"partner": "cheshire-advocacy"}, "Make the minutes")
    assert "You have made the minutes" in said(page)


def acts_on_the_plan(officer: Person, case: str) -> None:
    page = officer.goes_to(f"{case}plan/")
    is_clean(page)
    page.goto(f"{officer.site}{link_to(page, 'Apply for an interim order')}")
    refused(page, "Save")
    taken(page, {"status": "done"}, "Save")
    assert "You have updated the action." in said(page)


def applies_for_an_order(officer: Person, case: str) -> str:
    """Apply for an order, record that the court made it, and return the address of its steps."""
    page = officer.goes_to(f"{case}orders/apply/")
    refused(page, "Save")
    wanted = {
        "seeks": "yes", "reason": "Acts after every limit.", "prohibitions": "You must not contact her.",
    }  # fmt: skip
    taken(page, wanted, "Save")
    order = re.findall(rf"{case}orders/[0-9a-f-]{{36}}/(?=made/)", page.content())[-1]
    officer.goes_to(f"{order}made/")
    taken(page, day_of("expires_on", today() + timedelta(days=60)), "Save")
    return order


def tells_her_first(officer: Person, advocate: Person, case: str, order: str) -> None:
    page = officer.goes_to(f"{order}served/")
    refused(page, "Save")
    assert "Tell the victim first" in said(page)
    speaks_to_her(advocate, case, order=order.split("/")[-2])
    officer.goes_to(f"{order}served/")
    taken(page, {}, "Save")
    assert "You have recorded the step." in said(page)


def speaks_to_her(advocate: Person, case: str, order: str = "") -> None:
    """Record that she rang, and was told."""
    page = advocate.goes_to(f"{case}victim/contact/")
    told = {"channel": "call", "incoming": "yes", "outcome": "reached", "orders": order}
    if order:
        refused(page, "Save")
        taken(page, told, "Save")
    else:
        sent(page, told, "Save")


def records_a_breach(officer: Person, case: str) -> None:
    page = officer.goes_to(f"{case}orders/breach/")
    refused(page, "Record the breach")
    taken(page, {"condition": "first", "words": "He wrote from a new account."}, "Record the breach")
    assert "You have recorded the breach as the next act" in said(page)
    page.goto(officer.site + re.findall(rf"{case}orders/breaches/[0-9a-f-]{{36}}/", page.content())[0])
    refused(page, "Save")
    taken(page, {"what": "arrest", "done": "no", "reason": "He could not be found."}, "Save")


def assesses_again(officer: Person, case: str) -> None:
    page = officer.goes_to(f"{case}assessment/")
    is_clean(page)
    follow(page, "First-line checklist")
    is_clean(page)
    complete(page, "Save and show the advice")
    is_clean(page)
    complete(page, "Sign the assessment")
    assert "The assessment is signed." in said(page)
    is_clean(page)


def works_with_him(outreach: Person, case: str) -> None:
    page = outreach.goes_to(f"{case}plan/sessions/new/")
    refused(page, "Plan the session")
    planned = {"strand": "social", **day_of("planned_at", today() - timedelta(days=1))}
    first = page.locator("input[name=told_first]:checked")
    if first.count():  # he was not seen yet: the box is ticked, and whoever takes the tick away says why
        value = str(first.get_attribute("value"))
        planned |= {"told_first": value, "untold_because": "She knows that he comes to the unit on Tuesdays."}
    taken(page, planned, "Plan the session")
    page.goto(outreach.site + re.findall(rf"{case}plan/sessions/[0-9a-f-]{{36}}/", page.content())[0])
    refused(page, "Save")
    taken(page, {"attendance": "attended"}, "Save")


def waits_to_step_down(officer: Person, case: str) -> None:
    page = officer.goes_to(f"{case}step-down/")
    write(page, {"reason": "It is quiet.", **day_of("victim_told_at", today())})
    refused(page, "Ask a colleague to sign")
    assert "The case can step down from" in said(page)


def a_quiet_case(officer: Person, advocate: Person) -> str:
    """Return the address of an open case without an act for a hundred days, whose victim has this advocate."""
    page, after = officer.goes_to("/cases/?state=open"), ""
    for _ in range(9):
        for row in page.locator("main tbody tr").all():
            case = str(row.locator("a[href^='/cases/FF-']").first.get_attribute("href"))
            after, last_act = case.split("/")[2], re.findall(r"\d+ [A-Z][a-z]+ \d{4}", row.inner_text())[:1]
            quiet = last_act and datetime.strptime(last_act[0], "%d %B %Y").astimezone(LONDON).date()
            if quiet and today() - quiet > timedelta(days=100) and is_hers(advocate, case):
                return case
        officer.goes_to(f"/cases/?state=open&after={after}")
    raise AssertionError("no case was quiet for a hundred days")


# ---- the keys -------------------------------------------------------------------------------------------------------


def day_of(name: str, on: date) -> dict[str, str]:
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": str(on.year)}


def said(page: Page) -> str:
    return page.locator("main").inner_text()


def link_to(page: Page, words: str) -> str:
    """Return where the link about something leads."""
    return str(page.locator("a", has_text=words).first.get_attribute("href"))


def refused(page: Page, button: str) -> None:
    """Send the form as it stands: it says what is missing, and that has the focus, is clean, and is not too wide."""
    is_clean(page)
    follow(page, button, tag="BUTTON")
    assert page.evaluate(SUMMARY), f"the error summary of {page.url} has not the focus"
    is_clean(page)


def taken(page: Page, typed: dict[str, str], button: str) -> None:
    """Fill in a form and send it: it leads on, without a problem, to a page that is clean."""
    sent(page, typed, button)
    is_clean(page)


def sent(page: Page, typed: dict[str, str], button: str) -> None:
    """Fill in a form and send it: it leads on without a problem."""
    write(page, typed)
    follow(page, button, tag="BUTTON")
    problems = page.locator(".govuk-error-summary")
    assert problems.count() == 0, problems.first.inner_text()


def write(page: Page, typed: dict[str, str]) -> None:
    """Come to each field by Tab, from the top of the page, and write or choose what is `typed` under its name."""
    page.evaluate("document.activeElement.blur()")
    left = {name for name, value in typed.items() if value}
    for _ in range(400):
        if not left:
            return
        page.keyboard.press("Tab")
        now = focused(page)
        if now["name"] in left and enter(page, now, typed[now["name"]]):
            left.remove(now["name"])
    raise AssertionError(f"Tab never came to {left} on {page.url}")


def enter(page: Page, now: dict[str, str], value: str) -> bool:
    """Write or choose a value in the field that has the focus; False for a box of several that is not the one."""
    if now["type"] == "radio":
        page.keyboard.press("Space")
        for _ in range(20):
            if value in ("first", focused(page)["value"]):
                return True
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{now['name']} never came to {value}")
    if now["type"] == "checkbox":
        if now["value"] != value:
            return False
        page.keyboard.press("Space")
    elif now["tag"] == "SELECT":
        for _ in range(40):
            if focused(page)["value"] == value:
                return True
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{now['name']} never came to {value}")
    else:
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
    return True
