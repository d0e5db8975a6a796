"""A million rows that wait for one person: the first page of their day, its five hundredth, and the lists beside it.

    .venv/bin/python -m bench.long_day [rows [cases [pages]]]                                     SQLite
    .venv/bin/python -m tools.postgres --as-installed .venv/bin/python -m bench.long_day [rows [cases [pages]]]  PostgreSQL

The rows are actions in the cases of one unit, all the officer's own, half of them overdue. The links of each page are followed to
the five hundredth, and no row may stand on two of them. What is judged is as of the day in `bench.protocol`, and has the same bounds: a day costs what
its page shows, however long it is.
"""

from __future__ import annotations

import html
import os
import re
import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from importlib import import_module
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from bench.clock import judged, line, seconds

if TYPE_CHECKING:
    from bench.protocol import _World

ROWS, CASES, PAGES, BATCH = 1_000_000, 10_000, 500, 20_000
HOME_MS, STATEMENTS = 12, 10
NEXT = re.compile(r'href="([^"]*[?&;]after=[^"]*)"[^>]*rel="next"|rel="next"[^>]*href="([^"]*[?&;]after=[^"]*)"')
ROW = re.compile(r"/plan/actions/([0-9a-f-]{36})/")


def main() -> None:
    """Fill the table and print a line for each list."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else CASES
    pages = int(sys.argv[3]) if len(sys.argv) > 3 else PAGES
    with ExitStack() as stack:
        folder = os.environ.get("FOURFOLD_BENCH_DATA") or stack.enter_context(tempfile.TemporaryDirectory())
        os.environ["FOURFOLD_DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
        import django

        django.setup()
        import_module("fourfold.config.wsgi")
        from bench.protocol import _measure, _World

        world = _World(Path(folder), cases)
        print(f"A day of {rows:,} rows; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
        line("day: write the rows", seconds(lambda: fill(world, rows)), "s", rows / 2_000)
        _measure(f"day of {rows:,}: the first page", world.page("/"), HOME_MS, statements=STATEMENTS)
        last = follow(world, pages)
        _measure(f"day of {rows:,}: page {pages}", world.page(last), HOME_MS, statements=STATEMENTS)
        for show in ("unit", "overdue"):
            _measure(f"day of {rows:,}: {show}", world.page(f"/?show={show}"), HOME_MS, statements=STATEMENTS)


def fill(world: _World, many: int) -> None:
    """Write so many actions of the officer, in the cases of the unit in turn; what the table says is of the case, as a write would say it."""
    from django.db import transaction

    from bench.caseload import counted
    from fourfold.base import new_id
    from fourfold.cases.models import Case
    from fourfold.duties.models import Duty
    from fourfold.duties.services import _say_their_cases
    from fourfold.gateways.bulk import insert_rows

    open_ones = cycle(list(Case.objects.visible_to(world.officer, at=world.at).filter(state="open")[:2_000]))
    said = {"kind": "actions", "said": {"waits_for_victim": False}, "owner": world.officer.staff}
    since = world.at - timedelta(days=900)
    step = timedelta(days=800) / many
    dues = (world.at + timedelta(days=400) - step * number for number in range(many))
    pairs = zip(islice(open_ones, many), dues, strict=True)
    while some := list(islice(pairs, BATCH)):
        made = [Duty(case=case, about=new_id(), due_at=due, shows_from=since, **said) for case, due in some]
        _say_their_cases(made, {})
        with transaction.atomic():
            insert_rows(made)
    counted()  # uncounted, SQLite sorts the second page of one's own


def follow(world: _World, pages: int) -> str:
    """Follow the links of the day to that page, and return its address; no row stands twice."""
    address, seen, counted = "/", set[str](), 0
    for _ in range(pages - 1):
        text = world.client.get(address).content.decode()
        mine = set(ROW.findall(text))
        counted, seen = counted + len(mine), seen | mine
        found = NEXT.search(text)
        assert found is not None, f"{address} leads nowhere, after {counted} rows"
        address = "/" + html.unescape(found[1] or found[2]).removeprefix("/")
    line(f"day: rows that stand twice on {pages} pages", counted - len(seen), "", 0, note=f"of {counted:,}")
    return address


if __name__ == "__main__":
    judged(main)
