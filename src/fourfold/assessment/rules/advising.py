"""What a form advises: a level that known answers carry, alerts, and what is still open."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fourfold.assessment.rules.conditions import decimal
from fourfold.assessment.rules.scoring import NOTHING_GIVEN, scored
from fourfold.assessment.rules.sheets import NO_FACTS, Sheet, sheet
from fourfold.assessment.terms import (
    Advice,
    AdviceState,
    Answer,
    Instrument,
    Item,
    LevelKind,
    LevelRule,
    LevelStep,
    Route,
    RouteTaken,
    ScoreResult,
    ScoreState,
    Slot,
)
from fourfold.cases.terms import Level
from fourfold.words import sentence


class _Alarm(StrEnum):
    """Where a critical question stands. *Open* is not *quiet*."""

    RINGS = "rings"
    OPEN = "open"
    QUIET = "quiet"


def advice(
    instrument: Instrument,
    answers: Iterable[Answer],
    *,
    facts: Mapping[str, str] = NO_FACTS,
    given: Mapping[str, Decimal] = NOTHING_GIVEN,
) -> Advice:
    """Return what the known answers suggest; it never takes an open answer for a no.

    With every counted question settled the state is *computed*. With any of them open it is *incomplete*: the
    level is then the floor that the yes-answers already carry, and None when they carry none, because open
    questions forbid the word *low*. An empty form, and a form without a counted level, is *not computed*.
    Alerts are given in every state, and so are the routes that the answers open. `given` holds figures that are
    worked out elsewhere. Raises AnswerRefused for answers that do not fit.
    """
    filled = sheet(instrument, answers, facts)
    kind = instrument.level.kind
    if kind not in (LevelKind.STEPS, LevelKind.BANDS):
        return _uncounted(filled, "This form does not compute a level. The professional's judgement is the level.")
    if not given and not any(filled.options(answer.slot) for answer in filled.answers.values()):
        return _uncounted(filled, "Not computed: no question has been answered.")
    return _counted(filled) if kind is LevelKind.STEPS else _banded(filled, given)


def _uncounted(filled: Sheet, reason: str) -> Advice:
    return _advice(filled, AdviceState.NOT_COMPUTED, reasons=(reason,))


def _advice(filled: Sheet, state: AdviceState, **concluded: Any) -> Advice:
    """Return an advice with what stands in every one: alerts, routes, the second flag, and what is open."""
    items = [item for item in filled.instrument.items if item.critical]
    ringing = [item.critical.act for item in items if item.critical and _alarm(filled, item) is _Alarm.RINGS]
    return Advice(
        state,
        critical=(*ringing, *_alerting_options(filled)),
        by_hand=tuple(item.key for item in items if _alarm(filled, item) is _Alarm.OPEN),
        missing=tuple(slot.field for slot in _counted_slots(filled) if filled.is_open(slot)),
        routes=tuple(_route(filled, route) for route in filled.instrument.routes),
        second_flag=_second_flag(filled),
        **concluded,
    )


def _counted(filled: Sheet) -> Advice:
    rule, slots = filled.instrument.level, _counted_slots(filled)
    yes = frozenset(slot.field for slot in slots if filled.is_yes(slot))
    missing = tuple(slot.field for slot in slots if filled.is_open(slot))
    carried, possible = _reached(rule, yes), _reached(rule, yes | frozenset(missing))
    return _advice(
        filled,
        AdviceState.INCOMPLETE if missing else AdviceState.COMPUTED,
        level=carried if missing else carried or rule.base,
        could_be=possible or rule.base,
        reasons=_reasons(filled, carried, yes, missing),
    )


def _banded(filled: Sheet, given: Mapping[str, Decimal]) -> Advice:
    """Return the level of the band that a score lies in; of an incomplete one, of the band that is reached already."""
    rule = filled.instrument.level
    result = next(each for each in scored(filled, given) if each.key == rule.score)
    if result.state is ScoreState.NOT_COMPUTED:
        return _uncounted(filled, result.reason)
    whole = result.state is ScoreState.SCORED
    level = _band_level(filled, result.value if whole else result.carried)
    return _advice(
        filled,
        AdviceState.COMPUTED if whole else AdviceState.INCOMPLETE,
        level=level if whole or (level is not None and level.rank > rule.base.rank) else None,
        could_be=level if whole else _band_level(filled, result.could_be),
        reasons=(_band_reason(filled, result),),
    )


def _band_level(filled: Sheet, value: Decimal | None) -> Level | None:
    if value is None:
        return None
    bands = (band for band in filled.instrument.bands if band.score == filled.instrument.level.score)
    reached = [band for band in sorted(bands, key=lambda each: each.lowest) if band.lowest <= value]
    return reached[-1].level if reached else None


def _band_reason(filled: Sheet, result: ScoreResult) -> str:
    asked = filled.instrument.score(result.key)
    title = asked.title if asked else result.key
    doubt = "" if result.verified else " Its scoring has not been checked against its source."
    if result.state is ScoreState.SCORED:
        return f"{title}: {result.value}, {result.band}.{doubt}"
    return sentence(
        "{1}: {2} of {3} answered, so the level may be higher.{4}", title, result.answered, result.of, doubt
    )


def _route(filled: Sheet, route: Route) -> RouteTaken:
    slots = [filled.slot(field) for field in route.of]
    yes = sum(filled.is_yes(slot) for slot in slots)
    possible = yes + sum(filled.is_open(slot) for slot in slots)
    taken = True if yes >= route.at_least else None if possible >= route.at_least else False
    return RouteTaken(route.key, route.words, taken, yes)


def _second_flag(filled: Sheet) -> bool | None:
    field = filled.instrument.level.second_flag
    if not field:
        return None
    slot = filled.slot(field)
    return True if filled.is_yes(slot) else None if filled.is_open(slot) else False


def _counted_slots(filled: Sheet) -> tuple[Slot, ...]:
    rule = filled.instrument.level
    asked = filled.instrument.score(rule.score)
    fields = rule.fields if asked is None else tuple(item.field for item in asked.items if item.field)
    return tuple(filled.slot(field) for field in fields)


def _steps_taken(rule: LevelRule, yes: frozenset[str]) -> list[LevelStep]:
    return [step for step in rule.steps if len(yes.intersection(step.of)) >= step.at_least]


def _reached(rule: LevelRule, yes: frozenset[str]) -> Level | None:
    return max((step.level for step in _steps_taken(rule, yes)), key=lambda level: level.rank, default=None)


def _reasons(filled: Sheet, carried: Level | None, yes: frozenset[str], missing: tuple[str, ...]) -> tuple[str, ...]:
    """Return the steps that gave the level, each with the answers behind it, and then what is open."""
    steps = [step for step in _steps_taken(filled.instrument.level, yes) if step.level is carried]
    reasons = [f"{step.words} Yes to: {_titles(filled, yes.intersection(step.of))}." for step in steps]
    if not steps and not missing:
        reasons.append("All questions are answered and no level was reached.")
    if missing:
        reasons.append(f"Open, so the level may be higher: {_titles(filled, frozenset(missing))}.")
    return tuple(reasons)


def _titles(filled: Sheet, fields: frozenset[str]) -> str:
    """Return titles in the order of the form, so that the same answers always read the same."""
    keys = {filled.slot(field).item for field in fields}
    return ", ".join(item.title for item in filled.instrument.items if item.key in keys)


def ringing(instrument: Instrument, answers: Iterable[Answer]) -> tuple[str, ...]:
    """Return the keys of the critical questions that alert, in the order of the form."""
    filled = sheet(instrument, answers)
    return tuple(item.key for item in instrument.items if item.critical and _alarm(filled, item) is _Alarm.RINGS)


def _alerting_options(filled: Sheet) -> list[str]:
    """Return options that alert on whatever question they are chosen (*it is not safe to answer*)."""
    return [
        f"{filled.instrument.item(slot.item).title}: {option.label}."
        for slot in filled.instrument.slots()
        for option in filled.options(slot)
        if option.alerts
    ]


def _alarm(filled: Sheet, item: Item) -> _Alarm:
    """Return where a critical question stands, over all its ratings and repeats: one that rings is enough."""
    slots = list(filled.instrument.slots_of(item))
    if any(_rings(filled, item, slot) for slot in slots):
        return _Alarm.RINGS
    return _Alarm.OPEN if any(filled.is_open(slot) for slot in slots) else _Alarm.QUIET


def _rings(filled: Sheet, item: Item, slot: Slot) -> bool:
    critical, answer = item.critical, filled.answers.get(slot.field)
    if critical is None or answer is None:
        return False
    if any(option.code in critical.when for option in filled.options(slot)):
        return True
    number = decimal(answer.text) if answer.text else None
    return critical.at_least is not None and number is not None and number >= critical.at_least


def judged_level(instrument: Instrument, answers: Iterable[Answer]) -> Level | None:
    """Return the level that the professional chose on the form; None while it is open."""
    if instrument.level.kind is not LevelKind.JUDGEMENT:
        return None
    option = sheet(instrument, answers).option(Slot(instrument.level.judgement))
    return instrument.level.house(option.code) if option is not None and option.settles else None


def next_instrument(instrument: Instrument, level: Level) -> str | None:
    """Return the key of the form that this level calls for, or None.

    Medium concern and above after a first-line tool calls for a structured professional judgement.
    """
    review = instrument.review
    if review.from_level is None or level.rank < review.from_level.rank:
        return None
    return review.follow_with
