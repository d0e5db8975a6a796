"""No page, message, label, document or e-mail of ours says he or she of a person whom it does not know.

Every text that a page can show is read: of the templates, of what Python hands to them, of the registers that ship, and of
the documents. What others wrote is named below.
"""

from __future__ import annotations

import re

import pytest

from tools.translations import ROOT, every_text

SOURCE = ROOT / "src/fourfold"
GENDERED = re.compile(r"\b(he|she|him|her|his|hers|himself|herself)\b", re.IGNORECASE)
#: Where words of others stand: instruments as they were published, what invented people told, the words that reports are
#: searched for; and where the recorded pronouns are offered.
QUOTED = ("assessment/instruments/", "demo/wordings.toml", "intake/rules/word_patterns.toml", "pronouns.py")


def gendered(texts: dict[str, list[str]]) -> list[str]:
    """Return the texts that say he or she, each with the files in which it stands."""
    return [
        f"{', '.join(places)}: {text}"
        for text, places in sorted(texts.items())
        if GENDERED.search(text) and not all(place.startswith(QUOTED) for place in places)
    ]


def of_files(pattern: str) -> dict[str, list[str]]:
    """Return each line of the data and the documents that ship, with its file; comments aside."""
    found: dict[str, list[str]] = {}
    for path in sorted(SOURCE.rglob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.lstrip().startswith(("#", "//")):
                found.setdefault(line.strip(), []).append(path.relative_to(SOURCE).as_posix())
    return found


def test_no_text_of_a_page_guesses_who_is_a_woman_and_who_is_a_man() -> None:
    found = gendered(every_text())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("pattern", ["*.toml", "*.typ", "*.txt"])
def test_no_register_or_document_guesses(pattern: str) -> None:
    found = gendered(of_files(pattern))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["She is told first.", "Ask him", "How is her day?", "Himself"])
def test_a_text_that_guesses_is_named(text: str) -> None:
    assert gendered({text: ["web/pages/case.py"]}) == [f"web/pages/case.py: {text}"]


@pytest.mark.parametrize("text", ["The victim is told first.", "Others", "Cheshire", "hearse", "there"])
def test_a_text_that_only_looks_like_it_is_left_alone(text: str) -> None:
    assert gendered({text: ["web/pages/case.py"]}) == []
