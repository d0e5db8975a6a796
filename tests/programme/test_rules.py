"""A site's description: what is refused, in words that a coordinator can act on."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from fourfold.programme import rules
from fourfold.programme.sites import read_site, shipped, shipped_site
from fourfold.programme.terms import InvalidModel, NoSuchSite, UnitModel

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
    assert spec.host.code == "north-police"


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
