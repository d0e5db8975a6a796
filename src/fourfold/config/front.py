"""The server's front: it takes in whole requests from whoever sends slowly, and hands them to one busy pair of hands.

A process answers one request after the other (cli/server.py says why). It must not wait for a sender meanwhile: many
threads do nothing but read and write, each until a deadline that no trickle of bytes moves, and one thread answers. A
large body is read only after the site has said that it would take it from this sender (web/doorstep.py).
"""

import errno
import os
import re
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import Any, BinaryIO

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from fourfold.gateways.logs import Lines
from fourfold.web.probes import ALIVE, READY
from fourfold.web.sizes import ANYBODY, ASKED

#: Seconds in which the head of a request must be whole, and a small body after it.
PATIENCE = float(os.environ.get("FOURFOLD_PATIENCE", "10"))
#: Bytes a second below which nobody is waited for.
SLOWEST = 32 * 1024
#: A process that grew by so many bytes ends when nobody has asked it for so many seconds.
GROWN, QUIET = 64 * 1024 * 1024, 300.0
#: So many seconds of one answer a process leaves whoever comes to the others, so many while a request arrives, and looks so
#: often whether that is over.
LEAVES, ARRIVES, LOOKS = 0.5, 0.01, 0.01
#: Seconds in which whoever was answered may close the connection.
LINGERS = 2.0
IN_MEMORY = 4 * 1024 * 1024
PIECE = 64 * 1024
#: What a body is, and how its parts are set apart. Django believes what else is said, any codec of Python's, and fails on some.
KIND = re.compile(
    r"\s*([\w.+-]+/[\w.+-]+)(?:.*?;\s*(boundary=(?:\"[\w'()+,./:=? -]{1,70}\"|[\w'()+,./:=?-]{1,70})))?", re.ASCII
)

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]
Answer = tuple[str, list[tuple[str, str]], bytes]


class ServersLines(Logger):
    """What gunicorn says, as our lines: else a request that fails would be written down with its address."""

    def _set_handler(self, log: Any, output: Any, fmt: Any, stream: Any = None) -> None:
        super()._set_handler(log, output, Lines(), stream)


class Timed(socket.socket):
    """A connection that is cut off at a moment, however often a byte comes."""

    ends = 0.0

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read what is there; an end of patience is an end of the connection."""
        return self._in_time(lambda: super(Timed, self).recv(size, flags))

    def has_come(self) -> bool:
        """Return whether anything is there to be read, or the end; it is left there."""
        try:
            super().recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            return False
        return True

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it, at no less than the slowest pace."""
        self.ends = monotonic() + PATIENCE + len(data) / SLOWEST
        self._in_time(lambda: super(Timed, self).sendall(data, flags))

    def _in_time(self, does: Callable[[], Any]) -> Any:
        left = self.ends - monotonic()
        if left <= 0:
            raise ConnectionResetError(errno.ECONNRESET, "too slow")
        self.settimeout(left)
        try:
            return does()
        except TimeoutError as slow:
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from slow
        finally:
            self.settimeout(None)


class Worker(ThreadWorker):
    """Gunicorn's worker with threads, on connections with an end; one that grew and is asked nothing any more ends.

    What reckons for planners stays in the memory of the process that did, and nobody else asks for it: the server forks
    another in its place, which is awake at once.
    """

    alive: bool
    _accepting: bool

    def init_process(self) -> None:
        """Remember with how much memory it began, and work until the end."""
        self.began = resident()
        super().init_process()

    def notify(self) -> None:
        """Say that it lives, once a second; and end where it may rest."""
        super().notify()
        if (
            self.alive
            and not self.nr_conns
            and monotonic() - self.wsgi.asked > QUIET
            and resident() - self.began > GROWN
        ):
            self.alive = False

    def accept(self, listener: Any) -> None:
        """Take one connection in, and none beside an answer: whichever process is free first takes it.

        Each sixth request came to one that was busy, and waited for it while another did nothing.
        """
        if not self.wsgi.is_answering():
            before, self.wsgi.begun = self.nr_conns, monotonic() - LEAVES + ARRIVES
            super().accept(listener)
            if self.nr_conns == before:  # another process was there first
                self.wsgi.begun = 0.0
        self.set_accept_enabled(True)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Look at who comes, or at nobody while an answer is made."""
        super().set_accept_enabled(enabled and not self.wsgi.is_answering())

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens, not long while nobody is looked at."""
        super().wait_for_and_dispatch_events(timeout if self._accepting else min(timeout, LOOKS))

    def handle(self, conn: TConn) -> Any:
        """Read one request from a connection and answer it."""
        if not isinstance(conn.sock, Timed):
            came = conn.sock
            conn.sock = Timed(came.family, came.type, came.proto, fileno=came.detach())
            conn.sock.ends = monotonic() + PATIENCE
            conn.data_ready = conn.sock.has_come()  # as nearly always: else a selector is made to wait for it
        stays = super().handle(conn)
        if not stays:
            conn.sock.ends = monotonic() + LINGERS
            conn.close(graceful=True)
        return stays

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Count a connection that has ended no more.

        Its end is waited for where it was answered, until whoever asked has closed theirs: here nobody else would be taken in, nor
        told that the process lives, for as long as a body may take to arrive.
        """
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)


def resident() -> int:
    """Return how many bytes of memory this process has, but for files that the system maps; 0 where it does not say."""
    try:
        _, every, of_files, *_ = map(int, Path("/proc/self/statm").read_text(encoding="ascii").split())
        return (every - of_files) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Front:
    """The site behind its front: called by many threads, answered by one. What arrives lies in a folder meanwhile."""

    def __init__(self, app: App, arriving: Path):
        self.app, self.arriving = app, arriving
        self.asked, self.begun = monotonic(), 0.0
        self._hands: ThreadPoolExecutor | None = None

    def __call__(self, environ: Environ, start: Start) -> list[bytes]:
        """Take in a request, have it answered, and give the answer back; that the process lives is said at once.

        Whoever asks that must not wait for a long answer to somebody else: they would take the process for dead, and end it.
        """
        if environ["PATH_INFO"] in ALIVE and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            start("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"ok\n"]
        if environ["PATH_INFO"] not in READY:
            self.asked = monotonic()
        status, headers, content = self._answered(environ)
        start(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]

    def _answered(self, environ: Environ) -> Answer:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return _plain("411 Length Required")
        length = _length(environ)
        if length < 0:
            return _plain("400 Bad Request")
        kind = KIND.match(environ.get("CONTENT_TYPE") or "")
        environ = environ | {"CONTENT_TYPE": "; ".join(filter(None, kind.groups())) if kind else ""}
        if length > ANYBODY:
            said = self._in_hand(self._ask, environ | {ASKED: True, "wsgi.input": BytesIO()})
            if not said[0].startswith("204"):
                return said
        if not length:
            return self._in_hand(self._ask, environ | {"wsgi.input": BytesIO()})
        with SpooledTemporaryFile(IN_MEMORY, dir=str(self.arriving)) as body:
            try:
                _take_in(environ, body, length)
            except OSError:
                return _plain("408 Request Timeout")
            body.seek(0)
            return self._in_hand(self._ask, environ | {"wsgi.input": body})

    def _in_hand(self, does: Callable[[Environ], Answer], environ: Environ) -> Answer:
        if self._hands is None:  # after the process was forked
            self._hands = ThreadPoolExecutor(1, "hands")
        return self._hands.submit(does, environ).result()

    def is_answering(self) -> bool:
        """Return whether an answer is made, and not for long yet: whoever asks whether it lives is heard beside that."""
        return monotonic() - self.begun < LEAVES

    def _ask(self, environ: Environ) -> Answer:
        self.begun = monotonic()
        said: list[Any] = []
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], _fault: object = None) -> Callable[[bytes], None]:
            said[:] = [status, headers]
            return written.append

        pieces = self.app(environ, start)
        try:
            content = b"".join(written) + b"".join(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
            self.begun = 0.0
        return said[0], said[1], content


def _take_in(environ: Environ, body: BinaryIO | Any, length: int) -> None:
    connection, left = environ.get("gunicorn.socket"), length
    if isinstance(connection, Timed):
        connection.ends = monotonic() + PATIENCE + length / SLOWEST
    while left:
        piece = environ["wsgi.input"].read(min(left, PIECE))
        if not piece:
            raise ConnectionResetError(errno.ECONNRESET, "the body ended early")
        body.write(piece)
        left -= len(piece)


def _length(environ: Environ) -> int:
    said = environ.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else -1


def _plain(status: str) -> Answer:
    return status, [("Content-Type", "text/plain"), ("Connection", "close")], b""
