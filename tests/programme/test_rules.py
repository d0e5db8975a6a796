"""A site's description: what is refused, in words that a coordinator can act on."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.programme import rules, wording
from fourfold.programme.advising import SHIPPED, measures_by_level
from fourfold.programme.sites import document_of, read_site, shipped, shipped_site
from fourfold.programme.sites.writing import document_of as as_document
from fourfold.programme.sites.writing import toml_of
from fourfold.programme.terms import Area, InvalidModel, NoSuchSite, Problem, UnitModel

HOURS = {"very_high": 72, "high": 168, "medium": 720, "low": 1440}
WORKING: dict[str, Any] = {"model": "panel", "quorum": ["police", "advocacy"], "review_hours": HOURS}


def document(**changes: Any) -> dict[str, Any]:
    """Return a site that can be founded, with `changes`; a change to None leaves the key out."""
    site = {
        "code": "north-moor",
        "name": "North Moor",
        "force_code": "E23000099",
        "live_on": date(2024, 4, 1),
        "partners": [{"code": "north-police", "name": "North Police", "kind": "police", "hosts": True}],
        "catchments": [{"code": "E06000099", "name": "Moorside"}],
        "working": WORKING,
    }
    return {key: value for key, value in {**site, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "clinic"}, "working.model is “clinic”; write one of: referral, screening, panel"),
        ({"quorum": []}, "working.quorum must be a list with at least one of: police"),
        ({"quorum": "police"}, "working.quorum must be a list with at least one of: police"),
        ({"quorum": ["police", "dentist"]}, "working.quorum names “dentist”; use only: police, mental health"),
        ({"quorum": ["police", "police"]}, "working.quorum names something twice"),
        ({"review_hours": 72}, "working.review_hours must be a table with hours for: very_high"),
        ({"review_hours": {"high": 1}}, "working.review_hours says nothing for very_high"),
        ({"review_hours": {**HOURS, "none": 5}}, "working.review_hours names the level “none”"),
        ({"review_hours": {**HOURS, "low": 0}}, "working.review_hours for low is “0”; write a whole number from 1"),
        ({"review_hours": {**HOURS, "high": True}}, "working.review_hours for high is “True”"),
        ({"review_hours": {**HOURS, "high": 24}}, "a higher level is seen sooner"),
        ({"early_review_percent": 0}, "working.early_review_percent is “0”; write a whole number from 5 to 100"),
        ({"panel_every_days": 7.5}, "working.panel_every_days is “7.5”; write a whole number from 1 to 92"),
        ({"minimum_age": 9}, "working.minimum_age is “9”"),
        ({"therapy_while_investigated": "no"}, "write true or false, without quotes"),
        ({"instruments": []}, "working.instruments must be a list of names"),
        ({"triage_outcomes": ["panel", "bin"]}, "working.triage_outcomes names “bin”"),
        ({"colour": "blue"}, "working.colour is not a setting; the settings are: model, quorum"),
    ],
)
def test_a_wrong_setting_is_named_with_how_to_mend_it(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidModel) as refusal:
        rules.model_of_working({**WORKING, **changes})
    assert said in str(refusal.value)


@pytest.mark.parametrize("name", rules.REQUIRED)
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(InvalidModel, match=f"working.{name} is missing"):
        rules.model_of_working({key: value for key, value in WORKING.items() if key != name})


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidModel) as refusal:
        rules.model_of_working({"model": "clinic", "quorum": [], "review_hours": HOURS})
    assert len(str(refusal.value).splitlines()) == 2


def test_a_model_of_working_reads_back_from_what_is_stored() -> None:
    working = rules.model_of_working({**WORKING, "panel_every_days": 14, "early_review_percent": 100})
    assert rules.model_of_working(rules.settings_of(working)) == working
    assert working.model is UnitModel.PANEL
    assert working.quorum == ("police", "advocacy")
    assert working.minimum_age == 18
    assert working.early_review_factor == 1.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": None}, "code is missing; add it"),
        ({"shape": "round"}, "shape is not a key of a site"),
        ({"code": "North Moor"}, "code is “North Moor”; write small letters"),
        ({"force_code": "Cheshire"}, "force_code is “Cheshire”; write the ONS code"),
        ({"name": " "}, "name is empty"),
        ({"live_on": "2024-04-01"}, "live_on is “2024-04-01”; write a day as 2018-04-01, without quotes"),
        ({"partners": []}, "partners is empty"),
        ({"partners": [{"code": "a-b", "name": "A", "kind": "police"}]}, "partners: 0 of them say hosts = true"),
        ({"partners": [{"code": "a-b", "name": "A", "kind": "army", "hosts": True}]}, "partners 1.kind is “army”"),
        ({"partners": [{"code": "a-b", "kind": "police", "hosts": True}]}, "partners 1.name is missing"),
        (
            {"partners": [{"code": "a-b", "name": "A", "kind": "police", "hosts": host} for host in (True, False)]},
            "partners: “a-b” stands twice",
        ),
        ({"catchments": []}, "catchments is empty"),
        ({"catchments": [{"code": "Moorside", "name": "M"}]}, "catchments 1.code is “Moorside”"),
        ({"catchments": [{"code": "E06000099", "name": "M", "size": 3}]}, "catchments 1.size is not a key here"),
        ({"catchments": [{"code": "E06000099", "name": "M", "population": 0}]}, "leave it out where it is not known"),
        ({"catchments": [{"code": "E06000099", "name": "M", "live_on": 2024}]}, "catchments 1.live_on is “2024”"),
        ({"catchments": [{"code": "E06000099", "name": "M"}] * 2}, "catchments: “E06000099” stands twice"),
        ({"working": {**WORKING, "model": "clinic"}}, "working.model is “clinic”"),
    ],
)
def test_a_site_that_cannot_be_founded_says_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidModel) as refusal:
        rules.site_spec(document(**changes))
    assert said in str(refusal.value)


def test_an_area_goes_live_with_its_site_unless_it_says_otherwise() -> None:
    later = {"code": "E06000098", "name": "Dale", "live_on": date(2025, 1, 1)}
    spec = rules.site_spec(document(catchments=[{"code": "E06000099", "name": "Moorside"}, later]))
    assert [area.live_on for area in spec.catchments] == [date(2024, 4, 1), date(2025, 1, 1)]
    assert spec.catchments[0].population is None, "not known is not zero"
    assert [part.code for part in spec.partners if part.hosts] == ["north-police"]


@pytest.mark.parametrize("code", ["cheshire", "hampshire", "london"])
def test_the_sites_that_ship_can_be_founded(code: str) -> None:
    assert shipped_site(code).code == code


def test_the_three_sites_work_in_three_ways() -> None:
    assert shipped() == ("cheshire", "hampshire", "london")
    assert {shipped_site(code).working.model for code in shipped()} == set(UnitModel)
    assert shipped_site("london").working.screens_every_crime


def test_cheshire_went_live_in_two_steps_and_its_areas_make_up_the_force() -> None:
    areas = shipped_site("cheshire").catchments
    first = {area.name for area in areas if area.live_on == shipped_site("cheshire").live_on}
    assert first == {"Warrington", "Halton"}
    assert {area.code for area in areas} == {"E06000006", "E06000007", "E06000049", "E06000050"}
    assert sum(area.population or 0 for area in areas) == 1_066_647, "the published total of the force, mid-2019"


def test_london_serves_the_thirty_two_boroughs() -> None:
    codes = [area.code for area in shipped_site("london").catchments]
    assert len(codes) == 32
    assert "E09000001" not in codes, "the City has a force of its own"


def test_an_unknown_site_names_those_that_ship() -> None:
    with pytest.raises(NoSuchSite, match="cheshire, hampshire, london"):
        shipped_site("atlantis")


def test_a_file_that_is_no_toml_says_at_which_line(tmp_path: Any) -> None:
    path = tmp_path / "broken.toml"
    path.write_text('code = "a"\nname = \n')
    with pytest.raises(InvalidModel, match=r"broken\.toml is not TOML.*line 2"):
        read_site(path)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Any) -> None:
    path = tmp_path / "half.toml"
    path.write_text('code = "half"\n')
    with pytest.raises(InvalidModel, match=r"half\.toml cannot be used"):
        read_site(path)


def test_every_shipped_file_is_plain_toml() -> None:
    for code in shipped():
        tomllib.loads((files("fourfold.programme.sites") / f"{code}.toml").read_text())


# ---- measures by level, areas, days: what a site's file may say since it can be written in the browser ----------


MEASURE = {"suggests": "Call her every day.", "strand": "victim_safety", "class": "monitoring"}


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        ([], "must be a table with lists of measures for: very_high, high, medium, low"),
        ({"grave": [MEASURE]}, "names the level “grave”"),
        ({"high": MEASURE}, "for high must be a list; write one [[working.measures.high]] table"),
        ({"high": ["Call her."]}, "for high, measure 1 must be a table"),
        ({"high": [MEASURE, {**MEASURE, "class": ""}]}, "for high, measure 2 lacks class"),
        ({"high": [{**MEASURE, "strand": "legl"}]}, "names the strand “legl”; write one of: psychological, social"),
        ({"high": [{**MEASURE, "class": "care"}]}, "names the class “care”; write one of: monitoring, supervision"),
        ({"high": [{**MEASURE, "who": "she"}]}, "names who; the keys are: suggests, strand"),
        ({"high": [{**MEASURE, "suggests": "a\nb"}]}, "not one line of text"),
        ({"high": [{**MEASURE, "tell_victim_first": "yes"}]}, "true or false, without quotes"),
    ],
)
def test_a_wrong_measure_by_level_is_named_with_how_to_mend_it(measures: Any, said: str) -> None:
    with pytest.raises(InvalidModel) as refusal:
        rules.model_of_working({**WORKING, "measures": measures})
    assert said in str(refusal.value)


def test_a_measure_of_a_level_holds_at_every_higher_one() -> None:
    working = rules.model_of_working({**WORKING, "measures": {"medium": [MEASURE]}})
    (rule,) = measures_by_level(working.measures)
    assert (rule.code, rule.when[0].fact, rule.when[0].at_least) == ("medium-1", "level", 2)
    assert rule.says == "From the level medium upwards, every plan of this site holds this."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "x" * 121}, "write one line of at most 120 characters"),
        ({"name": "North\x00Moor"}, "write one line"),
        ({"partners": ["police"]}, "partners holds something that is no table"),
        ({"catchments": [1]}, "catchments holds something that is no table"),
        ({"working": "panel"}, "write a [working] table"),
        (
            {"catchments": [{"code": "E06000099", "name": "M", "live_on": date(2024, 3, 1)}]},
            "catchments 1.live_on is 1 March 2024, before the site itself goes live on 1 April 2024",
        ),
    ],
)
def test_what_the_database_could_not_hold_is_refused_before(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidModel) as refusal:
        rules.site_spec(document(**changes))
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "key", "why"),
    [
        ("working.quorum names “dentist”; use only: police", "working.quorum", "names “dentist”; use only: police"),
        ("partners 2.kind is “army”", "partners 2.kind", "is “army”"),
        ("partners: 0 of them say hosts = true", "partners", "0 of them say hosts = true"),
        ("code is missing; add it", "code", "is missing; add it"),
    ],
)
def test_each_problem_knows_its_key(line: str, key: str, why: str) -> None:
    (problem,) = InvalidModel(line).problems
    assert (problem.key, problem.why) == (key, why)


def test_an_area_has_one_unit() -> None:
    area = Area("E06000007", "Warrington", date(2027, 1, 1))
    (said,) = rules.why_not_serve([area], {"E06000007": "Cheshire"}, site_live_on=date(2027, 1, 1))
    assert said.startswith("catchments 1.code is “E06000007” (Warrington), which Cheshire serves already")
    assert rules.why_not_serve([area], {}, site_live_on=date(2027, 1, 1)) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def refused(read: Callable[[Any], Any], said: Any) -> tuple[Problem, ...]:
    """Return what is wrong with a description; nothing where it can be used."""
    try:
        read(said)
    except InvalidModel as refusal:
        return refusal.problems
    return ()


@given(
    key=st.sampled_from(["code", "name", "force_code", "live_on", "partners", "catchments", "working"]), value=ANYTHING
)
def test_whatever_a_file_says_it_is_founded_or_told_what_to_mend(key: str, value: object) -> None:
    problems = refused(rules.site_spec, document(**{key: value}))
    assert all(problem.key and problem.why for problem in problems)
    if not problems:
        spec = rules.site_spec(document(**{key: value}))
        assert rules.site_spec(as_document(spec)) == spec


@given(name=st.sampled_from(sorted(rules.CHECKS)), value=ANYTHING)
def test_whatever_a_setting_says_it_holds_or_is_named(name: str, value: object) -> None:
    problems = refused(rules.model_of_working, {**WORKING, name: value})
    assert {problem.key for problem in problems} <= {f"working.{name}"}
    if not problems:
        assert all(said.value for said in wording.said(rules.model_of_working({**WORKING, name: value})))


@pytest.mark.parametrize("code", ["cheshire", "hampshire", "london"])
def test_a_site_written_as_a_file_reads_back_as_the_same_site(code: str, tmp_path: Path) -> None:
    file = tmp_path / f"{code}.toml"
    file.write_text(toml_of(shipped_site(code)), encoding="utf-8")
    assert read_site(file) == shipped_site(code)


def test_a_file_keeps_the_words_of_advice_and_measures(tmp_path: Path) -> None:
    rule = {**SHIPPED[0], "says": 'Say "stop" \\ wait; £5, naïve.'}
    working = {**WORKING, "advice": [rule], "measures": {"high": [{**MEASURE, "tell_victim_first": True}]}}
    spec = rules.site_spec(document(working=working))
    file = tmp_path / "north.toml"
    file.write_text(toml_of(spec), encoding="utf-8")
    assert read_site(file) == spec


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xff\xfe", "is not text in UTF-8"),
        (b"a = " + b"[" * 20_000, "is not"),
        (b"#" * 200_001, "has 200,001 bytes; a site's file has at most 200,000"),
        (b"code = 2024-99-99", "line 1"),
    ],
)
def test_a_file_that_is_none_is_told_so(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidModel, match=said):
        document_of(raw, "north.toml")


def test_a_file_saved_on_windows_is_read() -> None:
    assert document_of(b'\xef\xbb\xbfcode = "a"\r\n', "a.toml") == {"code": "a"}


def test_a_difference_between_two_models_is_told_in_words() -> None:
    before = rules.model_of_working(WORKING)
    after = rules.model_of_working({**WORKING, "panel_every_days": 28, "quorum": ["police"]})
    assert [(each.label, each.before, each.after) for each in wording.differences(before, after)] == [
        ("Who must give a view before a panel decides", "police, advocacy", "police"),
        ("The panel meets", "every week", "every 4 weeks"),
    ]
    assert wording.differences(before, before) == ()
