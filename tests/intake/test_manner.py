"""In which manner words are said: a table that a practitioner can read aloud and correct.

Only what is told, quoted, told by somebody else or disputed is proposed as his behaviour; what is feared, and what she
or the police did, is marked in the words and proposed to nobody.
"""

from __future__ import annotations

import pytest

from fourfold.intake import rules
from fourfold.intake.terms import Behaviour, DangerSign, Manner

B, M = Behaviour, Manner


def manner_of(words: str, behaviour: Behaviour) -> Manner | None:
    """Return how a behaviour is said in the words; None: it is not found there."""
    return next((one.manner for one in rules.mentioned(words) if one.behaviour is behaviour), None)


TOLD = (
    ("He followed her from the station.", B.FOLLOWS),
    ("Victim states that he waited outside her work.", B.LOITERS),
    ("She says he texted forty times", B.CONTACTS),
    ("He would wait outside every Friday.", B.LOITERS),
    ("In May he followed her twice.", B.FOLLOWS),
    ("She is scared because he follows her", B.FOLLOWS),
    ("He will not stop following her", B.FOLLOWS),
    ("She is afraid. He watches the house.", B.WATCHES),
    ("I was followed home", B.FOLLOWS),
    ("IP followed home by suspect", B.FOLLOWS),
    ("We are being watched", B.WATCHES),
    ("The victim was contacted again on Sunday", B.CONTACTS),
    ("I rang the police and he followed me", B.FOLLOWS),
    ("I asked him to stop messaging", B.CONTACTS),
    ("It's his mother's car that followed her", B.FOLLOWS),
)
QUOTED = (
    ('He wrote: "I watched you all night"', B.WATCHES),
    ("The note said “I followed you home”", B.FOLLOWS),
    ("it read 'I don't mind, I watched you'", B.WATCHES),
)
REPORTED = (
    ("A neighbour says he watched the house all day.", B.WATCHES),
    ("Her mother told the officer that he followed the car.", B.FOLLOWS),
    ("According to her manager he turned up at her work.", B.LOITERS),
    ("She was told that he had slashed the tyres.", B.INTERFERES),
)
DISPUTED = (
    ("Suspect denies following her", B.FOLLOWS),
    ("denies following her", B.FOLLOWS),
    ("He denied that he had ever watched her", B.WATCHES),
    ("Loitering at the school was denied.", B.LOITERS),
)
FEARED = (
    ("She fears he may follow her home.", B.FOLLOWS),
    ("worried that he might be watching the house", B.WATCHES),
    ("I do not know if he followed me", B.FOLLOWS),
    ("He plans to follow her to Spain", B.FOLLOWS),
    ("She asked whether he tracked the car", B.MONITORS),
)
BY_OTHERS = (
    ("I texted my sister straight away.", B.CONTACTS),
    ("We then called her manager", B.CONTACTS),
    ("Police contacted the shop.", B.CONTACTS),
    ("PC Arden knocked at the address", B.CONTACTS),
    ("The victim was texting a friend", B.CONTACTS),
    ("Victim messaged the suspect and asked for her keys", B.CONTACTS),
)
NOT_FOUND = (
    ("Victim denies being attacked", B.ATTACKS),
    ("The IP denied that she was followed", B.FOLLOWS),
    ("he did not follow her", B.FOLLOWS),
    ("no letters, no calls", B.CONTACTS),
)


@pytest.mark.parametrize(
    ("words", "behaviour", "manner"),
    [
        (*case, manner)
        for manner, cases in (
            (M.TOLD, TOLD),
            (M.QUOTED, QUOTED),
            (M.REPORTED, REPORTED),
            (M.DISPUTED, DISPUTED),
            (M.FEARED, FEARED),
            (M.BY_OTHERS, BY_OTHERS),
            (None, NOT_FOUND),
        )
        for case in cases
    ],
)
def test_the_manner_in_which_words_are_said(words: str, behaviour: Behaviour, manner: Manner | None) -> None:
    assert manner_of(words, behaviour) is manner


def test_only_what_is_said_of_him_is_proposed() -> None:
    words = "I texted the shop. She fears he may follow me. He slashed the tyres; a friend saw him watching the flat."
    assert rules.proposed_in(rules.mentioned(words)) == (B.INTERFERES, B.WATCHES)
    assert set(rules.behaviours_in(rules.mentioned(words))) == {B.CONTACTS, B.FOLLOWS, B.INTERFERES, B.WATCHES}


def test_a_manner_never_makes_anything_less_pressing() -> None:
    """A feared knife is a knife: signs of danger stay signs, in whatever manner they are said."""
    for words in ("She fears he may have a knife", "denies that he had a knife", "I do not know if he has a knife"):
        assert {one.sign for one in rules.mentioned(words)} == {DangerSign.WEAPON}, words


def test_every_finding_names_its_very_words() -> None:
    words = "She was told that he had slashed the tyres, and he wrote “I watched you”."
    assert [(words[one.start : one.end], one.name, one.manner) for one in rules.mentioned(words)] == [
        ("slashed", "interferes", M.REPORTED),
        ("watched", "watches", M.QUOTED),
    ]
