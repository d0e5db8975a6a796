"""Whatever takes over two seconds says so, and what is quicker says nothing."""

from __future__ import annotations

import re
import sys
import time

import pytest

from fourfold.cli import patience


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two seconds pass in a blink."""
    monkeypatch.setattr(patience, "PATIENCE_S", 0.02)
    monkeypatch.setattr(patience, "HEARTBEAT_S", 0.02)


def test_what_is_slow_says_what_goes_on_and_for_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    with patience.busy("Reading the log"):
        time.sleep(0.2)
    said = capsys.readouterr()
    assert said.out == ""
    assert re.match(r"^ +\d+\.\d s  Reading the log …\n", said.err)
    assert said.err.count("\n") > 1


def test_what_is_quick_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with patience.busy("Reading the log"):
        pass
    assert capsys.readouterr().err == ""


def test_a_terminal_is_left_as_it_was(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with patience.busy("Reading the log"):
        time.sleep(0.1)
    said = capsys.readouterr().err
    assert said.startswith("\r")
    assert said.endswith("\r\033[K")
    assert "\n" not in said


def test_a_failure_passes_and_the_speaking_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), patience.busy("Dividing"):
        raise ZeroDivisionError
    time.sleep(0.1)
    assert capsys.readouterr().err == ""
