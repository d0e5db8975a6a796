"""A title, blank lines or the day of a report above the header: found, passed over, and said."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from fourfold.cli.feeds import _say
from fourfold.cli.main import app
from fourfold.intake import services
from fourfold.intake.mapping_drafts import checked, drafted, sentences
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.terms import CannotImport, Totals
from tests.cast import NOW, Cast
from tests.intake.feeds import HEADER, feed, row, small, text_of

ROWS = [row(f"N{number * 7 + 3}", Story="He wrote,\nand came again, to her door") for number in range(20)]
TITLES = {
    "a title": "Stalking and harassment, all districts, November 2026\n",
    "blank lines": "\n\n\n",
    "the day of the report": "Report run on 23/11/2026 10:00\n\n",
    "what was asked for": "Force:,Northmoor,From:,01/11/2026,To:,23/11/2026,,,\n",
    "cells as wide as the table": "OFFICIAL SENSITIVE,,,,,,,,\nCrime report,,,,,,,,\n",
    "an open quote": '5" of rain, said the clerk\n',
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_what_stands_above_the_header_is_passed_over(tmp_path: Path, title: str) -> None:
    path = feed(tmp_path, title + text_of(ROWS))
    header_row = title.count("\n") + 1
    document = drafted(path).document
    assert (document["reference"], document["told"]["columns"]) == ({"columns": ["Ref"]}, ["Told"])
    for mapping in (mapping_of(document), small()):
        found = checked(path, mapping, at=NOW)
        assert (found.read, found.accepted, found.header_row) == (20, 20, header_row)
        assert f"The header is in row {header_row}." in "\n".join(sentences(found))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_import_passes_over_a_title_and_says_so(cast: Cast, tmp_path: Path, kind: str) -> None:
    rows = [("Stalking offences 2026",), ("Run on", "23/11/2026"), HEADER, *ROWS]
    if kind == "xlsx":
        book = Workbook()
        for cells in rows:
            book.active.append(list(cells))
        path = tmp_path / "feed.xlsx"
        book.save(path)
        mapping = small(file={"kind": "xlsx"})
    else:
        path, mapping = feed(tmp_path, text_of(rows[1:], rows[0])), small()
    totals = services.import_file(actor=cast.analyst, path=path, mapping=mapping, site="northmoor", at=NOW)
    assert (totals.read, totals.accepted, totals.quarantined, totals.header_row) == (20, 20, 0, 3)
    again = services.import_file(actor=cast.analyst, path=path, mapping=mapping, site="northmoor", at=NOW)
    assert (again.accepted, again.duplicates) == (0, 20)


@pytest.mark.parametrize(("header_row", "said"), [(3, "The header is in row 3."), (1, "")])
def test_the_totals_say_what_was_passed_over(header_row: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    _say(Totals(read=1, header_row=header_row), {"seconds": 1.0}, as_json=False, dry_run=True)
    out = capsys.readouterr().out
    assert said in out
    assert ("passed over" in out) is bool(said)


def test_no_line_of_the_totals_is_blank(capsys: pytest.CaptureFixture[str]) -> None:
    _say(Totals(read=1, quarantined=1, first_held=(2, "x")), {"seconds": 1.0}, as_json=False, dry_run=True)
    assert all(line.strip() for line in capsys.readouterr().out.splitlines())


def test_a_title_of_another_length_next_month_is_no_matter(tmp_path: Path) -> None:
    mapping = mapping_of(drafted(feed(tmp_path, "November\n" + text_of(ROWS))).document)
    later = feed(tmp_path, "December\nRun twice,,\n\n" + text_of(ROWS), "later.csv")
    assert (checked(later, mapping, at=NOW).accepted, checked(later, mapping, at=NOW).header_row) == (20, 4)


def test_a_column_that_is_missing_below_a_title_is_named(tmp_path: Path) -> None:
    path = feed(tmp_path, "November 2026\n" + text_of([cells[:-1] for cells in ROWS], HEADER[:-1]))
    with pytest.raises(CannotImport, match=r"“Born” is not in the file.\nThe columns are: Ref"):
        checked(path, small(), at=NOW)


def test_a_header_in_the_first_row_is_taken_though_it_comes_again(tmp_path: Path) -> None:
    found = checked(feed(tmp_path, [ROWS[0], HEADER, *ROWS[1:]]), small(), at=NOW)
    assert (found.header_row, found.accepted, dict(found.held)) == (1, 20, {"header repeated": 1})
    assert "passed over" not in "\n".join(sentences(found))


def test_a_file_without_a_header_is_refused_without_a_word_of_what_is_in_it(tmp_path: Path) -> None:
    path = feed(tmp_path, text_of(ROWS[1:], ROWS[0]))
    with pytest.raises(CannotImport, match=r"Row 1 should name the columns, and holds values \(a date\)") as refused:
        drafted(path)
    assert "Karlsen" not in str(refused.value)


def test_the_command_says_where_the_header_was(tmp_path: Path) -> None:
    path, out = feed(tmp_path, "November\n\n" + text_of(ROWS)), tmp_path / "draft.toml"
    assert CliRunner().invoke(app, ["mapping", "propose", str(path), "--out", str(out)]).exit_code == 0
    said = CliRunner().invoke(app, ["mapping", "check", str(path), "--mapping", str(out), "--json"]).stdout
    assert '"header_row": 3' in said
