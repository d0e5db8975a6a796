"""How an entry is written down and chained, and how a chain is judged. No framework, no clock."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fourfold.audit.terms import Finding

GENESIS = "0" * 64
LARGEST_INTEGER = 2**53
LARGEST_BODY = 16 * 1024


def canonical(value: object) -> str:
    """Return the one JSON text of `value`: sorted keys, NFC, no floats, integers up to 2^53 (after RFC 8785)."""
    return text_of(plain(value))


#: The text of what is plain already.
text_of = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def plain(value: object) -> object:
    """Return `value` as nothing but texts in NFC, integers, truths, nothing, and lists and records of them."""
    if type(value) is str:  # most values of most rows
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError("an audit entry holds integers up to 2^53 only")
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise ValueError(f"an audit entry cannot hold a {type(value).__name__}")


def link(previous: str, body: str) -> str:
    """Return the hash of an entry: SHA-256 over the previous hash and this entry's canonical text."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def root(digests: Iterable[str]) -> str:
    """Return one hash for a batch of row digests, in their order; a batch of none has a root too."""
    total = hashlib.sha256(b"batch")
    for digest in digests:
        total.update(digest.encode())
    return total.hexdigest()


@dataclass(frozen=True)
class Stored:
    """An entry as it lies in the table."""

    seq: int
    body: str
    previous: str
    hash: str
    columns: dict[str, object]


@dataclass(frozen=True)
class Checkpoint:
    """What was true of the log at one moment, kept outside the database and signed."""

    size: int
    hash: str


def faults(entries: Iterable[Stored], size: int, head: str, checkpoints: dict[int, str]) -> Iterator[Finding]:
    """Yield what is wrong with a log, in the order of its entries.

    `entries` come in the order of their sequence numbers; `size` and `head` are what the log says of itself;
    `checkpoints` maps a size to the hash that was signed for it elsewhere.
    """
    expected, previous, last = 1, GENESIS, 0
    for entry in entries:
        if entry.seq != expected:
            missing = f"{expected}" if entry.seq == expected + 1 else f"{expected} to {entry.seq - 1}"
            yield Finding("removed", expected, f"entry {missing} is missing")
        elif entry.previous != previous:
            yield Finding("chain", entry.seq, f"entry {entry.seq} does not follow from the one before it")
        if link(entry.previous, entry.body) != entry.hash:
            yield Finding("edited", entry.seq, f"the text of entry {entry.seq} is not what was sealed")
        elif (wrong := _column_that_differs(entry)) is not None:
            yield Finding("edited", entry.seq, f"entry {entry.seq} shows another {wrong} than its sealed text")
        if entry.seq in checkpoints and checkpoints[entry.seq] != entry.hash:
            yield Finding("rewritten", entry.seq, f"entry {entry.seq} is not the one that was signed elsewhere")
        expected, previous, last = entry.seq + 1, entry.hash, entry.seq
    if last < size or last < max(checkpoints, default=0):
        yield Finding("cut", last + 1, f"the log ends at entry {last}, but {max(size, *checkpoints, 0)} were sealed")
    elif (last, previous) != (size, head):
        yield Finding("head", last, "the end of the log is not what the log says of itself")


def _column_that_differs(entry: Stored) -> str | None:
    sealed = json.loads(entry.body)
    return next((name for name, value in entry.columns.items() if sealed.get(name) != value), None)
