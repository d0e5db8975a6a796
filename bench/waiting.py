"""The desk and its analyst's home where so many reports wait as a first feed leaves there.

    .venv/bin/python -m bench.waiting [reports ...]                                                          SQLite
    .venv/bin/python -m tools.postgres --as-installed .venv/bin/python -m bench.waiting [reports ...]        PostgreSQL

The feed of `bench.feeds` is brought into the invented programme by `fourfold import`. Its people are few: most reports share a name with
others, and some with people of open cases. What is measured is growth: a page of the fewest reports, and how much dearer it is of the most.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bench import feeds
from bench.clock import judged, line

if TYPE_CHECKING:
    from django.test import Client

REPORTS, SITE, ANALYST, TIMES = (10_000, 100_000), "cheshire", "analyst@demo.invalid", 7
#: A page may cost so many times what it cost of the fewest.
GROWS = 1.5


def main() -> None:
    """Bring in as many as are asked for, one number after the other, and print a line for each page."""
    sizes = sorted(map(int, sys.argv[1:])) or list(REPORTS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["FOURFOLD_DATA_DIR"] = str(folder / "data")
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'waiting.sqlite3'}")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
        import django

        django.setup()
        import_module("fourfold.config.wsgi")
        from bench.caseload import counted
        from bench.visitors import signed_in
        from fourfold.cli import server
        from fourfold.web import clock

        server.prepare(at=clock.now())
        (folder / "feed.toml").write_text(feeds.MAPPING)
        rows, there, first = feeds.rows(sizes[-1]), 0, dict[str, float]()
        for size in sizes:
            path = feeds.written(folder / f"{size}.csv", islice(rows, size - there))
            words = ["import", path, "--mapping", folder / "feed.toml", "--site", SITE]
            subprocess.run([feeds.BIN / "fourfold", *words], check=True, capture_output=True)
            there = size
            counted()
            for name, address in (("the desk", "/desk/"), ("an analyst's home", "/")):
                spent = _spent(signed_in(ANALYST), address)
                before = first.setdefault(name, spent)
                what = f"{name}, of {size:,} rows of a feed"
                line(what, spent / before, "times the fewest", GROWS, note=f"{spent * 1000:,.0f} ms of processor")


def _spent(client: Client, address: str) -> float:
    """Return the least seconds of processor of a page, with those of the server that answers us, after the first."""
    from bench.clock import answering, worked

    client.get(address)
    server, spent = answering(), []
    for _ in range(TIMES):
        before = worked(server)
        assert client.get(address).status_code == 200
        spent.append(worked(server) - before)
    return min(spent)


if __name__ == "__main__":
    judged(main)
