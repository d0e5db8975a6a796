"""Instruments as R4 forms: what stands in them, and that reading them back gives the same instrument."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fourfold.assessment import fhir, instruments
from fourfold.assessment.fhir.terms import Outcome
from fourfold.assessment.terms import (
    AllOf,
    Answer,
    AnyOf,
    Axis,
    Clause,
    Fact,
    Instrument,
    Item,
    ItemKind,
    Not,
    Operator,
    Quality,
    Score,
    ScoreItem,
    ScoreKind,
    TextPack,
    Timeframe,
    needs_text,
)
from tests.assessment.fhir.forms import Json, ask, choice, extension, form, group, read, sampler, scale, total, when

SHIPPED = instruments.catalogue()
WORDED = [each for each in SHIPPED if each.is_worded]
STRUCTURES = [each for each in SHIPPED if not each.is_worded and not each.rooms]


def document(instrument: Instrument) -> Json:
    """The export as any other program reads it."""
    return json.loads(fhir.questionnaire_bytes(instrument))


def items_of(resource: Json) -> dict[str, Json]:
    """Every item by its linkId."""
    found: dict[str, Json] = {}
    for item in resource.get("item", []):
        found |= {item["linkId"]: item, **items_of(item)}
    return found


def dressed(structure: Instrument) -> Instrument:
    """A structure with invented wording laid over it, as a unit with a licence would."""
    items = {item.key: f"Wording of {item.key}" for item in structure.items if needs_text(item) and not item.text}
    labels = {
        scale.key: {one.code: f"Label of {one.code}" for one in scale.options if not one.label}
        for scale in structure.scales
    }
    labels = {key: found for key, found in labels.items() if found}
    pack = TextPack(structure.key, structure.version, "x-invented", items, labels, source="invented")
    return instruments.worded(structure, pack)


def names(each: Instrument) -> str:
    return each.name


@pytest.mark.parametrize("instrument", SHIPPED, ids=names)
def test_every_shipped_instrument_comes_back_as_itself(instrument: Instrument) -> None:
    written = fhir.questionnaire_bytes(instrument)
    reading = fhir.read(written)
    assert reading.instrument == instrument
    assert fhir.questionnaire_bytes(reading.instrument) == written


@pytest.mark.parametrize("structure", STRUCTURES, ids=names)
def test_every_structure_with_a_pack_comes_back_as_itself(structure: Instrument) -> None:
    worn = dressed(structure)
    written = fhir.questionnaire_bytes(worn)
    reading = fhir.read(written)
    assert reading.instrument == worn
    assert (reading.instrument.sha256, reading.instrument.pack_sha256) == (structure.sha256, worn.pack_sha256)
    assert reading.outcome is Outcome.IMPORTED, reading.findings
    assert fhir.questionnaire_bytes(reading.instrument) == written


IMPORTED: list[Json] = [
    sampler(),
    form(
        choice("a"),
        group("g", ask("b"), group("h", ask("c", "date"))),
        ask("d", enableWhen=[when("b", answerString="x")]),
    ),
    form(scale("a"), scale("b"), total("t", "%resource.item.where(linkId in ('a'|'b')).answer.weight().sum()")),
    form(
        ask("a", "open-choice"),
        ask("b", "url"),
        ask("c", "attachment"),
        {"linkId": "d", "type": "display", "text": "D"},
    ),
    form(ask("a", "choice")),
    form(
        ask("a", "integer", initial=[{"valueString": "many"}]),
        ask(
            "b",
            "decimal",
            extension=[{"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueString": "few"}],
        ),
    ),
]


@pytest.mark.parametrize("given", IMPORTED)
def test_every_imported_form_comes_back_as_itself(given: Json) -> None:
    first = read(given).instrument
    written = fhir.questionnaire_bytes(first)
    again = fhir.read(written)
    assert again.instrument == first
    assert fhir.questionnaire_bytes(again.instrument) == written


def test_an_imported_form_keeps_its_link_ids_and_its_tree() -> None:
    given = sampler()
    exported = document(read(given).instrument)
    assert list(items_of(exported)) == list(items_of(given))
    assert [item["linkId"] for item in exported["item"]] == [item["linkId"] for item in given["item"]]
    assert items_of(exported)["5"]["enableWhen"] == items_of(given)["5"]["enableWhen"]
    assert items_of(exported)["3"]["enableWhen"] == items_of(given)["3"]["enableWhen"]
    assert {key: item["type"] for key, item in items_of(exported).items()} == {
        key: item["type"] for key, item in items_of(given).items()
    }
    assert items_of(exported)["1"]["text"] == "About 1"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("instrument", [*SHIPPED, *map(dressed, STRUCTURES)], ids=names)
def test_an_independent_reader_accepts_every_export(instrument: Instrument) -> None:
    """fhir.resources 8 knows R4B, which has the Questionnaire of R4."""
    from fhir.resources.R4B.questionnaire import Questionnaire

    assert Questionnaire.model_validate_json(fhir.questionnaire_bytes(instrument)).status in ("active", "draft")


UCUM = "http://unitsofmeasure.org"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_units_definitions_controls_and_extraction_come_in_and_leave_as_they_came() -> None:
    """And another reader takes the export for R4, also where a whole number is too large for one."""
    from fhir.resources.R4B.questionnaire import Questionnaire

    cm, inch = (
        {"system": UCUM, "code": code, "display": words} for code, words in (("cm", "cm"), ("[in_i]", "inches"))
    )
    height = extension("questionnaire-unit", "Coding", cm)
    offered = [extension("questionnaire-unitOption", "Coding", each) for each in (cm, inch)]
    weight = {"value": 70, "unit": "kilograms", "system": UCUM, "code": "kg"}
    control = {"coding": [{"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "slider"}]}
    where = {"language": "application/x-fhir-query", "expression": "Patient?_id={{%patient.id}}"}
    sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
    drawn = [
        extension("questionnaire-itemControl", "CodeableConcept", control),
        {"url": f"{sdc}observationExtract", "valueBoolean": True},
        {"url": f"{sdc}itemExtractionContext", "valueExpression": where},
    ]
    given = form(
        ask(
            "height",
            "decimal",
            extension=[height],
            definition="http://hl7.org/fhir/StructureDefinition/Observation#value",
        ),
        ask("span", "quantity", extension=offered),
        ask("weight", "quantity", initial=[{"valueQuantity": weight}]),
        ask("scan", "integer", extension=drawn, initial=[{"valueInteger": 3_000_000_000}], definition="not an address"),
        extension=[{"url": f"{sdc}observationExtract", "valueBoolean": False}],
    )
    found = read(given).instrument
    written = document(found)
    Questionnaire.model_validate(written)
    assert any("leaves as a decimal" in each.problem for each in read(given).findings)
    came, left = items_of(given), items_of(written)
    assert left["height"]["definition"] == came["height"]["definition"]
    for name in ("height", "span", "scan"):
        assert all(each in left[name]["extension"] for each in came[name]["extension"]), name
    assert left["weight"]["initial"] == [{"valueQuantity": weight}]
    assert left["scan"]["initial"] == [{"valueDecimal": 3_000_000_000}]
    assert "definition" not in left["scan"], "R4 has no address with a blank in it"
    assert given["extension"][0] in written["extension"]
    changed = read({**given, "title": "Another"})
    assert read({**written, "title": "Another"}).instrument.items == changed.instrument.items, (
        "without its definition too"
    )
    said = fhir.response(
        found, [Answer("span", text="180"), Answer("weight", text="71.5"), Answer("height", text="180")]
    )
    answers = {each["linkId"]: each["answer"][0] for each in said["item"]}
    assert answers["span"] == {"valueQuantity": {"value": 180, "unit": "cm", "system": UCUM, "code": "cm"}}
    assert answers["weight"]["valueQuantity"] == {**weight, "value": Decimal("71.5")}
    bad = read(form(ask("a", extension=[{"url": f"{sdc}observationExtract", "valueString": "yes"}])))
    assert any("observationExtract" in each.problem for each in bad.findings)


# --- what stands in an export -----------------------------------------------------------------------------


def test_a_scale_is_a_contained_list_with_weights_in_both_spellings() -> None:
    listed = document(instruments.load("safety-check-in"))["contained"][0]
    first = listed["compose"]["include"][0]["concept"][0]
    assert (listed["resourceType"], listed["id"], first["code"]) == ("ValueSet", "how-much", "not_at_all")
    weights = {
        each["url"].rsplit("/", 1)[-1]: each["valueDecimal"] for each in first["extension"] if "valueDecimal" in each
    }
    assert weights == {"ordinalValue": 0, "itemWeight": 0}


def test_ratings_are_a_group_with_one_question_each_and_a_note() -> None:
    asked = items_of(document(instruments.load("judgement")))["contact"]
    assert asked["type"] == "group"
    assert [item["linkId"] for item in asked["item"]] == [
        "contact.now", "contact.earlier", "contact.relevance", "contact.note"]  # fmt: skip
    assert {item["type"] for item in asked["item"]} == {"choice", "text"}


def test_ratings_that_say_what_they_rate_are_named_by_it() -> None:
    plain = instruments.load("judgement")
    axes = (
        Axis("now", "Now", "presence", Quality.PRESENCE, Timeframe.CURRENT),
        Axis("r", "Matters", "grade", Quality.RELEVANCE),
    )
    item = replace(plain.item("contact"), axes=("now", "r"))
    exported = document(replace(plain, axes=axes, items=(item,), level=replace(plain.level, kind="none")))
    assert list(items_of(exported))[1:] == ["contact", "contact.presence.current", "contact.relevance", "contact.note"]


def test_sections_are_groups_and_a_repeating_one_says_how_often() -> None:
    exported = items_of(document(instruments.load("judgement")))
    scenarios = exported["section.scenarios"]
    assert scenarios["repeats"] is True
    assert {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs", "valueInteger": 4} in scenarios[
        "extension"
    ]


def test_a_score_says_how_it_is_computed() -> None:
    score = items_of(document(instruments.load("safety-check-in")))["score.safety"]
    said = next(each for each in score["extension"] if "valueExpression" in each)["valueExpression"]["expression"]
    assert score["readOnly"] is True
    assert "(4 - %resource.descendants().where(linkId = 'contact_fear').answer.weight())" in said
    assert said.count("weight()") == 8


def test_a_structure_without_wording_says_so_and_cannot_be_activated() -> None:
    structure = STRUCTURES[0]
    exported = document(structure)
    assert exported["status"] == "draft"
    assert "structure of the form only" in exported["text"]["div"]
    shown = [item["text"] for item in items_of(exported).values() if "not in this file" in item.get("text", "")]
    assert shown
    reading = fhir.read(fhir.questionnaire_bytes(structure))
    assert (reading.outcome, reading.may_activate, reading.pack) == (Outcome.WITH_WARNINGS, False, None)
    assert not reading.instrument.is_worded
    assert "without its wording" in reading.findings[0].message


def test_topics_stand_as_codes_of_our_own() -> None:
    structure = next(each for each in STRUCTURES if any(item.topic for item in each.items))
    topic = next(item for item in structure.items if item.topic)
    assert {"system": "urn:fourfold:topic", "code": topic.topic} in items_of(document(structure))[topic.key]["code"]


# --- a file that was changed ------------------------------------------------------------------------------


def test_a_file_that_was_changed_is_read_as_it_stands() -> None:
    changed = document(instruments.load("first-line"))
    items_of(changed)["fear"]["text"] = "Another question?"
    reading = read(changed)
    assert reading.instrument.item("fear").text == "Another question?"
    assert reading.instrument.sha256 != instruments.load("first-line").sha256
    assert "changed after it was written" in " ".join(map(str, reading.findings))


def test_what_a_server_writes_into_a_form_changes_nothing() -> None:
    kept = {**document(instruments.load("first-line")), "id": "17", "meta": {"versionId": "2"}}
    assert read(kept).instrument == instruments.load("first-line")


@pytest.mark.parametrize("data", ["", "!!!", base64.b64encode(b"{}").decode(), base64.b64encode(b"\xff").decode()])
def test_a_broken_definition_in_a_file_is_passed_over(data: str) -> None:
    changed = document(instruments.load("first-line"))
    for each in changed["extension"]:
        if "valueAttachment" in each:
            each["valueAttachment"]["data"] = data
    reading = read(changed)
    assert (reading.outcome, reading.guarded) == (Outcome.WITH_WARNINGS, False)
    assert reading.instrument.item("fear").text == instruments.load("first-line").item("fear").text


def test_a_file_cannot_claim_to_be_a_shipped_instrument() -> None:
    ours = instruments.load("first-line")
    forged = replace(ours, items=(replace(ours.items[0], text="Something else?"), *ours.items[1:]))
    reading = fhir.read(fhir.questionnaire_bytes(replace(forged, sha256=ours.sha256)))
    assert reading.instrument.sha256 not in (ours.sha256, "")


def test_without_our_definition_a_form_is_still_understood() -> None:
    """Another program may drop what it does not know: keys, scales, values, meanings and conditions survive."""
    ours = instruments.load("first-line")
    bare = document(ours)
    bare["extension"] = []
    found = read(bare).instrument
    for item in ours.items:
        same = found.item(item.key)
        mine, theirs = ours.scale(item.scale), found.scale(same.scale)
        assert (same.text, same.kind) == (item.text, item.kind)
        assert [(one.code, one.label, one.value, one.meaning) for one in theirs.options] == [
            (one.code, one.label, one.value, one.meaning) for one in mine.options
        ]


def test_a_sum_without_our_definition_is_proposed_again() -> None:
    given = next(each for each in map(dressed, STRUCTURES) if each.scores and each.scores[0].kind is ScoreKind.SUM
                 and not any(item.reverse for item in each.scores[0].items) and len(each.scores[0].items) > 5
                 and each.scores[0].missing.rule == "none" and each.scores[0].factor == 1 and not each.scores[0].table)  # fmt: skip
    bare = document(given)
    bare["extension"] = []
    proposal = next(each for each in read(bare).scoring if each.link_id == f"score.{given.scores[0].key}")
    assert proposal.items == tuple(item.field for item in given.scores[0].items)
    assert (proposal.lowest, proposal.highest) == (given.scores[0].lowest, given.scores[0].highest)
    assert proposal.is_plain


# --- conditions -------------------------------------------------------------------------------------------


def conditional(condition: object) -> Json:
    """How a condition over an item with options and a number is written."""
    first = read(form(choice("c"), ask("n", "integer"), ask("z"))).instrument
    items = tuple(replace(item, enable=condition) if item.key == "z" else item for item in first.items)
    return items_of(document(replace(first, items=items)))["z"]


C, NUMBER = Clause("c", Operator.EQUALS, ("yes",)), Clause("n", Operator.AT_LEAST, ("2",))
CODED = {"system": "urn:answers", "code": "yes", "display": "Yes"}


@pytest.mark.parametrize(
    ("condition", "written", "behaviour"),
    [
        (C, [{"question": "c", "operator": "=", "answerCoding": CODED}], None),
        (NUMBER, [{"question": "n", "operator": ">=", "answerInteger": 2}], None),
        (Not(Clause("n", Operator.EXISTS)), [{"question": "n", "operator": "exists", "answerBoolean": False}], None),
        (AllOf((C, NUMBER)), [{"question": "c", "operator": "=", "answerCoding": CODED},
                              {"question": "n", "operator": ">=", "answerInteger": 2}], "all"),
        (Clause("c", Operator.EQUALS, ("yes", "no")), [
            {"question": "c", "operator": "=", "answerCoding": CODED},
            {"question": "c", "operator": "=", "answerCoding": {"system": "urn:answers", "code": "no", "display": "No"}},
        ], "any"),
    ],
)  # fmt: skip
def test_flat_conditions_are_written_as_enable_when(
    condition: object, written: list[Any], behaviour: str | None
) -> None:
    item = conditional(condition)
    assert item["enableWhen"] == written
    assert item.get("enableBehavior") == behaviour


def test_a_condition_that_is_not_flat_is_written_as_an_expression() -> None:
    item = conditional(AllOf((C, AnyOf((NUMBER, Not(C))))))
    said = item["extension"][0]["valueExpression"]["expression"]
    assert "enableWhen" not in item
    assert said.count("linkId = 'c'") > 1
    assert " or " in said


def test_a_condition_on_a_fact_of_the_case_leaves_the_item_shown() -> None:
    item = conditional(Clause(values=("former_partner",), fact=Fact.RELATIONSHIP))
    assert not {"enableWhen", "extension"} & item.keys()


@pytest.mark.parametrize(
    ("score", "expressible"),
    [
        (Score("s", "S", "higher_worse", Decimal(0), Decimal(3), (ScoreItem("a"),)), True),
        (Score("s", "S", "higher_worse", Decimal(0), Decimal(6), (ScoreItem("a", Decimal(2)),), ScoreKind.WEIGHTED), True),
        (Score("s", "S", "higher_worse", Decimal(0), Decimal(12), (ScoreItem("a"),), factor=Decimal(4)), True),
        (Score("s", "S", "higher_worse", Decimal(0), Decimal(1), (ScoreItem("a"),), ScoreKind.MEAN), False),
        (Score("s", "S", "higher_worse", Decimal(0), Decimal(1), (ScoreItem("a"),), table=((Decimal(0), Decimal(0)),)), False),
        (Score("s", "S", "higher_worse", Decimal(0), Decimal(1), (ScoreItem("a"),), gate=C), False),
        (Score("s", "S", "higher_worse", Decimal(0), Decimal(1), (ScoreItem("a"),), confirmed=False), False),
    ],
)  # fmt: skip
def test_only_a_score_that_fhirpath_gets_right_is_written_as_an_expression(score: Score, expressible: bool) -> None:
    first = read(form(scale("a"))).instrument
    item = items_of(document(replace(first, scores=(score,))))["score.s"]
    assert any("valueExpression" in each for each in item["extension"]) is expressible


def test_an_item_of_every_kind_is_written() -> None:
    first = read(form(choice("a"))).instrument
    items = tuple(
        Item(
            kind.value,
            "form",
            "T",
            "Text",
            kind,
            scale="a" if kind in ("choice", "multiple_choice", "open_choice", "yes_no") else "",
        )
        for kind in ItemKind
    )
    exported = items_of(document(replace(first, items=items)))
    assert exported["multiple_choice"]["repeats"] is True
    assert {kind.value: exported[kind.value]["type"] for kind in ItemKind} == {
        "choice": "choice", "multiple_choice": "choice", "open_choice": "open-choice", "yes_no": "boolean",
        "text": "text", "line": "string", "url": "url", "integer": "integer", "decimal": "decimal",
        "quantity": "quantity", "date": "date", "time": "time", "datetime": "dateTime", "attachment": "attachment",
        "reference": "reference", "display": "display", "group": "group",
    }  # fmt: skip


def test_the_same_instrument_gives_the_same_bytes_and_another_gives_others() -> None:
    ours = instruments.load("first-line")
    assert fhir.questionnaire_bytes(ours) == fhir.questionnaire_bytes(replace(ours))
    assert fhir.questionnaire_bytes(ours) != fhir.questionnaire_bytes(replace(ours, title=ours.title + "."))


def test_answers_are_no_part_of_a_form() -> None:
    assert "answer" not in document(instruments.load("first-line"))
    assert Answer("x").option == ""
