"""Later deliveries of ten thousand rows into a table of five million: until each is searchable.

    .venv/bin/python -m bench.deliveries [rows there [rows of a delivery [deliveries]]]     SQLite, then PostgreSQL

The table is filled by `fourfold import` from the feed of `bench.feeds`, and each delivery is the next part of the same feed, brought in by the
same command in a process of its own. `searchable` is what that command says: kept, and its people found by name.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from bench import feeds
from bench.clock import judged, line
from tools import postgres

THERE, ROWS, DELIVERIES = 5_000_000, 10_000, 3
SEARCHABLE = 10.0


def main() -> None:
    """Fill a table on each engine, deliver, and print a line for each engine's slowest delivery."""
    there, rows, deliveries = (*map(int, sys.argv[1:]), *(THERE, ROWS, DELIVERIES)[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as name, ExitStack() as servers:
        folder = Path(name)
        files = list(_files(folder, [there, *[rows] * deliveries]))
        for engine, url in (
            ("SQLite", f"sqlite:///{folder / 'table.sqlite3'}"),
            ("PostgreSQL", servers.enter_context(postgres.database())),
        ):
            print(f"Deliveries on {engine}; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
            surroundings = {"DATABASE_URL": url, "FOURFOLD_DATA_DIR": str(folder / engine)}
            first, *later = [_brought_in(file, folder / "feed.toml", surroundings) for file in files]
            assert first["read"] == there
            said = [f"{float(each['until_searchable']):.1f} s ({each['worked']:.1f} of processor)" for each in later]
            note = f"{', '.join(said)}; kept after {max(float(each['seconds']) for each in later):.1f} s at most"
            slowest = max(float(each["until_searchable"]) for each in later)
            line(f"delivery: {rows:,} rows into {there:,}, {engine}", slowest, "s", SEARCHABLE, note=note)


def _files(folder: Path, sizes: list[int]) -> Iterator[Path]:
    """Write one feed in parts of these sizes, and its mapping."""
    (folder / "feed.toml").write_text(feeds.MAPPING)
    rows = feeds.rows(sum(sizes))
    for number, size in enumerate(sizes):
        yield feeds.written(folder / f"part-{number}.csv", islice(rows, size))


def _brought_in(path: Path, mapping: Path, surroundings: dict[str, str]) -> dict[str, float]:
    """Import a file and return what the command says of it, and how long it worked."""
    words: list[str | Path] = [
        feeds.BIN / "fourfold",
        "import",
        path,
        "--mapping",
        mapping,
        "--site",
        "london",
        "--json",
    ]
    before = _worked()
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | surroundings, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1]) | {"worked": _worked() - before}


def _worked() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    judged(main)
