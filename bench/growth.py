"""How each page grows with the cases of the country: the work for it at several sizes, and the exponent between them.

    .venv/bin/python -m bench.growth [cases…]                                     SQLite
    .venv/bin/python -m tools.postgres --as-installed .venv/bin/python -m bench.growth [cases…]  PostgreSQL

The pages of `bench.protocol`, each size in a database of its own, with as many more who work on more cases, and the same reports at the
desk. The first unit has half of the cases at each size, so it grows as the country does: its quarter counts ten times as many. What is judged is the slope of the logarithms: 0 is a page that costs the
same however many cases there are, 1 one that costs ten times as much for ten times the cases. Work is that of our own process and, on
PostgreSQL, of the server's process that answers us, without parallel helpers, who could not be counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from math import log
from pathlib import Path

from bench.clock import answering, judged, line, missed, worked
from tools.postgres import named_server

SIZES = (10_000, 100_000, 1_000_000)
EXPONENT, TIMES, AT_DESK = 0.1, 12, 18
ONE = "--pages-of"


def main() -> None:
    """Measure each size in a program of its own and print a line for each page."""
    if sys.argv[1:2] == [ONE]:
        print(json.dumps(pages(int(sys.argv[2]))))
        missed.clear()  # how long its rows took to write is judged by `bench.protocol`
        return
    sizes = sorted({int(each) for each in sys.argv[1:]}) or list(SIZES)
    assert len(sizes) > 1, "growth is between two sizes"
    print(f"Growth at {sizes}; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    found = [_apart(size) for size in sizes]
    for page in found[0]:
        took = [each[page] for each in found]
        note = ", ".join(f"{ms:,.1f}" for ms in took) + " ms"
        line(f"growth: {page}", exponent(sizes, took), "", EXPONENT, note=note)


def exponent(sizes: list[int], took: list[float]) -> float:
    """Return the slope of the straight line through the logarithms, by least squares."""
    xs, ys = [log(each) for each in sizes], [log(max(each, 0.01)) for each in took]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def _apart(size: int) -> dict[str, float]:
    with _empty_database(size) as surroundings:
        words = [sys.executable, "-m", "bench.growth", ONE, str(size)]
        done = subprocess.run(words, env=os.environ | surroundings, stdout=subprocess.PIPE, text=True, check=True)
    *said, found = done.stdout.strip().splitlines()
    print("\n".join(said), flush=True)
    return dict(json.loads(found))


@contextmanager
def _empty_database(size: int) -> Iterator[dict[str, str]]:
    """Yield what names a database of this size's own, gone afterwards."""
    server = named_server(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        if server is None:
            yield {"FOURFOLD_DATA_DIR": folder, "DATABASE_URL": ""}
            return
        import psycopg

        name = f"growth_{size}"
        with psycopg.connect(server, autocommit=True) as own:
            own.execute(f"CREATE DATABASE {name}")
            yield {"FOURFOLD_DATA_DIR": folder, "DATABASE_URL": f"{server.rpartition('/')[0]}/{name}"}
            own.execute(f"DROP DATABASE {name} WITH (FORCE)")


def pages(cases: int) -> dict[str, float]:
    """Fill the database of this process and return the least milliseconds of work for each page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django

    django.setup()
    import_module("fourfold.config.wsgi")
    from bench.protocol import _World, tell

    world = _World(Path(os.environ["FOURFOLD_DATA_DIR"]), cases)
    for number in range(AT_DESK):
        tell(world, number)
    return {page: _least(world.page(address)) for page, address in _addresses(world)}


def _addresses(world: object) -> Iterator[tuple[str, str]]:
    from bench.protocol import _World
    from fourfold.cases.models import Case

    assert isinstance(world, _World)
    shown = Case.objects.visible_to(world.officer, at=world.at).order_by("-opened_at", "id")
    deep = shown.values_list("reference", flat=True)[shown.count() * 9 // 10]
    ordinary = shown.filter(acts=6).first()
    assert ordinary is not None
    name = ordinary.victim.family_name
    yield from {
        "today, an officer's home page": "/",
        "my cases": "/cases/?mine=yes",
        "every case of a unit": "/cases/",
        "every open case at very high": "/cases/?state=open&level=very_high",
        "nine tenths down the list": f"/cases/?after={deep}",
        "the desk": "/desk/",
        "what is found for a family name": f"/find/?q={name}",
        "an ordinary case": f"/cases/{ordinary.reference}/",
        "a case with 10,000 acts": f"/cases/{world.longest}/",
        "its history": f"/cases/{world.longest}/history/",
        "the quarter of a unit": "/unit/quality/",
    }.items()


def _least(ask: Callable[[], object]) -> float:
    """Return the least of several answers, the first two not counted: they compose what is kept."""
    for _ in range(2):
        ask()
    server, took = answering(), []
    for _ in range(TIMES):
        began = worked(server)
        ask()
        took.append((worked(server) - began) * 1000)
    return min(took)


if __name__ == "__main__":
    judged(main)
