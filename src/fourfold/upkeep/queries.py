"""What this installation says of itself: its migrations, its log and the keys beside it."""

from __future__ import annotations

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from fourfold.audit import queries as audit


def is_ready() -> bool:
    """Return whether the database answers with the tables of this release, and the log can be written with our keys."""
    return not missing_migrations() and audit.is_ready()


def missing_migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations of this release that the database has not had, in one statement."""
    return shipped_migrations() - set(MigrationRecorder(connection).applied_migrations())


@cache
def shipped_migrations() -> frozenset[tuple[str, str]]:
    """Return app and name of every migration that this release brings."""
    return frozenset(MigrationLoader(None).disk_migrations)
