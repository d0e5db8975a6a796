"""What a whole sheet of answers says, and what is still open."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from fourfold.assessment.rules import branching, conditions
from fourfold.assessment.rules.answer_checks import LONGEST_TEXT, in_own_unit, lacks_unit, why_not_answer
from fourfold.assessment.terms import (
    UNSETTLED,
    Answer,
    AnswerRefused,
    Clause,
    Condition,
    Instrument,
    Item,
    ItemKind,
    Meaning,
    NoteRule,
    Operator,
    Option,
    Problem,
    Slot,
)
from fourfold.words import Word, sentence, together

__all__ = ["LONGEST_TEXT", "Sheet", "gaps", "read_answers", "sheet", "why_not_answer"]

NO_FACTS: Mapping[str, str] = {}

MOST_NAMED = 5
"""Questions that a sentence names; it counts the rest."""


@dataclass(frozen=True)
class Sheet:
    """The answers of one form by field, each checked against the definition and given at most once.

    `facts` are what is known of the case (see `terms.Fact`); what does not stand in it is not known.
    """

    instrument: Instrument
    answers: Mapping[str, Answer]
    facts: Mapping[str, str] = field(default_factory=dict)

    def option(self, slot: Slot) -> Option | None:
        """Return the option chosen at the slot, or None when it was left blank.

        Of several chosen options the first one counts; `options` gives them all.
        """
        return next(iter(self.options(slot)), None)

    def options(self, slot: Slot) -> tuple[Option, ...]:
        answer, scale = self.answers.get(slot.field), self.instrument.scale_of(slot)
        if answer is None or scale is None:
            return ()
        return tuple(option for code in answer.options if (option := scale.option(code)))

    def is_yes(self, slot: Slot) -> bool:
        """Return whether the answer affirms; *in part* counts, for caution."""
        return any(option.meaning in (Meaning.AFFIRM, Meaning.PARTIAL) for option in self.options(slot))

    def is_settled(self, slot: Slot) -> bool:
        """Return whether the question has an answer that leaves nothing open."""
        answer = self.answers.get(slot.field)
        if answer is None or answer.absent is not None:
            return answer is not None and answer.absent not in UNSETTLED
        chosen = self.options(slot)
        return all(option.settles for option in chosen) if chosen else bool(answer.text.strip())

    def is_open(self, slot: Slot) -> bool:
        """Return whether the question may concern the case and has no settled answer."""
        return not self.is_settled(slot) and self.applies(self.instrument.item(slot.item), slot.repeat) is not False

    def applies(self, item: Item, repeat: int = 0) -> bool | None:
        """Return whether the item concerns this case and is asked; None when that is not known.

        A question inside a group that does not concern the case does not either.
        """
        return self._asked[branching.place(self.instrument, item, repeat)]

    @cached_property
    def _asked(self) -> Mapping[branching.Place, bool | None]:
        return branching.asked(self.instrument, self._settle)

    def holds(self, condition: Condition, repeat: int = 0) -> bool | None:
        """Return whether a condition over answers and facts holds; None when that is not known."""
        return conditions.holds(condition, lambda clause: self._settle(clause, repeat, self.applies))

    def _settle(self, clause: Clause, repeat: int, whether: Callable[[Item, int], bool | None]) -> bool | None:
        if clause.fact is not None:
            known = self.facts.get(clause.fact.value, "")
            return conditions.compare(clause.operator, (known,), clause.values) if known else None
        slot = self.slot(clause.field, repeat)
        answer = self.answers.get(slot.field)
        if clause.operator is Operator.EXISTS:
            return answer is not None and answer.is_given
        if answer is not None and answer.is_given:
            return self._settle_given(clause, slot, answer)
        if answer is not None and answer.absent is Meaning.NOT_APPLICABLE:
            return False
        return False if whether(self.instrument.item(slot.item), slot.repeat) is False else None

    def _settle_given(self, clause: Clause, slot: Slot, answer: Answer) -> bool | None:
        """Settle a clause by an option that it names, also one that is open in itself; any other open one does not."""
        chosen = self.options(slot)
        same = clause.operator in (Operator.EQUALS, Operator.NOT_EQUALS)
        if same and any(option.code in clause.values for option in chosen):
            return clause.operator is Operator.EQUALS
        if any(not option.settles for option in chosen):
            return None
        if not in_own_unit(self.instrument.item(slot.item), answer):
            return None
        if same:
            said = answer.options if chosen else (answer.text.strip(),)
            return conditions.compare(clause.operator, said, clause.values)
        return conditions.compare(clause.operator, self._quantities(slot, answer), self._thresholds(clause, slot))

    def _quantities(self, slot: Slot, answer: Answer) -> tuple[str, ...]:
        chosen = self.options(slot)
        return tuple(self._quantity(slot, each) for each in chosen) if chosen else (answer.text,)

    def _thresholds(self, clause: Clause, slot: Slot) -> tuple[str, ...]:
        """Return the values that are compared against: an option's code stands for its value."""
        scale = self.instrument.scale_of(slot)
        named = [(value, scale.option(value) if scale else None) for value in clause.values]
        return tuple(self._quantity(slot, option) if option else value for value, option in named)

    def _quantity(self, slot: Slot, option: Option) -> str:
        """Return what an option is compared by: what it says, where a file lists numbers, days or words without a code,
        else its value. One that has neither cannot be compared, which is no *no*."""
        of_a_file = bool(self.instrument.item(slot.item).link) and option.coding is None
        return option.label if of_a_file or option.value is None else str(option.value)

    def slot(self, field: str, repeat: int = 0) -> Slot:
        """Return the slot that a definition calls `item` or `item.axis`.

        Seen from inside a repeat it is that repeat's own; of a repeating question seen from outside, the first.
        """
        key, _, axis = field.partition(".")
        return Slot(key, axis, branching.place(self.instrument, self.instrument.item(key), repeat)[1])


def sheet(instrument: Instrument, answers: Iterable[Answer], facts: Mapping[str, str] = NO_FACTS) -> Sheet:
    """Lay the answers out by field, with what hidden questions hold from the start.

    Raises AnswerRefused for an answer that does not fit its question, and for two answers to the same one:
    which of them holds must not depend on their order.
    """
    by_field: dict[str, Answer] = {}
    for answer in answers:
        place = answer.slot.field
        if problem := why_not_answer(instrument, answer):
            raise AnswerRefused(place, problem)
        if place in by_field:
            raise AnswerRefused(place, "This question has two answers. Keep the later one and leave out the other.")
        by_field[place] = answer
    held = {answer.slot.field: answer for answer in _held_from_the_start(instrument)}
    return Sheet(instrument, held | by_field, facts)


def _held_from_the_start(instrument: Instrument) -> Iterator[Answer]:
    """Return the initial values of questions that nobody is asked: nobody can type them, and they are data."""
    for slot in instrument.slots():
        item = instrument.item(slot.item)
        if (item.hidden or item.read_only) and item.initial:
            yield _typed(instrument, slot, item.initial, "")


def read_answers(instrument: Instrument, fields: Mapping[str, str]) -> tuple[tuple[Answer, ...], tuple[Problem, ...]]:
    """Read a sent form into answers, and into problems where one cannot be kept.

    `fields` maps names to what was typed or chosen: `threats`, `anger.current`, `story-2`; with `.note` behind it
    the note (`threats.note`), with `.absent` why there is no answer, with `.other` the words of an open choice, with
    `.unit` the unit of a number. The
    codes of a multiple choice are parted by blanks. Blank fields are left out, but for hidden questions, which keep
    what they hold from the start; so do questions that can only be read, whatever was sent for them. Fields of no
    question (a token) are ignored.
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


_BESIDE = (".note", ".other", ".absent", ".unit")
"""What stands behind the name of a question in the fields beside its own."""


def _filled(instrument: Instrument, fields: Mapping[str, str]) -> Iterator[Answer]:
    for slot in instrument.slots():
        item = instrument.item(slot.item)
        given, *beside = (fields.get(f"{slot.field}{each}", "").strip() for each in ("", *_BESIDE))
        note, other, why, unit = beside
        if item.read_only:
            given, note, other, why, unit = item.initial, "", "", "", ""
        given = given or (item.initial if item.hidden else "")
        if not (given or note or other or why):
            continue
        answer = _typed(instrument, slot, given, note)
        if other and item.kind is ItemKind.OPEN_CHOICE:
            answer = replace(answer, text=other)
        if unit and given and item.offers_units:
            answer = replace(answer, option=unit)
        yield replace(answer, absent=Meaning(why)) if why in list(Meaning) else answer


def _typed(instrument: Instrument, slot: Slot, given: str, note: str) -> Answer:
    """Return what was typed or chosen at a slot: an option where there is a scale, else words."""
    scale = instrument.scale_of(slot)
    in_words = scale is None or (
        instrument.item(slot.item).kind is ItemKind.OPEN_CHOICE and scale.option(given) is None
    )
    option, text = ("", given) if in_words else (given, "")
    return Answer(slot.item, option=option, axis=slot.axis, repeat=slot.repeat, text=text, note=note)


def gaps(instrument: Instrument, answers: Iterable[Answer], facts: Mapping[str, str] = NO_FACTS) -> tuple[Problem, ...]:
    """List what a form still needs before it is signed.

    Every required question that may concern the case needs an answer, and *not known* is one. A note that the
    definition asks for is named here and not earlier, so that nobody drops a yes for lack of time to explain it.
    """
    filled = sheet(instrument, answers, facts)
    begun = _begun(filled)
    found = (_gap(filled, slot) for slot in instrument.slots() if _is_asked(filled, slot, begun))
    return tuple(problem for problem in found if problem)


def left_open(
    instrument: Instrument, answers: Iterable[Answer], facts: Mapping[str, str] = NO_FACTS
) -> tuple[Answer, ...]:
    """Return an answer of *too little information*, or *not known*, for each open question that offers one: never a no.

    The level that a form asks the professional to choose stays open.
    """
    filled = sheet(instrument, answers, facts)
    fields = {gap.field for gap in gaps(instrument, filled.answers.values(), facts)} - set(filled.answers)
    slots = (slot for slot in instrument.slots() if slot.field in fields and slot.item != instrument.level.judgement)
    return tuple(answer for slot in slots if (answer := _open_answer(instrument, slot)))


def passed_over(instrument: Instrument, answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Return what a file requires, asks here, and has neither an answer nor a reason for: each as *left open*, whose note
    waits for why. Questions of a form that ships take *not known*, and are kept as not answered where they are open."""
    filled = sheet(instrument, answers)
    begun = _begun(filled)
    slots = (slot for slot in instrument.slots() if _is_required(filled, slot) and _is_asked(filled, slot, begun))
    found = ((slot, filled.answers.get(slot.field, Answer(slot.item))) for slot in slots)
    return tuple(
        Answer(slot.item, "", slot.axis, slot.repeat, note=said.note, absent=Meaning.LEFT_OPEN)
        for slot, said in found
        if not (said.is_given or said.absent)
    )


def _is_required(filled: Sheet, slot: Slot) -> bool:
    item = filled.instrument.item(slot.item)
    hidden = any(each.hidden for each in (item, *filled.instrument.above(item)))
    return bool(item.link) and item.required and not hidden and filled.applies(item, slot.repeat) is True


def why_not_passed_over(instrument: Instrument, left: tuple[Answer, ...]) -> Word:
    """Return that these questions want an answer, or why there is none: the first of them by their words, and which time."""
    named = [
        sentence("“{1}” ({2})", instrument.item(each.item).title, each.repeat) if each.repeat
        else sentence("“{1}”", instrument.item(each.item).title)
        for each in left[:MOST_NAMED]
    ]  # fmt: skip
    more = [sentence("{1} more", len(left) - MOST_NAMED)] if len(left) > MOST_NAMED else []
    return sentence("Answer {1}. Or say why you leave them open.", together(", ", (*named, *more)))


def because(given: Iterable[Answer], left: Iterable[Answer], why: str) -> tuple[Answer, ...]:
    """Return the answers with why each of those that are left open is left so."""
    said = {each.slot: replace(each, note=f"{each.note} {why}".strip()) for each in left}
    return (*(each for each in given if each.slot not in said), *said.values())


def _open_answer(instrument: Instrument, slot: Slot) -> Answer | None:
    scale, at = instrument.scale_of(slot), Answer(slot.item, axis=slot.axis, repeat=slot.repeat)
    if scale is None:
        return None
    said = next((each for each in scale.options if each.meaning in (Meaning.OMIT, Meaning.UNKNOWN)), None)
    if said:
        return replace(at, option=said.code)
    leaves_open = any(not each.settles for each in scale.options)
    offered = () if leaves_open else instrument.absent or (Meaning.UNKNOWN,)
    reason = next((each for each in (Meaning.OMIT, Meaning.UNKNOWN) if each in offered), None)
    return replace(at, absent=reason) if reason else None


def _is_asked(filled: Sheet, slot: Slot, begun: frozenset[branching.Place]) -> bool:
    item = filled.instrument.item(slot.item)
    if filled.applies(item, slot.repeat) is False:
        return False
    at_least = 1 if _is_alone(filled, item) else max(1, item.at_least)
    return slot.repeat <= at_least or (_together(filled.instrument, item), slot.repeat) in begun


def _is_alone(filled: Sheet, item: Item) -> bool:
    """Return whether a question that repeats was answered with the option that goes with no other, such as *none*."""
    first = filled.options(Slot(item.key, "", 1)) if item.repeats > 1 and item.at_least > 1 else ()
    return any(option.exclusive for option in first)


def _begun(filled: Sheet) -> frozenset[branching.Place]:
    """Return the repeats in which anything was answered, of each part that repeats."""
    items = ((filled.instrument.item(answer.item), answer.repeat) for answer in filled.answers.values())
    return frozenset((_together(filled.instrument, item), repeat) for item, repeat in items)


def _together(instrument: Instrument, item: Item) -> str:
    """Return what the item repeats with: itself, a group around it, or its section."""
    repeating = next((each.key for each in (item, *instrument.above(item)) if each.repeats > 1), None)
    return f"item {repeating}" if repeating else f"section {item.section}"


def _gap(filled: Sheet, slot: Slot) -> Problem | None:
    item, answer = filled.instrument.item(slot.item), filled.answers.get(slot.field)
    if answer is None or not (answer.is_given or answer.absent):
        return Problem(slot.field, _ask(filled, slot)) if item.required else None
    if lacks_unit(item, answer):
        return Problem(f"{slot.field}.unit", sentence("Choose the unit of “{1}”.", item.title))
    few = answer.option and len(answer.options) < item.at_least
    if item.kind is ItemKind.MULTIPLE_CHOICE and few and not any(one.exclusive for one in filled.options(slot)):
        return Problem(slot.field, sentence("Choose at least {1} answers to “{2}”.", item.at_least, item.title))
    wanted = item.note is NoteRule.ALWAYS or (item.note is NoteRule.WITH_YES and filled.is_yes(slot))
    if wanted and not answer.note.strip():
        return Problem(f"{slot.field}.note", f"Say in a note what “{item.title}” rests on.")
    return None


def _ask(filled: Sheet, slot: Slot) -> str:
    title, scale = filled.instrument.item(slot.item).title, filled.instrument.scale_of(slot)
    if scale is None:
        return sentence("Write something for “{1}”.", title)
    open_words = next((option.label for option in scale.options if not option.settles), "")
    also = f" “{open_words}” is an answer too." if open_words else " Where there is no answer, say why."
    return sentence("Answer “{1}”.{2}", title, also)
