"""Every check runs whatever the one before it said, and a PostgreSQL that was started always goes again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace as Value
from typing import Any

import psycopg
import pytest

from bench import clock
from tests import conftest
from tools import checks, postgres
from tools.progress import ROOT, StepFailed

TWO_KINDS = ("quick", "slow")
PATIENCE = 120.0  # seconds for what takes a moment on a quiet machine: a safety net, no measure


def check(name: str, *command: str) -> checks.Check:
    """Return a check that runs a command."""
    return checks.Check(name, command, f"mend {name}")


@pytest.mark.parametrize(
    ("measured", "bound", "more", "fails"),
    [
        (110, 100, False, False),
        (111, 100, False, True),
        (90, 100, True, False),
        (89, 100, True, True),
        (5, 9, False, False),
    ],
)
def test_a_speed_that_misses_its_bound_by_more_than_a_tenth_fails(
    monkeypatch: pytest.MonkeyPatch, measured: float, bound: float, more: bool, fails: bool
) -> None:
    monkeypatch.setattr(clock, "missed", [])
    with pytest.raises(SystemExit, match="a page") if fails else nullcontext():
        clock.judged(lambda: clock.line("a page", measured, "ms", bound, more_is_better=more))


@pytest.mark.parametrize(("measured", "code"), [(10.9, 0), (11.1, 1)])
def test_a_bound_that_is_missed_ends_the_bench_with_1_though_a_program_of_its_own_measured_it(
    measured: float, code: int, tmp_path: Path
) -> None:
    (tmp_path / "planted.py").write_text(
        f"from bench.clock import judged, line\njudged(lambda: line('a page', {measured}, 'ms', 10))\n"
    )
    whole = "from bench.clock import apart, judged, line\n"
    whole += "judged(lambda: (apart('planted'), line('what comes after', 1, 'ms', 10)))\n"
    done = subprocess.run(
        [sys.executable, "-c", whole],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert "what comes after" in done.stdout
    assert ("Missed by more than a tenth: planted" in done.stderr) is bool(code)


def test_a_failure_does_not_stop_the_checks_after_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    round_of_three = (check("first", "true"), check("second", "false"), check("third", "echo", "still here"))
    monkeypatch.setitem(checks.ROUNDS, "static", round_of_three)
    monkeypatch.setattr(sys, "argv", ["checks", "static"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert checks.main() == 1
    said = capfd.readouterr().out
    assert "still here" in said
    assert "second: FAILED (exit 1)" in said
    assert "to mend it: mend second" in said
    assert "2 of 3 checks passed" in said


STEADY = {
    "by chance": (1, True, ["by_chance"]),
    "not by chance": (1, False, []),
    "many": (4, False, []),
}


@pytest.mark.parametrize(("failing", "passes", "unsteady"), STEADY.values(), ids=STEADY)
def test_what_fails_once_is_run_again_alone_and_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], failing: int, passes: bool, unsteady: list[str]
) -> None:
    """A few tests that pass when run again are named, each; what fails twice, or is many, is a failure."""
    stays = "" if unsteady or failing > 1 else "    assert False\n"
    (tmp_path / "test_these.py").write_text(
        "import pathlib, pytest\n\ndef test_sound():\n    pass\n\n"
        f"@pytest.mark.parametrize('each', range({failing}))\ndef test_by_chance(each):\n"
        f"    ran = pathlib.Path({str(tmp_path)!r}, f'ran{{each}}')\n    was = ran.exists()\n    ran.touch()\n"
        f"    assert was, 'the first time'\n{stays}"
    )
    made = checks.of_tests(
        "these", "", str(tmp_path), "-p", "no:django", "--rootdir", str(tmp_path), "-c", "/dev/null",
        mend="", around=checks.sqlite, workers="0",
    )  # fmt: skip
    result = checks.run(
        replace(made, notes=tmp_path / "notes", command=[*made.command, "-o", f"cache_dir={tmp_path}/notes"])
    )
    assert result.passed is passes
    assert [test.partition("test_")[2].partition("test_")[2].partition("[")[0] for test in result.unsteady] == unsteady
    said = checks.summary([result], 1.0)
    assert said.count("UNSTEADY") == len(unsteady)
    assert (capfd.readouterr().out.count("test session starts") == 2) is (failing == 1)


def test_what_failed_before_any_test_is_not_run_again_alone(tmp_path: Path) -> None:
    """Alone and with no test named, pytest would run them all: two workers that disagreed cost half an hour so."""
    noted = tmp_path / "v" / "cache" / "lastfailed"
    noted.parent.mkdir(parents=True)
    noted.write_text('{"gw0": true}')
    assert checks.failed_in(tmp_path) == []
    noted.write_text('{"tests/test_base.py::test_one": true}')
    assert checks.failed_in(tmp_path) == ["tests/test_base.py::test_one"]


def test_checks_that_all_pass_end_with_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.ROUNDS, "static", (check("only", "true"),))
    monkeypatch.setattr(sys, "argv", ["checks", "static"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert checks.main() == 0


def lanes(*, screen: str, beside: str) -> checks.Round:
    """Return a round of two shell commands: one with its words on the screen, one beside it."""
    return checks.Round(
        [
            checks.Check("beside", ["sh", "-c", beside], ""),
            checks.Check("on the screen", ["sh", "-c", screen], "", beside=False),
        ]
    )


def test_two_lanes_run_at_once_and_each_says_its_words_whole(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each waits for the other, so that one after another they would never end."""
    meet = "echo {0} began; touch {0}; until test -e {1}; do sleep 0.05; done; sleep 0.{2}; echo {0} ended"
    one, other = meet.format(tmp_path / "a", tmp_path / "b", 0), meet.format(tmp_path / "b", tmp_path / "a", 3)
    results = lanes(screen=one, beside=other).run()
    assert [(result.check.name, result.passed) for result in results] == [("beside", True), ("on the screen", True)]
    said = capfd.readouterr().out
    assert f"{checks.title(results[0].check)}{tmp_path}/b began\n{tmp_path}/b ended\n── beside: passed" in said
    assert f"{tmp_path}/a began\n{tmp_path}/a ended\n" in said


#: A round of two processes that says the number of each into a pipe.
SAYS_NUMBERS = """
import os, signal, sys, threading
stands = open({pipe!r}, "w", buffering=1)
from tools import checks
from tests.tools.test_checks import lanes

class Said(checks.subprocess.Popen):
    def __init__(self, *words, **more):
        super().__init__(*words, **more)
        print(self.pid, file=stands)
        both.wait()
        if {at_once} and more["stdout"] is None:  # before whoever began the one on the screen knows it
            os.kill(os.getpid(), signal.SIGTERM)

checks.subprocess.Popen, both = Said, threading.Barrier(2)
checks.ROUNDS["static"] = lanes(screen="exec sleep 600", beside="exec sleep 600").checks
sys.argv = ["checks", "static"]
checks.main()
"""


@pytest.mark.parametrize("at_once", [False, True], ids=["while both run", "as it begins"])
def test_a_round_that_is_ended_leaves_nothing_running(at_once: bool, tmp_path: Path) -> None:
    """What happens is waited for, and no clock is asked: the pipe stands open until the round has ended."""
    pipe = tmp_path / "numbers"
    os.mkfifo(pipe)
    code = SAYS_NUMBERS.format(pipe=str(pipe), at_once=at_once)
    with (
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL) as process,
        pipe.open() as numbers,
    ):
        begun = [int(numbers.readline()) for _ in range(2)]
        if not at_once:
            process.send_signal(signal.SIGTERM)
        assert process.wait() == 143
    for number in begun:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_a_check_that_stands_still_is_ended_with_all_that_it_started_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its time is over when what it started, which heeds no plea, has said a word into a pipe: that closes with the last."""
    pipe = tmp_path / "said"
    os.mkfifo(pipe)
    said: list[str] = []

    class Stands(subprocess.Popen[bytes]):
        def wait(self, timeout: float | None = None) -> int:
            if timeout == 0:
                stack.enter_context(reading := pipe.open())
                said.append(reading.readline())
                reads.append(reading)
            return super().wait(timeout)

    reads: list[Any] = []
    monkeypatch.setattr(checks.subprocess, "Popen", Stands)
    deaf = f"trap '' TERM; exec > {pipe}; echo begun; sleep 600"
    stands = replace(check("stands still", "sh", "-c", f'sh -c "{deaf}" & wait'), most=0)
    with ExitStack() as stack:
        results = checks.Round([stands, check("the next", "true")]).run()
        said.append(reads[0].read())
    assert said == ["begun\n", ""]
    assert [result.passed for result in results] == [False, True]
    assert "It had not ended after 0 minutes, and was ended with all that it started." in capfd.readouterr().out


def test_every_check_has_an_end() -> None:
    assert all(0 < one.most <= checks.MOST_FOR_TESTS for one in checks.ROUNDS["all"])
    assert all(one.most == checks.MOST_FOR_TESTS for one in checks.TESTS)


def test_a_missing_program_is_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    assert not checks.run(check("lint", "/nowhere/ruff")).passed
    assert "/nowhere/ruff" in capfd.readouterr().out


def test_a_missing_browser_is_a_failure_with_the_line_to_type(capfd: pytest.CaptureFixture[str]) -> None:
    @contextmanager
    def without() -> Iterator[Mapping[str, str]]:
        raise StepFailed("Chromium is missing. Type: apt-get install chromium")
        yield {}

    assert not checks.run(checks.Check("browser journeys", ["true"], "", without)).passed
    assert "Type: apt-get install chromium" in capfd.readouterr().out


def test_the_round_of_a_merge_holds_every_check_in_order() -> None:
    assert [one.name for one in checks.ROUNDS["all"]] == [
        "format",
        "lint",
        "types",
        "import law",
        "generated docs",
        "dependencies",
        "missing migrations",
        "system check",
        "the oldest Python",
        "tests on SQLite",
        "database tests on PostgreSQL",
        "browser journeys",
        "the same sweep on Dask",
        "the same linkage on Spark",
        "the image and the units",
    ]


def test_what_this_machine_cannot_run_is_said_with_why_and_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither in silence, nor where the check did not say by its own code that it cannot: then it fails."""
    says = "print('so many words'); print('NOT RUN: there is no such program here'); raise SystemExit(77)"
    unable = replace(check("image", sys.executable, "-c", says), unable=77)
    monkeypatch.setattr(checks, "ROUNDS", {"all": (unable, check("one", "true"))})
    monkeypatch.setattr(sys, "argv", ["checks", "all"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert checks.main() == 0
    said = capfd.readouterr().out.partition("Summary")[2]
    assert re.search(r"NOT RUN +[\d.]+ s +image\n", said)
    assert "image: NOT RUN: there is no such program here" in said
    assert "1 of 2 checks passed" in said
    monkeypatch.setattr(checks, "ROUNDS", {"all": (replace(unable, unable=None),)})
    assert checks.main() == 1


def test_only_the_rounds_on_the_databases_wait_for_each_other() -> None:
    assert [one.name for one in checks.ROUNDS["all"] if not one.beside] == [
        "tests on SQLite",
        "database tests on PostgreSQL",
    ]


@pytest.mark.parametrize(("shared", "first"), [(True, "slow"), (False, "quick")])
def test_where_processes_share_the_tests_the_slow_ones_come_first(
    shared: bool, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOURFOLD_ONLY_DATABASE", raising=False)
    items: Any = [Value(name=name, iter_markers=lambda kind, name=name: [kind] * (kind == name)) for name in TWO_KINDS]
    conftest.pytest_collection_modifyitems(Value(workerinput={}) if shared else Value(), items)  # type: ignore[arg-type]
    assert items[0].name == first
    assert sorted(item.name for item in items) == sorted(TWO_KINDS), "none is left out"


def test_between_them_the_rounds_run_every_kind_of_test() -> None:
    chosen = [one.command[one.command.index("-m", 2) + 1] for one in checks.TESTS]
    others = "not spark and not dask"
    assert chosen == [
        f"not browser and not postgres and {others}",
        f"not browser and {others}",
        "browser",
        "dask",
        "spark",
    ]


@pytest.mark.parametrize(
    ("sign", "inside", "places"),
    [
        (r"mark\.browser", True, checks.WITH_BROWSER),
        (r"mark\.spark", True, checks.WITH_SPARK),
        (r"mark\.dask", True, checks.WITH_DASK),
        (r"mark\.(django_db|postgres)|\b(db|cast|django_db_setup|live_server)\b\s*:", False, checks.WITHOUT_DATABASE),
    ],
)
def test_no_test_is_left_out_by_where_it_stands(sign: str, inside: bool, places: tuple[str, ...]) -> None:
    found = [
        str(file.relative_to(checks.ROOT))
        for file in (checks.ROOT / "tests").rglob("test_*.py")
        if re.search(sign, file.read_text()) and file != Path(__file__)
    ]
    assert found
    assert all(any(file.startswith(place) for place in places) is inside for file in found)


def test_the_embedded_database_is_used_whatever_the_environment_names() -> None:
    with checks.sqlite() as env:
        assert env["DATABASE_URL"] == ""


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, None),
        ({"DATABASE_URL": "sqlite:///x.sqlite3"}, None),
        ({"DATABASE_URL": "postgres://a@b/c"}, "postgres://a@b/c"),
        ({"DATABASE_URL": "postgresql://a@b/c"}, "postgresql://a@b/c"),
        ({"DATABASE_URL": "postgres://a@b/c", "TEST_DATABASE_URL": "postgres://t@b/c"}, "postgres://t@b/c"),
    ],
)
def test_a_server_that_the_environment_names_is_used(environ: dict[str, str], named: str | None) -> None:
    assert postgres.named_server(environ) == named


class TestOwnServer:
    """The server of our own is a PostgreSQL that Django takes, has a password, and leaves nothing behind."""

    @pytest.fixture(autouse=True)
    def _no_server_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("TEST_DATABASE_URL", "DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)

    def test_it_answers_and_is_gone_even_after_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[str] = []
        homes: list[Path] = []
        keep = postgres.prepare
        monkeypatch.setattr(postgres, "prepare", lambda home: homes.append(home) or keep(home))

        def use() -> None:
            with postgres.database() as url:
                seen.extend([url, version(url)])
                raise LookupError("a test that fails")

        with pytest.raises(LookupError):
            use()
        url, name = seen
        assert int(name.removeprefix("PostgreSQL ").split(".")[0]) >= postgres.OLDEST
        assert not homes[0].exists()
        assert not answers(url)

    def test_it_lets_nobody_in_without_the_password(self) -> None:
        with postgres.database() as url:
            password = url.split(":")[2].split("@")[0]
            assert not answers(url.replace(password, "wrong"))

    def test_it_goes_when_the_command_is_ended(self, tmp_path: Path) -> None:
        address = tmp_path / "url"
        code = f"import os, pathlib, time; pathlib.Path({str(address)!r}).write_text(os.environ['DATABASE_URL']); time.sleep(600)"
        command = [sys.executable, "-m", "tools.postgres", sys.executable, "-c", code]
        with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as process:
            until(lambda: address.exists() and address.read_text() != "")
            assert answers(address.read_text())
            os.killpg(process.pid, signal.SIGTERM)
            assert process.wait(timeout=PATIENCE) == 143
        assert not answers(address.read_text())

    def test_a_command_that_fails_is_reported(self) -> None:
        done = subprocess.run([sys.executable, "-m", "tools.postgres", "sh", "-c", "exit 7"], cwd=ROOT, check=False)
        assert done.returncode == 7


def server(folder: Path, version: str) -> Path:
    """Lay the programs of a server of a version into a folder, as the system's packages do."""
    programs = folder / version.split(".", maxsplit=1)[0] / "bin"
    programs.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_isready"):
        (programs / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (programs / name).chmod(0o755)
    return programs


class TestWhichServer:
    """The newest of the system comes first; the wheel is taken only where there is none and none may be installed."""

    @pytest.fixture(autouse=True)
    def _an_empty_system(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "SYSTEM", tmp_path)
        monkeypatch.setattr(postgres.shutil, "which", lambda _: None)
        monkeypatch.setattr(postgres.system, "apt_get", lambda: None)

    def test_the_newest_of_the_system_is_taken(self, tmp_path: Path) -> None:
        server(tmp_path, "15.4")
        newest = server(tmp_path, "17.2")
        assert postgres.programs_for(tmp_path / "home") == newest
        assert postgres.version_of(newest) == 17

    def test_one_that_is_too_old_or_does_not_start_is_none(self, tmp_path: Path) -> None:
        server(tmp_path, "13.9")
        (server(tmp_path, "16.0") / "postgres").write_text("#!/bin/sh\nexit 1\n")
        assert postgres.of_the_system() is None

    def test_it_is_installed_where_we_may(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []
        monkeypatch.setattr(postgres.system, "apt_get", lambda: ["apt-get"])
        monkeypatch.setattr(
            postgres.system, "install", lambda names, purpose: asked.extend(names) or server(tmp_path, "15.0")
        )
        assert postgres.programs_for(tmp_path / "home") == tmp_path / "15" / "bin"
        assert asked == ["postgresql"]

    def test_the_wheel_serves_where_we_may_not(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        wheel = server(tmp_path / "wheel" / "pgsql", "17.0")
        monkeypatch.setattr(postgres.system, "from_lock", lambda name, what: tmp_path / "wheel")
        monkeypatch.setattr(postgres.os, "geteuid", lambda: 1000)
        assert postgres.programs_for(tmp_path / "home") == wheel


def version(url: str) -> str:
    """Return what a PostgreSQL says of itself."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select version()").fetchone()
    return str(row[0]) if row else ""


def answers(url: str) -> bool:
    """Tell whether a PostgreSQL lets us in at this address."""
    try:
        return bool(version(url))
    except psycopg.OperationalError:
        return False


def until(happened: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until something is so, or fail."""
    end = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)
