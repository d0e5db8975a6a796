"""The smallest programme, served to a browser on days that a test chooses: a story of a year in two minutes."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import pytest
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread

from fourfold import journey
from fourfold.duties import services as duties
from tests.cast import Cast, give_account, vouched
from tests.journeys.counting import Book, Company
from tests.journeys.windows import Windows
from tests.room import with_room
from tests.web.conftest import PASSWORD, SECRET, start_session

#: Playwright runs a loop in the thread of the tests, and is done whenever a test goes on.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


class OneAtATime:
    """Answers one request at a time, whole: the test and the site share one connection to the database."""

    turn = Lock()

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        with self.turn:
            answer = with_room(self.application, environ, start_response)
            try:
                return list(answer)
            finally:
                getattr(answer, "close", lambda: None)()


class Server(ThreadedWSGIServer):
    """Ends with every connection closed, also those that a browser opened ahead of need, and every thread done."""

    daemon_threads = False

    def __init__(self, *args: Any, **more: Any) -> None:
        self.opened: list[socket.socket] = []
        super().__init__(*args, **more)

    def get_request(self) -> tuple[socket.socket, Any]:
        request, address = super().get_request()
        self.opened.append(request)
        return request, address

    def server_close(self) -> None:
        for each in self.opened:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        super().server_close()


class ServerThread(LiveServerThread):
    server_class = Server


@dataclass
class World:
    """Everybody in the smallest programme, the day on which they live, and the browser in which they work."""

    cast: Cast
    people: Company
    book: Book
    monkeypatch: pytest.MonkeyPatch
    now: datetime

    def on(self, at: datetime) -> None:
        """Let it be this moment for every page."""
        self.now = self.cast.at = at
        self.monkeypatch.setattr(
            settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()})
        )

    def works(self) -> None:
        """Do what was asked for in the browser and waits, as a machine does beside the pages; no page is served meanwhile."""
        with OneAtATime.turn:
            while journey.work_done(clock=lambda: self.now):
                pass

    def cookie_of(self, name: str) -> dict[str, str]:
        """Return the cookie that signing in leaves."""
        client = Client()
        start_session(client, give_account(self.cast, name, PASSWORD, SECRET))
        key = settings.SESSION_COOKIE_NAME
        return {"name": key, "value": client.cookies[key].value}


@pytest.fixture
def served(db: None) -> Iterator[str]:
    """Serve the test's own database, and return the address."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    thread = ServerThread("127.0.0.1", OneAtATime, connections_override={connection.alias: connection})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    try:
        assert thread.error is None, thread.error
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()
        connection.dec_thread_sharing()


@pytest.fixture
def world(served: str, cast: Cast, windows: Windows, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The cast in a browser; nobody's page may have failed at the end."""
    vouched(cast)
    book = Book()
    made = World(cast, None, book, monkeypatch, cast.at)  # type: ignore[arg-type]
    made.people = Company(windows, served, book, made.cookie_of)
    made.on(cast.at)
    yield made
    assert made.people.goes_home() == []
    assert [str(one) for one in list(duties.checked())] == [], "what waits is kept by each write"
