"""What an entry commits to: salted digests of rows, written down the same way for ever."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from fourfold.audit import rules
from fourfold.gateways.keyring import Keyring, open_keyring

FIRST_EDITION = 1


def keyring() -> Keyring:
    return open_keyring(Path(settings.FOURFOLD.keys_dir))


def row_commitment(row: models.Model, edition: int | None = None) -> str:
    """Return the salted digest of a row's stored values, the same whether read back or just saved.

    `edition` says of which columns: those that there were when an entry sealed the row. None: those of today.
    """
    columns = committed(type(row), edition or todays_edition())
    values = {column.attname: _plain_value(column, getattr(row, column.attname)) for column in columns}
    return keyring().commitment(row._meta.label_lower, rules.text_of(values).encode())


@cache
def committed(model: type[models.Model], edition: int) -> tuple[models.Field[Any, Any], ...]:
    """Return the columns of a table to which a digest commits in an edition of the columns.

    A model says in ADDED_IN which columns came after the first edition, and with which, so that what was sealed before
    can be proved for ever; and in NOT_COMMITTED what is a copy of other rows.
    """
    skipped: frozenset[str] = getattr(model, "NOT_COMMITTED", frozenset())
    added: dict[str, int] = getattr(model, "ADDED_IN", {})
    return tuple(
        column
        for column in model._meta.concrete_fields
        if column.attname not in skipped and added.get(column.attname, FIRST_EDITION) <= edition
    )


@cache
def todays_edition() -> int:
    """Return the edition of the columns with which entries are sealed now: the highest that any model names."""
    return max((max(getattr(model, "ADDED_IN", {}).values(), default=1) for model in apps.get_models()), default=1)


def _plain_value(column: models.Field[Any, Any], value: object) -> object:
    if value is None or (type(value) is bool and isinstance(column, models.BooleanField)):
        return value
    if type(value) is str and isinstance(column, models.CharField | models.TextField):
        return value if value.isascii() else rules.plain(value)  # most values, and what `to_python` would give
    value = column.to_python(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, dict | list):
        return rules.plain(json.loads(json.dumps(value, default=str), parse_float=str)) if value else value
    return rules.plain(value if isinstance(value, bool | int | str) or value is None else str(value))


def count_bucket(count: int) -> str:
    """Return the size of a result in the four steps that the log keeps."""
    steps = ((0, "0"), (1, "1"), (25, "2-25"), (100, "26-100"))
    return next((name for most, name in steps if count <= most), "over 100")


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def checkpoint_text(size: int, digest: str, at: str) -> str:
    """Return the signed note of a checkpoint: origin, size, hash and time, a line each."""
    return f"fourfold audit\n{size}\n{digest}\n{at}\n"
