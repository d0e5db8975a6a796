"""A feed of any length, brought into a database of its own, beside a bare bulk load of the same rows.

    python -m bench.feeds --rows 1000000            SQLite, killed ten times and brought in again, then PostgreSQL

`ratio` is the time of the import by that of a bare load: the same file into one table of texts by COPY or one prepared
statement, without checks, duplicates, log or index.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg

from bench.clock import heaviest, judged, line
from tools import postgres

BIN = Path(sys.executable).parent
ROWS = 1_000_000
#: Of a million rows: until they are kept, how much longer until they are searchable and looked through (s), and the memory (MB).
KEPT, LONGER, MEMORY = 60.0, 120.0, 1_000
#: How many times as long as a bare load of the same rows.
TIMES = 20
KILLS = 10
TABLES = ("intake_allegation", "intake_quarantined")
#: What differs from run to run and is no content.
OF_THE_RUN = frozenset({"id", "run_id", "batch", "received_at", "recorded_at", "recorded_by", "held_at"})
HEADER = (
    *("Force", "Crime ref", "Reported", "Committed from", "Committed to", "HO class", "Offence", "Included", "MO"),
    *("Location", "Weapon", "Relationship", "Victim forename", "Victim surname", "Victim DOB", "Victim sex"),
    *("Victim phone", "Suspect forename", "Suspect surname", "Suspect DOB", "Beat"),
)
MAPPING = """
name = "A force's feed, invented"
system = "bench-rms"
[reference]
columns = ["Force", "Crime ref"]
[told]
columns = ["Reported"]
formats = ["%d/%m/%Y %H:%M"]
clock_change = "hour not known"
[occurred]
columns = ["Committed from"]
formats = ["%d/%m/%Y %H:%M"]
clock_change = "hour not known"
[class]
default = "99"
as_recorded = ["HO class", "Offence"]
[[class.by]]
columns = ["HO class"]
[class.by.codes]
"8Q" = "8Q"
"8L" = "8L"
"8R" = "8R"
"58B" = "58"
"49" = "49"
[included]
columns = ["Included"]
separator = ";"
[words]
parts = ["{MO}"]
[place]
parts = ["{Location}"]
[weapon]
column = "Weapon"
yes = ["Y"]
no = ["N"]
[victim]
name = ["Victim forename", "Victim surname"]
phone = "Victim phone"
[victim.birth]
columns = ["Victim DOB"]
formats = ["%d/%m/%Y"]
[victim.sex]
columns = ["Victim sex"]
codes = { F = "F", M = "M" }
[subject]
name = ["Suspect forename", "Suspect surname"]
relationship = "Relationship"
[subject.birth]
columns = ["Suspect DOB"]
formats = ["%d/%m/%Y"]
"""
CLASSES = (("49", "Theft from shop"), ("58B", "Criminal damage to a vehicle"), ("8N", "Assault"), ("8L", "Harassment"),
           ("8R", "Malicious communications"), ("8Q", "Stalking"))  # fmt: skip
STORIES = (
    "Offender enters store by the front door, takes goods from a shelf and leaves without paying",
    "Unknown person breaks the wing mirror of a parked car overnight",
    "Suspect sends repeated messages from new numbers after being told to stop",
    "Former partner waits outside the place of work and follows the victim to the bus",
    "Argument in the street, suspect pushes the victim to the ground and makes off",
)
NAMES = ("Anna", "Bea", "Carl", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon", "Kit", "Lea", "Moe", "Nia", "Ola")


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield rows of an invented force: nine in a thousand have a date that does not exist, one in a hundred another's number."""
    dice = random.Random(20261126)
    for number in range(count):
        day, month, year = dice.randrange(1, 29), dice.randrange(1, 13), dice.randrange(2016, 2026)
        when = f"{day:02}/{month:02}/{year} {dice.randrange(24):02}:{dice.randrange(60):02}"
        told = "31/02/2020 10:00" if number % 111 == 110 else when
        code, offence = dice.choice(CLASSES)
        yield (
            *("06", f"{number:08}", told, when, "", code, offence, "8R" if number % 7 == 0 else ""),
            *(
                dice.choice(STORIES),
                f"{dice.randrange(200)} Invented Road",
                "YNU "[number % 4].strip().replace("U", ""),
            ),
            *(
                dice.choice(("Ex partner", "", "Neighbour")),
                dice.choice(NAMES),
                f"{dice.choice(NAMES)}sen{number % 997}",
            ),
            *(
                f"{day:02}/{month:02}/{1950 + number % 50}",
                "FM"[number % 2],
                f"07{400_000_000 + (number if number % 100 else number // 2):09}",
            ),
            *(
                dice.choice(NAMES),
                f"{dice.choice(NAMES)}ton{number % 991}",
                f"{day:02}/{month:02}/{1950 + number % 40}",
            ),
            str(number % 300),
        )


def write(folder: Path, count: int) -> tuple[Path, Path]:
    """Write the feed and its mapping."""
    mapping = folder / "feed.toml"
    mapping.write_text(MAPPING)
    return written(folder / "feed.csv", rows(count)), mapping


def written(path: Path, told: Iterable[tuple[str, ...]]) -> Path:
    """Write rows below the header."""
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(HEADER)
        out.writerows(told)
    return path


def main() -> None:
    """Measure on SQLite and on PostgreSQL and print a line for each promise."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--rows", type=int, default=ROWS, help="How many rows the feed has.")
    count = wanted.parse_args().rows
    with tempfile.TemporaryDirectory() as name, ExitStack() as servers:
        folder = Path(name)
        path, mapping = write(folder, count)
        with path.open("rb") as file:
            while file.read(1 << 24):  # as warm for the first database as for the second
                pass
        _measure("SQLite", f"sqlite:///{folder / 'feed.sqlite3'}", path, mapping, count)
        _kill(path, mapping, count)
        _measure("PostgreSQL", servers.enter_context(postgres.database(postgres.AS_INSTALLED)), path, mapping, count)


def _measure(engine: str, url: str, path: Path, mapping: Path, count: int) -> None:
    """Bring the feed in by the command, load the same rows bare, and print both and their ratio."""
    environment = {**os.environ, "DATABASE_URL": url, "FOURFOLD_DATA_DIR": str(path.parent / engine)}
    command: list[str | Path] = [BIN / "fourfold", "import", path, "--mapping", mapping, "--site", "london", "--json"]
    # An installation is set up before its first file comes.
    ready: list[str | Path] = [BIN / "fourfold", "duties", "check"]
    subprocess.run(ready, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=True)
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL, text=True, env=environment)
        peak = heaviest(process)
        assert process.returncode == 0, f"the import into {engine} ended with {process.returncode}"
        said.seek(0)
        totals = json.loads(said.read().strip().splitlines()[-1])
    assert totals["read"] == count == totals["accepted"] + totals["duplicates"] + totals["quarantined"]
    assert totals["quarantined"] == count // 111
    took = float(totals["seconds"])
    bare = _bare_sqlite(path) if engine == "SQLite" else _bare_postgres(url, path)
    note = f"{count / took:,.0f} rows/s, at most {peak:,.0f} MB, bare load {bare:.1f} s, ratio {took / bare:.1f}"
    line(f"feed: {count:,} rows into {engine}", took, "s", KEPT * count / ROWS, note=note)
    line(f"feed: times a bare load, {engine}", took / bare, "times", TIMES)
    searchable, longer = float(totals["until_searchable"]) - took, float(totals["until_looked_through"]) - took
    note = f"searchable after {searchable:.1f} s more"
    line(f"feed: longer, until looked through, {engine}", longer, "s", LONGER * count / ROWS, note=note)
    line(f"feed: memory of all its processes, {engine}", peak, "MB", MEMORY)


def _kill(path: Path, mapping: Path, count: int) -> None:
    """Kill the import ten times within the rows, start it again, and compare with the one that nobody disturbed."""
    killed, undisturbed = path.with_name("killed.sqlite3"), path.with_name("feed.sqlite3")
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{killed}",
        "FOURFOLD_DATA_DIR": str(path.parent / "killed"),
    }
    told: list[str | Path] = ["--mapping", mapping, "--site", "london", "--json", "--later"]
    command: list[str | Path] = [BIN / "fourfold", "import", path, *told]
    for number in range(1, KILLS + 1):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        while process.poll() is None and _kept(killed) < count * number // (KILLS + 1):
            time.sleep(0.05)
        process.kill()
        process.wait()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    totals = json.loads(done.stdout.strip().splitlines()[-1])
    assert totals["read"] == count == totals["accepted"] + totals["duplicates"] + totals["quarantined"]
    same = [_digest(each, table) for table in TABLES for each in (killed, undisturbed)]
    assert same[::2] == same[1::2], "an import that was killed has another result than one that was not"
    line(
        f"feed: {count:,} rows killed {KILLS} times: rows that differ", 0, "rows", 0, note="against an undisturbed run"
    )


def _kept(database: Path) -> int:
    """Return how many rows have been committed; none while there is no table yet."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as own:
        try:
            return int(own.execute("SELECT coalesce(sum(accepted), 0) FROM intake_importrun").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def _digest(database: Path, table: str) -> str:
    """Return a digest of what every row of a table says, in the order of the file, whenever and by which run it came."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as own:
        names = [name for _, name, *_ in own.execute(f"PRAGMA table_info({table})")]
        columns = ", ".join(f'"{name}"' for name in names if name not in OF_THE_RUN)
        for row in own.execute(f"SELECT {columns} FROM {table} ORDER BY row_number"):
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _bare_sqlite(path: Path) -> float:
    """Load the rows into a bare table of texts."""
    began = time.perf_counter()
    with closing(sqlite3.connect(path.with_name("bare.sqlite3"))) as own, path.open(newline="") as file:
        own.execute(f"CREATE TABLE bare ({', '.join(f'c{place} TEXT' for place in range(len(HEADER)))})")
        own.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(HEADER))})", csv.reader(file))
        own.commit()
    return time.perf_counter() - began


def _bare_postgres(url: str, path: Path) -> float:
    """Copy the rows into a bare table of texts."""
    began = time.perf_counter()
    with psycopg.connect(url) as own, own.cursor() as cursor, path.open("rb") as file:
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'c{place} TEXT' for place in range(len(HEADER)))})")
        with cursor.copy("COPY bare FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
    return time.perf_counter() - began


if __name__ == "__main__":
    judged(main)
