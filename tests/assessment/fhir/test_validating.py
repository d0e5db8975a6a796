"""The validation rules: for each, a form that passes and one that fails, with our verdict, the place and the words.

`fhir.resources`, an independent reader, accepts most of the failing ones: it checks shape and no invariant.
"""

from __future__ import annotations

from typing import Any

import pytest

from fourfold.assessment.fhir.cycles import circles
from fourfold.assessment.fhir.terms import Outcome, Severity
from tests.assessment.fhir.forms import (
    HL7,
    Json,
    ask,
    choice,
    extension,
    fhirpath,
    form,
    group,
    option,
    read,
    scale,
    told,
    total,
    value_set,
    when,
)

E, W, N, R = Severity.ERROR, Severity.WARNING, Severity.NOTE, Severity.REFUSE
SUM = "%resource.item.where(linkId in ('a' | 'b')).answer.weight().sum()"
BOUNDS = (extension("minValue", "Integer", 0), extension("maxValue", "Integer", 6))

FAILING: list[tuple[str, Severity, str, str, Json]] = [
    ("Q1", E, "a", "2 items have the linkId “a”", form(ask("a"), group("g", ask("a")))),
    ("Q2", E, "a", "there is no such item", form(ask("a", enableWhen=[when("zz", answerString="x")]))),
    ("Q2", E, "a", "depends on its own answer", form(ask("a", enableWhen=[when("a", answerString="x")]))),
    ("Q2", E, "a", "does not name the question", form(ask("a", enableWhen=[{"operator": "=", "answerString": "x"}]))),
    ("Q3", E, "a", "wait for each other", form(
        ask("a", "boolean", enableWhen=[when("b", answerBoolean=True)]),
        ask("b", "boolean", enableWhen=[when("a", answerBoolean=True)]))),
    ("Q3", E, "g", "wait for each other", form(
        group("g", ask("a", "boolean"), enableWhen=[when("a", answerBoolean=True)]))),
    ("Q4", W, "z", "all must hold", form(
        ask("a", "boolean"),
        ask("z", enableWhen=[when("a", answerBoolean=True), when("a", "exists", answerBoolean=True)]))),
    ("Q5", E, "z", "no answer to compare with", form(ask("a", "boolean"), ask("z", enableWhen=[when("a")]))),
    ("Q5", E, "z", "is a yes-or-no question and is compared with a coded answer", form(
        ask("a", "boolean"), ask("z", enableWhen=[when("a", answerCoding={"code": "yes"})]))),
    ("Q5", E, "z", "is a group and has no answer", form(
        group("g", ask("a")), ask("z", enableWhen=[when("g", answerString="x")]))),
    ("Q5", E, "z", "has no order to compare by", form(
        ask("a", "boolean"), ask("z", enableWhen=[when("a", ">", answerBoolean=True)]))),
    ("Q5", E, "z", "is compared with 3", form(ask("a"), ask("z", enableWhen=[when("a", "exists", answerInteger=3)]))),
    ("Q5", W, "z", "is not among the answers", form(
        choice("a"), ask("z", enableWhen=[when("a", answerCoding={"code": "perhaps"})]))),
    ("Q6", W, "g", "has no items", form(group("g"), ask("a"))),
    ("Q6", R, "item", "The form has no items", form()),
    ("Q7", E, "d", "a text takes none", form({"linkId": "d", "type": "display", "text": "D", "item": [ask("a")]})),
    ("Q8", W, "g", "required", form(group("g", ask("a"), required=True))),
    ("Q8", W, "d", "options", form(ask("d", "display", answerOption=[option("x")]))),
    ("Q9", E, "a", "type boolean takes no list", form(ask("a", "boolean", answerOption=[option("x")]))),
    ("Q9", E, "a", "type text takes no list", form(ask("a", "text", answerOption=[option("x")]))),
    ("Q10", E, "a", "names a list as well", form(
        choice("a", answerValueSet="#l"), contained=[value_set("l", ("x", None))])),
    ("Q11", E, "a", "no answers to choose from", form(ask("a", "choice"))),
    ("Q11", E, "a", "worked out by an expression", form(
        ask("a", "choice", extension=[fhirpath("1", use="sdc-questionnaire-answerExpression")]))),
    ("Q11", W, "a", "asked as an open question", form(ask("a", "open-choice"))),
    ("Q12", E, "a", "which it does not contain", form(ask("a", "choice", answerValueSet="#none"))),
    ("Q12", E, "a", "nothing is fetched", form(ask("a", "choice", answerValueSet="https://lists.example/l"))),
    ("Q12", E, "a", "only a terminology server", form(ask("a", "choice", answerValueSet="#f"), contained=[
        {"resourceType": "ValueSet", "id": "f", "compose": {"include": [{"system": "urn:s", "filter": [{}]}]}}])),
    ("Q12", E, "a", "which the file does not hold", form(ask("a", "choice", answerValueSet="#w"), contained=[
        {"resourceType": "ValueSet", "id": "w", "compose": {"include": [{"system": "urn:s"}]}}])),
    ("Q12", E, "a", "names neither answers nor the code system or list", form(ask("a", "choice", answerValueSet="#w"),
        contained=[{"resourceType": "ValueSet", "id": "w", "compose": {"include": [{}]}}])),
    ("Q13", W, "status", "has no status", form(ask("a"), status=None)),
    ("Q13", E, "status", "“banana” is not a status", form(ask("a"), status="banana")),
    ("Q13", E, "a", "“banana” is not a type of item", form(ask("a", "banana"))),
    ("Q13", E, "a", "The item has no type", form(ask("a", type=None))),
    ("Q13", E, "a", "“question” is a heading", form(ask("a", "question"))),
    ("Q13", E, "z", "“like” is no way to compare", form(ask("a"), ask("z", enableWhen=[when("a", "like", answerString="x")]))),
    ("Q13", E, "z", "“some” is no way in which", form(
        ask("a"), ask("z", enableWhen=[when("a", answerString="x")], enableBehavior="some"))),
    ("Q14", W, "a", "means nothing for integer", form(ask("a", "integer", maxLength=3))),
    ("Q15", W, "a", "1 of 3 answers have no weight: “C”", form(choice("a", option("a", 0), option("b", 1), option("c")))),
    ("Q15", W, "a", "2 answers weigh 1: “B”, “C”", form(scale("a", 0, 1, 1))),
    ("Q15", W, "a", "go up and down, at “C”", form(scale("a", 0, 2, 1))),
    ("Q15", W, "a", "skip, from 1 to 3 at “C”", form(scale("a", 0, 1, 3))),
    ("Q15", W, "a", "not whole: “B”", form(scale("a", 0, 0.5, 1))),
    ("Q15", W, "a", "below 0: “A”", form(scale("a", -1, 0, 1))),
    ("Q15", W, "a, answer “X”", "two weights: ordinalValue 1 and itemWeight 2", form(choice("a", {
        **option("x"), "extension": [extension("ordinalValue", "Decimal", 1), extension("itemWeight", "Decimal", 2)]}))),
    ("Q16", W, "t", "declared range is 0 to 6, and the listed weights give a range of 0 to 5", form(
        scale("a", 0, 1, 2), scale("b"), total("t", SUM, "integer", *BOUNDS))),
    ("Q17", E, "t", "looks at “zz”, and there is no such item", form(
        scale("a"), total("t", "%resource.item.where(linkId = 'zz').answer.weight().sum()"))),
    ("Q17", E, "t", "A “(” is not closed", form(scale("a"), total("t", "iif(%resource.item.exists(), 1"))),
    ("Q17", E, "t", "A quotation mark does not close", form(scale("a"), total("t", "'open"))),
    ("Q18", W, "t", "“%x” has a name that is taken", form(ask("t", extension=[
        fhirpath("1", "x", "variable"), fhirpath("2", "x", "variable")]))),
    ("Q18", W, "t", "“%x” has a name that is taken", form(
        ask("t", extension=[fhirpath("1", "x", "variable")]), extension=[fhirpath("2", "x", "variable")])),
    ("Q18", W, "variables", "“%resource” has a name", form(ask("a"), extension=[fhirpath("1", "resource", "variable")])),
    ("Q19", R, "item", "more than 3,000 questions.", form(*(ask(str(n)) for n in range(3_001)))),
    ("Q19", R, "item", "more than 6,000 questions, headings and texts together", form(*(ask(str(n), "display") for n in range(6_001)))),
    ("Q20", W, "a", "The answer “yes” stands 2 times", form(choice("a", option("yes"), option("no"), option("yes")))),
    ("Q21", R, "modifierExtension", "changes the meaning", form(
        ask("a"), modifierExtension=[{"url": "https://x.example/not", "valueBoolean": True}])),
    ("Q21", R, "a", "changes the meaning", form(ask("a", modifierExtension=[{"url": "https://x.example/not"}]))),
    ("Q21", R, "a", "changes the meaning", form(
        choice("a", {**option("x"), "modifierExtension": [{"url": "https://x.example/not", "valueBoolean": False}]}))),
    ("Q22", W, "a", "it has no url", form(ask("a", extension=[{"valueString": "x"}]))),
    ("Q22", W, "a", "it is no object", form(ask("a", extension=["x"]))),
    ("Q22", W, "a", "has more than one value", form(ask("a", extension=[
        {"url": f"{HL7}regex", "valueString": "x", "valueInteger": 1}]))),
    ("Q22", W, "a", "has no value", form(ask("a", extension=[{"url": f"{HL7}regex"}]))),
    ("Q22", W, "a", "is no list", form(ask("a", extension={"url": f"{HL7}regex", "valueString": "x"}))),
    ("Q22", W, "a", "A constraint has no expression", form(ask("a", extension=[
        {"url": f"{HL7}questionnaire-constraint", "extension": [{"url": "key", "valueId": "k"}]}]))),
    ("S8", E, "t", "wait for each other", form(
        total("t", "%resource.item.where(linkId = 'u').answer.value"),
        total("u", "%resource.item.where(linkId = 't').answer.value"))),
    ("S9", N, "launchContext", "None are fetched", form(ask("a"), extension=[
        {"url": f"{HL7}sdc-questionnaire-launchContext", "extension": [
            {"url": "name", "valueCoding": {"code": "patient"}}]}])),
    ("S9", N, "a", "it begins empty", form(
        ask("a", extension=[fhirpath("%patient.name", use="sdc-questionnaire-initialExpression")]))),
    ("S9", N, "a", "The wording would change", form(
        ask("a", _text={"extension": [fhirpath("'Now ' + %resource.status", use="cqf-expression")]}))),
    ("S10", W, "t", "is written in text/cql, which is not run", form(ask("t", "decimal", extension=[
        extension("sdc-questionnaire-calculatedExpression", "Expression",
                  {"language": "text/cql", "expression": "Total"})]))),
]  # fmt: skip

LEFT_BEHIND: list[tuple[str, Severity, str, str, Json]] = [
    ("shape", W, "a", "up to 10 times", form(ask("a", repeats=True))),
    ("shape", W, "a", "up to 50 times", form(
        ask("a", repeats=True, extension=[extension("questionnaire-maxOccurs", "Integer", 60)]))),
    ("shape", W, "a", "a choice of units; as a decimal the answer is taken in “kg”", form(ask("a", "decimal", extension=[
        extension("questionnaire-unitOption", "Coding", {"code": each, "display": each}) for each in ("kg", "lb")]))),
    ("shape", W, "a", "Its units are not known; here the answer is taken in “kg”", form(ask("a", "quantity", extension=[
        extension("questionnaire-unit", "Coding", {"code": "kg"}),
        extension("questionnaire-unitValueSet", "Canonical", "https://forms.example/units")]))),
    ("shape", W, "a", "largest value is worked out", form(ask("a", "date", extension=[
        {"url": f"{HL7}maxValue", "extension": [fhirpath("today()", use="cqf-expression")]}]))),
    ("Q5", W, "z", "in another unit than the question", form(
        ask("a", "quantity", extension=[extension("questionnaire-unit", "Coding", {"code": "kg"})]),
        ask("z", enableWhen=[when("a", ">", answerQuantity={"value": 200, "code": "[lb_av]"})]))),
    ("shape", W, "a", "largest value is not in the unit of the question", form(ask("a", "quantity", extension=[
        extension("questionnaire-unit", "Coding", {"code": "kg"}),
        extension("sdc-questionnaire-maxQuantity", "Quantity", {"value": 1, "code": "t"})]))),
    ("shape", W, "a", "nobody can fill it in", form(ask("a", readOnly=True))),
    ("shape", W, "", "not checked here: Ends after it begins.", form(ask("a", "date"), extension=[
        {"url": f"{HL7}questionnaire-constraint", "extension": [
            {"url": "key", "valueId": "k"}, {"url": "severity", "valueCode": "error"},
            {"url": "expression", "valueString": "item.first().answer.value < item.last().answer.value"},
            {"url": "human", "valueString": "Ends after it begins."}]}])),
    ("shape", W, "a", "not checked here: Not both.", form(ask("a", extension=[
        {"url": f"{HL7}questionnaire-constraint", "extension": [
            {"url": "key", "valueId": "k"}, {"url": "human", "valueString": "Not both."},
            {"url": "severity", "valueCode": "error"}, {"url": "expression", "valueString": "true"}]}]))),
]  # fmt: skip

PASSING: list[tuple[str, Json]] = [
    ("Q1", form(ask("a"), group("g", ask("b")))),
    ("Q2", form(ask("a"), ask("z", enableWhen=[when("a", answerString="x")]))),
    ("Q3", form(ask("a", "boolean"), group("g", ask("z", enableWhen=[when("a", answerBoolean=True)])))),
    ("Q4", form(ask("a"), ask("z", enableBehavior="any", enableWhen=[when("a", answerString="x")] * 2))),
    ("Q5", form(choice("a"), ask("z", enableWhen=[when("a", answerCoding={"code": "yes"})]))),
    ("Q5", form(ask("a", "decimal"), ask("z", enableWhen=[when("a", ">", answerInteger=1)]))),
    ("Q5", form(ask("a", "open-choice", answerOption=[option("x")]), ask("z", enableWhen=[when("a", answerString="?")]))),
    ("Q6", form(group("g", ask("a")))),
    ("Q7", form(ask("d", "display"), ask("a"))),
    ("Q8", form(group("g", ask("a", required=True)))),
    ("Q9", form(ask("a", "integer", answerOption=[{"valueInteger": 1}]))),
    ("Q10", form(ask("a", "choice", answerValueSet="#l"), contained=[value_set("l", ("x", None))])),
    ("Q11", form(choice("a"))),
    ("Q12", form(ask("a", "choice", answerValueSet="#l"), contained=[value_set("l", ("x", None), expanded=True)])),
    ("Q13", form(ask("a"), status="retired")),
    ("Q14", form(ask("a", maxLength=3), ask("b", "text", maxLength=3))),
    ("Q15", form(scale("a"), scale("b", 3, 2, 1, 0), choice("c"))),
    ("Q15", form(choice("a", option("x", 1), option(
        "UNK", system="http://terminology.hl7.org/CodeSystem/v3-NullFlavor")))),
    ("Q16", form(scale("a"), scale("b"), total("t", SUM, "integer", *BOUNDS))),
    ("Q17", form(scale("a"), scale("b"), total("t", SUM))),
    ("Q18", form(ask("t", extension=[fhirpath("1", "x", "variable")]), ask("u", extension=[fhirpath("1", "x", "variable")]))),
    ("Q19", form(*(ask(str(n)) for n in range(1_000)))),
    ("Q20", form(choice("a", option("x", system="urn:1"), option("x", system="urn:2")))),
    ("Q21", form(ask("a"), modifierExtension=[extension("rendering-styleSensitive", "Boolean", False)])),
    ("Q22", form(ask("a", extension=[extension("regex", "String", "[a-z]+")]))),
    ("S8", form(scale("a"), total("t", "%resource.item.where(linkId = 'a').answer.weight()"),
                total("u", "%resource.item.where(linkId = 't').answer.value"))),
    ("S9", form(ask("a"))),
    ("S10", form(scale("a"), scale("b"), total("t", SUM))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "severity", "where", "words", "document"),
    [*FAILING, *LEFT_BEHIND],
    ids=[f"{c[0]}-{c[3][:30]}" for c in [*FAILING, *LEFT_BEHIND]],
)
def test_a_form_that_breaks_a_rule_is_told_where_and_how_to_mend_it(
    rule: str, severity: Severity, where: str, words: str, document: Json
) -> None:
    reading = read(document)
    found = [each for each in told(reading, rule) if words in each.message]
    assert found, [str(each) for each in reading.findings]
    assert (found[0].severity, found[0].where) == (severity, where)
    assert reading.outcome is {R: Outcome.REFUSED, N: Outcome.IMPORTED}.get(severity, Outcome.WITH_WARNINGS)
    assert reading.may_activate is (severity in (W, N))
    assert found[0].problem[0].isupper() or found[0].problem[0] in "“0123456789A"


@pytest.mark.parametrize(("rule", "document"), PASSING, ids=[case[0] for case in PASSING])
def test_a_form_that_keeps_the_rule_is_not_told_of_it(rule: str, document: Json) -> None:
    reading = read(document)
    assert told(reading, rule) == []
    assert reading.may_activate


def test_every_rule_has_a_form_that_passes_and_one_that_fails() -> None:
    rules = {f"Q{number}" for number in range(1, 23)} | {"S8", "S9", "S10"}
    assert {case[0] for case in FAILING} == {case[0] for case in PASSING} == rules


@pytest.mark.parametrize(("rule", "severity", "where", "words", "document"), FAILING, ids=[c[0] for c in FAILING])
def test_an_error_stops_activation_and_never_the_import(
    rule: str, severity: Severity, where: str, words: str, document: Json
) -> None:
    reading = read(document)
    assert (reading.instrument is not None) is (severity is not R)


@pytest.mark.parametrize(
    ("waits", "knots"),
    [
        ({}, 0),
        ({"a": ["b"], "b": ["c"], "c": []}, 0),
        ({"a": ["b"], "b": ["a"]}, 1),
        ({"a": ["a"]}, 1),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, 0),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, 2),
        ({"a": ["missing"]}, 0),
        ({str(n): [str(n + 1)] for n in range(20_000)}, 0),
        ({str(n): [str((n + 1) % 20_000)] for n in range(20_000)}, 1),
    ],
)
def test_circles_are_found_without_recursion(waits: dict[str, list[str]], knots: int) -> None:
    assert len(list(circles(waits))) == knots


def test_findings_beyond_what_anybody_reads_are_counted() -> None:
    broken: list[Any] = [{"valueString": "x"}] * 2_500
    reading = read(form(ask("a", extension=broken)))
    assert len(reading.findings) == 2_001
    assert "500 more findings" in reading.findings[-1].message
