"""Reports in which two people stand the other way round: who is the victim of some is the subject of others."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import product

from fourfold.cases.rules.many import Alike, Pair, Pairs, Reports
from fourfold.linkage import rules as linkage
from fourfold.linkage.terms import Traits
from fourfold.people.rules import sound_key, sound_keys

MOST_TELLINGS = 4


def answered(reports: Reports, pairs: Pairs) -> dict[Pair, list[int]]:
    """Return for each pair the places at which the two stand the other way round, where there are any.

    That both names agree and nothing contradicts is evidence enough: that two of the same names accuse one another by chance
    is rare, and nobody is joined by it.
    """
    told, turned, where = array("q"), array("q"), array("i")
    for place in range(len(reports)):
        if pairs.has(place) and pairs.at(place)[1] is not None and (subject := reports.subjects.name(place)):
            for key in _keys(reports.victims.name(place), subject):
                told.append(hash(key))
                turned.append(hash(key[::-1]))
                where.append(place)
    alike, found = Alike(told), dict[Pair, dict[int, None]]()
    for at in alike.where(turned):
        pair, places = pairs.at(where[at]), [where[other] for other in alike.places(turned[at])]
        for other in dict.fromkeys(map(pairs.at, places)):
            if _is_turned(_tellings(reports, pairs, pair), _tellings(reports, pairs, other)):
                found.setdefault(pair, {}).update(dict.fromkeys(pairs.places_of(other)))
    return {pair: list(places) for pair, places in found.items()}


def _tellings(reports: Reports, pairs: Pairs, pair: Pair) -> list[tuple[Traits, Traits]]:
    """Return what reports of a pair tell of the two, each once, as far as they name the subject."""
    told = dict.fromkeys(
        (reports.victims.traits(place), reports.subjects.traits(place))
        for place in pairs.places_of(pair)
        if reports.subjects.name(place)
    )
    return list(told)[:MOST_TELLINGS]


def _keys(victim: str, subject: str) -> Iterator[tuple[str, str]]:
    """Yield how the two family names sound."""
    yield from product(_family_name(victim), _family_name(subject))


def _family_name(name: str) -> tuple[str, ...]:
    return (sound,) if (sound := sound_key(name)) else sound_keys(name)[:1]


def _is_turned(told: Sequence[tuple[Traits, Traits]], other: Sequence[tuple[Traits, Traits]]) -> bool:
    return any(
        _may_be_one(victim, accused) and _may_be_one(subject, harmed)
        for (victim, subject), (harmed, accused) in product(told, other)
    )


def _may_be_one(one: Traits, other: Traits) -> bool:
    """Return whether the names agree as a whole, and neither sex nor birth tells two people apart."""
    if linkage.name_level(one.name, other.name) not in linkage.WHOLE_NAME:
        return False
    if one.sex and other.sex and one.sex != other.sex:
        return False
    return ("birth", linkage.birth_level(one.birth_on, other.birth_on)) not in linkage.CONTRADICTIONS
