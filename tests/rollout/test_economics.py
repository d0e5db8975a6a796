"""Cost and effect: refused or said in words where there is no number, exact where it must add up, the same from one seed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold import stats
from fourfold.evaluation.report.reading import ReleasedEffect, SiteRatio
from fourfold.rollout.answer.cost import KEYS, Costs
from fourfold.rollout.economics import analysis, bridges, costs, effects, knowing, model, saying
from fourfold.rollout.economics.terms import PROFESSIONS, Analysis, Change, CostRefused, Known, Team, Unknown
from fourfold.rollout.rules import Expected

RNG = np.random.default_rng(5)
REFERRED = RNG.lognormal(6.5, 0.4, 4_000)
EXPECTED = Expected(
    {}, np.zeros(4_000), REFERRED, REFERRED * RNG.beta(83, 177, 4_000), REFERRED * RNG.beta(47, 843, 4_000)
)
LOGS, ERRORS = (-0.45, -0.25, -0.6), (0.15, 0.2, 0.18)
PRIORS = tuple(
    (one.tau_scale, ratio.estimate, ratio.low, ratio.high)
    for one in stats.prior_sensitivity(LOGS, ERRORS)
    for ratio in [one.prediction.exponentiated()]
)
RELEASED = ReleasedEffect(
    "Does it?", "a" * 64, "b" * 64, 365,
    tuple(SiteRatio(name, log, error) for name, log, error in zip(("x", "y", "z"), LOGS, ERRORS, strict=True)),
    44.0, 2, 2, PRIORS,
)  # fmt: skip
KNOWN = effects.known(RELEASED)
UNKNOWN = effects.known(None)
HIGHER = Change("act", 20_000, 60_000, 200_000, 2024, "the board")


def made(**given_: object) -> Analysis:
    return analysis.analyse(EXPECTED, **{"effect": KNOWN, **given_})  # type: ignore[arg-type]


FOUND = made()


# --- what is known of the effect -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"sites": RELEASED.sites[:2]}, "shows the effect in 2 sites. From fewer than 3 nothing is carried"),
        ({"certainty": 1}, "The certainty is 1 of 4. The plan’s rule asks for 2"),
        ({"asked": 3}, "The plan’s rule asks for 3"),
        ({"certainty": None}, "Release it again"),
        ({"without": None}, "without management"),
        ({"foreseen": ((0.5, 0.66, 0.55, 0.80),)}, "does not follow from the sites’ ratios"),
    ],
)
def test_below_the_plans_rule_there_is_no_number_and_the_reason_is_said(changed: dict[str, object], says: str) -> None:
    found = effects.known(replace(RELEASED, **changed))  # type: ignore[arg-type]
    assert isinstance(found, Unknown)
    assert says in " ".join(found.why)
    without = made(effect=found)
    assert (without.spared, without.net, without.chance, without.perfect, without.decision) == (None,) * 5
    assert [one.of_100 for one in without.scenarios] == list(analysis.SCENARIOS)


def test_what_is_refused_stays_refused_and_nothing_released_is_said_so() -> None:
    assert effects.known(None, refused="another plan") == Unknown(("another plan",))
    assert effects.known(None) == Unknown(("No evaluation has been released yet.",))


def test_the_effect_is_drawn_from_the_predictive_interval_and_not_from_the_pooled_one() -> None:
    assert isinstance(KNOWN, Known)
    here, study = effects.drawn(KNOWN, 40_000, np.random.default_rng(1))
    assert np.exp(np.quantile(here, (0.025, 0.5, 0.975))) == pytest.approx(
        [KNOWN.ratio[n] for n in (1, 0, 2)], rel=0.05
    )
    pooled = stats.random_effects(LOGS, ERRORS).pooled
    assert np.ptp(np.quantile(here, (0.025, 0.975))) > 1.3 * (pooled.high - pooled.low)
    assert np.corrcoef(here, study)[0, 1] > 0.05, "another site tells something of this one, through their mean"


@pytest.mark.parametrize(("ratio", "left"), [(1.0, 0.0), (0.0, 0.44), (2.0, 0.44 - (1 - 0.56**2))])
def test_a_ratio_of_one_spares_nobody_and_one_above_it_brings_more(ratio: float, left: float) -> None:
    with np.errstate(divide="ignore"):
        assert effects.spared(np.log(ratio), 0.44) == pytest.approx(left)


# --- the price list ---------------------------------------------------------------------------------------------


def test_every_row_has_its_source_and_what_is_wrong_with_it_and_says_where_it_is_assumed() -> None:
    for row in costs.price_list():
        assert 0 < row.low <= row.central <= row.high
        assert row.source, row.code
        assert row.as_of, row.code
        assert row.fault, row.code
        assert row.is_money == row.unit.startswith("pounds")
        assert row.assumed == (
            "assumed" in row.source.lower() or row.code in {"pay_outreach", "pay_advocacy", "act"}
        ), row.code
        assert row.assumed or row.licence
        assert all(year in costs.deflators() for year in row.years), row.code


def test_the_unit_cost_of_an_incident_equals_the_sum_of_its_five_parts() -> None:
    """Greater Manchester's CR2.0 is 1,171 + 581 + 415 + 193 + 110: services alone, whatever its label says."""
    act = {row.code: row for row in costs.price_list()}["act"]
    assert act.central == 1_171 + 581 + 415 + 193 + 110
    assert act.low == 581 + 415


def test_prices_are_turned_by_the_published_index() -> None:
    """Treasury deflators of March 2026: 2015/16 to 2024/25 is 1.340835, 2008/09 to 2024/25 1.496117."""
    assert costs.uprated(1, 2015, 2024) == pytest.approx(1.340835, abs=1e-6)
    assert costs.uprated(1, 2008, 2024) == pytest.approx(1.496117, abs=2e-6)
    with pytest.raises(CostRefused, match="No price index is known for 2010/11"):
        costs.uprated(455, 2010)


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (Change("session", -1, 30, 80, 2024, "us"), "low", "below nought"),
        (Change("session", 1, float("nan"), 80, 2024, "us"), "central", "Enter a number"),
        (Change("session", 1, 30, 1e9, 2024, "us"), "high", "Check the figure and its unit"),
        (Change("session", 90, 30, 80, 2024, "us"), "central", "may not be above"),
        (Change("session", 1, 30, 80, 2010, "us"), "year", "2010/11"),
        (Change("session", 1, 30, 80, 2024, " "), "said_by", "Say who"),
        (Change("sesion", 1, 30, 80, 2024, "us"), "code", "no row"),
        (Change("hours_year", 0, 30, 80, 0, "us"), "low", "works no hours"),
    ],
)
def test_a_cost_that_cannot_be_one_is_refused_at_its_field(change: Change, field: str, says: str) -> None:
    with pytest.raises(CostRefused, match=says) as why:
        costs.shipped([change])
    assert why.value.field == field


@pytest.mark.parametrize(
    ("posts", "says"),
    [({"police": 0.0}, "without a post"), ({"police": -1.0}, "cannot be"), ({"vet": 1.0}, "no profession")],
)
def test_a_team_that_cannot_be_one_is_refused(posts: dict[str, float], says: str) -> None:
    with pytest.raises(CostRefused, match=says):
        made(team=Team(posts, "given"))


@pytest.mark.parametrize(
    ("budget", "says"), [(0.0, "pays for no post"), (-5.0, "minus"), (float("inf"), "pounds a year")]
)
def test_a_budget_that_is_none_is_refused(budget: float, says: str) -> None:
    with pytest.raises(CostRefused, match=says):
        analysis.chance_within(FOUND, budget)


def test_who_said_otherwise_stands_at_the_row_and_in_the_notes() -> None:
    found = made(changes=[HIGHER])
    row = {one.code: one for one in found.rows}["act"]
    assert (row.said_by, row.central, row.assumed) == ("the board", 60_000, False)
    assert any("said by the board" in note for note in found.notes)


# --- the model --------------------------------------------------------------------------------------------------


def test_low_and_high_hold_nine_draws_in_ten_and_a_row_moves_no_other() -> None:
    rows = costs.shipped()
    values = model.drawn(EXPECTED, rows, draws=50_000, seed=3)
    for code, row in rows.items():
        low, middle, high = costs.in_prices(row)
        assert np.quantile(values[code], (0.05, 0.5, 0.95)) == pytest.approx([low, middle, high], rel=0.05), code
    other = model.drawn(EXPECTED, costs.shipped([HIGHER]), draws=50_000, seed=3)
    assert all((values[code] == other[code]).all() for code in values if code != "act")


def test_the_team_by_default_does_the_expected_work_in_the_middle_of_everything() -> None:
    rows = costs.shipped()
    team = costs.team_for(EXPECTED, rows)
    middle = model.central(EXPECTED, rows)
    assert model.served(middle, team) == 1
    short = Team({name: posts - 0.1 for name, posts in team.posts.items()}, "less")
    assert model.served(middle, short) < 1
    assert set(team.posts) == set(PROFESSIONS)


def test_staff_cost_is_hours_times_the_rate_by_role() -> None:
    rows = costs.shipped()
    team = costs.team_for(EXPECTED, rows)
    middle = model.central(EXPECTED, rows)
    rates = model.hourly(rows)
    by_hours = sum(posts * middle["hours_year"] * rates[name] for name, posts in team.posts.items())
    assert model.costs_of(middle, team)["staff"] == pytest.approx(by_hours)


def test_who_is_not_served_is_not_spared() -> None:
    small = made(team=Team({"police": 1.0, "psychology": 0.5, "outreach": 0.5, "advocacy": 1.0}, "given"))
    assert small.served.middle < 0.3 * FOUND.served.middle
    assert small.spared is not None
    assert FOUND.spared is not None
    assert small.spared.middle < 0.3 * FOUND.spared.middle
    none = made(team=Team({"police": 8.0, "psychology": 5.0, "advocacy": 7.0}, "given"))
    assert any("no post in outreach" in note for note in none.notes)


def test_a_team_that_was_played_spares_among_those_whom_it_manages_whatever_the_hours_of_the_price_list_say() -> None:
    few = Team({"police": 3.0, "psychology": 2.0, "outreach": 2.0, "advocacy": 3.0}, "played", carries=1.0)
    found = made(team=few)
    assert isinstance(found.effect, Known)
    assert found.draws.spared is not None
    share = effects.spared(found_ratio(found), found.effect.without)
    assert found.draws.spared == pytest.approx(found.draws.served * share), "one number of cases managed, not two"
    half = knowing.options({**found.draws.values, "log_ratio": found_ratio(found)}, few, found.effect.without)
    assert half.effects[:, 1] == pytest.approx(found.draws.spared / 2)
    assert made(team=replace(few, carries=0.5)).draws.spared == pytest.approx(found.draws.spared / 2)


def found_ratio(found: Analysis) -> np.ndarray:
    """The hazard ratio of each draw, as a logarithm."""
    assert isinstance(found.effect, Known)
    here, _ = effects.drawn(found.effect, len(found.draws.cost), np.random.default_rng([found.draws.seed, 1]))
    return here


def test_the_headings_sum_to_the_cost_and_the_net_benefit_to_its_parts_in_every_draw() -> None:
    drawn = FOUND.draws
    assert drawn.spared is not None
    found = analysis.costs_and_served(drawn.values, FOUND.team)
    assert sum(found[code] for code in analysis.HEADINGS) == pytest.approx(drawn.cost)
    assert drawn.values["act"] * drawn.spared - drawn.cost == pytest.approx(drawn.net)


@settings(max_examples=60)
@given(st.floats(-1e9, 1e9), st.lists(st.floats(-1e8, 1e8), max_size=12))
def test_the_terms_of_a_bridge_add_up_exactly(start: float, terms: list[float]) -> None:
    found = bridges.steps("start", start, [("term", one) for one in terms])
    assert sum(one.change for one in found) == found[-1].total
    assert found[-1].total == round(sum(terms, start))
    assert all(abs(one.change - term) <= 1 for one, term in zip(found[1:], terms, strict=True))


def test_the_bridge_leads_to_what_acts_and_unit_cost_together() -> None:
    drawn = FOUND.draws
    assert drawn.spared is not None
    assert isinstance(FOUND.effect, Known)
    left = drawn.values["act"] * (drawn.served * FOUND.effect.without - drawn.spared) + drawn.cost
    assert FOUND.bridge[-1].total == pytest.approx(float(left.mean()), abs=500)
    assert {step.total % 1_000 for step in FOUND.bridge} == {0}, (
        "as exactly as money is said beside it, and one figure more"
    )
    alone = made(effect=UNKNOWN).bridge
    assert (alone[0].total, alone[-1].total) == (0, pytest.approx(float(drawn.cost.mean()), abs=50))


def test_the_bridge_of_changes_leads_from_the_shipped_list_to_this_plan() -> None:
    cheap = Change("premises", 1_000, 2_000, 3_000, 2024, "the landlord")
    team = Team({"police": 4.0, "psychology": 2.0, "outreach": 1.0, "advocacy": 3.0}, "given")
    found = bridges.of_changes(EXPECTED, [cheap, HIGHER], team, draws=1_000, seed=FOUND.draws.seed)
    assert [one.change for one in found][2] == 0, "what an act costs others is no cost of the unit"
    assert found[1].change < 0
    mean = float(made(changes=[cheap, HIGHER], team=team).draws.cost.mean())
    assert found[-1].total == pytest.approx(mean, abs=50)
    assert bridges.of_changes(EXPECTED, [], None, draws=200, seed=1) == ()


# --- is it worth it ---------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_answer_and_another_seed_another() -> None:
    assert made().net == FOUND.net
    assert made(seed=7).net != FOUND.net


def test_at_a_price_of_nought_only_saving_money_pays_and_the_frontier_follows_the_mean() -> None:
    price, pays, frontier, best = FOUND.acceptability[0]
    assert (price, pays, frontier, best) == (0.0, 0.0, 1.0, "No unit")
    assert FOUND.acceptability[-1][3] != "No unit", "the axis reaches where a unit pays on average"
    chances = [row[1] for row in FOUND.acceptability]
    assert chances[-1] > 0.5


def test_knowing_one_thing_is_worth_no_more_than_knowing_all() -> None:
    rich = made(changes=[HIGHER])
    assert rich.perfect is not None
    assert rich.perfect > 0
    assert rich.partial
    assert rich.decision is not None
    assert all(one.a_year <= 1.02 * rich.perfect for one in rich.partial)
    assert rich.decision.study < rich.perfect * model.YEARS
    assert rich.decision.lost > 0


def test_what_knowing_is_worth_is_the_mean_of_what_it_gains_and_its_terms_add_up() -> None:
    rich = made(changes=[HIGHER])
    shown = Costs(rich, EXPECTED).knowing()[0].numbers
    assert [one.key for one in shown][:1] == ["worth-everything"]
    assert {one.key for one in shown} <= KEYS
    for worth, one in zip(rich.partial, shown, strict=True):
        assert sum(term for _, term in worth.made) == pytest.approx(worth.a_year)
        gains = [amount for amount, _ in worth.curve]
        assert gains == sorted(gains)
        assert 0 <= gains[0] <= worth.a_year <= gains[-1], "the mean of a gain lies within what is gained"
        assert sum(step.change for step in one.bridges[0].steps) == one.shown == one.bridges[0].steps[-1].total
    assert rich.decision is not None
    study, lost = Costs(rich, EXPECTED).knowing()[1].numbers
    assert (study.key, lost.key) == ("worth-study", "worth-lost")
    for number, worth, told in zip(
        (study, lost), rich.decision.made, (rich.decision.study, rich.decision.lost), strict=True
    ):
        assert sum(term for _, term in worth.made) == pytest.approx(told)
        amounts = [amount for amount, _ in number.curve]
        assert amounts == sorted(amounts)
        assert amounts[0] <= told <= amounts[-1]
        assert number.bridges[0].steps[-1].total == number.shown == saying.in_pounds(told)
    everything = dict(rich.partial[0].made)
    assert all(one >= 0 for one in everything.values())
    assert min(everything.values()) == 0, "where the choice that is best on average is best, nothing is gained"


def test_the_ratio_that_is_said_is_the_one_that_was_released() -> None:
    """What is computed again from rounded ratios differs in its last figure, and would stand beside the released one."""
    nearly = tuple((scale, round(middle, 1), round(low, 2), round(high, 2)) for scale, middle, low, high in PRIORS)
    found = effects.known(replace(RELEASED, foreseen=nearly))
    assert isinstance(found, Known)
    assert (effects.SCALE, *found.ratio) in nearly


def test_the_analysis_of_an_area_loads_no_statistics_that_it_does_not_need() -> None:
    """The first look after a start pays for what is loaded: scipy.stats alone took longer than the whole analysis."""
    asks = (
        "import sys, numpy as np; from fourfold import stats; draws = np.random.default_rng(1).normal(size=(200, 2));"
        "stats.gains_of_partial_information(draws, draws[:, 0]); stats.predict_new_site([0.1, 0.2, 0.3], [0.1] * 3);"
        "sys.exit('scipy.stats' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0


def test_what_moves_it_most_stands_first_and_bars_hold_the_middle() -> None:
    widths = [bar.width for bar in FOUND.tornado]
    assert widths == sorted(widths, reverse=True)
    assert FOUND.tornado[0].code in {"act", "log_ratio"}
    assert {bar.code for bar in made(effect=UNKNOWN).tornado}.isdisjoint({"act", "log_ratio"})


def test_the_curve_of_a_quantity_only_rises() -> None:
    for one in (FOUND.cost, FOUND.net, FOUND.per_case):
        assert one is not None
        values = [value for value, _ in one.curve]
        assert values == sorted(values)
        assert one.low <= one.middle <= one.high


def test_a_scenario_breaks_even_where_it_is_said_to() -> None:
    found = made(effect=UNKNOWN)
    assert found.breaks_even is not None
    drawn = found.draws
    at = drawn.values["act"] * drawn.served * found.breaks_even / 100 - drawn.cost
    assert float(at.mean()) == pytest.approx(0, abs=1)


@pytest.mark.parametrize("draws", [1, 10**7])
def test_too_few_draws_or_far_too_many_are_refused(draws: int) -> None:
    with pytest.raises(CostRefused, match="Give from 200 to 100,000 draws"):
        made(draws=draws)
