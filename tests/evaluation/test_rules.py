"""What may be concluded: a planted truth is found, waiting is not taken for benefit, small counts do not leave."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.terms import FIRST_QUESTION, ExtractRow, QuestionPlan

SITES = ("cheshire", "hampshire", "london")


def planted(ratio: float, *, people: int = 1500, seed: int = 7, taken_on: float = 0.6) -> list[ExtractRow]:
    """Invent cases whose hazard of another act is multiplied by `ratio` from the day management begins."""
    dice = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        level = int(dice.integers(0, 4))
        prior = int(dice.poisson(2)) + 1
        site = SITES[number % 3]
        hazard = 0.0012 * np.exp(0.35 * level + 0.2 * np.log1p(prior)) * (1.0, 1.3, 0.8)[number % 3]
        wait = int(dice.exponential(60)) if dice.random() < taken_on + 0.08 * (level - 1.5) else None
        followed = int(dice.integers(120, 730))
        first = dice.exponential(1 / hazard)
        if wait is not None and first > wait:
            first = wait + dice.exponential(1 / (hazard * ratio))
        day = int(np.ceil(first))
        rows.append(
            ExtractRow(
                pseudonym=f"p{number}",
                site=site,
                quarter="2025-Q1",
                level=("low", "medium", "high", "very_high")[level],
                prior_acts=prior,
                former_partner=bool(number % 2),
                managed_day=wait if wait is not None and wait < followed else None,
                next_act_day=day if day <= followed else None,
                followed_days=followed,
                acts_after=int(day <= followed),
                sessions_attended=0,
                staff_minutes=0,
            )
        )
    return rows


@pytest.mark.parametrize("ratio", [0.5, 0.7, 1.0])
def test_a_planted_effect_lies_inside_its_interval(ratio: float) -> None:
    found = rules.findings(planted(ratio)).hazard_ratio
    assert found.low is not None
    assert found.high is not None
    assert found.low < ratio < found.high


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(40):
        found = rules.findings(planted(0.65, people=500, seed=seed)).hazard_ratio
        covered += found.low < 0.65 < found.high  # type: ignore[operator]
    assert covered >= 34


def test_waiting_is_not_mistaken_for_benefit() -> None:
    found = rules.findings(planted(1.0, people=3000)).hazard_ratio
    assert found.low < 1.0 < found.high  # type: ignore[operator]


def test_no_effect_is_said_as_not_known() -> None:
    assert rules.findings(planted(1.0, people=600)).concluded.startswith("We do not know yet")


def test_a_clear_effect_is_said_per_hundred_with_its_range() -> None:
    found = rules.findings(planted(0.4))
    assert found.concluded.startswith("Of 100 cases managed from the first day, about")
    assert "fewer" in found.concluded
    assert found.per_hundred.low > 0  # type: ignore[operator]


def test_the_difference_per_hundred_is_what_the_planted_hazards_give() -> None:
    rows = planted(0.5, people=6000)
    hazards = np.array(
        [
            0.0012
            * np.exp(0.35 * rules.LEVELS[row.level] + 0.2 * np.log1p(row.prior_acts))
            * dict(zip(SITES, (1.0, 1.3, 0.8), strict=True))[row.site]
            for row in rows
        ]
    )
    truth = 100 * float(np.mean(np.exp(-365 * hazards * 0.5) - np.exp(-365 * hazards)))
    found = rules.findings(rows).per_hundred
    assert found.low < truth < found.high  # type: ignore[operator]


def test_certainty_never_starts_high_without_random_assignment() -> None:
    assert rules.findings(planted(0.4)).certainty <= 2


def test_a_new_site_is_predicted_under_three_priors_and_more_widely_than_the_mean() -> None:
    found = rules.findings(planted(0.6))
    assert [scale for scale, _ in found.predicted] == [0.25, 0.5, 1.0]
    widths = [effect.high - effect.low for _, effect in found.predicted]  # type: ignore[operator]
    assert widths == sorted(widths)


def test_a_site_with_nine_people_shows_no_number() -> None:
    few = [replace(row, site="hampshire") for row in planted(0.6, people=9)]
    rows = [row for row in planted(0.6) if row.site != "hampshire"] + few
    shown = {site.site: site for site in rules.findings(rows).sites}["hampshire"]
    assert (shown.people, shown.events, shown.curve) == (None, None, None)
    assert not shown.hazard_ratio.shown


def test_counts_that_leave_are_rounded_to_five() -> None:
    found = rules.findings(planted(0.6))
    assert all(site.people % 5 == 0 and site.events % 5 == 0 for site in found.sites)  # type: ignore[operator]


def test_an_act_on_the_day_of_opening_is_not_the_next_act() -> None:
    row = replace(planted(0.6, people=1)[0], next_act_day=0, followed_days=100)
    assert rules.days_at_risk(row) == (100, False)


def test_a_case_is_cut_in_two_at_the_day_management_begins() -> None:
    row = replace(planted(0.6, people=1)[0], managed_day=30, next_act_day=50, followed_days=100)
    table = rules.spells([row])
    assert list(zip(table["entry"], table["exit"], table["event"], table["managed"], strict=True)) == [
        (0.0, 30.0, 0.0, 0.0),
        (30.0, 50.0, 1.0, 1.0),
    ]


def test_no_rows_are_refused() -> None:
    with pytest.raises((stats.StatisticsError, ValueError)):
        rules.findings([])


@pytest.mark.parametrize("part", ["population", "strategy", "variable", "intercurrent", "summary"])
def test_a_question_without_one_part_of_its_estimand_is_refused(part: str) -> None:
    assert rules.why_not_register(FIRST_QUESTION) is None
    refused = rules.why_not_register(QuestionPlan(**{**asdict(FIRST_QUESTION), part: " "}))
    assert refused is not None
    assert part in refused


def test_a_plan_changed_by_one_character_has_another_hash() -> None:
    changed = replace(FIRST_QUESTION, summary=FIRST_QUESTION.summary + ".")
    assert rules.plan_hash(FIRST_QUESTION) != rules.plan_hash(changed)
