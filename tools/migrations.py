"""Write the initial migration of an app anew from its models; refused for one that was released (docs/adr/0017).

    .venv/bin/python -m tools.migrations panel cases     of these apps
    .venv/bin/python -m tools.migrations                 of every app

What is no table (the triggers of the log, its first row) stands in a migration of its own beside it. The list of columns
to which a digest commits is written with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import django

from tools.progress import ROOT
from tools.release import frozen_apps

FIRST_EDITION = ROOT / "tests" / "audit" / "first_edition.txt"

#: What Django writes, and what we write instead.
SHORTER = (
    ("import django.db.models.deletion\n", ""),
    ("django.db.models.deletion.", "models."),
    ("    initial = True\n\n", ""),
    ("(migrations.Migration)", "(FirstTables)"),
    ("\n\nclass", "\nfrom fourfold.base import FirstTables\n\nclass"),
)


def main(labels: list[str]) -> int:
    """Write `0001_initial.py` of the named apps, or of all of ours; return 2 where one is not ours, or was released."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    django.setup()
    from django.apps import apps

    ours = {config.label: Path(config.path) for config in apps.get_app_configs() if config.name.startswith("fourfold.")}
    if unknown := set(labels) - set(ours):
        print(f"No app of ours: {', '.join(sorted(unknown))}. Ours: {', '.join(sorted(ours))}", file=sys.stderr)
        return 2
    if frozen := frozen_apps() & set(labels or ours):
        print(
            f"Released, and never written again: {', '.join(sorted(frozen))}. A change of a model adds a migration:\n"
            f"    .venv/bin/python manage.py makemigrations {' '.join(sorted(frozen))}",
            file=sys.stderr,
        )
        return 2
    texts = {label: text_of(migration) for label, migration in initial(labels or list(ours))}
    paths = [ours[label] / "migrations" / "0001_initial.py" for label in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    one_line_where_it_fits = ["--config", "format.skip-magic-trailing-comma=true"]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *one_line_where_it_fits, *paths], check=True)
    FIRST_EDITION.write_text("".join(f"{line}\n" for line in sorted(first_edition())))
    print(*(path.relative_to(ROOT) for path in (*paths, FIRST_EDITION)), sep="\n")
    return 0


def first_edition() -> Iterator[str]:
    """Yield a line for each table of ours: its name, and the columns to which its digests commit."""
    from django.apps import apps

    from fourfold.audit import commitments

    for model in apps.get_models():
        if model.__module__.startswith("fourfold."):
            columns = commitments.committed(model, commitments.FIRST_EDITION)
            yield f"{model._meta.label_lower}: {' '.join(column.attname for column in columns)}"


def initial(labels: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the label and the initial migration of each of these apps that has tables, from the models alone."""
    from django.apps import apps
    from django.db.migrations.graph import MigrationGraph
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState

    from fourfold.cli.management.commands.makemigrations import TablesOnly

    every = MigrationQuestioner(specified_apps={config.label for config in apps.get_app_configs()})
    changes = TablesOnly(ProjectState(), ProjectState.from_apps(apps), every).changes(MigrationGraph())
    for label, migrations in changes.items():
        if label in labels:
            if len(migrations) > 1:
                raise SystemExit(f"Foreign keys run in a circle, so that one migration does not do: {label}")
            yield label, migrations[0]


def text_of(migration: Any) -> str:
    """Return the migration as Python: a table in one piece, after those to which it points, without a date."""
    from django.db.migrations.operations.models import CreateModel
    from django.db.migrations.writer import MigrationWriter

    tables: dict[str, Any] = {}
    for operation in migration.operations:
        if isinstance(operation, CreateModel):
            tables[operation.name_lower] = operation
        else:
            name = operation.model_name_lower
            (tables[name],) = tables[name].reduce(operation, migration.app_label)
    points_to = {name: targets(table, migration.app_label) & (set(tables) - {name}) for name, table in tables.items()}
    migration.operations = [tables[name] for name in TopologicalSorter(points_to).static_order()]
    text = MigrationWriter(migration, include_header=False).as_string()
    for long, short in SHORTER:
        text = text.replace(long, short)
    return text


def targets(table: Any, app_label: str) -> set[str]:
    """Return the names of the tables of the same app to which a table points."""
    named = [field.remote_field.model.lower().split(".") for _, field in table.fields if field.remote_field]
    return {name for label, name in named if label == app_label}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
