"""The table of speeds says of each bound what the bench holds it to, and does not call missed what is met, nor the other way."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import clock
from bench.growth import exponent
from tools.progress import ROOT

PAGE, BENCH = ROOT / "docs/reference/speed.md", ROOT / "bench/protocol.py"
_NUMBER = r"\| ([\d.]+)[^|]*"
#: What a row is called, what was measured on SQLite and on PostgreSQL, the bound, and what is said of them.
ROW = re.compile(rf"^\| (W\d  [^|]+?) {_NUMBER * 3}\| ((?:met|missed)[^|]*) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))
#: What `make bench` runs beside itself of which the page says what it prints.
IN_THE_TABLE = ("awake", "protocol", "long_day", "growth", "chain", "feeds", "waiting", "deliveries", "peers")
#: Each call that has a bound: the name of its line, the bound, and that on statements.
JUDGED = re.compile(
    r'_measure\(\s*f?"(W\d  [^"{]+?)(?: {[^"]*)?",.*?, (\d+)(?:, statements=(\d+))?(?:, times=\d+)?\)\n'
)


def bounds() -> dict[str, float]:
    """Return every bound of the bench by the name of its line."""
    found: dict[str, float] = {}
    for name, bound, statements in JUDGED.findall(BENCH.read_text(encoding="utf-8")):
        found[name] = float(bound)
        if statements:
            found[f"{name.partition(':')[0]}: statements"] = float(statements)
    return found


def test_every_bound_of_the_bench_has_its_row() -> None:
    assert {name: float(bound) for name, _, _, bound, _ in ROWS} == bounds()


def test_every_program_of_the_bench_fails_where_it_misses_a_bound() -> None:
    """What `make bench` runs beside itself says by its exit code alone that a bound was missed."""
    apart = set(re.findall(r'"bench\.(\w+)"', (ROOT / "bench/__main__.py").read_text(encoding="utf-8")))
    assert {*IN_THE_TABLE, "linking", "capacity", "agreement"} <= apart
    assert {name for name in IN_THE_TABLE if f"| `bench.{name}" not in PAGE.read_text(encoding="utf-8")} == set()
    silent = {
        name for name in apart if "    judged(main)" not in (ROOT / f"bench/{name}.py").read_text(encoding="utf-8")
    }
    assert silent == set()


@pytest.mark.parametrize(
    ("measured", "more_is_better", "misses"),
    [
        (1.0, False, False),
        (1.1, False, False),
        (1.11, False, True),
        (0.9, True, False),
        (0.89, True, True),
        (float("inf"), False, True),
        (float("nan"), False, True),
        (float("nan"), True, True),
    ],
)
def test_a_bound_missed_by_more_than_a_tenth_ends_in_failure(
    measured: float, more_is_better: bool, misses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "missed", [])

    def main() -> None:
        clock.line("a page", measured, "ms", 1, more_is_better=more_is_better)
        clock.line("another", 0, "ms", 1)

    if not misses:
        clock.judged(main)
        return
    with pytest.raises(SystemExit) as ended:
        clock.judged(main)
    assert ended.value.code == "Missed by more than a tenth: a page"  # which Python prints, to exit with 1


@pytest.mark.parametrize(("ends", "misses"), [("0", []), ("1", ["ends 1"]), ("no number", ["ends no number"])])
def test_what_a_program_apart_misses_or_dies_of_is_missed(
    ends: str, misses: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works in no folder of ours, which may be gone, or hold the keys of another log."""
    (tmp_path / "ends.py").write_text(
        "import os, sys\nassert 'FOURFOLD_DATA_DIR' not in os.environ\nsys.exit(int(sys.argv[1]))"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("FOURFOLD_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(clock, "missed", [])
    clock.apart("ends", ends)
    assert clock.missed == misses


def test_memory_of_a_process_is_that_of_all_it_started() -> None:
    """Of a child's child too, and what it held before it let it go."""
    holds = "held = bytearray(80_000_000); import time; time.sleep(1.5)"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{holds}'])"
    process = subprocess.Popen([sys.executable, "-c", f"{starts}; {starts}"], text=True)
    assert 80 < clock.heaviest(process) < 150
    assert process.returncode == 0


def test_growth_is_the_slope_of_the_logarithms() -> None:
    sizes = [10_000, 100_000, 1_000_000]
    assert abs(exponent(sizes, [7.0, 7.0, 7.0])) < 1e-9
    assert abs(exponent(sizes, [1.0, 10.0, 100.0]) - 1) < 1e-9
    assert abs(exponent(sizes, [4.0, 4.0 * 10**0.1, 4.0 * 10**0.2]) - 0.1) < 1e-9


@pytest.mark.parametrize(("name", "sqlite", "postgresql", "bound", "said"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_says_missed_where_its_bound_is(name: str, sqlite: str, postgresql: str, bound: str, said: str) -> None:
    over = [engine for engine, it in (("SQLite", sqlite), ("PostgreSQL", postgresql)) if float(it) > float(bound)]
    assert said == {0: "met", 1: f"missed on {''.join(over)}", 2: "missed"}[len(over)], name
