"""What is settled before a page is reached: from where a request comes, and how much of it is read.

Nothing of a body is read, and so nothing is written to a disk, before the page that it is sent to says how much it takes
from whoever sends it. The server in front (config/front.py) asks the same question before it reads.
"""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from fourfold.access import queries as access_queries
from fourfold.access.signed_in import actor_of
from fourfold.web.guard import too_large
from fourfold.web.sizes import ANYBODY, ASKED

#: With what a file of the pages (style, script) is answered.
OF_FILES = frozenset({200, 206, 304})
#: With what the framework's own pages answer, which have a style within, where faults are looked for.
OF_FAULTS = frozenset({404, 500})
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


class AddressMiddleware:
    """Names the address from which a request comes, and believes what a proxy says of it only where the proxy is named.

    As the outermost it also says of every answer, of whichever middleware, that nobody keeps it; files of the pages aside.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer = request.META.get("REMOTE_ADDR", "")
        if is_proxy(peer):
            request.META["REMOTE_ADDR"] = sender(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
            request.META.pop("HTTP_X_FORWARDED_FOR", None)
        else:
            for header in FORWARDED:
                request.META.pop(header, None)
        response = self.get_response(request)
        if response.status_code not in OF_FILES or not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class PolicyMiddleware:
    """Says what a page may load, in the words of the settings: the library puts them together anew for each answer, twice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response, self.policy = get_response, build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not settings.DEBUG or response.status_code not in OF_FAULTS:
            response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


def sender(peer: str, forwarded: str) -> str:
    """Return the address of a sender: the first from the right that is no proxy of ours; a proxy's where that is no address."""
    found = peer
    for said in reversed(forwarded.split(",")):
        address = _address(said)
        if not is_proxy(found) or not address:
            break
        found = address
    return found


def address_of(request: HttpRequest) -> str:
    """Return the address of a sender, as the first middleware found it."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _address(said: str) -> str:
    """Return an address as a proxy writes it, perhaps with a port, in its one form; "" for what is none."""
    host = said.strip().strip('"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def is_proxy(address: str) -> bool:
    """Return whether an address is one of the proxies that the settings name."""
    return _is_among(address, settings.FOURFOLD.trusted_proxies)


@lru_cache(maxsize=512)  # each request comes from one, and nearly all from the same
def _is_among(address: str, proxies: str) -> bool:
    said = _address(address)
    return bool(said) and any(ip_address(said) in network for network in _networks(proxies))


def _networks(said: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each.strip()) for each in said.split(",") if each.strip())


class DoorstepMiddleware:
    """Turns away a body that is larger than its page takes from whoever sends it, before a byte of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer 413 for what is too much; 204 where the server in front only asks."""
        length = _length(request)
        if length > ANYBODY and length > taken(request, view):
            turns_away: Callable[[HttpRequest], HttpResponse] = getattr(view, "turns_away", too_large)
            return turns_away(request)
        return HttpResponse(status=204) if ASKED in request.META else None


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def taken(request: HttpRequest, view: Any) -> int:
    """Return how many bytes a view takes from whoever sends them: `takes` on the view, as a number or asked of it."""
    takes = getattr(view, "takes", 0)
    if callable(takes):
        return int(takes(request))
    if not (request.user.is_authenticated or getattr(request, "idled", None) is not None):
        return ANYBODY
    permission = getattr(getattr(view, "declared", None), "permission", None)
    if takes and permission is not None:  # a file is for whoever may send it here
        actor = actor_of(request)
        takes = takes if actor is not None and access_queries.may(actor, permission) else 0
    return max(int(takes), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
