"""Filled-in forms out: answers, reasons for their absence, scores and levels."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fourfold.assessment import fhir, instruments, rules
from fourfold.assessment.fhir.canonicals import canonical_of
from fourfold.assessment.fhir.exporting import is_boolean
from fourfold.assessment.fhir.meanings import REASON_FOR
from fourfold.assessment.terms import (
    ABSENT,
    Answer,
    Instrument,
    ItemKind,
    NoteRule,
    ScoreResult,
    ScoreState,
    Slot,
)
from fourfold.cases.terms import Level
from tests.assessment.fhir.forms import ask, form, read, sampler

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


def left(instrument: Instrument, answers: list[Answer]) -> Counter[str]:
    """What a file that leaves holds as answers, in words: reasons for having none, numbers, notes and the words of options."""
    read: list[Any] = [json.loads(fhir.encode(fhir.response(instrument, answers, authored=AT)))]
    found: Counter[str] = Counter()
    while read:
        part = read.pop()
        for value in part.get("answer", ()):
            said = [each for key, each in value.items() if key.startswith("value")]
            said += [each["valueCode"] for each in value.get("extension", ()) if not said]
            found.update(
                str(each.get("value", each.get("display") or each.get("code")) if isinstance(each, dict) else each)
                for each in said
            )
            read += value.get("item", ())
        read += part.get("item", ())
    return found


def expected(instrument: Instrument, answers: list[Answer]) -> Counter[str]:
    found: Counter[str] = Counter()
    for answer in answers:
        item, scale_ = instrument.item(answer.item), instrument.scale_of(answer.slot)
        if answer.absent is not None:
            found[REASON_FOR[answer.absent]] += 1
        elif answer.option and is_boolean(instrument, item):
            found[str(answer.option == "yes")] += 1
        else:
            found.update(
                option.label or option.code for code in answer.options if scale_ and (option := scale_.option(code))
            )
            found.update([answer.text] if answer.text else [])
        found.update([answer.note] if answer.note else [])
    return found


# --- out --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [0, 1, 5])
@pytest.mark.parametrize(
    "instrument", [*SHIPPED, read(sampler()).instrument], ids=lambda each: getattr(each, "name", "")
)
def test_every_answer_leaves_once_in_its_own_words(instrument: Instrument, start: int) -> None:
    given_ = sheet_of(instrument, start)
    assert left(instrument, given_) == expected(instrument, given_)


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
    written = fhir.response(read(form(ask("b", "boolean"))).instrument, [Answer("b", option="no")])
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
