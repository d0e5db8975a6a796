"""Run the checks one after another, whatever the one before said, and close with a table of all of them.

.venv/bin/python -m tools.checks all       what `make test` runs and a merge must pass
.venv/bin/python -m tools.checks static    what `make check` runs: no test
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tools import postgres, spark, system
from tools.progress import ROOT, StepFailed

BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
WORKERS = str(min(os.cpu_count() or 1, 4))

#: Programs are compiled once, whatever the machine says: the checks start some two hundred of them, two seconds each.
COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "compiled")}

Surroundings = Callable[[], AbstractContextManager[Mapping[str, str]]]


@contextmanager
def sqlite() -> Iterator[Mapping[str, str]]:
    """The embedded database, whatever DATABASE_URL says; an empty word counts as unset."""
    yield {"DATABASE_URL": ""}


@contextmanager
def postgresql() -> Iterator[Mapping[str, str]]:
    """A PostgreSQL for the tests that touch the database."""
    with postgres.database() as url:
        yield {"DATABASE_URL": url, "FOURFOLD_ONLY_DATABASE": "1"}


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


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its command, what it needs around it and how a failure is mended."""

    name: str
    command: Sequence[str]
    mend: str
    around: Surroundings = sqlite


@dataclass(frozen=True, slots=True)
class Result:
    """How a check ended."""

    check: Check
    seconds: float
    passed: bool


def ours(program: str, *words: str) -> list[str]:
    """Return the words that run a program of the environment."""
    return [str(BIN / program), *words]


def tests(chosen: str, *words: str) -> list[str]:
    """Return the words that run the tests that a marker expression chooses."""
    return [PYTHON, "-m", "pytest", "-m", chosen, "-n", WORKERS, "--durations=5", *words]


#: Where no test touches a database; to load all the statistics for the PostgreSQL round takes half a minute a process.
WITHOUT_DATABASE = ("tests/architecture", "tests/statistics")
#: Where tests open a browser, and where they start Spark.
WITH_BROWSER = ("tests/journeys", "tests/web/test_components.py")
WITH_SPARK = ("tests/linkage", "tests/evaluation")
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
        ".venv/bin/python -m tools.migrations APP, until 0.2.0 is released (docs/adr/0017)",
    ),
    Check("system check", [*MANAGE, "check", "--fail-level", "WARNING"], "do what Django says above"),
)
TESTS = (
    Check("tests on SQLite", tests("not browser and not postgres and not spark", "--dist=worksteal"), ONE_TEST),
    Check(
        "database tests on PostgreSQL",
        tests("not browser and not spark", "--dist=worksteal", *(f"--ignore={path}" for path in WITHOUT_DATABASE)),
        f"{ONE_TEST.replace('.venv', '.venv/bin/python -m tools.postgres .venv', 1)}",
        postgresql,
    ),
    Check("browser journeys", tests("browser", "--dist=loadgroup", *WITH_BROWSER), ONE_TEST, browser),
    Check(
        "the same linkage on Spark",
        [PYTHON, "-m", "pytest", "-m", "spark", "-n", "0", "--durations=5", *WITH_SPARK],  # one session, slow to start
        f"{ONE_TEST.replace('.venv', '.venv/bin/python -m tools.spark .venv', 1)}",
        on_spark,
    ),
)
ROUNDS = {"static": STATIC, "all": STATIC + TESTS}


def run(check: Check) -> Result:
    """Run one check with its words on the screen; a tool or a server that cannot be had is a failure."""
    print(f"\n── {check.name} {'─' * (70 - len(check.name))}", flush=True)
    start = time.monotonic()
    try:
        with check.around() as env:
            code = subprocess.run(
                check.command, cwd=ROOT, env={**os.environ, **COMPILED, **env}, check=False
            ).returncode
    except (StepFailed, OSError) as failure:
        print(failure, flush=True)
        code = 127
    seconds = time.monotonic() - start
    print(f"── {check.name}: {'passed' if code == 0 else f'FAILED (exit {code})'}, {seconds:.1f} s", flush=True)
    return Result(check, seconds, passed=code == 0)


def summary(results: Sequence[Result]) -> str:
    """Return a line for each check, the way to mend the failed ones, and the sum."""
    lines = [
        f"  {'passed' if one.passed else 'FAILED'}  {one.seconds:7.1f} s  {one.check.name}"
        + ("" if one.passed else f"    to mend it: {one.check.mend}")
        for one in results
    ]
    failed = sum(not one.passed for one in results)
    total = sum(one.seconds for one in results)
    verdict = f"{len(results) - failed} of {len(results)} checks passed in {total // 60:.0f} min {total % 60:.0f} s"
    return "\n".join(["", "Summary", *lines, "", verdict])


def main() -> int:
    """Run a round of checks; return 0 only when every one passed."""
    if len(sys.argv) != 2 or sys.argv[1] not in ROUNDS:
        print(__doc__)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a server that was started goes too
    results = [run(check) for check in ROUNDS[sys.argv[1]]]
    print(summary(results), flush=True)
    return 0 if all(one.passed for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
