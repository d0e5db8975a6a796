"""One run at a time: a file that the system locks for whoever works, and lets go of however the work ends."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def turn(file: Path, mine: str, waiting: Callable[[str], None]) -> Iterator[None]:
    """Wait until nobody on this machine holds the file, and hold it as `mine` until the work inside has ended.

    `waiting` is called once, with what the holder said of itself, where there is one. A run that is killed holds nothing.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            waiting(held.read())
            fcntl.flock(held, fcntl.LOCK_EX)
        with suppress(OSError):  # on a full disk nobody can say who holds it; it is held all the same
            held.truncate(0)
            held.write(mine)
            held.flush()
        yield
