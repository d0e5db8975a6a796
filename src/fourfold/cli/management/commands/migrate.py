"""Django's own migrate, which does not begin a log beside the checkpoints of another database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection, connections

from fourfold.audit import services
from fourfold.audit.terms import CannotBegin
from fourfold.cli.newborn import make_tables

#: Who asks for one of these wants the migrations themselves, one by one.
WANTED = frozenset({"app_label", "migration_name", "fake", "fake_initial", "plan", "check_unapplied", "prune"})


class Command(Migrate):
    """Migrates; for a database without a log beside checkpoints of another, see `audit.services.make_way`."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Look for checkpoints of another log first; a test's own database has none, whatever its name."""
        ours = str(connection.settings_dict["NAME"]) == str(settings.FOURFOLD.database()["NAME"])
        try:
            said = services.make_way() if ours else ""
        except CannotBegin as why:
            raise CommandError(str(why)) from why
        if said:
            self.stderr.write(said)
        if not WANTED.intersection(name for name, value in options.items() if value):
            make_tables(connections[options["database"]])
        super().handle(*args, **options)
