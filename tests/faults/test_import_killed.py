"""SIGKILL in the middle of an import: what was acknowledged is there, nothing is half there, running again mends all."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.databases import copied_to
from tests.faults.warm import Statement, Warm
from tests.intake.feeds import HEADER, REPOSITORY, row, text_of

KILLS = 20
LAST_KILL = 36  # statements: one batch of rows and most of the next
#: Each counted from where the one before it stopped: after some a migration has keys to add, after others not.
WHILE_SET_UP = (2, 5, 11, 12, 16, 30)
GOOD, BAD = 5_000, 50
MAPPING = """
name = "A feed that is killed"
system = "killed"
[reference]
columns = ["Ref"]
[told]
columns = ["Told"]
formats = ["%d/%m/%Y %H:%M"]
[class]
default = "99"
[words]
parts = ["{Story}"]
free_text = false
"""


@dataclass
class Bench:
    """The command, in a folder of its own."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "feeds.sqlite3"

    @property
    def environment(self) -> dict[str, str]:
        """A database and a data folder of its own, and nothing of this test's settings."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
        own = {"DATABASE_URL": f"sqlite:///{self.database}", "FOURFOLD_DATA_DIR": str(self.folder / "data")}
        return {**plain, **own, "APP_CLOCK": "2026-11-24T09:00:00+00:00"}

    @property
    def import_(self) -> list[str]:
        """The words that import the feed."""
        files = (str(self.folder / "feed.csv"), "--mapping", str(self.folder / "feed.toml"))
        return ["import", *files, "--site", "cheshire", "--json"]

    @cached_property
    def warm(self) -> Warm:
        """The program, loaded once."""
        return Warm(self.environment, REPOSITORY)

    def close(self) -> None:
        if "warm" in vars(self):
            self.warm.close()

    def ask(self, sql: str) -> list[tuple[int, ...]]:
        """Ask the database file itself; no answer while there is no table yet."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)) as connection:
            try:
                return connection.execute(sql).fetchall()
            except sqlite3.OperationalError:
                return []

    def acknowledged(self) -> int:
        """Return how many rows have been committed."""
        found = self.ask("SELECT count(*) FROM intake_allegation")
        return found[0][0] if found else 0

    def check_nothing_is_half(self) -> None:
        """Check that the file is sound, every run's totals hold, and rows and log say the same."""
        if not self.ask("SELECT 1 FROM sqlite_master WHERE name = 'intake_importrun'"):
            return
        assert self.ask("PRAGMA integrity_check") == [("ok",)]
        wrong = "SELECT id FROM intake_importrun WHERE read <> accepted + duplicates + quarantined"
        assert self.ask(wrong) == []
        new = "SELECT coalesce(sum(accepted), 0) - coalesce(sum(revised), 0) FROM intake_importrun"
        assert self.ask(new) == [(self.acknowledged(),)]
        assert self.ask("SELECT size - (SELECT count(*) FROM audit_entry) FROM audit_head") in ([(0,)], [])


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    rows = [
        row(str(number), Told="31/02/2026" if number % 101 == 100 else "23/11/2026 10:00")
        for number in range(GOOD + BAD)
    ]
    (tmp_path / "feed.csv").write_text(text_of(rows, HEADER))
    (tmp_path / "feed.toml").write_text(MAPPING)
    bench = Bench(tmp_path)
    yield bench
    bench.close()


NOTED = 'INSERT INTO "django_migrations"'
BEGUN = 'INSERT INTO "intake_importrun"'


def kill_before(bench: Bench, statement: Statement) -> None:
    """Start the import, and let it be killed before a statement."""
    assert bench.warm.type(*bench.import_, dies_before=statement).wait() == -signal.SIGKILL


def cut_off(bench: Bench) -> int:
    """Return how many imports were killed in the middle."""
    return bench.ask("SELECT count(*) FROM intake_importrun WHERE finished_at IS NULL")[0][0]


@pytest.mark.slow
def test_an_import_killed_at_twenty_points_is_whole_in_the_end(bench: Bench) -> None:
    dice = random.Random(2026)
    for number in WHILE_SET_UP:
        kill_before(bench, (NOTED, number, NOTED))
    assert bench.warm.typed("sites", "list").returncode == 0, "set up in the end, wherever it was killed"
    for _ in range(KILLS):
        before = bench.acknowledged()
        kill_before(bench, ("", dice.randrange(1, LAST_KILL), BEGUN))
        assert bench.acknowledged() >= before, "what was acknowledged is there"
        bench.check_nothing_is_half()
    assert cut_off(bench) >= KILLS // 2, "most kills hit an import in the middle"
    last = subprocess.run(
        [sys.executable, "-m", "fourfold.cli.main", *bench.import_],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=bench.environment,
    )
    assert last.returncode == 0, last.stderr
    totals = json.loads(last.stdout)
    assert totals["read"] == GOOD + BAD == totals["accepted"] + totals["duplicates"] + totals["quarantined"]
    assert totals["quarantined"] == BAD
    assert bench.acknowledged() == GOOD
    assert bench.ask("SELECT count(*), count(DISTINCT reference) FROM intake_allegation") == [(GOOD, GOOD)]
    assert bench.ask("SELECT count(*), count(DISTINCT row_number) FROM intake_quarantined") == [(BAD, BAD)]
    bench.check_nothing_is_half()
    check_the_log(bench)


WITH_PEOPLE = """
name = "A feed with people that is killed"
system = "told-again"
[reference]
columns = ["Ref"]
[told]
columns = ["Told"]
formats = ["%d/%m/%Y %H:%M"]
[class]
default = "99"
[words]
parts = ["{Story}"]
[victim]
name = ["Name"]
alias = "Ex"
[[person]]
role = "victim"
name = ["Ex"]
"""
#: What differs from run to run and is no content.
OF_THE_RUN = {
    "id",
    "run_id",
    "batch",
    "received_at",
    "recorded_at",
    "recorded_by",
    "held_at",
    "allegation_id",
    "retold_id",
}
WHOSE = "(SELECT reference FROM intake_allegation AS whose WHERE whose.id = t.allegation_id)"
TABLES = {
    "intake_allegation": "'' ",
    "intake_quarantined": "'' ",
    "intake_version": WHOSE,
    "intake_retold": WHOSE,
    "intake_furtherperson": WHOSE,
    "intake_personknownby": WHOSE,
}


def said(bench: Bench) -> dict[str, list[tuple[object, ...]]]:
    """Return what every row of an import says, whenever and by which run it came."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for table, whose in TABLES.items():
        names = [str(column[1]) for column in bench.ask(f"PRAGMA table_info({table})")]
        columns = ", ".join(f't."{name}"' for name in names if name not in OF_THE_RUN)
        found[table] = sorted(bench.ask(f"SELECT {whose}, {columns} FROM {table} AS t"), key=repr)
    return found


def deliveries(folder: Path) -> tuple[str, str]:
    """Return two deliveries: the second tells a third again, a third otherwise and a third for the first time."""
    first = [row(str(number), Ex="Bea Holm" if number % 5 == 0 else "") for number in range(2_000)]
    other = [row(str(number), Story="He waited outside.", Ex="Bea Holm") for number in range(2_000, 3_500)]
    later = [row(str(number), Story="He came back.", Ex="Cy Ash") for number in range(1_000, 2_000)]
    bad = [row(f"bad-{number}", Told="31/02/2026 10:00") for number in range(20)]
    return text_of(first, HEADER), text_of([*first[:1_000], *later, *bad, *other], HEADER)


@pytest.mark.slow
def test_a_later_delivery_killed_in_the_middle_says_what_an_undisturbed_one_says(tmp_path: Path) -> None:
    """New rows, duplicates, later versions with further people and rows that wait: all as if nothing had happened."""
    benches = [Bench(tmp_path / name) for name in ("killed", "undisturbed")]
    for bench in benches:
        bench.folder.mkdir()
        (bench.folder / "feed.toml").write_text(WITH_PEOPLE)
        copied_to(bench.database)
        for delivery in deliveries(tmp_path):
            (bench.folder / "feed.csv").write_text(delivery)
            for point in (1, 10, 20, 30) if bench is benches[0] else ():
                done = bench.ask("SELECT count(*) FROM intake_version")
                kill_before(bench, ("", point, BEGUN))
                assert bench.ask("SELECT count(*) FROM intake_version") >= done
                bench.check_nothing_is_half()
            last = bench.warm.typed(*bench.import_, "--later")  # what is searchable is no row that is compared
            assert last.returncode == 0, last.stderr
            totals = json.loads(last.stdout)
            assert totals["read"] == totals["accepted"] + totals["duplicates"] + totals["quarantined"]
    killed, undisturbed = map(said, benches)
    assert {table: len(rows) for table, rows in undisturbed.items()} == {
        "intake_allegation": 3_500, "intake_quarantined": 20, "intake_version": 1_000, "intake_retold": 1_000,
        "intake_furtherperson": 1_900, "intake_personknownby": 1_900,
    }  # fmt: skip
    assert killed == undisturbed
    check_the_log(benches[0])
    for bench in benches:
        bench.close()


def check_the_log(bench: Bench) -> None:
    """Check that the log holds and proves every batch."""
    verify = bench.warm.typed("audit", "verify")
    assert verify.returncode == 0, verify.stdout + verify.stderr
    script = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'fourfold.config.settings'\n"
        "import django; django.setup()\n"
        "from fourfold.intake.queries import faults_of_batches\n"
        "print(len(list(faults_of_batches())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
        env=bench.environment,
    )
    assert done.stdout.strip() == "0"
