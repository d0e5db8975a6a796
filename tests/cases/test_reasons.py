"""Why a review is due: composed from trigger and parameters, and what a colleague typed is shown as typed."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from fourfold.cases.rules import why_due, with_earlier
from fourfold.cases.rules.reasons import MOST_BEFORE
from fourfold.cases.terms import ReviewReason, Trigger
from fourfold.orders.terms import EndedBy, OrderKind
from fourfold.web.translation import word


def spoken(trigger: str, reason: ReviewReason) -> str:
    """Say a reason as a page in a language that only puts brackets around each text of ours."""
    return str(word(why_due(trigger, reason), lambda text: f"⟦{text}⟧"))


@pytest.mark.parametrize(
    ("trigger", "reason", "shown"),
    [
        (Trigger.BREACH, {}, "⟦breach⟧"),
        (Trigger.CLOCK, {}, "⟦the usual interval⟧"),
        (Trigger.OPENED, {}, "⟦case opened⟧"),
        (Trigger.CLOCK, {"level": "very_high"}, "⟦level ⟦very high⟧⟧"),
        (Trigger.CLOCK, {"agreed": "panel"}, "⟦agreed by the panel⟧"),
        (Trigger.CLOCK, {"agreed": "review"}, "⟦agreed at the review⟧"),
        (Trigger.NEW_ACT, {"act_on": "2026-11-26"}, "⟦act of 26 ⟦November⟧ 2026⟧"),
        (Trigger.NEW_ACT, {"act_on": "2026-11-26", "undated": True}, "⟦act told on 26 ⟦November⟧ 2026⟧"),
        (
            Trigger.NEW_ACT,
            {"act_on": "2026-11-26", "undated": True, "left_on": "2026-12-03"},
            "⟦act told on 26 ⟦November⟧ 2026, taken off the case on 3 ⟦December⟧ 2026⟧",
        ),
        (
            Trigger.NEW_ACT,
            {"act_on": "2026-11-26", "left_on": "2026-12-03"},
            "⟦act of 26 ⟦November⟧ 2026, taken off the case on 3 ⟦December⟧ 2026⟧",
        ),
        (
            Trigger.BREACH,
            {"condition": 1, "order": "restraining order"},
            "⟦breach of condition 1, ⟦restraining order⟧⟧",
        ),
        (Trigger.ORDER_END, {"order": "interim order", "ended_by": "ran_out"}, "⟦interim order⟧ ⟦ran out⟧"),
        (Trigger.TRANSFER, {"taken_over_from": "Northgate"}, "⟦taken over from Northgate⟧"),
        (Trigger.WEAPON, {"words": "level high"}, "⟦weapon⟧: level high"),
        (Trigger.WEAPON, {"on": "2026-05-03", "words": "Save"}, "⟦weapon⟧, 3 ⟦May⟧ 2026: Save"),
        (
            Trigger.CLOCK,
            {"level": "high", "before": [{"trigger": "weapon", "words": "Save"}, {"trigger": "opened"}]},
            "⟦level ⟦high⟧⟧; ⟦earlier reason: ⟦weapon⟧: Save⟧; ⟦earlier reason: ⟦case opened⟧⟧",
        ),
        (
            Trigger.BREACH,
            {"act_on": "2026-11-27", "later": "told", "before": [{"trigger": "clock", "level": "high"}]},
            "⟦level ⟦high⟧⟧; ⟦told since it fell due: ⟦act of 27 ⟦November⟧ 2026⟧⟧",
        ),
    ],
)
def test_what_is_ours_is_said_and_what_was_typed_is_as_typed(trigger: str, reason: ReviewReason, shown: str) -> None:
    assert spoken(trigger, reason) == shown
    assert "⟦" not in why_due(trigger, reason)


@pytest.mark.parametrize("kind", OrderKind)
def test_every_kind_of_order_is_known_by_its_words(kind: OrderKind) -> None:
    assert f"⟦{kind.words}⟧" in spoken(Trigger.BREACH, {"condition": 12, "order": kind.words})


@pytest.mark.parametrize("how", EndedBy)
def test_every_way_in_which_an_order_ends_is_said(how: EndedBy) -> None:
    assert "_" not in why_due(Trigger.ORDER_END, {"order": "injunction", "ended_by": how.value})


@pytest.mark.parametrize("trigger", Trigger)
def test_every_trigger_can_stand_alone(trigger: Trigger) -> None:
    assert spoken(trigger, {}).startswith("⟦")


def test_an_earlier_reason_is_kept_once_and_what_set_the_date_for_ever() -> None:
    reason = with_earlier("weapon", {"words": "A knife."}, "opened", {})
    assert reason == {"words": "A knife.", "before": [{"trigger": "opened"}]}
    assert with_earlier("weapon", {"words": "A knife."}, "weapon", reason)["before"] == [{"trigger": "opened"}]
    for day in range(1, 9):
        reason = with_earlier("new_act", {"act_on": f"2026-05-0{day}"}, "new_act", reason)
    assert [one.get("act_on") for one in reason["before"]] == ["2026-05-07", "2026-05-06", None]
    assert reason["before"][-1] == {"trigger": "opened"}, "what set the date, however much came after it"
    assert len(reason["before"]) == MOST_BEFORE


def test_what_came_too_late_never_drives_out_why_a_review_is_due() -> None:
    reason: ReviewReason = {"level": "high"}
    for day in range(1, 9):
        reason = with_earlier("new_act", {"act_on": f"2026-05-0{day}", "later": "told"}, "new_act", reason)
    assert why_due("new_act", reason) == (
        "level high; told since it fell due: act of 8 May 2026, act of 7 May 2026 and act of 6 May 2026"
    )
    assert len(reason["before"]) == MOST_BEFORE


def test_what_is_stored_is_what_is_declared() -> None:
    assert {"trigger", "words", "before"} <= get_type_hints(ReviewReason).keys()
