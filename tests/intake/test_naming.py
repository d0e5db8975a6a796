"""The words of a column's name: English, Welsh or short, they stand for the same."""

from __future__ import annotations

import pytest

from fourfold.intake.rules.feeds.column_names import bare_detail_of, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ffôn", {"phone"}),
        ("Dyddiad geni", {"dob"}),
        ("Enw’r dioddefwr", {"name", "victim"}),
        ("Y sawl a ddrwgdybir", {"suspect"}),
        ("Vic_FN", {"vic", "forename"}),
        ("SuspNm", {"susp", "name"}),
        ("Crm No", {"crm", "no"}),
        ("Dt Rep", {"dt", "reported"}),
        ("E-bost", {"email"}),
    ],
)
def test_welsh_and_short_words_stand_for_known_ones(name: str, words: set[str]) -> None:
    assert words <= words_of(name)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("Date of birth", "birth"),
        ("Rhif ffôn", "phone"),
        ("Surname", "name"),
        ("Person forename", "name"),
        ("Station name", None),
        ("Area name", None),
        ("Last updated", None),
        ("First", None),
        ("Crime number", None),
    ],
)
def test_a_detail_is_anybodys_only_where_nothing_else_is_named(name: str, detail: str | None) -> None:
    assert bare_detail_of(name) == detail
