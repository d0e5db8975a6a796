"""Drafts of what other forces write: counters, months, mixed references, joined dates, and files of another kind."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fourfold.intake.mapping_drafts import checked, drafted, sentences
from fourfold.intake.mappings import read_mapping
from fourfold.intake.rules.feeds import Reader, mapping_of
from fourfold.intake.terms import CannotImport
from tests.cast import NOW
from tests.intake.feeds import HEADER, feed, row, small, text_of
from tests.intake.test_drafting import draft_of

# ---- what other forces write


def export(path: Path, header: str, rows: Any) -> Path:
    return feed(path, text_of([tuple(map(str, cells)) for cells in rows], header.split("|")))


@pytest.mark.parametrize("name", ["No", "Ref", "Crime ref", "URN"])
def test_a_counter_that_grows_by_one_is_no_reference(tmp_path: Path, name: str) -> None:
    rows = [(n, f"{n % 28 + 1:02}/03/2026", "8Q", f"He waited at her gate again, on night {n}") for n in range(1, 80)]
    document, doubts = draft_of(export(tmp_path, f"{name}|Reported date|HO class|MO", rows))
    assert "reference" not in document
    assert f"“{name}” counts the rows of the file: another export counts anew" in doubts
    assert f"“{name}” has a value of its own" not in doubts
    own = [(f"06/{n * 37}/26", *cells) for n, cells in enumerate(rows, start=1)]
    assert draft_of(export(tmp_path, "Crime ref|Row id|Reported date|HO class|MO", own))[0]["reference"] == {
        "columns": ["Crime ref"]
    }


@pytest.mark.parametrize(
    ("written", "form", "read"),
    [
        ("2019/09/{day:02} 01:14:27+00", "%Y/%m/%d %H:%M:%S%z", datetime(2019, 9, 3, 1, 14, 27, tzinfo=UTC)),
        (
            "2019-09-{day:02} 01:14:27.25+00",
            "%Y-%m-%d %H:%M:%S.%f%z",
            datetime(2019, 9, 3, 1, 14, 27, 250_000, tzinfo=UTC),
        ),
        ("2018-{day:02}", "%Y-%m", datetime(2018, 3, 1, tzinfo=UTC)),
        ("{day:02}/2018", "%m/%Y", datetime(2018, 3, 1, tzinfo=UTC)),
    ],
)
def test_offsets_of_hours_alone_and_months_are_read(tmp_path: Path, written: str, form: str, read: datetime) -> None:
    rows = [(f"06/{n * 37}/26", written.format(day=n % 9 + 1), "8Q") for n in range(40)]
    rows[7] = (rows[7][0], "see notes", "8Q")  # dates survive a bad row
    document, doubts = draft_of(export(tmp_path, "Crime ref|Reported date|HO class", rows))
    assert document["told"]["formats"] == [form]
    mapping = mapping_of(document)
    told = Reader(mapping, ("Crime ref", "Reported date", "HO class"), site="", at=NOW).read(2, rows[2]).told
    assert told.told_at == read
    assert ("day" in doubts and "nobody knows" in doubts) is ("%d" not in form)
    assert checked(tmp_path / "feed.csv", mapping, at=NOW).held == {"no such date": 1}


def test_dates_survive_one_bad_row_in_a_short_file(tmp_path: Path) -> None:
    rows = [(f"06/{n * 37}/26", f"{n + 1:02}/03/2026" if n != 4 else "n/k", "8Q") for n in range(12)]
    assert draft_of(export(tmp_path, "Crime ref|Reported date|HO class", rows))[0]["told"]["formats"] == ["%d/%m/%Y"]


def test_all_codes_that_nobody_mapped_are_listed(tmp_path: Path) -> None:
    rows = [(f"06/{n * 37}/26", "03/03/2026", "8Q" if n % 4 == 0 else f"X{n % 112:03}") for n in range(900)]
    path = export(tmp_path, "Crime ref|Reported date|HO class", rows)
    document, doubts = draft_of(path)
    unknown = {cells[2] for cells in rows} - {"8Q"}
    assert all(code in doubts for code in unknown)
    found = "\n".join(sentences(checked(path, mapping_of(document), at=NOW)))
    assert all(f"{code} (" in found for code in unknown)


def test_included_classes_and_former_partners_are_recognised(tmp_path: Path) -> None:
    answers = ("Ex-partner", "Stranger", "Ex partner", "", "Neighbour")
    rows = [
        (f"06/{n * 37}/26", "03/03/2026", "8Q", ("8L;8R", "", "58B")[n % 3], answers[n % 5], "YN"[n % 2])
        for n in range(60)
    ]
    path = export(tmp_path, "Crime ref|Reported date|HO class|Incl. class|Relationship|Ex-partner", rows)
    document, _ = draft_of(path)
    assert document["included"] == {"columns": ["Incl. class"], "separator": ";"}
    assert document["former_partner"] == {"column": "Ex-partner", "yes": ["Y"], "no": ["N"], "unknown": []}
    del document["former_partner"]
    without = export(tmp_path, "Crime ref|Reported date|HO class|Included offences|Relationship", [r[:5] for r in rows])
    document, _ = draft_of(without)
    assert document["former_partner"]["yes"] == ["Ex partner", "Ex-partner"]
    assert document["former_partner"]["otherwise"] == "unknown"
    assert document["subject"]["relationship"] == ["Relationship"]


def test_a_street_is_no_victims_name(tmp_path: Path) -> None:
    streets = ("Mill Lane", "Harbour Street", "Church Road", "King’s Parade", "Station Approach", "The Green")
    rows = [(f"06/{n * 37}/26", "03/03/2026", "8Q", streets[n % 6], f"{n} {streets[n % 5]}") for n in range(60)]
    document, _ = draft_of(export(tmp_path, "Crime ref|Reported date|HO class|Street name|Road name", rows))
    assert "victim" not in document
    assert "{Street name}" in document["place"]["parts"]


def test_the_parts_of_a_date_in_columns_of_their_own_are_joined(tmp_path: Path) -> None:
    rows = [(f"06/{n * 37}/26", n % 28 + 1, n % 12 + 1, 2024 + n % 2, n % 24, n % 60, "8Q") for n in range(60)]
    path = export(
        tmp_path, "Crime ref|Reported day|Reported month|Reported year|Reported hour|Reported minute|HO class", rows
    )
    document, doubts = draft_of(path)
    columns = [f"Reported {part}" for part in ("day", "month", "year", "hour", "minute")]
    assert document["told"] == {"columns": columns, "formats": ["%d %m %Y %H %M"]}
    assert "joined" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 60


POLICE_UK = "Crime ID|Month|Reported by|Falls within|Longitude|Latitude|Location|LSOA code|LSOA name|Crime type|Last outcome category|Context"


def test_the_layout_that_police_uk_publishes_is_imported_whole(tmp_path: Path) -> None:
    kinds = (
        "Violence and sexual offences",
        "Anti-social behaviour",
        "Burglary",
        "Public order",
        "Criminal damage and arson",
    )
    rows = [
        (
            *("" if n % 5 == 1 else f"{n * 7919:064x}", "2018-07", "Northmoor Police", "Northmoor Police"),
            *(f"-0.{n:06}", f"51.{n:06}", "On or near Mill Lane", f"E0100{n:04}", "Northmoor 001A", kinds[n % 5]),
            *("" if n % 5 == 1 else "Under investigation", ""),
        )
        for n in range(120)
    ]
    path = export(tmp_path, POLICE_UK, rows)
    document, doubts = draft_of(path)
    assert document["reference"] == {"columns": ["Crime ID"], "without": "cells"}
    assert document["told"]["formats"] == ["%Y-%m"]
    assert "Anti-social behaviour" in doubts
    assert "victim" not in document
    for mapping in (
        mapping_of(document | {"class": {**document["class"], "default": "99"}}),
        read_mapping(Path("police_uk")),
    ):
        found = checked(path, mapping, at=NOW)
        assert (found.accepted, dict(found.held)) == (120, {})


def test_a_reference_that_some_rows_lack_may_give_way_to_the_cells(tmp_path: Path) -> None:
    mixed = small(reference={"columns": ["Ref"], "without": "cells"})
    reader = Reader(mixed, HEADER, site="", at=NOW)
    keyed, bare = reader.read(2, row("A/1")), reader.read(3, row(""))
    assert (keyed.reference, keyed.keyed) == ("A/1", True)
    assert bare.reference.startswith("row-")
    assert not bare.keyed


@pytest.mark.parametrize(
    ("content", "said", "drafts"),
    [
        (text_of([row("1"), row("2")]).encode("utf-16-le"), "encoding in the mapping to utf-16-le", True),
        (text_of([row("1"), row("2")]).encode("utf-16-be"), "encoding in the mapping to utf-16-be", True),
        (gzip.compress(text_of([row(str(n)) for n in range(500)]).encode())[:-40], "breaks off", False),
        (gzip.compress(text_of([row("1")]).encode()), "gunzip", False),
        (b"\xef\xbb\xbf<html><body><table><tr><th>Ref</th></tr></table></body></html>", "web page", False),
        ((",".join(f"c{n}" for n in range(1_000_000)) + "\n").encode(), "1,000,000 columns", False),
    ],
    ids=["little", "big", "cut", "packed", "page", "wide"],
)
def test_a_file_of_another_kind_is_refused_in_one_line_that_helps(
    tmp_path: Path, content: bytes, said: str, drafts: bool
) -> None:
    path = feed(tmp_path, content)
    with pytest.raises(CannotImport) as stopped:
        checked(path, small(), at=NOW)
    assert said in str(stopped.value)
    assert "\n" not in str(stopped.value)
    if drafts:
        assert f"encoding in the mapping to {draft_of(path)[0]['file']['encoding']}" == said
        return
    with pytest.raises(CannotImport, match=re.escape(said)):
        drafted(path)
