"""A test of the browser that stands still is ended, says what it waited for, and leaves a fresh browser to the next one.

Most waits of Playwright have a limit of their own (tests/journeys/windows.py). Those that look into a page have none: a
page that was sent and never came held up a whole round. So each part of such a test, its fixtures, its call and its end,
has a bound as well, many times what the longest takes on a busy machine.
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Seconds for one part of a test, below pytest's `faulthandler_timeout`: the longest journey takes 150 on two busy cores.
BOUND = 900.0
#: And for what is done after that, each time: a browser that hangs may not answer those who look at it or close it either.
AGAIN = 60.0

#: Chromium as root in a container, without a display, asking nobody anything. Each page is looked at once: to compile its
#: scripts further than to bytecode and plain machine code costs more than it saves, a sixth of all its processor time.
QUIET = [
    "--js-flags=--no-opt --no-maglev",
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class StoodStill(pytest.fail.Exception):
    """Fails a test that has stood still; nothing that expects a fault of the browser takes it for one."""


@dataclass
class Chromium:
    """The system's Chromium: started when it is first asked for, and anew after a test stood still in it."""

    driver: Any
    running: Browser | None = None
    also: tuple[str, ...] = ()

    def opened(self) -> Browser:
        from tools.system import require_browser

        if self.running is None or not self.running.is_connected():
            self.running = self.driver.chromium.launch(executable_path=require_browser(), args=[*QUIET, *self.also])
        return self.running

    def shown(self) -> str:
        """Return the address of every page that is open and what stands on it, or why that cannot be said."""
        if self.running is None:
            return "No browser was open."
        pages = [page for context in self.running.contexts for page in context.pages]
        return "\n\n".join(map(described, pages)) or "No page was open."

    def closed(self) -> None:
        """Close the browser; one that does not let itself be closed is left to the driver, which ends with the run."""
        running, self.running = self.running, None
        if running is not None:
            trying(running.close)


def described(page: Page) -> str:
    def told() -> str:
        return page.locator("body").inner_text(timeout=5_000)

    return f"{page.url} shows:\n{trying(told)}"


def trying(ask: Any) -> Any:
    """Return what the browser answers, or what it said instead."""
    from playwright.sync_api import Error

    try:
        return ask()
    except (Error, StoodStill) as fault:
        return f"(it does not answer: {str(fault).partition(chr(10))[0]})"


def stood_still(number: int, frame: FrameType | None) -> NoReturn:
    """End what the test waits for, and say where each thread is."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    stacks = (
        f"Thread {names.get(ident, ident)}:\n{''.join(traceback.format_stack(where))}"
        for ident, where in sys._current_frames().items()
    )
    raise StoodStill("\n".join(["The test stood still.", *stacks]))


@contextmanager
def bounded(item: pytest.Item, seconds: float) -> Iterator[None]:
    """End a part of a test of the browser that stands still, then say what the browser showed, and close it."""
    if not any(item.iter_markers("browser")) or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, stood_still)
    signal.setitimer(signal.ITIMER_REAL, AGAIN if item.stash.get(STOOD, False) else seconds, AGAIN)
    try:
        yield
    except StoodStill as fault:
        item.stash[STOOD] = True
        chromium = item.config.stash.get(CHROMIUM, None)
        if chromium is not None:
            fault.msg = f"{fault.msg}\n{trying(chromium.shown)}"
            chromium.closed()
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


STOOD = pytest.StashKey[bool]()
CHROMIUM = pytest.StashKey[Chromium]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with bounded(item, BOUND):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with bounded(item, BOUND):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with bounded(item, BOUND):
        return (yield)


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> Iterator[Chromium]:
    """Start the driver once in each process: it does not run twice in one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        pytestconfig.stash[CHROMIUM] = opens = Chromium(driver)
        yield opens
        opens.closed()


@pytest.fixture
def browser(chromium: Chromium) -> Browser:
    """Hand out the browser of this process."""
    return chromium.opened()
