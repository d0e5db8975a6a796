"""W9: eight people at once on the real server: seventy in a hundred read, twenty look for somebody, ten write."""

from __future__ import annotations

import http.client
import os
import random
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from bench.clock import line
from fourfold.cli.server import gunicorn

PEOPLE, SECONDS = 8, 20
PAGES = ("/", "/cases/", "/cases/?mine=yes", "/desk/")
NAMES = ("Danlon Marumby", "Kasin Loremdale", "Torna Fenastcombe", "Wiren Belumholt")


def measure(signed_in: Callable[[str], Any]) -> None:
    """Start the server, let eight clients work for twenty seconds, and print requests a second and the slow ones."""
    cookies = [signed_in("officer@demo.invalid").cookies.output(header="", sep=";") for _ in range(PEOPLE)]
    port = _free_port()
    server = subprocess.Popen(gunicorn(f"127.0.0.1:{port}"), env={**os.environ, "FOURFOLD_DEMO": "true"})
    try:
        _wait(port)
        taken: list[tuple[float, int]] = []
        until = time.monotonic() + SECONDS
        clients = [
            threading.Thread(target=_work, args=(port, _session(cookie), seed, until, taken))
            for seed, cookie in enumerate(cookies)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    finally:
        server.terminate()
        server.wait(20)
    waits = sorted(wait * 1000 for wait, _ in taken)
    failed = sum(status >= 500 for _, status in taken)
    note = f"p95 {waits[int(len(waits) * 0.95)]:,.0f} ms, p50 {waits[len(waits) // 2]:,.0f} ms, {failed} failed"
    line(
        "W9  eight people: 70 read, 20 search, 10 write",
        len(taken) / SECONDS,
        "req/s",
        50,
        more_is_better=True,
        note=note,
    )


def _session(cookies: str) -> str:
    found = re.search(r"[\w-]*session(?:id)?=[^;]+", cookies)
    assert found is not None, cookies
    return found.group()


def _work(port: int, session: str, seed: int, until: float, taken: list[tuple[float, int]]) -> None:
    dice = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": session, "Host": f"127.0.0.1:{port}"}
    token, cookie = _form(connection, headers)
    while time.monotonic() < until:
        chance = dice.random()
        began = time.perf_counter()
        if chance < 0.7:
            connection.request("GET", dice.choice(PAGES), headers=headers)
        elif chance < 0.9:
            connection.request("GET", "/find/?" + urlencode({"q": dice.choice(NAMES)}), headers=headers)
        else:
            _refer(connection, headers, token, cookie, f"{seed}-{time.time_ns()}")
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - began, answer.status))


def _form(connection: http.client.HTTPConnection, headers: dict[str, str]) -> tuple[str, str]:
    """Open the referral form once, for its token and the cookie that belongs to it."""
    connection.request("GET", "/refer/", headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    cookie = next((said for said in answer.headers.get_all("Set-Cookie", []) if "csrf" in said), "").partition(";")[0]
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    return (found.group(1) if found else ""), cookie


def _refer(
    connection: http.client.HTTPConnection, headers: dict[str, str], token: str, cookie: str, reference: str
) -> None:
    said = {
        "csrfmiddlewaretoken": token,
        "site": "cheshire",
        "reference": reference,
        "words": "He waited by the door and wrote again.",
        "victim_name": "Quenby Orrinshaw",
        "subject_name": "Tolver Maskelby",
    }
    more = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(filter(None, (headers["Cookie"], cookie))),
        "Origin": f"http://{headers['Host']}",
    }
    connection.request("POST", "/refer/", body=urlencode(said), headers={**headers, **more})


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not start")
