"""One line for each step of the set-up, with its seconds; the whole talk of each command goes to a log."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "var" / "log" / "setup.log"
HEARTBEAT = 10.0  # seconds between two signs of life where the line cannot be rewritten
TAIL = 20  # lines of the log that a failed step shows


class StepFailed(Exception):
    """A step of the set-up failed; the words say what happened and how to mend it."""


class Ticker(AbstractContextManager["Ticker"]):
    """Shows that a step is alive: seconds that count on a terminal, a line now and then elsewhere."""

    def __init__(self, what: str) -> None:
        self.what, self.start, self.spoke = what, time.monotonic(), time.monotonic()
        self.terminal = sys.stdout.isatty()

    def __enter__(self) -> Ticker:
        self._say("…", end="" if self.terminal else "\n")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._say("done" if kind is None else "FAILED", end="\n")

    def tick(self) -> None:
        """Show the seconds so far, if it is time to."""
        if self.terminal:
            self._say("…", end="")
        elif time.monotonic() - self.spoke >= HEARTBEAT:
            self._say("…", end="\n")

    def _say(self, state: str, *, end: str) -> None:
        self.spoke = time.monotonic()
        line = f"{self.spoke - self.start:7.1f} s  {self.what} {state}"
        print(f"\r{line}\033[K" if self.terminal else line, end=end, flush=True)


def run_step(
    what: str,
    command: Sequence[str | Path],
    *,
    mend: str,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> None:
    """Run one command as a named step, or raise StepFailed with the end of its talk and the way to mend it.

    `env` is added to this process's environment; everything the command says is appended to `log`.
    """
    log = log or LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    with log.open("a+", encoding="utf-8", errors="replace") as talk, Ticker(what) as ticker:
        talk.write(f"\n$ {' '.join(words)}\n")
        talk.flush()
        start = talk.tell()
        code = _wait(words, talk, env or {}, ticker)
        if code:
            raise StepFailed(_failure(what, code, log, start, mend))


def _wait(words: list[str], talk: IO[str], env: Mapping[str, str], ticker: Ticker) -> int:
    """Run a command to its end, ticking each second; return its exit code (127: not found)."""
    try:
        process = subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk
        )
    except OSError as error:
        talk.write(f"{error}\n")
        talk.flush()
        return 127
    while True:
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            ticker.tick()


def _failure(what: str, code: int, log: Path, start: int, mend: str) -> str:
    """Return what a person must read after a failed step: the log's tail and the line that mends it."""
    said = log.read_bytes()[start:].decode("utf-8", "replace").splitlines()[-TAIL:]
    tail = "\n".join(f"    | {line}" for line in said)
    return f"{what} failed (exit {code}). It said last:\n{tail}\n  Whole log: {log}\n  To mend it: {mend}"
