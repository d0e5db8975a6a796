"""On PostgreSQL the log is kept in volumes, ranges of its numbers: the table that is there becomes the first, and is not copied.

From the least number to the greatest there is always a volume, so that no entry can be without one (docs/adr/0002-one-audit-chain.md).
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'audit_entry'::regclass AND NOT i.indisprimary ORDER BY c.relname
"""
BEFORE = """
ALTER TABLE audit_entry RENAME TO audit_volume_1;
ALTER INDEX audit_entry_pkey RENAME TO audit_volume_1_pkey;
CREATE TABLE audit_entry (LIKE audit_volume_1, PRIMARY KEY (seq)) PARTITION BY RANGE (seq);
"""
#: The refusal of each row is handed on to every volume, by the name that the first one's own has; that of TRUNCATE is not.
AFTER = """
DROP TRIGGER audit_entry_refuse ON audit_volume_1;
CREATE TRIGGER audit_entry_refuse BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
CREATE TRIGGER audit_entry_refuse_truncate BEFORE TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse();
ALTER TABLE audit_entry ATTACH PARTITION audit_volume_1 FOR VALUES FROM (MINVALUE) TO (MAXVALUE);
"""


def put_in_volumes(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        cursor.execute("SELECT EXISTS (SELECT 1 FROM audit_entry)")
        (has_entries,) = cursor.fetchone()
    editor.execute(BEFORE)
    for place, (name, made) in enumerate(indexes, start=1):
        editor.execute(f'ALTER INDEX "{name}" RENAME TO audit_volume_1_index_{place}')
        editor.execute(made)  # of the new table, which takes the first volume's as its own
    editor.execute(AFTER)
    if has_entries:
        editor.execute("ANALYZE audit_entry")  # PostgreSQL does so by itself for each volume, never for the whole


class Migration(migrations.Migration):
    changes_duties = False  # every entry stays what it was
    dependencies = (("audit", "0003_refusals_are_found"),)
    operations = (migrations.RunPython(put_in_volumes),)
