"""Nobody waits for what they did not ask for: a page of help loads no framework, a command and the pages no statistics.

scipy and DuckDB alone take a second of a processor.
"""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "docx", "duckdb", "fhirpathpy", "icalendar", "lifelines", "numba", "openpyxl", "pandas", "pypdf", "scipy.linalg",
    "scipy.optimize", "scipy.special", "scipy.stats", "simpy", "splink", "sqlglot", "statsmodels", "typst",
}  # fmt: skip
STAGES = {
    "help": ("main.app(['rollout', 'cost', '--help'], standalone_mode=False)", {"django", "numpy", "rich"}),
    "a command": ("console.begin(); import fourfold.journey", {"numpy", "rich"}),
    "every page": ("import fourfold.config.urls", {"rich"}),
    "a share with its interval": (
        "from fourfold.stats import proportions; proportions.wilson(30, 40)",
        {"numpy.ma", "rich"},
    ),
    "what an area may expect": (
        "from fourfold.rollout.economics import effects, terms\n"
        "effects.nine_in_ten(terms.Known((-0.4, -0.2, -0.3), (0.2, 0.2, 0.3), 0.4, 3, 3, (0.7, 0.5, 1.0), (), ''))",
        {"numpy.ma", "rich"},
    ),
}


def test_each_is_ready_without_what_it_does_not_need() -> None:
    code = "import json, sys; from fourfold.cli import console, main"
    for step, also in STAGES.values():
        code += f"\n{step}\nprint(json.dumps(sorted({HEAVY | also} & set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert dict(zip(STAGES, loaded, strict=True)) == {stage: [] for stage in STAGES}
