"""Django's own migrate, which does not begin a log beside the checkpoints of another database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from fourfold.audit.queries import why_not_begin


class Command(Migrate):
    """Migrates; refuses for a database without a log while its checkpoint file holds those of another."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Look for checkpoints of another log first; a test's own database has none, whatever its name."""
        ours = str(connection.settings_dict["NAME"]) == str(settings.FOURFOLD.database()["NAME"])
        if ours and (why := why_not_begin()) is not None:
            raise CommandError(why)
        super().handle(*args, **options)
