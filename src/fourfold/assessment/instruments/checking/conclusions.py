"""Whether what a form concludes fits together: levels, routes, review, the notice and the licence record."""

from collections.abc import Iterator

from fourfold.assessment.instruments.checking.places import exists, field_scale
from fourfold.assessment.terms import (
    Finding,
    Instrument,
    LevelKind,
    LevelStep,
    LicenceStatus,
    Meaning,
    ScoreKind,
    Shipped,
)
from fourfold.cases.terms import Level

BANDED = (ScoreKind.COUNT, ScoreKind.GATED_COUNT, ScoreKind.WEIGHTED, ScoreKind.EXTERNAL)
"""Scores whose bands may give a level: of each it is known what an incomplete form carries already."""


def notice(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault where a form is silent about not being validated."""
    if not instrument.validated and "unvalidated" not in instrument.notice.lower():
        yield Finding("notice", "An unvalidated form must say so.", "Write “Unvalidated” and what that means.")


def level(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each level that cannot be reached, or is reached from nowhere."""
    rule = instrument.level
    if rule.kind is LevelKind.STEPS:
        yield from _reachable(instrument)
        for number, step in enumerate(rule.steps, start=1):
            yield from _step(instrument, f"level, step {number}", step)
    elif rule.steps:
        yield Finding("level", f"Kind {rule.kind} takes no steps.", "Write kind = “steps” or take them out.")
    if rule.kind is LevelKind.JUDGEMENT:
        yield from _judgement(instrument)
    if rule.kind is LevelKind.BANDS:
        yield from _bands(instrument)
    if rule.second_flag:
        yield from _countable(instrument, "level, second_flag", rule.second_flag)


def _reachable(instrument: Instrument) -> Iterator[Finding]:
    rule = instrument.level
    reached = {step.level for step in rule.steps}
    for each in Level:
        if each.rank > rule.base.rank and each not in reached:
            yield Finding("level", f"No step leads to {each.value}.", "Add one.")
    for step in rule.steps:
        if step.level.rank <= rule.base.rank:
            mend = "Steps lead upwards from the base only."
            yield Finding("level", f"A step leads to {step.level.value}, not above the base.", mend)


def _step(instrument: Instrument, where: str, step: LevelStep) -> Iterator[Finding]:
    if not 1 <= step.at_least <= len(step.of):
        yield Finding(where, f"At least {step.at_least} of {len(step.of)} cannot be.", "Correct at_least.")
    if len(set(step.of)) < len(step.of):
        yield Finding(where, "A question stands twice.", "List each once.")
    for field in step.of:
        yield from _countable(instrument, where, field)


def _countable(instrument: Instrument, where: str, field: str) -> Iterator[Finding]:
    scale = field_scale(instrument, field)
    meanings = {option.meaning for option in scale.options} if scale else set()
    if not {Meaning.AFFIRM, Meaning.DENY} <= meanings:
        mend = "Name a question that can be answered yes and no."
        yield Finding(where, f"“{field}” cannot be counted.", mend)


def _judgement(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault where an option of the judgement is no level of the house and is translated into none."""
    rule = instrument.level
    scale = field_scale(instrument, rule.judgement)
    settled = {option.code for option in scale.options if option.settles} if scale else set()
    known = set(dict(rule.as_house)) or {each.value for each in Level}
    if settled != known:
        mend = (
            f"Its settled options must be exactly: {', '.join(dict(rule.as_house) or [each.value for each in Level])}."
        )
        yield Finding("level, judgement", f"“{rule.judgement}” does not give a level.", mend)


def _bands(instrument: Instrument) -> Iterator[Finding]:
    rule = instrument.level
    yield from exists("level, score", rule.score, {score.key for score in instrument.scores})
    score = instrument.score(rule.score)
    if score is not None and score.kind not in BANDED:
        mend = f"Use a score of one of the kinds: {', '.join(BANDED)}."
        yield Finding("level, score", f"An incomplete “{score.kind}” carries no level.", mend)
    own = sorted((band for band in instrument.bands if band.score == rule.score), key=lambda each: each.lowest)
    ranks = [band.level.rank for band in own if band.level]
    if len(ranks) < len(own) or not own:
        yield Finding("level, score", "A band gives no level.", "Write level in each of its bands.")
    if ranks != sorted(ranks):
        yield Finding("level, score", "A higher score gives a lower level.", "Order the levels of the bands.")


def routes(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for each route that nobody can take."""
    for route in instrument.routes:
        where = f"route {route.key}"
        if not 1 <= route.at_least <= len(route.of):
            yield Finding(where, f"At least {route.at_least} of {len(route.of)} cannot be.", "Correct at_least.")
        for field in route.of:
            yield from _countable(instrument, where, field)


def review(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault for a form that speaks for no day, or half of what comes next."""
    rule = instrument.review
    if rule.valid_for_days < 1:
        yield Finding("review, valid_for_days", "It speaks for no day at all.", "Write 1 or more.")
    if bool(rule.follow_with) != (rule.from_level is not None):
        mend = "Write both follow_with and from_level, or neither."
        yield Finding("review", "Half of what comes next is missing.", mend)
    for one in rule.by_level:
        if one.hours < 1:
            yield Finding("review, interval", f"{one.hours} hours cannot be.", "Write 1 or more.")
    hours = [one.hours for one in sorted(rule.by_level, key=lambda each: -each.level.rank)]
    if hours != sorted(hours):
        yield Finding("review, interval", "A higher level waits longer.", "Give higher levels the shorter time.")


def rights(instrument: Instrument) -> Iterator[Finding]:
    """Yield a fault where a form holds words that are not ours, or does not say how to get them."""
    held = instrument.rights
    if held.status is LicenceStatus.OWN:
        if not held.text_shipped or instrument.shipped is not Shipped.WHOLE:
            yield Finding("rights", "What is our own is shipped whole.", "Write the owner's status.")
        return
    if held.text_shipped or instrument.shipped is Shipped.WHOLE:
        mend = "Take the wording out and write text_shipped = false."
        yield Finding("rights", "Wording of somebody else's does not stand in this repository.", mend)
    if not held.how_to_get.strip() or not held.evidence.strip():
        yield Finding("rights", "Nobody learns how to get the text.", "Write evidence and how_to_get.")
