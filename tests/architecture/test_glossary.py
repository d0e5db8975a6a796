"""The glossary has each word once, in a sentence or two, in the alphabet's order."""

from __future__ import annotations

from fourfold import glossary
from fourfold.cases.terms import Outcome


def test_each_word_stands_once_and_is_explained_in_a_line() -> None:
    words = [(word, text) for part in glossary.headings().values() for word, text in part.items()]
    assert len({word.lower() for word, _ in words}) == len(words) > 100
    assert not [word for word, text in words if not text.endswith(".") or len(text) > 160 or "|" in text]


def test_the_words_of_a_heading_stand_in_the_alphabets_order() -> None:
    for title, part in glossary.headings().items():
        plain = [word.lower().replace("-", "").replace(" ", "") for word in part]
        assert plain == sorted(plain), title


def test_what_triage_can_decide_is_explained() -> None:
    explained = {word for part in glossary.headings().values() for word in part}
    assert {str(outcome).replace("_", " ") for outcome in Outcome} <= explained
