"""What word rules find, what makes an allegation pressing, and what cannot be kept: tables of cases."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.intake import rules
from fourfold.intake.rules.mentions import heard_in, proposed_and_signs
from fourfold.intake.rules.validation import LONGEST, LONGEST_WORDS
from fourfold.intake.rules.word_patterns import BEHAVIOURS, DANGERS
from fourfold.intake.terms import (
    DESK_CLASSES,
    Behaviour,
    Channel,
    DangerSign,
    PersonAsTold,
    RecordingClass,
    Urgency,
)
from tests.cast import NOW
from tests.intake.told import told

B, D = Behaviour, DangerSign


@pytest.mark.parametrize(
    ("words", "behaviour"),
    [
        ("He followed me home from the gym.", B.FOLLOWS),
        ("She keeps FOLLOWING him on foot", B.FOLLOWS),
        ("he has been following\n the car", B.FOLLOWS),
        ("chased her down the street", B.FOLLOWS),
        ("He texted forty times.", B.CONTACTS),
        ("constant phone calls and messages", B.CONTACTS),
        ("Flowers were left on the step", B.CONTACTS),
        ("left a note under the wiper", B.CONTACTS),
        ("kept knocking at the door", B.CONTACTS),
        ("e-mailed her from a new account", B.CONTACTS),
        ("He posted intimate photos of her online", B.PUBLISHES),
        ("made a fake dating profile", B.PUBLISHES),
        ("is pretending to be her on Facebook", B.PUBLISHES),
        ("spread rumours at the club", B.PUBLISHES),
        ("There was an AirTag in the bag", B.MONITORS),
        ("logged into her iCloud", B.MONITORS),
        ("he always knows where she is", B.MONITORS),
        ("found a tracker under the car", B.MONITORS),
        ("Suspect was loitering by the school", B.LOITERS),
        ("sat in his car outside", B.LOITERS),
        ("waited for her outside work", B.LOITERS),
        ("drives slowly past every night", B.LOITERS),
        ("turned up unannounced at her front door", B.LOITERS),
        ("tyres slashed and wing mirror broken off", B.INTERFERES),
        ("broke the kitchen window", B.INTERFERES),
        ("has been stealing her post", B.INTERFERES),
        ("criminal damage to the fence", B.INTERFERES),
        ("killed my cat", B.INTERFERES),
        ("He watches the house with binoculars", B.WATCHES),
        ("was seen staring at her from the van", B.WATCHES),
        ("took photos of us in the garden", B.WATCHES),
        ("looks in through the window", B.WATCHES),
        ("threatened to ruin her", B.THREATENS),
        ("said you’ll regret this", B.THREATENS),
        ("trying to blackmail me", B.THREATENS),
        ("Grabbed her by the arm", B.ATTACKS),
        ("punched him twice", B.ATTACKS),
        ("choking her", B.ATTACKS),
        ("his brother keeps messaging her", B.THROUGH_OTHERS),
        ("got a friend to deliver it", B.THROUGH_OTHERS),
        ("wrote to her employer", B.THROUGH_OTHERS),
        ("reached her through a mutual friend", B.THROUGH_OTHERS),
    ],
)
def test_a_behaviour_is_found_in_any_case_and_inflection(words: str, behaviour: Behaviour) -> None:
    assert behaviour in rules.behaviours_in(rules.mentioned(words))


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        ("He had a knife.", D.WEAPON),
        ("poured petrol on the step", D.WEAPON),
        ("will burn the house down", D.WEAPON),
        ("armed with a hammer", D.WEAPON),
        ("I will kill you", D.THREAT_TO_KILL),
        ("made threats to kill", D.THREAT_TO_KILL),
        ("If I can't have you nobody will", D.THREAT_TO_KILL),
        ("you’re dead", D.THREAT_TO_KILL),
        ("put his hands round her neck", D.STRANGULATION),
        ("strangled her until she could not breathe", D.STRANGULATION),
        ("she couldn’t breathe", D.STRANGULATION),
        ("he is outside now", D.HAPPENING_NOW),
        ("still in the garden", D.HAPPENING_NOW),
        ("said he would kill himself", D.SUICIDE),
        ("talks of suicide", D.SUICIDE),
        ("has nothing left to live for", D.SUICIDE),
        ("in breach of his bail", D.BREACH),
        ("despite the restraining order", D.BREACH),
        ("violated the no contact order", D.BREACH),
        ("in front of the children", D.CHILD),
        ("she is pregnant", D.CHILD),
        ("waits at the school gates for her daughter", D.CHILD),
    ],
)
def test_a_danger_sign_is_found(words: str, sign: DangerSign) -> None:
    assert sign in heard_in(words)[1]


@pytest.mark.parametrize(
    "words",
    [
        "No weapon was seen.",
        "without a knife",
        "Weapon: none",
        "he did not follow her",
        "He never texted",
        "she was not attacked",
        "There were no threats",
        "they didn't call",
    ],
)
def test_what_is_plainly_denied_is_not_found(words: str) -> None:
    assert rules.mentioned(words) == ()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("He did not stop following her", B.FOLLOWS),
        ("won't stop texting", B.CONTACTS),
        ("not only watched her", B.WATCHES),
        ("I do not know if he has a knife", D.WEAPON),
        ("not sure whether he had a gun", D.WEAPON),
        ("She said no. He followed her", B.FOLLOWS),
        ("no reply, then he grabbed her", B.ATTACKS),
        ("He does not live there and for months now he has watched her", B.WATCHES),
    ],
)
def test_unknown_and_not_stopping_are_no_denial(words: str, found: Behaviour | DangerSign) -> None:
    mentions = rules.mentioned(words)
    assert found in {one.behaviour or one.sign for one in mentions}


@pytest.mark.parametrize(
    "words",
    [
        "",
        "She called the police.",
        "Victim has no contact details.",
        "A follow up visit is booked",
        "The statement reads as follows",
        "Officer will follow on",
        "watching television",
        "Parking dispute about a hedge",
        "The letterbox is red",
    ],
)
def test_ordinary_words_are_left_alone(words: str) -> None:
    assert rules.mentioned(words) == ()


def test_every_behaviour_and_every_danger_has_words() -> None:
    assert set(BEHAVIOURS) == set(Behaviour)
    assert set(DANGERS) == set(DangerSign)


def test_positions_name_the_words_that_were_found() -> None:
    words = "First he followed her, then he slashed the tyres."
    found = [(words[one.start : one.end], one.name) for one in rules.mentioned(words)]
    assert found == [("followed", "follows"), ("slashed", "interferes")]


def test_one_piece_may_be_a_behaviour_and_a_danger() -> None:
    names = [(one.name, one.grave) for one in rules.mentioned("strangled her")]
    assert names == [("attacks", False), ("strangulation", True)]


def test_word_rules_read_a_long_account_in_little_time() -> None:
    words = "He texted her and did not stop. " * 5_000
    assert len(rules.mentioned(words)) > 1_000


@given(st.text(max_size=300))
def test_any_text_can_be_read(words: str) -> None:
    for one in rules.mentioned(words):
        assert 0 <= one.start < one.end <= len(words)
        assert (one.behaviour is None) != (one.sign is None)


# ---- how soon ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "urgency", "reason"),
    [
        ({"words": "He had a knife"}, Urgency.NOW, "weapon mentioned"),
        ({"words": "A row", "weapon": True}, Urgency.NOW, "weapon recorded"),
        ({"words": "I will kill you"}, Urgency.NOW, "threat to kill mentioned"),
        ({"words": "strangled her"}, Urgency.NOW, "strangulation mentioned"),
        ({"words": "he is outside now"}, Urgency.NOW, "said to be happening now"),
        ({"words": "A row", "recorded_class": RecordingClass.THREATS}, Urgency.NOW, "recorded as threats to kill (3B)"),
        ({"words": "says he is suicidal"}, Urgency.TODAY, "talk of suicide"),
        ({"words": "breached bail"}, Urgency.TODAY, "breach of an order mentioned"),
        ({"words": "A row", "breach_of": uuid.uuid4()}, Urgency.TODAY, "reported as a breach of an order"),
        ({"words": "A row", "channel": Channel.BREACH}, Urgency.TODAY, "reported as a breach of an order"),
        (
            {"words": "A row", "recorded_class": RecordingClass.BREACH_OF_ORDER},
            Urgency.TODAY,
            "breach of an order (66)",
        ),
        ({"words": "the baby saw it"}, Urgency.TODAY, "a child is mentioned"),
        ({"words": "threatened her"}, Urgency.TODAY, "threat mentioned"),
        ({"words": "hit her"}, Urgency.TODAY, "violence mentioned"),
        ({"words": "A row", "behaviours": (B.ATTACKS,)}, Urgency.TODAY, "violence mentioned"),
        ({"words": "He texted"}, Urgency.SOON, "words that may tell of stalking, whoever did it: contacts"),
        ({"words": "I rang him twice"}, Urgency.SOON, "words that may tell of stalking, whoever did it: contacts"),
        ({"behaviours": (Behaviour.CONTACTS,)}, Urgency.SOON, "behaviours of stalking: contacts"),
        ({"words": "A row", "former_partner": True}, Urgency.SOON, "former partner"),
        ({"words": "A row", "recorded_class": RecordingClass.STALKING}, Urgency.SOON, "recorded as stalking (8Q)"),
        ({"words": "A row", "included_classes": ("8R",)}, Urgency.SOON, "recorded as malicious communications (8R)"),
    ],
)
def test_every_reason_makes_it_as_soon_as_it_must(more: dict[str, Any], urgency: Urgency, reason: str) -> None:
    soon, reasons, _ = rules.judged(told(**more))
    assert soon is urgency
    assert any(reason in why for why in reasons)


def test_nothing_pressing_is_routine_and_says_no_reason() -> None:
    quiet = told("A bicycle is missing.", recorded_class=RecordingClass.THEFT, included_classes=("58C",), weapon=None)
    assert rules.judged(quiet)[:2] == (Urgency.ROUTINE, ())


def test_what_is_not_known_makes_nothing_later() -> None:
    for unknown in ({"weapon": None}, {"weapon": False}, {"former_partner": None}, {"former_partner": False}):
        assert rules.judged(told("He had a knife", **unknown))[0] is Urgency.NOW


def test_the_most_pressing_reason_stands_first_and_each_once() -> None:
    _, reasons, _ = rules.judged(told("He texted, hit her, hit her again and had a knife", former_partner=True))
    assert reasons[0] == "weapon mentioned"
    assert reasons[-1] == "former partner"
    assert len(set(reasons)) == len(reasons)


def test_the_wording_of_a_catalogue_is_not_read_as_an_account() -> None:
    assert rules.judged(told("BATTERY: AGGRAVATED KNIFE", free_text=False))[0] is Urgency.ROUTINE


@given(st.text(max_size=80), st.booleans(), st.sampled_from(list(RecordingClass)))
def test_one_more_fact_never_makes_it_later(words: str, weapon: bool, recorded: RecordingClass) -> None:
    ranks = list(Urgency)
    less = ranks.index(rules.judged(told(words))[0])
    more = ranks.index(rules.judged(told(words, weapon=weapon, recorded_class=recorded))[0])
    assert more <= less


# ---- the desk ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recorded", list(RecordingClass))
def test_the_desk_looks_at_the_classes_that_stalking_is_made_of(recorded: RecordingClass) -> None:
    row = told("A row", channel=Channel.FEED, recorded_class=recorded)
    assert rules.judged(row)[2] is (recorded in DESK_CLASSES)


@pytest.mark.parametrize(
    ("more", "for_desk"),
    [
        ({}, False),
        ({"behaviours": (B.LOITERS,)}, True),
        ({"former_partner": True}, True),
        ({"former_partner": False}, False),
        ({"included_classes": (RecordingClass.HARASSMENT,)}, True),
        ({"included_classes": (RecordingClass.THEFT,)}, False),
        ({"channel": Channel.REFERRAL}, True),
        ({"channel": Channel.BREACH}, True),
    ],
)
def test_the_desk_looks_at_a_behaviour_a_former_partner_and_a_referral(more: dict[str, Any], for_desk: bool) -> None:
    row = told(**{"words": "A row", "channel": Channel.FEED, "recorded_class": RecordingClass.THEFT, **more})
    assert rules.judged(row)[2] is for_desk


def test_the_desk_looks_at_words_that_tell_of_a_behaviour() -> None:
    row = told("He followed her", channel=Channel.FEED, recorded_class=RecordingClass.THEFT)
    assert rules.judged(row)[2]


# ---- keeping -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"told_at": NOW + timedelta(seconds=1)}, "told_at", "is in the future"),
        ({"occurred_from": NOW + timedelta(days=1)}, "occurred_from", "is in the future"),
        ({"occurred_until": NOW + timedelta(days=1)}, "occurred_until", "is in the future"),
        ({"told_at": NOW.replace(year=1066)}, "told_at", "too long ago"),
        ({"told_at": datetime(2026, 1, 1)}, "told_at", "no time zone"),  # noqa: DTZ001
        ({"occurred_from": NOW, "told_at": NOW - timedelta(days=2)}, "occurred_from", "after it was told"),
        (
            {"occurred_from": NOW - timedelta(days=2), "occurred_until": NOW - timedelta(days=3)},
            "occurred_until",
            "before it began",
        ),
        ({"words": " \n"}, "words", "Say what happened"),
        ({"words": "x" * (LONGEST_WORDS + 1)}, "words", "100,000 characters or fewer"),
        ({"words": "He \x00 texted"}, "words", "NUL"),
        ({"victim": PersonAsTold(name="A\x00")}, "victim.name", "NUL"),
        ({"place": "x" * 201}, "place", "200 characters or fewer"),
    ],
)
def test_what_cannot_be_kept_names_the_field(more: dict[str, Any], field: str, said: str) -> None:
    why = rules.why_not_keep(told(**more), at=NOW)
    assert why is not None
    assert why[0] == field
    assert said in why[1]


@pytest.mark.parametrize("field", [name for name in LONGEST if "." in name])
def test_every_text_of_a_person_has_a_length(field: str) -> None:
    part, name = field.split(".")
    row = told(**{part: PersonAsTold(**{name: "x" * (LONGEST[field] + 1)})})
    assert rules.why_not_keep(row, at=NOW) == (field, f"Shorten this to {LONGEST[field]} characters or fewer.")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"told_at": NOW},
        {"words": "", "recorded_class": RecordingClass.STALKING},
        {"words": "", "class_as_recorded": "0580"},
        {"words": "", "behaviours": (B.FOLLOWS,)},
        {"words": "=HYPERLINK(1)"},
        {"words": "31 February"},
        {"words": "x" * LONGEST_WORDS},
        {"told_at": NOW - timedelta(hours=20), "occurred_from": NOW - timedelta(hours=1)},
        {"occurred_from": NOW - timedelta(days=900)},
    ],
)
def test_what_was_told_is_kept_whether_or_not_it_is_likely(more: dict[str, Any]) -> None:
    assert rules.why_not_keep(told(**more), at=NOW) is None


def test_the_lengths_are_those_of_the_table() -> None:
    from fourfold.intake.models import Allegation

    for field, most in LONGEST.items():
        column = re.sub(r"^subject\.relationship$", "relationship", field).replace(".", "_")
        assert Allegation._meta.get_field(column).max_length == most


@pytest.mark.parametrize(
    "words",
    [
        "He FOLLOWED me home, stood outSide my house and said he would kill me. No knife.",
        "Followſ her, the ſtalKer; bıt her; İn her name",
        "She is afraid that he may follow her. I texted him. He did not hit her.",
        "é" * 60 + " texted “I will find you” and came to my door\nstrangled",
        "",
    ],
)
def test_what_is_heard_is_what_is_mentioned(words: str) -> None:
    mentions = rules.mentioned(words)
    signs = tuple(sign for sign in D if sign in {one.sign for one in mentions})
    assert heard_in(words) == (rules.behaviours_in(mentions), signs)
    assert proposed_and_signs(words) == (rules.proposed_in(mentions), signs)
    assert all(words[one.start : one.end].strip() for one in mentions)


def test_letters_that_grow_when_they_are_made_small_move_nothing() -> None:
    words = "İİİ he followed her"
    [found] = rules.mentioned(words)
    assert words[found.start : found.end] == "followed"


@pytest.mark.parametrize(
    "words",
    [
        "EX-PARTNER", "Ex Husband", "Partner (ex)", "Estranged wife", "Ex-Boyfriend/Girlfriend", "ex-civil partner",
        "Ex husband or wife", "Previous partner", "Ex.", "the ex",
    ],
)  # fmt: skip
def test_words_for_a_former_partner(words: str) -> None:
    assert rules.relationship_meant(words, None) == "former_partner"
    assert rules.relationship_meant(words, former_partner=False) == ""


@pytest.mark.parametrize(
    "words",
    [
        "ex/partner",
        "Ex or husband",
        "Husband/ex-partner",
        "son of ex-partner",
        "wife of ex",
        "ex-colleague",
        "Former",
        "",
    ],
)
def test_words_that_may_say_something_else_are_left_open(words: str) -> None:
    assert rules.relationship_meant(words, None) == ""
