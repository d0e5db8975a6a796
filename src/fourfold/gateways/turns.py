"""One run at a time: what the system and the database lock for whoever works, and let go of however the work ends."""

from __future__ import annotations

import fcntl
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


class Taken(Exception):
    """Somebody else has the turn: for `waiting` to raise, where nobody waits."""


@contextmanager
def turn(file: Path, mine: str, waiting: Callable[[str], None]) -> Iterator[None]:
    """Wait until nobody holds the file, nor its name on the database's server, and hold both as `mine` until the work
    inside has ended.

    `waiting` is called with what the holder said of itself, where there is one. A run that is killed holds nothing.
    """
    with _on_this_machine(file, mine, waiting), _on_the_server(file.stem, mine, waiting):
        yield


@contextmanager
def _on_this_machine(file: Path, mine: str, waiting: Callable[[str], None]) -> Iterator[None]:
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


@contextmanager
def _on_the_server(name: str, mine: str, waiting: Callable[[str], None]) -> Iterator[None]:
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
            said = f"{mine.partition(' (')[0][:40]} on {node()[:18]}"
            cursor.execute("SELECT set_config('application_name', %s, false)", [said])
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            if not cursor.fetchone()[0]:
                cursor.execute(_HOLDER, [key])
                waiting(next((holder for (holder,) in cursor.fetchall()), ""))
                cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            yield
    finally:
        own.close()
