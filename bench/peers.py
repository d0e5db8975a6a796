"""Beside the peers, in one run: the same work on as many cases by us and by django-helpdesk, round after round in turn.

    .venv/bin/python -m bench.peers [cases] [rounds]                                       both on SQLite
    .venv/bin/python -m tools.postgres --as-installed .venv/bin/python -m bench.peers [cases] [rounds]    both on one PostgreSQL

The peer is installed into an environment of its own (var/peers), set up as its guide says, and filled with as many tickets as
we have cases. Each is asked by one browser's connection, then by eight, of the same server with as many processes; what a page
loads for its rows before anybody can read them counts with it. A ratio is the peer's time by ours of one round, and stands with
the least and the most of all rounds. ohcnetwork/care, the other peer, comes as images and a front of its own and not as a
package, so it cannot be set up here; nothing is said of it.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from bench.clock import judged
from bench.crowd import free_port, invented
from bench.visitors import signed_in
from tools.progress import ROOT

if TYPE_CHECKING:
    from django.test import Client

CASES, ROUNDS, TIMES, SECONDS, PROCESSES = 100_000, 5, 8, 8, 4
PEER = "django-helpdesk==2.6.1"
KEPT = ROOT / "var" / "peers"
PATIENCE = 120
#: Nobody refers more than ten times in an hour: as many of the unit refer in turn.
REFER = ("officer", "analyst", "coordinator", "advocate", "chair")


@dataclass(frozen=True)
class Site:
    """Where one of them listens, with whose session, and what is asked of it under each name."""

    name: str
    port: int
    cookie: str
    asks: Mapping[str, Callable[[Site, http.client.HTTPConnection], None]]


def main() -> None:
    """Set up both, ask both in turn, and print a line for each kind of work."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(_ours(folder, cases))
        peer = stack.enter_context(_peer(folder, cases))
        engine = "PostgreSQL" if _on_postgresql() else "SQLite"
        print(
            f"Fourfold beside {PEER}, {cases:,} cases, {engine}, {rounds} rounds; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        taken: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            for site in (ours, peer):
                for what, ask in site.asks.items():
                    taken.setdefault((site.name, what), []).append(_median(site, ask))
                taken.setdefault((site.name, EIGHT), []).append(_rate(site))
        for what in (*ours.asks, EIGHT):
            _tell(what, taken[ours.name, what], taken[peer.name, what])


EIGHT = "eight at once: list, open, search"


def _tell(what: str, ours: list[float], peers: list[float]) -> None:
    """Print the medians, and how many times the peer takes (of a rate: how many times we answer)."""
    pairs = list(zip(ours, peers, strict=True))
    ratios = sorted(own / other if what == EIGHT else other / own for own, other in pairs)
    unit = "a second" if what == EIGHT else "ms"
    middle = statistics.median(ratios)
    print(
        f"{what:<36} {statistics.median(ours):>9,.1f} {unit:<8} peer {statistics.median(peers):>9,.1f} {unit:<8} "
        f"{middle:>6.1f} times ({ratios[0]:.1f} to {ratios[-1]:.1f})",
        flush=True,
    )


def _median(site: Site, ask: Callable[[Site, http.client.HTTPConnection], None]) -> float:
    """Return the median milliseconds until the answers are whole; the first, which fills caches, does not count."""
    connection, taken = _connection(site), []
    for number in range(TIMES + 1):
        began = time.perf_counter()
        ask(site, connection)
        taken.append((time.perf_counter() - began) * 1000)
        if not number:
            taken.clear()
    connection.close()
    return statistics.median(taken)


def _rate(site: Site) -> float:
    """Return how many pages eight people get in a second who never think."""
    done, until = [], time.monotonic() + SECONDS
    works = [ask for what, ask in site.asks.items() if what in ("list", "open", "search")]

    def work(seed: int) -> None:
        connection, dice = _connection(site), random.Random(seed)
        while time.monotonic() < until:
            dice.choice(works)(site, connection)
            done.append(seed)
        connection.close()

    people = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return len(done) / SECONDS


def _connection(site: Site) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)


def _asked(
    site: Site, connection: http.client.HTTPConnection, address: str, sent: Mapping[str, str] | None = None
) -> str:
    """Return the page of an address, or of a form that is sent; raise AssertionError where there is none."""
    headers = {"Cookie": site.cookie, "Host": f"127.0.0.1:{site.port}"}
    if sent is None:
        connection.request("GET", address, headers=headers)
    else:
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{site.port}"}
        headers["Cookie"] = sent["cookie"]
        body = urlencode({name: value for name, value in sent.items() if name != "cookie"})
        connection.request("POST", address, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200 if sent is None else answer.status in {302, 303}, (site.name, address, answer.status)
    return text


def _page(address: str, then: str = "") -> Callable[[Site, http.client.HTTPConnection], None]:
    """Return the asking for a page, and for what it loads by an address that it holds."""

    def ask(site: Site, connection: http.client.HTTPConnection) -> None:
        text = _asked(site, connection, address)
        if then:
            found = re.search(then, text)
            assert found is not None, (site.name, address, then)
            _asked(site, connection, f"{found.group()}?draw=1&start=0&length=50&order[0][column]=0&order[0][dir]=desc")

    return ask


def _form(address: str, *cookies: str, **said: str) -> Callable[[Site, http.client.HTTPConnection], None]:
    """Return the sending of a form by each of several people in turn, who opened its page once for its token."""
    people, tokens = cycle(cookies), dict[str, dict[str, str]]()

    def ask(site: Site, connection: http.client.HTTPConnection) -> None:
        cookie = next(people)
        if cookie not in tokens:
            connection.request("GET", address, headers={"Cookie": cookie, "Host": f"127.0.0.1:{site.port}"})
            answer = connection.getresponse()
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
            assert found is not None, (site.name, address)
            names = (one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie", []))
            csrf = next((one for one in names if "csrf" in one), "")
            tokens[cookie] = {"csrfmiddlewaretoken": found.group(1), "cookie": f"{cookie}; {csrf}"}
        new = {"number": str(time.time_ns()), "name": invented(), "other": invented()}
        _asked(site, connection, address, {name: text.format(**new) for name, text in said.items()} | tokens[cookie])

    return ask


@contextmanager
def _ours(folder: Path, cases: int) -> Iterator[Site]:
    os.environ |= {"FOURFOLD_DATA_DIR": str(folder), "FOURFOLD_DEMO": "true"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django

    django.setup()
    import_module("fourfold.config.wsgi")
    from bench.protocol import _World
    from fourfold.cases.models import Case
    from fourfold.cli.server import gunicorn, surroundings

    world = _World(folder, cases)
    case = Case.objects.visible_to(world.officer, at=world.at).filter(acts=3).order_by("-opened_at").first()
    assert case is not None
    port, cookie = free_port(), _session(world.client)
    asks = {
        "today": _page("/"),
        "list": _page("/cases/"),
        "search": _page("/find/?q=Danlon+Marumby"),
        "open": _page(f"/cases/{case.reference}/"),
        "create": _form(
            "/refer/",
            *(_session(signed_in(f"{one}@demo.invalid")) for one in REFER),
            site="cheshire",
            reference="P-{number}",
            words="They waited by the door of {name} and wrote again.",
            victim_name="{name} Orrinshaw",
            subject_name="{other} Maskelby",
        ),
        "report": _page("/unit/quality/"),
    }
    with _serving(gunicorn(f"127.0.0.1:{port}", PROCESSES), port, surroundings(), cookie):
        yield Site("Fourfold", port, cookie, asks)


def _session(client: Client) -> str:
    from django.conf import settings

    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@contextmanager
def _peer(folder: Path, cases: int) -> Iterator[Site]:
    python, port = _environment(), free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO", "FOURFOLD"))}
    env |= {"PEER_FOLDER": str(folder), "PEER_DATABASE": _database_of_its_own(), "PYTHONPATH": str(ROOT / "bench")}
    began = time.perf_counter()
    filled = subprocess.run(
        [python, ROOT / "bench" / "peer_site.py", str(cases)], env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    session, ticket, queue = filled.stdout.split()[-3:]
    print(f"{PEER}: {cases:,} tickets written in {time.perf_counter() - began:.0f} s", flush=True)
    words: list[str | Path] = [
        python,
        "-m",
        "gunicorn",
        "peer_site:application",
        "--bind",
        f"127.0.0.1:{port}",
        "--preload",
    ]
    words += ["--workers", str(PROCESSES), "--worker-class", "gthread", "--threads", "1", "--log-level", "warning"]
    table, cookie = r"/datatables_ticket_list/[^\"']+", f"sessionid={session}"
    asks = {
        "today": _page("/dashboard/"),
        "list": _page("/tickets/", then=table),
        "search": _page("/tickets/?q=Kasin+Torlondale", then=table),
        "open": _page(f"/tickets/{ticket}/"),
        "create": _form(
            "/tickets/submit/",
            cookie,
            queue=queue,
            title="They waited by the door {number}",
            body="They waited by the door and wrote again.",
            submitter_email="quenby@peer.invalid",
            priority="3",
        ),
        "report": _page("/reports/usermonth/"),
    }
    with _serving(words, port, env, cookie):
        yield Site(PEER, port, cookie, asks)


def _environment() -> Path:
    """Return the Python of the peer's own environment, made where it is not there yet."""
    folder = KEPT / PEER.replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "whole").exists():
        same = [f"{name}=={metadata.version(name)}" for name in ("django", "gunicorn", "psycopg", "psycopg-binary")]
        venv.create(folder, with_pip=True, clear=True)
        alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER, *same], check=True, env=alone)
        (folder / "whole").touch()
    return python


def _on_postgresql() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


def _database_of_its_own() -> str:
    """Return the address of an empty database on our PostgreSQL, or nothing where we have none."""
    if not _on_postgresql():
        return ""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS peer")
        cursor.execute("CREATE DATABASE peer")
    return urlsplit(os.environ["DATABASE_URL"])._replace(path="/peer").geturl()


@contextmanager
def _serving(words: Sequence[str | Path], port: int, env: Mapping[str, str], cookie: str) -> Iterator[None]:
    """Start a server, wait until it answers, and end it afterwards."""
    server = subprocess.Popen(words, env=env)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
                connection.request("GET", "/", headers={"Cookie": cookie})
                connection.getresponse().read()
                break
            except OSError:
                assert time.monotonic() < until, f"{words[0]} did not answer within {PATIENCE} seconds"
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # one of the peer's reports takes so long, and what was measured is told
            server.kill()


if __name__ == "__main__":
    judged(main)
