"""A command starts without what it does not need: scipy and DuckDB alone took a second of its processor."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"duckdb", "lifelines", "numpy", "openpyxl", "pandas", "scipy", "splink", "statsmodels", "typst"}
LOADED = f"""
from fourfold.cli import main
main.begin()
import fourfold.journey, sys
print(*sorted({HEAVY} & set(sys.modules)))
"""


def test_what_every_command_loads_holds_no_statistics_and_no_engine() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
