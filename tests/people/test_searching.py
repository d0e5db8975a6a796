"""A name typed in a hurry is found: one slip of the finger anywhere, the beginning only, or another order."""

from __future__ import annotations

import random

import pytest

from bench.caseload import misspelt
from fourfold.people.rules.name_search import likeness, sounds_to_look_for
from fourfold.people.rules.names import sound_key

NAMES = ["Marumby", "Dankinwick", "Loremmere", "Kaserford", "Bingorthley", "Torastcombe", "Jundullworth", "Halashgate"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Kalrsen", "Karlsen"),  # swapped
        ("Karsen", "Karlsen"),  # lost
        ("Karplsen", "Karlsen"),  # added
        ("Kartsen", "Karlsen"),  # wrong
        ("Carlson", "Karlsen"),  # as it sounds
        ("anna Demer", "Demmer"),
    ],
)
def test_one_slip_of_the_finger_still_leads_to_the_sound_of_the_name(typed: str, meant: str) -> None:
    assert sound_key(meant) in sounds_to_look_for(typed)


def test_a_short_sound_is_not_stretched_or_half_the_register_would_answer() -> None:
    assert sounds_to_look_for("Lee") == ("L",)


@pytest.mark.parametrize("name", NAMES)
def test_of_a_hundred_slips_at_least_ninety_are_forgiven(name: str) -> None:
    dice = random.Random(name)
    forgiven = [sound_key(name) in sounds_to_look_for(misspelt(name, dice)) for _ in range(100)]
    assert sum(forgiven) >= 90


def test_the_closest_name_is_the_one_that_was_meant() -> None:
    names = ["Anna Karlsen", "Anna Carlton", "Hanne Karlsson", "Rolf Demmer"]
    assert max(names, key=lambda name: likeness("Ana Kalrsen", name)) == "Anna Karlsen"
    assert likeness("karl", "Anna Karlsen") > likeness("karl", "Carla Demmer")
    assert likeness("", "Anna Karlsen") == likeness("Anna", "") == 0


@pytest.mark.parametrize("name", ["王小明", "김철수", "משה", "สมชาย", "たなか", "ਗੁਰਪ੍ਰੀਤ", "አበበ", "გიორგი"])
def test_a_name_in_letters_that_nothing_transliterates_is_looked_for_as_it_is(name: str) -> None:
    assert sounds_to_look_for(name) == (sound_key(name),) != ("",)
    assert likeness(name, name) == 1
