"""After a test whose world services alone wrote, the log is verified: nothing that they do looks like tampering.

    pytest --verify-worlds=all          every such test
    pytest --verify-worlds=3/20         those of the third twentieth; twenty rounds come to all

`make test` verifies one twentieth of them on SQLite and another on PostgreSQL, the same ones each time, so that what it
finds is found again. Which they are says the name of the test alone.

A test that changes a row by its own hand is left out: what it finds, it made.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.utils import Error

TESTS, SOURCES = f"{Path(__file__).parent}/", f"{Path(__file__).parents[1]}/src/fourfold/"
#: Our ways into the tables, which a test goes as a service does.
WAYS_IN = ("/fourfold/base.py", "/fourfold/access/scoping.py")
#: What changes rows, by class and name; a row that is made is another matter, and is no finding of a plain verification.
CHANGES = (
    *((QuerySet, name) for name in ("update", "delete", "_raw_delete", "bulk_update")),
    *((Model, name) for name in ("save", "delete")),
    (BaseDatabaseWrapper, "cursor"),
)
#: Whose subject the log's own findings are, or the keys of another installation.
ABOUT_FINDINGS = ("tests/audit/", "tests/faults/", "tests/tools/", "tests/web/test_probes.py")


def is_chosen(nodeid: str, said: str) -> bool:
    """Say whether a test is among those that were asked for: "all", or "3/20" for the third twentieth."""
    if said == "all":
        return True
    part, _, of = said.partition("/")
    return zlib.crc32(nodeid.encode()) % int(of) == int(part) % int(of)


def _by_hand(deep: int) -> bool:
    """Say whether it is a test, and none of our sources, that asks the database for something; of so many callers."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(deep - 1):
        if frame is None:
            return False
        file = frame.f_code.co_filename
        if file == __file__:  # what watches another change of ours
            frame = frame.f_back
            continue
        if file.startswith(TESTS) or (file.startswith(SOURCES) and not file.endswith(WAYS_IN)):
            return file.startswith(TESTS)
        frame = frame.f_back
    return False


@contextmanager
def noting_hands() -> Iterator[list[str]]:
    """Note every change that a file of the tests makes itself."""
    noted: list[str] = []
    before = [(owner, name, owner.__dict__.get(name)) for owner, name in CHANGES]

    def noting(plain: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(plain)
        def change(self: Any, *args: Any, **kwargs: Any) -> Any:
            made = isinstance(self, Model) and name == "save" and self._state.adding
            if not made and _by_hand(2 if name == "cursor" else 99):
                noted.append(name)
            return plain(self, *args, **kwargs)

        return change

    for owner, name, _ in before:
        setattr(owner, name, noting(getattr(owner, name), name))
    try:
        yield noted
    finally:
        for owner, name, plain in before:
            if plain is None:
                delattr(owner, name)
            else:
                setattr(owner, name, plain)


class Verifying:
    """The hooks of one run."""

    def __init__(self, said: str):
        self.said, self.counts = said, dict[str, float](verified=0, by_hand=0, seconds=0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note by whose hand a test's world is written, from the set-up on."""
        built = {"cast", "world"} & set(getattr(item, "fixturenames", ()))
        if not built or item.nodeid.startswith(ABOUT_FINDINGS) or not is_chosen(item.nodeid, self.said):
            return (yield)
        with noting_hands() as noted:
            item.stash[HANDS] = noted
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Verify the log while the test's rows are there."""
        answer = yield
        noted = item.stash.get(HANDS, None)
        if noted is None:
            return answer
        if noted:
            self.counts["by_hand"] += 1
            return answer
        from fourfold.audit.models import Entry
        from fourfold.audit.queries import verify
        from fourfold.duties import services as duties
        from tests.duties.skipped import in_vain

        begun = time.process_time()
        try:
            findings = [*verify().findings, *map(str, list(duties.checked()))]
            last = Entry.objects.order_by("-seq").values_list("at", flat=True).first()
            findings += in_vain(last) if last else []
        except (Error, RuntimeError):  # the test closed or broke its database on purpose
            return answer
        self.counts["verified"] += 1
        self.counts["seconds"] += time.process_time() - begun
        if findings:
            pytest.fail(f"after the test the log, or what waits, has findings: {findings[:5]}", pytrace=False)
        return answer

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand to the process that speaks what one of several that run tests has counted."""
        if (told := getattr(session.config, "workeroutput", None)) is not None:
            told["worlds"] = self.counts

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what another process has counted."""
        for name, count in getattr(node, "workeroutput", {}).get("worlds", {}).items():
            self.counts[name] += count

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say how many worlds were verified, and what that cost."""
        verified, by_hand, seconds = self.counts.values()
        said = f"{verified:.0f} worlds verified in {seconds:.1f} s of processor time"
        terminalreporter.write_line(f"{said}, {by_hand:.0f} left out that tests changed by hand")


HANDS = pytest.StashKey[list[str]]()
