"""One definition as bytes that are the same whenever it is the same: the identity of what was brought in.

JSON with sorted keys, no spaces, UTF-8. What stands at its default is left out, so that a later release, which
knows more about instruments, writes the same bytes for the same form. A decimal is text in its shortest exact form.
"""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from fourfold.assessment.terms import AllOf, AnyOf, Clause, Finding, Instrument, InvalidDefinition, Not

JOINED = {"all": AllOf, "any": AnyOf, "not": Not, "clause": Clause}
"""How the parts of a condition are told apart in the bytes."""

DEEPEST = 60
"""Levels of tables inside tables; more is no definition of ours, and reading it would end in the interpreter."""


class _Unfit(Exception):
    """A part of the bytes that is not what stands in this place of a definition."""


def canonical(instrument: Instrument) -> bytes:
    """Return the definition as canonical JSON, without its own hash, which follows from it."""
    plain = _plain(replace(instrument, sha256=""))
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_canonical(raw: bytes) -> Instrument:
    """Return the definition that `canonical` wrote, with the SHA-256 of the bytes as its hash.

    Raises InvalidDefinition for anything else, and never another error, whatever the bytes are.
    """
    try:
        found = _built(Instrument, json.loads(raw.decode(), parse_float=_no_float), "definition", 0)
    except (_Unfit, ValueError, RecursionError) as unfit:
        finding = Finding("bytes", f"This is not a kept definition: {unfit}.", "Bring the form in again.")
        raise InvalidDefinition("canonical", (finding,)) from unfit
    return replace(found, sha256=hashlib.sha256(raw).hexdigest())


def identity(instrument: Instrument) -> str:
    return hashlib.sha256(canonical(instrument)).hexdigest()


def _no_float(text: str) -> None:
    raise _Unfit(f"a number with a point, {text[:20]}, where only text may hold one")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _table(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _table(value: Any) -> dict[str, Any]:
    entries = {
        field.name: _plain(getattr(value, field.name))
        for field in fields(value)
        if getattr(value, field.name) != _default(field)
    }
    kind = next((name for name, kind in JOINED.items() if type(value) is kind), None)
    return {"is": kind, **entries} if kind else entries


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


@cache
def shape(kind: type) -> dict[str, tuple[Any, Any]]:
    """Return the annotation and the default (MISSING: it must be there) of each field of a dataclass."""
    hints = get_type_hints(kind)
    return {each.name: (hints[each.name], _default(each)) for each in fields(kind)}


def _built(kind: Any, value: Any, where: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise _Unfit(f"{where} is nested too deeply")
    if get_origin(kind) in (Union, types.UnionType):
        return _one_of(get_args(kind), value, where, depth)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value, where, depth)
    if is_dataclass(kind) and isinstance(kind, type):
        return _row(kind, value, where, depth)
    return _leaf(kind, value, where)


def _one_of(kinds: tuple[Any, ...], value: Any, where: str, depth: int) -> Any:
    """Read a union: either something or None, or the parts of a condition."""
    if value is None and type(None) in kinds:
        return None
    real = [kind for kind in kinds if kind is not type(None)]
    if len(real) == 1:
        return _built(real[0], value, where, depth)
    if not isinstance(value, dict) or value.get("is") not in JOINED:
        raise _Unfit(f"{where} is not a condition")
    rest = {key: entry for key, entry in value.items() if key != "is"}
    return _row(JOINED[value["is"]], rest, where, depth)


def _tuple(kinds: tuple[Any, ...], value: Any, where: str, depth: int) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _Unfit(f"{where} is not a list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_built(kinds[0], each, where, depth + 1) for each in value)
    if len(value) != len(kinds):
        raise _Unfit(f"{where} does not have {len(kinds)} parts")
    return tuple(_built(kind, each, where, depth + 1) for kind, each in zip(kinds, value, strict=True))


def _row(kind: type, value: Any, where: str, depth: int) -> Any:
    known = shape(kind)
    if not isinstance(value, dict):
        raise _Unfit(f"{where} is not a table")
    if unknown := value.keys() - known.keys():
        raise _Unfit(f"{where} has an unknown key, {min(unknown)[:40]}")
    if lacking := [name for name, (_, default) in known.items() if default is MISSING and name not in value]:
        raise _Unfit(f"{where} lacks {lacking[0]}")
    parts = {name: _built(known[name][0], entry, f"{where}, {name}", depth + 1) for name, entry in value.items()}
    return kind(**parts)


def _leaf(kind: Any, value: Any, where: str) -> Any:
    if kind is Decimal:
        return _decimal(value, where)
    if isinstance(kind, type) and issubclass(kind, Enum | date):
        return _word(kind, value, where)
    if type(value) is not kind:
        raise _Unfit(f"{where} is not {kind.__name__}")
    return value


def _decimal(value: Any, where: str) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise _Unfit(f"{where} is not a number")
    return number


def _word(kind: type[Any], value: Any, where: str) -> Any:
    if not isinstance(value, str):
        raise _Unfit(f"{where} is not text")
    try:
        return kind.fromisoformat(value) if issubclass(kind, date) else kind(value)
    except ValueError as unknown:
        raise _Unfit(f"{where}: {unknown}") from unknown
