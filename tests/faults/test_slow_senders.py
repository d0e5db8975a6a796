"""Half-sent requests, trickling ones, and bodies that nobody asked for, against the server as it is started."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fourfold.cli import server

PATIENCE = 2.0
APP = """
import os
from pathlib import Path

from fourfold.config.front import ASKED, Front

def app(environ, start):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if ASKED in environ:
        start("204 No Content" if environ["PATH_INFO"] == "/takes" else "413 Content Too Large", [])
        return [b""]
    body = environ["wsgi.input"].read()
    lies = os.path.dirname(os.readlink(f"/proc/self/fd/{environ['wsgi.input'].fileno()}")) if len(body) > 5 << 20 else ""
    said = f"{lies} {environ['REQUEST_METHOD']} {len(body)}".encode()
    start("200 OK", [("Content-Length", str(len(said)))])
    return [said]

application = Front(app, Path(__file__).with_name("arriving"))
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server with two processes, started as `fourfold run` starts it, before a small application."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "arriving").mkdir()
    (folder / "small_app.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    words = [word.replace("fourfold.config.wsgi", "small_app") for word in server.gunicorn(f"127.0.0.1:{number}", 2)]
    path = os.pathsep.join([str(folder), str(Path(server.__file__).parents[2])])
    more = {
        "PYTHONPATH": path,
        "FOURFOLD_PATIENCE": str(PATIENCE),
        "DJANGO_SETTINGS_MODULE": "fourfold.config.settings",
    }
    running = subprocess.Popen([*words, "--chdir", str(folder)], env=os.environ | more)
    try:
        _until_it_answers(number)
        yield number
    finally:
        running.terminate()
        running.wait(20)


def _until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            if ask(port)[0]:
                return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail("the server did not start")


def connected(port: int, said: bytes) -> socket.socket:
    """Return a connection over which something was said."""
    made = socket.create_connection(("127.0.0.1", port), timeout=30)
    made.sendall(said)
    return made


def ask(port: int, said: bytes = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") -> tuple[bytes, float]:
    """Return the answer to a request, and after how many seconds it was there."""
    begun = time.monotonic()
    with connected(port, said) as made:
        answer = b"".join(iter(lambda: _some(made), b""))
    return answer, time.monotonic() - begun


def _some(made: socket.socket) -> bytes:
    try:
        return made.recv(65536)
    except ConnectionResetError:
        return b""


HALVES = {
    "no byte": b"",
    "half a head": b"POST / HTTP/1.1\r\nHost: x\r\nX-Half: ",
    "no body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n",
    "half a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES.keys())
def test_fifty_half_sent_requests_stop_nobody(port: int, half: bytes) -> None:
    assert any(_longest_of_eight(port, half) < PATIENCE / 2 for _ in range(6)), (
        "a busy machine is slow once, not always"
    )


def _longest_of_eight(port: int, half: bytes) -> float:
    """Return after how many seconds the slowest of eight requests was answered, beside fifty that are half sent."""
    held = [connected(port, half) for _ in range(50)]
    try:
        waited = [ask(port) for _ in range(8)]
        assert all(answer.startswith(b"HTTP/1.1 200") for answer, _ in waited)
        return max(seconds for _, seconds in waited)
    finally:
        for each in held:
            each.close()


@pytest.mark.parametrize("half", list(HALVES.values())[1:], ids=list(HALVES)[1:])
def test_no_trickle_of_bytes_holds_a_connection(port: int, half: bytes) -> None:
    made, begun = connected(port, half), time.monotonic()
    allowed = PATIENCE + 200_000 / (32 * 1024) + 6 if b"200000" in half else PATIENCE + 6
    try:
        while time.monotonic() - begun < allowed + 5:
            made.sendall(b"x")
            time.sleep(0.1)
    except OSError:
        pass
    assert time.monotonic() - begun < allowed
    made.close()


def test_a_large_body_is_refused_before_it_is_sent(port: int) -> None:
    head = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    answers = [ask(port, head % (b"elsewhere", 500 << 20)) for _ in range(4)]
    assert all(answer.startswith(b"HTTP/1.1 413") for answer, _ in answers)
    assert min(seconds for _, seconds in answers) < PATIENCE


def test_a_large_body_that_a_page_takes_arrives_whole(port: int) -> None:
    size = 9 << 20
    answer, _ = ask(port, b"POST /takes HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
    assert answer.endswith(b"/arriving POST %d" % size), "in a folder of the site's own meanwhile"


def test_a_body_of_no_stated_length_is_not_read(port: int) -> None:
    chunked = (
        b"POST /takes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
    )
    answer, seconds = ask(port, chunked)
    assert answer.startswith(b"HTTP/1.1 411")
    assert seconds < PATIENCE
