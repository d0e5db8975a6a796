"""One run at a time: what the system and the database lock for whoever works, and let go of however the work ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from platform import node

from django.db import connection

_HOLDER = (
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks ON pg_locks.pid = pg_stat_activity.pid "
    "WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND datname = current_database() "
    "AND (classid::bigint << 32 | objid::bigint) = %s AND pg_locks.database = pg_stat_activity.datid"
)

#: Seconds between two looks at whether whoever holds the turn has let go of it.
LOOK_EVERY = 0.2


class Taken(Exception):
    """Somebody else has the turn: for `waiting` to raise, where nobody waits."""


@contextmanager
def turn(
    file: Path, mine: str, waiting: Callable[[str], None], *, between: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Wait until nobody holds the file, nor its name on the database's server, and hold both as `mine` until the work
    inside has ended.

    `waiting` is called with what the holder said of itself, where there is one, and `between` at each look at whether it
    has ended; it may raise, and nobody waits any longer. A run that is killed holds nothing.
    """
    with _on_this_machine(file, mine, waiting, between), _on_the_server(file.stem, mine, waiting, between):
        yield


@contextmanager
def _on_this_machine(
    file: Path, mine: str, waiting: Callable[[str], None], between: Callable[[], None]
) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as held:

        def taken() -> bool:
            with suppress(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        def holder() -> str:
            held.seek(0)
            return held.read()

        _wait(taken, holder, waiting, between)
        with suppress(OSError):  # on a full disk nobody can say who holds it; it is held all the same
            held.truncate(0)
            held.write(mine)
            held.flush()
        yield


@contextmanager
def _on_the_server(name: str, mine: str, waiting: Callable[[str], None], between: Callable[[], None]) -> Iterator[None]:
    """Hold a name for all machines that work on one PostgreSQL, on a connection of its own; SQLite lies on one machine.

    The server lets go of it with the connection. It keeps 63 letters of who holds it.
    """
    if connection.vendor != "postgresql":
        yield
        return
    key = int.from_bytes(sha256(f"fourfold turn {name}".encode()).digest()[:8]) >> 1
    own = connection.copy()
    try:
        with own.cursor() as cursor:

            def taken() -> bool:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
                return bool(cursor.fetchone()[0])

            def holder() -> str:
                cursor.execute(_HOLDER, [key])
                return next((holder for (holder,) in cursor.fetchall()), "")

            said = f"{mine.partition(' (')[0][:40]} on {node()[:18]}"
            cursor.execute("SELECT set_config('application_name', %s, false)", [said])
            _wait(taken, holder, waiting, between)
            yield
    finally:
        own.close()


def _wait(
    taken: Callable[[], bool], holder: Callable[[], str], waiting: Callable[[str], None], between: Callable[[], None]
) -> None:
    if taken():
        return
    waiting(holder())
    while not taken():
        between()
        time.sleep(LOOK_EVERY)
