"""What our code composed is said in the language of the page; what somebody typed is shown as typed."""

from __future__ import annotations

import pickle
from datetime import date
from types import MappingProxyType

import pytest

from fourfold.web.translation import word
from fourfold.words import Sentence, Word, counted, day_said, named, opening, sentence, together, words


def bracketed(text: str) -> str:
    return f"⟦{text}⟧"


def said(value: object) -> str:
    """Say a value as a page in a language that only puts brackets around each text of ours."""
    return str(word(value, bracketed))


def test_a_sentence_is_its_english_and_is_said_with_its_values_inside() -> None:
    level, typed = Word("high"), "Level"
    made = sentence("{1} after {2}, says {3}", level, counted(1204, "hour"), typed)
    assert made == "high after 1,204 hours, says Level"
    assert said(made) == "⟦⟦high⟧ after ⟦1,204 hours⟧, says Level⟧"
    assert pickle.loads(pickle.dumps(made)) == made
    assert isinstance(pickle.loads(pickle.dumps(made)), Sentence)


def test_a_translation_may_turn_the_places_round_and_may_not_lose_one() -> None:
    made = sentence("{1} of {2}", 3, 4)
    assert str(word(made, {"{1} of {2}": "o {2}, {1}"}.get)) == "o 4, 3"  # type: ignore[arg-type]
    assert str(word(made, {"{1} of {2}": "o {1}"}.get)) == "3 of 4"  # type: ignore[arg-type]


def test_a_value_with_braces_is_a_value() -> None:
    assert sentence("Called {1} and {2}", "{2}", "x") == "Called {2} and x"


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        (Word("a Victim Personal Statement"), "⟦A Victim Personal Statement⟧"),
        (sentence("{1} step", Word("legal")), "⟦⟦Legal⟧ step⟧"),
        (sentence("at level {1}", "x"), "⟦At level x⟧"),
        ("typed", "Typed"),
        ("", ""),
    ],
)
def test_a_beginning_stays_ours(text: str, begun: str) -> None:
    assert said(opening(text)) == begun


def test_several_in_a_row_keep_what_each_of_them_is() -> None:
    assert said(together("; ", [Word("police"), "Save", day_said(date(2026, 5, 3))])) == "⟦police⟧; Save; 3 ⟦May⟧ 2026"
    assert together(", ", []) == ""
    assert not together(", ", [])


def test_a_code_is_said_in_words_and_a_table_keeps_its_kind() -> None:
    assert said(named("very_high")) == "⟦very high⟧"

    table = words(MappingProxyType({"a": "what it says"}))
    assert isinstance(table, MappingProxyType)
    assert isinstance(table["a"], Word)
