"""A row that was read, made ready for its table where it was read: what each column holds, and by what it is proved.

Pure, so that another process can do it while this one stores. `intake.proving` computes the same digest of any row that
is in the table.
"""

import hmac
import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from json.encoder import encode_basestring_ascii as in_ascii
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from fourfold.intake.rules.columns import LISTS, named, row_of
from fourfold.intake.rules.feeds.reading import ReadRow
from fourfold.intake.rules.urgency import judged
from fourfold.intake.told_columns import Kind
from fourfold.words import packed

#: Columns that a row of a feed does not bring: its batch is counted by whoever stores it.
NOT_BROUGHT = frozenset({"batch"})
#: Rows of one crime gathered from several have columns of their own; so many layouts are remembered.
LAYOUTS = 100


class Packed(NamedTuple):
    """A row for the table: its columns but the batch, in the table's order, and the digest by which it is proved."""

    row_number: int
    digest: str
    values: tuple[Any, ...]

    @property
    def pk(self) -> UUID:
        return UUID(hex=self.values[0])


class PackedRow(NamedTuple):
    """A row as another process read, judged and packed it: what must be known to sort it, and its cells."""

    number: int
    reference: str
    content: str
    keyed: bool
    packed: Packed
    cells: Sequence[str]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all rows of the file that tell it: this one."""
        return (self.number,)


@dataclass(frozen=True)
class Form:
    """What all rows of an import share, and the order of columns: in the table (the identifier first), and in the proof.

    `salt` is the secret with which the digests are made.
    """

    stored: tuple[str, ...]
    proved: tuple[str, ...]
    shared: Mapping[str, object]
    salt: bytes


class Press:
    """Packs the rows of one import."""

    def __init__(self, form: Form) -> None:
        self._keyed = hmac.new(form.salt, digestmod="sha256")  # what the key alone decides is worked out once
        self._shared_stored = {name: stored(value) for name, value in form.shared.items()}
        self._in_table = itemgetter(*form.stored)
        own = [name for name in form.proved if name not in form.shared]
        self._texts = [name for name in own if name not in _NO_TEXTS]
        self._texts_of = itemgetter(*self._texts)
        told = (*self._texts, *_OTHERS)
        self._in_proof = itemgetter(*(told.index(name) for name in own))
        is_text = dict.fromkeys(self._texts, '"%s"')
        shared = {name: _encoded(_proved(value)).replace("%", "%%") for name, value in form.shared.items()}
        self._proof = f"[{', '.join(shared.get(name) or is_text.get(name, '%s') for name in form.proved)}]"
        self._layouts: dict[tuple[str, ...], tuple[str, str, Callable[[Sequence[str]], tuple[str, ...]]]] = {}

    def packed(self, row: ReadRow, pk: UUID) -> Packed:
        values = row_of(row.told, row.judged or judged(row.told))
        values["row_hash"], values["row_number"], values["id"] = row.content, row.number, (key := pk.hex)
        proved, kept = zip(
            *map(_moment, _moments_of(values)), *map(_listed, map(tuple, _lists_of(values))), strict=True
        )
        original, sorted_ = self._originals(values["original"])
        own = (
            *_inside(quoted, self._texts_of(values)),
            *[_SAID[each] for each in _truths_of(values)],
            *proved,
            *(sorted_, f'"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"', row.number),
        )
        values |= self._shared_stored
        values |= zip(_WRITTEN, kept, strict=True)
        values["original"] = original
        digest = self._keyed.copy()
        digest.update((self._proof % self._in_proof(own)).encode())
        return Packed(row.number, digest.hexdigest(), self._in_table(values))

    def _originals(self, cells: Mapping[str, str]) -> tuple[str, str]:
        """Return the cells as JSON: as the table keeps them, and with sorted columns as the proof does."""
        names = tuple(cells)
        if (layout := self._layouts.get(names)) is None:
            if len(self._layouts) >= LAYOUTS:
                self._layouts.clear()
            places = sorted(range(len(names)), key=names.__getitem__)
            proved = _object_of(quoted(names[place]) for place in places)
            layout = self._layouts[names] = _object_of(map(in_ascii, names)), proved, _picking(places)
        kept, proved, in_order = layout
        said = tuple(_inside(in_ascii, cells.values()))
        whole = "".join(said)
        # What is plain ASCII without a sign that JSON spells out is written alike in both.
        return kept % said, proved % in_order(said if "\\" not in whole else tuple(_inside(quoted, cells.values())))


def _inside(quote: Callable[[str], str], texts: Collection[str]) -> Collection[str]:
    """Return texts as they are written in JSON, without the quotes around them: as they are, where all of it is plain."""
    whole = "".join(texts)
    if whole.isascii() and not whole.encode().translate(None, _PLAIN):
        return texts
    return [quote(text)[1:-1] for text in texts]


def _object_of(keys: Iterable[str]) -> str:
    """Return what becomes a JSON object of texts once they are put in as they are written there, without quotes."""
    return "{" + ", ".join([each.replace("%", "%%") + ': "%s"' for each in keys]) + "}"


def _picking(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    return itemgetter(*places) if len(places) > 1 else tuple


def packed_row(row: ReadRow, press: Press, pk: UUID) -> tuple[Any, ...]:
    """Return what a PackedRow holds but for the cells."""
    return row.number, row.reference, row.content, row.keyed, tuple(press.packed(row, pk))


def id_of_row(begun: int, number: int) -> UUID:
    """Return an identifier that sorts by when the import began (milliseconds since 1970) and by the row: version 7 of
    RFC 9562, with the row as its counter and 42 random bits.

    Rows that come in by the million are then written one behind the other, and not each into another page.
    """
    high, low = number >> 20 & 0xFFF, number & 0xFFFFF
    random = int.from_bytes(os.urandom(6)) & 0x3FF_FFFFFFFF
    return UUID(int=begun << 80 | 7 << 76 | high << 64 | 2 << 62 | low << 42 | random)


_MOMENTS, _LISTS = named(Kind.MOMENT), (*LISTS, "urgency_reasons")
#: No row of a feed tells of a condition that was broken, so that this one is always null.
_TRUTHS = (*named(Kind.TRUTH), "for_desk", "at_desk", "breach_of")
#: What is no text, in the order in which `Press.packed` makes it ready.
_OTHERS = (*_TRUTHS, *_MOMENTS, *_LISTS, "original", "id", "row_number")
_NO_TEXTS = frozenset(_OTHERS)
_WRITTEN = (*_MOMENTS, *_LISTS)
_moments_of, _lists_of, _truths_of = itemgetter(*_MOMENTS), itemgetter(*_LISTS), itemgetter(*_TRUTHS)
#: The signs that JSON spells out nowhere.
_PLAIN = bytes(sign for sign in range(0x20, 0x7F) if sign not in b'"\\')
_SAID = {True: "true", False: "false", None: "null"}
_as_json = json.JSONEncoder().encode
_encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _moment(at: datetime | None) -> tuple[str, str | None]:
    """Return a moment as the proof has it and as the table has it: in UTC, to the microsecond where there are any."""
    if at is None:
        return "null", None
    kept = at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return f'"{kept[:10]}T{kept[11:]}{"" if at.microsecond else ".000000"}+00:00"', kept


@lru_cache(maxsize=4_096)
def _listed(texts: tuple[str, ...]) -> tuple[str, str]:
    """Return texts as the proof has them and as the table has them."""
    return _encoded(texts), _as_json([packed(text) for text in texts])


def stored(value: object) -> object:
    """Return a value as every database takes it: a moment as text in UTC, an identifier in hexadecimal digits."""
    if isinstance(value, datetime):
        return _moment(value)[1]
    return value.hex if isinstance(value, UUID) else value


def _proved(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
