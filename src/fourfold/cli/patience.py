"""A sign of life on the error stream from whatever takes over two seconds, on a terminal and in a log alike."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 2.0
HEARTBEAT_S = 10.0
"""Seconds before the first sign, and between signs where a line cannot be written over."""


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Say what goes on once it has taken two seconds, with the seconds so far; say nothing of what is quicker."""
    ended = threading.Event()
    speaker = threading.Thread(target=_speak, args=(what, time.monotonic(), ended), daemon=True)
    speaker.start()
    try:
        yield
    finally:
        ended.set()
        speaker.join()


def _speak(what: str, begun: float, ended: threading.Event) -> None:
    terminal, spoke, wait = sys.stderr.isatty(), False, PATIENCE_S
    while not ended.wait(wait):
        line = f"{time.monotonic() - begun:7.1f} s  {what} …"
        print(f"\r{line}\033[K" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)
        spoke, wait = True, 1.0 if terminal else HEARTBEAT_S
    if spoke and terminal:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
