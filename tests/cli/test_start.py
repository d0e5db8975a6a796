"""A command begins to work before anybody wonders: it loads no library that it does not need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "scipy", "duckdb", "statsmodels", "splink", "pandas", "typst", "docx", "openpyxl", "lifelines")


def test_no_command_waits_for_a_library_that_it_does_not_need() -> None:
    script = f"""
import sys
from fourfold.cli import main
main.begin()
print([name for name in {HEAVY} if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
