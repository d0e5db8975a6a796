"""The server's way in."""

from __future__ import annotations

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from fourfold.config.front import Front

#: What no command and no page waits for until it needs it: here it is loaded before anybody asks.
LATE = ("duckdb", "icalendar", "scipy.optimize", "scipy.special", "scipy.stats")


def refuse_invented() -> None:
    """Serve no database in production that has ever held the invented programme."""
    from fourfold.access.queries import why_not_real

    if settings.FOURFOLD.production and (why := why_not_real()):
        raise ImproperlyConfigured(why)


def refuse_settings() -> None:
    """Serve nothing in production with a setting that is missing or that nothing reads, nor with keys of another database."""
    from fourfold.upkeep.queries import why_not_these_keys

    if settings.FOURFOLD.production:
        if why := settings.FOURFOLD.why_not_serve(os.environ):
            raise ImproperlyConfigured(why)
        if why := why_not_these_keys():
            raise ImproperlyConfigured(why)


def settle() -> None:
    """Read every page and what some load late, then let the collector of memory pass over what stays for good, and come more rarely.

    An answer makes some ten thousand objects and keeps none: to look through all that the program holds at every few
    hundred of them took a sixth of a long answer's time.
    """
    for name in ("fourfold.config.urls", *LATE):
        import_module(name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
application = Front(get_wsgi_application())
refuse_invented()
refuse_settings()
settle()
