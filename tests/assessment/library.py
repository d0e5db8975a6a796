"""Instruments and files invented for the tests of bringing in: no word of them is anybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fourfold.assessment import instruments
from fourfold.assessment.terms import Instrument

FREE, EXACT, LICENSED = "invented-free", "invented-exact", "invented-licensed"
WORDS = {"kettle": "How often does the kettle boil over?", "spoon": "How often does a spoon go missing?"}
LABELS = {"never": "Never at all", "often": "Rather often"}

VECTORS = """
[[vector]]
name = "all at the lowest"
case = "all_minimum"
authority = "worked out by hand"
all = "never"
expect = [{ score = "total", state = "scored", value = 0 }]

[[vector]]
name = "all at the highest"
case = "all_maximum"
authority = "worked out by hand"
all = "often"
expect = [{ score = "total", state = "scored", value = 2 }]

[[vector]]
name = "one of each"
case = "mixed"
authority = "worked out by hand"
answers = { kettle = "often", spoon = "never" }
expect = [{ score = "total", state = "scored", value = 1 }]

[[vector]]
name = "one left out"
case = "incomplete"
authority = "worked out by hand"
answers = { kettle = "often" }
expect = [{ score = "total", state = "not_scored" }]
"""


def structure(key: str, status: str, exact: tuple[str, ...] = ()) -> Instrument:
    """Return a shipped structure without wording: two questions, one scale, one sum."""
    return instruments.definition(
        f"""
key = "{key}"
version = 1
title = "Kitchen upset ({key})"
kind = "prom"
about = "victim"
informant = "self"
validated = true
shipped = "skeleton"
licence = "Invented for the tests."

section = [{{ key = "kitchen", title = "In the kitchen" }}]
item = [
    {{ key = "kettle", section = "kitchen", title = "Kettle", scale = "times", topic = "kettle" }},
    {{ key = "spoon", section = "kitchen", title = "Spoon", scale = "times", topic = "spoon" }},
]
score = [{{ key = "total", title = "Total", direction = "higher_worse", lowest = 0, highest = 2, \
items = [{{ field = "kettle" }}, {{ field = "spoon" }}] }}]
absent = ["omit", "unknown"]

[[scale]]
key = "times"
option = [{{ code = "never", value = 0 }}, {{ code = "often", value = 1 }}]

[level]
kind = "none"

[review]
valid_for_days = 30

[rights]
status = "{status}"
licensor = "Invented House"
text_shipped = false
may_modify = false
evidence = "Invented for the tests."
verified = true
how_to_get = "Ask Invented House, and write the words into a text pack."
exact_packs = [{", ".join(f'"{each}"' for each in exact)}]
{VECTORS}""",
        f"{key}.v1.toml",
    )


def pack(
    key: str,
    *,
    items: Mapping[str, str] = WORDS,
    labels: Mapping[str, str] = LABELS,
    language: str = "en",
    version: int = 1,
) -> bytes:
    """Return the file of a text pack."""
    lines = [f'instrument = "{key}"', f"version = {version}", f'language = "{language}"', 'source = "Invented House"']
    lines += ["[items]", *(f"{name} = {json.dumps(words)}" for name, words in items.items())]
    lines += ["[scales.times]", *(f"{code} = {json.dumps(words)}" for code, words in labels.items())]
    return "\n".join(lines).encode()


def on_the_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three invented structures ship beside the real ones: free, free if exact, and licensed."""
    exact = instruments.read_pack(pack(EXACT)).sha256
    invented = (
        structure(FREE, "permissive"),
        structure(EXACT, "verbatim_only", (exact,)),
        structure(LICENSED, "permission"),
    )
    shipped = tuple(sorted((*instruments.catalogue(), *invented), key=lambda form: (form.key, form.version)))
    monkeypatch.setattr(instruments, "catalogue", lambda: shipped)


def questionnaire(**changes: Any) -> bytes:
    """Return a FHIR R4 questionnaire of one weighted question and one in words."""
    options = [
        {
            "valueCoding": {"code": code, "display": display},
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": value},
            ],
        }
        for value, (code, display) in enumerate({"calm": "Quite calm", "upset": "Upset"}.items())
    ]
    form = {
        "resourceType": "Questionnaire",
        "url": "http://invented.example/Questionnaire/garden",
        "version": "1",
        "name": "Garden",
        "title": "Garden upset",
        "status": "active",
        "item": [
            {"linkId": "hedge", "type": "choice", "text": "How is the hedge?", "answerOption": options},
            {"linkId": "words", "type": "text", "text": "Tell us about the hedge."},
        ],
        **changes,
    }
    return json.dumps({name: value for name, value in form.items() if value is not None}).encode()
