"""Forms as they lie about in the world: each built by hand after a habit of those who publish questionnaires.

No line is taken from anybody's file; only the shapes are: what tools leave behind, what guides ask for, what people get wrong.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

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
    raw,
    sampler,
    scale,
    total,
    value_set,
    when,
)

TAKEN, WARNED, REFUSED = "imported", "imported with warnings", "refused"


def _nested(levels: int, leaf: Json) -> Json:
    for level in range(levels):
        leaf = group(f"g{level}", leaf)
    return leaf


def _modular() -> Json:
    """A parent form that is put together from parts, by reference, and says so."""
    part = extension("sdc-questionnaire-subQuestionnaire", "Canonical", "https://forms.example/part|1.0")
    return form(
        group("a", {"linkId": "a.part", "type": "display", "text": "Put in here", "extension": [part]}),
        extension=[extension("sdc-questionnaire-assemble-expectation", "Code", "assemble-root")],
    )


def _tabs() -> Json:
    """A clinic's long form: tabs, hidden fields, values taken from a record, a server for its lists."""

    def control(code: str) -> Json:
        return extension("questionnaire-itemControl", "CodeableConcept", {"coding": [{"code": code}]})

    prefilled = fhirpath("%patient.birthDate", use="sdc-questionnaire-initialExpression")
    search = {
        "language": "application/x-fhir-query",
        "name": "Obs",
        "expression": "Observation?patient={{%patient.id}}",
    }
    return form(
        group(
            "tabs",
            group("t1", ask("birth", "date", extension=[prefilled]), extension=[control("page")]),
            group("t2", ask("age", "integer", readOnly=True, extension=[
                fhirpath("(today() - %patient.birthDate) / 365"), extension("questionnaire-hidden", "Boolean", True)])),
            extension=[control("tab-container")],
        ),
        extension=[
            extension("sdc-questionnaire-launchContext", "Coding", {"code": "patient"}),
            extension("variable", "Expression", search),
            extension("sdc-questionnaire-preferredTerminologyServer", "Url", "https://terms.example/fhir"),
        ],
    )  # fmt: skip


def _help_and_sublabel() -> Json:
    """A Nordic form: help in a display below the question, wording in markdown, lists and codes of the maker's own."""
    markdown = {"extension": [extension("rendering-markdown", "Markdown", "**Hvor** ofte?\n\n* daglig\n* aldri")]}
    helping = {
        "linkId": "1.help",
        "type": "text",
        "text": "Svar det som passer best.",
        "extension": [extension("questionnaire-itemControl", "CodeableConcept", {"coding": [{"code": "help"}]})],
    }
    return form(
        ask("1", "choice", answerValueSet="#ja-nei", _text=markdown, item=[helping]),
        ask("2", "open-choice", answerValueSet="#ja-nei"),
        language="nb-NO",
        meta={"security": [{"code": "3"}], "profile": ["https://maker.example/Profile"], "versionId": "7"},
        contained=[value_set("ja-nei", ("1", None), ("2", None), expanded=False)],
        extension=[extension("questionnaire-unitOption", "Coding", {"code": "x"})],
        identifier=[{"system": "urn:ietf:rfc:3986", "value": "urn:oid:2.16.578"}],
    )


def _phone_app() -> Json:
    """A sample of a telephone app: no status, no address, hidden answers, a constraint, pages."""
    constraint = {
        "url": f"{HL7}questionnaire-constraint",
        "extension": [
            {"url": "key", "valueId": "age-1"},
            {"url": "severity", "valueCode": "error"},
            {"url": "expression", "valueString": "answer.value < 120"},
            {"url": "human", "valueString": "Nobody is that old."},
        ],
    }
    return {
        "resourceType": "Questionnaire",
        "item": [
            group("page-1", ask("age", "integer", extension=[constraint]), ask("sure", "boolean", initial=[
                {"valueBoolean": False}], extension=[extension("questionnaire-hidden", "Boolean", True)])),
            ask("why", "text", enableWhen=[when("sure", answerBoolean=False)]),
        ],
    }  # fmt: skip


def _with_pictures() -> Json:
    """Pictures inside the form: beside the question, beside an answer, in markdown."""
    picture = {"contentType": "image/png", "data": base64.b64encode(b"\x89PNG" + b"0" * 300_000).decode()}
    shown = extension("sdc-questionnaire-itemMedia", "Attachment", picture)
    answer = {**option("sad"), "extension": [extension("sdc-questionnaire-itemAnswerMedia", "Attachment", picture)]}
    text = {
        "extension": [extension("rendering-markdown", "Markdown", f"![face](data:image/png;base64,{'A' * 90_000})")]
    }
    return form(choice("face", answer, option("glad"), extension=[shown], _text=text))


def _every_answer() -> Json:
    """Answers of every kind that the standard allows, with the first chosen beforehand."""
    return form(
        ask("n", "integer", answerOption=[{"valueInteger": 1, "initialSelected": True}, {"valueInteger": 2}]),
        ask("d", "date", answerOption=[{"valueDate": "2026-11-24"}, {"valueDate": "2026-11"}]),
        ask("t", "time", answerOption=[{"valueTime": "09:00:00"}]),
        ask("s", "string", answerOption=[{"valueString": "One"}, {"valueString": "Two"}]),
        ask("r", "reference", answerOption=[{"valueReference": {"reference": "Organization/1", "display": "Us"}}]),
        ask("m", "choice", answerOption=[{"valueReference": {"reference": "#who"}}, {"valueString": "Nobody"}]),
    )


def _every_initial() -> Json:
    return form(
        ask("b", "boolean", initial=[{"valueBoolean": False}]),
        ask("c", "choice", answerOption=[option("a"), option("b")], initial=[{"valueCoding": {"code": "b"}}]),
        ask("q", "quantity", initial=[{"valueQuantity": {"value": 70.5, "unit": "kg"}}]),
        ask("two", "string", initial=[{"valueString": "a"}, {"valueString": "b"}]),
        ask("wrong", "integer", initial=[{"valueString": "seven"}]),
        {"linkId": "head", "type": "group", "text": "Head", "initial": [{"valueString": "x"}], "item": [ask("in")]},
    )


def _conditions_gone_wrong() -> Json:
    return form(
        ask("a", "boolean", enableWhen=[when("nowhere", answerBoolean=True)]),
        ask("b", "boolean", enableWhen=[when("b", answerBoolean=True)]),
        ask("c", "string", enableWhen=[{"question": "a", "operator": "=", "answerCoding": {"code": "x"}}]),
        ask("d", "string", enableWhen=[{"question": "a", "operator": "~", "answerBoolean": True}, {}]),
        group("e", ask("e1", "boolean"), enableWhen=[when("e1", answerBoolean=True)]),
        ask("f", "string", enableWhen=[when("a", "exists", answerBoolean=False), when("e1", answerBoolean=True)]),
        ask("g", "string", enableWhen=[when("a", answerReference={"reference": "Patient/1"})]),
    )


def _scores_of_the_guide() -> Json:
    """Sums in the several ways of the guide: weight, ordinal, a variable for each item, one in another language."""
    nine = [scale(f"q{number}") for number in range(1, 10)]
    variables = [
        fhirpath(f"%resource.item.where(linkId='q{n}').answer.value.ordinal()", f"v{n}", "variable")
        for n in range(1, 10)
    ]
    cql = extension("sdc-questionnaire-calculatedExpression", "Expression", {
        "language": "text/cql", "expression": "Score.Total"})  # fmt: skip
    return form(
        *nine,
        total("sum", " + ".join(f"%v{n}" for n in range(1, 10))),
        total("again", "%resource.item.where(linkId.startsWith('q')).answer.weight().aggregate($this + $total, 0)"),
        ask("cql", "decimal", extension=[cql]),
        total("band", "iif(%sum > 9, 'more', 'less')", "string"),
        total("bmi", "(%weight / (%height * %height)).round(1)"),
        extension=variables,
    )


def _loose_types() -> Json:
    """Numbers as texts, texts as numbers, one thing in the place of a list."""
    return {
        "resourceType": "Questionnaire",
        "status": "Active ",
        "version": 3,
        "date": "24.11.2026",
        "url": ["https://forms.example/b"],
        "title": ["Loose"],
        "item": {"linkId": 7, "type": "Choice", "text": 12, "required": "true", "repeats": 0, "answerOption": {
            "valueCoding": "yes"}, "maxLength": "12", "enableWhen": {"question": 7, "hasAnswer": "yes"}},
    }  # fmt: skip


def _modifier(where: str) -> Json:
    known = {"url": "https://maker.example/turns-the-meaning-round", "valueBoolean": True}
    if where == "root":
        return form(ask("a"), modifierExtension=[known])
    return form(ask("a", modifierExtension=[known]))


def _contained_zoo() -> Json:
    """Lists that name themselves, each other, nothing, a server; two of one name; and things that are no lists."""
    return form(
        ask("a", "choice", answerValueSet="#round"),
        ask("b", "choice", answerValueSet="#empty"),
        ask("c", "choice", answerValueSet="https://terms.example/ValueSet/far|2.1"),
        ask("d", "choice", answerValueSet="urn:oid:2.16.840.1.113883"),
        ask("e", "choice", answerValueSet="#nobody"),
        ask("f", "choice", answerValueSet="#lib"),
        ask("g", "choice", answerValueSet="#twice"),
        contained=[
            {"resourceType": "ValueSet", "id": "round", "compose": {"include": [{"valueSet": ["#round"]}]}},
            {"resourceType": "ValueSet", "id": "empty", "compose": {"include": []}},
            {"resourceType": "Library", "id": "lib", "content": [{"contentType": "text/cql", "data": "eA=="}]},
            value_set("twice", ("x", 1), ("y", 2)),
            value_set("twice", ("z", 3)),
            {"resourceType": "StructureMap", "id": "map", "group": []},
            None,
        ],
    )


def _stu3_tools() -> Json:
    """A form of 2017: `option`, `options` as a Reference, `hasAnswer`, the old spellings of weights, `concept`."""
    weights = ("questionnaire-ordinalValue", "valueset-ordinalValue", "iso21090-CO-value")
    items = [
        {"linkId": f"/{number}", "type": "choice", "text": f"Old {number}", "concept": [{"code": "x"}], "option": [
            {"valueCoding": {"code": code, "display": code}, "modifierExtension": [], "extension": [
                extension(name, "Decimal", weight)]} for weight, code in enumerate(("no", "yes"))]}
        for number, name in enumerate(weights)
    ]  # fmt: skip
    return {
        "resourceType": "Questionnaire",
        "status": "draft",
        "name": "Old",
        "subjectType": ["Patient", "Person"],
        "item": [
            *items,
            {"linkId": "/s", "type": "choice", "text": "Set", "options": {"reference": "ValueSet/yes-no"}},
            {"linkId": "/w", "type": "text", "text": "Why", "initialString": "none",
             "enableWhen": [{"question": "/0", "hasAnswer": True}]},
        ],
    }  # fmt: skip


def _r5_whole() -> Json:
    return {
        "resourceType": "Questionnaire",
        "status": "active",
        "url": "https://forms.example/five",
        "versionAlgorithmString": "semver",
        "version": "5.0.0",
        "copyrightLabel": "© us",
        "title": "Five",
        "item": [
            {"linkId": "q", "type": "question", "text": "Of no type"},
            {"linkId": "c", "type": "coding", "text": "Which?", "answerConstraint": "optionsOrType", "answerOption": [
                {"valueCoding": {"code": "a"}, "extension": [extension("itemWeight", "Decimal", 1)]}]},
            {"linkId": "o", "type": "string", "text": "Or?", "answerConstraint": "optionsOrString", "answerOption": [
                {"valueString": "One"}], "disabledDisplay": "protected", "enableWhen": [
                when("c", answerCoding={"code": "a"})]},
        ],
    }  # fmt: skip


def _resource_in(kind: str, **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind, **more, "entry": [
        {"fullUrl": "urn:uuid:1", "resource": sampler(), "request": {"method": "PUT", "url": "Questionnaire/1"}},
        {"resource": {"resourceType": "OperationOutcome", "issue": []}, "search": {"mode": "outcome"}},
        {"resource": None}, {}]}  # fmt: skip


def _deep_extension(levels: int) -> Json:
    inner: Json = {"url": "x", "valueString": "end"}
    for _ in range(levels):
        inner = {"url": "x", "extension": [inner]}
    return form(ask("a", extension=[inner]))


_XML = b'<?xml version="1.0"?><Questionnaire xmlns="http://hl7.org/fhir"><status value="active"/></Questionnaire>'
_PLAIN = raw(sampler())

#: What it is called, the bytes, how it ends, and a word that the reasons hold ("" where nothing needs to be said).
WILD: dict[str, tuple[Callable[[], bytes] | bytes, str, str]] = {
    "put together from parts elsewhere": (lambda: raw(_modular()), WARNED, "https://forms.example/part|1.0"),
    "tabs, launch context and a server": (lambda: raw(_tabs()), WARNED, "not run"),
    "help below the question, markdown": (lambda: raw(_help_and_sublabel()), TAKEN, ""),
    "no status, no address, a constraint": (lambda: raw(_phone_app()), WARNED, "status"),
    "pictures inside": (lambda: raw(_with_pictures()), WARNED, "picture"),
    "answers of every kind": (lambda: raw(_every_answer()), WARNED, ""),
    "initial values of every kind": (lambda: raw(_every_initial()), WARNED, "begins with 2"),
    "conditions gone wrong": (lambda: raw(_conditions_gone_wrong()), WARNED, "nowhere"),
    "sums of the guide": (lambda: raw(_scores_of_the_guide()), WARNED, ""),
    "loose types": (lambda: raw(_loose_types()), WARNED, ""),
    "a modifier at the root": (lambda: raw(_modifier("root")), REFUSED, "modifier"),
    "a modifier in an item": (lambda: raw(_modifier("item")), REFUSED, "modifier"),
    "contained lists in a circle, twice, of other kinds": (lambda: raw(_contained_zoo()), WARNED, "far"),
    "the tools of 2017": (lambda: raw(_stu3_tools()), WARNED, "yes-no"),
    "R5 whole": (lambda: raw(_r5_whole()), WARNED, "question"),
    "nested twenty deep": (lambda: raw(form(_nested(20, ask("leaf")))), TAKEN, ""),
    "nested sixty deep": (lambda: raw(form(_nested(60, ask("leaf")))), REFUSED, "deep"),
    "extensions within extensions": (lambda: raw(_deep_extension(40)), TAKEN, ""),
    "an answer to a search": (lambda: raw(_resource_in("searchset", total=1)), TAKEN, "out of Bundle"),
    "a transaction": (lambda: raw(_resource_in("transaction")), TAKEN, "out of Bundle"),
    "a bundle in a bundle": (
        lambda: raw({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": _resource_in("collection")}]}),
        TAKEN,
        "out of Bundle",
    ),
    "a bundle without a form": (lambda: raw({"resourceType": "Bundle", "type": "searchset", "total": 0}), REFUSED, ""),
    "parameters of an operation": (
        lambda: raw({"resourceType": "Parameters", "parameter": [{"name": "return", "resource": sampler()}]}),
        TAKEN,
        "out of Parameters",
    ),
    "byte order mark and Windows lines": (
        lambda: b"\xef\xbb\xbf" + json.dumps(sampler(), indent=2, default=str).replace("\n", "\r\n").encode(),
        TAKEN,
        "byte order mark",
    ),
    "two forms, a line each": (lambda: _PLAIN + b"\n" + _PLAIN + b"\n", REFUSED, "one JSON document"),
    "a list with one form": (lambda: raw([sampler()]), TAKEN, "out of a list"),
    "a comment before it": (lambda: b"// exported on Monday\n" + _PLAIN, REFUSED, "line 1"),
    "a comma too many": (lambda: _PLAIN[:-1] + b",}", REFUSED, "line 1"),
    "cut off in the middle": (lambda: _PLAIN[: len(_PLAIN) // 2], REFUSED, "line 1"),
    "Latin letters of 1990": (lambda: '{"resourceType":"Questionnaire","title":"Über"}'.encode("latin-1"), REFUSED, "UTF-8"),
    "two bytes a letter": (lambda: _PLAIN.decode().encode("utf-16"), REFUSED, "UTF-16"),
    "XML": (_XML, REFUSED, "XML"),
    "a page that says not found": (b"<!doctype html><title>404</title>", REFUSED, "HTML"),
    "packed": (lambda: gzip.compress(_PLAIN), REFUSED, ""),
    "a response": (b'{"resourceType":"QuestionnaireResponse","status":"completed","item":[]}', REFUSED, "QuestionnaireResponse"),
    "a list of answers": (lambda: raw(value_set("l", ("a", 1))), REFUSED, "ValueSet"),
    "small letters": (lambda: raw({**sampler(), "resourceType": "questionnaire"}), REFUSED, ""),
    "of 2015": (
        b'{"resourceType":"Questionnaire","status":"draft","group":{"linkId":"r","question":[{"linkId":"1","text":"A?"}]}}',
        REFUSED,
        "",
    ),
    "nothing in it": (b"{}", REFUSED, ""),
    "null": (b"null", REFUSED, ""),
    "no items": (lambda: raw({"resourceType": "Questionnaire", "status": "active", "title": "Empty"}), REFUSED, "no items"),
    "items of every wrong kind": (lambda: raw(form(None, 7, "x", [], {}, {"item": "x"})), WARNED, ""),  # type: ignore[arg-type]
    "the same name for all": (lambda: raw(form(*(ask("1") for _ in range(40)))), WARNED, "1"),
    "a thousand questions": (lambda: raw(form(*(scale(f"q{n}") for n in range(1_000)))), TAKEN, ""),
    "three thousand questions": (lambda: raw(form(*(scale(f"q{n}") for n in range(3_100)))), REFUSED, ""),
    "numbers beyond reason": (b'{"resourceType":"Questionnaire","item":[{"linkId":"a","maxLength":1e999999}]}', REFUSED, "1e999999"),
    "names that look like code": (
        lambda: raw(form(ask("'; DROP TABLE x; --"), ask("../../etc/passwd"), ask("<script>"), ask("{{7*7}}"))),
        TAKEN,
        "",
    ),
}  # fmt: skip
