"""How an agency's system comes in: its secret for a token (OAuth 2.0 client credentials, RFC 6749 4.4), and the token for each request.

The same services and the same policy as for people; what a system was given for narrows it further.
"""

# No postponed annotations here: the schema is built from the signatures as they stand.

import base64
import math
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast
from urllib.parse import unquote_plus

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.errors import Throttled
from ninja.throttling import BaseThrottle

from fourfold.access import systems
from fourfold.access.services.ways_in import NOBODY
from fourfold.access.terms import Compartment, Permission, Refused
from fourfold.access.terms.systems import TOKEN_LASTS, Capability, NotTheirs, System
from fourfold.api.guard import Request, requires
from fourfold.audit import services as audit
from fourfold.programme.works_with import works_with

Operation = TypeVar("Operation", bound=Callable[..., Any])

#: Requests of one system, and wrong tries for a token from one address, in a minute of the clock.
MOST_A_MINUTE = 300
#: What the log calls the API for systems.
NAMED = "page.agencies:"
#: Bytes of a body that a system may send: a part of a file.
LARGEST_PART = 1 << 20


class SystemRequest(Request):
    """A request of an agency's system."""

    system: System


def shows_token(request: HttpRequest) -> System | None:
    """Return which system sends a request, for a token that holds at this moment; the log has every request by its name."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return None
    at: datetime = request.at  # type: ignore[attr-defined]
    try:
        request.actor, system = systems.acting(token.strip(), at=at)  # type: ignore[attr-defined]
    except NotTheirs:
        return None
    request.system = system  # type: ignore[attr-defined]
    return system


def comes_in(request: HttpRequest) -> System | None:
    """Return what `shows_token` does; wrong ones from one address wait as wrong secrets do, and keep a right one from nothing."""
    system = shows_token(request)
    if system is None and _one_more_wrong(request) > MOST_A_MINUTE:
        raise Throttled(wait=None)
    return system


def given_for(
    capability: Capability, permission: Permission, *, method: str, compartments: frozenset[Compartment]
) -> Callable[[Operation], Operation]:
    """Declare what an operation of systems needs beside the permission: that the system was given for it, and an agreement."""

    def declare(operation: Operation) -> Operation:
        name = f"{NAMED}{operation.__name__}"
        guarded = requires(permission, method=method, compartments=compartments, of=NAMED)(operation)

        @wraps(guarded)
        def door(request: SystemRequest, *args: Any, **kwargs: Any) -> Any:
            if why := _why_not(request, capability):
                audit.refused(request.actor, name, at=request.at, rule=why[0])
                raise Refused(*why)
            return guarded(request, *args, **kwargs)

        return cast("Operation", door)

    return declare


def _why_not(request: SystemRequest, capability: Capability) -> tuple[str, str] | None:
    system = request.system
    if capability not in system.capabilities:
        return "capability", "This system was not given for this. Its agency can ask for one that is."
    if not works_with(system.site, system.partner, at=request.at):
        return "no agreement", "The agency has no agreement with the unit that is in force today."
    return None


class PerMinute(BaseThrottle):
    """Lets so many requests of one system through in a minute of the clock."""

    def allow_request(self, request: SystemRequest) -> bool:  # type: ignore[override]
        return _one_more(str(request.system.id), request.at) <= MOST_A_MINUTE


def _one_more(who: str, at: datetime) -> int:
    """Count one more of somebody's in this minute, and return how many; the count crowds nothing else out of a cache."""
    key, counts = f"{who}.{int(at.timestamp()) // 60}", caches["counts"]
    counts.add(key, 0, timeout=120)
    try:
        return int(counts.incr(key))
    except ValueError:  # gone between the two
        return 1


def _one_more_wrong(request: HttpRequest) -> int:
    who = sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()  # a key of a cache takes no strange sign
    return _one_more(who, request.at)  # type: ignore[attr-defined]


def too_many(request: HttpRequest, _: Throttled | type[Throttled] | None = None) -> HttpResponse:
    """Answer 429, and in how many seconds the next minute begins."""
    at: datetime = request.at  # type: ignore[attr-defined]
    answer = JsonResponse({"message": "Too many requests in this minute. Wait as Retry-After says."}, status=429)
    answer["Retry-After"] = str(60 - int(at.timestamp()) % 60)
    return answer


def too_much_told(request: HttpRequest, fault: Any) -> HttpResponse:
    """Answer 429, and in how many seconds the next report is kept."""
    at: datetime = request.at  # type: ignore[attr-defined]
    answer = JsonResponse({"field": fault.field, "message": str(fault)}, status=429)
    answer["Retry-After"] = str(math.ceil((fault.again_at - at).total_seconds()))
    return answer


def takes(request: HttpRequest) -> int:
    """Return how many bytes a request may send: more than anybody's only with a token."""
    return LARGEST_PART if shows_token(request) else 0


def token_of(request: HttpRequest) -> HttpResponse:
    """Answer a request for a token as RFC 6749 has it (5.1, 5.2); what does not fit is said, never which part of it.

    Wrong tries are counted by their address, and right ones never: whoever shares an address with a system keeps it out of
    nothing by trying.
    """
    at: datetime = request.at  # type: ignore[attr-defined]
    if request.POST.get("grant_type") != "client_credentials":
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    identifier, secret = _credentials(request)
    try:
        token = systems.token_for(identifier, secret, at=at)
    except NotTheirs:
        tries = _one_more_wrong(request)
        if tries <= MOST_A_MINUTE + 1:  # the first that is one too many is in the log; those after it would fill it
            audit.refused(NOBODY, "page.agencies:token", at=at, rule="wrong secret")
        if tries > MOST_A_MINUTE:
            return too_many(request)
        answer = JsonResponse({"error": "invalid_client"}, status=401)
        answer["WWW-Authenticate"] = 'Basic realm="fourfold"'
        return answer
    seconds = int(TOKEN_LASTS.total_seconds())
    return JsonResponse({"access_token": token, "token_type": "Bearer", "expires_in": seconds})


def _credentials(request: HttpRequest) -> tuple[str, str]:
    kind, _, said = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(said, validate=True).decode().partition(":")
    except ValueError:  # no base64, no UTF-8, or a header that is no ASCII
        return "", ""
    return unquote_plus(name), unquote_plus(secret)
