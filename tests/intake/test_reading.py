"""One row through a mapping: what it tells, and why it must wait."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.gateways.tables import Line
from fourfold.intake.mappings import read_mapping
from fourfold.intake.rules.feeds import Reader, ReadRow, RowFault
from fourfold.intake.rules.feeds.moments import clock_of
from fourfold.intake.rules.feeds.read_ahead import outcome
from fourfold.intake.rules.feeds.reading import LONGEST_CELL
from fourfold.intake.services.sorting import Seen, read_rows
from fourfold.intake.terms import Behaviour, CannotImport, Fault, PersonAsTold, RecordingClass
from tests.cast import NOW
from tests.intake.feeds import HEADER, row, small

LONDON = ZoneInfo("Europe/London")


def reader(header: tuple[str, ...] = HEADER, **changes: Any) -> Reader:
    """Return a reader of the small feed."""
    return Reader(small(**changes), header, site="northmoor", at=NOW)


def read(cells: dict[str, str] | None = None, **changes: Any) -> ReadRow:
    """Read one row of the small feed."""
    return reader(**changes).read(2, row(**(cells or {})))


def fault(cells: dict[str, str], **changes: Any) -> RowFault:
    """Read one row of the small feed that must wait, and return why."""
    with pytest.raises(RowFault) as refusal:
        read(cells, **changes)
    return refusal.value


def test_a_row_tells_what_its_columns_say() -> None:
    found = read()
    told = found.told
    assert (told.site, told.system, told.reference, told.channel) == ("northmoor", "small", "1", "feed")
    assert told.told_at == datetime(2026, 11, 23, 10, tzinfo=LONDON)
    assert told.occurred_from == datetime(2026, 11, 22, 21, 30, tzinfo=LONDON)
    assert told.time_known
    assert told.recorded_class is RecordingClass.MALICIOUS_COMMUNICATIONS
    assert told.class_as_recorded == "8R"
    assert told.behaviours == (Behaviour.CONTACTS,)
    assert told.words == "He texted her"
    assert told.victim == PersonAsTold(name="Anna Karlsen", birth="1985-05-03")
    assert told.original["Born"] == "03/05/1985", "what came is kept as it came"


@pytest.mark.parametrize(
    ("cells", "kind", "column", "said"),
    [
        ({"Ref": " "}, Fault.REQUIRED, "Ref", "is the reference, and it is empty"),
        ({"Told": ""}, Fault.REQUIRED, "Told", "says when it was told, and it is empty"),
        ({"Story": "", "Class": ""}, Fault.CODE, "Class", "does not know the code “”"),
        ({"Class": "9Z"}, Fault.CODE, "Class", "does not know the code “9Z”. Add it to the classes in the mapping"),
        (
            {"Told": "31/02/2026 10:00"},
            Fault.DATE,
            "Told",
            "no such date as “31/02/2026 10:00”. It is read in the form of 24/11",
        ),
        ({"Told": "yesterday"}, Fault.DATE, "Told", "no such date as “yesterday”"),
        ({"When": "22/11/2026 25:00"}, Fault.DATE, "When", "no such date"),
        ({"Told": "25/11/2026"}, Fault.FUTURE, "Told", "25 November 2026 is in the future"),
        ({"When": "24/11/2027 10:00"}, Fault.FUTURE, "When", "is in the future"),
        ({"When": "23/11/2026 10:00", "Told": "20/11/2026"}, Fault.DATE, "When", "is after it was told"),
        ({"Weapon": "maybe"}, Fault.CODE, "Weapon", "neither yes, no nor unknown"),
        ({"Born": "31/02/1985"}, Fault.DATE, "Born", "no such date"),
        ({"Born": "01/01/2030"}, Fault.FUTURE, "Born", "is in the future"),
        (
            {"Story": "x" * (LONGEST_CELL + 1)},
            Fault.TOO_LARGE,
            "Story",
            "has 100,001 characters. Shorten it to 100,000",
        ),
        ({"Name": "x" * 161}, Fault.TOO_LARGE, "Name", "160 characters or fewer"),
        ({"Ref": "x" * 81}, Fault.TOO_LARGE, "Ref", "80 characters or fewer"),
        ({"Story": "a\x00b"}, Fault.CHARACTER, "Story", "NUL"),
        ({"Story": "caf\udce9"}, Fault.ENCODING, "Story", "Byte 0xE9 in the cell is not utf-8"),
    ],
)
def test_a_row_that_must_wait_names_its_column(cells: dict[str, str], kind: Fault, column: str, said: str) -> None:
    why = fault(cells)
    assert (why.fault, why.column) == (kind, column)
    assert said in why.reason
    assert len(why.reason) <= 300


@pytest.mark.parametrize("cells", [row()[:-1], (*row(), "more"), ("only one",)])
def test_a_ragged_row_must_wait(cells: tuple[str, ...]) -> None:
    with pytest.raises(RowFault, match=f"The row has {len(cells)} cells, the header 9"):
        reader().read(2, cells)


@pytest.mark.parametrize(
    "words", ["=1+1", '=HYPERLINK("http://x")', "+44 7700", "-5", "@SUM(A1)", "\t=cmd", "«é»\n\r\n "]
)
def test_a_cell_is_text_whatever_it_begins_with(words: str) -> None:
    assert read({"Story": words}).told.words == words


def test_without_a_word_or_a_class_nothing_was_told() -> None:
    why = fault({"Story": " "}, **{"class": None})
    assert (why.fault, why.column) == (Fault.REQUIRED, "Story")


def test_the_default_takes_the_codes_that_nobody_mapped() -> None:
    told = read(
        {"Class": "9Z"}, **{"class": {"default": "99", "by": [{"columns": ["Class"], "codes": {"8Q": "8Q"}}]}}
    ).told
    assert told.recorded_class is RecordingClass.OTHER_CRIME


@pytest.mark.parametrize(
    ("code", "waits"),
    [
        ("cancelled – no crime", True),
        ("No crime", True),
        ("NO-CRIMED", True),
        ("Crime cancelled", True),
        ("Recorded in error", True),
        ("NON-CRIMINAL", False),
        ("Fraud by a cancelled cheque", False),
        ("no criminal damage", False),
        ("9Z", False),
    ],
)
def test_a_code_that_says_that_a_crime_was_taken_back_counts_as_no_default(code: str, waits: bool) -> None:
    by_code = {"default": "99", "by": [{"columns": ["Class"], "codes": {"8Q": "8Q"}}]}
    if not waits:
        assert read({"Class": code}, **{"class": by_code}).told.recorded_class is RecordingClass.OTHER_CRIME
        return
    why = fault({"Class": code}, **{"class": by_code})
    assert (why.fault, why.column) == (Fault.CODE, "Class")
    assert f"“{code}” reads as though the force takes the crime back" in why.reason
    by_code["by"] = [{"columns": ["Class"], "codes": {code: "99"}}]
    assert read({"Class": code}, **{"class": by_code}).told.recorded_class is RecordingClass.OTHER_CRIME


def test_tables_are_asked_in_their_order() -> None:
    tables = [{"columns": ["Class"], "codes": {"8Q": "8Q"}}, {"columns": ["Weapon", "Ex"], "codes": {"Y|N": "8N"}}]
    assert read({"Weapon": "Y", "Ex": "N"}, **{"class": {"by": tables}}).told.recorded_class is RecordingClass.ASSAULT


@pytest.mark.parametrize(
    ("cells", "weapon", "former_partner"),
    [
        ({"Weapon": "Y", "Ex": "Y"}, True, True),
        ({"Weapon": "N", "Ex": "N"}, False, None),
        ({"Weapon": "", "Ex": ""}, None, None),
    ],
)
def test_unknown_is_never_no(cells: dict[str, str], weapon: bool | None, former_partner: bool | None) -> None:
    told = read(cells).told
    assert (told.weapon, told.former_partner) == (weapon, former_partner)


def test_further_crimes_of_the_same_report_are_included_classes() -> None:
    included = {"columns": ["Ex"], "separator": ";"}
    assert read({"Ex": "8Q; T"}, included=included).told.included_classes == ("8Q", "49")
    assert read({"Ex": ""}, included=included).told.included_classes == ()
    why = fault({"Ex": "8Q;ZZ"}, included=included)
    assert (why.fault, why.column) == (Fault.CODE, "Ex")


def test_a_part_of_the_words_with_an_empty_column_is_left_out() -> None:
    words = {"parts": ["{Class}: {Story}", "With: {Weapon}"]}
    assert read(words=words).told.words == "8R: He texted her"
    assert read({"Weapon": "N"}, words=words).told.words == "8R: He texted her. With: N"


def test_runs_of_blanks_in_a_place_are_one() -> None:
    assert (
        read({"Name": "10200    SANTA MONICA        BL"}, place={"parts": ["{Name}"]}).told.place
        == "10200 SANTA MONICA BL"
    )


@pytest.mark.parametrize(
    ("when", "hour", "known"),
    [("22/11/2026 21:30", 21, True), ("22/11/2026 00:00", 0, False), ("", None, False)],
)
def test_midnight_may_mean_that_nobody_knows(when: str, hour: int | None, known: bool) -> None:
    told = read({"When": when}).told
    assert (told.occurred_from.hour if told.occurred_from else None) == hour
    assert told.time_known is known


def test_an_hour_that_says_nothing_is_not_read() -> None:
    told = read(
        {"When": "22/11/2026 21:30"},
        occurred={"columns": ["When"], "formats": ["%d/%m/%Y %H:%M"], "hour": "says nothing"},
    ).told
    assert told.occurred_from == datetime(2026, 11, 22, tzinfo=LONDON)
    assert not told.time_known


@pytest.mark.parametrize(
    ("digits", "clock"),
    [
        *(("2000", time(20)), ("905", time(9, 5)), ("100", time(1)), ("5", time(0, 5)), ("0", time(0))),
        *(("09:05", time(9, 5)), ("2360", None), ("2400", None), ("12000", None), ("noon", None), ("", None)),
        *(("-5", None), ("٣", None), ("14:05:00", time(14, 5)), ("14:05:0", None)),
    ],
)
def test_a_time_whose_zeros_are_lost_is_read(digits: str, clock: time | None) -> None:
    assert clock_of(digits) == clock


@given(st.times())
def test_every_minute_is_read_without_its_zeros(moment: time) -> None:
    assert clock_of(str(int(moment.strftime("%H%M")))) == moment.replace(second=0, microsecond=0)


TIMED = {
    "columns": ["When"],
    "formats": ["%d/%m/%Y"],
    "hour": "says nothing",
    "time_column": "Ex",
    "time_unknown": ["1", "1200"],
}


@pytest.mark.parametrize(
    ("clock", "hour", "known"), [("905", 9, True), ("1", 0, False), ("1200", 0, False), ("", 0, False)]
)
def test_a_time_column_says_the_hour_or_that_nobody_knows(clock: str, hour: int, known: bool) -> None:
    told = read({"When": "22/11/2026", "Ex": clock}, occurred=TIMED, former_partner=None).told
    assert told.occurred_from is not None
    assert (told.occurred_from.hour, told.time_known) == (hour, known)


def test_a_time_that_is_none_names_its_column() -> None:
    why = fault({"When": "22/11/2026", "Ex": "2561"}, occurred=TIMED, former_partner=None)
    assert (why.fault, why.column) == (Fault.DATE, "Ex")


def test_the_moment_is_that_of_the_feeds_own_clock() -> None:
    told = read({"When": "22/11/2026 21:30"}, timezone="America/Chicago").told
    assert told.occurred_from is not None
    assert told.occurred_from.utcoffset() == timedelta(hours=-6)


def test_a_reference_may_be_joined_from_columns() -> None:
    assert (
        read({"Ref": "0123", "Class": "8Q"}, reference={"columns": ["Class", "Ref"], "separator": "-"}).told.reference
        == "8Q-0123"
    )


def test_a_row_without_a_key_is_recognised_by_its_cells() -> None:
    one, same, other = (read({"Story": words}, reference=None) for words in ("a", "a", "b"))
    assert not one.keyed
    assert one.told.reference == same.told.reference != other.told.reference


def test_what_is_not_compared_changes_nothing() -> None:
    changed = {"columns": {"not_compared": ["Story"]}}
    assert read({"Story": "a"}, **changed).content == read({"Story": "b"}, **changed).content
    assert read({"Story": "a"}).content != read({"Story": "b"}).content
    assert read({"Story": "a"}, **changed).told.original["Story"] == "a", "it is kept all the same"


def test_what_is_ignored_is_neither_kept_nor_compared() -> None:
    changed = {"columns": {"ignore": ["Born"]}, "victim": {"name": "Name"}}
    assert "Born" not in read(**changed).told.original
    assert read({"Born": "x"}, **changed).content == read({"Born": "y"}, **changed).content


def test_the_order_of_the_columns_is_no_content() -> None:
    turned = tuple(reversed(HEADER))
    assert reader(turned).read(2, tuple(reversed(row()))).content == read().content


def test_cells_cannot_slide_into_their_neighbours() -> None:
    assert read({"Story": "a", "Name": "bc"}).content != read({"Story": "ab", "Name": "c"}).content


def test_a_missing_column_is_named_with_what_is_there() -> None:
    with pytest.raises(CannotImport) as refusal:
        reader(("Ref", "Told", "When", "Class", "Text"))
    said = str(refusal.value)
    assert "The column “Story” is not in the file." in said
    assert "The column “Weapon” is not in the file." in said
    assert "The columns are: Ref, Told, When, Class, Text." in said


def test_one_single_column_asks_after_the_delimiter() -> None:
    with pytest.raises(CannotImport, match="separated by a semicolon, and the mapping says otherwise"):
        reader(("Ref;Told;When",))


def test_a_column_that_stands_twice_is_refused() -> None:
    with pytest.raises(CannotImport, match="“Story” stands twice"):
        reader((*HEADER, "Story"))


def test_a_header_of_another_encoding_is_recognised() -> None:
    with pytest.raises(CannotImport, match="probably UTF-16"):
        reader(("R\x00e\x00f",))


def test_a_header_may_have_blanks_around_and_nameless_columns() -> None:
    found = reader((" Ref ", *HEADER[1:], "", "")).read(2, (*row(), "a", "b"))
    assert found.told.original["column 10"] == "a"


def test_what_changed_is_named_by_column() -> None:
    one, two = read({"Story": "a"}), read({"Story": "b", "Born": ""})
    changes = reader().changes(one.told.original, two.told.original)
    assert changes == {"Story": ["a", "b"], "Born": ["03/05/1985", ""]}


def lapd_row(**cells: str) -> ReadRow:
    """Read one invented report through the shipped mapping."""
    mapping = read_mapping(Path("lapd"))
    columns = tuple(mapping.used)
    usual = {
        "DR_NO": "1",
        "Date Rptd": "10/15/2020 0:00",
        "DATE OCC": "10/14/2020 0:00",
        "TIME OCC": "905",
        "Crm Cd": "763",
    }
    given = {**dict.fromkeys(columns, ""), **usual, **cells}
    return Reader(mapping, columns, site="x", at=NOW).read(2, tuple(given[name] for name in columns))


def test_the_reports_of_los_angeles_keep_told_and_happened_apart() -> None:
    told = lapd_row().told
    assert told.told_at.isoformat() == "2020-10-15T00:00:00-07:00"
    assert told.occurred_from is not None
    assert told.occurred_from.isoformat() == "2020-10-14T09:05:00-07:00"


@pytest.mark.parametrize(
    ("code", "weapon"), [("", None), ("500", None), ("400", False), ("511", False), ("200", True), ("102", True)]
)
def test_a_weapon_of_los_angeles_is_yes_no_or_unknown(code: str, weapon: bool | None) -> None:
    assert lapd_row(**{"Weapon Used Cd": code}).told.weapon is weapon


@given(st.lists(st.text(max_size=30), max_size=12))
def test_any_cells_are_read_or_wait(cells: list[str]) -> None:
    with suppress(RowFault):
        assert reader().read(2, cells).told.reference


def test_a_row_at_fault_that_another_process_found_does_not_hold_its_batch() -> None:
    """It was raised, and held all that was read with it until memory was looked through: four kilobytes a row of a feed."""
    reads = reader()
    lines = [Line(2, row()), Line(3, row("2", Told="31/02/2026 10:00"))]
    found = [outcome(reads, line.number, line.cells) for line in lines]
    with closing(Seen()) as seen:
        so_far, _ = read_rows(lines, reads, seen, iter(found))
    assert [held.number for held in so_far.held] == [3]
    assert [each.__traceback__ for each in found if isinstance(each, RowFault)] == [None]
