"""The check of a file, a dry run and the import say the same of it, and the codes that a default takes are named by all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.intake import queries
from fourfold.intake.mapping_drafts import checked, sentences
from fourfold.intake.models import Allegation, ImportRun, Quarantined
from fourfold.intake.rules.feeds import Mapping, mapping_of
from fourfold.intake.services import importing
from fourfold.intake.terms import CannotImport, Loss
from tests.cast import NOW, Cast
from tests.intake.feeds import SMALL, feed, row, small, text_of
from tests.intake.test_importing import numbers, run
from tests.intake.test_roles_hold import ANNA, HEADER, PEOPLE, another_analyst, dated, look, one, slipped, turned

DEFAULTED = {**PEOPLE, "class": {**PEOPLE["class"], "default": "99"}}
EMPTY = dict.fromkeys((name.replace(" ", "_") for name in HEADER[3:15]), "")
BEFORE = [one(number, S_name=f"Carl Dahl{number}") for number in range(12)]
OTHER = {
    "Told": "01/02/2026",
    "Class": "OTHER",
    "V_name": "Eve Moe",
    "V_born": "01/01/1960",
    "V_phone": "0151 496 0001",
    "V_mail": "eve@example.org",
    "V_home": "7 Far Road",
    "V_post": "",
    "S_name": "Dan Eik",
    "S_born": "02/02/1970",
    "S_phone": "",
    "S_mail": "",
    "S_home": "",
    "S_car": "",
}
FILES: dict[str, list[tuple[str, ...]]] = {
    "nothing wrong": [one(50), one(51)],
    "the same again, and something told otherwise": [*BEFORE[:3], one(4, S_name="Carl Dahl4", S_car="CD34 EFG")],
    "victim and suspect exchanged": [turned(1, S_name="Carl Dahl1"), one(60)],
    "exchanged under new references": [turned(n, Ref=f"N{n}", S_name=f"Carl Dahl{n}") for n in range(9)],
    "a telephone moved": [one(61), one(1, S_name="Carl Dahl1", S_phone=one(1)[5])],
    "an address moved": [one(1, S_name="Carl Dahl1", S_home=ANNA[4] + ", " + ANNA[5])],
    "emptied": [one(1, **EMPTY), one(62)],
    "columns slipped": [*(one(n) for n in range(70, 80)), *(slipped(n, slice(5, 15)) for n in range(80, 90))],
    "a few cells slipped": [one(70, S_phone="NM1 4QZ"), one(71)],
    "taken back": [one(1, S_name="Carl Dahl1", Class="Cancelled – no crime"), one(63, Class="NO CRIME")],
    "a mailbox as a name": [one(64, S_name="carl@example.org")],
    "another crime's reference": [one(1, **OTHER)],
    "codes that nobody mapped": [one(65, Class="8X"), one(66, Class="8X"), one(67, Class="BURG")],
    "the month first": [dated(number, month_first=True) for number in range(100, 140)],
    "twice in one file": [one(68), one(68), one(68, S_name="Dan Eik")],
}


def brought(folder: Path, name: str) -> Path:
    return feed(folder, text_of(FILES[name], HEADER), f"{name}.csv")


@pytest.mark.parametrize("document", [PEOPLE, DEFAULTED], ids=["refuses", "defaults"])
@pytest.mark.parametrize("name", FILES)
def test_check_dry_run_and_import_say_the_same(cast: Cast, tmp_path: Path, name: str, document: dict[str, Any]) -> None:
    mapping = mapping_of(document, sha256="1" * 64)
    run(cast, feed(tmp_path, text_of(BEFORE, HEADER), "before.csv"), mapping)
    path, kept = brought(tmp_path, name), Allegation.objects.unscoped("test").count()
    check = checked(path, mapping, at=NOW, actor=cast.analyst, site="northmoor")
    assert (Allegation.objects.unscoped("test").count(), ImportRun.objects.count()) == (kept, 1)
    found: list[tuple[object, ...]] = [
        (check.read, check.accepted, check.duplicates, check.held.total(), check.revised, check.held)
    ]
    stops = [check.stops.replace("An import would stop at row ", "").partition(" and keep nothing. ")]
    for dry in (True, False):
        try:
            totals = run(cast, path, mapping, dry_run=dry)
        except CannotImport as why:
            said = str(why).replace("The file was stopped at ", "").replace("An import would stop at ", "")
            stops.append(said.replace("row ", "", 1).replace(" and keep nothing", "", 1).partition(". "))
            continue
        found.append((*numbers(totals), Counter(dict(totals.reasons))))
        codes = tuple(lost for lost in check.lost if lost.loss is Loss.DEFAULT_CLASS)
        assert tuple(lost for lost in totals.defaulted if lost.loss is Loss.DEFAULT_CLASS) == codes
    if check.stops:
        row, reason = stops[0][0], stops[0][2][:40]
        assert [(each[0], each[2][:40]) for each in stops] == [(row, reason)] * 3
        assert len(found) == 1
    else:
        assert len(stops) == 1
        assert found == [found[0]] * 3


def test_the_check_names_a_row_that_was_emptied_and_one_that_is_another_crimes(cast: Cast, tmp_path: Path) -> None:
    mapping = mapping_of(PEOPLE, sha256="1" * 64)
    run(cast, feed(tmp_path, text_of(BEFORE, HEADER), "before.csv"), mapping)
    by = {"at": NOW, "actor": cast.analyst, "site": "northmoor"}
    said = "\n".join(sentences(checked(brought(tmp_path, "emptied"), mapping, **by)))
    assert "row 2: Nothing is left of the crime “R1” but its reference" in said
    alone = "\n".join(sentences(checked(brought(tmp_path, "emptied"), mapping, at=NOW)))
    assert "2 can be kept" in alone, "without a site nothing on record is asked"
    swapped = checked(brought(tmp_path, "columns slipped"), mapping, at=NOW)
    assert "An import would stop at row 12" in swapped.stops, "what the file says of itself needs no record"


def test_what_the_check_says_of_a_file_that_two_people_let_through_is_what_becomes_of_it(
    cast: Cast, tmp_path: Path
) -> None:
    mapping = mapping_of(PEOPLE, sha256="1" * 64)
    run(cast, feed(tmp_path, text_of([one(1), one(2), one(3)], HEADER), "before.csv"), mapping)
    gone = one(2, V_home="", V_post="", S_home="1 New Road")
    path = feed(tmp_path, text_of([one(1, S_phone=one(1)[5]), gone, one(3)], HEADER), "later.csv")
    check = checked(path, mapping, at=NOW, actor=cast.analyst, site="northmoor")
    assert check.stops
    with pytest.raises(CannotImport):
        run(cast, path, mapping)
    (stopped,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    look(cast, stopped.id, "coordinator")
    look(cast, stopped.id, another_analyst(cast))
    found = (check.read, check.accepted, check.duplicates, check.held.total(), check.revised)
    assert numbers(run(cast, path, mapping)) == found == (3, 1, 1, 1, 1)


def codes_of(rows: Sequence[tuple[str, ...]], folder: Path) -> Path:
    return feed(folder, text_of(rows), "codes.csv")


def many() -> list[tuple[str, ...]]:
    """Return rows with twenty codes that nobody mapped, each in as many rows as its number says."""
    return [row(f"{code}-{n}", Class=f"C{code:02}") for code in range(1, 21) for n in range(code)]


def defaulting() -> dict[str, Any]:
    return {**SMALL, "class": {**SMALL["class"], "default": "99"}}


@pytest.mark.parametrize("large", [1, 8 << 20])
def test_every_code_that_the_default_takes_is_named_with_its_rows_by_the_import(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """Of a large file other processes read the rows; what they count comes back with them."""
    monkeypatch.setattr(importing, "LARGE", large)
    mapping, rows = mapping_of(defaulting(), sha256="1" * 64), many()
    for name in ("codes.csv", "again.csv"):
        (lost,) = run(cast, codes_of(rows, tmp_path).rename(tmp_path / name), mapping).defaulted
        assert (lost.loss, lost.column, lost.rows, lost.row) == (Loss.DEFAULT_CLASS, "Class", 210, 2)
        assert dict(lost.values) == {f"C{code:02}": code for code in range(1, 21)}
        rows = [(*one[:4], "He rang her", *one[5:]) for one in rows]


@pytest.mark.parametrize("large", [1, 8 << 20])
def test_a_code_of_somebody_is_counted_once_though_each_row_is_looked_at_twice(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """The first look counted it once more, in row 0."""
    monkeypatch.setattr(importing, "LARGE", large)
    sex = {"columns": ["V car"], "codes": {"F": "F"}}
    victim = {key: PEOPLE["victim"][key] for key in ("name", "birth", "phone")} | {"sex": sex}
    rows = [one(1, V_car="F"), one(2, V_car="X"), one(3, V_car="X")]
    path = feed(tmp_path, text_of(rows, HEADER))
    (lost,) = run(cast, path, mapping_of({**PEOPLE, "victim": victim}, sha256="1" * 64)).defaulted
    assert (lost.loss, lost.rows, lost.row, lost.values) == (Loss.SEX, 2, 3, (("X", 2),))


def test_a_row_that_loses_something_twice_is_one_row(tmp_path: Path) -> None:
    """A month in one column says when it was told and when it happened: 6,000 in “Month” was said of 3,000 rows."""
    month = {"columns": ["Told"], "formats": ["%Y-%m"]}
    mapping: Mapping = small(told=month, occurred=month)
    found = checked(feed(tmp_path, [row(str(n), Told="2018-07") for n in range(3)]), mapping, at=NOW)
    assert [(lost.rows, lost.values) for lost in found.lost if lost.column == "Told"] == [(3, (("2018-07", 3),))]


def test_a_last_row_of_nothing_but_commas_waits(cast: Cast, tmp_path: Path) -> None:
    content = text_of([row("1"), row("2")]) + "," * 8 + "\n" + "," * 1_000_000
    path = feed(tmp_path, content)
    assert numbers(run(cast, path)) == (3, 2, 0, 1, 0), "a row as wide as the header with nothing in it is none"
    held = Quarantined.objects.get()
    assert held.reason.startswith("The row has 1,000,001 cells, the header 9.")
    assert len(json.dumps(held.raw)) < 5_000
    assert checked(path, small(), at=NOW).held == {"wrong number of cells": 1}


def test_the_command_holds_a_file_against_the_record_where_a_site_is_named(cast: Cast, tmp_path: Path) -> None:
    from fourfold.intake.rules.feeds.writing import toml_of

    written = tmp_path / "m.toml"
    written.write_text(toml_of(PEOPLE, ()))
    path = brought(tmp_path, "nothing wrong")
    said = CliRunner().invoke(app, ["mapping", "check", str(path), "--mapping", str(written)])
    assert said.exit_code == 0, said.output
    assert "not against what is on record. Say --site for that." in said.output
