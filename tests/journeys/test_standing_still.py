"""A journey that stands still is ended in words, and the next one begins in a browser of its own; no clock is asked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import standing
from tests.journeys.conftest import ROOT

pytestmark = pytest.mark.browser

#: Whoever asks this site for its second page is never answered; the bound is over as soon as the browser has asked.
HANGS = """
import os, signal, socket, threading

import pytest

PAGE = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nContent-Length: %d\\r\\n\\r\\n%s"
FORM = b"<h1>Set the level</h1><p>Two new acts in a week.</p>"


@pytest.fixture(scope="module")
def address():
    listening = socket.create_server(("127.0.0.1", 0))

    def answers():
        while True:
            asking, _ = listening.accept()
            if asking.recv(9_000).startswith(b"GET /level"):
                os.kill(os.getpid(), signal.SIGALRM)
                kept.append(asking)
            else:
                asking.sendall(PAGE % (len(FORM), FORM))
                asking.close()

    kept = []
    threading.Thread(target=answers, name="the site", daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_hangs(page, address):
    page.goto(address)
    page.evaluate("fetch('/level').then(() => 1)")


@pytest.mark.browser
def test_comes_after(browser, page, address):
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert len(browser.contexts) == 1, "the window that hung has gone with its browser"
    page.goto(address)
    assert page.locator("h1").inner_text() == "Set the level"


def test_has_no_bound():
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
"""


def test_what_stands_still_is_ended_in_words_and_the_next_finds_a_fresh_browser(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGS)
    plain = ["-p", "no:django", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.standing", *plain, "-rA", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.sub(r"^E +", "", done.stdout, flags=re.MULTILINE)
    assert re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", said, re.MULTILINE) == [
        ("PASSED", "test_comes_after"),
        ("PASSED", "test_has_no_bound"),
        ("FAILED", "test_hangs"),
    ], said + done.stderr
    assert "The test stood still." in said
    assert re.search(r"http://127.0.0.1:\d+/ shows:\nSet the level\n+Two new acts in a week\.", said), said
    assert "Thread the site:" in said
    assert "Thread MainThread:" in said


def test_every_part_of_a_journey_has_a_bound_below_that_of_the_process(request: pytest.FixtureRequest) -> None:
    left, again = signal.getitimer(signal.ITIMER_REAL)
    assert 0 < left <= standing.BOUND < float(request.config.getini("faulthandler_timeout"))
    assert again == standing.AGAIN
