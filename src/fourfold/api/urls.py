"""Addresses of the API, each with what it declares, so that the route table holds them like any page."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from ninja import NinjaAPI

from fourfold.access.routes import Declared
from fourfold.api import agencies
from fourfold.api.guard import signed_in
from fourfold.api.operations import api, nothing_here
from fourfold.api.systems import takes

ROOT = Declared(None, open_because="it only says that nothing is here")
SCHEMA = Declared(None, open_because="signed in: it describes the operations and holds no data")
PUBLISHED = Declared(
    None, open_because="it describes what agencies' systems may ask, for whoever builds one, and holds no data"
)


def _declared_by_operation(of: NinjaAPI) -> dict[str, dict[str, Declared]]:
    """Return what each operation declares, by the name of its address and its method."""
    declared: dict[str, dict[str, Declared]] = {}
    views: list[Any] = [view for bound in of._get_bound_routers() for view in bound.path_operations.values()]
    for view in views:
        of_view: dict[str, Declared] = {}
        for operation in view.operations:
            of_view |= dict.fromkeys(operation.methods, operation.view_func.declared)
            declared[operation.url_name] = of_view
    return declared


def _patterns(of: NinjaAPI, **ours: tuple[str, Any]) -> Iterator[Any]:
    declared = _declared_by_operation(of)
    patterns: list[Any] = of.urls[0]
    for pattern in patterns:
        if pattern.name in ours:
            name, view = ours[pattern.name]
            yield path(str(pattern.pattern), view, name=name)
        else:
            by_method = declared[pattern.name]
            first = next(iter(by_method.values()))
            parts = frozenset[Any]().union(*(each.compartments for each in by_method.values()))
            pattern.callback.declared = Declared(first.permission, parts, tuple(by_method), first.open_because)
            yield pattern


def schema(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI description to whoever has signed in."""
    if signed_in(request) is None:
        return JsonResponse({"detail": "Unauthorized"}, status=401)
    return JsonResponse(api.get_openapi_schema())


def published(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI description of what agencies' systems may ask."""
    return JsonResponse(agencies.described())


def root(request: HttpRequest) -> HttpResponse:
    """Answer at the root of the API."""
    return nothing_here(request)


schema.declared = SCHEMA  # type: ignore[attr-defined]
root.declared = ROOT  # type: ignore[attr-defined]
published.declared = PUBLISHED  # type: ignore[attr-defined]

_PEOPLE = _patterns(api, **{"openapi-json": ("schema", schema), "api-root": ("api-root", root)})
_SYSTEMS = list(_patterns(agencies.api, **{"openapi-json": ("openapi", published), "api-root": ("api-root", root)}))
for _pattern in _SYSTEMS:
    if _pattern.name == "part":
        _pattern.callback.takes = takes

urlpatterns = [path("api/v1/", include((_SYSTEMS, "agencies"))), path("api/", include((list(_PEOPLE), "api")))]
