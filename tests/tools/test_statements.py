"""The tests that are left out on PostgreSQL would ask it nothing that those that run do not ask it."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from array import array
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace as Value
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.sql import compiler

from fourfold.assessment.sandbox import read_apart
from fourfold.gateways import redraw
from fourfold.programme import queries
from fourfold.programme.models import Partner
from tests import conftest, statements
from tests.statements import Noted, Recorder, chosen, kind, shape

PAIRS = (
    ('SELECT "a" FROM "t" WHERE "a" IN (%s, %s, %s)', 'SELECT "a" FROM "t" WHERE "a" IN (%s, %s)', True),
    ('INSERT INTO "t" ("a", "b") VALUES (%s, %s), (%s, %s)', 'INSERT INTO "t" ("a", "b") VALUES (%s, %s)', False),
    (
        'INSERT INTO "t" ("a", "b") VALUES (%s, %s), (%s, %s)',
        'INSERT INTO "t" ("a", "b") VALUES (%s, %s), (%s, %s), (%s, %s)',
        True,
    ),
    ('SAVEPOINT "s13_x1"', 'SAVEPOINT "s14_x27"', True),
    ('SELECT "a" FROM "t" LIMIT 21', 'SELECT "a" FROM "t" LIMIT 51', True),
    ('SELECT "a" FROM "t1"', 'SELECT "a" FROM "t2"', False),
    ('SELECT "a" FROM "t" ORDER BY "a"', 'SELECT "a" FROM "t"', False),
    (
        'UPDATE "t" SET "a" = CASE WHEN ("t"."id" = %s) THEN %s WHEN ("t"."id" = %s) THEN %s ELSE NULL END',
        'UPDATE "t" SET "a" = CASE WHEN ("t"."id" = %s) THEN %s WHEN ("t"."id" = %s) THEN %s WHEN ("t"."id" = %s) THEN %s ELSE NULL END',
        True,
    ),
)


@pytest.mark.parametrize(("one", "other", "same"), PAIRS)
def test_two_statements_are_one_only_if_another_call_of_the_same_line_could_send_both(
    one: str, other: str, same: bool
) -> None:
    assert (shape(one) == shape(other)) is same


@pytest.mark.parametrize(
    ("value", "noted"),
    [
        ("plain", ""),
        ("", "empty"),
        (None, "nothing"),
        ("Zoë", "beyond ASCII"),
        ("a\0b", "zero"),
        ("a" * 300, "long"),
        (2**31, "beyond 32 bits"),
        (7, ""),
        (True, ""),
        (b"bytes", "bytes"),
    ],
)
def test_what_an_engine_may_take_otherwise_in_a_value_is_noted(value: object, noted: str) -> None:
    assert kind(value) == noted


@pytest.mark.django_db
def test_what_is_sent_what_comes_back_and_what_is_refused_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CursorWrapper, "_execute_with_wrappers", CursorWrapper._execute_with_wrappers)
    monkeypatch.setattr(compiler, "cursor_iter", compiler.cursor_iter)
    recorder = Recorder(tmp_path)
    monkeypatch.setattr(recorder, "flag", lambda *_: None)
    recorder.watch()
    monkeypatch.setattr(statements, "OURS", ("no source", "no test"))
    assert list(Partner.objects.filter(name="Nobody")) == []
    assert "rows" not in {what for _, _, what in recorder.numbers}
    Partner.objects.create(code="one", name="Zoë", kind="police")
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.create(code="one", name="Again", kind="police")
    assert list(Partner.objects.filter(name="Zoë"))
    told = {(sql.partition(" ")[0], what) for sql, _, what in recorder.numbers}
    assert told >= {("INSERT", "beyond ASCII"), ("INSERT", "IntegrityError"), ("SELECT", "rows"), ("SAVEPOINT", "")}


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A recorder that watches this test."""
    for owner, name in (
        *((CursorWrapper, "_execute_with_wrappers"), (compiler, "cursor_iter")),
        *((subprocess.Popen, "__init__"), (BaseProcess, "start")),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    recorder = Recorder(tmp_path)
    recorder.watch()
    return recorder


@pytest.mark.django_db
def test_what_a_test_itself_reads_plainly_is_not_noted_and_all_else_is(watched: Recorder) -> None:
    Partner.objects.create(code="one", name="Zoë", kind="police")
    before = set(watched.numbers)
    assert before, "a write by hand is noted: what may be written is the product's"
    assert Partner.objects.filter(name="Zoë").exists()
    assert list(Partner.objects.all())
    assert Partner.objects.count()
    assert set(watched.numbers) == before
    assert list(Partner.objects.filter(pk__in=Partner.objects.values("pk")))
    (nested,) = {sql for sql, _, _ in set(watched.numbers) - before}
    assert nested.count("SELECT") == 2
    known = set(watched.numbers)
    assert queries.kind_of("one") == "police"
    assert {what for _, _, what in set(watched.numbers) - known} == {"", "rows"}


@pytest.mark.django_db
def test_a_process_that_may_ask_and_a_thread_that_asks_run_always_and_what_reads_apart_does_not(
    watched: Recorder,
) -> None:
    read_apart(b"{}")
    with pytest.raises(redraw.CannotRedraw):
        redraw.redraw(b"no picture")
    done: list[object] = []
    thread = threading.Thread(target=lambda: done.append(1))
    thread.start()
    thread.join()
    assert done
    assert not watched.started
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert watched.started
    watched.started = False
    ours = connections["default"]
    ours.inc_thread_sharing()
    asking = threading.Thread(target=lambda: ours.cursor().execute("SELECT 1").close())
    asking.start()
    asking.join()
    ours.dec_thread_sharing()
    assert watched.started


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("from fourfold.assessment import sandbox", "sandbox.main()"),
        ("import runpy", f"runpy.run_path({statements.ASK_NOTHING[1]!r}, run_name='__main__')"),
    ],
    ids=["a form", "a picture"],
)
def test_what_reads_a_strangers_file_apart_knows_no_database(first: str, then: str) -> None:
    """So a test that starts it has nothing more to learn from another engine than what it asks itself."""
    known = "{'django.db', 'sqlite3', 'psycopg', 'duckdb'} & set(sys.modules)"
    code = f"import sys; {first}\ntry:\n    {then}\nfinally:\n    print('KNOWS', {known}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], input=b"{}", capture_output=True, check=False)
    assert b"KNOWS set()" in done.stderr


def noted(test: str, *asked: int, seconds: float = 1.0, always: bool = False) -> Noted:
    return Noted(test, seconds, always, array("I", asked))


def test_whatever_is_asked_by_any_test_is_asked_by_those_that_run() -> None:
    dice = random.Random(5)
    tests = [
        noted(
            f"t{n}", *dice.sample(range(400), dice.randint(0, 20)), seconds=dice.random(), always=dice.random() < 0.05
        )
        for n in range(300)
    ]
    run = chosen(tests)
    asked = {number for test in tests for number in test.asked}
    assert {number for test in tests if test.test in run for number in test.asked} == asked
    assert run >= {test.test for test in tests if test.always}
    assert len(run) < 150


def test_of_two_that_ask_the_same_the_cheaper_runs_and_what_always_runs_spares_both() -> None:
    dear, cheap = noted("dear", 1, 2, 3, seconds=9), noted("cheap", 1, 2, 3, seconds=0.1)
    assert chosen([dear, cheap]) == {"cheap"}
    assert chosen([dear, cheap, noted("race", 1, 2, 3, always=True)]) == {"race"}
    assert chosen([dear, cheap, noted("more", 4)]) == {"cheap", "more"}


def test_what_was_chosen_first_is_spared_where_those_chosen_later_ask_all_of_it() -> None:
    wide = noted("wide", 1, 2, 3, 4, seconds=3)
    left, right = noted("left", 1, 2, 5, seconds=2), noted("right", 3, 4, 6, seconds=2)
    assert chosen([wide, left, right]) == {"left", "right"}
    assert chosen([noted("wide", 1, 2, 3, 4, seconds=3, always=True), left, right]) == {"wide", "left", "right"}


def test_a_test_without_notes_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOURFOLD_ONLY_DATABASE", "1")
    monkeypatch.setenv(conftest.READS, str(tmp_path))
    recorder = Recorder(tmp_path)
    recorder.numbers = {("SELECT", -1, ""): 0}
    recorder.tests = [noted("dear", 0, seconds=9), noted("cheap", 0, seconds=0.1)]
    recorder.pytest_sessionfinish()
    items: Any = [item("dear"), item("cheap"), item("new"), item("pure", fixtures=())]
    config = Value(hook=Value(pytest_deselected=lambda items: None))
    conftest.pytest_collection_modifyitems(config, items)  # type: ignore[arg-type]
    assert [one.nodeid for one in items] == ["cheap", "new"]


def item(name: str, fixtures: tuple[str, ...] = ("db",)) -> Value:
    return Value(nodeid=name, fixturenames=fixtures, iter_markers=lambda kind="": [])


def test_what_ends_transactions_or_names_an_engine_always_runs(tmp_path: Path) -> None:
    plain, engine = tmp_path / "plain.py", tmp_path / "engine.py"
    plain.write_text("assert True")
    engine.write_text(
        '"""Both on PostgreSQL."""\n\ndef asks():\n    return connection.vendor\n\n'
        "@pytest.fixture\ndef scene():\n    return asks()\n\n"
        "def test_one():\n    assert asks()\n\ndef test_other():\n    # nothing\n    assert True\n"
    )
    by_a_line = tmp_path / "line.py"
    by_a_line.write_text("if connection.vendor == 'sqlite':\n    ...\n\ndef test_one():\n    assert True\n")
    for path, name, marks, fixtures, runs in (
        (plain, "test_one", [], ("db",), False),
        (plain, "test_one", [Value(name="django_db", kwargs={"transaction": True})], ("db",), True),
        (plain, "test_one", [Value(name="postgres", kwargs={})], ("db",), True),
        (plain, "test_one", [], ("transactional_db",), True),
        (engine, "test_one[a::b]", [], ("db",), True),
        (engine, "test_other", [], ("db",), False),
        (engine, "test_other", [], ("db", "scene"), True),
        (by_a_line, "test_one", [], ("db",), True),
    ):
        marked = lambda kind="", marks=marks: [mark for mark in marks if kind in ("", mark.name)]  # noqa: E731
        test: Any = Value(path=path, nodeid=f"tests/{path.name}::{name}", fixturenames=fixtures, iter_markers=marked)
        assert statements.runs_always(test) is runs
