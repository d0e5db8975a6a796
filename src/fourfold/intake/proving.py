"""One digest for each row that a batch has made, and one root for the batch: what the log commits to.

`audit.commitments.row_commitment` says the same of any row, field by field through the framework; this is a tenth of
its work, for rows that come by the ten thousand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

from django.db.models import Model

from fourfold.audit import rules as audit_rules
from fourfold.audit.commitments import keyring


def root_of(rows: Iterable[Model]) -> str:
    """Return the root of a batch of rows, in the order given; the same whether just saved or read back."""
    keys = keyring()
    return audit_rules.root(keys.commitment("batch", _text_of(row).encode()) for row in rows)


def _text_of(row: Model) -> str:
    values = [getattr(row, name) for name in _columns(type(row))]
    return _encoded(values)


@cache
def _columns(model: type[Model]) -> tuple[str, ...]:
    skipped: frozenset[str] = getattr(model, "NOT_COMMITTED", frozenset())
    return tuple(column.attname for column in model._meta.concrete_fields if column.attname not in skipped)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


_encoded = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=False).encode
