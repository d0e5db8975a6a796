"""Do crimes of other classes look like stalking together? Every reason in words, with its points; the sum orders a list.

The points are our own and order a reading list, no more: they are no probability, and nobody's class is changed by
them. Whoever reads the list asks the force, or says why the class stands.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from fourfold.cases.rules.classes import COURSE_RULE, DEFINITION, FORMER_PARTNER_RULE
from fourfold.cases.rules.course import methods_changed, occasions, shortening
from fourfold.cases.rules.quarrels import why_quarrel
from fourfold.cases.terms import LookedAt, Why, days_apart
from fourfold.intake.terms import DESK_CLASSES, Behaviour, DangerSign, RecordingClass
from fourfold.words import words

LISTED_FROM = 6
"""From how many points reports are on the first list; below it, with reasons for and against, on the second."""

FEWEST_AFTER_STALKING = 3
"""Once an act was recorded as stalking, so many later ones under other classes bring the course on the list again."""

CLOSE = timedelta(days=30)
LASTING = timedelta(days=90)
#: Points for the number of acts: from 2, 3, 5, 8, 13, 25 and 60 acts on.
STEPS = (2, 3, 5, 8, 13, 25, 60)

SEVEN = (
    Behaviour.FOLLOWS,
    Behaviour.CONTACTS,
    Behaviour.PUBLISHES,
    Behaviour.MONITORS,
    Behaviour.LOITERS,
    Behaviour.INTERFERES,
    Behaviour.WATCHES,
)
"""The seven examples of section 2A(3) of the Protection from Harassment Act 1997, in its order."""

_NEAR = frozenset({Behaviour.FOLLOWS, Behaviour.MONITORS, Behaviour.LOITERS, Behaviour.WATCHES})
_SAYS = words({behaviour: str(behaviour).replace("_", " ") for behaviour in Behaviour})


def examples_shown(kinds: Sequence[str]) -> tuple[Behaviour, ...]:
    """Return which of the Act's seven examples are among the kinds, in the order of the Act."""
    return tuple(behaviour for behaviour in SEVEN if behaviour in set(kinds))


def why_stalking(looked_at: Sequence[LookedAt], *, third_parties: int = 0, answered: int = 0) -> tuple[Why, ...]:
    """Return why reports of one victim look like stalking, the heaviest reason first; none where they do not.

    None where fewer than two occasions are known, where the newest acts are recorded as stalking already, or where
    nothing but their number speaks for it: two thefts by nobody known are two thefts. What speaks against it comes last,
    with points below nought; `points_of` says what they come to.
    """
    told = _not_yet_stalking(sorted(looked_at, key=lambda each: each.act.at))
    if occasions(each.act.at for each in told) < 2 or not _has_a_sign(told):
        return ()
    found = [*_of_number(told), *_of_people(told, third_parties), *_of_behaviour(told), *_of_rhythm(told)]
    reasons = sorted(found, key=lambda why: (-why.points, why.says))
    if sum(why.points for why in reasons) < LISTED_FROM:
        return ()
    against = sorted(why_quarrel(told, answered=answered), key=lambda why: (why.points, why.says))
    return (*reasons, *_held_by_danger(told, reasons, against), *against)


def _held_by_danger(told: Sequence[LookedAt], reasons: Sequence[Why], against: Sequence[Why]) -> Iterator[Why]:
    """Yield what keeps a course on the first list where its words tell of danger and one sign of a quarrel is all against it.

    A child is no such danger: children are in the words of quarrels as often.
    """
    short = LISTED_FROM - sum(why.points for why in (*reasons, *against))
    if len(against) == 1 and short > 0 and any(set(each.dangers) - {DangerSign.CHILD} for each in told):
        yield Why("the words tell of danger, which one sign of a quarrel does not outweigh", short)


def points_of(reasons: Sequence[Why]) -> int:
    """Return what reasons come to: 0 where there are none, and never less than 1 where there are, so that nothing is lost."""
    return max(1, sum(why.points for why in reasons)) if reasons else 0


def _not_yet_stalking(told: list[LookedAt]) -> list[LookedAt]:
    """Return the acts that nobody recorded as stalking; those before one that was are known for what they are."""
    last = max((place for place, each in enumerate(told) if _is_stalking(each)), default=None)
    if last is None:
        return told
    later = told[last + 1 :]
    return later if len(later) >= FEWEST_AFTER_STALKING else []


def _is_stalking(each: LookedAt) -> bool:
    return each.act.recorded_class == RecordingClass.STALKING or RecordingClass.STALKING in each.included


def _has_a_sign(told: Sequence[LookedAt]) -> bool:
    return any(
        each.act.recorded_class in DESK_CLASSES
        or each.act.former_partner
        or each.act.is_breach
        or examples_shown(each.act.behaviours)
        for each in told
    )


def _of_number(told: Sequence[LookedAt]) -> Iterator[Why]:
    count, days = occasions(each.act.at for each in told), days_apart(told[0].act.at, told[-1].act.at)
    yield Why(f"{count} occasions in {days} days: a course of conduct in law", bisect_right(STEPS, count))
    classes = [each.act.recorded_class for each in told if each.act.recorded_class]
    kinds = list(dict.fromkeys(classes))
    if len(kinds) > 1:
        listed = ", ".join(RecordingClass(code).words for code in kinds[:4])
        yield Why(f"recorded under {len(kinds)} classes, none of them stalking: {listed}", 2 if len(kinds) > 2 else 1)
    sources = list(dict.fromkeys(each.source for each in told if each.source))
    if len(sources) > 1:
        yield Why(f"reported by {len(sources)} forces or partners, and each sees only its own part", 2)


def _of_people(told: Sequence[LookedAt], third_parties: int) -> Iterator[Why]:
    if any(each.act.former_partner for each in told):
        rule = _rule_on(max(each.act.at for each in told).date())
        yield Why(f"a former partner is reported: {rule}", 4)
    named = sum(each.names_subject for each in told)
    if named > 1:
        yield Why(f"the same person is named in {named} of them", 2)
    if third_parties:
        yield Why(f"{third_parties} more against somebody in the victim's household, by the same person", 2)


def _rule_on(day: date) -> str:
    """Return what the counting rules in force on a day expect of a course of conduct by a former partner."""
    if FORMER_PARTNER_RULE.in_force(day):
        return "the recording rule expects stalking"
    return "stalking or harassment is expected" if COURSE_RULE.in_force(day) else DEFINITION.says.lower()


def _of_behaviour(told: Sequence[LookedAt]) -> Iterator[Why]:
    shown = examples_shown([kind for each in told for kind in each.act.behaviours])
    if shown:
        listed = ", ".join(_SAYS[behaviour] for behaviour in shown)
        yield Why(f"{len(shown)} of the Act's seven examples in the words: {listed}", min(len(shown), 4))
    near = sum(bool(_NEAR & set(each.act.behaviours)) for each in told)
    if near > 1:
        yield Why(f"{near} times near the victim or following their movements", 2)
    communications = sum(each.act.recorded_class in DESK_CLASSES for each in told)
    if communications > 1:
        yield Why(f"{communications} of them recorded as offences that are common in stalking", 1)
    breaches = sum(each.act.is_breach for each in told)
    if breaches:
        yield Why(f"an order, bail or an injunction was broken in {breaches} of them", 3)
    dangers = sorted({danger for each in told for danger in each.dangers})
    if dangers:
        yield Why(f"the words mention {', '.join(dangers)}", 2)


def _of_rhythm(told: Sequence[LookedAt]) -> Iterator[Why]:
    moments = [each.act.at for each in told]
    if _close(moments):
        yield Why("two of them within thirty days", 1)
    if len(told) > 2 and moments[-1] - moments[0] >= LASTING:
        yield Why("it has lasted over three months", 1)
    if shortening(moments):
        yield Why("the acts are getting closer together", 2)
    changes = methods_changed([each.act for each in told])
    if changes > 1:
        yield Why(f"the methods changed {changes} times", 1)


def _close(moments: Sequence[datetime]) -> bool:
    return any(timedelta(0) < later - earlier <= CLOSE for earlier, later in pairwise(moments))
