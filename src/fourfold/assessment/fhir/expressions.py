"""FHIRPath out of a file, run on a filled-in form: bounded in time and memory, without clock, network or print.

`fhirpathpy` does the work. Around it stand a strict parser (its own passes over what it does not understand), the
functions of the guide for data capture that it lacks (`weight()`, `ordinal()`, `answers()`), functions of its own that are
wrong or unsafe (`sum()` and `toBoolean()` of values that come from a resource, `matches()` with Python's backtracking engine),
and a watch that every call passes.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from fourfold.assessment.fhir import patterns, references
from fourfold.assessment.fhir.terms import NotComputed

LONGEST_S = 2.0
"""Seconds of processor time for all expressions of one form together. A busy machine does not shorten them."""

MOST_STEPS = 100_000
MOST_VALUES = 50_000
MOST_CHARACTERS = 5_000
MOST_BITS = 512
"""Calls, values in one list, characters of one text and bits of one whole number within an expression."""

Weigh = Callable[[Any], list[Decimal]]
"""Gives the weights of an answer or a coding; raises NotComputed for one that should have a weight and has none."""

Tree = dict[str, Any]


class Watch:
    """The processor time and the steps that the expressions of one form have left. Every call passes it.

    It poses as the table of functions of the engine, which asks for that table before each call.
    """

    def __init__(self, table: Mapping[str, Any], *, longest_s: float = LONGEST_S) -> None:
        self._table = table
        self._end = time.thread_time() + longest_s
        self._steps = 0

    def keys(self) -> Iterator[str]:
        """Return the names of the table, or raise NotComputed once the time is up."""
        self._steps += 1
        if self._steps > MOST_STEPS or time.thread_time() > self._end:
            raise NotComputed("It takes too long to compute.")
        return iter(self._table)

    def __getitem__(self, name: str) -> Any:
        return self._table[name]

    def __len__(self) -> int:
        return len(self._table)


def watch(weigh: Weigh, *, at: datetime | None = None, longest_s: float = LONGEST_S) -> Watch:
    """Return a watch over one form; `at` is what `now()` and `today()` mean, where they may.

    The engine is loaded before the time starts, so that the first form of a process has as much of it as any other.
    """
    _load_engine()
    own = {**_guarded_library(), **_functions(weigh, at)}
    return Watch(
        {name: {**entry, "fn": _within_bounds(entry["fn"])} for name, entry in own.items()}, longest_s=longest_s
    )


@lru_cache(maxsize=1)
def known_functions() -> frozenset[str]:
    """Return the names of all that an expression may call."""
    return frozenset((*_guarded_library(), *_functions(lambda _: [], None)))


@lru_cache(maxsize=1)
def _load_engine() -> None:
    """Import the engine and build the tables of its parser, which takes a good tenth of a second, once."""
    evaluate(
        "iif((1 | 2).where($this > 1).count() = 1, 'a', {})",
        focus={},
        variables={},
        watched=Watch({**_guarded_library()}),
    )


def evaluate(text: str, *, focus: Any, variables: Mapping[str, Any], watched: Watch) -> list[Any]:
    """Return the values of an expression, none for an empty result.

    `focus` is what a bare path starts from. Raises NotComputed for anything that cannot be computed, in words.
    """
    from fhirpathpy.engine import do_eval
    from fhirpathpy.engine.nodes import ResourceNode
    from fhirpathpy.models import models

    def plain(value: Any) -> Any:
        return value.data if isinstance(value, ResourceNode) else value

    root = focus if isinstance(focus, list) else [focus]
    context = {"dataRoot": root, "vars": dict(variables), "model": models["r4"], "userInvocationTable": watched}
    watched.keys()
    try:
        return [plain(value) for value in do_eval(context, root, parse(text))]
    except NotComputed:
        raise
    except RecursionError as error:
        raise NotComputed("The expression is nested too deeply.") from error
    except Exception as error:
        raise NotComputed(_why(error)) from error


def node(data: Any, path: str) -> Any:
    """Return a part of a resource with its place, so that `value` finds `valueInteger` in it."""
    from fhirpathpy.engine.nodes import ResourceNode

    return ResourceNode.create_node(data, path)


def _why(error: Exception) -> str:
    said = " ".join(str(error).split())[:160]
    if said.startswith("Not implemented"):
        return f"It uses a function that is not known here ({said.removeprefix('Not implemented').strip(': ')})."
    return f"It cannot be computed from these answers ({said or type(error).__name__})."


# --- parsing ----------------------------------------------------------------------------------------------


def parse(text: str) -> Tree:
    """Return the syntax tree of a whole expression, or raise NotComputed with the place where it breaks."""
    parsed = _parsed(text)
    if isinstance(parsed, str):
        raise NotComputed(parsed)
    return parsed


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Tree | str:
    """Return the tree, or why there is none; both are remembered, since a form computes in passes."""
    if why := references.why_broken(text):
        return why
    from antlr4 import CommonTokenStream, InputStream  # type: ignore[import-untyped]
    from antlr4.tree.Tree import ParseTreeWalker  # type: ignore[import-untyped]
    from fhirpathpy.parser.ASTPathListener import ASTPathListener
    from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
    from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

    complaints = _Complaints()
    lexer = FHIRPathLexer(InputStream(text))
    parser = FHIRPathParser(CommonTokenStream(lexer))
    for each in (lexer, parser):
        each.removeErrorListeners()
        each.addErrorListener(complaints)
    listener = ASTPathListener()
    try:
        ParseTreeWalker().walk(listener, parser.entireExpression())
    except RecursionError:
        return "The expression is nested too deeply."
    except Exception:  # noqa: BLE001 -- what the generated parser raises has no common ancestor
        return "The expression cannot be read as FHIRPath."
    if complaints.first:
        return complaints.first
    tree: Tree = listener.parentStack[0]["children"][0]["children"][0]
    return tree


class _Complaints:
    """Keeps the first place at which the parser stumbles; the other callbacks of a listener say nothing."""

    def __init__(self) -> None:
        self.first = ""

    def syntaxError(self, _recognizer: Any, _symbol: Any, _line: int, column: int, _said: str, _error: Any) -> None:  # noqa: N802
        """Keep the place, if it is the first."""
        self.first = self.first or f"The expression cannot be read as FHIRPath, from character {column + 1} on."

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


# --- functions --------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _guarded_library() -> dict[str, Any]:
    from fhirpathpy.engine.invocations import invocation_registry

    return dict(invocation_registry)


def _within_bounds(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, refusing to hand out what would fill the memory."""

    def bounded(*arguments: Any) -> Any:
        found = function(*arguments)
        too_long = isinstance(found, list) and len(found) > MOST_VALUES
        too_wide = isinstance(found, str) and len(found) > MOST_CHARACTERS
        too_large = isinstance(found, int) and found.bit_length() > MOST_BITS
        if too_long or too_wide or too_large:
            raise NotComputed("What it works out grows too large.")
        return found

    return bounded


def _functions(weigh: Weigh, at: datetime | None) -> dict[str, Any]:
    def weights(_context: Any, values: Any) -> list[Decimal]:
        return [weight for value in _listed(values) for weight in weigh(value)]

    def moment(written: Callable[[datetime], str]) -> Callable[..., str]:
        def told(*_: Any) -> str:
            if at is None:
                raise NotComputed("It rests on today's date, which is not given here.")
            return written(at)

        return told

    return {
        "weight": {"fn": weights, "arity": {0: []}},
        "ordinal": {"fn": weights, "arity": {0: []}},
        "answers": {"fn": _answers, "arity": {0: []}},
        "sum": {"fn": _sum},
        "min": {"fn": lambda _, values: min(_numbers(values), default=[])},
        "max": {"fn": lambda _, values: max(_numbers(values), default=[])},
        "avg": {"fn": _average},
        "/": {"fn": _divided, "arity": {2: ["Number", "Number"]}, "nullable": True},
        "power": {"fn": _power, "arity": {1: ["Number"]}, "nullable": True},
        "toBoolean": {"fn": _to_boolean},
        "matches": {"fn": _matches, "arity": {1: ["String"]}, "nullable_input": True},
        "replaceMatches": {"fn": _not_run, "arity": {2: ["String", "String"]}},
        "trace": {"fn": lambda _, values, *__: values, "arity": {0: [], 1: ["String"], 2: ["String", "Expr"]}},
        "today": {"fn": moment(lambda now: now.date().isoformat())},
        "now": {"fn": moment(lambda now: now.isoformat(timespec="seconds"))},
        "timeOfDay": {"fn": moment(lambda now: now.time().isoformat(timespec="seconds"))},
    }


def _divided(_context: Any, number: int | Decimal, by: int | Decimal) -> Decimal | list[Any]:
    """Return the quotient as a decimal, of whole numbers too; of a division by nought there is none."""
    return Decimal(number) / Decimal(by) if by else []


def _answers(_context: Any, values: Any) -> list[Any]:
    """Return every answer at or below these items, as the guide for data capture has it."""
    found: list[Any] = []
    stack = _listed(values)[::-1]
    while stack:
        part = stack.pop()
        if not isinstance(part, dict):
            continue
        given = [each for each in part.get("answer") or [] if isinstance(each, dict)]
        found += [node(each, "QuestionnaireResponse.item.answer") for each in given]
        below = [*(part.get("item") or []), *(inner for each in given for inner in each.get("item") or [])]
        stack.extend(reversed(below))
    return found


def _listed(values: Any) -> list[Any]:
    from fhirpathpy.engine.util import get_data

    return [get_data(value) for value in (values if isinstance(values, list) else [values])]


def _numbers(values: Any) -> list[Decimal]:
    found = _listed(values)
    if not all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in found):
        raise NotComputed("It adds up or compares what is no number.")
    return [Decimal(value) for value in found]


def _sum(_context: Any, values: Any) -> Decimal:
    return sum(_numbers(values), Decimal(0))


def _average(_context: Any, values: Any) -> Any:
    numbers = _numbers(values)
    return sum(numbers, Decimal(0)) / len(numbers) if numbers else []


def _power(_context: Any, values: Any, degree: Any) -> Any:
    """Return a power, also to a fraction, which fhirpathpy leaves empty; a root of what is below 0 has no value."""
    numbers = _numbers(values)
    exponent = Decimal(degree)
    if len(numbers) != 1 or (numbers[0] < 0 and exponent != exponent.to_integral_value()):
        return []
    return numbers[0] ** exponent


def _to_boolean(_context: Any, values: Any) -> Any:
    """Convert as fhirpathpy does, but also values that come from a resource (rule S11)."""
    found = _listed(values)
    if len(found) != 1:
        return []
    word = str(found[0]).lower()
    if word in ("true", "t", "yes", "y", "1", "1.0"):
        return True
    return False if word in ("false", "f", "no", "n", "0", "0.0") else []


def _matches(_context: Any, values: Any, pattern: Any) -> Any:
    found = _listed(values)
    if len(found) != 1 or not isinstance(found[0], str) or not isinstance(pattern, str):
        return []
    fits = patterns.occurs(pattern, found[0])
    if fits is None:
        raise NotComputed(f"It uses a pattern that is not run here. {patterns.why_not(pattern) or ''}".strip())
    return fits


def _not_run(*_: Any) -> Any:
    raise NotComputed("It uses replaceMatches(), which is not run here.")
