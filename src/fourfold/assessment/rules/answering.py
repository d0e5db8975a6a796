"""What an answer may be, what a whole sheet of them says, and what is still open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fourfold.assessment.terms import (
    Answer,
    AnswerRefused,
    Instrument,
    Item,
    ItemKind,
    Meaning,
    NoteRule,
    Option,
    Problem,
    Slot,
    UnknownItem,
)

LONGEST_TEXT = 20_000
"""Characters in one answer or note: about eight printed pages, and an end to a pasted file."""


@dataclass(frozen=True)
class Sheet:
    """The answers of one form by field, each checked against the definition and given at most once."""

    instrument: Instrument
    answers: Mapping[str, Answer]

    def option(self, slot: Slot) -> Option | None:
        """This function will return the option chosen at the slot, or None when it was left blank."""
        answer, scale = self.answers.get(slot.field), self.instrument.scale_of(slot)
        return scale.option(answer.option) if answer and scale else None

    def is_yes(self, slot: Slot) -> bool:
        """This function will say whether the answer affirms; *in part* counts, for caution."""
        option = self.option(slot)
        return option is not None and option.meaning in (Meaning.AFFIRM, Meaning.PARTIAL)

    def is_open(self, slot: Slot) -> bool:
        """This function will say whether the question may concern the case and has no settled answer."""
        option = self.option(slot)
        settled = option is not None and option.settles
        return not settled and self.applies(self.instrument.item(slot.item)) is not False

    def applies(self, item: Item) -> bool | None:
        """This function will say whether the item concerns this case; None when that is not known."""
        if item.applies is None:
            return True
        option = self.option(Slot(item.applies.item))
        if option is not None and option.settles:
            return option.code in item.applies.options
        asked = self.applies(self.instrument.item(item.applies.item))
        return False if asked is False else None

    def slot(self, field: str) -> Slot:
        """This function will return the slot that a definition calls `item` or `item.axis`."""
        item, _, axis = field.partition(".")
        return Slot(item, axis)


def sheet(instrument: Instrument, answers: Iterable[Answer]) -> Sheet:
    """This function will lay the answers out by field.

    Raises AnswerRefused for an answer that does not fit its question, and for two answers to the same one:
    which of them holds must not depend on their order.
    """
    by_field: dict[str, Answer] = {}
    for answer in answers:
        field = answer.slot.field
        if problem := why_not_answer(instrument, answer):
            raise AnswerRefused(field, problem)
        if field in by_field:
            raise AnswerRefused(field, "This question has two answers. Keep the later one and leave out the other.")
        by_field[field] = answer
    return Sheet(instrument, by_field)


def why_not_answer(instrument: Instrument, answer: Answer) -> str | None:
    """This function will return why the answer cannot be kept, in words that say what to change, or None."""
    try:
        item = instrument.item(answer.item)
    except UnknownItem as unknown:
        return str(unknown)
    return (
        _why_not_place(instrument, item, answer)
        or _why_not_option(instrument, item, answer)
        or _why_not_words(item, answer)
    )


def _why_not_place(instrument: Instrument, item: Item, answer: Answer) -> str | None:
    if answer.axis not in (item.axes or ("",)):
        ratings = f"Rate one of: {', '.join(item.axes)}." if item.axes else "Leave the rating out."
        return f"“{item.title}” has no rating “{answer.axis}”. {ratings}"
    times = instrument.repeats(item)
    allowed = range(1, times + 1) if times > 1 else range(1)
    if answer.repeat not in allowed:
        return f"“{item.title}” has no repeat {answer.repeat}. Use {allowed[0]} to {allowed[-1]}."
    return None


def _why_not_option(instrument: Instrument, item: Item, answer: Answer) -> str | None:
    scale = instrument.scale_of(answer.slot)
    if scale is None:
        return f"“{item.title}” is answered in words. Leave the option out." if answer.option else None
    if answer.text:
        return f"“{item.title}” is answered by choosing. Put the words in the note."
    if not answer.option:
        return None if answer.note.strip() else f"“{item.title}” is blank. Choose an answer or leave it out."
    if scale.option(answer.option) is None:
        codes = ", ".join(option.code for option in scale.options)
        return f"“{answer.option[:40]}” is not an answer to “{item.title}”. Choose one of: {codes}."
    return None


def _why_not_words(item: Item, answer: Answer) -> str | None:
    if item.kind is ItemKind.TEXT and not answer.text.strip():
        return f"“{item.title}” is blank. Write something or leave it out."
    if answer.note and item.note is NoteRule.NONE:
        return f"“{item.title}” takes no note. Leave the note out."
    if max(len(answer.text), len(answer.note)) > LONGEST_TEXT:
        return f"“{item.title}” is longer than {LONGEST_TEXT:,} characters. Shorten it, or attach a file."
    return None


def read_answers(instrument: Instrument, fields: Mapping[str, str]) -> tuple[tuple[Answer, ...], tuple[Problem, ...]]:
    """This function will read a sent form into answers, and into problems where one cannot be kept.

    `fields` maps names to what was typed or chosen: `threats`, `anger.current`, `story-2`, and with `.note`
    behind it the note (`threats.note`). Blank fields are left out; fields of no question (a token) are ignored.
    """
    answers: list[Answer] = []
    problems: list[Problem] = []
    for answer in _filled(instrument, fields):
        problem = why_not_answer(instrument, answer)
        if problem:
            problems.append(Problem(answer.slot.field, problem))
        else:
            answers.append(answer)
    return tuple(answers), tuple(problems)


def _filled(instrument: Instrument, fields: Mapping[str, str]) -> Iterator[Answer]:
    for slot in instrument.slots():
        given, note = fields.get(slot.field, "").strip(), fields.get(f"{slot.field}.note", "").strip()
        if not given and not note:
            continue
        chosen = instrument.scale_of(slot) is not None
        yield Answer(
            slot.item,
            option=given if chosen else "",
            axis=slot.axis,
            repeat=slot.repeat,
            text="" if chosen else given,
            note=note,
        )


def applies(instrument: Instrument, key: str, answers: Iterable[Answer]) -> bool | None:
    """This function will say whether the item concerns this case; None, and so still asked, when not known."""
    return sheet(instrument, answers).applies(instrument.item(key))


def gaps(instrument: Instrument, answers: Iterable[Answer]) -> tuple[Problem, ...]:
    """This function will list what a form still needs before it is signed.

    Every required question that may concern the case needs an answer, and *not known* is one. A note that the
    definition asks for is named here and not earlier, so that nobody drops a yes for want of time to explain it.
    """
    filled = sheet(instrument, answers)
    found = (_gap(filled, slot) for slot in instrument.slots() if _is_asked(filled, slot))
    return tuple(problem for problem in found if problem)


def _is_asked(filled: Sheet, slot: Slot) -> bool:
    item = filled.instrument.item(slot.item)
    if filled.applies(item) is False:
        return False
    return slot.repeat <= 1 or _is_begun(filled, item.section, slot.repeat)


def _is_begun(filled: Sheet, section: str, repeat: int) -> bool:
    return any(
        answer.repeat == repeat and filled.instrument.item(answer.item).section == section
        for answer in filled.answers.values()
    )


def _gap(filled: Sheet, slot: Slot) -> Problem | None:
    item, answer = filled.instrument.item(slot.item), filled.answers.get(slot.field)
    if answer is None or not (answer.option or answer.text):
        return Problem(slot.field, _ask(filled, slot)) if item.required else None
    wanted = item.note is NoteRule.ALWAYS or (item.note is NoteRule.WITH_YES and filled.is_yes(slot))
    if wanted and not answer.note.strip():
        return Problem(f"{slot.field}.note", f"Say in a note what “{item.title}” rests on.")
    return None


def _ask(filled: Sheet, slot: Slot) -> str:
    title, scale = filled.instrument.item(slot.item).title, filled.instrument.scale_of(slot)
    if scale is None:
        return f"Write something for “{title}”."
    open_words = next((option.label for option in scale.options if not option.settles), "")
    return f"Answer “{title}”. “{open_words}” is an answer too."
