"""What was released stays as it was: migrations, the columns of editions, and every database that was made with it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fourfold.access.models import Staff
from fourfold.audit import commitments
from tools import migrations, release
from tools.progress import ROOT

NAMED = release.named_in_changelog(release.CHANGELOG.read_text())
NONE = (
    "No release from 0.2.0 on is named yet, so nothing proves that one can be upgraded. "
    "Name it: .venv/bin/python -m tools.release 0.2.0"
)
LATELY = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)


def typed(tree: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type `manage.py …` with the program of one tree and the database of one folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    own = {
        "DATABASE_URL": f"sqlite:///{folder / 'kept.sqlite3'}",
        "FOURFOLD_DATA_DIR": str(folder / "kept"),
        "PYTHONPATH": str(tree / "src"),
    }
    ended = subprocess.run(
        [sys.executable, "manage.py", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tree,
        env=plain | own,
        timeout=300,
    )
    assert words[0] == "audit_verify" or ended.returncode == 0, f"{words}: {ended.stderr[-2000:]}"
    return ended


def tree_of(commit: str, folder: Path) -> Path:
    """Take a commit out of the repository's history; fail in words where the clone does not reach so far back."""
    packed = subprocess.run(
        ["git", "archive", commit, "src", "manage.py", "pyproject.toml"], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.fail(
            f"Commit {commit} of a release is not in this clone, so its upgrade cannot be tested. A shallow clone has "
            f"to be made whole: git fetch --unshallow. Git says: {packed.stderr.decode()}"
        )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        tree.extractall(folder, filter="data")
    return folder


def verdict(tree: Path, folder: Path) -> dict[str, object]:
    said: dict[str, object] = json.loads(typed(tree, folder, "audit_verify", "--json").stdout)
    return said


def rows_of(database: Path, columns: dict[str, list[str]] | None = None) -> dict[str, tuple[list[str], int, str]]:
    """Return of each table its columns (or those that are asked for), how many rows it has, and the digest of what they say."""
    found = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as kept:
        for (table,) in kept.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            if table.startswith(("sqlite_", "django_migrations", "django_content", "auth_permission")):
                continue  # the framework's own, which grow with each table
            named = [str(each[1]) for each in kept.execute(f'PRAGMA table_info("{table}")')]
            if columns is not None:
                if table not in columns:
                    continue
                named = columns[table]
            listed = ", ".join(f'"{name}"' for name in named)
            rows = sorted(map(repr, kept.execute(f'SELECT {listed} FROM "{table}"')))
            found[table] = (named, len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("version", NAMED)
def test_a_release_is_upgraded_with_every_row_and_goes_back_as_the_how_to_says(version: str, tmp_path: Path) -> None:
    """A small world is made with the release, its log holds there and here, and there again with what was laid aside."""
    assert NAMED[version], f"CHANGELOG.md calls {version} released and names no commit. {NONE}"
    old, kept, aside = tree_of(str(NAMED[version]), tmp_path / "tree"), tmp_path / "world", tmp_path / "aside"
    kept.mkdir()
    typed(old, kept, "seed_scenario", "--seed", "7")
    refused = command(kept, "backup", "data", str(tmp_path), "--recipients", str(tmp_path / "nobody"))
    assert (refused.returncode, "older release" in refused.stderr) == (2, True), refused.stderr[-2000:]
    before = rows_of(kept / "kept.sqlite3")
    shutil.copytree(kept, aside)
    upgraded(kept)
    after = rows_of(kept / "kept.sqlite3", {table: columns for table, (columns, _, _) in before.items()})
    assert {table: rows for table, rows in before.items() if after[table] != rows} == {}
    assert sum(many for _, many, _ in before.values()) > 1_000
    shutil.rmtree(kept)
    aside.rename(kept)
    assert verdict(old, kept)["clean"], "the release of before goes on where it was"
    assert rows_of(kept / "kept.sqlite3") == before


def upgraded(folder: Path) -> None:
    """Carry a database over to the present tree, whose verification then finds nothing in a log of some length."""
    typed(ROOT, folder, "migrate", "--verbosity", "0")
    after = verdict(ROOT, folder)
    assert after["clean"]
    assert after["findings"] == []
    assert int(str(after["entries"])) > 100


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type `fourfold …` of today over the database of one folder."""
    own = {"DATABASE_URL": f"sqlite:///{folder / 'kept.sqlite3'}", "FOURFOLD_DATA_DIR": str(folder / "kept")}
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    line = [sys.executable, "-m", "fourfold.cli.main", *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=plain | own, timeout=300)


@pytest.mark.slow
def test_a_database_of_the_present_commit_is_carried_over_and_its_log_holds(tmp_path: Path) -> None:
    """The present commit shows that the way of the releases works at all, were none of them named."""
    commit = LATELY.stdout.strip()
    assert commit, NONE
    old, kept = tree_of(commit, tmp_path / "tree"), tmp_path / "world"
    kept.mkdir()
    typed(old, kept, "seed_scenario", "--seed", "7")
    assert verdict(old, kept)["clean"]
    upgraded(kept)


def test_what_is_being_written_calls_itself_by_the_first_heading_of_the_changelog() -> None:
    """What had other tables than 0.2.0 still said 0.2.0, so that a backup of it named a release that cannot read it."""
    heading = next(line for line in release.CHANGELOG.read_text().splitlines() if line.startswith("## "))
    told = release.HEADING.match(heading)
    assert told is not None, f"{heading} names no version"
    assert told["version"] == release.called()
    newest = release.released()[-1]
    if newest.version == release.called():
        assert set(release.migrations()) == set(newest.migrations), "other tables are another release"


def test_from_0_2_0_on_a_release_is_named_with_its_commit() -> None:
    assert NAMED, NONE
    assert {one.version: one.commit for one in release.released()} == NAMED


@pytest.mark.parametrize("one", release.released(), ids=lambda one: one.version)
def test_what_was_released_is_as_it_was(one: release.Release) -> None:
    assert list(release.changed(one)) == []


# ---- that these would be seen -------------------------------------------------------------------------------------


@pytest.fixture
def today() -> release.Release:
    return release.Release("9.9.9", "0" * 40, release.migrations(), release.editions())


def test_a_released_migration_that_was_written_again_is_found(today: release.Release) -> None:
    assert list(release.changed(today)) == []
    other = replace(today, migrations=today.migrations | {"access/0001_initial": "0", "access/0009_gone": "0"})
    assert list(release.changed(other)) == [
        "access/0001_initial.py was released with 9.9.9 and is changed",
        "access/0009_gone.py was released with 9.9.9 and is gone",
    ]


def test_a_column_that_joins_a_released_edition_is_found(
    today: release.Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Staff, "NOT_COMMITTED", frozenset({"cleared"}), raising=False)
    commitments.committed.cache_clear()
    try:
        editions = range(1, commitments.todays_edition() + 1)
        assert list(release.changed(today)) == [
            f"the columns of access.staff in edition {edition} were released with 9.9.9 and are others"
            for edition in editions
        ]
    finally:
        monkeypatch.undo()
        commitments.committed.cache_clear()


def test_the_initial_migration_of_a_released_app_is_not_written_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], today: release.Release
) -> None:
    monkeypatch.setattr(release, "released", lambda: [today])
    before = release.migrations()
    for labels in (["panel"], []):
        assert migrations.main(labels) == 2
        assert "makemigrations" in capsys.readouterr().err
    assert release.migrations() == before


def test_a_release_is_read_back_as_it_was_named(today: release.Release, tmp_path: Path) -> None:
    register = tmp_path / "releases.toml"
    register.write_text(release._as_toml(today) + release._as_toml(replace(today, version="9.9.10")))
    assert release.released(register) == [today, replace(today, version="9.9.10")]


def test_the_changelog_says_which_commit_a_release_is() -> None:
    commit = "ab" * 20
    text = f"## 0.4.0, not yet released\n\n## 0.3.0\n\n## 0.2.0, 28 November 2026, commit `{commit}`\n\n## 0.1.0\n"
    assert release.named_in_changelog(text) == {"0.3.0": None, "0.2.0": commit}


def test_a_commit_that_a_shallow_clone_does_not_hold_is_said_aloud(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=re.escape("git fetch --unshallow")):
        tree_of("0" * 40, tmp_path)
