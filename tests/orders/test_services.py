"""Orders as they are sought, made, served and broken: nothing is served before she knows, no breach stands alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fourfold.access import services as access
from fourfold.access.terms import NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Conflict
from fourfold.base import new_id
from fourfold.cases.models import Case, CaseAct, ReviewDue
from fourfold.cases.terms import Trigger
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel, Told
from fourfold.linkage import queries as linkage_queries
from fourfold.orders import queries
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, BreachStep, Condition, Custody, Order, OrderStep, VictimTold
from fourfold.orders.queries import OrderShown
from fourfold.orders.terms import (
    BreachDecision,
    CannotOrder,
    CustodyKind,
    EndedBy,
    OrderKind,
    PastBreach,
    PastCondition,
    PastCustody,
    PastDecision,
    PastOrder,
    PastStep,
    Step,
    StepDetails,
)
from fourfold.plan.models import Action
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.duties.scene import said, waits
from tests.orders.builders import (
    CONDITIONS,
    applied,
    breached,
    case_of,
    condition_of,
    made,
    served,
    take,
    told_breach,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def steps_of(order: Order) -> list[str]:
    rows = OrderStep.objects.unscoped("test").filter(order=order).order_by("taken_at", "recorded_at")
    return sorted((row.step for row in rows), key=list(Step).index)


def now(order: Order) -> Order:
    return Order.objects.unscoped("test").get(pk=order.pk)


def refused_field(fault: pytest.ExceptionInfo[CannotOrder]) -> str:
    return fault.value.field


# ---- seeking ------------------------------------------------------------------------------------------------------


def test_an_order_is_considered_then_applied_for_with_its_conditions(cast: Cast) -> None:
    case = case_of(cast)
    considered = orders.consider(
        actor=cast.officer, case=case, kind=OrderKind.SPO_INTERIM, reason="Decided at the panel.", at=NOW - 5 * DAY
    )
    order = applied(cast, case, at=NOW)
    assert order.pk == considered.pk
    assert now(order).step == Step.APPLIED
    assert steps_of(order) == ["considered", "applied"]
    texts = Condition.objects.unscoped("test").filter(order=order).order_by("number").values_list("number", "text")
    assert list(texts) == [(n, draft.text) for n, draft in enumerate(CONDITIONS, start=1)]
    assert audit_queries.verify().clean


def test_an_application_that_nobody_considered_before_was_considered_now(cast: Cast) -> None:
    assert steps_of(applied(cast, case_of(cast), at=NOW)) == ["considered", "applied"]


@pytest.mark.parametrize(
    ("conditions", "reason", "field"), [((), "because", "conditions"), (CONDITIONS, "  ", "reason")]
)
def test_an_application_has_conditions_and_a_reason(
    cast: Cast, conditions: tuple[object, ...], reason: str, field: str
) -> None:
    case = case_of(cast)
    with pytest.raises(CannotOrder) as fault:
        orders.apply_for(
            actor=cast.officer, case=case, kind=OrderKind.SPO, conditions=conditions, reason=reason, at=NOW
        )
    assert refused_field(fault) == field
    assert not Order.objects.unscoped("test").exists()


def test_a_no_is_kept_with_its_reason(cast: Cast) -> None:
    case = case_of(cast)
    order = orders.decline(actor=cast.officer, case=case, reason="He is serving a sentence.", at=NOW)
    assert (order.step, steps_of(order)) == (Step.DECLINED, ["declined"])
    with pytest.raises(CannotOrder) as fault:
        orders.decline(actor=cast.officer, case=case, reason="", at=NOW)
    assert refused_field(fault) == "reason"


def test_what_was_being_considered_can_be_declined(cast: Cast) -> None:
    case = case_of(cast)
    orders.consider(actor=cast.officer, case=case, kind=OrderKind.SPO, reason="Asked at the panel.", at=NOW - DAY)
    order = orders.decline(actor=cast.officer, case=case, reason="He is serving a sentence.", at=NOW)
    assert (now(order).step, steps_of(order)) == (Step.DECLINED, ["considered", "declined"])


def test_bail_comes_to_us_made_and_ends_on_a_day(cast: Cast) -> None:
    case = case_of(cast)
    bail = {"actor": cast.officer, "case": case, "kind": OrderKind.BAIL, "conditions": CONDITIONS[:1], "at": NOW}
    with pytest.raises(CannotOrder) as fault:
        orders.record_order(**bail, details=StepDetails())  # type: ignore[arg-type]
    assert refused_field(fault) == "expires_on"
    order = orders.record_order(**bail, details=StepDetails(expires_on=date(2026, 12, 9)))  # type: ignore[arg-type]
    kept = now(order)
    assert (kept.step, kept.made_on, kept.expires_on) == (Step.MADE, date(2026, 11, 24), date(2026, 12, 9))
    assert kept.served_at == NOW, "he was given the conditions as they were made"


def test_a_stalking_order_cannot_be_recorded_as_made_without_an_application(cast: Cast) -> None:
    with pytest.raises(CannotOrder) as fault:
        orders.record_order(
            actor=cast.officer,
            case=case_of(cast),
            kind=OrderKind.SPO,
            conditions=CONDITIONS,
            details=StepDetails(),
            at=NOW,
        )
    assert refused_field(fault) == "step"


# ---- making and serving -------------------------------------------------------------------------------------------


def test_an_order_is_not_served_before_she_was_told(cast: Cast) -> None:
    """Day 6: her advocate records that she was told, then service may be recorded."""
    order = made(cast, case_of(cast))
    with pytest.raises(CannotOrder) as fault:
        take(cast, order, Step.SERVED, at=NOW)
    assert refused_field(fault) == "victim_told_first"
    assert now(order).step == Step.MADE
    orders.note_victim_told(actor=cast.advocate, order=order, at=NOW, contact=new_id())
    take(cast, order, Step.SERVED, at=NOW + HOUR)
    step = OrderStep.objects.unscoped("test").get(order=order, step=Step.SERVED)
    assert (step.victim_told_first, now(order).served_at) == (True, NOW + HOUR)
    assert audit_queries.verify().clean


def test_being_told_afterwards_is_not_being_told_first(cast: Cast) -> None:
    order = made(cast, case_of(cast))
    orders.note_victim_told(actor=cast.advocate, order=order, at=NOW)
    with pytest.raises(CannotOrder):
        orders.take_step(
            actor=cast.officer, order=order, step=Step.SERVED, at=NOW, details=StepDetails(taken_at=NOW - HOUR)
        )


def test_where_she_cannot_be_told_two_people_sign_why_not(cast: Cast) -> None:
    order = made(cast, case_of(cast))
    why = StepDetails(reason="She is abroad and cannot be reached; he was at the door tonight.")
    step = {"actor": cast.officer, "order": order, "step": Step.SERVED, "at": NOW, "details": why}
    for second in (None, cast.officer):
        with pytest.raises(CannotOrder) as fault:
            orders.take_step(**step, countersigned_by=second)  # type: ignore[arg-type]
        assert refused_field(fault) == "countersigned_by"
    row = orders.take_step(**step, countersigned_by=cast.coordinator)  # type: ignore[arg-type]
    assert (row.victim_told_first, row.countersigned_by) == (False, cast.staff["coordinator"].pk)


def test_somebody_who_may_not_open_the_case_cannot_sign(cast: Cast) -> None:
    order = made(cast, case_of(cast))
    with pytest.raises(NotFound):
        orders.take_step(
            actor=cast.officer,
            order=order,
            step=Step.SERVED,
            at=NOW,
            details=StepDetails(reason="She cannot be reached."),
            countersigned_by=cast.olu,
        )


def test_the_second_signature_may_be_given_later_by_somebody_else(cast: Cast) -> None:
    order = made(cast, case_of(cast))
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="She is abroad.", at=NOW)
    with pytest.raises(CannotOrder) as fault:
        take(cast, order, Step.SERVED, at=NOW)
    assert refused_field(fault) == "victim_told_first"
    with pytest.raises(CannotOrder):
        orders.sign_untold(actor=cast.officer, asked=asked, at=NOW)
    orders.sign_untold(actor=cast.advocate, asked=asked, at=NOW)
    with pytest.raises(CannotOrder):
        orders.sign_untold(actor=cast.coordinator, asked=asked, at=NOW)
    take(cast, order, Step.SERVED, at=NOW)
    assert OrderStep.objects.unscoped("test").get(order=order, step=Step.SERVED).victim_told_first is False
    assert audit_queries.verify().clean


def test_a_signature_serves_once_and_keeps_the_words_that_were_signed(cast: Cast) -> None:
    """An order served on a signature and varied since is not served again on it, and the server's words are not kept."""
    order, day = made(cast, case_of(cast)), timedelta(days=1)
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="She is abroad.", at=NOW + day)
    orders.sign_untold(actor=cast.advocate, asked=asked, at=NOW + day)
    take(cast, order, Step.SERVED, at=NOW + 2 * day, reason="He asked me to.")
    served = OrderStep.objects.unscoped("test").get(order=order, step=Step.SERVED)
    assert (served.reason, served.countersigned_by) == ("She is abroad.", cast.staff["advocate"].pk)
    take(cast, order, Step.VARIED, at=NOW + 3 * day, reason="The zone is smaller.", conditions=CONDITIONS[:1])
    with pytest.raises(CannotOrder) as fault:
        take(cast, order, Step.SERVED, at=NOW + 4 * day, reason="She is still abroad.")
    assert refused_field(fault) == "countersigned_by"
    again = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="Still.", at=NOW + 4 * day)
    orders.sign_untold(actor=cast.advocate, asked=again, at=NOW + 4 * day)
    take(cast, order, Step.SERVED, at=NOW + 5 * day)


def test_a_signature_given_before_the_order_was_varied_does_not_serve_it(cast: Cast) -> None:
    order, day = made(cast, case_of(cast)), timedelta(days=1)
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="She is abroad.", at=NOW + day)
    take(cast, order, Step.VARIED, at=NOW + 2 * day, reason="The zone is smaller.", conditions=CONDITIONS[:1])
    orders.sign_untold(actor=cast.advocate, asked=asked, at=NOW + 3 * day)
    with pytest.raises(CannotOrder):
        take(cast, order, Step.SERVED, at=NOW + 3 * day)


@pytest.mark.parametrize("name", ["clinician", "outreach", "chair", "analyst"])
def test_who_neither_records_orders_nor_supports_her_does_not_sign(cast: Cast, name: str) -> None:
    order = made(cast, case_of(cast))
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="She is abroad.", at=NOW)
    with pytest.raises(Refused):
        orders.sign_untold(actor=cast.actor(name), asked=asked, at=NOW)
    with pytest.raises(Refused):
        orders.ask_to_serve_untold(actor=cast.actor(name), order=order, reason="x", at=NOW)


def test_who_could_sign_is_asked_until_it_is_signed_or_she_was_told(cast: Cast) -> None:
    order = made(cast, case_of(cast))
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="She is abroad.", at=NOW)

    def waiting(name: str) -> list[str]:
        rows = [said(row, cast.actor(name)) for row in waits(cast.actor(name), "service_before_telling")]
        return [str(row.what) for row in rows if row is not None]

    for name in ("advocate", "coordinator", "second_officer"):
        assert waiting(name) == ["Sign or refuse, before the victim is told: serve interim stalking protection order"]
    for name in ("officer", "clinician", "chair", "analyst", "olu", "governance"):
        assert waiting(name) == []
    orders.note_victim_told(actor=cast.advocate, order=order, at=NOW)
    assert waiting("coordinator") == []
    orders.sign_untold(actor=cast.advocate, asked=asked, at=NOW)
    assert waiting("coordinator") == []


def test_a_request_to_serve_untold_has_its_reason(cast: Cast) -> None:
    with pytest.raises(CannotOrder) as fault:
        orders.ask_to_serve_untold(actor=cast.officer, order=made(cast, case_of(cast)), reason=" ", at=NOW)
    assert refused_field(fault) == "reason"


def test_only_her_advocate_says_that_she_was_told(cast: Cast) -> None:
    order = made(cast, case_of(cast))
    for name in ("officer", "outreach", "second_advocate", "chair"):
        with pytest.raises(Refused):
            orders.note_victim_told(actor=cast.actor(name), order=order, at=NOW)
    assert not VictimTold.objects.unscoped("test").exists()


def test_after_a_variation_she_is_told_again(cast: Cast) -> None:
    order = served(cast, case_of(cast))
    take(cast, order, Step.VARIED, at=NOW - DAY, conditions=CONDITIONS[:1])
    with pytest.raises(CannotOrder):
        take(cast, order, Step.SERVED, at=NOW)
    orders.note_victim_told(actor=cast.advocate, order=order, at=NOW)
    take(cast, order, Step.SERVED, at=NOW)


def test_a_variation_ends_the_old_conditions_and_numbers_the_new_ones_on(cast: Cast) -> None:
    order = served(cast, case_of(cast))
    take(cast, order, Step.VARIED, at=NOW, conditions=CONDITIONS[:1])
    rows = Condition.objects.unscoped("test").filter(order=order).order_by("number")
    assert [(row.number, row.ended_at) for row in rows] == [(1, NOW), (2, NOW), (3, NOW), (4, None)]
    assert audit_queries.verify().clean


@pytest.mark.parametrize("expires_on", [date(2026, 12, 31), date(2028, 11, 2)])
def test_a_full_order_shorter_than_two_years_is_refused(cast: Cast, expires_on: date) -> None:
    with pytest.raises(CannotOrder) as fault:
        made(cast, case_of(cast), OrderKind.SPO, expires_on=expires_on)
    assert refused_field(fault) == "expires_on"
    assert "3 November 2028 or later" in str(fault.value)


def test_a_full_order_ends_the_interim_one_as_superseded_and_calls_for_no_review(cast: Cast) -> None:
    """Day 41: a normal end."""
    case = case_of(cast)
    interim = served(cast, case)
    full = made(cast, case, OrderKind.SPO, at=NOW)
    assert (now(interim).step, now(interim).ended_by, now(interim).ended_on) == (
        Step.ENDED,
        EndedBy.SUPERSEDED,
        date(2026, 11, 24),
    )
    assert now(full).ended_on is None
    assert not ReviewDue.objects.unscoped("test").filter(trigger=Trigger.ORDER_END).exists()
    assert audit_queries.verify().clean


def test_an_order_that_ends_otherwise_brings_the_review_forward(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case)
    Case.objects.unscoped("test").filter(pk=case.pk).update(review_due_at=NOW + 30 * DAY)
    ReviewDue.objects.unscoped("test").filter(case=case).update(due_at=NOW + 30 * DAY)
    take(cast, order, Step.ENDED, at=NOW, ended_by=EndedBy.DISCHARGED)
    review = ReviewDue.objects.unscoped("test").get(case=case, superseded_at=None, done_at=None)
    assert review.trigger == Trigger.ORDER_END
    assert review.reason["ended_by"] == "discharged"


def test_two_people_who_record_a_step_at_once_see_each_other(cast: Cast) -> None:
    order = applied(cast, case_of(cast), at=NOW - DAY)
    seen = order.version
    take(cast, order, Step.MADE, at=NOW)
    with pytest.raises(Conflict) as fault:
        orders.take_step(
            actor=cast.second_officer,
            order=order,
            step=Step.REFUSED,
            at=NOW,
            version=seen,
            details=StepDetails(reason="not necessary"),
        )
    assert fault.value.theirs["step"] == "made"
    assert fault.value.version == now(order).version
    assert steps_of(order) == ["considered", "applied", "made"]


def test_an_unmade_order_cannot_be_served(cast: Cast) -> None:
    order = applied(cast, case_of(cast), at=NOW - DAY)
    with pytest.raises(CannotOrder) as fault:
        take(cast, order, Step.SERVED, at=NOW)
    assert refused_field(fault) == "step"


# ---- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["clinician", "outreach", "advocate", "analyst", "chair", "coordinator"])
def test_only_police_apply_for_orders(cast: Cast, name: str) -> None:
    case = case_of(cast)
    with pytest.raises(Refused):
        orders.consider(actor=cast.actor(name), case=case, kind=OrderKind.SPO, reason="x", at=NOW)
    assert Entry.objects.latest("seq").operation == "refusal"


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_and_another_unit_find_nothing(cast: Cast, name: str) -> None:
    order = served(cast, case_of(cast))
    outsider = cast.actor(name)
    for act in (
        lambda: applied(replace_officer(cast, name), order.case, at=NOW),
        lambda: orders.take_step(actor=outsider, order=order, step=Step.NOTIFIED, at=NOW),
        lambda: orders.record_breach(actor=outsider, condition=condition_of(order), told=told_breach(at=NOW), at=NOW),
    ):
        with pytest.raises(NotFound):
            act()


def replace_officer(cast: Cast, name: str) -> Cast:
    return Cast(cast.at, {**cast.staff, "officer": cast.staff[name]})


def test_a_walled_colleague_finds_what_is_found_of_nothing(cast: Cast) -> None:
    order = served(cast, case_of(cast))
    access.declare_conflict(actor=cast.second_officer, files=[order.case_id], at=NOW)
    with pytest.raises(NotFound):
        orders.take_step(actor=cast.second_officer, order=order, step=Step.NOTIFIED, at=NOW)


# ---- breaches -----------------------------------------------------------------------------------------------------


def test_a_breach_is_the_next_act_of_the_same_course_of_conduct(cast: Cast) -> None:
    """Day 12: recorded as malicious communications, and yet the breach of condition 2 and the next act."""
    case = case_of(cast)
    order = served(cast, case)
    breach = breached(cast, order)
    allegation = Allegation.objects.unscoped("test").get(pk=breach.allegation_id)
    assert (allegation.channel, allegation.breach_of) == (Channel.BREACH, condition_of(order).pk)
    assert linkage_queries.people_of(allegation.pk) == (case.victim, case.subject)
    assert CaseAct.objects.unscoped("test").filter(case=case, allegation=allegation, left_at=None).exists()
    assert breach.decide_by == NOW + timedelta(hours=48)
    assert audit_queries.verify().clean


def test_a_breach_brings_the_review_to_tomorrow_at_the_latest(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case)
    Case.objects.unscoped("test").filter(pk=case.pk).update(review_due_at=NOW + 23 * DAY)
    ReviewDue.objects.unscoped("test").filter(case=case, done_at=None).update(due_at=NOW + 23 * DAY)
    breached(cast, order)
    review = ReviewDue.objects.unscoped("test").get(case=case, superseded_at=None, done_at=None)
    assert review.due_at <= NOW + DAY
    assert review.trigger == Trigger.BREACH
    assert Case.objects.unscoped("test").get(pk=case.pk).review_due_at == review.due_at


def test_a_breach_opens_the_action_to_assess_again(cast: Cast) -> None:
    case = case_of(cast)
    breached(cast, served(cast, case))
    action = Action.objects.unscoped("test").get(case=case)
    assert action.what == "Assess again: breach of condition 2, interim stalking protection order"
    assert action.due_on == date(2026, 11, 25)


def test_to_assess_again_is_the_work_of_the_cases_officer_else_of_whoever_recorded_the_breach(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case)
    orders.record_breach(actor=cast.second_officer, condition=condition_of(order), told=told_breach(at=NOW), at=NOW)
    action = Action.objects.unscoped("test").get(case=case)
    assert (action.owner, action.owner_partner) == (cast.officer.staff, "northmoor-police")
    access.declare_conflict(actor=cast.officer, files=[case.pk], at=NOW)
    orders.record_breach(
        actor=cast.second_officer, condition=condition_of(order), told=told_breach(at=NOW + DAY), at=NOW + DAY
    )
    again = Action.objects.unscoped("test").filter(case=case).order_by("opened_at").last()
    assert again is not None
    assert again.owner == cast.second_officer.staff, "her officer is kept from the case since"


def test_an_allegation_that_a_feed_brought_is_recognised_as_a_breach(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case)
    allegation = told(cast.analyst, at=NOW)
    breach = orders.join_breach(actor=cast.officer, condition=condition_of(order), allegation=allegation, at=NOW)
    assert linkage_queries.people_of(allegation.pk) == (case.victim, case.subject)
    assert breach.happened_at == NOW
    with pytest.raises(CannotOrder) as fault:
        orders.join_breach(actor=cast.officer, condition=condition_of(order, 1), allegation=allegation, at=NOW)
    assert refused_field(fault) == "allegation"


def test_an_allegation_about_other_people_is_no_breach_of_this_order(cast: Cast) -> None:
    from tests.cases.builders import known

    order = served(cast, case_of(cast))
    other = told(cast.analyst, at=NOW, victim_name="Someone Else", victim_phone="07700 900999")
    known(cast, other, at=NOW)
    with pytest.raises(CannotOrder) as fault:
        orders.join_breach(actor=cast.officer, condition=condition_of(order), allegation=other, at=NOW)
    assert refused_field(fault) == "allegation"


@pytest.mark.parametrize("days", [-30, -21])
def test_an_act_before_the_order_is_no_breach_and_nothing_is_stored(cast: Cast, days: int) -> None:
    order = served(cast, case_of(cast))
    before = Allegation.objects.unscoped("test").count()
    with pytest.raises(CannotOrder) as fault:
        orders.record_breach(
            actor=cast.officer,
            condition=condition_of(order),
            told=told_breach(at=NOW, happened=NOW + timedelta(days=days)),
            at=NOW,
        )
    assert refused_field(fault) == "occurred_from"
    assert Allegation.objects.unscoped("test").count() == before
    assert not Breach.objects.unscoped("test").exists()


def test_a_breach_told_with_nothing_said_keeps_its_words_in_error(cast: Cast) -> None:
    order = served(cast, case_of(cast))
    told_wrongly: Told = replace(told_breach(at=NOW), occurred_from=NOW + DAY)
    with pytest.raises(ValueError) as fault:
        orders.record_breach(actor=cast.officer, condition=condition_of(order), told=told_wrongly, at=NOW)
    assert getattr(fault.value, "field", "")


def test_arrest_charge_and_telling_her_are_decided_and_dated(cast: Cast) -> None:
    breach = breached(cast, served(cast, case_of(cast)))
    decide = {"breach": breach, "at": NOW + HOUR}
    orders.decide_breach(actor=cast.officer, what=BreachDecision.ARREST, done=True, reason="", **decide)  # type: ignore[arg-type]
    with pytest.raises(CannotOrder) as fault:
        orders.decide_breach(actor=cast.officer, what=BreachDecision.CHARGE, done=False, reason="", **decide)  # type: ignore[arg-type]
    assert refused_field(fault) == "reason"
    orders.decide_breach(
        actor=cast.officer,
        what=BreachDecision.CHARGE,
        done=False,
        reason="Awaiting the prosecutor.",
        **decide,  # type: ignore[arg-type]
    )
    orders.decide_breach(actor=cast.advocate, what=BreachDecision.VICTIM_TOLD, done=True, reason="", **decide)  # type: ignore[arg-type]
    rows = BreachStep.objects.unscoped("test").filter(breach=breach)
    assert {(row.what, row.done) for row in rows} == {("arrest", True), ("charge", False), ("victim_told", True)}


def test_her_advocate_says_she_was_told_but_decides_no_arrest(cast: Cast) -> None:
    breach = breached(cast, served(cast, case_of(cast)))
    with pytest.raises(Refused):
        orders.decide_breach(
            actor=cast.advocate, breach=breach, what=BreachDecision.ARREST, done=True, reason="", at=NOW
        )


def test_a_breach_of_bail_cannot_be_charged_and_the_refusal_says_why(cast: Cast) -> None:
    case = case_of(cast)
    bail = orders.record_order(
        actor=cast.officer,
        case=case,
        kind=OrderKind.BAIL,
        conditions=CONDITIONS[:2],
        details=StepDetails(taken_at=NOW - 5 * DAY, expires_on=date(2026, 12, 31)),
        at=NOW - 5 * DAY,
    )
    breach = breached(cast, bail)
    with pytest.raises(CannotOrder) as fault:
        orders.decide_breach(
            actor=cast.officer, breach=breach, what=BreachDecision.CHARGE, done=True, reason="", at=NOW
        )
    assert str(fault.value).startswith("Arrestable without a warrant, but not itself an offence.")


@pytest.mark.parametrize("name", ["clinician", "outreach", "advocate", "analyst", "chair"])
def test_who_may_not_record_a_breach(cast: Cast, name: str) -> None:
    order = served(cast, case_of(cast))
    with pytest.raises(Refused):
        orders.record_breach(actor=cast.actor(name), condition=condition_of(order), told=told_breach(at=NOW), at=NOW)


# ---- taking over --------------------------------------------------------------------------------------------------


def past(case: Case, allegation: Allegation | None = None, **more: object) -> PastOrder:
    """Return a past order; `allegation` is the breach of its second condition."""
    conditions = [PastCondition(new_id(), draft.kind, draft.text) for draft in CONDITIONS]
    if allegation is not None and allegation.breach_of is not None:
        conditions[1] = replace(conditions[1], id=allegation.breach_of)
    breaches = ()
    if allegation is not None:
        decided = PastDecision(BreachDecision.ARREST, True, NOW - 9 * DAY)
        breaches = (PastBreach(allegation.pk, 2, NOW - 10 * DAY, NOW - 10 * DAY, (decided,)),)
    values = {
        "id": new_id(),
        "case": case.pk,
        "kind": OrderKind.SPO,
        "conditions": tuple(conditions),
        "steps": (
            PastStep(Step.CONSIDERED, NOW - 50 * DAY),
            PastStep(Step.APPLIED, NOW - 40 * DAY),
            PastStep(Step.MADE, NOW - 30 * DAY),
            PastStep(Step.SERVED, NOW - 29 * DAY),
        ),
        "expires_on": date(2029, 1, 1),
        "breaches": breaches,
    }
    return PastOrder(**{**values, **more})  # type: ignore[arg-type]


def test_past_orders_come_with_their_conditions_steps_and_breaches(cast: Cast) -> None:
    case = case_of(cast)
    allegation = told(cast.analyst, at=NOW - 10 * DAY, breach_of=new_id())
    rows = [past(case, allegation), past(case, kind=OrderKind.SPO_INTERIM, ended_by=EndedBy.SUPERSEDED)]
    assert orders.take_over(actor=cast.officer, rows=rows, at=NOW) == 2
    order = now(Order.objects.unscoped("test").get(pk=rows[0].id))
    assert (order.step, order.made_on, order.served_at) == (Step.SERVED, date(2026, 10, 25), NOW - 29 * DAY)
    breach = Breach.objects.unscoped("test").get()
    assert (breach.condition.number, breach.decide_by) == (2, NOW - 8 * DAY)
    assert BreachStep.objects.unscoped("test").count() == 1
    assert Entry.objects.filter(action="orders.taken_over").count() == 1
    assert audit_queries.verify().clean


def test_a_release_to_come_is_not_taken_over_as_one(cast: Cast) -> None:
    """The page said of the same subject that nobody held them and that they were remanded today."""
    case = case_of(cast)
    held = PastCustody(case.pk, CustodyKind.REMAND, NOW - timedelta(days=1), NOW + timedelta(days=1))
    with pytest.raises(CannotOrder, match="This time is in the future") as refused:
        orders.take_over(actor=cast.officer, rows=[held], at=NOW)
    assert refused.value.field == "released_at"
    assert not Custody.objects.unscoped("test").exists()


def test_a_batch_has_one_entry_and_one_root(cast: Cast) -> None:
    import json

    case = case_of(cast)
    orders.take_over(actor=cast.officer, rows=(past(case) for _ in range(501)), at=NOW)
    entries = Entry.objects.filter(action="orders.taken_over").order_by("seq")
    assert len(entries) == 2
    assert all(json.loads(entry.body)["root"] for entry in entries)


def test_a_past_breach_of_a_condition_that_is_not_there_is_refused_and_nothing_is_kept(cast: Cast) -> None:
    case = case_of(cast)
    one = past(case, told(cast.analyst, breach_of=new_id()))
    with pytest.raises(CannotOrder) as fault:
        orders.take_over(actor=cast.officer, rows=[replace(one, conditions=one.conditions[:1])], at=NOW)
    assert refused_field(fault) == "condition"
    assert not Order.objects.unscoped("test").exists()


@pytest.mark.parametrize("named", ["nothing", "the order"])
def test_a_past_breach_whose_allegation_names_another_thing_is_refused(cast: Cast, named: str) -> None:
    case = case_of(cast)
    order = past(case, told(cast.analyst, breach_of=new_id()))
    stray = told(cast.analyst, breach_of=None if named == "nothing" else order.id)
    breaches = (replace(order.breaches[0], allegation=stray.pk),)
    with pytest.raises(CannotOrder) as fault:
        orders.take_over(actor=cast.officer, rows=[replace(order, breaches=breaches)], at=NOW)
    assert refused_field(fault) == "allegation"
    assert not Order.objects.unscoped("test").exists()


def test_a_breach_taken_over_and_a_breach_recorded_name_the_same_kind_of_thing(cast: Cast) -> None:
    """`breach_of` is a condition's identifier, whichever way the breach came: both join to condition and order alike."""
    case = case_of(cast)
    recorded = breached(cast, served(cast, case))
    allegation = told(cast.analyst, at=NOW - 10 * DAY, breach_of=new_id())
    orders.take_over(actor=cast.officer, rows=[past(case, allegation)], at=NOW)
    taken = Breach.objects.unscoped("test").get(allegation=allegation)
    for breach in (recorded, taken):
        condition = Condition.objects.unscoped("test").get(pk=breach.allegation.breach_of)
        assert (breach.condition, condition.order.case) == (condition, case)
    shown = [breach for order in orders_of(cast, case) for breach in order.breaches]
    assert {one.condition for one in shown} == {2}
    assert len(shown) == 2


def orders_of(cast: Cast, case: Case) -> tuple[OrderShown, ...]:
    return queries.orders_page(actor=cast.officer, reference=case.reference, at=NOW).orders


def test_nobody_takes_over_orders_of_a_case_that_is_not_theirs(cast: Cast) -> None:
    case = case_of(cast)
    with pytest.raises(NotFound):
        orders.take_over(actor=cast.olu, rows=[past(case)], at=NOW)
    with pytest.raises(Refused):
        orders.take_over(actor=cast.clinician, rows=[past(case)], at=NOW)
