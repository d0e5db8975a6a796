"""The pictures of a pattern beyond one case: a zoom by year and month, and a link chart that reads with ten thousand acts."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from fourfold.cases.queries.course_facts import ActFact
from fourfold.web import pictures
from fourfold.web.components import charts
from tests.cast import NOW

DAY = timedelta(days=1)


def fact(day, kinds=("contacts",), *, victim="Nora Quill", subject="Dean Marlow", source="crimes", **more):
    at = NOW - day * DAY
    rest = {"recorded_class": "8R", "seriousness": 1, "confirmed": True, "is_breach": False} | more
    return ActFact(uuid.uuid4(), at, kinds, source=source, victim=victim, subject=subject, **rest)


@pytest.mark.parametrize(
    ("asked", "said"),
    [("", "all"), ("2026", "2026"), ("2026-03", "March 2026"), ("2026-13", "2026"), ("x", "all"), ("²026", "all")],
)
def test_the_zoom_reads_a_year_or_a_month_and_anything_else_is_all(asked, said):
    assert pictures.span_of(asked).said == said


def test_december_ends_with_the_year():
    first, after = pictures.span_of("2025-12").ends
    assert (first.month, after.year, after.month) == (12, 2026, 1)


def test_the_zoom_offers_the_years_that_have_acts_and_the_months_of_the_year_in_view():
    facts = [fact(0), fact(400), fact(401)]
    links = pictures.spans(facts, pictures.span_of("2025"), "/x/")
    assert [link.text for link in links] == ["all", "2025", "2026", "October 2025"]
    assert [link.text for link in links if link.current] == ["2025"]


def test_a_month_in_view_draws_its_acts_one_by_one():
    facts = [fact(day) for day in range(1_000)]
    whole = charts.pattern_timelines(pictures.pattern_of(facts, NOW, pictures.Span()))[0]
    month = charts.pattern_timelines(pictures.pattern_of(facts, NOW, pictures.span_of("2026-03")))[0]
    assert "a column counts the acts of its time" in whole.description
    assert "31 acts" in month.description
    assert "column" not in month.description


def test_an_act_of_no_known_kind_is_not_lost():
    picture = pictures.pattern_of([fact(1, ()), fact(2)], NOW, pictures.Span())
    assert "2 acts" in charts.pattern_finding(picture)


def test_no_picture_says_a_word_of_what_was_told():
    drawn = charts.pattern_timelines(pictures.pattern_of([fact(1)], NOW, pictures.Span()))[0]
    assert "malicious communications, told by crimes" in drawn.markup


# ---- the link chart -----------------------------------------------------------------------------------------------


def test_the_chart_counts_acts_on_its_ties_and_says_so_in_its_table():
    facts = [fact(1), fact(2), fact(3, is_breach=True), fact(4, victim="Edith Quill", third=True), fact(5, subject="")]
    drawn = charts.link_chart(pictures.links_of(facts))
    assert ("Dean Marlow", "Nora Quill", "3", "21 Nov 2026", "23 Nov 2026", "1") in drawn.rows
    assert any(row[1] == "Edith Quill (near the victim)" for row in drawn.rows)
    assert any(row[0] == "nobody is named" for row in drawn.rows)
    assert drawn.description.startswith("5 acts, told by 1 source, 2 subjects, 2 people concerned.")
    ElementTree.fromstring(drawn.markup)


def test_ten_thousand_acts_of_a_hundred_people_have_a_tie_each_and_few_knots():
    facts = [
        fact(n % 1500, victim=f"Victim {n % 100}", subject=f"Subject {n % 7}", source=f"Force {n % 43}")
        for n in range(10_000)
    ]
    links = pictures.links_of(facts)
    assert sum(tie.acts for tie in links.done) == 10_000
    drawn = charts.link_chart(links)
    columns = [len(column) for column in map(set, _knots(drawn))]
    assert max(columns) <= 10
    assert "and others" in drawn.markup
    assert len(drawn.rows) == len(links.told) + len(links.done)
    assert len(drawn.markup) < 60_000


def _knots(drawn):
    names = [element.text for element in ElementTree.fromstring(drawn.markup).iter() if element.tag.endswith("text")]
    return [[name for name in names if name and name.startswith(word)] for word in ("Victim", "Subject", "Force")]


def test_a_name_cannot_write_into_the_drawing():
    drawn = charts.link_chart(pictures.links_of([fact(1, victim='<script>alert("x")</script>')]))
    assert "<script>" not in drawn.markup
    ElementTree.fromstring(drawn.markup)


def test_an_empty_chart_says_so_on_both_screens():
    for narrow in (False, True):
        drawn = charts.link_chart(charts.Links((), ()), narrow=narrow)
        assert "No act is on record yet" in drawn.markup
        assert drawn.rows == ()


def test_the_same_facts_draw_the_same_chart_in_any_order():
    facts = [fact(n, victim=f"Victim {n % 3}") for n in range(30)]
    assert (
        charts.link_chart(pictures.links_of(facts)).markup
        == charts.link_chart(pictures.links_of(list(reversed(facts)))).markup
    )


def test_a_tie_without_a_time_zone_is_refused():
    with pytest.raises(charts.ChartError, match=r"Tie\.first"):
        charts.Tie("a", "b", 1, datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC))  # noqa: DTZ001
