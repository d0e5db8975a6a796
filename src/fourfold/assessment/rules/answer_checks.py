"""Whether one answer fits its question, in words that say what to change."""

import re

from fourfold.assessment.rules.conditions import compare, decimal, moment
from fourfold.assessment.terms import (
    ABSENT,
    MOMENTS,
    NUMBERS,
    Answer,
    Instrument,
    Item,
    ItemKind,
    Meaning,
    NoteRule,
    Operator,
    Scale,
    UnknownItem,
)
from fourfold.words import sentence

LONGEST_TEXT = 20_000
"""Characters in one answer or note: about eight printed pages, and an end to a pasted file."""

MOST_DIGITS = 28
"""Digits of a whole number: as many as are reckoned with exactly."""

LONGEST_MATCHED = 500
"""Characters of an answer that are held against a pattern. Patterns come from files that others wrote."""

_RUNAWAY = re.compile(r"[*+}][)\]]*\s*[*+{]|\|[^)]*\)\s*[*+{]|\\[1-9]")
"""Patterns that can take longer than anybody waits: a repeat of a repeat, of a choice, or of what was found."""


def why_not_answer(instrument: Instrument, answer: Answer) -> str | None:
    """Return why the answer cannot be kept, in words that say what to change, or None."""
    try:
        item = instrument.item(answer.item)
    except UnknownItem as unknown:
        return str(unknown)
    return (
        _why_not_place(instrument, item, answer)
        or _why_not_absent(item, answer)
        or _why_not_option(instrument, item, answer)
        or _why_not_words(item, answer)
        or _why_not_value(item, answer)
    )


def _why_not_place(instrument: Instrument, item: Item, answer: Answer) -> str | None:
    if not item.takes_answer:
        return sentence("“{1}” takes no answer. Leave it out.", item.title)
    if answer.axis not in (item.axes or ("",)):
        ratings = f"Rate one of: {', '.join(item.axes)}." if item.axes else "Leave the rating out."
        return sentence("“{1}” has no rating “{2}”. {3}", item.title, answer.axis, ratings)
    times = instrument.repeats(item)
    allowed = range(1, times + 1) if times > 1 else range(1)
    if answer.repeat not in allowed:
        return sentence("“{1}” has no repeat {2}. Use {3} to {4}.", item.title, answer.repeat, allowed[0], allowed[-1])
    return None


def _why_not_absent(item: Item, answer: Answer) -> str | None:
    if answer.absent is None:
        return None
    if answer.absent not in ABSENT and not (answer.absent is Meaning.LEFT_OPEN and answer.note.strip()):
        return sentence(
            "“{1}” is no reason for an answer to be missing. Use one of: {2}.", answer.absent, ", ".join(ABSENT)
        )
    if answer.is_given:
        return sentence("“{1}” has an answer and a reason for having none. Keep one of them.", item.title)
    return None


def _why_not_option(instrument: Instrument, item: Item, answer: Answer) -> str | None:
    scale = instrument.scale_of(answer.slot)
    if scale is None:
        return _why_not_unit(item, answer)
    if answer.text and item.kind is not ItemKind.OPEN_CHOICE:
        return sentence("“{1}” is answered by choosing. Put the words in the note.", item.title)
    if not answer.option:
        said = answer.note.strip() or answer.text.strip() or answer.absent
        return None if said else sentence("“{1}” is blank. Choose an answer or leave it out.", item.title)
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        return _why_not_several(item, scale, answer)
    return _why_not_code(item, scale, answer.option)


def _why_not_unit(item: Item, answer: Answer) -> str | None:
    if not answer.option or (item.offers_units and answer.text and item.unit_named(answer.option)):
        return None
    if not item.offers_units:
        return sentence("“{1}” is answered in words. Leave the option out.", item.title)
    units = ", ".join(each.display or each.code for each in item.units)
    return sentence("“{1}” is not a unit of “{2}”. Choose one of: {3}.", answer.option[:40], item.title, units)


def lacks_unit(item: Item, answer: Answer) -> bool:
    """Return whether a number stands there and nobody said in which of the units on offer."""
    asked = item.offers_units and not item.read_only and not item.hidden
    return asked and bool(answer.text) and not answer.option


def in_own_unit(item: Item, answer: Answer) -> bool:
    """Return whether a number is in the unit in which its question sets bounds, compares and reckons."""
    return not item.offers_units or item.unit_named(answer.option) == item.unit_named("")


def _why_not_code(item: Item, scale: Scale, code: str) -> str | None:
    if scale.option(code) is not None:
        return None
    codes = ", ".join(option.code for option in scale.options)
    return sentence("“{1}” is not an answer to “{2}”. Choose one of: {3}.", code[:40], item.title, codes)


def _why_not_several(item: Item, scale: Scale, answer: Answer) -> str | None:
    codes = answer.options
    for code in codes or (answer.option,):
        if problem := _why_not_code(item, scale, code):
            return problem
    if len(set(codes)) < len(codes):
        return sentence("“{1}” has the same answer twice. Choose each once.", item.title)
    if item.at_most is not None and len(codes) > item.at_most:
        return sentence("“{1}” takes at most {2} answers. Take some out.", item.title, item.at_most)
    alone = next((option for option in scale.options if option.exclusive and option.code in codes), None)
    if alone is not None and len(codes) > 1:
        return sentence(
            "“{1}” cannot be combined with another answer to “{2}”. Choose only it, or others.",
            alone.label or alone.code,
            item.title,
        )
    return None


def _why_not_words(item: Item, answer: Answer) -> str | None:
    if not item.is_chosen and not answer.text.strip() and not answer.absent:
        return sentence("“{1}” is blank. Write something or leave it out.", item.title)
    if answer.note and item.note is NoteRule.NONE:
        return sentence("“{1}” takes no note. Leave the note out.", item.title)
    if max(len(answer.text), len(answer.note)) > LONGEST_TEXT:
        return sentence(
            "“{1}” is longer than {2} characters. Shorten it, or attach a file.", item.title, f"{LONGEST_TEXT:,}"
        )
    return None


def _why_not_value(item: Item, answer: Answer) -> str | None:
    text = answer.text.strip()
    if not text:
        return None
    bounds = _why_not_range(item, text) if in_own_unit(item, answer) else None
    return _why_not_kind(item, text) or _why_not_length(item, text) or bounds


def _why_not_kind(item: Item, text: str) -> str | None:
    number = decimal(text)
    if item.kind in NUMBERS and number is None:
        return sentence("“{1}” is answered with a number. Write digits only, such as 3.", item.title)
    if item.kind is ItemKind.INTEGER and number is not None and number.adjusted() >= MOST_DIGITS:
        return sentence("“{1}” has more than {2} digits. Write a smaller number.", item.title, MOST_DIGITS)
    if item.kind is ItemKind.INTEGER and number is not None and number % 1:
        return sentence("“{1}” is answered with a whole number. Leave out the decimals.", item.title)
    places = -int(number.as_tuple().exponent) if number is not None else 0
    if item.kind in NUMBERS and item.max_decimals is not None and places > item.max_decimals:
        return sentence("“{1}” has too many decimals. Write at most {2}.", item.title, item.max_decimals)
    if item.kind in MOMENTS and moment(text) is None:
        example = {ItemKind.DATE: "2026-05-03", ItemKind.TIME: "14:30"}.get(item.kind, "2026-05-03T14:30")
        return sentence("“{1}” is answered with a {2}. Write it like {3}.", item.title, item.kind.value, example)
    return None


def _why_not_length(item: Item, text: str) -> str | None:
    if item.max_length is not None and len(text) > item.max_length:
        return sentence("“{1}” is longer than {2} characters. Shorten it.", item.title, f"{item.max_length:,}")
    if item.min_length is not None and len(text) < item.min_length:
        return sentence("“{1}” is shorter than {2} characters. Write more.", item.title, f"{item.min_length:,}")
    if item.pattern and usable_pattern(item.pattern) and not re.fullmatch(item.pattern, text[:LONGEST_MATCHED]):
        return sentence("“{1}” is not in the right format. {2}", item.title, item.hint or "Correct it.")
    return None


def usable_pattern(pattern: str) -> bool:
    """Return whether a pattern is one that Python reads and that cannot run away."""
    if len(pattern) > LONGEST_MATCHED or _RUNAWAY.search(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _why_not_range(item: Item, text: str) -> str | None:
    if item.lowest and compare(Operator.LESS, (text,), (item.lowest,)):
        return sentence("“{1}” is less than {2}. Write {3} or more.", item.title, item.lowest, item.lowest)
    if item.highest and compare(Operator.GREATER, (text,), (item.highest,)):
        return sentence("“{1}” is more than {2}. Write {3} or less.", item.title, item.highest, item.highest)
    return None
