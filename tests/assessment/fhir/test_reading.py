"""A whole file, from bytes to an instrument: what it is, what is kept of it, and in which words."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from fourfold.assessment import fhir, rules
from fourfold.assessment.fhir.own_rules import MOST_RULES
from fourfold.assessment.fhir.terms import Dialect, Outcome, Severity
from fourfold.assessment.terms import (
    ABSENT,
    AllOf,
    Answer,
    AnyOf,
    Clause,
    InstrumentKind,
    ItemKind,
    LicenceStatus,
    Meaning,
    Not,
    Operator,
)
from tests.assessment.conditions import applies
from tests.assessment.fhir.forms import (
    HL7,
    Json,
    as_r5,
    as_stu3,
    ask,
    choice,
    extension,
    fhirpath,
    form,
    group,
    option,
    raw,
    read,
    sampler,
    scale,
    told,
    value_set,
    when,
)


def item_of(document: object, key: str) -> object:
    instrument = read(document).instrument
    assert instrument is not None
    return instrument.item(key)


# --- what a file is ---------------------------------------------------------------------------------------


def test_a_form_without_fault_is_imported_without_a_word() -> None:
    reading = read(form(ask("a")))
    assert (reading.outcome, reading.findings, reading.dialect) == (Outcome.IMPORTED, (), Dialect.R4)
    assert reading.may_activate


def test_the_hash_is_that_of_the_bytes_as_they_came() -> None:
    bytes_ = b"\xef\xbb\xbf" + raw(form(ask("a")))
    assert read(bytes_).sha256 == hashlib.sha256(bytes_).hexdigest()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"resourceType": "QuestionnaireResponse"}, "a form that somebody filled in"),
        ({"resourceType": "Patient"}, "This is a resource of type “Patient”"),
        ({"resourceType": "Bundle", "entry": []}, "This is a resource of type “Bundle”"),
        ({"resourceType": ["Questionnaire"]}, "does not say what resource it is"),
        ([], "a list that holds no such resource"),
        ("text", "a single value"),
        (5, "a single value"),
        (None, "a single value"),
        ({"lformsVersion": "30", "items": []}, "format of LHC-Forms"),
        ({"resourceType": "Questionnaire", "group": {"question": [{"linkId": "a"}]}}, "written in FHIR DSTU2"),
        ({"$schema": "x", "properties": {}}, "a JSON schema"),
        ({"a": 1}, "does not say what resource it is"),
    ],
)
def test_what_is_no_questionnaire_is_refused_in_words(document: object, words: str) -> None:
    reading = read(document)
    assert reading.outcome is Outcome.REFUSED
    assert words in reading.findings[-1].message
    assert (reading.instrument, reading.pack, reading.guarded) == (None, None, False)


@pytest.mark.parametrize(
    "wrapped",
    [
        {"resourceType": "Bundle", "entry": [{"resource": form(ask("a"))}, {"resource": {"resourceType": "Patient"}}]},
        {"resourceType": "Parameters", "parameter": [{"name": "questionnaire", "resource": form(ask("a"))}]},
        {"resourceType": "Parameters", "parameter": [
            {"name": "all", "resource": {"resourceType": "Bundle", "entry": [{"resource": form(ask("a"))}]}}]},
        {"resourceType": "List", "contained": [form(ask("a"))]},
        [form(ask("a"))],
    ],
)  # fmt: skip
def test_one_questionnaire_is_taken_out_of_its_wrapping_and_told(wrapped: object) -> None:
    reading = read(wrapped)
    assert reading.outcome is Outcome.IMPORTED
    assert reading.findings[0].severity is Severity.NOTE
    assert "was taken out of" in reading.findings[0].message


def test_several_questionnaires_are_refused_with_their_names() -> None:
    entries = [{"resource": form(ask("a"), title=name)} for name in ("First", "Second")]
    reading = read({"resourceType": "Bundle", "entry": entries})
    assert reading.outcome is Outcome.REFUSED
    assert "2 resources of type Questionnaire: First; Second" in reading.findings[-1].message


def test_value_sets_that_come_along_in_the_bundle_are_used() -> None:
    listed = {**value_set("list", ("a", 1), ("b", 2)), "url": "https://lists.example/l"}
    wanted = form(ask("q", "choice", answerValueSet="https://lists.example/l|1.0"))
    reading = read({"resourceType": "Bundle", "entry": [{"resource": wanted}, {"resource": listed}]})
    assert [one.code for one in reading.instrument.scales[0].options] == ["a", "b"]


def test_a_form_that_does_not_say_what_it_is_is_known_by_its_items() -> None:
    document = form(ask("a"))
    del document["resourceType"]
    assert read(document).outcome is Outcome.WITH_WARNINGS


# --- dialects ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "dialect"),
    [
        (ask("a", "choice", option=[option("x")]), Dialect.STU3),
        (ask("a", "choice", options={"reference": "#x"}), Dialect.STU3),
        (ask("a", enableWhen=[{"question": "b", "hasAnswer": True}]), Dialect.STU3),
        (ask("a", initialString="x"), Dialect.STU3),
        (choice("a"), Dialect.R4),
        (ask("a", initial=[{"valueString": "x"}]), Dialect.R4),
        (ask("a"), Dialect.R4),
        (ask("a", "coding", answerOption=[option("x")]), Dialect.R5),
        (ask("a", disabledDisplay="hidden"), Dialect.R5),
        (choice("a", answerConstraint="optionsOnly"), Dialect.R5),
    ],
)
def test_dialects_are_told_apart_by_their_field_names(item: dict[str, object], dialect: Dialect) -> None:
    assert read(form(item)).dialect is dialect


def test_three_dialects_of_one_form_are_one_instrument() -> None:
    readings = [read(sampler()), read(as_stu3(sampler())), read(as_r5(sampler()))]
    assert [reading.dialect for reading in readings] == [Dialect.R4, Dialect.STU3, Dialect.R5]
    assert readings[0].instrument == readings[1].instrument == readings[2].instrument


# --- what is kept -----------------------------------------------------------------------------------------


def test_the_sampler_is_read_whole() -> None:
    reading = read(sampler())
    form_ = reading.instrument
    assert reading.outcome is Outcome.IMPORTED, reading.findings
    assert [(item.link, item.kind) for item in form_.items] == [
        ("1", ItemKind.GROUP),
        ("1.1", ItemKind.CHOICE),
        ("1.2", ItemKind.CHOICE),
        ("1.3", ItemKind.MULTIPLE_CHOICE),
        ("2", ItemKind.YES_NO),
        ("3", ItemKind.LINE),
        ("4", ItemKind.INTEGER),
        ("5", ItemKind.DATE),
        ("6", ItemKind.CHOICE),
        ("7", ItemKind.OPEN_CHOICE),
        ("8", ItemKind.QUANTITY),
        ("9", ItemKind.LINE),
        ("10", ItemKind.DISPLAY),
        ("11", ItemKind.DECIMAL),
    ]
    assert form_.item("q_1_1").parent == "q_1"
    assert form_.item("q_1").prefix == "A"
    assert (form_.item("q_4").lowest, form_.item("q_4").highest) == ("0", "9")
    assert form_.item("q_3").max_length == 20
    assert form_.item("q_8").unit == "kg"
    assert form_.item("q_2").initial == "yes"
    assert (form_.item("q_9").hidden, form_.item("q_9").initial) == (True, "kept")
    assert (form_.version, form_.language, form_.kind) == (2, "en", InstrumentKind.LOCAL)
    assert reading.links["q_1_1"] == "1.1"


def test_items_that_share_their_answers_share_one_scale() -> None:
    form_ = read(sampler()).instrument
    assert form_.item("q_1_1").scale == form_.item("q_1_2").scale
    assert len({item.scale for item in form_.items if item.scale}) == len(form_.scales)


def test_what_a_foreign_form_does_not_say_is_not_guessed() -> None:
    form_ = read(form(choice("a"))).instrument
    assert not form_.validated
    assert "Unvalidated" in form_.notice
    assert all(one.meaning is None for one in form_.scales[0].options)
    assert form_.absent == ABSENT
    assert form_.level.kind == "none"


@pytest.mark.parametrize(
    ("system", "code", "meaning"),
    [
        ("http://terminology.hl7.org/CodeSystem/v2-0136", "Y", Meaning.AFFIRM),
        ("http://terminology.hl7.org/CodeSystem/v2-0136", "N", Meaning.DENY),
        ("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK", Meaning.UNKNOWN),
        ("http://terminology.hl7.org/CodeSystem/data-absent-reason", "asked-declined", Meaning.REFUSED),
        ("urn:answers", "Y", None),
    ],
)
def test_a_meaning_is_taken_from_terminologies_only(system: str, code: str, meaning: Meaning | None) -> None:
    reading = read(form(choice("a", option(code, system=system, display="No"))))
    assert reading.instrument.scales[0].options[0].meaning is meaning


def test_a_weight_of_an_open_answer_is_left_out_and_told() -> None:
    unknown = option("UNK", 0, system="http://terminology.hl7.org/CodeSystem/v3-NullFlavor")
    reading = read(form(choice("a", option("x", 1), unknown)))
    assert [one.value for one in reading.instrument.scales[0].options] == [1, None]
    assert told(reading, "S5")


def test_a_copyright_is_a_claim_and_no_licence() -> None:
    reading = read(sampler())
    assert reading.claims.statement == "© A Trust. Ask before use."
    rights = reading.instrument.rights
    assert (rights.status, rights.claimed_by_import) == (LicenceStatus.UNKNOWN, "© A Trust. Ask before use.")
    assert not rights.one_step


def test_a_form_without_address_gets_one_from_its_content() -> None:
    document = form(ask("a"))
    del document["url"]
    reading, again = read(document), read(document)
    assert reading.instrument.url.startswith("urn:uuid:")
    assert reading.instrument.url == again.instrument.url
    assert read({**document, "title": "Another"}).instrument.url != reading.instrument.url


def test_a_definition_changed_by_one_character_is_another() -> None:
    assert read(form(ask("a"))).instrument.sha256 != read(form(ask("a", text="What of a!"))).instrument.sha256


def test_the_wording_is_given_as_a_pack_as_well() -> None:
    reading = read(form(choice("a"), ask("b")))
    assert reading.pack.items == {"a": "What of a?", "b": "What of b?"}
    assert reading.pack.scales == {"a": {"yes": "Yes", "no": "No"}}
    assert len(reading.pack.sha256) == 64


@pytest.mark.parametrize(
    ("link_id", "key"),
    [("1.1", "q_1_1"), ("/phq/9", "phq_9"), ("Ärger", "arger"), ("note", "q_note"), ("日本", "q"), ("a b", "a_b")],
)
def test_keys_are_made_from_link_ids(link_id: str, key: str) -> None:
    reading = read(form(ask(link_id)))
    assert reading.links == {key: link_id}


def test_keys_that_would_be_the_same_are_told_apart() -> None:
    assert read(form(ask("a.1"), ask("a-1"), ask("a_1"))).links == {"a_1": "a.1", "a_1_2": "a-1", "a_1_3": "a_1"}


def test_an_item_without_link_id_gets_one_that_nobody_has() -> None:
    nameless = ask("x")
    del nameless["linkId"]
    reading = read(form(nameless, ask("item-1")))
    assert reading.outcome is Outcome.WITH_WARNINGS
    assert sorted(reading.links.values()) == ["item-1", "item-1x"]


# --- words ------------------------------------------------------------------------------------------------


def test_the_language_of_the_wording_can_be_chosen() -> None:
    translated = {"extension": [{"url": f"{HL7}translation", "extension": [
        {"url": "lang", "valueCode": "pl"}, {"url": "content", "valueString": "Jak?"}]}]}  # fmt: skip
    answer = {"code": "yes", "display": "Yes", "_display": {"extension": [{"url": f"{HL7}translation", "extension": [
        {"url": "lang", "valueCode": "pl"}, {"url": "content", "valueString": "Tak"}]}]}}  # fmt: skip
    document = raw(form(choice("a", {"valueCoding": answer}, _text=translated), language="en"))
    polish = fhir.read(document, language="pl").instrument
    assert (polish.item("a").text, polish.scales[0].options[0].label, polish.language) == ("Jak?", "Tak", "pl")
    assert fhir.read(document).instrument.item("a").text == "What of a?"
    assert polish.languages == ("en", "pl")
    assert "It has: en, pl" in fhir.read(document, language="cy").findings[0].message


def test_wording_in_xhtml_is_read_as_plain_text() -> None:
    shown = {"extension": [extension("rendering-xhtml", "String", "<p>Ask <a href='https://x.example'>now</a></p>")]}
    item = item_of(form({"linkId": "a", "type": "string", "_text": shown}), "a")
    assert item.text == "Ask now"


def test_markup_in_a_plain_text_goes_and_a_less_than_sign_stays() -> None:
    assert item_of(form(ask("a", text="<b>Now</b>?<script>x()</script>")), "a").text == "Now?"
    assert item_of(form(ask("a", text="Is 3 < 5 and 7 > 2?")), "a").text == "Is 3 < 5 and 7 > 2?"


def test_a_question_without_wording_is_shown_by_its_name_and_told() -> None:
    bare = {"linkId": "a", "type": "string"}
    reading = read(form(bare))
    assert reading.instrument.item("a").text == "[a]"
    assert "has no wording" in told(reading, "shape")[0].message
    coded = {**bare, "code": [{"code": "1", "display": "Pulse"}]}
    assert item_of(form(coded), "a").text == "Pulse"


@pytest.mark.parametrize(("kind", "word"), [("attachment", "a file"), ("reference", "a reference")])
def test_what_cannot_be_asked_here_is_text_to_read(kind: str, word: str) -> None:
    reading = read(form(ask("a", kind)))
    assert reading.instrument.item("a").kind is ItemKind.DISPLAY
    assert reading.instrument.item("a").text == "What of a?"
    assert word in told(reading, "shape")[0].message
    assert reading.outcome is Outcome.WITH_WARNINGS


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"required": "true"}, "true or false without quotes"),
        ({"maxLength": "20"}, "a number without quotes"),
        ({"text": ["a"]}, "where text belongs; it was left out"),
        ({"item": {"linkId": "b", "type": "string", "text": "B"}}, "where a list belongs; it was understood"),
        ({"item": ["b"]}, "is text and no object"),
        ({"type": "String"}, "was taken as string"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_and_never_fatal(fields: dict[str, object], words: str) -> None:
    reading = read(form(ask("a", **fields) if "type" not in fields else {**ask("a"), **fields}))
    assert reading.outcome is Outcome.WITH_WARNINGS
    assert any(words in finding.message for finding in reading.findings)


def test_numbers_as_names_are_understood() -> None:
    reading = read(form(ask("a", linkId=1), ask("b", enableWhen=[when(1, "exists", answerBoolean=True)])))
    assert reading.may_activate
    assert reading.instrument.item("b").enable == Clause("q_1", Operator.EXISTS)


# --- conditions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "behaviour", "expected"),
    [
        ([when("c", answerCoding={"code": "yes"})], None, Clause("c", Operator.EQUALS, ("yes",))),
        ([when("b", answerBoolean=False)], None, Clause("b", Operator.EQUALS, ("no",))),
        ([when("n", ">=", answerInteger=3)], None, Clause("n", Operator.AT_LEAST, ("3",))),
        ([when("n", "exists", answerBoolean=False)], None, Not(Clause("n", Operator.EXISTS))),
        ([when("b", answerBoolean=True), when("n", "<", answerInteger=3)], "any", AnyOf(
            (Clause("b", Operator.EQUALS, ("yes",)), Clause("n", Operator.LESS, ("3",))))),
        ([when("b", answerBoolean=True), when("n", "<", answerInteger=3)], None, AllOf(
            (Clause("b", Operator.EQUALS, ("yes",)), Clause("n", Operator.LESS, ("3",))))),
    ],
)  # fmt: skip
def test_conditions_become_conditions_of_ours(
    conditions: list[object], behaviour: str | None, expected: object
) -> None:
    extra = {"enableBehavior": behaviour} if behaviour else {}
    document = form(choice("c"), ask("b", "boolean"), ask("n", "integer"), ask("z", enableWhen=conditions, **extra))
    assert item_of(document, "z").enable == expected


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ((), None),
        ((Answer("b", option="yes"),), True),
        ((Answer("b", option="no"),), False),
        ((Answer("b", absent=Meaning.UNKNOWN),), None),
        ((Answer("b", absent=Meaning.NOT_APPLICABLE),), False),
    ],
)
def test_what_is_not_known_does_not_take_a_question_away(answers: tuple[Answer, ...], asked: bool | None) -> None:
    form_ = read(form(ask("b", "boolean"), ask("z", enableWhen=[when("b", answerBoolean=True)]))).instrument
    assert applies(form_, "z", answers) is asked


def test_a_question_in_a_group_that_is_not_asked_is_not_asked() -> None:
    inner = group("g", ask("z"), enableWhen=[when("b", answerBoolean=True)])
    form_ = read(form(ask("b", "boolean"), inner)).instrument
    assert applies(form_, "z", (Answer("b", option="no"),)) is False


N = "%resource.item.where(linkId='n').answer.value"
RULE = Clause("z_asked", Operator.EQUALS, ("yes",))
B_YES, N_OVER_3 = Clause("b", Operator.EQUALS, ("yes",)), Clause("n", Operator.GREATER, ("3",))


def variable(name: str, text: str) -> dict[str, object]:
    """A name that stands for an expression."""
    return fhirpath(text, name, use="variable")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%resource.item.where(linkId='b').answer.value = true", Clause("b", Operator.EQUALS, ("yes",))),
        ("(%resource.descendants().where(linkId = 'n').answer.valueInteger > 3)", Clause("n", Operator.GREATER, ("3",))),
        ("%resource.item.where(linkId='c').answer.value.code = 'yes'", Clause("c", Operator.EQUALS, ("yes",))),
        ("%resource.item.where(linkId='n').answer.exists()", Clause("n", Operator.EXISTS)),
        ("%resource.item.where(linkId='n').answer.exists().not()", Not(Clause("n", Operator.EXISTS))),
        ("%resource.repeat(item).where(linkId='b' and answer.empty().not()).select(answer.value) = false",
         Clause("b", Operator.EQUALS, ("no",))),
        ("%resource.item.where(linkId='b').answer.value = true or %resource.item.where(linkId='n').answer.value < 2",
         AnyOf((Clause("b", Operator.EQUALS, ("yes",)), Clause("n", Operator.LESS, ("2",))))),
        ("%b and (%n > 3 or %n.exists().not())",
         AllOf((B_YES, AnyOf((N_OVER_3, Not(Clause("n", Operator.EXISTS))))))),
        ("%n > 3 or %b and %resource.item.where(linkId='c').answer.value.code in ('no' | 'yes')",
         AnyOf((N_OVER_3, AllOf((B_YES, Clause("c", Operator.EQUALS, ("no", "yes"))))))),
        ("(%b or ((%n > 3))).not()", Not(AnyOf((B_YES, N_OVER_3)))),
        ("%resource.item.where(linkId='c').answer.value.where(code = 'yes').exists()",
         Clause("c", Operator.EQUALS, ("yes",))),
        ("%resource.item.where(linkId='c').answer.where(value.code='yes').exists() and %b",
         AllOf((Clause("c", Operator.EQUALS, ("yes",)), B_YES))),
        ("%resource.item.where(linkId='n').answer.value + 1 > 3", RULE),
        ("%b xor %n > 3", RULE),
        ("today() - 2 years > %resource.item.where(linkId='n').answer.value", RULE),
        ("iif(%b, %n * 2, %n) > 3", RULE),
        ("item.where(linkId='n').answer.value + 1 > 3", None),  # from the item, or from the whole form?
        ("%context.item.where(linkId='n').answer.value + 1 > 3", None),
        ("%n + 1", None),
        ("%n + 1 > 3 and %resource.descendants().answer.count() > 2", None),  # a gap would be counted as a no
        ("%n.lowBoundary() + 1 > 3", None),
        ("%resource.item.where(linkId='z').answer.value + 1 > 3", None),
        ("%b and", None),
        ("(%b", None),
        ("%twice", RULE),
        ("%itself", None),
        ("(" * 40 + "%b" + ")" * 40, RULE),
        ("%x > 3", None),
        ("%resource.item.where(linkId='absent').answer.value = true", None),
    ],
)  # fmt: skip
def test_an_expression_that_only_compares_answers_is_a_condition(text: str, expected: object) -> None:
    conditional = ask("z", extension=[fhirpath(text, use="sdc-questionnaire-enableWhenExpression")])
    known = [
        variable("b", "%resource.item.where(linkId='b').answer.value = true"),
        variable("n", "%resource.item.where(linkId='n').answer.value"),
        variable("itself", "%itself"),
    ]
    other = ask("o", extension=[variable("twice", "%resource.item.where(linkId='n').answer.exists()")])
    known.append(variable("twice", "%resource.item.where(linkId='b').answer.exists()"))
    reading = read(form(choice("c"), ask("b", "boolean"), ask("n", "integer"), other, conditional, extension=known))
    assert reading.instrument.item("z").enable == expected
    assert bool(told(reading, "S9")) is (expected is None)
    assert reading.instrument.item("z").expressions[0].text == text
    assert ("z_asked" in {item.key for item in reading.instrument.items}) is (expected is RULE)


@pytest.mark.parametrize(
    ("kind", "said", "operator", "bound", "is_asked"),
    [
        ("date", "2026-02-28", "<", {"answerDate": "2026-03"}, True),
        ("date", "2026-04-01", "<", {"answerDate": "2026-03"}, False),
        ("date", "2026-03-14", "<", {"answerDate": "2026-03"}, None),
        ("date", "2025-12-31", ">=", {"answerDate": "2026"}, False),
        ("dateTime", "2026-05-05T10:00", ">", {"answerDateTime": "2026-01-01"}, True),
        ("dateTime", "2026-05-05T10:00", ">", {"answerDateTime": "2026-01-01T00:00:00Z"}, True),
        ("dateTime", "2025-05-05T10:00", ">", {"answerDateTime": "2026-01-01T00:00:00+01:00"}, False),
        ("dateTime", "2026-01-01T10:00", ">", {"answerDateTime": "2026-01-01T00:00:00Z"}, None),
        ("dateTime", "2026-01-01T10:00", ">", {"answerDateTime": "0001-01-01T00:00:00+14:00"}, None),
        ("dateTime", "2026-05-05T10:00", "=", {"answerDateTime": "2026-05-05T10:00:00"}, True),
        ("time", "22:00", "=", {"answerTime": "22:00:00"}, True),
        ("time", "22:00", "!=", {"answerTime": "22:00:00"}, False),
        ("time", "22:00", ">", {"answerTime": "21:00:00Z"}, None),
        ("string", "10", "=", {"answerString": "1000"}, False),
    ],
)  # fmt: skip
def test_days_and_times_are_compared_as_far_as_both_are_told(
    kind: str, said: str, operator: str, bound: Json, is_asked: bool | None
) -> None:
    made = read(form(ask("when", kind), ask("then", enableWhen=[when("when", operator, **bound)]))).instrument
    assert made is not None
    assert applies(made, "then", [Answer("when", text=said)]) is is_asked


def test_an_amount_to_begin_with_says_its_unit_and_its_number_is_not_lost_in_silence() -> None:
    kilograms = {"unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    for begins, told_of in ((kilograms, 0), ({**kilograms, "value": 70}, 1)):
        for document in (
            form(ask("weight", "quantity", initial=[{"valueQuantity": begins}])),
            form(ask("weight", "quantity", initialQuantity=begins)),
        ):
            reading = read(document)
            assert reading.instrument is not None
            (item,) = reading.instrument.items
            assert (item.unit, [each.code for each in item.units]) == ("kg", ["kg"])
            assert len([each for each in reading.findings if "It begins with an answer" in each.problem]) == told_of


def test_of_many_conditions_as_many_are_worked_out_as_take_no_time_and_the_rest_are_told() -> None:
    said = (fhirpath(f"{N} + {n} > 3", use="sdc-questionnaire-enableWhenExpression") for n in range(60))
    reading = read(form(ask("n", "integer"), *(ask(f"z{n}", extension=[each]) for n, each in enumerate(said))))
    rules = [item for item in reading.instrument.items if item.is_rule]
    assert len(rules) == MOST_RULES
    assert len(told(reading, "S9")) == 60 - MOST_RULES


LISTED: list[tuple[str, list[Json], Json, str, str]] = [
    ("=", [{"valueString": "Yes, with a weapon"}, {"valueString": "No"}], {"answerString": "Yes, with a weapon"},
     "%resource.item.where(linkId='q').answer.value = 'Yes, with a weapon'", "Yes, with a weapon"),
    (">", [{"valueInteger": each} for each in (0, 1, 2)], {"answerInteger": 0},
     "%resource.item.where(linkId='q').answer.value > 0", "2"),
    ("<=", [{"valueDate": "2026-01-01"}, {"valueDate": "2026-02-01"}], {"answerDate": "2026-01-15"},
     "%resource.item.where(linkId='q').answer.value <= @2026-01-15", "2026-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "options", "answer", "expression", "chosen"), LISTED)
def test_a_required_question_behind_an_option_in_words_or_numbers_is_never_passed_over(
    operator: str, options: list[Json], answer: Json, expression: str, chosen: str
) -> None:
    said = fhirpath(expression, use="sdc-questionnaire-enableWhenExpression")
    document = form(
        ask("q", "choice", answerOption=options),
        ask("a", required=True, enableWhen=[when("q", operator, **answer)]),
        ask("b", required=True, extension=[said]),
    )
    instrument = read(document).instrument
    labels = {option.label: option.code for option in instrument.scale(instrument.item("q").scale).options}
    for label, code in labels.items():
        missing = [gap.field for gap in rules.gaps(instrument, [Answer("q", option=code)])]
        assert missing == (["a", "b"] if label == chosen or (operator, label) == (">", "1") else []), label
    assert [gap.field for gap in rules.gaps(instrument, [])] == ["a", "b"], "not known is asked"


# --- lists ------------------------------------------------------------------------------------------------


def test_a_contained_list_is_found_by_name_and_by_address() -> None:
    listed = {**value_set("l", ("a", 0), ("b", 1)), "url": "https://lists.example/l"}
    questions = [
        ask("x", "choice", answerValueSet="#l"),
        ask("y", "choice", answerValueSet="https://lists.example/l|2"),
    ]
    form_ = read(form(*questions, contained=[listed])).instrument
    assert form_.item("x").scale == form_.item("y").scale
    assert [(one.code, one.value) for one in form_.scales[0].options] == [("a", 0), ("b", 1)]


def test_an_expansion_is_the_list_and_a_composition_lends_its_weights() -> None:
    composed, expanded = (
        value_set("l", ("a", 5), ("b", 6), ("c", 7)),
        value_set("l", ("a", None), ("b", 9), expanded=True),
    )
    form_ = read(form(ask("x", "choice", answerValueSet="#l"), contained=[{**composed, **expanded}])).instrument
    assert [(one.code, one.value) for one in form_.scales[0].options] == [("a", 5), ("b", 9)]


def test_lists_that_name_lists_are_followed_and_a_circle_ends() -> None:
    outer = {
        "resourceType": "ValueSet",
        "id": "o",
        "compose": {"include": [{"valueSet": ["#i"]}, {"valueSet": ["#o"]}]},
    }
    contained = [outer, value_set("i", ("a", None), ("b", None))]
    reading = read(form(ask("x", "choice", answerValueSet="#o"), contained=contained))
    assert [one.code for one in reading.instrument.scales[0].options] == ["a", "b"]
    assert "not complete" in told(reading, "Q12")[0].message


def test_a_whole_code_system_is_a_list_with_weights_as_properties() -> None:
    system = {"resourceType": "CodeSystem", "id": "s", "url": "urn:s", "concept": [
        {"code": "a", "display": "A", "property": [{"code": "itemWeight", "valueDecimal": 1}]},
        {"code": "b", "display": "B", "concept": [{"code": "b1", "property": [{"code": "score", "valueInteger": 3}]}]},
    ]}  # fmt: skip
    whole = {"resourceType": "ValueSet", "id": "v", "compose": {"include": [{"system": "urn:s"}]}}
    form_ = read(form(ask("x", "choice", answerValueSet="#v"), contained=[system, whole])).instrument
    assert [(one.code, one.value) for one in form_.scales[0].options] == [("a", 1), ("b", None), ("b1", 3)]


def test_the_same_code_of_two_systems_is_two_answers() -> None:
    form_ = read(form(choice("x", option("a", system="urn:1"), option("a", system="urn:2")))).instrument
    assert [(one.code, one.coding.system) for one in form_.scales[0].options] == [("a", "urn:1"), ("a_2", "urn:2")]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([{"valueString": "A lot"}, {"valueString": "Nothing"}], ["a_lot", "nothing"]),
        ([{"valueInteger": 1}, {"valueInteger": 2}], ["o_1", "o_2"]),
        ([{"valueDate": "2022-09"}], ["o_2022_09"]),
        ([{"valueCoding": {"display": "Only words"}}], ["only_words"]),
        ([{"valueReference": {"reference": "Patient/1", "display": "Ann"}}], ["ann"]),
    ],
)
def test_answers_of_every_type_are_options(options: list[object], codes: list[str]) -> None:
    form_ = read(form(ask("x", "choice", answerOption=options))).instrument
    assert [one.code for one in form_.scales[0].options] == codes


def test_a_text_with_a_list_of_answers_is_a_choice() -> None:
    options = [{"valueString": "One"}, {"valueString": "Two"}]
    assert item_of(form(ask("x", answerOption=options)), "x").kind is ItemKind.CHOICE
    open_ = ask("x", answerOption=options, answerConstraint="optionsOrString")
    assert item_of(form(open_), "x").kind is ItemKind.OPEN_CHOICE


def test_reading_gives_no_instrument_exactly_when_it_refuses() -> None:
    for document in (sampler(), form(), form(choice("a", enableWhen=[when("a")])), {"resourceType": "Patient"}):
        reading = read(document)
        assert (reading.instrument is None) is (reading.outcome is Outcome.REFUSED)


def test_what_the_last_guard_catches_is_refused_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("unforeseen")

    monkeypatch.setattr("fourfold.assessment.fhir.reading.validate", broken)
    reading = read(form(ask("a")))
    assert (reading.outcome, reading.guarded) == (Outcome.REFUSED, True)
    assert "nobody foresaw (KeyError)" in reading.findings[-1].message


def test_a_reading_can_be_kept_and_compared() -> None:
    reading = read(sampler())
    assert replace(reading) == reading
    assert json.dumps([str(finding) for finding in reading.findings])


def test_repeats_have_a_bound() -> None:
    three = [extension("questionnaire-maxOccurs", "Integer", 3)]
    form_ = read(form(ask("a", repeats=True, extension=three), ask("b", repeats=True), ask("c"))).instrument
    assert [form_.item(key).repeats for key in ("a", "b", "c")] == [3, 10, 1]


def test_scales_without_weights_have_no_order() -> None:
    form_ = read(form(scale("a"), choice("b"))).instrument
    assert [each.kind for each in form_.scales] == ["ordinal", "nominal"]


USED = "https://lists.example/ValueSet/tone"


@pytest.mark.parametrize(
    ("item", "used"),
    [
        (ask("q", "choice", answerValueSet=f"{USED}|2"), True),
        (ask("q", "choice", options={"reference": USED}), True),
        (ask("q", "boolean", extension=[fhirpath(f"answer.memberOf('{USED}')")]), True),
        (ask("q", "choice", answerValueSet=f"{USED}-of-voice"), False),
        (ask("q", text=f"Which of {USED}?", code=[{"system": USED, "code": "x"}], definition=USED), False),
    ],
)
def test_a_list_is_put_into_a_form_that_takes_answers_from_it_and_no_other(item: Json, used: bool) -> None:
    listed = raw({"resourceType": "ValueSet", "url": USED, "compose": {"include": [{"system": "urn:t"}]}})
    assert fhir.completed(raw(form(item)), {USED: listed})[1] == ((USED,) if used else ())
