"""How the invented victims were reached, how they were, and whether their answers may be learned from. Pure, from chronicles."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fourfold.access.terms import RelationKind
from fourfold.cases.terms import Level, State
from fourfold.demo import wordings
from fourfold.demo.casework import _at_hour
from fourfold.demo.histories import Chronicle, Teller, levels_of, states_of
from fourfold.people.terms import Channel
from fourfold.support.terms import ConsentMatter, ConsentState, ContactOutcome, PastCheckIn, PastConsent, PastContact

# ---- support -------------------------------------------------------------------------------------------------------


def contacts(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastContact]:
    """Yield the advocates' contacts: reached, not reached, stopped by the rule.

    Every few days while the level is high and for a month after each act; otherwise denser at the beginning, and
    ending after some months.
    """
    for chronicle in told:
        if RelationKind.ADVOCATE in chronicle.team:
            yield from (_contact(teller.dice, chronicle.id, moment) for moment in _contact_days(teller, chronicle))


def _contact_days(teller: Teller, chronicle: Chronicle) -> Iterator[datetime]:
    dice, stretches = teller.dice, _grave_stretches(teller, chronicle)
    months = timedelta(days=200 if chronicle.managed_at is not None else 20)
    moment = chronicle.opened_at + timedelta(days=dice.uniform(0.5, 2.0))
    while moment < teller.anchor:
        grave = any(since <= moment < until for since, until in stretches)
        if grave or moment < chronicle.opened_at + months:
            yield moment
        sparse = dice.uniform(4, 12) * (1 + (moment - chronicle.opened_at).days / 40)
        following = moment + timedelta(days=dice.uniform(2, 6) if grave else sparse)
        turns = [since + timedelta(hours=dice.randint(2, 30)) for since, _ in stretches if moment < since < following]
        moment = min([following, *turns])


def _grave_stretches(teller: Teller, chronicle: Chronicle) -> list[tuple[datetime, datetime]]:
    """Return from when until when the level was high or very high, or an act was fresh, while the case was not closed."""
    levels, state = levels_of(teller, chronicle), states_of(teller, chronicle)[-1]
    end = state.entered_at if state.state is State.CLOSED else teller.anchor
    ends = [*(each.set_at for each in levels[1:]), end]
    high = [
        (each.set_at, until)
        for each, until in zip(levels, ends, strict=True)
        if each.level in (Level.HIGH, Level.VERY_HIGH)
    ]
    told = [act.received_at for act in chronicle.acts if act.received_at > chronicle.opened_at]
    return [*high, *((moment, moment + timedelta(days=30)) for moment in told)]


def _contact(dice: random.Random, case: UUID, moment: datetime) -> PastContact:
    outcomes = (
        ContactOutcome.REACHED,
        ContactOutcome.NOT_REACHED,
        ContactOutcome.STOPPED,
        ContactOutcome.NOT_SAFE_TO_SPEAK,
    )
    outcome = dice.choices(outcomes, weights=(66, 22, 7, 5))[0]
    return PastContact(
        case=case,
        channel=dice.choice((Channel.TEXT, Channel.CALL, Channel.CALL)),
        attempted_at=_at_hour(moment, dice.choice((10, 11, 12, 13))),
        outcome=outcome,
        why_stopped=wordings.STOPPED if outcome is ContactOutcome.STOPPED else "",
        incoming=outcome is ContactOutcome.REACHED and dice.random() < 0.15,
        minutes=dice.randint(5, 45) if outcome is ContactOutcome.REACHED else None,
        source="invented",
    )


def check_ins(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastCheckIn]:
    """Yield how the victims are at 0, 1, 3, 6 and 12 months: better with time, with noise, some questions left out."""
    for chronicle in told:
        if RelationKind.ADVOCATE not in chronicle.team:
            continue
        bent = teller.dice.gauss(0.0, 0.6)
        gain = 1.5 if chronicle.managed_at is not None else 0.7
        for month in (0, 1, 3, 6, 12):
            answered_at = chronicle.opened_at + timedelta(days=2 + 30 * month)
            if answered_at > teller.anchor:
                break
            well = 1.3 - 0.2 * chronicle.course.level + bent + gain * (1 - 0.75**month)
            yield PastCheckIn(chronicle.id, _at_hour(answered_at, 13), _check_in(teller.dice, well), source="invented")


def consents(told: Sequence[Chronicle]) -> Iterator[PastConsent]:
    """Yield what victims said when asked whether their answers may help to learn: four in five agree."""
    for chronicle in told:
        dice = random.Random(str(chronicle.id))  # noqa: S311 -- invented, and apart from every other chance
        state = ConsentState.GIVEN if dice.random() < 0.8 else ConsentState.REFUSED
        yield PastConsent(chronicle.id, ConsentMatter.EVALUATION, state, chronicle.opened_at, source="invented")


def _check_in(dice: random.Random, well: float) -> dict[str, str]:
    """Return answers around how well somebody is, 0 to 4; fear is asked the other way round."""
    answers = {}
    for item in wordings.CHECK_IN_ITEMS:
        value = min(max(round(dice.gauss(well, 0.8)), 0), 4)
        chosen = wordings.CHECK_IN_CODES[4 - value if item == "contact_fear" else value]
        if dice.random() > 0.03:
            answers[item] = chosen
    return answers
