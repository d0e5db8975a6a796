"""A row that was read, made ready for its table where it was read: what each column holds, and by what it is proved.

Pure, so that another process can do it while this one stores. `intake.proving` computes the same digest of any row that
is in the table.
"""

import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
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
        self._salt = form.salt
        self._shared_stored = {name: stored(value) for name, value in form.shared.items()}
        self._in_table = itemgetter(*form.stored)
        self._proof = [_encoded(_proved(form.shared[name])) if name in form.shared else "" for name in form.proved]
        self._places = {name: place for place, name in enumerate(form.proved) if name not in form.shared}
        self._texts = [(place, name) for name, place in self._places.items() if name not in _NO_TEXTS]
        self._truths = [(self._places[name], name) for name in _TRUTHS if name in self._places]
        self._sorted: dict[tuple[str, ...], list[tuple[str, str]]] = {}

    def packed(self, row: ReadRow, pk: UUID) -> Packed:
        values = row_of(row.told, row.judged or judged(row.told))
        values["row_hash"], values["row_number"] = row.content, row.number
        proof, places = self._proof.copy(), self._places
        stored = {**self._shared_stored, **values, "id": pk.hex}
        for place, name in self._texts:
            proof[place] = quoted(values[name])
        for place, name in self._truths:
            proof[place] = _SAID[values[name]]
        for name in _MOMENTS:
            proof[places[name]], stored[name] = _moment(values[name])
        for name in _LISTS:
            stored[name], proof[places[name]] = _listed(tuple(values[name]))
        stored["original"], proof[places["original"]] = self._originals(values["original"])
        proof[places["id"]], proof[places["row_number"]] = f'"{pk}"', str(row.number)
        digest = hmac.digest(self._salt, f"[{', '.join(proof)}]".encode(), "sha256").hex()
        return Packed(row.number, digest, self._in_table(stored))

    def _originals(self, cells: Mapping[str, str]) -> tuple[str, str]:
        """Return the cells as JSON: as the table keeps them, and with sorted columns as the proof does."""
        names = tuple(cells)
        if names not in self._sorted:
            if len(self._sorted) >= LAYOUTS:
                self._sorted.clear()
            self._sorted[names] = [(f"{quoted(name)}: ", name) for name in sorted(names)]
        kept = _as_json(cells)
        return kept, "{" + ", ".join([key + quoted(cells[name]) for key, name in self._sorted[names]]) + "}"


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
_NO_TEXTS = frozenset({*_MOMENTS, *_LISTS, *_TRUTHS, "original", "id", "row_number"})
_SAID = {True: "true", False: "false", None: "null"}
_as_json = json.JSONEncoder().encode
_encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _moment(at: datetime | None) -> tuple[str, str | None]:
    """Return a moment as the proof has it and as the table has it: in UTC, to the microsecond where there are any."""
    if at is None:
        return "null", None
    proved = at.astimezone(UTC).isoformat(timespec="microseconds")
    return f'"{proved}"', f"{proved[:10]} {proved[11:26] if at.microsecond else proved[11:19]}"


@lru_cache(maxsize=4_096)
def _listed(texts: tuple[str, ...]) -> tuple[str, str]:
    return _as_json([packed(text) for text in texts]), _encoded(texts)


def stored(value: object) -> object:
    """Return a value as every database takes it: a moment as text in UTC, an identifier in hexadecimal digits."""
    if isinstance(value, datetime):
        return _moment(value)[1]
    return value.hex if isinstance(value, UUID) else value


def _proved(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
