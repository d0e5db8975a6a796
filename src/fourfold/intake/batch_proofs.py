"""One digest for each row that a batch has made, and one root for the batch: what the log commits to.

`audit.commitments.row_commitment` says the same of any row, field by field through the framework; this is a tenth of
its work, for rows that come by the ten thousand.
"""

import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

from django.db.models import Model

from fourfold.audit import rules as audit_rules
from fourfold.audit.commitments import committed, keyring, todays_edition
from fourfold.intake.rules.feeds import Form, Packed
from fourfold.intake.rules.feeds.packing import NOT_BROUGHT


def root_of(rows: Iterable[Model | Packed | str], edition: int | None = None) -> str:
    """Return the root of a batch of rows, in the order given; the same whether packed, just saved or read back.

    `edition` says to which columns the batch commits: those that there were when it was sealed. None: those of today. Of a
    row that is gone its digest is enough.
    """
    salt, of = salt_of_batches(), edition or todays_edition()
    return audit_rules.root(_leaf(row, salt, of) for row in rows)


def digest_of(row: Model, edition: int) -> str:
    """Return the digest of a row in the root of its batch."""
    return _digest(row, salt_of_batches(), edition)


def _leaf(row: Model | Packed | str, salt: bytes, edition: int) -> str:
    if isinstance(row, str):
        return row
    return row.digest if isinstance(row, Packed) else _digest(row, salt, edition)


def salt_of_batches() -> bytes:
    """Return this installation's secret with which the rows of a batch are committed to."""
    return keyring().salt("batch")


def form_of(model: type[Model], shared: dict[str, object]) -> Form:
    """Return how the rows of an import are packed for a table; `shared` are the columns that are the same in all."""
    return Form(columns_brought(model), columns_proved(model, todays_edition()), shared, salt_of_batches())


def columns_brought(model: type[Model]) -> tuple[str, ...]:
    """Return the columns of a packed row, in the order of its values."""
    return tuple(column.attname for column in model._meta.concrete_fields if column.attname not in NOT_BROUGHT)


def _digest(row: Model, salt: bytes, edition: int) -> str:
    values = [getattr(row, name) for name in columns_proved(type(row), edition)]
    return hmac.digest(salt, _encoded(values).encode(), "sha256").hex()


@cache
def columns_proved(model: type[Model], edition: int) -> tuple[str, ...]:
    """Return the columns that the digest of a row speaks of, in its order."""
    return tuple(column.attname for column in committed(model, edition))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


_encoded = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=False).encode
