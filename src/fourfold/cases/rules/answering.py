"""Reports in which two people stand the other way round: who is the victim of some is the subject of others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from uuid import UUID

from fourfold.cases.terms import Report
from fourfold.linkage import rules as linkage
from fourfold.linkage.terms import Traits
from fourfold.people.rules import sound_key, sound_keys

Pair = tuple[int, int | None]
MOST_TELLINGS = 4


def answered(
    reports: Sequence[Report], pairs: Mapping[Pair, Sequence[int]], asked: Iterable[Pair]
) -> dict[Pair, tuple[UUID, ...]]:
    """Return for each pair that is asked about the reports by its subject against its victim, where there are any.

    That both names agree and nothing contradicts is evidence enough: that two of the same names accuse one another by chance
    is rare, and nobody is joined by it.
    """
    tellings = {
        pair: dict.fromkeys((reports[p].victim, reports[p].subject) for p in places if reports[p].subject.name)
        for pair, places in pairs.items()
        if pair[1] is not None
    }
    by_names: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair, told in tellings.items():
        for key in dict.fromkeys(key for victim, subject in told for key in _keys(victim, subject)):
            by_names[key].append(pair)
    found: dict[Pair, dict[UUID, None]] = defaultdict(dict)
    for pair in asked:
        told = tellings.get(pair, {})
        turned = dict.fromkeys(key for victim, subject in told for key in _keys(subject, victim))
        for other in dict.fromkeys(each for key in turned for each in by_names.get(key, ())):
            if _is_turned(list(told)[:MOST_TELLINGS], list(tellings[other])[:MOST_TELLINGS]):
                found[pair].update((reports[place].id, None) for place in pairs[other])
    return {pair: tuple(ids) for pair, ids in found.items()}


def _keys(victim: Traits, subject: Traits) -> Iterator[tuple[str, str]]:
    """Yield how the two family names sound."""
    yield from product(_family_name(victim.name), _family_name(subject.name))


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
