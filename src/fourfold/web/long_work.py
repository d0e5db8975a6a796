"""What a page takes long to work out: once at a time for each person, and a page that asks again for whoever is quicker."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from fourfold.web.guard import Request, page
from fourfold.words import Word

AGAIN_AFTER = 4


def one_at_a_time(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let one person look at one such page at a time: half a minute of a processor is nobody's to have ten times at once."""

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
        text=Word("It takes up to half a minute. This page asks again every 4 seconds, and shows what you asked for once it is there."),
    )  # fmt: skip
    answer["Refresh"] = answer["Retry-After"] = str(AGAIN_AFTER)
    return answer
