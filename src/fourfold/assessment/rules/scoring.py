"""Sums over an explicit list of fields, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from fourfold.assessment.rules.answering import Sheet, sheet
from fourfold.assessment.terms import Answer, Instrument, Score, ScoreItem, ScoreResult, ScoreState


def score(instrument: Instrument, answers: Iterable[Answer]) -> tuple[ScoreResult, ...]:
    """This function will return one result for each score of the definition, in its order.

    A score is given only when every listed field holds an option with a value: an open answer is not a zero,
    and the average of the others is not an answer. Raises AnswerRefused for answers that do not fit.
    """
    filled = sheet(instrument, answers)
    return tuple(_result(filled, each) for each in instrument.scores)


def _result(filled: Sheet, asked: Score) -> ScoreResult:
    values = [value for item in asked.items if (value := _value(filled, item)) is not None]
    answered, of = len(values), len(asked.items)
    if not answered:
        reason = "Not computed: none of its questions has an answer that counts."
        return ScoreResult(asked.key, ScoreState.NOT_COMPUTED, None, 0, of, reason=reason)
    if answered < of:
        reason = f"Not scored: {answered} of {of} answered."
        return ScoreResult(asked.key, ScoreState.NOT_SCORED, None, answered, of, reason=reason)
    total = sum(values, Decimal(0))
    return ScoreResult(asked.key, ScoreState.SCORED, total, answered, of, band=_band(filled, asked, total))


def _value(filled: Sheet, item: ScoreItem) -> Decimal | None:
    """The weighted value of one field; a reversed scale runs from its highest value down to its lowest."""
    slot = filled.slot(item.field)
    option, scale = filled.option(slot), filled.instrument.scale_of(slot)
    if option is None or option.value is None or scale is None:
        return None
    value = max(scale.values) + min(scale.values) - option.value if item.reverse else option.value
    return value * item.weight


def _band(filled: Sheet, asked: Score, value: Decimal) -> str:
    bands = (band for band in filled.instrument.bands if band.score == asked.key)
    return next((band.label for band in bands if band.holds(value)), "")
