"""The choice of tests for the PostgreSQL round: together they send every statement that any test of the database sends.

The round on SQLite runs every test, and notes beside each what it asked of the database: every statement, without the
values and the names of marks; which of its values were empty, long, beyond ASCII or beyond 32 bits; whether rows came
back; and what the database refused. What a test reads plainly by its own hand, from one table, to see what became of it, is
not noted: the product does not send it. From these notes of the same tree the round on PostgreSQL chooses its tests, so that
nothing that was noted is left out, and those that cost least for what they add. It always runs

- tests that are marked `postgres`, or `door` for an attack that each engine must withstand; that end transactions, that start a
  process which may ask the database, or ask it in a thread of their own;
- tests that name an engine, or use a helper or a fixture of their file that does;
- tests without notes: where there are none at all, every test that touches the database.
"""

from __future__ import annotations

import ast
import heapq
import json
import os
import pickle
import re
import resource
import subprocess
import sys
import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

DATABASE_FIXTURES = frozenset(
    {"db", "transactional_db", "django_db_serialized_rollback", "django_db_setup", "live_server"}
)
ENDS_TRANSACTIONS = frozenset({"transactional_db", "django_db_serialized_rollback", "live_server"})
ENGINES = re.compile(r"postgres|\bvendor\b|select_for_update", re.IGNORECASE)
#: What a statement says beside its shape: names of marks, values written out, and lists as long as what was asked for.
NOT_ITS_SHAPE = (
    (re.compile(r'"?s\d+_x\d+"?'), "mark"),
    (re.compile(r"(?<![\w.$])\d+(?![\w.])"), "0"),
    (re.compile(r"%s(?:, %s)+"), "%s …"),
    (re.compile(r"(\([^()]*\))(?:, \1)+"), r"\1 …"),
    (re.compile(r"(WHEN (?:[^W]|W(?!HEN))*?THEN (?:[^W]|W(?!HEN))*?)(?:\1)+"), r"\1 … "),
)
TESTS = Path(__file__).parent
SOURCES = TESTS.parent / "src" / "fourfold"
OURS = (f"{SOURCES}{os.sep}", f"{TESTS}{os.sep}")
LONG, INTEGER = 255, 2**31
MANY = 60  # values whose places say nothing: as many as there are rows

#: The product's processes that read a stranger's file, and know no database (tests/tools/test_statements.py looks).
ASK_NOTHING = ("fourfold.assessment.sandbox", str(SOURCES / "gateways" / "redraw_picture.py"))
#: One table, read as it lies there.
PLAIN = re.compile(r"SELECT (?!.*\b(?:SELECT|CASE|JOIN|OVER|UNION)\b)", re.DOTALL)

Note = tuple[str, int, str]  # the shape of a statement, the place of a value or -1, what is noted of it


def shape(sql: str) -> str:
    """Return a statement without what another call of the same line of code would say otherwise."""
    for found, instead in NOT_ITS_SHAPE:
        sql = found.sub(instead, sql)
    return sql


def kind(value: object) -> str:
    """Return what an engine may take otherwise than another in a value, "" for nothing."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        if not value.isascii():
            return "beyond ASCII"
        return "long" if len(value) > LONG else "zero" if "\0" in value else "" if value else "empty"
    if isinstance(value, int):
        return "" if -INTEGER <= value < INTEGER else "beyond 32 bits"
    return "" if isinstance(value, float) else type(value).__name__


@dataclass
class Noted:
    """What one test asked of the database, by numbers of notes, what it cost, and whether it is run whatever it asked."""

    test: str
    seconds: float
    always: bool
    asked: array[int]


@dataclass
class Recorder:
    """Notes of each test of one process, kept in a file when it ends."""

    folder: Path
    numbers: dict[Note, int] = field(default_factory=dict)
    tests: list[Noted] = field(default_factory=list)
    now: set[int] = field(default_factory=set)
    started: bool = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note what a test asks from its first fixture to the end of its last."""
        self.now, self.started, begun = set(), False, seconds()
        try:
            return (yield)
        finally:
            if touches_database(item):
                always = self.started or runs_always(item)
                self.tests.append(Noted(item.nodeid, seconds() - begun, always, array("I", self.now)))

    def pytest_sessionfinish(self) -> None:
        """Keep the notes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = pickle.dumps((list(self.numbers), self.tests))
        (self.folder / f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}.notes").write_bytes(whole)

    def note(self, sql: str, place: int = -1, what: str = "") -> None:
        self.now.add(self.numbers.setdefault((_shape(sql), place, what), len(self.numbers)))

    def note_sent(self, text: str, rows: Iterable[Any]) -> None:
        """Note a statement, and what an engine may take otherwise in its values."""
        self.note(text)
        for values in rows:
            given = values.values() if isinstance(values, dict) else values or ()
            for place, value in enumerate(given):
                if what := kind(value):
                    self.note(text, place if len(given) < MANY else MANY, what)

    def watch(self) -> None:
        """Note every statement of every connection from now on, and every process that may send others."""
        from django.db.backends.utils import CursorWrapper
        from django.db.models.sql import compiler

        main = threading.main_thread().ident
        send, rows = CursorWrapper._execute_with_wrappers, compiler.cursor_iter

        def execute(cursor: Any, sql: Any, params: Any, many: bool, executor: Any) -> Any:
            text = cursor.asked = str(sql)
            if threading.get_ident() != main:
                self.started = True
            if PLAIN.match(text) and _by_hand(sys._getframe(1)):
                cursor.asked = None
                return send(cursor, sql, params, many, executor)
            self.note_sent(text, params if many else (params,))
            try:
                return send(cursor, sql, params, many, executor)
            except Exception as fault:
                self.note(text, -1, type(fault).__name__)
                raise

        def cursor_iter(cursor: Any, *words: Any) -> Iterator[Any]:
            for some in rows(cursor, *words):
                if cursor.asked is not None:
                    self.note(cursor.asked, -1, "rows")
                yield some

        CursorWrapper._execute_with_wrappers = execute
        compiler.cursor_iter = cursor_iter
        self.flag(subprocess.Popen, "__init__")
        self.flag(BaseProcess, "start")

    def flag(self, owner: type, name: str) -> None:
        really = getattr(owner, name)

        def called(*words: Any, **more: Any) -> Any:
            command = more.get("args", words[1] if len(words) > 1 else ())
            self.started |= set(ASK_NOTHING).isdisjoint(command if isinstance(command, list | tuple) else ())
            return really(*words, **more)

        setattr(owner, name, called)


_shape: Callable[[str], str] = cache(shape)


def _by_hand(frame: FrameType | None) -> bool:
    """Say whether a test asks, and nothing of the product between it and the database."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(OURS) and file != __file__:
            return not file.startswith(OURS[0])
        frame = frame.f_back
    return False


def seconds() -> float:
    """Return the processor time of this process and of those that it waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def touches_database(item: pytest.Item) -> bool:
    """Whether a test asked for a database, by marker or by fixture, and has anything to learn from another one."""
    if any(item.iter_markers("one_database")):
        return False
    fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.iter_markers("django_db")) or any(item.iter_markers("postgres"))


def runs_always(item: pytest.Item) -> bool:
    """Whether a test is run on PostgreSQL whatever it asks."""
    ends = any(mark.kwargs.get("transaction") for mark in item.iter_markers("django_db"))
    fixtures = ENDS_TRANSACTIONS.intersection(getattr(item, "fixturenames", ()))
    marked = any(mark.name in ("postgres", "door") for mark in item.iter_markers())
    own = {*item.nodeid.partition("[")[0].split("::"), *getattr(item, "fixturenames", ())}
    return bool(fixtures) or ends or marked or not own.isdisjoint(naming_engines(item.path))


@cache
def naming_engines(path: Path) -> frozenset[str]:
    """Return what a file defines that names an engine, or uses something that does; the file itself, where a line does."""
    text = path.read_text()
    if not ENGINES.search(text):
        return frozenset()
    lines, said = text.splitlines(), list[tuple[set[str], str]]()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # what the file says of itself
        begins = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        said.append((_defined(node), "\n".join(lines[begins - 1 : node.end_lineno])))
    found = {name for names, words in said if ENGINES.search(words) for name in names or {path.name}}
    while more := {name for names, words in said if found & set(re.findall(r"\w+", words)) for name in names} - found:
        found |= more
    everywhere = path.name in found or "pytestmark" in found
    return frozenset(name for names, _ in said for name in names) if everywhere else frozenset(found)


def _defined(node: ast.stmt) -> set[str]:
    """Return the names that a statement of a file defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {each.asname or each.name for each in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}


# ---- choosing -----------------------------------------------------------------------------------------------------


def kept(folder: Path) -> list[Noted]:
    """Return the notes of every process, their numbers made one."""
    numbers: dict[Note, int] = {}
    found: list[Noted] = []
    for path in sorted(folder.glob("*.notes")):
        notes, tests = pickle.loads(path.read_bytes())
        here = [numbers.setdefault(note, len(numbers)) for note in notes]
        for test in tests:
            test.asked = array("I", (here[number] for number in test.asked))
        found += tests
    return found


def chosen(tests: Iterable[Noted]) -> set[str]:
    """Return the tests to run: those that always run, then the cheapest for what each adds, until all is covered."""
    tests = list(tests)
    run = {test.test for test in tests if test.always}
    covered = {number for test in tests if test.always for number in test.asked}
    waiting = [(0.0, place) for place, test in enumerate(tests) if not test.always]
    while waiting:
        price, place = heapq.heappop(waiting)
        adds = len(set(tests[place].asked) - covered)
        if not adds:
            continue
        now = (tests[place].seconds + 0.01) / adds
        if waiting and now > max(price, waiting[0][0]):
            heapq.heappush(waiting, (now, place))
            continue
        run.add(tests[place].test)
        covered.update(tests[place].asked)
    return run - spared(test for test in tests if test.test in run)


def spared(run: Iterable[Noted]) -> set[str]:
    """Return which of the tests to run need not, the dearest first: others that were chosen later ask all that they ask."""
    run = list(run)
    askers = Counter(number for test in run for number in test.asked)
    spare = set[str]()
    for test in sorted(run, key=lambda test: -test.seconds):
        if not test.always and all(askers[number] > 1 for number in test.asked):
            spare.add(test.test)
            askers.subtract(test.asked)
    return spare


def left_out(folder: Path) -> frozenset[str]:
    """Return the tests that have notes and need not run on PostgreSQL; choose them where nobody has yet."""
    file = folder / "left-out.json"
    if not file.exists():
        noted = kept(folder)
        run = chosen(noted)
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(sorted({test.test for test in noted} - run), indent=0))
    return frozenset(json.loads(file.read_text()))
