"""Drafting from headers in Welsh, short ones, and ones that say nothing; and from rows that are a person each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fourfold.intake.mapping_drafts import checked
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.rules.feeds.roles import role_of, roles_among
from tests.cast import NOW
from tests.intake.feeds import feed, text_of
from tests.intake.test_drafting import draft_of

FORENAMES = ("Siân", "Anna", "Gwenllïan", "Zoë", "Carys", "Mair", "Beth")
SURNAMES = ("Llwyd", "O’Brien", "Karlsen", "Müller", "Fôn")


def values(kind: str, number: int) -> str:
    """Return a value of a kind, another for each number."""
    day = date(2025, 6, 1) + timedelta(days=number * 7)
    made = {
        "reference": f"GP/{1000 + number}/26",
        "told": f"{day + timedelta(days=2):%d/%m/%Y} 10:15",
        "day": f"{day:%d/%m/%Y}",
        "class": ("Stalking", "Harassment", "Criminal damage")[number % 3],
        "forename": FORENAMES[number % 7],
        "surname": SURNAMES[number % 5],
        "name": f"{FORENAMES[number % 7]} {SURNAMES[number % 5]}",
        "birth": f"{number % 28 + 1:02}/0{number % 9 + 1}/19{60 + number % 40}",
        "sex": "FM"[number % 2],
        "postcode": f"SA{number % 9 + 1} {number % 8 + 1}AB",
        "phone": f"07700 9{number:05}",
        "email": f"person{number}@example.org",
        "place": f"{number} Mill Lane",
        "story": f"He waited outside her work again, number {number}",
        "flag": "Ie",
        "badge": f"PC {1000 + number % 5} Rees",
    }
    return made[kind]


def table(header: dict[str, str], rows: int = 40) -> str:
    """Return a feed with these columns, each with values of its kind."""
    return text_of([[values(kind, number) for kind in header.values()] for number in range(rows)], list(header))


WELSH = {
    "Cyfeirnod": "reference",
    "Dyddiad": "told",
    "Trosedd": "class",
    "Dioddefwr": "flag",
    "Enw": "forename",
    "Cyfenw": "surname",
    "Dyddiad geni": "birth",
    "Cod post": "postcode",
    "Ffôn": "phone",
}
SHORT = {
    "Crm No": "reference",
    "Dt Rep": "told",
    "Off Desc": "class",
    "Vic_FN": "forename",
    "Vic_SN": "surname",
    "Vic DOB": "birth",
    "PC": "postcode",
    "Susp Nm": "name",
    "Susp Mob": "phone",
    "Summ": "story",
}
WORDLESS = {
    "Col1": "reference",
    "Col2": "day",
    "Col3": "told",
    "Col4": "class",
    "Col5": "postcode",
    "Col6": "phone",
    "Col7": "email",
    "Col8": "birth",
    "Col9": "story",
}


def test_a_header_in_welsh_is_understood(tmp_path: Path) -> None:
    path = feed(tmp_path, table(WELSH))
    document, doubts = draft_of(path)
    assert document["reference"] == {"columns": ["Cyfeirnod"]}
    assert document["told"] == {"columns": ["Dyddiad"], "formats": ["%d/%m/%Y %H:%M"]}
    assert document["class"]["as_recorded"] == ["Trosedd"]
    assert document["victim"] == {
        "name": ["Enw", "Cyfenw"],
        "address": ["Cod post"],
        "phone": ["Ffôn"],
        "birth": {"columns": ["Dyddiad geni"], "formats": ["%d/%m/%Y"]},
    }
    assert "Nothing says whose these are" in doubts
    assert "Enw: the victim’s" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 40


def test_words_with_the_person_in_welsh_are_that_persons(tmp_path: Path) -> None:
    header = {
        "Rhif y drosedd": "reference",
        "Dyddiad adrodd": "told",
        "Dyddiad y drosedd": "day",
        "Enw'r dioddefwr": "name",
        "E-bost y dioddefwr": "email",
        "Rhyw’r dioddefwr": "sex",
        "Enw’r sawl a ddrwgdybir": "name",
        "Dyddiad geni’r sawl a ddrwgdybir": "birth",
        "Lleoliad": "place",
        "Crynodeb": "story",
    }
    document, doubts = draft_of(feed(tmp_path, table(header)))
    assert document["reference"] == {"columns": ["Rhif y drosedd"]}
    assert (document["told"]["columns"], document["occurred"]["columns"]) == (["Dyddiad adrodd"], ["Dyddiad y drosedd"])
    assert (document["victim"]["name"], document["victim"]["email"]) == (["Enw'r dioddefwr"], ["E-bost y dioddefwr"])
    assert document["victim"]["sex"]["columns"] == ["Rhyw’r dioddefwr"]
    assert document["subject"]["name"] == ["Enw’r sawl a ddrwgdybir"]
    assert document["subject"]["birth"]["columns"] == ["Dyddiad geni’r sawl a ddrwgdybir"]
    assert (document["place"], document["words"]["parts"]) == ({"parts": ["{Lleoliad}"]}, ["{Crynodeb}"])
    assert "Nothing says whose" not in doubts


def test_a_header_of_short_words_is_understood(tmp_path: Path) -> None:
    path = feed(tmp_path, table(SHORT))
    document, doubts = draft_of(path)
    assert document["reference"] == {"columns": ["Crm No"]}
    assert document["told"]["columns"] == ["Dt Rep"]
    assert document["class"]["by"][0]["columns"] == ["Off Desc"]
    assert (document["victim"]["name"], document["victim"]["address"]) == (["Vic_FN", "Vic_SN"], ["PC"])
    assert (document["subject"]["name"], document["subject"]["phone"]) == (["Susp Nm"], ["Susp Mob"])
    assert document["words"]["parts"] == ["{Summ}"]
    assert "PC: the victim’s" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 40


@pytest.mark.parametrize(
    ("column", "kind", "read"), [("PC", "postcode", True), ("PC", "badge", False), ("Officer name", "name", False)]
)
def test_a_constable_is_no_postcode_and_an_officer_no_victim(
    tmp_path: Path, column: str, kind: str, read: bool
) -> None:
    header = {"Ref": "reference", "Reported": "told", "Victim name": "name", column: kind}
    assert (column in str(draft_of(feed(tmp_path, table(header)))[0]["victim"])) is read


def test_values_say_what_a_header_does_not(tmp_path: Path) -> None:
    path = feed(tmp_path, table(WORDLESS))
    document, doubts = draft_of(path)
    assert document["reference"] == {"columns": ["Col1"]}
    assert (document["occurred"]["columns"], document["told"]["columns"]) == (["Col2"], ["Col3"])
    assert document["class"]["as_recorded"] == ["Col4"]
    assert document["victim"] == {
        "address": ["Col5"],
        "phone": ["Col6"],
        "email": ["Col7"],
        "birth": {"columns": ["Col8"], "formats": ["%d/%m/%Y"]},
    }
    assert document["words"]["parts"] == ["{Col9}"]
    for said in (
        "“Col1” is taken for the reference from its values alone",
        "“Col3” has the later dates",
        "Col5 (address), Col6 (phone), Col7 (email), Col8 (birth)",
        "“Col4” is taken for the class from its values",
    ):
        assert said in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 40


def test_columns_without_any_name_are_drafted_by_their_place(tmp_path: Path) -> None:
    header = ["", "", "", ""]
    rows = [[values(kind, number) for kind in ("reference", "told", "class", "phone")] for number in range(40)]
    document, _ = draft_of(feed(tmp_path, text_of(rows, ["Ref", *header[1:]])))
    assert (document["told"]["columns"], document["victim"]["phone"]) == (["column 2"], ["column 4"])


def test_names_without_a_word_of_whose_are_a_doubt_and_nobodys(tmp_path: Path) -> None:
    header = {"Ref": "reference", "Reported": "told", "Offence": "class", "Field 7": "name"}
    document, doubts = draft_of(feed(tmp_path, table(header)))
    assert "victim" not in document
    assert "“Field 7” looks like names of people, and nothing says whose" in doubts


def test_a_person_alone_is_a_name_where_the_values_are_names(tmp_path: Path) -> None:
    header = {"Ref": "reference", "Reported": "told", "Aggrieved": "name", "Offender": "name", "Offence": "class"}
    document, _ = draft_of(feed(tmp_path, table(header)))
    assert (document["victim"]["name"], document["subject"]["name"]) == (["Aggrieved"], ["Offender"])


def test_an_address_behind_a_place_is_the_places(tmp_path: Path) -> None:
    header = {"Ref": "reference", "Reported": "told", "Victim name": "name", "Scene": "place", "Postcode": "postcode"}
    document, _ = draft_of(feed(tmp_path, table(header)))
    assert document["place"] == {"parts": ["{Scene}", "{Postcode}"]}
    assert "address" not in document["victim"]


# ---- a row for each person


def people(roles: Sequence[str], header: dict[str, str], crimes: int = 20) -> str:
    """Return rows of crimes, one for each role; the columns of the crime are the same in all of these."""
    of_crime = {"reference", "told", "day", "class", "story", "place"}
    rows = []
    for crime in range(crimes):
        for number, role in enumerate(roles):
            who = crime * len(roles) + number
            rows.append(
                [
                    role if kind == "role" else f"P{who:06}" if kind == "nominal" else values(kind, at)
                    for kind in header.values()
                    for at in (crime if kind in of_crime else who,)
                ]
            )
    return text_of(rows, list(header))


ROLES = {
    "Occ No": "reference",
    "Date recorded": "told",
    "Offence": "class",
    "Inv": "role",
    "Person ID": "nominal",
    "Forename": "forename",
    "Surname": "surname",
    "DOB": "birth",
    "Sex": "sex",
    "Mobile": "phone",
}


@pytest.mark.parametrize(
    ("roles", "victim", "subject", "other"),
    [
        (("Victim", "Suspect", "Witness"), ["Victim"], ["Suspect"], ["Witness"]),
        (("VIC", "SUS"), ["VIC"], ["SUS"], None),
        (("IP", "Off", "RP"), ["IP"], ["Off"], ["RP"]),
        (("AP", "Susp"), ["AP"], ["Susp"], None),
        (("Dioddefwr", "Y sawl a ddrwgdybir", "Tyst"), ["Dioddefwr"], ["Y sawl a ddrwgdybir"], ["Tyst"]),
        (("V", "S"), ["V"], ["S"], None),
    ],
)
def test_rows_of_people_are_drafted_as_such(
    tmp_path: Path, roles: tuple[str, ...], victim: list[str], subject: list[str], other: list[str] | None
) -> None:
    path = feed(tmp_path, people(roles, ROLES))
    document, doubts = draft_of(path)
    assert document["rows"] == "one for each person"
    assert document["reference"] == {"columns": ["Occ No"]}
    (person,) = document["person"]
    said: dict[str, Any] = {"column": "Inv", "victim": victim, "subject": subject}
    assert person["role"] == (said if other is None else {**said, "other": other})
    assert (person["name"], person["birth"]["columns"]) == (["Forename", "Surname"], ["DOB"])
    assert "victim" not in document
    assert document["columns"]["not_compared"] == ["Person ID"]
    assert "“Inv” is read as the role of the row’s person" in doubts
    found = checked(path, mapping_of(document), at=NOW)
    assert (found.accepted, found.held.total()) == (20 * len(roles), 0)


def test_roles_that_are_counted_are_counted_on(tmp_path: Path) -> None:
    path = feed(tmp_path, people(("V1", "V2", "S1"), ROLES))
    document, doubts = draft_of(path)
    assert document["person"][0]["role"]["victim"] == [f"V{number}" for number in range(1, 10)]
    assert "(victim: V1, V2; subject: S1)" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 60


def test_a_role_that_nobody_knows_is_said(tmp_path: Path) -> None:
    header = {**ROLES, "Role": "role"}
    del header["Inv"]
    _, doubts = draft_of(feed(tmp_path, people(("Victim", "Suspect", "Cyclist"), header)))
    assert "Rows with these roles in “Role” will wait until they are mapped: Cyclist" in doubts


def test_two_people_in_a_row_of_several_are_both_read(tmp_path: Path) -> None:
    """A victim's and a suspect's columns, and a row for each pair of them."""
    header = {"Ref": "reference", "Reported": "told", "Offence": "class", "Victim name": "name", "Suspect name": "name"}
    path = feed(tmp_path, people(("1", "2"), header))
    document, doubts = draft_of(path)
    assert document["rows"] == "one for each person"
    assert "20 rows repeat a reference of “Ref”, and differ in their people" in doubts
    assert checked(path, mapping_of(document), at=NOW).accepted == 40


def test_a_few_references_that_come_again_are_no_rows_of_people(tmp_path: Path) -> None:
    header = {
        "Ref": "reference",
        "Reported": "told",
        "Offence": "class",
        "Victim name": "name",
        "Suspect 2 name": "name",
    }
    again = [values(kind, at) for kind, at in zip(header.values(), (1, 1, 1, 2, 2), strict=True)]
    document, doubts = draft_of(feed(tmp_path, table(header) + text_of([], again)))
    assert "rows" not in document
    assert "1 rows repeat one" in doubts


def test_rows_that_differ_in_the_crime_are_no_rows_of_people(tmp_path: Path) -> None:
    header = {"Ref": "reference", "Reported": "told", "Offence": "class", "Victim name": "name"}
    rows = [[values("reference", 1), *(values(kind, number) for kind in [*header.values()][1:])] for number in range(9)]
    document, doubts = draft_of(feed(tmp_path, text_of(rows, list(header))))
    assert "rows" not in document
    assert "If each row is one person of a crime, say rows" in doubts


# ---- words


@pytest.mark.parametrize(
    ("said", "role"),
    [
        *[(said, "victim") for said in ("V", "v2", "VIC", "Victim (1)", "IP", "injured party", "AP", "Dioddefydd")],
        *[(said, "subject") for said in ("S", "S1", "SUS 2", "Offender", "Y sawl a ddrwgdybir", "Troseddwr")],
        *[(said, "other") for said in ("W", "Witness 3", "Tyst", "Third party", "RP")],
        *[(said, None) for said in ("", "M", "Cyclist", "1", "Victim/Suspect")],
    ],
)
def test_a_role_is_known_however_it_is_written(said: str, role: str | None) -> None:
    assert role_of(said) == role


def test_a_word_is_in_one_role_alone() -> None:
    found = [word for words in roles_among(("V1", "S1", "W1", "Victim")).values() for word in words]
    assert len(found) == len(set(found)) == 28
