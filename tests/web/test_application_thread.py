"""The panel's decision about an order, the plan's action to apply for it, and the application are one thread."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from fourfold.cases.models import Case
from fourfold.duties import services as duties
from fourfold.orders.models import Order
from fourfold.orders.terms import OrderKind, Step
from fourfold.panel import services as panel
from fourfold.panel.models import Item
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan import services as plan
from fourfold.plan.models import Action
from fourfold.plan.terms import Because, Status
from tests.cast import NOW, Cast
from tests.orders.builders import case_of, made, take
from tests.panel.scene import decision, measure, ready_to_decide
from tests.web.conftest import SignIn
from tests.web.test_told_once import asked, broken, page, reach

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


APPLICATION = {
    "seeks": "yes",
    "kind": "spo",
    "prohibitions": "You must not contact the victim by any means.",
    "reason": "Seven acts in 31 weeks.",
    "victim": "yes",
    "once": "key-1",
}


def test_applying_does_what_the_plan_asked(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    action = asked(cast, case, MeasureKind.ORDER)
    officer = signed_in("officer")
    answer = officer.post(f"/cases/{case.reference}/orders/apply/", APPLICATION)
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    assert Order.objects.unscoped("test").get().step == "applied"
    action.refresh_from_db()
    assert action.status == "done"
    assert "stalking protection order: applied for" in page(officer, case, f"plan/actions/{action.pk}/").lower()


@pytest.mark.parametrize("count", [1, 2])
def test_an_action_that_waits_for_the_victim_and_one_of_two_stay_open(
    cast: Cast, signed_in: SignIn, count: int
) -> None:
    case = case_of(cast)
    for _ in range(count):
        asked(cast, case, MeasureKind.ORDER, tell_victim_first=count == 1)
    assert signed_in("officer").post(f"/cases/{case.reference}/orders/apply/", APPLICATION).status_code == 303
    assert set(Action.objects.unscoped("test").values_list("status", flat=True)) == {"open"}


INTERIM, FULL, RESTRAINING = (
    f"Apply for {what}" for what in ("an interim SPO", "the stalking protection order", "a Restraining Order")
)


@pytest.mark.parametrize(
    ("asks", "ticked", "done"),
    [
        ((INTERIM, FULL), (), {FULL}),
        ((FULL, "Apply for the order"), (), {FULL}),
        ((RESTRAINING,), (), set()),
        ((FULL, FULL + " soon"), (), set()),
        (("Apply for SPO and restraining order",), (), set()),
        ((RESTRAINING, "Apply for the order"), (), set()),
        ((RESTRAINING, "Apply for the order"), ("Apply for the order",), {"Apply for the order"}),
        ((FULL, "Apply for the order"), ("Apply for the order",), {"Apply for the order"}),
    ],
)
@pytest.mark.parametrize("serves", [False, True])
def test_an_order_settles_only_the_action_that_means_its_kind(
    cast: Cast, signed_in: SignIn, serves: bool, asks: tuple[str, ...], ticked: tuple[str, ...], done: set[str]
) -> None:
    """Applied for, or served: the plan may ask for an order of another kind, which stays open and says so."""
    case, officer = case_of(cast), signed_in("officer")
    order = made(cast, case, kind=OrderKind.SPO) if serves else None
    kind = MeasureKind.SERVICE_OF_ORDER if serves else MeasureKind.ORDER
    actions = {what: asked(cast, case, kind, what=what) for what in asks}
    settles = [actions[what].pk for what in ticked]
    if order:
        told = {"channel": "call", "incoming": "yes", "outcome": "reached", "orders": str(order.pk)}
        assert signed_in("advocate").post(f"/cases/{case.reference}/victim/contact/", told).status_code == 303
        address, sent = f"orders/{order.pk}/served/", {"version": order.version, "settles": settles}
    else:
        address, sent = "orders/apply/", APPLICATION | {"settles": settles}
    answer = officer.post(f"/cases/{case.reference}/{address}", sent)
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    left = Action.objects.unscoped("test").filter(status="open").values_list("what", flat=True)
    assert set(asks) - set(left) == done
    if not serves:
        assert ("stays open" in officer.get(answer["Location"]).content.decode()) is bool(left)


def test_what_the_panel_decided_shows_what_became_of_it(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    applies = measure(
        Strand.LEGAL, what="Apply for the order", owner_partner="northmoor-police", kind=MeasureKind.ORDER
    )
    panel.record_decision(
        actor=cast.chair,
        item=ready_to_decide(cast, case),
        draft=decision(measures=(measure(), applies), review_on=NOW.date() + timedelta(days=2)),
        at=NOW,
    )
    coordinator, officer = signed_in("coordinator"), signed_in("officer")
    opens = re.search(r'action="([^"]*/plan/open/[^"]*)"', page(coordinator, case, "plan/"))
    assert opens is not None
    assert coordinator.post(opens[1], {"once": "key-0"}).status_code == 303
    assert "<strong>Now:</strong>" not in page(officer, case, "panel/")
    assert officer.post(f"/cases/{case.reference}/orders/apply/", APPLICATION).status_code == 303
    assert Action.objects.unscoped("test").get(kind=MeasureKind.ORDER).status == "done"
    assert "<strong>Now:</strong> stalking protection order, applied for" in page(officer, case, "panel/")
    take(cast, Order.objects.unscoped("test").get(), Step.MADE, at=NOW)
    assert "<strong>Now:</strong> stalking protection order, made, not served" in page(officer, case, "panel/")


def test_the_item_of_the_sitting_shows_the_same_thread(cast: Cast, signed_in: SignIn) -> None:
    """What the panel meets where it decided: what became of it, and whether the victim knows before the subject does."""
    case = case_of(cast)
    item = ready_to_decide(cast, case)
    panel.record_decision(actor=cast.chair, item=item, draft=decision(review_on=NOW.date() + timedelta(days=2)), at=NOW)
    chair, officer, advocate = signed_in("chair"), signed_in("officer"), signed_in("advocate")
    assert "<strong>Now:</strong>" not in read(chair, item)
    assert officer.post(f"/cases/{case.reference}/orders/apply/", APPLICATION).status_code == 303
    assert "Now: stalking protection order, applied for. Tell the victim first: nobody has told the victim yet" in read(
        chair, item
    )
    order = Order.objects.unscoped("test").get()
    reached = {"channel": "call", "incoming": "yes", "outcome": "reached", "orders": str(order.pk), "once": "key-2"}
    assert advocate.post(f"/cases/{case.reference}/victim/contact/", reached).status_code == 303
    assert "applied for. The victim was told on 24 November 2026, 09:00" in read(chair, item)
    take(cast, order, Step.MADE, at=NOW)
    assert "Now: stalking protection order, made, not served. The victim was told on" in read(chair, item)
    assert "not served" not in read(signed_in("clinician"), item).replace("made, not served", "")


def read(client: Client, item: Item) -> str:
    """Return what the page of an item says."""
    answer = client.get(f"/panel/items/{item.pk}/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer))


def test_serving_it_does_what_the_plan_asked(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order, action = made(cast, case), asked(cast, case, MeasureKind.SERVICE_OF_ORDER)
    told = {"contact": str(reach(cast, case).pk), "once": "key-1"}
    place = f"/cases/{case.reference}/plan/actions/{action.pk}/told/"
    assert signed_in("advocate").post(place, told).status_code == 303
    officer = signed_in("officer")
    assert "made, not served" in page(officer, case, f"plan/actions/{action.pk}/")
    served = {"version": order.version, "once": "key-2"}
    assert officer.post(f"/cases/{case.reference}/orders/{order.pk}/served/", served).status_code == 303
    action.refresh_from_db()
    assert action.status == "done"


def test_an_application_that_is_considered_stands_at_the_action(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    action = asked(cast, case, MeasureKind.ORDER)
    officer = signed_in("officer")
    assert "<strong>Now:</strong>" not in page(officer, case, f"plan/actions/{action.pk}/")
    sent = APPLICATION | {"seeks": "considered"}
    assert officer.post(f"/cases/{case.reference}/orders/apply/", sent).status_code == 303
    said = page(officer, case, f"plan/actions/{action.pk}/")
    assert "<strong>Now:</strong> stalking protection order, considered" in said
    action.refresh_from_db()
    assert action.status == "open"


# ---- no order is sought ---------------------------------------------------------------------------------------------


BOX = "Which action of the plan does this settle?"


def declined(cast: Cast, client: Client, case: Case, settles: list[Action], kind: str = "spo") -> str:
    """Record on the page that no order is sought, with the actions that this settles; return what is said then."""
    sent = {"seeks": "no", "kind": kind, "reason": "Remanded until trial.", "settles": [one.pk for one in settles]}
    answer = client.post(f"/cases/{case.reference}/orders/apply/", sent)
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    return client.get(answer["Location"]).content.decode()


def due_today(cast: Cast, case: Case, **more: bool) -> Action:
    """An action to apply for an order that stands on the officer's day."""
    action = asked(cast, case, MeasureKind.ORDER, **more)
    Action.objects.unscoped("test").filter(pk=action.pk).update(due_on=NOW.date())
    list(duties.checked(mend=True))  # it was changed past the services
    return action


def statuses(*actions: Action) -> list[str]:
    for action in actions:
        action.refresh_from_db()
    return [action.status for action in actions]


@pytest.mark.parametrize("tell_victim_first", [False, True])
def test_a_reason_not_to_apply_settles_what_the_plan_asked_where_the_writer_says_so(
    cast: Cast, signed_in: SignIn, tell_victim_first: bool
) -> None:
    case, officer = case_of(cast), signed_in("officer")
    assert BOX not in page(officer, case, "orders/apply/")
    action = due_today(cast, case, tell_victim_first=tell_victim_first)
    assert "What the panel asked" in officer.get("/").content.decode()
    shown = page(officer, case, "orders/apply/")
    assert BOX in shown
    box = re.search(rf'<input[^>]*value="{action.pk}"[^>]*>', shown)
    assert box is not None
    assert "checked" not in box[0], "nothing is chosen for the writer"
    assert "This settles the plan’s action to apply for an order." in declined(cast, officer, case, [action])
    assert statuses(action) == ["not_done"]
    assert "not sought. Remanded until trial." in page(officer, case, f"plan/actions/{action.pk}/")
    assert "What the panel asked" not in officer.get("/").content.decode()


def test_to_decline_another_kind_leaves_what_the_plan_asked_open_and_says_so(cast: Cast, signed_in: SignIn) -> None:
    case, officer = case_of(cast), signed_in("officer")
    action = due_today(cast, case)
    said = declined(cast, officer, case, [], kind="spo_interim")
    assert "The plan’s action to apply for an order stays open." in said
    assert statuses(action) == ["open"]
    assert "What the panel asked" in officer.get("/").content.decode()


def test_of_two_actions_that_one_is_settled_which_was_chosen(cast: Cast, signed_in: SignIn) -> None:
    case, officer = case_of(cast), signed_in("officer")
    two = [asked(cast, case, MeasureKind.ORDER) for _ in range(2)]
    said = declined(cast, officer, case, two[1:])
    assert "Another action to apply for an order stays open." in said
    assert statuses(*two) == ["open", "not_done"]


@pytest.mark.parametrize(
    ("seeks", "message"),
    [
        ("considered", "Choose this only where it is decided whether an order is sought"),
        ("no", "This action is not open any more. Look at the plan and choose again."),
    ],
)
def test_an_action_is_settled_by_a_decision_alone_and_only_while_it_is_open(
    cast: Cast, signed_in: SignIn, seeks: str, message: str
) -> None:
    case, officer = case_of(cast), signed_in("officer")
    chosen, other = (asked(cast, case, MeasureKind.ORDER) for _ in range(2))
    if seeks == "no":
        done = {"status": Status.NOT_DONE, "because": Because.OTHER, "reason": "Twice.", "at": NOW}
        plan.update_action(actor=cast.officer, action=chosen, **done)  # type: ignore[arg-type]
    sent = {"seeks": seeks, "kind": "spo", "reason": "Remanded until trial.", "settles": [chosen.pk]}
    answer = officer.post(f"/cases/{case.reference}/orders/apply/", sent)
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert statuses(other) == ["open"]
    assert not Order.objects.unscoped("test").exists()


def test_an_assessment_after_a_breach_does_what_the_plan_asked_of_its_agency(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    breach = broken(cast, case)
    again = breach.action
    assert again is not None
    officer = signed_in("officer")
    here = f"plan/actions/{again.pk}/"
    assert "Assess again: breach of condition" in page(officer, case, here)
    for name, status in (("clinician", "open"), ("officer", "done")):
        client = signed_in(name)
        form = client.post(
            f"/cases/{case.reference}/assessment/new/first-line/",
            {"go": "keep", "step": "16", "level": "very_high", "once": f"{name}-1"},
        )
        assert form.status_code == 303, form.content.decode()[-2000:]
        signs = client.post(form["Location"], {"do": "sign", "level": "very_high", "once": f"{name}-2"})
        assert signs.status_code == 303
        again.refresh_from_db()
        assert again.status == status, name
    assert "The case was assessed again." in page(officer, case, here)


@pytest.mark.parametrize("kind", [MeasureKind.ARREST, MeasureKind.CHARGE])
def test_what_was_done_after_a_breach_does_what_the_plan_asked(
    cast: Cast, signed_in: SignIn, kind: MeasureKind
) -> None:
    case = case_of(cast)
    breach, action = broken(cast, case), asked(cast, case, kind)
    officer, here = signed_in("officer"), f"/cases/{case.reference}/orders/breaches/{breach.pk}/"
    no = {"what": kind.value, "done": "no", "reason": "Not seen yet.", "once": "key-1"}
    assert officer.post(here, no).status_code == 303
    assert "open" in statuses(action)
    answer = officer.post(here, {"what": kind.value, "done": "yes", "once": "key-2"})
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    assert statuses(action)[-1] == "done"
    assert "after a breach" in page(officer, case, f"plan/actions/{action.pk}/")
