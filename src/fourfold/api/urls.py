"""Addresses of the API, each with what it declares, so that the route table holds them like any page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from fourfold.access.routes import Declared
from fourfold.api.guard import signed_in
from fourfold.api.operations import api, nothing_here

ROOT = Declared(None, open_because="it only says that nothing is here")
SCHEMA = Declared(None, open_because="signed in: it describes the operations and holds no data")


def _declared_by_operation() -> dict[str, Declared]:
    """Return what each operation declares, by the name of its address."""
    views: list[Any] = [view for bound in api._get_bound_routers() for view in bound.path_operations.values()]
    return {operation.url_name: operation.view_func.declared for view in views for operation in view.operations}


def _patterns() -> Iterator[Any]:
    declared = _declared_by_operation()
    ours = {"openapi-json": ("schema", schema), "api-root": ("api-root", root)}
    patterns: list[Any] = api.urls[0]
    for pattern in patterns:
        if pattern.name in ours:
            name, view = ours[pattern.name]
            yield path(str(pattern.pattern), view, name=name)
        else:
            pattern.callback.declared = declared[pattern.name]
            yield pattern


def schema(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI description to whoever has signed in."""
    if signed_in(request) is None:
        return JsonResponse({"detail": "Unauthorized"}, status=401)
    return JsonResponse(api.get_openapi_schema())


def root(request: HttpRequest) -> HttpResponse:
    """Answer at the root of the API."""
    return nothing_here(request)


schema.declared = SCHEMA  # type: ignore[attr-defined]
root.declared = ROOT  # type: ignore[attr-defined]

urlpatterns = [path("api/", include((list(_patterns()), "api")))]
