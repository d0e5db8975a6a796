"""An agency's receiver of notices on the loopback: it keeps what came, and answers, leads on, hangs or drips as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any


class Receiver(ThreadingHTTPServer):
    """Answers each notice as `answer` says: a status, or "hang", "held", which answers in the end, "drip", "trickle" and "chatter"."""

    daemon_threads = True

    def __init__(self, secured: SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.secured = secured
        if secured is not None:
            self.socket = secured.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.answer: int | str = 204
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.over = Event()

    @property
    def address(self) -> str:
        if self.secured:
            return f"https://localhost:{self.server_port}/hooks/fourfold?of=records"
        return f"http://127.0.0.1:{self.server_port}/hooks/fourfold?of=records"

    def handle_error(self, *_: Any) -> None:
        """Say nothing of whoever hung up."""


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = {name.lower(): value for name, value in self.headers.items()}
        self.server.came.append((said | {"path": self.path}, body))
        answer = self.server.answer
        if answer == "hang":
            self.server.over.wait(20)
        elif answer == "held":
            self.server.over.wait(20)
            self.send_response(204)
            self.end_headers()
        elif answer in ("drip", "trickle"):  # a byte, and a byte, and never a line
            while not self.server.over.wait(0.05 if answer == "drip" else 1.0):
                self.wfile.write(b"H")
        elif answer == "chatter":
            self.wfile.write(b"220 mail.example ESMTP\r\n")
        else:
            self.send_response(int(answer))
            if 300 <= int(answer) < 400:
                self.send_header("Location", self.server.address)
            self.end_headers()
            self.wfile.write(b"x" * 1_000)


@contextmanager
def running(secured: SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(secured)
    Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        receiver.shutdown()
        receiver.server_close()
