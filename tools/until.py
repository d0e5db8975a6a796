"""A plugin of pytest: begin no test after FOURFOLD_TESTS_UNTIL, a moment in seconds, and say how many were left out."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest

left: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Pass a test over where the time is up."""
    if time.time() < float(os.environ.get("FOURFOLD_TESTS_UNTIL", "inf")):
        return None
    left[item.location[0]] += 1
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the files whose tests were passed over."""
    if left:
        files = ", ".join(f"{name} ({count})" for name, count in left.items())
        terminalreporter.write_line(f"Left out, since the time was up: {left.total()} tests of {files}")
