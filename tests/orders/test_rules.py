"""Orders: what may follow what, how long they last, when his notification is missing, what a breach means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.orders import durations, rules
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import (
    BailExtender,
    BreachDecision,
    ConditionDraft,
    ConditionKind,
    EndedBy,
    OrderKind,
    Step,
    StepDetails,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
GOOD = {
    Step.DECLINED: StepDetails(reason="not necessary"),
    Step.REFUSED: StepDetails(reason="not necessary to protect"),
    Step.ENDED: StepDetails(ended_by=EndedBy.EXPIRED),
    Step.VARIED: StepDetails(reason="a street was added"),
}


def why_not(kind: OrderKind, before: Step | None, step: Step, **more: object) -> str | None:
    """Return the field for which a step is refused, with everything else in order."""
    details = more.pop("details", GOOD.get(step, StepDetails()))
    asked = {"last_at": NOW - timedelta(days=1), "at": NOW} | more
    why = rules.why_not_step(kind, before, step, details, **asked)  # type: ignore[arg-type]
    return why and why[0]


ALLOWED = {
    (None, Step.CONSIDERED),
    (None, Step.DECLINED),
    (Step.CONSIDERED, Step.AUTHORISED),
    (Step.CONSIDERED, Step.APPLIED),
    (Step.CONSIDERED, Step.DECLINED),
    (Step.AUTHORISED, Step.APPLIED),
    (Step.AUTHORISED, Step.DECLINED),
    (Step.APPLIED, Step.MADE),
    (Step.APPLIED, Step.REFUSED),
    (Step.MADE, Step.SERVED),
    (Step.MADE, Step.VARIED),
    (Step.MADE, Step.ENDED),
    (Step.SERVED, Step.NOTIFIED),
    (Step.SERVED, Step.VARIED),
    (Step.SERVED, Step.ENDED),
    (Step.NOTIFIED, Step.NOTIFIED),
    (Step.NOTIFIED, Step.VARIED),
    (Step.NOTIFIED, Step.ENDED),
    (Step.VARIED, Step.SERVED),
    (Step.VARIED, Step.NOTIFIED),
    (Step.VARIED, Step.VARIED),
    (Step.VARIED, Step.ENDED),
}


@pytest.mark.parametrize("before", [None, *Step])
@pytest.mark.parametrize("step", list(Step))
def test_only_these_steps_follow_one_another(before: Step | None, step: Step) -> None:
    allowed = why_not(OrderKind.SPO, before, step) is None
    assert allowed is ((before, step) in ALLOWED)


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        (OrderKind.SPO_INTERIM, False),
        (OrderKind.SPO, False),
        (OrderKind.RESTRAINING, True),
        (OrderKind.NON_MOLESTATION, True),
        (OrderKind.DOMESTIC_ABUSE, True),
        (OrderKind.DOMESTIC_ABUSE_NOTICE, True),
        (OrderKind.DOMESTIC_VIOLENCE, False),
        (OrderKind.DOMESTIC_VIOLENCE_NOTICE, True),
        (OrderKind.BAIL, True),
        (OrderKind.COURT_BAIL, True),
        (OrderKind.LICENCE, True),
    ],
)
def test_what_others_impose_comes_to_us_made_and_a_stalking_order_is_applied_for(kind: OrderKind, may: bool) -> None:
    details = StepDetails(expires_on=TODAY + timedelta(days=30))
    assert (why_not(kind, None, Step.MADE, details=details) is None) is may


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if not kind.about.notification_limit])
def test_only_a_stalking_protection_order_asks_him_to_notify(kind: OrderKind) -> None:
    assert why_not(kind, Step.SERVED, Step.NOTIFIED) == "step"


@pytest.mark.parametrize("kind", [OrderKind.BAIL, OrderKind.COURT_BAIL, OrderKind.LICENCE])
def test_bail_and_licence_are_given_to_him_when_they_are_made(kind: OrderKind) -> None:
    assert why_not(kind, Step.MADE, Step.SERVED) == "step"
    assert rules.next_steps(kind, Step.MADE) == (Step.VARIED, Step.ENDED)


def test_what_may_come_next_depends_on_the_kind() -> None:
    assert Step.NOTIFIED in rules.next_steps(OrderKind.SPO, Step.SERVED)
    assert Step.NOTIFIED not in rules.next_steps(OrderKind.RESTRAINING, Step.SERVED)


@pytest.mark.parametrize("step", [Step.DECLINED, Step.REFUSED])
def test_a_no_has_its_reason(step: Step) -> None:
    before = Step.CONSIDERED if step is Step.DECLINED else Step.APPLIED
    assert why_not(OrderKind.SPO, before, step, details=StepDetails(reason="  ")) == "reason"


def test_an_end_says_how() -> None:
    assert why_not(OrderKind.SPO, Step.SERVED, Step.ENDED, details=StepDetails()) == "ended_by"


@pytest.mark.parametrize("ended_by", [EndedBy.SUPERSEDED, EndedBy.VARIED])
def test_an_end_by_another_order_names_that_order(ended_by: EndedBy) -> None:
    nameless = StepDetails(ended_by=ended_by)
    assert why_not(OrderKind.SPO_INTERIM, Step.SERVED, Step.ENDED, details=nameless) == "replaced_by"
    named = StepDetails(ended_by=ended_by, replaced_by=UUID(int=7))
    assert why_not(OrderKind.SPO_INTERIM, Step.SERVED, Step.ENDED, details=named) is None


#: The last days of bail before charge that was given on 24 November 2026, by who gave or extended it.
BAIL_LASTS = [
    (None, date(2027, 2, 23)),
    (BailExtender.INSPECTOR, date(2027, 5, 23)),
    (BailExtender.SUPERINTENDENT, date(2027, 8, 23)),
]


@pytest.mark.parametrize(("by", "last"), BAIL_LASTS)
def test_bail_before_charge_lasts_as_long_as_whoever_extended_it_may_say(by: BailExtender | None, last: date) -> None:
    for day, field in ((last, None), (last + timedelta(days=1), "extended_by")):
        details = StepDetails(expires_on=day, reason="A long word in the reason.", extended_by=by)
        assert why_not(OrderKind.BAIL, None, Step.MADE, details=details) == field
        longer = StepDetails(expires_on=day, reason="The download takes months.", extended_by=by)
        assert why_not(OrderKind.BAIL, Step.MADE, Step.VARIED, details=longer, made_on=TODAY) == field


def test_beyond_nine_months_a_court_decides() -> None:
    why = rules.why_not_bail_so_long(OrderKind.BAIL, TODAY, date(2027, 8, 24), BailExtender.SUPERINTENDENT)
    assert why is not None
    assert "23 August 2027 (9 months)" in why[1]
    assert "court" in why[1]
    assert rules.why_not_bail_so_long(OrderKind.BAIL, TODAY, date(2028, 8, 24), BailExtender.COURT) is None


def test_an_extension_counts_from_the_day_on_which_bail_was_given() -> None:
    details = StepDetails(expires_on=date(2027, 5, 23), reason="More to examine.", extended_by=BailExtender.INSPECTOR)
    earlier = {"details": details, "made_on": date(2026, 10, 24)}
    assert why_not(OrderKind.BAIL, Step.MADE, Step.VARIED, **earlier) == "extended_by"


def test_only_bail_before_charge_is_extended_by_somebody() -> None:
    details = StepDetails(expires_on=date(2028, 5, 23), reason="By the court.")
    assert why_not(OrderKind.COURT_BAIL, Step.MADE, Step.VARIED, details=details, made_on=TODAY) is None
    assert rules.lasts(OrderKind.BAIL, date(2020, 5, 1)) == ((None, "28 days", date(2020, 5, 28)),)


@pytest.mark.parametrize(
    ("kind", "changed_on", "due_on"),
    [
        (OrderKind.SPO, date(2026, 11, 20), date(2026, 11, 22)),
        (OrderKind.SPO_INTERIM, date(2026, 11, 24), date(2026, 11, 26)),
        (OrderKind.DOMESTIC_ABUSE, date(2026, 11, 20), date(2026, 11, 22)),
        (OrderKind.RESTRAINING, date(2026, 11, 20), None),
        (OrderKind.SPO, None, None),
    ],
)
def test_a_new_name_or_address_is_notified_in_the_time_that_the_register_gives(
    kind: OrderKind, changed_on: date | None, due_on: date | None
) -> None:
    assert rules.notify_change_by(kind, changed_on) == due_on


@pytest.mark.parametrize(
    ("step", "by", "changed_on", "said"),
    [
        (Step.MADE, None, None, ""),
        (Step.VARIED, BailExtender.INSPECTOR, None, "Extended by an inspector."),
        (Step.NOTIFIED, None, date(2026, 11, 23), "Changed 23 November 2026, due 25 November 2026."),
        (Step.NOTIFIED, None, date(2026, 11, 21), "Changed 21 November 2026, due 23 November 2026: 1 day late."),
        (Step.NOTIFIED, None, date(2026, 11, 20), "Changed 20 November 2026, due 22 November 2026: 2 days late."),
    ],
)
def test_a_step_says_who_extended_it_and_whether_a_change_was_notified_late(
    step: Step, by: BailExtender | None, changed_on: date | None, said: str
) -> None:
    assert rules.step_note(OrderKind.SPO, TODAY, extended_by=by, changed_on=changed_on) == said


def test_a_change_lies_before_its_notification() -> None:
    ahead = StepDetails(changed_on=date(2026, 11, 25))
    assert why_not(OrderKind.SPO, Step.NOTIFIED, Step.NOTIFIED, details=ahead) == "changed_on"


def test_court_bail_lasts_until_the_court_ends_it() -> None:
    assert why_not(OrderKind.COURT_BAIL, None, Step.MADE, details=StepDetails()) is None


@pytest.mark.parametrize(
    ("kind", "on"),
    [
        (OrderKind.SPO_INTERIM, date(2020, 1, 19)),
        (OrderKind.DOMESTIC_ABUSE, date(2024, 11, 26)),
        (OrderKind.DOMESTIC_ABUSE_NOTICE, date(2024, 11, 26)),
        (OrderKind.DOMESTIC_VIOLENCE, date(2014, 3, 7)),
        (OrderKind.DOMESTIC_VIOLENCE_NOTICE, date(2014, 3, 7)),
    ],
)
def test_an_order_that_the_law_did_not_know_yet_was_not_made(kind: OrderKind, on: date) -> None:
    why = rules.why_not_so_early(kind, on)
    assert why is not None
    assert why[0] == "taken_at"
    assert rules.why_not_so_early(kind, on + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("names", "victim", "field"),
    [
        ([], True, None),
        (["Bo Example"], False, None),
        ([], False, "protected"),
        (["Bo Example", " "], True, "protected"),
        (["x" * 121], True, "protected"),
    ],
)
def test_an_order_protects_somebody_who_is_named(names: list[str], victim: bool, field: str | None) -> None:
    why = rules.why_not_protect(names, victim=victim)
    assert (why and why[0]) == field


@pytest.mark.parametrize(
    ("others", "gap"),
    [
        ([], True),
        ([(TODAY, None, None)], False),
        # Made at sentence before the interim one ran out, and still in force the day after.
        ([(TODAY - timedelta(days=9), TODAY + timedelta(days=400), None)], False),
        ([(TODAY + timedelta(days=2), None, None)], True),
        ([(TODAY - timedelta(days=9), TODAY, None)], True),
        ([(TODAY - timedelta(days=9), None, TODAY + timedelta(days=1))], True),
        ([(None, None, None)], True),
    ],
)
def test_an_order_that_runs_out_leaves_a_gap_unless_another_binds_him_the_day_after(
    others: list[tuple[date | None, date | None, date | None]], gap: bool
) -> None:
    assert rules.is_gap(TODAY, others) is gap


def test_the_information_for_stalking_is_laid_within_six_months_of_the_last_act() -> None:
    assert breach_rules.information_by(datetime(2026, 5, 23, 23, 30, tzinfo=UTC)) == date(2026, 11, 24), (
        "24 May in London"
    )


def test_a_variation_says_what_was_varied() -> None:
    assert why_not(OrderKind.SPO, Step.SERVED, Step.VARIED, details=StepDetails()) == "conditions"


@pytest.mark.parametrize(
    ("taken_at", "field"),
    [
        (NOW, None),
        (NOW + timedelta(seconds=1), "taken_at"),
        (NOW - timedelta(days=1), None),
        (NOW - timedelta(days=1, seconds=1), "taken_at"),
    ],
)
def test_a_step_is_neither_in_the_future_nor_before_the_step_before(taken_at: datetime, field: str | None) -> None:
    assert why_not(OrderKind.SPO, Step.MADE, Step.SERVED, details=StepDetails(taken_at=taken_at)) == field


@pytest.mark.parametrize(
    ("kind", "made_on", "expires_on", "refused"),
    [
        # SPA s.3: at least two years beginning with the day on which it is made, or until further order.
        (OrderKind.SPO, date(2026, 11, 24), date(2028, 11, 23), False),
        (OrderKind.SPO, date(2026, 11, 24), date(2028, 11, 22), True),
        (OrderKind.SPO, date(2026, 11, 24), None, False),
        (OrderKind.SPO, date(2028, 2, 29), date(2030, 2, 28), False),
        (OrderKind.SPO, date(2028, 2, 29), date(2030, 2, 27), True),
        (OrderKind.SPO_INTERIM, date(2026, 11, 24), date(2027, 1, 14), False),
        (OrderKind.SPO_INTERIM, date(2026, 11, 24), None, False),
        (OrderKind.SPO_INTERIM, date(2026, 11, 24), date(2026, 11, 23), True),
        (OrderKind.RESTRAINING, date(2026, 11, 24), None, False),
        (OrderKind.NON_MOLESTATION, date(2026, 11, 24), date(2027, 11, 23), False),
        (OrderKind.BAIL, date(2026, 11, 24), None, True),
        (OrderKind.BAIL, date(2026, 11, 24), date(2026, 12, 9), False),
        (OrderKind.LICENCE, date(2026, 11, 24), None, True),
    ],
)
def test_how_long_an_order_lasts(kind: OrderKind, made_on: date, expires_on: date | None, refused: bool) -> None:
    why = rules.why_not_last(kind, made_on, expires_on)
    assert (why is not None) is refused
    assert why is None or why[0] == "expires_on"


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        (("Not to contact her.",), False),
        ((), True),
        (("Not to contact her.", "  "), True),
        (("x" * 400,), False),
        (("x" * 401,), True),
    ],
)
def test_conditions_say_something(texts: tuple[str, ...], refused: bool) -> None:
    drafts = [ConditionDraft(ConditionKind.PROHIBITION, text) for text in texts]
    assert (rules.why_not_conditions(drafts) is not None) is refused


@pytest.mark.parametrize(
    ("victim_told", "reason", "signed_by_another", "field"),
    [
        (True, "", False, None),
        (True, "told by telephone", False, None),
        (False, "", False, "victim_told_first"),
        (False, "", True, "victim_told_first"),
        (False, "   ", True, "victim_told_first"),
        (False, "She is abroad and cannot be reached.", False, "countersigned_by"),
        (False, "She is abroad and cannot be reached.", True, None),
    ],
)
def test_tell_the_victim_first_or_two_sign_why_not(
    victim_told: bool, reason: str, signed_by_another: bool, field: str | None
) -> None:
    why = rules.why_not_serve(victim_told=victim_told, reason=reason, signed_by_another=signed_by_another)
    assert (why and why[0]) == field


def test_an_order_takes_the_place_of_the_interim_one_or_of_the_notice_before_it_and_of_nothing_else() -> None:
    assert {kind: kind.about.supersedes for kind in OrderKind if kind.about.supersedes} == {
        OrderKind.SPO: OrderKind.SPO_INTERIM,
        OrderKind.DOMESTIC_ABUSE: OrderKind.DOMESTIC_ABUSE_NOTICE,
        OrderKind.DOMESTIC_VIOLENCE: OrderKind.DOMESTIC_VIOLENCE_NOTICE,
    }


def test_being_superseded_is_a_normal_end_and_every_other_end_is_looked_at() -> None:
    assert [end for end in EndedBy if rules.is_normal_end(end)] == [EndedBy.SUPERSEDED, EndedBy.VARIED]


@pytest.mark.parametrize(
    ("made_on", "expires_on", "ended_on", "binds"),
    [
        (None, None, None, False),
        (TODAY, None, None, True),
        (TODAY + timedelta(days=1), None, None, False),
        (TODAY - timedelta(days=9), TODAY, None, True),
        (TODAY - timedelta(days=9), TODAY - timedelta(days=1), None, False),
        (TODAY - timedelta(days=9), None, TODAY, False),
        (TODAY - timedelta(days=9), None, TODAY + timedelta(days=1), True),
    ],
)
def test_whether_an_order_binds_him_today(
    made_on: date | None, expires_on: date | None, ended_on: date | None, binds: bool
) -> None:
    assert rules.binds(made_on, expires_on, ended_on, TODAY) is binds


# Served on a Friday: the three days beginning with service are Friday, Saturday and Sunday.
FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(("on", "missing"), [(FRIDAY + timedelta(days=days), days > 2) for days in range(6)])
def test_on_the_fourth_day_his_notification_is_missing(on: date, missing: bool) -> None:
    before = FRIDAY - timedelta(days=2)
    found = rules.notification_is_missing(
        OrderKind.SPO_INTERIM, before, FRIDAY, notified=False, replaces_notified=False, on=on
    )
    assert found is missing


def test_under_a_domestic_abuse_protection_order_the_three_days_begin_when_it_is_made() -> None:
    """Domestic Abuse Act 2021, section 41(2); the Stalking Protection Act 2019, section 9, counts from service."""
    made_on = FRIDAY - timedelta(days=2)
    assert rules.notify_by(OrderKind.DOMESTIC_ABUSE, made_on, FRIDAY) == FRIDAY
    assert rules.notify_by(OrderKind.SPO, made_on, FRIDAY) == FRIDAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("instead", "due"),
    [
        ((), FRIDAY),
        (((FRIDAY, None, None),), None),
        (((FRIDAY, FRIDAY + timedelta(days=9), None),), None),
        (((FRIDAY, FRIDAY + timedelta(days=4), None),), FRIDAY + timedelta(days=7)),
        (((FRIDAY, None, FRIDAY + timedelta(days=5)),), FRIDAY + timedelta(days=7)),
        (((FRIDAY + timedelta(days=8), None, None),), FRIDAY),
    ],
    ids=["no other", "until further order", "to its last day", "over on its last day", "discharged", "served later"],
)
def test_who_notifies_under_another_order_owes_none_for_domestic_abuse_until_that_is_over(
    instead: tuple[rules.Bound, ...], due: date | None
) -> None:
    """Domestic Abuse Act 2021, section 41(8) and (9)."""
    made_on, on = FRIDAY - timedelta(days=2), FRIDAY + timedelta(days=7)
    found = rules.notify_by(OrderKind.DOMESTIC_ABUSE, made_on, FRIDAY, instead=instead, on=on)
    assert found == due


def test_only_an_earlier_order_or_one_against_stalking_stands_instead() -> None:
    kind, day = OrderKind.DOMESTIC_ABUSE, timedelta(days=1)
    others = ((kind, -1), (kind, 0), (kind, 1), (OrderKind.SPO, 1), (OrderKind.SPO_INTERIM, 0), (OrderKind.BAIL, -1))
    found = [rules.stands_instead(kind, FRIDAY, other, FRIDAY + days * day) for other, days in others]
    assert found == [True, False, False, True, True, False]
    assert not rules.stands_instead(OrderKind.SPO, FRIDAY, kind, FRIDAY - day)


@pytest.mark.parametrize(
    ("kind", "served_on", "notified", "replaces_notified"),
    [
        (OrderKind.SPO, FRIDAY, True, False),
        (OrderKind.SPO, FRIDAY, False, True),
        (OrderKind.SPO, None, False, False),
        (OrderKind.BAIL, FRIDAY, False, False),
        (OrderKind.RESTRAINING, FRIDAY, False, False),
    ],
)
def test_where_no_notification_is_owed_none_is_missing(
    kind: OrderKind, served_on: date | None, notified: bool, replaces_notified: bool
) -> None:
    assert not rules.notification_is_missing(
        kind, FRIDAY, served_on, notified=notified, replaces_notified=replaces_notified, on=FRIDAY + timedelta(days=99)
    )


def test_the_day_of_service_is_a_day_in_london() -> None:
    """Served at 00:30 on her clock in July is the 14th there, though still the 13th in UTC."""
    assert rules.day_of(datetime(2026, 7, 13, 23, 30, tzinfo=UTC)) == date(2026, 7, 14)


@pytest.mark.parametrize(
    ("days", "warning"),
    [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-1, None)],
)
def test_an_end_is_warned_ninety_thirty_and_seven_days_before(days: int, warning: int | None) -> None:
    assert rules.warning(TODAY + timedelta(days=days), TODAY) == warning


def test_an_order_until_further_order_is_never_warned() -> None:
    assert rules.warning(None, TODAY) is None
    assert rules.days_left(None, TODAY) is None


def test_each_step_has_its_age() -> None:
    steps = [(Step.APPLIED, NOW - timedelta(days=20)), (Step.CONSIDERED, NOW - timedelta(days=50))]
    aged = durations.ages(steps, NOW)
    assert [(age.step, age.days) for age in aged] == [(Step.CONSIDERED, 30), (Step.APPLIED, 20)]


@given(st.lists(st.integers(min_value=0, max_value=900), min_size=1, max_size=8))
def test_the_ages_of_the_steps_add_up_to_the_age_of_the_order(days_ago: list[int]) -> None:
    aged = durations.ages([(Step.CONSIDERED, NOW - timedelta(days=days)) for days in days_ago], NOW)
    assert sum(age.days for age in aged) == max(days_ago)
    assert all(age.days >= 0 for age in aged)


@pytest.mark.parametrize("kind", list(OrderKind))
def test_what_is_no_offence_cannot_be_charged(kind: OrderKind) -> None:
    notices = (OrderKind.DOMESTIC_ABUSE_NOTICE, OrderKind.DOMESTIC_VIOLENCE_NOTICE)
    no_offence = (OrderKind.BAIL, OrderKind.COURT_BAIL, OrderKind.LICENCE, OrderKind.DOMESTIC_VIOLENCE, *notices)
    is_offence = kind not in no_offence
    needed = breach_rules.decisions_needed(kind, TODAY)
    assert (BreachDecision.CHARGE in needed) is is_offence
    assert {BreachDecision.ARREST, BreachDecision.VICTIM_TOLD} <= set(needed)
    assert ("offence (" in breach_rules.breach_means(kind, TODAY)) is is_offence


def test_breach_of_police_bail_is_arrestable_but_not_itself_an_offence() -> None:
    """Day 13: the page says so."""
    assert breach_rules.breach_means(OrderKind.BAIL, TODAY).startswith(
        "Arrestable without a warrant, but not itself an offence."
    )


@pytest.mark.parametrize(
    ("kind", "what", "done", "reason", "field"),
    [
        (OrderKind.SPO, BreachDecision.ARREST, True, "", None),
        (OrderKind.SPO, BreachDecision.ARREST, False, "", "reason"),
        (OrderKind.SPO, BreachDecision.ARREST, False, "He is in hospital.", None),
        (OrderKind.SPO, BreachDecision.CHARGE, True, "", None),
        (OrderKind.BAIL, BreachDecision.CHARGE, True, "", "what"),
        (OrderKind.BAIL, BreachDecision.ARREST, True, "", None),
        (OrderKind.LICENCE, BreachDecision.VICTIM_TOLD, False, "", "reason"),
    ],
)
def test_a_decision_after_a_breach_is_yes_or_a_reasoned_no(
    kind: OrderKind, what: BreachDecision, done: bool, reason: str, field: str | None
) -> None:
    why = breach_rules.why_not_decide(kind, what, done, reason, on=TODAY)
    assert (why and why[0]) == field


def test_a_no_is_decided_too() -> None:
    assert breach_rules.undecided(OrderKind.SPO, [], on=TODAY) == tuple(BreachDecision)
    assert breach_rules.undecided(OrderKind.SPO, [BreachDecision.ARREST], on=TODAY) == (
        BreachDecision.CHARGE,
        BreachDecision.VICTIM_TOLD,
    )
    assert breach_rules.undecided(OrderKind.BAIL, [BreachDecision.ARREST, BreachDecision.VICTIM_TOLD], on=TODAY) == ()


@pytest.mark.parametrize(
    ("joined", "reassessed", "alarm"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
def test_a_breach_treated_alone_is_named(joined: bool, reassessed: bool, alarm: bool) -> None:
    named = breach_rules.treated_alone(joined=joined, reassessed=reassessed)
    assert (named is not None) is alarm
    assert named is None or named.startswith("Breach treated alone")


@pytest.mark.parametrize("days", [-10, -1, 0, 5, 10, 11])
def test_an_act_is_a_breach_only_on_a_day_on_which_the_order_bound_him(days: int) -> None:
    why = breach_rules.why_not_breach(
        made_on=TODAY, expires_on=TODAY + timedelta(days=10), ended_on=None, happened_on=TODAY + timedelta(days=days)
    )
    assert (why is None) is (0 <= days <= 10)


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ([], None),
        ([None, None], None),
        ([NOW - timedelta(days=1), None], None),
        ([NOW + timedelta(days=1), None], NOW + timedelta(days=1)),
        ([NOW + timedelta(days=1), NOW + timedelta(days=2), None], NOW + timedelta(days=1)),
    ],
)
def test_the_conditions_that_stood_are_those_that_ended_next(
    ends: list[datetime | None], until: datetime | None
) -> None:
    assert breach_rules.stood_until(ends, NOW) == until


@pytest.mark.parametrize(
    ("bound", "is_breach", "reason", "field"),
    [
        (True, False, "The court allowed it.", None),
        (True, False, " ", "reason"),
        (False, False, "Not he.", "condition"),
        (True, True, "Not he.", "condition"),
    ],
)
def test_that_an_act_was_no_breach_is_said_with_a_reason_of_an_act_under_an_order(
    bound: bool, is_breach: bool, reason: str, field: str | None
) -> None:
    why = breach_rules.why_not_rule_out(bound=bound, is_breach=is_breach, reason=reason)
    assert (why and why[0]) == field
