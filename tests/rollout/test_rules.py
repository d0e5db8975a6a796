"""The planner: known rates come back, missing is missing, a small basis gives a wide range."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fourfold.rollout import facts, rules
from fourfold.rollout.terms import Area, AreaEstimate, Evidence, UnknownArea

EVIDENCE = Evidence("Of 100 cases managed, about 9 fewer …", 2, (9.0, 4.0, 14.0), (0.7, 0.4, 1.2), 3, "a" * 64)


def plan(area: Area, evidence: Evidence | None = EVIDENCE) -> AreaEstimate:
    """Plan for one area from the shipped facts."""
    return rules.estimate(
        area,
        elsewhere=facts.areas().values(),
        observed_in=facts.area(facts.OBSERVED_IN),
        referrals=facts.REFERRALS,
        taken_on=facts.TAKEN_ON,
        direct_work=facts.DIRECT_WORK,
        evidence=evidence,
    )


def test_there_are_43_areas_whose_residents_sum_to_the_national_figure() -> None:
    assert len(facts.areas()) == 43
    assert sum(area.population for area in facts.areas().values()) == 59_439_840


def test_missing_is_missing_and_never_nought() -> None:
    manchester, dorset = facts.area("E23000005"), facts.area("E23000039")
    assert manchester.crimes_2019_20 is None
    assert dorset.orders_applied == 0


def test_the_area_that_was_observed_gets_back_its_own_rate() -> None:
    cheshire = plan(facts.area("E23000006"))
    demand, managed, direct = (figure.range for figure in cheshire.figures)
    assert demand.low < 980 < demand.high
    assert abs(demand.middle - 980) <= 50
    assert managed.low < 310 < managed.high
    assert direct.low < 50 < direct.high


@pytest.mark.parametrize("code", sorted(facts.areas()))
def test_every_area_gets_a_range_that_holds_its_middle_and_is_honestly_wide(code: str) -> None:
    for figure in plan(facts.area(code)).figures:
        assert figure.range.low <= figure.range.middle <= figure.range.high
        assert figure.range.high >= 2 * figure.range.low
        assert figure.because


def test_an_area_without_figures_is_planned_by_residents_and_says_so() -> None:
    manchester = plan(facts.area("E23000005"))
    assert "missing" in manchester.figures[0].because
    assert any("missing, not 0" in gap for gap in manchester.gaps)


def test_an_area_beyond_what_was_seen_is_flagged() -> None:
    assert plan(facts.area("E23000034")).beyond
    assert plan(facts.area("E23000001")).beyond
    assert not plan(facts.area("E23000006")).beyond


def test_more_residents_expect_more_referrals() -> None:
    area = facts.area("E23000005")
    smaller, larger = (
        plan(replace(area, population=population)).figures[0].range for population in (400_000, 1_600_000)
    )
    assert larger.middle > smaller.middle
    assert larger.low > smaller.low


def test_the_recommendation_names_evidence_gaps_and_conditions() -> None:
    kent = plan(facts.area("E23000032"))
    said = " ".join(kent.recommendation)
    assert "Kent should plan for about" in said
    assert "scenario, not a forecast" in said
    assert "does not yet carry a full roll-out" in said
    assert kent.gaps
    assert kent.conditions
    assert any("aaaa" in line for line in kent.evidence)


def test_without_an_evaluation_nothing_is_promised() -> None:
    said = " ".join(plan(facts.area("E23000032"), evidence=None).recommendation)
    assert "cannot be said" in said


def test_the_same_area_gets_the_same_plan_twice() -> None:
    assert plan(facts.area("E23000032")) == plan(facts.area("E23000032"))


def test_an_unknown_area_is_refused() -> None:
    with pytest.raises(UnknownArea):
        facts.area("X")
