"""Drafting a mapping for a file that nobody has mapped, and telling every loss before anything is stored."""

from __future__ import annotations

import csv
import json
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.intake.mapping_drafts import checked, drafted, sentences
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.rules.feeds.column_names import words_of
from fourfold.intake.rules.feeds.proposing import Draft
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.intake.terms import CannotImport
from tests.cast import NOW
from tests.intake.feeds import HEADER, feed, real, row, small, text_of
from tests.intake.test_reading import read

FORCE = (
    *("Crime ref", "Reported date", "Committed from", "Committed to", "HO class", "Included classes", "MO", "Location"),
    *("Weapon", "Victim forename", "Victim surname", "Victim DOB", "Victim sex", "Suspect surname", "Suspect phone"),
    *("Relationship", "Last updated", "Beat"),
)


def force(rows: int = 60) -> list[tuple[str, ...]]:
    """Return rows of an invented force."""
    made = []
    for number in range(rows):
        day = date(2026, 1, 1) + timedelta(days=number * 5)
        made.append(
            (
                *(f"06/{number:07}/26", f"{day:%d/%m/%Y} 09:15", f"{day:%d/%m/%Y} 07:{number % 60:02}", ""),
                *(("8Q", "8R", "58B", "9Z")[number % 4], "8L;8R" if number % 2 else ""),
                f"He waited at the gate and wrote to her again, number {number}",
                *(
                    "12 Mill Lane",
                    "YNU"[number % 3],
                    "Anna",
                    "Karlsen",
                    f"{number % 28 + 1:02}/07/1985",
                    "FMX"[number % 3],
                ),
                *("Holt", "07700 900123", "Ex partner", f"{day:%d/%m/%Y}", "4"),
            )
        )
    return made


def draft_of(path: Path) -> tuple[dict[str, Any], str]:
    """Draft a mapping, write it down, read it back, and return it with its doubts in one text."""
    found: Draft = drafted(path)
    document = tomllib.loads(toml_of(found.document, found.doubts))
    assert document == found.document
    mapping_of(document)
    return document, "\n".join(found.doubts)


def test_a_forces_export_is_drafted_from_its_header_and_its_values(tmp_path: Path) -> None:
    document, doubts = draft_of(feed(tmp_path, text_of(force(), FORCE)))
    assert document["reference"] == {"columns": ["Crime ref"]}
    assert document["told"] == {"columns": ["Reported date"], "formats": ["%d/%m/%Y %H:%M"]}
    assert document["occurred"]["columns"] == ["Committed from"]
    assert document["class"]["by"][0]["codes"] == {"8Q": "8Q", "8R": "8R", "58B": "58", "8L": "8L"}
    assert document["included"] == {"columns": ["Included classes"], "separator": ";"}
    assert document["words"] == {"parts": ["{MO}"], "free_text": True}
    assert document["place"] == {"parts": ["{Location}"]}
    assert document["weapon"] == {"column": "Weapon", "yes": ["Y"], "no": ["N"], "unknown": ["U"]}
    assert document["victim"]["name"] == ["Victim forename", "Victim surname"]
    assert document["victim"]["birth"] == {"columns": ["Victim DOB"], "formats": ["%d/%m/%Y"]}
    assert document["subject"]["phone"] == ["Suspect phone"]
    assert document["columns"] == {"not_compared": ["Last updated"]}
    assert "will wait until they are mapped: 9Z" in doubts
    assert "X in “Victim sex” are read as not known" in doubts
    assert "kept only as they came: Committed to, Beat" in doubts


def test_codes_that_nobody_knows_are_no_cars_and_are_all_listed(tmp_path: Path) -> None:
    """Their column is called an offence's and their form is a registration's: Z001."""
    codes = [f"Z{number:03}" for number in range(112)]
    rows = [
        (f"C{n}", f"{1 + n % 27:02}/03/2024 10:00", codes[n % 112], "Stalking; Harassment", f"Rings again, {n} times.")
        for n in range(448)
    ]
    header = ("Crime ref", "Reported", "Offence code", "Included", "Narrative")
    path = feed(tmp_path, text_of(rows, header))
    document, doubts = draft_of(path)
    assert "subject" not in document
    assert f"none of its codes is known: {', '.join(codes)}." in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == len(rows), "what is included waits for no codes"

    path = feed(tmp_path, text_of(rows, header).replace("Z000", "8Q"))
    document, _ = draft_of(path)
    assert document["included"] == {"columns": ["Included"], "separator": ";"}
    assert document["class"]["by"][0]["codes"] == {"8Q": "8Q", "Stalking": "8Q", "Harassment": "8L"}


def test_the_draft_of_a_forces_export_brings_in_its_rows(tmp_path: Path) -> None:
    path = feed(tmp_path, text_of(force(), FORCE))
    document, _ = draft_of(path)
    found = checked(path, mapping_of(document), at=NOW)
    assert (found.accepted, dict(found.held)) == (45, {"code not in the mapping": 15})


@pytest.mark.parametrize("name", ["chicago_crimes", "lapd_crimes", "chicago_crimes_2022_slim"])
def test_a_public_feed_is_drafted_with_the_form_of_its_dates(tmp_path: Path, name: str) -> None:
    path, rows, _ = real(name, tmp_path)
    document, doubts = draft_of(path)
    assert document["told"]["formats"][0].startswith(("%m/%d/%Y", "%Y-%m-%d"))
    assert "STALKING" in doubts
    found = checked(path, mapping_of(document), at=NOW)
    assert found.read == rows
    assert set(found.held) <= {"code not in the mapping", "same in every cell", "hour of the clock change"}


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("cp1252", ";"), ("utf-16", "\t"), ("utf-8-sig", "|")]
)
def test_encoding_and_delimiter_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "feed.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADER, row("1", Name="Zoë"), row("2", Name="José")])
    document, doubts = draft_of(path)
    assert document["file"]["delimiter"] == delimiter
    assert document["file"]["encoding"] == encoding.removesuffix("-sig")
    assert ("encoding is a guess" in doubts) is (encoding == "cp1252")


@pytest.mark.parametrize(
    ("accented", "foreign", "encoding"),
    [(200, 3, "utf-8"), (3, 200, "cp1252"), (0, 3, "cp1252"), (120, 110, "latin-1")],
)
def test_the_encoding_leaves_the_fewest_rows_unreadable(
    tmp_path: Path, accented: int, foreign: int, encoding: str
) -> None:
    good = [row(str(number), Name="Áine Zoë" if number < accented else "Anna Holt") for number in range(2000)]
    bad = "".join(f"F{number},23/11/2026 10:00,,8R,He wrote,,,José Holt,03/05/1985\n" for number in range(foreign))
    path = feed(tmp_path, text_of(good).encode() + bad.encode("cp1252"))
    document, doubts = draft_of(path)
    assert document["file"]["encoding"] == encoding
    assert f"The encoding is a guess ({encoding})" in doubts
    assert checked(path, mapping_of(document), at=NOW).held.total() == (foreign if encoding == "utf-8" else accented)


@pytest.mark.parametrize("kind", ["xlsx", "jsonl", "parquet"])
def test_workbooks_and_records_are_drafted_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"feed.{kind}"
    rows = [row(f"C{number}") for number in range(20)]
    if kind == "xlsx":
        book = Workbook()
        for cells in (HEADER, *rows):
            book.active.append(list(cells))
        book.save(path)
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps(dict(zip(HEADER, cells, strict=True))) for cells in rows))
    else:
        source = feed(tmp_path, rows, "source.csv")
        with duckdb.connect() as memory:
            memory.execute(f"COPY (FROM read_csv('{source}', all_varchar=true)) TO '{path}' (FORMAT parquet)")
    document, _ = draft_of(path)
    assert document["file"]["kind"] == kind
    assert document["reference"] == {"columns": ["Ref"]}
    assert checked(path, mapping_of(document), at=NOW).accepted == 20


def workbook(folder: Path, sheets: dict[str, list[tuple[str, ...]]]) -> Path:
    """Write a workbook with these sheets and return where it is."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for cells in rows:
            sheet.append(list(cells))
    path = folder / "feed.xlsx"
    book.save(path)
    return path


def test_a_cover_sheet_before_the_data_is_passed_over(tmp_path: Path) -> None:
    rows = [HEADER, *(row(f"C{number}") for number in range(20))]
    path = workbook(tmp_path, {"Cover": [("Stalking offences",), ("Official", "Sensitive")], "Data": rows, "Notes": []})
    document, doubts = draft_of(path)
    assert document["file"] == {"kind": "xlsx", "sheet": "Data"}
    assert "taken from the sheet “Data”" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 20


@pytest.mark.parametrize("kind", ["csv", "csv padded", "csv of semicolons", "xlsx"])
def test_a_title_above_the_header_is_passed_over_in_words(tmp_path: Path, kind: str) -> None:
    rows = [HEADER, *(row(f"C{number}") for number in range(20))]
    if kind == "xlsx":
        path = workbook(tmp_path, {"Data": [("Stalking offences 2026",), *rows]})
    else:
        text = "Stalking offences 2026" + ("," * 8 if "padded" in kind else "") + "\n" + text_of(rows[1:])
        path = feed(tmp_path, text.replace(",", ";") if "semicolons" in kind else text)
    document, doubts = draft_of(path)
    assert document["reference"] == {"columns": ["Ref"]}
    assert "The header is taken from row 2; what stands above it is passed over" in doubts
    found = checked(path, mapping_of(document), at=NOW)
    assert (found.read, found.accepted, found.header_row) == (20, 20, 2)
    assert "The header is in row 2. What stands above it is passed over" in "\n".join(sentences(found))


def test_a_header_with_few_names_and_full_rows_is_no_title(tmp_path: Path) -> None:
    path = feed(tmp_path, text_of([("C1", "23/11/2026", "8R", "", "", "")], ("Ref", "Told", "", "", "", "")))
    assert drafted(path).document["told"]["columns"] == ["Told"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Told": "03/04/2026"}, "day and month may be swapped"),
        ({"Told": "46000.5"}, "as a spreadsheet counts them"),
        ({"Ref": "same"}, "if each row is one person"),
        ({"Told": "soon", "When": "later"}, "No column holds dates"),
    ],
)
def test_what_nobody_can_know_is_said(tmp_path: Path, change: dict[str, str], said: str) -> None:
    rows = [
        row(str(number), **{"When": "", **change, **({} if "Ref" in change else {"Ref": str(number)})})
        for number in range(9)
    ]
    assert said.lower() in "\n".join(drafted(feed(tmp_path, rows)).doubts).lower()


DAY_FORMS = {
    "2026/01/{d:02} 14:05": "%Y/%m/%d %H:%M",
    "2026.11.{d:02} 14:05": "%Y.%m.%d %H:%M",
    "202601{d:02}": "%Y%m%d",
    "202601{d:02}1405": "%Y%m%d%H%M",
    "{d:02}/01/2026 14.05": "%d/%m/%Y %H.%M",
    "{d:02}.01.26 14:05": "%d.%m.%y %H:%M",
    "2026-01-{d:02} 14:05:00.000": "%Y-%m-%d %H:%M:%S.%f",
    "2026/01/{d:02} 14:05:09": "%Y/%m/%d %H:%M:%S",
    "{d:02}-Jan-26 02.05.00.000000 PM": "%d-%b-%y %I.%M.%S.%f %p",
    "{d:02}-Jan-26 14.05.00.000000 PM": "%d-%b-%y %H.%M.%S.%f %p",
    "{d:02}/01/2026T14:05": "%d/%m/%YT%H:%M",
    "{d}/1/2026 2:05PM": "%d/%m/%Y %I:%M%p",
    "{d:02} January 2026 at 14:05": "%d %B %Y at %H:%M",
    "2026-01-{d:02}T14:05:09+00:00": "%Y-%m-%dT%H:%M:%S%z",
}


@pytest.mark.parametrize("written", DAY_FORMS)
def test_many_forms_of_dates_are_known_and_read(tmp_path: Path, written: str) -> None:
    rows = [row(str(day), Told=written.format(d=day), When="") for day in range(1, 29)]
    path = feed(tmp_path, rows)
    document, doubts = draft_of(path)
    assert document["told"] == {"columns": ["Told"], "formats": [DAY_FORMS[written]]}
    assert ("years of two digits" in doubts) is ("%y" in DAY_FORMS[written])
    document |= {"occurred": None, "class": None}
    mapping = mapping_of({key: value for key, value in document.items() if value is not None})
    at = NOW.replace(year=NOW.year + 1)
    assert checked(path, mapping, at=at).accepted == 28


def test_a_weekday_before_the_date_is_known(tmp_path: Path) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(28)]
    rows = [row(str(day), Told=f"{day:%a %d %b %Y} 14:05", When="") for day in days]
    assert draft_of(feed(tmp_path, rows))[0]["told"]["formats"] == ["%a %d %b %Y %H:%M"]


def test_numbers_of_eight_digits_are_no_dates_unless_the_column_says_so(tmp_path: Path) -> None:
    rows = [row(str(day), Story=f"202601{day:02}") for day in range(1, 29)]
    document, _ = draft_of(feed(tmp_path, rows))
    assert document["told"]["columns"] == ["Told"]
    assert "occurred_until" not in document


def test_two_digits_each_leave_the_order_in_doubt(tmp_path: Path) -> None:
    _, doubts = draft_of(feed(tmp_path, [row(str(day), Told=f"{day:02}-02-03") for day in range(1, 12)]))
    assert "In “Told” the year may stand first" in doubts


@pytest.mark.parametrize("written", ["the {d}th of Jan, 2026", "2026/{d:02}/13 h14", "{d} de Jan 2026"])
def test_dates_in_no_form_that_is_known_are_named(tmp_path: Path, written: str) -> None:
    rows = [row(str(day), Told=written.format(d=day), When="") for day in range(4, 20)]
    _, doubts = draft_of(feed(tmp_path, rows))
    assert f"“Told” looks like dates, such as “{written.format(d=4)}”" in doubts


@pytest.mark.parametrize(
    ("written", "midnight"),
    [("{d:02}/01/2026 13:00:00", False), ("2026-01-{d:02}T13:00:00+01:00", False), ("{d:02}/01/2026 00:00:00", True)],
)
def test_only_midnight_is_midnight(tmp_path: Path, written: str, midnight: bool) -> None:
    rows = [row(str(day), Told=written.format(d=day), When="") for day in range(1, 29)]
    assert ("midnight" in draft_of(feed(tmp_path, rows))[0]["told"]) is midnight


def test_each_date_has_the_clock_that_is_named_like_it(tmp_path: Path) -> None:
    names = ("Committed from date", "Committed from time", "Committed to date", "Committed to time")
    header = ("Crime ref", "Reported date", *names)
    rows = [(f"C{day}", f"{day:02}/01/2026", *(f"{day:02}/01/2026", "14:05") * 2) for day in range(1, 29)]
    document, _ = draft_of(feed(tmp_path, text_of(rows, header)))
    assert document["occurred"]["time_column"] == "Committed from time"
    assert document["occurred_until"]["time_column"] == "Committed to time"
    assert "time_column" not in document["told"]
    less = [(*cells[:3], *cells[4:]) for cells in rows]
    document, _ = draft_of(feed(tmp_path, text_of(less, (*header[:3], *header[4:]))))
    assert "time_column" not in document["occurred"], "each clock once"
    assert document["occurred_until"]["time_column"] == "Committed to time"


@pytest.mark.parametrize(
    ("name", "words"),
    [("DateReported", {"date", "reported"}), ("date_reported", {"date", "reported"}), ("VICT-DOB", {"vict", "dob"})],
)
def test_a_name_is_its_words_however_it_is_written(name: str, words: set[str]) -> None:
    assert words <= words_of(name)


@given(
    table=st.dictionaries(
        st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
        st.one_of(st.text(st.characters(exclude_categories=("Cs",))), st.booleans(), st.lists(st.just('a"\\\n'))),
        max_size=5,
    )
)
def test_what_is_written_as_toml_is_what_is_read(table: dict[str, Any]) -> None:
    document = {"name": "x", "inner": table, "many": [table, {"a": "b"}] if table else ["x"]}
    assert tomllib.loads(toml_of(document, ["one", "two"])) == document


PEOPLE = (
    *(
        "Crime ref",
        "Reported date",
        "HO class",
        "Victim 1 name",
        "Victim 1 DOB",
        "Victim 1 phone",
        "Victim 2 name",
        "Victim 2 DOB",
    ),
    *("Suspect 1 name", "Suspect 1 DOB", "Suspect 1 postcode", "Suspect employer address", "Suspect 2 DOB"),
)


def people(rows: int = 30, header: tuple[str, ...] = PEOPLE) -> str:
    """Return rows of a force that names several people in each."""
    made = []
    for number in range(rows):
        day = f"{number % 28 + 1:02}/07/1985"
        cells = {"Crime ref": f"C{number}", "Reported date": "23/11/2026 10:00", "HO class": "8R"}
        cells |= {name: "Anna Karlsen" for name in header if name.lower().endswith(("name", "name 1", "name 2"))}
        cells |= {name: "Berta Holt" for name in header if "2" in name and "ame" in name}
        cells |= {name: day for name in header if "DOB" in name} | {
            "Suspect employer address": "The Old Mill, 1 Mill Lane, Northmoor"
        }
        cells |= {name: "NM1 4QZ" for name in header if "postcode" in name}
        made.append(tuple(cells.get(name, "07700 900123") for name in header))
    return text_of(made, header)


def test_each_of_several_people_in_a_row_stays_a_person(tmp_path: Path) -> None:
    document, doubts = draft_of(feed(tmp_path, people()))
    assert document["victim"] == {
        "name": ["Victim 1 name"],
        "birth": {"columns": ["Victim 1 DOB"], "formats": ["%d/%m/%Y"]},
        "phone": ["Victim 1 phone"],
    }
    assert document["subject"]["name"] == ["Suspect 1 name"]
    assert document["subject"]["address"] == ["Suspect 1 postcode"]
    assert document["person"] == [
        {
            "role": "victim",
            "name": ["Victim 2 name"],
            "birth": {"columns": ["Victim 2 DOB"], "formats": ["%d/%m/%Y"]},
        },
        {"role": "subject", "birth": {"columns": ["Suspect 2 DOB"], "formats": ["%d/%m/%Y"]}},
    ]
    assert "“Suspect employer address” may be somebody else's" in doubts
    assert "up to 2 people as victim" in doubts
    assert "words" not in document, "an address is no story, however long"
    path = feed(tmp_path, people())
    assert checked(path, mapping_of(document), at=NOW).accepted == 30


@pytest.mark.parametrize(
    ("names", "victim", "others"),
    [
        (("Victim1Name", "Victim2Name"), ["Victim1Name"], [["Victim2Name"]]),
        (("victim_name", "victim_2_name"), ["victim_name"], [["victim_2_name"]]),
        (("Victim name 1", "Victim name 2"), ["Victim name 1"], [["Victim name 2"]]),
        (("First victim name", "2nd victim name"), ["First victim name"], [["2nd victim name"]]),
        (("Victim forename 1", "Victim forename 2", "Victim surname"), None, []),
        (("Victim name", "Aggrieved name"), ["Victim name"], []),
        (("Victim forename", "Victim surname", "Victim full name"), ["Victim forename", "Victim surname"], []),
    ],
)
def test_whole_names_are_never_joined(
    tmp_path: Path, names: tuple[str, ...], victim: list[str] | None, others: list[list[str]]
) -> None:
    document, doubts = draft_of(feed(tmp_path, people(header=("Crime ref", "Reported date", *names))))
    assert document["victim"]["name"] == (list(names) if victim is None else victim)
    assert [one["name"] for one in document.get("person", [])] == others
    left = set(names) - {*document["victim"]["name"], *(name for one in others for name in one)}
    assert all(name in doubts for name in left)


@pytest.mark.parametrize("detail", ["phone", "DOB", "address", "email"])
def test_two_columns_of_one_detail_are_not_joined_in_silence(tmp_path: Path, detail: str) -> None:
    names = (f"Victim {detail}", f"Victim home {detail}")
    document, doubts = draft_of(feed(tmp_path, people(header=("Crime ref", "Reported date", *names))))
    found = document["victim"]["birth" if detail == "DOB" else detail]
    assert (found["columns"] if isinstance(found, dict) else found) == [names[0]]
    assert f"not joined with {names[1]}" in doubts
    assert "[[" not in doubts, "in words for whoever has not written a mapping"


@pytest.mark.parametrize(("blank", "rows"), [(1, 40), (2, 200)])
def test_a_few_rows_without_a_reference_do_not_take_it_away(tmp_path: Path, blank: int, rows: int) -> None:
    lines = [row("" if number < blank else f"C{number}") for number in range(rows)]
    document, doubts = draft_of(feed(tmp_path, lines))
    assert document["reference"] == {"columns": ["Ref"]}
    assert f"“Ref” is the reference, and {blank} of {rows} rows lack it" in doubts


def test_many_rows_without_a_reference_take_it_away(tmp_path: Path) -> None:
    document, doubts = draft_of(feed(tmp_path, [row("" if number < 30 else f"C{number}") for number in range(40)]))
    assert "reference" not in document
    assert "a later version of a crime becomes a new crime" in doubts


def test_a_row_that_is_ragged_does_not_take_the_reference_away(tmp_path: Path) -> None:
    path = feed(tmp_path, [*(row(f"C{number}") for number in range(40)), ("C99", "x")])
    assert draft_of(path)[0]["reference"] == {"columns": ["Ref"]}


# ---- what would be lost


@pytest.mark.parametrize(
    ("reference", "hint"),
    [("R{}", "“Ref” has a value of its own"), ("4{}", "“Ref” has a value of its own"), ("1", ""), ("{}", "")],
)
def test_the_check_warns_where_later_versions_will_not_be_recognised(tmp_path: Path, reference: str, hint: str) -> None:
    """A number that counts the rows is no reference, and nobody is asked to name it as one."""
    rows = [row(reference.format(number), Story=f"He wrote {number % 3}") for number in range(1, 10)]
    found = checked(feed(tmp_path, rows), small(reference=None), at=NOW)
    said = list(sentences(found))[1]
    assert said.startswith(
        "WARNING: The mapping names no [reference]: later versions of a crime will not be recognised"
    )
    assert hint in said
    assert ("value of its own" in said) is bool(hint)
    assert not checked(feed(tmp_path, rows), small(), at=NOW).warnings


def test_the_check_tells_where_two_people_become_one(tmp_path: Path) -> None:
    path = feed(tmp_path, [row("1", Story="Berta Holt"), row("2", Story="Carla Maria Voss"), row("3", Story="")])
    found = checked(path, small(words=None, victim={"name": ["Name", "Story"]}), at=NOW)
    said = "\n".join(sentences(found))
    assert "2 in “Name” and “Story”: two whole names read as one person's" in said
    assert "Berta" not in said
    apart = feed(
        tmp_path, [row("1", Name="Anna Maria", Story="Holt"), row("2", Name="Anna Maria", Story="de Wit")], "apart.csv"
    )
    found = checked(apart, small(words=None, victim={"name": ["Story", "Name"]}), at=NOW)
    assert "two whole names" not in "\n".join(sentences(found))


def test_the_check_tells_every_loss_and_stores_nothing(tmp_path: Path) -> None:
    rows = [
        row("1", Class="8R"),
        row("1", Class="8R"),
        row("2", Class="ZZ", When="22/11/2026 00:00"),
        row("3", Told="31/02/2026"),
        row("4", Ex="Ex partner"),
        row("5", Class="8R 08;99"),
    ]
    mapping = small(
        **{
            "class": {"as_recorded": ["Class"], "default": "99", "by": [{"columns": ["Class"], "codes": {"8R": "8R"}}]},
            "mo": {"columns": ["Weapon"], "separator": " ", "codes": {"417": ["threatens"]}},
            "weapon": None,
            "columns": {"ignore": ["Name"]},
            "victim": {"sex": {"columns": ["Born"], "codes": {"F": "F"}}},
        }
    )
    rows[4] = row("4", Ex="Ex partner", Weapon="417 999", Born="X")
    found = checked(feed(tmp_path, rows), mapping, at=NOW)
    assert (found.read, found.accepted, found.duplicates, dict(found.held)) == (6, 4, 1, {"no such date": 1})
    assert [(one.number, one.column) for one in found.examples["no such date"]] == [(5, "Told")]
    said = "\n".join(sentences(found))
    for part in (
        "6 rows. 4 can be kept, 1 stands there twice, 1 would wait.",
        "row 5, column “Told”: There is no such date",
        "in “Class”: code that nobody mapped, counted as the default class",
        "in “When”: hour counts as not known",
        "in “Ex”: answer that is neither yes nor no",
        "in “Born”: sex that is none of the codes",
        "1 in “Weapon”: code of the modus operandi that nobody mapped",
        "999 (1)",
        "1 column not kept at all, by columns.ignore: Name",
    ):
        assert part in said


def test_modus_operandi_codes_say_behaviours() -> None:
    mo = {"columns": ["Weapon"], "separator": " ", "codes": {"417": ["threatens"], "1815": ["follows", "contacts"]}}
    told = read({"Weapon": "417 1815 0"}, mo=mo, weapon=None).told
    assert told.behaviours == ("contacts", "threatens", "follows")


# ---- the commands


def typed(*words: str) -> tuple[int, str, str]:
    """Type `fourfold …` within this process."""
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_a_draft_is_written_once_and_checked(tmp_path: Path) -> None:
    path, out = feed(tmp_path, text_of(force(), FORCE)), tmp_path / "draft.toml"
    code, said, _ = typed("mapping", "propose", str(path), "--out", str(out))
    assert code == 0
    assert "? " in said
    assert tomllib.loads(out.read_text())["reference"] == {"columns": ["Crime ref"]}
    assert typed("mapping", "propose", str(path), "--out", str(out))[0] == 2, "what somebody has mended stays"
    code, said, _ = typed("mapping", "check", str(path), "--mapping", str(out), "--json")
    assert code == 1
    found = json.loads(said)
    assert (found["read"], found["accepted"], found["quarantined"]) == (60, 45, 15)
    assert "Karlsen" not in said, "why a row would wait, never who is in it"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be opened"), (b"", "is empty"), (b"\xff\xfe\x00", "utf-16"), (b"PK\x03\x04x", "workbook")],
)
def test_what_cannot_be_read_is_said_in_words(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "feed.csv"
    if content is not None:
        path.write_bytes(content)
    code, out, error = typed("mapping", "propose", str(path))
    assert (code, out) == (2, "")
    assert said in error


def test_a_check_of_a_file_that_lacks_a_column_names_it(tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match=r"The column “Born” is not in the file"):
        checked(feed(tmp_path, text_of([row()[:-1]], HEADER[:-1])), small(), at=NOW)
