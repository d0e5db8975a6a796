"""A process of the server that grew ends once it is asked nothing any more, and another answers in its place."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
SITE = """
import os
from pathlib import Path
from fourfold.config import front
front.GROWN, front.QUIET = 16 << 20, {quiet}
kept = []
def site(environ, start):
    if environ["PATH_INFO"] == "/reckon":
        kept.append(b"x" * (64 << 20))
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
application = front.Front(site, Path("."))
"""


def served(folder: Path, quiet: float) -> tuple[subprocess.Popen[bytes], int]:
    (folder / "site_that_grows.py").write_text(SITE.format(quiet=quiet))
    port = free_port()
    words = [
        *(sys.executable, "-m", "gunicorn", "site_that_grows:application", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "fourfold.config.front.Worker", "--threads", "4", "--workers", "1", "--preload"),
    ]
    surroundings = {
        "PYTHONPATH": f"{ROOT / 'src'}:{folder}",
        "DJANGO_SETTINGS_MODULE": "fourfold.config.settings",
        "FOURFOLD_DATA_DIR": str(folder),
    }
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FOURFOLD_")}
    return subprocess.Popen(words, cwd=folder, env=plain | surroundings), port


def asked(port: int, address: str) -> int:
    """Return which process answered, as soon as one does."""
    until = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", address)
            return int(connection.getresponse().read())
        except OSError:
            assert time.monotonic() < until, "nobody answers"
            time.sleep(0.05)
        finally:
            connection.close()


def children(of: int) -> set[int]:
    return {int(each) for each in Path(f"/proc/{of}/task/{of}/children").read_text().split()}


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="the system does not say how much memory a process has"
)
@pytest.mark.parametrize(
    ("quiet", "address", "rests"), [(0.5, "/reckon", True), (0.5, "/", False), (900, "/reckon", False)]
)
def test_a_process_that_grew_and_is_asked_nothing_gives_its_memory_back(
    tmp_path: Path, quiet: float, address: str, rests: bool
) -> None:
    server, port = served(tmp_path, quiet)
    try:
        first = asked(port, address)
        until = time.monotonic() + (PATIENCE if rests else 4.0)
        while time.monotonic() < until and first in children(server.pid):
            time.sleep(0.1)
        assert (first not in children(server.pid)) is rests
        assert (asked(port, "/") != first) is rests
    finally:
        server.terminate()
        server.wait(PATIENCE)
