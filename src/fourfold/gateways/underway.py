"""How far work is that somebody waits for beside a page: told in a file that its process holds, and how it is stopped."""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TextIO

from django.conf import settings

log = logging.getLogger(__name__)
AGAIN_AFTER = 4
#: Seconds between two looks at whether somebody asked for the end.
LOOK_EVERY = 0.3
#: Seconds for which a file that was made beside a page is there to be fetched.
KEPT_FOR = 3600
#: How the names of works begin that are about a case.
OF_A_CASE = ("pack-", "draft-")
FAILED, STOPPED, DONE, SAID = "failed", "stopped", "done", "said "
#: Hears how many steps are done, and of how many.
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Underway:
    """How far some work is: `done` of `steps`; `failed` or `stopped` where it ended so, `said` what it says in place of an
    answer, `full` where it was not begun, because too many others wait."""

    name: str = ""
    done: int = 0
    steps: int = 0
    failed: bool = False
    full: bool = False
    stopping: bool = False
    stopped: bool = False
    said: str = ""
    again_after: int = AGAIN_AFTER

    @property
    def is_over(self) -> bool:
        """Return whether nobody works on it any more, so that to ask again by itself would change nothing."""
        return self.failed or self.stopped or bool(self.said)


def file_of(name: str) -> Path:
    """Return the file in which some work tells how far it is, in a folder that is there."""
    folder = Path(f"{settings.CACHES['default']['LOCATION']}-underway")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def taken(file: TextIO, *, shared: bool = False) -> bool:
    """Take a file for as long as it is open, or `shared` with whoever only looks; return False where another process has it."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def look(file: TextIO, name: str, *, shared: bool = False) -> Underway | None:
    """Return how far some work is, or how it ended; None where it may begin: the file is taken then, or `shared`."""
    free = taken(file, shared=shared)
    file.seek(0)
    text = file.read()  # not before: whoever had it may have ended in between
    if not free:
        done, _, steps = text.partition(" ")
        far = (int(done), int(steps)) if steps.isdigit() else (0, 0)
        return Underway(name, *far, stopping=text == STOPPED or _marker(name).exists())  # it may still clear up
    said = text.removeprefix(SAID) if text.startswith(SAID) else ""
    if said or text in (FAILED, STOPPED):
        return Underway(name, failed=text == FAILED, stopped=text == STOPPED, said=said)
    return None


def how_far(name: str) -> Underway | None:
    """Return how far some work is, or how it ended; None where it was not asked for, or has ended and left its answer."""
    with _there(name) as file:
        if file is None:
            return None
        if (far := look(file, name, shared=True)) is not None:
            return far
        file.seek(0)
        return None if file.read() == DONE else Underway(name, failed=True)  # whoever worked on it was killed


def stop(name: str) -> None:
    """Ask for the end of some work; where nobody works on it, nothing happens."""
    with _there(name) as file:
        if file and (far := look(file, name, shared=True)) and not far.is_over:
            _marker(name).touch()


def forget(name: str) -> None:
    """Forget how some work ended: it may begin again."""
    with _there(name) as file:
        if file and ((far := look(file, name)) is None or far.is_over):
            _write(file, DONE)


@contextmanager
def _there(name: str) -> Iterator[TextIO | None]:
    try:
        file = file_of(name).open("r+")
    except FileNotFoundError:
        yield None
    else:
        with file:
            yield file


def made(name: str) -> Path:
    """Return where some work puts a file that it makes, for whoever asked."""
    return file_of(f"{name}.made")


def is_kept(name: str) -> bool:
    """Return whether the file that some work made is there, and its hour not over."""
    return _is_young(made(name))


def _is_young(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime <= KEPT_FOR
    return False


def sweep() -> None:
    """Throw away the files that were made an hour ago, or half, and forget what was said of a case's: they may hold its words."""
    for path in file_of("").iterdir():
        if _is_young(path):
            continue
        if path.suffix in (".made", ".draft"):
            path.unlink(missing_ok=True)
        elif path.name.startswith(OF_A_CASE) and not path.suffix:
            forget(path.name)


def begins(file: TextIO, name: str) -> None:
    """Note that some work begins, which nobody has asked yet to stop and which has made nothing."""
    for path in (_marker(name), made(name)):
        path.unlink(missing_ok=True)
    _write(file, "")


def worked(file: TextIO, name: str, work: Callable[[Told], str], end: Callable[[], None]) -> None:
    """Do some work as whoever has its file; tell there how far it is, and whether it failed or what it says in place of an answer.

    Where somebody asks for its end meanwhile, that is told, and `end` is called from another thread.
    """
    over, one = Event(), Lock()

    def told(done: int, steps: int) -> None:
        with one:
            _write(file, f"{done} {steps}")

    def watched() -> None:
        while not over.wait(LOOK_EVERY):
            if _marker(name).exists():
                one.acquire()  # for good: nothing is told after this
                _write(file, STOPPED)
                _marker(name).unlink(missing_ok=True)
                end()
                return

    Thread(target=watched, daemon=True).start()
    try:
        said = work(told)
    except Exception:
        log.exception("what a page takes long for could not be worked out")
        with one:
            _write(file, FAILED)
    else:
        with one:
            if said:
                _write(file, SAID + said)
            else:
                _write(file, DONE)  # the file stays: a name that goes leaves its lock to whoever had it open
    finally:
        over.set()


def _marker(name: str) -> Path:
    return file_of(f"{name}.stop")


def _write(file: TextIO, text: str) -> None:
    file.seek(0)
    file.truncate(0)
    file.write(text)
    file.flush()
