"""Wording that a unit brings in, and the bytes that say which form it was."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.assessment import instruments, rules
from fourfold.assessment.instruments import published
from fourfold.assessment.instruments.packs import LARGEST, pack_bytes
from fourfold.assessment.terms import (
    AllOf,
    Answer,
    AnyOf,
    Clause,
    Coding,
    Expression,
    Fact,
    InvalidDefinition,
    InvalidPack,
    Item,
    ItemKind,
    LicenceStatus,
    Meaning,
    Not,
    Operator,
    Severity,
    Shipped,
    TextPack,
    ValidationRule,
)
from tests.assessment.conditions import applies
from tests.assessment.wording import filled, pack_for

PHQ4, CORE, SASH, SAM = (instruments.load(key) for key in ("phq-4", "core-10", "sash", "sam"))
STRUCTURES = [each for each in instruments.catalogue() if each.shipped is not Shipped.WHOLE]

PACK = """
# A pack as a unit writes it.
instrument = "phq-4"
version = 1
language = "en"
title = "Four questions"
source = "Invented for a test."

[items]
nervous = "One?"
control = "Two?"
interest = "Three?"
mood = "Four?"

[scales.frequency]
s0 = "Nought"
s1 = "One"
s2 = "Two"
s3 = "Three"
"""


def changed(old: str, new: str) -> TextPack:
    """The pack with one place changed; the place must exist, so that no case is tested in vain."""
    assert old in PACK
    return instruments.read_pack(PACK.replace(old, new, 1).encode())


# --- reading a pack ------------------------------------------------------------------------------------------


def test_a_pack_is_read_character_for_character():
    pack = changed('"One?"', '"  “One” – isn\'t it? "')
    assert pack.items["nervous"] == "  “One” – isn't it? "
    assert (pack.instrument, pack.version, pack.language, pack.title) == ("phq-4", 1, "en", "Four questions")
    assert list(pack.scales["frequency"]) == ["s0", "s1", "s2", "s3"]


def test_the_same_words_have_the_same_hash_whatever_the_layout():
    assert changed("# A pack as a unit writes it.\n", "\n\n").sha256 == instruments.read_pack(PACK.encode()).sha256
    built = instruments.sealed(replace(instruments.read_pack(PACK.encode()), sha256="", source="Another copy."))
    assert built.sha256 == instruments.read_pack(PACK.encode()).sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("One?", "one?"),
        ("One?", "One ?"),
        ("Nought", "Nought "),
        ('"Four questions"', '"4 questions"'),
        ('"en"', '"cy"'),
    ],
)
def test_one_changed_character_gives_a_pack_a_new_hash(old, new):
    assert changed(old, new).sha256 != instruments.read_pack(PACK.encode()).sha256


def test_the_order_of_the_questions_is_part_of_the_hash():
    turned = changed('nervous = "One?"\ncontrol = "Two?"', 'control = "Two?"\nnervous = "One?"')
    assert turned.sha256 != instruments.read_pack(PACK.encode()).sha256


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "pack, instrument: The key is missing"),
        (b"instrument = ", "file: This is not TOML"),
        (b"\xff\xfe", "file: This is not text. Save it as UTF-8"),
        (PACK.replace("version = 1", 'version = "1"').encode(), "version: '1' does not fit"),
        (PACK.replace('mood = "Four?"', "mood = 4").encode(), "items: {'nervous': 'One?'"),
        (PACK.replace("source", "sauce").encode(), "source: The key is missing"),
        (PACK.replace("[items]", "colour = 3\n[items]").encode(), "colour: Nothing is known under this key"),
        (
            PACK.replace("[scales.frequency]", "[scales]\nother = 3\n[scales.frequency]").encode(),
            "other: 3 does not fit",
        ),
        (b"a" * (LARGEST + 1), "file: It is larger than a megabyte"),
        (b"a = " + b"[" * 100_000, "This is not"),
    ],
)
def test_what_is_no_pack_is_refused_in_words(raw, says):
    with pytest.raises(InvalidPack) as refused:
        instruments.read_pack(raw)
    assert says in str(refused.value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_is_brought_is_a_pack_or_is_refused(raw):
    with pytest.raises(InvalidPack):
        instruments.read_pack(raw)


# --- laying it over the structure ----------------------------------------------------------------------------


def test_the_words_lie_over_the_structure_and_both_hashes_stand():
    pack = instruments.read_pack(PACK.encode())
    form = instruments.worded(PHQ4, pack)
    assert [item.text for item in form.items] == ["One?", "Two?", "Three?", "Four?"]
    assert [option.label for option in form.scales[0].options] == ["Nought", "One", "Two", "Three"]
    assert (form.sha256, form.pack_sha256, form.language) == (PHQ4.sha256, pack.sha256, "en")
    assert form.title == "Four questions"
    assert form.is_worded
    assert instruments.activation_findings(form) == ()


def test_the_words_change_nothing_else():
    form = instruments.worded(PHQ4, instruments.read_pack(PACK.encode()))
    assert (form.scores, form.bands, form.norms, form.vectors, form.rights) == (
        PHQ4.scores,
        PHQ4.bands,
        PHQ4.norms,
        PHQ4.vectors,
        PHQ4.rights,
    )
    assert rules.score(form, filled(form, "s2")) == rules.score(PHQ4, filled(PHQ4, "s2"))


@pytest.mark.parametrize("each", STRUCTURES, ids=lambda each: each.name)
def test_every_structure_can_be_worded_and_is_ready_then(each):
    form = instruments.worded(each, pack_for(each, {room.key: max(room.fewest, 1) for room in each.rooms}))
    assert form.is_worded
    assert instruments.activation_findings(form) == ()
    assert all(item.text for item in form.items)


FAULTS = {
    "another form": ('"phq-4"', '"phq-9"', "It words phq-9 version 1, not phq-4 version 1"),
    "another version": ("version = 1", "version = 2", "It words phq-4 version 2, not phq-4 version 1"),
    "a question too few": ('mood = "Four?"\n', "", "item mood: The pack has no words for it"),
    "a question too many": (
        'mood = "Four?"',
        'mood = "Four?"\nfive = "Five?"',
        "item five: The structure does not ask",
    ),
    "a question misspelt": ("mood =", "moods =", "item moods: The structure does not ask for it"),
    "an empty question": ('"Four?"', '" "', "item mood: It has no words"),
    "a label too few": ('s3 = "Three"\n', "", "scale frequency, option s3: The pack has no words for it"),
    "a label too many": (
        's3 = "Three"',
        's3 = "Three"\ns4 = "Four"',
        "scale frequency, option s4: The structure does not",
    ),
    "an empty label": ('s3 = "Three"', 's3 = ""', "scale frequency, option s3: It has no words"),
    "another scale": ("[scales.frequency]", "[scales.how_often]", "scale how_often: The structure has no such scale"),
    "another order": (
        'interest = "Three?"\nmood = "Four?"',
        'mood = "Four?"\ninterest = "Three?"',
        "item: They stand in another order than in the structure. Write them in this order: nervous, control, interest",
    ),
    "labels in another order": (
        's2 = "Two"\ns3 = "Three"',
        's3 = "Three"\ns2 = "Two"',
        "scale frequency, option: They stand in another order",
    ),
}


@pytest.mark.parametrize(("old", "new", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_pack_that_does_not_fit_is_refused_in_words(old, new, says):
    with pytest.raises(InvalidPack) as refused:
        instruments.worded(PHQ4, changed(old, new))
    assert says in str(refused.value)
    assert refused.value.field == "pack"


def test_every_fault_of_a_pack_is_named_at_once():
    with pytest.raises(InvalidPack) as refused:
        instruments.worded(PHQ4, changed('"Four?"\n', '" "\nfive = "Five?"\n'))
    assert [finding.where for finding in refused.value.findings] == ["item five", "item mood"]


def test_words_that_changed_after_they_were_sealed_are_refused():
    pack = instruments.read_pack(PACK.encode())
    with pytest.raises(InvalidPack, match="The words are not those that the hash names"):
        instruments.worded(PHQ4, replace(pack, items={**pack.items, "mood": "Otherwise?"}))


def test_where_only_the_exact_text_may_be_used_another_is_refused():
    exact, other = pack_for(CORE), pack_for(CORE, title="Another title")
    pinned = replace(CORE, rights=replace(CORE.rights, exact_packs=(exact.sha256,)))
    assert CORE.rights.status is LicenceStatus.VERBATIM_ONLY
    assert instruments.worded(pinned, exact).is_worded
    with pytest.raises(InvalidPack, match="This is not the exact text"):
        instruments.worded(pinned, other)


@pytest.mark.parametrize("language", ["en", "en-GB", "EN", "en_GB", " en"])
def test_of_core_10_in_english_only_the_published_words_are_taken(language):
    with pytest.raises(InvalidPack, match="This is not the exact text"):
        instruments.worded(CORE, pack_for(CORE, language=language))


def test_core_10_in_another_language_waits_for_its_sum():
    assert instruments.worded(CORE, pack_for(CORE, language="cy")).is_worded


def test_the_published_words_are_taken_whatever_title_and_source_say_and_one_character_off_is_not(monkeypatch):
    words = instruments.words_sum(pack_for(CORE))
    monkeypatch.setattr(published, "_looked_up", lambda: {"core-10": {"en": {"words_sha256": [words]}}})
    pack = pack_for(CORE, language="en", title="Another title", source="Another copy")
    assert instruments.worded(CORE, pack).is_worded
    off = replace(pack, items={**pack.items, "sleep": pack.items["sleep"] + " "})
    with pytest.raises(InvalidPack, match="This is not the exact text"):
        instruments.worded(CORE, instruments.sealed(off))
    swapped = dict(reversed(pack.scales["frequency"].items()))
    assert instruments.words_sum(replace(pack, scales={"frequency": swapped})) != words


def test_every_sum_that_is_known_is_of_a_form_that_may_only_be_used_word_for_word():
    for key, languages in published._looked_up().items():
        assert instruments.load(key).rights.status is LicenceStatus.VERBATIM_ONLY
        for known in languages.values():
            assert all(re.fullmatch("[0-9a-f]{64}", one) for one in known["words_sha256"])
            assert known["source"]


def test_the_words_of_a_pack_are_the_same_bytes_every_time():
    pack = pack_for(CORE)
    assert hashlib.sha256(pack_bytes(pack)).hexdigest() == pack.sha256
    assert pack_bytes(replace(pack, scales=dict(reversed(pack.scales.items())))) == pack_bytes(pack)


# --- rooms ---------------------------------------------------------------------------------------------------


def test_a_slot_takes_the_questions_of_the_licensed_form():
    form = instruments.worded(SASH, pack_for(SASH))
    general, partner = (
        [f"{room}_{n}" for n in range(1, most + 1)] for room, most in (("general", 13), ("former_partner", 3))
    )
    assert [item.key for item in form.items] == [*general, *partner, "concern"]
    assert form.rooms == ()


def test_what_concerns_former_partners_is_asked_until_the_subject_is_known_to_be_none():
    form = instruments.worded(SASH, pack_for(SASH))
    asked = {
        said: applies(form, "former_partner_1", (), {"relationship": said}) for said in ("former_partner", "stranger")
    }
    assert asked == {"former_partner": True, "stranger": False}
    assert applies(form, "former_partner_1", ()) is None
    assert applies(form, "general_1", ()) is True


def test_the_motive_selects_the_items_of_the_profile():
    srp = instruments.load("srp")
    form = instruments.worded(srp, pack_for(srp, {"any_motive": 1, "rejected": 1, "predatory": 1}))
    rejected = [Answer("motive", "rejected")]
    assert [applies(form, key, rejected) for key in ("any_motive_1", "rejected_1", "predatory_1")] == [
        True,
        True,
        False,
    ]
    assert [applies(form, "predatory_1", each) for each in ((), [Answer("motive", "cannot_judge")])] == [
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("rooms", "says"),
    [
        ({"general": 12}, "room general: It has 12 questions, where there are 13 to 13"),
        ({"general": 14}, "room general: It has 14 questions"),
        ({"former_partner": 0}, "room former_partner: It has 0 questions"),
    ],
)
def test_a_room_has_as_many_questions_as_the_form(rooms, says):
    with pytest.raises(InvalidPack, match=says):
        instruments.worded(SASH, pack_for(SASH, rooms))


def test_the_questions_of_a_room_are_numbered_as_they_stand():
    pack = pack_for(SASH)
    turned = {
        "general_2": "B?",
        "general_1": "A?",
        **{k: v for k, v in pack.items.items() if k not in ("general_1", "general_2")},
    }
    with pytest.raises(InvalidPack, match="They are not numbered from 1 in their order"):
        instruments.worded(SASH, instruments.sealed(replace(pack, items=turned)))


def test_the_factors_of_a_room_are_rated_on_its_axes():
    hcr = instruments.load("hcr-20")
    form = instruments.worded(hcr, pack_for(hcr))
    assert form.item("historical_1").axes == ("current", "past", "relevance")
    assert rules.why_not_answer(form, Answer("clinical_5", "partly", "current")) is None
    assert rules.why_not_answer(form, Answer("clinical_5", "high", "relevance")) is None


# --- one definition as bytes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("each", instruments.catalogue(), ids=lambda each: each.name)
def test_a_definition_is_the_same_after_a_round_trip(each):
    raw = instruments.canonical(each)
    again = instruments.from_canonical(raw)
    assert instruments.canonical(again) == raw
    assert replace(again, sha256=each.sha256) == each
    assert again.sha256 == hashlib.sha256(raw).hexdigest() == instruments.identity(each)


def test_everything_that_a_definition_can_say_survives_the_round_trip():
    condition = AllOf(
        (Not(Clause("a", Operator.EXISTS)), AnyOf((Clause(fact=Fact.MOTIVE, values=("x",)), Clause("b.now"))))
    )
    rule = ValidationRule(
        "one", Severity.WARNING, Expression("constraint", "text/fhirpath", "%a > 1", "v"), "Look again.", "a"
    )
    item = Item(
        "x", "s", "X", "é “x”?", ItemKind.QUANTITY, applies=condition, lowest="0.5", max_length=3, max_decimals=2, unit="kg",
        codes=(Coding("http://loinc.org", "1-8", "x"),), expressions=(Expression("enable", "text/cql", "true"),), link="/x/1",
    )  # fmt: skip
    whole = replace(
        PHQ4, items=(*PHQ4.items, item), validations=(rule,), expressions=(Expression("variable", "text/fhirpath", "1", "v"),),
        absent=(Meaning.REFUSED,), norms=(replace(instruments.load("gad-7").norms[0], valid_from=date(2026, 1, 1)),),
        currency_window_days=None, pack_sha256="0" * 64,
    )  # fmt: skip
    again = instruments.from_canonical(instruments.canonical(whole))
    assert replace(again, sha256=whole.sha256) == whole


def test_numbers_that_are_equal_have_the_same_bytes():
    one, other = (replace(PHQ4.scores[0], factor=Decimal(text)) for text in ("2", "2.00"))
    assert instruments.canonical(replace(PHQ4, scores=(one,))) == instruments.canonical(replace(PHQ4, scores=(other,)))
    assert b"E" not in instruments.canonical(replace(PHQ4, scores=(replace(one, highest=Decimal("1E+3")),)))[-400:]


def test_what_stands_at_its_default_is_left_out():
    plain = json.loads(instruments.canonical(PHQ4))
    assert "sha256" not in plain
    assert "hidden" not in plain["items"][0]
    assert plain["items"][0]["required"] is False


@pytest.mark.parametrize(
    ("old", "new"), [("Nervousness", "Nervousness."), ('"value":"3"', '"value":"4"'), ('"frequency"', '"frequence"')]
)
def test_a_definition_changed_by_one_character_has_a_new_identity(old, new):
    raw = instruments.canonical(PHQ4).decode()
    assert old in raw
    assert instruments.from_canonical(raw.replace(old, new).encode()).sha256 != instruments.identity(PHQ4)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not a kept definition"),
        (b"\xff", "not a kept definition"),
        (b"[]", "definition is not a table"),
        (b"{}", "definition lacks key"),
        (b'{"key":3}', "definition lacks"),
        (b"[" * 5000, "not a kept definition"),
        (b'{"key":"x","colour":"red"}', "unknown key, colour"),
    ],
)
def test_bytes_that_are_no_definition_are_refused_in_words(raw, says):
    with pytest.raises(InvalidDefinition, match=says):
        instruments.from_canonical(raw)


def nested(levels):
    condition = {"is": "clause", "field": "relationship", "values": ["former_partner"]}
    for _ in range(levels):
        condition = {"is": "not", "part": condition}
    return condition


def test_a_condition_within_sixty_levels_is_read():
    plain = json.loads(instruments.canonical(PHQ4))
    plain["items"][0]["applies"] = nested(55)
    assert instruments.from_canonical(json.dumps(plain).encode())


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("version",), 1.5, "a number with a point"),
        (("version",), "1", "definition, version is not int"),
        (("validated",), 1, "definition, validated is not bool"),
        (("kind",), "quiz", "definition, kind"),
        (("kind",), 3, "definition, kind is not text"),
        (("items",), {}, "definition, items is not a list"),
        (("scores", 0, "highest"), "many", "definition, scores, highest is not a number"),
        (("scores", 0, "highest"), "NaN", "definition, scores, highest is not a number"),
        (("items", 0, "applies"), {"is": "maybe"}, "definition, items, applies is not a condition"),
        (("items", 0, "applies"), {"is": ["all"]}, "definition, items, applies is not a condition"),
        (("items", 0, "applies"), {"is": {}}, "definition, items, applies is not a condition"),
        (("items", 0, "applies"), nested(56), "nested too deeply"),
    ],
)
def test_a_part_that_does_not_fit_is_named(path, value, says):
    plain = json.loads(instruments.canonical(PHQ4))
    place = plain
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(InvalidDefinition, match=says):
        instruments.from_canonical(json.dumps(plain).encode())


@st.composite
def damaged(draw):
    """A definition with one place of its bytes cut out or written over."""
    raw = bytearray(instruments.canonical(PHQ4))
    place = draw(st.integers(0, len(raw) - 1))
    raw[place : place + draw(st.integers(0, 5))] = draw(st.binary(max_size=5))
    return bytes(raw)


@settings(max_examples=200, deadline=None)
@given(damaged())
def test_damaged_bytes_are_read_or_refused_and_never_crash(raw):
    try:
        found = instruments.from_canonical(raw)
    except InvalidDefinition:
        return
    assert found.sha256 == hashlib.sha256(raw).hexdigest()
