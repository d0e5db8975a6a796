"""The import command as somebody types it: output, exit codes, an empty database, a dry run."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
from django.conf import settings
from django.db import connection

from fourfold.cli.alone import alone
from tests.databases import copied_to
from tests.faults.warm import Moving
from tests.intake.feeds import REPOSITORY, feed, lapd, row


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """The program, loaded once."""
    link = tmp_path_factory.mktemp("warm") / "now"
    moving = Moving(link, own(link), REPOSITORY)
    yield moving
    moving.warm.close()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, warm: Moving) -> Path:
    """A folder with a database in which Cheshire is founded already."""
    folder = tmp_path_factory.mktemp("ready")
    copied_to(folder / "typed.sqlite3")
    (folder / "small.toml").write_text(SMALL)
    path = feed(folder, [row("ready")])
    done = warm.typed(folder, "import", str(path), "--mapping", str(folder / "small.toml"), "--site", "cheshire")
    assert done.returncode == 0, done.stderr
    return folder


def own(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a database and a data folder of its own, and nothing of these tests' settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    return {
        **plain,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'typed.sqlite3'}",
        "FOURFOLD_DATA_DIR": str(tmp_path / "data"),
        "APP_CLOCK": "2026-11-24T09:00:00+00:00",
    }


def test_an_empty_database_is_made_and_the_site_is_founded(warm: Moving, tmp_path: Path) -> None:
    rows = 600
    path = tmp_path / "lapd.csv"
    path.write_text(lapd(rows))
    command = ("import", str(path), "--mapping", "lapd", "--site", "cheshire")
    dry = warm.typed(tmp_path, *command, "--json", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    first = warm.typed(tmp_path, *command, "--json")
    assert first.returncode == 0, first.stderr
    totals = json.loads(first.stdout)
    defaulted = [(each["column"], each["rows"]) for each in totals.pop("defaulted")]
    assert defaulted == [(each["column"], each["rows"]) for each in json.loads(dry.stdout)["defaulted"]]
    assert [column for column, _ in defaulted] == ["Crm Cd 2", "Weapon Used Cd"]
    assert {**totals, "seconds": 0, "until_searchable": 0, "until_looked_through": 0, "run": None} == {
        "read": rows,
        "accepted": rows,
        "duplicates": 0,
        "quarantined": 0,
        "revised": 0,
        "header_row": 1,
        "seconds": 0,
        "until_searchable": 0,
        "until_looked_through": 0,
        "reasons": {},
        "new_columns": [],
        "gone_columns": [],
        "first_held": None,
        "run": None,
        "dry_run": False,
    }
    foreseen = json.loads(dry.stdout)
    assert foreseen["dry_run"] is True
    assert all(foreseen[name] == totals[name] for name in ("read", "accepted", "duplicates", "quarantined"))
    again = warm.typed(tmp_path, *command)
    assert f"duplicates   {rows:>9,}" in again.stdout
    assert warm.typed(tmp_path, "audit", "verify").returncode == 0


def test_what_is_left_for_later_is_kept_and_made_searchable_by_the_night(warm: Moving, tmp_path: Path) -> None:
    copied_to(tmp_path / "typed.sqlite3")
    path = tmp_path / "lapd.csv"
    path.write_text(lapd(60))
    kept = warm.typed(tmp_path, "import", str(path), "--mapping", "lapd", "--site", "cheshire", "--later")
    assert "Not searchable yet" in kept.stdout, kept.stderr
    with closing(sqlite3.connect(tmp_path / "typed.sqlite3")) as connection:
        count = "SELECT count(*) FROM "
        assert connection.execute(f"{count}intake_allegation").fetchone() == (60,)
        assert connection.execute(f"{count}cases_summary").fetchone() == (0,)
        assert warm.typed(tmp_path, "courses", "--site", "cheshire").returncode == 0
        assert connection.execute(f"{count}cases_summary").fetchone() == (60,)


def test_a_dry_run_leaves_an_empty_database_without_a_row(tmp_path: Path) -> None:
    """As a program of its own."""
    copied_to(tmp_path / "typed.sqlite3")
    path = feed(tmp_path, [row("1")])
    (tmp_path / "small.toml").write_text(SMALL)
    words = ("import", str(path), "--mapping", str(tmp_path / "small.toml"), "--site", "london", "--dry-run")
    done = subprocess.run(
        [sys.executable, "-m", "fourfold.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=own(tmp_path),
    )
    assert done.returncode == 0, done.stderr
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
    warm: Moving, ready: Path, tmp_path: Path, change: dict[str, str], code: int, said: str
) -> None:
    feed(tmp_path, [row("1")])
    feed(tmp_path, b"", "empty.csv")
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "wrong.toml").write_text('name = "x"\nsystem = "x"\n')
    given = {"file": "feed.csv", "mapping": "small.toml", "site": "cheshire", **change}
    command = [str(tmp_path / given["file"]), "--mapping", str(tmp_path / given["mapping"]), "--site", given["site"]]
    done = warm.typed(ready, "import", *command, *(("--as", given["as"]) if "as" in given else ()), "--json")
    assert done.returncode == code
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["this machine", "another machine on the same database"])
def test_a_second_run_says_who_is_at_work_and_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Of two machines each has a folder of its own, and only the database keeps one waiting for the other."""
    here = where == "this machine"
    if not here and connection.vendor == "sqlite":
        pytest.skip("SQLite's file lies on one machine")
    own_folder = settings.FOURFOLD.model_copy(update={"data_dir": tmp_path})
    monkeypatch.setattr(settings, "FOURFOLD", own_folder)
    begun: list[str] = []
    said: Queue[str] = (
        Queue()
    )  # a queue, since what pytest captures must not be read by one thread while another writes it
    monkeypatch.setattr("fourfold.cli.alone.typer.echo", lambda words, err: said.put(words, block=err))
    with alone("fourfold import monday.csv", "cheshire"), alone("fourfold courses", "london"):
        if not here:
            elsewhere = own_folder.model_copy(update={"data_dir": tmp_path / "elsewhere"})
            monkeypatch.setattr(settings, "FOURFOLD", elsewhere)
        second = Thread(target=lambda: _runs(begun))
        second.start()
        words = said.get(timeout=60)
        known_by = f"(process {os.getpid()}, since " if here else "on "
        assert words.startswith(f"fourfold import monday.csv {known_by}")
        assert "still running" in words
        assert begun == []
    second.join()
    assert begun == ["tuesday"]
    with alone("fourfold import wednesday.csv", "cheshire"):
        assert said.empty(), "whoever has ended keeps nobody waiting"


def _runs(begun: list[str]) -> None:
    with alone("fourfold import tuesday.csv", "cheshire"):
        begun.append("tuesday")
