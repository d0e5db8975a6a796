"""Reading much as it stood at one moment, while everybody else writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """Let everything read inside be of one moment, and everybody else write meanwhile."""
    outermost = not connection.in_atomic_block
    if connection.vendor == "postgresql":
        with transaction.atomic():
            if outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    sqlite: Any = connection
    sqlite.ensure_connection()  # which sets the mode, as the settings say
    mode, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"  # the other takes the lock of a write at once
    try:
        with transaction.atomic():
            yield
    finally:
        sqlite.transaction_mode = mode
