"""What a page takes long to work out: once at a time for each person, and a page that asks again for whoever is quicker."""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from threading import Thread
from typing import Any, TextIO

from django.conf import settings
from django.http import HttpResponse

from fourfold.web.guard import Request, page
from fourfold.words import Word

log = logging.getLogger(__name__)
AGAIN_AFTER = 4
#: Works that are begun and not ended, in all processes of the server; whoever asks for one more is asked to come again.
MOST, FULL_AGAIN_AFTER = 4, 60
#: Seconds for which a failure stands.
FAILED_FOR = 300
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Underway:
    """How far some work is: `done` of `steps`; `failed` where it ended without an answer, `full` where it was not begun,
    because too many others wait."""

    done: int = 0
    steps: int = 0
    failed: bool = False
    full: bool = False
    again_after: int = AGAIN_AFTER


def underway(name: str, work: Callable[[Told], object], *, lane: str = "") -> Underway:
    """Begin some work beside the page, once in all processes of the server, and say how far it is.

    The work keeps its answer itself and reads no database. One work of a lane is done at a time, the others wait for their turn;
    a part that somebody needs at once has a lane of its own, and never stands behind whole answers. A process
    that dies gives its turn up, and whoever looks next begins again. A failure stands for a while, and no more than a few
    works wait.
    """
    folder = Path(f"{settings.CACHES['default']['LOCATION']}-underway")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a+") as file:
        file.seek(0)
        text = file.read()
        if not _locked(file):
            done, _, steps = text.partition(" ")
            return Underway(int(done), int(steps)) if steps.isdigit() else Underway()
        if text == FAILED and time.time() - os.fstat(file.fileno()).st_mtime < FAILED_FOR:
            return Underway(failed=True)
        if _is_full(folder, lane):
            return Underway(full=True, again_after=FULL_AGAIN_AFTER)
        file.truncate(0)
    begin(lambda: _worked(folder / name, work, lane))
    return Underway()


def _is_full(folder: Path, lane: str) -> bool:
    """Return whether every place of those who wait is taken."""
    with _placed(folder, lane) as is_placed:
        return not is_placed


@contextmanager
def _placed(folder: Path, lane: str = "") -> Iterator[bool]:
    """Hold one of the places of those who wait in a lane, and say whether there was one."""
    for number in range(MOST):
        with (folder / f"{TURN}{lane}-{number}").open("w") as place:
            if _locked(place):
                yield True
                return
    yield False


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


FAILED, TURN = "failed", "turn"


def begin(work: Callable[[], None]) -> None:
    """Do some work in a process of its own: what it reads and reckons is in nobody's memory once it has ended.

    It knows its code from ours, and shuts its copies of our connections and locks, which would be held until it ends. One thread
    of the server answers (config/front.py), this one: no other holds a lock of the program meanwhile.
    """
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of the threads that wait for senders
        if child := os.fork():
            Thread(target=os.waitpid, args=(child, 0), daemon=True).start()
            return
    try:
        gc.freeze()  # a file that nobody holds any more must not shut one of the same number
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)  # the server's own way to end asks for what is shut
        work()
    finally:
        os._exit(0)


def _worked(path: Path, work: Callable[[Told], object], lane: str) -> None:
    with (
        _placed(path.parent, lane) as is_placed,
        path.open("a+") as file,
        (path.parent / f"{TURN}{lane}").open("w") as turn,
    ):
        if not (is_placed and _locked(file)):
            return  # somebody was quicker: whoever looks next begins it
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            work(lambda done, steps: _write(file, f"{done} {steps}"))
        except Exception:
            log.exception("what a page takes long for could not be worked out")
            _write(file, FAILED)
        else:
            path.unlink(missing_ok=True)


def _write(file: TextIO, text: str) -> None:
    file.truncate(0)
    file.write(text)
    file.flush()


def one_at_a_time(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let one person look at one such page at a time: a long answer's processor is nobody's to have ten times at once."""

    @wraps(view)
    def answered(request: Request, *args: Any, **said: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return view(request, *args, **said)
        with _turn(str(request.actor.staff)) as mine:
            return view(request, *args, **said) if mine else _again(request)

    return answered


@contextmanager
def _turn(person: str) -> Iterator[bool]:
    """Say whether it is this person's turn; a process that dies gives its turn up."""
    folder = Path(f"{settings.CACHES['default']['LOCATION']}-turns")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / person).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _again(request: Request) -> HttpResponse:
    answer = page(
        request, "plain.html", status=429, heading=Word("Your last answer is still being worked out"),
        text=Word("This page asks again every 4 seconds, and shows what you asked for once it is there."),
    )  # fmt: skip
    answer["Refresh"] = answer["Retry-After"] = str(AGAIN_AFTER)
    return answer
