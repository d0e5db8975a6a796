"""Which kinds of order somebody's own words name, and so which action of a plan an order is about."""

import re
from collections.abc import Mapping
from typing import TypeVar

from fourfold.orders.terms import ORDER_WORDS, OrderKind

Key = TypeVar("Key")

#: How the field shortens them.
SHORT = {
    "interim spo": OrderKind.SPO_INTERIM,
    "spo": OrderKind.SPO,
    "dapo": OrderKind.DOMESTIC_ABUSE,
    "dapn": OrderKind.DOMESTIC_ABUSE_NOTICE,
    "dvpo": OrderKind.DOMESTIC_VIOLENCE,
    "dvpn": OrderKind.DOMESTIC_VIOLENCE_NOTICE,
}
NAMES = {**SHORT, **{str(words).replace("-", " "): kind for kind, words in ORDER_WORDS.items()}}
#: The longest first: an interim stalking protection order names no stalking protection order.
NAMED = re.compile(rf"\b({'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))})s?\b")


def kinds_named(text: str) -> frozenset[OrderKind]:
    """Return the kinds of order that a text names, in full or as the field shortens them."""
    plain = " ".join(text.lower().replace("-", " ").split())
    return frozenset(NAMES[found] for found in NAMED.findall(plain))


def action_meant(actions: Mapping[Key, str], kind: OrderKind, *, alone: bool = True) -> Key | None:
    """Return which open action (its words) an order of a kind is about: the one that names this kind and no other.

    Where none does, the only action there is, if it names no kind and the order stands `alone`; else nobody has said.
    """
    named = {key: kinds_named(words) for key, words in actions.items()}
    theirs = [key for key, kinds in named.items() if kinds == {kind}]
    if theirs:
        return theirs[0] if len(theirs) == 1 else None
    return next(iter(named)) if alone and len(named) == 1 and not any(named.values()) else None
