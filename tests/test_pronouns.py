"""A sentence about a person agrees with how that person is referred to, and nobody's sex or name is guessed."""

from __future__ import annotations

import pytest

from fourfold.pronouns import Pronoun, pronoun_of
from fourfold.web.jinja import environment

THEY, SHE, HE = Pronoun.THEY, Pronoun.SHE, Pronoun.HE


@pytest.mark.parametrize(
    ("pronoun", "forms"),
    [
        (THEY, ("they", "them", "their")),
        (SHE, ("she", "her", "her")),
        (HE, ("he", "him", "his")),
    ],
)
def test_every_pronoun_has_three_forms(pronoun: Pronoun, forms: tuple[str, ...]) -> None:
    said = (pronoun, pronoun.object, pronoun.possessive)
    assert tuple(map(str, said)) == forms


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("are", "is"),
        ("are not", "is not"),
        ("aren't", "isn't"),
        ("were", "was"),
        ("weren't told", "wasn't told"),
        ("have", "has"),
        ("have been told", "has been told"),
        ("haven't", "hasn't"),
        ("do", "does"),
        ("don't answer", "doesn't answer"),
        ("go", "goes"),
        ("live", "lives"),
        ("say", "says"),
        ("deny", "denies"),
        ("carry", "carries"),
        ("watch", "watches"),
        ("push", "pushes"),
        ("pass", "passes"),
        ("fix", "fixes"),
        ("can", "can"),
        ("may", "may"),
        ("must not", "must not"),
        ("will", "will"),
        ("would", "would"),
    ],
)
def test_verbs_agree(plural: str, singular: str) -> None:
    assert THEY.does(plural) == f"they {plural}"
    assert SHE.does(plural) == f"she {singular}"
    assert HE.does(plural) == f"he {singular}"


@pytest.mark.parametrize("recorded", ["", None, "F", "M", "female", "Mrs", "She "])
def test_what_nobody_recorded_is_they(recorded: str | None) -> None:
    assert pronoun_of(recorded) is THEY


@pytest.mark.parametrize(
    ("recorded", "said"), [("", "They live here; their car."), ("she", "She lives here; her car.")]
)
def test_a_page_says_it(recorded: str, said: str) -> None:
    template = "{% set p = recorded|pronoun %}{{ p.does('live')|opening }} here; {{ p.possessive }} car."
    assert environment().from_string(template).render(recorded=recorded) == said
