"""What names a file without a foreign key is refused once the file went with a case: by the database, on both engines.

On PostgreSQL whoever writes so holds the file as a foreign key does: a disposal waits until they have ended, and then finds their row.
"""

from collections.abc import Iterator

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import fourfold.base

WORDS = "it was disposed of: nothing is kept of it any more"
PEOPLE = ("people_victim", "people_subject", "people_thirdparty")
REPORTS = ("intake_allegation",)
FILES = ("cases_case", *REPORTS, *PEOPLE)
#: Each column that names a file without a foreign key, and the tables in which the file may be.
NAMES = (
    *((table, "file", FILES) for table in ("access_endasked", "access_grant", "access_relation", "access_wall")),
    ("access_webhooknotice", "about", (*REPORTS, "orders_order")),
    ("exhibits_exhibit", "file", FILES),
    ("people_addressasked", "file", FILES),
    ("people_message", "file", FILES),
    ("people_safecontact", "case_file", ("cases_case",)),
    ("people_reachchecked", "case_file", ("cases_case",)),
    ("people_findingkey", "person", PEOPLE),
    *(
        (table, column, PEOPLE)
        for table in ("people_sameperson", "people_joinasked", "linkage_sameproposed", "linkage_keptapart")
        for column in ("first", "second")
    ),
    ("cases_toldkey", "allegation", REPORTS),
    ("cases_caseact", "same_as", REPORTS),
    ("intake_allegation", "breach_of", ("orders_condition",)),
)

SQLITE = "CREATE TRIGGER {name}_{verb} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
#: Many rows are looked at by their statement, each file once.
POSTGRESQL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE one {kind}; BEGIN
FOR one IN {each} LOOP {check} END LOOP; RETURN NULL; END $$;
CREATE TRIGGER {name}_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
CHANGED = """
CREATE FUNCTION {name}_again() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE one uuid := NEW.{column}; BEGIN
{check} RETURN NEW; END $$;
CREATE TRIGGER {name}_update BEFORE UPDATE OF {column} ON {table} FOR EACH ROW
WHEN (NEW.{column} IS DISTINCT FROM OLD.{column}) EXECUTE FUNCTION {name}_again();
"""
HOLD = "PERFORM 1 FROM {table} WHERE {where} FOR KEY SHARE; "
REFUSE = "IF EXISTS (SELECT 1 FROM {stones} WHERE {where}) THEN RAISE foreign_key_violation USING MESSAGE = '{words}'; END IF; "
GONE = "EXISTS (SELECT 1 FROM governance_gone g WHERE g.id = NEW.{column})"
#: A draft names its page, and the page the case or the file.
PAGE = (
    "EXISTS (SELECT 1 FROM governance_disposed d WHERE instr(NEW.page, '/' || d.reference || '/') > 0)"
    " OR EXISTS (SELECT 1 FROM governance_gone g WHERE instr(replace(NEW.page, '-', ''), g.id) > 0)"
)
NAMED = "SELECT DISTINCT m[1] FROM written, regexp_matches(page, '(FF-\\w+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 'g') m"
A_KEY = "id = CASE WHEN length(one) = 36 THEN one::uuid END"


def _check(tables: tuple[str, ...], where: str, stones: str = "governance_gone") -> str:
    """Return what holds the file in each table, and then refuses it where it is gone."""
    held = "".join(HOLD.format(table=table, where=where) for table in tables)
    return held + REFUSE.format(stones=stones, where=where, words=WORDS)


def refuse(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    refuse_in = _postgresql if editor.connection.vendor == "postgresql" else _sqlite
    for said in refuse_in():
        editor.execute(said)


def _postgresql() -> Iterator[str]:
    for table, column, tables in NAMES:
        said = {"name": f"gone_{table}_{column}", "table": table, "check": _check(tables, "id = one")}
        each = f"SELECT DISTINCT {column} FROM written WHERE {column} IS NOT NULL"
        yield POSTGRESQL.format(**said, kind="uuid", each=each)
        yield CHANGED.format(**said, column=column)
    check = _check(("cases_case",), "reference = one", "governance_disposed") + _check(FILES, A_KEY)
    yield POSTGRESQL.format(name="gone_drafts_draft_page", table="drafts_draft", kind="text", each=NAMED, check=check)


def _sqlite() -> Iterator[str]:
    for table, column, _ in NAMES:
        said = {"name": f"gone_{table}_{column}", "table": table, "words": WORDS}
        when = GONE.format(column=column)
        yield SQLITE.format(**said, verb="insert", act="INSERT", when=when)
        changed = f"NEW.{column} IS NOT OLD.{column} AND {when}"
        yield SQLITE.format(**said, verb="update", act=f"UPDATE OF {column}", when=changed)
    said = {"name": "gone_drafts_draft_page", "table": "drafts_draft", "words": WORDS}
    yield SQLITE.format(**said, verb="insert", act="INSERT", when=PAGE)


def let(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    names = [(f"gone_{table}_{column}", ("insert", "update")) for table, column, _ in NAMES]
    for name, verbs in (*names, ("gone_drafts_draft_page", ("insert",))):
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP FUNCTION IF EXISTS {name}_again() CASCADE; DROP FUNCTION {name}() CASCADE")
        else:
            for verb in verbs:
                editor.execute(f"DROP TRIGGER {name}_{verb}")


class Migration(migrations.Migration):
    dependencies = (
        ("governance", "0008_disposals"),
        ("access", "0011_counted_without_rows"),
        ("cases", "0010_counted_without_rows"),
        ("drafts", "0001_initial"),
        ("exhibits", "0002_made_for"),
        ("intake", "0006_searchable"),
        ("linkage", "0002_third_parties"),
        ("orders", "0008_in_which_contact"),
        ("people", "0010_what_became_of_messages"),
    )
    operations = (
        migrations.AddField(model_name="disposed", name="kept_from", field=models.JSONField(null=True)),
        migrations.CreateModel(
            name="Gone",
            fields=[
                ("id", models.UUIDField(default=fourfold.base.new_id, primary_key=True, serialize=False)),
                (
                    "stone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gone", to="governance.disposed"
                    ),
                ),
            ],
        ),
        migrations.RunPython(refuse, let),
    )
