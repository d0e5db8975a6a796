"""What the code of a template does for each value, with less around it: the pages are the same, byte by byte.

The framework makes a marked text of every value that it puts out, though it only joins it to the next; raises and catches an
error for each entry of a table that a macro was given; and looks at each call for what none of ours asks.
"""

from collections.abc import Callable
from enum import Enum
from types import FunctionType, NoneType
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro, missing
from markupsafe import Markup
from markupsafe import _escape_inner as escaped  # the part that is written in C  # type: ignore[attr-defined]

from fourfold.words import Word


def put_out(value: Any) -> str:
    """Return what `escape` would, as plain text."""
    kind = type(value)
    if kind is str:
        return escaped(value)
    if kind is Markup:
        return value
    return value.__html__() if hasattr(value, "__html__") else escaped(str(value))


class Drawing(CodeGenerator):
    """Makes code that puts values out as plain text."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 -- named by Jinja
        """Make the code of a template that knows how a value is put out."""
        self.writeline("from fourfold.web.drawing import put_out")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write(f"put_out({finalize.src or ''}")


class Calls(Context):
    """What a template may ask of a page; it calls macros and functions of ours straight."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, or a function that wants nothing of the page; anything else as the framework does."""
        if type(called) is Macro:
            args = (self.eval_ctx, *args)
        elif type(called) is not FunctionType or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


#: Values that read the same wherever they are the same; longer texts are somebody's own, and so are the most of all others.
PLAIN, LONGEST, MOST = frozenset({Markup, bool, int, NoneType}), 1_000, 64


def drawn_once(macro: Macro) -> Callable[..., str]:
    """Return a macro that turns on nothing but what it is given, drawn once for all that is given alike."""
    drawn: dict[object, str] = {}

    def draw(*args: Any, **kwargs: Any) -> str:
        try:
            alike = _known(args), _known(kwargs)
        except TypeError:
            return macro(*args, **kwargs)
        found = drawn.get(alike)
        if found is None:
            if len(drawn) >= MOST:
                drawn.clear()
            found = drawn[alike] = macro(*args, **kwargs)
        return found

    return draw


def _known(value: Any) -> object:
    """Return what tells a value from every other, by its kind too: True is no 1. Raises TypeError where nothing does."""
    kind = type(value)
    if kind is str or kind is Word:
        if len(value) > LONGEST:
            raise TypeError
        return value
    if kind is dict:
        return kind, *value, *map(_known, value.values())
    if kind is list or kind is tuple:
        return kind, *map(_known, value)
    if kind in PLAIN or isinstance(value, Enum):
        return kind, value
    raise TypeError


class Drawn(Environment):
    """An environment whose templates are drawn so."""

    code_generator_class: type[CodeGenerator] = Drawing
    context_class = Calls

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what something has under a name, or holds there."""
        found = getattr(obj, attribute, missing)
        if found is not missing:
            return found
        try:
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)
