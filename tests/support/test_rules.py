"""Within how many working days she is told, when her silence is an alarm, and what makes a contact safe."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from fourfold.cases.terms import Level
from fourfold.support import rules
from fourfold.support.rules import diary
from fourfold.support.terms import ContactOutcome

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("happened_at", "enhanced", "due"),
    [
        (datetime(2026, 11, 24, 9, tzinfo=UTC), True, date(2026, 11, 25)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), None, date(2026, 11, 25)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), False, date(2026, 12, 1)),
        # Friday to Monday; over Christmas to the first working day after it.
        (datetime(2026, 11, 27, 18, tzinfo=UTC), True, date(2026, 11, 30)),
        (datetime(2026, 12, 24, 12, tzinfo=UTC), True, date(2026, 12, 29)),
        (datetime(2026, 12, 24, 12, tzinfo=UTC), False, date(2027, 1, 5)),
        # Good Friday and Easter Monday.
        (datetime(2026, 4, 2, 12, tzinfo=UTC), True, date(2026, 4, 7)),
        # Half an hour past midnight on her clock in summer is the next day, though not yet in UTC.
        (datetime(2026, 7, 13, 23, 30, tzinfo=UTC), True, date(2026, 7, 15)),
    ],
)
def test_she_is_told_within_one_working_day_or_five_without_enhanced_rights(
    happened_at: datetime, enhanced: bool | None, due: date
) -> None:
    assert rules.due_on(happened_at, enhanced) == due


MADE, LATER = NOW - 2 * DAY, NOW - DAY


@pytest.mark.parametrize(
    ("recorded_at", "told_at", "steps", "gives"),
    [
        (MADE, MADE, [(MADE, True)], True),
        (MADE, MADE - timedelta(minutes=1), [(MADE, True)], False),  # warned before the court made it
        (LATER, MADE, [(MADE, True)], False),  # told when nobody had it on record yet
        (LATER + timedelta(seconds=59), LATER, [(MADE, True)], True),  # a contact is typed to the minute
        (MADE, NOW, [(MADE, False)], False),  # of another order, or of its service ahead and not of it done
        (MADE, NOW, [(MADE, True), (LATER, False)], True),
        (MADE, NOW, [(MADE, True), (MADE, False)], False),  # the update does not say which of the two
        (MADE, NOW, [(MADE, True), (MADE, True)], True),
        (MADE, NOW, [(LATER, True)], False),  # of what no order of the case says
        (MADE, NOW, [], False),
    ],
)
def test_a_warning_gives_the_update_of_what_it_can_have_told(
    recorded_at: datetime, told_at: datetime, steps: list[tuple[datetime, bool]], gives: bool
) -> None:
    assert rules.tells_of_order(MADE, recorded_at, told_at, steps) is gives


def test_a_bank_holiday_is_named_only_where_it_explains_the_day_that_was_kept() -> None:
    eve, christmas = datetime(2026, 12, 24, 12, tzinfo=UTC), (date(2026, 12, 25), date(2026, 12, 28))
    assert rules.not_counted(eve, date(2026, 12, 29), 1) == christmas
    assert rules.not_counted(eve, date(2026, 12, 28), 1) == (), "kept before the register named the day"
    assert rules.not_counted(datetime(1990, 12, 24, tzinfo=UTC), date(1990, 12, 27), 1) == (), "not on record"


@pytest.mark.parametrize(
    ("told_at", "at", "met"),
    [
        (None, NOW, None),
        (None, NOW + DAY, None),
        (None, NOW + 2 * DAY, False),
        (NOW, NOW, True),
        (NOW + DAY, NOW + 9 * DAY, True),
        (NOW + 2 * DAY, NOW + 9 * DAY, False),
    ],
)
def test_a_clock_is_met_missed_or_still_runs(told_at: datetime | None, at: datetime, met: bool | None) -> None:
    assert rules.is_met(date(2026, 11, 25), told_at, at) is met


@pytest.mark.parametrize(
    ("outcome", "safe"),
    [
        (ContactOutcome.REACHED, True),
        (ContactOutcome.NOT_REACHED, None),
        (ContactOutcome.NOT_SAFE_TO_SPEAK, False),
        (ContactOutcome.STOPPED, False),
    ],
)
def test_what_makes_a_contact_safe(outcome: ContactOutcome, safe: bool | None) -> None:
    assert rules.is_safe(outcome) is safe


@pytest.mark.parametrize(
    ("level", "days", "silent"),
    [
        (Level.VERY_HIGH, 14, True),
        (Level.VERY_HIGH, 13, False),
        (Level.HIGH, 14, True),
        (Level.HIGH, 13, False),
        (Level.MEDIUM, 99, False),
        (Level.LOW, 99, False),
        (None, 14, True),
        (None, 13, False),
    ],
)
def test_her_silence_is_an_alarm_after_fourteen_days_at_high_or_very_high(
    level: Level | None, days: int, silent: bool
) -> None:
    assert rules.is_silent(level, NOW - days * DAY, NOW - 400 * DAY, NOW) is silent


def test_somebody_who_was_never_reached_is_silent_since_the_case_was_opened() -> None:
    assert rules.is_silent(Level.HIGH, None, NOW - 14 * DAY, NOW)
    assert not rules.is_silent(Level.HIGH, None, NOW - 13 * DAY, NOW)
    assert rules.days_silent(None, NOW - 20 * DAY, NOW) == 20


@pytest.mark.parametrize(
    ("outcome", "minutes", "field"),
    [
        (ContactOutcome.REACHED, None, None),
        (ContactOutcome.REACHED, 0, None),
        (ContactOutcome.NOT_REACHED, 1440, None),
        (ContactOutcome.REACHED, -1, "minutes"),
        (ContactOutcome.REACHED, 1441, "minutes"),
        (ContactOutcome.STOPPED, None, "outcome"),
    ],
)
def test_a_contact_is_recorded_as_what_it_was(outcome: ContactOutcome, minutes: int | None, field: str | None) -> None:
    why = rules.why_not_record(outcome, minutes)
    assert (why and why[0]) == field


@pytest.mark.parametrize("hour", [0, 6, 11, 12, 23])
@pytest.mark.parametrize("said", ["today", "Today", "heddiw"])
def test_at_any_hour_she_may_write_that_it_was_today(said: str, hour: int) -> None:
    at = datetime(2026, 11, 27, hour, 28, tzinfo=UTC)
    occurred, known, why = diary.when_of(said, "", at)
    assert (known, why) == (False, None)
    assert occurred is not None
    assert occurred <= at
    assert occurred.astimezone(diary.LONDON).date() == at.date()


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("17:40", 17),
        ("5pm", 17),
        ("about 5 pm", 17),
        ("5:30am", 5),
        ("05:00", 5),
        ("tua 5yh", 17),
        ("17", 17),
        ("0", 0),
    ],
)
def test_an_hour_is_read_that_can_be_only_one(said: str, hour: int) -> None:
    occurred, known, why = diary.when_of("26 Nov", said, datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert occurred is not None
    assert (occurred.hour, known, why) == (hour, True, None)


@pytest.mark.parametrize("said", ["5", "about 5", "5:30", "12", "around 7.15"])
def test_an_hour_that_may_be_morning_or_afternoon_is_asked_again(said: str) -> None:
    """ "About 5" was kept, and would have been sworn to, as five in the morning."""
    occurred, known, why = diary.when_of("26 Nov", said, datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert (occurred, known) == (None, False)
    assert why is not None
    assert why[0] == "time"
