"""Hand-written forms: small parts to put together, and one form that uses nearly everything, in three dialects."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

from fourfold.assessment import fhir
from fourfold.assessment.fhir.terms import Finding, Reading

HL7 = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"

Json = dict[str, Any]


def form(*items: Json, **fields: Any) -> Json:
    """A questionnaire without a fault but for those of its items."""
    head = {"resourceType": "Questionnaire", "status": "active", "title": "A form", "url": "https://forms.example/a"}
    return {**head, **fields, "item": list(items)}


def ask(link_id: str, kind: str = "string", **fields: Any) -> Json:
    """One question with a wording."""
    return {"linkId": link_id, "type": kind, "text": f"What of {link_id}?", **fields}


def group(link_id: str, *items: Json, **fields: Any) -> Json:
    """A group of questions."""
    return {"linkId": link_id, "type": "group", "text": f"About {link_id}", "item": list(items), **fields}


def extension(name: str, kind: str, value: Any) -> Json:
    """An extension of the standard or, for names that begin with `sdc-`, of the guide."""
    return {"url": f"{SDC if name.startswith('sdc-') else HL7}{name}", f"value{kind}": value}


def option(code: str, weight: float | int | None = None, spelling: str = "ordinalValue", **coding: Any) -> Json:
    """One coded answer, with a weight where one is given."""
    said: Json = {"valueCoding": {"system": "urn:answers", "code": code, "display": code.capitalize(), **coding}}
    return said if weight is None else {**said, "extension": [extension(spelling, "Decimal", weight)]}


def choice(link_id: str, *options: Json, **fields: Any) -> Json:
    """A choice; without options of its own it is yes or no."""
    return ask(link_id, "choice", answerOption=list(options or (option("yes"), option("no"))), **fields)


def scale(link_id: str, *weights: float | int, **fields: Any) -> Json:
    """A choice whose answers a, b, c … have these weights (0 to 3 unless others are given)."""
    options = [option(chr(97 + number), weight) for number, weight in enumerate(weights or (0, 1, 2, 3))]
    return choice(link_id, *options, **fields)


def when(question: str, operator: str = "=", **answer: Any) -> Json:
    """One condition of `enableWhen`."""
    return {"question": question, "operator": operator, **answer}


def fhirpath(text: str, name: str = "", use: str = "sdc-questionnaire-calculatedExpression") -> Json:
    """An extension that holds an expression."""
    said = {"language": "text/fhirpath", "expression": text, **({"name": name} if name else {})}
    return extension(use, "Expression", said)


def total(link_id: str, text: str, kind: str = "decimal", *more: Json, **fields: Any) -> Json:
    """A calculated number."""
    return ask(link_id, kind, readOnly=True, extension=[fhirpath(text), *more], **fields)


def raw(document: Any) -> bytes:
    """A document as the bytes of a file."""
    return json.dumps(
        document, default=lambda value: float(value) if isinstance(value, Decimal) else str(value)
    ).encode()


def read(document: Any) -> Reading:
    """What reading a document gives; bytes are read as they are."""
    return fhir.read(document if isinstance(document, bytes) else raw(document))


def told(reading: Reading, rule: str) -> list[Finding]:
    """The findings of one rule."""
    return [finding for finding in reading.findings if finding.rule == rule]


def value_set(identifier: str, *options: tuple[str, float | int | None], expanded: bool = False) -> Json:
    """A contained list of answers, as a composition or as an expansion."""
    listed = [
        {"code": code, "display": code.capitalize(), **({} if weight is None else {
            "extension": [extension("itemWeight", "Decimal", weight)]})}
        for code, weight in options
    ]  # fmt: skip
    head: Json = {"resourceType": "ValueSet", "id": identifier, "status": "active"}
    if expanded:
        return {**head, "expansion": {"contains": [{"system": "urn:answers", **each} for each in listed]}}
    return {**head, "compose": {"include": [{"system": "urn:answers", "concept": listed}]}}


def sampler() -> Json:
    """One R4 form with groups, choices, weights, conditions, bounds, expressions, translations and a contained list."""
    return form(
        group(
            "1",
            scale("1.1", 0, 1, 2, required=True),
            scale("1.2", 0, 1, 2),
            choice("1.3", option("often", 1), option("never", 0), repeats=True),
            prefix="A",
        ),
        ask("2", "boolean", initial=[{"valueBoolean": True}]),
        ask("3", "string", maxLength=20, enableWhen=[when("2", answerBoolean=True)]),
        ask("4", "integer", extension=[extension("minValue", "Integer", 0), extension("maxValue", "Integer", 9)]),
        ask("5", "date", enableWhen=[when("1.1", "exists", answerBoolean=True), when("4", ">", answerInteger=2)],
            enableBehavior="any"),
        ask("6", "choice", answerValueSet="#list"),
        ask("7", "open-choice", answerOption=[{"valueString": "One"}, {"valueString": "Two"}]),
        ask("8", "quantity", extension=[extension("questionnaire-unit", "Coding", {"code": "kg", "display": "kg"})]),
        ask("9", "string", extension=[extension("questionnaire-hidden", "Boolean", True)],
            initial=[{"valueString": "kept"}]),
        {"linkId": "10", "type": "display", "text": "Thank you."},
        total("11", "%resource.item.where(linkId in ('1.1' | '1.2')).answer.weight().sum()"),
        language="en",
        version="2.1",
        copyright="© A Trust. Ask before use.",
        contained=[value_set("list", ("red", 1), ("blue", 2))],
        code=[{"system": "http://loinc.org", "code": "00000-0", "display": "Sampler"}],
        _title={"extension": [{"url": f"{HL7}translation", "extension": [
            {"url": "lang", "valueCode": "de"}, {"url": "content", "valueString": "Ein Bogen"}]}]},
    )  # fmt: skip


def as_stu3(document: Json) -> Json:
    """An R4 form as STU3 writes it: `option`, `options` as a Reference, `hasAnswer`, single `initialX`."""
    found = copy.deepcopy(document)
    for part in _parts(found):
        if "answerOption" in part:
            part["option"] = part.pop("answerOption")
        if "answerValueSet" in part:
            part["options"] = {"reference": part.pop("answerValueSet")}
        for each in part.pop("initial", []):
            part.update({key.replace("value", "initial"): value for key, value in each.items()})
        for each in part.get("enableWhen", []):
            if each["operator"] == "exists":
                each["hasAnswer"] = each.pop("answerBoolean")
            if each["operator"] in ("=", "exists"):
                del each["operator"]
    return found


def as_r5(document: Json) -> Json:
    """An R4 form as R5 writes it: type `coding`, with `answerConstraint` beside it."""
    found = copy.deepcopy(document)
    for part in _parts(found):
        if part.get("type") in ("choice", "open-choice"):
            strings = any("valueString" in each for each in part.get("answerOption", []))
            part["answerConstraint"] = "optionsOnly" if part["type"] == "choice" else "optionsOrString"
            part["type"] = "string" if strings else "coding"
    return found


def _parts(document: Json) -> list[Json]:
    below = [part for item in document.get("item", []) for part in _parts(item)]
    return [document, *below]
