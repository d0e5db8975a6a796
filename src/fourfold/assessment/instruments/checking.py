"""Whether the parts of a definition fit together: each check yields its faults, and all are named at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from fourfold.assessment.terms import (
    Band,
    Clause,
    Finding,
    Instrument,
    InstrumentKind,
    Item,
    ItemKind,
    LevelKind,
    LevelStep,
    Meaning,
    Operator,
    Scale,
    Score,
    Slot,
    clauses_of,
)
from fourfold.cases.terms import Level

KEY = re.compile(r"[a-z][a-z0-9_]*")
"""Keys name form fields, so that `.` and `-` stay free to part item, axis and repeat."""


def findings(instrument: Instrument, file: str) -> tuple[Finding, ...]:
    """This function will return every fault of the definition, none when it can be used."""
    return (*_identity(instrument, file), *(fault for check in CHECKS for fault in check(instrument)))


def _identity(instrument: Instrument, file: str) -> Iterator[Finding]:
    expected = f"{instrument.key}.v{instrument.version}.toml"
    if file != expected:
        yield Finding("key and version", f"They belong to {expected}.", "Rename the file or correct them.")


def _notice(instrument: Instrument) -> Iterator[Finding]:
    if not instrument.validated and "unvalidated" not in instrument.notice.lower():
        yield Finding("notice", "An unvalidated form must say so.", "Write “Unvalidated” and what that means.")


def _keys(instrument: Instrument) -> Iterator[Finding]:
    kinds: dict[str, Iterable[str]] = {
        "section": (each.key for each in instrument.sections),
        "scale": (each.key for each in instrument.scales),
        "axis": (each.key for each in instrument.axes),
        "item": (each.key for each in instrument.items),
        "score": (each.key for each in instrument.scores),
    }
    kinds |= {f"scale {each.key}, option": (one.code for one in each.options) for each in instrument.scales}
    for kind, keys in kinds.items():
        yield from _names(kind, keys)


def _names(kind: str, keys: Iterable[str]) -> Iterator[Finding]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield Finding(f"{kind} {key}", f"The key stands {times} times.", "Give each its own key.")
        if not KEY.fullmatch(key) or key == "note":
            mend = "Use small letters, digits and _, beginning with a letter; “note” is taken."
            yield Finding(f"{kind} {key}", "The key cannot name a form field.", mend)


def _scales(instrument: Instrument) -> Iterator[Finding]:
    for scale in instrument.scales:
        if all(option.settles for option in scale.options):
            mend = "Add an option whose meaning is unknown, refused or omit: unknown is never no."
            yield Finding(f"scale {scale.key}", "It forces a guess.", mend)
        if len(set(scale.values)) < len(scale.values):
            yield Finding(f"scale {scale.key}", "Two options have the same value.", "Give each its own value.")
        for option in scale.options:
            if option.value is not None and not option.settles:
                where = f"scale {scale.key}, option {option.code}"
                yield Finding(where, "An open answer has a value.", "Take the value out: open is never zero.")


def _items(instrument: Instrument) -> Iterator[Finding]:
    sections = {section.key for section in instrument.sections}
    scales = {scale.key for scale in instrument.scales}
    axes = {axis.key for axis in instrument.axes}
    for axis in instrument.axes:
        yield from _exists(f"axis {axis.key}, scale", axis.scale, scales)
    for item in instrument.items:
        yield from _exists(f"item {item.key}, section", item.section, sections)
        if item.scale:
            yield from _exists(f"item {item.key}, scale", item.scale, scales)
        for axis_key in item.axes:
            yield from _exists(f"item {item.key}, axes", axis_key, axes)
        yield from _way_to_answer(item)


def _exists(where: str, key: str, known: Iterable[str]) -> Iterator[Finding]:
    if key not in known:
        yield Finding(where, f"“{key}” does not exist.", f"Use one of: {', '.join(sorted(known))}.")


def _way_to_answer(item: Item) -> Iterator[Finding]:
    ways = bool(item.scale) + bool(item.axes)
    if item.kind is ItemKind.TEXT and ways:
        yield Finding(f"item {item.key}", "It is answered in words.", "Take its scale or axes out.")
    if item.kind is ItemKind.CHOICE and ways != 1:
        yield Finding(f"item {item.key}", "It needs a scale or axes.", "Give it one of the two.")


def _conditions(instrument: Instrument) -> Iterator[Finding]:
    """Conditions look back, to a question already asked: so there can be no circle."""
    earlier: set[str] = set()
    for item in instrument.items:
        for name, told in (("applies", item.applies), ("enable", item.enable)):
            for clause in clauses_of(told):
                yield from _clause(instrument, f"item {item.key}, {name}", clause, earlier)
        earlier.add(item.key)


def _clause(instrument: Instrument, where: str, clause: Clause, earlier: set[str]) -> Iterator[Finding]:
    key = clause.field.partition(".")[0]
    if clause.fact is None and key not in earlier:
        yield Finding(where, f"“{key}” is not asked earlier.", "Name a question that stands before it.")
        return
    if clause.operator is Operator.EXISTS:
        return
    scale = _field_scale(instrument, clause.field) if clause.fact is None else None
    if scale is not None and clause.operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        yield from _options_exist(where, scale, clause.values)
    elif not clause.values:
        yield Finding(where, "It names no value.", "Name at least one.")


def _critical(instrument: Instrument) -> Iterator[Finding]:
    for item in instrument.items:
        if item.critical and instrument.repeats(item) > 1:
            yield Finding(f"item {item.key}, critical", "Its section repeats.", "Move it to one that does not.")
        if item.critical:
            scale = _scale(instrument, item.scale)
            yield from _options_exist(f"item {item.key}, critical", scale, item.critical.when)


def _options_exist(where: str, scale: Scale | None, codes: tuple[str, ...]) -> Iterator[Finding]:
    known = {option.code for option in scale.options} if scale else set()
    if not codes:
        yield Finding(where, "It names no option.", "Name at least one.")
    for code in codes:
        yield from _exists(where, code, known)


def _scale(instrument: Instrument, key: str) -> Scale | None:
    return next((scale for scale in instrument.scales if scale.key == key), None)


def _field_scale(instrument: Instrument, field: str) -> Scale | None:
    """The scale behind `item` or `item.axis`; None when there is no such field that can be chosen once."""
    key, _, axis = field.partition(".")
    item = next((each for each in instrument.items if each.key == key), None)
    if item is None or instrument.repeats(item) > 1 or axis not in (item.axes or ("",)):
        return None
    return instrument.scale_of(Slot(key, axis))


def _scores(instrument: Instrument) -> Iterator[Finding]:
    if instrument.kind is InstrumentKind.SPJ and (instrument.scores or instrument.level.steps):
        mend = "Take scores and level steps out of it."
        yield Finding("score", "A structured professional judgement has no totals.", mend)
    for score in instrument.scores:
        faults = list(_score_fields(instrument, score))
        yield from faults or _score_range(instrument, score)


def _score_fields(instrument: Instrument, score: Score) -> Iterator[Finding]:
    if not score.items:
        yield Finding(f"score {score.key}", "It adds up nothing.", "List its items.")
    for field, times in Counter(item.field for item in score.items).items():
        scale = _field_scale(instrument, field)
        if scale is None or not scale.values:
            mend = "Name a question whose options have values."
            yield Finding(f"score {score.key}, items", f"“{field}” cannot be added up.", mend)
        if times > 1:
            yield Finding(f"score {score.key}, items", f"“{field}” stands {times} times.", "List it once.")


def _score_range(instrument: Instrument, score: Score) -> Iterator[Finding]:
    lowest, highest = implied_range(instrument, score)
    if (lowest, highest) != (score.lowest, score.highest):
        problem = f"Its items give {lowest} to {highest}, not {score.lowest} to {score.highest}."
        yield Finding(f"score {score.key}", problem, "Correct lowest and highest, or the list of items.")


def implied_range(instrument: Instrument, score: Score) -> tuple[Decimal, Decimal]:
    """This function will return the smallest and largest sum that the listed items can give."""
    lowest = highest = Decimal(0)
    for item in score.items:
        scale = _field_scale(instrument, item.field)
        ends = [value * item.weight for value in (scale.values if scale else ())]
        lowest, highest = lowest + min(ends), highest + max(ends)
    return lowest, highest


def _bands(instrument: Instrument) -> Iterator[Finding]:
    known = {score.key: score for score in instrument.scores}
    for band in instrument.bands:
        yield from _exists(f"band {band.label}, score", band.score, known)
    for key, score in known.items():
        bands = sorted((band for band in instrument.bands if band.score == key), key=lambda each: each.lowest)
        if bands:
            yield from _cover(score, bands)


def _cover(score: Score, bands: list[Band]) -> Iterator[Finding]:
    """Bands lie end to end over whole numbers, from the lowest score to the highest."""
    if any(item.weight % 1 for item in score.items):
        yield Finding(f"score {score.key}", "Bands need whole numbers.", "Use whole weights or no bands.")
    expected = score.lowest
    for band in bands:
        if band.lowest != expected:
            problem = "It overlaps the one before." if band.lowest < expected else "There is a gap before it."
            yield Finding(f"band {band.label}", problem, f"Let it begin at {expected}.")
        if band.highest < band.lowest:
            yield Finding(f"band {band.label}", "It ends before it begins.", "Exchange lowest and highest.")
        expected = band.highest + 1
    if expected != score.highest + 1:
        yield Finding(f"score {score.key}", "The bands miss its end.", f"Let the last end at {score.highest}.")


def _level(instrument: Instrument) -> Iterator[Finding]:
    rule = instrument.level
    if rule.kind is LevelKind.STEPS:
        yield from _reachable(instrument)
        for number, step in enumerate(rule.steps, start=1):
            yield from _step(instrument, f"level, step {number}", step)
    elif rule.steps:
        yield Finding("level", f"Kind {rule.kind} takes no steps.", "Write kind = “steps” or take them out.")
    if rule.kind is LevelKind.JUDGEMENT:
        yield from _judgement(instrument)


def _reachable(instrument: Instrument) -> Iterator[Finding]:
    rule = instrument.level
    reached = {step.level for step in rule.steps}
    for level in Level:
        if level.rank > rule.base.rank and level not in reached:
            yield Finding("level", f"No step leads to {level.value}.", "Add one.")
    for step in rule.steps:
        if step.level.rank <= rule.base.rank:
            mend = "Steps lead upwards from the base only."
            yield Finding("level", f"A step leads to {step.level.value}, not above the base.", mend)


def _step(instrument: Instrument, where: str, step: LevelStep) -> Iterator[Finding]:
    if not 1 <= step.at_least <= len(step.of):
        yield Finding(where, f"At least {step.at_least} of {len(step.of)} cannot be.", "Correct at_least.")
    if len(set(step.of)) < len(step.of):
        yield Finding(where, "A question stands twice.", "List each once.")
    for field in step.of:
        scale = _field_scale(instrument, field)
        meanings = {option.meaning for option in scale.options} if scale else set()
        if not {Meaning.AFFIRM, Meaning.DENY} <= meanings:
            mend = "Name a question that can be answered yes and no."
            yield Finding(where, f"“{field}” cannot be counted.", mend)


def _judgement(instrument: Instrument) -> Iterator[Finding]:
    scale = _field_scale(instrument, instrument.level.judgement)
    settled = {option.code for option in scale.options if option.settles} if scale else set()
    if settled != {level.value for level in Level}:
        mend = f"Its settled options must be exactly: {', '.join(level.value for level in Level)}."
        yield Finding("level, judgement", f"“{instrument.level.judgement}” does not give a level.", mend)


def _review(instrument: Instrument) -> Iterator[Finding]:
    review = instrument.review
    if review.valid_for_days < 1:
        yield Finding("review, valid_for_days", "It speaks for no day at all.", "Write 1 or more.")
    if bool(review.follow_with) != (review.from_level is not None):
        mend = "Write both follow_with and from_level, or neither."
        yield Finding("review", "Half of what comes next is missing.", mend)


CHECKS: tuple[Callable[[Instrument], Iterator[Finding]], ...] = (
    _notice,
    _keys,
    _scales,
    _items,
    _conditions,
    _critical,
    _scores,
    _bands,
    _level,
    _review,
)
