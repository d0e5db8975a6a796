"""Whether what a form asks fits together: keys, scales, items, groups, conditions and alerts."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from fourfold.assessment.instruments.checking.places import exists, field_scale, item_of, options_exist
from fourfold.assessment.rules.answer_checks import usable_pattern
from fourfold.assessment.rules.conditions import decimal, moment
from fourfold.assessment.terms import (
    MOMENTS,
    NUMBERS,
    UNSETTLED,
    Clause,
    Finding,
    Instrument,
    Item,
    ItemKind,
    Operator,
    Scale,
    ScaleKind,
    clauses_of,
    fields_of,
)

KEY = re.compile(r"[a-z][a-z0-9_]*")
"""Keys name form fields, so that `.` and `-` stay free to part item, axis and repeat."""

DEEPEST = 10
"""Groups inside groups. Real forms reach six."""

LONGEST = {"item": 60, "axis": 20, "option": 40}
"""Characters of a key in the tables that keep answers."""


def keys(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each key that stands twice or cannot name a form field."""
    kinds: dict[str, Iterable[str]] = {
        "section": (each.key for each in instrument.sections),
        "scale": (each.key for each in instrument.scales),
        "axis": (each.key for each in instrument.axes),
        "item": (each.key for each in instrument.items),
        "score": (each.key for each in instrument.scores),
        "route": (each.key for each in instrument.routes),
        "room": (each.key for each in instrument.rooms),
        "norm": (each.key for each in instrument.norms),
    }
    kinds |= {f"scale {each.key}, option": (one.code for one in each.options) for each in instrument.scales}
    for kind, names in kinds.items():
        yield from _names(kind, names)


def _names(kind: str, names: Iterable[str]) -> Iterator[Finding]:
    longest = LONGEST.get(kind.rpartition(" ")[2], 60)
    for key, times in Counter(names).items():
        if times > 1:
            yield Finding(f"{kind} {key}", f"The key stands {times} times.", "Give each its own key.")
        if not KEY.fullmatch(key) or key == "note":
            mend = "Use small letters, digits and _, beginning with a letter; “note” is taken."
            yield Finding(f"{kind} {key}", "The key cannot name a form field.", mend)
        elif len(key) > longest:
            yield Finding(f"{kind} {key}", "The key is too long.", f"Use at most {longest} characters.")


def scales(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each scale that forces a guess or counts what is open."""
    may_be_absent = bool(UNSETTLED.intersection(instrument.absent))
    for scale in instrument.scales:
        if not may_be_absent and all(option.settles for option in scale.options):
            mend = "Add an option whose meaning is unknown, refused or omit: unknown is never no."
            yield Finding(f"scale {scale.key}", "It forces a guess.", mend)
        if len(set(scale.values)) < len(scale.values):
            yield Finding(f"scale {scale.key}", "Two options have the same value.", "Give each its own value.")
        for option in scale.options:
            if option.value is not None and not option.settles:
                where = f"scale {scale.key}, option {option.code}"
                yield Finding(where, "An open answer has a value.", "Take the value out: open is never zero.")


def steps_of_scale(scale: Scale) -> Iterator[Finding]:
    """Yield what is odd about the values of an ordered scale: gaps, turns and lacking ones (S4)."""
    if scale.kind is ScaleKind.NOMINAL or not scale.values:
        return
    settled = [option for option in scale.options if option.settles]
    for option in settled:
        if option.value is None:
            where = f"scale {scale.key}, option {option.code}"
            yield Finding(where, "It has no value while others have.", "A question answered so is not scored.")
    pairs = list(zip(scale.values, scale.values[1:], strict=False))
    if not (all(left < right for left, right in pairs) or all(left > right for left, right in pairs)):
        yield Finding(f"scale {scale.key}", "Its values go up and down.", "Check them against the published form.")
    elif any(abs(right - left) != 1 for left, right in pairs):
        yield Finding(f"scale {scale.key}", "Its values leave gaps.", "Check them against the published form.")


def items(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each item that stands nowhere, cannot be answered, or has odd limits."""
    sections = {section.key for section in instrument.sections}
    known_scales = {scale.key for scale in instrument.scales}
    axes = {axis.key for axis in instrument.axes}
    for axis in instrument.axes:
        yield from exists(f"axis {axis.key}, scale", axis.scale, known_scales)
    for item in instrument.items:
        yield from exists(f"item {item.key}, section", item.section, sections)
        if item.scale:
            yield from exists(f"item {item.key}, scale", item.scale, known_scales)
        for axis_key in item.axes:
            yield from exists(f"item {item.key}, axes", axis_key, axes)
        yield from _way_to_answer(item)
        yield from _limits(item)
        yield from _nesting(instrument, item)


def _way_to_answer(item: Item) -> Iterator[Finding]:
    ways = bool(item.scale) + bool(item.axes)
    if not item.is_chosen and ways:
        how = "in words" if item.takes_answer else "not at all"
        yield Finding(f"item {item.key}", f"It is answered {how}.", "Take its scale or axes out.")
    if item.is_chosen and ways != 1:
        yield Finding(f"item {item.key}", "It needs a scale or axes.", "Give it one of the two.")
    if item.axes and item.kind is not ItemKind.CHOICE:
        yield Finding(f"item {item.key}", "Ratings are chosen one at a time.", "Write kind = “choice” or no axes.")


def _limits(item: Item) -> Iterator[Finding]:
    for name, limit in (("lowest", item.lowest), ("highest", item.highest)):
        reads = (item.kind in NUMBERS and decimal(limit) is not None) or (item.kind in MOMENTS and moment(limit))
        if limit and not reads:
            mend = "Write a number for a number, a date for a date, and none for the rest."
            yield Finding(f"item {item.key}, {name}", f"“{limit}” is no limit for a {item.kind.value}.", mend)
    if item.pattern and not usable_pattern(item.pattern):
        mend = "Write one without a repeat inside a repeat."
        yield Finding(f"item {item.key}, pattern", "It cannot be read, or may never end.", mend)
    if item.at_least > max(item.repeats, 1):
        yield Finding(f"item {item.key}, at_least", "It asks for more than may be given.", "Raise repeats.")


def _nesting(instrument: Instrument, item: Item) -> Iterator[Finding]:
    if not item.parent:
        return
    parent, where = item_of(instrument, item.parent), f"item {item.key}, parent"
    if parent is None or parent.kind is not ItemKind.GROUP:
        yield Finding(where, f"“{item.parent}” is no group.", "Name an item of kind “group”.")
        return
    groups = instrument.above(item)
    if item in groups or len(groups) > DEEPEST:
        mend = f"Let it stand in at most {DEEPEST} groups, and in no circle."
        yield Finding(where, "It is nested too deeply, or inside itself.", mend)
    if sum(each.repeats > 1 for each in (item, *groups)) > 1:
        yield Finding(where, "It repeats inside something that repeats.", "Let one of the two repeat.")


def conditions(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each condition that looks ahead: looking back there can be no circle."""
    earlier: set[str] = set()
    for item in instrument.items:
        for name, told in (("applies", item.applies), ("enable", item.enable)):
            for clause in clauses_of(told):
                yield from looks_back(instrument, f"item {item.key}, {name}", clause, earlier)
        earlier.add(item.key)


def looks_back(instrument: Instrument, where: str, clause: Clause, earlier: Iterable[str]) -> Iterator[Finding]:
    """Yield a fault for a comparison with nothing, or with something that is not asked earlier."""
    key = clause.field.partition(".")[0]
    if clause.fact is None and key not in earlier:
        yield Finding(where, f"“{key}” is not asked earlier.", "Name a question that stands before it.")
        return
    if clause.operator is Operator.EXISTS:
        return
    scale = field_scale(instrument, clause.field) if clause.fact is None else None
    if scale is not None and clause.operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        yield from options_exist(where, scale, clause.values)
    elif not clause.values:
        yield Finding(where, "It names no value.", "Name at least one.")


def dangling(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each condition and each score that looks at a question of another form."""
    for item in instrument.items:
        for told in (item.applies, item.enable):
            yield from _there(instrument, f"item {item.key}", fields_of(told))
    for score in instrument.scores:
        looked_at = (*(each.field for each in score.items if each.field), *fields_of(score.gate))
        looked_at += tuple(field for each in score.exclusions for field in fields_of(each.when))
        looked_at += tuple(field for each in score.clusters for field in each.of)
        yield from _there(instrument, f"score {score.key}", looked_at)


def _there(instrument: Instrument, where: str, fields: Iterable[str]) -> Iterator[Finding]:
    for field in fields:
        if item_of(instrument, field) is None:
            yield Finding(where, f"It looks at “{field}”, which is asked nowhere.", "Name a question of this form.")


def critical(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each alert that can never sound."""
    for item in instrument.items:
        if item.critical is None:
            continue
        where = f"item {item.key}, critical"
        if instrument.repeats(item) > 1:
            yield Finding(where, "Its section repeats.", "Move it to one that does not.")
        if item.kind in NUMBERS and item.critical.at_least is None:
            yield Finding(where, "It names no number.", "Write at_least.")
        if item.is_chosen:
            yield from options_exist(where, _rung_by(instrument, item), item.critical.when)


def _rung_by(instrument: Instrument, item: Item) -> Scale | None:
    """Return the scale of the item; of one with several ratings, all their options together."""
    if not item.axes:
        return instrument.scale(item.scale)
    found = [instrument.scale(axis.scale) for key in item.axes if (axis := instrument.axis(key))]
    return Scale("ratings", tuple(option for scale in found if scale for option in scale.options))


def rooms(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each room in which nothing could be asked."""
    for room in instrument.rooms:
        where = f"room {room.key}"
        yield from exists(f"{where}, section", room.section, {section.key for section in instrument.sections})
        if bool(room.scale) + bool(room.axes) != 1:
            yield Finding(where, "It needs a scale or axes.", "Give it one of the two.")
        if room.scale:
            yield from exists(f"{where}, scale", room.scale, {scale.key for scale in instrument.scales})
        for axis in room.axes:
            yield from exists(f"{where}, axes", axis, {each.key for each in instrument.axes})
        if not 0 <= room.fewest <= room.most:
            yield Finding(where, f"{room.fewest} to {room.most} cannot be.", "Exchange fewest and most.")
