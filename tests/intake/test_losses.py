"""What the check tells of a mapping's losses: each counted, with the first row, and never a person's own value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.intake.mapping_drafts import Checked, checked, sentences
from fourfold.intake.rules.feeds.losses import Loss
from tests.cast import NOW
from tests.intake.feeds import HEADER, SMALL, feed, row, small, text_of
from tests.intake.test_reading import read


def told(tmp_path: Path, rows: list[tuple[str, ...]], **changes: Any) -> tuple[Checked, str]:
    """Check rows through the small mapping, and return what was found and all that is said of it."""
    found = checked(feed(tmp_path, rows), small(**changes), at=NOW)
    return found, "\n".join(sentences(found))


def lost(found: Checked, loss: Loss) -> list[tuple[str, int, int]]:
    """Return column, count and first row of each loss of a kind."""
    return [(one.column, one.rows, one.row) for one in found.lost if one.loss is loss]


@pytest.mark.parametrize(
    ("when", "told_at", "after"),
    [
        ("23/11/2026 14:00", "23/11/2026 10:00", True),
        ("23/11/2026 09:59", "23/11/2026 10:00", False),
        ("23/11/2026 14:00", "23/11/2026", False),
        ("24/11/2026 00:00", "23/11/2026", True),
        ("23/11/2026 00:00", "23/11/2026 10:00", False),
        ("", "23/11/2026 10:00", False),
    ],
)
def test_what_happened_after_it_was_told_is_counted(tmp_path: Path, when: str, told_at: str, after: bool) -> None:
    found, said = told(tmp_path, [row("1"), row("2", When=when, Told=told_at)])
    assert lost(found, Loss.AFTER) == ([("When", 1, 3)] if after else [])
    assert ("1 in “When”: happened after it was told" in said) is after
    assert found.accepted == 2


def test_what_happened_long_after_it_was_told_waits(tmp_path: Path) -> None:
    found, said = told(tmp_path, [row("1", When="22/11/2026 14:00", Told="20/11/2026 10:00")])
    assert dict(found.held) == {"no such date": 1}
    assert "row 2, column “When”: 22 November 2026 is after it was told, 20 November 2026" in said


def test_an_end_after_it_was_told_is_counted_too(tmp_path: Path) -> None:
    until = {"columns": ["Born"], "formats": ["%d/%m/%Y %H:%M"]}
    found, _ = told(tmp_path, [row("1", Born="23/11/2026 11:00")], occurred_until=until, victim={"name": "Name"})
    assert lost(found, Loss.AFTER) == [("Born", 1, 2)]


def test_a_part_of_a_text_that_is_left_out_is_counted(tmp_path: Path) -> None:
    rows = [row("1", Story="He wrote", Weapon=""), row("2", Story="", Weapon="knife"), row("3", Weapon="knife")]
    found, said = told(tmp_path, rows, words={"parts": ["{Story}{Weapon}", "{Class}"]}, weapon=None)
    assert lost(found, Loss.PART) == [("Story", 1, 2), ("Weapon", 1, 3)]
    assert "1 in “Story”: left out of its text, because another column in the same part is empty" in said
    assert "He wrote" not in said
    found, _ = told(tmp_path, rows, words={"parts": ["{Story}", "{Weapon}"]}, weapon=None)
    assert lost(found, Loss.PART) == []


def test_a_part_of_a_place_is_counted_as_well(tmp_path: Path) -> None:
    found, _ = told(tmp_path, [row("1", Weapon="")], place={"parts": ["{Story} {Weapon}"]}, weapon=None)
    assert lost(found, Loss.PART) == [("Story", 1, 2)]


def test_words_in_which_no_rule_looks_are_counted(tmp_path: Path) -> None:
    rows = [row("1", Story=""), row("2"), row("3")]
    found, said = told(tmp_path, rows, words={"parts": ["{Story}"], "free_text": False})
    assert lost(found, Loss.NOT_READ) == [("Story", 2, 3)]
    assert "2 in “Story”: words in which no rule looks for behaviours, because free_text is false" in said
    assert lost(told(tmp_path, rows)[0], Loss.NOT_READ) == []


def test_a_person_of_whom_nothing_says_who_it_is_is_counted(tmp_path: Path) -> None:
    subject = {"relationship": "Ex", "phone": "Weapon"}
    rows = [row("1", Ex="Ex partner", Weapon="07700 900123"), row("2", Ex="Neighbour"), row("3")]
    found, said = told(tmp_path, rows, subject=subject, weapon=None, former_partner=None)
    assert lost(found, Loss.NOBODY) == [("Ex", 1, 3)]
    assert "1 in “Ex”: person of whom nothing says who it is" in said
    assert "Neighbour" not in said


def test_a_role_with_nobody_in_it_is_counted(tmp_path: Path) -> None:
    person = [
        {"role": {"column": "Ex", "victim": ["V"], "subject": ["S"], "other": ["W"]}, "name": "Name"},
        {"role": "subject", "phone": "Weapon", "sex": "Born"},
    ]
    rows = [row("1", Ex="V"), row("2", Ex="S", Name="", Born="M"), row("3", Ex="W", Name="")]
    found, said = told(tmp_path, rows, person=person, victim=None, weapon=None, former_partner=None)
    assert ("Ex", 1, 3) in lost(found, Loss.NOBODY)
    assert ("Born", 3, 2) in lost(found, Loss.NOBODY)
    assert "S (1)" in said


def test_columns_that_nothing_reads_are_counted_and_looked_at(tmp_path: Path) -> None:
    header = (*HEADER, "Beat", "Notes", "Contact", "Reply to", "Officer", "Nothing")
    more = ("4", "He has been at her door each night since", "07700 900123", "a@example.org", "Ann Holt", "")
    rows = [
        (*row(str(n)), *(("", *more[1:]) if n == 0 else (*more[:4], f"{'ABCD'[n % 4]}nn Holt", ""))) for n in range(9)
    ]
    path = feed(tmp_path, text_of(rows, header))
    found = checked(path, small(columns={"ignore": ["Contact"]}), at=NOW)
    said = "\n".join(sentences(found))
    assert found.filled["Beat"] == (8, 3)
    assert "Beat (8 from row 3), Notes (9 from row 2)" in said
    assert "Nothing" in found.unread
    assert "Nothing (" not in said
    for part in (
        "“Notes” looks like whole sentences, and is read by nothing: 9 rows, first in row 2",
        "“Contact” looks like phone numbers, and is not even kept",
        "“Reply to” looks like e-mail addresses, and is read by nothing",
        "“Officer” looks like names of people, and is read by nothing",
    ):
        assert f"WARNING: {part}" in said
    assert "900123" not in said
    assert "Holt" not in said


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"class": None}, "names no class"),
        ({"class": {"as_recorded": ["Class"], "default": "99"}}, "every row is counted as the default class, 99"),
        ({"words": None}, "names no words"),
        ({"victim": None}, "The mapping names nobody"),
        ({"told": {**SMALL["told"], "hour": "says nothing"}}, "The hours in “Told” are not read"),
        ({"victim": {"name": "Name", "birth": "Born"}}, "“Born” has no formats"),
    ],
)
def test_what_a_mapping_says_nothing_of_is_a_warning(tmp_path: Path, changes: dict[str, Any], warned: str) -> None:
    assert warned in told(tmp_path, [row("1")], **changes)[1]
    assert not told(tmp_path, [row("1")])[0].warnings


def test_every_loss_names_its_first_row(tmp_path: Path) -> None:
    rows = [row("1"), row("2", When="22/11/2026 00:00", Ex="Cousin"), row("2", When="22/11/2026 00:00", Ex="Cousin")]
    found, said = told(tmp_path, rows)
    assert all(one.row == 3 for one in found.lost)
    assert {one.loss for one in found.lost} == {Loss.HOUR, Loss.ANSWER}
    assert said.count("(first in row 3)") == 2
    assert "The first that stands there a second time is row 4" in said


def test_the_losses_are_printed_as_json_without_what_is_somebodys_own(tmp_path: Path) -> None:
    path, mapping = feed(tmp_path, [row("1", Story="", Weapon="knife")]), tmp_path / "small.toml"
    mapping.write_text(small(words={"parts": ["{Story}{Weapon}", "{Class}"]}, weapon=None).text)
    said = CliRunner().invoke(app, ["mapping", "check", str(path), "--mapping", str(mapping), "--json"]).stdout
    (one,) = json.loads(said)["lost"]
    assert (one["column"], one["rows"], one["row"], one["values"]) == ("Weapon", 1, 2, {})
    assert "knife" not in said


def test_somebody_who_is_victim_and_suspect_stays_both() -> None:
    """Two who each report the other: the second role was left out as a person who was there already."""
    person = [{"role": "subject", "name": "Weapon"}, {"role": "subject", "name": "Name"}]
    found = read(
        {"Weapon": "Bo Holt", "Name": "Anna Karlsen"}, person=person, weapon=None, victim={"name": "Name"}
    ).told
    assert (found.victim.name, found.subject.name) == ("Anna Karlsen", "Bo Holt")
    assert [(one.role, one.person.name) for one in found.further] == [("subject", "Anna Karlsen")]
    assert SMALL["victim"]["name"] == "Name"
