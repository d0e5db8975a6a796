"""The empty database of the tests is copied only while nothing of which it is made has changed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import databases

MIGRATION = "src/fourfold/panel/migrations/0001_initial.py"


def test_a_changed_migration_makes_another_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (MIGRATION, "src/fourfold/base.py", "requirements/run.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(databases.ROOT / name, tmp_path / name)
    monkeypatch.setattr(databases, "ROOT", tmp_path)
    before = databases.digest()
    (tmp_path / MIGRATION).write_text("# changed\n")
    assert databases.digest() != before


def test_what_is_kept_is_whole_and_what_was_kept_before_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "KEPT", tmp_path)
    (tmp_path / "older.sqlite3").write_text("")
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE somebodys (word TEXT)")
        connection = SimpleNamespace(connection=made, ensure_connection=lambda: None)
        databases.keep(SimpleNamespace(connection=connection), tmp_path / "new.sqlite3")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["new.sqlite3"]
    with closing(sqlite3.connect(tmp_path / "new.sqlite3")) as kept:
        assert kept.execute("SELECT name FROM sqlite_master").fetchall() == [("somebodys",)]
