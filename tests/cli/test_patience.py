"""Whatever takes over two seconds says so, and what is quicker says nothing."""

from __future__ import annotations

import io
import re
import threading
import time
from contextlib import redirect_stderr

import pytest

from fourfold.cli import patience

LONG_S = 120.0  # a safety net: what is waited for comes in a blink where the machine has nothing else to do


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two seconds pass in a blink."""
    monkeypatch.setattr(patience, "PATIENCE_S", 0.02)
    monkeypatch.setattr(patience, "HEARTBEAT_S", 0.02)


def until_said(heard: io.StringIO, sign: str, times: int = 1) -> None:
    """Let time pass until a sign was said so many times."""
    end = time.monotonic() + LONG_S
    while heard.getvalue().count(sign) < times:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_is_slow_says_what_goes_on_and_for_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    with redirect_stderr(io.StringIO()) as heard, patience.busy("Reading the log"):
        until_said(heard, "\n", times=2)
    assert capsys.readouterr().out == ""
    assert re.match(r"^ +\d+\.\d s  Reading the log …\n", heard.getvalue())


def test_what_is_quick_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", LONG_S)
    with redirect_stderr(io.StringIO()) as heard, patience.busy("Reading the log"):
        pass
    assert heard.getvalue() == ""


def test_a_terminal_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    with redirect_stderr(terminal), patience.busy("Reading the log"):
        until_said(terminal, "\r")
    assert terminal.getvalue().startswith("\r")
    assert terminal.getvalue().endswith("\r\033[K")
    assert "\n" not in terminal.getvalue()


def test_a_failure_passes_and_the_speaking_ends() -> None:
    others = set(threading.enumerate())
    with redirect_stderr(io.StringIO()), pytest.raises(ZeroDivisionError), patience.busy("Dividing"):
        fails_beside(others)
    assert set(threading.enumerate()) <= others


def fails_beside(others: set[threading.Thread]) -> None:
    assert set(threading.enumerate()) > others
    raise ZeroDivisionError
