"""The import command as somebody types it: output, exit codes, an empty database, a dry run."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.intake.feeds import REPOSITORY, feed, lapd, row


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A database of its own that is not there yet."""
    return own(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A database in which Cheshire is founded already."""
    folder = tmp_path_factory.mktemp("ready")
    (folder / "small.toml").write_text(SMALL)
    path = feed(folder, [row("ready")])
    done = typed(own(folder), "import", str(path), "--mapping", str(folder / "small.toml"), "--site", "cheshire")
    assert done.returncode == 0, done.stderr
    return own(folder)


def own(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a database and a data folder of its own, and nothing of these tests' settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    return {
        **plain,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'typed.sqlite3'}",
        "FOURFOLD_DATA_DIR": str(tmp_path / "data"),
        "APP_CLOCK": "2026-11-24T09:00:00+00:00",
    }


def typed(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Type `fourfold …` and wait for it."""
    return subprocess.run(
        [sys.executable, "-m", "fourfold.cli.main", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=environment,
    )


def test_an_empty_database_is_made_and_the_site_is_founded(environment: dict[str, str], tmp_path: Path) -> None:
    rows = 600
    path = tmp_path / "lapd.csv"
    path.write_text(lapd(rows))
    command = ("import", str(path), "--mapping", "lapd", "--site", "cheshire")
    dry = typed(environment, *command, "--json", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    first = typed(environment, *command, "--json")
    assert first.returncode == 0, first.stderr
    totals = json.loads(first.stdout)
    assert {**totals, "seconds": 0, "until_searchable": 0, "run": None} == {
        "read": rows,
        "accepted": rows,
        "duplicates": 0,
        "quarantined": 0,
        "revised": 0,
        "header_row": 1,
        "seconds": 0,
        "until_searchable": 0,
        "reasons": {},
        "run": None,
        "dry_run": False,
    }
    foreseen = json.loads(dry.stdout)
    assert foreseen["dry_run"] is True
    assert all(foreseen[name] == totals[name] for name in ("read", "accepted", "duplicates", "quarantined"))
    again = typed(environment, *command)
    assert f"duplicates   {rows:>9,}" in again.stdout
    assert typed(environment, "audit", "verify").returncode == 0


def test_what_is_left_for_later_is_kept_and_made_searchable_by_the_night(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "lapd.csv"
    path.write_text(lapd(60))
    kept = typed(environment, "import", str(path), "--mapping", "lapd", "--site", "cheshire", "--later")
    assert "Not searchable yet" in kept.stdout, kept.stderr
    with closing(sqlite3.connect(tmp_path / "typed.sqlite3")) as connection:
        count = "SELECT count(*) FROM "
        assert connection.execute(f"{count}intake_allegation").fetchone() == (60,)
        assert connection.execute(f"{count}cases_summary").fetchone() == (0,)
        assert typed(environment, "courses", "--site", "cheshire").returncode == 0
        assert connection.execute(f"{count}cases_summary").fetchone() == (60,)


def test_a_dry_run_leaves_an_empty_database_without_a_row(environment: dict[str, str], tmp_path: Path) -> None:
    path = feed(tmp_path, [row("1")])
    (tmp_path / "small.toml").write_text(SMALL)
    done = typed(
        environment, "import", str(path), "--mapping", str(tmp_path / "small.toml"), "--site", "london", "--dry-run"
    )
    assert "stored nothing (dry run)" in done.stdout
    with closing(sqlite3.connect(tmp_path / "typed.sqlite3")) as connection:
        for table in ("intake_allegation", "intake_importrun", "programme_site", "access_staff", "audit_entry"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


SMALL = """
name = "Small"
system = "small"
[reference]
columns = ["Ref"]
[told]
columns = ["Told"]
formats = ["%d/%m/%Y %H:%M"]
[words]
parts = ["{Story}"]
"""


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"file": "nothing.csv"}, 2, "cannot be opened"),
        ({"mapping": "nothing.toml"}, 2, "There is no mapping file"),
        ({"site": "atlantis"}, 2, "No site is called “atlantis”"),
        ({"as": "nobody@example.org"}, 2, "Nobody holds an account with the address nobody@example.org"),
        ({"mapping": "wrong.toml"}, 2, "told is missing; add a table [told]"),
        ({"file": "empty.csv"}, 2, "The file is empty"),
    ],
)
def test_what_cannot_be_used_is_said_on_the_error_stream(
    ready: dict[str, str], tmp_path: Path, change: dict[str, str], code: int, said: str
) -> None:
    feed(tmp_path, [row("1")])
    feed(tmp_path, b"", "empty.csv")
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "wrong.toml").write_text('name = "x"\nsystem = "x"\n')
    given = {"file": "feed.csv", "mapping": "small.toml", "site": "cheshire", **change}
    command = [str(tmp_path / given["file"]), "--mapping", str(tmp_path / given["mapping"]), "--site", given["site"]]
    done = typed(ready, "import", *command, *(("--as", given["as"]) if "as" in given else ()), "--json")
    assert done.returncode == code
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
