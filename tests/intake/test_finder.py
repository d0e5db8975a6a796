"""Patterns that are asked of a word by its first letter find what each of them finds by itself."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.intake.rules.word_patterns import BEHAVIOURS, DANGERS, Finder, alternatives, first_letters

KINDS = {str(kind): patterns for kind, patterns in (*BEHAVIOURS.items(), *DANGERS.items())}
FINDER = Finder(KINDS.items())
WORDS = sorted({word for patterns in KINDS.values() for one in patterns for word in re.findall(r"[a-z’'-]+", one)})


def one_by_one(kind: str, text: str) -> list[tuple[int, int]]:
    """Return where a kind's patterns stand, found by all of them as one pattern."""
    whole = re.compile(rf"\b(?:{'|'.join(KINDS[kind])})\b".replace(" ", r"(?:\s+)"))
    return [found.span() for found in whole.finditer(text)]


@given(st.lists(st.sampled_from([*WORDS, "not", "the", "her", ",", ".", "\n", "…"]), max_size=25).map(" ".join))
def test_it_finds_what_each_pattern_finds(text: str) -> None:
    found: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}
    for kind, match in FINDER.found(text):
        found[kind].append(match.span())
    assert found == {kind: one_by_one(kind, text) for kind in KINDS}


@pytest.mark.parametrize(
    ("pattern", "parts", "letters"),
    [
        ("follow(?:s|ed)?", ["follow(?:s|ed)?"], "f"),
        ("gps|air ?tags?", ["gps", "air ?tags?"], "ga"),
        ("(?:tail|chas(?:e|ing)) her", ["(?:tail|chas(?:e|ing)) her"], "tc"),
        ("(?:his|her)? own", ["(?:his|her)? own"], "h "),
        ("(?<!as )e-?mail", ["(?<!as )e-?mail"], "e"),
        ("[ck]ill", ["[ck]ill"], "ck"),
        ("x?yes", ["x?yes"], "xy"),
        ("(?:|un)safe", ["(?:|un)safe"], "us"),
    ],
)
def test_with_which_letters_a_pattern_may_begin(pattern: str, parts: list[str], letters: str) -> None:
    assert alternatives(pattern) == parts
    if " " in letters:  # behind what may be left out stands a blank, and no word begins with one
        with pytest.raises(ValueError, match="say with which letter"):
            first_letters(pattern)
    else:
        assert set().union(*(first_letters(each) for each in parts)) == set(letters)


@pytest.mark.parametrize("pattern", [r"\w+ her", "[^a]b", "[a-z]b", ".x", "(?:a"])
def test_a_pattern_that_may_begin_with_anything_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"say with which|never closed"):
        first_letters(pattern)
