"""Whoever comes while a process answers is answered by another, and hears of one that answers for long that it lives."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.faults.test_resting import PATIENCE, ROOT
from tools.postgres import free_port

SITE = """
import os, time
from pathlib import Path
from fourfold.config import front
front.LEAVES = {leaves}
def site(environ, start):
    if environ["PATH_INFO"] == "/held":
        Path("holds").touch()
        while not Path("let").exists():
            time.sleep(0.01)
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
application = front.Front(site, Path("."))
"""
#: Far longer than a small answer takes on a busy machine, and far shorter than the front's patience.
LONG = 5.0


@contextmanager
def one_holds(folder: Path, processes: int, leaves: float) -> Iterator[tuple[int, http.client.HTTPConnection]]:
    """Serve a small site of which one process makes an answer until the test has ended; yield the port, and who waits for that."""
    (folder / "site_that_holds.py").write_text(SITE.format(leaves=leaves))
    port, plain = free_port(), {name: value for name, value in os.environ.items() if not name.startswith("FOURFOLD_")}
    words = [
        *(sys.executable, "-m", "gunicorn", "site_that_holds:application", "--bind", f"127.0.0.1:{port}", "--preload"),
        *("--worker-class", "fourfold.config.front.Worker", "--threads", "8", "--workers", str(processes)),
        *("--keep-alive", "0"),
    ]
    around = {"DJANGO_SETTINGS_MODULE": "fourfold.config.settings", "FOURFOLD_DATA_DIR": str(folder)}
    server = subprocess.Popen(words, cwd=folder, env=plain | around | {"PYTHONPATH": f"{ROOT / 'src'}:{folder}"})
    try:
        until = time.monotonic() + PATIENCE
        while len({said(port, "/") for _ in range(8)} - {""}) < processes:
            assert time.monotonic() < until, "not all processes answer"
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as waits:
            waits.request("GET", "/held")
            while not (folder / "holds").exists():
                assert time.monotonic() < until, "nobody is asked"
            yield port, waits
    finally:
        (folder / "let").touch()
        server.terminate()
        server.wait(PATIENCE)


def said(port: int, address: str) -> str:
    """Return what is answered; nothing while the server does not listen yet."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        try:
            connection.request("GET", address)
            return connection.getresponse().read().decode()
        except ConnectionRefusedError:
            return ""


def test_whoever_comes_while_a_process_answers_is_answered_by_another(tmp_path: Path) -> None:
    with one_holds(tmp_path, 2, leaves=PATIENCE) as (port, waits):
        free = {said(port, "/") for _ in range(40)}
        assert len(free) == 1
        (tmp_path / "let").touch()
        holding = waits.getresponse().read().decode()
    assert holding.isdigit()
    assert holding not in free


def test_a_process_that_answers_for_long_says_that_it_lives(tmp_path: Path) -> None:
    with one_holds(tmp_path, 1, leaves=0.2) as (port, _):
        assert said(port, "/healthz") == "ok\n"
        assert not (tmp_path / "let").exists()


def test_whoever_leaves_a_connection_open_once_answered_stops_nobody(tmp_path: Path) -> None:
    """The end of each was waited for where all others are taken in: for ten seconds of those who never close theirs."""
    with one_holds(tmp_path, 1, leaves=0.0) as (port, waits):
        (tmp_path / "let").touch()
        assert waits.getresponse().read()
        with socket.create_connection(("127.0.0.1", port)) as left:
            left.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            while left.recv(65_536):
                pass
            began = time.monotonic()
            assert said(port, "/").isdigit()
            assert time.monotonic() - began < LONG
