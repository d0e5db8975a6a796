"""Which shipped measure a file holds, by what stands in it: its codes, those of its questions, or their words.

`known_words.json` beside this file holds a sum of each question's letters, never the words, and the codes that LOINC
gives it where the structure has none: so a form without any code of its own is recognised where it asks the very
questions of a measure, or has its name and as many questions and answers. A form that asks much more is not that measure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from fourfold.assessment.terms import Critical, Instrument, Item, Option, Scale

LOINC = "http://loinc.org"
MOST_BESIDE = 3
"""How many questions may stand beside those of a measure: how hard it was, who filled it in, on which day."""


def recognised(catalogue: Sequence[Instrument], form: Instrument) -> Instrument | None:
    """Return the shipped structure whose questions a form asks, the one with the most questions; else None."""
    found = [each for each in catalogue if each.lacks_wording and pairs(each, form)]
    return max(found, key=lambda each: (len(each.items), each.version), default=None)


def pairs(structure: Instrument, form: Instrument) -> dict[str, Item]:
    """Return the question of a form for each that a structure scores, by key; nothing where it is not that measure.

    One that is worded a little otherwise stands for the one in its place, where three in four are known.
    """
    asked = [item for item in form.items if item.takes_answer and not item.read_only and not item.hidden]
    scored = {term.field for score in structure.scores for term in score.items}
    needed = [item for item in structure.items if item.key in scored]
    if not needed or not len(needed) <= len(asked) <= len(needed) + MOST_BESIDE:
        return {}
    found = {ours.key: theirs for ours in needed if (theirs := same_item(structure, ours, asked))}
    if len(found) == len(needed):
        return found
    if not (_is_called(structure, form, asked) or (len(found) * 4 >= len(needed) * 3 and len(asked) == len(needed))):
        return {}
    ours = [item for item in structure.items if item.takes_answer] if len(asked) > len(needed) else needed
    in_place = {one.key: other for one, other in zip(ours, asked, strict=False) if one.key in scored}
    return in_place if all(in_place[key] is theirs for key, theirs in found.items()) else {}


def same_item(structure: Instrument, ours: Item, asked: Sequence[Item]) -> Item | None:
    """Return the question of a form that is one of a structure: by a code, else by its words."""
    known = _known().get(structure.key, {}).get(ours.key, {})
    codes = {(code.system, code.code) for code in ours.codes} | {(LOINC, code) for code in known.get("loinc", ())}
    by_code = (item for item in asked if codes & {(code.system or LOINC, code.code) for code in item.codes})
    by_words = (item for item in asked if letters_sum(item.text) in known.get("words", ()))
    return next(by_code, None) or next(by_words, None)


def _is_called(structure: Instrument, form: Instrument, asked: Sequence[Item]) -> bool:
    """Return whether a form has the name of a structure and as many questions, each with as many answers."""
    ours = [item for item in structure.items if item.takes_answer]
    name = structure.key.replace("-", "")
    called = "".join(letter for letter in f"{form.key} {form.title}".casefold() if letter.isalnum())
    if name not in called or len(asked) != len(ours):
        return False
    both = zip(ours, asked, strict=True)
    return all(_answers(structure, one) == _answers(form, other) for one, other in both)


def _answers(form: Instrument, item: Item) -> int:
    scale = form.scale(item.scale)
    return sum(option.settles for option in scale.options) if scale else 0


def letters_sum(words: str) -> str:
    """Return a sum of the letters of a text, without case, number in front, punctuation and blanks."""
    letters = "".join(letter for letter in words.casefold() if letter.isalpha())
    return hashlib.sha256(letters.encode()).hexdigest()[:20]


@cache
def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath("known_words.json").read_text(encoding="utf-8"))
    return found


def with_alerts(catalogue: Sequence[Instrument], form: Instrument) -> Instrument:
    """Return a form whose questions alert where a shipped structure says that the same question does: one that the form
    was recognised as, or any with a question of the same code."""
    known: dict[str, tuple[Instrument, Item]] = {}
    for structure in catalogue:
        alerting = [item for item in structure.items if item.critical and item.critical.when]
        whole = pairs(structure, form) if alerting else {}
        for ours in alerting:
            theirs = whole.get(ours.key) or next((item for item in form.items if _share_code(ours, item)), None)
            if theirs is not None:
                known[theirs.key] = (structure, ours)
    items = (_alerting(form, item, *known[item.key]) if item.key in known else item for item in form.items)
    return replace(form, items=tuple(items))


def _share_code(ours: Item, theirs: Item) -> bool:
    codes = {(code.system, code.code) for code in ours.codes}
    return bool(codes & {(code.system or LOINC, code.code) for code in theirs.codes})


def _alerting(form: Instrument, item: Item, structure: Instrument, ours: Item) -> Item:
    theirs, scale = form.scale(item.scale), structure.scale(ours.scale)
    if item.critical or theirs is None or scale is None or ours.critical is None:
        return item
    quiet = [option for option in scale.options if option.settles and option.code not in ours.critical.when]
    loud = _above(theirs, len(quiet))
    return replace(item, critical=Critical(tuple(option.code for option in loud), ours.critical.act)) if loud else item


def _above(scale: Scale, quiet: int) -> list[Option]:
    """Return the options above the lowest ones: by their values where all have one, else in their order."""
    settled = [option for option in scale.options if option.settles]
    if all(option.value is not None for option in settled):
        settled.sort(key=lambda option: option.value or 0)
    return settled[quiet:]
