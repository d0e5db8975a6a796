"""What is said and counted of each request: by the name of its route, never by its address."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fourfold.audit import security
from fourfold.audit.terms import Actor
from fourfold.gateways import logs, meters, traces
from fourfold.web.sizes import ASKED

NO_ROUTE = "none"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Statements:
    """Counts the statements of one request."""

    count = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


class LinesMiddleware:
    """Writes one line for each request, and counts it; around it all, but for probes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number, began, statements = logs.begin_request(), time.perf_counter(), _Statements()
        try:
            with traces.span("request") as add:
                with connection.execute_wrapper(statements):
                    answer = self.get_response(request)
                if ASKED not in request.META:  # asked whether a large body would be taken: its own line follows
                    seconds = time.perf_counter() - began
                    add(**self._said(request, answer.status_code, seconds, statements.count, number))
        finally:
            logs.end_request()
        return answer

    @staticmethod
    def _said(request: HttpRequest, status: int, seconds: float, statements: int, number: str) -> dict[str, Any]:
        route = getattr(request.resolver_match, "view_name", "") or NO_ROUTE
        method = request.method if request.method in METHODS else "other"
        actor: Actor | None = getattr(request, "actor", None)
        said: dict[str, Any] = {
            "request": number,
            "route": route,
            "method": method,
            "status": status,
            "statements": statements,
        }
        who = security.hashed(actor.staff.bytes) if actor else ""
        logs.say("request", **said, ms=round(seconds * 1000), who=who)
        meters.answered(route, str(method), status, seconds, statements)
        return said
