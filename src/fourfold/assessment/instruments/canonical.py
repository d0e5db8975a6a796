"""One definition as bytes that are the same whenever it is the same: the identity of what was brought in.

JSON with sorted keys, no spaces, UTF-8. What stands at its default is left out, so that a later release, which
knows more about instruments, writes the same bytes for the same form. A decimal is text in its shortest exact form.
"""

import hashlib
import json
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache, partial
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

from fourfold.assessment.terms import AllOf, AnyOf, Clause, Finding, Instrument, InvalidDefinition, Not

JOINED = {"all": AllOf, "any": AnyOf, "not": Not, "clause": Clause}
"""How the parts of a condition are told apart in the bytes."""

AS_IT_STANDS = frozenset({str, bool, int, type(None)})
NAMED = {kind: name for name, kind in JOINED.items()}

DEEPEST = 60
"""Levels of tables inside tables; more is no definition of ours, and reading it would end in the interpreter."""


class _Unfit(Exception):
    """A part of the bytes that is not what stands in this place of a definition; the place is named on the way out."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words, self.place = words, ["definition"]

    def __str__(self) -> str:
        return ", ".join([self.place[0], *reversed(self.place[1:])]) + self.words


Reader = Callable[[Any, int], Any]
"""How a value of JSON becomes a value of ours: takes it and the levels that it lies under."""


def canonical(instrument: Instrument) -> bytes:
    """Return the definition as canonical JSON, without its own hash, which follows from it."""
    plain = _plain(replace(instrument, sha256=""))
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_canonical(raw: bytes) -> Instrument:
    """Return the definition that `canonical` wrote, with the SHA-256 of the bytes as its hash.

    Raises InvalidDefinition for anything else, and never another error, whatever the bytes are.
    """
    try:
        found = _reader(Instrument)(json.loads(raw.decode(), parse_float=_no_float), 0)
    except (_Unfit, ValueError, RecursionError) as unfit:
        finding = Finding("bytes", f"This is not a kept definition: {unfit}.", "Bring the form in again.")
        raise InvalidDefinition("canonical", (finding,)) from unfit
    return replace(found, sha256=hashlib.sha256(raw).hexdigest())


def identity(instrument: Instrument) -> str:
    return hashlib.sha256(canonical(instrument)).hexdigest()


def _no_float(text: str) -> None:
    raise _Unfit(f" holds a number with a point, {text[:20]}, where only text may hold one")


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in AS_IT_STANDS:  # nearly all: told apart first
        return value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(kind):
        return _table(value, kind)
    if kind is Decimal:
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _table(value: Any, kind: type) -> dict[str, Any]:
    name, names, defaults, read = _written(kind)
    entries = {"is": name} if name else {}
    for key, entry, default in zip(names, read(value), defaults, strict=True):
        if entry != default:
            entries[key] = entry if type(entry) in AS_IT_STANDS else _plain(entry)
    return entries


@cache
def _written(kind: type) -> tuple[str, tuple[str, ...], tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return how a dataclass is written: its name in a condition, its fields, their defaults, and what reads them all."""
    known = shape(kind)
    read = attrgetter(*known) if len(known) > 1 else lambda value: tuple(getattr(value, name) for name in known)
    return NAMED.get(kind, ""), tuple(known), tuple(default for _, default in known.values()), read


@cache
def shape(kind: type) -> dict[str, tuple[Any, Any]]:
    """Return the annotation and the default (MISSING: it must be there) of each field of a dataclass."""
    hints = get_type_hints(kind)
    defaults = {
        each.name: each.default if each.default_factory is MISSING else each.default_factory() for each in fields(kind)
    }
    return {name: (hints[name], default) for name, default in defaults.items()}


@cache
def _reader(kind: Any) -> Reader:
    """Return what reads a value of an annotation: looked at once for each kind, and not once for each of 20,000 answers."""
    if get_origin(kind) in (Union, types.UnionType):
        return _one_of(get_args(kind))
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind))
    if is_dataclass(kind) and isinstance(kind, type):
        return partial(_row, kind)
    if kind is Decimal:
        return _decimal
    return partial(_word if isinstance(kind, type) and issubclass(kind, Enum | date) else _same, kind)


def _one_of(kinds: tuple[Any, ...]) -> Reader:
    """Read a union: either something or None, or the parts of a condition."""
    real = [kind for kind in kinds if kind is not type(None)]
    one = _reader(real[0]) if len(real) == 1 else _condition
    may_be_none = len(real) < len(kinds)
    return lambda value, depth: None if value is None and may_be_none else one(value, depth)


def _condition(value: Any, depth: int) -> Any:
    if not isinstance(value, dict) or str(value.get("is")) not in JOINED:
        raise _Unfit(" is not a condition")
    return _row(JOINED[value["is"]], {key: entry for key, entry in value.items() if key != "is"}, depth)


def _tuple(kinds: tuple[Any, ...]) -> Reader:
    endless = len(kinds) == 2 and kinds[1] is Ellipsis

    def read(value: Any, depth: int) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Unfit(" is not a list")
        _require_shallow(value, depth)
        if endless:
            each = _reader(kinds[0])
            return tuple([each(entry, depth + 1) for entry in value])
        if len(value) != len(kinds):
            raise _Unfit(f" does not have {len(kinds)} parts")
        return tuple(_reader(kind)(entry, depth + 1) for kind, entry in zip(kinds, value, strict=True))

    return read


def _require_shallow(value: Any, depth: int) -> None:
    if depth + bool(value) > DEEPEST:  # what it holds lies a level deeper
        raise _Unfit(" is nested too deeply")


def _row(kind: type, value: Any, depth: int) -> Any:
    _require_shallow(value, depth)
    known = shape(kind)
    if not isinstance(value, dict):
        raise _Unfit(" is not a table")
    if unknown := value.keys() - known.keys():
        raise _Unfit(f" has an unknown key, {min(unknown)[:40]}")
    if lacking := [name for name, (_, default) in known.items() if default is MISSING and name not in value]:
        raise _Unfit(f" lacks {lacking[0]}")
    parts = {}
    for name, entry in value.items():
        try:
            parts[name] = _reader(known[name][0])(entry, depth + 1)
        except _Unfit as unfit:
            unfit.place.append(name)
            raise
    return kind(**parts)


def _same(kind: type, value: Any, _: int) -> Any:
    if type(value) is not kind:
        raise _Unfit(f" is not {kind.__name__}")
    return value


def _decimal(value: Any, _: int) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise _Unfit(" is not a number")
    return number


def _word(kind: type[Any], value: Any, _: int) -> Any:
    if not isinstance(value, str):
        raise _Unfit(" is not text")
    try:
        return kind.fromisoformat(value) if issubclass(kind, date) else kind(value)
    except ValueError as unknown:
        raise _Unfit(f": {unknown}") from unknown
