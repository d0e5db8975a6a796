"""The route table: every address declares what it needs, or the site does not start."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from fourfold.access.terms import Compartment, Permission

#: Addresses of the sign-in library, which guards its own pages, and why each family may stay open.
ACCOUNT_PAGES = ("account_", "mfa_", "usersessions_")


@dataclass(frozen=True)
class Declared:
    """What one view needs: a permission (None: open to all, for the stated reason), and what it may show."""

    permission: Permission | None
    compartments: frozenset[Compartment] = frozenset()
    methods: tuple[str, ...] = ("GET", "POST")
    open_because: str = ""


@dataclass(frozen=True)
class Route:
    """One address with what it declares; `declared` is None where it declares nothing, which is a fault."""

    address: str
    name: str
    declared: Declared | None


def routes() -> list[Route]:
    """Return every address of the site with what it declares, in the order of the addresses."""
    return sorted(_walk(get_resolver().url_patterns, "", ""), key=lambda route: route.address)


def _walk(patterns: list[Any], prefix: str, space: str) -> Iterator[Route]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, address, inner)
        elif isinstance(pattern, URLPattern):
            yield Route(address, f"{space}{pattern.name or ''}", _declared(pattern))


def _declared(pattern: URLPattern) -> Declared | None:
    declared = getattr(pattern.callback, "declared", None)
    if declared is None and (pattern.name or "").startswith(ACCOUNT_PAGES):
        return Declared(None, open_because="the sign-in library guards its own pages")
    return declared


@register
def every_route_declares_its_permission(**_: object) -> list[CheckMessage]:
    """Refuse to start while an address declares nothing: default deny is proven, not hoped for."""
    return [
        Error(f"/{route.address} declares no permission", hint="put @requires(...) or @open_to_all(...) on its view")
        for route in routes()
        if route.declared is None
    ]
