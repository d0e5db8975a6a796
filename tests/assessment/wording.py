"""Invented words for the structures, so that a test can fill in a form whose real words this project does not hold."""

import json

from fourfold.assessment import instruments
from fourfold.assessment.terms import Answer, Instrument, TextPack, needs_text

#: A code that ISO 639 keeps for private use: invented words are nobody's English.
INVENTED = "qaa"


def pack_for(structure: Instrument, rooms: dict[str, int] | None = None, **changes) -> TextPack:  # type: ignore[no-untyped-def]
    """A pack that fits: every open question and label gets a word, every room as many questions as it needs."""
    sizes = {room.key: room.fewest for room in structure.rooms} | (rooms or {})
    texts = {item.key: f"Invented, {item.key}?" for item in structure.items if needs_text(item) and not item.text}
    texts |= {f"{key}_{n}": f"Invented, {key} {n}?" for key, size in sizes.items() for n in range(1, size + 1)}
    labels = {
        scale.key: {option.code: f"Invented {option.code}" for option in scale.options if not option.label}
        for scale in structure.scales
    }
    parts = {
        "instrument": structure.key,
        "version": structure.version,
        "language": INVENTED,
        "items": texts,
        "scales": {key: found for key, found in labels.items() if found},
        "source": "Invented for a test.",
    }
    return instruments.sealed(TextPack(**(parts | changes)))  # type: ignore[arg-type]


def file_of(pack: TextPack) -> bytes:
    """Return a pack as the file in which a unit brings it."""
    lines = [f"{name} = {json.dumps(getattr(pack, name))}" for name in ("instrument", "version", "language", "source")]
    lines += ["[items]", *(f"{name} = {json.dumps(words)}" for name, words in pack.items.items())]
    for scale, labels in pack.scales.items():
        lines += [f"[scales.{scale}]", *(f"{code} = {json.dumps(words)}" for code, words in labels.items())]
    return "\n".join(lines).encode()


def filled(form: Instrument, code: str = "", **others: str | None) -> tuple[Answer, ...]:
    """The same option wherever it stands, others as named (`item__axis` for a rating); None leaves blank."""
    chosen: dict[str, str | None] = {
        slot.field: code for slot in form.slots() if (scale := form.scale_of(slot)) and scale.option(code)
    }
    chosen |= {key.replace("__", "."): said for key, said in others.items()}
    found = []
    for field, said in chosen.items():
        item, _, axis = field.partition(".")
        slot = next(each for each in form.slots() if each.field == field)
        if said:
            text = form.scale_of(slot) is None
            found.append(Answer(item, "" if text else said, axis, text=said if text else ""))
    return tuple(found)
