"""Drawing a picture anew, in a process of its own that may use little and reach nothing.

A picture that somebody brings is the likeliest file to be hostile, and the likeliest to say where it was taken. The
process is given the bytes and a ceiling on memory and time, and answers with pixels alone; whatever else becomes of
it, the answer is that there is no copy to show. `redraw_picture.py` is what runs inside.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("redraw_picture.py")
SECONDS = 30
LARGEST_ANSWER = 40 * 1024 * 1024
ON_PAPER = 1400
"""Dots of the longer side of a picture that is printed: sharp on a page, and fifty of any grain fit into one document."""


class CannotRedraw(Exception):
    """There is no safe copy; the message says why, never what is in the picture."""


@dataclass(frozen=True)
class Redrawn:
    """A picture as pixels alone, with what drew it."""

    content: bytes
    media_type: str
    tool: str
    width: int
    height: int


def redraw(content: bytes, *, on_paper: bool = False) -> Redrawn:
    """Return the picture redrawn from its pixels, `on_paper` small enough for a document (JPEG), or raise CannotRedraw."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), *([str(ON_PAPER)] if on_paper else [])],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired as fault:
        raise CannotRedraw("it took too long to draw") from fault
    head, _, body = done.stdout.partition(b"\n")
    said = head.decode("ascii", "replace").split(" ")
    if done.returncode != 0 or len(said) != 4 or not body or len(body) > LARGEST_ANSWER:
        raise CannotRedraw(_why(done.stderr))
    media_type, tool, width, height = said
    return Redrawn(body, media_type, tool, int(width), int(height))


def _why(stderr: bytes) -> str:
    """Return the script's own words where they are its own; a crash speaks of nothing but itself."""
    last = stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
    return last[0].removeprefix("refused: ") if last[0].startswith("refused: ") else "it could not be drawn"
