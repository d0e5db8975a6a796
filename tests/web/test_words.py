"""An enumeration of ours is stored as a code and said in words."""

from __future__ import annotations

import pickle

from fourfold.web.components.words import in_words
from fourfold.words import Word, WordedEnum


class Bond(WordedEnum):
    SPO = "spo", "stalking protection order"
    COURT_BAIL = "court_bail"


def test_a_member_is_its_code_where_it_is_stored() -> None:
    assert (Bond("spo"), Bond.SPO.value, str(Bond.SPO), f"{Bond.SPO}") == (Bond.SPO, "spo", "spo", "spo")
    assert pickle.loads(pickle.dumps(Bond.SPO)) is Bond.SPO


def test_a_member_is_its_words_where_it_is_said() -> None:
    assert (Bond.SPO.words, Bond.SPO.label) == ("stalking protection order", "Stalking protection order")
    assert in_words(Bond.SPO) == "stalking protection order"
    assert isinstance(Bond.SPO.words, Word)
    assert isinstance(Bond.SPO.label, Word)


def test_a_member_without_words_is_said_as_its_code_reads() -> None:
    assert (Bond.COURT_BAIL.words, Bond.COURT_BAIL.label) == ("court bail", "Court bail")


def test_the_answers_of_a_form_are_labels() -> None:
    assert Bond.options() == [("spo", "Stalking protection order"), ("court_bail", "Court bail")]
    assert Bond.options(Bond.SPO) == [("spo", "Stalking protection order")]
