"""Reading ahead in other processes: while this one stores a batch, they read the next ones through the same mapping.

They know the rules alone, no database, and end with this process however it ends: their end of the pipe closes.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from itertools import islice
from multiprocessing.connection import Connection, Pipe
from typing import Any

from fourfold.intake.rules.among_rows import Sight
from fourfold.intake.rules.feeds.cells import RowFault
from fourfold.intake.rules.feeds.losses import Counts, Losses
from fourfold.intake.rules.feeds.packing import Form, Press, id_of_row, packed_row
from fourfold.intake.rules.feeds.reading import Reader, ReadRow
from fourfold.intake.rules.roles_held import Pair
from fourfold.intake.rules.urgency import judged

#: Processes besides this one; more have nothing to do, because storing is then the slower half.
MOST = 3

#: Objects made before memory is looked through for cycles: rows make none, and a batch is gone once it is sent.
NO_CYCLES = 100_000

#: The number of a line and its cells.
Numbered = tuple[int, Sequence[str]]
Outcome = ReadRow | RowFault | tuple[Any, ...]
"""What became of a line: a row that was read, why it must wait, or, packed, all of a PackedRow but its cells."""


@contextmanager
def ahead(reader: Reader) -> Generator[Ahead, None, None]:
    """Let other processes look down a file, and read it."""
    with beside(_work, reader.told_apart) as pipes:
        yield Ahead(pipes, reader.losses)


@contextmanager
def beside(
    work: Callable[..., None], *told: Any, most: int = MOST, stays: bool = True
) -> Generator[list[Connection], None, None]:
    """Have as many processes as there are processors each do some work through a pipe of its own, and end them.

    This one mostly waits for them, or for the database. For a work that holds much, nobody stays: who stayed from another ends.
    """
    staying, team = _STAYING.get(), list[_Worker]()
    if staying and not stays:
        _end(staying)
        staying.clear()
    try:
        for _ in range(min(most, os.cpu_count() or 2)):
            left = staying.pop() if staying else None
            team.append(left if left and left[1].poll() is None else _started())
            team[-1][0].send((work, told))
        yield [pipe for pipe, _ in team]
        while stays and staying is not None and team and _is_free(team[-1][0]):
            staying.append(team.pop())
    finally:
        _end(team)


@contextmanager
def staying() -> Generator[None, None, None]:
    """Let whoever works beside this process stay from one work to the next: each takes 0.3 s to start."""
    before = _STAYING.set(team := list[_Worker]())
    try:
        yield
    finally:
        _STAYING.reset(before)
        _end(team)


_Worker = tuple[Connection, subprocess.Popen[bytes]]
_STAYING: ContextVar[list[_Worker] | None] = ContextVar("staying", default=None)


def _started() -> _Worker:
    """Start a process that knows the rules alone: one of the standard library's would read the whole command first."""
    said = f"from {__name__} import {begin.__name__}; {begin.__name__}"
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ours, theirs = Pipe()
    with theirs:
        number = theirs.fileno()
        started = [sys.executable, "-P", "-c", f"{said}({number})"]
        return ours, subprocess.Popen(started, pass_fds=[number], env=paths)


def _is_free(pipe: Connection) -> bool:
    """Tell somebody that a work is done, and return whether they can take another; what they said last is let go."""
    with suppress(EOFError, OSError):
        pipe.send(None)
        while pipe.recv() is not None:
            pass
        return True
    return False


def _end(team: Iterable[_Worker]) -> None:
    for pipe, _ in team:
        pipe.close()
    for _, worker in team:
        worker.terminate()
        worker.wait()


def begin(number: int) -> None:
    """Do, in another process, each work that comes through a pipe."""
    pipe = Connection(number)
    with suppress(EOFError, OSError):
        while True:
            work, told = pipe.recv()
            work(pipe, *told)
            pipe.send(None)


def in_turn(pipes: Sequence[Connection], batches: Iterable[Any]) -> Iterator[Any]:
    """Yield what comes of each batch, in the order in which they went: each process works on one."""
    left = iter(batches)
    busy = deque(pipe for pipe, batch in zip(pipes, islice(left, len(pipes)), strict=False) if _sent(pipe, batch))
    while busy:
        pipe = busy.popleft()
        following = next(left, None)  # made ready while the process still works, so that it waits for nothing
        found = pipe.recv()
        if following is not None and _sent(pipe, following):
            busy.append(pipe)
        yield found


class Ahead:
    """Batches that other processes read."""

    def __init__(self, pipes: list[Connection], losses: Losses) -> None:
        self._pipes, self._losses = pipes, losses

    def look(self, batches: Iterable[list[Numbered]]) -> Iterator[Sight]:
        """Yield what the rows of each batch say of people."""
        return in_turn(self._pipes, ((looked, batch) for batch in batches))

    def read(self, batches: Iterable[Sequence[Numbered]], form: Form | None = None) -> Iterator[list[Outcome]]:
        """Yield the outcome of every line of each batch. With a `form` what is read is packed."""
        for found, lost in in_turn(self._pipes, ((_read, batch, form) for batch in batches)):
            self._losses.add(lost)
            yield found


def _sent(pipe: Connection, batch: Any) -> bool:
    pipe.send(batch)
    return True


def _work(pipe: Connection, told_apart: tuple[Any, ...]) -> None:
    reader = Reader.again(told_apart)
    answer(pipe, lambda told: told[0](reader, *told[1:]))


def people_of(rows: Iterable[Numbered], reader: Reader) -> Iterator[tuple[int, str, Pair]]:
    """Yield number, reference and people of the rows of which these can be read."""
    for number, cells in rows:
        if (one := reader.glance(cells)) is not None:
            with suppress(RowFault):
                yield number, one.reference, Pair(*one.people())


def looked(reader: Reader, batch: Sequence[Numbered]) -> Sight:
    sight = Sight()
    sight.look(people_of(batch, reader))
    reader.losses.taken()  # counted where the rows are read
    return sight


def _read(reader: Reader, batch: Sequence[Numbered], form: Form | None) -> tuple[list[Outcome], Counts]:
    press = Press(form) if form else None
    return [outcome(reader, number, cells, press) for number, cells in batch], reader.losses.taken()


def answer(pipe: Connection, work: Callable[[Any], object]) -> None:
    """Send back what comes of each batch, until the other end closes or says that this was all."""
    gc.freeze()
    gc.set_threshold(NO_CYCLES)
    while (told := pipe.recv()) is not None:
        pipe.send(work(told))


def outcome(reader: Reader, number: int, cells: Sequence[str], press: Press | None = None) -> Outcome:
    """Return a row read and judged, packed where that can be done here, or why it must wait."""
    try:
        row = reader.read(number, cells)
    except RowFault as fault:
        return fault
    if press is None or row.told.needs_more_tables:  # whose rows point to this one
        return replace(row, judged=judged(row.told))
    return packed_row(row, press, id_of_row(reader.begun, number))
