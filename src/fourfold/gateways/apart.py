"""A reckoning in a process of its own: what it reads of libraries is in nobody's memory once it has ended."""

import os
import pickle
import select
import signal
import time
import warnings
from collections.abc import Callable
from typing import TypeVar, cast

T = TypeVar("T")
#: Seconds in which a process must have told what it found. One that was forked beside a lock that another thread held waits for ever.
LONGEST = 30.0


def apart(does: Callable[[], T], *, longest: float = LONGEST) -> T:
    """Return what some reckoning gives that neither reads nor writes the database; where it gives nothing there, it is done here."""
    ours, theirs = os.pipe()
    try:
        with warnings.catch_warnings(
            action="ignore", category=DeprecationWarning
        ):  # of the threads that wait for senders
            child = os.fork()
    except OSError:  # the system lets no more processes begin
        os.close(ours)
        os.close(theirs)
        return does()
    if not child:
        failed = 1
        try:
            with os.fdopen(theirs, "wb") as told:
                pickle.dump(does(), told)
            failed = 0
        finally:
            os._exit(failed)
    os.close(theirs)
    said = None
    try:
        said = _told(ours, until=time.monotonic() + longest)
    finally:
        os.close(ours)
        if said is None:
            os.kill(child, signal.SIGKILL)
        _, failed = os.waitpid(child, 0)
    return does() if failed or said is None else cast(T, pickle.loads(said))  # noqa: S301 -- our own process


def _told(pipe: int, *, until: float) -> bytes | None:
    """Return all that comes out of a pipe until its other end is closed, or None where that takes longer."""
    said = bytearray()
    watch = select.poll()  # not select, which knows no descriptor above 1,023
    watch.register(pipe, select.POLLIN)
    while watch.poll(max(0.0, until - time.monotonic()) * 1000):
        part = os.read(pipe, 65_536)
        if not part:
            return bytes(said)
        said += part
    return None
