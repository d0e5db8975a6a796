"""Whoever works beside stays from one work to the next, and answers for that one alone."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection

import pytest

from fourfold.intake.rules.feeds.read_ahead import answer, beside, in_turn, staying


def multiply(pipe: Connection, factor: int) -> None:
    answer(pipe, lambda number: (os.getpid(), number * factor))


def end_at_once(pipe: Connection) -> None:
    os._exit(0)


def done(factor: int, numbers: list[int], most: int = 2) -> tuple[set[int], list[int]]:
    with beside(multiply, factor, most=most) as pipes:
        found = list(in_turn(pipes, numbers))
    return {pid for pid, _ in found}, [number for _, number in found]


def test_the_same_processes_do_one_work_after_the_other() -> None:
    with staying():
        first, second, third = done(2, [1, 2, 3, 4]), done(3, [1, 2, 3, 4]), done(5, [1], most=1)
    assert (first[1], second[1], third[1]) == ([2, 4, 6, 8], [3, 6, 9, 12], [5])
    assert first[0] == second[0] > third[0]
    for pid in first[0]:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_nobody_stays_where_nobody_asked_for_it() -> None:
    assert not done(2, [1, 2])[0] & done(2, [1, 2])[0]


def test_what_nobody_waited_for_is_no_answer_to_what_comes_next() -> None:
    with staying():
        with beside(multiply, 2, most=1) as [pipe]:
            pipe.send(1)
            pipe.send(2)
        assert done(3, [1, 2], most=1)[1] == [3, 6]


def test_another_takes_the_place_of_whoever_died() -> None:
    with staying():
        with beside(end_at_once, most=1):
            pass
        (first,), _ = done(2, [1], most=1)
        os.kill(first, 9)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        (second,), numbers = done(2, [1], most=1)
    assert numbers == [2]
    assert first != second


def test_whoever_raises_keeps_nobody() -> None:
    told: set[int] = set()

    def breaks_off() -> None:
        with beside(multiply, 2, most=1) as [pipe]:
            pipe.send(1)
            told.add(pipe.recv()[0])
            raise ValueError("broken off")

    with staying():
        with pytest.raises(ValueError, match="broken off"):
            breaks_off()
        assert not done(2, [1], most=1)[0] & told


def test_for_a_work_that_holds_much_nobody_stays() -> None:
    with staying():
        before, _ = done(2, [1, 2])
        with beside(multiply, 3, most=1, stays=False) as [pipe]:
            pipe.send(2)
            alone, found = pipe.recv()
            for pid in before:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)
        after, _ = done(2, [1, 2])
    assert found == 6
    assert not {alone} & (before | after)
