"""The minute's check runs the tests nearest to a change, and says what it left out."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import quick


@pytest.mark.parametrize(
    ("changed", "test", "steps"),
    [
        ("src/fourfold/panel/rules.py", "tests/panel/test_rules.py", 0),
        ("src/fourfold/stats/cox.py", "tests/statistics", None),
        ("tools/quick.py", "tests/tools/test_quick.py", 1),
        ("tests/cast.py", "tests/audit/test_editions.py", 1),
        ("tests/audit/test_editions.py", "tests/audit/test_editions.py", 0),
    ],
)
def test_a_change_reaches_the_tests_that_import_it(changed: str, test: str, steps: int | None) -> None:
    found = quick.steps_to_tests([Path(changed)])
    if steps is None:
        assert any(path.is_relative_to(test) for path in found)
    else:
        assert found[Path(test)] == steps


def test_a_template_is_a_change_of_the_page_that_names_it() -> None:
    templates = Path("src/fourfold/web/templates")
    assert "fourfold.web.pages.panel" in quick.modules_of(templates / "panel" / "decide.html")
    assert len(quick.modules_of(templates / "case" / "frame.html")) > 5, "what others include is a change of them all"


def test_what_is_no_part_of_the_product_reaches_nothing() -> None:
    assert quick.steps_to_tests([Path("docs/start-here.md")]) == {}


def test_after_the_time_no_test_begins_and_the_rest_is_named(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text("def test_one(): assert False\n")
    code = ["-m", "pytest", "-q", "-p", "tools.until", "-p", "no:django", "-c", "/dev/null", str(file)]
    environment = {"FOURFOLD_TESTS_UNTIL": str(time.time() - 1), "PYTHONPATH": str(quick.ROOT), "PATH": ""}
    done = subprocess.run([sys.executable, *code], capture_output=True, text=True, check=False, env=environment)
    assert "Left out, since the time was up: 1 tests of test_it.py (1)" in done.stdout, done.stdout + done.stderr
    assert "failed" not in done.stdout
