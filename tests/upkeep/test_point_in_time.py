"""What deploy/postgresql/pgbackrest.conf and the how-to say of PostgreSQL is typed: back to a moment, and a dump back into an empty one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tools import postgres
from tools.progress import ROOT

CONF = (ROOT / "deploy/postgresql/pgbackrest.conf").read_text()
UPGRADE = (ROOT / "docs/how-to/upgrade.md").read_text()
PGBACKREST = shutil.which("pgbackrest") or os.environ.get("FOURFOLD_PGBACKREST", "")
MISSING = "pgBackRest is not here: type apt-get install pgbackrest, or name its program in FOURFOLD_PGBACKREST, and run this again"


class Place:
    """A server of our own, which nobody but its account may read."""

    def __init__(self, home: Path) -> None:
        self.server = postgres.prepare(home)
        self.home = home
        how = postgres.unprivileged(home)
        how["env"] |= {"PGPASSWORD": self.server.password, "PGHOST": str(home), "PGPORT": str(self.server.port)}
        how["env"] |= {"PGUSER": "fourfold", "PATH": f"{self.server.programs}:{os.defpath}"}
        self.how = how

    def typed(self, line: str) -> str:
        done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, **self.how)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def runs(self) -> Iterator[None]:
        data = self.home / "data"
        self.typed(
            f"pg_ctl -D {data} -l {self.home}/log -w -t 120 -o '-p {self.server.port} -k {self.home} -h 127.0.0.1' start"
        )
        try:
            yield
        finally:
            self.typed(f"pg_ctl -D {data} -w -m fast stop")

    def ask(self, sql: str, name: str = "postgres") -> list[tuple[object, ...]]:
        address = f"{self.server.url.rpartition('/')[0]}/{name}"
        with psycopg.connect(address, autocommit=True) as connection:
            asked = connection.execute(sql)  # type: ignore[call-overload]
            return asked.fetchall() if asked.description else []


@pytest.fixture
def place() -> Iterator[Place]:
    import tempfile

    home = Path(tempfile.mkdtemp(prefix="fourfold-point-in-time-"))
    try:
        yield Place(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def line_of(what: str) -> str:
    """Return what the file says is typed `once`, `weekly` or to come `back to` a moment."""
    found = re.search(rf"^# {what}: +(.+)$", CONF, re.MULTILINE)
    assert found, what
    return found[1]


@pytest.mark.postgres
@pytest.mark.skipif(not PGBACKREST, reason=MISSING)
def test_the_database_comes_back_as_it_was_at_a_moment(place: Place) -> None:
    (place.home / "bin").mkdir()
    (place.home / "bin/pgbackrest").write_text(f'#!/bin/sh\nexec {PGBACKREST} --config={place.home}/conf "$@"\n')
    (place.home / "bin/pgbackrest").chmod(0o755)
    place.how["env"]["PATH"] = f"{place.home}/bin:{place.how['env']['PATH']}"
    conf = CONF.replace("/var/backups/pgbackrest", f"{place.home}/repo").replace(
        "CHANGE-ME", "a passphrase of this test"
    )
    conf = conf.replace("/var/lib/postgresql/17/main", f"{place.home}/data")
    rest = f"pg1-port={place.server.port}\npg1-socket-path={place.home}\npg1-user=fourfold\n"
    here = f"log-path={place.home}\nlock-path={place.home}/lock\nspool-path={place.home}\n"
    (place.home / "conf").write_text(
        conf.replace("[global]\n", f"[global]\n{here}").replace("[fourfold]\n", f"[fourfold]\n{rest}")
    )
    settings = (ROOT / "deploy/postgresql/postgresql.conf").read_text()
    archive = [line.removeprefix("#") for line in settings.splitlines() if line.startswith("#archive_")]
    assert len(archive) == 3
    with (place.home / "data/postgresql.conf").open("a") as file:
        file.write("\n".join(archive) + "\n")
    for path in place.home.rglob("*"):
        if os.geteuid() == 0:
            os.chown(path, postgres.NOBODY, postgres.NOBODY)
    with place.runs():
        place.ask("CREATE TABLE told (words text)")
        place.typed(line_of("once"))
        place.typed(line_of("weekly"))
        place.ask("SELECT pg_sleep(1.1)")  # it counts whole seconds, and takes a backup that ended in an earlier one
        place.ask("INSERT INTO told VALUES ('before')")
        [(moment,)] = place.ask("SELECT clock_timestamp()::text")
        place.ask("INSERT INTO told VALUES ('after')")
        place.typed(line_of("daily"))
        place.ask("SELECT pg_switch_wal()")
    back = re.sub(r"--target='[^']+'", f"--target='{moment}'", line_of("back to"))
    assert str(moment) in back
    place.typed(back)
    with place.runs():
        tries = iter(range(600))
        while place.ask("SELECT pg_is_in_recovery()") == [(True,)] and next(tries, None) is not None:
            time.sleep(0.1)  # it reads the log up to the moment, and is the database again after that
        assert place.ask("SELECT words FROM told") == [("before",)]
        place.ask("INSERT INTO told VALUES ('and work goes on')")
    repository = b"".join(path.read_bytes() for path in (place.home / "repo").rglob("*") if path.is_file())
    assert b"before" not in repository, "nothing lies there in clear"


@pytest.mark.postgres
def test_a_dump_goes_back_into_an_empty_database(place: Place) -> None:
    dump = re.search(r"^pg_dump .+$", UPGRADE, re.MULTILINE)
    back = re.search(r"`(pg_restore [^`]+)`", UPGRADE)
    assert dump
    assert back
    with place.runs():
        place.ask("CREATE DATABASE fourfold")
        place.ask("CREATE TABLE told (id bigint primary key, words text)", "fourfold")
        place.ask("INSERT INTO told SELECT each, 'Ŵ' || each FROM generate_series(1, 500) AS each", "fourfold")
        before = place.ask("SELECT * FROM told ORDER BY id", "fourfold")
        kept = f"{place.home}/fourfold-0.2.0.dump"
        place.typed(dump[0].replace("/root/fourfold-0.2.0.dump", kept))
        place.ask("DROP DATABASE fourfold")
        place.ask("CREATE DATABASE fourfold")
        place.typed(f"{back[1]} {kept}")
        assert place.ask("SELECT * FROM told ORDER BY id", "fourfold") == before


@pytest.mark.postgres
def test_a_new_password_of_the_role_ends_the_old_one(place: Place) -> None:
    """The line of docs/how-to/rotate-keys.md, typed by whoever administers the database."""
    line = re.search(r"psql --command='\\password fourfold'", (ROOT / "docs/how-to/rotate-keys.md").read_text())
    assert line
    with place.runs():
        assert place.ask("SELECT 1") == [(1,)]
        typed = f"setsid -w {line[0]} --dbname=postgres"  # without a terminal it reads what is typed from here
        how = place.how | {"input": "another lantern\nanother lantern\n", "text": True, "capture_output": True}
        done = subprocess.run(typed, shell=True, check=False, **how)
        assert done.returncode == 0, done.stderr
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            place.ask("SELECT 1")
        place.how["env"]["PGPASSWORD"] = "another lantern"
        assert place.typed("psql --dbname=postgres --tuples-only --command='SELECT 1'").strip() == "1"
