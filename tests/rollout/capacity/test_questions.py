"""What a team can carry, which team a standard needs, and what nobody can ask."""

from __future__ import annotations

import json
import sys
import tracemalloc
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fourfold.gateways import dask
from fourfold.programme.sites import shipped_site
from fourfold.rollout import facts, queries
from fourfold.rollout.advice.run import carried
from fourfold.rollout.capacity.assumptions import SHIPPED, Minutes, with_records
from fourfold.rollout.capacity.growing import Growing
from fourfold.rollout.capacity.questions import needed, outlook, suggested
from fourfold.rollout.capacity.sweep import OtherRun, cells, sweep
from fourfold.rollout.capacity.terms import (
    Demand,
    Needed,
    Policy,
    Profession,
    Stage,
    Standard,
    Team,
    TeamRefused,
    team_from,
)
from fourfold.rollout.capacity.unit import Unit, loads, network

DICE = np.random.default_rng(3)
DEMAND = Demand(tuple(900 * np.exp(DICE.normal(0, 0.15, 20))), tuple(2_000 * np.exp(DICE.normal(0, 0.1, 20))))


def unit(site: str = "cheshire", policy: Policy = Policy.HIGHEST_FIRST) -> Unit:
    return queries.unit(site, policy)


@cache
def found(today: Team | None = None) -> Needed:
    return needed(unit(), DEMAND, today=today)


def test_the_cheapest_team_reaches_the_standard_and_half_a_post_less_does_not():
    cheapest = found().cheapest
    assert cheapest is not None
    assert cheapest.reached >= 0.8
    for profession in (Profession.OFFICERS, Profession.PSYCHOLOGISTS):
        fewer = cheapest.team.with_posts(profession, cheapest.team.of(profession) - 0.5)
        today = found(fewer).today
        assert today is not None
        assert today.reached < 0.8, profession
    assert [each.cost for each in found().next_best] == sorted(each.cost for each in found().next_best)
    assert len(found().next_best) == 3


def test_at_no_stage_of_the_cheapest_team_does_a_queue_grow_without_end():
    """Psychological work asks for more psychologists than assessment does; the panel, which no post widens, is named."""
    cheapest = found().cheapest
    assert cheapest is not None
    said = outlook(unit(), cheapest.team, DEMAND)
    assert not any(each.words in line for each in Profession for line in said.unstable)
    assert not any(each.beyond for each in said.waits if each.stage is not Stage.PANEL)
    tight = cheapest.team.with_posts(Profession.ADVOCATES, 1)
    with_one = found(tight).today
    assert with_one is not None
    assert with_one.reached == 0
    assert not found().said
    twice = Demand(tuple(2 * each for each in DEMAND.referrals), DEMAND.crimes)
    assert "Panel sittings: in 9 of 10 demands" in needed(unit(), twice).said[0]


def test_where_nobody_was_taken_on_no_share_is_given():
    nobody = replace(unit(), assumed={**unit().assumed, "taken on": replace(SHIPPED["taken on"], value=0.0)})
    assert outlook(nobody, Team(3, 3, 6, 6), DEMAND).within_standard is None
    few, none = needed(unit(), Demand((4.0,) * 20, (9.0,) * 20)), needed(nobody, DEMAND)
    assert few.cheapest is not None, "the City of London was told that no team works so quickly"
    assert [text.partition(" demands ")[2] for text in (*few.said, *none.said)] == [
        "nobody was taken on in the months that the standard looks at. They say nothing of it, and are left out."
    ] * 2
    assert none.cheapest is None


def test_a_week_less_of_waiting_never_costs_less():
    costs = [team.cost for _, team in found().by_weeks if team is not None]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]


def test_the_way_from_todays_team_is_said_post_by_post():
    today = Team(2, 1, 4, 4)
    apart = dict(found(today).missing)
    cheapest = found(today).cheapest
    assert cheapest is not None
    assert apart[Profession.PSYCHOLOGISTS] == cheapest.team.psychologists - 1


@pytest.mark.parametrize(("site", "screens"), [("cheshire", False), ("london", True)])
def test_a_queue_that_grows_is_named_by_the_stages_that_the_unit_has(site: str, screens: bool) -> None:
    """A unit to which cases are referred screens no recorded crimes: nothing can wait for that."""
    team = replace(suggested(unit(site), DEMAND), officers=0.5)
    said = [each for each in outlook(unit(site), team, DEMAND).unstable if "Police officers" in each]
    assert said
    assert (Stage.SCREENING.words in said[0]) is screens


def test_a_team_with_room_uses_what_the_work_needs_and_nothing_breaks():
    start = suggested(unit(), DEMAND)
    team = Team(*(1.3 * start.of(each) for each in Profession))
    said = outlook(unit(), team, DEMAND)
    assert [each for each in said.breaks if each.stage is not Stage.PANEL] == []
    assert said.unstable == ()
    assert said.draws == 20
    officers = said.used[
        0
    ]  # psychologists' posts are set by those they see for weeks, the others fill as cases stay for months
    assert officers.used == pytest.approx(officers.needed, abs=0.12)
    assert {each.stage for each in said.waits} == set(Stage) - {Stage.SCREENING}
    assert all(each.median <= each.ninetieth for each in said.waits)


def test_more_posts_reach_more_in_time():
    shares = [(outlook(unit(), Team(3, posts, 6, 6), DEMAND).within_standard or (0.0,) * 3)[1] for posts in (2, 3, 4)]
    assert shares == sorted(shares)


def test_demand_ten_times_capacity_is_said_in_words_and_given_no_wait():
    ten = Demand(tuple(10 * each for each in DEMAND.referrals), DEMAND.crimes)
    said = outlook(unit(), suggested(unit(), DEMAND), ten)
    assert len(said.unstable) == 5
    assert "grows without end" in said.unstable[0]
    assert "16 can be heard" in said.unstable[-1]
    assert len(said.mends) == 5, "each profession, and the panel"
    posts = replace(said, used=())
    assert said.heard == pytest.approx(0.16, abs=0.01)
    assert carried(posts) == pytest.approx(1 - 0.84 * said.sent, abs=0.01), "posts for all, and a panel for one in six"
    assert said.sent == pytest.approx(0.03 + 0.17 + 0.3 * 0.45), "all of very high and high, three in ten of medium"
    waits = {each.stage: each for each in said.waits}
    assert waits[Stage.TRIAGE].median is None
    assert waits[Stage.TRIAGE].beyond
    assert said.breaks[0].month <= 3
    assert said.within_standard is not None
    assert said.within_standard[1] < 0.05


@cache
def by_area(site: str = "cheshire") -> tuple[Unit, Demand]:
    return unit(site), queries.demand_of(facts.named("Merseyside"), year=2026, draws=60)


def test_a_panel_that_is_too_small_in_over_a_quarter_of_the_demands_gives_no_wait_and_names_the_one_change() -> None:
    """Merseyside with monthly sittings: on average all are heard, in more than a third of the demands they are not."""
    here, demand = by_area()
    team = Team(6, 4, 8, 12)
    said = outlook(here, team, demand)
    panel = next(each for each in said.waits if each.stage is Stage.PANEL)
    assert (panel.median, panel.ninetieth, panel.beyond) == (None, None, True)
    found = needed(here, demand)
    asked = next(each for each in found.said if each.startswith("Panel sittings"))
    assert asked.endswith("What is asked for lies before a sitting."), "who is assessed has not been heard yet"
    line = next(each for each in said.unstable if each.startswith("Panel sittings"))
    assert "in 22 of 60 possible demands more cases come to them than can be heard" in line
    mend = next(each for each in said.mends if each.startswith("Panel sittings"))
    assert mend == "Panel sittings: one every 21 days in place of every 28, or 14 cases heard at each in place of 12."
    often = replace(here, working=replace(here.working, panel_every_days=21))
    more = replace(here, assumed={**here.assumed, "heard": replace(here.assumed["heard"], value=14.0)})
    for mended in (often, more):
        again = outlook(mended, team, demand)
        assert not any("Panel" in each for each in (*again.unstable, *again.mends)), "the change does what it says"
        assert next(each for each in again.waits if each.stage is Stage.PANEL).median is not None


def test_the_posts_that_are_named_end_the_queues_and_half_a_post_less_does_not() -> None:
    here, demand = by_area("london")
    said = outlook(here, Team(3, 1, 2, 2), demand)
    named = [float(line.split(": ")[1].split()[0]) for line in said.mends if "posts in place" in line]
    assert len(named) == 4
    assert not Growing.of(here, Team(*named), demand).stuck
    for each in Profession:
        less = Team(*named).with_posts(each, Team(*named).of(each) - 0.5)
        assert Growing.of(here, less, demand).stuck, each


def test_a_tenth_of_a_psychologist_is_played_and_warned_of():
    said = outlook(unit(), Team(3, 0.1, 6, 6), DEMAND)
    assert "0.1 of a post" in said.warnings[0]
    assert any("Forensic psychologists" in line for line in said.unstable)


@pytest.mark.parametrize(
    ("team", "policy", "demand", "says"),
    [
        (Team(0, 1, 1, 1), Policy.FIRST_COME, DEMAND, "Police officers: a unit without any"),
        (
            Team(3, -1, 1, 1),
            Policy.FIRST_COME,
            DEMAND,
            "Forensic psychologists: give posts from 0.1 to 200. Asked for, or needed for the work that comes: -1.",
        ),
        (Team(3, 1, float("nan"), 1), Policy.FIRST_COME, DEMAND, "Outreach workers: give posts"),
        (Team(3, 1, 1, 5_000), Policy.FIRST_COME, DEMAND, "Victim advocates: give posts"),
        (Team(1.5, 1, 1, 1), Policy.RESERVE, DEMAND, "at least two full-time officers"),
        (Team(3, 1, 1, 1), Policy.FIRST_COME, Demand((), ()), "above 0"),
        (Team(3, 1, 1, 1), Policy.FIRST_COME, Demand((-5.0,), (10.0,)), "above 0"),
        (Team(3, 1, 1, 1), Policy.FIRST_COME, Demand((1e9,), (10.0,)), "over 100,000 referrals"),
    ],
)
def test_what_no_unit_can_be_is_refused_in_words(team, policy, demand, says):
    with pytest.raises(TeamRefused, match=says):
        outlook(unit(policy=policy), team, demand)


@pytest.mark.parametrize("standard", [Standard(share=1.2), Standard(within_days=0), Standard(from_month=30)])
def test_a_standard_that_nobody_could_ask_is_refused(standard):
    with pytest.raises(TeamRefused, match="Give"):
        needed(unit(), DEMAND, standard=standard)


@pytest.mark.parametrize("text", ["officers=3", "officers=x,psychologists=1,outreach=1,advocates=1", "six officers"])
def test_a_team_is_written_whole(text):
    with pytest.raises(TeamRefused, match="Write a team as"):
        team_from(text)
    assert team_from("officers=3, psychologists=2.5,outreach=4,advocates=5") == Team(3, 2.5, 4, 5)


def test_policies_decide_who_waits_for_the_desk():
    """With a busy desk a breach waits least where it goes first, and longer where it waits its turn."""
    tight = Team(2, 3, 6, 6)
    ninth = {}
    for policy in Policy:
        waits = {each.stage: each.ninetieth for each in outlook(unit(policy=policy), tight, DEMAND).waits}
        ninth[policy] = waits[Stage.BREACHES]
    assert ninth[Policy.HIGHEST_FIRST] < ninth[Policy.FIRST_COME]
    assert ninth[Policy.RESERVE] < ninth[Policy.FIRST_COME]


@pytest.mark.parametrize(("site", "heard_of_all"), [("cheshire", False), ("london", False), ("hampshire", True)])
def test_the_three_ways_of_working_differ_as_their_files_say(site, heard_of_all):
    built = network(unit(site), referrals=900, crimes=2_000)
    low = next(job for job in built.jobs if job.name == "assess low")
    assert dict(low.then)["hear low"] == (1.0 if heard_of_all else 0.0)
    screened = [source for source in built.sources if source.job == "screening"]
    assert bool(screened) == shipped_site(site).working.screens_every_crime
    panel = next(node for node in built.nodes if node.name == "panel")
    assert panel.period == shipped_site(site).working.panel_every_days / 7 * 40
    assert loads(built)["desk"] > 0


def test_recorded_minutes_stand_in_place_of_an_assumption_where_there_are_enough():
    few, enough = Minutes("triage", 29, 12, 60.0), Minutes("assessment", 30, 10, 240.0)
    known = with_records((few, enough, Minutes("travel", 500, 90, 5.0)))
    assert known["triage"] == SHIPPED["triage"]
    assert (known["assessment"].value, known["assessment"].recorded) == (4.0, True)
    assert "30 entries" in known["assessment"].source
    assert "travel" not in known


def test_a_run_is_the_same_bytes_on_one_process_and_on_two_and_goes_on_where_it_stopped(tmp_path: Path):
    few = Demand(DEMAND.referrals[:3], DEMAND.crimes[:3])
    wanted = cells({"E1": few}, {"cheshire": unit(), "london": unit("london")})
    one, two = tmp_path / "one", tmp_path / "two"
    events = sweep(wanted, one, workers=1, said={"facts": "a"})
    sweep(wanted, two, workers=2, said={"facts": "a"})
    names = sorted(file.name for file in one.iterdir())
    assert names == ["E1-cheshire.json", "E1-london.json", "run.json"]
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)
    (two / "E1-london.json").unlink()
    assert 0 < sweep(wanted, two, workers=1, said={"facts": "a"}) < events
    assert (one / "E1-london.json").read_bytes() == (two / "E1-london.json").read_bytes()
    assert json.loads((one / "E1-london.json").read_text())["not played to the end"] == 0
    with pytest.raises(OtherRun, match="other inputs"):
        sweep(wanted, two, workers=1, said={"facts": "b"})


def test_a_run_holds_no_more_memory_at_its_end_than_early_on(tmp_path: Path):
    few, held = Demand(DEMAND.referrals[:8], DEMAND.crimes[:8]), []
    wanted = cells({f"E{k}": few for k in range(12)}, {"cheshire": unit(), "london": unit("london")})
    tracemalloc.start()
    try:
        sweep(wanted, tmp_path, workers=1, said={}, told=lambda *_: held.append(tracemalloc.get_traced_memory()[0]))
    finally:
        tracemalloc.stop()
    assert len(held) == 24
    assert held[-1] - held[3] < 100_000, "a cell alone, with its months and waits, takes more"


@pytest.mark.dask
def test_a_run_is_the_same_bytes_on_dask_with_one_worker_two_and_four(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    few = Demand(DEMAND.referrals[:3], DEMAND.crimes[:3])
    wanted = cells({"E1": few}, {"cheshire": unit(), "london": unit("london")})
    alone, heard = tmp_path / "alone", []
    events = sweep(wanted, alone, workers=1, said={})
    for workers in (1, 2, 4):
        folder = tmp_path / str(workers)
        with dask.spread(dask.HERE, workers) as spread:
            assert (
                sweep(wanted, folder, workers=1, said={}, spread=spread, told=lambda *one: heard.append(one)) == events
            )
            (folder / wanted[0].file).unlink()
            assert 0 < sweep(wanted, folder, workers=1, said={}, spread=spread) < events
        for file in alone.iterdir():
            assert (folder / file.name).read_bytes() == file.read_bytes(), (workers, file.name)
    assert [done for _, done, _ in heard] == [1, 2] * 3
    monkeypatch.setattr(dask, "ANSWERS_WITHIN", 1)
    with pytest.raises(dask.NoDask, match="No scheduler of Dask answers"), dask.spread("tcp://127.0.0.1:1", 1):
        pass


def test_without_dask_it_is_said_how_to_have_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(dask.NoDask, match="Install the group `dask`"), dask.spread(dask.HERE, 1):
        pass


def test_another_start_up_is_waited_for_longer():
    slow = replace(unit(), assumed={**SHIPPED, "start-up months": replace(SHIPPED["start-up months"], value=12)})
    quick = replace(unit(), assumed={**SHIPPED, "start-up months": replace(SHIPPED["start-up months"], value=1)})
    team = suggested(unit(), DEMAND)
    first = [dict(outlook(each, team, DEMAND).backlog)[Stage.ASSESSMENT][5] for each in (quick, slow)]
    assert first[0] < first[1]
