"""Figures over an explicit list of terms, or the reason why there is none.

An open answer is never a zero, and the average of the others is an answer only where the definition says so. Scores
that depend on scores are worked out in passes, until all stand; a circle is an error.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from fourfold.assessment.rules.conditions import every
from fourfold.assessment.rules.score_terms import Term, terms
from fourfold.assessment.rules.sheets import NO_FACTS, Sheet, sheet
from fourfold.assessment.terms import (
    Answer,
    CircularScores,
    Cluster,
    Direction,
    Instrument,
    MissingRule,
    Score,
    ScoreKind,
    ScoreResult,
    ScoreState,
)
from fourfold.words import Word, sentence

NOTHING_GIVEN: Mapping[str, Decimal] = {}
PLACES = Decimal("0.01")
"""A figure that had to be made up for missing answers is rounded to two places, halves upwards."""

TOO_LARGE = 1_000_000
"""No published measure comes near it, and a record keeps six digits: a weight as large as that is a slip in a file."""

_COUNTED = (ScoreKind.COUNT, ScoreKind.GATED_COUNT)
_CARRYING = (*_COUNTED, ScoreKind.WEIGHTED)
"""Kinds of which a part already says something: so many yes-answers are at least so many."""

_ELSEWHERE = (ScoreKind.ALGORITHM, ScoreKind.EXTERNAL)


def score(
    instrument: Instrument,
    answers: Iterable[Answer],
    *,
    facts: Mapping[str, str] = NO_FACTS,
    given: Mapping[str, Decimal] = NOTHING_GIVEN,
) -> tuple[ScoreResult, ...]:
    """Return one result for each score of the definition, in its order.

    `given` holds the figures that are worked out elsewhere (an algorithm nobody published, a computation that came
    with a file), by score; what does not stand in it is not computed. Raises AnswerRefused for answers that do not
    fit, and CircularScores where scores wait for each other.
    """
    return scored(sheet(instrument, answers, facts), given)


def scored(filled: Sheet, given: Mapping[str, Decimal] = NOTHING_GIVEN) -> tuple[ScoreResult, ...]:
    waiting = list(filled.instrument.scores)
    done: dict[str, ScoreResult] = {}
    while waiting:
        ready = [each for each in waiting if _needs(each) <= done.keys()]
        if not ready:
            raise CircularScores(tuple(each.key for each in waiting))
        for each in ready:
            done[each.key] = replace(_result(filled, each, done, given), verified=each.verified)
        waiting = [each for each in waiting if each not in ready]
    return tuple(done[each.key] for each in filled.instrument.scores)


def _needs(asked: Score) -> set[str]:
    return {item.score for item in asked.items if item.score}


def _result(filled: Sheet, asked: Score, done: Mapping[str, ScoreResult], given: Mapping[str, Decimal]) -> ScoreResult:
    if not asked.confirmed:
        return _not_computed(asked, "No score until a rule is confirmed.")
    if asked.kind is ScoreKind.NONE:
        return _not_computed(asked, "This form has no score.")
    if asked.kind in _ELSEWHERE and not asked.items:
        return _worked_out_elsewhere(filled, asked, given)
    if asked.kind is ScoreKind.GATED_COUNT and (behind := _behind_gate(filled, asked)) is not None:
        return behind
    if asked.kind is ScoreKind.PATTERN:
        return _pattern(filled, asked)
    return _reckoned(filled, asked, terms(filled, asked, done))


def _not_computed(asked: Score, reason: str, of: int | None = None) -> ScoreResult:
    return ScoreResult(
        asked.key, ScoreState.NOT_COMPUTED, None, 0, len(asked.items) if of is None else of, reason=reason
    )


def _worked_out_elsewhere(filled: Sheet, asked: Score, given: Mapping[str, Decimal]) -> ScoreResult:
    value = given.get(asked.key)
    if value is None:
        name = asked.algorithm or (asked.expression.language if asked.expression else "") or "another system"
        return _not_computed(asked, f"Not computed: it is worked out by {name}, which gave no figure.")
    if not asked.lowest <= value <= asked.highest:
        return _not_computed(asked, f"Not computed: {value} lies outside {asked.lowest} to {asked.highest}.")
    return ScoreResult(asked.key, ScoreState.SCORED, value, 0, 0, band=band_of(filled.instrument, asked, value))


def _behind_gate(filled: Sheet, asked: Score) -> ScoreResult | None:
    """Return zero for a count that never begins, not scored where nobody knows whether it begins, else None."""
    begins = filled.holds(asked.gate) if asked.gate else True
    of = len(asked.items)
    if begins is False:
        label = band_of(filled.instrument, asked, Decimal(0))
        return ScoreResult(asked.key, ScoreState.SCORED, Decimal(0), of, of, label, carried=Decimal(0))
    if begins is None and any(filled.is_settled(filled.slot(item.field)) for item in asked.items):
        return ScoreResult(
            asked.key, ScoreState.NOT_SCORED, None, 0, of, reason=Word("Not scored: the opening question is open.")
        )
    return None if begins else _not_computed(asked, "Not computed: the opening question is open.")


# --- patterns ---------------------------------------------------------------------------------------------


def _pattern(filled: Sheet, asked: Score) -> ScoreResult:
    """Score one when every cluster is met, zero when one is not; only a complete form says either."""
    values = {field: _field_value(filled, field) for cluster in asked.clusters for field in cluster.of}
    answered, of = sum(value is not None for value in values.values()), len(values)
    if not answered:
        return _not_computed(asked, "Not computed: none of its questions has an answer that counts.", of)
    met = every(_met(cluster, values) for cluster in asked.clusters)
    if answered < of:
        reason: Word = sentence("Not scored: {1} of {2} answered.", answered, of)
        if met:
            reason = sentence("{1} What is answered meets the pattern already.", reason)
        return ScoreResult(asked.key, ScoreState.NOT_SCORED, None, answered, of, reason=reason)
    value = Decimal(1) if met else Decimal(0)
    label = band_of(filled.instrument, asked, value)
    return ScoreResult(asked.key, ScoreState.SCORED, value, answered, of, band=label)


def _field_value(filled: Sheet, field: str) -> Decimal | None:
    option = filled.option(filled.slot(field))
    return option.value if option is not None else None


def _met(cluster: Cluster, values: Mapping[str, Decimal | None]) -> bool | None:
    known = [value for field in cluster.of if (value := values[field]) is not None]
    counting, open_ones = sum(value >= cluster.counts_from for value in known), len(cluster.of) - len(known)
    if counting >= cluster.at_least:
        return True
    return None if counting + open_ones >= cluster.at_least else False


# --- sums, counts and means -------------------------------------------------------------------------------


def _reckoned(filled: Sheet, asked: Score, found: Sequence[Term]) -> ScoreResult:
    answered = [term for term in found if term.value is not None]
    if not answered:
        return _not_computed(asked, "Not computed: none of its questions has an answer that counts.", len(found))
    if max(abs(term.counted) for term in answered) * len(found) * max(abs(asked.factor), Decimal(1)) >= TOO_LARGE:
        return _not_computed(asked, "Not computed: a weight in the form is too large to be one.", len(found))
    if len(answered) < len(found):
        return _incomplete(filled, asked, found, answered)
    value = _converted(asked, _total(asked, [term.counted for term in answered]))
    if value is None:
        return _not_computed(asked, "Not computed: the sum does not stand in the table.", len(found))
    state = ScoreState.PRORATED if any(term.made_up for term in answered) else ScoreState.SCORED
    label = band_of(filled.instrument, asked, value)
    carried = value if asked.kind in _CARRYING else None
    return ScoreResult(asked.key, state, value, len(answered), len(found), label, carried=carried, could_be=carried)


def _of_all(state: ScoreState, answered: int, of: int) -> Word:
    if state is ScoreState.PRORATED:
        return sentence("Prorated: {1} of {2} answered.", answered, of)
    return sentence("Not scored: {1} of {2} answered.", answered, of)


def _incomplete(filled: Sheet, asked: Score, found: Sequence[Term], answered: Sequence[Term]) -> ScoreResult:
    made_up = _made_up(asked, found, answered)
    value = None if made_up is None or abs(made_up * asked.factor) >= TOO_LARGE else _converted(asked, made_up)
    carried, could_be = _bounds(asked, found)
    state = ScoreState.NOT_SCORED if value is None else ScoreState.PRORATED
    return ScoreResult(
        asked.key,
        state,
        value,
        len(answered),
        len(found),
        band="" if value is None else band_of(filled.instrument, asked, value),
        reason=_of_all(state, len(answered), len(found)),
        carried=carried,
        could_be=could_be,
    )


def _total(asked: Score, values: Sequence[Decimal]) -> Decimal:
    if asked.kind is ScoreKind.MAX:
        return max(values)
    total = sum(values, Decimal(0))
    return total / len(values) if asked.kind is ScoreKind.MEAN else total


def _made_up(asked: Score, found: Sequence[Term], answered: Sequence[Term]) -> Decimal | None:
    """Return what the missing rule makes of an incomplete form; None where it makes nothing of it."""
    rule, missing = asked.missing.rule, [term for term in found if term.value is None]
    if rule is MissingRule.NONE or len(missing) > asked.missing.at_most or asked.kind in _COUNTED:
        return None
    known = [term.counted for term in answered]
    if asked.kind is ScoreKind.MEAN and rule is not MissingRule.WORST:
        return _total(asked, known)
    if rule is MissingRule.WORST:
        return _total(asked, [*known, *(_worst(asked, term) for term in missing)])
    if rule is MissingRule.PRORATE:
        return _total(asked, known) * len(found) / len(answered)
    average = sum((term.value for term in answered if term.value is not None), Decimal(0)) / len(answered)
    return _total(asked, [*known, *(average * term.weight for term in missing)])


def _worst(asked: Score, term: Term) -> Decimal:
    return term.highest if asked.direction is Direction.HIGHER_WORSE else term.lowest


def _converted(asked: Score, total: Decimal) -> Decimal | None:
    """Return the total in the metric of the score: multiplied, and looked up where there is a table."""
    value = _rounded(total * asked.factor)
    if asked.kind is not ScoreKind.LOOKUP:
        return value
    return dict(asked.table).get(value.quantize(Decimal(1), ROUND_HALF_UP))


def _rounded(value: Decimal) -> Decimal:
    return value if value == value.quantize(PLACES) else value.quantize(PLACES, ROUND_HALF_UP)


def _bounds(asked: Score, found: Sequence[Term]) -> tuple[Decimal | None, Decimal | None]:
    """Return what the given answers carry, and what it comes to at worst. An open question relieves nobody: where it
    could only lower the figure it counts as zero."""
    if asked.kind not in _CARRYING or asked.direction is not Direction.HIGHER_WORSE:
        return None, None
    zero = Decimal(0)
    carried = [term.counted if term.value is not None else max(term.lowest, min(zero, term.highest)) for term in found]
    could_be = [term.counted if term.value is not None else max(term.highest, zero) for term in found]
    return sum(carried, zero) * asked.factor, sum(could_be, zero) * asked.factor


def band_of(instrument: Instrument, asked: Score, value: Decimal) -> str:
    """Return the label of the band that the value lies in, empty where the score has none.

    Between two bands, where only a figure that was made up for missing answers can lie, the lower one holds: the
    next one's cut-off is not reached.
    """
    bands = sorted((band for band in instrument.bands if band.score == asked.key), key=lambda each: each.lowest)
    reached = [band for band in bands if band.lowest <= value <= asked.highest]
    return reached[-1].label if reached else ""
