"""What a page takes long to work out: once at a time for each person, and a page that asks again for whoever is quicker."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread
from typing import Any, TextIO

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.gateways.underway import AGAIN_AFTER, Told, Underway, begins, file_of, how_far, look, stop, taken, worked
from fourfold.web.guard import Request, page
from fourfold.words import Word

#: Works that are begun and not ended, in all processes of the server; whoever asks for one more is asked to come again.
MOST, FULL_AGAIN_AFTER = 4, 60
#: Seconds for which a failure stands.
FAILED_FOR = 300
TURN = "turn"
TRIES = 10


def underway(name: str, work: Callable[[Told], object], *, lane: str = "") -> Underway:
    """Begin some work beside the page, once in all processes of the server, and say how far it is.

    The work keeps its answer itself and reads no database. One work of a lane is done at a time, the others wait for their turn;
    a part that somebody needs at once has a lane of its own, and never stands behind whole answers. A process
    that dies gives its turn up, and whoever looks next begins again. A failure stands for a while, what somebody stopped until
    somebody lets it begin again, and no more than a few works wait.
    """
    path = file_of(name)
    with path.open("a+") as file:
        far = look(file, name)
        if far and not (far.failed and time.time() - os.fstat(file.fileno()).st_mtime >= FAILED_FOR):
            return far
        if _is_full(path.parent, lane):
            return Underway(full=True, again_after=FULL_AGAIN_AFTER)
        begins(file, name)
    begin(lambda: _worked(path, work, lane))
    return Underway(name)


def ask(name: str, what: str, actor: Actor, about: str = "") -> bool:
    """Have a command do what reads and writes the database beside the page, as who asks; return False where it is being done already.

    What stood of it before goes. Its process has the file from us, so that nobody finds it without one in between; it acts as
    whoever asked, in that session, and its first write keeps that the form was sent.
    """
    who = {
        each: str(getattr(actor, each) or "")
        for each in ("staff", "account", "session", "strength", "client", "purpose")
    }
    with file_of(name).open("a+") as file:
        for _ in range(TRIES):  # somebody may only be looking
            if (far := look(file, name)) is None or far.is_over:
                begins(file, name)
                command(file, name, json.dumps({"what": what, "about": about, "who": who, "once": audit.sending()}))
                return True
            time.sleep(0.02)
    return False


def command(file: TextIO, name: str, asked: str) -> None:
    """Let `fourfold beside` do some work, as the first of its own group of processes, with the file that we have taken."""
    words = [sys.executable, "-m", "fourfold.cli.main", "beside", str(file.fileno()), name]
    child = Popen(words, stdin=PIPE, text=True, pass_fds=(file.fileno(),), start_new_session=True)
    Thread(target=child.wait, daemon=True).start()
    with suppress(BrokenPipeError), child.stdin as said:  # type: ignore[union-attr]
        said.write(asked)  # where it has ended already, its file says so


def _is_full(folder: Path, lane: str) -> bool:
    """Return whether every place of those who wait is taken."""
    with _placed(folder, lane) as is_placed:
        return not is_placed


@contextmanager
def _placed(folder: Path, lane: str = "") -> Iterator[bool]:
    """Hold one of the places of those who wait in a lane, and say whether there was one."""
    for number in range(MOST):
        with (folder / f"{TURN}{lane}-{number}").open("w") as place:
            if taken(place):
                yield True
                return
    yield False


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
        if not (is_placed and taken(file)):
            return  # somebody was quicker: whoever looks next begins it

        def in_turn(told: Told) -> str:
            fcntl.flock(turn, fcntl.LOCK_EX)
            work(told)
            return ""

        worked(file, path.name, in_turn, lambda: os._exit(0))


def waiting(request: Request, far: Underway, template: str, **shown: Any) -> HttpResponse:
    """Say how far some work is, by a page that asks again by itself."""
    answer = page(request, template, underway=far, **shown)
    if far.full:
        answer.status_code = 503
        answer["Retry-After"] = str(far.again_after)
    if not far.is_over:
        answer["Refresh"] = str(far.again_after)
    return answer


def beside(request: Request, name: str, does: Callable[[], object] | None, *, then: str, **shown: Any) -> HttpResponse:
    """Take what somebody asks of work beside the page, say how far it is, and lead on once it has left its answer.

    `does` begins it, where this page can. `shown` is what underway.html says of it.
    """
    if request.method == "POST":
        here = HttpResponseRedirect(request.path, status=303)
        if request.POST.get("do") == "stop":
            stop(name)
        elif does:
            with request.once(lambda _: here):
                does()
        return here
    far = how_far(name)
    return (
        HttpResponseRedirect(then)
        if far is None
        else waiting(request, far, "underway.html", back=then, begins=does is not None, **shown)
    )


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
        yield taken(file)


def _again(request: Request) -> HttpResponse:
    answer = page(
        request, "plain.html", status=429, heading=Word("Your last answer is still being worked out"),
        text=Word("This page asks again every 4 seconds, and shows what you asked for once it is there."),
    )  # fmt: skip
    answer["Refresh"] = answer["Retry-After"] = str(AGAIN_AFTER)
    return answer
