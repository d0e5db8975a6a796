"""What the victim was told of is recorded once, at whichever door."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from fourfold import journey
from fourfold.cases.models import Case
from fourfold.orders.models import Breach, BreachStep, Order
from fourfold.orders.models import VictimTold as OrderTold
from fourfold.orders.terms import BreachDecision, OrderKind, StepDetails
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.people.terms import Channel
from fourfold.plan import services as plan
from fourfold.plan.models import Action
from fourfold.support import services as support
from fourfold.support.models import Contact, Update
from fourfold.support.terms import ContactOutcome
from tests.cast import NOW, Cast
from tests.orders.builders import applied, case_of, condition_of, made, served, told_breach
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: The victim got in touch and was reached, as the form of a contact says it.
REACHED = {"incoming": "on", "happened": "yes", "channel": "call", "outcome": "reached"}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def asked(cast: Cast, case: Case, kind: MeasureKind, **more: Any) -> Action:
    """An action of the plan about an order."""
    said = {"strand": Strand.LEGAL, "what": "What the panel asked", "owner": cast.staff["officer"].pk} | more
    return plan.open_action(
        actor=cast.officer,
        case=case,
        kind=kind,
        owner_partner="northmoor-police",
        due_on=date(2026, 12, 4),
        at=NOW - 2 * DAY,
        **said,  # type: ignore[arg-type]
    )


def reach(cast: Cast, case: Case) -> Contact:
    """A contact in which the victim was reached safely."""
    return support.attempt_contact(
        actor=cast.advocate, case=case, channel=Channel.CALL, outcome=ContactOutcome.REACHED, incoming=True, at=NOW
    )


def page(client: Client, case: Case, rest: str) -> str:
    answer = client.get(f"/cases/{case.reference}/{rest}")
    assert answer.status_code == 200
    return answer.content.decode()


def broken(cast: Cast, case: Case) -> Breach:
    """A breach of an order that was served, recorded an hour ago: the victim is owed an update of it."""
    order = served(cast, case)
    return journey.breach_reported(
        actor=cast.officer, condition=condition_of(order), told=told_breach(at=NOW - HOUR), at=NOW - HOUR
    )


def told_of(breach: Breach) -> bool:
    rows = BreachStep.objects.unscoped("test").filter(breach=breach, what=BreachDecision.VICTIM_TOLD, done=True)
    return rows.exists()


# ---- the order and its action of the plan --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MeasureKind.SERVICE_OF_ORDER, MeasureKind.ORDER])
def test_told_with_the_order_is_told_with_the_plan(cast: Cast, signed_in: SignIn, kind: MeasureKind) -> None:
    case = case_of(cast)
    order, action = made(cast, case), asked(cast, case, kind, tell_victim_first=True)
    answer = signed_in("advocate").post(
        f"/cases/{case.reference}/victim/contact/", {**REACHED, "orders": str(order.pk), "once": "key-1"}
    )
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    officer = signed_in("officer")
    assert "The victim has been told" in page(officer, case, f"plan/actions/{action.pk}/")
    done = {"status": "done", "version": "1", "once": "key-2"}
    assert officer.post(f"/cases/{case.reference}/plan/actions/{action.pk}/", done).status_code == 303


def test_told_with_the_plan_is_told_with_the_order(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order, action = made(cast, case), asked(cast, case, MeasureKind.SERVICE_OF_ORDER)
    sent = {"contact": str(reach(cast, case).pk), "once": "key-1"}
    place = f"/cases/{case.reference}/plan/actions/{action.pk}/told/"
    assert signed_in("advocate").post(place, sent).status_code == 303
    officer = signed_in("officer")
    assert "The victim has been told" in page(officer, case, "orders/")
    answer = officer.post(f"/cases/{case.reference}/orders/{order.pk}/served/", {"version": order.version})
    assert answer.status_code == 303


@pytest.mark.parametrize("door", ["contact", "service", "application"])
def test_the_victim_warned_of_a_made_order_was_given_its_update(cast: Cast, signed_in: SignIn, door: str) -> None:
    """A warning from before it was made gives none, nor a later one of service the update that it was served."""
    case, advocate = case_of(cast), signed_in("advocate")
    order = applied(cast, case, at=NOW - 3 * DAY)
    call: Any = {"channel": Channel.CALL, "outcome": ContactOutcome.REACHED, "incoming": True}
    before, made_at = NOW - 2 * HOUR, NOW - HOUR
    journey.victim_reached(actor=cast.advocate, case=case, orders_ahead=[order], at=before, **call)
    journey.order_made(actor=cast.officer, order=order, details=StepDetails(taken_at=made_at), at=made_at)
    said = page(advocate, case, "victim/")
    assert "Interim stalking protection order: made" in said
    assert "No contact says yet that they were told of this step" in said, "both facts"
    if door == "contact":
        contact = f"/cases/{case.reference}/victim/contact/"
        assert "counts as given" in page(advocate, case, "victim/contact/")
        sent = {**REACHED, "orders": str(order.pk), "once": "key-1"}
        assert advocate.post(contact, sent).status_code == 303
    else:
        action = asked(cast, case, MeasureKind.SERVICE_OF_ORDER if door == "service" else MeasureKind.ORDER)
        place = f"/cases/{case.reference}/plan/actions/{action.pk}/told/"
        assert advocate.post(place, {"contact": str(reach(cast, case).pk), "once": "key-1"}).status_code == 303
    owed = Update.objects.unscoped("test").filter(what="order", told=None)
    assert owed.exists() is (door == "application"), "an application asked for may be for another order"
    order.refresh_from_db(from_queryset=Order.objects.unscoped("test"))
    journey.order_served(actor=cast.officer, order=order, details=StepDetails(taken_at=NOW), at=NOW)
    assert owed.filter(happened_at=NOW).exists(), "that it was served is another fact"
    assert "Interim stalking protection order: served on the subject" in page(advocate, case, "victim/")


def test_of_two_orders_ahead_neither_is_taken_for_the_other(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order, _ = made(cast, case), applied(cast, case, OrderKind.SPO, at=NOW - DAY)
    action = asked(cast, case, MeasureKind.SERVICE_OF_ORDER)
    advocate = signed_in("advocate")
    contact = {**REACHED, "orders": str(order.pk), "once": "key-1"}
    assert advocate.post(f"/cases/{case.reference}/victim/contact/", contact).status_code == 303
    assert "Tell the victim first" in page(signed_in("officer"), case, f"plan/actions/{action.pk}/")
    sent = {"contact": str(Contact.objects.unscoped("test").get().pk), "once": "key-2"}
    place = f"/cases/{case.reference}/plan/actions/{action.pk}/told/"
    assert advocate.post(place, sent).status_code == 303
    assert OrderTold.objects.unscoped("test").count() == 1


# ---- the breach and the update that is owed of it ------------------------------------------------------------------


def test_told_in_a_contact_is_told_with_the_breach(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    breach = broken(cast, case)
    update = Update.objects.unscoped("test").get(what="breach")
    answer = signed_in("advocate").post(
        f"/cases/{case.reference}/victim/contact/", {**REACHED, "updates": str(update.pk), "once": "key-1"}
    )
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    assert told_of(breach)
    assert "Victim told: yes" in page(signed_in("officer"), case, "orders/")


def test_told_with_the_breach_is_the_update_that_was_owed(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    breach = broken(cast, case)
    reach(cast, case)
    sent = {"what": "victim_told", "done": "yes", "once": "key-1"}
    place = f"/cases/{case.reference}/orders/breaches/{breach.pk}/"
    assert signed_in("advocate").post(place, sent).status_code == 303
    assert Update.objects.unscoped("test").get(what="breach").told


def test_without_a_safe_contact_since_the_advocate_is_led_to_record_it_and_that_answers_both(
    cast: Cast, signed_in: SignIn
) -> None:
    """Neither is settled while the other is not: the telling stands once, in the contact."""
    case = case_of(cast)
    breach, advocate = broken(cast, case), signed_in("advocate")
    support.attempt_contact(
        actor=cast.advocate, case=case, channel=Channel.CALL, outcome=ContactOutcome.REACHED, incoming=True,
        happened_at=NOW - 2 * HOUR, at=NOW - HOUR,
    )  # fmt: skip
    place = f"/cases/{case.reference}/orders/breaches/{breach.pk}/"
    answer = advocate.post(place, {"what": "victim_told", "done": "yes", "once": "key-1"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert re.findall(r'name="what"[^>]*value="(\w+)"|value="(\w+)"[^>]*name="what"', said) == [("victim_told", "")]
    offered = signed_in("officer").get(place).content.decode()
    assert all(f'value="{what}"' in offered for what in ("arrest", "charge", "victim_told"))
    assert "The victim’s file holds no safe contact since then" in said
    assert f'href="/cases/{case.reference}/victim/contact/"' in said
    owed = Update.objects.unscoped("test").filter(what="breach", told=None)
    assert (told_of(breach), owed.exists()) == (False, True)
    sent = {**REACHED, "updates": str(owed.get().pk), "once": "key-2"}
    assert advocate.post(f"/cases/{case.reference}/victim/contact/", sent).status_code == 303
    assert (told_of(breach), owed.exists()) == (True, False)


def test_a_contact_that_broke_the_rule_is_kept_and_settles_neither(cast: Cast, signed_in: SignIn) -> None:
    """A telling that happened is a fact; that it was no safe contact is another."""
    case = case_of(cast)
    breach, advocate = broken(cast, case), signed_in("advocate")
    update = Update.objects.unscoped("test").get(what="breach")
    sent = {**REACHED, "incoming": "", "channel": "email", "updates": str(update.pk), "once": "key-1"}
    answer = advocate.post(f"/cases/{case.reference}/victim/contact/", sent)
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    contact = Contact.objects.unscoped("test").get()
    assert (contact.outcome, contact.safe) == ("reached", False)
    assert contact.rule_broken
    assert told_of(breach) is False
    assert Update.objects.unscoped("test").filter(pk=update.pk, told=None).exists()


def test_one_contact_is_told_with_the_plan_and_with_the_breach(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    breach = broken(cast, case)
    action = asked(cast, case, MeasureKind.LETTER, what="Send the warning letter")
    update = Update.objects.unscoped("test").get(what="breach")
    advocate = signed_in("advocate")
    assert "Send the warning letter" in page(advocate, case, "victim/contact/")
    sent = {**REACHED, "updates": str(update.pk), "actions": str(action.pk), "once": "key-1"}
    assert advocate.post(f"/cases/{case.reference}/victim/contact/", sent).status_code == 303
    assert told_of(breach)
    assert "The victim has been told" in page(signed_in("officer"), case, f"plan/actions/{action.pk}/")
    assert "Send the warning letter" not in page(advocate, case, "victim/contact/")


def test_told_with_the_order_and_its_action_at_once_is_told_with_both(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order, action = made(cast, case), asked(cast, case, MeasureKind.SERVICE_OF_ORDER)
    sent = {**REACHED, "orders": str(order.pk), "actions": str(action.pk), "once": "key-1"}
    assert signed_in("advocate").post(f"/cases/{case.reference}/victim/contact/", sent).status_code == 303
    officer = signed_in("officer")
    assert "The victim has been told" in page(officer, case, f"plan/actions/{action.pk}/")
    assert "The victim has been told" in page(officer, case, "orders/")
