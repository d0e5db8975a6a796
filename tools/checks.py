"""Run every check, whatever another one said, and close with a table of all of them.

    .venv/bin/python -m tools.checks all       what `make test` runs and a merge must pass
    .venv/bin/python -m tools.checks static    what `make check` runs: no test

The two rounds of tests on the databases run one after another, with their words on the screen. Beside them run the checks
that mostly wait, or that keep one processor busy at most: their words appear whole when each has ended.

Where up to three tests of a round failed, they are run once more, alone: what passes then fails by chance or by its place
in the round. The round passes, and its last lines name each as unsteady: to be mended next (docs/adr/0038).

A check that has run several times as long as on a busy machine stands still: it is ended with all that it started, and fails.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tools import oldest, postgres, spark, steps, system
from tools.progress import ROOT, StepFailed

BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
WORKERS = str(min(os.cpu_count() or 1, 4))

#: Programs are compiled once, whatever the machine says: the checks start some two hundred of them, two seconds each.
COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "compiled")}

#: What each test asks of the database (tests/statements.py), from the round on SQLite for that on PostgreSQL.
NOTES = ROOT / "var" / "statements"

#: Minutes after which a check is ended: several times what it takes on a busy machine. One that runs tests, and another.
MOST_FOR_TESTS, MOST = 150, 45
#: Seconds in which what is ended may take away what it made: a container, a server.
LAST_WORDS = 60.0

#: Where the checks that run tests keep which of them failed.
FAILED = ROOT / "var" / "failed"
#: More failures than these are no chance, and are not tried again.
MOST_UNSTEADY = 3

Surroundings = Callable[[], AbstractContextManager[Mapping[str, str]]]


@contextmanager
def sqlite() -> Iterator[Mapping[str, str]]:
    """The embedded database, whatever DATABASE_URL says; an empty word counts as unset."""
    yield {"DATABASE_URL": ""}


@contextmanager
def noting() -> Iterator[Mapping[str, str]]:
    """The embedded database, and a folder for notes of what each test asks of it."""
    with sqlite() as env:
        yield {**env, "FOURFOLD_NOTES_WRITTEN": str(NOTES)}


@contextmanager
def postgresql() -> Iterator[Mapping[str, str]]:
    """A PostgreSQL for the tests that touch the database: of those with notes, as many as ask it all that was noted."""
    with postgres.database() as url:
        yield {"DATABASE_URL": url, "FOURFOLD_ONLY_DATABASE": "1", "FOURFOLD_NOTES_READ": str(NOTES)}


@contextmanager
def browser() -> Iterator[Mapping[str, str]]:
    """The system's Chromium, and the embedded database."""
    with sqlite() as env:
        yield {**env, "FOURFOLD_CHROMIUM": system.require_browser()}


@contextmanager
def on_spark() -> Iterator[Mapping[str, str]]:
    """Java, and a pyspark of its own folder; and the embedded database."""
    with sqlite() as env:
        yield {**env, **spark.surroundings()}


@contextmanager
def on_dask() -> Iterator[Mapping[str, str]]:
    """A distributed of its own folder, no part of the environment; and the embedded database."""
    with sqlite() as env:
        packages = system.from_lock("dask", "Dask, for the sweep of the capacity model")
        yield {**env, "PYTHONPATH": os.pathsep.join(filter(None, [env.get("PYTHONPATH"), str(packages)]))}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its command, what it needs around it and how a failure is mended."""

    name: str
    command: Sequence[str]
    mend: str
    around: Surroundings = sqlite
    beside: bool = True  # whether it runs beside the rounds of tests on the databases
    notes: Path | None = None  # where its tests note which of them failed, if it runs any
    most: float = MOST  # minutes after which it is ended
    unable: int | None = (
        None  # the exit code by which it says that this machine cannot run it, and why in its last line
    )


@dataclass(frozen=True, slots=True)
class Result:
    """How a check ended."""

    check: Check
    seconds: float
    passed: bool
    unsteady: Sequence[str] = ()  # tests that failed, and passed when they were run again alone
    not_run: str = ""  # why this machine cannot run it


def ours(program: str, *words: str) -> list[str]:
    """Return the words that run a program of the environment."""
    return [str(BIN / program), *words]


def of_tests(
    name: str,
    chosen: str,
    *words: str,
    mend: str,
    around: Surroundings,
    beside: bool = True,
    workers: str = WORKERS,
) -> Check:
    """Return a check that runs the tests that a marker expression chooses, and notes which failed."""
    notes = FAILED / name.replace(" ", "-")
    pytest = [PYTHON, "-m", "pytest", "-m", chosen, "-n", workers, "--durations=5", "-o", f"cache_dir={notes}"]
    return Check(name, [*pytest, *words], mend, around, beside, notes, MOST_FOR_TESTS)


#: Where no test touches a database; to load all the statistics for the PostgreSQL round takes half a minute a process.
WITHOUT_DATABASE = ("tests/architecture", "tests/statistics")
#: Where tests open a browser, and where they start Spark or Dask.
WITH_BROWSER = ("tests/journeys", "tests/web/test_components.py")
WITH_SPARK = ("tests/linkage", "tests/evaluation")
WITH_DASK = ("tests/rollout/capacity",)
MANAGE = [PYTHON, "manage.py"]
ONE_TEST = "run one again: .venv/bin/python -m pytest PATH::NAME"

STATIC = (
    Check("format", ours("ruff", "format", "--check", "."), "make fix"),
    Check("lint", ours("ruff", "check", "."), "make fix, then by hand what is left"),
    Check("types", ours("mypy"), "say what the function takes and returns"),
    Check(
        "import law",
        ours("lint-imports", "--no-logo"),
        "turn the arrow round: a later stage may look back, an earlier one never knows what comes next",
    ),
    Check("generated docs", ours("fourfold", "docs", "--check"), "make docs, and commit what it wrote"),
    Check(
        "dependencies",
        [PYTHON, "-m", "tools.dependencies", "--check"],
        ".venv/bin/python -m tools.dependencies --refresh, and commit what it wrote",
    ),
    Check(
        "missing migrations",
        [*MANAGE, "makemigrations", "--check", "--dry-run"],
        ".venv/bin/python manage.py makemigrations APP, and name the edition of a new column (docs/adr/0011, 0017)",
    ),
    Check("system check", [*MANAGE, "check", "--fail-level", "WARNING"], "do what Django says above"),
    Check(
        "the oldest Python",
        [PYTHON, "-m", "tools.oldest"],
        "write it so that Python 3.11 has it too; run it again: .venv/bin/python -m tools.oldest",
        unable=oldest.NOT_RUN,
    ),
)
TESTS = (
    of_tests(
        "tests on SQLite",
        "not browser and not postgres and not spark and not dask",
        *("--dist=worksteal", "--verify-worlds=1/20"),
        mend=ONE_TEST,
        around=noting,
        beside=False,
    ),
    of_tests(
        "database tests on PostgreSQL",
        "not browser and not spark and not dask",
        *("--dist=worksteal", "--verify-worlds=2/20"),
        *(f"--ignore={path}" for path in WITHOUT_DATABASE),
        mend=ONE_TEST.replace(".venv", ".venv/bin/python -m tools.postgres .venv", 1),
        around=postgresql,
        beside=False,
    ),
    of_tests("browser journeys", "browser", "--dist=loadgroup", *WITH_BROWSER, mend=ONE_TEST, around=browser),
    of_tests(
        "the same sweep on Dask",
        "dask",
        *WITH_DASK,
        mend="fetch the group first, var/dask: the check says how; then run one again: .venv/bin/python -m pytest PATH::NAME",
        around=on_dask,
        workers="0",
    ),
    of_tests(
        "the same linkage on Spark",
        "spark",
        *WITH_SPARK,
        mend=ONE_TEST.replace(".venv", ".venv/bin/python -m tools.spark .venv", 1),
        around=on_spark,
        workers="0",  # one session, slow to start
    ),
)
INSTALLED = (
    Check(
        "the image and the units",
        [PYTHON, "-m", "tools.steps"],
        "the step that failed is named above; run it again: .venv/bin/python -m tools.steps",
        unable=steps.NOT_RUN,
    ),
)
ROUNDS = {"static": STATIC, "all": STATIC + TESTS + INSTALLED}


@dataclass(slots=True)
class Round:
    """A round of checks in two lanes, each in its order; when it is stopped, what it started is ended."""

    checks: Sequence[Check]
    stopped: bool = False
    results: list[Result] = field(default_factory=list)
    running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    speaking: threading.Lock = field(default_factory=threading.Lock)
    preparing: threading.Lock = field(
        default_factory=threading.Lock
    )  # the system's packages are installed by one at a time

    def run(self) -> list[Result]:
        """Run both lanes to their end; return the results in the order of the checks.

        Neither runs in this thread, which is the one that a signal interrupts: what was just started would be known to nobody.
        """
        with ThreadPoolExecutor() as lanes:
            try:
                for lane in [lanes.submit(self.lane, beside) for beside in (False, True)]:
                    lane.result()
            finally:
                self.stop()
        return sorted(self.results, key=lambda result: self.checks.index(result.check))

    def lane(self, beside: bool) -> None:
        """Run the checks of one lane, one after another."""
        for check in self.checks:
            if check.beside is beside and not self.stopped:
                self.results.append(self.of(check))

    def of(self, check: Check) -> Result:
        """Run one check; a tool or a server that cannot be had is a failure."""
        start = time.monotonic()
        unsteady: Sequence[str] = ()
        with tempfile.TemporaryFile() as talk:
            if not check.beside:
                self.say(title(check))
            try:
                code, unsteady = self.tried(check, talk if check.beside else None)
                failure = ""
            except (StepFailed, OSError) as found:
                code, failure = 127, f"{found}\n"
            seconds = time.monotonic() - start
            talk.seek(0)
            said = title(check) + talk.read().decode(errors="replace") if check.beside else ""
        not_run = said.strip().rpartition("\n")[2] if code and code == check.unable else ""
        verdict = not_run or ("passed" if code == 0 else f"FAILED (exit {code})")
        self.say(f"{said}{failure}── {check.name}: {verdict}, {seconds:.1f} s\n")
        return Result(check, seconds, passed=code == 0 or bool(not_run), unsteady=unsteady, not_run=not_run)

    def tried(self, check: Check, talk: IO[bytes] | None) -> tuple[int, Sequence[str]]:
        """Return the exit code of a check, with what it needs around it, and which of its tests passed only when run again."""
        if check.notes:
            shutil.rmtree(check.notes, ignore_errors=True)
        with ExitStack() as stack:
            with self.preparing:
                env = stack.enter_context(check.around())
            code = self.code_of(check.command, env, talk, check.most)
            failed = failed_in(check.notes) if check.notes and code == 1 else []
            if not 0 < len(failed) <= MOST_UNSTEADY:
                return code, ()
            alone = [*check.command, "--last-failed", "-n", "0"]
            env = {**env, "FOURFOLD_NOTES_WRITTEN": ""}  # the notes of the round stand
            again = self.code_of(alone, env, talk, check.most)
        return again, () if again else failed

    def code_of(self, command: Sequence[str], env: Mapping[str, str], talk: IO[bytes] | None, most: float) -> int:
        """Return the exit code of a command; one that stands still is ended with its group, which is all that it started."""
        env = {**os.environ, **COMPILED, **env}
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=talk, stderr=talk, start_new_session=True)
        self.running.add(process)
        try:
            if self.stopped:
                end(process, signal.SIGTERM)
            return process.wait(timeout=most * 60)
        except subprocess.TimeoutExpired:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                end(process, sign)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=LAST_WORDS)
            raise StepFailed(
                f"It had not ended after {most:g} minutes, and was ended with all that it started."
            ) from None
        finally:
            if process.poll() is None:
                end(process, signal.SIGTERM)
                process.wait()
            self.running.discard(process)

    def stop(self) -> None:
        """Begin nothing more, and end what runs."""
        self.stopped = True
        for process in list(self.running):
            end(process, signal.SIGTERM)

    def say(self, words: str) -> None:
        with self.speaking:
            print(words, end="", flush=True)


def end(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    """Send a process and all that it started a signal."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sign)


def failed_in(notes: Path) -> list[str]:
    """Return which tests pytest noted as failed; of what failed before any test, nothing: alone it would run them all."""
    noted = notes / "v" / "cache" / "lastfailed"
    failed = sorted(json.loads(noted.read_text())) if noted.exists() else []
    return failed if all("::" in one for one in failed) else []


def title(check: Check) -> str:
    """Return the line above a check's words."""
    return f"\n── {check.name} {'─' * (70 - len(check.name))}\n"


def run(check: Check) -> Result:
    """Run one check by itself."""
    return Round([check]).run()[0]


def summary(results: Sequence[Result], total: float) -> str:
    """Return a line for each check, the way to mend the failed ones, and how long the whole took."""
    lines = [
        f"  {'NOT RUN' if one.not_run else 'passed' if one.passed else 'FAILED'}  {one.seconds:7.1f} s  {one.check.name}"
        + ("" if one.passed else f"    to mend it: {one.check.mend}")
        for one in results
    ]
    unsteady = [f"  UNSTEADY  {test}: it passed only when it was run again" for one in results for test in one.unsteady]
    not_run = [f"  {one.check.name}: {one.not_run}" for one in results if one.not_run]
    passed = sum(one.passed and not one.not_run for one in results)
    verdict = f"{passed} of {len(results)} checks passed in {total // 60:.0f} min {total % 60:.0f} s"
    return "\n".join(["", "Summary", *lines, "", *unsteady, *not_run, verdict])


def main() -> int:
    """Run a round of checks; return 0 only when every one passed."""
    if len(sys.argv) != 2 or sys.argv[1] not in ROUNDS:
        print(__doc__)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a server that was started goes too
    start = time.monotonic()
    results = Round(ROUNDS[sys.argv[1]]).run()
    print(summary(results, time.monotonic() - start), flush=True)
    return 0 if all(one.passed for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
