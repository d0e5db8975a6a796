"""Make a small site of the pages in docs/, with pictures of the running site in the guides: build/guide/index.html.

    make guide                                                 loads the invented programme, serves it, takes the pictures
    .venv/bin/python -m tools.guide --site http://127.0.0.1:8000    of a site that runs already, with the invented programme
    .venv/bin/python -m tools.guide --no-pictures              the pages alone

A picture in docs/guides is written `![what one sees](/address/ "Link, Link")`: the page at that address of the site, or where one
comes from there by those links, as whoever the guide is for. So no picture shows what the site no longer has: a link that is
missing ends the run.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.progress import ROOT
from tools.system import port_is_free, require_browser

DOCS, OUT = ROOT / "docs", ROOT / "build" / "guide"
GUIDES = DOCS / "guides"
PICTURE = re.compile(r'!\[(?P<alt>[^\]]+)\]\((?P<address>/[^ )]*)(?: "(?P<links>[^"]+)")?\)')
LINK = re.compile(r'<a href="(?P<leads>(?!https?:|#)[^"#]+)(?P<at>#[^"]*)?">(?P<words>.*?)</a>')
WINDOW = {"width": 1000, "height": 760}
STYLE = """
body { margin: 0 auto; max-width: 46rem; padding: 1rem; font: 1.05rem/1.5 system-ui, sans-serif; color: #0b0c0c }
nav { border-bottom: 1px solid #b1b4b6; margin-bottom: 1.5rem } nav a { margin-right: 1rem }
a { color: #1a65a6 } a:focus { outline: 3px solid #fd0 } h1, h2 { line-height: 1.2 }
img { max-width: 100%; height: auto; border: 1px solid #b1b4b6 } pre, table { display: block; overflow-x: auto }
pre { background: #f3f2f1; padding: .75rem } td, th { border-bottom: 1px solid #b1b4b6; padding: .3rem .6rem; text-align: left }
@media print { nav { display: none } h2 { break-after: avoid } img { max-height: 11cm; width: auto } }
"""


@dataclass(frozen=True)
class Picture:
    """What a guide shows: a page of the site, and the links by which one comes there."""

    role: str
    number: int
    address: str
    links: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"pictures/{self.role}-{self.number}.png"


def guides() -> dict[str, str]:
    """Return the text of each guide, by the role that it is for."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(GUIDES.glob("*.md")) if path.stem != "index"}


def pictures(role: str, text: str) -> Iterator[Picture]:
    """Yield the pictures of a guide in their order."""
    for number, one in enumerate(PICTURE.finditer(text), 1):
        yield Picture(role, number, one["address"], tuple(re.split(r",\s*", one["links"])) if one["links"] else ())


@contextmanager
def running() -> Iterator[str]:
    """Serve the invented programme from a folder that goes away, and give its address."""
    port = next(number for number in range(18_200, 19_200) if port_is_free(number))
    with tempfile.TemporaryDirectory(prefix="fourfold-guide-") as folder:
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        words: list[str | Path] = [
            Path(sys.executable).parent / "fourfold",
            "serve",
            "--port",
            str(port),
            "--workers",
            "1",
        ]
        server = subprocess.Popen(words, cwd=ROOT, env=env | {"FOURFOLD_DATA_DIR": folder})
        try:
            while not _ready(port):
                if server.poll() is not None:
                    raise SystemExit("The site did not start: its own words stand above.")
                time.sleep(1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/readiness", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def photograph(site: str, out: Path) -> None:
    """Sign in for each guide and take its pictures into a folder."""
    from playwright.sync_api import sync_playwright

    from fourfold.cli import console

    console.begin()
    from fourfold.access.terms import Role
    from fourfold.demo import roster

    password = roster.sign_ins()[0].password
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=require_browser())
        for role, text in guides().items():
            page = browser.new_context(viewport=WINDOW).new_page()  # type: ignore[arg-type]
            page.goto(f"{site}/accounts/login/")
            page.fill("input[name=login]", roster.address_of(Role(role)))
            page.fill("input[name=password]", password)
            page.click("main button[type=submit]")
            page.fill("input[name=code]", re.sub(r"\D", "", page.locator(".govuk-inset-text strong").inner_text()))
            with page.expect_navigation():
                page.click("main button[type=submit] >> nth=0")
            for one in pictures(role, text):
                page.goto(site + one.address)
                for link in one.links:
                    with page.expect_navigation():
                        page.locator("main a, nav a").filter(has_text=link).first.click()
                page.screenshot(path=out / one.file, animations="disabled")
                print(f"{one.file}: {page.title()}")
            page.context.close()
        browser.close()


def write(out: Path) -> int:
    """Write every page of docs/ as HTML beside the pictures, and return how many there are."""
    from markdown_it import MarkdownIt

    render = MarkdownIt("commonmark", {"html": True}).enable("table").render
    sources = sorted(DOCS.rglob("*.md"))
    for path in sources:
        text, role = path.read_text(encoding="utf-8"), path.stem
        if path.parent == GUIDES:
            for one, found in zip(pictures(role, text), list(PICTURE.finditer(text)), strict=True):
                text = text.replace(found[0], f"![{found['alt']}](../{one.file})", 1)
        goes = out / path.relative_to(DOCS).with_suffix(".html")
        goes.parent.mkdir(parents=True, exist_ok=True)
        body = LINK.sub(partial(_within, path.parent), render(text))
        goes.write_text(_page(body, text, depth=len(goes.relative_to(out).parts) - 1), encoding="utf-8")
    for path in DOCS.rglob("*"):
        if path.suffix in {".png", ".svg", ".ipynb"}:
            shutil.copy(path, out / path.relative_to(DOCS))
    shutil.copy(out / "guides" / "index.html", out / "index.html")
    home = (out / "index.html").read_text(encoding="utf-8")
    (out / "index.html").write_text(re.sub(r'(href|src)="(?!https?:|/|#)(\.\./)?', _from_home, home), encoding="utf-8")
    return len(sources)


def _within(folder: Path, found: re.Match[str]) -> str:
    """Keep a link to another page of docs/; of one to a file of the code keep the words."""
    if (folder / found["leads"]).resolve().is_relative_to(DOCS):
        return f'<a href="{re.sub(r"[.]md$", ".html", found["leads"])}{found["at"] or ""}">{found["words"]}</a>'
    return found["words"]


def _from_home(found: re.Match[str]) -> str:
    return f'{found[1]}="' + ("" if found[2] else "guides/")


def _page(body: str, text: str, *, depth: int) -> str:
    title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), "Fourfold")
    up = "../" * depth
    body = re.sub(r"<(h[23])>(.*?)</\1>", lambda one: f'<{one[1]} id="{_anchor(one[2])}">{one[2]}</{one[1]}>', body)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
        f'<nav><a href="{up}guides/index.html">Guides</a><a href="{up}start-here.html">For whoever builds it</a>'
        f'<a href="{up}how-to/run-for-a-force.html">For whoever runs it</a><a href="{up}reference/glossary.html">Words</a></nav>'
        f"<main>{body}</main></html>"
    )


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", re.sub(r"<[^>]+>", "", heading).lower()).replace(" ", "-")


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", help="the address of a site that runs already")
    parser.add_argument("--no-pictures", action="store_true", help="only the pages")
    told = parser.parse_args()
    shutil.rmtree(OUT, ignore_errors=True)
    if told.site:
        photograph(told.site, OUT)
    elif not told.no_pictures:
        with running() as site:
            photograph(site, OUT)
    count = write(OUT)
    print(f"{count} pages: {OUT.relative_to(ROOT) / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
