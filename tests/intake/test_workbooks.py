"""Workbooks: cells as text, formulas as they stand, and archives that unpack to too much refused."""

from __future__ import annotations

import contextlib
import gc
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from fourfold.gateways import workbooks
from fourfold.gateways.tables import CannotRead


def workbook(folder: Path, rows: list[list[Any]], sheet: str = "Crimes") -> Path:
    """Write a workbook with one sheet of rows and an empty one behind it."""
    book = Workbook()
    book.active.title = sheet
    for cells in rows:
        book.active.append(cells)
    book.create_sheet("Notes")
    path = folder / "feed.xlsx"
    book.save(path)
    return path


def test_cells_become_text(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 23, 14, 30)  # noqa: DTZ001 -- a workbook knows no zone
    rows = [["a", "b", "c"], [moment, 1234, True], [date(2026, 11, 23), 12.5, False], [time(9, 5), 1e20, None]]
    assert [line.cells for line in workbooks.lines(workbook(tmp_path, rows))] == [
        ("a", "b", "c"),
        ("2026-11-23 14:30:00", "1234", "TRUE"),
        ("2026-11-23", "12.5", "FALSE"),
        ("09:05:00", "1e+20", ""),
    ]


def test_a_formula_is_the_text_that_stands_there(tmp_path: Path) -> None:
    rows = [["a", "b"], ["=1+1", '=HYPERLINK("http://example.org","x")']]
    assert list(workbooks.lines(workbook(tmp_path, rows)))[1].cells == ("=1+1", '=HYPERLINK("http://example.org","x")')


def test_leading_zeros_of_text_stay(tmp_path: Path) -> None:
    assert list(workbooks.lines(workbook(tmp_path, [["a"], ["0580"]])))[1].cells == ("0580",)


def test_empty_rows_are_left_out_and_numbers_are_those_of_the_sheet(tmp_path: Path) -> None:
    rows = [["a", "b"], [None, None], ["1", None], ["", ""], ["2", "3", None, None]]
    found = list(workbooks.lines(workbook(tmp_path, rows)))
    assert [(line.number, line.cells) for line in found] == [(1, ("a", "b")), (3, ("1", "")), (5, ("2", "3"))]


def test_a_row_longer_than_the_header_stays_longer(tmp_path: Path) -> None:
    assert list(workbooks.lines(workbook(tmp_path, [["a"], ["1", "2"]])))[1].cells == ("1", "2")


def test_a_sheet_is_found_by_name_or_named_with_those_that_are_there(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], ["1"]])
    assert len(list(workbooks.lines(path, sheet="Crimes"))) == 2
    assert list(workbooks.lines(path, sheet="Notes")) == []
    with pytest.raises(CannotRead, match=r"There is no sheet “Crime”\. The sheets are: Crimes, Notes"):
        list(workbooks.lines(path, sheet="Crime"))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed.xlsx"
    path.write_bytes(content)
    with pytest.raises(CannotRead, match="not a workbook"):
        list(workbooks.lines(path))


def test_an_archive_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "feed.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(CannotRead, match="not a workbook"):
        list(workbooks.lines(path))


def test_an_archive_that_unpacks_to_far_more_than_it_weighs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (4 << 20))
    with pytest.raises(CannotRead, match="unpacks to far more"):
        list(workbooks.lines(path))


def test_an_archive_of_too_many_members_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(workbooks.MOST_MEMBERS + 1):
            archive.writestr(f"{number}.txt", "x")
    with pytest.raises(CannotRead, match="unpacks to far more"):
        list(workbooks.lines(path))


def test_a_workbook_cut_in_its_sheet_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a", "b"], ["1", "2"]])
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            target.writestr(member, content[:-40] if member.endswith("sheet1.xml") else content)
    with pytest.raises(CannotRead, match="breaks off in the middle"):
        list(workbooks.lines(broken))


def rewritten(path: Path, member: str, old: bytes, new: bytes) -> Path:
    """Write a workbook again with a piece of one member replaced; `old` empty: the member is left out."""
    damaged = path.with_name("damaged.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(damaged, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name != member:
                target.writestr(name, content)
            elif old:
                assert old in content
                target.writestr(name, content.replace(old, new, 1))
    return damaged


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        ("xl/workbook.xml", b"<sheets>", b"<sheets "),
        ("xl/workbook.xml", b"<sheet ", b"<sheet wrong='1' "),
        ("xl/worksheets/sheet1.xml", b"", b""),
        ("xl/worksheets/sheet1.xml", b"</c>", b"</c><c t='n'><v>no number</v></c>"),
        ("xl/worksheets/sheet1.xml", b"</c>", b"</c><c t='s'><v>9999</v></c>"),
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b"<row r='99999999'><c t='n'><v>1</v></c></row></sheetData>"),
    ],
)
def test_a_workbook_that_is_damaged_inside_ends_in_words(tmp_path: Path, member: str, old: bytes, new: bytes) -> None:
    path = workbook(tmp_path, [["a", "b"], ["1", "2"]])
    with pytest.raises(CannotRead, match=r"again as|sheets are"):
        list(workbooks.lines(rewritten(path, member, old, new), sheet="Crimes"))


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning", "ignore:[^E]:UserWarning")
def test_an_archive_with_one_byte_changed_never_ends_in_a_crash(tmp_path: Path) -> None:
    raw = workbook(tmp_path, [["a", "b"], ["1", "2"]]).read_bytes()
    path = tmp_path / "changed.xlsx"
    for at in range(0, len(raw), 41):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 0x5A]) + raw[at + 1 :])
        with contextlib.suppress(CannotRead):
            list(workbooks.lines(path))
    gc.collect()  # a file that was left open would fail a later test, whichever it is
