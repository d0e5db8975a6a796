"""Every page that a profession can reach: no axe violation, no sideways scrolling at 320 px, no column out of sight, no script fault."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import PHONE, WIDE, Person, SignIn, heard, lends_axe, too_wide, violations
from tests.journeys.windows import PATIENCE_MS, Windows
from tests.standing import CHROMIUM, Chromium

pytestmark = pytest.mark.browser

PROFESSIONS = (
    "police analyst",
    "police officer",
    "unit coordinator",
    "mental health professional",
    "outreach worker",
    "victim advocate",
    "panel chair",
    "governance lead",
    "evaluator",
    "programme lead",
    "system administrator",
)
#: One page of each shape is looked at; the shape is the address with identifiers and references taken out.
MOST = 250
#: What axe judges a page by, as a text: its elements in their order with their attributes, how each list and table begins
#: kinds of row, whether there is a text, and whether what an attribute points to is there, once. Words and numbers are not
#: in it, nor which row of a list somebody looks at.
STRUCTURE = """() => {
  const ids = {};
  for (const one of document.querySelectorAll('[id]')) ids[one.id] = (ids[one.id] || 0) + 1;
  const points = value => value.split(/\\s+/).map(id => ids[id.replace('#', '')] || 0).join();
  const POINTING = ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'headers', 'list'];
  const NAMING = ['id', 'name', 'value', 'href', 'src', 'action', 'content', 'nonce', 'title', 'alt', 'aria-label',
    'placeholder', 'd', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'points', 'transform', 'datetime'];
  const attribute = ({name, value}) =>
    POINTING.includes(name) ? name + '=' + points(value)
    : name === 'href' && value.startsWith('#') ? name + '=' + points(value)
    : name === 'id' ? name + ids[value]
    : NAMING.includes(name) || name.startsWith('data-') || name.startsWith('hx-') ? name + (value.trim() ? '+' : '')
    : name + '=' + value;
  const ROWS = ['TBODY', 'UL', 'OL', 'DL', 'svg', 'g', 'SELECT', 'DATALIST'];
  const written = one => {
    const inside = [...one.childNodes].map(node =>
      node.nodeType === 3 ? (node.data.trim() ? '~' : '') : node.nodeType === 1 ? written(node) : '');
    const kinds = ROWS.includes(one.tagName) ? [...new Set(inside)] : inside;
    const first = kinds.filter((kind, place) => kind && kind !== kinds[place - 1]);
    return '<' + one.tagName + ' ' + [...one.attributes].map(attribute).sort().join(' ') + '>' + first.join('') + '/';
  };
  return written(document.documentElement);
}"""

#: Opens what is folded, and names each table of three columns or fewer that must be moved sideways: on a phone its second column,
#: or its third, would stand beyond the edge, and the first look like all there is. And each drawing that shrank beyond reading.
OUT_OF_SIGHT = """() => {
  document.querySelectorAll('details').forEach(one => one.open = true);
  const columns = one => Math.max(...[...one.querySelectorAll('tr')].map(row => row.cells.length));
  const tiny = one => one.clientWidth / one.viewBox.baseVal.width < 0.75;
  const cut = one => one.scrollWidth > one.clientWidth + 1 && one.querySelector('table') && columns(one) < 4;
  return [...document.querySelectorAll('.ff-scroll')]
    .filter(one => one.checkVisibility() && (cut(one) || [...one.querySelectorAll(':scope > svg')].some(tiny)))
    .map(one => one.getAttribute('aria-label'));
}"""


def shape(address: str) -> str:
    """Return an address without what names a row in it."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|FF-[0-9A-Z]+|[EW]\d{8}", "…", address)


def reachable(person: Person) -> Iterator[str]:
    """Walk the links from the home page to the last and yield the addresses, one of each shape, each with its page open."""
    waiting, seen, shapes = ["/"], set(), set()  # type: ignore[var-annotated]
    while waiting:
        address = waiting.pop(0)
        kind = shape(address.partition("?")[0])
        if address in seen or kind in shapes:
            continue
        seen.add(address)
        answer = person.page.goto(person.site + address)
        if answer is None or not answer.ok or "text/html" not in answer.headers.get("content-type", ""):
            assert answer is not None
            assert answer.ok, f"a link leads to {address}, which answers {answer.status}"
            continue
        shapes.add(kind)
        assert len(shapes) <= MOST, (
            "the site has more kinds of page than anybody made: shape() lets a row's name through"
        )
        waiting += links(person.page, person.site)
        yield address


def links(page: Page, site: str) -> list[str]:
    """Return the addresses of this site that a page links to, but for signing out, leaving and saving a file."""
    hrefs: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])", "all => all.map(a => new URL(a.getAttribute('href'), document.baseURI).href)"
    )
    inside = [urlsplit(href) for href in hrefs if href.startswith(site)]
    return [
        one.path + (f"?{one.query}" if one.query else "")
        for one in inside
        if "/accounts/" not in one.path and "/static/" not in one.path
    ]


def faults_at(page: Page, where: str, looked_at: Path) -> list[str]:
    """Return what is wrong with the page that is open: what axe finds, and sideways scrolling.

    Axe is asked once for each structure and width, by whichever profession comes first: it finds nothing else again.
    """
    wrong = []
    if not looked_at.exists():
        wrong = [f"{where}: {fault}" for fault in violations(page)]
        if not wrong:
            looked_at.touch()
    if (beyond := too_wide(page)) > 0:
        wrong.append(f"{where}: {beyond} px wider than the window")
    return wrong


def structure(page: Page) -> str:
    """Return what axe judges the page by that is open."""
    return str(page.evaluate(STRUCTURE))


def kept_of(written: str) -> Path:
    """Return where the processes of this run note that a structure was looked at."""
    folder = Path(os.environ["FOURFOLD_RUN"]) / "looked-at"
    folder.mkdir(exist_ok=True)
    return folder / hashlib.sha256(written.encode()).hexdigest()


@pytest.fixture(scope="session")
def looking(chromium: Chromium) -> Iterator[Chromium]:
    """A browser in which pages are looked at and nobody presses anything: for that it would have to draw again and again.

    It puts together what it draws where scripts run: a sixth less of Chromium's processor time for each page.
    """
    opens = Chromium(chromium.driver, also=("--disable-threaded-compositing",))
    yield opens
    opens.closed()


@pytest.fixture
def walks(
    signs_in: SignIn, chromium: Chromium, looking: Chromium, pytestconfig: pytest.Config
) -> Iterator[Callable[[str], Person]]:
    """Sign a profession in where one can press, and go on where pages are looked at."""
    context = looking.opened().new_context(viewport=WIDE)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    lends_axe(context)

    def walk(profession: str) -> Person:
        person = signs_in(profession)
        context.add_cookies(person.page.context.cookies())  # type: ignore[arg-type]
        person.page = heard(context.new_page(), person.faults)
        pytestconfig.stash[CHROMIUM] = looking  # whoever stands still now stands still in this one
        return person

    yield walk
    pytestconfig.stash[CHROMIUM] = chromium
    if looking.running:
        context.close()


@pytest.mark.parametrize("profession", PROFESSIONS)
def test_every_page_a_profession_reaches_is_accessible(profession: str, walks: Callable[[str], Person]) -> None:
    person = walks(profession)
    wrong: list[str] = []
    for address in reachable(person):
        looked_at = kept_of(structure(person.page))
        wrong += faults_at(person.page, f"{address} at 1280 px", looked_at.with_suffix(".wide"))
        person.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        wrong += faults_at(person.page, f"{address} at 320 px", looked_at.with_suffix(".narrow"))
        wrong += [f"{address} at 320 px: {table} is cut or too small" for table in person.page.evaluate(OUT_OF_SIGHT)]
        if (beyond := too_wide(person.page)) > 0:
            wrong.append(f"{address} at 320 px, unfolded: {beyond} px wider than the window")
        person.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert not wrong, "\n".join(wrong[:40])
    assert not person.faults, person.faults[:10]


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_signing_in_is_accessible(site: str, windows: Windows, viewport: dict[str, int]) -> None:
    page = windows.take(viewport=viewport)
    page.goto(f"{site}/accounts/login/")
    assert violations(page) == []
    page.fill("input[name=login]", "nobody@demo.invalid")
    page.fill("input[name=password]", "wrong")
    page.click("main button[type=submit]")
    assert violations(page) == []
    assert too_wide(page) <= 0


def test_the_second_factor_page_is_accessible(site: str, windows: Windows) -> None:
    from tests.journeys.conftest import account_of

    page = windows.take(viewport=PHONE)
    email, password = account_of("police officer")
    page.goto(f"{site}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    assert violations(page) == []
    assert too_wide(page) <= 0
