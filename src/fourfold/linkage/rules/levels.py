"""How two days of birth compare, and two sets of numbers, addresses, cars and accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fourfold.people.rules.identifiers import handle_of, place_of
from fourfold.people.terms import MarkKind


def same_or_different(told: str, record: str) -> str | None:
    if not told or not record:
        return None
    return "same" if told == record else "different"


def birth_level(told: date | None, record: date | None) -> str | None:
    """Return how two days of birth compare; None where either is not known."""
    if told is None or record is None:
        return None
    if told == record:
        return "same"
    if told.year == record.year and (told.month, told.day) == (record.day, record.month):
        return "swapped"
    if told.year != record.year and (told.month, told.day) != (record.month, record.day):
        # two digits differ at least; most pairs of a common name end here
        return "same_year" if _tells_a_year_only(told, record) else "different"
    if sum(a != b for a, b in zip(f"{told:%d%m%Y}", f"{record:%d%m%Y}", strict=True)) == 1:
        return "one_digit"
    return "same_year" if told.year == record.year or _tells_a_year_only(told, record) else "different"


def is_of_a_year(day: date) -> bool:
    """Return whether a day is the first of January, which many desks write where only a year or an age is known."""
    return (day.month, day.day) == (1, 1)


def _tells_a_year_only(one: date, other: date) -> bool:
    """Return whether one of two days may stand for a year or an age, and the other lies in that year or the next to it."""
    return abs(one.year - other.year) <= 1 and (is_of_a_year(one) or is_of_a_year(other))


def _changing(told: frozenset[str], record: frozenset[str]) -> str | None:
    """Compare things of which people have one or a few, and which change."""
    if not told or not record:
        return None
    return "same" if told & record else "different"


def _owned(told: frozenset[str], record: frozenset[str]) -> str | None:
    """Compare things of which people have many: another one says nothing."""
    return "same" if told & record else None


def accounts_level(told: frozenset[str], record: frozenset[str]) -> str | None:
    """Compare accounts: one name on one platform, or on one that either side does not tell.

    Another says nothing, for people have many, unless a site's own records teach otherwise.
    """
    same = told & record or unplaced(told) & handles(record) or handles(told) & unplaced(record)
    return "same" if same else _changing(told, record)


def unplaced(accounts: frozenset[str]) -> frozenset[str]:
    """Return the accounts of which nobody tells the platform."""
    return frozenset(key for key in accounts if handle_of(key) == key)


def handles(accounts: frozenset[str]) -> frozenset[str]:
    """Return the names of accounts, whatever the platform."""
    return frozenset(map(handle_of, accounts))


def _addresses(told: frozenset[str], record: frozenset[str]) -> str | None:
    level = _changing(told, record)
    if level == "different" and (postcodes(told) & postcodes(record) or _much_the_same(told, record)):
        return "same_postcode"
    return level


FEWEST_WORDS = 3
"""Of two addresses of which no postcode is known so many words agree, and two in five of the shorter one's, where they are near."""


def _much_the_same(told: frozenset[str], record: frozenset[str]) -> bool:
    mine, theirs = address_words(told), address_words(record)
    shared = len(mine & theirs)
    return shared >= FEWEST_WORDS and 5 * shared >= 2 * min(len(mine), len(theirs))


def address_words(addresses: frozenset[str]) -> frozenset[str]:
    """Return the words of the addresses whose key is no postcode and door."""
    return frozenset(word for key in addresses if not place_of(key) for word in key.split())


def postcodes(addresses: frozenset[str]) -> set[str]:
    """Return the postcodes; an address key with a postcode begins with it, in capitals."""
    return {place for key in addresses if (place := place_of(key))}


MARK_LEVELS: dict[MarkKind, Callable[[frozenset[str], frozenset[str]], str | None]] = {
    MarkKind.PHONE: _changing,
    MarkKind.EMAIL: _changing,
    MarkKind.ADDRESS: _addresses,
    MarkKind.VEHICLE: _owned,
    MarkKind.ACCOUNT: accounts_level,
}
