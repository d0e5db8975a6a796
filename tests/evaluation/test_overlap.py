"""No overlap, no effect: what decides who is managed stops the evaluation before anything is estimated."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fourfold import stats
from fourfold.evaluation import doubts, overlap, rules
from fourfold.evaluation.report import answer, cautions, effects, parts
from fourfold.evaluation.report.study import Study, begin
from fourfold.evaluation.terms import ExtractRow
from tests.evaluation.test_report import ORIGIN, PLAN
from tests.evaluation.test_rules import planted

HIGH = {"high", "very_high"}
DECIDED = {
    "the level": lambda row, _: row.level in HIGH,
    "the level, at once": lambda row, _: row.level in HIGH,
    "the site, at once": lambda row, _: row.site == "london",
    "the site and the level together": lambda row, _: (row.site == "london") is (row.level in HIGH),
    "whether the subject is a former partner": lambda row, _: row.former_partner,
    "the number of earlier acts": lambda row, _: row.prior_acts > 3,
    "the level and whether the subject is a former partner together": lambda row, _: (
        row.level in HIGH and bool(row.former_partner)
    ),
    "the level and the number of earlier acts together": lambda row, _: row.level in HIGH and row.prior_acts > 2,
    "whether the subject is a former partner and the number of earlier acts together": lambda row, _: (
        bool(row.former_partner) is (row.prior_acts > 2)
    ),
    "the level, but for a few": lambda row, place: row.level in HIGH or place < 6,
}


def decided(said: str) -> list[ExtractRow]:
    """Let one thing decide who is managed, at once or after a wait as in the invented cases."""
    return [
        replace(row, managed_day=(0 if "at once" in said else place % 40) if DECIDED[said](row, place) else None)
        for place, row in enumerate(planted(0.5, people=400))
    ]


@pytest.mark.parametrize("said", DECIDED)
def test_what_decides_who_is_managed_stops_the_report_and_the_findings(said: str) -> None:
    named = said.partition(",")[0]
    for made in (lambda rows: parts.build(rows, PLAN, ORIGIN), rules.findings):
        with pytest.raises(stats.NotIdentified, match=f"is decided by {named}: .* no effect may be given"):
            made(decided(said))


def test_what_the_plan_does_not_adjust_for_stops_it_as_well() -> None:
    """A plan that says nothing of the level would otherwise headline what the level alone makes."""
    for said in ("the level", "the number of earlier acts"):
        with pytest.raises(stats.NotIdentified, match=f"is decided by {said}: "):
            parts.build(decided(said), replace(PLAN, adjusted_for=()), ORIGIN)


def test_one_site_in_which_the_level_decides_is_not_shown_and_the_rest_carries_a_caution() -> None:
    rows = [
        replace(row, managed_day=place % 40 if row.level in HIGH else None) if row.site == "london" else row
        for place, row in enumerate(planted(0.5, people=500))
    ]
    study = begin(rows, PLAN, ORIGIN)
    assert study.sites["london"] is None
    assert study.sites["hampshire"] is not None
    page = next(" ".join(lines) for name, *lines in answer.first_page(study).points if name == "How certain this is")
    assert cautions.ONE_SIDED in page
    assert cautions.ONE_SIDED in effects.primary(study).words


def test_where_everybody_is_managed_after_a_wait_the_wait_is_what_is_compared() -> None:
    rows = [replace(row, managed_day=place % 90) for place, row in enumerate(planted(0.5, people=400))]
    elsewhere = [
        replace(row, pseudonym=f"c{row.pseudonym}", site="cumbria", managed_day=None)
        for row in planted(0.5, people=90, seed=3)
    ]
    assert not overlap.one_sided(rules.spells(rows))
    for all_of_them in (rows, [*rows, *elsewhere]):  # a site that managed nobody adds nothing within sites
        assert rules.findings(all_of_them).hazard_ratio.shown
    assert cautions.ONE_SIDED in cautions.of(begin([*rows, *elsewhere], PLAN, ORIGIN))
    study = begin(rows, PLAN, ORIGIN)  # nobody was never managed, and still there are people on both sides
    managed, waited, *acts = rules.sides(study.rows)
    assert (waited, sum(acts)) == (len(rows) - sum(not row.managed_day for row in rows), study.events)
    assert managed == sum(row.managed_day < rules.days_at_risk(row)[0] for row in rows)
    assert study.fewest == min(managed, waited, *acts) >= rules.FEWEST
    assert all(found is not None for found in study.sites.values())


def test_management_that_begins_after_the_act_is_none_and_one_that_begins_for_all_on_a_day_compares_nobody() -> None:
    late = [replace(row, managed_day=800) for row in decided("the level, at once") if row.managed_day is None]
    with pytest.raises(stats.NotIdentified, match="is decided by the level"):
        rules.findings([*late, *(row for row in decided("the level, at once") if row.managed_day == 0)])
    with pytest.raises(stats.StatisticsError):
        rules.findings([replace(row, managed_day=30) for row in planted(0.5, people=400)])


def test_a_ratio_that_does_not_last_is_a_caution_of_the_main_result() -> None:
    """Management that helps for sixty days and then harms: one ratio for all days is an average of the two."""
    rows = []
    for place, row in enumerate(planted(1.0, people=600)):
        if row.managed_day is not None and place % 2:
            early = row.next_act_day is not None and row.next_act_day - row.managed_day < 60
            day = None if early else min(row.managed_day + 61 + place % 40, row.followed_days)
            rows.append(replace(row, next_act_day=day, act_days=() if day is None else (day,)))
        else:
            rows.append(row)
    study = begin(rows, PLAN, ORIGIN)
    said = " ".join(cautions.of(study))
    assert "The ratio of management is not the same on all days" in said


def test_a_few_on_one_side_are_said_without_their_number_wherever_the_fit_speaks() -> None:
    rows = [
        replace(row, former_partner=None if place in (3, 60, 150) else row.former_partner)
        for place, row in enumerate(planted(0.5, people=203))
    ]
    said = "Few cases are on one side of a relationship that nobody recorded, so its own range is no evidence."
    report = parts.build(rows, PLAN, ORIGIN)
    (certain,) = (lines for name, *lines in report.parts[0].points if name == "How certain this is")
    for where in (certain, report.parts[6].words, report.parts[8].words, rules.findings(rows).cautions):
        assert said in " ".join(where)
        assert not re.search("former_unknown|clusters|203", " ".join(where))


FAR = {"cheshire": (-0.9, 0.1), "hampshire": (0.0, 0.3), "london": (0.1, 0.3)}
GIANT = {"cheshire": (-0.9, 0.05), "hampshire": (-0.9, 0.9), "london": (-0.9, 0.9)}
DOUBTS = {
    "fixed and random effects that disagree": (FAR, (), cautions.APART),
    "a giant that rules the mean": (GIANT, (), "one site carries"),
    "extreme weights": ({}, ("one of the treated counts as 12: weights are extreme",), "weights are extreme"),
    "none of them": ({}, (), ""),
}


@pytest.mark.parametrize(("sites", "weighted", "said"), DOUBTS.values(), ids=DOUBTS)
def test_every_doubt_of_the_numbers_stands_on_page_one_and_beside_the_result(begun, sites, weighted, said) -> None:  # type: ignore[no-untyped-def]
    found = {name: stats.Estimate(value, 0.0, 0.0, standard_error=error) for name, (value, error) in sites.items()}
    study = replace(begun, sites=found, weights=replace(begun.weights, cautions=weighted))
    page = next(" ".join(lines) for name, *lines in answer.first_page(study).points if name == "How certain this is")
    for where in (page, " ".join(effects.primary(study).words)):
        assert said in where
        assert said or not re.search("disagree|carry|extreme", where)


@pytest.fixture(scope="module")
def begun() -> Study:
    return begin(planted(0.5, people=300), PLAN, ORIGIN)


def test_a_case_is_not_sent_to_a_test_of_clusters() -> None:
    said = "35 clusters: with fewer than 40, robust intervals are too narrow, use `wild_cluster_test` on the rates of the clusters."
    assert doubts.of_cases(said) == "35 cases: with fewer than 40, robust intervals are too narrow."
