"""How an entry is written down and chained, and how a chain is judged. No framework, no clock."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fourfold.audit.terms import Finding

GENESIS = "0" * 64
LARGEST_INTEGER = 2**53
LARGEST_BODY = 16 * 1024


def canonical(value: object) -> str:
    """Return the one JSON text of an entry: sorted keys, no floats, integers up to 2^53 (after RFC 8785).

    Texts stand as they are: two that only look the same are two.
    """
    return text_of(plain(value))


#: The text of what is plain already.
text_of = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def plain(value: object) -> object:
    """Return `value` as nothing but texts, integers, truths, nothing, and lists and records of them."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError("an audit entry holds integers up to 2^53 only")
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise ValueError(f"an audit entry cannot hold a {type(value).__name__}")


def as_bytes(text: str) -> bytes:
    """Return the bytes of any text, also of one that no UTF-8 can hold: a forged one may."""
    return text.encode("utf-8", "surrogatepass")


def link(previous: str, body: str) -> str:
    """Return the hash of an entry: SHA-256 over the previous hash and this entry's canonical text."""
    return hashlib.sha256(as_bytes(f"{previous}\n{body}")).hexdigest()


def root(lines: Iterable[str]) -> str:
    """Return one hash for the lines of a batch, in their order; a batch of none has a root too."""
    total = hashlib.sha256(b"batch")
    for line in lines:
        total.update(as_bytes(f"{line}\n"))
    return total.hexdigest()


def root_of_rows(rows: Iterable[tuple[str, object, str]]) -> str:
    """Return the root of rows by kind, identifier and digest: it binds each digest to its row, which may be gone."""
    return root(f"{kind}:{row}:{digest}" for kind, row, digest in rows)


@dataclass(frozen=True)
class Stored:
    """An entry as it lies in the table; one that cannot be read has no text."""

    seq: int
    body: str | None = None
    previous: str = ""
    hash: str = ""
    mac: str = ""
    columns: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class End:
    """What a log says of itself, and what was signed of it elsewhere: for a size the hash."""

    size: int
    head: str
    checkpoints: dict[int, str]
    least: int = 0  # how long it was when its root key was changed, as the keys say


def faults(
    entries: Iterable[Stored], end: End, mac_of: Callable[[int, str], str], vouched: Callable[[Stored], None]
) -> Iterator[Finding]:
    """Yield what is wrong with a log, in the order of its entries, which come in the order of their numbers.

    `mac_of` says what stands beside an entry that was written with our key; `vouched` is handed each entry whose text
    holds and that was.
    """
    expected, previous, last = 1, GENESIS, 0
    for entry in entries:
        if entry.seq != expected:
            missing = f"{expected}" if entry.seq == expected + 1 else f"{expected} to {entry.seq - 1}"
            yield Finding("removed", expected, f"entry {missing} is missing")
        elif entry.previous != previous:
            yield Finding("chain", entry.seq, f"entry {entry.seq} does not follow from the one before it")
        wrong = _wrong_with(entry, mac_of)
        if wrong is None:
            vouched(entry)
        else:
            yield wrong
        if entry.seq in end.checkpoints and end.checkpoints[entry.seq] != entry.hash:
            yield Finding("rewritten", entry.seq, f"entry {entry.seq} is not the one that was signed elsewhere")
        expected, previous, last = entry.seq + 1, entry.hash, entry.seq
    sealed = max(end.size, *end.checkpoints, end.least)
    if last < sealed:
        yield Finding("cut", last + 1, f"the log ends at entry {last}, but {sealed} were sealed")
    elif (last, previous) != (end.size, end.head):
        yield Finding("head", last, "the end of the log is not what the log says of itself")


def _wrong_with(entry: Stored, mac_of: Callable[[int, str], str]) -> Finding | None:
    if entry.body is None:
        return Finding("edited", entry.seq, f"entry {entry.seq} cannot be read")
    if link(entry.previous, entry.body) != entry.hash:
        return Finding("edited", entry.seq, f"the text of entry {entry.seq} is not what was sealed")
    if not hmac.compare_digest(as_bytes(entry.mac), mac_of(entry.seq, entry.hash).encode()):
        meaning = f"entry {entry.seq} was not written by this installation: whoever did had no key"
        return Finding("forged", entry.seq, meaning)
    wrong = _column_that_differs(entry, record(entry.body))
    if wrong is not None:
        return Finding("edited", entry.seq, f"entry {entry.seq} shows another {wrong} than its sealed text")
    return None


def record(text: str) -> dict[str, Any]:
    """Return the record that a text holds, an empty one where it holds none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _column_that_differs(entry: Stored, sealed: dict[str, Any]) -> str | None:
    return next((name for name, value in entry.columns.items() if sealed.get(name) != value), None)
