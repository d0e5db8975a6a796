"""Disposal of a case: who asked, what remains, and what the database itself refuses, on both engines."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import fourfold.base

#: Each refusal: its name, before what of which table, for which rows, and in which words.
REFUSALS = (
    (
        "disposed_held",
        "INSERT ON governance_disposed",
        "EXISTS (SELECT 1 FROM governance_hold h WHERE h.case_id = NEW.id"
        " AND NOT EXISTS (SELECT 1 FROM governance_holdlifted l WHERE l.hold_id = h.id))",
        "on hold: nothing of this case is disposed of",
    ),
    ("disposed_changed", "UPDATE ON governance_disposed", "1 = 1", "what remains of a case is never changed"),
    ("disposed_removed", "DELETE ON governance_disposed", "1 = 1", "what remains of a case is never removed"),
    (
        "case_removed",
        "DELETE ON cases_case",
        "NOT EXISTS (SELECT 1 FROM governance_disposed d WHERE d.id = OLD.id)",
        "a case goes by disposal alone",
    ),
    (
        "hold_removed",
        "DELETE ON governance_hold",
        "NOT EXISTS (SELECT 1 FROM governance_disposed d WHERE d.id = OLD.case_id)",
        "a hold goes with its case alone",
    ),
    (
        "hold_lifted_removed",
        "DELETE ON governance_holdlifted",
        "NOT EXISTS (SELECT 1 FROM governance_disposed d JOIN governance_hold h ON h.case_id = d.id WHERE h.id = OLD.hold_id)",
        "that a hold was lifted goes with its case alone",
    ),
)

SQLITE = "CREATE TRIGGER {name} BEFORE {act} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
#: PostgreSQL reads no other table in a trigger's condition.
POSTGRESQL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {when} THEN RAISE EXCEPTION '{words}'; END IF; RETURN {row}; END $$;
CREATE TRIGGER {name} BEFORE {act} FOR EACH ROW EXECUTE FUNCTION {name}();
"""


def refuse(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    postgresql = editor.connection.vendor == "postgresql"
    for name, act, when, words in REFUSALS:
        row = "OLD" if act.startswith("DELETE") else "NEW"
        editor.execute(
            (POSTGRESQL if postgresql else SQLITE).format(name=name, act=act, when=when, words=words, row=row)
        )


def let(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for name, act, *_ in REFUSALS:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {name} ON {act.split()[-1]}; DROP FUNCTION {name}()")
        else:
            editor.execute(f"DROP TRIGGER {name}")


HELD = ("controller", "basis", "source")


class Migration(migrations.Migration):
    dependencies = (
        ("governance", "0007_letters_of_advice"),
        ("cases", "0009_breaches_withdrawn"),
    )
    operations = (
        migrations.CreateModel(
            name="DisposalAsked",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                *((name, models.CharField(max_length=40)) for name in HELD),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField()),
                ("reason", models.TextField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.UUIDField(null=True)),
                ("because", models.CharField(blank=True, max_length=300)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disposals_asked", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)), fields=("case",), name="one_disposal_asked"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Disposed",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("reference", models.CharField(max_length=20)),
                ("site", models.CharField(max_length=40)),
                ("rule", models.CharField(max_length=40)),
                ("schedule_sha256", models.CharField(max_length=64)),
                ("asked_by", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("signed_by", models.UUIDField()),
                ("disposed_at", models.DateTimeField()),
                ("counts", models.JSONField()),
                ("commitment", models.CharField(max_length=64)),
            ],
            options={"indexes": [models.Index(fields=["site", "-disposed_at"], name="disposed_by_site")]},
        ),
        migrations.RunPython(refuse, let),
    )
