"""Everything that a force owns, in a form that needs no Fourfold to be read: rows as JSON lines, and a codebook beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from fourfold.audit.commitments import instant

README = """\
Everything that this installation holds, for another system to read.

tables/NAME.jsonl   the rows of a table in the order of their key: one JSON object a line, a name for each column
codebook.json       each table: what it is, its columns, their types, what they refer to, what may stand in them, how many rows
files/              the files beside the database, as they lay there
keys.json           how to open what is sealed

Instants are UTC, days are ISO 8601, decimal numbers and identifiers are text, bytes are hexadecimal, null is null.
"""
SEALED = {
    "sealed_as": "KEY-ID:BASE64, of a nonce of 12 bytes and what AES-256-GCM made of the text",
    "key": "HMAC-SHA-256 of the word seal under the 32 bytes of root.N in keyring.json for a value that begins with seal.N, which `fourfold backup keys` keeps",
    "bound_to": "the place of each value is its associated data: table, row and field, as src/fourfold/people says it",
}


def tables() -> list[type[models.Model]]:
    """Return every table, those of libraries and those between two others included, by name."""
    return sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.db_table)


def rows(model: type[models.Model]) -> Iterator[dict[str, Any]]:
    """Yield every row of a table in the order of its key, each value as JSON takes it."""
    columns = [column.attname for column in model._meta.concrete_fields]
    for row in model._base_manager.order_by("pk").values_list(*columns).iterator(chunk_size=2_000):
        yield {name: plain(value) for name, value in zip(columns, row, strict=True)}


def plain(value: object) -> object:
    """Return a value as JSON takes it, so that another reader gets the same one back."""
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, UUID | Decimal | Path):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"no way to write {type(value).__name__}")


def write(folder: Path) -> dict[str, int]:
    """Write every table and the codebook into a folder; return how many rows each has."""
    counts: dict[str, int] = {}
    (folder / "tables").mkdir(parents=True)
    for model in tables():
        name = model._meta.db_table
        with (folder / "tables" / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for count, row in enumerate(rows(model), start=1):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                counts[name] = count
        counts.setdefault(name, 0)
    book = {model._meta.db_table: described(model) | {"rows": counts[model._meta.db_table]} for model in tables()}
    (folder / "codebook.json").write_text(json.dumps(book, indent=1, ensure_ascii=False), encoding="utf-8")
    (folder / "README.txt").write_text(README, encoding="utf-8")
    (folder / "keys.json").write_text(json.dumps(SEALED, indent=1), encoding="utf-8")
    return counts


def described(model: type[models.Model]) -> dict[str, Any]:
    """Return what the codebook says of a table."""
    said = (model.__doc__ or "").strip()
    automatic = said.startswith(f"{model.__name__}(")
    columns = {column.attname: _described(column) for column in model._meta.concrete_fields}
    return {"is": "" if automatic else said, "key": model._meta.pk.attname, "columns": columns}


def _described(column: models.Field[Any, Any]) -> dict[str, Any]:
    target = column.remote_field.model._meta.db_table if column.remote_field else None
    choices = {str(value): str(words) for value, words in column.flatchoices} if column.choices else None
    said = {
        "type": column.get_internal_type(),
        "may_be_null": column.null,
        "longest": column.max_length,
        "refers_to": target,
        "may_be": choices,
    }
    return {key: value for key, value in said.items() if value is not None}
