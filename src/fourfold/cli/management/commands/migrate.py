"""Django's own migrate, which does not begin a log beside the checkpoints of another database."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from fourfold.access import queries as access
from fourfold.audit import services
from fourfold.audit.terms import CannotBegin
from fourfold.cli.management.commands.makemigrations import TablesOnly
from fourfold.gateways.bulk import make_missing_indexes


class Whole(MigrationExecutor):
    """Applies a migration and notes that it was applied in one transaction.

    Django notes it afterwards where keys or indexes were put off to the end: killed between the two, the next start would
    make the same tables again, and fail for ever.
    """

    def apply_migration(self, state: ProjectState, migration: Migration, *args: Any, **kwargs: Any) -> ProjectState:
        """Apply one, or nothing of it; one that cannot stand in a transaction as Django does."""
        if not (migration.atomic and self.connection.features.can_rollback_ddl):
            return super().apply_migration(state, migration, *args, **kwargs)
        with self.connection.constraint_checks_disabled(), transaction.atomic(using=self.connection.alias):
            return super().apply_migration(state, migration, *args, **kwargs)


migrate.MigrationExecutor = Whole  # type: ignore[attr-defined]  # the command takes it from there


class Command(migrate.Command):
    """Migrates; for a database without a log beside checkpoints of another, see `audit.services.make_way`."""

    autodetector = TablesOnly

    def handle(self, *args: Any, **options: Any) -> None:
        """Look for checkpoints of another log first; a test's own database has none, whatever its name."""
        ours = str(connection.settings_dict["NAME"]) == str(settings.FOURFOLD.database()["NAME"])
        try:
            said = services.make_way() if ours else ""
        except CannotBegin as why:
            raise CommandError(str(why)) from why
        if said:
            self.stderr.write(said)
        if ours and settings.FOURFOLD.production and (real := access.why_not_real()):
            raise CommandError(real)
        loader = MigrationExecutor(connection).loader  # what removes an index of a table would fail for ever without it
        applied = [node for node in loader.graph.nodes if node in loader.applied_migrations]
        make_missing_indexes(loader.project_state(applied).apps.get_models() if applied else ())
        super().handle(*args, **options)
