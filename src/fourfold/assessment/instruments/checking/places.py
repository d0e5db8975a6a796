"""Where the parts of a definition stand: looked up by every check."""

from collections.abc import Iterable, Iterator

from fourfold.assessment.terms import Finding, Instrument, Item, Scale, Slot


def exists(where: str, key: str, known: Iterable[str]) -> Iterator[Finding]:
    """Yield a fault where a key names nothing, with what it may name."""
    if key not in known:
        yield Finding(where, f"“{key}” does not exist.", f"Use one of: {', '.join(sorted(known))}.")


def options_exist(where: str, scale: Scale | None, codes: tuple[str, ...]) -> Iterator[Finding]:
    """Yield a fault for no option at all, and for each that the scale does not have."""
    known = {option.code for option in scale.options} if scale else set()
    if not codes:
        yield Finding(where, "It names no option.", "Name at least one.")
    for code in codes:
        yield from exists(where, code, known)


def item_of(instrument: Instrument, field: str) -> Item | None:
    """Return the item behind `item` or `item.axis`, or None where there is no such field."""
    key, _, axis = field.partition(".")
    item = next((each for each in instrument.items if each.key == key), None)
    return item if item is not None and axis in (item.axes or ("",)) else None


def once(instrument: Instrument, field: str) -> Slot | None:
    """Return the slot of a field that is answered exactly once, or None."""
    item = item_of(instrument, field)
    if item is None or instrument.repeats(item) > 1 or not item.takes_answer:
        return None
    return Slot(item.key, field.partition(".")[2])


def field_scale(instrument: Instrument, field: str) -> Scale | None:
    """Return the scale behind a field that is chosen once; None where there is none."""
    slot = once(instrument, field)
    return None if slot is None else instrument.scale_of(slot)
