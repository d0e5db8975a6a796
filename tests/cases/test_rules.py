"""The decisions of a case, as tables of cases and as promises for all inputs. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.cases import rules
from fourfold.cases.rules.clocks import EVENT_WITHIN, REVIEW_INTERVALS
from fourfold.cases.terms import Act, Answer, ClassCheck, Level, Outcome, State, Trigger
from fourfold.intake.terms import RecordingClass
from fourfold.law import rules as law
from fourfold.programme.terms import TRIAGE_OUTCOMES, ModelOfWorking, UnitModel

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=200)
LOW, MEDIUM, HIGH, VERY_HIGH = Level
VIOGEN = {"very_high": 72, "high": 168, "medium": 720, "low": 1440}
WORKING = ModelOfWorking(UnitModel.PANEL, quorum=(), review_hours=VIOGEN)
OFFICER, CHAIR = UUID(int=1), UUID(int=2)


def act(days: float = 0, **more: object) -> Act:
    return replace(Act(NOON + timedelta(days=days), "8R", behaviours=("contacts",)), **more)


# ---- two acts, and the class --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acts", "holds"),
    [
        ([], False),
        ([act()], False),
        ([act(), act()], False),  # two records of one moment are one occasion
        ([act(), act(0.01)], True),
        ([act(), act(400)], True),  # section 7(3) names no longest time between them
    ],
)
def test_a_course_of_conduct_is_conduct_on_two_occasions(acts, holds):
    assert rules.two_acts(acts) is holds


TODAY, IN_2022, IN_2019, IN_2017 = date(2026, 5, 3), date(2022, 5, 3), date(2019, 5, 3), date(2017, 5, 3)
R = RecordingClass
MALICIOUS, DAMAGE, HARASSMENT = R.MALICIOUS_COMMUNICATIONS, R.CRIMINAL_DAMAGE, R.HARASSMENT


@pytest.mark.parametrize(
    ("count", "recorded", "partner", "on", "says", "rule"),
    [
        # nothing amiss
        (1, MALICIOUS, True, TODAY, None, None),
        (3, R.STALKING, True, TODAY, None, None),
        (3, HARASSMENT, False, TODAY, None, None),
        # a former partner: stalking, from April 2020 on
        (
            3,
            MALICIOUS,
            True,
            TODAY,
            "Recorded as malicious communications, but one of 3 acts by a former partner: the recording rule "
            "expects stalking.",
            "former-partner",
        ),
        (2, HARASSMENT, True, TODAY, "Recorded as harassment, but one of 2 acts by a former partner", "former-partner"),
        (2, HARASSMENT, True, IN_2019, None, None),
        (2, DAMAGE, True, IN_2019, "a course of conduct, so stalking or harassment", "course-of-conduct"),
        (2, DAMAGE, True, IN_2017, "a course of conduct, so stalking or harassment", "definition"),
        # nobody knows whether they were partners: the check asks, it does not fall silent
        (2, HARASSMENT, None, TODAY, "Ask whether they were partners", "former-partner"),
        (2, DAMAGE, None, TODAY, "Ask whether they were partners", "former-partner"),
        (4, R.NO_CRIME, None, IN_2022, "Recorded as no crime, but one of 4 acts by the same person", "former-partner"),
        # not partners: a course of conduct all the same
        (2, MALICIOUS, False, TODAY, "a course of conduct, so stalking or harassment is expected", "definition"),
        (2, MALICIOUS, False, IN_2022, "a course of conduct, so stalking or harassment", "course-of-conduct"),
        (2, None, False, TODAY, "Not recorded as a crime, but one of 2 acts by the same person", "definition"),
        # a more serious principal crime hides the rest since May 2023
        (2, R.THREATS, True, TODAY, "the classification should include stalking", "principal-crime"),
        (2, R.BREACH_OF_ORDER, False, TODAY, "the classification should include stalking", "principal-crime"),
        (2, R.ASSAULT, True, IN_2022, "the recording rule expects stalking", "former-partner"),
    ],
)
def test_the_class_check_applies_the_counting_rule_of_the_day(count, recorded, partner, on, says, rule):
    acts = [act(n) for n in range(count)]
    check = rules.class_check(acts, recorded_as=recorded, former_partner=partner, on=on)
    if says is None:
        assert check is None
    else:
        assert says in check.says
        assert (check.rule.code, check.expected) == (rule, R.STALKING)
        assert check.rule.in_force(on)
        assert check.rule.source


def test_an_included_classification_of_stalking_settles_the_check():
    acts = [act(), act(1)]
    kept = rules.class_check(acts, recorded_as=R.THREATS, former_partner=True, on=TODAY, included=("8Q",))
    assert kept is None


def test_each_recording_rule_names_its_first_day_and_its_source():
    first_days = {rule.code: rule.from_on for rule in law.recording_rules()}
    assert first_days["course-of-conduct"] == date(2018, 4, 1)
    assert first_days["former-partner"] == date(2020, 4, 1)
    assert first_days["principal-crime"] == date(2023, 5, 1)
    assert all(rule.source and rule.says for rule in law.recording_rules())


@given(st.sampled_from([None, *R]), st.integers(1, 6), st.dates(date(2015, 1, 1), date(2030, 1, 1)))
def test_not_knowing_the_relationship_never_quiets_a_check_that_strangers_would_raise(recorded, count, on):
    acts = [act(n) for n in range(count)]
    stranger = rules.class_check(acts, recorded_as=recorded, former_partner=False, on=on)
    unknown = rules.class_check(acts, recorded_as=recorded, former_partner=None, on=on)
    assert unknown is not None or stranger is None


# ---- the course as a whole ----------------------------------------------------------------------------------------


def test_the_course_is_described_whole():
    """After the story: seventh act in 31 weeks, four recording classes, the method changed twice, shortening."""
    days = (0, 60, 115, 165, 190, 207, 217)
    classes = ("8R", "58", "58", "8L", "8R", "N", "8R")
    kinds = (
        ("contacts",),
        ("interferes",),
        ("interferes",),
        ("contacts",),
        ("contacts",),
        ("contacts",),
        ("contacts",),
    )
    acts = [act(d, recorded_class=c, behaviours=k) for d, c, k in zip(days, classes, kinds, strict=True)]
    course = rules.course_of_conduct(reversed(acts))
    assert (course.acts, course.span_days // 7) == (7, 31)
    assert course.classes == ("8R", "58", "8L", "N")
    assert course.kinds == (("contacts", 5), ("interferes", 2))
    assert (course.methods_changed, course.shortening) == (2, True)
    assert [gap.days for gap in course.gaps] == [60, 55, 50]


def test_a_course_of_no_acts_is_described_too():
    course = rules.course_of_conduct([])
    assert (course.acts, course.span_days, course.first_at, course.shortening, course.gaps) == (0, 0, None, None, ())


@pytest.mark.parametrize(
    ("days", "shortening"),
    [
        ((0, 30, 40, 45, 47, 48), None),  # five intervals tell nothing
        ((0, 30, 60, 90, 100, 110, 120), True),
        ((0, 30, 60, 90, 110, 130, 150), True),  # 20 of 30 is exactly two thirds
        ((0, 30, 60, 90, 111, 132, 153), False),
        ((0, 10, 20, 30, 60, 90, 120), False),
        ((0, 0, 0, 0, 0, 0, 0), False),
        ((0, 30, 60, 90, 190, 200, 210, 220), True),  # of seven intervals the middle one belongs to neither half
    ],
)
def test_intervals_shorten_when_the_later_median_is_at_most_two_thirds_of_the_earlier(days, shortening):
    course = rules.course_of_conduct([act(d) for d in days])
    assert course.shortening is shortening


def test_acts_of_no_known_kind_are_no_change_of_method():
    kinds = [("contacts",), (), ("contacts", "follows"), ("follows",), ("interferes",)]
    course = rules.course_of_conduct([act(n, behaviours=each) for n, each in enumerate(kinds)])
    assert course.methods_changed == 1


@given(st.lists(st.floats(0, 700), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_in_which_acts_are_given_does_not_matter(days, dice):
    acts = [act(d) for d in days]
    shuffled = acts[:]
    dice.shuffle(shuffled)
    assert rules.course_of_conduct(acts) == rules.course_of_conduct(shuffled)


@pytest.mark.parametrize(
    ("recorded", "kinds", "weapon", "breach", "scale"),
    [
        ("8R", ("contacts",), None, False, 1),
        ("8R", ("contacts",), False, True, 2),
        ("66", (), None, False, 2),
        ("8R", ("watches",), None, False, 2),
        ("8R", ("contacts", "threatens"), None, False, 3),
        ("3B", (), None, False, 3),
        ("8R", ("contacts",), True, False, 3),
    ],
)
def test_seriousness_is_a_plain_scale_of_three(recorded, kinds, weapon, breach, scale):
    assert rules.seriousness(recorded, kinds, weapon=weapon, is_breach=breach) == scale


# ---- triage -------------------------------------------------------------------------------------------------------

LEAVES = {
    "outcome": Outcome.PANEL,
    "reason": "A pattern.",
    "allowed": TRIAGE_OUTCOMES,
    "victim_known": True,
    "subject_settled": True,
    "immediate_danger": Answer.NO,
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"outcome": None}, "outcome"),
        ({"reason": "  \n"}, "reason"),
        ({"allowed": ("consultation",)}, "outcome"),
        ({"outcome": Outcome.REDIRECT, "redirected_to": "the street team", "owes_advice": True}, "outcome"),
        ({"outcome": Outcome.ADVICE_ONLY, "owes_advice": True}, None),
        ({"outcome": Outcome.REDIRECT}, "redirected_to"),
        ({"outcome": Outcome.REDIRECT, "redirected_to": "MARAC"}, None),
        ({"outcome": Outcome.ADVICE_ONLY, "immediate_danger": Answer.YES}, "outcome"),
        ({"outcome": Outcome.ADVICE_ONLY, "immediate_danger": Answer.NOT_KNOWN}, None),
        ({"outcome": Outcome.ADVICE_ONLY, "immediate_danger": None, "victim_known": False}, None),
        ({"victim_known": False}, "victim"),
        ({"subject_settled": False}, "subject"),
        ({"outcome": Outcome.DIRECT_MANAGEMENT, "subject_settled": False}, "subject"),
    ],
)
def test_what_keeps_an_allegation_at_the_desk(changes, field):
    told = LEAVES | changes
    why = rules.why_not_triage(told.pop("outcome"), told.pop("reason"), **told)
    assert (why[0] if why else None) == field


AMISS = ClassCheck(RecordingClass.STALKING, "The recording rule expects stalking.", law.recording_rules()[-1])


@pytest.mark.parametrize(
    ("expected", "asked", "kept_because", "field"),
    [
        (None, False, "", None),
        (AMISS, False, "  ", "class_kept_because"),
        (AMISS, True, "", None),
        (AMISS, False, "Harassment in law only.", None),
    ],
)
def test_a_class_that_the_recording_rule_does_not_expect_is_answered_for(expected, asked, kept_because, field):
    why = rules.why_not_keep_class(expected, asked=asked, kept_because=kept_because)
    assert (why[0] if why else None) == field


# ---- levels -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "advised", "previous", "reason", "second", "says"),
    [
        (HIGH, None, None, "", "", None),
        (HIGH, HIGH, MEDIUM, "", "", None),
        (VERY_HIGH, HIGH, None, "", "", "Give the reason for very high"),
        (VERY_HIGH, HIGH, None, "A knife.", "", None),
        (MEDIUM, HIGH, None, "In prison.", "", "A second person must sign it"),
        (MEDIUM, HIGH, None, "In prison.", "officer", "must be another person's"),
        (MEDIUM, HIGH, None, "In prison.", "chair", None),
        (MEDIUM, None, HIGH, "", "chair", "Give the reason for lowering it to medium"),
        (MEDIUM, None, HIGH, "Three quiet months.", "chair", None),
    ],
)
def test_a_level_below_the_advice_or_the_one_before_takes_a_reason_and_two_people(
    level, advised, previous, reason, second, says
):
    why = rules.why_not_level(
        level, reason=reason, decided_by="officer", countersigned_by=second, advised=advised, previous=previous
    )
    assert (why is None) if says is None else (says in why)


@pytest.mark.parametrize(
    ("level", "advised", "reason", "second", "says"),
    [
        (LOW, None, "", "", "3 questions are open. Give the reason"),
        (LOW, None, "Nobody can ask.", "", "Not known is not low"),
        (LOW, None, "Nobody can ask.", "officer", "must be another person's"),
        (LOW, None, "Nobody can ask.", "chair", None),
        (LOW, LOW, "", "", "3 questions are open. Give the reason"),
        (LOW, LOW, "Nobody can ask.", "", "Not known is not low"),
        (MEDIUM, None, "", "", None),
    ],
)
def test_what_nobody_knows_is_not_low_for_one_person_alone(level, advised, reason, second, says):
    why = rules.why_not_level(
        level, reason=reason, decided_by="officer", countersigned_by=second, advised=advised, open_questions=3
    )
    assert (why is None) if says is None else (says in why)


LEVELS = st.sampled_from(Level)
MAYBE = st.none() | LEVELS


@given(LEVELS, MAYBE, MAYBE, st.sampled_from(["", "why"]), st.integers(0, 3))
def test_one_person_alone_never_goes_below_the_advice_or_the_level_before(level, advised, previous, reason, open_):
    why = rules.why_not_level(
        level, reason=reason, decided_by="officer", advised=advised, previous=previous, open_questions=open_
    )
    bar = max((each.rank for each in (advised, previous) if each), default=0)
    assert why is not None or level.rank >= bar


@given(LEVELS, MAYBE, st.integers(1, 9))
def test_an_open_question_never_makes_a_lower_level_easier(level, previous, open_):
    asked = {"reason": "", "decided_by": "officer", "previous": previous}
    if rules.why_not_level(level, **asked) is not None:
        assert rules.why_not_level(level, **asked, open_questions=open_) is not None


# ---- clocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "opened_at", "wait"),
    [
        # 72 hours, 7, 30 and 60 days: the VioGén intervals
        (VERY_HIGH, LONG_AGO, timedelta(hours=72)),
        (HIGH, LONG_AGO, timedelta(days=7)),
        (MEDIUM, LONG_AGO, timedelta(days=30)),
        (LOW, LONG_AGO, timedelta(days=60)),
        # half of them in the first 90 days
        (VERY_HIGH, NOON, timedelta(hours=36)),
        (HIGH, NOON, timedelta(days=3, hours=12)),
        (MEDIUM, NOON - timedelta(days=89, hours=23), timedelta(days=15)),
        (MEDIUM, NOON - timedelta(days=90), timedelta(days=30)),
        # a level that nobody has set waits no longer than the highest
        (None, NOON, timedelta(hours=36)),
        (None, LONG_AGO, timedelta(hours=72)),
    ],
)
def test_a_review_is_due_by_level_and_sooner_in_the_first_ninety_days(level, opened_at, wait):
    assert rules.review_due(level, NOON, working=WORKING, opened_at=opened_at) == NOON + wait


def test_a_site_sets_its_own_clocks():
    site = replace(WORKING, review_hours={"medium": 14 * 24}, early_days=30, early_review_percent=25)
    old, new = NOON - timedelta(days=31), NOON - timedelta(days=29)
    assert rules.review_due(MEDIUM, NOON, working=site, opened_at=old) == NOON + timedelta(days=14)
    assert rules.review_due(MEDIUM, NOON, working=site, opened_at=new) == NOON + timedelta(days=3.5)
    assert rules.review_due(LOW, NOON, working=site, opened_at=old) == NOON + timedelta(days=60)


@pytest.mark.parametrize("hours", [0, -1])
def test_an_interval_of_nothing_is_refused_by_level(hours):
    site = replace(WORKING, review_hours={"very_high": hours})
    with pytest.raises(ValueError, match="The review interval for very high must be longer than nothing"):
        rules.review_interval(VERY_HIGH, working=site, early=False)


def test_a_higher_level_is_never_reviewed_later():
    waits = [REVIEW_INTERVALS[level] for level in sorted(Level)]
    assert waits == sorted(waits, reverse=True)


@pytest.mark.parametrize(
    ("event", "days"),
    [(Trigger.BREACH, 1), (Trigger.NEW_ACT, 1), (Trigger.WEAPON, 1), (Trigger.COURT_DATE, 3), (Trigger.NEW_PARTNER, 7)],
)
def test_an_event_brings_the_review_forward_and_makes_one_due_where_none_was(event, days):
    for due in (NOON + timedelta(days=35), None):
        assert rules.brought_forward(due, event, NOON) == NOON + timedelta(days=days)


@given(st.sampled_from(Trigger), st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_no_event_ever_moves_a_review_back(event, ahead):
    assert rules.brought_forward(NOON + ahead, event, NOON) <= NOON + ahead


@given(st.lists(st.sampled_from(Trigger), max_size=8), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_review_is_never_later_after_one_event_more(events, ahead):
    due = NOON + ahead
    for event in events:
        after = rules.brought_forward(due, event, NOON)
        assert after <= due
        due = after


def test_every_event_has_its_own_time_and_the_clock_is_no_event():
    assert set(Trigger) - set(EVENT_WITHIN) == {Trigger.CLOCK, Trigger.OPENED}
    assert rules.brought_forward(NOON, Trigger.CLOCK, NOON) == NOON


@pytest.mark.parametrize(
    ("open_days", "trigger", "full", "days"),
    [
        (None, None, False, 15),
        (2, Trigger.OPENED, False, 15),  # the clock before a level was set gives way to the clock of the level
        (40, Trigger.CLOCK, False, 15),
        (1, Trigger.BREACH, False, 1),  # setting a level is no review of the breach
        (20, Trigger.BREACH, False, 15),
        (1, Trigger.BREACH, True, 15),  # the panel is
    ],
)
def test_setting_a_level_leaves_a_review_standing_that_an_event_brought_forward(open_days, trigger, full, days):
    standing = None if open_days is None else NOON + timedelta(days=open_days)
    due = rules.due_after_level(NOON + timedelta(days=15), standing, trigger, is_full_review=full)
    assert due == NOON + timedelta(days=days)


# ---- stepping down, closing ---------------------------------------------------------------------------------------

STEPS_DOWN = {
    "state": State.OPEN,
    "last_act_at": NOON - timedelta(days=100),
    "victim_told_at": NOON - timedelta(days=1),
    "reason": "Quiet, and he is in treatment.",
    "decided_by": OFFICER,
    "countersigned_by": CHAIR,
    "at": NOON,
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"last_act_at": None}, None),
        ({"last_act_at": datetime(2026, 2, 3, 12, tzinfo=UTC)}, None),  # three months to the hour
        ({"last_act_at": datetime(2026, 2, 3, 12, 1, tzinfo=UTC)}, "last_act_at"),
        ({"state": State.STEP_DOWN}, "state"),
        ({"state": State.CLOSED}, "state"),
        ({"reason": " "}, "reason"),
        ({"victim_told_at": None}, "victim_told_at"),
        ({"victim_told_at": NOON + timedelta(days=1)}, "victim_told_at"),
        ({"countersigned_by": None}, "countersigned_by"),
        ({"countersigned_by": OFFICER}, "countersigned_by"),
    ],
)
def test_a_case_steps_down_slowly_with_two_signatures_and_the_victim_told(changes, field):
    why = rules.why_not_step_down(**STEPS_DOWN | changes)
    assert (why[0] if why else None) == field


CLOSES = {
    "state": State.STEP_DOWN,
    "entered_at": datetime(2026, 2, 3, 12, tzinfo=UTC),
    "last_act_at": LONG_AGO,
    "reason": "Three months in step-down without an act.",
    "victim_told_at": NOON - timedelta(days=1),
    "at": NOON,
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"state": State.OPEN}, "state"),
        ({"state": State.CLOSED}, "state"),
        ({"entered_at": datetime(2026, 2, 3, 12, 1, tzinfo=UTC)}, "entered_at"),
        ({"last_act_at": NOON - timedelta(days=1)}, "last_act_at"),
        ({"last_act_at": None}, None),
        ({"reason": ""}, "reason"),
        ({"victim_told_at": None}, "victim_told_at"),
        ({"victim_told_at": datetime(2026, 2, 3, 11, tzinfo=UTC)}, "victim_told_at"),
        ({"victim_told_at": NOON + timedelta(hours=1)}, "victim_told_at"),
    ],
)
def test_a_case_closes_only_from_step_down_after_three_months_without_an_act(changes, field):
    why = rules.why_not_close(**CLOSES | changes)
    assert (why[0] if why else None) == field


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((2026, 1, 15), (2026, 4, 15)),
        ((2026, 11, 30), (2027, 2, 28)),
        ((2027, 11, 29), (2028, 2, 29)),
        ((2026, 10, 31), (2027, 1, 31)),
        ((2026, 8, 31), (2026, 11, 30)),
    ],
)
def test_three_months_later_is_the_same_day_or_the_last_of_a_shorter_month(start, end):
    assert rules.months_after(datetime(*start, tzinfo=UTC), 3) == datetime(*end, tzinfo=UTC)
