"""The planner: known rates come back, missing is missing, a small basis gives a wide range."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fourfold.rollout import facts, queries, rules
from fourfold.rollout.terms import AreaEstimate, Evidence, Place, Range, UnknownArea

EVIDENCE = Evidence("Of 100 cases managed, about 9 fewer …", 2, (9.0, 4.0, 14.0), (0.7, 0.4, 1.2), 3, "a" * 64)


YEAR = 2026


def plan(place: Place, evidence: Evidence | None = EVIDENCE, *, year: int = YEAR) -> AreaEstimate:
    """Plan for one place from the shipped facts."""
    series, foretold = queries.foretold_with((), year)
    return rules.estimate(
        place,
        demand=rules.Demand(year, series, foretold),
        units=facts.UNITS,
        areas=[facts.areas()[code] for code in place.areas],
        evidence=evidence,
    )


def ranges(place: Place) -> dict[str, Range]:
    return {figure.what: figure.range for figure in plan(place).figures}


def test_318_districts_make_43_areas_whose_residents_sum_to_the_national_figures() -> None:
    assert (len(facts.districts()), len(facts.areas())) == (318, 43)
    assert {one.area for one in facts.districts().values()} == set(facts.areas()) == set(facts.offences().forces)
    assert sum(one.residents_2019 for one in facts.districts().values()) == 59_439_840
    assert sum(one.residents for one in facts.districts().values()) == 61_806_682


def test_the_offences_sum_to_the_sources_own_totals() -> None:
    series = facts.offences()
    territorial = dict(zip(series.years, np.nansum(series.counts, axis=0), strict=True))
    assert territorial == {
        2018: 19_952,
        2019: 31_699,
        2020: 95_676,
        2021: 99_265,
    }  # 95,706 and 99,302 with the railways


def test_missing_is_missing_and_never_nought() -> None:
    series = facts.offences()
    manchester = dict(zip(series.years, series.counts[series.forces.index("E23000005")], strict=True))
    assert np.isnan(manchester[2019])
    assert manchester[2020] == 4_701
    assert facts.areas()["E23000039"].orders_applied == 0
    assert facts.areas()["E23000020"].orders_applied is None
    assert any("missing, not 0" in gap for gap in plan(facts.area("E23000005")).gaps)


def test_the_area_that_was_observed_gets_back_its_own_rate() -> None:
    cheshire = ranges(facts.area("E23000006"))
    demand, managed = cheshire["Referrals to the unit"], cheshire["Cases that the unit takes on"]
    assert demand.low < 1_050 < demand.high  # 260 in ten months over two boroughs, for all who live there now
    assert managed.low < 335 < managed.high


@pytest.mark.parametrize("code", sorted(facts.areas()))
def test_every_area_gets_a_range_that_holds_its_middle(code: str) -> None:
    found = plan(facts.area(code))
    for figure in found.figures:
        assert figure.range.low <= figure.range.middle <= figure.range.high
        assert figure.because
    assert found.figures[0].range.high >= 1.5 * found.figures[0].range.low
    assert found.figures[0].range.high < facts.area(code).residents / 20, "no force records one in twenty residents"


def test_an_area_beyond_what_was_seen_is_flagged() -> None:
    assert plan(facts.area("E23000034")).beyond
    assert plan(facts.area("E23000001")).beyond
    assert not plan(facts.area("E23000006")).beyond


def test_a_merger_expects_what_its_areas_expect_together_and_less_doubt_for_its_size() -> None:
    one, other = facts.area("E23000006"), facts.area("E23000004")
    both = facts.place([each.code for each in (*one.districts, *other.districts)])
    assert both.name == "Cheshire and Merseyside"
    apart, together = (ranges(one), ranges(other)), ranges(both)
    what = "Stalking offences that the police record"
    assert together[what].middle == pytest.approx(sum(each[what].middle for each in apart), rel=0.05)
    assert together[what].high < sum(each[what].high for each in apart)


def test_districts_share_their_forces_offences_by_people_and_say_that_nobody_counted_them() -> None:
    two = facts.place(["E06000007", "E06000006"])
    assert two.name == "Halton and Warrington"
    found = plan(two)
    assert all(one.counted is None for one in found.recorded)
    whole = ranges(facts.area("E23000006"))["Stalking offences that the police record"]
    share = two.aged_16_plus() / facts.area("E23000006").aged_16_plus()
    assert found.figures[0].range.middle == pytest.approx(whole.middle * share, rel=0.1)
    assert any("Offences by district" in gap for gap in found.gaps)


def test_a_district_is_known_by_its_code_before_and_since_april_2025() -> None:
    assert facts.place(["E08000038"]) == facts.place(["E08000016"])
    with pytest.raises(UnknownArea):
        facts.place(["E06000007", "X"])


def test_the_recommendation_names_evidence_gaps_and_conditions() -> None:
    kent = plan(facts.area("E23000032"))
    said = " ".join(kent.recommendation)
    assert "Kent should plan for about" in said
    assert "scenario, not a forecast" in said
    told = re.search(r"about ([\d,]+) of ([\d,]+) managed cases .* \(([\d,]+) to ([\d,]+)\)\. This is a scenario", said)
    assert told is not None
    numbers = [int(each.replace(",", "")) for each in told.groups()]
    assert numbers == [rules.readable(each) for each in numbers], "rounded as every other number of the plan"
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


@pytest.mark.parametrize(("said", "near"), [("E060000077", "E06000007 (Warrington)"), ("Haltn", "E06000006 (Halton)")])
def test_a_district_that_is_none_is_answered_with_the_nearest(said: str, near: str) -> None:
    with pytest.raises(UnknownArea, match=re.escape(near)):
        facts.place([said])
