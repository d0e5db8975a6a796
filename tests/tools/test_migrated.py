"""The kept tables of the tests are those that the migrations make, and are made anew when anything shapes them otherwise."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests import migrated


def test_every_migration_and_every_table_shapes_what_is_kept() -> None:
    names = {str(file.relative_to(migrated.SOURCE.parent.parent)) for file in migrated.what_shapes_tables()}
    on_disk = {str(file.relative_to(migrated.ROOT)) for file in migrated.SOURCE.glob("*/migrations/*.py")}
    assert names > on_disk
    assert {"src/fourfold/cases/models.py", "requirements/run.txt"} <= names


def test_one_letter_gives_other_tables_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrated, "ROOT", tmp_path)
    file = tmp_path / "0001_initial.py"
    file.write_text("a")
    before = migrated.digest(iter([file]))
    file.write_text("b")
    assert migrated.digest(iter([file])) != before


def test_only_the_newest_tables_are_kept_and_whole(tmp_path: Path) -> None:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE one (word TEXT)")
    migrated.keep(made, tmp_path / "old.sqlite3")
    migrated.keep(made, tmp_path / "new.sqlite3")
    made.close()
    assert [file.name for file in tmp_path.iterdir()] == ["new.sqlite3"]
    again = sqlite3.connect(":memory:")
    migrated.copy(sqlite3.connect(tmp_path / "new.sqlite3"), again)
    assert again.execute("SELECT name FROM sqlite_master").fetchall() == [("one",)]
    again.close()
