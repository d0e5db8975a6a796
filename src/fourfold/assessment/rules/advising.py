"""What a form advises: a level that known answers carry, alerts, and what is still open."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from fourfold.assessment.rules.answering import Sheet, sheet
from fourfold.assessment.terms import (
    Advice,
    AdviceState,
    Answer,
    Instrument,
    Item,
    LevelKind,
    LevelRule,
    LevelStep,
    Slot,
)
from fourfold.cases.terms import Level


class _Alarm(StrEnum):
    """Where a critical question stands. *Open* is not *quiet*."""

    RINGS = "rings"
    OPEN = "open"
    QUIET = "quiet"


def advice(instrument: Instrument, answers: Iterable[Answer]) -> Advice:
    """This function will return what the known answers suggest; it never takes an open answer for a no.

    With every counted question settled the state is *computed*. With any of them open it is *incomplete*: the
    level is then the floor that the yes-answers already carry, and None when they carry none, because open
    questions forbid the word *low*. An empty form, and a form without a counted level, is *not computed*.
    Alerts are given in every state. Raises AnswerRefused for answers that do not fit.
    """
    filled = sheet(instrument, answers)
    if instrument.level.kind is not LevelKind.STEPS:
        return _uncounted(filled, "This form computes no level: the professional's judgement is the level.")
    if not any(answer.option for answer in filled.answers.values()):
        return _uncounted(filled, "Not computed: no question has been answered.")
    return _counted(filled)


def _uncounted(filled: Sheet, reason: str) -> Advice:
    return Advice(
        AdviceState.NOT_COMPUTED,
        reasons=(reason,),
        critical=_alerts(filled),
        by_hand=_by_hand(filled),
        missing=tuple(slot.field for slot in _counted_slots(filled) if filled.is_open(slot)),
    )


def _counted(filled: Sheet) -> Advice:
    rule, slots = filled.instrument.level, _counted_slots(filled)
    yes = frozenset(slot.field for slot in slots if filled.is_yes(slot))
    missing = tuple(slot.field for slot in slots if filled.is_open(slot))
    carried, possible = _reached(rule, yes), _reached(rule, yes | frozenset(missing))
    return Advice(
        AdviceState.INCOMPLETE if missing else AdviceState.COMPUTED,
        level=carried if missing else carried or rule.base,
        could_be=possible or rule.base,
        reasons=_reasons(filled, carried, yes, missing),
        critical=_alerts(filled),
        by_hand=_by_hand(filled),
        missing=missing,
    )


def _counted_slots(filled: Sheet) -> tuple[Slot, ...]:
    return tuple(filled.slot(field) for field in filled.instrument.level.fields)


def _steps_taken(rule: LevelRule, yes: frozenset[str]) -> list[LevelStep]:
    return [step for step in rule.steps if len(yes.intersection(step.of)) >= step.at_least]


def _reached(rule: LevelRule, yes: frozenset[str]) -> Level | None:
    return max((step.level for step in _steps_taken(rule, yes)), key=_rank, default=None)


def _rank(level: Level) -> int:
    return level.rank


def _reasons(filled: Sheet, carried: Level | None, yes: frozenset[str], missing: tuple[str, ...]) -> tuple[str, ...]:
    """The steps that gave the level, each with the answers behind it, and then what is open."""
    steps = [step for step in _steps_taken(filled.instrument.level, yes) if step.level is carried]
    reasons = [f"{step.words} Yes to: {_titles(filled, yes.intersection(step.of))}." for step in steps]
    if not steps and not missing:
        reasons.append("Every question is settled and no step was reached.")
    if missing:
        reasons.append(f"Open, so the level may be higher: {_titles(filled, frozenset(missing))}.")
    return tuple(reasons)


def _titles(filled: Sheet, fields: frozenset[str]) -> str:
    """Titles in the order of the form, so that the same answers always read the same."""
    keys = {filled.slot(field).item for field in fields}
    return ", ".join(item.title for item in filled.instrument.items if item.key in keys)


def _alerts(filled: Sheet) -> tuple[str, ...]:
    ringing = [item.critical.act for item in _critical(filled, _Alarm.RINGS) if item.critical]
    return (*ringing, *_alerting_options(filled))


def _alerting_options(filled: Sheet) -> list[str]:
    """Options that alert on whatever question they are chosen (*it is not safe to answer*)."""
    chosen = ((slot, filled.option(slot)) for slot in filled.instrument.slots())
    return [
        f"{filled.instrument.item(slot.item).title}: {option.label}."
        for slot, option in chosen
        if option is not None and option.alerts
    ]


def _by_hand(filled: Sheet) -> tuple[str, ...]:
    return tuple(item.key for item in _critical(filled, _Alarm.OPEN))


def _critical(filled: Sheet, state: _Alarm) -> list[Item]:
    return [item for item in filled.instrument.items if item.critical and _alarm(filled, item) is state]


def _alarm(filled: Sheet, item: Item) -> _Alarm:
    option = filled.option(Slot(item.key))
    if option is not None and item.critical is not None and option.code in item.critical.when:
        return _Alarm.RINGS
    return _Alarm.OPEN if filled.is_open(Slot(item.key)) else _Alarm.QUIET


def judged_level(instrument: Instrument, answers: Iterable[Answer]) -> Level | None:
    """This function will return the level that the professional chose on the form; None while it is open."""
    if instrument.level.kind is not LevelKind.JUDGEMENT:
        return None
    option = sheet(instrument, answers).option(Slot(instrument.level.judgement))
    return Level(option.code) if option is not None and option.settles else None


def next_instrument(instrument: Instrument, level: Level) -> str | None:
    """This function will return the key of the form that this level calls for, or None.

    Medium concern and above after a first-line tool calls for a structured professional judgement.
    """
    review = instrument.review
    if review.from_level is None or level.rank < review.from_level.rank:
        return None
    return review.follow_with
