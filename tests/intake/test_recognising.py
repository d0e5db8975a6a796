"""Cars, accounts, former names and aliases in a drafted mapping: known by header and values, and what is unsure said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fourfold.intake.mapping_drafts import drafted
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.intake.terms import KnownKind
from tests.intake.feeds import feed, text_of

DRAFTED = {
    "Crime ref": "06/{n}",
    "Reported date": "23/11/2026 10:00",
    "HO class": "8Q",
    "Victim name": "Nora Quill",
    "Victim maiden name": "Dunmore",
    "Suspect name": "Dean Marlow",
    "Suspect VRM": "AB1{d} CDE",
    "Suspect 2 name": "Bo Hale",
    "Suspect 2 vehicle reg": "XY2{d} ZZZ",
    "Suspect Instagram": "@dean{n}",
    "AKA": "Ty Ash",
    "Previous surname": "Holm",
    "Username": "user{n}",
    "Platform": "TikTok",
    "Seen nearby": "P12{d} XYZ",
}


def draft_of(folder: Path, **columns: str) -> tuple[dict[str, Any], list[str]]:
    """Return the mapping and the doubts drafted for thirty rows of some columns; {n} and {d} count."""
    cells = DRAFTED if not columns else {**dict(list(DRAFTED.items())[:3]), **columns}
    rows = [[cell.format(n=n, d=n % 10) for cell in cells.values()] for n in range(30)]
    draft = drafted(feed(folder, text_of(rows, tuple(cells))))
    mapping_of(draft.document)
    assert toml_of(draft.document)
    return draft.document, draft.doubts


def test_a_draft_knows_them_by_header_and_values_and_says_of_what_it_is_unsure(tmp_path: Path) -> None:
    document, doubts = draft_of(tmp_path)
    assert document["victim"]["former_surname"] == ["Victim maiden name"]
    assert document["subject"]["vehicle"] == ["Suspect VRM", "Seen nearby"]
    assert document["subject"]["alias"] == ["AKA"]
    assert document["subject"]["account"] == [
        {"columns": ["Suspect Instagram"], "platform": "Instagram"},
        {"columns": ["Username"], "platform_column": "Platform"},
    ]
    assert document["person"] == [{"role": "subject", "name": ["Suspect 2 name"], "vehicle": ["Suspect 2 vehicle reg"]}]
    said = "\n".join(doubts)
    for name in ("AKA", "Previous surname", "Username", "Seen nearby"):
        assert f"“{name}” does not say whose it is" in said
    assert "“Seen nearby” holds registrations of cars by its values alone" in said
    assert "“Platform” is read as the platform of “Username”" in said
    assert "Suspect VRM" not in said


@pytest.mark.parametrize(
    ("name", "cell", "detail"),
    [
        *((name, "AB1{d} CDE", "vehicle") for name in ("VRM", "VRN", "Vehicle reg", "Index", "Registration", "Reg no")),
        *((name, "AB1{d} CDE", "vehicle") for name in ("Susp Veh Reg", "Number plate", "Vehicle registration number")),
        *((name, "dean_{n}", "account") for name in ("Instagram", "Snapchat username", "Handle", "Suspect account")),
        *((name, "Ty Ash", "alias") for name in ("Alias", "Suspect aliases", "A.K.A. (AKA)", "Former name")),
        *((name, "Holm", "former_surname") for name in ("Maiden name", "Previous surname", "Suspect former surname")),
        ("Index", "{n}", None),  # a row's number
        ("Vehicle make", "Ford", None),
        ("Vehicle", "Ford Focus", None),
        ("Registration date", "23/11/2026", None),
        ("Bank account", "12345{n}", None),
        ("Officer username", "dean_{n}", None),
        ("Previous address", "4 Mill Lane", None),
        ("Alias DOB", "01/02/1980", None),
        ("Alias forename", "Ty", None),
        ("Former partner", "Y", None),
    ],
)
def test_a_header_is_known_for_what_it_is(tmp_path: Path, name: str, cell: str, detail: str | None) -> None:
    document, _ = draft_of(tmp_path, **{name: cell})
    known = {key for part in ("victim", "subject") for key in document.get(part, {})} & set(KnownKind)
    assert known == ({detail} if detail else set())


def test_what_keeps_several_apart_is_found(tmp_path: Path) -> None:
    document, _ = draft_of(tmp_path, **{"Suspect VRM": "AB1{d} CDE / XY2{d} ZZZ", "Suspect alias": "Ty Ash; Bo Hale"})
    assert document["subject"] == {
        "vehicle": {"columns": ["Suspect VRM"], "separator": "/"},
        "alias": ["Suspect alias"],
    }


def test_a_draft_says_how_many_are_no_registration(tmp_path: Path) -> None:
    rows = [(f"06/{n}", "23/11/2026 10:00", "AB12 CDE" if n % 4 else "blue Ford") for n in range(40)]
    draft = drafted(feed(tmp_path, text_of(rows, ("Crime ref", "Reported date", "Suspect VRM"))))
    assert "25% of “Suspect VRM” is no registration; such cells are kept only as they came." in draft.doubts
