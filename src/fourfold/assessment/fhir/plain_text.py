"""Words of a file as plain text: no markup, no link, nothing that a page could act on or fetch.

What a browser does with text is not left to whoever wrote the file: tags go, entities become characters, control
characters go, and addresses in links go with the links. What remains is what a person would have read.
"""

import re
from html import unescape
from html.parser import HTMLParser

LONGEST_WORDS = 20_000
"""Characters of one text. A longer one is cut, and the reader is told."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANKS = re.compile(r"[ \t]+")
_LINES = re.compile(r"\s*\n\s*(?:\n\s*)*")
_SILENT = frozenset({"script", "style", "head", "title", "template", "iframe", "object", "embed", "svg", "math"})
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "hr"})
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s[^()]{0,500})?\)")
_MARKS = re.compile(r"(?m)^[ ]{0,3}(?:#{1,6}|>|[*+-])[ \t]+|\*\*|__|`+")


def one_line(text: str) -> str:
    """Return a text without control characters and with single spaces, on one line."""
    return " ".join(_CONTROL.sub(" ", text).split())


def words(text: str) -> str:
    """Return a text that is meant as plain: its characters, without control characters."""
    kept = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return kept.strip()[:LONGEST_WORDS]


def from_xhtml(markup: str) -> str:
    """Return what a person would read of a piece of XHTML, however broken it is."""
    reader = _Reader()
    reader.feed(markup[: LONGEST_WORDS * 10])
    reader.close()
    return _tidy("".join(reader.parts))


def from_markdown(text: str) -> str:
    """Return what a person would read of a piece of markdown; embedded markup goes as well."""
    shown = _LINK.sub(r"\1", text[: LONGEST_WORDS * 2])
    return from_xhtml(_MARKS.sub("", shown).replace("\n", "<br>")) if "<" in shown else _tidy(_MARKS.sub("", shown))


def has_markup(text: str) -> bool:
    """Return whether a text holds tags or entities, which would show as such."""
    return bool(re.search(r"</?[a-zA-Z][^<>]{0,500}>|&(?:[a-z]{2,8}|#\d{1,6});", text))


def _tidy(text: str) -> str:
    kept = _CONTROL.sub("", unescape(text).replace("\xa0", " "))
    return _LINES.sub("\n", _BLANKS.sub(" ", kept)).strip()[:LONGEST_WORDS]


class _Reader(HTMLParser):
    """Collects what stands between tags, and notes where lines end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
