"""A text pack with its words left empty, for a unit that holds the licensed form and copies it in."""

import json
from collections.abc import Iterator

from fourfold.assessment.terms import Instrument, needs_text


def template(structure: Instrument) -> str:
    """Return the pack that this structure asks for, as TOML with every text left empty."""
    return "\n".join((*_head(structure), *_items(structure), *_scales(structure))) + "\n"


def _head(structure: Instrument) -> Iterator[str]:
    yield f"# The wording of {structure.title}: copy it from the form itself, word for word."
    yield f"instrument = {_quoted(structure.key)}"
    yield f"version = {structure.version}"
    yield 'language = "en"'
    yield 'title = ""   # as its owner writes it; may be left out'
    yield 'source = ""  # where the text is taken from: an address, a manual, an edition'


def _items(structure: Instrument) -> Iterator[str]:
    yield "\n[items]"
    for room in structure.rooms:
        yield f"# {room.title}: {room.fewest} to {room.most} questions, named {room.key}_1, {room.key}_2 and so on"
        yield from (f'{room.key}_{number} = ""' for number in range(1, room.fewest + 1))
    for item in structure.items:
        if needs_text(item) and not item.text:
            yield f'{item.key} = ""  # {item.title}'


def _scales(structure: Instrument) -> Iterator[str]:
    for scale in structure.scales:
        open_ones = [option.code for option in scale.options if not option.label]
        if open_ones:
            yield f"\n[scales.{scale.key}]"
            yield from (f'{code} = ""' for code in open_ones)


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
