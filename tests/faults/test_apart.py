"""What is reckoned in a process of its own leaves its answer here and nothing else, and is done here where that process dies."""

import errno
import os
import signal
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from fourfold.gateways import apart


def test_another_process_reckons_and_ends() -> None:
    def reckon() -> tuple[int, bool]:
        sys.modules["read_apart"] = os
        return os.getpid(), "read_apart" in sys.modules

    process, read = apart.apart(reckon)
    assert read
    assert "read_apart" not in sys.modules
    with pytest.raises(ChildProcessError):
        os.waitpid(process, os.WNOHANG)


def test_a_refusal_and_a_process_that_dies_are_met_here() -> None:
    here = os.getpid()

    def refuse() -> None:
        raise ValueError("too few sites")

    def die() -> str:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return "done here"

    with pytest.raises(ValueError, match="too few sites"):
        apart.apart(refuse)
    assert apart.apart(die) == "done here"


@pytest.mark.parametrize("told", [b"", b"a part of an answer"])
def test_a_process_that_never_ends_is_ended_and_its_reckoning_done_here(
    monkeypatch: pytest.MonkeyPatch, told: bytes
) -> None:
    def waits_for_ever(_answer: object, pipe: IO[bytes]) -> None:  # as beside a lock that nobody lets go of
        pipe.write(told)
        pipe.flush()
        threading.Event().wait()

    monkeypatch.setattr(apart.pickle, "dump", waits_for_ever)
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = children.read_text()
    assert apart.apart(os.getpid, longest=0.05) == os.getpid()
    assert children.read_text() == before


def test_where_no_process_may_begin_it_is_reckoned_here_and_nothing_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    before = len([*Path("/proc/self/fd").iterdir()])
    assert [apart.apart(lambda: 7) for _ in range(5)] == [7] * 5
    assert len([*Path("/proc/self/fd").iterdir()]) == before
