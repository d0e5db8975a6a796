"""Whether what a form computes fits together: terms, ranges, bands, norms, and the hand-checked cases (S1 to S13)."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from fourfold.assessment.instruments.checking.places import exists, field_scale, once
from fourfold.assessment.rules import advising, scoring
from fourfold.assessment.rules.score_terms import value_range
from fourfold.assessment.terms import (
    NUMBERS,
    AssessmentError,
    Band,
    CircularScores,
    Expected,
    Finding,
    Instrument,
    InstrumentKind,
    MissingRule,
    Norm,
    NormKind,
    Operator,
    Score,
    ScoreItem,
    ScoreKind,
    ScoreResult,
    Shipped,
    Vector,
    VectorCase,
    clauses_of,
)

ELSEWHERE = (ScoreKind.ALGORITHM, ScoreKind.EXTERNAL)
COUNTED = (ScoreKind.COUNT, ScoreKind.GATED_COUNT)


def scores(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each score that adds up what cannot be added up, or not what it says."""
    if instrument.kind is InstrumentKind.SPJ and (instrument.scores or instrument.level.steps):
        mend = "Take scores and level steps out of it."
        yield Finding("score", "A structured professional judgement has no totals.", mend)
    faults = [fault for score in instrument.scores for fault in _parts(instrument, score)]
    yield from faults or (
        *circle(instrument),
        *(fault for each in instrument.scores for fault in spread(instrument, each)),
    )


def _parts(instrument: Instrument, score: Score) -> Iterator[Finding]:
    if not score.items and score.kind not in (*ELSEWHERE, ScoreKind.NONE, ScoreKind.PATTERN):
        yield Finding(f"score {score.key}", "It adds up nothing.", "List its items.")
    for name, times in Counter(item.field or f"score {item.score}" for item in score.items).items():
        if times > 1:
            yield Finding(f"score {score.key}, items", f"“{name}” stands {times} times.", "List it once.")
    for item in score.items:
        yield from _term(instrument, score, item)
    for name, condition in (
        ("gate", score.gate),
        *((f"exclusion {n}", each.when) for n, each in enumerate(score.exclusions)),
    ):
        for clause in clauses_of(condition):
            if clause.fact is None and once(instrument, clause.field) is None:
                yield Finding(f"score {score.key}, {name}", f"“{clause.field}” is asked nowhere.", "Name a question.")
    for exclusion in score.exclusions:
        for field in exclusion.fields:
            yield from exists(f"score {score.key}, exclusion", field, {item.field for item in score.items})
    yield from _clusters(instrument, score)
    yield from _missing(score)


def _term(instrument: Instrument, score: Score, item: ScoreItem) -> Iterator[Finding]:
    where = f"score {score.key}, items"
    if item.score:
        yield from exists(where, item.score, {each.key for each in instrument.scores})
        return
    slot = once(instrument, item.field)
    scale = instrument.scale_of(slot) if slot else None
    asked = instrument.item(slot.item) if slot else None
    is_number = asked is not None and asked.kind in NUMBERS and bool(asked.lowest and asked.highest)
    countable = scale is not None and (score.kind in COUNTED or bool(scale.values))
    if not (is_number or countable):
        mend = "Name a question whose options have values."
        yield Finding(where, f"“{item.field}” cannot be added up.", mend)
    if asked is not None and any(
        clause.operator is Operator.EXISTS for told in (asked.applies, asked.enable) for clause in clauses_of(told)
    ):
        mend = "Let it hang on what was answered."
        yield Finding(where, f"“{item.field}” hangs on whether something was answered at all.", mend)


def _clusters(instrument: Instrument, score: Score) -> Iterator[Finding]:
    if (score.kind is ScoreKind.PATTERN) != bool(score.clusters):
        yield Finding(
            f"score {score.key}, cluster", "Only a pattern has clusters.", "Write its kind, or take them out."
        )
    for cluster in score.clusters:
        where = f"score {score.key}, cluster {cluster.key}"
        if not 1 <= cluster.at_least <= len(cluster.of):
            yield Finding(where, f"At least {cluster.at_least} of {len(cluster.of)} cannot be.", "Correct at_least.")
        for field in cluster.of:
            scale = field_scale(instrument, field)
            if scale is None or not scale.values:
                mend = "Name a question whose options have values."
                yield Finding(where, f"“{field}” cannot be counted.", mend)


def _missing(score: Score) -> Iterator[Finding]:
    if (score.missing.rule is MissingRule.NONE) != (score.missing.at_most == 0):
        mend = "Write a rule and how many may be missing, or neither."
        yield Finding(f"score {score.key}, missing", "Half of the rule is there.", mend)
    if score.missing.at_most and score.missing.at_most >= len(score.items):
        yield Finding(f"score {score.key}, missing", "All of it may be missing.", "Lower at_most.")


def circle(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault where scores wait for each other (S8)."""
    try:
        scoring.score(instrument, ())
    except CircularScores as found:
        mend = "Let one of them stand by itself."
        yield Finding(f"score {found.field}", f"These wait for each other: {', '.join(found.keys)}.", mend)


def spread(instrument: Instrument, score: Score) -> Iterator[Finding]:
    """Yield a fault where the terms cannot give the range that is declared (S3)."""
    if score.kind is ScoreKind.NONE or (score.kind in ELSEWHERE and not score.items):
        return
    if score.kind is ScoreKind.LOOKUP:
        yield from _table(instrument, score)
        return
    lowest, highest = implied_range(instrument, score)
    if (lowest, highest) != (score.lowest, score.highest):
        problem = f"Its items give {lowest} to {highest}, not {score.lowest} to {score.highest}."
        yield Finding(f"score {score.key}", problem, "Correct lowest and highest, or the list of items.")


def implied_range(instrument: Instrument, score: Score) -> tuple[Decimal, Decimal]:
    """Return the smallest and largest figure that the listed terms can give."""
    if score.kind is ScoreKind.PATTERN:
        return Decimal(0), Decimal(1)
    pairs = [sorted(end * item.weight for end in value_range(instrument, score, item)) for item in score.items]
    lows, highs = [low for low, _ in pairs], [high for _, high in pairs]
    if score.kind is ScoreKind.MAX:
        return max(lows) * score.factor, max(highs) * score.factor
    share = len(pairs) if score.kind is ScoreKind.MEAN else 1
    low, high = sorted(sum(each, Decimal(0)) * score.factor / share for each in (lows, highs))
    return (min(low, Decimal(0)) if score.kind is ScoreKind.GATED_COUNT else low), high


def _table(instrument: Instrument, score: Score) -> Iterator[Finding]:
    lowest, highest = implied_range(instrument, score)
    raw = [each for each, _ in score.table]
    if raw != [lowest + step for step in range(int(highest - lowest) + 1)]:
        problem = f"It does not hold each whole number from {lowest} to {highest} once, in order."
        yield Finding(f"score {score.key}, table", problem, "Write one pair for each raw sum.")
    elif {min(turned for _, turned in score.table), max(turned for _, turned in score.table)} != {
        score.lowest,
        score.highest,
    }:
        yield Finding(f"score {score.key}, table", "It ends elsewhere than the score.", "Correct lowest and highest.")


# --- bands and norms --------------------------------------------------------------------------------------


def bands(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault where bands overlap, leave a gap, or belong to no score."""
    known = {score.key: score for score in instrument.scores}
    for band in instrument.bands:
        yield from exists(f"band {band.label}, score", band.score, known)
        if band.highest < band.lowest:
            yield Finding(f"band {band.label}", "It ends before it begins.", "Exchange lowest and highest.")
    for key, score in known.items():
        own = sorted((band for band in instrument.bands if band.score == key), key=lambda each: each.lowest)
        if own:
            yield from _cover_table(score, own) if score.kind is ScoreKind.LOOKUP else _cover(score, own)


def _cover_table(score: Score, own: list[Band]) -> Iterator[Finding]:
    """Yield a fault for each figure of the table that does not lie in exactly one band."""
    for _, turned in score.table:
        if sum(band.holds(turned) for band in own) != 1:
            problem = f"{turned} does not lie in exactly one band."
            yield Finding(f"score {score.key}, bands", problem, "Let the bands meet around it.")


def _cover(score: Score, own: list[Band]) -> Iterator[Finding]:
    """Yield a fault where bands do not lie end to end over whole numbers, from the lowest score to the highest."""
    if any(item.weight % 1 for item in score.items):
        yield Finding(f"score {score.key}", "Bands need whole numbers.", "Use whole weights or no bands.")
    expected = score.lowest
    for band in own:
        if band.lowest != expected:
            problem = "It overlaps the one before." if band.lowest < expected else "There is a gap before it."
            yield Finding(f"band {band.label}", problem, f"Let it begin at {expected}.")
        expected = band.highest + 1
    if expected != score.highest + 1:
        yield Finding(f"score {score.key}", "The bands miss its end.", f"Let the last end at {score.highest}.")


def norms(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each norm that says nothing, or whose source is not named."""
    for norm in instrument.norms:
        where = f"norm {norm.key}"
        yield from exists(f"{where}, score", norm.score, {score.key for score in instrument.scores})
        if not norm.citation.strip() or not norm.population.strip():
            yield Finding(where, "Nobody can look it up.", "Name the source and the people it was found in.")
        if norm.value is None and not _computable(norm):
            mend = "Write value; or for a reliable change sd, r, r_type and z."
            yield Finding(where, "It gives no figure and nothing to compute one from.", mend)


def _computable(norm: Norm) -> bool:
    spread_known = norm.sd is not None and (norm.mean is not None or (norm.r is not None and bool(norm.r_type)))
    return norm.kind in (NormKind.RCI, NormKind.CSC) and spread_known


# --- hand-checked cases -----------------------------------------------------------------------------------


def vectors(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each hand-checked case that is lacking or that comes out differently (S13)."""
    if instrument.shipped is not Shipped.WHOLE and instrument.scores:
        yield from _lacking(instrument)
    for vector in instrument.vectors:
        yield from run(instrument, vector)


def _lacking(instrument: Instrument) -> Iterator[Finding]:
    wanted = {VectorCase.ALL_MINIMUM, VectorCase.ALL_MAXIMUM, VectorCase.MIXED, VectorCase.INCOMPLETE}
    if any(item.critical for item in instrument.items):
        wanted.add(VectorCase.CRITICAL_ALONE)
    for case in sorted(wanted - {vector.case for vector in instrument.vectors}):
        yield Finding("vector", f"There is no hand-checked case “{case}”.", "Work one out and write it down.")


def run(instrument: Instrument, vector: Vector) -> Iterator[Finding]:
    """Score one hand-checked case and yield whatever comes out differently."""
    where = f"vector {vector.name}"
    try:
        results = {each.key: each for each in scoring.score(instrument, vector.answers)}
        alerts = advising.ringing(instrument, vector.answers)
    except AssessmentError as refused:
        yield Finding(where, str(refused), "Correct the answers of the case.")
        return
    for expected in vector.expects:
        result = results.get(expected.score)
        came = _came(result, expected) if result else None
        if came != expected:
            yield Finding(
                where, f"{expected.score} comes to {_told(came)}, not {_told(expected)}.", "One of them is wrong."
            )
    if alerts != vector.critical:
        problem = f"The alerts are {', '.join(alerts) or 'none'}, not {', '.join(vector.critical) or 'none'}."
        yield Finding(where, problem, "Correct the case or the alerts.")


def _came(result: ScoreResult, expected: Expected) -> Expected:
    """Return the result in the words of what was expected; a band is compared only where one is named."""
    return Expected(result.key, result.state, result.value, result.band if expected.band else "")


def _told(expected: Expected | None) -> str:
    if expected is None:
        return "nothing"
    return f"{expected.state} {'' if expected.value is None else expected.value} {expected.band}".strip()
