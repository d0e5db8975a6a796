"""The journey as sentences: what was told becomes a case, an order waits for her to know, a breach stands never alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from fourfold import journey
from fourfold.access.terms import RelationKind
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import Answer, Level, Outcome, ScreeningAnswers
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel as Source
from fourfold.intake.terms import PersonAsTold, RecordingClass, Told
from fourfold.linkage import services as linkage
from fourfold.orders import queries as orders_queries
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, Order
from fourfold.orders.terms import (
    BreachDecision,
    CannotOrder,
    ConditionDraft,
    ConditionKind,
    OrderKind,
    Step,
    StepDetails,
)
from fourfold.panel import services as panel
from fourfold.people.models import Message
from fourfold.people.terms import Channel, Part
from fourfold.plan.models import Action
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.models import Update
from fourfold.support.terms import ContactOutcome, UpdateKind
from tests.cast import NOW, Cast, assign
from tests.duties.scene import silent
from tests.panel.scene import bring_before_panel, decision, hear, measure
from tests.rehearsal import Rehearsal
from tests.support.builders import agree

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REACHED = ContactOutcome.REACHED

HER = PersonAsTold(name="Nora Quill", birth="3 May 1985", sex="F", phone="07700 900123")
HIM = PersonAsTold(name="Dean Marlow", birth="11/02/1979", sex="M", phone="07700 900777")
CONDITIONS = (
    ConditionDraft(ConditionKind.PROHIBITION, "You must not contact her, directly or through others."),
    ConditionDraft(ConditionKind.PROHIBITION, "You must not use any account that you have not told the police of."),
)


def told(at: datetime, words: str = "Flowers were left on the step again.", **more: object) -> Told:
    values = {
        "site": "northmoor",
        "channel": Source.FEED,
        "told_at": at,
        "words": words,
        "occurred_from": at - HOUR,
        "recorded_class": RecordingClass.MALICIOUS_COMMUNICATIONS,
        "former_partner": True,
        "victim": HER,
        "subject": HIM,
    }
    return Told(**{**values, **more})  # type: ignore[arg-type]


def a_case(cast: Cast, at: datetime = NOON - 20 * DAY) -> Case:
    """Given an allegation that was told, confirmed and taken on, with an advocate and an officer."""
    allegation = journey.allegation_told(actor=cast.analyst, told=told(at), at=at)
    for part in Part:
        cases.confirm_match(actor=cast.analyst, allegation=allegation, part=part, at=at)
    case = take_on(cast, allegation, at).case
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=at)
    return case


def take_on(cast: Cast, allegation: Allegation, at: datetime, outcome: Outcome = Outcome.PANEL):  # type: ignore[no-untyped-def]
    return journey.case_taken_on(
        actor=cast.analyst,
        allegation=allegation,
        answers=ScreeningAnswers(fixated=Answer.YES, immediate_danger=Answer.NO, reclassification_asked=True),
        outcome=outcome,
        reason="Seventh act in 31 weeks.",
        at=at,
    )


def agreed(cast: Cast, case: Case) -> None:
    agree(cast, case, at=case.opened_at)


def an_order(cast: Cast, case: Case, at: datetime) -> Order:
    """Given an interim order that the court has made."""
    order = orders.apply_for(
        actor=cast.officer,
        case=case,
        kind=OrderKind.SPO_INTERIM,
        conditions=CONDITIONS,
        reason="Seven acts in 31 weeks.",
        at=at - DAY,
    )
    journey.order_made(actor=cast.officer, order=order, details=StepDetails(expires_on=date(2027, 1, 14)), at=at)
    return order


def tell_her(cast: Cast, order: Order, at: datetime, **more: object):  # type: ignore[no-untyped-def]
    asked = {"channel": Channel.TEXT, "outcome": REACHED} | more
    return journey.victim_reached(actor=cast.advocate, case=order.case, orders_ahead=[order], at=at, **asked)  # type: ignore[arg-type]


def serve(cast: Cast, order: Order, at: datetime) -> None:
    journey.order_served(actor=cast.officer, order=order, details=StepDetails(), at=at)


def condition(order: Order, number: int = 2):  # type: ignore[no-untyped-def]
    return order.conditions.model.objects.unscoped("test").select_related("order__case").get(order=order, number=number)


def owed(case: Case) -> set[str]:
    return set(Update.objects.unscoped("test").filter(case=case, told=None).values_list("what", flat=True))


# ---- told, taken on, decided --------------------------------------------------------------------------------------


def test_what_was_told_is_kept_word_for_word_and_its_people_are_proposed(cast: Cast) -> None:
    a_case(cast)
    allegation = journey.allegation_told(actor=cast.analyst, told=told(NOON), at=NOON)
    assert allegation.words == "Flowers were left on the step again."
    proposed = allegation.proposals.model.objects.unscoped("test").filter(allegation=allegation)
    assert {proposal.part for proposal in proposed} == {"victim", "subject"}


def test_a_matching_that_fails_loses_no_allegation(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: object) -> None:
        raise RuntimeError("the matching broke")

    monkeypatch.setattr(linkage, "propose_matches", fails)
    assert journey.allegation_told(actor=cast.analyst, told=told(NOON), at=NOON).pk
    assert Allegation.objects.unscoped("test").count() == 1
    assert audit_queries.verify().clean


def test_when_a_case_is_taken_on_her_first_contact_falls_due_within_a_working_day(cast: Cast) -> None:
    """F8: taken on at noon on Christmas Eve; the bank holidays are counted."""
    eve = NOON.replace(month=12, day=24)
    case = a_case(cast, at=eve)
    update = Update.objects.unscoped("test").get(case=case)
    assert (update.what, update.due_on) == (UpdateKind.FIRST_CONTACT, date(2026, 12, 29))


def test_a_further_act_of_a_known_case_asks_for_no_second_first_contact(cast: Cast) -> None:
    case = a_case(cast)
    further = journey.allegation_told(actor=cast.analyst, told=told(NOON), at=NOON)
    cases.confirm_match(actor=cast.analyst, allegation=further, part=Part.VICTIM, victim=case.victim, at=NOON)
    cases.confirm_match(actor=cast.analyst, allegation=further, part=Part.SUBJECT, subject=case.subject, at=NOON)
    assert take_on(cast, further, NOON).case == case
    assert Update.objects.unscoped("test").filter(what=UpdateKind.FIRST_CONTACT).count() == 1


def test_an_allegation_for_advice_only_owes_nobody_a_first_contact(cast: Cast) -> None:
    allegation = journey.allegation_told(actor=cast.analyst, told=told(NOON), at=NOON)
    for part in Part:
        cases.confirm_match(actor=cast.analyst, allegation=allegation, part=part, at=NOON)
    assert take_on(cast, allegation, NOON, Outcome.ADVICE_ONLY).case is None
    assert not Update.objects.unscoped("test").exists()


def test_what_a_panel_decides_becomes_actions_with_owners_and_dates(cast: Cast) -> None:
    case = a_case(cast)
    item = bring_before_panel(cast, case)
    hear(cast, item)
    panel.open_views(actor=cast.chair, item=item, at=NOW)
    chosen = decision(measures=(measure(), measure(what="Fit a new lock")), review_on=NOW.date() + timedelta(days=2))
    journey.panel_decided(actor=cast.chair, item=item, draft=chosen, at=NOW, countersigned_by=cast.officer)
    actions = Action.objects.unscoped("test").filter(case=case)
    assert {action.what for action in actions} == {"Agree a safe way home", "Fit a new lock"}
    assert all(action.owner_partner and action.due_on for action in actions)


# ---- the order waits for her --------------------------------------------------------------------------------------


def test_he_is_not_served_before_she_knows(cast: Cast) -> None:
    """Day 6 and 9."""
    case = a_case(cast)
    agreed(cast, case)
    order = an_order(cast, case, NOON - 9 * DAY)
    with pytest.raises(CannotOrder):
        serve(cast, order, NOON)
    told_her = tell_her(cast, order, NOON)
    assert told_her.outcome == REACHED
    serve(cast, order, NOON + HOUR)
    (shown,) = orders_queries.orders_page(actor=cast.officer, reference=case.reference, at=NOON + HOUR).binding
    assert shown.victim_told_at == NOON
    assert shown.step is Step.SERVED


@pytest.mark.parametrize(
    "attempt",
    [
        {"channel": Channel.CALL},
        {"outcome": ContactOutcome.NOT_REACHED},
        {"outcome": ContactOutcome.NOT_SAFE_TO_SPEAK},
    ],
)
def test_a_contact_that_was_stopped_or_missed_told_her_nothing(cast: Cast, attempt: dict[str, object]) -> None:
    case = a_case(cast)
    agreed(cast, case)
    order = an_order(cast, case, NOON - 9 * DAY)
    tell_her(cast, order, NOON, **attempt)
    with pytest.raises(CannotOrder) as fault:
        serve(cast, order, NOON)
    assert fault.value.field == "victim_told_first"


def test_she_is_told_of_the_order_that_was_made_and_served(cast: Cast) -> None:
    case = a_case(cast)
    agreed(cast, case)
    order = an_order(cast, case, NOON - 9 * DAY)
    tell_her(cast, order, NOON)
    serve(cast, order, NOON)
    updates = Update.objects.unscoped("test").filter(case=case, what=UpdateKind.ORDER)
    assert {update.due_on for update in updates} == {date(2026, 11, 16), date(2026, 11, 25)}


def test_when_the_clock_cannot_be_started_the_step_is_not_recorded_either(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = a_case(cast)
    order = orders.apply_for(
        actor=cast.officer, case=case, kind=OrderKind.SPO, conditions=CONDITIONS, reason="x", at=NOON - DAY
    )

    def fails(**_: object) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr(support, "owe_update", fails)
    with pytest.raises(RuntimeError):
        journey.order_made(actor=cast.officer, order=order, details=StepDetails(), at=NOON)
    assert Order.objects.unscoped("test").get(pk=order.pk).step == Step.APPLIED
    assert audit_queries.verify().clean


def test_bail_is_kept_with_its_conditions_and_she_is_told_of_it(cast: Cast) -> None:
    """Day 13."""
    case = a_case(cast)
    bail = journey.bail_set(
        actor=cast.officer,
        case=case,
        conditions=CONDITIONS,
        details=StepDetails(expires_on=date(2026, 12, 9)),
        at=NOON,
    )
    assert bail.kind == OrderKind.BAIL
    assert UpdateKind.BAIL in owed(case)


# ---- a breach -----------------------------------------------------------------------------------------------------


def a_served_order(cast: Cast) -> Order:
    case = a_case(cast)
    agreed(cast, case)
    order = an_order(cast, case, NOON - 9 * DAY)
    tell_her(cast, order, NOON - 9 * DAY)
    serve(cast, order, NOON - 8 * DAY)
    return order


def test_a_breach_becomes_an_act_forces_a_reassessment_and_is_told_to_her(cast: Cast) -> None:
    """Day 12, F5."""
    order = a_served_order(cast)
    acts = CaseAct.objects.unscoped("test").filter(case=order.case).count()
    words = "He wrote to her from an account not seen before."
    breach = journey.breach_reported(
        actor=cast.officer, condition=condition(order), told=told(NOON, words, channel=Source.BREACH), at=NOON
    )
    assert CaseAct.objects.unscoped("test").filter(case=order.case).count() == acts + 1
    case = Case.objects.unscoped("test").get(pk=order.case_id)
    assert case.review_due_at is not None
    assert case.review_due_at <= NOON + DAY
    assert UpdateKind.BREACH in owed(case)
    (alarm,) = orders_queries.breaches_undecided(actor=cast.officer, at=NOON)
    assert (alarm.breach, alarm.alarm) == (breach.pk, "Breach treated alone: nobody has assessed the case again since.")
    assert audit_queries.verify().clean


def test_what_the_feed_brought_as_something_smaller_is_recognised(cast: Cast) -> None:
    order = a_served_order(cast)
    allegation = journey.allegation_told(actor=cast.analyst, told=told(NOON), at=NOON)
    journey.breach_recognised(actor=cast.officer, condition=condition(order), allegation=allegation, at=NOON)
    assert Breach.objects.unscoped("test").get().allegation == allegation
    assert UpdateKind.BREACH in owed(order.case)


@pytest.mark.parametrize(
    ("what", "done", "update"),
    [
        (BreachDecision.ARREST, True, UpdateKind.ARREST),
        (BreachDecision.CHARGE, True, UpdateKind.CHARGE),
        (BreachDecision.ARREST, False, UpdateKind.BREACH),  # also where the breach itself has not been told yet
        (BreachDecision.VICTIM_TOLD, True, None),
    ],
)
def test_she_is_told_of_an_arrest_and_a_charge(
    cast: Cast, what: BreachDecision, done: bool, update: UpdateKind | None
) -> None:
    order = a_served_order(cast)
    breach = journey.breach_reported(
        actor=cast.officer, condition=condition(order), told=told(NOON, channel=Source.BREACH), at=NOON
    )
    updates = Update.objects.unscoped("test").filter(case=order.case).values_list("what", flat=True)
    before = Counter(updates.all())
    journey.breach_decided(
        actor=cast.officer, breach=breach, what=what, done=done, reason="as decided tonight", at=NOON + HOUR
    )
    assert Counter(updates.all()) - before == Counter([update] if update else [])


# ---- reaching her -------------------------------------------------------------------------------------------------


def test_a_message_leaves_at_once_when_it_may(cast: Cast) -> None:
    case = a_case(cast)
    agreed(cast, case)
    transport = Rehearsal()
    journey.message_sent(
        actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=NOON, transport=transport
    )
    (left,) = transport.delivered.values()
    assert (left.to, left.sender, left.text) == ("07700 900123", "Reminders", "Are you free at ten?")


@pytest.mark.parametrize("at", [NOON + 4 * HOUR, NOON + 12 * HOUR])
def test_a_message_out_of_hours_stays_with_its_reason(cast: Cast, at: datetime) -> None:
    case = a_case(cast)
    agreed(cast, case)
    transport = Rehearsal()
    message = journey.message_sent(
        actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=at, transport=transport
    )
    assert transport.delivered == {}
    assert message.why_stopped.startswith("Outside the safe hours")


def test_a_message_the_transport_cannot_take_goes_on_waiting(cast: Cast) -> None:
    case = a_case(cast)
    agreed(cast, case)
    journey.message_sent(
        actor=cast.advocate,
        case=case,
        channel=Channel.TEXT,
        text="Are you free at ten?",
        at=NOON,
        transport=Rehearsal(down=True),
    )
    assert Message.objects.unscoped("test").get().state == "waiting"


def test_a_safe_contact_settles_what_she_was_owed(cast: Cast) -> None:
    case = a_case(cast, at=NOON - HOUR)
    agreed(cast, case)
    update = Update.objects.unscoped("test").get(case=case)
    reach = {"actor": cast.advocate, "case": case, "updates": [update], "channel": Channel.TEXT, "at": NOON}
    journey.victim_reached(**reach, outcome=ContactOutcome.NOT_REACHED)  # type: ignore[arg-type]
    assert owed(case) == {UpdateKind.FIRST_CONTACT}
    journey.victim_reached(**reach, outcome=REACHED)  # type: ignore[arg-type]
    assert owed(case) == set()
    shown = support_queries.victim_file(actor=cast.advocate, reference=case.reference, at=NOON)
    assert [update.met for update in shown.updates] == [True]


def test_every_step_of_a_journey_is_in_the_log(cast: Cast) -> None:
    order = a_served_order(cast)
    journey.breach_reported(
        actor=cast.officer, condition=condition(order), told=told(NOON, channel=Source.BREACH), at=NOON
    )
    actions = set(Entry.objects.values_list("action", flat=True))
    assert {
        "allegation.received",
        "allegation.screened",
        "allegation.triaged",
        "update.owed",
        "order.applied",
        "order.made",
        "victim.told",
        "order.served",
        "breach.recorded",
        "act.joined",
        "action.opened",
    } <= actions


def test_a_level_of_very_high_and_fourteen_days_of_silence_are_an_alarm(cast: Cast) -> None:
    """Day 60."""
    case = a_case(cast, at=NOON - 60 * DAY)
    Case.objects.unscoped("test").filter(pk=case.pk).update(level=Level.VERY_HIGH)
    assert silent(cast.advocate, NOON) == [(case.reference, 60)]
