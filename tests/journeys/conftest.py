"""The real thing: the server that `make run` starts, with the invented programme, in the system's Chromium."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journeys.small_site import served, world
from tests.journeys.windows import PATIENCE_MS, PHONE, WIDE, Windows
from tests.standing import Chromium

__all__ = ["PHONE", "WIDE", "served", "world"]
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "build" / "axe" / "axe.min.js"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file together, which may build on each other's site; each profession's walk stands alone."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name != "test_accessibility.py":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def free_port() -> int:
    """Return a port below the range that the system hands out for outgoing connections."""
    for port in range(18_000 + os.getpid() % 900, 32_000):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no port is free below 32000")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the invented programme from a folder of its own, as `make run` does, and return its address.

    Two processes serve: whoever looks at the pages asks one at a time. FOURFOLD_SITE names a site that runs already, for
    somebody who writes these tests.
    """
    if running := os.environ.get("FOURFOLD_SITE"):
        yield running
        return
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    shutil.copytree(invented(tmp_path_factory), folder, dirs_exist_ok=True)
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [Path(sys.executable).parent / "fourfold", "serve", "--port", str(port), "--workers", "2"],
            cwd=ROOT,
            env=kept_in(folder),
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_ready(server, port, folder / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_MS / 1000)
    checked = [Path(sys.executable).parent / "fourfold", "duties", "check"]
    subprocess.run(checked, check=True, cwd=ROOT, env=kept_in(folder))  # what waits is kept by each write


PREPARE = "from fourfold.cli import console, server; console.begin(); server.prepare(at=console.now())"


def invented(factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the invented programme: one process of this run makes it, a minute's work; the others wait."""
    mine = factory.getbasetemp()
    run = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    folder, whole = run / "invented", run / "invented.whole"
    with (run / "invented.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-c", PREPARE], check=True, cwd=ROOT, env=kept_in(folder))
            whole.touch()
    return folder


def kept_in(folder: Path) -> dict[str, str]:
    """Return the environment in which everything is kept in a folder."""
    environment = os.environ | {"FOURFOLD_DATA_DIR": str(folder)}
    environment.pop("DATABASE_URL", None)
    return environment


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/readiness", timeout=10) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the site did not start:\n{log.read_text()[-4000:]}")


@dataclass
class Person:
    """Somebody who has signed in, with the page that they look at."""

    page: Page
    site: str
    faults: list[str]

    def goes_to(self, address: str) -> Page:
        """Open an address of the site; every answer must be a page."""
        answer = self.page.goto(self.site + address)
        assert answer is not None
        assert answer.ok, f"{address} answered {answer.status}"
        return self.page


SignIn = Callable[..., Person]


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str], Any]:
    """Hold who has signed in where: a code is taken only once, and the next one is half a minute away."""
    return {}


@pytest.fixture(scope="session")
def all_windows(chromium: Chromium) -> Windows:
    return Windows(chromium)


@pytest.fixture
def windows(all_windows: Windows) -> Iterator[Windows]:
    """Hand out windows of the browser until the test ends."""
    yield all_windows
    all_windows.give_back()


@pytest.fixture
def signs_in(site: str, windows: Windows, sessions: dict[tuple[str, str], Any]) -> SignIn:
    """Return a function that signs a profession in as a person does, and later opens that session again.

    `signs_in("police officer")`, or the address of somebody in particular.
    """

    def sign_in(
        profession: str,
        *,
        viewport: dict[str, int] = WIDE,
        script: bool = True,
        site: str = site,
        apart: bool = False,
    ) -> Person:
        email, password = account_of(profession)
        page, faults = windows.take(viewport=viewport, script=script, apart=apart), list[str]()
        heard(page, faults).context.add_cookies(sessions.get((site, email), []))
        page.goto(f"{site}/")
        if "/accounts/login/" in page.url:
            page.fill("input[name=login]", email)
            page.fill("input[name=password]", password)
            page.click("main button[type=submit]")
            enter_code(page)
            sessions[site, email] = page.context.cookies()
        return Person(page, site, faults)

    return sign_in


def heard(page: Page, faults: list[str]) -> Page:
    """Note every fault of which a page's scripts and the browser tell."""
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    return page


def enter_code(page: Page, *, leaves: str = "/accounts/") -> None:
    """Enter the code that is shown, until the page is left; where it was used before, wait for the next one, as a person would."""
    until = time.monotonic() + 2 * PATIENCE_MS / 1000
    while time.monotonic() < until:
        shown = page.locator(".govuk-inset-text strong").inner_text()
        page.fill("input[name=code]", re.sub(r"\D", "", shown))
        with page.expect_navigation():
            page.click("main button[type=submit] >> nth=0")
        if leaves not in page.url:
            return
        page.wait_for_timeout(5_000)
    raise AssertionError("no code was taken for four minutes")


def account_of(profession: str) -> tuple[str, str]:
    """Return the address and password that `make run` prints for a profession, or those of an invented address."""
    from fourfold.demo import roster

    found = {one.profession.lower(): one for one in roster.sign_ins()}
    if "@" in profession:
        return profession, next(iter(found.values())).password
    one = found[profession.lower()]
    return one.email, one.password


#: What axe finds on a page; nothing where the page was not given axe, which is sent by whoever asks.
FINDS = """async tags => {
  if (!window.axe && window.loadAxe) loadAxe();
  return window.axe ? (await axe.run({runOnly: tags, resultTypes: ['violations']})).violations : null;
}"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def lends_axe(context: BrowserContext) -> None:
    """Let every page of a window find axe there, which it reads only once it is asked for.

    The browser compiles it once: to send it to each page again takes a twelfth of all the processor time of a walk.
    """
    context.add_init_script(f"Object.defineProperty(window, 'loadAxe', {{value: () => {{{AXE.read_text()}\n}}}})")


def violations(page: Page) -> list[str]:
    """Run axe on the page and return what it finds: rule, impact and where."""
    found: list[dict[str, Any]] | None = page.evaluate(FINDS, TAGS)
    if found is None:
        page.evaluate(AXE.read_text() + ";0")
        found = page.evaluate(FINDS, TAGS)
    assert found is not None, "axe has not come to the page"
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['target']} {one['nodes'][0]['html'][:120]}" for one in found
    ]


def too_wide(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
