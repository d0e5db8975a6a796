"""Every page's addresses, gathered from the page modules."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from fourfold.web import pages

urlpatterns: list = []
for module in sorted(found.name for found in pkgutil.iter_modules(pages.__path__)):
    urlpatterns += getattr(import_module(f"{pages.__name__}.{module}"), "urlpatterns", [])
