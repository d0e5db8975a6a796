"""No call of a test asks the system for memory again and again: its frames have room."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable

from tests.room import with_room

CALLS, DEEP = 1_000, 300
#: Of this thread alone, where the system tells them apart.
WHOSE = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)


def _calls() -> None:
    for _ in range(CALLS):
        _called(1)


def _called(word: int) -> int:
    return word


def _calls_from(depth: int) -> None:
    if depth:
        _calls_from(depth - 1)
    else:
        _calls()


def most_asked() -> int:
    """Return how often memory was asked for by the calls of a loop, at the depth at which it was most."""
    return max(_asked_at(depth) for depth in range(DEEP))


def _asked_at(depth: int) -> int:
    before = resource.getrusage(WHOSE).ru_minflt
    _calls_from(depth)
    return resource.getrusage(WHOSE).ru_minflt - before


def _in_a_thread(run: Callable[[], int]) -> int:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(run()))
    thread.start()
    thread.join()
    return found[0]


def test_a_loop_at_some_depth_asks_at_each_call_and_with_room_at_none() -> None:
    assert _in_a_thread(most_asked) > CALLS / 2, "or there is nothing to mend: this Python keeps its frames otherwise"
    assert _in_a_thread(lambda: with_room(most_asked)) < CALLS / 10


def test_every_test_has_room() -> None:
    assert most_asked() < CALLS / 10
