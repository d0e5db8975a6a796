"""Text packs: the wording of an instrument, which a unit brings in and this project does not hold.

A pack is a TOML file (UTF-8, at most one megabyte):

    instrument = "phq-9"            # the key of the shipped structure
    version = 1                     # its version
    language = "en"
    title = "…"                     # the title as its owner writes it; may be left out
    source = "…"                    # where the text was taken from: an address, a manual, an edition

    [items]                         # every question, by the key of the structure, in the order of the structure
    interest = "…"
    mood = "…"

    [scales.frequency]              # every label, by the code of the option, in the order of the scale
    not_at_all = "…"
    several_days = "…"

Only what the structure leaves open stands in a pack: questions that Fourfold added itself, and plain labels such as
*Yes* and *No*, have their words already. A slot has room for the questions of a licensed form: they are named by the
room and numbered from 1 (`conduct_1`, `conduct_2`, …) and stand where the room stands.

The SHA-256 of a pack is taken over its words and their order, not over layout or comments: the same words from
another kind of file have the same hash. Texts are kept character for character.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from fourfold.assessment.instruments.published import is_published_text
from fourfold.assessment.instruments.reading import parsed
from fourfold.assessment.instruments.tables import Table
from fourfold.assessment.terms import (
    Finding,
    Instrument,
    InvalidDefinition,
    InvalidPack,
    Item,
    Option,
    Room,
    Scale,
    TextPack,
    Vector,
    may_be_left_out,
    needs_text,
)

LARGEST = 1_000_000
"""Bytes of one pack: some hundred times the longest form in use, and an end to a file that was picked by mistake."""


def read_pack(raw: bytes) -> TextPack:
    """Read a pack from the bytes of a TOML file, sealed with its hash.

    Raises InvalidPack for anything that is not one, naming the place and how to mend it.
    """
    try:
        if len(raw) > LARGEST:
            raise InvalidDefinition("pack", (Finding("file", "It is larger than a megabyte.", "Bring text only."),))
        table = Table(parsed(raw.decode(), "pack"), "pack", "pack")
        pack = _pack(table)
        table.finish()
    except InvalidDefinition as invalid:
        raise InvalidPack("pack", invalid.findings) from invalid
    except (UnicodeDecodeError, RecursionError) as invalid:
        raise InvalidPack("pack", (Finding("file", "This is not text.", "Save it as UTF-8."),)) from invalid
    return sealed(pack)


def _pack(table: Table) -> TextPack:
    scales = table.take("scales", dict, {})
    named = Table(scales, "pack", "pack, scales")
    return TextPack(
        instrument=table.take("instrument", str),
        version=table.take("version", int),
        language=table.take("language", str, "en"),
        items=table.pairs("items"),
        scales={key: named.pairs(key) for key in scales},
        title=table.take("title", str, ""),
        source=table.take("source", str),
    )


def sealed(pack: TextPack) -> TextPack:
    """Return the pack with the SHA-256 of exactly these words in this order."""
    return replace(pack, sha256=hashlib.sha256(pack_bytes(pack)).hexdigest())


def pack_bytes(pack: TextPack) -> bytes:
    """Return the words of the pack as JSON in their own order: the same words, the same bytes."""
    words = {
        "instrument": pack.instrument,
        "version": pack.version,
        "language": pack.language,
        "title": pack.title,
        "items": list(pack.items.items()),
        "scales": [[key, list(labels.items())] for key, labels in sorted(pack.scales.items())],
    }
    return json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def worded(structure: Instrument, pack: TextPack) -> Instrument:
    """Lay the wording over the structure: same keys, same options, same order.

    The structure keeps its `sha256`; `pack_sha256` names the words. Raises InvalidPack with every fault named, also
    when the hash that the pack carries is not that of its words, or not that of the only exact text.
    """
    faults = pack_findings(structure, pack)
    if faults:
        raise InvalidPack(f"{pack.instrument} version {pack.version}, {pack.language}", faults)
    gone = left_out(structure, pack)
    items = tuple(_texted(item, pack.items) for item in _furnished(structure, pack) if item.key not in gone)
    unused = {item.scale for item in structure.items if item.key in gone} - {item.scale for item in items}
    return replace(
        structure,
        title=pack.title or structure.title,
        items=items,
        scales=tuple(_labelled(one, pack.scales.get(one.key, {})) for one in structure.scales if one.key not in unused),
        vectors=tuple(_asked_of(each, gone) for each in structure.vectors),
        rooms=(),
        language=pack.language,
        pack_sha256=sealed(pack).sha256,
    )


def left_out(structure: Instrument, pack: TextPack) -> tuple[str, ...]:
    """Return the questions that a pack has no words for and that its publisher may leave out: they are not asked."""
    return tuple(
        item.key for item in structure.items if item.key not in pack.items and may_be_left_out(structure, item)
    )


def _asked_of(vector: Vector, gone: tuple[str, ...]) -> Vector:
    return replace(vector, answers=tuple(answer for answer in vector.answers if answer.item not in gone))


def _labelled(scale: Scale, labels: Mapping[str, str]) -> Scale:
    return replace(scale, options=tuple(replace(one, label=labels.get(one.code, one.label)) for one in scale.options))


def _texted(item: Item, texts: Mapping[str, str]) -> Item:
    return replace(item, text=texts.get(item.key, item.text))


def _furnished(structure: Instrument, pack: TextPack) -> Iterator[Item]:
    """Return the items of the form, section by section, with the rooms filled: they stand at the head of their section."""
    if not structure.rooms:
        yield from structure.items
        return
    for section in structure.sections:
        for room in structure.rooms:
            if room.section == section.key:
                yield from _room_items(room, pack.items)
        yield from (item for item in structure.items if item.section == section.key)


def _room_items(room: Room, texts: Mapping[str, str]) -> Iterator[Item]:
    for number, key in enumerate(_in_room(room, texts), start=1):
        yield Item(
            key=key,
            section=room.section,
            title=f"{room.title} {number}",
            scale=room.scale,
            axes=room.axes,
            applies=room.applies,
            topic=room.key,
        )


def _in_room(room: Room, keys: Iterable[str]) -> list[str]:
    return [key for key in keys if key.rpartition("_")[0] == room.key and key.rpartition("_")[2].isdigit()]


def pack_findings(structure: Instrument, pack: TextPack) -> tuple[Finding, ...]:
    """Return every way in which the pack does not fit the structure; none when it fits."""
    return (*_addressed(structure, pack), *_items_fit(structure, pack), *_scales_fit(structure, pack))


def _addressed(structure: Instrument, pack: TextPack) -> Iterator[Finding]:
    if (pack.instrument, pack.version) != (structure.key, structure.version):
        problem = f"It words {pack.instrument} version {pack.version}, not {structure.name}."
        yield Finding("instrument and version", problem, "Bring the pack of this version.")
    words = sealed(pack).sha256
    if pack.sha256 and pack.sha256 != words:
        yield Finding("sha256", "The words are not those that the hash names.", "Bring the text in again.")
    exact = structure.rights.exact_packs
    if (exact and words not in exact) or not is_published_text(pack):
        mend = "Bring the text exactly as its owner publishes it."
        yield Finding("sha256", "This is not the exact text, and only that may be used.", mend)


def _items_fit(structure: Instrument, pack: TextPack) -> Iterator[Finding]:
    rooms = {key: room for room in structure.rooms for key in _in_room(room, pack.items)}
    gone = left_out(structure, pack)
    wanted = [item.key for item in structure.items if needs_text(item) and not item.text and item.key not in gone]
    given = [key for key in pack.items if key not in rooms]
    yield from _same("item", wanted, given)
    for key, text in pack.items.items():
        if not text.strip():
            yield Finding(f"item {key}", "It has no words.", "Write the text of the question.")
    for room in structure.rooms:
        yield from _room_fits(room, _in_room(room, pack.items))


def _room_fits(room: Room, keys: list[str]) -> Iterator[Finding]:
    if not room.fewest <= len(keys) <= room.most:
        problem = f"It has {len(keys)} questions, where there are {room.fewest} to {room.most}."
        yield Finding(f"room {room.key}", problem, f"Name them {room.key}_1, {room.key}_2 and so on.")
    elif keys != [f"{room.key}_{number}" for number in range(1, len(keys) + 1)]:
        yield Finding(f"room {room.key}", "They are not numbered from 1 in their order.", "Number them as they stand.")


def _scales_fit(structure: Instrument, pack: TextPack) -> Iterator[Finding]:
    gone = left_out(structure, pack)
    asked = {item.scale for item in structure.items if item.key not in gone}
    asked |= {axis.scale for axis in structure.axes} | {room.scale for room in structure.rooms}
    open_ones = {scale.key: _unlabelled(scale) for scale in structure.scales if scale.key in asked}
    for key in pack.scales:
        if not open_ones.get(key):
            yield Finding(f"scale {key}", "The structure has no such scale without labels.", "Take it out.")
    for key, options in open_ones.items():
        if options:
            yield from _same(f"scale {key}, option", [one.code for one in options], list(pack.scales.get(key, {})))
    for key, labels in pack.scales.items():
        for code, label in labels.items():
            if not label.strip():
                yield Finding(f"scale {key}, option {code}", "It has no words.", "Write the label of the option.")


def _unlabelled(scale: Scale) -> list[Option]:
    return [option for option in scale.options if not option.label]


def _same(what: str, wanted: list[str], given: list[str]) -> Iterator[Finding]:
    for key in wanted:
        if key not in given:
            yield Finding(f"{what} {key}", "The pack has no words for it.", "Add its text.")
    for key in given:
        if key not in wanted:
            yield Finding(f"{what} {key}", "The structure does not ask for it.", "Take it out, or correct the key.")
    if sorted(wanted) == sorted(given) and wanted != given:
        mend = f"Write them in this order: {', '.join(wanted)}."
        yield Finding(what, "They stand in another order than in the structure.", mend)
