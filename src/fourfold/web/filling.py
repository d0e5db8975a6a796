"""A form on a page: its questions in the order in which they are asked, and what was typed, there and back.

Every kind of question that a definition may hold is shown without script: what is asked only under a condition says
so, what is hidden keeps what it holds and is not shown, and beside every choice that lacks one stands *not known*.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from fourfold.assessment.queries import DraftPage, FormPage, ToldBefore
from fourfold.assessment.terms import (
    MOMENTS,
    NUMBERS,
    SILENT,
    AllOf,
    Answer,
    Clause,
    Condition,
    Fact,
    Instrument,
    InstrumentKind,
    Item,
    ItemKind,
    LevelKind,
    Meaning,
    Not,
    NoteRule,
    Operator,
    Scale,
    Section,
    Slot,
)
from fourfold.assessment.terms.filling import Circumstances, Interpreter, Mode, SourceSeen
from fourfold.web.forms import Form
from fourfold.words import Word, named, sentence, words

LONDON = ZoneInfo("Europe/London")
Typed = dict[str, tuple[str, ...]]

WHY_NONE = "absent:"
"""What stands before a reason in the place of an answer, so that it is one more choice of the same question."""
ABSENT_WORDS = words(
    {
        Meaning.UNKNOWN: "Not known",
        Meaning.REFUSED: "Prefers not to say",
        Meaning.OMIT: "Too little information",
        Meaning.NOT_APPLICABLE: "Does not apply",
        Meaning.LEFT_OPEN: "Left open",
    }
)
#: What a form asks about itself, on its last page.
ABOUT_IT = words((
    "level", "sources", "other_source", "informed_by", "procedure", "limits", "mode", "interpreter", "minutes",
    "as_at-day", "as_at-month", "as_at-year", "as_at-time", "window_days",
))  # fmt: skip
_DAY_FIRST = re.compile(r"(\d{1,2})[ ./-](\d{1,2})[ ./-](\d{4})(?:[ T,]+(\d{1,2}[:.]\d{2}))?")


# ---- the questions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One rating of a question: its slot, what the rating is called, and what may be chosen, codes and words."""

    slot: Slot
    title: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Question:
    """One question as a page shows it: its item, its places (one for each axis), and which repeat of it this is.

    `room` is how many there may be; `only_if` says in words under which condition it is asked; `lines` are what stands before it to be read: headings
    of groups, plain lines, and what nobody is asked: a value that the form works out, or that it holds.
    """

    section: Section
    item: Item
    places: tuple[Place, ...]
    repeat: int
    room: int = 1
    only_if: str = ""
    lines: tuple[Item, ...] = ()
    held: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:
        """How it is answered, as the template draws it: radios, boxes, words, line, number or moment."""
        if self.item.kind is ItemKind.MULTIPLE_CHOICE and self.places[0].options:
            return "boxes"
        if self.places and self.places[0].options:
            return "radios"
        if self.item.kind in NUMBERS:
            return "number"
        if self.item.kind in MOMENTS:
            return "moment"
        return "words" if self.item.kind is ItemKind.TEXT else "line"

    @property
    def takes_words_too(self) -> bool:
        """Whether other words may stand in the place of the options."""
        return self.item.kind is ItemKind.OPEN_CHOICE

    @property
    def example(self) -> str:
        """How a number or a moment is written."""
        if self.item.kind in MOMENTS:
            return {ItemKind.DATE: "for example, 3 5 2026", ItemKind.TIME: "for example, 14:30"}.get(
                self.item.kind, "for example, 3 5 2026 14:30"
            )
        bounds = " to ".join(each for each in (self.item.lowest, self.item.highest) if each)
        unit = "" if self.item.offers_units and not bounds else self.item.unit
        return " ".join(each for each in (bounds, unit) if each)

    @property
    def has_note(self) -> bool:
        return self.item.note is not NoteRule.NONE and self.kind in ("radios", "boxes")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that this question fills."""
        fields = tuple(place.slot.field for place in self.places)
        notes = (f"{fields[0]}.note",) if self.has_note and fields else ()
        others = tuple(f"{field}.other" for field in fields) if self.takes_words_too else ()
        units = tuple(f"{field}.unit" for field in fields) if self.item.offers_units else ()
        return fields + notes + others + units


def questions(form: Instrument, answers: Iterable[Answer] = ()) -> tuple[Question, ...]:
    """Return the questions of a form in the order in which they are asked.

    What repeats stands once more than it was filled in, up to as often as it may: the next one is there when the one
    before has been begun.
    """
    begun: dict[str, int] = {}
    for answer in answers:
        begun[answer.item] = max(answer.repeat, begun.get(answer.item, 0))
    return tuple(question for section in form.sections for question in _of_section(form, section, begun))


def _of_section(form: Instrument, section: Section, begun: Mapping[str, int]) -> Iterator[Question]:
    items = [item for item in form.items if item.section == section.key and not _is_hidden(form, item)]
    for block in [items] if section.repeats > 1 else _blocks(form, items):
        times = max((form.repeats(item) for item in block), default=1)
        wanted = max((item.at_least for item in block), default=1)
        shown = min(times, max(wanted, 1 + max((begun.get(item.key, 0) for item in block), default=0)))
        for n in range(1, shown + 1):
            yield from _of_block(form, section, block, n)


def _blocks(form: Instrument, items: list[Item]) -> list[list[Item]]:
    """Return items that repeat together: each question by itself, or a group with everything in it."""
    blocks: dict[str, list[Item]] = {}
    for item in items:
        above = form.above(item)
        blocks.setdefault(above[-1].key if above else item.key, []).append(item)
    return list(blocks.values())


def _of_block(form: Instrument, section: Section, block: list[Item], n: int) -> Iterator[Question]:
    lines: list[Item] = []
    for item in block:
        repeats = form.repeats(item) > 1
        if n > 1 and not repeats:
            continue
        if item.kind in SILENT or item.read_only:
            lines.append(item)
            continue
        yield _question(form, section, item, n if repeats else 0, tuple(lines))
        lines = []
    if lines:
        yield Question(section, lines[-1], (), 0, lines=tuple(lines), held=_held(form, lines))


def _held(form: Instrument, lines: Iterable[Item]) -> tuple[tuple[str, str], ...]:
    """Return what stands in questions that can only be read, in words, by key."""
    return tuple((item.key, _held_by(form, item)) for item in lines if item.read_only and item.initial)


def _held_by(form: Instrument, item: Item) -> str:
    scale = form.scale(item.scale)
    labels = [option.label for code in item.initial.split() if scale and (option := scale.option(code))]
    return "; ".join(labels) or f"{item.initial} {item.unit}".strip()


def _question(form: Instrument, section: Section, item: Item, repeat: int, lines: tuple[Item, ...]) -> Question:
    places = []
    for axis in item.axes or ("",):
        slot, rating = Slot(item.key, axis, repeat), form.axis(axis)
        places.append(Place(slot, rating.title if rating else "", _options(form, form.scale_of(slot))))
    room = form.repeats(item)
    return Question(section, item, tuple(places), repeat, room, only_if(form, item), lines, _held(form, lines))


def _prefixed(prefix: str, label: str) -> str:
    return sentence("{1} {2}", prefix, label) if prefix else label


def _options(form: Instrument, scale: Scale | None) -> tuple[tuple[str, str], ...]:
    """Return what may be chosen, and, where no option leaves the question open, a reason for having no answer."""
    if scale is None:
        return ()
    shown = tuple((option.code, _prefixed(option.prefix, option.label)) for option in scale.options)
    if any(not option.settles for option in scale.options):
        return shown
    reasons = form.absent or (Meaning.UNKNOWN, Meaning.REFUSED)
    return shown + tuple((WHY_NONE + reason, ABSENT_WORDS[reason]) for reason in reasons)


def _is_hidden(form: Instrument, item: Item) -> bool:
    return item.hidden or any(each.hidden for each in form.above(item))


# ---- conditions in words ------------------------------------------------------------------------------------------


def only_if(form: Instrument, item: Item) -> Word:
    """Return in words under which condition an item is asked; empty where it always is."""
    conditions = [each for one in (item, *form.above(item)) for each in (one.applies, one.enable) if each is not None]
    return _all_of([_condition(form, each, inner=len(conditions) > 1) for each in conditions])


def _condition(form: Instrument, condition: Condition, *, inner: bool = False) -> Word:
    if isinstance(condition, Clause):
        return _clause(form, condition)
    if isinstance(condition, Not):
        return sentence("not ({1})", _condition(form, condition.part))
    parts = [_condition(form, part, inner=True) for part in condition.parts]
    if isinstance(condition, AllOf):
        return _all_of(parts)
    return sentence("({1})", _any_of(parts)) if inner and len(parts) > 1 else _any_of(parts)


def _clause(form: Instrument, clause: Clause) -> Word:
    compared = _COMPARED.get(clause.operator, Word("is"))
    if clause.fact is not None:
        return sentence("{1} {2} {3}", _fact(clause.fact), compared, _any_of(clause.values))
    key, _, axis = clause.field.partition(".")
    item, rating = form.item(key), form.axis(axis) if axis else None
    name = sentence("“{1}”", item.title or item.text)
    if rating:
        name = sentence("{1} ({2})", name, rating.title)
    if clause.operator is Operator.EXISTS:
        return sentence("{1} has an answer", name)
    scale = form.scale_of(Slot(key, axis))
    labels = [option.label if scale and (option := scale.option(said)) else said for said in clause.values]
    return sentence("{1} {2} {3}", name, compared, _any_of([sentence("“{1}”", label) for label in labels]))


def _fact(fact: Fact) -> Word:
    return Word(_FACTS[fact]) if fact in _FACTS else sentence("the {1} of the case", named(fact.value))


def _all_of(parts: Sequence[object]) -> Word:
    if len(parts) > 1:
        return sentence("{1} and {2}", _all_of(parts[:-1]), parts[-1])
    return sentence("{1}", *parts) if parts else Word("")


def _any_of(parts: Sequence[object]) -> Word:
    return sentence("{1} or {2}", _any_of(parts[:-1]), parts[-1]) if len(parts) > 1 else sentence("{1}", *parts)


_FACTS = words({Fact.SUBJECT_KNOWN: "that the subject is known", Fact.CHILDREN: "that there are children"})
_COMPARED = words(
    {
        Operator.EQUALS: "is",
        Operator.NOT_EQUALS: "is not",
        Operator.GREATER: "is more than",
        Operator.AT_LEAST: "is at least",
        Operator.LESS: "is less than",
        Operator.AT_MOST: "is at most",
    }
)


# ---- what was typed -----------------------------------------------------------------------------------------------


def typed_of(page: FormPage) -> Typed:
    """Return what a form's answers look like in its fields."""
    return {name: said for answer in page.answers for name, said in _typed_answer(page.form, answer) if any(said)}


def _typed_answer(form: Instrument, answer: Answer) -> Iterator[tuple[str, tuple[str, ...]]]:
    name, item = answer.slot.field, form.item(answer.item)
    if answer.absent is Meaning.LEFT_OPEN:
        return  # whoever signs the record of a round says anew why it stays open
    yield f"{name}.note", (answer.note,)
    if answer.absent is not None:
        yield name, (WHY_NONE + answer.absent,)
    elif item.kind is ItemKind.OPEN_CHOICE and form.scale_of(answer.slot) is not None:
        yield name, (answer.option,)
        yield f"{name}.other", (answer.text,)
    elif item.offers_units:
        yield name, (answer.text,)
        yield f"{name}.unit", (answer.option,)
    else:
        yield name, answer.options if item.kind is ItemKind.MULTIPLE_CHOICE else (answer.option or answer.text,)


def typed_in(draft: DraftPage) -> Typed:
    """Return everything that a draft holds, as it stands in the fields: answers, what could not be read, the level and
    how the form was filled in."""
    said = draft.circumstances
    typed = typed_of(draft.page) | {
        "level": (draft.level or ("cannot_say" if draft.advice_seen else ""),),
        "informed_by": (draft.informed_by,),
        "minutes": ("" if draft.minutes is None else str(draft.minutes),),
        **_typed_circumstances(said),
        **{name: _several(draft.page.form, name, words) for name, words in draft.unread.items()},
    }
    return {name: values for name, values in typed.items() if any(values)}


def _several(form: Instrument, name: str, words: str) -> tuple[str, ...]:
    """Return what could not be read, in its fields again: the codes of a multiple choice were parted by blanks."""
    several = {slot.field for slot in form.slots() if form.item(slot.item).kind is ItemKind.MULTIPLE_CHOICE}
    return tuple(words.split()) if name in several else (words,)


def _typed_circumstances(said: Circumstances) -> Typed:
    local = said.as_at.astimezone(LONDON) if said.as_at else None
    return {
        "sources": tuple(str(source) for source in said.sources),
        "other_source": (said.other_source,),
        "procedure": (said.procedure,),
        "limits": (said.limits,),
        "mode": (said.mode or "",),
        "interpreter": (said.interpreter or "",),
        "window_days": ("" if said.window_days is None else str(said.window_days),),
        "as_at-day": (str(local.day) if local else "",),
        "as_at-month": (str(local.month) if local else "",),
        "as_at-year": (str(local.year) if local else "",),
        "as_at-time": (f"{local:%H:%M}" if local else "",),
    }


def as_told(told: Iterable[ToldBefore], asked: Iterable[Question]) -> Typed:
    """Return what reports told, as it stands in the fields that may say so, to be confirmed: sent, it is an answer."""
    offered = {place.slot.field: dict(place.options) for each in asked for place in each.places}
    return {each.item: (each.code,) for each in told if each.code in offered.get(each.item, {})}


def as_stated(form: Instrument, at: datetime) -> Typed:
    """Return what an empty form states of its time: now, with the window of its definition, to be changed."""
    if form.currency_window_days is None:
        return {}
    said = Circumstances(as_at=at, window_days=form.currency_window_days)
    return {name: values for name, values in _typed_circumstances(said).items() if any(values)}


def as_sent(post: QueryDict, names: Iterable[str]) -> Typed:
    """Return what a page sent for the fields that stand on it; a field without anything in it is there, and blank."""
    sent = {name: tuple(said.replace("\r\n", "\n") for said in post.getlist(name)) for name in names}
    return {name: tuple(said for said in values if said.strip()) for name, values in sent.items()}


def as_form(typed: Typed) -> QueryDict:
    """Return what stands in the fields as a form reads it."""
    post = QueryDict(mutable=True)
    for name, values in typed.items():
        post.setlist(name, list(values))
    return post


def as_answers(form: Instrument, typed: Typed) -> dict[str, str]:
    """Return the fields as `rules.read_answers` takes them: codes parted by blanks, moments as ISO 8601 writes them,
    and a reason for having no answer under its own name."""
    kinds = {slot.field: form.item(slot.item).kind for slot in form.slots()}
    fields: dict[str, str] = {}
    for name, values in typed.items():
        reasons = [said.removeprefix(WHY_NONE) for said in values if said.startswith(WHY_NONE)]
        words = " ".join(said for said in values if not said.startswith(WHY_NONE))
        fields[name] = as_moment(words) if kinds.get(name) in MOMENTS else words
        if reasons:
            fields[f"{name}.absent"] = reasons[0]
    return fields


def as_moment(words: str) -> str:
    """Return a day as people write it (3 5 2026, 3/5/2026 14.30) as ISO 8601 writes it; other words as they are."""
    found = _DAY_FIRST.fullmatch(words.strip())
    if found is None:
        return words
    day, month, year, clock = found.groups()
    time = f"T{clock.replace('.', ':').zfill(5)}" if clock else ""
    return f"{year}-{int(month):02}-{int(day):02}{time}"


# ---- how it was filled in -----------------------------------------------------------------------------------------


def circumstances(form: Form) -> Circumstances:
    """Read how a form was filled in, from fields as `as_form` lays them; what is wrong is noted on the form."""
    known = set(SourceSeen)
    chosen = tuple(SourceSeen(source) for source in form.typed.getlist("sources") if source in known)
    other = form.text("other_source", longest=200)
    return Circumstances(
        sources=tuple(dict.fromkeys(chosen + ((SourceSeen.OTHER,) if other else ()))),
        other_source=other,
        procedure=form.text("procedure"),
        limits=form.text("limits"),
        mode=form.choice("mode", Mode),
        interpreter=form.choice("interpreter", Interpreter),
        as_at=form.moment("as_at"),
        window_days=form.number("window_days", least=1, most=3650),
    )


def circumstances_in_words(said: Circumstances) -> tuple[tuple[str, str], ...]:
    """Return how a form was filled in as a page shows it: name and words, what nobody said left out."""
    sources = [source.label for source in said.sources if source is not SourceSeen.OTHER or not said.other_source]
    shown = (
        ("Based on", "; ".join([*sources, *([said.other_source] if said.other_source else [])])),
        ("How it was filled in", said.mode.label if said.mode else ""),
        ("Interpreter", said.interpreter.label if said.interpreter else ""),
        ("How it was made", said.procedure),
        ("Not seen, or in doubt", said.limits),
    )
    return tuple((name, words) for name, words in shown if words)


def shows_window(form: Instrument) -> bool:
    """Return whether a form states of which time it speaks: a structured judgement always does."""
    return form.kind is InstrumentKind.SPJ or form.currency_window_days is not None


def judges(form: Instrument) -> bool:
    """Return whether the professional's level is an answer on the form itself."""
    return form.level.kind is LevelKind.JUDGEMENT
