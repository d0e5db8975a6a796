"""Entries may be added, never edited or removed: the database itself says so, on both engines."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GENESIS = "0" * 64

SQLITE = """
CREATE TRIGGER audit_entry_{verb} BEFORE {verb} ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END
"""

POSTGRESQL = """
CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit entries are never changed'; END $$;
CREATE TRIGGER audit_entry_refuse BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
CREATE TRIGGER audit_entry_refuse_truncate BEFORE TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse();
"""

POSTGRESQL_UNDO = """
DROP TRIGGER audit_entry_refuse_truncate ON audit_entry;
DROP TRIGGER audit_entry_refuse ON audit_entry;
DROP FUNCTION audit_entry_refuse();
"""


def seal(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(POSTGRESQL)
    else:
        for verb in ("UPDATE", "DELETE"):
            editor.execute(SQLITE.format(verb=verb))


def unseal(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(POSTGRESQL_UNDO)
    else:
        for verb in ("UPDATE", "DELETE"):
            editor.execute(f"DROP TRIGGER audit_entry_{verb}")


def begin(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    heads = apps.get_model("audit", "Head")._base_manager.using(editor.connection.alias)
    heads.get_or_create(pk=1, defaults={"size": 0, "hash": GENESIS})


class Migration(migrations.Migration):
    dependencies = (("audit", "0001_initial"),)
    operations = (migrations.RunPython(seal, unseal), migrations.RunPython(begin, migrations.RunPython.noop))
