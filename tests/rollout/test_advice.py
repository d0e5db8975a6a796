"""The recommendation for an area as files: what it says, and that whoever has its JSON makes it again to the same bytes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.gateways.reading_back import pdf_parts
from fourfold.rollout import facts, site_models
from fourfold.rollout.advice import run as runs
from fourfold.rollout.advice import values
from fourfold.rollout.advice.sections import SECTIONS, parts
from fourfold.rollout.advice.strength import Strength
from fourfold.rollout.advice.values import Decided
from fourfold.rollout.advice.writing import written
from fourfold.rollout.answer import making, team
from fourfold.rollout.answer.terms import Answer
from fourfold.rollout.capacity.terms import Policy, Team
from fourfold.rollout.economics.terms import Known
from fourfold.rollout.terms import Counted, Evidence, Model
from fourfold.web import area_answer

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MERSEYSIDE = facts.named("Merseyside").code
KNOWN = Known(
    log_ratios=(-0.8, -0.05, -0.36),
    standard_errors=(0.21, 0.28, 0.19),
    without=0.3,
    certainty=2,
    asked=2,
    ratio=(0.65, 0.23, 1.89),
    by_prior=((0.5, 0.65, 0.23, 1.89),),
    source="“A plan”, 3 sites, data 0123456789ab",
)


OWN = site_models.OwnModel(
    "Wirral", Model.LONDON, Policy.FIRST_COME, Team(6, 2.4, 4, 6), 80, 15, {"panel_every_days": 14, "heard": 20}
)


def a_run(**more: object) -> runs.Run:
    place = facts.named("Merseyside")
    return replace(runs.Run(place.code, tuple(one.code for one in place.districts), 2026, runs.made(2026, AT)), **more)  # type: ignore[arg-type]


def test_the_command_writes_four_files_and_makes_them_again_from_its_json_to_the_same_bytes(tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    done = CliRunner().invoke(app, ["rollout", "--area", "Merseyside", "--out", str(first)])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["rollout", "--plan", str(first / "recommendation.json"), "--out", str(again)])
    assert done.exit_code == 0, done.output
    assert "Take care" not in done.output
    older = tmp_path / "older.json"
    older.write_text(
        (first / "recommendation.json").read_text().replace('"psychologists": 6.5', '"psychologists": 7.5')
    )
    done = CliRunner().invoke(app, ["rollout", "--plan", str(older), "--out", str(tmp_path / "older")])
    assert done.exit_code == 0, done.output
    assert f"Take care: this differs from {older}." in done.output, (
        "figures that this release does not come to are said"
    )
    names = sorted(path.name for path in first.iterdir())
    assert names == [f"recommendation.{kind}" for kind in ("docx", "html", "json", "pdf")]
    assert [name for name in names if (first / name).read_bytes() != (again / name).read_bytes()] == []
    told = list(pdf_parts((first / "recommendation.pdf").read_bytes()))
    pages = [" ".join(text.split()) for where, text in told if where.startswith("page")]
    said = " ".join(text for _, text in told)
    assert "DRAFT: nobody has confirmed this" in said
    assert said.index("The plan on one page") < said.index("What we recommend")
    assert "No released evaluation was read" in pages[0], "published figures cannot know what was released"
    for caption, last in (
        ("(EMMIE)", "Economics"),
        ("From nothing to the mean", "Setting up, a year"),
        ("a year costs at most", "90%"),
    ):
        assert last in next(page for page in pages if caption in page).split(caption)[1], (
            "a short table stands on one page"
        )
    html = (first / "recommendation.html").read_text()
    assert not re.findall(r"<t[dh][^>]*>\s*</t[dh]>", html), "every cell says something"
    assert re.search(r"2021/22\W.{0,40}3,243\W.{0,40}none", re.sub(r"<[^>]+>|\s+", " ", html))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told["run"]["made"].update(facts_sha256="0" * 64), "was made by release"),
        (lambda told: told["run"]["made"].pop("engine"), "which drew chance otherwise"),
        (lambda told: told["run"]["made"].update(engine=3), "which drew chance otherwise"),
        (
            lambda told: told["run"].update(districts=["E07000026"]),
            "Allerdale .E07000026. was a district until April 2023",
        ),
        (lambda told: told["run"].update(area="", districts=[]), "No area and no district is named"),
        (
            lambda told: told["run"].update(districts=["E08000012"]),
            "Merseyside is not made of the districts that stand beside it",
        ),
        (lambda told: told["run"]["assumed"].update(crystal=3), "assumed crystal, which is not used any more"),
        (lambda told: told["run"].update(area="E99"), "no police force area"),
        (lambda told: told["run"].update(year=1900), "Nothing is foretold for 1900/01"),
        (lambda told: told["run"].update(year=2099), "Nothing is foretold for 2099/00"),
        (lambda told: told.clear(), "not the JSON of a recommendation: run, area: Field required"),
    ],
)
def test_a_file_that_cannot_be_made_again_is_refused_in_words(change: object, message: str) -> None:
    told = json.loads(written(runs.advice(a_run()), "json"))
    change(told)  # type: ignore[operator]
    with pytest.raises(runs.RunRefused, match=message):
        runs.read(json.dumps(told))


def test_a_plan_made_again_is_of_the_place_and_year_that_were_named_or_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(written(runs.advice(a_run()), "json"))
    for other in (["--area", "Cheshire"], ["--district", "E06000006"], ["--year", "2027"]):
        done = CliRunner().invoke(app, ["rollout", "--plan", str(file), "--out", str(tmp_path / "out"), *other])
        assert done.exit_code == 2
        assert "is for Merseyside in 2026/27, and made again as it was. Name no other." in " ".join(done.output.split())
        assert not (tmp_path / "out").exists(), "nothing half-saved"
    same = ["--area", "Merseyside", "--year", "2026"]
    done = CliRunner().invoke(app, ["rollout", "--plan", str(file), "--out", str(tmp_path / "out"), *same])
    assert done.exit_code == 0, done.output


def test_what_is_given_assumed_and_decided_stands_in_the_document_with_whose_word_it_is() -> None:
    run = a_run(
        assumed={"taken_on": 40},
        counts=(Counted(MERSEYSIDE, 2024, 5_500, "Letter of the chief constable"),),
        history=("Version 1, 24 November 2026, Lea: Begin",),
        decided=Decided(Strength.BEGIN, "Lea", "A court asks for it"),
        own=OWN,
    )
    page = written(runs.advice(run), "html").decode()
    assert "assumed in this plan: 40% of referrals" in page
    assert re.search(r">5,500</td><td[^>]*>none</td><td[^>]*>Letter of the chief constable</td>", page)
    assert "Lea changed it to “Begin: strong recommendation”, because: A court asks for it" in page
    top = page.partition("What we recommend, and how strongly")[0]
    assert "Begin: strong recommendation. Lea changed it from what the written rule gives, “" in top
    assert "Lea changed it to “Begin: strong recommendation”, because: A court asks for it." in top, "with why, on top"
    assert top.count("The written rule gives: ") == 1
    assert "Version 1, 24 November 2026, Lea: Begin" in page
    assert "Released by Lea on 24 November 2026" in page
    assert "The team of the site model “Wirral”, version 1." in page
    assert runs.read(written(runs.advice(run), "json").decode()) == run


def test_a_long_reason_leaves_the_plan_on_one_page_and_stands_whole_in_section_2() -> None:
    reason = " ".join(["The court of the area asks for it and nobody else can do it."] * 31)
    assert len(reason) < 2_000
    advice = runs.advice(a_run(effect=KNOWN, decided=Decided(Strength.BEGIN, "Lea", reason)))
    assert reason not in " ".join(parts(advice)[0].words)
    assert "Lea changed it to “Begin: strong recommendation”. The reason stands in section 2." in parts(advice)[0].words
    assert any(reason in line for line in parts(advice)[1].words)


def test_what_was_seen_at_the_sites_is_said_of_them_and_what_is_below_nought_means_more_acts() -> None:
    there = Evidence("Of 100 cases about 18 fewer had another recorded act.", 2, (18, 9, 27), (0.65, 0.23, 1.89), 3)
    said = written(runs.advice(a_run(effect=KNOWN, seen=there)), "html").decode()
    assert "At the sites that were evaluated: Of 100 cases about 18 fewer" in said
    assert "Nobody can say yet whether fewer people would be stalked again in a new area" in said
    assert re.search(
        r"\(−[\d,]+ to [\d,]+\) cases a year would be spared another recorded act\. Below nought means more acts\.",
        said,
    )


def test_all_or_none_in_time_is_said_only_where_it_is_so_on_the_page_as_in_the_document() -> None:
    run = a_run(assumed={"taken_on": 40})
    found = making.rest(run)
    shown = (found if isinstance(found, Answer) else found.work_out(lambda *_: None)).numbers()["in_time"].shown
    _, middle, _ = runs.team_for(run)[0].within_standard or (0.0, 0.0, 0.0)
    assert 0.995 <= middle < 1, "not all of them"
    assert shown == 99
    assert values.waiting_words(runs.advice(run))[0].startswith("Over 99% of those taken on")
    assert [team.of_100(each) for each in (0, 0.2, 1.4, 98.6, 99.8, 100)] == [0, 1, 1, 99, 99, 100]


def test_whether_it_pays_stands_on_the_one_page_where_an_effect_is_known() -> None:
    unknown, known = (parts(runs.advice(a_run(**more)))[0].points for more in ({}, {"effect": KNOWN}))
    cost = [next(lines for title, *lines in one if title == "What it would cost") for one in (unknown, known)]
    assert len(cost[0]) == 1
    assert re.match(r"Net benefit: −.*The chance that it is more than nothing is (under )?\d+ in 100\.", cost[1][1])


def test_the_range_of_a_count_of_the_place_s_own_unit_says_what_is_not_in_it() -> None:
    estimate = runs.advice(replace(a_run(), area="", districts=("E06000006", "E06000007"))).estimate
    assert any("How referrals have grown since the unit here counted them" in gap for gap in estimate.gaps)
    assert not any("How referrals have grown" in gap for gap in runs.advice(a_run()).estimate.gaps)


def test_hours_of_a_large_team_are_written_with_their_comma() -> None:
    large = runs.advice(a_run(own=replace(OWN, team=Team(6, 3, 4, 35.5))))
    table = next(part for part in parts(large) if part.title == "Team and rota").tables[0]
    assert [row[2] for row in table.rows] == ["222", "111", "148", "1,314"]


def test_the_rota_says_who_is_at_work_what_for_and_when_nobody_is() -> None:
    part = next(part for part in parts(runs.advice(a_run(own=OWN))) if part.title == "Team and rota")
    assert "less leave (16% of working days) and sickness (5%), as assumed" in " ".join(part.words)
    assert part.tables[1].rows == (
        ("Every weekday", "Police officers: 4.8 of 6 posts at work on average", "Triage, answer to a breach, screening of recorded crimes"),
        ("Every weekday", "Forensic psychologists: 1.9 of 2.4 posts at work on average", "Assessment, psychological work: up to 5 people at once a post"),
        ("Every weekday", "Outreach workers: 3.2 of 4 posts at work on average", "Reviews"),
        ("Every weekday", "Victim advocates: 4.8 of 6 posts at work on average", "Support of victims: up to 25 open cases a post"),
        ("Every 14 days", "All four professions", "Panel sitting: 20 cases at most"),
        ("Nights and weekends", "Nobody of the unit", "What is told then waits until the desk opens; emergencies stay with the force"),
    )  # fmt: skip


def test_what_is_taken_to_be_as_at_the_sites_is_said_only_where_something_was_seen_there() -> None:
    unknown, known = (written(runs.advice(a_run(**more)), "html").decode() for more in ({}, {"effect": KNOWN}))
    assert "the same here as at the sites" not in unknown
    assert "the same here as at the sites" in known


def test_without_a_released_effect_there_are_scenarios_and_with_one_the_range_for_a_new_area() -> None:
    unknown, known = (runs.advice(a_run(**more)) for more in ({}, {"effect": KNOWN}))
    assert unknown.strength is known.strength is Strength.BEGIN_AS_TEST
    said = [written(one, "html").decode() for one in (unknown, known)]
    assert "Scenarios, not forecasts" in said[0]
    assert "multiplied by" not in said[0]
    assert "may be multiplied by 0.23 to 1.89, middle 0.65, 19 times in 20" in said[1]
    assert "Scenarios, not forecasts" not in said[1]
    assert "Another evaluated site would hardly change the choice" in said[1]


@pytest.mark.parametrize(
    ("study", "lost", "says"),
    [
        (0.0, 0.0, "would hardly change the choice"),
        (900_000.0, 400_000.0, "is worth more than acting now: about £900,000"),
        (100_000.0, 400_000.0, "a year of waiting loses about £400,000"),
    ],
)
def test_another_evaluated_site_is_weighed_in_one_sentence_and_nothing_never_against_nothing(
    study: float, lost: float, says: str
) -> None:
    """Of £0 it said that it was less than £0."""
    advice = runs.advice(a_run(effect=KNOWN))
    decision = advice.analysis.decision
    assert decision is not None
    found = replace(advice.analysis, decision=replace(decision, study=study, lost=lost))
    (part,) = (each for each in parts(replace(advice, analysis=found)) if each.title == "What would change our mind")
    said = " ".join(str(text) for _, *texts in part.points for text in texts)
    assert says in said
    assert "£0 over" not in said


@pytest.mark.parametrize("effect", [{}, {"effect": KNOWN}], ids=["scenarios", "an effect"])
def test_the_document_says_a_number_as_the_pages_say_it(effect: dict[str, object]) -> None:
    """It wrote £2,247,000 where pages wrote £2,250,000, "-196,872" beside "−£2,005,000", and 287 cases beside 285."""
    run = a_run(**effect)
    advice, found = runs.advice(run), making.rest(run)
    answer = found if isinstance(found, Answer) else found.work_out(lambda *_: None)
    says = {one.key: area_answer.said(one.measure, one.shown or 0) for one in answer.numbers().values()}
    said = " ".join(re.sub(r"<[^>]+>", " ", written(advice, "html").decode()).replace("\N{WORD JOINER}", "").split())
    keys = ["cost", "first_year", "per_case", *(key for key in says if key.startswith("cost-"))]
    assert [key for key in keys if says[key] not in said] == []
    assert ("spared" in says) == bool(effect)
    if effect:
        assert f"About {says['spared']} (" in said
        assert f"Net benefit: {says['net']} (" in said
        assert "From nothing to the mean" not in said, "it begins with what further acts cost others"
    else:
        assert f"10 of 100 {says['scenario-10']} (" in said
    assert not re.search(r"[\s>]-£?\d", said), "one minus sign"


def test_to_take_on_more_asks_for_more_people() -> None:
    few, many = (runs.team_for(a_run(assumed={"taken_on": share}))[0].team for share in (20, 60))
    assert many.advocates > 2 * few.advocates
    assert many.outreach > 2 * few.outreach


def test_every_section_says_something_and_sums_that_are_shown_add_up() -> None:
    advice = runs.advice(a_run())
    made = parts(advice)
    assert [part.title for part in made] == [title for title, _ in SECTIONS]
    assert [part.title for part in made if not (part.words or part.points or part.tables)] == []
    bridge = next(table for part in made for table in part.tables if table.head == ("Step", "Change", "Then"))
    steps = [
        tuple(int(re.sub("[£,\N{WORD JOINER}]", "", cell).replace("−", "-")) for cell in row[1:]) for row in bridge.rows
    ]
    assert sum(change for change, _ in steps) == steps[-1][1]
    tested = next(table for part in made for table in part.tables if table.head[-1] == "Held")
    assert len(tested.rows) == 43
    assert [row[0] for row in made[-1].tables[0].rows][1:4] == [
        "Waits, use, backlog",
        "Offences of each year, residents",
        "Posts",
    ]
    sources = next(table for part in made for table in part.tables if "Function" in table.head[-1])
    for _, _, function in sources.rows:
        module, _, name = f"{sources.head[-1].removeprefix('Function in ')}.{function}".rpartition(".")
        assert callable(getattr(import_module(module), name)), "whoever follows a number's source finds it"


def test_a_commissioner_reads_what_would_be_in_time_and_the_one_change_that_makes_the_plan_feasible() -> None:
    """Monthly sittings are too few for Merseyside in over a third of the demands; assessment comes before them and is in time."""
    one, grounds = (part.points for part in parts(runs.advice(a_run()))[:2])
    said = {title: lines for title, *lines in one}
    assert (
        "are referred from month 12 on would be assessed within 10 working days"
        in said["How long people would wait"][0]
    )
    assert "Panel sittings: in 22 of 60 possible demands" in said["How long people would wait"][1]
    mend = "Panel sittings: one every 21 days in place of every 28, or 14 cases heard at each in place of 12."
    assert said["On what conditions"][0] == mend
    why = next(lines for title, *lines in grounds if title == "Why the rule says so")
    assert why[-2:] == ["One change makes it feasible, in three of four possible demands:", mend]
    often = runs.advice(
        a_run(
            own=replace(
                OWN, begun_from=Model.CHESHIRE, team=runs.team_for(a_run())[0].team, numbers={"panel_every_days": 21}
            )
        )
    )
    assert not any("Panel" in line for line in (*often.outlook.unstable, *often.outlook.mends))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told["team"].update(psychologists=0), "Forensic psychologists: a unit without any"),
        (lambda told: told["numbers"].update(triage=1e9), "Triage of a referral: give a number from 0.1 to 16."),
        (
            lambda told: told["numbers"].update(tea=2),
            "A site model says nothing of “tea”. It may say: panel_every_days",
        ),
        (lambda told: told.update(within=900), "Give from 1 to 60 working days"),
        (lambda told: told.update(begun_from="atlantis"), "This is no site model: begun_from: "),
    ],
)
def test_the_file_of_a_site_model_is_read_again_or_refused_in_words(change: object, says: str) -> None:
    told = json.loads(site_models.as_file(OWN))
    assert site_models.read(json.dumps(told)) == OWN
    change(told)  # type: ignore[operator]
    with pytest.raises(site_models.SiteModelRefused) as refused:
        site_models.read(json.dumps(told))
    assert says in str(refused.value)


def test_a_tenth_of_a_psychologist_is_a_scenario_that_the_command_warns_of() -> None:
    team = "officers=3,psychologists=0.1,outreach=6,advocates=6"
    said = CliRunner().invoke(app, ["rollout", "capacity", "--area", "Cheshire", "--team", team])
    assert said.exit_code == 0
    assert "Assessment: grows without end" in said.output
    assert "Forensic psychologists: 0.1 of a post. One absence leaves nobody" in said.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--area", "Merseyside", "--site-model", "{}.json", "--out", "{}"], "cannot be read"),
        (["order", "--budget", "5000000", "--begins", "2028", "--ends", "2027"], "Turn them round"),
        (["order", "--budget", "9", "--place", "A=E06000007", "--place", "B=E06000007"], "A and B share the district"),
        (["--area", "Merseyside", "--site-model", "{}.json"], "What comes does not depend on a site model"),
        (["capacity", "--site-model", "{}.json"], "cannot be read"),
        (["--area", "Merseyside", "--evaluation", "{}.json"], "Give both: --evaluation and the plan"),
        (
            ["--area", "Merseyside", "--evaluation", "{}.json", "--registered", "{}.toml"],
            "What comes does not depend on an evaluation",
        ),
        (
            ["--plan", "{}.json", "--out", "{}", "--evaluation", "{}.json", "--registered", "{}.toml"],
            "a recommendation is made again as it was",
        ),
        (
            ["--area", "Merseyside", "--out", "{}", "--evaluation", "{}.json", "--registered", "{}.toml"],
            "The evaluation or its plan cannot be read",
        ),
        (["--area", "Mersyside"], "Did you mean Merseyside"),
        (["--district", "E07000031"], "was a district until April 2023. It is a part of Westmorland and Furness now"),
        (["--district", "E08000016", "--district", "E08000038"], "Barnsley would be counted twice"),
        (["cost", "--area", "Merseyside", "--budget", "0"], "A budget of nought pays for no post"),
        (["order", "--budget", "0"], "without money no area starts"),
        (
            ["capacity", "--team", "officers=0,psychologists=1,outreach=1,advocates=1"],
            "Police officers: a unit without any",
        ),
        (["sweep", "--out", "{}", "--area", "Warwickshire", "--year", "1900"], "Give a year from 2020"),
        (["order", "--budget", "5000000", "--begins", "1990", "--ends", "1993"], "Give a first year from"),
    ],
)
def test_what_nothing_can_be_said_of_is_refused_before_anything_is_written(
    words: list[str], says: str, tmp_path: Path
) -> None:
    """Before, the sweep broke off, and the order was said to be unfair."""
    said = CliRunner().invoke(app, ["rollout", *(word.format(tmp_path / "run") for word in words)])
    assert (said.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert says in said.output


def test_fewer_managed_than_taken_on_names_what_gives_out_first() -> None:
    """It was always the team that was said not to do all the work, also where the panel could hear too few."""

    def said(psychologists: float, heard: int) -> str:
        team, sittings = Team(6, psychologists, 16, 16), {"panel_every_days": 7, "heard": heard}
        own = site_models.OwnModel("Few", Model.CHESHIRE, Policy.HIGHEST_FIRST, team, 90, 10, sittings)
        return written(runs.advice(a_run(own=own)), "html").decode()

    time, both = said(0.5, 60), said(4, 1)
    assert "They are fewer than are taken on: the forensic psychologists as planned can do " in time
    assert "the panel can hear" not in time
    assert re.search(
        r"the forensic psychologists as planned can do \d+% of their work, and the panel can hear (\d+|under 1)% of",
        both,
    )
