"""A full disk, a kill and both in one import, on either engine: nothing is half there, and the same command mends all.

What dies at SQLite's own hand, by SIGKILL, is in test_import_killed.py; here it is the statement that never returns.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from fourfold.intake.models import Allegation, Quarantined
from tests.cast import Cast
from tests.intake.feeds import feed, row
from tests.intake.test_importing import numbers, proven, run

pytestmark = pytest.mark.django_db

GOOD, BAD, BATCH, TRIES = 8, 2, 3, 6
WHOLE_BATCHES = (0, 3, 6, 8)


class Killed(BaseException):
    """The end of a process, which nothing in it may catch."""


def full(sql: str) -> BaseException:
    said = {"sqlite": "database or disk is full", "postgresql": "could not extend file: No space left on device"}
    return OperationalError(said[connection.vendor])


def killed(sql: str) -> BaseException:
    return Killed(sql)


@pytest.mark.parametrize(
    "faults",
    [(full,), (killed,), (killed, full), (full, killed, full)],
    ids=["full", "killed", "both", "full, killed and still full"],
)
def test_an_import_on_a_full_disk_or_killed_is_whole_in_the_end(
    cast: Cast,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    faults: tuple[Callable[[str], BaseException], ...],
) -> None:
    """Every try writes a little further than the one before it, and what is there is whole batches, each proven."""
    monkeypatch.setattr("fourfold.intake.services.sorting.BATCH", BATCH)
    rows = [row(str(number)) for number in range(GOOD)] + [row("x", Told="31/02/2026 10:00")] * BAD
    path = feed(tmp_path, rows)
    for place in range(1, TRIES + 1):
        with (
            pytest.raises((OperationalError, Killed)),
            fails_at(place, faults[place % len(faults)]),
        ):
            run(cast, path)
        assert Allegation.objects.unscoped("test").count() in WHOLE_BATCHES
        assert proven(), "whatever is there was sealed with it"
    totals = run(cast, path)
    assert totals.read == GOOD + BAD
    assert Allegation.objects.unscoped("test").count() == GOOD
    assert Quarantined.objects.count() == BAD
    assert numbers(run(cast, path)) == (GOOD + BAD, 0, GOOD, BAD, 0)
    assert proven()


def fails_at(place: int, fault: Callable[[str], BaseException]) -> Any:
    """Return a context in which the so many-th writing of an import ends as `fault` says."""
    left = [place]

    def wrapped(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")):
            left[0] -= 1
            if left[0] == 0:
                raise fault(sql)
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapped)
