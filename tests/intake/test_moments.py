"""Moments of a feed: offsets, the nights on which the clocks change, and days as a spreadsheet counts them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fourfold.intake.rules.feeds import Reader, RowFault
from fourfold.intake.rules.feeds.moments import why_not_a_form
from fourfold.intake.terms import Fault
from tests.cast import NOW
from tests.intake.feeds import HEADER, row, small
from tests.intake.test_reading import LONDON, fault, read, reader

ZONED = {"occurred": {"columns": ["When"], "formats": ["%d/%m/%Y %H:%M%z", "%d/%m/%Y %H:%M"]}}


def when(text: str, **changes: Any) -> tuple[datetime | None, bool]:
    """Read a moment and say whether its hour is known."""
    told = read({"When": text}, **changes).told
    return told.occurred_from, told.time_known


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("22/11/2026 21:30+0000", "2026-11-22T21:30"),
        ("22/11/2026 21:30+02:00", "2026-11-22T19:30"),
        ("22/11/2026 21:30Z", "2026-11-22T21:30"),
        ("01/07/2026 21:30", "2026-07-01T20:30"),
        ("25/10/2026 01:30+0100", "2026-10-25T00:30"),
        ("25/10/2026 01:30+0000", "2026-10-25T01:30"),
    ],
)
def test_an_offset_beside_the_time_is_honoured(text: str, utc: str) -> None:
    moment, known = when(text, **ZONED)
    assert moment is not None
    assert moment.astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("25/10/2026 01:30", "there were two such hours as 01:30"),
        ("29/03/2026 01:30", "there was no such hour as 01:30"),
    ],
)
def test_a_time_on_the_night_the_clocks_change_waits(text: str, said: str) -> None:
    found = fault({"When": text})
    assert (found.fault, found.column) == (Fault.CLOCK, "When")
    assert said in found.reason
    assert "the clocks changed" in found.reason


@pytest.mark.parametrize("text", ["25/10/2026 00:59", "25/10/2026 02:00", "29/03/2026 00:59", "29/03/2026 02:00"])
def test_the_other_hours_of_that_night_are_read(text: str) -> None:
    assert when(text)[1]


@pytest.mark.parametrize("text", ["25/10/2026 01:30", "29/03/2026 01:30"])
def test_the_mapping_may_say_that_such_an_hour_is_not_known(text: str) -> None:
    lenient = {"columns": ["When"], "formats": ["%d/%m/%Y %H:%M"], "clock_change": "hour not known"}
    moment, known = when(text, occurred=lenient)
    assert moment == datetime.strptime(text[:10], "%d/%m/%Y").replace(tzinfo=LONDON)
    assert not known


def test_the_same_night_told_by_a_time_column_waits_and_names_the_day() -> None:
    clock = {"columns": ["When"], "formats": ["%d/%m/%Y"], "time_column": "Name"}
    found = fault({"When": "25/10/2026", "Name": "130"}, occurred=clock)
    assert (found.fault, found.column) == (Fault.CLOCK, "When")


def test_a_spreadsheets_number_is_named_for_what_it_probably_is() -> None:
    found = fault({"When": "46347.5"})
    assert found.fault is Fault.DATE
    assert "probably a day as a spreadsheet counts it: 21 November 2026, 12:00" in found.reason
    assert '"excel serial"' in found.reason


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("46347.5", "2026-11-21T12:00"),
        ("46347,5", "2026-11-21T12:00"),
        ("46347.604166666664", "2026-11-21T14:30"),
        ("46347.999999999", "2026-11-22T00:00"),
        ("22/11/2026 21:30", "2026-11-22T21:30"),
    ],
)
def test_a_spreadsheets_number_is_read_where_the_mapping_says_so(text: str, moment: str) -> None:
    serial = {"columns": ["When"], "formats": ["%d/%m/%Y %H:%M", "excel serial"]}
    assert when(text, occurred=serial)[0] == datetime.fromisoformat(moment).replace(tzinfo=LONDON)


@pytest.mark.parametrize("text", ["60", "0", "1e5", "-46347", "2958465", "46347.5.1"])
def test_a_number_that_no_spreadsheet_writes_for_a_day_is_none(text: str) -> None:
    assert fault({"When": text}, occurred={"columns": ["When"], "formats": ["excel serial"]}).fault is Fault.DATE


def test_a_birth_may_be_a_spreadsheets_number() -> None:
    born = {"birth": {"columns": ["Born"], "formats": ["%d/%m/%Y", "excel serial"]}}
    assert read({"Born": "31170"}, victim=born).told.victim.birth == "1985-05-03"
    assert "3 May 1985" in fault({"Born": "31170"}).reason


@pytest.mark.parametrize("text", ["UNKNOWN", "n/k", "00/00/1985", "00/00/0000", "0000-00-00", "-", "nobody asked"])
def test_a_day_of_birth_that_nobody_knows_costs_no_row(text: str) -> None:
    """Unknown is not told, never refused: a report whose victim has no day of birth is a report all the same."""
    born = {"birth": {"columns": ["Born"], "formats": ["%d/%m/%Y"], "unknown": ["Nobody asked"]}}
    assert read({"Born": text}, victim=born).told.victim.birth == ""
    assert fault({"Born": "31/02/1985"}, victim=born).fault is Fault.DATE


@pytest.mark.parametrize("kind", ["xlsx", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22T21:30:00Z", "2026-11-22T21:30"),
        ("2026-11-22 21:30:00.250+01:00", "2026-11-22T20:30:00.250"),
        ("2026-07-01 21:30", "2026-07-01T20:30"),
    ],
)
def test_records_may_write_moments_in_iso_form_whatever_the_mapping_says(kind: str, text: str, utc: str) -> None:
    moment, _ = when(text, file={"kind": kind})
    assert moment is not None
    assert moment.astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_text_file_writes_moments_only_as_the_mapping_says() -> None:
    assert fault({"When": "2026-11-22T21:30:00Z"}).fault is Fault.DATE


@pytest.mark.parametrize("form", ["excel serial", "%d/%m/%Y %H:%M%z", "%Y-%m-%dT%H:%M:%S%z"])
def test_forms_with_offsets_and_spreadsheet_days_can_be_used(form: str) -> None:
    assert why_not_a_form(form) is None


def test_the_header_repeated_in_the_middle_waits() -> None:
    with pytest.raises(RowFault) as refusal:
        reader().read(7, HEADER)
    assert refusal.value.fault is Fault.HEADER


@pytest.mark.parametrize(
    ("name", "encoding", "said"),
    [
        ("ZoÃ«", "cp1252", "it means “Zoë”"),
        ("JosÃ©", "latin-1", "it means “José”"),
        ("Ann\udce9", "utf-8", "Byte 0xE9"),
        ("Ann\ud83d", "utf-8", "The half sign U+D83D"),
    ],
)
def test_a_row_in_another_encoding_than_its_neighbours_waits(name: str, encoding: str, said: str) -> None:
    found = fault({"Name": name}, file={"encoding": encoding})
    assert (found.fault, found.column) == (Fault.ENCODING, "Name")
    assert said in found.reason


@pytest.mark.parametrize("name", ["Zoë", "José Muñoz", "£5", "“quoted”", "Müller-Lüdenscheidt"])
def test_what_windows_wrote_as_such_is_read(name: str) -> None:
    assert read({"Name": name}, file={"encoding": "cp1252"}).told.victim.name == name


def test_a_column_that_may_be_absent_reads_as_empty() -> None:
    mapping = small(columns={"optional": ["Weapon"]})
    place = HEADER.index("Weapon")
    header, cells = (tuple(x for n, x in enumerate(whole) if n != place) for whole in (HEADER, row()))
    told = Reader(mapping, header, site="northmoor", at=NOW).read(2, cells).told
    assert told.weapon is None
