"""What a unit's quarter counts, kept by case and summed by day; the database itself marks each case of which that changed.

Marks are appended and never looked for, so that no write waits for another: two of one case do no harm.
"""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import fourfold.base

OF_A_CASE = "EXISTS (SELECT 1 FROM cases_case c WHERE c.id = {row}.file)"
#: What is counted: of which table which columns, which of them names the case, and of which rows.
SOURCES = (
    ("cases_case", "id", "site, opened_at, level, state", "1 = 1"),
    ("cases_levelset", "case_id", "case_id, level, set_at, set_in", "1 = 1"),
    ("cases_reviewdue", "case_id", "case_id, due_at, done_at, superseded_at", "1 = 1"),
    ("plan_action", "case_id", "case_id, owner, due_on, missed_on, settled_on", "1 = 1"),
    ("access_relation", "file", "file, kind, from_at", "{row}.kind = 'advocate' AND " + OF_A_CASE),
    (
        "access_grant",
        "file",
        "file, site, partner, compartments, agreement_id, from_at, until_at, handed_at",
        OF_A_CASE,
    ),
)
MARK = "INSERT INTO governance_countanew (id, case_id) VALUES ({key}, {row}.{column});"
#: Of a row that changes, the case that it was of before is another's only.
WAS = "INSERT INTO governance_countanew (id, case_id) SELECT {key}, OLD.{column} WHERE OLD.{column} <> NEW.{column};"
LESS = """UPDATE governance_tally SET many = many - 1
WHERE site = OLD.site AND day = OLD.day AND said = OLD.said AND door = OLD.door;"""
GONE = "DELETE FROM governance_countanew WHERE case_id = OLD.id;"
SQLITE_KEY, POSTGRESQL_KEY = "lower(hex(randomblob(16)))", "gen_random_uuid()"
SQLITE = "CREATE TRIGGER {name} AFTER {act} WHEN {when} BEGIN {does} END"
POSTGRESQL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NULL; END $$;
CREATE TRIGGER {name} AFTER {act} FOR EACH ROW EXECUTE FUNCTION {name}();
"""
LAST = (
    ("tally_less", "DELETE ON governance_answerkept", LESS),
    ("count_anew_gone", "DELETE ON cases_case", GONE),
)


def _marks() -> list[tuple[str, str, tuple[str, ...], str, str]]:
    """Return of each trigger its name, when it acts, of which rows, on which condition, and which column names the case."""
    found = []
    for table, column, columns, when in SOURCES:
        found.append((f"count_anew_{table}_made", f"INSERT ON {table}", ("NEW",), when, column))
        found.append((f"count_anew_{table}_changed", f"UPDATE OF {columns} ON {table}", ("OLD", "NEW"), when, column))
        if table != "cases_case":
            found.append((f"count_anew_{table}_gone", f"DELETE ON {table}", ("OLD",), when, column))
    return found


def mark(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Have the database mark what is written, and mark every case that is there."""
    postgresql = editor.connection.vendor == "postgresql"
    key = POSTGRESQL_KEY if postgresql else SQLITE_KEY
    for name, act, rows, when, column in _marks():
        either = " OR ".join(f"({when.format(row=row)})" for row in rows)
        does = MARK.format(key=key, row=rows[-1], column=column)
        if len(rows) > 1:
            does += " " + WAS.format(key=key, column=column)
        if postgresql:
            editor.execute(POSTGRESQL.format(name=name, act=act, does=f"IF {either} THEN {does} END IF;"))
        else:
            editor.execute(SQLITE.format(name=name, act=act, when=either, does=does))
    for name, act, does in LAST:
        editor.execute((POSTGRESQL if postgresql else SQLITE).format(name=name, act=act, when="1 = 1", does=does))
    editor.execute(f"INSERT INTO governance_countanew (id, case_id) SELECT {key}, id FROM cases_case")


def let(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for name in (*(each[0] for each in _marks()), *(each[0] for each in LAST)):
        drop = "DROP FUNCTION {} CASCADE" if editor.connection.vendor == "postgresql" else "DROP TRIGGER {}"
        editor.execute(drop.format(name))


CASE = {"on_delete": django.db.models.deletion.CASCADE, "to": "cases.case", "db_constraint": False}
NUMBER = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
OF_A_DAY = [
    ("site", models.CharField(max_length=40)),
    ("day", models.DateField()),
    ("said", models.SmallIntegerField()),
    ("door", models.BigIntegerField()),
]


class Migration(migrations.Migration):
    dependencies = (
        ("access", "0012_parts_in_order"),
        ("cases", "0017_counted_in_the_order_of_grants"),
        ("governance", "0009_gone"),
        ("plan", "0003_kept_for_counts"),
    )
    operations = (
        migrations.CreateModel(
            name="DoorKept",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("said", models.JSONField()),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CountAnew",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                ("case", models.ForeignKey(related_name="+", db_index=False, **CASE)),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[NUMBER, *OF_A_DAY, ("many", models.IntegerField())],
            options={
                "constraints": [models.UniqueConstraint(fields=("site", "day", "said", "door"), name="one_tally")]
            },
        ),
        migrations.CreateModel(
            name="AnswerKept",
            fields=[
                NUMBER,
                *OF_A_DAY,
                ("moment", models.DateTimeField(null=True)),
                ("case", models.ForeignKey(related_name="answers_kept", **CASE)),
            ],
            options={"indexes": [models.Index(fields=("site", "day", "said", "moment", "door"), name="answer_by_day")]},
        ),
        migrations.RunPython(mark, let),
    )
