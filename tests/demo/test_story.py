"""The story, told to the end on a loaded programme, twice; and told that it does not hold where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fourfold.audit import queries as audit_queries
from fourfold.demo import story
from fourfold.demo.founding import Company
from fourfold.demo.story import learning
from fourfold.demo.story.tale import Tale, counted
from fourfold.demo.truth import TRUTH
from tests.cast import NOW
from tests.demo.conftest import Loaded

CHAPTERS = (
    "Told",
    "Who",
    "Screened",
    "The victim's advocate",
    "Assessed",
    "Decided",
    "Acted on",
    "Broken",
    "Learned from",
    "Rolled out",
    "Provable",
)
PROFESSIONS = (
    "police analyst",
    "unit coordinator",
    "victim advocate",
    "police officer",
    "mental health professional",
    "outreach worker",
    "panel chair",
    "evaluator",
    "programme lead",
    "governance lead",
)

pytestmark = pytest.mark.django_db


def told() -> tuple[bool, list[str]]:
    lines: list[str] = []
    return story.play(say=lines.append, at=NOW), lines


def test_the_whole_story_holds_with_every_profession_in_it(loaded: Loaded) -> None:
    held, lines = told()
    assert held, "\n".join(lines)
    text = "\n".join(lines)
    assert [line.strip() for line in lines if line.startswith("\n")] == list(CHAPTERS)
    assert all(f"The {profession} " in text for profession in PROFESSIONS)
    assert audit_queries.verify().clean


def test_six_things_are_refused_on_the_way(loaded: Loaded) -> None:
    _, lines = told()
    refused = [line for line in lines if "It is refused:" in line]
    assert len(refused) == 6
    assert all(len(line.split("It is refused:")[1]) > 10 for line in refused)


def test_it_can_be_told_again_with_other_people(loaded: Loaded) -> None:
    (first_held, first), (second_held, second) = told(), told()
    assert first_held
    assert second_held
    who = [next(line for line in lines if "on record from the first" in line) for lines in (first, second)]
    assert who[0] != who[1]


def test_it_says_so_where_something_does_not_hold(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "TRUTH", replace(TRUTH, hazard_ratio=9.0))
    held, lines = told()
    assert not held
    assert "  THIS DOES NOT HOLD: the planted effect lies inside its interval" in lines


# ---- the telling ---------------------------------------------------------------------------------------------------


def tale(lines: list[str]) -> Tale:
    return Tale(lines.append, NOW, Company())


def test_what_must_be_refused_and_is_not_breaks_the_tale() -> None:
    lines: list[str] = []
    one = tale(lines)
    with one.refused(ValueError, "Somebody tries."):
        pass
    assert one.broken == ["Somebody tries. It was not refused."]


def test_a_refusal_of_another_kind_is_no_refusal() -> None:
    with pytest.raises(KeyError), tale([]).refused(ValueError, "Somebody tries."):
        raise KeyError("something else")


def test_a_day_of_the_tale_is_never_later_than_its_end() -> None:
    one = tale([])
    assert one.on(15, 23) == NOW
    assert one.on(0, 9) < one.on(1, 9) < NOW


@pytest.mark.parametrize(("number", "words"), [(1, "1 row"), (0, "0 rows"), (3, "3 rows")])
def test_numbers_agree_with_their_nouns(number: int, words: str) -> None:
    assert counted(number, "row") == words
