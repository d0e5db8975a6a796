"""The texts that Python hands to pages: words known as ours, and sentences that are composed, with numbered places.

Words are found where they live, in the tables and enumerations of the running program. Sentences are read from the source:
what a refusal, a problem of a form, a row of the day or a reason says, and what is composed with values in it (`sentence`,
`composed`). One too many in the list harms nobody.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import EnumMeta
from pathlib import Path
from types import ModuleType
from typing import Any

import fourfold
from fourfold.words import PROSE, Word, WordedEnum

SOURCE = Path(fourfold.__file__).parent
#: What no page shows: mathematics, the command line, what is invented, and the words of other people's forms.
NOT_SHOWN = ("stats", "cli", "demo", "config", "assessment/fhir")
#: Where a text with values in it is no sentence of a page: code, formats, files, documents in English, faults of ours.
BUILT = (
    *(
        "access/conditions",
        "access/kept",
        "access/paths",
        "access/projection",
        "access/rosters",
        "access/scoping",
        "access/statements",
        "access/stood",
        "audit/",
        "base.py",
        "fields.py",
        "governance/queries/tallied",
        "governance/queries/counting",
        "inserted.py",
    ),
    *("assessment/instruments/", "assessment/pack_template", "evaluation/", "gateways/", "intake/mapping"),
    *("intake/rules/feeds/", "intake/rules/word_patterns", "law/", "linkage/", "programme/sites", "web/components/"),
    *(
        "orders/application",
        "plan/services/kept",
        "governance/queries/packing",
        "governance/rules/exporting",
        "web/jinja",
    ),
    *("rollout/advice/rota", "rollout/advice/values", "rollout/advice/writing", "upkeep/"),
)
#: Arguments that hold a sentence, and calls whose second argument does.
SAID_BY_NAME = frozenset({"missing", "reason", "what", "why", "due", "due_note", "detail", "text", "heading", "label"})
SAID_SECOND = frozenset({"wrong"})
#: What ships as data and is shown: the law, what a unit is asked, how long a case is kept, what a victim is entitled to.
REGISTERS = (
    *("law/registers/breaches.toml", "law/registers/limits.toml", "law/registers/recording-rules.toml"),
    *("governance/log.toml", "governance/quality.toml", "governance/retention.toml", "support/entitlements.toml"),
)


def words() -> Iterator[tuple[str, str]]:
    """Yield each word of ours and the file in which it lives."""
    for module in _modules():
        place = Path(str(module.__file__)).relative_to(SOURCE).as_posix()
        for value in list(vars(module).values()):
            if isinstance(value, EnumMeta) and value.__module__ == module.__name__:
                yield from ((each, place) for each in _of_members(value))
            elif not isinstance(value, (ModuleType, type)):
                yield from ((each, place) for each in _within(value))


def registers() -> Iterator[tuple[str, str]]:
    """Yield each text of the registers that pages show, its named places numbered, and the file it stands in."""
    for place in REGISTERS:
        document = tomllib.loads((SOURCE / place).read_text(encoding="utf-8"))
        for text in _strings(document):
            shape = text
            for number, name in enumerate(dict.fromkeys(re.findall(r"\{(\w+)\}", text)), start=1):
                shape = shape.replace(f"{{{name}}}", f"{{{number}}}")
            yield from ((said, place) for said in _prose(shape))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages([str(SOURCE)], "fourfold."):
        path = found.name.removeprefix("fourfold.").replace(".", "/")
        if not path.startswith(NOT_SHOWN) and "migrations" not in path:
            yield importlib.import_module(found.name)


def _of_members(kind: EnumMeta) -> Iterator[str]:
    shown = [name for name, value in vars(kind).items() if isinstance(value, property)]
    for member in kind:  # type: ignore[var-annotated]
        worded = isinstance(member, WordedEnum)
        if not worded and isinstance(member, str) and re.fullmatch("[a-z_ ]+", member):
            yield member.replace("_", " ")  # as `in_words` says it
        names = [*shown, "words", "label"] if worded else shown
        yield from (said for name in names if isinstance(said := getattr(member, name), Word))


def forms() -> Iterator[tuple[str, str]]:
    """Yield each text of ours in the forms that ship, and where they lie."""
    from fourfold.assessment import instruments

    for form in instruments.catalogue():
        yield from ((said, f"assessment/instruments/{form.name}") for said in _within(form))


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, Word) and value:
        yield str(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _within(each)
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _within(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _within(getattr(value, field.name))


def sentences() -> Iterator[tuple[str, str]]:
    """Yield each sentence that the source composes, with numbered places for its values, and the file it stands in."""
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        if not place.startswith(NOT_SHOWN) and "migrations" not in place:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from ((said, place) for node in ast.walk(tree) for said in _said_by(node))


def _said_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="composed" | "sentence"), args=[ast.Constant(value=str() as shape), *_]):
            yield shape
        case ast.Call(func=ast.Name(id="Word"), args=[word]):
            yield from _words(word)
        case ast.Call(func=ast.Name(id="plural" | "counted"), args=[_, ast.Constant(value=str() as one), *more]):
            said = more[0].value if more and isinstance(more[0], ast.Constant) else None
            yield from (f"{{1}} {one}", f"{{1}} {said if isinstance(said, str) else one + 's'}")
        case _:
            for each in _held_by(node):
                yield from _texts(each)


def _held_by(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what may be said of a node: by a refusal, an answer, an argument of a name that tells, a problem of a form."""
    match node:
        case ast.Raise(exc=ast.Call(args=args)):
            yield from args
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            yield value
        case ast.Call(func=ast.Attribute(attr=attr), args=[_, second, *_]) if attr in SAID_SECOND:
            yield second
        case ast.keyword(arg=name, value=value) if name in SAID_BY_NAME:
            yield value
        case ast.Assign(targets=[ast.Name(id="reason" | "why" | "what")], value=value):
            yield value
        case _:
            pass


def _words(node: ast.expr) -> Iterator[str]:
    """Yield what a word of ours may be: of a choice both."""
    match node:
        case ast.Constant(value=str() as text) if text:
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _words(body)
            yield from _words(other)
        case ast.BoolOp(values=several):
            for each in several:
                yield from _words(each)
        case _:
            pass


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the sentences that an expression may be: of a choice both, of a text with values its shape."""
    match node:
        case ast.Constant(value=str() as text):
            yield from _prose(text)
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(body)
            yield from _texts(other)
        case ast.BoolOp(values=several) | ast.Tuple(elts=several):
            for each in several:
                yield from _texts(each)
        case _:
            pass


def unsayable() -> Iterator[str]:
    """Yield each place at which values are put into a sentence that no page could then say in another language."""
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        if not place.startswith((*NOT_SHOWN, *BUILT)) and "migrations" not in place:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from (
                f"{place}:{found.lineno}"
                for node in ast.walk(tree)
                for held in _held_by(node)
                for found in _joined(held)
            )


def _joined(node: ast.expr) -> Iterator[ast.JoinedStr]:
    match node:
        case ast.JoinedStr(values=values):
            between = "".join(str(each.value) if isinstance(each, ast.Constant) else "{1}" for each in values)
            yield from (node for _ in _prose(between))
        case ast.IfExp(body=body, orelse=other):
            yield from (*_joined(body), *_joined(other))
        case ast.BoolOp(values=several) | ast.Tuple(elts=several):
            for each in several:
                yield from _joined(each)
        case _:
            pass


def _prose(text: str) -> Iterator[str]:
    """Yield a text that somebody reads: it has words beside its values, and begins or goes on as a sentence does."""
    bare = text
    for number in range(1, 20):
        bare = bare.replace(f"{{{number}}}", "")
    if any(sign.isalpha() for sign in bare) and PROSE.match(bare.strip()) and "\n" not in text:
        yield " ".join(text.split())
