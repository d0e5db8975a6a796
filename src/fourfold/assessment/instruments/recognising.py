"""Which shipped measure a file holds, by what stands in it: its codes, those of its questions, or their words.

`known_words.json` beside this file holds, for each question, a sum of its letters, never the words; the beginnings of the
few words that no wording of it lacks; and the codes that LOINC gives it where the structure has none. So a form without
any code of its own is recognised where it asks the questions of a measure, as printed or a little otherwise, or has its
name and as many questions and answers. A form that asks much more is not that measure.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache, lru_cache, partial
from importlib.resources import files
from typing import Any

from fourfold.assessment.terms import (
    About,
    Critical,
    Instrument,
    Item,
    ItemKind,
    Option,
    Scale,
    ScoreItem,
    ScoreKind,
    may_be_left_out,
)

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
    asked = form.asked
    scored = {term.field for score in structure.scores for term in score.items}
    needed = [item for item in structure.items if item.key in scored]
    if not needed or not len(needed) <= len(asked) <= len(needed) + MOST_BESIDE:
        return {}
    found = same_items(structure, needed, asked)
    if len(found) == len(needed):
        return found
    if not (_is_called(structure, form, asked) or (len(found) * 4 >= len(needed) * 3 and len(asked) == len(needed))):
        return {}
    ours = [item for item in structure.items if item.takes_answer] if len(asked) > len(needed) else needed
    in_place = {one.key: other for one, other in zip(ours, asked, strict=False) if one.key in scored}
    return in_place if all(in_place[key] is theirs for key, theirs in found.items()) else {}


def same_items(structure: Instrument, ours: Sequence[Item], asked: Sequence[Item]) -> dict[str, Item]:
    """Return the question of a form for each of a structure, by key, where it has one; none stands for two."""
    found: dict[str, Item] = {}
    for one in ours:
        left = [item for item in asked if item not in found.values()]
        if (theirs := _same_item(structure, one, left)) is not None:
            found[one.key] = theirs
    return found


def _same_item(structure: Instrument, ours: Item, asked: Sequence[Item]) -> Item | None:
    """Return the question of a form that is one of a structure: by a code, else by its words, else by what they begin with."""
    known = _known()["items"].get(structure.key, {}).get(ours.key, {})
    codes = {(code.system, code.code) for code in ours.codes} | {(LOINC, code) for code in known.get("loinc", ())}
    by_code = (item for item in asked if codes & _codes_of(item))
    by_words = (item for item in asked if letters_sum(item.text) in known.get("words", ()))
    stems = known.get("stems", ())
    by_stems = (item for item in asked if says(item.text, stems) and _is_rated(item))
    return next(by_code, None) or next(by_words, None) or next(by_stems, None)


def _codes_of(item: Item) -> set[tuple[str, str]]:
    """Return the codes of a question; a name such as `/44250-9` is a code of LOINC, as its own forms are written."""
    codes = {(code.system or LOINC, code.code) for code in item.codes}
    return codes | {(LOINC, item.link.rpartition("/")[2])} if "/" in item.link else codes


def says(text: str, stems: Iterable[str]) -> bool:
    """Return whether a text has, for one of the lists of stems, a word that begins with each of them."""
    words = _words_in(text) if stems else ()
    return any(all(any(word.startswith(stem) for word in words) for stem in each.split()) for each in stems)


@lru_cache(maxsize=4_096)  # every question of one form, each asked for by every known measure
def _words_in(text: str) -> tuple[str, ...]:
    return tuple("".join(letter if letter.isalpha() else " " for letter in text.casefold()).split())


def _is_rated(item: Item) -> bool:
    """Return whether a question is answered by choosing or by a number, as every one of the known measures is."""
    return item.is_chosen or item.kind is ItemKind.INTEGER


def _is_called(structure: Instrument, form: Instrument, asked: Sequence[Item]) -> bool:
    """Return whether a form has the name of a structure and as many questions, each with as many answers."""
    name = structure.key.replace("-", "")
    called = "".join(letter for letter in f"{form.key} {form.title}".casefold() if letter.isalnum())
    listed = [item for item in structure.items if item.takes_answer]
    ours = listed if len(asked) == len(listed) else [item for item in listed if not may_be_left_out(structure, item)]
    if name not in called or len(asked) != len(ours):
        return False
    both = zip(ours, asked, strict=True)
    return all(_answers(structure, one) == _answers(form, other) for one, other in both)


def _answers(form: Instrument, item: Item) -> int:
    scale = form.scale(item.scale)
    if scale is None and item.lowest and item.highest:
        return int(Decimal(item.highest) - Decimal(item.lowest)) + 1
    return sum(option.settles for option in scale.options) if scale else 0


@lru_cache(maxsize=4_096)
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
            theirs = whole.get(ours.key) or _same_item(structure, ours, form.asked)
            if theirs is not None:
                known[theirs.key] = (structure, ours)
    items = (_alerting(form, item, *known[item.key]) if item.key in known else item for item in form.items)
    return replace(form, items=tuple(items))


def with_scores(catalogue: Sequence[Instrument], form: Instrument) -> Instrument:
    """Return a form with the plain sums of the measure that it was recognised as, where it works nothing out itself. Nobody
    has confirmed them, so they give no result until two people answer for them."""
    structure = recognised(catalogue, form)
    if structure is None or form.scores or any(item.is_computed for item in form.items):
        return form
    found = pairs(structure, form)
    weighed = {scale.key: scale for scale in _weighed(structure, form, found)}
    if len(weighed) != len({item.scale for item in found.values() if item.scale}):
        return form
    scores = [
        replace(score, items=tuple(ScoreItem(found[term.field].key) for term in score.items), confirmed=False)
        for score in structure.scores
        if score.kind is ScoreKind.SUM and all(term.field in found for term in score.items)
    ]
    kept = {score.key for score in scores}
    return replace(
        form,
        scales=tuple(weighed.get(scale.key, scale) for scale in form.scales),
        scores=tuple(scores),
        bands=(*form.bands, *(band for band in structure.bands if band.score in kept)),
    )


def _weighed(structure: Instrument, form: Instrument, found: dict[str, Item]) -> Iterator[Scale]:
    """Yield each scale of a form with the values of the structure's, where both have as many options."""
    for key, item in found.items():
        ours, theirs = structure.scale(structure.item(key).scale), form.scale(item.scale)
        if ours is None or theirs is None:
            continue
        order, values = ranked(structure.key, ours, theirs), [option.value for option in ours.options if option.settles]
        if len(order) == len(values) and None not in values:
            worth = {option.code: value for option, value in zip(order, values, strict=True)}
            yield replace(theirs, options=tuple(replace(one, value=worth.get(one.code)) for one in theirs.options))


def _alerting(form: Instrument, item: Item, structure: Instrument, ours: Item) -> Item:
    theirs, scale = form.scale(item.scale), structure.scale(ours.scale)
    if item.critical or ours.critical is None or scale is None:
        return item
    act = ours.critical.act.replace("the victim", "the subject") if form.about is About.SUBJECT else ours.critical.act
    quiet = [option for option in scale.options if option.settles and option.code not in ours.critical.when]
    if theirs is None:
        loud_from = min(option.value for option in scale.options if option.value is not None and option not in quiet)
        return replace(item, critical=Critical((), act, loud_from)) if item.kind is ItemKind.INTEGER else item
    loud = ranked(structure.key, scale, theirs)[len(quiet) :]
    return replace(item, critical=Critical(tuple(option.code for option in loud), act)) if loud else item


# --- the options ------------------------------------------------------------------------------------------


def ranked(key: str, ours: Scale, theirs: Scale) -> list[Option]:
    """Return the options of a form from the lowest to the highest: by their weights where all have one, else by what is
    known of them, by a number that each of them says, else in their order."""
    settled = [option for option in theirs.options if option.settles]
    for value in (_weight, partial(_known_place, key, ours), _number_said):
        places = [value(option) for option in settled]
        if None not in places and len(set(places)) == len(settled):
            return [option for _, option in sorted(zip(places, settled, strict=True), key=lambda pair: pair[0] or 0)]
    return settled


def _weight(option: Option) -> Decimal | None:
    return option.value


def _known_place(key: str, ours: Scale, option: Option) -> Decimal | None:
    known = _known()["options"].get(key, {}).get(ours.key, {})
    for number, one in enumerate(known.values()):
        if option.coding and option.coding.code in one.get("loinc", ()):
            return Decimal(number)
    return next((Decimal(n) for n, one in enumerate(known.values()) if says(option.label, one["stems"])), None)


def _number_said(option: Option) -> Decimal | None:
    """Return the one number in the label of an option, else its code where that is a number."""
    for words in (option.label, option.coding.code if option.coding else ""):
        if len(numbers := re.findall(r"\d+", words)) == 1:
            return Decimal(numbers[0])
    return None
