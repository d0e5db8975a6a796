"""After closing nobody is forgotten: four windows open by themselves, and what they find is kept as it was said."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.terms import NotFound, Refused, RelationKind
from fourfold.cases import queries, rules
from fourfold.cases import services as cases
from fourfold.cases.models import Case, FollowUp, LevelSet
from fourfold.cases.terms import Answer, CannotStep, Level, PastCase, PastState, SetBy, State, WhatBecame
from tests.cases.builders import further_act, known, open_case, told
from tests.cast import NOW, assign
from tests.duties.scene import waits

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LOG = 5
QUIET = NOW + timedelta(days=95)
CLOSING = NOW + timedelta(days=190)
FOUND = WhatBecame("Her advocate rang her; the force has nothing new.", Answer.YES, Answer.NO, Answer.YES)


def rows(model, **of):
    return model.objects.unscoped("a test").filter(**of)


@pytest.fixture
def closed(cast) -> Case:
    """A case that was closed with the victim told."""
    case = open_case(cast)
    cases.step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=QUIET - DAY, countersigned_by=cast.coordinator,
        at=QUIET,
    )  # fmt: skip
    cases.close(actor=cast.coordinator, case=case, reason="Done.", victim_told_at=CLOSING - DAY, at=CLOSING)
    return case


def due(cast, at, name="advocate"):
    return [row.said["months"] for row in waits(cast.actor(name), "follow_ups", at=at)]


def window(cast, case, months):
    (row,) = (
        each
        for each in queries.follow_ups_of(actor=cast.advocate, case_id=case.pk, at=CLOSING)
        if each.months == months
    )
    return queries.follow_up_to_record(actor=cast.advocate, case_id=case.pk, follow_up=row.id, at=CLOSING)


def record(cast, case, months, at, became=FOUND, name="advocate"):
    return cases.record_follow_up(actor=cast.actor(name), follow_up=window(cast, case, months), became=became, at=at)


def test_the_windows_of_a_closed_case_open_by_themselves_one_after_the_other(cast, closed):
    assert due(cast, CLOSING + 30 * DAY) == []
    assert due(cast, rules.months_after(CLOSING, 3) - timedelta(minutes=1)) == []
    assert due(cast, rules.months_after(CLOSING, 3)) == [3]
    assert due(cast, rules.months_after(CLOSING, 12)) == [3, 6, 12]
    record(cast, closed, 3, rules.months_after(CLOSING, 3))
    assert due(cast, rules.months_after(CLOSING, 24), "officer") == [6, 12, 24]


def test_what_was_found_is_kept_as_it_was_said(cast, closed):
    record(cast, closed, 3, rules.months_after(CLOSING, 3))
    row = rows(FollowUp, months=3).get()
    assert (row.new_act, row.feels_safer, row.done_by) == ("no", "yes", cast.advocate.staff)
    with pytest.raises(CannotStep, match="has recorded"):
        record(cast, closed, 3, rules.months_after(CLOSING, 4))


@pytest.mark.parametrize(
    ("became", "field"),
    [
        (WhatBecame(" "), "summary"),
        (WhatBecame("The force looked.", Answer.NOT_KNOWN, Answer.NO, Answer.YES), "feels_safer"),
        (WhatBecame("The force looked.", Answer.NO, Answer.NO, Answer.NO), "feels_safer"),
    ],
)
def test_nobody_speaks_for_a_victim_who_was_not_reached(cast, closed, became, field):
    with pytest.raises(CannotStep) as refused:
        record(cast, closed, 3, rules.months_after(CLOSING, 3), became)
    assert refused.value.field == field


def test_a_window_is_not_answered_before_its_day(cast, closed):
    with pytest.raises(CannotStep, match="follow-up from"):
        record(cast, closed, 6, rules.months_after(CLOSING, 3))


def test_an_act_after_closing_opens_the_case_and_nobody_is_asked_to_follow_up_what_is_open(cast, closed):
    further_act(cast, closed, at=CLOSING + 40 * DAY)
    assert rows(Case).get().state == State.OPEN
    assert due(cast, rules.months_after(CLOSING, 3)) == []
    with pytest.raises(CannotStep, match="open again"):
        record(cast, closed, 3, rules.months_after(CLOSING, 3))


def test_a_second_closing_starts_four_windows_anew(cast, closed):
    further_act(cast, closed, at=CLOSING + 40 * DAY)
    again, then = CLOSING + 140 * DAY, CLOSING + 240 * DAY
    cases.step_down(
        actor=cast.officer, case=rows(Case).get(), reason="Quiet.", victim_told_at=again, countersigned_by=cast.coordinator,
        at=again,
    )  # fmt: skip
    cases.close(actor=cast.coordinator, case=rows(Case).get(), reason="Done.", victim_told_at=then, at=then)
    assert due(cast, rules.months_after(then, 3)) == [3]
    assert rows(FollowUp, superseded_at=None).count() == 4


@pytest.mark.parametrize("told_at", [None, QUIET - DAY, CLOSING + DAY])
def test_a_case_does_not_close_behind_the_victims_back(cast, told_at):
    case = open_case(cast)
    cases.step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=QUIET - DAY, countersigned_by=cast.coordinator,
        at=QUIET,
    )  # fmt: skip
    with pytest.raises(CannotStep) as refused:
        cases.close(actor=cast.coordinator, case=case, reason="Done.", victim_told_at=told_at, at=CLOSING)
    assert refused.value.field == "victim_told_at"
    assert not rows(FollowUp).exists()


def test_a_closed_case_that_is_taken_over_has_the_windows_that_are_still_to_come(cast):
    allegation = told(cast.analyst)
    victim, subject = known(cast, allegation)
    past = PastCase(
        id=allegation.pk, site="northmoor", victim=victim.pk, subject=subject.pk, opened_at=NOW - 700 * DAY,
        states=tuple(
            PastState(state, NOW - days * DAY)
            for state, days in ((State.OPEN, 700), (State.STEP_DOWN, 300), (State.CLOSED, 200))
        ),
    )  # fmt: skip
    cases.take_over(actor=cast.analyst, rows=[past], at=NOW)
    assert due(cast, NOW) == []
    assert due(cast, NOW + 500 * DAY) == [12]


def test_another_site_and_whoever_may_not_are_turned_away(cast, closed):
    at = rules.months_after(CLOSING, 3)
    assert due(cast, at, "olu") == []
    with pytest.raises(NotFound):
        queries.follow_ups_of(actor=cast.olu, case_id=closed.pk, at=at)
    with pytest.raises(Refused):
        record(cast, closed, 3, at, name="analyst")


def test_a_level_set_for_want_of_capacity_is_recorded_as_exactly_that(cast):
    case = open_case(cast)
    asked = {"actor": cast.officer, "case": case, "level": Level.MEDIUM, "set_in": SetBy.PROFESSIONAL, "at": NOW}
    with pytest.raises(CannotStep) as refused:
        cases.set_level(**asked, for_want_of_capacity=True)
    assert refused.value.field == "reason"
    cases.set_level(**asked, for_want_of_capacity=True, reason="High is asked for; nobody can visit weekly.")
    assert rows(LevelSet).get().for_want_of_capacity
    said = queries.history(actor=cast.officer, reference=case.reference, at=NOW, before=None, kinds={}).changes
    assert any("because the unit lacks capacity" in change.what for change in said)


@given(st.datetimes(timezones=st.just(NOW.tzinfo)).filter(lambda at: at.year < 9990))
def test_every_window_lies_after_the_one_before(at):
    moments = [opens for _, opens in rules.windows(at)]
    assert moments == sorted(moments)
    assert moments[0] > at + 88 * DAY


# ---- the victim of nobody -----------------------------------------------------------------------------------------


def test_a_victim_without_an_advocate_is_on_the_coordinators_list_until_she_has_one(cast):
    case = open_case(cast, at=NOW)
    listed = queries.without_advocate
    assert [row.of_nobody for row in listed(actor=cast.coordinator, at=NOW + DAY)] == [True]
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    assert listed(actor=cast.coordinator, at=NOW + DAY) == (), "somebody works on it, and an advocate is not late yet"
    (hers,) = listed(actor=cast.coordinator, at=NOW + 3 * DAY)
    assert (hers.reference, hers.opened_at, hers.of_nobody) == (case.reference, NOW, False)
    assert listed(actor=cast.olu, at=NOW + 3 * DAY) == ()
    advocate = cast.staff["advocate"].pk
    assign(actor=cast.coordinator, case=case, staff=advocate, kind=RelationKind.ADVOCATE, at=NOW + 3 * DAY)
    assert listed(actor=cast.coordinator, at=NOW + 3 * DAY) == ()
