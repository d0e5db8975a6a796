"""Where each thing of an instrument stands in FHIR: the linkId of every slot, group, note and score, in the form and in
what was filled in."""

from collections.abc import Iterator

from fourfold.assessment.terms import Axis, Instrument, Item, NoteRule, Section


def link_of(item: Item) -> str:
    """Return the linkId of an item: the one that its file gave it, else its key."""
    return item.link or item.key


def axis_link(item: Item, axis: Axis) -> str:
    """Return the linkId of one rating: `anger.presence.current`, or `anger.now` where the rating says neither what it
    looks at nor of which time it speaks."""
    named = [part.value for part in (axis.quality, axis.timeframe) if part is not None]
    return ".".join([link_of(item), *(named or [axis.key])])


def note_link(item: Item) -> str:
    return f"{link_of(item)}.note"


def takes_note(item: Item) -> bool:
    return item.takes_answer and item.note is not NoteRule.NONE and not item.link


def section_link(key: str) -> str:
    return f"section.{key}"


def score_link(key: str) -> str:
    return f"score.{key}"


def tree(instrument: Instrument) -> Iterator[tuple[Section, list[Item], bool]]:
    """Yield each part of a form with the items at its top, and whether the part is a group of its own in FHIR: items
    that came out of a file stand as they stood there."""
    by_section: dict[str, list[Item]] = {}
    for item in instrument.items:
        if not (item.parent or item.is_rule):
            by_section.setdefault(item.section, []).append(item)
    for section in instrument.sections:
        if top := by_section.get(section.key):
            yield section, top, not any(item.link for item in top)


def children_of(instrument: Instrument) -> dict[str, list[Item]]:
    """Return the items that stand below each item, in the order of the form."""
    found: dict[str, list[Item]] = {}
    for item in instrument.items:
        if item.parent and not item.is_rule:
            found.setdefault(item.parent, []).append(item)
    return found
