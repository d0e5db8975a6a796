"""Is a document clean of what it may not hold? Values are compared as people would recognise them, not as they are typed.

Case, accents, spacing and punctuation do not hide a value; a telephone number is its last nine digits; an address is
also its road and its postcode. A name counts as whole words, so that "Ann" is not found in "planned".
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from fourfold.governance.rules.short_forms import AROUND_A_PLACE, NO_PLACE
from fourfold.governance.rules.spelling import BORNE, NAMES, Reader
from fourfold.governance.rules.tokens import plainly, tokens_of
from fourfold.governance.terms import Found, Seen, Sought, Sure
from fourfold.people.rules.places import THREE_WORDS, WAYS, on_a_map, ways_in

MASK = "[left out]"
SHORTEST = 3
PHONE_DIGITS = 9
#: A value of fewer characters stands for itself: inside another word, or in a hash, it says nothing.
SHORT = 7
LEADING_NUMBER = re.compile(r"^\s*(?:flat|unit|apartment)?\s*\d+[a-z]?\s*[,/-]?\s+", re.IGNORECASE)
ROAD = re.compile(
    r"\b(?:road|rd|street|st|lane|ln|avenue|ave|close|drive|way|crescent|place|terrace|court|gardens|grove|hill|row"
    r"|walk|mews|square|house|cottage|school|park|view)\b",
    re.IGNORECASE,
)
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE)
NUMBERED_ROAD = re.compile(rf"(\s*\d+[a-z]?\s+(?:\w+\W+)+?{ROAD.pattern})(?=\s+\w)", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+", re.UNICODE)
NAME_KINDS = frozenset({"name", "other name"})


def folded(text: str) -> str:
    """Return a text without case and accents."""
    plain = plainly(text)
    return plain if plain.isascii() else "".join(letter for letter in plain if not unicodedata.combining(letter))


_folded = lru_cache(4096)(folded)  # of one sign


def digits_of(text: str) -> str:
    """Return the digits of a text, of whichever alphabet, as our own."""
    return "".join(letter for letter in folded(text) if letter.isdecimal())


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
    parts = [part.strip() for line in re.split(r"[,;\n]", address) for part in _parted(line) if part.strip()]
    whole = Sought("address", address)
    values = {squeezed(address): Sought("town", address) if len(parts) == 1 and names_a_town(whole) else whole}
    for place, part in enumerate(parts):
        road = LEADING_NUMBER.sub("", part)
        near = place == 0 or road != part or any(letter.isdigit() for letter in part) or ROAD.search(part)
        for value in (part, road):
            values.setdefault(squeezed(value), Sought("address" if near else "town", value))
    return [
        item
        for key, item in values.items()
        if len(key) > SHORTEST and not key.isdigit() and not says_no_place(item.value)
    ]


def says_no_place(value: str) -> bool:
    """Say whether a place was told in one word that names none: "her street", "home", "the school"."""
    words = [token.word for token in tokens_of(value) if token.word not in AROUND_A_PLACE]
    return not words or (len(words) == 1 and words[0] in NO_PLACE)


def names_a_town(item: Sought) -> bool:
    """Say whether a value is a town, or a place told in one part that may be one: neither number nor road."""
    plain = not any(letter.isdigit() for letter in item.value) and not re.search(r"[,;\n]", item.value)
    return item.kind == "town" or (item.kind == "address" and plain and not ROAD.search(item.value))


def names_somebody(item: Sought) -> bool:
    """Say whether a value is a name, or one word or form of one."""
    return item.kind in NAMES


def _parted(line: str) -> Iterator[str]:
    """Yield the parts of a line in which no comma stands between them: number and road, town, postcode."""
    rest = POSTCODE.sub("", line)
    yield from POSTCODE.findall(line)
    road = NUMBERED_ROAD.match(rest)
    yield from (road[1], rest[road.end() :]) if road else (rest,)


def reach_sought(kind: str, value: str) -> list[Sought]:
    """Return what to look for of one telephone number, mailbox, address, car or account."""
    if kind == "address":
        return address_sought(value)
    return [Sought(kind, value)] if len(squeezed(value)) >= SHORTEST else []


def find(
    parts: Iterable[tuple[str, str]], sought: Iterable[Sought], *, least: Sure = Sure.CERTAIN
) -> tuple[Found, ...]:
    """Return what stands in the parts (where, text) of a document although it is sought: kind and place only.

    `least`: how sure it has to be. Names of people at risk count from `LIKELY` on: others bear them too.
    """
    wanted = list(sought)
    read = [(where, _Read(text)) for where, text in parts]
    plain = [item for item in wanted if item.kind not in BORNE]
    hits = {(item.kind, where) for item in plain for where, text in read if text.holds(item)}
    reader = Reader(wanted)
    hits |= {(seen.kind, where) for where, text in read for seen in reader.see(text.text) if seen.sure >= least}
    return tuple(Found(kind, where) for kind, where in sorted(hits))


class Redactor:
    """Everything that may not stand in a document, made ready once; then each text is read once.

    `known`: words that give nobody away, such as the names of the parties; `called`: what is on record and leads to no victim
    though it looks so: the references of reports, the subject's own ways. They are read only where something looks so.
    """

    def __init__(self, sought: Iterable[Sought], *, known: Iterable[str] = (), called: Iterable[str] = ()):
        wanted = [item for item in sought if item.value]
        self._called = called
        self._patterns = [
            (item.kind, pattern) for item in wanted if item.kind not in BORNE for pattern in _pattern(item)
        ]
        self._reader = Reader(wanted, known=known)

    @cached_property
    def _references(self) -> str:
        said = (way for each in self._called for way in (each, _compared(each), *map(squeezed, POSTCODE.findall(each))))
        return "\n".join(map(_in_words, said))

    def _is_called(self, words: str) -> bool:
        """Say whether words are what a report is called or a way of the subject's own, or stand in one: a flat, its postcode."""
        edge = "\n" * (
            "@" in words
        )  # the end of a mailbox is another's: of marlow@ and dean.marlow@ one may be the victim's
        said = f"\n{self._references}\n"
        return any(f"{edge}{_in_words(each)}{edge}" in said for each in (words, _compared(words)))

    def seen(self, text: str, *, ways: bool = False) -> list[Seen]:
        """Return what is left out of a text, in its order, nothing twice; the surest reason stands.

        Places that any map finds are among it, on record or not: one that nobody knew of leads to a victim as well.
        `ways`: so is what looks like a way to somebody, for a person to decide on.
        """
        plain, places = _aligned(text)
        found = [
            Seen(places[hit.start()], places[hit.end() - 1] + 1, kind, "as on record", Sure.CERTAIN)
            for kind, pattern in self._patterns
            for hit in pattern.finditer(plain)
            if hit.group()
        ]
        found += [
            Seen(
                start,
                end,
                "way to somebody" if why in WAYS else "place",
                why,
                Sure.MAYBE if why == THREE_WORDS else Sure.LIKELY,
            )
            for start, end, why in (*on_a_map(text), *(ways_in(text) if ways else ()))
            if not self._is_called(text[start:end])
        ]
        kept: list[Seen] = []
        found = [
            one for one in (*found, *self._reader.see(text)) if not self._is_nobodys(one, text[one.start : one.end])
        ]
        for one in sorted(found, key=lambda one: (one.start, -one.end, -one.sure)):
            if kept and one.start < kept[-1].end:
                last = kept[-1]
                surest = max((last, one), key=lambda each: each.sure)
                kept[-1] = replace(surest, start=last.start, end=max(last.end, one.end))
            else:
                kept.append(one)
        return kept

    def _is_nobodys(self, one: Seen, words: str) -> bool:
        """Say whether what is found as a mailbox or an account is the name of somebody who is named anyway, and what is
        found as half of a postcode the whole of what a report is called, written alike."""
        if one.why == "the first half of a postcode":
            return f"\n{_in_words(words)}\n" in f"\n{self._references}\n"
        return one.kind in ("email", "account") and self._reader.names_a_party(words)

    def masked(self, text: str) -> str:
        """Return a text without what is left out of it."""
        out, place = [], 0
        for one in self.seen(text):
            out += [text[place : one.start], MASK]
            place = one.end
        return "".join(out) + text[place:]


def _compared(value: str) -> str:
    """Return a value as two of one sort are compared: a telephone number by its end, however it begins."""
    letters = squeezed(value)
    return letters[-PHONE_DIGITS:] if letters.isdecimal() else letters


def _in_words(text: str) -> str:
    return f" {' '.join(WORD.findall(folded(text)))} "


class _Read:
    """A text made ready to be searched once for each form in which a value may stand."""

    def __init__(self, text: str):
        self.text = text
        self.words = _in_words(text)
        self.together = self.words.replace(" ", "")
        self.digits = digits_of(text)

    def holds(self, item: Sought) -> bool:
        if item.kind in NAME_KINDS:
            return _in_words(item.value) in self.words
        if item.kind == "phone":
            digits = digits_of(item.value)
            return len(digits) >= PHONE_DIGITS and digits[-PHONE_DIGITS:] in self.digits
        return squeezed(item.value) in self.together


def _pattern(item: Sought) -> Iterator[re.Pattern[str]]:
    """Yield how a value stands in a text as it is typed, spacing and punctuation between its characters allowed."""
    if item.kind == "phone":
        digits = digits_of(item.value)
        before, last = digits[:-PHONE_DIGITS].removeprefix("00").removeprefix("44").lstrip("0"), digits[-PHONE_DIGITS:]
        if len(last) == PHONE_DIGITS:  # whatever is no letter is a gap, and what stands before belongs to it
            gap = r"[\W_]*"
            country = rf"(?:\+?(?:0{gap}0{gap})?4{gap}4{gap})?(?:0{gap})?"
            stands = "".join(f"{digit}{gap}" for digit in before)
            yield re.compile(rf"(?:{country}{stands}|\+?\d{{0,3}})" + gap.join(last))
        return
    gap = r"[\W_]+" if item.kind in NAME_KINDS else r"[\W_]*"
    units = WORD.findall(folded(item.value)) if item.kind in NAME_KINDS else list(squeezed(item.value))
    pattern = gap.join(re.escape(unit) for unit in units)
    whole = item.kind in NAME_KINDS or names_a_town(item) or len(units) < SHORT
    if pattern:
        yield re.compile(rf"\b{pattern}\b" if whole else pattern)


def _aligned(text: str) -> tuple[str, Sequence[int]]:
    """Return a text folded, with the place of each character in the text as it was."""
    if text.isascii():
        return folded(text), range(len(text))
    plain, places = [], []
    for place, character in enumerate(text):
        for letter in _folded(character):
            plain.append(letter)
            places.append(place)
    return "".join(plain), places
