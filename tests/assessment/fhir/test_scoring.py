"""Scores that a file proposes: which items, which range, and what speaks against them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fourfold.assessment import rules
from fourfold.assessment.terms import Answer, ScoreState
from tests.assessment.fhir.forms import (
    Json,
    ask,
    choice,
    extension,
    fhirpath,
    form,
    option,
    read,
    scale,
    told,
    total,
    value_set,
)

WEIGHT = "extension.where(url = 'http://hl7.org/fhir/StructureDefinition/ordinalValue').valueDecimal"


def by_variables(text: str) -> Json:
    """Two scales, a variable for the weight of each, and a total over the variables."""
    named = [
        fhirpath(
            f"%questionnaire.item.where(linkId = '{key}').answerOption.where(valueCoding.code = "
            f"%resource.item.where(linkId = '{key}').answer.valueCoding.code).{WEIGHT}",
            key,
            "variable",
        )
        for key in "ab"
    ]
    return form(scale("a"), scale("b"), ask("t", "decimal", extension=[*named, fhirpath(text)]))


@pytest.mark.parametrize(
    "text",
    [
        "%resource.item.where(linkId = 'a' or linkId = 'b').answer.weight().sum()",
        "%resource.item.where(linkId in ('a' | 'b')).answer.value.ordinal().sum()",
        "iif(%resource.item.where(linkId in ('a' | 'b')).answer.weight().count() = 2, "
        "%resource.item.where(linkId in ('a' | 'b')).answer.weight().sum(), {})",
    ],
)
def test_a_plain_sum_of_named_items_is_proposed_as_one(text: str) -> None:
    proposal = read(form(scale("a"), scale("b"), scale("c"), total("t", text))).scoring[0]
    assert proposal.items == ("a", "b")
    assert (proposal.lowest, proposal.highest) == (0, 6)
    assert proposal.is_plain


@pytest.mark.parametrize(
    "text",
    [
        "%a + %b",
        "iif(%a.exists() and %b.exists(), %a + %b, {})",
        "iif(%a.exists() or %b.exists(), iif(%a.exists(), %a, 0) + iif(%b.exists(), %b, 0), {})",
        "%a.combine(%b).sum()",
    ],
)
def test_a_sum_of_variables_that_each_fetch_one_weight_is_plain(text: str) -> None:
    assert read(by_variables(text)).scoring[0].items == ("a", "b")
    assert read(by_variables(text)).scoring[0].is_plain


@pytest.mark.parametrize("text", ["%a * 2 + %b", "%a - %b", "(%a | %b).sum()", "%a + %b + 1", "iif(%a > 1, %b, %a)"])
def test_more_than_a_plain_sum_is_never_taken_for_one(text: str) -> None:
    """`(%a | %b).sum()` looks like one: a union drops the second of two equal weights."""
    reading = read(by_variables(text))
    assert reading.scoring[0].items == ()
    assert "more than a plain sum" in reading.scoring[0].why_not[0]
    assert reading.instrument.scores == ()


def test_a_sum_of_whatever_has_a_weight_is_proposed_with_a_warning() -> None:
    reading = read(form(scale("a"), scale("b"), ask("c"), total("t", "%resource.repeat(item).answer.weight().sum()")))
    assert reading.scoring[0].items == ("a", "b")
    assert "must be said one by one" in reading.scoring[0].why_not[0]
    assert told(reading, "S10")


def test_a_number_that_rests_on_no_weight_is_no_score() -> None:
    reading = read(form(ask("kg", "decimal"), total("t", "%resource.item.where(linkId = 'kg').answer.value * 2")))
    assert reading.scoring == ()
    assert reading.findings == ()


def test_a_computation_in_another_language_is_a_score_nobody_knows() -> None:
    cql = extension("sdc-questionnaire-calculatedExpression", "Expression", {"language": "text/cql", "expression": "T"})
    reading = read(form(scale("a"), ask("t", "decimal", extension=[cql])))
    assert reading.scoring[0].items == ()
    assert "text/cql, which is not run" in reading.scoring[0].why_not[0]
    assert len(told(reading, "S10")) == 1


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([choice("a", option("x", 0), option("y")), scale("b")], "Some answers have no weight"),
        ([scale("a", repeats=True), scale("b")], "Some questions take several answers"),
        ([ask("a"), scale("b")], "questions whose answers have no weights: a"),
    ],
)
def test_what_speaks_against_a_proposal_is_said(items: list[Json], why: str) -> None:
    proposal = read(
        form(*items, total("t", "%resource.item.where(linkId in ('a' | 'b')).answer.weight().sum()"))
    ).scoring[0]
    assert any(why in each for each in proposal.why_not)


def test_a_proposed_score_gives_no_result_until_somebody_answers_for_it() -> None:
    text = "%resource.item.where(linkId in ('a' | 'b')).answer.weight().sum()"
    form_ = read(form(scale("a"), scale("b"), total("t", text))).instrument
    score = form_.scores[0]
    assert ([item.field for item in score.items], score.lowest, score.highest) == (["a", "b"], 0, 6)
    assert (score.confirmed, score.verified) == (False, False)
    result = rules.score(form_, (Answer("a", option="c"), Answer("b", option="d")))[0]
    assert (result.state, result.value) == (ScoreState.NOT_COMPUTED, None)


def test_nothing_is_reversed_by_guess() -> None:
    text = "%resource.item.where(linkId in ('a' | 'b')).answer.weight().sum()"
    form_ = read(form(scale("a", 0, 1, 2, 3), scale("b", 3, 2, 1, 0), total("t", text))).instrument
    assert not any(item.reverse for item in form_.scores[0].items)
    assert [[one.value for one in each.options] for each in form_.scales] == [[0, 1, 2, 3], [3, 2, 1, 0]]


# --- weights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling", ["ordinalValue", "itemWeight", "questionnaire-ordinalValue", "valueset-ordinalValue", "extension-score"]
)
def test_a_weight_is_found_in_every_spelling(spelling: str) -> None:
    form_ = read(form(choice("a", option("x", 1.5, spelling), option("y", 2.5, spelling)))).instrument
    assert [one.value for one in form_.scales[0].options] == [Decimal("1.5"), Decimal("2.5")]


def test_a_weight_is_found_in_every_place() -> None:
    on_option = option("x", 1)
    on_coding = {"valueCoding": {"code": "x", "extension": [extension("ordinalValue", "Decimal", 2)]}}
    on_text = {"valueString": "x", "_valueString": {"extension": [extension("ordinalValue", "Integer", 3)]}}
    composed, expanded = value_set("c", ("x", 4)), value_set("e", ("x", 5), expanded=True)
    system = {"resourceType": "CodeSystem", "id": "s", "url": "urn:s", "concept": [
        {"code": "x", "extension": [extension("itemWeight", "Decimal", 6)]}]}  # fmt: skip
    questions = [
        choice("a", on_option),
        choice("b", on_coding),
        ask("c", "choice", answerOption=[on_text]),
        ask("d", "choice", answerValueSet="#c"),
        ask("e", "choice", answerValueSet="#e"),
        choice("f", option("x", system="urn:s")),
    ]
    form_ = read(form(*questions, contained=[composed, expanded, system])).instrument
    found = [form_.scale(item.scale).options[0].value for item in form_.items]
    assert found == [1, 2, 3, 4, 5, 6]


def test_the_place_nearest_to_the_answer_wins() -> None:
    coding = {"system": "urn:s", "code": "x", "extension": [extension("ordinalValue", "Decimal", 2)]}
    both = {"valueCoding": coding, "extension": [extension("ordinalValue", "Decimal", 1)]}
    assert read(form(choice("a", both))).instrument.scales[0].options[0].value == 1


@pytest.mark.parametrize(("written", "value"), [("3", Decimal(3)), (True, None), ("three", None), ([3], None)])
def test_a_weight_that_is_no_number_is_left_out_and_told(written: object, value: Decimal | None) -> None:
    strange = {
        **option("x"),
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": written}],
    }
    reading = read(form(choice("a", strange)))
    assert reading.instrument.scales[0].options[0].value == value
    assert reading.findings


def test_a_label_is_never_a_weight() -> None:
    form_ = read(form(choice("a", option("0"), option("1"), option("2")))).instrument
    assert all(one.value is None for one in form_.scales[0].options)
