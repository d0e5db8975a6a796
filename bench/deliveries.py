"""Later deliveries of ten thousand rows into a table of five million: until each is searchable.

    .venv/bin/python -m bench.deliveries [rows there [rows of a delivery [deliveries]]]     SQLite, then PostgreSQL

A tenth of the table is brought in by `fourfold import` from the feed of `bench.feeds`, and the rest are copies of it, of other people with other
keys, as many as each report has: to import all would take an hour of two processors. An agency is kept from one victim and from one subject,
as at any site, against whom what comes is held; they are nobody of the feed. Each delivery is the next part of the same feed, brought
in by the same command in a process of its own. `searchable` is what that command says: kept, and its people found by name.
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
from datetime import date
from itertools import islice
from pathlib import Path

from bench import feeds
from bench.clock import judged, line
from tools import postgres

THERE, ROWS, DELIVERIES = 5_000_000, 10_000, 3
SITE, COPIES, COPY = "london", "5689abcde", "--copy"
SEARCHABLE = 10.0


def main() -> None:
    """Fill a table on each engine, deliver, and print a line for each engine's slowest delivery."""
    if sys.argv[1:] == [COPY]:
        _copy()
        return
    there, rows, deliveries = (*map(int, sys.argv[1:]), *(THERE, ROWS, DELIVERIES)[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as name, ExitStack() as servers:
        folder = Path(name)
        first = there // (len(COPIES) + 1)
        files = list(_files(folder, [first, *[rows] * deliveries]))
        for engine, url in (
            ("SQLite", f"sqlite:///{folder / 'table.sqlite3'}"),
            ("PostgreSQL", servers.enter_context(postgres.database(postgres.AS_INSTALLED))),
        ):
            print(f"Deliveries on {engine}; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
            surroundings = {"DATABASE_URL": url, "FOURFOLD_DATA_DIR": str(folder / engine)}
            imported = _brought_in(files[0], folder / "feed.toml", surroundings)
            assert imported["read"] == first
            subprocess.run([sys.executable, "-m", "bench.deliveries", COPY], env=os.environ | surroundings, check=True)
            later = [_brought_in(file, folder / "feed.toml", surroundings) for file in files[1:]]
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
        SITE,
        "--json",
    ]
    before = _worked()
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | surroundings, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1]) | {"worked": _worked() - before}


def _copy() -> None:
    """Copy what was imported: the reports with what is kept beside each, under other keys, sounds and numbers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django

    django.setup()
    from django.db import connection

    from bench.caseload import counted, without_indexes
    from fourfold.cases.models import NameSound, Summary, ToldKey
    from fourfold.intake.models import Allegation

    sqlite = connection.vendor == "sqlite"  # the thirteenth digit of what was given out is 4 or 7 (RFC 9562, 5.4, 5.7)
    identity = (
        "substr({0}, 1, 12) || '{1}' || substr({0}, 14)" if sqlite else "overlay({0}::text placing '{1}' from 15)::uuid"
    )
    number = "CASE {0} WHEN '' THEN '' ELSE {0} || '{1}' END"
    other = {
        Allegation: {"id": identity, "reference": "{0} || '-{1}'", "victim_phone": number},
        Summary: {"id": identity, "allegation_id": identity, "victim_phone": number, "subject_phone": number},
        NameSound: {"id": identity, "summary_id": identity, "sound": number},
        ToldKey: {
            "allegation": identity,
            "key": f"({{0}} & -256) | {'unicode' if sqlite else 'ascii'}('{{1}}')",
        },
    }
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size = -400000" if sqlite else "SET statement_timeout = 0")
        with without_indexes(*other):
            for model, differs in other.items():
                table = model._meta.db_table
                columns = [
                    f"{f.column}" for f in model._meta.concrete_fields if model is not ToldKey or not f.primary_key
                ]
                names = ", ".join(f'"{column}"' for column in columns)
                cursor.execute(f'CREATE TEMPORARY TABLE imported AS SELECT {names} FROM "{table}"')
                for copy in COPIES:
                    read = (differs.get(column, "{0}").format(f'"{column}"', copy) for column in columns)
                    cursor.execute(f'INSERT INTO "{table}" ({names}) SELECT {", ".join(read)} FROM imported')
                cursor.execute("DROP TABLE imported")
    counted()
    _wall()


def _wall() -> None:
    """Keep an agency from a victim and a subject whom nobody of the feed is, born as some of them are."""
    from fourfold.access.models import Wall
    from fourfold.access.terms import WallKind
    from fourfold.cli.console import acting, now
    from fourfold.people.models import Subject, Victim

    by = acting(SITE, "", at := now()).staff
    held = {"controller": "bench", "basis": "policing", "source": "feed", "recorded_at": at, "recorded_by": by}
    for model, given in ((Victim, "Verity"), (Subject, "Roland")):
        who = model.objects.create(site=SITE, given_name=given, family_name="Nobody", birth_on=date(1985, 5, 3), **held)
        Wall.objects.create(file=who.pk, partner="bench", kind=WallKind.ORGANISATION, from_at=at, set_by=by)


def _worked() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    judged(main)
