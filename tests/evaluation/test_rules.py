"""What may be concluded: a planted truth is found, waiting is not taken for benefit, small counts do not leave."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from fourfold import stats
from fourfold.evaluation import plans, rules, standardising
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
                act_days=(day,) if day <= followed else (),
            )
        )
    return rows


def held(rows: list[ExtractRow], *, a_year: float = 0.3, seed: int = 5) -> list[ExtractRow]:
    """Let some subjects be taken into custody for other reasons; what he would have done in it does not happen."""
    dice = np.random.default_rng(seed)
    found = []
    for row in rows:
        day = int(np.ceil(dice.exponential(365 / a_year)))
        if day <= row.followed_days:
            until = min(day + 60, row.followed_days)
            row = replace(  # noqa: PLW2901 -- the same case, with what happened to him
                row,
                custody_day=day,
                custody_days=until - day,
                custody_from=(day,),
                custody_until=(until,),
                act_days=tuple(one for one in row.act_days if not day < one <= until),
            )
        found.append(row)
    return found


def planted_hazard(row: ExtractRow) -> float:
    """Return the daily hazard that a case was invented with."""
    site = dict(zip(SITES, (1.0, 1.3, 0.8), strict=True))[row.site]
    return float(0.0012 * np.exp(0.35 * rules.LEVELS[row.level] + 0.2 * np.log1p(row.prior_acts)) * site)


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
    few = [replace(row, pseudonym=f"few {row.pseudonym}", site="hampshire") for row in planted(0.6, people=9)]
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


@pytest.mark.parametrize(
    ("act", "custody", "first"),
    [(40, None, (40, 1)), (None, 30, (30, 2)), (40, 30, (30, 2)), (30, 30, (30, 1)), (None, None, (100, 0)), (0, 0, (0, 2)),
     (None, 101, (100, 0))],
)  # fmt: skip
def test_what_comes_first_is_an_act_custody_or_the_end(
    act: int | None, custody: int | None, first: tuple[int, int]
) -> None:
    row = replace(planted(0.6, people=1)[0], next_act_day=act, custody_day=custody, followed_days=100)
    assert rules.first_event(row) == first


def test_custody_competes_and_is_not_taken_for_safety() -> None:
    """With a constant hazard of each the risk by the horizon is known; leaving custody out overstates it."""
    rows = held(planted(1.0, people=6000), a_year=0.8)
    hazards = np.array([planted_hazard(row) for row in rows])
    total = hazards + 0.8 / 365
    truth = float(np.mean(hazards / total * -np.expm1(-365 * total)))
    ignoring = float(np.mean(-np.expm1(-365 * hazards)))
    fit = rules.treatment_fit(rules.followed_rows(rows))
    found, days = standardising.risk_and_days(rules.spells(rules.followed_rows(rows)), fit, 0.0, 365)
    assert found == pytest.approx(truth, abs=0.02)
    assert abs(found - ignoring) > 0.04
    assert 200 < days < 365


def test_a_planted_effect_is_found_beside_custody() -> None:
    found = rules.findings(held(planted(0.6, people=3000))).hazard_ratio
    assert found.low < 0.6 < found.high  # type: ignore[operator]


def test_every_act_is_an_episode_and_time_held_is_not_at_risk() -> None:
    row = replace(
        planted(0.6, people=1)[0], managed_day=30, followed_days=100, act_days=(20, 60), custody_from=(70,),
        custody_until=(80,),
    )  # fmt: skip
    table = rules.episodes([row])
    found = list(zip(table["entry"], table["exit"], table["event"], table["managed"], strict=True))
    assert found == [(0, 20, 1, 0), (20, 30, 0, 0), (30, 60, 1, 1), (60, 70, 0, 1), (80, 100, 0, 1)]


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
    assert plans.plan_hash(FIRST_QUESTION) != plans.plan_hash(changed)
