"""The words of the pages in another language: found in the templates themselves, and put in when a template is compiled.

English is compiled as it was written: nothing is added, nothing is slower. For another language there is a second
environment, in which each text that a template holds is replaced before it becomes code. What somebody typed is a value,
known only when a page is rendered, so that it can never be taken for a text. See `docs/adr/0010-words-at-compile-time.md`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import nodes
from jinja2.compiler import Frame

from fourfold.web.drawing import Drawing
from fourfold.web.translation import Say
from fourfold.words import PLACE, PROSE

#: Where our templates lie. Those of others hold no words of their own but those that ours hand to them.
TEMPLATES = Path(__file__).resolve().parent
#: Attributes that are read or heard; every other one is for the machine.
HEARD = frozenset({"alt", "aria-description", "aria-label", "data-label", "placeholder", "title"})
#: Arguments that are never read: names, addresses, styles, and what somebody typed.
UNHEARD = frozenset({"attributes", "classes", "href", "id", "name", "once", "rel", "type", "value", "width"})
#: Calls whose words are names of things, or go through gettext by themselves.
NAMING = frozenset({"_", "gettext", "ngettext", "csrf", "fresh_key", "static", "url", "caller", "super"})

_LETTER = re.compile(r"(?<!%)[^\W\d_]")
_TAG_PART = re.compile(r">|([\w:-]+)=([\"'])")


class SpeakingGenerator(Drawing):
    """Makes code of a template whose texts have been said in the language of its environment."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 -- named by Jinja
        """Put the words in, then make code as ever; what others wrote is left as they wrote it."""
        if self.filename is None or Path(self.filename).is_relative_to(TEMPLATES):
            said(node, self.environment.say)  # type: ignore[attr-defined]
            joined_when_said(node)
        super().visit_Template(node, frame)


def joined_when_said(template: nodes.Template) -> None:
    """Say the words of ours that are joined with others (`~`), before the joining makes plain text of them."""
    for join in template.find_all(nodes.Concat):
        join.nodes = [
            each if isinstance(each, nodes.Const) else nodes.Filter(each, "spoken", [], [], None, None)
            for each in join.nodes
        ]


def said(template: nodes.Template, say: Say) -> nodes.Template:
    """Return a template that was read, with every text in it as `say` says it; changed where it stands."""
    _Reader(say).body(template.body)
    return template


@dataclass(frozen=True)
class _Place:
    """Where in the page a template stands: between tags, in a tag, in an attribute, in a comment."""

    kind: str = "text"
    quote: str = ""

    @property
    def heard(self) -> bool:
        return self.kind in ("text", "heard")


class _Reader:
    """Walks through a template as it is written, and knows at each point whether it is being read or heard."""

    def __init__(self, say: Say):
        self.say = say
        self.place = _Place()

    # ---- statements ----------------------------------------------------------------------------------------------

    def body(self, body: Sequence[nodes.Node]) -> None:
        for node in body:
            self.statement(node)

    def statement(self, node: Any) -> None:
        match node:
            case nodes.Output():
                node.nodes = list(self.output(node.nodes))
            case nodes.If():
                self.branches(node.body, *([each] for each in node.elif_), node.else_)
            case nodes.For():
                node.iter = self.expression(node.iter)
                self.branches(node.body, node.else_)
            case nodes.Macro() | nodes.CallBlock():
                self.called(node)
            case nodes.Assign():
                node.node = self.expression(node.node)
            case nodes.AssignBlock():
                self.apart(node.body)
            case nodes.Block() | nodes.With() | nodes.Scope() | nodes.FilterBlock():
                self.body(node.body)
            case _:
                pass

    def branches(self, *bodies: Sequence[nodes.Node]) -> None:
        """Begin each branch where the first did; what follows goes on where the first ended."""
        before, after = self.place, None
        for body in bodies:
            self.place = before
            self.body(body)
            after = after or self.place
        self.place = after or before

    def called(self, node: nodes.Macro | nodes.CallBlock) -> None:
        """Put out what a macro or a call holds on its own, so that it begins between tags."""
        if isinstance(node, nodes.CallBlock):
            node.call = self.call(node.call)
        node.defaults = [self.expression(each) for each in node.defaults]
        self.apart(node.body)

    def apart(self, body: Sequence[nodes.Node]) -> None:
        around, self.place = self.place, _Place()
        self.body(body)
        self.place = around

    # ---- what is put out -----------------------------------------------------------------------------------------

    def output(self, put_out: Iterable[nodes.Expr]) -> Iterator[nodes.Expr]:
        """Yield what is put out, with each run of words and values between two tags said as one message."""
        run: list[nodes.Expr] = []
        for heard, node in self.pieces(put_out):
            if heard:
                run.append(node)
            else:
                yield from self.run(run)
                run = []
                yield node
        yield from self.run(run)

    def pieces(self, put_out: Iterable[nodes.Expr]) -> Iterator[tuple[bool, nodes.Expr]]:
        """Yield each piece with whether it is read or heard: texts apart from the tags around them."""
        for node in put_out:
            if isinstance(node, nodes.TemplateData):
                yield from (
                    (heard, nodes.TemplateData(part, lineno=node.lineno)) for heard, part in self.cut(node.data)
                )
            else:
                yield self.place.heard, node

    def cut(self, data: str) -> Iterator[tuple[bool, str]]:
        """Cut a piece of a page into what is read or heard and what is not."""
        while data:
            heard, length, after = self.place.heard, *self.step(data)
            if length:
                yield heard, data[:length]
            data, self.place = data[length:], after

    def step(self, data: str) -> tuple[int, _Place]:
        """Return how far the present place reaches, and what comes then."""
        match self.place.kind:
            case "text":
                end = data.find("<")
                return (len(data), self.place) if end < 0 else (end, _Place("opening"))
            case "opening":
                return (4, _Place("comment")) if data.startswith("<!--") else (1, _Place("tag"))
            case "comment":
                end = data.find("-->")
                return (len(data), self.place) if end < 0 else (end + 3, _Place())
            case "tag":
                found = _TAG_PART.search(data)
                if found is None:
                    return len(data), self.place
                name, quote = found[1], found[2]
                kind = "text" if name is None else "heard" if name in HEARD else "unheard"
                return found.end(), _Place(kind, quote or "")
            case _:
                end = data.find(self.place.quote)
                return (len(data), self.place) if end < 0 else (end, _Place("tag"))

    def run(self, run: list[nodes.Expr]) -> Iterator[nodes.Expr]:
        """Yield a run of words and values as it is said; values may change places, and none is ever lost."""
        values = [self.expression(each, printed=True) for each in run if not isinstance(each, nodes.TemplateData)]
        whole = "".join(each.data if isinstance(each, nodes.TemplateData) else "\x00" for each in run)
        count = iter(range(1, len(values) + 1))
        numbered = re.sub("\x00", lambda _: f"{{{next(count)}}}", whole)
        parts = self.parts(numbered, len(values)) if _LETTER.search(whole) else None
        if parts is None:
            given = iter(values)
            yield from (each if isinstance(each, nodes.TemplateData) else next(given) for each in run)
            return
        for part in parts:
            if isinstance(part, int):
                yield values[part - 1]
            elif part:
                yield nodes.TemplateData(part.replace("<", "&lt;").replace('"', "&quot;"), lineno=run[0].lineno)

    def parts(self, message: str, values: int) -> list[str | int] | None:
        """Return a message as it is said, cut at its values; None where it is said as it stands, or a value would go."""
        core = message.strip()
        asked = re.sub(r"\s+", " ", core)
        answer = self.say(asked)
        if answer == asked or sorted(PLACE.findall(answer)) != sorted(str(n + 1) for n in range(values)):
            return None
        start = message.index(core)
        whole = message[:start] + answer + message[start + len(core) :]
        return [int(part) if n % 2 else part for n, part in enumerate(PLACE.split(whole))]

    # ---- expressions ---------------------------------------------------------------------------------------------

    def expression(self, node: Any, *, printed: bool = False) -> Any:
        """Return an expression with the texts in it said. `printed`: its value is put out, so that any word is a text."""
        match node:
            case nodes.Const() if isinstance(node.value, str):
                return self.constant(node, printed)
            case nodes.CondExpr():
                node.expr1 = self.expression(node.expr1, printed=printed)
                node.expr2 = self.expression(node.expr2, printed=printed) if node.expr2 is not None else None
            case nodes.Or() | nodes.And() | nodes.Add():
                node.left = self.expression(node.left, printed=printed)
                node.right = self.expression(node.right, printed=printed)
            case nodes.Concat():
                return self.joined(node, printed)
            case nodes.Call():
                return self.call(node)
            case _:
                self.inside(node, printed)
        return node

    def inside(self, node: nodes.Expr, printed: bool) -> None:
        """Say what a value holds: the parts of a list, what a table gives, what a filter is laid over."""
        match node:
            case nodes.Tuple() | nodes.List():
                node.items = [self.choice(each) for each in node.items]
            case nodes.Dict():
                for pair in node.items:
                    if not (isinstance(pair.key, nodes.Const) and pair.key.value in UNHEARD):
                        pair.value = self.expression(pair.value)
            case nodes.Getitem(node=nodes.Dict() as table):
                self.inside(table, printed)
            case nodes.Filter() if node.node is not None:
                node.node = self.expression(node.node, printed=printed)
                if node.name in ("default", "d"):
                    node.args = [self.expression(each, printed=printed) for each in node.args]
            case _:
                pass

    def choice(self, node: Any) -> Any:
        """Say one of a list; of a choice, which is a value and its label, the label whatever it looks like.

        What stands beside a value that only the page knows (`("Question", plan.title)`) is a term, and said.
        """
        match node:
            case nodes.Tuple(items=[nodes.Const() as value, nodes.Const() as label]):
                node.items = [value, self.expression(label, printed=True)]
                return node
            case nodes.Tuple(items=[first, label]):
                node.items = [self.expression(first), self.expression(label, printed=True)]
                return node
            case _:
                return self.expression(node)

    def constant(self, node: nodes.Const, printed: bool) -> nodes.Const:
        words = node.value
        if not _LETTER.search(words) or not (printed or PROSE.match(words)):
            return node
        core = words.strip()
        return nodes.Const(words.replace(core, self.say(core)), lineno=node.lineno)

    def joined(self, node: nodes.Concat, printed: bool) -> nodes.Concat:
        """Say words and values that are joined by `~` as one message."""
        texts = [_text(each) for each in node.nodes]
        values = [self.expression(each, printed=printed) for each in node.nodes if _text(each) is None]
        count = iter(range(1, len(values) + 1))
        message = "".join(f"{{{next(count)}}}" if text is None else text for text in texts)
        prose = any(text and _LETTER.search(text) for text in texts) and (printed or PROSE.match(message))
        parts = self.parts(message, len(values)) if prose else None
        if parts is None:
            given = iter(values)
            node.nodes = [
                each if text is not None else next(given) for each, text in zip(node.nodes, texts, strict=True)
            ]
        else:
            node.nodes = [
                values[part - 1] if isinstance(part, int) else nodes.Const(part, lineno=node.lineno)
                for part in parts
                if part != ""
            ]
        return node

    def call(self, node: nodes.Call) -> nodes.Call:
        """Say what a macro is given; leave alone what is only a name."""
        if isinstance(node.node, nodes.Name) and node.node.name not in NAMING:
            node.args = [self.expression(each) for each in node.args]
            for each in node.kwargs:
                if each.key not in UNHEARD:
                    each.value = self.expression(each.value)
        elif isinstance(node.node, nodes.Getattr) and node.node.attr == "append":
            node.args = [self.expression(each) for each in node.args]
        elif isinstance(node.node, nodes.Getattr) and node.node.attr == "get":
            node.args = [*node.args[:1], *(self.expression(each, printed=True) for each in node.args[1:])]
        return node


def _text(node: nodes.Expr) -> str | None:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None
