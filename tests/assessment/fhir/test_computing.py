"""Calculated values of a filled-in form: what is computed, and in which words it is not."""

from __future__ import annotations

import copy
import itertools
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fourfold.assessment import fhir
from fourfold.assessment.fhir.computing import calculate
from fourfold.assessment.fhir.expressions import evaluate, watch
from fourfold.assessment.fhir.terms import NotComputed
from tests.assessment.fhir.forms import (
    Json,
    ask,
    extension,
    fhirpath,
    form,
    group,
    option,
    read,
    scale,
    total,
    value_set,
)

VARIABLE = "variable"
ASKED_WHEN = "sdc-questionnaire-enableWhenExpression"


def answers(**given: Any) -> Json:
    """A response at the top level: letters are codes, everything else is what it is."""
    kinds = {bool: "valueBoolean", int: "valueInteger", Decimal: "valueDecimal"}
    items = []
    for link_id, value in given.items():
        coded = isinstance(value, str)
        said = {"valueCoding": {"system": "urn:answers", "code": value}} if coded else {kinds[type(value)]: value}
        items.append({"linkId": link_id, "answer": [said]})
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}


def computed(document: Json, response: Json, **more: Any) -> dict[str, Any]:
    """The values by linkId, or the words why there is none."""
    reading = read(document)
    assert reading.form is not None
    return {
        each.link_id: each.value if each.is_computed else each.why for each in calculate(reading.form, response, **more)
    }


SUM = "%resource.item.where(linkId in ('a' | 'b')).answer.weight().sum()"
TWO = (scale("a"), scale("b"))


@pytest.mark.parametrize(
    "text",
    [
        SUM,
        "%resource.item.where(linkId in ('a' | 'b')).answer.value.weight().sum()",
        "%resource.repeat(item).answer.ordinal().sum()",
        "%resource.answers().value.ordinal().sum()",
        "%resource.item.where(linkId = 'a').answer.weight() + %resource.item.where(linkId = 'b').answer.weight()",
        "(%resource.item.where(linkId = 'a').answer.weight() | %resource.item.where(linkId = 'b').answer.weight()).sum()",
    ],
)
def test_weights_are_added_up(text: str) -> None:
    assert computed(form(*TWO, total("t", text)), answers(a="c", b="d"))["t"] == 5


@pytest.mark.parametrize("given", [{"a": "c"}, {"b": "c"}, {}])
def test_an_incomplete_form_yields_no_total(given: dict[str, str]) -> None:
    assert "questions are open" in computed(form(*TWO, total("t", SUM)), answers(**given))["t"]
    anything = form(*TWO, total("t", "%resource.repeat(item).answer.weight().sum()"))
    assert computed(anything, answers(**given))["t"].startswith("Not computed")


def test_an_answer_that_leaves_the_question_open_yields_no_total() -> None:
    unknown = option("UNK", system="http://terminology.hl7.org/CodeSystem/v3-NullFlavor")
    document = form(scale("a"), {**scale("b"), "answerOption": [*scale("b")["answerOption"], unknown]}, total("t", SUM))
    response = answers(a="c")
    response["item"].append({"linkId": "b", "answer": [{"valueCoding": unknown["valueCoding"]}]})
    assert computed(document, response)["t"] == "Not computed. 1 of 2 questions are open: “What of b?”."


def test_a_reason_in_the_place_of_an_answer_is_no_answer() -> None:
    response = answers(a="c")
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "asked-declined"}
    response["item"].append({"linkId": "b", "answer": [{"extension": [absent]}]})
    assert "1 of 2 questions are open" in computed(form(*TWO, total("t", SUM)), response)["t"]


def test_a_question_that_is_not_asked_leaves_nothing_open() -> None:
    found = computed(form(*TWO, total("t", SUM)), answers(a="c"), asked=lambda link_id: link_id != "b")
    assert found["t"] == 2


def test_an_answer_without_weight_stops_the_sum() -> None:
    document = form({**scale("a"), "answerOption": [option("x", 1), option("y")]}, scale("b"), total("t", SUM))
    assert computed(document, answers(a="y", b="d"))["t"] == "Not computed. The answer “y” has no weight."


def test_the_same_code_weighs_what_it_weighs_on_its_own_question() -> None:
    document = form(scale("a", 0, 1, 2, 3), scale("b", 3, 2, 1, 0), total("t", SUM))
    assert computed(document, answers(a="a", b="a"))["t"] == 3


def test_weights_of_a_contained_list_count() -> None:
    listed = value_set("l", ("x", 4), ("y", 7))
    document = form(ask("a", "choice", answerValueSet="#l"), scale("b"), total("t", SUM), contained=[listed])
    assert computed(document, answers(a="y", b="b"))["t"] == 8


def test_a_weight_on_the_answer_itself_comes_first() -> None:
    response = answers(a="c", b="d")
    response["item"][0]["answer"][0]["extension"] = [extension("itemWeight", "Decimal", Decimal(9))]
    assert computed(form(*TWO, total("t", SUM)), response)["t"] == 12


# --- flags ------------------------------------------------------------------------------------------------

FLAG = "%resource.item.where(linkId = 'a').answer.weight() > 1"


@pytest.mark.parametrize(("given", "flag"), [({"a": "c"}, True), ({"a": "a"}, False)])
def test_a_flag_is_true_or_false_where_it_can_be(given: dict[str, str], flag: bool) -> None:
    assert computed(form(*TWO, total("t", FLAG, "boolean")), answers(**given))["t"] is flag


@pytest.mark.parametrize(
    "text",
    [
        FLAG,
        "%resource.item.where(linkId = 'a').answer.exists() and %resource.item.where(linkId = 'a').answer.weight() > 1",
        "{}",
        "%unknown > 1",
        "nonsense(",
    ],
)
def test_an_empty_flag_says_that_somebody_must_look_and_is_never_false(text: str) -> None:
    said = computed(form(*TWO, total("t", text, "boolean")), answers())["t"]
    assert said.startswith("Not computed: review by hand.")


@pytest.mark.parametrize("given", [True, False])
def test_to_boolean_works_on_a_value_of_the_form(given: bool) -> None:
    """fhirpathpy 2.2.4 gives nothing for `X.valueBoolean.toBoolean()` where X comes from a resource."""
    document = form(
        ask("a", "boolean"), total("t", "%resource.item.where(linkId='a').answer.valueBoolean.toBoolean()", "boolean")
    )
    assert computed(document, answers(a=given))["t"] is given


# --- variables --------------------------------------------------------------------------------------------


def test_variables_of_the_form_start_from_the_whole_response() -> None:
    document = form(
        ask("n", "integer"),
        group("g", total("t", "%n + %m", "integer", fhirpath("%n * 2", "m", VARIABLE))),
        extension=[fhirpath("item.where(linkId = 'n').answer.value", "n", VARIABLE)],
    )
    assert computed(document, answers(n=5))["t"] == 15


def test_a_nearer_variable_hides_the_outer_one() -> None:
    document = form(
        total("t", "%x", "integer", fhirpath("1", "x", VARIABLE)),
        total("u", "%x", "integer"),
        extension=[fhirpath("2", "x", VARIABLE)],
    )
    assert computed(document, answers()) == {"t": 1, "u": 2}


def test_the_words_of_the_guide_are_known() -> None:
    document = form(
        ask("n", "integer"),
        total("t", "%context.linkId & %qitem.linkId & %questionnaire.title & %resource.status", "string"),
    )
    assert computed(document, answers(n=1))["t"] == "ttA formcompleted"


def test_values_rest_on_values_in_whatever_order_they_stand() -> None:
    value = "%resource.item.where(linkId = '{}').answer.value + 1"
    document = form(
        total("c", value.format("b"), "integer"), total("b", value.format("a"), "integer"), ask("a", "integer")
    )
    assert computed(document, answers(a=1)) == {"c": 3, "b": 2}
    assert "what is not computed either: “What of b?”" in computed(document, answers())["c"]


def test_a_value_with_a_unit_is_read_on_as_an_answer_with_that_unit_is() -> None:
    """Also by a condition: an expression that finds no number there lets a required question be passed over."""
    mass = "%resource.item.where(linkId='mass').answer.value"
    kilograms = {"system": "http://unitsofmeasure.org", "code": "kg", "display": "kilograms"}
    unit = extension("questionnaire-unit", "Coding", kilograms)
    document = form(
        ask("v", "integer"),
        total("mass", "%resource.item.where(linkId='v').answer.value * 2", "quantity", unit),
        total("more", f"{mass}.value * 3"),
        total("code", f"{mass}.code", "string"),
        ask("why", required=True, extension=[fhirpath(f"{mass}.value > 10", use=ASKED_WHEN)]),
    )
    found = computed(document, answers(v=6), rules={"why": "asked"})
    assert found == {"mass": 12, "more": 36, "code": "kg", "asked": True}


def test_named_values_are_variables_of_the_form() -> None:
    first = ask("b", "integer", extension=[fhirpath("%resource.item.where(linkId='a').answer.value + 1", "first")])
    document = form(ask("a", "integer"), first, total("c", "%first + 1", "integer"))
    assert computed(document, answers(a=1)) == {"b": 2, "c": 3}


def test_values_that_wait_for_each_other_are_not_computed() -> None:
    value = "%resource.item.where(linkId = '{}').answer.value"
    found = computed(form(total("a", value.format("b")), total("b", value.format("a"))), answers())
    assert all("wait for each other" in said for said in found.values())


def test_a_value_that_changes_with_every_pass_is_not_computed() -> None:
    grows = "iif(%resource.repeat(item).answer.value.exists(), %resource.repeat(item).answer.value.count() + %context.answer.value, 1)"
    assert "changes with every pass" in computed(form(total("t", grows, "integer")), answers())["t"]


def test_variables_that_wait_for_each_other_are_not_computed() -> None:
    circle = [fhirpath("%y", "x", VARIABLE), fhirpath("%x", "y", VARIABLE)]
    assert "variables wait for each other" in computed(form(total("t", "%x", "integer", *circle)), answers())["t"]


# --- what is not there ------------------------------------------------------------------------------------

LAUNCH = {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-launchContext", "extension": [
    {"url": "name", "valueCoding": {"code": "patient"}}]}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("%patient.birthDate", "a record that is not fetched"),
        ("%query.entry", "which is not given"),
        ("today()", "today's date, which is not given"),
        ("%resource.subject.resolve()", "not known here (resolve)"),
        ("1 +", "cannot be read as FHIRPath, from character 4 on"),
        ("1 2", "cannot be read as FHIRPath"),
        ("'a", "A quotation mark does not close"),
        ("'x'", "gives no number"),
        ("1 | 2", "more than one value"),
        ("{}", "gives nothing"),
        ("1 / 0", "gives nothing"),
        ("'a'.replaceMatches('a', 'b')", "replaceMatches"),
        ("iif('a'.matches('(?=a)'), 1, 0)", "a pattern that is not run"),
    ],
)
def test_what_cannot_be_computed_says_why(text: str, words: str) -> None:
    said = computed(form(total("t", text), extension=[LAUNCH]), answers())["t"]
    assert words in said


@pytest.mark.parametrize("language", ["text/cql", "text/cql-identifier", "application/x-fhir-query"])
def test_other_languages_are_not_run(language: str) -> None:
    said = {"language": language, "expression": "1"}
    document = form(
        ask("t", "decimal", extension=[extension("sdc-questionnaire-calculatedExpression", "Expression", said)])
    )
    assert f"written in {language}" in computed(document, answers())["t"]


def test_today_is_what_the_caller_says() -> None:
    document = form(total("t", "today()", "date"), total("n", "now()", "dateTime"))
    found = computed(document, answers(), at=datetime(2026, 5, 3, 14, 0, tzinfo=UTC))
    assert found == {"t": "2026-05-03", "n": "2026-05-03T14:00:00+00:00"}


def test_the_response_is_left_as_it_was() -> None:
    response = answers(a="c", b="d")
    before = copy.deepcopy(response)
    computed(form(*TWO, total("t", SUM)), response)
    assert response == before


# --- within bounds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "repeat($this & 'a').count()",
        "(1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9).aggregate($total * $total * 9999999999, 9999999999)",
        "('a' | 'b' | 'c' | 'd' | 'e' | 'f').aggregate($total & $total & $total & $total & $total & $total, 'xxxxxxxxxx').length()",
        "(" * 300 + "1" + ")" * 300,
        "+".join(["1"] * 2_000),
        "+".join(["1"] * 9_000),
        "iif('" + "a" * 60 + "!'.matches('^(a+)+$'), 1, 2)",
        "9999999.power(9999999)",
    ],
)
def test_an_expression_cannot_take_the_time_or_the_memory(text: str) -> None:
    """The limit is two seconds; ten times as much would be no limit, on however busy a machine."""
    start = time.process_time()
    found = computed(form(total("t", text)), answers())["t"]
    assert isinstance(found, int | Decimal) or found.startswith("Not computed")
    assert time.process_time() - start < 20


def test_all_expressions_of_a_form_share_one_time() -> None:
    slow = "%resource.descendants().where(%resource.descendants().where(linkId = 'zz').exists()).count()"
    items = [total(f"t{n}", slow, "integer") for n in range(200)]
    start = time.process_time()
    found = computed(form(*items), answers(**{f"x{n}": n for n in range(300)}), longest_s=0.5)
    assert time.process_time() - start < 20
    assert "It takes too long to compute." in found["t199"]


def test_a_busy_machine_takes_no_time_from_an_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    days = itertools.count(0, 86_400)
    for clock in ("monotonic", "perf_counter", "time"):
        monkeypatch.setattr(time, clock, lambda: float(next(days)))
    assert computed(form(*TWO, total("t", SUM)), answers(a="b", b="b"))["t"] == 2


def test_the_engine_is_loaded_before_the_time_starts() -> None:
    """In a process of its own: the first form computed there has no more time than an engine that is loaded needs."""
    first = (
        "from fourfold.assessment.fhir.expressions import evaluate, watch\n"
        "print(evaluate('(1 | 2).sum()', focus={}, variables={}, watched=watch(lambda _: [], longest_s=0.05)))"
    )
    done = subprocess.run((sys.executable, "-c", first), capture_output=True, text=True, check=True)
    assert done.stdout == "[Decimal('3')]\n"


def test_a_trace_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert computed(form(total("t", "(1).trace('x') + 1", "integer")), answers())["t"] == 2
    assert capsys.readouterr().out == ""


def test_numbers_stay_exact() -> None:
    document = form(ask("a", "decimal"), total("t", "%resource.item.where(linkId = 'a').answer.value + 0.1"))
    assert computed(document, answers(a=Decimal("0.2")))["t"] == Decimal("0.3")
    half = form(ask("a", "integer"), total("t", "%resource.item.where(linkId = 'a').answer.value / 2"))
    assert computed(half, answers(a=7))["t"] == Decimal("3.5"), "also of whole numbers: not computed before"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1 | 2 | 3).sum()", Decimal(6)),
        ("(1 | 2 | 3).min()", Decimal(1)),
        ("(1 | 2 | 3).max()", Decimal(3)),
        ("(1 | 2 | 3).avg()", Decimal(2)),
        ("(4).power(0.5)", Decimal(2)),
        ("(4).power(2)", Decimal(16)),
    ],
)
def test_functions_that_are_supplied_agree_with_the_specification(text: str, value: Decimal) -> None:
    """FHIRPath 2.0.0 (HL7), sections 5.7 and 7, for these calls."""
    assert evaluate(text, focus={}, variables={}, watched=watch(lambda _: [])) == [value]


def test_a_root_of_what_is_below_nought_has_no_value() -> None:
    assert evaluate("(-4).power(0.5)", focus={}, variables={}, watched=watch(lambda _: [])) == []


def test_adding_up_what_is_no_number_is_refused() -> None:
    with pytest.raises(NotComputed, match="no number"):
        evaluate("('a' | 'b').sum()", focus={}, variables={}, watched=watch(lambda _: []))


def test_an_export_of_ours_is_computed_elsewhere_as_we_compute_it() -> None:
    """The expression that we write into an export, run on the response that we write, gives our own score."""
    text = "%resource.item.where(linkId in ('a' | 'b')).answer.weight().sum()"
    reading = read(form(*TWO, total("t", text)))
    assert reading.form is not None
    again = fhir.read(fhir.questionnaire_bytes(reading.instrument))
    assert again.form is not None
    found = {each.link_id: each.value for each in calculate(again.form, answers(a="c", b="d"))}
    assert found == {"t": 5}
