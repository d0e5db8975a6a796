"""What speaks for a quarrel rather than for stalking: reasons with points below nought, which move a course down the list.

None of them removes anything. Neighbours do stalk, and who stalks often reports the victim: so one of these alone seldom
takes a course from the first list where anybody is followed or watched, and never where the words tell of danger; a former
partner or a broken order outweighs it, and what is moved stays in the second.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from fourfold.cases.terms import LookedAt, Why
from fourfold.intake.terms import Behaviour, DangerSign

NO_QUARRELS = frozenset(
    {Behaviour.FOLLOWS, Behaviour.LOITERS, Behaviour.MONITORS, Behaviour.WATCHES, Behaviour.PUBLISHES}
)
"""What a stalker does and a quarrel does not bring with it; words, damage and blows are in either."""

ONE_INCIDENT = timedelta(hours=6)

_QUARREL = re.compile(
    r"\b(?:nois[ey]|loud music|barking|hedges?|boundar(?:y|ies)|(?:wheelie )?bins?|rubbish|fly.?tipping|parking|"
    r"drive ?ways?|(?:shared|communal) (?:drive|garden|path|stairs|hall)|right of way|land ?lord and tenant|"
    r"(?:ongoing|long.?running|civil|neighbours?['’]?s?|neighbourhood|boundary) (?:disputes?|quarrels?|feuds?|arguments?)|"
    r"(?:disputes?|quarrels?|feuds?) (?:between|with|over|about)|ball games?)\b",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2} ")
_NEIGHBOUR = re.compile(r"\bneighbours?\b|\bnext door\b", re.IGNORECASE)


def why_quarrel(told: Sequence[LookedAt], *, answered: int) -> Iterator[Why]:
    """Yield what speaks for a quarrel, each with what it takes away; `told` is in order of time.

    `answered` is how many reports accuse the victim of these, with the subject as their victim. Beside any sign of a quarrel
    it counts that nothing in the words is more than that: how many acts there are speaks for either.
    """
    signs = list(_signs(told, answered))
    yield from signs
    if signs and not any(_is_more(each) for each in told):
        yield Why("none of them tells of following, watching, waiting, monitoring or publishing", -5)


def _is_more(each: LookedAt) -> bool:
    """Return whether a report tells of more than a quarrel's, or may: where nobody wrote down what happened, it may."""
    known = each.act.former_partner or each.act.is_breach or not each.words
    dangers = set(each.dangers) - {DangerSign.CHILD}
    return bool(known or dangers or not NO_QUARRELS.isdisjoint(each.act.behaviours))


def _signs(told: Sequence[LookedAt], answered: int) -> Iterator[Why]:
    if 2 * answered >= len(told):
        yield Why("each of the two reports the other about as often", -5)
    apart = [_next_door(*each.doors) for each in told if all(each.doors)]
    if any(_NEIGHBOUR.search(each.relationship) for each in told) or 2 * sum(apart) > len(apart):
        yield Why("the two live next to one another", -3)
    about = sum(bool(_QUARREL.search(each.words)) for each in told)
    if 3 * about >= len(told):
        yield Why(f"the words of {about} of them tell of a quarrel about noise, parking, a boundary or the like", -3)
    if told[-1].act.at - told[0].act.at <= ONE_INCIDENT:
        yield Why("all of them within six hours: they may be one incident", -3)


def _next_door(one: str, other: str) -> bool:
    """Return whether two address keys name two doors of one postcode, or of one street where no postcode is told."""
    if one == other:
        return False  # one household is no quarrel of neighbours: who lives there may be a partner
    if mine := _POSTCODE.match(one):
        return other.startswith(mine.group())
    return re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other) != ""
