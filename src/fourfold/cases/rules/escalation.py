"""Does a course of conduct grow worse? What has changed of late, in words; nothing is predicted and nothing decided.

The points are our own and put a reading list in order: an act that nobody reported leaves no trace here, and a quiet
course may be the more dangerous one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from fourfold.cases.rules.course import seriousness, shortening
from fourfold.cases.terms import LookedAt, Why
from fourfold.intake.terms import Behaviour

LATELY = timedelta(days=60)
"""What counts as of late, back from the newest act; a course whose newest act is older is on no list of these."""

RISING_FROM = 3
TWICE = 2.0
FEWEST = 3
_NEARER = (Behaviour.ATTACKS, Behaviour.THREATENS, Behaviour.FOLLOWS, Behaviour.WATCHES, Behaviour.LOITERS)


def why_rising(looked_at: Sequence[LookedAt], *, third: Sequence[datetime] = ()) -> tuple[Why, ...]:
    """Return what has grown worse in the sixty days up to the newest act, the heaviest first; none below three acts.

    `third` are the moments of acts against somebody close to the victim.
    """
    told = sorted(looked_at, key=lambda each: each.act.at)
    if len(told) < FEWEST:
        return ()
    cut = told[-1].act.at - LATELY
    before, lately = [each for each in told if each.act.at < cut], [each for each in told if each.act.at >= cut]
    found = [*_more_often(told, before, lately, cut), *_graver(before, lately), *_new(before, lately, third, cut)]
    reasons = sorted(found, key=lambda why: (-why.points, why.says))
    return tuple(reasons) if sum(why.points for why in reasons) >= RISING_FROM else ()


def _more_often(
    told: Sequence[LookedAt], before: Sequence[LookedAt], lately: Sequence[LookedAt], cut: datetime
) -> Iterator[Why]:
    moments = [each.act.at for each in told]
    if shortening(moments):
        yield Why("the acts are getting closer together", 2)
    if before:
        months = max((cut - before[0].act.at) / LATELY, 1.0)
        usual = len(before) / months
        if len(lately) >= FEWEST and len(lately) >= TWICE * usual:
            yield Why(f"{len(lately)} acts in 60 days, compared with {round(usual, 1):g} before", 2)
    elif len(lately) >= FEWEST:
        yield Why(f"began less than 60 days before its newest act and has {len(lately)} acts", 2)


def _graver(before: Sequence[LookedAt], lately: Sequence[LookedAt]) -> Iterator[Why]:
    worst_before, worst_now = (max((_serious(each) for each in some), default=0) for some in (before, lately))
    if before and worst_now > worst_before:
        yield Why(f"more serious than before: {worst_now} of 3", 3)
    dangers = {danger for each in lately for danger in each.dangers} - {d for each in before for d in each.dangers}
    if dangers:
        yield Why(f"the words mention for the first time {', '.join(sorted(dangers))}", 3)
    breaches = sum(each.act.is_breach for each in lately)
    if breaches:
        yield Why(f"an order was broken {'once' if breaches == 1 else f'{breaches} times'}", 3)


def _serious(each: LookedAt) -> int:
    return seriousness(each.act.recorded_class, each.act.behaviours, is_breach=each.act.is_breach)


def _new(
    before: Sequence[LookedAt], lately: Sequence[LookedAt], third: Sequence[datetime], cut: datetime
) -> Iterator[Why]:
    known = {kind for each in before for kind in each.act.behaviours}
    fresh = [kind for kind in _NEARER if before and kind not in known and any(kind in e.act.behaviours for e in lately)]
    if fresh:
        yield Why(f"for the first time: {', '.join(kind.value for kind in fresh)}", 2)
    near = sum(moment >= cut for moment in third)
    if near:
        yield Why(f"{near} recently against somebody in the victim's household", 2)
