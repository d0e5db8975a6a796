"""When a case changed last, kept beside each part in it by the database itself: what others did since begins with few cases."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MOMENTS = {"cases_caseact": "joined_at", "cases_levelset": "set_at", "cases_stateset": "entered_at"}
ANY = " UNION ALL ".join(
    f"SELECT {said} AS at FROM {table} WHERE case_id = {{row}}.file" for table, said in MOMENTS.items()
)
LAST = f"UPDATE access_relation SET changed_at = (SELECT MAX(at) FROM ({ANY}) AS said)"
LATER = """UPDATE access_relation SET changed_at = NEW.{said}
WHERE file = NEW.case_id AND (changed_at IS NULL OR changed_at < NEW.{said});"""
SQLITE = "CREATE TRIGGER {name} AFTER {act} BEGIN {does} END"
POSTGRESQL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NULL; END $$;
CREATE TRIGGER {name} AFTER {act} FOR EACH ROW EXECUTE FUNCTION {name}();
"""
BEGINS = LAST.format(row="NEW") + " WHERE id = NEW.id;"
KEPT = {"changed_part": ("INSERT ON access_relation", BEGINS)}
for each, moment in MOMENTS.items():
    KEPT[f"changed_{each}_made"] = (f"INSERT ON {each}", LATER.format(said=moment))
    KEPT[f"changed_{each}"] = (f"UPDATE OF case_id, {moment} ON {each}", LATER.format(said=moment))


def keep(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Have the database keep it, and say it of every part that is there."""
    made = POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE
    for name, (act, does) in KEPT.items():
        editor.execute(made.format(name=name, act=act, does=does))
    editor.execute(LAST.format(row="access_relation"))


def let(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for name in KEPT:
        drop = "DROP FUNCTION {} CASCADE" if editor.connection.vendor == "postgresql" else "DROP TRIGGER {}"
        editor.execute(drop.format(name))


FIELDS = ["staff", "changed_at", "file", "kind", "from_at", "until_at"]


class Migration(migrations.Migration):
    dependencies = (("access", "0013_kept_out"), ("cases", "0017_counted_in_the_order_of_grants"))
    operations = (
        migrations.AddField("relation", "changed_at", models.DateTimeField(null=True)),
        migrations.RunPython(keep, let),
        migrations.AddIndex("relation", models.Index(fields=FIELDS, name="relation_changed")),
    )
