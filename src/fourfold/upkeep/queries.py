"""What this installation says of itself: its migrations, its log and the keys beside it."""

from contextlib import suppress
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, QuerySet, Subquery, Value

from fourfold.audit import queries as audit
from fourfold.audit.models import Entry, Head
from fourfold.gateways import private
from fourfold.people.models import Message

#: What is asked of a copy of the database, so that it is of one moment with the copy: the log's end, how many messages
#: wait to be sent, and which migrations it has had.
ASKED_OF_A_COPY = (
    f"SELECT size, hash, (SELECT mac FROM {Entry._meta.db_table} WHERE seq = size) FROM {Head._meta.db_table} WHERE id = 1",  # noqa: S608 -- our own tables
    f"SELECT count(*) FROM {Message._meta.db_table} WHERE state = 'waiting'",  # noqa: S608
    "SELECT app, name FROM django_migrations",
)


def is_ready() -> bool:
    """Return whether the database answers with the tables of this release, and the log can be written with our keys."""
    return not missing_migrations() and audit.is_ready()


def why_not_these_keys() -> str | None:
    """Return that the keys beside this database are not its own, and what to do; None where they are, or nothing is in it.

    Whoever went on with other keys would write a log in two hands, and seal what nobody opens after the right keys are back.
    """
    if not audit.has_log() or audit.keys_fit():
        return None
    return (
        f"The keys in {settings.FOURFOLD.keys_dir} are not those with which the log of this database was written. Move them "
        "away, and restore the backup of the keys: fourfold restore FILE --identity KEY"
    )


def missing_migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations of this release that the database has not had, in one statement."""
    return shipped_migrations() - set(MigrationRecorder(connection).applied_migrations())


@cache
def shipped_migrations() -> frozenset[tuple[str, str]]:
    """Return app and name of every migration that this release brings."""
    return frozenset(MigrationLoader(None).disk_migrations)


def not_listed() -> Subquery:
    """Return how many disposals the list with the keys does not name, by which a restored backup has them done again."""
    return _many(apps.get_model("governance.disposed")._base_manager.exclude(pk__in=_listed()))


def came_back() -> Subquery:
    """Return how many cases are there that the list with the keys says were disposed of: a restore was not done to its end."""
    return _many(apps.get_model("cases.case")._base_manager.filter(pk__in=_listed()))


def _many(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().values(one=Value(1)).annotate(many=Count("pk")).values("many"))


def _listed() -> list[UUID]:
    found = list[UUID]()
    for line in private.read_lines(settings.FOURFOLD.keys_dir / "disposals.jsonl"):
        with suppress(
            TypeError, KeyError, ValueError, AttributeError
        ):  # the next backup writes anew what cannot be read
            found.append(UUID(line["id"]))  # type: ignore[index]
    return found
