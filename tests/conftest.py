"""What holds for every test: one rule for chance, and the choice of tests for the PostgreSQL round."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from _pytest import runner

from tests import remembered, standing, statements
from tests.room import with_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cast import Cast

#: Where the round on SQLite notes what each test asks of the database, and where that on PostgreSQL reads it.
WRITES, READS = "FOURFOLD_NOTES_WRITTEN", "FOURFOLD_NOTES_READ"

#: When pages and commands are asked, and where the processes of a run read when it began.
ASKED_AT, BEGAN = datetime(2026, 11, 30, 10, 0, tzinfo=UTC), "FOURFOLD_TESTS_BEGAN"

hypothesis.settings.register_profile("fourfold", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("fourfold")


def count_statements_not_turns() -> None:
    """Count an entry of the log and the move of its head as two statements, where PostgreSQL is sent both in one turn, too."""
    from django.test.utils import CaptureQueriesContext

    def counted(seen: CaptureQueriesContext) -> int:
        asked = [each["sql"] for each in seen.captured_queries]
        return len(asked) + sum("INSERT INTO audit_entry" in sql and "; UPDATE audit_head" in sql for sql in asked)

    CaptureQueriesContext.__len__ = counted  # type: ignore[method-assign]


def pytest_configure(config: pytest.Config) -> None:
    """Do once what every test would do again: the tables of the empty database, and the list of the site's static files."""
    from tests.databases import copied_once_made

    os.environ.setdefault(BEGAN, str(time.time()))
    config.pluginmanager.register(standing)
    choose_or_note(config)
    copied_once_made()
    collect_with_room()
    count_statements_not_turns()
    remembered.watch()
    list_files_once()
    hash_quickly()
    read_forms_once()
    count_apart()
    gc.set_threshold(20_000, 20, 100)
    if said := config.getoption("--verify-worlds"):
        from tests.verifying import Verifying

        config.pluginmanager.register(Verifying(said), "verifying")


def choose_or_note(config: pytest.Config) -> None:
    """Begin the notes of a round on SQLite afresh, or choose by them once for all processes of that on PostgreSQL.

    A process that runs tests takes the folder out of its surroundings: a pytest that a test starts notes nothing there.
    """
    first = not hasattr(config, "workerinput")
    runs_tests = not first or not config.getoption("numprocesses", None)
    if folder := os.environ.get(WRITES):
        if first:
            shutil.rmtree(folder, ignore_errors=True)
        if runs_tests:
            del os.environ[WRITES]
            recorder = statements.Recorder(Path(folder))
            recorder.watch()
            config.pluginmanager.register(recorder)
    if first and (folder := os.environ.get(READS)):
        statements.left_out(Path(folder))


def pytest_collection_finish() -> None:
    """Leave the program and the collected tests out of every search for rubbish.

    A fifteenth of all time was spent there, and a quarter of the time to collect twelve thousand tests.
    """
    gc.collect()
    gc.freeze()


def collect_with_room() -> None:
    """Let the calls that read the files of the tests, one inside the other, share one piece of memory."""
    collect = pytest.Session.perform_collect

    def perform_collect(*words: Any, **more: Any) -> Any:
        return with_room(collect, *words, **more)

    pytest.Session.perform_collect = perform_collect


class RefusesNameless(logging.Handler):
    """Fails whatever test draws a table that stacks on a phone and has a cell without the name of a column."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(f"{record.getMessage()}: column {record.__dict__['column']} of a row")


def count_apart() -> None:
    """Give each process caches of its own: tries at the door are counted there, and one test's are no other's."""
    from django.conf import settings

    for counted in ("default", "counts"):
        shared = settings.CACHES[counted]["LOCATION"]
        settings.CACHES[counted]["LOCATION"] = f"{shared}-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    settings.CACHES["worked_out"] = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "worked-out",
    }


def hash_quickly() -> None:
    """Hash every invented password and word in no time; tests/access/test_passwords.py looks at how real ones are kept."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


#: Bytes of a form that is read once in a process; the time in which a larger one is read is measured.
SMALL_FORM = 60_000


def read_forms_once() -> None:
    """Read each small form apart once: whoever brings one has it read twice, and the same few are brought by many tests."""
    run, known = subprocess.run, dict[bytes, subprocess.CompletedProcess[bytes]]()

    def run_once(*words: Any, **more: Any) -> Any:
        command, raw = words[0] if words else more["args"], more.get("input")
        if command[-1] != "fourfold.assessment.sandbox" or not raw or len(raw) > SMALL_FORM:
            return run(*words, **more)
        if raw not in known:
            if (done := run(*words, **more)).returncode:
                return done
            known[raw] = done
        return known[raw]

    subprocess.run = run_once  # type: ignore[assignment]


def list_files_once() -> None:
    """Let the clients of all tests share one list of static files: each asked the disk for every file again."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    ask, known = WhiteNoiseMiddleware.add_files_from_finders, dict[str, Any]()

    def add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
        if not known:
            ask(self)
            known.update(self.files)
        self.files |= known

    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders


@pytest.fixture(scope="session", autouse=True)
def _cookies_are_signed() -> None:
    """Let Django's test client hold what a browser holds, in every test."""
    from tests.support.clients import sign_cookies

    sign_cookies()


@pytest.fixture(scope="session", autouse=True)
def _folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Name a folder that the processes of a run share; pytest takes it away some runs later."""
    mine = tmp_path_factory.getbasetemp()
    os.environ["FOURFOLD_RUN"] = str(mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine)


def pytest_report_header() -> str:
    """Say how chance is governed, so that a failure can be played again.

    Some examples are constants of the modules of ours that are loaded by then; which are is another matter in each process.
    """
    return "chance: hypothesis derandomised, the same examples where the same of our modules are loaded"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the tests that touch the database when FOURFOLD_ONLY_DATABASE=1 (the PostgreSQL round).

    Where that round reads notes, those that would ask it nothing new are left out too (tests/statements.py).

    Where several processes share them, the slow ones come first: a minute's crawl that is begun last keeps one process
    busy while the other has nothing left to do.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=is_not_slow)
    if os.environ.get("FOURFOLD_ONLY_DATABASE") != "1":
        return
    folder = os.environ.get(READS)
    asks_nothing_new = statements.left_out(Path(folder)) if folder else frozenset()
    chosen, left = [], []
    for item in items:
        runs = statements.touches_database(item) and item.nodeid not in asks_nothing_new
        (chosen if runs else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = chosen


def is_not_slow(item: pytest.Item) -> bool:
    return not any(item.iter_markers("slow"))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test a folder for what lies outside the database: each has a log, and so checkpoints, of its own."""
    from django.conf import settings

    shared = settings.FOURFOLD
    own = shared.model_copy(update={"data_dir": tmp_path, "shared_keys": shared.keys_dir})
    monkeypatch.setattr(settings, "FOURFOLD", own)


#: Of the test that runs: whether it uses a browser.
_runs = {"in a browser": False}


@pytest.fixture(scope="session", autouse=True)
def _doors_keep_to_the_tests_days() -> None:
    """Let pages and commands whose test sets no clock be asked ASKED_AT and as much later as the run takes, on whatever day it runs.

    What a test does at a moment of its own lapses, falls due and is forgotten by the clock of these doors. A journey in a
    browser goes by the day on which it is run, as the browser does.
    """
    from fourfold.cli import console
    from fourfold.cli.management.commands import seed_scenario
    from fourfold.demo import story
    from fourfold.web import clock

    sooner = datetime.fromtimestamp(float(os.environ[BEGAN]), UTC) - ASKED_AT

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - (timedelta() if _runs["in a browser"] else sooner)

        @classmethod
        def fromisoformat(cls, text: str) -> datetime:  # type: ignore[override]
            return datetime.fromisoformat(text)

    for module in (clock, console, seed_scenario, story):
        module.datetime = Shifted  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_long_work(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no page begin long work that outlives its test; a browser's page begins it, and waits for it.

    Tests of the answer let it be done at once (tests/web/test_area_answer.py).
    """
    if not any(request.node.iter_markers("browser")):
        from fourfold.web import long_work

        monkeypatch.setattr(long_work, "begin", lambda work: None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run a test as pytest does, with room for its calls: a quarter of the processor time of a test of a page."""
    return with_room(runner.pytest_runtest_protocol, item, nextitem)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Know what the database holds before a test writes, and refuse nameless cells whoever has configured the log meanwhile."""
    _runs["in a browser"] = any(item.iter_markers("browser"))
    cells = logging.getLogger("fourfold.web.components.cells")
    if not any(isinstance(each, RefusesNameless) for each in cells.handlers):
        cells.addHandler(RefusesNameless())
    remembered.begin()


after_each: list[Callable[[], None]] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Do what is left to be done when a test's transaction is over."""
    yield
    for each in after_each:
        each()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Ask the engine once what Django asks of it once a process: whoever is first would be counted three statements more."""
    with django_db_blocker.unblock():
        from django.db import connection

        from tests.databases import sizes_forgotten

        assert connection.features.supports_json_field
        after_each.append(sizes_forgotten(connection, django_db_blocker))


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody in the tests, in the smallest programme (see tests/cast.py)."""
    from tests.cast import programme

    return programme()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start Spark once, with the similarities that Splink brings along, for whatever carries the mark `spark`."""
    from splink.backends.spark import similarity_jar_location

    from fourfold.gateways.spark import session

    running = session(jars=[Path(similarity_jar_location())], folder=tmp_path_factory.mktemp("spark"))
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def names_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has run for a while: what a page costs is counted without the names, which are read once."""
    from fourfold.programme import queries

    codes = ("northmoor", "southmere", "northmoor-police", "northmoor-nhs", "northmoor-advocacy", "northmoor-outreach")
    monkeypatch.setattr(queries, "_names", {code: code.replace("-", " ").title() for code in codes})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to verify the log after every test, or some, whose world services alone wrote (tests/verifying.py)."""
    parser.addoption("--verify-worlds", metavar="all|K/N", help="verify the log after these tests")
