"""Files that nobody meant well: random edits, broken bytes, huge and endless ones. The last guard never answers."""

from __future__ import annotations

import copy
import json
import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.assessment import fhir, instruments
from fourfold.assessment.fhir import references
from fourfold.assessment.fhir.computing import calculate
from fourfold.assessment.fhir.terms import Outcome, Reading, Severity
from tests.assessment.fhir.forms import Json, as_r5, as_stu3, ask, extension, fhirpath, form, raw, read, sampler, when

BASES: list[Json] = [
    sampler(),
    as_stu3(sampler()),
    as_r5(sampler()),
    json.loads(fhir.questionnaire_bytes(instruments.load("first-line"))),
]
JUNK: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, 1e30, -0.0, "", " ", "x", "\x00", "\u202e", "1.1", "#list", "display", "group",
    "choice", "coding", "text/cql", "Infinity", [], {}, [[]], [None], {"a": 1}, {"extension": [{}]}, {"url": "x"},
    {"reference": "#list"}, [{"valueCoding": {"code": 5}}], {"system": 1, "code": []}, {"value": "3"},
    {"extension": [{"url": {"a": 1}}]}, {"modifierExtension": "x"}, {"valueCoding": {"display": ["x"]}},
]  # fmt: skip
KEYS = [
    "item", "answerOption", "option", "options", "extension", "enableWhen", "type", "initial", "contained", "linkId",
    "answerValueSet", "_text", "code", "modifierExtension", "status", "repeats", "valueInteger", "valueCoding", "url",
]  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a document."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*way, key))


def at(document: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        document = document[key]
    return document


def edit(document: Any, draw: Callable[[list[Any]], Any]) -> None:
    """Delete, replace, copy or add something somewhere."""
    ways = [way for way in places(document) if way]
    if not ways:
        return
    way = draw(ways)
    holder, key = at(document, way[:-1]), way[-1]
    kind = draw(["delete", "junk", "junk", "copy", "add"])
    if kind == "delete":
        del holder[key]
    elif kind == "junk":
        holder[key] = copy.deepcopy(draw(JUNK))
    elif kind == "copy":
        holder[key] = copy.deepcopy(at(document, draw(ways)))
    elif isinstance(holder, dict):
        holder[draw(KEYS)] = copy.deepcopy(draw(JUNK))
    else:
        holder.append(copy.deepcopy(draw(JUNK)))


def is_whole(reading: Reading) -> bool:
    """Exactly one outcome, an instrument unless refused, words for everything, and no guard."""
    refused = reading.outcome is Outcome.REFUSED
    worded = all(finding.problem for finding in reading.findings)
    return not reading.guarded and (reading.instrument is None) is refused and worded and len(reading.sha256) == 64


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_no_edit_of_a_valid_form_reaches_the_last_guard(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from(BASES)))
    for _ in range(data.draw(st.integers(1, 4))):
        edit(document, lambda choices: data.draw(st.sampled_from(choices)))
    reading = read(document)
    assert is_whole(reading), reading.findings


@pytest.mark.parametrize("seed", range(6))
def test_thousands_of_random_edits_never_reach_the_last_guard(seed: int) -> None:
    """Six times 200 documents with one to four edits each: about three thousand edits, and no hit of the guard."""
    rng = random.Random(seed)
    guarded = 0
    for _ in range(200):
        document = copy.deepcopy(rng.choice(BASES))
        for _ in range(rng.randint(1, 4)):
            edit(document, rng.choice)
        guarded += not is_whole(read(document))
    assert guarded == 0


def test_whatever_was_taken_in_can_be_written_and_taken_in_again() -> None:
    rng = random.Random(23)
    returned = 0
    for _ in range(150):
        document = copy.deepcopy(rng.choice(BASES))
        edit(document, rng.choice)
        first = read(document).instrument
        if first is not None:
            written = fhir.questionnaire_bytes(first)
            again = fhir.read(written).instrument
            assert again == first
            assert fhir.questionnaire_bytes(again) == written
            returned += 1
    assert returned > 100


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_change_of_a_byte_reaches_the_last_guard(data: st.DataObject) -> None:
    bytes_ = bytearray(raw(sampler()))
    for _ in range(data.draw(st.integers(1, 5))):
        where = data.draw(st.integers(0, len(bytes_) - 1))
        if data.draw(st.booleans()):
            bytes_[where] = data.draw(st.integers(0, 255))
        else:
            del bytes_[where : where + data.draw(st.integers(1, 50))]
            bytes_ = bytes_ or bytearray(b" ")
    assert is_whole(fhir.read(bytes(bytes_)))


@given(st.binary(max_size=300))
def test_no_bytes_reach_the_last_guard(bytes_: bytes) -> None:
    assert is_whole(fhir.read(bytes_))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(KEYS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6), max_size=4))
def test_no_json_reaches_the_last_guard(anything: Any, items: list[Any]) -> None:
    assert is_whole(read(anything))
    assert is_whole(read({"resourceType": "Questionnaire", "contained": anything, "item": items}))


def test_an_error_is_never_activated_whatever_else_is_said() -> None:
    rng = random.Random(3)
    for _ in range(120):
        document = copy.deepcopy(rng.choice(BASES))
        edit(document, rng.choice)
        reading = read(document)
        grave = any(each.severity in (Severity.ERROR, Severity.REFUSE) for each in reading.findings)
        assert reading.may_activate is not grave


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="%abc.()'+-*/|&=<>{}[] 0123456789item", max_size=60))
def test_no_expression_raises_or_hangs(text: str) -> None:
    reading = read(form(ask("a", "decimal", extension=[fhirpath(text or "1")])))
    assert reading.form is not None
    start = time.process_time()
    for each in calculate(reading.form, {"resourceType": "QuestionnaireResponse"}, longest_s=1.0):
        assert each.is_computed or each.why.startswith("Not computed")
    assert time.process_time() - start < 20


# --- nothing is fetched -----------------------------------------------------------------------------------


def test_nothing_is_ever_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    everywhere = "http://127.0.0.1:9/x"
    reading = read(form(
        ask("a", "choice", answerValueSet=everywhere),
        ask("b", extension=[
            extension("sdc-questionnaire-preferredTerminologyServer", "Url", everywhere),
            extension("rendering-xhtml", "String", f"<img src='{everywhere}'>"),
            fhirpath(f"'{everywhere}'.resolve()", use="sdc-questionnaire-initialExpression"),
            extension("cqf-library", "Canonical", everywhere)]),
        extension=[extension("sdc-questionnaire-sourceQueries", "Reference", {"reference": everywhere})],
        implicitRules=everywhere,
    ))  # fmt: skip
    assert reading.outcome is Outcome.WITH_WARNINGS


def test_no_address_of_markup_is_kept() -> None:
    shown = {"extension": [extension("rendering-xhtml", "String", "<a href='https://track.example/me'>Ask</a>")]}
    reading = read(
        form({"linkId": "a", "type": "string", "_text": shown}, description="See [it](https://track.example).")
    )
    assert "track.example" not in repr(reading.instrument)


# --- size, depth and time ---------------------------------------------------------------------------------


def large(items: int, depth: int) -> Json:
    """A form of so many items, with groups inside groups, weights and conditions."""
    options = [{"valueCoding": {"system": "urn:a", "code": f"c{n}", "display": f"Answer {n}"},
                "extension": [extension("ordinalValue", "Decimal", n)]} for n in range(5)]  # fmt: skip
    top: list[Json] = []
    count = 0
    while count < items:
        level = top
        for _ in range(depth - 1):
            inner: Json = {"linkId": f"g{count}", "type": "group", "text": "Group", "item": []}
            level.append(inner)
            level, count = inner["item"], count + 1
        for number in range(20):
            before = [when(f"q{count - 1}", answerCoding={"system": "urn:a", "code": "c1"})] if number else []
            asked = ask(f"q{count}", "choice", answerOption=options, **({"enableWhen": before} if before else {}))
            level.append(asked)
            count += 1
    return form(*top)


def timed(bytes_: bytes) -> tuple[Reading, float]:
    start = time.process_time()
    reading = fhir.read(bytes_)
    return reading, time.process_time() - start


def test_a_thousand_items_ten_levels_deep_take_less_than_two_seconds() -> None:
    reading, seconds = timed(raw(large(1_000, 10)))
    assert reading.outcome is Outcome.IMPORTED
    assert len(reading.instrument.items) >= 1_000
    assert seconds < 2


def test_items_up_to_the_limit_of_depth_are_read_and_deeper_ones_refused() -> None:
    def nested(depth: int) -> Json:
        item = ask("leaf")
        for level in range(depth):
            item = {"linkId": f"g{level}", "type": "group", "text": "G", "item": [item]}
        return form(item)

    assert read(nested(28)).outcome is Outcome.IMPORTED
    refused = read(nested(32))
    assert refused.outcome is Outcome.REFUSED
    assert "more than 30 levels deep" in refused.findings[-1].message


EXPRESSION = fhirpath("linkId in (" * 300 + "linkId " * 1_000 + "%a" * 500 + ".item" * 500)
MANY = 2_900


@pytest.mark.parametrize(
    "document",
    [
        form(*(ask("same") for _ in range(MANY))),
        form(*(ask(f"a{n}", "boolean", enableBehavior="any", enableWhen=[
            when(f"a{m}", answerBoolean=True) for m in range(max(0, n - 10), n)]) for n in range(MANY))),
        form(*(ask(f"a{n}", "boolean", enableWhen=[when(f"a{(n + 1) % MANY}", answerBoolean=True)]) for n in range(MANY))),
        form(*(ask(f"a{n}", "decimal", extension=[EXPRESSION]) for n in range(100))),
        form(*(ask(f"a{n}", "decimal", extension=[
            fhirpath(" + ".join(f"%v{m}" for m in range(max(0, n - 30), n)) + " weight()", f"v{n}", "variable"),
            fhirpath(f"%v{n}")]) for n in range(600))),
        form(*(ask(f"a{n}", "choice", answerValueSet=f"#v{n % 40}") for n in range(500)), contained=[
            {"resourceType": "ValueSet", "id": f"v{n}", "compose": {"include": [
                {"valueSet": [f"#v{m}" for m in range(n + 1, 40)] * 10}, {"concept": [{"code": f"c{n}"}]}]}}
            for n in range(40)]),
        form(ask("a", text="<b>" * 200_000), title="x" * 500_000, description="[" * 500_000, _title={"extension": []}),
        form(ask("a", extension=[{"url": "x"}] * 100_000)),
    ],
    ids=["same", "chain", "circle", "expressions", "variables", "lists", "texts", "extensions"],
)  # fmt: skip
def test_no_form_within_the_limits_takes_five_seconds(document: Json) -> None:
    reading, seconds = timed(raw(document))
    assert is_whole(reading)
    assert seconds < 5


@pytest.mark.parametrize(
    "bytes_",
    [b"[" * 4_000_000, b'{"a":' * 1_000_000, b'"' + b'\\"' * 3_000_000, b"[" + b"0," * 2_000_000 + b"0]",
     b'{"resourceType":"Questionnaire","item":[' + b"{}," * 2_000_000 + b"{}]}",
     b"{" + b'"a":1,' * 1_000_000 + b'"b":1}', b"[" + (b"[" * 99 + b"]" * 99 + b",") * 4_000 + b"0]"],
    ids=["open", "deep", "quotes", "numbers", "objects", "twice", "lists"],
)  # fmt: skip
def test_no_bytes_within_the_limits_take_five_seconds(bytes_: bytes) -> None:
    reading, seconds = timed(bytes_)
    assert reading.outcome is Outcome.REFUSED
    assert not reading.guarded
    assert seconds < 5


@pytest.mark.parametrize(
    "text", ["linkId = '" * 5_000, "linkId in (" * 5_000, "%" * 20_000, "'" * 19_999, "/*" * 9_000]
)
def test_reading_an_expression_takes_time_in_its_length_only(text: str) -> None:
    start = time.process_time()
    references.link_ids(text), references.variables(text), references.why_broken(text)
    assert time.process_time() - start < 20


def test_every_message_is_a_sentence_that_a_person_can_read() -> None:
    rng = random.Random(11)
    for _ in range(120):
        document = copy.deepcopy(rng.choice(BASES))
        edit(document, rng.choice)
        for finding in read(document).findings:
            assert finding.message.endswith((".", "…")), finding.message
            assert not re.search(r"Traceback|0x[0-9a-f]{6}|<class|object at", finding.message)
