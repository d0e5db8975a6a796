"""When a case is looked at again, and that a hold beats everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.governance.rules import retention
from fourfold.governance.schedule import retention as schedule
from fourfold.governance.terms import CannotGovern, RetentionFacts

CLOSED = RetentionFacts(
    opened_on=date(2019, 5, 1),
    last_event_on=date(2020, 3, 1),
    closed_on=date(2020, 9, 1),
    highest_level="medium",
    serious_order=False,
    subject_born_on=date(1979, 2, 11),
)
ON = date(2026, 11, 24)


def due(on: date = ON, **changes: object) -> tuple[date | None, str, bool]:
    found = retention.review_due(replace(CLOSED, **changes), schedule(), on=on)  # type: ignore[arg-type]
    return found.due_on, found.rule, found.may_propose_disposal


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (date(2026, 9, 1), "group-3", True)),
        ({"closed_on": None}, (None, "group-3", False)),
        ({"highest_level": "low"}, (date(2026, 9, 1), "group-3", True)),
        ({"highest_level": ""}, (date(2026, 9, 1), "group-3", True)),
        ({"highest_level": "high"}, (date(2030, 9, 1), "group-2", False)),
        ({"highest_level": "very_high"}, (date(2030, 9, 1), "group-1", False)),
        ({"serious_order": True}, (date(2030, 9, 1), "group-2", False)),
        ({"highest_level": "very_high", "serious_order": True}, (date(2030, 9, 1), "group-1", False)),
        ({"last_event_on": date(2021, 2, 3)}, (date(2027, 2, 3), "group-3", False)),
        ({"last_event_on": date(2024, 2, 29)}, (date(2030, 3, 1), "group-3", False)),
        ({"reviewed_on": date(2026, 10, 1)}, (date(2031, 10, 1), "group-3", False)),
        ({"reviewed_on": date(2020, 10, 1)}, (date(2026, 9, 1), "group-3", True)),
        ({"on_hold": ("an inquest",)}, (date(2026, 9, 1), "group-3", False)),
    ],
)
def test_the_schedule_says_when(changes: dict[str, object], expected: tuple[date | None, str, bool]) -> None:
    assert due(**changes) == expected


@pytest.mark.parametrize(
    ("born", "goes"),
    [(date(1979, 2, 11), False), (date(1926, 11, 24), True), (date(1926, 11, 25), False), (None, False)],
)
def test_the_gravest_cases_are_kept_until_he_would_be_a_hundred_and_without_a_birth_for_good(
    born: date | None, goes: bool
) -> None:
    old = {"highest_level": "very_high", "last_event_on": date(2010, 1, 1), "closed_on": date(2010, 6, 1)}
    assert due(subject_born_on=born, **old)[2] is goes


@given(
    st.dates(date(2015, 1, 1), date(2026, 1, 1)), st.integers(0, 4000), st.sampled_from(["low", "high", "very_high"])
)
def test_a_later_event_never_brings_the_day_forward(event: date, later: int, level: str) -> None:
    first = due(last_event_on=event, highest_level=level)[0]
    second = due(last_event_on=event + timedelta(days=later), highest_level=level)[0]
    assert first is not None
    assert second is not None
    assert second >= first


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.sampled_from(["", "low", "medium", "high", "very_high"]))
def test_under_a_hold_nothing_is_ever_proposed(born: date, level: str) -> None:
    held = replace(
        CLOSED, last_event_on=date(1990, 1, 1), closed_on=date(1990, 2, 1), subject_born_on=born, highest_level=level,
        on_hold=("a complaint or a conduct investigation",),
    )  # fmt: skip
    why = retention.why_not_propose(held, schedule(), on=ON)
    assert why is not None
    assert "hold" in why[1]


def test_a_rule_counts_from_its_day_and_an_old_day_keeps_the_old_rule() -> None:
    later = replace(schedule()[2], from_on=date(2026, 12, 1), clear_years=20)
    rules = (*schedule(), later)
    assert retention.review_due(CLOSED, rules, on=date(2026, 11, 30)).due_on == date(2026, 9, 1)
    assert retention.review_due(CLOSED, rules, on=date(2026, 12, 1)).due_on == date(2040, 9, 1)


def test_a_day_before_any_rule_is_refused_in_words() -> None:
    with pytest.raises(CannotGovern, match="Add it to"):
        retention.rule_for(CLOSED, schedule(), on=date(2010, 1, 1))


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (date(2026, 11, 24), date(2026, 12, 24)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2026, 5, 31), date(2026, 6, 30)),
        (date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_person_is_answered_within_a_calendar_month(received: date, expected: date) -> None:
    assert retention.answer_due(received) == expected


TENTH = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("proved", "waits", "expected"),
    [
        (None, [], date(2026, 4, 10)),
        (date(2026, 3, 17), [], date(2026, 4, 17)),
        (date(2026, 3, 1), [], date(2026, 4, 10)),
        (None, [(date(2026, 3, 12), date(2026, 3, 20))], date(2026, 4, 18)),
        (None, [(date(2026, 3, 12), date(2026, 3, 20)), (date(2026, 3, 18), date(2026, 3, 22))], date(2026, 4, 20)),
        (date(2026, 3, 17), [(date(2026, 3, 12), date(2026, 3, 20))], date(2026, 4, 20)),
    ],
    ids=["at once", "proved later", "known before", "a wait", "two waits", "both at once"],
)
def test_the_clock_stands_still_while_the_unit_waits_for_what_it_asked(
    proved: date | None, waits: list[tuple[date, date]], expected: date
) -> None:
    """UK GDPR, article 12A, since 5 February 2026."""
    assert retention.answer_due(TENTH, proved_on=proved, waits=waits) == expected


@pytest.mark.parametrize(
    ("received", "expected"), [(date(2026, 2, 4), date(2026, 3, 4)), (date(2026, 2, 5), date(2026, 3, 8))]
)
def test_a_request_keeps_the_law_of_the_day_on_which_it_came(received: date, expected: date) -> None:
    assert retention.answer_due(received, waits=[(date(2026, 2, 10), date(2026, 2, 13))]) == expected
