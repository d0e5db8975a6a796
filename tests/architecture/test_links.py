"""Every relative link in the documents leads somewhere, and so does every heading that a link names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def anchors(page: Path) -> set[str]:
    """Return what each heading of a page is called in a link."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    found = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if SCHEME.match(link) or (page.parent.name == "guides" and link.startswith("/")):
            continue  # a page of the site, of which a guide shows a picture: tests/tools/test_guides.py
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One *heading*, here\n", encoding="utf-8")
    page = tmp_path / "page.md"
    links = "[a](there.md) [b](nowhere.md) [c](there.md#one-heading-here) [d](there.md#none) [e](https://x.invalid/)"
    page.write_text(links, encoding="utf-8")
    assert broken(page) == ["nowhere.md", "there.md#none"]
