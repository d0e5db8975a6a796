"""W9: many people at once on the real server: seventy in a hundred read, twenty look for somebody, ten write."""

from __future__ import annotations

import http.client
import os
import random
import re
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench.clock import line

SECONDS, SETTLES, PATIENCE = 20, 5, 60
#: How many people at once, how long each thinks between two pages (s), and what is promised of them.
CROWDS = ((8, 0.0), (50, 5.0), (200, 5.0))
RATE, SLOW = 200, 150
PAGES = ("/", "/cases/", "/cases/?mine=yes", "/desk/")
NAMES = ("Danlon Marumby", "Kasin Loremdale", "Torna Fenastcombe", "Wiren Belumholt")
SIGNED_IN = 8


class Form(NamedTuple):
    """Where an action of a case is added, the token and cookie of that form, and the agency that is to do it."""

    address: str
    token: str
    cookie: str
    partner: str


def measure(signed_in: Callable[[str], Any]) -> None:
    """Start the server and print how soon it answers; then, once it has, what each crowd gets of it."""
    cookies = [signed_in("officer@demo.invalid").cookies.output(header="", sep=";") for _ in range(SIGNED_IN)]
    sessions = [_session(cookie) for cookie in cookies]
    with _server(sessions[0]):
        pass  # the first start compiles the source
    with _server(sessions[0]) as (port, took, answers, server):
        line("W9  a cold start, to the first page", took, "s", 1.5)
        if not answers:
            print(f"W9  nobody answered in {PATIENCE} seconds: no crowd was let in", flush=True)
            return
        for people, thinks in CROWDS:
            began, ours = _spent(server), time.process_time()
            taken = _crowd(port, sessions, people, thinks)
            _tell(people, thinks, taken, _spent(server) - began, time.process_time() - ours)


@contextmanager
def _server(session: str) -> Iterator[tuple[int, float, bool, int]]:
    """Start the server; give its port, the seconds until its first page, whether there was one, and which process it is."""
    from fourfold.cli.server import gunicorn, surroundings

    port, began = free_port(), time.perf_counter()
    server = subprocess.Popen(gunicorn(f"127.0.0.1:{port}"), env=surroundings() | {"FOURFOLD_DEMO": "true"})
    try:
        answers = _answers(port, session, until=began + PATIENCE)
        yield port, time.perf_counter() - began, answers, server.pid
    finally:
        server.terminate()
        server.wait(20)


def _spent(server: int) -> float:
    """Return the seconds of processor that the server's processes have taken: what they do cannot wait for others' work."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    told = (Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in children)
    return sum(int(each[11]) + int(each[12]) for each in told) / os.sysconf("SC_CLK_TCK")


def _crowd(port: int, sessions: list[str], people: int, thinks: float) -> list[tuple[float, str, bool]]:
    """Let so many people work at once, and return how long each answer took, with what was wrong with it, if anything.

    The last tells whether it is counted: of what was asked in the first seconds only what failed is, for nobody's connection
    and no list has been used yet.
    """
    taken: list[tuple[float, str, bool]] = []
    counts = time.monotonic() + SETTLES
    clients = [
        threading.Thread(target=_work, args=(port, sessions[seed % len(sessions)], seed, thinks, counts, taken))
        for seed in range(people)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return taken


def _tell(people: int, thinks: float, every: list[tuple[float, str, bool]], server: float, ours: float) -> None:
    taken = [(wait, cause) for wait, cause, counts in every if counts]
    waits = sorted(wait * 1000 for wait, _ in taken) or [float("inf")]
    causes = Counter(cause for _, cause in taken if cause)
    failed, each = causes.total(), 1000 / (len(every) + 2 * people)  # each opens a list and a form first
    p95, p50 = waits[int(len(waits) * 0.95)], waits[len(waits) // 2]
    rate, name = (len(taken) - failed) / SECONDS, f"W9  {people} people: 70 read, 20 search, 10 write"
    note = f"p95 {p95:,.0f} ms, p50 {p50:,.0f} ms; {server * each:.1f} ms of processor an answer, the crowd's {ours * each:.1f}"
    if thinks:
        line(name, p95, "ms", SLOW, note=f"{note}; {rate:,.1f} a second; each thinks {thinks:g} s between pages")
    else:
        line(name, rate, "req/s", RATE, more_is_better=True, note=note)
    line(f"W9  {people} people: answers that failed", failed, "", 0, note=f"of {len(taken)}")
    for cause, times in causes.most_common(5):
        print(f"      {times:,} times: {cause}", flush=True)


def _session(cookies: str) -> str:
    found = re.search(r"[\w-]*session(?:id)?=[^;]+", cookies)
    assert found is not None, cookies
    return found.group()


def _work(
    port: int, session: str, seed: int, thinks: float, counts: float, taken: list[tuple[float, str, bool]]
) -> None:
    dice = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Cookie": session, "Host": f"127.0.0.1:{port}"}
    time.sleep(dice.random() * thinks)
    form: Form | None = None
    while time.monotonic() < counts + SECONDS:
        began, cause = time.monotonic(), ""
        try:
            form = form or _form(connection, headers, dice)
            began = time.monotonic()
            asked = _ask(connection, headers, form, dice, f"{seed}-{time.time_ns()}")
            answer = connection.getresponse()
            answer.read()
            if answer.status not in {200, 303}:
                cause = f"{asked} answered {answer.status}"
        except Exception as fault:  # noqa: BLE001 -- whatever it was counts: nobody goes home in silence
            cause = f"{type(fault).__name__}: {fault}"
            connection.close()  # the next request opens it anew
        taken.append((time.monotonic() - began, cause, bool(cause) or began >= counts))
        time.sleep(thinks * 2 * dice.random())


def _ask(
    connection: http.client.HTTPConnection,
    headers: dict[str, str],
    form: Form,
    dice: random.Random,
    key: str,
) -> str:
    """Ask for a page, for somebody or to keep an action, and return what was asked for."""
    chance = dice.random()
    if chance >= 0.9:
        _plan(connection, headers, form, key)
        return f"POST {form.address}"
    page = dice.choice(PAGES) if chance < 0.7 else "/find/?" + urlencode({"q": dice.choice(NAMES)})
    connection.request("GET", page, headers=headers)
    return page


def _form(connection: http.client.HTTPConnection, headers: dict[str, str], dice: random.Random) -> Form:
    """Open the form for an action of one of the officer's cases once, for its token and the cookie that belongs to it."""
    address = f"/cases/{dice.choice(_cases(connection, headers))}/plan/actions/new/"
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    cookie = next((said for said in answer.headers.get_all("Set-Cookie", []) if "csrf" in said), "").partition(";")[0]
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert found is not None, f"the form for an action answered {answer.status} without its token"
    partner = re.search(r'name="owner_partner"[^>]*value="([^"]+)"|<option value="([\w-]*police)"', text)
    assert partner is not None, f"the form for an action answered {answer.status} and names no agency"
    return Form(address, found.group(1), cookie, partner.group(1) or partner.group(2))


def _cases(connection: http.client.HTTPConnection, headers: dict[str, str]) -> list[str]:
    connection.request("GET", "/cases/?mine=yes", headers=headers)
    return sorted(set(re.findall(r"/cases/(FF-\w+)/", connection.getresponse().read().decode())))


def _plan(connection: http.client.HTTPConnection, headers: dict[str, str], form: Form, key: str) -> None:
    """Add an action to the plan of a case: no referral, for nobody may make more than ten of these in an hour."""
    due = datetime.now(tz=UTC).date() + timedelta(days=7)
    said = {
        "csrfmiddlewaretoken": form.token,
        "once": key,
        "strand": "legal",
        "what": f"Serve it ({key})",
        "owner_partner": form.partner,
        **{f"due_on-{part}": getattr(due, part) for part in ("day", "month", "year")},
    }
    more = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(filter(None, (headers["Cookie"], form.cookie))),
        "Origin": f"http://{headers['Host']}",
    }
    connection.request("POST", form.address, body=urlencode(said), headers={**headers, **more})


def invented() -> str:
    """Return a name that nobody has had: a referral of people told of before is asked about, and not stored at once."""
    return "".join(random.choice("bdfgklmnprstvz") + random.choice("aeiou") for _ in range(5)).title()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int, session: str, *, until: float) -> bool:
    """Return whether the server has answered with a page by then."""
    while time.perf_counter() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=max(1.0, until - time.perf_counter()))
        try:
            connection.request("GET", "/", headers={"Cookie": session, "Host": f"127.0.0.1:{port}"})
            if connection.getresponse().status < 500:
                return True
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    return False
