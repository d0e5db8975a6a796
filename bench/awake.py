"""How soon the server answers after a start, how soon a process of it that is forked anew, and what one holds of its own.

    .venv/bin/python -m bench.awake                                       SQLite
    .venv/bin/python -m tools.postgres --as-installed .venv/bin/python -m bench.awake    PostgreSQL

The server of `fourfold serve` on the invented programme, with one process, so that all is asked of that one: two hundred pages of those who do
casework, each role in turn, from home along the links, and then fifty of the others, of whom a few open what reckons. What is judged of time is the processors' of the server and its process; of memory what
is the process's alone (/proc/PID/smaps_rollup), once it has answered them all.
"""

from __future__ import annotations

import html
import http.client
import os
import re
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.clock import judged, line
from bench.crowd import free_port
from bench.visitors import cookie_of

PAGES, PATIENCE = 200, 120
OWN_MB = 60
#: Links of a page that lead to another: no file, nothing that ends the session.
LINK = re.compile(r'<a[^>]+href="(/[^"#]*)"')
LEAVES = ("/accounts/", "/static/", "/media/")


def main() -> None:
    """Load the programme where there is none, start the server and print a line for each promise."""
    with ExitStack() as stack:
        folder = os.environ.get("FOURFOLD_DATA_DIR") or stack.enter_context(tempfile.TemporaryDirectory())
        os.environ |= {"FOURFOLD_DATA_DIR": folder, "FOURFOLD_DEMO": "true"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
        import django

        django.setup()
        from fourfold.access.roles import casework_sites
        from fourfold.cli import server
        from fourfold.demo import founding, roster
        from fourfold.web import clock

        server.prepare(at=clock.now())
        at, people = clock.now(), [one.email for one in roster.sign_ins()]
        works = {email: bool(casework_sites(founding.acting(email, at))) for email in people}
        measure(*([cookie_of(email) for email in people if works[email] is kind] for kind in (True, False)))


def measure(cookies: list[str], others: list[str]) -> None:
    """Start the server twice, as the first start compiles its source, and print what the second took and holds."""
    from django.db import connection

    print(f"The server on {connection.vendor}; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    with _Server() as first:
        first.page("/", cookies[0])
    with _Server() as server:
        began = server.began
        server.page("/", cookies[0])
        took = time.perf_counter() - began
        worker = server.worker()
        spent = server.spent(server.process.pid) + server.spent(worker)
        line("server: the first page after a start", spent, "s", 1.5, note=f"of processor; by the wall {took:.1f} s")
        os.kill(worker, signal.SIGTERM)
        worker = server.worker(other=worker)
        server.page("/", cookies[0])
        line("server: a process awake, with its first page", server.spent(worker), "s", 0.8, note="of processor")
        bare, casework = _own(worker), _Walk(cookies)
        casework.go(server, PAGES)
        own = _own(worker)
        note = f"after {casework.asked} pages of {len(cookies)} who do casework; {bare:.0f} MB after its first page"
        line("server: memory of a process alone", own, "MB", OWN_MB, note=note)
        rest = _Walk(others)
        rest.go(server, PAGES // 4)
        note = f"after {rest.asked} more of {len(others)} who plan, evaluate and administer"
        line("server: memory of it after their pages", _own(worker), "MB", OWN_MB, note=note)
        assert server.worker() == worker, "the process was ended meanwhile"


class _Server:
    """A server with one process, for as long as it is needed."""

    def __enter__(self) -> _Server:
        from fourfold.cli.server import gunicorn, surroundings

        self.port = free_port()
        self.began = time.perf_counter()
        self.process = subprocess.Popen(gunicorn(f"127.0.0.1:{self.port}", 1), env=surroundings())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def worker(self, *, other: int = 0) -> int:
        """Return the process that answers, once it is another than that one."""
        until = time.monotonic() + PATIENCE
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        while time.monotonic() < until:
            if alive := [int(each) for each in children.read_text().split() if int(each) != other]:
                return alive[0]
            time.sleep(0.02)
        raise AssertionError("no process answers")

    def spent(self, pid: int) -> float:
        """Return the seconds of processor that all threads of a process have taken."""
        # The name may hold blanks, and ends with the last bracket.
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, told[11:13])) / os.sysconf("SC_CLK_TCK")

    def page(self, address: str, cookie: str) -> tuple[int, str]:
        """Return the status and the text of an answer, as soon as the server gives one."""
        until = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.request("GET", address, headers={"Cookie": cookie, "Host": f"127.0.0.1:{self.port}"})
                answer = connection.getresponse()
                return answer.status, answer.read().decode(errors="replace")
            except ConnectionRefusedError:
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.01)
            finally:
                connection.close()


class _Walk:
    """What some people open in turn, a page each, along the links of their pages."""

    def __init__(self, cookies: list[str]) -> None:
        self.people = [(cookie, ["/"], {"/"}) for cookie in cookies]
        self.asked = 0

    def go(self, server: _Server, pages: int) -> None:
        """Open so many pages, or all that there are."""
        while self.asked < pages and any(waiting for _, waiting, _ in self.people):
            for cookie, waiting, seen in self.people:
                if waiting and self.asked < pages:
                    self.asked += 1
                    text = _opened(server, waiting.pop(0), cookie)
                    found = (html.unescape(each) for each in LINK.findall(text) if not each.startswith(LEAVES))
                    new = [each for each in dict.fromkeys(found) if each not in seen]
                    waiting.extend(new)
                    seen.update(new)


def _opened(server: _Server, address: str, cookie: str) -> str:
    status, text = server.page(address, cookie)
    assert status < 500, (address, status)
    return text


def _own(pid: int) -> float:
    """Return how many MB of a process are its alone; what of a mapped file nobody else has open just now, the system lends to all.

    What is reckoned beside a page is awaited: while that process is there, both share what it was forked with.
    """
    until = time.monotonic() + PATIENCE
    while any(each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children")):
        assert time.monotonic() < until, "what is reckoned beside a page does not end"
        time.sleep(0.1)
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kb) for kb in re.findall(r"^Private_[DH]\w+: +(\d+) kB", told, re.MULTILINE)) / 1024


if __name__ == "__main__":
    judged(main)
