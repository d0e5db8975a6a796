"""From a TOML file to an Instrument: every key is expected, of its type, and none is left over.

A table of the file is read by the annotations of the value that it becomes, so that a field is declared once: in
`terms`. Here stands only where the file differs from that. Hand-checked cases are read in `vectors`.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, is_dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import partial
from types import NoneType
from typing import Any, get_args, get_origin

from fourfold.assessment.instruments.canonical import shape
from fourfold.assessment.instruments.conditions import branch
from fourfold.assessment.instruments.tables import Table
from fourfold.assessment.instruments.vectors import vector
from fourfold.assessment.terms import (
    Axis,
    Band,
    Clause,
    Cluster,
    Critical,
    Exclusion,
    Figure,
    Finding,
    Instrument,
    Interval,
    InvalidDefinition,
    Item,
    LevelRule,
    LevelStep,
    Licence,
    Missing,
    Norm,
    Option,
    Room,
    Route,
    Scale,
    Score,
    ScoreItem,
    Section,
)
from fourfold.cases.terms import Level

_WRITTEN: dict[Any, str] = {
    Axis: "axis",
    Band: "band",
    Cluster: "cluster",
    Exclusion: "exclusion",
    Figure: "figure",
    Interval: "interval",
    Item: "item",
    LevelStep: "step",
    Norm: "norm",
    Option: "option",
    Room: "room",
    Route: "route",
    Scale: "scale",
    Score: "score",
    Section: "section",
}
"""What a list of such tables is called in the file: `[[section]]` fills `sections`."""

_NOT_WRITTEN: dict[type, frozenset[str]] = {
    Instrument: frozenset({"sha256", "pack_sha256", "language", "validations", "expressions", "vectors"}),
    Item: frozenset({"expressions", "link"}),
    Licence: frozenset({"claimed_by_import"}),
    Score: frozenset({"expression", "confirmed"}),
}
"""What a definition file never says: it follows from the file, or comes with a form of somebody else."""

_LOOKED_UP = frozenset({"verified"})
_MUST: dict[type, frozenset[str]] = {
    Band: _LOOKED_UP,
    Interval: _LOOKED_UP,
    Licence: frozenset(shape(Licence)) - {"noncommercial", "attribution", "exact_packs"},
    Missing: _LOOKED_UP | {"rule"},
    Room: _LOOKED_UP,
    Route: _LOOKED_UP,
}
"""What a file must say although the value has a default: whether it was looked up, and the whole licence record."""


def read(source: str, file: str) -> Instrument:
    """Read a definition from TOML without judging whether its parts fit together.

    Raises InvalidDefinition for text that is not TOML, and for a missing, wrong or unknown key.
    """
    document = parsed(source, file)
    top = Table(document, file, "definition")
    instrument: Instrument = replace(_value(Instrument, top), sha256=digest(document))
    vectors = top.each("vector", partial(vector, form=instrument))
    top.finish()
    return replace(instrument, vectors=vectors)


def parsed(source: str, file: str) -> dict[str, Any]:
    """Parse TOML with its numbers exactly as written, or raise InvalidDefinition with the place."""
    try:
        return tomllib.loads(source, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        finding = Finding("file", f"This is not TOML: {error}.", "Correct the text at that place.")
        raise InvalidDefinition(file, (finding,)) from error


def digest(document: dict[str, Any]) -> str:
    """Return the SHA-256 of a parsed definition, as 64 hexadecimal digits.

    It is taken over canonical JSON (sorted keys, no spaces, UTF-8), so that comments and layout do not count
    and every word, number and order of a list does.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


# --- a table as a value -----------------------------------------------------------------------------------


def _value(kind: Any, table: Table) -> Any:
    """Read a table as a value of this type, each entry by the annotation of its field."""
    left_out, must = _NOT_WRITTEN.get(kind, frozenset()), _MUST.get(kind, frozenset())
    found: dict[str, Any] = {}
    for name, (annotation, default) in shape(kind).items():
        if special := _SPECIAL.get((kind, name)):
            found[name] = special(table)
        elif name not in left_out:
            found[name] = _entry(table, name, annotation, MISSING if name in must else default)
    return kind(**found)


def _entry(table: Table, key: str, annotation: Any, default: Any) -> Any:
    """Read one entry; an absent one gives the default, None where the annotation allows it, or is refused."""
    kinds: tuple[Any, ...] = (annotation,) if get_origin(annotation) is tuple else get_args(annotation) or (annotation,)
    kind, part = kinds[0], next(iter(get_args(kinds[0])), None)
    if is_dataclass(part):
        return table.each(_WRITTEN.get(part, key), partial(_value, part))
    if not table.has(key) and (default is not MISSING or NoneType in kinds):
        return None if default is MISSING else default
    if part:
        return table.several(key, part) if issubclass(part, StrEnum) else table.words(key)
    if is_dataclass(kind):
        with table.table(key) as inner:
            return branch(inner) if kind is Clause else _value(kind, inner)
    return table.choice(key, kind) if issubclass(kind, StrEnum) else table.take(key, kind)


def _score_items(table: Table) -> tuple[ScoreItem, ...]:
    """Read the terms of a score: one by one in `items`, or only their fields in `of` where nothing is special."""
    return (*map(ScoreItem, table.words("of", [])), *table.each("items", partial(_value, ScoreItem)))


def _field_of_term(table: Table) -> str:
    return "" if table.has("score") else table.take("field", str, "")


def _house_levels(table: Table) -> tuple[tuple[str, Level], ...]:
    named = table.take("as_house", dict, {})
    for code, value in named.items():
        if value not in list(Level):
            table.refuse("as_house", f"{code} = {value!r} is not a level.", f"Write one of: {', '.join(Level)}.")
    return tuple((code, Level(value)) for code, value in named.items())


def _lookup(table: Table) -> tuple[tuple[Decimal, Decimal], ...]:
    """Read pairs of raw and converted values, each written `[raw, converted]`."""
    rows = table.take("table", list, [])
    if not all(isinstance(row, list) and len(row) == 2 and {*map(type, row)} <= {int, Decimal} for row in rows):
        table.refuse("table", "It does not fit.", "Write pairs of numbers: [[7, 7.00], [8, 9.51]].")
    return tuple((Decimal(raw), Decimal(turned)) for raw, turned in rows)


_SPECIAL: dict[tuple[type, str], Callable[[Table], Any]] = {
    (Critical, "when"): lambda table: table.words("when", []),
    (Instrument, "notice"): lambda table: table.take("notice", str, ""),
    (LevelRule, "as_house"): _house_levels,
    (Score, "items"): _score_items,
    (Score, "table"): _lookup,
    (ScoreItem, "field"): _field_of_term,
}
"""What is not written as its annotation says."""
