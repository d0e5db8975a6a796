"""Which questions concern a case and are asked: worked out once for a whole sheet, each after those it waits for.

A form that was brought in may look ahead, in a long chain or in a circle. The chain is followed without calling
itself, so that no form can end in the interpreter; a circle settles nothing.
"""

from collections.abc import Callable, Iterator

from fourfold.assessment.rules import conditions
from fourfold.assessment.terms import Clause, Condition, Instrument, Item, fields_of

Place = tuple[str, int]
"""An item's key and the repeat it is asked in, 0 where it does not repeat."""

Whether = Callable[[Item, int], bool | None]
"""Says whether a question is asked in a repeat; None where that is not known."""

Settle = Callable[[Clause, int, Whether], bool | None]
"""Says whether one comparison holds in a repeat."""


def asked(instrument: Instrument, settle: Settle) -> dict[Place, bool | None]:
    """Return for every question whether it is asked; None where that is not known."""
    known: dict[Place, bool | None] = {}

    def whether(other: Item, inside: int) -> bool | None:
        return known.get(place(instrument, other, inside))

    for item in _after_what_they_wait_for(instrument):
        for repeat in repeats_of(instrument, item):
            known[item.key, repeat] = _asked(instrument, settle, item, repeat, whether)
    return known


def repeats_of(instrument: Instrument, item: Item) -> range:
    """Return the repeats of an item: 1 and onwards, or only 0 where it does not repeat."""
    times = instrument.repeats(item)
    return range(1, times + 1) if times > 1 else range(1)


def place(instrument: Instrument, item: Item, repeat: int) -> Place:
    """Return the place of an item as seen from a repeat: its own there, else the first."""
    return item.key, (repeat or 1) if instrument.repeats(item) > 1 else 0


def _asked(instrument: Instrument, settle: Settle, item: Item, repeat: int, whether: Whether) -> bool | None:
    def holds(condition: Condition) -> bool | None:
        return conditions.holds(condition, lambda clause: settle(clause, repeat, whether))

    own = [holds(condition) for condition in (item.applies, item.enable) if condition is not None]
    around = instrument.above(item)[:1]
    return conditions.every([*own, *(whether(group, repeat) for group in around)])


def _after_what_they_wait_for(instrument: Instrument) -> Iterator[Item]:
    """Return every item once, those it waits for before it; in a circle one of them comes first."""
    begun: set[str] = set()
    for first in instrument.items:
        path = [] if first.key in begun else [(first, _waits_for(instrument, first))]
        begun.add(first.key)
        while path:
            rest = path[-1][1]
            following = next((each for each in rest if each.key not in begun), None)
            if following is None:
                yield path.pop()[0]
            else:
                begun.add(following.key)
                path.append((following, _waits_for(instrument, following)))


def _waits_for(instrument: Instrument, item: Item) -> Iterator[Item]:
    fields = (*fields_of(item.applies), *fields_of(item.enable))
    yield from (instrument.item(field.partition(".")[0]) for field in fields)
    yield from instrument.above(item)[:1]
