"""Django's own makemigrations, for which a word that a form shows is no change of a table."""

from typing import Any

from django.apps import apps
from django.core.management.commands.makemigrations import Command as MakeMigrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState


class TablesOnly(MigrationAutodetector):
    """Compares what the database holds: a field's choices, and whether a form may edit it, are left out.

    So a changed label needs no migration, and no migration repeats an enumeration.
    """

    def __init__(self, from_state: ProjectState, to_state: ProjectState, *args: Any, **kwargs: Any) -> None:
        for model in (*from_state.models.values(), *to_state.models.values()):
            if apps.get_app_config(model.app_label).name.startswith("fourfold."):
                model.options.pop("abstract", None)  # always False here
                for field in model.fields.values():
                    field.choices, field.editable = None, True
        super().__init__(from_state, to_state, *args, **kwargs)


class Command(MakeMigrations):
    """Writes a migration where a table changed."""

    autodetector = TablesOnly
