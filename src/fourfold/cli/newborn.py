"""A new database: every table is made at once as the models are today, and every migration counts as applied.

Playing eighty migrations one after the other onto nothing takes twenty seconds, most of it to work out how each table
once looked. A database that stands is migrated as ever. `tests/cli/test_newborn.py` holds the two ways against each
other, table by table and row by row, on both engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.apps import apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from django.db.migrations.state import StateApps


def make_tables(connection: BaseDatabaseWrapper) -> bool:
    """Make all tables, in one transaction; return False and do nothing where any table is there already.

    What a migration does beside its tables (triggers, first rows) is done here too where it says `from_the_start`.
    """
    if connection.introspection.table_names():
        return False
    loader = MigrationLoader(connection)
    if any(any(apps.get_app_config(label).get_models()) for label in loader.unmigrated_apps):
        return False  # somebody has turned migrations off, as some tests do
    with connection.schema_editor() as editor:
        editor.create_model(MigrationRecorder.Migration)
        for config in apps.get_app_configs():
            for model in router.get_migratable_models(config, connection.alias, include_auto_created=False):
                if model._meta.can_migrate(connection):
                    editor.create_model(model)
        recorder = MigrationRecorder(connection)
        for key in _in_order(loader):
            _do_what_is_no_table(loader, key, editor)
            recorder.migration_qs.create(app=key[0], name=key[1])
    return True


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return every migration once, each after those on which it depends."""
    plan = (key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf))
    return list(dict.fromkeys(plan))


def _do_what_is_no_table(loader: MigrationLoader, key: tuple[str, str], editor: BaseDatabaseSchemaEditor) -> None:
    migration = loader.graph.nodes[key]
    for operation in migration.operations if getattr(migration, "from_the_start", False) else ():
        if isinstance(operation, RunPython):
            operation.code(cast("StateApps", apps), editor)  # today's models are the state
        elif isinstance(operation, RunSQL):
            editor.execute(str(operation.sql), params=None)
