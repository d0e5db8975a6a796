"""The shipped definitions, and what is said about a definition that cannot be used."""

import tomllib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.assessment import instruments
from fourfold.assessment.instruments.reading import digest
from fourfold.assessment.terms import (
    InstrumentKind,
    InvalidDefinition,
    ItemKind,
    LevelKind,
    LicenceStatus,
    Meaning,
    Shipped,
    UnknownInstrument,
    UnknownItem,
)
from fourfold.cases.terms import Level

PINNED = {
    ("b-safer", 1): "44a670c71d7bb9a587398fc438e68ca9277c29e9d43ab0fde81771ea911682b6",
    ("b-safer", 2): "b2f5b6b96850ba419634da00bb5c4a442bc4d0c15e5a59a04434940d87fb1466",
    ("core-10", 1): "05b04de7c089e70cab5efdd0a579066326796a00124430a3def3df2d9bb9f7b2",
    ("danger-assessment", 1): "4707f719b5b7ec5a110f020c6c3a62a2d1d3aee806610a05935d0b2ff06bec2c",
    ("dara", 1): "7236d771d48332aa269f67d6bf515a9d12402f8837a3d8848183f087af52e6b9",
    ("dash-27", 1): "712a371a38a1f55f3f08a132221cdc50f6739dc2a9c5944ad5241d9ca7667e5c",
    ("dash-ric", 1): "e87a247dd33afae53f30167154d95d309f60f3c691c09b06397c4cf80525b926",
    ("first-line", 1): "646792f3b975788ec4006d2ad3a947930307ba3fcdca544e32e0d85ae794af69",
    ("gad-7", 1): "0eaf9e279f56624a51eb3e576e166dd27c5cfa6768f8490d8ac28b5677ea7ce8",
    ("hcr-20", 3): "43f49affab3a39b4d370845c1f5565221274523f5ad45d96190054b7a1b596cd",
    ("insights", 1): "399345f749cace52982cf46be438d5c0a7bd3725c66e496f8a952af6cfef9ea4",
    ("judgement", 1): "9ddf34ad8d32a884482d2b22117310655a7c739e2499113cfffe986274d49583",
    ("movers", 1): "1cd9a979b16f7130a11ad0b6e790f71d9bb21f15e2c069bd3a9b03411638b658",
    ("pc-ptsd-5", 1): "9397f868e00c824e5dffdefeea3cdc57d9eae552253c6647c81e1328e3c45e9c",
    ("pcl-5", 1): "204c49bd7a774584638e2c57012b927cde105173922eb7a6767bda25123c3756",
    ("phq-4", 1): "5090b50ffd4333b630eac03ade0d7775520dd9ebbf670e21f6cdde321d02b673",
    ("phq-9", 1): "0f377948566e5a4c2e3c43e3dfde95971dca0cd86da886009e627031e895bf65",
    ("reqol-10", 1): "b15fb71d77c950c061847a3248c34a880330adff61a9754c8256720b0782f955",
    ("reqol-20", 1): "a6f7434de17dd3d647ad79d2b857fed060d82569b1325edbde67bc59bcc2b139",
    ("s-dash", 1): "545c93e8a7464101b0f697ef622ee2f86c9efad80687e8fc8e72e38904c176f7",
    ("safety-check-in", 1): "ec8f1e9e6593196c849387527565a8dfe7f64c5ea44fc6303f6e0e879b21ab26",
    ("sam", 1): "f5f9ea9229343ab8ecb16f1ddff534a045a3fdf5f1c0c7e546eb4bc6e09505d5",
    ("sara", 3): "4297a80215d5d5f6aa796ed702b136e33c9fbb3cdb16b2d8b015a51adf48f261",
    ("sash", 1): "4a11ddf337b47a491fb68587fde4af5402135a4be9a09cd7a3e87bda98db29c7",
    ("srp", 1): "56c1ef9b1efa2b7f6ba5af744bedd6439c14178a39521ab4c1e5b54c7694000f",
    ("swemwbs", 1): "b499c2738af1885fa8b2870cb7cc227360b428ef1c8ee50f0eb353882aaab142",
    ("vpr", 5): "3a683bef4b0aa759550a114aedfb71db75173195af602e9e76f51ea81f758651",
    ("vs-dash", 1): "46dd67fbd088306cec36eb2b7939830ec67f257fa547b1edef357a8be54b189b",
    ("who-5", 1): "be19375c1c1b2e38110e4190a49187f416c12ba8bce7fd4c26e1f8ad5d034c8d",
}
"""A shipped version never changes. If this test fails, restore the file and write the next version instead."""

SMALL = """
key = "small"
version = 1
title = "Small"
kind = "checklist"
about = "dyad"
informant = "professional"
validated = false
notice = "Unvalidated."
licence = "Ours."

[[section]]
key = "all"
title = "All"

[[section]]
key = "story"
title = "Story"
repeats = 2

[[scale]]
key = "grade"
[[scale.option]]
code = "yes"
label = "Yes"
meaning = "affirm"
value = 2
[[scale.option]]
code = "no"
label = "No"
meaning = "deny"
value = 0
[[scale.option]]
code = "unknown"
label = "Not known"
meaning = "unknown"

[[axis]]
key = "now"
title = "Now"
scale = "grade"

[[item]]
key = "first"
section = "all"
title = "First"
text = "First?"
scale = "grade"
critical = { when = ["yes"], act = "Act." }

[[item]]
key = "second"
section = "all"
title = "Second"
text = "Second?"
axes = ["now"]
applies = { item = "first", options = ["yes"] }

[[item]]
key = "third"
section = "story"
title = "Third"
text = "Third?"
kind = "text"

[[score]]
key = "sum"
title = "Sum"
direction = "higher_worse"
lowest = 0
highest = 6
items = [{ field = "first" }, { field = "second.now", weight = 2 }]

[[band]]
score = "sum"
lowest = 0
highest = 2
label = "few"
provenance = "local_policy"
verified = true

[[band]]
score = "sum"
lowest = 3
highest = 6
label = "many"
provenance = "local_policy"
verified = true

[level]
kind = "steps"
base = "low"
[[level.step]]
level = "medium"
at_least = 1
of = ["first", "second.now"]
words = "One."
[[level.step]]
level = "high"
at_least = 2
of = ["first", "second.now"]
words = "Two."
[[level.step]]
level = "very_high"
at_least = 2
of = ["first", "second.now"]
words = "Two again."

[review]
valid_for_days = 30
triggers = ["breach"]
follow_with = "other"
from_level = "high"
"""


def small(old: str = "", new: str = "", file: str = "small.v1.toml"):
    """The small definition with one place changed; the place must exist, so that no case is tested in vain."""
    assert old in SMALL
    return instruments.definition(SMALL.replace(old, new, 1) if old else SMALL, file)


# --- what ships -------------------------------------------------------------------------------------------


def test_each_shipped_version_is_the_one_that_was_pinned():
    assert {(each.key, each.version): each.sha256 for each in instruments.catalogue()} == PINNED


OURS = [each for each in instruments.catalogue() if each.shipped is Shipped.WHOLE]


def test_three_forms_are_shipped_whole_and_they_are_our_own():
    assert [each.key for each in OURS] == ["first-line", "judgement", "safety-check-in"]
    assert {each.rights.status for each in OURS} == {LicenceStatus.OWN}


@pytest.mark.parametrize("each", OURS, ids=lambda each: each.key)
def test_every_form_of_our_own_says_that_it_is_unvalidated_and_ours(each):
    assert not each.validated
    assert each.notice.startswith("Unvalidated.")
    assert "Fourfold's own" in each.licence


@pytest.mark.parametrize("each", OURS, ids=lambda each: each.key)
def test_every_question_that_is_chosen_can_be_left_open_by_choosing(each):
    scales = [scale for slot in each.slots() if (scale := each.scale_of(slot))]
    assert scales
    assert all(any(not option.settles for option in scale.options) for scale in scales)


@pytest.mark.parametrize("each", instruments.catalogue(), ids=lambda each: each.key)
def test_the_form_that_follows_is_shipped(each):
    if each.review.follow_with:
        assert instruments.load(each.review.follow_with).kind is InstrumentKind.SPJ


def test_the_first_line_checklist_asks_fifteen_things_and_two_of_former_partners_only():
    first_line = instruments.load("first-line")
    asked = [item for item in first_line.items if item.scale == "yes_no"]
    assert len(asked) == 15
    assert [item.key for item in asked if item.applies] == ["separation", "children"]
    assert set(first_line.level.fields) == {item.key for item in asked}


def test_the_first_line_checklist_alerts_on_danger():
    critical = [item.key for item in instruments.load("first-line").items if item.critical]
    assert critical == ["threats", "violence", "weapons", "suicide_talk", "breach"]


def test_the_structured_judgement_adds_nothing_up():
    judgement = instruments.load("judgement")
    assert judgement.scores == judgement.bands == judgement.level.steps == ()
    assert all(option.value is None for scale in judgement.scales for option in scale.options)
    assert judgement.level.kind is LevelKind.JUDGEMENT


def test_the_structured_judgement_judges_each_outcome_by_itself():
    judged = [item.key for item in instruments.load("judgement").items if item.section == "judgements"]
    assert judged == [
        "persistence",
        "violence",
        "recurrence",
        "psychosocial_harm",
        "fear_reasonable",
        "imminence",
        "prioritisation",
    ]


def test_the_structured_judgement_says_what_now_means():
    judgement = instruments.load("judgement")
    assert judgement.currency_window_days == 90
    assert "90 days" in judgement.notice
    assert [axis.key for axis in judgement.axes] == ["now", "earlier", "relevance"]


def test_too_little_information_is_not_absence():
    presence = instruments.load("judgement").scale_of(next(_factor_slots()))
    assert {option.code: option.meaning for option in presence.options} == {
        "present": Meaning.AFFIRM,
        "partly": Meaning.PARTIAL,
        "absent": Meaning.DENY,
        "omit": Meaning.OMIT,
    }


def _factor_slots():
    return (slot for slot in instruments.load("judgement").slots() if slot.axis == "now")


def test_the_safety_check_in_is_eight_questions_from_zero_to_thirty_two_and_has_no_cut_off():
    check_in = instruments.load("safety-check-in")
    (score,) = check_in.scores
    assert (len(score.items), score.lowest, score.highest) == (8, 0, 32)
    assert check_in.bands == ()
    assert [item.key for item in check_in.items if item.critical] == ["home"]


def test_a_victim_may_leave_out_every_question():
    assert not any(item.required for item in instruments.load("safety-check-in").items)


# --- loading ----------------------------------------------------------------------------------------------


def test_the_newest_version_is_loaded_unless_one_is_named():
    assert instruments.load("first-line") is instruments.load("first-line", 1)


@pytest.mark.parametrize(("key", "version"), [("dish", None), ("first-line", 99), ("", None)])
def test_an_unknown_instrument_is_refused_with_what_there_is(key, version):
    with pytest.raises(UnknownInstrument, match="first-line version 1, gad-7 version 1"):
        instruments.load(key, version)


def test_an_unknown_item_is_refused_with_what_there_is():
    with pytest.raises(UnknownItem, match=r"no question “fourth” in small version 1.*first, second, third"):
        small().item("fourth")


def test_a_definition_is_read_whole():
    form = small()
    assert [slot.field for slot in form.slots()] == ["first", "second.now", "third-1", "third-2"]
    assert form.item("third").kind is ItemKind.TEXT
    assert form.item("first").critical.act == "Act."
    assert form.scores[0].items[1].weight == Decimal(2)
    assert form.review.from_level is Level.HIGH
    assert form.currency_window_days is None


# --- the hash ---------------------------------------------------------------------------------------------


def test_one_changed_character_gives_a_new_hash():
    assert small("First?", "First!").sha256 != small().sha256


def test_comments_and_layout_do_not_change_the_hash():
    assert instruments.definition("# a comment\n\n" + SMALL, "small.v1.toml").sha256 == small().sha256


def test_the_order_of_options_changes_the_hash():
    document = tomllib.loads(SMALL)
    turned = tomllib.loads(SMALL)
    turned["scale"][0]["option"].reverse()
    assert digest(turned) != digest(document)


def _leaves(node, path=()):
    if isinstance(node, dict):
        return [leaf for key, value in node.items() for leaf in _leaves(value, (*path, key))]
    if isinstance(node, list):
        return [leaf for place, value in enumerate(node) for leaf in _leaves(value, (*path, place))]
    return [(path, node)]


def _changed(document, path, value):
    *way, last = path
    for step in way:
        document = document[step]
    document[last] = value


WORDS = [(path, value) for path, value in _leaves(tomllib.loads(SMALL)) if isinstance(value, str)]


@given(st.sampled_from(WORDS), st.data())
def test_any_changed_character_anywhere_gives_a_new_hash(leaf, data):
    path, value = leaf
    place = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda drawn: drawn != value[place]))
    document = tomllib.loads(SMALL)
    _changed(document, path, value[:place] + letter + value[place + 1 :])
    assert digest(document) != digest(tomllib.loads(SMALL))


# --- definitions that cannot be used ----------------------------------------------------------------------

FAULTS = {
    # reading: one key at a time
    "not TOML": ('key = "small"', "key = ", "file: This is not TOML"),
    "key missing": ('title = "Small"\n', "", "definition, title: The key is missing. Add title with words"),
    "wrong type": ('title = "Small"', "title = 5", "title: 5 does not fit. Write words in quotes"),
    "true is no number": (
        "version = 1",
        "version = true",
        "version: True does not fit. Write a whole number",
    ),
    "unknown key": ('notice = "Unv', 'notise = "Unv', "definition, notise: Nothing is known under this key"),
    "unknown kind": (
        'kind = "checklist"',
        'kind = "quiz"',
        "kind: “quiz” is not known. Write one of: screen",
    ),
    "unknown meaning": ('meaning = "deny"', 'meaning = "nope"', "scale grade, option no, meaning: “nope”"),
    "value in quotes": ("value = 2", 'value = "2"', "option yes, value: '2' does not fit. Write a number"),
    "unknown level": (
        'base = "low"',
        'base = "none"',
        "level, base: “none” is not a level. Write one of: low",
    ),
    "unknown event": (
        'triggers = ["breach"]',
        'triggers = ["party"]',
        "review, triggers: “party” is not an event",
    ),
    "no list of words": ('triggers = ["breach"]', "triggers = [3]", "review, triggers: [3] does not fit"),
    "table for a list": ("[[axis]]", "[axis]", "axis: {'key': 'now', "),
    "list of no tables": ("items = [{ field", "items = [3, { field", "score sum, items: 3 does not fit"),
    "no review": ("valid_for_days = 30\n", "", "review, valid_for_days: The key is missing"),
    "no bound": ("lowest = 0\nhighest = 6", "highest = 6", "score sum, lowest: The key is missing"),
    "typing error in a condition": (
        "applies = { item",
        "applies = { itm",
        "item second, applies, item: The key",
    ),
    # checking: whether the parts fit
    "another file": ("version = 1", "version = 2", "They belong to small.v2.toml. Rename the file"),
    "silent about validation": ('"Unvalidated."', '"Fine."', "notice: An unvalidated form must say so"),
    "key twice": ('key = "second"', 'key = "first"', "item first: The key stands 2 times"),
    "option twice": ('code = "no"', 'code = "yes"', "scale grade, option yes: The key stands 2 times"),
    "key no field": ('key = "third"', 'key = "third-1"', "item third-1: The key cannot name a form field"),
    "key taken": ('key = "now"', 'key = "note"', "axis note: The key cannot name a form field"),
    "forces a guess": ('meaning = "unknown"', 'meaning = "partial"', "scale grade: It forces a guess"),
    "value twice": ("value = 0", "value = 2", "scale grade: Two options have the same value"),
    "open is zero": (
        'meaning = "unknown"',
        'meaning = "unknown"\nvalue = 1',
        "option unknown: An open answer has a value. Take the value out",
    ),
    "no such section": (
        'section = "all"',
        'section = "al"',
        "item first, section: “al” does not exist. Use one of",
    ),
    "no such scale": (
        'text = "First?"\nscale = "grade"',
        'text = "F"\nscale = "grad"',
        "first, scale: “grad”",
    ),
    "no such scale of an axis": (
        '"Now"\nscale = "grade"',
        '"Now"\nscale = "x"',
        "axis now, scale: “x” does not",
    ),
    "no such axis": ('axes = ["now"]', 'axes = ["then"]', "item second, axes: “then” does not exist"),
    "no way to answer": ('axes = ["now"]\n', "", "item second: It needs a scale or axes"),
    "two ways to answer": (
        'axes = ["now"]',
        'axes = ["now"]\nscale = "grade"',
        "item second: It needs a scale",
    ),
    "words and a scale": (
        'kind = "text"',
        'kind = "text"\nscale = "grade"',
        "item third: It is answered in words",
    ),
    "condition looks ahead": (
        'applies = { item = "first"',
        'applies = { item = "third"',
        "“third” is not asked",
    ),
    "condition on no option": (
        '"first", options = ["yes"]',
        '"first", options = ["ja"]',
        "applies: “ja” does",
    ),
    "condition on nothing": (
        '"first", options = ["yes"]',
        '"first", options = []',
        "applies: It names no option",
    ),
    "critical on no option": ('when = ["yes"]', 'when = ["sure"]', "first, critical: “sure” does not exist"),
    "critical repeats": (
        '"all"\ntitle = "First"',
        '"story"\ntitle = "First"',
        "critical: Its section repeats",
    ),
    "totals in a judgement": ('"checklist"', '"spj"', "A structured professional judgement has no totals"),
    "empty sum": (
        'items = [{ field = "first" }, { field = "second.now", weight = 2 }]',
        "",
        "adds up nothing",
    ),
    "sum of words": ('{ field = "first" }', '{ field = "third" }', "items: “third” cannot be added up"),
    "sum without the axis": ('field = "second.now"', 'field = "second"', "“second” cannot be added up"),
    "summed twice": ('field = "second.now"', 'field = "first"', "items: “first” stands 2 times"),
    "range too long": (
        "lowest = 0\nhighest = 6",
        "lowest = 0\nhighest = 8",
        "Its items give 0 to 6, not 0 to 8",
    ),
    "weight of nothing": ("weight = 2", "weight = 0", "Its items give 0 to 2, not 0 to 6"),
    "band of no score": ('score = "sum"', 'score = "sun"', "band few, score: “sun” does not exist"),
    "bands overlap": ("lowest = 3", "lowest = 2", "band many: It overlaps the one before. Let it begin at 3"),
    "bands part": ("lowest = 3", "lowest = 4", "band many: There is a gap before it. Let it begin at 3"),
    "band inside out": ("highest = 2", "highest = -1", "band few: It ends before it begins"),
    "bands end early": (
        'highest = 6\nlabel = "many"',
        'highest = 5\nlabel = "many"',
        "score sum: The bands miss",
    ),
    "bands of broken numbers": ("weight = 2", "weight = 0.5", "not 0 to 6"),
    "level out of reach": ('level = "very_high"', 'level = "high"', "level: No step leads to very_high"),
    "step below the base": ('base = "low"', 'base = "medium"', "A step leads to medium, not above the base"),
    "step of too many": ("at_least = 1", "at_least = 3", "level, step 1: At least 3 of 2 cannot be"),
    "step of none": ("at_least = 1", "at_least = 0", "level, step 1: At least 0 of 2 cannot be"),
    "step counts twice": (
        'of = ["first", "second.now"]',
        'of = ["first", "first"]',
        "step 1: A question stands twice",
    ),
    "step of words": ('of = ["first", "second.now"]', 'of = ["third"]', "step 1: “third” cannot be counted"),
    "steps of no kind": ('kind = "steps"', 'kind = "none"', "level: Kind none takes no steps"),
    "judgement of no item": (
        'kind = "steps"',
        'kind = "judgement"',
        "level, judgement: “” does not give a level",
    ),
    "judgement of no level": (
        'kind = "steps"',
        'kind = "judgement"\njudgement = "first"',
        "“first” does not give a level. Its settled options must be exactly: low, medium, high, very_high",
    ),
    "valid for no day": ("valid_for_days = 30", "valid_for_days = 0", "valid_for_days: It speaks for no day"),
    "half a follow-up": ('from_level = "high"\n', "", "review: Half of what comes next is missing"),
}


@pytest.mark.parametrize(("old", "new", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_definition_is_refused_with_file_key_and_mend(old, new, says):
    with pytest.raises(InvalidDefinition) as refused:
        small(old, new)
    assert says in str(refused.value)
    assert all(line.startswith("small.v1.toml: ") for line in str(refused.value).splitlines())


def test_bands_need_whole_weights():
    source = SMALL.replace("weight = 2", "weight = 0.5").replace("highest = 6", "highest = 3")
    with pytest.raises(InvalidDefinition, match=r"score sum: Bands need whole numbers\. Use whole weights"):
        instruments.definition(source, "small.v1.toml")


def test_all_faults_are_named_at_once():
    source = SMALL.replace('"Unvalidated."', '"Fine."').replace("lowest = 3", "lowest = 4")
    with pytest.raises(InvalidDefinition) as refused:
        instruments.definition(source, "small.v1.toml")
    assert [finding.where for finding in refused.value.findings] == ["notice", "band many"]


def test_every_fault_says_how_to_mend_it():
    with pytest.raises(InvalidDefinition) as refused:
        small('when = ["yes"]', 'when = ["sure"]')
    assert [finding.mend for finding in refused.value.findings] == ["Use one of: no, unknown, yes."]


def test_a_negative_weight_turns_the_implied_range_round():
    source = SMALL.replace("weight = 2", "weight = -2").replace("lowest = 0\nhighest = 6", "lowest = -4\nhighest = 2")
    with pytest.raises(InvalidDefinition, match=r"band few: There is a gap before it\. Let it begin at -4") as refused:
        instruments.definition(source, "small.v1.toml")
    assert "Its items give" not in str(refused.value)
