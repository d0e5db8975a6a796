"""The terms of a score: what each one gives, or that it gives nothing yet, and what it could give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from fourfold.assessment.rules.answer_checks import in_own_unit
from fourfold.assessment.rules.conditions import decimal, some
from fourfold.assessment.rules.sheets import Sheet
from fourfold.assessment.terms import (
    NUMBERS,
    Instrument,
    ItemKind,
    Score,
    ScoreItem,
    ScoreKind,
    ScoreResult,
    ScoreState,
    Slot,
)

_COUNTED = (ScoreKind.COUNT, ScoreKind.GATED_COUNT)


@dataclass(frozen=True)
class Term:
    """One term: its own value before weighting (None while it is missing), and the weighted ends of its range."""

    value: Decimal | None
    weight: Decimal
    lowest: Decimal
    highest: Decimal
    made_up: bool = False

    @property
    def counted(self) -> Decimal:
        return (self.value or Decimal(0)) * self.weight


def terms(filled: Sheet, asked: Score, done: Mapping[str, ScoreResult]) -> list[Term]:
    """Return the terms that count in this case, those that are missing among them.

    A term that is excluded is none. In a count, a question that does not concern the case is none either; in a sum it
    is a missing one, because *not applicable* is not 0.
    """
    return [
        _term(filled, asked, item, done)
        for item in asked.items
        if _excluded(filled, asked, item) is not True and not _beside_the_count(filled, asked, item)
    ]


def _excluded(filled: Sheet, asked: Score, item: ScoreItem) -> bool | None:
    return some(filled.holds(each.when) for each in asked.exclusions if item.field in each.fields)


def _beside_the_count(filled: Sheet, asked: Score, item: ScoreItem) -> bool:
    if asked.kind not in _COUNTED or not item.field:
        return False
    slot = filled.slot(item.field)
    return not filled.options(slot) and not filled.is_open(slot)


def _term(filled: Sheet, asked: Score, item: ScoreItem, done: Mapping[str, ScoreResult]) -> Term:
    low, high = sorted(end * item.weight for end in value_range(filled.instrument, asked, item))
    value, made_up = _value(filled, asked, item, done)
    return Term(value, item.weight, low, high, made_up)


def _value(
    filled: Sheet, asked: Score, item: ScoreItem, done: Mapping[str, ScoreResult]
) -> tuple[Decimal | None, bool]:
    if item.score:
        result = done[item.score]
        return result.value, result.state is ScoreState.PRORATED
    if _excluded(filled, asked, item) is None:
        return None, False
    slot = filled.slot(item.field)
    value = _yes(filled, asked, slot) if asked.kind in _COUNTED else _points(filled, slot)
    if value is None or not item.reverse:
        return value, False
    return sum(value_range(filled.instrument, asked, item), Decimal(0)) - value, False


def _yes(filled: Sheet, asked: Score, slot: Slot) -> Decimal | None:
    """Return one for an answer that counts, 0 for one that does not, None while the question is open."""
    if not filled.is_settled(slot):
        return None
    if asked.counts_from is None:
        return Decimal(filled.is_yes(slot))
    points = _points(filled, slot)
    return None if points is None else Decimal(points >= asked.counts_from)


def _points(filled: Sheet, slot: Slot) -> Decimal | None:
    """Return the value of what was chosen, from the option itself and never from its label; or the number that was typed."""
    if filled.instrument.scale_of(slot) is None:
        answer = filled.answers.get(slot.field)
        item = filled.instrument.item(slot.item)
        return decimal(answer.text) if answer and item.kind in NUMBERS and in_own_unit(item, answer) else None
    values = [option.value for option in filled.options(slot)]
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(values) else None


def value_range(instrument: Instrument, asked: Score, item: ScoreItem) -> tuple[Decimal, Decimal]:
    """Return the smallest and the largest value that a term can have before it is weighted.

    Both are 0 where nothing can be added up; the check of a definition says so.
    """
    if item.score:
        other = instrument.score(item.score)
        return (other.lowest, other.highest) if other else (Decimal(0), Decimal(0))
    if asked.kind in _COUNTED:
        return Decimal(0), Decimal(1)
    values = sorted(_possible(instrument, item.field))
    return (values[0], values[-1]) if values else (Decimal(0), Decimal(0))


def _possible(instrument: Instrument, field: str) -> Iterator[Decimal]:
    key, _, axis = field.partition(".")
    item, scale = instrument.item(key), instrument.scale_of(Slot(key, axis))
    if scale is None:
        yield from (number for end in (item.lowest, item.highest) if (number := decimal(end)) is not None)
        return
    yield from scale.values
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        yield sum((value for value in scale.values if value > 0), Decimal(0))
        yield sum((value for value in scale.values if value < 0), Decimal(0))
