"""The machine beside the pages: the real worker in a process of its own, which may be killed wherever it is."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.faults.warm import Statement, Warm
from tests.journeys.conftest import ROOT
from tests.journeys.small_site import OneAtATime


@contextmanager
def laid_back() -> Iterator[None]:
    """Lay the database of the tests back as it was: within, its transactions end, so that another process may take it on."""
    connection.ensure_connection()
    with closing(sqlite3.connect(":memory:")) as before:
        connection.connection.backup(before)
        yield
        before.backup(connection.connection)


class Machine:
    """Does what waits with `fourfold work`, in the folder and on the day of the settings; each time it may be killed."""

    def __init__(self) -> None:
        ours = settings.FOURFOLD
        self.database = ours.data_dir / "beside.sqlite3"
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
        own = {"DATABASE_URL": f"sqlite:///{self.database}", "APP_CLOCK": ours.app_clock}
        folders = {"FOURFOLD_DATA_DIR": str(ours.data_dir), "FOURFOLD_SHARED_KEYS": str(ours.keys_dir)}
        self.warm = Warm(plain | own | folders, ROOT)

    def works(self, *, dies_before: Statement | None = None) -> None:
        """Begin the worker; it ends when nothing waits, or is killed before a statement. No page is served meanwhile."""
        with self._lent():
            ended = self.warm.type("work", "--once", dies_before=dies_before).wait()
        assert ended == (-signal.SIGKILL if dies_before else 0)

    @contextmanager
    def _lent(self) -> Iterator[None]:
        """Lay the database of the pages into a file, and take it back as it was left there."""
        with OneAtATime.turn:
            for end in ("", "-wal", "-shm"):
                Path(f"{self.database}{end}").unlink(missing_ok=True)
            with closing(sqlite3.connect(self.database)) as file:
                connection.connection.backup(file)
            yield
            with closing(sqlite3.connect(self.database)) as file:
                file.backup(connection.connection)

    def close(self) -> None:
        self.warm.close()
