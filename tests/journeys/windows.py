"""Windows of the browser that are used again: a new one costs 1.4 s of processor time before its first page is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from tests.standing import Chromium

#: A safety net for whatever a browser waits for, in milliseconds: a busy machine fails no journey.
PATIENCE_MS = 120_000
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 720}


@dataclass
class Windows:
    """Hands out a page in a window that knows nobody, and keeps the window when the page is given back.

    Cookies go, and the page with what listens to it. A test that changes more of the browser, as its clock, takes a window
    `apart`, which is closed.
    """

    chromium: Chromium
    free: dict[bool, list[BrowserContext]] = field(default_factory=lambda: defaultdict(list))
    lent: list[tuple[bool | None, BrowserContext]] = field(default_factory=list)
    browser: Browser | None = None

    def take(self, *, viewport: Mapping[str, int] = WIDE, script: bool = True, apart: bool = False) -> Page:
        if not (self.browser and self.browser.is_connected()):  # it went with the test that stood still in it
            self.browser = self.chromium.opened()
            self.free.clear()
        if apart or not self.free[script]:
            context = self.browser.new_context(viewport=dict(viewport), java_script_enabled=script)  # type: ignore[arg-type]
            context.set_default_timeout(PATIENCE_MS)
        else:
            context = self.free[script].pop()
        self.lent.append((None if apart else script, context))
        before, page = context.pages, context.new_page()  # the old page holds the process until the new one is there
        for each in before:
            each.close()
        if before:
            page.set_viewport_size(dict(viewport))  # type: ignore[arg-type]
        return page

    def give_back(self) -> None:
        """Take back every window that is lent; those of a browser that was closed are gone."""
        if self.browser and not self.browser.is_connected():
            self.lent.clear()
        for script, context in self.lent:
            if script is None:
                context.close()
                continue
            context.clear_cookies()
            self.free[script].append(context)
            for each in context.pages[1:]:
                each.close()
        self.lent.clear()
