"""Django's own migrate, which does not begin a log beside the checkpoints of another database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from fourfold.access import queries as access
from fourfold.audit import services
from fourfold.audit.terms import CannotBegin
from fourfold.cli.management.commands.makemigrations import TablesOnly


class Command(Migrate):
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
        super().handle(*args, **options)
