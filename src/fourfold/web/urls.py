"""Every page's addresses, gathered from the page modules."""

import pkgutil
from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module

from django.urls import URLPattern, include, path
from django.urls.resolvers import URLResolver

from fourfold.web import accounts, pages  # noqa: F401 -- whatever serves a page also seals what the account pages save


def gathered() -> list[URLPattern]:
    """Return the addresses of every page module, each module's in its own order."""
    modules = sorted(found.name for found in pkgutil.iter_modules(pages.__path__))
    return [
        pattern
        for module in modules
        for pattern in getattr(import_module(f"{pages.__name__}.{module}"), "urlpatterns", [])
    ]


def namespaced(patterns: Iterable[URLPattern]) -> list[URLPattern | URLResolver]:
    """Put the addresses named `area:page` into the namespace `area`, so that pages link by those names."""
    plain: list[URLPattern | URLResolver] = []
    areas: dict[str, list[URLPattern]] = defaultdict(list)
    for pattern in patterns:
        area, _, name = (pattern.name or "").rpartition(":")
        pattern.name = name
        setattr(pattern.pattern, "name", name)  # noqa: B010 -- Django's checks read it there
        (areas[area] if area else plain).append(pattern)
    return plain + [path("", include((inside, area), namespace=area)) for area, inside in areas.items()]


urlpatterns = namespaced(gathered())
