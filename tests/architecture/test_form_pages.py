"""What a form does once, where it leads and what it answers is decided in one place; the few pages that do it by hand say why."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "src/fourfold/web"
#: A write that a page makes happen once by itself.
ONCE = re.compile(r"\b(?:request|audit)\.once\(")
BY_HAND = {
    "applications.py": "the draft of an application is a file, and in a long case a page that waits for it",
    "diary.py": "the victim's own device opens it, and no account",
    "filling.py": "what cannot be read is kept too, and merged where the form was gone on with on two devices",
    "instruments.py": "only the file says which of two services takes it; the preview carries it along",
}


def by_hand(pages: Path) -> set[str]:
    """Return the pages that make a write happen once by themselves."""
    return {page.name for page in pages.glob("*.py") if ONCE.search(page.read_text(encoding="utf-8"))}


def test_every_form_passes_through_the_form_page_or_its_page_stands_here_with_why_not() -> None:
    assert by_hand(WEB / "pages") == set(BY_HAND)


def test_each_page_that_does_it_by_hand_says_so_itself() -> None:
    for name in BY_HAND:
        assert "No `form_page`:" in (WEB / "pages" / name).read_text(encoding="utf-8"), name


def test_a_form_that_is_handled_by_hand_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("with form.catching(), request.once():\n    write()\n", encoding="utf-8")
    (tmp_path / "other.py").write_text('"""Something happens once(!)."""\n', encoding="utf-8")
    assert by_hand(tmp_path) == {"page.py"}


#: Pages with a form and no way back, and why.
NO_WAY_BACK = {
    "agency/invitation.html": "whoever opens it has no account yet",
    "sites/preview_change.html": "its second button goes back with what was entered",
}


def without_way_back(templates: Path) -> set[str]:
    """Return the pages that are one form of their own, stand in no frame, and lead nowhere but on."""
    own = {page: page.read_text(encoding="utf-8") for page in templates.rglob("*.html")}
    forms = {
        page: text
        for page, text in own.items()
        if '{% extends "layout.html" %}' in text and "form_start(request.path" in text
    }
    return {str(page.relative_to(templates)) for page, text in forms.items() if "govuk-back-link" not in text}


def test_every_page_that_is_one_form_has_a_way_back() -> None:
    assert without_way_back(WEB / "templates") == set(NO_WAY_BACK)
