"""People at work in a browser, and what it costs them: every page, every press, every value, counted as they go.

A page is a document on which somebody lands; signing in is left out. A click is a press of a link, a button, a radio
button or a box, and so is an address that is typed. A field is a value that somebody enters or chooses: a text, a day
(in its three boxes), a radio button, a box, a choice of a list; what already stood there costs nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from playwright.sync_api import Locator, Page, expect

from tests.journeys.windows import Windows


@dataclass
class Tally:
    """What a stretch of the way cost."""

    pages: int = 0
    clicks: int = 0
    fields: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.pages + other.pages, self.clicks + other.clicks, self.fields + other.fields)

    def within(self, bound: Tally) -> bool:
        """Return whether nothing of it is more than the bound allows."""
        return self.pages <= bound.pages and self.clicks <= bound.clicks and self.fields <= bound.fields

    def __str__(self) -> str:
        return f"{self.pages:>5} {self.clicks:>6} {self.fields:>6}"


@dataclass
class Book:
    """What each chapter cost, in the order in which they were told."""

    chapters: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    chapter: str = ""
    #: What no page may say, whoever reads it.
    never: re.Pattern[str] | None = None

    @property
    def now(self) -> Tally:
        """What the chapter cost that is being told."""
        return self.chapters[self.chapter]

    @property
    def whole(self) -> Tally:
        return sum(self.chapters.values(), Tally())

    @contextmanager
    def tells(self, chapter: str) -> Iterator[None]:
        self.chapter = chapter
        yield

    def table(self) -> str:
        """Return the costs as a table."""
        wide = max(map(len, self.chapters), default=0)
        lines = [f"{'':<{wide}} pages clicks fields"]
        lines += [f"{name:<{wide}} {cost}" for name, cost in self.chapters.items()]
        return "\n".join([*lines, f"{'in all':<{wide}} {self.whole}"])


@dataclass
class Walker:
    """Somebody at work, with the page that they look at; all that they do is counted in the book."""

    page: Page
    site: str
    book: Book
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("domcontentloaded", self._landed)
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on(
            "response", lambda answer: answer.status < 500 or self.faults.append(f"{answer.status} {answer.url}")
        )

    def _landed(self, page: Page) -> None:
        if "/accounts/" not in page.url:
            self.book.now.pages += 1

    # ---- going --------------------------------------------------------------------------------------------------

    def begins(self) -> Walker:
        """Stand where signing in leads: on today's page."""
        self.page.goto(self.site + "/", wait_until="domcontentloaded")
        return self._reads_it()

    def types_address(self, address: str) -> Walker:
        self.book.now.clicks += 1
        answer = self.page.goto(self.site + address, wait_until="domcontentloaded")
        assert answer is not None
        assert answer.ok, f"{address} answered {answer.status}"
        return self._reads_it()

    def finds_nothing_at(self, address: str) -> None:
        """Type an address at which there is nothing for this person."""
        self.book.now.clicks += 1
        answer = self.page.goto(self.site + address, wait_until="domcontentloaded")
        assert answer is not None
        assert answer.status == 404, f"{address} answered {answer.status}"

    def never_learns(self, address: str, *words: str) -> Walker:
        """Type an address: some words are not there, whether the page opens or not."""
        self.book.now.clicks += 1
        self.page.goto(self.site + address, wait_until="domcontentloaded")
        return self.never_reads(*words)

    def follows(self, words: str | re.Pattern[str], *, within: str = "main", nth: int = 0) -> Walker:
        """Press a link, by its words or a part of them."""
        return self._presses(self.page.locator(within).get_by_role("link", name=words).nth(nth))

    def follows_to(self, address: str) -> Walker:
        """Press the first link that leads to an address; `*` stands for anything."""
        parts = [part for part in address.split("*") if part]
        selector = "main a" + "".join(f'[href*="{part}"]' for part in parts)
        return self._presses(self.page.locator(selector).first)

    def presses(self, words: str | re.Pattern[str], *, within: str = "main", nth: int = 0) -> Walker:
        """Press a button: what was filled in is taken."""
        self._presses(self.page.locator(within).get_by_role("button", name=words).nth(nth))
        problems = self.page.locator(".govuk-error-summary")
        assert problems.count() == 0, f"{self.page.url}: {problems.first.inner_text()}"
        return self

    def is_refused(self, button: str | re.Pattern[str], because: str, *, within: str = "main") -> Walker:
        """Press a button, and be told at the top what is wrong."""
        self._presses(self.page.locator(within).get_by_role("button", name=button).first)
        expect(self.page.locator(".govuk-error-summary").first).to_contain_text(because)
        return self

    def _presses(self, found: Locator) -> Walker:
        self.book.now.clicks += 1
        assert found.count(), f"{self.page.url} has nothing to press as {found}: {self.said}"
        with self.page.expect_event("domcontentloaded"):
            found.click()
        return self._reads_it()

    def _reads_it(self) -> Walker:
        found = self.book.never.search(self.said) if self.book.never else None
        assert not found, f"{self.page.url} says “{found and found[0]}”: {self.said}"
        return self

    def unfolds(self, words: str) -> Walker:
        """Press what hides a part of the page."""
        self.book.now.clicks += 1
        self.page.locator("main summary", has_text=words).first.click()
        return self

    # ---- filling in ---------------------------------------------------------------------------------------------

    def writes(self, within: str = "main", **values: str) -> Walker:
        """Write into text fields, by name; two underscores stand for a hyphen."""
        for name, value in values.items():
            self._enter(self._field(within, name), value)
        return self

    def dates(self, name: str, day: date, *, within: str = "main") -> Walker:
        """Write a day: one value, in three boxes."""
        before = self.book.now.fields
        for part in ("day", "month", "year"):
            self._enter(self._field(within, f"{name}-{part}"), str(getattr(day, part)))
        self.book.now.fields = min(self.book.now.fields, before + 1)
        return self

    def _enter(self, found: Locator, value: str) -> None:
        if found.input_value() != value:
            self.book.now.fields += 1
            found.fill(value)

    def chooses(self, within: str = "main", **values: str) -> Walker:
        """Choose a radio button, a box or a line of a list, by its name and value."""
        for name, value in values.items():
            self._choose(self.page.locator(within), name.replace("__", "-"), value)
        return self

    def chooses_first(self, name: str, *, after: int = 0) -> Walker:
        """Choose the first that is offered under a name, or the first after some."""
        found = self.page.locator(f'main input[name="{name}"]').nth(after)
        return self.chooses(**{name: str(found.get_attribute("value"))})

    def _choose(self, inside: Locator, name: str, value: str) -> None:
        listed = inside.locator(f'select[name="{name}"]')
        if listed.count():
            if listed.first.input_value() != value:
                self.book.now.fields += 1
                listed.first.select_option(value)
            return
        found = inside.locator(f'input[name="{name}"][value="{value}"]').first
        assert found.count(), f"{self.page.url} does not ask {name} with {value}: {self.asked()}"
        if not found.is_checked():
            self.book.now.fields += 1
            self.book.now.clicks += 1
            found.check()

    def brings(self, name: str, called: str, content: bytes) -> Walker:
        """Choose a file of one's own machine."""
        self.book.now.fields += 1
        self.book.now.clicks += 1
        found = self.page.locator(f'main input[type=file][name="{name}"]')
        found.set_input_files([{"name": called, "mimeType": "application/octet-stream", "buffer": content}])
        return self

    def picks(self, name: str, label: str) -> Walker:
        """Choose a line of a list by what it says."""
        listed = self.page.locator(f'main select[name="{name}"]')
        lines = [each for each in listed.locator("option").all() if label in each.inner_text()]
        assert lines, f"{name} offers {listed.inner_text()}"
        return self.chooses(**{name: str(lines[0].get_attribute("value"))})

    def _field(self, within: str, name: str) -> Locator:
        name = name.replace("__", "-")
        found = self.page.locator(within).locator(f'input[name="{name}"], textarea[name="{name}"]').first
        assert found.count(), f"{self.page.url} does not ask {name}: {self.asked()}"
        return found

    def asked(self) -> list[str]:
        """Return what the page asks: each field with its value."""
        every = self.page.locator("main input, main textarea, main select")
        return list(every.evaluate_all("all => all.map(one => `${one.name}=${one.value}`)"))

    def unanswered(self, *but: str) -> list[str]:
        """Return the names of the questions with radio buttons of which none is chosen, but for some."""
        names = self.page.locator("main input[type=radio]").evaluate_all(
            "all => [...new Set(all.map(one => one.name))]"
        )
        chosen = self.page.locator("main input[type=radio]:checked").evaluate_all("all => all.map(one => one.name)")
        return [name for name in names if name not in {*chosen, *but}]

    # ---- reading ------------------------------------------------------------------------------------------------

    @property
    def said(self) -> str:
        """What the page says, without line breaks."""
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    def reads(self, *words: str) -> Walker:
        for each in words:
            assert each.casefold() in self.said.casefold(), f"{self.page.url} does not say “{each}”: {self.said}"
        return self

    def never_reads(self, *words: str) -> Walker:
        content = self.page.content().casefold()
        for each in words:
            assert each.casefold() not in content, f"{self.page.url} says “{each}”"
        return self


@dataclass
class Company:
    """Everybody who works in a journey, each in a window of their own: they sign in anew on each day, as the sign-in page
    leaves them."""

    windows: Windows
    site: str
    book: Book
    cookie_of: Callable[[str], dict[str, str]]
    walkers: dict[str, Walker] = field(default_factory=dict)

    def __call__(self, name: str) -> Walker:
        """Sign somebody in; they stand on today's page."""
        return self.signs_in(name).begins()

    def signs_in(self, name: str) -> Walker:
        """Sign somebody in who goes on to where a link led them."""
        if name not in self.walkers:
            self.walkers[name] = Walker(self.windows.take(), self.site, self.book)
        walker = self.walkers[name]
        walker.page.context.add_cookies([{**self.cookie_of(name), "url": self.site}])  # type: ignore[list-item]
        return walker

    def goes_home(self) -> list[str]:
        """Return what went wrong in anybody's window."""
        return [fault for walker in self.walkers.values() for fault in walker.faults]
