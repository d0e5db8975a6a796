"""What an entry commits to: salted digests of rows, written down the same way for ever."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from fourfold.audit import rules
from fourfold.gateways.keyring import Keyring, open_keyring

FIRST_EDITION = 1
#: Tables of libraries in which a forged row opens a door, sealed as those of `Sealing.ALWAYS`; and what is not committed.
OF_LIBRARIES = {"mfa.authenticator": frozenset({"last_used_at"}), "account.emailaddress": frozenset()}


def keyring() -> Keyring:
    return open_keyring(settings.FOURFOLD.keys_dir)


def row_commitment(row: models.Model, edition: int | None = None) -> str:
    """Return the salted digest of a row's stored values, the same whether read back or just saved.

    `edition` says of which columns: those that there were when an entry sealed the row. None: those of today.
    """
    columns = committed(type(row), edition or todays_edition())
    return _digest(row, {column.attname: _plain_value(column, getattr(row, column.attname)) for column in columns})


def all_commitments(row: models.Model) -> tuple[str, ...]:
    """Return the digest of a row in each edition of its columns, from the first: one where no column came later."""
    model = type(row)
    last = todays_edition() if getattr(model, "ADDED_IN", None) else FIRST_EDITION
    editions = [committed(model, edition) for edition in range(FIRST_EDITION, last + 1)]
    values = {column.attname: _plain_value(column, getattr(row, column.attname)) for column in editions[-1]}
    return tuple(_digest(row, {column.attname: values[column.attname] for column in each}) for each in editions)


def _digest(row: models.Model, values: dict[str, object]) -> str:
    return keyring().commitment(row._meta.label_lower, rules.as_bytes(rules.text_of(values)))


@cache
def committed(model: type[models.Model], edition: int) -> tuple[models.Field[Any, Any], ...]:
    """Return the columns of a table to which a digest commits in an edition of the columns.

    A model says in ADDED_IN which columns came after the first edition, and with which, so that what was sealed before
    can be proved for ever; and in NOT_COMMITTED what is a copy of other rows.
    """
    skipped: frozenset[str] = getattr(model, "NOT_COMMITTED", OF_LIBRARIES.get(model._meta.label_lower, frozenset()))
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


def mac_of(seq: int, digest: str) -> str:
    """Return what stands beside an entry with this hash, which only the holder of the key of its time can work out."""
    keys = keyring()
    return keys.commitment("entry", digest.encode(), keys.epoch_of(seq))


def _plain_value(column: models.Field[Any, Any], value: object) -> object:
    if value is None or (type(value) is bool and isinstance(column, models.BooleanField)):
        return value
    if type(value) is str and isinstance(column, models.CharField | models.TextField):
        return value  # most values, and what `to_python` would give
    value = column.to_python(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(column, models.JSONField):
        return _numbered(json.loads(json.dumps(value, default=str)))
    return rules.plain(value if isinstance(value, bool | int | str) or value is None else str(value))


def _numbered(value: object) -> object:
    """Return what a JSON column holds, with each number as both engines give it back: 1, 1.0 and "1.0" stay three."""
    if isinstance(value, dict):
        return {key: _numbered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbered(item) for item in value]
    if isinstance(value, float):
        return value + 0.0  # no -0.0, which PostgreSQL does not keep
    if type(value) is int and abs(value) > rules.LARGEST_INTEGER and int(Decimal(repr(float(value)))) == value:
        return float(value)  # PostgreSQL gives 1e+16 back as digits
    return value


def count_bucket(count: int) -> str:
    """Return the size of a result in the four steps that the log keeps."""
    steps = ((0, "0"), (1, "1"), (25, "2-25"), (100, "26-100"))
    return next((name for most, name in steps if count <= most), "over 100")


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def checkpoint_text(size: int, digest: str, at: str) -> str:
    """Return the signed note of a checkpoint: origin, size, hash and time, a line each."""
    return f"fourfold audit\n{size}\n{digest}\n{at}\n"
