"""The advocate's day, as sentences: what she is to be told by when, what she is entitled to, and what protects her."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from fourfold import journey
from fourfold.access import services as access
from fourfold.audit import services as audit
from fourfold.cases.models import Case
from fourfold.cases.terms import State
from fourfold.orders.terms import OrderKind, StepDetails
from fourfold.support import services as support
from fourfold.support.models import Update
from fourfold.support.terms import EntitlementAnswer, UpdateKind
from fourfold.web import worklist
from fourfold.web.day_places import end_of
from fourfold.web.worklist import WorkRow
from tests.cast import Cast
from tests.duties.scene import waits
from tests.orders.builders import applied, served
from tests.support.builders import NOON, OPENED, agree, case_of, reached
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WITH_A_DAY = ("needs_assessment", "support_referral", "contact_agreed", "advocate_offered")


def rows(cast: Cast, kind: str, name: str = "advocate", show: str = "unit") -> list[WorkRow]:
    """Return the rows of one kind on somebody's day."""
    day = worklist.today(cast.actor(name), NOON, show)
    return [row for row in (day.first, *day.rows) if row and row.kind == kind]


def owed(cast: Cast, case: Case, what: UpdateKind = UpdateKind.ARREST, days: int = 12) -> Update:
    return support.owe_update(actor=cast.officer, case=case, what=what, happened_at=NOON - days * DAY, at=NOON)


# ---- what she is to be told -----------------------------------------------------------------------------------------


def test_an_arrest_of_which_nobody_told_her_for_twelve_days_is_overdue_on_her_advocates_day(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    owed(cast, case)
    (row,) = rows(cast, "code_clocks", show="mine")
    assert (row.what, row.why, row.overdue) == (
        "Tell the victim: the subject was arrested",
        "Victims' Code, 1 working day",
        True,
    )
    assert row.detail == "Text only, 10:00 to 14:00. Never leave a message. The device may be shared."
    assert row.due_note.startswith("13 November 2026")


def test_what_is_due_today_is_not_overdue_before_the_day_ends(cast: Cast) -> None:
    case = case_of(cast)
    owed(cast, case, UpdateKind.FIRST_CONTACT, days=1)
    (row,) = rows(cast, "code_clocks")
    assert (row.what, row.overdue) == ("First contact, and an offer of an advocate", False)
    assert row.due_at == end_of(NOON.date())


def test_once_she_was_told_the_row_is_gone(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    update = owed(cast, case)
    support.tell_update(actor=cast.advocate, update=update, contact=reached(cast, case), at=NOON)
    assert rows(cast, "code_clocks") == []


@pytest.mark.parametrize("name", ["second_advocate", "officer", "clinician", "coordinator", "olu"])
def test_her_clocks_stand_on_nobody_elses_day(cast: Cast, name: str) -> None:
    owed(cast, case_of(cast))
    assert rows(cast, "code_clocks", name) == rows(cast, "entitlements", name) == []


def test_the_page_of_the_day_leads_to_where_it_is_recorded(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    owed(cast, case)
    shown = signed_in("advocate").get("/").content.decode()
    assert "Tell the victim: the subject was arrested" in shown
    assert f'href="/cases/{case.reference}/victim/contact/"' in shown


def test_two_orders_of_one_case_are_told_apart_wherever_the_advocate_reads_of_them(
    cast: Cast, signed_in: SignIn
) -> None:
    case = case_of(cast)
    for kind, court, days in (
        (OrderKind.SPO_INTERIM, "Northmoor Magistrates’ Court", 5),
        (OrderKind.NON_MOLESTATION, "", 3),
    ):
        order, at = applied(cast, case, kind, at=NOON - 9 * DAY), NOON - days * DAY
        journey.order_made(actor=cast.officer, order=order, details=StepDetails(taken_at=at, court=court), at=at)
    applied(cast, case, OrderKind.NON_MOLESTATION, at=NOON - DAY)
    told = "Tell the victim: an order and what it forbids. "
    spo = "Interim stalking protection order: made, 19 November 2026, Northmoor Magistrates’ Court"
    molested = "Non-molestation order: made, 21 November 2026"
    assert [row.what for row in rows(cast, "code_clocks")] == [told + spo, told + molested]
    page = signed_in("advocate").get(f"/cases/{case.reference}/victim/contact/").content.decode()
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    updates, coming = said.split("Which updates did you give?")[1].split("Which coming steps did you warn")
    assert f"{spo}. Due" in updates
    assert f"{molested}. Due" in updates
    for each in (spo, molested, "Non-molestation order: applied for, 23 November 2026"):
        assert coming.count(each) == 1


# ---- what she is entitled to ----------------------------------------------------------------------------------------


def test_an_advocate_not_offered_in_two_working_days_stands_on_the_day_until_somebody_says_what_became_of_it(
    cast: Cast,
) -> None:
    case = case_of(cast)
    (row,) = rows(cast, "entitlements", show="mine")
    assert (row.what, row.why, row.overdue) == (
        "Not on record yet: referral to a support service, and 3 more",
        "entitlement of the victim, 2 working days",
        True,
    )
    answered(cast, case, "support_referral")
    (row,) = rows(cast, "entitlements")
    assert row.what == "Not on record yet: offer of an advocate, and 2 more"
    for code in WITH_A_DAY:
        answered(cast, case, code)
    assert rows(cast, "entitlements") == []


def answered(cast: Cast, case: Case, code: str, answer: EntitlementAnswer = EntitlementAnswer.OFFERED) -> None:
    support.answer_entitlement(actor=cast.advocate, case=case, code=code, answer=answer, words="Later.", at=NOON)


def test_what_has_lain_for_long_comes_last_and_hides_nothing_that_cannot_wait(cast: Cast) -> None:
    fresh, old, older = (case_of(cast, at=NOON - days * DAY) for days in (9, 60, 90))
    apart, *long = sorted(rows(cast, "entitlements"), key=lambda row: row.due_at is None)
    assert (apart.case_text, apart.overdue) == (fresh.reference, True)
    assert {row.case_text for row in long} == {old.reference, older.reference}
    assert {(row.due, row.overdue) for row in long} == {("for a long time", False)}
    owed(cast, older)
    day = worklist.today(cast.advocate, NOON)
    kinds = [row.kind for row in (day.first, *day.rows) if row]
    assert kinds.index("code_clocks") < kinds.index("entitlements") < len(kinds) - 1 - kinds[::-1].index("entitlements")


def test_not_yet_is_no_answer(cast: Cast) -> None:
    case = case_of(cast)
    for code in WITH_A_DAY:
        answered(cast, case, code, EntitlementAnswer.NOT_YET)
    assert rows(cast, "entitlements")[0].what.endswith("and 3 more")


@pytest.mark.parametrize(
    ("opened", "due"),
    [(NOON, 2), (NOON - 1 * DAY, 2), (NOON - 5 * DAY, 4)],
)
def test_what_is_due_within_three_days_is_shown_before_it_is_overdue(cast: Cast, opened: object, due: int) -> None:
    case_of(cast, at=opened)  # type: ignore[arg-type]
    (row,) = rows(cast, "entitlements")
    assert row.what.endswith(f"and {due - 1} more")


def test_a_closed_case_is_no_work(cast: Cast) -> None:
    case = case_of(cast)
    Case.objects.unscoped("test").filter(pk=case.pk).update(state=State.CLOSED)
    assert rows(cast, "entitlements") == []


def test_each_costs_the_same_however_many_cases(cast: Cast, django_assert_num_queries: object) -> None:
    for _ in range(3):
        case = case_of(cast, at=OPENED)
        agree(cast, case)
        owed(cast, case)
    advocate = cast.advocate
    waiting = waits(advocate, "code_clocks", "contacts", at=NOON)
    reverse("home")  # reads every page
    asked = [each for each in worklist.SOURCES if each.kind in ("code_clocks", "contacts", "silence")]
    with audit.reading(advocate, "page", at=NOON), django_assert_num_queries(2):  # type: ignore[operator]
        assert len(list(worklist.rows_of(asked, waiting, advocate, NOON))) == 9


# ---- what protects her ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "what", "why"),
    [
        (0, "The victim’s protection ends today: interim stalking protection order", "warning at 7 days"),
        (1, "The victim’s protection ends in 1 day: interim stalking protection order", "warning at 7 days"),
        (30, "The victim’s protection ends in 30 days: interim stalking protection order", "warning at 30 days"),
    ],
)
def test_her_advocate_is_warned_before_an_order_ends(cast: Cast, days: int, what: str, why: str) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=NOON.date() + days * DAY)
    (row,) = rows(cast, "protection_that_ends", show="mine")
    assert (row.what, row.why) == (what, f"plan with the victim what happens next; {why}")
    assert row.href == f"/cases/{case.reference}/orders/"
    assert "contact her" not in repr(row)


def test_the_warning_leads_to_a_page_that_her_advocate_may_read(cast: Cast, signed_in: SignIn) -> None:
    served(cast, case_of(cast), expires_on=NOON.date() + 9 * DAY)
    (row,) = rows(cast, "protection_that_ends")
    assert signed_in("advocate").get(row.href).status_code == 200


@pytest.mark.parametrize("name", ["second_advocate", "officer", "coordinator", "clinician", "olu"])
def test_the_end_of_her_protection_is_her_own_advocates_row(cast: Cast, name: str) -> None:
    served(cast, case_of(cast), expires_on=NOON.date() + 9 * DAY)
    assert rows(cast, "protection_that_ends", name) == []


def test_an_order_that_is_over_or_far_from_its_end_is_no_warning(cast: Cast) -> None:
    served(cast, case_of(cast), expires_on=NOON.date() - DAY)
    served(cast, case_of(cast), expires_on=NOON.date() + 91 * DAY)
    assert rows(cast, "protection_that_ends") == []


def test_behind_a_wall_the_day_tells_nothing_of_her(cast: Cast) -> None:
    case = case_of(cast)
    owed(cast, case)
    served(cast, case, expires_on=NOON.date() + 9 * DAY)
    access.declare_conflict(actor=cast.advocate, files=[case.pk], at=NOON)
    day = worklist.today(cast.advocate, NOON, "unit")
    assert case.reference not in {row.case_text for row in (day.first, *day.rows) if row}
