"""Addresses with which people sign in: plain letters only, and none that looks like another's."""

from __future__ import annotations

import unicodedata

#: What the eye takes for the other, in plain letters.
_LOOKS_LIKE = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("5", "s"))


def plain(address: str) -> str:
    """Return an address as it is kept: in compatible letters (NFKC), small, without room around it."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def why_not_address(address: str) -> str | None:
    """Return why nobody can sign in with this address, as `plain` gave it, or None."""
    name, _, domain = address.rpartition("@")
    if not name or "." not in domain or not address.isprintable() or any(each.isspace() for each in address):
        return "Write an e-mail address, such as name@partner.example"
    if not address.isascii():
        return (
            "Use plain letters only, without accents and from no other alphabet. Another address could look the same."
        )
    if "xn--" in domain:
        return "Use an address whose domain is written in plain letters."
    return None


def look(address: str) -> str:
    """Return how an address looks: two that give the same cannot both be used. What stands behind a + is left out."""
    name, _, domain = plain(address).rpartition("@")
    seen = f"{name.partition('+')[0]}@{domain}"
    for one, other in _LOOKS_LIKE:
        seen = seen.replace(one, other)
    return seen
