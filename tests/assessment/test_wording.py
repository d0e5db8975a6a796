"""The wording of a structure out of a published form: by codes, by values, in order, and never by guessing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fourfold.assessment import fhir, instruments, rules, services
from fourfold.assessment.instruments import recognising
from fourfold.assessment.queries import library
from fourfold.assessment.terms import Answer, Instrument, InvalidPack
from tests.assessment.fhir.forms import Json
from tests.assessment.wording import pack_for
from tests.cast import NOW, Cast

WEIGHT = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
LOINC = "http://loinc.org"
PHQ = instruments.load("phq-9")


def published(*, codes: bool = True, weights: bool = True, leave_out: str = "", panel: bool = True) -> bytes:
    """Return a FHIR questionnaire as a publisher of the nine questions would write it, with invented words."""
    items = [_question(item, codes, weights) for item in PHQ.items if item.key != leave_out]
    form = {
        "resourceType": "Questionnaire",
        "status": "active",
        "title": "Nine questions",
        "language": "en",
        "item": items,
    }
    if panel:
        form["code"] = [{"system": LOINC, "code": "44249-1"}]
    return json.dumps(form).encode()


def _question(item: Any, codes: bool, weights: bool) -> dict[str, Any]:
    scale = next(scale for scale in PHQ.scales if scale.key == item.scale)
    options = []
    for number, option in enumerate(option for option in scale.options if not option.label):
        coding: dict[str, Any] = {"code": f"a{number}", "display": f"Invented {scale.key} {number}"}
        if weights and option.value is not None:
            coding["extension"] = [{"url": WEIGHT, "valueDecimal": int(option.value)}]
        options.append({"valueCoding": coding})
    asked: dict[str, Any] = {
        "linkId": f"/{item.codes[0].code}" if codes else f"q-{item.key}",
        "text": f"Invented {item.key}?",
        "type": "choice",
        "answerOption": options,
    }
    if codes:
        asked["code"] = [{"system": LOINC, "code": item.codes[0].code}]
    return asked


def read(raw: bytes) -> Instrument:
    reading = fhir.read(raw)
    assert reading.instrument is not None
    form, pack = reading.instrument, reading.pack
    return form if pack is None or form.is_worded else instruments.worded(form, pack)


@pytest.mark.parametrize(
    "made", [{}, {"codes": False}, {"weights": False}, {"codes": False, "weights": False}], ids=str
)
def test_the_words_are_found_by_codes_and_values_or_in_their_order(made: dict[str, bool]) -> None:
    pack = instruments.pack_from(PHQ, read(published(**made)), source="an invented publisher")
    assert pack.items == {item.key: f"Invented {item.key}?" for item in PHQ.items}
    assert pack.scales["frequency"] == {f"s{n}": f"Invented frequency {n}" for n in range(4)}
    assert instruments.pack_findings(PHQ, pack) == ()


def test_a_question_that_is_not_there_is_named_and_nothing_is_guessed() -> None:
    with pytest.raises(InvalidPack, match="item sleep"):
        instruments.pack_from(PHQ, read(published(leave_out="sleep")), source="x")


def test_a_form_says_which_structure_it_words() -> None:
    assert list(instruments.structure_for(instruments.catalogue(), read(published()))) == [PHQ]
    assert list(instruments.structure_for(instruments.catalogue(), read(published(panel=False)))) == []


NAMED = {"title": "PHQ-9"}


@pytest.mark.parametrize(
    ("made", "changes", "known", "found"),
    [
        ({}, {}, False, PHQ),
        ({"weights": False}, {}, False, PHQ),
        ({"codes": False, "panel": False}, NAMED, False, PHQ),
        ({"codes": False, "panel": False, "weights": False}, {}, True, PHQ),
        ({"leave_out": "difficulty"}, {}, False, PHQ),
        ({"codes": False, "panel": False, "leave_out": "difficulty"}, {"reworded": "sleep"}, True, PHQ),
        ({"codes": False, "panel": False}, {}, False, None),
        ({"leave_out": "sleep"}, NAMED, False, None),
    ],
)
def test_a_measure_is_recognised_by_its_codes_its_words_or_its_name(
    made: dict[str, Any],
    changes: dict[str, str],
    known: bool,
    found: Instrument | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if known:
        sums = {each.key: {"words": [recognising.letters_sum(f"INVENTED {each.key}")]} for each in PHQ.items}
        monkeypatch.setattr(recognising, "_known", lambda: {"items": {"phq-9": sums}, "options": {}})
    raw = json.dumps(json.loads(published(**made)) | changes).encode()
    raw = raw.replace(f"Invented {changes.get('reworded')}?".encode(), b"Said otherwise?")
    assert instruments.recognised(instruments.catalogue(), read(raw)) is found


def test_the_words_that_are_known_are_those_of_questions_that_exist() -> None:
    known = recognising._known()["items"]
    assert set(known) == {"phq-9", "gad-7", "phq-4", "pc-ptsd-5"}
    for key, items in known.items():
        assert set(items) <= {item.key for item in instruments.load(key).items}


SAID = {
    "interest": "Interest or pleasure was little", "mood": "Being down, being depressed", "sleep": "Sleep, bad or long",
    "energy": "No energy", "appetite": "Appetite, poor or great", "self_worth": "A failure, one thinks",
    "concentration": "Concentrating is hard", "movement": "Moves slowly, or restlessly", "self_harm": "Dead, or hurt",
    "nervous": "Nerves; nervousness", "control": "Cannot control the worries", "worry": "Worries of different kinds",
    "relaxing": "Relaxing is hard", "restless": "Restless, cannot sit", "irritable": "Annoyed at once",
    "dread": "Something awful may happen", "event": "A frightening event", "nightmares": "Nightmares of it",
    "avoidance": "Avoided what recalls it", "on_guard": "On guard", "numb": "Numb", "blame": "Guilty of it",
}  # fmt: skip
"""Invented questions: each has the few words that no published wording of it lacks, and no other of them."""
SHOWN = ("Not at all", "On several days", "Half the days", "Nearly each day")


def _coded(number: int, **more: Any) -> Json:
    return {"valueCoding": {"code": f"c{number}", "display": SHOWN[number], **more}}


SNOMED = "http://snomed.info/sct"
ANSWERED: dict[str, Json] = {
    "loinc": {"type": "choice", "answerOption": [
        _coded(n, system=LOINC, code=code) for n, code in ((2, "LA6570-1"), (3, "LA6571-9"), (0, "LA6568-5"), (1, "LA6569-3"))
    ]},
    "snomed": {"type": "choice", "answerOption": [_coded(n, system=SNOMED, code=f"70{n}7000") for n in (3, 2, 1, 0)]},
    "weights": {"type": "choice", "answerOption": [
        {**_coded(n, display=f"X{n}"), "extension": [{"url": WEIGHT, "valueDecimal": n}]} for n in (3, 1, 0, 2)
    ]},
    "words": {"type": "choice", "answerOption": [{"valueString": f"{SHOWN[n]} ({n})"} for n in range(4)]},
    "whole numbers": {"type": "integer", "answerOption": [{"valueInteger": n} for n in range(4)]},
    "a number": {"type": "integer", "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0},
        {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 3},
    ]},
    "yes or no": {"type": "boolean"},
}  # fmt: skip


def shaped(key: str, how: str, *, title: str = "A form", link: str = "q", said: bool = True) -> bytes:
    """Return a measure as another publisher would write it: in a group, with other names, and its own kind of answers."""
    keys = [item.key for item in instruments.load(key).items if item.key in SAID]
    asked = [
        {"linkId": f"{link}{n}", "text": SAID[one] if said else f"Frage {n}", **ANSWERED[how]}
        for n, one in enumerate(keys)
    ]
    whole = {"linkId": "g", "type": "group", "text": "In two weeks", "item": asked}
    return json.dumps({"resourceType": "Questionnaire", "status": "active", "title": title, "item": [whole]}).encode()


@pytest.mark.parametrize(
    ("key", "how"),
    [
        *(("phq-9", how) for how in ANSWERED if how != "yes or no"),
        ("gad-7", "snomed"), ("gad-7", "a number"), ("phq-4", "words"), ("phq-4", "loinc"), ("pc-ptsd-5", "yes or no"),
    ],
)  # fmt: skip
def test_a_measure_is_recognised_in_every_common_shape_and_keeps_the_order_of_its_answers(key: str, how: str) -> None:
    form = read(shaped(key, how))
    structure = instruments.recognised(instruments.catalogue(), form)
    assert structure is instruments.load(key)
    whole = instruments.worded(structure, instruments.pack_from(structure, form, source="x"))
    assert not instruments.activation_findings(whole), (
        "its hand-checked cases come out, also without the tenth question"
    )
    assert "difficulty" not in [item.key for item in whole.items]
    if (scale := whole.scale("frequency")) is not None:
        first = {"weights": "X0", "words": "Not at all (0)"}.get(how, "0" if "number" in how else "Not at all")
        assert scale.options[0].label == first


def test_a_form_that_asks_less_or_is_called_otherwise_is_not_that_measure() -> None:
    eight = json.loads(shaped("phq-9", "words"))
    eight["item"][0]["item"].pop(2)
    assert instruments.recognised(instruments.catalogue(), read(json.dumps(eight).encode())) is None
    assert instruments.recognised(instruments.catalogue(), read(shaped("phq-9", "words", said=False))) is None
    named = read(shaped("phq-9", "words", said=False, title="Fragebogen PHQ-9"))
    assert instruments.recognised(instruments.catalogue(), named) is PHQ


@pytest.mark.parametrize("how", ["snomed", "a number"])
def test_a_question_on_self_harm_alerts_in_any_shape_and_a_whole_form_has_the_sum_of_its_measure(how: str) -> None:
    form = instruments.with_alerts(instruments.catalogue(), read(shaped("phq-9", how)))
    ninth = next(item for item in form.items if item.critical)
    lowest, above = "0", "1"
    if how == "snomed":
        scale = form.scale(ninth.scale)
        assert scale is not None
        lowest, above = (one.code for label in SHOWN[:2] for one in scale.options if one.label == label)
    for value, rings in {lowest: False, above: True}.items():
        answer = Answer(ninth.key, text=value) if how == "a number" else Answer(ninth.key, option=value)
        assert bool(rules.advice(form, [answer]).critical) is rings, "with one answer out of nine"
    scored = instruments.with_scores(instruments.catalogue(), form)
    assert [(score.confirmed, len(score.items)) for score in scored.scores] == [(False, 9)]


def test_a_question_that_alerts_as_a_measure_alerts_in_a_form_that_came_whole() -> None:
    form = instruments.with_alerts(instruments.catalogue(), read(published()))
    alerting = [item for item in form.items if item.critical]
    assert [item.codes[0].code for item in alerting] == ["44260-8"]
    for code, rings in {"a0": False, "a1": True, "a3": True}.items():
        advice = rules.advice(form, [Answer(alerting[0].key, option=code)])
        assert bool(advice.critical) is rings, "with one answer out of nine"


@pytest.mark.django_db
def test_a_fhir_file_makes_a_free_measure_active_in_one_step(cast: Cast) -> None:
    kept = services.bring_pack(actor=cast.coordinator, site="northmoor", raw=published(), file="nine.json", at=NOW)
    assert kept.row is not None
    form = library.form("northmoor", "phq-9", at=NOW)
    assert form.item("sleep").text == "Invented sleep?"
    assert form.sha256 == PHQ.sha256, "the structure, with its scoring and its bands, stays ours"
    again = services.bring_pack(actor=cast.coordinator, site="northmoor", raw=published(), file="nine.json", at=NOW)
    assert again.row is None


@pytest.mark.django_db
def test_a_file_that_does_not_say_whose_words_it_holds_needs_a_name(cast: Cast) -> None:
    raw = published(panel=False, codes=False)
    with pytest.raises(InvalidPack, match="--for KEY"):
        services.bring_pack(actor=cast.coordinator, site="northmoor", raw=raw, file="nine.json", at=NOW)
    with pytest.raises(InvalidPack, match="no instrument"):
        services.bring_pack(actor=cast.coordinator, site="northmoor", raw=raw, file="x.json", at=NOW, key="nine")
    kept = services.bring_pack(actor=cast.coordinator, site="northmoor", raw=raw, file="x.json", at=NOW, key="phq-9")
    assert kept.row is not None


def test_what_comes_out_of_a_file_is_what_a_text_pack_would_say() -> None:
    words = {item.key: f"Invented {item.key}?" for item in PHQ.items}
    pack = instruments.pack_from(PHQ, read(published()), source="x")
    assert list(pack.items) == list(pack_for(PHQ).items)
    assert pack.items == words
