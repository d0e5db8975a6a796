"""A feed's mapping: what is refused, naming the key and how to mend it; and the mappings that ship."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fourfold.intake.mappings import read_mapping, shipped
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.rules.feeds.moments import why_not_a_form
from fourfold.intake.terms import Behaviour, InvalidMapping, RecordingClass
from tests.intake.feeds import REPOSITORY, SMALL, small

TOLD = {"columns": ["Told"], "formats": ["%d/%m/%Y"]}
BY = {"columns": ["Class"], "codes": {"8Q": "8Q"}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": None}, "name is missing; add it as a text in quotes"),
        ({"name": 5}, "name must be a text in quotes"),
        ({"system": "My RMS"}, "system names the system whose references these are: small letters"),
        ({"colour": "blue"}, "colour is not a key; the keys here are:"),
        ({"refrence": {"columns": ["Ref"]}, "reference": None}, "refrence is not a key; did you mean reference?"),
        ({"timezone": "Mars/Olympus"}, "timezone is “Mars/Olympus”; write a place as Europe/London"),
        ({"file": {"encoding": "windows"}}, "file.encoding is “windows”; write one such as utf-8, cp1252"),
        ({"file": {"delimiter": "tab"}}, "file.delimiter must be one character"),
        ({"file": {"delimiter": '"'}}, "file.delimiter must be one character"),
        ({"file": {"kind": "pdf"}}, "file.kind is “pdf”; write one of: csv, xlsx"),
        ({"file": {"sheet": "Crimes"}}, "file.sheet is for workbooks"),
        ({"file": {"seperator": ";"}}, "file.seperator is not a key"),
        ({"file": "utf-8"}, "must be a table: [file]"),
        ({"reference": {"columns": []}}, "reference.columns must be a list of texts"),
        ({"reference": {"columns": [1]}}, "reference.columns must be a list of texts"),
        ({"told": None}, "told is missing; add a table [told] with columns and formats"),
        ({"told": {"columns": ["Told"]}}, "told.formats is missing; add it as a list of texts"),
        ({"told": {**TOLD, "formats": ["DD/MM/YYYY"]}}, "told.formats has “DD/MM/YYYY”, which names no whole day"),
        ({"told": {**TOLD, "formats": ["%d/%m"]}}, "told.formats has “%d/%m”, which names no whole day"),
        ({"told": {**TOLD, "hour": "no"}}, "told.hour is “no”; write one of: known, says nothing"),
        ({"told": {**TOLD, "midnight": "?"}}, "told.midnight is “?”; write one of: midnight, not known"),
        ({"told": {**TOLD, "time_unknown": ["1"]}}, "told.time_unknown needs a time_column beside it"),
        ({"class": {}}, "class.by is missing; add [[class.by]]"),
        ({"class": {"default": "99", "by": "Class"}}, "class.by must be tables written as [[class.by]]"),
        ({"class": {"default": "theft"}}, "class.default is “theft”; write one of the field's classes: 8Q stalking"),
        ({"class": {"by": [{"columns": ["Class"]}]}}, "class.by 1.codes is missing"),
        ({"class": {"by": [{"columns": ["Class"], "codes": {"X": "stalking"}}]}}, "class.by 1.codes “X” is “stalking”"),
        (
            {"class": {"by": [{"columns": ["Class"], "codes": {"X": {"class": "8R", "behaviours": ["calls"]}}}]}},
            "codes “X”.behaviours names “calls”; write one of: follows, contacts",
        ),
        (
            {"class": {"by": [{"columns": ["Class"], "codes": {"X": {"class": "8R", "included": ["zz"]}}}]}},
            "codes “X”.included is “zz”",
        ),
        (
            {"class": {"by": [{"columns": ["Class"], "codes": {"X": {"class": "8R", "colour": "red"}}}]}},
            "codes “X”.colour is not a key",
        ),
        ({"words": {"parts": ["Story"]}}, "words.parts has “Story”, which names no column; write columns in braces"),
        (
            {"words": {"parts": ["{Story}"], "free_text": "yes"}},
            "words.free_text must be true or false, without quotes",
        ),
        ({"weapon": {"yes": ["Y"]}}, "weapon.column is missing"),
        ({"weapon": {"column": "Weapon", "yes": ["Y"], "no": ["Y"]}}, "weapon says two things of “Y”"),
        ({"weapon": {"column": "Weapon", "no": [""]}}, "weapon says two things of “”"),
        ({"weapon": {"column": "Weapon", "otherwise": "maybe"}}, "weapon.otherwise is “maybe”; write one of: yes, no"),
        ({"victim": {"age": "Age"}}, "victim.age is not a key; the keys here are:"),
        ({"victim": {"birth": {"columns": ["B"], "formats": ["%Y"]}}}, "victim.birth.formats has “%Y”"),
        ({"victim": {"sex": {"columns": ["S"], "codes": {"1": 1}}}}, "victim.sex.codes must be a table such as"),
        ({"columns": {"ignore": ["Ref"]}}, "columns.ignore names “Ref”, which reference.columns reads"),
    ],
)
def test_a_wrong_key_is_named_with_how_to_mend_it(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidMapping) as refusal:
        small(**changes)
    assert said in str(refusal.value)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidMapping) as refusal:
        mapping_of({"name": "x", "system": "Y Z", "colour": 1, "told": {"columns": []}})
    assert len(str(refusal.value).splitlines()) == 4


def test_a_mapping_that_says_the_least_can_be_used() -> None:
    mapping = mapping_of({"name": "Least", "system": "least", "told": TOLD, "words": {"parts": ["{Story}"]}})
    assert (mapping.kind, mapping.encoding, mapping.delimiter) == ("csv", "utf-8", ",")
    assert mapping.reference == ()
    assert mapping.zone.key == "Europe/London"
    assert mapping.used == {"Told": "told.columns", "Story": "words.parts"}


def test_one_column_may_stand_without_a_list() -> None:
    assert small(reference={"columns": "Ref"}).reference == ("Ref",)


def test_a_code_says_a_class_behaviours_and_included_classes() -> None:
    codes = {"X": {"class": "66", "included": ["8Q"], "behaviours": ["contacts", "follows"]}}
    meaning = small(**{"class": {"by": [{"columns": ["Class"], "codes": codes}]}}).classes[0].codes["X"]
    assert meaning.recorded is RecordingClass.BREACH_OF_ORDER
    assert meaning.included == (RecordingClass.STALKING,)
    assert meaning.behaviours == (Behaviour.CONTACTS, Behaviour.FOLLOWS)


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%y %H:%M", "%Y-%m-%dT%H:%M:%S", "%d %b %Y", "%B %d, %Y"])
def test_a_form_that_names_a_whole_day_can_be_used(form: str) -> None:
    assert why_not_a_form(form) is None


@pytest.mark.parametrize("name", ["chicago", "chicago_slim", "example_force", "lapd", "police_uk"])
def test_the_mappings_that_ship_can_be_used_by_name(name: str) -> None:
    assert name in shipped()
    assert len(read_mapping(Path(name)).sha256) == 64
    assert read_mapping(Path(f"{name}.toml")) == read_mapping(Path(name))


def test_chicago_is_matched_by_code_never_by_words() -> None:
    codes = read_mapping(Path("chicago")).classes[0].codes
    assert codes["0580"].recorded is RecordingClass.STALKING
    assert codes["0585"].recorded is RecordingClass.NO_CRIME, "a notification, though its words say STALKING"
    assert codes["0584"].recorded is RecordingClass.BREACH_OF_ORDER
    assert "580" not in codes, "a code is text; its leading zero counts"


def test_the_slim_file_knows_the_wordings_of_both_periods() -> None:
    codes = read_mapping(Path("chicago_slim")).classes[0].codes
    for words in ("VIO BAIL BOND: DOM VIOLENCE", "VIOLATION OF BAIL BOND - DOMESTIC VIOLENCE"):
        assert codes[f"OTHER OFFENSE|{words}"].recorded is RecordingClass.BREACH_OF_ORDER


def test_a_mapping_that_is_not_there_names_those_that_ship(tmp_path: Path) -> None:
    with pytest.raises(InvalidMapping, match="chicago, chicago_slim, example_force, lapd, police_uk"):
        read_mapping(tmp_path / "nothing.toml")


def test_a_file_before_a_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chicago.toml").write_text(
        'name = "Mine"\nsystem = "mine"\n[told]\ncolumns = ["A"]\nformats = ["%d/%m/%Y"]\n'
    )
    assert read_mapping(Path("chicago.toml")).name == "Mine"


@pytest.mark.parametrize("content", [b"name = \n", b"\xff\xfe", b'name = "x"\nname = "y"\n'])
def test_a_file_that_is_no_toml_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidMapping, match=r"broken\.toml is not TOML"):
        read_mapping(path)


def test_a_mapping_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mark.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "x"\nsystem = "x"\n[told]\ncolumns = ["A"]\nformats = ["%d/%m/%Y"]\n')
    assert read_mapping(path).name == "x"


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "half.toml"
    path.write_text('name = "half"\n')
    with pytest.raises(InvalidMapping, match=r"(?s)half\.toml cannot be used.*system is missing"):
        read_mapping(path)


def test_the_small_mapping_of_these_tests_is_a_good_one() -> None:
    assert mapping_of(SMALL).system == "small"


def how_to() -> str:
    """Return the page that explains a mapping."""
    return (REPOSITORY / "docs" / "how-to" / "import-a-feed.md").read_text(encoding="utf-8")


def test_what_the_how_to_shows_is_a_mapping_that_can_be_used() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", how_to(), flags=re.DOTALL)
    told = '[told]\ncolumns = ["Told"]\nformats = ["%d/%m/%Y %H:%M"]\n'
    mapping = mapping_of(tomllib.loads("\n".join([*blocks, told])))
    assert mapping.classes[0].codes["8R"].behaviours == (Behaviour.CONTACTS,)
    assert mapping.victim.columns["name"] == ("Victim forename", "Victim surname")


def test_the_how_to_names_every_class_behaviour_and_shipped_mapping() -> None:
    words = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", how_to(), flags=re.DOTALL)))
    assert set(RecordingClass) <= words
    assert set(Behaviour) <= words
    assert set(shipped()) <= words
