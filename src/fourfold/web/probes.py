"""Whether the site is alive and ready, for whoever watches it: no version, no counts, no reasons.

Answered before all else: a probe comes by address, without TLS, often, and from somebody who never signs in. It is sent to
no other place, is counted by no throttle, makes no session and leaves no entry in the log.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

LIVENESS, READINESS = "/health/liveness", "/health/readiness"
#: By both names: the short ones were there first, and the test contract promises them.
ALIVE, READY = (LIVENESS, "/healthz"), (READINESS, "/readyz")


class ProbesMiddleware:
    """Answers probes; everything else goes on to the site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in (*ALIVE, *READY):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if request.path_info in ALIVE:
            return _said("ok", 200)
        return _said("ready", 200) if is_ready() else _said("not ready", 503)


def is_ready() -> bool:
    """Return whether the site can serve; whatever the database or the keys lack is a no."""
    from fourfold.upkeep import queries as upkeep  # the server's front reads these addresses before there is a database

    try:
        with transaction.atomic():
            return upkeep.is_ready()
    except (DatabaseError, OSError, ValueError, KeyError):
        return False


def _said(word: str, status: int) -> HttpResponse:
    return HttpResponse(f"{word}\n", content_type="text/plain", status=status, headers={"Cache-Control": "no-store"})
