"""Room for the calls of Python, which it asks of the system in pieces that the calls of pytest and Django soon fill.

CPython keeps the frames of calls in pieces of 16 KB, each mapped when the one before is full and given back when its first
call returns. Where a piece ends in the midst of a loop, every call in it maps a piece and gives it back: a sixth of the
processor time of a test of a page. The server's calls lie less deep, and the pages that were tried asked for next to none.

A call for which a whole piece is too small gets one of a power of two, and shares the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def with_room(run: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function so that its own calls find room in one piece."""
    return run(*args, **kwargs)


#: Words of eight bytes that the frame asks for and does not touch: 528 KB, of a piece of 1 MB.
with_room.__code__ = with_room.__code__.replace(co_stacksize=66_000)
