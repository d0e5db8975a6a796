"""Orders in force, what runs out, what is missing: each list in a known number of statements, for whom it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound
from fourfold.assessment.models import Assessment
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.orders import queries
from fourfold.orders import services as orders
from fourfold.orders.models import Order
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import BreachDecision, CannotOrder, CustodyKind, EndedBy, OrderKind, Step, StepDetails
from fourfold.people import services as people
from tests.cases.builders import further_act, open_case
from tests.cast import NOW, Cast
from tests.orders.builders import CONDITIONS, applied, breached, case_of, condition_of, made, served, take

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def page(cast: Cast, case: Case, name: str = "officer", at: datetime = NOW) -> queries.OrdersPage:
    return queries.orders_page(actor=cast.actor(name), reference=case.reference, at=at)


def test_the_page_says_what_binds_him_today_in_words_to_read_aloud(cast: Cast) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=date(2027, 1, 14))
    (order,) = page(cast, case).binding
    assert order.kind.words == "interim stalking protection order"
    assert [condition.number for condition in order.conditions] == [1, 2, 3]
    assert order.conditions[0].text == "You must not contact her, directly or through others."
    assert (order.days_left, order.warning, order.breach_means[:10]) == (51, 90, "An offence")


def test_that_the_victim_was_told_of_one_breach_is_said_of_no_other_that_was_decided_in_the_same_minute(
    cast: Cast,
) -> None:
    case = case_of(cast)
    order = served(cast, case)
    told, other = (breached(cast, order, at=NOW - hours * HOUR) for hours in (3, 2))
    for breach in (told, other):
        say = {"actor": cast.officer, "breach": breach, "what": BreachDecision.CHARGE}
        orders.decide_breach(**say, done=False, reason="The prosecutor said no.", at=NOW)  # type: ignore[arg-type]
    say = {"actor": cast.officer, "breach": told, "what": BreachDecision.VICTIM_TOLD}
    orders.decide_breach(**say, done=True, reason="", at=NOW + HOUR)  # type: ignore[arg-type]
    found = queries.said_of_telling(actor=cast.advocate, cases={case.pk}, at=NOW + HOUR)
    assert set(found) == {(case.pk, told.recorded_at)}


def test_what_was_said_of_telling_is_read_with_as_many_statements_for_many_breaches_as_for_one(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case)
    asked = []
    for hours in range(9, 3, -1):
        breach = breached(cast, order, at=NOW - hours * HOUR)
        say = {"actor": cast.officer, "breach": breach, "what": BreachDecision.VICTIM_TOLD}
        orders.decide_breach(**say, done=True, reason="", at=NOW)  # type: ignore[arg-type]
        with CaptureQueriesContext(connection) as captured:
            found = queries.said_of_telling(actor=cast.advocate, cases={case.pk}, at=NOW)
        asked.append((len(found), len(captured)))
    assert asked == [(number, 4) for number in range(1, 7)], "three, and the reader's own roles"


def test_each_step_shows_its_age_and_who_recorded_it(cast: Cast) -> None:
    case = case_of(cast)
    served(cast, case)
    (order,) = page(cast, case).orders
    assert [(step.step, step.days, step.by) for step in order.steps] == [
        (Step.CONSIDERED, 0, "Officer"),
        (Step.APPLIED, 1, "Officer"),
        (Step.MADE, 0, "Officer"),
        (Step.SERVED, 20, "Officer"),
    ]
    assert order.steps[-1].victim_told_first is True


def test_sought_binding_and_past_orders_stand_apart(cast: Cast) -> None:
    case = case_of(cast)
    old = served(cast, case, at=NOW - 40 * DAY)
    take(cast, old, Step.ENDED, at=NOW - 30 * DAY, ended_by=EndedBy.DISCHARGED)
    served(cast, case)
    applied(cast, case, OrderKind.SPO, at=NOW - DAY)
    shown = page(cast, case)
    assert [order.kind for order in shown.sought] == [OrderKind.SPO]
    assert [order.step for order in shown.binding] == [Step.SERVED]
    assert [order.ended_by for order in shown.past] == [EndedBy.DISCHARGED]


def test_the_page_costs_the_same_however_many_orders_there_are(cast: Cast, django_assert_num_queries: object) -> None:
    case = case_of(cast)
    for _ in range(3):
        breached(cast, served(cast, case))
    officer = cast.officer
    with django_assert_num_queries(PAGE_COSTS):  # type: ignore[operator]
        queries.orders_page(actor=officer, reference=case.reference, at=NOW)


#: The case, its file opened (3), orders, conditions, people, steps, tellings, reasons, breaches and their decisions,
#: names, the last act, acts that may be breaches, and those that are none; the log.
PAGE_COSTS = 23


def test_reading_the_orders_of_a_case_is_in_the_log(cast: Cast) -> None:
    case = case_of(cast)
    served(cast, case)
    page(cast, case, "clinician")
    entry = Entry.objects.latest("seq")
    assert (entry.action, entry.operation, entry.file) == ("orders.page", "consultation", case.pk)


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("officer", {"may_apply", "may_record", "may_breach"}),
        ("coordinator", {"may_record", "may_breach"}),
        ("advocate", {"may_tell"}),
        ("clinician", set()),
    ],
)
def test_each_role_is_offered_what_it_may_do(cast: Cast, name: str, may: set[str]) -> None:
    shown = page(cast, case_of(cast), name)
    offers = ("may_apply", "may_record", "may_breach", "may_tell")
    assert {offer for offer in offers if getattr(shown, offer)} == may


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_sees_nothing(cast: Cast, name: str) -> None:
    case = case_of(cast)
    order = served(cast, case)
    breached(cast, order)
    actor = cast.actor(name)
    with pytest.raises(NotFound):
        page(cast, case, name)
    for row in (queries.order_row, queries.condition_row, queries.breach_row):
        with pytest.raises(NotFound):
            row(actor=actor, at=NOW, **{row.__name__.removesuffix("_row"): order.pk})  # type: ignore[arg-type]
    for found in LISTS:
        assert found(actor=actor, at=NOW + 30 * DAY) == ()


def test_a_walled_colleague_sees_the_lists_of_a_world_without_the_case(cast: Cast) -> None:
    case = case_of(cast)
    breached(cast, served(cast, case, expires_on=date(2027, 1, 14)))
    access.declare_conflict(actor=cast.second_officer, files=[case.pk], at=NOW)
    for found in LISTS:
        assert found(actor=cast.second_officer, at=NOW + 30 * DAY) == ()
    with pytest.raises(NotFound):
        page(cast, case, "second_officer")


LISTS = (
    queries.expiring,
    queries.notifications_missing,
    queries.pipeline,
    queries.breaches_undecided,
    queries.acts_under_order,
)


@pytest.mark.parametrize(
    ("found", "statements"),
    [
        (queries.expiring, 1),
        (queries.notifications_missing, 1),
        (queries.pipeline, 2),
        (queries.register, 1),
        (queries.breaches_undecided, 2),
        (queries.acts_under_order, 3),
    ],
)
def test_a_list_costs_the_same_however_long_it_is(
    cast: Cast, found: object, statements: int, django_assert_num_queries: object
) -> None:
    for _ in range(2):
        case = case_of(cast)
        breached(cast, served(cast, case, expires_on=date(2027, 1, 14)))
        further_act(cast, case, at=NOW - HOUR)
        sought = made(cast, case, OrderKind.RESTRAINING)
        orders.ask_to_serve_untold(actor=cast.coordinator, order=sought, reason="She is abroad.", at=NOW)
    officer = cast.officer
    with django_assert_num_queries(statements):  # type: ignore[operator]
        assert found(actor=officer, at=NOW + HOUR)  # type: ignore[operator]


@pytest.mark.parametrize(("days_left", "warning"), [(90, 90), (30, 30), (7, 7), (0, 7)])
def test_an_end_is_warned_of_ninety_thirty_and_seven_days_before(cast: Cast, days_left: int, warning: int) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=date(2026, 11, 24) + timedelta(days=days_left))
    (row,) = queries.expiring(actor=cast.coordinator, at=NOW)
    assert (row.reference, row.days_left, row.warning) == (case.reference, days_left, warning)


def test_an_end_that_is_far_or_past_is_not_warned_of(cast: Cast) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=date(2027, 2, 23))
    served(cast, case, expires_on=date(2026, 11, 23))
    served(cast, case)
    assert queries.expiring(actor=cast.coordinator, at=NOW) == ()


def test_on_the_fourth_day_the_desk_is_told_that_his_notification_is_missing(cast: Cast) -> None:
    """Day 9, F7: served on the 4th, the three days are the 4th, 5th and 6th."""
    case = case_of(cast)
    order = served(cast, case)
    assert queries.notifications_missing(actor=cast.analyst, at=NOW - 18 * DAY) == ()
    (row,) = queries.notifications_missing(actor=cast.analyst, at=NOW - 17 * DAY)
    assert (row.order, row.due_on, row.days_late) == (order.pk, date(2026, 11, 6), 1)
    (shown,) = page(cast, case, at=NOW - 17 * DAY).orders
    assert shown.notification_missing
    take(cast, order, Step.NOTIFIED, at=NOW - 16 * DAY)
    assert queries.notifications_missing(actor=cast.analyst, at=NOW) == ()


def test_a_full_order_after_a_notified_interim_one_asks_for_no_second_notification(cast: Cast) -> None:
    case = case_of(cast)
    interim = served(cast, case)
    take(cast, interim, Step.NOTIFIED, at=NOW - 19 * DAY)
    served(cast, case, OrderKind.SPO, at=NOW - 10 * DAY)
    assert queries.notifications_missing(actor=cast.analyst, at=NOW) == ()
    assert not any(order.notification_missing for order in page(cast, case).orders)


def test_the_pipeline_shows_the_age_of_each_step(cast: Cast) -> None:
    case = case_of(cast)
    orders.consider(
        actor=cast.officer, case=case, kind=OrderKind.SPO_INTERIM, reason="Decided at the panel.", at=NOW - 40 * DAY
    )
    applied(cast, case, at=NOW - 10 * DAY)
    (row,) = queries.pipeline(actor=cast.coordinator, at=NOW)
    assert (row.step, row.days_at_step, row.days_in_all) == (Step.APPLIED, 10, 40)


def test_a_breach_nobody_has_decided_is_overdue_after_48_hours(cast: Cast) -> None:
    breach = breached(cast, served(cast, case_of(cast)))
    (row,) = queries.breaches_undecided(actor=cast.officer, at=NOW + timedelta(hours=47))
    assert (row.overdue, row.undecided, row.breach) == (False, tuple(BreachDecision), breach.pk)
    (row,) = queries.breaches_undecided(actor=cast.officer, at=NOW + timedelta(hours=49))
    assert row.overdue


def test_a_breach_treated_alone_raises_an_alarm_by_name_until_somebody_has_assessed_again(cast: Cast) -> None:
    """F5: decided in everything, and still an alarm."""
    case = case_of(cast)
    breach = breached(cast, served(cast, case))
    for what in BreachDecision:
        orders.decide_breach(actor=cast.officer, breach=breach, what=what, done=True, reason="", at=NOW)
    (row,) = queries.breaches_undecided(actor=cast.officer, at=NOW)
    assert (row.undecided, row.alarm) == ((), "Breach treated alone: nobody has assessed the case again since.")
    assess(cast, case, at=NOW - DAY)
    assert [each.alarm for each in queries.breaches_undecided(actor=cast.officer, at=NOW)] == [row.alarm]
    assess(cast, case, at=NOW + HOUR)
    assert queries.breaches_undecided(actor=cast.officer, at=NOW + HOUR) == ()


def assess(cast: Cast, case: Case, *, at: datetime) -> None:
    Assessment.objects.create(
        case=case,
        instrument="first-line",
        version=1,
        sha256="0" * 64,
        profession="police",
        signed_at=at,
        advice_state="incomplete",
        **access_queries.held_by(cast.officer, "entered", at=at),
    )


@pytest.mark.parametrize("kind", [OrderKind.SPO_INTERIM, OrderKind.BAIL])
def test_the_list_and_the_page_agree_on_what_is_still_to_be_decided(cast: Cast, kind: OrderKind) -> None:
    """Decide one thing after another, for an offence and for bail: the database and the rules say the same."""
    case = case_of(cast)
    order = served(cast, case) if kind is OrderKind.SPO_INTERIM else bail(cast, case)
    breach = breached(cast, order)
    assess(cast, case, at=NOW + HOUR)
    for what in breach_rules.decisions_needed(kind, date(2026, 11, 24)):
        assert len(queries.breaches_undecided(actor=cast.officer, at=NOW + HOUR)) == 1
        orders.decide_breach(actor=cast.officer, breach=breach, what=what, done=True, reason="", at=NOW + HOUR)
    assert queries.breaches_undecided(actor=cast.officer, at=NOW + HOUR) == ()
    ((_, shown),) = page(cast, case, at=NOW + HOUR).breaches
    assert (shown.undecided, shown.alarm) == ((), None)


def bail(cast: Cast, case: Case) -> Order:
    details = StepDetails(taken_at=NOW - DAY, expires_on=date(2026, 12, 31))
    return orders.record_order(
        actor=cast.officer, case=case, kind=OrderKind.BAIL, conditions=CONDITIONS, details=details, at=NOW - DAY
    )


def test_the_breach_shows_what_was_decided_last(cast: Cast) -> None:
    case = case_of(cast)
    breach = breached(cast, served(cast, case))
    decide = {"actor": cast.officer, "breach": breach, "what": BreachDecision.ARREST}
    orders.decide_breach(**decide, done=False, reason="Not found at home.", at=NOW)  # type: ignore[arg-type]
    orders.decide_breach(**decide, done=True, reason="", at=NOW + HOUR)  # type: ignore[arg-type]
    ((_, shown),) = page(cast, case, at=NOW + HOUR).breaches
    arrest = next(decision for decision in shown.decisions if decision.what is BreachDecision.ARREST)
    assert (arrest.done, arrest.decided_at) == (True, NOW + HOUR)
    assert shown.undecided == (BreachDecision.CHARGE, BreachDecision.VICTIM_TOLD)


def test_an_act_while_an_order_bound_him_is_proposed_as_its_breach(cast: Cast) -> None:
    """Day 12: told as malicious communications, "low"."""
    case = case_of(cast)
    order = served(cast, case)
    act = further_act(cast, case, at=NOW - HOUR)
    further_act(cast, case, at=NOW - 30 * DAY)
    (row,) = queries.acts_under_order(actor=cast.officer, at=NOW)
    assert (row.allegation, [bound.order for bound in row.orders]) == (act.pk, [order.pk])
    assert [id for id, _ in row.conditions] == [condition_of(order, number).pk for number in (1, 2, 3)]
    orders.join_breach(actor=cast.officer, condition=condition_of(order), allegation=act, at=NOW)
    assert queries.acts_under_order(actor=cast.officer, at=NOW) == ()


@pytest.mark.parametrize(
    ("hours", "listed"),
    [(1, True), (24 * 6, True), (24 * 21, False)],
    ids=["while it bound him", "on its first days", "before he was served"],
)
def test_an_act_is_asked_about_only_while_an_order_bound_him(cast: Cast, hours: int, listed: bool) -> None:
    case = case_of(cast)
    served(cast, case)
    further_act(cast, case, at=NOW - hours * HOUR)
    assert bool(queries.acts_under_order(actor=cast.officer, at=NOW)) is listed


@pytest.mark.parametrize(("days", "listed"), [(3, True), (2, True), (1, False)])
def test_the_last_day_counts_and_the_day_after_does_not(cast: Cast, days: int, listed: bool) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=date(2026, 11, 22))
    further_act(cast, case, at=NOW - days * DAY)
    assert bool(queries.acts_under_order(actor=cast.officer, at=NOW)) is listed


def test_an_act_may_have_broken_only_the_conditions_of_its_day(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case)
    before = further_act(cast, case, at=NOW - 3 * DAY)
    take(cast, order, Step.VARIED, at=NOW - 2 * DAY, conditions=CONDITIONS[:1])
    after = further_act(cast, case, at=NOW - DAY)
    found = {row.allegation: row for row in queries.acts_under_order(actor=cast.officer, at=NOW)}
    assert [text[:2] for _, text in found[before.pk].conditions] == ["1.", "2.", "3."]
    assert [text[:2] for _, text in found[after.pk].conditions] == ["4."]


def test_an_act_found_to_be_no_breach_leaves_the_list_until_another_order_bound_him_too(cast: Cast) -> None:
    case = case_of(cast)
    served(cast, case)
    further_act(cast, case, at=NOW - DAY)
    (row,) = queries.acts_under_order(actor=cast.officer, at=NOW)
    asked = {"actor": cast.officer, "reference": case.reference, "allegation": row.allegation, "at": NOW}
    orders.rule_out_breach(actor=cast.officer, act=queries.act_row(**asked), reason="The court allowed it.", at=NOW)
    assert queries.acts_under_order(actor=cast.officer, at=NOW) == ()
    shown = page(cast, case)
    assert (shown.unanswered, [one.reason for one in shown.ruled_out]) == ((), ["The court allowed it."])
    served(cast, case, OrderKind.SPO, at=NOW - 5 * DAY)
    assert [row.allegation for row in queries.acts_under_order(actor=cast.officer, at=NOW)] == [row.allegation]


def test_an_act_that_is_called_a_breach_after_all_is_no_longer_ruled_out(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case)
    act = further_act(cast, case, at=NOW - DAY)
    asked = {"actor": cast.officer, "reference": case.reference, "allegation": act.pk, "at": NOW}
    row = queries.act_row(**asked)
    orders.rule_out_breach(actor=cast.officer, act=row, reason="Not he.", at=NOW)
    orders.join_breach(actor=cast.officer, condition=condition_of(order), allegation=act, at=NOW)
    assert page(cast, case).ruled_out == ()
    with pytest.raises(CannotOrder, match="already recorded as a breach"):
        orders.rule_out_breach(actor=cast.officer, act=row, reason="Not he.", at=NOW)


def test_no_more_acts_are_read_than_any_unit_has(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.orders.queries.acts.WHOLE", 2)
    case = case_of(cast)
    served(cast, case)
    acts = [further_act(cast, case, at=NOW - hours * HOUR) for hours in (1, 2, 3)]
    assert [row.allegation for row in queries.acts_under_order(actor=cast.officer, at=NOW)] == [a.pk for a in acts[:2]]


def test_a_time_in_custody_on_another_record_of_the_subject_is_told(cast: Cast) -> None:
    case, other = case_of(cast), open_case(cast, victim_name="Ines Hale", victim_birth="", victim_phone="")
    orders.record_custody(actor=cast.officer, case=other, kind=CustodyKind.REMAND, held_from=NOW, at=NOW)
    people.join_records(actor=cast.analyst, one=case.subject, other=other.subject, reason="One cell.", at=NOW)
    opened = access_queries.opened(cast.officer, case.pk, at=NOW)
    who = {"actor": cast.officer, "subject": case.subject_id, "at": NOW}
    assert [one.reference for one in queries.custody_of_subject(opened, **who)] == [other.reference]
