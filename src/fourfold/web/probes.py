"""Whether the site is alive and ready, for whoever watches it: no version, no counts, no reasons; those stand behind a door.

Answered before all else: a probe comes by address, without TLS, often, and from somebody who never signs in. It is sent to
no other place, is counted by no throttle, makes no session and leaves no entry in the log.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from fourfold.gateways import meters
from fourfold.web import clock

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.registry import Collector

LIVENESS, READINESS = "/health/liveness", "/health/readiness"
#: By both names: the short ones were there first, and the test contract promises them.
ALIVE, READY = (LIVENESS, "/healthz"), (READINESS, "/readyz")


#: What Prometheus reads, with the token of the settings. To whoever shows none there is no such address.
METRICS, TEXT = "/metrics", "text/plain; version=0.0.4; charset=utf-8"


class ProbesMiddleware:
    """Answers probes; everything else goes on to the site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in (*ALIVE, *READY):
            if request.path_info != METRICS or not shows_token(request.headers.get("Authorization", "")):
                return self.get_response(request)
            return HttpResponse(numbers(), content_type=TEXT, headers={"Cache-Control": "no-store"})
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


def shows_token(said: str) -> bool:
    """Return whether a request carries the token of those who read numbers; without one in the settings nobody does."""
    token = settings.FOURFOLD.metrics_token.get_secret_value()
    return bool(token) and hmac.compare_digest(said.encode(), f"Bearer {token}".encode())


def numbers() -> bytes:
    """Return all that is counted in the processes of this server, and the facts about the installation."""
    from fourfold.upkeep import facts, metrics

    found = facts.gathered(at=clock.now(), address=facts.own_address(), asks_again=False)

    class Known:
        def collect(self) -> Iterable[Metric]:
            return metrics.metrics(found)

    return meters.exposed(cast("Collector", Known()))


def _said(word: str, status: int) -> HttpResponse:
    return HttpResponse(f"{word}\n", content_type="text/plain", status=status, headers={"Cache-Control": "no-store"})
