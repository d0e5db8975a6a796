"""The simulation: its generator keeps its word, its truth is planted, and its study sees both good and bad methods.

The smoke study runs every scenario: ours must reach their marks, methods in common use must be seen to fail. The full
table is docs/reference/simulation.md.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats
from typer.testing import CliRunner

from fourfold import stats
from fourfold.cli.main import app
from fourfold.stats import simulation
from fourfold.stats.simulation import by_person, study
from fourfold.stats.simulation.generator import draw
from fourfold.stats.simulation.methods import BIAS, COVERAGE, FALSE_ALARMS, Marks, Method, Scenario
from fourfold.stats.simulation.records import all_episodes, first_acts_known, until_first
from fourfold.stats.simulation.terms import CUSTODY, YEAR, Programme
from fourfold.stats.terms import Estimate, TooFewEvents

PLAIN = Programme(people=20_000, risk_on_acts=0.0, priors_on_acts=0.0, site_spread=0.0)
HARD = Programme(
    people=3_000,
    sites=4,
    effect=-0.4,
    effect_spread=0.2,
    frailty=0.5,
    first_days=(0.0, 200.0, float("inf")),
    places=15,
    custody_after_act=0.25,
    custody_otherwise=0.1,
    death=0.005,
    moving=0.03,
    detected=(0.9, 0.7),
    told_by_victim=0.6,
)


def test_the_same_seed_invents_the_same_people_and_another_seed_others() -> None:
    one, again, other = draw(HARD, 7).seen, draw(HARD, 7).seen, draw(HARD, 8).seen
    for name in ("site", "risk", "start", "leaves", "act_day", "recorded"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
    assert not np.array_equal(one.risk, other.risk)


def test_every_dial_changes_the_digest() -> None:
    assert HARD.digest == replace(HARD).digest
    assert HARD.digest != replace(HARD, detected=(0.9, 0.71)).digest


def test_a_programme_with_nobody_in_it_is_refused() -> None:
    for wrong in ({"people": 0}, {"sites": 0}, {"first_days": ()}, {"yearly_acts": 0.0}, {"frailty": -1.0}):
        with pytest.raises(stats.OutOfRange):
            replace(HARD, **wrong)


def test_acts_follow_the_planted_hazard() -> None:
    programme = replace(PLAIN, shape=1.5, yearly_acts=0.9)
    first = draw(programme, 1).sealed.first_if[0] / YEAR
    expected = scipy_stats.weibull_min(1.5, scale=0.9 ** (-1 / 1.5))
    assert scipy_stats.kstest(first, expected.cdf).pvalue > 0.01


def test_frailty_makes_counts_vary_more_than_poisson_and_by_how_much_is_known() -> None:
    programme = replace(PLAIN, frailty=0.5, followed=YEAR)
    seen = draw(programme, 2).seen
    counts = np.bincount(seen.act_of, minlength=programme.people)
    assert counts.mean() == pytest.approx(0.8, rel=0.03)
    assert counts.var() == pytest.approx(0.8 + 0.5 * 0.8**2, rel=0.06)


def test_the_programme_multiplies_the_hazard_from_its_first_day_and_not_before() -> None:
    programme = replace(PLAIN, effect=-1.0, mean_wait=180.0, accepted_at_mean=50.0)
    seen = draw(programme, 3).seen
    rows = all_episodes(seen, seen.recorded)
    time = rows.time - rows.entry
    rates = [YEAR * rows.event[rows.inside == on].sum() / time[rows.inside == on].sum() for on in (0, 1)]
    assert rates[0] == pytest.approx(0.8, rel=0.03)
    assert rates[1] == pytest.approx(0.8 * np.exp(-1.0), rel=0.03)


def test_high_risk_is_accepted_more_often_and_nobody_before_the_site_began() -> None:
    programme = replace(HARD, people=20_000)
    drawn = draw(programme, 4).seen
    assert drawn.risk[drawn.accepted == 1].mean() > drawn.risk[drawn.accepted == 0].mean() + 0.3
    opened = np.resize(np.array(programme.first_days), programme.sites)[drawn.site]
    assert not drawn.accepted[drawn.referred < opened].any()
    assert not drawn.accepted[np.isinf(opened)].any()


def test_a_site_with_fewer_places_lets_people_wait_longer() -> None:
    waits = []
    for places in (10, 40):
        seen = draw(replace(HARD, places=places, first_days=(0.0,)), 5).seen
        started = np.isfinite(seen.start)
        waits.append(seen.start[started].mean())
    assert waits[0] > 2 * waits[1]


def test_nobody_acts_in_custody_or_after_leaving() -> None:
    seen = draw(HARD, 6).seen
    assert (seen.act_day < seen.leaves[seen.act_of]).all()
    same = seen.act_of[1:] == seen.act_of[:-1]
    assert (seen.act_day[1:][same] >= seen.back[:-1][same]).all()
    assert (seen.back > seen.act_day).any()


def test_acts_are_noticed_as_often_as_the_dials_say_and_victims_tell_independently() -> None:
    seen = draw(replace(HARD, people=20_000), 7).seen
    inside = seen.act_day >= seen.start[seen.act_of]
    assert seen.recorded[inside].mean() == pytest.approx(0.9, abs=0.01)
    assert seen.recorded[~inside].mean() == pytest.approx(0.7, abs=0.01)
    assert np.corrcoef(seen.recorded, seen.told)[0, 1] == pytest.approx(0.0, abs=0.02)


def test_episodes_leave_custody_out_and_lose_no_act_and_no_day() -> None:
    seen = draw(HARD, 8).seen
    rows = all_episodes(seen, seen.recorded)
    assert (rows.time > rows.entry).all()
    assert rows.event.sum() == seen.recorded.sum()
    locked = (seen.back - seen.act_day).sum()
    assert (rows.time - rows.entry).sum() == pytest.approx(seen.leaves.sum() - locked)
    order = np.lexsort((rows.entry, rows.person))
    same = rows.person[order][1:] == rows.person[order][:-1]
    assert (rows.entry[order][1:][same] >= rows.time[order][:-1][same]).all()


def test_rows_to_the_first_act_end_where_the_first_act_is() -> None:
    seen = draw(HARD, 9).seen
    first = first_acts_known(seen, seen.recorded)
    rows = until_first(seen, first)
    assert rows.event.sum() == first.event.sum()
    assert (rows.time - rows.entry).sum() == pytest.approx(first.time.sum())
    assert set(np.unique(first.cause)) == {0, 1, 2, 3}
    assert (seen.left[first.cause == 2] == CUSTODY).all()


def test_what_is_seen_holds_nothing_of_what_is_sealed() -> None:
    drawn = draw(HARD, 10)
    for name in ("trait", "frailty", "site_effect", "first_if"):
        assert not hasattr(drawn.seen, name)


def test_the_planted_risk_difference_is_the_one_that_a_formula_gives() -> None:
    programme = Programme(effect=-0.5, risk_on_acts=0.0, priors_on_acts=0.0, site_spread=0.0)
    years = by_person.HORIZON / YEAR
    planted = np.exp(-0.8 * years) - np.exp(-0.8 * np.exp(-0.5) * years)
    found = by_person.true_risk_differences(programme, by_person.HORIZON)
    assert found["everyone"] == pytest.approx(planted, abs=0.002)
    assert found["overlap"] == pytest.approx(planted, abs=0.002)


def _tried(run: object, **choices: object) -> simulation.Verdict:
    """Judge one method on a normal mean of nought with a spread of one."""
    method = Method("tried", run, **choices)  # type: ignore[arg-type]
    scenario = Scenario("a-mean", "A mean of nought", lambda rng: float(rng.standard_normal()), (method,))
    (verdict,) = study.judged(scenario, study.replicate(scenario, range(1000)))
    return verdict


def _normal(half: float = 1.96, shift: float = 0.0, error: float = 1.0) -> object:
    return lambda x: Estimate(x + shift, x + shift - half, x + shift + half, standard_error=error)


def test_an_honest_method_holds() -> None:
    assert _tried(_normal(), marks=Marks(bias=0.1)).missed == ()


@pytest.mark.parametrize(
    ("run", "missed"),
    [
        (_normal(shift=0.5), (BIAS, COVERAGE, FALSE_ALARMS)),
        (_normal(half=1.5), (COVERAGE, FALSE_ALARMS)),
        (_normal(half=3.0), (COVERAGE, FALSE_ALARMS)),
        (_normal(error=0.8), ("error ratio",)),
    ],
)
def test_a_dishonest_method_is_caught_by_name(run: object, missed: tuple[str, ...]) -> None:
    assert _tried(run, marks=Marks(bias=0.1)).missed == missed


def test_refusals_are_counted_and_too_many_miss() -> None:
    def refuses(x: float) -> Estimate:
        if x > 2:
            raise TooFewEvents("event", "is 0", "Wait")
        return Estimate(x, x - 1.96, x + 1.96, standard_error=1.0)

    verdict = _tried(refuses, marks=Marks(bias=0.1))
    assert verdict.failed > 5
    assert "refusals" in verdict.missed


def test_a_method_that_must_fail_and_does_not_is_said_so() -> None:
    verdict = _tried(_normal(), marks=Marks(bias=0.1), misses=(BIAS,))
    assert not verdict.as_expected
    assert "NOT SEEN TO FAIL" in "".join(simulation.as_lines([verdict]))


def test_sharing_the_work_out_changes_no_digit() -> None:
    custody = next(one for one in simulation.scenarios() if one.key == "custody")
    parts = [study.replicate(custody, range(8)), study.replicate(custody, range(8, 20))]
    assert np.array_equal(study.replicate(custody, range(20)), np.concatenate(parts), equal_nan=True)


def test_the_command_says_how_far_it_is_and_ends_well_only_where_all_is_as_it_must_be() -> None:
    chosen = ["simulate", "--only", "custody", "--replications", "60", "--workers", "2", "--json"]
    done = CliRunner().invoke(app, chosen)
    assert done.exit_code == 0, done.output
    assert "[1/1" in done.stderr
    (naive, ours) = json.loads(done.stdout)
    assert (naive["missed"], ours["missed"]) == (["bias", "coverage"], [])


def test_the_command_refuses_a_scenario_that_is_not_there_in_words() -> None:
    done = CliRunner().invoke(app, ["simulate", "--only", "nowhere"])
    assert done.exit_code == 2
    assert "Choose one of" in done.stderr


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(stats.UnknownChoice):
        list(simulation.run(30, only=("no such thing",)))


SMOKE_SCENARIOS = [one.key for one in simulation.scenarios(thorough=False)]


@pytest.mark.parametrize("key", SMOKE_SCENARIOS)
def test_smoke_study(key: str) -> None:
    """Ours reach their marks, and what must fail is seen to fail."""
    ((_, verdicts),) = simulation.run(simulation.SMOKE, only=(key,), thorough=False)
    assert not [line for one in verdicts if not one.as_expected for line in simulation.as_lines([one])]


def test_the_kept_table_is_of_every_scenario_and_every_method() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/simulation.md").read_text()
    for scenario in simulation.scenarios():
        assert f"## {scenario.title}\n" in page
        for method in scenario.methods:
            assert f"| {method.name} |" in page
    assert "MISSES" not in page
    assert "NOT SEEN TO FAIL" not in page
