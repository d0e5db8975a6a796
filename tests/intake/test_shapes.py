"""Feeds as clerks of other forces export them, drafted and checked: each in a shape of its own."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from fourfold.gateways.tables import Line, Trouble
from fourfold.intake import services
from fourfold.intake.feed_files import filled_from_above
from fourfold.intake.mapping_drafts import checked, sentences
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.terms import CannotImport
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, small, text_of
from tests.intake.test_drafting import draft_of
from tests.intake.test_proposing import people, table, values

#: An extract of a niche system: a title in cells, a row for each person, roles counted behind a blank, parts of names.
EXTRACT = {
    "OccurrenceFileNo": "reference",
    "ReportedDateTime": "told",
    "OccurredFrom": "day",
    "OffenceClassification": "class",
    "InvolvementType": "role",
    "EntityID": "nominal",
    "FamilyName": "surname",
    "GivenName1": "forename",
    "DateOfBirth": "birth",
    "ContactNo": "phone",
    "EmailAddr": "email",
    "MOText": "story",
}
WELSH = {
    "Rhif trosedd": "reference",
    "Dyddiad cofnodi": "told",
    "Dyddiad digwyddiad": "day",
    "Enw cyntaf y dioddefwr": "forename",
    "Cyfenw'r dioddefwr": "surname",
    "D.G. dioddefwr": "birth",
    "Rhif ffôn y dioddefwr": "phone",
    "Enw llawn y sawl a ddrwgdybir": "name",
    "Lleoliad": "place",
    "Crynodeb o'r digwyddiad": "story",
}
CAPITALS = {
    "OCC_NO": "reference",
    "RPT_DT": "told",
    "OFF_TTL": "class",
    "AGG_SNM": "surname",
    "AGG_FNM": "forename",
    "AGG_DOB": "birth",
    "AGG_PCD": "postcode",
    "SUS1_SNM": "surname",
    "SUS1_FNM": "forename",
    "SUS2_SNM": "surname",
    "SUS2_FNM": "forename",
    "OIC_NM": "name",
    "LOC_ADD": "place",
    "LOC_PCD": "postcode",
    "MO_TXT": "story",
}
LETTERS = {
    "URN": "reference",
    "Date Rec'd": "told",
    "Crime Class": "class",
    "V1 Name": "name",
    "V1 DOB": "birth",
    "V2 Name": "name",
    "S1 Name": "name",
    "S1 D.O.B.": "birth",
    "S1 Rel to V1": "flag",
    "W1 Name": "name",
    "Brief circs": "story",
}


def test_an_extract_of_people_below_a_title(tmp_path: Path) -> None:
    text = people(("VIC 1", "SUS 1", "WIT 1"), EXTRACT).replace(",", "|")
    path = feed(tmp_path, "Extract: persons_v3|Generated: 2026-11-20|User: JSMITH\n" + text)
    document, _ = draft_of(path)
    (person,) = document["person"]
    assert person["name"] == ["GivenName1", "FamilyName"], "as a name is said, and not as the file has it"
    assert (person["phone"], person["email"]) == (["ContactNo"], ["EmailAddr"])
    assert "victim" not in document
    assert document["columns"]["not_compared"] == ["EntityID"]
    found = checked(path, mapping_of(document), at=NOW)
    assert (found.accepted, found.header_row) == (60, 2)


def test_two_forenames_are_one_persons(tmp_path: Path) -> None:
    header = {**EXTRACT, "GivenName2": "forename"}
    (person,) = draft_of(feed(tmp_path, people(("V", "S"), header)))[0]["person"]
    assert person["name"] == ["GivenName1", "GivenName2", "FamilyName"]


def test_a_welsh_force_in_tabs_and_utf16(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    rows = csv.reader(table(WELSH).splitlines())
    with path.open("w", encoding="utf-16", newline="") as file:
        file.write("Adroddiad stelcian Tachwedd 2025\n\n")
        csv.writer(file, delimiter="\t").writerows(rows)
    document, _ = draft_of(path)
    assert document["file"] == {"kind": "csv", "encoding": "utf-16", "delimiter": "\t"}
    assert document["victim"]["birth"]["columns"] == ["D.G. dioddefwr"]
    assert document["victim"]["name"] == ["Enw cyntaf y dioddefwr", "Cyfenw'r dioddefwr"]
    assert document["subject"]["name"] == ["Enw llawn y sawl a ddrwgdybir"]
    assert checked(path, mapping_of(document), at=NOW).accepted == 40


@pytest.mark.parametrize(
    ("said", "code"),
    [("Stelcian", "8Q"), ("Aflonyddu", "8L"), ("Difrod troseddol", "58"), ("MAL COMMS", "8R"), ("CRIM DAM", "58")],
)
def test_classes_in_welsh_and_short_are_read(tmp_path: Path, said: str, code: str) -> None:
    rows = [(f"R{number:04}", "23/11/2026", said) for number in range(20)]
    document, doubts = draft_of(feed(tmp_path, text_of(rows, ("Ref", "Told", "Trosedd"))))
    assert document["class"]["by"][0]["codes"] == {said: code}
    assert f"from their wording, to be checked: “{said}”" in doubts


def test_short_words_in_capitals(tmp_path: Path) -> None:
    document, _ = draft_of(feed(tmp_path, table(CAPITALS)))
    assert (document["victim"]["name"], document["victim"]["address"]) == (["AGG_FNM", "AGG_SNM"], ["AGG_PCD"])
    assert document["subject"]["name"] == ["SUS1_FNM", "SUS1_SNM"]
    assert [one["name"] for one in document["person"]] == [["SUS2_FNM", "SUS2_SNM"]]
    assert document["place"]["parts"] == ["{LOC_ADD}", "{LOC_PCD}"]
    assert "OIC_NM" not in str(document)


def test_people_by_letter_and_number_in_one_row(tmp_path: Path) -> None:
    """“S1” is the first suspect: its name was drafted as the victim's."""
    document, _ = draft_of(feed(tmp_path, table(LETTERS)))
    assert (document["victim"]["name"], document["subject"]["name"]) == (["V1 Name"], ["S1 Name"])
    assert document["subject"]["birth"]["columns"] == ["S1 D.O.B."]
    assert document["subject"]["relationship"] == ["S1 Rel to V1"]
    assert document["person"] == [{"role": "victim", "name": ["V2 Name"]}]
    assert "W1 Name" not in str(document)


def test_numbers_that_are_days_and_columns_that_say_nothing(tmp_path: Path) -> None:
    rows = [
        [
            f"A{n:06}",
            f"{45800 + n}.25",
            f"{45801 + n}",
            ("8Q", "8L")[n % 2],
            values("birth", n),
            "FM"[n % 2],
            values("email", n),
        ]
        for n in range(40)
    ]
    path = feed(tmp_path, text_of(rows, [f"Field{number}" for number in range(1, 8)]))
    document, doubts = draft_of(path)
    assert document["told"] == {"columns": ["Field3"], "formats": ["excel serial"]}
    assert document["occurred"]["columns"] == ["Field2"]
    assert (document["victim"]["sex"]["columns"], document["victim"]["email"]) == (["Field6"], ["Field7"])
    assert "person" not in document, "a number of a column counts no people"
    assert "“Field2” holds numbers that are days of these years" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 40


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_a_whole_file_of_an_old_system_is_read_in_its_letters(tmp_path: Path, encoding: str) -> None:
    names, others = ("Siân", "José", "Zoë", "Renée"), ("Muñoz", "Müller", "Jones", "Björk", "Fôn")
    rows = [(f"DP{n:05}/26", "23/11/2026", "Stelcian", f"{names[n % 4]} {others[n % 5]}") for n in range(40)]
    text = text_of([*rows, ("Cyfanswm: 40", "", "", "")], ("Cyf.", "Dyd. adrodd", "Math o drosedd", "Dioddefwr"))
    path = feed(tmp_path, text.encode(encoding))
    document, doubts = draft_of(path)
    assert document["file"]["encoding"] == encoding
    assert f"The encoding is a guess ({encoding})" in doubts
    assert document["victim"]["name"] == ["Dioddefwr"]
    found = checked(path, mapping_of(document), at=NOW)
    assert (found.accepted, dict(found.held)) == (40, {"required cell is empty": 1}), "a sum below the rows waits"


def test_people_in_a_list_of_a_record(tmp_path: Path) -> None:
    records = [
        {
            "crime": {"ref": f"CJ{n:05}", "recorded_at": "2026-11-20T10:00:00+00:00", "offence_code": "8Q"},
            "people": [
                {"role": "VICTIM", "forename": "Anna", "surname": "Holt", "contact": {"phone": values("phone", n)}},
                {"role": "SUSPECT", "forename": "Bo", "surname": "Dahl"},
            ],
        }
        for n in range(20)
    ]
    path = feed(tmp_path, "\n".join(map(json.dumps, records)), "feed.jsonl")
    document, _ = draft_of(path)
    first, second = document["person"]
    assert first["role"] == {"column": "people.1.role", "victim": ["VICTIM"], "subject": ["SUSPECT"]}
    assert first["phone"] == ["people.1.contact.phone"]
    assert (second["role"]["column"], second["name"]) == ("people.2.role", ["people.2.forename", "people.2.surname"])
    assert "rows" not in document
    assert checked(path, mapping_of(document), at=NOW).accepted == 20


def test_people_in_a_row_each_with_a_role(tmp_path: Path) -> None:
    names = ("Person1_Role", "Person1_Name", "Person2_Role", "Person2_Name", "Person2_Relationship")
    header = ("CrimeNumber", "DateReported", *names)
    roles = ("Complainant", "Suspect")
    rows = [(f"C{n:04}", "23/11/2026", roles[n % 2], "Anna Holt", roles[1 - n % 2], "Bo Dahl", "Ex") for n in range(20)]
    document, _ = draft_of(feed(tmp_path, text_of(rows, header)))
    assert [one["name"] for one in document["person"]] == [["Person1_Name"], ["Person2_Name"]]
    assert document["person"][1]["relationship"] == ["Person2_Relationship"]
    assert document["person"][1]["role"] == {"column": "Person2_Role", "victim": [roles[0]], "subject": [roles[1]]}


def test_a_row_for_each_person_with_answers_for_roles(tmp_path: Path) -> None:
    header = ("IncidentID", "Logged", "Category", "Nominal name", "Victim?", "Offender?")
    rows = [
        (f"{n:07}", "23/11/2026 10:00", "Stalking", f"{who} {n} Holt", *answers)
        for n in range(20)
        for who, answers in (("Anna", "YN"), ("Bo", "NY"))
    ]
    path = feed(tmp_path, text_of(rows, header))
    document, doubts = draft_of(path)
    assert [one["role"] for one in document["person"]] == [
        {"column": "Victim?", "victim": ["Y"], "other": ["N"]},
        {"column": "Offender?", "subject": ["Y"], "other": ["N"]},
    ]
    assert document["rows"] == "one for each person"
    assert "“Victim?” is read as whether the row’s person is the victim" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 40


def test_a_nominal_without_a_role_is_a_doubt(tmp_path: Path) -> None:
    header = {"Ref": "reference", "Reported": "told", "Nominal name": "name"}
    assert "is a nominal the suspect in that system" in draft_of(feed(tmp_path, table(header)))[1]


def test_names_in_two_rows_are_refused_in_words(tmp_path: Path) -> None:
    rows = [
        ("Ref", "Reported", "Name", "DOB", "Name", "DOB"),
        ("J1", "23/11/2026", "Anna", "1/2/1990", "Bo", "1/2/1980"),
    ]
    path = feed(tmp_path, text_of(rows, ("Crime", "", "Victim", "", "Suspect", "")))
    with pytest.raises(CannotImport, match="Rows 1 and 2 name the columns together, such as “Victim” above “Name”"):
        draft_of(path)


# ---- people below their crime

GROUPED = {"from_above": ["Ref", "Told", "Class", "Story"]}
HEADER = ("Ref", "Told", "Class", "Story", "Role", "Name")


def grouped(crimes: int = 20) -> list[tuple[str, ...]]:
    """Return rows of a tracker: a crime's own cells stand in the first row of its people alone."""
    return [
        (*((f"CR/{n:04}/26", "23/11/2026", "8Q", "He wrote") if first else ("", "", "", "")), role, f"{role} {n} Holt")
        for n in range(crimes)
        for first, role in ((True, "Victim"), (False, "Suspect"))
    ]


def by_person(**changes: Any) -> Any:
    """Return the mapping of such a tracker."""
    role = {"column": "Role", "victim": ["Victim"], "subject": ["Suspect"]}
    left_out = dict.fromkeys(("occurred", "weapon", "former_partner", "victim"))
    document = {"rows": "one for each person", "person": [{"role": role, "name": "Name"}], "columns": GROUPED}
    return small(**left_out, **{**document, **changes})


def test_a_workbook_with_people_below_their_crime_is_drafted(tmp_path: Path) -> None:
    book = Workbook()
    for cells in (("Stalking tracker",), HEADER, *grouped()):
        book.active.append([cell or None for cell in cells])
    path = tmp_path / "tracker.xlsx"
    book.save(path)
    document, doubts = draft_of(path)
    assert document["columns"] == {"from_above": ["Ref", "Told", "Class", "Story"]}
    assert "Ref, Told, Class, Story are filled in 20 of 40 rows only" in doubts
    found = checked(path, mapping_of(document), at=NOW)
    assert (found.accepted, found.held.total()) == (40, 0)
    assert "20 in “Ref”: empty, and taken from the row above" in "\n".join(sentences(found))


def test_a_tracker_is_imported_as_the_crimes_it_tells(cast: Cast, tmp_path: Path) -> None:
    mapping = by_person()
    path = feed(tmp_path, text_of(grouped(), HEADER))
    totals = services.import_file(actor=cast.analyst, path=path, mapping=mapping, site="northmoor", at=NOW)
    assert (totals.read, totals.accepted, totals.quarantined) == (40, 40, 0)
    again = services.import_file(actor=cast.analyst, path=path, mapping=mapping, site="northmoor", at=NOW)
    assert (again.accepted, again.duplicates) == (0, 40)


def lines(*rows: Sequence[str] | Trouble) -> list[Line]:
    """Return lines below a header of two columns."""
    header = Line(1, ("Ref", "Name"))
    made = [
        Line(number, ("x",), row) if isinstance(row, Trouble) else Line(number, tuple(row))
        for number, row in enumerate(rows, start=2)
    ]
    return [header, *made]


@pytest.mark.parametrize(
    ("rows", "refs"),
    [
        ((("1", "a"), ("", "b"), ("2", "c"), (" ", "d")), ["1", "1", "2", "2"]),
        ((("", "a"), ("1", "b")), ["", "1"]),
        ((("1", "a"), Trouble.UNCLOSED, ("", "b"), ("2", "c")), ["1", "x", "", "2"]),
        ((("1", "a"), (), ("", "b")), ["1", None, ""]),
    ],
)
def test_only_what_surely_belongs_to_the_crime_above_is_filled(rows: Any, refs: list[str | None]) -> None:
    found = list(filled_from_above(iter(lines(*rows)), ("Ref",)))[1:]
    assert [line.cells[0] if line.cells else None for line in found] == refs
    assert [line.from_above for line in found] == [
        before != after
        for before, after in zip((line.cells for line in lines(*rows)[1:]), (one.cells for one in found), strict=True)
    ]


def test_a_column_to_be_filled_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match=r"The column “Crime” is not in the file"):
        checked(feed(tmp_path, text_of(grouped(), HEADER)), by_person(columns={"from_above": ["Crime"]}), at=NOW)


def test_a_row_that_fills_some_of_them_is_a_crime_of_its_own(tmp_path: Path) -> None:
    rows = [*grouped(1), ("", "24/11/2026", "", "", "Victim", "Ann Voss")]
    found = checked(feed(tmp_path, text_of(rows, HEADER)), by_person(), at=NOW)
    assert (found.accepted, dict(found.held)) == (2, {"required cell is empty": 1})
