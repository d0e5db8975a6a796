"""The orders of a case through the real door: read aloud, recorded in one step, and served only when she knows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client

from fourfold.access import services as access
from fourfold.cases.models import Case
from fourfold.law import rules as law
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, BreachStep, Order, OrderStep, Untold
from fourfold.orders.terms import OrderKind, Step
from fourfold.web.components.words import moment
from tests.cast import NOW, Cast
from tests.orders.builders import applied, breached, case_of, condition_of, made, served, take
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
#: How the form says 23 November 2026, 21:15.
YESTERDAY = {"happened-day": "23", "happened-month": "11", "happened-year": "2026", "happened-time": "21:15"}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def address(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/orders/{rest}"


def shown(client: Client, case: Case, rest: str = "") -> str:
    answer = client.get(address(case, rest))
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_binds_him_today_is_read_aloud_with_the_days_left(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=date(2027, 1, 14))
    said = shown(signed_in("officer"), case)
    assert "Interim stalking protection order, to 14 January 2027" in said
    assert "You must not contact her, directly or through others." in said
    assert "Ends in 51 days" in said
    assert "An offence (Stalking Protection Act 2019, section 8)" in said


def test_an_order_without_a_last_day_runs_until_further_order(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    served(cast, case)
    said = re.sub(r"<[^>]+>", "", shown(signed_in("officer"), case))
    assert "3 conditions, until further order" in said
    assert "to further order" not in said


def test_an_order_that_is_sought_says_in_which_court_where_one_is_on_record(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = applied(cast, case, at=NOW - DAY)
    Order.objects.unscoped("test").filter(pk=order.pk).update(court="Harbour Magistrates’ Court")
    assert "Harbour Magistrates’ Court" in shown(signed_in("officer"), case)


def test_breach_of_police_bail_is_said_not_to_be_an_offence(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    answer = signed_in("officer").post(
        address(case, "record/"),
        {
            "kind": "bail",
            "expires_on-day": "9",
            "expires_on-month": "12",
            "expires_on-year": "2026",
            "prohibitions": "You must not contact her.\nYou must not go to her work.",
        },
    )
    assert answer.status_code == 303
    said = shown(signed_in("officer"), case)
    assert "Arrestable without a warrant, but not itself an offence." in said
    assert "You must not go to her work." in said


def masked(content: bytes) -> bytes:
    """Return a page without the proof of its sign-out form, which is never the same twice."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", content)


def test_an_empty_page_says_what_would_fill_it(cast: Cast, signed_in: SignIn) -> None:
    said = shown(signed_in("officer"), case_of(cast))
    assert "No order is in force" in said
    assert "Record a breach" not in said


def test_the_page_costs_the_same_number_of_statements(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: object
) -> None:
    case = case_of(cast)
    client = signed_in("officer")
    breached(cast, served(cast, case))
    shown(client, case)
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        shown(client, case)
    for _ in range(3):
        breached(cast, served(cast, case))
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        shown(client, case)


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_gets_the_page_of_a_case_that_does_not_exist(cast: Cast, signed_in: SignIn, name: str) -> None:
    case = case_of(cast)
    order = served(cast, case)
    client = signed_in(name)
    for rest in ("", "apply/", "record/", "breach/", f"{order.pk}/notified/", f"{order.pk}/untold/"):
        here, nowhere = client.get(address(case, rest)), client.get(f"/cases/FF-00000/orders/{rest}")
        assert here.status_code == nowhere.status_code == 404
        assert masked(here.content) == masked(nowhere.content)


def test_a_walled_colleague_gets_the_same_404(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    access.declare_conflict(actor=cast.second_officer, files=[case.pk], at=NOW)
    assert signed_in("second_officer").get(address(case)).status_code == 404


@pytest.mark.parametrize(
    ("name", "rest", "status"),
    [
        ("clinician", "", 200),
        ("advocate", "", 200),
        ("clinician", "apply/", 403),
        ("advocate", "breach/", 403),
        ("coordinator", "breach/", 200),
        ("coordinator", "apply/", 403),
        ("evaluator", "", 403),
    ],
)
def test_each_profession_reaches_what_is_its_own(
    cast: Cast, signed_in: SignIn, name: str, rest: str, status: int
) -> None:
    case = case_of(cast)
    served(cast, case)
    assert signed_in(name).get(address(case, rest)).status_code == status


def test_an_order_is_applied_for_with_a_condition_a_line(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    form = {
        "seeks": "yes",
        "kind": "spo_interim",
        "reason": "Seven acts in 31 weeks.",
        "prohibitions": "You must not contact her.\n\nYou must not go to Mill Lane.",
        "requirements": "You must attend the assessment.",
    }
    assert signed_in("officer").post(address(case, "apply/"), form).status_code == 303
    order = Order.objects.unscoped("test").get(case=case)
    assert [(c.number, c.kind) for c in order.conditions.model.objects.unscoped("test").order_by("number")] == [
        (1, "prohibition"),
        (2, "prohibition"),
        (3, "requirement"),
    ]
    assert "applied for, 0 days at this step" in shown(signed_in("officer"), case)


def test_a_no_wants_its_reason_and_keeps_what_was_typed(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    client = signed_in("officer")
    answer = client.post(address(case, "apply/"), {"seeks": "no", "reason": "", "court": "Northmoor"})
    assert answer.status_code == 422
    assert b"Give the reason, whether or not an order is sought" in answer.content
    assert b'value="Northmoor"' in answer.content
    assert client.post(address(case, "apply/"), {"seeks": "no", "reason": "In prison."}).status_code == 303
    assert Order.objects.unscoped("test").get().step == Step.DECLINED


def test_a_breach_is_one_step(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = served(cast, case)
    client = signed_in("officer")
    assert "Which condition?" in shown(client, case, f"breach/?condition={condition_of(order).pk}")
    form = {"condition": str(condition_of(order).pk), "words": "He wrote from a new account.", **YESTERDAY}
    answer = client.post(address(case, "breach/"), form)
    assert (answer.status_code, answer["Location"]) == (303, address(case, "?done=breach"))
    breach = Breach.objects.unscoped("test").get()
    assert breach.happened_at.isoformat() == "2026-11-23T21:15:00+00:00"
    said = shown(client, case)
    assert "undecided" in said
    assert "Breach treated alone: nobody has assessed the case again since." in said


def test_a_breach_sent_twice_is_stored_once(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = served(cast, case)
    form = {"condition": str(condition_of(order).pk), "words": "He wrote.", "once": "one-key", **YESTERDAY}
    client = signed_in("officer")
    for _ in range(2):
        assert client.post(address(case, "breach/"), form).status_code == 303
    assert Breach.objects.unscoped("test").count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"condition": ""}, b"Choose the condition that was broken"),
        ({"condition": "x"}, b"Choose one of the entries shown"),
        ({"words": ""}, b"Enter what happened"),
        ({"happened-day": "31", "happened-month": "2"}, b"Enter a real date"),
        ({"happened-day": "1", "happened-month": "1"}, b"was not in force on that day"),
        ({"happened-day": "1", "happened-month": "12"}, b"future"),
        ({"happened-time": "99:99"}, b"Enter a real time"),
    ],
)
def test_what_is_wrong_with_a_breach_is_said_at_its_field_and_nothing_is_lost(
    cast: Cast, signed_in: SignIn, changes: dict[str, str], message: bytes
) -> None:
    case = case_of(cast)
    order = served(cast, case)
    form = {"condition": str(condition_of(order).pk), "words": "He wrote from a new account.", **YESTERDAY}
    answer = signed_in("officer").post(address(case, "breach/"), form | changes)
    assert answer.status_code == 422
    assert message in answer.content
    assert changes.get("words") == "" or b"He wrote from a new account." in answer.content
    assert not Breach.objects.unscoped("test").exists()


def test_a_decision_after_a_breach_is_a_yes_or_a_reasoned_no(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    breach = breached(cast, served(cast, case))
    client = signed_in("officer")
    place = address(case, f"breaches/{breach.pk}/")
    page = client.get(place).content.decode()
    assert breach.allegation.words in page, "what is decided on"
    assert re.search(rf"Decide by</dt><dd[^>]*>{moment(breach.decide_by)}", page)
    assert re.search(rf"Happened</dt><dd[^>]*>{moment(breach.happened_at)}", page)
    assert client.post(place, {"what": "arrest", "done": "no", "reason": ""}).status_code == 422
    assert client.post(place, {"what": "arrest", "done": "yes"}).status_code == 303
    assert client.post(place, {"what": "charge", "done": "no", "reason": "Awaiting the prosecutor."}).status_code == 303
    page = re.sub(r"<[^>]+>", " ", client.get(place).content.decode())
    assert re.search(r"Decided: arrest\s+yes, 24 November 2026", page)
    assert re.search(r"Decided: charge\s+no, 24 November 2026, \d\d:\d\d\. Awaiting the prosecutor\.", page)
    told = client.post(place, {"what": "victim_told", "done": "yes"}, follow=True)
    assert "stays owed until an advocate records the safe contact" in told.content.decode()
    assert signed_in("advocate").post(place, {"what": "arrest", "done": "yes"}).status_code == 403
    assert BreachStep.objects.unscoped("test").count() == 3


def test_he_is_not_served_before_she_knows(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = made(cast, case)
    client = signed_in("officer")
    assert "Tell the victim first" in shown(client, case)
    place = address(case, f"{order.pk}/served/")
    refused = client.post(place, {"version": order.version})
    assert refused.status_code == 422
    assert b"Tell the victim first" in refused.content
    orders.note_victim_told(actor=cast.advocate, order=order, at=NOW)
    assert "The victim has been told" in shown(client, case)
    assert client.post(place, {"version": order.version}).status_code == 303
    assert Order.objects.unscoped("test").get(pk=order.pk).step == Step.SERVED


def test_two_people_sign_in_their_own_sessions_why_she_cannot_be_told(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = made(cast, case)
    officer = signed_in("officer")
    officer.post(address(case, f"{order.pk}/untold/"), {"reason": "She is abroad and cannot be reached."})
    asked = Untold.objects.unscoped("test").get()
    place = address(case, f"signatures/{asked.pk}/")
    assert officer.post(place).status_code == 422
    advocate = signed_in("advocate")
    assert "She is abroad and cannot be reached." in shown(advocate, case, f"signatures/{asked.pk}/")
    assert advocate.post(place).status_code == 303
    assert officer.post(address(case, f"{order.pk}/served/"), {}).status_code == 303
    step = OrderStep.objects.unscoped("test").get(step=Step.SERVED)
    assert step.victim_told_first is False


def test_two_people_who_record_a_step_at_once_see_both(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = applied(cast, case, at=NOW - DAY)
    seen = order.version
    take(cast, order, Step.MADE, at=NOW - DAY)
    answer = signed_in("second_officer").post(
        address(case, f"{order.pk}/refused/"), {"version": seen, "reason": "not necessary"}
    )
    assert answer.status_code == 409
    assert b"changed this while you were writing" in answer.content
    assert b"not necessary" in answer.content
    kept = signed_in("second_officer").post(address(case, f"{order.pk}/refused/"), {"keep-step": "theirs"})
    assert kept.status_code == 303
    assert Order.objects.unscoped("test").get().step == Step.MADE


@pytest.mark.parametrize("name", ["nonsense", "SERVED", "made%00"])
def test_a_step_that_does_not_exist_is_not_there(cast: Cast, signed_in: SignIn, name: str) -> None:
    case = case_of(cast)
    order = made(cast, case)
    assert signed_in("officer").get(address(case, f"{order.pk}/{name}/")).status_code == 404


@pytest.mark.parametrize("kind", [OrderKind.SPO_INTERIM, OrderKind.SPO])
@pytest.mark.parametrize("name", ["made", "served", "notified", "varied", "ended", "refused"])
def test_each_step_has_its_form(cast: Cast, signed_in: SignIn, name: str, kind: OrderKind) -> None:
    case = case_of(cast)
    order = made(cast, case, kind)
    assert order.kind.replace("_", " ")[:3] == "spo"
    assert "When" in shown(signed_in("officer"), case, f"{order.pk}/{name}/")


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"><svg/onload=alert(1)>', "{{7*7}}"])
def test_what_is_typed_is_shown_as_text(cast: Cast, signed_in: SignIn, words: str) -> None:
    case = case_of(cast)
    signed_in("officer").post(
        address(case, "apply/"), {"seeks": "yes", "reason": words, "prohibitions": words, "kind": "spo"}
    )
    said = shown(signed_in("officer"), case)
    assert "<script>alert" not in said
    assert "<svg/onload" not in said
    assert words.startswith(("<", '"')) or words in said


def test_nothing_on_the_page_says_where_she_is(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    served(cast, case)
    for name in ("clinician", "outreach", "coordinator", "second_officer"):
        said = shown(signed_in(name), case)
        assert "07700 900123" not in said
        assert "Safe contact" not in said


def test_he_is_held_and_let_out_in_two_forms_and_olu_finds_neither(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    client = signed_in("officer")
    assert "Record that the subject is in custody" in shown(client, case)
    assert "Choose why the subject is held" in client.post(address(case, "custody/"), {"once": "a"}).content.decode()
    assert client.post(address(case, "custody/"), {"kind": "remand", "once": "b"}).status_code == 303
    said = shown(client, case)
    assert "In custody: remanded in custody" in said
    release = re.search(r'href="([^"]+/orders/custody/[0-9a-f-]{36}/)"', said)
    assert release is not None
    refused = client.post(release[1], {"once": "c"}).content.decode()
    assert "The release cannot be before" in refused
    for rest in ("custody/", release[1].split("/orders/")[1]):
        assert signed_in("olu").get(address(case, rest)).status_code == 404


def bail_until(day: str, **more: str) -> dict[str, str]:
    """Return the form that records bail before charge, given today, to a day such as 23/5/2027."""
    number, month, year = day.split("/")
    said = {"expires_on-day": number, "expires_on-month": month, "expires_on-year": year}
    return {"kind": "bail", "prohibitions": "You must not contact her.", **said, **more}


@pytest.mark.parametrize(
    ("until", "by", "kept"),
    [
        ("23/2/2027", "", True),
        ("24/2/2027", "", False),
        ("23/5/2027", "inspector", True),
        ("24/5/2027", "inspector", False),
        ("23/8/2027", "superintendent", True),
        ("24/8/2027", "superintendent", False),
        ("24/11/2027", "court", True),
    ],
)
def test_bail_lasts_as_far_as_whoever_extended_it_may_say(
    cast: Cast, signed_in: SignIn, until: str, by: str, kept: bool
) -> None:
    case = case_of(cast)
    client = signed_in("officer")
    form = client.get(address(case, "record/")).content.decode()
    assert "An inspector (to 6 months)" in form
    assert "A superintendent (to 9 months)" in form
    said = bail_until(until, extended_by=by, reason="A word.", once="a")
    answer = client.post(address(case, "record/"), said)
    assert answer.status_code == (303 if kept else 422)
    assert Order.objects.unscoped("test").exists() is kept
    if not kept:
        assert 'href="#extended_by"' in answer.content.decode()


def test_who_extended_bail_stands_with_the_step(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    client = signed_in("officer")
    client.post(address(case, "record/"), bail_until("20/2/2027", once="a"))
    order = Order.objects.unscoped("test").get()
    place = address(case, f"{order.pk}/varied/")
    assert "An inspector (to 23 May 2027)" in client.get(place).content.decode()
    longer = bail_until("20/5/2027", reason="The download takes months.", version="2")
    assert "Choose who extended it" in client.post(place, longer | {"once": "b"}).content.decode()
    assert client.post(place, longer | {"once": "c", "extended_by": "inspector"}).status_code == 303
    assert "Extended by an inspector. The download takes months." in shown(client, case)
    order.refresh_from_db(from_queryset=Order.objects.unscoped("test"))
    assert order.expires_on == date(2027, 5, 20)


def test_a_new_address_that_was_notified_late_is_said_to_be_late(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = served(cast, case)
    place = address(case, f"{order.pk}/notified/")
    client = signed_in("officer")
    assert "when it changed" not in client.get(place).content.decode()
    assert client.post(place, {"version": order.version, "once": "a"}).status_code == 303
    assert (
        "The subject must notify a change within 3 days, counting the day of the change"
        in client.get(place).content.decode()
    )
    moved = {"changed_on-day": "20", "changed_on-month": "11", "changed_on-year": "2026"}
    assert client.post(place, {"once": "b", **moved}).status_code == 303
    assert "Changed 20 November 2026, due 22 November 2026: 2 days late." in shown(client, case)


def test_the_length_of_a_limit_on_a_page_is_that_of_the_register(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that the law says stands on a page as a word of its own: another register, another page."""
    assert "within 48 hours" in shown(signed_in("officer"), case_of(cast), "breach/")
    known = law.limits()
    changed = tuple(
        replace(each, count=7) if each.code in ("breach.decisions", "spo.notification") else each for each in known
    )
    monkeypatch.setattr(law, "limits", lambda: changed)
    assert "within 7 hours" in shown(signed_in("officer"), case_of(cast), "breach/")
    assert "within 7 days, counting the day of service" in signed_in("officer").get("/orders/").content.decode()
