"""The planted truth: what the generator puts in, the evaluation's own model takes out again, over many seeds."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from fourfold import stats
from fourfold.cases.terms import Level
from fourfold.demo.courses import DAYS, SITES, Course, courses
from fourfold.demo.truth import TRUTH, PlantedTruth, Risks, days_of_acts
from fourfold.evaluation.rules import spells
from fourfold.evaluation.terms import ExtractRow

SEEDS = range(40)
LEVELS = tuple(level.value for level in Level)


def as_extract(course: Course, pseudonym: str) -> ExtractRow:
    """Return the row that the evaluation reads of a course, without the database between."""
    later = [int(day) for day in course.acts_after]
    return ExtractRow(
        pseudonym=pseudonym,
        site=course.site,
        quarter="",
        level=LEVELS[course.level],
        prior_acts=len(course.acts_before),
        former_partner=course.former_partner,
        managed_day=None if course.managed is None else int(course.managed),
        next_act_day=later[0] if later else None,
        followed_days=course.followed,
        acts_after=len(later),
        sessions_attended=0,
        staff_minutes=0,
    )


def rows(truth: PlantedTruth, seed: int) -> list[ExtractRow]:
    return [as_extract(course, str(number)) for number, course in enumerate(courses(truth, seed=seed))]


COVARIATES = ("managed", "level", "prior", "former", "former_unknown")


def fitted(found: list[ExtractRow], covariates: tuple[str, ...] = COVARIATES) -> stats.Estimate:
    """Return the log hazard ratio of management by the evaluation's model."""
    table = spells(found)
    fit = stats.cox_regression(
        table["exit"],
        table["event"],
        np.column_stack([table[name] for name in covariates]),
        entry=table["entry"],
        strata=table["site"],
        cluster=table["person"],
        names=list(covariates),
    )
    return fit.log_hazard_ratio("managed")


@cache
def estimates(truth: PlantedTruth) -> tuple[stats.Estimate, ...]:
    return tuple(fitted(rows(truth, seed)) for seed in SEEDS)


@pytest.mark.parametrize("planted", [0.6, 1.0])
def test_the_model_finds_the_planted_ratio_on_average(planted: float) -> None:
    found = np.array([one.estimate for one in estimates(replace(TRUTH, hazard_ratio=planted))])
    monte_carlo_error = found.std(ddof=1) / math.sqrt(len(found))
    assert abs(found.mean() - math.log(planted)) < 3 * monte_carlo_error + 0.02


def test_its_interval_holds_the_truth_about_nineteen_times_in_twenty() -> None:
    inside = sum(one.low <= math.log(TRUTH.hazard_ratio) <= one.high for one in estimates(TRUTH))
    assert 0.88 * len(SEEDS) <= inside


def test_taking_the_wait_for_management_shows_a_benefit_that_is_not_there() -> None:
    """The must-fail control: without an effect, the naive reading of waiting cases still finds one."""
    naive, proper = [], []
    for seed in SEEDS[:20]:
        found = rows(replace(TRUTH, hazard_ratio=1.0), seed)
        proper.append(fitted(found).estimate)
        began = [row for row in found if row.managed_day is None or row.managed_day < (row.next_act_day or 10_000)]
        naive.append(fitted([replace(row, managed_day=row.managed_day and 0) for row in began]).estimate)
    assert np.mean(naive) < np.mean(proper) - 0.05


def test_leaving_out_the_level_hides_the_benefit() -> None:
    """Graver cases are taken on more often; whoever ignores that sees less of the effect."""
    without = ("managed", "prior", "former", "former_unknown")
    crude = np.mean([fitted(rows(TRUTH, seed), without).estimate for seed in SEEDS[:20]])
    adjusted = np.mean([one.estimate for one in estimates(TRUTH)[:20]])
    assert crude > adjusted + 0.02


def one_risk(cases: int, *, managed: float) -> Risks:
    ones = np.ones(cases)
    return Risks(site=ones, level=2 * ones, prior=3 * ones, former=ones, managed=np.full(cases, managed))


@pytest.mark.parametrize(("managed", "share"), [(math.inf, 1.0), (1.0, TRUTH.hazard_ratio)])
def test_management_multiplies_the_acts_of_a_year(managed: float, share: float) -> None:
    plain = replace(TRUTH, frailty_variance=0.0)
    days = days_of_acts(plain, one_risk(20_000, managed=managed), np.random.default_rng(7))
    yearly = TRUTH.yearly * math.exp(2 * TRUTH.per_level + TRUTH.per_log_prior * math.log(4) + TRUTH.former_partner)
    expected = share * yearly * (1 - (1 / 365) ** TRUTH.shape)
    assert (days <= 365).sum(axis=1).mean() == pytest.approx(expected, rel=0.02)


def test_acts_follow_in_order_and_never_on_the_first_day() -> None:
    days = days_of_acts(TRUTH, one_risk(200, managed=30.0), np.random.default_rng(1))
    assert (days >= 1).all()
    assert (np.diff(days, axis=1) > 0).all()


def test_the_first_months_are_the_densest() -> None:
    days = days_of_acts(TRUTH, one_risk(20_000, managed=math.inf), np.random.default_rng(2))
    first, second = ((days > low) & (days <= low + 90) for low in (1, 91))
    assert first.sum() > 1.1 * second.sum()


# ---- the courses ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_courses_and_another_gives_others() -> None:
    assert courses(seed=3) == courses(seed=3)
    assert courses(seed=3) != courses(seed=4)


def test_there_are_six_hundred_cases_over_twenty_four_months() -> None:
    found = courses()
    assert len(found) == 600
    assert all(-DAYS <= course.opened < 0 for course in found)
    assert {site: sum(course.site == site for course in found) for site in SITES} == {
        "cheshire": 220,
        "london": 220,
        "hampshire": 160,
    }


def test_warrington_and_halton_were_live_before_the_rest_of_cheshire() -> None:
    early = {course.district for course in courses() if course.site == "cheshire" and course.opened < -DAYS + 236}
    late = {course.district for course in courses() if course.site == "cheshire" and course.opened > -DAYS + 300}
    assert early == {"Warrington", "Halton"}
    assert late == {"Warrington", "Halton", "Cheshire East", "Cheshire West and Chester"}


def test_a_case_that_is_only_advised_on_is_not_managed() -> None:
    assert all(course.managed is None for course in courses() if course.outcome == "consultation")
    assert all(course.managed == 0 for course in courses() if course.outcome == "direct_management")


def test_before_a_panel_a_case_waits_at_least_three_days() -> None:
    waits = [course.managed for course in courses() if course.outcome == "panel" and course.managed is not None]
    assert min(waits) >= 3
    assert max(waits) <= 3 + 2 * 28


def test_no_desk_opens_a_case_on_a_saturday_or_at_night() -> None:
    """Day 0 is a Monday, half past nine."""
    for course in courses():
        day, hour = divmod(course.opened, 1)
        assert day % 7 < 5
        assert hour < 0.28


def test_about_one_subject_in_eight_is_not_known_and_some_have_several_victims() -> None:
    found = courses()
    unknown = sum(not course.subject_known for course in found) / len(found)
    assert 0.08 < unknown < 0.16
    assert len({course.subject for course in found}) < len(found) - 15


def test_nothing_is_known_of_an_unknown_subject() -> None:
    for course in courses():
        assert course.subject_known == bool(course.relationship)
        assert (course.former_partner is None) == (not course.subject_known)


def test_acts_lie_where_they_belong() -> None:
    for course in courses():
        assert list(course.acts_before) == sorted(course.acts_before)
        assert course.acts_before[-1] <= 0
        assert all(1 <= day < -course.opened for day in course.acts_after)
