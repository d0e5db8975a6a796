"""Is a document clean of what it may not hold? Values are compared as people would recognise them, not as they are typed.

Case, accents, spacing and punctuation do not hide a value; a telephone number is its last nine digits; an address is
also its road and its postcode. A name counts as whole words, so that "Ann" is not found in "planned".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from fourfold.governance.terms import Found, Sought

MASK = "[left out]"
SHORTEST = 3
PHONE_DIGITS = 9
LEADING_NUMBER = re.compile(r"^\s*(?:flat|unit|apartment)?\s*\d+[a-z]?\s*[,/-]?\s+", re.IGNORECASE)
ROAD = re.compile(
    r"\b(?:road|rd|street|st|lane|ln|avenue|ave|close|drive|way|crescent|place|terrace|court|gardens|grove|hill|row"
    r"|walk|mews|square|house|cottage|school|park|view)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+", re.UNICODE)
NAME_KINDS = frozenset({"name", "other name"})


def folded(text: str) -> str:
    """Return a text without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def squeezed(text: str) -> str:
    """Return only the letters and digits of a text, run together."""
    return "".join(letter for letter in folded(text) if letter.isalnum())


def names_sought(names: Iterable[str], *, own: Iterable[str], template: Iterable[str]) -> list[Sought]:
    """Return the words of names to look for, without those that are the reader's own or stand in every such document.

    A name whose every word is left out (a husband's surname, a victim called May) is still looked for as a whole.
    """
    known = {word for text in (*own, *template) for word in WORD.findall(folded(text))}
    wanted: dict[str, Sought] = {}
    for name in names:
        words = WORD.findall(folded(name))
        for word in words:
            if len(word) >= SHORTEST and word not in known:
                wanted.setdefault(word, Sought("name", word))
        if len(words) > 1:
            whole = " ".join(words)
            wanted.setdefault(whole, Sought("name", whole))
    return list(wanted.values())


def address_sought(address: str) -> list[Sought]:
    """Return what gives an address away: the whole, its road without the number, its postcode, and its town apart."""
    parts = [part.strip() for part in re.split(r"[,;\n]", address) if part.strip()]
    values = {squeezed(address): Sought("address", address)}
    for place, part in enumerate(parts):
        road = LEADING_NUMBER.sub("", part)
        near = place == 0 or road != part or any(letter.isdigit() for letter in part) or ROAD.search(part)
        for value in (part, road):
            values.setdefault(squeezed(value), Sought("address" if near else "town", value))
    return [item for key, item in values.items() if len(key) > SHORTEST and not key.isdigit()]


def reach_sought(kind: str, value: str) -> list[Sought]:
    """Return what to look for of one telephone number, mailbox, address, car or account."""
    if kind == "address":
        return address_sought(value)
    return [Sought(kind, value)] if len(squeezed(value)) >= SHORTEST else []


def find(parts: Iterable[tuple[str, str]], sought: Iterable[Sought]) -> tuple[Found, ...]:
    """Return what stands in the parts (where, text) of a document although it is sought: kind and place only."""
    read = [(where, _Read(text)) for where, text in parts]
    hits = {(item.kind, where) for item in sought for where, text in read if text.holds(item)}
    return tuple(Found(kind, where) for kind, where in sorted(hits))


def masked(text: str, sought: Iterable[Sought]) -> str:
    """Return a text in which everything sought is left out, each time it stands there."""
    spans = sorted({span for item in sought for span in _spans(text, item)})
    out, place = [], 0
    for start, end in spans:
        if end <= place:
            continue
        out += [text[place : max(start, place)], MASK if start >= place else ""]
        place = end
    return "".join(out) + text[place:]


class _Read:
    """A text made ready to be searched once for each form in which a value may stand."""

    def __init__(self, text: str):
        words = WORD.findall(folded(text))
        self.words = f" {' '.join(words)} "
        self.together = "".join(words)
        self.digits = "".join(letter for letter in text if letter.isdecimal())

    def holds(self, item: Sought) -> bool:
        if item.kind in NAME_KINDS:
            return f" {' '.join(WORD.findall(folded(item.value)))} " in self.words
        if item.kind == "phone":
            digits = "".join(letter for letter in item.value if letter.isdecimal())
            return len(digits) >= PHONE_DIGITS and digits[-PHONE_DIGITS:] in self.digits
        return squeezed(item.value) in self.together


def _spans(text: str, item: Sought) -> list[tuple[int, int]]:
    """Return where a value stands in a text as it is typed, spacing and punctuation between its characters allowed."""
    if item.kind == "phone":
        digits = "".join(letter for letter in item.value if letter.isdecimal())[-PHONE_DIGITS:]
        if len(digits) < PHONE_DIGITS:
            return []
        pattern = r"(?:\+?\d{0,3}[\s().-]*)" + r"[\s().-]*".join(digits)
    else:
        gap = r"[\W_]+" if item.kind in NAME_KINDS else r"[\W_]*"
        units = WORD.findall(folded(item.value)) if item.kind in NAME_KINDS else list(squeezed(item.value))
        pattern = gap.join(re.escape(unit) for unit in units)
        if item.kind in NAME_KINDS:
            pattern = rf"\b{pattern}\b"
    plain, places = _aligned(text)
    return [(places[hit.start()], places[hit.end() - 1] + 1) for hit in re.finditer(pattern, plain) if hit.group()]


def _aligned(text: str) -> tuple[str, list[int]]:
    """Return a text folded, with the place of each character in the text as it was."""
    plain, places = [], []
    for place, character in enumerate(text):
        for letter in folded(character):
            plain.append(letter)
            places.append(place)
    return "".join(plain), places
