"""What words typed into a search may mean besides a name: a number, a mailbox, a car, an account, a door, another name."""

import re
from collections.abc import Mapping

from fourfold.people.rules.identifiers import (
    PLATFORMS,
    account_key,
    address_key,
    email_key,
    handle_of,
    other_name_key,
    phone_key,
    postcode_of,
    vehicle_key,
)
from fourfold.people.terms import MarkKind
from fourfold.words import Word

SHORTEST_ACCOUNT = 3
#: By what somebody was found.
FOUND_BY: Mapping[MarkKind, Word] = {
    **{kind: kind.words for kind in MarkKind},
    MarkKind.ADDRESS: Word("postcode or address"),
    MarkKind.VEHICLE: Word("number plate"),
    MarkKind.OTHER_NAME: Word("another name"),
}
NAME, SPELT = Word("name"), Word("name, spelt differently")
TOLD = Word("the name that a confirmed report gives them")
Keys = Mapping[MarkKind, frozenset[str]]


def only_a_number(typed: str) -> tuple[MarkKind, str] | None:
    """Return the telephone number or the mailbox that the words are, in whatever spelling; None where they are neither."""
    for written in (typed, re.sub(r"[/|,;]", "", typed)):
        if key := phone_key(written):
            return MarkKind.PHONE, key
    return (MarkKind.EMAIL, key) if (key := email_key(typed)) else None


def keys_meant(typed: str) -> Keys:
    """Return the keys under which the words may stand on a record, by kind; an address also by its postcode alone."""
    if number := only_a_number(typed):
        return {number[0]: frozenset({number[1]})}
    found = {
        MarkKind.VEHICLE: {vehicle_key(typed)} if any(map(str.isdigit, typed)) else set(),
        MarkKind.ACCOUNT: _accounts(typed),
        MarkKind.ADDRESS: {postcode_of(typed) and (address_key(typed) or postcode_of(typed))},
        MarkKind.OTHER_NAME: {other_name_key(typed)},
    }
    return {kind: frozenset(keys - {""}) for kind, keys in found.items() if keys - {""}}


def is_mark(typed: str) -> bool:
    """Return whether the words are no name: they hold a digit or a sign that no name holds, and mean a key."""
    return bool(re.search(r"[\d@_:/+]", typed)) and bool(keys_meant(typed))


def _accounts(typed: str) -> set[str]:
    """Return how an account may be kept: a name alone with every platform before it, for it is seldom typed."""
    key = account_key(typed)
    if len(handle_of(key)) < SHORTEST_ACCOUNT or " " in key:
        return set()
    name = handle_of(key)
    return {key, name} if ":" in key else {key, *(f"{platform}:{name}" for platform in PLATFORMS)}


def why_found(typed: str, name: str) -> Word:
    """Return whether a name was typed as it is written, in whatever order, or otherwise."""
    written = " ".join(["", *name.casefold().split()])
    return SPELT if [word for word in typed.casefold().split() if f" {word}" not in written] else NAME
