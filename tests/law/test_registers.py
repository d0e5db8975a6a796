"""The registers of law: what counts on a day, where it stands, and what a count over time may not span in silence."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fourfold
from fourfold.law.rules import (
    breach_means,
    breach_rule,
    breach_rules,
    limit,
    limits,
    recording_rule,
    recording_rules,
    series_breaks,
)
from fourfold.law.terms import Limit, NotOnRecord, Unit

DAYS = st.dates(date(1998, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("code", "on", "words", "section"),
    [
        ("stalking.information", date(2026, 11, 24), "6 months", "section 127"),
        ("spo.notification", date(2026, 11, 24), "3 days", "section 9"),
        ("spo.shortest", date(2026, 11, 24), "2 years", "section 3"),
        ("code.update", date(2026, 11, 24), "5 working days", "right 6"),
        ("code.update.enhanced", date(2026, 11, 24), "1 working day", "right 6"),
        ("code.update.enhanced", date(2019, 5, 3), "1 working day", "October 2015"),
        ("bail.first", date(2022, 10, 27), "28 days", "section 47ZB"),
        ("bail.first", date(2022, 10, 28), "3 months", "section 47ZB"),
        ("bail.inspector", date(2026, 11, 24), "6 months", "section 47ZDA"),
        ("bail.superintendent", date(2026, 11, 24), "9 months", "section"),
        ("spo.change", date(2026, 11, 24), "3 days", "section 9"),
        ("court-bail.before-court", date(2026, 11, 24), "24 hours", "section 7(4)"),
        ("record.answer", date(2026, 2, 4), "1 month", "article 12(3)"),
        ("record.answer", date(2026, 2, 5), "1 month", "SI 2026/82"),
    ],
)
def test_a_limit_is_the_one_of_its_day_with_its_source(code: str, on: date, words: str, section: str) -> None:
    found = limit(code, on)
    assert found.words == words
    assert section in found.source


@pytest.mark.parametrize(("code", "on"), [("spo.notification", date(2020, 1, 19)), ("no.such", date(2026, 1, 1))])
def test_what_is_not_on_record_is_not_guessed(code: str, on: date) -> None:
    with pytest.raises(NotOnRecord, match=re.escape(code)):
        limit(code, on)


@pytest.mark.parametrize(
    ("code", "begins", "last"),
    [
        # Three days beginning with service: the day itself is the first.
        ("spo.notification", date(2026, 11, 24), date(2026, 11, 26)),
        ("spo.shortest", date(2026, 11, 24), date(2028, 11, 23)),
        ("spo.shortest", date(2028, 2, 29), date(2030, 2, 28)),
        # Six months from the act, whose day does not count: the day of the same number, or the month's last.
        ("stalking.information", date(2026, 5, 24), date(2026, 11, 24)),
        ("stalking.information", date(2026, 8, 31), date(2027, 2, 28)),
        ("bail.first", date(2026, 11, 24), date(2027, 2, 23)),
    ],
)
def test_the_last_day_of_a_limit(code: str, begins: date, last: date) -> None:
    assert limit(code, begins).last_day(begins) == last


def test_a_limit_in_working_days_has_no_last_day_without_the_calendar() -> None:
    with pytest.raises(ValueError, match="working days"):
        limit("code.update", date(2026, 1, 5)).last_day(date(2026, 1, 5))


@given(DAYS, st.integers(1, 40), st.sampled_from([Unit.DAYS, Unit.MONTHS, Unit.YEARS]))
def test_counting_the_first_day_never_makes_a_time_longer(begins: date, count: int, unit: Unit) -> None:
    values = {"code": "x", "says": "", "count": count, "unit": unit, "counted_from": "", "source": ""}
    with_it, without = (Limit(**values, from_on=date.min, inclusive=first) for first in (True, False))  # type: ignore[arg-type]
    assert begins <= with_it.last_day(begins) <= without.last_day(begins)


def test_no_two_rows_of_one_limit_count_on_the_same_day_and_none_leaves_a_gap() -> None:
    rows = defaultdict(list)
    for row in limits():
        rows[row.code].append(row)
    for found in rows.values():
        for older, newer in pairwise(sorted(found, key=lambda row: row.from_on)):
            assert older.until_on == newer.from_on


def test_every_row_says_where_it_stands() -> None:
    assert all(row.says and row.source and row.counted_from for row in limits())
    assert all(rule.says and rule.source for rule in recording_rules())


@pytest.mark.parametrize(
    ("first", "last", "codes"),
    [
        (date(2013, 4, 1), date(2025, 3, 31), ["own-class", "course-of-conduct", "former-partner", "principal-crime"]),
        (date(2018, 4, 1), date(2020, 3, 31), []),
        (date(2018, 3, 31), date(2018, 4, 1), ["course-of-conduct"]),
        (date(2022, 4, 1), date(2024, 3, 31), ["principal-crime"]),
        (date(2024, 4, 1), date(2026, 3, 31), []),
    ],
)
def test_a_count_over_time_names_the_breaks_that_it_spans(first: date, last: date, codes: list[str]) -> None:
    assert [rule.code for rule in series_breaks(first, last)] == codes


def test_a_rule_that_ended_is_still_on_record_for_the_acts_of_its_time() -> None:
    rule = recording_rule("course-of-conduct")
    assert rule.in_force(date(2023, 4, 30))
    assert not rule.in_force(date(2023, 5, 1))


@pytest.mark.parametrize(
    ("of", "on", "offence", "said"),
    [
        ("spo", date(2026, 11, 24), True, "section 8): up to five years"),
        ("restraining", date(2020, 11, 30), True, "section 5(5)"),
        ("restraining", date(2020, 12, 1), True, "Sentencing Act 2020, section 363"),
        ("non_molestation", date(2026, 11, 24), True, "section 42A"),
        ("domestic_abuse", date(2026, 11, 24), True, "section 39"),
        ("bail", date(2026, 11, 24), False, "not itself an offence"),
        ("court_bail", date(2026, 11, 24), False, "within 24 hours"),
        ("licence", date(2026, 11, 24), False, "recall to prison"),
    ],
)
def test_what_a_breach_means_is_the_rule_of_its_day(of: str, on: date, offence: bool, said: str) -> None:
    assert breach_rule(of, on).offence is offence
    assert said in breach_means(of, on)


def test_what_a_breach_meant_before_the_register_begins_is_not_guessed() -> None:
    with pytest.raises(NotOnRecord, match=r"breaches\.toml"):
        breach_rule("spo", date(2020, 1, 19))


def test_no_two_rules_of_one_kind_count_on_the_same_day_and_none_leaves_a_gap() -> None:
    rows = defaultdict(list)
    for row in breach_rules():
        rows[row.of].append(row)
        assert row.source
    for found in rows.values():
        for older, newer in pairwise(sorted(found, key=lambda row: row.from_on)):
            assert older.until_on == newer.from_on


def test_every_time_limit_of_the_register_is_counted_with_somewhere() -> None:
    written = "".join(file.read_text() for file in Path(fourfold.__file__).parent.rglob("*.py"))
    written += "".join(rule.limit + '"' for rule in breach_rules())
    for code in {row.code for row in limits()}:
        assert f'{code}"' in written, code
