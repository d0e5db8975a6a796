"""The cells of a table that stacks on a phone, each with the name of its column and its role, from the table's own head.

A template has nothing to say of it, and so cannot forget it: whatever it writes as a table passes through here when it is drawn.
The style sheet shows such a row as a block; some browsers then take it for a table no longer, unless the roles are written.
"""

import logging
import re

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup

log = logging.getLogger(__name__)

STACKS = "ff-table--stack"
_ATTRIBUTES = r"""([^>"]*(?:"[^"]*"[^>"]*)*)"""
_HEAD = re.compile(r"<thead\b.*?</thead>", re.DOTALL)
_HEAD_CELL = re.compile(rf"<t[hd]\b{_ATTRIBUTES}>(.*?)</t[hd]>", re.DOTALL)
_OPENS = re.compile(rf"<(table|thead|tbody|tfoot|tr|th|td)\b{_ATTRIBUTES}>(\s*(?=</td>))?")
_SPAN = re.compile(r'\bcolspan="(\d+)"')
_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tfoot": "rowgroup", "tr": "row", "td": "cell"}


class NamedCells(Extension):
    """Lets every table of every template pass through `named` when it is drawn."""

    def __init__(self, environment: Environment) -> None:
        """Know the filter even where no template is read: one that was compiled before asks for it."""
        super().__init__(environment)
        environment.filters["cells_named"] = named

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Put the filter round each table, on the lines where it stands."""
        opened = source.replace("<table", "{% filter cells_named %}<table")
        return opened.replace("</table>", "</table>{% endfilter %}")


def named(table: str) -> Markup:
    """Return a table that was drawn, with what a phone and a screen reader need where it stacks."""
    if STACKS in table.partition(">")[0]:
        table = _OPENS.sub(_Cells(table).opening, table)
    return Markup(table)  # noqa: S704 - drawn by a template, which has escaped what it was given


class _Cells:
    """Where in a table we are: in which column of which part."""

    def __init__(self, table: str) -> None:
        head = _HEAD.search(table)
        self.names = [
            _words(inside)
            for attributes, inside in _HEAD_CELL.findall(head[0] if head else "")
            for _ in range(_columns(attributes))
        ]
        self.in_head, self.column = False, 0
        self.known: dict[tuple[str, bool, int], tuple[str, bool, int]] = {}

    def opening(self, found: re.Match[str]) -> str:
        """Return a tag as it opens, worked out once for all rows in which it reads the same."""
        place = found[0], self.in_head, self.column
        answer = self.known.get(place)
        if answer is None:
            answer = self.known[place] = self._opening(found), self.in_head, self.column
        text, self.in_head, self.column = answer
        return text

    def _opening(self, found: re.Match[str]) -> str:
        """Return a tag with the role and the name that it lacks; a cell that holds nothing is left without a space."""
        tag, said, role = found[1], found[2], ""
        if tag in ("thead", "tbody", "tfoot"):
            self.in_head = tag == "thead"
        elif tag == "tr":
            self.column = 0
        elif tag in ("td", "th") and not self.in_head:
            span = _columns(said)
            if tag == "td" and span == 1 and "data-label=" not in said:
                said += self.label()
            self.column += span
        if "role=" not in said:
            role = f' role="{_ROLES.get(tag) or ("columnheader" if self.in_head else "rowheader")}"'
        return f"<{tag}{role}{said}>"

    def label(self) -> str:
        """Return the attribute that names a cell which has none and stands under one head."""
        name = self.names[self.column] if self.column < len(self.names) else ""
        if not name:
            log.error("a table has a cell without a name", extra={"column": self.column + 1, "named": len(self.names)})
        return f' data-label="{name}"'


def _columns(attributes: str) -> int:
    span = _SPAN.search(attributes) if "colspan" in attributes else None
    return int(span[1]) if span else 1


def _words(inside: str) -> str:
    """Return what a head says, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", inside).split()).replace('"', "&#34;")
