"""Filled-in forms out and in: answers, reasons for their absence, scores, levels, and what is wrong with each (Q23)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.assessment import fhir, instruments, rules
from fourfold.assessment.fhir.answering import ResponseReading
from fourfold.assessment.fhir.canonicals import canonical_of
from fourfold.assessment.fhir.terms import Outcome, Severity
from fourfold.assessment.terms import (
    ABSENT,
    Answer,
    Instrument,
    ItemKind,
    Meaning,
    NoteRule,
    ScoreResult,
    ScoreState,
    Slot,
)
from fourfold.cases.terms import Level
from tests.assessment.fhir.forms import (
    Json,
    ask,
    choice,
    extension,
    form,
    group,
    option,
    raw,
    read,
    sampler,
    scale,
    when,
)

AT = datetime(2026, 5, 3, 14, 0, tzinfo=UTC)
SHIPPED = instruments.catalogue()
WORDS = {
    ItemKind.INTEGER: "3",
    ItemKind.DECIMAL: "3.5",
    ItemKind.QUANTITY: "3",
    ItemKind.DATE: "2026-05-03",
    ItemKind.TIME: "14:00:00",
    ItemKind.DATETIME: "2026-05-03T14:00:00+01:00",
}


def answer_to(instrument: Instrument, slot: Slot, turn: int) -> Answer | None:
    """Some answer that fits, another one for another turn."""
    item, scale_ = instrument.item(slot.item), instrument.scale_of(slot)
    if item.read_only:
        return None
    if turn % 7 == 6 and not item.axes:
        return Answer(slot.item, axis=slot.axis, repeat=slot.repeat, absent=ABSENT[turn % len(ABSENT)])
    if scale_ is not None and scale_.options:
        option_ = scale_.options[turn % len(scale_.options)].code
        note = "Said so." if item.note is not NoteRule.NONE and not item.axes and not item.link else ""
        return Answer(slot.item, option=option_, axis=slot.axis, repeat=slot.repeat, note=note)
    return Answer(slot.item, axis=slot.axis, repeat=slot.repeat, text=WORDS.get(item.kind, "In words"))


def sheet_of(instrument: Instrument, start: int = 0) -> list[Answer]:
    """An answer to every question, as far as it fits."""
    found = [answer_to(instrument, slot, start + turn) for turn, slot in enumerate(instrument.slots())]
    return [each for each in found if each is not None and rules.why_not_answer(instrument, each) is None]


def there_and_back(instrument: Instrument, answers: list[Answer]) -> ResponseReading:
    return fhir.read_response(fhir.encode(fhir.response(instrument, answers, authored=AT)), instrument)


# --- there and back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [0, 1, 5])
@pytest.mark.parametrize("instrument", SHIPPED, ids=lambda each: each.name)
def test_answers_to_every_shipped_instrument_come_back(instrument: Instrument, start: int) -> None:
    given_ = sheet_of(instrument, start)
    reading = there_and_back(instrument, given_)
    assert set(reading.answers) == set(given_)
    assert not reading.guarded


def test_answers_to_an_imported_form_come_back() -> None:
    instrument = read(sampler()).instrument
    given_ = sheet_of(instrument)
    assert set(there_and_back(instrument, given_).answers) == set(given_)


@given(st.lists(st.integers(0, 6), min_size=17, max_size=17))
def test_whatever_was_answered_comes_back(turns: list[int]) -> None:
    instrument = instruments.load("first-line")
    slots = list(instrument.slots())
    found = [answer_to(instrument, slot, turn) for slot, turn in zip(slots, turns, strict=False)]
    given_ = [each for each in found if each is not None and rules.why_not_answer(instrument, each) is None]
    assert set(there_and_back(instrument, given_).answers) == set(given_)


def test_nothing_that_is_open_becomes_a_no() -> None:
    """A reason for an absent answer stands in its place, and never an option that denies."""
    instrument = instruments.load("first-line")
    for reason in ABSENT:
        written = fhir.response(instrument, [Answer("fear", absent=reason)])
        answer = written["item"][0]["item"][0]["answer"][0]
        assert not any(key.startswith("value") for key in answer)
        assert answer["extension"][0]["url"].endswith("data-absent-reason")


def test_an_option_that_leaves_the_question_open_says_so_in_both_ways() -> None:
    written = fhir.response(instruments.load("first-line"), [Answer("fear", option="not_known")])
    answer = written["item"][0]["item"][0]["answer"][0]
    assert answer["valueCoding"]["code"] == "not_known"
    assert answer["extension"][0]["valueCode"] == "asked-unknown"


def test_yes_and_no_alone_are_a_boolean() -> None:
    written = fhir.response(FORM, [Answer("b", option="no")])
    assert written["item"] == [{"linkId": "b", "answer": [{"valueBoolean": False}]}]


def test_the_head_names_form_version_and_moment() -> None:
    instrument = instruments.load("first-line")
    written = fhir.response(instrument, [], authored=AT, subject="Patient/1", author="Practitioner/2", complete=False)
    assert written["questionnaire"] == canonical_of(instrument)
    assert (written["status"], written["authored"]) == ("in-progress", "2026-05-03T14:00:00+00:00")
    assert (written["subject"], written["author"]) == ({"reference": "Patient/1"}, {"reference": "Practitioner/2"})


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        fhir.response(instruments.load("first-line"), [], authored=datetime(2026, 5, 3))  # noqa: DTZ001


# --- scores and levels ------------------------------------------------------------------------------------


def test_each_score_is_an_observation_and_a_missing_one_says_why() -> None:
    instrument = instruments.load("safety-check-in")
    results = [
        ScoreResult("safety", ScoreState.SCORED, Decimal(17), 8, 8, band="Mixed"),
        ScoreResult("safety", ScoreState.NOT_SCORED, None, 3, 8, reason="Not scored: 3 of 8 answered."),
    ]
    found = fhir.observations(
        instrument, results, effective=AT, subject="Patient/1", derived_from="QuestionnaireResponse/9"
    )
    assert found[0]["valueQuantity"] == {"value": 17, "unit": "points"}
    assert found[0]["interpretation"] == [{"text": "Mixed"}]
    assert found[0]["derivedFrom"] == [{"reference": "QuestionnaireResponse/9"}]
    assert "valueQuantity" not in found[1]
    assert found[1]["dataAbsentReason"] == {"text": "Not scored: 3 of 8 answered."}


def test_a_score_stands_in_the_response_only_where_there_is_one() -> None:
    instrument = instruments.load("safety-check-in")
    scored = ScoreResult("safety", ScoreState.SCORED, Decimal(17), 8, 8)
    open_ = ScoreResult("safety", ScoreState.NOT_SCORED, None, 3, 8)
    assert fhir.response(instrument, [], results=[scored])["item"][-1]["answer"] == [{"valueDecimal": 17}]
    assert "item" not in fhir.response(instrument, [], results=[open_])


def test_the_level_is_the_professionals_and_the_computed_one_stands_beside_it() -> None:
    judged = fhir.Judged(Level.HIGH, reason="He has her address.", computed=Level.MEDIUM, formulation="A grievance.")
    found = fhir.risk(instruments.load("first-line"), judged, occurred=AT, subject="Patient/1", scenarios=["He waits."])
    assert found["prediction"][0]["qualitativeRisk"]["coding"] == [{"system": "urn:fourfold:level", "code": "high"}]
    assert found["prediction"][1] == {"rationale": "He waits."}
    assert [each["text"] for each in found["note"]] == [
        "A grievance.", "He has her address.", "The form by itself suggests medium; the professional judged high."]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_independent_reader_accepts_what_was_answered_scored_and_judged() -> None:
    from fhir.resources.R4B.bundle import Bundle

    instrument = instruments.load("safety-check-in")
    given_ = sheet_of(instrument)
    results = rules.score(instrument, given_)
    resources = [
        fhir.response(instrument, given_, authored=AT, results=results),
        *fhir.observations(instrument, results, effective=AT),
        fhir.risk(instrument, fhir.Judged(Level.LOW, measures="A plan."), occurred=AT, subject="Patient/1"),
    ]
    assert len(Bundle.model_validate_json(fhir.encode(fhir.bundle(*resources))).entry) == len(resources)


# --- reading (Q23) ----------------------------------------------------------------------------------------

FORM = read(form(
    choice("c", option("x"), option("y"), required=True),
    choice("m", option("x"), option("y"), repeats=True),
    ask("o", "open-choice", answerOption=[option("x")]),
    ask("b", "boolean"),
    ask("n", "integer", extension=[extension("minValue", "Integer", 0), extension("maxValue", "Integer", 9)]),
    ask("d", "dateTime"),
    ask("t", repeats=True, extension=[
        extension("questionnaire-minOccurs", "Integer", 2), extension("questionnaire-maxOccurs", "Integer", 3)]),
    ask("z", enableWhen=[when("b", answerBoolean=True)]),
    group("g", ask("gi", "date"), repeats=True),
    url="https://forms.example/f", version="1",
)).instrument  # fmt: skip
X = {"valueCoding": {"system": "urn:answers", "code": "x"}}


def answered(link_id: str, *values: Json) -> Json:
    return {"linkId": link_id, "answer": list(values)}


def filled(*items: Json, **fields: Any) -> Json:
    head = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": "https://forms.example/f|1",
    }
    return {**head, "item": [answered("c", X), *items], **fields}


def back(document: Json) -> ResponseReading:
    return fhir.read_response(raw(document), FORM)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (answered("m", X, {"valueCoding": {"code": "y"}}), Answer("m", option="x y")),
        (answered("m", {"valueCoding": {"code": "y"}}, X), Answer("m", option="x y")),
        (answered("o", X), Answer("o", option="x")),
        (answered("o", {"valueString": "Another"}), Answer("o", text="Another")),
        (answered("b", {"valueBoolean": False}), Answer("b", option="no")),
        (answered("n", {"valueInteger": 0}), Answer("n", text="0")),
        (answered("n", {"valueDecimal": 3.0}), Answer("n", text="3")),
        (answered("d", {"valueDateTime": "2026-05-03T14:00:00Z"}), Answer("d", text="2026-05-03T14:00:00Z")),
        (answered("b", {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                                       "valueCode": "asked-declined"}]}), Answer("b", absent=Meaning.REFUSED)),
        ({"linkId": "g", "item": [answered("gi", {"valueDate": "2026-05-03"})]}, Answer("gi", repeat=1, text="2026-05-03")),
        ({"linkId": "n", "answer": {"valueInteger": 4}}, Answer("n", text="4")),
    ],
)  # fmt: skip
def test_an_answer_that_fits_is_taken(item: Json, expected: Answer) -> None:
    reading = back(filled(item))
    assert expected in reading.answers
    assert [each for each in reading.findings if each.severity is Severity.ERROR] == []


def test_the_second_of_the_same_group_is_its_second_repeat() -> None:
    twice = [{"linkId": "g", "item": [answered("gi", {"valueDate": f"2026-05-0{day}"})]} for day in (3, 4)]
    assert back(filled(*twice)).answers[1:] == (
        Answer("gi", repeat=1, text="2026-05-03"),
        Answer("gi", repeat=2, text="2026-05-04"),
    )


def test_several_answers_to_a_repeating_question_are_its_repeats() -> None:
    values = [{"valueString": word} for word in ("one", "two")]
    assert back(filled(answered("t", *values))).answers[1:] == (
        Answer("t", repeat=1, text="one"),
        Answer("t", repeat=2, text="two"),
    )


@pytest.mark.parametrize(
    ("document", "where", "words"),
    [
        (filled(status=None), "status", "has no status"),
        (filled(status="done"), "status", "“done” is not a status"),
        (filled(authored="2026-05-03T14:00:00"), "authored", "a time without a zone"),
        (filled(item=[]), "c", "Something is missing"),
        (filled(answered("zz", X)), "zz", "There is no question “zz”"),
        (
            filled(answered("m", {"valueCoding": {"code": "q", "display": "Quite"}})),
            "m",
            "“Quite” is not among the answers",
        ),
        (filled(answered("n", {"valueString": "3"})), "n", "is of type String"),
        (filled(answered("n", {"valueInteger": 12})), "n", "more than 9"),
        (filled(answered("d", {"valueDateTime": "2026-05-03T14:00:00"})), "d", "a time without a zone"),
        (filled(answered("n", {"valueInteger": 1}, {"valueInteger": 2})), "n", "answered twice"),
        (filled(answered("n", {})), "n", "The answer is empty"),
        (filled(answered("t", {"valueString": "one"})), "t", "answered 1 times, and at least 2"),
        (filled(answered("t", *({"valueString": str(n)} for n in range(4)))), "t", "has no repeat 4"),
        (filled(answered("b", {"valueBoolean": False}), answered("z", {"valueString": "x"})), "z", "is not asked here"),
    ],
)
def test_an_answer_that_does_not_fit_is_named_and_not_taken(document: Json, where: str, words: str) -> None:
    reading = back(document)
    found = [each for each in reading.findings if words in each.message]
    assert found, [str(each) for each in reading.findings]
    assert (found[0].rule, found[0].severity, found[0].where) == ("Q23", Severity.ERROR, where)
    assert reading.outcome is Outcome.WITH_WARNINGS


def test_none_of_these_alone_is_enough_where_two_answers_are_asked_for() -> None:
    none = {**option("none"), "extension": [extension("questionnaire-optionExclusive", "Boolean", True)]}
    least = [extension("questionnaire-minOccurs", "Integer", 2)]
    asked = [
        ask(kind, kind, repeats=True, required=True, extension=least, answerOption=[option("x"), option("y"), none])
        for kind in ("choice", "open-choice")
    ]
    instrument = read(form(*asked, url="https://forms.example/f", version="1")).instrument
    for code, found in (("none", 0), ("x", 3)):
        value = {"valueCoding": {"system": "urn:answers", "code": code}}
        given = {**filled(), "item": [answered("choice", value), answered("open-choice", value)]}
        assert len(fhir.read_response(raw(given), instrument).findings) == found, code


def test_a_response_that_keeps_every_rule_is_taken_without_a_word() -> None:
    reading = back(
        filled(answered("b", {"valueBoolean": True}), answered("z", {"valueString": "x"}), authored="2026-05-03")
    )
    assert (reading.outcome, reading.findings, reading.status) == (Outcome.IMPORTED, (), "completed")
    assert len(reading.answers) == 3


@pytest.mark.parametrize(
    ("questionnaire", "words"),
    [
        (None, "does not say which form"),
        ("https://forms.example/other", "answers “https://forms.example/other” and not this form"),
        ("https://forms.example/f|7", "answers version 7 and not 1"),
        ({"reference": "https://forms.example/other"}, "and not this form"),
    ],
)
def test_a_response_to_another_form_is_told(questionnaire: object, words: str) -> None:
    assert any(words in each.message for each in back(filled(questionnaire=questionnaire)).findings)


def test_a_response_of_stu3_names_its_form_by_reference() -> None:
    assert back(filled(questionnaire={"reference": "https://forms.example/f"})).findings == ()


def test_a_response_is_taken_out_of_a_bundle() -> None:
    reading = back({"resourceType": "Bundle", "entry": [{"resource": filled()}]})
    assert [answer.item for answer in reading.answers] == ["c"]


@pytest.mark.parametrize("bytes_", [b"", b"{", b"<x/>", b"[]", raw(form(ask("a"))), b'{"resourceType":"Patient"}'])
def test_what_is_no_response_is_refused_in_words(bytes_: bytes) -> None:
    reading = fhir.read_response(bytes_, FORM)
    assert (reading.outcome, reading.answers, reading.guarded) == (Outcome.REFUSED, (), False)
    assert reading.findings[-1].message


JUNK: list[Any] = [None, True, 0, -1, 1.5, "", "x", "\x00", [], {}, [None], {"a": 1}, {"valueCoding": []}, [[]], "2026"]


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*way, key))


@given(st.data())
def test_no_change_to_a_response_reaches_the_last_guard(data: st.DataObject) -> None:
    document = json.loads(fhir.encode(fhir.response(FORM, sheet_of(FORM), authored=AT)))
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from([each for each in _places(document) if each]))
        holder = document
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = data.draw(st.sampled_from(JUNK))
    reading = fhir.read_response(raw(document), FORM)
    assert not reading.guarded
    assert all(rules.why_not_answer(FORM, answer) is None for answer in reading.answers)


def test_a_scale_is_answered_by_its_own_codes_and_by_those_of_the_terminology() -> None:
    instrument = read(form(scale("a", 0, 1, url=None))).instrument
    for coding in (
        {"system": "urn:answers", "code": "a"},
        {"code": "a"},
        {"system": "urn:fourfold:scale:a-form:a", "code": "a"},
    ):
        document = {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "item": [answered("a", {"valueCoding": coding})],
        }
        assert fhir.read_response(raw(document), instrument).answers == (Answer("a", option="a"),)
